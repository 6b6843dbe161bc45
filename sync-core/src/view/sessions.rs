//! What one human being was seen doing, read date by date into stays and sessions.
//!
//! A stay is known by the record under which somebody was seen and the site. Owns what check-ins and check-outs mean;
//! does not own how the times of several sessions are added up without counting any of them twice.

use std::collections::{BTreeMap, BTreeSet};

use super::clock::{ClockBasis, CorrectedTime};
use super::dates::{Dates, GateHours};
use super::hours::Warning;
use crate::ids::{DeviceId, EntryRef, Incarnation, RulingId, Subject};
use crate::time::UnixMillis;

/// A check-out this soon after another is a second scan of the same leaving; a stay this young is not left by it.
const SECOND_SCAN_MS: u64 = 15 * 60_000;

/// What a session rests on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionBasis {
    /// Somebody was seen at its beginning and at its end.
    Observed,
    /// One of the two is taken from the opening hours, or nobody can have been there for so long at a stretch.
    Imputed,
    /// The word of an organizer.
    Manual,
}

/// A time in which someone was there.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Session {
    /// From.
    pub start: UnixMillis,
    /// To; not before `start`.
    pub end: UnixMillis,
    /// What it rests on.
    pub basis: SessionBasis,
    /// The check-ins and check-outs that show it, duplicates too, in the order of time.
    pub evidence: Vec<EntryRef>,
    /// The ruling that grants it, where the basis is manual.
    pub ruling: Option<RulingId>,
}

impl Session {
    /// How long it lasted.
    #[must_use]
    pub const fn duration_ms(&self) -> u64 {
        self.end.0.abs_diff(self.start.0)
    }
}

/// Where someone was when they were last seen on a day: they came and did not leave.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Inside {
    /// Since when.
    pub since: UnixMillis,
    /// The key of the site at which they were seen last.
    pub site: String,
}

/// Someone at a gate.
pub(super) struct Observation<'a> {
    pub entry: EntryRef,
    pub time: CorrectedTime,
    /// The date to which the time belongs, as days since 1970-01-01.
    pub day: i64,
    pub passage: Passage,
    /// The subject as it was seen, whoever else it is one human being with.
    pub record: Subject,
    pub site: &'a str,
}

impl Observation<'_> {
    /// The order in which observations are read.
    pub(super) const fn order(&self) -> (UnixMillis, DeviceId, u64, Incarnation) {
        (self.time.at, self.entry.device, self.entry.counter, self.entry.incarnation)
    }
}

/// Which way someone went.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Passage {
    In,
    Out,
}

/// What the observations that are read on one date say.
pub(super) struct DateReading {
    /// The date, as days since 1970-01-01.
    pub day: i64,
    /// How many observations are read.
    pub observations: u64,
    /// In the order in which they ended. They may overlap.
    pub sessions: Vec<Session>,
    /// Observations that no session rests on.
    pub unmatched: Vec<EntryRef>,
    /// Where the date ended with an open stay that nobody was seen leaving.
    pub inside: Option<Inside>,
    pub warnings: BTreeSet<Warning>,
}

/// Reads the observations of one human being, which are in order.
///
/// Nobody is observed for longer than `stretch_ms` at a stretch.
pub(super) fn read(observations: &[Observation<'_>], dates: &Dates<'_>, stretch_ms: u64) -> Vec<DateReading> {
    let mut readings = Vec::new();
    let mut ended_before = None;
    let mut read_already = 0;
    let mut days = observations.chunk_by(|a, b| a.day == b.day).peekable();
    while let Some(of_day) = days.next() {
        let day = of_day[0].day;
        let of_day = &of_day[std::mem::take(&mut read_already)..];
        if of_day.is_empty() {
            continue;
        }
        let mut reader = Reader::new(dates.gates(day), stretch_ms, ended_before);
        of_day.chunk_by(|a, b| a.time.at == b.time.at).for_each(|instant| reader.read_instant(instant));
        if let Some(next) = days.peek().filter(|next| next[0].day == day + 1) {
            read_already = reader.read_leaving(next);
        }
        let reading = reader.finish(day);
        ended_before = reading.sessions.iter().map(|session| session.end).max();
        readings.push(reading);
    }
    readings
}

/// A record at a site.
type Place<'a> = (Subject, &'a str);

