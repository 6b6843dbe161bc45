//! Connections: how many there may be, how long each may keep the server waiting, and how all of them end.
//!
//! Owns the listening port. Does not know what is asked over a connection; that is the router's.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::flow::{Meter, Metered, idle, stalled};
use super::streams::{SLICE_BYTES, STREAMS_LIMIT, StreamPlaces, StreamTasks, Streams};
use super::tls;
use crate::config::ConnectionLimits;
use crate::holders::Holders;
use crate::rates::{Peer, holder_of};

/// A head is no longer than this.
const HEAD_LIMIT_BYTES: usize = 64 * 1024;
const HEAD_LIMIT_BYTES_IN_HTTP2: u32 = 64 * 1024;
/// So much of the bodies that come over one HTTP/2 connection may wait to be read: as much as a body may have.
const WINDOW_BYTES: u32 = 256 * 1024;
/// Streams that were reset and are still to be looked at: more end the connection.
const RESETS_LIMIT: usize = 20;
/// Nobody can be let in for so long after the operating system failed to.
const AFTER_FAILURE: Duration = Duration::from_millis(200);

/// A port, and what answers there.
pub(super) struct Connections {
    pub listener: TcpListener,
    pub tls: Option<TlsAcceptor>,
    pub router: Router,
    pub limits: ConnectionLimits,
}

impl Connections {
    /// Answers until `stop` is cancelled. Then lets nobody in, and waits for requests that are under way as long as
    /// one may take: whoever has sent no whole one by then is cut off.
    pub async fn run(self, stop: CancellationToken) {
        let (tasks, cut, callers) = (TaskTracker::new(), CancellationToken::new(), Holders::default());
        let (places, streams) = (Arc::new(Semaphore::new(self.limits.open)), StreamPlaces::new(self.limits));
        let mut open = Open::default();
        while let Some((stream, peer)) = self.let_in(&stop).await {
            open.forget_ended();
            if self.limits.open_per_address.is_some() && places.available_permits() == 0 && !open.makes_way(peer.ip()) {
                tracing::debug!("the address that has the most connections gets no more");
                continue;
            }
            let placed = stop.run_until_cancelled(Arc::clone(&places).acquire_owned()).await;
            let Some(Ok(place)) = placed else { break };
            let Some(held) = callers.take(peer.ip(), self.limits.open_per_address) else {
                tracing::debug!("an address has too many connections open");
                continue;
            };
            let (tls, router, limits) = (self.tls.clone(), self.router.clone(), self.limits);
            let (stop, cut, making_way) = (stop.clone(), cut.clone(), open.add(peer.ip()));
            let (streams, of_streams) = (streams.clone(), tasks.clone());
            let peer = Peer(peer.ip());
            let connection = Connection { router, limits, peer, places: streams, tasks: of_streams, stop, cut };
            tasks.spawn(async move {
                making_way.run_until_cancelled(connection.run(stream, tls)).await;
                // Whoever looks for the oldest passes over this one.
                making_way.cancel();
                drop((held, place));
            });
        }
        drop(self.listener);
        tasks.close();
        if timeout(self.limits.request + Duration::from_secs(1), tasks.wait()).await.is_err() {
            cut.cancel();
            tasks.wait().await;
        }
    }

    /// The next connection; `None` when the server stops.
    async fn let_in(&self, stop: &CancellationToken) -> Option<(TcpStream, SocketAddr)> {
        let accepting = async {
            loop {
                match self.listener.accept().await {
                    Ok(came) => return came,
                    // A client that gave up in the queue, or no file handles left: neither ends the server.
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be taken");
                        sleep(AFTER_FAILURE).await;
                    }
                }
            }
        };
        stop.run_until_cancelled(accepting).await
    }
}

/// The connections that are open, oldest first: by whom, and what ends each.
#[derive(Default)]
struct Open(Vec<(IpAddr, CancellationToken)>);

impl Open {
    fn add(&mut self, address: IpAddr) -> CancellationToken {
        let making_way = CancellationToken::new();
        self.0.push((holder_of(address), making_way.clone()));
        making_way
    }

    fn forget_ended(&mut self) {
        self.0.retain(|(_, ended)| !ended.is_cancelled());
    }

    /// Ends the oldest connection of whoever has the most, so that another address gets in. `false` if that is this
    /// address, and others have connections too.
    fn makes_way(&self, address: IpAddr) -> bool {
        let mut counts: HashMap<IpAddr, usize> = HashMap::new();
        self.0.iter().for_each(|(holder, _)| *counts.entry(*holder).or_default() += 1);
        let own = counts.get(&holder_of(address)).copied().unwrap_or(0);
        let Some((largest, most)) = counts.iter().max_by_key(|(_, count)| **count) else { return true };
        if own >= *most {
            return counts.len() == 1;
        }
        if let Some((_, oldest)) = self.0.iter().find(|(holder, _)| holder == largest) {
            oldest.cancel();
        }
        true
    }
}

