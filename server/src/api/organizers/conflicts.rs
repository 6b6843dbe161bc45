//! What somebody must choose. The choice is an ordinary edit or an ordinary retraction.

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::documents::roster::PersonField;
use sync_core::ids::{EntryRef, PersonId, Subject};
use sync_core::time::Anchor;
use sync_core::view::{FieldConflict, anchor_conflicts};

use super::fresh::{Fresh, Had};
use super::list::{Page, page, page_limit, read_cursor};
use super::person::{PersonPatch, called};
use super::walk_ins::{AskPage, Entry, Moment};
use crate::api::callers::OrganizerOf;
use crate::api::place::Asked;
use crate::app::App;
use crate::error::Denial;
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
    /// When it was written, by home's clock.
    pub time: Moment,
}

/// A field that several people edited without having seen each other's value.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownConflict {
    /// The id of the person whose field it is.
    pub person: String,
    /// What they are called.
    pub name: String,
    /// The name of the contested field.
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
    OrganizerOf { event, by }: OrganizerOf,
    Asked(asked): Asked<AskPage>,
    had: Had,
) -> Result<Fresh<Page<KnownConflict>>, Denial> {
    let limit = page_limit(asked.limit)?;
    let after = read_cursor(asked.after.as_deref(), |text| {
        let (person, field) = text.split_once('.')?;
        Some((person.parse::<PersonId>().ok()?, PersonField::from_key(field)?))
    })?;
    app.fresh(&by, event, had, move |seen| {
        let from = |conflict: &&FieldConflict| after.is_none_or(|after| (conflict.person, conflict.field) > after);
        let conflicts = seen.view.field_conflicts.iter().filter(from).map(|conflict| known(seen, conflict));
        Ok(page(conflicts, limit, |conflict| format!("{}.{}", conflict.person, conflict.field)))
    })
    .await
}

/// A pair that is ruled both the same and not the same.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownRulingConflict {
    /// The id of one record.
    pub a: String,
    /// The id of the other record.
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
    OrganizerOf { event, by }: OrganizerOf,
    Asked(asked): Asked<AskPage>,
    had: Had,
) -> Result<Fresh<Page<KnownRulingConflict>>, Denial> {
    let limit = page_limit(asked.limit)?;
    let after = read_cursor(asked.after.as_deref(), |text| {
        let (a, b) = text.split_once('.')?;
        Some((a.parse::<Subject>().ok()?, b.parse::<Subject>().ok()?))
    })?;
    app.fresh(&by, event, had, move |seen| {
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

/// What a device knew of home's time at one moment.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownAnchor {
    /// The entry: a ruling voids it, if it is the wrong one.
    pub entry: Entry,
    /// The run of the device, from power-on to power-off.
    pub boot: u64,
    /// How long that run had lasted, in milliseconds.
    pub mono_ms: u64,
    /// What home's clock read, in milliseconds since 1970.
    pub home_ms: i64,
}

/// Two anchors of one log of which at least one is wrong.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownAnchorConflict {
    /// What the device is called.
    pub device_name: String,
    /// The one that was recorded first.
    pub earlier: KnownAnchor,
    /// The next anchor of the same log.
    pub later: KnownAnchor,
    /// By how many milliseconds they differ: of one run, so much further home's clock went than the device's; of two, so much
    /// after the earlier anchor the later run began, which is negative here.
    pub differ_ms: i64,
}

fn known_anchor(entry: EntryRef, anchor: Anchor) -> KnownAnchor {
    let Anchor { reading, home_ms } = anchor;
    KnownAnchor { entry: entry.into(), boot: reading.boot, mono_ms: reading.mono_ms, home_ms: home_ms.0 }
}

/// `GET /v1/events/{event}/anchor-conflicts`, in the order of devices and their entries.
///
/// # Errors
/// As for [`list`].
pub async fn of_anchors(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    Asked(asked): Asked<AskPage>,
    had: Had,
) -> Result<Fresh<Page<KnownAnchorConflict>>, Denial> {
    let limit = page_limit(asked.limit)?;
    let after = read_cursor(asked.after.as_deref(), |text| text.parse::<EntryRef>().ok())?;
    app.fresh(&by, event, had, move |seen| {
        let documents = seen.ledger.documents();
        let logs: Vec<_> = documents.logs().collect();
        let conflicts = anchor_conflicts(documents.info(), &logs, documents.rulings());
        let from = conflicts.iter().filter(|conflict| after.is_none_or(|after| conflict.later.0 > after));
        let known = from.map(|conflict| {
            let grant = seen.ledger.grant(conflict.later.0.device);
            let known = KnownAnchorConflict {
                device_name: grant.map(|grant| grant.name.clone()).unwrap_or_default(),
                earlier: known_anchor(conflict.earlier.0, conflict.earlier.1),
                later: known_anchor(conflict.later.0, conflict.later.1),
                differ_ms: conflict.differ_ms,
            };
            (conflict.later.0, known)
        });
        let Page { items, next } = page(known, limit, |(later, _)| later.to_string());
        Ok(Page { items: items.into_iter().map(|(_, known)| known).collect(), next })
    })
    .await
}
