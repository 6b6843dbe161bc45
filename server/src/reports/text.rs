//! CSV and JSON.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;
use sync_core::canonical::is_invisible;

/// Whether a cell that a spreadsheet would take for a formula is made harmless.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cells {
    /// A spreadsheet may open the file: such a cell gets an apostrophe in front.
    Neutralised,
    /// Only programs read the file.
    Exact,
}

impl Cells {
    /// What is written for a cell.
    pub(super) fn write(self, cell: Cow<'_, str>) -> Cow<'_, str> {
        match self {
            Self::Neutralised => Cow::Owned(neutralised(&cell)),
            Self::Exact => cell,
        }
    }
}

/// What separates cells in one spreadsheet or another: what stands behind it in a text may become a cell of its own.
const fn is_separator(c: char) -> bool {
    matches!(c, ';' | ',' | '\t' | '\n' | '\r' | '|')
}

/// Puts an apostrophe before each part of a text that a spreadsheet would evaluate (OWASP, CSV injection): at its
/// beginning, and after anything that some spreadsheet takes for the end of a cell.
fn neutralised(cell: &str) -> String {
    let mut written = String::with_capacity(cell.len() + 4);
    if cell.starts_with(['\t', '\r', '\n']) {
        written.push('\'');
    }
    for part in cell.split_inclusive(is_separator) {
        let blank = part.len() - part.trim_start_matches(is_passed_over).len();
        let (before, text) = part.split_at(blank);
        written.push_str(before);
        if is_formula(text.trim_end_matches(is_separator)) {
            written.push('\'');
        }
        written.push_str(text);
    }
    written
}

/// What some spreadsheet or another leaves out before it looks for a formula: blanks of every kind, what nobody sees, and
/// quotation marks.
fn is_passed_over(c: char) -> bool {
    c == '"' || c.is_whitespace() || c.is_control() || is_invisible(c)
}

/// Whether a spreadsheet evaluates a text. Plain numbers, also negative ones and telephone numbers, are no formulas.
fn is_formula(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    matches!(first, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
        && !text[first.len_utf8()..].bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b' '))
}

/// Writes rows as CSV (RFC 4180), also where there are none. `header` names the fields of a row that become columns, in order.
///
/// # Panics
/// If a row has no field of a name in `header`: each header stands beside its type of rows.
#[must_use]
pub fn to_csv<T: Serialize>(header: &[&str], rows: &[T], cells: Cells) -> Vec<u8> {
    let mut out = CsvText::begin(b',', false);
    out.write(header.iter().map(|name| name.as_bytes()));
    for row in rows {
        let row = serde_json::to_value(row).expect("rows are plain records");
        let field = |name: &&str| row.get(*name).expect("the header names fields of the row");
        let written: Vec<_> = header.iter().map(|name| cells.write(text_of(field(name)))).collect();
        out.write(written.iter().map(|text| text.as_bytes()));
    }
    out.end()
}

/// A field of a row as it stands in a cell.
fn text_of(field: &Value) -> Cow<'_, str> {
    match field {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

/// CSV that is being written, line by line.
pub(super) struct CsvText {
    writer: csv::Writer<Vec<u8>>,
}

impl CsvText {
    /// Begins; with a mark by which spreadsheets know that the letters are UTF-8. A program would stumble over it.
    pub(super) fn begin(separator: u8, is_marked: bool) -> Self {
        let mark: &[u8] = if is_marked { "\u{feff}".as_bytes() } else { b"" };
        let mut builder = csv::WriterBuilder::new();
        builder.terminator(csv::Terminator::CRLF).delimiter(separator);
        Self { writer: builder.from_writer(mark.to_vec()) }
    }

    /// Writes one line of cells.
    pub(super) fn write<'c>(&mut self, cells: impl Iterator<Item = &'c [u8]>) {
        self.writer.write_record(cells).expect("memory does not fail");
    }

    /// All that was written.
    pub(super) fn end(self) -> Vec<u8> {
        self.writer.into_inner().expect("memory does not fail")
    }
}

/// Writes JSON as people read it: one space of indent, no newline at the end.
///
/// # Panics
/// Never: reports are plain records, and memory does not fail.
#[must_use]
pub fn to_json<T: Serialize>(report: &T) -> Vec<u8> {
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b" ");
    report
        .serialize(&mut serde_json::Serializer::with_formatter(&mut out, formatter))
        .expect("reports are plain records");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::rows::{HoursRow, RULING_CONFLICTS, RulingConflictRow};

    #[test]
    fn formulas_are_made_harmless_and_telephone_numbers_stay() {
        let row = |code: &str| RulingConflictRow { a: code.to_owned(), b: "+7 701 123".to_owned() };
        let rows = [row("=1+1"), row("@SUM(A1)"), row("-x"), row("plain, \"quoted\"")];
        let text = String::from_utf8(to_csv(RULING_CONFLICTS, &rows, Cells::Neutralised)).unwrap();
        assert_eq!(
            text,
            "a,b\r\n'=1+1,+7 701 123\r\n'@SUM(A1),+7 701 123\r\n'-x,+7 701 123\r\n\"plain, \"\"quoted\"\"\",+7 701 123\r\n"
        );
        assert!(String::from_utf8(to_csv(RULING_CONFLICTS, &rows, Cells::Exact)).unwrap().contains("\r\n=1+1,"));
    }

    #[test]
    fn an_empty_report_has_its_header() {
        assert_eq!(to_csv::<HoursRow>(RULING_CONFLICTS, &[], Cells::Exact), b"a,b\r\n");
    }
}
