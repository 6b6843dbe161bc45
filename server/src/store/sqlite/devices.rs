//! Devices and their grants in SQLite: one row for each device, and one for each scope of it.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};
use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, Signed};

use super::{audit, decode, encode, invites, registry};
use crate::store::StoreError;
use crate::store::audit::{Act, Deed};
use crate::store::devices::{
    Believed, DecideGrants, DeviceRow, EarlierUse, GrantsDecided, JudgeInvite, NewGrant, Presented, Redemption,
    Standing, scope_name,
};
use crate::store::invites::invite_id;

pub(super) fn change_grants(
    db: &Connection,
    device: DeviceId,
    deed: Deed,
    decide: DecideGrants,
) -> Result<(), StoreError> {
    let by = deed.by.map_or(Ok(Vec::new()), |by| grants_of(db, by))?;
    let GrantsDecided { grants, act } = decide(Standing { by: &by, of: &grants_of(db, device)? });
    put_grants(db, device, &grants)?;
    act.map_or(Ok(()), |act| audit::append(db, deed, &act))
}

pub(super) fn note_seen(db: &Connection, device: DeviceId, at: UnixMillis) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE devices SET seen = ?2 WHERE device = ?1")?.execute(params![device.0, at.0])?;
    Ok(())
}

pub(super) fn seen(db: &Connection) -> Result<BTreeMap<DeviceId, UnixMillis>, StoreError> {
    let mut all = db.prepare_cached("SELECT device, seen FROM devices WHERE seen IS NOT NULL")?;
    let rows = all.query_map([], |row| Ok((DeviceId(row.get(0)?), UnixMillis(row.get(1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The devices that were changed after a number of the registry.
pub(super) fn changed_after(db: &Connection, after: i64) -> Result<Vec<DeviceRow>, StoreError> {
    let sql = "SELECT device, revocations, offered_by FROM devices WHERE changed > ?1 ORDER BY device";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![after])?;
    let mut devices = Vec::new();
    while let Some(row) = rows.next()? {
        let device = DeviceId(row.get(0)?);
        let revocations = row.get::<_, i64>(1)?.cast_unsigned();
        let offered_by = row.get::<_, Option<[u8; 16]>>(2)?.map(DeviceId);
        devices.push(DeviceRow { device, grants: grants_of(db, device)?, revocations, offered_by });
    }
    Ok(devices)
}

pub(super) fn has_anyone(db: &Connection) -> Result<bool, StoreError> {
    Ok(db.query_row("SELECT EXISTS (SELECT 1 FROM devices)", [], |row| row.get(0))?)
}

/// How often something of a device was revoked; never, of a device that is not known.
fn revocations_of(db: &Connection, device: DeviceId) -> Result<u64, StoreError> {
    let mut find = db.prepare_cached("SELECT revocations FROM devices WHERE device = ?1")?;
    let found: Option<i64> = find.query_row(params![device.0], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0).cast_unsigned())
}

/// Refuses what was decided in the name of a device of which something was revoked since: it is to be decided again.
pub(super) fn require_believed(db: &Connection, believed: Believed) -> Result<(), StoreError> {
    if revocations_of(db, believed.device)? == believed.revocations { Ok(()) } else { Err(StoreError::Revoked) }
}

/// Counts a revocation of something of a device.
pub(super) fn count_revocation(db: &Connection, device: DeviceId) -> Result<(), StoreError> {
    let mut count = db.prepare_cached("UPDATE devices SET revocations = revocations + 1 WHERE device = ?1")?;
    count.execute(params![device.0])?;
    registry::note_device(db, device)
}

/// What home said of a device.
pub(super) fn grants_of(db: &Connection, device: DeviceId) -> Result<Vec<Signed<Grant>>, StoreError> {
    let mut statement = db.prepare_cached("SELECT grant FROM grants WHERE device = ?1 ORDER BY scope")?;
    let mut rows = statement.query(params![device.0])?;
    let mut grants = Vec::new();
    while let Some(row) = rows.next()? {
        grants.push(decode("a grant", &row.get::<_, Vec<u8>>(0)?)?);
    }
    Ok(grants)
}

/// Keeps grants, each in the place of what was said of the same scope.
pub(super) fn put_grants(db: &Connection, device: DeviceId, grants: &[NewGrant]) -> Result<(), StoreError> {
    if grants.is_empty() {
        return Ok(());
    }
    db.prepare_cached("INSERT OR IGNORE INTO devices (device) VALUES (?1)")?.execute(params![device.0])?;
    let sql = "INSERT INTO grants (device, scope, grant) VALUES (?1, ?2, ?3)
               ON CONFLICT (device, scope) DO UPDATE SET grant = excluded.grant";
    let mut put = db.prepare_cached(sql)?;
    for NewGrant { scope, grant } in grants {
        put.execute(params![device.0, encode(scope), encode(grant)])?;
    }
    registry::note_device(db, device)
}

pub(super) fn redeem(db: &Connection, redemption: Redemption, judge: JudgeInvite) -> Result<bool, StoreError> {
    let Redemption { secret_hash, device, now } = redemption;
    let Some(row) = invites::find(db, &secret_hash)? else { return Ok(false) };
    let (invite, grants) = (row.invite.clone(), grants_of(db, device)?);
    let sql = "SELECT EXISTS (SELECT 1 FROM grants WHERE device = ?1 AND scope = ?3 AND invite = ?2)
               FROM uses WHERE device = ?1 AND invite = ?2";
    let counts: Option<bool> = db
        .prepare_cached(sql)?
        .query_row(params![device.0, secret_hash, encode(&invite.scope)], |row| row.get(0))
        .optional()?;
    let earlier = counts.map(|counts| if counts { EarlierUse::Counts } else { EarlierUse::IsOver });
    let over = row.over(now);
    let presented = Presented { invite: &invite, over, grants: &grants, earlier };
    let Some(new) = judge(&presented) else { return Ok(true) };
    let sql = "UPDATE invites SET uses_left = uses_left - 1 WHERE secret_hash = ?1 AND uses_left > 0";
    if db.prepare_cached(sql)?.execute(params![secret_hash])? == 0 {
        return Err(StoreError::Conflict);
    }
    put_grants(db, device, &new)?;
    db.prepare_cached("INSERT OR IGNORE INTO uses (device, invite) VALUES (?1, ?2)")?
        .execute(params![device.0, secret_hash])?;
    db.prepare_cached("UPDATE grants SET invite = ?3 WHERE device = ?1 AND scope = ?2")?.execute(params![
        device.0,
        encode(&invite.scope),
        secret_hash
    ])?;
    let let_in = Act::DeviceLetIn {
        device: device.to_string(),
        invite: invite_id(&secret_hash),
        role: invite.role.key().to_owned(),
        scope: scope_name(&invite.scope),
    };
    audit::append(db, Deed::of_itself(device, now), &let_in)?;
    Ok(true)
}
