//! Reads the sheets of an XLSX workbook, cell by cell.
//!
//! Of several visible sheets all are read that have the headers of a list, each by its own headers; which ones are not read
//! is told. A cell is read as it is shown where its digits matter, and as ISO 8601 where it is a date.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::panic::{self, AssertUnwindSafe};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use jiff::civil::Date;
use sync_core::import::{Row, SHEET_LINES, Table, plain_header};

use super::collector::Collector;
use super::headers::HeaderWords;
use super::shape::{HEADER_WITHIN_ROWS, Headers};
use super::sheet_facts::{Parts, SheetFacts};
use super::{List, ListKind, ReadOptions, RowsOfSheet, TableError, TableFault, TableNote, at, number_format, package};

type Workbook<'a> = Xlsx<Cursor<&'a [u8]>>;

/// The first serial number after the last day that a spreadsheet knows, 9999-12-31.
const AFTER_LAST_DAY: f64 = 2_958_466.0;
/// From here on a spreadsheet has lost the last digits of a whole number.
const BEYOND_DIGITS: f64 = 1e15;
const DAY_SECONDS: f64 = 86_400.0;
/// Sheets of a workbook that are looked into.
const SHEET_LIMIT: usize = 200;

pub(super) fn read(file: &str, bytes: &[u8], options: &ReadOptions, words: &HeaderWords) -> Result<List, TableError> {
    package::check(bytes, &options.limits).map_err(|fault| at(file, None, None, fault))?;
    // The reader asserts what a package written by a spreadsheet has; a damaged one must not end the caller.
    let read = || read_checked(file, bytes, options, words);
    panic::catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(at(file, None, None, TableFault::Workbook("its parts contradict each other".to_owned())))
    })
}

fn read_checked(file: &str, bytes: &[u8], options: &ReadOptions, words: &HeaderWords) -> Result<List, TableError> {
    let workbook = Workbook::new(Cursor::new(bytes)).map_err(|error| at(file, None, None, fault_of(&error)))?;
    let parts = Parts::of(bytes, &options.limits).map_err(|fault| at(file, None, None, fault))?;
    let mut book = Book { file, options, words, workbook, parts };
    let sheets = book.sheets().map_err(|fault| at(file, None, None, fault))?;
    book.read(&sheets)
}

struct Book<'a> {
    file: &'a str,
    options: &'a ReadOptions,
    words: &'a HeaderWords,
    workbook: Workbook<'a>,
    parts: Parts<'a>,
}

/// Which sheets are read.
#[derive(Default)]
struct Chosen {
    /// A sheet that is looked into has the headers of a list, or people.
    has_people: bool,
    read: Vec<String>,
    /// They have people and cannot be read.
    unread_people: Vec<String>,
    others: Vec<String>,
}

/// What is known of a sheet before it is read.
struct Looked {
    name: String,
    headers: Option<Headers>,
    /// Its headers are those of a list.
    is_list: bool,
    has_people: bool,
}

