//! Power cuts: the server, a laptop at a gate and a replay are killed at moments that nobody chose.
//!
//! SIGKILL leaves to the disk what was written; so what is tested is the order of things. Nothing may be said before
//! it is written, and a file that was being written must open again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use server::client::{Answer, Call, Carrier, Exchanged, Http, Talk, TalkError};
use server::clock::entropy;
use server::invite::InviteLink;
use server::replay::recording::EventFile;
use server::wire::CreateInvite;
use sync_core::command::Command;
use sync_core::documents::log::{Entry, LitterCard, Method, Presence, Record};
use sync_core::documents::roster::{Person, PersonEdit, PersonField, PersonName};
use sync_core::ids::{EntryRef, EventId, Incarnation, PersonId, Subject};
use sync_core::journal::{JournalError, OpenReplica};
use sync_core::replica::Outcome;
use sync_core::replica::ledger::{Ledger, Taken};
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::view::project;
use tests::Chance;
use tests::binary::{Home, PATIENCE, Place, free_port, open_journal};

const SEED: u64 = 20_261_123;
const KILLS: u64 = 250;
const PHONES: u64 = 4;
const PEOPLE: u64 = 40;
/// After so many kills somebody new reads everything.
const CHECK_EVERY: u64 = 50;

/// What the phones and whoever kills the server know of each other.
#[derive(Default)]
struct Weather {
    /// Requests that were begun.
    calls: AtomicU64,
    /// Times the server was started.
    starts: Mutex<u64>,
    started: Condvar,
    over: AtomicBool,
    /// What phones were told is confirmed.
    told: Mutex<Vec<Told>>,
    cut_off: AtomicU64,
}

impl Weather {
    fn wait_for_calls(&self, more: u64) {
        let (from, began) = (self.calls.load(Ordering::SeqCst), Instant::now());
        while self.calls.load(Ordering::SeqCst) < from + more && !self.over.load(Ordering::SeqCst) {
            assert!(began.elapsed() < PATIENCE, "the phones have stopped talking");
            std::thread::park_timeout(Duration::from_micros(200));
        }
    }

    fn starts(&self) -> u64 {
        *self.starts.lock().unwrap()
    }

    fn has_started(&self) {
        *self.starts.lock().unwrap() += 1;
        self.started.notify_all();
    }

    /// Waits for another start than the one that was `seen`; not for ever, since the link may break without a kill.
    fn wait_for_start(&self, seen: u64) {
        let starts = self.starts.lock().unwrap();
        drop(self.started.wait_timeout_while(starts, Duration::from_millis(100), |starts| *starts <= seen).unwrap());
    }
}

/// Ends the phones' work, also when a check fails.
struct Over<'a>(&'a Weather);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::SeqCst);
    }
}

struct Counted {
    http: Http,
    weather: Arc<Weather>,
}

impl Carrier for Counted {
    fn call(&mut self, call: Call<'_>) -> Result<Answer, String> {
        self.weather.calls.fetch_add(1, Ordering::SeqCst);
        self.http.call(call)
    }
}

/// Something that a phone recorded.
#[derive(Clone)]
enum Told {
    Entry(EntryRef, Entry),
    Team(PersonId, u64),
}

struct Phone {
    path: PathBuf,
    event: EventId,
    replica: Option<OpenReplica>,
    talk: Talk<Counted>,
    weather: Arc<Weather>,
    chance: Chance,
    recorded: BTreeMap<u64, Told>,
    acts: u64,
    leads: bool,
}

fn person(number: u64) -> PersonId {
    PersonId::from_entropy(number << 1)
}

/// Names that nobody takes for each other.
fn family(number: u64) -> String {
    let letter = |number: u64| ["Bo", "Da", "Fu", "Gi", "Ke", "Lo", "Mu", "Na"][usize::try_from(number % 8).unwrap()];
    format!("{0}{1}{0}{1}", letter(number), letter(number / 8).to_lowercase())
}

