//! A journal, or what could be saved of a damaged one.

use crate::ids::{EventId, Incarnation, Revision};
use crate::journal::{Journal, JournalError};
use crate::replica::answer::KeptSnapshot;
use crate::replica::ledger::StoredItem;
use crate::replica::{Kept as KeptEvent, Write};
use crate::storage::rows::Rows;
use crate::storage::{Membership, Storage};
use crate::trust::{KeyPair, PublicKey};

/// What an app works with.
pub(super) enum Kept {
    /// A journal, on disk.
    Journal(Box<Journal>),
    /// What could be saved, in memory: it goes away with the app.
    Salvaged(Box<Rows>),
}

impl Storage for Kept {
    type Error = JournalError;

    fn key(&self) -> &KeyPair {
        match self {
            Self::Journal(journal) => Storage::key(&**journal),
            Self::Salvaged(rows) => rows.key(),
        }
    }

    fn incarnation(&self) -> Incarnation {
        match self {
            Self::Journal(journal) => journal.incarnation(),
            Self::Salvaged(rows) => rows.incarnation(),
        }
    }

    fn membership(&self) -> Option<&Membership> {
        match self {
            Self::Journal(journal) => Storage::membership(&**journal),
            Self::Salvaged(rows) => rows.membership(),
        }
    }

    fn join(&mut self, membership: Membership) -> Result<(), JournalError> {
        match self {
            Self::Journal(journal) => Storage::join(&mut **journal, membership),
            Self::Salvaged(rows) => Ok(rows.join(membership)?),
        }
    }

    fn events(&self) -> Result<Vec<EventId>, JournalError> {
        match self {
            Self::Journal(journal) => Storage::events(&**journal),
            Self::Salvaged(rows) => Ok(rows.events()?),
        }
    }

    fn kept(&self, event: EventId, home: PublicKey) -> Result<KeptEvent, JournalError> {
        match self {
            Self::Journal(journal) => Storage::kept(&**journal, event, home),
            Self::Salvaged(rows) => Ok(rows.kept(event, home)?),
        }
    }

    fn snapshot(&self, event: EventId) -> Result<Option<KeptSnapshot>, JournalError> {
        match self {
            Self::Journal(journal) => journal.snapshot(event),
            Self::Salvaged(rows) => Ok(rows.snapshot(event)?),
        }
    }

    fn items_after(
        &self,
        event: EventId,
        revision: Revision,
        limit_bytes: usize,
    ) -> Result<Vec<StoredItem>, JournalError> {
        match self {
            Self::Journal(journal) => journal.items_after(event, revision, limit_bytes),
            Self::Salvaged(rows) => Ok(rows.items_after(event, revision, limit_bytes)?),
        }
    }

    fn commit(&mut self, event: EventId, writes: &[Write], fresh: Incarnation) -> Result<(), JournalError> {
        match self {
            Self::Journal(journal) => Storage::commit(&mut **journal, event, writes, fresh),
            Self::Salvaged(rows) => Ok(rows.commit(event, writes, fresh)?),
        }
    }
}
