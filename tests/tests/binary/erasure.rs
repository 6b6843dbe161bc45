//! Erasing somebody with the built program, as an organizer does.

use std::path::Path;

use tests::binary::{Home, Laptop, Place, free_port};

const EVENT: &str = r#"{"name": {"en": "Shore day"}, "time_zone": "Asia/Aqtau", "sites": [{"key": "pier"}],
    "days": [{"date": "2026-05-18", "opens": "08:00", "closes": "18:00"}]}"#;
const LIST: &str = "Code;Family name;Phone\nA-1;Chernova;+7 701 111 22 33\nA-2;Qalievaxyz;+7 701 444 55 66\n";

/// The files below a directory in which a text stands.
fn files_with(directory: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if std::fs::read(&path).unwrap().windows(text.len()).any(|window| window == text.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// A home with the event and the list, an office's laptop and one at a gate.
struct Begun<'a> {
    home: Home,
    office: Laptop<'a>,
    gate: Laptop<'a>,
}

impl<'a> Begun<'a> {
    fn at(place: &'a Place) -> Self {
        place.write("event.json", EVENT);
        place.write("list.csv", LIST);
        let mut home = Home::start(place, &place.path("data"), free_port());
        let office = place.laptop("office");
        office.joins(&home.first_invite()).done();
        office.does(["event", "create", "event.json"]).done();
        office.does(["import", "list.csv", "--issuer", "front", "--apply"]).done();
        let gate = place.laptop("gate");
        gate.joins(office.does(["invite", "--role", "marker"]).done().split_whitespace().next().unwrap()).done();
        gate.does(["field", "exchange"]).done();
        Self { home, office, gate }
    }
}

#[test]
fn an_organizer_erases_somebody_and_no_list_brings_them_back() {
    let place = Place::new();
    let data = place.path("data");
    let Begun { home, office, gate } = Begun::at(&place);
    gate.does(["field", "check-in", "A-2"]).done();
    gate.does(["field", "check-out", "A-2"]).done();
    gate.does(["field", "exchange"]).done();
    assert!(!files_with(&data, "Qalievaxyz").is_empty());

    office.does(["person", "erase", "A-2"]).refused(3, &["--yes"]);
    let told = office.does(["person", "erase", "A-2", "--yes"]).done();
    assert!(told.contains("1 erased at home"), "{told}");
    let code = told.split("under the code ").nth(1).unwrap()[..6].to_owned();
    gate.does(["field", "exchange"]).done();
    std::fs::remove_file(place.path("list.csv")).unwrap();
    assert_eq!(files_with(&place.path("."), "Qalievaxyz"), Vec::<String>::new());
    assert!(office.does(["person", "show", "A-1"]).done().contains("Chernova"));
    let shown = office.does(["person", "show", &code]).done();
    assert!(shown.contains("verified:") && !shown.contains("444 55 66"), "{shown}");

    place.write("list.csv", LIST);
    let planned = office.does(["import", "list.csv", "--issuer", "front", "--apply"]);
    planned.refused(5, &["1 row was left out"]);
    let planned = planned.out;
    assert!(planned.contains("line 3") && planned.contains("asked to be erased"), "{planned}");
    office.does(["person", "edit", &code, "phone", "+7 701 444 55 66"]).refused(1, &["was erased"]);
    std::fs::remove_file(place.path("list.csv")).unwrap();

    let told = home.stop();
    assert!(!told.done().contains("Qaliev"));
    assert_eq!(files_with(&place.path("."), "Qalievaxyz"), Vec::<String>::new());
    let audit = place.saxaul(["audit", "verify", "--data-dir", data.to_str().unwrap()]).done();
    assert!(audit.contains("whole"), "{audit}");
}

#[test]
fn while_somebody_reads_the_store_an_erasure_is_not_said_to_be_complete_and_becomes_so_by_itself() {
    let place = Place::new();
    place.write("event.json", EVENT);
    place.write("list.csv", LIST);
    let data = place.path("data");
    let mut home = Home::start_with(&place, &data, free_port(), &["--request-timeout-s", "10"]);
    let office = place.laptop("office");
    office.joins(&home.first_invite()).done();
    office.does(["event", "create", "event.json"]).done();
    office.does(["import", "list.csv", "--issuer", "front", "--apply"]).done();
    std::fs::remove_file(place.path("list.csv")).unwrap();

    let backup = rusqlite::Connection::open(data.join("saxaul.db")).unwrap();
    backup.execute_batch("BEGIN; SELECT count(*) FROM items;").unwrap();
    let told = office.does(["person", "erase", "A-2", "--yes"]);
    told.refused(1, &["somebody reads the server's data"]);
    home.wait_for_log("somebody reads the store");
    assert!(!files_with(&data, "Qalievaxyz").is_empty());
    backup.execute_batch("COMMIT").unwrap();
    drop(backup);

    // What is due is written down: the next start does it, and nobody has to ask.
    drop(home.stop());
    let home = Home::start(&place, &data, free_port());
    home.wait_for_log("what was erased is overwritten");
    assert_eq!(files_with(&data, "Qalievaxyz"), Vec::<String>::new());
}

/// The code by which the program named the last entry that it told of.
fn code(told: &str) -> String {
    let end = told.rfind(')').unwrap();
    told[..end][told[..end].rfind(' ').unwrap() + 1..].to_owned()
}

#[test]
fn what_a_gate_recorded_before_an_erasure_is_taken_back_by_the_code_that_was_printed_then() {
    let place = Place::new();
    let Begun { home: _home, office, gate } = Begun::at(&place);
    let first = code(&gate.does(["field", "check-in", "A-1"]).done());
    let told = gate.does(["field", "walk-in", "Nurlanovaxyz", "Aida"]).done();
    let walk_in = told.split_whitespace().next().unwrap().to_owned();
    let second = code(&gate.does(["field", "check-in", "A-2"]).done());
    gate.does(["field", "exchange"]).done();
    office.does(["field", "exchange"]).done();
    office.does(["person", "erase", &walk_in, "--yes"]).done();
    gate.does(["field", "exchange"]).done();

    // The log begins anew, and no code means another entry.
    let third = code(&gate.does(["field", "check-out", "A-1"]).done());
    assert_eq!(std::collections::BTreeSet::from([&first, &second, &third]).len(), 3);
    let told = gate.does(["field", "undo", &first.to_lowercase()]).done();
    assert!(told.starts_with(&format!("Check-in of A-1  Chernova at pier (entry {first}): taken back")), "{told}");
    gate.does(["field", "undo", &first]).refused(3, &["A-1", "is taken back already"]);
    let told = gate.does(["field", "undo"]).done();
    assert!(told.starts_with(&format!("Check-out of A-1  Chernova at pier (entry {third}): taken back")), "{told}");
    let told = gate.does(["field", "undo"]).done();
    assert!(told.starts_with(&format!("Check-in of A-2  Qalievaxyz at pier (entry {second}): taken back")), "{told}");
    gate.does(["field", "undo", "7"]).refused(3, &["`7` is no entry's code", "six symbols"]);
    gate.does(["field", "exchange"]).done();
    office.does(["field", "exchange"]).done();
    let hours = office.does(["report", "hours"]).done();
    assert!(!hours.contains("A-1") && !hours.contains("A-2"), "{hours}");
}