/// A stay that is open.
struct Stay {
    since: UnixMillis,
    seen: UnixMillis,
    /// When they were seen leaving another place, and the check-out that says so.
    left: Option<(UnixMillis, EntryRef)>,
    evidence: Vec<EntryRef>,
}

/// What gave a session its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum EndedBy {
    /// A check-out at the place of the stay.
    CheckOutThere,
    /// Another check-out.
    CheckOut,
    /// The memory of a check-out at another place.
    Left,
}

/// A session before it is known whether its end stays.
struct Ended<'a> {
    start: UnixMillis,
    end: UnixMillis,
    /// The place of the stay; `None` where no check-in began the session.
    place: Option<Place<'a>>,
    ended_by: EndedBy,
    evidence: Vec<EntryRef>,
}

struct Reader<'a> {
    gates: Option<GateHours>,
    stretch_ms: u64,
    open: BTreeMap<Place<'a>, Stay>,
    sessions: Vec<Ended<'a>>,
    /// The latest session of each place, by its index.
    latest: BTreeMap<Place<'a>, usize>,
    /// The latest end of a session of this date or the one before on which they were seen.
    latest_end: Option<UnixMillis>,
    /// The latest end that a check-out gave, and the sessions that have it.
    last_left: Option<(UnixMillis, BTreeSet<usize>)>,
    observations: u64,
    unmatched: Vec<EntryRef>,
    warnings: BTreeSet<Warning>,
}

impl<'a> Reader<'a> {
    fn new(gates: Option<GateHours>, stretch_ms: u64, ended_before: Option<UnixMillis>) -> Self {
        Self {
            gates,
            stretch_ms,
            open: BTreeMap::new(),
            sessions: Vec::new(),
            latest: BTreeMap::new(),
            latest_end: ended_before,
            last_left: None,
            observations: 0,
            unmatched: Vec::new(),
            warnings: BTreeSet::new(),
        }
    }

