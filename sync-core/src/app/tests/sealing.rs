//! What a person was told is saved leaves the device, whatever else was done beside it.

use std::borrow::Cow;

use super::hostile::{hears, sealed_by};
use super::*;
use crate::documents::event::EventEdit;
use crate::documents::roster::{PersonEdit, PersonField, register};
use crate::documents::{Stored, encode};
use crate::ids::{DeviceId, DocumentRef};
use crate::replica::DraftState;
use crate::storage::{Batch, Key, Storage, StorageError, Visit};

fn reading() -> ClockReading {
    ClockReading { boot: 1, mono_ms: 1, wall_ms: UnixMillis(MORNING_MS) }
}

fn states(phone: &Phone) -> Vec<DraftState> {
    phone.app.opened().unwrap().replica().drafts().map(|draft| draft.state.clone()).collect()
}

#[test]
fn a_long_header_of_an_offices_table_leaves_with_everything_else() {
    let mut lead = Phone::organizer();
    let (issuer, header) = ("Управление молодёжной политики".to_owned(), "Согласие на обработку ".repeat(4));
    let column = EventEdit::ListColumn { issuer, header, meaning: None };
    lead.app.give(Command::EditEvent(column), reading()).unwrap();
    lead.app.act(|state| Ok(state.seal())).unwrap();
    assert!(states(&lead).iter().all(|state| matches!(state, DraftState::Sealed(_))), "{:?}", states(&lead));
}

#[test]
fn a_command_that_cannot_be_sealed_is_parked_alone() {
    let mut lead = Phone::organizer();
    lead.app.act(|state| Ok(state.seal())).unwrap();
    let before = states(&lead).len();
    for key in ["dune", "harbour", "lagoon"] {
        lead.does(Action::AddSite { key: key.to_owned(), name: Text::default() });
    }
    // A bug lets a command through that no change can hold.
    let header = "x".repeat(crate::documents::KEY_LIMIT_BYTES);
    let bad = Command::EditEvent(EventEdit::ListColumn { issuer: "office".to_owned(), header, meaning: None });
    let draft = lead.app.opened().unwrap().replica().drafts().last().unwrap().clone();
    let bad = Draft { id: draft.id + 1, command: bad, entry: None, ..draft };
    lead.keeps(&[Write::Draft(Box::new(bad))]);
    lead.does(Action::AddSite { key: "reef".to_owned(), name: Text::default() });
    lead.app.act(|state| Ok(state.seal())).unwrap();
    let states = states(&lead).split_off(before);
    let sealed = states.iter().filter(|state| matches!(state, DraftState::Sealed(_))).count();
    assert_eq!((sealed, states.len()), (4, 5), "{states:?}");
    let sites = lead.app.event().unwrap().sites;
    assert!(["dune", "harbour", "lagoon", "reef"].iter().all(|key| sites.iter().any(|site| site.key == **key)));
}

/// So many authors each wrote the same field of so many people, without having seen each other.
fn written_at_once(authors: u16, people: u64) -> (Phone, Vec<PersonId>) {
    let mut lead = Phone::organizer();
    let office = KeyPair::from_seed(&[9; 32]);
    let people: Vec<PersonId> = (0..people).map(|id| PersonId::from_entropy(1000 + 2 * id)).collect();
    for id in &people {
        let name = Name { family: "Guest".to_owned(), ..Name::default() };
        lead.does(Action::AddPerson { id: *id, known: Known { name, ..Known::default() } });
    }
    lead.app.act(|state| Ok(state.seal())).unwrap();
    let items = (0..authors).map(|author| {
        let mut incarnation = [0xaa; 8];
        incarnation[..2].copy_from_slice(&author.to_be_bytes());
        let edits = people.iter().map(|id| {
            let edit = PersonEdit::Team(Some(format!("T{author}")));
            (register(*id, Some(PersonField::Team)), encode(&Stored::new(reading(), edit)))
        });
        sealed_by(&office, Incarnation(incarnation), DocumentRef::ROSTER, &edits.collect::<Vec<_>>())
    });
    let items: Vec<Item> = items.collect();
    assert_eq!(hears(&mut lead, DeviceId([5; 16]), items), usize::from(authors));
    (lead, people)
}

