//! The one writer of an event: admits, hands over to the store, answers.
//!
//! It does not wait for the store before it takes the next request: who asked waits. If the store could not keep what
//! was admitted, the desk forgets everything and reads anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sync_core::exchange::{Cursor, Item, Request};
use sync_core::ids::EventId;
use sync_core::replica::ledger::{ItemSource, Ledger, StoredItem, Taken, receipt, snapshot_digest};
use sync_core::trust::{PublicKey, SnapshotStatement};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Errand, Judged, Office};
use crate::auth::Device;
use crate::store::{Batch, SnapshotRow, Store, StoreError};

struct Desk {
    office: Office,
    event: EventId,
    number: i64,
    ledger: Ledger,
    /// Raised by the store when it could not keep something: what is in memory is then ahead of it.
    lost: Arc<AtomicBool>,
    items_since_snapshot: u64,
    bytes_since_snapshot: u64,
    snapshot_job: Option<JoinHandle<()>>,
}

/// Runs a desk until it is idle or told to close.
pub(super) async fn run(
    office: Office,
    event: EventId,
    number: i64,
    mut errands: mpsc::Receiver<Errand>,
    closing: CancellationToken,
) {
    let mut desk = match open(&office, event, number).await {
        Ok(desk) => desk,
        Err(error) => {
            errands.close();
            while let Some(errand) = errands.recv().await {
                drop(errand.reply.send(Err(error.clone())));
            }
            return;
        }
    };
    tracing::debug!(%event, revision = desk.ledger.cursor().revision.0, "desk opened");
    loop {
        let errand = tokio::select! {
            biased;
            errand = errands.recv() => errand,
            () = closing.cancelled(), if !errands.is_closed() => { errands.close(); continue }
            () = tokio::time::sleep(office.settings.idle) => { errands.close(); continue }
        };
        let Some(errand) = errand else { break };
        desk.serve(errand).await;
    }
    if let Some(job) = desk.snapshot_job.take()
        && let Err(error) = job.await
    {
        tracing::error!(%event, %error, "writing a snapshot failed");
    }
    tracing::debug!(%event, "desk closed");
}

async fn open(office: &Office, event: EventId, number: i64) -> Result<Desk, StoreError> {
    let (store, home) = (Arc::clone(&office.store), office.home.public());
    let (ledger, snapshot_at) = tokio::task::spawn_blocking(move || load(&store, event, number, home))
        .await
        .map_err(|_| StoreError::Damaged(format!("reading event {event} failed")))??;
    Ok(Desk {
        office: office.clone(),
        event,
        number,
        items_since_snapshot: ledger.cursor().revision.0 - snapshot_at.revision.0,
        bytes_since_snapshot: 0,
        ledger,
        lost: Arc::default(),
        snapshot_job: None,
    })
}

/// Reads an event: its newest snapshot, then what came after it. Returns where the snapshot stands, too.
fn load(store: &Store, event: EventId, number: i64, home: PublicKey) -> Result<(Ledger, Cursor), StoreError> {
    let (mut ledger, snapshot_at) = match store.snapshot(number)? {
        Some(part) => {
            let ledger = Ledger::from_snapshot(event, home, &part.statement, &part.bytes)
                .map_err(|error| StoreError::Damaged(format!("the snapshot of event {event}: {error}")))?;
            (ledger.standing_at(part.cursor), part.cursor)
        }
        None => (Ledger::founded(event, home), Cursor::default()),
    };
    let items = store.items(number);
    loop {
        let page = items.items_after(ledger.cursor().revision, 1 << 20)?;
        if page.is_empty() {
            return Ok((ledger, snapshot_at));
        }
        for stored in &page {
            ledger.retake(stored).map_err(|rejection| {
                StoreError::Damaged(format!("item {} of event {event}: {rejection}", stored.cursor.revision.0))
            })?;
        }
    }
}

