//! Attendance by class and date, with what organizers granted and confirmed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::Date;

use super::Known;
use super::clock::{ClockBasis, CorrectedTime};
use super::decisions::{ManualTime, Seen};
use super::ledger::Standing;
use super::sessions::{self, GateHours, Inside, Observation, Passage, Session, SessionBasis};
use crate::documents::event::EventInfo;
use crate::documents::log::Record;
use crate::ids::{EntryRef, Subject};
use crate::time::{UnixMillis, date_of_day, day_of_date};

const MINUTES_PER_DAY: u16 = 24 * 60;

/// The attendance of one human being on one date of the event's time zone.
///
/// It stands where an effective check-in or check-out, or a manual ruling, speaks of that date.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct PersonDay {
    /// Who: the leader of a class.
    pub class: Subject,
    /// When.
    #[serde(serialize_with = "as_text")]
    pub date: Date,
    /// Time between a check-in and a check-out.
    pub observed_ms: u64,
    /// Time of which one end is taken from the opening hours.
    pub imputed_ms: u64,
    /// Time that an organizer granted, beyond the other two.
    pub manual_ms: u64,
    /// Observed and manual time, and imputed time where it is confirmed.
    pub verified_ms: u64,
    /// Tells whether an organizer confirmed the imputed time, if any.
    pub confirmed: bool,
    /// How many check-ins and check-outs have an effect; 0 where only rulings speak.
    pub observations: u64,
    /// In the order of their starts. No two overlap.
    pub sessions: Vec<Session>,
    /// Check-ins and check-outs that no session rests on.
    pub unmatched: Vec<EntryRef>,
    /// Where they are, if they came and were not seen leaving.
    pub inside: Option<Inside>,
    /// What somebody should look at.
    pub warnings: BTreeSet<Warning>,
}

/// What is doubtful about a [`PersonDay`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Warning {
    /// A time was read from a clock that never met home's.
    Clock,
    /// A check-in after closing, without a check-out.
    OpenIn,
    /// A check-out without a check-in, before opening.
    OrphanOut,
    /// The date is not one of the event's.
    OutsideEvent,
    /// More time is imputed than was seen by who confirmed it: what they did not see does not count.
    ConfirmedInPart,
}

impl Warning {
    /// The warning's stable name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::OpenIn => "open_in",
            Self::OrphanOut => "orphan_out",
            Self::OutsideEvent => "outside_event",
            Self::ConfirmedInPart => "confirmed_in_part",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl serde::Serialize for Warning {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}

pub(super) fn as_text<S: serde::Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}

/// Boxed, because a map moves what it holds.
type Days = BTreeMap<(Subject, Date), Box<PersonDay>>;

/// Computes the attendance of everyone, by class and date.
pub(super) fn days(known: &Known<'_>) -> Vec<PersonDay> {
    days_among(known, |_| true)
}

/// The same of one class: nobody's attendance depends on anybody else's.
pub(super) fn days_of(known: &Known<'_>, class: Subject) -> Vec<PersonDay> {
    days_among(known, |other| other == class)
}

fn days_among(known: &Known<'_>, is_wanted: impl Fn(Subject) -> bool) -> Vec<PersonDay> {
    let mut days = observed_days(known, &is_wanted);
    let remote = approved_work(known);
    for (class, manual) in manual_by_class(known, &remote) {
        if is_wanted(class) {
            grant(class, &manual, known.event, &mut days);
        }
    }
    let mut confirmed = confirmed(known);
    let summed = days.into_iter().map(|(key, day)| day.summed(confirmed.remove(&key)));
    summed.collect()
}

/// How much of which days is confirmed: of a class, what was seen of each of its subjects.
fn confirmed(known: &Known<'_>) -> BTreeMap<(Subject, Date), Seen> {
    let mut by_day: BTreeMap<(Subject, Date), Seen> = BTreeMap::new();
    for ((subject, day), seen) in &known.decisions.confirmed {
        let of_class = by_day.entry((known.classes.leader_of(*subject), date_of_day(*day))).or_insert(Seen::Ms(0));
        *of_class = match (*of_class, *seen) {
            (Seen::Ms(one), Seen::Ms(other)) => Seen::Ms(one.saturating_add(other)),
            _ => Seen::All,
        };
    }
    by_day
}

