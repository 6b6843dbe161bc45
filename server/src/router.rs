//! Every address on one screen, and what holds for all of them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Extension, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::CorsLayer;

use crate::api::device_caller::TOKEN_HEADER;
use crate::api::document::{Addresses, begin};
use crate::api::organizers::{
    awards, changes, conflicts, duplicates, event, field, hours, imports, lookup, people, publications, reports,
    rulings, totals, walk_ins,
};
use crate::api::visitor::{COMMAND_HEADER, is_organizer};
use crate::api::{
    devices, document, enrol, erasures, events, exchange, field_app, health, held, invites, jobs, letters, nodes,
    session, sign_in,
};
use crate::app::App;
use crate::clock::RandomSource;
use crate::config::WebOrigin;
use crate::error::{Denial, Problem};
use crate::pace::read_body;

/// A body may be no longer than this.
const BODY_LIMIT_BYTES: usize = sync_core::exchange::MESSAGE_LIMIT_BYTES;
/// Nor the body of somebody who has not proved who they are.
const STRANGERS_BODY_LIMIT_BYTES: usize = 16 * 1024;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Builds the server's routes.
pub fn router(app: Arc<App>) -> Router {
    let for_strangers = begin()
        .get("/v1/home", health::home, "Who this home server is.")
        .post("/v1/enrol", enrol::enrol, "Lets in a device that has an invite.")
        .or(&[Problem::UNKNOWN_INVITE, Problem::USED_INVITE, Problem::EXPIRED_INVITE, Problem::REVOKED])
        .or(&[Problem::UNPROVEN_KEY, Problem::GIVES_LESS])
        .post("/v1/nonce", session::nonce, "Draws a nonce for a device to sign.")
        .post("/v1/token", session::token, "Gives a token for a signed nonce.")
        .or(&[Problem::BAD_PROOF])
        .post("/v1/session", sign_in::begin, "Signs a browser in with the secret of a link.")
        .get("/v1/letters/{letter}", letters::letter, "What became of a letter, for whoever holds it.")
        .get("/letter/{letter}", letters::page, "The same as a page, where the code on a letter leads.")
        .all_or(&[Problem::TOO_MANY_CALLS])
        .with(|routes| {
            let state = (Arc::clone(&app), STRANGERS_BODY_LIMIT_BYTES);
            let routes = routes.route_layer(from_fn_with_state(Arc::clone(&app), follow));
            let routes = routes.route_layer(from_fn_with_state(state, take_place));
            routes.route_layer(from_fn_with_state(Arc::clone(&app), count_stranger))
        });
    let for_everybody = Addresses::none()
        .get("/v1/openapi.json", document::openapi, "This document.")
        .get("/v1/docs", document::page, "A page that draws this document.")
        .get("/v1/docs/page.js", document::script, "The page's script.")
        .get("/v1/docs/page.css", document::style, "The page's style.")
        .get("/sign-in", sign_in::page, "The page of a link to sign in.")
        .get("/sign-in/page.js", sign_in::script, "That page's script.")
        .get("/letter/page.css", letters::style, "The style of the pages of letters.")
        .and(for_devices())
        .and(for_sessions())
        .and(for_organizers())
        .with(|routes| {
            let routes = routes.route_layer(from_fn_with_state(Arc::clone(&app), follow));
            routes.route_layer(from_fn_with_state((Arc::clone(&app), BODY_LIMIT_BYTES), take_place))
        });
    let for_uploads = for_uploads().with(|routes| routes.route_layer(from_fn_with_state(Arc::clone(&app), follow)));
    let (routes, document) = Addresses::none()
        .get("/health/live", health::live, "The process answers.")
        .get("/health/ready", health::ready, "Something was written to the disk just now, too.")
        .and(for_strangers)
        .and(for_everybody)
        .and(for_uploads)
        .finish();
    let routes = routes
        .merge(field_app::routes())
        .fallback(|| async { Problem::NOT_FOUND })
        .method_not_allowed_fallback(|| async { Problem::METHOD })
        .layer(Extension(document))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .layer(CatchPanicLayer::custom(|_| Problem::INTERNAL.into_response()))
        .layer(from_fn_with_state(app.auth.random().clone(), attend))
        // Also what attends to every request stands inside a catch: one that fails must not cut the connection.
        .layer(CatchPanicLayer::custom(|_| Problem::INTERNAL.into_response()));
    let routes = if app.web_origins.is_empty() { routes } else { routes.layer(of_other_origins(&app)) };
    routes.with_state(app)
}

