//! The stream of changes.

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use serde_json::Value;
use sync_core::command::Command;
use sync_core::documents::log::Incident;
use tests::desk::{Browser, Desk, Laptop, SHORE};

/// A stream that is read message by message.
struct Stream<'a> {
    desk: &'a Desk,
    body: BodyDataStream,
}

impl Stream<'_> {
    /// The next piece as it came; `None` at the end.
    fn piece(&mut self) -> Option<String> {
        let piece = self.desk.runtime().block_on(self.body.next())?;
        Some(String::from_utf8(piece.unwrap().to_vec()).unwrap())
    }

    /// The next message: its name, its id and what it says.
    fn message(&mut self) -> (String, String, Value) {
        let piece = self.piece().unwrap();
        let field = |name: &str| {
            let line = piece.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{piece}"));
            line.trim().to_owned()
        };
        (field("event:"), field("id:"), serde_json::from_str(&field("data:")).unwrap())
    }
}

fn listen<'a>(desk: &'a Desk, browser: &Browser<'_>, event: &str, heard: Option<&str>) -> Stream<'a> {
    let path = format!("/v1/events/{event}/changes");
    let mut headers = vec![("cookie", browser.cookie.as_str())];
    headers.extend(heard.map(|id| ("last-event-id", id)));
    let response = desk.begin("GET", &path, &headers, Body::empty());
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"text/event-stream".parse().unwrap())
    );
    assert_eq!(response.headers()["x-accel-buffering"], "no", "a proxy hands on what it has");
    Stream { desk, body: response.into_body().into_data_stream() }
}

#[test]
fn who_listens_hears_which_kinds_changed_and_nothing_of_what_they_say_and_goes_on_where_they_were() {
    let mut desk = Desk::on_one_thread();
    let invite = desk.first_invite();
    let desk = &desk;
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let event = laptop.event().to_string();
    let mut stream = listen(desk, &browser, &event, None);
    let (name, stood, said) = stream.message();
    assert_eq!((name.as_str(), &said["kinds"]), ("stands", &Value::Array(vec![])));

    let text = "a boat is adrift".to_owned();
    laptop.does(Command::ReportIncident(Incident { site: "pier".to_owned(), text, subject: None }));
    laptop.exchanges();
    let (name, heard, said) = stream.message();
    assert_eq!((name.as_str(), said["kinds"].to_string().as_str()), ("changed", "[\"log\"]"));
    assert!(said["revision"].as_u64() > stood.split('-').next().unwrap().parse().ok(), "{said}");
    assert!(!said.to_string().contains("boat"));
    drop(stream);

    let people = format!("/v1/events/{event}/people");
    browser.send("POST", &people, &serde_json::json!({ "names": [{ "family": "A" }] })).is(201);
    let mut missed = listen(desk, &browser, &event, Some(&heard));
    assert_eq!(
        missed.message().2["kinds"].to_string(),
        "[\"devices\",\"roster\"]",
        "home introduced the browser's device"
    );
    let mut all = listen(desk, &browser, &event, Some(&stood));
    assert_eq!(all.message().2["kinds"].to_string(), "[\"devices\",\"log\",\"roster\"]");
    for unknown in ["nonsense", "1-000000000000", "99999999-000000000000"] {
        assert_eq!(listen(desk, &browser, &event, Some(unknown)).message().0, "stands", "{unknown}");
    }
}