impl Phone {
    fn join(place: &Place, name: &str, link: &InviteLink, event: EventId, weather: &Arc<Weather>) -> Self {
        let path = place.path(&format!("{name}.db"));
        let carrier = Counted { http: Http::to(&link.url), weather: Arc::clone(weather) };
        let mut talk = Talk::over(carrier, &link.url);
        let mut journal = open_journal(&path).unwrap();
        talk.join(&mut journal, link, name).unwrap();
        let replica = OpenReplica::open(journal, event, Incarnation(entropy())).unwrap();
        let chance = Chance::seeded(
            SEED ^ u64::from_be_bytes(name.bytes().cycle().take(8).collect::<Vec<_>>().try_into().unwrap()),
        );
        let weather = Arc::clone(weather);
        let replica = Some(replica);
        Self { path, event, replica, talk, weather, chance, recorded: BTreeMap::new(), acts: 0, leads: false }
    }

    fn open(&mut self) -> &mut OpenReplica {
        self.replica.as_mut().unwrap()
    }

    fn reading(&self) -> ClockReading {
        ClockReading { boot: 1, mono_ms: self.acts, wall_ms: UnixMillis(1_790_000_000_000 + self.acts.cast_signed()) }
    }

    fn act(&mut self) {
        self.acts += 1;
        let who = person(self.chance.below(PEOPLE));
        let presence = Presence { site: "pier".to_owned(), method: Method::Qr, subject: Subject::Person(who) };
        let acts = self.acts;
        let command = match self.chance.below(if self.leads { 12 } else { 10 }) {
            0 => Command::CountLitter(LitterCard { site: "pier".to_owned(), grams: acts, ..LitterCard::default() }),
            1..5 => Command::CheckOut(presence),
            5..10 => Command::CheckIn(presence),
            _ => Command::EditPerson(who, PersonEdit::Team(Some(format!("T{acts}")))),
        };
        let reading = self.reading();
        let recorded = command.clone();
        let draft = self.open().act(|state| Ok::<_, JournalError>(state.perform(command, reading).unwrap())).unwrap();
        let record = match recorded {
            Command::CountLitter(card) => Record::LitterCard(card),
            Command::CheckOut(presence) => Record::CheckOut(presence),
            Command::CheckIn(presence) => Record::CheckIn(presence),
            _ => return drop(self.recorded.insert(draft.id, Told::Team(who, acts))),
        };
        self.recorded.insert(draft.id, Told::Entry(draft.entry.unwrap(), Entry { record, reading }));
    }

    /// Meets home. `None` if there was no home to meet.
    fn exchange(&mut self) -> Option<Exchanged> {
        self.acts += 1;
        let reading = self.reading();
        let result = self.talk.exchange(self.replica.as_mut().unwrap(), &|| reading, &mut |_| {});
        self.listen();
        match result {
            Ok(exchanged) => {
                assert!(exchanged.refused.is_empty(), "home refused {:?}", exchanged.refused);
                assert!(exchanged.rejected.is_empty(), "from home came {:?}", exchanged.rejected);
                assert!(!exchanged.home_was_restored, "home does not know what it said before");
                let left: Vec<String> = self.open().replica().drafts().map(|draft| format!("{draft:?}")).collect();
                assert!(left.is_empty(), "home took everything and confirmed less, of {exchanged:?}: {left:#?}");
                Some(exchanged)
            }
            Err(TalkError::Unreachable { .. }) => None,
            // The nonce or the token was of the server's life before.
            Err(TalkError::Refused(problem)) if ["bad_proof", "unauthenticated"].contains(&problem.code.as_str()) => {
                None
            }
            Err(other) => panic!("{}: {other}", self.path.display()),
        }
    }

    /// Notes what this phone may now call confirmed at home.
    fn listen(&mut self) {
        let open: Vec<u64> = self.open().replica().drafts().map(|draft| draft.id).collect();
        let done = self.recorded.extract_if(.., |id, _| !open.contains(id)).map(|(_, told)| told);
        let done: Vec<Told> = done.collect();
        self.weather.told.lock().unwrap().extend(done);
    }

