//! Finding and withdrawing, in SQLite, what a device prepared that lets somebody in.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};
use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;
use sync_core::trust::Scope;

use super::devices::{count_revocation, grants_of, put_grants};
use super::{audit, decode, invites, sessions};
use crate::store::StoreError;
use crate::store::audit::Deed;
use crate::store::devices::Standing;
use crate::store::invites::invite_id;
use crate::store::prepared::{Prepared, Revocation};

pub(super) fn prepared(
    db: &Connection,
    device: DeviceId,
    now: UnixMillis,
    is_within: &dyn Fn(&Scope) -> bool,
) -> Result<Prepared, StoreError> {
    follow(db, device, now, &Wanted { is_within, keep: &[] })
}

/// What is withdrawn of what was prepared.
struct Wanted<'a> {
    is_within: &'a dyn Fn(&Scope) -> bool,
    keep: &'a [String],
}

impl Wanted<'_> {
    fn takes(&self, scope: &Scope, id: &str) -> bool {
        (self.is_within)(scope) && !self.keeps(id)
    }

    fn keeps(&self, id: &str) -> bool {
        self.keep.iter().any(|kept| kept == id)
    }
}

/// Follows what a device prepared: a session that began by its link may have prepared more. What a session that is kept
/// prepared is kept with it.
fn follow(db: &Connection, device: DeviceId, now: UnixMillis, wanted: &Wanted<'_>) -> Result<Prepared, StoreError> {
    let mut all = Prepared::default();
    let (mut makers, mut next) = (vec![device], 0);
    while let Some(maker) = makers.get(next).copied() {
        next += 1;
        let made = invites::open_ones_of(db, maker, now)?;
        all.invites.extend(made.into_iter().filter(|row| wanted.takes(&row.invite.scope, &row.invite.id())));
        let links = sessions::open_links_of(db, maker, now)?;
        all.links.extend(links.into_iter().filter(|row| wanted.takes(&row.sign_in.scope, &row.sign_in.id())));
        let mut kept = BTreeSet::new();
        for session in sessions::open_ones_of(db, maker, now)? {
            if wanted.keeps(&session.id()) {
                kept.extend(session.held.map(|(held, _)| held));
            } else if (wanted.is_within)(&session.scope)
                && all.sessions.iter().all(|known| known.session != session.session)
            {
                all.sessions.push(session);
            }
        }
        let held = held_by_offer_of(db, maker)?;
        let is_new = |held: &DeviceId| !kept.contains(held) && !makers.contains(held);
        let new: Vec<DeviceId> = held.into_iter().filter(is_new).collect();
        makers.extend(new);
        all.devices.extend(came_in_by(db, maker, wanted)?);
    }
    Ok(all)
}

/// The devices that home holds, or held, for sessions which began by a link of `maker`.
fn held_by_offer_of(db: &Connection, maker: DeviceId) -> Result<Vec<DeviceId>, StoreError> {
    let mut statement = db.prepare_cached("SELECT device FROM devices WHERE offered_by = ?1 ORDER BY device")?;
    let held = statement.query_map(params![maker.0], |row| row.get::<_, [u8; 16]>(0).map(DeviceId))?;
    Ok(held.collect::<Result<_, _>>()?)
}

/// The devices that came in by an invite of `maker` into a scope that is wanted, each once.
fn came_in_by(db: &Connection, maker: DeviceId, wanted: &Wanted<'_>) -> Result<BTreeSet<DeviceId>, StoreError> {
    let sql = "SELECT device, scope, secret_hash FROM uses JOIN invites ON invite = secret_hash WHERE made_by = ?1";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![maker.0])?;
    let mut devices = BTreeSet::new();
    while let Some(row) = rows.next()? {
        let scope = decode("an invite's scope", &row.get::<_, Vec<u8>>(1)?)?;
        if wanted.takes(&scope, &invite_id(&row.get(2)?)) {
            devices.insert(DeviceId(row.get(0)?));
        }
    }
    Ok(devices)
}

pub(super) fn revoke(db: &Connection, revocation: &Revocation) -> Result<bool, StoreError> {
    let Revocation { device, act, deed, keep, rules } = revocation;
    let by = deed.by.map_or(Ok(Vec::new()), |by| grants_of(db, by))?;
    let new = rules.revoke(Standing { by: &by, of: &grants_of(db, *device)? });
    if new.is_empty() {
        return Ok(false);
    }
    let is_within = |scope: &Scope| rules.is_within(&by, scope);
    let prepared = follow(db, *device, deed.at, &Wanted { is_within: &is_within, keep })?;
    audit::append(db, *deed, act)?;
    put_grants(db, *device, &new)?;
    count_revocation(db, *device)?;
    // Who revokes itself has done so with what follows, too.
    let deed = Deed { revocations: None, ..*deed };
    for row in &prepared.invites {
        invites::withdraw(db, &row.invite.secret_hash, deed)?;
    }
    for row in &prepared.links {
        sessions::withdraw_link(db, &row.sign_in.secret_hash, deed)?;
    }
    for session in &prepared.sessions {
        sessions::end(db, session.session, deed)?;
        // Home may be writing for that session just now: what it would still let in is refused.
        if let Some((held, _)) = session.held.filter(|(held, _)| held != device) {
            let new = rules.revoke_session(Standing { by: &by, of: &grants_of(db, held)? });
            put_grants(db, held, &new)?;
            count_revocation(db, held)?;
        }
    }
    Ok(true)
}
