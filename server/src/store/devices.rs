//! Devices and the invites that let them in.

use rusqlite::{Connection, OptionalExtension, Row, params};
use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, Post, Role, Scope, Signed};
pub use sync_core::trust::{Later, Revoked};

use super::audit::{self, Act, Deed};
use super::{Store, StoreError, Writer, decode, encode};

/// A device that was let in.
#[derive(Clone, Debug)]
pub struct DeviceRow {
    /// Its id.
    pub device: DeviceId,
    /// What home says of it.
    pub grant: Signed<Grant>,
    /// How an organizer revoked it, if one did.
    pub revoked: Option<Revoked>,
    /// When it was last here, by the server's clock.
    pub seen: Option<UnixMillis>,
}

/// Lets devices in.
#[derive(Clone, Debug)]
pub struct Invite {
    /// SHA-256 of the secret in the link. The secret itself is not kept.
    pub secret_hash: [u8; 32],
    /// What the device may do.
    pub role: Role,
    /// Where.
    pub scope: Scope,
    /// Where in the event.
    pub post: Post,
    /// How many devices it lets in.
    pub uses: u32,
    /// Until when, by the server's clock; `None` is for good.
    pub expires: Option<UnixMillis>,
}

/// An invite as it is kept.
#[derive(Clone, Debug)]
pub struct InviteRow {
    /// What it gives.
    pub invite: Invite,
    /// How many more devices it lets in.
    pub uses_left: u32,
    /// When it was made, by the server's clock.
    pub created: UnixMillis,
    /// When it was withdrawn, if it was.
    pub withdrawn: Option<UnixMillis>,
}

impl Invite {
    /// What people call it: the beginning of its secret's hash, which lets nobody in.
    #[must_use]
    pub fn id(&self) -> String {
        invite_id(&self.secret_hash)
    }
}

