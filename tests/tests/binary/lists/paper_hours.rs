//! Lists of hours that were written on paper.

use std::path::Path;

use tests::binary::Place;

use super::{kept, open, says, workbook};

#[test]
fn a_paper_list_is_read_as_it_is_written_by_hand() {
    let place = Place::new();
    let office = open(&place);
    office.imports(&kept("paper-list/roster.csv"), "front", &["--apply"]).done();
    let grant = |list: &Path| office.laptop.does(["hours", "grant", "--list", list.to_str().unwrap()]);
    for file in ["iso.csv", "dots.csv", "short-hour.csv", "russian.csv", "over-midnight.csv", "typed.xlsx"] {
        assert!(grant(&kept("paper-list").join(file)).done().contains("granted"), "{file}");
    }
    for list in [
        "Аты-жөні;Күні;Басталуы;Аяқталуы\nГромов Илья;19.05.2026;9.00;12.30\n",
        "Площадка: Север\n\nФИО;Дата;Начало;Окончание;Площадка\nГромов Илья;20 мая 2026;9:00;12:30;Север\n",
        "Name,Day,Start,End\nГромов Илья,2026-05-21,10:00 pm,2:00 am\n",
    ] {
        assert!(grant(&place.write("hours.csv", list)).done().contains("granted"), "{list}");
    }
    // What speaks of nobody is left out and told, as in any list.
    let told = grant(&place.write(
        "hours.csv",
        "Код;ФИО;Дата;Начало;Окончание\n1;2;3;4;5\nPL-2;Громов Илья;22.05.2026;9:00;12:30\n\
         Код;ФИО;Дата;Начало;Окончание\n;Итого часов;;;3:30\nРуководитель: ________ Ахметов;;;;\n",
    ));
    assert_eq!(told.code, Some(0), "{}", told.err);
    says(&told.err, &["line 2 is numbers of columns", "line 4 is", "line 5 is", "line 6 is", "speaks of nobody"]);
    let wrong =
        "code;date;from;to\nPL-1;31.02.2026;9:00;12:00\nPL-1;18.05.2026;9:00;9:00\nPL-9;18.05.2026;9:00;10:00\n";
    let told = grant(&place.write("wrong.csv", wrong));
    told.refused(
        3,
        &["line 2", "`31.02.2026` is not a date", "line 3", "begins and ends at one time", "line 4", "PL-9"],
    );
    grant(&place.write("wrong.csv", "code;date;from\n")).refused(3, &["there is no column `to`, `по`"]);
}

#[test]
fn a_paper_list_gives_nobody_the_hours_of_another_and_guesses_no_time() {
    let place = Place::new();
    let office = open(&place);
    let roster = "Код;ФИО\nA;Ким Анна\nB;Ли Ян Петрович\nC;Ахметова Айгүл\n";
    office.imports(&place.write("roster.csv", roster), "front", &["--apply"]).done();
    let grant =
        |list: &str| office.laptop.does(["hours", "grant", "--list", place.write("hours.csv", list).to_str().unwrap()]);
    let header = "Код;ФИО;Дата;С;По\n";
    for (row, said) in [
        ("A;Ли Ян;18.05.2026;9:00;12:00", &["line 2", "`A` is Ким Анна, and the list says `Ли Ян`"][..]),
        ("A;Ким Анна;18.05.2026;9:00;12.3", &["`12.3` has one digit of a minute", "12:30"]),
        ("A;Ким Анна;05/06/2026;9:00;12:00", &["can be 2026-06-05 or 2026-05-06"]),
    ] {
        grant(&format!("{header}{row}\n")).refused(3, said);
    }
    let told = grant(&format!(
        "{header}A;Kim Anna;18.05.2026;9:00;12:00\nB;Ли Ян;05/18/2026;9:00;12:00\nC;Ахметова А.;18.05.2027;9:00;12:00\n"
    ));
    assert_eq!(told.code, Some(0), "{}", told.err);
    says(&told.err, &["line 4: 2027-05-18 is no day of the event"]);
}

#[test]
fn one_word_means_everybody_who_bears_it() {
    let place = Place::new();
    let office = open(&place);
    let roster = "Код;ФИО\nA;Ким\nB;Ким Анна\nC;Ким Анна Петровна\n";
    office.imports(&place.write("roster.csv", roster), "front", &["--apply"]).done();
    let found = office.laptop.does(["field", "find", "ким"]).done();
    assert!(found.starts_with("A ") && found.lines().count() == 3, "{found}");
    let check_in = |who: &str| office.laptop.does(["field", "check-in", who, "--site", "north"]);
    check_in("Ким").refused(3, &["can be 3 people", "A ", "B ", "C "]);
    check_in("Ким Анна").refused(3, &["can be 2 people", "B ", "C ", "name one by the code"]);
    says(&check_in("Ким Анна Петровна").done(), &["C  Ким Анна Петровна"]);
    says(&check_in("b").done(), &["B  Ким Анна"]);
}

