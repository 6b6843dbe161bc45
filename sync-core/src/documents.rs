//! The four kinds of document of an event.
//!
//! Only this module and `admission` know Automerge. Every document has one of two shapes, founded by a
//! deterministic genesis change: a map of registers (event, roster, rulings), or a list of entries (a log).
//! Every value is one CBOR byte string, so that no container is ever created after the genesis.

pub mod event;
pub mod log;
pub mod roster;
pub mod rulings;

use minicbor::{Decode, Encode};

use crate::ids::DeviceId;
use crate::time::ClockReading;

/// A value of a register, with who wrote it and what their clocks read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authored<T> {
    /// What was written.
    pub value: T,
    /// By whom.
    pub by: DeviceId,
    /// What the author's clocks read; see [`crate::view`] for how it becomes a time.
    pub reading: ClockReading,
}

impl<T> Authored<T> {
    /// The same author and time with another value.
    pub fn map<U>(&self, f: impl FnOnce(&T) -> U) -> Authored<U> {
        Authored { value: f(&self.value), by: self.by, reading: self.reading }
    }
}

/// How a value lies in a register: with the author's clock reading. The author follows from the change's actor.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(crate) struct Stored<T> {
    #[n(0)]
    pub reading: ClockReading,
    #[n(1)]
    pub value: T,
}
