use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx};
use server::reports::{Asked, Export, Format};
use sync_core::words::Language;

use super::scene::{Desk, Scene, asked};

const TABLES: [Export; 9] = [
    Export::Hours,
    Export::Attendance,
    Export::People,
    Export::Cards,
    Export::Totals,
    Export::Breakdowns,
    Export::Contributions,
    Export::Shifts,
    Export::Conflicts,
];

fn in_language(language: Language) -> Asked<'static> {
    asked(Some(language))
}

fn rows(bytes: &[u8]) -> Vec<Vec<Data>> {
    let mut workbook = Xlsx::new(Cursor::new(bytes)).unwrap();
    let sheet = workbook.worksheet_range_at(0).unwrap().unwrap();
    sheet.rows().map(<[Data]>::to_vec).collect()
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut package = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    package.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn cells_of_a_workbook_are_dates_spans_numbers_and_texts() {
    let scene = Scene::new();
    let hours = rows(&scene.export(Export::Hours, Format::Xlsx, &in_language(Language::Kk)).bytes);
    let headings: Vec<String> = hours[0].iter().map(ToString::to_string).collect();
    assert_eq!(headings[..5], ["Код", "Аты-жөні", "Ұйым", "Күні", "Тіркелген"]);
    let first = hours.iter().find(|row| row[0] == *"A-0001").unwrap();
    let Data::DateTime(day) = &first[3] else { panic!("{:?}", first[3]) };
    assert!(day.is_datetime());
    assert_eq!(day.to_ymd_hms_milli(), (2026, 5, 18, 0, 0, 0, 0));
    let Data::DateTime(observed) = &first[4] else { panic!("{:?}", first[4]) };
    assert!(observed.is_duration());
    assert_eq!((observed.as_f64() * 86_400.0).round(), 7.5 * 3600.0);
    let cards = rows(&scene.export(Export::Cards, Format::Xlsx, &in_language(Language::Ru)).bytes);
    let at = |name: &str| cards[0].iter().position(|heading| *heading == *name).unwrap();
    assert_eq!(cards[1][at("Вес, г")], Data::Float(12_345.0));
    assert_eq!(cards[1][at("Bottle caps (plastic)")], Data::Float(120.0));
    assert_eq!(cards[1][at("Место")], Data::String("Северный пляж".to_owned()));
    assert_eq!(cards[2][at("Саженцы")], Data::Float(250.0));
}

#[test]
fn the_heading_stays_in_sight_and_every_column_has_its_width() {
    for what in TABLES {
        let bytes = Scene::new().export(what, Format::Xlsx, &Asked::default()).bytes;
        let sheet = part(&bytes, "xl/worksheets/sheet1.xml");
        assert!(sheet.contains("<pane ySplit=\"1\" topLeftCell=\"A2\""), "{what:?}");
        assert!(sheet.contains("state=\"frozen\""), "{what:?}");
        assert!(sheet.contains("<autoFilter"), "{what:?}");
        let columns = rows(&bytes)[0].len();
        let last = format!("max=\"{columns}\" width=");
        assert!(sheet.contains(&last), "{what:?} has {columns} columns");
    }
}

#[test]
fn what_a_spreadsheet_would_take_for_a_formula_is_a_text_everywhere() {
    let scene = Scene::new();
    let csv = scene.text(Export::People, Format::Csv, None);
    for harmless in ["\"'=HYPERLINK(\"\"http://example.org\"\")\"", ",'@SUM(A1:A9),", ",'\tT2,"] {
        assert!(csv.contains(harmless), "{harmless} in {csv}");
    }
    assert!(csv.contains(",+7 701 000 00 01,"), "a telephone number is none: {csv}");
    let bytes = scene.export(Export::People, Format::Xlsx, &Asked::default()).bytes;
    assert!(!part(&bytes, "xl/worksheets/sheet1.xml").contains("<f>"));
    let cells: Vec<String> = rows(&bytes).iter().flatten().map(ToString::to_string).collect();
    let risky = |cell: &&String| cell.starts_with(['=', '@', '\t']);
    assert_eq!(cells.iter().find(risky), None);
    assert!(cells.contains(&"'=HYPERLINK(\"http://example.org\")".to_owned()));
}

#[test]
fn csv_speaks_to_programs_or_to_people() {
    let scene = Scene::new();
    let plain = scene.text(Export::Attendance, Format::Csv, None);
    let mut lines = plain.lines();
    let header = "subjects,name,organisation,date,site,from,to,duration_s,basis,counts,evidence";
    assert_eq!(lines.next(), Some(header));
    let row = "A-0001,Әліңғұлұлы Һәкім Қозыкөрпеш Өтеғұл-Үкіұлы,Жасыл Ел,2026-05-18,north,2026-05-18T09:00:00,\
        2026-05-18T16:30:00,27000,observed,yes,2";
    assert_eq!(lines.next(), Some(row));
    let spoken = scene.text(Export::Attendance, Format::Csv, Some(Language::Kk));
    assert!(spoken.starts_with("\u{feff}Код;Аты-жөні;Ұйым"), "a spreadsheet knows UTF-8 by its mark");
    assert!(spoken.contains("Солтүстік жағажай") && spoken.contains(";тіркелген;иә;2"), "{spoken}");
}

#[test]
fn json_has_numbers_where_there_are_numbers() {
    let text = Scene::new().text(Export::Cards, Format::Json, Some(Language::Ru));
    let cards: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(cards[0]["grams"], 12_345);
    assert_eq!(cards[0]["items: Fishing line"], 7);
    assert_eq!(cards[1]["kind"], "planting");
    assert_eq!(cards[1]["grams"], serde_json::Value::Null);
}

#[test]
fn the_same_material_gives_the_same_bytes() {
    for what in TABLES {
        for format in what.formats() {
            let [one, two] = [(); 2].map(|()| Scene::new().export(what, *format, &in_language(Language::Kk)));
            assert_eq!(one, two, "{what:?} {format:?}");
        }
    }
}

#[test]
fn libreoffice_reads_every_table_as_it_was_meant() {
    let (scene, desk) = (Scene::new(), Desk::new());
    let mut arguments = vec!["--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"];
    let names: Vec<String> = TABLES.iter().map(|what| format!("{}.xlsx", what.key())).collect();
    for (what, name) in TABLES.iter().zip(&names) {
        desk.put(name, &scene.export(*what, Format::Xlsx, &in_language(Language::Kk)));
        arguments.push(name);
    }
    desk.run("soffice", &arguments);
    let hours = desk.text("hours.csv");
    assert!(hours.starts_with("Код,Аты-жөні,Ұйым,Күні,Тіркелген,Болжамды"), "{hours}");
    assert!(hours.contains("Жасыл Ел,2026-05-18,7:30,0:00,0:00,7:30"), "{hours}");
    assert!(hours.contains("Жасыл Ел,2026-05-19,0:00,0:00,2:15,2:15"), "{hours}");
    let attendance = desk.text("attendance.csv");
    assert!(attendance.contains("Солтүстік жағажай,2026-05-18 09:00,2026-05-18 16:30,7:30"), "{attendance}");
    assert!(desk.text("people.csv").contains("'=HYPERLINK"));
    assert!(desk.text("cards.csv").contains("12,345"));
    assert_eq!(desk.text("conflicts.csv"), "Код,Өріс,Мәндер\n");
    let shifts = desk.text("shifts.csv");
    assert!(shifts.contains("Таңғы ауысым,Солтүстік жағажай,2026-05-18 08:30,2026-05-18 13:00,40,0,2"), "{shifts}");
    assert!(shifts.contains("A-0001 A-0002"), "{shifts}");
}

/// The cells of a sheet of a workbook, as text.
fn sheet(bytes: &[u8], name: &str) -> Vec<Vec<Data>> {
    let mut workbook = Xlsx::new(Cursor::new(bytes)).unwrap();
    workbook
        .worksheet_range(name)
        .unwrap_or_else(|error| panic!("{name}: {error}"))
        .rows()
        .map(<[Data]>::to_vec)
        .collect()
}

/// A number, or a time span in milliseconds.
fn amount(cell: &Data) -> u64 {
    match cell {
        Data::DateTime(span) => (span.as_f64() * 86_400_000.0).round() as u64,
        Data::Float(number) => *number as u64,
        other => panic!("{other:?} is no amount"),
    }
}

#[test]
fn the_totals_are_the_sum_of_their_parts_and_of_what_they_rest_on() {
    let bytes = Scene::new().export(Export::Totals, Format::Xlsx, &in_language(Language::En)).bytes;
    let from = |heads: &[Data], name: &str| heads.iter().position(|head| *head == *name).unwrap();
    let rests_on = sheet(&bytes, "What it rests on");
    let mut sites = 0;
    for by in ["Region", "Organisation", "Category", "Team", "Site", "Day"] {
        let rows = sheet(&bytes, by);
        let (total, parts) = rows[1..].split_last().unwrap();
        assert_eq!(total[0], *"In all", "{by}");
        for figure in ["Observed", "Manual", "Verified", "Bags", "Weight, g", "Seedlings", "Bottle caps (plastic)"] {
            let at = from(&rows[0], figure);
            let sum: u64 = parts.iter().map(|row| amount(&row[at])).sum();
            assert_eq!(sum, amount(&total[at]), "{figure} by {by}");
            let at = from(&rests_on[0], figure);
            assert_eq!(rests_on[1..].iter().map(|row| amount(&row[at])).sum::<u64>(), sum, "what {figure} rests on");
            assert!(sum > 0, "{figure}");
        }
        let people = from(&rows[0], "People");
        assert!(parts.iter().map(|row| amount(&row[people])).sum::<u64>() >= amount(&total[people]), "{by}");
        sites += usize::from(by == "Site") * parts.len();
    }
    assert_eq!(sites, 2);
    let shows = [from(&rests_on[0], "Entries in full"), from(&rests_on[0], "Ruling")];
    assert!(rests_on[1..].iter().all(|row| shows.iter().any(|at| row[*at] != Data::Empty)));
}

#[test]
fn breakdowns_for_programs_have_stable_names_and_exact_times() {
    let scene = Scene::new();
    let csv = scene.text(Export::Breakdowns, Format::Csv, None);
    assert!(
        csv.starts_with("by,part,attended,people,minors,silver,observed_s,imputed_s,manual_s,verified_s,"),
        "{csv}"
    );
    assert!(csv.contains("\r\nin_all,,4,4,") && csv.contains("\r\nsite,harbour,2,3,"), "{csv}");
    let json: serde_json::Value = serde_json::from_str(&scene.text(Export::Breakdowns, Format::Json, None)).unwrap();
    let breakdowns = json["breakdowns"].as_array().unwrap();
    assert_eq!((breakdowns.len(), &breakdowns[5]["dimension"]), (6, &"day".into()));
    let ms = |value: &serde_json::Value| value["verified_ms"].as_u64().unwrap();
    let of_days: u64 = breakdowns[5]["parts"].as_array().unwrap().iter().map(ms).sum();
    assert_eq!(of_days, ms(&json["total"]));
    let totals: serde_json::Value = serde_json::from_str(&scene.text(Export::Totals, Format::Json, None)).unwrap();
    assert_eq!((&totals["breakdowns"], &totals["total"]), (&json["breakdowns"], &json["total"]));
    let contributions = totals["contributions"].as_array().unwrap();
    let amounts = contributions.iter().map(|one| ms(&one["figures"])).sum::<u64>();
    assert_eq!(amounts, ms(&totals["total"]));
}

/// A CSV for people: its cells, by the separator of its language.
fn cells(text: &str, separator: u8) -> Vec<csv::StringRecord> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(separator).from_reader(text.as_bytes());
    reader.records().map(Result::unwrap).collect()
}

