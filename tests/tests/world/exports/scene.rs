//! Two days by the sea, small enough to know every figure by heart.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use jiff::civil::date;
use server::reports::{Asked, Export, ExportError, Exported, Format, Material, export};
use sync_core::documents::Authored;
use sync_core::documents::event::{DayHours, EventEdit, EventInfo, EventZone, LocalText, Shift, Site, Team};
use sync_core::documents::log::{Entry, LitterCard, Log, Method, PlantingCard, Presence, Record, WalkIn};
use sync_core::documents::roster::{ExternalId, Person, PersonName, PersonRecord, Roster};
use sync_core::documents::rulings::{Decision, Ruling, Rulings};
use sync_core::ids::{DeviceId, EventId, Incarnation, PersonId, RulingId, Subject, WalkInId};
use sync_core::time::{ClockReading, UnixMillis, ZoneOffset, ZoneTable, day_of_date};
use sync_core::view::{EventView, project};
use sync_core::words::Language;
use tempfile::TempDir;

pub const EVENT: EventId = EventId([7; 16]);
/// An event's documents.
#[derive(Clone)]
pub struct Scene {
    pub event: EventInfo,
    pub roster: Roster,
    pub logs: Vec<Log>,
    pub rulings: Rulings,
}

fn local(kk: &str, ru: &str, en: &str) -> LocalText {
    LocalText { kk: kk.to_owned(), ru: ru.to_owned(), en: en.to_owned() }
}

pub fn written<T>(value: T) -> Authored<T> {
    Authored { value, by: DeviceId([9; 16]), reading: ClockReading::default() }
}

pub fn name(family: &str, given: &str, patronymic: &str) -> PersonName {
    let [family, given, patronymic] = [family, given, patronymic].map(str::to_owned);
    PersonName { family, given, patronymic, script: String::new() }
}

pub fn person(code: &str, name: PersonName) -> Person {
    let external_ids = vec![ExternalId { issuer: "list".to_owned(), value: code.to_owned() }];
    Person { names: vec![name], external_ids, ..Person::default() }
}

pub fn id(code: &str) -> PersonId {
    PersonId::of_external(EVENT, "list", code)
}

pub fn event() -> EventInfo {
    let mut event = EventInfo::default();
    let name = local("Каспий жағалауын тазалау апталығы", "Неделя чистоты Каспия", "Caspian cleanup week");
    event.apply(EventEdit::Name(name));
    let offsets = vec![ZoneOffset { from: UnixMillis(0), seconds: 5 * 3600 }];
    event.apply(EventEdit::Zone(EventZone { name: "Asia/Aqtau".to_owned(), table: ZoneTable { offsets } }));
    for day in [18, 19] {
        let hours = DayHours { opens: 8 * 60, closes: 18 * 60 };
        event.apply(EventEdit::Day { day: day_of_date(date(2026, 5, day)), hours: Some(hours) });
    }
    for (key, name) in [
        ("north", local("Солтүстік жағажай", "Северный пляж", "North beach")),
        ("harbour", local("Айлақ", "Гавань", "Harbour")),
    ] {
        event.apply(EventEdit::Site { key: key.to_owned(), site: Some(Site { name }) });
    }
    let shift = Shift {
        name: local("Таңғы ауысым", "Утренняя смена", "Morning shift"),
        site: "north".to_owned(),
        day: day_of_date(date(2026, 5, 18)),
        starts: 8 * 60 + 30,
        ends: 13 * 60,
        need: 40,
        ..Shift::default()
    };
    event.apply(EventEdit::Shift { key: "m1".to_owned(), shift: Some(shift) });
    let team = Team { organisation: Some("Жасыл Ел; жасақ, №1".to_owned()), ..Team::default() };
    event.apply(EventEdit::Team { key: "T1".to_owned(), team: Some(team) });
    event
}

fn roster() -> Roster {
    let kazakh = Person {
        organisation: Some("Жасыл Ел".to_owned()),
        region: Some("Маңғыстау облысы".to_owned()),
        phone: Some("+7 701 000 00 01".to_owned()),
        birth_year: Some(1990),
        team: Some("T1".to_owned()),
        ..person("A-0001", name("Әліңғұлұлы", "Һәкім Қозыкөрпеш", "Өтеғұл-Үкіұлы"))
    };
    let formula = Person {
        organisation: Some("@SUM(A1:A9)".to_owned()),
        team: Some("\tT2".to_owned()),
        ..person("A-0002", name("=HYPERLINK(\"http://example.org\")", "", ""))
    };
    let guest = Person { region: Some("ES".to_owned()), ..person("A-0003", name("Núñez", "Ana", "")) };
    let people = [("A-0001", kazakh), ("A-0002", formula), ("A-0003", guest)];
    let record = |person| PersonRecord { added: vec![written(person)], ..PersonRecord::default() };
    let people = people.into_iter().map(|(code, person)| (id(code), record(person))).collect();
    Roster { people, ..Roster::default() }
}

