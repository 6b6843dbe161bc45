//! Where the headers, the rows and the cells of a list are.

use rust_xlsxwriter::Format;
use tests::binary::Place;

use super::{kept, open, says, workbook};

#[test]
fn the_shape_of_a_list_is_found_whatever_stands_around_it() {
    let place = Place::new();
    let office = open(&place);
    for (file, begins, names) in [
        ("excel-drops-trailing-delimiters/list.csv", "22 to add", &["Сейтова Айжан"][..]),
        ("sep-line/sep.csv", "1 to add", &["S-1 Ли Виктор"]),
        ("sep-line/sep-upper.csv", "1 to add", &["S-1 Ли Виктор"]),
        ("sep-line/sep-quoted.csv", "1 to add", &["S-1 Ли Виктор"]),
        ("sep-line/sep-resaved.csv", "1 to add", &["S-1 Ли Виктор"]),
        ("commas-in-semicolon-cells/list.csv", "3 to add", &["D-1 Ахметов Серик Болатович"]),
        ("commas-in-semicolon-cells/short-rows.csv", "3 to add", &["D-3 Цой Павел Ильич"]),
        ("title-above-header/list.csv", "2 to add", &["T-2 Громов Илья", "the headers stand in line 3"]),
        ("title-above-header/list.xlsx", "2 to add", &["T-2 Громов Илья", "the headers stand in line 3"]),
        ("two-header-rows/list.xlsx", "2 to add", &["Бекова Сауле Маратовна", "G-2 Громов Илья"]),
        ("two-header-rows/numbered-columns.csv", "1 to add", &["G-1 Бекова Сауле", "numbers of columns"]),
        ("ambiguous-columns/kobo.csv", "1 to add", &["A-1 Бекова Сауле"]),
        ("ambiguous-columns/two-phones.csv", "2 to add", &["read together"]),
        ("ambiguous-columns/yes-no.csv", "2 to add", &["A-2 Громов Илья", "column 3 (Волонтёр)"]),
        ("which-sheet/hidden-first.xlsx", "to add", &[]),
        ("which-sheet/cover-first.xlsx", "to add", &["`Титул`"]),
        ("which-sheet/one-sheet-per-team.xlsx", "to add", &["sheets are read"]),
        ("filtered-rows/filtered.xlsx", "3 to add", &["1 row is hidden", "line 3"]),
    ] {
        let plan = office.plan(&kept(file), &[]);
        says(&plan, &[begins, " 0 refused"]);
        says(&plan, names);
        assert!(!plan.contains(": 0 to add"), "{file}: {plan}");
    }
    office.imports(&kept("html-called-xls/export.xls"), "plan", &[]).refused(3, &["web page", "save it as XLSX"]);

    says(&office.plan_of("sep=\t\nКод\tФИО\nA\tКим Анна\n", &[]), &["A Ким Анна"]);
    says(&office.plan_of("\"SEP=|\"||\nКод|ФИО\nA|Ким, Анна\n", &[]), &["A Ким Анна"]);
    says(&office.plan_of("Код|ФИО|Стаж, лет; всего\nA|Ким Анна|1,5; 2\n", &[]), &["A Ким Анна"]);
    says(&office.plan_of("Код#ФИО\nA#Ким Анна\n", &["--delimiter", "#"]), &["A Ким Анна"]);
    let letter = "ОО «Жасыл Ел»\n\nДиректору\n;;\n№;Код;ФИО\n1;A;Ким Анна\n2;B;Ли Ян\n";
    says(&office.plan_of(letter, &[]), &["A Ким Анна", "B Ли Ян", "line 5"]);
    says(&office.plan_of("x;y\nA;B\nКод;Имя\n1;Ким\n", &["--header-row", "3"]), &["1 Ким"]);
    let parted = "Код;Участник;;;Контакты;\n;Фамилия;Имя;Отчество;моб.;Телефон\nA;Ким;Анна;;;+77010000001\n";
    says(&office.plan_of(parted, &[]), &["A Ким Анна", "the one below it"]);
    office.refused("Код;ФИО;ФИО\n1;Ким Анна;Ли Яна\n", &["mean the same", "--map \"ФИО=-\"", "#3"]);
    let third = office.plan_of("Код;ФИО;ФИО\n1;Ким Анна;Ли Яна\n", &["--map", "#3=-"]);
    says(&third, &["1 Ким Анна"]);
    let merged = workbook(|book| {
        let sheet = book.add_worksheet();
        sheet.write_row(0, 0, ["Код", "ФИО", "Команда"]).unwrap();
        sheet.write_row(1, 0, ["A", "Ким Анна"]).unwrap();
        sheet.write_row(2, 0, ["B", "Ли Ян"]).unwrap();
        sheet.merge_range(1, 2, 2, 2, "T01", &Format::new()).unwrap();
    });
    office.imports(&place.write("merged.xlsx", merged), "merged", &["--apply"]).done();
    says(&office.laptop.does(["person", "show", "B"]).done(), &["team: T01"]);
}

#[test]
fn a_quotation_mark_that_is_closed_in_a_later_row_swallows_nobody() {
    let place = Place::new();
    let office = open(&place);
    let head = "ФИО;Телефон;Команда\n";
    for (rows, line) in [
        ("Цой Ян;87710000002;\"\nКим Ира;87710000003;\"\n", "line 2, column 3"),
        ("Цой Ян;\";T01\nКим Ира;\";T01\n", "line 2, column 2"),
        ("Ли Ян;1;T01\n\"Цой Ян;87710000002;T01\nКим Ира;87710000003;T01\n\"Бек Оля;3;T01\n", "line 3, column 1"),
        ("Цой Ян;87710000002;\"T01\nКим Ира;87710000003;T01\nБек Оля;3;T01\"\n", "line 2, column 3"),
        ("Цой Ян;\"87710000002;T01\nКим Ира;\"87710000003;T01\n", "line 2, column 2"),
        ("Ли Ян;\"1\n2\";\"T01\nКим Ира;87710000003;\"\n", "line 3, column 3"),
    ] {
        office.refused(format!("{head}{rows}"), &[line, "a quotation mark is opened here", "look like rows"]);
    }
    office.refused("ФИО\nЦой Ян\n\"\nКим Ира\n\"\n", &["line 3, column 1", "a quotation mark is opened here"]);
    // Cells of several lines are read as before.
    let list = "ФИО;\"Телефон\";Адрес\nЦой Ян;87710000002;\"ул. Абая, 5\nкв. 3; подъезд 2\"\n\
        Ким Ира;\"87710000003\n87710000004\";\"\"\"Шапағат\"\"\n2 корпус\"\n\"Ли\nВера\";87710000005;\n";
    says(&office.plan_of(list, &[]), &["3 to add"]);
}
