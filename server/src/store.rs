//! What the server keeps, and the only place that knows how.
//!
//! Handles bytes and ids, never documents or HTTP. One thread writes; what several desks bring meanwhile is committed
//! together, fsynced, and only then answered.

mod schema;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use minicbor::{Decode, Encode};
use rusqlite::{Connection, OptionalExtension, params};
use sync_core::exchange::{Cursor, Item};
use sync_core::ids::{DeviceId, EventId, Revision};
use sync_core::replica::ledger::{ItemSource, StoredItem};
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, Role, Scope, Signed, SnapshotStatement};

pub use self::schema::SCHEMA_VERSION;
pub use self::writer::{Batch, Durable, Permit, Redemption, SnapshotRow, Writer};

/// Why the store could not do something.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Another server uses the data directory.
    #[error("another server is using the data directory {0}: stop it first, or give this one its own")]
    InUse(PathBuf),
    /// A newer build wrote the data.
    #[error("the data in {path} has version {found}; this program knows up to version {known}: update the program")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest one known here.
        known: i64,
    },
    /// There is no room left. Nothing of the last action was kept.
    #[error("the disk is full")]
    Full,
    /// What was to follow does not follow what is there. The desk must read anew.
    #[error("the event has moved on under this desk")]
    Conflict,
    /// What the file contains is not what was written.
    #[error("the data is damaged: {0}")]
    Damaged(String),
    /// More is waiting to be written than there is room for.
    #[error("the store has too much to write")]
    Busy,
    /// The operating system or SQLite reports something else.
    #[error("the store cannot be used: {0}")]
    Medium(String),
}

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

/// A device that was let in.
#[derive(Clone, Debug)]
pub struct DeviceRow {
    /// Its id.
    pub device: DeviceId,
    /// What home says of it.
    pub grant: Signed<Grant>,
    /// When an organizer revoked it, if one did.
    pub revoked: Option<UnixMillis>,
}

/// Lets devices in.
#[derive(Clone, Debug)]
pub struct Invite {
    /// SHA-256 of the secret in the link. The secret itself is not kept.
    pub secret_hash: [u8; 32],
    /// What the device may do.
    pub role: Role,
    /// Where.
    pub scope: Scope,
    /// How many more devices it lets in.
    pub uses_left: u32,
    /// Until when, by the server's clock; `None` is for good.
    pub expires: Option<UnixMillis>,
}

/// What came of using an invite.
#[derive(Clone, Debug)]
pub enum Redeemed {
    /// The device is in now.
    Fresh,
    /// The same device used the same invite before: this is what it was told then.
    Again(Signed<Grant>),
    /// There is no such invite.
    Unknown,
    /// Others have used it up.
    Used,
    /// Its time is over.
    Expired,
    /// The device was revoked, and stays so.
    Revoked,
}

/// A page of an event's items.
#[derive(Debug)]
pub struct Page {
    /// The items.
    pub items: Vec<StoredItem>,
    /// Where the page ends.
    pub cursor: Cursor,
    /// Whether there is more.
    pub more: bool,
}

/// A part of a snapshot.
#[derive(Debug)]
pub struct StoredPart {
    /// Home vouches for the whole.
    pub statement: Signed<SnapshotStatement>,
    /// What it includes.
    pub cursor: Cursor,
    /// Length of the whole.
    pub total: u64,
    /// The bytes from the asked position on.
    pub bytes: Vec<u8>,
}

