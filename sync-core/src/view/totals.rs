//! Sums over the whole event. They saturate: no card, however absurd, makes them wrong in the other direction.

use std::collections::BTreeSet;

use super::Known;
use super::classes::Classes;
use super::figures::Figures;
use super::found::Found;
use super::hours::PersonDay;
use crate::documents::log::{Record, WalkIn};
use crate::documents::roster::{PersonEdit, PersonField, PersonRecord, Roster};
use crate::ids::{PersonId, Subject};

/// Sums over the whole event.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct Totals {
    /// Human beings with an effective check-in or check-out.
    pub attended: u64,
    /// The sums over everybody and every card.
    #[serde(flatten)]
    pub figures: Figures,
    /// Entries of all logs in which something was recorded: anchors, undos, and entries without effect too. A device
    /// that only ever noted the time recorded nothing.
    pub log_entries: u64,
    /// Withdrawn people who attended all the same.
    pub withdrawn_attended: u64,
    /// Human beings who attended or have hours.
    pub people: u64,
    /// Human beings who took part in deeds. They are counted apart from `people`.
    pub deed_people: u64,
}

/// Lists the people of the roster who are withdrawn, but of whose class someone has an effective observation.
pub(super) fn withdrawn_attended(roster: &Roster, days: &[PersonDay], classes: &Classes) -> Vec<PersonId> {
    let attended = attending(days);
    let withdrawn = roster.people.iter().filter(|(_, record)| is_withdrawn(record)).map(|(person, _)| *person);
    withdrawn.filter(|id| attended.binary_search(&classes.leader_of(Subject::Person(*id))).is_ok()).collect()
}

/// Lists the classes that attended of which nothing else is known: nobody in them is on the roster, was registered at a gate
/// or was erased.
pub(super) fn unlisted_attended(
    roster: &Roster,
    walk_ins: &[Found<WalkIn>],
    days: &[PersonDay],
    classes: &Classes,
) -> Vec<Subject> {
    let is_known = |subject: Subject| {
        let is_listed = match subject {
            Subject::Person(id) => roster.people.contains_key(&id),
            Subject::WalkIn(id) => walk_ins.binary_search_by_key(&id, |found| found.what.id).is_ok(),
        };
        is_listed || roster.erased.contains(&subject)
    };
    let mut attended = attending(days);
    attended.retain(|class| !is_known(*class) && !classes.members_of(*class).into_iter().any(is_known));
    attended
}

/// Adds up every day and every card of the event.
pub(super) fn sum(known: &Known<'_>, days: &[PersonDay], withdrawn_attended: &[PersonId]) -> Totals {
    let mut totals = Totals {
        attended: attending(days).len() as u64,
        people: present(days).len() as u64,
        log_entries: known.ledger.entry_count(),
        withdrawn_attended: withdrawn_attended.len() as u64,
        ..Totals::default()
    };
    let figures = &mut totals.figures;
    days.iter().for_each(|day| figures.add(&Figures::of_day(day)));
    let mut of_deeds = BTreeSet::new();
    for standing in known.ledger.entries() {
        match &standing.entry.record {
            Record::LitterCard(card) => figures.add(&Figures::of_litter(card)),
            Record::PlantingCard(card) => figures.add(&Figures::of_planting(card)),
            Record::Deed(deed) => {
                figures.add(&Figures { deeds: 1, ..Figures::default() });
                of_deeds.extend(deed.participants.iter().map(|one| known.classes.leader_of(*one)));
            }
            _ => {}
        }
    }
    totals.deed_people = of_deeds.len() as u64;
    totals
}

/// The classes with an effective observation, in ascending order.
fn attending(days: &[PersonDay]) -> Vec<Subject> {
    let mut classes: Vec<Subject> = days.iter().filter(|day| day.observations > 0).map(|day| day.class).collect();
    classes.dedup();
    classes
}

/// The classes that attended or have hours, in ascending order.
fn present(days: &[PersonDay]) -> Vec<Subject> {
    let present = days.iter().filter(|day| day.observations > 0 || !day.sessions.is_empty());
    let mut classes: Vec<Subject> = present.map(|day| day.class).collect();
    classes.dedup();
    classes
}

