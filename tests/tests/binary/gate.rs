//! What somebody at a gate does by mistake, or twice.

use tests::binary::{Home, Laptop, Place, free_port};

const EVENT: &str = r#"{"name": {"en": "Shore day"}, "time_zone": "Asia/Aqtau",
    "sites": [{"key": "pier"}, {"key": "dune"}],
    "days": [{"date": "2026-05-18", "opens": "08:00", "closes": "18:00"}]}"#;
const LIST: &str = "Code,Name\nA-1,Ann Lee\nA-2,Mira Sale\nMIRA,Bob Ray\n";

fn organized(place: &Place) -> (Home, Laptop<'_>) {
    place.write("event.json", EVENT);
    place.write("list.csv", LIST);
    let mut home = Home::start(place, &place.path("data"), free_port());
    let office = place.laptop("office");
    office.joins(&home.first_invite()).done();
    office.does(["event", "create", "event.json"]).done();
    office.does(["import", "list.csv", "--issuer", "list", "--apply"]).done();
    (home, office)
}

fn invited(office: &Laptop<'_>, site: &str) -> String {
    office.does(["invite", "--role", "marker", "--site", site]).done().lines().next().unwrap().to_owned()
}

fn gate_at<'a>(place: &'a Place, office: &Laptop<'_>, site: &str) -> Laptop<'a> {
    let gate = place.laptop(site);
    gate.joins(&invited(office, site)).done();
    gate.does(["field", "exchange"]).done();
    gate
}

/// The codes of the entries that the program told of.
fn codes(told: &str) -> Vec<&str> {
    told.match_indices("entry ").map(|(at, found)| &told[at + found.len()..][..6]).collect()
}

#[test]
fn whoever_is_registered_by_mistake_goes_with_everything_that_was_recorded_of_them() {
    let place = Place::new();
    let (_home, office) = organized(&place);
    let gate = gate_at(&place, &office, "pier");
    let told = gate.does(["field", "walk-in", "Petrov", "Pyotr", "--site", "pier"]).done();
    let [registered, checked_in] = codes(&told)[..] else { panic!("{told}") };
    gate.does(["field", "check-out", "Petrov", "--site", "pier"]).done();
    let undone = gate.does(["field", "undo", registered]).done();
    assert!(undone.contains(&format!("(entry {checked_in}): taken back, too")), "{undone}");
    assert!(undone.contains("Check-out of") && undone.contains("Registration of"), "{undone}");
    gate.does(["field", "undo", checked_in]).refused(3, &["is taken back already"]);
    assert!(gate.does(["field", "find", "Petrov"]).done().starts_with("Nobody"));
    gate.does(["field", "exchange"]).done();
    office.does(["field", "exchange"]).done();
    let hours = office.does(["report", "hours"]).done();
    assert_eq!(hours.lines().count(), 1, "nobody is left: {hours}");

    // What another device recorded of them would be left without a name.
    let told = gate.does(["field", "walk-in", "Ivanov", "Ivan", "--site", "pier"]).done();
    let registered = codes(&told)[0];
    gate.does(["field", "exchange"]).done();
    let beside = place.laptop("beside");
    beside.joins(&invited(&office, "pier")).done();
    beside.does(["field", "exchange"]).done();
    beside.does(["field", "check-out", "Ivanov", "--site", "pier"]).done();
    beside.does(["field", "exchange"]).done();
    gate.does(["field", "exchange"]).done();
    gate.does(["field", "undo", registered]).refused(1, &["another device recorded", "ask an organizer"]);
    beside.does(["field", "undo"]).done();
    beside.does(["field", "exchange"]).done();
    gate.does(["field", "exchange"]).done();
    gate.does(["field", "undo", registered]).done();
}

