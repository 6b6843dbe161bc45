//! What every storage promises, asked of each: an SQLite journal, rows that a browser writes, and memory.
//!
//! Rows are changed all together or not at all, come back in the order of their keys, and are the same after the storage
//! was opened again. A device that does the same over any of them reads the same from it.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::ops::ControlFlow;

use proptest::prelude::*;
use sync_core::command::Command;
use sync_core::documents::event::{EventEdit, Site};
use sync_core::documents::log::{Method, Presence, WalkIn};
use sync_core::documents::roster::{Person, PersonEdit, PersonName};
use sync_core::exchange::{Cursor, Item, Reading};
use sync_core::ids::{
    Actor, ChangeHash, DeviceId, DocumentRef, EraId, EventId, Incarnation, PersonId, Revision, Subject, WalkInId,
};
use sync_core::journal::{Entropy, Journal, JournalFile};
use sync_core::replica::ledger::{Founding, ItemSource, Ledger, StoredItem, Taken, snapshot_digest};
use sync_core::replica::{Outcome, PartialSnapshot, Peer, Write};
use sync_core::storage::memory::Memory;
use sync_core::storage::rows::{QueuedRows, Row, Rows};
use sync_core::storage::{Batch, Device, Key, Membership, Opened, Storage};
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::trust::{ConfirmedChain, Grant, HomeKey, Post, Role, Scope, Signed, SnapshotStatement};

const EVENT: EventId = EventId([7; 16]);
const OTHER_EVENT: EventId = EventId([8; 16]);
const FRESH: Entropy = Entropy { seed: [2; 32], incarnation: Incarnation([1; 8]) };

/// Where a device's rows lie while its program does not run.
trait Medium: Sized {
    type Storage: Storage;

    fn empty() -> Self;

    /// Opens the device that lies here.
    fn opens(&self) -> Device<Self::Storage>;

    /// The program ends; what it was told is saved lies here.
    fn keeps(&mut self, device: Device<Self::Storage>);
}

struct OnDisk(tempfile::TempDir);

impl Medium for OnDisk {
    type Storage = JournalFile;

    fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn opens(&self) -> Device<JournalFile> {
        let path = self.0.path().join("journal.db");
        Journal::open(&path, &path.with_extension("incarnation"), None, FRESH).unwrap()
    }

    fn keeps(&mut self, device: Device<JournalFile>) {
        drop(device);
    }
}

/// The database of a browser.
#[derive(Default)]
struct InBrowser(BTreeMap<String, Vec<u8>>);

impl Medium for InBrowser {
    type Storage = QueuedRows;

    fn empty() -> Self {
        Self::default()
    }

    fn opens(&self) -> Device<QueuedRows> {
        Rows::open(self.0.clone(), FRESH.seed, FRESH.incarnation).unwrap()
    }

    fn keeps(&mut self, mut device: Device<QueuedRows>) {
        for Row { key, value } in device.take_batch() {
            match value {
                Some(value) => drop(self.0.insert(key, value)),
                None => assert!(self.0.remove(&key).is_some(), "{key} is removed, and was never there"),
            }
        }
    }
}

#[derive(Default)]
struct InMemory(Memory);

impl Medium for InMemory {
    type Storage = Memory;

    fn empty() -> Self {
        Self::default()
    }

    fn opens(&self) -> Device<Memory> {
        Device::load(self.0.clone(), FRESH).unwrap()
    }

    fn keeps(&mut self, device: Device<Memory>) {
        self.0 = device.into_storage();
    }
}

