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

/// The cells of a record of one line in which quotation marks are written by hand, as in `"Ким "Аня" Анна"`. `None` where a
/// program wrote the marks, which the reader of CSV undoes.
pub(super) fn cells_by_hand(record: &str, delimiter: u8) -> Option<Vec<String>> {
    let (mut cells, mut rest, mut is_by_hand) = (Vec::new(), record, false);
    loop {
        let cell = next_cell(rest, char::from(delimiter));
        is_by_hand |= cell.is_by_hand;
        cells.push(cell.text);
        match rest.get(cell.length + 1..) {
            Some(next) => rest = next,
            None => return is_by_hand.then_some(cells),
        }
    }
}

/// A cell with what is written of it.
struct WrittenCell {
    text: String,
    /// Its length in bytes with its marks.
    length: usize,
    /// A mark stands in it that no program would write there.
    is_by_hand: bool,
}

/// Reads the cell at the beginning of a record.
fn next_cell(rest: &str, delimiter: char) -> WrittenCell {
    let until_delimiter = |from: usize| rest[from..].find(delimiter).map_or(rest.len(), |at| from + at);
    if !rest.starts_with('"') {
        let length = until_delimiter(0);
        return WrittenCell { text: rest[..length].to_owned(), length, is_by_hand: false };
    }
    let closed = closing_mark(rest.as_bytes(), 1);
    let behind = rest.get(closed + 1..).unwrap_or_default();
    if behind.is_empty() || behind.starts_with(delimiter) {
        let text = rest[1..closed].replace("\"\"", "\"");
        return WrittenCell { text, length: (closed + 1).min(rest.len()), is_by_hand: false };
    }
    let length = until_delimiter(closed);
    let written = &rest[..length];
    let inside = written[1..].trim_end().strip_suffix('"').filter(|inside| !closes_first(inside));
    // Else the marks belong to the text: `"Орлы" и "Львы"`, `"Орлы" клуб`.
    WrittenCell { text: inside.unwrap_or(written).replace("\"\"", "\""), length, is_by_hand: true }
}

/// Tells whether the first mark within a text closes what was opened before it.
fn closes_first(text: &str) -> bool {
    let text = text.replace("\"\"", "");
    let first = text.find('"');
    first.is_some_and(|at| text[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '!' | '?')))
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
