//! Events in memory: items, snapshots, and what waits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sync_core::exchange::{Cursor, Item};
use sync_core::ids::{ChangeHash, DeviceId, DocumentRef, Incarnation, NodeId, Revision};
use sync_core::replica::ledger::{LateLink, StoredItem};

use super::{State, taken};
use crate::store::StoreError;
use crate::store::batch::Batch;
use crate::store::commit::PartialSnapshotRow;
use crate::store::erasing::FoundedRow;
use crate::store::home::RetentionNotice;
use crate::store::items::{SAID_LIMIT, Said, SnapshotRow, Turn};
use crate::store::quarantine::{CLONES_LIMIT, Cloned, Decided, Decision, HeldChange, HeldRow, SetAside};
use crate::store::reads::ItemPage;
use crate::store::sessions::Performed;

/// An event.
#[derive(Clone, Default, Debug)]
pub(super) struct Event {
    pub node: Option<NodeId>,
    pub turn: Turn,
    pub floor: Revision,
    pub items: BTreeMap<Revision, Arc<Stored>>,
    pub snapshot: Option<Arc<SnapshotRow>>,
    /// By the rule by which they are read.
    pub partial: BTreeMap<[u8; 8], Arc<PartialSnapshotRow>>,
    pub late: Vec<LateLink>,
    pub marks: BTreeSet<[u8; 16]>,
    pub said: BTreeMap<(DeviceId, Incarnation), u64>,
    pub performed: BTreeMap<(DeviceId, String), ([u8; 32], Revision)>,
    /// The oldest first.
    pub held: Vec<Arc<Waiting>>,
    pub discarded: BTreeMap<ChangeHash, Discarded>,
    /// Which device wrote two changes under one number, by the hash of the second.
    pub clones: BTreeMap<ChangeHash, DeviceId>,
    pub notice: Option<RetentionNotice>,
}

#[derive(Debug)]
pub(super) struct Stored {
    cursor: Cursor,
    origin: Option<DeviceId>,
    /// Nothing is left of an item from before the event was founded again.
    item: Option<Item>,
    bytes: usize,
}

/// A change that waits for an organizer.
#[derive(Debug)]
pub(super) struct Waiting {
    pub row: HeldRow,
    pub bytes: usize,
    log: Option<Incarnation>,
    entries: u64,
}

/// What is remembered of a change that an organizer refused for good.
#[derive(Clone, Debug)]
pub(super) struct Discarded {
    author: DeviceId,
    log: Option<Incarnation>,
    entries: u64,
}

fn length(item: &Item) -> usize {
    minicbor::to_vec(item).expect("writing to memory does not fail").len()
}

impl State {
    pub(super) fn keep_batch(&mut self, batch: Batch) -> Result<(), StoreError> {
        self.event_mut(batch.event)?.take_turn(batch.turn)?;
        batch.believed.iter().try_for_each(|believed| self.require_believed(*believed))?;
        let event = self.event_mut(batch.event)?;
        event.keep_items(batch.items)?;
        event.late.extend(batch.late);
        batch.said.into_iter().for_each(|said| event.note_said(said));
        batch.held.into_iter().for_each(|held| event.hold_back(held));
        event.held.retain(|held| !batch.let_in.contains(&held.row.hash));
        batch.cloned.iter().for_each(|cloned| event.note_clone(cloned));
        batch.performed.map_or(Ok(()), |performed| event.note_performed(performed))?;
        let Some(Decided { changes, deed, act, verdict }) = batch.decided else { return Ok(()) };
        event.decide(&changes, verdict);
        self.write_down(deed, &act)
    }

    pub(super) fn found_again(&mut self, founded: FoundedRow) -> Result<(), StoreError> {
        let FoundedRow { turn, believed, item, snapshot, marks, deed, act } = founded;
        let id = snapshot.event;
        self.event_mut(id)?.take_turn(turn)?;
        believed.iter().try_for_each(|believed| self.require_believed(*believed))?;
        let event = self.event_mut(id)?;
        for stored in event.items.values_mut() {
            *stored = Arc::new(Stored { cursor: stored.cursor, origin: stored.origin, item: None, bytes: 0 });
        }
        event.partial.clear();
        event.late.clear();
        let floor = item.cursor.revision;
        event.keep_items(vec![item])?;
        event.keep_snapshot(snapshot);
        event.floor = floor;
        event.marks.extend(marks);
        self.erasures += 1;
        self.overwriting.push(self.erasures);
        self.write_down(deed, &act)
    }
}

impl Event {
    fn take_turn(&mut self, turn: Turn) -> Result<(), StoreError> {
        if self.turn != turn {
            return Err(StoreError::Conflict);
        }
        self.turn = turn.next();
        Ok(())
    }

    fn keep_items(&mut self, items: Vec<StoredItem>) -> Result<(), StoreError> {
        for StoredItem { cursor, origin, item } in items {
            let stored = Stored { cursor, origin, bytes: length(&item), item: Some(item) };
            if self.items.insert(cursor.revision, Arc::new(stored)).is_some() {
                return Err(taken("an item"));
            }
        }
        Ok(())
    }

