//! Letting a device in that uses an invite.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use sync_core::trust::{Grant, PublicKey};

use super::Body;
use crate::error::Problem;
use crate::invite::hash_secret;
use crate::router::App;
use crate::store::devices::{DeviceRow, Invite, Redeemed, Redemption};
use crate::wire::{Carried, Enrol, Enrolled};

/// `POST /v1/enrol`. The same device may repeat it with the same invite, if the answer was lost.
///
/// # Errors
/// [`Problem::UNKNOWN_INVITE`], [`Problem::USED_INVITE`], [`Problem::EXPIRED_INVITE`], [`Problem::BAD_BODY`].
pub async fn enrol(State(app): State<Arc<App>>, Body(body): Body<Enrol>) -> Result<Json<Enrolled>, Problem> {
    let key = PublicKey(body.public_key.0.try_into().map_err(|_| Problem::BAD_BODY)?);
    let name = short_name(&body.name)?;
    let secret_hash = hash_secret(&body.secret.0);
    let store = Arc::clone(&app.store);
    let Invite { role, scope, post, .. } = tokio::task::spawn_blocking(move || store.invite_terms(&secret_hash))
        .await
        .map_err(|_| Problem::INTERNAL)??
        .ok_or(Problem::UNKNOWN_INVITE)?;
    let now = app.auth.clock().now();
    let grant = Grant { key, name, role, scope, issued: now, post, revoked: None, vouched: None };
    let device =
        DeviceRow { device: key.device(), grant: app.auth.home().state(&grant), revoked: None, seen: Some(now) };
    let redeemed = app.writer.redeem(Redemption { secret_hash, device: device.clone(), grant, now }).await?;
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

/// What people call a device or an office: 1 to 100 characters.
pub(super) fn short_name(text: &str) -> Result<String, Problem> {
    let name = text.trim();
    let fits = !name.is_empty() && name.chars().count() <= 100 && !name.chars().any(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err(Problem::BAD_BODY) }
}
