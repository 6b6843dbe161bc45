//! Words that stand on papers beside people, headers that are told by their words, and names that are none.

use encoding_rs::{KOI8_R, WINDOWS_1251};
use rust_xlsxwriter::Format;
use tests::binary::Place;

use super::{open, says, workbook};

#[test]
fn what_papers_say_beside_a_list_is_nobody() {
    let place = Place::new();
    let office = open(&place);
    let footers = [
        "МП",
        "М.П.",
        "Дата: 18.05.2026",
        "Согласовано",
        "Утверждаю",
        "Қолы",
        "Келісілді",
        "Бекітемін",
        "Стр. 1 из 2",
        "Page 1 of 2",
        "из них девушек 1",
        "Конец списка",
        "Резерв:",
        "*по согласованию",
        "Старший группы — Бек Алмас",
        "Отряд «Орлы»",
        "Тізім соңы",
        "Signature",
        "2-бет",
    ];
    let list: String = footers.iter().map(|footer| format!("{footer};\n")).collect();
    let told = office.plan_of(format!("ФИО;Телефон\nКим Анна;87010000001\n{list}"), &[]);
    says(&told, &["1 to add", " 0 refused", "line 3 is a signature or a remark", "line 18 is a heading"]);
    let nobody = [
        "не явился",
        "отменено",
        "анықталуда",
        "to be confirmed",
        "tbd",
        "будет позже",
        "вакансия",
        "Отряд «Орлы»",
        "Гость 1",
    ];
    let list: String = (2..).zip(nobody).map(|(code, name)| format!("{code};{name}\n")).collect();
    let told =
        office.imports(&place.write("list.csv", format!("Код;ФИО\n1;Ким Анна\n{list}")), "placeholders", &["--apply"]);
    told.refused(5, &["9 rows were left out"]);
    says(&told.out, &["1 to add", "9 refused", "line 10, column 2 (ФИО): there is no name"]);
}

#[test]
fn a_name_is_whole_or_its_row_is_refused() {
    let place = Place::new();
    let office = open(&place);
    let list = "Код,ФИО\nA,\"Иванов Иван, 15 лет\"\nB,Ivanov №3\nC,\"Серік Ә., 15 жас\"\nD,Ким Анна\nE,Anna%20Smith\nG,&Kcy;им\nH,O&apos;Hara Ann\n";
    let told = office.plan_of(list, &[]);
    says(&told, &["3 to add", "4 refused", "E Anna Smith", "H O'Hara Ann", "D Ким Анна"]);
    for line in 2..=4 {
        says(&told, &[&format!("line {line}, column 2 (ФИО): a number stands in the name")]);
    }
    says(&told, &["line 7, column 2 (ФИО): letters are written as other characters"]);
    says(&office.plan_of("Код;ФИО\nF;%u041a%u0438%u043c %u0410%u043d%u043d%u0430\n", &[]), &["F Ким Анна"]);
    says(&office.plan_of("Код;Фамилия;Имя;Отчество\nA;Бек;Алия;0\n", &[]), &["A Бек Алия\n"]);
}

#[test]
fn headers_are_told_by_their_words_and_a_refusal_says_how_to_map_them() {
    let place = Place::new();
    let office = open(&place);
    for list in [
        "Волонтер ФИО;Сот. тел.\nКим Анна;87010000001\n",
        "№;ФИО;№ тел\n1;Ким Анна;87010000001\n",
        "Отметка времени,Ваше ФИО,Ваш номер телефона\n1,Ким Анна,87010000001\n",
        "ФИО;Контактный номер телефона\nКим Анна;87010000001\n",
        "ФИО;Дата, месяц и год рождения\nКим Анна;01.02.2001\n",
        "Surname,Given names,DOB\nКим,Анна,01.02.2001\n",
        "Сіздің аты-жөніңіз;Байланыс телефоны\nКим Анна;87010000001\n",
    ] {
        says(&office.plan_of(list, &[]), &["1 to add", "Ким Анна"]);
    }
    for list in ["№;Фамилия;Имя\n1;Ким;Анна\n", "№;Город\n1;Актау\n", "x;y\n1;2\n"] {
        office.refused(list, &["no column is called", "--map"]);
    }
}