#[test]
fn a_code_that_is_a_name_as_well_is_asked_about() {
    let place = Place::new();
    let (_home, office) = organized(&place);
    let found = office.does(["field", "find", "MIRA"]).done();
    assert!(found.contains("Bob Ray") && found.contains("Mira Sale"), "{found}");
    let asked = office.does(["field", "check-in", "MIRA", "--site", "pier"]);
    asked.refused(3, &["`MIRA` can be 2 people", "Bob Ray", "Mira Sale"]);
    let line = asked.err.lines().find(|line| line.contains("Bob Ray")).unwrap();
    let id = line.split("[id ").nth(1).unwrap().trim_end_matches(']');
    assert!(office.does(["field", "check-in", id, "--site", "pier"]).done().contains("Bob Ray"));
    assert!(office.does(["field", "check-in", "A-2", "--site", "pier"]).done().contains("Mira Sale"));
}

#[test]
fn a_gate_sees_who_was_withdrawn() {
    let place = Place::new();
    let (_home, office) = organized(&place);
    office.does(["person", "edit", "A-1", "withdrawn", "moved away"]).done();
    let gate = gate_at(&place, &office, "pier");
    assert!(gate.does(["field", "find", "A-1"]).done().contains("[withdrawn: moved away]"));
    let told = gate.does(["field", "check-in", "A-1", "--site", "pier"]);
    assert!(told.err.contains("warning: A-1  Ann Lee: withdrawn: moved away"), "{}", told.err);
    told.done();
}

#[test]
fn a_text_without_a_letter_or_a_digit_finds_nobody() {
    let place = Place::new();
    let (_home, office) = organized(&place);
    for text in ["--", "…", " . "] {
        let found = office.does(["field", "find", "--", text]).done();
        assert!(found.starts_with("Nobody: ") && found.contains("no letter and no digit"), "{text}: {found}");
    }
}

#[test]
fn whoever_is_named_twice_took_part_once() {
    let place = Place::new();
    let (_home, office) = organized(&place);
    let deed = ["field", "deed", "A wall", "--site", "pier", "--by", "A-1", "A-2", "a-1"];
    let told = office.does(deed);
    assert!(told.err.contains("A-1  Ann Lee is named twice"), "{}", told.err);
    assert!(told.done().contains("Deed `A wall` by 2 "));
}

#[test]
fn another_invite_does_not_rename_a_device() {
    let place = Place::new();
    let (_home, office) = organized(&place);
    let gate = place.laptop("gate");
    let joins = |args: &[&str]| {
        let link = place.write("link.txt", invited(&office, "pier"));
        let args = [&["field", "join", "--link-file", link.to_str().unwrap()], args].concat();
        gate.does(args).done()
    };
    assert!(joins(&["--name", "North gate"]).contains("`North gate`"));
    gate.does(["field", "exchange"]).done();
    joins(&[]);
    gate.does(["field", "exchange"]).done();
    let devices = office.does(["device", "list"]).done();
    assert!(devices.contains("North gate"), "{devices}");
}

#[test]
fn a_gate_that_is_sent_elsewhere_is_read_by_those_who_stand_there_in_one_exchange() {
    let place = Place::new();
    let (_home, office) = organized(&place);
    let [pier, dune] = ["pier", "dune"].map(|site| gate_at(&place, &office, site));
    for _ in 0..2 {
        pier.does(["field", "check-in", "A-1", "--site", "pier"]).done();
        pier.does(["field", "exchange"]).done();
        dune.does(["field", "exchange"]).done();
    }
    let link = place.write("link.txt", invited(&office, "dune"));
    pier.does(["field", "join", "--yes", "--link-file", link.to_str().unwrap()]).done();
    pier.does(["field", "check-in", "A-2", "--site", "dune"]).done();
    pier.does(["field", "exchange"]).done();
    let met = dune.does(["field", "exchange"]);
    assert!(!met.err.contains("not taken over"), "{}", met.err);
    met.done();
    assert!(dune.does(["field", "find", "A-2"]).done().contains("[in at dune]"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_journal_that_may_not_be_written_says_so() {
    // Nobody makes a file there, whoever they are.
    let told = Place::new().saxaul(["field", "status", "--journal", "/sys/journal.db"]);
    told.refused(
        1,
        &["the journal /sys/journal.db cannot be written", "make it writable, or name a journal elsewhere"],
    );
}
