//! What lets somebody in, and who somebody is, stands in no log, no address and no list of processes.

use std::cell::RefCell;
use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use server::client::{Answer, Call, Carrier, Http, Talk};
use server::invite::InviteLink;
use server::wire::{Enrol, Nonce};
use sync_core::ids::{EventId, Incarnation};
use sync_core::journal::OpenReplica;
use sync_core::time::{ClockReading, UnixMillis};
use tests::binary::{Home, Place, free_port, open_journal};

const EVENT: &str = r#"{"name": {"en": "Shore day"}, "time_zone": "Asia/Aqtau", "sites": [{"key": "pier"}],
    "days": [{"date": "2026-09-19", "opens": "09:00", "closes": "18:00"}]}"#;
const LIST: &str = "Code,Family name,Given name,Phone\nA-1,Zhumabekova,Aisulu,+7 701 555 01 02\n";
const PEOPLE: [&str; 7] =
    ["Zhumabekova", "Aisulu", "5550102", "555 01 02", "Petrov-Vodkin", "1112233", "quartermaster"];

/// HTTP, with everything that was said and must not be repeated.
#[derive(Clone)]
struct Overheard {
    http: Rc<RefCell<Http>>,
    said: Rc<RefCell<Vec<Vec<u8>>>>,
    addresses: Rc<RefCell<Vec<String>>>,
}

impl Carrier for Overheard {
    fn call(&mut self, call: Call<'_>) -> Result<Answer, String> {
        let answer = self.http.borrow_mut().call(call)?;
        self.addresses.borrow_mut().push(call.path.to_owned());
        let mut said = self.said.borrow_mut();
        for header in [call.authorization, answer.token.as_deref()].into_iter().flatten() {
            said.extend(header.split([' ', '.']).filter(|part| part.len() > 40).map(|part| part.as_bytes().to_vec()));
        }
        match call.path {
            "/v1/enrol" => said.push(serde_json::from_slice::<Enrol>(call.body).unwrap().secret.0),
            "/v1/nonce" => said.push(serde_json::from_slice::<Nonce>(&answer.body).unwrap().nonce.0),
            "/v1/token" => {
                said.extend([call.body, &answer.body].map(|body| {
                    let body: serde_json::Value = serde_json::from_slice(body).unwrap();
                    let secret = body.get("proof").or_else(|| body.get("token")).unwrap();
                    secret.as_str().unwrap().as_bytes().to_vec()
                }));
            }
            _ => {}
        }
        Ok(answer)
    }
}

/// The ways in which bytes end up in a log.
fn written(bytes: &[u8]) -> Vec<String> {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = format!("{bytes:?}");
    let mut ways = vec![hex.to_uppercase(), hex, list[1..list.len() - 1].to_owned()];
    ways.extend([URL_SAFE_NO_PAD.encode(bytes), STANDARD.encode(bytes).trim_end_matches('=').to_owned()]);
    ways.extend(std::str::from_utf8(bytes).map(str::to_owned));
    ways
}

#[test]
fn a_story_leaves_no_secret_and_nobodys_name_in_logs_addresses_and_process_lists() {
    let place = Place::new();
    let mut home = Home::start_logging(&place, &place.path("data"), free_port(), &[], "trace");
    let invite = home.first_invite();
    let link: InviteLink = invite.parse().unwrap();

    // A device whose talk is overheard lets itself in, founds an event and exchanges.
    let overheard =
        Overheard { http: Rc::new(RefCell::new(Http::to(&link.url))), said: Rc::default(), addresses: Rc::default() };
    let mut talk = Talk::over(overheard.clone(), &link.url);
    let mut journal = open_journal(&place.path("office.db")).unwrap();
    talk.join(&mut journal, &link, "quartermaster").unwrap();
    talk.sign_in(&journal).unwrap();
    let event = EventId(server::clock::entropy());
    talk.create_event(event, None).unwrap();
    let mut replica = OpenReplica::open(journal, event, Incarnation(server::clock::entropy())).unwrap();
    let reading = ClockReading { boot: 1, mono_ms: 1, wall_ms: UnixMillis(1_790_000_000_000) };
    talk.exchange(&mut replica, &|| reading, &mut |_| {}).unwrap();
    drop(replica);

    // People do the rest, and get some of it wrong.
    let mut office = place.laptop("office");
    office.journal = place.path("office.db");
    place.write("event.json", EVENT);
    place.write("list.csv", LIST);
    let created = office.does(["event", "create", "event.json"]).done();
    let event = created.split_whitespace().next().unwrap();
    office.does(["import", "list.csv", "--issuer", "list", "--apply", "--event", event]).done();
    let second =
        office.does(["invite", "--role", "marker", "--event", event]).done().lines().next().unwrap().to_owned();
    let gate = place.laptop("quartermaster");
    gate.joins(&second).done();
    gate.does(["field", "exchange"]).done();
    gate.does(["field", "check-in", "A-1"]).done();
    gate.does(["field", "walk-in", "Petrov-Vodkin", "--phone", "+7 700 111 22 33"]).done();
    gate.does(["field", "exchange"]).done();
    place.laptop("late").joins(&second).refused(1, &["used_invite"]);
    let device = gate.open().unwrap().public_key().device().to_string();
    office.does(["device", "revoke", &device]).done();
    gate.does(["field", "exchange"]).done();
    home.wire().post("/v1/token", &[], b"{\"proof\": 7}").is_problem(400, "bad_body");

    let listed = home.process_list();
    let told = home.stop();
    let log = told.err.clone() + &told.done();
    assert!(log.contains("TRACE"), "the log says little: {}", &log[..log.len().min(2000)]);
    let addresses = overheard.addresses.borrow().join("\n");
    assert!(addresses.contains("/v1/token") && listed.contains("serve"), "{addresses}\n{listed}");
    let mut secrets = std::mem::take(&mut *overheard.said.borrow_mut());
    assert!(secrets.len() >= 10, "little was overheard: {}", secrets.len());
    secrets.push(std::fs::read(place.path("data/home.key")).unwrap());
    for link in [&invite, &second] {
        secrets.push(link.split_once('#').unwrap().1.as_bytes().to_vec());
        secrets.push(link.parse::<InviteLink>().unwrap().secret.to_vec());
    }
    for way in secrets.iter().flat_map(|secret| written(secret)) {
        assert!(!log.contains(&way), "a secret stands in the log: {way}");
        assert!(!listed.contains(&way), "a secret stands in the list of processes: {way}");
        assert!(!addresses.contains(&way), "a secret stands in an address: {way}");
    }
    for word in PEOPLE {
        assert!(!log.contains(word), "somebody stands in the log: {word}");
    }
}
