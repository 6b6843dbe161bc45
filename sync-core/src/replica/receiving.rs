//! What a peer's answer changes here.

use std::collections::BTreeMap;

use super::ledger::{Ledger, SnapshotError, Taken};
use super::{Asked, DraftState, Outcome, PartialSnapshot, Peer, Replica, Write};
use crate::admission::Rejection;
use crate::exchange::{Item, Receipt, Response, SnapshotPart, Verdict};
use crate::ids::{DeviceId, Revision};
use crate::trust::{Confirmation, Dismissal, Signed};

/// What an answer of a peer brought.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Ask again: there is more on one side or the other.
    pub more: bool,
    /// How many items the peer took or had.
    pub delivered: usize,
    /// How many items wait there for an organizer.
    pub held: usize,
    /// How many new items came.
    pub received: usize,
    /// Items that came and were not admitted, with why.
    pub rejected: Vec<Rejection>,
    /// Own items that the peer refused, with the code.
    pub refused: Vec<String>,
    /// The peer was restored from an older copy and gets everything again.
    pub peer_was_restored: bool,
    /// The replica must be opened anew from its journal.
    pub reopen: bool,
    /// Length of the snapshot so far and in whole, while one is being read.
    pub snapshot: Option<(u64, u64)>,
    /// Home says that an organizer revoked this device.
    pub dismissal: Option<Signed<Dismissal>>,
}

/// Why an answer of a peer could not be used. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiveError {
    /// It does not answer the request.
    #[error("the answer does not fit the request")]
    Misfit,
    /// A snapshot came that nobody vouches for.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

impl Replica {
    /// Takes over a peer's answer to `asked`.
    ///
    /// # Errors
    /// See [`ReceiveError`]; nothing was changed.
    pub fn receive(
        &mut self,
        peer: DeviceId,
        asked: &Asked,
        response: Response,
    ) -> Result<Outcome<Progress>, ReceiveError> {
        if response.receipts.len() != asked.sent.len() {
            return Err(ReceiveError::Misfit);
        }
        let mut known = self.peers.get(&peer).cloned().unwrap_or_default();
        let mut progress = Progress { more: asked.more || response.more, ..Progress::default() };
        let mut writes = Vec::new();
        if let Some(part) = response.snapshot {
            self.take_part(part, &mut known, &mut progress, &mut writes)?;
        }
        progress.dismissal = response.dismissal.filter(|signed| self.dismisses_this_device(signed));
        let receipts = (peer, response.receipts.as_slice());
        let refused = self.take_receipts(asked, receipts, (&mut known, &mut progress), &mut writes);
        known.sent_up_to = asked.up_to;
        for item in response.items {
            match self.take(item, Some(peer), &mut writes) {
                Ok(Taken::New { .. }) => progress.received += 1,
                Ok(Taken::AlreadyHad { .. }) => {}
                Err(rejection) => progress.rejected.push(rejection),
            }
        }
        if response.rewound {
            progress.peer_was_restored = true;
            progress.more = true;
            known = Peer { cursor: known.cursor, echo_up_to: self.ledger.cursor().revision, ..Peer::default() };
            known.reads_anew();
            if peer == self.home() {
                self.confirmed.clear();
                writes.push(Write::NothingConfirmed);
            }
        } else {
            known.stood =
                known.stood.filter(|stood| stood.revision > response.stands.revision).or(Some(response.stands));
            if progress.snapshot.is_none() && (known.cursor.is_some() || response.cursor.revision > Revision(0)) {
                known.cursor = Some(response.cursor);
            }
            if known.reading.replace(response.reading).is_some_and(|reading| reading != response.reading) {
                known.reads_anew();
                progress.more = true;
            }
        }
        self.take_confirmations(&response.confirmations, &mut writes);
        self.peers.insert(peer, known.clone());
        writes.push(Write::Peer(peer, known));
        if !refused.is_empty() {
            writes.push(Write::Refused(refused));
            progress.reopen = true;
        }
        Ok(Outcome { writes, answer: progress })
    }

    fn dismisses_this_device(&self, signed: &Signed<Dismissal>) -> bool {
        signed.verify(&self.identity.home).is_ok_and(|dismissal| dismissal.device == self.device())
    }

