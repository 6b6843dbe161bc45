//! The next era of an event in SQLite: nothing of what was kept before stays, in any file.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use sync_core::exchange::{Cursor, Reading};
use sync_core::ids::{DeviceId, EventId, Revision};
use sync_core::trust::{Signed, SnapshotStatement};

use super::devices::require_believed;
use super::{audit, decode, encode, items, row_of};
use crate::store::StoreError;
use crate::store::commit::PartialSnapshotRow;
use crate::store::erasing::FoundedRow;
use crate::store::items::StoredPart;
use crate::store::reads::{Part, PartialSnapshotKept};

/// Up to its floor nothing of an event is kept item by item; snapshots for those who read a part of it, with the devices
/// whose logs are left out; which changes of earlier eras came late; marks by which somebody who was erased
/// is known again, which say nothing without the home key; and erasures whose remains are still to be overwritten.
pub(super) const TABLES: &str = "
    ALTER TABLE events ADD COLUMN floor INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE partial_snapshots (
        event INTEGER NOT NULL REFERENCES events (number),
        reading BLOB NOT NULL,
        hidden BLOB NOT NULL,
        revision INTEGER NOT NULL,
        digest BLOB NOT NULL,
        statement BLOB NOT NULL,
        bytes BLOB NOT NULL,
        PRIMARY KEY (event, reading)
    );
    CREATE TABLE late (
        number INTEGER PRIMARY KEY,
        event INTEGER NOT NULL REFERENCES events (number),
        link BLOB NOT NULL
    );
    CREATE TABLE erased_marks (
        event INTEGER NOT NULL REFERENCES events (number),
        mark BLOB NOT NULL,
        PRIMARY KEY (event, mark)
    ) WITHOUT ROWID;
    CREATE TABLE overwriting (number INTEGER PRIMARY KEY AUTOINCREMENT, event INTEGER NOT NULL REFERENCES events (number));
";

pub(super) fn keep_partial_snapshot(db: &Connection, row: &PartialSnapshotRow) -> Result<(), StoreError> {
    let PartialSnapshotRow { reading, left_out, snapshot } = row;
    let number = row_of(db, snapshot.event)?;
    let left_out: Vec<u8> = left_out.iter().flat_map(|device| device.0).collect();
    db.prepare_cached(
        "INSERT OR REPLACE INTO partial_snapshots (event, reading, hidden, revision, digest, statement, bytes)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 FROM events WHERE number = ?1 AND floor <= ?4
         AND NOT EXISTS (SELECT 1 FROM partial_snapshots WHERE event = ?1 AND reading = ?2 AND revision > ?4)",
    )?
    .execute(params![
        number,
        reading.0,
        left_out,
        snapshot.cursor.revision.0.cast_signed(),
        snapshot.cursor.digest,
        encode(&snapshot.statement),
        snapshot.bytes
    ])?;
    Ok(())
}

pub(super) fn replace(db: &Connection, founded: &FoundedRow) -> Result<(), StoreError> {
    let FoundedRow { turn, believed, item, snapshot, marks, deed, act } = founded;
    let number = row_of(db, snapshot.event)?;
    items::take_turn(db, number, *turn)?;
    believed.iter().try_for_each(|believed| require_believed(db, *believed))?;
    let at = item.cursor.revision.0.cast_signed();
    for sql in [
        "UPDATE items SET item = x'' WHERE event = ?1",
        "UPDATE clones SET item = x'' WHERE event = ?1",
        "DELETE FROM partial_snapshots WHERE event = ?1",
        "DELETE FROM late WHERE event = ?1",
    ] {
        db.execute(sql, params![number])?;
    }
    items::insert_items(db, number, std::slice::from_ref(item))?;
    items::insert_snapshot(db, snapshot)?;
    db.execute("UPDATE events SET floor = ?2 WHERE number = ?1", params![number, at])?;
    for mark in marks {
        db.prepare_cached("INSERT OR IGNORE INTO erased_marks (event, mark) VALUES (?1, ?2)")?
            .execute(params![number, mark])?;
    }
    db.execute("INSERT INTO overwriting (event) VALUES (?1)", params![number])?;
    audit::append(db, *deed, act)
}

pub(super) fn erased_marks(db: &Connection, event: EventId) -> Result<BTreeSet<[u8; 16]>, StoreError> {
    let number = row_of(db, event)?;
    let mut statement = db.prepare_cached("SELECT mark FROM erased_marks WHERE event = ?1")?;
    let marks = statement.query_map(params![number], |row| row.get(0))?;
    Ok(marks.collect::<Result<_, _>>()?)
}

pub(super) fn floor(db: &Connection, event: EventId) -> Result<Revision, StoreError> {
    let number = row_of(db, event)?;
    let mut statement = db.prepare_cached("SELECT floor FROM events WHERE number = ?1")?;
    let floor: Option<i64> = statement.query_row(params![number], |row| row.get(0)).optional()?;
    Ok(Revision(floor.unwrap_or(0).cast_unsigned()))
}

pub(super) fn partial_snapshot_kept(
    db: &Connection,
    event: EventId,
    reading: Reading,
) -> Result<Option<PartialSnapshotKept>, StoreError> {
    let number = row_of(db, event)?;
    let sql = "SELECT revision, hidden FROM partial_snapshots WHERE event = ?1 AND reading = ?2";
    let found = db.prepare_cached(sql)?.query_row(params![number, reading.0], |row| {
        let revision = Revision(row.get::<_, i64>(0)?.cast_unsigned());
        let (devices, _) = row.get_ref(1)?.as_blob()?.as_chunks::<16>();
        Ok(PartialSnapshotKept { revision, left_out: devices.iter().copied().map(DeviceId).collect() })
    });
    Ok(found.optional()?)
}

pub(super) fn partial_snapshot_part(
    db: &Connection,
    event: EventId,
    reading: Reading,
    revision: Option<Revision>,
    part: Part,
) -> Result<Option<StoredPart>, StoreError> {
    let number = row_of(db, event)?;
    let sql = "SELECT statement, revision, digest, length(bytes), substr(bytes, ?3 + 1, ?4)
               FROM partial_snapshots WHERE event = ?1 AND reading = ?2 AND (?5 IS NULL OR revision = ?5)";
    let limit = i64::try_from(part.limit_bytes).unwrap_or(i64::MAX);
    let asked = revision.map(|revision| revision.0.cast_signed());
    let found = db
        .prepare_cached(sql)?
        .query_row(params![number, reading.0, part.offset.cast_signed(), limit, asked], |row| {
            let revision = Revision(row.get::<_, i64>(1)?.cast_unsigned());
            let cursor = Cursor { revision, digest: row.get(2)? };
            Ok((row.get::<_, Vec<u8>>(0)?, cursor, row.get::<_, i64>(3)?.cast_unsigned(), row.get(4)?))
        })
        .optional()?;
    let part = found.map(|(statement, cursor, total, bytes)| {
        let statement: Signed<SnapshotStatement> = decode("a snapshot's statement", &statement)?;
        Ok(StoredPart { statement, cursor, total, bytes })
    });
    part.transpose()
}