/// The moment of, say, `18 09:30`: day of May and time of day there.
pub fn at(text: &str) -> UnixMillis {
    let numbers: Vec<u16> = text.split([' ', ':']).map(|number| number.parse().unwrap()).collect();
    let day = date(2026, 5, i8::try_from(numbers[0]).unwrap());
    event().zone.table.moment(day, numbers[1] * 60 + numbers[2])
}

fn log() -> Log {
    let mut log = Log::new(DeviceId([3; 16]), Incarnation([1; 8]));
    let start = at("17 20:00");
    let mut records = |when: &str, record: Record| {
        let wall_ms = at(when);
        let mono_ms = (wall_ms.0 - start.0).unsigned_abs();
        log.entries.push(Entry { record, reading: ClockReading { boot: 1, mono_ms, wall_ms } });
    };
    let presence = |subject, site: &str| Presence { site: site.to_owned(), method: Method::Qr, subject };
    let [first, second, guest] = ["A-0001", "A-0002", "A-0003"].map(|code| Subject::Person(id(code)));
    let walk_in = WalkInId::from_entropy(5);
    records("17 20:00", Record::Anchor(start));
    records("18 09:00", Record::CheckIn(presence(first, "north")));
    records("18 09:30", Record::CheckIn(presence(second, "north")));
    let registered = WalkIn {
        id: walk_in,
        names: vec![name("Сейітова", "Айгүл", "")],
        phone: Some("+77010000009".to_owned()),
        organisation: None,
        birth_year: None,
    };
    records("18 09:40", Record::WalkIn(registered));
    records("18 09:41", Record::CheckIn(presence(Subject::WalkIn(walk_in), "harbour")));
    let items = [("Bottle caps (plastic)", 120), ("Fishing line", 7), ("Strange thing", 3)];
    let items: BTreeMap<String, u32> = items.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    let litter = LitterCard {
        site: "north".to_owned(),
        team: Some("T1".to_owned()),
        bags: 4,
        grams: 12_345,
        litres: 200,
        metres: 850,
        people: 6,
        items,
    };
    records("18 11:00", Record::LitterCard(litter));
    let planting = PlantingCard {
        site: "harbour".to_owned(),
        species: "Haloxylon ammodendron".to_owned(),
        seedlings: 250,
        square_metres: 4_000,
    };
    records("18 12:00", Record::PlantingCard(planting));
    records("18 16:30", Record::CheckOut(presence(first, "north")));
    records("18 17:00", Record::CheckOut(presence(second, "north")));
    records("19 10:00", Record::CheckIn(presence(guest, "harbour")));
    log
}

impl Scene {
    pub fn new() -> Self {
        let by_hand = Decision::Manual {
            subject: Subject::Person(id("A-0001")),
            start: at("19 09:00"),
            end: at("19 11:15"),
            site: Some("harbour".to_owned()),
        };
        let ruling = Ruling { decision: by_hand, reason: "paper list".to_owned() };
        let by_id = [(RulingId([1; 8]), vec![written(ruling)])].into();
        let rulings = Rulings { by_id, ..Rulings::default() };
        Self { event: event(), roster: roster(), logs: vec![log()], rulings }
    }

    pub fn view(&self) -> EventView {
        project(&self.event, &self.roster, &self.logs, &self.rulings)
    }

    pub fn export(&self, what: Export, format: Format, asked: &Asked<'_>) -> Exported {
        self.try_export(what, format, asked).unwrap()
    }

    pub fn try_export(&self, what: Export, format: Format, asked: &Asked<'_>) -> Result<Exported, ExportError> {
        let (view, logs) = (self.view(), self.logs.iter().collect::<Vec<_>>());
        let Self { event, roster, rulings, .. } = self;
        let material = Material { id: EVENT, event, roster, logs: &logs, rulings, view: &view, history: &[] };
        export(what, format, &material, asked)
    }

    pub fn text(&self, what: Export, format: Format, language: Option<Language>) -> String {
        String::from_utf8(self.export(what, format, &asked(language)).bytes).unwrap()
    }
}

/// Asks for an export in a language, or for programs.
pub fn asked(language: Option<Language>) -> Asked<'static> {
    Asked { language, ..Asked::default() }
}

/// A folder for files that other programs open.
pub struct Desk(TempDir);

impl Desk {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn put(&self, name: &str, exported: &Exported) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, &exported.bytes).unwrap();
        path
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(std::fs::read(self.path(name)).unwrap()).unwrap()
    }

    /// Runs a program that `.ci/setup` installs, in the folder; returns what it printed.
    pub fn run(&self, program: &str, arguments: &[&str]) -> String {
        let done = Command::new(program).args(arguments).current_dir(self.0.path()).env("HOME", self.0.path()).output();
        let done = done.unwrap_or_else(|error| panic!("{program}: {error}; `.ci/setup test` installs it"));
        let told = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{program} {arguments:?}: {told}");
        String::from_utf8(done.stdout).unwrap()
    }
}
