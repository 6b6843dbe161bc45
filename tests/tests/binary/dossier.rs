//! «Волонтёр года» at a command line: a dossier says how to ask again, and whoever does is answered the same.

use serde_json::Value;
use tests::binary::{Home, Laptop, Place, free_port};

const EVENT: &str = r#"{
    "name": {"kk": "Жаға", "en": "Shore week"}, "time_zone": "Asia/Aqtau",
    "days": [{"date": "2026-05-18", "opens": "08:00", "closes": "18:00"}], "sites": [{"key": "pier"}]
}"#;
const LIST: &str = "Код;Фамилия;Имя\nA-1;Әбдірахманова;Гүлнара\nA-2;Сейтқали;Нұрлан\nA-3;Ким;Анна\n";

fn codes(dossier: &str) -> Vec<String> {
    let dossier: Value = serde_json::from_str(dossier).unwrap();
    let nominees = dossier["nominees"].as_array().unwrap().iter();
    nominees.map(|one| one["external_ids"][0]["value"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn two_events_make_one_dossier_and_its_own_words_ask_it_again() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    place.write("list.csv", LIST);
    place.write("event.json", EVENT);
    let mut events = Vec::new();
    for _ in 0..2 {
        let created = organizer.does(["event", "create", "event.json", "--again"]).done();
        let event = created.split_whitespace().next().unwrap().to_owned();
        organizer.does(["import", "list.csv", "--issuer", "register", "--apply", "--event", &event]).done();
        events.push(event);
    }
    for (event, who, hours) in [
        (0, "A-1", ["09:00", "12:00"]),
        (1, "A-1", ["09:00", "11:00"]),
        (0, "A-2", ["09:00", "13:00"]),
        (1, "A-3", ["09:00", "09:30"]),
    ] {
        grant(&organizer, &events[event], who, hours);
    }
    let both = organizer.does(["report", "dossier", "--at-least-hours", "1"]).done();
    assert_eq!(codes(&both), ["A-1", "A-2"], "five hours in two events are more than four in one: {both}");
    let first = organizer.does(["report", "dossier", &events[0], "--most", "1"]).done();
    assert_eq!(codes(&first), ["A-2"]);

    organizer.does(["report", "publish", "--event", &events[0]]).done();
    let args = ["report", "dossier", &events[0], "--revision", "1", "--from", "2026-05-18", "--format", "xlsx"];
    organizer.does([&args[..], &["--out", "one.xlsx"]].concat()).done();
    // What came later changes nothing of what was published, and the dossier's own words ask for that.
    grant(&organizer, &events[0], "A-3", ["08:00", "18:00"]);
    let colleague = place.laptop("colleague");
    let invite = organizer.does(["invite", "--role", "organizer", "--event", &events[0]]).done();
    colleague.joins(invite.lines().next().unwrap()).done();
    colleague.does(["field", "exchange", "--event", &events[0]]).done();
    let words = asked_by(&place.path("one.xlsx"));
    assert!(words.contains("--revision 1"), "{words}");
    let mut again: Vec<&str> = words.split(' ').skip(1).collect();
    again.extend(["--format", "xlsx", "--out", "two.xlsx"]);
    colleague.does(again).done();
    let [one, two] = ["one.xlsx", "two.xlsx"].map(|name| std::fs::read(place.path(name)).unwrap());
    assert!(one == two, "the same question is answered the same");

    let pdf = organizer.does(["report", "dossier", "--format", "pdf", "--lang", "kk", "--out", "dossier.pdf"]);
    assert_eq!(pdf.done(), "");
    assert!(std::fs::read(place.path("dossier.pdf")).unwrap().starts_with(b"%PDF-"));
    organizer.does(["report", "dossier", "--revision", "1"]).refused(3, &["--revision is of one event"]);
    organizer.does(["report", "dossier", &events[1], "--published"]).refused(3, &["no such report was published"]);
    organizer.does(["report", "dossier", "--format", "csv"]).refused(1, &["written as json, xlsx or pdf"]);
    drop(home);
}

fn grant(organizer: &Laptop<'_>, event: &str, who: &str, hours: [&str; 2]) {
    let [from, to] = hours.map(|hour| format!("2026-05-18T{hour}"));
    organizer.does(["hours", "grant", who, "--from", &from, "--to", &to, "--event", event]).done();
}

/// The command that stands on the sheet of the query.
fn asked_by(path: &std::path::Path) -> String {
    use calamine::Reader;
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(path).unwrap();
    let sheet = workbook.worksheet_range("Query").unwrap();
    let texts = sheet.rows().map(|row| row[1].to_string());
    texts.filter(|text| text.starts_with("saxaul ")).collect()
}
