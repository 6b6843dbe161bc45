//! Codes whose names change: what is a spelling of one name goes through, what may be another human being is asked about.

use tests::binary::Place;

use super::{Office, open, says};

/// Imports the names before under the codes `N-0`, `N-1` and so on, and gives those after to the plan of the next list.
fn change(office: &Office<'_>, issuer: &str, header: &str, pairs: &[(&str, &str)]) -> String {
    let list = |name: &str, rows: Vec<&str>| {
        let rows: String = rows.iter().enumerate().map(|(number, row)| format!("N-{number};{row}\n")).collect();
        office.place.write(name, format!("Код;{header}\n{rows}"))
    };
    let (before, after) = pairs.iter().copied().unzip();
    office.imports(&list("before.csv", before), issuer, &["--apply"]).done();
    office.imports(&list("after.csv", after), issuer, &["--lines"]).done()
}

/// Every name is asked about.
#[track_caller]
fn are_asked(office: &Office<'_>, issuer: &str, header: &str, pairs: &[(&str, &str)]) {
    let plan = change(office, issuer, header, pairs);
    for (number, (before, after)) in pairs.iter().enumerate() {
        let asked = plan.contains(&format!("--same N-{number}, or --other N-{number}"));
        assert!(asked, "{before} → {after} is not asked about:\n{plan}");
    }
}

/// No name is asked about.
#[track_caller]
fn go_through(office: &Office<'_>, issuer: &str, header: &str, pairs: &[(&str, &str)]) {
    let plan = change(office, issuer, header, pairs);
    for (number, (before, after)) in pairs.iter().enumerate() {
        assert!(!plan.contains(&format!("--same N-{number},")), "{before} → {after} is asked about:\n{plan}");
    }
}

#[test]
fn another_given_name_is_asked_about_however_alike_the_two_are() {
    let place = Place::new();
    let office = open(&place);
    let others = [
        ("Ахметов Серік", "Ахметов Берік"),
        ("Жумабаев Марат", "Жумабаев Мурат"),
        ("Ахметов Асан", "Ахметов Хасан"),
        ("Ахметов Нұржан", "Ахметов Нұрхан"),
        ("Ким Алина", "Ким Арина"),
        ("Иванов Александр", "Иванова Александра"),
        ("Ким Евгений", "Ким Евгения"),
        ("Цой Валентин", "Цой Валентина"),
        ("Brown Julia", "Brown Julian"),
        ("Жанат Айгүл", "Жанар Айгүл"),
        ("Бекова Жансая", "Бекова Жания"),
        ("Akhmetov Yerlan", "Akhmetov Yernar"),
    ];
    are_asked(&office, "names", "ФИО", &others);
    are_asked(
        &office,
        "columns",
        "Фамилия;Имя;Отчество",
        &[("Ахметов;Серік;Маратұлы", "Ахметов;Берік;Маратұлы"), ("Ким;Мария;", "Ким;Марина;")],
    );
    // Neither a telephone nor a year of birth makes one human being of two brothers, nor do new ones.
    are_asked(
        &office,
        "phones",
        "ФИО;Телефон;Год рождения",
        &[
            ("Оспан Серік;87015550001;1990", "Оспан Берік;87776660000;1990"),
            ("Тен Марат;87015550002;", "Тен Мурат;87015550002;"),
            ("Ким Евгений;87015550003;", "Ким Евгения;87776660001;"),
            ("Пак Юлия;;1990", "Пак Юлиан;;1990"),
            ("Цой Олег;87015550004;", "Цой Олек;87776660002;"),
        ],
    );
}

#[test]
fn another_family_name_is_asked_about_but_for_a_womans() {
    let place = Place::new();
    let office = open(&place);
    are_asked(
        &office,
        "men",
        "ФИО;Телефон;Год рождения",
        &[
            ("Ким Олег;;", "Кан Олег;;"),
            ("Ли Игорь;87015550001;1990", "Тен Игорь;87015550001;1990"),
            ("Smith John;;", "Brown John;;"),
            ("Оспан Марат;;", "Бек Марат;;"),
            // Anybody could be meant.
            ("Бекова Сауле;;1990", "Иванова С.;;1990"),
            ("Ахметова Мария Маратовна;;", "Иванова М. М.;;"),
            ("Петрова Анна;;1990", "Сидорова Анна;;1985"),
            ("Дюпон Зед;;", "Морель Зед;;"),
        ],
    );
    go_through(
        &office,
        "women",
        "ФИО;Телефон;Год рождения",
        &[
            ("Бекова Сауле;;", "Ахметова Сауле;;"),
            ("Сейтқали Айгүл;;", "Оспан Айгүл;;"),
            ("Ли Яна;87015550001;1990", "Пак Яна;87015550001;1990"),
            ("Smith Mary;87015550002;", "Brown Mary;87015550002;"),
            ("Дюпон Зед;87015550003;", "Морель Зед;87015550003;"),
            ("Ким Ольга;87015550004;1990", "Цой Ольга;87776660000;1990"),
        ],
    );
}

