//! Forgetting everything, by order of home.

use std::path::Path;

use rusqlite::params;

use super::{Journal, JournalError, beside, io_failed, medium, private};
use crate::ids::EventId;
use crate::storage::wipe::{holds_back, is_ordered};
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
        let membership = self.membership().ok_or(JournalError::NotJoined)?;
        if !is_ordered(order, membership, self.public_key().device()) {
            return Err(WipeError::NotOrdered);
        }
        for event in self.events()? {
            if self.holds_back(event)? {
                return Err(WipeError::Unsent(event));
            }
        }
        // First, and durable: an emptied journal beside it would be taken for a damaged one, if this ended half-way.
        remove(&self.incarnation_path)?;
        sync_parent(&self.incarnation_path)?;
        let failed = |error: rusqlite::Error| medium(&self.path, &error);
        self.db
            .execute_batch(
                "PRAGMA secure_delete = ON;
                 BEGIN IMMEDIATE;
                 DELETE FROM device; DELETE FROM events; DELETE FROM items; DELETE FROM drafts;
                 DELETE FROM peers; DELETE FROM confirmed; DELETE FROM parts;
                 COMMIT;
                 PRAGMA wal_checkpoint (TRUNCATE);
                 VACUUM;
                 PRAGMA wal_checkpoint (TRUNCATE);",
            )
            .map_err(failed)?;
        let path = self.path.clone();
        drop(self);
        for suffix in ["", "-wal", "-shm"] {
            remove(&beside(&path, suffix))?;
        }
        Ok(sync_parent(&path)?)
    }

    /// Whether an event has something that home was not given.
    fn holds_back(&self, event: EventId) -> Result<bool, JournalError> {
        let home = self.membership().ok_or(JournalError::NotJoined)?.home.device();
        let known = self.peers(event)?.remove(&home).unwrap_or_default();
        let unsent: i64 = self
            .db
            .query_row(
                "SELECT count(*) FROM items WHERE event = ?1 AND revision > ?2 AND origin IS NOT ?3",
                params![event.0, known.sent_up_to.0.cast_signed(), home.0],
                |row| row.get(0),
            )
            .map_err(|error| medium(&self.path, &error))?;
        Ok(holds_back(&known, &self.drafts(event)?, unsent > 0))
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