    /// Reads what was seen at one instant: whoever is there leaves first, and whoever is not there comes first.
    fn read_instant(&mut self, instant: &[Observation<'a>]) {
        let mut left_over = Vec::new();
        for observation in instant.iter().filter(|observation| observation.passage == Passage::Out) {
            if self.open.is_empty() {
                left_over.push(observation);
            } else {
                self.check_out(observation);
            }
        }
        instant.iter().filter(|observation| observation.passage == Passage::In).for_each(|one| self.check_in(one));
        left_over.into_iter().for_each(|observation| self.check_out(observation));
    }

    /// Reads the check-outs with which the next date begins, as far as they end this one. Says how many those are.
    fn read_leaving(&mut self, next: &[Observation<'a>]) -> usize {
        let first_in = next.iter().find(|observation| observation.passage == Passage::In);
        let leading = next.iter().take_while(|one| first_in.is_none_or(|first| one.time.at < first.time.at));
        let mut count = 0;
        for observation in leading {
            let since = self.open.values().map(|stay| stay.since).max();
            let is_of_this_date = match since {
                Some(since) => since.0.abs_diff(observation.time.at.0) <= self.stretch_ms,
                None => self.is_second_scan(observation.time.at),
            };
            if !is_of_this_date {
                break;
            }
            self.check_out(observation);
            count += 1;
        }
        count
    }

    fn take(&mut self, observation: &Observation<'_>) {
        self.observations += 1;
        if matches!(observation.time.basis, ClockBasis::Bounded | ClockBasis::Unanchored) {
            self.warnings.insert(Warning::Clock);
        }
    }

    fn check_in(&mut self, observation: &Observation<'a>) {
        self.take(observation);
        let (place, at) = ((observation.record, observation.site), observation.time.at);
        let begun = || Stay { since: at, seen: at, left: None, evidence: vec![observation.entry] };
        let Some(stay) = self.open.get_mut(&place) else {
            self.open.insert(place, begun());
            return;
        };
        match stay.left {
            None => {
                stay.seen = at;
                stay.evidence.push(observation.entry);
            }
            Some((left, by)) => {
                let stay = std::mem::replace(stay, begun());
                self.end(place, stay, (left, EndedBy::Left, by));
            }
        }
    }

    fn check_out(&mut self, observation: &Observation<'a>) {
        self.take(observation);
        let &Observation { entry, time: CorrectedTime { at, .. }, record, site, .. } = observation;
        let place = (record, site);
        if let Some(stay) = self.open.remove(&place) {
            self.end(place, stay, (at, EndedBy::CheckOutThere, entry));
            let older = |stay: &&mut Stay| at.0.abs_diff(stay.since.0) > SECOND_SCAN_MS && stay.left.is_none();
            self.open.values_mut().filter(older).for_each(|stay| stay.left = Some((at, entry)));
        } else if let Some(index) = self.scanned_here_before(place, at) {
            if !self.move_end(index, at, entry) {
                self.unmatched.push(entry);
            }
        } else if !self.open.is_empty() {
            for (other, stay) in std::mem::take(&mut self.open) {
                self.end(other, stay, (at, EndedBy::CheckOut, entry));
            }
        } else if self.is_second_scan(at) {
            let ended = self.last_left.as_ref().map(|(_, sessions)| sessions.clone()).unwrap_or_default();
            let moved = ended.into_iter().filter(|index| self.move_end(*index, at, entry)).count();
            if moved == 0 {
                self.unmatched.push(entry);
            }
        } else {
            self.leave_from_outside(entry, at);
        }
    }

    /// The latest stay of a place, if a check-out there ended it a moment ago.
    fn scanned_here_before(&self, place: Place<'a>, at: UnixMillis) -> Option<usize> {
        let index = *self.latest.get(&place)?;
        let session = &self.sessions[index];
        let is_recent = at.0.abs_diff(session.end.0) <= SECOND_SCAN_MS;
        (session.ended_by == EndedBy::CheckOutThere && is_recent).then_some(index)
    }

    fn is_second_scan(&self, at: UnixMillis) -> bool {
        self.last_left.as_ref().is_some_and(|(end, _)| at.0.abs_diff(end.0) <= SECOND_SCAN_MS)
    }

    /// Somebody was seen leaving whom nobody saw come: from the opening, or since they were last there.
    fn leave_from_outside(&mut self, entry: EntryRef, at: UnixMillis) {
        let Some(gates) = self.gates else {
            self.unmatched.push(entry);
            return;
        };
        let start = self.latest_end.map_or(gates.opens, |ended| ended.max(gates.opens));
        if start < at {
            let ended_by = EndedBy::CheckOut;
            self.add(Ended { start, end: at, place: None, ended_by, evidence: vec![entry] });
        } else {
            self.unmatched.push(entry);
            self.warnings.insert(Warning::OrphanOut);
        }
    }

    fn end(&mut self, place: Place<'a>, mut stay: Stay, (end, ended_by, by): (UnixMillis, EndedBy, EntryRef)) {
        stay.evidence.push(by);
        let index = self.add(Ended { start: stay.since, end, place: Some(place), ended_by, evidence: stay.evidence });
        self.latest.insert(place, index);
    }

    fn add(&mut self, session: Ended<'a>) -> usize {
        let index = self.sessions.len();
        self.latest_end = self.latest_end.max(Some(session.end));
        if session.ended_by != EndedBy::Left {
            self.note_end(index, session.end);
        }
        self.sessions.push(session);
        index
    }

    /// Moves the end of a session, unless a check-in began it and nobody can have been there for so long.
    fn move_end(&mut self, index: usize, end: UnixMillis, by: EntryRef) -> bool {
        let session = &mut self.sessions[index];
        if session.place.is_some() && end.0.abs_diff(session.start.0) > self.stretch_ms {
            return false;
        }
        session.end = end;
        session.evidence.push(by);
        self.latest_end = self.latest_end.max(Some(end));
        self.note_end(index, end);
        true
    }

    /// Notes an end that a check-out gave. Observations are in order, so none is before an earlier one.
    fn note_end(&mut self, index: usize, end: UnixMillis) {
        match &mut self.last_left {
            Some((latest, sessions)) if *latest == end => drop(sessions.insert(index)),
            last => *last = Some((end, BTreeSet::from([index]))),
        }
    }

    /// Ends the date: what is still open ends where it was left, or counts until it was last seen and, imputed, until
    /// closing.
    fn finish(mut self, day: i64) -> DateReading {
        let stayed = self.open.iter().filter(|(_, stay)| stay.left.is_none());
        let inside = stayed.max_by_key(|(_, stay)| (stay.seen, stay.since));
        let inside = inside.map(|((_, site), stay)| Inside { since: stay.since, site: (*site).to_owned() });
        let mut sessions: Vec<Session> = self.sessions.drain(..).map(|ended| ended.session(self.stretch_ms)).collect();
        for stay in std::mem::take(&mut self.open).into_values() {
            self.end_with_date(stay, &mut sessions);
        }
        if self.gates.is_none() {
            self.warnings.insert(Warning::OutsideEvent);
        }
        let Self { observations, unmatched, warnings, .. } = self;
        DateReading { day, observations, sessions, unmatched, inside, warnings }
    }

    fn end_with_date(&mut self, stay: Stay, sessions: &mut Vec<Session>) {
        let Stay { since, seen, left, mut evidence } = stay;
        let stretch_ms = self.stretch_ms;
        if let Some((left, by)) = left {
            evidence.push(by);
            sessions.push(session(since, left, evidence, stretch_ms));
            return;
        }
        let closes = self.gates.map(|gates| gates.closes).filter(|closes| *closes > seen);
        let mut last_seen = evidence.clone();
        if seen > since {
            last_seen.drain(..evidence.len() - 1);
            sessions.push(session(since, seen, evidence, stretch_ms));
        } else if closes.is_none() {
            self.unmatched.append(&mut evidence);
            self.warnings.extend(self.gates.map(|_| Warning::OpenIn));
        }
        sessions.extend(closes.map(|closes| Session {
            start: seen,
            end: closes,
            basis: SessionBasis::Imputed,
            evidence: last_seen,
            ruling: None,
        }));
    }
}

impl Ended<'_> {
    fn session(self, stretch_ms: u64) -> Session {
        let Self { start, end, place, evidence, .. } = self;
        match place {
            Some(_) => session(start, end, evidence, stretch_ms),
            None => Session { start, end, basis: SessionBasis::Imputed, evidence, ruling: None },
        }
    }
}

/// A session that a check-in began: observed, unless nobody can have been there for so long.
fn session(start: UnixMillis, end: UnixMillis, evidence: Vec<EntryRef>, stretch_ms: u64) -> Session {
    let is_possible = end.0.abs_diff(start.0) <= stretch_ms;
    let basis = if is_possible { SessionBasis::Observed } else { SessionBasis::Imputed };
    Session { start, end, basis, evidence, ruling: None }
}

#[cfg(test)]
mod tests {
    use super::SessionBasis::{Imputed, Observed};
    use super::*;
    use crate::documents::log::{Presence, Record};
    use crate::documents::rulings::Decision;
    use crate::view::hours::PersonDay;
    use crate::view::story::{AIDA, Office, Phone, at, day, minutes, presence, seen, view, warnings};

