//! How an answer flows: a connection whose client does not take what it is sent is let go of.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep};

use super::streams::{SLICE_BYTES, Streams};
use crate::pace::BYTES_IN_A_WINDOW;

/// A client that takes no more than it must takes a slice of an answer in so many windows.
#[expect(clippy::cast_possible_truncation, reason = "a slice is short")]
const WINDOWS_OF_A_SLICE: u32 = (SLICE_BYTES as u64).div_ceil(BYTES_IN_A_WINDOW) as u32;

/// How much was sent over a connection, and whether the next byte waits for the client.
#[derive(Default)]
pub(super) struct Meter {
    sent: AtomicU64,
    waits_since: Mutex<Option<Instant>>,
}

impl Meter {
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    fn note<T>(&self, written: &Poll<T>) {
        let mut since = self.waits_since.lock().expect("no holder panics");
        *since = if written.is_pending() { since.or_else(|| Some(Instant::now())) } else { None };
    }
}

/// A stream of bytes that is metered.
pub(super) struct Metered<S> {
    stream: S,
    meter: Arc<Meter>,
}

impl<S> Metered<S> {
    pub const fn new(stream: S, meter: Arc<Meter>) -> Self {
        Self { stream, meter }
    }

    fn wrote(&self, written: Poll<std::io::Result<usize>>) -> Poll<std::io::Result<usize>> {
        self.meter.note(&written);
        if let Poll::Ready(Ok(bytes)) = written {
            self.meter.sent.fetch_add(bytes as u64, Ordering::Relaxed);
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.wrote(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.meter.note(&flushed);
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Resolves when something waited for the client through a whole window in which it took hardly a byte. A client of HTTP/2
/// that has other bytes sent meanwhile, as answers to pings, is given the time in which it must have taken a slice.
///
/// The head of a request has a time limit of its own, its body a pace, and the work on an answer a time limit too. An answer
/// that has nothing to say for a while waits for nobody.
pub(super) async fn stalled(meter: Arc<Meter>, streams: Option<Arc<Streams>>, window: Duration) {
    loop {
        let (began, before) = (Instant::now(), meter.sent());
        sleep(window).await;
        let of_connection = *meter.waits_since.lock().expect("no holder panics");
        let of_streams = streams.as_ref().and_then(|streams| streams.wait_since());
        let Some(since) = [of_connection, of_streams].into_iter().flatten().min() else { continue };
        let is_slow = meter.sent() - before < BYTES_IN_A_WINDOW;
        if (is_slow && since <= began) || since.elapsed() >= window * WINDOWS_OF_A_SLICE {
            return;
        }
    }
}

/// Resolves when no stream of an HTTP/2 connection was open for so long, and nothing was sent.
/// Never for HTTP/1.1: hyper itself limits the wait for the head of the next request there.
pub(super) async fn idle(meter: Arc<Meter>, streams: Option<Arc<Streams>>, limit: Duration) {
    let Some(streams) = streams else { return std::future::pending().await };
    loop {
        let before = meter.sent();
        sleep(limit).await;
        if streams.is_none_open() && meter.sent() == before {
            return;
        }
    }
}
