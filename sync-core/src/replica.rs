//! A replica of one event: a state machine without IO, clock or randomness.
//!
//! A command or a message goes in; an [`Outcome`] comes out: what must be written before anything is answered, and the
//! answer. Whoever drives it writes first. If writing fails, the replica is ahead of its journal and must be opened
//! anew. See [`crate::journal`] for the shell that an app holds.

pub mod ledger;
mod overlay;
pub mod reading;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use minicbor::{Decode, Encode};

use self::ledger::{ItemSource, Ledger, SnapshotError, StoredItem, Taken};
use crate::admission::{Rejection, SealedChange};
use crate::command::{Act, Command, CommandError};
use crate::documents::log::{Record, Undo};
use crate::documents::{Author, encode};
use crate::exchange::{
    Cursor, Item, OwnLog, PAGE_LIMIT_BYTES, Reading, Receipt, Request, Response, SnapshotPart, SnapshotPosition,
    Verdict,
};
use crate::ids::{Actor, DeviceId, DocumentRef, EntryRef, EventId, Incarnation, Revision, RulingId, Subject};
use crate::time::{ClockReading, UnixMillis};
use crate::trust::{
    Confirmation, ConfirmedChain, Dismissal, Grant, KeyPair, PublicKey, Seal, Signed, SnapshotStatement,
};

/// A sealed change holds about this much, so that one of them is lost cheaply on a bad link.
const SEAL_TARGET_BYTES: usize = 96 * 1024;
/// A sealed change holds no more values than this.
const SEAL_TARGET_VALUES: usize = 8192;
/// A command that was refused this often is parked.
const REFUSALS_BEFORE_PARKING: u32 = 2;

/// Who a replica is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The device's key.
    pub key: KeyPair,
    /// The present incarnation.
    pub incarnation: Incarnation,
    /// What home said of the device.
    pub grant: Signed<Grant>,
    /// The home server.
    pub home: PublicKey,
}

/// A command that was performed here and is not confirmed yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    /// Counts up on this replica.
    pub id: u64,
    /// What was done.
    pub command: Command,
    /// What the clocks read.
    pub reading: ClockReading,
    /// The entry it is, or will be, for a command that records one.
    pub entry: Option<EntryRef>,
    /// Where it is in its life.
    pub state: DraftState,
    /// How often home refused it.
    pub refusals: u32,
}

/// Where a command is in its life.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(flat)]
pub enum DraftState {
    /// It will be part of the next sealed change.
    #[n(0)]
    Open,
    /// It is part of a change that other replicas can take.
    #[n(1)]
    Sealed(#[n(0)] SealedAt),
    /// Home refused it for good, with this code. A person must look at it.
    #[n(2)]
    Parked(#[n(0)] String),
    /// It is part of a change that waits at home for an organizer.
    #[n(3)]
    Held(#[n(0)] SealedAt),
}

impl DraftState {
    /// Where the command stands, once it is sealed.
    const fn sealed_at(&self) -> Option<&SealedAt> {
        match self {
            Self::Sealed(at) | Self::Held(at) => Some(at),
            Self::Open | Self::Parked(_) => None,
        }
    }
}

/// Where a sealed command stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct SealedAt {
    /// The item that holds it.
    #[n(0)]
    pub revision: Revision,
    /// The document that its change belongs to.
    #[n(1)]
    pub document: DocumentRef,
    /// The author of the change.
    #[n(2)]
    pub actor: Actor,
    /// The number of the change in its author's chain.
    #[n(3)]
    pub seq: u64,
}

/// What a replica remembers of another one.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct Peer {
    /// How far it was read.
    #[n(0)]
    pub cursor: Option<Cursor>,
    /// Everything admitted here up to this revision was answered for, or came from it.
    #[n(1)]
    pub sent_up_to: Revision,
    /// What it could not take yet.
    #[n(2)]
    pub owed: Vec<Revision>,
    /// It lost what it had: what came from it must go back, up to this revision.
    #[n(3)]
    pub echo_up_to: Revision,
    /// The farthest that it ever said it stands.
    #[n(4)]
    pub stood: Option<Cursor>,
    /// What waits there for an organizer; it is offered again until somebody has decided.
    #[n(5)]
    pub held: Vec<Revision>,
    /// The rule by which it lets this replica read, as far as it was heard.
    #[n(6)]
    pub reading: Option<Reading>,
}

impl Peer {
    /// From now on everything that the peer has is read once more.
    fn reads_anew(&mut self) {
        self.cursor = self.cursor.map(|_| Cursor::default());
    }