impl Book<'_> {
    /// The names of the sheets to look into: the one that is asked for, or the visible ones.
    fn sheets(&self) -> Result<Vec<String>, TableFault> {
        let sheets = self.workbook.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        let fitting = sheets.clone().filter(|sheet| match &self.options.sheet {
            Some(name) => sheet.name == *name,
            None => sheet.visible == SheetVisible::Visible,
        });
        let names: Vec<String> = fitting.map(|sheet| sheet.name.clone()).take(SHEET_LIMIT).collect();
        if names.is_empty() {
            return Err(TableFault::NoSheet { sheets: sheets.map(|sheet| sheet.name.clone()).collect() });
        }
        Ok(names)
    }

    fn read(&mut self, sheets: &[String]) -> Result<List, TableError> {
        let mut notes = Vec::new();
        let chosen = self.choose(sheets)?;
        let hidden = self.hidden_lists();
        if !chosen.has_people && !hidden.is_empty() {
            return Err(at(self.file, None, None, TableFault::OnlyHiddenLists { sheets: hidden }));
        }
        if !chosen.others.is_empty() {
            notes.push(TableNote::OtherSheets { read: chosen.read.clone(), others: chosen.others });
        } else if chosen.read.len() > 1 {
            notes.push(TableNote::Sheets(chosen.read.clone()));
        }
        if !chosen.unread_people.is_empty() {
            notes.push(TableNote::UnreadPeople(chosen.unread_people));
        }
        let mut collector = Collector::new(self.file, &self.options.limits);
        let mut tables = Vec::new();
        for (number, sheet) in (0..).zip(&chosen.read) {
            tables.extend(self.read_sheet(number, sheet, &mut collector, &mut notes)?);
        }
        if tables.is_empty() {
            return Err(at(self.file, None, None, TableFault::Empty));
        }
        if !hidden.is_empty() {
            notes.push(TableNote::HiddenSheets(hidden));
        }
        Ok(List { tables, notes })
    }

    /// The names of hidden sheets that look like lists of people. Nobody is read from them unasked.
    fn hidden_lists(&mut self) -> Vec<String> {
        if self.options.sheet.is_some() {
            return Vec::new();
        }
        let sheets = self.workbook.sheets_metadata().iter();
        let hidden = sheets.filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible != SheetVisible::Visible);
        let mut names: Vec<String> = hidden.map(|sheet| sheet.name.clone()).take(SHEET_LIMIT).collect();
        names.retain(|name| {
            let rows = self.first_rows(name).unwrap_or_default();
            Headers::find(&rows, self.words).is_some_and(|headers| headers.is_of_list(&rows))
        });
        names
    }

    /// All sheets that are lists by their headers. Where none is, the one with the most known headers, and those that have
    /// the same.
    fn choose(&mut self, sheets: &[String]) -> Result<Chosen, TableError> {
        if let ([only], true) = (sheets, self.options.sheet.is_some()) {
            return Ok(Chosen { read: vec![only.clone()], has_people: true, ..Chosen::default() });
        }
        let mut looked = Vec::new();
        let mut first_error = None;
        for name in sheets {
            match self.look_into(name) {
                Ok(sheet) => looked.push(sheet),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        let has_people = looked.iter().any(|sheet| sheet.is_list || sheet.has_people);
        if !looked.iter().any(|sheet| sheet.is_list) {
            let known = |sheet: &Looked| sheet.headers.as_ref().map(|headers| headers.known);
            let best = looked.iter().filter_map(known).max();
            let Some(at) = best.and_then(|best| looked.iter().position(|sheet| known(sheet) == Some(best))) else {
                return Err(first_error.unwrap_or_else(|| at(self.file, None, None, TableFault::Empty)));
            };
            let own = looked[at].header_set();
            looked.iter_mut().for_each(|sheet| sheet.is_list = !own.is_empty() && sheet.header_set() == own);
            looked[at].is_list = true;
        }
        let mut chosen = Chosen { has_people, ..Chosen::default() };
        for sheet in looked {
            let kind = match (sheet.is_list, sheet.has_people) {
                (true, _) => &mut chosen.read,
                (false, true) => &mut chosen.unread_people,
                (false, false) => &mut chosen.others,
            };
            kind.push(sheet.name);
        }
        Ok(chosen)
    }

    fn look_into(&mut self, sheet: &str) -> Result<Looked, TableError> {
        let rows = self.first_rows(sheet)?;
        let headers = match self.options.header_row {
            Some(line) => Headers::named(&rows, line, self.words).ok(),
            None => Headers::find(&rows, self.words),
        };
        let has_rows = headers.as_ref().is_some_and(|headers| headers.has_rows(&rows));
        let names = headers.as_ref().map(|headers| headers.names.as_slice()).unwrap_or_default();
        let is_list = has_rows && self.words.are_complete(names);
        let has_people = has_rows && self.words.may_be_of_people(names);
        let has_people = has_people || (self.options.kind != ListKind::Hours && look_like_people(&rows));
        Ok(Looked { name: sheet.to_owned(), headers, is_list, has_people })
    }

    /// The rows among which the headers are.
    fn first_rows(&mut self, sheet: &str) -> Result<Vec<Row>, TableError> {
        let mut collector = Collector::new(self.file, &self.options.limits);
        self.cells_of(sheet, &SheetFacts::default(), &mut collector, HEADER_WITHIN_ROWS)?;
        Ok(collector.finish())
    }

    /// Reads the tables of a sheet.
    fn read_sheet(
        &mut self,
        number: u64,
        sheet: &str,
        collector: &mut Collector<'_>,
        notes: &mut Vec<TableNote>,
    ) -> Result<Vec<Table>, TableError> {
        let facts = self.parts.facts(sheet).map_err(|fault| at(self.file, None, None, fault))?;
        let struck = self.cells_of(sheet, &facts, collector, usize::MAX)?;
        let mut rows = collector.finish_sheet(&facts.merged)?;
        let before = number * SHEET_LINES;
        rows.iter_mut().for_each(|row| row.line += before);
        let headers = match self.options.header_row {
            Some(line) => Some(
                Headers::named(&rows, before + line, self.words).map_err(|fault| at(self.file, None, None, fault))?,
            ),
            None => Headers::find(&rows, self.words),
        };
        let Some(headers) = headers else { return Ok(Vec::new()) };
        let tables = headers.tables(rows, self.words, notes);
        let lines = || tables.iter().flat_map(|table| &table.rows).map(|row| row.line - before);
        let of_sheet = |lines: Vec<u64>| RowsOfSheet { sheet: sheet.to_owned(), lines };
        let hidden: Vec<u64> = lines().filter(|line| facts.hidden.contains(line)).collect();
        if !hidden.is_empty() {
            notes.push(TableNote::HiddenRows(of_sheet(hidden)));
        }
        let struck: Vec<u64> = lines().filter(|line| struck.contains(line)).collect();
        if !struck.is_empty() {
            notes.push(TableNote::StruckRows(of_sheet(struck)));
        }
        let has_cells = |column: usize| {
            let mut cells = tables.iter().flat_map(|table| &table.rows).filter_map(|row| row.cells.get(column - 1));
            cells.any(|cell| !cell.trim().is_empty())
        };
        let hidden: Vec<usize> = facts.hidden_columns.into_iter().filter(|column| has_cells(*column)).collect();
        if !hidden.is_empty() {
            notes.push(TableNote::HiddenColumns { sheet: sheet.to_owned(), columns: hidden });
        }
        Ok(tables)
    }

    /// Reads cells until so many rows are collected. Returns the lines with cells that are struck out.
    fn cells_of(
        &mut self,
        sheet: &str,
        facts: &SheetFacts,
        collector: &mut Collector<'_>,
        rows: usize,
    ) -> Result<BTreeSet<u64>, TableError> {
        let file = self.file;
        let mut line = 0;
        let fail = |line, error: &XlsxError| at(file, line, None, fault_of(error));
        let mut cells = self.workbook.worksheet_cells_reader(sheet).map_err(|error| fail(None, &error))?;
        let formats: Vec<Option<String>> = cells
            .styles()
            .iter()
            .map(|style| style.number_format.as_ref().map(|format| format.format_code.clone()))
            .collect();
        let is_struck: Vec<bool> =
            cells.styles().iter().map(|style| style.font.as_ref().is_some_and(|font| font.strikethrough)).collect();
        let mut struck = BTreeSet::new();
        loop {
            let after = (line > 0).then_some(line);
            let Some((cell, style)) = cells.next_cell_with_style_id().map_err(|error| fail(after, &error))? else {
                collector.end_row()?;
                return Ok(struck);
            };
            let (row, column) = cell.get_position();
            let next_line = u64::from(row) + 1;
            if next_line != line {
                collector.end_row()?;
                if collector.row_count() >= rows {
                    return Ok(struck);
                }
                line = next_line;
            }
            let column = column as usize + 1;
            let text = text_of(cell.get_value(), formats.get(style).and_then(Option::as_deref));
            if !text.is_empty() {
                if is_struck.get(style) == Some(&true) {
                    struck.insert(line);
                }
                collector.put(line, column, text)?;
            } else if facts.unstored.contains(&(line, column)) {
                collector.put_unstored(line, column)?;
            }
        }
    }
}

impl Looked {
    fn header_set(&self) -> BTreeSet<String> {
        let names = self.headers.iter().flat_map(|headers| &headers.names).map(|name| plain_header(name));
        names.filter(|name| !name.is_empty()).collect()
    }
}

/// Tells whether most rows have a cell that reads like a name, whatever the headers say; one row must have a number, too.
fn look_like_people(rows: &[Row]) -> bool {
    let is_name = |cell: &String| {
        let words: Vec<&str> = cell.split_whitespace().collect();
        let is_word =
            |word: &&str| word.starts_with(char::is_uppercase) && word.chars().all(|c| c.is_alphabetic() || c == '-');
        (2..=4).contains(&words.len()) && words.iter().all(is_word)
    };
    let named = || rows.iter().filter(|row| row.cells.iter().any(is_name));
    let is_number = |cell: &String| cell.chars().filter(char::is_ascii_digit).count() >= 7;
    let are_several = named().nth(1).is_some() || named().any(|row| row.cells.iter().any(is_number));
    are_several && named().count() * 2 > rows.len()
}

/// A value as a person would type it: numbers as they are shown or without `.0`, dates as ISO 8601.
fn text_of(value: &DataRef<'_>, format: Option<&str>) -> String {
    let number = |number: f64| {
        let shown = format.and_then(|format| {
            let fraction = || number_format::shown_as_fraction(number, format);
            number_format::shown(number, format)
                .or_else(fraction)
                .or_else(|| number_format::shown_as_amount(number, format))
        });
        // Digits that the spreadsheet has lost are not made up: it is written as what it is.
        let lost = || number.abs() >= BEYOND_DIGITS && number.fract() == 0.0;
        shown.unwrap_or_else(|| if lost() { format!("{number:.5E}") } else { number.to_string() })
    };
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(whole) => number(*whole as f64),
        DataRef::Float(fraction) => number(*fraction),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::Error(error) => error.to_string(),
        DataRef::DateTime(moment) => moment_text(moment),
    }
}

