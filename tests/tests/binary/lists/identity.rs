//! Whom a line means: somebody who is known, somebody new, or nobody before somebody decides.

use tests::binary::Place;

use super::{kept, open, says};

#[test]
fn a_code_that_names_somebody_else_changes_nothing_before_somebody_decides() {
    let place = Place::new();
    let office = open(&place);
    let first =
        "Код;ФИО;Телефон\nA-1;Бекова Сауле;+77010000001\nA-2;Громов Илья;+77010000002\nA-3;Ли Яна;+77010000003\n";
    office.imports(&place.write("first.csv", first), "front", &["--apply"]).done();
    office.laptop.does(["hours", "grant", "A-1", "--from", "2026-05-18T09:00", "--to", "2026-05-18T12:00"]).done();
    let second = "Код;ФИО;Телефон\nA-1;Ким Анна;+77010000009\nA-2;Gromov Ilya;+77010000022\nA-3;Пак Яна;+77010000003\n";
    let second = place.write("second.csv", second);
    let told = office.imports(&second, "front", &["--apply"]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(&told.out, &["0 to add, 2 to update", "1 to decide", "code A-1 was Бекова Сауле and is Ким Анна now"]);
    says(&told.out, &["3:00 h verified", "1 rulings", "--same A-1", "--other A-1"]);
    says(&told.out, &["phone `+77010000002` → `+77010000022`", "names `Ли Яна` → `Пак Яна`"]);
    says(&office.laptop.does(["person", "show", "A-1"]).done(), &["Бекова Сауле", "verified: 3:00 h"]);

    office.imports(&second, "front", &["--other", "A-9"]).refused(3, &["nothing is asked there"]);
    let decided = office.imports(&second, "front", &["--apply", "--other", "A-1"]).done();
    says(&decided, &["1 to decide", "decided"]);
    says(&office.laptop.does(["person", "show", "A-1"]).done(), &["Ким Анна", "verified: 0:00 h"]);
    says(&office.laptop.does(["person", "show", "Бекова Сауле"]).done(), &["verified: 3:00 h"]);
    let again = office.imports(&second, "front", &["--apply"]).done();
    says(&again, &["0 to add, 0 to update, 3 unchanged"]);
    let third = place.write("third.csv", "Код;ФИО\nA-1;Оспанов Тимур\n");
    office.imports(&third, "front", &["--apply", "--same", "line:2"]).done();
    says(&office.laptop.does(["person", "show", "A-1"]).done(), &["Оспанов Тимур"]);
    says(&office.imports(&third, "front", &[]).done(), &["1 unchanged"]);

    let moved = "Код;ФИО\nA-1;Gromov Ilya\nA-2;Пак Яна\nA-3;Оспанов Тимур\n";
    let moved = office.imports(&place.write("moved.csv", moved), "front", &[]).done();
    says(&moved, &["3 to decide", "look like row numbers", "whose code was A-2"]);
}

#[test]
fn codes_that_lost_their_zeros_are_asked_about() {
    let place = Place::new();
    let office = open(&place);
    office.imports(&kept("leading-zeros/register.csv"), "register", &["--apply"]).done();
    let resaved = kept("leading-zeros/register-resaved.csv");
    let told = office.imports(&resaved, "register", &["--apply"]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(
        &told.out,
        &["0 to add", "2 to decide", "the code looks like 00101 of Бекова Сауле without its leading zeros"],
    );
    let decided = ["--apply", "--same", "101", "--other", "102"];
    office.imports(&resaved, "register", &decided).done();
    says(&office.imports(&resaved, "register", &[]).done(), &["2 unchanged"]);
    says(&office.laptop.does(["person", "show", "00101"]).done(), &["register: 00101, register: 101"]);
    assert_eq!(office.laptop.does(["field", "find", "Громов"]).done().lines().count(), 2);
}

#[test]
fn an_add_on_is_nobody_of_its_own_and_the_exit_code_says_what_was_left_out() {
    let place = Place::new();
    let office = open(&place);
    let told = office.imports(&kept("pretix-add-ons/checkinlist.csv"), "shop", &["--apply", "--lines"]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(
        &told.out,
        &["2 to add", "1 refused", "line 3 is an add-on to the ticket in line 2", "line 5", "there is no name"],
    );
    says(&told.err, &["1 row was left out"]);
    assert_eq!(office.laptop.does(["field", "find", "Ana Kim"]).done().lines().count(), 1);
    let whole = office.imports(&kept("excel-drops-trailing-delimiters/list.csv"), "o", &["--apply"]);
    assert_eq!(whole.code, Some(0), "{}", whole.out);
    let help = office.laptop.does(["--help"]).done();
    says(&help, &["5  done, but something was left out"]);
}

#[test]
fn whoever_was_erased_does_not_come_back_by_the_list_of_another_office_unasked() {
    let place = Place::new();
    let office = open(&place);
    let list = place.write("list.csv", "Код;ФИО;Телефон\nER-9;Бекова Сауле;+77015550070\n");
    office.imports(&list, "a", &["--apply"]).done();
    office.laptop.does(["person", "erase", "ER-9", "--yes"]).done();
    office.imports(&list, "a", &["--apply"]).refused(5, &["1 row was left out"]);
    let told = office.imports(&list, "b", &["--apply"]);
    told.refused(5, &["1 row was left out"]);
    says(&told.out, &["0 to add", "1 to decide", "somebody with this name and this phone number was erased"]);
    for (row, alike) in [
        ("X-1;Saule Bekova;+77010000001", "this name"),
        ("X-2;Ким Анна;8 (701) 555-00-70", "this phone number"),
        ("X-3;Бекова Сауле Маратовна;", "this name"),
    ] {
        let other = place.write("other.csv", format!("Код;ФИО;Телефон\n{row}\nX-9;Цой Вера;+77010000009\n"));
        let told = office.imports(&other, "c", &[]).done();
        says(&told, &["1 to add", "1 to decide", alike]);
    }
    office.imports(&list, "b", &["--apply", "--same", "ER-9"]).done();
    says(&office.laptop.does(["field", "find", "Бекова"]).done(), &["Nobody"]);
    office.imports(&list, "b", &["--apply", "--other", "ER-9"]).done();
    says(&office.laptop.does(["field", "find", "Бекова"]).done(), &["ER-9"]);
    says(&office.imports(&list, "b", &[]).done(), &["0 to add, 0 to update, 1 unchanged"]);
}

#[test]
fn a_name_without_the_given_name_or_with_an_initial_erases_nothing() {
    let place = Place::new();
    let office = open(&place);
    let header = "Код;Фамилия;Имя\n";
    let full = place.write("full.csv", format!("{header}A;Ким;Ольга\nB;Ахметов;Жан\nC;Ли;Ян\n"));
    office.imports(&full, "front", &["--apply"]).done();
    let short = place.write("short.csv", format!("{header}A;Ким;\nB;Ахметов;Ж.\nC;Пак;Ян\n"));
    office.imports(&short, "front", &["--apply"]);
    for (code, name) in [("A", "Ким Ольга"), ("B", "Ахметов Жан")] {
        says(&office.laptop.does(["person", "show", code]).done(), &[name]);
    }
}

#[test]
fn a_year_of_birth_of_another_generation_is_asked_about() {
    let place = Place::new();
    let office = open(&place);
    let header = "Код;ФИО;Год рождения;Телефон\n";
    let first = "A;Ким Анна;2005;\nB;Ли Ян;1985;\nC;Цой Вера;2001;+77010000003\nD;Пак Яна;2001;+77010000004\n";
    office.imports(&place.write("first.csv", format!("{header}{first}")), "front", &["--apply"]).done();
    let second = "A;Ким Анна;1950;\nB;Ли Ян;1986;\nC;Цой Вера;1955;8 701 000 00 03\nD;Пак Яна;1970;+77010000009\n";
    let second = place.write("second.csv", format!("{header}{second}"));
    let told = office.imports(&second, "front", &["--apply"]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(
        &told.out,
        &["2 to update", "2 to decide", "the year of birth was 2005 and is 1950 now", "--same A, or --other A"],
    );
    says(&office.laptop.does(["person", "show", "A"]).done(), &["birth_year: 2005"]);
    says(&office.laptop.does(["person", "show", "C"]).done(), &["birth_year: 1955"]);
    office.imports(&second, "front", &["--apply", "--same", "A", "--other", "D"]).done();
    says(&office.laptop.does(["person", "show", "A"]).done(), &["birth_year: 1950"]);
    says(&office.laptop.does(["person", "show", "D"]).done(), &["birth_year: 1970", "+77010000009"]);
    says(&office.imports(&second, "front", &[]).done(), &["0 to add, 0 to update, 4 unchanged"]);
}

#[test]
fn codes_of_one_list_that_differ_by_leading_zeros_are_asked_about() {
    let place = Place::new();
    let office = open(&place);
    let list = "Код;ФИО\n001;Бек Алия\n1;Бек Алия\n7;Ким Анна\n07;Ли Ян\n70;Цой Вера\n";
    let list = place.write("list.csv", list);
    let told = office.imports(&list, "front", &["--apply"]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(
        &told.out,
        &[
            "3 to add",
            "2 to decide",
            "1 Бек Алия: the code looks like 001 of Бек Алия without its leading zeros",
            "07 Ли Ян: the code looks like 7 of Ким Анна with other leading zeros",
        ],
    );
    office.imports(&list, "front", &["--apply", "--same", "1", "--other", "07"]).done();
    says(&office.imports(&list, "front", &[]).done(), &["5 unchanged"]);
    says(&office.laptop.does(["person", "show", "001"]).done(), &["front: 001, front: 1"]);
    // Also where both are decided about before anybody is on the roster.
    let decided = ["--apply", "--same", "1", "--other", "07"];
    office.imports(&list, "other", &decided).done();
    says(&office.imports(&list, "other", &[]).done(), &["5 unchanged"]);
}