/// The remote work that somebody approved and whose entry still stands.
fn approved_work(known: &Known<'_>) -> Vec<ManualTime> {
    let work = known.decisions.approved.iter().filter_map(|(entry, ruling)| {
        let Record::RemoteWork(work) = &known.ledger.standing(entry)?.entry.record else { return None };
        let (subject, start, end) = (work.subject, work.start, work.end);
        Some(ManualTime { subject, start, end, ruling: *ruling, remote: Some(*entry) })
    });
    work.collect()
}

impl PersonDay {
    fn empty(class: Subject, date: Date) -> Self {
        Self {
            class,
            date,
            observed_ms: 0,
            imputed_ms: 0,
            manual_ms: 0,
            verified_ms: 0,
            confirmed: false,
            observations: 0,
            sessions: Vec::new(),
            unmatched: Vec::new(),
            inside: None,
            warnings: BTreeSet::new(),
        }
    }

    /// Someone is said to have been at the event on this date.
    fn at(mut self, event: &EventInfo) -> Self {
        self.warn_if_outside(event);
        self
    }

    fn warn_if_outside(&mut self, event: &EventInfo) {
        if !event.days.contains_key(&day_of_date(self.date)) {
            self.warnings.insert(Warning::OutsideEvent);
        }
    }

    /// Adds up the sessions once they are complete.
    fn summed(mut self, confirmed: Option<Seen>) -> Self {
        for session in &self.sessions {
            let sum = match session.basis {
                SessionBasis::Observed => &mut self.observed_ms,
                SessionBasis::Imputed => &mut self.imputed_ms,
                SessionBasis::Manual => &mut self.manual_ms,
            };
            *sum = sum.saturating_add(session.duration_ms());
        }
        self.confirmed = confirmed.is_some();
        let confirmed_ms = match confirmed {
            None => 0,
            Some(Seen::Ms(seen)) if seen < self.imputed_ms => {
                self.warnings.insert(Warning::ConfirmedInPart);
                seen
            }
            Some(_) => self.imputed_ms,
        };
        self.verified_ms = self.observed_ms.saturating_add(self.manual_ms).saturating_add(confirmed_ms);
        self
    }
}

/// An observation, and whose day it belongs to.
struct Sighting<'a> {
    class: Subject,
    date: Date,
    observation: Observation<'a>,
}

fn observed_days(known: &Known<'_>, is_wanted: impl Fn(Subject) -> bool) -> Days {
    let mut sightings: Vec<Sighting<'_>> =
        known.ledger.entries().filter_map(|standing| sighting(&standing, known, &is_wanted)).collect();
    sightings.sort_unstable_by_key(|each| (each.class, each.date, each.observation.time.at, each.observation.entry));
    let by_day = sightings.chunk_by(|a, b| (a.class, a.date) == (b.class, b.date));
    by_day.map(|day| ((day[0].class, day[0].date), Box::new(observed_day(day, known.event)))).collect()
}

fn sighting<'a>(
    standing: &Standing<'a>,
    known: &Known<'_>,
    is_wanted: impl Fn(Subject) -> bool,
) -> Option<Sighting<'a>> {
    let (passage, presence) = match &standing.entry.record {
        Record::CheckIn(presence) => (Passage::In, presence),
        Record::CheckOut(presence) => (Passage::Out, presence),
        _ => return None,
    };
    let class = known.classes.leader_of(presence.subject);
    if !is_wanted(class) {
        return None;
    }
    let time = known.clocks.time_of(standing);
    Some(Sighting {
        class,
        date: known.event.zone.table.date_of(time.at),
        observation: Observation { entry: standing.at, time, passage, site: &presence.site },
    })
}

