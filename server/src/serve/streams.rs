//! The requests that come over one HTTP/2 connection at once: each counts as a connection of HTTP/1.1 would.
//!
//! Owns their places, from their head to the end of their answer, and how long each waits for the client to take more of
//! its answer. Does not own the protocol: windows, frames and headers are hyper's.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::HOST;
use axum::response::Response;
use hyper::body::{Body as Sent, Frame, Incoming, SizeHint};
use hyper::rt::Executor;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connections::answer_one;
use crate::clock::RandomSource;
use crate::config::ConnectionLimits;
use crate::error::{Denial, Problem};
use crate::holders::{Held, Holders};
use crate::rates::Peer;

/// So many requests may be under way over one connection: what RFC 9113 asks for at the least.
pub(super) const STREAMS_LIMIT: u32 = 100;
/// So much of an answer is given out of hand at once: what lies beyond waits here, where it is seen.
pub(super) const SLICE_BYTES: usize = 4096;
/// A connection ends when so many more requests were given up than were answered (CVE-2023-44487).
const ABANDONED_LIMIT: u32 = 100;

/// The places that the requests of all HTTP/2 connections share.
#[derive(Clone)]
pub(super) struct StreamPlaces {
    places: Arc<Semaphore>,
    callers: Holders,
    per_address: Option<usize>,
}

/// A request's place, until the end of its answer.
type Place = (Held, OwnedSemaphorePermit);

impl StreamPlaces {
    /// As many as there may be connections.
    pub fn new(limits: ConnectionLimits) -> Self {
        Self {
            places: Arc::new(Semaphore::new(limits.open)),
            callers: Holders::default(),
            per_address: limits.open_per_address,
        }
    }

    fn take(&self, address: IpAddr) -> Option<Place> {
        let held = self.callers.take(address, self.per_address)?;
        Some((held, Arc::clone(&self.places).try_acquire_owned().ok()?))
    }
}

/// The streams of one connection.
pub(super) struct Streams {
    places: StreamPlaces,
    peer: Peer,
    open: Mutex<Open>,
    /// Cancelled when the client begins requests only to give them up.
    pub flooded: CancellationToken,
}

#[derive(Default)]
struct Open {
    /// Since when each waits for the client to take more of its answer; `None` where it does not.
    waits: HashMap<u64, Option<Instant>>,
    begun: u64,
    abandoned: u32,
}

/// One request with its answer, until it is dropped.
pub(super) struct Stream {
    streams: Arc<Streams>,
    number: u64,
    is_answered: bool,
}

impl Streams {
    pub fn new(places: StreamPlaces, peer: Peer) -> Arc<Self> {
        Arc::new(Self { places, peer, open: Mutex::default(), flooded: CancellationToken::new() })
    }

    /// Whether no request is under way.
    pub fn is_none_open(&self) -> bool {
        self.open().waits.is_empty()
    }

    /// Whether any request ever came.
    pub fn has_begun(&self) -> bool {
        self.open().begun > 0
    }

    /// Since when the answer waits that waits the longest for the client to take more of it.
    pub fn wait_since(&self) -> Option<Instant> {
        self.open().waits.values().flatten().min().copied()
    }

    /// Notes that a request has come, and counts it until the stream is dropped.
    pub fn begin(self: &Arc<Self>) -> Stream {
        let mut open = self.open();
        open.begun += 1;
        let number = open.begun;
        open.waits.insert(number, None);
        Stream { streams: Arc::clone(self), number, is_answered: false }
    }

    fn open(&self) -> std::sync::MutexGuard<'_, Open> {
        self.open.lock().expect("no holder panics")
    }
}

impl Stream {
    /// Answers a request as one that came over HTTP/1.1, if there is a place for it.
    pub async fn answer(mut self, router: Router, mut request: Request<Incoming>) -> Result<Response, Infallible> {
        let peer = self.streams.peer;
        let Some(place) = self.streams.places.take(peer.0) else {
            let id = RandomSource::System.draw_id();
            tracing::debug!(request = %id, "an address has too many requests under way");
            self.is_answered = true;
            return Ok(Denial::from(Problem::BUSY).with_request_id(&id));
        };
        // What HTTP/1.1 says in this header stands in the request's address, and only that counts (RFC 9113, 8.3.1).
        let authority = request.uri().authority().and_then(|said| HeaderValue::from_str(said.as_str()).ok());
        if let Some(authority) = authority {
            request.headers_mut().insert(HOST, authority);
        }
        let response = answer_one(router, request, peer).await?;
        self.is_answered = true;
        Ok(response.map(|body| Body::new(Answer { body, rest: Bytes::new(), stream: self, _place: place })))
    }

    fn waits(&self, since: Option<Instant>) {
        self.streams.open().waits.insert(self.number, since);
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut open = self.streams.open();
        open.waits.remove(&self.number);
        open.abandoned =
            if self.is_answered { open.abandoned.saturating_sub(1) } else { open.abandoned.saturating_add(1) };
        if open.abandoned > ABANDONED_LIMIT {
            self.streams.flooded.cancel();
        }
    }
}

/// The body of an answer, in slices: the next one is asked for when the client has taken the one before.
struct Answer {
    body: Body,
    rest: Bytes,
    stream: Stream,
    _place: Place,
}

impl Sent for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.stream.waits(None);
        while self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                other => return Poll::Ready(other),
            }
        }
        let length = self.rest.len().min(SLICE_BYTES);
        // Copied: a slice that is not taken keeps nothing else in memory.
        let slice = Bytes::copy_from_slice(&self.rest.split_to(length));
        self.stream.waits(Some(Instant::now()));
        Poll::Ready(Some(Ok(Frame::data(slice))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, of_body) = (self.rest.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(of_body.lower() + rest);
        if let Some(upper) = of_body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

/// Runs the streams of one connection as tasks of the server, no longer than the connection lasts.
#[derive(Clone)]
pub(super) struct StreamTasks {
    pub tasks: TaskTracker,
    pub ended: CancellationToken,
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for StreamTasks {
    fn execute(&self, stream: F) {
        let ended = self.ended.clone();
        self.tasks.spawn(async move {
            ended.run_until_cancelled(stream).await;
        });
    }
}
