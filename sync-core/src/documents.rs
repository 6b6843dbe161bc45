//! The four kinds of document of an event.
//!
//! Only this module and `admission` know Automerge. Every document has one of two shapes, founded by a
//! deterministic genesis change: a map of registers (event, roster, rulings), or a list of entries (a log).
//! Every value is one CBOR byte string, so that no container is ever created after the genesis.

pub(crate) mod change;
mod columns;
pub mod event;
pub(crate) mod history;
pub mod log;
pub(crate) mod registers;
pub mod roster;
pub mod rulings;
pub mod state;

use std::collections::{BTreeMap, HashMap};

use minicbor::{Decode, Encode};

use self::change::{Body, Change, Container, Head};
use self::event::EventInfo;
use self::history::{History, Link};
use self::log::{Entry, Log, Record};
use self::registers::{Registers, RegistersError};
use self::roster::Roster;
use self::rulings::Rulings;
use crate::ids::{Actor, ChangeHash, DeviceId, DocumentId, DocumentRef, EntryRef, EventId, Incarnation, WalkInId};
use crate::time::ClockReading;

/// A value of a register may be no longer than this.
pub(crate) const VALUE_LIMIT_BYTES: usize = 16 * 1024;

/// A value of a register, with who wrote it and what their clocks read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authored<T> {
    /// What was written.
    pub value: T,
    /// By whom.
    pub by: DeviceId,
    /// What the author's clocks read.
    pub reading: ClockReading,
}

impl<T> Authored<T> {
    /// The same author and time with another value.
    pub fn map<U>(&self, f: impl FnOnce(&T) -> U) -> Authored<U> {
        Authored { value: f(&self.value), by: self.by, reading: self.reading }
    }
}

/// How a value lies in a register: with the author's clock reading. The author follows from the change's actor.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(crate) struct Stored<T> {
    #[n(0)]
    pub reading: ClockReading,
    #[n(1)]
    pub value: T,
}

/// A value that does not belong where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Unfit;

pub(crate) fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("writing to memory does not fail")
}

/// Decodes a value that must be in its one canonical form, with nothing after it.
pub(crate) fn decode_exact<T: for<'b> Decode<'b, ()> + Encode<()>>(bytes: &[u8]) -> Result<T, Unfit> {
    let value = minicbor::decode(bytes).map_err(|_| Unfit)?;
    let mut left = Expected(bytes);
    minicbor::encode(&value, &mut left).map_err(|_| Unfit)?;
    if left.0.is_empty() { Ok(value) } else { Err(Unfit) }
}

/// Decodes a value that was found to be in its canonical form before, with nothing after it.
pub(crate) fn decode_whole<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, Unfit> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let value = decoder.decode().map_err(|_| Unfit)?;
    if decoder.position() == bytes.len() { Ok(value) } else { Err(Unfit) }
}

/// The bytes that are still to be written; writing others fails.
struct Expected<'a>(&'a [u8]);

impl minicbor::encode::Write for Expected<'_> {
    type Error = Unfit;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Unfit> {
        self.0 = self.0.strip_prefix(bytes).ok_or(Unfit)?;
        Ok(())
    }
}

pub(crate) fn authored<T: for<'b> Decode<'b, ()> + Encode<()>>(
    values: &[(DeviceId, Vec<u8>)],
) -> Result<Vec<Authored<T>>, Unfit> {
    values
        .iter()
        .map(|(by, bytes)| {
            let Stored { reading, value } = decode_exact::<Stored<T>>(bytes)?;
            Ok(Authored { value, by: *by, reading })
        })
        .collect()
}

/// A log with the history behind it.
#[derive(Clone)]
pub(crate) struct LogDocument {
    pub history: History,
    pub log: Log,
}

impl LogDocument {
    fn founded(event: EventId, device: DeviceId, incarnation: Incarnation) -> Self {
        let id = DocumentRef::Log { device, incarnation }.id(event);
        Self { history: History::founded(id, Container::Entries), log: Log::new(device, incarnation) }
    }

    /// The counter of the operation that appended the last entry.
    pub(crate) fn tail(&self) -> Option<u64> {
        if self.log.entries.is_empty() { None } else { Some(self.history.next_op(self.history.heads()) - 1) }
    }
}

