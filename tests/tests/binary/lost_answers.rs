//! A link that breaks after home has done what it was asked, and before the device hears of it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use server::invite::InviteLink;
use tests::binary::{Home, Laptop, Place, free_port};

const EVENT: &str = r#"{"name": {"en": "Aral week", "ru": "Неделя Арала"}, "time_zone": "Asia/Aqtau",
    "days": [{"date": "2026-09-19", "opens": "09:00", "closes": "18:00"}], "sites": [{"key": "pier"}]}"#;
const CREATES_AN_EVENT: &[u8] = b"POST /v1/events HTTP";

/// Passes bytes on between devices and home; the answer to the next creation of an event is lost, if it is told so.
struct Link {
    url: String,
    loses: Arc<AtomicBool>,
}

impl Link {
    fn to(home: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let loses = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&loses);
        // Ends with the test's process.
        std::thread::spawn(move || {
            for device in listener.incoming() {
                let (device, home) = (device.unwrap(), TcpStream::connect(("127.0.0.1", home)).unwrap());
                let told = Arc::clone(&told);
                std::thread::spawn(move || pass_on(device, home, &told));
            }
        });
        Self { url, loses }
    }

    fn loses_the_next_answer(&self) {
        self.loses.store(true, Ordering::SeqCst);
    }

    fn has_lost_it(&self) -> bool {
        !self.loses.load(Ordering::SeqCst)
    }
}

fn pass_on(mut device: TcpStream, mut home: TcpStream, loses: &AtomicBool) {
    let (mut back, mut answers) = (device.try_clone().unwrap(), home.try_clone().unwrap());
    let is_lost = Arc::new(AtomicBool::new(false));
    let lost = Arc::clone(&is_lost);
    let answering = std::thread::spawn(move || {
        let mut bytes = [0; 65_536];
        while let Ok(count @ 1..) = answers.read(&mut bytes) {
            if lost.load(Ordering::SeqCst) || back.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        drop(back.shutdown(Shutdown::Both));
    });
    let mut bytes = [0; 65_536];
    while let Ok(count @ 1..) = device.read(&mut bytes) {
        if bytes.starts_with(CREATES_AN_EVENT) && loses.swap(false, Ordering::SeqCst) {
            is_lost.store(true, Ordering::SeqCst);
        }
        if home.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    drop(home.shutdown(Shutdown::Write));
    answering.join().unwrap();
}

/// A home, an organizer's laptop, and the link between them.
fn over_a_link(place: &Place) -> (Home, Laptop<'_>, Link) {
    let port = free_port();
    let mut home = Home::start(place, &place.path("data"), port);
    let link = Link::to(port);
    let invite: InviteLink = home.first_invite().parse().unwrap();
    let organizer = place.laptop("organizer");
    organizer.joins(&InviteLink { url: link.url.clone(), ..invite }.to_string()).done();
    (home, organizer, link)
}

/// How many events home has, as far as this laptop may know.
fn events_at_home(laptop: &Laptop<'_>) -> usize {
    laptop.does(["event", "list"]).done().lines().count()
}

#[test]
fn an_event_whose_answer_was_lost_is_one_event_when_the_command_is_repeated() {
    let place = Place::new();
    let (_home, organizer, link) = over_a_link(&place);
    place.write("event.json", EVENT);
    link.loses_the_next_answer();
    organizer.does(["event", "create", "event.json"]).refused(4, &["Nothing is lost. Try again"]);
    assert!(link.has_lost_it());
    // Whoever looks meanwhile sees an event without a name, and their laptop knows it from then on.
    assert_eq!(events_at_home(&organizer), 1);
    // Whoever repeats it may have touched the file: blanks that nobody sees make no other event.
    place.write("event.json", EVENT.replace("Aral week", " Aral\u{a0} week "));
    organizer.does(["event", "create", "event.json"]).done();
    assert_eq!(events_at_home(&organizer), 1);
    organizer.does(["event", "create", "event.json"]).refused(3, &["nothing was created", "--again"]);

    // The same for a second one that is wanted.
    link.loses_the_next_answer();
    organizer.does(["event", "create", "event.json", "--again"]).refused(4, &["Nothing is lost. Try again"]);
    assert!(link.has_lost_it());
    organizer.does(["event", "create", "event.json", "--again"]).done();
    assert_eq!(events_at_home(&organizer), 2);
    organizer.does(["event", "create", "event.json", "--again"]).done();
    assert_eq!(events_at_home(&organizer), 3);
}

#[test]
fn an_event_that_was_renamed_does_not_stand_in_the_way_of_one_with_its_former_name() {
    let place = Place::new();
    let (_home, organizer, _link) = over_a_link(&place);
    place.write("event.json", EVENT);
    let created = organizer.does(["event", "create", "event.json"]).done();
    let event = created.split_whitespace().next().unwrap();
    place.write("name.json", r#"{"name": {"en": "Caspian week"}}"#);
    organizer.does(["event", "edit", "name.json", "--event", event]).done();
    let second = organizer.does(["event", "create", "event.json"]).done();
    assert!(!second.starts_with(event), "{second}");
    assert_eq!(events_at_home(&organizer), 2);
}

#[test]
fn an_event_that_another_laptop_created_is_told_of_before_there_are_two() {
    let place = Place::new();
    let (_home, organizer, _link) = over_a_link(&place);
    place.write("event.json", EVENT);
    let created = organizer.does(["event", "create", "event.json"]).done();
    let event = created.split_whitespace().next().unwrap();
    let invite = organizer.does(["invite", "--role", "organizer", "--every-event"]).done();
    let colleague = place.laptop("colleague");
    colleague.joins(invite.lines().next().unwrap()).done();
    // The colleague's laptop has never met the event, and the colleague writes the name a little differently.
    place.write("same.json", EVENT.replace("Aral week", "ARAL  week").replace(r#", "ru": "Неделя Арала""#, ""));
    colleague.does(["event", "create", "same.json"]).refused(3, &["nothing was created", event, "--again"]);
    assert_eq!(events_at_home(&colleague), 1);
    colleague.does(["event", "create", "same.json", "--again"]).done();
    assert_eq!(events_at_home(&colleague), 2);
}
