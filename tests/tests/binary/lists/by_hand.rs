//! What people write by hand: marks that stand for the cell above, quotation marks, spellings, remarks and short years.

use rust_xlsxwriter::Format;
use tests::binary::Place;

use super::{open, says, workbook};

#[test]
fn a_mark_for_the_cell_above_holds_its_value_where_people_share_it_and_is_refused_elsewhere() {
    let place = Place::new();
    let office = open(&place);
    let marks = ["-//-", "--\"--", "то же", "″", "〃", "- // -", "см. выше", "ditto"];
    let rows: String =
        (1..).zip(marks).map(|(number, mark)| format!("D-{number};{mark};Ким Анна {mark};{mark}\n")).collect();
    let rows = rows.lines().map(|row| {
        let cells: Vec<&str> = row.split(';').collect();
        format!("{};{};Ким Анна;{}\n", cells[0], cells[1], cells[3])
    });
    let list = format!("Код;Отряд;ФИО;Организация\nD-0;Теңіз;Цой Ян;КБТУ\n{}", rows.collect::<String>());
    let told = office.imports(&place.write("dittos.csv", list), "dittos", &["--apply"]);
    says(&told.out, &["9 to add", "16 cells stand for what stands above", "the first is in line 3"]);
    for number in 1..=marks.len() {
        says(
            &office.laptop.does(["person", "show", &format!("D-{number}")]).done(),
            &["team: Теңіз", "organisation: КБТУ"],
        );
    }
    let list =
        "Отряд;ФИО;Телефон\n″;Ким Анна;87015550001\nT1;″;87015550002\nT1;то же;87015550003\n-;Пак Ира;87015550004\n";
    let told = office.imports(&place.write("first.csv", list), "first", &["--apply"]);
    says(
        &told.out,
        &[
            "2 to add",
            "2 refused",
            "line 2, column 1 (Отряд): the cell stands for the one above it",
            "line 3, column 2 (ФИО)",
        ],
    );
    assert_eq!(told.code, Some(5));
    says(
        &office.plan_of("Код;ФИО\nA1;Ким Анна\n〃;Пак Ира\n--\"--;Ли Ян\n", &[]),
        &["1 to add", "2 refused", "line 3, column 1 (Код)"],
    );
    // A team may be called by a word with marks, and nothing is nothing.
    for team in ["\"\"\"Орлы\"\"\"", "А/Б", "5\"", "1/3"] {
        let told = office.plan_of(format!("Код;ФИО;Команда\nA1;Ким Анна;{team}\n"), &[]);
        says(&told, &["1 to add"]);
        assert!(!told.contains("stand"), "{told}");
    }
}

#[test]
fn quotation_marks_that_nobody_doubled_are_part_of_the_text() {
    let place = Place::new();
    let office = open(&place);
    let list = "Код;ФИО;Организация;Телефон\n\"A1\";\"Ким \"Аня\" Анна\";\"Орлы\" клуб;\"87015550001\"\n\
        A2;Пак Ира;\"Орлы\" и \"Львы\";87015550002\nA3;Цой Ян;\"ТОО \"Ромашка\"\";87015550003\n\
        A4;\"Ли \"\"Ю\"\" Ян\";\"Клуб; \"\"Юг\"\"\";87015550004\nA5;Бек Асан;5\" труба;87015550005\n";
    let told = office.imports(&place.write("marks.csv", list), "marks", &["--apply", "--lines"]);
    says(&told.out, &["5 to add", " 0 refused", "A1 Ким \"Аня\" Анна\n", "A4 Ли \"Ю\" Ян\n"]);
    for (code, organisation) in [
        ("A1", "\"Орлы\" клуб"),
        ("A2", "\"Орлы\" и \"Львы\""),
        ("A3", "ТОО \"Ромашка\""),
        ("A4", "Клуб; \"Юг\""),
        ("A5", "5\" труба"),
    ] {
        says(&office.laptop.does(["person", "show", code]).done(), &[&format!("organisation: {organisation}\n")]);
    }
}

#[test]
fn delimiters_of_another_program_behind_each_line_are_no_part_of_the_last_cell() {
    let place = Place::new();
    let office = open(&place);
    for (number, list) in (0..).zip([
        "Код,ФИО,Команда;;;\nA1,Ким Анна,T1;;;\nA2,Пак Ира,T2;;;\n",
        "Код,ФИО,Команда;\r\nA1,Ким Анна,T1;\r\nA2,Пак Ира,T2;\r\n",
        "Код,ФИО,Команда\nA1,Ким Анна,T1;;\nA2,Пак Ира,T2;;\n",
        "Код;ФИО;Команда,,\nA1;Ким Анна;T1,,\nA2;Пак Ира;T2,,\n",
        "Код\tФИО\tКоманда;;\nA1\tКим Анна\tT1;;\nA2\tПак Ира\tT2;;\n",
    ]) {
        let issuer = format!("ends {number}");
        says(&office.imports(&place.write("ends.csv", list), &issuer, &["--lines"]).out, &["2 to add", "A2 Пак Ира"]);
        office
            .imports(
                &place
                    .write("ends.csv", list.replace("A1", &format!("E{number}")).replace("A2", &format!("F{number}"))),
                &issuer,
                &["--apply"],
            )
            .done();
        says(&office.laptop.does(["person", "show", &format!("F{number}")]).done(), &["team: T2\n"]);
    }
    // One cell that ends so says what it says.
    office
        .imports(
            &place.write("one.csv", "Код,ФИО,Организация\nG1,Ким Анна,Клуб;\nG2,Пак Ира,КБТУ\nG3,Ли Ян,\n"),
            "one",
            &["--apply"],
        )
        .done();
    says(&office.laptop.does(["person", "show", "G1"]).done(), &["organisation: Клуб;\n"]);
}

