//! Nodes and events in SQLite.

use rusqlite::{Connection, params};
use sync_core::ids::{EventId, NodeId};

use super::{audit, find_row, registry};
use crate::store::StoreError;
use crate::store::audit::{Act, Deed};
use crate::store::registry::PlacedEvent;
use crate::store::tree::NodeRow;

pub(super) fn create_event(
    db: &Connection,
    event: EventId,
    node: Option<NodeId>,
    deed: Deed,
) -> Result<bool, StoreError> {
    let sql = "INSERT OR IGNORE INTO events (id, node) VALUES (?1, ?2)";
    let is_new = db.prepare_cached(sql)?.execute(params![event.0, node.map(|node| node.0)])? == 1;
    if is_new {
        if node.is_some() {
            let placed = registry::advance(db)?;
            db.prepare_cached("UPDATE events SET placed = ?2 WHERE id = ?1")?.execute(params![event.0, placed])?;
        }
        audit::append(db, deed, &Act::EventCreated { event: event.to_string() })?;
    }
    Ok(is_new)
}

pub(super) fn add_node(db: &Connection, row: NodeRow, deed: Deed) -> Result<bool, StoreError> {
    let sql = "INSERT OR IGNORE INTO nodes (node, kind, name, parent) VALUES (?1, ?2, ?3, ?4)";
    let parent = row.parent.map(|parent| parent.0);
    let is_new = db.prepare_cached(sql)?.execute(params![row.node.0, row.kind, row.name, parent])? == 1;
    if is_new {
        let changed = registry::advance(db)?;
        db.prepare_cached("UPDATE nodes SET changed = ?2 WHERE node = ?1")?.execute(params![row.node.0, changed])?;
        audit::append(db, deed, &Act::NodeAdded { node: row.node.to_string(), kind: row.kind })?;
    }
    Ok(is_new)
}

/// The nodes that were added after a number of the registry.
pub(super) fn nodes_changed_after(db: &Connection, after: i64) -> Result<Vec<NodeRow>, StoreError> {
    let sql = "SELECT node, kind, name, parent FROM nodes WHERE changed > ?1 ORDER BY node";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![after], |row| {
        let parent = row.get::<_, Option<[u8; 8]>>(3)?.map(NodeId);
        Ok(NodeRow { node: NodeId(row.get(0)?), kind: row.get(1)?, name: row.get(2)?, parent })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The events that were created below a node after a number of the registry.
pub(super) fn events_placed_after(db: &Connection, after: i64) -> Result<Vec<PlacedEvent>, StoreError> {
    let sql = "SELECT id, node FROM events WHERE node IS NOT NULL AND placed > ?1 ORDER BY number";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement
        .query_map(params![after], |row| Ok(PlacedEvent { event: EventId(row.get(0)?), node: NodeId(row.get(1)?) }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn events(db: &Connection) -> Result<Vec<EventId>, StoreError> {
    let mut statement = db.prepare_cached("SELECT id FROM events ORDER BY number")?;
    let rows = statement.query_map([], |row| row.get::<_, [u8; 16]>(0))?;
    rows.map(|row| Ok(EventId(row?))).collect()
}

pub(super) fn has_event(db: &Connection, event: EventId) -> Result<bool, StoreError> {
    Ok(find_row(db, event)?.is_some())
}
