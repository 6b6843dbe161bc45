//! Sums over an event and over all events of an office, and what each figure rests on.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sync_core::documents::rulings::RulesEdition;
use sync_core::ids::EventId;
use sync_core::trust::Scope;
use sync_core::view::{Among, Breakdown, Contribution, Dimension, Figure, Part, count_across};

use super::fresh::{Fresh, Had};
use super::list::{Page, page, page_limit, read_cursor};
use super::walk_ins::Entry;
use crate::api::callers::{OrganizerOf, TotalsReader, TotalsReaderOf};
use crate::api::place::Asked;
use crate::api::visitor::Visitor;
use crate::app::App;
use crate::error::{Denial, Problem};

/// What one device contributed.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownDeviceShare {
    /// The id of the device that recorded it.
    pub device: String,
    /// What it is called.
    pub name: String,
    /// Whether home holds its key, for somebody who signed in with a browser.
    pub vouched: bool,
    /// How many entries of its logs are here.
    pub entries: u64,
}

/// One part of a breakdown, or the whole.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownPart {
    /// Which part; none is the whole, or the part of which nobody said which it is.
    pub key: Option<String>,
    /// Every figure by its name; times in milliseconds, categories of litter as `items: CATEGORY`.
    pub figures: BTreeMap<String, u64>,
}

/// The parts of the whole by one dimension.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownBreakdown {
    /// `region`, `organisation`, `category`, `team`, `site` or `day`.
    pub by: String,
    /// The parts, in the order of their keys.
    pub parts: Vec<KnownPart>,
    /// Whether what adds up counts in several parts: they sum to more than the whole.
    pub overlapping: bool,
}

/// The answer of `GET /v1/events/{event}/totals`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownTotals {
    /// The revision of the event that they sum up.
    pub revision: u64,
    /// The sums over the whole event.
    pub total: KnownPart,
    /// The sums by each dimension.
    pub breakdowns: Vec<KnownBreakdown>,
    /// Where they come from.
    pub devices: Vec<KnownDeviceShare>,
    /// By which edition of the rules of time and hours they are computed.
    pub rules_edition: u32,
}

fn part(part: &Part) -> KnownPart {
    let value = serde_json::to_value(part).unwrap_or_default();
    let mut figures = BTreeMap::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            Value::Number(number) => drop(figures.insert(name.clone(), number.as_u64().unwrap_or_default())),
            Value::Object(items) => figures
                .extend(items.iter().filter_map(|(item, count)| Some((format!("{name}: {item}"), count.as_u64()?)))),
            _ => {}
        }
    }
    KnownPart { key: part.key.clone(), figures }
}

fn breakdown(breakdown: &Breakdown) -> KnownBreakdown {
    KnownBreakdown {
        by: breakdown.dimension.key().to_owned(),
        parts: breakdown.parts.iter().map(part).collect(),
        overlapping: breakdown.overlapping,
    }
}

/// `GET /v1/events/{event}/totals`, for organizers and front offices.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`].
pub async fn totals(
    State(app): State<Arc<App>>,
    TotalsReaderOf { event, by }: TotalsReaderOf,
    had: Had,
) -> Result<Fresh<KnownTotals>, Denial> {
    app.fresh(&by, event, had, |seen| {
        let mut entries: BTreeMap<_, u64> = BTreeMap::new();
        for log in seen.ledger.documents().logs() {
            *entries.entry(log.device).or_default() += log.entries.len() as u64;
        }
        let devices = entries.into_iter().map(|(device, entries)| {
            let grant = seen.ledger.grant(device);
            KnownDeviceShare {
                device: device.to_string(),
                name: grant.map(|grant| grant.name.clone()).unwrap_or_default(),
                vouched: grant.is_some_and(|grant| grant.vouched.is_some()),
                entries,
            }
        });
        let account = seen.account();
        Ok(KnownTotals {
            revision: seen.ledger.cursor().revision.0,
            total: part(&account.total()),
            breakdowns: Dimension::ALL.iter().map(|dimension| breakdown(&account.by(*dimension))).collect(),
            devices: devices.collect(),
            rules_edition: RulesEdition::CURRENT.0,
        })
    })
    .await
}

/// Which figure's provenance is asked for.
#[derive(Deserialize, Debug, JsonSchema)]
pub struct AskProvenance {
    /// `observed`, `imputed`, `manual`, `verified`, `bags`, `grams`, `litres`, `metres`, `seedlings`, `square_metres`,
    /// `deeds`, or `items: CATEGORY`.
    pub figure: String,
    /// In one part of this breakdown only.
    #[serde(default)]
    pub by: Option<String>,
    /// Which part; none is the one of which nobody said which it is.
    #[serde(default)]
    pub key: Option<String>,
    /// From the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many at the most; 100 if nothing is said.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// One thing that a figure rests on.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownContribution {
    /// How much it adds to the figure.
    pub amount: u64,
    /// Whose time it is; none for cards and deeds.
    pub class: Option<String>,
    /// The date on which it counts.
    pub date: String,
    /// The key of the site, if it is known.
    pub site: Option<String>,
    /// The key of the team that it counts for, if there is one.
    pub team: Option<String>,
    /// The region that it counts for, if there is one.
    pub region: Option<String>,
    /// The organisation that it counts for, if there is one.
    pub organisation: Option<String>,
    /// The entries that show it.
    pub entries: Vec<Entry>,
    /// The ruling that grants it.
    pub ruling: Option<String>,
}

