//! What a journal must be before anything is read from it: a disk may give back something else than was written.
//!
//! SQLite reads a page that forgot a row as one that never had it. Checking every page costs what reading them costs,
//! and a replica that is opened reads them anyway.

use std::path::Path;

use rusqlite::Connection;

use super::JournalError;
use super::error::{damaged, medium};

/// The tables whose rows each belong to an event.
const OF_EVENTS: [&str; 5] = ["items", "drafts", "peers", "confirmed", "parts"];

/// Checks that no page contradicts another, and that every row belongs to an event that is there.
///
/// # Errors
/// [`JournalError::Damaged`].
pub(super) fn whole(db: &Connection, path: &Path) -> Result<(), JournalError> {
    let failed = |error: rusqlite::Error| medium(path, &error);
    let found: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if found != "ok" {
        return Err(damaged(path, &format!("SQLite finds: {found}")));
    }
    for table in OF_EVENTS {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE event NOT IN (SELECT id FROM events))");
        if db.query_row(&sql, [], |row| row.get(0)).map_err(failed)? {
            return Err(damaged(path, &format!("something in `{table}` belongs to no event")));
        }
    }
    Ok(())
}

/// A file that was there, of a device that has recorded before, is no new journal.
///
/// # Errors
/// [`JournalError::Damaged`].
pub(super) fn new(db: &Connection, path: &Path, recorded_before: bool) -> Result<(), JournalError> {
    let has_events = db.query_row("SELECT EXISTS (SELECT 1 FROM events)", [], |row| row.get(0));
    if recorded_before || has_events.map_err(|error| medium(path, &error))? {
        return Err(damaged(path, "the device's key is missing; remove the file to begin a new journal"));
    }
    Ok(())
}
