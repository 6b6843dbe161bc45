//! Everything that nobody sends who runs the app, thrown at a server that runs: it lives, says why not, and takes no
//! memory to speak of.

use server::clock::entropy;
use sync_core::admission::Rejection;
use sync_core::exchange::{Cursor, Item, Receipt, Request, Response, Verdict, read_message, write_message};
use sync_core::ids::{EventId, Incarnation};
use sync_core::journal::OpenReplica;
use sync_core::trust::KeyPair;
use tests::binary::{Home, Laptop, Place, Wire, free_port};
use tests::hostile::{BODIES, ChangeRow, DEEDS, FORMS, POISON, Scene, request};

/// So much more than an idle server may one hold that is under attack.
const MARGIN_KIB: u64 = 64 << 10;

const EVENT: &str = r#"{"name": {"en": "Shore day"}, "time_zone": "Asia/Aqtau", "sites": [{"key": "north"}],
    "days": [{"date": "2026-09-19", "opens": "09:00", "closes": "18:00"}]}"#;

/// A forger's session with the server.
struct Session {
    wire: Wire,
    path: String,
    authorization: String,
    event: EventId,
}

impl Session {
    fn says(&self, body: &[u8]) -> tests::binary::HttpAnswer {
        self.wire.post(&self.path, &[("authorization", &self.authorization)], body)
    }

    fn exchanges(&self, asked: &Request) -> Response {
        let answer = self.says(&write_message(asked));
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        read_message(&answer.body).unwrap()
    }

    fn offers(&self, items: Vec<Item>) -> Vec<Receipt> {
        self.exchanges(&Request { items, ..request(self.event) }).receipts
    }

    /// Everything that is at home.
    fn everything(&self) -> Vec<Item> {
        let asked = Request { cursor: Some(Cursor::default()), want_bytes: 1 << 17, ..request(self.event) };
        self.exchanges(&asked).items
    }
}

/// A laptop of a role, which has read what there is. Returns its key.
fn joins(organizer: &Laptop<'_>, laptop: &Laptop<'_>, role: &str) -> KeyPair {
    let invited = organizer.does(["invite", "--role", role]).done();
    laptop.joins(invited.lines().next().unwrap()).done();
    laptop.does(["field", "exchange"]).done();
    laptop.open().unwrap().key().clone()
}

/// Each row of a table is refused under its own code.
fn refused_row_by_row(session: &Session, scene: &Scene, rows: &[ChangeRow]) {
    for (what, code, forge) in rows {
        let receipt = session.offers(vec![forge(scene)]).remove(0);
        let passing = [Rejection::Gap, Rejection::MissingDependency].iter().any(|passing| passing.code() == *code);
        let verdict = if passing { Verdict::NotYet } else { Verdict::Refused };
        assert_eq!(receipt, Receipt { verdict, code: Some((*code).to_owned()) }, "{what}");
    }
}

#[test]
fn a_server_under_attack_lives_and_takes_no_more_memory_than_64_mib_above_idle() {
    let place = Place::new();
    let mut home = Home::start_with(&place, &place.path("data"), free_port(), &["--device-calls-per-minute", "0"]);
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    place.write("event.json", EVENT);
    place.write("list.csv", "Code,Name\nA-1,Aisulu\n");
    let created = organizer.does(["event", "create", "event.json"]).done();
    let event: EventId = created.split_whitespace().next().unwrap().parse().unwrap();
    organizer.does(["import", "list.csv", "--issuer", "list", "--apply"]).done();
    let [marker, lead] = ["marker", "lead"].map(|role| place.laptop(role));
    let keys = [joins(&organizer, &marker, "marker"), joins(&organizer, &lead, "lead")];
    let [marker_key, lead_key] = keys;
    let organizer_key = organizer.open().unwrap().key().clone();

    let authorization = home.wire().session_of(&marker.open().unwrap());
    let path = format!("/v1/events/{event}/exchange");
    let session = Session { wire: home.wire(), path, authorization, event };
    let scene = Scene::set(event, [marker_key, lead_key, organizer_key], &session.everything());
    let receipts = session.offers(scene.bases());
    assert!(receipts.iter().all(|receipt| receipt.verdict == Verdict::Accepted), "{receipts:?}");
    let there = session.everything().len();
    let (idle, _) = home.memory_kib();
    home.forgets_its_peak();

    for rows in [POISON, FORMS, DEEDS] {
        refused_row_by_row(&session, &scene, rows);
    }
    for (what, code, make) in BODIES {
        let answer = session.says(&make(event));
        match code {
            Some(code) => answer.is_problem(answer.status, code),
            None => assert_eq!(answer.status, 200, "{what}"),
        }
    }

    let (_, peak) = home.memory_kib();
    assert!(peak >= idle / 2, "the peak is counted: {peak} KiB, {idle} KiB idle");
    assert!(peak < idle + MARGIN_KIB, "{peak} KiB at most, {idle} KiB idle");
    assert_eq!(session.everything().len(), there, "nothing of it was kept");
    assert!(home.is_running());
    assert!(!home.logged().contains("panicked"), "{}", home.logged());
    organizer.does(["import", "list.csv", "--issuer", "list", "--apply"]).done();
    lead.does(["field", "walk-in", "Ann Lee", "--site", "north"]).done();
    lead.does(["field", "exchange"]).done();
    let replica = OpenReplica::open(organizer.open().unwrap(), event, Incarnation(entropy())).unwrap();
    drop(replica);
    organizer.does(["field", "exchange"]).done();
    assert!(organizer.does(["report", "people"]).done().contains("Ann Lee"));
}
