//! What leaves the house on paper and in files, through the built program.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use tests::binary::{Home, Laptop, Place, free_port};
use tests::paper::text;

const EVENT: &str = r#"{
    "name": {"kk": "Жаға; апталығы, №1", "ru": "Неделя берега", "en": "Shore week"}, "time_zone": "Asia/Aqtau",
    "days": [{"date": "2026-05-18", "opens": "08:00", "closes": "18:00"},
             {"date": "2026-05-19", "opens": "08:00", "closes": "18:00"}],
    "sites": [{"key": "pier", "name": {"en": "Pier"}}, {"key": "dune", "name": {"en": "Dune"}}],
    "shifts": [{"key": "early", "site": "pier", "date": "2026-05-18", "starts": "09:00", "ends": "12:00"},
               {"key": "late", "site": "pier", "date": "2026-05-18", "starts": "12:00", "ends": "15:00"}]
}"#;

/// Debian's DejaVu, which `.ci/setup test` installs: it has Georgian and Arabic, and no Chinese.
const DEJAVU: &str = "/usr/share/fonts/truetype/dejavu";

fn organizer<'a>(place: &'a Place, home: &mut Home, list: &str) -> Laptop<'a> {
    organizer_of(place, home, EVENT, list)
}

fn organizer_of<'a>(place: &'a Place, home: &mut Home, event: &str, list: &str) -> Laptop<'a> {
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    place.write("event.json", event);
    place.write("list.csv", list);
    organizer.does(["event", "create", "event.json"]).done();
    organizer.does(["import", "list.csv", "--issuer", "list", "--apply"]).done();
    organizer
}

#[test]
fn badges_leave_out_by_name_whose_letters_no_font_has_and_say_so_with_an_exit_code_of_their_own() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let list = "Код;ФИО\nGL-1;李 小明\nGL-2;ნინო ბერიძე\nGL-3;أحمد الكريم\nGL-4;Әбдірахманұлы Ғалымжан 🌿\n\
        GL-5;ကိုကို\nGL-6;Οδυσσέας Ελύτης\nGL-7;Қасымов Нұрлан\n";
    let organizer = organizer(&place, &mut home, list);
    let empty = place.path("no-fonts");
    std::fs::create_dir(&empty).unwrap();
    let empty = empty.to_str().unwrap();
    for (fonts, left_out) in
        [(empty, &["GL-1", "GL-2", "GL-3", "GL-4", "GL-5"][..]), (DEJAVU, &["GL-1", "GL-4", "GL-5"])]
    {
        let told = organizer.does(["report", "badges", "--lang", "kk", "--fonts", fonts, "--out", "badges.pdf"]);
        told.refused(5, &[&format!("{} left out", left_out.len())]);
        for code in (1..=7).map(|n| format!("GL-{n}")) {
            let named = told.err.contains(&format!("left out: {code} "));
            assert_eq!(named, left_out.contains(&code.as_str()), "{code}: {}", told.err);
        }
        assert!(std::fs::read(place.path("badges.pdf")).unwrap().starts_with(b"%PDF-"));
    }
    let alone = ["report", "badges", "--fonts", empty, "--person", "GL-1", "--out", "alone.pdf"];
    organizer.does(alone).refused(1, &["GL-1 李 小明: no font here has"]);
    assert!(!place.path("alone.pdf").exists(), "no empty sheet is written");
    let own = ["report", "badges", "--lang", "kk", "--fonts", empty, "--person", "GL-7", "--out", "own.pdf"];
    organizer.does(own).done();
}

