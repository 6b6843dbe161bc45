//! Rows that speak of nobody and look like people, and people who look like such rows.

use tests::binary::Place;

use super::{Office, open, says, workbook};

impl Office<'_> {
    /// Imports a list and tells the exit code with what was printed.
    fn written(&self, list: impl AsRef<[u8]>, issuer: &str) -> (Option<i32>, String) {
        let told = self.imports(&self.place.write("list", list), issuer, &["--apply", "--lines"]);
        (told.code, told.out)
    }
}

#[test]
fn a_word_and_its_value_above_or_between_people_are_no_headers() {
    let place = Place::new();
    let office = open(&place);
    for (number, (list, line, people)) in (0..).zip([
        (
            "Отряд;Теңіз;\n№;ФИО;Телефон\n1;Ким Анна;87015550001\n2;Пак Ира;87015550002\nОтряд;Дала;\n№;ФИО;Телефон\n\
                1;Цой Ян;87015550003\n",
            "line 2",
            &["add  Ким Анна", "add  Цой Ян", "line 5 is a heading", "line 6 is the headers again"][..],
        ),
        ("Отряд;Теңіз;\n;ФИО;Телефон\n1;Ким Анна;87015550001\n", "line 2", &["add  Ким Анна"]),
        ("Организация:;Birgemiz Eco;\nКод;ФИО;Телефон\nA1;Ким Анна;87015550001\n", "line 2", &["add A1 Ким Анна"]),
        ("Топ;Теңіз\nАймақ;Маңғыстау\nКоды;Аты-жөні\nA1;Ким Анна\n", "line 3", &["add A1 Ким Анна"]),
        ("Team;Eagles;Region;West\nCode;Full name;Phone;\nA1;Kim Anna;1;\n", "line 2", &["add A1 Kim Anna"]),
        (
            "Отряд;Теңіз;;\nКод;ФИО;Телефон;Год рождения\nA1;Ким Анна;87015550001;1990\n;;;\nОтряд;Дала;;\nA2;Пак Ира;;1991\n",
            "line 2",
            &["add A1 Ким Анна", "line 5 is a heading", "add A2 Пак Ира"],
        ),
    ]) {
        let (code, told) = office.written(list, &format!("office {number}"));
        says(&told, &[&format!("the headers stand in {line};")]);
        says(&told, people);
        assert_eq!(code, Some(0), "{told}");
        assert!(!told.contains("the one below it") && !told.contains("Дала") && !told.contains("Теңіз"), "{told}");
    }
    // Headers in two rows are read as before.
    for list in [
        "Код;Участник;;;Контакты;\n;Фамилия;Имя;Отчество;моб.;Телефон\nA;Ким;Анна;;;+77010000001\n",
        "№;Код;Участник;Контакты\n;;ФИО;Телефон\n1;A;Ким Анна;+77010000001\n",
    ] {
        says(&office.plan_of(list, &[]), &["add A Ким Анна", "the one below it"]);
    }
}

#[test]
fn a_row_that_may_be_a_heading_adds_nobody_in_silence() {
    let place = Place::new();
    let office = open(&place);
    for (number, (list, refused, people)) in (0..).zip([
        ("ФИО;Телефон\nСевер\nКим Анна;87015550001\nПак Ира;87015550002\nЮг\nЦой Ян;87015550003\n", &[2, 5][..], 3),
        ("ФИО,Телефон,Год рождения\nКим Анна,87015550001,1990\nМедпункт,103,\nПак Ира,87015550002,1991\n", &[3], 2),
        ("№;Фамилия;Имя;Телефон\n1;Ким;Анна;87015550001\n;Отряд;Теңіз;\n2;Пак;Ира;87015550002\n", &[3], 2),
        ("Full name;Year of birth\nOutpost;\nKim Anna;1990\nPak Ira;1991\n", &[2], 2),
        ("Аты-жөні;Телефон\nОтряд Орлы;\nКим Анна;87015550001\nПак Ира;87015550002\n", &[2], 2),
        ("№;ФИО;Телефон\n1;Ким Анна;87015550001\nОтряд;Белая Сова;\n2;Пак Ира;87015550002\n", &[3], 2),
        ("ФИО;Телефон\nСкорая помощь;112\nКим Анна;87015550001\nПак Ира;87015550002\n", &[2], 2),
    ]) {
        let (code, told) = office.written(list, &format!("office {number}"));
        says(&told, &[&format!("{people} to add"), &format!("{} refused", refused.len())]);
        for line in refused {
            says(&told, &[&format!("line {line}: the row may be a heading"), "give them a telephone number"]);
        }
        assert_eq!(code, Some(5), "{told}");
    }
    let parts = "ФИО,Телефон,Год рождения\nПервый отряд,,\nКим Анна,87015550001,1990\nБірінші топ,,\nСмена 2,,\nПак Ира,87015550002,\n";
    let (code, told) = office.written(parts, "parts");
    says(
        &told,
        &["2 to add, 0 to update", " 0 refused", "line 2 is a heading", "line 4 is a heading", "line 5 is a heading"],
    );
    assert_eq!(code, Some(0), "{told}");
    // Whoever has one name is somebody.
    for (list, name) in [
        ("№;ФИО;Телефон\n1;Айгерім;\n2;Ким Анна;87015550001\n3;Пак Ира;87015550002\n", "add  Айгерім"),
        ("Код;ФИО;Телефон\n1;Айгерім;\n2;Ким Анна;87015550001\n3;Пак Ира;87015550002\n", "add 1 Айгерім"),
        ("ФИО;Телефон\nАйгерім;87015550003\nКим Анна;87015550001\nПак Ира;87015550002\n", "add  Айгерім"),
        ("ФИО;Телефон;Команда\nАйгерім;;T01\nКим Анна;87015550001;\nПак Ира;87015550002;\n", "add  Айгерім"),
        ("ФИО;Телефон\nАйгерім;\nКим;\nПак;87015550002\n", "add  Айгерім"),
    ] {
        says(&office.plan_of(list, &[]), &["3 to add", " 0 refused", name]);
    }
}

