//! Which changes of earlier eras came late: home wrote down what they say, and remembers that it did.

use rusqlite::{Connection, params};
use sync_core::ids::EventId;
use sync_core::replica::ledger::LateLink;

use super::{decode, encode, row_of};
use crate::store::StoreError;

pub(super) fn insert(db: &Connection, number: i64, late: &[LateLink]) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached("INSERT INTO late (event, link) VALUES (?1, ?2)")?;
    for link in late {
        insert.execute(params![number, encode(link)])?;
    }
    Ok(())
}

pub(super) fn late(db: &Connection, event: EventId) -> Result<Vec<LateLink>, StoreError> {
    let number = row_of(db, event)?;
    let mut statement = db.prepare_cached("SELECT link FROM late WHERE event = ?1 ORDER BY number")?;
    let rows = statement.query_map(params![number], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|row| decode("a late change", &row?)).collect()
}
