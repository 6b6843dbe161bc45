//! Reads lists from files: CSV in the encodings and with the delimiters that offices use, and XLSX.
//!
//! Owns bytes, encodings and how much of a file anyone has to read. Deliberately does not know what the columns mean:
//! that is [`sync_core::import`]. Everything here blocks; an async caller gives it a thread.

mod charset;
mod code_pages;
mod collector;
mod delimited;
mod encoding;
mod escapes;
mod headers;
mod hours_column;
mod likelihood;
mod mended;
mod number_format;
mod package;
mod quotes;
mod shape;
mod sheet_facts;
mod workbook;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub use charset::{Charset, UnknownCharset};
use headers::HeaderWords;
pub use headers::ListKind;
pub use hours_column::HoursColumn;
use shape::Headers;
use sync_core::import::{FILE_LINES, Line, Table};

/// Tells whether one typed text is damaged so that a list would have undone or refused it: letters that a program wrote in
/// another way, or UTF-8 that was read in a wrong code page.
#[must_use]
pub fn damage_of(text: &str) -> Option<Damage> {
    match escapes::undo(text) {
        escapes::Unescaped::Clean => {}
        escapes::Unescaped::Exactly { text, .. } => return Some(Damage { meant: Some(text) }),
        escapes::Unescaped::Broken { .. } => return Some(Damage { meant: None }),
    }
    mended::mend_utf8(text).map(|meant| Damage { meant: Some(meant) })
}

/// How a typed text is damaged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Damage {
    /// What was meant, where that can be told.
    pub meant: Option<String>,
}

/// How large a list may be. What is larger is refused, never cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Size of the file.
    pub file_bytes: usize,
    /// Size of everything in a workbook once it is inflated.
    pub inflated_bytes: u64,
    /// Rows under the headers, blank ones not counted.
    pub rows: usize,
    /// The number of the last column.
    pub columns: usize,
    /// Cells in all rows.
    pub cells: usize,
    /// Length of one cell; a spreadsheet allows as many.
    pub cell_chars: usize,
    /// Length of all cells together, in UTF-8.
    pub text_bytes: usize,
}

impl List {
    /// Puts the lines of the list behind those of the files before it, of several that are imported together.
    pub fn be_file(&mut self, number: u64) {
        for table in &mut self.tables {
            table.header_line += number * FILE_LINES;
            table.rows.iter_mut().for_each(|row| row.line += number * FILE_LINES);
        }
    }

    /// How many sheets with people are not read.
    #[must_use]
    pub fn unread_sheets(&self) -> usize {
        let unread = |note: &TableNote| if let TableNote::UnreadPeople(sheets) = note { sheets.len() } else { 0 };
        self.notes.iter().map(unread).sum()
    }
}

impl Default for Limits {
    /// Room for a million people. Within these limits a file takes about 2 GB of memory at most while it is read.
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            inflated_bytes: 512 << 20,
            rows: 1_000_000,
            columns: 1_000,
            cells: 16_000_000,
            cell_chars: 32_767,
            text_bytes: 256 << 20,
        }
    }
}

/// How to read a file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReadOptions {
    /// The sheet of a workbook; without a name, the visible ones with the headers of a list. A CSV file has no sheets.
    pub sheet: Option<String>,
    /// The encoding of a text; without one, the text tells it.
    pub charset: Option<Charset>,
    /// What stands between the cells of a text; without it, the headers tell it.
    pub delimiter: Option<u8>,
    /// The line with the headers; without it, they are looked for.
    pub header_row: Option<u64>,
    /// What kind of list it is.
    pub kind: ListKind,
    /// How large the list may be.
    pub limits: Limits,
}

/// A list that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct List {
    /// Its headers and rows. A workbook has a table for each sheet that is read, and wherever further headers stand below
    /// the first ones, another table begins.
    pub tables: Vec<Table>,
    /// What a person should know of how it was read.
    pub notes: Vec<TableNote>,
}