#[test]
fn people_who_are_called_like_words_of_papers_are_people() {
    let place = Place::new();
    let office = open(&place);
    let pairs = [
        "Мо;Янь",
        "Запас;Иван",
        "Stamp;Terence",
        "Конец;Олег",
        "Annex;Bo",
        "Дата;Анна",
        "Топ;Алия",
        "Page;Jimmy",
        "Seal;Henry",
    ];
    let list: String = pairs.iter().map(|pair| format!("{pair};1990\n")).collect();
    let (code, told) = office.written(format!("Фамилия;Имя;Год рождения\n{list}"), "pairs");
    says(&told, &["9 to add", " 0 refused"]);
    assert_eq!(code, Some(0), "{told}");
    let whole = [
        "Подпись Мария",
        "Директор Ян",
        "Total Anna",
        "Мо Янь",
        "Конец Олег",
        "Капитан Анна",
        "Key Note",
        "Группа Анна",
    ];
    let list: String = whole.iter().map(|name| format!("{name};1990\n")).collect();
    let footers = "Итого человек: 3;\nПодпись: Иванова;\nДиректор Ян;\nИтого;1990\n";
    let (code, told) = office.written(format!("ФИО;Год рождения\n{list}{footers}"), "whole");
    says(
        &told,
        &["8 to add", " 0 refused", "line 10 is a row of totals", "line 11 is a signature", "line 12 is a signature"],
    );
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn what_says_how_a_list_is_to_be_filled_in_is_nobody() {
    let place = Place::new();
    let office = open(&place);
    for list in [
        "Код;ФИО;Телефон\nобязательно;обязательно;по желанию\nA1;Ким Анна;87015550001\n",
        "Code,Full name,Phone\ntext,text,number\nA1,Kim Anna,87015550001\n",
        "Код,ФИО,Телефон\nПример: A-1,Иванов Иван,87000000000\nA1,Ким Анна,87015550001\n",
        "Код;ФИО;Дата рождения\n(обязательно);(обязательно);(дд.мм.гггг)\nA1;Ким Анна;01.02.1990\n",
        "ФИО;Телефон\nнапример, Иванов Иван;+7 700 000 00 00\nКим Анна;87015550001\n",
        "Коды;Аты-жөні;Телефон\nміндетті;міндетті;қалауы бойынша\nA1;Ким Анна;87015550001\n",
        "Code;Full name;Phone\nrequired;required, as in the passport;optional\nA1;Kim Anna;87015550001\n",
    ] {
        says(&office.plan_of(list, &[]), &["1 to add", " 0 refused", "line 2 is a hint how to fill the list in"]);
    }
    let list = "Код;ФИО;Команда\nA1;Пример Жан;text\nA2;Мысал Ян;\n";
    says(&office.plan_of(list, &[]), &["2 to add", "A1 Пример Жан", "A2 Мысал Ян"]);
}

#[test]
fn a_list_that_stands_in_a_hidden_sheet_is_named() {
    let place = Place::new();
    let office = open(&place);
    let book = |visible: &[[&str; 3]], very: bool| {
        workbook(|book| {
            let sheet = book.add_worksheet().set_name("Инструкция").unwrap();
            for (line, row) in (0..).zip(visible) {
                sheet.write_row(line, 0, row.iter().copied()).unwrap();
            }
            let hidden = book.add_worksheet().set_name("Список").unwrap();
            if very {
                hidden.set_very_hidden(true)
            } else {
                hidden.set_hidden(true)
            };
            hidden.write_row(0, 0, ["№", "ФИО", "Телефон"]).unwrap();
            hidden.write_row(1, 0, ["1", "Ким Анна", "87015550001"]).unwrap();
        })
    };
    for very in [false, true] {
        let told = book(&[["Заполните лист", "", ""], ["Вопросы", "87172555555", ""]], very);
        office.refused(&told, &["no visible sheet is a list", "`Список`", "--sheet \"Список\""]);
        says(&office.plan_of(&told, &["--sheet", "Список"]), &["1 to add", "Ким Анна"]);
    }
    // A visible list is read, and what it lacks is said.
    let told = office.plan_of(book(&[["№", "ФИО", "Телефон"], ["1", "Цой Ян", "87015550009"]], false), &[]);
    says(&told, &["1 to add", "Цой Ян", "hidden sheets with people are not read: `Список`"]);
    office
        .refused(book(&[["№", "ФИО", "Класс"], ["1", "Цой Ян", "9А"]], false), &["tells two people of one name apart"]);
}
