//! The registry as this process remembers it: the devices that were let in, the sessions that hold, and the tree.
//!
//! It is read from the store once, and then followed by the store's number of the registry. What this process has changed
//! itself comes the same way, so that every process remembers the same. Changes may be taken in any order, and more than
//! once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sync_core::trust::HomeKey;

use super::members::Members;
use super::rights::Registrar;
use super::sessions::Sessions;
use crate::clock::RandomSource;
use crate::store::registry::{RegistryChanges, RegistryNumber};
use crate::store::tree::NodeRow;
use crate::store::{Store, StoreError};
use crate::tree::{Node, NodeKind, Tree};

/// Remembers the registry, and follows it.
pub struct Registry {
    store: Arc<Store>,
    members: Arc<Members>,
    sessions: Sessions,
    /// Every change up to this number of the registry was taken.
    followed: AtomicU64,
}

impl Registry {
    /// Reads the registry of the home that has this key.
    ///
    /// # Errors
    /// What the store reports; [`StoreError::Damaged`] for a node of a kind that is not known.
    pub fn open(store: Arc<Store>, home: HomeKey, random: RandomSource) -> Result<Self, StoreError> {
        let registrar = Registrar::new(Arc::new(home), Arc::new(Tree::default()));
        let registry = Self {
            members: Arc::new(Members::new(registrar)),
            sessions: Sessions::new(random),
            followed: AtomicU64::default(),
            store,
        };
        let all = registry.store.read_here(|store| store.registry_since(RegistryNumber::default()))?;
        registry.take(all)?;
        Ok(registry)
    }

    /// Takes what was changed in the store since the last time, by whichever process. Costs next to nothing while that is
    /// nothing.
    ///
    /// # Errors
    /// As for [`Registry::open`]; what is remembered stays as it was then.
    pub async fn follow(&self) -> Result<(), StoreError> {
        let followed = RegistryNumber(self.followed.load(Ordering::Acquire));
        if self.store.registry_number() <= followed {
            return Ok(());
        }
        let changes = self.store.read(move |store| store.registry_since(followed)).await?;
        self.take(changes)
    }

    /// The devices that were let in.
    #[must_use]
    pub const fn members(&self) -> &Arc<Members> {
        &self.members
    }

    /// The sessions with browsers.
    #[must_use]
    pub const fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Where the registry is kept.
    pub(super) const fn store(&self) -> &Arc<Store> {
        &self.store
    }

    fn take(&self, changes: RegistryChanges) -> Result<(), StoreError> {
        let RegistryChanges { number, nodes, placed, devices, sessions } = changes;
        let tree = self.members.registrar().tree();
        nodes.into_iter().map(node_of).collect::<Result<Vec<_>, _>>()?.into_iter().for_each(|node| tree.add(node));
        placed.iter().for_each(|placed| tree.place(placed.event, placed.node));
        for row in &devices {
            self.members.admit(row);
            self.sessions.note_offered(row);
        }
        sessions.into_iter().for_each(|row| self.sessions.take(row));
        // Only now: whoever finds the number must find what belongs to it.
        self.followed.fetch_max(number.0, Ordering::Release);
        Ok(())
    }
}

fn node_of(row: NodeRow) -> Result<Node, StoreError> {
    let kind = NodeKind::of_key(&row.kind);
    let kind = kind.ok_or_else(|| StoreError::Damaged(format!("node {} is of no known kind", row.node)))?;
    Ok(Node { id: row.node, kind, name: row.name, parent: row.parent })
}
