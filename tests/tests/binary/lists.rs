//! Lists as offices send them, imported with the built program: encodings, shapes, what spreadsheets did, whom they mean.
//!
//! `tests/lists` holds one list of each kind as it was met elsewhere; the others are written here.

use std::path::{Path, PathBuf};

use encoding_rs::{IBM866, KOI8_R, WINDOWS_1251, WINDOWS_1252, WINDOWS_1254};
use rust_xlsxwriter::{Format, Formula, Workbook};
use tests::binary::{Home, Laptop, Place, Told, free_port};

const EVENT: &str = r#"{"name": {"en": "Shore day"}, "time_zone": "Asia/Aqtau",
    "sites": [{"key": "north", "name": {"ru": "Север"}}], "teams": [{"key": "T01"}],
    "days": [{"date": "2026-05-18", "opens": "08:00", "closes": "18:00"}]}"#;

/// An organizer with an event.
struct Office<'a> {
    _home: Home,
    laptop: Laptop<'a>,
    place: &'a Place,
}

fn open(place: &Place) -> Office<'_> {
    let mut home = Home::start(place, &place.path("data"), free_port());
    let laptop = place.laptop("organizer");
    laptop.joins(&home.first_invite()).done();
    place.write("event.json", EVENT);
    laptop.does(["event", "create", "event.json"]).done();
    Office { _home: home, laptop, place }
}

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("lists").join(name)
}

impl Office<'_> {
    fn imports(&self, list: &Path, issuer: &str, more: &[&str]) -> Told {
        let list = list.to_str().unwrap();
        self.laptop.does(["import", list, "--issuer", issuer].iter().chain(more))
    }

    /// The plan of a list, with every line.
    fn plan(&self, list: &Path, more: &[&str]) -> String {
        self.imports(list, "plan", &[&["--lines"], more].concat()).done()
    }

    fn plan_of(&self, bytes: impl AsRef<[u8]>, more: &[&str]) -> String {
        self.plan(&self.place.write("list", bytes), more)
    }

    /// Nothing is read, and why is said.
    fn refused(&self, bytes: impl AsRef<[u8]>, said: &[&str]) {
        self.imports(&self.place.write("list", bytes), "plan", &[]).refused(3, said);
    }
}

#[track_caller]
fn says(plan: &str, all: &[&str]) {
    for what in all {
        assert!(plan.contains(what), "`{what}` is not said:\n{plan}");
    }
}

fn utf16le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// KZ-1048 of a text whose Kazakh letters are given with their bytes.
fn kz1048(text: &str) -> Vec<u8> {
    let own = [
        ('Қ', 0x8d),
        ('қ', 0x9d),
        ('Ұ', 0xa1),
        ('ұ', 0xa2),
        ('Ә', 0xa3),
        ('Ө', 0xa5),
        ('Ғ', 0xaa),
        ('Ү', 0xaf),
        ('ө', 0xb4),
        ('ғ', 0xba),
        ('ә', 0xbc),
        ('Ң', 0xbd),
        ('ң', 0xbe),
        ('ү', 0xbf),
        ('һ', 0x9e),
    ];
    let byte = |c: char| match own.iter().find(|(letter, _)| *letter == c) {
        Some((_, byte)) => vec![*byte],
        None => WINDOWS_1251.encode(&c.to_string()).0.into_owned(),
    };
    text.chars().flat_map(byte).collect()
}

/// A letter in KZ-1048, or a sign that windows-1251 has there and that another code page has for a letter.
fn one_byte(c: char) -> Vec<u8> {
    if c == '▐' { KOI8_R.encode("▐").0.into_owned() } else { kz1048(&c.to_string()) }
}

