//! What somebody must choose. The choice is an ordinary edit or an ordinary retraction.

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::documents::roster::PersonField;
use sync_core::ids::{PersonId, Subject};
use sync_core::view::FieldConflict;

use super::fresh::{Fresh, Had};
use super::list::{Page, page, page_limit, read_cursor};
use super::person::{PersonPatch, called};
use super::walk_ins::{AskPage, Moment};
use crate::api::place::Asked;
use crate::api::visitor::OrganizerOf;
use crate::error::Denial;
use crate::router::App;
use crate::views::Seen;

/// One of several concurrent values.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownValue {
    /// As a person would read it.
    pub text: String,
    /// The body of the PATCH that would choose it.
    pub choose: PersonPatch,
    /// Which device wrote it.
    pub by: String,
    /// What that device is called.
    pub by_name: String,
    /// When.
    pub time: Moment,
}

/// A field that several people edited without having seen each other's value.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownConflict {
    /// Whose.
    pub person: String,
    /// What they are called.
    pub name: String,
    /// Which field.
    pub field: String,
    /// Two or more; until somebody chooses, the last is shown.
    pub values: Vec<KnownValue>,
}

fn known(seen: &Seen, conflict: &FieldConflict) -> KnownConflict {
    let values = conflict.values.iter().map(|value| KnownValue {
        text: value.text.clone(),
        choose: PersonPatch::of(&value.value),
        by: value.by.to_string(),
        by_name: seen.ledger.grant(value.by).map(|grant| grant.name.clone()).unwrap_or_default(),
        time: value.time.into(),
    });
    KnownConflict {
        person: conflict.person.to_string(),
        name: called(seen, Subject::Person(conflict.person)),
        field: conflict.field.to_string(),
        values: values.collect(),
    }
}

/// `GET /v1/events/{event}/conflicts`, in the order of ids and fields.
///
/// # Errors
/// [`crate::error::Problem::FORBIDDEN`], [`crate::error::Problem::UNKNOWN_EVENT`],
/// [`crate::error::Problem::BAD_CURSOR`].
pub async fn list(
    State(app): State<Arc<App>>,
    OrganizerOf { event, .. }: OrganizerOf,
    Asked(asked): Asked<AskPage>,
    had: Had,
) -> Result<Fresh<Page<KnownConflict>>, Denial> {
    let limit = page_limit(asked.limit)?;
    let after = read_cursor(asked.after.as_deref(), |text| {
        let (person, field) = text.split_once('.')?;
        Some((person.parse::<PersonId>().ok()?, PersonField::from_key(field)?))
    })?;
    app.fresh(event, had, move |seen| {
        let from = |conflict: &&FieldConflict| after.is_none_or(|after| (conflict.person, conflict.field) > after);
        let conflicts = seen.view.field_conflicts.iter().filter(from).map(|conflict| known(seen, conflict));
        Ok(page(conflicts, limit, |conflict| format!("{}.{}", conflict.person, conflict.field)))
    })
    .await
}

/// A pair that is ruled both the same and not the same.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownRulingConflict {
    /// One.
    pub a: String,
    /// The other.
    pub b: String,
    /// The rulings that join them.
    pub same: Vec<String>,
    /// The rulings that part them.
    pub not_same: Vec<String>,
}

/// `GET /v1/events/{event}/ruling-conflicts`, in the order of ids.
///
/// # Errors
/// As for [`list`].
pub async fn of_rulings(
    State(app): State<Arc<App>>,
    OrganizerOf { event, .. }: OrganizerOf,
    Asked(asked): Asked<AskPage>,
    had: Had,
) -> Result<Fresh<Page<KnownRulingConflict>>, Denial> {
    let limit = page_limit(asked.limit)?;
    let after = read_cursor(asked.after.as_deref(), |text| {
        let (a, b) = text.split_once('.')?;
        Some((a.parse::<Subject>().ok()?, b.parse::<Subject>().ok()?))
    })?;
    app.fresh(event, had, move |seen| {
        let from = seen.view.ruling_conflicts.iter().filter(|pair| after.is_none_or(|after| (pair.a, pair.b) > after));
        let ids = |rulings: &[sync_core::ids::RulingId]| rulings.iter().map(ToString::to_string).collect();
        let known = from.map(|pair| KnownRulingConflict {
            a: pair.a.to_string(),
            b: pair.b.to_string(),
            same: ids(&pair.same),
            not_same: ids(&pair.not_same),
        });
        Ok(page(known, limit, |pair| format!("{}.{}", pair.a, pair.b)))
    })
    .await
}
