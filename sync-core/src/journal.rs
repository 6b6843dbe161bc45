//! The durable copy on a device: one SQLite file with the device's identity and its events.
//!
//! Owns the file. Every outcome of a replica is one transaction, fsynced before anyone is told "saved on this
//! device". One process holds a journal at a time, by a lock on a file beside it.

mod backup;
mod check;
mod error;
mod file;
mod key;
mod lock;
pub mod private;
mod recognised;
mod salvage;
mod schema;
mod tables;
mod wipe;

use std::path::{Path, PathBuf};

pub use self::error::JournalError;
use self::error::{io_failed, medium};
pub use self::file::JournalFile;
pub use self::key::JournalKey;
use self::lock::Lock;
pub use self::salvage::readable;
pub use self::schema::SCHEMA_VERSION;
pub use self::wipe::WipeError;
use crate::ids::Incarnation;
use crate::storage::{Device, Key, Storage};
pub use crate::storage::{Entropy, Membership};

/// A device's journal: its key, where it belongs, and its events, in one SQLite file.
pub type Journal = Device<JournalFile>;

/// A replica with its journal: what an app holds. Everything it answers is durable.
pub type OpenReplica = crate::storage::Opened<JournalFile>;

impl Journal {
    /// Opens a journal, or begins one.
    ///
    /// `incarnation_path` is a small file that must not be part of a backup: if it is missing or another one, this
    /// journal was restored, and a new incarnation begins so that no sequence number is used twice.
    ///
    /// With a `key` the journal is encrypted from its beginning on, and opens with this key alone; that needs the feature
    /// `encryption`. One that was begun without a key is not encrypted later.
    ///
    /// # Errors
    /// See [`JournalError`]; where the key does not fit, nothing is touched.
    pub fn open(
        path: &Path,
        incarnation_path: &Path,
        key: Option<&JournalKey>,
        entropy: Entropy,
    ) -> Result<Self, JournalError> {
        let (path, incarnation_path) = (&place(path)?, &place(incarnation_path)?);
        let lock = Lock::take(path)?;
        let recorded_before = path.exists() && incarnation_path.exists();
        let died_open = beside(path, "-wal").metadata().is_ok_and(|log| log.len() > 0);
        let mut db = key::unlock(path, key).inspect_err(|error| {
            if matches!(error, JournalError::NotAJournal(_)) {
                lock.remove_file();
            }
        })?;
        schema::prepare(&mut db, path)?;
        check::whole(&db, path)?;
        let file = JournalFile::new(path, incarnation_path, db, lock);
        let begins = file.get(Key::Device)?.is_none();
        if begins {
            check::new(file.db()?, path, recorded_before)?;
        }
        let mut journal = Self::load(file, entropy)?;
        if begins {
            note_incarnation(incarnation_path, journal.incarnation())?;
            return Ok(journal);
        }
        if std::fs::read(incarnation_path).ok().as_deref() != Some(journal.incarnation().to_string().as_bytes()) {
            journal.begin_incarnation(entropy.incarnation)?;
        } else if incarnation_path.parent() != path.parent() {
            // The entry of the journal beside which it is otherwise was made sure of above.
            private::keep_entry(incarnation_path).map_err(|error| io_failed(incarnation_path, &error))?;
        }
        if died_open {
            // What was deleted may stand there still. A full disk leaves it for the next time: what is recorded is safe.
            journal.storage().forget_what_was_written_over().ok();
        }
        Ok(journal)
    }
}

/// Where a journal's file is, whatever SQLite calls by the same name.
fn place(path: &Path) -> Result<PathBuf, JournalError> {
    let no_place = |cause: &str| JournalError::NoPlace { path: path.to_owned(), cause: cause.to_owned() };
    if path.is_dir() {
        return Err(no_place("it is a folder"));
    }
    std::path::absolute(path).map_err(|error| no_place(&error.to_string()))
}

/// A file of SQLite's beside its database: `-wal` holds what is not written into that yet.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut file = path.as_os_str().to_owned();
    file.push(suffix);
    file.into()
}

fn note_incarnation(path: &Path, incarnation: Incarnation) -> Result<(), JournalError> {
    private::write_file(path, incarnation.to_string().as_bytes()).map_err(|error| io_failed(path, &error))
}