    /// Items were dropped and `last` is the last one left: their revisions will be those of others.
    ///
    /// What came from the peer is read anew, because some of it may have been left out as known here.
    pub(crate) fn forget(&mut self, dropped: &BTreeMap<Revision, String>, last: Revision) {
        self.reads_anew();
        self.sent_up_to = self.sent_up_to.min(last);
        self.echo_up_to = self.echo_up_to.min(last);
        self.owed.retain(|owed| !dropped.contains_key(owed));
        self.held.retain(|held| !dropped.contains_key(held));
    }
}

/// What must be written, all of it or nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Write {
    /// A command was performed, or its state changed.
    Draft(Box<Draft>),
    /// An item was admitted.
    Item(StoredItem),
    /// A peer was heard.
    Peer(DeviceId, Peer),
    /// Home confirmed chains up to these numbers.
    Confirmed(Vec<ConfirmedChain>),
    /// Home lost what it confirmed.
    NothingConfirmed,
    /// These commands are confirmed and need not be performed again.
    Done(Vec<u64>),
    /// A part of a snapshot came; the whole so far.
    PartialSnapshot(Option<PartialSnapshot>),
    /// A whole snapshot came. The replica must be opened anew.
    Snapshot(Signed<SnapshotStatement>, Vec<u8>),
    /// Home refused these own items, with these codes. They are dropped, the device starts a new incarnation, and the
    /// replica must be opened anew.
    Refused(BTreeMap<Revision, String>),
}

/// A snapshot of which not all parts have come.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct PartialSnapshot {
    /// Home vouches for the whole.
    #[n(0)]
    pub statement: Signed<SnapshotStatement>,
    /// Which one it is.
    #[n(1)]
    pub revision: Revision,
    /// Length of the whole.
    #[n(2)]
    pub total: u64,
    /// What has come.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

impl PartialSnapshot {
    /// Where to go on.
    const fn position(&self) -> SnapshotPosition {
        SnapshotPosition { revision: self.revision, offset: self.bytes.len() as u64 }
    }
}

/// What must be written first, and the answer.
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use]
pub struct Outcome<T> {
    /// In order, in one transaction.
    pub writes: Vec<Write>,
    /// To be given only after the writes are durable.
    pub answer: T,
}

/// A request together with what it carries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// What to send.
    pub request: Request,
    sent: Vec<Revision>,
    up_to: Revision,
    /// Whether there is more to send after it.
    pub more: bool,
}

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

/// How safe a command is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Safety {
    /// It is on this device alone.
    OnThisDevice,
    /// Another device has it too.
    Carried,
    /// It is durable at home.
    Confirmed,
}

/// One event on one device.
pub struct Replica {
    identity: Identity,
    role: crate::trust::Role,
    ledger: Ledger,
    drafts: BTreeMap<u64, Draft>,
    drafted: Drafted,
    next_draft: u64,
    peers: BTreeMap<DeviceId, Peer>,
    confirmed: BTreeMap<(DocumentRef, Actor), u64>,
    partial: Option<PartialSnapshot>,
}

/// What a journal gives back when a replica is opened.
pub struct Kept {
    /// The documents and where they stand.
    pub ledger: Ledger,
    /// Commands that are not confirmed yet.
    pub drafts: Vec<Draft>,
    /// The first id that no draft ever had.
    pub next_draft: u64,
    /// What is known of other replicas.
    pub peers: BTreeMap<DeviceId, Peer>,
    /// What home confirmed.
    pub confirmed: Vec<ConfirmedChain>,
    /// A snapshot that was begun.
    pub partial: Option<PartialSnapshot>,
}

/// The device's own grant does not fit its home, its key or the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this device was not let into this event by this home server")]
pub struct NotLetIn;

