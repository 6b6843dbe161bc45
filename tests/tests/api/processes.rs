//! Two processes of one home over one store: what one of them does holds in the other, and both remember the same.

use std::sync::Arc;

use serde_json::{Value, json};
use server::client::Talk;
use server::clock::Clock;
use server::desks::Bring;
use server::invite::InviteLink;
use server::store::memory::Memory;
use server::wire::{AskToken, Carried, CreateInvite, Nonce};
use sync_core::command::Command;
use sync_core::documents::log::WalkIn;
use sync_core::documents::roster::PersonName;
use sync_core::exchange::Verdict;
use sync_core::ids::{EventId, WalkInId};
use sync_core::journal::JournalError;
use sync_core::time::UnixMillis;
use sync_core::trust::{Scope, SessionProof};
use tests::binary::open_journal;
use tests::desk::{Desk, Laptop, MORNING, Reply, SHORE};

/// Two processes over one memory.
struct Home {
    memory: Memory,
    one: Desk,
    other: Desk,
}

impl Home {
    /// Nobody has joined it.
    fn new() -> Self {
        let (memory, clock) = (Memory::default(), Clock::set_to(MORNING));
        Self { one: Desk::over(&memory, &clock), other: Desk::over(&memory, &clock), memory }
    }

    /// The invite of the process that began last: it withdrew the one of the process before.
    fn first_invite(&mut self) -> InviteLink {
        self.other.first_invite()
    }

    /// Both processes remember the same, and so does one that begins only now.
    fn assert_all_remember_the_same(&self) {
        let third = Desk::over(&self.memory, &self.one.clock);
        let [one, other, third] = [&self.one, &self.other, &third].map(remembered);
        assert_eq!(one, other, "the two");
        assert_eq!(one, third, "one that begins now");
    }
}

/// Everything that a process remembers of the registry, once it was asked something.
fn remembered(desk: &Desk) -> Vec<String> {
    desk.call("GET", "/v1/home", &[], "").is(200);
    let app = desk.app();
    let (members, sessions) = (app.auth.members(), app.auth.sessions());
    let mut all: Vec<String> = Vec::new();
    for device in members.all() {
        let grants: Vec<_> = device.rights.all().map(|right| &right.grant).collect();
        all.push(format!("{} {} {grants:?} {}", device.id, device.revocations, sessions.sponsor_of(device.id)));
    }
    for session in sessions.all(desk.clock.now()) {
        all.push(format!("{} {} {:?} {}", session.id, session.name, session.scope, session.sponsor));
    }
    all.extend(app.auth.tree().nodes_within(&[Scope::Home]).iter().map(|node| format!("{node:?}")));
    all.sort();
    all
}

fn events(desk: &Desk, token: &str) -> Reply {
    desk.call("GET", "/v1/events", &[("authorization", token)], "")
}

fn walk_in(number: u64) -> Command {
    let names = vec![PersonName { family: format!("Guest {number}"), ..PersonName::default() }];
    let id = WalkInId::from_entropy(number);
    Command::AddWalkIn(WalkIn { id, names, phone: None, organisation: None, birth_year: None })
}

/// Has a device revoked by an organizer's token.
fn revoke(desk: &Desk, token: &str, device: &str) {
    let sent = [("authorization", token), ("content-type", "application/json")];
    desk.call("POST", &format!("/v1/devices/{device}/revoke"), &sent, "{}").is(204);
}

/// What a device brings to a process that has just found out who it is.
fn brings(desk: &Desk, laptop: &mut Laptop<'_>) -> Bring {
    laptop.replica.act(|replica| Ok::<_, JournalError>(replica.seal())).unwrap();
    let event = laptop.event();
    let replica = laptop.replica.replica();
    let app = desk.app();
    let device = app.auth.device(replica.device()).unwrap();
    let device = Arc::new(app.auth.members().in_event(&device, event).unwrap());
    let asked = laptop.replica.ask(replica.home(), 1 << 16).unwrap();
    Bring { device, items: asked.request.items, own_log: asked.request.own_log, quoted: [None; 2], at: MORNING }
}