/// How a list was read, where a person might think otherwise.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TableNote {
    /// The text is not UTF-8.
    #[error("the text is read as {0}; if names look wrong, name another encoding")]
    Charset(Charset),
    /// A program had read the text in a wrong encoding and saved it.
    #[error("the text was saved through {0} by mistake, which is undone")]
    SavedThrough(Charset),
    /// A program had written letters as other characters.
    #[error("letters that are written like `{0}` are read as what they stand for")]
    Escaped(&'static str),
    /// Cells of each line had been saved as one.
    #[error("lines were saved as one cell in quotation marks each; their cells are read from inside")]
    LinesInQuotes,
    /// Sheets that nobody sees have the headers of a list, and are not read.
    #[error("hidden sheets with people are not read: {}; --sheet reads one", quoted(.0))]
    HiddenSheets(Vec<String>),
    /// There is something above the headers.
    #[error("the headers stand in {}; {} left out", Line(*header_line), rows_above_are(*left_out))]
    Above {
        /// Where the headers begin.
        header_line: u64,
        /// How many rows that are not blank stand above.
        left_out: usize,
    },
    /// The headers stand in two rows.
    #[error("the headers stand in {} and the one below it", Line(*line))]
    TwoHeaderRows {
        /// The line of the upper row.
        line: u64,
    },
    /// There are further headers below the first ones.
    #[error("{} holds other headers, by which the rows below it are read", Line(*header_line))]
    FurtherTable {
        /// The line of the further headers.
        header_line: u64,
    },
    /// Several sheets are read.
    #[error("{} sheets are read: {}", .0.len(), numbered(.0))]
    Sheets(Vec<String>),
    /// Visible sheets with people cannot be read.
    #[error(
        "sheets with people are not read, for their headers name no column of names, or none of codes, telephones or years \
             of birth: {}; name the columns as in the other sheets, or --sheet reads one", quoted(.0)
    )]
    UnreadPeople(Vec<String>),
    /// Some visible sheets are no lists.
    #[error("read is {}; other sheets are not: {}", numbered(read), quoted(others))]
    OtherSheets {
        /// Those that are read.
        read: Vec<String>,
        /// Those that are not.
        others: Vec<String>,
    },
    /// Rows are hidden in the workbook, and are part of the list.
    #[error("{} hidden in sheet `{}` and imported all the same: {}", rows_are(.0.lines.len()), .0.sheet, lines_named(&.0.lines))]
    HiddenRows(RowsOfSheet),
    /// Rows hold struck-out cells, and are part of the list.
    #[error(
        "{} struck out in sheet `{}` and imported all the same: {}; take them out if these people do not come",
        rows_are(.0.lines.len()), .0.sheet, lines_named(&.0.lines)
    )]
    StruckRows(RowsOfSheet),
    /// Columns are hidden in the workbook, and are read.
    #[error("hidden columns of sheet `{sheet}` are read all the same: {}", columns_named(columns))]
    HiddenColumns {
        /// The name of the sheet.
        sheet: String,
        /// Their numbers, from 1.
        columns: Vec<usize>,
    },
}

/// Rows of one sheet that are told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowsOfSheet {
    /// The name of the sheet.
    pub sheet: String,
    /// The lines of the rows, from 1.
    pub lines: Vec<u64>,
}

/// So many lines of one kind are named.
const LINES_NAMED: usize = 10;

fn numbered(sheets: &[String]) -> String {
    let named = (1..).zip(sheets).map(|(number, sheet)| format!("{number} `{sheet}`"));
    named.collect::<Vec<_>>().join(", ")
}

fn quoted(sheets: &[String]) -> String {
    sheets.iter().map(|sheet| format!("`{sheet}`")).collect::<Vec<_>>().join(", ")
}

fn rows_are(count: usize) -> String {
    if count == 1 { "1 row is".to_owned() } else { format!("{count} rows are") }
}

fn rows_above_are(count: usize) -> String {
    if count == 1 { "1 row above them is".to_owned() } else { format!("{count} rows above them are") }
}

fn lines_named(lines: &[u64]) -> String {
    let named: Vec<String> = lines.iter().take(LINES_NAMED).map(ToString::to_string).collect();
    let more = if lines.len() > LINES_NAMED { ", …" } else { "" };
    format!("line {}{more}", named.join(", "))
}

fn columns_named(columns: &[usize]) -> String {
    let named: Vec<String> = columns.iter().take(LINES_NAMED).map(ToString::to_string).collect();
    let more = if columns.len() > LINES_NAMED { ", …" } else { "" };
    format!("column {}{more}", named.join(", "))
}

/// A text as it reads in one encoding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reading {
    /// The encoding in which the text was read.
    pub charset: Charset,
    /// A line in it.
    pub text: String,
}

