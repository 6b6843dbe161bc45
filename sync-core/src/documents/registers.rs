//! A document that is a map of registers, kept in Automerge.
//!
//! Several values in one register were written concurrently. What comes from outside reaches Automerge only after
//! `admission` has read it, and a copy of the document is gone back to where Automerge does not take it.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{ActorId, Automerge, ObjId, ReadDoc, ScalarValue, ScalarValueRef, Value, ValueRef};

use super::SharedChange;
use super::change::{Body, Change, Container, Head, OpId, Put};
use super::history::{History, Link};
use crate::ids::{Actor, ChangeHash, DeviceId, DocumentId};

/// Why a document could not be taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RegistersError {
    /// Automerge refused the bytes, or panicked on them.
    #[error("the document's bytes are damaged")]
    Damaged,
    /// A change of an author whom nobody vouches for.
    #[error("the document contains changes of an unknown author")]
    UnknownAuthor,
}

/// A map of registers with its history.
#[derive(Clone)]
pub(crate) struct Registers {
    genesis: Actor,
    doc: Automerge,
    history: History,
    /// What Automerge would say of each register, if it were not slow to ask.
    present: HashMap<String, Vec<RegisterValue>>,
    /// Bytes of values that Automerge holds in one piece, as it does after loading.
    one_piece_bytes: usize,
    copies: Copies,
}

/// What is gone back to when Automerge does not take a change: it may have left the document half changed.
#[derive(Clone)]
enum Copies {
    /// Each change is applied to a copy of its own.
    OfEachChange,
    /// Several changes share one copy, which is made before the first of them.
    OfSeveralChanges(Option<Box<Earlier>>),
}

/// The document before several changes, and those that it has taken since.
#[derive(Clone)]
struct Earlier {
    doc: Automerge,
    since: Vec<Vec<u8>>,
    since_bytes: usize,
}

/// After so many bytes of changes another copy is made.
const SHARED_COPY_LIMIT_BYTES: usize = 1 << 20;

/// So many authors may write one register at once. Far more than honest ones are; and few enough for whoever settles it.
const VALUES_LIMIT: usize = 1024;

/// What Automerge may waste on one change.
const WASTE_LIMIT_BYTES: usize = 16 << 20;

/// One value of a register and the operation that put it there.
#[derive(Clone)]
pub(crate) struct RegisterValue {
    pub op: OpId,
    pub bytes: Vec<u8>,
}

impl Registers {
    /// The empty document, the same on every device.
    pub(crate) fn founded(document: DocumentId) -> Self {
        let genesis = Actor::genesis(document);
        let (bytes, _) = Container::Registers.genesis(genesis);
        let mut doc = Automerge::new();
        apply(&mut doc, &bytes).expect("the genesis change applies to an empty document");
        Self {
            genesis,
            doc,
            history: History::founded(document, Container::Registers),
            present: HashMap::new(),
            one_piece_bytes: 0,
            copies: Copies::OfEachChange,
        }
    }

    /// Loads what [`Registers::save`] wrote. The bytes must be vouched for: Automerge does not survive hostile ones.
    ///
    /// `device_of` names the device behind each actor.
    pub(crate) fn load(
        document: DocumentId,
        bytes: &[u8],
        device_of: impl Fn(&Actor) -> Option<DeviceId>,
    ) -> Result<Self, RegistersError> {
        let loaded = catch_unwind(|| Automerge::load(bytes)).map_err(|_| RegistersError::Damaged)?;
        let doc = loaded.map_err(|_| RegistersError::Damaged)?;
        let genesis = Actor::genesis(document);
        let mut history = History::founded(document, Container::Registers);
        for meta in doc.get_changes_meta(&[]) {
            let actor = actor_of(&meta.actor).ok_or(RegistersError::Damaged)?;
            let hash = ChangeHash(meta.hash.0);
            if actor == genesis {
                if !history.knows(&hash) {
                    return Err(RegistersError::Damaged);
                }
                continue;
            }
            let device = device_of(&actor).ok_or(RegistersError::UnknownAuthor)?;
            let deps: Vec<_> = meta.deps.iter().map(|dep| ChangeHash(dep.0)).collect();
            if deps.is_empty() || !deps.iter().all(|dep| history.knows(dep)) {
                return Err(RegistersError::Damaged);
            }
            history.add(device, Link { actor, hash, deps, max_op: meta.max_op });
        }
        let copies = Copies::OfEachChange;
        let mut loaded = Self { genesis, doc, history, present: HashMap::new(), one_piece_bytes: 0, copies };
        loaded.present = loaded.read_automerge();
        loaded.one_piece_bytes = loaded.present.values().flatten().map(|value| value.bytes.len()).sum();
        Ok(loaded)
    }

