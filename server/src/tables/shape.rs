//! Finds out where the headers of a list stand: below titles and empty lines, in one row or in two; and where another table
//! begins below the first.

use std::collections::BTreeSet;

use sync_core::import::{Row, Table, plain_header};

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

    /// Looks for the headers: the first row that says who somebody is and by what they are known again; where none does, the
    /// one with most known headers; where hardly any is known, the first row.
    pub(super) fn find(rows: &[Row], words: &HeaderWords) -> Option<Self> {
        let within = rows.len().min(HEADER_WITHIN_ROWS);
        let mut places = (0..within).filter(|at| !is_heading_above(rows, *at, words));
        let first = Self::at(rows, places.next().unwrap_or_default(), words)?;
        let further = places.filter_map(|at| Self::at(rows, at, words));
        Some(further.fold(first, |best, other| {
            let is_better = other.known > best.known && other.known >= CONVINCING;
            if is_better && !words.are_complete(&best.names) { other } else { best }
        }))
    }

    /// The headers that begin in a row, with those in the row below if it has some, too.
    fn at(rows: &[Row], at: usize, words: &HeaderWords) -> Option<Self> {
        let alone = Self::new(at, 1, rows.get(at)?.cells.clone(), words);
        let Some(lower) = rows.get(at + 1).filter(|lower| may_be_headers(lower, words)) else { return Some(alone) };
        let together = Self::new(at, 2, joined(&rows[at], lower, words), words);
        let below = Self::new(at + 1, 1, lower.cells.clone(), words);
        // Headers that need none above them take only those that reach down into their row.
        let adds = !words.are_complete(&below.names) || reaches_down(&rows[at], lower, words);
        let is_better = adds && together.known > alone.known && together.known > below.known;
        Some(if is_better { together } else { alone })
    }

    /// The headers that begin in the row of this line.
    pub(super) fn named(rows: &[Row], line: u64, words: &HeaderWords) -> Result<Self, TableFault> {
        let at = rows.iter().position(|row| row.line == line);
        at.and_then(|at| Self::at(rows, at, words)).ok_or(TableFault::NoHeaderRow { line })
    }

    /// Tells whether they stand above the rows of a list.
    pub(super) fn is_of_list(&self, rows: &[Row]) -> bool {
        self.known >= CONVINCING && self.has_rows(rows)
    }

    /// Tells whether there are rows below them.
    pub(super) const fn has_rows(&self, rows: &[Row]) -> bool {
        rows.len() > self.at + self.row_count
    }

    /// Makes tables of the rows: a row further down that holds other headers, or the same in another order, begins the next.
    pub(super) fn tables(mut self, mut rows: Vec<Row>, words: &HeaderWords, notes: &mut Vec<TableNote>) -> Vec<Table> {
        let header_line = rows[self.at].line;
        if self.at > 0 {
            notes.push(TableNote::Above { header_line, left_out: self.at });
        }
        if self.row_count > 1 {
            notes.push(TableNote::TwoHeaderRows { line: header_line });
        }
        let mut rows = rows.split_off(self.at + self.row_count);
        let mut tables = vec![Table { header_line, headers: std::mem::take(&mut self.names), rows: Vec::new() }];
        let mut place = 0;
        while place < rows.len() {
            let last = tables.last_mut().expect("there is one");
            let next =
                if begins_table(&rows[place], &last.headers, words) { Self::at(&rows, place, words) } else { None };
            let Some(next) = next else {
                last.rows.push(std::mem::take(&mut rows[place]));
                place += 1;
                continue;
            };
            let header_line = rows[place].line;
            notes.push(TableNote::FurtherTable { header_line });
            tables.push(Table { header_line, headers: next.names, rows: Vec::new() });
            place += next.row_count;
        }
        tables
    }
}

