//! Sessions and links to sign in, in memory.

use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;

use super::registry::Changed;
use super::{State, taken};
use crate::store::StoreError;
use crate::store::audit::{Act, Deed};
use crate::store::devices::{NewGrant, scope_name};
use crate::store::invites::MayStill;
use crate::store::sessions::{Beginning, Begun, KEPT_MS, SessionRow, SignIn, SignInRow, hex};

/// A session.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// Without the key of a device that home held, once the session is over.
    pub row: SessionRow,
    /// The device that home held for it.
    pub device: Option<DeviceId>,
}

impl Session {
    pub(super) fn is_open(&self, now: UnixMillis) -> bool {
        self.row.ended.is_none() && self.row.expires > now
    }
}

impl State {
    pub(super) fn offer_sign_in(&mut self, offer: SignIn, deed: Deed, may: MayStill) -> Result<bool, StoreError> {
        if !self.may(deed, may) {
            return Ok(false);
        }
        let (access, scope) = (offer.access.clone(), scope_name(&offer.scope));
        let act = Act::SignInOffered { offer: offer.id(), access, scope };
        let secret_hash = offer.secret_hash;
        let row = SignInRow { sign_in: offer, made: deed.at, made_by: deed.by, used: None, withdrawn: None };
        if self.sign_ins.insert(secret_hash, row).is_some() {
            return Err(taken("a link to sign in"));
        }
        self.write_down(deed, &act)?;
        Ok(true)
    }

    pub(super) fn withdraw_sign_in(&mut self, secret_hash: &[u8; 32], deed: Deed) -> Result<(), StoreError> {
        match self.sign_ins.get_mut(secret_hash) {
            Some(row) if row.used.is_none() && row.withdrawn.is_none() => row.withdrawn = Some(deed.at),
            Some(_) | None => return Ok(()),
        }
        self.write_down(deed, &Act::SignInWithdrawn { offer: hex(&secret_hash[..8]) })
    }

    pub(super) fn begin_session(&mut self, beginning: Beginning) -> Result<Begun, StoreError> {
        let Beginning { secret_hash, session, grant } = beginning;
        self.forget_what_is_over(session.began);
        let Some(offer) = self.sign_ins.get_mut(&secret_hash) else { return Ok(Begun::Unknown) };
        if offer.used.is_some() || offer.withdrawn.is_some() || offer.sign_in.expires <= session.began {
            return Ok(Begun::Over);
        }
        offer.used = Some(session.began);
        let (made_by, device) = (offer.made_by, session.held.map(|(device, _)| device));
        let row = SessionRow { offered_by: made_by, ended: None, ..session };
        let SessionRow { session: id, cookie_hash, scope, began, .. } = row.clone();
        let same_cookie = self.sessions.values().any(|known| known.row.cookie_hash == cookie_hash);
        if same_cookie || self.sessions.insert(id, Session { row, device }).is_some() {
            return Err(taken("a session"));
        }
        self.registry.push(Changed::Session(id));
        if let (Some(device), Some(grant)) = (device, grant) {
            self.give(device, vec![NewGrant { scope, grant }]);
            let known = self.devices.entry(device).or_default();
            (known.seen, known.offered_by) = (Some(began), made_by);
            self.registry.push(Changed::Device(device));
        }
        let (session, offer) = (hex(&id), hex(&secret_hash[..8]));
        let act = Act::SignedIn { session, offer, device: device.map(|device| device.to_string()) };
        self.write_down(Deed { by: device, at: began, revocations: None }, &act)?;
        Ok(Begun::Now)
    }

    pub(super) fn end_session(&mut self, session: [u8; 8], deed: Deed) -> Result<(), StoreError> {
        match self.sessions.get_mut(&session) {
            Some(known) if known.row.ended.is_none() => {
                known.row.ended = Some(deed.at);
                known.row.held = None;
            }
            Some(_) | None => return Ok(()),
        }
        self.registry.push(Changed::Session(session));
        self.write_down(deed, &Act::SignedOut { session: hex(&session) })
    }

    /// What was performed by a session that is over cannot come again, and home needs no key for it.
    fn forget_what_is_over(&mut self, now: UnixMillis) {
        let over: Vec<[u8; 8]> =
            self.sessions.iter().filter(|(_, session)| !session.is_open(now)).map(|(id, _)| *id).collect();
        for id in over {
            let Some(session) = self.sessions.get_mut(&id) else { continue };
            session.row.held = None;
            let Some(device) = session.device else { continue };
            for event in self.created.clone() {
                if let Ok(event) = self.event_mut(event) {
                    event.performed.retain(|(of, _), _| *of != device);
                }
            }
        }
        let is_kept = |ended: UnixMillis| ended.0 > now.0.saturating_sub(KEPT_MS);
        self.sessions.retain(|_, session| is_kept(session.row.ended.unwrap_or(session.row.expires)));
        self.sign_ins.retain(|_, row| is_kept(row.used.unwrap_or(row.sign_in.expires)));
    }
}
