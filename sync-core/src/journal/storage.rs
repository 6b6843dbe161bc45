//! A journal as what a replica is kept in: each call reaches the disk before it returns.

use rusqlite::{OptionalExtension, params};

use super::error::{decode, medium};
use super::items::EventItems;
use super::{Journal, JournalError};
use crate::ids::{EventId, Incarnation, Revision};
use crate::replica::answer::KeptSnapshot;
use crate::replica::ledger::{ItemSource, StoredItem};
use crate::replica::{Kept, Write};
use crate::storage::{Membership, Storage};
use crate::trust::{KeyPair, PublicKey};

impl Storage for Journal {
    type Error = JournalError;

    fn key(&self) -> &KeyPair {
        &self.key
    }

    fn incarnation(&self) -> Incarnation {
        self.incarnation
    }

    fn membership(&self) -> Option<&Membership> {
        self.membership.as_ref()
    }

    fn join(&mut self, membership: Membership) -> Result<(), JournalError> {
        Self::join(self, membership)
    }

    fn events(&self) -> Result<Vec<EventId>, JournalError> {
        Self::events(self)
    }

    fn kept(&self, event: EventId, home: PublicKey) -> Result<Kept, JournalError> {
        Self::kept(self, event, home)
    }

    fn snapshot(&self, event: EventId) -> Result<Option<KeptSnapshot>, JournalError> {
        let sql = "SELECT statement, snapshot FROM events WHERE event = ?1 AND snapshot IS NOT NULL";
        let row = self.db.query_row(sql, params![event.0], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?)));
        let row = row.optional().map_err(|error| medium(&self.path, &error))?;
        row.map(|(statement, bytes)| Ok((decode(&self.path, "a snapshot's statement", &statement)?, bytes))).transpose()
    }

    fn items_after(
        &self,
        event: EventId,
        revision: Revision,
        limit_bytes: usize,
    ) -> Result<Vec<StoredItem>, JournalError> {
        EventItems { journal: self, event }.items_after(revision, limit_bytes)
    }

    fn commit(&mut self, event: EventId, writes: &[Write], fresh: Incarnation) -> Result<(), JournalError> {
        Self::commit(self, event, writes, fresh)
    }
}
