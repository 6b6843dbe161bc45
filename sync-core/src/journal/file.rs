//! The file of a journal as a storage: each batch reaches the disk before the call returns.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};

use super::error::{damaged, medium};
use super::lock::Lock;
use super::tables::Place;
use super::{JournalError, note_incarnation};
use crate::storage::checksum::{opened, sealed};
use crate::storage::{Batch, Key, Storage, StorageError, Visit};

/// An SQLite file with the rows of one device, and the small file beside it that names the device's incarnation.
pub struct JournalFile {
    pub(super) path: PathBuf,
    pub(super) incarnation_path: PathBuf,
    /// Open until this is dropped.
    db: Option<Connection>,
    /// Let go of after the database is closed.
    pub(super) lock: Lock,
}

impl Drop for JournalFile {
    /// In a process that was forked off, closing the database would take the log away from under the process that has it open.
    fn drop(&mut self) {
        self.close();
    }
}

impl JournalFile {
    pub(super) fn new(path: &Path, incarnation_path: &Path, db: Connection, lock: Lock) -> Self {
        Self { path: path.to_owned(), incarnation_path: incarnation_path.to_owned(), db: Some(db), lock }
    }

    pub(super) fn close(&mut self) {
        let db = self.db.take();
        if !self.lock.is_of_this_process() {
            std::mem::forget(db);
        }
    }

    /// The database.
    ///
    /// # Errors
    /// [`JournalError::Forked`].
    pub(super) fn db(&self) -> Result<&Connection, JournalError> {
        let db = self.db.as_ref().filter(|_| self.lock.is_of_this_process());
        db.ok_or_else(|| JournalError::Forked(self.path.clone()))
    }

    pub(super) fn failed(&self, error: &rusqlite::Error) -> JournalError {
        medium(&self.path, error)
    }

    fn change(db: &Connection, key: Key, value: Option<Vec<u8>>) -> Result<(), rusqlite::Error> {
        let place = Place::of(key);
        let value = value.map(|value| sealed(&key.to_string(), value));
        let sql = if value.is_some() { place.table.put } else { place.table.remove };
        db.prepare_cached(sql)?.execute(params_from_iter(place.parameters(value.as_deref()))).map(drop)
    }

    /// What is deleted is overwritten with zeros in the file, and so is what the log beside it still held.
    pub(super) fn forget_what_was_written_over(&self) -> Result<(), JournalError> {
        let truncated = self.db()?.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        truncated.map_err(|error| self.failed(&error))
    }

    fn whole<'a>(&self, key: Key, value: ValueRef<'a>) -> Result<&'a [u8], JournalError> {
        let whole = value.as_blob().ok().and_then(|bytes| opened(&key.to_string(), bytes));
        whole.ok_or_else(|| self.fault(StorageError::damaged(key)))
    }
}

impl Storage for JournalFile {
    type Error = JournalError;

    fn get(&self, key: Key) -> Result<Option<Cow<'_, [u8]>>, JournalError> {
        let failed = |error: rusqlite::Error| self.failed(&error);
        let place = Place::of(key);
        let mut statement = self.db()?.prepare_cached(place.table.get).map_err(failed)?;
        let mut rows = statement.query(params_from_iter(place.parameters(None))).map_err(failed)?;
        let Some(row) = rows.next().map_err(failed)? else { return Ok(None) };
        let value = self.whole(key, row.get_ref(0).map_err(failed)?)?;
        Ok(Some(Cow::Owned(value.to_vec())))
    }

    fn scan(&self, from: Key, visit: &mut Visit<'_>) -> Result<(), JournalError> {
        let failed = |error: rusqlite::Error| self.failed(&error);
        let place = Place::of(from);
        let mut statement = self.db()?.prepare_cached(place.table.scan).map_err(failed)?;
        let mut rows = statement.query(params_from_iter(place.parameters(None))).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let key = place.table.key(from.event(), row.get_ref(0).map_err(failed)?);
            let key = key.ok_or_else(|| damaged(&self.path, &format!("the key of a row in `{}`", place.table.name)))?;
            if visit(key, self.whole(key, row.get_ref(1).map_err(failed)?)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn apply(&mut self, batch: Batch) -> Result<(), JournalError> {
        let Batch { changes, begins, erases } = batch;
        let failed = |error: rusqlite::Error| medium(&self.path, &error);
        let db = self.db()?;
        let transaction = db.unchecked_transaction().map_err(failed)?;
        changes.into_iter().try_for_each(|(key, value)| Self::change(db, key, value)).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        if let Some(fresh) = begins {
            note_incarnation(&self.incarnation_path, fresh)?;
        }
        if erases {
            self.forget_what_was_written_over()?;
        }
        Ok(())
    }

    fn fault(&self, error: StorageError) -> JournalError {
        match error {
            StorageError::Outside(outside) => outside.into(),
            StorageError::OtherHome(home) => JournalError::OtherHome { home },
            StorageError::Newer { found } => JournalError::Newer {
                path: self.path.clone(),
                found: found.into(),
                known: crate::storage::ROWS_VERSION.into(),
            },
            StorageError::Damaged(_) => damaged(&self.path, &error.to_string()),
        }
    }
}