#[test]
fn csv_for_people_opens_with_a_double_click_and_has_hours_and_minutes_beside_seconds() {
    let scene = Scene::new();
    for (language, separator, headings) in [
        (Language::Kk, b';', ["Тіркелген", "Тіркелген, с"]),
        (Language::Ru, b';', ["Отмечено", "Отмечено, с"]),
        (Language::En, b',', ["Observed", "Observed, s"]),
    ] {
        let rows = cells(&scene.text(Export::Hours, Format::Csv, Some(language)), separator);
        let at = |name: &str| rows[0].iter().position(|heading| heading == name).unwrap();
        let [spoken, exact] = headings.map(at);
        let first = rows.iter().find(|row| row[0] == *"A-0001").unwrap();
        assert_eq!((&first[spoken], &first[exact]), ("7:30", "27000"), "{language:?}");
        assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{language:?}");
        let totals = cells(&scene.text(Export::Totals, Format::Csv, Some(language)), separator);
        let verified = totals.iter().find(|row| row[2] == *"62100").expect("two people have verified hours");
        assert_eq!(&verified[1], "17:15", "{language:?}");
        assert_eq!(totals.iter().filter(|row| row.len() == 3).count(), totals.len());
        for what in [Export::People, Export::Attendance, Export::Shifts, Export::Cards, Export::Breakdowns] {
            let text = scene.text(what, Format::Csv, Some(language));
            assert!(text.starts_with('\u{feff}'), "{what:?}");
            assert!(cells(&text, separator)[0].len() > 5, "{what:?} in {language:?}: {text}");
        }
    }
    let plain = scene.text(Export::Hours, Format::Csv, None);
    assert!(plain.starts_with("subjects,name,") && plain.contains(",27000,"), "programs have stable names: {plain}");
}

