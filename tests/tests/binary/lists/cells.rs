//! What a cell says: data or none, and what a spreadsheet made of it.

use rust_xlsxwriter::{Format, Formula};
use tests::binary::Place;

use super::{EVENT, kept, open, says, workbook};

#[test]
fn what_is_not_data_is_left_out_and_told() {
    let place = Place::new();
    let office = open(&place);
    let list = "Код;Фамилия;Имя;Отчество;Телефон\n1;2;3;4;5\nA-1;Ким;Анна;-;+77010000001\nA-2;Ли;Ян;жоқ;нет\n\
        Код;Фамилия;Имя;Отчество;Телефон\nA-3;Смит;Джон;#ССЫЛКА!;#Н/Д\nОтряд «Север» Актау;;;;\nA-4;Цой;Вера;отсутствует;позвонить\n\
        Итого:;4;;;\n;Всего 4 человека;;;\nИсполнитель: Иванова А. А.;;;;\n;;;;подпись ________\n";
    let told = office.imports(&place.write("list.csv", list), "a", &["--apply", "--lines"]);
    let plan = told.out.clone();
    told.refused(5, &["3 cells were left out"]);
    says(&plan, &["4 to add", "line 2 is numbers of columns", "line 5 is the headers again", "line 7 is a heading"]);
    says(&plan, &["line 9 is a row of totals", "line 10 is a row of totals", "line 11 is a signature"]);
    says(
        &plan,
        &["line 6, column 4", "the spreadsheet shows an error", "line 8, column 5", "a telephone number has digits"],
    );
    says(&plan, &["4 cells only say that there is nothing"]);
    for (code, name) in [("A-1", "names: Ким Анна\n"), ("A-3", "names: Смит Джон\n"), ("A-4", "names: Цой Вера\n")]
    {
        says(&office.laptop.does(["person", "show", code]).done(), &[name]);
    }
    let plan = office.plan(&kept("no-patronymic/list.csv"), &[]);
    says(&plan, &["4 to add", "PT-1 Ким Анна\n", "PT-2 Смит Джон\n", "PT-3 Гарсия Мария\n", "PT-4 Ли Яна\n"]);
    let plan =
        office.plan_of("Name;Phone\nTotal;2\nKim Anna;+77010000001\nNo Yuri;+77010000002\nPrepared by: A. Lee;\n", &[]);
    says(&plan, &["2 to add", " Kim Anna\n", " No Yuri\n", "line 2 is a row of totals", "line 5 is a signature"]);
    let plan = office.plan_of("Коды;Аты-жөні\n1;Қыздар Ай\nБарлығы;1\nОрындаған: Ә. Ким;\n", &[]);
    says(&plan, &["1 to add", "line 3 is a row of totals", "line 4 is a signature"]);
}

#[test]
fn what_a_spreadsheet_did_to_codes_and_numbers_is_read_as_shown_or_refused() {
    let place = Place::new();
    let office = open(&place);
    let plan = office.plan(&kept("scientific-notation/list.csv"), &[]);
    for line in 2..=6 {
        says(&plan, &[&format!("line {line}, column")]);
    }
    says(&plan, &["format the column as text", "1 refused"]);
    let dates = office.plan(&kept("code-became-date/list.csv"), &[]);
    says(&dates, &["1 to add", "1 refused", "line 2, column 1 (Код): a spreadsheet turned this into a date"]);
    says(
        &office.plan(&kept("code-became-date/list.xlsx"), &[]),
        &["1 to add", "a spreadsheet turned this into a date"],
    );
    let formula = office.plan(&kept("formula-without-value/list.xlsx"), &[]);
    says(&formula, &["line 2, column 1 (Код): the formula has no stored value", "F-2 Громов Илья"]);

    office.imports(&kept("number-format/register.csv"), "register", &["--apply"]).done();
    let again = office.imports(&kept("number-format/register.xlsx"), "register", &[]).done();
    says(&again, &["0 to add, 0 to update, 2 unchanged"]);

    for (code, said) in [("1,2E+05", "digits are lost"), ("12.05.2026", "into a date"), ("Jan-26", "into a date")] {
        says(&office.plan_of(format!("Код;ФИО\n{code};Ким Анна\n"), &[]), &[said, "1 refused"]);
    }
    let formats = workbook(|book| {
        let sheet = book.add_worksheet();
        let code = Format::new().set_num_format("\"V-\"0000");
        let phone = Format::new().set_num_format("+7\\ (000)\\ 000\\-00\\-00");
        sheet.write_row(0, 0, ["Код", "ФИО", "Телефон", "Год рождения"]).unwrap();
        sheet.write_with_format(1, 0, 7, &code).unwrap();
        sheet.write(1, 1, "Ким Анна").unwrap();
        sheet.write_with_format(1, 2, 7_015_551_401_i64, &phone).unwrap();
        sheet.write(1, 3, 1990).unwrap();
        sheet.write(2, 0, 4_402_111_122_223_334_f64).unwrap();
        sheet.write(2, 1, "Ли Ян").unwrap();
        sheet.write_formula(3, 0, Formula::new("=\"V-\"&8").set_result("V-8")).unwrap();
        sheet.write(3, 1, "Цой Вера").unwrap();
    });
    let told = office.imports(&place.write("formats.xlsx", formats), "formats", &["--apply", "--lines"]);
    says(&told.out, &["V-0007 Ким Анна", "V-8 Цой Вера", "line 3, column 1 (Код)", "digits are lost"]);
    says(&office.laptop.does(["person", "show", "V-0007"]).done(), &["+7 (701) 555-14-01", "birth_year: 1990"]);
}

