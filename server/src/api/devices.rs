//! The devices that were let in, for organizers.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use sync_core::ids::DeviceId;
use sync_core::trust::{Role, Scope};

use super::Caller;
use crate::auth::Device;
use crate::error::Problem;
use crate::router::App;
use crate::wire::{Devices, KnownDevice};

fn require_organizer(caller: &Device) -> Result<(), Problem> {
    if caller.grant.role < Role::Organizer { Err(Problem::FORBIDDEN) } else { Ok(()) }
}

/// `GET /v1/devices`: the devices whose rights lie within the caller's.
///
/// # Errors
/// [`Problem::FORBIDDEN`].
pub async fn list(State(app): State<Arc<App>>, Caller(caller): Caller) -> Result<Json<Devices>, Problem> {
    require_organizer(&caller)?;
    let devices = app.auth.devices_under(&caller).into_iter().map(|device| KnownDevice {
        device: device.id.to_string(),
        name: device.grant.name.clone(),
        role: device.grant.role.to_string(),
        event: match device.grant.scope {
            Scope::Home => None,
            Scope::Event(event) => Some(event.to_string()),
        },
        issued_ms: device.grant.issued.0,
        revoked_ms: device.revoked.map(|at| at.0),
    });
    Ok(Json(Devices { devices: devices.collect() }))
}

/// `POST /v1/devices/{device}/revoke`: stops a device's future. What it wrote before stays. Repeating it is harmless.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_DEVICE`].
pub async fn revoke(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    Path(device): Path<String>,
) -> Result<StatusCode, Problem> {
    require_organizer(&caller)?;
    let device: DeviceId = device.parse().map_err(|_| Problem::UNKNOWN_DEVICE)?;
    if !app.auth.devices_under(&caller).iter().any(|known| known.id == device) {
        return Err(Problem::UNKNOWN_DEVICE);
    }
    let now = app.auth.clock().now();
    app.writer.revoke(device, now).await?;
    app.auth.revoke(device, now);
    tracing::info!(%device, by = %caller.id, "device revoked");
    Ok(StatusCode::NO_CONTENT)
}
