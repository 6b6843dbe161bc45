//! What anybody who holds a letter may ask, and what they are told.

use serde_json::{Value, json};
use server::home_key::existing_home_key;
use sync_core::command::Command;
use sync_core::documents::log::{Method, Presence};
use sync_core::ids::{EventId, Subject};
use sync_core::trust::{HomeKey, KeyPair, Letter, Signed};
use tests::desk::{Browser, Desk, Laptop, SHORE};
use tests::paper::codes;

const HOUR_S: u64 = 3600;

struct Scene<'a> {
    desk: &'a Desk,
    laptop: Laptop<'a>,
    browser: Browser<'a>,
    event: String,
    aida: String,
}

/// Aida came for an hour; nothing is published yet.
fn scene<'a>(desk: &'a Desk, invite: &server::invite::InviteLink) -> Scene<'a> {
    let laptop = desk.found(invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let event = laptop.event().to_string();
    let body = json!({ "names": [{ "family": "Ілиясова", "given": "Аида" }] });
    let written = browser.send("POST", &format!("/v1/events/{event}/people"), &body).is(201);
    let aida = written["person"].as_str().unwrap().to_owned();
    let mut scene = Scene { desk, laptop, browser, event, aida };
    scene.aida_comes_for_an_hour();
    scene
}

impl Scene<'_> {
    fn aida_comes_for_an_hour(&mut self) {
        let presence = Presence { site: "north".to_owned(), method: Method::Qr, subject: self.subject() };
        self.laptop.exchanges();
        self.laptop.does(Command::CheckIn(presence.clone()));
        self.desk.clock.move_to(sync_core::time::UnixMillis(self.desk.clock.now().0 + 3_600_000));
        self.laptop.does(Command::CheckOut(presence));
        self.laptop.exchanges();
    }

    fn subject(&self) -> Subject {
        self.aida.parse().unwrap()
    }

    fn publishes(&self) {
        self.browser.send("POST", &format!("/v1/events/{}/publications", self.event), &json!({})).is(201);
    }

    fn home(&self) -> HomeKey {
        existing_home_key(&self.desk.place.path("data")).unwrap()
    }

    /// A letter that nobody printed, about Aida.
    fn letter(&self, revision: Option<u32>, verified_s: u64) -> Letter {
        Letter { event: self.laptop.event(), subject: self.subject(), revision, verified_s, signed_by: None }
    }

    fn says(&self, letter: &Signed<Letter>) -> Value {
        self.desk.call("GET", &format!("/v1/letters/{}", letter.to_printed()), &[], "").is(200)
    }

    fn is_not_genuine(&self, letter: &Signed<Letter>) {
        let code = letter.to_printed();
        self.desk.call("GET", &format!("/v1/letters/{code}"), &[], "").is_problem(404, "not_genuine");
    }
}

#[test]
fn letters_are_taken_away_over_http_and_their_codes_lead_back() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut scene = scene(&desk, &invite);
    let letters = format!("/v1/events/{}/reports/letters?lang=kk", scene.event);
    let read = |scene: &Scene<'_>, path: &str| {
        let pdf = scene.browser.get(path);
        assert_eq!((pdf.status, pdf.header("content-type")), (200, "application/pdf"), "{}", pdf.text());
        let name = pdf.header("content-disposition").to_owned();
        assert!(name.starts_with("attachment; filename=\"letters-") && name.ends_with(".pdf\""), "{name}");
        let codes = codes(&pdf.body);
        assert_eq!(codes.len(), 1, "{codes:?}");
        let path = codes[0].split_once("/letter/").unwrap().1.to_owned();
        desk.call("GET", &format!("/v1/letters/{path}"), &[], "").is(200)
    };
    assert_eq!(read(&scene, &letters)["standing"], "draft");
    scene.publishes();
    assert_eq!(read(&scene, &letters)["standing"], "stands");
    scene.aida_comes_for_an_hour();
    scene.publishes();
    let old = read(&scene, &format!("{letters}&publication=1"));
    assert_eq!((&old["standing"], &old["verified_s"]), (&json!("superseded"), &json!(HOUR_S)));
    assert_eq!(old["newest"]["verified_s"], 2 * HOUR_S);
    let of_one = format!("{letters}&person={}", scene.aida);
    assert_eq!(read(&scene, &of_one)["verified_s"], 2 * HOUR_S);
    let of_nobody = format!("{letters}&person=0000000000000002");
    scene.browser.get(&of_nobody).is_problem(404, "nobody_to_print");
}

#[test]
fn a_letter_that_was_signed_is_still_held_against_the_report() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let scene = scene(&desk, &invite);
    scene.publishes();
    let home = scene.home();
    let standing = |letter: &Letter| scene.says(&home.state(letter))["standing"].clone();
    assert_eq!(standing(&scene.letter(Some(1), HOUR_S)), "stands");
    assert_eq!(standing(&scene.letter(Some(1), 9 * HOUR_S)), "contradicted");
    assert_eq!(standing(&scene.letter(Some(2), HOUR_S)), "not_here_yet");

    // Whoever is not known here any more has no name here.
    let erased = Letter { subject: Subject::from_bits(2), ..scene.letter(Some(1), HOUR_S) };
    let said = scene.says(&home.state(&erased));
    assert_eq!((&said["standing"], &said["name"]), (&json!("not_held"), &Value::Null), "{said}");
}

#[test]
fn a_letter_counts_only_under_the_key_of_home_or_of_an_organizer_of_its_event() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut scene = scene(&desk, &invite);
    scene.publishes();
    let letter = scene.letter(Some(1), HOUR_S);
    let stranger = KeyPair::from_seed(&[9; 32]);
    scene.is_not_genuine(&stranger.state(&letter));
    let named = Letter { signed_by: Some(stranger.public().device()), ..letter };
    scene.is_not_genuine(&stranger.state(&named));
    let elsewhere = Letter { event: EventId([5; 16]), ..letter };
    scene.is_not_genuine(&scene.home().state(&elsewhere));

    let event = scene.laptop.event();
    let marker = desk.join(&scene.laptop.invites("marker"), "gate", |_| event);
    let gate = marker.replica.replica().key();
    let of_gate = Letter { signed_by: Some(gate.public().device()), ..letter };
    scene.is_not_genuine(&gate.state(&of_gate));

    let second = desk.join(&scene.laptop.invites("organizer"), "second", |_| event);
    let key = second.replica.replica().key();
    let of_second = Letter { signed_by: Some(key.public().device()), ..letter };
    assert_eq!(scene.says(&key.state(&of_second))["standing"], "stands");
    let revoke = format!("/v1/devices/{}/revoke", key.public().device());
    let token = scene.laptop.token();
    desk.call("POST", &revoke, &[("authorization", &token)], "{}").is(204);
    assert_eq!(scene.says(&key.state(&of_second))["standing"], "stands", "the report says so too");
    let invented = Letter { verified_s: 99 * HOUR_S, ..of_second };
    assert_eq!(scene.says(&key.state(&invented))["standing"], "contradicted");
}
