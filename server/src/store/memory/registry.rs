//! The registry's number in memory: how many changes were noted, each with what it was about.

use std::collections::BTreeSet;

use sync_core::ids::{DeviceId, EventId, NodeId};

use super::State;
use crate::store::registry::{PlacedEvent, RegistryChanges, RegistryNumber};

/// What a change of the registry was about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Changed {
    Node(NodeId),
    Event(EventId),
    Device(DeviceId),
    Session([u8; 8]),
}

impl State {
    pub(super) const fn number_of_registry(&self) -> RegistryNumber {
        RegistryNumber(self.registry.len() as u64)
    }

    pub(super) fn registry_after(&self, since: RegistryNumber) -> RegistryChanges {
        let seen = usize::try_from(since.0).unwrap_or(usize::MAX);
        let changed: BTreeSet<Changed> = self.registry.iter().skip(seen).copied().collect();
        let mut changes = RegistryChanges { number: self.number_of_registry(), ..RegistryChanges::default() };
        for event in self.created.iter().filter(|event| changed.contains(&Changed::Event(**event))) {
            let node = self.events.get(event).and_then(|kept| kept.node);
            changes.placed.extend(node.map(|node| PlacedEvent { event: *event, node }));
        }
        for what in changed {
            match what {
                Changed::Event(_) => {}
                Changed::Node(node) => changes.nodes.extend(self.nodes.get(&node).cloned()),
                Changed::Device(device) if self.devices.contains_key(&device) => {
                    changes.devices.push(self.row_of(device));
                }
                Changed::Device(_) => {}
                Changed::Session(session) => {
                    changes.sessions.extend(self.sessions.get(&session).map(|session| session.row.clone()));
                }
            }
        }
        changes
    }
}
