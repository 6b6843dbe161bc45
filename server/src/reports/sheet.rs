//! A table with typed cells, as every spreadsheet export is made of.
//!
//! Owns what a cell is and how it looks as CSV and JSON. Does not own what stands in the tables.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use sync_core::words::Language;

use super::text::{Cells, to_csv_text};
use super::words;

/// What stands in a cell.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Cell {
    /// Nothing.
    Empty,
    /// What somebody wrote.
    Text(String),
    /// One of the product's own words, by its stable name.
    Word(&'static str),
    /// Several of them.
    Words(Vec<&'static str>),
    /// A count.
    Number(u64),
    /// A measure with up to three places behind the point.
    Decimal(f64),
    /// A day.
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
    /// In characters.
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

/// A table.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Sheet {
    /// The stable name.
    pub key: &'static str,
    pub columns: Vec<Column>,
    /// Each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

impl Sheet {
    /// Writes CSV: for programs where no `language` is given, in that language otherwise. Spreadsheets may open it.
    pub(super) fn to_csv(&self, language: Option<Language>) -> Vec<u8> {
        let header = self.columns.iter().map(|column| match language {
            None => column.key.to_string(),
            Some(language) => column.heading(language).to_owned(),
        });
        let rows = self.rows.iter().map(|row| {
            let cells = row.iter().map(|cell| (cell.written(language), cell.is_foreign()));
            cells.map(|(text, is_foreign)| if is_foreign { Cells::Neutralised.write(text) } else { text }).collect()
        });
        let text = to_csv_text(header.collect::<Vec<String>>(), rows);
        // By this mark a spreadsheet knows that the letters are UTF-8; a program would stumble over it.
        let mark: &[u8] = if language.is_some() { "\u{feff}".as_bytes() } else { b"" };
        [mark, &text].concat()
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
