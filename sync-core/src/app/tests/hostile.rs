//! Somebody says what the app would not say: under another's name, with another's grant, or in another's place.

use super::super::near::{BUNDLE_MAGIC, Bundle};
use super::*;
use crate::admission::SealedChange;
use crate::documents::change::Change;
use crate::documents::log::{Entry, LitterCard, Record};
use crate::documents::registers::Registers;
use crate::documents::rulings::{Decision, Ruling};
use crate::documents::{Author, Documents, Stored, decode_exact, encode};
use crate::exchange::{PAGE_LIMIT_BYTES, Receipt, Response, Verdict, write_message};
use crate::ids::{DeviceId, DocumentRef, RulingId};
use crate::trust::{Later, Revoked, Seal};

/// A change that a device seals without asking its app: it puts `edits` into the empty document.
pub(super) fn sealed_by(
    key: &KeyPair,
    incarnation: Incarnation,
    document: DocumentRef,
    edits: &[(String, Vec<u8>)],
) -> Item {
    let id = document.id(EVENT);
    let author = Author { device: key.public().device(), key: key.public(), incarnation };
    let change = Registers::founded(id).compose(author.actor(id), edits);
    let (actor, seq, hash) = {
        let (read, hash) = Change::decode(&change).unwrap();
        (read.head.actor, read.head.seq, hash)
    };
    let seal = key.seal(&Seal { document: id, actor, seq, hash });
    Item::Change(SealedChange { document, device: author.device, incarnation, change, seal })
}

/// An answer that brings items, and nothing else.
pub(super) fn answer_with(items: Vec<Item>) -> Response {
    Response { items, ..Response::default() }
}

/// A phone is told something in the name of another device.
pub(super) fn hears(phone: &mut Phone, from: DeviceId, items: Vec<Item>) -> usize {
    let heard = phone.app.act(|state| {
        let asked = state.asks_nothing(from);
        state.receive(from, &asked, answer_with(items)).map_err(AppError::Receive)
    });
    heard.unwrap().received
}

fn named(family: &str) -> Known {
    Known { name: Name { family: family.to_owned(), ..Name::default() }, ..Known::default() }
}

fn key_of(phone: &Phone) -> KeyPair {
    phone.app.storage().unwrap().key().clone()
}

fn grant_of(phone: &Phone) -> Signed<Grant> {
    phone.app.storage().unwrap().membership().unwrap().grant_for(EVENT).unwrap().clone()
}

/// What home says of a phone once an organizer revoked it.
fn revocation_of(phone: &Phone) -> Grant {
    let known = grant_of(phone).verify(&home().public()).unwrap();
    let issued = UnixMillis(known.issued.0 + 1);
    Grant { issued, revoked: Some(Revoked { since: issued, later: Later::Hold, wipe: false }), ..known }
}

fn manual(subject: Subject) -> Vec<u8> {
    let (start, end) = (UnixMillis(MORNING_MS), UnixMillis(MORNING_MS + 10 * 3_600_000));
    let decision = Decision::Manual { subject, start, end, site: None };
    let reading = ClockReading { boot: 1, mono_ms: 1, wall_ms: UnixMillis(MORNING_MS) };
    encode(&Stored::new(reading, Ruling { decision, reason: String::new() }))
}

#[test]
fn a_marker_rules_on_nothing_whoever_brings_the_ruling() {
    let (mut lead, mut victim) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    victim.meets(&mut lead);
    let marker = Phone::let_in(3, Role::Marker, EVENT);
    let subject = Subject::Person(PersonId::from_entropy(2));
    let edits = [(RulingId([1; 8]).to_string(), manual(subject))];
    let ruling = sealed_by(&key_of(&marker), Incarnation([3; 8]), DocumentRef::RULINGS, &edits);
    let items = vec![Item::Grant(grant_of(&marker)), ruling];
    let before = victim.app.hours(Some(subject)).unwrap();
    for giver in [home().public().device(), key_of(&lead).public().device()] {
        hears(&mut victim, giver, items.clone());
        victim.app.screen.forget();
        assert_eq!(victim.app.hours(Some(subject)).unwrap(), before);
    }
}

#[test]
fn whoever_shows_an_overheard_grant_is_handed_nothing() {
    let (mut lead, mut marker) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    marker.meets(&mut lead);
    let overheard = lead.app.greet([6; 32]).unwrap();
    marker.does(Action::AddWalkIn { id: WalkInId::from_entropy(5), known: named("Secret") });
    // The greeting is played back by somebody who has no key; and by somebody who signs it with another.
    let asking = marker.app.ask_near(&overheard, [1; 32]).unwrap();
    let envelope: near::Envelope<near::Asking> = minicbor::decode(&asking).unwrap();
    let request: crate::exchange::Request = crate::exchange::read_message(&envelope.message).unwrap();
    assert_eq!(request.items, []);
    let mut forged: near::Greeting = minicbor::decode(&overheard).unwrap();
    let said = near::Greets { event: EVENT, nonce: [6; 32], base: Revision(0) };
    forged.statement = KeyPair::from_seed(&[66; 32]).state(&said);
    let forged = marker.app.ask_near(&encode(&forged), [1; 32]);
    assert!(matches!(forged, Err(AppError::Near(NearError::Stranger))));
}

