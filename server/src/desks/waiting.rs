//! What waits at a desk for an organizer's decision.

use std::collections::{HashMap, HashSet};

use sync_core::admission::{Inspected, Rejection};
use sync_core::exchange::{Receipt, Verdict};
use sync_core::ids::{ChangeHash, DeviceId};
use sync_core::time::UnixMillis;

use crate::store::devices::Later;
use crate::store::quarantine::{HeldChange, HeldRow, Waiting};

/// So many changes of one device wait at the most.
const CHANGES_LIMIT: usize = 4096;
/// They may have so many bytes together.
const BYTES_LIMIT: usize = 64 << 20;

/// The quarantine of one event, as its desk knows it.
#[derive(Default)]
pub(super) struct Quarantine {
    held: HashSet<ChangeHash>,
    sizes: HashMap<DeviceId, (usize, usize)>,
    discarded: HashSet<ChangeHash>,
}

impl From<Waiting> for Quarantine {
    fn from(waiting: Waiting) -> Self {
        let mut quarantine = Self { discarded: waiting.discarded.into_iter().collect(), ..Self::default() };
        for (hash, author, size) in waiting.held {
            quarantine.count(hash, author, size);
        }
        quarantine
    }
}

/// Which device brought an item, and when.
#[derive(Clone, Copy)]
pub(super) struct Origin {
    pub device: DeviceId,
    pub at: UnixMillis,
}

impl Quarantine {
    fn count(&mut self, hash: ChangeHash, author: DeviceId, size: usize) {
        if self.held.insert(hash) {
            let (changes, bytes) = self.sizes.entry(author).or_default();
            *changes += 1;
            *bytes += size;
        }
    }

    fn is_full(&self, author: DeviceId) -> bool {
        self.sizes.get(&author).is_some_and(|(changes, bytes)| *changes >= CHANGES_LIMIT || *bytes >= BYTES_LIMIT)
    }

    /// Judges a genuine, new change of a revoked device. What is to wait is added to `held`.
    pub(super) fn judge(
        &mut self,
        change: &Inspected<'_>,
        later: Later,
        origin: Origin,
        held: &mut Vec<HeldChange>,
    ) -> Result<Receipt, Rejection> {
        let (sealed, link) = (change.sealed(), change.link());
        if self.discarded.contains(&link.hash) {
            return Err(Rejection::Discarded);
        }
        if later == Later::Refuse {
            return Err(Rejection::Revoked);
        }
        let reason = Rejection::Revoked.code();
        if !self.held.contains(&link.hash) {
            if self.is_full(sealed.device) {
                return Err(Rejection::QuarantineFull);
            }
            self.count(link.hash, sealed.device, sealed.change.len());
            let entries = change.entries().unwrap_or(0);
            held.push(HeldChange {
                hash: link.hash,
                change: sealed.clone(),
                origin: origin.device,
                at: origin.at,
                reason,
                entries,
            });
        }
        Ok(Receipt { verdict: Verdict::Held, code: Some(reason.to_owned()) })
    }

    /// Says why a change cannot come in yet: what it builds on may never come in.
    pub(super) fn explain(&self, change: &Inspected<'_>, rejection: Rejection) -> Rejection {
        let builds_on_discarded =
            rejection.is_passing() && change.builds_on().iter().any(|hash| self.discarded.contains(hash));
        if builds_on_discarded { Rejection::BuildsOnDiscarded } else { rejection }
    }

    /// A change was let in. Answers whether it waited until now: it no longer does.
    pub(super) fn let_in(&mut self, change: &Inspected<'_>) -> bool {
        let sealed = change.sealed();
        self.forget(&change.link().hash, sealed.device, sealed.change.len())
    }

    /// Somebody decided about a change.
    pub(super) fn settle(&mut self, row: &HeldRow, discarded: bool) {
        self.forget(&row.hash, row.change.device, row.change.change.len());
        if discarded {
            self.discarded.insert(row.hash);
        }
    }

    fn forget(&mut self, hash: &ChangeHash, author: DeviceId, size: usize) -> bool {
        let waited = self.held.remove(hash);
        if waited && let Some((changes, bytes)) = self.sizes.get_mut(&author) {
            *changes -= 1;
            *bytes = bytes.saturating_sub(size);
        }
        waited
    }
}
