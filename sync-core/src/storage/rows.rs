//! A storage that holds its rows in memory, for a platform that writes later and says when.
//!
//! A row of the platform is a text and a value with its checksum; texts sort as keys do. [`Rows::open`] takes every row
//! that the platform has, [`Rows::take_batch`] hands over what changed since, to be written in one transaction. "Saved" is
//! said when the platform says that the transaction is durable. If it fails, the device is thrown away and opened anew
//! from the rows that the platform has: nothing that was not called saved is promised.

use std::borrow::Cow;

use super::checksum::{opened, sealed};
use super::memory::Memory;
use super::{Batch, Device, Entropy, Key, Storage, StorageError, Visit, WipeError};
use crate::ids::Incarnation;
use crate::trust::{Dismissal, Signed};

/// A row that changed. Without a value it is gone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The key under which the row lies.
    pub key: String,
    /// What it says now.
    pub value: Option<Vec<u8>>,
}

/// Rows in memory, and which of them the platform has not been given yet.
#[derive(Default)]
pub struct QueuedRows {
    rows: Memory,
    queue: Vec<Row>,
}

/// A device whose rows a platform writes later.
pub type Rows = Device<QueuedRows>;

impl Device<QueuedRows> {
    /// Opens what the platform has, or begins with `seed` and `incarnation`, which are drawn at random.
    ///
    /// A platform that restores backups without saying so hands in a fresh `incarnation` and lets
    /// [`Device::begin_incarnation`] follow.
    ///
    /// # Errors
    /// See [`StorageError`]; nothing is changed.
    pub fn open(
        rows: impl IntoIterator<Item = (String, Vec<u8>)>,
        seed: [u8; 32],
        incarnation: Incarnation,
    ) -> Result<Self, StorageError> {
        let (mut whole, mut damaged) = (Memory::default(), None);
        for (text, bytes) in rows {
            match whole_row(&text, &bytes) {
                Some((key, value)) => drop(whole.change(key, Some(value))),
                None => damaged = damaged.or(Some(text)),
            }
        }
        // First: where a newer build wrote the rows, that is what is to be said.
        super::device::check_version(&whole)?;
        if let Some(text) = damaged {
            return Err(StorageError::Damaged(text));
        }
        Self::load(QueuedRows { rows: whole, queue: Vec::new() }, Entropy { seed, incarnation })
    }

    /// Reads what can still be read of damaged rows into other ones; see [`Device::salvaged`].
    ///
    /// # Errors
    /// [`StorageError::Damaged`] if not even the device's key can be read.
    pub fn salvage(
        rows: impl IntoIterator<Item = (String, Vec<u8>)>,
        fresh: Incarnation,
    ) -> Result<Self, StorageError> {
        let readable: Memory = rows.into_iter().filter_map(|(text, bytes)| whole_row(&text, &bytes)).collect();
        Self::salvaged(&readable, QueuedRows::default(), fresh)
    }

    /// Hands over what changed since this was called last, in order.
    #[must_use]
    pub fn take_batch(&mut self) -> Vec<Row> {
        std::mem::take(&mut self.storage_mut().queue)
    }

    /// Forgets everything, key and all; the next batch says so. Nothing that home does not have is lost.
    ///
    /// # Errors
    /// See [`WipeError`]; nothing was forgotten.
    pub fn wipe(&mut self, order: &Signed<Dismissal>) -> Result<(), WipeError<StorageError>> {
        self.check_wipe(order)?;
        let changes = self.storage().rows.rows().map(|(key, _)| (key, None)).collect();
        Ok(self.storage_mut().apply(Batch { changes, ..Batch::default() })?)
    }
}

/// The key and the value of a row, if it is what was written.
fn whole_row(text: &str, bytes: &[u8]) -> Option<(Key, Vec<u8>)> {
    Some((Key::parse(text)?, opened(text, bytes)?.to_vec()))
}

impl Storage for QueuedRows {
    type Error = StorageError;

    fn get(&self, key: Key) -> Result<Option<Cow<'_, [u8]>>, StorageError> {
        self.rows.get(key)
    }

    fn scan(&self, from: Key, visit: &mut Visit<'_>) -> Result<(), StorageError> {
        self.rows.scan(from, visit)
    }

    fn apply(&mut self, batch: Batch) -> Result<(), StorageError> {
        for (key, value) in batch.changes {
            let text = key.to_string();
            let row = value.clone().map(|value| sealed(&text, value));
            let was_there = self.rows.change(key, value);
            if was_there || row.is_some() {
                self.queue.push(Row { key: text, value: row });
            }
        }
        Ok(())
    }

    fn fault(&self, error: StorageError) -> StorageError {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;
    use crate::documents::log::Request;
    use crate::ids::EventId;
    use crate::replica::{Draft, DraftState, Write};
    use crate::storage::Membership;
    use crate::time::ClockReading;
    use crate::time::UnixMillis;
    use crate::trust::{Grant, KeyPair, Post, Role, Scope};

    const EVENT: EventId = EventId([7; 16]);

    fn home() -> KeyPair {
        KeyPair::from_seed(&[1; 32])
    }

    fn joined() -> Rows {
        let mut rows = Rows::open([], [2; 32], Incarnation([2; 8])).unwrap();
        let key = rows.public_key();
        let (name, scope, post) = ("gate".to_owned(), Scope::Event(EVENT), Post::default());
        let (role, issued) = (Role::Marker, UnixMillis(1));
        let grant =
            home().state(&Grant { key, name, role, scope, issued, post, revoked: None, vouched: None, out_of: None });
        rows.join(Membership { home: home().public(), url: "http://home".to_owned(), grants: vec![grant] }).unwrap();
        rows
    }

    fn order(of: &Rows, wipe: bool) -> Signed<Dismissal> {
        home().state(&Dismissal { device: of.public_key().device(), since: UnixMillis(2), wipe })
    }

    fn records(rows: &mut Rows) {
        let command = Command::Ask(Request { subject: None, edit: None, text: "later".to_owned() });
        let draft = Draft {
            id: 0,
            reading: ClockReading::default(),
            command,
            entry: None,
            state: DraftState::Open,
            refusals: 0,
        };
        rows.commit(EVENT, &[Write::Draft(Box::new(draft))], Incarnation([3; 8])).unwrap();
    }

    #[test]
    fn what_home_ordered_leaves_no_row() {
        let mut rows = joined();
        drop(rows.take_batch());
        rows.wipe(&order(&rows, true)).unwrap();
        let batch = rows.take_batch();
        assert!(rows.storage().rows.is_empty());
        assert!(!batch.is_empty() && batch.iter().all(|row| row.value.is_none()));
    }

    #[test]
    fn without_an_order_to_this_device_nothing_is_forgotten() {
        let mut rows = joined();
        let other = Rows::open([], [9; 32], Incarnation([9; 8])).unwrap();
        for order in [order(&rows, false), order(&other, true)] {
            assert!(matches!(rows.wipe(&order), Err(WipeError::NotOrdered)));
        }
        let stranger = KeyPair::from_seed(&[5; 32]);
        let forged = Dismissal { device: rows.public_key().device(), since: UnixMillis(2), wipe: true };
        assert!(matches!(rows.wipe(&stranger.state(&forged)), Err(WipeError::NotOrdered)));
        assert!(!rows.storage().rows.is_empty());
    }

    #[test]
    fn what_home_does_not_have_is_handed_over_first() {
        let mut rows = joined();
        records(&mut rows);
        assert!(matches!(rows.wipe(&order(&rows, true)), Err(WipeError::Unsent(EVENT))));
        assert!(!rows.storage().rows.is_empty());
    }
}
