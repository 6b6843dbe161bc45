//! Cells that say "as above": `-//-`, `то же`, `〃`.
//!
//! They hold the value of the row above where many people may have it in common. Of a name or a code they make nothing:
//! nobody is called like the one above.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::blank_cells::is_ditto_mark;
use super::columns::Columns;
use super::meaning::Meaning;
use super::note::CellCount;
use super::{PlanNote, Row};

/// What many people of a list have in common.
const SHARED: [Meaning; 6] =
    [Meaning::Team, Meaning::Organisation, Meaning::Region, Meaning::Country, Meaning::Shifts, Meaning::Categories];

/// The mark of typographers.
const MARK: &str = "〃";

/// Words for the cell above, in small letters.
const WORDS: [&str; 11] = [
    "то же",
    "то же самое",
    "тот же",
    "та же",
    "там же",
    "см. выше",
    "как выше",
    "жоғарыдағыдай",
    "ditto",
    "as above",
    "see above",
];

fn is_ditto(cell: &str) -> bool {
    is_ditto_mark(cell) || WORDS.contains(&cell.to_lowercase().as_str())
}

/// The values that stand above, as far as a table is read.
#[derive(Default)]
pub(super) struct Dittos {
    above: BTreeMap<usize, String>,
    filled_in: Option<CellCount>,
}

impl Dittos {
    /// The row with the values of rows above where it says that it has the same. With nothing above it the cell is for the
    /// reader to refuse.
    pub(super) fn fill_in<'a>(&mut self, row: &'a Row, columns: &Columns) -> Cow<'a, Row> {
        let mut row = Cow::Borrowed(row);
        for place in SHARED.iter().flat_map(|meaning| columns.places_of(*meaning)).copied() {
            let Some(cell) = row.cells.get(place).map(|cell| cell.trim()).filter(|cell| !cell.is_empty()) else {
                continue;
            };
            if !is_ditto(cell) {
                self.above.insert(place, cell.to_owned());
            } else if let Some(above) = self.above.get(&place) {
                row.to_mut().cells[place].clone_from(above);
                self.filled_in.get_or_insert(CellCount { count: 0, first_line: row.line }).count += 1;
            } else {
                // A mark is refused wherever it stands; a word may mean something elsewhere.
                row.to_mut().cells[place] = MARK.to_owned();
            }
        }
        row
    }

    /// What is to be told of the cells that were filled in.
    pub(super) fn note(self) -> Option<PlanNote> {
        self.filled_in.map(PlanNote::Dittos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_words_for_the_cell_above_are_told_from_values() {
        for cell in
            ["\"", "-//-", "--\"--", "″", "〃", "то же", "То же", "- // -", "„ “", "Ditto", "– \" –", "см. выше"]
        {
            assert!(is_ditto(cell), "{cell}");
        }
        for cell in ["", "-", "—", "...", "T01", "А/Б", "Орлы", "\"Орлы\"", "1/3", "5\""] {
            assert!(!is_ditto(cell), "{cell}");
        }
    }
}