#[test]
fn more_values_than_one_change_can_replace_are_replaced_by_several() {
    let (mut lead, people) = written_at_once(200, 100);
    for id in &people {
        let edit = PersonEdit::Team(Some("chosen".to_owned()));
        lead.app.give(Command::EditPerson(*id, edit), reading()).unwrap();
    }
    lead.app.act(|state| Ok(state.seal())).unwrap();
    assert!(states(&lead).iter().all(|state| matches!(state, DraftState::Sealed(_))));
    let replica = lead.app.opened().unwrap().replica();
    let roster = replica.ledger().documents().roster();
    for id in &people {
        assert_eq!(roster.people[id].values(PersonField::Team).len(), 1);
    }
}

#[test]
fn what_a_damaged_storage_gave_back_is_not_called_confirmed() {
    let mut phone = Phone::let_in(2, Role::Marker, EVENT);
    for id in 0..5 {
        let name = Name { family: "Guest".to_owned(), ..Name::default() };
        phone.does(Action::AddWalkIn { id: WalkInId::from_entropy(id), known: Known { name, ..Known::default() } });
    }
    phone.app.act(|state| Ok(state.seal())).unwrap();
    phone.writes();
    let saved = Rows::salvage(phone.kept.clone(), Incarnation([0x44; 8])).unwrap();
    phone.app = App::open(saved, Incarnation([0x55; 8])).unwrap();
    assert_eq!(phone.app.unconfirmed().unwrap().on_this_device, 5);
    let records = phone.app.records(&first(10)).unwrap();
    assert_eq!(records.total, 5);
    assert!(records.rows.iter().all(|row| row.state == RecordState::SavedHere));
}

#[test]
fn what_others_gave_and_home_never_had_is_kept_from_a_damaged_storage_although_its_era_is_over() {
    let (mut lead, mut phone) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    let (ledger, told) = home_told_by(&mut lead);
    let mut lost = Phone::let_in(5, Role::Lead, EVENT);
    lost.meets(&mut lead);
    let name = Name { family: "Марат".to_owned(), ..Name::default() };
    lost.does(Action::AddPerson { id: PersonId::from_entropy(6), known: Known { name, ..Known::default() } });
    phone.meets(&mut lost);
    let erased = [Subject::Person(PersonId::from_entropy(2))].into();
    let founding =
        Founding { home: &home(), era: EraId([1; 8]), at: UnixMillis(MORNING_MS), erased: &erased, forgotten: None };
    let founded = ledger.found_again(None, &told, &founding).unwrap();
    phone.keeps(&[vouched_for(founded.item.cursor.revision, founded.snapshot), Write::Moved]);
    assert_eq!(roster_changes_for_home(&phone), 1);
    is_salvaged(&mut phone);
    assert_eq!(roster_changes_for_home(&phone), 1);
}