    /// The app is closed and opened again.
    fn reopen(&mut self) {
        self.replica = None;
        let journal = open_journal(&self.path).unwrap();
        self.replica = Some(OpenReplica::open(journal, self.event, Incarnation(entropy())).unwrap());
    }

    fn work(&mut self) {
        while !self.weather.over.load(Ordering::SeqCst) {
            let seen = self.weather.starts();
            (0..=self.chance.below(3)).for_each(|_| self.act());
            if self.exchange().is_none() {
                self.weather.cut_off.fetch_add(1, Ordering::SeqCst);
                if self.chance.below(8) == 0 {
                    self.reopen();
                }
                self.weather.wait_for_start(seen);
            }
        }
    }

    fn view(&mut self) -> Vec<u8> {
        let shown = self.open().replica().shown();
        server::reports::to_json(&project(&shown.event, &shown.roster, &shown.logs, &shown.rulings))
    }
}

/// Founds an event as an organizer. Returns the organizer, and a link that lets everyone in.
fn found(place: &Place, invite: &str, weather: &Arc<Weather>) -> (Phone, InviteLink) {
    let event = EventId(entropy());
    let mut organizer = Phone::join(place, "organizer", &invite.parse().unwrap(), event, weather);
    let file = r#"{"name": {"en": "Storm"}, "time_zone": "Asia/Aqtau", "sites": [{"key": "pier"}],
                   "days": [{"date": "2026-09-21", "opens": "08:00", "closes": "18:00"}]}"#;
    let edits = EventFile::parse("event.json", file.as_bytes()).and_then(|file| file.edits("event.json")).unwrap();
    let people = (0..PEOPLE).map(|number| {
        let name = PersonName { family: family(number), ..PersonName::default() };
        Command::AddPerson(person(number), Person { names: vec![name], ..Person::default() })
    });
    let commands: Vec<Command> = edits.into_iter().map(Command::EditEvent).chain(people).collect();
    let reading = organizer.reading();
    let journal = organizer.replica.take().unwrap().into_journal();
    organizer.talk.sign_in(&journal).unwrap();
    organizer.talk.create_event(event, None).unwrap();
    let invite = CreateInvite {
        role: "organizer".to_owned(),
        event: Some(event.to_string()),
        uses: 1000,
        expires_in_s: None,
        ..CreateInvite::default()
    };
    let link = organizer.talk.invite(&invite).unwrap();
    organizer.replica = Some(OpenReplica::open(journal, event, Incarnation(entropy())).unwrap());
    let perform = |state: &mut sync_core::replica::Replica| {
        let mut writes = Vec::new();
        commands.into_iter().for_each(|command| writes.extend(state.perform(command, reading).unwrap().writes));
        Ok::<_, JournalError>(Outcome { writes, answer: () })
    };
    organizer.open().act(perform).unwrap();
    organizer.exchange().unwrap();
    (organizer, link)
}

/// Somebody who joins now reads everything that any phone was told is at home. Returns how much that is.
fn check_as_a_newcomer(place: &Place, name: &str, link: &InviteLink, event: EventId, weather: &Arc<Weather>) -> usize {
    let told = weather.told.lock().unwrap().clone();
    let mut newcomer = Phone::join(place, name, link, event, weather);
    newcomer.exchange().expect("nobody kills the server now");
    let documents = newcomer.open().replica().ledger().documents();
    let mut missing = 0;
    for told in &told {
        let is_there = match told {
            Told::Entry(at, entry) => {
                let log = documents.log(at.device, at.incarnation);
                log.and_then(|log| log.entries.get(usize::try_from(at.counter).unwrap())) == Some(entry)
            }
            Told::Team(who, acts) => {
                let values = documents.roster().people[who].values(PersonField::Team);
                let teams = values.into_iter().map(|value| value.value.to_string());
                teams.filter_map(|team| team.strip_prefix('T')?.parse().ok()).any(|seen: u64| seen >= *acts)
            }
        };
        missing += usize::from(!is_there);
    }
    assert_eq!(missing, 0, "of {} records that phones called confirmed, home lost {missing}; seed {SEED}", told.len());
    told.len()
}

