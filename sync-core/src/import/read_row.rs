//! What a row of a list says, as it was read.

use super::problem::{Problem, ProblemKind, Refused};
use super::question::Doubt;
use crate::documents::roster::{Person, PersonField};
use crate::ids::PersonId;

/// What a row says. A row that is refused may still be known by its code, so that another row with it is refused too.
pub(super) struct ReadRow {
    pub line: u64,
    /// In which table of the list it stands.
    pub table: usize,
    pub id: Option<PersonId>,
    /// Of a row without a code, the id that follows from the name, the telephone and the year of birth.
    pub derived_id: Option<PersonId>,
    /// Somebody else of the roster whom the row may mean.
    pub alike: Option<Alike>,
    /// By which code the list knows the person.
    pub code: Option<String>,
    /// Without what was refused; `None` where the whole row is.
    pub person: Option<Person>,
    /// Fields of which the row says nothing, because their cells were refused.
    pub unsaid: Vec<PersonField>,
    pub problems: Vec<Problem>,
    pub told: Told,
    /// The ticket to which this one is an add-on, as the list writes it.
    pub add_on_to: Option<String>,
}

/// How the cells of a row were read, where a person might think otherwise.
#[derive(Clone, Copy, Default)]
pub(super) struct Told {
    /// Cells that say that there is nothing.
    pub placeholders: usize,
    /// Names that are written with a number before them or in quotation marks.
    pub adorned: usize,
    /// The year of birth is written with two digits.
    pub short_year: bool,
    /// Something stands behind the name that may be no part of it.
    pub has_remark: bool,
}

impl ReadRow {
    /// A row that is refused before it is read.
    pub(super) fn refused(line: u64, kind: ProblemKind) -> Self {
        let problem = Problem { line, column: None, kind, refused: Refused::Row };
        Self {
            line,
            table: 0,
            id: None,
            derived_id: None,
            alike: None,
            code: None,
            person: None,
            unsaid: Vec::new(),
            problems: vec![problem],
            told: Told::default(),
            add_on_to: None,
        }
    }
}

/// Somebody whom a row may mean.
#[derive(Clone, Debug)]
pub(super) struct Alike {
    pub id: PersonId,
    pub doubt: Doubt,
}
