//! An event as the benches need it: a home, a roster, and devices that recorded something. The same every time.
#![allow(dead_code, reason = "each bench uses its part")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sync_core::command::Command;
use sync_core::documents::event::{DayHours, EventEdit, EventZone, LocalText, Site};
use sync_core::documents::log::{LitterCard, Method, Presence, WalkIn};
use sync_core::documents::roster::{Person, PersonName};
use sync_core::exchange::{Cursor, Item, PageStatement, Reading, Receipt, Response, Verdict};
use sync_core::ids::{EventId, Incarnation, PersonId, Revision, Subject, WalkInId};
use sync_core::journal::{Entropy, Journal, OpenReplica};
use sync_core::replica::ledger::Ledger;
use sync_core::replica::{Identity, Kept, Outcome, Replica, Write};
use sync_core::storage::rows::{QueuedRows, Row, Rows};
use sync_core::storage::{Membership, Opened, Storage};
use sync_core::time::{ClockReading, UnixMillis, ZoneOffset, ZoneTable, day_of_date};
use sync_core::trust::{Grant, HomeKey, KeyPair, Post, Role, Scope, Signed};

pub const SITE: &str = "kokaral-dam";
const DAY_MS: u64 = 86_400_000;
const INCARNATION: Incarnation = Incarnation([7; 8]);

fn first_day() -> i64 {
    day_of_date(jiff::civil::date(2026, 9, 14))
}

/// Numbers that look random and are the same every time (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// The seed of device `n`.
pub fn seed(n: u64) -> [u8; 32] {
    let mut dice = Dice(n);
    std::array::from_fn(|_| dice.roll() as u8)
}

/// What home says of device `n`.
pub fn grant(home: &HomeKey, n: u64, role: Role) -> Signed<Grant> {
    let key = KeyPair::from_seed(&seed(n)).public();
    home.state(&Grant {
        key,
        name: format!("phone {n}"),
        role,
        scope: Scope::Home,
        issued: UnixMillis(1),
        post: Post::default(),
        revoked: None,
        vouched: None,
        out_of: None,
    })
}

/// An event that an organizer founded.
pub struct Event {
    pub id: EventId,
    pub home: HomeKey,
    pub people: Vec<PersonId>,
    /// The organizer's grant and the event itself.
    pub founding: Vec<Item>,
    /// The people.
    pub roster: Vec<Item>,
}

/// The organizer is this device.
pub const ORGANIZER: u64 = u64::MAX;

impl Event {
    /// Event `n` of `home`, with as many people on its roster.
    pub fn founded(home: &HomeKey, n: u64, people: u64) -> Self {
        let mut dice = Dice(n ^ 0xe0e0);
        let id = EventId(std::array::from_fn(|_| dice.roll() as u8));
        let mut event = Self { id, home: home.clone(), people: Vec::new(), founding: Vec::new(), roster: Vec::new() };
        let mut organizer = event.replica(ORGANIZER, Role::Organizer);
        let reading = reading(0, 0);
        for edit in event_edits() {
            perform(&mut organizer, Command::EditEvent(edit), reading);
        }
        event.founding = vec![Item::Grant(grant(home, ORGANIZER, Role::Organizer))];
        event.founding.extend(seal(&mut organizer));
        for number in 0..people {
            let id = PersonId::from_entropy(dice.roll());
            event.people.push(id);
            perform(&mut organizer, Command::AddPerson(id, person(number, &mut dice)), reading);
        }
        event.roster = seal(&mut organizer);
        event
    }

    /// A replica in memory that knows the event, and of the people nobody.
    pub fn replica(&self, device: u64, role: Role) -> Replica {
        self.replica_with(device, role, &[])
    }

    /// A replica in memory that knows the event and what is in `items`.
    pub fn replica_with(&self, device: u64, role: Role, items: &[Item]) -> Replica {
        let mut ledger = Ledger::founded(self.id, self.home.public());
        for item in self.founding.iter().chain(items) {
            ledger.take(item).expect("what we seal is admitted");
        }
        let key = KeyPair::from_seed(&seed(device));
        let grant = grant(&self.home, device, role);
        let identity = Identity { key, incarnation: INCARNATION, grant, home: self.home.public() };
        let kept = Kept {
            ledger,
            drafts: Vec::new(),
            next_draft: 0,
            peers: BTreeMap::new(),
            confirmed: Vec::new(),
            partial: None,
        };
        Replica::open(identity, kept).expect("home let the device in").answer
    }

