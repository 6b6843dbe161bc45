//! «Волонтёр года» over HTTP.

use serde_json::{Value, json};
use sync_core::command::Command;
use sync_core::documents::log::{Method, Presence};
use sync_core::time::UnixMillis;
use tests::desk::{Desk, SHORE};

#[test]
fn a_dossier_is_taken_away_in_every_form_of_one_event_and_of_an_office() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let desk = &desk;
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let event = laptop.event().to_string();
    let added = |name: &str| {
        let people = format!("/v1/events/{event}/people");
        let written = browser.send("POST", &people, &json!({ "names": [{ "family": name }] })).is(201);
        written["person"].as_str().unwrap().to_owned()
    };
    let people = [added("Аида"), added("Болат")];
    for (who, hours) in people.iter().zip([1, 2]) {
        let presence = Presence { site: "north".to_owned(), method: Method::Qr, subject: who.parse().unwrap() };
        laptop.exchanges();
        laptop.does(Command::CheckIn(presence.clone()));
        desk.clock.move_to(UnixMillis(desk.clock.now().0 + hours * 3_600_000));
        laptop.does(Command::CheckOut(presence));
        laptop.exchanges();
    }
    let of_event = format!("/v1/events/{event}/dossier");
    let whom = |dossier: &Value| -> Vec<String> {
        let nominees = dossier["nominees"].as_array().unwrap().iter();
        nominees.map(|one| one["known_as"][0][1].as_str().unwrap().to_owned()).collect()
    };
    let [aida, bolat] = people.clone();
    let all = browser.get(&of_event).is(200);
    assert_eq!(whom(&all), [bolat.clone(), aida.clone()]);
    assert_eq!(whom(&browser.get(&format!("{of_event}?at_least_s=5400&most=1")).is(200)), [bolat.as_str()]);
    assert_eq!(whom(&browser.get(&format!("{of_event}?until=2026-05-17")).is(200)), [""; 0]);
    let office = browser.get("/v1/dossier").is(200);
    assert_eq!(whom(&office), whom(&all));
    for (format, media_type) in [
        ("json", "application/json"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("pdf", "application/pdf"),
    ] {
        let reply = browser.get(&format!("{of_event}?format={format}&lang=kk"));
        assert_eq!((reply.status, reply.header("content-type")), (200, media_type), "{}", reply.text());
        let name = format!("attachment; filename=\"dossier.{format}\"");
        assert_eq!(reply.header("content-disposition"), name);
        assert_eq!(reply.body, browser.get(&format!("{of_event}?format={format}&lang=kk")).body);
    }

    // As it was published: what came later does not count.
    let nothing = browser.get("/v1/dossier?published=true");
    nothing.is_problem(404, "unknown_publication");
    assert!(nothing.text().contains(&event), "it says of which event: {}", nothing.text());
    browser.send("POST", &format!("/v1/events/{event}/publications"), &json!({})).is(201);
    let settled = browser.get(&format!("{of_event}?publication=1")).is(200);
    assert_eq!((whom(&settled), &settled["events"][0]["basis"]["publication"]), (whom(&all), &json!(1)));
    assert_eq!(settled["events"][0]["basis"]["digest"], all["events"][0]["basis"]["digest"]);
    let of_all = browser.get("/v1/dossier?published=true").is(200);
    assert_eq!(of_all["events"], settled["events"]);
    added("Камила");
    assert_eq!(browser.get("/v1/dossier?published=true").is(200)["events"], settled["events"]);
    browser.get(&format!("{of_event}?publication=2")).is_problem(404, "unknown_publication");
    for wrong in ["most=0", "most=1001", "format=csv", "lang=de", "from=soon"] {
        browser.get(&format!("{of_event}?{wrong}")).is_problem(400, "bad_field");
    }
    let callers = desk.sign_in(&laptop.offers("front_office"));
    callers.get(&of_event).is_problem(403, "not_your_role");
}