#[test]
fn the_encoding_of_a_list_is_told_by_its_words_and_gibberish_is_never_imported() {
    let place = Place::new();
    let office = open(&place);
    for (file, name) in [
        ("koi8-r-latin-headers/export.csv", "Мельников Аркадий"),
        ("koi8-r-latin-headers/export-cp866.csv", "Мельников Аркадий"),
        ("kz-1048/list.csv", "Қайратұлы Әділ"),
        ("kz-1048/list.csv", "Өмірзақова Ғазиза"),
        ("utf8-seen-as-1251/resaved.csv", "Чернова Светлана"),
        ("utf8-seen-as-1251/resaved-latin1.csv", "Чернова Светлана"),
        ("utf16le/with-mark.txt", "Исаева Мадина"),
        ("utf16le/without-mark.txt", "Исаева Мадина"),
    ] {
        let plan = office.plan(&kept(file), &[]);
        says(&plan, &[name]);
        assert!(plan.contains(" 0 refused"), "{file}: {plan}");
    }
    let russian = "Code,Name,Phone\nR-1,Щербаков Юрий,+77010000001\nR-2,ФЁДОРОВА Анна,\nR-3,цой яна,\n";
    for (encoding, bytes) in [
        ("KOI8-R", KOI8_R.encode(russian).0),
        ("cp866", IBM866.encode(russian).0),
        ("windows-1251", WINDOWS_1251.encode(russian).0),
    ] {
        says(&office.plan_of(&bytes, &[]), &["Щербаков Юрий", "ФЁДОРОВА Анна", "цой яна", encoding]);
    }
    let kazakh = "Коды;Аты-жөні\nK-1;Әбдірахманов Нұрлан\nK-2;Сүйіндік Гүлмира\nK-3;Төлеген Бағдат\n";
    says(&office.plan_of(kz1048(kazakh), &[]), &["Әбдірахманов Нұрлан", "Сүйіндік Гүлмира", "Төлеген Бағдат"]);
    let turkish = "Code,Name\nT-1,Çağrı Yıldız\nT-2,Ayşe Güneş\n";
    says(&office.plan_of(WINDOWS_1254.encode(turkish).0, &[]), &["Çağrı Yıldız", "Ayşe Güneş", "windows-1254"]);
    let western = "Code;Name\nW-1;José García\nW-2;Jürgen Müller\nW-3;Chloé Lefèvre\n";
    says(&office.plan_of(WINDOWS_1252.encode(western).0, &[]), &["José García", "Jürgen Müller", "Chloé Lefèvre"]);
    says(&office.plan_of(utf16le("Code\tName\nU-1\tAnn Lee\n"), &[]), &["Ann Lee", "UTF-16LE"]);

    // Saved through a wrong encoding: undone, if that is exact.
    let misread = WINDOWS_1252.decode_without_bom_handling(&WINDOWS_1251.encode(russian).0).0.into_owned();
    says(&office.plan_of(misread, &[]), &["Щербаков Юрий", "by mistake, which is undone"]);
    let koi8_as_1251 = WINDOWS_1251.decode_without_bom_handling(&KOI8_R.encode(russian).0).0.into_owned();
    says(&office.plan_of(koi8_as_1251, &[]), &["Щербаков Юрий"]);
    let kz_as_1251 = WINDOWS_1251.decode_without_bom_handling(&kz1048(kazakh)).0.into_owned();
    says(&office.plan_of(kz_as_1251, &[]), &["Әбдірахманов Нұрлан"]);
    let broken = "Code,Name\nB-1,Р§РµСЂРЅРѕРІР° РЎРІРµС‚Р»Р°РЅР°\nB-2,Чернова Анна\n";
    office.refused(broken, &["line 2", "saved in a wrong encoding", "Р§РµСЂРЅРѕРІР°", "Чернова Светлана"]);
    // Of two code pages, and of some that only few use, nothing is read but what is right.
    let two = [&WINDOWS_1251.encode(russian).0[..], &KOI8_R.encode("R-4,Фёдорова Анна,\nR-5,Ли Виктор,\n").0].concat();
    office.refused(two, &["the encoding is not clear"]);
    for misread in ["Т±леген Бақыт", "Ф▐дорова Анна", "‡міт Әл"] {
        let text = format!("Код;ФИО\nA;Щербаков Юрий\nB;Ким Анна\nC;{misread}\n");
        let bytes: Vec<u8> = text.chars().flat_map(one_byte).collect();
        office.refused(bytes, &["line 4", "the encoding is not clear"]);
    }
    // A few letters of a code page may be UTF-8 by chance.
    says(&office.plan_of(kz1048("Code;Name\nK-1;Сүйіндік Гүлмира\n"), &[]), &["Сүйіндік Гүлмира", "KZ-1048"]);
    // What is named is followed.
    says(&office.plan_of(KOI8_R.encode(russian).0, &["--encoding", "koi8-r"]), &["Щербаков Юрий"]);
    office.imports(Path::new("list"), "plan", &["--encoding", "martian"]).refused(2, &["no encoding is called so"]);
    // Names of guests that only look odd.
    let guests =
        "Code;Name\nG-1;Ђорђе Јовановић\nG-2;Łukasz Żółć\nG-3;Nguyễn Thị Ánh\nG-4;КазНУ «ЖасСтар»\nG-5;Coвa Poмaн\n";
    says(&office.plan_of(guests, &[]), &["Ђорђе Јовановић", "Łukasz Żółć", "Nguyễn Thị Ánh", "Coвa Poмaн"]);
}

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

