//! What a device reads from its rows, and what it is about to change in them.
//!
//! A later write of one outcome reads what an earlier one says. So changes are gathered in memory and are read before the
//! storage's rows, until the storage applies them all at once.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use minicbor::{Decode, Encode};

use super::{Batch, Device, Key, Storage, StorageError, Visit};
use crate::documents::encode;
use crate::ids::{Actor, DeviceId, EventId, Revision};
use crate::replica::ledger::{Ledger, StoredItem};
use crate::replica::{Draft, Kept, PartialHead, PartialSnapshot, Peer, set_aside};
use crate::trust::PublicKey;

/// The rows of a device as they will be once a batch is applied.
pub(super) struct Transaction<'a, S> {
    pub(super) device: &'a Device<S>,
    pub(super) batch: Batch,
    /// An event with the lowest id that none of its drafts has had, as it was read or written last. It is remembered because
    /// one check-in asks for it twice.
    next_draft: Option<(EventId, Option<u64>)>,
}

impl<'a, S: Storage> Transaction<'a, S> {
    /// The rows as they are, with no changes.
    pub fn of(device: &'a Device<S>) -> Self {
        Self { device, batch: Batch::default(), next_draft: None }
    }

    pub fn into_batch(self) -> Batch {
        self.batch
    }

    pub fn put<T: Encode<()>>(&mut self, key: Key, value: &T) {
        self.put_bytes(key, encode(value));
    }

    pub fn put_bytes(&mut self, key: Key, value: Vec<u8>) {
        self.batch.changes.insert(key, Some(value));
    }

    pub fn remove(&mut self, key: Key) {
        self.batch.changes.insert(key, None);
    }

    /// The lowest id that no draft of an event has had; `None` if nothing is kept of the event.
    pub fn next_draft(&mut self, event: EventId) -> Result<Option<u64>, S::Error> {
        if let Some((of, next)) = self.next_draft
            && of == event
        {
            return Ok(next);
        }
        let next = self.read(Key::Event(event))?;
        self.next_draft = Some((event, next));
        Ok(next)
    }

    pub fn put_next_draft(&mut self, event: EventId, next: u64) {
        self.put(Key::Event(event), &next);
        self.next_draft = Some((event, Some(next)));
    }

    /// Removes every row that is scanned with `from`, from it on.
    pub fn remove_all(&mut self, from: Key) -> Result<(), S::Error> {
        let mut keys = Vec::new();
        self.scan(from, &mut |key, _| {
            keys.push(key);
            ControlFlow::Continue(())
        })?;
        keys.into_iter().for_each(|key| self.remove(key));
        Ok(())
    }

