//! What can still be read of a damaged journal.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::error::damaged;
use super::key::unlock;
use super::lock::Lock;
use super::tables::{TABLES, Table};
use super::{Journal, JournalError, JournalKey};
use crate::ids::{EventId, Incarnation};
use crate::storage::checksum::{opened, without};
use crate::storage::memory::Memory;
use crate::storage::{Device, Key};

impl Journal {
    /// Reads what can still be read of a damaged journal into memory, and leaves the file as it is; see
    /// [`Device::salvaged`].
    ///
    /// # Errors
    /// [`JournalError::Damaged`] if not even the device's key can be read.
    pub fn salvage(path: &Path, key: Option<&JournalKey>, fresh: Incarnation) -> Result<Device<Memory>, JournalError> {
        let readable = readable(path, key)?;
        Device::salvaged(&readable, Memory::default(), fresh).map_err(|error| damaged(path, &error.to_string()))
    }
}

/// Every row of a damaged journal that can be read, as it was written. The file stays as it is.
///
/// # Errors
/// [`JournalError::Damaged`] and [`JournalError::NotAJournal`], [`JournalError::Busy`], or that the key does not fit.
pub fn readable(path: &Path, key: Option<&JournalKey>) -> Result<Memory, JournalError> {
    let _lock = Lock::take(path)?;
    let db = unlock(path, key)?;
    let lost = |_| damaged(path, "the device's key");
    db.pragma_update(None, "query_only", true).map_err(lost)?;
    Ok(TABLES.iter().flat_map(|table| readable_rows(&db, table)).collect())
}

/// The rows of a table that can be read. They are read from both ends, so that one bad page in the middle costs no more than
/// itself.
fn readable_rows(db: &Connection, table: &Table) -> Vec<(Key, Vec<u8>)> {
    let mut found = Vec::new();
    for sql in table.all {
        let Ok(mut statement) = db.prepare(sql) else { continue };
        let Ok(mut rows) = statement.query([]) else { continue };
        while let Ok(Some(row)) = rows.next() {
            found.extend(readable_row(table, row));
        }
    }
    found
}

fn readable_row(table: &Table, row: &rusqlite::Row<'_>) -> Option<(Key, Vec<u8>)> {
    let event = match row.get_ref(0).ok()? {
        ValueRef::Blob(event) => Some(EventId(event.try_into().ok()?)),
        _ => None,
    };
    let key = table.key(event, row.get_ref(1).ok()?)?;
    let bytes = row.get_ref(2).ok()?.as_blob().ok()?;
    let whole = opened(&key.to_string(), bytes);
    // Without its own row nothing of a device can be used. A flaw in it shows in the grants.
    let value = if key == Key::Device { whole.or_else(|| without(bytes)) } else { whole };
    Some((key, value?.to_vec()))
}
