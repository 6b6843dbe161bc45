//! From the rows of a list to a plan: whom it adds, what it changes, and what is wrong with it.
//!
//! Owns what columns are called, what cells mean and when a list may change what a person wrote. Deliberately writes
//! nothing and reads no files: a table comes in, a plan goes out, and a person looks at it before anything is done.

mod alike;
mod asking;
mod blank_cells;
mod cells;
mod codes;
mod columns;
mod compare;
mod dittos;
mod family_names;
mod given_names;
mod header_words;
mod headers;
mod identity;
mod likeness;
mod meaning;
mod name_change;
mod national_id;
mod nobody;
mod not_data;
mod note;
mod papers;
mod person_keys;
mod place;
mod placing;
mod problem;
mod profiles;
mod question;
mod read_row;
mod repeated;
mod rows;
mod several;
mod shorter;
mod source;
mod teams;
mod vocabulary;

use std::cell::OnceCell;
use std::collections::BTreeMap;

pub use blank_cells::is_nobodys_name;
pub use header_words::counts_rows;
pub use headers::Dictionary;
pub use identity::is_called;
pub use likeness::{Likeness, known_by, subject_known_by};
pub use meaning::{Meaning, plain as plain_header};
pub use name_change::{may_be_called, may_be_meant_by};
pub use nobody::NotData;
pub use not_data::of_undated_row;
pub use note::{CellCount, PlanNote};
pub use problem::{CELL_LIMIT_CHARS, Column, ImportError, Line, Problem, ProblemKind, Refused, Suggested};
pub use profiles::Profile;
pub use question::{Decision, Doubt, Question, Which, Who};
pub use source::{NoIssuer, NoSuchColumn, Said, Source, born_by};
pub use teams::TeamNames;

use crate::command::Command;
use crate::documents::Authored;
use crate::documents::roster::{Person, PersonEdit, PersonField, Roster};
use crate::ids::{EventId, PersonId, Subject};
use columns::{Columns, Recognised};
use dittos::Dittos;
use identity::ExternalIds;
use read_row::ReadRow;

/// A list as it was read from a file: text in rows and columns.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Table {
    /// Line of the file where the headers stand, from 1.
    pub header_line: u64,
    /// One for each column; blank where a column has none.
    pub headers: Vec<String>,
    /// In the order of the file.
    pub rows: Vec<Row>,
}

/// One person of a list.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Row {
    /// Line of the file where it begins, from 1.
    pub line: u64,
    /// One for each header; those that are missing at the end are blank.
    pub cells: Vec<String>,
    /// Places of cells whose formula has no stored value: nobody can know what they say.
    pub unstored: Vec<usize>,
}

/// Lines of a further sheet of a workbook are counted from a multiple of this on, so that each row of a list has a line
/// of its own. No sheet has as many.
pub const SHEET_LINES: u64 = 10_000_000;

/// Where several files are one list, the lines of the first are counted from this on, those of the second from twice as
/// much. No workbook has as many sheets.
pub const FILE_LINES: u64 = 1000 * SHEET_LINES;

/// What an import would do. Nothing is done by it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ImportPlan {
    /// People to add, in the order of the list.
    pub added: Vec<Addition>,
    /// People of the roster whose fields the list has changed.
    pub updated: Vec<Update>,
    /// People of the roster of whom the list says nothing new.
    pub unchanged: Vec<Unchanged>,
    /// What the list says now of people of whom it said something else before, where the roster says it already: nobody
    /// sees a difference, but later lists are held against it.
    pub agreed: Vec<(PersonId, Person)>,
    /// How many rows are left out; `problems` says why.
    pub refused: usize,
    /// Fields that would be overwritten; left alone unless someone asks for [`Conflict::file`].
    pub conflicts: Vec<Conflict>,
    /// Rows that are left out until somebody decides about them.
    pub questions: Vec<Question>,
    /// What is wrong, by line and column.
    pub problems: Vec<Problem>,
    /// How the list was understood, where a person might think otherwise.
    pub notes: Vec<PlanNote>,
    /// Columns that nobody knows, left alone. Not a problem: lists have them.
    pub ignored: Vec<Column>,
}

