//! Lists of thousands, on a server of little memory.

use tests::binary::{Home, Place, free_port};

/// So much more than it holds of what was there may a server take to let in a list.
const MARGIN_KIB: u64 = 96 << 10;

const EVENT: &str = r#"{"name": {"en": "Shore day"}, "time_zone": "Asia/Aqtau", "sites": [{"key": "north"}],
    "days": [{"date": "2026-09-19", "opens": "09:00", "closes": "18:00"}]}"#;

/// People of an office, whose codes say so.
fn list(office: &str, people: u32) -> String {
    let row = |at: u32| format!("{office}-{at},Person {at} of the office {office},+7701{at:07},Organisation {at}\n");
    let rows: String = (0..people).map(row).collect();
    format!("Code,Name,Phone,Organisation\n{rows}")
}

#[test]
fn a_long_list_comes_into_an_event_that_was_read_from_its_snapshot_without_taking_much_memory() {
    let place = Place::new();
    let (directory, port) = (place.path("data"), free_port());
    let mut home = Home::start_with(&place, &directory, port, &["--snapshot-items", "5"]);
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    place.write("event.json", EVENT);
    organizer.does(["event", "create", "event.json"]).done();
    for (office, people) in [("east", 8000), ("west", 2000)] {
        place.write(&format!("{office}.csv"), list(office, people));
    }
    organizer.does(["import", "east.csv", "--issuer", "east", "--apply"]).done();
    home.stop().done();

    let home = Home::start_with(&place, &directory, port, &[]);
    organizer.does(["field", "exchange"]).done();
    let (before, _) = home.memory_kib();
    home.forgets_its_peak();
    organizer.does(["import", "west.csv", "--issuer", "west", "--apply"]).done();
    let (_, peak) = home.memory_kib();
    assert!(peak < before + MARGIN_KIB, "{peak} KiB at most, {before} KiB before");
    assert_eq!(
        organizer.does(["report", "people"]).done().lines().filter(|line| line.contains("Person ")).count(),
        10_000
    );
}