/// One text, as it reads in two encodings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TwoReadings {
    /// The likelier one, by a little.
    pub first: Reading,
    /// The less likely one.
    pub second: Reading,
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({})", self.text, self.charset)
    }
}

/// Why a file could not be read, and where in it.
#[derive(Debug, thiserror::Error)]
#[error("{file}{}: {fault}", Place(*line, *column))]
pub struct TableError {
    /// The file's name, without its folder.
    pub file: String,
    /// Line of the file or row of the sheet, from 1, where one is to blame.
    pub line: Option<u64>,
    /// Number of the column, from 1, where one is to blame.
    pub column: Option<usize>,
    /// What is wrong with the file.
    pub fault: TableFault,
}

struct Place(Option<u64>, Option<usize>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.0 {
            write!(f, ", line {line}")?;
        }
        self.1.map_or(Ok(()), |column| write!(f, ", column {column}"))
    }
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum TableFault {
    /// The file cannot be opened or read.
    #[error("the file cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// The file is larger than [`Limits::file_bytes`].
    #[error("the file is larger than {} MiB", limit_bytes >> 20)]
    FileTooLarge {
        /// How large it may be.
        limit_bytes: usize,
    },
    /// The workbook inflates to more than [`Limits::inflated_bytes`], or to more than its parts can need.
    #[error("the workbook holds more than anyone can read; save only the list as a new file")]
    InflatesTooFar,
    /// There are more rows, columns, cells or letters than the limits allow.
    #[error("there are more than {limit} {what}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How many there may be.
        limit: usize,
    },
    /// A cell is longer than [`Limits::cell_chars`].
    #[error("the cell is longer than {limit} characters; is a quotation mark missing?")]
    CellTooLong {
        /// How long it may be.
        limit: usize,
    },
    /// The file is no text.
    #[error("this is neither a CSV nor an XLSX file")]
    NotATable,
    /// The file is a workbook of another kind.
    #[error("this kind of workbook (XLS, ODS, XLSB, or one with a password) cannot be read; save it as XLSX or CSV")]
    OtherWorkbook,
    /// The text is not valid in the encoding it claims.
    #[error("the text is damaged: it is not valid {encoding}")]
    Encoding {
        /// What it should have been.
        encoding: &'static str,
    },
    /// Two encodings fit the text as well as each other.
    #[error(
        "the encoding is not clear: this line reads {} or {}; name the right one: UTF-8, windows-1251, \
             KZ-1048, KOI8-R, cp866, windows-1252, windows-1254 or another", .0.first, .0.second
    )]
    UnclearEncoding(Box<TwoReadings>),
    /// A program read the text in a wrong encoding and saved it, and letters were lost by that.
    #[error("this was saved in a wrong encoding: it says `{shown}`{}, and not all of it can be undone; take the list from \
             where it came from, or name the encoding to read it as it is", meant_instead(meant.as_deref()))]
    SavedThrough {
        /// The line as it stands there.
        shown: String,
        /// The line as it was meant, where that can be told.
        meant: Option<String>,
    },
    /// A program wrote letters as other characters, and not all of them can be read again.
    #[error(
        "a program wrote letters as other characters here: `{shown}`, and not all of them can be read again; take the \
             list from where it came from, or name the encoding to read it as it is"
    )]
    Escaped {
        /// The line as it stands there.
        shown: String,
    },
    /// The file is a web page.
    #[error("this is a web page and no workbook, whatever it is called; open it in a spreadsheet and save it as XLSX")]
    WebPage,
    /// The line that should hold the headers is blank or not there.
    #[error("line {line} holds no headers")]
    NoHeaderRow {
        /// The line that was named.
        line: u64,
    },
    /// A quotation mark is opened and never closed.
    #[error("a quotation mark is opened here and never closed")]
    UnclosedQuote,
    /// A quotation mark is opened in one row and closed in a later one.
    #[error(
        "a quotation mark is opened here, and the cell goes on over lines that look like rows of the list: remove the mark \
             (where it means `as above`, write out what it stands for); if the cell does hold these lines, join them into one"
    )]
    RowsInQuotes,
    /// There is no line with headers.
    #[error("the list is empty")]
    Empty,
    /// The sheet that was asked for, or any sheet at all, is missing.
    #[error("there is no such sheet; the workbook has {}", sheets.join(", "))]
    NoSheet {
        /// The names of the sheets.
        sheets: Vec<String>,
    },
    /// Only sheets that nobody sees have the headers of a list.
    #[error(
        "no visible sheet is a list; hidden sheets with people are {}: --sheet {} reads one, over HTTP sheet=",
        quoted(sheets),
        sheet_argument(sheets)
    )]
    OnlyHiddenLists {
        /// The names of the sheets.
        sheets: Vec<String>,
    },
    /// The workbook is damaged.
    #[error("the workbook is damaged: {0}")]
    Workbook(String),
}