    /// The device's last word counts. A device has few logs; beyond many, no further one is noted.
    fn note_said(&mut self, Said { device, incarnation, entries }: Said) {
        let logs = self.said.range((device, Incarnation([0; 8]))..).take_while(|((of, _), _)| *of == device).count();
        let entries = entries.min(i64::MAX.cast_unsigned());
        if let Some(known) = self.said.get_mut(&(device, incarnation)) {
            *known = entries;
        } else if logs < SAID_LIMIT as usize {
            self.said.insert((device, incarnation), entries);
        }
    }

    fn hold_back(&mut self, held: HeldChange) {
        if self.held.iter().any(|known| known.row.hash == held.hash) {
            return;
        }
        let log = match held.change.document {
            DocumentRef::Log { incarnation, .. } => Some(incarnation),
            DocumentRef::Event | DocumentRef::Roster(_) | DocumentRef::Rulings(_) => None,
        };
        let bytes = length(&Item::Change(held.change.clone()));
        let HeldChange { hash, change, origin, at, reason, entries } = held;
        let row = HeldRow { hash, change, origin, at, reason: reason.to_owned() };
        self.held.push(Arc::new(Waiting { row, bytes, log, entries }));
    }

    fn note_clone(&mut self, cloned: &Cloned) {
        let author = cloned.change.device;
        let known = self.clones.values().filter(|of| **of == author).count();
        if known < CLONES_LIMIT as usize {
            self.clones.entry(cloned.hash).or_insert(author);
        }
    }

    fn note_performed(&mut self, performed: Performed) -> Result<(), StoreError> {
        let Performed { device, command, digest, revision } = performed;
        let before = self.performed.insert((device, command), (digest, revision));
        if before.is_some() { Err(taken("a command")) } else { Ok(()) }
    }

    fn decide(&mut self, changes: &[ChangeHash], verdict: Decision) {
        for hash in changes {
            let Some(at) = self.held.iter().position(|held| held.row.hash == *hash) else { continue };
            let held = self.held.remove(at);
            if verdict == Decision::Discard {
                let (author, log, entries) = (held.row.change.device, held.log, held.entries);
                self.discarded.entry(*hash).or_insert(Discarded { author, log, entries });
            }
        }
    }

    /// A snapshot that is older than the event's present era, or than the one that is kept, is of no use.
    pub(super) fn keep_snapshot(&mut self, snapshot: SnapshotRow) {
        let revision = snapshot.cursor.revision;
        let is_newer = self.snapshot.as_ref().is_none_or(|kept| kept.cursor.revision < revision);
        if is_newer && revision >= self.floor {
            self.snapshot = Some(Arc::new(snapshot));
        }
    }

    /// Another one of the same revision may leave out other logs.
    pub(super) fn keep_partial_snapshot(&mut self, row: PartialSnapshotRow) {
        let revision = row.snapshot.cursor.revision;
        let kept = self.partial.get(&row.reading.0);
        let is_as_new = kept.is_none_or(|kept| kept.snapshot.cursor.revision <= revision);
        if is_as_new && revision >= self.floor {
            self.partial.insert(row.reading.0, Arc::new(row));
        }
    }

    pub(super) fn standing(&self, quoted: &[Option<Cursor>]) -> Option<Cursor> {
        let is_known = |cursor: &Cursor| {
            cursor.revision == Revision(0)
                || self.items.get(&cursor.revision).is_some_and(|stored| stored.cursor.digest == cursor.digest)
        };
        quoted.iter().flatten().all(is_known).then(|| self.last().unwrap_or_default())
    }

    pub(super) fn last(&self) -> Option<Cursor> {
        self.items.last_key_value().map(|(_, stored)| stored.cursor)
    }

    pub(super) fn items_after(&self, revision: Revision, limit_bytes: usize) -> ItemPage {
        let (mut items, mut bytes) = (Vec::new(), 0);
        for (at, stored) in self.items.range(self.floor..) {
            let Some(item) = stored.item.clone().filter(|_| *at > revision) else { continue };
            bytes += stored.bytes;
            if bytes > limit_bytes && !items.is_empty() {
                return ItemPage { items, more: true };
            }
            items.push(StoredItem { cursor: stored.cursor, origin: stored.origin, item });
        }
        ItemPage { items, more: false }
    }

    pub(super) fn set_aside(&self) -> Vec<SetAside> {
        let mut all: BTreeMap<(DeviceId, Incarnation), (u64, u64)> = BTreeMap::new();
        for held in &self.held {
            if let Some(incarnation) = held.log {
                all.entry((held.row.change.device, incarnation)).or_default().0 += held.entries;
            }
        }
        for discarded in self.discarded.values() {
            if let Some(incarnation) = discarded.log {
                all.entry((discarded.author, incarnation)).or_default().1 += discarded.entries;
            }
        }
        let rows = all.into_iter();
        rows.map(|((device, incarnation), (held, discarded))| SetAside { device, incarnation, held, discarded })
            .collect()
    }
}
