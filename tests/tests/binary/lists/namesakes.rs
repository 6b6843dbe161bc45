//! Acts on a name that several people bear.

use tests::binary::Place;

use super::{Office, open, says};

/// Groups of records whose names are spellings of one name.
const NAMESAKES: [&[&str]; 6] = [
    &["Семёнов Пётр", "Семенов Петр", "Пётр Семёнов"],
    &["Зайцева Майя", "Заицева Маия"],
    &["Сорока Вера", "Copoka Bepa", "Copoka Вера"],
    &["Дубов Ян", "ДУБОВ ЯН"],
    &["Өмірзақ Әйгүл", "Омирзак Айгул"],
    &["Сейтова Анна", "Сейтова Анна Ильинична"],
];

/// An office with everybody of [`NAMESAKES`], by the codes `N-1`, `N-2` and so on.
fn open_with_namesakes(place: &Place) -> Office<'_> {
    let office = open(place);
    let rows = NAMESAKES.iter().flat_map(|names| names.iter()).zip(1..);
    let rows: String = rows.map(|(name, number)| format!("N-{number};{name}\n")).collect();
    office.imports(&place.write("roster.csv", format!("Код;ФИО\n{rows}")), "front", &["--apply"]).done();
    office
}

#[test]
fn an_act_on_a_name_of_several_people_asks_however_it_is_written() {
    let place = Place::new();
    let office = open_with_namesakes(&place);
    let check_in = |who: &str| office.laptop.does(["field", "check-in", who, "--site", "north"]);
    for names in NAMESAKES {
        for name in names {
            // The name with the patronymic can only be its bearer's.
            let bearers = if name.ends_with("Ильинична") { continue } else { names.len() };
            check_in(name).refused(3, &[&format!("`{name}` can be {bearers} people: name one by the code")]);
        }
    }
    let name = "Семенов Петр";
    let list = format!("ФИО;Дата;С;По\n{name};18.05.2026;9:00;12:00\n");
    let list = place.write("hours.csv", list);
    let told = office.laptop.does(["hours", "grant", "--list", list.to_str().unwrap()]);
    told.refused(3, &["line 2: `Семенов Петр` can be 3 people", "nothing was written"]);
    let span = ["--from", "2026-05-18T09:00", "--to", "2026-05-18T10:00"];
    for act in [
        &["hours", "grant", name, span[0], span[1], span[2], span[3]][..],
        &["person", "edit", name, "region", "Z"],
        &["person", "erase", name, "--yes"],
        &["person", "show", name],
        &["request", "ask", "wrong team", "--person", name],
        &["field", "consent", name, "--guardian", "Ким Олег"],
        &["duplicates", "same", name, "N-4"],
    ] {
        office.laptop.does(act).refused(3, &["can be 3 people", "N-1 ", "N-2 ", "N-3 "]);
    }
    says(&check_in("Сейтова Анна Ильинична").done(), &["N-14  Сейтова Анна Ильинична"]);
    says(&check_in("n-2").done(), &["N-2  Семенов Петр"]);
}

#[test]
fn a_number_written_as_the_end_of_another_is_found_by_its_own_end() {
    let place = Place::new();
    let office = open(&place);
    let roster =
        "Код;ФИО;Телефон\nP-1;Ким Анна;+77017771177/78\nP-2;Ли Ян;8 7272 50-79-03 / 04\nP-3;Цой Вера;+77012223344\n";
    office.imports(&place.write("roster.csv", roster), "front", &["--apply"]).done();
    for (digits, code) in
        [("7771178", "P-1"), ("7771177", "P-1"), ("+7 701 777 11 78", "P-1"), ("507904", "P-2"), ("507903", "P-2")]
    {
        let found = office.laptop.does(["field", "find", digits]).done();
        assert!(found.starts_with(code) && found.lines().count() == 1, "{digits}: {found}");
        says(&office.laptop.does(["field", "check-in", digits, "--site", "north"]).done(), &[code]);
    }
}