    /// What device `n` recorded: its sealed changes, each with as many entries.
    pub fn log(&self, n: u64, changes: &[usize]) -> Vec<Item> {
        let mut replica = self.replica(n, Role::Marker);
        let mut gate = Gate::of(n);
        let sealed = changes.iter().enumerate().flat_map(|(day, entries)| {
            for _ in 0..*entries {
                let (command, reading) = gate.next(self, &replica, day as u64);
                perform(&mut replica, command, reading);
            }
            seal(&mut replica)
        });
        sealed.collect()
    }

    /// A phone in `directory` that knows the event, its people and `items`, all of it read from home.
    pub fn phone(&self, directory: &Path, n: u64, items: Vec<Item>) -> OpenReplica {
        let mut journal = open_journal(directory, n);
        journal.join(self.membership(n)).expect("a new journal joins");
        let mut phone = OpenReplica::open(journal, self.id, INCARNATION).expect("a new journal opens");
        self.read_from_home(&mut phone, items);
        phone
    }

    /// The rows that a browser keeps of such a phone.
    pub fn phone_in_rows(&self, n: u64, items: Vec<Item>) -> Vec<Row> {
        let mut phone = self.joined(n);
        self.read_from_home(&mut phone, items);
        phone.journal_mut().take_batch()
    }

    /// A phone in memory that joined and has read nothing.
    pub fn joined(&self, n: u64) -> Opened<QueuedRows> {
        let mut rows = Rows::open([], seed(n), INCARNATION).expect("rows begin");
        rows.join(self.membership(n)).expect("new rows join");
        Opened::open(rows, self.id, INCARNATION).expect("new rows open")
    }

    fn membership(&self, n: u64) -> Membership {
        let grant = grant(&self.home, n, Role::Marker);
        Membership { home: self.home.public(), url: "http://home".to_owned(), grants: vec![grant] }
    }

    fn read_from_home<S: Storage>(&self, phone: &mut Opened<S>, items: Vec<Item>)
    where
        S::Error: std::fmt::Debug,
    {
        let home = self.home.public().device();
        let asked = phone.ask(home, 0).expect("what is new can be read");
        let items: Vec<Item> = self.founding.iter().chain(&self.roster).cloned().chain(items).collect();
        let (from, to) = (asked.request.cursor.unwrap_or_default(), Cursor { revision: Revision(1), digest: [1; 32] });
        let page = PageStatement::of(self.id, from, to, &items);
        let response = Response {
            receipts: asked.request.items.iter().map(|_| Receipt::plain(Verdict::Accepted)).collect(),
            rewound: false,
            cursor: to,
            items,
            snapshot: None,
            more: false,
            confirmations: Vec::new(),
            refusal: None,
            home_ms: None,
            stands: to,
            dismissal: None,
            reading: Reading::default(),
            begins: false,
            page: Some(self.home.state(&page)),
            wants_erased: None,
            versions: None,
        };
        let received = phone.act(|state| {
            let outcome = state.receive(home, &asked, response).expect("home answers what was asked");
            Ok::<_, S::Error>(outcome)
        });
        let progress = received.expect("what is new can be written");
        assert!(progress.rejected.is_empty(), "{:?}", progress.rejected);
    }
}

/// Where the journal of device `n` lies.
pub fn journal_path(directory: &Path, n: u64) -> PathBuf {
    directory.join(format!("{n}.journal"))
}

/// Opens the journal of device `n`, or begins it.
pub fn open_journal(directory: &Path, n: u64) -> Journal {
    let path = journal_path(directory, n);
    let entropy = Entropy { seed: seed(n), incarnation: INCARNATION };
    Journal::open(&path, &path.with_extension("incarnation"), None, entropy).expect("the disk works")
}

/// A directory on the disk that the build uses.
pub fn directory() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the disk works")
}

/// Performs a command in memory.
pub fn perform(replica: &mut Replica, command: Command, reading: ClockReading) {
    let Outcome { answer, .. } = replica.perform(command, reading).expect("the bench asks for what is allowed");
    std::hint::black_box(answer);
}

/// Seals what was performed in memory.
pub fn seal(replica: &mut Replica) -> Vec<Item> {
    let Outcome { writes, .. } = replica.seal();
    let items = writes.into_iter().filter_map(|write| match write {
        Write::Item(stored) => Some(stored.item),
        _ => None,
    });
    items.collect()
}

/// What happens at one gate, day after day.
pub struct Gate {
    dice: Dice,
    recorded: u64,
    mono_ms: u64,
}

impl Gate {
    /// The gate of device `n`.
    pub const fn of(n: u64) -> Self {
        Self { dice: Dice(n ^ 0x6a7e), recorded: 0, mono_ms: 0 }
    }

