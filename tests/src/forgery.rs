//! Changes that no command writes: taken apart, altered, put together and properly sealed.
//!
//! Source of the layout: Automerge Binary Document Format, "Change chunks". Nothing here checks anything.

use sha2::{Digest, Sha256};
use sync_core::admission::SealedChange;
use sync_core::exchange::Item;
use sync_core::ids::{Actor, ChangeHash, DocumentRef, EventId, Incarnation};
use sync_core::trust::{KeyPair, Seal, Signature};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

/// Columns of a change, by Automerge's column specification.
pub mod column {
    /// The counter of the container that an operation is in.
    pub const OBJECT_COUNTER: u64 = 0x02;
    /// By whom the element is counted after which an operation inserts.
    pub const KEY_ACTOR: u64 = 0x11;
    /// The counter of that element.
    pub const KEY_COUNTER: u64 = 0x13;
    /// The key of a map.
    pub const KEY_STRING: u64 = 0x15;
    /// What an operation does.
    pub const ACTION: u64 = 0x42;
    /// The type and length of each value.
    pub const VALUE_META: u64 = 0x56;
    /// The column with the bytes of the values.
    pub const VALUE: u64 = 0x57;
    /// How many values each operation replaces.
    pub const PRED_COUNT: u64 = 0x70;
    /// By whom the replaced values were counted.
    pub const PRED_ACTOR: u64 = 0x71;
    /// The counters of the replaced values.
    pub const PRED_COUNTER: u64 = 0x73;
    /// Marks a column as deflated.
    pub const DEFLATED: u64 = 0x08;
}

/// The parts of a change, in the order in which they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// What it builds on.
    pub deps: Vec<[u8; 32]>,
    /// The actor in whose name the change is written.
    pub actor: Vec<u8>,
    /// The sequence number of the change.
    pub seq: u64,
    /// The counter of its first operation.
    pub start_op: u64,
    /// When it was written, in seconds.
    pub time: i64,
    /// What its author said of it.
    pub message: Vec<u8>,
    /// Other actors that it names.
    pub others: Vec<Vec<u8>>,
    /// Specification and bytes of each column.
    pub columns: Vec<(u64, Vec<u8>)>,
    /// What follows the columns.
    pub rest: Vec<u8>,
}

impl Parts {
    /// Takes a change apart.
    ///
    /// # Panics
    /// If it is not one.
    #[must_use]
    pub fn of(change: &[u8]) -> Self {
        change.get(9..).and_then(Self::read).expect("a change")
    }

    /// The same with what begins at a change's length; `None` if it is cut off or contradicts itself.
    #[must_use]
    pub fn read(mut rest: &[u8]) -> Option<Self> {
        let rest = &mut rest;
        unsigned(rest)?;
        let deps = (0..unsigned(rest)?).map(|_| take(rest, 32)?.try_into().ok()).collect::<Option<_>>()?;
        let actor = text(rest)?;
        let (seq, start_op, time) = (unsigned(rest)?, unsigned(rest)?, unsigned(rest)?.cast_signed());
        let message = text(rest)?;
        let others = (0..unsigned(rest)?).map(|_| text(rest)).collect::<Option<_>>()?;
        let layout = (0..unsigned(rest)?).map(|_| Some((unsigned(rest)?, unsigned(rest)?)));
        let layout = layout.collect::<Option<Vec<_>>>()?;
        let columns =
            layout.into_iter().map(|(spec, len)| Some((spec, take(rest, usize::try_from(len).ok()?)?.to_vec())));
        let columns = columns.collect::<Option<_>>()?;
        Some(Self { deps, actor, seq, start_op, time, message, others, columns, rest: rest.to_vec() })
    }

    /// The bytes of a column, which begins to exist if it did not.
    pub fn column(&mut self, spec: u64) -> &mut Vec<u8> {
        let at = self.columns.iter().position(|(known, _)| *known >= spec).unwrap_or(self.columns.len());
        if self.columns.get(at).is_none_or(|(known, _)| *known != spec) {
            self.columns.insert(at, (spec, Vec::new()));
        }
        &mut self.columns[at].1
    }

