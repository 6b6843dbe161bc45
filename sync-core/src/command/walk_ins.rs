//! Taking somebody who was registered at a gate onto the roster.

use super::Command;
use crate::documents::log::WalkIn;
use crate::documents::roster::Person;
use crate::documents::rulings::{Decision, Ruling};
use crate::ids::{EventId, PersonId, RulingId, Subject, tagged_hash};

/// The commands that take a walk-in onto the roster: a person with what was typed at the gate, and the ruling that the
/// two are one.
///
/// Person and ruling follow from the walk-in, so that two organizers who accept somebody without a network accept them
/// once. To take it back, retract the ruling and withdraw the person.
#[must_use]
pub fn accept_walk_in(event: EventId, walk_in: &WalkIn) -> (PersonId, Vec<Command>) {
    let id = PersonId::of_external(event, "walk-in", &walk_in.id.to_string());
    let person = Person {
        names: walk_in.names.clone(),
        birth_year: walk_in.birth_year,
        phone: walk_in.phone.clone(),
        organisation: walk_in.organisation.clone(),
        ..Person::default()
    };
    let decision = Decision::Same(Subject::Person(id), Subject::WalkIn(walk_in.id));
    let hash = tagged_hash("saxaul/accepted", &[&event.0, &walk_in.id.to_bits().to_be_bytes()]);
    let mut ruling = [0; 8];
    ruling.copy_from_slice(&hash[..8]);
    let accepted = Ruling { decision, reason: "accepted".to_owned() };
    (id, vec![Command::AddPerson(id, person), Command::Rule(RulingId(ruling), accepted)])
}