#[test]
fn two_spellings_in_a_cell_are_one_name_and_two_people_are_refused() {
    let place = Place::new();
    let office = open(&place);
    let list = "Код;ФИО\nA1;\"Цой Ян; Tsoy Yan\"\nA2;Сейтов Асан / Seitov Asan\nA3;\"Saule Bekova; ნინო; Сауле Бекова\"\n\
        A4;\"Ким Анна\nKim Anna\"\n";
    office.imports(&place.write("spelled.csv", list), "spelled", &["--apply"]).done();
    for (code, names) in [
        ("A1", "Цой Ян; Tsoy Yan"),
        ("A2", "Сейтов Асан; Seitov Asan"),
        ("A3", "Saule Bekova; ნინო; Сауле Бекова"),
        ("A4", "Ким Анна; Kim Anna"),
    ] {
        says(&office.laptop.does(["person", "show", code]).done(), &[&format!("names: {names}\n")]);
    }
    let again = office.imports(&place.write("spelled.csv", list), "spelled", &[]).done();
    says(&again, &["0 to add, 0 to update, 4 unchanged"]);
    let several = [
        "Ким А., Пак И.",
        "Ким Анна + Пак Ира",
        "Ким А.О., Пак И. Б.",
        "Kim A., Pak I.",
        "Ким Анна | Пак Ира",
        "Ким А.; Пак И.",
    ];
    let list: String = (1..).zip(several).map(|(number, cell)| format!("B{number};\"{cell}\"\n")).collect();
    let told = office.imports(&place.write("several.csv", format!("Код;ФИО\n{list}")), "several", &["--apply"]);
    told.refused(5, &["6 rows were left out"]);
    says(&told.out, &["line 2, column 2 (ФИО): the cell names several people: give each a row", "0 to add"]);
    let one = "Код;ФИО\nC1;\"Ким, А.\"\nC2;Жан-Поль И\nC3;Ли А./Ян\nC4;+ Ким Анна\nC5;\"García López, María Carmen\"\nC6;Ким А. О.\n";
    says(&office.plan_of(one, &[]), &["6 to add", " 0 refused", "C4 Ким Анна"]);
}

#[test]
fn a_remark_behind_a_name_and_a_year_of_two_digits_are_told() {
    let place = Place::new();
    let office = open(&place);
    let list = "Код;ФИО\nA1;Ким Анна (капитан)\nA2;Ли Яна - волонтёр\nA3;Тен Лев / медик\nA4;Пак Ира\nA5;*Цой Ян\n\
        A6;Сейтова Айгүл (Ким Айгүл)\nA7;Жан-Поль И\n";
    says(
        &office.plan_of(list, &[]),
        &["7 to add", "3 names have a remark behind them", "the first is in line 2", "A5 Цой Ян"],
    );
    let list = "Код;ФИО;Дата рождения\nY1;Ким Анна;01.05.90\nY2;Пак Ира;2/3/05\nY3;Цой Ян;01.01.24\nY4;Ли Яна;01.01.1995\n\
        Y5;Бек Асан;31.12.99 г.\n";
    let told = office.imports(&place.write("years.csv", list), "years", &["--apply"]);
    says(&told.out, &["5 to add", "4 years of birth are written with two digits", "the first is in line 2"]);
    for (code, year) in [("Y1", 1990), ("Y2", 2005), ("Y3", 1924), ("Y4", 1995), ("Y5", 1999)] {
        says(&office.laptop.does(["person", "show", code]).done(), &[&format!("birth_year: {year}\n")]);
    }
    let wrong = "Код;ФИО;Дата рождения\nA;Ким Анна;90\nB;Пак Ира;32.01.90\nC;Ли Ян;90-05-01\n";
    says(&office.plan_of(wrong, &[]), &["3 to add", "line 2, column 3", "line 3, column 3", "line 4, column 3"]);
}

#[test]
fn hidden_columns_and_struck_out_rows_of_a_workbook_are_told() {
    let place = Place::new();
    let office = open(&place);
    let book = workbook(|book| {
        let sheet = book.add_worksheet().set_name("Список").unwrap();
        sheet.write_row(0, 0, ["Код", "ФИО", "Телефон", "Команда"]).unwrap();
        for (line, name) in (1..).zip(["Ким Анна", "Пак Ира", "Цой Ян"]) {
            sheet.write_row(line, 0, [&format!("S-{line}"), name, "87015550001"]).unwrap();
        }
        sheet.write_with_format(2, 1, "Пак Ира", &Format::new().set_font_strikethrough()).unwrap();
        sheet.set_column_hidden(2).unwrap().set_column_hidden(3).unwrap();
    });
    let told = office.plan_of(&book, &[]);
    says(&told, &["3 to add", "1 row is struck out in sheet `Список` and imported all the same: line 3"]);
    says(&told, &["hidden columns of sheet `Список` are read all the same: column 3\n"]);
    let plain = workbook(|book| {
        let sheet = book.add_worksheet();
        sheet.write_row(0, 0, ["Код", "ФИО"]).unwrap();
        sheet.write_row(1, 0, ["S-1", "Ким Анна"]).unwrap();
    });
    let told = office.plan_of(plain, &[]);
    assert!(!told.contains("struck") && !told.contains("hidden"), "{told}");
}
