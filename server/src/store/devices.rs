//! The devices that were let in: what home said of each, one grant for each scope.
//!
//! What a device may do is decided inside the job that writes it down, by a function that is handed what stands there:
//! nothing comes in between.

use super::commit::Commit;
use super::{StoreError, Writer};
use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, Scope, Signed};
pub use sync_core::trust::{Later, Revoked};
use tokio::sync::oneshot;

use super::audit::{Act, Deed};
use super::invites::Invite;

/// A device that was let in.
#[derive(Clone, Debug)]
pub struct DeviceRow {
    /// The id of the device.
    pub device: DeviceId,
    /// What home said of it: a grant for each scope.
    pub grants: Vec<Signed<Grant>>,
    /// How often something of what it was let into was revoked.
    pub revocations: u64,
    /// The device that made the link by which the session began for which home holds this one, if home does.
    pub offered_by: Option<DeviceId>,
}

/// What was believed of a device when something was decided in its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Believed {
    /// The device in whose name something was decided.
    pub device: DeviceId,
    /// How often something of it had been revoked: see [`DeviceRow::revocations`].
    pub revocations: u64,
}

/// A grant that is to be kept, in the place of what was said of the same scope.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// The events in which the grant holds.
    pub scope: Scope,
    /// The grant under home's signature.
    pub grant: Signed<Grant>,
}

pub(super) fn scope_name(scope: &Scope) -> String {
    match scope {
        Scope::Home => "home".to_owned(),
        Scope::Event(event) => format!("event {event}"),
        Scope::Node(node) => format!("node {node}"),
    }
}

/// A device uses an invite.
#[derive(Clone, Copy, Debug)]
pub struct Redemption {
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
    /// The device that uses the invite.
    pub device: DeviceId,
    /// The time by the server's clock.
    pub now: UnixMillis,
}

/// An invite, and what stands in the store when a device uses it.
#[derive(Debug)]
pub struct Presented<'a> {
    /// The invite that is used.
    pub invite: &'a Invite,
    /// Whether it lets nobody in any more, and why.
    pub over: Option<Over>,
    /// What home said of the device so far.
    pub grants: &'a [Signed<Grant>],
    /// Whether the device used this invite before.
    pub earlier: Option<EarlierUse>,
}

/// A device used an invite before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EarlierUse {
    /// What the device has in the scope of the invite, it has by this use.
    Counts,
    /// The device has something else there since.
    IsOver,
}

/// Why an invite lets nobody in any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Over {
    /// Others have used it up.
    Used,
    /// Its time is over, or it was withdrawn.
    Expired,
}

/// What becomes of an invite that a device uses.
#[derive(Debug)]
pub enum Redeeming<T> {
    /// Nothing is written, and the invite is not used up.
    Leave(T),
    /// The invite is used once, and the device is given these grants.
    Give(Vec<NewGrant>, T),
}

/// What home says of two devices when one of them changes what it says of the other.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// Of whoever changes it; nothing is the server itself, or who runs it.
    pub by: &'a [Signed<Grant>],
    /// Of whom it is about.
    pub of: &'a [Signed<Grant>],
}

/// What is to be written of a device, and what is said about it.
#[derive(Debug)]
pub struct Decided<T> {
    /// The grants that are new.
    pub grants: Vec<NewGrant>,
    /// What is written down about it; nothing where nothing is new.
    pub act: Option<Act>,
    /// What the caller is told.
    pub answer: T,
}

/// What a device is given that uses an invite; `None` if nothing, and the invite is not used up then.
pub type JudgeInvite = Box<dyn FnOnce(&Presented<'_>) -> Option<Vec<NewGrant>> + Send>;

/// What is to be written of a device, by what stands in the store.
pub type DecideGrants = Box<dyn FnOnce(Standing<'_>) -> GrantsDecided + Send>;

/// What is to be written of a device.
#[derive(Clone, Debug)]
pub struct GrantsDecided {
    /// The grants that are new.
    pub grants: Vec<NewGrant>,
    /// What is written down about it; nothing where nothing is new.
    pub act: Option<Act>,
}

impl Writer {
    /// Uses an invite, as `judge` says. Returns `None` if there is no such invite.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn redeem<T: Send + 'static>(
        &self,
        redemption: Redemption,
        judge: impl FnOnce(&Presented<'_>) -> Redeeming<T> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        let (tell, told) = oneshot::channel();
        let judge: JudgeInvite = Box::new(|presented| {
            let (grants, answer) = match judge(presented) {
                Redeeming::Leave(answer) => (None, answer),
                Redeeming::Give(grants, answer) => (Some(grants), answer),
            };
            tell.send(answer).ok();
            grants
        });
        let is_known: bool = self.write(Commit::Redeem { redemption, judge }).await?;
        // Who judged has answered. Where there was nothing to judge, nobody did.
        Ok(if is_known { told.await.ok() } else { None })
    }

    /// Changes what home says of a device, as `decide` says of what it said so far.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn change_grants<T: Send + 'static>(
        &self,
        device: DeviceId,
        deed: Deed,
        decide: impl FnOnce(Standing<'_>) -> Decided<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, told) = oneshot::channel();
        let decide: DecideGrants = Box::new(|standing| {
            let Decided { grants, act, answer } = decide(standing);
            tell.send(answer).ok();
            GrantsDecided { grants, act }
        });
        self.write::<()>(Commit::ChangeGrants { device, deed, decide }).await?;
        told.await.map_err(|_| StoreError::Medium("the store has a bug: it decided nothing".to_owned()))
    }

    /// Notes that a device was here.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn note_seen(&self, device: DeviceId, at: UnixMillis) -> Result<(), StoreError> {
        self.write(Commit::NoteSeen { device, at }).await
    }
}
