//! What somebody must choose: fields and pairs on which people said different things.

use super::clock::{Clocks, CorrectedTime};
use super::decisions::Decisions;
use crate::documents::Authored;
use crate::documents::event::{EventEdit, EventInfo};
use crate::documents::roster::{PersonEdit, PersonField, PersonRecord, Roster};
use crate::ids::{DeviceId, PersonId, RulingId, Subject};

/// A field that several people edited without having seen each other's value.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct FieldConflict {
    /// The person whose field it is.
    pub person: PersonId,
    /// The field that has several values at once.
    pub field: PersonField,
    /// Two or more, all different, in the order of the document: until someone chooses, the last is shown.
    pub values: Vec<ConflictingValue>,
}

/// One value of a field, with its author.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct ConflictingValue {
    /// The value, as a person would read it.
    pub text: String,
    /// The edit that would choose it.
    pub value: PersonEdit,
    /// The device that wrote it.
    pub by: DeviceId,
    /// When, by the anchors of its author.
    pub time: CorrectedTime,
}

/// A statement about the event that several organizers wrote without having seen each other's.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct EventConflict {
    /// Which statement, e.g. `day.20591` or `site.north`.
    pub register: String,
    /// Two or more, in the order of the document: until someone chooses, the last is shown.
    pub values: Vec<EventValue>,
}

/// One value of a statement about the event, with its author.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct EventValue {
    /// The edit that would choose it.
    pub value: EventEdit,
    /// The device that wrote it.
    pub by: DeviceId,
    /// When, by the anchors of its author.
    pub time: CorrectedTime,
}

/// A pair that is ruled both the same and not the same; until one ruling is retracted it is not joined.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct RulingConflict {
    /// The record with the smaller id.
    pub a: Subject,
    /// The record with the greater id.
    pub b: Subject,
    /// The rulings that join them, in ascending order.
    pub same: Vec<RulingId>,
    /// The rulings that part them, in ascending order.
    pub not_same: Vec<RulingId>,
}

/// Lists the conflicts of all fields, by person and field.
pub(super) fn of_fields(roster: &Roster, clocks: &Clocks) -> Vec<FieldConflict> {
    let mut conflicts = Vec::new();
    for (person, record) in &roster.people {
        for field in PersonField::ALL.iter().copied().filter(|field| may_conflict(record, *field)) {
            let values = record.values(field);
            if values.len() > 1 {
                let values = values.into_iter().map(|value| conflicting(value, clocks)).collect();
                conflicts.push(FieldConflict { person: *person, field, values });
            }
        }
    }
    conflicts
}

/// Rules out by counting, before any value is copied, the fields that nobody contests: nearly all.
fn may_conflict(record: &PersonRecord, field: PersonField) -> bool {
    record.edits.get(&field).map_or(record.added.len(), Vec::len) > 1
}

fn conflicting(authored: Authored<PersonEdit>, clocks: &Clocks) -> ConflictingValue {
    ConflictingValue {
        text: authored.value.to_string(),
        time: clocks.time_on(authored.by, &authored.reading),
        by: authored.by,
        value: authored.value,
    }
}

/// Lists what is contested of the event itself, by register.
pub(super) fn of_event(event: &EventInfo, clocks: &Clocks) -> Vec<EventConflict> {
    let contested = event.contested.iter().map(|(register, values)| {
        let values = values.iter().map(|value| EventValue {
            value: value.value.clone(),
            by: value.by,
            time: clocks.time_on(value.by, &value.reading),
        });
        EventConflict { register: register.clone(), values: values.collect() }
    });
    contested.collect()
}

/// Lists the pairs that are ruled both ways, in ascending order.
pub(super) fn of_rulings(decisions: &Decisions) -> Vec<RulingConflict> {
    let both_ways = decisions.pairs.iter().filter(|(_, ruled)| !ruled.same.is_empty() && !ruled.not_same.is_empty());
    both_ways
        .map(|((a, b), ruled)| RulingConflict {
            a: *a,
            b: *b,
            same: ruled.same.clone(),
            not_same: ruled.not_same.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::roster::Person;
    use crate::documents::rulings::Rulings;
    use crate::time::ClockReading;
    use crate::view::fixtures::{Phone, at, written};
    use crate::view::{ClockBasis, project};

    const AIDA: PersonId = PersonId::from_entropy(2);

    fn team(name: &str, phone: &mut Phone, when: &str) -> Authored<PersonEdit> {
        let reading: ClockReading = {
            phone.reports(when);
            phone.log.entries.pop().unwrap().reading
        };
        Authored { value: PersonEdit::Team(Some(name.to_owned())), by: phone.log.device, reading }
    }

    fn conflicts(record: PersonRecord, phones: &[&Phone]) -> Vec<FieldConflict> {
        let roster = Roster { people: [(AIDA, record)].into(), ..Roster::default() };
        let logs: Vec<_> = phones.iter().map(|phone| phone.log.clone()).collect();
        project(&EventInfo::default(), &roster, &logs, &Rulings::default()).field_conflicts
    }

    #[test]
    fn two_leads_who_edit_one_field_offline_are_both_shown_with_their_times() {
        let (mut north, mut harbour) = (Phone::new(1), Phone::anchored(2));
        north.sets_its_clock_wrong_by(-600);
        north.meets_home("17 20:00");
        north.restarts("18 08:00");
        let edits = vec![team("T48", &mut north, "18 11:00"), team("T51", &mut harbour, "18 12:00")];
        let mut record = PersonRecord { added: vec![written(Person::default())], ..PersonRecord::default() };
        record.edits.insert(PersonField::Team, edits);
        let found = conflicts(record, &[&north, &harbour]);
        let [FieldConflict { person: AIDA, field: PersonField::Team, values }] = &found[..] else {
            panic!("one field is in conflict, not {found:?}")
        };
        let shown: Vec<_> = values.iter().map(|value| (&value.text[..], value.by, value.time)).collect();
        let time = |when, basis| CorrectedTime { at: at(when), basis };
        let expected = [
            ("T48", north.log.device, time("18 11:00", ClockBasis::Estimated)),
            ("T51", harbour.log.device, time("18 12:00", ClockBasis::Exact)),
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn two_offices_that_add_one_person_with_different_phones_are_asked_which_holds() {
        let added = |phone: &str| written(Person { phone: Some(phone.to_owned()), ..Person::default() });
        let record = PersonRecord { added: vec![added("+7701"), added("+7702")], ..PersonRecord::default() };
        let found = conflicts(record, &[]);
        let fields: Vec<_> = found.iter().map(|conflict| (conflict.field, conflict.values.len())).collect();
        assert_eq!(fields, [(PersonField::Phone, 2)]);
    }

    #[test]
    fn who_chose_the_same_value_is_not_in_conflict() {
        let (mut north, mut harbour) = (Phone::new(1), Phone::new(2));
        let edits = vec![team("T48", &mut north, "18 11:00"), team("T48", &mut harbour, "18 12:00")];
        let record = PersonRecord { edits: [(PersonField::Team, edits)].into(), ..PersonRecord::default() };
        assert_eq!(conflicts(record, &[]), []);
    }
}
