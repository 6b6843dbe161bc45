//! How far long work is, and whether anybody still wants it. The work itself looks here, at each of its steps.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_util::sync::{CancellationToken, DropGuard};

/// Nobody waits for the work any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("it was cancelled")]
pub struct Cancelled;

/// Called with the steps done and the steps expected.
type Watcher = Box<dyn Fn(u64, u64) + Send + Sync>;

/// The progress of one piece of work, shared by who does it and who waits for it.
#[derive(Default)]
pub struct Progress {
    cancelled: CancellationToken,
    done: AtomicU64,
    expected: AtomicU64,
    watcher: Option<Watcher>,
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (done, expected) = self.so_far();
        write!(f, "Progress({done} of {expected})")
    }
}

impl Progress {
    /// Work that is cancelled with `all`, the work of which it is a part.
    #[must_use]
    pub fn within(all: &CancellationToken) -> Self {
        Self { cancelled: all.child_token(), ..Self::default() }
    }

    /// Work whose steps `watcher` hears of, as steps done and steps expected.
    #[must_use]
    pub fn watched(watcher: impl Fn(u64, u64) + Send + Sync + 'static) -> Self {
        Self { watcher: Some(Box::new(watcher)), ..Self::default() }
    }

    /// So many more steps are to come.
    pub fn expect(&self, steps: usize) {
        self.expected.fetch_add(steps as u64, Ordering::Relaxed);
    }

    /// One step is done.
    ///
    /// # Errors
    /// [`Cancelled`]: the work is to end here.
    pub fn step(&self) -> Result<(), Cancelled> {
        let done = 1 + self.done.fetch_add(1, Ordering::Relaxed);
        if let Some(watcher) = &self.watcher {
            watcher(done, self.expected.load(Ordering::Relaxed));
        }
        self.check()
    }

    /// Whether the work may go on.
    ///
    /// # Errors
    /// [`Cancelled`]: the work is to end here.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.cancelled.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// Asks the work to end. Repeating it is harmless.
    pub fn cancel(&self) {
        self.cancelled.cancel();
    }

    /// Asks the work to end when the guard is dropped: with the request that waited for it.
    #[must_use]
    pub fn cancel_on_drop(&self) -> DropGuard {
        self.cancelled.clone().drop_guard()
    }

    /// Waits until somebody asks the work to end.
    pub async fn cancelled(&self) {
        self.cancelled.cancelled().await;
    }

    /// Steps done, and steps expected as far as that is known.
    #[must_use]
    pub fn so_far(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.expected.load(Ordering::Relaxed))
    }
}
