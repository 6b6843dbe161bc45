//! What a peer's answer changes here.

mod snapshots;

use std::collections::{BTreeMap, HashSet};

use self::snapshots::{Place, ReceivedPart};
use super::ledger::{SnapshotError, Taken};
use super::order::in_order;
use super::peer::ChainKey;
use super::{Asked, DraftState, Giver, Outcome, Peer, Replica, SealedAt, Write};
use crate::admission::{ChainLink, Rejection, SealedChange};
use crate::documents::change::Change;
use crate::exchange::{Cursor, Item, PageStatement, Receipt, Response, Verdict};
use crate::ids::{ChangeHash, DeviceId, Revision};
use crate::trust::{Confirmation, ConfirmedChain, Dismissal, Refusal, Signed};

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
    /// What came and could not be placed may build on what was left out: everything is read once more, and what is said in
    /// `rejected` up to here may come to nothing.
    pub reads_again: bool,
    /// The codes of the items that the peer refused.
    pub refused: Vec<String>,
    /// The peer was restored from an older copy and gets everything again.
    pub peer_was_restored: bool,
    /// The replica must be opened anew from its journal.
    pub reopen: bool,
    /// Length of the snapshot so far and in whole, while one is being read.
    pub snapshot: Option<(u64, u64)>,
    /// Home says that an organizer revoked this device.
    pub dismissal: Option<Signed<Dismissal>>,
    /// A snapshot came that nobody vouches for. What came of it was dropped; ask again from its beginning.
    pub spoiled: Option<SnapshotError>,
    /// Somebody was erased, and the replica is in the next era now.
    pub moved: bool,
    /// There is more, and this answer brought neither side any further.
    pub is_barren: bool,
}

/// Why an answer of a peer could not be used. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiveError {
    /// It does not answer the request.
    #[error("the answer does not fit the request")]
    Misfit,
}

/// What the items that were sent came to: a receipt for each, and home's signed word for what it refused.
struct Verdicts<'a> {
    said: &'a Heard,
    receipts: &'a [Receipt],
}

