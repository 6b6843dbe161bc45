//! What an app needs around its journal: a log, a link to the console, a phone nearby.

use std::sync::{Arc, Mutex};

use sync_core::bindings::http::Http;
use sync_core::bindings::mobile::{LogLevel, LogSink, NearLink, Saxaul, SaxaulError, set_log_sink};
use sync_core::meeting::{Call, Carrier};
use tests::binary::{Home, Place, free_port};

use super::facade::{add_person, does, joined};
use super::radio::organizers_phone;

#[derive(Default)]
struct Lines(Mutex<Vec<(LogLevel, String)>>);

impl LogSink for Lines {
    fn log(&self, level: LogLevel, line: String) -> Result<(), SaxaulError> {
        self.0.lock().unwrap().push((level, line));
        Ok(())
    }
}

#[test]
fn an_organizers_phone_gives_a_link_to_the_console_and_the_log_tells_how_without_a_secret() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let lines = Arc::new(Lines::default());
    set_log_sink(Some(lines.clone()));
    let (phone, _office) = organizers_phone(&place, &mut home);
    let offered = phone.sign_in_link_http("Aigerim".to_owned(), None, None).unwrap();
    set_log_sink(None);
    let (page, secret) = offered.link.split_once('#').unwrap();
    let body = format!(r#"{{"secret": "{secret}"}}"#);
    let begins = || {
        let (path, content_type, body) = ("/v1/session", "application/json", body.as_bytes());
        let call = Call { method: "POST", path, authorization: None, content_type, body };
        Http::to(page.strip_suffix("/sign-in").unwrap()).call(call).unwrap().status
    };
    assert_eq!(begins() / 100, 2);
    assert_eq!(begins() / 100, 4, "the link is good once");
    let lines = lines.0.lock().unwrap();
    let said = |level, part: &str| lines.iter().any(|(at, line)| *at == level && line.contains(part));
    assert!(said(LogLevel::Info, "the journal of") && said(LogLevel::Info, "exchanged with home"), "{lines:?}");
    assert!(said(LogLevel::Debug, "status 200"), "{lines:?}");
    assert!(lines.iter().all(|(_, line)| !line.contains(secret)), "{lines:?}");
}

#[test]
fn a_markers_phone_gets_no_link_to_the_console() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let (_phone, office) = organizers_phone(&place, &mut home);
    let invite = office.does(["invite", "--role", "marker"]).done();
    let marker = Saxaul::open(place.path("m.db").to_str().unwrap().to_owned(), None).unwrap();
    marker.join_http(invite.split_whitespace().next().unwrap().to_owned(), "gate".to_owned(), None).unwrap();
    let refused = marker.sign_in_link_http("Gate".to_owned(), None, None);
    assert!(matches!(&refused, Err(SaxaulError::Refused { code, .. }) if code == "not_your_role"), "{refused:?}");
}

/// A radio to another phone, which breaks when it has carried so many messages.
struct Radio {
    other: Arc<Saxaul>,
    left: Mutex<u32>,
}

impl Radio {
    fn carries(&self) -> bool {
        let mut left = self.left.lock().unwrap();
        *left = left.saturating_sub(1);
        *left > 0
    }
}

impl NearLink for Radio {
    fn greeting(&self) -> Result<Option<Vec<u8>>, SaxaulError> {
        if self.carries() { self.other.greet().map(Some) } else { Ok(None) }
    }

    fn ask(&self, asking: Vec<u8>) -> Result<Option<Vec<u8>>, SaxaulError> {
        if self.carries() { self.other.answer_near(asking).map(Some) } else { Ok(None) }
    }
}

#[test]
fn two_phones_exchange_in_one_call_and_a_link_that_breaks_loses_nothing() {
    let place = Place::new();
    let (office, gate) = (joined(&place.path("a.db"), "office", "07"), joined(&place.path("b.db"), "gate", "07"));
    does(&office, &add_person(2, "Ann")).unwrap();
    let link = |left| Arc::new(Radio { other: Arc::clone(&office), left: Mutex::new(left) });
    for left in [1, 2] {
        let broke = gate.exchange_near(link(left));
        assert!(matches!(&broke, Err(SaxaulError::Retry { code, .. }) if code == "link_broke"), "{broke:?}");
    }
    let brought = gate.exchange_near(link(u32::MAX)).unwrap();
    assert!(brought.received > 0 && !brought.more, "{brought:?}");
    assert_eq!(gate.event().unwrap().people, 1);
}
