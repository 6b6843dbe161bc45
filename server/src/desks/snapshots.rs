//! Opening an event from its newest snapshot and what came after it, and writing the next one.

use std::sync::Arc;

use sync_core::exchange::Cursor;
use sync_core::ids::EventId;
use sync_core::replica::ledger::{Base, ItemSource, Ledger, WritingError, snapshot_digest};
use sync_core::replica::reading::Hidden;
use sync_core::trust::{HomeKey, PublicKey, SnapshotStatement};

use super::Office;
use crate::store::items::{SnapshotRow, StoredPart};
use crate::store::{Reads, StoreError};

/// Reads an event: its newest snapshot, then what came after it. Returns where the snapshot stands, too.
pub(super) fn load(store: &dyn Reads, event: EventId, home: PublicKey) -> Result<(Ledger, Cursor), StoreError> {
    let (mut ledger, snapshot_at) = match store.snapshot(event)? {
        Some(part) => {
            let ledger = Ledger::from_snapshot(event, home, &part.statement, &part.bytes)
                .map_err(|error| StoreError::Damaged(format!("the snapshot of event {event}: {error}")))?;
            (ledger.standing_at(part.cursor), part.cursor)
        }
        None => (Ledger::founded(event, home), Cursor::default()),
    };
    let items = store.items(event);
    ledger.begin_many();
    loop {
        let page = items.items_after(ledger.cursor().revision, 1 << 20)?;
        if page.is_empty() {
            ledger.end_of_many();
            store.late(event)?.into_iter().for_each(|late| ledger.remember_late(late));
            return Ok((ledger, snapshot_at));
        }
        for stored in &page {
            ledger.retake(stored).map_err(|rejection| {
                StoreError::Damaged(format!("item {} of event {event}: {rejection}", stored.cursor.revision.0))
            })?;
        }
    }
}

/// What the next snapshot goes on from.
pub(super) fn base(part: Option<&StoredPart>) -> Option<Base<'_>> {
    part.map(|part| Base { bytes: &part.bytes, revision: part.cursor.revision })
}

/// Makes a snapshot of what is durable, without what `hidden` hides.
pub(super) fn make_snapshot(
    store: &dyn Reads,
    event: EventId,
    home: &HomeKey,
    hidden: &Hidden,
) -> Result<SnapshotRow, StoreError> {
    let (ledger, _) = load(store, event, home.public())?;
    let before = store.snapshot(event)?;
    let bytes = ledger.snapshot(base(before.as_ref()), &store.items(event), hidden).map_err(|error| match error {
        WritingError::Source(error) => error,
        WritingError::Base => StoreError::Damaged("a snapshot".to_owned()),
    })?;
    let cursor = ledger.cursor();
    let digest = snapshot_digest(&bytes);
    let reading = hidden.reading();
    let statement = home.state(&SnapshotStatement { event, revision: cursor.revision, digest, reading });
    Ok(SnapshotRow { event, cursor, statement, bytes })
}

pub(super) async fn write_snapshot(office: Office, event: EventId) -> Result<(), StoreError> {
    let home = Arc::clone(&office.home);
    let made = office.store.read(move |store| make_snapshot(store, event, &home, &Hidden::default()));
    let row = made.await?;
    tracing::info!(%event, revision = row.cursor.revision.0, bytes = row.bytes.len(), "snapshot written");
    office.writer.keep_snapshot(row).await
}