/// Someone who is not on the roster yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Addition {
    /// Follows from the list and the code, so that importing the list elsewhere adds the same person.
    pub id: PersonId,
    /// What the list says.
    pub person: Person,
    /// Line of the file.
    pub line: u64,
}

/// Someone on the roster of whom the list says something new.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Update {
    /// The id of the person who is changed.
    pub id: PersonId,
    /// How the roster calls them.
    pub who: Who,
    /// At least one, at most one for each field.
    pub edits: Vec<PersonEdit>,
    /// What the roster says where the edits say something else, in their order.
    pub before: Vec<PersonEdit>,
    /// What the list says of them now, for the next import of it.
    pub said: Person,
    /// Line of the file.
    pub line: u64,
}

/// Someone on the roster of whom the list says nothing new.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unchanged {
    /// The id of the person who stays as they are.
    pub id: PersonId,
    /// How the roster calls them.
    pub who: Who,
    /// Line of the file.
    pub line: u64,
}

/// A field where the list says something new that the import must not decide.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conflict {
    /// The id of the person of whom the list says it.
    pub person: PersonId,
    /// How the roster calls them.
    pub who: Who,
    /// Line of the file.
    pub line: u64,
    /// The column that says it, or the first of several.
    pub column: Column,
    /// What the roster says, with every concurrent value.
    pub current: Vec<Authored<PersonEdit>>,
    /// What the list says; the edit to make if someone decides for the list.
    pub file: PersonEdit,
    /// Why it is not simply an update.
    pub reason: ConflictReason,
}

/// Why a change in a list is left for a person to decide.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictReason {
    /// Someone edited the field since the list was imported last, and the list has changed too.
    EditedSince,
    /// The cell is blank now. A blank may be a correction, or a column that someone did not want to hand out.
    ClearedInList,
}

impl ConflictReason {
    /// Why the list is not followed, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::EditedSince => "edited here since the list was imported last; the list is not followed",
            Self::ClearedInList => "blank in the list; what is known stays",
        }
    }
}

/// Plans the import of a list into `roster`: of one table, or of several, such as the sheets of a workbook. Each table is
/// read by its own headers, and its rows are compared with those of the others as with its own. Lines increase from table
/// to table.
///
/// A person is known by having the code of that issuer among their ids, however it is typed; by
/// [`PersonId::of_external`] of the issuer and the code, where nobody has it; where several people share a code, by it and
/// their folded name; in a list without codes, by folded name, telephone and year of birth. Where that leads to nobody, they
/// are somebody of the same issuer with the same name who alone has the same telephone or year of birth; where it may be
/// somebody else, it is asked. A field is updated only where the roster still says what the list said when it was imported
/// last. Where the list still says that, nothing changes, whatever was edited by hand since. Where a code names somebody
/// else than before, or a new one has the name and the telephone number of somebody with another code, or one differs by
/// leading zeros from a known one or from one above in the list, the row becomes a [`Question`]. Who is missing from the
/// list is never withdrawn. Planning again after the plan was carried out finds everything unchanged.
///
/// # Errors
/// [`ImportError`] where the headers of a table do not tell names or people apart; everything else is a [`Problem`].
pub fn plan_import(
    tables: &[Table],
    roster: &Roster,
    event: EventId,
    source: &Source,
) -> Result<ImportPlan, ImportError> {
    let source = &source.as_known(roster);
    let mut plan = ImportPlan::default();
    let (mut columns, mut rows) = (Vec::with_capacity(tables.len()), Vec::new());
    for (number, table) in tables.iter().enumerate() {
        let recognised = Columns::recognise(table, source);
        let found =
            recognised.map_err(|error| if tables.len() > 1 { error.in_line(table.header_line) } else { error })?;
        plan.take_columns(found, &mut columns);
        rows.extend(plan.read_rows(NumberedTable { number, table, columns: &columns[number] }, event, source));
    }
    plan.note_cells(&rows);
    plan.note_unknown_teams(&rows, &source.teams);
    let known = ExternalIds::of(roster, &source.issuer);
    let mut placing = placing::Placing {
        event,
        issuer: &source.issuer,
        roster,
        columns: &columns,
        known,
        walk_ins: &source.walk_ins,
        lines: BTreeMap::new(),
        lines_by_number: BTreeMap::new(),
        lines_by_name: BTreeMap::new(),
        named: BTreeMap::new(),
        codeless: OnceCell::new(),
    };
    placing.resolve(&mut rows);
    plan.settle_repeated(&mut rows, &repeated::Written { tables, columns: &columns });
    for mut row in rows {
        plan.problems.append(&mut row.problems);
        match (row.id, row.person.take()) {
            (Some(id), _) if roster.erased.contains(&Subject::Person(id)) => {
                let (line, refused) = (row.line, Refused::Row);
                plan.problems.push(Problem { line, column: None, kind: ProblemKind::Erased, refused });
                plan.refused += 1;
            }
            (Some(id), Some(person)) => plan.place(id, person, &row, &placing),
            _ => plan.refused += 1,
        }
    }
    plan.note_row_numbers();
    plan.problems.sort_by(|a, b| (a.line, &a.column).cmp(&(b.line, &b.column)));
    Ok(plan)
}

