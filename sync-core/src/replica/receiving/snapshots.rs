//! Taking over a snapshot: its parts, and what is done when the last of them is here.

use std::collections::BTreeMap;

use super::Progress;
use crate::admission::Rejection;
use crate::command::Command;
use crate::exchange::{Request, SnapshotPart};
use crate::ids::{DeviceId, Revision};
use crate::replica::ledger::{Ledger, SnapshotError};
use crate::replica::{Draft, DraftState, PartialSnapshot, Peer, Replica, SealedAt, Write};
use crate::trust::SnapshotStatement;

/// A snapshot is no longer than this on the wire.
const SNAPSHOT_LIMIT_BYTES: u64 = 64 << 20;

/// A part of a snapshot that came, from whom, and where it belongs.
pub(super) struct ReceivedPart {
    pub giver: DeviceId,
    pub part: SnapshotPart,
    pub place: Place,
}

impl Replica {
    /// Where a part belongs; `None` if it does not fit. The same snapshot may come from home and on a memory card: what is
    /// here already is passed over.
    pub(super) fn place_of(&self, part: &SnapshotPart) -> Option<Place> {
        let begins = (part.position.offset == 0).then_some(Place::First);
        let begun = self.partial.as_ref().filter(|begun| {
            begun.revision == part.position.revision && begun.total == part.total && begun.statement == part.statement
        });
        if part.bytes.is_empty() {
            return None;
        }
        let Some(begun) = begun else { return begins };
        let here = begun.bytes.get(usize::try_from(part.position.offset).ok()?..)?;
        let known = here.len().min(part.bytes.len());
        match part.bytes[known..].is_empty() {
            _ if here[..known] != part.bytes[..known] => begins,
            true => Some(Place::Here),
            false => Some(Place::Next { known }),
        }
    }

    /// Whether a part answers where the reader asked to go on, and is of another snapshot that home vouches for: home was
    /// restored from a copy, and stands at the same revision again.
    pub(super) fn is_of_another_past(&self, part: &SnapshotPart, request: &Request) -> bool {
        let is_another = self.partial.as_ref().is_some_and(|begun| begun.statement != part.statement);
        let is_of_event =
            |said: SnapshotStatement| said.event == self.event() && said.revision == part.position.revision;
        let is_vouched_for = || part.statement.verify(&self.identity.home).is_ok_and(is_of_event);
        is_another && request.snapshot == Some(part.position) && is_vouched_for()
    }

    /// Returns which of this device's items the snapshot contradicts: they are as good as refused.
    pub(super) fn take_part(
        &mut self,
        received: ReceivedPart,
        known: &mut Peer,
        progress: &mut Progress,
        writes: &mut Vec<Write>,
    ) -> BTreeMap<Revision, String> {
        let ReceivedPart { giver, part, place } = received;
        progress.more = true;
        let (mut partial, offset) = match (self.partial.take(), place) {
            (Some(partial), Place::Next { .. } | Place::Here) => {
                let offset = partial.bytes.len() as u64;
                (partial, Some(offset))
            }
            (_, Place::First) | (None, _) => {
                let (revision, total) = (part.position.revision, part.total);
                (PartialSnapshot { statement: part.statement.clone(), revision, total, bytes: Vec::new() }, None)
            }
        };
        let new = match place {
            Place::First => part.bytes.as_slice(),
            Place::Next { known } => &part.bytes[known..],
            Place::Here => &[],
        };
        partial.bytes.extend_from_slice(new);
        let so_far = partial.bytes.len() as u64;
        progress.snapshot = Some((so_far, partial.total));
        if so_far < partial.total && partial.total <= SNAPSHOT_LIMIT_BYTES {
            match offset {
                None => writes.push(Write::PartBegun(partial.clone())),
                Some(offset) if !new.is_empty() => writes.push(Write::PartAdded { offset, bytes: new.to_vec() }),
                Some(_) => {}
            }
            self.partial = Some(partial);
            return BTreeMap::new();
        }
        writes.push(Write::NoPartialSnapshot);
        match self.read_snapshot(&partial) {
            Ok(ledger) => {
                let contradicted = self.contradicted_by(&ledger);
                let is_contradicted = |draft: &&mut Draft| {
                    draft.state.sealed_at().is_some_and(|at| contradicted.contains_key(&at.revision))
                };
                // They are redone: what home confirms in their place is not they.
                self.drafts.values_mut().filter(is_contradicted).for_each(|draft| draft.state = DraftState::Open);
                // Home vouches for all of it: what this device wrote of it is confirmed.
                self.note_confirmed(ledger.chains_of(self.device()), writes);
                progress.moved = ledger.documents().era() != self.ledger.documents().era();
                if progress.moved {
                    self.record_again_what_is_forgotten_in(&ledger, writes);
                }
                // What is behind the snapshot is read from there on, and nothing of it is passed over.
                let is_at_its_end = |statement: SnapshotStatement| part.cursor.revision <= statement.revision;
                let cursor = partial.statement.recall().is_ok_and(is_at_its_end).then_some(part.cursor);
                known.cursor = Some(cursor.unwrap_or_default());
                // Under home's name an older one may come: it holds nothing new, and takes nobody's place.
                let is_news = giver != self.home() || !self.ledger.covers(&ledger);
                if progress.moved || is_news {
                    progress.reopen = true;
                    writes.push(Write::Snapshot(partial.statement, partial.bytes));
                }
                contradicted
            }
            Err(error) => {
                progress.spoiled = Some(error);
                progress.snapshot = None;
                progress.more = false;
                BTreeMap::new()
            }
        }
    }