    fn spans(day: &PersonDay) -> Vec<(UnixMillis, UnixMillis, SessionBasis)> {
        day.sessions.iter().map(|session| (session.start, session.end, session.basis)).collect()
    }

    #[test]
    fn someone_checked_in_at_two_gates_is_there_once_from_the_earlier() {
        let (mut north, mut harbour) = (Phone::anchored(1), Phone::anchored(2));
        let second = north.checks_in("18 09:10", AIDA);
        let first = harbour.checks_in("18 09:00", AIDA);
        let out = north.checks_out("18 12:00", AIDA);
        let view = seen(&[&north, &harbour]);
        let day = day(&view, AIDA, 18);
        assert_eq!(spans(day), [(at("18 09:00"), at("18 12:00"), Observed)]);
        assert_eq!(day.sessions[0].evidence, [first, second, out]);
        assert_eq!((day.observations, minutes(day)), (3, [180, 0, 0, 180]));
    }

    #[test]
    fn a_second_check_out_within_a_quarter_of_an_hour_moves_the_end() {
        let (mut north, mut harbour) = (Phone::anchored(1), Phone::anchored(2));
        north.checks_in("18 09:00", AIDA);
        north.checks_out("18 12:00", AIDA);
        harbour.checks_out("18 12:15", AIDA);
        north.checks_out("18 12:30", AIDA);
        let view = seen(&[&north, &harbour]);
        assert_eq!(spans(day(&view, AIDA, 18)), [(at("18 09:00"), at("18 12:30"), Observed)]);
    }

