//! Stopping a server: what is under way is finished, and nobody can keep it from ending.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use tests::binary::{Home, PATIENCE, Place, free_port};

fn connect(home: &Home) -> TcpStream {
    let stream = TcpStream::connect(home.url().trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

#[test]
fn a_request_that_never_ends_is_told_so_and_holds_nobody_up() {
    let place = Place::new();
    let home = Home::start_with(&place, &place.path("data"), free_port(), &["--request-timeout-s", "1"]);
    let mut slow = connect(&home);
    slow.write_all(b"POST /v1/enrol HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 100\r\n\r\n{").unwrap();
    assert_eq!(home.wire().post("/v1/enrol", &[], b"{}").status, 400);
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("\"code\":\"timeout\""), "{answer}");
}

#[test]
fn a_stop_finishes_what_is_under_way_and_waits_for_nobody_who_says_nothing() {
    let place = Place::new();
    let home = Home::start_with(&place, &place.path("data"), free_port(), &["--request-timeout-s", "5"]);
    // One has said nothing, one half a line, one waits between two requests, and one is in the middle of a body.
    let _silent = connect(&home);
    let mut stuck = connect(&home);
    stuck.write_all(b"GET /health/li").unwrap();
    let mut idle = connect(&home);
    idle.write_all(b"GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
    assert!(idle.read(&mut [0; 512]).unwrap() > 0);
    let mut busy = connect(&home);
    let body = "{\"device\": \"00000000000000000000000000000000\"}";
    let head =
        format!("POST /v1/nonce HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    busy.write_all(head.as_bytes()).unwrap();
    busy.write_all(&body.as_bytes()[..10]).unwrap();
    assert_eq!(home.wire().post("/v1/enrol", &[], b"{}").status, 400);

    let began = Instant::now();
    let ended = std::thread::spawn(move || home.stop());
    // Until the server has heard: it takes no new connection any more.
    while TcpStream::connect(idle.peer_addr().unwrap()).is_ok() {
        assert!(began.elapsed() < PATIENCE, "the server does not stop listening");
        std::thread::park_timeout(Duration::from_millis(5));
    }
    busy.write_all(&body.as_bytes()[10..]).unwrap();
    let mut answer = String::new();
    busy.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "what was under way was not finished: {answer}");
    let told = ended.join().unwrap();
    assert!(began.elapsed() < Duration::from_secs(20), "it took {:?} to stop", began.elapsed());
    assert!(told.done().contains("Everything that was answered is on disk."));
}

#[test]
fn a_stop_ends_reports_that_are_under_way_and_then_says_so() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    place.write("event.json", crate::story::event_of_today().0);
    let list: String = (0..6_000).map(|n| format!("C-{n};Қасымов{n} Нұрлан\n")).collect();
    place.write("list.csv", format!("Код;ФИО\n{list}"));
    let created = organizer.does(["event", "create", "event.json"]).done();
    let event = created.split_whitespace().next().unwrap().to_owned();
    organizer.does(["import", "list.csv", "--issuer", "list", "--apply"]).done();
    let token = home.wire().session_of(&organizer.open().unwrap());
    let headers = [("authorization", token.as_str())];
    let begun = home.wire().get(&format!("/v1/events/{event}/reports/badges?job=true"), &headers);
    assert_eq!(begun.status, 202, "{}", begun.head);
    let job: serde_json::Value = serde_json::from_slice(&begun.body).unwrap();
    let address = format!("/v1/jobs/{}", job["job"].as_str().unwrap());
    let began = Instant::now();
    loop {
        let said: serde_json::Value = serde_json::from_slice(&home.wire().get(&address, &headers).body).unwrap();
        assert_eq!(said["state"], "under_way", "{said}");
        if said["done"].as_u64().unwrap() > 0 {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{said}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
    let told = home.stop();
    assert!(told.err.contains("long work was ended cancelled=1"), "{}", told.err);
    assert!(told.done().ends_with("Stopped. Everything that was answered is on disk.\n"));
}
