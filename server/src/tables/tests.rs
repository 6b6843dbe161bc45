use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Write};

use encoding_rs::WINDOWS_1251;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use sync_core::documents::roster::Roster;
use sync_core::ids::EventId;
use sync_core::import::{ImportPlan, Row, Source, TeamNames, plan_import};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::*;

const LIST: &str = "Код;ФИО;Телефон\nA-1;Өтегенов Мұрат;87010000000\nA-2;Цой Анна;\n";

fn read(bytes: &[u8]) -> Result<Table, TableError> {
    read_table("list", bytes, &ReadOptions::default()).map(|mut list| list.tables.remove(0))
}

fn with_limits(bytes: &[u8], change: impl FnOnce(&mut Limits)) -> TableError {
    let mut options = ReadOptions::default();
    change(&mut options.limits);
    read_table("list", bytes, &options).unwrap_err()
}

fn row(line: u64, cells: &[&str]) -> Row {
    Row { line, cells: cells.iter().map(|cell| (*cell).to_owned()).collect(), ..Row::default() }
}

fn table(headers: &[&str], rows: Vec<Row>) -> Table {
    Table { header_line: 1, headers: row(1, headers).cells, rows }
}

fn list() -> Table {
    let rows = vec![row(2, &["A-1", "Өтегенов Мұрат", "87010000000"]), row(3, &["A-2", "Цой Анна", ""])];
    table(&["Код", "ФИО", "Телефон"], rows)
}

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(to_bytes).collect()
}

fn plan(table: &Table) -> ImportPlan {
    let source = Source {
        issuer: "list".into(),
        born_by: 2026,
        profile: BTreeMap::new(),
        teams: TeamNames::default(),
        walk_ins: BTreeSet::new(),
    };
    plan_import(std::slice::from_ref(table), &Roster::default(), EventId([1; 16]), &source).unwrap()
}

#[test]
fn every_encoding_gives_the_same_table() {
    assert_eq!(read(LIST.as_bytes()).unwrap(), list());
    assert_eq!(read(format!("\u{feff}{LIST}").as_bytes()).unwrap(), list());
    assert_eq!(read(&utf16(LIST, u16::to_le_bytes)).unwrap(), list());
    assert_eq!(read(&utf16(LIST, u16::to_be_bytes)).unwrap(), list());
    let russian = "Код;ФИО\r\nA-1;Ёлкин Пётр\r\n";
    let (bytes, _, unmappable) = WINDOWS_1251.encode(russian);
    assert!(!unmappable);
    assert_eq!(read(&bytes).unwrap(), read(russian.as_bytes()).unwrap());
}

#[test]
fn every_delimiter_is_found_and_quotes_are_respected() {
    for delimiter in [",", ";", "\t", "|"] {
        let text = LIST.replace(';', delimiter).replace("Цой Анна", "\"Цой, Анна; \"\"А|\"\"\"");
        let mut expected = list();
        expected.rows[1].cells[1] = "Цой, Анна; \"А|\"".into();
        assert_eq!(read(text.as_bytes()).unwrap(), expected, "{delimiter:?}");
    }
}

#[test]
fn a_delimiter_inside_the_cells_does_not_mislead() {
    let table = read("Фамилия, имя;Организация\nКим, А;ТОО, филиал\nЦой, Б;АО\nЛи;ЖШС, 1, 2\n".as_bytes()).unwrap();
    assert_eq!(table.headers, ["Фамилия, имя", "Организация"]);
    let declared = read("sep=|\nКод;ФИО|Г.р.\n1;Ким|1990\n".as_bytes()).unwrap();
    assert_eq!((declared.header_line, declared.rows[0].line), (2, 3));
    assert_eq!(declared.rows[0].cells, ["1;Ким", "1990"]);
    assert_eq!(read(b"Code\n1\n").unwrap(), self::table(&["Code"], vec![row(2, &["1"])]));
}

