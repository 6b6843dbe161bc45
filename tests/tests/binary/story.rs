//! The first day with Saxaul, as the README tells it: one server, an organizer's laptop, a laptop at a gate.

use tests::binary::{Home, Place, free_port};

/// An event that is going on right now, in a zone where it is about noon: its day does not end while the test runs.
pub fn event_of_today() -> (String, String) {
    let now = jiff::Timestamp::now();
    let east = 12 - i64::from(now.to_zoned(jiff::tz::TimeZone::UTC).hour());
    // POSIX counts to the west.
    let zone = if east == 0 { "Etc/UTC".to_owned() } else { format!("Etc/GMT{:+}", -east) };
    let today = now.in_tz(&zone).unwrap().date().to_string();
    let event = serde_json::json!({
        "name": {"kk": "Жағалау күні", "ru": "День берега", "en": "Shore day"}, "time_zone": zone,
        "days": [{"date": today, "opens": "00:00", "closes": "24:00"}],
        "sites": [{"key": "pier", "name": {"en": "The pier"}}, {"key": "dune"}],
    });
    (event.to_string(), today)
}

const LIST: &str = "\u{feff}Код;Фамилия;Имя;Телефон;Организация;Год рождения\n\
    A-1;Әбдірахманова;Гүлнара;+7 701 555 01 02;Таза;1990\n\
    A-2;Сейтқали;Нұрлан;+7 701 555 03 04;Таза;1985\n\
    A-3;Чернова;Светлана;+7 701 555 05 06;Birgemiz;2001\n";