/// Tells why a list would refuse a text in this field of a person; `None` where it would take it.
#[must_use]
pub fn problem_of_cell(field: PersonField, text: &str) -> Option<ProblemKind> {
    let read = match field {
        PersonField::Names => cells::name,
        PersonField::Phone => cells::phone,
        PersonField::Region | PersonField::Team => cells::key,
        _ => cells::text,
    };
    read(text).err()
}

/// Tells why a list of this event would refuse a year of birth; `None` where it would take it.
#[must_use]
pub fn problem_of_birth_year(year: u16, born_by: u16) -> Option<ProblemKind> {
    cells::year(&year.to_string(), born_by).err()
}

/// Why decisions were not taken over.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecisionError {
    /// A decision speaks of no question of the plan.
    #[error("{0}: nothing is asked there")]
    NothingAsked(Which),
    /// Two rows cannot both be the same human being.
    #[error(
        "{} ({}) and {} ({}) cannot both be the same human being: decide one of them otherwise",
        Line(rows[0].0), rows[0].1, Line(rows[1].0), rows[1].1
    )]
    Contradiction {
        /// The line and the name of each.
        rows: [(u64, String); 2],
    },
}

impl DecisionError {
    /// Whether decisions contradict each other.
    #[must_use]
    pub const fn is_contradiction(&self) -> bool {
        matches!(self, Self::Contradiction { .. })
    }
}

/// One of the tables of a list, by its place among them from 0, with the columns that were recognised in it.
struct NumberedTable<'a> {
    number: usize,
    table: &'a Table,
    columns: &'a Columns,
}

impl ImportPlan {
    /// What carries the plan out, in the name of the list's issuer. Questions that nobody has decided are left out.
    #[must_use]
    pub fn commands(&self, issuer: &str) -> Vec<Command> {
        let added = self.added.iter().map(|addition| Command::AddPerson(addition.id, addition.person.clone()));
        let updated = self.updated.iter().flat_map(|Update { id, edits, said, .. }| {
            let edits = edits.iter().map(|edit| Command::EditPerson(*id, edit.clone()));
            edits.chain([Command::NoteListed(*id, issuer.to_owned(), said.clone())])
        });
        let agreed = self.agreed.iter().map(|(id, said)| Command::NoteListed(*id, issuer.to_owned(), said.clone()));
        added.chain(updated).chain(agreed).chain(question::decided(&self.questions)).collect()
    }

    /// How many people are added, and how many fields are changed.
    #[must_use]
    pub fn changes(&self) -> usize {
        let decided = self.questions.iter().flat_map(Question::commands);
        let decided = decided.filter(|command| !matches!(command, Command::NoteListed(..))).count();
        self.added.len() + self.updated.iter().map(|update| update.edits.len()).sum::<usize>() + decided
    }

