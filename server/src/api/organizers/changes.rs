//! What changes in an event, as it changes: server-sent events (WHATWG HTML, section 9.2).
//!
//! A stream tells the revision and the kinds of document that changed, never what they say. It lasts for less than a
//! minute; browsers come back by themselves, and go on where they were. Whoever was revoked or signed out meanwhile is told
//! nothing more.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Described};
use axum::extract::{FromRequestParts, State};
use axum::http::HeaderName;
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::unfold;
use schemars::json_schema;
use serde::Serialize;
use sync_core::exchange::{Cursor, Item};
use sync_core::ids::{EventId, Revision};
use sync_core::replica::ledger::ItemSource;
use tokio::time::{Instant, sleep_until};

use crate::api::described::{content, header_parameter};
use crate::api::visitor::{OrganizerOf, Visitor};
use crate::app::App;
use crate::auth::sessions::Access;
use crate::changes::Listener;
use crate::error::Problem;
use crate::store::{Store, StoreError};
use crate::views::tag;

/// A stream that has nothing to say says so this often.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// A stream ends after this long: who went away without a word is let go.
const LIFE: Duration = Duration::from_secs(50);
/// So much is read of what changed before it is told.
const PAGE_BYTES: usize = 1 << 20;

/// A proxy hands each message on as it comes: nginx asks this header. Caddy flushes what is `text/event-stream` anyway.
const UNBUFFERED: [(HeaderName, &str); 1] = [(HeaderName::from_static("x-accel-buffering"), "no")];

/// What a message says.
#[derive(Serialize)]
struct Changed {
    revision: u64,
    kinds: BTreeSet<&'static str>,
}

/// Where a reader was: the id of the last message that it heard.
pub struct Heard(Option<String>);

impl FromRequestParts<Arc<App>> for Heard {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        let id = parts.headers.get("last-event-id").and_then(|value| value.to_str().ok());
        Ok(Self(id.map(str::to_owned)))
    }
}

impl aide::OperationInput for Heard {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = json_schema!({ "type": "string", "description": "The id of the last message that was heard." });
        header_parameter(ctx, operation, "last-event-id", schema, false);
    }
}

/// A stream of messages.
pub struct Messages(Response);

impl IntoResponse for Messages {
    fn into_response(self) -> Response {
        self.0
    }
}

impl OperationOutput for Messages {
    type Inner = ();

    fn inferred_responses(_: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Described)> {
        let description =
            "Messages named `changed` with `{revision, kinds}`, and `stands` at the beginning.".to_owned();
        let content = content("text/event-stream", json_schema!({ "type": "string" }));
        vec![(Some(200), Described { description, content, ..Described::default() })]
    }
}

struct Telling {
    app: Arc<App>,
    event: EventId,
    by: Visitor,
    at: Cursor,
    begun: bool,
    listener: Listener,
    until: Instant,
}

/// `GET /v1/events/{event}/changes`.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BUSY`].
pub async fn stream(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    Heard(heard): Heard,
) -> Result<Messages, Problem> {
    // Before it is read where the event stands, so that nothing falls between.
    let listener = app.changes.listen(event, by.who()).ok_or(Problem::BUSY)?;
    let store = Arc::clone(&app.store);
    let begin = move || {
        let stands = store.standing(event, &[])?.unwrap_or_default();
        let heard = heard.and_then(|id| known(&store, event, &id).transpose()).transpose()?;
        Ok::<_, Problem>((heard.unwrap_or(stands), heard.is_some()))
    };
    let (at, begun) = tokio::task::spawn_blocking(begin).await.map_err(|_| Problem::INTERNAL)??;
    let until = Instant::now() + LIFE;
    let telling = Telling { app, event, by, at, begun, listener, until };
    let messages = Sse::new(tell(telling)).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    Ok(Messages((UNBUFFERED, messages).into_response()))
}

/// The place that a message's id names; `None` if it is none of this store's past.
fn known(store: &Store, event: EventId, id: &str) -> Result<Option<Cursor>, StoreError> {
    let Some(revision) = id.split('-').next().and_then(|revision| revision.parse::<u64>().ok()) else {
        return Ok(None);
    };
    let before = Revision(revision.saturating_sub(1));
    let found = store.items(event).items_after(before, 0)?.into_iter().next();
    let cursor = found.map(|stored| stored.cursor).filter(|cursor| cursor.revision.0 == revision);
    Ok(cursor.filter(|cursor| id_of(*cursor) == id))
}

fn id_of(cursor: Cursor) -> String {
    tag(cursor).trim_matches('"').to_owned()
}

fn tell(telling: Telling) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold(telling, |mut telling| async move {
        let message = telling.next().await?;
        Some((Ok(message), telling))
    })
}

impl Telling {
    /// The next message; `None` when the stream ends.
    async fn next(&mut self) -> Option<Event> {
        if !std::mem::replace(&mut self.begun, true) {
            return self.message("stands", BTreeSet::new());
        }
        loop {
            let (store, event, at) = (Arc::clone(&self.app.store), self.event, self.at);
            let read = tokio::task::spawn_blocking(move || read_on(&store, event, at)).await.ok()?;
            let (at, kinds) = match read {
                Ok(read) => read,
                Err(error) => {
                    tracing::warn!(%error, "a stream of changes ends early");
                    return None;
                }
            };
            if at != self.at {
                if !self.by.still_may(&self.app, self.event, &[Access::Organizer]) {
                    return None;
                }
                self.at = at;
                return self.message("changed", kinds);
            }
            tokio::select! {
                changed = self.listener.changed() => if !changed { return None },
                () = sleep_until(self.until) => return None,
            }
        }
    }

    fn message(&self, name: &str, kinds: BTreeSet<&'static str>) -> Option<Event> {
        let changed = Changed { revision: self.at.revision.0, kinds };
        Event::default().event(name).id(id_of(self.at)).json_data(changed).ok()
    }
}

fn read_on(store: &Store, event: EventId, at: Cursor) -> Result<(Cursor, BTreeSet<&'static str>), StoreError> {
    let is_founded_again = at.revision < store.floor(event)?;
    let items = store.items(event).items_after(at.revision, PAGE_BYTES)?;
    let cursor = items.last().map_or(at, |stored| stored.cursor);
    let kinds = items.iter().map(|stored| match &stored.item {
        Item::Grant(_) => "devices",
        Item::Change(sealed) => sealed.document.kind(),
    });
    let founded = is_founded_again.then_some(["roster", "rulings", "log"]).into_iter().flatten();
    Ok((cursor, kinds.chain(founded).collect()))
}
