//! Several tables that are one list: files that are imported together, sheets of a workbook, tables one below the other.

use tests::binary::{Place, Told};

use super::{Office, open, says, workbook};

impl Office<'_> {
    fn imports_files(&self, files: &[(&str, &str)], more: &[&str]) -> Told {
        for (name, text) in files {
            self.place.write(name, text);
        }
        let names = files.iter().map(|(name, _)| *name);
        self.laptop.does(["import"].into_iter().chain(names).chain(["--issuer", "fk"]).chain(more.iter().copied()))
    }

    fn people(&self) -> usize {
        self.laptop.does(["report", "people", "--format", "csv", "--lang", "en", "--out", "people.csv"]).done();
        let people = std::fs::read_to_string(self.place.path("people.csv")).unwrap();
        people.lines().count() - 1
    }
}

/// Sheets with their rows, the headers among them.
fn sheets(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    workbook(|book| {
        for (name, rows) in sheets {
            let sheet = book.add_worksheet().set_name(*name).unwrap();
            for (line, row) in (0..).zip(*rows) {
                sheet.write_row(line, 0, row.iter().copied()).unwrap();
            }
        }
    })
}

#[test]
fn files_that_are_imported_together_are_one_list_and_are_written_whole() {
    let place = Place::new();
    let office = open(&place);
    let first = ("f5.csv", "Код;ФИО\n1;Ким Анна\n2;Ли Ян\n3;Цой Вера\n");
    let told = office.imports_files(&[first, ("f6.csv", "ФИО;Код\nПак Яна;2\nБек Оля;4\n")], &["--apply", "--lines"]);
    told.refused(5, &["2 rows were left out"]);
    says(&told.out, &["file 1 is f5.csv", "file 2 is f6.csv", "f5.csv, f6.csv: 3 to add", "2 refused"]);
    says(&told.out, &["file 1, line 3, column 1 (Код): file 2, line 2 has the same code"]);
    says(&told.out, &["file 2, line 2, column 2 (Код): file 1, line 3 has the same code"]);
    assert_eq!(office.people(), 3);
    // The same without codes, and with a code that is typed otherwise.
    for (number, [first, second]) in (0..).zip([
        ["ФИО;Телефон\nИванов Пётр;87010000001\n", "Телефон;ФИО\n+7 701 000 00 01;ПЁТР ИВАНОВ\n"],
        ["ФИО;Год рождения\nСейтов Асан;2001\n", "Фамилия;Имя;Год рождения\nСейтов;Асан;2001\n"],
        ["Код;ФИО\nA-7;Смит Ян\n", "Код;ФИО\nа‑7;Смит Ян\n"],
    ]) {
        let told = office.imports_files(&[("one.csv", first), ("two.csv", second)], &["--apply"]);
        told.refused(5, &["2 rows were left out"]);
        says(&told.out, &["0 to add", "file 1, line 2", "file 2, line 2", "has the same"]);
        assert_eq!(office.people(), 3, "list {number}");
    }
    // Leading zeros are asked about across files, and can be decided there.
    let zeros = [("one.csv", "Код;ФИО\n007;Ахметов Ян\n"), ("two.csv", "Код;ФИО\n7;Ахметов Ян\n")];
    let told = office.imports_files(&zeros, &[]);
    says(&told.out, &["1 to add", "file 2, line 2", "leading zeros"]);
    office.imports_files(&zeros, &["--same", "7", "--apply"]).done();
    assert_eq!(office.people(), 4);
    // Of two files of which one cannot be read nothing is written.
    office
        .imports_files(&[("one.csv", "Код;ФИО\n50;Ли Вера\n"), ("two.csv", "x;y\n1;2\n")], &["--apply"])
        .refused(3, &[]);
    assert_eq!(office.people(), 4);
}