#[test]
fn a_formula_behind_any_separator_of_any_spreadsheet_is_a_text() {
    for (written, read) in [
        ("Ann;=cmd|'/C calc'!A0;x", "Ann;'=cmd|'/C calc'!A0;x"),
        ("Ann\t@SUM(A1)", "Ann\t'@SUM(A1)"),
        ("Ann\n-1+2", "Ann\n'-1+2"),
        ("Ann\r\n+cmd", "Ann\r\n'+cmd"),
        ("Ann, \"=1+1", "Ann, \"'=1+1"),
        ("a;\u{ff1d}A1", "a;'\u{ff1d}A1"),
        ("\u{2003}=1+1", "\u{2003}'=1+1"),
        ("\u{202f}\u{ff1d}1+1", "\u{202f}'\u{ff1d}1+1"),
        ("Ann;\u{a0}\u{3000}@SUM(A1)", "Ann;\u{a0}\u{3000}'@SUM(A1)"),
        ("Ann;\u{200b}+cmd", "Ann;\u{200b}'+cmd"),
        ("Ann;\u{2009}+7 701 555 01 02", "Ann;\u{2009}+7 701 555 01 02"),
        ("+7 701 555 01 02;-5", "+7 701 555 01 02;-5"),
        ("Ким; Анна", "Ким; Анна"),
    ] {
        let mut scene = Scene::new();
        let record = scene.roster.people.get_mut(&super::scene::id("A-0001")).unwrap();
        record.added[0].value.names = vec![super::scene::name(written, "", "")];
        for (language, separator) in [(None, b','), (Some(Language::Ru), b';'), (Some(Language::Kk), b';')] {
            let rows = cells(&scene.text(Export::People, Format::Csv, language), separator);
            assert!(rows.iter().any(|row| row[1] == *read), "{written:?} in {language:?}: {rows:?}");
        }
        let bytes = scene.export(Export::People, Format::Xlsx, &Asked::default()).bytes;
        assert!(rows(&bytes).iter().any(|row| row[1] == *read), "{written:?}");
    }
}

