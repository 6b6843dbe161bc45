//! What can still be used of a damaged storage.

use crate::exchange::Item;
use crate::ids::{DeviceId, EventId};
use crate::replica::answer::KeptSnapshot;
use crate::replica::ledger::{Ledger, StoredItem, Taken};
use crate::replica::{Draft, DraftState, Write};
use crate::storage::Membership;
use crate::trust::PublicKey;

/// What could be read of one event.
pub(crate) struct Readable {
    pub snapshot: Option<KeptSnapshot>,
    /// With whom each came from, in order.
    pub items: Vec<(Option<DeviceId>, Item)>,
    pub drafts: Vec<Draft>,
}

/// What to keep of it. What was recorded and is not part of a change that could be read is to be sealed anew.
pub(crate) fn writes(event: EventId, membership: &Membership, readable: Readable) -> Vec<Write> {
    let home = membership.home;
    let mut writes = Vec::new();
    let mut ledger = begun(event, home, readable.snapshot, &mut writes);
    let own = membership.grant_for(event).map(|grant| (Some(home.device()), Item::Grant(grant.clone())));
    for (origin, item) in own.into_iter().chain(readable.items) {
        // What builds on something lost cannot be read by itself: others have it, or home gives it again.
        if let Ok(Taken::New { cursor, .. }) = ledger.take(&item) {
            writes.push(Write::Item(StoredItem { cursor, origin, item }));
        }
    }
    for mut draft in readable.drafts {
        let is_there = match &draft.state {
            DraftState::Sealed(at) | DraftState::Held(at) => {
                let history = ledger.documents().history(&at.document);
                let chain = history.and_then(|history| history.chain(&at.actor));
                chain.is_some_and(|chain| chain.at(at.seq).is_some())
            }
            DraftState::Open | DraftState::Parked(_) => false,
        };
        if !is_there {
            if !matches!(draft.state, DraftState::Parked(_)) {
                draft.state = DraftState::Open;
            }
            writes.push(Write::Draft(Box::new(draft)));
        }
    }
    writes
}

fn begun(event: EventId, home: PublicKey, kept: Option<KeptSnapshot>, writes: &mut Vec<Write>) -> Ledger {
    let loaded = kept.and_then(|(statement, bytes)| {
        let ledger = Ledger::from_snapshot(event, home, &statement, &bytes).ok()?;
        writes.push(Write::Snapshot(statement, bytes));
        Some(ledger)
    });
    loaded.unwrap_or_else(|| Ledger::founded(event, home))
}
