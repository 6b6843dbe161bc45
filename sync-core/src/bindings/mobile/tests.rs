//! The facade as an app meets it: panics, observers, an exchange that is cancelled.

use super::*;
use crate::app::{Changes, PeopleQuery, RecordState};
use crate::time::UnixMillis;
use crate::trust::{Grant, KeyPair, Post, Role, Scope};

const READING: ClockReading = ClockReading { boot: 1, mono_ms: 1, wall_ms: UnixMillis(1) };

/// A phone that home let in.
fn phone(directory: &std::path::Path) -> Arc<Saxaul> {
    let path = directory.join("phone.db").to_str().unwrap().to_owned();
    let entropy = Entropy { seed: [2; 32], incarnation: Incarnation([2; 8]) };
    let phone = Saxaul::open_drawn(path, None, entropy).unwrap();
    let home = KeyPair::from_seed(&[1; 32]);
    let grant = Grant {
        key: KeyPair::from_seed(&[2; 32]).public(),
        name: "phone".to_owned(),
        role: Role::Organizer,
        scope: Scope::Event(EventId([7; 16])),
        issued: UnixMillis(0),
        post: Post::default(),
        revoked: None,
        vouched: None,
        out_of: None,
    };
    let membership = crate::storage::Membership {
        home: home.public(),
        url: "https://home.example".to_owned(),
        grants: vec![home.state(&grant)],
    };
    phone
        .write(|app| {
            app.storage_mut()?.join(membership)?;
            Ok(app.choose(EventId([7; 16]))?)
        })
        .unwrap();
    phone
}

fn adds_somebody(phone: &Saxaul, id: u64) -> RecordState {
    let action = format!(r#"{{"do":"add_person","id":"{id:016x}","known":{{"name":{{"family":"Ann"}}}}}}"#);
    phone.perform_json(action, Some(READING)).unwrap().state
}

#[test]
fn a_panic_in_the_core_is_an_error_of_the_app_and_the_journal_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let phone = phone(directory.path());
    assert_eq!(adds_somebody(&phone, 2), RecordState::SavedHere);
    let panics = |app: &mut App<KeptRows>| -> Result<()> {
        app.storage_mut()?;
        panic!("a bug")
    };
    for failed in [phone.read(panics), phone.write(panics)] {
        assert_eq!(failed, Err(SaxaulError::Bug { what: "a bug".to_owned() }));
        assert_eq!(phone.event().unwrap().people, 1);
    }
    assert_eq!(adds_somebody(&phone, 4), RecordState::SavedHere);
    phone.shut_down();
    let path = directory.path().join("phone.db").to_str().unwrap().to_owned();
    let again = Saxaul::open_drawn(path, None, Entropy { seed: [3; 32], incarnation: Incarnation([3; 8]) });
    assert_eq!(again.unwrap().event().unwrap().people, 2);
}

/// Keeps what it hears.
struct Ear(std::sync::mpsc::Sender<Changes>);

impl Listener for Ear {
    fn changed(&self, changes: Changes) -> Result<()> {
        // The test may have ended.
        drop(self.0.send(changes));
        Ok(())
    }
}

fn ear() -> (Arc<dyn Listener>, std::sync::mpsc::Receiver<Changes>) {
    let (heard, hears) = std::sync::mpsc::channel();
    (Arc::new(Ear(heard)), hears)
}

#[test]
fn everybody_who_observes_hears_everything_until_they_stop_or_the_journal_is_closed() {
    let directory = tempfile::tempdir().unwrap();
    let phone = phone(directory.path());
    let [(first, first_hears), (second, second_hears)] = [ear(), ear()];
    let observation = Arc::clone(&phone).observe(first).unwrap();
    Arc::clone(&phone).observe(second).unwrap();
    for hears in [&first_hears, &second_hears] {
        assert_eq!(hears.recv().unwrap(), Changes::everything());
    }
    let people: Vec<u64> = (1..=100).map(|number| number * 2).collect();
    for id in &people {
        adds_somebody(&phone, *id);
    }
    let hears_of = |hears: &std::sync::mpsc::Receiver<Changes>| {
        let changes = people.iter().map(|_| hears.recv().unwrap());
        changes.flat_map(|changes| changes.subjects).map(|subject| subject.to_string()).collect::<Vec<_>>()
    };
    let expected: Vec<String> = people.iter().map(|id| format!("{id:016x}")).collect();
    assert_eq!(hears_of(&first_hears), expected);
    assert_eq!(hears_of(&second_hears), expected);
    observation.stop();
    adds_somebody(&phone, 1000);
    assert_eq!(second_hears.recv().unwrap().subjects.len(), 1);
    phone.shut_down();
    assert!(second_hears.recv().is_err(), "the library let go of whoever observed");
    assert!(first_hears.recv().is_err());
    let refused = Arc::clone(&phone).observe(ear().0);
    assert_eq!(refused.map(drop), Err(SaxaulError::closed()));
}

