//! The next era of an event in SQLite: nothing of what was kept before stays, in any file.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use sync_core::exchange::{Cursor, Reading};
use sync_core::ids::{DeviceId, EventId, Revision};
use sync_core::replica::reading::Hidden;
use sync_core::trust::{Signed, SnapshotStatement};

use super::devices::require_believed;
use super::{Store, Writer, audit, decode, encode, items, row_of};
use crate::store::StoreError;
use crate::store::erasing::FoundedRow;
use crate::store::items::{SnapshotRow, StoredPart};

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

impl Writer {
    /// Puts an event's next era in the place of everything that was kept of it. That what is deleted so is still to be
    /// overwritten is written down with it: see [`Store::overwriting_due`].
    ///
    /// # Errors
    /// See [`StoreError`]; [`StoreError::Conflict`] if the event has moved on. Nothing was changed then.
    pub async fn found_again(&self, founded: FoundedRow) -> Result<(), StoreError> {
        self.ask(move |db| replace(db, &founded)).await
    }

    /// Keeps a snapshot for those who read by one rule, instead of the one before.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn keep_partial_snapshot(&self, hidden: Hidden, row: SnapshotRow) -> Result<(), StoreError> {
        self.ask(move |db| {
            let number = row_of(db, row.event)?;
            let devices: Vec<u8> = hidden.devices().flat_map(|device| device.0).collect();
            db.prepare_cached(
                "INSERT OR REPLACE INTO partial_snapshots (event, reading, hidden, revision, digest, statement, bytes)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 FROM events WHERE number = ?1 AND floor <= ?4",
            )?
            .execute(params![
                number,
                hidden.reading().0,
                devices,
                row.cursor.revision.0.cast_signed(),
                row.cursor.digest,
                encode(&row.statement),
                row.bytes
            ])?;
            Ok(())
        })
        .await
    }
}

fn replace(db: &Connection, founded: &FoundedRow) -> Result<(), StoreError> {
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

impl Store {
    /// The marks of people who were erased from an event.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn erased_marks(&self, event: EventId) -> Result<BTreeSet<[u8; 16]>, StoreError> {
        self.read_of(event, |db, number| {
            let mut statement = db.prepare_cached("SELECT mark FROM erased_marks WHERE event = ?1")?;
            let marks = statement.query_map(params![number], |row| row.get(0))?;
            Ok(marks.collect::<Result<_, _>>()?)
        })
    }

    /// Up to where an event is no longer kept item by item; 0 if all of it is.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn floor(&self, event: EventId) -> Result<Revision, StoreError> {
        self.read_of(event, |db, number| {
            let mut statement = db.prepare_cached("SELECT floor FROM events WHERE number = ?1")?;
            let floor: Option<i64> = statement.query_row(params![number], |row| row.get(0)).optional()?;
            Ok(Revision(floor.unwrap_or(0).cast_unsigned()))
        })
    }

    /// The revision of the snapshot for those who read as `hidden` says; `None` if there is none, or if it leaves out a
    /// log that they may read by now.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn partial_snapshot_revision(&self, event: EventId, hidden: &Hidden) -> Result<Option<Revision>, StoreError> {
        self.read_of(event, |db, number| {
            let sql = "SELECT revision, hidden FROM partial_snapshots WHERE event = ?1 AND reading = ?2";
            let found = db.prepare_cached(sql)?.query_row(params![number, hidden.reading().0], |row| {
                Ok((Revision(row.get::<_, i64>(0)?.cast_unsigned()), row.get::<_, Vec<u8>>(1)?))
            });
            let Some((revision, left_out)) = found.optional()? else { return Ok(None) };
            let (devices, _) = left_out.as_chunks::<16>();
            let is_whole = devices.iter().all(|device| hidden.hides_log(DeviceId(*device)));
            Ok(is_whole.then_some(revision))
        })
    }

    /// The snapshot for those who read by a rule, from `offset` on; `None` if there is none, or not the one that is asked
    /// for.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn partial_snapshot(
        &self,
        (event, reading): (EventId, Reading),
        revision: Option<Revision>,
        (offset, limit): (u64, usize),
    ) -> Result<Option<StoredPart>, StoreError> {
        self.read_of(event, |db, number| {
            let sql = "SELECT statement, revision, digest, length(bytes), substr(bytes, ?3 + 1, ?4)
                       FROM partial_snapshots WHERE event = ?1 AND reading = ?2 AND (?5 IS NULL OR revision = ?5)";
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let asked = revision.map(|revision| revision.0.cast_signed());
            let found = db
                .prepare_cached(sql)?
                .query_row(params![number, reading.0, offset.cast_signed(), limit, asked], |row| {
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
        })
    }
}