#[test]
fn a_day_from_the_first_start_to_the_last_report() {
    let place = Place::new();
    let data = place.path("data");
    let port = free_port();
    let mut home = Home::start(&place, &data, port);
    let invite = home.first_invite();

    // The organizer joins with the printed link, creates the event and reads the list in.
    let organizer = place.laptop("organizer");
    assert!(organizer.joins(&invite).done().contains("This device is in, as `organizer`"));
    let (event, today) = event_of_today();
    place.write("event.json", event);
    let created = organizer.does(["event", "create", "event.json"]).done();
    assert!(created.contains("Shore day"), "{created}");
    place.write("front-office.csv", LIST);
    let planned = organizer.does(["import", "front-office.csv", "--issuer", "front-office"]).done();
    assert!(
        planned.contains("front-office.csv: 3 to add, 0 to update, 0 unchanged, 0 conflicts, 0 refused"),
        "{planned}"
    );
    assert!(planned.contains("Nothing was written"), "{planned}");
    let applied = organizer.does(["import", "front-office.csv", "--issuer", "front-office", "--apply"]).done();
    assert!(applied.contains("3 changes written, and durable at home"), "{applied}");
    let again = organizer.does(["import", "front-office.csv", "--issuer", "front-office", "--apply"]).done();
    assert!(again.contains("0 to add, 0 to update, 3 unchanged"), "{again}");
    let listed = organizer.does(["event", "list"]).done();
    assert!(listed.contains("Shore day  (3 people, 2 sites)"), "{listed}");

    // A marker's laptop joins, and reads the list.
    let link = organizer.does(["invite", "--role", "marker"]).done().lines().next().unwrap().to_owned();
    let gate = place.laptop("gate");
    assert!(gate.joins(&link).done().contains("Next: saxaul field exchange"));
    assert!(gate.does(["field", "exchange"]).done().contains("Everything recorded here is confirmed at home."));

    // From here on the gate has no network.
    assert!(home.stop().done().contains("Stopped. Everything that was answered is on disk."));
    for spelling in ["Абдирахманова", "gulnara abdirakhmanova", "Ábdirahmanova", "A-1", "5550102"] {
        let found = gate.does(["field", "find", spelling]).done();
        assert!(found.starts_with("A-1 ") && found.lines().count() == 1, "{spelling}: {found}");
    }
    let came = gate.does(["field", "check-in", "Абдирахманова", "--site", "pier"]).done();
    assert!(came.contains("A-1  Әбдірахманова Гүлнара: checked in at pier"), "{came}");
    assert!(came.ends_with("Saved on this device.\n"), "{came}");
    assert!(gate.does(["field", "find", "A-1"]).done().contains("[in at pier]"));
    let mistake = gate.does(["field", "check-in", "A-3", "--site", "pier"]).done();
    assert!(mistake.contains("A-3  Чернова Светлана: checked in"), "{mistake}");
    let undone = gate.does(["field", "undo"]).done();
    assert!(undone.contains("Check-in of A-3  Чернова Светлана at pier") && undone.contains("taken back"), "{undone}");
    let undone = gate.does(["field", "undo"]).done();
    assert!(undone.contains("Check-in of A-1"), "an undo after an undo takes back what was before: {undone}");
    gate.does(["field", "check-in", "A-1", "--site", "pier"]).done();
    assert!(!gate.does(["field", "find", "A-3"]).done().contains("[in at pier]"));
    let walk_in =
        gate.does(["field", "walk-in", "Петров", "Пётр", "--phone", "+7 700 111 22 33", "--site", "dune"]).done();
    assert!(walk_in.contains("Петров Пётр: registered and checked in at dune"), "{walk_in}");
    let gone = gate.does(["field", "check-out", "A-1", "--site", "dune"]).done();
    assert!(gone.contains("checked out at dune"), "{gone}");
    let status = gate.does(["field", "status"]).done();
    assert!(status.contains("People   3 on the roster") && status.contains("(marker)"), "{status}");
    assert!(status.contains("8 records are saved on this device only."), "{status}");
    gate.does(["field", "exchange"]).refused(4, &["Nothing is lost. Try again when there is a network."]);

    // The network is back. The server has everything, and invites nobody by itself any more.
    let home = Home::start(&place, &data, port);
    let met = gate.does(["field", "exchange"]).done();
    assert!(met.contains("Shore day") && met.contains("Everything recorded here is confirmed at home."), "{met}");

    let hours = organizer.does(["report", "hours"]).done();
    assert!(
        hours.starts_with("subjects,name,organisation,date,observed_s,imputed_s,manual_s,verified_s,warnings\r\n"),
        "{hours}"
    );
    assert_eq!(hours.lines().count(), 3, "the volunteer and the walk-in, not the mistake: {hours}");
    let row: Vec<&str> = hours.lines().find(|row| row.starts_with("A-1,")).unwrap().split(',').collect();
    assert_eq!((row[3], row[5], row[6], row[8]), (today.as_str(), "0", "0", ""), "{hours}");
    assert!(row[4].parse::<u64>().unwrap() < 600 && row[4] == row[7], "{hours}");
    let totals: serde_json::Value =
        serde_json::from_str(&organizer.does(["report", "totals", "--format", "json"]).done()).unwrap();
    assert_eq!((&totals["attended"], &totals["manual_s"]), (&2.into(), &0.into()), "{totals}");
    assert!(totals["imputed_s"].as_u64().unwrap() > 3600, "the walk-in stays until closing: {totals}");
    let as_rows = organizer.does(["report", "totals"]).done();
    assert!(as_rows.starts_with("figure,value\r\nattended,2\r\n"), "{as_rows}");
    let people: Vec<serde_json::Value> =
        serde_json::from_str(&organizer.does(["report", "people", "--format", "json"]).done()).unwrap();
    let names: Vec<&str> = people.iter().map(|person| person["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 4);
    assert!(names.contains(&"Петров Пётр") && names.contains(&"Чернова Светлана"), "{names:?}");
    let told = organizer.does(["report", "hours", "--format", "xlsx", "--lang", "kk", "--out", "hours.xlsx"]);
    assert_eq!(told.done(), "");
    assert!(std::fs::read(place.path("hours.xlsx")).unwrap().starts_with(b"PK"));
    let people = organizer.does(["report", "people"]).done();
    assert!(people.contains("A-2,Сейтқали Нұрлан,+7 701 555 03 04,Таза,,1985,,roster,,0\r\n"), "{people}");
    let json_hours: Vec<serde_json::Value> =
        serde_json::from_str(&organizer.does(["report", "hours", "--format", "json"]).done()).unwrap();
    assert!(json_hours.iter().any(|row| row["subjects"] == "A-1" && row["date"] == today.as_str()), "{json_hours:?}");
    assert_eq!(organizer.does(["report", "conflicts"]).done(), "person,field,values\r\n");
    assert_eq!(organizer.does(["report", "conflicts", "--format", "json"]).done(), "[]\n");

    // Both laptops now say the same, with and without a network.
    let at_gate = gate.does(["report", "hours", "--offline"]).done();
    assert_eq!(at_gate, organizer.does(["report", "hours"]).done());
    let stopped = home.stop();
    assert!(!stopped.out.contains("/join#"), "a second invite was printed:\n{}", stopped.out);
    assert!(stopped.done().contains("Everything that was answered is on disk."));
    let unreached = organizer.does(["report", "hours"]);
    assert!(unreached.err.contains("note: cannot reach"), "{}", unreached.err);
    assert_eq!(unreached.done(), at_gate);
}
