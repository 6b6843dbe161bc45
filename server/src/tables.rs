//! Reads lists from files: CSV in the encodings and with the delimiters that offices use, and XLSX.
//!
//! Owns bytes, encodings and how much of a file anyone has to read. Deliberately does not know what the columns mean:
//! that is [`sync_core::import`]. Everything here blocks; an async caller gives it a thread.

mod collector;
mod delimited;
mod encoding;
mod package;
mod workbook;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sync_core::import::Table;

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
    /// The sheet of a workbook; without a name, the first that is visible. A CSV file has no sheets.
    pub sheet: Option<String>,
    /// How large the list may be.
    pub limits: Limits,
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
    /// What is wrong.
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
        /// Of what.
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
    /// A quotation mark is opened and never closed.
    #[error("a quotation mark is opened here and never closed")]
    UnclosedQuote,
    /// There is no line with headers.
    #[error("the list is empty")]
    Empty,
    /// The sheet that was asked for, or any sheet at all, is missing.
    #[error("there is no such sheet; the workbook has {}", sheets.join(", "))]
    NoSheet {
        /// The names of the sheets.
        sheets: Vec<String>,
    },
    /// The workbook is damaged.
    #[error("the workbook is damaged: {0}")]
    Workbook(String),
}

/// Reads the table in the file at `path`.
///
/// # Errors
/// [`TableError`] as [`read_table`], and [`TableFault::Unreadable`] where the file cannot be opened.
pub fn open_table(path: &Path, options: &ReadOptions) -> Result<Table, TableError> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let bytes = read_bounded(path, options.limits.file_bytes).map_err(|fault| at(&name, None, None, fault))?;
    read_table(&name, &bytes, options)
}

/// Reads the table in `bytes`; `file` is what errors call it.
///
/// What the bytes are is told by the bytes, never by a file's name. The first line that is not blank holds the
/// headers, and blank rows are left out. The same bytes give the same table.
///
/// # Errors
/// [`TableError`] where nothing of the file can be used. A row with a wrong number of cells is kept as it is, for the
/// import to tell.
pub fn read_table(file: &str, bytes: &[u8], options: &ReadOptions) -> Result<Table, TableError> {
    let limits = &options.limits;
    if bytes.len() > limits.file_bytes {
        return Err(at(file, None, None, TableFault::FileTooLarge { limit_bytes: limits.file_bytes }));
    }
    match bytes {
        [b'P', b'K', 3, 4, ..] => workbook::read(file, bytes, options),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Err(at(file, None, None, TableFault::OtherWorkbook)),
        _ => {
            let text = encoding::decode(bytes).map_err(|(line, fault)| at(file, line, None, fault))?;
            delimited::read(file, &text, limits)
        }
    }
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