struct Connection {
    router: Router,
    limits: ConnectionLimits,
    peer: Peer,
    places: StreamPlaces,
    tasks: TaskTracker,
    /// Finish what is under way.
    stop: CancellationToken,
    /// Cancelled to end the connection at once.
    cut: CancellationToken,
}

/// What is spoken over a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Protocol {
    Http1,
    Http2,
}

impl Connection {
    async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection stays slow");
        }
        // Browsers speak HTTP/2 over TLS alone.
        let Some(tls) = tls else { return self.answer(stream, Protocol::Http1).await };
        // Nothing is under way before the hands are shaken.
        let shaken = self.stop.run_until_cancelled(timeout(self.limits.head, tls.accept(stream))).await;
        match shaken {
            Some(Ok(Ok(stream))) => {
                let is_http2 = stream.get_ref().1.alpn_protocol() == Some(tls::HTTP2);
                self.answer(stream, if is_http2 { Protocol::Http2 } else { Protocol::Http1 }).await;
            }
            Some(Ok(Err(error))) => tracing::debug!(%error, "a client did not speak TLS as we do"),
            Some(Err(_)) | None => {}
        }
    }

    /// Answers what is asked over a connection, to its end.
    async fn answer(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, protocol: Protocol) {
        let Self { router, limits, peer, places, tasks, stop, cut } = self;
        let meter = Arc::<Meter>::default();
        let stream = TokioIo::new(Metered::new(stream, Arc::clone(&meter)));
        let streams = (protocol == Protocol::Http2).then(|| Streams::new(places, peer));
        let ended = CancellationToken::new();
        let _ends_with_this = ended.clone().drop_guard();
        let http = speaking(protocol, limits, StreamTasks { tasks, ended });
        let of_streams = streams.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let (router, begun) = (router.clone(), of_streams.as_ref().map(Streams::begin));
            async move {
                match begun {
                    None => answer_one(router, request, peer).await,
                    Some(stream) => stream.answer(router, request).await,
                }
            }
        });
        let mut talking = std::pin::pin!(http.serve_connection(stream, service));
        let window = 2 * limits.request + limits.head;
        let ended = tokio::select! {
            ended = talking.as_mut() => ended,
            () = stop.cancelled() => {
                talking.as_mut().graceful_shutdown();
                tokio::select! {
                    ended = talking => ended,
                    () = cut.cancelled() => return,
                }
            }
            () = stalled(Arc::clone(&meter), streams.clone(), window) => {
                tracing::debug!("a connection takes too long over an answer");
                return;
            }
            () = flooded(streams.clone()) => {
                tracing::debug!("a connection begins requests and gives them up");
                return;
            }
            () = idle(Arc::clone(&meter), streams.clone(), limits.head) => {
                if streams.is_some_and(|streams| !streams.has_begun()) {
                    return;
                }
                // A client that asks for something just now learns that it was not heard.
                talking.as_mut().graceful_shutdown();
                match timeout(limits.head, talking).await {
                    Ok(ended) => ended,
                    Err(_) => return,
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection broke");
        }
    }
}

/// What hyper is told of a protocol's limits.
fn speaking(protocol: Protocol, limits: ConnectionLimits, tasks: StreamTasks) -> auto::Builder<StreamTasks> {
    let mut http = auto::Builder::new(tasks);
    match protocol {
        Protocol::Http1 => {
            let mut http1 = http.http1();
            http1.timer(TokioTimer::new()).header_read_timeout(limits.head).max_buf_size(HEAD_LIMIT_BYTES);
            http.http1_only()
        }
        Protocol::Http2 => {
            http.http2()
                .timer(TokioTimer::new())
                .max_header_list_size(HEAD_LIMIT_BYTES_IN_HTTP2)
                .max_concurrent_streams(STREAMS_LIMIT)
                .max_pending_accept_reset_streams(RESETS_LIMIT)
                .max_local_error_reset_streams(RESETS_LIMIT)
                .initial_stream_window_size(WINDOW_BYTES)
                .initial_connection_window_size(WINDOW_BYTES)
                .max_send_buf_size(SLICE_BYTES);
            http.http2_only()
        }
    }
}

/// Resolves when a client of HTTP/2 begins requests only to give them up.
async fn flooded(streams: Option<Arc<Streams>>) {
    match streams {
        Some(streams) => streams.flooded.cancelled().await,
        None => std::future::pending().await,
    }
}

pub(super) async fn answer_one(router: Router, request: Request<Incoming>, peer: Peer) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(peer);
    router.oneshot(request).await
}

#[cfg(test)]
mod tests;
