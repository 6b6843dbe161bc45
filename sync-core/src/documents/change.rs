//! One change of a document, decoded without Automerge and held to its canonical bytes.
//!
//! Automerge panics on, corrupts itself with, or inflates without limit much of what a hostile peer can send. So
//! changes from outside are read here first. Only two shapes are known, entries appended to a log and values put into
//! registers; whatever is read must encode to the very bytes it came from. What passes is what Automerge itself
//! would have written. Source: Automerge Binary Document Format, "Change chunks".

pub(super) mod error;
mod layout;

use sha2::{Digest, Sha256};

pub use self::error::ChangeError;
use self::layout::{
    ACTION, ACTION_MAKE_LIST, ACTION_MAKE_MAP, ACTION_PUT, Booleans, INSERT, KEY_ACTOR, KEY_COUNTER, KEY_STRING,
    OBJECT_ACTOR, OBJECT_COUNTER, OwnColumns, PRED_ACTOR, PRED_COUNT, PRED_COUNTER, RawColumns, VALUE_META,
    put_booleans, put_values,
};
use super::columns::{Reader, put_deltas, put_runs, put_signed, put_unsigned};
use crate::ids::{Actor, ChangeHash};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHANGE_CHUNK: u8 = 1;
/// The first operation of every document creates its one container.
const GENESIS_COUNTER: u64 = 1;

/// A change may be no longer than this.
pub(crate) const CHANGE_LIMIT_BYTES: usize = 192 * 1024;
/// A change may have no more operations than this.
pub(crate) const CHANGE_LIMIT_OPS: usize = 16_384;
/// A change may depend on no more changes than this.
pub(crate) const DEPS_LIMIT: usize = 256;
/// A change may name no more other authors than this: those whose values it replaces.
const ACTORS_LIMIT: usize = 4096;
/// Operation counters stay far below where Automerge overflows.
pub(crate) const COUNTER_LIMIT: u64 = 1 << 31;

/// Names one operation: a counter, and the actor that counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct OpId {
    pub counter: u64,
    pub actor: Actor,
}

/// A value put into a register, over the values its author saw there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Put<'a> {
    pub key: &'a str,
    pub value: &'a [u8],
    /// The operations that this one takes the place of, in ascending order.
    pub over: Vec<OpId>,
}

/// What a change does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Body<'a> {
    /// Appends entries after the one with this counter, or at the head of the log.
    Append { after: Option<u64>, values: Vec<&'a [u8]> },
    /// Puts values into registers, in order.
    Puts(Vec<Put<'a>>),
}

/// The place of a change in its document: author, number, what it builds on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Head {
    pub actor: Actor,
    pub seq: u64,
    pub start_op: u64,
    /// In ascending order, without repetition.
    pub deps: Vec<ChangeHash>,
    /// The author of the document's genesis change.
    pub genesis: Actor,
}

/// A change, borrowed from its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Change<'a> {
    pub head: Head,
    pub body: Body<'a>,
}

impl<'a> Change<'a> {
    pub(crate) fn len(&self) -> u64 {
        match &self.body {
            Body::Append { values, .. } => values.len() as u64,
            Body::Puts(puts) => puts.len() as u64,
        }
    }

    /// The counter of the last operation.
    pub(crate) fn max_op(&self) -> u64 {
        self.head.start_op + self.len() - 1
    }

    /// Reads a change that stands alone in `bytes`.
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<(Self, ChangeHash), ChangeError> {
        if bytes.len() > CHANGE_LIMIT_BYTES {
            return Err(ChangeError::TooLarge);
        }
        let (content, hash) = split_chunk(bytes)?;
        let change = Self::read(content)?;
        if change.content() == content { Ok((change, hash)) } else { Err(ChangeError::NotCanonical) }
    }

    /// The same for bytes that [`Change::decode`] let pass before: they are in canonical form if nothing damaged them.
    pub(crate) fn decode_again(bytes: &'a [u8]) -> Result<(Self, ChangeHash), ChangeError> {
        let (content, hash) = split_chunk(bytes)?;
        Ok((Self::read(content)?, hash))
    }

