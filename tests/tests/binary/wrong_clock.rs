//! A home server whose clock cannot be right states no time, says so, and goes on with everything else.

use tests::binary::{Home, Place, WrongClock, free_port};

use super::story::event_of_today;

fn start(place: &Place, port: u16, year: Option<i64>, clock: &WrongClock) -> Home {
    let mut command = place.command();
    command.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data-dir"]).arg(place.path("data"));
    if let Some(year) = year {
        clock.show(&mut command, year);
    }
    Home::start_by(place, command, port, false)
}

/// What `/health/ready` answers.
fn ready(home: &Home) -> (u16, String) {
    let answer = home.wire().send(b"GET /health/ready HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").unwrap();
    (answer.status, String::from_utf8(answer.body).unwrap())
}

fn states_time(home: &Home) -> bool {
    let request = b"POST /v1/nonce HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n\
        content-length: 45\r\n\r\n{\"device\":\"00000000000000000000000000000001\"}";
    let answer = home.wire().send(request).unwrap();
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(body["nonce"].is_string(), "{body}");
    body.get("home_ms").is_some()
}

#[test]
fn a_clock_before_the_program_or_ten_years_after_it_is_told_loudly_and_stated_to_nobody() {
    for year in [1970, 2020, 2080] {
        let (place, port) = (Place::new(), free_port());
        let clock = WrongClock::built_in(&place);
        let mut home = start(&place, port, Some(year), &clock);
        let laptop = place.laptop("organizer");
        laptop.joins(&home.first_invite()).done();
        place.write("event.json", event_of_today().0);
        laptop.does(["event", "create", "event.json"]).done();
        // An exchange goes through, and leaves no anchor: the log of this device stays empty.
        laptop.does(["field", "exchange"]).done();
        let status = laptop.does(["field", "status"]).done();
        assert!(status.contains("Entries  0 in 0 logs"), "{year}: {status}");
        let (code, body) = ready(&home);
        assert_eq!(code, 200, "{year}: {body}");
        assert!(body.contains(&format!("shows {year}-01-01")) && body.contains("states no time"), "{year}: {body}");
        assert!(!states_time(&home), "{year}");
        let told = home.stop();
        let loud = told.err.contains("warning: the clock of this machine shows") && told.err.contains("ERROR");
        assert!(loud && told.err.contains("Set the clock"), "{year}: {}", told.err);

        // With a right clock home states its time again, whatever was written down while it was wrong.
        let home = start(&place, port, None, &clock);
        assert_eq!(ready(&home).0, 204, "{year}");
        assert!(states_time(&home), "{year}");
        laptop.does(["field", "exchange"]).done();
        let status = laptop.does(["field", "status"]).done();
        assert!(status.contains("Entries  1 in 1 logs"), "{year}: {status}");
        drop(home);
    }
}

#[test]
fn a_clock_before_the_newest_time_in_the_audit_record_is_not_believed() {
    let (place, port) = (Place::new(), free_port());
    let clock = WrongClock::built_in(&place);
    // A year ahead nobody can tell that the clock is wrong; back at its place it is before what was written down.
    let mut command = place.command();
    command.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data-dir"]).arg(place.path("data"));
    clock.shift(&mut command, 366 * 86_400);
    let mut home = Home::start_by(&place, command, port, false);
    assert_eq!(ready(&home).0, 204);
    let laptop = place.laptop("organizer");
    laptop.joins(&home.first_invite()).done();
    home.stop().done();
    let home = start(&place, port, None, &clock);
    let (code, body) = ready(&home);
    assert!(code == 200 && body.contains("before the newest time in the audit record"), "{body}");
    assert!(body.contains("saxaul audit trust-clock"), "what can be done is said: {body}");
    assert!(!states_time(&home));

    // Whoever holds the data directory says that the clock is right now. The record keeps who said it, and when.
    let trust = |more: &[&str]| place.saxaul([&["audit", "trust-clock", "--data-dir", "data"], more].concat());
    trust(&["--yes"]).refused(1, &["a server is using", "stop it"]);
    home.stop().done();
    trust(&[]).refused(3, &["before the newest time in the audit record", "--yes"]);
    let trusted = trust(&["--yes"]).done();
    assert!(trusted.contains("The clock is trusted"), "{trusted}");
    assert!(trust(&["--yes"]).done().contains("nothing to be trusted"), "repeating it writes nothing");
    let record = place.saxaul(["audit", "list", "--data-dir", "data"]).done();
    assert!(record.trim_end().ends_with("{\"act\":\"clock_trusted\"}"), "{record}");
    assert!(place.saxaul(["audit", "verify", "--data-dir", "data"]).done().contains("The record is whole"));

    let home = start(&place, port, None, &clock);
    assert_eq!(ready(&home).0, 204);
    assert!(states_time(&home));
    laptop.does(["device", "list"]).done();
    drop(home);

    // A clock that is behind what was written down since is believed as little as before.
    let mut command = place.command();
    command.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data-dir"]).arg(place.path("data"));
    clock.shift(&mut command, -3600);
    let home = Home::start_by(&place, command, port, false);
    assert!(!states_time(&home));
}