#[test]
fn every_sheet_with_people_is_read_by_its_own_headers() {
    let place = Place::new();
    let office = open(&place);
    let book = |name: &str, all: &[(&str, &[&[&str]])]| place.write(name, sheets(all));
    let teams = book(
        "teams.xlsx",
        &[
            ("Север", &[&["Код", "ФИО"], &["N-1", "Ким Анна"], &["N-2", "Ли Ян"]]),
            ("Юг", &[&["Код", "ФИО", "Телефон"], &["S-1", "Цой Вера", "+77010000001"]]),
            ("Титул", &[&["Список волонтёров"], &["2026"]]),
        ],
    );
    let told = office.imports(&teams, "teams", &["--apply", "--lines"]);
    says(&told.out, &["3 to add", "N-2 Ли Ян", "sheet 2, line 2: add S-1 Цой Вера", "other sheets are not: `Титул`"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    let four = book(
        "four.xlsx",
        &[
            ("1 отряд", &[&["№", "ФИО", "Год рождения"], &["1", "Бек Асан", "2001"]]),
            (
                "2 отряд",
                &[&["№", "Ф.И.О.", "Дата рождения", "Телефон"], &["1", "Сейтов Ян", "01.02.2002", "+77010000002"]],
            ),
            ("3 отряд", &[&["Отряд 3"], &["№", "Фамилия", "Имя", "Телефон"], &["1", "Пак", "Яна", "+77010000003"]]),
            ("4 отряд", &[&["№", "Участник", "Тел."], &["1", "Смит Джон", "+77010000004"]]),
        ],
    );
    let plan = office.plan(&four, &[]);
    says(&plan, &["4 to add", "Бек Асан", "Сейтов Ян", "Пак Яна", "Смит Джон", "4 sheets are read"]);
    says(&office.plan(&four, &["--sheet", "3 отряд"]), &["1 to add", "Пак Яна"]);
    // The same code on two sheets is told with both places.
    let twice = book(
        "twice.xlsx",
        &[
            ("Все", &[&["Код", "ФИО"], &["A", "Ким Анна"], &["B", "Ли Ян"]]),
            ("Лидеры", &[&["ФИО", "Код", "Команда"], &["Ли Вера", "B", "T01"]]),
        ],
    );
    says(
        &office.plan(&twice, &[]),
        &["1 to add", "2 refused", "line 3, column 1 (Код): sheet 2, line 2 has the same code"],
    );
    // A sheet with people that cannot be read is told, and not done in silence.
    for (name, rows) in [
        ("no-code.xlsx", &[&["№", "ФИО", "Город"][..], &["1", "Бек Асан", "Актау"][..]][..]),
        ("other-words.xlsx", &[&["Шифр", "Кто", "Моб"], &["S-1", "Бек Асан", "1"], &["S-2", "Цой Вера", "2"]]),
        ("no-headers.xlsx", &[&["S-1", "Бек Асан"], &["S-2", "Цой Вера"]]),
        ("one-person.xlsx", &[&["Ли Яна", "87015550004"]]),
    ] {
        let list = book(name, &[("Север", &[&["Код", "ФИО"], &["N-1", "Ким Анна"]]), ("Юг", rows)]);
        let told = office.imports(&list, name, &["--apply"]);
        told.refused(5, &["1 sheet with people was left out"]);
        says(&told.out, &["sheets with people are not read", "`Юг`", "1 to add"]);
        assert_eq!(office.imports(&list, name, &["--apply", "--sheet", "Север"]).code, Some(0));
    }
}

#[test]
fn a_table_further_down_is_read_by_its_own_headers() {
    let place = Place::new();
    let office = open(&place);
    let list = "Код;ФИО;Телефон\nA-1;Ким Анна;+77010000001\nA-2;Ли Ян;+77010000002\n\nОтряд 2;;\nФИО;Телефон;Код\n\
        Цой Вера;+77010000003;B-1\nПак Яна;+77010000004;B-2\n";
    let plan = office.plan_of(list, &[]);
    says(&plan, &["4 to add", "B-1 Цой Вера", "B-2 Пак Яна", "line 6 holds other headers"]);
    let more =
        "Код;ФИО\n1;Ким Анна\nФамилия;Имя;Отчество;Код\nЦой;Вера;Ильинична;2\nТегі;Аты;Телефон\nБек;Оля;87010000001\n";
    says(&office.plan_of(more, &[]), &["3 to add", "2 Цой Вера Ильинична", "Бек Оля", "line 3 holds", "line 5 holds"]);
    let book = sheets(&[(
        "A",
        &[
            &["Код", "ФИО", "Команда"],
            &["AA", "Ким Анна", "T01"],
            &["ФИО", "Команда", "Код"],
            &["Цой Вера", "T01", "BB"],
        ],
    )]);
    let plan = office.plan_of(book, &[]);
    says(&plan, &["2 to add", "AA Ким Анна", "BB Цой Вера"]);
    // A table that lacks what tells people apart is refused with its line.
    office.refused("Код;ФИО\nA;Ким Анна\nФИО;Команда\nЦой Вера;T01\n", &["line 3", "no column is called `Код`"]);
    // The same headers again, and people who are called like headers or belong to what is called so, are no new table.
    let plan = office.plan_of(
        "ФИО;Код;Категория;Команда\nКим Анна;A;Волонтёр;Группа\nФИО;Код;Категория;Команда\nЛи Ян;B;Участник;\n",
        &[],
    );
    says(&plan, &["2 to add", "A Ким Анна", "B Ли Ян", "line 3 is the headers again"]);
    assert!(!plan.contains("other headers"), "{plan}");
}
