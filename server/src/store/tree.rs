//! Which events there are, and to whom they belong.

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