/// Reads the one field of [`PersonRecord::person`] that is wanted here, without copying the person.
fn is_withdrawn(record: &PersonRecord) -> bool {
    match record.edits.get(&PersonField::Withdrawn).and_then(|edits| edits.last()).map(|edit| &edit.value) {
        Some(PersonEdit::Withdrawn(why)) => why.is_some(),
        _ => record.added.last().is_some_and(|added| added.value.withdrawn.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::log::{LitterCard, PlantingCard};
    use crate::documents::roster::Person;
    use crate::documents::rulings::{Decision, Rulings};
    use crate::view::fixtures::{AIDA, BOLAT, GUEST, Office, Phone, STRANGER, event, seen, written};
    use crate::view::project;

    #[test]
    fn cards_add_up_except_those_that_were_undone() {
        let mut north = Phone::anchored(1);
        let litter = |bags| {
            let items = [("Bottle caps".to_owned(), 3)].into();
            Record::LitterCard(LitterCard { bags, grams: 500, litres: 20, metres: 7, items, ..LitterCard::default() })
        };
        north.records("18 09:00", litter(2));
        north.records("18 10:00", litter(3));
        let mistake = north.records("18 10:00", litter(99));
        north.undoes("18 10:01", mistake);
        let planting = PlantingCard { seedlings: 12, square_metres: 30, ..PlantingCard::default() };
        north.records("18 11:00", Record::PlantingCard(planting));
        let figures = Figures {
            bags: 5,
            grams: 1000,
            litres: 40,
            metres: 14,
            seedlings: 12,
            square_metres: 30,
            items: [("Bottle caps".to_owned(), 6)].into(),
            ..Figures::default()
        };
        assert_eq!(seen(&[&north]).totals, Totals { figures, log_entries: 6, ..Totals::default() });
    }

    #[test]
    fn absurd_cards_saturate() {
        let mut north = Phone::anchored(1);
        let absurd = LitterCard { grams: u64::MAX, litres: u64::MAX, ..LitterCard::default() };
        north.records("18 09:00", Record::LitterCard(absurd.clone()));
        north.records("18 09:01", Record::LitterCard(absurd));
        assert_eq!(seen(&[&north]).totals.figures.grams, u64::MAX);
    }

    #[test]
    fn whoever_was_withdrawn_but_came_is_listed_under_whichever_name_they_came() {
        let withdrawn = PersonEdit::Withdrawn(Some("asked".to_owned()));
        let mut by_edit = PersonRecord { added: vec![written(Person::default())], ..PersonRecord::default() };
        by_edit.edits.insert(PersonField::Withdrawn, vec![written(withdrawn)]);
        let from_the_start = Person { withdrawn: Some("twice on the list".to_owned()), ..Person::default() };
        let mut taken_back = PersonRecord { added: vec![written(from_the_start)], ..PersonRecord::default() };
        let ids @ [_, bolat, absent, _] = [AIDA, BOLAT, Subject::from_bits(6), Subject::from_bits(8)];
        let [by_edit_too, from_the_start] = [by_edit.clone(), taken_back.clone()];
        taken_back.edits.insert(PersonField::Withdrawn, vec![written(PersonEdit::Withdrawn(None))]);
        let people = ids.into_iter().zip([by_edit, from_the_start, by_edit_too, taken_back]);
        let people = people.map(|(id, record)| (PersonId::from_entropy(id.to_bits()), record)).collect();
        let roster = Roster { people, ..Roster::default() };

        let mut north = Phone::anchored(1);
        let mut office = Office::default();
        north.checks_in("18 09:00", GUEST);
        north.checks_in("18 09:00", bolat);
        north.checks_in("18 09:00", Subject::from_bits(8));
        office.rules(Decision::Same(GUEST, AIDA));
        office.grants(absent, "18 09:00", "18 10:00");
        let view = project(&event(), &roster, &[north.log], &office.rulings);
        assert_eq!(view.withdrawn_attended, [2, 4].map(PersonId::from_entropy));
        assert_eq!(view.totals.withdrawn_attended, 2);
    }

    #[test]
    fn hours_of_everyone_add_up() {
        let mut north = Phone::anchored(1);
        for subject in [AIDA, BOLAT, STRANGER] {
            north.checks_in("18 09:00", subject);
            north.checks_out("18 10:00", subject);
            north.checks_in("19 17:00", subject);
        }
        let hour = 3_600_000;
        let totals = project(&event(), &Roster::default(), &[north.log], &Rulings::default()).totals;
        assert_eq!((totals.attended, totals.figures.observed_ms, totals.figures.imputed_ms), (3, 3 * hour, 3 * hour));
        assert_eq!((totals.figures.manual_ms, totals.figures.verified_ms), (0, 3 * hour));
    }
}
