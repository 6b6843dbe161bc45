//! Who may be one human being: pairs to rule on, and what both records say, side by side. Rulings are made where all
//! are: see [`super::rulings`].

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::ids::{DeviceId, RulingId, Subject};
use sync_core::view::duplicates::{self, Candidate, CandidateState, Noted, PairRuling, Said, Weight};

use super::fresh::{Fresh, Had};
use super::list::{page, page_limit, read_cursor};
use super::person::{KnownPerson, find};
use super::walk_ins::{Entry, Moment};
use crate::api::callers::OrganizerOf;
use crate::api::place::{Asked, OtherInPath, SubjectInPath};
use crate::app::App;
use crate::error::{Denial, Problem};
use crate::views::Seen;

/// Which pairs are asked for.
#[derive(Deserialize, Debug, Default, JsonSchema)]
#[serde(default)]
pub struct AskPairs {
    /// From the page before.
    pub after: Option<String>,
    /// How many at the most; 100 if nothing is said.
    pub limit: Option<usize>,
    /// Also pairs that were ruled on, and pairs that follow from better ones.
    pub all: bool,
}

/// What was decided about a pair.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PairState {
    /// Nobody has ruled about it.
    Open,
    /// Rulings on other pairs make the two one.
    Joined,
    /// They are one human being.
    Same,
    /// They are two human beings.
    NotSame,
    /// Both was ruled; until one side is retracted, neither holds.
    Contested,
}

/// What one reason adds to a score.
#[derive(Serialize, Deserialize, Debug, Clone, JsonSchema)]
pub struct KnownReason {
    /// The reason's stable name.
    pub reason: String,
    /// In points of the score; negative where it speaks against the pair.
    pub points: i16,
}

/// A pair, as it is weighed.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Weighed {
    /// 500 to 1000; 0 where nothing but a ruling speaks of the pair.
    pub score: u16,
    /// Whether better pairs already join the two, so that ruling on those settles this one, too.
    pub follows: bool,
    /// What speaks for and against it.
    pub reasons: Vec<KnownReason>,
    /// What organizers ruled about the pair so far.
    pub state: PairState,
    /// The rulings that join them; to take one back, retract it.
    pub same: Vec<String>,
    /// The rulings that part them.
    pub not_same: Vec<String>,
}

/// Two records that may be one human being.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownPair {
    /// The smaller by id.
    pub a: KnownPerson,
    /// The record with the greater id.
    pub b: KnownPerson,
    /// What speaks for and against it, and what was decided.
    #[serde(flatten)]
    pub weighed: Weighed,
}

/// A page of pairs.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct PairPage {
    /// What stands on it, the best first.
    pub items: Vec<KnownPair>,
    /// For the parameter `after` of the next page; none if this is the last.
    pub next: Option<String>,
    /// So many records are too much alike to be compared one by one; there a pair may be missing.
    pub crowded: u32,
}

impl From<Weight> for KnownReason {
    fn from(Weight { reason, points }: Weight) -> Self {
        let named = serde_json::to_value(reason).ok();
        let reason = named.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        Self { reason, points }
    }
}

impl From<Candidate> for Weighed {
    fn from(Candidate { pair, state }: Candidate) -> Self {
        let ids = |rulings: Vec<RulingId>| rulings.iter().map(ToString::to_string).collect();
        let (state, same, not_same) = match state {
            CandidateState::Open => (PairState::Open, Vec::new(), Vec::new()),
            CandidateState::Joined => (PairState::Joined, Vec::new(), Vec::new()),
            CandidateState::Same(same) => (PairState::Same, ids(same), Vec::new()),
            CandidateState::NotSame(not_same) => (PairState::NotSame, Vec::new(), ids(not_same)),
            CandidateState::Contested { same, not_same } => (PairState::Contested, ids(same), ids(not_same)),
        };
        let reasons = pair.reasons.into_iter().map(KnownReason::from).collect();
        Self { score: pair.score, follows: pair.follows, reasons, state, same, not_same }
    }
}

/// The order of the list: the best first. A pair whose score changes meanwhile may come twice or not at all.
fn place(candidate: &Candidate) -> (u16, Subject, Subject) {
    (u16::MAX - candidate.pair.score, candidate.pair.a, candidate.pair.b)
}

/// `GET /v1/events/{event}/duplicates`, the best first.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_CURSOR`].
pub async fn list(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    Asked(asked): Asked<AskPairs>,
    had: Had,
) -> Result<Fresh<PairPage>, Denial> {
    let limit = page_limit(asked.limit)?;
    let after = read_cursor(asked.after.as_deref(), |text| {
        let mut parts = text.split('.');
        let (score, a, b) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some((score, a, b))
    })?;
    app.fresh_of_pairs(&by, event, had, move |seen, pairs| {
        let listed = duplicates::with_rulings(pairs, &seen.view, seen.ledger.documents().rulings());
        let is_open = |each: &Candidate| each.state == CandidateState::Open && !each.pair.follows;
        let wanted = listed.pairs.into_iter().filter(|each| asked.all || is_open(each));
        let from = wanted.filter(|each| after.is_none_or(|after| place(each) > after));
        let page = page(from, limit, |each| {
            let (score, a, b) = place(each);
            format!("{score}.{a}.{b}")
        });
        let known = page.items.into_iter().filter_map(|each| {
            let (a, b) = (find(seen, each.pair.a)?, find(seen, each.pair.b)?);
            Some(KnownPair { a, b, weighed: each.into() })
        });
        Ok(PairPage { items: known.collect(), next: page.next, crowded: listed.crowded })
    })
    .await
}

