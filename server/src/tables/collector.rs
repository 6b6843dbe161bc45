//! Collects cells into rows and keeps count of how much there is.

use std::collections::BTreeMap;

use sync_core::import::Row;

use super::{Limits, TableError, TableFault, at};

/// Rows that are being read. What is counted goes on from sheet to sheet.
pub(super) struct Collector<'a> {
    file: &'a str,
    limits: &'a Limits,
    rows: Vec<Row>,
    row: Row,
    row_count: usize,
    cells: usize,
    text_bytes: usize,
    widest: usize,
}

/// Cells of a sheet that are one: the value of the first holds for all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct MergedRows {
    /// The first line, from 1.
    pub first_line: u64,
    /// The line of the last row.
    pub last_line: u64,
    /// The number of the first column, from 1; the others stay blank.
    pub column: usize,
}

impl<'a> Collector<'a> {
    pub(super) fn new(file: &'a str, limits: &'a Limits) -> Self {
        let row = Row::default();
        Self { file, limits, rows: Vec::new(), row, row_count: 0, cells: 0, text_bytes: 0, widest: 0 }
    }

    /// Takes a cell of the row that begins at `line`; columns that were left out before it are blank.
    pub(super) fn put(&mut self, line: u64, column: usize, text: String) -> Result<(), TableError> {
        self.check_column(line, column)?;
        if text.len() > self.limits.cell_chars && text.chars().nth(self.limits.cell_chars).is_some() {
            let fault = TableFault::CellTooLong { limit: self.limits.cell_chars };
            return Err(at(self.file, Some(line), Some(column), fault));
        }
        self.count_text(line, column, text.len())?;
        self.row.line = line;
        let place = column.saturating_sub(1);
        if place >= self.row.cells.len() {
            self.row.cells.resize(place + 1, String::new());
        }
        self.row.cells[place] = text;
        Ok(())
    }

    /// Takes a cell whose formula has no stored value.
    pub(super) fn put_unstored(&mut self, line: u64, column: usize) -> Result<(), TableError> {
        self.check_column(line, column)?;
        self.row.line = line;
        self.row.unstored.push(column.saturating_sub(1));
        Ok(())
    }

    fn check_column(&self, line: u64, column: usize) -> Result<(), TableError> {
        if column > self.limits.columns {
            return Err(self.too_much(line, Some(column), "columns", self.limits.columns));
        }
        Ok(())
    }

    fn count_text(&mut self, line: u64, column: usize, bytes: usize) -> Result<(), TableError> {
        self.text_bytes += bytes;
        if self.text_bytes > self.limits.text_bytes {
            return Err(self.too_much(line, Some(column), "bytes of text", self.limits.text_bytes));
        }
        Ok(())
    }

    /// Ends the row. A blank one is forgotten.
    pub(super) fn end_row(&mut self) -> Result<(), TableError> {
        let row = std::mem::take(&mut self.row);
        if row.unstored.is_empty() && row.cells.iter().all(|cell| cell.trim().is_empty()) {
            return Ok(());
        }
        self.cells += row.cells.len() + row.unstored.len();
        if self.cells > self.limits.cells {
            return Err(self.too_much(row.line, None, "cells", self.limits.cells));
        }
        self.widest = self.widest.max(row.cells.len());
        // The headers are no row of the list.
        if self.row_count > self.limits.rows {
            return Err(self.too_much(row.line, None, "rows", self.limits.rows));
        }
        self.row_count += 1;
        self.rows.push(row);
        Ok(())
    }

    /// How many rows are read.
    pub(super) fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// The rows, as long as they were.
    pub(super) fn finish(&mut self) -> Vec<Row> {
        std::mem::take(&mut self.rows)
    }

    /// The rows, all as long as the longest: a sheet does not say where a row ends. What is merged holds for all its rows.
    pub(super) fn finish_sheet(&mut self, merged: &[MergedRows]) -> Result<Vec<Row>, TableError> {
        let first_line = self.rows.first().map_or(1, |row| row.line);
        if self.rows.len().saturating_mul(self.widest) > self.limits.cells {
            return Err(self.too_much(first_line, None, "cells", self.limits.cells));
        }
        let mut rows = self.finish();
        for row in &mut rows {
            row.cells.resize(self.widest, String::new());
        }
        self.widest = 0;
        let places: BTreeMap<u64, usize> = rows.iter().enumerate().map(|(place, row)| (row.line, place)).collect();
        let mut filled = 0;
        for region in merged {
            let column = region.column.saturating_sub(1);
            let first = places.get(&region.first_line).and_then(|place| rows[*place].cells.get(column)).cloned();
            let Some(value) = first.filter(|value| !value.is_empty()) else { continue };
            for (line, place) in
                places.range(region.first_line.saturating_add(1)..=region.last_line.max(region.first_line))
            {
                filled += 1;
                if filled > self.limits.cells {
                    return Err(self.too_much(*line, Some(region.column), "cells", self.limits.cells));
                }
                self.count_text(*line, region.column, value.len())?;
                rows[*place].cells[column].clone_from(&value);
            }
        }
        Ok(rows)
    }

    fn too_much(&self, line: u64, column: Option<usize>, what: &'static str, limit: usize) -> TableError {
        at(self.file, Some(line), column, TableFault::TooMuch { what, limit })
    }
}