#[test]
fn blanks_erase_nothing_and_both_numbers_of_a_cell_are_found() {
    let place = Place::new();
    let office = open(&place);
    office.imports(&kept("blanks-do-not-erase/full.csv"), "front", &["--apply"]).done();
    let blank = office.imports(&kept("blanks-do-not-erase/blank.csv"), "front", &["--apply"]).done();
    says(&blank, &["0 to update", "BL-1 Бекова Сауле", "blank in the list; what is known stays"]);
    says(&office.laptop.does(["person", "show", "BL-1"]).done(), &["+77015552901", "birth_year: 1990", "team: T01"]);

    office.imports(&kept("two-numbers-in-a-cell/list.csv"), "phones", &["--apply"]).done();
    office.imports(&kept("two-numbers-in-a-cell/other.csv"), "partner", &["--apply"]).done();
    let two_columns = "Код;ФИО;Моб. телефон;Раб. телефон\nTW-1;Ли Яна;+77015558001;87172580002\n";
    office.imports(&place.write("two.csv", two_columns), "works", &["--apply"]).done();
    for (number, code) in [
        ("5557901", "TP-1"),
        ("+7 701 555 80 01", "TW-1"),
        ("8 (7172) 58-00-02", "TW-1"),
        ("87025557902", "TP-1"),
        ("+7 702 555 79 02", "TP-1"),
        ("2507903", "TP-2"),
        ("87272507903", "TP-2"),
    ] {
        says(&office.laptop.does(["field", "find", number]).done(), &[code]);
    }
    says(&office.laptop.does(["duplicates", "list"]).done(), &["TP-1", "TQ-1"]);
}

#[test]
fn a_row_that_names_nobody_or_several_adds_nobody_and_is_told() {
    let place = Place::new();
    let office = open(&place);
    let told = office.plan_of(
        "Код;ФИО;Телефон\nA;Ким Анна;\nB;\"Цой Ян, Пак Яна\";\nC;\"Ли Ян\nЛи Яна\";\nD;Серик и Айгүл;\nE;Вакансия;\n\
         Утверждаю;Сейтов А.;\nКелісілді;Сейтов А.;\nF;Сейтов Асан / Seitov Asan;\nG;И Ольга;\n",
        &[],
    );
    says(&told, &["3 to add", "4 refused", "names several people", "there is no name", "a signature or a remark"]);
    says(&told, &["A Ким Анна", "F Сейтов Асан", "G И Ольга"]);
    for nobody in ["Утверждаю Сейтов", "Келісілді Сейтов"] {
        assert!(!told.contains(nobody), "{told}");
    }
}