    #[test]
    fn a_later_check_out_means_that_a_check_in_was_missed_since_the_last_session() {
        let mut north = Phone::anchored(1);
        north.checks_in("18 09:00", AIDA);
        north.checks_out("18 12:00", AIDA);
        north.checks_out("18 12:16", AIDA);
        let view = seen(&[&north]);
        let expected = [(at("18 09:00"), at("18 12:00"), Observed), (at("18 12:00"), at("18 12:16"), Imputed)];
        assert_eq!(spans(day(&view, AIDA, 18)), expected);
    }

    #[test]
    fn a_check_out_without_a_check_in_counts_from_opening_and_is_not_verified() {
        let mut north = Phone::anchored(1);
        north.checks_out("18 12:00", AIDA);
        let view = seen(&[&north]);
        let day = day(&view, AIDA, 18);
        assert_eq!(spans(day), [(at("18 08:00"), at("18 12:00"), Imputed)]);
        assert_eq!((minutes(day), warnings(day)), ([0, 240, 0, 0], vec![]));
    }

    #[test]
    fn a_check_out_at_opening_or_before_makes_no_session_but_a_warning() {
        let mut north = Phone::anchored(1);
        let out = north.checks_out("18 08:00", AIDA);
        let view = seen(&[&north]);
        let day = day(&view, AIDA, 18);
        assert_eq!((minutes(day), warnings(day)), ([0; 4], vec![Warning::OrphanOut]));
        assert_eq!((&day.sessions[..], &day.unmatched[..]), (&[][..], &[out][..]));
    }

    #[test]
    fn whoever_is_never_checked_out_counts_until_closing_and_is_shown_where_they_came_last() {
        let mut north = Phone::anchored(1);
        north.checks_in("18 09:00", AIDA);
        north.records("18 11:00", Record::CheckIn(Presence { site: "delta".to_owned(), ..presence(AIDA) }));
        north.checks_in("19 09:00", AIDA);
        north.checks_out("19 10:00", AIDA);
        let view = seen(&[&north]);
        let first = day(&view, AIDA, 18);
        assert_eq!(spans(first), [(at("18 09:00"), at("18 18:00"), Imputed)]);
        assert_eq!(first.inside, Some(Inside { since: at("18 11:00"), site: "delta".to_owned() }));
        assert_eq!(day(&view, AIDA, 19).inside, None);
    }

    #[test]
    fn a_check_in_at_closing_or_later_makes_no_session_but_a_warning() {
        let mut north = Phone::anchored(1);
        let evidence = [north.checks_in("18 18:00", AIDA)];
        let view = seen(&[&north]);
        let day = day(&view, AIDA, 18);
        assert_eq!((minutes(day), warnings(day)), ([0; 4], vec![Warning::OpenIn]));
        assert_eq!(day.unmatched, evidence);
    }

