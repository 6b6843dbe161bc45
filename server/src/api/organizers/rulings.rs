//! What organizers decided: who is one human being, which hours count, which entries do not.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::command::Command;
use sync_core::documents::Authored;
use sync_core::documents::rulings::{Decision, RequestOutcome, Ruling};
use sync_core::ids::RulingId;
use sync_core::replica::ledger::Ledger;
use sync_core::time::{UnixMillis, date_of_day, day_of_date};

use super::fresh::{Fresh, Had};
use super::hours::{Wanted, read_date, waits_for_confirmation};
use super::list::{Page, page, page_limit, read_cursor};
use super::walk_ins::{AskPage, Entry};
use super::{Written, read_id};
use crate::api::body::Body;
use crate::api::callers::{OrganizerOf, Writing};
use crate::api::described::Created;
use crate::api::place::Asked;
use crate::app::App;
use crate::error::{Denial, Problem};

/// A decision of an organizer.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Decided {
    /// Two are one human being.
    Same {
        /// The id of one record.
        a: String,
        /// The id of the other record.
        b: String,
    },
    /// Two are two human beings.
    NotSame {
        /// The id of one record.
        a: String,
        /// The id of the other record.
        b: String,
    },
    /// An entry has no effect.
    Void {
        /// The entry that has no effect.
        entry: Entry,
    },
    /// Somebody was there, as a paper list or a witness says.
    Manual {
        /// The id of the person who was there.
        person: String,
        /// From, in milliseconds since 1970.
        start_ms: i64,
        /// To, in milliseconds since 1970.
        end_ms: i64,
        /// The site's key, if the list says it.
        #[serde(default)]
        site: Option<String>,
    },
    /// The imputed time of somebody's day counts.
    Confirm {
        /// The id of the person whose day it is.
        person: String,
        /// The date in the event's time zone.
        date: String,
        /// How much imputed time was seen: what comes later is not confirmed unseen. Null confirms whatever there is.
        #[serde(default)]
        imputed_ms: Option<u64>,
    },
    /// Work from elsewhere was done as its entry says.
    Approve {
        /// The entry that notes the work.
        entry: Entry,
    },
    /// A request was answered.
    Answer {
        /// The entry that asks.
        request: Entry,
        /// Whether it was followed.
        done: bool,
    },
    /// Somebody is one human being with somebody of another event.
    SameElsewhere {
        /// The id of the person or walk-in of this event.
        person: String,
        /// The id of the other event.
        event: String,
        /// The id of the person or walk-in of the other event.
        there: String,
    },
    /// An earlier ruling has no effect.
    Retract {
        /// The id of the ruling that is taken back.
        ruling: String,
    },
    /// Something that this version does not name.
    Other {
        /// What was decided, in words.
        what: String,
    },
}

/// The body of `POST /v1/events/{event}/rulings`.
#[derive(Serialize, Deserialize, Debug, Clone, JsonSchema)]
pub struct Rule {
    /// The decision that is made.
    pub decision: Decided,
    /// Why; may be empty.
    #[serde(default)]
    pub reason: String,
}

/// A ruling that somebody made.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownRuling {
    /// The id of the ruling.
    pub ruling: String,
    /// The decision that was made.
    pub decision: Decided,
    /// Why, in the organizer's words.
    pub reason: String,
    /// Which device wrote it.
    pub by: String,
    /// What its clock read, in milliseconds since 1970.
    pub at_ms: i64,
    /// Whether nobody retracted it.
    pub standing: bool,
}

