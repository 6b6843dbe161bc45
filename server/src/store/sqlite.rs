//! The store in one file of SQLite, in a directory that no second server gets.

mod audit;
mod devices;
mod erasing;
mod home;
mod invites;
mod items;
mod late;
mod moved;
mod overwriting;
mod perform;
mod prepared;
mod quarantine;
mod reads;
mod registry;
mod schema;
mod sessions;
mod tree;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use minicbor::{Decode, Encode};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, params};
use sync_core::ids::EventId;

use self::moved::OpenedFile;
use self::reads::Moment;
pub use self::schema::SCHEMA_VERSION;
pub(super) use self::writer::{Reservation, ThreadHold, WritingThread};
use crate::secret_file::{create_dir, create_file};
use crate::store::Reads;
use crate::store::StoreError;
use crate::store::audit::Entry;
use crate::store::home::BelongsTo;
use crate::store::registry::RegistryNumber;
use crate::store::shared::SharedMemory;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let no_room_for_index = rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
        match error.sqlite_error_code() {
            _ if error.sqlite_error().is_some_and(|cause| cause.extended_code == no_room_for_index) => Self::Full,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            _ => Self::Medium(error.to_string()),
        }
    }
}

/// A file of SQLite, open for reading.
pub(super) struct Database {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    registry: PublishedNumber,
    /// In this process alone: no other one has the directory.
    shared: SharedMemory,
    /// Held as long as the store is: no second server gets the directory.
    _lock: std::fs::File,
}

impl Database {
    /// Opens the store in a data directory, or begins one.
    ///
    /// # Errors
    /// See [`StoreError`]; data of a newer build is left as it is.
    pub fn open(directory: &Path) -> Result<(Self, WritingThread), StoreError> {
        let medium = |error: std::io::Error| StoreError::Medium(error.to_string());
        create_dir(directory).map_err(medium)?;
        let lock = directory.join("saxaul.lock");
        create_file(&lock).map_err(medium)?;
        let lock = std::fs::File::options().write(true).open(lock).map_err(medium)?;
        take(&lock, directory)?;
        let path = directory.join("saxaul.db");
        // SQLite gives its files beside this one the same rights.
        create_file(&path).map_err(medium)?;
        let mut db = connect(&path)?;
        schema::prepare(&mut db, &path)?;
        let opened = OpenedFile::at(&path)?;
        let registry = PublishedNumber::default();
        registry.publish(registry::number(&db)?);
        let thread = WritingThread::start(db, opened, registry.clone());
        Ok((Self { path, readers: Mutex::default(), registry, shared: SharedMemory::default(), _lock: lock }, thread))
    }

    /// The number of the registry as the writing thread published it: nobody else writes to the file.
    pub fn registry_number(&self) -> RegistryNumber {
        self.registry.published()
    }

    /// What the processes of the store share.
    pub const fn shared(&self) -> &SharedMemory {
        &self.shared
    }

    /// Reads in one transaction: what is written meanwhile is not seen.
    pub fn read<T>(&self, read: impl FnOnce(&dyn Reads) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let pooled = self.readers.lock().expect("no reader panics while it holds the pool").pop();
        let db = match pooled {
            Some(db) => db,
            None => connect(&self.path)?,
        };
        // A connection that fails here is not used again.
        db.prepare_cached("BEGIN")?.execute([])?;
        let result = read(&Moment(&db));
        db.prepare_cached("COMMIT")?.execute([])?;
        self.readers.lock().expect("no reader panics while it holds the pool").push(db);
        result
    }
}

/// The number of the registry, told by the thread that writes before it answers whoever had the registry changed.
#[derive(Clone, Default)]
struct PublishedNumber(Arc<AtomicU64>);

impl PublishedNumber {
    fn publish(&self, number: RegistryNumber) {
        self.0.store(number.0, Ordering::Release);
    }

    fn published(&self) -> RegistryNumber {
        RegistryNumber(self.0.load(Ordering::Acquire))
    }
}

/// Who has the lock of a data directory is waited for so often, and so long between.
const LOCK_TRIES: u32 = 50;
const BETWEEN_LOCK_TRIES: std::time::Duration = std::time::Duration::from_millis(20);

/// Takes the lock of a data directory. A server that is just ending has it for a moment more, and so has a process that one
/// has just started.
fn take(lock: &std::fs::File, directory: &Path) -> Result<(), StoreError> {
    for _ in 0..LOCK_TRIES {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_LOCK_TRIES),
            Err(std::fs::TryLockError::Error(error)) => return Err(StoreError::Medium(error.to_string())),
        }
    }
    Err(StoreError::InUse(directory.to_owned()))
}

/// The number of an event's row; it means nothing outside the store.
fn row_of(db: &Connection, event: EventId) -> Result<i64, StoreError> {
    find_row(db, event)?.ok_or(StoreError::UnknownEvent)
}

fn find_row(db: &Connection, event: EventId) -> Result<Option<i64>, StoreError> {
    let mut find = db.prepare_cached("SELECT number FROM events WHERE id = ?1")?;
    Ok(find.query_row(params![event.0], |row| row.get(0)).optional()?)
}

/// Reads the audit record of a data directory, and to which home server it belongs, also while a server uses it.
///
/// # Errors
/// See [`StoreError`]; [`StoreError::Medium`] where there is none.
pub fn read_audit(directory: &Path) -> Result<(Vec<Entry>, BelongsTo), StoreError> {
    let path = directory.join("saxaul.db");
    let db = Connection::open_with_flags(&path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(|error| StoreError::Medium(format!("{}: {error}", path.display())))?;
    Ok((audit::read(&db)?, home::belongs_to(&db)?))
}

/// So long is waited for a lock of the file that somebody else holds.
const BUSY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let db = Connection::open(path)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.set_prepared_statement_cache_capacity(64);
    // A prepared statement is else planned anew whenever its parameters change.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(db)
}

fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("writing to memory does not fail")
}

fn decode<T: for<'b> Decode<'b, ()>>(what: &str, bytes: &[u8]) -> Result<T, StoreError> {
    minicbor::decode(bytes).map_err(|error| StoreError::Damaged(format!("{what}: {error}")))
}
