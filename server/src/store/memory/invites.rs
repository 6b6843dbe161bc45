//! Invites in memory.

use super::{State, taken};
use crate::store::StoreError;
use crate::store::audit::{Act, Deed};
use crate::store::devices::scope_name;
use crate::store::invites::{Invite, InviteRow, MayStill, invite_id};

/// An invite.
#[derive(Clone, Debug)]
pub(super) struct Invitation {
    pub row: InviteRow,
    /// Whether it is for the first organizer.
    is_first: bool,
}

impl State {
    pub(super) fn add_invite(&mut self, invite: Invite, deed: Deed, may: MayStill) -> Result<bool, StoreError> {
        if !self.may(deed, may) {
            return Ok(false);
        }
        self.insert_invite(invite, deed, false)?;
        Ok(true)
    }

    pub(super) fn add_first_invite(&mut self, invite: Invite, deed: Deed) -> Result<(), StoreError> {
        let earlier = self.invites.iter().filter(|(_, known)| known.is_first && known.row.withdrawn.is_none());
        for secret_hash in earlier.map(|(secret_hash, _)| *secret_hash).collect::<Vec<_>>() {
            self.withdraw_invite(&secret_hash, deed)?;
        }
        self.insert_invite(invite, deed, true)
    }

    fn insert_invite(&mut self, invite: Invite, deed: Deed, is_first: bool) -> Result<(), StoreError> {
        let act = Act::InviteMade {
            invite: invite.id(),
            role: invite.role.key().to_owned(),
            scope: scope_name(&invite.scope),
            uses: invite.uses,
        };
        let (secret_hash, uses_left) = (invite.secret_hash, invite.uses);
        let row = InviteRow { invite, uses_left, created: deed.at, made_by: deed.by, withdrawn: None };
        if self.invites.insert(secret_hash, Invitation { row, is_first }).is_some() {
            return Err(taken("an invite"));
        }
        self.write_down(deed, &act)
    }

    pub(super) fn withdraw_invite(&mut self, secret_hash: &[u8; 32], deed: Deed) -> Result<bool, StoreError> {
        match self.invites.get_mut(secret_hash) {
            Some(known) if known.row.withdrawn.is_none() => known.row.withdrawn = Some(deed.at),
            Some(_) | None => return Ok(false),
        }
        self.write_down(deed, &Act::InviteWithdrawn { invite: invite_id(secret_hash) })?;
        Ok(true)
    }
}
