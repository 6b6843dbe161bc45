//! What a home server keeps about itself: which key its data belongs to, and which events' time is nearly over.

use super::commit::Commit;
use super::{StoreError, Writer};
use sync_core::ids::EventId;
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

impl Writer {
    /// Notes to which home server the data belongs. Repeating it changes nothing.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn keep_home_key(&self, key: PublicKey) -> Result<(), StoreError> {
        self.write(Commit::KeepHomeKey(key)).await
    }

    /// Writes something, and waits until it is durable.
    ///
    /// # Errors
    /// See [`StoreError`]: why nothing can be written.
    pub async fn probe(&self) -> Result<(), StoreError> {
        self.write(Commit::Probe).await
    }

    /// Forgets what organizers are told of the retention of every event.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn forget_retention_notices(&self) -> Result<(), StoreError> {
        self.write(Commit::ForgetRetentionNotices).await
    }

    /// Keeps what organizers of an event are told of its retention, in the place of what they were told before.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn keep_retention_notice(
        &self,
        event: EventId,
        notice: Option<RetentionNotice>,
    ) -> Result<(), StoreError> {
        self.write(Commit::KeepRetentionNotice { event, notice }).await
    }
}