/// Lets pages of web apps call and read what they are answered. Cookies stay out: such a page has its device's token.
fn of_other_origins(app: &App) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(app.web_origins.iter().map(WebOrigin::header).collect::<Vec<_>>())
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            HeaderName::from_static(COMMAND_HEADER),
        ])
        .expose_headers([
            header::ETAG,
            header::RETRY_AFTER,
            header::CONTENT_DISPOSITION,
            header::LOCATION,
            TOKEN_HEADER,
            REQUEST_ID,
            jobs::LEFT_OUT_HEADER,
            jobs::WITHOUT_LATIN_HEADER,
            reports::RULES_EDITION_HEADER,
        ])
        .max_age(Duration::from_secs(3600))
}

fn for_sessions() -> Addresses {
    Addresses::none()
        .post("/v1/sign-in-links", sign_in::offer, "Makes a link with which a browser signs in once.")
        .or(&[Problem::UNKNOWN_EVENT, Problem::BAD_FIELD])
        .get("/v1/sign-in-links", sign_in::links, "The links to sign in within the caller's rights.")
        .post("/v1/sign-in-links/{link}/withdraw", sign_in::withdraw, "Nobody signs in with a link any more.")
        .get("/v1/session", sign_in::current, "Who is signed in.")
        .delete("/v1/session", sign_in::end_own, "Signs out.")
        .get("/v1/sessions", sign_in::list, "The sessions within the caller's rights.")
        .delete("/v1/sessions/{session}", sign_in::end, "Ends a session.")
}

/// Lists are long: each has its place at [`crate::pending_imports::PendingImports`] before its body is read.
fn for_uploads() -> Addresses {
    Addresses::none()
        .post("/v1/events/{event}/imports", imports::upload, "Plans the import of a list.")
        .or(&[Problem::BAD_FILE, Problem::TOO_MANY_PLANS])
}

