//! Whether a browser's request is of a page of this server: one check for everybody who signs in or is signed in.
//!
//! Owns what a browser says of where a request comes from. Does not own sessions, nor the token against forged requests.

use std::sync::Arc;

use aide::OperationInput;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::request::Parts;

use super::cookies::{cookie_in, cookie_name};
use crate::app::App;
use crate::auth::sessions::Session;
use crate::error::Problem;

/// A request of a page of this server, before anybody is signed in, or of a program that is no browser.
pub struct OfOwnPage {
    /// The session that the browser has, if it has one that holds.
    pub present: Option<Arc<Session>>,
}

impl FromRequestParts<Arc<App>> for OfOwnPage {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        if !is_of_own_page(&parts.headers, app) {
            return Err(Problem::FORGED);
        }
        // A form of another site can send text, and no JSON without asking first.
        let media_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Problem::NOT_JSON);
        }
        let cookie = cookie_in(&parts.headers, cookie_name(app));
        let known = cookie.and_then(|cookie| app.auth.sessions().recognise(cookie, app.auth.clock().now()).ok());
        Ok(Self { present: known.map(|(session, _)| session) })
    }
}

impl OperationInput for OfOwnPage {}

/// Whether a request is of a page of this server, or of no page at all, by everything that a browser says of that.
pub(super) fn is_of_own_page(headers: &HeaderMap, app: &App) -> bool {
    is_own_site(headers) && is_own_origin(headers, app)
}

/// Whether the browser says that a page of this server, or nobody else's page, had it send a request.
fn is_own_site(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(|value| value.to_str().unwrap_or_default());
    site.is_none_or(|site| matches!(site, "same-origin" | "none"))
}

/// The same for a browser that says from where a request comes, and not how that is related.
fn is_own_origin(headers: &HeaderMap, app: &App) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    if origin.split_once("://").is_none_or(|(_, authority)| authority.is_empty()) {
        return false;
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let is_asked = |host: &str| origin.split_once("://").is_some_and(|(_, authority)| authority == host);
    app.public_url.strip_prefix(origin).is_some_and(|path| path.is_empty() || path.starts_with('/'))
        || host.is_some_and(is_asked)
}
