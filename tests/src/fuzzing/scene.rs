//! An event that is the same every time: who is let in, with keys that the fuzzer holds, and what they did.

use std::sync::LazyLock;

use sync_core::command::Command;
use sync_core::documents::event::{DayHours, EventEdit, Site};
use sync_core::documents::log::{LitterCard, Method, Presence, WalkIn};
use sync_core::documents::roster::{Person, PersonEdit, PersonName};
use sync_core::documents::rulings::{Decision, Ruling};
use sync_core::exchange::{Cursor, Item, Reading, Response};
use sync_core::ids::{EventId, Incarnation, PersonId, Revision, RulingId, Subject, WalkInId};
use sync_core::replica::ledger::{ItemSource, Ledger, StoredItem};
use sync_core::replica::{Identity, Kept, Outcome, Replica, Write};
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::trust::{Grant, HomeKey, KeyPair, Post, Role, Scope, Signed};

use crate::forgery::Forger;

/// The only event of the scene.
pub const EVENT: EventId = EventId([2; 16]);
/// The first day, at noon in the event's time zone.
const NOON: i64 = 20_591 * 86_400_000 + 12 * 3_600_000;
/// In which incarnation everybody is who is honest.
pub const HONEST: Incarnation = Incarnation([1; 8]);
/// Whose devices there are; each has a key that the fuzzer holds.
const ROLES: [Role; 3] = [Role::Marker, Role::Lead, Role::Organizer];

/// The event, and everything that is at home.
pub struct Scene {
    /// The key with which home signs.
    pub home: HomeKey,
    /// The devices' grants and what they did, in order.
    pub items: Vec<Item>,
}

/// The scene, which is made once in each process.
pub fn scene() -> &'static Scene {
    static SCENE: LazyLock<Scene> = LazyLock::new(Scene::set);
    &SCENE
}

/// The keys of the marker, the lead or the organizer.
pub fn key(of: usize) -> KeyPair {
    KeyPair::from_seed(&[10 + u8::try_from(of % ROLES.len()).unwrap(); 32])
}

/// The same, in the hands of somebody without scruples, in one of some incarnations. The first is the honest one's own.
pub fn forger(of: usize, incarnation: u8) -> Forger {
    Forger { key: key(of), event: EVENT, incarnation: Incarnation([1 + incarnation % 4; 8]) }
}

/// What home says of a device.
pub fn grant(home: &HomeKey, of: usize) -> Signed<Grant> {
    home.state(&Grant {
        key: key(of).public(),
        name: format!("device {of}"),
        role: ROLES[of % ROLES.len()],
        scope: Scope::Event(EVENT),
        issued: UnixMillis(1),
        post: Post::default(),
        revoked: None,
        vouched: None,
        out_of: None,
    })
}

/// What somebody's clocks read, so many minutes after noon.
pub const fn reading(minutes: i64) -> ClockReading {
    let ms = minutes * 60_000;
    ClockReading { boot: 7, mono_ms: 1_000_000 + ms.cast_unsigned(), wall_ms: UnixMillis(NOON + ms) }
}

/// Somebody on the roster, by number.
pub fn person(number: u64) -> PersonId {
    PersonId::of_external(EVENT, "list", &number.to_string())
}

/// The same, as an entry or a ruling names them.
pub fn listed(number: u64) -> Subject {
    Subject::Person(person(number))
}

/// A replica in memory alone.
pub struct Device {
    replica: Replica,
    sealed: Vec<Item>,
}

impl Device {
    /// Opens one of the devices, which has read `items`.
    pub fn with(home: &HomeKey, of: usize, items: &[Item]) -> Self {
        let identity = Identity { key: key(of), incarnation: HONEST, grant: grant(home, of), home: home.public() };
        let kept = Kept {
            ledger: Ledger::founded(EVENT, home.public()),
            drafts: Vec::new(),
            next_draft: 0,
            peers: Default::default(),
            confirmed: Vec::new(),
            partial: None,
        };
        let mut replica = Replica::open(identity, kept).unwrap().answer;
        let Ok(asked) = replica.ask(replica.home(), &Nothing, 0);
        let received = replica.receive(replica.home(), &asked, answer(items.to_vec())).unwrap().answer;
        assert!(received.rejected.is_empty(), "what home took, others take: {:?}", received.rejected);
        Self { replica, sealed: Vec::new() }
    }

