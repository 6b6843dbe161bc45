//! What the gate must know of people: minors without a guardian's consent, minors where it is dangerous.

use std::collections::BTreeSet;

use super::Known;
use super::found::Findings;
use crate::canonical::KnownKeys;
use crate::documents::roster::Roster;
use crate::ids::Subject;

/// Something that the gate must know of somebody.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
pub struct Notice {
    /// Whom it concerns: the leader of a class.
    pub class: Subject,
    /// What the gate must know.
    pub kind: NoticeKind,
}

/// What the gate must know.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// They need a guardian's consent, and there is none.
    GuardianConsentMissing,
    /// They may be under age and are assigned to a hazardous shift: two edits met, or the shift became hazardous.
    MinorAtRisk {
        /// The key of the hazardous shift.
        shift: String,
    },
}

/// Lists the notices by class. What depends on age or consent is judged by what any record of a human being says.
pub(super) fn of(known: &Known<'_>, roster: &Roster, found: &Findings) -> Vec<Notice> {
    let event = known.event;
    let leader = |subject: Subject| known.classes.leader_of(subject);
    let mut guarded: BTreeSet<Subject> = found.guarded.clone();
    let mut unguarded: BTreeSet<Subject> = BTreeSet::new();
    let mut minors: BTreeSet<Subject> = BTreeSet::new();
    let mut present: BTreeSet<Subject> = BTreeSet::new();
    let mut assigned = Vec::new();
    for (id, person) in roster.people.iter().filter_map(|(id, record)| Some((*id, record.shown()?))) {
        let class = leader(Subject::Person(id));
        if person.guardian_consent.is_some() {
            guarded.insert(class);
        }
        if person.withdrawn.is_none() {
            present.insert(class);
            assigned.push((class, person.shifts));
        }
        unguarded.extend(event.needs_guardian(*person.birth_year).then_some(class));
        minors.extend(event.is_minor(*person.birth_year).then_some(class));
    }
    for walk_in in &found.walk_ins {
        let class = leader(Subject::WalkIn(walk_in.what.id));
        present.insert(class);
        unguarded.extend(event.needs_guardian(walk_in.what.birth_year).then_some(class));
        minors.extend(event.is_minor(walk_in.what.birth_year).then_some(class));
    }
    let unguarded = unguarded.difference(&guarded).filter(|class| present.contains(class));
    let missing = unguarded.map(|class| (*class, NoticeKind::GuardianConsentMissing));
    let planned = KnownKeys::of(&event.shifts);
    let at_risk = assigned.into_iter().filter(|(class, _)| minors.contains(class)).flat_map(|(class, shifts)| {
        let hazardous =
            shifts.iter().filter(|key| planned.get(key).is_some_and(|(_, shift)| event.is_hazardous(shift)));
        hazardous.map(move |shift| (class, NoticeKind::MinorAtRisk { shift: shift.clone() }))
    });
    let notices: BTreeSet<Notice> = missing.chain(at_risk).map(|(class, kind)| Notice { class, kind }).collect();
    notices.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::event::{EventEdit, Shift};
    use crate::documents::log::{GuardianConsent, Record, WalkIn};
    use crate::documents::roster::{Person, PersonEdit, PersonField, PersonRecord};
    use crate::documents::rulings::Decision;
    use crate::ids::{PersonId, WalkInId};
    use crate::view::fixtures::{AIDA, BOLAT, GUEST, Office, Phone, event, written};
    use crate::view::project;

    fn roster(born: u16, shifts: &[&str]) -> Roster {
        let shifts = shifts.iter().map(|shift| (*shift).to_owned()).collect();
        let person = Person { birth_year: Some(born), shifts, ..Person::default() };
        let record = PersonRecord { added: vec![written(person)], ..PersonRecord::default() };
        Roster { people: [(PersonId::from_entropy(AIDA.to_bits()), record)].into(), ..Roster::default() }
    }

    fn notices(roster: &Roster, north: &Phone) -> Vec<Notice> {
        let mut event = event();
        let dive = Shift { hazardous: true, ..Shift::default() };
        event.apply(EventEdit::Shift { key: "dive".to_owned(), shift: Some(dive) });
        project(&event, roster, std::slice::from_ref(&north.log), &Office::default().rulings).notices
    }

    #[test]
    fn a_guardian_consents_in_the_office_or_at_the_gate() {
        let mut roster = roster(2012, &[]);
        let mut north = Phone::anchored(1);
        let missing = Notice { class: AIDA, kind: NoticeKind::GuardianConsentMissing };
        assert_eq!(notices(&roster, &north), std::slice::from_ref(&missing));
        let consent = |subject| Record::GuardianConsent(GuardianConsent { subject, guardian: "Mother".to_owned() });
        north.records("18 09:00", consent(BOLAT));
        let given = north.records("18 09:01", consent(AIDA));
        assert_eq!(notices(&roster, &north), []);
        north.undoes("18 09:02", given);
        assert_eq!(notices(&roster, &north), [missing]);
        let record = roster.people.values_mut().next().unwrap();
        let consent = PersonEdit::GuardianConsent(Some("Father, paper 7".to_owned()));
        record.edits.insert(PersonField::GuardianConsent, vec![written(consent)]);
        assert_eq!(notices(&roster, &north), []);
    }

    #[test]
    fn a_child_whose_year_only_the_gate_knows_needs_a_guardian_also_when_it_is_joined_to_the_roster() {
        let mut roster = roster(2012, &["dive"]);
        let record = roster.people.values_mut().next().unwrap();
        record.added[0].value.birth_year = None;
        let mut north = Phone::anchored(1);
        let id = WalkInId::from_entropy(GUEST.to_bits());
        let child = WalkIn { id, names: Vec::new(), phone: None, organisation: None, birth_year: Some(2014) };
        north.records("18 09:00", Record::WalkIn(child));
        let mut event = event();
        let dive = Shift { hazardous: true, ..Shift::default() };
        event.apply(EventEdit::Shift { key: "dive".to_owned(), shift: Some(dive) });
        let mut office = Office::default();
        office.rules(Decision::Same(AIDA, GUEST));
        let notices =
            |north: &Phone| project(&event, &roster, std::slice::from_ref(&north.log), &office.rulings).notices;
        let kinds = [NoticeKind::GuardianConsentMissing, NoticeKind::MinorAtRisk { shift: "dive".to_owned() }];
        assert_eq!(notices(&north), kinds.map(|kind| Notice { class: AIDA, kind }));
        let consent = GuardianConsent { subject: GUEST, guardian: "Mother".to_owned() };
        north.records("18 09:01", Record::GuardianConsent(consent));
        assert_eq!(notices(&north).len(), 1);
    }

    #[test]
    fn a_minor_who_stands_where_it_became_hazardous_is_shown() {
        let north = Phone::anchored(1);
        let at_risk = Notice { class: AIDA, kind: NoticeKind::MinorAtRisk { shift: "dive".to_owned() } };
        assert_eq!(notices(&roster(2009, &["tea", "dive"]), &north), [at_risk]);
        assert_eq!(notices(&roster(1990, &["dive"]), &north), []);
    }

    #[test]
    fn a_child_who_walks_in_needs_a_guardian_too() {
        let mut north = Phone::anchored(1);
        let id = WalkInId::from_entropy(GUEST.to_bits());
        let child = WalkIn { id, names: Vec::new(), phone: None, organisation: None, birth_year: Some(2014) };
        north.records("18 09:00", Record::WalkIn(child));
        let missing = Notice { class: GUEST, kind: NoticeKind::GuardianConsentMissing };
        assert_eq!(notices(&Roster::default(), &north), [missing]);
    }
}
