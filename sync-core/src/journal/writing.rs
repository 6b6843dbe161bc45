//! What a replica asks to have written, each outcome as one transaction.

use std::collections::BTreeMap;

use rusqlite::params;

use super::error::medium;
use super::items::EventItems;
use super::sealed::Row;
use super::{Journal, JournalError, note_incarnation};
use crate::documents::encode;
use crate::exchange::Cursor;
use crate::ids::{EventId, Incarnation, Revision};
use crate::replica::ledger::{ItemSource, StoredItem};
use crate::replica::{Draft, Dropped, Move, MovedDrafts, Sieve, Write, redraft, set_aside};
use crate::storage::Outside;
use crate::trust::{Signed, SnapshotStatement};

impl Journal {
    /// Writes an outcome of a replica of `event`, all of it or nothing.
    pub(super) fn commit(&mut self, event: EventId, writes: &[Write], fresh: Incarnation) -> Result<(), JournalError> {
        if writes.is_empty() {
            return Ok(());
        }
        let tx = self.db.unchecked_transaction().map_err(|error| medium(&self.path, &error))?;
        self.execute("INSERT OR IGNORE INTO events (event) VALUES (?1)", params![event.0])?;
        let mut begun = None;
        for write in writes {
            let begins = match write {
                Write::Refused(refused) => self.write_refusal(event, refused, fresh)?,
                Write::Moved => self.write_move(event, fresh)?,
                Write::RecordedAgain(drafts) => {
                    drafts.iter().try_for_each(|draft| self.write_draft(event, draft))?;
                    self.write_incarnation(None, fresh)?;
                    true
                }
                other => self.write(event, other).map(|()| false)?,
            };
            if begins {
                begun = Some(fresh);
            }
        }
        tx.commit().map_err(|error| medium(&self.path, &error))?;
        if let Some(fresh) = begun {
            self.incarnation = fresh;
            note_incarnation(&self.incarnation_path, fresh)?;
        }
        if writes.contains(&Write::Moved) {
            self.forget_what_was_written_over()?;
        }
        Ok(())
    }

    /// What is deleted is overwritten with zeros in the file, and so is what the log beside it still held.
    pub(super) fn forget_what_was_written_over(&self) -> Result<(), JournalError> {
        let truncated = self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        truncated.map_err(|error| medium(&self.path, &error))
    }

