//! Why a device is not made to forget everything.

use crate::ids::{DeviceId, EventId};
use crate::replica::{Draft, DraftState, Peer};
use crate::storage::Membership;
use crate::trust::{Dismissal, Signed};

/// Why a storage was not wiped.
#[derive(Debug, thiserror::Error)]
pub enum WipeError<E> {
    /// Home gave no such order to this device.
    #[error("home gave no order to wipe this device")]
    NotOrdered,
    /// Something that was recorded in this event was not handed over. Exchange it first.
    #[error("event {0} still has records that home does not have: exchange it first")]
    Unsent(EventId),
    /// The storage failed.
    #[error("{0}")]
    Storage(#[from] E),
}

/// Whether it is home's order, to this device, to forget everything.
pub(crate) fn is_ordered(order: &Signed<Dismissal>, membership: &Membership, device: DeviceId) -> bool {
    order.verify(&membership.home).is_ok_and(|it| it.wipe && it.device == device)
}

/// Whether something is kept that home was not given. `unsent` says whether there are items that home was not sent.
pub(crate) fn holds_back(home: &Peer, drafts: &[Draft], unsent: bool) -> bool {
    unsent || !home.owed.is_empty() || drafts.iter().any(|draft| draft.state == DraftState::Open)
}
