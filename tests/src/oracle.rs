//! The rules of time and hours once more: slow and obvious, written from the domain's text alone.
//!
//! Shares documents with the product, and none of its code that reads them together. Whatever the two disagree on is a
//! mistake of one of them.

mod clock;
mod dates;
mod stays;
mod sums;

use std::collections::{BTreeMap, BTreeSet};

use sync_core::documents::event::EventInfo;
use sync_core::documents::log::{Entry, Log, Record};
use sync_core::documents::rulings::{Decision, Rulings};
use sync_core::ids::{DeviceId, EntryRef, Incarnation, RulingId, Subject};

pub use clock::Basis;
use dates::Dates;
use stays::{Observation, Reading};

/// The attendance of one human being on one date.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Day {
    /// The leader of the class.
    pub class: Subject,
    /// The date, in days since 1970-01-01.
    pub day: i64,
    /// In milliseconds, as everything below.
    pub observed: i64,
    /// Half of it is a guess.
    pub imputed: i64,
    /// What an organizer granted.
    pub manual: i64,
    /// The verified time, in milliseconds.
    pub verified: i64,
    /// By name, in alphabetical order.
    pub warnings: BTreeSet<&'static str>,
    /// How many check-ins and check-outs are read here.
    pub observations: usize,
}

/// The hours that the second reading of the rules comes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// By class and date.
    pub days: Vec<Day>,
    /// Who is inside now.
    pub inside: BTreeSet<Subject>,
}

/// An entry that has an effect, and when it was.
struct Told<'a> {
    at: i64,
    basis: Basis,
    device: DeviceId,
    incarnation: Incarnation,
    counter: u64,
    entry: &'a Entry,
}

/// Of each subject the leader of its class.
type Classes = BTreeMap<Subject, Subject>;

/// Reads an event's documents together.
#[must_use]
pub fn read(event: &EventInfo, logs: &[Log], rulings: &Rulings) -> Outcome {
    let rulings = standing(rulings);
    let dates = Dates::of(event);
    let told = told(logs, &rulings, &dates);
    // A class is found once for each subject: a recording has thousands of observations of some hundred classes.
    let ruled_on = rulings.iter().filter_map(|(_, decision)| match decision {
        Decision::Manual { subject, .. } | Decision::Confirm { subject, .. } => Some(*subject),
        _ => None,
    });
    let subjects: BTreeSet<Subject> = told.iter().filter_map(|told| seen(told.entry)).chain(ruled_on).collect();
    let classes: Classes = subjects.into_iter().map(|subject| (subject, class_of(subject, &rulings))).collect();
    let mut people: BTreeMap<Subject, Vec<Observation<'_>>> = BTreeMap::new();
    for told in &told {
        if let Some(subject) = seen(told.entry) {
            people.entry(classes[&subject]).or_default().push(observation(told));
        }
    }
    for (_, decision) in &rulings {
        if let Decision::Manual { subject, .. } = decision {
            people.entry(classes[subject]).or_default();
        }
    }
    let mut outcome = Outcome { days: Vec::new(), inside: BTreeSet::new() };
    for (person, own) in people {
        let readings = stays::read(own, &dates, longest_stretch_ms(event));
        if readings.last().is_some_and(|last| last.is_inside) {
            outcome.inside.insert(person);
        }
        let mut granted: Vec<(i64, i64, i64, RulingId)> = Vec::new();
        for (id, decision) in &rulings {
            if let Decision::Manual { subject, start, end, .. } = decision
                && classes[subject] == person
            {
                granted.push((dates.day_of(start.0), start.0, end.0, *id));
            }
        }
        granted.sort_by_key(|(day, start, end, id)| (*day, *start, *id, *end));
        outcome.days.extend(person_days(person, &readings, &granted, (&rulings, &classes)));
    }
    outcome
}

