//! What can go wrong with a journal.

use std::path::{Path, PathBuf};

use crate::storage::Outside;
use crate::trust::PublicKey;

/// Why a journal could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process holds it, or another handle in this one.
    #[error("the journal {0} is open already, here or in another process: close it there first")]
    Busy(PathBuf),
    /// The process that opened it has forked, and this is the child. Only the parent may go on with the journal.
    #[error("the journal {0} was opened before this process was forked off: open it after the fork, in one process")]
    Forked(PathBuf),
    /// There is a file that this program did not begin. It is untouched.
    #[error("{0} is not a journal: name another file; this one stays as it is")]
    NotAJournal(PathBuf),
    /// A backup goes into a file of its own.
    #[error("{0} is there already: name a new file for the backup")]
    FileExists(PathBuf),
    /// A newer build wrote it.
    #[error("the journal {path} has version {found}; this program knows up to version {known}: update the program")]
    Newer {
        /// The journal's file.
        path: PathBuf,
        /// The version of the file.
        found: i64,
        /// The newest one known here.
        known: i64,
    },
    /// There is no room left. Nothing of the last action was kept.
    #[error("the disk with the journal {0} is full: make room, then do it again")]
    Full(PathBuf),
    /// The disk, or the file, may not be written. Nothing was kept of the last action.
    #[error(
        "the journal {0} cannot be written: its disk, its directory or the file is read-only for this user; make it \
         writable, or name a journal elsewhere"
    )]
    ReadOnly(PathBuf),
    /// No file can be at this path: its folder is missing, or it is a folder itself.
    #[error("no journal can be kept at {path:?}: {cause}; name a file in a folder that is there")]
    NoPlace {
        /// The path that was named.
        path: PathBuf,
        /// What the operating system reported.
        cause: String,
    },
    /// What the file contains is not what was written.
    #[error("the journal {path} is damaged: {what}")]
    Damaged {
        /// The journal's file.
        path: PathBuf,
        /// Which part of the journal is damaged.
        what: String,
    },
    /// It is encrypted, and no key was handed in. It is untouched.
    #[error("the journal {0} is encrypted, or damaged: it needs its key")]
    KeyNeeded(PathBuf),
    /// It was encrypted under another key. It is untouched.
    #[error("the journal {0} does not open with this key, or is damaged")]
    WrongKey(PathBuf),
    /// A key was handed in, and the journal was begun without one. It is untouched.
    #[error("the journal {0} is not encrypted: open it without a key, or begin a new one")]
    NotEncrypted(PathBuf),
    /// A key was handed in, and this build has no encryption. Nothing was touched.
    #[error("this build cannot encrypt a journal")]
    CannotEncrypt,
    /// The device has not joined yet.
    #[error("this device has not joined: open an invite link first")]
    NotJoined,
    /// The device was let in, but not into this event.
    #[error("this device was not let into this event: ask for an invite to it")]
    NotLetIn,
    /// The device has joined another home server.
    #[error("this journal belongs to the home server {home}; use another journal for another server")]
    OtherHome {
        /// The key of the home server that the device has joined.
        home: PublicKey,
    },
    /// The operating system or SQLite reports something else.
    #[error("the journal {path} cannot be used: {cause}")]
    Medium {
        /// The journal's file.
        path: PathBuf,
        /// What the operating system or SQLite reported.
        cause: String,
    },
}

impl From<Outside> for JournalError {
    fn from(outside: Outside) -> Self {
        match outside {
            Outside::NotJoined => Self::NotJoined,
            Outside::NotLetIn => Self::NotLetIn,
        }
    }
}

pub(super) fn damaged(path: &Path, what: &str) -> JournalError {
    JournalError::Damaged { path: path.to_owned(), what: what.to_owned() }
}

pub(super) fn medium(path: &Path, error: &rusqlite::Error) -> JournalError {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => JournalError::Busy(path.to_owned()),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => JournalError::ReadOnly(path.to_owned()),
        Some(ErrorCode::DiskFull) => JournalError::Full(path.to_owned()),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(path, "SQLite cannot read it"),
        _ => JournalError::Medium { path: path.to_owned(), cause: error.to_string() },
    }
}

pub(super) fn io_failed(path: &Path, error: &std::io::Error) -> JournalError {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => JournalError::ReadOnly(path.to_owned()),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => JournalError::Full(path.to_owned()),
        ErrorKind::NotFound
        | ErrorKind::NotADirectory
        | ErrorKind::IsADirectory
        | ErrorKind::InvalidFilename
        | ErrorKind::InvalidInput => JournalError::NoPlace { path: path.to_owned(), cause: error.to_string() },
        _ => JournalError::Medium { path: path.to_owned(), cause: error.to_string() },
    }
}
