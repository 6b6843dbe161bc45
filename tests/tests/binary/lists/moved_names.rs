//! Lists that were sent again with corrected names or exchanged codes: nobody becomes two.

use tests::binary::Place;

use super::{open, says};

#[test]
fn a_name_that_is_corrected_in_a_list_without_codes_is_asked_about_where_telephone_or_year_are_the_same() {
    let place = Place::new();
    let office = open(&place);
    let header = "ФИО;Телефон;Год рождения\n";
    let list = |rows: &[&str]| format!("{header}{}\n", rows.join("\n"));
    let imports = |rows: &[&str], more: &[&str]| {
        office.imports(&place.write("list.csv", list(rows)), "front", &[&["--apply"], more].concat())
    };
    let first = [
        "Ковалёв Степан;87015550001;",
        "Черных София Алексеевна;87015550002;1990",
        "Әбенов Қанат;87015550003;",
        "Тулегенова Айжан;;1985",
        "Ким Ирина;87015550005;1970",
        "Цой Ян;87015550006;",
    ];
    imports(&first, &[]).done();
    // A slip, a marriage, an initial, a slip where there is a year alone; a child with the mother's number; the same again.
    let second = [
        "Ковалев Степна;87015550001;",
        "Мельникова София Алексеевна;87015550002;1990",
        "Әбенов Қ.;87015550003;",
        "Тулегеова Айжан;;1985",
        "Ким Артур;87015550005;2008",
        "Цой Ян;87015550006;",
    ];
    let told = imports(&second, &[]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(&told.out, &["1 to add", "4 to decide", "Ковалёв Степан is known, with the same phone number"]);
    says(&told.out, &["Черных София Алексеевна is known, with the same phone number and year of birth"]);
    says(&told.out, &["Тулегенова Айжан is known, with the same year of birth"]);
    let same = ["--same", "line:2", "--same", "line:3", "--same", "line:4", "--same", "line:5"];
    imports(&second, &same).done();
    let people = office.laptop.does(["report", "people", "--format", "csv", "--lang", "en"]).done();
    assert_eq!(people.lines().count() - 1, 7, "{people}");
    says(&people, &["Мельникова", "Ким", "Артур"]);
    // Who is in the list under the old name still is not whom another row means.
    let third = ["Ким Ирина;87015550005;1970", "Ким Ирена;87015550005;1970"];
    let told = imports(&third, &[]);
    assert!(!told.out.contains("to decide") && told.out.contains("1 to add"), "{}", told.out);
}

#[test]
fn codes_that_two_people_exchanged_take_their_hours_with_them() {
    let place = Place::new();
    let office = open(&place);
    let lists = |rows: &str, more: &[&str]| {
        office.imports(&place.write("list.csv", rows), "front", &[&["--apply"], more].concat())
    };
    lists("Код;ФИО\n1;Ким Анна\n2;Пак Ира\n3;Цой Ян\n", &[]).done();
    office
        .laptop
        .does(["hours", "grant", "1", "--from", "2026-05-18T09:00", "--to", "2026-05-18T11:00", "--reason", "list"])
        .done();
    let moved = "Код;ФИО\n1;Пак Ира\n2;Ким Анна\n3;Цой Ян\n";
    says(&lists(moved, &[]).out, &["2 to decide", "whose code was 2"]);
    lists(moved, &["--other", "1", "--other", "2"]).done();
    let people = office.laptop.does(["report", "people", "--format", "csv", "--lang", "en"]).done();
    assert_eq!(people.lines().count() - 1, 3, "nobody became two: {people}");
    says(&lists(moved, &[]).done(), &["0 to add, 0 to update, 3 unchanged"]);
    says(&office.laptop.does(["person", "show", "1"]).done(), &["Пак Ира"]);
    says(&office.laptop.does(["person", "show", "2"]).done(), &["Ким Анна"]);
    let hours = office.laptop.does(["report", "hours", "--format", "csv", "--lang", "en"]).done();
    let row = hours.lines().find(|line| line.contains("Анна")).unwrap();
    assert!(row.contains("7200"), "the hours stay with whoever did them: {hours}");

    // One of the two is decided alone: the other is found again by name.
    let back = "Код;ФИО\n1;Ким Анна\n2;Пак Ира\n3;Цой Ян\n";
    assert_eq!(lists(back, &["--other", "1"]).code, Some(5));
    let told = lists(back, &[]);
    assert_eq!(told.code, Some(0), "{}", told.out);
    let people = office.laptop.does(["report", "people", "--format", "csv", "--lang", "en"]).done();
    assert_eq!(people.lines().count() - 1, 3, "{people}");
}

#[test]
fn a_list_that_brings_somebody_who_registered_at_a_gate_asks_whether_they_are_one() {
    let place = Place::new();
    let office = open(&place);
    for (name, phone) in [("Ким Анна", "87015550001"), ("Пак Ира", "87015550002"), ("Цой Ян", "87015550003")]
    {
        office.laptop.does(["field", "walk-in", name, "--phone", phone, "--site", "north"]).done();
    }
    let waiting = office.laptop.does(["walk-in", "list"]).done();
    for walk_in in waiting.lines().filter_map(|line| line.split_whitespace().next()) {
        office.laptop.does(["walk-in", "accept", walk_in]).done();
    }
    // Each of them is listed as registered at the gate, and on the roster.
    let people = || office.laptop.does(["report", "people", "--format", "csv", "--lang", "en"]).done();
    let on_roster = || people().matches(",roster,").count();
    assert_eq!(on_roster(), 3, "{}", people());
    // With the name in full, with a slip in it, as it is, and a namesake with a telephone of her own.
    let list = place.write(
        "list.csv",
        "Код;ФИО;Телефон\nA1;Ким Анна Олеговна;+7 701 555 00 01\nA2;Пак Иар;87015550002\nA3;Цой Ян;87015550003\nA4;Цой Ян;87015550004\n",
    );
    let told = office.imports(&list, "front", &["--apply"]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(&told.out, &["1 to add", "3 to decide"]);
    office.imports(&list, "front", &["--apply", "--same", "A1", "--same", "A2", "--same", "A3"]).done();
    assert_eq!(on_roster(), 4, "{}", people());
    says(&office.imports(&list, "front", &["--apply"]).done(), &["0 to add, 0 to update, 4 unchanged"]);
    // A list without codes asks as well.
    let list = place.write("list.csv", "ФИО;Телефон\nКим Анна Олеговна;87015550001\n");
    says(&office.imports(&list, "back", &["--apply"]).out, &["1 to decide", "Ким Анна Олеговна is known"]);
}

#[test]
fn what_was_asked_within_a_list_is_asked_again_when_the_list_comes_again() {
    let place = Place::new();
    let office = open(&place);
    for (name, list) in [
        ("coded", "Код;ФИО;Телефон\nA1;Ким Анна;87015550001\n;Ким Анна;87015550001\n"),
        ("year", "Full name;Phone;Year of birth\nJohn Smith;+447700900123;1999\nJOHN SMITH;+447700900123;\n"),
        ("phone", "ФИО;Телефон;Год рождения\nЦой Ян;87015550003;1999\nЦой Ян;;1999\n"),
    ] {
        let file = place.write("list.csv", list);
        for _ in 0..2 {
            let told = office.imports(&file, name, &["--apply"]);
            assert_eq!(told.code, Some(5), "{}", told.out);
            says(&told.out, &["1 to decide", "--same line:3"]);
        }
        office.imports(&file, name, &["--apply", "--same", "line:3"]).done();
    }
    let people = office.laptop.does(["report", "people", "--format", "csv", "--lang", "en"]).done();
    assert_eq!(people.lines().count() - 1, 3, "{people}");
}

#[test]
fn rows_that_cannot_both_be_one_record_are_refused_together() {
    let place = Place::new();
    let office = open(&place);
    let lists = |rows: &str, more: &[&str]| {
        office.imports(&place.write("list.csv", rows), "front", &[&["--apply"], more].concat())
    };
    lists("Код;ФИО;Телефон\n1;Жанбаева Аида;\n2;Рахимов Тахир;\n3;Цой Ян;\n", &[]).done();
    let exchanged = "Код;ФИО;Телефон\n1;Рахимов Тахир;\n2;Жанбаева Аида;\n3;Цой Ян;\n";
    lists(exchanged, &["--other", "1", "--same", "2"])
        .refused(3, &["cannot both be the same human being", "Рахимов Тахир"]);
    lists(exchanged, &["--other", "1", "--other", "2"]).done();

    let codeless = |rows: &str, more: &[&str]| {
        let file = place.write("list.csv", format!("ФИО;Телефон\n{rows}"));
        office.imports(&file, "back", &[&["--apply"], more].concat())
    };
    codeless("Ким Анна;87015550001\n", &[]).done();
    let two = "Ким Анна Олеговна;87015550001\nКим Анна Петровна;87015550001\n";
    codeless(two, &["--same", "line:2", "--same", "line:3"])
        .refused(3, &["line 2 (Ким Анна Олеговна) and line 3 (Ким Анна Петровна) cannot both be"]);
    codeless(two, &["--same", "line:2", "--other", "line:3"]).done();
    let people = office.laptop.does(["report", "people", "--format", "csv", "--lang", "en"]).done();
    assert_eq!(people.lines().count() - 1, 5, "{people}");
}

#[test]
fn whoever_gave_up_a_code_or_has_another_one_is_known_by_the_telephone() {
    let place = Place::new();
    let office = open(&place);
    let lists = |rows: &str, more: &[&str]| {
        let file = place.write("list.csv", format!("Код;ФИО;Телефон\n{rows}"));
        office.imports(&file, "front", &[&["--apply"], more].concat())
    };
    lists("1;Жанбаева Аида;87015550001\n2;Рахимов Тахир;87015550002\n", &[]).done();
    lists("1;Новиков Пётр;87015550009\n2;Рахимов Тахир;87015550002\n", &["--other", "1"]).done();
    // She is listed again, with another code.
    says(&lists("7;Жанбаева Аида;87015550001\n", &[]).done(), &["0 to add, 1 to update"]);
    for (rows, known) in [
        // Without her code; with a slip in her name and another code; after a marriage.
        (";Жанбаева Адиа;87015550001\n", "Жанбаева Аида"),
        ("8;Жанбаева Адиа;87015550001\n", "Жанбаева Аида"),
        ("9;Карпова Аида;87015550001\n", "Жанбаева Аида"),
        // Beside her own row.
        ("7;Жанбаева Аида;87015550001\n;Жанбаева Аида;87015550001\n", "7 Жанбаева Аида is known"),
    ] {
        let told = lists(rows, &[]);
        assert_eq!(told.code, Some(5), "{rows}: {}", told.out);
        says(&told.out, &["0 to add", "1 to decide", known]);
    }
}

#[test]
fn somebody_without_a_code_who_gets_that_of_another_stays_one() {
    let place = Place::new();
    let office = open(&place);
    office.laptop.does(["field", "walk-in", "Цой Ян", "--phone", "87015550003", "--site", "north"]).done();
    let waiting = office.laptop.does(["walk-in", "list"]).done();
    office.laptop.does(["walk-in", "accept", waiting.split_whitespace().next().unwrap()]).done();
    let lists = |rows: &str, more: &[&str]| {
        let file = place.write("list.csv", format!("Код;ФИО;Телефон\n{rows}"));
        office.imports(&file, "front", &[&["--apply"], more].concat())
    };
    lists("1;Жанбаева Аида;87015550001\n3;Новиков Пётр;87015550009\n;Рахимов Тахир;87015550002\n", &[]).done();
    let moved = "1;Рахимов Тахир;87015550002\n3;Цой Ян;87015550003\n";
    says(
        &lists(moved, &[]).out,
        &["2 to decide", "is Рахимов Тахир now, who is known without a code", "is Цой Ян now, who is known"],
    );
    lists(moved, &["--other", "1", "--other", "3"]).done();
    says(&lists(moved, &[]).done(), &["0 to add, 0 to update, 2 unchanged"]);
    let people = office.laptop.does(["report", "people", "--format", "csv", "--lang", "en"]).done();
    assert_eq!(people.matches(",roster,").count(), 4, "{people}");
}

#[test]
fn a_slip_or_an_initial_beside_the_same_telephone_is_asked_about_within_one_list() {
    let place = Place::new();
    let office = open(&place);
    for (name, rows) in [
        ("slip", "Ковалёва Екатерина Олеговна;87015550001\nКоволева Екатерина Олеговна;+7 (701) 555-00-01\n"),
        ("initial", "Ким Анна;87015550002\nКим А.;87015550002\n"),
    ] {
        let told = office.imports(&place.write("list.csv", format!("ФИО;Телефон\n{rows}")), name, &["--apply"]);
        assert_eq!(told.code, Some(5), "{}", told.out);
        says(&told.out, &["1 to add", "1 to decide", "with the same phone number"]);
    }
    // A mother's number is her children's, too.
    let family = "ФИО;Телефон\nАхметов Серік;87015550003\nАхметов Берік;87015550003\nАхметова Дина;87015550003\n";
    says(&office.imports(&place.write("list.csv", family), "family", &["--apply"]).done(), &["3 to add"]);
}
