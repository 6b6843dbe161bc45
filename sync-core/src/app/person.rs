//! Everything that an app may show of one human being, and what was recorded of them.

use super::people::{Listed, PersonRow};
use super::{device_name, people::Directory};
use crate::canonical::KnownKeys;
use crate::documents::event::EventInfo;
use crate::documents::log::Method;
use crate::documents::roster::{Roster, ShownPerson};
use crate::ids::{EntryRef, Subject};
use crate::replica::Replica;
use crate::time::{UnixMillis, date_of_day};
use crate::view::{ClockBasis, Effect, EventView, Noted, Sources, Step, timeline};

/// How old somebody may be at the event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum AgeGroup {
    /// Nobody said when they were born.
    Unknown,
    /// A guardian's consent is needed.
    NeedsConsent,
    /// Under age: not assigned to hazardous shifts.
    Minor,
    /// Of age.
    Adult,
}

/// A briefing that somebody heard.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct BriefingRow {
    /// The edition of the text that was read out.
    pub version: String,
    /// When it was noted, by home's clock.
    pub at: UnixMillis,
}

/// Everything that is known of one human being.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct PersonDetails {
    /// The same as in a list.
    pub row: PersonRow,
    /// The records of this human being, the one on the roster first: several where organizers ruled that they are one.
    pub records: Vec<Subject>,
    /// Every other spelling of the name.
    pub other_spellings: Vec<String>,
    /// The Gregorian year in which they were born.
    pub birth_year: Option<u16>,
    /// How old they may be at the event: of several records that say a year, the latest counts.
    pub age: AgeGroup,
    /// The keys of the participant categories to which they belong.
    pub categories: Vec<String>,
    /// The keys of the shifts to which they are assigned.
    pub shifts: Vec<String>,
    /// The dates of those shifts, in ISO 8601 and in order; empty where no shift says when they are expected.
    pub expected_on: Vec<String>,
    /// The guardian who consented, on the roster or at a gate.
    pub guardian: Option<String>,
    /// The briefings that they heard, the newest first.
    pub briefings: Vec<BriefingRow>,
}

/// One record of a human being, and what became of it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct TimelineRow {
    /// The entry that records it.
    pub entry: EntryRef,
    /// Whom it names: one record of the human being.
    pub subject: Subject,
    /// What was recorded: `check_in`, `check_out`, `no_show`, `walk_in`, `briefing`, `guardian_consent`, `incident`, `deed`,
    /// `remote_work` or `request`.
    pub kind: String,
    /// When it was recorded, by home's clock.
    pub at: UnixMillis,
    /// What the time rests on.
    pub basis: ClockBasis,
    /// What the device took for the time of day.
    pub wall_ms: UnixMillis,
    /// The key of the site, if the record names one.
    pub site: Option<String>,
    /// How they were found at the gate, if they were.
    pub method: Option<Method>,
    /// What people call the device that recorded it; none where it is not known here.
    pub device_name: Option<String>,
    /// What the record says in words: the edition of a briefing, the name of a guardian, what happened, what is asked for.
    pub text: Option<String>,
    /// What became of it.
    pub effect: Effect,
}

