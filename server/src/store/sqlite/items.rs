//! Items and snapshots in SQLite.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};
use sync_core::exchange::{Cursor, Item};
use sync_core::ids::{DeviceId, EventId, Incarnation, Revision};
use sync_core::replica::ledger::StoredItem;

use super::{decode, devices, encode, late, quarantine, row_of, sessions};
use crate::store::StoreError;
use crate::store::batch::Batch;
use crate::store::items::{SAID_LIMIT, Said, SnapshotRow, StoredPart, Turn};
use crate::store::reads::{ItemPage, Part};

pub(super) fn standing(
    db: &Connection,
    event: EventId,
    quoted: &[Option<Cursor>],
) -> Result<Option<Cursor>, StoreError> {
    let number = row_of(db, event)?;
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
}

pub(super) fn turn(db: &Connection, event: EventId) -> Result<Turn, StoreError> {
    let number = row_of(db, event)?;
    let mut turn = db.prepare_cached("SELECT turn FROM events WHERE number = ?1")?;
    Ok(Turn(turn.query_row(params![number], |row| row.get::<_, i64>(0))?.cast_unsigned()))
}

pub(super) fn standings(db: &Connection) -> Result<BTreeMap<EventId, Cursor>, StoreError> {
    let sql = "SELECT id, revision, digest FROM events JOIN items ON event = number WHERE revision = \
               (SELECT MAX(last.revision) FROM items AS last WHERE last.event = events.number)";
    let mut all = db.prepare_cached(sql)?;
    let rows = all.query_map([], |row| {
        let at = Cursor { revision: Revision(row.get::<_, i64>(1)?.cast_unsigned()), digest: row.get(2)? };
        Ok((EventId(row.get(0)?), at))
    })?;
    rows.map(|row| Ok(row?)).collect()
}

