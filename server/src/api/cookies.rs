//! The cookie of a browser's session: what it is called, and where it stands in a request.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;

use crate::app::App;

/// The cookie's name where the server is reached without TLS: on the machine itself.
pub const COOKIE_NAME: &str = "saxaul-session";
/// A browser keeps a cookie of this name for no other host, and sends it over TLS alone (RFC 6265bis).
const SECURE_COOKIE_NAME: &str = "__Host-saxaul-session";

/// The name of the session's cookie.
pub fn cookie_name(app: &App) -> &'static str {
    if app.public_url.starts_with("https://") { SECURE_COOKIE_NAME } else { COOKIE_NAME }
}

/// The value of a cookie that a request brings.
pub fn cookie_in<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    let mut pairs = cookies.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}
