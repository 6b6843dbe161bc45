//! What a home server keeps about itself, in SQLite.

use rusqlite::{Connection, OptionalExtension, params};
use sync_core::ids::EventId;
use sync_core::time::UnixMillis;
use sync_core::trust::PublicKey;

use super::row_of;
use crate::store::StoreError;
use crate::store::home::{BelongsTo, RetentionNotice};

/// The key is kept beside the data that it signed, so that data without its key is noticed.
pub(super) const TABLES: &str = "
    CREATE TABLE home (id INTEGER PRIMARY KEY CHECK (id = 1), key BLOB NOT NULL);
    CREATE INDEX audit_at ON audit (at);
    CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), filling BLOB NOT NULL);
    CREATE TABLE retention_notices (
        event INTEGER PRIMARY KEY REFERENCES events (number),
        seen INTEGER NOT NULL,
        ran_ms INTEGER NOT NULL,
        due INTEGER NOT NULL,
        people INTEGER NOT NULL,
        recorded INTEGER NOT NULL
    );
    CREATE INDEX audit_clock_trusted ON audit (number) WHERE act = '{\"act\":\"clock_trusted\"}';
";

/// So much is written to find out whether anything can be: about as much as a small exchange.
const PROBE_BYTES: i64 = 16 * 1024;

pub(super) fn retention_notice(db: &Connection, event: EventId) -> Result<Option<RetentionNotice>, StoreError> {
    let sql = "SELECT seen, ran_ms, due, people, recorded FROM retention_notices
               JOIN events ON number = event WHERE id = ?1";
    let notice = db.prepare_cached(sql)?.query_row(params![event.0], |row| {
        Ok(RetentionNotice {
            seen: UnixMillis(row.get(0)?),
            ran_ms: row.get(1)?,
            due: UnixMillis(row.get(2)?),
            people: row.get(3)?,
            recorded: row.get::<_, i64>(4)?.cast_unsigned(),
        })
    });
    Ok(notice.optional()?)
}

pub(super) fn keep_home_key(db: &Connection, key: PublicKey) -> Result<(), StoreError> {
    Ok(db.execute("INSERT OR IGNORE INTO home (id, key) VALUES (1, ?1)", params![key.0]).map(drop)?)
}

pub(super) fn probe(db: &Connection) -> Result<(), StoreError> {
    let sql = "INSERT OR REPLACE INTO probe (id, filling) VALUES (1, zeroblob(?1))";
    Ok(db.prepare_cached(sql)?.execute(params![PROBE_BYTES]).map(drop)?)
}

pub(super) fn forget_retention_notices(db: &Connection) -> Result<(), StoreError> {
    Ok(db.execute("DELETE FROM retention_notices", []).map(drop)?)
}

pub(super) fn keep_retention_notice(
    db: &Connection,
    event: EventId,
    notice: Option<RetentionNotice>,
) -> Result<(), StoreError> {
    let event = row_of(db, event)?;
    db.prepare_cached("DELETE FROM retention_notices WHERE event = ?1")?.execute(params![event])?;
    let Some(RetentionNotice { seen, ran_ms, due, people, recorded }) = notice else { return Ok(()) };
    let sql = "INSERT INTO retention_notices (event, seen, ran_ms, due, people, recorded)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let row = params![event, seen.0, ran_ms, due.0, people, recorded.cast_signed()];
    db.prepare_cached(sql)?.execute(row)?;
    Ok(())
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
