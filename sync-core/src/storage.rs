//! What a device keeps, behind one small interface, and a replica that never answers before it is kept.
//!
//! A platform has one of two kinds of storage. SQLite writes when it is told to: [`crate::journal`] is such a storage.
//! A browser's IndexedDB writes some time later, and says so. The core stays synchronous for both: a storage that
//! cannot write at once applies what it is given to the rows it holds in memory, queues the same rows as one batch,
//! and returns. Its shell then gives the batch to the platform, waits until the platform says that it is durable, and
//! only then tells the person "saved". If the platform fails, the shell throws the replica away and opens it anew from
//! what the platform has. So nothing above this module knows which kind it works with, and no promise is weakened.

pub(crate) mod checksum;
pub mod rows;
pub(crate) mod salvage;
pub(crate) mod wipe;

pub use self::wipe::WipeError;
use crate::exchange::{Request, Response};
use crate::ids::{EventId, Incarnation, Revision};
use crate::replica::answer::{AnswerError, Asker, KeptSnapshot};
use crate::replica::ledger::{ItemSource, StoredItem};
use crate::replica::reading::Hidden;
use crate::replica::{Asked, Identity, Kept, NotLetIn, Outcome, Replica, Write};
use crate::trust::{Grant, KeyPair, PublicKey, Scope, Signed};

/// Where a device belongs: its home server, and what home lets it do.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The home server's key.
    pub home: PublicKey,
    /// The address of the home server, without a trailing slash.
    pub url: String,
    /// What home said of this device: a grant for each scope.
    pub grants: Vec<Signed<Grant>>,
}

impl Membership {
    /// The grants that home signed, with what they say.
    pub fn granted(&self) -> impl Iterator<Item = (Grant, &Signed<Grant>)> {
        self.grants.iter().filter_map(|signed| Some((signed.verify(&self.home).ok()?, signed)))
    }

    /// The grant under which the device works in an event; `None` if it was not let in there.
    ///
    /// Of several that cover the event the newest counts, as for every replica. Where none covers it for sure, one for a
    /// node may: home says so when the device comes.
    #[must_use]
    pub fn grant_for(&self, event: EventId) -> Option<&Signed<Grant>> {
        let covering = self.granted().filter(|(grant, _)| grant.scope.covers(event));
        let newest = covering.max_by_key(|(grant, _)| grant.issued);
        let of_a_node = || self.granted().find(|(grant, _)| matches!(grant.scope, Scope::Node(_)));
        newest.or_else(of_a_node).map(|(_, signed)| signed)
    }

    /// The one event into which the device was let; `None` if there may be several.
    #[must_use]
    pub fn only_event(&self) -> Option<EventId> {
        let mut events = self.granted().map(|(grant, _)| grant.scope.event());
        let only = events.next().flatten()?;
        events.all(|event| event == Some(only)).then_some(only)
    }
}

/// Why a device has no replica of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Outside {
    /// It has not joined yet.
    #[error("this device has not joined: open an invite link first")]
    NotJoined,
    /// It was let in, but not into this event.
    #[error("this device was not let into this event: ask for an invite to it")]
    NotLetIn,
}

/// What a device keeps: its identity and its events.
pub trait Storage {
    /// What reading and writing can fail with.
    type Error: std::error::Error + From<Outside>;

    /// The device's keys: the secret one signs, the public one is who the device is.
    fn key(&self) -> &KeyPair;

    /// The incarnation under which the device writes now.
    fn incarnation(&self) -> Incarnation;

    /// Where the device belongs; `None` before it joined.
    fn membership(&self) -> Option<&Membership>;

    /// Notes that home let this device in. Repeating it replaces the grants.
    ///
    /// # Errors
    /// Another home, or whatever the medium reports.
    fn join(&mut self, membership: Membership) -> Result<(), Self::Error>;

    /// The events of which something is kept.
    ///
    /// # Errors
    /// Whatever the medium reports.
    fn events(&self) -> Result<Vec<EventId>, Self::Error>;

    /// Everything that is kept of an event, at the home that holds `home`'s secret half.
    ///
    /// # Errors
    /// Whatever the medium reports, or that it gave back something else than what was written.
    fn kept(&self, event: EventId, home: PublicKey) -> Result<Kept, Self::Error>;

    /// The snapshot that an event began with; `None` if it began without.
    ///
    /// # Errors
    /// Whatever the medium reports.
    fn snapshot(&self, event: EventId) -> Result<Option<KeptSnapshot>, Self::Error>;

    /// Returns items of an event after `revision`; see [`ItemSource::items_after`].
    ///
    /// # Errors
    /// Whatever the medium reports.
    fn items_after(
        &self,
        event: EventId,
        revision: Revision,
        limit_bytes: usize,
    ) -> Result<Vec<StoredItem>, Self::Error>;

    /// Keeps an outcome of a replica of `event`, all of it or nothing. `fresh` is the incarnation that begins if home
    /// refused something.
    ///
    /// # Errors
    /// Whatever the medium reports; nothing was kept.
    fn commit(&mut self, event: EventId, writes: &[Write], fresh: Incarnation) -> Result<(), Self::Error>;
}

/// The items of one event in a storage.
struct EventItems<'a, S> {
    storage: &'a S,
    event: EventId,
}

