//! One device over its storage: who it is, where it belongs, and what it keeps of its events.

use std::ops::ControlFlow;

use minicbor::{Decode, Encode};

use super::transaction::Transaction;
use super::{Batch, Key, Membership, Outside, Storage, StorageError};
use crate::documents::encode;
use crate::ids::{EventId, Incarnation, Revision};
use crate::replica::answer::KeptSnapshot;
use crate::replica::ledger::StoredItem;
use crate::replica::{Kept, Write};
use crate::trust::{KeyPair, PublicKey};

/// The version of the rows that this build writes. Rows of a newer version are refused, unchanged.
pub const ROWS_VERSION: u32 = 1;

/// Entropy for a device that begins, and for each time it starts a new incarnation.
#[derive(Clone, Copy)]
pub struct Entropy {
    /// Becomes the device's key, if the storage is empty.
    pub seed: [u8; 32],
    /// Becomes the next incarnation, if one begins.
    pub incarnation: Incarnation,
}

/// The row [`Key::Device`].
#[derive(Encode, Decode)]
pub(super) struct DeviceRow {
    #[n(0)]
    pub version: u32,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub seed: [u8; 32],
    #[n(2)]
    pub incarnation: Incarnation,
    #[n(3)]
    pub membership: Option<Membership>,
}

/// One device: its key, where it belongs, and its events, as rows of a storage.
pub struct Device<S> {
    storage: S,
    key: KeyPair,
    incarnation: Incarnation,
    membership: Option<Membership>,
    /// The storage failed while it changed the device's row: what it kept of that is to be read again.
    is_stale: bool,
}

impl<S: Storage> Device<S> {
    /// Takes up the device that a storage holds, or begins one.
    ///
    /// # Errors
    /// What the storage reports; rows of a newer version are left as they are.
    pub fn load(storage: S, fresh: Entropy) -> Result<Self, S::Error> {
        if let Some(row) = read(&storage)? {
            return Ok(Self::of(storage, row));
        }
        let Entropy { seed, incarnation } = fresh;
        let row = DeviceRow { version: ROWS_VERSION, seed, incarnation, membership: None };
        let mut device = Self::of(storage, row);
        let mut batch = Batch::default();
        batch.changes.insert(Key::Device, Some(device.row(incarnation, None)));
        device.storage.apply(batch)?;
        Ok(device)
    }

    fn of(storage: S, row: DeviceRow) -> Self {
        let DeviceRow { seed, incarnation, membership, .. } = row;
        Self { storage, key: KeyPair::from_seed(&seed), incarnation, membership, is_stale: false }
    }

    pub(super) fn row(&self, incarnation: Incarnation, membership: Option<Membership>) -> Vec<u8> {
        encode(&DeviceRow { version: ROWS_VERSION, seed: *self.key.seed(), incarnation, membership })
    }

    /// The storage that holds the device's rows.
    #[must_use]
    pub const fn storage(&self) -> &S {
        &self.storage
    }

    /// The storage, to hand over what it has queued. Rows that are changed past the device are not seen by it.
    pub const fn storage_mut(&mut self) -> &mut S {
        &mut self.storage
    }

    /// Lets go of the device.
    #[must_use]
    pub fn into_storage(self) -> S {
        self.storage
    }

    /// The same device over the same rows, which another type holds from now on.
    #[must_use]
    pub fn map<T: Storage>(self, hold: impl FnOnce(S) -> T) -> Device<T> {
        let Self { storage, key, incarnation, membership, is_stale } = self;
        Device { storage: hold(storage), key, incarnation, membership, is_stale }
    }

    /// The device's keys: the secret one signs, the public one is who the device is.
    #[must_use]
    pub const fn key(&self) -> &KeyPair {
        &self.key
    }

