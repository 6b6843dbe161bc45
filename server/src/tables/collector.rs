//! Collects cells into a table and keeps count of how much there is.

use sync_core::import::{Row, Table};

use super::{Limits, TableError, TableFault, at};

/// A table that is being read.
pub(super) struct Collector<'a> {
    file: &'a str,
    limits: &'a Limits,
    table: Table,
    row: Row,
    cells: usize,
    text_bytes: usize,
    widest: usize,
}

impl<'a> Collector<'a> {
    pub(super) fn new(file: &'a str, limits: &'a Limits) -> Self {
        let row = Row::default();
        Self { file, limits, table: Table::default(), row, cells: 0, text_bytes: 0, widest: 0 }
    }

    /// Takes a cell of the row that begins at `line`; columns that were left out before it are blank.
    pub(super) fn put(&mut self, line: u64, column: usize, text: String) -> Result<(), TableError> {
        if column > self.limits.columns {
            return Err(self.too_much(line, Some(column), "columns", self.limits.columns));
        }
        if text.len() > self.limits.cell_chars && text.chars().nth(self.limits.cell_chars).is_some() {
            let fault = TableFault::CellTooLong { limit: self.limits.cell_chars };
            return Err(at(self.file, Some(line), Some(column), fault));
        }
        self.text_bytes += text.len();
        if self.text_bytes > self.limits.text_bytes {
            return Err(self.too_much(line, Some(column), "bytes of text", self.limits.text_bytes));
        }
        self.row.line = line;
        let place = column.saturating_sub(1);
        if place >= self.row.cells.len() {
            self.row.cells.resize(place + 1, String::new());
        }
        self.row.cells[place] = text;
        Ok(())
    }

    /// Ends the row. A blank one is forgotten, and the first other one holds the headers.
    pub(super) fn end_row(&mut self) -> Result<(), TableError> {
        let row = std::mem::take(&mut self.row);
        if row.cells.iter().all(|cell| cell.trim().is_empty()) {
            return Ok(());
        }
        self.cells += row.cells.len();
        if self.cells > self.limits.cells {
            return Err(self.too_much(row.line, None, "cells", self.limits.cells));
        }
        self.widest = self.widest.max(row.cells.len());
        if self.table.headers.is_empty() {
            (self.table.header_line, self.table.headers) = (row.line, row.cells);
            return Ok(());
        }
        if self.table.rows.len() == self.limits.rows {
            return Err(self.too_much(row.line, None, "rows", self.limits.rows));
        }
        self.table.rows.push(row);
        Ok(())
    }

    /// The table with its rows as long as they were.
    pub(super) fn finish(self) -> Result<Table, TableError> {
        if self.table.headers.is_empty() {
            return Err(at(self.file, None, None, TableFault::Empty));
        }
        Ok(self.table)
    }

    /// The table with all rows and the headers as long as the longest: a sheet does not say where a row ends.
    pub(super) fn finish_padded(mut self) -> Result<Table, TableError> {
        if (self.table.rows.len() + 1).saturating_mul(self.widest) > self.limits.cells {
            return Err(self.too_much(self.table.header_line, None, "cells", self.limits.cells));
        }
        let rows = self.table.rows.iter_mut().map(|row| &mut row.cells);
        for cells in rows.chain([&mut self.table.headers]) {
            // An empty list of headers stays one: that is how `finish` knows.
            if !cells.is_empty() {
                cells.resize(self.widest, String::new());
            }
        }
        self.finish()
    }

    fn too_much(&self, line: u64, column: Option<usize>, what: &'static str, limit: usize) -> TableError {
        at(self.file, Some(line), column, TableFault::TooMuch { what, limit })
    }
}
