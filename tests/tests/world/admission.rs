//! Who may not write, and who may not read.

use automerge::Change;
use sync_core::admission::SealedChange;
use sync_core::command::{Command, CommandError};
use sync_core::documents::roster::{Person, PersonEdit, PersonName};
use sync_core::documents::rulings::{Decision, Ruling};
use sync_core::exchange::{Item, Receipt, Verdict};
use sync_core::ids::{Actor, DocumentRef, EventId, PersonId, RulingId};
use sync_core::trust::{KeyPair, Role, Seal};
use tests::World;
use tests::world::{Phone, Someone, problem};

/// The newest change of a document at home, and who sealed it.
fn newest_change(world: &World, document: DocumentRef) -> SealedChange {
    let changes = world.everything_at_home().into_iter().rev().filter_map(|item| match item {
        Item::Change(sealed) if sealed.document == document => Some(sealed),
        _ => None,
    });
    changes.into_iter().next().expect("somebody changed it")
}

/// The same change under another name, with a seal that fits.
fn sealed_by(event: EventId, key: &KeyPair, change: &SealedChange) -> SealedChange {
    let read = Change::from_bytes(change.change.clone()).unwrap();
    let document = change.document.id(event);
    let seal = Seal {
        document,
        actor: Actor::of(document, &key.public().0, change.incarnation),
        seq: read.seq(),
        hash: sync_core::ids::ChangeHash(read.hash().0),
    };
    SealedChange { device: key.public().device(), seal: key.seal(&seal), ..change.clone() }
}

fn refusal(receipts: &[Receipt]) -> &str {
    let [Receipt { verdict: Verdict::Refused, code: Some(code) }] = receipts else { panic!("taken: {receipts:?}") };
    code
}

fn offer(world: &mut World, phone: &Phone, change: SealedChange) -> String {
    refusal(&world.offers(phone, vec![Item::Change(change)])).to_owned()
}

#[test]
fn a_markers_phone_refuses_what_is_not_a_markers_to_do() {
    let mut world = World::seeded(1);
    let [north] = world.phones(["north"]);
    let [aida, somebody] = [world.person("Aida"), PersonId::from_entropy(2)];
    let names = vec![PersonName { family: "Somebody".to_owned(), ..PersonName::default() }];
    let decision = Decision::Same(aida.subject(), world.person("Bolat").subject());
    for command in [
        Command::EditPerson(aida, PersonEdit::Team(Some("T1".to_owned()))),
        Command::AddPerson(somebody, Person { names, ..Person::default() }),
        Command::Rule(RulingId([1; 8]), Ruling { decision, reason: String::new() }),
    ] {
        assert_eq!(world.attempt(&north, command), Err(CommandError::NotYourRole { role: Role::Marker }));
    }
    assert!(!world.replica(&north).has_open_drafts());
}

#[test]
fn a_leads_phone_refuses_to_rule() {
    let mut world = World::seeded(2);
    let [east] = world.leads(["east"]);
    let decision = Decision::Confirm { subject: world.person("Aida").subject(), day: 0, imputed_ms: None };
    let command = Command::Rule(RulingId([1; 8]), Ruling { decision, reason: String::new() });
    assert_eq!(world.attempt(&east, command), Err(CommandError::NotYourRole { role: Role::Lead }));
}

#[test]
fn a_change_of_the_roster_that_a_marker_forged_is_refused_by_home() {
    let mut world = World::seeded(3);
    let [north] = world.phones(["north"]);
    let forged = sealed_by(world.event(), &world.keys_of(&north), &newest_change(&world, DocumentRef::ROSTER));
    let before = world.items_at_home();
    assert_eq!(offer(&mut world, &north, forged), "not_your_role");
    assert_eq!(world.items_at_home(), before);
    world.settle();
    world.assert_same_view_everywhere();
}

#[test]
fn a_change_in_anothers_name_is_refused_even_from_those_who_may_write_there() {
    let mut world = World::seeded(4);
    let [east] = world.leads(["east"]);
    let of_laptop = newest_change(&world, DocumentRef::ROSTER);
    let taken_over = sealed_by(world.event(), &world.keys_of(&east), &of_laptop);
    assert_eq!(offer(&mut world, &east, taken_over), "not_your_name");
    let unsigned = SealedChange { seal: world.keys_of(&east).seal(&seal_of_nothing()), ..of_laptop };
    let receipts = world.offers(&east, vec![Item::Change(unsigned)]);
    assert_eq!(receipts, [Receipt::plain(Verdict::AlreadyHad)], "nothing of it is new, and nothing of it is kept");
}

