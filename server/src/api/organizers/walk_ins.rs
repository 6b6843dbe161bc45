//! People who were registered at gates.

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::ids::{EntryRef, Subject};
use sync_core::view::ClockBasis;

use super::fresh::{Fresh, Had};
use super::list::{Page, page, page_limit, read_cursor};
use super::person::{KnownPerson, registered};
use crate::api::callers::OrganizerOf;
use crate::api::place::Asked;
use crate::app::App;
use crate::error::Denial;

/// Which page of a list is asked for.
#[derive(Deserialize, Debug, Default, JsonSchema)]
#[serde(default)]
pub struct AskPage {
    /// From the page before.
    pub after: Option<String>,
    /// How many at the most; 100 if nothing is said.
    pub limit: Option<usize>,
}

/// Points at one entry of one device's log.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
pub struct Entry {
    /// The device that recorded it.
    pub device: String,
    /// Which of its logs.
    pub incarnation: String,
    /// Its position in that log, from 0.
    pub counter: u64,
}

impl From<EntryRef> for Entry {
    fn from(entry: EntryRef) -> Self {
        let EntryRef { device, incarnation, counter } = entry;
        Self { device: device.to_string(), incarnation: incarnation.to_string(), counter }
    }
}

impl Entry {
    /// Reads it out of the field of a body.
    ///
    /// # Errors
    /// [`crate::error::Problem::BAD_FIELD`].
    pub fn read(&self, field: &str) -> Result<EntryRef, Denial> {
        Ok(EntryRef {
            device: super::read_id(&format!("{field}.device"), &self.device)?,
            incarnation: super::read_id(&format!("{field}.incarnation"), &self.incarnation)?,
            counter: self.counter,
        })
    }
}

/// A moment by home's clock.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
pub struct Moment {
    /// In milliseconds since 1970.
    pub at_ms: i64,
    /// `exact`, `estimated`, `bounded` or `unanchored`.
    pub basis: String,
}

impl From<sync_core::view::CorrectedTime> for Moment {
    fn from(time: sync_core::view::CorrectedTime) -> Self {
        let basis = match time.basis {
            ClockBasis::Exact => "exact",
            ClockBasis::Estimated => "estimated",
            ClockBasis::Bounded => "bounded",
            ClockBasis::Unanchored => "unanchored",
        };
        Self { at_ms: time.at.0, basis: basis.to_owned() }
    }
}

/// Somebody who was registered at a gate.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownWalkIn {
    /// As they were registered.
    pub person: KnownPerson,
    /// When they were registered, by home's clock.
    pub time: Moment,
    /// The entry that registers them.
    pub entry: Entry,
    /// Whether a ruling joins them to somebody else.
    pub joined: bool,
}

/// `GET /v1/events/{event}/walk-ins`, in the order of ids.
///
/// # Errors
/// [`crate::error::Problem::FORBIDDEN`], [`crate::error::Problem::UNKNOWN_EVENT`],
/// [`crate::error::Problem::BAD_CURSOR`].
pub async fn list(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    Asked(asked): Asked<AskPage>,
    had: Had,
) -> Result<Fresh<Page<KnownWalkIn>>, Denial> {
    let limit = page_limit(asked.limit)?;
    let after = read_cursor(asked.after.as_deref(), |text| text.parse::<Subject>().ok())?;
    app.fresh(&by, event, had, move |seen| {
        let mut last = None;
        let found = seen.view.walk_ins.iter().filter(|found| {
            let subject = Subject::WalkIn(found.what.id);
            after.is_none_or(|after| subject > after) && last.replace(subject) != Some(subject)
        });
        let known = found.map(|found| KnownWalkIn {
            joined: seen.view.classes.members_of(Subject::WalkIn(found.what.id)).len() > 1,
            person: registered(seen, found),
            time: found.time.into(),
            entry: found.entry.into(),
        });
        Ok(page(known, limit, |walk_in| walk_in.person.person.clone()))
    })
    .await
}
