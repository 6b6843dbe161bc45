//! Who forges, and what there is to be forged: three enrolled devices with keys of their own and no scruples.

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, Automerge, Change, ObjId, ObjType, ROOT, ReadDoc, ScalarValue};
use sync_core::documents::log::{Entry, LitterCard, Record};
use sync_core::documents::roster::PersonEdit;
use sync_core::documents::rulings::{Decision, Ruling};
use sync_core::exchange::Item;
use sync_core::ids::{Actor, DocumentRef, EventId, Incarnation, PersonId, RulingId, Subject};
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::trust::KeyPair;

use crate::forgery::{Forger, Parts};

/// What the forgers' clocks read.
pub const READING: ClockReading = ClockReading { boot: 7, mono_ms: 1_000_000, wall_ms: UnixMillis(1_790_000_000_000) };

/// A document as one forger holds it, ready to be written on.
pub struct Pen {
    /// Whose pen it is.
    pub forger: Forger,
    /// What it writes on.
    pub document: DocumentRef,
    /// The same, as Automerge holds it.
    pub doc: Automerge,
    container: ObjId,
}

impl Pen {
    /// Begins with the genesis change and everything of the document among `items`.
    pub fn of(forger: Forger, document: DocumentRef, items: &[Item]) -> Self {
        let (mut doc, container) = founded(document, forger.event);
        let known = items.iter().filter_map(|item| match item {
            Item::Change(sealed) if sealed.document == document => {
                Some(Change::from_bytes(sealed.change.clone()).unwrap())
            }
            _ => None,
        });
        doc.apply_changes(known).unwrap();
        doc.set_actor(ActorId::from(forger.actor(document).0));
        Self { forger, document, doc, container }
    }

