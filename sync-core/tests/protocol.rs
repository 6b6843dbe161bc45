//! The byte vectors of `docs/protocol.md`, made anew from the code: the page and the code say the same, or this fails.
//!
//! A second implementation is written from that page. When a format changes on purpose, the failure prints the blocks as
//! the page has to have them.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails the test")]

use std::collections::{BTreeMap, BTreeSet};

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, ObjType, ROOT};
use minicbor::Encode;
use sync_core::admission::SealedChange;
use sync_core::command::Command;
use sync_core::documents::event::{EventEdit, Site};
use sync_core::documents::log::{Entry, Method, NewerContent, NewerRecord, Presence, Record};
use sync_core::documents::roster::{Person, PersonName};
use sync_core::exchange::{
    Cursor, EraStatement, ErasedPart, Item, OwnLog, PageStatement, Receipt, Request, Response, Verdict, Versions,
    write_message,
};
use sync_core::ids::{Actor, ChangeHash, DocumentRef, Era, EraId, EventId, Incarnation, PersonId, Revision, Subject};
use sync_core::invite::InviteLink;
use sync_core::replica::ledger::{Ledger, snapshot_digest};
use sync_core::replica::{Identity, Kept, Replica, Write};
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::trust::{
    Badge, Confirmation, ConfirmedChain, Dismissal, Enrolment, Grant, HomeKey, KeyPair, Post, Reading, Refusal,
    RefusedChange, Role, Scope, SessionProof, Signature, Signed, SnapshotStatement,
};

const PAGE: &str = include_str!("../../docs/protocol.md");

const EVENT: EventId = EventId([0x0e; 16]);
const INCARNATION: Incarnation = Incarnation([0x07; 8]);
const ERA: Era = Era { number: 1_780_000_100, id: EraId([0x0a; 8]) };
const HOME_SEED: [u8; 32] = [0x01; 32];
const DEVICE_SEED: [u8; 32] = [0x02; 32];
const ISSUED: UnixMillis = UnixMillis(1_780_000_000_000);
const READING: ClockReading = ClockReading { boot: 5, mono_ms: 60_000, wall_ms: UnixMillis(1_780_000_060_000) };

fn home() -> HomeKey {
    HomeKey::from_seed(&HOME_SEED)
}

fn device() -> KeyPair {
    KeyPair::from_seed(&DEVICE_SEED)
}

fn person() -> PersonId {
    PersonId::of_external(EVENT, "front office", "A-0001")
}

fn added() -> Person {
    let names = vec![PersonName {
        family: "Ахметова".to_owned(), given: "Айгүл".to_owned(), ..PersonName::default()
    }];
    Person { names, ..Person::default() }
}

fn presence() -> Presence {
    Presence { site: "north".to_owned(), method: Method::Search, subject: Subject::Person(person()) }
}

fn grant() -> Signed<Grant> {
    home().state(&Grant {
        key: device().public(),
        name: "laptop".to_owned(),
        role: Role::Organizer,
        scope: Scope::Event(EVENT),
        issued: ISSUED,
        post: Post::default(),
        revoked: None,
        vouched: None,
        out_of: None,
    })
}

/// The changes that the device seals after it named a site, put somebody on the roster and checked them in.
fn sealed() -> BTreeMap<&'static str, SealedChange> {
    let identity = Identity { key: device(), incarnation: INCARNATION, grant: grant(), home: home().public() };
    let kept = Kept {
        ledger: Ledger::founded(EVENT, home().public()),
        drafts: Vec::new(),
        next_draft: 0,
        peers: BTreeMap::new(),
        confirmed: Vec::new(),
        partial: None,
    };
    let mut replica = Replica::open(identity, kept).unwrap().answer;
    for command in [
        Command::EditEvent(EventEdit::Site { key: "north".to_owned(), site: Some(Site::default()) }),
        Command::AddPerson(person(), added()),
        Command::CheckIn(presence()),
    ] {
        drop(replica.perform(command, READING).unwrap());
    }
    let writes = replica.seal().writes.into_iter();
    let sealed = writes.filter_map(|write| match write {
        Write::Item(stored) => match stored.item {
            Item::Change(sealed) => Some((sealed.document.kind(), sealed)),
            Item::Grant(_) => None,
        },
        _ => None,
    });
    sealed.collect()
}

/// The change that founds a document, as Automerge itself writes it.
fn genesis(document: DocumentRef, kind: ObjType, key: &str) -> (Vec<u8>, ChangeHash) {
    let author = Actor::genesis(document.id(EVENT));
    let mut founded = Automerge::new().with_actor(ActorId::from(author.0));
    let mut transaction = founded.transaction();
    transaction.put_object(ROOT, key, kind).unwrap();
    transaction.commit_with(CommitOptions::default().with_time(0));
    let change = founded.get_last_local_change().unwrap();
    (change.raw_bytes().to_vec(), ChangeHash(change.hash().0))
}

fn log() -> DocumentRef {
    DocumentRef::Log { device: device().public().device(), incarnation: INCARNATION }
}

