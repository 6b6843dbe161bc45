//! A sync that runs itself: it delivers what is recorded, says how it stands, comes back, and ends at once.

use std::net::TcpListener;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use sync_core::bindings::mobile::{
    Cancel, Saxaul, SaxaulError, SyncSettings, SyncState, SyncStatus, SyncWatcher, Syncing,
};
use tests::binary::{Home, Place, free_port};

use super::facade::{add_person, does, joined, open};
use super::radio::organizers_phone;

/// Hands on how a sync stands.
struct Watch(Sender<SyncStatus>);

impl SyncWatcher for Watch {
    fn status(&self, now: SyncStatus) -> Result<(), SaxaulError> {
        // A test that has seen enough listens no more.
        self.0.send(now).ok();
        Ok(())
    }
}

fn watch() -> (Option<Arc<dyn SyncWatcher>>, Receiver<SyncStatus>) {
    let (sender, seen) = channel();
    (Some(Arc::new(Watch(sender))), seen)
}

/// At an address of home, or where the invite says; by itself only when something is recorded.
fn rarely(url: Option<String>) -> SyncSettings {
    SyncSettings { url, every_ms: 86_400_000, soon_ms: 0 }
}

/// Waits until it stands so.
fn until(seen: &Receiver<SyncStatus>, is_so: impl Fn(&SyncStatus) -> bool) -> SyncStatus {
    seen.iter().find(is_so).expect("it stands so before it ends")
}

#[test]
fn what_is_recorded_goes_home_by_itself_and_goes_on_after_home_was_away() {
    let place = Place::new();
    let port = free_port();
    let mut home = Home::start(&place, &place.path("data"), port);
    let (phone, office) = organizers_phone(&place, &mut home);

    let (watcher, seen) = watch();
    let syncing = Arc::clone(&phone).sync(rarely(None), watcher).unwrap();
    let first = until(&seen, |now| now.state == SyncState::Waiting);
    assert_eq!((first.error, first.undelivered, first.offline_since), (None, 0, None));
    assert!(first.exchanged.is_some() && first.next_in_ms == Some(86_400_000));

    does(&phone, &add_person(2, "Ann")).unwrap();
    until(&seen, |now| now.undelivered == 1);
    let sent = until(&seen, |now| now.state == SyncState::Waiting && now.undelivered == 0);
    assert_eq!((sent.delivered, sent.error), (1, None));
    office.does(["field", "exchange"]).done();
    assert!(office.does(["field", "find", "Ann"]).done().contains("Ann"));

    drop(home.stop());
    does(&phone, &add_person(4, "Ben")).unwrap();
    let away = until(&seen, |now| now.offline_since.is_some());
    assert_eq!(away.undelivered, 1);
    let _home = Home::start(&place, &place.path("data"), port);
    syncing.now();
    let back = until(&seen, |now| now.state == SyncState::Waiting && now.error.is_none() && now.undelivered == 0);
    assert_eq!(back.offline_since, None);
    syncing.stop();
    until(&seen, |now| now.state == SyncState::Stopped);
}

#[test]
fn a_home_that_refuses_is_asked_again_only_when_somebody_says_so() {
    let place = Place::new();
    let phone = open(&place.path("a.db"), "0b").unwrap();
    let (watcher, seen) = watch();
    let syncing = Arc::clone(&phone).sync(rarely(None), watcher).unwrap();
    let stuck = until(&seen, |now| now.state == SyncState::Stuck);
    assert!(matches!(stuck.error, Some(SaxaulError::Refused { ref code, .. }) if code == "no_event"), "{stuck:?}");
    assert_eq!(stuck.next_in_ms, None);
    syncing.now();
    until(&seen, |now| now.state == SyncState::Exchanging);
    until(&seen, |now| now.state == SyncState::Stuck);
    phone.shut_down();
    until(&seen, |now| now.state == SyncState::Stopped);
}

#[test]
fn a_sync_that_began_before_the_device_joined_goes_on_by_itself_when_it_has() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let phone = open(&place.path("b.db"), "0d").unwrap();
    let (watcher, seen) = watch();
    let _syncing = Arc::clone(&phone).sync(rarely(None), watcher).unwrap();
    until(&seen, |now| now.state == SyncState::Stuck);
    let (_, office) = organizers_phone(&place, &mut home);
    let invite = office.does(["invite", "--role", "marker"]).done();
    phone.join_http(invite.split_whitespace().next().unwrap().to_owned(), "late".to_owned(), None).unwrap();
    let goes_on = until(&seen, |now| now.state == SyncState::Waiting);
    assert_eq!(goes_on.error, None);
}

