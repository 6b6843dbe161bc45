//! Drafts become sealed changes.

use std::collections::{BTreeMap, HashSet};

use super::drafts::{DraftState, Drafted, SealedAt};
use super::ledger::Taken;
use super::{Giver, Outcome, Replica, Write};
use crate::admission::{Rejection, SealedChange};
use crate::command::Act;
use crate::documents::change::{Change, OpId};
use crate::documents::encode;
use crate::exchange::Item;
use crate::ids::{Actor, DocumentRef};
use crate::trust::Seal;

/// A sealed change holds about this much, so that one of them is lost cheaply on a bad link.
const SEAL_TARGET_BYTES: usize = 96 * 1024;

/// A sealed change holds no more values than this.
const SEAL_TARGET_VALUES: usize = 8192;

/// A sealed change replaces no more values than this, unless one register alone holds more. A change may name four times
/// as many.
const SEAL_TARGET_REPLACED: usize = 4096;

/// What one replaced value takes in a change: its author's place in a list, and its counter.
const REPLACED_BYTES: usize = 8;

/// What one more author of replaced values takes.
const AUTHOR_BYTES: usize = 17;

/// A value for a register.
type Edit = (String, Vec<u8>);

impl Replica {
    /// Seals the open drafts: one change for each document, or more where one would be too large. To be done before
    /// anything received is taken over, so that what was written without having seen another's edit stays concurrent with
    /// it.
    ///
    /// Nothing is sealed before home's grant for this event is here: exchange once more then. A command that cannot be
    /// part of any change is parked, and keeps no other back.
    ///
    /// What the device may not write now, for its role was made a lower one, waits until it may again.
    pub fn seal(&mut self) -> Outcome<()> {
        let Some(role) = self.ledger.grant(self.device()).map(|grant| grant.role) else {
            return Outcome { writes: Vec::new(), answer: () };
        };
        let mut waiting = Vec::new();
        let mut entries = Batch::default();
        let mut puts: BTreeMap<DocumentRef, Batch<Edit>> = BTreeMap::new();
        let incarnation = self.identity.incarnation;
        for draft in self.drafts.values().filter(|draft| draft.is_to_be_sealed()) {
            match draft.command.act(draft.reading, incarnation) {
                Act::Entry(record) => {
                    let value = encode(&crate::documents::log::Entry { record, reading: draft.reading });
                    entries.add(draft.id, Size { bytes: value.len(), replaced: &[] }, value);
                }
                Act::Put { document, key, value } => {
                    let document = self.ledger.documents().current(document);
                    if !role.may_write(&document) {
                        waiting.push(draft.id);
                        continue;
                    }
                    let registers = self.ledger.documents().registers(&document);
                    let replaced: Vec<OpId> = registers.map(|it| it.ops_at(&key).collect()).unwrap_or_default();
                    let size = Size { bytes: value.len() + key.len(), replaced: &replaced };
                    puts.entry(document).or_default().add(draft.id, size, (key, value));
                }
            }
        }
        let author = self.author();
        let own_log = DocumentRef::Log { device: author.device, incarnation };
        let mut writes = Vec::new();
        waiting.retain(|id| self.drafts.get(id).is_some_and(|draft| draft.state == DraftState::Open));
        self.note_state(&waiting, &DraftState::waits_for_a_role(), &mut writes);
        for Part { drafts, values } in entries.parts {
            let change = self.ledger.documents().compose_entries(&author, &values);
            if self.seal_change(own_log, change, &drafts, &mut writes).is_err() {
                self.park(&drafts, &mut writes);
            }
        }
        for (document, batch) in puts {
            for Part { drafts, values } in batch.parts {
                self.seal_edits(document, &drafts, &values, &mut writes);
            }
        }
        self.drafted = Drafted::default();
        Outcome { writes, answer: () }
    }

