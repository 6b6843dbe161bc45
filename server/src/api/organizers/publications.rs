//! Reports that were published as revisions: v1, v2, and what each says that the one before did not.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::command::Command;
use sync_core::documents::rulings::Headline;
use sync_core::documents::state::Past;
use sync_core::view::{
    EventView, LetterText, PublishError, Published, Report, ReportError, ReportRow, Reported, TextChange, compare,
    plan_publication, view_as_published,
};

use super::Written;
use super::fresh::{Fresh, Had};
use super::person::called;
use super::walk_ins::Moment;
use crate::api::body::Body;
use crate::api::callers::{OrganizerOf, Writing};
use crate::api::described::Created;
use crate::api::place::PublicationInPath;
use crate::app::App;
use crate::error::{Denial, Problem};
use crate::views::Seen;

/// A report that was published.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownPublication {
    /// The number of the report: v1, v2, …
    pub number: u32,
    /// The ruling that published it.
    pub ruling: String,
    /// Why, in the organizer's words.
    pub note: String,
    /// Which device published it.
    pub by: String,
    /// When it was published, by home's clock.
    pub time: Moment,
    /// What it said in sum; times in milliseconds.
    pub headline: BTreeMap<String, u64>,
    /// SHA-256 of what it said.
    pub digest: String,
    /// By which edition of the rules of time and hours it was computed.
    pub rules_edition: u32,
    /// The ruling that published the newest report, if this one is no longer it.
    pub superseded_by: Option<String>,
    /// Two organizers published under one number without having seen each other's.
    pub number_taken_twice: bool,
    /// Whether everything is here that says what it rests on.
    pub complete: bool,
}

/// The answer of `GET /v1/events/{event}/publications`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownPublications {
    /// The published reports, in the order of their numbers.
    pub publications: Vec<KnownPublication>,
}

/// The figures of a headline by their names.
fn figures(headline: &Headline) -> BTreeMap<String, u64> {
    let value = serde_json::to_value(headline).unwrap_or_default();
    let fields = value.as_object().into_iter().flatten();
    fields.filter_map(|(name, value)| Some((name.clone(), value.as_u64()?))).collect()
}

fn known(published: &Published) -> KnownPublication {
    KnownPublication {
        number: published.publication.number,
        ruling: published.id.to_string(),
        note: published.note.clone(),
        by: published.by.to_string(),
        time: published.time.into(),
        headline: figures(&published.publication.headline),
        digest: published.publication.digest.to_string(),
        rules_edition: published.publication.edition.0,
        superseded_by: published.superseded_by.map(|ruling| ruling.to_string()),
        number_taken_twice: published.number_taken_twice,
        complete: published.complete,
    }
}

/// `GET /v1/events/{event}/publications`.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`].
pub async fn list(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    had: Had,
) -> Result<Fresh<KnownPublications>, Denial> {
    app.fresh(&by, event, had, |seen| {
        Ok(KnownPublications { publications: seen.view.publications.iter().map(known).collect() })
    })
    .await
}

/// The body of `POST /v1/events/{event}/publications`.
#[derive(Serialize, Deserialize, Debug, Clone, Default, JsonSchema)]
#[serde(default)]
pub struct Publish {
    /// Why; at most 500 characters.
    pub note: String,
}

/// `POST /v1/events/{event}/publications`: publishes what the event says now as the next revision.
///
/// # Errors
/// As for every write; [`Problem::NOTHING_TO_PUBLISH`], [`Problem::NOTHING_NEW`].
pub async fn publish(
    State(app): State<Arc<App>>,
    writing: Writing,
    Body(body): Body<Publish>,
) -> Result<Created<Written>, Denial> {
    if body.note.chars().count() > 500 {
        return Err(Denial::of_field(Problem::BAD_FIELD, "note", "500 characters at the most"));
    }
    let (id, note) = (writing.ruling("publication"), body.note.clone());
    let plan = move |seen: &Seen| {
        let rulings = plan_publication(seen.ledger.documents(), id, &note).map_err(|error| match error {
            PublishError::NothingToPublish => Problem::NOTHING_TO_PUBLISH,
            PublishError::NothingNew { .. } => Problem::NOTHING_NEW,
        })?;
        Ok(rulings.into_iter().map(|(id, ruling)| Command::Rule(id, ruling)).collect())
    };
    let written = app.write_as_seen(&writing, writing.command.clone(), &body, Arc::new(plan)).await?;
    Ok(Created(Written { rulings: vec![id.to_string()], ..written }))
}

/// A row that two reports do not share.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownRowChange {
    /// The id by which the human being is known.
    pub class: String,
    /// What they are called.
    pub name: String,
    /// The date in the event's time zone.
    pub date: String,
    /// As the earlier report has it, by basis, in milliseconds.
    pub before: Option<BTreeMap<String, u64>>,
    /// As the later report has it.
    pub after: Option<BTreeMap<String, u64>>,
}