#[test]
fn a_token_of_one_process_is_good_in_the_other() {
    let mut home = Home::new();
    let invite = home.first_invite();
    let laptop = home.one.found(&invite, SHORE.as_bytes());
    let known = events(&home.other, &laptop.token()).is(200);
    assert_eq!(known["events"], json!([laptop.event().to_string()]));
    home.assert_all_remember_the_same();
}

#[test]
fn a_device_that_one_process_revokes_is_refused_by_the_other_and_writes_nothing_there() {
    let mut home = Home::new();
    let invite = home.first_invite();
    let mut laptop = home.one.found(&invite, SHORE.as_bytes());
    let event = laptop.event();
    let invite = laptop.invites("lead");
    let mut lead = home.other.join(&invite, "lead", |_| event);
    lead.exchanges();
    let (token, device) = (lead.token(), lead.replica.replica().device());
    lead.does(walk_in(1));
    // The other process has found out who asks, and not yet judged what they bring.
    let bring = brings(&home.other, &mut lead);
    assert!(!bring.items.is_empty());

    revoke(&home.one, &laptop.token(), &device.to_string());
    let judged = home.other.runtime().block_on(home.other.app().desks.judge(event, bring)).unwrap();
    assert!(judged.receipts.iter().all(|receipt| receipt.verdict == Verdict::Held), "{:?}", judged.receipts);
    events(&home.other, &token).is_problem(403, "revoked");
    events(&home.one, &token).is_problem(403, "revoked");
    laptop.exchanges();
    assert!(laptop.replica.replica().ledger().documents().walk_in(WalkInId::from_entropy(1)).is_none());
    home.assert_all_remember_the_same();
}

#[test]
fn a_session_that_began_in_one_process_is_good_in_the_other_and_over_in_both_when_either_ends_it() {
    let mut home = Home::new();
    let invite = home.first_invite();
    let laptop = home.one.found(&invite, SHORE.as_bytes());
    let path = format!("/v1/events/{}", laptop.event());
    for (begins, ends) in [(&home.one, &home.other), (&home.other, &home.one)] {
        let browser = begins.sign_in(&laptop.offers("organizer"));
        let sent = [("cookie", browser.cookie.as_str()), ("x-saxaul-csrf", &browser.csrf)];
        for desk in [begins, ends] {
            desk.call("GET", &path, &sent, "").is(200);
        }
        home.assert_all_remember_the_same();
        ends.call("DELETE", "/v1/session", &sent, "").is(204);
        for desk in [begins, ends] {
            desk.call("GET", &path, &sent, "").is_problem(401, "expired_session");
        }
        home.assert_all_remember_the_same();
    }
}

#[test]
fn revoking_a_device_in_one_process_ends_in_the_other_the_sessions_that_it_made_possible() {
    let mut home = Home::new();
    let invite = home.first_invite();
    let mut laptop = home.one.found(&invite, SHORE.as_bytes());
    let (event, invite) = (laptop.event(), laptop.invites("organizer"));
    let second = home.one.join(&invite, "second", |_| event);
    let browser = home.other.sign_in(&second.offers("organizer"));
    let path = format!("/v1/events/{event}");
    browser.get(&path).is(200);
    revoke(&home.one, &laptop.token(), &second.replica.replica().device().to_string());
    browser.get(&path).is_problem(401, "expired_session");
    home.assert_all_remember_the_same();
}

/// Whether a new device is let in.
fn joins(desk: &Desk, invite: &InviteLink, name: &str) -> bool {
    let mut journal = open_journal(&desk.place.path(&format!("{name}.db"))).unwrap();
    Talk::over(desk, "http://desk.test").join(&mut journal, invite, name).is_ok()
}

