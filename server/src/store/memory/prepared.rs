//! Finding and withdrawing, in memory, what a device prepared that lets somebody in.

use std::collections::BTreeSet;

use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;
use sync_core::trust::Scope;

use super::State;
use crate::store::StoreError;
use crate::store::audit::Deed;
use crate::store::devices::Standing;
use crate::store::invites::InviteRow;
use crate::store::prepared::{Prepared, Revocation};
use crate::store::sessions::{SessionRow, SignInRow};

/// What somebody looks for, and when.
pub(super) struct Search<'a> {
    pub now: UnixMillis,
    pub is_within: &'a dyn Fn(&Scope) -> bool,
    /// Public ids of what is left as it is.
    pub keep: &'a [String],
}

impl Search<'_> {
    fn finds(&self, scope: &Scope, id: &str) -> bool {
        (self.is_within)(scope) && !self.keep.iter().any(|kept| kept == id)
    }
}

impl State {
    /// Follows what a device prepared, and what was prepared by the devices of sessions that its links began. What a
    /// session that is kept prepared is kept with it.
    pub(super) fn prepared_by(&self, device: DeviceId, search: &Search<'_>) -> Prepared {
        let mut all = Prepared::default();
        let mut makers = vec![device];
        let mut next = 0;
        while next < makers.len() {
            let maker = makers[next];
            next += 1;
            all.invites.extend(self.invites_of(maker, search));
            all.links.extend(self.links_of(maker, search));
            let mut kept = BTreeSet::new();
            for session in self.sessions_of(maker, search.now) {
                let is_known = all.sessions.iter().any(|known| known.session == session.session);
                if search.keep.contains(&session.id()) {
                    kept.extend(session.held.map(|(held, _)| held));
                } else if (search.is_within)(&session.scope) && !is_known {
                    all.sessions.push(session);
                }
            }
            let held = self.devices.iter().filter(|(_, known)| known.offered_by == Some(maker)).map(|(id, _)| *id);
            let new: Vec<DeviceId> = held.filter(|held| !kept.contains(held) && !makers.contains(held)).collect();
            makers.extend(new);
            all.devices.extend(self.let_in_by(maker, search));
        }
        all
    }

    fn invites_of(&self, maker: DeviceId, search: &Search<'_>) -> Vec<InviteRow> {
        let rows = self.invites.values().map(|known| &known.row).filter(|row| row.made_by == Some(maker));
        let mut found: Vec<InviteRow> = rows
            .filter(|row| row.over(search.now).is_none() && search.finds(&row.invite.scope, &row.invite.id()))
            .cloned()
            .collect();
        found.sort_by_key(|row| (row.created, row.invite.secret_hash));
        found
    }

    fn links_of(&self, maker: DeviceId, search: &Search<'_>) -> Vec<SignInRow> {
        let is_open =
            |row: &&SignInRow| row.used.is_none() && row.withdrawn.is_none() && row.sign_in.expires > search.now;
        let rows = self.sign_ins.values().filter(|row| row.made_by == Some(maker)).filter(is_open);
        let mut found: Vec<SignInRow> =
            rows.filter(|row| search.finds(&row.sign_in.scope, &row.sign_in.id())).cloned().collect();
        found.sort_by_key(|row| (row.made, row.sign_in.secret_hash));
        found
    }

    fn sessions_of(&self, maker: DeviceId, now: UnixMillis) -> Vec<SessionRow> {
        let concerns = |known: &&super::Session| known.row.offered_by == Some(maker) || known.device == Some(maker);
        let open = self.sessions.values().filter(concerns).filter(|known| known.is_open(now));
        let mut found: Vec<SessionRow> = open.map(|known| known.row.clone()).collect();
        found.sort_by_key(|row| (row.began, row.session));
        found
    }

    fn let_in_by(&self, maker: DeviceId, search: &Search<'_>) -> Vec<DeviceId> {
        let is_from = |secret_hash: &[u8; 32]| {
            let row = self.invites.get(secret_hash).map(|known| &known.row).filter(|row| row.made_by == Some(maker));
            row.is_some_and(|row| search.finds(&row.invite.scope, &row.invite.id()))
        };
        self.devices.iter().filter(|(_, device)| device.used.iter().any(is_from)).map(|(id, _)| *id).collect()
    }

    pub(super) fn revoke(&mut self, revocation: &Revocation) -> Result<bool, StoreError> {
        let Revocation { device, act, deed, keep, rules } = revocation;
        let by = deed.by.map(|by| self.grants_of(by)).unwrap_or_default();
        let new = rules.revoke(Standing { by: &by, of: &self.grants_of(*device) });
        if new.is_empty() {
            return Ok(false);
        }
        let is_within = |scope: &Scope| rules.is_within(&by, scope);
        let prepared = self.prepared_by(*device, &Search { now: deed.at, is_within: &is_within, keep });
        self.write_down(*deed, act)?;
        self.give(*device, new);
        self.count_revocation(*device);
        // What follows is done in the same name, also where it was its own rights that were taken from it.
        let deed = Deed { revocations: None, ..*deed };
        for row in &prepared.invites {
            self.withdraw_invite(&row.invite.secret_hash, deed)?;
        }
        for row in &prepared.links {
            self.withdraw_sign_in(&row.sign_in.secret_hash, deed)?;
        }
        for session in &prepared.sessions {
            self.end_session(session.session, deed)?;
            if let Some((held, _)) = session.held.filter(|(held, _)| held != device) {
                let new = rules.revoke_session(Standing { by: &by, of: &self.grants_of(held) });
                self.give(held, new);
                self.count_revocation(held);
            }
        }
        Ok(true)
    }
}
