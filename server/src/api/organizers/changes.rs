//! What changes in an event, as it changes: server-sent events (WHATWG HTML, section 9.2).
//!
//! A stream tells the revision and the kinds that changed, never what they say. It ends after five minutes; browsers come
//! back by themselves, and go on where they were. Whoever was revoked or signed out meanwhile is told nothing more.

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
use sync_core::ids::EventId;
use tokio::time::{Instant, sleep_until};

use crate::api::callers::OrganizerOf;
use crate::api::described::{content, header_parameter};
use crate::api::visitor::Visitor;
use crate::app::App;
use crate::auth::sessions::Access;
use crate::changes::{Kinds, Listener, Position, PositionId, Told};
use crate::error::Problem;

/// A stream that has nothing to say says so this often.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// A stream ends after this long: who went away without a word is let go.
const LIFE: Duration = Duration::from_secs(300);

/// A proxy hands each message on as it comes: nginx asks this header. Caddy flushes what is `text/event-stream` anyway.
const UNBUFFERED: [(HeaderName, &str); 1] = [(HeaderName::from_static("x-accel-buffering"), "no")];

/// What a message says.
#[derive(Serialize)]
struct Changed {
    revision: u64,
    kinds: Kinds,
}

/// Where a reader was: the id of the last message that it heard. An id that is none of this server's is none at all.
pub struct Heard(Option<PositionId>);

impl FromRequestParts<Arc<App>> for Heard {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        let id = parts.headers.get("last-event-id").and_then(|value| value.to_str().ok());
        Ok(Self(id.and_then(|id| id.parse().ok())))
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
            "Messages named `changed` with `{revision, kinds}`, and `stands` where nothing is known of what was \
                           heard before. Kinds are `devices`, `event`, `held`, `log`, `roster` and `rulings`."
                .to_owned();
        let content = content("text/event-stream", json_schema!({ "type": "string" }));
        vec![(Some(200), Described { description, content, ..Described::default() })]
    }
}

struct Telling {
    app: Arc<App>,
    event: EventId,
    by: Visitor,
    first: Option<Told>,
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
    let mut listener = app.desks.changes().listen(event, by.who()).ok_or(Problem::BUSY)?;
    let first = listener.begin(heard, stands(&app, event)).await?;
    let until = Instant::now() + LIFE;
    let telling = Telling { app, event, by, first, listener, until };
    let messages = Sse::new(tell(telling)).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    Ok(Messages((UNBUFFERED, messages).into_response()))
}

/// Where an event stands in the store.
async fn stands(app: &App, event: EventId) -> Result<Position, Problem> {
    let stands = app.store.read(move |store| {
        let cursor = store.standing(event, &[])?.unwrap_or_default();
        Ok(Position { cursor, turn: store.turn(event)? })
    });
    Ok(stands.await?)
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
        let told = match self.first.take() {
            Some(told) => told,
            None => tokio::select! {
                biased;
                () = sleep_until(self.until) => return None,
                told = self.listener.changed() => told?,
            },
        };
        // Another process may have let the listener out.
        self.app.auth.follow().await.ok()?;
        if !self.by.still_may(&self.app, self.event, &[Access::Organizer]) {
            return None;
        }
        let (name, at, kinds) = match told {
            Told::Stands(at) => ("stands", at, Kinds::new()),
            Told::Changed(at, kinds) => ("changed", at, kinds),
        };
        let changed = Changed { revision: at.cursor.revision.0, kinds };
        Event::default().event(name).id(at.id().to_string()).json_data(changed).ok()
    }
}
