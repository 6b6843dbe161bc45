//! A sync that runs itself: exchanges with home when something was recorded and every while besides, comes back after
//! failures, and says how it stands.
//!
//! When to exchange next is decided by [`Plan`], which knows no clock and no thread. The thread of a [`Syncing`] exchanges,
//! waits as long as the plan says, and ends at once when it is stopped or the journal is closed.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::ThreadId;
use std::time::Duration;

use super::cancel::Cancel;
use super::drawn::entropy;
use super::http::Pace;
use super::observers::{Listener, Observation};
use super::{Result, Saxaul, SaxaulError, Unconfirmed, clocks};
use crate::app::{Brought, Changes};
use crate::error_codes::{ErrorCode, HOME_IS_AWAY};
use crate::time::UnixMillis;

/// After the first failure it comes back so soon; after each further one in a row twice as late.
const FIRST_WAIT_MS: u64 = 2_000;
/// However often it failed, it comes back within this time.
const LONGEST_WAIT_MS: u64 = 300_000;

/// Whoever closes a journal waits no longer than this for a watcher that is being told something.
const LONGEST_END: Duration = Duration::from_millis(500);
/// However often an app wants to exchange, so long is between two exchanges.
const SHORTEST_WAIT_MS: u64 = 1_000;
/// When to exchange, where nothing goes wrong.
#[derive(Clone, PartialEq, Eq, Debug, uniffi::Record)]
pub struct SyncSettings {
    /// Where home is reached, if not where the invite link said.
    #[uniffi(default = None)]
    pub url: Option<String>,
    /// So long after an exchange the next one begins, for news from others.
    #[uniffi(default = 60_000)]
    pub every_ms: u64,
    /// So soon after something was recorded here an exchange begins, so that what is recorded at once goes at once.
    #[uniffi(default = 2_000)]
    pub soon_ms: u64,
}

/// What a sync does now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, uniffi::Enum)]
pub enum SyncState {
    /// It is exchanging.
    Exchanging,
    /// It waits for its time, or for something to be recorded.
    Waiting,
    /// Home does not let this device exchange, and trying again helps nobody: `error` says why. It tries again when
    /// [`Syncing::now`] asks it to.
    Stuck,
    /// It was stopped, or the journal was closed.
    Stopped,
}

/// How a sync stands.
#[derive(Clone, PartialEq, Eq, Debug, uniffi::Record)]
pub struct SyncStatus {
    /// What it does now.
    pub state: SyncState,
    /// So many records went to home in the exchange that is under way, or in the last one.
    pub delivered: u32,
    /// So many changes and grants came in it.
    pub received: u32,
    /// So many records home does not have yet.
    pub undelivered: u32,
    /// When the last exchange that succeeded ended, by this device's wall clock.
    pub exchanged: Option<UnixMillis>,
    /// Since when home is out of reach or too busy, by this device's wall clock; none while it is not.
    pub offline_since: Option<UnixMillis>,
    /// It tries again after so many milliseconds, where it waits.
    pub next_in_ms: Option<u64>,
    /// Whether home said in the last exchange that succeeded that an organizer revoked this device.
    pub revoked: bool,
    /// Whether home ordered in it that this device forgets everything: hand over what is not delivered, then call
    /// [`Saxaul::wipe`].
    pub wipe_ordered: bool,
    /// Why the last exchange came to nothing.
    pub error: Option<SaxaulError>,
}

/// Hears how a sync stands. It is called on a thread of the library, which waits for it: it may call the journal, but must not
/// exchange, which would wait for itself. What it throws is reported where the language reports what nobody catches, and does no
/// harm.
#[uniffi::export(with_foreign)]
pub trait SyncWatcher: Send + Sync {
    /// It stands otherwise than before. The first call comes at once.
    ///
    /// # Errors
    /// What the app throws.
    fn status(&self, now: SyncStatus) -> Result<()>;
}

/// A sync that runs until it is stopped. Letting go of it does not stop it.
#[derive(uniffi::Object)]
pub struct Syncing {
    /// Ends it, and wakes it.
    cancel: Arc<Cancel>,
    state: Mutex<State>,
    /// Held while whoever watches is told something: they are told in order.
    told: Mutex<Told>,
    /// Its thread has ended, and calls nobody any more.
    ended: Condvar,
}

