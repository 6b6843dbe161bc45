//! Everything that can be written, as data: each commit is kept whole or not at all, and has one outcome.
//!
//! A store carries out commits and knows nothing of what they are for. Three of them ask back about what stands in the
//! store while nothing can come in between, by a function over grants: to the store these are bytes under a signature.

use sync_core::exchange::Reading;
use sync_core::ids::{DeviceId, EventId, NodeId};
use sync_core::time::UnixMillis;
use sync_core::trust::PublicKey;

use super::StoreError;
use super::audit::Deed;
use super::batch::Batch;
use super::devices::{DecideGrants, JudgeInvite, Redemption};
use super::erasing::FoundedRow;
use super::home::RetentionNotice;
use super::invites::{Invite, MayStill};
use super::items::SnapshotRow;
use super::prepared::Revocation;
use super::sessions::{Beginning, Begun, SignIn};
use super::tree::NodeRow;

/// Something to be written.
#[expect(
    clippy::large_enum_variant,
    reason = "most commits are batches, and each commit is boxed once with whoever waits for it"
)]
pub enum Commit {
    /// Nothing: its outcome tells that everything handed over before it is written or refused.
    Nothing,
    /// What an event's desk brings.
    Batch(Batch),
    /// An event's next era, in the place of everything that was kept of it.
    FoundAgain(Box<FoundedRow>),
    /// A snapshot of a whole event, instead of the one before.
    KeepSnapshot(Box<SnapshotRow>),
    /// A snapshot for those who read by one rule, instead of the one before.
    KeepPartialSnapshot(Box<PartialSnapshotRow>),
    /// A new event.
    CreateEvent {
        /// The id of the event.
        event: EventId,
        /// To whom it belongs.
        node: Option<NodeId>,
        /// Who creates it, and when.
        deed: Deed,
    },
    /// A new node of the tree.
    AddNode {
        /// The node.
        row: NodeRow,
        /// Who adds it, and when.
        deed: Deed,
    },
    /// An invite, if whoever makes it may still do so.
    AddInvite {
        /// The invite.
        invite: Box<Invite>,
        /// Who makes it, and when.
        deed: Deed,
        /// Whether they may, by the grants that stand in the store.
        may: MayStill,
    },
    /// The invite for the first organizer. The earlier ones of its kind are withdrawn.
    AddFirstInvite {
        /// The invite.
        invite: Box<Invite>,
        /// Who makes it, and when.
        deed: Deed,
    },
    /// An invite lets nobody in any more.
    WithdrawInvite {
        /// SHA-256 of its secret.
        secret_hash: [u8; 32],
        /// Who withdraws it, and when.
        deed: Deed,
    },
    /// A device uses an invite.
    Redeem {
        /// Which device, and which invite.
        redemption: Redemption,
        /// What the device is given, by what stands in the store.
        judge: JudgeInvite,
    },
    /// What home says of a device changes.
    ChangeGrants {
        /// The device.
        device: DeviceId,
        /// Who has it changed, and when.
        deed: Deed,
        /// What is new, by what stands in the store.
        decide: DecideGrants,
    },
    /// A device is revoked, and what it prepared is withdrawn.
    Revoke(Box<Revocation>),
    /// A device was here.
    NoteSeen {
        /// The device.
        device: DeviceId,
        /// When, by the server's clock.
        at: UnixMillis,
    },
    /// An offer to sign in, if whoever makes it may still do so.
    OfferSignIn {
        /// The offer.
        offer: Box<SignIn>,
        /// Who makes it, and when.
        deed: Deed,
        /// Whether they may, by the grants that stand in the store.
        may: MayStill,
    },
    /// Nobody signs in with a link any more.
    WithdrawSignIn {
        /// SHA-256 of the link's secret.
        secret_hash: [u8; 32],
        /// Who withdraws it, and when.
        deed: Deed,
    },
    /// A session begins by an offer, once.
    BeginSession(Box<Beginning>),
    /// A session ends.
    EndSession {
        /// The id of the session.
        session: [u8; 8],
        /// Who ends it, and when.
        deed: Deed,
    },
    /// Whoever runs the server said that its clock is right.
    TrustClock(Deed),
    /// To which home server the data belongs.
    KeepHomeKey(PublicKey),
    /// Something that is written to find out whether anything can be.
    Probe,
    /// What organizers of an event are told of its retention, in the place of what they were told before.
    KeepRetentionNotice {
        /// The event.
        event: EventId,
        /// What they are told; `None` if that is nothing.
        notice: Option<RetentionNotice>,
    },
    /// Nobody is told anything of any event's retention any more.
    ForgetRetentionNotices,
    /// What belongs to nobody in these pages is overwritten.
    OverwriteRemains(Vec<u32>),
    /// Everything is overwritten that was erased up to the erasure with this number.
    NoteOverwritten(i64),
}

/// A snapshot for those who read by one rule.
#[derive(Clone, Debug)]
pub struct PartialSnapshotRow {
    /// The rule by which they read.
    pub reading: Reading,
    /// The devices whose logs are left out.
    pub left_out: Vec<DeviceId>,
    /// What they may read.
    pub snapshot: SnapshotRow,
}

/// What became of a commit that was kept.
#[derive(Debug)]
pub enum Outcome {
    /// It is written, and there is nothing more to say.
    Done,
    /// Whether it is new, is allowed, or was found.
    Answer(bool),
    /// What came of using an offer to sign in.
    Begun(Begun),
}

impl TryFrom<Outcome> for () {
    type Error = StoreError;

    fn try_from(outcome: Outcome) -> Result<Self, StoreError> {
        if let Outcome::Done = outcome { Ok(()) } else { Err(unexpected(&outcome)) }
    }
}

impl TryFrom<Outcome> for bool {
    type Error = StoreError;

    fn try_from(outcome: Outcome) -> Result<Self, StoreError> {
        if let Outcome::Answer(answer) = outcome { Ok(answer) } else { Err(unexpected(&outcome)) }
    }
}

impl TryFrom<Outcome> for Begun {
    type Error = StoreError;

    fn try_from(outcome: Outcome) -> Result<Self, StoreError> {
        if let Outcome::Begun(begun) = outcome { Ok(begun) } else { Err(unexpected(&outcome)) }
    }
}

fn unexpected(outcome: &Outcome) -> StoreError {
    StoreError::Medium(format!("the store has a bug: it answered {outcome:?} to another kind of commit"))
}