fn invite_id(secret_hash: &[u8; 32]) -> String {
    secret_hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn scope_name(scope: &Scope) -> String {
    match scope {
        Scope::Home => "home".to_owned(),
        Scope::Event(event) => format!("event {event}"),
        Scope::Node(node) => format!("node {node}"),
    }
}

/// What came of using an invite.
#[derive(Clone, Debug)]
pub enum Redeemed {
    /// The device is in now.
    Fresh,
    /// The same device used the same invite before: this is what it was told then.
    Again(Signed<Grant>),
    /// There is no such invite.
    Unknown,
    /// Others have used it up.
    Used,
    /// Its time is over, or it was withdrawn.
    Expired,
    /// The device was revoked, and stays so.
    Revoked,
}

/// A device uses an invite.
#[derive(Debug)]
pub struct Redemption {
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
    /// The device, with the grant it gets if the invite is good.
    pub device: DeviceRow,
    /// What that grant says.
    pub grant: Grant,
    /// The server's time.
    pub now: UnixMillis,
}

impl Writer {
    /// Keeps an invite.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn add_invite(&self, invite: Invite, deed: Deed) -> Result<(), StoreError> {
        self.ask(move |db| insert_invite(db, &invite, deed)).await
    }

    /// Lets nobody in by an invite any more. Returns whether there is such an invite; repeating it is harmless.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn withdraw_invite(&self, secret_hash: [u8; 32], deed: Deed) -> Result<bool, StoreError> {
        self.ask(move |db| {
            let sql = "UPDATE invites SET withdrawn = ?2 WHERE secret_hash = ?1 AND withdrawn IS NULL";
            let withdrawn = db.prepare_cached(sql)?.execute(params![secret_hash, deed.at.0])? == 1;
            if withdrawn {
                audit::append(db, deed, &Act::InviteWithdrawn { invite: invite_id(&secret_hash) })?;
            }
            Ok(withdrawn)
        })
        .await
    }

    /// Uses an invite. The same device may repeat it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn redeem(&self, redemption: Redemption) -> Result<Redeemed, StoreError> {
        self.ask(move |db| redeem(db, &redemption)).await
    }

    /// Revokes a device, or changes how it was revoked: from now on home says so of it. The first time stays.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn revoke(&self, row: DeviceRow, revoked: Revoked, deed: Deed) -> Result<(), StoreError> {
        self.ask(move |db| {
            keep_device(db, &DeviceRow { revoked: Some(revoked), ..row.clone() })?;
            let (later, wipe) = (revoked.later.key().to_owned(), revoked.wipe);
            audit::append(db, deed, &Act::DeviceRevoked { device: row.device.to_string(), later, wipe })
        })
        .await
    }

    /// Keeps what another device knows that home said, and home no longer knew.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn recall(&self, row: DeviceRow, deed: Deed) -> Result<(), StoreError> {
        self.ask(move |db| {
            keep_device(db, &row)?;
            let (device, revoked) = (row.device.to_string(), row.revoked.is_some());
            audit::append(db, deed, &Act::DeviceRecalled { device, revoked })
        })
        .await
    }

    /// Replaces what home says of a device, which is called by another name now.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn rename(&self, device: DeviceId, grant: Signed<Grant>, deed: Deed) -> Result<(), StoreError> {
        self.ask(move |db| {
            db.prepare_cached("UPDATE devices SET grant = ?2 WHERE device = ?1")?
                .execute(params![device.0, encode(&grant)])?;
            audit::append(db, deed, &Act::DeviceRenamed { device: device.to_string() })
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
            let mut statement = db.prepare_cached("SELECT device, grant, revoked, later, wipe, seen FROM devices")?;
            let mut rows = statement.query([])?;
            let mut devices = Vec::new();
            while let Some(row) = rows.next()? {
                devices.push(DeviceRow {
                    device: DeviceId(row.get(0)?),
                    grant: decode("a grant", &row.get::<_, Vec<u8>>(1)?)?,
                    revoked: read_revoked(row)?,
                    seen: row.get::<_, Option<i64>>(5)?.map(UnixMillis),
                });
            }
            Ok(devices)
        })
    }

    /// Every invite that was ever made, the oldest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn invites(&self) -> Result<Vec<InviteRow>, StoreError> {
        self.read(|db| {
            let sql = format!("{SELECT_INVITES} ORDER BY created, secret_hash");
            let mut statement = db.prepare_cached(&sql)?;
            let mut rows = statement.query([])?;
            let mut invites = Vec::new();
            while let Some(row) = rows.next()? {
                invites.push(read_invite(row)?);
            }
            Ok(invites)
        })
    }

    /// What an invite gives, whether or not it can still be used; `None` if there is none with this secret.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn invite_terms(&self, secret_hash: &[u8; 32]) -> Result<Option<Invite>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare_cached(&format!("{SELECT_INVITES} WHERE secret_hash = ?1"))?;
            let mut rows = statement.query(params![secret_hash])?;
            let found = rows.next()?.map(read_invite).transpose()?;
            Ok(found.map(|row| row.invite))
        })
    }

    /// Whether anybody was ever let in or invited.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn has_anyone(&self) -> Result<bool, StoreError> {
        self.read(|db| {
            let sql = "SELECT EXISTS (SELECT 1 FROM invites) OR EXISTS (SELECT 1 FROM devices)";
            Ok(db.query_row(sql, [], |row| row.get(0))?)
        })
    }
}

fn keep_device(db: &Connection, row: &DeviceRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO devices (device, grant, revoked, later, wipe) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (device) DO UPDATE SET
               grant = excluded.grant, revoked = excluded.revoked, later = excluded.later, wipe = excluded.wipe";
    let (since, later) = (row.revoked.map(|it| it.since.0), row.revoked.map(|it| it.later.key()));
    let wipe = row.revoked.is_some_and(|it| it.wipe);
    db.prepare_cached(sql)?.execute(params![row.device.0, encode(&row.grant), since, later, wipe])?;
    Ok(())
}