    /// Performs those commands that can be performed, and seals what came of them.
    pub fn tries(&mut self, commands: impl IntoIterator<Item = Command>) -> &[Item] {
        for (command, minutes) in commands.into_iter().zip(0..) {
            drop(self.replica.perform(command, reading(minutes)));
        }
        let Outcome { writes, answer: () } = self.replica.seal();
        self.sealed = writes
            .into_iter()
            .filter_map(|write| match write {
                Write::Item(stored) => Some(stored.item),
                _ => None,
            })
            .collect();
        &self.sealed
    }

    /// What was sealed last.
    pub fn sealed(&self) -> &[Item] {
        &self.sealed
    }

    /// What is known here.
    pub const fn ledger(&self) -> &Ledger {
        self.replica.ledger()
    }
}

/// A page of a peer that has these items and says nothing else.
pub fn answer(items: Vec<Item>) -> Response {
    let stands = Cursor { revision: Revision(items.len() as u64), digest: [0; 32] };
    Response {
        receipts: Vec::new(),
        rewound: false,
        cursor: stands,
        items,
        snapshot: None,
        more: false,
        confirmations: Vec::new(),
        home_ms: None,
        stands,
        dismissal: None,
        reading: Reading::default(),
        refusal: None,
        begins: false,
        page: None,
        wants_erased: None,
        versions: None,
    }
}

struct Nothing;

impl ItemSource for Nothing {
    type Error = std::convert::Infallible;

    fn items_after(&self, _: Revision, _: usize) -> Result<Vec<StoredItem>, Self::Error> {
        Ok(Vec::new())
    }
}

impl Scene {
    fn set() -> Self {
        let home = HomeKey::from_seed(&[1; 32]);
        let mut items: Vec<Item> = (0..ROLES.len()).map(|of| Item::Grant(grant(&home, of))).collect();
        for (of, commands) in [(2, founding()), (1, leading()), (0, marking())] {
            let mut device = Device::with(&home, of, &items);
            items.extend_from_slice(device.tries(commands));
        }
        Self { home, items }
    }
}

fn founding() -> Vec<Command> {
    let day = EventEdit::Day { day: 20_591, hours: Some(DayHours { opens: 480, closes: 1080 }) };
    let site = EventEdit::Site { key: "north".to_owned(), site: Some(Site::default()) };
    let ruling = Ruling {
        decision: Decision::Confirm { subject: listed(1), day: 20_591, imputed_ms: None },
        reason: String::new(),
    };
    vec![
        Command::EditEvent(day),
        Command::EditEvent(site),
        Command::AddPerson(person(1), named("Aida")),
        Command::AddPerson(person(2), named("Bolat")),
        Command::Rule(RulingId([1; 8]), ruling),
    ]
}

fn leading() -> Vec<Command> {
    vec![Command::EditPerson(person(1), PersonEdit::Phone(Some("+7 701".to_owned())))]
}

fn marking() -> Vec<Command> {
    vec![
        Command::CheckIn(presence(1)),
        Command::CheckIn(presence(2)),
        Command::CheckOut(presence(1)),
        Command::AddWalkIn(walk_in(1)),
        Command::CountLitter(litter(3)),
        Command::Anchor(UnixMillis(NOON)),
    ]
}

/// Somebody of whom only the family name is known.
pub fn named(family: &str) -> Person {
    Person { names: vec![PersonName { family: family.to_owned(), ..PersonName::default() }], ..Person::default() }
}

/// Somebody at the gate.
pub fn presence(number: u64) -> Presence {
    Presence { site: "north".to_owned(), method: Method::Search, subject: listed(number) }
}

/// Somebody who is not on the list.
pub fn walk_in(number: u64) -> WalkIn {
    WalkIn {
        id: WalkInId::from_entropy(number),
        names: named("Guest").names,
        phone: None,
        organisation: None,
        birth_year: None,
    }
}

/// A card that counts so many bags of litter.
pub fn litter(bags: u32) -> LitterCard {
    LitterCard { site: "north".to_owned(), bags, ..LitterCard::default() }
}
