//! A storage in memory alone, which goes away with the program.
//!
//! Holds what could be saved of a damaged storage, and what a test writes. Keeps nothing anywhere else.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Batch, Key, Storage, StorageError, Visit};

/// Rows in memory.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Memory {
    rows: BTreeMap<Key, Vec<u8>>,
}

impl Memory {
    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Every row, in the order of the keys.
    pub fn rows(&self) -> impl Iterator<Item = (Key, &[u8])> {
        self.rows.iter().map(|(key, value)| (*key, value.as_slice()))
    }

    /// Changes one row, and says whether there was a row under the key.
    pub(super) fn change(&mut self, key: Key, value: Option<Vec<u8>>) -> bool {
        match value {
            Some(value) => self.rows.insert(key, value),
            None => self.rows.remove(&key),
        }
        .is_some()
    }
}

impl FromIterator<(Key, Vec<u8>)> for Memory {
    fn from_iter<I: IntoIterator<Item = (Key, Vec<u8>)>>(rows: I) -> Self {
        Self { rows: rows.into_iter().collect() }
    }
}

impl Storage for Memory {
    type Error = StorageError;

    fn get(&self, key: Key) -> Result<Option<Cow<'_, [u8]>>, StorageError> {
        Ok(self.rows.get(&key).map(|value| Cow::Borrowed(value.as_slice())))
    }

    fn scan(&self, from: Key, visit: &mut Visit<'_>) -> Result<(), StorageError> {
        let rows = self.rows.range(from..).take_while(|(key, _)| key.is_scanned_with(&from));
        for (key, value) in rows {
            if visit(*key, value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn apply(&mut self, batch: Batch) -> Result<(), StorageError> {
        for (key, value) in batch.changes {
            self.change(key, value);
        }
        Ok(())
    }

    fn fault(&self, error: StorageError) -> StorageError {
        error
    }
}
