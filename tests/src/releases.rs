//! What released versions wrote, kept so that every later one opens it and exchanges with it.
//!
//! A release is one file, `tests/releases/VERSION.zip`: the data directory of a home server, the journals of an organizer and
//! of a laptop at a gate that has not met home since it recorded something, a bundle, a message, and what the release itself
//! said of them. `cargo run -p tests --bin write_release` writes it with the program that was built with it.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use server::clock::entropy;
use sync_core::app::App;
use sync_core::ids::{EventId, Incarnation};
use sync_core::journal::OpenReplica;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::binary::{Home, Laptop, Place};

/// Below the ports that other tests draw: journals remember where home is.
const FIRST_PORT: u16 = 19_800;

const EVENT: &str = r#"{"name": {"kk": "Жағалау күні", "ru": "День берега", "en": "Shore day"}, "time_zone": "Asia/Aqtau",
    "sites": [{"key": "north"}, {"key": "south"}], "teams": [{"key": "reeds"}],
    "days": [{"date": "2026-05-18", "opens": "08:00", "closes": "18:00"}, {"date": "2026-05-19", "opens": "08:00", "closes": "18:00"}]}"#;
const LIST: &str = "Код;Фамилия;Имя;Телефон;Команда\nA-1;Бекова;Сауле;+7 701 555 01 02;reeds\n\
    A-2;Сейтқали;Нұрлан;+7 701 555 03 04;reeds\nA-3;Чернова;Светлана;+7 701 555 05 06;\n";

/// What a release said of what it wrote.
#[derive(Debug, Serialize, Deserialize)]
pub struct Said {
    /// The version of the release.
    pub version: String,
    /// Where its home server was reached on this machine.
    pub port: u16,
    /// The id of the only event.
    pub event: String,
    /// What the organizer's laptop reported of hours, as JSON.
    pub hours: String,
    /// The same of people.
    pub people: String,
    /// What the gate's laptop said of what it had recorded, which home had not read.
    pub status: String,
}

/// A release whose files are in a scratch directory.
pub struct Release {
    /// What the release said.
    pub said: Said,
    /// Where its files are.
    pub place: Place,
}

impl Release {
    /// The folder of all releases.
    #[must_use]
    pub fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("releases")
    }

    /// Every release that is kept, the oldest first, each in a scratch directory of its own.
    ///
    /// # Panics
    /// If one cannot be read.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let files = fs::read_dir(Self::folder()).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|it| it == "zip")).collect();
        files.sort();
        files.iter().map(|file| Self::unpack(file)).collect()
    }

    fn unpack(file: &Path) -> Self {
        let place = Place::new();
        let mut archive = ZipArchive::new(File::open(file).unwrap()).unwrap();
        archive.extract(place.path("")).unwrap();
        let said = serde_json::from_slice(&fs::read(place.path("said.json")).unwrap()).unwrap();
        Self { said, place }
    }

    /// The id of its event.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    pub fn event(&self) -> EventId {
        self.said.event.parse().unwrap()
    }

    /// Starts this version's home server on the data of the release.
    ///
    /// # Panics
    /// If it does not start, as where somebody else has its port.
    #[must_use]
    pub fn home(&self) -> Home {
        Home::start(&self.place, &self.place.path("home"), self.said.port)
    }

    /// Writes what this version writes into `releases/VERSION.zip`.
    ///
    /// # Panics
    /// If the program does not do what it should.
    pub fn write() -> PathBuf {
        let place = Place::new();
        let version = env!("CARGO_PKG_VERSION");
        let numbers: Vec<u16> = version.split('.').map(|number| number.parse().unwrap()).collect();
        let port = FIRST_PORT + 10 * numbers[1] + numbers[2];
        let mut home = Home::start(&place, &place.path("home"), port);
        let organizer = place.laptop("organizer");
        organizer.joins(&home.first_invite()).done();
        place.write("event.json", EVENT);
        let created = organizer.does(["event", "create", "event.json"]).done();
        let event: EventId = created.split_whitespace().next().unwrap().parse().unwrap();
        place.write("list.csv", LIST);
        organizer.does(["import", "list.csv", "--issuer", "office", "--apply"]).done();
        organizer.does(["hours", "grant", "A-1", "--from", "2026-05-18T09:00", "--to", "2026-05-18T12:00"]).done();
        organizer.does(["report", "publish", "--note", "the first day"]).done();
        let link = organizer.does(["invite", "--role", "marker"]).done().lines().next().unwrap().to_owned();
        let gate = place.laptop("gate");
        gate.joins(&link).done();
        gate.does(["field", "exchange"]).done();
        gate.does(["field", "check-in", "A-2", "--site", "north"]).done();
        gate.does(["field", "exchange"]).done();
        organizer.does(["field", "exchange"]).done();
        let says = |what: &str| organizer.does(["report", what, "--format", "json", "--offline"]).done();
        let (hours, people) = (says("hours"), says("people"));
        // What the gate records from here on, home has not read.
        gate.does(["field", "check-in", "A-1", "--site", "north"]).done();
        gate.does(["field", "walk-in", "Петров", "Пётр", "--site", "north"]).done();
        gate.does(["field", "card", "--site", "north", "--bags", "3"]).done();
        let status = gate.does(["field", "status"]).done();
        assert!(home.stop().done().contains("Everything that was answered is on disk."));
        // What is signed for a bundle and a message stays a draft in the journal that is kept.
        let copy = place.laptop("copy");
        for kind in ["db", "incarnation"] {
            fs::copy(place.path(&format!("gate.{kind}")), place.path(&format!("copy.{kind}"))).unwrap();
        }
        fs::write(place.path("gate.bundle"), bundle(&copy, event)).unwrap();
        fs::write(place.path("request.message"), request(&copy, event)).unwrap();
        let said = Said { version: version.to_owned(), port, event: event.to_string(), hours, people, status };
        fs::write(place.path("said.json"), serde_json::to_vec_pretty(&said).unwrap()).unwrap();
        let path = Self::folder().join(format!("{version}.zip"));
        pack(&place, &path);
        path
    }
}

/// The request that a laptop would begin an exchange with.
fn request(laptop: &Laptop<'_>, event: EventId) -> Vec<u8> {
    let opened = OpenReplica::open(laptop.open().unwrap(), event, Incarnation(entropy())).unwrap();
    opened.ask(opened.replica().home(), 1 << 16).unwrap().message()
}

fn bundle(laptop: &Laptop<'_>, event: EventId) -> Vec<u8> {
    let mut app = App::open(laptop.open().unwrap(), Incarnation(entropy())).unwrap();
    app.choose(event).unwrap();
    app.export_bundle(None).unwrap()
}

/// The files of a release: those that a later version is to open.
fn is_kept(name: &str) -> bool {
    let is_of_journal = |device: &str| name.strip_prefix(device).is_some_and(|rest| rest.starts_with('.'));
    name.starts_with("home/")
        || is_of_journal("gate")
        || is_of_journal("organizer")
        || name.ends_with(".message")
        || name == "said.json"
}

fn pack(place: &Place, path: &Path) {
    let root = place.path("");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() { folders.push(entry) } else { files.push(entry) }
        }
    }
    files.sort();
    let mut archive = ZipWriter::new(File::create(path).unwrap());
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for file in files {
        let name = file.strip_prefix(&root).unwrap().to_str().unwrap();
        if is_kept(name) {
            archive.start_file(name, options).unwrap();
            archive.write_all(&fs::read(&file).unwrap()).unwrap();
        }
    }
    archive.finish().unwrap();
}
