//! What a plan tells beside its lines.

use std::fmt;

use super::cells::YOUNGEST;
use super::not_data::NotData;
use super::problem::{Column, Line};

/// How a list was understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PlanNote {
    /// A row speaks of nobody, and is left out.
    NotData {
        /// Line of the file.
        line: u64,
        /// Why it speaks of nobody.
        what: NotData,
    },
    /// A row is a further ticket of somebody, as an add-on is.
    AddOn {
        /// Line of the file.
        line: u64,
        /// The line of their own ticket.
        of: u64,
    },
    /// A row says the same as another one, and is left out.
    Repeated {
        /// Line of the file.
        line: u64,
        /// The line of the other one, which counts.
        of: u64,
    },
    /// Cells say that there is nothing, and are read as blank.
    Placeholders {
        /// How many.
        cells: usize,
        /// The line of the first one.
        first_line: u64,
    },
    /// Names are read without the number before them, or without the quotation marks around them.
    BareNames {
        /// How many.
        cells: usize,
        /// The line of the first one.
        first_line: u64,
    },
    /// Cells stand for those above them, and are read as they.
    Dittos {
        /// How many.
        cells: usize,
        /// The line of the first one.
        first_line: u64,
    },
    /// Years of birth are written with two digits.
    ShortYears {
        /// How many.
        cells: usize,
        /// The line of the first one.
        first_line: u64,
    },
    /// Something stands behind names that may be no part of them: `(капитан)`, `- не придёт`.
    RemarksInNames {
        /// How many.
        cells: usize,
        /// The line of the first one.
        first_line: u64,
    },
    /// Of two columns that mean the same one is read, as its cells say more.
    ColumnChosen {
        /// It is read.
        used: Column,
        /// It is not.
        left_alone: Column,
    },
    /// Columns that mean the same are read together.
    ColumnsTogether(Vec<Column>),
    /// Names are shorter forms of those on the roster, which stay.
    ShorterNames {
        /// How many.
        cells: usize,
        /// The line of the first one.
        first_line: u64,
    },
    /// Rows name teams that the event does not have.
    UnknownTeams {
        /// How many rows.
        rows: usize,
        /// Some of the teams, as they are written.
        teams: Vec<String>,
    },
    /// Many codes name other people than before, as numbers of rows do.
    LooksLikeRowNumbers {
        /// How many codes.
        codes: usize,
    },
}

impl fmt::Display for PlanNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotData { line, what } => write!(f, "{} is {}, and speaks of nobody", Line(*line), what.words()),
            Self::AddOn { line, of } => write!(f, "{} is an add-on to the ticket in {}", Line(*line), Line(*of)),
            Self::Repeated { line, of } => write!(f, "{} says the same as {}, and counts once", Line(*line), Line(*of)),
            Self::Placeholders { cells, first_line } => {
                let (cells, say, count) = match cells {
                    1 => ("1 cell".to_owned(), "says", "counts"),
                    _ => (format!("{cells} cells"), "say", "count"),
                };
                write!(
                    f,
                    "{cells} only {say} that there is nothing, and {count} as blank; the first is in {}",
                    Line(*first_line)
                )
            }
            Self::BareNames { cells, first_line } => {
                let cells = if *cells == 1 { "1 name is".to_owned() } else { format!("{cells} names are") };
                write!(
                    f,
                    "{cells} read without the number before them or the quotation marks around them; the first is in {}",
                    Line(*first_line)
                )
            }
            Self::Dittos { cells, first_line } => {
                let (cells, stand) =
                    if *cells == 1 { ("1 cell".to_owned(), "stands") } else { (format!("{cells} cells"), "stand") };
                write!(
                    f,
                    "{cells} {stand} for what stands above, and are read as that; the first is in {}",
                    Line(*first_line)
                )
            }
            Self::ShortYears { cells, first_line } => {
                let (years, are) =
                    if *cells == 1 { ("1 year".to_owned(), "is") } else { (format!("{cells} years"), "are") };
                write!(
                    f,
                    "{years} of birth {are} written with two digits: `90` is read as 1990, and as one of this century only \
                     where that makes nobody younger than {YOUNGEST}; the first is in {}",
                    Line(*first_line)
                )
            }
            Self::RemarksInNames { cells, first_line } => {
                let (names, have) =
                    if *cells == 1 { ("1 name".to_owned(), "has") } else { (format!("{cells} names"), "have") };
                write!(
                    f,
                    "{names} {have} a remark behind the name, which is kept as a part of it; the first is in {}",
                    Line(*first_line)
                )
            }
            Self::ColumnChosen { used, left_alone } => {
                write!(
                    f,
                    "{used} is read; {left_alone} means the same by its header, not by its cells, and is left alone"
                )
            }
            Self::ColumnsTogether(columns) => {
                let named: Vec<String> = columns.iter().map(ToString::to_string).collect();
                write!(f, "{} mean the same and are read together", named.join(", "))
            }
            Self::ShorterNames { cells, first_line } => {
                let (names, are) =
                    if *cells == 1 { ("1 name".to_owned(), "is") } else { (format!("{cells} names"), "are") };
                write!(
                    f,
                    "{names} {are} shorter than on the roster, where the whole name stays; the first is in {}",
                    Line(*first_line)
                )
            }
            Self::UnknownTeams { rows, teams } => {
                let (rows, name) =
                    if *rows == 1 { ("1 row".to_owned(), "names") } else { (format!("{rows} rows"), "name") };
                let teams: Vec<String> = teams.iter().map(|team| format!("`{team}`")).collect();
                write!(
                    f,
                    "{rows} {name} a team by what is neither the key nor the name of a team of this event: {}",
                    teams.join(", ")
                )
            }
            Self::LooksLikeRowNumbers { codes } => write!(
                f,
                "{codes} codes name other people than before: they look like row numbers, which change when a list is sorted; \
                 map their column to `-`, and people are known by name, telephone and year of birth"
            ),
        }
    }
}
