//! What the documents of an event say when they are read together.
//!
//! [`project`] is the only place where hours are computed. It is pure: the same documents give the same view, to
//! the byte, on every device and in any order of arrival. Owns corrected time, sessions and hours, the effect of
//! rulings, conflicts and totals. Does not own candidate pairs of duplicates, nor what a report looks like.

mod classes;
mod clock;
mod conflicts;
mod decisions;
mod found;
mod hours;
mod ledger;
mod notices;
mod publications;
mod sessions;
#[cfg(test)]
mod story;
mod totals;

use std::borrow::Borrow;

use jiff::civil::Date;

use crate::documents::event::EventInfo;
use crate::documents::log::{Deed, Incident, Log, WalkIn};
use crate::documents::roster::Roster;
use crate::documents::rulings::Rulings;
use crate::ids::{PersonId, Subject, WalkInId};

pub use classes::Classes;
pub use clock::{ClockBasis, CorrectedTime};
pub use conflicts::{ConflictingValue, EventConflict, EventValue, FieldConflict, RulingConflict};
pub use found::{Asked, Found, RemoteLog};
pub use hours::{PersonDay, Warning};
pub use notices::{Notice, NoticeKind};
pub use publications::Published;
pub use sessions::{Inside, Session, SessionBasis};
pub use totals::Totals;

use clock::Clocks;
use decisions::Decisions;
use found::Findings;
use ledger::Ledger;

/// What is known of an event.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct EventView {
    /// Who is one human being.
    pub classes: Classes,
    /// Attendance, by class and date.
    pub days: Vec<PersonDay>,
    /// Fields of people with several concurrent values, by person and field.
    pub field_conflicts: Vec<FieldConflict>,
    /// Statements about the event with several concurrent values, by register.
    pub event_conflicts: Vec<EventConflict>,
    /// Pairs that are ruled both the same and not the same, in ascending order.
    pub ruling_conflicts: Vec<RulingConflict>,
    /// Withdrawn people of the roster who attended all the same, in ascending order.
    pub withdrawn_attended: Vec<PersonId>,
    /// People registered at gates, by id and time.
    pub walk_ins: Vec<Found<WalkIn>>,
    /// What somebody must read, by time.
    pub incidents: Vec<Found<Incident>>,
    /// What was done by many together, by time.
    pub deeds: Vec<Found<Deed>>,
    /// Work from elsewhere, by the time at which it was noted.
    pub remote: Vec<RemoteLog>,
    /// What organizers are asked to correct, by time.
    pub requests: Vec<Asked>,
    /// What the gate must know of people, by person.
    pub notices: Vec<Notice>,
    /// Published reports, by number.
    pub publications: Vec<Published>,
    /// Sums over the whole event.
    pub totals: Totals,
}

impl EventView {
    /// The subject by which the human being is known who is also known as `subject`.
    #[must_use]
    pub fn class_of(&self, subject: Subject) -> Subject {
        self.classes.leader_of(subject)
    }

    /// The attendance of whoever is known as `subject`, by date.
    #[must_use]
    pub fn days_of(&self, subject: Subject) -> &[PersonDay] {
        let class = self.class_of(subject);
        let from = self.days.partition_point(|day| day.class < class);
        let to = self.days.partition_point(|day| day.class <= class);
        &self.days[from..to]
    }

    /// The attendance of whoever is known as `subject`, on `date`.
    #[must_use]
    pub fn day_of(&self, subject: Subject, date: Date) -> Option<&PersonDay> {
        self.days_of(subject).iter().find(|day| day.date == date)
    }

    /// What the gate must know of whoever is known as `subject`.
    pub fn notices_of(&self, subject: Subject) -> impl Iterator<Item = &Notice> {
        let class = self.class_of(subject);
        self.notices.iter().filter(move |notice| notice.class == class)
    }

    /// How the walk-in `id` was registered: first, where a device repeated the id.
    #[must_use]
    pub fn walk_in(&self, id: WalkInId) -> Option<&Found<WalkIn>> {
        let at = self.walk_ins.partition_point(|found| found.what.id < id);
        self.walk_ins.get(at).filter(|found| found.what.id == id)
    }
}

/// What every part of a projection reads.
struct Known<'a> {
    event: &'a EventInfo,
    ledger: Ledger<'a>,
    clocks: Clocks,
    classes: Classes,
    decisions: Decisions,
}

impl<'a> Known<'a> {
    fn of(event: &'a EventInfo, logs: Vec<&'a Log>, rulings: &Rulings) -> Self {
        let decisions = Decisions::standing(rulings);
        let ledger = Ledger::read(logs, &decisions.voided);
        let clocks = Clocks::of(&ledger);
        let classes = Classes::of(&decisions.pairs);
        Self { event, ledger, clocks, classes, decisions }
    }
}

