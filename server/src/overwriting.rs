//! Overwrites what erasures left in the files of the store, in its own time, until it is done.
//!
//! Whoever has somebody erased waits for it; all who wait at the same time wait for the same work. What could not be done,
//! because the disk is full or somebody reads the store, is tried again until it succeeds, also after a restart. Does not
//! know how bytes are overwritten: that is [`crate::store::overwriting`].

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::error::Problem;
use crate::single_flight::SingleFlight;
use crate::store::{Store, StoreError, Writer};

/// What failed is tried again after this long.
const AGAIN: Duration = Duration::from_secs(30);
/// A caller who waits for readers of the store to end has this tried again so often.
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

/// The work, whether it is under way or not.
pub struct Overwriting {
    files: Files,
    under_way: SingleFlight<(), Result<(), StoreError>>,
    tasks: TaskTracker,
    failed: Notify,
}

#[derive(Clone)]
struct Files {
    store: Arc<Store>,
    writer: Writer,
    /// The newest erasure whose remains in the file are overwritten already; the log may still hold them.
    cleared: Arc<AtomicI64>,
    closing: CancellationToken,
}

impl Overwriting {
    /// Nothing is under way yet.
    #[must_use]
    pub fn new(store: Arc<Store>, writer: Writer) -> Self {
        let files = Files { store, writer, cleared: Arc::default(), closing: CancellationToken::new() };
        Self { files, under_way: SingleFlight::default(), tasks: TaskTracker::new(), failed: Notify::new() }
    }

    /// Overwrites what is left of everything that was erased before this call. Does nothing if nothing was erased since
    /// the last time.
    ///
    /// # Errors
    /// What the store reports. It is tried again without being asked for.
    pub async fn finish(&self) -> Result<(), StoreError> {
        let Some((_, wanted)) = self.files.due().await? else { return Ok(()) };
        // Work that somebody began before may have begun before the erasure in question.
        while self.files.due().await?.is_some_and(|(oldest, _)| oldest <= wanted) {
            let files = self.files.clone();
            let done = self.under_way.join(&self.tasks, (), async move { files.overwrite().await }).await;
            let done = done.unwrap_or_else(|| Err(StoreError::Medium("overwriting failed".to_owned())));
            done.inspect_err(|_| self.failed.notify_one())?;
        }
        Ok(())
    }

    /// The same for somebody who waits no longer than `patience`.
    ///
    /// # Errors
    /// [`Problem::NOT_OVERWRITTEN`] if the disk is full, [`Problem::STORE_IS_READ`] while somebody reads the store, and
    /// [`Problem::OVERWRITING`] where it takes longer.
    pub async fn finish_within(&self, patience: Duration) -> Result<(), Problem> {
        let finished = timeout(patience, async {
            while let Err(StoreError::LogInUse) = self.finish().await {
                sleep(BETWEEN_TRIES).await;
            }
            self.finish().await
        });
        match finished.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(StoreError::Full)) => Err(Problem::NOT_OVERWRITTEN),
            Err(_) if self.files.is_cleared().await => Err(Problem::STORE_IS_READ),
            Ok(Err(_)) | Err(_) => Err(Problem::OVERWRITING),
        }
    }

    /// Does what is left over from an earlier run, and what failed since, until `stop` is cancelled.
    pub async fn look_after(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let finished = self.finish().await;
            if let Err(error) = &finished {
                tracing::warn!(%error, "what was erased is deleted, and is not overwritten yet: it is tried again");
            }
            let is_done = finished.is_ok();
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.failed.notified(), if is_done => {}
                () = sleep(AGAIN), if !is_done => {}
            }
        }
    }

    /// Ends what is under way. The next start goes on with it.
    pub async fn close(&self) {
        self.files.closing.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Files {
    async fn due(&self) -> Result<Option<(i64, i64)>, StoreError> {
        self.store.read(|store| store.overwriting_due()).await
    }

    /// Whether only the log may still hold something.
    async fn is_cleared(&self) -> bool {
        let due = self.due().await;
        due.is_ok_and(|due| due.is_some_and(|(_, newest)| newest <= self.cleared.load(Ordering::SeqCst)))
    }

    async fn overwrite(self) -> Result<(), StoreError> {
        let Some((_, newest)) = self.due().await? else { return Ok(()) };
        if newest > self.cleared.load(Ordering::SeqCst) {
            let mut next = Some(1);
            while let Some(first) = next {
                if self.closing.is_cancelled() {
                    return Err(StoreError::Busy);
                }
                let looked_at = self.store.read(move |store| store.look_for_remains(first)).await?;
                self.writer.overwrite_remains(&looked_at.with_remains).await?;
                next = looked_at.next;
            }
            self.cleared.store(newest, Ordering::SeqCst);
        }
        self.writer.empty_log().await?;
        self.writer.note_overwritten(newest).await?;
        tracing::info!(up_to = newest, "what was erased is overwritten");
        Ok(())
    }
}