/// Who watches, until the sync has ended, and what they were told last.
struct Told {
    watcher: Option<Arc<dyn SyncWatcher>>,
    last: Option<SyncStatus>,
}

struct State {
    status: SyncStatus,
    is_asked: bool,
    /// Something was recorded since the last exchange began.
    has_recorded: bool,
    /// Its thread, as long as that runs.
    thread: Option<ThreadId>,
    observation: Option<Arc<Observation>>,
}

#[uniffi::export]
impl Syncing {
    /// How it stands now.
    pub fn status(&self) -> SyncStatus {
        self.lock().status.clone()
    }

    /// Exchanges as soon as it can, as when a network came or somebody asks for it.
    pub fn now(&self) {
        self.lock().is_asked = true;
        self.cancel.wake();
    }

    /// Ends it at once, and the exchange that is under way. Repeating it is harmless.
    pub fn stop(&self) {
        self.cancel.cancel();
    }
}

#[uniffi::export]
impl Saxaul {
    /// Exchanges with home by itself, from now on: soon after something was recorded, and every while besides. When home is
    /// out of reach or busy it comes back, later each time. A journal has one sync: another one ends the one before.
    ///
    /// # Errors
    /// [`SaxaulError::Refused`] after [`Saxaul::shut_down`], [`SaxaulError::Retry`] if the system gives no thread.
    #[uniffi::method(default(watcher = None))]
    pub fn sync(
        self: Arc<Self>,
        settings: SyncSettings,
        watcher: Option<Arc<dyn SyncWatcher>>,
    ) -> Result<Arc<Syncing>> {
        let status = SyncStatus {
            state: SyncState::Exchanging,
            delivered: 0,
            received: 0,
            undelivered: 0,
            exchanged: None,
            offline_since: None,
            next_in_ms: None,
            revoked: false,
            wipe_ordered: false,
            error: None,
        };
        let state = Mutex::new(State { status, is_asked: true, has_recorded: false, thread: None, observation: None });
        let told = Mutex::new(Told { watcher, last: None });
        let syncing = Arc::new(Syncing { cancel: Cancel::new(), state, told, ended: Condvar::new() });
        let recorded = Recorded { journal: Arc::downgrade(&self), syncing: Arc::downgrade(&syncing) };
        let observation = Arc::clone(&self).observe(Arc::new(recorded))?;
        syncing.lock().observation = Some(observation);
        let before = self.syncing.lock().unwrap_or_else(PoisonError::into_inner).replace(Arc::clone(&syncing));
        if let Some(before) = before {
            before.stop();
        }
        let (running, journal) = (Arc::clone(&syncing), Arc::downgrade(&self));
        let thread = std::thread::Builder::new().name("saxaul sync".to_owned());
        let begun = thread.spawn(move || running.run(&journal, &settings));
        let thread = begun.map_err(|error| SaxaulError::of(ErrorCode::NO_THREAD, &error))?;
        let mut state = syncing.lock();
        if state.status.state != SyncState::Stopped {
            state.thread = Some(thread.thread().id());
        }
        drop(state);
        Ok(syncing)
    }
}

/// Wakes a sync when something was recorded that home lacks.
struct Recorded {
    journal: Weak<Saxaul>,
    syncing: Weak<Syncing>,
}

impl Listener for Recorded {
    fn changed(&self, changes: Changes) -> Result<()> {
        let (Some(journal), Some(syncing)) = (self.journal.upgrade(), self.syncing.upgrade()) else { return Ok(()) };
        let undelivered = journal.unconfirmed().map_or(0, undelivered);
        syncing.stands(|status| status.undelivered = undelivered);
        {
            let mut state = syncing.lock();
            state.has_recorded |= changes.records && undelivered > 0;
            // Perhaps the device has joined, or works in another event now.
            state.is_asked |= changes.event && state.status.state == SyncState::Stuck;
        }
        syncing.cancel.wake();
        Ok(())
    }
}