impl Decided {
    fn decision(&self) -> Result<Decision, Denial> {
        Ok(match self {
            Self::Same { a, b } => Decision::Same(read_id("decision.a", a)?, read_id("decision.b", b)?),
            Self::NotSame { a, b } => Decision::NotSame(read_id("decision.a", a)?, read_id("decision.b", b)?),
            Self::Void { entry } => Decision::Void(entry.read("decision.entry")?),
            Self::Approve { entry } => Decision::Approve(entry.read("decision.entry")?),
            Self::Answer { request, done } => Decision::Answer {
                request: request.read("decision.request")?,
                outcome: if *done { RequestOutcome::Done } else { RequestOutcome::Declined },
            },
            Self::Manual { person, start_ms, end_ms, site } => Decision::Manual {
                subject: read_id("decision.person", person)?,
                start: UnixMillis(*start_ms),
                end: UnixMillis(*end_ms),
                site: site.clone(),
            },
            Self::Confirm { person, date, imputed_ms } => {
                let day = day_of_date(read_date(date)?);
                Decision::Confirm { subject: read_id("decision.person", person)?, day, imputed_ms: *imputed_ms }
            }
            Self::SameElsewhere { person, event, there } => Decision::SameElsewhere {
                subject: read_id("decision.person", person)?,
                event: read_id("decision.event", event)?,
                other: read_id("decision.there", there)?,
            },
            Self::Retract { ruling } => Decision::Retract(read_id("decision.ruling", ruling)?),
            Self::Other { .. } => {
                return Err(Denial::of_field(Problem::BAD_FIELD, "decision.kind", "it cannot be made here"));
            }
        })
    }

    fn of(decision: &Decision) -> Self {
        match decision {
            Decision::Same(a, b) => Self::Same { a: a.to_string(), b: b.to_string() },
            Decision::NotSame(a, b) => Self::NotSame { a: a.to_string(), b: b.to_string() },
            Decision::Void(entry) => Self::Void { entry: (*entry).into() },
            Decision::Manual { subject, start, end, site } => {
                Self::Manual { person: subject.to_string(), start_ms: start.0, end_ms: end.0, site: site.clone() }
            }
            Decision::Confirm { subject, day, imputed_ms } => Self::Confirm {
                person: subject.to_string(),
                date: date_of_day(*day).to_string(),
                imputed_ms: *imputed_ms,
            },
            Decision::Approve(entry) => Self::Approve { entry: (*entry).into() },
            Decision::Answer { request, outcome } => {
                Self::Answer { request: (*request).into(), done: *outcome == RequestOutcome::Done }
            }
            Decision::Retract(ruling) => Self::Retract { ruling: ruling.to_string() },
            Decision::Publish(publication) => Self::Other { what: format!("publishes v{}", publication.number) },
            Decision::PublishedLogs { .. } | Decision::PublishedHeads { .. } => {
                Self::Other { what: "completes a publication".to_owned() }
            }
            Decision::SameElsewhere { subject, event, other } => {
                Self::SameElsewhere { person: subject.to_string(), event: event.to_string(), there: other.to_string() }
            }
        }
    }
}

/// Every ruling that some ruling retracts.
fn retracted(ledger: &Ledger) -> BTreeSet<RulingId> {
    let all = ledger.documents().rulings().by_id.values().flatten();
    let retractions = all.filter_map(|ruling| match ruling.value.decision {
        Decision::Retract(id) => Some(id),
        _ => None,
    });
    retractions.collect()
}

/// `GET /v1/events/{event}/rulings`, in the order of ids.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_CURSOR`].
pub async fn list(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    Asked(asked): Asked<AskPage>,
    had: Had,
) -> Result<Fresh<Page<KnownRuling>>, Denial> {
    let limit = page_limit(asked.limit)?;
    let after = read_cursor(asked.after.as_deref(), |text| text.parse::<RulingId>().ok())?;
    app.fresh(&by, event, had, move |seen| {
        let retracted = retracted(&seen.ledger);
        let by_id = seen.ledger.documents().rulings().by_id.iter();
        let from = by_id.filter(|(id, _)| after.is_none_or(|after| **id > after));
        let known = from.filter_map(|(id, rulings)| {
            // Several under one id were written by somebody who broke the rules; the last is shown.
            let Authored { value, by, reading } = rulings.last()?;
            Some(KnownRuling {
                ruling: id.to_string(),
                decision: Decided::of(&value.decision),
                reason: value.reason.clone(),
                by: by.to_string(),
                at_ms: reading.wall_ms.0,
                standing: !retracted.contains(id) || matches!(value.decision, Decision::Retract(_)),
            })
        });
        Ok(page(known, limit, |ruling| ruling.ruling.clone()))
    })
    .await
}

