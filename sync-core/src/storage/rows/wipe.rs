//! Forgetting every row, by order of home.

use super::{Rows, RowsError, decode, item_key};
use crate::ids::{EventId, Revision};
use crate::replica::ledger::StoredItem;
use crate::storage::wipe::{WipeError, holds_back, is_ordered};
use crate::storage::{Outside, Storage};
use crate::trust::{Dismissal, Signed};

impl Rows {
    /// Forgets everything, key and all; the next batch says so. Nothing that home does not have is lost.
    ///
    /// # Errors
    /// See [`WipeError`]; nothing was forgotten.
    pub fn wipe(&mut self, order: &Signed<Dismissal>) -> Result<(), WipeError<RowsError>> {
        let membership = self.membership.as_ref().ok_or(RowsError::Outside(Outside::NotJoined))?;
        if !is_ordered(order, membership, self.key.public().device()) {
            return Err(WipeError::NotOrdered);
        }
        for event in self.events()? {
            if self.holds_back(event)? {
                return Err(WipeError::Unsent(event));
            }
        }
        self.remove_all("");
        Ok(())
    }

    fn holds_back(&self, event: EventId) -> Result<bool, RowsError> {
        let home = self.membership.as_ref().ok_or(Outside::NotJoined)?.home.device();
        let known = self.peers(event)?.remove(&home).unwrap_or_default();
        let from = item_key(event, Revision(known.sent_up_to.0 + 1));
        let mut unsent = false;
        for (key, bytes) in self.rows.range(from..=item_key(event, Revision(u64::MAX))) {
            unsent |= decode::<StoredItem>(key, bytes)?.origin != Some(home);
        }
        Ok(holds_back(&known, &self.read_all(&format!("draft/{event}/"))?, unsent))
    }
}
