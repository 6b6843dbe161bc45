//! Who belongs to whom: a national office, its regions, their organisations, and the events of each.

use std::collections::HashMap;
use std::sync::RwLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::ids::{EventId, NodeId};
use sync_core::trust::Scope;

/// What a node of the tree is. Each stands below one of an earlier kind, or at the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// The national office: the whole country.
    National,
    /// A region of it.
    Region,
    /// An organisation, of a region or by itself.
    Organisation,
}

impl NodeKind {
    /// Its name in commands and in the store.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::National => "national",
            Self::Region => "region",
            Self::Organisation => "organisation",
        }
    }

    /// The one with this name; `None` if there is none.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        [Self::National, Self::Region, Self::Organisation].into_iter().find(|kind| kind.key() == key)
    }
}

/// A node of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The id of the node.
    pub id: NodeId,
    /// Whether it is a national office, a region or an organisation.
    pub kind: NodeKind,
    /// What people call it.
    pub name: String,
    /// The node above it; `None` is the top.
    pub parent: Option<NodeId>,
}

#[derive(Default)]
struct Branches {
    nodes: HashMap<NodeId, Node>,
    events: HashMap<EventId, NodeId>,
}

/// The tree, as far as it is durable.
#[derive(Default)]
pub struct Tree(RwLock<Branches>);

impl Branches {
    fn stands_under(&self, node: NodeId, above: NodeId) -> bool {
        let parents = std::iter::successors(Some(node), |node| self.nodes.get(node)?.parent);
        // No node is its own ancestor: a parent is known before its children.
        parents.take(self.nodes.len() + 1).any(|node| node == above)
    }

    fn place_of(&self, scope: &Scope) -> Option<NodeId> {
        match scope {
            Scope::Home => None,
            Scope::Node(node) => Some(*node),
            Scope::Event(event) => self.events.get(event).copied(),
        }
    }
}

impl Tree {
    /// Adds a node that is durable.
    pub fn add(&self, node: Node) {
        self.0.write().expect("no holder panics").nodes.insert(node.id, node);
    }

    /// Notes to which node an event belongs.
    pub fn place(&self, event: EventId, node: NodeId) {
        self.0.write().expect("no holder panics").events.insert(event, node);
    }

    /// A node; `None` if there is none with this id.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<Node> {
        self.0.read().expect("no holder panics").nodes.get(&id).cloned()
    }

    /// The nodes within one of `scopes`, those above before those below.
    #[must_use]
    pub fn nodes_within(&self, scopes: &[Scope]) -> Vec<Node> {
        let branches = self.0.read().expect("no holder panics");
        let is_in = |node: &Node, scope: &Scope| match scope {
            Scope::Home => true,
            Scope::Node(above) => branches.stands_under(node.id, *above),
            Scope::Event(_) => false,
        };
        let within = |node: &&Node| scopes.iter().any(|scope| is_in(node, scope));
        let mut nodes: Vec<Node> = branches.nodes.values().filter(within).cloned().collect();
        nodes.sort_by(|one, other| (one.kind, &one.name, one.id).cmp(&(other.kind, &other.name, other.id)));
        nodes
    }

    /// Whether everything in `other` lies within one of `scopes`.
    #[must_use]
    pub fn is_within(&self, scopes: &[Scope], other: &Scope) -> bool {
        scopes.iter().any(|scope| self.includes(scope, other))
    }

    /// Whether everything in `other` lies within `scope`, too.
    #[must_use]
    pub fn includes(&self, scope: &Scope, other: &Scope) -> bool {
        match (scope, other) {
            (Scope::Home, _) => true,
            (Scope::Event(own), Scope::Event(event)) => own == event,
            (Scope::Node(above), other) => {
                let branches = self.0.read().expect("no holder panics");
                branches.place_of(other).is_some_and(|node| branches.stands_under(node, *above))
            }
            (Scope::Event(_), _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NATION: NodeId = NodeId([1; 8]);
    const WEST: NodeId = NodeId([2; 8]);
    const EAST: NodeId = NodeId([3; 8]);
    const CLUB: NodeId = NodeId([4; 8]);

    fn country() -> Tree {
        let tree = Tree::default();
        let nodes = [
            (NATION, NodeKind::National, None),
            (WEST, NodeKind::Region, Some(NATION)),
            (EAST, NodeKind::Region, Some(NATION)),
            (CLUB, NodeKind::Organisation, Some(WEST)),
        ];
        for (id, kind, parent) in nodes {
            tree.add(Node { id, kind, name: String::new(), parent });
        }
        tree.place(EventId([7; 16]), CLUB);
        tree
    }

    #[test]
    fn a_scope_includes_what_stands_under_it_and_nothing_beside_or_above() {
        let tree = country();
        let [free, event] = [Scope::Event(EventId([8; 16])), Scope::Event(EventId([7; 16]))];
        let includes =
            |scope: Scope, others: &[Scope]| others.iter().map(|other| tree.includes(&scope, other)).collect();
        let all =
            [Scope::Home, Scope::Node(NATION), Scope::Node(WEST), Scope::Node(EAST), Scope::Node(CLUB), event, free];
        let shown = |scope| -> Vec<bool> { includes(scope, &all) };
        assert_eq!(shown(Scope::Home), [true; 7]);
        assert_eq!(shown(Scope::Node(NATION)), [false, true, true, true, true, true, false]);
        assert_eq!(shown(Scope::Node(WEST)), [false, false, true, false, true, true, false]);
        assert_eq!(shown(Scope::Node(EAST)), [false, false, false, true, false, false, false]);
        assert_eq!(shown(event), [false, false, false, false, false, true, false]);
    }
}