fn person_days(
    person: Subject,
    readings: &[Reading],
    granted: &[(i64, i64, i64, RulingId)],
    (rulings, classes): (&[(RulingId, Decision)], &Classes),
) -> Vec<Day> {
    let sums = sums::add_up(readings, granted);
    let mut days = Vec::new();
    for (day, [observed, imputed, manual]) in sums {
        let reading = readings.iter().find(|reading| reading.day == day);
        let mut warnings = reading.map(|reading| reading.warnings.clone()).unwrap_or_default();
        let confirmed = match confirmed_ms(person, day, rulings, classes) {
            None => 0,
            Some(seen) if seen < imputed => {
                warnings.insert("confirmed_in_part");
                seen
            }
            Some(_) => imputed,
        };
        let verified = observed + manual + confirmed;
        let observations = reading.map(|reading| reading.observations).unwrap_or_default();
        days.push(Day { class: person, day, observed, imputed, manual, verified, warnings, observations });
    }
    days
}

fn longest_stretch_ms(event: &EventInfo) -> i64 {
    i64::from(event.longest_stretch_hours.unwrap_or(12)) * 3_600_000
}

/// The rulings that nobody retracted.
fn standing(rulings: &Rulings) -> Vec<(RulingId, Decision)> {
    let all = rulings.by_id.iter().flat_map(|(id, values)| values.iter().map(|one| (*id, one.value.decision.clone())));
    let all: Vec<(RulingId, Decision)> = all.collect();
    let is_retracted = |id: RulingId| all.iter().any(|(_, decision)| *decision == Decision::Retract(id));
    all.iter().filter(|(id, _)| !is_retracted(*id)).cloned().collect()
}

/// The smallest roster person of the class, else its smallest walk-in.
fn class_of(subject: Subject, rulings: &[(RulingId, Decision)]) -> Subject {
    let is_parted = |a: Subject, b: Subject| {
        rulings.iter().any(|(_, decision)| match decision {
            Decision::NotSame(x, y) => (*x, *y) == (a, b) || (*x, *y) == (b, a),
            _ => false,
        })
    };
    let mut class = BTreeSet::from([subject]);
    loop {
        let before = class.len();
        for (_, decision) in rulings {
            if let Decision::Same(a, b) = decision
                && !is_parted(*a, *b)
                && (class.contains(a) || class.contains(b))
            {
                class.extend([*a, *b]);
            }
        }
        if class.len() == before {
            break;
        }
    }
    let roster = class.iter().find(|member| matches!(member, Subject::Person(_)));
    *roster.or(class.first()).expect("a class has a member")
}

/// How much imputed time of a class and date is confirmed: of each of its subjects the most that anybody saw.
fn confirmed_ms(person: Subject, date: i64, rulings: &[(RulingId, Decision)], classes: &Classes) -> Option<i64> {
    let mut most: BTreeMap<Subject, i64> = BTreeMap::new();
    for (_, decision) in rulings {
        if let Decision::Confirm { subject, day, imputed_ms } = decision
            && *day == date
            && classes[subject] == person
        {
            let seen = imputed_ms.map_or(i64::MAX, |ms| i64::try_from(ms).unwrap_or(i64::MAX));
            let known = most.entry(*subject).or_insert(seen);
            *known = seen.max(*known);
        }
    }
    (!most.is_empty()).then(|| most.values().fold(0, |sum: i64, ms| sum.saturating_add(*ms)))
}

/// Who was seen at a gate.
fn seen(entry: &Entry) -> Option<Subject> {
    match &entry.record {
        Record::CheckIn(presence) | Record::CheckOut(presence) => Some(presence.subject),
        _ => None,
    }
}

fn observation<'a>(told: &Told<'a>) -> Observation<'a> {
    let (is_in, presence) = match &told.entry.record {
        Record::CheckIn(presence) => (true, presence),
        Record::CheckOut(presence) => (false, presence),
        other => panic!("{other:?} is no observation"),
    };
    Observation {
        at: told.at,
        order: (told.device, told.counter, told.incarnation),
        is_in,
        place: (presence.subject, &presence.site),
        is_doubtful: matches!(told.basis, Basis::Bounded | Basis::Unanchored),
    }
}

/// An entry by log and counter.
type At = (usize, usize);

