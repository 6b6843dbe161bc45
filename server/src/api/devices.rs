//! The devices that were let in, for organizers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::ids::{DeviceId, Incarnation};
use sync_core::replica::ledger::Ledger;
use sync_core::trust::{Grant, Role, Scope, Signed};

use super::body::Body;
use super::callers::Caller;
use super::enrol::short_name;
use super::place::{DeviceInPath, EventInPath};
use super::sign_in::{KnownSession, KnownSignInLink, known_row};
use crate::app::App;
use crate::auth::Device;
use crate::auth::rights::{Registrar, Right, new_grants};
use crate::error::{Denial, Problem};
use crate::store::audit::Act;
use crate::store::devices::{Decided, Later, NewGrant, Revoked, Standing};
use crate::store::items::Said;
use crate::store::prepared::{Revocation, Rules};
use crate::store::quarantine::SetAside;
use crate::wire::{Devices, KnownDevice, KnownInvite, KnownLog, Rename, Revoke};

/// `GET /v1/devices`: the devices that have rights within the caller's, each of these by itself.
///
/// # Errors
/// [`Problem::FORBIDDEN`].
pub async fn list(State(app): State<Arc<App>>, Caller(caller): Caller) -> Result<Json<Devices>, Problem> {
    caller.require_organizer()?;
    let (cloned, seen) = app.store.read(|store| Ok((store.cloned()?, store.seen()?))).await?;
    let cloned: HashMap<DeviceId, u64> = cloned.into_iter().collect();
    let rights = app.auth.members().within(&caller.rights.scopes_of(Role::Organizer));
    let devices = rights.into_iter().map(|(device, Right { grant, .. })| KnownDevice {
        device: device.id.to_string(),
        name: grant.name.clone(),
        role: grant.role.to_string(),
        event: grant.scope.event().map(|event| event.to_string()),
        node: grant.scope.node().map(|node| node.to_string()),
        site: grant.post.site.clone(),
        team: grant.post.team.clone(),
        issued_ms: grant.issued.0,
        seen_ms: app.last_seen.seen(device.id).max(seen.get(&device.id).copied()).map(|at| at.0),
        revoked_ms: grant.revoked.map(|revoked| revoked.since.0),
        later: grant.revoked.map(|revoked| revoked.later.key().to_owned()),
        wipe: grant.revoked.is_some_and(|revoked| revoked.wipe),
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
    let (said, aside) = app.store.read(move |store| Ok((store.said(event)?, store.set_aside(event)?))).await?;
    let logs = app.desks.look(event, move |ledger| logs_of(ledger, &said, &aside)).await?;
    let Json(Devices { mut devices }) = list(State(app), Caller(caller)).await?;
    for device in &mut devices {
        device.logs = logs.get(&device.device).cloned().unwrap_or_default();
    }
    Ok(Json(Devices { devices }))
}

/// How many entries of each log are here, and how many more its device said that it has.
fn logs_of(ledger: &Ledger, said: &[Said], aside: &[SetAside]) -> HashMap<String, Vec<KnownLog>> {
    let here = ledger.documents().logs().map(|log| (log.device, log.incarnation));
    let said_of: BTreeMap<_, _> = said.iter().map(|said| ((said.device, said.incarnation), said.entries)).collect();
    let aside_of: BTreeMap<_, _> = aside.iter().map(|aside| ((aside.device, aside.incarnation), aside)).collect();
    let all: BTreeSet<(DeviceId, Incarnation)> =
        here.chain(said_of.keys().copied()).chain(aside_of.keys().copied()).collect();
    let mut logs: HashMap<String, Vec<KnownLog>> = HashMap::new();
    for (device, incarnation) in all {
        let of = (device, incarnation);
        let entries = ledger.documents().log(device, incarnation).map_or(0, |log| log.entries.len() as u64);
        let (held, discarded) = aside_of.get(&of).map_or((0, 0), |aside| (aside.held, aside.discarded));
        let said = said_of.get(&of).copied().unwrap_or(0);
        let missing = said.saturating_sub(entries.saturating_add(held).saturating_add(discarded));
        let incarnation = incarnation.to_string();
        let log = KnownLog { incarnation, entries, held, discarded, missing };
        logs.entry(device.to_string()).or_default().push(log);
    }
    logs
}

/// `GET /v1/devices/{device}/prepared`: what lets somebody in after the device is revoked.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownPrepared {
    /// Invites that it made and that are not used up.
    pub invites: Vec<KnownInvite>,
    /// Links to sign in that it made and that nobody used yet.
    pub sign_in_links: Vec<KnownSignInLink>,
    /// Sessions that began by its links, and its own.
    pub sessions: Vec<KnownSession>,
    /// The devices that came in by its invites. They stay in: each is revoked by itself.
    pub devices: Vec<String>,
}

/// What a revocation takes away, and who may do it.
struct OfOrganizers {
    registrar: Registrar,
    how: Revoked,
}

impl Rules for OfOrganizers {
    fn is_within(&self, by: &[Signed<Grant>], scope: &Scope) -> bool {
        self.registrar.tree().is_within(&self.registrar.read(by).scopes_of(Role::Organizer), scope)
    }

    fn revoke(&self, standing: Standing<'_>) -> Vec<NewGrant> {
        let within = self.registrar.read(standing.by).scopes_of(Role::Organizer);
        new_grants(&self.registrar.revoke(&self.registrar.read(standing.of), &within, self.how))
    }

    fn revoke_session(&self, standing: Standing<'_>) -> Vec<NewGrant> {
        self.revoke(standing)
    }
}

/// `GET /v1/devices/{device}/prepared`: what the device prepared that lets somebody in, and what revoking it withdraws.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_DEVICE`].
pub async fn prepared(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    DeviceInPath(device): DeviceInPath,
) -> Result<Json<KnownPrepared>, Problem> {
    let scopes = app.scopes_over(&caller, device)?;
    let (now, registrar) = (app.auth.clock().now(), app.auth.registrar().clone());
    let is_within = move |scope: &Scope| registrar.tree().is_within(&scopes, scope);
    let prepared = app.store.read(move |store| store.prepared(device, now, &is_within)).await?;
    Ok(Json(KnownPrepared {
        invites: prepared.invites.into_iter().map(|row| app.known_invite(row)).collect(),
        sign_in_links: prepared.links.into_iter().filter_map(|row| app.known_link(row)).collect(),
        sessions: prepared.sessions.iter().filter_map(known_row).collect(),
        devices: prepared.devices.into_iter().map(|device| device.to_string()).collect(),
    }))
}

const REFUSES_WHAT_IS_WIPED: &str = "a device that is to forget everything hands over first what home does not have: let \
    that wait (`hold`), and discard it then";

/// `POST /v1/devices/{device}/revoke`: stops a device's future, within the caller's rights. What it wrote before stays;
/// what it still brings is held, accepted or refused, as is said. What it prepared is withdrawn, but for what is to be
/// kept. Repeating it changes only that.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_DEVICE`], [`Problem::BAD_BODY`]; [`Problem::BAD_FIELD`] where the device is to
/// forget everything and what it still brings is refused: that would be lost.
pub async fn revoke(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    DeviceInPath(device): DeviceInPath,
    Body(body): Body<Revoke>,
) -> Result<NoContent, Denial> {
    app.scopes_over(&caller, device)?;
    let later = body.later.as_deref().map_or(Some(Later::Hold), Later::of_key).ok_or(Problem::BAD_BODY)?;
    if body.wipe && later == Later::Refuse {
        return Err(Denial::of_field(Problem::BAD_FIELD, "later", REFUSES_WHAT_IS_WIPED));
    }
    let deed = app.deed_of(&caller);
    let how = Revoked { since: deed.at, later, wipe: body.wipe };
    let act = Act::DeviceRevoked { device: device.to_string(), later: later.key().to_owned(), wipe: body.wipe };
    let rules = Box::new(OfOrganizers { registrar: app.auth.registrar().clone(), how });
    if !app.writer.revoke(Revocation { device, act, deed, keep: body.keep, rules }).await? {
        return Err(Problem::UNKNOWN_DEVICE.into());
    }
    app.auth.follow().await?;
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
    app.scopes_over(&caller, device)?;
    let (name, deed, registrar) = (short_name(&body.name)?, app.deed_of(&caller), app.auth.registrar().clone());
    let decide = move |standing: Standing<'_>| {
        let (rights, within) = (registrar.read(standing.of), registrar.read(standing.by).scopes_of(Role::Organizer));
        let new = registrar.rename(&rights, &within, &name, deed.at);
        let act = Act::DeviceRenamed { device: device.to_string() };
        let is_news = !new.is_empty();
        Decided { grants: new_grants(&new), act: Some(act).filter(|_| is_news), answer: is_news }
    };
    if !app.writer.change_grants(device, deed, decide).await? {
        return Err(Problem::UNKNOWN_DEVICE);
    }
    app.auth.follow().await?;
    Ok(NoContent)
}

impl App {
    /// The scopes that the caller organizes, if something of the device lies there.
    fn scopes_over(&self, caller: &Device, device: DeviceId) -> Result<Vec<Scope>, Problem> {
        caller.require_organizer()?;
        let scopes = caller.rights.scopes_of(Role::Organizer);
        let known = self.auth.device(device).ok_or(Problem::UNKNOWN_DEVICE)?;
        let is_known = known.rights.all().any(|right| self.auth.tree().is_within(&scopes, &right.grant.scope));
        if is_known { Ok(scopes) } else { Err(Problem::UNKNOWN_DEVICE) }
    }
}
