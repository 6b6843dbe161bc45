//! Somebody asks an organizer to be erased, who works with a browser.

use std::pin::Pin;

use futures_util::FutureExt;
use serde_json::{Value, json};
use sync_core::command::Command;
use sync_core::documents::roster::PersonEdit;
use sync_core::ids::{PersonId, Subject};
use sync_core::meeting::{Answer, Meeting};
use sync_core::spoken::SpokenCode;
use sync_core::time::ClockReading;
use tests::desk::{Browser, Desk, Laptop, Reply, SHORE};

/// Nothing here takes so long that does not hang.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

const LIST: &str = "Код,Фамилия,Имя,Телефон,Команда\r\n\
                    A-1,Әбдірахманова,Гүлнара,+7 701 555 01 02,T1\r\n\
                    A-2,Чернова,Светлана,+7 701 555 05 06,T2\r\n";

#[test]
fn nothing_that_is_asked_says_the_name_of_who_was_erased() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let desk = &desk;
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let front_office = desk.sign_in(&laptop.offers("front_office"));
    let callers = desk.sign_in(&laptop.offers("call_centre"));
    let event = format!("/v1/events/{}", laptop.event());
    let import = || {
        let csv = [("content-type", "text/csv")];
        let plan = browser.send_with("POST", &format!("{event}/imports?issuer=office"), &csv, LIST).is(201);
        let accept = format!("{event}/imports/{}/accept", plan["plan"].as_str().unwrap());
        browser.send("POST", &accept, &json!({})).is(200);
        plan
    };
    import();
    let found = callers.get("/v1/lookup?q=chernova").is(200);
    let person = found["found"][0]["person"].as_str().unwrap().to_owned();
    let tag = browser.get(&format!("{event}/people")).header("etag").to_owned();

    let erasures = format!("{event}/erasures");
    let whom = json!({ "people": [person] });
    front_office.send("POST", &erasures, &whom).is_problem(403, "not_your_role");
    callers.send("POST", &erasures, &whom).is_problem(403, "not_your_role");
    browser.send("POST", &erasures, &json!({ "people": [] })).is_problem(400, "bad_field");
    browser.send("POST", &erasures, &json!({ "people": ["hello"] })).is_problem(400, "bad_field");
    browser.send("POST", &erasures, &json!({ "people": ["0000000000000008"] })).is_problem(404, "unknown_subject");
    assert_eq!(browser.send("POST", &erasures, &whom).is(200), json!({ "people": 1 }));
    assert_eq!(browser.send("POST", &erasures, &whom).is(200), json!({ "people": 1 }), "repeating it is harmless");

    let people = browser.get_unless(&format!("{event}/people"), &tag);
    let said = [
        people.text(),
        browser.get(&format!("{event}/people/{person}")).text(),
        browser.get(&format!("{event}/reports/people.csv")).text(),
        callers.get("/v1/lookup?q=chernova").text(),
        callers.get("/v1/lookup?q=5%200506").text(),
    ];
    let spoken = SpokenCode::of(person.parse::<Subject>().unwrap()).to_string();
    assert!(said[0].contains(&spoken) && said[0].contains("Гүлнара"), "{}", said[0]);
    for text in &said {
        assert!(!text.contains("Чернова") && !text.contains("555 05 06"), "{text}");
    }
    let edit = json!({ "phone": "+7 701 555 05 06" });
    browser.send("PATCH", &format!("{event}/people/{person}"), &edit).is_problem(410, "erased");
    let plan = import();
    let lines: Vec<_> = plan["lines"]["items"].as_array().unwrap().iter().map(|line| &line["outcome"]).collect();
    assert_eq!(lines, ["unchanged", "refused"], "{plan}");
    assert!(plan.to_string().contains("asked to be erased"), "{plan}");

    // Another office's list is asked about by name, phone and id, in whatever spelling.
    let alike = format!("{event}/erasures/alike");
    let name = json!({ "family": "Chernova", "given": "Svetlana" });
    let people = json!([
        { "names": [name], "phone": null, "external_ids": [] },
        { "names": [], "phone": "8 (701) 555-05-06 доб. 2", "external_ids": [] },
        { "names": [{ "family": "Цой", "given": "Вера" }], "phone": "+77010000009", "external_ids": [] },
    ]);
    let told = browser.send("POST", &alike, &json!({ "people": people })).is(200);
    assert_eq!(told, json!({ "alike": [["name"], ["phone"], []] }));
    browser.send("POST", &alike, &json!({ "people": [] })).is_problem(400, "bad_field");
    callers.send("POST", &alike, &json!({ "people": people })).is_problem(403, "not_your_role");
    let other = "Код,ФИО\r\nB-7,Чернова Светлана\r\n";
    let plan = browser.send_with("POST", &format!("{event}/imports?issuer=another"), &[], other).is(201);
    assert_eq!((&plan["add"], &plan["ask"]), (&json!(0), &json!(1)), "{plan}");
    let question = &plan["lines"]["items"][0]["question"];
    assert_eq!((&question["doubt"], &question["known_name"]), (&json!("erased"), &json!("")), "{plan}");
    let accept = format!("{event}/imports/{}/accept", plan["plan"].as_str().unwrap());
    assert_eq!(browser.send("POST", &accept, &json!({})).is(200)["left_out"], 1);
    let other = json!({ "decisions": [{ "line": 2, "decision": "other" }] });
    assert_eq!(browser.send("POST", &accept, &other).is(200)["left_out"], 0);
    assert!(browser.get(&format!("{event}/people")).text().contains("B-7"));
    laptop.exchanges();
    assert!(browser.get(&format!("{event}/people/{person}")).text().contains(&spoken));
}