/// Every entry that is neither undone nor voided, once, with its time.
fn told<'a>(logs: &'a [Log], rulings: &[(RulingId, Decision)], dates: &Dates) -> Vec<Told<'a>> {
    let all: Vec<At> =
        logs.iter().enumerate().flat_map(|(log, l)| (0..l.entries.len()).map(move |at| (log, at))).collect();
    let undos: Vec<At> = all.iter().copied().filter(|at| target(*at, logs).is_some()).collect();
    let place_of = |entry: &EntryRef| {
        let log = logs.iter().position(|log| log.device == entry.device && log.incarnation == entry.incarnation)?;
        let counter = usize::try_from(entry.counter).ok()?;
        (counter < logs[log].entries.len()).then_some((log, counter))
    };
    let voided: BTreeSet<At> = rulings
        .iter()
        .filter_map(|(_, decision)| match decision {
            Decision::Void(entry) => place_of(entry),
            _ => None,
        })
        .collect();
    let original = |at: At| original(at, logs, &all, &voided);
    let is_voided = |at: At| voided.iter().any(|other| original(*other) == original(at));
    let is_undone = |at: At| is_undone(original(at), logs, &undos, &original, &is_voided);
    let mut told = Vec::new();
    for (log, times) in logs
        .iter()
        .enumerate()
        .map(|(index, log)| (index, clock::times(log, dates, |counter| is_voided((index, counter)))))
    {
        for (counter, (at, basis)) in times.into_iter().enumerate() {
            let here = (log, counter);
            if original(here) == here && !is_voided(here) && !is_undone(here) {
                let Log { device, incarnation, entries } = &logs[log];
                let (device, incarnation, entry) = (*device, *incarnation, &entries[counter]);
                told.push(Told { at, basis, device, incarnation, counter: counter as u64, entry });
            }
        }
    }
    told
}

/// What an undo takes back.
fn target((log, counter): At, logs: &[Log]) -> Option<At> {
    let Record::Undo(undo) = &logs[log].entries[counter].record else { return None };
    let incarnation = undo.incarnation.unwrap_or(logs[log].incarnation);
    let of = logs.iter().position(|other| other.device == logs[log].device && other.incarnation == incarnation)?;
    let at = (of, usize::try_from(undo.counter).ok()?);
    (at.1 < logs[of].entries.len() && (of != log || at.1 < counter)).then_some(at)
}

/// Whether two entries of a device are the same: the same readings and the same record, where an undo is the same record
/// if it takes back the same entry.
fn is_same_entry(a: At, b: At, logs: &[Log]) -> bool {
    let (one, other) = (&logs[a.0].entries[a.1], &logs[b.0].entries[b.1]);
    if logs[a.0].device != logs[b.0].device || one.reading != other.reading {
        return false;
    }
    match (target(a, logs), target(b, logs)) {
        (Some(x), Some(y)) => x == y || is_same_entry(x, y, logs),
        (None, None) => one.record == other.record,
        _ => false,
    }
}

/// The entry of the earliest incarnation that is this one. Incarnations are told apart by when they first met home, and
/// by number where they never did.
fn original(at: At, logs: &[Log], all: &[At], voided: &BTreeSet<At>) -> At {
    let is_alone = !logs.iter().enumerate().any(|(log, other)| log != at.0 && other.device == logs[at.0].device);
    if is_alone {
        return at;
    }
    let age = |log: usize| {
        let anchors = logs[log].entries.iter().enumerate().filter_map(|(counter, entry)| match entry.record {
            Record::Anchor(home) if !voided.contains(&(log, counter)) => Some(home.0),
            _ => None,
        });
        (anchors.min().unwrap_or(i64::MAX), logs[log].incarnation)
    };
    let same = all.iter().filter(|other| other.0 != at.0 && is_same_entry(at, **other, logs));
    let earlier = same.filter(|other| age(other.0) < age(at.0)).min_by_key(|other| (age(other.0), other.1));
    earlier.copied().unwrap_or(at)
}

/// Whether an undo that stands takes the entry back. Stories have no undos in a circle.
fn is_undone(at: At, logs: &[Log], undos: &[At], original: &dyn Fn(At) -> At, is_voided: &dyn Fn(At) -> bool) -> bool {
    undos.iter().any(|undo| {
        original(*undo) == *undo
            && target(*undo, logs).is_some_and(|target| original(target) == at)
            && !is_voided(*undo)
            && !is_undone(*undo, logs, undos, original, is_voided)
    })
}
