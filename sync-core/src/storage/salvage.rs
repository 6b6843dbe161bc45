//! What can still be used of a damaged storage.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use minicbor::Decode;

use crate::admission::Rejection;
use crate::exchange::Item;
use crate::ids::{Actor, DeviceId, EventId, Incarnation, Revision};
use crate::replica::answer::KeptSnapshot;
use crate::replica::ledger::{Ledger, StoredItem, Taken};
use crate::replica::{Draft, DraftState, Peer, SealedAt, Write};
use crate::storage::device::DeviceRow;
use crate::storage::memory::Memory;
use crate::storage::{Device, Entropy, Key, Membership, Storage, StorageError};
use crate::trust::{ConfirmedChain, PublicKey};

impl<S: Storage> Device<S> {
    /// Writes what can still be used of the rows that could be read into `empty`, an empty storage.
    ///
    /// What was recorded and is not part of a change that could be read is to be sealed anew, in the incarnation `fresh`:
    /// somebody may then be seen twice at one gate, but not be lost.
    ///
    /// # Errors
    /// [`StorageError::Damaged`] if not even the device's key could be read, or what `empty` reports.
    pub fn salvaged(readable: &Memory, empty: S, fresh: Incarnation) -> Result<Self, S::Error> {
        // A flaw in this row shows in the grants: home signed them for this key.
        let Some(row) = decoded::<DeviceRow>(readable, Key::Device) else {
            return Err(empty.fault(StorageError::damaged(Key::Device)));
        };
        let mut saved = Self::load(empty, Entropy { seed: row.seed, incarnation: row.incarnation })?;
        let Some(membership) = row.membership else { return Ok(saved) };
        saved.join(membership.clone())?;
        let events: BTreeSet<EventId> = readable.rows().filter_map(|(key, _)| key.event()).collect();
        for event in events {
            saved.commit(event, &writes(event, &membership, Readable::of(readable, event)), fresh)?;
        }
        saved.begin_incarnation(fresh)?;
        Ok(saved)
    }
}

/// What could be read of one event.
struct Readable {
    snapshot: Option<KeptSnapshot>,
    /// With whom each came from, in order.
    items: Vec<(Option<DeviceId>, Item)>,
    drafts: Vec<Draft>,
    /// What home had confirmed.
    confirmed: Vec<ConfirmedChain>,
}

impl Readable {
    fn of(rows: &Memory, event: EventId) -> Self {
        let statement = decoded(rows, Key::Statement(event));
        let bytes = rows.get(Key::Snapshot(event)).ok().flatten().map(std::borrow::Cow::into_owned);
        let items: Vec<StoredItem> = all(rows, Key::Item(event, Revision(0)));
        Self {
            snapshot: statement.zip(bytes).map(|(statement, bytes)| KeptSnapshot { statement, bytes }),
            items: items.into_iter().map(|stored| (stored.origin, stored.item)).collect(),
            drafts: all(rows, Key::Draft(event, 0)),
            confirmed: all(rows, Key::Confirmed(event, Actor([0; 16]))),
        }
    }
}

/// The value under a key, if it can be read.
fn decoded<T: for<'b> Decode<'b, ()>>(rows: &Memory, key: Key) -> Option<T> {
    minicbor::decode(&rows.get(key).ok()??).ok()
}

/// Every value that is scanned with `from` and can be read.
fn all<T: for<'b> Decode<'b, ()>>(rows: &Memory, from: Key) -> Vec<T> {
    let mut values = Vec::new();
    let scanned = rows.scan(from, &mut |_, bytes| {
        values.extend(minicbor::decode::<T>(bytes).ok());
        ControlFlow::Continue(())
    });
    debug_assert_eq!(scanned, Ok(()), "memory does not fail");
    values
}

/// What to keep of it. What was recorded and is not part of a change that could be read is to be sealed anew; what is part
/// of one stays unconfirmed, unless home confirmed it or its snapshot holds it.
fn writes(event: EventId, membership: &Membership, readable: Readable) -> Vec<Write> {
    let home = membership.home;
    let mut writes = Vec::new();
    let mut ledger = begun(event, home, readable.snapshot, &mut writes);
    let own_grant = membership.grant_for(event).map(|grant| (Some(home.device()), Item::Grant(grant.clone())));
    let (mut own, mut aside) = (BTreeMap::new(), Vec::new());
    for (origin, item) in own_grant.into_iter().chain(readable.items) {
        match ledger.take(&item) {
            Ok(Taken::New { cursor, link }) => {
                if let (Item::Change(sealed), Some(link)) = (&item, link) {
                    own.insert((sealed.document, link.actor, link.seq), cursor.revision);
                }
                writes.push(Write::Item(StoredItem { cursor, origin, item }));
            }
            Ok(Taken::AlreadyHad { .. }) => {}
            // What builds on something lost, belongs to an era that is over, or may not be written by its author now, is
            // kept out of sight for home, which may never have had it.
            Err(rejection) => {
                let waits = !Rejection::is_about_the_change(rejection.code());
                let stored = StoredItem { cursor: ledger.cursor().advanced_by(&item), origin, item };
                if (waits || rejection.is_passing()) && ledger.pass_over(&stored).is_ok() {
                    aside.extend(waits.then_some(stored.cursor.revision));
                    writes.push(Write::Item(stored));
                }
            }
        }
    }
    if !aside.is_empty() {
        writes.push(Write::Peer(home.device(), Peer { aside, ..Peer::default() }));
    }
    let confirmed: Vec<_> = readable.confirmed.into_iter().filter(|chain| ledger.holds(chain)).collect();
    for mut draft in readable.drafts {
        if let Some(at) = draft.state.sealed_at().copied() {
            let document = (at.document, at.actor);
            let is_confirmed =
                confirmed.iter().any(|chain| (chain.document, chain.actor) == document && chain.seq >= at.seq);
            let chain = ledger.documents().history(&at.document).and_then(|history| history.chain(&at.actor));
            let is_there = chain.is_some_and(|chain| chain.at(at.seq) == Some(&at.hash));
            draft.state = match own.get(&(at.document, at.actor, at.seq)) {
                _ if is_there && is_confirmed => continue,
                Some(revision) => DraftState::Sealed(SealedAt { revision: *revision, ..at }),
                None if is_there => continue,
                None => DraftState::Open,
            };
        }
        writes.push(Write::Draft(Box::new(draft)));
    }
    writes.push(Write::Confirmed(confirmed));
    writes
}

fn begun(event: EventId, home: PublicKey, kept: Option<KeptSnapshot>, writes: &mut Vec<Write>) -> Ledger {
    let loaded = kept.and_then(|KeptSnapshot { statement, bytes }| {
        let ledger = Ledger::from_snapshot(event, home, &statement, &bytes).ok()?;
        writes.push(Write::Snapshot(statement, bytes));
        Some(ledger)
    });
    loaded.unwrap_or_else(|| Ledger::founded(event, home))
}
