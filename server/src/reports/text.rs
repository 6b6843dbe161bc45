//! CSV and JSON.

use std::borrow::Cow;

use serde::Serialize;

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
            Self::Neutralised if is_formula(&cell) => Cow::Owned(format!("'{cell}")),
            _ => cell,
        }
    }
}

/// Text that spreadsheets evaluate (OWASP, CSV injection). Plain numbers, also negative ones and telephone numbers, are
/// none.
fn is_formula(cell: &str) -> bool {
    let Some(first) = cell.chars().next() else { return false };
    matches!(first, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
        && !cell[first.len_utf8()..].bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b' '))
}

/// Writes rows as CSV (RFC 4180) with a header, also where there are no rows.
///
/// # Panics
/// Never: rows are plain records, and memory does not fail.
#[must_use]
pub fn to_csv<T: Serialize>(header: &[&str], rows: &[T], cells: Cells) -> Vec<u8> {
    let mut raw = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    rows.iter().try_for_each(|row| raw.serialize(row)).expect("rows are plain records");
    let raw = raw.into_inner().expect("memory does not fail");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(raw.as_slice());
    let records = reader.records().map(|record| record.expect("what was written is read"));
    let rows = records.map(|record| record.iter().map(|cell| cells.write(Cow::from(cell.to_owned()))).collect());
    to_csv_text(header.iter().copied(), rows)
}

/// Writes lines of cells as they are.
pub(super) fn to_csv_text<'a, H: AsRef<str>>(
    header: impl IntoIterator<Item = H>,
    rows: impl Iterator<Item = Vec<Cow<'a, str>>>,
) -> Vec<u8> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    out.write_record(header.into_iter().map(|name| name.as_ref().to_owned())).expect("memory does not fail");
    for row in rows {
        out.write_record(row.iter().map(|cell| cell.as_bytes())).expect("memory does not fail");
    }
    out.into_inner().expect("memory does not fail")
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