#[test]
fn a_name_that_no_rule_spells_in_latin_letters_is_told_with_how_to_give_one() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let list = "Код;ФИО\nAR-1;أحمد الكريم\nAR-2;محمد صالح\nKZ-3;Қасымов Нұрлан\n";
    let organizer = organizer(&place, &mut home, list);
    for who in ["AR-1", "AR-2", "KZ-3"] {
        organizer.does(["hours", "grant", who, "--from", "2026-05-18T09:00", "--to", "2026-05-18T11:45"]).done();
    }
    let print = |what: &str, lang: &str| {
        let told = organizer.does(["report", what, "--lang", lang, "--fonts", DEJAVU, "--out", "paper.pdf"]);
        assert_eq!(told.code, Some(0), "{told:?}");
        told.err
    };
    for what in ["badges", "letters"] {
        let told = print(what, "en");
        for said in ["AR-1 أحمد الكريم", "AR-2 محمد صالح", "no rule spells this name in Latin letters"]
        {
            assert!(told.contains(said), "{what}: {said}: {told}");
        }
        assert!(!told.contains("KZ-3"), "{what}: {told}");
        assert!(told.contains("saxaul person edit AR-"), "{what}: {told}");
        assert!(!print(what, "kk").contains("Latin"), "{what}");
    }
    organizer.does(["person", "edit", "AR-1", "names", "أحمد الكريم; Ahmad Al-Karim"]).done();
    let shown = organizer.does(["person", "show", "AR-1"]).done();
    assert!(shown.contains("names: أحمد الكريم; Ahmad Al-Karim"), "{shown}");
    let told = print("letters", "en");
    assert!(!told.contains("AR-1") && told.contains("AR-2"), "{told}");
}

#[test]
fn granted_time_names_its_site_on_letters_and_in_attendance_and_a_dash_stands_where_no_site_was_named() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let organizer = organizer(&place, &mut home, "Код;ФИО\nA-1;Ким Анна\n");
    let hours = "Код;Дата;С;По;Место\nA-1;18.05.2026;9:00;10:00;dune\nA-1;18.05.2026;11:00;12:00;pier\n\
        A-1;19.05.2026;9:00;10:00;\n";
    place.write("hours.csv", hours);
    organizer.does(["hours", "grant", "--list", "hours.csv"]).done();
    let attendance = organizer.does(["report", "attendance"]).done();
    let sites: Vec<&str> = attendance.lines().skip(1).filter_map(|line| line.split(',').nth(4)).collect();
    assert_eq!(sites, ["dune", "pier", ""], "{attendance}");
    organizer.does(["report", "letters", "--lang", "en", "--out", "letters.pdf"]).done();
    let text = text(&std::fs::read(place.path("letters.pdf")).unwrap());
    let rows: Vec<String> = text
        .lines()
        .filter(|line| line.contains(".05.2026 "))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert!(rows.iter().any(|row| row == "18.05.2026 Dune, Pier 2 h 00 min"), "{rows:?}");
    assert!(rows.iter().any(|row| row == "19.05.2026 — 1 h 00 min"), "{rows:?}");
}

