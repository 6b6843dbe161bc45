//! What an event is, and how it stands.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::command::Command;
use sync_core::documents::event::{DayHours, EventEdit, LocalText, Site};
use sync_core::time::{date_of_day, day_of_date};

use super::Written;
use super::fresh::{Fresh, Had};
use super::hours::read_date;
use crate::api::Body;
use crate::api::visitor::{OrganizerOf, Writing};
use crate::error::{Denial, Problem};
use crate::router::App;

/// A text in three languages.
#[derive(Serialize, Deserialize, Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[serde(default)]
pub struct Text {
    /// Kazakh.
    pub kk: String,
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

impl From<LocalText> for Text {
    fn from(LocalText { kk, ru, en }: LocalText) -> Self {
        Self { kk, ru, en }
    }
}

impl From<Text> for LocalText {
    fn from(Text { kk, ru, en }: Text) -> Self {
        Self { kk, ru, en }
    }
}

/// A day of the event.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
pub struct KnownEventDay {
    /// The date in the event's time zone.
    pub date: String,
    /// Minutes after midnight.
    pub opens: u16,
    /// Minutes after midnight.
    pub closes: u16,
}

/// A place with a gate.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
pub struct KnownSite {
    /// Short and stable.
    pub site: String,
    /// What people call it.
    #[serde(default)]
    pub name: Text,
}

/// `GET /v1/events/{event}`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Summary {
    /// Its id.
    pub event: String,
    /// Where it stands.
    pub revision: u64,
    /// What it is called.
    pub name: Text,
    /// IANA name.
    pub time_zone: String,
    /// In order.
    pub days: Vec<KnownEventDay>,
    /// By key.
    pub sites: Vec<KnownSite>,
    /// On the roster.
    pub people: usize,
    /// Registered at gates.
    pub walk_ins: usize,
    /// Human beings who came.
    pub attended: u64,
    /// What counts, in milliseconds.
    pub verified_ms: u64,
    /// Contested fields.
    pub conflicts: usize,
    /// Pairs that are ruled both ways.
    pub ruling_conflicts: usize,
    /// Days with imputed time that nobody confirmed.
    pub unconfirmed_days: usize,
    /// Withdrawn people who came all the same.
    pub withdrawn_attended: usize,
}

/// `GET /v1/events/{event}`.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`].
pub async fn summary(
    State(app): State<Arc<App>>,
    OrganizerOf { event, .. }: OrganizerOf,
    had: Had,
) -> Result<Fresh<Summary>, Denial> {
    app.fresh(event, had, move |seen| {
        let (documents, view) = (seen.ledger.documents(), &seen.view);
        let info = documents.info();
        let day = |(day, hours): (&i64, &DayHours)| KnownEventDay {
            date: date_of_day(*day).to_string(),
            opens: hours.opens,
            closes: hours.closes,
        };
        let site = |(key, site): (&String, &Site)| KnownSite { site: key.clone(), name: site.name.clone().into() };
        Ok(Summary {
            event: event.to_string(),
            revision: seen.ledger.cursor().revision.0,
            name: info.name.clone().into(),
            time_zone: info.zone.name.clone(),
            days: info.days.iter().map(day).collect(),
            sites: info.sites.iter().map(site).collect(),
            people: documents.roster().people.len(),
            walk_ins: view.walk_ins.len(),
            attended: view.totals.attended,
            verified_ms: view.totals.figures.verified_ms,
            conflicts: view.field_conflicts.len(),
            ruling_conflicts: view.ruling_conflicts.len(),
            unconfirmed_days: view.days.iter().filter(|day| super::hours::waits_for_confirmation(day)).count(),
            withdrawn_attended: view.withdrawn_attended.len(),
        })
    })
    .await
}

/// `PATCH /v1/events/{event}`: what is left out stays.
#[derive(Serialize, Deserialize, Debug, Clone, Default, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EventPatch {
    /// What it is called.
    pub name: Option<Text>,
    /// Days to add or to change.
    pub days: Vec<KnownEventDay>,
    /// Dates that are none of its days any more.
    pub days_off: Vec<String>,
    /// Sites to add or to rename.
    pub sites: Vec<KnownSite>,
    /// Keys of sites that are none of its any more.
    pub sites_off: Vec<String>,
}

/// `PATCH /v1/events/{event}`: its name, days and sites.
///
/// # Errors
/// As for every write; [`Problem::BAD_FIELD`].
pub async fn edit(
    State(app): State<Arc<App>>,
    writing: Writing,
    Body(body): Body<EventPatch>,
) -> Result<Json<Written>, Denial> {
    let mut edits: Vec<EventEdit> = body.name.clone().map(|name| EventEdit::Name(name.into())).into_iter().collect();
    for day in &body.days {
        let hours = DayHours { opens: day.opens, closes: day.closes };
        edits.push(EventEdit::Day { day: day_of_date(read_date(&day.date)?), hours: Some(hours) });
    }
    for date in &body.days_off {
        edits.push(EventEdit::Day { day: day_of_date(read_date(date)?), hours: None });
    }
    for site in &body.sites {
        let named = Site { name: site.name.clone().into() };
        edits.push(EventEdit::Site { key: site.site.clone(), site: Some(named) });
    }
    edits.extend(body.sites_off.iter().map(|key| EventEdit::Site { key: key.clone(), site: None }));
    if edits.is_empty() {
        return Err(Denial::of_field(Problem::BAD_FIELD, "body", "no field is given"));
    }
    let commands = edits.into_iter().map(Command::EditEvent).collect();
    Ok(Json(app.write(&writing, &body, move |_| Ok(commands)).await?))
}
