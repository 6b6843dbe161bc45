//! Lists as offices send them, imported with the built program: encodings, shapes, what spreadsheets did, whom they mean.
//!
//! `tests/lists` holds one list of each kind as it was met elsewhere; the others are written here.

mod by_hand;
mod cells;
mod changed_names;
mod columns;
mod encodings;
mod headings;
mod identity;
mod moved_names;
mod namesakes;
mod paper_hours;
mod paper_times;
mod same_people;
mod several;
mod shape;
mod shorter_names;
mod some_codes;
mod words;

use std::path::{Path, PathBuf};

use rust_xlsxwriter::Workbook;
use tests::binary::{Home, Laptop, Place, Told, free_port};

const EVENT: &str = r#"{"name": {"en": "Shore day"}, "time_zone": "Asia/Aqtau",
    "sites": [{"key": "north", "name": {"ru": "Север"}}], "teams": [{"key": "T01"}, {"key": "T-7", "name": {"ru": "Север", "en": "North"}}],
    "days": [{"date": "2026-05-18", "opens": "08:00", "closes": "18:00"}]}"#;

/// An organizer with an event.
struct Office<'a> {
    _home: Home,
    laptop: Laptop<'a>,
    place: &'a Place,
}

fn open(place: &Place) -> Office<'_> {
    let mut home = Home::start(place, &place.path("data"), free_port());
    let laptop = place.laptop("organizer");
    laptop.joins(&home.first_invite()).done();
    place.write("event.json", EVENT);
    laptop.does(["event", "create", "event.json"]).done();
    Office { _home: home, laptop, place }
}

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("lists").join(name)
}

impl Office<'_> {
    fn imports(&self, list: &Path, issuer: &str, more: &[&str]) -> Told {
        let list = list.to_str().unwrap();
        self.laptop.does(["import", list, "--issuer", issuer].iter().chain(more))
    }

    /// The plan of a list, with every line.
    fn plan(&self, list: &Path, more: &[&str]) -> String {
        self.imports(list, "plan", &[&["--lines"], more].concat()).done()
    }

    fn plan_of(&self, bytes: impl AsRef<[u8]>, more: &[&str]) -> String {
        self.plan(&self.place.write("list", bytes), more)
    }

    /// Nothing is read, and why is said.
    fn refused(&self, bytes: impl AsRef<[u8]>, said: &[&str]) {
        self.imports(&self.place.write("list", bytes), "plan", &[]).refused(3, said);
    }
}

#[track_caller]
fn says(plan: &str, all: &[&str]) {
    for what in all {
        assert!(plan.contains(what), "`{what}` is not said:\n{plan}");
    }
}

fn workbook(build: impl FnOnce(&mut Workbook)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    build(&mut workbook);
    workbook.save_to_buffer().unwrap()
}