#[test]
fn a_code_of_any_list_is_a_code_and_what_is_asked_for_as_a_code_is_nothing_else() {
    let place = Place::new();
    let office = open(&place);
    let first = "Код;ФИО;Телефон\n9001;Рудин Олег;87781112222\n9002;Ким Анна;87013334444\n";
    office.imports(&place.write("a.csv", first), "a", &["--apply"]).done();
    office.imports(&place.write("b.csv", "Код;ФИО\n9001;Белкин Ян\n3333;Ли Ян\n"), "b", &["--apply"]).done();
    office.laptop.does(["person", "edit", "9002", "external_ids", "a: 9002, b: 7777"]).done();
    let grant = |code: &str| {
        let list = format!("Код;Дата;С;По\n{code};18.05.2026;9:00;12:00\n");
        office.laptop.does(["hours", "grant", "--list", place.write("hours.csv", list).to_str().unwrap()])
    };
    for code in ["2222", "4444", "87781112222", "7781112222", "Рудин Олег", "Рудин"] {
        grant(code).refused(3, &["line 2: nobody here is called", code, "nothing was written"]);
    }
    // Two lists gave one code to two people.
    let twice = grant("9001");
    twice.refused(3, &["`9001` can be 2 people: name one by the id", "Рудин Олег", "Белкин Ян", "[id "]);
    grant("3333").done();
    grant("7777").done();
    says(&office.laptop.does(["person", "show", "7777"]).done(), &["Ким Анна", "verified: 3:00 h"]);
    for part in ["2222", "81112222"] {
        office.laptop.does(["person", "edit", part, "region", "Z"]).refused(3, &["nobody here is called"]);
        office.laptop.does(["person", "erase", part, "--yes"]).refused(3, &["nobody here is called"]);
    }
    let letters = |code: &str| office.laptop.does(["report", "badges", "--person", code, "--out", "badge.pdf"]);
    letters("2222").refused(3, &["nobody here is called `2222`"]);
    letters("9001").refused(3, &["can be 2 people"]);
    letters("3333").done();
}

#[test]
fn a_few_digits_that_are_nobodys_code_check_nobody_in_unasked() {
    let place = Place::new();
    let office = open(&place);
    let roster = "Код;ФИО;Телефон\n1;Бекова Сауле;87015550001\n3;Қанат Ерғали;87015550105\n4;Ким Анна;87015560105\n0012;Ли Ян;\n";
    office.imports(&place.write("roster.csv", roster), "front", &["--apply"]).done();
    let act = |act: &str, more: &[&str]| office.laptop.does(["field", act, "--site", "north"].iter().chain(more));
    for digits in ["0105", "50105", "-0001", "0001"] {
        let told = act("check-in", &["--", digits]);
        told.refused(3, &["is nobody's code; a telephone number ends so", "--by-phone"]);
    }
    act("check-in", &["0105"]).refused(3, &["that of ", "3 Қанат Ерғали", "4 Ким Анна"]);
    act("check-out", &["0001"]).refused(3, &["that of 1 Бекова Сауле"]);
    act("check-in", &["0105", "--by-phone"]).refused(3, &["Қанат Ерғали", "can be 2 people"]);
    says(&act("check-in", &["0001", "--by-phone"]).done(), &["1  Бекова Сауле"]);
    says(&act("check-in", &["0012"]).done(), &["0012  Ли Ян"]);
    says(&act("check-in", &["550105"]).done(), &["3  Қанат Ерғали"]);
    act("check-in", &["9999"]).refused(3, &["nobody here is called `9999`"]);
}

#[test]
fn a_code_and_a_name_that_are_said_together_must_be_one_human_beings() {
    let place = Place::new();
    let office = open(&place);
    let roster = "Код;ФИО\n1;Бекова Сауле\n2;Громов Илья\n3;Қанат Ерғали\nA-4;Ким Анна\n1 отряд 5;Юрин Юр\n";
    office.imports(&place.write("roster.csv", roster), "front", &["--apply"]).done();
    let check_in = |who: &[&str]| office.laptop.does(["field", "check-in", "--site", "north"].iter().chain(who));
    for (who, said) in [
        (&["1 Громов Илья"][..], "`1` is 1 Бекова Сауле, and it says `Громов Илья`: correct one of them"),
        (&["1", "Громов"], "`1` is 1 Бекова Сауле"),
        (&["A-4 Ли Анна"], "`A-4` is A-4 Ким Анна"),
        (&["7 Громов Илья"], "nobody here is called `7 Громов Илья`. Did you mean 2 Громов Илья"),
    ] {
        check_in(who).refused(3, &[said]);
    }
    for (who, came) in [
        (&["3 Канат Ергали"][..], "3  Қанат Ерғали"),
        (&["а-4", "Анна"], "A-4  Ким Анна"),
        (&["2. Громов"], "2  Громов Илья"),
        (&["1 отряд 5"], "1 отряд 5  Юрин Юр"),
    ] {
        says(&check_in(who).done(), &[came]);
    }
}
