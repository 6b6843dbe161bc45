//! What the documents of an event say when they are read together.
//!
//! [`project`] is the only place where hours are computed. It is pure: the same documents give the same view, to
//! the byte, on every device and in any order of arrival. Owns corrected time, sessions and hours, the effect of
//! rulings, conflicts, totals and candidate pairs of duplicates. Does not own what a report looks like.

mod account;
mod across;
mod anchors;
#[cfg(test)]
mod arbitrary;
mod awards;
mod cards;
mod classes;
mod clock;
mod conflicts;
mod contribution;
mod dates;
mod decisions;
pub mod duplicates;
mod figures;
#[cfg(test)]
mod fixtures;
mod found;
mod hours;
mod ledger;
mod letter_texts;
mod letters;
mod notices;
mod people;
mod places;
mod publications;
mod report;
mod sessions;
mod shifts;
mod sources;
mod tally;
mod timeline;
mod totals;
mod warning;

use std::borrow::Borrow;
use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::documents::event::EventInfo;
use crate::documents::log::{Deed, Incident, Log, WalkIn};
use crate::documents::roster::Roster;
use crate::documents::rulings::Rulings;
use crate::ids::{EventId, PersonId, Subject, WalkInId};

pub use account::Account;
pub use across::{Across, Among, count_across, is_funded_by};
pub use anchors::{AnchorConflict, anchor_conflicts, newest_home_time};
pub use awards::{
    AwardsEvent, AwardsQuery, AwardsRecord, Basis, DayEvidence, Dispute, DisputeKind, Dossier, Doubt, EntryEvidence,
    Excluded, Named, Nominee, SessionEvidence, Verification, dossier,
};
pub use cards::{Card, cards};
pub use classes::Classes;
pub use clock::{ClockBasis, CorrectedTime, LogClocks};
pub use conflicts::{ConflictingValue, EventConflict, EventValue, FieldConflict, RulingConflict};
pub use contribution::Contribution;
pub use dates::date_at;
pub use figures::{Figure, Figures};
pub use found::{Asked, Found, RemoteLog, walk_ins};
pub use hours::{PersonDay, inside_now};
pub use letter_texts::{LetterText, LetterTexts, TextChange};
pub use letters::{LetterCheck, Newest, PublishedPeople, SignedBy, Standing, check_letter};
pub use notices::{Notice, NoticeKind};
pub use people::Attributes;
pub use places::Places;
pub use publications::Published;
pub use report::{
    Difference, PublishError, Report, ReportError, ReportRow, Reported, RowChange, compare, difference,
    plan_publication, report_as_published, view_as_published,
};
pub use sessions::{Inside, LastSeen, Session, SessionBasis};
pub use shifts::{ShiftAttendance, shift_attendance};
pub use sources::Sources;
pub use tally::{Breakdown, Dimension, Part};
pub use timeline::{Effect, Noted, Step, timeline};
pub use totals::Totals;
pub use warning::Warning;

use clock::Clocks;
use dates::Dates;
use decisions::Decisions;
use found::Findings;
use ledger::Ledger;

/// What is known of an event.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct EventView {
    /// Which records are ruled to be one human being.
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
    /// Who attended though nobody knows them here: their badge vouched for somebody newer than this replica's roster, or a
    /// program made the id up. An organizer looks at each. In ascending order; missing in JSON while there is nobody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unlisted_attended: Vec<Subject>,
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
    /// Who is one human being with whom of another event, as organizers ruled, in ascending order.
    pub elsewhere: Vec<Elsewhere>,
    /// Published reports, by number.
    pub publications: Vec<Published>,
    /// Sums over the whole event.
    pub totals: Totals,
}

/// Somebody of this event is one human being with somebody of another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
pub struct Elsewhere {
    /// The person or walk-in of this event.
    pub subject: Subject,
    /// The event to which the other record belongs.
    pub event: EventId,
    /// The person or walk-in of the other event.
    pub there: Subject,
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
    dates: Dates<'a>,
    ledger: Ledger<'a>,
    clocks: Clocks,
    classes: Classes,
    decisions: Decisions,
}

