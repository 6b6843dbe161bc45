//! Why a device is not made to forget everything.

use crate::admission::Rejection;
use crate::ids::{DeviceId, EventId, Revision};
use crate::replica::{Draft, DraftState, Peer};
use crate::storage::Membership;
use crate::trust::{Dismissal, Signed};

/// Why a storage was not wiped.
#[derive(Debug, thiserror::Error)]
pub enum WipeError<E> {
    /// Home gave no such order to this device.
    #[error("home gave no order to wipe this device")]
    NotOrdered,
    /// Something that was recorded in this event was not handed over, or home refuses it because of what its author may
    /// do now. Exchange it first.
    #[error(
        "event {0} still has records that home does not have: exchange it first, or ask an organizer to let what this \
         device brings wait (`later`: `hold`)"
    )]
    Unsent(EventId),
    /// The storage failed; the storage's own error says how.
    #[error("{0}")]
    Storage(#[from] E),
}

/// Whether it is home's order, to this device, to forget everything.
pub(crate) fn is_ordered(order: &Signed<Dismissal>, membership: &Membership, device: DeviceId) -> bool {
    order.verify(&membership.home).is_ok_and(|it| it.wipe && it.device == device)
}

/// Whether something is kept that home was not given, or refuses only because of who its author is now: an organizer may
/// still think better of that. `unsent` says whether there are items that home was not sent.
pub(crate) fn holds_back(home: &Peer, drafts: &[Draft], unsent: bool) -> bool {
    let is_kept = |draft: &Draft| match &draft.state {
        DraftState::Open | DraftState::Barred(_) => true,
        DraftState::Parked(code) => !Rejection::is_about_the_change(code),
        DraftState::Sealed(_) | DraftState::Held(_) => false,
    };
    let is_refused = |aside: &Revision| !home.held.contains(aside);
    unsent || !home.owed.is_empty() || home.aside.iter().any(is_refused) || drafts.iter().any(is_kept)
}
