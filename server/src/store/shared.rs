//! What the processes of a store share and what need not outlive them: it costs no write to a disk.

use super::pending_lists::PendingLists;
use super::spent::SpentNonces;
use super::{Kept, Store};

/// The memory that the processes of a store share.
#[derive(Default)]
pub(super) struct SharedMemory {
    pub spent: SpentNonces,
    pub lists: PendingLists,
}

impl Store {
    pub(super) fn shared(&self) -> &SharedMemory {
        match &self.kept {
            Kept::Sqlite(database) => database.shared(),
            Kept::Memory(memory) => memory.shared(),
        }
    }
}