    /// Puts the change together again, under a checksum that fits.
    #[must_use]
    pub fn join(&self) -> Vec<u8> {
        let mut content = Vec::new();
        put_unsigned(self.deps.len() as u64, &mut content);
        self.deps.iter().for_each(|dep| content.extend_from_slice(dep));
        put_text(&self.actor, &mut content);
        put_unsigned(self.seq, &mut content);
        put_unsigned(self.start_op, &mut content);
        put_unsigned(self.time.cast_unsigned(), &mut content);
        put_text(&self.message, &mut content);
        put_unsigned(self.others.len() as u64, &mut content);
        self.others.iter().for_each(|other| put_text(other, &mut content));
        put_unsigned(self.columns.len() as u64, &mut content);
        for (spec, bytes) in &self.columns {
            put_unsigned(*spec, &mut content);
            put_unsigned(bytes.len() as u64, &mut content);
        }
        self.columns.iter().for_each(|(_, bytes)| content.extend_from_slice(bytes));
        content.extend_from_slice(&self.rest);
        chunk(1, &content)
    }
}

/// Frames content as a chunk of a kind, with its length and a checksum that fits.
#[must_use]
pub fn chunk(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut head = vec![kind];
    put_unsigned(content.len() as u64, &mut head);
    let sum = Sha256::new().chain_update(&head).chain_update(content).finalize();
    [&MAGIC, &sum[..4], &head, content].concat()
}

/// The hash under which a change is known; the bytes need not be one.
#[must_use]
pub fn hash_of(change: &[u8]) -> ChangeHash {
    ChangeHash(Sha256::digest(change.get(8..).unwrap_or_default()).into())
}

/// Writes a number as changes do.
pub fn put_unsigned(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_text(bytes: &[u8], out: &mut Vec<u8>) {
    put_unsigned(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

fn unsigned(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = take(rest, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn text(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let len = usize::try_from(unsigned(rest)?).ok()?;
    take(rest, len).map(<[u8]>::to_vec)
}

fn take<'a>(rest: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(len)?;
    *rest = tail;
    Some(head)
}

/// Somebody with a key that home knows, and no scruples.
#[derive(Clone)]
pub struct Forger {
    /// The key of an enrolled device.
    pub key: KeyPair,
    /// The event into which changes are forged.
    pub event: EventId,
    /// In which incarnation the forger writes.
    pub incarnation: Incarnation,
}

impl Forger {
    /// The log document of the device that forges.
    #[must_use]
    pub fn log(&self) -> DocumentRef {
        DocumentRef::Log { device: self.key.public().device(), incarnation: self.incarnation }
    }

    /// The forger's name in a document.
    #[must_use]
    pub fn actor(&self, document: DocumentRef) -> Actor {
        Actor::of(document.id(self.event), &self.key.public().0, self.incarnation)
    }

    /// Seals bytes as the forger's change with this number, whatever they are.
    #[must_use]
    pub fn seals(&self, document: DocumentRef, seq: u64, change: Vec<u8>) -> SealedChange {
        let (actor, hash) = (self.actor(document), hash_of(&change));
        let seal = self.key.seal(&Seal { document: document.id(self.event), actor, seq, hash });
        let (device, incarnation) = (self.key.public().device(), self.incarnation);
        SealedChange { document, device, incarnation, change, seal }
    }

    /// The same without a seal that anybody would believe.
    #[must_use]
    pub fn offers_unsealed(&self, document: DocumentRef, change: Vec<u8>) -> SealedChange {
        let (device, incarnation, seal) = (self.key.public().device(), self.incarnation, Signature([0; 64]));
        SealedChange { document, device, incarnation, change, seal }
    }

    /// The same, as what is passed on.
    #[must_use]
    pub fn offers(&self, document: DocumentRef, seq: u64, change: Vec<u8>) -> Item {
        Item::Change(self.seals(document, seq, change))
    }
}
