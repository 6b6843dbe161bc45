//! What opens an encrypted journal.
//!
//! Every page of the file, and of the write-ahead log beside it, is encrypted and authenticated by SQLCipher. The key is
//! the app's to keep, where the system keeps secrets: a journal whose key is lost cannot be read by anybody.

use std::fmt;
use std::io::Read;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use zeroize::Zeroizing;

use super::{JournalError, beside, damaged, io_failed, medium, private};

/// What every SQLite file begins with that is not encrypted.
const PLAIN_HEAD: &[u8; 16] = b"SQLite format 3\0";
/// The length of a journal's file is a multiple of this.
const PAGE_BYTES: u64 = 4096;

/// 32 bytes drawn at random that an app hands in to have its journal encrypted. Wiped from memory when dropped; never
/// printed.
///
/// The bytes are the key itself: nothing is derived from them, so a passphrase must not be used.
#[derive(Clone)]
pub struct JournalKey(Zeroizing<[u8; 32]>);

impl JournalKey {
    /// Takes a copy of the key. Wiping the original is the caller's duty.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    fn pragma(&self) -> Zeroizing<String> {
        let mut sql = Zeroizing::new(String::with_capacity(96));
        sql.push_str("PRAGMA key = \"x'");
        for byte in self.0.iter() {
            for nibble in [byte >> 4, byte & 15] {
                sql.push(char::from_digit(nibble.into(), 16).expect("a nibble is a digit"));
            }
        }
        sql.push_str("'\"");
        sql
    }
}

impl fmt::Debug for JournalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JournalKey")
    }
}

/// Opens the file with a key or without, and leaves one untouched that does not open so.
pub(super) fn unlock(path: &Path, key: Option<&JournalKey>) -> Result<Connection, JournalError> {
    if key.is_some() && !cfg!(feature = "encryption") {
        return Err(JournalError::CannotEncrypt);
    }
    match (Kind::of(path)?, key) {
        (Kind::Plain, Some(_)) => return Err(JournalError::NotEncrypted(path.to_owned())),
        (Kind::Sealed, None) => return Err(JournalError::KeyNeeded(path.to_owned())),
        (Kind::Other, None) => return Err(damaged(path, "it is not a journal")),
        _ => {}
    }
    let failed = |error: rusqlite::Error| medium(path, &error);
    // SQLite gives its files beside this one the same rights.
    private::create_file(path).map_err(|error| io_failed(path, &error))?;
    let db = Connection::open(path).map_err(failed)?;
    let Some(key) = key else { return Ok(db) };
    // Closing must not carry the write-ahead log of a journal over into it that this key does not open.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(failed)?;
    // What went wrong is the caller's to report; SQLCipher would write it to standard error, too.
    db.execute_batch("PRAGMA cipher_log_level = NONE").map_err(failed)?;
    db.execute_batch(&key.pragma()).map_err(failed)?;
    // Before the first look at the file, as in `schema`.
    db.execute_batch("PRAGMA locking_mode = EXCLUSIVE").map_err(failed)?;
    match db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())) {
        Ok(()) => {}
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
            return Err(JournalError::WrongKey(path.to_owned()));
        }
        Err(error) => return Err(failed(error)),
    }
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map_err(failed)?;
    Ok(db)
}

/// What a file looks like from outside.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// There is none, or nothing in it. So is one that a power cut left half begun: SQLite empties it when it opens it.
    New,
    /// A journal that is not encrypted.
    Plain,
    /// As an encrypted journal looks: whole pages of noise.
    Sealed,
    /// A file that is no journal.
    Other,
}

impl Kind {
    fn of(path: &Path) -> Result<Self, JournalError> {
        let mut file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::New),
            Err(error) => return Err(io_failed(path, &error)),
        };
        let length = file.metadata().map_err(|error| io_failed(path, &error))?.len();
        // SQLite keeps this beside the file only while it writes the first page, before the log is there.
        let is_half_begun = beside(path, "-journal").metadata().is_ok_and(|found| found.len() > 0);
        if length == 0 || is_half_begun {
            return Ok(Self::New);
        }
        let mut head = [0; PLAIN_HEAD.len()];
        match file.read_exact(&mut head) {
            Ok(()) if head == *PLAIN_HEAD => Ok(Self::Plain),
            Ok(()) if length.is_multiple_of(PAGE_BYTES) => Ok(Self::Sealed),
            Ok(()) => Ok(Self::Other),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(Self::Other),
            Err(error) => Err(io_failed(path, &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_without_encryption_says_so_and_writes_nothing_in_the_clear() {
        let path = std::env::temp_dir().join("saxaul-no-such-directory").join("journal.db");
        let refused = unlock(&path, Some(&JournalKey::from_bytes(&[1; 32])));
        assert_eq!(matches!(refused, Err(JournalError::CannotEncrypt)), !cfg!(feature = "encryption"), "{refused:?}");
    }
}
