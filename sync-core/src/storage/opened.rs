//! A replica with the device that keeps it.

use super::{Device, Outside, Storage};
use crate::exchange::{Request, Response};
use crate::ids::{DeviceId, EventId, Incarnation, Revision};
use crate::replica::answer::{AnswerError, Asker};
use crate::replica::ledger::{ItemSource, StoredItem};
use crate::replica::reading::Hidden;
use crate::replica::{Asked, Identity, NotLetIn, Outcome, Replica, Write};

/// The items of one event of a device.
struct EventItems<'a, S> {
    device: &'a Device<S>,
    event: EventId,
}

impl<S: Storage> ItemSource for EventItems<'_, S> {
    type Error = S::Error;

    fn items_after(&self, revision: Revision, limit_bytes: usize) -> Result<Vec<StoredItem>, S::Error> {
        self.device.items_after(self.event, revision, limit_bytes)
    }
}

/// A replica with what it is kept in. Everything it answers is kept.
pub struct Opened<S> {
    device: Device<S>,
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
    pub fn open(mut device: Device<S>, event: EventId, next_incarnation: Incarnation) -> Result<Self, S::Error> {
        let replica = load(&mut device, event)?;
        Ok(Self { device, replica, next_incarnation, is_ahead: false })
    }

    /// The replica, to look at. Whatever changes it goes through [`Opened::act`].
    #[must_use]
    pub const fn replica(&self) -> &Replica {
        &self.replica
    }

    /// What it is kept in.
    #[must_use]
    pub const fn journal(&self) -> &Device<S> {
        &self.device
    }

    /// What it is kept in, to hand over what it has queued. What is written past the replica is not seen by it.
    pub const fn journal_mut(&mut self) -> &mut Device<S> {
        &mut self.device
    }

    /// Lets go of the replica.
    #[must_use]
    pub fn into_journal(self) -> Device<S> {
        self.device
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
            self.replica = load(&mut self.device, self.replica.event())?;
            self.is_ahead = false;
        }
        Ok(())
    }

    fn keep(&mut self, writes: &[Write]) -> Result<(), S::Error> {
        if self.device.incarnation() == self.next_incarnation {
            self.next_incarnation = self.next_incarnation.following();
        }
        let committed = self.device.commit(self.replica.event(), writes, self.next_incarnation);
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
    pub fn ask(&self, peer: DeviceId, want_bytes: u32) -> Result<Asked, S::Error> {
        let items = EventItems { device: &self.device, event: self.replica.event() };
        self.replica.ask(peer, &items, want_bytes)
    }

    /// Writes a page of a bundle for whoever reads as `reader` says, from where `request` stands.
    ///
    /// # Errors
    /// What the storage reports.
    pub fn bundle_page(&self, reader: &Hidden, request: &Request) -> Result<Response, S::Error> {
        let items = EventItems { device: &self.device, event: self.replica.event() };
        self.replica.bundle_page(reader, request, &items, || self.device.snapshot(items.event))
    }

    /// Answers another device's request, after what it brought is kept; see [`Replica::answer`].
    ///
    /// # Errors
    /// See [`AnswerError`], and what the storage reports.
    pub fn answer(&mut self, asker: &Asker<'_>) -> Result<Response, AnswerError<S::Error>> {
        self.catch_up().map_err(AnswerError::Source)?;
        let items = EventItems { device: &self.device, event: self.replica.event() };
        let snapshot = || self.device.snapshot(items.event);
        let Outcome { writes, answer } = self.replica.answer(asker, &items, snapshot)?;
        self.keep(&writes).map_err(AnswerError::Source)?;
        Ok(answer)
    }
}

fn load<S: Storage>(device: &mut Device<S>, event: EventId) -> Result<Replica, S::Error> {
    device.refresh()?;
    let Outcome { writes, answer } = read(device, event)?;
    device.commit(event, &writes, Incarnation([0; 8]))?;
    Ok(answer)
}

fn read<S: Storage>(device: &Device<S>, event: EventId) -> Result<Outcome<Replica>, S::Error> {
    let membership = device.membership().ok_or(Outside::NotJoined)?;
    let home = membership.home;
    let grant = membership.grant_for(event).cloned().ok_or(Outside::NotLetIn)?;
    let identity = Identity { key: device.key().clone(), incarnation: device.incarnation(), grant, home };
    let kept = device.kept(event, home)?;
    Ok(Replica::open(identity, kept).map_err(|NotLetIn| Outside::NotLetIn)?)
}

impl<S: Storage> Device<S> {
    /// Reads the replica of an event in which the device does not work now, to look at; `None` where it was not let in there.
    /// Nothing is written.
    ///
    /// # Errors
    /// What the storage reports.
    pub fn look_into(&self, event: EventId) -> Result<Option<Replica>, S::Error> {
        let is_let_in = self.membership().is_some_and(|membership| membership.grant_for(event).is_some());
        if is_let_in { Ok(Some(read(self, event)?.answer)) } else { Ok(None) }
    }
}
