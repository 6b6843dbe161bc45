//! What the server keeps, and the only place that knows how.
//!
//! Handles bytes and ids, never documents or HTTP. One thread writes; what several desks bring meanwhile is committed
//! together, fsynced, and only then answered.

pub mod audit;
pub mod batch;
pub mod commit;
pub mod devices;
pub mod erasing;
pub mod home;
pub mod invites;
pub mod items;
pub mod memory;
pub mod overwriting;
pub mod pending_lists;
pub mod prepared;
pub mod quarantine;
pub mod reads;
pub mod registry;
pub mod sessions;
mod shared;
pub mod spent;
mod sqlite;
#[cfg(test)]
mod tests;
pub mod tree;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use self::batch::{Batch, Fate};
pub use self::commit::{Commit, Outcome};
use self::memory::Memory;
pub use self::reads::Reads;
use self::registry::RegistryNumber;
use self::sqlite::Database;
pub use self::sqlite::{SCHEMA_VERSION, read_audit};
use self::writer::Engine;
pub use self::writer::{Durable, Hold, Permit, Writer};
use crate::workers::Workers;

/// Why the store could not do something.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Another server uses the data directory.
    #[error("another server is using the data directory {0}: stop it first, or give this one its own")]
    InUse(PathBuf),
    /// A newer build wrote the data.
    #[error("the data in {path} has version {found}; this program knows up to version {known}: update the program")]
    Newer {
        /// The file of the store.
        path: PathBuf,
        /// The version of the file.
        found: i64,
        /// The newest one known here.
        known: i64,
    },
    /// There is no room left. Nothing of the last action was kept.
    #[error("the disk is full")]
    Full,
    /// No event with this id was created.
    #[error("there is no such event")]
    UnknownEvent,
    /// The data directory was moved, replaced or deleted. Nothing more is written.
    #[error(
        "{0} is no longer the file that this server has open: the data directory was moved, replaced or deleted while the \
         server ran. What was answered before is where the directory was moved to. Put back the directory that is right, \
         and start the server again"
    )]
    Moved(PathBuf),
    /// What was to follow does not follow what is there. The desk must read anew.
    #[error("the event has moved on under this desk")]
    Conflict,
    /// Something was revoked of the device in whose name this was decided, since it was looked at what the device may do.
    #[error("something was revoked of the device since it was looked at what it may do")]
    Revoked,
    /// What the file contains is not what was written.
    #[error("the data is damaged: {0}")]
    Damaged(String),
    /// More is waiting to be written than there is room for.
    #[error("the store has too much to write")]
    Busy,
    /// Somebody reads the store, a backup perhaps, so that the log beside it cannot be emptied.
    #[error("somebody reads the store, so that its log cannot be emptied")]
    LogInUse,
    /// The operating system or SQLite reports something else.
    #[error("the store cannot be used: {0}")]
    Medium(String),
}

/// A store, for reading. What is to be written goes through its [`Writer`].
pub struct Store {
    kept: Kept,
    reads: AtomicU64,
}

/// Where a store keeps everything.
enum Kept {
    Sqlite(Database),
    Memory(Memory),
}

impl Store {
    /// Opens the store in a data directory, or begins one.
    ///
    /// # Errors
    /// See [`StoreError`]; data of a newer build is left as it is.
    pub fn open(directory: &Path) -> Result<(Self, Writer), StoreError> {
        let (database, thread) = Database::open(directory)?;
        let kept = Kept::Sqlite(database);
        Ok((Self { kept, reads: AtomicU64::new(0) }, Writer::of(Engine::Sqlite(thread))))
    }

    /// Opens the store that is kept in memory, for a test or a simulation: no thread but the caller's works for it.
    #[must_use]
    pub fn in_memory(memory: &Memory) -> (Self, Writer) {
        let kept = Kept::Memory(memory.clone());
        (Self { kept, reads: AtomicU64::new(0) }, Writer::of(Engine::Memory(memory.clone())))
    }

    /// How often something was read since the store was opened.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    /// The number of the registry, as cheaply as the store can tell it: the process that alone writes to a file knows it
    /// without looking.
    #[must_use]
    pub fn registry_number(&self) -> RegistryNumber {
        match &self.kept {
            Kept::Sqlite(database) => database.registry_number(),
            Kept::Memory(memory) => memory.registry_number(),
        }
    }

    /// Reads the store as it stands at one moment, on the calling thread, which may have to wait for the disk.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn read_here<T>(&self, read: impl FnOnce(&dyn Reads) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        match &self.kept {
            Kept::Sqlite(database) => database.read(read),
            Kept::Memory(memory) => memory.read(read),
        }
    }

    /// The same where no thread may be held up: a store on a disk is read on a thread that may wait.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&dyn Reads) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if let Kept::Memory(_) = self.kept {
            return self.read_here(read);
        }
        let store = Arc::clone(self);
        let reading = Workers::Threads.run(move || store.read_here(read));
        reading.await.map_err(|_| StoreError::Medium("reading the store failed".to_owned()))?
    }
}