#[test]
fn hours_that_contradict_their_times_are_told_and_grant_nothing() {
    let place = Place::new();
    let office = open(&place);
    office.imports(&place.write("roster.csv", "Код;ФИО\nA;Ким Анна\nB;Ли Ян\n"), "front", &["--apply"]).done();
    let grant =
        |list: &str| office.laptop.does(["hours", "grant", "--list", place.write("hours.csv", list).to_str().unwrap()]);
    for (header, written) in [("Часы", "7"), ("Hours", "2:30"), ("Сағат", "4,5"), ("Отработано часов", "много")]
    {
        let list = format!("Код;Дата;С;По;{header}\nA;18.05.2026;9:00;12:30;3,5\nB;18.05.2026;9:00;12:30;{written}\n");
        grant(&list).refused(3, &["line 3", &format!("`{written}`"), "nothing was written"]);
    }
    grant("Код;Дата;С;По;Часы\nA;18.05.2026;9:00;12:30;7\n").refused(3, &["from its times there are 3:30"]);
    let rows = ["3,5", "3.5", "3:30", "3 ч 30 мин", "3,5 ч.", "-", ""]
        .map(|hours| format!("A;18.05.2026;9:00;12:30;{hours}\n"));
    let told = grant(&format!("Код;Дата;С;По;Часы\n{}", rows.concat()));
    assert_eq!(told.code, Some(0), "{}", told.err);
}

#[test]
fn a_paper_list_loses_no_second_stretch_and_no_break() {
    let place = Place::new();
    let office = open(&place);
    office.imports(&place.write("roster.csv", "Код;ФИО\nA;Ким Анна\n"), "front", &["--apply"]).done();
    let grant =
        |list: &str| office.laptop.does(["hours", "grant", "--list", place.write("hours.csv", list).to_str().unwrap()]);
    grant("Код;Дата;С;По;С;По\nA;18.05.2026;9:00;13:00;14:00;18:00\n")
        .refused(3, &["columns 3 (`С`) and 5 (`С`)", "a row of its own"]);
    grant("Код;Дата;С;По;До\nA;18.05.2026;9:00;13:00;18:00\n").refused(3, &["columns 4 (`По`) and 5 (`До`)"]);
    for header in ["Обед", "Перерыв", "Перерыв, мин", "Break", "Lunch", "Үзіліс", "Обед / С"]
    {
        let list = format!("Код;Дата;С;По;{header}\nA;18.05.2026;9:00;18:00;1:00\n");
        grant(&list).refused(3, &["line 2: it says `1:00` of a break", "in two rows", "nothing was written"]);
    }
    for header in ["Всего", "Всего, ч", "Итого", "Часы работы", "Кол. часов", "Барлығы", "Total", "Worked"]
    {
        let list = format!("Код;Дата;С;По;{header}\nA;18.05.2026;9:00;18:00;8\n");
        grant(&list).refused(3, &["line 2: it says `8` hours", "nothing was written"]);
    }
    let blank = "Код;Дата;С;По;С;По;Обед\nA;18.05.2026;9:00;13:00;;;-\nA;18.05.2026;14:00;18:00;;;0:00\n";
    assert!(grant(blank).done().contains("granted"));
}

#[test]
fn hours_of_a_list_go_only_to_whom_a_line_names_by_code_or_by_whole_words() {
    let place = Place::new();
    let office = open(&place);
    let roster = "Код;ФИО;Телефон\nL;Лиманов Олег;\nK;Кимов Асан;\nA;Ахметов Ерлан Серікұлы;+77010005550\n\
        Q;Сәрсенбаева Әйгерім Қанатқызы;\nT;Ана Тест;\n";
    office.imports(&place.write("roster.csv", roster), "front", &["--apply"]).done();
    let grant = |column: &str, who: &str| {
        let list = format!("{column};Дата;С;По\n{who};18.05.2026;9:00;12:00\n");
        office.laptop.does(["hours", "grant", "--list", place.write("hours.csv", list).to_str().unwrap()])
    };
    for number in ["102", "23", "5550"] {
        grant("Код", number).refused(3, &["line 2: nobody here is called", number, "nothing was written"]);
    }
    for (part, meant) in [
        ("Ли Олег", "L Лиманов Олег"),
        ("Ким Асан", "K Кимов Асан"),
        ("Ахм", "A Ахметов Ерлан"),
        ("Ахметов Ерлан Сер", "A Ахметов Ерлан"),
        ("fyf", "T Ана Тест"),
        ("fyf ntcn", "T Ана Тест"),
    ] {
        grant("ФИО", part).refused(3, &["line 2: nobody here is called", part, meant, "nothing was written"]);
    }
    for person in ["L", "K", "A", "Q", "T"] {
        says(&office.laptop.does(["person", "show", person]).done(), &["verified: 0:00 h"]);
    }
    for whole in
        ["Олег Лиманов", "Limanov Oleg", "Кимов", "Ахметов Ерлан", "Ерлан Серикович Ахметов", "8 701 000 55 50"]
    {
        grant("ФИО", whole).done();
    }
}

