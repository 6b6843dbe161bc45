//! When work was done, by a paper list: dates beside times, rows that do not count, columns that are not read.

use rust_xlsxwriter::{ExcelDateTime, Format};
use tests::binary::{Place, Told};

use super::{Office, open, says, workbook};

impl Office<'_> {
    fn grants(&self, list: impl AsRef<[u8]>) -> Told {
        let list = self.place.write("hours", list);
        self.laptop.does(["hours", "grant", "--list", list.to_str().unwrap()])
    }

    /// What counts of somebody.
    fn verified(&self, code: &str) -> String {
        let shown = self.laptop.does(["person", "show", code]).done();
        shown.lines().map(str::trim).filter(|line| line.starts_with("verified")).collect()
    }
}

fn with(roster: &str, place: &Place, office: &Office<'_>) {
    office.imports(&place.write("roster.csv", roster), "front", &["--apply"]).done();
}

#[test]
fn a_date_beside_a_time_decides_and_must_not_contradict_the_date_of_the_row() {
    let place = Place::new();
    let office = open(&place);
    with("Код;ФИО\nA;Ким Анна\nB;Ли Ян\nC;Цой Вера\nD;Пак Яна\nE;Бек Оля\n", &place, &office);
    for (row, said) in [
        (
            "A;18.05.2026;2026-05-19 09:00;2026-05-19 10:00",
            &["its date is 2026-05-18, and it begins on 2026-05-19"][..],
        ),
        ("A;20.05.2026;21.05.2026 1:00;21.05.2026 2:00", &["its date is 2026-05-20, and it begins on 2026-05-21"]),
        ("A;18.05.2026;2026-05-19T14:00;2026-05-19T15:00", &["its date is 2026-05-18"]),
        ("A;20.05.2026;20.05.2026 22:00;22.05.2026 02:00", &["longer than 24 hours"]),
        ("A;20.05.2026;9:00;19.05.2026 12:00", &["it ends before it begins"]),
        ("A;;9:00;12:00", &["it says no date"]),
        ("A;18.05.2016;9:00;12:00", &["2016-05-18 is more than a year from the event"]),
        ("A;18.05.2126;9:00;12:00", &["2126-05-18 is more than a year from the event", "2026-05-18"]),
        ("A;;18.05.0226 9:00;18.05.0226 12:00", &["line 2"]),
    ] {
        let told = office.grants(format!("Код;Дата;С;По\n{row}\n"));
        told.refused(3, &[&["line 2", "nothing was written"], said].concat());
    }
    assert!(office.verified("A").contains("0:00"));
    // Without a column of dates; over midnight; a later day at the end.
    office
        .grants("Код;Начало;Окончание\nA;2026-05-19 09:00;2026-05-19 10:00\nB;19.05.2026 22:00;20.05.2026 2:00\n")
        .done();
    office.grants("Код;Дата;С;По\nC;18.05.2026;22:00;19.05.2026 2:00\nD;18.05.2026;18.05.2026 9:00;11:00\n").done();
    let book = workbook(|book| {
        let sheet = book.add_worksheet();
        let shown = Format::new().set_num_format("dd.mm.yyyy hh:mm");
        sheet.write_row(0, 0, ["Код", "С", "По"]).unwrap();
        sheet.write(1, 0, "E").unwrap();
        for (column, (day, hour)) in (1..).zip([(19, 21), (20, 0)]) {
            let moment = ExcelDateTime::from_ymd(2026, 5, day).unwrap().and_hms(hour, 0, 0.0).unwrap();
            sheet.write_with_format(1, column, &moment, &shown).unwrap();
        }
    });
    office.grants(book).done();
    for (code, hours) in [("A", "1:00"), ("B", "4:00"), ("C", "4:00"), ("D", "2:00"), ("E", "3:00")] {
        assert!(office.verified(code).contains(&format!(" {hours} ")), "{code}: {}", office.verified(code));
    }
}