    /// A log of this device of which something was erased is here as home left it. If home was restored from a copy of
    /// before, it has the log no further than up to there, and nothing that builds on the rest: all of it is recorded again.
    /// An entry that stands in two logs of a device counts once.
    fn record_again_what_is_forgotten_in(&mut self, next: &Ledger, writes: &mut Vec<Write>) {
        let (mut again, mut replaced) = (Vec::new(), Vec::new());
        for log in self.ledger.redacted_logs_behind_in(next, self.device()) {
            let of_this_log = |draft: &&Draft| draft.entry.is_some_and(|entry| entry.incarnation == log.incarnation);
            replaced.extend(self.drafts.values().filter(of_this_log).map(|draft| draft.id));
            for (entry, counter) in log.entries.iter().zip(0..) {
                again.push(Draft {
                    id: self.next_draft,
                    command: Command::recording(entry.record.clone(), log),
                    reading: entry.reading,
                    entry: Some(log.entry_ref(counter)),
                    state: DraftState::Open,
                    refusals: 0,
                });
                self.next_draft += 1;
            }
        }
        if again.is_empty() {
            return;
        }
        replaced.iter().for_each(|id| drop(self.drafts.remove(id)));
        self.drafts.extend(again.iter().map(|draft| (draft.id, draft.clone())));
        writes.push(Write::Done(replaced));
        writes.push(Write::RecordedAgain(again));
    }

    /// The items of this device in whose place something else stands at home, because it was cloned or its disk was rolled
    /// back. What they hold is done again: until then nobody would see it, and an undo of it would take back the other's.
    fn contradicted_by(&self, ledger: &Ledger) -> BTreeMap<Revision, String> {
        let is_contradicted = |at: &&SealedAt| {
            let history = ledger.documents().history(&at.document);
            let there = history.and_then(|history| history.chain(&at.actor)?.at(at.seq));
            there.is_some_and(|there| *there != at.hash)
        };
        let sealed = self.drafts.values().filter_map(|draft| draft.state.sealed_at()).filter(is_contradicted);
        sealed.map(|at| (at.revision, Rejection::Equivocation.code().to_owned())).collect()
    }

    /// Reads a snapshot: never one of an earlier era, or of one that forgets somebody who is erased here, for they would be
    /// back; and none that was made for another post than this device's, whoever hands it over in home's name.
    pub(super) fn read_snapshot(&self, whole: &PartialSnapshot) -> Result<Ledger, SnapshotError> {
        let ledger = Ledger::from_snapshot(self.event(), self.identity.home, &whole.statement, &whole.bytes)?;
        let (here, there) = (self.ledger.documents(), ledger.documents());
        let forgets_somebody = !there.roster().erased.is_superset(&here.roster().erased);
        if there.era().number < here.era().number || forgets_somebody {
            return Err(SnapshotError::Earlier);
        }
        // The snapshot may be older than what home says of this device, or newer than what is known here.
        let known = [&ledger, &self.ledger].into_iter().filter_map(|known| known.grant(self.device()).cloned());
        let own = known.chain(self.identity.grant.recall()).max_by_key(|grant| grant.issued);
        let reading = own.map(|grant| ledger.hidden_from(&grant).reading()).unwrap_or_default();
        let is_for_us = |statement: &SnapshotStatement| statement.is_whole() || statement.reading == reading;
        if whole.statement.recall().is_ok_and(|statement| is_for_us(&statement)) {
            Ok(ledger)
        } else {
            Err(SnapshotError::ForOthers)
        }
    }
}

/// Where a part of a snapshot belongs.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// It is the first of a snapshot.
    First,
    /// It goes on what is here, of which it repeats so many bytes.
    Next { known: usize },
    /// All of it is here.
    Here,
}