#[test]
fn a_plan_that_was_made_before_an_erasure_is_gone_and_brings_nobody_back() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let desk = &desk;
    let laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let event = format!("/v1/events/{}", laptop.event());
    let upload = |issuer: &str| {
        let plan = browser.send_with("POST", &format!("{event}/imports?issuer={issuer}"), &[], LIST).is(201);
        format!("{event}/imports/{}", plan["plan"].as_str().unwrap())
    };
    browser.send("POST", &format!("{}/accept", upload("office")), &json!({})).is(200);
    // Codes of another office: nothing about these lines is changed by the erasure.
    let waiting = upload("another");

    let found = browser.get("/v1/lookup?q=chernova").is(200);
    let whom = json!({ "people": [found["found"][0]["person"]] });
    browser.send("POST", &format!("{event}/erasures"), &whom).is(200);
    browser.get(&waiting).is_problem(404, "unknown_plan");
    browser.send("POST", &format!("{waiting}/accept"), &json!({})).is_problem(404, "unknown_plan");
    assert!(!browser.get(&format!("{event}/people")).text().contains("Чернова"));

    let plan = browser.send_with("POST", &format!("{event}/imports?issuer=another"), &[], LIST).is(201);
    assert_eq!((&plan["add"], &plan["ask"]), (&json!(1), &json!(1)), "{plan}");
}

type Running<'a> = Pin<Box<dyn Future<Output = Reply> + 'a>>;

/// A device meets home up to the request with which it hands over what it recorded. The test sends that one itself.
fn hands_over<'a>(desk: &'a Desk, laptop: &mut Laptop<'_>) -> Running<'a> {
    let reading = ClockReading { boot: 1, mono_ms: desk.clock.now().0.cast_unsigned(), wall_ms: desk.clock.now() };
    let mut meeting = Meeting::exchange();
    loop {
        let post = meeting.next_call(&mut laptop.replica, reading).unwrap().expect("there is something to hand over");
        let call = post.call();
        let (path, body) = (call.path.to_owned(), call.body.to_vec());
        let authorization = call.authorization.unwrap_or_default().to_owned();
        let content_type = call.content_type.to_owned();
        let headers = move || [("authorization", authorization.clone()), ("content-type", content_type.clone())];
        if path.ends_with("/exchange") {
            return Box::pin(async move {
                let headers = headers();
                let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
                desk.answer("POST", &path, &headers, body).await
            });
        }
        let reply = desk.call(call.method, &path, &[("content-type", "application/json")], body);
        let answer = Answer { status: reply.status, token: None, retry_after_s: None, body: reply.body };
        meeting.take(&mut laptop.replica, reading, &answer).unwrap();
    }
}

/// Drives a request until so many jobs wait for the writer, or for as long as that takes at the most.
fn goes_on_until_waiting(desk: &Desk, request: &mut Running<'_>, jobs: usize) {
    let began = std::time::Instant::now();
    while desk.app().writer.waiting() < jobs {
        assert!(began.elapsed() < PATIENCE, "{} jobs wait instead of {jobs}", desk.app().writer.waiting());
        let answered = desk.runtime().block_on(async { request.as_mut().now_or_never() });
        assert!(answered.is_none(), "it was answered before it was written: {answered:?}");
        std::thread::yield_now();
    }
}