impl Syncing {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes how it stands, and tells whoever watches if that is something else than they were told last.
    fn stands(&self, change: impl FnOnce(&mut SyncStatus)) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let now = {
            let mut state = self.lock();
            change(&mut state.status);
            state.status.clone()
        };
        if told.last.as_ref() == Some(&now) {
            return;
        }
        told.last = Some(now.clone());
        if let Some(watcher) = &told.watcher {
            drop(super::open::guarded(|| watcher.status(now)));
        }
    }

    fn run(self: &Arc<Self>, journal: &Weak<Saxaul>, settings: &SyncSettings) {
        let mut plan = Plan::default();
        while !self.cancel.is_cancelled() {
            let Some(held) = journal.upgrade() else { break };
            self.stands(|status| {
                (status.state, status.next_in_ms) = (SyncState::Exchanging, None);
                (status.delivered, status.received) = (0, 0);
            });
            {
                let mut state = self.lock();
                (state.is_asked, state.has_recorded) = (false, false);
            }
            let watched = Arc::clone(self);
            let ended = held.exchange_for(settings.url.as_deref(), Some(&Progress(watched)), &self.cancel);
            let undelivered = held.unconfirmed().map_or(0, undelivered);
            drop(held);
            if self.cancel.is_cancelled() {
                break;
            }
            let wait = plan.after(&ended, settings.every_ms, u64::from_le_bytes(entropy()));
            self.stands(|status| status.take(&ended, undelivered, wait));
            self.wait(wait, settings.soon_ms);
        }
        if let Some(observation) = self.lock().observation.take() {
            observation.stop();
        }
        self.stands(|status| (status.state, status.next_in_ms) = (SyncState::Stopped, None));
        // Letting go of a watcher calls the app's language, too.
        self.told.lock().unwrap_or_else(PoisonError::into_inner).watcher = None;
        self.lock().thread = None;
        self.ended.notify_all();
    }

    /// Ends it, and waits until nobody is called any more: a program that ends meanwhile could not answer. A watcher that
    /// takes its time is not waited for.
    pub(super) fn end(&self) {
        self.stop();
        let runs_elsewhere =
            |state: &mut State| state.thread.is_some_and(|thread| thread != std::thread::current().id());
        drop(self.ended.wait_timeout_while(self.lock(), LONGEST_END, runs_elsewhere));
    }

    /// Waits until it is time, until somebody asks, or until something was recorded.
    fn wait(&self, wait: Wait, soon_ms: u64) {
        let is_asked = || self.lock().is_asked;
        let has_recorded = || self.lock().has_recorded;
        match wait {
            Wait::ForSomebody => {
                self.cancel.wait_until(|| is_asked().then_some(()));
            }
            Wait::AsHomeAsks(ms) => self.cancel.wait_at_most(Duration::from_millis(ms), is_asked),
            Wait::Ms(ms) => {
                self.cancel.wait_at_most(Duration::from_millis(ms), || is_asked() || has_recorded());
                if has_recorded() {
                    self.cancel.wait_at_most(Duration::from_millis(soon_ms.min(ms)), is_asked);
                }
            }
        }
    }
}

impl SyncStatus {
    fn take(&mut self, ended: &Result<Brought>, undelivered: u32, wait: Wait) {
        self.undelivered = undelivered;
        (self.state, self.next_in_ms) = match wait {
            Wait::Ms(ms) | Wait::AsHomeAsks(ms) => (SyncState::Waiting, Some(ms)),
            Wait::ForSomebody => (SyncState::Stuck, None),
        };
        self.error = ended.as_ref().err().cloned();
        match ended {
            Ok(brought) => {
                (self.exchanged, self.offline_since) = (Some(wall_clock()), None);
                (self.revoked, self.wipe_ordered) = (brought.revoked, brought.wipe_ordered);
            }
            Err(SaxaulError::Retry { code, .. }) if HOME_IS_AWAY.iter().any(|away| away.code == code) => {
                self.offline_since = self.offline_since.or_else(|| Some(wall_clock()));
            }
            Err(_) => self.offline_since = None,
        }
    }
}

/// Hears of each page of an exchange, and waits as long as home or a broken link asks for.
struct Progress(Arc<Syncing>);

impl Pace for Progress {
    fn goes_on(&self, brought: Brought) -> Result<bool> {
        self.0.stands(|status| {
            status.delivered = status.delivered.saturating_add(brought.delivered);
            status.received = status.received.saturating_add(brought.received);
            status.offline_since = None;
        });
        Ok(true)
    }

    fn waits(&self, ms: u64) -> Result<bool> {
        self.0.stands(|status| status.offline_since = status.offline_since.or_else(|| Some(wall_clock())));
        Ok(self.0.cancel.wait(Duration::from_millis(ms)))
    }
}

