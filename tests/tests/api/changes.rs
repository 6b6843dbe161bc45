//! The stream of changes.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use serde_json::{Value, json};
use server::desks::Bring;
use sync_core::command::Command;
use sync_core::documents::log::Incident;
use sync_core::journal::JournalError;
use tests::desk::{Browser, Desk, Laptop, SHORE};

use crate::two_desks::beside;

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

/// Counts how often whoever waits is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Stream<'_> {
    /// Begins to wait for the next piece, and counts how often this is woken for it.
    fn waits(&mut self) -> Arc<Woken> {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let _within = self.desk.runtime().enter();
        assert!(matches!(self.body.poll_next_unpin(&mut Context::from_waker(&waker)), Poll::Pending));
        woken
    }
}

/// What a message says changed.
fn kinds((name, _, said): &(String, String, Value)) -> Vec<String> {
    assert_eq!(name, "changed");
    said["kinds"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap().to_owned()).collect()
}

fn incident(text: &str) -> Command {
    Command::ReportIncident(Incident { site: "pier".to_owned(), text: text.to_owned(), subject: None })
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
    let other_hash = format!("{}-000000000000-1", stood.split('-').next().unwrap());
    for unknown in ["nonsense", &other_hash, "99999999-000000000000-1", "1-000000000000-99999999"] {
        assert_eq!(listen(desk, &browser, &event, Some(unknown)).message().0, "stands", "{unknown}");
    }
    let long_ago = listen(desk, &browser, &event, Some("1-000000000000-1")).message();
    assert_eq!(kinds(&long_ago), ["devices", "event", "held", "log", "roster", "rulings"]);
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
fn a_stream_with_nothing_to_say_shows_that_it_lives_and_ends_after_five_minutes() {
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
    assert!((29..=30).contains(&beats), "{beats} heartbeats");
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

#[test]
fn what_is_written_once_is_told_to_many_without_a_read_for_any_of_them() {
    let mut desk = Desk::on_one_thread();
    let invite = desk.first_invite();
    let desk = &desk;
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let event = laptop.event().to_string();
    let browsers: Vec<Browser<'_>> = (0..4).map(|_| desk.sign_in(&laptop.offers("organizer"))).collect();
    let mut reads_of_an_exchange = |text: &str| {
        let before = desk.app().store.reads();
        laptop.does(incident(text));
        laptop.exchanges();
        desk.app().store.reads() - before
    };
    reads_of_an_exchange("the first one opens the desk");
    let alone = reads_of_an_exchange("nobody listens");

    let before = desk.app().store.reads();
    let mut streams: Vec<Stream<'_>> =
        (0..64).map(|number| listen(desk, &browsers[number % 4], &event, None)).collect();
    let stood: Vec<String> = streams.iter_mut().map(|stream| stream.message().1).collect();
    assert!(stood.iter().all(|id| *id == stood[0]), "{stood:?}");
    assert_eq!(desk.app().store.reads() - before, 1, "where the event stands is read for the first of them");

    assert_eq!(reads_of_an_exchange("all listen"), alone);
    let before = desk.app().store.reads();
    for stream in &mut streams {
        assert_eq!(kinds(&stream.message()), ["log"]);
    }
    drop(streams);
    let mut late: Vec<Stream<'_>> =
        (0..64).map(|number| listen(desk, &browsers[number % 4], &event, Some(&stood[0]))).collect();
    for stream in &mut late {
        assert_eq!(kinds(&stream.message()), ["log"], "who comes back is told what was missed");
    }
    assert_eq!(desk.app().store.reads(), before);
}

#[test]
fn an_exchange_that_brings_nothing_wakes_nobody_and_what_waits_for_a_decision_does() {
    let mut desk = Desk::on_one_thread();
    let invite = desk.first_invite();
    let desk = &desk;
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let event = laptop.event();
    let path = format!("/v1/events/{event}");
    let mut lead = desk.join(&laptop.invites("lead"), "lead", |_| event);
    lead.exchanges();
    let request =
        || browser.send_named("POST", &format!("{path}/people"), "Ayan", &json!({ "names": [{ "family": "A" }] }));
    request().is(201);
    let mut stream = listen(desk, &browser, &event.to_string(), None);
    stream.message();

    let woken = stream.waits();
    laptop.exchanges();
    lead.exchanges();
    assert_eq!(request().is(201)["again"], true);
    let nothing = json!({ "changes": [], "reason": "" });
    browser.send("POST", &format!("{path}/held/discard"), &nothing).is(200);
    assert_eq!(woken.0.load(Ordering::SeqCst), 0);

    let device = lead.replica.replica().device();
    browser.send("POST", &format!("/v1/devices/{device}/revoke"), &json!({ "later": "hold" })).is(204);
    lead.does(incident("after it was lost"));
    lead.exchanges();
    assert_eq!(kinds(&stream.message()), ["devices", "held"], "home tells the others who was revoked, too");
    let woken = stream.waits();
    lead.exchanges();
    assert_eq!(woken.0.load(Ordering::SeqCst), 0, "it waits already");

    let held = browser.get(&format!("{path}/held")).is(200);
    let discard = json!({ "changes": [held["held"][0]["change"]], "reason": "entered twice" });
    browser.send("POST", &format!("{path}/held/discard"), &discard).is(200);
    let message = stream.message();
    assert_eq!(kinds(&message), ["held"]);
    let mut late = listen(desk, &browser, &event.to_string(), Some(&message.1));
    assert_eq!(late.waits().0.load(Ordering::SeqCst), 0, "nothing was missed");
}

#[test]
fn who_comes_back_to_a_server_that_was_restarted_misses_nothing() {
    let mut desk = Desk::on_one_thread();
    let invite = desk.first_invite();
    let (event, cookie, heard) = {
        let laptop = desk.found(&invite, SHORE.as_bytes());
        let browser = desk.sign_in(&laptop.offers("organizer"));
        let event = laptop.event().to_string();
        let (_, stood, _) = listen(&desk, &browser, &event, None).message();
        browser.send("POST", &format!("/v1/events/{event}/people"), &json!({ "names": [{ "family": "A" }] })).is(201);
        let (_, newest, _) = listen(&desk, &browser, &event, None).message();
        (event, browser.cookie.clone(), [stood, newest])
    };
    desk.restart();
    let path = format!("/v1/events/{event}/changes");
    let listen = |heard: &str| {
        let headers = [("cookie", cookie.as_str()), ("last-event-id", heard)];
        let body = desk.begin("GET", &path, &headers, Body::empty()).into_body().into_data_stream();
        Stream { desk: &desk, body }
    };
    let missed = kinds(&listen(&heard[0]).message());
    assert!(["devices", "roster"].iter().all(|kind| missed.iter().any(|said| said == kind)), "{missed:?}");
    assert_eq!(listen(&heard[1]).waits().0.load(Ordering::SeqCst), 0, "nothing was missed");
}

#[test]
fn what_is_durable_is_told_also_where_whoever_asked_for_it_went_away() {
    let mut desk = Desk::on_one_thread();
    let invite = desk.first_invite();
    let desk = &desk;
    let laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let event = laptop.event().to_string();
    let people = format!("/v1/events/{event}/people");
    browser.send("POST", &people, &json!({ "names": [{ "family": "A" }] })).is(201);
    let mut stream = listen(desk, &browser, &event, None);
    stream.message();

    let app = desk.app();
    let hold = app.writer.hold().unwrap();
    hold.reach();
    let woken = stream.waits();
    desk.runtime().block_on(async {
        let headers =
            [("cookie", browser.cookie.as_str()), ("x-saxaul-csrf", browser.csrf.as_str()), ("idempotency-key", "B")];
        let body = json!({ "names": [{ "family": "B" }] }).to_string();
        let mut asking = pin!(desk.answer("POST", &people, &headers, body));
        while app.writer.waiting() == 0 {
            assert!(futures_util::poll!(asking.as_mut()).is_pending());
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(woken.0.load(Ordering::SeqCst), 0, "nothing is told before it is durable");
    drop(hold);
    assert_eq!(kinds(&stream.message()), ["roster"]);
}

#[test]
fn what_another_process_wrote_is_told_when_the_desk_catches_up() {
    let mut desk = Desk::on_one_thread();
    let invite = desk.first_invite();
    let desk = &desk;
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let event = laptop.event();
    let app = desk.app();
    let other = beside(desk);
    let mut lead = desk.join(&laptop.invites("lead"), "lead", |_| event);
    lead.exchanges();
    let mut stream = listen(desk, &browser, &event.to_string(), None);
    stream.message();

    lead.does(incident("a boat is adrift"));
    lead.replica.act(|replica| Ok::<_, JournalError>(replica.seal())).unwrap();
    let asked = lead.replica.ask(lead.replica.replica().home(), 1 << 16).unwrap();
    let device = app.auth.device(lead.replica.replica().device()).unwrap();
    let device = Arc::new(app.auth.members().in_event(&device, event).unwrap());
    let bring = Bring {
        device,
        items: asked.request.items,
        own_log: asked.request.own_log,
        quoted: [None; 2],
        at: desk.clock.now(),
    };
    let woken = stream.waits();
    desk.runtime().block_on(other.judge(event, bring)).unwrap();
    assert_eq!(woken.0.load(Ordering::SeqCst), 0, "this process has not heard of it");

    browser.send("POST", &format!("/v1/events/{event}/people"), &json!({ "names": [{ "family": "A" }] })).is(201);
    let mut told = kinds(&stream.message());
    while !told.iter().any(|kind| kind == "roster") {
        told.extend(kinds(&stream.message()));
    }
    assert!(told.iter().any(|kind| kind == "log"), "{told:?}");
    assert!(!told.iter().any(|kind| kind == "event"), "{told:?}");
    desk.runtime().block_on(other.close());
}
