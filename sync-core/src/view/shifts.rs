//! Shifts and forum sessions: who is wanted, who is assigned, who came.

use std::collections::BTreeSet;

use super::account::Sources;
use super::{EventView, Known, Session};
use crate::canonical::is_same_code;
use crate::documents::event::Shift;
use crate::documents::log::Record;
use crate::ids::Subject;
use crate::time::date_of_day;

/// One shift, and its people.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct ShiftAttendance {
    /// The shift's key.
    pub key: String,
    /// What is planned.
    pub shift: Shift,
    /// Who is assigned and not withdrawn: leaders of classes, in ascending order.
    pub assigned: Vec<Subject>,
    /// Who was at its site in its time, assigned or not.
    pub came: Vec<Subject>,
    /// Who is assigned and did not come.
    pub missing: Vec<Subject>,
}

/// Tells of every shift who came, by key. `view` is what `sources` say.
#[must_use]
pub fn shift_attendance(sources: &Sources<'_>, view: &EventView) -> Vec<ShiftAttendance> {
    let known = Known::of(sources.event, sources.logs.clone(), sources.rulings);
    let shifts = sources.event.shifts.iter().map(|(key, shift)| {
        let assigned = assigned(key, sources, view);
        let came = came(shift, &known, view);
        let missing = assigned.difference(&came).copied().collect();
        ShiftAttendance {
            key: key.clone(),
            shift: shift.clone(),
            assigned: assigned.into_iter().collect(),
            came: came.into_iter().collect(),
            missing,
        }
    });
    shifts.collect()
}

fn assigned(key: &str, sources: &Sources<'_>, view: &EventView) -> BTreeSet<Subject> {
    let people = sources.roster.people.iter().filter_map(|(id, record)| {
        let person = record.shown()?;
        let is_assigned = person.withdrawn.is_none() && person.shifts.iter().any(|own| is_same_code(own, key));
        is_assigned.then(|| view.class_of(Subject::Person(*id)))
    });
    people.collect()
}

fn came(shift: &Shift, known: &Known<'_>, view: &EventView) -> BTreeSet<Subject> {
    let date = date_of_day(shift.day);
    let zone = &known.event.zone.table;
    let (starts, ends) = shift.span();
    let (starts, ends) = (zone.moment(date, starts), zone.moment(date, ends));
    let was_there = |session: &Session| {
        let in_time = session.start < ends && session.end > starts;
        in_time
            && session.evidence.iter().any(|entry| match known.ledger.standing(entry).map(|it| &it.entry.record) {
                Some(Record::CheckIn(presence) | Record::CheckOut(presence)) => presence.site == shift.site,
                _ => false,
            })
    };
    let days = view.days.iter().filter(|day| day.sessions.iter().any(was_there));
    days.map(|day| day.class).collect()
}