#[test]
fn an_invite_and_a_link_let_in_over_both_processes_together_as_many_as_they_say() {
    let mut home = Home::new();
    let invite = home.first_invite();
    let laptop = home.one.found(&invite, SHORE.as_bytes());
    let mut talk = Talk::over(&home.one, "http://desk.test");
    talk.sign_in(laptop.replica.journal()).unwrap();
    let event = Some(laptop.event().to_string());
    let three = CreateInvite { role: "marker".to_owned(), event, uses: 3, ..CreateInvite::default() };
    let invite = talk.invite(&three).unwrap();
    let desks = [&home.one, &home.other, &home.other, &home.one, &home.other].into_iter().enumerate();
    let let_in: Vec<bool> = desks.map(|(number, desk)| joins(desk, &invite, &format!("phone-{number}"))).collect();
    assert_eq!(let_in, [true, true, true, false, false]);

    let link = laptop.offers("organizer");
    let _browser = home.other.sign_in(&link);
    let body = json!({ "secret": link.split_once('#').unwrap().1 }).to_string();
    let again = home.one.call("POST", "/v1/session", &[("content-type", "application/json")], body);
    again.is_problem(410, "used_sign_in");
    home.assert_all_remember_the_same();
}

#[test]
fn a_nonce_of_either_process_is_good_once_in_both_together() {
    let mut home = Home::new();
    let invite = home.first_invite();
    let laptop = home.one.found(&invite, SHORE.as_bytes());
    let journal = laptop.replica.journal();
    let device = journal.public_key().device();
    let post = |desk: &Desk, path: &str, body: Value| {
        desk.call("POST", path, &[("content-type", "application/json")], body.to_string())
    };
    for (draws, takes) in [(&home.one, &home.one), (&home.one, &home.other), (&home.other, &home.one)] {
        let drawn = post(draws, "/v1/nonce", json!({ "device": device.to_string() })).is(200);
        let nonce: Nonce = serde_json::from_value(drawn).unwrap();
        let nonce = nonce.nonce.0.try_into().unwrap();
        let proof = SessionProof { device, home: journal.membership().unwrap().home, nonce };
        let ask = AskToken { device: device.to_string(), proof: Carried(journal.key().state(&proof)) };
        let ask = serde_json::to_value(ask).unwrap();
        let token = post(takes, "/v1/token", ask.clone()).is(200)["token"].as_str().unwrap().to_owned();
        for desk in [&home.one, &home.other] {
            post(desk, "/v1/token", ask.clone()).is_problem(401, "bad_proof");
            events(desk, &format!("Bearer {token}")).is(200);
        }
    }
}

const REGISTER: &str = "Код;ФИО\nR-1;Ким Анна\nR-2;Сейтқали Нұрлан\n";

/// Uploads a list. Returns the plan.
fn upload(desk: &Desk, event: EventId, sent: &[(&str, &str)], list: &'static str) -> Value {
    desk.call("POST", &format!("/v1/events/{event}/imports?issuer=register"), sent, list).is(201)
}

#[test]
fn a_plan_that_one_process_made_is_shown_and_accepted_in_the_other() {
    let mut home = Home::new();
    let invite = home.first_invite();
    let laptop = home.one.found(&invite, SHORE.as_bytes());
    let event = laptop.event();
    let browser = home.one.sign_in(&laptop.offers("organizer"));
    let sent = [("cookie", browser.cookie.as_str()), ("x-saxaul-csrf", &browser.csrf), ("idempotency-key", "a")];
    let plan = upload(&home.one, event, &sent, REGISTER);
    assert_eq!(plan["add"], 2, "{plan}");
    let path = format!("/v1/events/{event}/imports/{}", plan["plan"].as_str().unwrap());
    let shown = home.other.call("GET", &path, &sent, "").is(200);
    assert_eq!(shown["items"], plan["lines"]["items"]);
    let accept = format!("{path}/accept");
    let accepted = home.other.call("POST", &accept, &sent, "{}").is(200);
    assert_eq!((&accepted["again"], &accepted["left_out"]), (&json!(false), &json!(0)));
    let again = home.one.call("POST", &accept, &sent, "{}").is(200);
    assert_eq!((&again["again"], &again["revision"]), (&json!(true), &accepted["revision"]));
    let people = home.one.call("GET", &format!("/v1/events/{event}/people"), &sent, "").is(200);
    assert_eq!(people["items"].as_array().unwrap().len(), 2, "{people}");
}

