//! What can still be read of a damaged journal.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, params};

use super::error::{damaged, decode};
use super::key::unlock;
use super::{DeviceRow, Journal, JournalError, JournalKey};
use crate::exchange::Item;
use crate::ids::{DeviceId, EventId, Incarnation};
use crate::replica::ledger::{Ledger, StoredItem, Taken};
use crate::replica::{Draft, DraftState, Write};
use crate::storage::rows::Rows;
use crate::storage::{Membership, Storage};
use crate::trust::PublicKey;

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
        let sql = "SELECT seed, incarnation, home, url, grant FROM device";
        let row = db.query_row(sql, [], DeviceRow::read).map_err(lost)?;
        let seed = row.seed.try_into().map_err(|_| damaged(path, "the device's key"))?;
        let incarnation = row.incarnation.try_into().map_or(fresh, Incarnation);
        let mut rows = Rows::open([], seed, incarnation)?;
        let (Some(home), Some(url), Some(grant)) = (row.home, row.url, row.grant) else { return Ok(rows) };
        let home = PublicKey(home.try_into().map_err(|_| damaged(path, "home's key"))?);
        let membership = Membership { home, url, grant: decode(path, "the device's grant", &grant)? };
        let own_grant = Item::Grant(membership.grant.clone());
        rows.join(membership)?;
        for event in events(&db) {
            let writes = Event { db: &db, event, home }.salvage(&own_grant);
            rows.commit(event, &writes, fresh)?;
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
    home: PublicKey,
}

impl Event<'_> {
    fn salvage(&self, own_grant: &Item) -> Vec<Write> {
        let mut writes = Vec::new();
        let mut ledger = self.snapshot(&mut writes);
        let own = (Some(self.home.device()), own_grant.clone());
        for (origin, item) in std::iter::once(own).chain(self.items()) {
            // What builds on something lost cannot be read by itself: others have it, or home gives it again.
            if let Ok(Taken::New { cursor, .. }) = ledger.take(&item) {
                writes.push(Write::Item(StoredItem { cursor, origin, item }));
            }
        }
        for mut draft in self.drafts() {
            let is_there = match &draft.state {
                DraftState::Sealed(at) | DraftState::Held(at) => {
                    let history = ledger.documents().history(&at.document);
                    let chain = history.and_then(|history| history.chain(&at.actor));
                    chain.is_some_and(|chain| chain.at(at.seq).is_some())
                }
                DraftState::Open | DraftState::Parked(_) => false,
            };
            if !is_there {
                if !matches!(draft.state, DraftState::Parked(_)) {
                    draft.state = DraftState::Open;
                }
                writes.push(Write::Draft(Box::new(draft)));
            }
        }
        writes
    }

    fn snapshot(&self, writes: &mut Vec<Write>) -> Ledger {
        let sql = "SELECT statement, snapshot FROM events WHERE event = ?1 AND snapshot IS NOT NULL";
        let read = |row: &rusqlite::Row<'_>| {
            let statement = minicbor::decode(&row.get::<_, Vec<u8>>(0).ok()?).ok()?;
            Some((statement, row.get::<_, Vec<u8>>(1).ok()?))
        };
        let kept = readable(self.db, sql, params![self.event.0], read).pop();
        let loaded = kept.and_then(|(statement, bytes)| {
            let ledger = Ledger::from_snapshot(self.event, self.home, &statement, &bytes).ok()?;
            writes.push(Write::Snapshot(statement, bytes));
            Some(ledger)
        });
        loaded.unwrap_or_else(|| Ledger::founded(self.event, self.home))
    }

    /// Read from both ends, so that one bad page in the middle costs no more than itself.
    fn items(&self) -> Vec<(Option<DeviceId>, Item)> {
        let mut items = BTreeMap::new();
        for order in ["ASC", "DESC"] {
            let sql = format!("SELECT revision, origin, item FROM items WHERE event = ?1 ORDER BY revision {order}");
            let read = |row: &rusqlite::Row<'_>| {
                let origin = row.get::<_, Option<Vec<u8>>>(1).ok()?.and_then(|id| id.try_into().ok().map(DeviceId));
                let item: Item = minicbor::decode(&row.get::<_, Vec<u8>>(2).ok()?).ok()?;
                Some((row.get::<_, i64>(0).ok()?, (origin, item)))
            };
            items.extend(readable(self.db, &sql, params![self.event.0], read));
        }
        items.into_values().collect()
    }

    fn drafts(&self) -> Vec<Draft> {
        let mut drafts = BTreeMap::new();
        for order in ["ASC", "DESC"] {
            let sql = format!("SELECT draft FROM drafts WHERE event = ?1 ORDER BY id {order}");
            let read = |row: &rusqlite::Row<'_>| minicbor::decode::<Draft>(&row.get::<_, Vec<u8>>(0).ok()?).ok();
            let found = readable(self.db, &sql, params![self.event.0], read);
            drafts.extend(found.into_iter().map(|draft| (draft.id, draft)));
        }
        drafts.into_values().collect()
    }
}