    fn take_receipts(
        &mut self,
        asked: &Asked,
        (peer, receipts): (DeviceId, &[Receipt]),
        (known, progress): (&mut Peer, &mut Progress),
        writes: &mut Vec<Write>,
    ) -> BTreeMap<Revision, String> {
        let mut refused = BTreeMap::new();
        known.owed.retain(|owed| !asked.sent.contains(owed));
        known.held.retain(|held| !asked.sent.contains(held));
        let untried = !known.owed.is_empty();
        let is_home = peer == self.home();
        for ((revision, item), receipt) in asked.sent.iter().zip(&asked.request.items).zip(receipts) {
            let is_own = matches!(item, Item::Change(sealed) if sealed.device == self.device());
            match receipt.verdict {
                Verdict::Accepted | Verdict::AlreadyHad => {
                    progress.delivered += 1;
                    if is_home {
                        self.note_held(*revision, false, writes);
                    }
                }
                Verdict::Held if is_home => {
                    progress.held += 1;
                    known.held.push(*revision);
                    self.note_held(*revision, true, writes);
                }
                Verdict::NotYet | Verdict::Held => known.owed.push(*revision),
                // Only home's word makes a device do again what it did: another one may know less, or lie.
                Verdict::Refused if !is_home => {
                    known.owed.push(*revision);
                    progress.refused.push(receipt.code.clone().unwrap_or_default());
                }
                Verdict::Refused => {
                    let code = receipt.code.clone().unwrap_or_default();
                    if is_own {
                        refused.insert(*revision, code.clone());
                    }
                    progress.refused.push(code);
                }
            }
        }
        progress.more |= untried && progress.delivered > 0;
        refused
    }

    /// Notes on the commands of an item whether they wait for an organizer.
    fn note_held(&mut self, revision: Revision, held: bool, writes: &mut Vec<Write>) {
        for draft in self.drafts.values_mut() {
            let new = match draft.state {
                DraftState::Sealed(at) if held && at.revision == revision => DraftState::Held(at),
                DraftState::Held(at) if !held && at.revision == revision => DraftState::Sealed(at),
                _ => continue,
            };
            draft.state = new;
            writes.push(Write::Draft(Box::new(draft.clone())));
        }
    }

    fn take_part(
        &mut self,
        part: SnapshotPart,
        known: &mut Peer,
        progress: &mut Progress,
        writes: &mut Vec<Write>,
    ) -> Result<(), ReceiveError> {
        let mut partial = match self.partial.take() {
            Some(partial) if partial.revision == part.position.revision => partial,
            _ => PartialSnapshot {
                statement: part.statement.clone(),
                revision: part.position.revision,
                total: part.total,
                bytes: Vec::new(),
            },
        };
        if part.position.offset != partial.bytes.len() as u64 || part.bytes.is_empty() {
            return Err(ReceiveError::Misfit);
        }
        partial.bytes.extend_from_slice(&part.bytes);
        let so_far = partial.bytes.len() as u64;
        progress.snapshot = Some((so_far, partial.total));
        progress.more = true;
        if so_far < partial.total {
            self.partial = Some(partial.clone());
            writes.push(Write::PartialSnapshot(Some(partial)));
            return Ok(());
        }
        Ledger::from_snapshot(self.event(), self.identity.home, &partial.statement, &partial.bytes)?;
        known.cursor = Some(part.cursor);
        progress.reopen = true;
        writes.push(Write::PartialSnapshot(None));
        writes.push(Write::Snapshot(partial.statement, partial.bytes));
        Ok(())
    }

    fn take_confirmations(&mut self, confirmations: &[Signed<Confirmation>], writes: &mut Vec<Write>) {
        let mut fresh = Vec::new();
        for signed in confirmations {
            let Ok(confirmation) = signed.verify(&self.identity.home) else { continue };
            if confirmation.event != self.event() {
                continue;
            }
            for chain in confirmation.chains.into_iter().filter(|chain| self.ledger.holds(chain)) {
                let seq = self.confirmed.entry((chain.document, chain.actor)).or_default();
                if chain.seq > *seq {
                    *seq = chain.seq;
                    fresh.push(chain);
                }
            }
        }
        if fresh.is_empty() {
            return;
        }
        let done: Vec<u64> = self.drafts.values().filter(|draft| self.is_confirmed(draft)).map(|d| d.id).collect();
        done.iter().for_each(|id| drop(self.drafts.remove(id)));
        writes.push(Write::Confirmed(fresh));
        writes.push(Write::Done(done));
    }
}