/// What is known of whoever is known as `class`; `None` if nobody here has heard of them.
pub(super) fn details(
    replica: &Replica,
    view: &EventView,
    directory: &Directory,
    class: Subject,
) -> Option<PersonDetails> {
    let listed = directory.listed_as(class)?;
    let mut row = directory.row(class)?;
    super::name_device(&mut row, replica);
    let shown = replica.shown();
    let steps = steps(replica, view, class);
    let of_roster: Vec<ShownPerson<'_>> = records_on(&shown.roster, listed).collect();
    let walk_ins = listed.records().iter().filter_map(|one| match one {
        Subject::WalkIn(id) => view.walk_in(*id),
        Subject::Person(_) => None,
    });
    let years = of_roster.iter().map(|person| *person.birth_year).chain(walk_ins.map(|found| found.what.birth_year));
    let years: Vec<u16> = years.flatten().collect();
    let first = |list: fn(&ShownPerson<'_>) -> Vec<String>| {
        of_roster.iter().map(list).find(|list| !list.is_empty()).unwrap_or_default()
    };
    let shifts = first(|person| person.shifts.clone());
    let on_roster = of_roster.iter().find_map(|person| person.guardian_consent.clone());
    let stands = || steps.iter().filter(|step| step.effect == Effect::Stands);
    let at_gate = || {
        stands().find_map(|step| match &step.what {
            Noted::GuardianConsent { guardian } => Some(guardian.clone()),
            _ => None,
        })
    };
    let briefings = stands().filter_map(|step| match &step.what {
        Noted::Briefing { version } => Some(BriefingRow { version: version.clone(), at: step.time.at }),
        _ => None,
    });
    Some(PersonDetails {
        records: listed.records().to_vec(),
        other_spellings: listed.other_spellings(),
        birth_year: years.first().copied(),
        // As the notices judge it: by any record of the human being.
        age: AgeGroup::of(&shown.event, years.iter().max().copied()),
        categories: first(|person| person.categories.clone()),
        expected_on: dates_of(&shown.event, &shifts),
        shifts,
        guardian: on_roster.or_else(at_gate),
        briefings: briefings.collect(),
        row,
    })
}

/// What was recorded of whoever is known as `subject`, the newest first.
pub(super) fn rows_of_timeline(replica: &Replica, view: &EventView, subject: Subject) -> Vec<TimelineRow> {
    let row = |step: Step| {
        let (kind, text) = match step.what {
            Noted::CheckIn => ("check_in", None),
            Noted::CheckOut => ("check_out", None),
            Noted::NoShow => ("no_show", None),
            Noted::WalkIn => ("walk_in", None),
            Noted::Briefing { version } => ("briefing", Some(version)),
            Noted::GuardianConsent { guardian } => ("guardian_consent", Some(guardian)),
            Noted::Incident { text } => ("incident", Some(text)),
            Noted::Deed { title } => ("deed", Some(title)),
            Noted::RemoteWork { task } => ("remote_work", Some(task)),
            Noted::Request { text } => ("request", Some(text)),
        };
        TimelineRow {
            entry: step.entry,
            subject: step.subject,
            kind: kind.to_owned(),
            at: step.time.at,
            basis: step.time.basis,
            wall_ms: step.wall_ms,
            site: step.site,
            method: step.method,
            device_name: device_name(replica, step.entry.device),
            text,
            effect: step.effect,
        }
    };
    steps(replica, view, subject).into_iter().map(row).collect()
}

fn steps(replica: &Replica, view: &EventView, subject: Subject) -> Vec<Step> {
    let shown = replica.shown();
    let logs = shown.logs.iter().map(AsRef::as_ref).collect();
    let sources = Sources { event: &shown.event, roster: &shown.roster, logs, rulings: &shown.rulings };
    timeline(&sources, view, subject)
}

fn records_on<'a>(roster: &'a Roster, listed: &'a Listed) -> impl Iterator<Item = ShownPerson<'a>> {
    listed.records().iter().filter_map(|one| match one {
        Subject::Person(id) => roster.people.get(id)?.shown(),
        Subject::WalkIn(_) => None,
    })
}

fn dates_of(event: &EventInfo, shifts: &[String]) -> Vec<String> {
    let planned = KnownKeys::of(&event.shifts);
    let mut days: Vec<i64> = shifts.iter().filter_map(|key| Some(planned.get(key)?.1.day)).collect();
    days.sort_unstable();
    days.dedup();
    days.into_iter().map(|day| date_of_day(day).to_string()).collect()
}

impl AgeGroup {
    fn of(event: &EventInfo, birth_year: Option<u16>) -> Self {
        match birth_year {
            None => Self::Unknown,
            Some(_) if event.needs_guardian(birth_year) => Self::NeedsConsent,
            Some(_) if event.is_minor(birth_year) => Self::Minor,
            Some(_) => Self::Adult,
        }
    }
}
