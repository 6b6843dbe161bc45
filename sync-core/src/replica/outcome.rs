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
    /// The writes, in order, for one transaction.
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
    /// The first part of a snapshot came; parts of another one are forgotten.
    PartBegun(PartialSnapshot),
    /// The next part of that snapshot came, and goes where it says.
    PartAdded {
        /// From which byte of the whole on.
        offset: u64,
        /// The bytes of the part.
        bytes: Vec<u8>,
    },
    /// What came of a snapshot in parts is no longer needed.
    NoPartialSnapshot,
    /// A whole snapshot came. The replica must be opened anew.
    Snapshot(Signed<SnapshotStatement>, Vec<u8>),
    /// The snapshot that came is of the next era: what it holds, and what belongs to the era before, is no longer kept
    /// beside it. See [`super::EraChange`].
    Moved,
    /// Home forgot what these drafts record, and what home left of it after an erasure cannot be given back: it is recorded
    /// again, in a new incarnation. The replica must be opened anew.
    RecordedAgain(Vec<Draft>),
    /// Home refused these items, with these codes, or lets items of others wait. The refused are dropped; what is built
    /// on either is dropped too, and performed again in a new incarnation if it was done here. The replica must be
    /// opened anew.
    Refused(BTreeMap<Revision, String>),
}

/// A snapshot of which not all parts have come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartialSnapshot {
    /// Home vouches for the whole.
    pub statement: Signed<SnapshotStatement>,
    /// The revision of the snapshot, which tells it from others.
    pub revision: Revision,
    /// Length of the whole.
    pub total: u64,
    /// The bytes that have come so far.
    pub bytes: Vec<u8>,
}

/// The same without what has come, which is kept part by part: each part is written once.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct PartialHead {
    #[n(0)]
    statement: Signed<SnapshotStatement>,
    #[n(1)]
    revision: Revision,
    #[n(2)]
    total: u64,
}

impl PartialSnapshot {
    /// Where to go on.
    pub(super) const fn position(&self) -> SnapshotPosition {
        SnapshotPosition { revision: self.revision, offset: self.bytes.len() as u64 }
    }

    /// What is kept of it beside its parts.
    #[must_use]
    pub fn head(&self) -> PartialHead {
        PartialHead { statement: self.statement.clone(), revision: self.revision, total: self.total }
    }
}

impl PartialHead {
    /// The snapshot as far as it has come: `bytes` are its parts in order.
    #[must_use]
    pub fn with_bytes(self, bytes: Vec<u8>) -> PartialSnapshot {
        let Self { statement, revision, total } = self;
        PartialSnapshot { statement, revision, total, bytes }
    }
}
