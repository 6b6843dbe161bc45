//! An event that was founded again: nothing of what was kept of it before stays, in any file.

use super::commit::{Commit, PartialSnapshotRow};
use super::{StoreError, Writer};
use sync_core::replica::ledger::StoredItem;
use sync_core::replica::reading::Hidden;

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

impl Writer {
    /// Puts an event's next era in the place of everything that was kept of it. That what is deleted so is still to be
    /// overwritten is written down with it: see [`Reads::overwriting_due`](super::Reads::overwriting_due).
    ///
    /// # Errors
    /// See [`StoreError`]; [`StoreError::Conflict`] if the event has moved on. Nothing was changed then.
    pub async fn found_again(&self, founded: FoundedRow) -> Result<(), StoreError> {
        self.write(Commit::FoundAgain(Box::new(founded))).await
    }

    /// Keeps a snapshot for those who read by one rule, instead of the one before.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn keep_partial_snapshot(&self, hidden: &Hidden, snapshot: SnapshotRow) -> Result<(), StoreError> {
        let (reading, left_out) = (hidden.reading(), hidden.devices().collect());
        self.write(Commit::KeepPartialSnapshot(Box::new(PartialSnapshotRow { reading, left_out, snapshot }))).await
    }
}
