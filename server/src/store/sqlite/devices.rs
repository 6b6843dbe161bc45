//! Devices and their grants in SQLite: one row for each device, and one for each scope of it.

use rusqlite::{Connection, OptionalExtension, params};
use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, Signed};

use super::{Store, Writer, audit, decode, encode, invites};
use crate::store::StoreError;
use crate::store::audit::{Act, Deed};
use crate::store::devices::{
    Believed, Decided, DeviceRow, EarlierUse, NewGrant, Presented, Redeeming, Redemption, Standing, scope_name,
};
use crate::store::invites::invite_id;

impl Writer {
    /// Uses an invite, as `judge` says. Returns `None` if there is no such invite.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn redeem<T: Send + 'static>(
        &self,
        redemption: Redemption,
        judge: impl FnOnce(&Presented<'_>) -> Redeeming<T> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        self.ask(move |db| redeem(db, redemption, judge)).await
    }

    /// Changes what home says of a device, as `decide` says of what it said so far.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn change_grants<T: Send + 'static>(
        &self,
        device: DeviceId,
        deed: Deed,
        decide: impl FnOnce(Standing<'_>) -> Decided<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(move |db| {
            let by = deed.by.map_or(Ok(Vec::new()), |by| grants_of(db, by))?;
            let Decided { grants, act, answer } = decide(Standing { by: &by, of: &grants_of(db, device)? });
            put_grants(db, device, &grants)?;
            act.map_or(Ok(()), |act| audit::append(db, deed, &act))?;
            Ok(answer)
        })
        .await
    }

    /// Notes that a device was here.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn note_seen(&self, device: DeviceId, at: UnixMillis) -> Result<(), StoreError> {
        self.ask(move |db| {
            db.prepare_cached("UPDATE devices SET seen = ?2 WHERE device = ?1")?.execute(params![device.0, at.0])?;
            Ok(())
        })
        .await
    }
}

impl Store {
    /// Every device that was let in.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn devices(&self) -> Result<Vec<DeviceRow>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT device, seen, revocations FROM devices")?;
            read_devices(db, statement.query([])?)
        })
    }

    /// Every device of which something was revoked.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn revoked_devices(&self) -> Result<Vec<DeviceRow>, StoreError> {
        self.read(|db| {
            let sql = "SELECT device, seen, revocations FROM devices WHERE revocations > 0";
            read_devices(db, db.prepare_cached(sql)?.query([])?)
        })
    }

    /// Whether anybody was ever let in.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn has_anyone(&self) -> Result<bool, StoreError> {
        self.read(|db| Ok(db.query_row("SELECT EXISTS (SELECT 1 FROM devices)", [], |row| row.get(0))?))
    }
}

fn read_devices(db: &Connection, mut rows: rusqlite::Rows<'_>) -> Result<Vec<DeviceRow>, StoreError> {
    let mut devices = Vec::new();
    while let Some(row) = rows.next()? {
        let device = DeviceId(row.get(0)?);
        let seen = row.get::<_, Option<i64>>(1)?.map(UnixMillis);
        let revocations = row.get::<_, i64>(2)?.cast_unsigned();
        devices.push(DeviceRow { device, grants: grants_of(db, device)?, seen, revocations });
    }
    Ok(devices)
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
    Ok(count.execute(params![device.0]).map(drop)?)
}

/// A device as it is kept.
pub(super) fn device_of(db: &Connection, device: DeviceId) -> Result<DeviceRow, StoreError> {
    let (grants, revocations) = (grants_of(db, device)?, revocations_of(db, device)?);
    Ok(DeviceRow { device, grants, seen: None, revocations })
}

/// What home said of a device.
pub(super) fn grants_of(db: &Connection, device: DeviceId) -> Result<Vec<Signed<Grant>>, StoreError> {
    let mut statement = db.prepare_cached("SELECT grant FROM grants WHERE device = ?1")?;
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
    Ok(())
}

fn redeem<T>(
    db: &Connection,
    redemption: Redemption,
    judge: impl FnOnce(&Presented<'_>) -> Redeeming<T>,
) -> Result<Option<T>, StoreError> {
    let Redemption { secret_hash, device, now } = redemption;
    let Some(row) = invites::find(db, &secret_hash)? else { return Ok(None) };
    let (invite, grants) = (row.invite.clone(), grants_of(db, device)?);
    let sql = "SELECT EXISTS (SELECT 1 FROM grants WHERE device = ?1 AND scope = ?3 AND invite = ?2)
               FROM uses WHERE device = ?1 AND invite = ?2";
    let counts: Option<bool> = db
        .prepare_cached(sql)?
        .query_row(params![device.0, secret_hash, encode(&invite.scope)], |row| row.get(0))
        .optional()?;
    let earlier = counts.map(|counts| if counts { EarlierUse::Counts } else { EarlierUse::IsOver });
    let over = row.over(now);
    let (new, answer) = match judge(&Presented { invite: &invite, over, grants: &grants, earlier }) {
        Redeeming::Leave(answer) => return Ok(Some(answer)),
        Redeeming::Give(new, answer) => (new, answer),
    };
    db.prepare_cached("UPDATE invites SET uses_left = uses_left - 1 WHERE secret_hash = ?1")?
        .execute(params![secret_hash])?;
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
    Ok(Some(answer))
}
