//! Finds the quotation mark that has swallowed rows: one that is opened in a row and closed in a later one.
//!
//! A cell in quotation marks may hold several lines. A ditto mark, or a mark that nobody closed, opens such a cell as well,
//! and the rows up to the next mark would be lost in it.

/// Where a quotation mark is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct OpenedAt {
    /// So many line breaks stand before it in its record.
    pub lines_before: u64,
    /// The number of the column, from 1.
    pub column: usize,
}

/// A cell in quotation marks that holds a line break.
struct LongCell<'a> {
    opened_at: OpenedAt,
    text: &'a str,
    /// Whether a delimiter or the end of the record stands behind it, as a program writes it.
    ends_cell: bool,
}

/// Finds the cell of a record in which a row seems to be, in a list of so many columns.
pub(super) fn swallowing(record: &str, delimiter: u8, columns: usize) -> Option<OpenedAt> {
    let cells = long_cells(record, delimiter);
    let first = cells.first()?.opened_at;
    let in_row = columns.saturating_sub(1);
    let is_row = |line: &str| in_row > 0 && line.bytes().filter(|byte| *byte == delimiter).count() >= in_row;
    let swallows = |cell: &LongCell<'_>| {
        let only_breaks = in_row == 0 && cell.text.starts_with(['\n', '\r']);
        !cell.ends_cell || only_breaks || cell.text.lines().skip(1).any(is_row)
    };
    let found = cells.iter().find(|cell| swallows(cell)).map(|cell| cell.opened_at);
    // `A;";1` and `B;";2` are two rows whose marks enclose the end of one and the beginning of the other.
    let ends_are_rows = || record.lines().next().is_some_and(is_row) && record.lines().next_back().is_some_and(is_row);
    found.or_else(|| ends_are_rows().then_some(first))
}

fn long_cells(record: &str, delimiter: u8) -> Vec<LongCell<'_>> {
    let bytes = record.as_bytes();
    let (mut cells, mut column, mut at) = (Vec::new(), 1, 0);
    while at < bytes.len() {
        if bytes[at] == b'"' {
            let start = at + 1;
            let end = closing_mark(bytes, start);
            let text = &record[start..end];
            at = (end + 1).min(bytes.len());
            if text.contains('\n') {
                let lines_before = record[..start].matches('\n').count() as u64;
                let ends_cell = bytes.get(at).is_none_or(|byte| *byte == delimiter || matches!(byte, b'\r' | b'\n'));
                cells.push(LongCell { opened_at: OpenedAt { lines_before, column }, text, ends_cell });
            }
        }
        at += bytes[at..].iter().position(|byte| *byte == delimiter).map_or(bytes.len() - at, |cell| cell + 1);
        column += 1;
    }
    cells
}

/// Where the mark stands that closes a cell; two marks in a row are one of its text.
fn closing_mark(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'"', Some(b'"')) => at += 2,
            (b'"', _) => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}