fn moment_text(moment: &ExcelDateTime) -> String {
    let serial = moment.as_f64();
    if !(0.0..AFTER_LAST_DAY).contains(&serial) {
        // A telephone number in a cell that is formatted as a date.
        return serial.to_string();
    }
    // A part of a day is hardly ever exact: 5 hours are stored as 0.208333333333333. It is rounded as it is shown.
    let seconds = (serial * DAY_SECONDS).round() as u64;
    let (minute, second) = (seconds / 60 % 60, seconds % 60);
    if moment.is_duration() {
        return format!("{}:{minute:02}:{second:02}", seconds / 3600);
    }
    let time = format!("{:02}:{minute:02}:{second:02}", seconds / 3600 % 24);
    let (year, month, day, hour, ..) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    // The last half second of a day is the next day, which the reader may not have counted yet.
    let is_behind = seconds as f64 / DAY_SECONDS >= serial.floor() + 1.0 && hour != 0;
    let date = match date.parse::<Date>().and_then(Date::tomorrow) {
        Ok(next) if is_behind => next.to_string(),
        _ => date,
    };
    match (serial < 1.0, time.as_str()) {
        (true, _) => time,
        (false, "00:00:00") => date,
        (false, _) => format!("{date}T{time}"),
    }
}

fn fault_of(error: &XlsxError) -> TableFault {
    match error {
        XlsxError::Password => TableFault::OtherWorkbook,
        other => TableFault::Workbook(other.to_string()),
    }
}
