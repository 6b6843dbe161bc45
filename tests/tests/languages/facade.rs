//! What an app does wrong, and what happens to it: each is a typed error, and nothing is lost.

use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use sync_core::app::{Changes, RecordState};
use sync_core::bindings::mobile::{HomeAnswer, Listener, Saxaul, SaxaulError};
use sync_core::time::{ClockReading, UnixMillis};
use tests::binary::Place;
use tests::conformance::introduced;

pub(super) fn story(event: &str) -> Value {
    let device = |byte: &str, role: &str| json!({"seed": byte.repeat(32), "role": role, "name": role});
    json!({
        "event": event.repeat(16), "home": {"seed": "01".repeat(32)}, "issued_ms": 0,
        "devices": {"office": device("09", "organizer"), "gate": device("02", "marker")},
    })
}

pub(super) fn open(path: &Path, byte: &str) -> Result<Arc<Saxaul>, SaxaulError> {
    let seed = vec![u8::from_str_radix(byte, 16).unwrap(); 32];
    Saxaul::open_recorded(path.to_str().unwrap().to_owned(), seed, byte.repeat(8).parse().unwrap())
}

pub(super) fn joined(path: &Path, who: &str, event: &str) -> Arc<Saxaul> {
    let story = story(event);
    let device = &story["devices"][who];
    let opened = open(path, &device["seed"].as_str().unwrap()[..2]).unwrap();
    let (link, enrolled) = introduced(&story, device);
    let answer = HomeAnswer { status: 200, token: None, retry_after_s: None, body: enrolled.into_bytes() };
    opened.take_enrolled(link, answer).unwrap();
    opened
}

pub(super) fn does(app: &Saxaul, action: &Value) -> Result<RecordState, SaxaulError> {
    let reading = ClockReading { boot: 1, mono_ms: 1, wall_ms: UnixMillis(1) };
    app.perform_json(action.to_string(), Some(reading)).map(|row| row.state)
}

pub(super) fn add_person(id: u64, name: &str) -> Value {
    json!({"do": "add_person", "id": format!("{id:016x}"), "known": {"name": {"family": name}}})
}