impl Replica {
    /// Opens a replica from what its journal kept. A device's own grant is its first item.
    ///
    /// # Errors
    /// [`NotLetIn`].
    pub fn open(identity: Identity, kept: Kept) -> Result<Outcome<Self>, NotLetIn> {
        let grant = identity.grant.verify(&identity.home).map_err(|_| NotLetIn)?;
        if grant.key != identity.key.public() || !grant.scope.covers(kept.ledger.documents().event()) {
            return Err(NotLetIn);
        }
        let mut replica = Self {
            role: grant.role,
            ledger: kept.ledger,
            drafted: kept.drafts.iter().filter(|draft| draft.state == DraftState::Open).collect(),
            drafts: kept.drafts.into_iter().map(|draft| (draft.id, draft)).collect(),
            next_draft: kept.next_draft,
            peers: kept.peers,
            confirmed: kept.confirmed.into_iter().map(|chain| ((chain.document, chain.actor), chain.seq)).collect(),
            partial: kept.partial,
            identity,
        };
        let mut writes = Vec::new();
        let own_grant = Item::Grant(replica.identity.grant.clone());
        let home = replica.home();
        replica.take(own_grant, Some(home), &mut writes).map_err(|_| NotLetIn)?;
        if let Some(known) = replica.ledger.grant(replica.device()) {
            replica.role = known.role;
        }
        Ok(Outcome { writes, answer: replica })
    }

    /// The event.
    #[must_use]
    pub const fn event(&self) -> EventId {
        self.ledger.documents().event()
    }