    /// Takes decisions about questions. What is decided twice is as it was decided last.
    ///
    /// # Errors
    /// See [`DecisionError`]; then what was decided before the wrong one stays decided, and the plan is not to be used.
    pub fn decide(&mut self, decisions: &[(Which, Decision)]) -> Result<(), DecisionError> {
        for (which, decision) in decisions {
            let mut meant = self.questions.iter_mut().filter(|question| which.is(question)).peekable();
            if meant.peek().is_none() {
                return Err(DecisionError::NothingAsked(which.clone()));
            }
            meant.for_each(|question| question.decided = Some(*decision));
        }
        if let Some((one, other)) = question::contradiction(&self.questions) {
            let row = |question: &Question| (question.line, question.listed.name.clone());
            return Err(DecisionError::Contradiction { rows: [row(one), row(other)] });
        }
        Ok(())
    }

    /// Questions that nobody has decided: their rows are left out.
    pub fn open_questions(&self) -> impl Iterator<Item = &Question> {
        self.questions.iter().filter(|question| question.decided.is_none())
    }

    /// How many rows are left out of what is written: those that are refused, and those about which is asked.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.refused + self.open_questions().count()
    }

    /// How many cells are left out of rows that are written. Numbers that are never kept do not count.
    #[must_use]
    pub fn cells_left_out(&self) -> usize {
        let counts = |problem: &&Problem| match problem.refused {
            Refused::Cell => problem.kind != ProblemKind::NationalId,
            Refused::Column => problem.kind != ProblemKind::NationalIdColumn,
            Refused::Row => false,
        };
        self.problems.iter().filter(counts).count()
    }

    /// How many rows speak of nobody, or of somebody who has a row already.
    #[must_use]
    pub fn set_aside(&self) -> usize {
        let is_row = |note: &&PlanNote| {
            matches!(
                note,
                PlanNote::NotData { .. } | PlanNote::AddOn { .. } | PlanNote::Repeated { .. } | PlanNote::Joined { .. }
            )
        };
        self.notes.iter().filter(is_row).count()
    }

    /// Reads the rows of a table; notes which of them speak of nobody.
    fn read_rows(&mut self, numbered: NumberedTable<'_>, event: EventId, source: &Source) -> Vec<ReadRow> {
        let NumberedTable { number, table, columns } = numbered;
        let mut rows: Vec<ReadRow> = Vec::with_capacity(table.rows.len());
        let say_more = not_data::say_more(table);
        let mut dittos = Dittos::default();
        for row in table.rows.iter().filter(|row| !columns.is_blank(row)) {
            if let Some(what) = not_data::of_row(row, table, columns) {
                self.notes.push(PlanNote::NotData { line: row.line, what });
            } else if not_data::may_be_heading(row, columns, say_more) {
                rows.push(ReadRow::refused(row.line, ProblemKind::MayBeHeading));
            } else {
                rows.push(rows::read(&dittos.fill_in(row, columns), columns, event, source));
            }
        }
        self.notes.extend(dittos.note());
        rows.iter_mut().for_each(|row| row.table = number);
        self.join_add_ons(&mut rows, columns);
        rows
    }

    /// Keeps the columns of a table, and what is to be said of them.
    fn take_columns(&mut self, found: Recognised, columns: &mut Vec<Columns>) {
        let is_new = |column: &Column, known: &[Column]| !known.contains(column);
        let ignored = found.ignored.into_iter().filter(|column| is_new(column, &self.ignored));
        let ignored: Vec<Column> = ignored.collect();
        self.ignored.extend(ignored);
        self.problems.extend(found.problems);
        for note in found.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        columns.push(found.columns);
    }

    fn note_cells(&mut self, rows: &[ReadRow]) {
        let count = |in_row: fn(&ReadRow) -> usize| CellCount::of(rows, in_row);
        self.notes.extend(count(|row| row.told.placeholders).map(PlanNote::Placeholders));
        self.notes.extend(count(|row| row.told.short_year.into()).map(PlanNote::ShortYears));
        self.notes.extend(count(|row| row.told.has_remark.into()).map(PlanNote::RemarksInNames));
        self.notes.extend(count(|row| row.told.adorned).map(PlanNote::BareNames));
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