#[test]
fn tables_for_people_open_in_excel_and_hold_numbers() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let list = "Код;ФИО;Год рождения\nA-1;Әбдірахманова Гүлнара;1990\nA-2;Ким; Анна;\nA-3;\"Ann;=1+1\";2001\n";
    let list = list.replace("Ким; Анна", "\"Ким; Анна\"");
    let organizer = organizer(&place, &mut home, &list);
    organizer.does(["hours", "grant", "A-1", "--from", "2026-05-18T09:00", "--to", "2026-05-18T11:45"]).done();
    for (what, lang, begins, holds) in [
        ("people", "ru", "\u{feff}Код;ФИО;Телефон;", "A-1;Әбдірахманова Гүлнара;;;;1990;;список;;2:45;9900"),
        ("people", "kk", "\u{feff}Код;Аты-жөні;Телефон;", "A-3;\"Ann;'=1+1\";;;;2001;;тізім;;0:00;0"),
        (
            "hours",
            "ru",
            "\u{feff}Код;ФИО;Организация;Дата;Отмечено;\"Отмечено, с\"",
            ";2026-05-18;0:00;0;0:00;0;2:45;9900;2:45;9900;",
        ),
        ("hours", "kk", "\u{feff}Код;Аты-жөні;", ";2:45;9900;2:45;9900;"),
        ("hours", "en", "\u{feff}Code,Name,", ",2:45,9900,2:45,9900,"),
        ("attendance", "ru", "\u{feff}Код;ФИО;", ";2:45;9900;вручную;да;"),
    ] {
        let file = format!("{what}-{lang}.csv");
        organizer.does(["report", what, "--format", "csv", "--lang", lang, "--out", &file]).done();
        let text = std::fs::read_to_string(place.path(&file)).unwrap();
        let begins = begins.replace("\"Отмечено, с\"", "Отмечено, с");
        assert!(text.starts_with(&begins) && text.contains(holds), "{what} in {lang}: {text}");
    }
    for (what, number, span) in [("people", Some(1990.0), true), ("hours", None, true), ("totals", Some(0.0), true)] {
        let file = format!("{what}.xlsx");
        organizer.does(["report", what, "--format", "xlsx", "--lang", "ru", "--out", &file]).done();
        let mut workbook = Xlsx::new(Cursor::new(std::fs::read(place.path(&file)).unwrap())).unwrap();
        let sheet = workbook.worksheet_range_at(0).unwrap().unwrap();
        let cells = || sheet.rows().skip(1).flatten();
        assert!(number.is_none_or(|number| cells().any(|cell| *cell == Data::Float(number))), "{what}");
        let is_span = |cell: &Data| matches!(cell, Data::DateTime(span) if span.is_duration() && span.as_f64() > 0.0);
        assert_eq!(cells().any(is_span), span, "{what}");
        let numeric_text = |cell: &&Data| matches!(cell, Data::String(text) if text.parse::<f64>().is_ok());
        assert_eq!(cells().find(numeric_text), None, "{what}");
    }
}

/// One entry of a calendar.
#[derive(Debug)]
struct Entry {
    uid: String,
    sequence: u32,
    modified: String,
    stamp: String,
    cancelled: bool,
}

fn calendar(organizer: &Laptop<'_>, place: &Place) -> Vec<Entry> {
    organizer.does(["report", "calendar", "--lang", "kk", "--out", "shifts.ics"]).done();
    let text = std::fs::read_to_string(place.path("shifts.ics")).unwrap().replace("\r\n ", "");
    let entries = text.split("BEGIN:VEVENT").skip(1).map(|entry| {
        let field = |name: &str| {
            let line = entry.lines().find_map(|line| line.strip_prefix(&format!("{name}:")));
            line.unwrap_or_else(|| panic!("no {name}: {text}")).to_owned()
        };
        Entry {
            uid: field("UID").split('@').next().unwrap().to_owned(),
            sequence: field("SEQUENCE").parse().unwrap(),
            modified: field("LAST-MODIFIED"),
            stamp: field("DTSTAMP"),
            cancelled: entry.contains("STATUS:CANCELLED"),
        }
    });
    entries.collect()
}