/// What a response changes as it is taken: what is known of the peer, and what the exchange came to.
struct Course<'a> {
    known: &'a mut Peer,
    progress: &'a mut Progress,
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
        let mut goes_on = asked.up_to > known.sent_up_to;
        let mut contradicted = BTreeMap::new();
        let giver = self.giver_of(peer, asked, &response);
        if let Some(part) = &response.snapshot
            && peer == self.home()
            && self.is_of_another_past(part, &asked.request)
        {
            // What is here of a snapshot is of one that is gone: the next is read from its beginning.
            self.partial = None;
            writes.push(Write::NoPartialSnapshot);
            progress.more = true;
        } else if let Some(part) = response.snapshot {
            // One that nobody asked for could be older than what is here, and would take its place; so could one that
            // home made for those who stand at one post, if anybody else hands it on.
            let is_for_us = peer == self.home() || part.statement.recall().is_ok_and(|statement| statement.is_whole());
            let place = self.place_of(&part).filter(|_| is_for_us && asked.request.cursor.is_none());
            let place = place.ok_or(ReceiveError::Misfit)?;
            goes_on |= matches!(place, Place::Next { .. }) || self.partial.is_none();
            contradicted =
                self.take_part(ReceivedPart { giver: peer, part, place }, &mut known, &mut progress, &mut writes);
        }
        progress.dismissal = response.dismissal.filter(|signed| self.dismisses_this_device(signed));
        let said = self.heard_refusals(peer, response.refusal.as_ref());
        let verdicts = Verdicts { said: &said, receipts: &response.receipts };
        let course = Course { known: &mut known, progress: &mut progress };
        let mut refused = self.take_receipts(asked, verdicts, course, &mut writes);
        if !contradicted.is_empty() {
            progress.refused.extend(contradicted.values().cloned());
            refused.get_or_insert_default().extend(contradicted);
        }
        known.sent_up_to = asked.up_to;
        known.versions = response.versions.or(known.versions);
        let course = Course { known: &mut known, progress: &mut progress };
        let vouched = self.take_items(response.items, giver, course, &mut writes);
        let wants_erased = response.wants_erased.filter(|_| peer == self.home());
        goes_on |= wants_erased.is_some() && wants_erased != known.wants_erased;
        progress.more |= wants_erased.is_some();
        if response.rewound {
            progress.peer_was_restored = true;
            progress.more = true;
            let echo_up_to = self.ledger.cursor().revision;
            // Nobody signs this, so it may be a lie: nothing of what is here is dropped, put out of sight or brought back into
            // sight, and nothing counts as confirmed before home says so again.
            let Peer { cursor, page, aside, versions, .. } = known;
            known = Peer { cursor, echo_up_to, page, aside, versions, ..Peer::default() };
            known.reads_anew();
            if peer == self.home() {
                self.confirmed.clear();
                writes.push(Write::NothingConfirmed);
            }
        } else {
            known.stood =
                known.stood.filter(|stood| stood.revision > response.stands.revision).or(Some(response.stands));
            let is_past_the_beginning = known.cursor.is_some() || response.cursor.revision > Revision(0);
            if progress.snapshot.is_none()
                && is_past_the_beginning
                && self.is_read_up_to(peer, giver, asked, response.cursor)
            {
                known.cursor = Some(response.cursor);
            }
            if known.reading.replace(response.reading).is_some_and(|reading| reading != response.reading) {
                known.reads_anew();
                progress.more = true;
            }
            if response.begins && peer == self.home() {
                progress.more = true;
                // Not before everything was handed over: what belongs to the era before is dropped then.
                if !asked.more {
                    known.cursor = None;
                }
            }
        }
        known.wants_erased = wants_erased;
        known.has_dismissed_this_device = progress.dismissal.is_some();
        let confirmed = self.read_confirmations(&response.confirmations, asked);
        self.note_confirmed(vouched.into_iter().chain(confirmed), &mut writes);
        if peer == self.home() {
            self.owe_what_home_did_not_confirm(asked, &response.receipts, &mut known);
        }
        if !progress.more && known.ends_reading() {
            progress.reads_again = true;
            progress.more = true;
            goes_on = true;
        }
        known.page = known.page.grown();
        progress.is_barren = progress.more && !goes_on && progress.received == 0;
        self.peers.insert(peer, known.clone());
        writes.push(Write::Peer(peer, known));
        if progress.moved {
            writes.push(Write::Moved);
        }
        if let Some(refused) = refused {
            writes.push(Write::Refused(refused));
            progress.reopen = true;
        }
        Ok(Outcome { writes, answer: progress })
    }

    /// Whether what a peer has is read up to where an answer ends. Of home's that is so under home's signature alone:
    /// otherwise whoever sits on the way could leave items out, and they would never be asked for again.
    fn is_read_up_to(&self, peer: DeviceId, giver: Giver, asked: &Asked, to: Cursor) -> bool {
        peer != self.home() || giver == Giver::Home || to == asked.request.cursor.unwrap_or_default()
    }

    /// Who gives the items of an answer. What home signed is home's word whoever carried it; under home's name alone it is
    /// nobody's.
    fn giver_of(&self, peer: DeviceId, asked: &Asked, response: &Response) -> Giver {
        let stated = response.page.as_ref().and_then(|signed| signed.verify(&self.identity.home).ok());
        let from = asked.request.cursor.unwrap_or_default();
        match stated {
            Some(stated) if stated == PageStatement::of(self.event(), from, response.cursor, &response.items) => {
                Giver::Home
            }
            _ if peer == self.home() => Giver::Unknown,
            _ => Giver::Device(peer),
        }
    }

    /// Takes over what came, in whatever order, and notes of whom something could not be placed: what it builds on was
    /// left out, or it is not what was written. Returns up to where home has this device's own chains, if home says so.
    fn take_items(
        &mut self,
        items: Vec<Item>,
        giver: Giver,
        course: Course<'_>,
        writes: &mut Vec<Write>,
    ) -> Vec<ConfirmedChain> {
        let Course { known, progress } = course;
        let mut vouched = Vec::new();
        let items = in_order(items, |device| self.ledger.grant(device).is_some());
        self.ledger.begin_many();
        for item in items {
            let own = match &item {
                Item::Change(sealed) if giver == Giver::Home && sealed.device == self.device() => Some(sealed.document),
                _ => None,
            };
            let (chain, let_in) = match &item {
                Item::Change(SealedChange { document, device, incarnation, .. }) => {
                    (Some(ChainKey { document: *document, device: *device, incarnation: *incarnation }), None)
                }
                Item::Grant(grant) => (None, grant.recall().ok().map(|grant| grant.key.device())),
            };
            let taken = self.take(item, giver, writes);
            match &taken {
                Ok(Taken::New { .. }) => {
                    progress.received += 1;
                    // It was placed after all: what is missing of it later is a reason to read again.
                    known.given_up.retain(|given_up| Some(*given_up) != chain);
                    let_in.into_iter().for_each(|device| known.tries_again(device));
                }
                Ok(Taken::AlreadyHad { .. }) => {}
                Err(rejection) => {
                    let unplaced = chain.filter(|chain| !known.unplaced.contains(chain));
                    known.unplaced.extend(unplaced.filter(|_| *rejection != Rejection::Equivocation));
                    progress.rejected.push(rejection.clone());
                }
            }
            if let (Some(document), Ok(Taken::New { link: Some(link), .. } | Taken::AlreadyHad { link: Some(link) })) =
                (own, taken)
            {
                let ChainLink { actor, seq, hash } = link;
                vouched.push(ConfirmedChain { document, actor, seq, hash });
            }
        }
        self.ledger.end_of_many();
        vouched
    }

    /// Only what home confirms under its own signature is known to be there: the rest is offered again, for who
    /// carries answers may say what it likes.
    fn owe_what_home_did_not_confirm(&self, asked: &Asked, receipts: &[Receipt], known: &mut Peer) {
        for ((revision, item), receipt) in asked.sent.iter().zip(&asked.request.items).zip(receipts) {
            if matches!(receipt.verdict, Verdict::Accepted | Verdict::AlreadyHad)
                && let Item::Change(sealed) = item
                && let Ok((change, _)) = Change::decode(&sealed.change)
                && self.confirmed.get(&(sealed.document, change.head.actor)).is_none_or(|seq| *seq < change.head.seq)
                && !known.owed.contains(revision)
            {
                known.owed.push(*revision);
            }
        }
    }

    fn heard_refusals(&self, peer: DeviceId, signed: Option<&Signed<Refusal>>) -> Heard {
        if peer != self.home() {
            return Heard::Another;
        }
        let refusal = signed.and_then(|signed| signed.verify(&self.identity.home).ok());
        Heard::Home(refusal.filter(|refusal| refusal.event == self.event()))
    }

    fn dismisses_this_device(&self, signed: &Signed<Dismissal>) -> bool {
        signed.verify(&self.identity.home).is_ok_and(|dismissal| dismissal.device == self.device())
    }

    /// Returns what is to be dropped, with why, if anything is or if something begins or ends to wait at home.
    ///
    /// Only what home signed makes a device do again what it did, drop what another wrote or put it out of sight: anyone else
    /// may know less, or lie.
    fn take_receipts(
        &mut self,
        asked: &Asked,
        verdicts: Verdicts<'_>,
        course: Course<'_>,
        writes: &mut Vec<Write>,
    ) -> Option<BTreeMap<Revision, String>> {
        let (Verdicts { said, receipts }, Course { known, progress }) = (verdicts, course);
        let mut refused = BTreeMap::new();
        known.owed.retain(|owed| !asked.sent.contains(owed));
        known.held.retain(|held| !asked.sent.contains(held));
        known.aside.sort_unstable();
        let waited = known.aside.clone();
        known.aside.retain(|aside| !asked.sent.contains(aside));
        let untried = !known.owed.is_empty();
        let is_home = matches!(said, Heard::Home(_));
        for ((revision, item), receipt) in asked.sent.iter().zip(&asked.request.items).zip(receipts) {
            let is_own = matches!(item, Item::Change(sealed) if sealed.device == self.device());
            match receipt.verdict {
                Verdict::Accepted | Verdict::AlreadyHad => {
                    progress.delivered += 1;
                    if is_home {
                        self.note_at(*revision, DraftState::Sealed, writes);
                    }
                }
                Verdict::Held if said.holds(item) => {
                    progress.held += 1;
                    known.held.push(*revision);
                    if !is_own {
                        known.aside.push(*revision);
                    }
                    self.note_at(*revision, DraftState::Held, writes);
                }
                Verdict::NotYet | Verdict::Held => known.owed.push(*revision),
                // What an organizer decides about this device, home says under its signature.
                Verdict::Refused => {
                    match said.code_for(item) {
                        None => known.owed.push(*revision),
                        Some(code) if is_own && Rejection::is_about_a_revoked_author(code) => {
                            known.aside.push(*revision);
                            self.note_at(*revision, DraftState::Barred, writes);
                        }
                        Some(code) if is_own || Rejection::is_about_the_change(code) => {
                            refused.insert(*revision, code.to_owned());
                        }
                        // Home refuses what its author may no longer write, or does not know the author. That may change:
                        // the item waits, out of sight as it is at home.
                        Some(_) => known.aside.push(*revision),
                    }
                    if waited.binary_search(revision).is_err() {
                        progress.refused.push(receipt.code.clone().unwrap_or_default());
                    }
                }
            }
        }
        known.aside.sort_unstable();
        progress.more |= untried && progress.delivered > 0;
        (known.aside != waited || !refused.is_empty()).then_some(refused)
    }

    /// Notes on the commands of an item what home does with it.
    fn note_at(&mut self, revision: Revision, state: fn(SealedAt) -> DraftState, writes: &mut Vec<Write>) {
        for draft in self.drafts.values_mut() {
            let Some(at) = draft.state.sealed_at().copied().filter(|at| at.revision == revision) else { continue };
            let new = state(at);
            if draft.state != new {
                draft.state = new;
                writes.push(Write::Draft(Box::new(draft.clone())));
            }
        }
    }

    /// What home confirms of what this replica holds, or just sent: an item of an earlier era may be in no document here.
    fn read_confirmations(&self, confirmations: &[Signed<Confirmation>], asked: &Asked) -> Vec<ConfirmedChain> {
        let confirmed = confirmations.iter().filter_map(|signed| signed.verify(&self.identity.home).ok());
        let chains: Vec<ConfirmedChain> = confirmed
            .filter(|confirmation| confirmation.event == self.event())
            .flat_map(|confirmation| confirmation.chains)
            .collect();
        if chains.is_empty() {
            return chains;
        }
        let changes = asked.request.items.iter().filter_map(|item| match item {
            Item::Change(sealed) => Change::decode(&sealed.change).ok().map(|(_, hash)| hash),
            Item::Grant(_) => None,
        });
        let sent: HashSet<ChangeHash> = changes.collect();
        chains.into_iter().filter(|chain| self.ledger.holds(chain) || sent.contains(&chain.hash)).collect()
    }

    fn note_confirmed(&mut self, chains: impl IntoIterator<Item = ConfirmedChain>, writes: &mut Vec<Write>) {
        let mut fresh = Vec::new();
        for chain in chains {
            let seq = self.confirmed.entry((chain.document, chain.actor)).or_default();
            if chain.seq > *seq {
                *seq = chain.seq;
                fresh.push(chain);
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

/// Who speaks, and what home signed of what it does not take.
enum Heard {
    Home(Option<Refusal>),
    Another,
}

impl Heard {
    fn code_for(&self, item: &Item) -> Option<&str> {
        match (self, item) {
            (Self::Home(Some(refusal)), Item::Change(sealed)) => {
                let refused = refusal.changes.iter().find(|refused| refused.seal == sealed.seal);
                refused.map(|refused| refused.code.as_str())
            }
            _ => None,
        }
    }

    fn holds(&self, item: &Item) -> bool {
        match (self, item) {
            (Self::Home(Some(refusal)), Item::Change(sealed)) => refusal.held.contains(&sealed.seal),
            _ => false,
        }
    }
}
