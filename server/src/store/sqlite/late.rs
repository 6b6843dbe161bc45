//! Which changes of earlier eras came late: home wrote down what they say, and remembers that it did.

use rusqlite::{Connection, params};
use sync_core::ids::EventId;
use sync_core::replica::ledger::LateLink;

use super::{Store, decode, encode};
use crate::store::StoreError;

pub(super) fn insert(db: &Connection, number: i64, late: &[LateLink]) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached("INSERT INTO late (event, link) VALUES (?1, ?2)")?;
    for link in late {
        insert.execute(params![number, encode(link)])?;
    }
    Ok(())
}

impl Store {
    /// The changes of earlier eras that came late, in order.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn late(&self, event: EventId) -> Result<Vec<LateLink>, StoreError> {
        self.read_of(event, |db, number| {
            let mut statement = db.prepare_cached("SELECT link FROM late WHERE event = ?1 ORDER BY number")?;
            let rows = statement.query_map(params![number], |row| row.get::<_, Vec<u8>>(0))?;
            rows.map(|row| decode("a late change", &row?)).collect()
        })
    }
}
