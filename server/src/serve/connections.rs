//! Connections: how many there may be, how long each may keep the server waiting, and how all of them end.
//!
//! Owns the listening port. Does not know what is asked over a connection; that is the router's.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::io::{InspectReader, InspectWriter};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::config::ConnectionLimits;
use crate::holders::Holders;
use crate::pace::BYTES_IN_A_WINDOW;
use crate::rates::{Peer, holder_of};

/// A head is no longer than this.
const HEAD_LIMIT_BYTES: usize = 64 * 1024;
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
        let places = Arc::new(Semaphore::new(self.limits.open));
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
            let connection = Connection { router, limits, peer: Peer(peer.ip()), stop, cut };
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
    /// Finish what is under way.
    stop: CancellationToken,
    /// Cancelled to end the connection at once.
    cut: CancellationToken,
}

impl Connection {
    async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection stays slow");
        }
        let Some(tls) = tls else { return self.answer(stream).await };
        // Nothing is under way before the hands are shaken.
        let shaken = self.stop.run_until_cancelled(timeout(self.limits.head, tls.accept(stream))).await;
        match shaken {
            Some(Ok(Ok(stream))) => self.answer(stream).await,
            Some(Ok(Err(error))) => tracing::debug!(%error, "a client did not speak TLS as we do"),
            Some(Err(_)) | None => {}
        }
    }

    /// Answers what is asked over a connection, to its end.
    async fn answer(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let Self { router, limits, peer, stop, cut } = self;
        let (begin, begun) = watch::channel(Instant::now());
        let service = service_fn(move |request: Request<Incoming>| {
            begin.send_replace(Instant::now());
            let router = router.clone();
            async move { answer_one(router, request, peer).await }
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(limits.head).max_buf_size(HEAD_LIMIT_BYTES);
        let moved = Arc::new(AtomicU64::new(0));
        let count = |moved: &Arc<AtomicU64>| {
            let moved = Arc::clone(moved);
            move |bytes: &[u8]| {
                moved.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            }
        };
        let stream = InspectWriter::new(InspectReader::new(stream, count(&moved)), count(&moved));
        let mut talking = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
        let ended = tokio::select! {
            ended = talking.as_mut() => ended,
            () = stop.cancelled() => {
                talking.as_mut().graceful_shutdown();
                tokio::select! {
                    ended = talking => ended,
                    () = cut.cancelled() => return,
                }
            }
            () = stalled(begun, moved, limits) => {
                tracing::debug!("a connection takes too long over an answer");
                return;
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection broke");
        }
    }
}

async fn answer_one(router: Router, request: Request<Incoming>, peer: Peer) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(peer);
    router.oneshot(request).await
}

/// Resolves when no new request came for as long as one may take with its answer and the wait for another, and hardly a
/// byte moved meanwhile.
///
/// The head has a time limit of its own, the body a pace, and the work on an answer a time limit too; what remains is a
/// client that does not take the answer.
async fn stalled(begun: watch::Receiver<Instant>, moved: Arc<AtomicU64>, limits: ConnectionLimits) {
    loop {
        let (last, before) = (*begun.borrow(), moved.load(Ordering::Relaxed));
        sleep(2 * limits.request + limits.head).await;
        let is_slow = moved.load(Ordering::Relaxed) - before < BYTES_IN_A_WINDOW;
        if is_slow && *begun.borrow() == last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_all_places_are_taken_the_oldest_connection_of_whoever_has_the_most_makes_way() {
        let [flood, camp, office] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|text| text.parse().unwrap());
        let mut open = Open::default();
        let alone = open.add(flood);
        assert!(open.makes_way(flood) && !alone.is_cancelled(), "nobody else is there: it waits");
        let others = [open.add(flood), open.add(flood)];
        let quiet = [open.add(camp), open.add(camp)];
        assert!(!open.makes_way(flood));
        assert!(open.makes_way(office));
        assert!(alone.is_cancelled() && others.iter().chain(&quiet).all(|token| !token.is_cancelled()));
        open.forget_ended();
        assert_eq!(open.0.len(), 4);
    }
}
