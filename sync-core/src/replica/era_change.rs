//! What is left of what a device keeps, once it has the snapshot of the next era.
//!
//! Nothing is dropped that home does not have: what home did not take stays, whoever it is about, until home took it and
//! the event is founded once more. What home has stays too, unless it speaks of somebody who was erased. What this device
//! did to the roster or the rulings that home has not confirmed is done again in the new ones.

use std::collections::BTreeSet;

use super::ledger::{Ledger, StoredItem};
use super::{Draft, DraftState, Peer};
use crate::admission::inspect;
use crate::command::Command;
use crate::documents::change::Change;
use crate::exchange::{Cursor, Item};
use crate::ids::{DeviceId, DocumentRef, PersonId, Revision, Subject};

/// Passes everything that was kept of an event on into its next era. Items are passed in order.
pub struct EraChange<'a> {
    own: DeviceId,
    /// The snapshot of the next era.
    ledger: &'a Ledger,
    /// What home was told, and answered.
    home: &'a Peer,
    /// The items that hold commands of this device which home has not confirmed.
    unconfirmed: BTreeSet<Revision>,
    cursor: Cursor,
    dropped: BTreeSet<Revision>,
    /// A part of what this device recorded is gone here, and cannot be given to a home that never had it.
    own_log_has_a_gap: bool,
}

/// What becomes of the commands that are not confirmed yet.
#[derive(Default)]
pub struct DraftsOfNewEra {
    /// Drafts that are to be sealed once more.
    pub reopened: Vec<Draft>,
    /// These need not be kept any more: home has them, or they are about somebody who was erased.
    pub done: Vec<u64>,
}

impl<'a> EraChange<'a> {
    /// `ledger` is the snapshot of the next era, `own` this device, `home` what is known of home, `drafts` the commands
    /// that are not confirmed.
    #[must_use]
    pub fn new(own: DeviceId, ledger: &'a Ledger, home: &'a Peer, drafts: &[Draft]) -> Self {
        let sealed = drafts.iter().filter_map(|draft| draft.state.sealed_at());
        Self {
            own,
            ledger,
            home,
            unconfirmed: sealed.map(|at| at.revision).collect(),
            cursor: Cursor::default(),
            dropped: BTreeSet::new(),
            own_log_has_a_gap: false,
        }
    }

    /// Where the replica stands after the next item, if it stays; `None` if it is dropped.
    pub fn pass(&mut self, stored: &StoredItem) -> Option<Cursor> {
        let revision = stored.cursor.revision;
        if self.falls(stored) {
            self.dropped.insert(revision);
            self.own_log_has_a_gap |= matches!(&stored.item, Item::Change(sealed)
                if sealed.device == self.own && matches!(sealed.document, DocumentRef::Log { .. }));
            return None;
        }
        self.cursor = Cursor { revision, ..self.cursor.advanced_by(&stored.item) };
        Some(self.cursor)
    }

    /// Whether this device is to begin a new incarnation, once every item was passed: what it records from now on must not
    /// build on what is gone.
    #[must_use]
    pub const fn begins_anew(&self) -> bool {
        self.own_log_has_a_gap
    }

    fn falls(&self, stored: &StoredItem) -> bool {
        let sealed = match &stored.item {
            Item::Grant(signed) => {
                let device = signed.recall().map(|grant| grant.key.device());
                return device.is_ok_and(|device| self.ledger.signed_grant(device) == Some(signed));
            }
            Item::Change(sealed) => sealed,
        };
        let documents = self.ledger.documents();
        let is_known = |hash| documents.history(&sealed.document).is_some_and(|history| history.knows(&hash));
        let is_written = Change::decode_again(&sealed.change).is_ok_and(|(_, hash)| is_known(hash));
        if self.ledger.is_retired(&sealed.document) {
            let is_done_again = sealed.device == self.own && self.unconfirmed.contains(&stored.cursor.revision);
            return is_written || is_done_again || self.was_delivered(stored);
        }
        // What says nothing of them stays in any case, for a home that was restored from an older copy.
        (is_written || self.was_delivered(stored))
            && inspect(sealed).is_ok_and(|change| change.speaks_of(&documents.roster().erased))
    }

    fn was_delivered(&self, stored: &StoredItem) -> bool {
        let revision = stored.cursor.revision;
        let waits = [&self.home.owed, &self.home.held, &self.home.aside];
        revision <= self.home.sent_up_to && waits.iter().all(|waiting| !waiting.contains(&revision))
    }

    /// What becomes of the drafts, once every item was passed.
    #[must_use]
    pub fn drafts(&self, drafts: Vec<Draft>) -> DraftsOfNewEra {
        let mut moved = DraftsOfNewEra::default();
        for mut draft in drafts {
            if self.is_about_an_erased(&draft.command) {
                moved.done.push(draft.id);
                continue;
            }
            let Some(at) = draft.state.sealed_at().copied() else { continue };
            let history = self.ledger.documents().history(&at.document);
            let there = history.and_then(|history| history.chain(&at.actor)?.at(at.seq));
            if there == Some(&at.hash) || self.is_known(&draft.command) {
                moved.done.push(draft.id);
            } else if self.ledger.is_retired(&at.document) {
                draft.state = DraftState::Open;
                moved.reopened.push(draft);
            }
        }
        moved
    }

    fn is_about_an_erased(&self, command: &Command) -> bool {
        let erased = |id: &PersonId| self.ledger.documents().roster().erased.contains(&Subject::Person(*id));
        matches!(command,
            Command::AddPerson(id, _) | Command::EditPerson(id, _) | Command::NoteListed(id, ..) if erased(id))
    }

    fn is_known(&self, command: &Command) -> bool {
        matches!(command, Command::Rule(id, _) if self.ledger.documents().rulings().by_id.contains_key(id))
    }

    /// What is to be forgotten of a peer, once every item was passed: revisions are those of others from now on.
    pub fn settle(&self, peer: &mut Peer, is_home: bool) {
        let cursor = peer.cursor;
        peer.forget(|revision| self.dropped.contains(revision), self.cursor.revision);
        if is_home {
            peer.cursor = cursor;
        }
    }
}
