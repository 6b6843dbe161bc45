//! What a person was told is saved leaves the device, whatever else was done beside it.

use super::hostile::{hears, sealed_by};
use super::*;
use crate::documents::event::EventEdit;
use crate::documents::roster::{PersonEdit, PersonField, register};
use crate::documents::{Stored, encode};
use crate::ids::{DeviceId, DocumentRef};
use crate::replica::DraftState;

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
    let records = phone.app.records(0, 10).unwrap();
    assert_eq!(records.total, 5);
    assert!(records.rows.iter().all(|row| row.state == RecordState::SavedHere));
}
