//! Shifts and forum sessions: who is wanted, who is assigned, who came.

use std::collections::{BTreeMap, BTreeSet};

use super::sources::Sources;
use super::{EventView, Known, Session};
use crate::canonical::KnownKeys;
use crate::documents::event::Shift;
use crate::documents::log::Record;
use crate::documents::rulings::{Decision, Rulings};
use crate::ids::Subject;
use crate::time::date_of_day;

/// One shift, and its people.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct ShiftAttendance {
    /// The key of the shift.
    pub key: String,
    /// The shift as it is planned.
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
    let mut assigned = assigned(sources, view);
    let shifts = sources.event.shifts.iter().map(|(key, shift)| {
        let assigned = assigned.remove(key.as_str()).unwrap_or_default();
        let came = came(shift, &known, sources.rulings, view);
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

/// Who is assigned to each shift, by its key.
fn assigned<'a>(sources: &Sources<'a>, view: &EventView) -> BTreeMap<&'a str, BTreeSet<Subject>> {
    let shifts = KnownKeys::of(&sources.event.shifts);
    let mut assigned: BTreeMap<&str, BTreeSet<Subject>> = BTreeMap::new();
    for (id, record) in &sources.roster.people {
        let Some(person) = record.shown().filter(|person| person.withdrawn.is_none()) else { continue };
        for (key, _) in person.shifts.iter().filter_map(|own| shifts.get(own)) {
            assigned.entry(key).or_default().insert(view.class_of(Subject::Person(*id)));
        }
    }
    assigned
}

/// Who was at the site of a shift in its time, as gates saw it or as an organizer granted it for this site.
fn came(shift: &Shift, known: &Known<'_>, rulings: &Rulings, view: &EventView) -> BTreeSet<Subject> {
    let date = date_of_day(shift.day);
    let zone = &known.event.zone.table;
    let (starts, ends) = shift.span();
    let (starts, ends) = (zone.moment(date, starts), zone.moment(date, ends));
    let was_granted = |session: &Session| {
        let rulings = session.ruling.and_then(|id| rulings.by_id.get(&id));
        rulings.into_iter().flatten().any(|ruling| match &ruling.value.decision {
            Decision::Manual { site: Some(site), .. } => *site == shift.site,
            _ => false,
        })
    };
    let was_there = |session: &Session| {
        let in_time = session.start < ends && session.end > starts;
        let was_seen = || {
            session.evidence.iter().any(|entry| match known.ledger.standing(entry).map(|it| &it.entry.record) {
                Some(Record::CheckIn(presence) | Record::CheckOut(presence)) => presence.site == shift.site,
                _ => false,
            })
        };
        in_time && (was_seen() || was_granted(session))
    };
    let days = view.days.iter().filter(|day| day.sessions.iter().any(was_there));
    days.map(|day| day.class).collect()
}