    #[test]
    fn whoever_was_seen_again_and_never_leaving_was_there_until_then() {
        let mut north = Phone::anchored(1);
        north.checks_in("18 16:00", AIDA);
        north.checks_in("18 17:00", AIDA);
        north.checks_in("19 18:00", AIDA);
        north.checks_in("19 18:05", AIDA);
        let view = seen(&[&north]);
        assert_eq!(minutes(day(&view, AIDA, 18)), [60, 60, 0, 60]);
        assert_eq!((minutes(day(&view, AIDA, 19)), warnings(day(&view, AIDA, 19))), ([5, 0, 0, 5], vec![]));
    }

    #[test]
    fn whoever_is_seen_leaving_elsewhere_was_where_they_were_until_then() {
        let mut north = Phone::anchored(1);
        let pier = |record: fn(Presence) -> Record| record(Presence { site: "pier".to_owned(), ..presence(AIDA) });
        north.checks_in("18 09:00", AIDA);
        north.records("18 12:00", pier(Record::CheckIn));
        north.records("18 15:00", pier(Record::CheckOut));
        let view = seen(&[&north]);
        let day = day(&view, AIDA, 18);
        assert_eq!(spans(day), [(at("18 09:00"), at("18 15:00"), Observed)]);
        assert_eq!((day.inside.clone(), warnings(day)), (None, vec![]));
    }

    #[test]
    fn on_a_day_that_is_not_the_events_nothing_is_imputed() {
        let mut north = Phone::anchored(1);
        north.checks_out("20 08:30", AIDA);
        north.checks_in("20 09:00", AIDA);
        north.checks_out("20 10:00", AIDA);
        north.checks_in("20 11:00", AIDA);
        let view = seen(&[&north]);
        let day = day(&view, AIDA, 20);
        assert_eq!((minutes(day), warnings(day)), ([60, 0, 0, 60], vec![Warning::OutsideEvent]));
        assert_eq!(day.unmatched.len(), 2);
    }

    #[test]
    fn work_past_midnight_belongs_to_the_date_on_which_it_began() {
        let mut north = Phone::anchored(1);
        north.checks_in("18 17:00", AIDA);
        north.checks_out("19 00:30", AIDA);
        let view = seen(&[&north]);
        assert_eq!(spans(day(&view, AIDA, 18)), [(at("18 17:00"), at("19 00:30"), Observed)]);
        assert_eq!((view.days.len(), view.days[0].observations), (1, 2));
    }

    #[test]
    fn at_one_moment_the_order_is_that_of_devices_and_then_of_entries() {
        let (mut north, mut harbour) = (Phone::anchored(1), Phone::anchored(2));
        harbour.checks_out("18 09:00", AIDA);
        north.checks_in("18 09:00", AIDA);
        let view = seen(&[&harbour, &north]);
        assert_eq!(spans(day(&view, AIDA, 18)), [(at("18 09:00"), at("18 09:00"), Observed)]);
    }

    #[test]
    fn at_one_moment_on_one_device_the_order_is_that_in_which_it_recorded() {
        let mut north = Phone::anchored(1);
        north.checks_in("18 09:00", AIDA);
        north.checks_out("18 10:00", AIDA);
        north.checks_in("18 10:00", AIDA);
        north.checks_out("18 11:00", AIDA);
        let view = seen(&[&north]);
        let expected = [(at("18 09:00"), at("18 10:00"), Observed), (at("18 10:00"), at("18 11:00"), Observed)];
        assert_eq!(spans(day(&view, AIDA, 18)), expected);
    }

    #[test]
    fn a_second_gate_moves_the_end_of_an_imputed_session_too() {
        let (mut north, mut harbour) = (Phone::anchored(1), Phone::anchored(2));
        let first = north.checks_out("18 12:00", AIDA);
        let second = harbour.checks_out("18 12:10", AIDA);
        let view = seen(&[&north, &harbour]);
        let day = day(&view, AIDA, 18);
        assert_eq!(spans(day), [(at("18 08:00"), at("18 12:10"), Imputed)]);
        assert_eq!(day.sessions[0].evidence, [first, second]);
    }

