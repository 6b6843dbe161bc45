//! Ends work that waits for a network, from another thread.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Ends an exchange, or joining, from another thread: at once, whatever the network does. What came before is kept, and the
/// next exchange goes on from there.
#[derive(uniffi::Object, Debug, Default)]
pub struct Cancel {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_cancelled: bool,
    /// How often somebody was woken for another reason.
    woken: u64,
}

#[uniffi::export]
impl Cancel {
    /// One that is not cancelled.
    #[uniffi::constructor]
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Ends what it was handed to. Repeating it is harmless; it cannot be taken back.
    pub fn cancel(&self) {
        self.lock().is_cancelled = true;
        self.changed.notify_all();
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.lock().is_cancelled
    }
}

impl Cancel {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has whoever waits look again.
    pub(super) fn wake(&self) {
        self.lock().woken += 1;
        self.changed.notify_all();
    }

    /// Waits until `look` finds something or it is cancelled: `None` then.
    pub(super) fn wait_until<T>(&self, mut look: impl FnMut() -> Option<T>) -> Option<T> {
        let mut state = self.lock();
        loop {
            if state.is_cancelled {
                return None;
            }
            if let Some(found) = look() {
                return Some(found);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits so long; less if `look` finds something, for which somebody wakes it, or it is cancelled.
    pub(super) fn wait_at_most(&self, time: Duration, look: impl Fn() -> bool) {
        let end = Instant::now() + time;
        let mut state = self.lock();
        while !state.is_cancelled && !look() {
            let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) else { return };
            (state, _) = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits so long; less if somebody wakes it. False if it was cancelled.
    pub(super) fn wait(&self, time: Duration) -> bool {
        let end = Instant::now() + time;
        let mut state = self.lock();
        let woken = state.woken;
        while !state.is_cancelled && state.woken == woken {
            let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) else { break };
            (state, _) = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
        !state.is_cancelled
    }
}
