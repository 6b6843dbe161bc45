//! What the field and the call-centre hand to organizers: requests, work from elsewhere, deeds, incidents.

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::command::Command;
use sync_core::documents::log::Request;
use sync_core::documents::rulings::RequestOutcome;
use sync_core::ids::EntryRef;
use sync_core::replica::ledger::Ledger;
use sync_core::view::{Asked as Request_, Found, RemoteLog};

use super::fresh::{Fresh, Had};
use super::list::{Page, page, page_limit, read_cursor};
use super::person::{PersonPatch, called, check_typed};
use super::walk_ins::{AskPage, Entry, Moment};
use super::{Written, read_id};
use crate::api::body::Body;
use crate::api::callers::{Asking, OrganizerOf};
use crate::api::described::Created;
use crate::api::place::Asked;
use crate::app::App;
use crate::error::{Denial, Problem};
use crate::views::Seen;

/// Which page of a list is asked for, and whether of what waits or of what does not.
#[derive(Deserialize, Debug, Default, JsonSchema)]
#[serde(default)]
pub struct AskWaiting {
    /// From the page before.
    pub after: Option<String>,
    /// How many at the most; 100 if nothing is said.
    pub limit: Option<usize>,
    /// Only what waits for an organizer, or only what does not.
    pub waiting: Option<bool>,
}

/// Something that was recorded.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Recorded {
    /// Where it stands; rulings name it.
    pub entry: Entry,
    /// When it was recorded, by home's clock.
    pub time: Moment,
    /// What the device that recorded it is called.
    pub by_name: String,
}

/// A correction that somebody asks for.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownRequest {
    /// Who asks, and when.
    #[serde(flatten)]
    pub recorded: Recorded,
    /// The id of the person whom it concerns, if it is one.
    pub person: Option<String>,
    /// What they are called.
    pub name: Option<String>,
    /// In the words of who asks.
    pub text: String,
    /// The body of the PATCH that would settle it, if it is one field.
    pub edit: Option<PersonPatch>,
    /// `done` or `declined`; none while it waits.
    pub answer: Option<String>,
}

/// Work from elsewhere, as somebody says themselves.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownRemoteWork {
    /// Who noted it, and when.
    #[serde(flatten)]
    pub recorded: Recorded,
    /// The id of the person who worked.
    pub person: String,
    /// What they are called.
    pub name: String,
    /// The key of the remote task.
    pub task: String,
    /// From, in milliseconds since 1970.
    pub start_ms: i64,
    /// To, in milliseconds since 1970.
    pub end_ms: i64,
    /// What was done, in their own words.
    pub note: String,
    /// The ruling that approves it; none while it waits.
    pub approved: Option<String>,
}

/// Something that many did together.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownDeed {
    /// Who noted it, and when.
    #[serde(flatten)]
    pub recorded: Recorded,
    /// The key of the site.
    pub site: String,
    /// What was done, in a few words.
    pub title: String,
    /// The ids of those who took part.
    pub participants: Vec<String>,
}

/// Something that somebody must read.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownIncident {
    /// Who reported it, and when.
    #[serde(flatten)]
    pub recorded: Recorded,
    /// The key of the site.
    pub site: String,
    /// What happened, in the words of whoever reports it.
    pub text: String,
    /// The id of the person whom it concerns, if it is one.
    pub person: Option<String>,
}

fn recorded<T>(seen: &Seen, found: &Found<T>) -> Recorded {
    let by = seen.ledger.grant(found.entry.device);
    Recorded {
        entry: found.entry.into(),
        time: found.time.into(),
        by_name: by.map(|grant| grant.name.clone()).unwrap_or_default(),
    }
}

/// An entry as a cursor names it: entries never change their place.
fn place_of(entry: &Entry) -> String {
    format!("{}.{}.{}", entry.device, entry.incarnation, entry.counter)
}

fn read_place(text: &str) -> Option<EntryRef> {
    let mut parts = text.split('.');
    let (device, incarnation) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some(EntryRef { device, incarnation, counter: parts.next()?.parse().ok()? })
}

/// Which page of entries is asked for.
#[derive(Clone, Copy)]
struct AskedPage {
    /// The entry before it; none is the first page.
    after: Option<EntryRef>,
    limit: usize,
}

impl AskedPage {
    fn read(after: Option<&str>, limit: Option<usize>) -> Result<Self, Denial> {
        let limit = page_limit(limit)?;
        Ok(Self { after: read_cursor(after, read_place)?, limit })
    }
}

/// Takes a page of what was found, in the order of entries.
fn page_of<T, U>(
    found: Vec<(EntryRef, T)>,
    asked: AskedPage,
    known: impl Fn(T) -> U,
    entry: impl Fn(&U) -> &Entry,
) -> Page<U> {
    let mut found: Vec<(EntryRef, T)> =
        found.into_iter().filter(|(at, _)| asked.after.is_none_or(|after| *at > after)).collect();
    found.sort_by_key(|(at, _)| *at);
    page(found.into_iter().map(|(_, what)| known(what)), asked.limit, |one| place_of(entry(one)))
}

fn request(seen: &Seen, asked: &Request_) -> KnownRequest {
    let Request { subject, edit, text } = &asked.found.what;
    KnownRequest {
        recorded: recorded(seen, &asked.found),
        person: subject.map(|subject| subject.to_string()),
        name: subject.map(|subject| called(seen, subject)),
        text: text.clone(),
        edit: edit.as_ref().map(PersonPatch::of),
        answer: asked.answer.map(|answer| match answer {
            RequestOutcome::Done => "done".to_owned(),
            RequestOutcome::Declined => "declined".to_owned(),
        }),
    }
}

