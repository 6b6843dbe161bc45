//! Reads text with cells between commas, semicolons, tabs or bars.

use std::borrow::Cow;
use std::io::Read;

use csv::{Reader, ReaderBuilder, StringRecord};
use sync_core::import::Row;

use super::collector::Collector;
use super::headers::HeaderWords;
use super::quotes::{cells_by_hand, swallowing};
use super::shape::{HEADER_WITHIN_ROWS, Headers};
use super::{ReadOptions, TableError, TableFault, TableNote, at};

/// What may stand between cells; of two that fit equally well, the first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How much of the text tells its delimiter.
const SAMPLE_BYTES: usize = 64 << 10;
const SAMPLE_RECORDS: usize = HEADER_WITHIN_ROWS + 10;

/// A record of its own behind the text. If it is not the last one, a quotation mark has swallowed it.
const END: &str = "\n\u{fdd0}\u{fdd0}";

/// Reads the rows of a text of which nothing is known but that it is a list.
pub(super) fn read(
    file: &str,
    text: &str,
    options: &ReadOptions,
    words: &HeaderWords,
    notes: &mut Vec<TableNote>,
) -> Result<Vec<Row>, TableError> {
    let mut text = with_line_feeds(text.trim_start_matches('\u{feff}'));
    if let Some(inside) = inside_quotes(&text, words) {
        notes.push(TableNote::LinesInQuotes);
        text = inside.into();
    }
    let (declared, text, lines_before) = match declared_delimiter(&text) {
        Some((delimiter, rest)) => (delimiter, rest, 1),
        None => (None, &*text, 0),
    };
    let delimiter = options.delimiter.unwrap_or_else(|| sniff(text, declared, words));
    let columns = column_count(text, delimiter, words);
    let other_at_ends = other_at_ends(text, delimiter);
    let mut collector = Collector::new(file, &options.limits);
    let mut reader = reader(delimiter, text.as_bytes().chain(END.as_bytes()));
    let mut record = StringRecord::new();
    let mut lines = LineCounter::new(text, lines_before);
    let mut is_line_inside = false;
    loop {
        let more = reader
            .read_record(&mut record)
            .map_err(|error| at(file, None, None, TableFault::Unreadable(std::io::Error::other(error))))?;
        if !more {
            return Ok(collector.finish());
        }
        let line = lines.advance_to(&record);
        if record.iter().next_back().is_some_and(|cell| cell.ends_with(END.trim_start())) {
            if record.len() == 1 && record.get(0) == Some(END.trim_start()) {
                if is_line_inside {
                    notes.push(TableNote::LinesInQuotes);
                }
                return Ok(collector.finish());
            }
            return Err(at(file, Some(line), Some(record.len()), TableFault::UnclosedQuote));
        }
        if record.iter().any(|cell| cell.contains('\n')) {
            let raw = raw_record(text, &record, reader.position().byte());
            if let Some(opened) = swallowing(raw, delimiter, columns) {
                let line = line + opened.lines_before;
                return Err(at(file, Some(line), Some(opened.column), TableFault::RowsInQuotes));
            }
        }
        let raw = raw_record(text, &record, reader.position().byte());
        let cells = match inside_only_cell(raw, &record, delimiter, columns) {
            Some(inside) => {
                is_line_inside = true;
                inside
            }
            None => by_hand(raw, delimiter).unwrap_or_else(|| record.iter().map(str::to_owned).collect()),
        };
        let last = cells.len();
        for (column, mut cell) in (1..).zip(cells) {
            if let Some(other) = other_at_ends.filter(|_| column == last) {
                cell.truncate(cell.trim_end_matches(other).len());
            }
            collector.put(line, column, cell)?;
        }
        collector.end_row()?;
    }
}

