//! What the server keeps, and the only place that knows how.
//!
//! Handles bytes and ids, never documents or HTTP. One thread writes; what several desks bring meanwhile is committed
//! together, fsynced, and only then answered.

pub mod audit;
pub mod devices;
pub mod erasing;
pub mod home;
pub mod invites;
pub mod items;
pub mod overwriting;
pub mod prepared;
pub mod quarantine;
pub mod sessions;
mod sqlite;
pub mod tree;

use std::path::PathBuf;

pub use self::sqlite::{Batch, Durable, Fate, Hold, Permit, SCHEMA_VERSION, Store, Writer, read_audit};

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