#[test]
fn what_a_lead_gave_who_is_a_marker_now_is_kept_from_a_damaged_storage_until_they_are_a_lead_again() {
    let (mut lead, mut phone) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    let mut east = Phone::let_in(5, Role::Lead, EVENT);
    east.meets(&mut lead);
    phone.meets(&mut lead);
    let name = Name { family: "Марат".to_owned(), ..Name::default() };
    east.does(Action::AddPerson { id: PersonId::from_entropy(6), known: Known { name, ..Known::default() } });
    phone.meets(&mut east);
    let known = east.app.storage().unwrap().membership().unwrap().grant_for(EVENT).unwrap().clone();
    let home_says = |role: Role, later: i64| {
        let known = known.verify(&home().public()).unwrap();
        let grant = Grant { role, issued: UnixMillis(known.issued.0 + later), ..known };
        Item::Grant(home().state(&grant))
    };
    let (mut ledger, told) = home_told_by(&mut lead);
    ledger.take(&home_says(Role::Marker, 1)).unwrap();
    let bytes = ledger.snapshot(None, &told, &Hidden::default()).unwrap();
    phone.keeps(&[vouched_for(ledger.cursor().revision, bytes)]);
    is_salvaged(&mut phone);
    assert!(phone.finds("Марат").is_empty(), "home does not show it");
    hears(&mut phone, home().public().device(), vec![home_says(Role::Lead, 2)]);
    let asked = phone.app.opened().unwrap().ask(home().public().device(), 0).unwrap();
    let is_of_east = |item: &Item| matches!(item, Item::Change(it) if it.document == DocumentRef::ROSTER && it.incarnation == Incarnation([5; 8]));
    assert_eq!(asked.request.items.iter().filter(|item| is_of_east(item)).count(), 1);
}

/// How many changes of a roster a phone offers to home.
fn roster_changes_for_home(phone: &Phone) -> usize {
    let asked = phone.app.opened().unwrap().ask(home().public().device(), 0).unwrap();
    asked
        .request
        .items
        .iter()
        .filter(|item| matches!(item, Item::Change(it) if it.document == DocumentRef::ROSTER))
        .count()
}

fn is_salvaged(phone: &mut Phone) {
    phone.writes();
    let saved = Rows::salvage(phone.kept.clone(), Incarnation([0x44; 8])).unwrap();
    phone.app = App::open(saved, Incarnation([0x55; 8])).unwrap();
}

/// Rows on a medium that fails for a while.
struct Failing {
    rows: QueuedRows,
    fails: std::cell::Cell<bool>,
}

impl Failing {
    fn works(&self) -> Result<(), StorageError> {
        if self.fails.get() { Err(StorageError::Damaged("disk".to_owned())) } else { Ok(()) }
    }
}

impl Storage for Failing {
    type Error = StorageError;

    fn get(&self, key: Key) -> Result<Option<Cow<'_, [u8]>>, StorageError> {
        self.works().and_then(|()| self.rows.get(key))
    }

    fn scan(&self, from: Key, visit: &mut Visit<'_>) -> Result<(), StorageError> {
        self.works().and_then(|()| self.rows.scan(from, visit))
    }

    fn apply(&mut self, batch: Batch) -> Result<(), StorageError> {
        self.works().and_then(|()| self.rows.apply(batch))
    }

    fn fault(&self, error: StorageError) -> StorageError {
        error
    }
}

#[test]
fn a_medium_that_neither_writes_nor_reads_for_a_while_costs_nothing_that_was_saved() {
    let phone = Phone::let_in(2, Role::Marker, EVENT);
    let rows = phone.app.into_storage().unwrap();
    let failing = rows.map(|rows| Failing { rows, fails: false.into() });
    let mut app = App::open(failing, Incarnation([3; 8])).unwrap();
    let registers = |app: &mut App<Failing>, id: u64| {
        let name = Name { family: "Guest".to_owned(), ..Name::default() };
        let known = Known { name, ..Known::default() };
        app.perform(Action::AddWalkIn { id: WalkInId::from_entropy(id), known }, reading()).is_ok()
    };
    assert!(registers(&mut app, 1));
    app.storage().unwrap().storage().fails.set(true);
    assert!(app.greet([5; 32]).is_err(), "nothing can be sealed");
    assert!(!registers(&mut app, 2));
    app.storage().unwrap().storage().fails.set(false);
    assert!(registers(&mut app, 3));
    app.greet([5; 32]).unwrap();
    assert!(registers(&mut app, 4));
    app.greet([6; 32]).unwrap();
    let app = App::open(app.into_storage().unwrap(), Incarnation([4; 8])).unwrap();
    assert_eq!(app.unconfirmed().unwrap().on_this_device, 3);
    assert_eq!(app.opened().unwrap().replica().own_records().len(), 3);
}
