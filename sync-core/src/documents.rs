//! The four kinds of document of an event.
//!
//! Only this module and `admission` know Automerge. Every document has one of two shapes, founded by a
//! deterministic genesis change: a map of registers (event, roster, rulings), or a list of entries (a log).
//! Every value is one CBOR byte string, so that no container is ever created after the genesis.

pub(crate) mod change;
mod columns;
mod erasing;
pub mod event;
pub(crate) mod founding;
pub(crate) mod history;
pub mod log;
mod newer;
pub(crate) mod registers;
pub mod roster;
pub mod rulings;
pub mod state;
mod values;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use self::change::{Body, Change, Container, Head, Put};
use self::event::{EventEdit, EventInfo, EventStatement};
use self::history::{History, Link};
use self::log::{Entry, Log, Record};
use self::newer::NewerContent;
use self::registers::{Registers, RegistersError};
use self::roster::Roster;
use self::rulings::Rulings;
pub use self::values::Authored;
pub(crate) use self::values::{
    KEY_LIMIT_BYTES, Origin, Stored, Unfit, VALUE_LIMIT_BYTES, authored, decode_exact, decode_whole, encode, origin_of,
    reading_of, with_origin,
};
use crate::ids::{
    Actor, ChangeHash, DeviceId, DocumentId, DocumentRef, EntryRef, Era, EventId, Incarnation, SharedDocument, Subject,
    WalkInId,
};

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
    /// Who alone may write for others.
    home: DeviceId,
    era: Era,
    /// What the changes of earlier eras built on, where this is known: what they said is forgotten.
    retired: BTreeMap<DocumentRef, History>,
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
    /// The documents of an event of which nothing is known yet, at the home with this device id.
    #[must_use]
    pub fn founded(event: EventId, home: DeviceId) -> Self {
        Self::founded_in(Era::default(), event, home)
    }

    pub(crate) fn founded_in(era: Era, event: EventId, home: DeviceId) -> Self {
        let found = |document: SharedDocument| Registers::founded(document.in_era(era.id).id(event));
        Self {
            event,
            home,
            era,
            retired: BTreeMap::new(),
            event_doc: found(SharedDocument::Event),
            roster_doc: found(SharedDocument::Roster),
            rulings_doc: found(SharedDocument::Rulings),
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

    /// The id of the event.
    #[must_use]
    pub const fn event(&self) -> EventId {
        self.event
    }

    /// The device id of home, who alone may write for others.
    #[must_use]
    pub const fn home(&self) -> DeviceId {
        self.home
    }

    /// Whether a document was founded again since.
    pub(crate) fn is_retired(&self, document: &DocumentRef) -> bool {
        document.shared().is_some_and(|shared| self.current(shared) != *document)
    }

    /// Whether a value says something about somebody who was erased.
    pub(crate) fn is_about_an_erased(&self, document: &DocumentRef, put: &Put<'_>) -> bool {
        document.shared().is_some_and(|shared| speaks_of(shared, put, &self.roster.erased))
    }

    /// Which founding of the roster and the rulings is here.
    #[must_use]
    pub const fn era(&self) -> Era {
        self.era
    }

    /// One of the shared documents as it is in the present era.
    #[must_use]
    pub const fn current(&self, document: SharedDocument) -> DocumentRef {
        document.in_era(self.era.id)
    }

    /// What the event is.
    #[must_use]
    pub const fn info(&self) -> &EventInfo {
        &self.info
    }

    /// Every statement that was ever made about the event, also those that were replaced: in the same order wherever the
    /// same documents are, and none before one that its author knew.
    #[must_use]
    pub fn event_statements(&self) -> Vec<EventStatement> {
        let mut statements = Vec::new();
        self.event_doc.read_every_put(|_, by, bytes| {
            if let Ok(Stored { reading, value, .. }) = decode_exact::<Stored<EventEdit>>(bytes) {
                statements.push(EventStatement { edit: value, by, reading });
            }
        });
        statements
    }

    /// The roster, read: people and their fields.
    #[must_use]
    pub const fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The rulings, read: decisions of organizers.
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

    /// A shared document as it is in the present era.
    pub(crate) const fn shared(&self, document: SharedDocument) -> &Registers {
        match document {
            SharedDocument::Event => &self.event_doc,
            SharedDocument::Roster => &self.roster_doc,
            SharedDocument::Rulings => &self.rulings_doc,
        }
    }

    /// The document that is a map of registers; `None` for a log, and for a document of another era.
    pub(crate) fn registers(&self, document: &DocumentRef) -> Option<&Registers> {
        let shared = document.shared().filter(|shared| self.current(*shared) == *document)?;
        Some(self.shared(shared))
    }

    /// The history of a document; `None` for a log or an era of which nothing is known.
    pub(crate) fn history(&self, document: &DocumentRef) -> Option<&History> {
        match document {
            DocumentRef::Log { device, incarnation } => {
                self.log_document(*device, *incarnation).map(|log| &log.history)
            }
            shared => self.registers(shared).map(Registers::history).or_else(|| self.retired.get(shared)),
        }
    }

    /// In how many incarnations a device has written a document; for a log, in how many it has recorded.
    pub(crate) fn incarnations(&self, document: &DocumentRef, device: DeviceId) -> usize {
        match document {
            DocumentRef::Event | DocumentRef::Roster(_) | DocumentRef::Rulings(_) => {
                self.history(document).map_or(0, |history| history.chains_of(device))
            }
            DocumentRef::Log { .. } => {
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

    /// From now on several changes of a document share one copy of it, to which it returns if Automerge fails on one of them.
    pub(crate) fn share_copies(&mut self) {
        self.each_registers().into_iter().for_each(Registers::share_copies);
    }

    /// Ends what [`Documents::share_copies`] began.
    pub(crate) fn end_sharing_copies(&mut self) {
        self.each_registers().into_iter().for_each(Registers::end_sharing_copies);
    }

    const fn each_registers(&mut self) -> [&mut Registers; 3] {
        [&mut self.event_doc, &mut self.roster_doc, &mut self.rulings_doc]
    }

    /// Takes over a change of registers that `admission` let pass.
    pub(crate) fn put(&mut self, sealed: SharedChange<'_>) -> Result<(), RegistersError> {
        let shared = sealed.document.shared().filter(|shared| self.current(*shared) == sealed.document);
        let registers = match shared.ok_or(RegistersError::Damaged)? {
            SharedDocument::Event => &mut self.event_doc,
            SharedDocument::Roster => &mut self.roster_doc,
            SharedDocument::Rulings => &mut self.rulings_doc,
        };
        registers.apply(&sealed)?;
        if let Body::Puts(puts) = &sealed.change.body {
            // Each register once, however often the change writes it: reading one costs as much as it holds.
            let keys: BTreeSet<&str> = puts.iter().map(|put| put.key).collect();
            for key in keys {
                self.absorb(sealed.document, key).map_err(|Unfit| RegistersError::Damaged)?;
            }
        }
        Ok(())
    }

    fn absorb(&mut self, document: DocumentRef, key: &str) -> Result<(), Unfit> {
        let values = self.registers(&document).ok_or(Unfit)?.authored(key);
        match document {
            DocumentRef::Event => self.info.absorb(key, &values),
            DocumentRef::Roster(_) => self.roster.absorb(key, &values),
            DocumentRef::Rulings(_) => self.rulings.absorb(key, &values),
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
        let shared = document.shared().filter(|shared| self.current(*shared) == document);
        let shared = shared.ok_or(RegistersError::Damaged)?;
        let loaded = Registers::load(document.id(self.event), bytes, device_of)?;
        let mut fit = Ok(());
        match shared {
            SharedDocument::Event => self.info = EventInfo::default(),
            SharedDocument::Roster => self.roster = Roster::default(),
            SharedDocument::Rulings => self.rulings = Rulings::default(),
        }
        loaded.read_all(|key, values| {
            let absorbed = match shared {
                SharedDocument::Event => self.info.absorb(key, values),
                SharedDocument::Roster => self.roster.absorb(key, values),
                SharedDocument::Rulings => self.rulings.absorb(key, values),
            };
            fit = fit.and(absorbed);
        });
        fit.map_err(|Unfit| RegistersError::Damaged)?;
        match shared {
            SharedDocument::Event => self.event_doc = loaded,
            SharedDocument::Roster => self.roster_doc = loaded,
            SharedDocument::Rulings => self.rulings_doc = loaded,
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

/// Whether a value would have to go if these were erased. What a ruling says of them is not read here.
pub(crate) fn speaks_of(document: SharedDocument, put: &Put<'_>, subjects: &BTreeSet<Subject>) -> bool {
    let is_newer = match document {
        SharedDocument::Event => false,
        SharedDocument::Roster => roster::is_newer(put.key),
        SharedDocument::Rulings => rulings::is_newer(put.key),
    };
    let newer_speaks = || {
        let stored = decode_exact::<Stored<NewerContent>>(put.value);
        stored.is_ok_and(|stored| stored.value.speaks_of(subjects))
    };
    let is_of_person = document == SharedDocument::Roster
        && roster::person_of(put.key).is_some_and(|id| subjects.contains(&Subject::Person(id)));
    is_of_person || (is_newer && !subjects.is_empty() && newer_speaks())
}

/// Who writes: a device in one incarnation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Author {
    /// The id of the device.
    pub device: DeviceId,
    /// Its key, from which its actors are derived.
    pub key: crate::trust::PublicKey,
    /// The incarnation under which the device writes now.
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