fn scanned<S: Storage>(storage: &S, from: Key, most: usize) -> Vec<(Key, Vec<u8>)> {
    let mut rows = Vec::new();
    storage
        .scan(from, &mut |key, value| {
            rows.push((key, value.to_vec()));
            if rows.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
        .unwrap();
    rows
}

/// Changes of rows, in batches, and after which of them the storage is opened again.
type Changes = Vec<(BTreeMap<Key, Option<Vec<u8>>>, bool)>;

/// What a key gives, and what a scan from it gives.
type Found = (Option<Vec<u8>>, Vec<(Key, Vec<u8>)>);

/// What is found under each key after the changes.
fn read_after<M: Medium>(changes: &Changes, keys: &[Key]) -> Vec<Found> {
    let mut medium = M::empty();
    let mut device = medium.opens();
    for (changes, is_opened_again) in changes {
        device.storage_mut().apply(Batch { changes: changes.clone(), ..Batch::default() }).unwrap();
        if *is_opened_again {
            medium.keeps(device);
            device = medium.opens();
        }
    }
    medium.keeps(device);
    let device = medium.opens();
    let storage = device.storage();
    let read = |key: &Key| (storage.get(*key).unwrap().map(|value| value.into_owned()), scanned(storage, *key, 5));
    keys.iter().map(read).collect()
}

fn key() -> impl Strategy<Value = Key> {
    let event = || prop_oneof![Just(EVENT), Just(OTHER_EVENT)];
    let number = || prop_oneof![0..4u64, Just(255), Just(256), Just(i64::MAX.cast_unsigned())];
    let bytes = || prop_oneof![Just([0; 16]), Just([1; 16]), Just([0xfe; 16])];
    prop_oneof![
        event().prop_map(Key::Statement),
        event().prop_map(Key::Snapshot),
        event().prop_map(Key::PartialSnapshot),
        (event(), number()).prop_map(|(event, start)| Key::Part(event, start)),
        (event(), number()).prop_map(|(event, revision)| Key::Item(event, Revision(revision))),
        (event(), number()).prop_map(|(event, id)| Key::Draft(event, id)),
        (event(), bytes()).prop_map(|(event, device)| Key::Peer(event, DeviceId(device))),
        (event(), bytes()).prop_map(|(event, actor)| Key::Confirmed(event, Actor(actor))),
    ]
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![Just(Vec::new()), prop::collection::vec(any::<u8>(), 0..40), Just(vec![9; 70_000])]
}

/// Batches that a device could make: it writes an event's own row before any other row of the event.
fn changes() -> impl Strategy<Value = Changes> {
    let batch = prop::collection::btree_map(key(), prop::option::weighted(0.7, value()), 0..6);
    prop::collection::vec((batch, prop::bool::weighted(0.2)), 0..8).prop_map(|mut changes| {
        let events = [EVENT, OTHER_EVENT].map(|event| (Key::Event(event), Some(vec![0])));
        changes.insert(0, (events.into(), false));
        changes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_storage_gives_back_the_same_rows_in_the_same_order(
        changes in changes(),
        keys in prop::collection::vec(key(), 1..8),
    ) {
        let keys: Vec<Key> = keys.into_iter().chain([Key::Event(EventId([0; 16])), Key::Event(OTHER_EVENT)]).collect();
        let right = read_after::<InMemory>(&changes, &keys);
        prop_assert_eq!(&read_after::<OnDisk>(&changes, &keys), &right);
        prop_assert_eq!(&read_after::<InBrowser>(&changes, &keys), &right);
    }
}

fn scans_end_with_their_kind_and_their_event<M: Medium>() {
    let mut device = M::empty().opens();
    let of_other_events = [Key::Event(EVENT), Key::Event(OTHER_EVENT), Key::Draft(OTHER_EVENT, 0)];
    let drafts = [0, 1, 9].map(|id| Key::Draft(EVENT, id));
    let item = Key::Item(EVENT, Revision(1));
    let changes = of_other_events.into_iter().chain(drafts).chain([item]).map(|key| (key, Some(vec![3]))).collect();
    device.storage_mut().apply(Batch { changes, ..Batch::default() }).unwrap();
    let keys = |from, most| scanned(device.storage(), from, most).into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(keys(Key::Draft(EVENT, 0), 9), drafts);
    assert_eq!(keys(Key::Draft(EVENT, 1), 1), drafts[1..2]);
    assert_eq!(keys(Key::Draft(EVENT, 2), 9), drafts[2..]);
    assert_eq!(keys(item, 9), [item]);
    assert_eq!(keys(Key::Event(EventId([0; 16])), 9), of_other_events[..2]);
    assert_eq!(keys(Key::Device, 9), [Key::Device]);
}

#[test]
fn a_scan_ends_with_its_kind_and_its_event() {
    scans_end_with_their_kind_and_their_event::<OnDisk>();
    scans_end_with_their_kind_and_their_event::<InBrowser>();
    scans_end_with_their_kind_and_their_event::<InMemory>();
}

fn home() -> HomeKey {
    HomeKey::from_seed(&[1; 32])
}

/// What somebody does with a device, and what home answers.
#[derive(Clone, Debug)]
enum Deed {
    AddPerson(u64),
    EditPerson(u64),
    AddWalkIn(u64),
    CheckIn(u64),
    Undo,
    Seal,
    /// Home refuses the item so far from the last one.
    HomeRefuses {
        back: u64,
        code: &'static str,
    },
    /// Home says what it has; `None` is that it lost everything.
    HomeConfirms(Option<u64>),
    HomeTookEverything,
    Done(u64),
    PartBegins(u8),
    PartComes(u8),
    PartsEnd,
    /// Home founds the event anew without somebody.
    HomeErases(u64),
    Restored,
    OpensAgain,
}

fn deed() -> impl Strategy<Value = Deed> {
    let who = || 1..4u64;
    let code = prop_oneof![Just("revoked"), Just("not_your_role"), Just("builds_on_discarded"), Just("no_such_code")];
    prop_oneof![
        3 => who().prop_map(Deed::AddPerson),
        3 => who().prop_map(Deed::EditPerson),
        3 => who().prop_map(Deed::AddWalkIn),
        4 => who().prop_map(Deed::CheckIn),
        2 => Just(Deed::Undo),
        4 => Just(Deed::Seal),
        2 => (0..3u64, code).prop_map(|(back, code)| Deed::HomeRefuses { back, code }),
        1 => prop::option::weighted(0.7, 1..4u64).prop_map(Deed::HomeConfirms),
        2 => Just(Deed::HomeTookEverything),
        1 => (0..4u64).prop_map(Deed::Done),
        1 => any::<u8>().prop_map(Deed::PartBegins),
        1 => any::<u8>().prop_map(Deed::PartComes),
        1 => Just(Deed::PartsEnd),
        1 => who().prop_map(Deed::HomeErases),
        1 => Just(Deed::Restored),
        2 => Just(Deed::OpensAgain),
    ]
}

/// A device of an organizer that lies on a medium, and works in one event.
struct Laptop<M: Medium> {
    medium: M,
    replica: Option<Opened<M::Storage>>,
    minute: u64,
    incarnations: u8,
}

impl<M: Medium> Laptop<M> {
    fn begins() -> Self {
        let mut medium = M::empty();
        let mut device = medium.opens();
        let (key, name, scope) = (device.public_key(), "laptop".to_owned(), Scope::Event(EVENT));
        let (role, issued, post) = (Role::Organizer, UnixMillis(1), Post::default());
        let grant = Grant { key, name, role, scope, issued, post, revoked: None, vouched: None, out_of: None };
        let grants = vec![home().state(&grant)];
        device.join(Membership { home: home().public(), url: "http://home".to_owned(), grants }).unwrap();
        medium.keeps(device);
        let mut laptop = Self { medium, replica: None, minute: 0, incarnations: 0x40 };
        laptop.opens();
        let site = EventEdit::Site { key: "pier".to_owned(), site: Some(Site::default()) };
        laptop.performs(Command::EditEvent(site));
        laptop
    }

    fn fresh(&mut self) -> Incarnation {
        self.incarnations += 1;
        Incarnation([self.incarnations; 8])
    }

    fn opens(&mut self) {
        let (device, fresh) = (self.medium.opens(), self.fresh());
        self.replica = Some(Opened::open(device, EVENT, fresh).unwrap());
    }

    fn closes(&mut self) {
        self.medium.keeps(self.replica.take().unwrap().into_journal());
    }

    fn replica(&mut self) -> &mut Opened<M::Storage> {
        self.replica.as_mut().unwrap()
    }

    fn performs(&mut self, command: Command) {
        self.minute += 1;
        let wall_ms = UnixMillis(1_780_000_000_000 + self.minute.cast_signed() * 60_000);
        let reading = ClockReading { boot: 1, mono_ms: self.minute * 60_000, wall_ms };
        let acted = self.replica().act(|replica| replica.perform(command, reading).map_err(Refused::Here));
        assert!(!matches!(acted, Err(Refused::ByStorage(_))), "{acted:?}");
    }

    /// An exchange with home comes to these writes, of which the replica in memory learns when it is opened again.
    fn writes(&mut self, writes: Vec<Write>) {
        let outcome = Outcome { writes, answer: () };
        self.replica().act(|_| Ok::<_, <M::Storage as Storage>::Error>(outcome)).unwrap();
        self.closes();
        self.opens();
    }

    fn does(&mut self, deed: &Deed) {
        match deed {
            Deed::AddPerson(id) => self.performs(Command::AddPerson(PersonId::from_entropy(*id), person(*id))),
            Deed::EditPerson(id) => {
                let edit = PersonEdit::Phone(Some(format!("+7 701 555 00 {:02}", self.minute % 100)));
                self.performs(Command::EditPerson(PersonId::from_entropy(*id), edit));
            }
            Deed::AddWalkIn(id) => {
                let id = WalkInId::from_entropy(*id);
                let (names, phone, organisation) = (person(9).names, None, None);
                self.performs(Command::AddWalkIn(WalkIn { id, names, phone, organisation, birth_year: None }));
            }
            Deed::CheckIn(id) => {
                let subject = if id % 2 == 0 {
                    Subject::Person(PersonId::from_entropy(*id))
                } else {
                    Subject::WalkIn(WalkInId::from_entropy(*id))
                };
                let (site, method) = ("pier".to_owned(), Method::Search);
                self.performs(Command::CheckIn(Presence { site, method, subject }));
            }
            Deed::Undo => {
                let last = self.replica().replica().last_own_record();
                last.into_iter().for_each(|(entry, _)| self.performs(Command::Undo(entry)));
            }
            Deed::Seal => {
                self.replica().act(|replica| Ok::<_, <M::Storage as Storage>::Error>(replica.seal())).unwrap();
            }
            Deed::HomeRefuses { back, code } => {
                let last = self.replica().replica().ledger().cursor().revision.0;
                // The first item is the device's own grant, which home gave.
                let Some(revision) = last.checked_sub(*back).filter(|revision| *revision > 1) else { return };
                self.writes(vec![Write::Refused([(Revision(revision), (*code).to_owned())].into())]);
            }
            Deed::HomeConfirms(None) => self.writes(vec![Write::NothingConfirmed]),
            Deed::HomeConfirms(Some(seq)) => {
                let chain = |document: DocumentRef, incarnation| {
                    let key = self.replica.as_ref().unwrap().journal().public_key();
                    let actor = Actor::of(document.id(EVENT), &key.0, incarnation);
                    ConfirmedChain { document, actor, seq: *seq, hash: ChangeHash([3; 32]) }
                };
                let chains = vec![chain(DocumentRef::ROSTER, FRESH.incarnation)];
                self.writes(vec![Write::Confirmed(chains)]);
            }
            Deed::HomeTookEverything => {
                let sent_up_to = self.replica().replica().ledger().cursor().revision;
                let peer = Peer { sent_up_to, cursor: Some(Cursor::default()), ..Peer::default() };
                self.writes(vec![Write::Peer(home().public().device(), peer)]);
            }
            Deed::Done(id) => self.writes(vec![Write::Done(vec![*id])]),
            Deed::PartBegins(byte) => {
                let (statement, revision) = (vouched(&[*byte; 40], Revision(9)), Revision(9));
                let partial = PartialSnapshot { statement, revision, total: 40, bytes: vec![*byte; 16] };
                self.writes(vec![Write::PartBegun(partial)]);
            }
            Deed::PartComes(byte) => self.writes(vec![Write::PartAdded { offset: 16, bytes: vec![*byte; 8] }]),
            Deed::PartsEnd => self.writes(vec![Write::NoPartialSnapshot]),
            Deed::HomeErases(id) => self.home_erases(PersonId::from_entropy(*id)),
            Deed::Restored => {
                self.closes();
                let (mut device, fresh) = (self.medium.opens(), self.fresh());
                device.begin_incarnation(fresh).unwrap();
                self.medium.keeps(device);
                self.opens();
            }
            Deed::OpensAgain => {
                self.closes();
                self.opens();
            }
        }
    }

    /// Home took what it was told, and founds the event anew without one person.
    fn home_erases(&mut self, person: PersonId) {
        let own_grant = self.replica().journal().membership().unwrap().grants[0].clone();
        let asked = self.replica().ask(home().public().device(), 0).unwrap();
        let mut ledger = Ledger::founded(EVENT, home().public());
        let mut told = Told(Vec::new());
        for item in [Item::Grant(own_grant)].into_iter().chain(asked.request.items) {
            if let Ok(Taken::New { cursor, .. }) = ledger.take(&item) {
                told.0.push(StoredItem { cursor, origin: None, item });
            }
        }
        let (home, erased) = (home(), BTreeSet::from([Subject::Person(person)]));
        let at = UnixMillis(1_780_000_000_000 + self.minute.cast_signed());
        let founding = Founding { home: &home, era: EraId([3; 8]), at, erased: &erased, forgotten: None };
        let Ok(founded) = ledger.found_again(None, &told, &founding) else { return };
        let statement = vouched(&founded.snapshot, founded.item.cursor.revision);
        self.writes(vec![Write::Snapshot(statement, founded.snapshot), Write::Moved]);
    }

    /// Everything that can be read of the device and its event.
    fn shows(&mut self) -> String {
        let opened = self.replica.as_ref().unwrap();
        let (device, replica) = (opened.journal(), opened.replica());
        let kept = device.kept(EVENT, home().public()).unwrap();
        let drafts: Vec<_> = replica.drafts().collect();
        let records = replica.own_records();
        let shown = replica.shown();
        format!(
            "{:?} {:?} {:?}\n{:?} {drafts:?}\n{records:?}\n{:?} {:?} {:?} {:?}\n{:?} {:?} {:?} {:?} {:?}\n{:?} {:?}",
            device.incarnation(),
            device.events().unwrap(),
            device.membership(),
            replica.ledger().cursor(),
            shown.event,
            shown.roster,
            shown.logs,
            shown.rulings,
            kept.next_draft,
            kept.drafts,
            kept.peers,
            kept.confirmed,
            kept.partial,
            device.snapshot(EVENT).unwrap(),
            device.items_after(EVENT, Revision(1), 1 << 20).unwrap(),
        )
    }
}

#[derive(Debug)]
enum Refused<E> {
    Here(#[allow(dead_code, reason = "shown when a test fails")] sync_core::command::CommandError),
    ByStorage(#[allow(dead_code, reason = "shown when a test fails")] E),
}

impl<E> From<E> for Refused<E> {
    fn from(error: E) -> Self {
        Self::ByStorage(error)
    }
}

struct Told(Vec<StoredItem>);

impl ItemSource for Told {
    type Error = Infallible;

    fn items_after(&self, revision: Revision, _: usize) -> Result<Vec<StoredItem>, Infallible> {
        Ok(self.0.iter().filter(|stored| stored.cursor.revision > revision).cloned().collect())
    }
}

fn vouched(bytes: &[u8], revision: Revision) -> Signed<SnapshotStatement> {
    let (digest, reading) = (snapshot_digest(bytes), Reading::default());
    home().state(&SnapshotStatement { event: EVENT, revision, digest, reading })
}

fn person(number: u64) -> Person {
    let names = vec![PersonName { family: format!("Ахметова {number}"), ..PersonName::default() }];
    Person { names, ..Person::default() }
}

/// What a device shows that did all this: as it stands, and opened again.
fn shown_after<M: Medium>(deeds: &[Deed]) -> [String; 2] {
    let mut laptop = Laptop::<M>::begins();
    deeds.iter().for_each(|deed| laptop.does(deed));
    let stands = laptop.shows();
    laptop.closes();
    laptop.opens();
    [stands, laptop.shows()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_device_reads_the_same_from_every_storage(deeds in prop::collection::vec(deed(), 0..24)) {
        let right = shown_after::<InMemory>(&deeds);
        prop_assert_eq!(&right[0], &right[1], "opened again, memory says something else");
        prop_assert_eq!(&shown_after::<OnDisk>(&deeds), &right);
        prop_assert_eq!(&shown_after::<InBrowser>(&deeds), &right);
    }
}