fn observed_day(sightings: &[Sighting<'_>], event: &EventInfo) -> PersonDay {
    let (class, date) = (sightings[0].class, sightings[0].date);
    let reading = sessions::read(sightings.iter().map(|each| &each.observation), gate_hours(event, date));
    let mut day = PersonDay::empty(class, date).at(event);
    day.observations = sightings.len() as u64;
    day.sessions = reading.sessions;
    day.unmatched = reading.unmatched;
    day.inside = reading.inside;
    day.warnings.extend(reading.warnings);
    let unanchored = |time: CorrectedTime| time.basis == ClockBasis::Unanchored;
    if sightings.iter().any(|each| unanchored(each.observation.time)) {
        day.warnings.insert(Warning::Clock);
    }
    day
}

/// When the gates open and close on `date`; never later than its midnight, so that no two days share time.
fn gate_hours(event: &EventInfo, date: Date) -> Option<GateHours> {
    let hours = event.days.get(&day_of_date(date))?;
    let moment = |minute: u16| event.zone.table.moment(date, minute.min(MINUTES_PER_DAY));
    Some(GateHours { opens: moment(hours.opens), closes: moment(hours.closes) })
}

/// The granted times by class, each class's in the order in which they are granted.
fn manual_by_class<'a>(known: &'a Known<'_>, remote: &'a [ManualTime]) -> BTreeMap<Subject, Vec<&'a ManualTime>> {
    let mut by_class: BTreeMap<Subject, Vec<&ManualTime>> = BTreeMap::new();
    for manual in known.decisions.manual.iter().chain(remote) {
        by_class.entry(known.classes.leader_of(manual.subject)).or_default().push(manual);
    }
    for granted in by_class.values_mut() {
        granted.sort_unstable_by_key(|manual| (manual.start, manual.ruling, manual.end));
    }
    by_class
}

/// Grants a class what each ruling adds to all its days; it counts on the date on which the ruling's time starts.
fn grant(class: Subject, granted: &[&ManualTime], event: &EventInfo, days: &mut Days) {
    let its_days = days.range((class, Date::MIN)..=(class, Date::MAX));
    let mut covered: Vec<(UnixMillis, UnixMillis)> =
        its_days.flat_map(|(_, day)| &day.sessions).map(|session| (session.start, session.end)).collect();
    for manual in granted {
        let date = event.zone.table.date_of(manual.start);
        let day = days.entry((class, date)).or_insert_with(|| Box::new(PersonDay::empty(class, date)));
        if manual.remote.is_none() {
            day.warn_if_outside(event);
        }
        for (start, end) in uncovered(&mut covered, manual) {
            let (basis, ruling) = (SessionBasis::Manual, Some(manual.ruling));
            day.sessions.push(Session { start, end, basis, evidence: manual.remote.into_iter().collect(), ruling });
        }
        day.sessions.sort_by_key(|session| (session.start, session.end));
    }
}

