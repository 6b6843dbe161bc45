//! What a journal is known by: a number in the head of its file, which SQLite keeps for the program that the file belongs to.
//!
//! Journals that version 0.2.0 began do not have the number before they are opened once more. They are known by their tables.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;

use super::JournalError;
use super::error::{damaged, medium};
use super::tables::TABLES;

/// "SAXJ".
const APPLICATION_ID: i32 = i32::from_be_bytes(*b"SAXJ");
/// Where it stands in the head of a file.
const AT: std::ops::Range<usize> = 68..72;

/// Whether the head of a file says that this program began it.
pub(super) fn is_signed(head: &[u8]) -> bool {
    head.get(AT) == Some(&APPLICATION_ID.to_be_bytes())
}

/// Writes down that the file is a journal, where it does not say so.
pub(super) fn sign(db: &Connection) -> Result<(), rusqlite::Error> {
    if application_id(db)? == APPLICATION_ID {
        return Ok(());
    }
    db.pragma_update(None, "application_id", APPLICATION_ID)
}

/// Reads, and writes nothing: whether a database is a journal, or nothing yet.
///
/// # Errors
/// [`JournalError::NotAJournal`] for what another program began; [`JournalError::Damaged`] for a journal that says that it is
/// something else; what SQLite reports.
pub(super) fn check(db: &Connection, path: &Path) -> Result<(), JournalError> {
    let failed = |error: rusqlite::Error| medium(path, &error);
    let id = application_id(db).map_err(failed)?;
    if id == APPLICATION_ID {
        return Ok(());
    }
    let mut names = db.prepare("SELECT name FROM sqlite_schema").map_err(failed)?;
    let names = names.query_map([], |row| row.get(0)).map_err(failed)?;
    let names: BTreeSet<String> = names.collect::<Result<_, _>>().map_err(failed)?;
    let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
    match (id, TABLES.iter().all(|table| names.contains(table.name))) {
        (0, true) => Ok(()),
        (0, false) if names.is_empty() && version == 0 => Ok(()),
        (_, true) => Err(damaged(path, "its head says that it belongs to another program")),
        (_, false) => Err(JournalError::NotAJournal(path.to_owned())),
    }
}

fn application_id(db: &Connection) -> Result<i32, rusqlite::Error> {
    db.query_row("PRAGMA application_id", [], |row| row.get(0))
}