#[test]
fn a_plan_of_another_process_is_gone_after_an_hour_and_after_an_erasure_and_where_it_would_do_something_else() {
    let mut home = Home::new();
    let invite = home.first_invite();
    let laptop = home.one.found(&invite, SHORE.as_bytes());
    let event = laptop.event();
    let browser = home.one.sign_in(&laptop.offers("organizer"));
    let sent = |name: &'static str| {
        [("cookie", browser.cookie.as_str()), ("x-saxaul-csrf", browser.csrf.as_str()), ("idempotency-key", name)]
    };
    let address = |plan: &Value| format!("/v1/events/{event}/imports/{}", plan["plan"].as_str().unwrap());

    let plan = address(&upload(&home.one, event, &sent("a"), REGISTER));
    let other = address(&upload(&home.other, event, &sent("b"), "Код;ФИО\nR-1;Ким Анна\n"));
    home.other.call("POST", &format!("{other}/accept"), &sent("c"), "{}").is(200);
    home.other.call("GET", &plan, &sent("d"), "").is_problem(404, "unknown_plan");

    let plan = address(&upload(&home.one, event, &sent("e"), REGISTER));
    home.other.call("GET", &plan, &sent("f"), "").is(200);
    let people = home.one.call("GET", &format!("/v1/events/{event}/people"), &sent("g"), "").is(200);
    let whom = json!({ "people": [people["items"][0]["person"]] }).to_string();
    home.one.call("POST", &format!("/v1/events/{event}/erasures"), &sent("h"), whom).is(200);
    home.other.call("GET", &plan, &sent("i"), "").is_problem(404, "unknown_plan");

    let plan = address(&upload(&home.one, event, &sent("j"), REGISTER));
    home.one.clock.move_to(UnixMillis(MORNING.0 + 3_600_000));
    home.other.call("GET", &plan, &sent("k"), "").is_problem(404, "unknown_plan");
}

#[test]
fn an_office_that_one_process_founds_is_an_office_in_the_other() {
    let mut home = Home::new();
    let invite = home.first_invite();
    let laptop = home.one.found(&invite, SHORE.as_bytes());
    let token = laptop.token();
    let sent = [("authorization", token.as_str()), ("content-type", "application/json")];
    let send = |desk: &Desk, path: &str, body: Value| desk.call("POST", path, &sent, body.to_string()).is(201);
    let (west, club, event) = ("0101010101010101", "0202020202020202", EventId([9; 16]));
    send(&home.one, "/v1/nodes", json!({ "node": west, "kind": "region", "name": "West" }));
    send(&home.other, "/v1/nodes", json!({ "node": club, "kind": "organisation", "name": "Club", "parent": west }));
    send(&home.one, "/v1/events", json!({ "event": event.to_string(), "node": club }));
    let made = send(&home.other, "/v1/invites", json!({ "role": "organizer", "node": west, "uses": 1 }));
    let invite: InviteLink = made["link"].as_str().unwrap().parse().unwrap();
    let mut journal = open_journal(&home.one.place.path("west.db")).unwrap();
    Talk::over(&home.one, "http://desk.test").join(&mut journal, &invite, "west").unwrap();
    let mut talk = Talk::over(&home.other, "http://desk.test");
    talk.sign_in(&journal).unwrap();
    assert_eq!(talk.events().unwrap(), [event]);
    home.assert_all_remember_the_same();
}