fn sheet_argument(sheets: &[String]) -> String {
    sheets.first().map(|sheet| format!("\"{sheet}\"")).unwrap_or_default()
}

fn meant_instead(meant: Option<&str>) -> String {
    meant.map(|meant| format!(" where `{meant}` was meant")).unwrap_or_default()
}

/// Reads the list in the file at `path`.
///
/// # Errors
/// [`TableError`] as [`read_table`], and [`TableFault::Unreadable`] where the file cannot be opened.
pub fn open_table(path: &Path, options: &ReadOptions) -> Result<List, TableError> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let bytes = read_bounded(path, options.limits.file_bytes).map_err(|fault| at(&name, None, None, fault))?;
    read_table(&name, &bytes, options)
}

/// Reads the list in `bytes`; `file` is what errors call it.
///
/// What the bytes are is told by the bytes, never by a file's name. The row in which most headers are known holds the
/// headers, where there is none the first; blank rows are left out. The same bytes give the same list.
///
/// # Errors
/// [`TableError`] where nothing of the file can be used. A row with a wrong number of cells is kept as it is, for the
/// import to tell.
pub fn read_table(file: &str, bytes: &[u8], options: &ReadOptions) -> Result<List, TableError> {
    let limits = &options.limits;
    if bytes.len() > limits.file_bytes {
        return Err(at(file, None, None, TableFault::FileTooLarge { limit_bytes: limits.file_bytes }));
    }
    let words = HeaderWords::of(&options.kind);
    match bytes {
        [b'P', b'K', 3, 4, ..] => workbook::read(file, bytes, options, &words),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Err(at(file, None, None, TableFault::OtherWorkbook)),
        _ => read_text(file, bytes, options, &words),
    }
}

fn read_text(file: &str, bytes: &[u8], options: &ReadOptions, words: &HeaderWords) -> Result<List, TableError> {
    let fail = |(line, fault)| at(file, line, None, fault);
    let is_header = |text: &str| words.meaning(text).is_some();
    if is_web_page(bytes) {
        return Err(fail((None, TableFault::WebPage)));
    }
    let encoding::Decoded { text, mut notes } = encoding::decode(bytes, options.charset, is_header).map_err(fail)?;
    if is_web_page(text.as_bytes()) {
        return Err(fail((None, TableFault::WebPage)));
    }
    let rows = delimited::read(file, &text, options, words, &mut notes)?;
    let headers = match options.header_row {
        Some(line) => Headers::named(&rows, line, words).map_err(|fault| fail((None, fault)))?,
        None => Headers::find(&rows, words).ok_or_else(|| fail((None, TableFault::Empty)))?,
    };
    let tables = headers.tables(rows, words, &mut notes);
    Ok(List { tables, notes })
}

/// So much of a file shows whether it is a web page.
const PAGE_BYTES: usize = 4096;

/// Tells a page of HTML, one that was saved by a browser, and the XML that older spreadsheets write.
fn is_web_page(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(PAGE_BYTES)]).to_ascii_lowercase();
    let head = head.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let tags = ["<html", "<!doctype html", "<table", "<head", "<body", "<meta", "<style", "<div", "<tr", "<workbook"];
    head.starts_with("mime-version:") || (head.starts_with('<') && tags.iter().any(|tag| head.contains(tag)))
}

fn at(file: &str, line: Option<u64>, column: Option<usize>, fault: TableFault) -> TableError {
    TableError { file: file.to_owned(), line, column, fault }
}

/// Reads one byte more than allowed at most: a file can grow while it is read.
fn read_bounded(path: &Path, limit_bytes: usize) -> Result<Vec<u8>, TableFault> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit_bytes as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit_bytes { Err(TableFault::FileTooLarge { limit_bytes }) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests;