/// Reads an event's documents together.
///
/// The order of `logs` is of no importance; each device and incarnation is there at most once. No content of a
/// document makes it panic: absurd clocks and numbers saturate, and what points nowhere has no effect.
#[must_use]
pub fn project(event: &EventInfo, roster: &Roster, logs: &[impl Borrow<Log>], rulings: &Rulings) -> EventView {
    let known = Known::of(event, logs.iter().map(Borrow::borrow).collect(), rulings);
    let days = hours::days(&known);
    let found = Findings::of(&known);
    let withdrawn_attended = totals::withdrawn_attended(roster, &days, &known.classes);
    let totals = totals::sum(&known, &days, &withdrawn_attended);
    EventView {
        days,
        notices: notices::of(&known, roster, &found),
        publications: publications::of(rulings, &known),
        field_conflicts: conflicts::of_fields(roster, &known.clocks),
        event_conflicts: conflicts::of_event(event, &known.clocks),
        ruling_conflicts: conflicts::of_rulings(&known.decisions),
        withdrawn_attended,
        walk_ins: found.walk_ins,
        incidents: found.incidents,
        deeds: found.deeds,
        remote: found.remote,
        requests: found.requests,
        totals,
        classes: known.classes,
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::story::{at, event, presence, written};
    use super::*;
    use crate::documents::event::{DayHours, EventEdit};
    use crate::documents::log::{Entry, LitterCard, Record, Undo};
    use crate::documents::rulings::{Decision, Ruling};
    use crate::ids::{DeviceId, EntryRef, Incarnation, RulingId};
    use crate::time::{ClockReading, UnixMillis};

    fn moments() -> impl Strategy<Value = UnixMillis> {
        let week = at("17 00:00").0..at("21 00:00").0;
        let absurd = select(&[i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX][..]);
        prop_oneof![8 => week, 1 => absurd].prop_map(UnixMillis)
    }

    fn counters() -> impl Strategy<Value = u64> {
        prop_oneof![8 => 0..12u64, 1 => select(&[u64::MAX, u64::MAX - 1, 1 << 63][..])]
    }

    fn subjects() -> impl Strategy<Value = Subject> {
        (0..6u64).prop_map(Subject::from_bits)
    }

    fn entries() -> impl Strategy<Value = Entry> {
        let incarnations = prop::option::of((0..4u8).prop_map(|life| Incarnation([life; 8])));
        let walk_in = |id| WalkIn { id, names: vec![], phone: None, organisation: None, birth_year: None };
        let record = prop_oneof![
            4 => subjects().prop_map(|subject| Record::CheckIn(presence(subject))),
            4 => subjects().prop_map(|subject| Record::CheckOut(presence(subject))),
            3 => (counters(), incarnations).prop_map(|(counter, incarnation)| Record::Undo(Undo { counter, incarnation })),
            2 => moments().prop_map(Record::Anchor),
            1 => (0..4u64).prop_map(move |id| Record::WalkIn(walk_in(WalkInId::from_entropy(id)))),
            1 => counters().prop_map(|grams| Record::LitterCard(LitterCard { grams, ..LitterCard::default() })),
        ];
        let mono = prop_oneof![4 => 0..400_000_000u64, 1 => counters()];
        let reading = (0..3u64, mono, moments());
        let reading = reading.prop_map(|(boot, mono_ms, wall_ms)| ClockReading { boot, mono_ms, wall_ms });
        (record, reading).prop_map(|(record, reading)| Entry { record, reading })
    }

    fn logs() -> impl Strategy<Value = Vec<Log>> {
        let all = (0..6u8).map(|n| Log::new(DeviceId([n / 3; 16]), Incarnation([n % 3; 8])));
        let all: Vec<Log> = all.collect();
        vec(vec(entries(), 0..12), all.len()).prop_map(move |contents| {
            let logs = all.iter().cloned().zip(contents);
            logs.map(|(log, entries)| Log { entries, ..log }).collect()
        })
    }

    fn decisions() -> impl Strategy<Value = Decision> {
        let place = (0..3u8, 0..4u8, counters());
        let entry = place.prop_map(|(device, life, counter)| EntryRef {
            device: DeviceId([device; 16]),
            incarnation: Incarnation([life; 8]),
            counter,
        });
        prop_oneof![
            (subjects(), subjects()).prop_map(|(a, b)| Decision::Same(a, b)),
            (subjects(), subjects()).prop_map(|(a, b)| Decision::NotSame(a, b)),
            entry.prop_map(Decision::Void),
            (subjects(), moments(), moments()).prop_map(|(subject, start, end)| Decision::Manual {
                subject,
                start,
                end,
                site: None,
            }),
            (subjects(), any::<i64>()).prop_map(|(subject, day)| Decision::Confirm { subject, day, imputed_ms: None }),
            (0..10u8).prop_map(|id| Decision::Retract(RulingId([id; 8]))),
        ]
    }

    fn rulings() -> impl Strategy<Value = Rulings> {
        let ruling = decisions().prop_map(|decision| written(Ruling { decision, reason: String::new() }));
        let by_id = prop::collection::btree_map((0..10u8).prop_map(|id| RulingId([id; 8])), vec(ruling, 1..3), 0..10);
        by_id.prop_map(|by_id| Rulings { by_id })
    }

    fn event_with_absurd_days() -> EventInfo {
        let mut event = event();
        for day in [i64::MIN, -719_162, 0, 2_932_896, i64::MAX] {
            event.apply(EventEdit::Day { day, hours: Some(DayHours { opens: u16::MAX, closes: u16::MAX }) });
        }
        event
    }

    proptest! {
        #[test]
        fn whatever_devices_and_organizers_write_every_order_of_logs_gives_one_view(
            (logs, shuffled) in logs().prop_flat_map(|logs| (Just(logs.clone()), Just(logs).prop_shuffle())),
            rulings in rulings(),
        ) {
            let (event, roster) = (event_with_absurd_days(), Roster::default());
            let view = project(&event, &roster, &logs, &rulings);
            prop_assert_eq!(project(&event, &roster, &shuffled, &rulings), view);
        }

        #[test]
        fn no_time_of_anyone_counts_twice(logs in logs(), rulings in rulings()) {
            let view = project(&event_with_absurd_days(), &Roster::default(), &logs, &rulings);
            for days in view.days.chunk_by(|a, b| a.class == b.class) {
                let mut sessions: Vec<&Session> = days.iter().flat_map(|day| &day.sessions).collect();
                sessions.sort_by_key(|session| (session.start, session.end));
                for pair in sessions.windows(2) {
                    prop_assert!(pair[0].end <= pair[1].start, "{:?} overlaps {:?}", pair[0], pair[1]);
                }
            }
        }
    }
}