/// `GET /v1/events/{event}/requests`, in the order of entries. They are answered by a ruling.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_CURSOR`].
pub async fn requests(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    Asked(asked): Asked<AskWaiting>,
    had: Had,
) -> Result<Fresh<Page<KnownRequest>>, Denial> {
    let page = AskedPage::read(asked.after.as_deref(), asked.limit)?;
    app.fresh(&by, event, had, move |seen| {
        let all = seen.view.requests.iter();
        let wanted = all.filter(|one| asked.waiting.is_none_or(|waiting| waiting == one.answer.is_none()));
        let found = wanted.map(|one| (one.found.entry, one)).collect();
        Ok(page_of(found, page, |one| request(seen, one), |one: &KnownRequest| &one.recorded.entry))
    })
    .await
}

/// `POST /v1/events/{event}/requests`: what somebody asks an organizer to correct.
#[derive(Serialize, Deserialize, Debug, Clone, JsonSchema)]
pub struct AskCorrection {
    /// The id of the person whom it concerns, if it is one.
    #[serde(default)]
    pub person: Option<String>,
    /// In their own words; 1 to 2000 characters.
    pub text: String,
    /// The one field that would settle it.
    #[serde(default)]
    pub edit: Option<PersonPatch>,
}

/// `POST /v1/events/{event}/requests`, for the call-centre and organizers. Nothing is edited by it.
///
/// # Errors
/// As for every write; [`Problem::BAD_FIELD`].
pub async fn ask(
    State(app): State<Arc<App>>,
    Asking(writing): Asking,
    Body(body): Body<AskCorrection>,
) -> Result<Created<Written>, Denial> {
    let text = body.text.trim().to_owned();
    if text.is_empty() || text.chars().count() > 2000 {
        return Err(Denial::of_field(Problem::BAD_FIELD, "text", "1 to 2000 characters"));
    }
    let edits = body.edit.clone().map(PersonPatch::edits).transpose()?.unwrap_or_default();
    if edits.len() > 1 {
        return Err(Denial::of_field(Problem::BAD_FIELD, "edit", "one field; ask once for each"));
    }
    let subject = body.person.as_deref().map(|person| read_id("person", person)).transpose()?;
    let now = app.auth.clock().now();
    let plan = move |ledger: &Ledger| {
        check_typed(&edits, ledger.documents().info(), now)?;
        Ok(vec![Command::Ask(Request { subject, edit: edits.last().cloned(), text: text.clone() })])
    };
    Ok(Created(app.write(&writing, &body, plan).await?))
}

fn remote_work(seen: &Seen, log: &RemoteLog) -> KnownRemoteWork {
    let work = &log.found.what;
    KnownRemoteWork {
        recorded: recorded(seen, &log.found),
        person: work.subject.to_string(),
        name: called(seen, work.subject),
        task: work.task.clone(),
        start_ms: work.start.0,
        end_ms: work.end.0,
        note: work.note.clone(),
        approved: log.approved.map(|ruling| ruling.to_string()),
    }
}

/// `GET /v1/events/{event}/remote-work`, in the order of entries. It counts once a ruling approves it.
///
/// # Errors
/// As for [`requests`].
pub async fn remote(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    Asked(asked): Asked<AskWaiting>,
    had: Had,
) -> Result<Fresh<Page<KnownRemoteWork>>, Denial> {
    let page = AskedPage::read(asked.after.as_deref(), asked.limit)?;
    app.fresh(&by, event, had, move |seen| {
        let all = seen.view.remote.iter();
        let wanted = all.filter(|one| asked.waiting.is_none_or(|waiting| waiting == one.approved.is_none()));
        let found = wanted.map(|one| (one.found.entry, one)).collect();
        Ok(page_of(found, page, |one| remote_work(seen, one), |one: &KnownRemoteWork| &one.recorded.entry))
    })
    .await
}

/// `GET /v1/events/{event}/deeds`, in the order of entries.
///
/// # Errors
/// As for [`requests`].
pub async fn deeds(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    Asked(asked): Asked<AskPage>,
    had: Had,
) -> Result<Fresh<Page<KnownDeed>>, Denial> {
    let page = AskedPage::read(asked.after.as_deref(), asked.limit)?;
    app.fresh(&by, event, had, move |seen| {
        let found = seen.view.deeds.iter().map(|one| (one.entry, one)).collect();
        let known = |one: &Found<sync_core::documents::log::Deed>| KnownDeed {
            recorded: recorded(seen, one),
            site: one.what.site.clone(),
            title: one.what.title.clone(),
            participants: one.what.participants.iter().map(ToString::to_string).collect(),
        };
        Ok(page_of(found, page, known, |one: &KnownDeed| &one.recorded.entry))
    })
    .await
}

/// `GET /v1/events/{event}/incidents`, in the order of entries.
///
/// # Errors
/// As for [`requests`].
pub async fn incidents(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    Asked(asked): Asked<AskPage>,
    had: Had,
) -> Result<Fresh<Page<KnownIncident>>, Denial> {
    let page = AskedPage::read(asked.after.as_deref(), asked.limit)?;
    app.fresh(&by, event, had, move |seen| {
        let found = seen.view.incidents.iter().map(|one| (one.entry, one)).collect();
        let known = |one: &Found<sync_core::documents::log::Incident>| KnownIncident {
            recorded: recorded(seen, one),
            site: one.what.site.clone(),
            text: one.what.text.clone(),
            person: one.what.subject.map(|subject| subject.to_string()),
        };
        Ok(page_of(found, page, known, |one: &KnownIncident| &one.recorded.entry))
    })
    .await
}
