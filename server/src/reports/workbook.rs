//! XLSX: typed cells, a heading that stays in sight, columns as wide as they need.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use sync_core::documents::rulings::RulesEdition;
use sync_core::words::Language;

use super::ExportError;
use super::sheet::{Cell, Sheet};
use super::text::Cells;
use super::words;
use crate::progress::Progress;

/// Cells of a spreadsheet hold no more characters.
const CELL_LIMIT_CHARS: usize = 32_767;
/// The first day that a spreadsheet counts without its invented 29 February 1900.
const FIRST_DAY: Date = jiff::civil::date(1900, 3, 1);

struct Formats {
    heading: Format,
    text: Format,
    number: Format,
    decimal: Format,
    date: Format,
    moment: Format,
    span: Format,
    year: Format,
}

impl Formats {
    fn new() -> Self {
        let top = || Format::new().set_align(FormatAlign::Top);
        Self {
            heading: Format::new()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter)
                .set_background_color(0x00DD_E8E4)
                .set_border_bottom(FormatBorder::Thin),
            text: top().set_num_format("@"),
            number: top().set_num_format("#,##0"),
            decimal: top().set_num_format("#,##0.###"),
            date: top().set_num_format("yyyy-mm-dd"),
            moment: top().set_num_format("yyyy-mm-dd hh:mm"),
            span: top().set_num_format("[h]:mm"),
            year: top().set_num_format("0"),
        }
    }
}

/// What becomes a workbook.
pub(super) struct Book<'a> {
    pub sheets: &'a [Sheet],
    pub language: Language,
    /// By which editions of the rules of hours it is computed.
    pub editions: BTreeSet<RulesEdition>,
}

/// Writes a workbook. The same sheets give the same bytes.
///
/// # Errors
/// [`ExportError::TooLarge`] where there are more rows than a sheet holds; [`ExportError::Cancelled`].
pub(super) fn write(book: Book<'_>, progress: Option<&Progress>) -> Result<Vec<u8>, ExportError> {
    let Book { sheets, language, editions } = book;
    let mut workbook = Workbook::new();
    // A workbook carries the time at which it was made; that would make two of the same content differ.
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    let editions: Vec<String> = editions.iter().map(ToString::to_string).collect();
    let rules = format!("{}: {}", words::word("rules_edition", language), editions.join(", "));
    let properties = DocProperties::new().set_author("Saxaul").set_creation_datetime(&made).set_comment(rules);
    workbook.set_properties(&properties);
    let formats = Formats::new();
    for sheet in sheets {
        let page = workbook.add_worksheet();
        page.set_name(words::word(sheet.key, language))?;
        if let Some(progress) = progress {
            progress.expect(sheet.rows.len());
        }
        formats.write_sheet(page, sheet, language, progress)?;
    }
    Ok(workbook.save_to_buffer()?)
}

/// The place of a cell in a sheet, each from 0.
#[derive(Clone, Copy)]
struct Place {
    line: u32,
    column: u16,
}

impl Formats {
    fn write_sheet(
        &self,
        page: &mut Worksheet,
        sheet: &Sheet,
        language: Language,
        progress: Option<&Progress>,
    ) -> Result<(), ExportError> {
        page.set_freeze_panes(1, 0)?;
        page.set_row_height(0, 32)?;
        for (at, column) in (0..).zip(&sheet.columns) {
            page.set_column_width(at, f64::from(column.width))?;
            page.write_string_with_format(0, at, safe(column.heading(language)), &self.heading)?;
        }
        for (line, row) in (1..).zip(&sheet.rows) {
            progress.map_or(Ok(()), Progress::step)?;
            for (at, cell) in (0..).zip(row) {
                self.write_cell(page, Place { line, column: at }, cell, language)?;
            }
        }
        let last = |count: usize| count.saturating_sub(1);
        if let (Ok(lines), Ok(columns)) = (u32::try_from(sheet.rows.len()), u16::try_from(last(sheet.columns.len()))) {
            page.autofilter(0, 0, lines, columns)?;
        }
        Ok(())
    }

    fn write_cell(&self, page: &mut Worksheet, place: Place, cell: &Cell, language: Language) -> Result<(), XlsxError> {
        let Place { line, column: at } = place;
        match cell {
            Cell::Empty => return Ok(()),
            Cell::Text(text) => page.write_string_with_format(line, at, safe(text), &self.text)?,
            Cell::Word(_) | Cell::Words(_) => {
                page.write_string_with_format(line, at, cell.written(Some(language)), &self.text)?
            }
            Cell::Number(number) => page.write_number_with_format(line, at, *number as f64, &self.number)?,
            Cell::Year(year) => page.write_number_with_format(line, at, f64::from(*year), &self.year)?,
            Cell::Decimal(number) => page.write_number_with_format(line, at, *number, &self.decimal)?,
            Cell::Seconds(seconds) => {
                page.write_number_with_format(line, at, *seconds as f64 / 86_400.0, &self.span)?
            }
            Cell::Milliseconds(ms) => page.write_number_with_format(line, at, *ms as f64 / 86_400_000.0, &self.span)?,
            Cell::Date(date) => match moment_of(date.to_datetime(jiff::civil::Time::midnight()))? {
                Some(known) => page.write_datetime_with_format(line, at, &known, &self.date)?,
                None => page.write_string_with_format(line, at, date.to_string(), &self.text)?,
            },
            Cell::Moment(moment) => match moment_of(*moment)? {
                Some(known) => page.write_datetime_with_format(line, at, &known, &self.moment)?,
                None => page.write_string_with_format(line, at, moment.to_string(), &self.text)?,
            },
        };
        Ok(())
    }
}

/// A text that no spreadsheet takes for a formula, also after it was saved as CSV, and that fits into a cell.
fn safe(text: &str) -> String {
    Cells::Neutralised.write(text.into()).chars().take(CELL_LIMIT_CHARS).collect()
}

/// A moment that a spreadsheet can count; a phone's clock may claim another.
fn moment_of(moment: DateTime) -> Result<Option<ExcelDateTime>, XlsxError> {
    if moment.date() < FIRST_DAY {
        return Ok(None);
    }
    let number = |part: i8| u8::try_from(part).unwrap_or_default();
    let year = u16::try_from(moment.year()).unwrap_or_default();
    let day = ExcelDateTime::from_ymd(year, number(moment.month()), number(moment.day()))?;
    let (hour, minute) = (u16::from(number(moment.hour())), number(moment.minute()));
    Ok(Some(day.and_hms(hour, minute, f64::from(moment.second()))?))
}