impl<S: Storage> ItemSource for EventItems<'_, S> {
    type Error = S::Error;

    fn items_after(&self, revision: Revision, limit_bytes: usize) -> Result<Vec<StoredItem>, S::Error> {
        self.storage.items_after(self.event, revision, limit_bytes)
    }
}

/// A replica with what it is kept in. Everything it answers is kept.
pub struct Opened<S> {
    storage: S,
    replica: Replica,
    next_incarnation: Incarnation,
    /// Something was not kept, and what is kept could not be read again: the replica is ahead of its storage.
    is_ahead: bool,
}

impl<S: Storage> Opened<S> {
    /// Opens the replica of one event.
    ///
    /// `next_incarnation` is drawn at random; it is used if home refuses what this device wrote, and those that follow
    /// it if that happens again.
    ///
    /// # Errors
    /// [`Outside`], and what the storage reports.
    pub fn open(mut storage: S, event: EventId, next_incarnation: Incarnation) -> Result<Self, S::Error> {
        let replica = load(&mut storage, event)?;
        Ok(Self { storage, replica, next_incarnation, is_ahead: false })
    }

    /// The replica, to look at. Whatever changes it goes through [`Opened::act`].
    #[must_use]
    pub const fn replica(&self) -> &Replica {
        &self.replica
    }

    /// What it is kept in.
    #[must_use]
    pub const fn journal(&self) -> &S {
        &self.storage
    }

    /// What it is kept in, to hand over what it has queued. What is written past the replica is not seen by it.
    pub const fn journal_mut(&mut self) -> &mut S {
        &mut self.storage
    }

    /// Lets go of the replica.
    #[must_use]
    pub fn into_journal(self) -> S {
        self.storage
    }

    /// Lets the replica act, and keeps what comes of it before anyone learns the answer.
    ///
    /// # Errors
    /// What `act` reports; or what the storage does, in which case nothing of it was kept, and memory is as the storage
    /// is.
    pub fn act<T, E: From<S::Error>>(
        &mut self,
        act: impl FnOnce(&mut Replica) -> Result<Outcome<T>, E>,
    ) -> Result<T, E> {
        self.catch_up()?;
        let Outcome { writes, answer } = act(&mut self.replica)?;
        self.keep(&writes)?;
        Ok(answer)
    }

    /// What goes on from something that was not kept could not be read again.
    fn catch_up(&mut self) -> Result<(), S::Error> {
        if self.is_ahead {
            self.replica = load(&mut self.storage, self.replica.event())?;
            self.is_ahead = false;
        }
        Ok(())
    }

    fn keep(&mut self, writes: &[Write]) -> Result<(), S::Error> {
        let committed = self.storage.commit(self.replica.event(), writes, self.next_incarnation);
        if self.storage.incarnation() == self.next_incarnation {
            self.next_incarnation = self.next_incarnation.following();
        }
        let must_reopen =
            writes.iter().any(|write| matches!(write, Write::Snapshot(..) | Write::Moved | Write::Refused(_)));
        self.is_ahead = committed.is_err() || must_reopen;
        self.catch_up()?;
        committed
    }

    /// Writes the next request to a peer; see [`Replica::ask`].
    ///
    /// # Errors
    /// What the storage reports.
    pub fn ask(&self, peer: crate::ids::DeviceId, want_bytes: u32) -> Result<Asked, S::Error> {
        let items = EventItems { storage: &self.storage, event: self.replica.event() };
        self.replica.ask(peer, &items, want_bytes)
    }

    /// Writes a page of a bundle for whoever reads as `reader` says, from where `request` stands.
    ///
    /// # Errors
    /// What the storage reports.
    pub fn bundle_page(&self, reader: &Hidden, request: &Request) -> Result<Response, S::Error> {
        let items = EventItems { storage: &self.storage, event: self.replica.event() };
        self.replica.bundle_page(reader, request, &items, || self.storage.snapshot(items.event))
    }

    /// Answers another device's request, after what it brought is kept; see [`Replica::answer`].
    ///
    /// # Errors
    /// See [`AnswerError`], and what the storage reports.
    pub fn answer(&mut self, asker: &Asker<'_>) -> Result<Response, AnswerError<S::Error>> {
        self.catch_up().map_err(AnswerError::Source)?;
        let items = EventItems { storage: &self.storage, event: self.replica.event() };
        let snapshot = || self.storage.snapshot(items.event);
        let Outcome { writes, answer } = self.replica.answer(asker, &items, snapshot)?;
        self.keep(&writes).map_err(AnswerError::Source)?;
        Ok(answer)
    }
}

fn load<S: Storage>(storage: &mut S, event: EventId) -> Result<Replica, S::Error> {
    let membership = storage.membership().ok_or(Outside::NotJoined)?;
    let home = membership.home;
    let grant = membership.grant_for(event).cloned().ok_or(Outside::NotLetIn)?;
    let identity = Identity { key: storage.key().clone(), incarnation: storage.incarnation(), grant, home };
    let kept = storage.kept(event, home)?;
    let Outcome { writes, answer } = Replica::open(identity, kept).map_err(|NotLetIn| Outside::NotLetIn)?;
    storage.commit(event, &writes, Incarnation([0; 8]))?;
    Ok(answer)
}
