//! How many calls an exchange takes, and when a device knows home's time well enough not to ask for it.

use std::cell::RefCell;

use server::client::{Answer, Call, Carrier, Talk};
use sync_core::ids::{EventId, Incarnation};
use sync_core::journal::OpenReplica;
use sync_core::time::{ClockReading, UnixMillis};
use tests::binary::Place;

use crate::sessions::Home;

const EVENT: EventId = EventId([7; 16]);
const MINUTE_MS: u64 = 60_000;

/// Remembers the last part of each address that is called.
struct Listening<'a> {
    home: &'a Home,
    heard: &'a RefCell<Vec<String>>,
}

impl Carrier for Listening<'_> {
    fn call(&mut self, call: Call<'_>) -> Result<Answer, String> {
        let part = call.path.rsplit('/').next().unwrap_or_default();
        self.heard.borrow_mut().push(part.to_owned());
        (&mut &*self.home).call(call)
    }
}

/// A device in the middle of a session, and what it says.
struct Phone<'a> {
    talk: Talk<Listening<'a>>,
    replica: OpenReplica,
    heard: &'a RefCell<Vec<String>>,
    clocks: ClockReading,
}

impl<'a> Phone<'a> {
    fn of(journal: sync_core::journal::Journal, home: &'a Home, heard: &'a RefCell<Vec<String>>) -> Self {
        let mut talk = Talk::over(Listening { home, heard }, "http://home");
        talk.sign_in(&journal).unwrap();
        talk.create_event(EVENT, None).unwrap();
        let replica = OpenReplica::open(journal, EVENT, Incarnation([8; 8])).unwrap();
        let clocks = ClockReading { boot: 1, mono_ms: 5 * MINUTE_MS, wall_ms: UnixMillis(0) };
        Self { talk, replica, heard, clocks }
    }

    /// Exchanges, and tells which calls that took.
    fn exchange(&mut self) -> Vec<String> {
        self.heard.take();
        let clocks = self.clocks;
        self.talk.exchange(&mut self.replica, &|| clocks, &mut |_| {}).unwrap();
        self.heard.take()
    }

    /// How often home's time was noted.
    fn anchors(&self) -> usize {
        let own = self.replica.replica().own_entry(0);
        let log = self.replica.replica().ledger().documents().log(own.device, own.incarnation);
        log.map_or(0, |log| log.anchors().count())
    }
}

#[test]
fn home_is_asked_for_its_time_once_in_a_session() {
    let (place, heard) = (Place::new(), RefCell::default());
    let mut home = Home::open(&place);
    let journal = home.lets_in(&place, "phone");
    let mut phone = Phone::of(journal, &home, &heard);
    assert_eq!(phone.exchange(), ["nonce", "exchange"]);
    assert_eq!(phone.exchange(), ["exchange"]);
    phone.clocks.mono_ms += 9 * MINUTE_MS;
    assert_eq!(phone.exchange(), ["exchange"]);
    assert_eq!(phone.anchors(), 1);
}

#[test]
fn home_is_asked_again_when_its_time_is_not_known_well_enough() {
    let (place, heard) = (Place::new(), RefCell::default());
    let mut home = Home::open(&place);
    let journal = home.lets_in(&place, "phone");
    let mut phone = Phone::of(journal, &home, &heard);
    phone.exchange();

    phone.clocks.mono_ms += 10 * MINUTE_MS;
    assert_eq!(phone.exchange(), ["nonce", "exchange"], "it was long ago");
    phone.clocks.boot += 1;
    assert_eq!(phone.exchange(), ["nonce", "exchange"], "the device was restarted");
    phone.clocks.mono_ms -= MINUTE_MS;
    assert_eq!(phone.exchange(), ["nonce", "exchange"], "its clock went back");
    phone.talk.end_session();
    assert_eq!(phone.exchange(), ["nonce", "exchange"], "its user ended the session");
    assert_eq!(phone.anchors(), 5);
    assert_eq!(phone.exchange(), ["exchange"]);
}

#[test]
fn the_time_of_day_on_a_device_neither_ends_a_session_nor_prolongs_it() {
    let (place, heard) = (Place::new(), RefCell::default());
    let mut home = Home::open(&place);
    let journal = home.lets_in(&place, "phone");
    let mut phone = Phone::of(journal, &home, &heard);
    phone.exchange();
    phone.clocks.wall_ms = UnixMillis(9_000_000_000_000);
    assert_eq!(phone.exchange(), ["exchange"]);
    phone.clocks.mono_ms += 11 * MINUTE_MS;
    assert_eq!(phone.exchange(), ["nonce", "exchange"]);
}

#[test]
fn a_session_that_home_does_not_know_any_more_is_begun_anew_with_its_time() {
    let (place, heard) = (Place::new(), RefCell::default());
    let mut home = Home::open(&place);
    let journal = home.lets_in(&place, "phone");
    let mut phone = Phone::of(journal, &home, &heard);
    phone.exchange();
    // The device's own clock stood still for as long.
    home.passes(16 * 60);
    assert_eq!(phone.exchange(), ["exchange", "nonce", "exchange"]);
    assert_eq!(phone.anchors(), 2);
    assert_eq!(phone.exchange(), ["exchange"]);
}

#[test]
fn each_event_of_a_device_learns_homes_time() {
    let (place, heard) = (Place::new(), RefCell::default());
    let mut home = Home::open(&place);
    let journal = home.lets_in(&place, "phone");
    let mut phone = Phone::of(journal, &home, &heard);
    phone.exchange();
    let another = EventId([9; 16]);
    phone.talk.create_event(another, None).unwrap();
    let journal = phone.replica.into_journal();
    phone.replica = OpenReplica::open(journal, another, Incarnation([8; 8])).unwrap();
    assert_eq!(phone.exchange(), ["nonce", "exchange"]);
    assert_eq!(phone.anchors(), 1);
}
