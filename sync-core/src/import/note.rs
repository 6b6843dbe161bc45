//! What a plan tells beside its lines.

use std::fmt;

use super::cells::YOUNGEST;
use super::nobody::NotData;
use super::problem::{Column, Line};
use super::read_row::ReadRow;

/// Cells of which a plan tells together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CellCount {
    /// How many cells there are; at least one.
    pub count: usize,
    /// The line of the first of them.
    pub first_line: u64,
}

impl CellCount {
    /// Counts cells in the rows of a list; `None` where there is none.
    pub(super) fn of(rows: &[ReadRow], in_row: impl Fn(&ReadRow) -> usize) -> Option<Self> {
        let mut with_some = rows.iter().map(|row| (row.line, in_row(row))).filter(|(_, cells)| *cells > 0);
        let (first_line, first) = with_some.next()?;
        Some(Self { count: first + with_some.map(|(_, cells)| cells).sum::<usize>(), first_line })
    }

    /// Says something of the cells: `one` of a single one, `several` of more, behind their number.
    fn say(self, f: &mut fmt::Formatter<'_>, one: &str, several: &str) -> fmt::Result {
        let what = if self.count == 1 { one } else { several };
        write!(f, "{} {what}; the first is in {}", self.count, Line(self.first_line))
    }
}

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
    /// A row says of somebody who has another one that they are in a further shift or category, and is read with it.
    Joined {
        /// Line of the file.
        line: u64,
        /// The line of the other one.
        of: u64,
    },
    /// Cells say that there is nothing, and are read as blank.
    Placeholders(CellCount),
    /// Names are read without the number before them, or without the quotation marks around them.
    BareNames(CellCount),
    /// Cells stand for those above them, and are read as they.
    Dittos(CellCount),
    /// Years of birth are written with two digits.
    ShortYears(CellCount),
    /// Something stands behind names that may be no part of them: `(капитан)`, `- не придёт`.
    RemarksInNames(CellCount),
    /// Of two columns that mean the same one is read, as its cells say more.
    ColumnChosen {
        /// The column that is read.
        used: Column,
        /// The column whose cells go nowhere.
        left_alone: Column,
    },
    /// Columns that mean the same are read together.
    ColumnsTogether(Vec<Column>),
    /// Names are shorter forms of those on the roster, which stay.
    ShorterNames(CellCount),
    /// Rows name teams that the event does not have.
    UnknownTeams {
        /// How many rows name one of them.
        rows: usize,
        /// Some of the teams, as they are written.
        teams: Vec<String>,
    },
    /// Many codes name other people than before, as numbers of rows do.
    LooksLikeRowNumbers {
        /// How many codes name somebody else than before.
        codes: usize,
    },
}

impl fmt::Display for PlanNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotData { line, what } => write!(f, "{} is {}, and speaks of nobody", Line(*line), what.words()),
            Self::AddOn { line, of } => write!(f, "{} is an add-on to the ticket in {}", Line(*line), Line(*of)),
            Self::Joined { line, of } => {
                write!(
                    f,
                    "{} names the same person as {}, with another shift or category; both count",
                    Line(*line),
                    Line(*of)
                )
            }
            Self::Repeated { line, of } => write!(f, "{} says the same as {}, and counts once", Line(*line), Line(*of)),
            Self::Placeholders(cells) => cells.say(
                f,
                "cell only says that there is nothing, and counts as blank",
                "cells only say that there is nothing, and count as blank",
            ),
            Self::BareNames(cells) => cells.say(
                f,
                "name is read without the number before it or the quotation marks around it",
                "names are read without the number before them or the quotation marks around them",
            ),
            Self::Dittos(cells) => cells.say(
                f,
                "cell stands for what stands above, and is read as that",
                "cells stand for what stands above, and are read as that",
            ),
            Self::ShortYears(cells) => {
                let rule = format!(
                    "written with two digits: `90` is read as 1990, and as one of this century only where that makes nobody \
                     younger than {YOUNGEST}"
                );
                cells.say(f, &format!("year of birth is {rule}"), &format!("years of birth are {rule}"))
            }
            Self::RemarksInNames(cells) => cells.say(
                f,
                "name has a remark behind it, which is kept as a part of it",
                "names have a remark behind them, which is kept as a part of them",
            ),
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
            Self::ShorterNames(cells) => cells.say(
                f,
                "name is shorter than on the roster, where the whole name stays",
                "names are shorter than on the roster, where the whole names stay",
            ),
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
                 map their column to `-`, and people are known by name, telephone and year of birth; a list that has neither needs \
                 a column `Телефон`, whose cells may be blank"
            ),
        }
    }
}
