//! Attendance by class and date, with what organizers granted and confirmed.

mod sums;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::Known;
use super::dates::as_text;
use super::decisions::{ManualTime, Seen};
use super::ledger::Standing;
use super::sessions::{self, Inside, LastSeen, Observation, Passage, Session, SessionBasis};
use super::warning::Warning;
use crate::documents::log::{Presence, Record};
use crate::ids::{EntryRef, Subject};
use crate::time::date_of_day;

/// The attendance of one human being on one date of the event's time zone.
///
/// It stands where an effective check-in or check-out, or a manual ruling, speaks of that date.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct PersonDay {
    /// The human being, known by the leader of their class.
    pub class: Subject,
    /// The date, in the event's time zone.
    #[serde(serialize_with = "as_text")]
    pub date: Date,
    /// Time between a check-in and a check-out, or until somebody was last seen.
    pub observed_ms: u64,
    /// Time of which one end is taken from the opening hours, or that is too long to be observed, beyond the other two.
    pub imputed_ms: u64,
    /// Time that an organizer granted, beyond what was observed.
    pub manual_ms: u64,
    /// Observed and manual time, and imputed time where it is confirmed.
    pub verified_ms: u64,
    /// Tells whether an organizer confirmed the imputed time, if any.
    pub confirmed: bool,
    /// How many check-ins and check-outs are read on this date; 0 where only rulings speak.
    pub observations: u64,
    /// What counts, in the order of their starts. No two share any time, nor do those of different dates; a session
    /// without length may lie within a granted one.
    pub sessions: Vec<Session>,
    /// Check-ins and check-outs that no session rests on that counts.
    pub unmatched: Vec<EntryRef>,
    /// Where they were when the date ended, if they came and were not seen leaving. Only the last date with observations
    /// says where somebody is now: see [`inside_now`].
    pub inside: Option<Inside>,
    /// The last check-in or check-out of all, on the last date that has one. No part of the view in JSON, which lists the
    /// entries.
    #[serde(skip)]
    pub last_seen: Option<LastSeen>,
    /// What somebody should look at.
    pub warnings: BTreeSet<Warning>,
}

/// Where somebody is whose attendance is `days`, by date: in, if they were not seen leaving on the last date on which
/// they were seen.
#[must_use]
pub fn inside_now(days: &[PersonDay]) -> Option<&Inside> {
    days.iter().rfind(|day| day.observations > 0)?.inside.as_ref()
}

/// Computes the attendance of everyone, by class and date.
pub(super) fn days(known: &Known<'_>) -> Vec<PersonDay> {
    days_among(known, |_| true)
}

/// The same of one class: nobody's attendance depends on anybody else's.
pub(super) fn days_of(known: &Known<'_>, class: Subject) -> Vec<PersonDay> {
    days_among(known, |other| other == class)
}

fn days_among(known: &Known<'_>, is_wanted: impl Fn(Subject) -> bool) -> Vec<PersonDay> {
    let sightings = sightings(known, &is_wanted);
    let remote = approved_work(known);
    let mut manual = manual_by_class(known, &remote);
    manual.retain(|class, _| is_wanted(*class));
    let mut confirmed = confirmed(known);
    let mut days = Vec::new();
    let mut add = |class: Subject, observations: &[Observation<'_>], granted: Vec<&ManualTime>| {
        let stretch_ms = known.event.longest_stretch_ms();
        let readings = sessions::read(observations, &known.dates, stretch_ms);
        let of_class = sums::person_days(class, readings, &granted, known);
        days.extend(of_class.into_iter().map(|day| {
            let seen = confirmed.remove(&(class, day.date));
            day.summed(seen)
        }));
    };
    for (class, observations) in by_class(&sightings) {
        while let Some(granted) = manual.first_entry().filter(|granted| *granted.key() < class) {
            let (other, granted) = granted.remove_entry();
            add(other, &[], granted);
        }
        add(class, observations, manual.remove(&class).unwrap_or_default());
    }
    manual.into_iter().for_each(|(class, granted)| add(class, &[], granted));
    days
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
            last_seen: None,
            warnings: BTreeSet::new(),
        }
    }

    /// How much imputed time nobody confirmed: all of it, or what late data added since.
    #[must_use]
    pub const fn unconfirmed_ms(&self) -> u64 {
        let confirmed_ms = self.verified_ms.saturating_sub(self.observed_ms).saturating_sub(self.manual_ms);
        self.imputed_ms.saturating_sub(confirmed_ms)
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

/// Everybody's observations, by class and in the order in which they are read.
struct Sightings<'a> {
    classes: Vec<Subject>,
    observations: Vec<Observation<'a>>,
}

