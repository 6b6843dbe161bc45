//! Work that takes long, reports above all: bounded by owner, by event and in all, and ended when nobody waits for it.
//!
//! A permit belongs to the work and not to the request: it is given back when the work has ended. Waiting costs no
//! thread. Readers of events have places of their own, see [`crate::views`].

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use sync_core::ids::{DeviceId, EventId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::sessions::SessionId;
use crate::error::Problem;
use crate::progress::Progress;
use crate::workers::Workers;

/// For whom work is done.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Owner {
    /// A device, also the one that home holds for an organizer with a browser.
    Device(DeviceId),
    /// Somebody with a browser who writes nothing.
    Session(SessionId),
    /// Somebody who has not said who they are, by the holder of their address.
    Stranger(IpAddr),
}

/// For whom, and of which event; `None` for work over several.
#[derive(Clone, Copy, Debug)]
pub struct WorkFor {
    /// The caller who asked for the work.
    pub owner: Owner,
    /// The device that stands behind them.
    pub sponsor: DeviceId,
    /// What it is about.
    pub event: Option<EventId>,
}

/// An owner has so many pieces of work under way at the most: one runs, the others wait.
const OF_OWNER: usize = 4;
/// All owners behind whom one device stands have so many of one event at the most.
const OF_SPONSOR: usize = 16;
/// An event has so many at the most.
const OF_EVENT: usize = 16;

/// How the work ended so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct WorkCounts {
    /// It came to its end.
    pub finished: u64,
    /// It was cancelled while it ran.
    pub cancelled: u64,
}

/// What is under way.
pub struct LongWork {
    workers: Workers,
    at_once: Arc<Semaphore>,
    owners: Turns<Owner>,
    sponsors: Turns<(DeviceId, Option<EventId>)>,
    events: Turns<EventId>,
    tasks: TaskTracker,
    stopping: CancellationToken,
    finished: Arc<AtomicU64>,
    cancelled: Arc<AtomicU64>,
}

impl LongWork {
    /// Nothing is under way yet.
    #[must_use]
    pub fn new(workers: Workers) -> Self {
        Self {
            workers,
            at_once: Arc::new(Semaphore::new(workers.at_once())),
            owners: Turns::default(),
            sponsors: Turns::default(),
            events: Turns::default(),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            finished: Arc::default(),
            cancelled: Arc::default(),
        }
    }

    /// The progress of a new piece of work, which ends when the server stops.
    #[must_use]
    pub fn progress(&self) -> Arc<Progress> {
        Arc::new(Progress::within(&self.stopping))
    }

    /// Does `work` beside the requests when its turn has come. Whoever drops the future asks the work to end.
    ///
    /// # Errors
    /// [`Problem::TOO_MUCH_WORK`], [`Problem::CANCELLED`]; [`Problem::INTERNAL`] where the work panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        for_whom: WorkFor,
        progress: &Arc<Progress>,
        work: impl FnOnce(&Progress) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let _ends_with_this = progress.cancel_on_drop();
        let turns = tokio::select! {
            biased;
            () = progress.cancelled() => return Err(Problem::CANCELLED),
            turns = self.turns(for_whom) => turns?,
        };
        let progress = Arc::clone(progress);
        let (finished, cancelled) = (Arc::clone(&self.finished), Arc::clone(&self.cancelled));
        let tracked = self.tasks.token();
        let working = self.workers.run(move || {
            let _held = (turns, tracked);
            let done = work(&progress);
            let ended = if progress.check().is_ok() { finished } else { cancelled };
            ended.fetch_add(1, Ordering::Relaxed);
            done
        });
        working.await.map_err(|_| Problem::INTERNAL)
    }

    /// First the owner's turn, then the sponsor's, the event's, and a place: nobody holds a place who waits for a turn, and no
    /// sponsor fills an event's queue.
    async fn turns(&self, WorkFor { owner, sponsor, event }: WorkFor) -> Result<Vec<OwnedSemaphorePermit>, Problem> {
        let mut turns = vec![self.owners.turn(owner, OF_OWNER).await?];
        turns.push(self.sponsors.turn((sponsor, event), OF_SPONSOR).await?);
        if let Some(event) = event {
            turns.push(self.events.turn(event, OF_EVENT).await?);
        }
        turns.push(Arc::clone(&self.at_once).acquire_owned().await.map_err(|_| Problem::BUSY)?);
        Ok(turns)
    }

    /// How the work ended so far.
    #[must_use]
    pub fn counts(&self) -> WorkCounts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        WorkCounts { finished: read(&self.finished), cancelled: read(&self.cancelled) }
    }

    /// Asks all work to end, also what is still to come.
    pub fn stop(&self) {
        self.stopping.cancel();
        self.tasks.close();
    }

    /// After [`Self::stop`], waits until no work is under way.
    pub async fn stopped(&self) {
        self.tasks.wait().await;
    }
}

/// One turn at a time for each key, and a bounded queue behind it.
struct Turns<K>(Mutex<HashMap<K, Weak<Semaphore>>>);

impl<K> Default for Turns<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Copy + Eq + Hash> Turns<K> {
    async fn turn(&self, key: K, limit: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let turn = {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            known.retain(|_, turn| turn.strong_count() > 0);
            let turn = known.get(&key).and_then(Weak::upgrade).unwrap_or_else(|| Arc::new(Semaphore::new(1)));
            // Whoever holds the turn or waits for it holds the semaphore; so does this call.
            if Arc::strong_count(&turn) > limit {
                return Err(Problem::TOO_MUCH_WORK);
            }
            known.insert(key, Arc::downgrade(&turn));
            turn
        };
        turn.acquire_owned().await.map_err(|_| Problem::BUSY)
    }
}
