//! Rows whose names say less than the roster, and rows whose codes have moved.

use tests::binary::Place;

use super::{open, says};

#[test]
fn a_shorter_form_of_a_name_is_told_and_overwrites_nothing() {
    let place = Place::new();
    let office = open(&place);
    let full = "Код;ФИО\nU1;Жаров Иван Петрович\nU2;Мусина Алия Маратқызы\nU3;García López María Carmen\nU4;Цой Яков\n";
    office.imports(&place.write("full.csv", full), "front", &["--apply"]).done();
    for (row, is_known) in [
        ("U1;Жаров И.П.", "Жаров Иван Петрович"),
        ("U1;Жаров Иван", "Жаров Иван Петрович"),
        ("U1;И. П. ЖАРОВ", "Жаров Иван Петрович"),
        ("U2;Мусина А.", "Мусина Алия Маратқызы"),
        ("U2;Алия Мусина", "Мусина Алия Маратқызы"),
        ("U3;García M.", "García López María Carmen"),
        ("U4;Цой", "Цой Яков"),
    ] {
        let list = place.write("short.csv", format!("Код;ФИО\n{row}\n"));
        let plan = office.imports(&list, "front", &["--apply"]).done();
        says(&plan, &["0 to update, 1 unchanged", "1 name is shorter than on the roster", "line 2"]);
        says(&office.laptop.does(["person", "show", &row[..2]]).done(), &[is_known]);
    }
    // Columns that changed places lose no patronymic, and neither does another family name.
    let divided = "Код;Фамилия;Имя;Отчество\nU5;Жаров;Иван;Петрович\nU6;Бекова;Сауле;Маратовна\nU7;Ахметова;Анна;\n";
    office.imports(&place.write("divided.csv", divided), "front", &["--apply"]).done();
    let swapped = "Код;Фамилия;Имя\nU5;Иван;Жаров\nU6;Оспанова;Сауле\nU7;Ахметова;Анна\n";
    let plan = office.imports(&place.write("swapped.csv", swapped), "front", &["--apply"]).done();
    says(
        &plan,
        &["1 to update, 2 unchanged", "1 name is shorter", "`Бекова Сауле Маратовна` → `Оспанова Сауле Маратовна`"],
    );
    // What says more than the roster is taken over.
    let fuller = "Код;ФИО\nU4;Цой Яков Ильич\nU7;Ахметова Анна Ивановна\n";
    let plan = office.imports(&place.write("fuller.csv", fuller), "front", &["--apply"]).done();
    says(&plan, &["2 to update", "`Цой Яков` → `Цой Яков Ильич`"]);
    assert!(!plan.contains("shorter"), "{plan}");
}

#[test]
fn initials_that_contradict_a_name_are_somebody_else() {
    let place = Place::new();
    let office = open(&place);
    let full = "Код;ФИО\nU1;Жаров Иван Петрович\nU2;Ким О.\nU3;Бекова Сауле\n";
    office.imports(&place.write("full.csv", full), "front", &["--apply"]).done();
    for (row, was) in [
        ("U1;Жаров П.И.", "code U1 was Жаров Иван Петрович and is Жаров П.И. now"),
        ("U1;Жаров О. П.", "code U1 was Жаров Иван Петрович"),
        ("U2;Ким Анна", "code U2 was Ким О. and is Ким Анна now"),
        ("U3;Бекова А.М.", "code U3 was Бекова Сауле"),
    ] {
        let told = office.imports(&place.write("other.csv", format!("Код;ФИО\n{row}\n")), "front", &["--apply"]);
        assert_eq!(told.code, Some(5), "{}", told.out);
        says(&told.out, &["0 to update", "1 to decide", was]);
    }
    // Nor does a paper list give hours to whom its initials contradict.
    let list = place.write("hours.csv", "Код;ФИО;Дата;С;По\nU1;Жаров П.И.;18.05.2026;9:00;12:00\n");
    let told = office.laptop.does(["hours", "grant", "--list", list.to_str().unwrap()]);
    told.refused(3, &["`U1` is Жаров Иван Петрович, and the list says `Жаров П.И.`"]);
}