fn code(error: SaxaulError) -> String {
    match error {
        SaxaulError::Refused { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn calls_after_the_end_are_refused() {
    let place = Place::new();
    let app = joined(&place.path("a.db"), "office", "07");
    app.shut_down();
    assert_eq!(code(app.event().unwrap_err()), "closed");
    assert_eq!(code(does(&app, &add_person(2, "Ann")).unwrap_err()), "closed");
    assert_eq!(code(app.export_bundle(None).unwrap_err()), "closed");
    assert_eq!(code(app.wipe().unwrap_err()), "closed");
    app.shut_down();
}

#[test]
fn a_journal_that_is_in_use_can_be_had_later() {
    let place = Place::new();
    let first = joined(&place.path("a.db"), "office", "07");
    let second = open(&place.path("a.db"), "09");
    assert!(matches!(second, Err(SaxaulError::Retry { .. })));
    first.shut_down();
    assert!(open(&place.path("a.db"), "09").is_ok());
}

#[test]
fn a_path_where_no_journal_can_be_is_refused_and_leaves_nothing_behind() {
    let place = Place::new();
    let folder = place.path("folder");
    std::fs::create_dir(&folder).unwrap();
    for path in [folder.clone(), place.path("missing/a.db"), "".into()] {
        assert_eq!(code(open(&path, "07").err().unwrap()), "bad_path", "{path:?}");
    }
    let beside = std::fs::read_dir(folder.parent().unwrap()).unwrap().map(|file| file.unwrap().file_name());
    let left: Vec<_> = beside.filter(|name| name != "folder" && !name.to_string_lossy().starts_with('.')).collect();
    assert_eq!(left, <[&str; 0]>::default(), "nothing is left behind");
}

#[test]
fn a_journal_of_a_newer_version_is_refused_untouched() {
    let place = Place::new();
    joined(&place.path("a.db"), "office", "07").shut_down();
    let version = |path: &Path, set: Option<i64>| {
        let db = rusqlite::Connection::open(path).unwrap();
        set.iter().for_each(|version| db.pragma_update(None, "user_version", version).unwrap());
        db.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let known = version(&place.path("a.db"), None);
    version(&place.path("a.db"), Some(99));
    assert_eq!(code(open(&place.path("a.db"), "09").err().unwrap()), "newer_journal");
    assert_eq!(version(&place.path("a.db"), Some(known)), known);
    assert!(open(&place.path("a.db"), "09").unwrap().event().is_ok());
}

#[test]
fn a_damaged_journal_opens_for_reading_and_gives_what_can_be_saved() {
    let place = Place::new();
    let app = joined(&place.path("a.db"), "office", "07");
    does(&app, &add_person(2, "Sealed")).unwrap();
    app.export_bundle(None).unwrap();
    does(&app, &add_person(4, "Not sealed")).unwrap();
    does(&app, &json!({"do": "add_walk_in", "id": "000000000000004d", "known": {"name": {"family": "Guest"}}}))
        .unwrap();
    app.shut_down();
    let db = rusqlite::Connection::open(place.path("a.db")).unwrap();
    db.execute("INSERT INTO items (event, id, value) SELECT event, 999, x'00' FROM items LIMIT 1", []).unwrap();
    drop(db);

    let damaged = open(&place.path("a.db"), "09").unwrap();
    assert!(damaged.is_read_only().unwrap());
    assert_eq!(code(does(&damaged, &add_person(6, "More")).unwrap_err()), "read_only");
    let other = joined(&place.path("b.db"), "gate", "07");
    other.import_bundle(damaged.export_bundle(None).unwrap()).unwrap();
    let people = other.people(sync_core::app::PeopleQuery { limit: 9, ..Default::default() }).unwrap();
    let names: Vec<String> = people.rows.into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["Guest", "Not sealed", "Sealed"]);
}

#[test]
fn what_is_no_journal_is_refused_untouched() {
    let place = Place::new();
    let text = "a shopping list, rather long so that it fills the head of a file: milk, bread, tea and more of it";
    let path = place.write("a.db", text);
    assert_eq!(code(open(&path, "09").err().unwrap()), "not_a_journal");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

struct Throws(Mutex<Sender<Changes>>);

impl Listener for Throws {
    fn changed(&self, changes: Changes) -> Result<(), SaxaulError> {
        self.0.lock().unwrap().send(changes).unwrap();
        panic!("thrown by the app");
    }
}

#[test]
fn a_listener_that_throws_does_no_harm() {
    let place = Place::new();
    let app = joined(&place.path("a.db"), "office", "07");
    let (heard, hears) = channel();
    Arc::clone(&app).observe(Arc::new(Throws(Mutex::new(heard)))).unwrap();
    assert!(hears.recv().unwrap().everybody);
    assert_eq!(does(&app, &add_person(2, "Ann")), Ok(RecordState::SavedHere));
    assert_eq!(does(&app, &add_person(4, "Ben")), Ok(RecordState::SavedHere));
    assert_eq!(app.event().unwrap().people, 2);
    assert!(hears.recv().unwrap().records && hears.recv().unwrap().records);
}

#[test]
fn many_threads_may_call_at_once() {
    let place = Place::new();
    let app = joined(&place.path("a.db"), "office", "07");
    std::thread::scope(|scope| {
        for thread in 0..4u64 {
            let app = &app;
            scope.spawn(move || {
                for n in 0..10 {
                    does(app, &add_person(2 * (thread * 100 + n), "Ann")).unwrap();
                    app.records(0, 5).unwrap();
                }
            });
        }
    });
    assert_eq!(app.event().unwrap().people, 40);
}

#[test]
fn texts_of_any_kind_are_kept_and_nonsense_is_refused() {
    let place = Place::new();
    let app = joined(&place.path("a.db"), "office", "07");
    let strange = "\u{1F30A}Ә\u{0301}\u{200d} ' \" \\ ;--";
    does(&app, &add_person(2, strange)).unwrap();
    let people = app.people(sync_core::app::PeopleQuery { limit: 1, ..Default::default() }).unwrap();
    assert_eq!(people.rows[0].name, strange);
    assert_eq!(code(does(&app, &add_person(4, &"x".repeat(100_000))).unwrap_err()), "invalid");
    for unseen in ["\u{202e}Anna", "An\u{0}na", "\u{200b}", "7"] {
        assert_eq!(code(does(&app, &add_person(6, unseen)).unwrap_err()), "invalid", "{unseen:?}");
    }
    assert_eq!(code(does(&app, &json!({"do": "fly"})).unwrap_err()), "bad_input");
    assert_eq!(code(app.import_bundle(vec![0xff; 100]).unwrap_err()), "near");
    assert_eq!(code(app.enrol_call("hello".to_owned(), "a".to_owned()).unwrap_err()), "bad_link");
    assert_eq!(code(app.next_call(None).unwrap_err()), "nothing_asked");
}

#[test]
fn what_another_event_says_is_refused() {
    let place = Place::new();
    let app = joined(&place.path("a.db"), "office", "07");
    let other = joined(&place.path("b.db"), "gate", "08");
    assert_eq!(code(app.import_bundle(other.export_bundle(None).unwrap()).unwrap_err()), "near");
    assert_eq!(code(app.ask_near(other.greet().unwrap()).unwrap_err()), "near");
}

#[test]
fn a_device_that_did_not_join_is_asked_to() {
    let place = Place::new();
    let app = open(&place.path("a.db"), "09").unwrap();
    assert!(matches!(app.choose_event("07".repeat(16).parse().unwrap()), Err(SaxaulError::SignIn { .. })));
    assert_eq!(code(app.event().unwrap_err()), "no_event");
    let unreachable = app.join_http("http://127.0.0.1:1/join#AAAA".to_owned(), "a".to_owned(), None);
    assert_eq!(code(unreachable.unwrap_err()), "bad_link");
}
