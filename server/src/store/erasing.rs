//! An event that was founded again: nothing of what was kept of it before stays, in any file.

use sync_core::replica::ledger::StoredItem;

use super::audit::{Act, Deed};
use super::devices::Believed;
use super::items::{SnapshotRow, Turn};

/// An event in its next era.
#[derive(Debug)]
pub struct FoundedRow {
    /// The event's turn when this was decided: an event that has moved on is not founded again.
    pub turn: Turn,
    /// What was believed then of whoever has it done.
    pub believed: Vec<Believed>,
    /// The item with which the next era begins.
    pub item: StoredItem,
    /// The event without whoever is erased.
    pub snapshot: SnapshotRow,
    /// By what people who are erased are known again.
    pub marks: Vec<[u8; 16]>,
    /// Who had it done, and when.
    pub deed: Deed,
    /// What is written down about it.
    pub act: Act,
}
