//! Who signed in with a browser, and which of their commands were performed.

use super::audit::Deed;
use super::commit::Commit;
use super::invites::MayStill;
use super::{StoreError, Writer};
use sync_core::ids::{DeviceId, Revision};
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, Scope, Signed};

/// What is over is kept for so long, to tell somebody who comes late what happened.
pub(super) const KEPT_MS: i64 = 30 * 24 * 3_600_000;

/// What whoever has its secret may sign in as, once.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
    /// A stable name of what they may do.
    pub access: String,
    /// The events in which they may do it.
    pub scope: Scope,
    /// The name of the person who signs in.
    pub name: String,
    /// Until when, by the server's clock.
    pub expires: UnixMillis,
}

impl SignIn {
    /// By which people speak of it: lets nobody in.
    #[must_use]
    pub fn id(&self) -> String {
        hex(&self.secret_hash[..8])
    }
}

/// An offer to sign in, as it is kept.
#[derive(Clone, Debug)]
pub struct SignInRow {
    /// What whoever uses the link signs in as.
    pub sign_in: SignIn,
    /// When it was made, by the server's clock.
    pub made: UnixMillis,
    /// The device that made it.
    pub made_by: Option<DeviceId>,
    /// When somebody signed in with it, if anybody did.
    pub used: Option<UnixMillis>,
    /// When it was withdrawn, if it was.
    pub withdrawn: Option<UnixMillis>,
}

/// A session with a browser.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// The id of the session.
    pub session: [u8; 8],
    /// SHA-256 of what the browser keeps.
    pub cookie_hash: [u8; 32],
    /// A stable name of what it may do.
    pub access: String,
    /// The events in which it holds.
    pub scope: Scope,
    /// The name of the person whose session it is.
    pub name: String,
    /// When it began, by the server's clock.
    pub began: UnixMillis,
    /// Until when it lasts.
    pub expires: UnixMillis,
    /// When it was ended, if it was.
    pub ended: Option<UnixMillis>,
    /// The device that home holds for whoever may write, and the seed of its key.
    pub held: Option<(DeviceId, [u8; 32])>,
    /// The device that made the link by which it began.
    pub offered_by: Option<DeviceId>,
}

impl SessionRow {
    /// By which people speak of it: lets nobody in.
    #[must_use]
    pub fn id(&self) -> String {
        hex(&self.session)
    }
}

/// A session that begins.
#[derive(Debug)]
pub struct Beginning {
    /// SHA-256 of the secret of the offer.
    pub secret_hash: [u8; 32],
    /// The session that begins if the offer is good.
    pub session: SessionRow,
    /// What home says of the device that it holds.
    pub grant: Option<Signed<Grant>>,
}

/// What came of using an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// The session has begun.
    Now,
    /// There is no such offer.
    Unknown,
    /// It was used, or its time is over.
    Over,
}

/// A command that was performed for somebody.
#[derive(Clone, Debug)]
pub struct Performed {
    /// The device in whose name.
    pub device: DeviceId,
    /// What its sender calls it.
    pub command: String,
    /// SHA-256 of what was asked.
    pub digest: [u8; 32],
    /// Where the event stood then.
    pub revision: Revision,
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Writer {
    /// Keeps an offer to sign in, if whoever makes it may still do so. Returns whether that is the case.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn offer_sign_in(&self, offer: SignIn, deed: Deed, may: MayStill) -> Result<bool, StoreError> {
        self.write(Commit::OfferSignIn { offer: Box::new(offer), deed, may }).await
    }

    /// Lets nobody sign in with a link any more. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn withdraw_sign_in(&self, secret_hash: [u8; 32], deed: Deed) -> Result<(), StoreError> {
        self.write(Commit::WithdrawSignIn { secret_hash, deed }).await
    }

    /// Begins a session by an offer, once.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn begin_session(&self, beginning: Beginning) -> Result<Begun, StoreError> {
        self.write(Commit::BeginSession(Box::new(beginning))).await
    }

    /// Ends a session. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn end_session(&self, session: [u8; 8], deed: Deed) -> Result<(), StoreError> {
        self.write(Commit::EndSession { session, deed }).await
    }
}
