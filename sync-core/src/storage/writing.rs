//! What each write of a replica changes in the rows of its device.

use std::collections::BTreeMap;

use super::transaction::Transaction;
use super::{Key, Storage};
use crate::documents::encode;
use crate::exchange::Cursor;
use crate::ids::{Actor, EventId, Incarnation, Revision};
use crate::replica::ledger::StoredItem;
use crate::replica::{Draft, DraftsOfNewEra, DropRefused, Dropped, EraChange, Write, redraft, set_aside};

impl<S: Storage> Transaction<'_, S> {
    /// Adds an outcome of a replica of `event`; what home refused of this device begins again in the incarnation `fresh`.
    pub fn write_all(&mut self, event: EventId, writes: &[Write], fresh: Incarnation) -> Result<(), S::Error> {
        if self.next_draft(event)?.is_none() {
            self.put_next_draft(event, 0);
        }
        writes.iter().try_for_each(|write| self.write(event, write, fresh))
    }

    fn write(&mut self, event: EventId, write: &Write, fresh: Incarnation) -> Result<(), S::Error> {
        match write {
            Write::Draft(draft) => self.write_draft(event, draft)?,
            Write::Item(stored) => self.put(Key::Item(event, stored.cursor.revision), stored),
            Write::Peer(device, peer) => self.put(Key::Peer(event, *device), peer),
            Write::Confirmed(chains) => {
                chains.iter().for_each(|chain| self.put(Key::Confirmed(event, chain.actor), chain));
            }
            Write::NothingConfirmed => self.remove_all(Key::Confirmed(event, Actor([0; 16])))?,
            Write::Done(ids) => ids.iter().for_each(|id| self.remove(Key::Draft(event, *id))),
            Write::NoPartialSnapshot => self.forget_partial(event)?,
            Write::PartBegun(partial) => {
                self.forget_partial(event)?;
                self.put(Key::PartialSnapshot(event), &partial.head());
                self.put_bytes(Key::Part(event, 0), partial.bytes.clone());
            }
            Write::PartAdded { offset, bytes } => self.put_bytes(Key::Part(event, *offset), bytes.clone()),
            Write::Snapshot(statement, bytes) => {
                self.put(Key::Statement(event), statement);
                self.put_bytes(Key::Snapshot(event), bytes.clone());
            }
            Write::Moved => self.write_move(event, fresh)?,
            Write::RecordedAgain(drafts) => {
                drafts.iter().try_for_each(|draft| self.write_draft(event, draft))?;
                self.begin_incarnation(None, fresh)?;
            }
            Write::Refused(refused) => self.write_refusal(event, refused, fresh)?,
        }
        Ok(())
    }

    fn write_draft(&mut self, event: EventId, draft: &Draft) -> Result<(), S::Error> {
        self.put(Key::Draft(event, draft.id), draft);
        if self.next_draft(event)?.unwrap_or(0) <= draft.id {
            self.put_next_draft(event, draft.id + 1);
        }
        Ok(())
    }

    fn forget_partial(&mut self, event: EventId) -> Result<(), S::Error> {
        self.remove(Key::PartialSnapshot(event));
        self.remove_all(Key::Part(event, 0))
    }

    /// Drops refused items and everything that was built on them or on what waits, and prepares this device's commands
    /// among them to be performed again.
    fn write_refusal(
        &mut self,
        event: EventId,
        refused: &BTreeMap<Revision, String>,
        fresh: Incarnation,
    ) -> Result<(), S::Error> {
        let peers = self.peers(event)?;
        let incarnation = self.batch.begins.unwrap_or(self.device.incarnation());
        let own = self.device.public_key().device();
        let mut dropping = DropRefused::new(own, incarnation, refused, set_aside(&peers));
        self.pass_all(event, |stored| dropping.pass(stored))?;
        let Dropped { codes, last, of_this_device } = dropping.dropped();
        if !codes.is_empty() {
            for (device, mut peer) in peers {
                peer.forget(|revision| codes.contains_key(revision), last);
                self.put(Key::Peer(event, device), &peer);
            }
        }
        if of_this_device { self.begin_incarnation(Some((event, &codes)), fresh) } else { Ok(()) }
    }

    /// Lets go of what belongs to the era before the snapshot's, or speaks of somebody who was erased.
    fn write_move(&mut self, event: EventId, fresh: Incarnation) -> Result<(), S::Error> {
        let home = self.device.home()?;
        let ledger = self.snapshot_ledger(event, home)?;
        let peers = self.peers(event)?;
        let known = peers.get(&home.device()).cloned().unwrap_or_default();
        let drafts = self.drafts(event)?;
        let mut era_change = EraChange::new(self.device.public_key().device(), &ledger, &known, &drafts);
        self.pass_all(event, |stored| era_change.pass(stored))?;
        for (device, mut peer) in peers {
            era_change.settle(&mut peer, device == home.device());
            self.put(Key::Peer(event, device), &peer);
        }
        let DraftsOfNewEra { reopened, done } = era_change.drafts(drafts);
        reopened.iter().try_for_each(|draft| self.write_draft(event, draft))?;
        done.iter().for_each(|id| self.remove(Key::Draft(event, *id)));
        self.batch.erases = true;
        if era_change.begins_anew() { self.begin_incarnation(None, fresh) } else { Ok(()) }
    }

    /// Passes every item in order: keeps it where it stands from now on, or lets go of it.
    fn pass_all(
        &mut self,
        event: EventId,
        mut pass: impl FnMut(&StoredItem) -> Option<Cursor>,
    ) -> Result<(), S::Error> {
        let mut changes = Vec::new();
        self.read_each(Key::Item(event, Revision(0)), |key, stored: StoredItem| {
            match pass(&stored) {
                None => changes.push((key, None)),
                Some(cursor) if cursor == stored.cursor => {}
                Some(cursor) => changes.push((key, Some(encode(&StoredItem { cursor, ..stored })))),
            }
            Ok(())
        })?;
        self.batch.changes.extend(changes);
        Ok(())
    }

    /// Begins an incarnation in every event at once: what waits to be sealed anywhere will stand in new logs. `refused`
    /// says which items of one event home refused, and why.
    pub fn begin_incarnation(
        &mut self,
        refused: Option<(EventId, &BTreeMap<Revision, String>)>,
        fresh: Incarnation,
    ) -> Result<(), S::Error> {
        let nothing = BTreeMap::new();
        for event in self.events()? {
            let refused = refused.filter(|(of, _)| *of == event).map_or(&nothing, |(_, codes)| codes);
            let redone = redraft(self.drafts(event)?, refused, fresh);
            redone.iter().try_for_each(|draft| self.write_draft(event, draft))?;
        }
        self.put_bytes(Key::Device, self.device.row(fresh, self.device.membership().cloned()));
        self.batch.begins = Some(fresh);
        Ok(())
    }
}