#[test]
fn an_answer_of_an_earlier_meeting_proves_nothing() {
    let (mut lead, mut marker) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    marker.meets(&mut lead);
    let greeting = lead.app.greet([6; 32]).unwrap();
    let asking = marker.app.ask_near(&greeting, [1; 32]).unwrap();
    let recorded = lead.app.answer_near(&asking).unwrap();
    marker.app.take_near(&recorded).unwrap();
    // Greeting and answer are played back; what the phone asks is the same but for what it draws.
    marker.app.ask_near(&greeting, [2; 32]).unwrap();
    assert!(matches!(marker.app.take_near(&recorded), Err(AppError::Near(NearError::NotForUs))));
}

#[test]
fn a_phone_that_is_known_to_be_revoked_is_neither_asked_nor_answered() {
    let (mut lead, mut marker) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    let mut stolen = Phone::let_in(4, Role::Lead, EVENT);
    marker.meets(&mut lead);
    stolen.meets(&mut marker);
    hears(&mut marker, home().public().device(), vec![Item::Grant(home().state(&revocation_of(&stolen)))]);
    marker.does(Action::AddWalkIn { id: WalkInId::from_entropy(5), known: named("Secret") });
    let greeting = stolen.app.greet([6; 32]).unwrap();
    let asked = marker.app.ask_near(&greeting, [1; 32]);
    assert!(matches!(asked, Err(AppError::Near(NearError::Revoked))));
    let asking = stolen.app.ask_near(&marker.app.greet([6; 32]).unwrap(), [1; 32]).unwrap();
    assert!(marker.app.answer_near(&asking).is_err());
    assert!(stolen.finds("Secret").is_empty());
}

#[test]
fn a_phone_that_shows_itself_that_it_is_revoked_is_given_nothing() {
    let (mut lead, mut marker) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    let mut revoked = Phone::let_in(4, Role::Lead, EVENT);
    marker.meets(&mut lead);
    marker.does(Action::AddWalkIn { id: WalkInId::from_entropy(5), known: named("Secret") });
    // Home told the phone itself, and nobody else yet.
    let revocation = Item::Grant(home().state(&revocation_of(&revoked)));
    hears(&mut revoked, home().public().device(), vec![revocation]);
    let asking = revoked.app.ask_near(&marker.app.greet([6; 32]).unwrap(), [1; 32]).unwrap();
    assert!(marker.app.answer_near(&asking).is_err());
    let asked = marker.app.ask_near(&revoked.app.greet([6; 32]).unwrap(), [1; 32]);
    assert!(matches!(asked, Err(AppError::Near(NearError::Revoked))));
}

#[test]
fn no_card_is_written_for_a_device_that_is_known_to_be_revoked() {
    let mut lead = Phone::organizer();
    let mut reader = Phone::let_in(4, Role::Marker, EVENT);
    reader.meets(&mut lead);
    reader.checks_in(2);
    reader.meets(&mut lead);
    let device = key_of(&reader).public().device();
    assert!(lead.app.export_bundle(Some(device)).is_ok());
    hears(&mut lead, home().public().device(), vec![Item::Grant(home().state(&revocation_of(&reader)))]);
    assert!(matches!(lead.app.export_bundle(Some(device)), Err(AppError::Near(NearError::Revoked))));
}

#[test]
fn what_a_carrier_takes_out_of_a_card_is_given_by_who_wrote_it() {
    let mut lead = Phone::organizer();
    let mut markers: Vec<Phone> = (2..9).map(|number| Phone::let_in(number, Role::Marker, EVENT)).collect();
    for marker in &mut markers {
        marker.meets(&mut lead);
        marker.does(Action::ReportIncident { site: "pier".to_owned(), text: "a".repeat(4000), subject: None });
        // Now the lead has its grant, before any page that may be taken out.
        marker.meets(&mut lead);
    }
    for mut marker in markers {
        // One change, of which two fill a page: nothing in the pages after it builds on it.
        for _ in 0..30 {
            marker.does(Action::ReportIncident { site: "pier".to_owned(), text: "a".repeat(4000), subject: None });
        }
        marker.meets(&mut lead);
    }
    let card = lead.app.export_bundle(None).unwrap();
    let pages = || decode_exact::<Bundle>(&card[BUNDLE_MAGIC.len()..]).unwrap();
    let count = pages().pages.len();
    assert!(count > 2, "{count} pages");
    let without = |at: usize| {
        let mut cut = pages();
        cut.pages.remove(at);
        cut
    };
    let turned = |at: usize| {
        let mut turned = pages();
        turned.pages.swap(at, at + 1);
        turned
    };
    for altered in (0..count).map(without).chain((0..count - 1).map(turned)) {
        let mut reader = Phone::let_in(20, Role::Marker, EVENT);
        reader.app.import_bundle(&[BUNDLE_MAGIC.as_slice(), &encode(&altered)].concat()).unwrap();
        reader.meets(&mut lead);
        assert_eq!(reader.view(), lead.view());
    }
    let mut reader = Phone::let_in(20, Role::Marker, EVENT);
    reader.app.import_bundle(&card).unwrap();
    assert_eq!(reader.meets(&mut lead).iter().map(|brought| brought.received).sum::<u32>(), 0, "all of it was read");
}