/// `POST /v1/events/{event}/rulings`: decides something.
///
/// # Errors
/// As for every write; [`Problem::BAD_FIELD`].
pub async fn rule(
    State(app): State<Arc<App>>,
    writing: Writing,
    Body(body): Body<Rule>,
) -> Result<Created<Written>, Denial> {
    let (id, decision) = (writing.ruling(""), body.decision.decision()?);
    if matches!(decision, Decision::SameElsewhere { event, .. } if event == writing.event) {
        let why = "that is this event: rule that the two are the same";
        return Err(Denial::of_field(Problem::BAD_FIELD, "decision.event", why));
    }
    let command = Command::Rule(id, Ruling { decision, reason: body.reason.clone() });
    let written = app.write(&writing, &body, move |_| Ok(vec![command.clone()])).await?;
    Ok(Created(Written { rulings: vec![id.to_string()], ..written }))
}

/// `POST /v1/events/{event}/hours/confirm`: whose imputed time counts, all that is not confirmed yet.
#[derive(Serialize, Deserialize, Debug, Clone, Default, JsonSchema)]
#[serde(default)]
pub struct Confirm {
    /// Rulings about this date alone.
    pub date: Option<String>,
    /// Only those of this team.
    pub team: Option<String>,
    /// Only those of this organisation.
    pub organisation: Option<String>,
    /// Only this human being.
    pub person: Option<String>,
    /// Why; may be empty.
    pub reason: String,
}

/// So many days are confirmed at once.
const CONFIRM_LIMIT: usize = 2000;

/// `POST /v1/events/{event}/hours/confirm`: by day, team, organisation or person.
///
/// # Errors
/// As for every write; [`Problem::BAD_FIELD`] if nothing narrows it down.
pub async fn confirm(
    State(app): State<Arc<App>>,
    writing: Writing,
    Body(body): Body<Confirm>,
) -> Result<Created<Written>, Denial> {
    let wanted = Wanted {
        date: body.date.as_deref().map(read_date).transpose()?,
        team: body.team.clone(),
        organisation: body.organisation.clone(),
        person: body.person.as_deref().map(|text| read_id("person", text)).transpose()?,
    };
    if body.date.is_none() && body.team.is_none() && body.organisation.is_none() && body.person.is_none() {
        return Err(Denial::of_field(
            Problem::BAD_FIELD,
            "date",
            "say which: a date, a team, an organisation, a person",
        ));
    }
    let reader = app.reader(&writing.by)?;
    let waiting = reader.see(writing.event, move |seen| {
        let wanted = wanted.in_event(seen);
        let days = seen.view.days.iter().filter(|day| waits_for_confirmation(day) && wanted.fits(day));
        days.take(CONFIRM_LIMIT).map(|day| (day.class, day_of_date(day.date), day.imputed_ms)).collect::<Vec<_>>()
    });
    let rulings = waiting.await?.into_iter().map(|(subject, day, imputed)| {
        let ruling = Ruling {
            decision: Decision::Confirm { subject, day, imputed_ms: Some(imputed) },
            reason: body.reason.clone(),
        };
        (writing.ruling(&format!("{subject} {day}")), ruling)
    });
    let rulings: Vec<(RulingId, Ruling)> = rulings.collect();
    let ids = rulings.iter().map(|(id, _)| id.to_string()).collect();
    let commands: Vec<Command> = rulings.into_iter().map(|(id, ruling)| Command::Rule(id, ruling)).collect();
    let written = app.write(&writing, &body, move |_| Ok(commands.clone())).await?;
    Ok(Created(Written { rulings: if written.again { Vec::new() } else { ids }, ..written }))
}