fn sightings<'a>(known: &Known<'a>, is_wanted: impl Fn(Subject) -> bool) -> Sightings<'a> {
    let seen = known.ledger.entries().filter_map(|standing| {
        let (passage, presence) = match &standing.entry.record {
            Record::CheckIn(presence) => (Passage::In, presence),
            Record::CheckOut(presence) => (Passage::Out, presence),
            _ => return None,
        };
        let class = known.classes.leader_of(presence.subject);
        is_wanted(class).then(|| (class, observation(&standing, passage, presence, known)))
    });
    let mut seen: Vec<(Subject, Observation<'a>)> = seen.collect();
    seen.sort_unstable_by_key(|(class, observation)| (*class, observation.order()));
    let (classes, observations) = seen.into_iter().unzip();
    Sightings { classes, observations }
}

fn by_class<'s, 'a>(sightings: &'s Sightings<'a>) -> impl Iterator<Item = (Subject, &'s [Observation<'a>])> {
    let mut rest = sightings.observations.as_slice();
    sightings.classes.chunk_by(|a, b| a == b).map(move |class| {
        let (own, others) = rest.split_at(class.len());
        rest = others;
        (class[0], own)
    })
}

fn observation<'a>(
    standing: &Standing<'a>,
    passage: Passage,
    presence: &'a Presence,
    known: &Known<'_>,
) -> Observation<'a> {
    let time = known.clocks.time_of(standing);
    Observation {
        entry: standing.at,
        time,
        day: known.dates.day_of(time.at),
        passage,
        record: presence.subject,
        site: &presence.site,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::event::{DayHours, EventEdit};
    use crate::documents::log::RemoteWork;
    use crate::documents::roster::Roster;
    use crate::documents::rulings::{Decision, Rulings};
    use crate::time::{UnixMillis, day_of_date};
    use crate::view::fixtures::{AIDA, BOLAT, GUEST, Office, Phone, at, day, event, minutes, view, warnings};
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
        let expected = [("18 08:00", "18 09:00"), ("18 10:00", "18 12:00"), ("18 12:00", "18 15:00")];
        let last = ("18 16:00", "18 17:00");
        assert_eq!(manual_parts(&view, 18), [expected[0], expected[1], expected[2], last].map(|(a, b)| (at(a), at(b))));
        assert_eq!(minutes(day(&view, AIDA, 18)), [120, 0, 420, 540], "what is imputed counts last");
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
        assert_eq!((minutes(day(&view, AIDA, 21)), warnings(day(&view, AIDA, 21))), ([0; 4], vec![]));
        assert_eq!((view.totals.attended, day(&view, AIDA, 18).observations), (0, 0));
    }

    #[test]
    fn a_visit_without_length_stays_listed_within_a_granted_time_and_takes_nothing_from_it() {
        let mut north = Phone::anchored(1);
        north.checks_in("18 09:00", AIDA);
        north.checks_out("18 09:00", AIDA);
        let mut office = Office::default();
        office.grants(AIDA, "18 08:00", "18 10:00");
        let view = view(&[&north], &office);
        assert_eq!(minutes(day(&view, AIDA, 18)), [0, 0, 120, 120]);
        assert_eq!(manual_parts(&view, 18), [(at("18 08:00"), at("18 10:00"))]);
        assert_eq!(day(&view, AIDA, 18).unmatched, []);
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
    fn gates_that_close_after_midnight_impute_until_then_on_the_date_on_which_they_opened() {
        let mut event = event();
        let late = Some(DayHours { opens: 8 * 60, closes: 26 * 60 });
        event.apply(EventEdit::Day { day: day_of_date(jiff::civil::date(2026, 5, 18)), hours: late });
        let mut north = Phone::anchored(1);
        north.checks_in("18 23:00", AIDA);
        north.checks_in("19 00:30", BOLAT);
        north.checks_in("19 05:00", GUEST);
        let view = project(&event, &Roster::default(), &[north.log], &Rulings::default());
        assert_eq!(minutes(day(&view, AIDA, 18)), [0, 180, 0, 0]);
        assert_eq!(minutes(day(&view, BOLAT, 18)), [0, 90, 0, 0]);
        assert_eq!(minutes(day(&view, GUEST, 19)), [0, 780, 0, 0], "half-way to the next opening the date ends");
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