/// All documents of one event, as far as they are known here, with what they say.
pub struct Documents {
    event: EventId,
    event_doc: Registers,
    roster_doc: Registers,
    rulings_doc: Registers,
    logs: BTreeMap<(DeviceId, Incarnation), LogDocument>,
    info: EventInfo,
    roster: Roster,
    rulings: Rulings,
    walk_ins: HashMap<WalkInId, EntryRef>,
}

impl Documents {
    /// The documents of an event of which nothing is known yet.
    #[must_use]
    pub fn founded(event: EventId) -> Self {
        let found = |document: DocumentRef| Registers::founded(document.id(event));
        Self {
            event,
            event_doc: found(DocumentRef::Event),
            roster_doc: found(DocumentRef::Roster),
            rulings_doc: found(DocumentRef::Rulings),
            logs: BTreeMap::new(),
            info: EventInfo::default(),
            roster: Roster::default(),
            rulings: Rulings::default(),
            walk_ins: HashMap::new(),
        }
    }

    /// Where a walk-in was registered; `None` where nobody here knows of it.
    #[must_use]
    pub fn walk_in(&self, id: WalkInId) -> Option<EntryRef> {
        self.walk_ins.get(&id).copied()
    }

    /// Which event it is.
    #[must_use]
    pub const fn event(&self) -> EventId {
        self.event
    }

    /// What the event is.
    #[must_use]
    pub const fn info(&self) -> &EventInfo {
        &self.info
    }

    /// Who is expected.
    #[must_use]
    pub const fn roster(&self) -> &Roster {
        &self.roster
    }

    /// What was decided.
    #[must_use]
    pub const fn rulings(&self) -> &Rulings {
        &self.rulings
    }

    /// What was recorded, by device and incarnation.
    pub fn logs(&self) -> impl Iterator<Item = &Log> {
        self.logs.values().map(|document| &document.log)
    }

    /// One log; `None` where nothing was recorded.
    #[must_use]
    pub fn log(&self, device: DeviceId, incarnation: Incarnation) -> Option<&Log> {
        self.logs.get(&(device, incarnation)).map(|document| &document.log)
    }

    pub(crate) fn log_document(&self, device: DeviceId, incarnation: Incarnation) -> Option<&LogDocument> {
        self.logs.get(&(device, incarnation))
    }

    /// The document that is a map of registers; `None` for a log.
    pub(crate) const fn registers(&self, document: &DocumentRef) -> Option<&Registers> {
        match document {
            DocumentRef::Event => Some(&self.event_doc),
            DocumentRef::Roster => Some(&self.roster_doc),
            DocumentRef::Rulings => Some(&self.rulings_doc),
            DocumentRef::Log { .. } => None,
        }
    }

    /// The history of a document; `None` for a log of which nothing is known.
    pub(crate) fn history(&self, document: &DocumentRef) -> Option<&History> {
        match document {
            DocumentRef::Log { device, incarnation } => {
                self.log_document(*device, *incarnation).map(|log| &log.history)
            }
            shared => self.registers(shared).map(Registers::history),
        }
    }

    /// In how many incarnations a device has written a document; for a log, in how many it has recorded.
    pub(crate) fn incarnations(&self, document: &DocumentRef, device: DeviceId) -> usize {
        match self.registers(document) {
            Some(registers) => registers.history().chains_of(device),
            None => {
                let all = (device, Incarnation([0; 8]))..=(device, Incarnation([u8::MAX; 8]));
                self.logs.range(all).count()
            }
        }
    }

    /// Takes over a log change that `admission` let pass.
    pub(crate) fn append(&mut self, device: DeviceId, incarnation: Incarnation, link: Link, entries: Vec<Entry>) {
        let event = self.event;
        let document =
            self.logs.entry((device, incarnation)).or_insert_with(|| LogDocument::founded(event, device, incarnation));
        document.history.add(device, link);
        for (entry, counter) in entries.iter().zip(document.log.entries.len() as u64..) {
            if let Record::WalkIn(walk_in) = &entry.record {
                self.walk_ins.entry(walk_in.id).or_insert(document.log.entry_ref(counter));
            }
        }
        if document.log.entries.is_empty() {
            document.log.entries = entries;
        } else {
            document.log.entries.extend(entries);
        }
    }