    fn read(content: &'a [u8]) -> Result<Self, ChangeError> {
        let mut reader = Reader::new(content);
        let deps = (0..reader.length(DEPS_LIMIT)?).map(|_| reader.array().map(ChangeHash));
        let deps = deps.collect::<Result<Vec<_>, _>>()?;
        let actor = read_actor(&mut reader)?;
        let (seq, start_op) = (reader.unsigned()?, reader.unsigned()?);
        if reader.signed()? != 0 || reader.unsigned()? != 0 {
            return Err(ChangeError::ForeignShape);
        }
        let others = (0..reader.length(ACTORS_LIMIT)?).map(|_| read_actor(&mut reader));
        let mut actors = vec![actor];
        actors.extend(others.collect::<Result<Vec<_>, _>>()?);
        let columns = RawColumns::read(&mut reader)?;
        if !reader.is_empty() || seq == 0 || start_op <= GENESIS_COUNTER || start_op >= COUNTER_LIMIT {
            return Err(ChangeError::ForeignShape);
        }
        let (genesis, body) = columns.body(&actors)?;
        Ok(Self { head: Head { actor, seq, start_op, deps, genesis }, body })
    }

    /// Writes the change as Automerge does.
    pub(crate) fn encode(&self) -> Vec<u8> {
        join_chunk(&self.content())
    }

    fn content(&self) -> Vec<u8> {
        let others = self.other_actors();
        let columns = self.columns(&others);
        let mut content = Vec::with_capacity(columns.len() + 64 + 32 * (self.head.deps.len() + others.len()));
        put_unsigned(self.head.deps.len() as u64, &mut content);
        self.head.deps.iter().for_each(|dep| content.extend_from_slice(&dep.0));
        put_actor(&self.head.actor, &mut content);
        put_unsigned(self.head.seq, &mut content);
        put_unsigned(self.head.start_op, &mut content);
        put_signed(0, &mut content);
        put_unsigned(0, &mut content);
        put_unsigned(others.len() as u64, &mut content);
        others.iter().for_each(|actor| put_actor(actor, &mut content));
        columns.write(&mut content);
        content
    }

    fn other_actors(&self) -> Vec<Actor> {
        let mut others = vec![self.head.genesis];
        if let Body::Puts(puts) = &self.body {
            others.extend(
                puts.iter().flat_map(|put| &put.over).map(|op| op.actor).filter(|actor| *actor != self.head.actor),
            );
        }
        others.sort_unstable();
        others.dedup();
        others
    }

    fn columns(&self, others: &[Actor]) -> OwnColumns {
        let index = |actor: &Actor| others.binary_search(actor).map_or(0, |position| position as u64 + 1);
        let mut columns = OwnColumns::default();
        let len = usize::try_from(self.len()).unwrap_or(usize::MAX);
        let all = |cell: u64| std::iter::repeat_n(Some(cell), len);
        put_runs(all(index(&self.head.genesis)), columns.at(OBJECT_ACTOR));
        put_runs(all(GENESIS_COUNTER), columns.at(OBJECT_COUNTER));
        put_runs(all(ACTION_PUT), columns.at(ACTION));
        match &self.body {
            Body::Append { after, values } => {
                let keys =
                    |first: Option<u64>| std::iter::once(first).chain((self.head.start_op..).map(Some)).take(len);
                put_runs(keys(*after).map(|key| key.map(|_| 0u64)), columns.at(KEY_ACTOR));
                put_deltas(keys(*after).map(|key| key.map_or(0, u64::cast_signed)), columns.at(KEY_COUNTER));
                put_booleans(Booleans::AllTrue, len, columns.at(INSERT));
                put_values(values.iter().copied(), &mut columns);
                put_runs(all(0), columns.at(PRED_COUNT));
            }
            Body::Puts(puts) => {
                put_runs(puts.iter().map(|put| Some(put.key)), columns.at(KEY_STRING));
                put_booleans(Booleans::AllFalse, len, columns.at(INSERT));
                put_values(puts.iter().map(|put| put.value), &mut columns);
                put_runs(puts.iter().map(|put| Some(put.over.len() as u64)), columns.at(PRED_COUNT));
                let preds = || puts.iter().flat_map(|put| &put.over);
                put_runs(preds().map(|op| Some(index(&op.actor))), columns.at(PRED_ACTOR));
                put_deltas(preds().map(|op| op.counter.cast_signed()), columns.at(PRED_COUNTER));
            }
        }
        columns
    }
}

/// The one container of a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Container {
    /// The list of a log.
    Entries,
    /// The map of every other document.
    Registers,
}