pub(super) fn said(db: &Connection, event: EventId) -> Result<Vec<Said>, StoreError> {
    let number = row_of(db, event)?;
    let sql = "SELECT device, incarnation, entries FROM said WHERE event = ?1 ORDER BY device, incarnation";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![number], |row| {
        Ok(Said {
            device: DeviceId(row.get(0)?),
            incarnation: Incarnation(row.get(1)?),
            entries: row.get::<_, i64>(2)?.cast_unsigned(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn snapshot_part(
    db: &Connection,
    event: EventId,
    revision: Option<Revision>,
    part: Part,
) -> Result<Option<StoredPart>, StoreError> {
    let number = row_of(db, event)?;
    let sql = "SELECT statement, revision, digest, length(bytes), substr(bytes, ?3 + 1, ?4) FROM snapshots
               WHERE event = ?1 AND (?2 IS NULL OR revision = ?2) ORDER BY revision DESC LIMIT 1";
    let asked = revision.map(|revision| revision.0.cast_signed());
    let found = db
        .prepare_cached(sql)?
        .query_row(
            params![number, asked, part.offset.cast_signed(), i64::try_from(part.limit_bytes).unwrap_or(i64::MAX)],
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
}

pub(super) fn snapshot_revision(db: &Connection, event: EventId) -> Result<Option<Revision>, StoreError> {
    let number = row_of(db, event)?;
    let mut newest = db.prepare_cached("SELECT max(revision) FROM snapshots WHERE event = ?1")?;
    let revision: Option<i64> = newest.query_row(params![number], |row| row.get(0))?;
    Ok(revision.map(|revision| Revision(revision.cast_unsigned())))
}

pub(super) fn items_after(
    db: &Connection,
    event: EventId,
    after: Revision,
    limit_bytes: usize,
) -> Result<ItemPage, StoreError> {
    let number = row_of(db, event)?;
    let sql = "SELECT revision, digest, origin, item FROM items WHERE event = ?1
               AND revision > max(?2, (SELECT floor - 1 FROM events WHERE number = ?1)) ORDER BY revision";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![number, after.0.cast_signed()])?;
    let (mut items, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let item: Vec<u8> = row.get(3)?;
        bytes += item.len();
        if bytes > limit_bytes && !items.is_empty() {
            return Ok(ItemPage { items, more: true });
        }
        let item: Item = decode("an item", &item)?;
        items.push(StoredItem {
            cursor: Cursor { revision: Revision(row.get::<_, i64>(0)?.cast_unsigned()), digest: row.get(1)? },
            origin: row.get::<_, Option<[u8; 16]>>(2)?.map(DeviceId),
            item,
        });
    }
    Ok(ItemPage { items, more: false })
}

pub(super) fn insert(db: &Connection, batch: &Batch) -> Result<(), StoreError> {
    let number = row_of(db, batch.event)?;
    take_turn(db, number, batch.turn)?;
    batch.believed.iter().try_for_each(|believed| devices::require_believed(db, *believed))?;
    insert_items(db, number, &batch.items)?;
    late::insert(db, number, &batch.late)?;
    if let Some(said) = batch.said {
        insert_said(db, number, said)?;
    }
    quarantine::insert(db, number, &batch.held)?;
    quarantine::forget_let_in(db, number, &batch.let_in)?;
    quarantine::insert_cloned(db, number, &batch.cloned)?;
    batch.performed.as_ref().map_or(Ok(()), |performed| sessions::insert_performed(db, number, performed))?;
    batch.decided.as_ref().map_or(Ok(()), |decided| quarantine::decide(db, number, decided))
}

/// Moves an event on by one turn, if it still stands at `turn`.
///
/// # Errors
/// [`StoreError::Conflict`] if it has moved on.
pub(super) fn take_turn(db: &Connection, number: i64, turn: Turn) -> Result<(), StoreError> {
    let mut take = db.prepare_cached("UPDATE events SET turn = turn + 1 WHERE number = ?1 AND turn = ?2")?;
    let taken = take.execute(params![number, turn.0.cast_signed()])?;
    if taken == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

pub(super) fn insert_items(db: &Connection, number: i64, items: &[StoredItem]) -> Result<(), StoreError> {
    let mut insert =
        db.prepare_cached("INSERT INTO items (event, revision, digest, origin, item) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for stored in items {
        insert.execute(params![
            number,
            stored.cursor.revision.0.cast_signed(),
            stored.cursor.digest,
            stored.origin.map(|device| device.0),
            encode(&stored.item)
        ])?;
    }
    Ok(())
}

/// The last word counts: nobody signs it, so the device's next one must be able to correct it.
fn insert_said(db: &Connection, number: i64, said: Said) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO said (event, device, incarnation, entries)
         SELECT ?1, ?2, ?3, ?4 WHERE (SELECT count(*) FROM said WHERE event = ?1 AND device = ?2) < ?5
         OR EXISTS (SELECT 1 FROM said WHERE event = ?1 AND device = ?2 AND incarnation = ?3)
         ON CONFLICT DO UPDATE SET entries = excluded.entries",
    )?
    .execute(params![
        number,
        said.device.0,
        said.incarnation.0,
        i64::try_from(said.entries).unwrap_or(i64::MAX),
        SAID_LIMIT
    ])?;
    Ok(())
}

pub(super) fn insert_snapshot(db: &Connection, snapshot: &SnapshotRow) -> Result<(), StoreError> {
    let number = row_of(db, snapshot.event)?;
    // One that was begun before the event was founded again is of no use.
    let mut floor = db.prepare_cached("SELECT floor FROM events WHERE number = ?1")?;
    let floor: i64 = floor.query_row(params![number], |row| row.get(0))?;
    if floor.cast_unsigned() > snapshot.cursor.revision.0 {
        return Ok(());
    }
    let mut kept = db.prepare_cached("SELECT EXISTS (SELECT 1 FROM snapshots WHERE event = ?1 AND revision >= ?2)")?;
    let at = snapshot.cursor.revision.0.cast_signed();
    if kept.query_row(params![number, at], |row| row.get(0))? {
        return Ok(());
    }
    db.prepare_cached("DELETE FROM snapshots WHERE event = ?1")?.execute(params![number])?;
    db.prepare_cached("INSERT INTO snapshots (event, revision, digest, statement, bytes) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            number,
            snapshot.cursor.revision.0.cast_signed(),
            snapshot.cursor.digest,
            encode(&snapshot.statement),
            snapshot.bytes
        ])?;
    Ok(())
}
