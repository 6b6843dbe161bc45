//! Sessions with browsers, and links to sign in, in SQLite.

use rusqlite::{Connection, OptionalExtension, Row, params};
use sync_core::ids::{DeviceId, EventId, Revision};
use sync_core::time::UnixMillis;

use super::devices::put_grants;
use super::invites::may_still;
use super::{audit, decode, encode, registry, row_of};
use crate::store::StoreError;
use crate::store::audit::{Act, Deed};
use crate::store::devices::{NewGrant, scope_name};
use crate::store::invites::MayStill;
use crate::store::sessions::{Beginning, Begun, KEPT_MS, Performed, SessionRow, SignIn, SignInRow, hex};

/// Of secrets only hashes are kept, except the keys of devices that home holds for others.
pub(super) const TABLES: &str = "
    CREATE TABLE sign_ins (
        secret_hash BLOB PRIMARY KEY,
        access TEXT NOT NULL,
        scope BLOB NOT NULL,
        name TEXT NOT NULL,
        expires INTEGER NOT NULL,
        used INTEGER,
        made INTEGER NOT NULL,
        made_by BLOB,
        withdrawn INTEGER
    ) WITHOUT ROWID;
    CREATE TABLE sessions (
        session BLOB PRIMARY KEY,
        cookie_hash BLOB NOT NULL UNIQUE,
        access TEXT NOT NULL,
        scope BLOB NOT NULL,
        name TEXT NOT NULL,
        began INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        ended INTEGER,
        device BLOB,
        seed BLOB,
        offered_by BLOB
    ) WITHOUT ROWID;
    CREATE TABLE performed (
        event INTEGER NOT NULL REFERENCES events (number),
        device BLOB NOT NULL,
        command TEXT NOT NULL,
        digest BLOB NOT NULL,
        revision INTEGER NOT NULL,
        PRIMARY KEY (event, device, command)
    ) WITHOUT ROWID;
";

pub(super) fn offer_sign_in(db: &Connection, offer: &SignIn, deed: Deed, may: MayStill) -> Result<bool, StoreError> {
    if !may_still(db, deed, may)? {
        return Ok(false);
    }
    db.prepare_cached(
        "INSERT INTO sign_ins (secret_hash, access, scope, name, expires, made, made_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        offer.secret_hash,
        offer.access,
        encode(&offer.scope),
        offer.name,
        offer.expires.0,
        deed.at.0,
        deed.by.map(|device| device.0)
    ])?;
    let (id, scope) = (offer.id(), scope_name(&offer.scope));
    audit::append(db, deed, &Act::SignInOffered { offer: id, access: offer.access.clone(), scope })?;
    Ok(true)
}

pub(super) fn end(db: &Connection, session: [u8; 8], deed: Deed) -> Result<(), StoreError> {
    let sql = "UPDATE sessions SET ended = ?2, seed = NULL WHERE session = ?1 AND ended IS NULL";
    if db.prepare_cached(sql)?.execute(params![session, deed.at.0])? == 1 {
        note_session(db, session)?;
        audit::append(db, deed, &Act::SignedOut { session: hex(&session) })?;
    }
    Ok(())
}

pub(super) fn withdraw_link(db: &Connection, secret_hash: &[u8; 32], deed: Deed) -> Result<(), StoreError> {
    let sql = "UPDATE sign_ins SET withdrawn = ?2 WHERE secret_hash = ?1 AND withdrawn IS NULL AND used IS NULL";
    if db.prepare_cached(sql)?.execute(params![secret_hash, deed.at.0])? == 1 {
        audit::append(db, deed, &Act::SignInWithdrawn { offer: hex(&secret_hash[..8]) })?;
    }
    Ok(())
}

