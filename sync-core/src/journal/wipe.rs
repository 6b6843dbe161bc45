//! Forgetting everything, by order of home.

use std::path::Path;

use super::file::JournalFile;
use super::tables::TABLES;
use super::{Journal, JournalError, beside, io_failed, private};
use crate::trust::{Dismissal, Signed};

/// Why a journal was not wiped.
pub type WipeError = crate::storage::WipeError<JournalError>;

impl Journal {
    /// Forgets everything, key and all, and removes the files. Nothing that home does not have is lost.
    ///
    /// What a flash memory keeps of overwritten blocks is beyond reach: only the device's own encryption stands against that.
    ///
    /// # Errors
    /// See [`WipeError`]; nothing was forgotten, except where the medium fails half-way: repeat it then.
    pub fn wipe(self, order: &Signed<Dismissal>) -> Result<(), WipeError> {
        self.check_wipe(order)?;
        Ok(self.into_storage().remove()?)
    }
}

impl JournalFile {
    /// Overwrites every row, and removes the files.
    ///
    /// # Errors
    /// What the disk reports; some may be gone then: repeat it.
    pub fn remove(mut self) -> Result<(), JournalError> {
        // First, and durable: an emptied journal beside it would be taken for a damaged one, if this ended half-way.
        remove(&self.incarnation_path)?;
        sync_parent(&self.incarnation_path)?;
        let emptied: String = TABLES.iter().map(|table| format!("DELETE FROM {};", table.name)).collect();
        self.db()?
            .execute_batch(&format!(
                "PRAGMA secure_delete = ON; BEGIN IMMEDIATE; {emptied} COMMIT;
                 PRAGMA wal_checkpoint (TRUNCATE); VACUUM; PRAGMA wal_checkpoint (TRUNCATE);"
            ))
            .map_err(|error| self.failed(&error))?;
        self.close();
        for suffix in ["", "-wal", "-shm"] {
            remove(&beside(&self.path, suffix))?;
        }
        self.lock.remove_file();
        sync_parent(&self.path)
    }
}

fn sync_parent(path: &Path) -> Result<(), JournalError> {
    private::sync_parent(path).map_err(|error| io_failed(path, &error))
}

fn remove(path: &Path) -> Result<(), JournalError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io_failed(path, &error)),
        _ => Ok(()),
    }
}
