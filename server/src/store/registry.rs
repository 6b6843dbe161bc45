//! The registry: who was let in, who is signed in, and who belongs to whom, with a number that moves with every change.
//!
//! Every process of a home remembers the registry, for each request is judged by it. A process that finds the number
//! ahead of what it remembers reads what changed since. Links and invites are no part of it: they are looked up in the
//! store when somebody uses them.

use sync_core::ids::{EventId, NodeId};

use super::devices::DeviceRow;
use super::sessions::SessionRow;
use super::tree::NodeRow;

/// How often the registry has changed. It moves in the transaction that changes a device, a session or the tree.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RegistryNumber(pub u64);

/// What changed in the registry after a number, as it stands now.
#[derive(Clone, Debug, Default)]
pub struct RegistryChanges {
    /// The number with these changes.
    pub number: RegistryNumber,
    /// The nodes that were added.
    pub nodes: Vec<NodeRow>,
    /// The events that were created below a node, the oldest first.
    pub placed: Vec<PlacedEvent>,
    /// The devices of which home said something, or which it began to hold for a session.
    pub devices: Vec<DeviceRow>,
    /// The sessions that began or ended. One that is long over is forgotten.
    pub sessions: Vec<SessionRow>,
}

/// An event, and the node to which it belongs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlacedEvent {
    /// The event.
    pub event: EventId,
    /// The node.
    pub node: NodeId,
}