/// Forgets what nobody can come back to: the names of commands whose session is over, the keys that home held for it,
/// and after a while sessions and offers themselves. A command can only be repeated by the session that sent it.
fn forget_what_is_over(db: &Connection, now: UnixMillis) -> Result<(), StoreError> {
    let over = "ended IS NOT NULL OR expires <= ?1";
    db.prepare_cached(&format!(
        "DELETE FROM performed WHERE event IN (SELECT number FROM events)
         AND device IN (SELECT device FROM sessions WHERE device IS NOT NULL AND ({over}))"
    ))?
    .execute(params![now.0])?;
    db.prepare_cached(&format!("UPDATE sessions SET seed = NULL WHERE seed IS NOT NULL AND ({over})"))?
        .execute(params![now.0])?;
    let long_over = now.0.saturating_sub(KEPT_MS);
    db.prepare_cached("DELETE FROM sessions WHERE coalesce(ended, expires) <= ?1")?.execute(params![long_over])?;
    db.prepare_cached("DELETE FROM sign_ins WHERE coalesce(used, expires) <= ?1")?.execute(params![long_over])?;
    Ok(())
}

pub(super) fn begin(db: &Connection, beginning: &Beginning) -> Result<Begun, StoreError> {
    forget_what_is_over(db, beginning.session.began)?;
    let row = &beginning.session;
    let Some(offer) = find_link(db, &beginning.secret_hash)? else { return Ok(Begun::Unknown) };
    if offer.used.is_some() || offer.withdrawn.is_some() || offer.sign_in.expires <= row.began {
        return Ok(Begun::Over);
    }
    db.prepare_cached("UPDATE sign_ins SET used = ?2 WHERE secret_hash = ?1")?
        .execute(params![beginning.secret_hash, row.began.0])?;
    db.prepare_cached(
        "INSERT INTO sessions (session, cookie_hash, access, scope, name, began, expires, device, seed, offered_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        row.session,
        row.cookie_hash,
        row.access,
        encode(&row.scope),
        row.name,
        row.began.0,
        row.expires.0,
        row.held.map(|(device, _)| device.0),
        row.held.map(|(_, seed)| seed),
        offer.made_by.map(|device| device.0)
    ])?;
    note_session(db, row.session)?;
    if let (Some((device, _)), Some(grant)) = (row.held, &beginning.grant) {
        put_grants(db, device, &[NewGrant { scope: row.scope, grant: grant.clone() }])?;
        // Kept when the session is long forgotten: what it prepared may still let somebody in.
        db.prepare_cached("UPDATE devices SET seen = ?2, offered_by = ?3 WHERE device = ?1")?.execute(params![
            device.0,
            row.began.0,
            offer.made_by.map(|device| device.0)
        ])?;
        registry::note_device(db, device)?;
    }
    let device = row.held.map(|(device, _)| device);
    let signed_in = Act::SignedIn {
        session: hex(&row.session),
        offer: hex(&beginning.secret_hash[..8]),
        device: device.map(|device| device.to_string()),
    };
    audit::append(db, Deed { by: device, at: row.began, revocations: None }, &signed_in)?;
    Ok(Begun::Now)
}

/// Notes that a session has begun or ended.
fn note_session(db: &Connection, session: [u8; 8]) -> Result<(), StoreError> {
    let changed = registry::advance(db)?;
    let mut note = db.prepare_cached("UPDATE sessions SET changed = ?2 WHERE session = ?1")?;
    Ok(note.execute(params![session, changed]).map(drop)?)
}

/// Notes that a command was performed. That it was not before is its desk's to know.
pub(super) fn insert_performed(db: &Connection, number: i64, performed: &Performed) -> Result<(), StoreError> {
    db.prepare_cached("INSERT INTO performed (event, device, command, digest, revision) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            number,
            performed.device.0,
            performed.command,
            performed.digest,
            performed.revision.0.cast_signed()
        ])?;
    Ok(())
}

const SELECT: &str = "SELECT session, cookie_hash, access, scope, name, began, expires, ended, device, seed, offered_by
                      FROM sessions";

const SELECT_LINKS: &str =
    "SELECT secret_hash, access, scope, name, expires, made, made_by, used, withdrawn FROM sign_ins";

