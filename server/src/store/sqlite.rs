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
mod prepared;
mod quarantine;
mod schema;
mod sessions;
mod tree;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use minicbor::{Decode, Encode};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, params};
use sync_core::ids::EventId;

use self::moved::OpenedFile;
pub use self::schema::SCHEMA_VERSION;
pub use self::writer::{Batch, Durable, Fate, Hold, Permit, Writer};
use crate::secret_file::{create_dir, create_file};
use crate::store::StoreError;
use crate::store::audit::Entry;
use crate::store::home::BelongsTo;

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

/// The server's store: reads. Writes go through its [`Writer`].
pub struct Store {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    reads: AtomicU64,
    /// Held as long as the store is: no second server gets the directory.
    _lock: std::fs::File,
}

impl Store {
    /// Opens the store in a data directory, or begins one.
    ///
    /// # Errors
    /// See [`StoreError`]; data of a newer build is left as it is.
    pub fn open(directory: &Path) -> Result<(Self, Writer), StoreError> {
        let medium = |error: std::io::Error| StoreError::Medium(error.to_string());
        create_dir(directory).map_err(medium)?;
        let lock = directory.join("saxaul.lock");
        create_file(&lock).map_err(medium)?;
        let lock = std::fs::File::options().write(true).open(lock).map_err(medium)?;
        lock.try_lock().map_err(|error| match error {
            std::fs::TryLockError::WouldBlock => StoreError::InUse(directory.to_owned()),
            std::fs::TryLockError::Error(error) => medium(error),
        })?;
        let path = directory.join("saxaul.db");
        // SQLite gives its files beside this one the same rights.
        create_file(&path).map_err(medium)?;
        let mut db = connect(&path)?;
        schema::prepare(&mut db, &path)?;
        let opened = OpenedFile::at(&path)?;
        Ok((Self { path, readers: Mutex::default(), reads: AtomicU64::new(0), _lock: lock }, Writer::start(db, opened)))
    }

    /// How often something was read since the store was opened.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let pooled = self.readers.lock().expect("no reader panics while it holds the pool").pop();
        let db = match pooled {
            Some(db) => db,
            None => connect(&self.path)?,
        };
        let result = read(&db);
        self.readers.lock().expect("no reader panics while it holds the pool").push(db);
        result
    }

    /// Every event that was created.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn events(&self) -> Result<Vec<EventId>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT id FROM events ORDER BY number")?;
            let rows = statement.query_map([], |row| row.get::<_, [u8; 16]>(0))?;
            rows.map(|row| Ok(EventId(row?))).collect()
        })
    }

    /// Tells whether an event was created.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn has_event(&self, event: EventId) -> Result<bool, StoreError> {
        self.read(|db| Ok(find_row(db, event)?.is_some()))
    }

    /// Reads what is kept of one event, which is known inside the store by the number of its row.
    fn read_of<T>(
        &self,
        event: EventId,
        read: impl FnOnce(&Connection, i64) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.read(|db| read(db, row_of(db, event)?))
    }
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