#[test]
fn an_amount_where_a_code_stands_is_refused_and_hidden_lists_are_named() {
    let place = Place::new();
    let office = open(&place);
    let book = workbook(|book| {
        let sheet = book.add_worksheet();
        sheet.write_row(0, 0, ["Код", "ФИО", "Телефон", "Команда"]).unwrap();
        for (row, (number, format)) in
            (1..).zip([(1.2e11, "0.00E+00"), (0.5, "0%"), (1200.0, "#,##0\\ \"₸\""), (1200.0, "#,##0.00\\ [$₽-419]")])
        {
            sheet.write_with_format(row, 0, number, &Format::new().set_num_format(format)).unwrap();
            sheet.write(row, 1, "Ким Анна").unwrap();
        }
        sheet.write_row(5, 0, ["OK-1", "Ли Ян"]).unwrap();
        sheet.write_with_format(5, 2, 7.7010000001e10, &Format::new().set_num_format("0.00E+00")).unwrap();
        sheet.write_with_format(5, 3, 0.5, &Format::new().set_num_format("0%")).unwrap();
        let hidden = book.add_worksheet().set_name("Отказались").unwrap().set_hidden(true);
        hidden.write_row(0, 0, ["Код", "ФИО"]).unwrap();
        hidden.write_row(1, 0, ["H-1", "Цой Вера"]).unwrap();
        let deeper = book.add_worksheet().set_name("Архив").unwrap().set_very_hidden(true);
        deeper.write_row(0, 0, ["Код", "ФИО"]).unwrap();
        deeper.write_row(1, 0, ["V-1", "Пак Яна"]).unwrap();
        book.add_worksheet().set_name("Справочник").unwrap().set_hidden(true).write(0, 0, "да").unwrap();
    });
    let book = place.write("amounts.xlsx", book);
    let told = office.imports(&book, "plan", &["--lines"]);
    says(
        &told.out,
        &["1 to add", "4 refused", "OK-1 Ли Ян", "line 2, column 1 (Код): a spreadsheet turned the number"],
    );
    for line in 3..=5 {
        says(
            &told.out,
            &[&format!("line {line}, column 1 (Код): a spreadsheet shows this as an amount; format the column")],
        );
    }
    says(&told.out, &["line 6, column 3 (Телефон)", "line 6, column 4 (Команда)"]);
    says(&told.out, &["hidden sheets with people are not read: `Отказались`, `Архив`"]);
    assert!(!told.out.contains("Справочник") && !told.out.contains("Цой"), "{}", told.out);
    says(&office.plan(&book, &["--sheet", "Отказались"]), &["H-1 Цой Вера"]);
    for amount in ["50%", "1 200 ₸", "1.2E+11", "5,00 р."] {
        says(
            &office.plan_of(format!("Код;ФИО\n{amount};Ким Анна\n"), &[]),
            &["1 refused", "format the column as text"],
        );
    }
}

#[test]
fn a_name_is_read_without_what_a_list_puts_around_it_and_samples_are_nobody() {
    let place = Place::new();
    let office = open(&place);
    let list = "Код;ФИО\nA;1. Ким Анна\nB;2) Ли Ян\nC;«Цой Вера»\nD;'Пак Яна'\nE;Сейтов «Кнопка» Асан\nF;тест\nG;Test\n\
        H;Мысал\nI;Отказалась\nJ;Иванов Иван (образец)\nK;Пример: Иванов\nL;удалён\nM;Тестов Иван\n";
    let told = office.imports(&place.write("list.csv", list), "names", &["--apply", "--lines"]);
    says(
        &told.out,
        &["6 to add", "7 refused", "4 names are read without the number before them", "the first is in line 2"],
    );
    says(&told.out, &["A Ким Анна", "B Ли Ян", "C Цой Вера", "D Пак Яна", "E Сейтов «Кнопка» Асан", "M Тестов Иван"]);
    assert_eq!(told.code, Some(5));
    let several = "Код;ФИО\nA;Ким Анна + 2\nB;Семья Ким\nC;Ли Ян 87010000001\nD;Ким Анна, 9 класс\nE;÷ой ¬ера ±\n";
    let told = office.plan_of(several, &[]);
    says(
        &told,
        &["1 to add", "4 refused", "names several people", "a number stands in the name", "D Ким Анна, 9 класс"],
    );
    let parted = "Код;Фамилия;Имя\nA;Тест;Тестов\nB;Ким;Тест\nC;*Ким;Анна\nD;Ли;нет\n";
    let told = office.plan_of(parted, &[]);
    says(
        &told,
        &["3 to add", "1 refused", "B Ким Тест", "C Ким Анна", "D Ли", "line 2, column 2 (Фамилия): there is no name"],
    );
    let told = office.plan_of("Код;ФИО\nA;Участник 5\nB;kim@example.org\nC;(Ким Анна)\nD;см. выше\nE;- Ли Ян\n", &[]);
    says(&told, &["2 to add", "3 refused", "C Ким Анна", "E Ли Ян"]);
    for whole in [
        "\"Код;ФИО;Телефон\"\n\"A-1;Ким Анна;+77010000001\"\n\"B-1;Ли Ян;\"\n",
        "\"Код,ФИО,Телефон\"\r\n\"A-1,\"\"Ким Анна\"\",+77010000001\"\r\n\"B-1,Ли Ян,\"\r\n",
        "\"Код;ФИО;Телефон\"\nA-1;Ким Анна;+77010000001\nB-1;Ли Ян;\n",
        "\"Код;ФИО;Телефон\";;\n\"A-1;Ким Анна;\";;\n\n\"B-1;Ли Ян;\";;\n",
    ] {
        let told = office.imports(&place.write("quoted.csv", whole), "quoted", &["--lines"]);
        says(&told.out, &["2 to add", "A-1 Ким Анна", "B-1 Ли Ян"]);
        says(&told.out, &["lines were saved as one cell in quotation marks each"]);
    }
    let told =
        office.imports(&place.write("usual.csv", "\"Код\";\"ФИО\"\n\"A-1\";\"Ким; Анна\"\n"), "usual", &["--lines"]);
    says(&told.out, &["1 to add"]);
    assert!(!told.out.contains("quotation marks"), "{}", told.out);
}