    /// This device.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.identity.key.public().device()
    }

    /// The home server, as a peer.
    #[must_use]
    pub fn home(&self) -> DeviceId {
        self.identity.home.device()
    }

    /// What this device may do.
    #[must_use]
    pub const fn role(&self) -> crate::trust::Role {
        self.role
    }

    /// The home server's key.
    #[must_use]
    pub const fn home_key(&self) -> PublicKey {
        self.identity.home
    }

    /// What was admitted here.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Commands that are not confirmed yet, in the order in which they were performed.
    pub fn drafts(&self) -> impl Iterator<Item = &Draft> {
        self.drafts.values()
    }

    /// Names an entry of this device's present log.
    #[must_use]
    pub fn own_entry(&self, counter: u64) -> EntryRef {
        EntryRef { device: self.device(), incarnation: self.identity.incarnation, counter }
    }

    /// What this device recorded in its present log, in order, sealed or not.
    pub fn own_records(&self) -> impl Iterator<Item = (EntryRef, Record)> {
        let log = self.ledger.documents().log(self.device(), self.identity.incarnation);
        let sealed = log.into_iter().flat_map(|log| {
            (0..).zip(&log.entries).map(|(counter, entry)| (log.entry_ref(counter), entry.record.clone()))
        });
        let drafted = self.open_drafts().filter_map(|draft| {
            let Act::Entry(record) = draft.command.act(draft.reading, self.identity.incarnation) else { return None };
            Some((draft.entry?, record))
        });
        sealed.chain(drafted)
    }

    /// The last record of this device's present log that a person made and that is not taken back; `None` if there is
    /// none.
    #[must_use]
    pub fn last_own_record(&self) -> Option<(EntryRef, Record)> {
        let mut undone = HashSet::new();
        let mut standing = Vec::new();
        for (entry, record) in self.own_records() {
            match record {
                Record::Undo(Undo { counter, incarnation: None }) => drop(undone.insert(counter)),
                Record::Undo(_) | Record::Anchor(_) => {}
                made => standing.push((entry, made)),
            }
        }
        standing.into_iter().rfind(|(entry, _)| !undone.contains(&entry.counter))
    }

    /// Whether something was done that is not sealed yet.
    #[must_use]
    pub fn has_open_drafts(&self) -> bool {
        self.open_drafts().next().is_some()
    }

    fn author(&self) -> Author {
        Author { device: self.device(), key: self.identity.key.public(), incarnation: self.identity.incarnation }
    }

    fn open_drafts(&self) -> impl Iterator<Item = &Draft> {
        self.drafts.values().filter(|draft| draft.state == DraftState::Open)
    }

    /// Performs a command. Once its writes are durable, it is saved on this device.
    ///
    /// # Errors
    /// See [`CommandError`]; nothing was changed.
    pub fn perform(&mut self, command: Command, reading: ClockReading) -> Result<Outcome<Draft>, CommandError> {
        self.check(&command)?;
        let records = matches!(command.act(reading, self.identity.incarnation), Act::Entry(_));
        let entry = records.then(|| EntryRef {
            device: self.device(),
            incarnation: self.identity.incarnation,
            counter: self.next_counter(),
        });
        let draft = Draft { id: self.next_draft, command, reading, entry, state: DraftState::Open, refusals: 0 };
        self.next_draft += 1;
        self.drafted.add(&draft);
        self.drafts.insert(draft.id, draft.clone());
        Ok(Outcome { writes: vec![Write::Draft(Box::new(draft.clone()))], answer: draft })
    }

    fn next_counter(&self) -> u64 {
        let log = self.ledger.documents().log(self.device(), self.identity.incarnation);
        let sealed = log.map_or(0, |log| log.entries.len() as u64);
        let drafted = self.drafts.values().rev().find_map(|draft| match (&draft.state, draft.entry) {
            (DraftState::Open, Some(entry)) => Some(entry.counter + 1),
            _ => None,
        });
        drafted.unwrap_or(sealed)
    }

    /// Seals the open drafts: one change for each document. To be done before anything received is taken over, so
    /// that what was written without having seen another's edit stays concurrent with it.
    pub fn seal(&mut self) -> Outcome<()> {
        let mut entries = Batch::default();
        let mut puts: BTreeMap<DocumentRef, Batch<(String, Vec<u8>)>> = BTreeMap::new();
        let incarnation = self.identity.incarnation;
        for draft in self.open_drafts() {
            match draft.command.act(draft.reading, incarnation) {
                Act::Entry(record) => {
                    let value = encode(&crate::documents::log::Entry { record, reading: draft.reading });
                    entries.add(draft.id, value.len(), value);
                }
                Act::Put { document, key, value } => {
                    puts.entry(document).or_default().add(draft.id, value.len() + key.len(), (key, value));
                }
            }
        }
        let author = self.author();
        let own_log = DocumentRef::Log { device: author.device, incarnation };
        let mut writes = Vec::new();
        for (drafts, values) in entries.parts {
            let change = self.ledger.documents().compose_entries(&author, &values);
            self.seal_change(own_log, change, &drafts, &mut writes);
        }
        for (document, batch) in puts {
            for (drafts, edits) in batch.parts {
                let actor = author.actor(document.id(self.event()));
                let registers = self.ledger.documents().registers(&document);
                let change = registers.expect("puts go to registers").compose(actor, &edits);
                self.seal_change(document, change, &drafts, &mut writes);
            }
        }
        self.drafted = Drafted::default();
        Outcome { writes, answer: () }
    }

    /// Our own change passes the same admission as anyone's: what leaves is what others will take.
    fn seal_change(&mut self, document: DocumentRef, change: Vec<u8>, drafts: &[u64], writes: &mut Vec<Write>) {
        let author = self.author();
        let id = document.id(self.event());
        let (actor, seq, hash) = {
            let (read, hash) = crate::documents::change::Change::decode(&change).expect("we write what we can read");
            (read.actor, read.seq, hash)
        };
        let seal = self.identity.key.seal(&Seal { document: id, actor, seq, hash });
        let item = Item::Change(SealedChange {
            document,
            device: author.device,
            incarnation: author.incarnation,
            change,
            seal,
        });
        match self.take(item, None, writes) {
            Ok(Taken::New { cursor, .. }) => {
                for id in drafts {
                    let draft = self.drafts.get_mut(id).expect("a sealed draft is a draft");
                    let revision = cursor.revision;
                    draft.state = DraftState::Sealed(SealedAt { revision, document, actor, seq });
                    writes.push(Write::Draft(Box::new(draft.clone())));
                }
            }
            Ok(Taken::AlreadyHad { .. }) | Err(_) => {
                for id in drafts {
                    let draft = self.drafts.get_mut(id).expect("a sealed draft is a draft");
                    draft.state = DraftState::Parked("not_sealed".to_owned());
                    writes.push(Write::Draft(Box::new(draft.clone())));
                }
            }
        }
    }

    fn take(&mut self, item: Item, origin: Option<DeviceId>, writes: &mut Vec<Write>) -> Result<Taken, Rejection> {
        let taken =
            if origin == Some(self.home()) { self.ledger.take_from_home(&item)? } else { self.ledger.take(&item)? };
        if let Taken::New { cursor, .. } = taken {
            writes.push(Write::Item(StoredItem { cursor, origin, item }));
        }
        Ok(taken)
    }

    /// Writes the next request to a peer. Asking twice without an answer sends the same again, which is harmless.
    ///
    /// `want_bytes` limits what comes back.
    ///
    /// # Errors
    /// What `source` reports.
    pub fn ask<S: ItemSource>(&self, peer: DeviceId, source: &S, want_bytes: u32) -> Result<Asked, S::Error> {
        let known = self.peers.get(&peer).cloned().unwrap_or_default();
        let begun = self.partial.as_ref().filter(|_| known.cursor.is_none());
        let mut asked = Asked {
            request: Request {
                event: self.event(),
                cursor: known.cursor,
                snapshot: begun.map(PartialSnapshot::position),
                want_bytes,
                items: Vec::new(),
                witness: known.stood,
                own_log: OwnLog { incarnation: self.identity.incarnation, entries: self.next_counter() },
            },
            sent: Vec::new(),
            up_to: known.sent_up_to,
            more: false,
        };
        let mut left = PAGE_LIMIT_BYTES;
        let mut vouched_for = BTreeSet::from([self.device()]);
        'pages: while left > 0 {
            let page = source.items_after(asked.up_to, left)?;
            if page.is_empty() {
                break;
            }
            for stored in page {
                let revision = stored.cursor.revision;
                let is_echo = revision <= known.echo_up_to;
                if is_echo
                    && let Item::Change(SealedChange { device, .. }) = stored.item
                    && vouched_for.insert(device)
                {
                    self.vouch(device, &mut asked, &mut left);
                }
                let is_theirs = stored.origin == Some(peer) && !is_echo;
                if !is_theirs && !Self::add_to(&mut asked, stored, &mut left) {
                    asked.more = true;
                    break 'pages;
                }
                asked.up_to = revision;
            }
        }
        // What waits for others comes last: it must not keep anything new from leaving.
        for owed in known.owed.iter().chain(&known.held) {
            let page = source.items_after(Revision(owed.0.saturating_sub(1)), 0)?;
            let still_here = page.into_iter().find(|stored| stored.cursor.revision == *owed);
            if still_here.is_some_and(|stored| !Self::add_to(&mut asked, stored, &mut left)) {
                break;
            }
        }
        Ok(asked)
    }

    /// A peer that lost what it had may have lost the grant of an author, which a snapshot brought here.
    fn vouch(&self, device: DeviceId, asked: &mut Asked, left: &mut usize) {
        if let Some(signed) = self.ledger.signed_grant(device) {
            let item = Item::Grant(signed.clone());
            Self::add_to(asked, StoredItem { cursor: Cursor::default(), origin: None, item }, left);
        }
    }

    fn add_to(asked: &mut Asked, stored: StoredItem, left: &mut usize) -> bool {
        let size = match &stored.item {
            Item::Change(sealed) => sealed.change.len() + 160,
            Item::Grant(_) => 300,
        };
        if size > *left && !asked.request.items.is_empty() {
            *left = 0;
            return false;
        }
        *left = left.saturating_sub(size);
        asked.sent.push(stored.cursor.revision);
        asked.request.items.push(stored.item);
        true
    }

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
        let refused = self.take_receipts(asked, &response.receipts, (&mut known, &mut progress), &mut writes);
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
        receipts: &[Receipt],
        (known, progress): (&mut Peer, &mut Progress),
        writes: &mut Vec<Write>,
    ) -> BTreeMap<Revision, String> {
        let mut refused = BTreeMap::new();
        known.owed.retain(|owed| !asked.sent.contains(owed));
        known.held.retain(|held| !asked.sent.contains(held));
        let untried = !known.owed.is_empty();
        for ((revision, item), receipt) in asked.sent.iter().zip(&asked.request.items).zip(receipts) {
            let is_own = matches!(item, Item::Change(sealed) if sealed.device == self.device());
            match receipt.verdict {
                Verdict::Accepted | Verdict::AlreadyHad => {
                    progress.delivered += 1;
                    self.note_held(*revision, false, writes);
                }
                Verdict::Held => {
                    progress.held += 1;
                    known.held.push(*revision);
                    self.note_held(*revision, true, writes);
                }
                Verdict::NotYet => known.owed.push(*revision),
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

    fn is_confirmed(&self, draft: &Draft) -> bool {
        let Some(at) = draft.state.sealed_at() else { return false };
        self.confirmed.get(&(at.document, at.actor)).is_some_and(|seq| *seq >= at.seq)
    }

    /// How many commands are how safe: on this device alone, and with another device that home does not confirm yet.
    ///
    /// Confirmed commands are no longer counted: the documents hold them. Nor are anchors: nobody made them.
    #[must_use]
    pub fn unconfirmed(&self) -> Unconfirmed {
        let carried_up_to = self.peers.values().map(|peer| peer.sent_up_to).max().unwrap_or_default();
        let mut count = Unconfirmed::default();
        for draft in self.drafts.values().filter(|draft| !matches!(draft.command, Command::Anchor(_))) {
            match &draft.state {
                DraftState::Sealed(at) if at.revision <= carried_up_to => count.carried += 1,
                DraftState::Open | DraftState::Sealed(_) => count.on_this_device += 1,
                DraftState::Held(_) => count.held += 1,
                DraftState::Parked(_) => count.parked += 1,
            }
        }
        count
    }

    /// Learns home's time: the first step of an exchange, before sealing.
    ///
    /// # Errors
    /// None that an anchor can cause.
    pub fn learn_home_time(
        &mut self,
        reading: ClockReading,
        home_ms: UnixMillis,
    ) -> Result<Outcome<Draft>, CommandError> {
        self.perform(Command::Anchor(home_ms), reading)
    }
}

/// Commands that home did not confirm yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct Unconfirmed {
    /// On this device alone.
    pub on_this_device: usize,
    /// Another device has them too.
    pub carried: usize,
    /// At home, where an organizer decides about them.
    pub held: usize,
    /// Refused for good: a person must look at them.
    pub parked: usize,
}

/// What the open drafts bring into being, so that it can be looked up.
#[derive(Default)]
struct Drafted {
    subjects: HashSet<Subject>,
    rulings: HashSet<RulingId>,
}

impl Drafted {
    fn add(&mut self, draft: &Draft) {
        match &draft.command {
            Command::AddPerson(id, _) => drop(self.subjects.insert(Subject::Person(*id))),
            Command::AddWalkIn(walk_in) => drop(self.subjects.insert(Subject::WalkIn(walk_in.id))),
            Command::Rule(id, _) => drop(self.rulings.insert(*id)),
            _ => {}
        }
    }
}

impl<'a> FromIterator<&'a Draft> for Drafted {
    fn from_iter<I: IntoIterator<Item = &'a Draft>>(drafts: I) -> Self {
        let mut drafted = Self::default();
        drafts.into_iter().for_each(|draft| drafted.add(draft));
        drafted
    }
}

