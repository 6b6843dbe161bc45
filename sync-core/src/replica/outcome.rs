//! What a replica asks to have written, and what it answers then.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::ledger::StoredItem;
use super::{Draft, Peer};
use crate::exchange::SnapshotPosition;
use crate::ids::{DeviceId, Revision};
use crate::trust::{ConfirmedChain, Signed, SnapshotStatement};

/// What must be written first, and the answer.
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use]
pub struct Outcome<T> {
    /// In order, in one transaction.
    pub writes: Vec<Write>,
    /// To be given only after the writes are durable.
    pub answer: T,
}

/// What must be written, all of it or nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Write {
    /// A command was performed, or its state changed.
    Draft(Box<Draft>),
    /// An item was admitted.
    Item(StoredItem),
    /// A peer was heard.
    Peer(DeviceId, Peer),
    /// Home confirmed chains up to these numbers.
    Confirmed(Vec<ConfirmedChain>),
    /// Home lost what it confirmed.
    NothingConfirmed,
    /// These commands are confirmed and need not be performed again.
    Done(Vec<u64>),
    /// A part of a snapshot came; the whole so far.
    PartialSnapshot(Option<PartialSnapshot>),
    /// A whole snapshot came. The replica must be opened anew.
    Snapshot(Signed<SnapshotStatement>, Vec<u8>),
    /// The snapshot that came is of the next era: what it holds, and what belongs to the era before, is no longer kept
    /// beside it. See [`super::Move`].
    Moved,
    /// Home refused these items, with these codes, or lets items of others wait. The refused are dropped; what is built
    /// on either is dropped too, and performed again in a new incarnation if it was done here. The replica must be
    /// opened anew.
    Refused(BTreeMap<Revision, String>),
}

/// A snapshot of which not all parts have come.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct PartialSnapshot {
    /// Home vouches for the whole.
    #[n(0)]
    pub statement: Signed<SnapshotStatement>,
    /// Which one it is.
    #[n(1)]
    pub revision: Revision,
    /// Length of the whole.
    #[n(2)]
    pub total: u64,
    /// What has come.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

impl PartialSnapshot {
    /// Where to go on.
    pub(super) const fn position(&self) -> SnapshotPosition {
        SnapshotPosition { revision: self.revision, offset: self.bytes.len() as u64 }
    }
}