    /// Seals edits as one change. If that is not admitted, each half is tried alone, until only what is wrong is left.
    fn seal_edits(&mut self, document: DocumentRef, drafts: &[u64], edits: &[Edit], writes: &mut Vec<Write>) {
        let actor = self.author().actor(document.id(self.event()));
        let composed = self.ledger.documents().registers(&document).map(|registers| registers.compose(actor, edits));
        if composed.is_some_and(|change| self.seal_change(document, change, drafts, writes).is_ok()) {
            return;
        }
        if drafts.len() == 1 {
            return self.park(drafts, writes);
        }
        let half = drafts.len() / 2;
        self.seal_edits(document, &drafts[..half], &edits[..half], writes);
        self.seal_edits(document, &drafts[half..], &edits[half..], writes);
    }

    /// Our own change passes the same admission as anyone's: what leaves is what others will take.
    ///
    /// # Errors
    /// See [`Rejection`]; nothing was changed.
    fn seal_change(
        &mut self,
        document: DocumentRef,
        change: Vec<u8>,
        drafts: &[u64],
        writes: &mut Vec<Write>,
    ) -> Result<(), Rejection> {
        let author = self.author();
        let id = document.id(self.event());
        let (actor, seq, hash) = {
            let (read, hash) = Change::decode(&change)?;
            (read.head.actor, read.head.seq, hash)
        };
        let seal = self.identity.key.seal(&Seal { document: id, actor, seq, hash });
        let item = Item::Change(SealedChange {
            document,
            device: author.device,
            incarnation: author.incarnation,
            change,
            seal,
        });
        let Taken::New { cursor, .. } = self.take(item, Giver::Own, writes)? else {
            return Err(Rejection::Equivocation);
        };
        let state = DraftState::Sealed(SealedAt { revision: cursor.revision, document, actor, seq, hash });
        self.note_state(drafts, &state, writes);
        Ok(())
    }

    fn park(&mut self, drafts: &[u64], writes: &mut Vec<Write>) {
        self.note_state(drafts, &DraftState::Parked("not_sealed".to_owned()), writes);
    }

    fn note_state(&mut self, drafts: &[u64], state: &DraftState, writes: &mut Vec<Write>) {
        for id in drafts {
            let draft = self.drafts.get_mut(id).expect("a sealed draft is a draft");
            draft.state = state.clone();
            writes.push(Write::Draft(Box::new(draft.clone())));
        }
    }
}

/// Values for one document, in parts that each become one change.
struct Batch<T> {
    parts: Vec<Part<T>>,
    bytes: usize,
    /// How many values the last part replaces.
    replaced: usize,
    /// The authors of the values that the last part replaces.
    authors: HashSet<Actor>,
}

/// What becomes one change, with the commands that it holds.
struct Part<T> {
    drafts: Vec<u64>,
    values: Vec<T>,
}

/// How much of a change a value takes: its bytes, and the values that it replaces.
struct Size<'a> {
    bytes: usize,
    replaced: &'a [OpId],
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self { parts: Vec::new(), bytes: 0, replaced: 0, authors: HashSet::new() }
    }
}

impl<T> Batch<T> {
    fn add(&mut self, draft: u64, size: Size<'_>, value: T) {
        let Size { bytes, replaced } = size;
        let new_authors = replaced.iter().filter(|op| !self.authors.contains(&op.actor)).count();
        let size = bytes + replaced.len() * REPLACED_BYTES + new_authors * AUTHOR_BYTES;
        let is_full = self.bytes + size > SEAL_TARGET_BYTES || self.replaced + replaced.len() > SEAL_TARGET_REPLACED;
        let is_crowded = self.parts.last().is_some_and(|part| part.drafts.len() >= SEAL_TARGET_VALUES);
        if self.parts.is_empty() || is_full || is_crowded {
            *self = Self { parts: std::mem::take(&mut self.parts), ..Self::default() };
            self.parts.push(Part { drafts: Vec::new(), values: Vec::new() });
        }
        self.bytes += size;
        self.replaced += replaced.len();
        self.authors.extend(replaced.iter().map(|op| op.actor));
        if let Some(part) = self.parts.last_mut() {
            part.drafts.push(draft);
            part.values.push(value);
        }
    }
}
