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
