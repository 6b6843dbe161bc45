//! What waits for an organizer: listed, released, discarded.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use sync_core::ids::{ChangeHash, EventId};

use super::body::Body;
use super::callers::Caller;
use super::place::EventInPath;
use crate::app::App;
use crate::auth::Device;
use crate::desks::Decide;
use crate::error::Problem;
use crate::store::quarantine::Decision;
use crate::wire::{Held, HeldChanges, KnownHeld, Outcome, Outcomes};

/// `GET /v1/events/{event}/held`: what waits, the oldest first: who wrote it, who brought it, when, and why it waits.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`].
pub async fn list(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    EventInPath(event): EventInPath,
) -> Result<Json<Held>, Problem> {
    app.require_organizer(&caller, event)?;
    let held = app.store.read(move |store| store.held(event)).await?;
    let held = held.into_iter().map(|row| KnownHeld {
        device: row.change.device.to_string(),
        brought_by: row.origin.to_string(),
        at_ms: row.at.0,
        reason: row.reason,
        document: row.change.document.kind().to_owned(),
        change: row.hash.to_string(),
        bytes: row.change.change.len() as u64,
    });
    Ok(Json(Held { held: held.collect() }))
}

/// `POST /v1/events/{event}/held/release`: lets in what waits. What cannot come in goes on waiting, and says why.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_BODY`].
pub async fn release(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    EventInPath(event): EventInPath,
    Body(body): Body<HeldChanges>,
) -> Result<Json<Outcomes>, Problem> {
    app.decide(&caller, event, body, Decision::Release).await
}

/// `POST /v1/events/{event}/held/discard`: refuses for good what waits. Who did it and why is written down.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_BODY`].
pub async fn discard(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    EventInPath(event): EventInPath,
    Body(body): Body<HeldChanges>,
) -> Result<Json<Outcomes>, Problem> {
    app.decide(&caller, event, body, Decision::Discard).await
}

impl App {
    async fn decide(
        &self,
        caller: &Device,
        event: EventId,
        body: HeldChanges,
        decision: Decision,
    ) -> Result<Json<Outcomes>, Problem> {
        self.require_organizer(caller, event)?;
        let reason = body.reason.unwrap_or_default();
        if reason.chars().count() > 500 {
            return Err(Problem::BAD_BODY);
        }
        let deed = self.deed_of(caller);
        let changes: Result<BTreeSet<ChangeHash>, _> = body.changes.iter().map(|change| change.parse()).collect();
        let changes = changes.map_err(|_| Problem::BAD_BODY)?;
        let settled = self.desks.decide(event, Decide { changes, decision, reason, deed }).await?;
        tracing::info!(%event, by = %caller.id, ?decision, changes = settled.len(), "decided what waited");
        let outcomes = settled.into_iter().map(|(change, receipt)| Outcome {
            change: change.to_string(),
            verdict: receipt.verdict,
            code: receipt.code,
        });
        Ok(Json(Outcomes { outcomes: outcomes.collect() }))
    }
}