    /// The change that an edit makes, as Automerge writes it.
    pub fn change(&self, edit: impl FnOnce(&mut Transaction<'_>, &ObjId)) -> Vec<u8> {
        let mut doc = self.doc.clone();
        write(&mut doc, &self.container, edit)
    }

    /// An honest next change.
    pub fn honest(&self) -> Vec<u8> {
        self.change(|tx, container| self.next(tx, container))
    }

    fn next(&self, tx: &mut Transaction<'_>, container: &ObjId) {
        match self.document {
            DocumentRef::Log { .. } => (0..2).for_each(|_| append(tx, container, litter(1))),
            DocumentRef::Rulings(_) => put(tx, container, &RulingId([9; 8]).to_string(), ruling()),
            _ => put(tx, container, &phone_of_nobody(), phone("2")),
        }
    }

    /// Seals bytes as the next change of the forger's chain.
    pub fn seals(&self, change: Vec<u8>) -> Item {
        let seq =
            self.doc.get_changes_meta(&[]).iter().filter(|meta| meta.actor.as_ref() == self.doc.get_actor()).count();
        self.forger.offers(self.document, seq as u64 + 1, change)
    }

    /// Seals what an edit makes.
    pub fn edits(&self, edit: impl FnOnce(&mut Transaction<'_>, &ObjId)) -> Item {
        self.seals(self.change(edit))
    }

    /// Seals an honest change of which something was altered.
    pub fn alters(&self, alter: impl FnOnce(&mut Parts)) -> Item {
        let mut parts = Parts::of(&self.honest());
        alter(&mut parts);
        self.forger.offers(self.document, parts.seq, parts.join())
    }

    /// Writes the first change of the forger's chain, for the others to build on.
    fn begin(&mut self) -> Item {
        let edit = self.change(|tx, container| match self.document {
            DocumentRef::Log { .. } => (0..3).for_each(|_| append(tx, container, litter(1))),
            DocumentRef::Rulings(_) => put(tx, container, &RulingId([8; 8]).to_string(), ruling()),
            _ => put(tx, container, &phone_of_nobody(), phone("1")),
        });
        let item = self.seals(edit.clone());
        self.doc.apply_changes([Change::from_bytes(edit).unwrap()]).unwrap();
        item
    }
}

/// A document with its genesis change alone, and its one container.
#[must_use]
pub fn founded(document: DocumentRef, event: EventId) -> (Automerge, ObjId) {
    let (key, kind) = match document {
        DocumentRef::Log { .. } => ("entries", ObjType::List),
        _ => ("registers", ObjType::Map),
    };
    let genesis = Actor::genesis(document.id(event));
    let mut doc = Automerge::new().with_actor(ActorId::from(genesis.0));
    let mut tx = doc.transaction();
    let container = tx.put_object(ROOT, key, kind).unwrap();
    tx.commit_with(CommitOptions::default().with_time(0));
    (doc, container)
}

fn write(doc: &mut Automerge, container: &ObjId, edit: impl FnOnce(&mut Transaction<'_>, &ObjId)) -> Vec<u8> {
    let mut tx = doc.transaction();
    edit(&mut tx, container);
    tx.commit_with(CommitOptions::default().with_time(0));
    doc.get_last_local_change().unwrap().raw_bytes().to_vec()
}

/// Appends a value to a list of the document.
pub fn append(tx: &mut Transaction<'_>, list: &ObjId, value: Vec<u8>) {
    let end = tx.length(list);
    tx.insert(list, end, ScalarValue::Bytes(value)).unwrap();
}

/// Puts a value into a map of the document.
pub fn put(tx: &mut Transaction<'_>, map: &ObjId, key: &str, value: Vec<u8>) {
    tx.put(map, key, ScalarValue::Bytes(value)).unwrap();
}

/// An entry that counts litter.
pub fn litter(bags: u32) -> Vec<u8> {
    entry(Record::LitterCard(LitterCard { site: "north".to_owned(), bags, ..LitterCard::default() }))
}

/// The bytes of a log entry with a record.
pub fn entry(record: Record) -> Vec<u8> {
    minicbor::to_vec(Entry { record, reading: READING }).unwrap()
}

/// A value of the roster.
pub fn phone(text: &str) -> Vec<u8> {
    minicbor::to_vec((READING, PersonEdit::Phone(Some(text.to_owned())))).unwrap()
}

/// A value of the rulings.
pub fn ruling() -> Vec<u8> {
    let decision = Decision::Confirm { subject: Subject::from_bits(4), day: 0, imputed_ms: None };
    minicbor::to_vec((READING, Ruling { decision, reason: String::new() })).unwrap()
}

/// The key under which the phone number of somebody stands whom no list names.
pub fn phone_of_nobody() -> String {
    format!("{}.phone", PersonId::from_entropy(4))
}

/// What the forgers have to work with.
pub struct Scene {
    /// Writes the log of the marker.
    pub log: Pen,
    /// The roster in a lead's hands.
    pub roster: Pen,
    /// The rulings in an organizer's hands.
    pub rulings: Pen,
    /// A change of the roster that somebody else wrote.
    pub of_another: sync_core::admission::SealedChange,
    bases: Vec<Item>,
}

impl Scene {
    /// A marker's, a lead's and an organizer's keys, and what is at home.
    pub fn set(event: EventId, [marker, lead, organizer]: [KeyPair; 3], items: &[Item]) -> Self {
        let forger = |key| Forger { key, event, incarnation: Incarnation([5; 8]) };
        let (marker, lead, organizer) = (forger(marker), forger(lead), forger(organizer));
        let of_another = items.iter().rev().find_map(|item| match item {
            Item::Change(sealed) if sealed.document == DocumentRef::ROSTER => Some(sealed.clone()),
            _ => None,
        });
        let log = marker.log();
        let mut scene = Self {
            log: Pen::of(marker, log, items),
            roster: Pen::of(lead, DocumentRef::ROSTER, items),
            rulings: Pen::of(organizer, DocumentRef::RULINGS, items),
            of_another: of_another.expect("somebody wrote on the roster"),
            bases: Vec::new(),
        };
        scene.bases = [&mut scene.log, &mut scene.roster, &mut scene.rulings].map(Pen::begin).to_vec();
        scene
    }

    /// What must be at home first: honest changes that the forged ones build on.
    pub fn bases(&self) -> Vec<Item> {
        self.bases.clone()
    }

    /// A log that the marker never began, in another incarnation.
    pub fn unbegun(&self, incarnation: [u8; 8]) -> Pen {
        let forger = Forger { incarnation: Incarnation(incarnation), ..self.log.forger.clone() };
        let log = forger.log();
        Pen::of(forger, log, &[])
    }
}