/// A row of headers has several that are known, and no numbers.
fn may_be_headers(row: &Row, words: &HeaderWords) -> bool {
    let known = row.cells.iter().filter(|cell| words.meaning(cell).is_some()).count();
    known >= CONVINCING && !row.cells.iter().any(|cell| has_digits(cell))
}

fn has_digits(cell: &str) -> bool {
    cell.chars().any(|c| c.is_ascii_digit())
}

/// Tells whether a row above the headers says one thing of all who stand below, as `Отряд;Орлы;` does: a word that may be a
/// header, and beside it a value.
fn is_heading_above(rows: &[Row], at: usize, words: &HeaderWords) -> bool {
    let names_below = || {
        let below = rows.iter().take(HEADER_WITHIN_ROWS).skip(at + 1);
        below.flat_map(|row| &row.cells).any(|cell| words.is_header_of_names(cell))
    };
    is_label_with_value(&rows[at], words) && names_below()
}

fn is_label_with_value(row: &Row, words: &HeaderWords) -> bool {
    let filled: Vec<(usize, &String)> =
        row.cells.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty()).collect();
    let is_pair = |pair: &[(usize, &String)]| match pair {
        [(label, says), (value, said)] => label + 1 == *value && words.is_label(says) && !words.is_header(said),
        _ => false,
    };
    !filled.is_empty() && filled.chunks(2).all(is_pair)
}

/// Tells whether a header in the upper row stands above an empty cell of the lower one.
fn reaches_down(upper: &Row, lower: &Row, words: &HeaderWords) -> bool {
    let is_empty = |place: usize| lower.cells.get(place).is_none_or(|cell| cell.trim().is_empty());
    upper.cells.iter().enumerate().any(|(place, cell)| is_empty(place) && words.meaning(cell).is_some())
}

/// Tells whether a row among others holds the headers of another table. A category may be called like a header: of whoever
/// has a name or a code it is none.
fn begins_table(row: &Row, headers: &[String], words: &HeaderWords) -> bool {
    let filled = || row.cells.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty());
    if filled().filter(|(_, cell)| has_digits(cell)).count() * 2 >= filled().count() {
        return false;
    }
    let header = |place: usize| headers.get(place).map_or("", String::as_str);
    if filled().all(|(place, cell)| plain_header(cell) == plain_header(header(place))) {
        return false;
    }
    if begins_other_table(row, headers, words) {
        return true;
    }
    let known: BTreeSet<usize> = filled().filter_map(|(_, cell)| words.meaning(cell)).collect();
    let is_known = |cell: &String| words.meaning(cell).is_some();
    let tells_apart = |(place, cell): (usize, &String)| is_known(cell) && words.tells_apart(header(place));
    known.len() >= CONVINCING
        && filled().all(|(_, cell)| !has_digits(cell) || is_known(cell))
        && (filled().all(|(_, cell)| is_known(cell)) || filled().any(tells_apart))
}

/// Tells the headers of a table that has hardly anything in common with the one above it, as `ФИО;Должность` below people
/// with codes: names stand in another column now, or every cell is a header of some list.
fn begins_other_table(row: &Row, headers: &[String], words: &HeaderWords) -> bool {
    let filled: Vec<(usize, &String)> =
        row.cells.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty()).collect();
    if filled.len() < CONVINCING || filled.iter().any(|(_, cell)| has_digits(cell)) {
        return false;
    }
    let are_names = |header: &String| words.have_names(std::slice::from_ref(header));
    let is_elsewhere = |place: usize| headers.get(place).is_none_or(|header| !are_names(header));
    if filled.iter().any(|(place, cell)| is_elsewhere(*place) && words.is_header_of_names(cell)) {
        return true;
    }
    let is_unmistakable = |cell: &str| words.is_header_of_names(cell) || words.meaning(cell).is_none();
    filled.iter().all(|(_, cell)| words.is_header(cell))
        && filled.iter().any(|(_, cell)| are_names(cell))
        && filled.iter().any(|(_, cell)| is_unmistakable(cell))
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