fn select_links(db: &Connection, which: &str, params: impl rusqlite::Params) -> Result<Vec<SignInRow>, StoreError> {
    let mut statement = db.prepare_cached(&format!("{SELECT_LINKS} {which}"))?;
    let mut rows = statement.query(params)?;
    let mut links = Vec::new();
    while let Some(row) = rows.next()? {
        links.push(SignInRow {
            sign_in: SignIn {
                secret_hash: row.get(0)?,
                access: row.get(1)?,
                scope: decode("the scope of an offer to sign in", &row.get::<_, Vec<u8>>(2)?)?,
                name: row.get(3)?,
                expires: UnixMillis(row.get(4)?),
            },
            made: UnixMillis(row.get(5)?),
            made_by: row.get::<_, Option<[u8; 16]>>(6)?.map(DeviceId),
            used: row.get::<_, Option<i64>>(7)?.map(UnixMillis),
            withdrawn: row.get::<_, Option<i64>>(8)?.map(UnixMillis),
        });
    }
    Ok(links)
}

pub(super) fn find_link(db: &Connection, secret_hash: &[u8; 32]) -> Result<Option<SignInRow>, StoreError> {
    Ok(select_links(db, "WHERE secret_hash = ?1", params![secret_hash])?.pop())
}

/// The links that a device made and that nobody used yet.
pub(super) fn open_links_of(db: &Connection, device: DeviceId, now: UnixMillis) -> Result<Vec<SignInRow>, StoreError> {
    let open = "WHERE made_by = ?1 AND used IS NULL AND withdrawn IS NULL AND expires > ?2 ORDER BY made, secret_hash";
    select_links(db, open, params![device.0, now.0])
}

/// The sessions that began by a link of this device, and those for which home holds it.
pub(super) fn open_ones_of(db: &Connection, device: DeviceId, now: UnixMillis) -> Result<Vec<SessionRow>, StoreError> {
    let open = "WHERE (offered_by = ?1 OR device = ?1) AND ended IS NULL AND expires > ?2 ORDER BY began, session";
    select(db, open, params![device.0, now.0])
}

fn select(db: &Connection, which: &str, params: impl rusqlite::Params) -> Result<Vec<SessionRow>, StoreError> {
    let mut statement = db.prepare_cached(&format!("{SELECT} {which}"))?;
    let mut rows = statement.query(params)?;
    let mut sessions = Vec::new();
    while let Some(row) = rows.next()? {
        sessions.push(read(row)?);
    }
    Ok(sessions)
}

fn read(row: &Row<'_>) -> Result<SessionRow, StoreError> {
    let (device, seed): (Option<[u8; 16]>, Option<[u8; 32]>) = (row.get(8)?, row.get(9)?);
    Ok(SessionRow {
        session: row.get(0)?,
        cookie_hash: row.get(1)?,
        access: row.get(2)?,
        scope: decode("a session's scope", &row.get::<_, Vec<u8>>(3)?)?,
        name: row.get(4)?,
        began: UnixMillis(row.get(5)?),
        expires: UnixMillis(row.get(6)?),
        ended: row.get::<_, Option<i64>>(7)?.map(UnixMillis),
        held: device.map(DeviceId).zip(seed),
        offered_by: row.get::<_, Option<[u8; 16]>>(10)?.map(DeviceId),
    })
}

pub(super) fn sign_ins(db: &Connection) -> Result<Vec<SignInRow>, StoreError> {
    select_links(db, "ORDER BY made, secret_hash", [])
}

/// The sessions that were changed after a number of the registry.
pub(super) fn changed_after(db: &Connection, after: i64) -> Result<Vec<SessionRow>, StoreError> {
    select(db, "WHERE changed > ?1 ORDER BY session", params![after])
}

pub(super) fn performed(
    db: &Connection,
    event: EventId,
    device: DeviceId,
    command: &str,
) -> Result<Option<Performed>, StoreError> {
    let number = row_of(db, event)?;
    let sql = "SELECT digest, revision FROM performed WHERE event = ?1 AND device = ?2 AND command = ?3";
    let found = db.prepare_cached(sql)?.query_row(params![number, device.0, command], |row| {
        let revision = Revision(row.get::<_, i64>(1)?.cast_unsigned());
        Ok(Performed { device, command: command.to_owned(), digest: row.get(0)?, revision })
    });
    Ok(found.optional()?)
}
