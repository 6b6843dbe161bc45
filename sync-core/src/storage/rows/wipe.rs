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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;
    use crate::documents::log::Request;
    use crate::ids::Incarnation;
    use crate::replica::{Draft, DraftState, Write};
    use crate::storage::Membership;
    use crate::time::ClockReading;
    use crate::time::UnixMillis;
    use crate::trust::{Grant, KeyPair, Post, Role, Scope};

    const EVENT: EventId = EventId([7; 16]);

    fn home() -> KeyPair {
        KeyPair::from_seed(&[1; 32])
    }

    fn joined() -> Rows {
        let mut rows = Rows::open([], [2; 32], Incarnation([2; 8])).unwrap();
        let key = rows.key.public();
        let (name, scope, post) = ("gate".to_owned(), Scope::Event(EVENT), Post::default());
        let (role, issued) = (Role::Marker, UnixMillis(1));
        let grant =
            home().state(&Grant { key, name, role, scope, issued, post, revoked: None, vouched: None, out_of: None });
        rows.join(Membership { home: home().public(), url: "http://home".to_owned(), grants: vec![grant] }).unwrap();
        rows
    }

    fn order(of: &Rows, wipe: bool) -> Signed<Dismissal> {
        home().state(&Dismissal { device: of.key.public().device(), since: UnixMillis(2), wipe })
    }

    fn records(rows: &mut Rows) {
        let command = Command::Ask(Request { subject: None, edit: None, text: "later".to_owned() });
        let draft = Draft {
            id: 0,
            reading: ClockReading::default(),
            command,
            entry: None,
            state: DraftState::Open,
            refusals: 0,
        };
        rows.commit(EVENT, &[Write::Draft(Box::new(draft))], Incarnation([3; 8])).unwrap();
    }

    #[test]
    fn what_home_ordered_leaves_no_row() {
        let mut rows = joined();
        drop(rows.take_batch());
        rows.wipe(&order(&rows, true)).unwrap();
        let batch = rows.take_batch();
        assert!(rows.rows.is_empty());
        assert!(!batch.is_empty() && batch.iter().all(|row| row.value.is_none()));
    }

    #[test]
    fn without_an_order_to_this_device_nothing_is_forgotten() {
        let mut rows = joined();
        let other = Rows::open([], [9; 32], Incarnation([9; 8])).unwrap();
        for order in [order(&rows, false), order(&other, true)] {
            assert!(matches!(rows.wipe(&order), Err(WipeError::NotOrdered)));
        }
        let stranger = KeyPair::from_seed(&[5; 32]);
        let forged = Dismissal { device: rows.key.public().device(), since: UnixMillis(2), wipe: true };
        assert!(matches!(rows.wipe(&stranger.state(&forged)), Err(WipeError::NotOrdered)));
        assert!(rows.rows.contains_key("device"));
    }

    #[test]
    fn what_home_does_not_have_is_handed_over_first() {
        let mut rows = joined();
        records(&mut rows);
        assert!(matches!(rows.wipe(&order(&rows, true)), Err(WipeError::Unsent(EVENT))));
        assert!(rows.rows.contains_key("device"));
    }
}