#[test]
fn who_was_revoked_or_signed_out_hears_nothing_more() {
    let mut desk = Desk::on_one_thread();
    let invite = desk.first_invite();
    let desk = &desk;
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let event = laptop.event();
    let mut stolen = desk.join(&laptop.invites("organizer"), "stolen", |_| event);
    stolen.exchanges();
    let prepared = desk.sign_in(&stolen.offers("organizer"));
    let left = desk.sign_in(&laptop.offers("organizer"));
    let path = format!("/v1/events/{event}");
    let bearer = stolen.token();
    let response = desk.begin("GET", &format!("{path}/changes"), &[("authorization", &bearer)], Body::empty());
    let own = Stream { desk, body: response.into_body().into_data_stream() };
    let [of_browser, of_prepared, of_left] =
        [&browser, &prepared, &left].map(|of| listen(desk, of, &event.to_string(), None));
    let mut streams = [own, of_prepared, of_left, of_browser];
    for stream in &mut streams {
        assert_eq!(stream.message().0, "stands");
    }

    let device = stolen.replica.replica().device();
    browser.send("POST", &format!("/v1/devices/{device}/revoke"), &serde_json::json!({})).is(204);
    left.send("DELETE", "/v1/session", &serde_json::json!({})).is(204);
    let added = serde_json::json!({ "names": [{ "family": "A" }] });
    browser.send("POST", &format!("{path}/people"), &added).is(201);
    let [own, of_prepared, of_left, of_browser] = &mut streams;
    assert!(of_browser.message().2["kinds"].to_string().contains("roster"));
    for ended in [own, of_prepared, of_left] {
        assert_eq!(ended.piece(), None);
    }
}

#[test]
fn a_stream_with_nothing_to_say_shows_that_it_lives_and_ends_within_a_minute() {
    let mut desk = Desk::on_one_thread();
    let invite = desk.first_invite();
    let desk = &desk;
    let laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let mut stream = listen(desk, &browser, &laptop.event().to_string(), None);
    assert_eq!(stream.message().0, "stands");
    // From here on time passes as fast as nothing happens.
    desk.runtime().block_on(async { tokio::time::pause() });
    let mut beats = 0;
    while let Some(piece) = stream.piece() {
        assert_eq!(piece, ":\n\n");
        beats += 1;
    }
    assert!((3..=5).contains(&beats), "{beats} heartbeats");
    desk.runtime().block_on(async { tokio::time::resume() });
}

#[test]
fn listeners_are_bounded_and_one_who_goes_makes_room() {
    let mut desk = Desk::on_one_thread();
    let invite = desk.first_invite();
    let desk = &desk;
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let event = laptop.event().to_string();
    let path = format!("/v1/events/{event}/changes");
    let mut streams: Vec<Stream<'_>> = (0..16).map(|_| listen(desk, &browser, &event, None)).collect();
    browser.get(&path).is_problem(503, "busy");
    streams.pop();
    streams.push(listen(desk, &browser, &event, None));
    assert_eq!(streams[15].message().0, "stands");

    // All browsers that came in by one organizer's links, and by links that these made, have a quarter of what there is.
    for _ in 1..4 {
        let other = desk.sign_in(&laptop.offers("organizer"));
        streams.extend((0..16).map(|_| listen(desk, &other, &event, None)));
    }
    let offer = serde_json::json!({ "access": "organizer", "name": "Another", "event": event });
    let offered = browser.send("POST", "/v1/sign-in-links", &offer).is(201);
    let of_browser = desk.sign_in(offered["link"].as_str().unwrap());
    let late = desk.sign_in(&laptop.offers("organizer"));
    let others: Vec<Laptop<'_>> = (0..3)
        .map(|number| {
            let invite = laptop.invites("organizer");
            desk.join(&invite, &format!("office {number}"), |_| laptop.event())
        })
        .collect();
    for of_one in [&late, &of_browser] {
        of_one.get(&path).is_problem(503, "busy");
    }
    // Four organizers have all of it.
    for _ in 0..4 {
        for other in &others {
            let other = desk.sign_in(&other.offers("organizer"));
            streams.extend((0..16).map(|_| listen(desk, &other, &event, None)));
        }
    }
    let invite = laptop.invites("organizer");
    let fifth = desk.join(&invite, "fifth", |_| laptop.event());
    let fifth = desk.sign_in(&fifth.offers("organizer"));
    fifth.get(&path).is_problem(503, "busy");
    streams.pop();
    assert_eq!(listen(desk, &fifth, &event, None).message().0, "stands");
}
