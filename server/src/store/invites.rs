//! Invites: what lets devices in.

use super::audit::Deed;
use super::commit::Commit;
use super::{StoreError, Writer};
use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, Post, Role, Scope, Signed};

use super::devices::Over;

/// An invite as home keeps it: what it gives, and to how many devices.
#[derive(Clone, Debug)]
pub struct Invite {
    /// SHA-256 of the secret in the link. The secret itself is not kept.
    pub secret_hash: [u8; 32],
    /// What the device may do.
    pub role: Role,
    /// The events to which it lets in.
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
    /// What the invite gives, and how often.
    pub invite: Invite,
    /// How many more devices it lets in.
    pub uses_left: u32,
    /// When it was made, by the server's clock.
    pub created: UnixMillis,
    /// The device that made it; `None` is the server itself, or who runs it.
    pub made_by: Option<DeviceId>,
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

impl InviteRow {
    /// Why it lets nobody in any more; `None` if it does.
    #[must_use]
    pub fn over(&self, now: UnixMillis) -> Option<Over> {
        let is_expired = self.withdrawn.is_some() || self.invite.expires.is_some_and(|at| at <= now);
        match self.uses_left {
            _ if is_expired => Some(Over::Expired),
            0 => Some(Over::Used),
            _ => None,
        }
    }
}

pub(super) fn invite_id(secret_hash: &[u8; 32]) -> String {
    secret_hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a device may still do what it is about to, by the grants that stand in the store.
pub type MayStill = Box<dyn FnOnce(&[Signed<Grant>]) -> bool + Send>;

impl Writer {
    /// Keeps an invite, if whoever makes it may still do so. Returns whether that is the case.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn add_invite(&self, invite: Invite, deed: Deed, may: MayStill) -> Result<bool, StoreError> {
        self.write(Commit::AddInvite { invite: Box::new(invite), deed, may }).await
    }

    /// Keeps the invite for the first organizer, and withdraws the earlier ones of its kind: where one was lost, it lets
    /// nobody in.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn add_first_invite(&self, invite: Invite, deed: Deed) -> Result<(), StoreError> {
        self.write(Commit::AddFirstInvite { invite: Box::new(invite), deed }).await
    }

    /// Lets nobody in by an invite any more. Returns whether it did until now; repeating it is harmless.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn withdraw_invite(&self, secret_hash: [u8; 32], deed: Deed) -> Result<bool, StoreError> {
        self.write(Commit::WithdrawInvite { secret_hash, deed }).await
    }
}
