//! What can still be read of a damaged journal.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, params};

use super::error::{damaged, decode};
use super::key::unlock;
use super::sealed::Row;
use super::{DeviceRow, Journal, JournalError, JournalKey};
use crate::exchange::Item;
use crate::ids::{Actor, DeviceId, EventId, Incarnation, Revision};
use crate::replica::Draft;
use crate::replica::answer::KeptSnapshot;
use crate::storage::rows::Rows;
use crate::storage::salvage::{Readable, writes};
use crate::storage::{Membership, Storage};
use crate::trust::{ConfirmedChain, PublicKey};

impl Journal {
    /// Reads what can still be read of a damaged journal into rows in memory, and leaves the file as it is.
    ///
    /// What was recorded and is not part of a change that could be read is to be sealed anew, in the incarnation `fresh`:
    /// somebody may then be seen twice at one gate, but not be lost.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] if not even the device's key can be read.
    pub fn salvage(path: &Path, key: Option<&JournalKey>, fresh: Incarnation) -> Result<Rows, JournalError> {
        let db = unlock(path, key)?;
        let lost = |_| damaged(path, "the device's key");
        db.pragma_update(None, "query_only", true).map_err(lost)?;
        // A flaw here shows in the grant: home signed it for this key.
        let row = db.query_row(DeviceRow::SQL, [], DeviceRow::read).map_err(lost)?;
        let seed = row.seed.try_into().map_err(|_| damaged(path, "the device's key"))?;
        let incarnation = row.incarnation.try_into().map_or(fresh, Incarnation);
        let mut rows = Rows::open([], seed, incarnation)?;
        let (Some(home), Some(url), Some(grant)) = (row.home, row.url, row.grant) else { return Ok(rows) };
        let home = PublicKey(home.try_into().map_err(|_| damaged(path, "home's key"))?);
        let membership = Membership { home, url, grants: decode(path, "the device's grants", &grant)? };
        rows.join(membership.clone())?;
        for event in events(&db) {
            let readable = Event { db: &db, event }.readable();
            rows.commit(event, &writes(event, &membership, readable), fresh)?;
        }
        rows.begin_incarnation(fresh)?;
        Ok(rows)
    }
}

/// Every row of a query that can be read, until one that cannot.
fn readable<T>(
    db: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: impl Fn(&rusqlite::Row<'_>) -> Option<T>,
) -> Vec<T> {
    let Ok(mut statement) = db.prepare(sql) else { return Vec::new() };
    let Ok(mut rows) = statement.query(params) else { return Vec::new() };
    let mut found = Vec::new();
    while let Ok(Some(row)) = rows.next() {
        found.extend(read(row));
    }
    found
}

fn events(db: &Connection) -> Vec<EventId> {
    let id = |row: &rusqlite::Row<'_>| row.get::<_, Vec<u8>>(0).ok()?.try_into().ok().map(EventId);
    let tables = ["events", "items", "drafts"].map(|table| format!("SELECT DISTINCT event FROM {table}"));
    let mut events: Vec<EventId> = tables.iter().flat_map(|sql| readable(db, sql, [], id)).collect();
    events.sort_unstable();
    events.dedup();
    events
}

struct Event<'a> {
    db: &'a Connection,
    event: EventId,
}

impl Event<'_> {
    fn readable(&self) -> Readable {
        Readable { snapshot: self.snapshot(), items: self.items(), drafts: self.drafts(), confirmed: self.confirmed() }
    }

    fn confirmed(&self) -> Vec<ConfirmedChain> {
        let sql = "SELECT actor, chain FROM confirmed WHERE event = ?1";
        let read = |row: &rusqlite::Row<'_>| {
            let actor = Actor(row.get::<_, Vec<u8>>(0).ok()?.try_into().ok()?);
            Row::Confirmed(self.event, actor).open(&row.get::<_, Vec<u8>>(1).ok()?)
        };
        readable(self.db, sql, params![self.event.0], read)
    }

    fn snapshot(&self) -> Option<KeptSnapshot> {
        let sql = "SELECT statement, snapshot FROM events WHERE event = ?1 AND snapshot IS NOT NULL";
        let read = |row: &rusqlite::Row<'_>| {
            let statement = minicbor::decode(&row.get::<_, Vec<u8>>(0).ok()?).ok()?;
            Some((statement, row.get::<_, Vec<u8>>(1).ok()?))
        };
        readable(self.db, sql, params![self.event.0], read).pop()
    }

    /// Read from both ends, so that one bad page in the middle costs no more than itself.
    fn items(&self) -> Vec<(Option<DeviceId>, Item)> {
        let mut items = BTreeMap::new();
        for order in ["ASC", "DESC"] {
            let sql = format!("SELECT revision, origin, item FROM items WHERE event = ?1 ORDER BY revision {order}");
            let read = |row: &rusqlite::Row<'_>| {
                let origin = row.get::<_, Option<Vec<u8>>>(1).ok()?.and_then(|id| id.try_into().ok().map(DeviceId));
                let revision: i64 = row.get(0).ok()?;
                let key = Row::Item(self.event, Revision(revision.cast_unsigned()), origin);
                let item: Item = key.open(&row.get::<_, Vec<u8>>(2).ok()?)?;
                Some((revision, (origin, item)))
            };
            items.extend(readable(self.db, &sql, params![self.event.0], read));
        }
        items.into_values().collect()
    }

    fn drafts(&self) -> Vec<Draft> {
        let mut drafts = BTreeMap::new();
        for order in ["ASC", "DESC"] {
            let sql = format!("SELECT id, draft FROM drafts WHERE event = ?1 ORDER BY id {order}");
            let read = |row: &rusqlite::Row<'_>| {
                let id = row.get::<_, i64>(0).ok()?.cast_unsigned();
                Row::Draft(self.event, id).open::<Draft>(&row.get::<_, Vec<u8>>(1).ok()?)
            };
            let found = readable(self.db, &sql, params![self.event.0], read);
            drafts.extend(found.into_iter().map(|draft| (draft.id, draft)));
        }
        drafts.into_values().collect()
    }
}