/// The cells of a row that a program saved as one cell in quotation marks, as it does where a line has marks or delimiters
/// of its own; the rows around it stand as they are.
fn inside_only_cell(raw: &str, record: &StringRecord, delimiter: u8, columns: usize) -> Option<Vec<String>> {
    let only = record.get(0).filter(|_| raw.starts_with('"') && columns > 1)?;
    if record.iter().skip(1).any(|cell| !cell.trim().is_empty()) || !only.contains(char::from(delimiter)) {
        return None;
    }
    let mut inside = reader(delimiter, only.as_bytes()).into_records();
    let cells = inside.next()?.ok().filter(|cells| cells.len() == columns)?;
    inside.next().is_none().then(|| cells.iter().map(str::to_owned).collect())
}

/// The cells of a record of one line whose quotation marks were written by hand.
fn by_hand(raw: &str, delimiter: u8) -> Option<Vec<String>> {
    if raw.contains('"') && !raw.contains('\n') { cells_by_hand(raw, delimiter) } else { None }
}

/// What stands behind the last cell of most lines and is no part of it: the delimiters of another program, which saved each
/// line as one cell of its own.
fn other_at_ends(text: &str, delimiter: u8) -> Option<char> {
    let sample = &text[..text.floor_char_boundary(SAMPLE_BYTES)];
    let lines = || sample.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let others = DELIMITERS.into_iter().filter(|other| *other != delimiter).map(char::from);
    let mut others = others.filter(|other| lines().filter(|line| line.ends_with(*other)).count() * 2 > lines().count());
    others.next()
}

/// How many columns the headers name.
fn column_count(text: &str, delimiter: u8, words: &HeaderWords) -> usize {
    let end = text.floor_char_boundary(SAMPLE_BYTES);
    let headers = Headers::find(&first_rows(&text[..end], delimiter), words);
    let last = headers.and_then(|headers| headers.names.iter().rposition(|name| !name.trim().is_empty()));
    last.map_or(0, |last| last + 1)
}

/// A record as it is written, without the line breaks around it.
fn raw_record<'a>(text: &'a str, record: &StringRecord, end: u64) -> &'a str {
    let place = |byte: u64| usize::try_from(byte).unwrap_or(usize::MAX).min(text.len());
    let start = record.position().map_or(0, |position| place(position.byte()));
    text.get(start..place(end)).unwrap_or_default().trim_matches(['\n', '\r'])
}

/// Old Macintosh files end their lines with a carriage return only.
fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if text.contains('\n') { Cow::Borrowed(text) } else { Cow::Owned(text.replace('\r', "\n")) }
}

/// The lines of a text of which each was saved as one cell in quotation marks: `"Code;Name"`. `None` where it is not so, or
/// where no headers are inside.
fn inside_quotes(text: &str, words: &HeaderWords) -> Option<String> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next()?.trim();
    if !(first.starts_with('"') && first.trim_end_matches([';', ',', '\t']).ends_with('"')) {
        return None;
    }
    // Cells that are quoted one by one end before a delimiter, so that more than one record would come out.
    let only_cell = |line: &str| {
        if !line.trim().starts_with('"') {
            return Some(line.to_owned());
        }
        let mut cells = reader(UNUSED, line.trim().trim_end_matches([';', ',', '\t']).as_bytes()).into_records();
        let record = cells.next()?.ok()?;
        (record.len() == 1).then(|| record[0].to_owned())
    };
    let unquoted = |lines: &mut dyn Iterator<Item = &str>| {
        let inside = lines.map(|line| if line.trim().is_empty() { Some(String::new()) } else { only_cell(line) });
        inside.collect::<Option<Vec<String>>>().map(|lines| lines.join("\n"))
    };
    let known = |text: &str| known_headers(text, sniff(text, None, words), words);
    let sample = unquoted(&mut text.lines().take(HEADER_WITHIN_ROWS))?;
    if known(&sample) > known(text) { unquoted(&mut text.lines()) } else { None }
}

/// A delimiter that no list has.
const UNUSED: u8 = 0x1f;

fn known_headers(text: &str, delimiter: u8, words: &HeaderWords) -> usize {
    Headers::find(&first_rows(text, delimiter), words).map_or(0, |headers| headers.known)
}