/// Cuts out of `manual` what is `covered`, and covers the rest.
fn uncovered(covered: &mut Vec<(UnixMillis, UnixMillis)>, manual: &ManualTime) -> Vec<(UnixMillis, UnixMillis)> {
    covered.sort_unstable();
    let mut parts = Vec::new();
    let mut from = manual.start;
    for (start, end) in covered.iter().copied() {
        if from < start.min(manual.end) {
            parts.push((from, start.min(manual.end)));
        }
        from = from.max(end);
    }
    if from < manual.end {
        parts.push((from, manual.end));
    }
    covered.extend(&parts);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::event::{DayHours, EventEdit};
    use crate::documents::log::RemoteWork;
    use crate::documents::roster::Roster;
    use crate::documents::rulings::{Decision, Rulings};
    use crate::view::story::{AIDA, GUEST, Office, Phone, at, day, event, minutes, view, warnings};
    use crate::view::{EventView, project};

    fn manual_parts(view: &EventView, date: i8) -> Vec<(UnixMillis, UnixMillis)> {
        let sessions = day(view, AIDA, date).sessions.iter();
        let manual = sessions.filter(|session| session.basis == SessionBasis::Manual);
        manual.map(|session| (session.start, session.end)).collect()
    }

    #[test]
    fn a_granted_time_adds_what_neither_sessions_nor_earlier_grants_cover() {
        let mut north = Phone::anchored(1);
        north.checks_in("18 09:00", AIDA);
        north.checks_out("18 10:00", AIDA);
        north.checks_out("18 11:00", AIDA);
        north.checks_in("18 15:00", AIDA);
        north.checks_out("18 16:00", AIDA);
        let mut office = Office::default();
        office.grants(AIDA, "18 08:30", "18 12:00");
        office.grants(AIDA, "18 08:00", "18 09:30");
        office.grants(AIDA, "18 11:30", "18 17:00");
        office.grants(AIDA, "18 15:10", "18 15:20");
        let view = view(&[&north], &office);
        let expected = [("18 08:00", "18 09:00"), ("18 11:00", "18 12:00"), ("18 12:00", "18 15:00")];
        let last = ("18 16:00", "18 17:00");
        assert_eq!(manual_parts(&view, 18), [expected[0], expected[1], expected[2], last].map(|(a, b)| (at(a), at(b))));
        assert_eq!(minutes(day(&view, AIDA, 18)), [120, 60, 360, 480]);
    }

    #[test]
    fn of_two_grants_from_one_moment_the_smaller_ruling_counts_first() {
        let mut office = Office::default();
        let long = office.grants(AIDA, "18 10:00", "18 12:00");
        office.grants(AIDA, "18 10:00", "18 11:00");
        let view = view(&[], &office);
        let sessions = &day(&view, AIDA, 18).sessions;
        assert_eq!(sessions.iter().map(|session| session.ruling).collect::<Vec<_>>(), [Some(long)]);
    }

    #[test]
    fn a_grant_counts_on_the_date_of_its_start_and_never_twice_what_another_date_has() {
        let mut north = Phone::anchored(1);
        north.checks_in("19 00:30", AIDA);
        north.checks_out("19 01:00", AIDA);
        let mut office = Office::default();
        office.grants(AIDA, "18 23:00", "19 02:00");
        let view = view(&[&north], &office);
        assert_eq!(minutes(day(&view, AIDA, 18)), [0, 0, 150, 150]);
        assert_eq!(minutes(day(&view, AIDA, 19)), [30, 0, 0, 30]);
    }

    #[test]
    fn a_grant_makes_a_day_for_someone_nobody_saw_but_they_do_not_count_as_seen() {
        let mut office = Office::default();
        office.grants(AIDA, "18 10:00", "18 11:00");
        office.grants(AIDA, "21 10:00", "21 10:00");
        let view = view(&[], &office);
        assert_eq!(minutes(day(&view, AIDA, 18)), [0, 0, 60, 60]);
        assert_eq!(warnings(day(&view, AIDA, 18)), []);
        assert_eq!(
            (minutes(day(&view, AIDA, 21)), warnings(day(&view, AIDA, 21))),
            ([0; 4], vec![Warning::OutsideEvent])
        );
        assert_eq!((view.totals.attended, day(&view, AIDA, 18).observations), (0, 0));
    }

    #[test]
    fn a_grant_that_ends_before_it_starts_adds_nothing() {
        let mut office = Office::default();
        office.grants(AIDA, "18 11:00", "18 10:00");
        assert_eq!(minutes(day(&view(&[], &office), AIDA, 18)), [0; 4]);
    }

    #[test]
    fn a_confirmed_day_counts_its_imputed_time_whichever_name_was_confirmed() {
        let mut north = Phone::anchored(1);
        north.checks_in("18 09:00", AIDA);
        north.checks_out("18 10:00", AIDA);
        north.checks_in("18 17:00", AIDA);
        north.checks_in("19 17:00", AIDA);
        let mut office = Office::default();
        office.confirms(GUEST, 18);
        assert_eq!(minutes(day(&view(&[&north], &office), AIDA, 18)), [60, 60, 0, 60]);
        office.rules(Decision::Same(AIDA, GUEST));
        let view = view(&[&north], &office);
        assert_eq!(minutes(day(&view, AIDA, 18)), [60, 60, 0, 120]);
        assert_eq!(minutes(day(&view, AIDA, 19)), [0, 60, 0, 0]);
    }

    #[test]
    fn gates_that_close_after_midnight_impute_nothing_into_the_next_day() {
        let mut event = event();
        let late = Some(DayHours { opens: 8 * 60, closes: 26 * 60 });
        event.apply(EventEdit::Day { day: day_of_date(jiff::civil::date(2026, 5, 18)), hours: late });
        let mut north = Phone::anchored(1);
        north.checks_in("18 23:00", AIDA);
        let view = project(&event, &Roster::default(), &[north.log], &Rulings::default());
        assert_eq!(minutes(day(&view, AIDA, 18)), [0, 60, 0, 0]);
    }

    #[test]
    fn what_was_not_seen_is_not_confirmed() {
        let mut north = Phone::anchored(1);
        north.checks_in("18 17:00", AIDA);
        let mut office = Office::default();
        let hour = 3_600_000;
        let seen = |subject| Decision::Confirm {
            subject,
            day: day_of_date(jiff::civil::date(2026, 5, 18)),
            imputed_ms: Some(hour),
        };
        office.rules(seen(AIDA));
        let before = view(&[&north], &office);
        assert_eq!((minutes(day(&before, AIDA, 18)), warnings(day(&before, AIDA, 18))), ([0, 60, 0, 60], vec![]));
        let mut late = Phone::anchored(2);
        late.checks_out("18 11:00", AIDA);
        let after = view(&[&north, &late], &office);
        assert_eq!(minutes(day(&after, AIDA, 18)), [0, 240, 0, 60]);
        assert_eq!(warnings(day(&after, AIDA, 18)), [Warning::ConfirmedInPart]);
        office.rules(Decision::Same(AIDA, GUEST));
        office.rules(seen(GUEST));
        assert_eq!(minutes(day(&view(&[&north, &late], &office), AIDA, 18)), [0, 240, 0, 120]);
        office.confirms(AIDA, 18);
        assert_eq!(minutes(day(&view(&[&north, &late], &office), AIDA, 18)), [0, 240, 0, 240]);
    }

    #[test]
    fn remote_work_counts_once_approved_never_twice_and_is_no_attendance() {
        let mut phone = Phone::anchored(1);
        let work = |start, end| {
            let (task, note) = ("maps".to_owned(), String::new());
            Record::RemoteWork(RemoteWork { subject: AIDA, task, start: at(start), end: at(end), note })
        };
        let evening = phone.records("24 21:00", work("24 19:00", "24 21:00"));
        let overlapping = phone.records("24 22:00", work("24 20:00", "24 22:00"));
        let mut office = Office::default();
        let waiting = view(&[&phone], &office);
        assert_eq!((waiting.days.len(), waiting.remote.len(), waiting.remote[0].approved), (0, 2, None));
        let ruling = office.rules(Decision::Approve(evening));
        office.rules(Decision::Approve(evening));
        office.rules(Decision::Approve(overlapping));
        office.rules(Decision::Approve(phone.log.entry_ref(0)));
        office.rules(Decision::Approve(phone.log.entry_ref(99)));
        let approved = view(&[&phone], &office);
        assert_eq!(approved.remote[0].approved, Some(ruling));
        assert_eq!((minutes(day(&approved, AIDA, 24)), warnings(day(&approved, AIDA, 24))), ([0, 0, 180, 180], vec![]));
        assert_eq!((approved.totals.attended, approved.totals.people), (0, 1));
        phone.undoes("24 23:00", evening);
        assert_eq!(minutes(day(&view(&[&phone], &office), AIDA, 24)), [0, 0, 120, 120]);
    }
}
