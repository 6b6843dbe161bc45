//! What waits for an organizer, in SQLite.

use rusqlite::{Connection, params};
use sync_core::exchange::Item;
use sync_core::ids::{ChangeHash, DeviceId, DocumentRef, EventId, Incarnation};
use sync_core::time::UnixMillis;

use super::{audit, decode, encode, row_of};
use crate::store::StoreError;
use crate::store::quarantine::{CLONES_LIMIT, Cloned, Decided, Decision, HeldChange, HeldRow, SetAside, Waiting};

pub(super) fn insert(db: &Connection, number: i64, held: &[HeldChange]) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT OR IGNORE INTO held (event, hash, author, origin, at, reason, incarnation, entries, item)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for held in held {
        let item = encode(&Item::Change(held.change.clone()));
        let (author, origin) = (held.change.device.0, held.origin.0);
        let incarnation = match held.change.document {
            DocumentRef::Log { incarnation, .. } => Some(incarnation.0),
            DocumentRef::Event | DocumentRef::Roster(_) | DocumentRef::Rulings(_) => None,
        };
        let (at, entries) = (held.at.0, held.entries.cast_signed());
        let row = params![number, held.hash.0, author, origin, at, held.reason, incarnation, entries, item];
        insert.execute(row)?;
    }
    Ok(())
}

/// What was let in waits no longer.
pub(super) fn forget_let_in(db: &Connection, number: i64, let_in: &[ChangeHash]) -> Result<(), StoreError> {
    for hash in let_in {
        db.prepare_cached("DELETE FROM held WHERE event = ?1 AND hash = ?2")?.execute(params![number, hash.0])?;
    }
    Ok(())
}

pub(super) fn insert_cloned(db: &Connection, number: i64, cloned: &[Cloned]) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT OR IGNORE INTO clones (event, hash, author, at, item)
         SELECT ?1, ?2, ?3, ?4, ?5 WHERE (SELECT count(*) FROM clones WHERE event = ?1 AND author = ?3) < ?6",
    )?;
    for cloned in cloned {
        let item = encode(&Item::Change(cloned.change.clone()));
        let author = cloned.change.device.0;
        insert.execute(params![number, cloned.hash.0, author, cloned.at.0, item, CLONES_LIMIT])?;
    }
    Ok(())
}

pub(super) fn decide(db: &Connection, number: i64, decided: &Decided) -> Result<(), StoreError> {
    for hash in &decided.changes {
        if decided.verdict == Decision::Discard {
            db.prepare_cached(
                "INSERT OR IGNORE INTO discarded (event, hash, author, at, incarnation, entries)
                 SELECT event, hash, author, ?3, incarnation, entries FROM held WHERE event = ?1 AND hash = ?2",
            )?
            .execute(params![number, hash.0, decided.deed.at.0])?;
        }
        db.prepare_cached("DELETE FROM held WHERE event = ?1 AND hash = ?2")?.execute(params![number, hash.0])?;
    }
    audit::append(db, decided.deed, &decided.act)
}

pub(super) fn held(db: &Connection, event: EventId) -> Result<Vec<HeldRow>, StoreError> {
    let number = row_of(db, event)?;
    let sql = "SELECT hash, origin, at, reason, item FROM held WHERE event = ?1 ORDER BY number";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![number])?;
    let mut held = Vec::new();
    while let Some(row) = rows.next()? {
        let item: Vec<u8> = row.get(4)?;
        let Item::Change(change) = decode("a held change", &item)? else {
            return Err(StoreError::Damaged("a held item is no change".to_owned()));
        };
        held.push(HeldRow {
            hash: ChangeHash(row.get(0)?),
            change,
            origin: DeviceId(row.get(1)?),
            at: UnixMillis(row.get(2)?),
            reason: row.get(3)?,
        });
    }
    Ok(held)
}

pub(super) fn waiting(db: &Connection, event: EventId) -> Result<Waiting, StoreError> {
    let number = row_of(db, event)?;
    let mut held = db.prepare_cached("SELECT hash, author, length(item) FROM held WHERE event = ?1 ORDER BY hash")?;
    let held = held.query_map(params![number], |row| {
        Ok((ChangeHash(row.get(0)?), DeviceId(row.get(1)?), row.get::<_, u32>(2)? as usize))
    })?;
    let mut discarded = db.prepare_cached("SELECT hash FROM discarded WHERE event = ?1 ORDER BY hash")?;
    let discarded = discarded.query_map(params![number], |row| Ok(ChangeHash(row.get(0)?)))?;
    Ok(Waiting { held: held.collect::<Result<_, _>>()?, discarded: discarded.collect::<Result<_, _>>()? })
}

pub(super) fn set_aside(db: &Connection, event: EventId) -> Result<Vec<SetAside>, StoreError> {
    let number = row_of(db, event)?;
    let sql = "SELECT author, incarnation, sum(held), sum(discarded) FROM (
                   SELECT author, incarnation, entries AS held, 0 AS discarded FROM held WHERE event = ?1
                   UNION ALL
                   SELECT author, incarnation, 0, entries FROM discarded WHERE event = ?1
               ) WHERE incarnation IS NOT NULL GROUP BY author, incarnation ORDER BY author, incarnation";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![number], |row| {
        Ok(SetAside {
            device: DeviceId(row.get(0)?),
            incarnation: Incarnation(row.get(1)?),
            held: row.get::<_, i64>(2)?.cast_unsigned(),
            discarded: row.get::<_, i64>(3)?.cast_unsigned(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn cloned(db: &Connection) -> Result<Vec<(DeviceId, u64)>, StoreError> {
    let mut statement = db.prepare_cached("SELECT author, count(*) FROM clones GROUP BY author ORDER BY author")?;
    let rows = statement.query_map([], |row| Ok((DeviceId(row.get(0)?), row.get::<_, u32>(1)?.into())))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