impl<'a> Known<'a> {
    fn of(event: &'a EventInfo, logs: Vec<&'a Log>, rulings: &Rulings) -> Self {
        let mut decisions = Decisions::standing(rulings);
        let dates = Dates::of(event);
        let ledger = Ledger::read(logs, &decisions.voided);
        decisions.settle_copies(&ledger);
        let clocks = Clocks::of(&ledger, &dates);
        let classes = Classes::of(&decisions.pairs);
        Self { event, dates, ledger, clocks, classes, decisions }
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
    let unlisted_attended = totals::unlisted_attended(roster, &found.walk_ins, &days, &known.classes);
    let totals = totals::sum(&known, &days, &withdrawn_attended);
    EventView {
        days,
        notices: notices::of(&known, roster, &found),
        elsewhere: known.decisions.elsewhere.iter().copied().collect(),
        publications: publications::of(rulings, &known),
        field_conflicts: conflicts::of_fields(roster, &known.clocks),
        event_conflicts: conflicts::of_event(event, &known.clocks),
        ruling_conflicts: conflicts::of_rulings(&known.decisions),
        withdrawn_attended,
        unlisted_attended,
        walk_ins: found.walk_ins,
        incidents: found.incidents,
        deeds: found.deeds,
        remote: found.remote,
        requests: found.requests,
        totals,
        classes: known.classes,
    }
}

/// Brings a view up to date after these subjects were checked in, checked out or noted as not having come, and nothing
/// else changed: the view becomes what [`project`] makes of the documents. Most of the work is saved.
pub fn project_passages(view: &mut EventView, sources: &Sources<'_>, subjects: &[Subject]) {
    let Sources { event, roster, logs, rulings } = sources;
    let known = Known::of(event, logs.clone(), rulings);
    if known.clocks.any_boot_returns() {
        *view = project(event, roster, logs, rulings);
        return;
    }
    let classes: BTreeSet<Subject> = subjects.iter().map(|subject| known.classes.leader_of(*subject)).collect();
    for class in classes {
        let from = view.days.partition_point(|day| day.class < class);
        let to = view.days.partition_point(|day| day.class <= class);
        view.days.splice(from..to, hours::days_of(&known, class));
    }
    view.withdrawn_attended = totals::withdrawn_attended(roster, &view.days, &known.classes);
    view.unlisted_attended = totals::unlisted_attended(roster, &view.walk_ins, &view.days, &known.classes);
    view.totals = totals::sum(&known, &view.days, &view.withdrawn_attended);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::arbitrary::{event_with_absurd_days, logs, roster, rulings};
    use super::*;
    use crate::documents::log::Record;

    proptest! {
        #[test]
        fn whatever_devices_and_organizers_write_every_order_of_logs_gives_one_view(
            (logs, shuffled) in logs().prop_flat_map(|logs| (Just(logs.clone()), Just(logs).prop_shuffle())),
            roster in roster(),
            rulings in rulings(),
        ) {
            let event = event_with_absurd_days();
            let view = project(&event, &roster, &logs, &rulings);
            prop_assert_eq!(project(&event, &roster, &shuffled, &rulings), view);
        }

        #[test]
        fn passages_added_to_a_view_make_what_all_documents_make(
            logs in logs(), roster in roster(), rulings in rulings(), last in any::<prop::sample::Index>(),
        ) {
            let event = event_with_absurd_days();
            let mut before = logs.clone();
            let mut moved = Vec::new();
            if !logs.is_empty() {
                // The last passages of one log have not been recorded yet.
                let entries = &mut before[last.index(logs.len())].entries;
                while let Some(Record::CheckIn(one) | Record::CheckOut(one) | Record::NoShow(one)) =
                    entries.last().map(|entry| entry.record.clone())
                {
                    moved.push(one.subject);
                    entries.pop();
                }
            }
            let mut view = project(&event, &roster, &before, &rulings);
            let sources = Sources { event: &event, roster: &roster, logs: logs.iter().collect(), rulings: &rulings };
            project_passages(&mut view, &sources, &moved);
            prop_assert_eq!(view, project(&event, &roster, &logs, &rulings));
        }

        #[test]
        fn no_time_of_anyone_counts_twice(logs in logs(), rulings in rulings()) {
            let view = project(&event_with_absurd_days(), &Roster::default(), &logs, &rulings);
            for days in view.days.chunk_by(|a, b| a.class == b.class) {
                let sessions = days.iter().flat_map(|day| &day.sessions);
                // A session without length has no time that could count twice: it may lie within a granted one.
                let mut sessions: Vec<&Session> = sessions.filter(|session| session.start < session.end).collect();
                sessions.sort_by_key(|session| (session.start, session.end));
                for pair in sessions.windows(2) {
                    prop_assert!(pair[0].end <= pair[1].start, "{:?} overlaps {:?}", pair[0], pair[1]);
                }
            }
        }
    }
}