/// Records something as soon as the first page of an exchange is there, and hands on how the sync stands.
struct Recording {
    phone: Mutex<Option<Arc<Saxaul>>>,
    seen: Sender<SyncStatus>,
}

impl SyncWatcher for Recording {
    fn status(&self, now: SyncStatus) -> Result<(), SaxaulError> {
        if now.received > 0
            && let Some(phone) = self.phone.lock().unwrap().take()
        {
            does(&phone, &add_person(2, "Ann")).unwrap();
        }
        self.seen.send(now).ok();
        Ok(())
    }
}

#[test]
fn what_is_recorded_while_an_exchange_is_under_way_goes_home_soon_after_it() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let (phone, office) = organizers_phone(&place, &mut home);
    let (sender, seen) = channel();
    let recording = Recording { phone: Mutex::new(Some(Arc::clone(&phone))), seen: sender };
    // By itself it comes again only tomorrow.
    let _syncing = Arc::clone(&phone).sync(rarely(None), Some(Arc::new(recording))).unwrap();
    until(&seen, |now| now.undelivered == 1);
    until(&seen, |now| now.state == SyncState::Waiting && now.delivered == 1 && now.undelivered == 0);
    office.does(["field", "exchange"]).done();
    assert!(office.does(["field", "find", "Ann"]).done().contains("Ann"));
}

#[test]
fn whoever_waits_for_an_exchange_that_another_gives_up_makes_their_own() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let (phone, _) = organizers_phone(&place, &mut home);
    let (url, silent) = silent_home();
    let (cancel, other) = (Cancel::new(), Arc::clone(&phone));
    let giving_up = {
        let cancel = Arc::clone(&cancel);
        std::thread::spawn(move || other.exchange_http(Some(url), None, Some(cancel)))
    };
    let _called = silent.accept().unwrap();
    let waiting = std::thread::spawn(move || phone.exchange_http(None, None, None));
    cancel.cancel();
    assert!(giving_up.join().unwrap().unwrap_err().to_string().contains("(cancelled)"));
    assert!(!waiting.join().unwrap().unwrap().more);
}

/// A home that takes calls and says nothing.
fn silent_home() -> (String, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    (format!("http://{}", listener.local_addr().unwrap()), listener)
}

/// Has a sync call a home that says nothing, ends it so, and returns how many milliseconds that took.
fn ends(end: impl Fn(&Arc<Saxaul>, &Arc<Syncing>)) -> u128 {
    let place = Place::new();
    let phone = joined(&place.path("a.db"), "office", "07");
    let (url, home) = silent_home();
    let (watcher, seen) = watch();
    let syncing = Arc::clone(&phone).sync(rarely(Some(url)), watcher).unwrap();
    let _called = home.accept().unwrap();
    let began = Instant::now();
    end(&phone, &syncing);
    until(&seen, |now| now.state == SyncState::Stopped);
    let ended = began.elapsed().as_millis();
    phone.shut_down();
    open(&place.path("a.db"), "07").expect("the journal opens again at once");
    ended
}

#[test]
fn a_sync_ends_at_once_although_home_says_nothing() {
    let by_itself = ends(|_, syncing| syncing.stop());
    let with_the_journal = ends(|phone, _| phone.shut_down());
    let elsewhere = || rarely(Some("http://127.0.0.1:9".to_owned()));
    let by_another = ends(|phone, _| drop(Arc::clone(phone).sync(elsewhere(), None)));
    for ms in [by_itself, with_the_journal, by_another] {
        assert!(ms < 1000, "it took {ms} ms, where a call waits for a minute");
    }
}

#[test]
fn an_order_to_forget_everything_is_told_by_the_sync() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let (_phone, office) = organizers_phone(&place, &mut home);
    let invite = office.does(["invite", "--role", "marker"]).done();
    let gate = open(&place.path("gate.db"), "0c").unwrap();
    gate.join_http(invite.split_whitespace().next().unwrap().to_owned(), "gate".to_owned(), None).unwrap();
    let (watcher, seen) = watch();
    let syncing = Arc::clone(&gate).sync(rarely(None), watcher).unwrap();
    let before = until(&seen, |now| now.exchanged.is_some());
    assert_eq!((before.revoked, before.wipe_ordered), (false, false));
    let device = gate.standing().unwrap().device.to_string();
    office.does(["device", "revoke", &device, "--wipe"]).done();
    syncing.now();
    until(&seen, |now| now.revoked && now.wipe_ordered);
    gate.wipe().unwrap();
    until(&seen, |now| now.state == SyncState::Stopped);
}
