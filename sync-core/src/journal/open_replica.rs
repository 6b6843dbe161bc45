//! A replica and its journal, held together.

use super::items::EventItems;
use super::{Journal, JournalError};
use crate::ids::{DeviceId, EventId, Incarnation};
use crate::replica::{Asked, NotLetIn, Outcome, Replica, Write};

/// A replica with its journal: what an app holds. Everything it answers is durable.
pub struct OpenReplica {
    journal: Journal,
    replica: Replica,
    next_incarnation: Incarnation,
}

impl OpenReplica {
    /// Opens the replica of one event.
    ///
    /// `next_incarnation` is drawn at random; it is used if home refuses what this device wrote, and those that follow
    /// it if that happens again.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn open(mut journal: Journal, event: EventId, next_incarnation: Incarnation) -> Result<Self, JournalError> {
        let replica = load(&mut journal, event)?;
        Ok(Self { journal, replica, next_incarnation })
    }

    /// The replica's state.
    #[must_use]
    pub const fn replica(&self) -> &Replica {
        &self.replica
    }

    /// The journal.
    #[must_use]
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Lets go of the replica.
    #[must_use]
    pub fn into_journal(self) -> Journal {
        self.journal
    }

    /// Lets the replica act, and makes durable what comes of it before anyone learns the answer.
    ///
    /// # Errors
    /// What `act` reports; or a [`JournalError`], in which case nothing of it was kept, and memory is as the journal is.
    pub fn act<T, E: From<JournalError>>(
        &mut self,
        act: impl FnOnce(&mut Replica) -> Result<Outcome<T>, E>,
    ) -> Result<T, E> {
        let Outcome { writes, answer } = act(&mut self.replica)?;
        let event = self.replica.event();
        let committed = self.journal.commit(event, &writes, self.next_incarnation);
        if self.journal.incarnation == self.next_incarnation {
            self.next_incarnation = self.next_incarnation.following();
        }
        let must_reopen = writes.iter().any(|write| matches!(write, Write::Snapshot(..) | Write::Refused(_)));
        if committed.is_err() || must_reopen {
            self.replica = load(&mut self.journal, event)?;
        }
        committed?;
        Ok(answer)
    }

    /// Writes the next request to a peer; see [`Replica::ask`].
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn ask(&self, peer: DeviceId, want_bytes: u32) -> Result<Asked, JournalError> {
        let items = EventItems { journal: &self.journal, event: self.replica.event() };
        self.replica.ask(peer, &items, want_bytes)
    }
}

fn load(journal: &mut Journal, event: EventId) -> Result<Replica, JournalError> {
    let identity = journal.identity()?;
    let kept = journal.kept(event, identity.home)?;
    let Outcome { writes, answer } = Replica::open(identity, kept).map_err(|NotLetIn| JournalError::NotLetIn)?;
    journal.commit(event, &writes, Incarnation([0; 8]))?;
    Ok(answer)
}