/// A value of a field, with its author.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownStatement {
    /// The name of the field.
    pub field: String,
    /// As a person would read it.
    pub text: String,
    /// Which device wrote it.
    pub by: String,
    /// What that device is called.
    pub by_name: String,
    /// When it was written, by home's clock.
    pub time: Moment,
}

/// Somebody at a gate.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownVisit {
    /// The date in the event's time zone.
    pub date: String,
    /// When they were seen, by home's clock.
    pub time: Moment,
    /// What was noted: `check_in`, `check_out` or `no_show`.
    pub what: String,
    /// The key of the site.
    pub site: String,
    /// The entry that says so.
    pub entry: Entry,
}

/// What one record says of a human being.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownSide {
    /// The record and what is known of it.
    pub person: KnownPerson,
    /// Field by field; a field with several concurrent values is there several times.
    pub statements: Vec<KnownStatement>,
    /// What gates noted of this record alone, by time.
    pub seen: Vec<KnownVisit>,
}

/// A ruling on a pair.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownPairRuling {
    /// By which it can be retracted.
    pub ruling: String,
    /// Whether it says that the two are one.
    pub same: bool,
    /// Why, in the organizer's words.
    pub reason: String,
    /// The id of the device that ruled.
    pub by: String,
    /// What that device is called.
    pub by_name: String,
    /// When it was ruled, by home's clock.
    pub time: Moment,
    /// Whether it was retracted.
    pub retracted: bool,
}

/// The answer of `GET /v1/events/{event}/duplicates/{person}/{other}`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct SideBySide {
    /// The smaller by id.
    pub a: KnownSide,
    /// The record with the greater id.
    pub b: KnownSide,
    /// The pair as it is listed; none where nothing speaks for it.
    pub pair: Option<Weighed>,
    /// What organizers ruled on the two; retracted rulings, too.
    pub rulings: Vec<KnownPairRuling>,
}

/// `GET /v1/events/{event}/duplicates/{person}/{other}`: the evidence, side by side.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::UNKNOWN_SUBJECT`]; [`Problem::BAD_FIELD`] for one record
/// named twice.
pub async fn evidence(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    SubjectInPath(person): SubjectInPath,
    OtherInPath(other): OtherInPath,
    had: Had,
) -> Result<Fresh<SideBySide>, Denial> {
    if person == other {
        return Err(Denial::of_field(Problem::BAD_FIELD, "other", "the two are one record: name two"));
    }
    app.fresh_of_pairs(&by, event, had, move |seen, pairs| {
        let listed = duplicates::with_rulings(pairs, &seen.view, seen.ledger.documents().rulings());
        let shown = duplicates::evidence(&seen.sources(), &seen.view, &listed, [person, other]);
        Ok(SideBySide {
            a: side(seen, shown.a)?,
            b: side(seen, shown.b)?,
            pair: shown.candidate.map(Weighed::from),
            rulings: shown.rulings.into_iter().map(|ruling| known_ruling(seen, ruling)).collect(),
        })
    })
    .await
}

fn name_of(seen: &Seen, device: DeviceId) -> String {
    seen.ledger.grant(device).map(|grant| grant.name.clone()).unwrap_or_default()
}

fn side(seen: &Seen, said: Said) -> Result<KnownSide, Denial> {
    let statements = said.statements.into_iter().map(|statement| KnownStatement {
        field: statement.field.to_string(),
        text: statement.text,
        by: statement.by.to_string(),
        by_name: name_of(seen, statement.by),
        time: statement.time.into(),
    });
    let visits = said.seen.into_iter().map(|visit| KnownVisit {
        date: visit.date.to_string(),
        time: visit.time.into(),
        what: match visit.what {
            Noted::CheckIn => "check_in",
            Noted::CheckOut => "check_out",
            Noted::NoShow => "no_show",
        }
        .to_owned(),
        site: visit.site,
        entry: visit.entry.into(),
    });
    Ok(KnownSide {
        person: find(seen, said.subject).ok_or(Problem::UNKNOWN_SUBJECT)?,
        statements: statements.collect(),
        seen: visits.collect(),
    })
}

fn known_ruling(seen: &Seen, ruling: PairRuling) -> KnownPairRuling {
    KnownPairRuling {
        ruling: ruling.ruling.to_string(),
        same: ruling.same,
        reason: ruling.reason,
        by: ruling.by.to_string(),
        by_name: name_of(seen, ruling.by),
        time: ruling.time.into(),
        retracted: ruling.retracted,
    }
}