#[test]
fn nothing_that_was_confirmed_is_missing_after_hundreds_of_power_cuts_at_home() {
    let began = Instant::now();
    let (place, port) = (Place::new(), free_port());
    let data = place.path("data");
    let start = || Home::start_with(&place, &data, port, &["--snapshot-items", "200"]);
    let weather = Arc::new(Weather::default());
    let mut home = start();
    let (mut organizer, link) = found(&place, &home.first_invite(), &weather);
    let event = organizer.event;
    let mut phones: Vec<Phone> =
        (0..PHONES).map(|number| Phone::join(&place, &format!("phone-{number}"), &link, event, &weather)).collect();
    phones.iter_mut().for_each(|phone| drop(phone.exchange().unwrap()));
    // One of them edits the roster, too: its edits follow each other.
    phones[0].leads = true;

    let mut chance = Chance::seeded(SEED);
    let home = std::thread::scope(|scope| {
        let over = Over(&weather);
        phones.iter_mut().for_each(|phone| drop(scope.spawn(|| phone.work())));
        for kill in 1..=KILLS {
            weather.wait_for_calls(chance.below(8));
            std::thread::park_timeout(Duration::from_micros(chance.below(3000)));
            assert!(!weather.over.load(Ordering::SeqCst));
            home.kill();
            home = start();
            weather.has_started();
            if kill % CHECK_EVERY == 0 {
                check_as_a_newcomer(&place, &format!("newcomer-{kill}"), &link, event, &weather);
            }
        }
        drop(over);
        home
    });
    let killed = began.elapsed();

    // Calm: everybody meets home, and then once more to read what the others brought.
    for phone in phones.iter_mut().chain([&mut organizer]) {
        phone.exchange().expect("nobody kills the server now");
    }
    let told = check_as_a_newcomer(&place, "last", &link, event, &weather);
    let recorded: u64 = phones.iter().map(|phone| phone.acts).sum();
    let everyone = phones.iter_mut().chain([&mut organizer]);
    let views: Vec<Vec<u8>> = everyone
        .map(|phone| {
            phone.talk.read_on(phone.replica.as_mut().unwrap()).unwrap();
            phone.view()
        })
        .collect();
    assert!(views.iter().all(|view| *view == views[0]), "views differ; seed {SEED}");
    assert_eq!(home.stop().code, Some(0));
    let cut_off = weather.cut_off.load(Ordering::SeqCst);
    assert!(cut_off > KILLS / 4, "only {cut_off} exchanges were cut off: the kills hit nothing");
    println!(
        "{KILLS} kills in {:.1} s; {cut_off} exchanges cut off; {told} records confirmed, {recorded} clock readings",
        killed.as_secs_f64()
    );
}

