//! A home server in the test's own process, asked as a browser or a program asks it: by method, path, headers, body.
//!
//! Its clock is in the test's hand. Nothing crosses a socket.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response};
use serde_json::Value;
use server::client::{Answer, Call, Carrier};
use server::clock::Clock;
use server::config::Given;
use server::invite::InviteLink;
use server::router::router;
use server::serve::Server;
use sync_core::time::UnixMillis;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::binary::Place;

/// Where the clock of a [`Desk`] begins: 2026-05-18 09:00 in Aqtau.
pub const MORNING: UnixMillis = UnixMillis(1_779_076_800_000);

/// A running home server.
pub struct Desk {
    runtime: Runtime,
    server: Option<Server>,
    router: Router,
    first_invite: Option<InviteLink>,
    /// Moves the server's time.
    pub clock: Clock,
    /// Where its data is.
    pub place: Place,
}

impl Default for Desk {
    fn default() -> Self {
        Self::open()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.router = Router::new();
        let stop = CancellationToken::new();
        stop.cancel();
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.run(stop));
        }
    }
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as JSON.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header; empty if it is not there.
    ///
    /// # Panics
    /// If it is no text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// It has this status. Returns the body, if it is JSON.
    ///
    /// # Panics
    /// If it has another.
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// It says no, with this status and code.
    ///
    /// # Panics
    /// If it does not.
    #[track_caller]
    pub fn is_problem(&self, status: u16, code: &str) {
        let problem = self.json();
        assert_eq!((self.status, problem["code"].as_str()), (status, Some(code)), "{problem}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(problem["request_id"], self.header("x-request-id"));
    }
}

impl Desk {
    /// Opens one that nobody has joined.
    ///
    /// # Panics
    /// If it cannot be opened.
    #[must_use]
    pub fn open() -> Self {
        let place = Place::new();
        let given = Given {
            data_dir: Some(place.path("data")),
            listen: Some(([127, 0, 0, 1], 0).into()),
            address_calls_per_minute: Some(0),
            device_calls_per_minute: Some(0),
            ..Given::default()
        };
        let clock = Clock::set_to(MORNING);
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let opening = Server::open(given.complete(Given::default()).unwrap(), clock.clone());
        let mut server = runtime.block_on(opening).unwrap();
        let first_invite = server.first_invite.take();
        let router = router(server.app());
        Self { runtime, server: Some(server), router, first_invite, clock, place }
    }

    /// Lets the first organizer in, once.
    ///
    /// # Panics
    /// If it was taken before.
    pub fn first_invite(&mut self) -> InviteLink {
        self.first_invite.take().unwrap()
    }

    /// Makes a call.
    ///
    /// # Panics
    /// If the request is none.
    #[must_use]
    pub fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Reply {
        let response = self.begin(method, path, headers, body);
        let (head, body) = response.into_parts();
        let body = self.runtime.block_on(to_bytes(body, usize::MAX)).unwrap().to_vec();
        Reply { status: head.status.as_u16(), headers: head.headers, body }
    }

    /// Makes a call whose answer does not end by itself.
    ///
    /// # Panics
    /// If the request is none.
    #[must_use]
    pub fn begin(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Response<Body> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        self.runtime.block_on(self.router.clone().oneshot(request)).unwrap()
    }

    /// The runtime in which the server lives.
    #[must_use]
    pub const fn runtime(&self) -> &Runtime {
        &self.runtime
    }
}

impl Carrier for &Desk {
    fn call(&mut self, call: Call<'_>) -> Result<Answer, String> {
        let authorization = call.authorization.map(|value| ("authorization", value));
        let headers: Vec<_> = authorization.into_iter().chain([("content-type", call.content_type)]).collect();
        let reply = Desk::call(self, call.method, call.path, &headers, call.body.to_vec());
        let token = Some(reply.header("x-saxaul-token").to_owned()).filter(|token| !token.is_empty());
        Ok(Answer { status: reply.status, token, retry_after_s: None, body: reply.body })
    }
}