/// A text that letters of two reports print differently.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownTextChange {
    /// About whom; `null` for a text about the event.
    pub class: Option<String>,
    /// `names`, `codes`, `sites`, `event_name`, `organisation` or `site_name`.
    pub text: String,
    /// On which date, where it is `sites`.
    pub date: Option<String>,
    /// The site's key, where it is `site_name`.
    pub site: Option<String>,
    /// As the earlier report has it.
    pub before: String,
    /// As the later report has it.
    pub after: String,
}

impl From<&TextChange> for KnownTextChange {
    fn from(change: &TextChange) -> Self {
        let date = if let LetterText::Sites(date) = &change.text { Some(date.to_string()) } else { None };
        let site = if let LetterText::SiteName(site) = &change.text { Some(site.clone()) } else { None };
        Self {
            class: change.class.map(|class| class.to_string()),
            text: change.text.key().to_owned(),
            date,
            site,
            before: change.before.clone(),
            after: change.after.clone(),
        }
    }
}

/// What a report says that the one before did not.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownDifference {
    /// The number of the report.
    pub number: u32,
    /// The one before; none for the first.
    pub since: Option<u32>,
    /// As it is announced: `+3 people, +11.5 h, 1 name changed`.
    pub text: String,
    /// The earlier in sum.
    pub before: BTreeMap<String, u64>,
    /// The later in sum.
    pub after: BTreeMap<String, u64>,
    /// By person and date.
    pub rows: Vec<KnownRowChange>,
    /// Names and other texts of letters.
    pub texts: Vec<KnownTextChange>,
    /// Whether only the sums are compared, because one of the two cannot be computed any more.
    pub sums_only: bool,
}

/// The report with this number; the last, where two organizers took it.
///
/// # Errors
/// [`Problem::UNKNOWN_PUBLICATION`].
pub fn publication(seen: &Seen, number: u32) -> Result<&Published, Denial> {
    let found = seen.view.publications.iter().rfind(|one| one.publication.number == number);
    Ok(found.ok_or(Problem::UNKNOWN_PUBLICATION)?)
}

/// What a published report says, and what the event said then.
///
/// # Errors
/// [`Problem::NOT_REPRODUCED`], [`Problem::OTHER_RULES`].
pub fn as_published(seen: &Seen, published: &Published) -> Result<(EventView, Past), Denial> {
    let documents = seen.ledger.documents();
    let view = view_as_published(documents, published).map_err(|error| match error {
        ReportError::OtherRules { .. } => Problem::OTHER_RULES,
        ReportError::NotHere(_) | ReportError::Differs { .. } => Problem::NOT_REPRODUCED,
    })?;
    let past = documents.as_published(&published.publication).map_err(|_| Problem::NOT_REPRODUCED)?;
    Ok((view, past))
}

fn bases(row: &ReportRow) -> BTreeMap<String, u64> {
    let ReportRow { observed_ms, imputed_ms, manual_ms, verified_ms, .. } = *row;
    let all = [("observed", observed_ms), ("imputed", imputed_ms), ("manual", manual_ms), ("verified", verified_ms)];
    all.map(|(name, ms)| (format!("{name}_ms"), ms)).into()
}

/// `GET /v1/events/{event}/publications/{number}/difference`: since the one before.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::UNKNOWN_PUBLICATION`].
pub async fn since_before(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    PublicationInPath(number): PublicationInPath,
    had: Had,
) -> Result<Fresh<KnownDifference>, Denial> {
    app.fresh(&by, event, had, move |seen| {
        let documents = seen.ledger.documents();
        let after = Reported::of(documents, publication(seen, number)?);
        let numbers = seen.view.publications.iter().map(|one| one.publication.number);
        let since = numbers.filter(|one| *one < number).max();
        let before = match since {
            Some(since) => Reported::of(documents, publication(seen, since)?),
            None => Reported::Whole(Box::new(Report::nothing())),
        };
        let difference = compare(&before, &after);
        let rows = difference.rows.iter().filter_map(|change| {
            let row = change.after.or(change.before)?;
            Some(KnownRowChange {
                class: row.class.to_string(),
                name: called(seen, row.class),
                date: row.date.to_string(),
                before: change.before.as_ref().map(bases),
                after: change.after.as_ref().map(bases),
            })
        });
        Ok(KnownDifference {
            number,
            since,
            text: difference.to_string(),
            before: figures(&difference.before),
            after: figures(&difference.after),
            rows: rows.collect(),
            texts: difference.texts.iter().map(KnownTextChange::from).collect(),
            sums_only: difference.sums_only,
        })
    })
    .await
}