/// Keeps what it is shown, and waits after each until it may go on.
struct Eye {
    shown: std::sync::mpsc::Sender<Shown>,
    goes_on: Mutex<std::sync::mpsc::Receiver<()>>,
}

impl Watcher for Eye {
    fn shown(&self, now: Shown) -> Result<()> {
        drop(self.shown.send(now));
        let _ = self.goes_on.lock().unwrap().recv();
        Ok(())
    }

    fn failed(&self, error: SaxaulError) -> Result<()> {
        panic!("{error}");
    }
}

#[test]
fn a_watched_page_is_shown_again_only_if_it_changed_and_a_slow_watcher_sees_the_last_state() {
    let directory = tempfile::tempdir().unwrap();
    let phone = phone(directory.path());
    adds_somebody(&phone, 2);
    let (shown, shows) = std::sync::mpsc::channel();
    let (lets_go_on, goes_on) = std::sync::mpsc::channel();
    let eye = Arc::new(Eye { shown, goes_on: Mutex::new(goes_on) });
    let only_one = PeopleQuery { text: "0000000000000002".to_owned(), limit: 20, ..PeopleQuery::default() };
    let everybody = PeopleQuery { limit: 1, ..PeopleQuery::default() };
    let watch = |query| Arc::clone(&phone).watch(Watched::People { query }, Arc::clone(&eye) as _).unwrap();
    let total = |shown: Shown| match shown {
        Shown::People { page } => page.total,
        other => panic!("{other:?}"),
    };
    let one = watch(only_one);
    assert_eq!(total(shows.recv().unwrap()), 1);
    lets_go_on.send(()).unwrap();
    watch(everybody);
    assert_eq!(total(shows.recv().unwrap()), 1);
    // While the watcher of everybody is busy, a thousand change.
    for id in 2..=1000 {
        adds_somebody(&phone, id * 2);
    }
    lets_go_on.send(()).unwrap();
    assert_eq!(
        total(shows.recv().unwrap()),
        1000,
        "the page of one person did not change, and all others count at once"
    );
    lets_go_on.send(()).unwrap();
    one.stop();
    adds_somebody(&phone, 4001 * 2);
    assert_eq!(total(shows.recv().unwrap()), 1001);
    drop(lets_go_on);
    phone.shut_down();
}

#[cfg(feature = "http")]
#[test]
fn an_exchange_ends_at_once_when_it_is_cancelled_or_closed_and_two_at_once_are_one() {
    let directory = tempfile::tempdir().unwrap();
    let phone = phone(directory.path());
    // A home that takes calls and answers none.
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let begin = |cancel: &Arc<Cancel>| {
        let (phone, url, cancel) = (Arc::clone(&phone), url.clone(), Arc::clone(cancel));
        std::thread::spawn(move || phone.exchange_http(Some(url), None, Some(cancel)))
    };
    let [first, second] = [Cancel::new(), Cancel::new()];
    let exchange = begin(&first);
    let _call = silent.accept().unwrap();
    let joined = begin(&second);
    // Other calls go on meanwhile.
    adds_somebody(&phone, 2);
    second.cancel();
    assert_eq!(joined.join().unwrap(), Err(SaxaulError::cancelled()));
    first.cancel();
    assert_eq!(exchange.join().unwrap(), Err(SaxaulError::cancelled()));
    // Whoever waits for an exchange that another gives up has one of their own.
    let [first, second] = [Cancel::new(), Cancel::new()];
    let given_up = begin(&first);
    let _second_call = silent.accept().unwrap();
    let goes_on = begin(&second);
    first.cancel();
    assert_eq!(given_up.join().unwrap(), Err(SaxaulError::cancelled()));
    let _third_call = silent.accept().unwrap();
    second.cancel();
    assert_eq!(goes_on.join().unwrap(), Err(SaxaulError::cancelled()));
    let exchange = begin(&Cancel::new());
    let _fourth_call = silent.accept().unwrap();
    phone.shut_down();
    assert_eq!(exchange.join().unwrap(), Err(SaxaulError::cancelled()));
    silent.set_nonblocking(true).unwrap();
    assert!(silent.accept().is_err(), "the exchange that joined another made no call");
}
