//! What a device prepared that lets somebody in after it was revoked: invites, links to sign in, sessions.
//!
//! A session that began by a link of the device may have prepared more, and go on letting somebody in when it has ended
//! itself: each device that home holds for a session is known for good by the device that offered the link.

use super::commit::Commit;
use super::{StoreError, Writer};
use sync_core::ids::DeviceId;
use sync_core::trust::{Grant, Scope, Signed};

use super::audit::{Act, Deed};
use super::devices::{NewGrant, Standing};
use super::invites::InviteRow;
use super::sessions::{SessionRow, SignInRow};

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
    /// The device that is revoked.
    pub device: DeviceId,
    /// What is written down about it.
    pub act: Act,
    /// Who revokes it, and when.
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
    /// The grants that are new for the device that is revoked.
    fn revoke(&self, standing: Standing<'_>) -> Vec<NewGrant>;
    /// The grants that are new for a device that home holds for a session which the revoked device made possible.
    fn revoke_session(&self, standing: Standing<'_>) -> Vec<NewGrant>;
}

impl Writer {
    /// Revokes a device, and withdraws what it prepared. Returns whether something of the device is the business of whoever
    /// revokes. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn revoke(&self, revocation: Revocation) -> Result<bool, StoreError> {
        self.write(Commit::Revoke(Box::new(revocation))).await
    }
}
