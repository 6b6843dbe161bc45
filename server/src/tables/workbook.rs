//! Reads the sheets of an XLSX workbook, cell by cell.
//!
//! Of several visible sheets those are read whose headers are the same, each behind the other; which ones are not read is
//! told. A cell is read as it is shown where its digits matter, and as ISO 8601 where it is a date.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::panic::{self, AssertUnwindSafe};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use jiff::civil::Date;
use sync_core::import::{Row, SHEET_LINES, Table, plain_header};

use super::collector::Collector;
use super::headers::HeaderWords;
use super::shape::{HEADER_WITHIN_ROWS, Headers};
use super::sheet_facts::{Parts, SheetFacts};
use super::{List, ReadOptions, TableError, TableFault, TableNote, at, number_format, package};

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

/// A sheet that has the headers of the list.
struct Fitting {
    name: String,
    /// For each of its columns the column of the list; `None` for the first sheet, whose columns are those of the list.
    columns: Option<Vec<Option<usize>>>,
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
        let fitting = if let [only] = sheets {
            vec![Fitting { name: only.clone(), columns: None }]
        } else {
            self.fitting(sheets)?
        };
        let others: Vec<String> =
            sheets.iter().filter(|name| fitting.iter().all(|sheet| sheet.name != **name)).cloned().collect();
        if !others.is_empty() {
            let read = fitting.iter().map(|sheet| sheet.name.clone()).collect();
            notes.push(TableNote::OtherSheets { read, others });
        } else if fitting.len() > 1 {
            notes.push(TableNote::Sheets(fitting.iter().map(|sheet| sheet.name.clone()).collect()));
        }
        let mut collector = Collector::new(self.file, &self.options.limits);
        let mut whole: Option<Table> = None;
        for (number, sheet) in (0..).zip(&fitting) {
            let Some(table) = self.read_sheet(&sheet.name, &mut collector, &mut notes)? else { continue };
            match &mut whole {
                None => whole = Some(table),
                Some(whole) => whole.rows.extend(table.rows.into_iter().map(|row| placed(row, sheet, number))),
            }
        }
        let table = whole.ok_or_else(|| at(self.file, None, None, TableFault::Empty))?;
        let hidden = self.hidden_lists();
        if !hidden.is_empty() {
            notes.push(TableNote::HiddenSheets(hidden));
        }
        Ok(List { table, notes })
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

