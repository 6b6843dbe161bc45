//! What an event is, and how it stands.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::command::Command;
use sync_core::documents::event::{DayHours, Site};
use sync_core::replica::ledger::Ledger;
use sync_core::time::date_of_day;
use sync_core::view::EventValue;

use super::Written;
use super::fresh::{Fresh, Had};
use super::list::{Page, page, page_limit, read_cursor};
use super::walk_ins::{AskPage, Moment};
use crate::api::body::Body;
use crate::api::callers::{OrganizerOf, Writing};
use crate::api::place::Asked;
use crate::app::App;
use crate::error::{Denial, Problem};
use crate::event_plan::{EventPlan, PlanError, Text};

/// A day of the event.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
pub struct KnownEventDay {
    /// The date in the event's time zone.
    pub date: String,
    /// Minutes after the midnight with which the date begins.
    pub opens: u16,
    /// Minutes after the same midnight: 1440 and more is on the next date.
    pub closes: u16,
}

/// A place with a gate.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
pub struct KnownSite {
    /// The site's key, to which records refer.
    pub site: String,
    /// What people call it.
    #[serde(default)]
    pub name: Text,
}

/// The answer of `GET /v1/events/{event}`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Summary {
    /// The id of the event, as 32 hexadecimal digits.
    pub event: String,
    /// The revision of the event that is shown.
    pub revision: u64,
    /// What it is called.
    pub name: Text,
    /// The IANA name of the time zone.
    pub time_zone: String,
    /// The days of the event, in order.
    pub days: Vec<KnownEventDay>,
    /// The sites, in the order of their keys.
    pub sites: Vec<KnownSite>,
    /// How many people are on the roster.
    pub people: usize,
    /// How many people were registered at gates.
    pub walk_ins: usize,
    /// Human beings who came.
    pub attended: u64,
    /// What counts, in milliseconds.
    pub verified_ms: u64,
    /// How many fields of people are contested.
    pub conflicts: usize,
    /// Contested statements about the event itself.
    pub event_conflicts: usize,
    /// Pairs that are ruled both ways.
    pub ruling_conflicts: usize,
    /// Days with imputed time that nobody confirmed.
    pub unconfirmed_days: usize,
    /// Withdrawn people who came all the same.
    pub withdrawn_attended: usize,
    /// The ids of those who came and are neither on the roster nor registered at a gate, the first 100; missing while there is
    /// nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unlisted_attended: Vec<String>,
    /// Whom home will erase because their time is nearly over; missing while that is nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<KnownRetention>,
    /// Why an erasure that home forgot, because it was restored from an older copy, cannot be repeated yet; missing while
    /// there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erasure_waits: Option<String>,
}

/// So many of those who came and are on no list are named.
const UNLISTED_NAMED: usize = 100;

/// The time is nearly over for which an event keeps personal data.
#[derive(Serialize, Deserialize, Debug, JsonSchema, Clone, Copy)]
pub struct KnownRetention {
    /// How many people will be erased.
    pub people: u32,
    /// When, in milliseconds since 1970, if the server runs until then and nothing is recorded or edited before.
    pub due_ms: i64,
}

/// `GET /v1/events/{event}`.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`].
pub async fn summary(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    had: Had,
) -> Result<Fresh<Summary>, Denial> {
    let notice = app.store.read(move |store| store.retention_notice(event)).await?;
    let retention = notice.map(|notice| KnownRetention { people: notice.people, due_ms: notice.due.0 });
    let erasure_waits = app.forgotten_eras.stopped_in(event).map(|why| why.detail.to_owned());
    // What is told of retention and of erasures changes without the event.
    app.fresh_by_content(&by, event, had, move |seen| {
        let (documents, view) = (seen.ledger.documents(), &seen.view);
        let info = documents.info();
        let day = |(day, hours): (&i64, &DayHours)| {
            let (opens, closes) = hours.span();
            KnownEventDay { date: date_of_day(*day).to_string(), opens, closes }
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
            event_conflicts: view.event_conflicts.len(),
            ruling_conflicts: view.ruling_conflicts.len(),
            unconfirmed_days: view.days.iter().filter(|day| super::hours::waits_for_confirmation(day)).count(),
            withdrawn_attended: view.withdrawn_attended.len(),
            unlisted_attended: view.unlisted_attended.iter().take(UNLISTED_NAMED).map(ToString::to_string).collect(),
            retention,
            erasure_waits,
        })
    })
    .await
}

/// `GET /v1/events/{event}/plan`: everything that an event says of itself, as PATCH takes it.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`].
pub async fn plan(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    had: Had,
) -> Result<Fresh<EventPlan>, Denial> {
    app.fresh(&by, event, had, |seen| Ok(EventPlan::of(seen.ledger.documents().info()))).await
}

/// `PATCH /v1/events/{event}`: what the body says differently is written, what it leaves out stays, what it names under
/// `remove` goes. Also how a contested statement is decided.
///
/// # Errors
/// As for every write; [`Problem::BAD_FIELD`].
pub async fn edit(
    State(app): State<Arc<App>>,
    writing: Writing,
    Body(body): Body<EventPlan>,
) -> Result<Json<Written>, Denial> {
    if body == EventPlan::default() {
        return Err(Denial::of_field(Problem::BAD_FIELD, "body", "no field is given"));
    }
    let plan = body.clone();
    let news = move |ledger: &Ledger| {
        let news = plan.news(ledger.documents().info());
        let news = news.map_err(|PlanError { field, what }| Denial::of_field(Problem::BAD_FIELD, &field, what))?;
        Ok(news.into_iter().map(Command::EditEvent).collect())
    };
    Ok(Json(app.write(&writing, &body, news).await?))
}

/// One of several concurrent statements.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownStatementOfEvent {
    /// The body of the PATCH that would choose it.
    pub choose: EventPlan,
    /// Which device wrote it.
    pub by: String,
    /// What that device is called.
    pub by_name: String,
    /// When it was written, by home's clock.
    pub time: Moment,
}

/// A statement about the event that several organizers made without having seen each other's.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownEventConflict {
    /// Its stable name, e.g. `team.T1`.
    pub statement: String,
    /// Two or more; until somebody chooses, the last is shown.
    pub values: Vec<KnownStatementOfEvent>,
}

/// `GET /v1/events/{event}/event-conflicts`, in the order of statements.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_CURSOR`].
pub async fn conflicts(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    Asked(asked): Asked<AskPage>,
    had: Had,
) -> Result<Fresh<Page<KnownEventConflict>>, Denial> {
    let limit = page_limit(asked.limit)?;
    let after = read_cursor(asked.after.as_deref(), |text| Some(text.to_owned()))?;
    app.fresh(&by, event, had, move |seen| {
        let value = |value: &EventValue| KnownStatementOfEvent {
            choose: EventPlan::saying(&value.value),
            by: value.by.to_string(),
            by_name: seen.ledger.grant(value.by).map(|grant| grant.name.clone()).unwrap_or_default(),
            time: value.time.into(),
        };
        let conflicts = seen.view.event_conflicts.iter();
        let from = conflicts.filter(|one| after.as_ref().is_none_or(|after| one.register > *after));
        let known = from.map(|one| KnownEventConflict {
            statement: one.register.clone(),
            values: one.values.iter().map(value).collect(),
        });
        Ok(page(known, limit, |conflict| conflict.statement.clone()))
    })
    .await
}