fn for_organizers() -> Addresses {
    Addresses::none()
        .get("/v1/lookup", lookup::lookup, "Finds somebody in every event within the caller's rights.")
        .get("/v1/totals", totals::across, "Sums over the events of an office, with every human being once.")
        .or(&[Problem::TOO_MANY_EVENTS])
        .get("/v1/dossier", awards::across, "A shortlist by verified hours over the events of an office.")
        .or(&[Problem::TOO_MANY_EVENTS, Problem::UNKNOWN_PUBLICATION, Problem::NOT_REPRODUCED, Problem::OTHER_RULES])
        .get("/v1/events/{event}/dossier", awards::of_event, "A shortlist by verified hours, and what these rest on.")
        .or(&[Problem::UNKNOWN_PUBLICATION, Problem::NOT_REPRODUCED, Problem::OTHER_RULES])
        .get("/v1/events/{event}", event::summary, "What an event is, and how it stands.")
        .patch("/v1/events/{event}", event::edit, "Changes what an event is: its days, sites, teams, shifts, rules.")
        .get("/v1/events/{event}/plan", event::plan, "Everything that an event says of itself.")
        .get("/v1/events/{event}/event-conflicts", event::conflicts, "What organizers said differently of an event.")
        .get("/v1/events/{event}/people", people::list, "The people of an event, found and filtered.")
        .post("/v1/events/{event}/people", people::add, "Adds somebody to the roster.")
        .get("/v1/events/{event}/people/{person}", people::one, "Somebody on the roster or at a gate.")
        .patch("/v1/events/{event}/people/{person}", people::edit, "Edits somebody, or decides a contested field.")
        .post("/v1/events/{event}/people/{person}/withdraw", people::withdraw, "Somebody will not come.")
        .get("/v1/events/{event}/walk-ins", walk_ins::list, "People who were registered at gates.")
        .get("/v1/events/{event}/hours", hours::list, "Attendance by human being and date.")
        .post("/v1/events/{event}/hours/confirm", rulings::confirm, "Imputed time counts: by day, team or person.")
        .get("/v1/events/{event}/rulings", rulings::list, "What organizers decided.")
        .post("/v1/events/{event}/rulings", rulings::rule, "Decides: same, not same, manual, confirm, void, retract.")
        .get("/v1/events/{event}/duplicates", duplicates::list, "Pairs that may be one human being, the best first.")
        .get(
            "/v1/events/{event}/duplicates/{person}/{other}",
            duplicates::evidence,
            "What two records say, side by side.",
        )
        .get("/v1/events/{event}/conflicts", conflicts::list, "Contested fields, with every value.")
        .get("/v1/events/{event}/ruling-conflicts", conflicts::of_rulings, "Pairs that are ruled both ways.")
        .get("/v1/events/{event}/anchor-conflicts", conflicts::of_anchors, "Anchors that cannot all be right.")
        .get("/v1/events/{event}/totals", totals::totals, "Sums over an event, and where they come from.")
        .get("/v1/events/{event}/provenance", totals::provenance, "What a figure rests on, down to entries.")
        .get(
            "/v1/events/{event}/reports/{report}",
            reports::report,
            "A report to take away, in the formats that it has.",
        )
        .or(&[
            Problem::UNKNOWN_PUBLICATION,
            Problem::NOT_REPRODUCED,
            Problem::OTHER_RULES,
            Problem::NOBODY,
            Problem::UNWRITABLE,
        ])
        .get("/v1/events/{event}/publications", publications::list, "Reports that were published, by number.")
        .post("/v1/events/{event}/publications", publications::publish, "Publishes what the event says now.")
        .or(&[Problem::NOTHING_TO_PUBLISH, Problem::NOTHING_NEW])
        .get("/v1/events/{event}/publications/{number}/difference", publications::since_before, "What it says anew.")
        .get("/v1/events/{event}/requests", field::requests, "What organizers are asked to correct.")
        .post("/v1/events/{event}/requests", field::ask, "Asks organizers for a correction.")
        .get("/v1/events/{event}/remote-work", field::remote, "Work from elsewhere, which waits for approval.")
        .get("/v1/events/{event}/deeds", field::deeds, "What many did together.")
        .get("/v1/events/{event}/incidents", field::incidents, "What somebody must read.")
        .get("/v1/events/{event}/changes", changes::stream, "What changes, as it changes.")
        .get("/v1/events/{event}/imports/{plan}", imports::lines, "The lines of a plan.")
        .post("/v1/events/{event}/imports/{plan}/accept", imports::accept, "Writes what a plan says.")
        .or(&[Problem::PLAN_CHANGED])
}

