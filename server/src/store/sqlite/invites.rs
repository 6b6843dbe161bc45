//! Invites in SQLite.

use rusqlite::{Connection, Row, params};
use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;
use sync_core::trust::Post;

use super::devices::grants_of;
use super::{audit, decode, encode};
use crate::store::StoreError;
use crate::store::audit::{Act, Deed};
use crate::store::devices::scope_name;
use crate::store::invites::{Invite, InviteRow, MayStill, invite_id};

/// Whether whoever does something may still do it, looked up in the job that writes it down.
pub(super) fn may_still(db: &Connection, deed: Deed, may: MayStill) -> Result<bool, StoreError> {
    deed.by.map_or(Ok(true), |device| Ok(may(&grants_of(db, device)?)))
}

pub(super) fn add_invite(db: &Connection, invite: &Invite, deed: Deed, may: MayStill) -> Result<bool, StoreError> {
    let may = may_still(db, deed, may)?;
    if may {
        insert(db, invite, deed, false)?;
    }
    Ok(may)
}

pub(super) fn add_first_invite(db: &Connection, invite: &Invite, deed: Deed) -> Result<(), StoreError> {
    let sql = format!("{SELECT} WHERE is_first = 1 AND withdrawn IS NULL");
    let mut statement = db.prepare_cached(&sql)?;
    let earlier = statement.query_map([], |row| row.get::<_, [u8; 32]>(0))?;
    for secret_hash in earlier.collect::<Result<Vec<_>, _>>()? {
        withdraw(db, &secret_hash, deed)?;
    }
    insert(db, invite, deed, true)
}

pub(super) fn invites(db: &Connection) -> Result<Vec<InviteRow>, StoreError> {
    select(db, "ORDER BY created, secret_hash", [])
}

pub(super) fn find(db: &Connection, secret_hash: &[u8; 32]) -> Result<Option<InviteRow>, StoreError> {
    Ok(select(db, "WHERE secret_hash = ?1", params![secret_hash])?.pop())
}

/// The invites that a device made and that still let somebody in.
pub(super) fn open_ones_of(db: &Connection, device: DeviceId, now: UnixMillis) -> Result<Vec<InviteRow>, StoreError> {
    let mut made = select(db, "WHERE made_by = ?1 ORDER BY created, secret_hash", params![device.0])?;
    made.retain(|row| row.over(now).is_none());
    Ok(made)
}

pub(super) fn withdraw(db: &Connection, secret_hash: &[u8; 32], deed: Deed) -> Result<bool, StoreError> {
    let sql = "UPDATE invites SET withdrawn = ?2 WHERE secret_hash = ?1 AND withdrawn IS NULL";
    let withdrawn = db.prepare_cached(sql)?.execute(params![secret_hash, deed.at.0])? == 1;
    if withdrawn {
        audit::append(db, deed, &Act::InviteWithdrawn { invite: invite_id(secret_hash) })?;
    }
    Ok(withdrawn)
}

const SELECT: &str =
    "SELECT secret_hash, role, scope, uses, expires, uses_left, created, withdrawn, site, team, made_by
                      FROM invites";

fn select(db: &Connection, which: &str, params: impl rusqlite::Params) -> Result<Vec<InviteRow>, StoreError> {
    let mut statement = db.prepare_cached(&format!("{SELECT} {which}"))?;
    let mut rows = statement.query(params)?;
    let mut invites = Vec::new();
    while let Some(row) = rows.next()? {
        invites.push(read(row)?);
    }
    Ok(invites)
}

fn read(row: &Row<'_>) -> Result<InviteRow, StoreError> {
    let role = row.get::<_, String>(1)?;
    Ok(InviteRow {
        invite: Invite {
            secret_hash: row.get(0)?,
            role: role.parse().map_err(|error| StoreError::Damaged(format!("an invite: {error}")))?,
            scope: decode("an invite's scope", &row.get::<_, Vec<u8>>(2)?)?,
            post: Post { site: row.get(8)?, team: row.get(9)? },
            uses: row.get(3)?,
            expires: row.get::<_, Option<i64>>(4)?.map(UnixMillis),
        },
        uses_left: row.get(5)?,
        created: UnixMillis(row.get(6)?),
        made_by: row.get::<_, Option<[u8; 16]>>(10)?.map(DeviceId),
        withdrawn: row.get::<_, Option<i64>>(7)?.map(UnixMillis),
    })
}

fn insert(db: &Connection, invite: &Invite, deed: Deed, is_first: bool) -> Result<(), StoreError> {
    let sql = "INSERT INTO invites (secret_hash, role, scope, uses, uses_left, expires, created, site, team, made_by, is_first)
               VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    db.prepare_cached(sql)?.execute(params![
        invite.secret_hash,
        invite.role.key(),
        encode(&invite.scope),
        invite.uses,
        invite.expires.map(|at| at.0),
        deed.at.0,
        invite.post.site,
        invite.post.team,
        deed.by.map(|device| device.0),
        is_first
    ])?;
    let (role, scope) = (invite.role.key().to_owned(), scope_name(&invite.scope));
    audit::append(db, deed, &Act::InviteMade { invite: invite.id(), role, scope, uses: invite.uses })
}