    #[test]
    fn whoever_left_before_opening_and_leaves_again_counts_from_opening() {
        let mut north = Phone::anchored(1);
        north.checks_in("18 06:00", AIDA);
        north.checks_out("18 07:00", AIDA);
        north.checks_out("18 12:00", AIDA);
        let view = seen(&[&north]);
        let expected = [(at("18 06:00"), at("18 07:00"), Observed), (at("18 08:00"), at("18 12:00"), Imputed)];
        assert_eq!(spans(day(&view, AIDA, 18)), expected);
    }

    #[test]
    fn what_is_seen_outside_the_opening_hours_counts_in_full_but_for_nobody_longer_than_twelve_hours() {
        let mut north = Phone::anchored(1);
        north.checks_in("18 06:00", AIDA);
        north.checks_out("18 18:00", AIDA);
        north.checks_in("19 06:00", AIDA);
        north.checks_out("19 18:01", AIDA);
        let view = seen(&[&north]);
        assert_eq!(minutes(day(&view, AIDA, 18)), [720, 0, 0, 720]);
        assert_eq!(minutes(day(&view, AIDA, 19)), [0, 721, 0, 0]);
    }

    #[test]
    fn a_check_out_that_was_undone_or_voided_closes_nothing() {
        let mut north = Phone::anchored(1);
        north.checks_in("18 09:00", AIDA);
        let mistake = north.checks_out("18 10:00", AIDA);
        let doubtful = north.checks_out("18 11:00", AIDA);
        north.undoes("18 11:01", mistake);
        let mut office = Office::default();
        office.rules(Decision::Void(doubtful));
        let view = view(&[&north], &office);
        let day = day(&view, AIDA, 18);
        assert_eq!(spans(day), [(at("18 09:00"), at("18 18:00"), Imputed)]);
        assert_eq!(day.observations, 1);
    }

    #[test]
    fn someone_of_whom_everything_was_undone_was_not_there() {
        let mut north = Phone::anchored(1);
        let mistake = north.checks_in("18 09:00", AIDA);
        north.undoes("18 09:01", mistake);
        let view = seen(&[&north]);
        assert_eq!((view.days.len(), view.totals.attended), (0, 0));
    }

    #[test]
    fn a_wrong_date_puts_an_observation_on_the_day_of_its_corrected_time() {
        let mut north = Phone::anchored(1);
        north.sets_its_clock_wrong_by(-36 * 60);
        north.checks_in("19 09:00", AIDA);
        north.restarts("19 10:00");
        north.checks_out("19 12:00", AIDA);
        north.meets_home("19 20:00");
        let view = seen(&[&north]);
        assert_eq!(view.days.len(), 1);
        assert_eq!(spans(day(&view, AIDA, 19)), [(at("19 09:00"), at("19 12:00"), Observed)]);
        assert_eq!(warnings(day(&view, AIDA, 19)), []);
    }

    #[test]
    fn a_no_show_is_no_observation() {
        let mut north = Phone::anchored(1);
        north.records("18 09:00", Record::NoShow(presence(AIDA)));
        let view = seen(&[&north]);
        assert_eq!((view.days.len(), view.totals.attended, view.totals.log_entries), (0, 0, 2));
    }

    #[test]
    fn a_day_that_rests_on_an_uncorrected_clock_carries_a_warning() {
        let (mut north, mut harbour) = (Phone::anchored(1), Phone::new(2));
        north.checks_in("18 09:00", AIDA);
        harbour.checks_in("18 09:10", AIDA);
        north.checks_out("18 12:00", AIDA);
        let view = seen(&[&north, &harbour]);
        assert_eq!(warnings(day(&view, AIDA, 18)), [Warning::Clock]);
    }
}
