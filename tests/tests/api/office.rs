//! What is published, asked, found and summed up.

use serde_json::{Value, json};
use sync_core::command::Command;
use sync_core::documents::log::{LitterCard, Method, Presence};
use tests::desk::{Browser, Desk, Laptop, SHORE};

fn person(browser: &Browser<'_>, event: &str, name: &str, team: &str) -> String {
    let body = json!({ "names": [{ "family": name }], "team": team, "phone": "+7 701 555 01 02" });
    let written = browser.send("POST", &format!("/v1/events/{event}/people"), &body).is(201);
    written["person"].as_str().unwrap().to_owned()
}

fn founded(desk: &mut Desk) -> (Laptop<'_>, Browser<'_>, String) {
    let invite = desk.first_invite();
    let desk = &*desk;
    let laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let event = laptop.event().to_string();
    (laptop, browser, event)
}

fn comes_and_goes(desk: &Desk, laptop: &mut Laptop<'_>, who: &str) {
    let presence = || Presence { site: "north".to_owned(), method: Method::Search, subject: who.parse().unwrap() };
    laptop.exchanges();
    laptop.does(Command::CheckIn(presence()));
    desk.clock.move_to(sync_core::time::UnixMillis(desk.clock.now().0 + 3_600_000));
    laptop.does(Command::CheckOut(presence()));
    laptop.exchanges();
}

#[test]
fn a_report_is_published_once_and_late_data_makes_the_next_with_the_difference() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let desk = &desk;
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let event = laptop.event().to_string();
    let publications = format!("/v1/events/{event}/publications");
    let publish = |name: &str| browser.send_named("POST", &publications, name, &json!({ "note": "for the region" }));
    publish("empty").is_problem(409, "nothing_to_publish");

    let aida = person(&browser, &event, "Аида", "T1");
    comes_and_goes(desk, &mut laptop, &aida);
    let first = publish("v1").is(201);
    assert_eq!(publish("v1").is(201)["again"], true, "the same request publishes nothing more");
    publish("same").is_problem(409, "nothing_new");
    let frozen = browser.get(&format!("/v1/events/{event}/reports/hours?publication=1")).text();

    let late = person(&browser, &event, "Болат", "T1");
    comes_and_goes(desk, &mut laptop, &late);
    publish("v2").is(201);
    let listed = browser.get(&publications).is(200);
    let listed = listed["publications"].as_array().unwrap();
    let numbers: Vec<&Value> = listed.iter().map(|one| &one["number"]).collect();
    assert_eq!(numbers, [&json!(1), &json!(2)]);
    assert_eq!(listed[0]["superseded_by"], listed[1]["ruling"]);
    assert_eq!((&listed[0]["ruling"], &listed[0]["complete"]), (&first["rulings"][0], &json!(true)));
    let difference = browser.get(&format!("{publications}/2/difference")).is(200);
    assert_eq!((&difference["text"], &difference["since"]), (&json!("+1 people, +1.0 h"), &json!(1)));
    let rows = difference["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["name"], &rows[0]["before"]), (1, &json!("Болат"), &Value::Null));
    assert_eq!(difference["texts"], json!([]));
    assert_eq!(browser.get(&format!("/v1/events/{event}/reports/hours?publication=1")).text(), frozen);
    browser.get(&format!("/v1/events/{event}/reports/hours?publication=3")).is_problem(404, "unknown_publication");
    browser.get(&format!("{publications}/3/difference")).is_problem(404, "unknown_publication");

    // A corrected name is something new, which letters print from then on.
    let names = json!({ "names": [{ "family": "Болатов", "given": "Болат" }] });
    browser.send("PATCH", &format!("/v1/events/{event}/people/{late}"), &names).is(200);
    publish("v3").is(201);
    let difference = browser.get(&format!("{publications}/3/difference")).is(200);
    assert_eq!((&difference["text"], &difference["rows"]), (&json!("+0 people, +0.0 h, 1 name changed"), &json!([])));
    let change = json!({ "class": late, "text": "names", "date": null, "site": null, "before": "Болат", "after": "Болатов Болат" });
    assert_eq!(difference["texts"], json!([change]));
    publish("again").is_problem(409, "nothing_new");
}