const SELECT_INVITES: &str =
    "SELECT secret_hash, role, scope, uses, expires, uses_left, created, withdrawn, site, team FROM invites";

fn read_invite(row: &Row<'_>) -> Result<InviteRow, StoreError> {
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
        withdrawn: row.get::<_, Option<i64>>(7)?.map(UnixMillis),
    })
}

fn read_revoked(row: &Row<'_>) -> Result<Option<Revoked>, StoreError> {
    let (Some(since), later) = (row.get::<_, Option<i64>>(2)?, row.get::<_, Option<String>>(3)?) else {
        return Ok(None);
    };
    let later = later.as_deref().and_then(Later::of_key);
    let later = later.ok_or_else(|| StoreError::Damaged("how a device was revoked".to_owned()))?;
    Ok(Some(Revoked { since: UnixMillis(since), later, wipe: row.get(4)? }))
}

fn insert_invite(db: &Connection, invite: &Invite, deed: Deed) -> Result<(), StoreError> {
    let sql = "INSERT INTO invites (secret_hash, role, scope, uses, uses_left, expires, created, site, team)
               VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8)";
    db.prepare_cached(sql)?.execute(params![
        invite.secret_hash,
        invite.role.key(),
        encode(&invite.scope),
        invite.uses,
        invite.expires.map(|at| at.0),
        deed.at.0,
        invite.post.site,
        invite.post.team
    ])?;
    let (role, scope) = (invite.role.key().to_owned(), scope_name(&invite.scope));
    audit::append(db, deed, &Act::InviteMade { invite: invite.id(), role, scope, uses: invite.uses })
}

fn redeem(db: &Connection, redemption: &Redemption) -> Result<Redeemed, StoreError> {
    let device = redemption.device.device.0;
    let revoked = db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM devices WHERE device = ?1 AND revoked IS NOT NULL)")?
        .query_row(params![device], |row| row.get(0))?;
    if revoked {
        return Ok(Redeemed::Revoked);
    }
    let earlier: Option<Vec<u8>> = db
        .prepare_cached("SELECT grant FROM devices WHERE device = ?1 AND invite = ?2")?
        .query_row(params![device, redemption.secret_hash], |row| row.get(0))
        .optional()?;
    if let Some(grant) = earlier {
        return Ok(Redeemed::Again(decode::<Signed<Grant>>("a grant", &grant)?));
    }
    let found: Option<(u32, Option<i64>, Option<i64>)> = db
        .prepare_cached("SELECT uses_left, expires, withdrawn FROM invites WHERE secret_hash = ?1")?
        .query_row(params![redemption.secret_hash], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    match found {
        None => return Ok(Redeemed::Unknown),
        Some((_, _, Some(_))) => return Ok(Redeemed::Expired),
        Some((_, Some(expires), _)) if expires <= redemption.now.0 => return Ok(Redeemed::Expired),
        Some((0, ..)) => return Ok(Redeemed::Used),
        Some(_) => {}
    }
    db.prepare_cached("UPDATE invites SET uses_left = uses_left - 1 WHERE secret_hash = ?1")?
        .execute(params![redemption.secret_hash])?;
    db.prepare_cached(
        "INSERT INTO devices (device, grant, invite) VALUES (?1, ?2, ?3)
         ON CONFLICT (device) DO UPDATE SET grant = excluded.grant, invite = excluded.invite",
    )?
    .execute(params![device, encode(&redemption.device.grant), redemption.secret_hash])?;
    let let_in = Act::DeviceLetIn {
        device: redemption.device.device.to_string(),
        invite: invite_id(&redemption.secret_hash),
        role: redemption.grant.role.key().to_owned(),
        scope: scope_name(&redemption.grant.scope),
    };
    audit::append(db, Deed { by: Some(redemption.device.device), at: redemption.now }, &let_in)?;
    Ok(Redeemed::Fresh)
}
