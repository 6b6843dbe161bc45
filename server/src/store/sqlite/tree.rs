//! Nodes and events in SQLite.

use rusqlite::params;
use sync_core::ids::{EventId, NodeId};

use super::{Store, Writer, audit};
use crate::store::StoreError;
use crate::store::audit::{Act, Deed};
use crate::store::tree::NodeRow;

impl Writer {
    /// Creates an event. Returns whether it is new; repeating it is harmless, and moves it nowhere.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn create_event(&self, event: EventId, node: Option<NodeId>, deed: Deed) -> Result<bool, StoreError> {
        self.ask(move |db| {
            let sql = "INSERT OR IGNORE INTO events (id, node) VALUES (?1, ?2)";
            let is_new = db.prepare_cached(sql)?.execute(params![event.0, node.map(|node| node.0)])? == 1;
            if is_new {
                audit::append(db, deed, &Act::EventCreated { event: event.to_string() })?;
            }
            Ok(is_new)
        })
        .await
    }

    /// Adds a node. Returns whether it is new; repeating it is harmless, and changes nothing.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn add_node(&self, row: NodeRow, deed: Deed) -> Result<bool, StoreError> {
        self.ask(move |db| {
            let sql = "INSERT OR IGNORE INTO nodes (node, kind, name, parent) VALUES (?1, ?2, ?3, ?4)";
            let parent = row.parent.map(|parent| parent.0);
            let is_new = db.prepare_cached(sql)?.execute(params![row.node.0, row.kind, row.name, parent])? == 1;
            if is_new {
                audit::append(db, deed, &Act::NodeAdded { node: row.node.to_string(), kind: row.kind })?;
            }
            Ok(is_new)
        })
        .await
    }
}

impl Store {
    /// Every node of the tree.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn nodes(&self) -> Result<Vec<NodeRow>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT node, kind, name, parent FROM nodes")?;
            let rows = statement.query_map([], |row| {
                let parent = row.get::<_, Option<[u8; 8]>>(3)?.map(NodeId);
                Ok(NodeRow { node: NodeId(row.get(0)?), kind: row.get(1)?, name: row.get(2)?, parent })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The events that belong to a node.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn placed_events(&self) -> Result<Vec<(EventId, NodeId)>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT id, node FROM events WHERE node IS NOT NULL")?;
            let rows = statement.query_map([], |row| Ok((EventId(row.get(0)?), NodeId(row.get(1)?))))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
