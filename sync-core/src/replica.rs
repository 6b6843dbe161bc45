//! A replica of one event: a state machine without IO, clock or randomness.
//!
//! A command or a message goes in; an [`Outcome`] comes out: what must be written before anything is answered, and the
//! answer. Whoever drives it writes first. If writing fails, the replica is ahead of its journal and must be opened
//! anew. See [`crate::journal`] for the shell that an app holds.

pub mod answer;
mod asking;
pub mod clerk;
mod drafts;
mod drop_refused;
mod era_change;
pub mod ledger;
mod loop_guard;
mod order;
mod outcome;
pub mod overlay;
mod own_records;
pub mod pager;
mod peer;
pub mod reading;
mod receiving;
pub mod reply;
mod sealing;

use std::collections::{BTreeMap, BTreeSet, HashSet};

pub use self::asking::Asked;
use self::drafts::Drafted;
pub use self::drafts::{Draft, DraftState, SealedAt, Unconfirmed, redraft};
pub use self::drop_refused::{DropRefused, Dropped, set_aside};
pub use self::era_change::{DraftsOfNewEra, EraChange};
use self::ledger::{Ledger, StoredItem, Taken};
pub use self::loop_guard::LoopGuard;
pub use self::outcome::{Outcome, PartialHead, PartialSnapshot, Write};
pub use self::own_records::{OwnRecord, mark_of};
pub use self::peer::{PageSize, Peer};
pub use self::receiving::{Progress, ReceiveError};
use crate::admission::{Genuine, Rejection, inspect};
use crate::command::{Act, Command, CommandError};
use crate::documents::Author;
use crate::documents::log::{Log, Record};
use crate::exchange::{Cursor, Item};
use crate::ids::{Actor, DeviceId, DocumentRef, EntryRef, EventId, Incarnation, Revision};
use crate::time::{ClockReading, UnixMillis};
use crate::trust::{ConfirmedChain, Grant, KeyPair, Later, PublicKey, Scope, Signed};

/// The identity of a replica: its keys, its incarnation, and what home lets it do.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The device's key pair.
    pub key: KeyPair,
    /// The incarnation under which the device writes now.
    pub incarnation: Incarnation,
    /// What home said of the device.
    pub grant: Signed<Grant>,
    /// The public key of the home server.
    pub home: PublicKey,
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

/// Who hands an item over, and so by what it is judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Giver {
    /// This replica wrote it.
    Own,
    /// Home vouches for having admitted it, whoever carried it here.
    Home,
    /// Another device, whose word says nothing about the item.
    Device(DeviceId),
    /// Something under home's name that home did not sign.
    Unknown,
}

