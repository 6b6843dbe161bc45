//! What a device keeps: rows in a storage, the rules by which a replica's outcomes become rows, and a replica that never
//! answers before its outcome is kept.
//!
//! A [`Storage`] only moves rows: it reads one by its [`Key`], reads those of one kind and event in order, and applies a
//! [`Batch`] of changes, all of it or nothing. What the rows mean is written once, in [`Device`]: how a replica is opened
//! from them, what each [`Write`](crate::replica::Write) changes, what can be saved of damaged ones, and when all may be
//! forgotten. There are three storages: one SQLite file ([`crate::journal`]), rows that a browser writes ([`rows`]), and
//! memory ([`memory`]).
//!
//! SQLite writes when it is told to. A browser's IndexedDB writes some time later, and says so. The core stays synchronous
//! for both: a storage that cannot write at once applies a batch to the rows it holds in memory, queues the same rows, and
//! returns. Its shell then gives the queue to the platform, waits until the platform says that it is durable, and only
//! then tells the person "saved". If the platform fails, the shell throws the replica away and opens it anew from what
//! the platform has. So nothing above this module knows which kind it works with, and no promise is weakened.

pub(crate) mod checksum;
mod device;
mod key;
mod membership;
pub mod memory;
mod opened;
pub mod rows;
mod salvage;
mod transaction;
mod wipe;
mod writing;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

pub use self::device::{Device, Entropy, ROWS_VERSION};
pub use self::key::Key;
pub use self::membership::{Membership, Outside};
pub use self::opened::Opened;
pub use self::wipe::WipeError;
use crate::ids::Incarnation;
use crate::trust::PublicKey;

/// Takes one row after the other, and says whether it wants the next one.
pub type Visit<'a> = dyn FnMut(Key, &[u8]) -> ControlFlow<()> + 'a;

/// Moves the rows of one device between memory and a medium, and knows nothing of what they mean.
///
/// A storage guards its rows against damage: it gives back what was written under a key, or fails.
pub trait Storage {
    /// What reading and writing can fail with.
    type Error: std::error::Error + From<Outside>;

    /// Reads the row under a key; `None` if there is none.
    ///
    /// # Errors
    /// What the medium reports, or that the row is damaged.
    fn get(&self, key: Key) -> Result<Option<Cow<'_, [u8]>>, Self::Error>;

    /// Hands the rows that [`Key::is_scanned_with`] `from` to `visit`, in the order of their keys, from the key `from` on.
    ///
    /// # Errors
    /// What the medium reports, or that a row is damaged; rows before it may have been visited.
    fn scan(&self, from: Key, visit: &mut Visit<'_>) -> Result<(), Self::Error>;

    /// Makes all changes of a batch, or none.
    ///
    /// # Errors
    /// What the medium reports. Nothing was changed then, or everything was and the storage fails after it: whoever goes
    /// on reads again what is kept.
    fn apply(&mut self, batch: Batch) -> Result<(), Self::Error>;

    /// The storage's own error for what was found wrong with its rows.
    fn fault(&self, error: StorageError) -> Self::Error;
}

/// Changes of rows that are made together or not at all.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Batch {
    /// What each row says from now on; `None` removes the row.
    pub changes: BTreeMap<Key, Option<Vec<u8>>>,
    /// The incarnation that begins with this batch. A storage that is part of backups notes it where no backup is made.
    pub begins: Option<Incarnation>,
    /// Something is removed because somebody has the right that it is forgotten: nothing of it may stay on the medium.
    pub erases: bool,
}

/// What is wrong with the rows of a device, or with what is asked of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// A newer build wrote the rows.
    #[error("what is kept here has version {found}; this program knows up to version {ROWS_VERSION}: update it")]
    Newer {
        /// The version of the rows that were found.
        found: u32,
    },
    /// A row does not say what was written, or nothing that a row of its kind can say.
    #[error("the row `{0}` is damaged")]
    Damaged(String),
    /// The device belongs to another home server.
    #[error("this device belongs to the home server {0}")]
    OtherHome(PublicKey),
    /// The device has no replica of the event.
    #[error(transparent)]
    Outside(#[from] Outside),
}

impl StorageError {
    /// The row under this key is damaged.
    #[must_use]
    pub fn damaged(key: Key) -> Self {
        Self::Damaged(key.to_string())
    }
}