fn contribution(amount: u64, one: &Contribution) -> KnownContribution {
    KnownContribution {
        amount,
        class: one.class.map(|class| class.to_string()),
        date: one.date.to_string(),
        site: one.site.clone(),
        team: one.team.clone(),
        region: one.region.clone(),
        organisation: one.organisation.clone(),
        entries: one.entries.iter().copied().map(Entry::from).collect(),
        ruling: one.ruling.map(|ruling| ruling.to_string()),
    }
}

/// `GET /v1/events/{event}/provenance`: what a figure rests on, down to devices and entries. The amounts add up to it.
///
/// Its cursor names a place in the account of one revision: begin anew when the tag changes.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_FIELD`], [`Problem::BAD_CURSOR`].
pub async fn provenance(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    Asked(asked): Asked<AskProvenance>,
    had: Had,
) -> Result<Fresh<Page<KnownContribution>>, Denial> {
    let limit = page_limit(asked.limit)?;
    let wrong = |field: &str, why: &str| Denial::of_field(Problem::BAD_FIELD, field, why);
    let figure = Figure::from_key(&asked.figure).ok_or_else(|| wrong("figure", "there is no such figure"))?;
    let dimension = |by: &str| Dimension::from_key(by).ok_or_else(|| wrong("by", "there is no such breakdown"));
    let dimension = asked.by.as_deref().map(dimension).transpose()?;
    let stands = crate::views::tag(app.views.stands(event).await?);
    let begun = read_cursor(asked.after.as_deref(), |text| {
        let (tag, at) = text.split_once(' ')?;
        Some((tag.to_owned(), at.parse::<usize>().ok()?))
    })?;
    if begun.as_ref().is_some_and(|(tag, _)| *tag != stands) {
        return Err(Problem::BAD_CURSOR.into());
    }
    let from = begun.map_or(0, |(_, at)| at);
    app.fresh(&by, event, had, move |seen| {
        let account = seen.account();
        let all = account.provenance(&figure, dimension.map(|dimension| (dimension, asked.key.as_deref())));
        let numbered = all.enumerate().skip(from).map(|(at, (amount, one))| (at + 1, contribution(amount, one)));
        let tag = seen.tag();
        let Page { items, next } = page(numbered, limit, |(at, _)| format!("{tag} {at}"));
        Ok(Page { items: items.into_iter().map(|(_, one)| one).collect(), next })
    })
    .await
}

impl App {
    /// The events of an office, or all within the caller's rights, as far as they can be read together.
    ///
    /// # Errors
    /// [`Problem::FORBIDDEN`], [`Problem::TOO_MANY_EVENTS`].
    pub(super) async fn events_below(&self, by: &Visitor, node: Option<&str>) -> Result<Vec<EventId>, Denial> {
        let scope = self.scope_of(None, node)?;
        let own = by.scopes();
        if node.is_some() && !self.auth.tree().is_within(&own, &scope) {
            return Err(Problem::FORBIDDEN.into());
        }
        let scopes = if node.is_some() { vec![scope] } else { own };
        let mut events = self.events_within(by).await?;
        events.retain(|event| self.auth.tree().is_within(&scopes, &Scope::Event(*event)));
        if events.len() > ACROSS_LIMIT { Err(Problem::TOO_MANY_EVENTS.into()) } else { Ok(events) }
    }
}

/// So many events are summed up at once.
const ACROSS_LIMIT: usize = 64;

/// The events that are summed up.
#[derive(Deserialize, Debug, Default, JsonSchema)]
#[serde(default)]
pub struct AskAcross {
    /// The office, region or organisation; everything within the caller's rights if nothing is said.
    pub node: Option<String>,
}

/// The answer of `GET /v1/totals`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownAcross {
    /// Over all: every human being once.
    pub total: KnownPart,
    /// By event, whose id is the key. People who came to two count in both.
    pub events: Vec<KnownPart>,
    /// The sums by each dimension.
    pub breakdowns: Vec<KnownBreakdown>,
}

/// `GET /v1/totals`: over the events of an office, with every human being once.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::TOO_MANY_EVENTS`].
pub async fn across(
    State(app): State<Arc<App>>,
    TotalsReader(by): TotalsReader,
    Asked(asked): Asked<AskAcross>,
) -> Result<Json<KnownAcross>, Denial> {
    let events = app.events_below(&by, asked.node.as_deref()).await?;
    let reader = app.reader(&by)?;
    let mut seen = Vec::with_capacity(events.len());
    for event in events {
        seen.push((event, reader.snapshot(event).await?));
    }
    let counting = reader.compute(None, move || {
        let among: Vec<Among<'_>> =
            seen.iter().map(|(id, seen)| Among { id: *id, view: &seen.view, account: seen.account() }).collect();
        let across = count_across(&among, None);
        KnownAcross {
            total: part(&across.total),
            events: across.events.iter().map(part).collect(),
            breakdowns: across.breakdowns.iter().map(breakdown).collect(),
        }
    });
    Ok(Json(counting.await?))
}
