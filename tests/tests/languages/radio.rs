//! The ready carrier, and a phone whose disk is full: an app waits, gives up, frees room, and nothing is lost.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use sync_core::app::{Brought, RecordState};
use sync_core::bindings::mobile::{Pace, Saxaul, SaxaulError};
use tests::binary::{Home, Laptop, Place, free_port};
use tests::small_disk::{fill, free, on_a_small_disk};

use super::event;
use super::facade::{add_person, does, joined, open};

/// An app that notes how long it is asked to wait, and waits no time at all.
struct App {
    waited: Mutex<Vec<u64>>,
    gives_up_after: usize,
    pages: Mutex<usize>,
    pages_wanted: usize,
}

impl App {
    fn patient() -> Arc<Self> {
        Self::giving_up(usize::MAX, usize::MAX)
    }

    fn giving_up(gives_up_after: usize, pages_wanted: usize) -> Arc<Self> {
        Arc::new(Self { waited: Mutex::default(), gives_up_after, pages: Mutex::default(), pages_wanted })
    }

    fn waited(&self) -> Vec<u64> {
        self.waited.lock().unwrap().clone()
    }
}

impl Pace for App {
    fn goes_on(&self, _: Brought) -> Result<bool, SaxaulError> {
        let mut pages = self.pages.lock().unwrap();
        *pages += 1;
        Ok(*pages < self.pages_wanted)
    }

    fn waits(&self, ms: u64) -> Result<bool, SaxaulError> {
        let mut waited = self.waited.lock().unwrap();
        waited.push(ms);
        Ok(waited.len() < self.gives_up_after)
    }
}

/// A home that answers so many calls, each with the same head and nothing else.
fn busy_home(head: &'static str, calls: usize) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answering = std::thread::spawn(move || {
        for _ in 0..calls {
            let (mut stream, _) = listener.accept().unwrap();
            let mut heard = Vec::new();
            let mut buffer = [0; 4096];
            while !is_whole(&heard) {
                let read = stream.read(&mut buffer).unwrap();
                assert!(read > 0, "the call was cut off");
                heard.extend_from_slice(&buffer[..read]);
            }
            write!(stream, "HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        }
    });
    (url, answering)
}

/// Whether a request has come with all of its body.
fn is_whole(heard: &[u8]) -> bool {
    let text = String::from_utf8_lossy(heard).to_lowercase();
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let body = heard.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |at| heard.len() - at - 4);
    body >= length
}

/// An organizer's phone in an event of a home, and the organizer's laptop.
pub(super) fn organizers_phone<'a>(place: &'a Place, home: &mut Home) -> (Arc<Saxaul>, Laptop<'a>) {
    place.write("event.json", event());
    let office = place.laptop("office");
    office.joins(&home.first_invite()).done();
    office.does(["event", "create", "event.json"]).done();
    let invite = office.does(["invite", "--role", "organizer"]).done();
    let phone = open(&place.path("a.db"), "0b").unwrap();
    phone.join_http(invite.split_whitespace().next().unwrap().to_owned(), "phone".to_owned(), None).unwrap();
    let event = office.does(["event", "list"]).done();
    phone.choose_event(event.split_whitespace().next().unwrap().parse().unwrap()).unwrap();
    (phone, office)
}

#[test]
fn an_app_waits_as_long_as_home_asks_and_then_gives_up() {
    let place = Place::new();
    let phone = joined(&place.path("a.db"), "office", "07");
    let (url, home) = busy_home("503 Busy\r\nRetry-After: 7", 5);
    let app = App::patient();
    let failed = phone.exchange_http(Some(url), Some(app.clone()), None);
    assert!(matches!(failed, Err(SaxaulError::Retry { .. })), "{failed:?}");
    assert_eq!(app.waited(), [7000; 4]);
    home.join().unwrap();
}

#[test]
fn waits_for_a_home_that_is_out_of_reach_grow_and_can_be_cut_short() {
    let place = Place::new();
    let phone = joined(&place.path("a.db"), "office", "07");
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let app = App::patient();
    assert!(matches!(
        phone.exchange_http(Some(nobody.clone()), Some(app.clone()), None),
        Err(SaxaulError::Retry { .. })
    ));
    assert_eq!(app.waited(), [1000, 2000, 4000, 8000]);
    let app = App::giving_up(2, usize::MAX);
    assert!(matches!(phone.exchange_http(Some(nobody), Some(app.clone()), None), Err(SaxaulError::Retry { .. })));
    assert_eq!(app.waited(), [1000, 2000]);
}

#[test]
fn whoever_is_asked_to_come_much_later_does() {
    let place = Place::new();
    let phone = joined(&place.path("a.db"), "office", "07");
    let (url, home) = busy_home("429 Too Many\r\nRetry-After: 600", 1);
    let app = App::patient();
    let later = phone.exchange_http(Some(url), Some(app.clone()), None);
    assert!(matches!(later, Err(SaxaulError::Retry { after_ms: Some(600_000), .. })), "{later:?}");
    assert!(app.waited().is_empty());
    home.join().unwrap();
}

#[test]
fn an_exchange_that_the_app_breaks_off_goes_on_where_it_was() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let (phone, office) = organizers_phone(&place, &mut home);
    let broken = phone.exchange_http(None, Some(App::giving_up(usize::MAX, 1)), None);
    assert!(matches!(broken, Err(SaxaulError::Retry { .. })), "{broken:?}");
    does(&phone, &add_person(2, "Ann")).unwrap();
    let app = App::patient();
    phone.exchange_http(None, Some(app.clone()), None).unwrap();
    assert_eq!(phone.unconfirmed().unwrap().on_this_device, 0);
    does(&phone, &add_person(4, "Ben")).unwrap();
    let soon = App::patient();
    phone.exchange_http(None, Some(soon.clone()), None).unwrap();
    assert_eq!(phone.unconfirmed().unwrap().on_this_device, 0);
    assert_eq!(
        (*soon.pages.lock().unwrap(), *app.pages.lock().unwrap() > 1),
        (1, true),
        "one call is enough soon after"
    );
    office.does(["field", "exchange"]).done();
    assert!(office.does(["field", "find", "Ann"]).done().contains("Ann"));
}

#[test]
fn a_full_disk_is_said_at_once_and_costs_nothing_that_was_saved() {
    on_a_small_disk("radio::a_full_disk_is_said_at_once_and_costs_nothing_that_was_saved", "600k", |disk| {
        let phone = joined(&disk.join("a.db"), "office", "07");
        assert_eq!(does(&phone, &add_person(2, "Ann")), Ok(RecordState::SavedHere));
        fill(disk, 0);
        let mut saved = 1;
        let refused = loop {
            match does(&phone, &add_person(2 + 2 * saved, &"Ben".repeat(160))) {
                Ok(state) => assert_eq!(state, RecordState::SavedHere),
                Err(error) => break error,
            }
            saved += 1;
        };
        assert!(matches!(&refused, SaxaulError::Retry { why, .. } if why.contains("full")), "{refused:?}");
        assert_eq!(u64::from(phone.event().unwrap().people), saved);
        free(disk);
        assert_eq!(does(&phone, &add_person(2 + 2 * saved, "Cem")), Ok(RecordState::SavedHere));
        phone.shut_down();
        let again = open(&disk.join("a.db"), "09").unwrap();
        assert_eq!(u64::from(again.event().unwrap().people), saved + 1);
    });
}
