//! Letting devices in: invites, and devices that use them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use sync_core::ids::EventId;
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, PublicKey, Role, Scope};

use super::{Body, Caller};
use crate::clock::entropy;
use crate::error::Problem;
use crate::invite::{InviteLink, hash_secret};
use crate::router::App;
use crate::store::{DeviceRow, Invite, Redeemed, Redemption, StoreError};
use crate::wire::{Carried, CreateInvite, CreatedInvite, Enrol, Enrolled};

/// `POST /v1/enrol`. The same device may repeat it with the same invite, if the answer was lost.
///
/// # Errors
/// [`Problem::UNKNOWN_INVITE`], [`Problem::USED_INVITE`], [`Problem::EXPIRED_INVITE`], [`Problem::BAD_BODY`].
pub async fn enrol(State(app): State<Arc<App>>, Body(body): Body<Enrol>) -> Result<Json<Enrolled>, Problem> {
    let key = PublicKey(body.public_key.0.try_into().map_err(|_| Problem::BAD_BODY)?);
    let name = body.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(Problem::BAD_BODY);
    }
    let secret_hash = hash_secret(&body.secret.0);
    let store = Arc::clone(&app.store);
    let (role, scope) = tokio::task::spawn_blocking(move || store.invite_terms(&secret_hash))
        .await
        .map_err(|_| Problem::INTERNAL)??
        .ok_or(Problem::UNKNOWN_INVITE)?;
    let now = app.auth.clock().now();
    let grant = app.auth.home().state(&Grant { key, name, role, scope, issued: now });
    let device = DeviceRow { device: key.device(), grant, revoked: None };
    let redeemed = app.writer.redeem(Redemption { secret_hash, device: device.clone(), now }).await?;
    let device = match redeemed {
        Redeemed::Fresh => device,
        Redeemed::Again(grant) => DeviceRow { grant, ..device },
        Redeemed::Unknown => return Err(Problem::UNKNOWN_INVITE),
        Redeemed::Used => return Err(Problem::USED_INVITE),
        Redeemed::Expired => return Err(Problem::EXPIRED_INVITE),
        Redeemed::Revoked => return Err(Problem::REVOKED),
    };
    app.auth.admit(&device);
    let first_invite = app.first_invite.clone();
    tokio::task::spawn_blocking(move || first_invite.forget()).await.map_err(|_| Problem::INTERNAL)?;
    tracing::info!(device = %device.device, %role, "device let in");
    Ok(Json(Enrolled { grant: Carried(device.grant), home_ms: now.0 }))
}

/// `POST /v1/invites`, for organizers.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_BODY`].
pub async fn invite(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    Body(body): Body<CreateInvite>,
) -> Result<(StatusCode, Json<CreatedInvite>), Problem> {
    let role: Role = body.role.parse().map_err(|_| Problem::BAD_BODY)?;
    let event: Option<EventId> =
        body.event.map(|event| event.parse()).transpose().map_err(|_| Problem::UNKNOWN_EVENT)?;
    let scope = event.map_or(Scope::Home, Scope::Event);
    match scope {
        Scope::Event(event) => {
            caller.require(event, Role::Organizer)?;
            app.require_event(event).await?;
        }
        Scope::Home if caller.grant.scope != Scope::Home || caller.grant.role < Role::Organizer => {
            return Err(Problem::FORBIDDEN);
        }
        Scope::Home => {}
    }
    if body.uses == 0 || body.uses > 10_000 {
        return Err(Problem::BAD_BODY);
    }
    let expires = body.expires_in_s.map(|life| UnixMillis(app.auth.clock().now().0 + i64::from(life) * 1000));
    let link = app.issue_invite(role, scope, body.uses, expires).await?;
    Ok((StatusCode::CREATED, Json(CreatedInvite { link: link.to_string() })))
}

impl App {
    /// Makes an invite and keeps what is needed to recognise it.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn issue_invite(
        &self,
        role: Role,
        scope: Scope,
        uses: u32,
        expires: Option<UnixMillis>,
    ) -> Result<InviteLink, StoreError> {
        let link = InviteLink {
            url: self.public_url.clone(),
            home: self.auth.home_key(),
            secret: entropy(),
            event: match scope {
                Scope::Home => None,
                Scope::Event(event) => Some(event),
            },
        };
        let invite = Invite { secret_hash: link.secret_hash(), role, scope, uses_left: uses, expires };
        self.writer.add_invite(invite).await?;
        Ok(link)
    }
}
