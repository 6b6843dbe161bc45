//! What a device prepared that lets somebody in after it was revoked: invites, links to sign in, sessions.

use rusqlite::{Connection, params};
use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, Scope, Signed};

use super::audit::{self, Act, Deed};
use super::devices::{NewGrant, Standing, grants_of, put_grants};
use super::invites::{self, InviteRow};
use super::sessions::{self, SessionRow, SignInRow};
use super::{Store, StoreError, Writer};

/// What a device prepared and what still lets somebody in.
#[derive(Clone, Debug, Default)]
pub struct Prepared {
    /// Invites, the oldest first.
    pub invites: Vec<InviteRow>,
    /// Links to sign in that nobody used yet.
    pub links: Vec<SignInRow>,
    /// Sessions that began by its links, or by those of such a session; and its own, where home holds its key.
    pub sessions: Vec<SessionRow>,
    /// The devices that came in by its invites, or by those of such a session. They stay in: who revokes decides about each.
    pub devices: Vec<DeviceId>,
}

/// A device is revoked.
pub struct Revocation {
    /// Which.
    pub device: DeviceId,
    /// What is written down about it.
    pub act: Act,
    /// Who does it.
    pub deed: Deed,
    /// Invites, links and sessions that go on, by their public ids.
    pub keep: Vec<String>,
    /// What whoever revokes may do, by what home says of them when it is done.
    pub rules: Box<dyn Rules>,
}

/// What a revocation takes away.
pub trait Rules: Send {
    /// Whether something that holds in `scope` is the business of a device of which home says `by`.
    fn is_within(&self, by: &[Signed<Grant>], scope: &Scope) -> bool;
    /// The grants that are new for a device that is revoked.
    fn revoke(&self, standing: Standing<'_>) -> Vec<NewGrant>;
}

/// What was done when a device was revoked.
#[derive(Debug, Default)]
pub struct Withdrawn {
    /// Each device of which something was revoked, with everything that home says of it now.
    pub devices: Vec<(DeviceId, Vec<Signed<Grant>>)>,
    /// The sessions that were ended.
    pub sessions: Vec<[u8; 8]>,
}

impl Writer {
    /// Revokes a device, and withdraws what it prepared. Returns `None` if nothing of the device is the business of whoever
    /// revokes. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn revoke(&self, revocation: Revocation) -> Result<Option<Withdrawn>, StoreError> {
        self.ask(move |db| revoke(db, &revocation)).await
    }
}

impl Store {
    /// What a device prepared and what still lets somebody in, in the scopes that are the business of whoever asks.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn prepared(
        &self,
        device: DeviceId,
        now: UnixMillis,
        is_within: impl Fn(&Scope) -> bool,
    ) -> Result<Prepared, StoreError> {
        self.read(|db| prepared(db, (device, now), &|scope, _| is_within(scope)))
    }
}

/// Follows what a device prepared: a session that began by its link may have prepared more.
fn prepared(
    db: &Connection,
    (device, now): (DeviceId, UnixMillis),
    wanted: &dyn Fn(&Scope, &str) -> bool,
) -> Result<Prepared, StoreError> {
    let mut all = Prepared::default();
    let (mut makers, mut next) = (vec![device], 0);
    while let Some(maker) = makers.get(next).copied() {
        next += 1;
        let made = invites::open_ones_of(db, maker, now)?;
        all.invites.extend(made.into_iter().filter(|row| wanted(&row.invite.scope, &row.invite.id())));
        let links = sessions::open_links_of(db, maker, now)?;
        all.links.extend(links.into_iter().filter(|row| wanted(&row.sign_in.scope, &row.sign_in.id())));
        for session in sessions::open_ones_of(db, maker, now)? {
            let is_new = all.sessions.iter().all(|known| known.session != session.session);
            if !is_new || !wanted(&session.scope, &session.id()) {
                continue;
            }
            if let Some((held, _)) = session.held
                && !makers.contains(&held)
            {
                makers.push(held);
            }
            all.sessions.push(session);
        }
        let sql = "SELECT DISTINCT device FROM uses JOIN invites ON invite = secret_hash WHERE made_by = ?1";
        let mut statement = db.prepare_cached(sql)?;
        let came_in = statement.query_map(params![maker.0], |row| row.get::<_, [u8; 16]>(0).map(DeviceId))?;
        all.devices.extend(came_in.collect::<Result<Vec<_>, _>>()?);
    }
    Ok(all)
}

fn revoke(db: &Connection, revocation: &Revocation) -> Result<Option<Withdrawn>, StoreError> {
    let Revocation { device, act, deed, keep, rules } = revocation;
    let by = deed.by.map_or(Ok(Vec::new()), |by| grants_of(db, by))?;
    let revoke = |of: &[Signed<Grant>]| rules.revoke(Standing { by: &by, of });
    let new = revoke(&grants_of(db, *device)?);
    if new.is_empty() {
        return Ok(None);
    }
    let wanted = |scope: &Scope, id: &str| rules.is_within(&by, scope) && !keep.iter().any(|kept| kept == id);
    let prepared = prepared(db, (*device, deed.at), &wanted)?;
    put_grants(db, *device, &new)?;
    audit::append(db, *deed, act)?;
    let mut withdrawn = Withdrawn { devices: vec![(*device, grants_of(db, *device)?)], sessions: Vec::new() };
    for row in &prepared.invites {
        invites::withdraw(db, &row.invite.secret_hash, *deed)?;
    }
    for row in &prepared.links {
        sessions::withdraw_link(db, &row.sign_in.secret_hash, *deed)?;
    }
    for session in &prepared.sessions {
        sessions::end(db, session.session, *deed)?;
        withdrawn.sessions.push(session.session);
        // Home may be writing for that session just now: what it would still let in is refused.
        if let Some((held, _)) = session.held.filter(|(held, _)| held != device) {
            put_grants(db, held, &revoke(&grants_of(db, held)?))?;
            withdrawn.devices.push((held, grants_of(db, held)?));
        }
    }
    Ok(Some(withdrawn))
}
