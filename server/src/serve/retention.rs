//! Personal data is kept as long as the event says, and no longer.
//!
//! Once its time is over, everybody is erased from an event, as they would be if they asked; so is whoever comes in from
//! a phone later. Somebody who was erased, and of whom a phone says more only now, is erased again.

use std::sync::Arc;
use std::time::Duration;

use sync_core::ids::{EraId, EventId};
use sync_core::time::UnixMillis;
use tokio_util::sync::CancellationToken;

use crate::clock::entropy;
use crate::desks::Erase;
use crate::error::Problem;
use crate::router::App;
use crate::store::audit::Deed;

/// So often is looked after what is over.
const EVERY: Duration = Duration::from_secs(6 * 3600);

impl App {
    /// Erases from every event whoever is to be erased now. Returns the events in which that was done: one that cannot be
    /// done now, as where an organizer must decide about what waits, is said in the log and does not keep others.
    ///
    /// # Errors
    /// What the store reports, if it cannot even tell which events there are.
    pub async fn keep_retention(&self) -> Result<Vec<EventId>, Problem> {
        let store = Arc::clone(&self.store);
        let events = tokio::task::spawn_blocking(move || store.events()).await.map_err(|_| Problem::INTERNAL)??;
        let now = self.auth.clock().now();
        let mut done = Vec::new();
        for event in events {
            match self.keep_retention_of(event, now).await {
                Ok(true) => done.push(event),
                Ok(false) => {}
                Err(problem) => {
                    tracing::error!(%event, code = problem.code, "what is over was not erased; it is tried again later");
                }
            }
        }
        Ok(done)
    }

    /// The same in one event; answers whether there was somebody.
    async fn keep_retention_of(&self, event: EventId, now: UnixMillis) -> Result<bool, Problem> {
        let subjects = self.desks.read(event, move |ledger| ledger.documents().overdue(now)).await?;
        if subjects.is_empty() {
            return Ok(false);
        }
        let people = u32::try_from(subjects.len()).unwrap_or(u32::MAX);
        let erase = Erase { subjects, era: EraId(entropy()), people, deed: Deed { by: None, at: now } };
        self.desks.erase(event, erase).await?;
        self.changes.ring(event);
        tracing::info!(%event, people, "the time is over for which personal data is kept: erased");
        Ok(true)
    }

    /// Looks after what is over from time to time, until `stop` is cancelled.
    pub(crate) async fn look_after_retention(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(problem) = self.keep_retention().await {
                tracing::error!(
                    code = problem.code,
                    "which events are over could not be told; it is tried again later"
                );
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }
}
