//! A table with typed cells, as every spreadsheet export is made of.
//!
//! Owns what a cell is and how it looks as CSV and JSON. Does not own what stands in the tables.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use sync_core::words::Language;

use super::text::{Cells, CsvText};
use super::words;
use crate::progress::{Cancelled, Progress};

/// What stands in a cell.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Cell {
    /// A cell in which nothing stands.
    Empty,
    /// A text that somebody wrote: neutralised where a spreadsheet would evaluate it.
    Text(String),
    /// One of the product's own words, by its stable name.
    Word(&'static str),
    /// Several words of ours, with commas between them.
    Words(Vec<&'static str>),
    /// A whole number, in the unit that the header of the column names.
    Number(u64),
    /// A year: a number that is never grouped.
    Year(u16),
    /// A measure with up to three places behind the point.
    Decimal(f64),
    /// A date of the calendar, without a time of day.
    Date(Date),
    /// A moment by the event's own clock.
    Moment(DateTime),
    /// A time span in seconds.
    Seconds(u64),
    /// A time span in milliseconds: a spreadsheet is given all of it, so that it adds up; a text its whole seconds.
    Milliseconds(u64),
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    pub(super) fn optional(text: Option<&String>) -> Self {
        text.map_or(Self::Empty, |text| Self::text(text.as_str()))
    }

    /// A time span in whole seconds; `None` for anything else.
    fn span_s(&self) -> Option<u64> {
        match self {
            Self::Seconds(seconds) => Some(*seconds),
            Self::Milliseconds(ms) => Some(ms / 1000),
            _ => None,
        }
    }

    /// The cell in a text file; `language` is `None` for programs.
    pub(super) fn written(&self, language: Option<Language>) -> Cow<'_, str> {
        let word = |key: &'static str| language.map_or(key, |language| words::word(key, language));
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Word(key) => Cow::Borrowed(word(key)),
            Self::Words(keys) => {
                let between = if language.is_some() { ", " } else { " " };
                Cow::Owned(keys.iter().map(|key| word(key)).collect::<Vec<_>>().join(between))
            }
            Self::Number(number) | Self::Seconds(number) => Cow::Owned(number.to_string()),
            Self::Milliseconds(ms) => Cow::Owned((ms / 1000).to_string()),
            Self::Year(year) => Cow::Owned(year.to_string()),
            Self::Decimal(number) if language.is_some_and(has_decimal_comma) => {
                Cow::Owned(number.to_string().replace('.', ","))
            }
            Self::Decimal(number) => Cow::Owned(number.to_string()),
            Self::Date(date) => Cow::Owned(date.to_string()),
            Self::Moment(moment) => Cow::Owned(moment.to_string()),
        }
    }

    /// Whether a person wrote it: only such a cell can hold a formula.
    pub(super) const fn is_foreign(&self) -> bool {
        matches!(self, Self::Text(_))
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => serializer.serialize_none(),
            Self::Number(number) | Self::Seconds(number) => serializer.serialize_u64(*number),
            Self::Milliseconds(ms) => serializer.serialize_u64(ms / 1000),
            Self::Year(year) => serializer.serialize_u16(*year),
            Self::Decimal(number) => serializer.serialize_f64(*number),
            other => serializer.serialize_str(&other.written(None)),
        }
    }
}

/// A column of a [`Sheet`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Column {
    /// The stable name, which is also how the heading is found.
    pub key: Cow<'static, str>,
    /// How wide the column is, in characters.
    pub width: u8,
    /// What the heading says, where it is not one of the product's own words.
    pub heading: Option<String>,
}

/// Names columns and their widths, one after the other.
pub(super) fn columns(columns: &[(&'static str, u8)]) -> Vec<Column> {
    columns.iter().map(|(key, width)| Column { key: Cow::Borrowed(key), width: *width, heading: None }).collect()
}

impl Column {
    pub(super) fn heading(&self, language: Language) -> &str {
        match (&self.heading, &self.key) {
            (Some(heading), _) => heading,
            (None, Cow::Borrowed(key)) => words::word(key, language),
            (None, Cow::Owned(key)) => key,
        }
    }
}

/// A table: its columns, and rows of typed cells.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Sheet {
    /// The stable name of the column.
    pub key: &'static str,
    /// Whether others define the columns, for a program of theirs: then CSV is the same in every language.
    pub is_of_others: bool,
    pub columns: Vec<Column>,
    /// Each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

/// Whether spreadsheets in a language write a comma before decimals, and so a semicolon between cells.
const fn has_decimal_comma(language: Language) -> bool {
    matches!(language, Language::Kk | Language::Ru)
}

/// How hours and minutes stand in a text for people; seconds stand beside them.
fn hours_and_minutes(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 3600, seconds / 60 % 60)
}

impl Sheet {
    /// Writes CSV: for programs where no `language` is given, for a spreadsheet in that language otherwise.
    ///
    /// For people there is a mark by which spreadsheets know UTF-8, the separator and the decimal point are those of
    /// the language, and time spans stand as hours and minutes with the seconds in a column beside them.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub(super) fn to_csv(&self, language: Option<Language>, progress: Option<&Progress>) -> Result<Vec<u8>, Cancelled> {
        if let Some(progress) = progress {
            progress.expect(self.rows.len());
        }
        // Whoever defined a format knows no language.
        let language = language.filter(|_| !self.is_of_others);
        let separator = if language.is_some_and(has_decimal_comma) { b';' } else { b',' };
        let is_span = |at: usize| self.rows.iter().any(|row| row.get(at).is_some_and(|cell| cell.span_s().is_some()));
        let has_seconds: Vec<bool> = (0..self.columns.len()).map(|at| language.is_some() && is_span(at)).collect();
        let mut header = Vec::new();
        for (column, has_seconds) in self.columns.iter().zip(&has_seconds) {
            let heading = language.map_or(column.key.as_ref(), |language| column.heading(language));
            header.push(Cells::Neutralised.write(Cow::Borrowed(heading)).into_owned());
            if let (true, Some(language)) = (*has_seconds, language) {
                header.push(format!("{heading}, {}", words::word("seconds", language)));
            }
        }
        let mut out = CsvText::begin(separator, language.is_some());
        out.write(header.iter().map(|heading| heading.as_bytes()));
        for row in &self.rows {
            progress.map_or(Ok(()), Progress::step)?;
            let mut cells = Vec::with_capacity(header.len());
            for (cell, has_seconds) in row.iter().zip(&has_seconds) {
                let text = match cell.span_s() {
                    Some(seconds) if *has_seconds => Cow::Owned(hours_and_minutes(seconds)),
                    _ => cell.written(language),
                };
                cells.push(if cell.is_foreign() { Cells::Neutralised.write(text) } else { text });
                if *has_seconds {
                    cells.push(cell.span_s().map_or(Cow::Borrowed(""), |seconds| Cow::Owned(seconds.to_string())));
                }
            }
            out.write(cells.iter().map(|cell| cell.as_bytes()));
        }
        Ok(out.end())
    }
}

/// A list of objects with the columns' stable names.
impl Serialize for Sheet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.rows.len()))?;
        for row in &self.rows {
            list.serialize_element(&Record { columns: &self.columns, row })?;
        }
        list.end()
    }
}

struct Record<'a> {
    columns: &'a [Column],
    row: &'a [Cell],
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.row.len()))?;
        for (column, cell) in self.columns.iter().zip(self.row) {
            map.serialize_entry(&column.key, cell)?;
        }
        map.end()
    }
}