#[test]
fn a_list_that_was_sent_again_with_other_spellings_and_slips_mended_goes_through() {
    let place = Place::new();
    let office = open(&place);
    go_through(
        &office,
        "names",
        "ФИО;Телефон;Год рождения",
        &[
            ("Семёнов Пётр;;", "Семенов Петр;87015550001;1990"),
            ("Зайцева Майя;;", "Заицева Маия;;"),
            ("Әбдірахманов Ғалым;;", "Абдирахманов Галым;;"),
            ("Бекова Сауле;87015550002;", "Bekova Saule;87776660000;"),
            ("Ким Анна-Мария;;", "Ким Анна Мария;;"),
            ("Сауле Бекова;;", "Бекова Сауле Маратовна;;"),
            ("Сейтқали Айгерм;;1990", "Сейтқали Айгерім;;1990"),
            ("Ким Мрат;87015550007;", "Ким Марат;87015550007;"),
            ("Иванова Свтелана;;", "Иванова Светлана;;"),
            ("Абдирахманов Ерлан;87015550003;", "Абдрахманов Ерлан;87776660001;"),
            ("Ахметов Констатин;;", "Ахметов Константин;;"),
            ("Оспанов Сауле;;", "Оспанова Сауле;;"),
            ("Жаров И.П.;;", "Жаров Иван Петрович;;"),
            ("Ким Олег;87015550004;", "Ким Олек;87015550004;"),
            ("Цой Олег;;1990", "Чой Олег;;1990"),
            ("Ахметов Серік;87015550005;1990", "Ахметов Берік;87015550005;1990"),
        ],
    );
}

#[test]
fn a_fuller_given_name_is_never_lost_to_an_initial() {
    let place = Place::new();
    let office = open(&place);
    let full = "Код;ФИО\nA1;Бекова Сауле\nA2;Ахметова Мария Маратовна\nA3;Цой Ян\nA4;Жаров Иван\n";
    office.imports(&place.write("full.csv", full), "front", &["--apply"]).done();
    let short = "Код;ФИО\nA1;Иванова С.\nA2;Иванова М. М.\nA3;Цой Я. Б.\nA4;Жаров И.П.\n";
    let short = place.write("short.csv", short);
    let told = office.imports(&short, "front", &["--apply"]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(&told.out, &["2 to update", "2 to decide", "`Цой Ян` → `Цой Ян Б.`", "`Жаров Иван` → `Жаров Иван П.`"]);
    office.imports(&short, "front", &["--apply", "--same", "A1", "--same", "A2"]).done();
    for (code, name) in
        [("A1", "Иванова Сауле"), ("A2", "Иванова Мария Маратовна"), ("A3", "Цой Ян Б."), ("A4", "Жаров Иван П.")]
    {
        says(&office.laptop.does(["person", "show", code]).done(), &[name]);
    }
    says(&office.imports(&short, "front", &[]).done(), &["0 to update, 4 unchanged"]);
}

#[test]
fn a_paper_list_gives_no_hours_where_the_name_is_not_that_of_the_code() {
    let place = Place::new();
    let office = open(&place);
    let roster =
        "Код;ФИО\n3;Ахметов Серік\n5;Ким Евгений\n7;Иванов Александр\n8;Бекова Сауле Маратовна\n9;Жаров И.П.\n";
    office.imports(&place.write("roster.csv", roster), "front", &["--apply"]).done();
    let grant = |code: &str, name: &str| {
        let list = format!("Код;ФИО;Дата;С;По\n{code};{name};18.05.2026;9:00;12:00\n");
        office.laptop.does(["hours", "grant", "--list", place.write("hours.csv", list).to_str().unwrap()])
    };
    for (code, name) in [
        ("3", "Ахметов Берік"),
        ("3", "Оспан Серік"),
        ("5", "Ким Евгения"),
        ("7", "Иванова Александра"),
        ("8", "Иванова С."),
        ("8", "Ким Сауле"),
        ("8", "Бекова Сауле Игоревна"),
        ("9", "Жаров Пётр"),
        ("9", "Жаров П. И."),
    ] {
        grant(code, name).refused(3, &[&format!("the list says `{name}`: correct one of them"), "nothing was written"]);
    }
    for (code, name) in [
        ("3", "Серик Ахметов"),
        ("3", "Ахметов С."),
        ("8", "Сауле"),
        ("8", "Bekova Saule"),
        ("8", "Сауле Маратовна"),
        ("9", "Жаров Иван"),
        ("9", "Жаров Иван Петрович"),
    ] {
        grant(code, name).done();
    }
}
