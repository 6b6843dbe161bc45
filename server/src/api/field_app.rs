//! The field app: the files of a web app that the program carries, served under `/field/`.
//!
//! A file whose name says what is in it is kept by browsers for good; every other one is asked for again. An address that is no
//! file's is a screen of the app, which the app itself draws. The app calls the API of this origin and nothing else.

use std::sync::OnceLock;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use crate::error::Problem;

/// A file that the program carries.
#[derive(Debug)]
pub struct CarriedFile {
    /// The address below `/field/`.
    pub path: &'static str,
    /// What is in it.
    pub bytes: &'static [u8],
    /// The same, compressed with brotli; `None` where that saves nothing.
    pub brotli: Option<&'static [u8]>,
}

static FILES: OnceLock<&[CarriedFile]> = OnceLock::new();

/// Says which files this program carries, sorted by path. Called once, before anything is served; a process that does not call
/// it carries none.
pub fn carry(files: &'static [CarriedFile]) {
    FILES.get_or_init(|| files);
}

/// The screen that draws every other.
const SHELL: &str = "index.html";

/// Below this, names say what is in the files.
const HASHED: &str = "assets/";

const MISSING: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Saxaul</title><h1>The field app is not in this \
    program</h1><p>Build it with <code>make web</code>, then build the program again.</p></html>";

/// What a page of the app may do, and nothing more.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; \
    media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "camera=(self), screen-wake-lock=(self), local-network=(self), loopback-network=(), geolocation=(), \
             microphone=(), payment=(), usb=()",
        ),
    ),
];

/// The addresses of the field app. They stand beside the API, and in no document of it.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        // What stands behind the # of an invite link stays in the browser.
        .route("/join", get(|| async { ([(header::CACHE_CONTROL, "no-store")], Redirect::to("/field/join")) }))
        .route("/field", get(|| async { Redirect::permanent("/field/") }))
        // The app's service worker takes what other apps share with it. Before it runs, there is nothing that could.
        .route("/field/share", post(|| async { Redirect::to("/field/hand-over") }))
        .route("/field/", get(|headers: HeaderMap| async move { answer(SHELL, &headers) }))
        .route(
            "/field/{*path}",
            get(|Path(path): Path<String>, headers: HeaderMap| async move { answer(&path, &headers) }),
        )
}

fn answer(path: &str, asked: &HeaderMap) -> Response {
    answer_from(FILES.get().copied().unwrap_or_default(), path, asked)
}

fn answer_from(files: &'static [CarriedFile], path: &str, asked: &HeaderMap) -> Response {
    let named = |path: &str| Some(&files[files.binary_search_by_key(&path, |file| file.path).ok()?]);
    let file = match named(path) {
        Some(file) => file,
        None if path.starts_with(HASHED) => return Problem::NOT_FOUND.into_response(),
        None => match named(SHELL) {
            Some(shell) => shell,
            None => return (StatusCode::SERVICE_UNAVAILABLE, HEADERS, axum::response::Html(MISSING)).into_response(),
        },
    };
    let kept = if file.path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let about = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type(file.path))),
        (header::CACHE_CONTROL, HeaderValue::from_static(kept)),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ];
    match file.brotli.filter(|_| takes_brotli(asked)) {
        Some(compressed) => {
            let encoding = [(header::CONTENT_ENCODING, HeaderValue::from_static("br"))];
            (HEADERS, about, encoding, Body::from(Bytes::from_static(compressed))).into_response()
        }
        None => (HEADERS, about, Body::from(Bytes::from_static(file.bytes))).into_response(),
    }
}

/// Whether the one who asks reads brotli, which it may say with a weight.
fn takes_brotli(asked: &HeaderMap) -> bool {
    let encodings = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    encodings.flat_map(|value| value.split(',')).any(|encoding| {
        let mut parts = encoding.split(';').map(str::trim);
        parts.next() == Some("br") && parts.next().and_then(|weight| weight.strip_prefix("q=")) != Some("0")
    })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &[CarriedFile] = &[
        CarriedFile { path: "assets/a-1.js", bytes: b"script", brotli: Some(b"short") },
        CarriedFile { path: "index.html", bytes: b"shell", brotli: None },
        CarriedFile { path: "sw.js", bytes: b"worker", brotli: Some(b"short") },
    ];

    async fn told(files: &'static [CarriedFile], path: &str, encodings: &str) -> (u16, HeaderMap, String) {
        let mut asked = HeaderMap::new();
        asked.insert(header::ACCEPT_ENCODING, encodings.parse().unwrap());
        let (head, body) = answer_from(files, path, &asked).into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (head.status.as_u16(), head.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_file_comes_compressed_to_whoever_reads_that_and_is_kept_for_good_if_its_name_says_what_is_in_it() {
        for (encodings, body) in
            [("gzip, br", "short"), ("br;q=0.5", "short"), ("gzip", "script"), ("br;q=0", "script"), ("", "script")]
        {
            let (status, headers, said) = told(APP, "assets/a-1.js", encodings).await;
            assert_eq!((status, said.as_str()), (200, body), "{encodings}");
            assert_eq!(headers.get("content-encoding").is_some(), body == "short", "{encodings}");
            assert_eq!(headers["content-type"], "text/javascript; charset=utf-8");
            assert!(headers["cache-control"].to_str().unwrap().contains("immutable"));
            assert!(headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        }
        let (_, headers, _) = told(APP, "sw.js", "br").await;
        assert_eq!(headers["cache-control"], "no-cache");
    }

    #[tokio::test]
    async fn every_address_that_is_no_file_is_a_screen_of_the_app_but_a_file_that_is_gone_is_gone() {
        for screen in ["index.html", "join", "cards/litter"] {
            let (status, headers, body) = told(APP, screen, "").await;
            assert_eq!(
                (status, body.as_str(), &headers["cache-control"]),
                (200, "shell", &"no-cache".parse().unwrap())
            );
        }
        assert_eq!(told(APP, "assets/a-0.js", "").await.0, 404);
    }

    #[tokio::test]
    async fn a_program_without_the_app_says_how_to_build_it() {
        let (status, _, body) = told(&[], "join", "").await;
        assert_eq!(status, 503);
        assert!(body.contains("make web"), "{body}");
    }
}