    fn read_automerge(&self) -> HashMap<String, Vec<RegisterValue>> {
        let registers = self.doc.map_range(self.map(), ..).map(|item| {
            let values = match &item.value {
                ValueRef::Scalar(ScalarValueRef::Bytes(bytes)) if !item.conflict => {
                    op_of(&item.id()).map(|op| RegisterValue { op, bytes: bytes.to_vec() }).into_iter().collect()
                }
                _ => self.values_in_automerge(&item.key, None),
            };
            (item.key.into_owned(), values)
        });
        registers.collect()
    }

    /// The document as one compacted Automerge file.
    pub(crate) fn save(&self) -> Vec<u8> {
        self.doc.save()
    }

    pub(crate) const fn history(&self) -> &History {
        &self.history
    }

    fn map(&self) -> ObjId {
        ObjId::Id(1, ActorId::from(self.genesis.0), 0)
    }

    /// The values of a register as an author saw them who knew exactly `known` and what it builds on; `None` is
    /// everything that is here.
    ///
    /// In ascending order of operation: the last one is shown.
    pub(crate) fn values(&self, key: &str, known: Option<&[ChangeHash]>) -> Vec<RegisterValue> {
        match known {
            None => self.present.get(key).cloned().unwrap_or_default(),
            Some(hashes) => self.values_in_automerge(key, Some(hashes)),
        }
    }

    /// The operations that put the values of a register which are here now.
    pub(crate) fn ops_at(&self, key: &str) -> impl Iterator<Item = OpId> {
        self.present.get(key).into_iter().flatten().map(|value| value.op)
    }

    fn values_in_automerge(&self, key: &str, known: Option<&[ChangeHash]>) -> Vec<RegisterValue> {
        let found = match known {
            None => self.doc.get_all(self.map(), key),
            Some(hashes) => {
                let heads: Vec<_> = hashes.iter().map(|hash| automerge::ChangeHash(hash.0)).collect();
                self.doc.get_all_at(self.map(), key, &heads)
            }
        };
        let mut values: Vec<RegisterValue> =
            found.unwrap_or_default().into_iter().filter_map(|(value, id)| register_value(&value, &id)).collect();
        in_order(&mut values);
        values
    }