#[test]
fn a_part_of_a_day_is_read_as_the_spreadsheet_shows_it() {
    let place = Place::new();
    let office = open(&place);
    office.imports(&place.write("roster.csv", "Код;ФИО\nA;Ким Анна\n"), "front", &["--apply"]).done();
    for (day, format) in (10..).zip(["[h]:mm", "[h]:mm:ss", "h:mm", "hh:mm:ss"]) {
        let book = workbook(|book| {
            let sheet = book.add_worksheet();
            let shown = Format::new().set_num_format(format);
            sheet.write_row(0, 0, ["Код", "Дата", "С", "По"]).unwrap();
            sheet.write_row(1, 0, ["A", &format!("{day}.05.2026")]).unwrap();
            // 5:00 and 8:59:59.9999, as programs store 5 and 9 hours.
            sheet.write_with_format(1, 2, 0.208_333_333_333_333, &shown).unwrap();
            sheet.write_with_format(1, 3, 0.374_999_999, &shown).unwrap();
        });
        let list = place.write("hours.xlsx", book);
        office.laptop.does(["hours", "grant", "--list", list.to_str().unwrap()]).done();
    }
    let book = workbook(|book| {
        let sheet = book.add_worksheet();
        let shown = Format::new().set_num_format("[h]:mm");
        sheet.write_row(0, 0, ["Код", "Дата", "С", "По", "Часы"]).unwrap();
        sheet.write_row(1, 0, ["A", "20.05.2026", "9:00", "10:00"]).unwrap();
        sheet.write_with_format(1, 4, 0.041_666_666_666_666_6, &shown).unwrap();
    });
    let list = place.write("hour.xlsx", book);
    office.laptop.does(["hours", "grant", "--list", list.to_str().unwrap()]).done();
    office.laptop.does(["report", "people", "--format", "csv", "--lang", "en", "--out", "people.csv"]).done();
    let people = std::fs::read_to_string(place.path("people.csv")).unwrap();
    says(&people, &[",17:00,"]);
}

#[test]
fn what_cannot_be_a_name_or_a_number_is_refused_on_every_way_in() {
    let place = Place::new();
    let office = open(&place);
    office.imports(&place.write("roster.csv", "Код;ФИО\nA;Ким Анна\n"), "front", &["--apply"]).done();
    let walk_in =
        |name: &str, more: &[&str]| office.laptop.does([&["field", "walk-in", name, "--site", "north"], more].concat());
    for (name, said) in [
        ("12345", "a name has letters"),
        ("\u{200b}", "a name has letters"),
        ("Ким\u{7}Анна", "invisible control characters"),
        ("Ким\u{202e}Анна", "invisible control characters"),
        ("Итого", "nobody's name"),
        ("тест", "nobody's name"),
    ] {
        walk_in(name, &[]).refused(3, &[said]);
        office.laptop.does(["person", "add", name]).refused(3, &[said]);
        office.laptop.does(["person", "edit", "A", "names", name]).refused(3, &[said]);
    }
    walk_in("Цой Вера", &["--phone", "abc"]).refused(3, &["phone", "a telephone number has digits"]);
    office.laptop.does(["person", "edit", "A", "phone", "abc"]).refused(3, &["a telephone number has digits"]);
    office.laptop.does(["person", "edit", "A", "organisation", "a\u{1b}[31m"]).refused(3, &["invisible control"]);
    let plan = EVENT.replace("Shore day", "Shore\\u0007day");
    place.write("bell.json", plan);
    office.laptop.does(["event", "create", "bell.json"]).refused(3, &["name", "invisible control characters"]);
    place.write("unseen.json", EVENT.replace("Shore day", "\\u200b"));
    office.laptop.does(["event", "create", "unseen.json"]).refused(3, &["nothing can be seen"]);
    walk_in("Цой Вера", &["--phone", "8 701 000 00 01"]).done();
}

