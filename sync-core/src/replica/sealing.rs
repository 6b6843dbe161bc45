//! Drafts become sealed changes.

use std::collections::BTreeMap;

use super::drafts::{DraftState, Drafted, SealedAt};
use super::ledger::Taken;
use super::{Outcome, Replica, Write};
use crate::admission::SealedChange;
use crate::command::Act;
use crate::documents::encode;
use crate::exchange::Item;
use crate::ids::DocumentRef;
use crate::trust::Seal;

/// A sealed change holds about this much, so that one of them is lost cheaply on a bad link.
const SEAL_TARGET_BYTES: usize = 96 * 1024;

/// A sealed change holds no more values than this.
const SEAL_TARGET_VALUES: usize = 8192;

impl Replica {
    /// Seals the open drafts: one change for each document. To be done before anything received is taken over, so
    /// that what was written without having seen another's edit stays concurrent with it.
    ///
    /// Nothing is sealed before home's grant for this event is here: exchange once more then.
    pub fn seal(&mut self) -> Outcome<()> {
        if self.ledger.grant(self.device()).is_none() {
            return Outcome { writes: Vec::new(), answer: () };
        }
        let mut entries = Batch::default();
        let mut puts: BTreeMap<DocumentRef, Batch<(String, Vec<u8>)>> = BTreeMap::new();
        let incarnation = self.identity.incarnation;
        for draft in self.open_drafts() {
            match draft.command.act(draft.reading, incarnation) {
                Act::Entry(record) => {
                    let value = encode(&crate::documents::log::Entry { record, reading: draft.reading });
                    entries.add(draft.id, value.len(), value);
                }
                Act::Put { document, key, value } => {
                    puts.entry(self.ledger.documents().current(document)).or_default().add(
                        draft.id,
                        value.len() + key.len(),
                        (key, value),
                    );
                }
            }
        }
        let author = self.author();
        let own_log = DocumentRef::Log { device: author.device, incarnation };
        let mut writes = Vec::new();
        for (drafts, values) in entries.parts {
            let change = self.ledger.documents().compose_entries(&author, &values);
            self.seal_change(own_log, change, &drafts, &mut writes);
        }
        for (document, batch) in puts {
            for (drafts, edits) in batch.parts {
                let actor = author.actor(document.id(self.event()));
                let registers = self.ledger.documents().registers(&document);
                let change = registers.expect("puts go to registers").compose(actor, &edits);
                self.seal_change(document, change, &drafts, &mut writes);
            }
        }
        self.drafted = Drafted::default();
        Outcome { writes, answer: () }
    }

    /// Our own change passes the same admission as anyone's: what leaves is what others will take.
    fn seal_change(&mut self, document: DocumentRef, change: Vec<u8>, drafts: &[u64], writes: &mut Vec<Write>) {
        let author = self.author();
        let id = document.id(self.event());
        let (actor, seq, hash) = {
            let (read, hash) = crate::documents::change::Change::decode(&change).expect("we write what we can read");
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
        match self.take(item, None, writes) {
            Ok(Taken::New { cursor, .. }) => {
                for id in drafts {
                    let draft = self.drafts.get_mut(id).expect("a sealed draft is a draft");
                    let revision = cursor.revision;
                    draft.state = DraftState::Sealed(SealedAt { revision, document, actor, seq });
                    writes.push(Write::Draft(Box::new(draft.clone())));
                }
            }
            Ok(Taken::AlreadyHad { .. }) | Err(_) => {
                for id in drafts {
                    let draft = self.drafts.get_mut(id).expect("a sealed draft is a draft");
                    draft.state = DraftState::Parked("not_sealed".to_owned());
                    writes.push(Write::Draft(Box::new(draft.clone())));
                }
            }
        }
    }
}

/// Values for one document, in parts that each become one change.
struct Batch<T> {
    parts: Vec<(Vec<u64>, Vec<T>)>,
    bytes: usize,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self { parts: Vec::new(), bytes: 0 }
    }
}

impl<T> Batch<T> {
    fn add(&mut self, draft: u64, size: usize, value: T) {
        let full = self.bytes + size > SEAL_TARGET_BYTES;
        let crowded = self.parts.last().is_some_and(|(drafts, _)| drafts.len() >= SEAL_TARGET_VALUES);
        if self.parts.is_empty() || full || crowded {
            self.parts.push((Vec::new(), Vec::new()));
            self.bytes = 0;
        }
        self.bytes += size;
        if let Some((drafts, values)) = self.parts.last_mut() {
            drafts.push(draft);
            values.push(value);
        }
    }
}
