//! Stays and sessions of one human being.

use std::collections::BTreeSet;

use sync_core::ids::{DeviceId, Incarnation, Subject};

use super::dates::Dates;

const QUARTER: i64 = 15 * 60_000;

/// Somebody at a gate.
#[derive(Clone)]
pub(super) struct Observation<'a> {
    pub at: i64,
    pub order: (DeviceId, u64, Incarnation),
    pub is_in: bool,
    /// Who was there, and at which site.
    pub place: (Subject, &'a str),
    pub is_doubtful: bool,
}

/// What is read on one date.
pub(super) struct Reading {
    pub day: i64,
    pub observations: usize,
    /// Start and end of each stay that was seen, in milliseconds.
    pub observed: Vec<(i64, i64)>,
    pub imputed: Vec<(i64, i64)>,
    pub warnings: BTreeSet<&'static str>,
    pub is_inside: bool,
}

/// A stay, or a session that no check-in began.
#[derive(Clone)]
struct Stay<'a> {
    place: Option<(Subject, &'a str)>,
    since: i64,
    seen: i64,
    left: Option<i64>,
    ended: Option<End>,
}

#[derive(Clone, Copy)]
struct End {
    at: i64,
    by_check_out: bool,
    by_check_out_there: bool,
}

/// Reads all dates in order.
pub(super) fn read(mut all: Vec<Observation<'_>>, dates: &Dates, stretch: i64) -> Vec<Reading> {
    all.sort_by_key(|one| (one.at, one.order));
    let mut readings: Vec<Reading> = Vec::new();
    while let Some(first) = all.first() {
        let day = dates.day_of(first.at);
        let of_day: Vec<Observation<'_>> = all.iter().filter(|one| dates.day_of(one.at) == day).cloned().collect();
        all.retain(|one| dates.day_of(one.at) != day);
        let mut date = Date {
            gates: dates.gates(day),
            stretch,
            ended_before: readings.last().and_then(|last| last.observed.iter().chain(&last.imputed).map(|s| s.1).max()),
            stays: Vec::new(),
            warnings: BTreeSet::new(),
            observations: 0,
        };
        date.read(&of_day);
        while let Some(one) = all.first().cloned() {
            let is_leading = dates.day_of(one.at) == day + 1
                && !one.is_in
                && !all.iter().any(|other| other.is_in && other.at == one.at);
            if !is_leading || !date.still_holds(one.at) {
                break;
            }
            date.take(&one);
            all.remove(0);
        }
        readings.push(date.end(day));
    }
    readings
}

struct Date<'a> {
    gates: Option<(i64, i64)>,
    stretch: i64,
    ended_before: Option<i64>,
    stays: Vec<Stay<'a>>,
    warnings: BTreeSet<&'static str>,
    observations: usize,
}

