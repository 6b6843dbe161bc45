//! What a document's changes build on: chains of authors, and which change knew which.
//!
//! Knows hashes, numbers and dependencies, never content.

use std::collections::{BTreeMap, HashMap};

use minicbor::{Decode, Encode};

use super::change::{Container, DEPS_LIMIT, Head};
use crate::ids::{Actor, ChangeHash, DeviceId, DocumentId};

/// One author's changes in one document, in order.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub device: DeviceId,
    /// `hashes[n]` is the change with seq n + 1.
    pub hashes: Vec<ChangeHash>,
}

impl Chain {
    pub(crate) fn seq(&self) -> u64 {
        self.hashes.len() as u64
    }

    /// The change with a number, which counts from 1.
    pub(crate) fn at(&self, seq: u64) -> Option<&ChangeHash> {
        self.hashes.get(usize::try_from(seq.checked_sub(1)?).ok()?)
    }
}

#[derive(Clone, Debug)]
struct Node {
    index: usize,
    max_op: u64,
    deps: Vec<ChangeHash>,
}

/// Why a change does not fit a document's history.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Misfit {
    /// The very change is there already.
    AlreadyHad,
    /// Another change of this author has this number.
    Equivocation,
    /// The author's changes before it are not here.
    Gap,
    /// A change it depends on is not here.
    MissingDependency,
    /// It does not build on its author's own previous change.
    BrokenChain,
    /// Its operations are not numbered on from what it builds on.
    BadCounter,
}

/// The history of one document.
#[derive(Clone, Debug)]
pub(crate) struct History {
    genesis: ChangeHash,
    nodes: HashMap<ChangeHash, Node>,
    chains: BTreeMap<Actor, Chain>,
    heads: Vec<ChangeHash>,
    completeness: Completeness,
}

/// Whether everything that a document's changes build on is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Completeness {
    Whole,
    /// Home was restored from a copy of before the document was founded: what comes of it cannot be placed.
    Forgotten,
}

impl History {
    /// The history that consists of the genesis change.
    pub(crate) fn founded(document: DocumentId, container: Container) -> Self {
        let (_, hash) = container.genesis(Actor::genesis(document));
        let genesis = Node { index: 0, max_op: 1, deps: Vec::new() };
        let nodes = HashMap::from([(hash, genesis)]);
        Self { genesis: hash, nodes, chains: BTreeMap::new(), heads: vec![hash], completeness: Completeness::Whole }
    }

    /// The history of a document whose beginning is not known here. Whatever its authors sealed fits into it.
    pub(crate) fn forgotten(document: DocumentId, container: Container) -> Self {
        Self { completeness: Completeness::Forgotten, ..Self::founded(document, container) }
    }

    /// Whether the beginning is not known here.
    pub(crate) fn is_forgotten(&self) -> bool {
        self.completeness == Completeness::Forgotten
    }

    /// The change that founded the document.
    pub(crate) const fn genesis(&self) -> ChangeHash {
        self.genesis
    }

    /// The newest change of an author.
    pub(crate) fn last_of(&self, actor: &Actor) -> Option<ChangeHash> {
        self.chain(actor)?.hashes.last().copied()
    }

    /// Every change after the genesis with who wrote it, so that each comes after those it builds on.
    pub(crate) fn links(&self) -> Vec<(DeviceId, Link)> {
        let mut links: Vec<_> = self
            .chains
            .iter()
            .flat_map(|(actor, chain)| {
                chain.hashes.iter().filter_map(|hash| {
                    let Node { index, max_op, deps } = self.nodes.get(hash)?;
                    Some((
                        *index,
                        (chain.device, Link { actor: *actor, hash: *hash, deps: deps.clone(), max_op: *max_op }),
                    ))
                })
            })
            .collect();
        links.sort_unstable_by_key(|(index, _)| *index);
        links.into_iter().map(|(_, link)| link).collect()
    }

    pub(crate) fn chain(&self, actor: &Actor) -> Option<&Chain> {
        self.chains.get(actor)
    }

    /// How many authors a device is.
    pub(crate) fn chains_of(&self, device: DeviceId) -> usize {
        self.chains.values().filter(|chain| chain.device == device).count()
    }

    pub(crate) fn knows(&self, hash: &ChangeHash) -> bool {
        self.nodes.contains_key(hash)
    }

    /// The changes that nothing builds on yet, in ascending order.
    pub(crate) fn heads(&self) -> &[ChangeHash] {
        &self.heads
    }

