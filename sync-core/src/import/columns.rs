//! Finds out which column says what, and which are left alone.

use std::collections::BTreeMap;

use super::headers::{Dictionary, Meaning};
use super::problem::{Column, ImportError, Problem, ProblemKind, Refused};
use super::{Row, Source, Table, national_id};
use crate::documents::roster::PersonField;

/// Longest header that is quoted, in characters.
const HEADER_LIMIT_CHARS: usize = 80;

/// The columns of a list by what they say.
pub(super) struct Columns {
    all: Vec<Column>,
    places: BTreeMap<Meaning, usize>,
}

/// What [`Columns::recognise`] makes of a table.
pub(super) struct Recognised {
    pub columns: Columns,
    pub ignored: Vec<Column>,
    pub problems: Vec<Problem>,
}

impl Columns {
    /// Reads the headers, and looks into the columns for what must not be imported.
    pub(super) fn recognise(table: &Table, source: &Source) -> Result<Recognised, ImportError> {
        let dictionary = Dictionary::with_profile(&source.profile);
        let all: Vec<Column> = (1..).zip(&table.headers).map(|(number, header)| column(number, header)).collect();
        let mut by_meaning: BTreeMap<Meaning, Vec<usize>> = BTreeMap::new();
        let mut ignored = Vec::new();
        let mut problems = Vec::new();
        for (place, header) in table.headers.iter().enumerate() {
            let meaning = dictionary.meaning(header);
            if meaning == Some(Meaning::NationalId) || holds_national_ids(table, place, meaning) {
                problems.push(refused_column(table, &all[place], ProblemKind::NationalIdColumn));
                continue;
            }
            match meaning {
                Some(meaning) => by_meaning.entry(meaning).or_default().push(place),
                None if is_blank(table, place) => {}
                None => ignored.push(all[place].clone()),
            }
        }
        let mut columns = Self { all, places: BTreeMap::new() };
        for (meaning, places) in by_meaning {
            columns.settle(table, meaning, &places, &mut problems)?;
        }
        columns.settle_whole_name(&mut ignored);
        ignored.sort_unstable();
        columns.check_complete(&problems)?;
        Ok(Recognised { columns, ignored, problems })
    }

    /// Takes the only column of its kind; of several, none.
    fn settle(
        &mut self,
        table: &Table,
        meaning: Meaning,
        places: &[usize],
        problems: &mut Vec<Problem>,
    ) -> Result<(), ImportError> {
        let (first, second) = match *places {
            [] => return Ok(()),
            [place] => {
                self.places.insert(meaning, place);
                return Ok(());
            }
            [first, second, ..] => (first, second),
        };
        if is_identity(meaning) {
            return Err(ImportError::AmbiguousColumns {
                first: self.all[first].clone(),
                second: self.all[second].clone(),
            });
        }
        for &place in places {
            let other = self.all[if place == first { second } else { first }].clone();
            problems.push(refused_column(table, &self.all[place], ProblemKind::DuplicateColumn { other }));
        }
        Ok(())
    }

    /// A column called just `Name` holds whole names, unless there is one for family names.
    fn settle_whole_name(&mut self, ignored: &mut Vec<Column>) {
        if self.places.contains_key(&Meaning::Family) {
            return;
        }
        let Some(given) = self.places.remove(&Meaning::Given) else {
            return;
        };
        if *self.places.entry(Meaning::FullName).or_insert(given) != given {
            ignored.push(self.all[given].clone());
        }
    }

    /// There must be a name, and something that stays the same from one export of the list to the next.
    fn check_complete(&self, problems: &[Problem]) -> Result<(), ImportError> {
        let needed = [
            vec![Meaning::FullName, Meaning::Family],
            vec![Meaning::Code, Meaning::SharedCode, Meaning::Phone, Meaning::BirthYear, Meaning::BirthDate],
        ];
        let is_missing = |one_of: &Vec<Meaning>| !one_of.iter().any(|meaning| self.has(*meaning));
        let missing: Vec<_> = needed.into_iter().filter(is_missing).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let refused = problems.iter().filter(|problem| problem.kind == ProblemKind::NationalIdColumn);
        Err(ImportError::MissingColumns {
            missing,
            found: self.all.iter().map(|column| column.name.clone()).collect(),
            national_ids: refused.filter_map(|problem| problem.column.clone()).collect(),
        })
    }