    pub(super) fn write(&self, event: EventId, write: &Write) -> Result<(), JournalError> {
        match write {
            Write::Draft(draft) => self.write_draft(event, draft),
            Write::Item(stored) => self.execute(
                "INSERT INTO items (event, revision, digest, origin, item) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    event.0,
                    stored.cursor.revision.0.cast_signed(),
                    stored.cursor.digest,
                    stored.origin.map(|device| device.0),
                    Row::Item(event, stored.cursor.revision, stored.origin).seal(&stored.item)
                ],
            ),
            Write::Peer(device, peer) => self.execute(
                "INSERT INTO peers (event, peer, state) VALUES (?1, ?2, ?3)
                 ON CONFLICT (event, peer) DO UPDATE SET state = excluded.state",
                params![event.0, device.0, Row::Peer(event, *device).seal(peer)],
            ),
            Write::Confirmed(chains) => chains.iter().try_for_each(|chain| {
                self.execute(
                    "INSERT INTO confirmed (event, actor, chain) VALUES (?1, ?2, ?3)
                     ON CONFLICT (event, actor) DO UPDATE SET chain = excluded.chain",
                    params![event.0, chain.actor.0, Row::Confirmed(event, chain.actor).seal(chain)],
                )
            }),
            Write::NothingConfirmed => self.execute("DELETE FROM confirmed WHERE event = ?1", params![event.0]),
            Write::Done(ids) => ids.iter().try_for_each(|id| {
                self.execute("DELETE FROM drafts WHERE event = ?1 AND id = ?2", params![event.0, id.cast_signed()])
            }),
            Write::NoPartialSnapshot => self.forget_partial(event),
            Write::PartBegun(partial) => {
                self.forget_partial(event)?;
                self.execute(
                    "UPDATE events SET partial = ?2 WHERE event = ?1",
                    params![event.0, Row::Partial(event).seal(&partial.head())],
                )?;
                self.write_part(event, 0, &partial.bytes)
            }
            Write::PartAdded { offset, bytes } => self.write_part(event, *offset, bytes),
            Write::Snapshot(statement, bytes) => self.write_snapshot(event, statement, bytes),
            Write::Moved | Write::RecordedAgain(_) | Write::Refused(_) => Ok(()),
        }
    }

    fn write_part(&self, event: EventId, start: u64, bytes: &[u8]) -> Result<(), JournalError> {
        self.execute(
            "INSERT INTO parts (event, start, bytes) VALUES (?1, ?2, ?3)",
            params![event.0, start.cast_signed(), bytes],
        )
    }

    fn forget_partial(&self, event: EventId) -> Result<(), JournalError> {
        self.execute("UPDATE events SET partial = NULL WHERE event = ?1", params![event.0])?;
        self.execute("DELETE FROM parts WHERE event = ?1", params![event.0])
    }

    pub(super) fn write_draft(&self, event: EventId, draft: &Draft) -> Result<(), JournalError> {
        self.execute(
            "INSERT INTO drafts (event, id, draft) VALUES (?1, ?2, ?3)
             ON CONFLICT (event, id) DO UPDATE SET draft = excluded.draft",
            params![event.0, draft.id.cast_signed(), Row::Draft(event, draft.id).seal(draft)],
        )?;
        self.execute(
            "UPDATE events SET next_draft = max(next_draft, ?2) WHERE event = ?1",
            params![event.0, draft.id.cast_signed() + 1],
        )
    }

    pub(super) fn write_snapshot(
        &self,
        event: EventId,
        statement: &Signed<SnapshotStatement>,
        bytes: &[u8],
    ) -> Result<(), JournalError> {
        self.execute(
            "UPDATE events SET snapshot = ?2, statement = ?3 WHERE event = ?1",
            params![event.0, bytes, encode(statement)],
        )
    }

    /// Drops refused items and everything that was built on them or on what waits, and prepares this device's commands
    /// among them to be performed again. Returns whether there were any.
    fn write_refusal(
        &self,
        event: EventId,
        refused: &BTreeMap<Revision, String>,
        fresh: Incarnation,
    ) -> Result<bool, JournalError> {
        let (own, aside) = (self.key.public().device(), set_aside(&self.peers(event)?));
        let mut sieve = Sieve::new(own, self.incarnation, refused, aside);
        self.pass_all(event, |stored| sieve.pass(stored))?;
        let Dropped { codes, last, of_this_device } = sieve.dropped();
        if !codes.is_empty() {
            for (device, mut peer) in self.peers(event)? {
                peer.forget(|revision| codes.contains_key(revision), last);
                self.write(event, &Write::Peer(device, peer))?;
            }
        }
        if of_this_device {
            self.write_incarnation(Some((event, &codes)), fresh)?;
        }
        Ok(of_this_device)
    }

    /// Lets go of what belongs to the era before the snapshot's, or speaks of who was erased. Returns whether a new
    /// incarnation was begun.
    fn write_move(&self, event: EventId, fresh: Incarnation) -> Result<bool, JournalError> {
        let membership = self.membership.as_ref().ok_or(Outside::NotJoined)?;
        let ledger = self.snapshot_ledger(event, membership.home)?;
        let peers = self.peers(event)?;
        let home = membership.home.device();
        let known = peers.get(&home).cloned().unwrap_or_default();
        let drafts = self.drafts(event)?;
        let mut moving = Move::new(self.key.public().device(), &ledger, &known, &drafts);
        self.pass_all(event, |stored| moving.pass(stored))?;
        for (device, mut peer) in peers {
            moving.settle(&mut peer, device == home);
            self.write(event, &Write::Peer(device, peer))?;
        }
        let MovedDrafts { reopened, done } = moving.drafts(drafts);
        reopened.iter().try_for_each(|draft| self.write_draft(event, draft))?;
        self.write(event, &Write::Done(done))?;
        if moving.begins_anew() {
            self.write_incarnation(None, fresh)?;
        }
        Ok(moving.begins_anew())
    }

    /// Passes every item in order: keeps it where it stands from now on, or lets go of it.
    fn pass_all(
        &self,
        event: EventId,
        mut pass: impl FnMut(&StoredItem) -> Option<Cursor>,
    ) -> Result<(), JournalError> {
        let items = EventItems { journal: self, event };
        let mut at = Revision(0);
        loop {
            let page = items.items_after(at, 1 << 20)?;
            let Some(last) = page.last() else { return Ok(()) };
            at = last.cursor.revision;
            for stored in &page {
                let revision = stored.cursor.revision.0.cast_signed();
                match pass(stored) {
                    None => self
                        .execute("DELETE FROM items WHERE event = ?1 AND revision = ?2", params![event.0, revision])?,
                    Some(cursor) => self.execute(
                        "UPDATE items SET digest = ?3 WHERE event = ?1 AND revision = ?2",
                        params![event.0, revision, cursor.digest],
                    )?,
                }
            }
        }
    }

    /// Begins an incarnation in every event at once: what waits to be sealed anywhere will stand in new logs.
    pub(super) fn write_incarnation(
        &self,
        refused: Option<(EventId, &BTreeMap<Revision, String>)>,
        fresh: Incarnation,
    ) -> Result<(), JournalError> {
        let nothing = BTreeMap::new();
        for event in self.events()? {
            let refused = refused.filter(|(of, _)| *of == event).map_or(&nothing, |(_, codes)| codes);
            let redone = redraft(self.drafts(event)?, refused, fresh);
            redone.iter().try_for_each(|draft| self.write_draft(event, draft))?;
        }
        self.change_device(|row| row.incarnation = fresh.0.to_vec())
    }
}