/// The server's store: reads. Writes go through its [`Writer`].
pub struct Store {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
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
        std::fs::create_dir_all(directory).map_err(medium)?;
        let lock = std::fs::File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(directory.join("saxaul.lock"))
            .map_err(medium)?;
        lock.try_lock().map_err(|error| match error {
            std::fs::TryLockError::WouldBlock => StoreError::InUse(directory.to_owned()),
            std::fs::TryLockError::Error(error) => medium(error),
        })?;
        let path = directory.join("saxaul.db");
        let mut db = connect(&path)?;
        schema::prepare(&mut db, &path)?;
        Ok((Self { path, readers: Mutex::default(), _lock: lock }, Writer::start(db)))
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let pooled = self.readers.lock().expect("no reader panics while it holds the pool").pop();
        let db = match pooled {
            Some(db) => db,
            None => connect(&self.path)?,
        };
        let result = read(&db);
        self.readers.lock().expect("no reader panics while it holds the pool").push(db);
        result
    }

    /// Every device that was let in.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn devices(&self) -> Result<Vec<DeviceRow>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT device, grant, revoked FROM devices")?;
            let rows = statement.query_map([], |row| {
                Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Option<i64>>(2)?))
            })?;
            rows.map(|row| {
                let (device, grant, revoked) = row?;
                let grant = decode("a grant", &grant)?;
                Ok(DeviceRow { device: DeviceId(device), grant, revoked: revoked.map(UnixMillis) })
            })
            .collect()
        })
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

    /// The number by which an event is known inside the store; `None` if it was not created.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn event_number(&self, event: EventId) -> Result<Option<i64>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT number FROM events WHERE id = ?1")?;
            Ok(statement.query_row(params![event.0], |row| row.get(0)).optional()?)
        })
    }

    /// What an invite gives, whether or not it can still be used; `None` if there is none with this secret.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn invite_terms(&self, secret_hash: &[u8; 32]) -> Result<Option<(Role, Scope)>, StoreError> {
        self.read(|db| {
            let found: Option<(String, Vec<u8>)> = db
                .prepare_cached("SELECT role, scope FROM invites WHERE secret_hash = ?1")?
                .query_row(params![secret_hash], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            found
                .map(|(role, scope)| {
                    let role = role.parse().map_err(|error| StoreError::Damaged(format!("an invite: {error}")))?;
                    Ok((role, decode("an invite's scope", &scope)?))
                })
                .transpose()
        })
    }

    /// Whether anybody was ever let in or invited.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn has_anyone(&self) -> Result<bool, StoreError> {
        self.read(|db| {
            let sql = "SELECT EXISTS (SELECT 1 FROM invites) OR EXISTS (SELECT 1 FROM devices)";
            Ok(db.query_row(sql, [], |row| row.get(0))?)
        })
    }

    /// Where an event stands; `None` if a quoted cursor is not of this store's past.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn standing(&self, number: i64, quoted: &[Option<Cursor>]) -> Result<Option<Cursor>, StoreError> {
        self.read(|db| {
            let sql = "SELECT digest FROM items WHERE event = ?1 AND revision = ?2";
            let mut find = db.prepare_cached(sql)?;
            for cursor in quoted.iter().flatten().filter(|cursor| cursor.revision > Revision(0)) {
                let at = params![number, cursor.revision.0.cast_signed()];
                let known: Option<[u8; 32]> = find.query_row(at, |row| row.get(0)).optional()?;
                if known != Some(cursor.digest) {
                    return Ok(None);
                }
            }
            let sql = "SELECT revision, digest FROM items WHERE event = ?1 ORDER BY revision DESC LIMIT 1";
            let last = db.prepare_cached(sql)?.query_row(params![number], |row| {
                Ok(Cursor { revision: Revision(row.get::<_, i64>(0)?.cast_unsigned()), digest: row.get(1)? })
            });
            Ok(Some(last.optional()?.unwrap_or_default()))
        })
    }

    /// Reads on from a cursor of this store's past: no more than about `limit_bytes`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn page(&self, number: i64, from: Cursor, limit_bytes: usize) -> Result<Page, StoreError> {
        self.read(|db| {
            let (items, more) = read_items(db, number, from.revision, limit_bytes)?;
            let cursor = items.last().map_or(from, |stored| stored.cursor);
            Ok(Page { items, cursor, more })
        })
    }

    /// The newest snapshot of an event, or a part of the one that is asked for.
    ///
    /// `None` if there is none, or if the one asked for was replaced: begin with the newest then.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn snapshot_part(
        &self,
        number: i64,
        revision: Option<Revision>,
        (offset, limit): (u64, usize),
    ) -> Result<Option<StoredPart>, StoreError> {
        self.read(|db| {
            let sql = "SELECT statement, revision, digest, length(bytes), substr(bytes, ?3 + 1, ?4) FROM snapshots
                       WHERE event = ?1 AND (?2 IS NULL OR revision = ?2) ORDER BY revision DESC LIMIT 1";
            let asked = revision.map(|revision| revision.0.cast_signed());
            let found = db
                .prepare_cached(sql)?
                .query_row(
                    params![number, asked, offset.cast_signed(), i64::try_from(limit).unwrap_or(i64::MAX)],
                    |row| {
                        let digest: [u8; 32] = row.get(2)?;
                        let revision = Revision(row.get::<_, i64>(1)?.cast_unsigned());
                        let total = row.get::<_, i64>(3)?.cast_unsigned();
                        Ok((row.get::<_, Vec<u8>>(0)?, Cursor { revision, digest }, total, row.get(4)?))
                    },
                )
                .optional()?;
            found
                .map(|(statement, cursor, total, bytes)| {
                    Ok(StoredPart { statement: decode("a snapshot's statement", &statement)?, cursor, total, bytes })
                })
                .transpose()
        })
    }

    /// The newest snapshot of an event, whole.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn snapshot(&self, number: i64) -> Result<Option<StoredPart>, StoreError> {
        self.snapshot_part(number, None, (0, usize::MAX / 4))
    }

    /// The items of an event, as a source.
    #[must_use]
    pub const fn items(&self, number: i64) -> StoredEvent<'_> {
        StoredEvent { store: self, number }
    }
}

/// One event in the store.
pub struct StoredEvent<'a> {
    store: &'a Store,
    number: i64,
}

impl ItemSource for StoredEvent<'_> {
    type Error = StoreError;

    fn items_after(&self, revision: Revision, limit_bytes: usize) -> Result<Vec<StoredItem>, StoreError> {
        self.store.read(|db| Ok(read_items(db, self.number, revision, limit_bytes)?.0))
    }
}

fn read_items(
    db: &Connection,
    number: i64,
    after: Revision,
    limit_bytes: usize,
) -> Result<(Vec<StoredItem>, bool), StoreError> {
    let sql = "SELECT revision, digest, origin, item FROM items WHERE event = ?1 AND revision > ?2 ORDER BY revision";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![number, after.0.cast_signed()])?;
    let (mut items, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let item: Vec<u8> = row.get(3)?;
        bytes += item.len();
        if bytes > limit_bytes && !items.is_empty() {
            return Ok((items, true));
        }
        let item: Item = decode("an item", &item)?;
        items.push(StoredItem {
            cursor: Cursor { revision: Revision(row.get::<_, i64>(0)?.cast_unsigned()), digest: row.get(1)? },
            origin: row.get::<_, Option<[u8; 16]>>(2)?.map(DeviceId),
            item,
        });
    }
    Ok((items, false))
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let db = Connection::open(path)?;
    db.busy_timeout(std::time::Duration::from_secs(10))?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("writing to memory does not fail")
}

fn decode<T: for<'b> Decode<'b, ()>>(what: &str, bytes: &[u8]) -> Result<T, StoreError> {
    minicbor::decode(bytes).map_err(|error| StoreError::Damaged(format!("{what}: {error}")))
}