/// The hash of a change as Automerge computes it: SHA-256 of the chunk's kind, length and content, behind the magic bytes
/// and the checksum.
fn hash_of(change: &[u8]) -> ChangeHash {
    ChangeHash(snapshot_digest(&change[8..]))
}

/// The body of a signed statement: it travels as an array of the body and its signature, both byte strings.
fn body_of<S>(signed: &Signed<S>) -> Vec<u8> {
    let bytes = cbor(signed);
    let mut decoder = minicbor::Decoder::new(&bytes);
    decoder.array().unwrap();
    decoder.bytes().unwrap().to_vec()
}

fn cbor<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).unwrap()
}

/// Vectors in the order in which the page has them.
#[derive(Default)]
struct Vectors(Vec<(&'static str, String)>);

impl Vectors {
    fn hex(&mut self, name: &'static str, bytes: impl AsRef<[u8]>) {
        self.0.push((name, bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()));
    }

    fn text(&mut self, name: &'static str, text: &str) {
        self.0.push((name, text.to_owned()));
    }
}

fn ids(all: &mut Vectors) {
    all.hex("home-public-key", home().public().0);
    all.hex("device-public-key", device().public().0);
    all.hex("device-id", device().public().device().0);
    all.hex("person-id", person().to_bits().to_be_bytes());
    all.hex("document-event", DocumentRef::Event.id(EVENT).0);
    all.hex("document-roster", DocumentRef::ROSTER.id(EVENT).0);
    all.hex("document-rulings", DocumentRef::RULINGS.id(EVENT).0);
    all.hex("document-log", log().id(EVENT).0);
    all.hex("document-roster-of-an-era", DocumentRef::Roster(ERA.id).id(EVENT).0);
    all.hex("ref-event", cbor(&DocumentRef::Event));
    all.hex("ref-roster", cbor(&DocumentRef::ROSTER));
    all.hex("ref-roster-of-an-era", cbor(&DocumentRef::Roster(ERA.id)));
    all.hex("ref-log", cbor(&log()));
    all.hex("actor-log", Actor::of(log().id(EVENT), &device().public().0, INCARNATION).0);
    all.hex("genesis-actor-log", Actor::genesis(log().id(EVENT)).0);
}

fn changes(all: &mut Vectors) {
    let sealed = sealed();
    let founded = [
        ("genesis-log", "genesis-hash-log", log(), ObjType::List, "entries"),
        ("genesis-roster", "genesis-hash-roster", DocumentRef::ROSTER, ObjType::Map, "registers"),
    ];
    for (name, name_of_hash, document, kind, key) in founded {
        let (bytes, hash) = genesis(document, kind, key);
        let first = &sealed[document.kind()].change;
        assert!(first.windows(32).any(|window| window == hash.0), "the first change builds on the genesis change");
        all.hex(name, bytes);
        all.hex(name_of_hash, hash.0);
    }
    let (log, roster) = (&sealed["log"], &sealed["roster"]);
    let entry = cbor(&Entry { record: Record::CheckIn(presence()), reading: READING });
    // A value of a register whose author is not home has no third field.
    let stored = cbor(&(READING, added()));
    for (value, change) in [(&entry, log), (&stored, roster)] {
        let is_in = change.change.windows(value.len()).any(|window| window == *value);
        assert!(is_in, "what was recorded stands in the change as it is");
    }
    all.hex("entry", entry);
    all.hex("stored-person", stored);
    let values = [cbor(&"tent"), cbor(&3u8)].concat();
    let content = NewerContent::new(vec![Subject::Person(person())], values).unwrap();
    all.hex("newer-record", cbor(&NewerRecord::new(14, content).unwrap()));
    for (name, name_of_hash, name_of_seal, change) in [
        ("change-log", "change-hash-log", "seal-log", log),
        ("change-roster", "change-hash-roster", "seal-roster", roster),
    ] {
        all.hex(name, &change.change);
        all.hex(name_of_hash, hash_of(&change.change).0);
        all.hex(name_of_seal, change.seal.0);
    }
    all.hex("item-change", cbor(&Item::Change(log.clone())));
    all.hex("item-grant", cbor(&Item::Grant(grant())));
    let founded = Cursor::default();
    let after_grant = founded.advanced_by(&Item::Grant(grant()));
    all.hex("cursor-after-the-grant", cbor(&after_grant));
    all.hex("cursor-after-the-change", cbor(&after_grant.advanced_by(&Item::Change(log.clone()))));
}

fn statements(all: &mut Vectors) {
    let log_change = sealed()["log"].clone();
    let hash = hash_of(&log_change.change);
    let actor = Actor::of(log().id(EVENT), &device().public().0, INCARNATION);
    let device_id = device().public().device();
    all.hex("grant", body_of(&grant()));
    all.hex("grant-signed", cbor(&grant()));
    let chain = ConfirmedChain { document: log(), actor, seq: 1, hash };
    let confirmed = Confirmation { event: EVENT, revision: Revision(2), chains: vec![chain] };
    all.hex("confirmation", body_of(&home().state(&confirmed)));
    let refused = RefusedChange { seal: log_change.seal, code: "not_your_role".to_owned() };
    let refusal = Refusal { event: EVENT, changes: vec![refused], held: vec![Signature([0x05; 64])] };
    all.hex("refusal", body_of(&home().state(&refusal)));
    let items = [Item::Grant(grant()), Item::Change(log_change)];
    let to = items.iter().fold(Cursor::default(), |cursor, item| cursor.advanced_by(item));
    let page = PageStatement::of(EVENT, Cursor::default(), to, &items);
    all.hex("page", body_of(&home().state(&page)));
    let digest = snapshot_digest(b"snapshot");
    let snapshot = SnapshotStatement { event: EVENT, revision: Revision(2), digest, reading: Reading::default() };
    all.hex("snapshot", body_of(&home().state(&snapshot)));
    let dismissal = Dismissal { device: device_id, since: ISSUED, wipe: true };
    all.hex("dismissal", body_of(&home().state(&dismissal)));
    let erased = BTreeSet::from([Subject::Person(person())]);
    let era = home().state(&EraStatement::of(EVENT, ERA, &erased));
    all.hex("era", body_of(&era));
    all.hex("erased-part", cbor(&ErasedPart::of(era, 0, &erased).people));
    let proof = SessionProof { device: device_id, home: home().public(), nonce: [0x09; 32] };
    let proof = device().state(&proof);
    all.hex("session-proof", body_of(&proof));
    all.hex("session-proof-signed", cbor(&proof));
    let (secret, name) = ([0x03; 16], "laptop".to_owned());
    let enrolment = Enrolment { device: device().public(), home: home().public(), secret, name, replaces: None };
    all.hex("enrolment", cbor(&enrolment));
    all.hex("enrolment-signature", device().enrol(&enrolment).0);
    let badge = home().state(&Badge { event: EVENT, subject: Subject::Person(person()) });
    all.text("badge-printed", &badge.to_printed());
    let url = "https://home.example".to_owned();
    let link = InviteLink { url, home: home().public(), secret, event: Some(EVENT) };
    all.text("invite-link", &link.to_string());
    all.hex("invite-secret-hash", link.secret_hash());
}

fn messages(all: &mut Vectors) {
    let asked = Request {
        event: EVENT,
        cursor: None,
        snapshot: None,
        want_bytes: 245_760,
        items: Vec::new(),
        witness: None,
        own_log: OwnLog { incarnation: INCARNATION, entries: 1 },
        era: None,
        versions: Some(Versions::OWN),
    };
    all.hex("request", write_message(&asked));
    let stands = Cursor::default().advanced_by(&Item::Grant(grant()));
    let refused = Receipt { verdict: Verdict::Refused, code: Some("not_your_role".to_owned()) };
    let answered = Response {
        receipts: vec![Receipt::plain(Verdict::Accepted), refused],
        cursor: stands,
        home_ms: Some(ISSUED),
        stands,
        versions: Some(Versions::OWN),
        ..Response::default()
    };
    all.hex("response", write_message(&answered));
}

/// The blocks of the page that are tagged as vectors, by name, without blanks.
fn said() -> BTreeMap<&'static str, String> {
    let blocks = PAGE.split("```vector ").skip(1).map(|block| {
        let (name, rest) = block.split_once('\n').unwrap();
        let (content, _) = rest.split_once("```").unwrap();
        (name.trim(), content.split_whitespace().collect())
    });
    let mut said = BTreeMap::new();
    for (name, content) in blocks {
        assert!(said.insert(name, content).is_none(), "the page has two vectors named {name}");
    }
    said
}

/// A block as it stands on the page.
fn block(name: &str, content: &str) -> String {
    let lines: Vec<&str> = (0..content.len()).step_by(96).map(|at| &content[at..content.len().min(at + 96)]).collect();
    format!("```vector {name}\n{}\n```", lines.join("\n"))
}

#[test]
fn the_page_has_the_bytes_that_the_code_makes() {
    let mut made = Vectors::default();
    ids(&mut made);
    changes(&mut made);
    statements(&mut made);
    messages(&mut made);
    let mut said = said();
    let is_other = |(name, content): &&(&'static str, String)| said.get(name) != Some(content);
    let other: Vec<String> = made.0.iter().filter(is_other).map(|(name, content)| block(name, content)).collect();
    assert!(other.is_empty(), "docs/protocol.md has to say:\n\n{}", other.join("\n\n"));
    made.0.iter().for_each(|(name, _)| drop(said.remove(name)));
    assert!(said.is_empty(), "docs/protocol.md has vectors that nothing makes: {:?}", said.keys());
}

#[test]
fn what_is_signed_is_the_domain_a_zero_byte_and_the_body() {
    let grant = grant();
    let bytes = cbor(&grant);
    let mut decoder = minicbor::Decoder::new(&bytes);
    decoder.array().unwrap();
    let (body, signature) = (decoder.bytes().unwrap(), decoder.bytes().unwrap());
    let message = [b"saxaul/grant/1\0", body].concat();
    let key = ed25519_dalek::VerifyingKey::from_bytes(&home().public().0).unwrap();
    let signature = ed25519_dalek::Signature::from_slice(signature).unwrap();
    assert_eq!(key.verify_strict(&message, &signature).ok(), Some(()));
}
