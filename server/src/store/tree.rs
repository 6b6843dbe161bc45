//! Which events there are, and to whom they belong.

use super::audit::Deed;
use super::commit::Commit;
use super::{StoreError, Writer};
use sync_core::ids::EventId;
use sync_core::ids::NodeId;

/// A node of the tree, as it is kept.
#[derive(Debug, Clone)]
pub struct NodeRow {
    /// The id of the node.
    pub node: NodeId,
    /// What it is: a stable name.
    pub kind: String,
    /// What people call it.
    pub name: String,
    /// The node above it.
    pub parent: Option<NodeId>,
}

impl Writer {
    /// Creates an event. Returns whether it is new; repeating it is harmless, and moves it nowhere.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn create_event(&self, event: EventId, node: Option<NodeId>, deed: Deed) -> Result<bool, StoreError> {
        self.write(Commit::CreateEvent { event, node, deed }).await
    }

    /// Adds a node. Returns whether it is new; repeating it is harmless, and changes nothing.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn add_node(&self, row: NodeRow, deed: Deed) -> Result<bool, StoreError> {
        self.write(Commit::AddNode { row, deed }).await
    }
}
