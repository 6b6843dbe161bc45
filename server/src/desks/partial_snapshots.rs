//! Snapshots for devices that read a part of an event, and begin anew: after an erasure all of them do, at once.
//!
//! One is written for each rule by which devices read, kept in the store, and given to all who read by it. It is written
//! again when it leaves out a log that may be read by now, as that of a device which has moved, or when much has happened
//! since.

use std::sync::Arc;

use sync_core::exchange::{SnapshotPart, SnapshotPosition};
use sync_core::ids::EventId;
use sync_core::replica::reading::Hidden;
use tokio::sync::Semaphore;

use super::snapshots::make_snapshot;
use super::{Desks, Office};
use crate::error::Problem;
use crate::single_flight::SingleFlight;
use crate::store::items::part_from;
use crate::store::{Reads, StoreError};

/// So many are written at once: each holds a whole event in memory.
const AT_ONCE: usize = 2;

/// The snapshots that are being written.
pub(super) struct PartialSnapshots {
    under_way: SingleFlight<(EventId, [u8; 8]), Result<(), StoreError>>,
    places: Arc<Semaphore>,
}

impl Default for PartialSnapshots {
    fn default() -> Self {
        Self { under_way: SingleFlight::default(), places: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Desks {
    /// A part of the snapshot for those who read by the same rule as `hidden`. Whoever asks while it is being written
    /// waits for that.
    ///
    /// # Errors
    /// What the store reports.
    pub(crate) async fn partial_snapshot(
        &self,
        event: EventId,
        hidden: &Hidden,
        begun: Option<SnapshotPosition>,
        limit: usize,
    ) -> Result<Option<SnapshotPart>, Problem> {
        let reading = hidden.reading();
        // One that a device has begun with is given to its end.
        if begun.is_none() && !is_current(&self.office, event, hidden.clone()).await? {
            let work = write(self.office.clone(), event, hidden.clone(), Arc::clone(&self.partial_snapshots.places));
            let written = self.partial_snapshots.under_way.join(&self.tasks, (event, reading.0), work).await;
            written.ok_or(Problem::INTERNAL)??;
        }
        let read = move |store: &dyn Reads| {
            part_from(begun, limit, |revision, part| store.partial_snapshot_part(event, reading, revision, part))
        };
        if let Some(part) = self.office.store.read(read).await? {
            return Ok(Some(part));
        }
        // What the device had begun with is gone, and no other has been written.
        let work = write(self.office.clone(), event, hidden.clone(), Arc::clone(&self.partial_snapshots.places));
        let written = self.partial_snapshots.under_way.join(&self.tasks, (event, reading.0), work).await;
        written.ok_or(Problem::INTERNAL)??;
        Ok(self.office.store.read(read).await?)
    }

    /// Begins to write the snapshots for these readings, and does not wait for them.
    ///
    /// # Errors
    /// What the store reports.
    pub(super) async fn begin_snapshots(&self, event: EventId, readings: Vec<Hidden>) -> Result<(), Problem> {
        for hidden in readings {
            let key = (event, hidden.reading().0);
            let places = Arc::clone(&self.partial_snapshots.places);
            let work = write(self.office.clone(), event, hidden, places);
            drop(self.partial_snapshots.under_way.begin(&self.tasks, key, work));
        }
        Ok(())
    }
}

/// Whether the snapshot that is kept for a reading is whole, and not far behind.
async fn is_current(office: &Office, event: EventId, hidden: Hidden) -> Result<bool, StoreError> {
    let behind_limit = office.settings.snapshot_items;
    let is_current = move |store: &dyn Reads| {
        let Some(kept) = store.partial_snapshot_kept(event, hidden.reading())? else { return Ok(false) };
        let stands = store.standing(event, &[])?.unwrap_or_default().revision.0;
        // A log that is left out may be read by now.
        let is_whole = kept.left_out.iter().all(|device| hidden.hides_log(*device));
        Ok(is_whole && stands.saturating_sub(kept.revision.0) <= behind_limit)
    };
    office.store.read(is_current).await
}

/// Writes a snapshot, unless somebody has done so meanwhile.
async fn write(office: Office, event: EventId, hidden: Hidden, places: Arc<Semaphore>) -> Result<(), StoreError> {
    let _place = places.acquire_owned().await.expect("it is never closed");
    if is_current(&office, event, hidden.clone()).await? {
        return Ok(());
    }
    let (home, of_these) = (Arc::clone(&office.home), hidden.clone());
    let row = office.store.read(move |store| make_snapshot(store, event, &home, &of_these)).await?;
    tracing::info!(%event, revision = row.cursor.revision.0, bytes = row.bytes.len(), "partial snapshot written");
    office.writer.keep_partial_snapshot(&hidden, row).await
}