#[test]
fn what_a_peer_did_not_take_is_carried_by_nobody() {
    let mut marker = Phone::let_in(2, Role::Marker, EVENT);
    marker.does(Action::AddWalkIn { id: WalkInId::from_entropy(5), known: named("Guest") });
    marker.app.act(|state| Ok(state.seal())).unwrap();
    let peer = DeviceId([5; 16]);
    for verdict in [Verdict::NotYet, Verdict::Refused, Verdict::Held] {
        let want = u32::try_from(PAGE_LIMIT_BYTES).unwrap();
        let asked = marker.app.opened().unwrap().ask(peer, want).unwrap();
        let receipts = vec![Receipt { verdict, code: Some("gap".to_owned()) }; asked.request.items.len()];
        let response = Response { receipts, ..answer_with(Vec::new()) };
        assert!(write_message(&response).len() > 10);
        marker.app.act(|state| state.receive(peer, &asked, response).map_err(AppError::Receive)).unwrap();
        let unconfirmed = marker.app.unconfirmed().unwrap();
        assert_eq!((unconfirmed.on_this_device, unconfirmed.carried), (1, 0));
        assert_eq!(marker.app.records(&first(1)).unwrap().rows[0].state, RecordState::SavedHere);
    }
}

#[test]
fn whatever_order_a_peer_gives_a_chain_in_it_is_taken_in_one_pass() {
    let (mut lead, mut marker) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    marker.meets(&mut lead);
    for _ in 0..40 {
        lead.checks_in(2);
        lead.app.act(|state| Ok(state.seal())).unwrap();
    }
    let asked = lead.app.opened().unwrap().ask(DeviceId([5; 16]), 0).unwrap();
    let mut items = asked.request.items;
    items.reverse();
    let from = key_of(&lead).public().device();
    assert!(hears(&mut marker, from, items) >= 40);
    assert_eq!(marker.view(), lead.view());
}

/// The first change of a log, as a device seals it that begins as many as it likes.
fn log_begun_by(key: &KeyPair, incarnation: Incarnation, mono_ms: u64) -> Item {
    let author = Author { device: key.public().device(), key: key.public(), incarnation };
    let document = DocumentRef::Log { device: author.device, incarnation };
    let card = LitterCard { site: "pier".to_owned(), bags: 1, ..Default::default() };
    let reading = ClockReading { boot: 1, mono_ms, wall_ms: UnixMillis(MORNING_MS) };
    let entry = Entry { record: Record::LitterCard(card), reading };
    let change = Documents::founded(EVENT, home().public().device()).compose_entries(&author, &[encode(&entry)]);
    let id = document.id(EVENT);
    let (actor, seq, hash) = {
        let (read, hash) = Change::decode(&change).unwrap();
        (read.head.actor, read.head.seq, hash)
    };
    let seal = key.seal(&Seal { document: id, actor, seq, hash });
    Item::Change(SealedChange { document, device: author.device, incarnation, change, seal })
}

#[test]
fn whoever_begins_as_many_logs_at_home_as_a_device_may_and_another_nearby_makes_no_storage_unreadable() {
    let (mut lead, mut phone) = (Phone::organizer(), Phone::let_in(2, Role::Marker, EVENT));
    phone.meets(&mut lead);
    let liar = Phone::let_in(6, Role::Marker, EVENT);
    let log = |number: u16| {
        let mut incarnation = [0x66; 8];
        incarnation[..2].copy_from_slice(&number.to_be_bytes());
        log_begun_by(&key_of(&liar), Incarnation(incarnation), number.into())
    };
    let heard = vec![Item::Grant(grant_of(&liar)), log(1000)];
    assert_eq!(hears(&mut phone, DeviceId([5; 16]), heard), 2);
    phone.checks_in(2);
    let (mut ledger, mut told) = home_told_by(&mut lead);
    let at_home = std::iter::once(Item::Grant(grant_of(&liar))).chain((0..256).map(log));
    for item in at_home {
        if let Taken::New { cursor, .. } = ledger.take(&item).unwrap() {
            told.0.push(StoredItem { cursor, origin: None, item });
        }
    }
    let bytes = ledger.snapshot(None, &told, &Hidden::default()).unwrap();
    phone.app.act(|state| Ok(state.seal())).unwrap();
    phone.keeps(&[vouched_for(ledger.cursor().revision, bytes)]);
    phone.checks_in(4);
    phone.writes();
    phone.dies();
    assert_eq!(phone.app.unconfirmed().unwrap().on_this_device, 2);
    let view: serde_json::Value = serde_json::from_slice(&phone.view()).unwrap();
    assert_eq!(view["totals"]["bags"], 256, "what contradicts home is out of sight");
    let asked = phone.app.opened().unwrap().ask(home().public().device(), 0).unwrap();
    assert!(asked.request.items.contains(&log(1000)), "and offered to home");
}
