//! Devices in memory, and what home said of them.

use std::collections::{BTreeMap, BTreeSet};

use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, Scope, Signed};

use super::State;
use super::registry::Changed;
use crate::store::StoreError;
use crate::store::audit::{Act, Deed};
use crate::store::devices::{
    Believed, DecideGrants, DeviceRow, EarlierUse, GrantsDecided, JudgeInvite, NewGrant, Presented, Redemption,
    Standing, scope_name,
};
use crate::store::invites::{MayStill, invite_id};

/// A device.
#[derive(Clone, Default, Debug)]
pub(super) struct Device {
    pub seen: Option<UnixMillis>,
    pub revocations: u64,
    /// Who made the link by which the session began for which home holds it.
    pub offered_by: Option<DeviceId>,
    /// By encoded scope, which is their order.
    grants: BTreeMap<Vec<u8>, Given>,
    /// The invites that it used.
    pub used: BTreeSet<[u8; 32]>,
}

#[derive(Clone, Debug)]
struct Given {
    grant: Signed<Grant>,
    /// The invite that gave it, if the device used one for this scope.
    by_invite: Option<[u8; 32]>,
}

fn key(scope: &Scope) -> Vec<u8> {
    minicbor::to_vec(scope).expect("writing to memory does not fail")
}

impl State {
    pub(super) fn grants_of(&self, device: DeviceId) -> Vec<Signed<Grant>> {
        let device = self.devices.get(&device);
        device.into_iter().flat_map(|device| device.grants.values().map(|given| given.grant.clone())).collect()
    }

    pub(super) fn row_of(&self, device: DeviceId) -> DeviceRow {
        let known = self.devices.get(&device);
        let revocations = known.map_or(0, |known| known.revocations);
        let offered_by = known.and_then(|known| known.offered_by);
        DeviceRow { device, grants: self.grants_of(device), revocations, offered_by }
    }

    pub(super) fn require_believed(&self, believed: Believed) -> Result<(), StoreError> {
        let revocations = self.devices.get(&believed.device).map_or(0, |device| device.revocations);
        if revocations == believed.revocations { Ok(()) } else { Err(StoreError::Revoked) }
    }

    pub(super) fn may(&self, deed: Deed, may: MayStill) -> bool {
        deed.by.is_none_or(|device| may(&self.grants_of(device)))
    }

    /// Keeps grants, each in the place of what was said of the same scope.
    pub(super) fn give(&mut self, device: DeviceId, grants: Vec<NewGrant>) {
        if !grants.is_empty() {
            self.registry.push(Changed::Device(device));
        }
        for NewGrant { scope, grant } in grants {
            let given = &mut self.devices.entry(device).or_default().grants;
            let by_invite = given.get(&key(&scope)).and_then(|given| given.by_invite);
            given.insert(key(&scope), Given { grant, by_invite });
        }
    }

    pub(super) fn count_revocation(&mut self, device: DeviceId) {
        self.registry.push(Changed::Device(device));
        if let Some(device) = self.devices.get_mut(&device) {
            device.revocations += 1;
        }
    }

    pub(super) fn redeem(&mut self, redemption: Redemption, judge: JudgeInvite) -> Result<bool, StoreError> {
        let Redemption { secret_hash, device, now } = redemption;
        let Some(invitation) = self.invites.get(&secret_hash) else { return Ok(false) };
        let (invite, over) = (invitation.row.invite.clone(), invitation.row.over(now));
        let known = self.devices.get(&device).filter(|known| known.used.contains(&secret_hash));
        let earlier = known.map(|known| {
            let given = known.grants.get(&key(&invite.scope));
            let counts = given.is_some_and(|given| given.by_invite == Some(secret_hash));
            if counts { EarlierUse::Counts } else { EarlierUse::IsOver }
        });
        let grants = self.grants_of(device);
        let Some(new) = judge(&Presented { invite: &invite, over, grants: &grants, earlier }) else { return Ok(true) };
        let invitation = self.invites.get_mut(&secret_hash).ok_or(StoreError::Conflict)?;
        invitation.row.uses_left = invitation.row.uses_left.checked_sub(1).ok_or(StoreError::Conflict)?;
        self.give(device, new);
        let known = self.devices.get_mut(&device).ok_or_else(|| {
            StoreError::Medium("a device that is given nothing cannot have used an invite".to_owned())
        })?;
        known.used.insert(secret_hash);
        if let Some(given) = known.grants.get_mut(&key(&invite.scope)) {
            given.by_invite = Some(secret_hash);
        }
        let let_in = Act::DeviceLetIn {
            device: device.to_string(),
            invite: invite_id(&secret_hash),
            role: invite.role.key().to_owned(),
            scope: scope_name(&invite.scope),
        };
        self.write_down(Deed::of_itself(device, now), &let_in)?;
        Ok(true)
    }

    pub(super) fn change_grants(
        &mut self,
        device: DeviceId,
        deed: Deed,
        decide: DecideGrants,
    ) -> Result<(), StoreError> {
        let by = deed.by.map(|by| self.grants_of(by)).unwrap_or_default();
        let GrantsDecided { grants, act } = decide(Standing { by: &by, of: &self.grants_of(device) });
        self.give(device, grants);
        act.map_or(Ok(()), |act| self.write_down(deed, &act))
    }
}