    /// What is recorded next: mostly people who come and go, by their badges.
    pub fn next(&mut self, event: &Event, replica: &Replica, day: u64) -> (Command, ClockReading) {
        self.recorded += 1;
        self.mono_ms = (self.mono_ms + 5_000 + self.dice.roll() % 90_000).max(day * DAY_MS + self.dice.roll() % 60_000);
        let command = match self.recorded {
            n if n % 40 == 0 => match replica.last_own_record() {
                Some((entry, _)) => Command::Undo(entry),
                None => self.presence(event),
            },
            n if n % 50 == 0 => Command::CountLitter(LitterCard {
                site: SITE.to_owned(),
                bags: (self.dice.roll() % 20) as u32,
                grams: self.dice.roll() % 200_000,
                people: 12,
                ..LitterCard::default()
            }),
            n if n % 30 == 0 => Command::AddWalkIn(WalkIn {
                id: WalkInId::from_entropy(self.dice.roll()),
                names: vec![name(self.dice.roll())],
                phone: Some(format!("+7701{:07}", self.dice.roll() % 10_000_000)),
                organisation: None,
                birth_year: Some(1990),
            }),
            _ => self.presence(event),
        };
        (command, reading(self.mono_ms, self.dice.roll() % 40))
    }

    fn presence(&mut self, event: &Event) -> Command {
        let id = match event.people.len() as u64 {
            0 => PersonId::from_entropy(self.dice.roll() % 5000 * 0x1234_5678_9abd),
            len => event.people[(self.dice.roll() % len) as usize],
        };
        let presence = Presence { site: SITE.to_owned(), method: Method::Qr, subject: Subject::Person(id) };
        if self.recorded.is_multiple_of(2) { Command::CheckOut(presence) } else { Command::CheckIn(presence) }
    }
}

/// Somebody on the roster checks in, as the person at the gate finds them by name.
pub fn check_in(event: &Event, dice: &mut Dice) -> Command {
    let person = event.people[(dice.roll() % event.people.len() as u64) as usize];
    Command::CheckIn(Presence { site: SITE.to_owned(), method: Method::Search, subject: Subject::Person(person) })
}

/// What clocks read that long after the first morning.
pub fn reading(mono_ms: u64, jitter_ms: u64) -> ClockReading {
    let morning = first_day().cast_unsigned() * DAY_MS + 3 * 3_600_000;
    ClockReading { boot: 1, mono_ms, wall_ms: UnixMillis((morning + mono_ms + jitter_ms).cast_signed()) }
}

/// What an organizer writes first.
pub fn event_edits() -> Vec<EventEdit> {
    let text = |text: &str| LocalText { en: text.to_owned(), ..LocalText::default() };
    let table = ZoneTable { offsets: vec![ZoneOffset { from: UnixMillis(0), seconds: 5 * 3600 }] };
    let mut edits = vec![
        EventEdit::Name(text("Aral cleanup")),
        EventEdit::Zone(EventZone { name: "Asia/Qyzylorda".to_owned(), table }),
        EventEdit::Site { key: SITE.to_owned(), site: Some(Site { name: text("Kokaral dam") }) },
    ];
    edits.extend((0..7).map(|day| EventEdit::Day {
        day: first_day() + day,
        hours: Some(DayHours { opens: 8 * 60, closes: 20 * 60 }),
    }));
    edits
}

fn name(bits: u64) -> PersonName {
    const FAMILIES: [&str; 8] =
        ["Әбдірахманов", "Сейітқали", "Жүнісова", "Ким", "Ахметова", "Тұрсынбеков", "Омарова", "Петренко"];
    const GIVEN: [&str; 8] = ["Айгерім", "Нұрлан", "Динара", "Ерлан", "Мадина", "Тимур", "Әсел", "Сергей"];
    let pick = |names: &[&str; 8], bits: u64| names[(bits % 8) as usize].to_owned();
    PersonName {
        family: format!("{}{}", pick(&FAMILIES, bits), bits % 613),
        given: pick(&GIVEN, bits >> 8),
        patronymic: String::new(),
        script: "Cyrl".to_owned(),
    }
}

fn person(number: u64, dice: &mut Dice) -> Person {
    Person {
        names: vec![name(dice.roll())],
        birth_year: Some(1960 + (dice.roll() % 48) as u16),
        phone: Some(format!("+7701{:07}", dice.roll() % 10_000_000)),
        organisation: Some(format!("University {}", number % 40)),
        languages: vec!["kk".to_owned(), "ru".to_owned()],
        team: Some(format!("team-{}", number % 100)),
        ..Person::default()
    }
}