fn seal_of_nothing() -> Seal {
    Seal {
        document: sync_core::ids::DocumentId([0; 16]),
        actor: Actor([0; 16]),
        seq: 1,
        hash: sync_core::ids::ChangeHash([0; 32]),
    }
}

#[test]
fn a_change_of_a_device_that_nobody_let_in_is_refused_whoever_brings_it() {
    let mut world = World::seeded(5);
    let [north] = world.phones(["north"]);
    let stranger = KeyPair::from_seed(&[9; 32]);
    let forged = sealed_by(world.event(), &stranger, &newest_change(&world, DocumentRef::ROSTER));
    assert_eq!(offer(&mut world, &north, forged), "unknown_device");
}

#[test]
fn a_change_of_another_event_is_refused_though_its_author_may_write_in_both() {
    let mut world = World::seeded(6);
    let laptop = world.laptop();
    let other = world.begins_another_event();
    let here = newest_change(&world, DocumentRef::ROSTER);
    let proof = world.proof_of(&laptop);
    let answer = world.brings(other, &proof, vec![Item::Change(here)]);
    let response: sync_core::exchange::Response = sync_core::exchange::read_message(&answer.body).unwrap();
    assert_eq!(refusal(&response.receipts), "not_your_name");
}

#[test]
fn an_event_that_is_not_there_looks_like_one_that_is_another_ones_business() {
    let mut world = World::seeded(7);
    let [north] = world.phones(["north"]);
    let (foreign, absent) = (world.begins_another_event(), EventId([7; 16]));
    let told = [foreign, absent].map(|event| {
        let proof = world.proof_of(&north);
        let answer = world.brings(event, &proof, Vec::new());
        (answer.status, problem(&answer))
    });
    assert_eq!(told, [(404, Some("unknown_event".to_owned())), (404, Some("unknown_event".to_owned()))]);
}

#[test]
fn an_invite_that_is_unknown_used_up_or_expired_lets_nobody_in() {
    let mut world = World::seeded(8);
    let mut made_up = world.invite_for(1, 60);
    made_up.secret[0] ^= 1;
    assert_eq!(world.stranger_uses(&made_up).as_deref(), Some("unknown_invite"));
    let for_two = world.invite_for(2, 60);
    assert_eq!([world.stranger_uses(&for_two), world.stranger_uses(&for_two)], [None, None]);
    assert_eq!(world.stranger_uses(&for_two).as_deref(), Some("used_invite"));
    let brief = world.invite_for(1, 60);
    world.wait_minutes(61);
    assert_eq!(world.stranger_uses(&brief).as_deref(), Some("expired_invite"));
}

#[test]
fn a_device_that_repeats_its_invite_is_let_in_again_and_uses_nothing_up() {
    let mut world = World::seeded(9);
    let invite = world.invite_for(1, 60);
    let north = world.join("north", &invite);
    world.joins_again(&north, &invite);
    world.exchange(&north);
    assert_eq!(world.stranger_uses(&invite).as_deref(), Some("used_invite"));
}

#[test]
fn a_token_holds_a_quarter_of_an_hour_by_homes_clock() {
    let mut world = World::seeded(10);
    let [north] = world.phones(["north"]);
    world.sets_its_clock_wrong_by_minutes(&north, 1_000_000);
    let proof = world.proof_of(&north);
    let token = world.brings(world.event(), &proof, Vec::new()).token.expect("a proof earns a token");
    let bearer = format!("Bearer {token}");
    world.wait_minutes(14);
    assert_eq!(problem(&world.brings(world.event(), &bearer, Vec::new())), None);
    world.wait_minutes(1);
    assert_eq!(problem(&world.brings(world.event(), &bearer, Vec::new())).as_deref(), Some("expired_token"));
    world.exchange(&north);
}

#[test]
fn a_proof_is_good_once_and_for_two_minutes() {
    let mut world = World::seeded(11);
    let [north] = world.phones(["north"]);
    let proof = world.proof_of(&north);
    assert_eq!(problem(&world.brings(world.event(), &proof, Vec::new())), None);
    assert_eq!(problem(&world.brings(world.event(), &proof, Vec::new())).as_deref(), Some("bad_proof"));
    let late = world.proof_of(&north);
    world.wait_minutes(3);
    assert_eq!(problem(&world.brings(world.event(), &late, Vec::new())).as_deref(), Some("bad_proof"));
}

#[test]
fn who_shows_nothing_or_nonsense_is_not_recognised() {
    let world = World::seeded(12);
    for shown in ["", "Bearer", "Bearer nonsense", "Proof nonsense", "Basic bm9uc2Vuc2U="] {
        let answer = world.brings(world.event(), shown, Vec::new());
        assert_eq!((answer.status, problem(&answer).as_deref()), (401, Some("unauthenticated")), "{shown}");
    }
}
