//! Lists in which some people have a code and others none, and people who have a row for each of their shifts.

use tests::binary::Place;

use super::{open, says};

#[test]
fn who_has_no_code_yet_is_known_by_telephone_or_year_until_a_list_gives_one() {
    let place = Place::new();
    let office = open(&place);
    let lists = |rows: &str| {
        let list = place.write("list.csv", format!("Код;ФИО;Телефон;Год рождения\n{rows}"));
        office.imports(&list, "front", &["--apply"])
    };
    let first = "A1;Ким Анна;87015550001;\n;Пак Ира;87015550002;\n;Цой Ян;;1990\n";
    says(&lists(first).done(), &["3 to add"]);
    says(&lists(first).done(), &["0 to add, 0 to update, 3 unchanged"]);
    // The codes came later; the code of somebody is left out once; a telephone number is filled in.
    let second = ";Ким Анна;87015550001;\nA2;Пак Ира;87015550002;\n;Цой Ян;87015550003;1990\n";
    says(&lists(second).done(), &["0 to add, 2 to update, 1 unchanged"]);
    says(&office.laptop.does(["person", "show", "A1"]).done(), &["Ким Анна"]);
    says(&office.laptop.does(["person", "show", "A2"]).done(), &["Пак Ира"]);
    // By the name alone nobody is known in a list that has codes.
    let told = lists(";Ли Юна;;\n");
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(&told.out, &["line 2, column 1 (Код)", "write one, or a telephone number or a year of birth"]);
    // Two rows without a code that cannot be told apart are refused as such.
    let told = lists(";Ли Юна;87015550004;\n;Ли Юна;87015550004;1990\n");
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(&told.out, &["1 to add", "1 to decide", "Ли Юна"]);
}

#[test]
fn somebody_who_has_a_row_for_each_shift_is_one_in_all_of_them() {
    let place = Place::new();
    let office = open(&place);
    for (header, row) in [("ФИО;Телефон", "Ким Анна;87015550001"), ("Код;ФИО;Телефон", "A1;Пак Ира;87015550002")]
    {
        let list = place.write("list.csv", format!("{header};Смена\n{row};утро\n{row};вечер\n"));
        let told = office.imports(&list, "front", &["--apply"]).done();
        says(
            &told,
            &["1 to add", "0 refused", "line 3 names the same person as line 2, with another shift or category"],
        );
        says(&office.imports(&list, "front", &["--apply"]).done(), &["0 to add, 0 to update, 1 unchanged"]);
    }
    for name in ["Ким Анна", "Пак Ира"] {
        says(&office.laptop.does(["person", "show", name]).done(), &["утро", "вечер"]);
    }
    // What one can have once only must be the same.
    let list = place
        .write("list.csv", "ФИО;Телефон;Смена;Команда\nЦой Ян;87015550003;утро;T01\nЦой Ян;87015550003;вечер;T-7\n");
    let told = office.imports(&list, "front", &["--apply"]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(&told.out, &["0 to add", "2 refused"]);
}

#[test]
fn headers_with_commas_do_not_make_a_comma_the_delimiter() {
    let place = Place::new();
    let office = open(&place);
    for (name, list) in [
        ("Ким Анна", "№;Фамилия, имя;Класс;Телефон\n1;Ким Анна;7А;87015550001\n"),
        ("Пак Ира", "Код;ФИО (фамилия, имя, отчество);Кол-во часов\nA2;Пак Ира Олеговна;4\n"),
        ("Цой Ян", "№;ФИО ребёнка;Дата рождения ребёнка\n1;Цой Ян;2012-04-05\n"),
        ("Ли Юна", "Код|Фамилия, имя|Телефон\nA4|Ли Юна|87015550004\n"),
    ] {
        says(&office.imports(&place.write("list.csv", list), name, &["--apply"]).done(), &["1 to add", "0 refused"]);
        says(&office.laptop.does(["person", "show", name]).done(), &[name]);
    }
}

#[test]
fn two_people_of_whom_only_what_is_not_kept_differs_are_told_and_none_is_lost() {
    let place = Place::new();
    let office = open(&place);
    for list in [
        "ФИО;Дата рождения;Класс\nИванов Иван;01.02.2010;7А\nИванов Иван;11.12.2010;7Б\n",
        "Full name,Year of birth,Email\nJohn Smith,1999,john@one.example\nJohn Smith,1999,john@two.example\n",
        "Код;ФИО;Дата рождения\nA1;Ким Анна;01.02.2010\nA1;Ким Анна;05.06.2010\n",
        "Аты-жөні;Туған жылы;Ауысым;Мекенжайы\nЦой Ян;2010;1;Теңіз 1\nЦой Ян;2010;2;Дала 5\n",
    ] {
        let told = office.imports(&place.write("list.csv", list), "front", &["--apply"]);
        assert_eq!(told.code, Some(5), "{}", told.out);
        says(&told.out, &["0 to add", "2 refused"]);
    }
    // The number of the row and the time of an answer are nobody's.
    let list =
        "№;Отметка времени;ФИО;Телефон\n1;18.05.2026 9:00;Ли Юна;87015550004\n2;18.05.2026 9:01;Ли Юна;87015550004\n";
    let told = office.imports(&place.write("list.csv", list), "front", &["--apply"]).done();
    says(&told, &["1 to add", "line 3 says the same as line 2"]);
}
