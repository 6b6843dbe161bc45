//! Which events there are. What an event is stands in its documents, not here.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use sync_core::ids::EventId;
use sync_core::trust::{Role, Scope};

use super::body::Body;
use super::described::Placed;
use super::visitor::Visitor;
use crate::app::App;
use crate::auth::Device;
use crate::auth::sessions::Access;
use crate::error::Problem;
use crate::store::audit::Deed;
use crate::wire::{CreateEvent, Events};

/// `POST /v1/events`, for organizers of every event, or of the office to which it belongs, with a device or a browser.
/// Repeating it is harmless. What the event is, is written afterwards.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::BAD_BODY`].
pub async fn create(
    State(app): State<Arc<App>>,
    by: Visitor,
    Body(body): Body<CreateEvent>,
) -> Result<Placed, Problem> {
    let event: EventId = body.event.parse().map_err(|_| Problem::BAD_BODY)?;
    let owner = app.scope_of(None, body.node.as_deref())?;
    by.require_access(&[Access::Organizer])?;
    if !app.auth.tree().is_within(&by.scopes(), &owner) {
        return Err(Problem::FORBIDDEN);
    }
    let is_new = app.writer.create_event(event, owner.node(), by.deed(&app)).await?;
    app.auth.follow().await?;
    tracing::info!(%event, is_new, "event created");
    Ok(if is_new { Placed::Now } else { Placed::Before })
}

/// `GET /v1/events`.
///
/// # Errors
/// What the store reports.
pub async fn list(State(app): State<Arc<App>>, by: Visitor) -> Result<Json<Events>, Problem> {
    let events = app.store.read(|store| store.events()).await?;
    let known = by.known_scopes();
    let open = events.into_iter().filter(|event| app.auth.tree().is_within(&known, &Scope::Event(*event)));
    Ok(Json(Events { events: open.map(|event| event.to_string()).collect() }))
}

impl App {
    /// What is written down of something that a device does now.
    pub(crate) fn deed_of(&self, caller: &Device) -> Deed {
        Deed { by: Some(caller.id), at: self.auth.clock().now(), revocations: Some(caller.revocations) }
    }

    /// For what only the organizers of an event may do.
    ///
    /// # Errors
    /// [`Problem::UNKNOWN_EVENT`], [`Problem::FORBIDDEN`].
    pub(super) fn require_organizer(&self, caller: &Device, event: EventId) -> Result<(), Problem> {
        self.auth.require(caller, &Scope::Event(event), Role::Organizer)
    }

    /// # Errors
    /// [`Problem::UNKNOWN_EVENT`].
    pub(crate) async fn require_event(&self, event: EventId) -> Result<(), Problem> {
        let exists = self.store.read(move |store| store.has_event(event)).await?;
        if exists { Ok(()) } else { Err(Problem::UNKNOWN_EVENT) }
    }
}