#[test]
fn years_and_counts_are_numbers_and_time_spans_are_hours_and_minutes() {
    let bytes = Scene::new().export(Export::People, Format::Xlsx, &in_language(Language::Ru)).bytes;
    let people = rows(&bytes);
    let at = |name: &str| people[0].iter().position(|heading| *heading == *name).unwrap();
    let first = people.iter().find(|row| row[0] == *"A-0001").unwrap();
    assert_eq!(first[at("Год рождения")], Data::Float(1990.0));
    assert!(matches!(&first[at("Подтверждено")], Data::DateTime(span) if span.is_duration()));
    let styles = part(&bytes, "xl/styles.xml");
    assert!(styles.contains("formatCode=\"[h]:mm\"") && !styles.contains("[h]:mm:ss"), "{styles}");
    let json = Scene::new().text(Export::People, Format::Json, None);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json.as_array().unwrap().iter().any(|person| person["birth_year"] == 1990), "{json}");
    for what in [Export::Hours, Export::Shifts, Export::Totals] {
        let table = rows(&Scene::new().export(what, Format::Xlsx, &in_language(Language::Ru)).bytes);
        let numeric_text = |cell: &Data| matches!(cell, Data::String(text) if text.parse::<f64>().is_ok());
        // A code is a text, also one of digits.
        assert!(!table[1..].iter().flat_map(|row| &row[1..]).any(numeric_text), "{what:?}: {table:?}");
    }
}