#[test]
fn lines_are_those_an_editor_shows() {
    let text = "\n\nКод;ФИО\r\n\r\n1;\"Ким\nАнна\"\r\n;;\n\n2;Цой";
    let table = read(text.as_bytes()).unwrap();
    assert_eq!(table.header_line, 3);
    assert_eq!(table.rows, [row(5, &["1", "Ким\nАнна"]), row(9, &["2", "Цой"])]);
    let macintosh = read("Код;ФИО\r1;Ким\r2;Цой\r".as_bytes()).unwrap();
    assert_eq!(macintosh.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn rows_keep_the_cells_they_have() {
    let table = read("a;b;c\n1;2\n1;2;3;4\n".as_bytes()).unwrap();
    assert_eq!(table.rows, [row(2, &["1", "2"]), row(3, &["1", "2", "3", "4"])]);
}

#[test]
fn a_quotation_mark_that_is_never_closed_is_told_by_its_line() {
    let error = read("Код;ФИО\n1;Ким\n2;\"Цой\n3;Ли\n4;Пак".as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "list, line 3, column 2: a quotation mark is opened here and never closed");
    assert!(read("Код;ФИО\n1;\"Ким\"".as_bytes()).is_ok());
}

#[test]
fn damaged_and_foreign_bytes_are_refused() {
    let mut utf8 = LIST.as_bytes().to_vec();
    let anna = LIST.find("Анна").unwrap();
    utf8[anna] = 0xff;
    assert_eq!(read(&utf8).unwrap_err().to_string(), "list, line 3: the text is damaged: it is not valid UTF-8");
    let mut utf16 = utf16("Код;ФИО\n1;Ким", u16::to_le_bytes);
    utf16.extend([0x00, 0xd8]);
    assert_eq!(read(&utf16).unwrap_err().to_string(), "list, line 2: the text is damaged: it is not valid UTF-16LE");
    for bytes in [&b"\x89PNG\r\n\x1a\n\0\0"[..], b"a\0b\0\0\0;\0"] {
        assert!(matches!(read(bytes).unwrap_err().fault, TableFault::NotATable));
    }
    assert!(matches!(read(b"\xd0\xcf\x11\xe0\xa1\xb1").unwrap_err().fault, TableFault::OtherWorkbook));
    for empty in ["", "\u{feff}", "\n\n", ";;\n ; \n"] {
        assert!(matches!(read(empty.as_bytes()).unwrap_err().fault, TableFault::Empty), "{empty:?}");
    }
}

#[test]
fn a_text_that_was_put_together_of_two_encodings_is_refused_where_the_second_begins() {
    let mut list = LIST.as_bytes().to_vec();
    let lines = LIST.lines().count();
    for _ in 0..3 {
        list.extend_from_slice(&encoding_rs::WINDOWS_1251.encode("Б-1,Чернова Светлана,\n").0);
    }
    assert_eq!(read(&list).unwrap_err().line, Some(lines as u64 + 1));
}

#[test]
fn limits_are_told_with_the_place_where_they_were_reached() {
    let told = |change: fn(&mut Limits)| with_limits(LIST.as_bytes(), change).to_string();
    assert_eq!(told(|limits| limits.rows = 1), "list, line 3: there are more than 1 rows");
    assert_eq!(told(|limits| limits.columns = 2), "list, line 1, column 3: there are more than 2 columns");
    assert_eq!(told(|limits| limits.cells = 5), "list, line 2: there are more than 5 cells");
    assert_eq!(told(|limits| limits.text_bytes = 30), "list, line 2, column 2: there are more than 30 bytes of text");
    assert_eq!(
        told(|limits| limits.cell_chars = 13),
        "list, line 2, column 2: the cell is longer than 13 characters; is a quotation mark missing?"
    );
    assert_eq!(told(|limits| limits.file_bytes = 9), "list: the file is larger than 0 MiB");
}

#[test]
fn a_file_is_opened_within_its_limit() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("field-week/roster-partner.csv");
    assert_eq!(open_table(&path, &ReadOptions::default()).unwrap().tables[0].rows.len(), 150);
    let limits = Limits { file_bytes: 100, ..Limits::default() };
    let error = open_table(&path, &ReadOptions { limits, ..ReadOptions::default() }).unwrap_err();
    assert!(matches!(error.fault, TableFault::FileTooLarge { limit_bytes: 100 }));
    let missing = open_table(&path.with_extension("xyz"), &ReadOptions::default()).unwrap_err();
    assert!(missing.to_string().starts_with("roster-partner.xyz: the file cannot be read"), "{missing}");
}

#[test]
fn the_rosters_of_the_recorded_week_import_without_a_problem() {
    let front_office = include_bytes!("../../field-week/roster-front-office.csv");
    let partner = include_bytes!("../../field-week/roster-partner.csv");
    for (bytes, people) in [(&front_office[..], 1200), (&partner[..], 150)] {
        let plan = plan(&read(bytes).unwrap());
        assert_eq!((plan.added.len(), plan.refused), (people, 0));
        assert_eq!((&plan.problems[..], &plan.ignored[..]), (&[][..], &[][..]));
    }
}

fn workbook(build: impl FnOnce(&mut Workbook)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    build(&mut workbook);
    workbook.save_to_buffer().unwrap()
}

/// The list in a sheet called `List`, behind an empty one that is hidden.
fn list_workbook() -> Vec<u8> {
    workbook(|workbook| {
        workbook.add_worksheet().set_name("Old").unwrap().set_hidden(true).write(0, 0, "Ескі").unwrap();
        let sheet = workbook.add_worksheet().set_name("List").unwrap();
        sheet.set_active(true);
        for (line, cells) in (0..).zip([list().headers].into_iter().chain(list().rows.into_iter().map(|row| row.cells)))
        {
            sheet.write_row(line, 0, cells).unwrap();
        }
    })
}

#[test]
fn a_sheet_gives_the_same_table_as_a_text() {
    assert_eq!(read(&list_workbook()).unwrap(), list());
}

#[test]
fn a_sheet_is_found_by_its_name() {
    let options = |name: &str| ReadOptions { sheet: Some(name.into()), ..ReadOptions::default() };
    assert_eq!(read_table("list", &list_workbook(), &options("Old")).unwrap().tables[0].headers, ["Ескі"]);
    let error = read_table("list", &list_workbook(), &options("Новый")).unwrap_err();
    assert_eq!(error.to_string(), "list: there is no such sheet; the workbook has Old, List");
}

#[test]
fn values_of_a_sheet_are_written_as_a_person_would() {
    let bytes = workbook(|workbook| {
        let sheet = workbook.add_worksheet();
        let date = Format::new().set_num_format("dd.mm.yyyy");
        let span = Format::new().set_num_format("[h]:mm");
        sheet.write_row(2, 0, ["Число", "Дробь", "Дата", "Время", "Часы", "Да", "Ошибка", "Телефон"]).unwrap();
        sheet.write(4, 0, 77_017_472_357_i64).unwrap();
        sheet.write(4, 1, 2.5).unwrap();
        sheet.write_with_format(4, 2, ExcelDateTime::from_ymd(1987, 5, 12).unwrap(), &date).unwrap();
        let moment = ExcelDateTime::from_ymd(2026, 5, 18).unwrap().and_hms(7, 33, 0).unwrap();
        sheet.write_with_format(4, 3, moment, &date).unwrap();
        sheet.write_with_format(4, 4, 1.25, &span).unwrap();
        sheet.write(4, 5, true).unwrap();
        sheet.write_formula(4, 6, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
        sheet.write_with_format(4, 7, 77_017_472_357_i64, &date).unwrap();
        sheet.write(4, 9, "без заголовка").unwrap();
    });
    let table = read(&bytes).unwrap();
    assert_eq!((table.header_line, table.headers.len(), table.rows.len()), (3, 10, 1));
    let values = [
        "77017472357",
        "2.5",
        "1987-05-12",
        "2026-05-18T07:33:00",
        "30:00:00",
        "true",
        "#DIV/0!",
        "77017472357",
        "",
        "без заголовка",
    ];
    assert_eq!(table.rows, [row(5, &values)]);
}

#[test]
fn limits_hold_for_a_sheet_too() {
    let told = |change: fn(&mut Limits)| with_limits(&list_workbook(), change).to_string();
    assert_eq!(told(|limits| limits.rows = 1), "list, line 3: there are more than 1 rows");
    assert_eq!(told(|limits| limits.text_bytes = 30), "list, line 2, column 2: there are more than 30 bytes of text");
    let sparse = workbook(|workbook| {
        let sheet = workbook.add_worksheet();
        sheet.write(0, 0, "Код").unwrap();
        sheet.write_column(1, 0, ["x"; 99]).unwrap();
        sheet.write(100, 999, "x").unwrap();
    });
    let error = with_limits(&sparse, |limits| limits.cells = 10_000);
    assert_eq!(error.to_string(), "list, line 1: there are more than 10000 cells");
    let far = workbook(|workbook| {
        workbook.add_worksheet().write(7, 16_383, "x").unwrap();
    });
    assert_eq!(read(&far).unwrap_err().to_string(), "list, line 8, column 16384: there are more than 1000 columns");
}

/// A package as [`list_workbook`], with some parts put in the place of its own.
fn package_with(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut original = ZipArchive::new(Cursor::new(list_workbook())).unwrap();
    let mut package = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..original.len() {
        let part = original.by_index_raw(index).unwrap();
        if parts.iter().all(|(name, _)| part.name().unwrap() != *name) {
            package.raw_copy_file(part).unwrap();
        }
    }
    for (name, text) in parts {
        package.start_file(*name, SimpleFileOptions::default()).unwrap();
        package.write_all(text.as_bytes()).unwrap();
    }
    package.finish().unwrap().into_inner()
}

#[test]
fn a_package_that_inflates_too_far_is_refused_by_what_it_declares_and_by_what_comes_out() {
    let bomb = package_with(&[("xl/media/image1.png", &" ".repeat(3 << 20))]);
    assert!(bomb.len() < 20 << 10, "{}", bomb.len());
    let small = |limits: &mut Limits| limits.inflated_bytes = 1 << 20;
    assert!(matches!(with_limits(&bomb, small).fault, TableFault::InflatesTooFar));

    let mut liar = bomb.clone();
    let declared = (3_u32 << 20).to_le_bytes();
    let places: Vec<usize> = (0..liar.len() - 3).filter(|place| liar[*place..].starts_with(&declared)).collect();
    assert!(!places.is_empty());
    places.iter().for_each(|place| liar[*place..*place + 4].copy_from_slice(&9_u32.to_le_bytes()));
    let fault = with_limits(&liar, small).fault;
    assert!(matches!(fault, TableFault::InflatesTooFar | TableFault::Workbook(_)), "{fault}");
}

#[test]
fn numbers_in_a_package_reserve_no_memory() {
    for attributes in ["uniqueCount=\"100000000000\"", "count='1' uniqueCount = '99999999999999999999999'"] {
        let strings = format!("<sst {attributes}><si><t>Код</t></si></sst>");
        let error = read(&package_with(&[("xl/sharedStrings.xml", &strings)])).unwrap_err();
        assert!(matches!(error.fault, TableFault::InflatesTooFar), "{error}");
    }
    let font = format!("<font><name val=\"{}\"/></font>", "x".repeat(1 << 20));
    let formats = "<xf fontId=\"0\"/>".repeat(1_000);
    let styles = format!("<styleSheet><fonts>{font}</fonts><cellXfs>{formats}</cellXfs></styleSheet>");
    let error = read(&package_with(&[("xl/styles.xml", &styles)])).unwrap_err();
    assert!(matches!(error.fault, TableFault::InflatesTooFar), "{error}");
}

#[test]
fn a_string_that_many_cells_share_counts_each_time() {
    let strings = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(1_000));
    let cells = "<row><c t=\"s\"><v>0</v></c></row>".repeat(2_000);
    let sheet = format!("<worksheet><sheetData>{cells}</sheetData></worksheet>");
    let bytes = package_with(&[("xl/sharedStrings.xml", &strings), ("xl/worksheets/sheet2.xml", &sheet)]);
    let error = with_limits(&bytes, |limits| limits.text_bytes = 1 << 20);
    assert_eq!(error.to_string(), "list, line 1049, column 1: there are more than 1048576 bytes of text");
    assert_eq!(read(&bytes).unwrap().rows.len(), 1_999);
}

#[test]
fn a_damaged_package_is_an_error_and_never_a_panic() {
    let whole = list_workbook();
    for end in (0..whole.len()).step_by(97) {
        assert!(read(&whole[..end]).is_err(), "{end}");
    }
    for place in (0..whole.len()).step_by(13) {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x55;
        let _either = read(&damaged);
    }
    for (part, text) in [
        (
            "_rels/.rels",
            "<Relationships><Relationship Type=\"/relationships/officeDocument\" Target=\"x\"/></Relationships>",
        ),
        ("xl/workbook.xml", "<workbook/>"),
        ("xl/worksheets/sheet2.xml", "<worksheet><dimension ref=\"B9:A1\"/><sheetData><row r=\"4294967295\"></row>"),
        (
            "xl/worksheets/sheet2.xml",
            "<worksheet><sheetData><row r=\"4294967295\"></row><row/></sheetData></worksheet>",
        ),
        ("xl/sharedStrings.xml", "<sst><si><t>&bomb;</t></si></sst>"),
    ] {
        assert!(read(&package_with(&[(part, text)])).is_err(), "{part}");
    }
    let document = package_with(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet")]);
    assert!(matches!(read(&document).unwrap_err().fault, TableFault::OtherWorkbook));
}