fn first_rows(text: &str, delimiter: u8) -> Vec<Row> {
    let records = reader(delimiter, text.as_bytes()).into_records().map_while(Result::ok).take(SAMPLE_RECORDS);
    records.map(|record| Row { cells: record.iter().map(str::to_owned).collect(), ..Row::default() }).collect()
}

/// Reads a first line such as `sep=;`, by which a spreadsheet is told the delimiter. Programs that do not know it save it
/// as if it were a cell: in quotation marks, or with more delimiters behind it.
fn declared_delimiter(text: &str) -> Option<(Option<u8>, &str)> {
    let (first, rest) = text.split_once('\n')?;
    let first = first.trim_end_matches('\r').trim_start_matches([' ', '"', '\u{feff}']);
    let is_declared = first.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("sep="));
    let declared = is_declared.then(|| first[4..].trim_start_matches('"').bytes().next());
    declared.map(|delimiter| (delimiter.filter(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric()), rest))
}

fn reader<R: Read>(delimiter: u8, text: R) -> Reader<R> {
    ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text)
}

/// Finds the delimiter by which most headers are known; of these the one that is declared; of these the one by which most
/// lines have as many cells as the first, and then the one with most cells.
fn sniff(text: &str, declared: Option<u8>, words: &HeaderWords) -> u8 {
    let end = text.floor_char_boundary(SAMPLE_BYTES);
    let sample =
        if end == text.len() { text } else { text[..end].rsplit_once('\n').map_or(&text[..end], |(lines, _)| lines) };
    let fit = |delimiter: u8| {
        let rows = first_rows(sample, delimiter);
        let known = Headers::find(&without_further_cells(&rows, delimiter), words).map_or(0, |headers| headers.known);
        let first = rows.first().map_or(0, |row| row.cells.len());
        let alike = rows.iter().filter(|row| row.cells.len() == first).count();
        let (alike, first) = if first > 1 { (alike, first) } else { (0, 0) };
        (known, declared == Some(delimiter), alike, first)
    };
    // The last of equals wins in `max_by_key`, so the preferred ones come last.
    let other = declared.filter(|delimiter| !DELIMITERS.contains(delimiter));
    DELIMITERS.into_iter().chain(other).rev().max_by_key(|delimiter| fit(*delimiter)).unwrap_or(b',')
}

/// The same rows without the cells that would be several if the list had another delimiter. A comma or a bar stands in a cell
/// more often than a semicolon or a tab does, as in `Фамилия, имя`.
fn without_further_cells(rows: &[Row], delimiter: u8) -> Vec<Row> {
    const RARE_IN_CELLS: [u8; 2] = [b';', b'\t'];
    let is_one = |cell: &String| !cell.bytes().any(|byte| byte != delimiter && RARE_IN_CELLS.contains(&byte));
    let kept = |cell: &String| if is_one(cell) { cell.clone() } else { String::new() };
    rows.iter().map(|row| Row { cells: row.cells.iter().map(kept).collect(), ..row.clone() }).collect()
}

/// Tells the line where a record begins: the reader counts the blank lines before it to the record.
struct LineCounter<'a> {
    text: &'a [u8],
    offset: usize,
    line: u64,
}

impl<'a> LineCounter<'a> {
    const fn new(text: &'a str, lines_before: u64) -> Self {
        Self { text: text.as_bytes(), offset: 0, line: lines_before + 1 }
    }

    /// Records must come in their order.
    fn advance_to(&mut self, record: &StringRecord) -> u64 {
        let reached = record.position().map_or(0, |position| position.byte());
        let reached = usize::try_from(reached).unwrap_or(usize::MAX).min(self.text.len());
        while let Some(&byte) = self.text.get(self.offset) {
            if self.offset >= reached && !matches!(byte, b'\n' | b'\r') {
                break;
            }
            self.line += u64::from(byte == b'\n');
            self.offset += 1;
        }
        self.line
    }
}