/// Values for one document, in parts that each become one change.
struct Batch<T> {
    parts: Vec<(Vec<u64>, Vec<T>)>,
    bytes: usize,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self { parts: Vec::new(), bytes: 0 }
    }
}

impl<T> Batch<T> {
    fn add(&mut self, draft: u64, size: usize, value: T) {
        let full = self.bytes + size > SEAL_TARGET_BYTES;
        let crowded = self.parts.last().is_some_and(|(drafts, _)| drafts.len() >= SEAL_TARGET_VALUES);
        if self.parts.is_empty() || full || crowded {
            self.parts.push((Vec::new(), Vec::new()));
            self.bytes = 0;
        }
        self.bytes += size;
        if let Some((drafts, values)) = self.parts.last_mut() {
            drafts.push(draft);
            values.push(value);
        }
    }
}

/// Prepares the commands of refused items to be performed again, in a new incarnation.
///
/// `drafts` are all that are not confirmed, `refused` says why the items with these revisions were refused. Entries get
/// new positions, and an undo follows the entry it takes back. A command that was refused too often is parked.
#[must_use]
pub fn redraft(drafts: Vec<Draft>, refused: &BTreeMap<Revision, String>, fresh: Incarnation) -> Vec<Draft> {
    let mut moved: BTreeMap<EntryRef, EntryRef> = BTreeMap::new();
    let mut counter = 0;
    let mut redone = Vec::new();
    for mut draft in drafts {
        match draft.state.clone() {
            DraftState::Sealed(at) | DraftState::Held(at) => match refused.get(&at.revision) {
                None => continue,
                Some(code) => {
                    // Not the command was refused then, but the number that a clone of this device took first.
                    draft.refusals += u32::from(code != Rejection::Equivocation.code());
                    let parked = draft.refusals >= REFUSALS_BEFORE_PARKING || Rejection::is_final(code);
                    draft.state = if parked { DraftState::Parked(code.clone()) } else { DraftState::Open };
                }
            },
            DraftState::Open => {}
            DraftState::Parked(_) => continue,
        }
        if let (Some(entry), DraftState::Open) = (draft.entry, &draft.state) {
            let new = EntryRef { device: entry.device, incarnation: fresh, counter };
            moved.insert(entry, new);
            draft.entry = Some(new);
            counter += 1;
        }
        if let Command::Undo(target) = &mut draft.command
            && let Some(new) = moved.get(target)
        {
            *target = *new;
        }
        redone.push(draft);
    }
    redone
}
