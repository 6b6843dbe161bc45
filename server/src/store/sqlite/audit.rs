//! The audit record in SQLite: one row for each entry.

use rusqlite::{Connection, OptionalExtension, params};
use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;

use super::devices::require_believed;
use crate::store::StoreError;
use crate::store::audit::{Act, Deed, Entry, Place, digest};
use crate::store::devices::Believed;

/// Writes down what is done in the same transaction.
///
/// What takes long, as an erasure does, is written after what was asked for later and done at once. So the time of an
/// entry is at least that of the entry before it, and when it was asked for stands beside it.
pub(super) fn append(db: &Connection, deed: Deed, act: &Act) -> Result<(), StoreError> {
    if let (Some(device), Some(revocations)) = (deed.by, deed.revocations) {
        require_believed(db, Believed { device, revocations })?;
    }
    let last: Option<(i64, UnixMillis, [u8; 32])> = db
        .prepare_cached("SELECT number, at, digest FROM audit ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, UnixMillis(row.get(1)?), row.get(2)?)))
        .optional()?;
    let (number, last, before) = last.map_or((1, deed.at, [0; 32]), |(number, at, digest)| (number + 1, at, digest));
    let at = if *act == Act::ClockTrusted { deed.at } else { deed.at.max(last) };
    let act = serde_json::to_string(act).map_err(|error| StoreError::Damaged(error.to_string()))?;
    let digest = digest(&before, Place { number: number.cast_unsigned(), at }, deed, &act);
    db.prepare_cached("INSERT INTO audit (number, at, asked, actor, act, digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![number, at.0, deed.at.0, deed.by.map(|device| device.0), act, digest])?;
    Ok(())
}

pub(super) fn newest_audited(db: &Connection, latest: UnixMillis) -> Result<Option<UnixMillis>, StoreError> {
    let trusted: Option<i64> = db
        .prepare_cached("SELECT max(number) FROM audit WHERE act = '{\"act\":\"clock_trusted\"}'")?
        .query_row([], |row| row.get(0))?;
    let mut newest = db.prepare_cached("SELECT max(asked) FROM audit WHERE asked <= ?1 AND number >= ?2")?;
    let newest: Option<i64> = newest.query_row(params![latest.0, trusted.unwrap_or_default()], |row| row.get(0))?;
    Ok(newest.map(UnixMillis))
}

/// Reads the whole record, in order.
pub(super) fn read(db: &Connection) -> Result<Vec<Entry>, StoreError> {
    let mut statement = db.prepare_cached("SELECT number, at, asked, actor, act, digest FROM audit ORDER BY number")?;
    let rows = statement.query_map([], |row| {
        Ok(Entry {
            number: row.get::<_, i64>(0)?.cast_unsigned(),
            at: UnixMillis(row.get(1)?),
            deed: Deed {
                at: UnixMillis(row.get(2)?),
                by: row.get::<_, Option<[u8; 16]>>(3)?.map(DeviceId),
                revocations: None,
            },
            act: row.get(4)?,
            digest: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
