//! What a home server keeps about itself: which key its data belongs to, and which events' time is nearly over.

use sync_core::time::UnixMillis;
use sync_core::trust::PublicKey;

/// People of an event are to be erased, and organizers are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionNotice {
    /// What home's clock showed when home looked at the event last.
    pub seen: UnixMillis,
    /// For how much running time of the server they have been told.
    pub ran_ms: i64,
    /// When people are erased, if the server runs until then and nothing more is recorded or edited.
    pub due: UnixMillis,
    /// How many people will be erased.
    pub people: u32,
    /// How much had been recorded and edited when they were told.
    pub recorded: u64,
}

/// To which home server the data belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BelongsTo {
    /// Nothing was kept yet.
    Nobody,
    /// It says nothing of its key, and holds something.
    Unknown,
    /// The home server with this key.
    Home(PublicKey),
}
