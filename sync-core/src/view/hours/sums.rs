//! Adds up the sessions of one human being, so that no time of theirs counts twice.
//!
//! What was observed comes first, then what an organizer granted, then what is imputed; of each, earlier dates first.

use std::collections::{BTreeMap, BTreeSet};

use super::PersonDay;
use crate::ids::{EntryRef, Subject};
use crate::time::{UnixMillis, date_of_day};
use crate::view::Known;
use crate::view::decisions::ManualTime;
use crate::view::sessions::{DateReading, Session, SessionBasis};

/// Makes the attendance of a class out of what was seen of it and what was granted to it, each in its order.
pub(super) fn person_days(
    class: Subject,
    readings: Vec<DateReading>,
    granted: &[&ManualTime],
    known: &Known<'_>,
) -> Vec<PersonDay> {
    let mut days: BTreeMap<i64, PersonDay> = BTreeMap::new();
    let mut counted = Counted::default();
    let mut imputed: Vec<(i64, Vec<Session>)> = Vec::new();
    for reading in readings {
        let DateReading { day, observations, sessions, unmatched, inside, last: last_seen, warnings } = reading;
        let empty = PersonDay::empty(class, date_of_day(day));
        let person_day = PersonDay { observations, unmatched, inside, last_seen, warnings, ..empty };
        let person_day = days.entry(day).or_insert(person_day);
        let (observed, unseen) = sessions.into_iter().partition(|one| one.basis == SessionBasis::Observed);
        union(observed).into_iter().for_each(|session| counted.count(session, person_day));
        imputed.push((day, unseen));
    }
    for manual in granted {
        let day = known.dates.day_of(manual.start);
        let person_day = days.entry(day).or_insert_with(|| PersonDay::empty(class, date_of_day(day)));
        let (start, end, ruling) = (manual.start, manual.end, Some(manual.ruling));
        let evidence = manual.remote.into_iter().collect();
        if start < end {
            counted.count(Session { start, end, basis: SessionBasis::Manual, evidence, ruling }, person_day);
        }
    }
    for (day, mut sessions) in imputed {
        let person_day = days.entry(day).or_insert_with(|| PersonDay::empty(class, date_of_day(day)));
        in_order(&mut sessions);
        sessions.into_iter().for_each(|session| counted.count(session, person_day));
    }
    days.values_mut().for_each(complete);
    days.into_values().collect()
}

/// Sorts sessions by their starts, then by their ends. Of equal ones the order stays.
fn in_order(sessions: &mut [Session]) {
    sessions.sort_by_key(|session| (session.start, session.end));
}

/// Puts the sessions of a date in order, and leaves as unmatched only what none of them rests on.
fn complete(day: &mut PersonDay) {
    in_order(&mut day.sessions);
    if !day.unmatched.is_empty() {
        let matched: BTreeSet<EntryRef> = day.sessions.iter().flat_map(|session| &session.evidence).copied().collect();
        day.unmatched.retain(|entry| !matched.contains(entry));
    }
}

/// Joins sessions that overlap: somebody at two sites at once is there once, from the earlier.
fn union(mut sessions: Vec<Session>) -> Vec<Session> {
    in_order(&mut sessions);
    let mut joined: Vec<Session> = Vec::new();
    for session in sessions {
        match joined.last_mut().filter(|last| session.start < last.end) {
            Some(last) => {
                last.end = last.end.max(session.end);
                last.evidence.extend(session.evidence);
            }
            None => joined.push(session),
        }
    }
    joined
}

/// The time that counts already: spans that do not overlap, by start.
#[derive(Default)]
struct Counted(BTreeMap<UnixMillis, UnixMillis>);

impl Counted {
    /// Adds to a date what does not count yet of a session. If that is nothing, what shows the session is unmatched.
    fn count(&mut self, session: Session, day: &mut PersonDay) {
        let parts = self.take(session.start, session.end);
        if parts.is_empty() && session.basis != SessionBasis::Manual {
            day.unmatched.extend(session.evidence);
            return;
        }
        day.sessions.extend(parts.into_iter().map(|(start, end)| Session { start, end, ..session.clone() }));
    }

    /// Takes what is free from `start` to `end`. A moment without length is free where nothing lies around it.
    fn take(&mut self, start: UnixMillis, end: UnixMillis) -> Vec<(UnixMillis, UnixMillis)> {
        let before = self.0.range(..=start).next_back().map(|(_, end)| *end);
        if start == end {
            return if before.is_some_and(|before| before > start) { Vec::new() } else { vec![(start, end)] };
        }
        let mut from = before.map_or(start, |before| before.max(start));
        let mut parts = Vec::new();
        for (next, until) in self.0.range(start..end) {
            if from < *next {
                parts.push((from, *next));
            }
            from = from.max(*until);
        }
        if from < end {
            parts.push((from, end));
        }
        self.0.extend(parts.iter().copied());
        parts
    }
}
