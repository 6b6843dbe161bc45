//! Whose turn it is: what touches home happens in true order, whoever's thread does it.

use std::sync::{Condvar, Mutex};

/// Hands out turns 0, 1, 2, …
#[derive(Default)]
pub(super) struct Turns {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    next: usize,
    stopped: bool,
}

/// Nobody's turn comes any more.
pub(super) struct Stopped;

impl Turns {
    /// Waits for a turn, takes it, and gives on to the next. If `act` fails, everybody stops.
    pub(super) fn take<T, E: From<Stopped>>(&self, turn: usize, act: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let mut state = self.state.lock().expect("no holder panics");
        while state.next != turn && !state.stopped {
            state = self.moved.wait(state).expect("no holder panics");
        }
        if state.stopped {
            return Err(Stopped.into());
        }
        drop(state);
        let result = act();
        let mut state = self.state.lock().expect("no holder panics");
        state.next += 1;
        state.stopped |= result.is_err();
        self.moved.notify_all();
        result
    }

    /// Stops everybody who waits.
    pub(super) fn stop(&self) {
        self.state.lock().expect("no holder panics").stopped = true;
        self.moved.notify_all();
    }
}