    /// The device's public key.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.key.public()
    }

    /// The incarnation under which the device writes now.
    #[must_use]
    pub const fn incarnation(&self) -> Incarnation {
        self.incarnation
    }

    /// Where the device belongs; `None` before it joined.
    #[must_use]
    pub const fn membership(&self) -> Option<&Membership> {
        self.membership.as_ref()
    }

    pub(super) fn home(&self) -> Result<PublicKey, S::Error> {
        Ok(self.membership.as_ref().ok_or(Outside::NotJoined)?.home)
    }

    /// Notes that home let this device in. Repeating it replaces the grants.
    ///
    /// # Errors
    /// [`StorageError::OtherHome`] if the device belongs to another home server, or what the storage reports.
    pub fn join(&mut self, membership: Membership) -> Result<(), S::Error> {
        if let Some(known) = self.membership.as_ref().filter(|known| known.home != membership.home) {
            return Err(self.storage.fault(StorageError::OtherHome(known.home)));
        }
        let mut batch = Batch::default();
        batch.changes.insert(Key::Device, Some(self.row(self.incarnation, Some(membership.clone()))));
        self.apply(batch)?;
        self.membership = Some(membership);
        Ok(())
    }

    /// The events of which something is kept.
    ///
    /// # Errors
    /// What the storage reports.
    pub fn events(&self) -> Result<Vec<EventId>, S::Error> {
        Transaction::of(self).events()
    }

    /// Everything that is kept of an event, at the home that holds `home`'s secret half.
    ///
    /// # Errors
    /// What the storage reports, or that its rows contradict each other.
    pub fn kept(&self, event: EventId, home: PublicKey) -> Result<Kept, S::Error> {
        Transaction::of(self).kept(event, home)
    }

    /// The snapshot that an event began with; `None` if it began without.
    ///
    /// # Errors
    /// What the storage reports.
    pub fn snapshot(&self, event: EventId) -> Result<Option<KeptSnapshot>, S::Error> {
        let rows = Transaction::of(self);
        let Some(statement) = rows.read(Key::Statement(event))? else { return Ok(None) };
        let bytes = self.storage.get(Key::Snapshot(event))?;
        Ok(bytes.map(|bytes| KeptSnapshot { statement, bytes: bytes.into_owned() }))
    }

    /// Returns items of an event after `revision`; see [`ItemSource::items_after`].
    ///
    /// [`ItemSource::items_after`]: crate::replica::ledger::ItemSource::items_after
    ///
    /// # Errors
    /// What the storage reports.
    pub fn items_after(
        &self,
        event: EventId,
        revision: Revision,
        limit_bytes: usize,
    ) -> Result<Vec<StoredItem>, S::Error> {
        let (mut items, mut bytes, mut damaged) = (Vec::new(), 0, None);
        self.storage.scan(Key::after(event, revision), &mut |key, row| {
            bytes += row.len();
            if bytes > limit_bytes && !items.is_empty() {
                return ControlFlow::Break(());
            }
            match minicbor::decode(row) {
                Ok(item) => items.push(item),
                Err(_) => damaged = Some(key),
            }
            if damaged.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        match damaged {
            None => Ok(items),
            Some(key) => Err(self.storage.fault(StorageError::damaged(key))),
        }
    }

    /// Keeps an outcome of a replica of `event`, all of it or nothing. `fresh` is the incarnation that begins if home
    /// refused something that this device wrote.
    ///
    /// # Errors
    /// What the storage reports. What is kept is to be read again then, with [`Device::refresh`].
    pub fn commit(&mut self, event: EventId, writes: &[Write], fresh: Incarnation) -> Result<(), S::Error> {
        if writes.is_empty() {
            return Ok(());
        }
        let mut transaction = Transaction::of(self);
        transaction.write_all(event, writes, fresh)?;
        let batch = transaction.into_batch();
        self.apply(batch)
    }

    /// Begins an incarnation: what waits to be sealed will stand in new logs.
    ///
    /// # Errors
    /// What the storage reports.
    pub fn begin_incarnation(&mut self, fresh: Incarnation) -> Result<(), S::Error> {
        let mut transaction = Transaction::of(self);
        transaction.begin_incarnation(None, fresh)?;
        let batch = transaction.into_batch();
        self.apply(batch)
    }

    fn apply(&mut self, batch: Batch) -> Result<(), S::Error> {
        let begins = batch.begins;
        self.is_stale = true;
        self.storage.apply(batch)?;
        self.is_stale = false;
        self.incarnation = begins.unwrap_or(self.incarnation);
        Ok(())
    }

    /// Reads again who the device is, if a write failed of which nobody knows whether it was kept.
    ///
    /// # Errors
    /// What the storage reports.
    pub fn refresh(&mut self) -> Result<(), S::Error> {
        if self.is_stale {
            let row = read(&self.storage)?.ok_or_else(|| self.storage.fault(StorageError::damaged(Key::Device)))?;
            self.incarnation = row.incarnation;
            self.membership = row.membership;
            self.is_stale = false;
        }
        Ok(())
    }
}

fn read<S: Storage>(storage: &S) -> Result<Option<DeviceRow>, S::Error> {
    let Some(bytes) = storage.get(Key::Device)? else { return Ok(None) };
    let row: DeviceRow = minicbor::decode(&bytes).map_err(|_| storage.fault(StorageError::damaged(Key::Device)))?;
    if row.version > ROWS_VERSION {
        return Err(storage.fault(StorageError::Newer { found: row.version }));
    }
    Ok(Some(row))
}

/// Whether this build knows the version of the rows.
pub(super) fn check_version<S: Storage>(storage: &S) -> Result<(), S::Error> {
    read(storage).map(drop)
}