fn workbook(build: impl FnOnce(&mut Workbook)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    build(&mut workbook);
    workbook.save_to_buffer().unwrap()
}

#[test]
fn what_is_not_data_is_left_out_and_told() {
    let place = Place::new();
    let office = open(&place);
    let list = "Код;Фамилия;Имя;Отчество;Телефон\n1;2;3;4;5\nA-1;Ким;Анна;-;+77010000001\nA-2;Ли;Ян;жоқ;нет\n\
        Код;Фамилия;Имя;Отчество;Телефон\nA-3;Смит;Джон;#ССЫЛКА!;#Н/Д\nОтряд «Север» Актау;;;;\nA-4;Цой;Вера;отсутствует;позвонить\n\
        Итого:;4;;;\n;Всего 4 человека;;;\nИсполнитель: Иванова А. А.;;;;\n;;;;подпись ________\n";
    let told = office.imports(&place.write("list.csv", list), "a", &["--apply", "--lines"]);
    let plan = told.out.clone();
    assert_eq!(told.code, Some(0), "nobody was left out: {plan}");
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
fn a_code_that_names_somebody_else_changes_nothing_before_somebody_decides() {
    let place = Place::new();
    let office = open(&place);
    let first =
        "Код;ФИО;Телефон\nA-1;Бекова Сауле;+77010000001\nA-2;Громов Илья;+77010000002\nA-3;Ли Яна;+77010000003\n";
    office.imports(&place.write("first.csv", first), "front", &["--apply"]).done();
    office.laptop.does(["hours", "grant", "A-1", "--from", "2026-05-18T09:00", "--to", "2026-05-18T12:00"]).done();
    let second = "Код;ФИО;Телефон\nA-1;Ким Анна;+77010000009\nA-2;Gromov Ilya;+77010000022\nA-3;Пак Яна;+77010000003\n";
    let second = place.write("second.csv", second);
    let told = office.imports(&second, "front", &["--apply"]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(&told.out, &["0 to add, 2 to update", "1 to decide", "code A-1 was Бекова Сауле and is Ким Анна now"]);
    says(&told.out, &["3:00 h verified", "1 rulings", "--same A-1", "--other A-1"]);
    says(&told.out, &["phone `+77010000002` → `+77010000022`", "names `Ли Яна` → `Пак Яна`"]);
    says(&office.laptop.does(["person", "show", "A-1"]).done(), &["Бекова Сауле", "verified: 3:00 h"]);

    office.imports(&second, "front", &["--other", "A-9"]).refused(3, &["nothing is asked there"]);
    let decided = office.imports(&second, "front", &["--apply", "--other", "A-1"]).done();
    says(&decided, &["1 to decide", "decided"]);
    says(&office.laptop.does(["person", "show", "A-1"]).done(), &["Ким Анна", "verified: 0:00 h"]);
    says(&office.laptop.does(["person", "show", "Бекова Сауле"]).done(), &["verified: 3:00 h"]);
    let again = office.imports(&second, "front", &["--apply"]).done();
    says(&again, &["0 to add, 0 to update, 3 unchanged"]);
    let third = place.write("third.csv", "Код;ФИО\nA-1;Оспанов Тимур\n");
    office.imports(&third, "front", &["--apply", "--same", "line:2"]).done();
    says(&office.laptop.does(["person", "show", "A-1"]).done(), &["Оспанов Тимур"]);
    says(&office.imports(&third, "front", &[]).done(), &["1 unchanged"]);

    let moved = "Код;ФИО\nA-1;Gromov Ilya\nA-2;Пак Яна\nA-3;Оспанов Тимур\n";
    let moved = office.imports(&place.write("moved.csv", moved), "front", &[]).done();
    says(&moved, &["3 to decide", "look like row numbers", "whose code was A-2"]);
}

#[test]
fn codes_that_lost_their_zeros_are_asked_about() {
    let place = Place::new();
    let office = open(&place);
    office.imports(&kept("leading-zeros/register.csv"), "register", &["--apply"]).done();
    let resaved = kept("leading-zeros/register-resaved.csv");
    let told = office.imports(&resaved, "register", &["--apply"]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(
        &told.out,
        &["0 to add", "2 to decide", "the code looks like 00101 of Бекова Сауле without its leading zeros"],
    );
    let decided = ["--apply", "--same", "101", "--other", "102"];
    office.imports(&resaved, "register", &decided).done();
    says(&office.imports(&resaved, "register", &[]).done(), &["2 unchanged"]);
    says(&office.laptop.does(["person", "show", "00101"]).done(), &["register: 00101, register: 101"]);
    assert_eq!(office.laptop.does(["field", "find", "Громов"]).done().lines().count(), 2);
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
fn an_add_on_is_nobody_of_its_own_and_the_exit_code_says_what_was_left_out() {
    let place = Place::new();
    let office = open(&place);
    let told = office.imports(&kept("pretix-add-ons/checkinlist.csv"), "shop", &["--apply", "--lines"]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(
        &told.out,
        &["2 to add", "1 refused", "line 3 is an add-on to the ticket in line 2", "line 5", "there is no name"],
    );
    says(&told.err, &["1 row was left out"]);
    assert_eq!(office.laptop.does(["field", "find", "Ana Kim"]).done().lines().count(), 1);
    let whole = office.imports(&kept("excel-drops-trailing-delimiters/list.csv"), "o", &["--apply"]);
    assert_eq!(whole.code, Some(0), "{}", whole.out);
    let help = office.laptop.does(["--help"]).done();
    says(&help, &["5  done, but something was left out"]);
}

#[test]
fn a_paper_list_is_read_as_it_is_written_by_hand() {
    let place = Place::new();
    let office = open(&place);
    office.imports(&kept("paper-list/roster.csv"), "front", &["--apply"]).done();
    let grant = |list: &Path| office.laptop.does(["hours", "grant", "--list", list.to_str().unwrap()]);
    for file in ["iso.csv", "dots.csv", "short-hour.csv", "russian.csv", "over-midnight.csv", "typed.xlsx"] {
        assert!(grant(&kept("paper-list").join(file)).done().contains("granted"), "{file}");
    }
    for list in [
        "Аты-жөні;Күні;Басталуы;Аяқталуы\nГромов Илья;19.05.2026;9.00;12.30\n",
        "Площадка: Север\n\nФИО;Дата;Начало;Окончание;Площадка\nГромов Илья;20 мая 2026;9:00;12:30;Север\n",
        "Name,Day,Start,End\nГромов Илья,2026-05-21,10:00 pm,2:00 am\n",
    ] {
        assert!(grant(&place.write("hours.csv", list)).done().contains("granted"), "{list}");
    }
    // What speaks of nobody is left out and told, as in any list.
    let told = grant(&place.write(
        "hours.csv",
        "Код;ФИО;Дата;Начало;Окончание\n1;2;3;4;5\nPL-2;Громов Илья;22.05.2026;9:00;12:30\n\
         Код;ФИО;Дата;Начало;Окончание\n;Итого часов;;;3:30\nРуководитель: ________ Ахметов;;;;\n",
    ));
    assert_eq!(told.code, Some(0), "{}", told.err);
    says(&told.err, &["line 2 is numbers of columns", "line 4 is", "line 5 is", "line 6 is", "speaks of nobody"]);
    let wrong =
        "code;date;from;to\nPL-1;31.02.2026;9:00;12:00\nPL-1;18.05.2026;9:00;9:00\nPL-9;18.05.2026;9:00;10:00\n";
    let told = grant(&place.write("wrong.csv", wrong));
    told.refused(
        3,
        &["line 2", "`31.02.2026` is not a date", "line 3", "begins and ends at one time", "line 4", "PL-9"],
    );
    grant(&place.write("wrong.csv", "code;date;from\n")).refused(3, &["there is no column `to`, `по`"]);
}

#[test]
fn whoever_was_erased_does_not_come_back_by_the_list_of_another_office_unasked() {
    let place = Place::new();
    let office = open(&place);
    let list = place.write("list.csv", "Код;ФИО;Телефон\nER-9;Бекова Сауле;+77015550070\n");
    office.imports(&list, "a", &["--apply"]).done();
    office.laptop.does(["person", "erase", "ER-9", "--yes"]).done();
    office.imports(&list, "a", &["--apply"]).refused(5, &["1 row was left out"]);
    let told = office.imports(&list, "b", &["--apply"]);
    told.refused(5, &["1 row was left out"]);
    says(&told.out, &["0 to add", "1 to decide", "somebody with this name and this phone number was erased"]);
    for (row, alike) in [
        ("X-1;Saule Bekova;+77010000001", "this name"),
        ("X-2;Ким Анна;8 (701) 555-00-70", "this phone number"),
        ("X-3;Бекова Сауле Маратовна;", "this name"),
    ] {
        let other = place.write("other.csv", format!("Код;ФИО;Телефон\n{row}\nX-9;Цой Вера;+77010000009\n"));
        let told = office.imports(&other, "c", &[]).done();
        says(&told, &["1 to add", "1 to decide", alike]);
    }
    office.imports(&list, "b", &["--apply", "--same", "ER-9"]).done();
    says(&office.laptop.does(["field", "find", "Бекова"]).done(), &["Nobody"]);
    office.imports(&list, "b", &["--apply", "--other", "ER-9"]).done();
    says(&office.laptop.does(["field", "find", "Бекова"]).done(), &["ER-9"]);
    says(&office.imports(&list, "b", &[]).done(), &["0 to add, 0 to update, 1 unchanged"]);
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
fn a_name_without_the_given_name_or_with_an_initial_erases_nothing() {
    let place = Place::new();
    let office = open(&place);
    let header = "Код;Фамилия;Имя\n";
    let full = place.write("full.csv", format!("{header}A;Ким;Ольга\nB;Ахметов;Жан\nC;Ли;Ян\n"));
    office.imports(&full, "front", &["--apply"]).done();
    let short = place.write("short.csv", format!("{header}A;Ким;\nB;Ахметов;Ж.\nC;Пак;Ян\n"));
    office.imports(&short, "front", &["--apply"]);
    for (code, name) in [("A", "Ким Ольга"), ("B", "Ахметов Жан")] {
        says(&office.laptop.does(["person", "show", code]).done(), &[name]);
    }
}

#[test]
fn a_paper_list_gives_nobody_the_hours_of_another_and_guesses_no_time() {
    let place = Place::new();
    let office = open(&place);
    let roster = "Код;ФИО\nA;Ким Анна\nB;Ли Ян Петрович\nC;Ахметова Айгүл\n";
    office.imports(&place.write("roster.csv", roster), "front", &["--apply"]).done();
    let grant =
        |list: &str| office.laptop.does(["hours", "grant", "--list", place.write("hours.csv", list).to_str().unwrap()]);
    let header = "Код;ФИО;Дата;С;По\n";
    for (row, said) in [
        ("A;Ли Ян;18.05.2026;9:00;12:00", &["line 2", "`A` is Ким Анна, and the list says `Ли Ян`"][..]),
        ("A;Ким Анна;18.05.2026;9:00;12.3", &["`12.3` has one digit of a minute", "12:30"]),
        ("A;Ким Анна;05/06/2026;9:00;12:00", &["can be 2026-06-05 or 2026-05-06"]),
    ] {
        grant(&format!("{header}{row}\n")).refused(3, said);
    }
    let told = grant(&format!(
        "{header}A;Kim Anna;18.05.2026;9:00;12:00\nB;Ли Ян;05/18/2026;9:00;12:00\nC;Ахметова А.;18.05.2027;9:00;12:00\n"
    ));
    assert_eq!(told.code, Some(0), "{}", told.err);
    says(&told.err, &["line 4: 2027-05-18 is no day of the event"]);
}

#[test]
fn one_word_means_everybody_who_bears_it() {
    let place = Place::new();
    let office = open(&place);
    let roster = "Код;ФИО\nA;Ким\nB;Ким Анна\nC;Ким Анна Петровна\n";
    office.imports(&place.write("roster.csv", roster), "front", &["--apply"]).done();
    let found = office.laptop.does(["field", "find", "ким"]).done();
    assert!(found.starts_with("A ") && found.lines().count() == 3, "{found}");
    let check_in = |who: &str| office.laptop.does(["field", "check-in", who, "--site", "north"]);
    check_in("Ким").refused(3, &["can be 3 people"]);
    says(&check_in("Ким Анна").done(), &["B  Ким Анна"]);
}
