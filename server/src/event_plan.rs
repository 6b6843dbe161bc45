//! What an event is, as people write it: names, time zone, days, sites, and the plan. A file for the command line, a body
//! over HTTP.
//!
//! Owns how a plan is written and which statements about the event it makes. What it leaves out stays as it is; what is
//! to go is named under `remove`.

mod edits;
mod parts;
mod rules;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::documents::event::{EventEdit, EventInfo};

pub use parts::{
    CardCounts, CardPart, CategoryPart, DayPart, GrantPart, ShiftPart, SitePart, TaskPart, TeamPart, Text,
};
pub use rules::{ColumnName, ColumnPart, MarkersReadPart, MinorsPart, SilverPart};

/// What is wrong with a plan, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {what}")]
pub struct PlanError {
    /// In which field, and of what.
    pub field: String,
    /// What is wrong, in words for whoever wrote the plan.
    pub what: String,
}

impl PlanError {
    fn new(field: &str, what: String) -> Self {
        Self { field: field.to_owned(), what }
    }
}

/// A plan, or a part of one.
#[derive(Serialize, Deserialize, Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EventPlan {
    /// What the event is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// The IANA name of the time zone, e.g. `Asia/Qyzylorda`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The days of the event, with their opening hours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<DayPart>,
    /// The places with a gate.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<SitePart>,
    /// Which logs the devices of markers read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markers_read: Option<MarkersReadPart>,
    /// The teams that work together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<TeamPart>,
    /// The shifts for which people are wanted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shifts: Vec<ShiftPart>,
    /// The cards that are offered in the field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<CardPart>,
    /// The categories of participants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<CategoryPart>,
    /// What is done from anywhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remote_tasks: Vec<TaskPart>,
    /// Who pays for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<GrantPart>,
    /// For how many hours at a stretch somebody can be observed, from 1 to 24; 12 where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_stretch: Option<u8>,
    /// By which edition devices may write; raised once the programs on all devices know it, and never lowered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speaks: Option<u16>,
    /// Who is a minor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minors: Option<MinorsPart>,
    /// Who counts as a silver volunteer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silver: Option<SilverPart>,
    /// How many days after the last day personal data is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// The region where it takes place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The organisation that holds the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// What columns of lists mean, mapped by hand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnPart>,
    /// What is none of its any more. What was recorded there stays.
    #[serde(skip_serializing_if = "Removed::is_nothing")]
    pub remove: Removed,
}

/// What an event has no more, each by its key.
#[derive(Serialize, Deserialize, Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Removed {
    /// The dates that are taken off the event.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub days: Vec<Date>,
    /// The keys of the sites that go.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<String>,
    /// The keys of the teams that go.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
    /// The keys of the shifts that go.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shifts: Vec<String>,
    /// The keys of the cards that go.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<String>,
    /// The keys of the categories that go.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Keys of remote tasks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remote_tasks: Vec<String>,
    /// The ids of the grants that go.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<String>,
    /// The columns whose meaning is forgotten.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnName>,
    /// Nothing is said of how long somebody can be observed at a stretch.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub longest_stretch: bool,
    /// Nobody counts as a silver volunteer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub silver: bool,
    /// Nobody says how long personal data is kept.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub retention_days: bool,
    /// It names no region.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub region: bool,
    /// It names nobody who holds it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub organisation: bool,
}

impl Removed {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl EventPlan {
    /// What an organizer would enter to make `now` what the plan says: the statements that are news, or that choose among
    /// several.
    ///
    /// # Errors
    /// [`PlanError`] for an unknown time zone, a time that is none, a key that is not there to be removed.
    pub fn news(&self, now: &EventInfo) -> Result<Vec<EventEdit>, PlanError> {
        Ok(self.edits(now)?.into_iter().filter(|edit| now.is_news(edit)).collect())
    }

    /// Moves the event so that its first day is `first`: its days and shifts, and when remote work is done.
    pub fn begin_on(&mut self, first: Date) {
        let Some(before) = self.days.iter().map(|day| day.date).min() else { return };
        let by = before.until(first).unwrap_or_default();
        let moved = |date: Date| date.saturating_add(by);
        self.days.iter_mut().for_each(|day| day.date = moved(day.date));
        self.shifts.iter_mut().for_each(|shift| shift.date = moved(shift.date));
        for task in &mut self.remote_tasks {
            (task.from, task.until) = (moved(task.from), moved(task.until));
        }
    }

    /// What an event needs to begin with.
    ///
    /// # Errors
    /// [`PlanError`] for one without a name, a time zone or a day.
    pub fn check_founding(&self) -> Result<(), PlanError> {
        let missing = |field: &str, what: &str| Err(PlanError::new(field, what.to_owned()));
        match self {
            Self { name: None, .. } => missing("name", "an event has a name"),
            Self { time_zone: None, .. } => missing("time_zone", "an event has a time zone"),
            Self { days, .. } if days.is_empty() => missing("days", "an event has at least one day"),
            _ => Ok(()),
        }
    }
}