    fn bytes(&self, key: Key) -> Result<Option<Cow<'_, [u8]>>, S::Error> {
        match self.batch.changes.get(&key) {
            Some(change) => Ok(change.as_deref().map(Cow::Borrowed)),
            None => self.device.storage().get(key),
        }
    }

    fn scan(&self, from: Key, visit: &mut Visit<'_>) -> Result<(), S::Error> {
        let changes = self.batch.changes.range(from..).take_while(|(key, _)| key.is_scanned_with(&from));
        let mut changes = changes.peekable();
        let mut flow = ControlFlow::Continue(());
        self.device.storage().scan(from, &mut |key, value| {
            while flow.is_continue()
                && let Some((changed, change)) = changes.next_if(|(changed, _)| **changed <= key)
            {
                flow = change.as_ref().map_or(ControlFlow::Continue(()), |value| visit(*changed, value));
                if *changed == key {
                    return flow;
                }
            }
            if flow.is_continue() {
                flow = visit(key, value);
            }
            flow
        })?;
        for (key, change) in changes {
            if let (ControlFlow::Continue(()), Some(value)) = (flow, change) {
                flow = visit(*key, value);
            }
        }
        Ok(())
    }

    /// The value under a key.
    pub fn read<T: for<'b> Decode<'b, ()>>(&self, key: Key) -> Result<Option<T>, S::Error> {
        let Some(bytes) = self.bytes(key)? else { return Ok(None) };
        minicbor::decode(&bytes).map(Some).map_err(|_| self.damaged(key))
    }

    /// Hands every value that is scanned with `from` to `visit`; the row of one that `visit` refuses is damaged.
    pub fn read_each<T: for<'b> Decode<'b, ()>>(
        &self,
        from: Key,
        mut visit: impl FnMut(Key, T) -> Result<(), ()>,
    ) -> Result<(), S::Error> {
        let mut damaged = None;
        self.scan(from, &mut |key, bytes| match minicbor::decode(bytes)
            .map_err(drop)
            .and_then(|value| visit(key, value))
        {
            Ok(()) => ControlFlow::Continue(()),
            Err(()) => {
                damaged = Some(key);
                ControlFlow::Break(())
            }
        })?;
        damaged.map_or(Ok(()), |key| Err(self.damaged(key)))
    }

    fn read_all<T: for<'b> Decode<'b, ()>>(&self, from: Key) -> Result<Vec<T>, S::Error> {
        let mut values = Vec::new();
        self.read_each(from, |_, value| {
            values.push(value);
            Ok(())
        })?;
        Ok(values)
    }

    fn damaged(&self, key: Key) -> S::Error {
        self.device.storage().fault(StorageError::damaged(key))
    }

    pub fn events(&self) -> Result<Vec<EventId>, S::Error> {
        let mut events = Vec::new();
        self.scan(Key::Event(EventId([0; 16])), &mut |key, _| {
            events.extend(key.event());
            ControlFlow::Continue(())
        })?;
        Ok(events)
    }

    pub fn drafts(&self, event: EventId) -> Result<Vec<Draft>, S::Error> {
        self.read_all(Key::Draft(event, 0))
    }

    pub fn peers(&self, event: EventId) -> Result<BTreeMap<DeviceId, Peer>, S::Error> {
        let mut peers = BTreeMap::new();
        self.read_each(Key::Peer(event, DeviceId([0; 16])), |key, peer| {
            let Key::Peer(_, device) = key else { return Err(()) };
            peers.insert(device, peer);
            Ok(())
        })?;
        Ok(peers)
    }

    /// The event as the snapshot has it that is kept, or without anything.
    pub fn snapshot_ledger(&self, event: EventId, home: PublicKey) -> Result<Ledger, S::Error> {
        let key = Key::Snapshot(event);
        match self.bytes(key)? {
            Some(bytes) => Ledger::load_snapshot(event, home, &bytes).map_err(|_| self.damaged(key)),
            None => Ok(Ledger::founded(event, home)),
        }
    }

    fn partial(&self, event: EventId) -> Result<Option<PartialSnapshot>, S::Error> {
        let Some(head) = self.read::<PartialHead>(Key::PartialSnapshot(event))? else { return Ok(None) };
        let mut bytes = Vec::new();
        self.scan(Key::Part(event, 0), &mut |_, part| {
            bytes.extend_from_slice(part);
            ControlFlow::Continue(())
        })?;
        Ok(Some(head.with_bytes(bytes)))
    }

    /// Everything from which a replica is opened.
    pub fn kept(&self, event: EventId, home: PublicKey) -> Result<Kept, S::Error> {
        let mut ledger = self.snapshot_ledger(event, home)?;
        let peers = self.peers(event)?;
        let aside = set_aside(&peers);
        self.read_each(Key::Item(event, Revision(0)), |_, stored: StoredItem| {
            let is_aside = aside.contains(&stored.cursor.revision);
            let taken = if is_aside { ledger.pass_over(&stored) } else { ledger.retake(&stored) };
            // What no longer fits after a refusal comes again from home. What contradicts a newer snapshot is kept out of
            // sight and offered to home, whose answer decides.
            if taken.is_err_and(|rejection| rejection.is_damage()) { Err(()) } else { Ok(()) }
        })?;
        Ok(Kept {
            ledger,
            drafts: self.drafts(event)?,
            next_draft: self.read(Key::Event(event))?.unwrap_or(0),
            peers,
            confirmed: self.read_all(Key::Confirmed(event, Actor([0; 16])))?,
            partial: self.partial(event)?,
        })
    }
}
