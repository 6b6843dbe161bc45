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

use super::{JournalError, beside, io_failed, medium, private, recognised};

/// What every SQLite file begins with that is not encrypted.
const PLAIN_HEAD: &[u8; 16] = b"SQLite format 3\0";
/// How long the beginning of an SQLite file is that says what it is.
const HEAD_BYTES: u64 = 100;
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
        (Kind::Other, None) | (Kind::Foreign, _) => return Err(JournalError::NotAJournal(path.to_owned())),
        _ => {}
    }
    let failed = |error: rusqlite::Error| medium(path, &error);
    // SQLite gives its files beside this one the same rights.
    private::create_file(path).map_err(|error| io_failed(path, &error))?;
    let db = Connection::open(path).map_err(failed)?;
    // Closing must not carry the write-ahead log over into a file that is no journal, or that this key does not open.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(failed)?;
    if let Some(key) = key {
        // What went wrong is the caller's to report; SQLCipher would write it to standard error, too.
        db.execute_batch("PRAGMA cipher_log_level = NONE").map_err(failed)?;
        db.execute_batch(&key.pragma()).map_err(failed)?;
    }
    // Before the first look at the file: so that reading it never needs room for a shared index beside it.
    db.execute_batch("PRAGMA locking_mode = EXCLUSIVE").map_err(failed)?;
    match db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())) {
        Ok(()) => {}
        Err(error) if key.is_some() && error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
            return Err(JournalError::WrongKey(path.to_owned()));
        }
        Err(error) => return Err(failed(error)),
    }
    recognised::check(&db, path)?;
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
    /// A database of another program, with a transaction in it that was cut off.
    Foreign,
}

impl Kind {
    fn of(path: &Path) -> Result<Self, JournalError> {
        let file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::New),
            Err(error) => return Err(io_failed(path, &error)),
        };
        let length = file.metadata().map_err(|error| io_failed(path, &error))?.len();
        // SQLite keeps this beside a journal only while it writes the first page, before the log is there. It takes back what
        // was cut off when it opens the file.
        let cut_off = RollbackJournal::beside(path);
        if length == 0 || cut_off == Some(RollbackJournal::OfAnEmptyFile) {
            return Ok(Self::New);
        }
        let mut head = Vec::new();
        match file.take(HEAD_BYTES).read_to_end(&mut head) {
            Ok(_) if head.starts_with(PLAIN_HEAD) => {
                let is_foreign = cut_off.is_some() && !recognised::is_signed(&head);
                Ok(if is_foreign { Self::Foreign } else { Self::Plain })
            }
            Ok(_) if length.is_multiple_of(PAGE_BYTES) => Ok(Self::Sealed),
            Ok(_) => Ok(Self::Other),
            Err(error) => Err(io_failed(path, &error)),
        }
    }
}

/// What SQLite keeps beside a database while it writes without a log, so that it can take back what was cut off.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RollbackJournal {
    /// There was nothing in the file before.
    OfAnEmptyFile,
    /// There was something in the file before.
    OfAFile,
}

impl RollbackJournal {
    /// What it begins with, as long as something can be taken back by it.
    const HEAD: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    /// Where the length of the file before stands, in pages.
    const PAGES: std::ops::Range<usize> = 16..20;

    /// `None` if there is none.
    fn beside(path: &Path) -> Option<Self> {
        let mut head = [0; Self::PAGES.end];
        std::fs::File::open(beside(path, "-journal")).ok()?.read_exact(&mut head).ok()?;
        let was_empty = head[Self::PAGES].iter().all(|byte| *byte == 0);
        let is_one = head.starts_with(&Self::HEAD);
        is_one.then_some(if was_empty { Self::OfAnEmptyFile } else { Self::OfAFile })
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
