//! Every address on one screen, and what holds for all of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Extension, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

use crate::api::document::{Addresses, begin};
use crate::api::{devices, document, enrol, events, exchange, health, held, invites, nodes, session};
use crate::auth::Auth;
use crate::clock::entropy;
use crate::desks::Desks;
use crate::error::{Problem, Refusal};
use crate::first_invite::FirstInvite;
use crate::presence::Presence;
use crate::rates::Rates;
use crate::store::{Store, Writer};

/// What every request can reach.
pub struct App {
    /// Who is asking.
    pub auth: Auth,
    /// Who is here, and who was.
    pub presence: Presence,
    /// Who judges.
    pub desks: Desks,
    /// What is kept.
    pub store: Arc<Store>,
    /// What will be kept.
    pub writer: Writer,
    /// Where the first organizer's invite may lie.
    pub first_invite: FirstInvite,
    /// Where people reach this server, without a trailing slash.
    pub public_url: String,
    /// How often callers may come.
    pub rates: Rates,
    /// Requests that may be under way at once.
    pub places: Semaphore,
    /// A request may take this long.
    pub patience: Duration,
}

/// A body may be no longer than this.
const BODY_LIMIT_BYTES: usize = sync_core::exchange::MESSAGE_LIMIT_BYTES;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Builds the server's routes.
pub fn router(app: Arc<App>) -> Router {
    let for_strangers = begin()
        .get("/v1/home", health::home, "Who this home server is.")
        .post("/v1/enrol", enrol::enrol, "Lets in a device that has an invite.")
        .post("/v1/nonce", session::nonce, "Draws a nonce for a device to sign.")
        .post("/v1/token", session::token, "Gives a token for a signed nonce.")
        .with(|routes| routes.route_layer(from_fn_with_state(Arc::clone(&app), count_stranger)));
    let (routes, document) = Addresses::none()
        .get("/health/live", health::live, "The process answers.")
        .get("/health/ready", health::ready, "The store answers, too.")
        .get("/v1/openapi.json", document::openapi, "This document.")
        .get("/v1/docs", document::page, "A page that draws this document.")
        .get("/v1/docs/page.js", document::script, "The page's script.")
        .get("/v1/docs/page.css", document::style, "The page's style.")
        .and(for_strangers)
        .and(for_devices())
        .finish();
    routes
        .fallback(|| async { Problem::NOT_FOUND })
        .method_not_allowed_fallback(|| async { Problem::METHOD })
        .layer(Extension(document))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .layer(CatchPanicLayer::custom(|_| Problem::INTERNAL.into_response()))
        .layer(from_fn_with_state(Arc::clone(&app), attend))
        .with_state(app)
}

fn for_devices() -> Addresses {
    Addresses::none()
        .get("/v1/invites", invites::list, "The invites within the caller's rights.")
        .post("/v1/invites", invites::create, "Makes an invite.")
        .post("/v1/invites/{invite}/withdraw", invites::withdraw, "Lets nobody in by an invite any more.")
        .get("/v1/devices", devices::list, "The devices within the caller's rights.")
        .post("/v1/devices/{device}/revoke", devices::revoke, "Stops a device's future.")
        .post("/v1/devices/{device}/rename", devices::rename, "Calls a device by another name.")
        .get("/v1/nodes", nodes::list, "The offices, regions and organisations within the caller's rights.")
        .post("/v1/nodes", nodes::add, "Adds an office, a region or an organisation.")
        .get("/v1/events", events::list, "The events that are open to the caller.")
        .post("/v1/events", events::create, "Creates an event.")
        .post("/v1/events/{event}/exchange", exchange::exchange, "One request and one response of the exchange.")
        .get("/v1/events/{event}/devices", devices::of_event, "How far each device's logs are here.")
        .get("/v1/events/{event}/held", held::list, "What waits for an organizer.")
        .post("/v1/events/{event}/held/release", held::release, "Lets in what waits.")
        .post("/v1/events/{event}/held/discard", held::discard, "Refuses for good what waits.")
}

/// Gives each request an id, a place and a time limit; writes its problems and one line of log.
async fn attend(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = u64::from_be_bytes(entropy());
    let id = format!("{id:016x}");
    let method = request.method().clone();
    let path =
        request.extensions().get::<MatchedPath>().map_or_else(|| "-".to_owned(), |path| path.as_str().to_owned());
    let answered = match app.places.try_acquire() {
        Ok(_place) => tokio::time::timeout(app.patience, next.run(request))
            .await
            .unwrap_or_else(|_| Problem::TIMEOUT.into_response()),
        Err(_) => Problem::BUSY.into_response(),
    };
    let mut response = match answered.extensions().get::<Refusal>() {
        Some(refusal) => refusal.with_request_id(&id),
        None if answered.status().is_client_error() || answered.status().is_server_error() => {
            Refusal::from(unexpected(answered.status())).with_request_id(&id)
        }
        None => answered,
    };
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::info!(request = %id, %method, %path, status = response.status().as_u16(), micros, "answered");
    response
}

/// Anybody may make these calls, but not any number of them. Where a device is known it is counted instead; see
/// [`crate::api::Caller`].
async fn count_stranger(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match app.rates.count_stranger(request.headers(), request.extensions(), app.auth.clock().now()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// What a library refused on its own.
fn unexpected(status: StatusCode) -> Problem {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::TOO_LARGE,
        status if status.is_client_error() => Problem { status, ..Problem::BAD_BODY },
        _ => Problem::INTERNAL,
    }
}