#[test]
fn a_calendar_counts_every_change_and_cancels_what_was_taken_off() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let organizer = organizer_of(&place, &mut home, &EVENT.replace("2026-", "2096-"), "Код;ФИО\nA-1;Аида\n");
    let mut before = calendar(&organizer, &place);
    assert_eq!(before.len(), 4, "{before:?}");
    assert!(before.iter().all(|entry| !entry.cancelled));
    for (edit, changed, cancelled) in [
        (
            r#"{"shifts": [{"key": "early", "site": "pier", "date": "2096-05-18", "starts": "10:00", "ends": "12:00"}]}"#,
            &["shift-early"][..],
            &[][..],
        ),
        (r#"{"sites": [{"key": "pier", "name": {"en": "Old pier"}}]}"#, &["shift-early", "shift-late"], &[]),
        (
            r#"{"shifts": [{"key": "early", "site": "dune", "date": "2096-05-18", "starts": "10:00", "ends": "12:00"}]}"#,
            &["shift-early"],
            &[],
        ),
        (r#"{"sites": [{"key": "dune", "name": {"en": "White dune"}}]}"#, &["shift-early"], &[]),
        (r#"{"days": [{"date": "2096-05-19", "opens": "07:00", "closes": "18:00"}]}"#, &["day-46160"], &[]),
        (r#"{"remove": {"shifts": ["late"]}}"#, &["shift-late"], &["shift-late"]),
        (
            r#"{"shifts": [{"key": "late", "site": "pier", "date": "2096-05-18", "starts": "12:00", "ends": "16:00"}]}"#,
            &["shift-late"],
            &[],
        ),
        (r#"{"remove": {"days": ["2096-05-19"]}}"#, &["day-46160"], &["day-46160"]),
    ] {
        place.write("edit.json", edit);
        organizer.does(["event", "edit", "edit.json"]).done();
        let now = calendar(&organizer, &place);
        for entry in &now {
            let old = before.iter().find(|old| old.uid == entry.uid).unwrap();
            let is_changed = changed.contains(&entry.uid.as_str());
            assert_eq!(entry.sequence > old.sequence, is_changed, "{edit}: {old:?} {entry:?}");
            assert_eq!(entry.modified > old.modified, is_changed, "{edit}: {old:?} {entry:?}");
            assert!(entry.stamp >= old.stamp && entry.stamp == entry.modified, "{edit}: {old:?} {entry:?}");
            assert_eq!(entry.cancelled, cancelled.contains(&entry.uid.as_str()), "{edit}: {entry:?}");
        }
        assert_eq!(now.len(), before.len(), "{edit}: nothing goes without a word");
        before = now;
    }
    let written = std::fs::read_to_string(place.path("shifts.ics")).unwrap();
    assert!(written.contains("\r\nNAME:Жаға\\; апталығы\\, №1\r\n"), "{written}");
}

#[test]
fn what_is_taken_off_the_plan_of_an_event_that_is_over_just_goes() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let past = EVENT.replace("2026-", "2016-");
    let organizer = organizer_of(&place, &mut home, &past, "Код;ФИО\nA-1;Аида\n");
    assert_eq!(calendar(&organizer, &place).len(), 4);
    place.write("edit.json", r#"{"remove": {"shifts": ["late"]}}"#);
    organizer.does(["event", "edit", "edit.json"]).done();
    let left = calendar(&organizer, &place);
    assert!(left.len() == 3 && left.iter().all(|entry| !entry.cancelled), "{left:?}");
}

#[test]
fn an_events_name_adds_no_lines_to_its_calendar() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let organizer = organizer(&place, &mut home, "Код;ФИО\nA-1;Аида\n");
    for name in ["Ev\\nX-INJ:1\\r\\nBEGIN:VALARM", "a\\rX-INJ:1", "\\u0007\\u001bX-INJ:1"] {
        place.write("edit.json", format!(r#"{{"name": {{"kk": "{name}"}}}}"#));
        organizer.does(["event", "edit", "edit.json"]).refused(3, &["name", "invisible control characters"]);
    }
    for name in ["x; y, z \\\\n", "X-INJ:1"] {
        place.write("edit.json", format!(r#"{{"name": {{"kk": "{name}", "ru": "{name}", "en": "{name}"}}}}"#));
        organizer.does(["event", "edit", "edit.json"]).done();
        organizer.does(["report", "calendar", "--out", "shifts.ics"]).done();
        let text = std::fs::read_to_string(place.path("shifts.ics")).unwrap();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert!(!lines.iter().any(|line| line.starts_with("X-INJ") || line.starts_with("BEGIN:VALARM")), "{text:?}");
        assert!(!lines.iter().any(|line| line.contains(['\r', '\n', '\u{7}', '\u{1b}'])), "{text:?}");
        assert_eq!(lines.iter().filter(|line| line.starts_with("NAME:")).count(), 1, "{text}");
    }
}