impl Container {
    /// The container's key in the root of the document.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Entries => "entries",
            Self::Registers => "registers",
        }
    }

    /// Writes the change that founds a document with this container: the same bytes on every device.
    pub(crate) fn genesis(self, author: Actor) -> (Vec<u8>, ChangeHash) {
        let mut content = vec![0];
        put_actor(&author, &mut content);
        content.extend_from_slice(&[1, 1, 0, 0, 0]);
        let mut columns = OwnColumns::default();
        let action = match self {
            Self::Entries => ACTION_MAKE_LIST,
            Self::Registers => ACTION_MAKE_MAP,
        };
        put_runs([Some(self.key())], columns.at(KEY_STRING));
        put_booleans(Booleans::AllFalse, 1, columns.at(INSERT));
        put_runs([Some(action)], columns.at(ACTION));
        put_runs([Some(0u64)], columns.at(VALUE_META));
        put_runs([Some(0u64)], columns.at(PRED_COUNT));
        columns.write(&mut content);
        let hash = content_hash(&content);
        (join_chunk(&content), hash)
    }
}

/// Checks a chunk's canonical frame, kind and checksum; returns its content and the hash by which the change is known.
fn split_chunk(bytes: &[u8]) -> Result<(&[u8], ChangeHash), ChangeError> {
    let mut reader = Reader::new(bytes);
    if reader.array()? != MAGIC {
        return Err(ChangeError::WrongKind);
    }
    let checksum: [u8; 4] = reader.array()?;
    if reader.take(1)? != [CHANGE_CHUNK] {
        return Err(ChangeError::WrongKind);
    }
    let len = reader.length(CHANGE_LIMIT_BYTES)?;
    let content = reader.take(len)?;
    if !reader.is_empty() {
        return Err(ChangeError::WrongKind);
    }
    let hash = content_hash(content);
    if hash.0[..4] != checksum {
        return Err(ChangeError::Checksum);
    }
    if bytes[8..].starts_with(&chunk_head(content)) { Ok((content, hash)) } else { Err(ChangeError::NotCanonical) }
}

fn join_chunk(content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(content.len() + 16);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&content_hash(content).0[..4]);
    bytes.extend(chunk_head(content));
    bytes.extend_from_slice(content);
    bytes
}

fn chunk_head(content: &[u8]) -> Vec<u8> {
    let mut head = vec![CHANGE_CHUNK];
    put_unsigned(content.len() as u64, &mut head);
    head
}

fn content_hash(content: &[u8]) -> ChangeHash {
    ChangeHash(Sha256::new().chain_update(chunk_head(content)).chain_update(content).finalize().into())
}

fn read_actor(reader: &mut Reader<'_>) -> Result<Actor, ChangeError> {
    if reader.length(16)? != 16 {
        return Err(ChangeError::ForeignShape);
    }
    reader.array().map(Actor)
}