    /// Whether every put of `change` names exactly the values its author saw.
    pub(crate) fn puts_over_what_was_seen(&self, change: &Change<'_>, puts: &[Put<'_>]) -> bool {
        let known = (change.head.deps != self.history.heads()).then_some(change.head.deps.as_slice());
        let mut in_this_change = std::collections::HashMap::new();
        puts.iter().zip(change.head.start_op..).all(|(put, counter)| {
            let own = OpId { counter, actor: change.head.actor };
            match in_this_change.insert(put.key, own) {
                Some(earlier) => put.over == [earlier],
                None => self.values(put.key, known).into_iter().map(|value| value.op).eq(put.over.iter().copied()),
            }
        })
    }

    /// The first put that would leave more values side by side in its register than one change could replace with ease.
    pub(crate) fn crowded_by(&self, puts: &[Put<'_>]) -> Option<usize> {
        let mut written = HashSet::new();
        puts.iter().position(|put| {
            let here = self.present.get(put.key).map_or(0, Vec::len);
            written.insert(put.key) && here.saturating_sub(put.over.len()) >= VALUES_LIMIT
        })
    }

    /// From now on several changes share one copy of the document, as those of one request do. A copy takes as long as
    /// hundreds of changes.
    pub(crate) fn share_copies(&mut self) {
        self.copies = Copies::OfSeveralChanges(None);
    }

    /// Each change has a copy of its own again. The shared one is let go.
    pub(crate) fn end_sharing_copies(&mut self) {
        self.copies = Copies::OfEachChange;
    }

    /// Applies a change that `admission` has read: on any failure nothing is changed.
    pub(crate) fn apply(&mut self, sealed: &SharedChange<'_>) -> Result<(), RegistersError> {
        let link = Link::of(&sealed.change.head, sealed.change.max_op(), sealed.hash);
        self.cut_for(sealed.change);
        let earlier = match &mut self.copies {
            Copies::OfEachChange => Box::new(Earlier::of(&self.doc)),
            Copies::OfSeveralChanges(earlier) => earlier.take().unwrap_or_else(|| Box::new(Earlier::of(&self.doc))),
        };
        let applied = apply(&mut self.doc, sealed.bytes);
        if applied.is_err() || self.doc.get_heads().iter().all(|head| head.0 != link.hash.0) {
            self.doc = earlier.doc_now();
            return Err(RegistersError::Damaged);
        }
        if let Copies::OfSeveralChanges(kept) = &mut self.copies {
            *kept = earlier.and_then(sealed.bytes);
        }
        self.history.add(sealed.device, link);
        self.note_puts(sealed.change);
        Ok(())
    }

    /// Has Automerge hold its values in small pieces, if `change` is long.
    ///
    /// Each put cuts the piece where it goes, and the part before keeps the room of the whole: hundreds of puts into what
    /// was loaded take hundreds of times its size. Built change by change, it is in small pieces from the beginning.
    fn cut_for(&mut self, change: &Change<'_>) {
        let Body::Puts(puts) = &change.body else { return };
        if puts.len().saturating_mul(self.one_piece_bytes) / 2 <= WASTE_LIMIT_BYTES {
            return;
        }
        let mut built = Automerge::new();
        let mut changes = self.doc.get_changes(&[]).into_iter();
        if changes.all(|change| built.apply_changes([change]).is_ok()) && built.get_heads() == self.doc.get_heads() {
            self.doc = built;
            self.one_piece_bytes = 0;
            if let Copies::OfSeveralChanges(earlier) = &mut self.copies {
                *earlier = None;
            }
        }
    }

    fn note_puts(&mut self, change: &Change<'_>) {
        let Body::Puts(puts) = &change.body else { return };
        for (put, counter) in puts.iter().zip(change.head.start_op..) {
            let op = OpId { counter, actor: change.head.actor };
            let values = self.present.entry(put.key.to_owned()).or_default();
            values.retain(|value| !put.over.contains(&value.op));
            values.push(RegisterValue { op, bytes: put.value.to_vec() });
            in_order(values);
        }
    }

    /// Writes the change by which `actor` puts `edits` over what is here now.
    pub(crate) fn compose(&self, actor: Actor, edits: &[(String, Vec<u8>)]) -> Vec<u8> {
        self.compose_on(self.history.base_for(&actor), actor, edits)
    }

    /// The same for an author who knows `deps` alone and what they build on.
    pub(crate) fn compose_on(&self, deps: Vec<ChangeHash>, actor: Actor, edits: &[(String, Vec<u8>)]) -> Vec<u8> {
        let known = (deps != self.history.heads()).then_some(deps.as_slice());
        let start_op = self.history.next_op(&deps);
        let mut latest = std::collections::HashMap::new();
        let puts = edits.iter().zip(start_op..).map(|((key, value), counter)| {
            let over = match latest.insert(key.as_str(), OpId { counter, actor }) {
                Some(earlier) => vec![earlier],
                None => self.values(key, known).into_iter().map(|value| value.op).collect(),
            };
            Put { key, value, over }
        });
        let body = Body::Puts(puts.collect());
        let seq = self.history.next_seq(&actor);
        Change { head: Head { actor, seq, start_op, deps, genesis: self.genesis }, body }.encode()
    }

    /// Every value that was ever put into a register, by operation: the key, who put it there, and the value.
    pub(crate) fn read_every_put(&self, mut read: impl FnMut(&str, DeviceId, &[u8])) {
        let changes = self.doc.get_changes(&[]);
        let changes: Vec<Change<'_>> = changes
            .iter()
            .filter_map(|change| Change::decode(change.raw_bytes()).ok())
            .map(|(change, _)| change)
            .collect();
        let mut puts: Vec<(OpId, &Put<'_>)> = Vec::new();
        for change in &changes {
            let Body::Puts(of_change) = &change.body else { continue };
            let actor = change.head.actor;
            puts.extend((change.head.start_op..).map(|counter| OpId { counter, actor }).zip(of_change));
        }
        puts.sort_unstable_by_key(|(op, _)| *op);
        for (op, put) in puts {
            if let Some(device) = self.device_of(&op.actor) {
                read(put.key, device, put.value);
            }
        }
    }

    /// Every register with its values, the shown one last.
    pub(crate) fn present(&self) -> impl Iterator<Item = (&str, &[RegisterValue])> {
        self.present.iter().map(|(key, values)| (key.as_str(), values.as_slice()))
    }

    /// Reads every register: key, and its values with their authors.
    pub(crate) fn read_all(&self, mut read: impl FnMut(&str, &[(DeviceId, Vec<u8>)])) {
        self.present.keys().for_each(|key| read(key, &self.authored(key)));
    }

    /// Reads every register as somebody saw it who knew exactly `heads` and what they build on.
    pub(crate) fn read_all_at(&self, heads: &[ChangeHash], mut read: impl FnMut(&str, &[(DeviceId, Vec<u8>)])) {
        let known: Vec<_> = heads.iter().map(|hash| automerge::ChangeHash(hash.0)).collect();
        for item in self.doc.map_range_at(self.map(), .., &known) {
            let values = match &item.value {
                ValueRef::Scalar(ScalarValueRef::Bytes(bytes)) if !item.conflict => {
                    op_of(&item.id()).map(|op| RegisterValue { op, bytes: bytes.to_vec() }).into_iter().collect()
                }
                _ => self.values_in_automerge(&item.key, Some(heads)),
            };
            read(&item.key, &self.with_authors(values));
        }
    }

    /// The values of one register with their authors, the shown one last.
    pub(crate) fn authored(&self, key: &str) -> Vec<(DeviceId, Vec<u8>)> {
        self.with_authors(self.values(key, None))
    }

    fn with_authors(&self, values: Vec<RegisterValue>) -> Vec<(DeviceId, Vec<u8>)> {
        let values = values.into_iter();
        values.filter_map(|value| Some((self.device_of(&value.op.actor)?, value.bytes))).collect()
    }

    fn device_of(&self, actor: &Actor) -> Option<DeviceId> {
        self.history.chain(actor).map(|chain| chain.device)
    }
}

/// Sorts the values of one key by the operations that put them: no two have the same.
fn in_order(values: &mut [RegisterValue]) {
    values.sort_unstable_by_key(|value| value.op);
}

impl Earlier {
    fn of(doc: &Automerge) -> Self {
        Self { doc: doc.clone(), since: Vec::new(), since_bytes: 0 }
    }

    /// The same after one more change; `None` where so many are remembered that a new copy costs less.
    fn and_then(mut self: Box<Self>, change: &[u8]) -> Option<Box<Self>> {
        self.since_bytes += change.len();
        self.since.push(change.to_vec());
        (self.since_bytes <= SHARED_COPY_LIMIT_BYTES).then_some(self)
    }

    /// The document with every change that it has taken.
    fn doc_now(self) -> Automerge {
        let mut doc = self.doc;
        for change in &self.since {
            apply(&mut doc, change).expect("a change that was applied once applies to the same document again");
        }
        doc
    }
}

fn apply(doc: &mut Automerge, bytes: &[u8]) -> Result<(), RegistersError> {
    let change = automerge::Change::try_from(bytes).map_err(|_| RegistersError::Damaged)?;
    let applied = catch_unwind(AssertUnwindSafe(|| doc.apply_changes([change])));
    applied.map_err(|_| RegistersError::Damaged)?.map_err(|_| RegistersError::Damaged)
}

fn actor_of(actor: &ActorId) -> Option<Actor> {
    actor.to_bytes().try_into().ok().map(Actor)
}

fn op_of(id: &ObjId) -> Option<OpId> {
    let ObjId::Id(counter, actor, _) = id else { return None };
    Some(OpId { counter: *counter, actor: actor_of(actor)? })
}

fn register_value(value: &Value<'_>, id: &ObjId) -> Option<RegisterValue> {
    let Value::Scalar(scalar) = value else { return None };
    let ScalarValue::Bytes(bytes) = scalar.as_ref() else { return None };
    Some(RegisterValue { op: op_of(id)?, bytes: bytes.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::DocumentRef;

    fn own(registers: &mut Registers, actor: u8, edits: &[(&str, &[u8])]) -> Vec<u8> {
        let edits: Vec<_> = edits.iter().map(|(key, value)| ((*key).to_owned(), value.to_vec())).collect();
        let bytes = registers.compose(Actor([actor; 16]), &edits);
        take(registers, &bytes);
        bytes
    }

    fn take(registers: &mut Registers, bytes: &[u8]) {
        let (change, hash) = Change::decode(bytes).unwrap();
        registers.history.check(&change.head, &hash).unwrap();
        let Body::Puts(puts) = &change.body else { panic!("not puts") };
        assert!(registers.puts_over_what_was_seen(&change, puts));
        let (document, device) = (DocumentRef::ROSTER, DeviceId(change.head.actor.0));
        registers.apply(&SharedChange { document, device, bytes, change: &change, hash }).unwrap();
        for put in puts {
            let kept = registers.values(put.key, None).into_iter().map(|value| (value.op, value.bytes));
            let in_automerge = registers.values_in_automerge(put.key, None).into_iter();
            assert!(kept.eq(in_automerge.map(|value| (value.op, value.bytes))));
        }
    }

    #[test]
    fn concurrent_values_are_all_kept_until_one_is_put_over_them() {
        let mut one = Registers::founded(DocumentId([5; 16]));
        let mut two = one.clone();
        let first = own(&mut one, 1, &[("k", b"from one"), ("own", b"x"), ("k", b"again")]);
        let second = own(&mut two, 2, &[("k", b"from two")]);
        take(&mut one, &second);
        take(&mut two, &first);
        assert_eq!(one.authored("k"), two.authored("k"));
        assert_eq!(one.authored("k").len(), 2);
        let choice = own(&mut two, 2, &[("k", b"from two")]);
        take(&mut one, &choice);
        assert_eq!(one.authored("k"), [(DeviceId([2; 16]), b"from two".to_vec())]);
    }

    #[test]
    fn a_saved_document_is_loaded_with_its_history() {
        let document = DocumentId([5; 16]);
        let mut one = Registers::founded(document);
        own(&mut one, 1, &[("k", b"1")]);
        own(&mut one, 2, &[("k", b"2"), ("l", b"3")]);
        let device_of = |actor: &Actor| Some(DeviceId(actor.0));
        let mut loaded = Registers::load(document, &one.save(), device_of).unwrap();
        assert_eq!(loaded.history().heads(), one.history().heads());
        let next = own(&mut one, 1, &[("k", b"4")]);
        take(&mut loaded, &next);
        assert_eq!(loaded.authored("k"), one.authored("k"));
        assert!(Registers::load(DocumentId([6; 16]), &one.save(), device_of).is_err());
        assert!(Registers::load(document, b"no document", device_of).is_err());
    }

    #[test]
    fn a_change_that_automerge_does_not_take_leaves_what_came_before_it_in_the_same_request() {
        let mut author = Registers::founded(DocumentId([5; 16]));
        let changes = ["1", "2", "3", "4"].map(|value| own(&mut author, 1, &[("k", value.as_bytes())]));
        let mut reader = Registers::founded(DocumentId([5; 16]));
        reader.share_copies();
        take(&mut reader, &changes[0]);
        take(&mut reader, &changes[1]);
        // What Automerge is given builds on something that it lacks: it keeps the bytes, and does not apply them.
        let (change, hash) = Change::decode(&changes[2]).unwrap();
        let (document, device, bytes) = (DocumentRef::ROSTER, DeviceId([1; 16]), &changes[3][..]);
        let wrong = SharedChange { document, device, bytes, change: &change, hash };
        assert_eq!(reader.apply(&wrong), Err(RegistersError::Damaged));
        assert_eq!(reader.authored("k"), [(device, b"2".to_vec())]);
        take(&mut reader, &changes[2]);
        take(&mut reader, &changes[3]);
        reader.end_sharing_copies();
        assert_eq!(reader.save(), author.save());
    }

    #[test]
    fn more_authors_at_once_than_a_change_can_name_wedge_nobody() {
        let mut one = Registers::founded(DocumentId([5; 16]));
        let empty = one.clone();
        own(&mut one, 0, &[("own", b"before")]);
        for author in 1..=300u16 {
            let edit = [("k".to_owned(), author.to_be_bytes().to_vec())];
            let mut actor = [9; 16];
            actor[..2].copy_from_slice(&author.to_be_bytes());
            take(&mut one, &empty.compose(Actor(actor), &edit));
        }
        assert_eq!(one.authored("k").len(), 300);
        own(&mut one, 0, &[("k", b"chosen")]);
        own(&mut one, 0, &[("k", b"chosen again")]);
        assert_eq!(one.authored("k"), [(DeviceId([0; 16]), b"chosen again".to_vec())]);
    }

    #[test]
    fn a_document_is_read_as_it_was() {
        let mut one = Registers::founded(DocumentId([5; 16]));
        let mut two = one.clone();
        let first = own(&mut one, 1, &[("k", b"1"), ("l", b"x")]);
        let second = own(&mut two, 2, &[("k", b"2")]);
        take(&mut one, &second);
        take(&mut two, &first);
        let heads = one.history().heads().to_vec();
        let as_it_was = |registers: &Registers| {
            let mut all = Vec::new();
            registers.read_all_at(&heads, |key, values| all.push((key.to_owned(), values.to_vec())));
            all.sort();
            all
        };
        let then = as_it_was(&one);
        assert_eq!(then[0], ("k".to_owned(), one.authored("k")));
        own(&mut two, 2, &[("k", b"chosen"), ("m", b"new")]);
        assert_eq!(as_it_was(&two), then);
        assert_eq!((then.len(), then[0].1.len()), (2, 2));
    }

    #[test]
    fn values_are_those_the_author_saw() {
        let mut one = Registers::founded(DocumentId([5; 16]));
        let mut two = one.clone();
        let first = own(&mut one, 1, &[("k", b"1")]);
        own(&mut one, 1, &[("k", b"2")]);
        take(&mut two, &first);
        let late = own(&mut two, 2, &[("k", b"3")]);
        take(&mut one, &late);
        assert_eq!(one.authored("k").len(), 2);
    }
}