#[test]
fn a_fraction_in_a_workbook_is_a_team_as_it_is_shown() {
    let place = Place::new();
    let office = open(&place);
    let book = workbook(|book| {
        let sheet = book.add_worksheet();
        sheet.write_row(0, 0, ["Код", "ФИО", "Команда"]).unwrap();
        for (line, (number, format)) in
            (1..).zip([(1.0 / 3.0, "# ?/?"), (0.5, "# ??/??"), (2.25, "# ?/?"), (1.0 / 3.0, "General")])
        {
            sheet.write_row(line, 0, [format!("C-{line}"), "Ким Анна".to_owned()]).unwrap();
            sheet.write_with_format(line, 2, number, &Format::new().set_num_format(format)).unwrap();
        }
    });
    let told = office.imports(&place.write("teams.xlsx", book), "teams", &["--apply"]);
    told.refused(5, &["1 cell was left out"]);
    says(&told.out, &["line 5, column 3 (Команда)"]);
    for (code, team) in [("C-1", "team: 1/3"), ("C-2", "team: 1/2"), ("C-3", "team: 2 1/4")] {
        says(&office.laptop.does(["person", "show", code]).done(), &[team]);
    }
}

#[test]
fn headers_decide_the_encoding_however_odd_a_name_is() {
    let place = Place::new();
    let office = open(&place);
    for name in ["ЦЗЮЙ ЧЖЭН", "нгуен чыонг", "ЭЩЁ"] {
        for encoding in [WINDOWS_1251, KOI8_R] {
            let list = format!("Код;ФИО\n1;{name}\n");
            says(&office.plan_of(encoding.encode(&list).0, &[]), &["1 to add", &format!("1 {name}")]);
        }
    }
}

#[test]
fn a_team_a_school_or_a_post_beside_a_name_takes_nobody_away() {
    let place = Place::new();
    let office = open(&place);
    for (list, people) in [
        ("Отряд;ФИО;Год рождения\n1 отряд;Юрин Юр;1990\n2 отряд;Ким Анна;1991\n", 2),
        ("Команда;ФИО;Телефон\nКоманда 5;Пак Ира;\nКоманда 6;Ли Яна;87015550001\n", 2),
        ("Бригада;Фамилия;Имя;Телефон\nБригада 3;Цой;Вера;\n", 1),
        ("Смена,Full name,Phone\nСмена 2,Kim Anna,87015550003\n", 1),
        ("Team,Name,Year of birth\nTeam 1,Kim Anna,1990\n", 1),
        ("Код;ФИО;Команда\n1 отряд 1;Юрин Юр;\n2 отряд 1;Пак Ира;T1\nГруппа А-7;Ким Анна;\n", 3),
    ] {
        let told = office.plan_of(list, &[]);
        says(&told, &[&format!("{people} to add")]);
        assert!(!told.contains("heading"), "{told}");
    }
    let codes = "Код;ФИО;Телефон\nВсего 5;Пак Ира;87015550002\nИтого 7;Ли Ю;87015550003\nВсего 2;;\n";
    says(&office.plan_of(codes, &[]), &["2 to add", "Всего 5 Пак Ира", "Итого 7 Ли Ю", "line 4 is a row of totals"]);
}

#[test]
fn a_row_that_was_saved_as_one_cell_among_others_is_read_from_inside() {
    let place = Place::new();
    let office = open(&place);
    for (list, name) in [
        ("Код;ФИО;Телефон\nA1;Ким Анна;87015550001\n\"A2;Пак, Ира;87015550002\";;\n", "A2 Пак Ира"),
        ("Код;ФИО;Телефон\nA1;Ким Анна;87015550001\n\"A3;Ли \"\"Ю\"\" Ян;87015550003\"\n", "A3 Ли \"Ю\" Ян"),
        ("Код,ФИО,Телефон\nA1,Ким Анна,87015550001\n\"A2,\"\"Пак, Ира\"\",87015550002\"\n", "A2 Пак Ира"),
        ("ФИО,Телефон\r\nКим Анна,87015550001\r\n\"Пак Ира,87015550002\"\r\n", "Пак Ира"),
    ] {
        let told = office.plan_of(list, &[]);
        says(&told, &["2 to add", " 0 refused", name, "lines were saved as one cell in quotation marks each"]);
    }
    // Where it cannot be told which cells are inside, the row is refused and no heading.
    let wrapped = "Код;ФИО;Телефон\nA1;Ким Анна;87015550001\n\"A2;Пак, Ира\";;\n";
    let told = office.imports(&place.write("wrapped.csv", wrapped), "wrapped", &["--apply"]);
    says(&told.out, &["1 to add", "1 refused", "line 3"]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    let title = "\"ОО Жасыл Ел; Актау\"\nКод;ФИО\nA1;Ким Анна\n";
    says(&office.plan_of(title, &[]), &["1 to add", "A1 Ким Анна", "the headers stand in line 2"]);
}
