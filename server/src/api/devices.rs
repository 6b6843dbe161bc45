//! The devices that were let in, for organizers.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use sync_core::ids::DeviceId;
use sync_core::replica::ledger::Ledger;
use sync_core::time::UnixMillis;
use sync_core::trust::Grant;

use super::enrol::short_name;
use super::place::{DeviceInPath, EventInPath};
use super::{Body, Caller};
use crate::auth::Device;
use crate::error::Problem;
use crate::router::App;
use crate::store::devices::{DeviceRow, Later, Revoked};
use crate::store::items::Said;
use crate::wire::{Devices, KnownDevice, KnownLog, Rename, Revoke};

/// `GET /v1/devices`: the devices whose rights lie within the caller's.
///
/// # Errors
/// [`Problem::FORBIDDEN`].
pub async fn list(State(app): State<Arc<App>>, Caller(caller): Caller) -> Result<Json<Devices>, Problem> {
    caller.require_organizer()?;
    let store = Arc::clone(&app.store);
    let cloned = tokio::task::spawn_blocking(move || store.cloned()).await.map_err(|_| Problem::INTERNAL)??;
    let cloned: HashMap<DeviceId, u64> = cloned.into_iter().collect();
    let devices = app.auth.devices_under(&caller).into_iter().map(|device| KnownDevice {
        device: device.id.to_string(),
        name: device.grant.name.clone(),
        role: device.grant.role.to_string(),
        event: device.grant.scope.event().map(|event| event.to_string()),
        node: device.grant.scope.node().map(|node| node.to_string()),
        site: device.grant.post.site.clone(),
        team: device.grant.post.team.clone(),
        issued_ms: device.grant.issued.0,
        seen_ms: app.presence.seen(device.id).map(|at| at.0),
        revoked_ms: device.revoked.map(|revoked| revoked.since.0),
        later: device.revoked.map(|revoked| revoked.later.key().to_owned()),
        wipe: device.revoked.is_some_and(|revoked| revoked.wipe),
        cloned: cloned.get(&device.id).copied().unwrap_or(0),
        logs: Vec::new(),
    });
    Ok(Json(Devices { devices: devices.collect() }))
}

/// `GET /v1/events/{event}/devices`: every device that recorded something in an event, with how far its logs are here.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`].
pub async fn of_event(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    EventInPath(event): EventInPath,
) -> Result<Json<Devices>, Problem> {
    app.require_organizer(&caller, event)?;
    let store = Arc::clone(&app.store);
    let said = move || store.event_number(event)?.map_or(Ok(Vec::new()), |number| store.said(number));
    let said = tokio::task::spawn_blocking(said).await.map_err(|_| Problem::INTERNAL)??;
    let logs = app.desks.look(event, move |ledger| logs_of(ledger, &said)).await?;
    let Json(Devices { mut devices }) = list(State(app), Caller(caller)).await?;
    for device in &mut devices {
        device.logs = logs.get(&device.device).cloned().unwrap_or_default();
    }
    Ok(Json(Devices { devices }))
}

/// How many entries of each log are here, and how many more its device said that it has.
fn logs_of(ledger: &Ledger, said: &[Said]) -> HashMap<String, Vec<KnownLog>> {
    let mut logs: HashMap<String, Vec<KnownLog>> = HashMap::new();
    for said in said {
        let here = ledger.documents().log(said.device, said.incarnation).map_or(0, |log| log.entries.len() as u64);
        let (incarnation, missing) = (said.incarnation.to_string(), said.entries.saturating_sub(here));
        logs.entry(said.device.to_string()).or_default().push(KnownLog { incarnation, entries: here, missing });
    }
    for log in ledger.documents().logs() {
        let of_device = logs.entry(log.device.to_string()).or_default();
        let incarnation = log.incarnation.to_string();
        if of_device.iter().all(|known| known.incarnation != incarnation) {
            of_device.push(KnownLog { incarnation, entries: log.entries.len() as u64, missing: 0 });
        }
    }
    logs
}

impl App {
    /// A device whose rights lie within the caller's.
    fn device_under(&self, caller: &Device, device: DeviceId) -> Result<Arc<Device>, Problem> {
        caller.require_organizer()?;
        let known = self.auth.devices_under(caller).into_iter().find(|known| known.id == device);
        known.ok_or(Problem::UNKNOWN_DEVICE)
    }
}

/// `POST /v1/devices/{device}/revoke`: stops a device's future. What it wrote before stays; what it still brings is
/// held, accepted or refused, as is said. Repeating it changes only that.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_DEVICE`], [`Problem::BAD_BODY`].
pub async fn revoke(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    DeviceInPath(device): DeviceInPath,
    Body(body): Body<Revoke>,
) -> Result<NoContent, Problem> {
    let known = app.device_under(&caller, device)?;
    let later = body.later.as_deref().map_or(Some(Later::Hold), Later::of_key).ok_or(Problem::BAD_BODY)?;
    let deed = app.deed_of(&caller);
    let since = known.revoked.map_or(deed.at, |revoked| revoked.since);
    let revoked = Revoked { since, later, wipe: body.wipe };
    // The newest grant counts, also where the server's clock stands still or was set back.
    let issued = UnixMillis(deed.at.0.max(known.grant.issued.0 + 1));
    let grant = Grant { issued, revoked: Some(revoked), ..known.grant.clone() };
    let row = DeviceRow { device: known.id, grant: app.auth.home().state(&grant), revoked: Some(revoked), seen: None };
    app.writer.revoke(row.clone(), revoked, deed).await?;
    app.auth.admit(&row);
    app.desks.barred().bar(&row);
    tracing::info!(%device, by = %caller.id, later = later.key(), wipe = body.wipe, "device revoked");
    Ok(NoContent)
}

/// `POST /v1/devices/{device}/rename`: people call it by another name from now on. Repeating it is harmless.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_DEVICE`], [`Problem::BAD_BODY`].
pub async fn rename(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    DeviceInPath(device): DeviceInPath,
    Body(body): Body<Rename>,
) -> Result<NoContent, Problem> {
    let known = app.device_under(&caller, device)?;
    let deed = app.deed_of(&caller);
    // The newest grant counts, also where the server's clock stands still or was set back.
    let issued = UnixMillis(deed.at.0.max(known.grant.issued.0 + 1));
    let grant = Grant { name: short_name(&body.name)?, issued, ..known.grant.clone() };
    let signed = app.auth.home().state(&grant);
    app.writer.rename(known.id, signed.clone(), deed).await?;
    app.auth.admit(&DeviceRow { device: known.id, grant: signed, revoked: known.revoked, seen: None });
    Ok(NoContent)
}
