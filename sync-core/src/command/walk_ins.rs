//! Taking somebody who was registered at a gate onto the roster.

use super::Command;
use crate::documents::log::WalkIn;
use crate::documents::roster::{Person, PersonEdit, PersonRecord, Roster};
use crate::documents::rulings::{Decision, Ruling, Rulings};
use crate::ids::{EventId, PersonId, RulingId, Subject, WalkInId, tagged_hash};

/// The commands that take a walk-in onto the roster: a person with what was typed at the gate, and the ruling that the
/// two are one.
///
/// Person and ruling follow from the walk-in, so that two organizers who accept somebody without a network accept them
/// once. To take it back, retract the ruling and withdraw the person. Whoever is accepted again after that is the same
/// person of the roster, no longer withdrawn, under the next ruling that nobody retracted.
#[must_use]
pub fn accept_walk_in(
    event: EventId,
    walk_in: &WalkIn,
    roster: &Roster,
    rulings: &Rulings,
) -> (PersonId, Vec<Command>) {
    let id = person_of_walk_in(event, walk_in.id);
    let person = Person {
        names: walk_in.names.clone(),
        birth_year: walk_in.birth_year,
        phone: walk_in.phone.clone(),
        organisation: walk_in.organisation.clone(),
        ..Person::default()
    };
    let retracted = |ruling: RulingId| {
        let mut all = rulings.by_id.values().flatten();
        all.any(|other| other.value.decision == Decision::Retract(ruling))
    };
    let times = (0u64..).find(|times| !retracted(ruling_of(event, walk_in, *times))).unwrap_or_default();
    let put_on_list = match roster.people.get(&id).map(PersonRecord::person) {
        None => Some(Command::AddPerson(id, person)),
        Some(known) => known.withdrawn.map(|_| Command::EditPerson(id, PersonEdit::Withdrawn(None))),
    };
    let decision = Decision::Same(Subject::Person(id), Subject::WalkIn(walk_in.id));
    let accepted = Ruling { decision, reason: "accepted".to_owned() };
    let rule = Command::Rule(ruling_of(event, walk_in, times), accepted);
    (id, put_on_list.into_iter().chain([rule]).collect())
}

/// Whose record a walk-in becomes when it is accepted.
#[must_use]
pub fn person_of_walk_in(event: EventId, walk_in: WalkInId) -> PersonId {
    PersonId::of_external(event, "walk-in", &walk_in.to_string())
}

/// The ruling that accepts a walk-in whose acceptance was retracted so many times.
fn ruling_of(event: EventId, walk_in: &WalkIn, times: u64) -> RulingId {
    let id = walk_in.id.to_bits().to_be_bytes();
    let hash = match times {
        0 => tagged_hash("saxaul/accepted", &[&event.0, &id]),
        _ => tagged_hash("saxaul/accepted", &[&event.0, &id, &times.to_be_bytes()]),
    };
    let mut ruling = [0; 8];
    ruling.copy_from_slice(&hash[..8]);
    RulingId(ruling)
}
