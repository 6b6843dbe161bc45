//! Finds out which column says what, and which are left alone.

mod side_by_side;
mod suggestion;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::blank_cells::{is_answer, says_nothing};
use super::headers::Dictionary;
use super::meaning::Meaning;
use super::problem::{Column, ImportError, Problem, ProblemKind, Refused};
use super::{PlanNote, Row, Source, Table, cells, national_id};
use crate::documents::roster::PersonField;

/// Longest header that is quoted, in characters.
const HEADER_LIMIT_CHARS: usize = 80;

/// The columns of a list by what they say.
pub(super) struct Columns {
    all: Vec<Column>,
    dictionary: Dictionary,
    /// Columns that somebody said are to be left alone.
    left_alone: BTreeSet<usize>,
    /// Several columns that mean the same are read together: each row says it in one of them, or they are telephones.
    places: BTreeMap<Meaning, Vec<usize>>,
}

/// What [`Columns::recognise`] makes of a table.
pub(super) struct Recognised {
    pub columns: Columns,
    pub ignored: Vec<Column>,
    pub problems: Vec<Problem>,
    pub notes: Vec<PlanNote>,
}

/// What is to be said of columns.
struct Remarks {
    problems: Vec<Problem>,
    notes: Vec<PlanNote>,
}

impl Columns {
    /// Reads the headers, and looks into the columns for what must not be imported.
    pub(super) fn recognise(table: &Table, source: &Source) -> Result<Recognised, ImportError> {
        let dictionary = Dictionary::with_profile(&source.profile);
        let all: Vec<Column> = (1..).zip(&table.headers).map(|(number, header)| column(number, header)).collect();
        let mut by_meaning: BTreeMap<Meaning, Vec<usize>> = BTreeMap::new();
        let mut ignored = Vec::new();
        let mut problems = Vec::new();
        let mut left_alone = BTreeSet::new();
        for (place, header) in table.headers.iter().enumerate() {
            let by_number = source.profile.get(&format!("#{}", place + 1)).copied();
            let meaning = by_number.or_else(|| dictionary.meaning(header));
            if meaning == Some(Meaning::Nothing) {
                ignored.push(all[place].clone());
                left_alone.insert(place);
                continue;
            }
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
        let mut columns = Self { all, dictionary, left_alone, places: BTreeMap::new() };
        columns.refuse_two_lists(table, source)?;
        let mut remarks = Remarks { problems, notes: Vec::new() };
        for (meaning, places) in by_meaning {
            columns.settle(table, meaning, &places, &mut remarks)?;
        }
        let Remarks { problems, notes } = remarks;
        columns.settle_whole_name(&mut ignored);
        ignored.sort_unstable();
        columns.check_complete(table, &ignored, &problems)?;
        Ok(Recognised { columns, ignored, problems, notes })
    }

    /// Takes the only column of its kind; of several those that their cells speak for.
    fn settle(
        &mut self,
        table: &Table,
        meaning: Meaning,
        places: &[usize],
        remarks: &mut Remarks,
    ) -> Result<(), ImportError> {
        let chosen = chosen(table, meaning, places);
        let (first, second) = match *chosen {
            [] => return Ok(()),
            [place] => {
                for other in places.iter().filter(|other| **other != place && !is_empty(table, **other)) {
                    let (used, left_alone) = (self.all[place].clone(), self.all[*other].clone());
                    remarks.notes.push(PlanNote::ColumnChosen { used, left_alone });
                }
                self.places.insert(meaning, chosen);
                return Ok(());
            }
            [first, second, ..] => (first, second),
        };
        if meaning == Meaning::Phone || never_differ(table, &chosen) {
            let together = chosen.iter().map(|place| self.all[*place].clone()).collect();
            remarks.notes.push(PlanNote::ColumnsTogether(together));
            self.places.insert(meaning, chosen);
            return Ok(());
        }
        if is_identity(meaning) {
            return Err(ImportError::AmbiguousColumns {
                line: None,
                first: self.all[first].clone(),
                second: self.all[second].clone(),
            });
        }
        for &place in &chosen {
            let other = self.all[if place == first { second } else { first }].clone();
            remarks.problems.push(refused_column(table, &self.all[place], ProblemKind::DuplicateColumn { other }));
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
        let own = given.clone();
        if *self.places.entry(Meaning::FullName).or_insert(given) != own {
            ignored.extend(own.iter().map(|place| self.all[*place].clone()));
        }
    }

    /// There must be a name, and something that stays the same from one export of the list to the next.
    fn check_complete(&self, table: &Table, ignored: &[Column], problems: &[Problem]) -> Result<(), ImportError> {
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
        let wanted = missing.first().and_then(|one_of| one_of.first()).copied();
        let suggested = wanted.and_then(|wanted| suggestion::of(table, wanted, ignored)).map(Box::new);
        Err(ImportError::MissingColumns {
            line: None,
            missing,
            suggested,
            found: self.all.iter().map(|column| column.name.clone()).collect(),
            national_ids: refused.filter_map(|problem| problem.column.clone()).collect(),
        })
    }

    /// Refuses two lists that stand side by side, unless one of them is left alone: a row would be two people's.
    fn refuse_two_lists(&self, table: &Table, source: &Source) -> Result<(), ImportError> {
        let Some(lists) = side_by_side::find(table, source) else { return Ok(()) };
        let is_left_alone = |places: &[usize]| places.iter().all(|place| self.left_alone.contains(place));
        if is_left_alone(&lists.left) || is_left_alone(&lists.right) {
            return Ok(());
        }
        let columns = |places: &[usize]| places.iter().map(|place| self.all[*place].clone()).collect();
        Err(ImportError::TwoLists { line: None, left: columns(&lists.left), right: columns(&lists.right) })
    }

    /// Tells whether nothing stands in a row but what is to be left alone.
    pub(super) fn is_blank(&self, row: &Row) -> bool {
        let is_read = |place: &usize| !self.left_alone.contains(place);
        let mut filled = row.cells.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty());
        !row.unstored.iter().any(is_read) && !filled.any(|(place, _)| is_read(&place))
    }

    /// Tells whether a cell says what the cell behind it is: `Отряд` before `Орлы`. What is called so in the column of that
    /// meaning is a value of it.
    pub(super) fn is_label(&self, place: usize, cell: &str) -> bool {
        let own = |meaning| self.places.get(&meaning).is_some_and(|places| places.contains(&place));
        self.dictionary.meaning(cell).is_some_and(|meaning| meaning.is_of_many() && !own(meaning))
    }

    /// Tells whether a text is a header.
    pub(super) fn is_header(&self, text: &str) -> bool {
        self.dictionary.meaning(text).is_some()
    }

    /// What a column is read as; `None` where it is not read.
    pub(super) fn meaning_at(&self, place: usize) -> Option<Meaning> {
        self.places.iter().find(|(_, places)| places.contains(&place)).map(|(meaning, _)| *meaning)
    }

    /// The places of all columns that say `meaning`.
    pub(super) fn places_of(&self, meaning: Meaning) -> &[usize] {
        self.places.get(&meaning).map_or(&[], Vec::as_slice)
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

    /// Whether several people have one code.
    pub(super) fn has_shared_codes(&self) -> bool {
        self.code() == Some(Meaning::SharedCode)
    }

    /// The column that says `meaning`, and what it says in `row`; a short row says nothing.
    pub(super) fn cell<'a>(&'a self, row: &'a Row, meaning: Meaning) -> Option<(&'a Column, Cow<'a, str>)> {
        let places = self.places.get(&meaning)?;
        let said = places.iter().map(|place| (*place, row.cells.get(*place).map_or("", String::as_str)));
        let mut said = said.filter(|(_, cell)| !cell.trim().is_empty() && !says_nothing(cell, meaning));
        let Some((place, cell)) = said.next() else {
            // A cell that says that there is nothing is for the reader to tell.
            let place = *places.first()?;
            return Some((&self.all[place], row.cells.get(place).map_or("", String::as_str).into()));
        };
        let mut text = Cow::Borrowed(cell);
        if meaning == Meaning::Phone {
            for (_, other) in said.filter(|(_, other)| digits(other) != digits(cell)) {
                text = format!("{}, {}", text.trim(), other.trim()).into();
            }
        }
        Some((&self.all[place], text))
    }

    /// Whether a formula without a stored value stands in a row where it should say `meaning`.
    pub(super) fn is_unstored(&self, row: &Row, meaning: Meaning) -> bool {
        let places = self.places.get(&meaning).into_iter().flatten();
        places.into_iter().any(|place| row.unstored.contains(place))
    }

    /// The first column that says `meaning`.
    pub(super) fn of_meaning(&self, meaning: Meaning) -> Option<&Column> {
        self.places.get(&meaning)?.first().map(|place| &self.all[*place])
    }

    /// The first column that says something about `field`.
    pub(super) fn of_field(&self, field: PersonField) -> Option<&Column> {
        let place = meanings_of(field).iter().filter_map(|meaning| self.places.get(meaning)?.first()).min()?;
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

/// Of columns that mean the same, those that can be meant: with cells, with cells that fit, and not made by a program or by
/// counting rows, if there is another.
fn chosen(table: &Table, meaning: Meaning, places: &[usize]) -> Vec<usize> {
    let mut left = places.to_vec();
    let prefer = |left: &mut Vec<usize>, is_better: &dyn Fn(usize) -> bool| {
        if left.len() > 1 && left.iter().any(|place| is_better(*place)) {
            left.retain(|place| is_better(*place));
        }
    };
    prefer(&mut left, &|place| !is_empty(table, place));
    prefer(&mut left, &|place| fits(table, meaning, place));
    // What a form's program writes of its own begins with `_`.
    prefer(&mut left, &|place| !table.headers[place].trim().starts_with('_'));
    match meaning {
        Meaning::Code => {
            prefer(&mut left, &|place| !counts_rows(table, place));
            prefer(&mut left, &|place| is_unique(table, place));
        }
        Meaning::FullName => prefer(&mut left, &|place| {
            let (several, all) = share(table, place, |cell| cell.split_whitespace().nth(1).is_some());
            several * 2 > all
        }),
        _ => {}
    }
    if left.len() > 1 && left[1..].iter().all(|place| values(table, left[0]).eq(values(table, *place))) {
        left.truncate(1);
    }
    left
}

fn is_empty(table: &Table, place: usize) -> bool {
    values(table, place).all(|cell| says_nothing(cell, Meaning::Phone))
}

/// Of how many values of a column something holds, and how many there are.
fn share(table: &Table, place: usize, holds: impl Fn(&str) -> bool) -> (usize, usize) {
    values(table, place).fold((0, 0), |(yes, all), cell| (yes + usize::from(holds(cell)), all + 1))
}

/// Tells whether most cells of a column can mean what its header says.
fn fits(table: &Table, meaning: Meaning, place: usize) -> bool {
    let is_name = |cell: &str| {
        let letters = cell.chars().filter(|c| c.is_alphabetic()).count();
        letters * 2 > cell.chars().filter(|c| !c.is_whitespace()).count() && !is_answer(cell)
    };
    let (fitting, all) = share(table, place, |cell| match meaning {
        Meaning::FullName | Meaning::Family | Meaning::Given | Meaning::Patronymic => is_name(cell),
        Meaning::Phone => digits(cell).len() >= 5,
        Meaning::Code | Meaning::SharedCode => cells::code(cell).is_ok() && !is_answer(cell),
        Meaning::BirthYear | Meaning::BirthDate => cells::may_be_year(cell),
        _ => !is_answer(cell),
    });
    fitting * 2 > all
}

fn digits(cell: &str) -> String {
    cell.chars().filter(char::is_ascii_digit).collect()
}

/// Tells whether a column only counts the rows: 1, 2, 3 …
fn counts_rows(table: &Table, place: usize) -> bool {
    values(table, place).nth(1).is_some()
        && (1..).zip(values(table, place)).all(|(number, cell)| cell.parse() == Ok(number))
}

fn is_unique(table: &Table, place: usize) -> bool {
    let mut seen = BTreeSet::new();
    values(table, place).all(|cell| seen.insert(cell))
}

/// Tells whether no row says two different things in these columns.
fn never_differ(table: &Table, places: &[usize]) -> bool {
    table.rows.iter().all(|row| {
        let cells = places.iter().filter_map(|place| row.cells.get(*place)).map(|cell| cell.trim());
        cells.filter(|cell| !cell.is_empty()).collect::<BTreeSet<_>>().len() < 2
    })
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
