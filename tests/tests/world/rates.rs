//! Callers who come too often are told when to come again; everybody else is answered as ever.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use server::client::{Http, Talk, TalkError};
use server::clock::Clock;
use server::config::Given;
use server::rates::Peer;
use server::router::router;
use server::serve::Server;
use sync_core::ids::{EventId, Incarnation};
use sync_core::journal::OpenReplica;
use sync_core::time::{ClockReading, UnixMillis};
use tests::binary::{Home, Place, free_port, open_journal};
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

fn open(place: &Place, clock: &Clock, given: Given) -> (Runtime, Server) {
    let listen = Some(([127, 0, 0, 1], 0).into());
    let given = Given { data_dir: Some(place.path("data")), listen, ..given };
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(Server::open(given.complete(Given::default()).unwrap(), clock.clone())).unwrap();
    (runtime, server)
}

/// Asks for a nonce. Returns the status, and the seconds after which to come again.
fn asks(runtime: &Runtime, router: &Router, from: &str, forwarded: Option<&str>) -> (u16, Option<u32>) {
    let mut request = Request::post("/v1/nonce");
    if let Some(forwarded) = forwarded {
        request = request.header("x-forwarded-for", forwarded);
    }
    let mut request = request.body(Body::from(r#"{"device": "00000000000000000000000000000000"}"#)).unwrap();
    request.extensions_mut().insert(Peer(from.parse::<IpAddr>().unwrap()));
    let answer = runtime.block_on(router.clone().oneshot(request)).unwrap();
    let seconds = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().parse().unwrap());
    (answer.status().as_u16(), seconds)
}

fn close(runtime: &Runtime, server: Server) {
    let stop = CancellationToken::new();
    stop.cancel();
    runtime.block_on(server.run(stop)).unwrap();
}

#[test]
fn an_address_that_asks_too_often_is_told_when_to_come_again_and_others_are_answered() {
    let (place, clock) = (Place::new(), Clock::set_to(NOW));
    let (runtime, server) = open(&place, &clock, Given { address_calls_per_minute: Some(30), ..Given::default() });
    let router = router(server.app());
    for _ in 0..30 {
        assert_eq!(asks(&runtime, &router, "192.0.2.1", None), (200, None));
    }
    assert_eq!(asks(&runtime, &router, "192.0.2.1", None), (429, Some(2)));
    assert_eq!(asks(&runtime, &router, "192.0.2.2", None), (200, None));
    // What a caller writes itself does not make it another one.
    assert_eq!(asks(&runtime, &router, "192.0.2.1", Some("198.51.100.7")), (429, Some(2)));
    clock.move_to(UnixMillis(NOW.0 + 2000));
    assert_eq!(asks(&runtime, &router, "192.0.2.1", None), (200, None));
    assert_eq!(asks(&runtime, &router, "192.0.2.1", None), (429, Some(2)));
    drop(router);
    close(&runtime, server);
}

#[test]
fn behind_a_proxy_a_caller_is_whom_the_proxy_names_last() {
    let (place, clock) = (Place::new(), Clock::set_to(NOW));
    let given = Given { address_calls_per_minute: Some(1), behind_proxy: true, ..Given::default() };
    let (runtime, server) = open(&place, &clock, given);
    let router = router(server.app());
    let ask = |forwarded| asks(&runtime, &router, "127.0.0.1", forwarded).0;
    assert_eq!(ask(Some("192.0.2.1")), 200);
    assert_eq!(ask(Some("192.0.2.2")), 200);
    assert_eq!(ask(Some("198.51.100.7, 192.0.2.1")), 429);
    assert_eq!(ask(Some("192.0.2.1, 192.0.2.3")), 200);
    assert_eq!(ask(Some("who knows")), 200, "then it is the proxy itself");
    assert_eq!(ask(None), 429);
    drop(router);
    close(&runtime, server);
}

/// Each begins a session, fails at it twice, and begins again.
#[test]
fn a_camp_of_a_hundred_phones_behind_one_address_comes_back_at_once() {
    let (place, clock) = (Place::new(), Clock::set_to(NOW));
    let (runtime, server) = open(&place, &clock, Given::default());
    let router = router(server.app());
    for call in 0..100 * 3 * 2 {
        assert_eq!(asks(&runtime, &router, "192.0.2.1", None), (200, None), "call {call}");
    }
    drop(router);
    close(&runtime, server);
}

#[test]
fn a_device_that_is_asked_to_wait_waits_as_long_and_its_exchange_goes_on() {
    let (place, clock) = (Place::new(), Clock::set_to(NOW));
    let (runtime, mut server) = open(&place, &clock, Given { device_calls_per_minute: Some(4), ..Given::default() });
    let link = server.first_invite.take().unwrap();
    let stop = CancellationToken::new();
    let running = runtime.spawn(server.run(stop.clone()));
    let mut journal = open_journal(&place.path("phone.db")).unwrap();
    let mut talk = Talk::over(Http::to(&link.url), &link.url);
    talk.join(&mut journal, &link, "phone").unwrap();
    talk.sign_in(&journal).unwrap();
    let event = EventId(server::clock::entropy());
    talk.create_event(event, None).unwrap();
    let mut replica = OpenReplica::open(journal, event, Incarnation(server::clock::entropy())).unwrap();
    let reading = || ClockReading { boot: 1, mono_ms: 1, wall_ms: NOW };
    let mut meet = |talk: &mut Talk<Http>| talk.exchange(&mut replica, &reading, &mut |_| {});
    for _ in 0..3 {
        meet(&mut talk).unwrap();
    }

    // An app that keeps its own time is told how long.
    match meet(&mut talk) {
        Err(TalkError::Refused(problem)) => {
            assert_eq!((problem.code.as_str(), problem.retry_after_s), ("too_many_calls", Some(15)));
        }
        other => panic!("a fifth call in a moment: {other:?}"),
    }
    let waited = Arc::new(AtomicU32::new(0));
    let (counted, moved) = (Arc::clone(&waited), clock.clone());
    let mut patient = Talk::over(Http::to(&link.url), &link.url).waiting(move |time| {
        counted.fetch_add(1, Ordering::SeqCst);
        moved.move_to(UnixMillis(moved.now().0 + i64::try_from(time.as_millis()).unwrap()));
    });
    meet(&mut patient).unwrap();
    assert_eq!(waited.load(Ordering::SeqCst), 1);

    // Whom waiting does not help gives up after a few times.
    let waited = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&waited);
    let mut hasty = Talk::over(Http::to(&link.url), &link.url).waiting(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
    });
    assert!(matches!(meet(&mut hasty), Err(TalkError::Refused(_))));
    assert!(waited.load(Ordering::SeqCst) <= 16);
    stop.cancel();
    runtime.block_on(running).unwrap().unwrap();
}

#[test]
fn the_program_waits_as_long_as_home_asks_and_then_exchanges() {
    let place = Place::new();
    let flags = ["--address-calls-per-minute", "20"];
    let mut home = Home::start_with(&place, &place.path("data"), free_port(), &flags);
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    place.write(
        "event.json",
        r#"{"name": {"en": "Shore day"}, "time_zone": "Asia/Aqtau", "sites": [{"key": "pier"}],
            "days": [{"date": "2026-09-19", "opens": "09:00", "closes": "18:00"}]}"#,
    );
    organizer.does(["event", "create", "event.json"]).done();
    let flood = || home.wire().post("/v1/nonce", &[], br#"{"device": "00000000000000000000000000000000"}"#);
    let refused = std::iter::repeat_with(flood).find(|answer| answer.status != 200).unwrap();
    refused.is_problem(429, "too_many_calls");
    assert!(refused.head.contains("retry-after: "), "{}", refused.head);
    let told = organizer.does(["field", "exchange"]);
    assert!(told.err.contains("home asks to wait "), "{}", told.err);
    told.done();
}
