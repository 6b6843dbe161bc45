//! Reads one sheet of an XLSX workbook, cell by cell.

use std::io::Cursor;
use std::panic::{self, AssertUnwindSafe};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use sync_core::import::Table;

use super::collector::Collector;
use super::{Limits, ReadOptions, TableError, TableFault, at, package};

type Workbook<'a> = Xlsx<Cursor<&'a [u8]>>;

/// The first serial number after the last day that a spreadsheet knows, 9999-12-31.
const AFTER_LAST_DAY: f64 = 2_958_466.0;

pub(super) fn read(file: &str, bytes: &[u8], options: &ReadOptions) -> Result<Table, TableError> {
    package::check(bytes, &options.limits).map_err(|fault| at(file, None, None, fault))?;
    // The reader asserts what a package written by a spreadsheet has; a damaged one must not end the caller.
    let read = || read_checked(file, bytes, options);
    panic::catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(at(file, None, None, TableFault::Workbook("its parts contradict each other".to_owned())))
    })
}

fn read_checked(file: &str, bytes: &[u8], options: &ReadOptions) -> Result<Table, TableError> {
    let fail = |error: XlsxError| at(file, None, None, fault_of(&error));
    let mut workbook = Workbook::new(Cursor::new(bytes)).map_err(fail)?;
    let sheet = choose_sheet(&workbook, options.sheet.as_deref()).map_err(|fault| at(file, None, None, fault))?;
    read_sheet(file, &mut workbook, &sheet, &options.limits)
}

fn choose_sheet(workbook: &Workbook<'_>, asked: Option<&str>) -> Result<String, TableFault> {
    let sheets = workbook.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let mut fitting = sheets.clone().filter(|sheet| match asked {
        Some(name) => sheet.name == name,
        None => sheet.visible == SheetVisible::Visible,
    });
    fitting
        .next()
        .map(|sheet| sheet.name.clone())
        .ok_or_else(|| TableFault::NoSheet { sheets: sheets.map(|sheet| sheet.name.clone()).collect() })
}

fn read_sheet(file: &str, workbook: &mut Workbook<'_>, sheet: &str, limits: &Limits) -> Result<Table, TableError> {
    let mut line = 0;
    let mut cells = workbook.worksheet_cells_reader(sheet).map_err(|error| at(file, None, None, fault_of(&error)))?;
    let mut collector = Collector::new(file, limits);
    loop {
        let after = (line > 0).then_some(line);
        let Some(cell) = cells.next_cell().map_err(|error| at(file, after, None, fault_of(&error)))? else {
            collector.end_row()?;
            return collector.finish_padded();
        };
        let (row, column) = cell.get_position();
        let next_line = u64::from(row) + 1;
        if next_line != line {
            collector.end_row()?;
            line = next_line;
        }
        let text = text_of(cell.get_value());
        if !text.is_empty() {
            collector.put(line, column as usize + 1, text)?;
        }
    }
}

/// A value as a person would type it: numbers without `.0`, dates as ISO 8601.
fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
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
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    if moment.is_duration() {
        let hours = (serial * 24.0).floor();
        return format!("{hours}:{minute:02}:{second:02}");
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    let time = format!("{hour:02}:{minute:02}:{second:02}");
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
