//! What one human being was seen doing, read date by date into stays and sessions.
//!
//! A stay is known by the record under which somebody was seen and the site. Owns what check-ins and check-outs mean;
//! does not own how the times of several sessions are added up without counting any of them twice.

use std::collections::{BTreeMap, BTreeSet};

use super::clock::{ClockBasis, CorrectedTime};
use super::dates::{Dates, GateHours};
use super::warning::Warning;
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
    /// When the session began.
    pub start: UnixMillis,
    /// When it ended; not before `start`.
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
    /// Since when they are there.
    pub since: UnixMillis,
    /// The key of the site at which they were seen last.
    pub site: String,
}

/// The check-in or check-out at which somebody was seen last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LastSeen {
    /// The entry that records it.
    pub entry: EntryRef,
    /// Whether they came; else they left.
    pub came: bool,
    /// The key of the site.
    pub site: String,
    /// When it was, by home's clock.
    pub time: CorrectedTime,
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

impl LastSeen {
    fn of(observation: &Observation<'_>) -> Self {
        Self {
            entry: observation.entry,
            came: observation.passage == Passage::In,
            site: observation.site.to_owned(),
            time: observation.time,
        }
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
    /// The last of all observations; on the last date alone.
    pub last: Option<LastSeen>,
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
    if let (Some(reading), Some(last)) = (readings.last_mut(), observations.last()) {
        reading.last = Some(LastSeen::of(last));
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
    /// A check-out at a place where no stay of theirs was open.
    CheckOut,
    /// The memory of a check-out at another place.
    Left,
}

/// When and how a stay ended, and which entry says so.
struct StayEnd {
    at: UnixMillis,
    ended_by: EndedBy,
    by: EntryRef,
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
                self.end(place, stay, StayEnd { at: left, ended_by: EndedBy::Left, by });
            }
        }
    }

    fn check_out(&mut self, observation: &Observation<'a>) {
        self.take(observation);
        let &Observation { entry, time: CorrectedTime { at, .. }, record, site, .. } = observation;
        let place = (record, site);
        if let Some(stay) = self.open.remove(&place) {
            self.end(place, stay, StayEnd { at, ended_by: EndedBy::CheckOutThere, by: entry });
            let older = |stay: &&mut Stay| at.0.abs_diff(stay.since.0) > SECOND_SCAN_MS && stay.left.is_none();
            self.open.values_mut().filter(older).for_each(|stay| stay.left = Some((at, entry)));
        } else if let Some(index) = self.scanned_here_before(place, at) {
            if !self.move_end(index, at, entry) {
                self.unmatched.push(entry);
            }
        } else if !self.open.is_empty() {
            for (other, stay) in std::mem::take(&mut self.open) {
                self.end(other, stay, StayEnd { at, ended_by: EndedBy::CheckOut, by: entry });
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

    fn end(&mut self, place: Place<'a>, mut stay: Stay, ended: StayEnd) {
        let StayEnd { at: end, ended_by, by } = ended;
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
        DateReading { day, observations, sessions, unmatched, inside, last: None, warnings }
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
mod tests;
