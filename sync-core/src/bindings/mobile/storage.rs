//! The rows of a journal, or those that could be saved of a damaged one.

use std::borrow::Cow;
use std::path::Path;

use super::SaxaulError;
use crate::journal::{JournalError, JournalFile};
use crate::storage::memory::Memory;
use crate::storage::{Batch, Key, Storage, StorageError, Visit};

/// What an app works with.
pub(super) enum KeptRows {
    /// A journal, on disk.
    Journal(Box<JournalFile>),
    /// What could be saved of a damaged journal, in memory: it goes away with the app.
    Salvaged(Memory),
}

impl KeptRows {
    /// Copies a journal; see [`JournalFile::back_up`]. What was saved of a damaged one is exported as a bundle.
    pub fn back_up(&self, copy: &Path) -> Result<(), SaxaulError> {
        match self {
            Self::Journal(file) => Ok(file.back_up(copy)?),
            Self::Salvaged(_) => Err(SaxaulError::read_only()),
        }
    }
}

/// A failure of memory, which has no file.
fn in_memory(error: StorageError) -> JournalError {
    match error {
        StorageError::Outside(outside) => outside.into(),
        StorageError::OtherHome(home) => JournalError::OtherHome { home },
        other => JournalError::Damaged { path: std::path::PathBuf::new(), what: other.to_string() },
    }
}

impl Storage for KeptRows {
    type Error = JournalError;

    fn get(&self, key: Key) -> Result<Option<Cow<'_, [u8]>>, JournalError> {
        match self {
            Self::Journal(file) => file.get(key),
            Self::Salvaged(memory) => memory.get(key).map_err(in_memory),
        }
    }

    fn scan(&self, from: Key, visit: &mut Visit<'_>) -> Result<(), JournalError> {
        match self {
            Self::Journal(file) => file.scan(from, visit),
            Self::Salvaged(memory) => memory.scan(from, visit).map_err(in_memory),
        }
    }

    fn apply(&mut self, batch: Batch) -> Result<(), JournalError> {
        match self {
            Self::Journal(file) => file.apply(batch),
            Self::Salvaged(memory) => memory.apply(batch).map_err(in_memory),
        }
    }

    fn fault(&self, error: StorageError) -> JournalError {
        match self {
            Self::Journal(file) => file.fault(error),
            Self::Salvaged(_) => in_memory(error),
        }
    }
}
