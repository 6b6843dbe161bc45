//! From the rows of a list to a plan: whom it adds, what it changes, and what is wrong with it.
//!
//! Owns what columns are called, what cells mean and when a list may change what a person wrote. Deliberately writes
//! nothing and reads no files: a table comes in, a plan goes out, and a person looks at it before anything is done.

mod cells;
mod columns;
mod compare;
mod headers;
mod national_id;
mod problem;
mod profiles;
mod rows;
mod source;

use std::collections::BTreeMap;

pub use headers::Meaning;
pub use problem::{CELL_LIMIT_CHARS, Column, ImportError, Problem, ProblemKind, Refused};
pub use profiles::Profile;
pub use source::{NoIssuer, Said, Source};

use crate::canonical::canonical_code;
use crate::command::Command;
use crate::documents::Authored;
use crate::documents::roster::{ListKey, Person, PersonEdit, Roster};
use crate::ids::{EventId, PersonId, Subject};
use columns::{Columns, Recognised};
use compare::Changes;
use rows::ReadRow;

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
    /// One for each header.
    pub cells: Vec<String>,
}

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
    /// What is wrong, by line and column.
    pub problems: Vec<Problem>,
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
    /// Who.
    pub id: PersonId,
    /// At least one, at most one for each field.
    pub edits: Vec<PersonEdit>,
    /// What the list says of them now, for the next import of it.
    pub said: Person,
    /// Line of the file.
    pub line: u64,
}

/// Someone on the roster of whom the list says nothing new.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unchanged {
    /// Who.
    pub id: PersonId,
    /// Line of the file.
    pub line: u64,
}

/// A field where the list says something new that the import must not decide.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conflict {
    /// Who.
    pub person: PersonId,
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

/// Plans the import of `table` into `roster`.
///
/// A person is known by [`PersonId::of_external`] of the issuer and the code, or by having that code of that issuer
/// among their ids; where several people share a code, by it and their folded name; in a list without codes, by folded
/// name, telephone and year of birth. Correcting one of these in the list makes another person. A field is updated only
/// where the roster still says what the list said when it was imported last. Where the list still says that, nothing
/// changes, whatever was edited by hand since. Who is missing from the list is never withdrawn. Planning again after the
/// plan was carried out finds everything unchanged.
///
/// # Errors
/// [`ImportError`] where the headers do not tell names or people apart; everything else is a [`Problem`].
pub fn plan_import(table: &Table, roster: &Roster, event: EventId, source: &Source) -> Result<ImportPlan, ImportError> {
    let Recognised { columns, ignored, problems } = Columns::recognise(table, source)?;
    let mut plan = ImportPlan { ignored, problems, ..ImportPlan::default() };
    let mut rows: Vec<ReadRow> = table.rows.iter().filter_map(|row| rows::read(row, &columns, event, source)).collect();
    let known = ExternalIds::of(roster, &source.issuer);
    rows.iter_mut().for_each(|row| known.resolve(row, roster));
    refuse_repeated(&mut rows, &columns);
    for mut row in rows {
        plan.problems.append(&mut row.problems);
        match (row.id, row.person.take()) {
            (Some(id), _) if roster.erased.contains(&Subject::Person(id)) => {
                let (line, refused) = (row.line, Refused::Row);
                plan.problems.push(Problem { line, column: None, kind: ProblemKind::Erased, refused });
                plan.refused += 1;
            }
            (Some(id), Some(person)) => plan.place(id, person, &row, (roster, &columns, ListKey::of(&source.issuer))),
            _ => plan.refused += 1,
        }
    }
    plan.problems.sort_by(|a, b| (a.line, &a.column).cmp(&(b.line, &b.column)));
    Ok(plan)
}

/// Who on the roster has which id of one issuer. Somebody else's list may have brought them.
struct ExternalIds(BTreeMap<String, PersonId>);

impl ExternalIds {
    fn of(roster: &Roster, issuer: &str) -> Self {
        let mut known = BTreeMap::new();
        for (id, person) in roster.people.iter().filter_map(|(id, record)| Some((*id, record.shown()?))) {
            for external in person.external_ids.iter().filter(|external| external.issuer == issuer) {
                known.entry(canonical_code(&external.value)).or_insert(id);
            }
        }
        Self(known)
    }

    /// A person whom this list brought keeps the id that follows from it.
    fn resolve(&self, row: &mut ReadRow, roster: &Roster) {
        let is_listed = row.id.is_some_and(|id| roster.people.contains_key(&id));
        let code = row.person.as_ref().and_then(|person| person.external_ids.first());
        if let Some(known) = code.and_then(|code| self.0.get(&canonical_code(&code.value))).filter(|_| !is_listed) {
            row.id = Some(*known);
        }
    }
}

impl ImportPlan {
    /// What carries the plan out, in the name of the list's issuer.
    #[must_use]
    pub fn commands(&self, issuer: &str) -> Vec<Command> {
        let added = self.added.iter().map(|addition| Command::AddPerson(addition.id, addition.person.clone()));
        let updated = self.updated.iter().flat_map(|Update { id, edits, said, .. }| {
            let edits = edits.iter().map(|edit| Command::EditPerson(*id, edit.clone()));
            edits.chain([Command::NoteListed(*id, issuer.to_owned(), said.clone())])
        });
        let agreed = self.agreed.iter().map(|(id, said)| Command::NoteListed(*id, issuer.to_owned(), said.clone()));
        added.chain(updated).chain(agreed).collect()
    }

    /// How many people are added, and how many fields are changed.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.added.len() + self.updated.iter().map(|update| update.edits.len()).sum::<usize>()
    }

    fn place(
        &mut self,
        id: PersonId,
        person: Person,
        row: &ReadRow,
        (roster, columns, list): (&Roster, &Columns, ListKey),
    ) {
        let Some(record) = roster.people.get(&id) else {
            self.added.push(Addition { id, person, line: row.line });
            return;
        };
        let Changes { said, agrees, edits, mut conflicts } =
            compare::compare(id, &person, row, record, (columns, list));
        if edits.is_empty() && conflicts.is_empty() {
            self.unchanged.push(Unchanged { id, line: row.line });
        }
        if !edits.is_empty() {
            self.updated.push(Update { id, edits, said, line: row.line });
        } else if agrees {
            self.agreed.push((id, said));
        }
        self.conflicts.append(&mut conflicts);
    }
}

/// Refuses every row that speaks of the same person as another: nobody can tell which one is right.
fn refuse_repeated(rows: &mut [ReadRow], columns: &Columns) {
    let mut lines: BTreeMap<PersonId, (u64, Option<u64>)> = BTreeMap::new();
    for (id, line) in rows.iter().filter_map(|row| Some((row.id?, row.line))) {
        lines.entry(id).and_modify(|lines| lines.1 = lines.1.or(Some(line))).or_insert((line, None));
    }
    for row in rows {
        let Some((first, Some(second))) = row.id.and_then(|id| lines.get(&id)).copied() else {
            continue;
        };
        let other_line = if row.line == first { second } else { first };
        let column = columns.code().and_then(|code| columns.of_meaning(code)).cloned();
        let kind = match column {
            Some(_) => ProblemKind::DuplicateCode { other_line },
            None => ProblemKind::DuplicatePerson { other_line },
        };
        row.problems.push(Problem { line: row.line, column, kind, refused: Refused::Row });
        row.person = None;
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