/// Stands for whoever gave what nobody vouches for: such items are offered to home like everybody's.
const UNKNOWN_GIVER: DeviceId = DeviceId([0; 16]);

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
    /// The chains that home confirmed, each up to a number.
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
        let event = kept.ledger.documents().event();
        let is_for_home_to_say = matches!(grant.scope, Scope::Node(_));
        if grant.key != identity.key.public() || !(is_for_home_to_say || grant.scope.covers(event)) {
            return Err(NotLetIn);
        }
        // A command is never written over one that is there, whatever became of the number.
        let last_draft = kept.drafts.iter().map(|draft| draft.id.saturating_add(1)).max().unwrap_or(0);
        let mut replica = Self {
            role: grant.role,
            ledger: kept.ledger,
            drafted: kept.drafts.iter().filter(|draft| draft.state == DraftState::Open).collect(),
            drafts: kept.drafts.into_iter().map(|draft| (draft.id, draft)).collect(),
            next_draft: kept.next_draft.max(last_draft),
            peers: kept.peers,
            confirmed: kept.confirmed.into_iter().map(|chain| ((chain.document, chain.actor), chain.seq)).collect(),
            partial: kept.partial,
            identity,
        };
        let mut writes = Vec::new();
        if !is_for_home_to_say {
            let own_grant = Item::Grant(replica.identity.grant.clone());
            replica.take(own_grant, Giver::Home, &mut writes).map_err(|_| NotLetIn)?;
        }
        if let Some(known) = replica.ledger.grant(replica.device()) {
            replica.role = known.role;
        }
        Ok(Outcome { writes, answer: replica })
    }

    /// The id of the event.
    #[must_use]
    pub const fn event(&self) -> EventId {
        self.ledger.documents().event()
    }

    /// The id of this device.
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

    /// The key by which this device signs what it prints.
    #[must_use]
    pub const fn key(&self) -> &KeyPair {
        &self.identity.key
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
        if !reading.is_possible() {
            return Err(CommandError::ImpossibleReading);
        }
        self.check(&command)?;
        Ok(self.draft(command, reading))
    }

    fn draft(&mut self, command: Command, reading: ClockReading) -> Outcome<Draft> {
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
        Outcome { writes: vec![Write::Draft(Box::new(draft.clone()))], answer: draft }
    }

    /// Performs several commands, all of them or none. A later one may refer to what an earlier one brings into being.
    ///
    /// # Errors
    /// See [`CommandError`], of the first command that cannot be performed; nothing was changed.
    pub fn perform_all(
        &mut self,
        commands: impl IntoIterator<Item = Command>,
        reading: ClockReading,
    ) -> Result<Outcome<Vec<Draft>>, CommandError> {
        let first = self.next_draft;
        let (mut writes, mut drafts) = (Vec::new(), Vec::new());
        for command in commands {
            match self.perform(command, reading) {
                Ok(performed) => {
                    writes.extend(performed.writes);
                    drafts.push(performed.answer);
                }
                Err(error) => {
                    self.drafts.split_off(&first);
                    self.next_draft = first;
                    self.drafted = self.open_drafts().collect();
                    return Err(error);
                }
            }
        }
        Ok(Outcome { writes, answer: drafts })
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

    /// Of a device that was revoked only home may bring anything new: it alone knows what an organizer decided.
    fn is_left_to_home(&self, item: &Item, giver: Giver) -> bool {
        let Item::Change(sealed) = item else { return false };
        let revoked = self.ledger.grant(sealed.device).and_then(|grant| grant.revoked);
        revoked.is_some_and(|revoked| revoked.later != Later::Accept)
            && matches!(giver, Giver::Device(_) | Giver::Unknown)
            && !inspect(sealed).is_ok_and(|change| matches!(self.ledger.vouch(&change), Ok(Genuine::AlreadyHad(_))))
    }

    fn take(&mut self, item: Item, giver: Giver, writes: &mut Vec<Write>) -> Result<Taken, Rejection> {
        if self.is_left_to_home(&item, giver) {
            return Err(Rejection::Revoked);
        }
        let (taken, origin) = match giver {
            Giver::Own => (self.ledger.take(&item)?, None),
            Giver::Home => (self.ledger.take_from_home(&item)?, Some(self.home())),
            Giver::Device(device) => (self.ledger.take(&item)?, Some(device)),
            Giver::Unknown => (self.ledger.take(&item)?, Some(UNKNOWN_GIVER)),
        };
        if let Taken::New { cursor, .. } = taken {
            writes.push(Write::Item(StoredItem { cursor, origin, item }));
        }
        Ok(taken)
    }

    fn is_confirmed(&self, draft: &Draft) -> bool {
        let Some(at) = draft.state.sealed_at() else { return false };
        let history = self.ledger.documents().history(&at.document);
        let here = history.and_then(|history| history.chain(&at.actor)?.at(at.seq));
        here.is_none_or(|here| *here == at.hash)
            && self.confirmed.get(&(at.document, at.actor)).is_some_and(|seq| *seq >= at.seq)
    }

    /// The devices that have taken the item with this revision, as far as this replica knows.
    #[must_use]
    pub fn carriers_of(&self, revision: Revision) -> Vec<DeviceId> {
        let has = |peer: &Peer| revision <= peer.sent_up_to && !peer.owed.contains(&revision);
        self.peers.iter().filter(|(_, peer)| has(peer)).map(|(device, _)| *device).collect()
    }

    /// How far another device was read; nothing, if it was never met.
    #[must_use]
    pub fn read_of(&self, peer: DeviceId) -> Option<Cursor> {
        self.peers.get(&peer).and_then(|peer| peer.cursor)
    }

    /// How many records are how safe: on this device alone, and with another device that home does not confirm yet.
    ///
    /// Anchors are not counted: nobody made them.
    #[must_use]
    pub fn unconfirmed(&self) -> Unconfirmed {
        let carriers: Vec<(Revision, BTreeSet<Revision>)> =
            self.peers.values().map(|peer| (peer.sent_up_to, peer.owed.iter().copied().collect())).collect();
        let is_carried =
            |at: Revision| carriers.iter().any(|(sent_up_to, owed)| at <= *sent_up_to && !owed.contains(&at));
        let mut count = Unconfirmed::default();
        for draft in self.drafts.values().filter(|draft| !matches!(draft.command, Command::Anchor(_))) {
            match &draft.state {
                DraftState::Sealed(at) if is_carried(at.revision) => count.carried += 1,
                DraftState::Open | DraftState::Sealed(_) => count.on_this_device += 1,
                DraftState::Held(_) => count.held += 1,
                DraftState::Parked(_) | DraftState::Barred(_) => count.parked += 1,
            }
        }
        count.on_this_device += self.recorded_but_not_at_home();
        count
    }

    /// How many records of this device's logs are neither confirmed nor to be performed again: home was restored from an
    /// older copy, and has not said yet that it has them again.
    fn recorded_but_not_at_home(&self) -> usize {
        let mut drafted: Option<HashSet<EntryRef>> = None;
        let mut count = 0;
        for log in self.ledger.documents().logs().filter(|log| log.device == self.device()) {
            let confirmed = self.confirmed_entries(log);
            let rest = log.entries.iter().zip(0..).skip(usize::try_from(confirmed).unwrap_or(usize::MAX));
            for (_, counter) in rest.filter(|(entry, _)| !matches!(entry.record, Record::Anchor(_))) {
                let drafted =
                    drafted.get_or_insert_with(|| self.drafts.values().filter_map(|draft| draft.entry).collect());
                count += usize::from(!drafted.contains(&log.entry_ref(counter)));
            }
        }
        count
    }

    /// How many entries of one of this device's logs home has confirmed, from the first on.
    #[must_use]
    pub fn confirmed_entries(&self, log: &Log) -> u64 {
        let document = DocumentRef::Log { device: log.device, incarnation: log.incarnation };
        let actor = Actor::of(document.id(self.event()), &self.identity.key.public().0, log.incarnation);
        let Some(seq) = self.confirmed.get(&(document, actor)) else { return 0 };
        self.ledger.documents().history(&document).map_or(0, |history| history.ops_up_to(&actor, *seq))
    }

    /// Whether home said, when it was last heard, that an organizer revoked this device.
    #[must_use]
    pub fn is_dismissed(&self) -> bool {
        self.peers.get(&self.home()).is_some_and(|home| home.has_dismissed_this_device)
    }

    /// Learns home's time: the first step of an exchange, before sealing. `reading` is one that a clock can give, see
    /// [`ClockReading::is_possible`].
    pub fn learn_home_time(&mut self, reading: ClockReading, home_ms: UnixMillis) -> Outcome<Draft> {
        self.draft(Command::Anchor(home_ms), reading)
    }
}