    pub(super) const fn count(&self) -> usize {
        self.all.len()
    }

    pub(super) fn has(&self, meaning: Meaning) -> bool {
        self.places.contains_key(&meaning)
    }

    /// What the column of codes means; `None` where a list has no codes.
    pub(super) fn code(&self) -> Option<Meaning> {
        [Meaning::Code, Meaning::SharedCode].into_iter().find(|meaning| self.has(*meaning))
    }

    /// The column that says `meaning`, and what it says in `row`; a short row says nothing.
    pub(super) fn cell<'a>(&'a self, row: &'a Row, meaning: Meaning) -> Option<(&'a Column, &'a str)> {
        let place = *self.places.get(&meaning)?;
        Some((&self.all[place], row.cells.get(place).map_or("", String::as_str)))
    }

    /// The column that says `meaning`.
    pub(super) fn of_meaning(&self, meaning: Meaning) -> Option<&Column> {
        self.places.get(&meaning).map(|place| &self.all[*place])
    }

    /// The first column that says something about `field`.
    pub(super) fn of_field(&self, field: PersonField) -> Option<&Column> {
        let place = meanings_of(field).iter().filter_map(|meaning| self.places.get(meaning)).min()?;
        Some(&self.all[*place])
    }
}

/// What a list can say about a field of a person.
pub(super) const fn meanings_of(field: PersonField) -> &'static [Meaning] {
    match field {
        PersonField::Names => &[Meaning::FullName, Meaning::Family, Meaning::Given, Meaning::Patronymic],
        PersonField::BirthYear => &[Meaning::BirthYear, Meaning::BirthDate],
        PersonField::Phone => &[Meaning::Phone],
        PersonField::Organisation => &[Meaning::Organisation],
        PersonField::Region => &[Meaning::Region, Meaning::Country],
        PersonField::Languages => &[Meaning::Languages],
        PersonField::Categories => &[Meaning::Categories],
        PersonField::Team => &[Meaning::Team],
        PersonField::Shifts => &[Meaning::Shifts],
        PersonField::ExternalIds | PersonField::Withdrawn | PersonField::Consents | PersonField::GuardianConsent => &[],
    }
}

/// Tells whether a row means nothing without `meaning`.
pub(super) const fn is_identity(meaning: Meaning) -> bool {
    matches!(
        meaning,
        Meaning::Code
            | Meaning::Position
            | Meaning::SharedCode
            | Meaning::FullName
            | Meaning::Family
            | Meaning::Given
            | Meaning::Patronymic
    )
}

fn column(number: usize, header: &str) -> Column {
    let name: String = header.split_whitespace().collect::<Vec<_>>().join(" ");
    Column { number, name: name.chars().filter(|c| !c.is_control()).take(HEADER_LIMIT_CHARS).collect() }
}

fn refused_column(table: &Table, column: &Column, kind: ProblemKind) -> Problem {
    Problem { line: table.header_line, column: Some(column.clone()), kind, refused: Refused::Column }
}

fn values(table: &Table, place: usize) -> impl Iterator<Item = &str> {
    let cells = table.rows.iter().filter_map(move |row| row.cells.get(place));
    cells.map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
}

fn is_blank(table: &Table, place: usize) -> bool {
    table.headers[place].trim().is_empty() && values(table, place).next().is_none()
}

/// Tells whether most values of a column are national id numbers.
///
/// By chance every eleventh number of 12 digits has a valid check digit, and foreign telephone numbers have 12
/// digits: there, the date must be valid too.
fn holds_national_ids(table: &Table, place: usize, meaning: Option<Meaning>) -> bool {
    let is_number = |value: &str| {
        national_id::is_number_with_date(value) || (meaning != Some(Meaning::Phone) && national_id::is_number(value))
    };
    let (numbers, others): (usize, usize) =
        values(table, place).fold(
            (0, 0),
            |(numbers, others), value| {
                if is_number(value) { (numbers + 1, others) } else { (numbers, others + 1) }
            },
        );
    numbers > others
}