#[test]
fn a_laptop_that_loses_power_keeps_every_record_it_called_saved() {
    let (place, port) = (Place::new(), free_port());
    let mut home = Home::start(&place, &place.path("data"), port);
    let weather = Arc::new(Weather::default());
    let (organizer, _) = found(&place, &home.first_invite(), &weather);
    let (path, event) = (organizer.path.clone(), organizer.event);
    drop((organizer, home));
    let laptop = place.laptop("organizer");
    let check_in = |number: u64| {
        let mut command = laptop.command(["field", "check-in", &family(number), "--paper"]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command
    };
    let began = Instant::now();
    let whole = check_in(0).output().unwrap();
    assert!(String::from_utf8(whole.stdout).unwrap().contains("Saved on this device"));
    // A machine with other work takes longer than it did just now, or less long: the kills follow it, so that about half of
    // them come after the word.
    let mut within_us = u64::try_from(began.elapsed().as_micros()).unwrap() * 5 / 4;

    let mut chance = Chance::seeded(SEED);
    let (mut saved, mut unsaid) = (vec![0], 0);
    for round in 1..60 {
        let number = round % PEOPLE;
        let mut child = check_in(number).spawn().unwrap();
        std::thread::park_timeout(Duration::from_micros(chance.below(within_us)));
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        if said.contains("Saved on this device") {
            saved.push(number);
            within_us = within_us * 7 / 8;
        } else {
            within_us = within_us * 8 / 7;
            assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
            unsaid += 1;
        }
    }
    assert!(
        saved.len() > 5 && unsaid > 5,
        "{} saved, {unsaid} unsaid: the kills came too early or too late",
        saved.len()
    );
    let replica = OpenReplica::open(open_journal(&path).unwrap(), event, Incarnation(entropy())).unwrap();
    let mut kept: Vec<Command> = replica.replica().drafts().map(|draft| draft.command.clone()).collect();
    let total = kept.len();
    for number in &saved {
        let presence =
            Presence { site: "pier".to_owned(), method: Method::Paper, subject: Subject::Person(person(*number)) };
        let found = kept.iter().position(|command| *command == Command::CheckIn(presence.clone()));
        kept.remove(found.unwrap_or_else(|| panic!("person {number} was called saved and is not in the journal")));
    }
    println!(
        "59 kills: {} said to be saved and there; {unsaid} cut off before, {} of them kept",
        saved.len(),
        kept.len()
    );
    assert!(total <= 60, "a check-in was kept twice");
}

#[test]
fn a_replay_that_loses_power_leaves_files_that_open_and_phones_that_were_not_lied_to() {
    let week = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/field-week").canonicalize().unwrap();
    let mut chance = Chance::seeded(SEED);
    let place = Place::new();
    for round in 0..4 {
        let kept = place.path(&format!("kept-{round}"));
        let mut command = place.command();
        command.arg("replay").arg(&week).arg("--out").arg(place.path("out")).arg("--keep").arg(&kept);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let mut child = command.spawn().unwrap();
        // From the moment at which the first phone has begun to work.
        let (phone, began) = (kept.join("phone-08.journal"), Instant::now());
        while !phone.exists() {
            assert!(began.elapsed() < PATIENCE, "the replay does not get going");
            std::thread::park_timeout(Duration::from_millis(5));
        }
        std::thread::park_timeout(Duration::from_millis(chance.below(3000)));
        child.kill().unwrap();
        child.wait().unwrap();
        let confirmed = check_what_a_replay_left(&kept);
        println!("round {round}: {confirmed} entries were confirmed");
    }
}

/// Returns how many entries phones call confirmed; all of them are at home.
fn check_what_a_replay_left(kept: &Path) -> usize {
    let (store, writer) = server::store::Store::open(&kept.join("home")).unwrap();
    let key = server::home_key::existing_home_key(&kept.join("home")).unwrap().public();
    let [event] = store.read_here(|store| store.events()).unwrap().try_into().unwrap();
    let mut home = Ledger::founded(event, key);
    loop {
        let after = home.cursor().revision;
        let page = store.read_here(|store| store.items_after(event, after, 1 << 20)).unwrap().items;
        if page.is_empty() {
            break;
        }
        for stored in page {
            let taken = home.take(&stored.item).unwrap();
            assert!(matches!(taken, Taken::New { cursor, .. } if cursor == stored.cursor));
        }
    }
    let mut confirmed = 0;
    for number in 1..=8 {
        let journal = open_journal(&kept.join(format!("phone-0{number}.journal"))).unwrap();
        if journal.membership().is_none() {
            continue;
        }
        let replica = OpenReplica::open(journal, event, Incarnation(entropy())).unwrap();
        let state = replica.replica();
        let open: Vec<EntryRef> = state.drafts().filter_map(|draft| draft.entry).collect();
        let own = state.ledger().documents().logs().filter(|log| log.device == state.device());
        for log in own {
            let at_home = home.documents().log(log.device, log.incarnation);
            for (counter, entry) in
                (0..).zip(&log.entries).filter(|(counter, _)| !open.contains(&log.entry_ref(*counter)))
            {
                let found = at_home.and_then(|log| log.entries.get(usize::try_from(counter).unwrap()));
                assert_eq!(found, Some(entry), "phone {number} was told that entry {counter} is at home");
                confirmed += 1;
            }
        }
    }
    drop(store);
    writer.close();
    confirmed
}