#[test]
fn the_call_centre_finds_people_and_asks_and_an_organizer_edits_and_answers() {
    let mut desk = Desk::open();
    let (laptop, browser, event) = founded(&mut desk);
    let aida = person(&browser, &event, "Әбдірахманова", "T1");
    let callers = browser_of(&laptop, "call_centre");
    let found = callers.get("/v1/lookup?q=abdirahmanova").is(200);
    assert_eq!(
        (&found["found"][0]["person"], &found["found"][0]["phone_tail"]),
        (&json!(aida), &json!("0102")),
        "{found}"
    );
    assert_eq!(callers.get("/v1/lookup?q=0102").is(200)["found"].as_array().unwrap().len(), 1);
    callers.get("/v1/lookup?q=a").is_problem(400, "bad_field");
    browser_of(&laptop, "front_office").get("/v1/lookup?q=abdirahmanova").is_problem(403, "not_your_role");

    let requests = format!("/v1/events/{event}/requests");
    let asked = json!({ "person": aida, "text": "another number", "edit": { "phone": "+7 701 000 00 00" } });
    callers.send("POST", &requests, &asked).is(201);
    callers.send("POST", &requests, &json!({ "text": " " })).is_problem(400, "bad_field");
    let path = format!("/v1/events/{event}/people/{aida}");
    callers.send("PATCH", &path, &json!({ "phone": "x" })).is_problem(403, "not_your_role");
    callers.get(&requests).is_problem(403, "not_your_role");
    assert_eq!(browser.get(&path).is(200)["phone"], "+7 701 555 01 02", "a request is no edit");

    let inbox = browser.all(&format!("{requests}?waiting=true"));
    let [request] = &inbox[..] else { panic!("{inbox:?}") };
    assert_eq!((&request["name"], &request["by_name"]), (&json!("Әбдірахманова"), &json!("Айгүл (call_centre)")));
    browser.send("PATCH", &path, &request["edit"]).is(200);
    let answer = json!({ "decision": { "kind": "answer", "request": request["entry"], "done": true } });
    browser.send("POST", &format!("/v1/events/{event}/rulings"), &answer).is(201);
    assert!(browser.all(&format!("{requests}?waiting=true")).is_empty());
    assert_eq!(browser.all(&requests)[0]["answer"], "done");
    assert_eq!(browser.get(&path).is(200)["phone"], "+7 701 000 00 00");
}

fn browser_of<'a>(laptop: &Laptop<'a>, access: &str) -> Browser<'a> {
    laptop.desk().sign_in(&laptop.offers(access))
}

#[test]
fn every_total_is_the_sum_of_its_parts_and_leads_to_entries() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let desk = &desk;
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let event = laptop.event().to_string();
    for (name, team) in [("Аида", "T1"), ("Болат", "T2")] {
        let who = person(&browser, &event, name, team);
        comes_and_goes(desk, &mut laptop, &who);
    }
    laptop.does(Command::CountLitter(LitterCard {
        site: "pier".to_owned(),
        bags: 3,
        grams: 4_500,
        ..LitterCard::default()
    }));
    laptop.exchanges();
    let office = desk.sign_in(&laptop.offers("front_office"));
    let totals = office.get(&format!("/v1/events/{event}/totals")).is(200);
    let total = |figure: &str| totals["total"]["figures"][figure].as_u64().unwrap();
    assert_eq!((total("attended"), total("bags"), total("verified_ms")), (2, 3, 2 * 3_600_000), "{totals}");
    let teams = totals["breakdowns"].as_array().unwrap().iter().find(|one| one["by"] == "team").unwrap();
    let hours = teams["parts"].as_array().unwrap().iter().map(|part| part["figures"]["verified_ms"].as_u64().unwrap());
    assert_eq!(hours.sum::<u64>(), total("verified_ms"));
    let provenance = format!("/v1/events/{event}/provenance?figure=verified");
    office.get(&provenance).is_problem(403, "not_your_role");
    let rests_on = browser.all(&format!("{provenance}&limit=1"));
    let amounts: u64 = rests_on.iter().map(|one| one["amount"].as_u64().unwrap()).sum();
    assert_eq!((rests_on.len(), amounts), (2, total("verified_ms")));
    assert_eq!(rests_on[0]["entries"].as_array().unwrap().len(), 2);
    assert_eq!(browser.all(&format!("{provenance}&by=team&key=T1")).len(), 1);
    browser.get(&format!("/v1/events/{event}/provenance?figure=luck")).is_problem(400, "bad_field");

    let across = office.get("/v1/totals").is(200);
    assert_eq!(across["total"]["figures"]["attended"], 2);
    assert_eq!(across["events"][0]["key"], json!(event));
}