fn undelivered(open: Unconfirmed) -> u32 {
    open.on_this_device.saturating_add(open.carried)
}

fn wall_clock() -> UnixMillis {
    clocks().wall_ms
}

/// What a sync waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wait {
    /// For so many milliseconds, or until something is recorded.
    Ms(u64),
    /// For so many milliseconds, whatever is recorded: home asked for that.
    AsHomeAsks(u64),
    /// For somebody who mends what home refuses.
    ForSomebody,
}

/// When to exchange next.
#[derive(Default)]
struct Plan {
    failures_in_a_row: u32,
}

impl Plan {
    /// After an exchange that ended so. `drawn` is any number: phones that failed together do not come back together.
    fn after(&mut self, ended: &Result<Brought>, every_ms: u64, drawn: u64) -> Wait {
        match ended {
            Ok(_) => {
                self.failures_in_a_row = 0;
                Wait::Ms(every_ms.max(SHORTEST_WAIT_MS))
            }
            Err(error @ (SaxaulError::Retry { .. } | SaxaulError::Bug { .. })) => {
                let doubled = FIRST_WAIT_MS.saturating_mul(1 << self.failures_in_a_row.min(16)).min(LONGEST_WAIT_MS);
                self.failures_in_a_row += 1;
                let spread = doubled / 2 + drawn % (doubled / 2 + 1);
                match error {
                    SaxaulError::Retry { after_ms: Some(asked), .. } => Wait::AsHomeAsks(spread.max(*asked)),
                    _ => Wait::Ms(spread),
                }
            }
            Err(_) => Wait::ForSomebody,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offline(after_ms: Option<u64>) -> Result<Brought> {
        Err(SaxaulError::of(ErrorCode::OFFLINE, &"there is no network").in_ms(after_ms))
    }

    #[test]
    fn it_comes_back_later_each_time_within_five_minutes_and_soon_again_after_a_success() {
        let mut plan = Plan::default();
        let waits: Vec<Wait> = (0..12).map(|_| plan.after(&offline(None), 60_000, u64::MAX)).collect();
        let ms = |wait: &Wait| if let Wait::Ms(ms) = wait { *ms } else { 0 };
        assert!(ms(&waits[0]) <= FIRST_WAIT_MS && ms(&waits[0]) >= FIRST_WAIT_MS / 2, "{waits:?}");
        for pair in waits.windows(2) {
            assert!(ms(&pair[1]) <= LONGEST_WAIT_MS && ms(&pair[1]) * 4 >= ms(&pair[0]), "{waits:?}");
        }
        assert!(ms(&waits[11]) >= LONGEST_WAIT_MS / 2, "{waits:?}");
        assert_eq!(plan.after(&Ok(Brought::default()), 60_000, 7), Wait::Ms(60_000));
        assert!(ms(&plan.after(&offline(None), 60_000, 7)) <= FIRST_WAIT_MS);
    }

    #[test]
    fn it_comes_no_earlier_than_home_asks_and_waits_for_somebody_where_home_refuses() {
        let mut plan = Plan::default();
        assert_eq!(plan.after(&offline(Some(600_000)), 60_000, 0), Wait::AsHomeAsks(600_000));
        for passing in [ErrorCode::BUG, ErrorCode::EXPIRED_TOKEN, ErrorCode::NOT_HOME, ErrorCode::CANCELLED] {
            let failed = Err(SaxaulError::of(passing, &"it may pass"));
            assert!(matches!(plan.after(&failed, 60_000, 0), Wait::Ms(_)), "{passing:?}");
        }
        let revoked = Err(SaxaulError::of(ErrorCode::REVOKED, &"an organizer revoked it"));
        assert_eq!(plan.after(&revoked, 60_000, 0), Wait::ForSomebody);
        let outside = Err(SaxaulError::of(ErrorCode::NOT_JOINED, &"it has not joined"));
        assert_eq!(plan.after(&outside, 60_000, 0), Wait::ForSomebody);
    }

    #[test]
    fn phones_that_failed_together_come_back_at_different_times() {
        let first = |drawn| Plan::default().after(&offline(None), 60_000, drawn);
        let waits: std::collections::BTreeSet<String> =
            (0..50).map(|drawn| format!("{:?}", first(drawn * 37))).collect();
        assert!(waits.len() > 20, "{waits:?}");
    }
}
