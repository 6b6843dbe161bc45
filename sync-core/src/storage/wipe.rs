//! Why a device is not made to forget everything.

use crate::admission::Rejection;
use crate::ids::{EventId, Revision};
use crate::replica::ledger::StoredItem;
use crate::replica::{Draft, DraftState, Peer};
use crate::storage::transaction::Transaction;
use crate::storage::{Device, Key, Storage};
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

impl<S: Storage> Device<S> {
    /// Whether home ordered this device to forget everything, and has everything that it forgets.
    ///
    /// # Errors
    /// See [`WipeError`].
    pub fn check_wipe(&self, order: &Signed<Dismissal>) -> Result<(), WipeError<S::Error>> {
        let (home, own) = (self.home()?, self.public_key().device());
        if !order.verify(&home).is_ok_and(|order| order.wipe && order.device == own) {
            return Err(WipeError::NotOrdered);
        }
        for event in self.events()? {
            if self.holds_back(event)? {
                return Err(WipeError::Unsent(event));
            }
        }
        Ok(())
    }

    /// Whether an event has something that home was not given, or refused only because of who its author is now: an
    /// organizer may still think better of that.
    fn holds_back(&self, event: EventId) -> Result<bool, S::Error> {
        let home = self.home()?.device();
        let rows = Transaction::of(self);
        let known: Peer = rows.read(Key::Peer(event, home))?.unwrap_or_default();
        let mut is_unsent = false;
        rows.read_each(Key::after(event, known.sent_up_to), |_, stored: StoredItem| {
            is_unsent |= stored.origin != Some(home);
            Ok(())
        })?;
        let is_kept = |draft: &Draft| match &draft.state {
            DraftState::Open | DraftState::Barred(_) => true,
            DraftState::Parked(code) => !Rejection::is_about_the_change(code),
            DraftState::Sealed(_) | DraftState::Held(_) => false,
        };
        let is_refused = |aside: &Revision| !known.held.contains(aside);
        Ok(is_unsent
            || !known.owed.is_empty()
            || known.aside.iter().any(is_refused)
            || rows.drafts(event)?.iter().any(is_kept))
    }
}
