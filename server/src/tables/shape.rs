//! Finds out where the headers of a list stand: below titles and empty lines, in one row or in two.

use std::collections::BTreeSet;

use sync_core::import::{Row, Table};

use super::headers::HeaderWords;
use super::{TableFault, TableNote};

/// The headers stand among the first rows, or nobody would find them.
pub(super) const HEADER_WITHIN_ROWS: usize = 40;

/// From so many known headers on a row further down is taken for the headers.
const CONVINCING: usize = 2;

/// Where the headers stand, and what they say together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Headers {
    /// The place of their first row.
    pub at: usize,
    /// In how many rows they stand.
    pub row_count: usize,
    /// One for each column.
    pub names: Vec<String>,
    /// How many different meanings are known.
    pub known: usize,
}

impl Headers {
    fn new(at: usize, row_count: usize, names: Vec<String>, words: &HeaderWords) -> Self {
        let known: BTreeSet<usize> = names.iter().filter_map(|name| words.meaning(name)).collect();
        Self { at, row_count, names, known: known.len() }
    }

    /// Looks for the headers; of rows with as many known ones the first. Where hardly any is known, the first row has them.
    pub(super) fn find(rows: &[Row], words: &HeaderWords) -> Option<Self> {
        let first = Self::at(rows, 0, words)?;
        let further = (1..rows.len().min(HEADER_WITHIN_ROWS)).filter_map(|at| Self::at(rows, at, words));
        Some(further.fold(
            first,
            |best, other| {
                if other.known > best.known && other.known >= CONVINCING { other } else { best }
            },
        ))
    }

    /// The headers that begin in a row, with those in the row below if it has some, too.
    fn at(rows: &[Row], at: usize, words: &HeaderWords) -> Option<Self> {
        let alone = Self::new(at, 1, rows.get(at)?.cells.clone(), words);
        let Some(lower) = rows.get(at + 1).filter(|lower| may_be_headers(lower, words)) else { return Some(alone) };
        let together = Self::new(at, 2, joined(&rows[at], lower, words), words);
        let below = Self::new(at + 1, 1, lower.cells.clone(), words);
        Some(if together.known > alone.known && together.known > below.known { together } else { alone })
    }

    /// The headers that begin in the row of this line.
    pub(super) fn named(rows: &[Row], line: u64, words: &HeaderWords) -> Result<Self, TableFault> {
        let at = rows.iter().position(|row| row.line == line);
        at.and_then(|at| Self::at(rows, at, words)).ok_or(TableFault::NoHeaderRow { line })
    }

    /// Tells whether they stand above the rows of a list.
    pub(super) fn is_of_list(&self, rows: &[Row]) -> bool {
        self.known >= CONVINCING && rows.len() > self.at + self.row_count
    }

    /// Makes a table of the rows.
    pub(super) fn table(self, mut rows: Vec<Row>, notes: &mut Vec<TableNote>) -> Table {
        let header_line = rows[self.at].line;
        if self.at > 0 {
            notes.push(TableNote::Above { header_line, left_out: self.at });
        }
        if self.row_count > 1 {
            notes.push(TableNote::TwoHeaderRows { line: header_line });
        }
        let rows = rows.split_off(self.at + self.row_count);
        Table { header_line, headers: self.names, rows }
    }
}

/// A row of headers has several that are known, and no numbers.
fn may_be_headers(row: &Row, words: &HeaderWords) -> bool {
    let has_digits = |cell: &String| cell.chars().any(|c| c.is_ascii_digit());
    let known = row.cells.iter().filter(|cell| words.meaning(cell).is_some()).count();
    known >= CONVINCING && !row.cells.iter().any(has_digits)
}

/// A header below stands for itself where it is known, else together with the one above it, which may reach over several
/// columns.
fn joined(upper: &Row, lower: &Row, words: &HeaderWords) -> Vec<String> {
    let cell = |row: &Row, place: usize| row.cells.get(place).map_or("", |cell| cell.trim()).to_owned();
    let mut above = String::new();
    let columns = 0..upper.cells.len().max(lower.cells.len());
    let join = |place| {
        let (own, below) = (cell(upper, place), cell(lower, place));
        if !own.is_empty() {
            above.clone_from(&own);
        }
        if below.is_empty() || below == own {
            own
        } else if above.is_empty() || words.meaning(&below).is_some() {
            below
        } else {
            format!("{above} / {below}")
        }
    };
    columns.map(join).collect()
}
