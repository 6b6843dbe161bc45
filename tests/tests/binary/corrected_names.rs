//! What letters print of people is published with the hours: a correction comes into letters with the next number.

use serde_json::Value;
use tests::binary::{Home, Laptop, Place, free_port};
use tests::paper::{codes, text};

const EVENT: &str = r#"{
    "name": {"ru": "Неделя берега", "en": "Shore week"}, "time_zone": "Asia/Aqtau",
    "days": [{"date": "2026-05-18", "opens": "08:00", "closes": "18:00"}], "sites": [{"key": "pier"}]
}"#;

struct Office<'a> {
    place: &'a Place,
    organizer: Laptop<'a>,
}

impl<'a> Office<'a> {
    /// Everybody on the list has an hour at the pier, and v1 is published.
    fn of_v1(place: &'a Place, home: &mut Home, list: &str) -> Self {
        let organizer = place.laptop("organizer");
        organizer.joins(&home.first_invite()).done();
        place.write("event.json", EVENT);
        place.write("list.csv", list);
        organizer.does(["event", "create", "event.json"]).done();
        organizer.does(["import", "list.csv", "--issuer", "list", "--apply"]).done();
        let codes = list.lines().skip(1).filter_map(|line| line.split(';').next());
        let hours: String = codes.map(|code| format!("{code};18.05.2026;9:00;10:00;pier\n")).collect();
        place.write("hours.csv", format!("Код;Дата;С;По;Место\n{hours}"));
        organizer.does(["hours", "grant", "--list", "hours.csv"]).done();
        organizer.does(["report", "publish"]).done();
        Self { place, organizer }
    }

    /// The pages of all letters, and what was told beside them.
    fn letters(&self, lang: &str) -> (Vec<u8>, String) {
        let told = self.organizer.does(["report", "letters", "--lang", lang, "--out", "letters.pdf"]);
        assert!(matches!(told.code, Some(0 | 5)), "{told:?}");
        (std::fs::read(self.place.path("letters.pdf")).unwrap(), told.err)
    }

    fn does<const N: usize>(&self, arguments: [&str; N]) -> String {
        self.organizer.does(arguments).done()
    }
}

#[test]
fn a_corrected_name_is_told_until_the_next_number_prints_it_and_the_earlier_number_keeps_the_old_one() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let office = Office::of_v1(&place, &mut home, "Код;ФИО\nA-1;Ким Олег\nA-2;Бекова Сауле\n");
    let (first, told) = office.letters("ru");
    assert!(text(&first).contains("Ким Олег") && told.is_empty(), "{told}");

    office.does(["person", "edit", "A-1", "names", "Кимов Олег"]);
    let (still_first, told) = office.letters("ru");
    assert!(text(&still_first).contains("Ким Олег") && !text(&still_first).contains("Кимов"));
    assert!(told.contains("corrected since v1: A-1: names Ким Олег → Кимов Олег"), "{told}");
    assert!(told.contains("saxaul report publish"), "{told}");
    let diff = office.does(["report", "diff"]);
    assert!(diff.contains("A-1,,,,Ким Олег,Кимов Олег,names"), "{diff}");
    assert_eq!(office.does(["report", "publish"]), "v2: +0 people, +0.0 h, 1 name changed\n");
    office.organizer.does(["report", "publish"]).refused(3, &["v2 says the same"]);
    let (second, told) = office.letters("ru");
    assert!(text(&second).contains("Кимов Олег") && told.is_empty(), "{told}");

    // Whoever holds the earlier letter is told what it says, and that there is a newer one.
    let wire = home.wire();
    let says = |pdf: &[u8]| -> Vec<Value> {
        let answers = codes(pdf).into_iter().map(|code| {
            let (_, path) = code.split_once("/letter/").unwrap();
            serde_json::from_slice(&wire.get(&format!("/v1/letters/{path}"), &[]).body).unwrap()
        });
        answers.collect()
    };
    let names_and_standing = |pdf: &[u8]| {
        let said = says(pdf).into_iter().map(|said| format!("{} {}", said["name"], said["standing"]));
        said.collect::<Vec<String>>()
    };
    assert_eq!(names_and_standing(&first), ["\"Бекова Сауле\" \"superseded\"", "\"Ким Олег\" \"superseded\""]);
    assert_eq!(names_and_standing(&second), ["\"Бекова Сауле\" \"stands\"", "\"Кимов Олег\" \"stands\""]);

    // An erased person has no name in any published report, nor in what is compared of two.
    office.does(["person", "erase", "A-1", "--yes"]);
    let compared = office.organizer.does(["report", "diff", "1", "2"]);
    assert!(!compared.out.contains("Олег") && !compared.err.contains("Олег"), "{compared:?}");
    assert!(!text(&office.letters("ru").0).contains("Олег"));
}

#[test]
fn every_text_of_a_letter_that_changed_can_be_published() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let office = Office::of_v1(&place, &mut home, "Код;ФИО\nA-1;Ким Олег\n");
    place.write("site.json", r#"{"sites": [{"key": "pier", "name": {"ru": "Причал"}}]}"#);
    place.write("name.json", r#"{"name": {"ru": "Месяц берега", "en": "Shore month"}}"#);
    place.write("list2.csv", "Код;ФИО\nA-1;Ким Олег Петрович\n");
    let import: &[&str] = &["import", "list2.csv", "--issuer", "list", "--apply"];
    for (number, (write, row, printed)) in (2..).zip([
        (&["event", "edit", "site.json"] as &[&str], ",,,,,Причал,site_name pier", "Причал"),
        (
            &["event", "edit", "name.json"],
            ",,,,Неделя берега / Shore week,Месяц берега / Shore month,event_name",
            "Месяц берега",
        ),
        (import, "A-1,,,,Ким Олег,Ким Олег Петрович,names", "Ким Олег Петрович"),
    ]) {
        office.organizer.does(write).done();
        let diff = office.does(["report", "diff"]);
        assert!(diff.contains(row), "{write:?}: {diff}");
        let published = office.does(["report", "publish"]);
        assert!(published.starts_with(&format!("v{number}: +0 people, +0.0 h, 1 ")), "{write:?}: {published}");
        assert!(text(&office.letters("ru").0).contains(printed), "{write:?}");
    }
}

#[test]
fn what_letters_advise_to_do_about_a_name_is_enough() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let office = Office::of_v1(&place, &mut home, "Код;ФИО\nG-8;محمد الكريم\nG-14;Ким Анна 🌿\nG-1;Ким Олег\n");
    let (_, told) = office.letters("en");
    let advice = "saxaul person edit G-8 names \"محمد الكريم; NAME IN LATIN LETTERS\", then saxaul report publish";
    assert!(told.contains(advice), "{told}");
    assert!(told.contains("left out: G-14 ") && told.contains("add a spelling, then saxaul report publish"), "{told}");
    office.does(["person", "edit", "G-8", "names", "محمد الكريم; Mohammed Al-Karim"]);
    office.does(["person", "edit", "G-14", "names", "Ким Анна"]);
    assert_eq!(office.does(["report", "publish"]), "v2: +0 people, +0.0 h, 2 names changed\n");
    let (pages, told) = office.letters("en");
    assert_eq!(told, "");
    for name in ["Mohammed Al-Karim", "Kim Anna", "Kim Oleg"] {
        assert!(text(&pages).contains(name), "{name}");
    }
}