fn put_actor(actor: &Actor, out: &mut Vec<u8>) {
    put_unsigned(16, out);
    out.extend_from_slice(&actor.0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use automerge::transaction::{CommitOptions, Transactable};
    use automerge::{ActorId, Automerge, ObjType, ROOT, ReadDoc, ScalarValue};
    use proptest::prelude::*;

    fn founded(kind: ObjType, key: &str) -> Automerge {
        let mut doc = Automerge::new().with_actor(ActorId::from([9; 16]));
        let mut tx = doc.transaction();
        tx.put_object(ROOT, key, kind).unwrap();
        tx.commit_with(CommitOptions::default().with_time(0));
        doc
    }

    fn raw_last(doc: &Automerge) -> Vec<u8> {
        doc.get_last_local_change().unwrap().raw_bytes().to_vec()
    }

    fn append(doc: &mut Automerge, values: &[Vec<u8>]) -> Vec<u8> {
        let list = doc.get(ROOT, "entries").unwrap().unwrap().1;
        let mut tx = doc.transaction();
        for value in values {
            let end = tx.length(&list);
            tx.insert(&list, end, ScalarValue::Bytes(value.clone())).unwrap();
        }
        tx.commit_with(CommitOptions::default().with_time(0));
        raw_last(doc)
    }

    fn put(doc: &mut Automerge, edits: &[(u8, Vec<u8>)]) -> Vec<u8> {
        let map = doc.get(ROOT, "registers").unwrap().unwrap().1;
        let mut tx = doc.transaction();
        for (key, value) in edits {
            tx.put(&map, format!("key{key}"), ScalarValue::Bytes(value.clone())).unwrap();
        }
        tx.commit_with(CommitOptions::default().with_time(0));
        raw_last(doc)
    }

    fn values() -> impl Strategy<Value = Vec<Vec<u8>>> {
        proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..40), 1..60)
    }

    fn edits() -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
        proptest::collection::vec((0u8..6, proptest::collection::vec(any::<u8>(), 0..20)), 1..30)
    }

    proptest! {
        #[test]
        fn a_log_change_is_what_automerge_writes(first in values(), second in values()) {
            let mut doc = founded(ObjType::List, "entries").with_actor(ActorId::from([1; 16]));
            for (seq, values) in [(1, first), (2, second)] {
                let raw = append(&mut doc, &values);
                let (change, hash) = Change::decode(&raw).unwrap();
                prop_assert_eq!(change.head.seq, seq);
                prop_assert_eq!(hash.0.to_vec(), doc.get_heads()[0].0.to_vec());
                prop_assert_eq!(change.head.genesis, Actor([9; 16]));
                let Body::Append { values: read, .. } = change.body else { panic!("not an append") };
                prop_assert_eq!(read, values.iter().map(Vec::as_slice).collect::<Vec<_>>());
            }
        }

        #[test]
        fn a_register_change_is_what_automerge_writes(
            rounds in proptest::collection::vec((edits(), edits(), any::<bool>()), 1..5),
        ) {
            let founded = founded(ObjType::Map, "registers");
            let mut one = founded.clone().with_actor(ActorId::from([1; 16]));
            let mut two = founded.with_actor(ActorId::from([2; 16]));
            for (round, (mut first, mut second, meet)) in (0u8..).zip(rounds) {
                // No two values are equal: Automerge leaves out a put that changes nothing, and a register's value
                // always carries its own clock reading.
                for (index, (_, value)) in (0u8..).zip(first.iter_mut().chain(&mut second)) {
                    value.extend([round, index]);
                }
                for raw in [put(&mut one, &first), put(&mut two, &second)] {
                    let (change, _) = Change::decode(&raw).unwrap();
                    prop_assert_eq!(change.encode(), raw);
                }
                if meet {
                    one.merge(&mut two).unwrap();
                    two.merge(&mut one).unwrap();
                }
            }
        }

        #[test]
        fn damaged_bytes_are_refused_and_never_panic(
            values in values(), at: prop::sample::Index, flip in 1u8.., fix_checksum: bool,
        ) {
            let mut doc = founded(ObjType::List, "entries").with_actor(ActorId::from([1; 16]));
            let mut raw = append(&mut doc, &values);
            let at = at.index(raw.len());
            raw[at] ^= flip;
            if fix_checksum && raw.len() > 12 {
                let mut reader = Reader::new(&raw[9..]);
                if let Ok(len) = reader.length(raw.len()) && let Ok(content) = reader.take(len) {
                    let sum = content_hash(content).0;
                    raw[4..8].copy_from_slice(&sum[..4]);
                }
            }
            if let Ok((change, _)) = Change::decode(&raw) {
                prop_assert!(fix_checksum);
                prop_assert_eq!(change.encode(), raw);
            }
        }
    }

    #[test]
    fn a_genesis_is_what_automerge_writes() {
        for (container, kind) in [(Container::Entries, ObjType::List), (Container::Registers, ObjType::Map)] {
            let doc = founded(kind, container.key());
            let (bytes, hash) = container.genesis(Actor([9; 16]));
            assert_eq!(bytes, raw_last(&doc));
            assert_eq!(hash.0, doc.get_heads()[0].0);
        }
    }

    #[test]
    fn other_chunks_and_other_shapes_are_refused() {
        let mut doc = founded(ObjType::List, "entries").with_actor(ActorId::from([1; 16]));
        append(&mut doc, &[vec![1; 400]]);
        assert_eq!(Change::decode(&doc.save()).unwrap_err(), ChangeError::WrongKind);
        let compressed = doc.get_last_local_change().unwrap().bytes().to_vec();
        assert_eq!(Change::decode(&compressed).unwrap_err(), ChangeError::WrongKind);
        let list = doc.get(ROOT, "entries").unwrap().unwrap().1;
        let mut tx = doc.transaction();
        tx.delete(&list, 0).unwrap();
        tx.commit_with(CommitOptions::default().with_time(0));
        assert!(Change::decode(&raw_last(&doc)).is_err());
        let mut tx = doc.transaction();
        tx.put_object(ROOT, "more", ObjType::Map).unwrap();
        tx.commit_with(CommitOptions::default().with_time(0));
        assert!(Change::decode(&raw_last(&doc)).is_err());
        assert_eq!(Change::decode(&[]).unwrap_err(), ChangeError::Truncated);
    }
}