#[test]
fn a_year_of_birth_and_a_telephone_number_that_change_together_are_asked_about() {
    let place = Place::new();
    let office = open(&place);
    let header = "Код;ФИО;Год рождения;Телефон\n";
    let first = "A;Ким Анна Ильинична;1990;+77010000001\nB;Ли Ян;1985;+77010000002\nC;Цой Вера;2001;+77010000003\n";
    office.imports(&place.write("first.csv", format!("{header}{first}")), "front", &["--apply"]).done();
    let second = "A;Ким А.;1995;+77010000011\nB;Ли Ян;1986;87010000002\nC;Цой Вера;2001;+77010000033, +77010000003\n";
    let second = place.write("second.csv", format!("{header}{second}"));
    let told = office.imports(&second, "front", &["--apply"]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(&told.out, &["2 to update", "1 to decide", "the year of birth was 1990 and is 1995 now"]);
    // Whoever is the same keeps the whole name.
    office.imports(&second, "front", &["--apply", "--same", "A"]).done();
    says(&office.laptop.does(["person", "show", "A"]).done(), &["Ким Анна Ильинична", "birth_year: 1995"]);
}

#[test]
fn somebody_who_is_known_by_another_code_is_asked_about_and_row_numbers_are_told() {
    let place = Place::new();
    let office = open(&place);
    let header = "№;ФИО;Телефон\n";
    let first = "1;Ким Анна;87010000001\n2;Цой Яков;87010000002\n3;Ли Ян;87010000003\n";
    let map = ["--map", "№=code"];
    let with = |more: &[&'static str]| [&map[..], more].concat();
    office.imports(&place.write("first.csv", format!("{header}{first}")), "front", &with(&["--apply"])).done();
    let shifted = "1;Ким Анна;87010000001\n2;Бек Алия;87010000009\n3;Цой Яков;87010000002\n4;Ян Ли;+77010000003\n";
    let shifted = place.write("shifted.csv", format!("{header}{shifted}"));
    let told = office.imports(&shifted, "front", &with(&["--apply"]));
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(
        &told.out,
        &[
            "0 to add, 0 to update, 1 unchanged",
            "3 to decide",
            "4 Ян Ли: somebody with this name and this phone number is known by the code 3",
            "they look like row numbers",
        ],
    );
    // Each decision takes its own code away from a record or adds it.
    office.imports(&shifted, "front", &with(&["--apply", "--other", "2", "--other", "3", "--same", "4"])).done();
    says(&office.laptop.does(["person", "show", "4"]).done(), &["Ли Ян", "external_ids: front: 4\n"]);
    says(&office.laptop.does(["person", "show", "2"]).done(), &["Бек Алия"]);
    says(&office.imports(&shifted, "front", &map).done(), &["0 to add", "4 unchanged"]);

    // Without telephone numbers, a name is enough where the list gives the known code to somebody else.
    office.imports(&place.write("b1.csv", "Код;ФИО\n1;Сова Роза\n2;Дуб Роман\n"), "b", &["--apply"]).done();
    let told = office.imports(&place.write("b2.csv", "Код;ФИО\n1;Пак Яна\n2;Сова Роза\n3;Дуб Роман\n"), "b", &[]);
    says(&told.out, &["0 to add", "3 to decide", "3 Дуб Роман: somebody with this name is known by the code 2"]);
    // Namesakes who are told apart by the list, and people of another office, are added.
    let more = "Код;ФИО;Телефон\n1;Сова Роза;\n2;Дуб Роман;\n5;Дуб Роман;\n6;Ким Анна;87010000001\n";
    says(&office.imports(&place.write("b3.csv", more), "b", &[]).done(), &["2 to add", "2 unchanged"]);
}

#[test]
fn a_code_that_has_the_name_of_somebody_else_is_asked_about_however_alike_the_names_are() {
    let place = Place::new();
    let office = open(&place);
    let roster = "Код;ФИО\n1;Ким Мария\n2;Ким Марина\n3;Ахметов Серік\n4;Ахметов Берік\n5;Ким Евгений\n6;Ким Евгения\n";
    office.imports(&place.write("roster.csv", roster), "front", &["--apply"]).done();
    for (row, name) in
        [("1;Ким Марина", "Ким Марина"), ("3;Берік Ахметов", "Берік Ахметов"), ("5;Ким Евгения", "Ким Евгения")]
    {
        let told = office.imports(&place.write("moved.csv", format!("Код;ФИО\n{row}\n")), "front", &["--apply"]);
        assert_eq!(told.code, Some(5), "{}", told.out);
        says(&told.out, &["0 to update", "1 to decide", name]);
        // Nor does a paper list give hours to whom the code and the name are not one.
        let (code, _) = row.split_once(';').unwrap();
        let list = place.write("hours.csv", format!("Код;ФИО;Дата;С;По\n{code};{name};18.05.2026;9:00;12:00\n"));
        office.laptop.does(["hours", "grant", "--list", list.to_str().unwrap()]).refused(3, &["correct one of them"]);
    }
    let own = place.write("own.csv", "Код;ФИО;Дата;С;По\n1;Мария Ким;18.05.2026;9:00;12:00\n");
    office.laptop.does(["hours", "grant", "--list", own.to_str().unwrap()]).done();
}