    /// Takes over a change of registers that `admission` let pass.
    pub(crate) fn put(&mut self, sealed: SharedChange<'_>) -> Result<(), RegistersError> {
        let registers = match sealed.document {
            DocumentRef::Event => &mut self.event_doc,
            DocumentRef::Roster => &mut self.roster_doc,
            DocumentRef::Rulings => &mut self.rulings_doc,
            DocumentRef::Log { .. } => return Err(RegistersError::Damaged),
        };
        registers.apply(&sealed)?;
        if let Body::Puts(puts) = &sealed.change.body {
            for put in puts {
                self.absorb(&sealed.document, put.key).map_err(|Unfit| RegistersError::Damaged)?;
            }
        }
        Ok(())
    }

    fn absorb(&mut self, document: &DocumentRef, key: &str) -> Result<(), Unfit> {
        let values = self.registers(document).ok_or(Unfit)?.authored(key);
        match document {
            DocumentRef::Event => self.info.absorb(key, &values),
            DocumentRef::Roster => self.roster.absorb(key, &values),
            DocumentRef::Rulings => self.rulings.absorb(key, &values),
            DocumentRef::Log { .. } => Err(Unfit),
        }
    }

    /// Replaces a document by one that home vouches for.
    pub(crate) fn load(
        &mut self,
        document: DocumentRef,
        bytes: &[u8],
        device_of: impl Fn(&Actor) -> Option<DeviceId>,
    ) -> Result<(), RegistersError> {
        let loaded = Registers::load(document.id(self.event), bytes, device_of)?;
        let mut fit = Ok(());
        match document {
            DocumentRef::Event => self.info = EventInfo::default(),
            DocumentRef::Roster => self.roster = Roster::default(),
            DocumentRef::Rulings => self.rulings = Rulings::default(),
            DocumentRef::Log { .. } => return Err(RegistersError::Damaged),
        }
        loaded.read_all(|key, values| {
            let absorbed = match document {
                DocumentRef::Event => self.info.absorb(key, values),
                DocumentRef::Roster => self.roster.absorb(key, values),
                _ => self.rulings.absorb(key, values),
            };
            fit = fit.and(absorbed);
        });
        fit.map_err(|Unfit| RegistersError::Damaged)?;
        match document {
            DocumentRef::Event => self.event_doc = loaded,
            DocumentRef::Roster => self.roster_doc = loaded,
            _ => self.rulings_doc = loaded,
        }
        Ok(())
    }

    /// Writes the change by which an author appends entries to its own log.
    pub(crate) fn compose_entries(&self, author: &Author, entries: &[Vec<u8>]) -> Vec<u8> {
        let founded;
        let document = match self.log_document(author.device, author.incarnation) {
            Some(document) => document,
            None => {
                founded = LogDocument::founded(self.event, author.device, author.incarnation);
                &founded
            }
        };
        let id = DocumentRef::Log { device: author.device, incarnation: author.incarnation }.id(self.event);
        let deps = document.history.heads().to_vec();
        let actor = author.actor(id);
        let head = Head {
            actor,
            seq: document.history.next_seq(&actor),
            start_op: document.history.next_op(&deps),
            deps,
            genesis: Actor::genesis(id),
        };
        let values = entries.iter().map(Vec::as_slice).collect();
        Change { head, body: Body::Append { after: document.tail(), values } }.encode()
    }
}

/// Who writes: a device in one incarnation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Author {
    /// The device.
    pub device: DeviceId,
    /// Its key, from which its actors are derived.
    pub key: crate::trust::PublicKey,
    /// Its present incarnation.
    pub incarnation: Incarnation,
}

impl Author {
    /// The actor that this author is in a document.
    #[must_use]
    pub fn actor(&self, document: DocumentId) -> Actor {
        Actor::of(document, &self.key.0, self.incarnation)
    }
}

/// A change of registers that was judged, with everything that taking it over needs.
pub(crate) struct SharedChange<'a> {
    pub document: DocumentRef,
    pub device: DeviceId,
    pub bytes: &'a [u8],
    pub change: &'a Change<'a>,
    pub hash: ChangeHash,
}