impl Desk {
    async fn serve(&mut self, errand: Errand) {
        let Errand { device, request, reply } = errand;
        if self.lost.load(Ordering::SeqCst) {
            match open(&self.office, self.event, self.number).await {
                Ok(fresh) => {
                    let job = self.snapshot_job.take();
                    *self = Self { snapshot_job: job, ..fresh };
                }
                Err(error) => return drop(reply.send(Err(error))),
            }
        }
        // Who asked may have gone away; what was admitted is kept all the same.
        drop(reply.send(self.judge(&device, request)));
        self.write_snapshot_when_due();
    }

    fn judge(&mut self, device: &Device, request: Request) -> Result<Judged, StoreError> {
        let writer = self.office.writer.clone();
        let permit = writer.reserve()?;
        let after = self.ledger.cursor().revision;
        let mut items = Vec::new();
        if !request.items.is_empty() {
            self.take(Item::Grant(device.signed.clone()), None, &mut items).ok();
        }
        let mut receipts = Vec::with_capacity(request.items.len());
        let mut links = Vec::new();
        for item in &request.items {
            let judged = self.take(item.clone(), Some(device.id), &mut items);
            if let Err(rejection) = &judged {
                tracing::info!(event = %self.event, device = %device.id, code = rejection.code(), "item not admitted");
            }
            receipts.push(receipt(&judged));
            if let (Item::Change(sealed), Ok(Taken::New { link, .. } | Taken::AlreadyHad { link })) = (item, judged) {
                links.extend(link.map(|link| (sealed.document, link)));
            }
        }
        // What was known already may still be on its way to the disk: also an empty batch is told only after it.
        let durable = (!request.items.is_empty()).then(|| {
            self.items_since_snapshot += items.len() as u64;
            permit.write(Batch { number: self.number, after, items, lost: Arc::clone(&self.lost) })
        });
        let confirmation = self.ledger.confirm(&self.office.home, &links);
        Ok(Judged { receipts, cursor: self.ledger.cursor(), confirmation, durable, number: self.number })
    }

    fn take(
        &mut self,
        item: Item,
        origin: Option<sync_core::ids::DeviceId>,
        items: &mut Vec<StoredItem>,
    ) -> Result<Taken, sync_core::admission::Rejection> {
        let taken = self.ledger.take(&item)?;
        if let Taken::New { cursor, .. } = taken {
            if let Item::Change(sealed) = &item {
                self.bytes_since_snapshot += sealed.change.len() as u64;
            }
            items.push(StoredItem { cursor, origin, item });
        }
        Ok(taken)
    }

    /// A snapshot is made from what is durable, beside the desk's work.
    fn write_snapshot_when_due(&mut self) {
        let settings = self.office.settings;
        let due = self.items_since_snapshot >= settings.snapshot_items
            || self.bytes_since_snapshot >= settings.snapshot_bytes;
        if !due || self.snapshot_job.as_ref().is_some_and(|job| !job.is_finished()) {
            return;
        }
        self.items_since_snapshot = 0;
        self.bytes_since_snapshot = 0;
        let (office, event, number) = (self.office.clone(), self.event, self.number);
        self.snapshot_job = Some(tokio::spawn(async move {
            if let Err(error) = write_snapshot(office, event, number).await {
                tracing::error!(%event, %error, "no snapshot was written; the next one will include everything");
            }
        }));
    }
}

async fn write_snapshot(office: Office, event: EventId, number: i64) -> Result<(), StoreError> {
    let (store, home) = (Arc::clone(&office.store), Arc::clone(&office.home));
    let made = tokio::task::spawn_blocking(move || {
        let (ledger, _) = load(&store, event, number, home.public())?;
        let bytes = ledger.snapshot(&store.items(number))?;
        let cursor = ledger.cursor();
        let digest = snapshot_digest(&bytes);
        let statement = home.state(&SnapshotStatement { event, revision: cursor.revision, digest });
        Ok::<_, StoreError>(SnapshotRow { number, cursor, statement, bytes })
    });
    let row = made.await.map_err(|_| StoreError::Damaged(format!("reading event {event} failed")))??;
    tracing::info!(%event, revision = row.cursor.revision.0, bytes = row.bytes.len(), "snapshot written");
    office.writer.keep_snapshot(row).await
}