fn for_devices() -> Addresses {
    Addresses::none()
        .get("/v1/invites", invites::list, "The invites within the caller's rights.")
        .post("/v1/invites", invites::create, "Makes an invite.")
        .or(&[Problem::UNKNOWN_EVENT, Problem::REVOKED, Problem::BAD_FIELD])
        .post("/v1/invites/{invite}/withdraw", invites::withdraw, "Lets nobody in by an invite any more.")
        .get("/v1/devices", devices::list, "The devices within the caller's rights.")
        .get("/v1/devices/{device}/prepared", devices::prepared, "What revoking a device withdraws.")
        .post("/v1/devices/{device}/revoke", devices::revoke, "Stops a device's future.")
        .or(&[Problem::BAD_FIELD])
        .post("/v1/devices/{device}/rename", devices::rename, "Calls a device by another name.")
        .get("/v1/nodes", nodes::list, "The offices, regions and organisations within the caller's rights.")
        .post("/v1/nodes", nodes::add, "Adds an office, a region or an organisation.")
        .get("/v1/events", events::list, "The events that are open to the caller.")
        .post("/v1/events", events::create, "Creates an event.")
        .post("/v1/events/{event}/exchange", exchange::exchange, "One request and one response of the exchange.")
        .or(&[Problem::VERSION, Problem::FOREIGN])
        .get("/v1/events/{event}/devices", devices::of_event, "How far each device's logs are here.")
        .get("/v1/events/{event}/held", held::list, "What waits for an organizer.")
        .post("/v1/events/{event}/held/release", held::release, "Lets in what waits.")
        .post("/v1/events/{event}/held/discard", held::discard, "Refuses for good what waits.")
        .post("/v1/events/{event}/erasures", erasures::erase, "Erases people who asked for it.")
        .or(&[Problem::HELD_SPEAKS_OF_THEM, Problem::UNKNOWN_SUBJECT, Problem::BAD_FIELD])
        .or(&[Problem::NOT_OVERWRITTEN, Problem::STORE_IS_READ, Problem::OVERWRITING])
        .get("/v1/jobs/{job}", jobs::one, "How long work stands that its caller began as a job.")
        .delete("/v1/jobs/{job}", jobs::cancel, "Cancels a job and forgets it.")
        .get("/v1/jobs/{job}/result", jobs::result, "What the request that began the job would have been answered.")
        .or(&[
            Problem::JOB_UNDER_WAY,
            Problem::NO_ROOM_FOR_RESULT,
            Problem::CANCELLED,
            Problem::UNWRITABLE,
            Problem::NOBODY,
            Problem::BAD_FIELD,
            Problem::UNKNOWN_SUBJECT,
            Problem::PLAN_CHANGED,
            Problem::NOT_REPRODUCED,
            Problem::OTHER_RULES,
        ])
        .post("/v1/events/{event}/erasures/alike", erasures::alike, "Tells who is like somebody who was erased.")
        .or(&[Problem::BAD_FIELD])
}

/// Gives each request an id; writes its problems and one line of log.
async fn attend(State(random): State<RandomSource>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = random.draw_id();
    let method = request.method().clone();
    let path =
        request.extensions().get::<MatchedPath>().map_or_else(|| "-".to_owned(), |path| path.as_str().to_owned());
    let answered = next.run(request).await;
    let mut response = match answered.extensions().get::<Denial>() {
        Some(refusal) => refusal.with_request_id(&id),
        None if answered.status().is_client_error() || answered.status().is_server_error() => {
            let (status, problem) = unexpected(answered.status());
            Denial::from(problem).with_status(status, &id)
        }
        None => answered,
    };
    keep_out_of_caches(&mut response);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::info!(request = %id, %method, %path, status = response.status().as_u16(), micros, "answered");
    response
}

/// What is said of people is kept by nobody on the way, and by no browser, unless its address says otherwise.
fn keep_out_of_caches(response: &mut Response) {
    let is_json = |value: &HeaderValue| value.to_str().is_ok_and(|media_type| media_type.contains("json"));
    let headers = response.headers_mut();
    if headers.get(header::CONTENT_TYPE).is_some_and(is_json) {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
}

/// Reads the whole of a request, then gives it a place and a time limit. Whoever sends slowly takes no place.
async fn take_place(
    State((app, limit_bytes)): State<(Arc<App>, usize)>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let patience = app.places.limits.patience;
    let _coming = app.places.let_come(app.rates.address_of(&parts.headers, &parts.extensions))?;
    let body = read_body(body, limit_bytes, patience).await?;
    let _place = app.places.take(|| is_organizer(&parts.headers, &app))?;
    let request = Request::from_parts(parts, Body::from(body));
    tokio::time::timeout(patience, next.run(request)).await.map_err(|_| Problem::TIMEOUT)
}

/// Learns what was changed of who may do what before anybody is judged by it. Stands behind what waits for a body: that may
/// take long.
async fn follow(State(app): State<Arc<App>>, request: Request, next: Next) -> Result<Response, Problem> {
    app.auth.follow().await?;
    Ok(next.run(request).await)
}

/// Anybody may make these calls, but not any number of them. Where a device is known it is counted instead; see
/// [`crate::api::callers::Caller`].
async fn count_stranger(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match app.rates.count_stranger(request.headers(), request.extensions(), app.auth.clock().now()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// What is said of what a library refused on its own, and under which status.
fn unexpected(status: StatusCode) -> (StatusCode, Problem) {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => (status, Problem::TOO_LARGE),
        status if status.is_client_error() => (status, Problem::BAD_BODY),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, Problem::INTERNAL),
    }
}