#[test]
fn what_a_list_would_refuse_is_refused_where_it_is_typed() {
    let place = Place::new();
    let office = open(&place);
    office.imports(&place.write("roster.csv", "Код;ФИО\nA;Сахаров Пётр\n"), "front", &["--apply"]).done();
    for (field, value, said) in [
        ("names", "Сахаров; нет", "`нет` is a word of lists, and nobody's name"),
        ("names", "Сахаров; Пётр", "`Пётр` is no other spelling of `Сахаров`"),
        ("names", "Сахаров Пётр; Ким Анна", "`Ким Анна` is no other spelling"),
        ("names", "%D0%9A%D0%B8%D0%BC", "damaged by a program that saved or copied it: write `Ким`"),
        ("names", "РљРёРј РђРЅРЅР°", "damaged by a program that saved or copied it: write `Ким Анна`"),
        ("names", "\\u041a\\u0438\\u043c", "write `Ким`"),
        ("names", "#ИМЯ?", "shows an error instead of a value"),
        ("names", "К?м Анна", "letters were lost"),
        ("names", "\u{3164}", "a name has letters"),
        ("birth_year", "2038", "the year of birth is not between 1906 and 2026"),
        ("birth_year", "1901", "the year of birth is not between"),
        ("region", "#Н/Д", "shows an error instead of a value"),
        ("region", "7,7E+10", "a spreadsheet turned the number into one like 7.7E+10"),
        ("team", "7,7E+10", "a spreadsheet turned the number into one like 7.7E+10"),
        ("team", "#ССЫЛКА!", "shows an error instead of a value"),
        ("team", "03.янв", "a spreadsheet turned this into a date"),
        ("organisation", "#N/A", "shows an error instead of a value"),
        ("phone", "7,70175E+10", "a spreadsheet turned the number into one like"),
    ] {
        office.laptop.does(["person", "edit", "A", field, value]).refused(3, &[field, said]);
        if field == "names" {
            let name = value.split(';').next_back().unwrap().trim();
            let told = office.laptop.does(["person", "add", name]);
            assert!(told.code == Some(3) || value.contains("; "), "{name}: {}", told.err);
        } else {
            let given = format!("{field}={value}");
            office.laptop.does(["person", "add", "Ли Ян", "--field", &given]).refused(3, &[field, said]);
        }
    }
    let long = "Ж".repeat(6000);
    for act in [&["person", "add", &long][..], &["person", "edit", "A", "names", &long]] {
        office.laptop.does(act).refused(3, &["longer than 500 characters"]);
    }
    office.laptop.does(["field", "walk-in", &long, "--site", "north"]).refused(3, &["longer than 500 characters"]);
    office.laptop.does(["field", "walk-in", "Ким", "--year", "2038", "--site", "north"]).refused(3, &["year of birth"]);
    says(&office.laptop.does(["person", "show", "A"]).done(), &["names: Сахаров Пётр\n"]);
    for names in ["Сахаров Пётр; Sakharov Pyotr", "Anna O'Brien", "Ли", "Абдрахман оглы Эльчин"]
    {
        office.laptop.does(["person", "edit", "A", "names", names]).done();
    }
    office.laptop.does(["person", "edit", "A", "birth_year", "1990"]).done();
    office.laptop.does(["person", "edit", "A", "team", "3-1"]).done();
}

#[test]
fn two_parts_of_a_name_are_read_as_the_same_words_in_one_cell() {
    let place = Place::new();
    let office = open(&place);
    for (family, given) in [("Test", "Maria"), ("Тест", "Ана"), ("Резерв", "Пётр"), ("Ким", "Анна")]
    {
        let (pair, one) = (format!("Код;Фамилия;Имя\nA;{family};{given}\n"), format!("Код;ФИО\nA;{family} {given}\n"));
        for list in [pair, one] {
            says(&office.plan_of(list, &[]), &["1 to add, 0 to update", &format!("{family} {given}")]);
        }
    }
    for (family, given) in [("тест", "тест"), ("Full", "name"), ("вакансия", ""), ("нет", "нет"), ("Тест", "-")]
    {
        let list = format!("Код;Фамилия;Имя\nA;{family};{given}\nB;Ким;Анна\n");
        says(&office.imports(&place.write("list.csv", list), "pairs", &[]).out, &["1 to add, 0 to update"]);
    }
}