impl<'a> Date<'a> {
    fn read(&mut self, of_day: &[Observation<'a>]) {
        let mut instants: Vec<i64> = of_day.iter().map(|one| one.at).collect();
        instants.dedup();
        for at in instants {
            let mut left_over = Vec::new();
            for one in of_day.iter().filter(|one| one.at == at && !one.is_in) {
                if self.stays.iter().any(|stay| stay.ended.is_none()) {
                    self.take(one);
                } else {
                    left_over.push(one);
                }
            }
            of_day.iter().filter(|one| one.at == at && one.is_in).for_each(|one| self.take(one));
            left_over.into_iter().for_each(|one| self.take(one));
        }
    }

    /// Whether a check-out of the next date is read on this one.
    fn still_holds(&self, at: i64) -> bool {
        let latest_open = self.stays.iter().filter(|stay| stay.ended.is_none()).map(|stay| stay.since).max();
        match latest_open {
            Some(since) => at - since <= self.stretch,
            None => self.latest_check_out().is_some_and(|end| at - end <= QUARTER),
        }
    }

    fn latest_check_out(&self) -> Option<i64> {
        self.stays.iter().filter_map(|stay| stay.ended).filter(|end| end.by_check_out).map(|end| end.at).max()
    }

    fn take(&mut self, one: &Observation<'a>) {
        self.observations += 1;
        if one.is_doubtful {
            self.warnings.insert("clock");
        }
        if one.is_in { self.check_in(one) } else { self.check_out(one) }
    }

    fn check_in(&mut self, one: &Observation<'a>) {
        let new = Stay { place: Some(one.place), since: one.at, seen: one.at, left: None, ended: None };
        let there = self.stays.iter_mut().find(|stay| stay.ended.is_none() && stay.place == Some(one.place));
        match there {
            None => self.stays.push(new),
            Some(stay) => match stay.left {
                None => stay.seen = one.at,
                Some(left) => {
                    stay.ended = Some(End { at: left, by_check_out: false, by_check_out_there: false });
                    self.stays.push(new);
                }
            },
        }
    }

    fn check_out(&mut self, one: &Observation<'a>) {
        let at = one.at;
        let there = End { at, by_check_out: true, by_check_out_there: true };
        let elsewhere = End { at, by_check_out: true, by_check_out_there: false };
        // A stay of its place is open.
        if let Some(own) = self.stays.iter().position(|stay| stay.ended.is_none() && stay.place == Some(one.place)) {
            self.stays[own].ended = Some(there);
            for other in self.stays.iter_mut().filter(|stay| stay.ended.is_none()) {
                if at - other.since > QUARTER && other.left.is_none() {
                    other.left = Some(at);
                }
            }
            return;
        }
        // A second scan of the same leaving.
        if let Some(latest) = self.stays.iter().rposition(|stay| stay.place == Some(one.place)) {
            let end = self.stays[latest].ended.expect("none of its place is open");
            if end.by_check_out_there && at - end.at <= QUARTER {
                self.move_end(latest, at);
                return;
            }
        }
        // They are somewhere else.
        if self.stays.iter().any(|stay| stay.ended.is_none()) {
            for stay in self.stays.iter_mut().filter(|stay| stay.ended.is_none()) {
                stay.ended = Some(elsewhere);
            }
            return;
        }
        // They are nowhere.
        if let Some(latest) = self.latest_check_out().filter(|latest| at - latest <= QUARTER) {
            for index in 0..self.stays.len() {
                if self.stays[index].ended.is_some_and(|end| end.by_check_out && end.at == latest) {
                    self.move_end(index, at);
                }
            }
            return;
        }
        let Some((opens, _)) = self.gates else { return };
        let ends = self.stays.iter().filter_map(|stay| stay.ended).map(|end| end.at);
        let since = ends.chain(self.ended_before).chain([opens]).max().expect("there is an opening");
        if since < at {
            self.stays.push(Stay { place: None, since, seen: since, left: None, ended: Some(elsewhere) });
        } else {
            self.warnings.insert("orphan_out");
        }
    }

    fn move_end(&mut self, index: usize, at: i64) {
        let stay = &mut self.stays[index];
        if stay.place.is_none() || at - stay.since <= self.stretch {
            stay.ended.iter_mut().for_each(|end| end.at = at);
        }
    }

    fn end(mut self, day: i64) -> Reading {
        let is_inside = self.stays.iter().any(|stay| stay.ended.is_none() && stay.left.is_none());
        let (mut observed, mut imputed) = (Vec::new(), Vec::new());
        let closes = self.gates.map(|(_, closes)| closes);
        for stay in self.stays.clone() {
            let mut stretch = |since: i64, until: i64| {
                let list = if until - since > self.stretch { &mut imputed } else { &mut observed };
                list.push((since, until));
            };
            match (stay.ended, stay.left) {
                (Some(end), _) if stay.place.is_none() => imputed.push((stay.since, end.at)),
                (Some(end), _) => stretch(stay.since, end.at),
                (None, Some(left)) => stretch(stay.since, left),
                (None, None) => {
                    if stay.seen > stay.since {
                        stretch(stay.since, stay.seen);
                    }
                    match closes {
                        Some(closes) if closes > stay.seen => imputed.push((stay.seen, closes)),
                        _ if stay.seen == stay.since => drop(self.warnings.insert("open_in")),
                        _ => {}
                    }
                }
            }
        }
        if self.gates.is_none() {
            self.warnings.remove("open_in");
            self.warnings.insert("outside_event");
        }
        Reading { day, observations: self.observations, observed, imputed, warnings: self.warnings, is_inside }
    }
}
