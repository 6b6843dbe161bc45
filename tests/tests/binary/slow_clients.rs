//! Clients that keep the server waiting, on purpose or not: each is let go of, and everybody else is answered.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use tests::binary::{Home, PATIENCE, Place, free_port};

const ALIVE: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n";

fn serve(place: &Place, flags: &[&str]) -> Home {
    let mut all = vec!["--request-timeout-s", "1"];
    if !flags.contains(&"--head-timeout-s") {
        all.extend(["--head-timeout-s", "1"]);
    }
    all.extend(flags);
    Home::start_with(place, &place.path("data"), free_port(), &all)
}

fn connect(home: &Home) -> TcpStream {
    let stream = TcpStream::connect(home.url().trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// The server lets go of a connection without an answer.
#[track_caller]
fn is_let_go(mut stream: TcpStream) {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest)),
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}"),
    }
}

#[test]
fn who_says_nothing_or_half_a_head_is_let_go() {
    let place = Place::new();
    let home = serve(&place, &[]);
    let silent = connect(&home);
    let mut half = connect(&home);
    half.write_all(b"POST /v1/enrol HTTP/1.1\r\nhost: a\r\nx-slow: ").unwrap();
    let mut idle = connect(&home);
    idle.write_all(ALIVE).unwrap();
    let read = idle.read(&mut [0; 512]).unwrap();
    assert!(read > 0);
    is_let_go(silent);
    is_let_go(half);
    is_let_go(idle);
}

#[test]
fn a_head_that_comes_a_byte_at_a_time_is_not_waited_for() {
    let place = Place::new();
    let home = serve(&place, &[]);
    let mut slow = connect(&home);
    // Waits between two bytes as long as the server says nothing.
    slow.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let began = Instant::now();
    slow.write_all(b"GET /health/live HTTP/1.1\r\nx-slow: ").unwrap();
    while slow.write_all(b"a").is_ok() && !matches!(slow.read(&mut [0; 64]), Ok(0)) {
        assert!(began.elapsed() < PATIENCE, "the server waits for ever");
    }
}

#[test]
fn who_never_takes_an_answer_is_let_go() {
    let place = Place::new();
    let home = serve(&place, &["--log-format", "json"]);
    let mut deaf = connect(&home);
    deaf.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
    let (many, began) = (ALIVE.repeat(1000), Instant::now());
    let gone = loop {
        match deaf.write(&many) {
            Err(error) if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break error,
            _ => assert!(began.elapsed() < PATIENCE, "the server keeps the connection"),
        }
    };
    assert!(matches!(gone.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{gone}");
}

#[test]
fn one_address_cannot_take_every_place() {
    let place = Place::new();
    let home = serve(&place, &["--connections-per-address", "2", "--head-timeout-s", "600"]);
    // Whoever looked whether the server was ready may not have given back their place yet.
    let began = Instant::now();
    let let_in = || loop {
        let mut stream = connect(&home);
        if stream.write_all(ALIVE).is_ok() && stream.read(&mut [0; 512]).is_ok_and(|read| read > 0) {
            return stream;
        }
        assert!(began.elapsed() < PATIENCE, "two connections are not let in");
    };
    let (first, _second) = (let_in(), let_in());
    is_let_go(connect(&home));
    first.shutdown(std::net::Shutdown::Both).unwrap();
    let began = Instant::now();
    while home.wire().send(b"GET /health/live HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").is_err() {
        assert!(began.elapsed() < PATIENCE, "the place was not given back");
    }
}

#[test]
fn when_every_place_is_taken_the_next_one_waits_for_who_says_nothing() {
    let place = Place::new();
    let home = serve(&place, &["--connections", "2"]);
    let silent = [connect(&home), connect(&home)];
    let answer = home.wire().send(b"GET /health/live HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").unwrap();
    assert_eq!(answer.status, 204);
    silent.into_iter().for_each(is_let_go);
}
