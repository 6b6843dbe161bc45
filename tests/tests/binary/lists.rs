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
    for misread in ["Ф▐дорова Анна", "Щер®бак Анна", "К†м Әлия"] {
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

#[test]
fn letters_that_a_program_wrote_as_other_characters_are_read_again_or_refused() {
    let place = Place::new();
    let office = open(&place);
    for (written, how) in [
        ("%D0%9A%D0%B8%D0%BC%20%D0%90%D0%BD%D0%BD%D0%B0", "`%D0%9A`"),
        ("%D0%9A%D0%B8%D0%BC+%D0%90%D0%BD%D0%BD%D0%B0", "`%D0%9A`"),
        ("=D0=9A=D0=B8=D0=BC =D0=90=D0=BD=D0=BD=D0=B0", "`=D0=9A`"),
        ("\\u041a\\u0438\\u043c \\u0410\\u043d\\u043d\\u0430", "`\\u041a`"),
        ("&#1050;&#1080;&#1084; &#x410;&#1085;&#1085;&#1072;", "`&#1050;`"),
        ("+BBoEOAQ8 +BBAEPQQ9BDA-", "UTF-7"),
    ] {
        let list = place.write("list", format!("Code;Name;Phone\nA;{written};+77010000001\n"));
        let told = office.imports(&list, "plan", &["--lines"]);
        says(&told.out, &["1 to add", "A Ким Анна"]);
        says(&told.out, &["are read as what they stand for", how]);
    }
    office.refused(
        "Code,Name\nA,Kim\nB,%D0%9A%D0%B8%D0\n",
        &["line 3", "wrote letters as other characters", "%D0%9A%D0%B8%D0"],
    );
    office.refused("Code,Name\nA,&Aacute;lvaro P&eacute;rez\n", &["line 2", "wrote letters as other characters"]);
    says(&office.plan_of("Code,Name\nA,\\xd0\\x9a\\xd0\\xb8\\xd0\\xbc\n", &[]), &["A Ким"]);
    office.refused("Code,Name\nA,%CA%E8%EC\n", &["line 2", "wrote letters as other characters"]);
    for (plain, shown) in [
        ("Code;Name;Note\nA;Ann Lee;https://ru.wikipedia.org/wiki/%D0%9A%D0%B8%D0%BC\n", "A Ann Lee"),
        ("Code;Name;Note\n%A;Ann Lee;100%AB, 50% & more; +77010000001\n", "%A Ann Lee"),
        ("Code;Name\nR&D#1;Ann Lee\n", "R&D#1 Ann Lee"),
    ] {
        says(&office.plan_of(plain.replace("; +", " +"), &[]), &["1 to add", shown]);
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
        &[
            "2 to add",
            "2 refused",
            "C Ким Анна",
            "D Ли",
            "line 2, column 2 (Фамилия): there is no name",
            "line 3, column 3",
        ],
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
        says(&told.out, &["each line was saved as one cell in quotation marks"]);
    }
    let told =
        office.imports(&place.write("usual.csv", "\"Код\";\"ФИО\"\n\"A-1\";\"Ким; Анна\"\n"), "usual", &["--lines"]);
    says(&told.out, &["1 to add"]);
    assert!(!told.out.contains("quotation marks"), "{}", told.out);
}

#[test]
fn a_year_of_birth_of_another_generation_is_asked_about() {
    let place = Place::new();
    let office = open(&place);
    let header = "Код;ФИО;Год рождения;Телефон\n";
    let first = "A;Ким Анна;2005;\nB;Ли Ян;1985;\nC;Цой Вера;2001;+77010000003\nD;Пак Яна;2001;+77010000004\n";
    office.imports(&place.write("first.csv", format!("{header}{first}")), "front", &["--apply"]).done();
    let second = "A;Ким Анна;1950;\nB;Ли Ян;1986;\nC;Цой Вера;1955;8 701 000 00 03\nD;Пак Яна;1970;+77010000009\n";
    let second = place.write("second.csv", format!("{header}{second}"));
    let told = office.imports(&second, "front", &["--apply"]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(
        &told.out,
        &["2 to update", "2 to decide", "the year of birth was 2005 and is 1950 now", "--same A, or --other A"],
    );
    says(&office.laptop.does(["person", "show", "A"]).done(), &["birth_year: 2005"]);
    says(&office.laptop.does(["person", "show", "C"]).done(), &["birth_year: 1955"]);
    office.imports(&second, "front", &["--apply", "--same", "A", "--other", "D"]).done();
    says(&office.laptop.does(["person", "show", "A"]).done(), &["birth_year: 1950"]);
    says(&office.laptop.does(["person", "show", "D"]).done(), &["birth_year: 1970", "+77010000009"]);
    says(&office.imports(&second, "front", &[]).done(), &["0 to add, 0 to update, 4 unchanged"]);
}

#[test]
fn hours_that_contradict_their_times_are_told_and_grant_nothing() {
    let place = Place::new();
    let office = open(&place);
    office.imports(&place.write("roster.csv", "Код;ФИО\nA;Ким Анна\nB;Ли Ян\n"), "front", &["--apply"]).done();
    let grant =
        |list: &str| office.laptop.does(["hours", "grant", "--list", place.write("hours.csv", list).to_str().unwrap()]);
    for (header, written) in [("Часы", "7"), ("Hours", "2:30"), ("Сағат", "4,5"), ("Отработано часов", "много")]
    {
        let list = format!("Код;Дата;С;По;{header}\nA;18.05.2026;9:00;12:30;3,5\nB;18.05.2026;9:00;12:30;{written}\n");
        grant(&list).refused(3, &["line 3", &format!("`{written}`"), "nothing was written"]);
    }
    grant("Код;Дата;С;По;Часы\nA;18.05.2026;9:00;12:30;7\n").refused(3, &["from its times there are 3:30"]);
    let rows = ["3,5", "3.5", "3:30", "3 ч 30 мин", "3,5 ч.", "-", ""]
        .map(|hours| format!("A;18.05.2026;9:00;12:30;{hours}\n"));
    let told = grant(&format!("Код;Дата;С;По;Часы\n{}", rows.concat()));
    assert_eq!(told.code, Some(0), "{}", told.err);
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

#[test]
fn a_paper_list_loses_no_second_stretch_and_no_break() {
    let place = Place::new();
    let office = open(&place);
    office.imports(&place.write("roster.csv", "Код;ФИО\nA;Ким Анна\n"), "front", &["--apply"]).done();
    let grant =
        |list: &str| office.laptop.does(["hours", "grant", "--list", place.write("hours.csv", list).to_str().unwrap()]);
    grant("Код;Дата;С;По;С;По\nA;18.05.2026;9:00;13:00;14:00;18:00\n")
        .refused(3, &["columns 3 (`С`) and 5 (`С`)", "a row of its own"]);
    grant("Код;Дата;С;По;До\nA;18.05.2026;9:00;13:00;18:00\n").refused(3, &["columns 4 (`По`) and 5 (`До`)"]);
    for header in ["Обед", "Перерыв", "Перерыв, мин", "Break", "Lunch", "Үзіліс", "Обед / С"]
    {
        let list = format!("Код;Дата;С;По;{header}\nA;18.05.2026;9:00;18:00;1:00\n");
        grant(&list).refused(3, &["line 2: it says `1:00` of a break", "in two rows", "nothing was written"]);
    }
    for header in ["Всего", "Всего, ч", "Итого", "Часы работы", "Кол. часов", "Барлығы", "Total", "Worked"]
    {
        let list = format!("Код;Дата;С;По;{header}\nA;18.05.2026;9:00;18:00;8\n");
        grant(&list).refused(3, &["line 2: it says `8` hours", "nothing was written"]);
    }
    let blank = "Код;Дата;С;По;С;По;Обед\nA;18.05.2026;9:00;13:00;;;-\nA;18.05.2026;14:00;18:00;;;0:00\n";
    assert!(grant(blank).done().contains("granted"));
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
fn hours_of_a_list_go_only_to_whom_a_line_names_by_code_or_by_whole_words() {
    let place = Place::new();
    let office = open(&place);
    let roster = "Код;ФИО;Телефон\nL;Лиманов Олег;\nK;Кимов Асан;\nA;Ахметов Ерлан Серікұлы;+77010005550\n\
        Q;Сәрсенбаева Әйгерім Қанатқызы;\nT;Ана Тест;\n";
    office.imports(&place.write("roster.csv", roster), "front", &["--apply"]).done();
    let grant = |column: &str, who: &str| {
        let list = format!("{column};Дата;С;По\n{who};18.05.2026;9:00;12:00\n");
        office.laptop.does(["hours", "grant", "--list", place.write("hours.csv", list).to_str().unwrap()])
    };
    for number in ["102", "23", "5550"] {
        grant("Код", number).refused(3, &["line 2: nobody here is called", number, "nothing was written"]);
    }
    for (part, meant) in [
        ("Ли Олег", "L Лиманов Олег"),
        ("Ким Асан", "K Кимов Асан"),
        ("Ахм", "A Ахметов Ерлан"),
        ("Ахметов Ерлан Сер", "A Ахметов Ерлан"),
        ("fyf", "T Ана Тест"),
        ("fyf ntcn", "T Ана Тест"),
    ] {
        grant("ФИО", part).refused(3, &["line 2: nobody here is called", part, meant, "nothing was written"]);
    }
    for person in ["L", "K", "A", "Q", "T"] {
        says(&office.laptop.does(["person", "show", person]).done(), &["verified: 0:00 h"]);
    }
    for whole in
        ["Олег Лиманов", "Limanov Oleg", "Кимов", "Ахметов Ерлан", "Ерлан Серикович Ахметов", "8 701 000 55 50"]
    {
        grant("ФИО", whole).done();
    }
}

#[test]
fn whoever_is_named_by_a_number_or_a_beginning_is_not_acted_on() {
    let place = Place::new();
    let office = open(&place);
    let roster = "Код;ФИО;Телефон\nK;Кимов Асан;\nQ;Сәрсенбаева Әйгерім Қанатқызы;+77010005550\nB;Бекова Сауле;\n";
    office.imports(&place.write("roster.csv", roster), "front", &["--apply"]).done();
    let check_in = |who: &str| office.laptop.does(["field", "check-in", who, "--site", "north"]);
    let edit = |who: &str| office.laptop.does(["person", "edit", who, "region", "Z"]);
    for number in ["102", "02", "23", "..."] {
        check_in(number).refused(3, &["nobody here is called"]);
        edit(number).refused(3, &["nobody here is called"]);
        says(&office.laptop.does(["field", "find", "102"]).done(), &["Nobody"]);
    }
    for (part, meant) in [("Ки Ас", "K Кимов Асан"), ("Ким Асан", "K Кимов Асан"), (",trjdf", "B Бекова Сауле")]
    {
        check_in(part).refused(3, &["nobody here is called", meant]);
        edit(part).refused(3, &["nobody here is called", meant]);
    }
    // The wrong keyboard layout is forgiven at a gate, where the whole name is typed.
    edit(",trjdf cfekt").refused(3, &["B Бекова Сауле"]);
    says(&check_in(",trjdf cfekt").done(), &["B  Бекова Сауле"]);
    says(&check_in("5550").done(), &["Q  Сәрсенбаева"]);
    edit("Асан Кимов").done();
}

#[test]
fn codes_of_one_list_that_differ_by_leading_zeros_are_asked_about() {
    let place = Place::new();
    let office = open(&place);
    let list = "Код;ФИО\n001;Бек Алия\n1;Бек Алия\n7;Ким Анна\n07;Ли Ян\n70;Цой Вера\n";
    let list = place.write("list.csv", list);
    let told = office.imports(&list, "front", &["--apply"]);
    assert_eq!(told.code, Some(5), "{}", told.out);
    says(
        &told.out,
        &[
            "3 to add",
            "2 to decide",
            "1 Бек Алия: the code looks like 001 of Бек Алия without its leading zeros",
            "07 Ли Ян: the code looks like 7 of Ким Анна with other leading zeros",
        ],
    );
    office.imports(&list, "front", &["--apply", "--same", "1", "--other", "07"]).done();
    says(&office.imports(&list, "front", &[]).done(), &["5 unchanged"]);
    says(&office.laptop.does(["person", "show", "001"]).done(), &["front: 001, front: 1"]);
    // Also where both are decided about before anybody is on the roster.
    let decided = ["--apply", "--same", "1", "--other", "07"];
    office.imports(&list, "other", &decided).done();
    says(&office.imports(&list, "other", &[]).done(), &["5 unchanged"]);
}