fn sends<'a>(browser: &'a Browser<'a>, desk: &'a Desk, path: &'a str, body: &Value) -> Running<'a> {
    let body = body.to_string();
    Box::pin(async move {
        let headers = [
            ("cookie", browser.cookie.as_str()),
            ("x-saxaul-csrf", &browser.csrf),
            ("content-type", "application/json"),
        ];
        desk.answer("POST", path, &headers, body).await
    })
}

#[test]
fn an_erasure_that_waits_for_its_turn_is_not_done_for_an_organizer_who_is_revoked_meanwhile() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let desk = &desk;
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let asked = laptop.invites("organizer");
    let other = desk.join(&asked, "other", |_| laptop.event());
    let stolen = desk.sign_in(&other.offers("organizer"));
    let event = format!("/v1/events/{}", laptop.event());
    let add = |name: &str| {
        let added = browser.send("POST", &format!("{event}/people"), &json!({ "names": [{ "family": name }] }));
        added.is(201)["person"].as_str().unwrap().to_owned()
    };
    let [first, second] = ["Чернова", "Қасымова"].map(add);
    let erase = format!("{event}/erasures");
    let revoke = format!("/v1/devices/{}/revoke", other.replica.replica().device());

    let lost = browser.send("POST", &revoke, &json!({ "later": "refuse", "wipe": true }));
    lost.is_problem(400, "bad_field");
    assert_eq!(lost.json()["field"], "later");

    // One erasure is under way, and the other waits behind it, when the organizer who asked for the other is revoked.
    let hold = desk.app().writer.hold().unwrap();
    hold.reach();
    let mut under_way = sends(&browser, desk, &erase, &json!({ "people": [first] }));
    goes_on_until_waiting(desk, &mut under_way, 1);
    let mut behind = sends(&stolen, desk, &erase, &json!({ "people": [second] }));
    assert!(desk.runtime().block_on(async { behind.as_mut().now_or_never() }).is_none());
    let mut revoking = sends(&browser, desk, &revoke, &json!({ "later": "hold" }));
    goes_on_until_waiting(desk, &mut revoking, 2);
    drop(hold);
    let all = futures_util::future::join3(under_way, behind, revoking);
    let (erased, refused, revoked) = desk.runtime().block_on(all);
    assert_eq!((erased.status, revoked.status), (200, 204), "{} {}", erased.text(), revoked.text());
    refused.is_problem(403, "revoked");
    let people = browser.get(&format!("{event}/people")).text();
    assert!(!people.contains("Чернова") && people.contains("Қасымова"), "{people}");
}

#[test]
fn an_erasure_sees_what_a_revoked_device_handed_over_a_moment_before() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let desk = &desk;
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let event = format!("/v1/events/{}", laptop.event());
    let added = browser.send("POST", &format!("{event}/people"), &json!({ "names": [{ "family": "Чернова" }] }));
    let person: PersonId = added.is(201)["person"].as_str().unwrap().parse().unwrap();
    let lead_invite = laptop.invites("lead");
    let mut lead = desk.join(&lead_invite, "lead", |_| laptop.event());
    lead.exchanges();
    let device = lead.replica.replica().device();
    browser.send("POST", &format!("/v1/devices/{device}/revoke"), &json!({ "later": "hold" })).is(204);
    lead.does(Command::EditPerson(person, PersonEdit::Phone(Some("+7 701 555 05 06".to_owned()))));

    // What the lead says was judged, and is not written yet, when the erasure begins.
    let hold = desk.app().writer.hold().unwrap();
    hold.reach();
    let mut handing_over = hands_over(desk, &mut lead);
    goes_on_until_waiting(desk, &mut handing_over, 1);
    let whom = json!({ "people": [Subject::Person(person).to_string()] });
    let erase = format!("{event}/erasures");
    let mut erasing = sends(&browser, desk, &erase, &whom);
    goes_on_until_waiting(desk, &mut erasing, 2);
    drop(hold);
    let (handed_over, erased) =
        desk.runtime().block_on(futures_util::future::join(handing_over.as_mut(), erasing.as_mut()));
    assert_eq!(handed_over.status, 200, "{}", handed_over.text());
    erased.is_problem(409, "held_speaks_of_them");

    // It waits for a decision, and then nothing keeps the erasure.
    let held = browser.get(&format!("{event}/held")).is(200);
    let changes: Vec<_> = held["held"].as_array().unwrap().iter().map(|held| &held["change"]).collect();
    browser.send("POST", &format!("{event}/held/discard"), &json!({ "changes": changes })).is(200);
    browser.send("POST", &format!("{event}/erasures"), &whom).is(200);
    assert!(!browser.get(&format!("{event}/people/{person}")).text().contains("Чернова"));
}