    /// What the next change of `actor` builds on, in ascending order: everything that is here, or as much of it as a
    /// change may name. The rest stays concurrent with it.
    pub(crate) fn base_for(&self, actor: &Actor) -> Vec<ChangeHash> {
        if self.heads.len() <= DEPS_LIMIT {
            return self.heads.clone();
        }
        let own = self.chain(actor).and_then(|chain| chain.hashes.last());
        let mut base: Vec<_> = self.heads.iter().take(DEPS_LIMIT - 1).chain(own).copied().collect();
        base.sort_unstable();
        base.dedup();
        base
    }

    pub(crate) fn next_seq(&self, actor: &Actor) -> u64 {
        self.chain(actor).map_or(1, |chain| chain.seq() + 1)
    }

    /// The counter of the first operation of a change that builds on `deps`.
    pub(crate) fn next_op(&self, deps: &[ChangeHash]) -> u64 {
        1 + deps.iter().filter_map(|dep| self.nodes.get(dep)).map(|node| node.max_op).max().unwrap_or(0)
    }

    /// How many operations the first `seq` changes of an author made, where nobody else writes the document; 0 where they
    /// are not here.
    pub(crate) fn ops_up_to(&self, actor: &Actor, seq: u64) -> u64 {
        let last = self.chain(actor).and_then(|chain| chain.at(seq.min(chain.seq())));
        let genesis = self.nodes.get(&self.genesis).map_or(0, |node| node.max_op);
        last.and_then(|hash| self.nodes.get(hash)).map_or(0, |node| node.max_op - genesis)
    }

    /// Every author that a device is, with the number of its newest change and its hash.
    pub(crate) fn newest_of(&self, device: DeviceId) -> impl Iterator<Item = (Actor, u64, ChangeHash)> {
        let chains = self.chains.iter().filter(move |(_, chain)| chain.device == device);
        chains.filter_map(|(actor, chain)| Some((*actor, chain.seq(), *chain.hashes.last()?)))
    }

    /// Checks where a change stands: its number, its author's chain, its dependencies, its counter.
    pub(crate) fn check(&self, change: &Head, hash: &ChangeHash) -> Result<(), Misfit> {
        if self.is_forgotten() {
            return if self.knows(hash) { Err(Misfit::AlreadyHad) } else { Ok(()) };
        }
        let own = self.chain(&change.actor);
        if let Some(known) = own.and_then(|chain| chain.at(change.seq)) {
            return Err(if known == hash { Misfit::AlreadyHad } else { Misfit::Equivocation });
        }
        if change.seq != self.next_seq(&change.actor) {
            return Err(Misfit::Gap);
        }
        if change.deps.is_empty() || !change.deps.is_sorted_by(|a, b| a < b) {
            return Err(Misfit::BrokenChain);
        }
        if !change.deps.iter().all(|dep| self.knows(dep)) {
            return Err(Misfit::MissingDependency);
        }
        if let Some(previous) = own.and_then(|chain| chain.hashes.last())
            && !self.builds_on(&change.deps, previous)
        {
            return Err(Misfit::BrokenChain);
        }
        if change.start_op != self.next_op(&change.deps) { Err(Misfit::BadCounter) } else { Ok(()) }
    }

    /// Whether `earlier` is among `deps` or what they build on. Looks only at changes that came after `earlier`.
    fn builds_on(&self, deps: &[ChangeHash], earlier: &ChangeHash) -> bool {
        let Some(floor) = self.nodes.get(earlier).map(|node| node.index) else { return false };
        let mut waiting = deps.to_vec();
        let mut seen = std::collections::HashSet::new();
        while let Some(hash) = waiting.pop() {
            if hash == *earlier {
                return true;
            }
            if let Some(node) = self.nodes.get(&hash).filter(|node| node.index > floor)
                && seen.insert(hash)
            {
                waiting.extend_from_slice(&node.deps);
            }
        }
        false
    }

    /// Takes over a change that [`History::check`] let pass, or that a believed snapshot contains.
    pub(crate) fn add(&mut self, device: DeviceId, link: Link) {
        self.heads.retain(|head| !link.deps.contains(head));
        let at = self.heads.binary_search(&link.hash).unwrap_or_else(|at| at);
        self.heads.insert(at, link.hash);
        let node = Node { index: self.nodes.len(), max_op: link.max_op, deps: link.deps };
        self.nodes.insert(link.hash, node);
        let chain = self.chains.entry(link.actor).or_insert_with(|| Chain { device, hashes: Vec::new() });
        chain.hashes.push(link.hash);
    }
}

/// What a history keeps of a change.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(crate) struct Link {
    #[n(0)]
    pub actor: Actor,
    #[n(1)]
    pub hash: ChangeHash,
    #[n(2)]
    pub deps: Vec<ChangeHash>,
    #[n(3)]
    pub max_op: u64,
}

impl Link {
    pub(crate) fn of(change: &Head, max_op: u64, hash: ChangeHash) -> Self {
        Self { actor: change.actor, hash, deps: change.deps.clone(), max_op }
    }
}
