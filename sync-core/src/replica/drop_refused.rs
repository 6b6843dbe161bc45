//! What is left of what was admitted, after home refused some of it or lets it wait.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Peer;
use super::ledger::StoredItem;
use crate::admission::{Rejection, SealedChange};
use crate::documents::change::Change;
use crate::exchange::{Cursor, Item};
use crate::ids::{ChangeHash, DeviceId, Incarnation, Revision};

/// What others wrote and home lets wait for an organizer: it is carried on, and nobody is shown it.
#[must_use]
pub fn set_aside(peers: &BTreeMap<DeviceId, Peer>) -> BTreeSet<Revision> {
    peers.values().flat_map(|peer| peer.aside.iter().copied()).collect()
}

/// Drops refused items and what was built on them. Items are passed in order.
///
/// What waits stays, and what others built on it waits with it; but this device does again what it built on it.
pub struct DropRefused {
    own: DeviceId,
    incarnation: Incarnation,
    codes: BTreeMap<Revision, String>,
    aside: BTreeSet<Revision>,
    /// Who wrote a change on which nothing may be built, and why; `None` where it waits.
    hashes: HashMap<ChangeHash, (DeviceId, Option<String>)>,
    of_this_device: bool,
    cursor: Cursor,
}

/// What [`DropRefused`] dropped.
pub struct Dropped {
    /// Each item with the code of its refusal.
    pub codes: BTreeMap<Revision, String>,
    /// The last item that is left.
    pub last: Revision,
    /// Whether this device wrote any of them, or of what waits, and must begin a new incarnation.
    pub of_this_device: bool,
}

impl DropRefused {
    /// Home refused these items, with these codes, and lets those that are set aside wait. `own` is this device, which
    /// records in `incarnation` now.
    #[must_use]
    pub fn new(
        own: DeviceId,
        incarnation: Incarnation,
        refused: &BTreeMap<Revision, String>,
        aside: BTreeSet<Revision>,
    ) -> Self {
        let (codes, cursor) = (refused.clone(), Cursor::default());
        Self { own, incarnation, codes, aside, hashes: HashMap::new(), of_this_device: false, cursor }
    }

    /// Where the replica stands after the next item, if it stays; `None` if it is dropped.
    pub fn pass(&mut self, stored: &StoredItem) -> Option<Cursor> {
        let revision = stored.cursor.revision;
        if let Item::Change(sealed) = &stored.item
            && self.falls(revision, sealed)
        {
            return None;
        }
        self.cursor = Cursor { revision, ..self.cursor.advanced_by(&stored.item) };
        Some(self.cursor)
    }

    fn falls(&mut self, revision: Revision, sealed: &SealedChange) -> bool {
        let Ok((change, hash)) = Change::decode(&sealed.change) else { return false };
        let below =
            change.head.deps.iter().filter_map(|dep| self.hashes.get(dep)).max_by_key(|(_, code)| code.is_some());
        let is_own = sealed.device == self.own;
        let code = match (self.codes.get(&revision), below) {
            (Some(code), _) => Some(code.clone()),
            _ if self.aside.contains(&revision) => None,
            (None, None) => return false,
            (None, Some((author, code))) if *author == sealed.device => code.clone(),
            (None, Some((_, None))) if !is_own => None,
            (None, Some(_)) => Some(Rejection::BuildsOnDiscarded.code().to_owned()),
        };
        self.hashes.insert(hash, (sealed.device, code.clone()));
        let Some(code) = code else {
            // What this device does from now on must not build on what is out of sight.
            self.of_this_device |= is_own && sealed.incarnation == self.incarnation;
            return false;
        };
        self.codes.insert(revision, code);
        self.of_this_device |= is_own;
        true
    }

    /// Everything that was dropped.
    #[must_use]
    pub fn dropped(self) -> Dropped {
        Dropped { codes: self.codes, last: self.cursor.revision, of_this_device: self.of_this_device }
    }
}