    /// The sheet with the most known headers, and those that have the same.
    fn fitting(&mut self, sheets: &[String]) -> Result<Vec<Fitting>, TableError> {
        let mut found: Vec<(String, Headers)> = Vec::new();
        let mut first_error = None;
        for name in sheets {
            match self.first_rows(name) {
                Ok(rows) => found.extend(Headers::find(&rows, self.words).map(|headers| (name.clone(), headers))),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        let best = found.iter().map(|(_, headers)| headers.known).max();
        let Some(at) = best.and_then(|best| found.iter().position(|(_, headers)| headers.known == best)) else {
            return Err(first_error.unwrap_or_else(|| at(self.file, None, None, TableFault::Empty)));
        };
        let (first, own) = (found[at].0.clone(), plain(&found[at].1));
        let same = found.iter().enumerate().filter(|(place, _)| *place != at).filter_map(|(_, (name, headers))| {
            let other = plain(headers);
            let set = |names: &[String]| names.iter().filter(|name| !name.is_empty()).cloned().collect::<BTreeSet<_>>();
            let place = |header: &String| own.iter().position(|known| known == header && !header.is_empty());
            let columns = Some(other.iter().map(place).collect());
            (set(&own) == set(&other)).then(|| Fitting { name: name.clone(), columns })
        });
        Ok([Fitting { name: first, columns: None }].into_iter().chain(same).collect())
    }

    /// The rows among which the headers are.
    fn first_rows(&mut self, sheet: &str) -> Result<Vec<Row>, TableError> {
        let mut collector = Collector::new(self.file, &self.options.limits);
        self.cells_of(sheet, &SheetFacts::default(), &mut collector, HEADER_WITHIN_ROWS)?;
        Ok(collector.finish())
    }

    fn read_sheet(
        &mut self,
        sheet: &str,
        collector: &mut Collector<'_>,
        notes: &mut Vec<TableNote>,
    ) -> Result<Option<Table>, TableError> {
        let facts = self.parts.facts(sheet).map_err(|fault| at(self.file, None, None, fault))?;
        self.cells_of(sheet, &facts, collector, usize::MAX)?;
        let rows = collector.finish_sheet(&facts.merged)?;
        let headers = match self.options.header_row {
            Some(line) => {
                Some(Headers::named(&rows, line, self.words).map_err(|fault| at(self.file, None, None, fault))?)
            }
            None => Headers::find(&rows, self.words),
        };
        let Some(headers) = headers else { return Ok(None) };
        let table = headers.table(rows, notes);
        let hidden: Vec<u64> =
            table.rows.iter().map(|row| row.line).filter(|line| facts.hidden.contains(line)).collect();
        if !hidden.is_empty() {
            notes.push(TableNote::HiddenRows { sheet: sheet.to_owned(), lines: hidden });
        }
        Ok(Some(table))
    }

    /// Reads cells until so many rows are collected.
    fn cells_of(
        &mut self,
        sheet: &str,
        facts: &SheetFacts,
        collector: &mut Collector<'_>,
        rows: usize,
    ) -> Result<(), TableError> {
        let file = self.file;
        let mut line = 0;
        let fail = |line, error: &XlsxError| at(file, line, None, fault_of(error));
        let mut cells = self.workbook.worksheet_cells_reader(sheet).map_err(|error| fail(None, &error))?;
        let formats: Vec<Option<String>> = cells
            .styles()
            .iter()
            .map(|style| style.number_format.as_ref().map(|format| format.format_code.clone()))
            .collect();
        loop {
            let after = (line > 0).then_some(line);
            let Some((cell, style)) = cells.next_cell_with_style_id().map_err(|error| fail(after, &error))? else {
                return collector.end_row();
            };
            let (row, column) = cell.get_position();
            let next_line = u64::from(row) + 1;
            if next_line != line {
                collector.end_row()?;
                if collector.row_count() >= rows {
                    return Ok(());
                }
                line = next_line;
            }
            let column = column as usize + 1;
            let text = text_of(cell.get_value(), formats.get(style).and_then(Option::as_deref));
            if !text.is_empty() {
                collector.put(line, column, text)?;
            } else if facts.unstored.contains(&(line, column)) {
                collector.put_unstored(line, column)?;
            }
        }
    }
}

fn plain(headers: &Headers) -> Vec<String> {
    headers.names.iter().map(|name| plain_header(name)).collect()
}

/// A row of a further sheet under the headers of the first one.
fn placed(row: Row, sheet: &Fitting, number: u64) -> Row {
    let line = row.line + number * SHEET_LINES;
    let Some(columns) = &sheet.columns else { return Row { line, ..row } };
    let place = |from: usize| columns.get(from).copied().flatten();
    let unstored = row.unstored.iter().filter_map(|from| place(*from)).collect();
    let moved: BTreeMap<usize, String> =
        row.cells.into_iter().enumerate().filter_map(|(from, cell)| Some((place(from)?, cell))).collect();
    let width = moved.keys().next_back().map_or(0, |last| last + 1);
    let mut cells = vec![String::new(); width];
    moved.into_iter().for_each(|(to, cell)| cells[to] = cell);
    Row { line, cells, unstored }
}

/// A value as a person would type it: numbers as they are shown or without `.0`, dates as ISO 8601.
fn text_of(value: &DataRef<'_>, format: Option<&str>) -> String {
    let number = |number: f64| {
        let shown = format.and_then(|format| {
            number_format::shown(number, format).or_else(|| number_format::shown_as_amount(number, format))
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