#[test]
fn no_column_of_a_paper_list_is_dropped_in_silence() {
    let place = Place::new();
    let office = open(&place);
    with("Код;ФИО\nA;Ким Анна\nB;Ли Ян\n", &place, &office);
    for (list, said) in [
        (
            "Код;ФИО;Дата;С;По;Код;ФИО;Дата;С;По\nA;Ким Анна;18.05.2026;9:00;10:00;B;Ли Ян;18.05.2026;9:00;11:00\n",
            &["columns 1 (`Код`) and 6 (`Код`)", "each person"][..],
        ),
        ("ФИО;ФИО;Дата;С;По\nКим Анна;Ли Ян;18.05.2026;9:00;10:00\n", &["columns 1 (`ФИО`) and 2 (`ФИО`)"]),
        (
            "Код;Дата;С;До обеда по;После обеда с;По\nA;18.05.2026;9:00;13:00;14:00;18:00\n",
            &["column 4 (До обеда по) and column 5 (После обеда с) holds times", "a row of its own"],
        ),
        ("Код;Дата;С;По;Вечер с;Вечер до\nA;18.05.2026;9;10;19;21\n", &["column 5 (Вечер с)", "column 6 (Вечер до)"]),
        ("Code,Date,From,To,Evening shift\nA,18.05.2026,9:00,10:00,19:00\n", &["column 5 (Evening shift) holds times"]),
    ] {
        office.grants(list).refused(3, said);
    }
    for code in ["A", "B"] {
        assert!(office.verified(code).contains("0:00"));
    }
    let told = office.grants("Код;Дата;С;По;Примечание;Телефон\nA;18.05.2026;9:00;10:00;мыл посуду;87010000001\n");
    says(&told.err, &["column 5 (Примечание) is not known and is left alone", "column 6 (Телефон)"]);
    told.done();
    // Each table and each sheet by its own headers.
    let two = "Код;Дата;С;По\nA;18.05.2026;11:00;12:00\nДата;Начало;Конец;ФИО\n18.05.2026;11:00;13:00;Ли Ян\n";
    office.grants(two).done();
    assert!(office.verified("A").contains(" 2:00 ") && office.verified("B").contains(" 2:00 "));
    let book = workbook(|book| {
        for (day, headers) in [(19, ["Код", "Дата", "С", "По"]), (20, ["Code", "Date", "From", "To"])] {
            let sheet = book.add_worksheet();
            sheet.write_row(0, 0, headers).unwrap();
            sheet.write_row(1, 0, ["A", &format!("{day}.05.2026"), "9:00", "10:00"]).unwrap();
        }
    });
    office.grants(book).done();
    assert!(office.verified("A").contains(" 4:00 "), "{}", office.verified("A"));
    let lacking = "Код;Дата;С;По\nA;18.05.2026;11:00;12:00\nДата;Начало;Код\n18.05.2026;11:00;B\n";
    office.grants(lacking).refused(3, &["line 3", "there is no column `to`"]);
}

#[test]
fn a_row_that_says_that_it_does_not_count_is_left_out_and_told() {
    let place = Place::new();
    let office = open(&place);
    with("Код;ФИО\nA;Ким Анна\nB;Ли Ян\n", &place, &office);
    for (day, (header, absent, present)) in (1..).zip([
        ("Статус", "не явился", "присутствовал"),
        ("Статус", "Отменено", ""),
        ("Мәртебе", "келмеді", "келді"),
        ("Status", "absent", "present"),
        ("Отметка", "Отказалась", "-"),
        ("Отсутствовал", "да", "нет"),
        ("Absent", "x", ""),
        ("Присутствие", "нет", "да"),
        ("Примечание", "не пришёл", "помогал"),
        ("Комментарий", "No-show", ""),
    ]) {
        let list = format!(
            "Код;Дата;С;По;{header}\nA;{day:02}.05.2026;9:00;10:00;{absent}\nB;{day:02}.05.2026;9:00;10:00;{present}\n"
        );
        let told = office.grants(list);
        told.refused(5, &["line 2", &format!("`{absent}`"), "1 row says that it does not count"]);
        assert_eq!(told.out.lines().count(), 1, "{header}: {}", told.out);
    }
    assert!(office.verified("A").contains("0:00") && office.verified("B").contains(" 10:00 "));
    let told = office.grants("Код;Дата;С;По;Отсутствовал\nA;11.05.2026;9:00;10:00;может быть\n");
    told.refused(3, &["line 2: `может быть` does not say whether somebody was there"]);
    // Nobody's times are needed of whoever stayed away.
    let told = office.grants("Код;Дата;С;По\nA;12.05.2026;не явилась;\nB;12.05.2026;9:00;10:00\n");
    told.refused(5, &["line 2: it says `не явилась`"]);
}

#[test]
fn whoever_a_row_names_is_compared_with_its_code_however_the_column_is_called() {
    let place = Place::new();
    let office = open(&place);
    with("Код;ФИО;Телефон\nL1;Ёжиков Пётр;\n9001;Рудин Олег;+7 778 111 22 22\n", &place, &office);
    for list in [
        "Код;Person;Дата;С;По\nL1;Алиса Громова;18.05.2026;9:00;10:00\n",
        "Коды;Аты;Тегі;Күні;Басталуы;Аяқталуы\nL1;Алиса;Громова;18.05.2026;9:00;10:00\n",
        "Код;Фамилия;Имя;Дата;С;По\nL1;Громова;Алиса;18.05.2026;9:00;10:00\n",
        "Badge ID,Surname,First name,Date,From,To\nL1,Gromova,Alice,18.05.2026,9:00,10:00\n",
    ] {
        office.grants(list).refused(3, &["line 2", "`L1` is Ёжиков Пётр"]);
    }
    for number in ["2222", "112222", "1112222"] {
        office
            .grants(format!("Код;Дата;С;По\n{number};18.05.2026;9:00;10:00\n"))
            .refused(3, &["nobody here is called"]);
    }
    office.grants("Код;Фамилия;Имя;Дата;С;По\nL1;Ежиков;Петр;18.05.2026;9:00;10:00\n").done();
    office.grants("Имя;Фамилия;Дата;С;По\nОлег;Рудин;18.05.2026;9:00;10:00\n").done();
}