#[test]
fn whoever_is_named_by_a_number_or_a_beginning_is_not_acted_on() {
    let place = Place::new();
    let office = open(&place);
    let roster = "Код;ФИО;Телефон\nK;Кимов Асан;\nQ;Сәрсенбаева Әйгерім Қанатқызы;+77010005550\nB;Бекова Сауле;\n";
    office.imports(&place.write("roster.csv", roster), "front", &["--apply"]).done();
    let check_in = |who: &str| office.laptop.does(["field", "check-in", who, "--site", "north"]);
    let edit = |who: &str| office.laptop.does(["person", "edit", who, "region", "Z"]);
    for number in ["102", "02", "23", "..."] {
        check_in(number).refused(3, &["nobody here is called"]);
        edit(number).refused(3, &["nobody here is called"]);
        says(&office.laptop.does(["field", "find", "102"]).done(), &["Nobody"]);
    }
    for (part, meant) in [("Ки Ас", "K Кимов Асан"), ("Ким Асан", "K Кимов Асан"), (",trjdf", "B Бекова Сауле")]
    {
        check_in(part).refused(3, &["nobody here is called", meant]);
        edit(part).refused(3, &["nobody here is called", meant]);
    }
    // The wrong keyboard layout is forgiven at a gate, where the whole name is typed.
    edit(",trjdf cfekt").refused(3, &["B Бекова Сауле"]);
    says(&check_in(",trjdf cfekt").done(), &["B  Бекова Сауле"]);
    says(&check_in("0005550").done(), &["Q  Сәрсенбаева"]);
    edit("Асан Кимов").done();
}

#[test]
fn a_workbook_of_hours_is_read_by_its_lists_and_sums_of_hours_refuse_nothing() {
    let place = Place::new();
    let office = open(&place);
    office.imports(&place.write("roster.csv", "Код;ФИО\nA;Ким Анна\nB;Ли Ян\n"), "front", &["--apply"]).done();
    let book = workbook(|book| {
        let rows: [(&str, &[&[&str]]); 5] = [
            ("18", &[&["Код", "Дата", "С", "По", "Площадка"], &["A", "18.05.2026", "9:00", "12:00", "NORTH"]]),
            ("19", &[&["ФИО", "Дата", "С", "По"], &["Ли Ян", "19.05.2026", "9:00", "10:00"]]),
            ("Итог", &[&["Код", "Часы"], &["A", "3"]]),
            ("Свод", &[&["ФИО", "Всего часов"], &["Ким Анна", "3"], &["Ли Ян", "1"]]),
            ("Титул", &[&["Ведомость"], &["май"]]),
        ];
        for (name, rows) in rows {
            let sheet = book.add_worksheet().set_name(name).unwrap();
            for (line, row) in (0..).zip(rows) {
                sheet.write_row(line, 0, row.iter().copied()).unwrap();
            }
        }
    });
    let file = place.write("hours.xlsx", book);
    let grant = |more: &[&str]| {
        let list = ["hours", "grant", "--list", file.to_str().unwrap()];
        office.laptop.does(list.iter().chain(more))
    };
    let told = grant(&[]);
    assert_eq!((told.code, told.out.lines().count()), (Some(0), 2), "{}{}", told.out, told.err);
    says(&told.err, &["read is 1 `18`, 2 `19`; other sheets are not: `Итог`, `Свод`, `Титул`"]);
    assert_eq!(grant(&["--sheet", "19"]).done().lines().count(), 1);
    grant(&["--sheet", "Итог"]).refused(3, &["there is no column `from`"]);
    grant(&["--sheet", "20"]).refused(3, &["there is no such sheet", "18, 19, Итог"]);
    office.laptop.does(["hours", "grant", "A", "--sheet", "19"]).refused(2, &["--list"]);
    // A site is found however its key is typed.
    for site in ["north", "North", "nоrth", " NORTH "] {
        let list = format!("Код;Дата;С;По;Площадка\nA;20.05.2026;9:00;12:00;{site}\n");
        let list = place.write("site.csv", list);
        office.laptop.does(["hours", "grant", "--list", list.to_str().unwrap()]).done();
    }
}
