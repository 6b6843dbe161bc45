//! What a home server keeps about itself: which key its data belongs to, how long its clock has been right, and whose
//! time is nearly over.

use rusqlite::{Connection, OptionalExtension, params};
use sync_core::ids::EventId;
use sync_core::time::UnixMillis;
use sync_core::trust::PublicKey;

use super::{Store, StoreError, Writer};

/// The key is kept beside the data that it signed, so that data without its key is noticed.
pub(super) const TABLES: &str = "
    CREATE TABLE home (id INTEGER PRIMARY KEY CHECK (id = 1), key BLOB NOT NULL);
    CREATE INDEX audit_at ON audit (at);
    CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), filling BLOB NOT NULL);
    CREATE TABLE clock_watch (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL, right_ms INTEGER NOT NULL);
    CREATE TABLE retention_notices (
        event INTEGER PRIMARY KEY REFERENCES events (number),
        told INTEGER NOT NULL,
        due INTEGER NOT NULL,
        people INTEGER NOT NULL,
        recorded INTEGER NOT NULL
    );
    CREATE INDEX audit_clock_trusted ON audit (number) WHERE act = '{\"act\":\"clock_trusted\"}';
";

/// So much is written to find out whether anything can be: about as much as a small exchange.
const PROBE_BYTES: i64 = 16 * 1024;

/// How long home's clock has been right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockWatch {
    /// What the clock showed when this was noted.
    pub at: UnixMillis,
    /// For how much running time of the server it had been right then.
    pub right_ms: u64,
}

/// People of an event are to be erased, and organizers are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionNotice {
    /// Since when they are told.
    pub told: UnixMillis,
    /// When people are erased, if nothing more is recorded or edited.
    pub due: UnixMillis,
    /// How many.
    pub people: u32,
    /// How much had been recorded and edited when they were told.
    pub recorded: u64,
}

/// To which home server the data belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BelongsTo {
    /// Nothing was kept yet.
    Nobody,
    /// It says nothing of its key, and holds something.
    Unknown,
    /// The home server with this key.
    Home(PublicKey),
}

impl Store {
    /// To which home server the data belongs.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn belongs_to(&self) -> Result<BelongsTo, StoreError> {
        self.read(belongs_to)
    }

    /// How long home's clock has been right; `None` if nobody has looked yet.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn clock_watch(&self) -> Result<Option<ClockWatch>, StoreError> {
        self.read(|db| {
            let mut watch = db.prepare_cached("SELECT at, right_ms FROM clock_watch")?;
            let watch = watch.query_row([], |row| {
                Ok(ClockWatch { at: UnixMillis(row.get(0)?), right_ms: row.get::<_, i64>(1)?.cast_unsigned() })
            });
            Ok(watch.optional()?)
        })
    }

    /// What organizers of an event are told of its retention; `None` while that is nothing.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn retention_notice(&self, event: EventId) -> Result<Option<RetentionNotice>, StoreError> {
        self.read(|db| {
            let sql = "SELECT told, due, people, recorded FROM retention_notices
                       JOIN events ON number = event WHERE id = ?1";
            let notice = db.prepare_cached(sql)?.query_row(params![event.0], |row| {
                Ok(RetentionNotice {
                    told: UnixMillis(row.get(0)?),
                    due: UnixMillis(row.get(1)?),
                    people: row.get(2)?,
                    recorded: row.get::<_, i64>(3)?.cast_unsigned(),
                })
            });
            Ok(notice.optional()?)
        })
    }
}

impl Writer {
    /// Notes to which home server the data belongs. Repeating it changes nothing.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn keep_home_key(&self, key: PublicKey) -> Result<(), StoreError> {
        self.ask(move |db| {
            Ok(db.execute("INSERT OR IGNORE INTO home (id, key) VALUES (1, ?1)", params![key.0]).map(drop)?)
        })
        .await
    }

    /// Writes something to the disk, and waits until it is there.
    ///
    /// # Errors
    /// See [`StoreError`]: why nothing can be written.
    pub async fn probe(&self) -> Result<(), StoreError> {
        self.ask(|db| {
            let sql = "INSERT OR REPLACE INTO probe (id, filling) VALUES (1, zeroblob(?1))";
            Ok(db.prepare_cached(sql)?.execute(params![PROBE_BYTES]).map(drop)?)
        })
        .await
    }

    /// Notes how long home's clock has been right.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn keep_clock_watch(&self, watch: ClockWatch) -> Result<(), StoreError> {
        self.ask(move |db| {
            let sql = "INSERT OR REPLACE INTO clock_watch (id, at, right_ms) VALUES (1, ?1, ?2)";
            Ok(db.prepare_cached(sql)?.execute(params![watch.at.0, watch.right_ms.cast_signed()]).map(drop)?)
        })
        .await
    }

    /// Keeps what organizers of an event are told of its retention, in the place of what they were told before.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn keep_retention_notice(
        &self,
        event: EventId,
        notice: Option<RetentionNotice>,
    ) -> Result<(), StoreError> {
        self.ask(move |db| {
            let event: i64 =
                db.query_row("SELECT number FROM events WHERE id = ?1", params![event.0], |row| row.get(0))?;
            db.prepare_cached("DELETE FROM retention_notices WHERE event = ?1")?.execute(params![event])?;
            let Some(RetentionNotice { told, due, people, recorded }) = notice else { return Ok(()) };
            let sql = "INSERT INTO retention_notices (event, told, due, people, recorded) VALUES (?1, ?2, ?3, ?4, ?5)";
            db.prepare_cached(sql)?.execute(params![event, told.0, due.0, people, recorded.cast_signed()])?;
            Ok(())
        })
        .await
    }
}

pub(super) fn belongs_to(db: &Connection) -> Result<BelongsTo, StoreError> {
    let key: Option<[u8; 32]> = db.query_row("SELECT key FROM home", [], |row| row.get(0)).optional()?;
    if let Some(key) = key {
        return Ok(BelongsTo::Home(PublicKey(key)));
    }
    let sql = "SELECT EXISTS (SELECT 1 FROM devices) OR EXISTS (SELECT 1 FROM invites)
               OR EXISTS (SELECT 1 FROM events) OR EXISTS (SELECT 1 FROM audit)";
    let holds_something: bool = db.query_row(sql, [], |row| row.get(0))?;
    Ok(if holds_something { BelongsTo::Unknown } else { BelongsTo::Nobody })
}
