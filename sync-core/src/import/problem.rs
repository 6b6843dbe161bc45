//! What can be wrong with a list, with its line and column.
//!
//! A problem never quotes a cell: the person who imports has the file, and nobody else should read it in a log.

use std::fmt;

use super::headers::synonyms;
use super::meaning::Meaning;

/// Longest cell that is imported, in characters.
pub const CELL_LIMIT_CHARS: usize = crate::command::LINE_LIMIT_CHARS;

/// One column of the list.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
pub struct Column {
    /// The number of the column, from 1.
    pub number: usize,
    /// Its header as it stands in the list, shortened to 80 characters; empty where it has none.
    pub name: String,
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            return write!(f, "column {}", self.number);
        }
        write!(f, "column {} ({})", self.number, self.name)
    }
}

/// A line of a list, as it is named: rows of a further sheet are counted from [`SHEET_LINES`](super::SHEET_LINES) on, those
/// of one file of several from [`FILE_LINES`](super::FILE_LINES) on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line(pub u64);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, line) = (self.0 / super::FILE_LINES, self.0 % super::FILE_LINES);
        let (sheet, line) = (line / super::SHEET_LINES, line % super::SHEET_LINES);
        if file > 0 {
            write!(f, "file {file}, ")?;
        }
        if sheet > 0 {
            write!(f, "sheet {}, ", sheet + 1)?;
        }
        write!(f, "line {line}")
    }
}

/// How much of the list is left out because of a problem.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// The cell. It says nothing about the person; the rest of the row counts.
    Cell,
    /// The row is not imported.
    Row,
    /// The column, in every row.
    Column,
}

/// Something wrong with a list, and where.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Problem {
    /// Line of the file, from 1.
    pub line: u64,
    /// The column, unless the whole row is meant.
    pub column: Option<Column>,
    /// What is wrong with the row or the column.
    pub kind: ProblemKind,
    /// What is left out.
    pub refused: Refused,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Line(self.line))?;
        if let Some(column) = &self.column {
            write!(f, ", {column}")?;
        }
        let left_out = match self.refused {
            Refused::Cell => "cell",
            Refused::Row => "row",
            Refused::Column => "column",
        };
        write!(f, ": {}; the {left_out} is not imported", self.kind)
    }
}

/// What is wrong with a cell, a row or a column. Its serialised name is stable.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error, serde::Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProblemKind {
    /// The column holds national id numbers.
    #[error("national id numbers (ИИН, ЖСН, IIN) are not kept here")]
    NationalIdColumn,
    /// Two columns mean the same.
    #[error("{other} says the same, and their cells do not tell which is right; {}", leave_alone(other))]
    DuplicateColumn {
        /// The other column with the same meaning.
        other: Column,
    },
    /// The row has cells beyond the last header.
    #[error("the row has {found} cells under {expected} headers")]
    CellCount {
        /// How many headers there are.
        expected: usize,
        /// How many cells there are.
        found: usize,
    },
    /// Whoever the row is about was erased.
    #[error("this person asked to be erased; nothing is written about them any more")]
    Erased,
    /// There is no name.
    #[error("there is no name")]
    NoName,
    /// The name is that of several people.
    #[error("the cell names several people: give each a row")]
    SeveralPeople,
    /// A telephone number stands in the name.
    #[error("a number stands in the name: give it a column of its own")]
    NumberInName,
    /// A program wrote letters as other characters.
    #[error("letters are written as other characters, such as `%D0%90` or `&Aacute;`; write the name as it is read")]
    Escaped,
    /// The row may be the heading of a part.
    #[error(
        "the row may be a heading, for nothing else stands in it: if it names somebody, give them a telephone number, a year of \
         birth or a code"
    )]
    MayBeHeading,
    /// The cell stands for the one above it.
    #[error("the cell stands for the one above it: write out what is meant")]
    Ditto,
    /// There is no code, although the list has a column for it, and neither a telephone number nor a year of birth.
    #[error("there is no code to know the person by: write one, or a telephone number or a year of birth")]
    NoCode,
    /// Another row has the same code.
    #[error("{} has the same code and says something else; leave one of them out (--sheet reads one sheet alone)", Line(*other_line))]
    DuplicateCode {
        /// The first such row, or the second, seen from the first.
        other_line: u64,
    },
    /// In a list without codes, another row has the same name, telephone and year of birth.
    #[error(
        "{} has the same name, telephone and year of birth; if they are two people, give them codes or patronymics, else \
         leave one of them out", Line(*other_line)
    )]
    DuplicatePerson {
        /// The first such row, or the second, seen from the first.
        other_line: u64,
    },
    /// The cell is too long.
    #[error("the cell is longer than {} characters", CELL_LIMIT_CHARS)]
    TooLong,
    /// The cell holds control characters.
    #[error("the cell holds invisible control characters")]
    ControlCharacters,
    /// The file was saved in an encoding that lacks some letters.
    #[error("letters were lost when the file was saved; save it as UTF-8")]
    LostLetters,
    /// A spreadsheet turned the number into one like 7.70175E+10.
    #[error(
        "a spreadsheet turned the number into one like 7.7E+10, and its digits are lost; format the column as text and take \
         the numbers from where they came"
    )]
    LostDigits,
    /// A spreadsheet took a code or a team such as 3-1 for a date.
    #[error("a spreadsheet turned this into a date; format the column as text and write it again as it was")]
    BecameDate,
    /// A spreadsheet shows a code or a number as an amount of money or as a part of a hundred.
    #[error("a spreadsheet shows this as an amount; format the column as text and write it again as it was")]
    BecameAmount,
    /// A formula of the spreadsheet has no stored value.
    #[error("the formula has no stored value; open the file in a spreadsheet and save it there")]
    UnstoredFormula,
    /// The code is a whole sentence.
    #[error("this is a sentence and no code")]
    NotACode,
    /// There is no digit in a telephone number.
    #[error("a telephone number has digits")]
    NotAPhone,
    /// A formula of the spreadsheet failed.
    #[error("the spreadsheet shows an error instead of a value")]
    FailedFormula,
    /// Nobody was born in such a year.
    #[error("the year of birth is not between {earliest} and {latest}")]
    BirthYear {
        /// First year that is believed.
        earliest: u16,
        /// Last year that is believed.
        latest: u16,
    },
    /// The language is not known by that name.
    #[error("a language is not known; write its code, such as kk, ru or en")]
    UnknownLanguage,
    /// The cell holds a national id number.
    #[error("the cell holds a national id number (ИИН, ЖСН, IIN), which is not kept here")]
    NationalId,
}

/// Why nothing of a list can be imported.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ImportError {
    /// Columns that nobody can do without were not found. Rename them, or map them by hand.
    #[error(
        "{}{}; {} has {}{}{}", in_line(*line), needs(missing), if line.is_some() { "the table" } else { "the list" },
        found_headers(found), way_out(missing, suggested.as_deref(), found), refused_numbers(national_ids)
    )]
    MissingColumns {
        /// Where the headers stand, if the list has several tables.
        line: Option<u64>,
        /// What is needed; one of each inner list would do.
        missing: Vec<Vec<Meaning>>,
        /// The headers of the list.
        found: Vec<String>,
        /// A column that may hold what is missing.
        suggested: Option<Box<Suggested>>,
        /// Columns that nobody may use, because they hold national id numbers.
        national_ids: Vec<Column>,
    },
    /// Two columns claim to be the code, or the same part of the name.
    #[error(
        "{}{first} and {second} mean the same, and their cells do not tell which is right; {}", in_line(*line),
        leave_alone(second)
    )]
    AmbiguousColumns {
        /// Where the headers stand, if the list has several tables.
        line: Option<u64>,
        /// The one further left.
        first: Column,
        /// The column further to the right.
        second: Column,
    },
    /// Two lists stand side by side.
    #[error(
        "{}two lists stand side by side, and a row speaks of two people; import the file twice, and leave one of them alone \
         each time: {}, and then {}; or write the people of the right list below those of the left", in_line(*line),
        all_left_alone(right), all_left_alone(left)
    )]
    TwoLists {
        /// Where the headers stand, if the list has several tables.
        line: Option<u64>,
        /// The known columns of the left list.
        left: Vec<Column>,
        /// Those of the right list.
        right: Vec<Column>,
    },
}

/// What a column may mean that nobody knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Suggested {
    /// The column of which nobody knows what it means.
    pub column: Column,
    /// What its cells look like.
    pub meaning: Meaning,
}

impl ImportError {
    /// Says in which line the headers stand.
    pub(super) fn in_line(mut self, header_line: u64) -> Self {
        let (Self::MissingColumns { line, .. } | Self::AmbiguousColumns { line, .. } | Self::TwoLists { line, .. }) =
            &mut self;
        *line = Some(header_line);
        self
    }
}

fn in_line(line: Option<u64>) -> String {
    line.map(|line| format!("{}: ", Line(line))).unwrap_or_default()
}

/// How to go on where two columns mean the same.
fn leave_alone(column: &Column) -> String {
    let header = if column.name.is_empty() { format!("#{}", column.number) } else { column.name.clone() };
    format!(
        "map one of them to `-` and it is left alone: --map \"{header}=-\", over HTTP columns={{\"{header}\":\"-\"}}; where \
         both are called alike, \"#{}\" is the column with this number",
        column.number
    )
}

fn all_left_alone(columns: &[Column]) -> String {
    let each: Vec<String> = columns.iter().map(|column| format!("--map \"#{}=-\"", column.number)).collect();
    each.join(" ")
}

/// How many usual headers an error names for each meaning.
const NAMED_HEADERS: usize = 3;

fn needs(missing: &[Vec<Meaning>]) -> String {
    let needs = missing.iter().map(|one_of| {
        let headers = one_of.iter().flat_map(|meaning| synonyms(*meaning).take(NAMED_HEADERS));
        let headers: Vec<String> = headers.map(|header| format!("`{header}`")).collect();
        format!("no column is called {}", headers.join(", "))
    });
    needs.collect::<Vec<_>>().join("; ")
}

fn found_headers(found: &[String]) -> String {
    let named: Vec<String> = found.iter().filter(|name| !name.is_empty()).map(|name| format!("`{name}`")).collect();
    if named.is_empty() { "no headers".to_owned() } else { named.join(", ") }
}

/// How to go on: which column may hold what is missing, or what to add to the list.
fn way_out(missing: &[Vec<Meaning>], suggested: Option<&Suggested>, found: &[String]) -> String {
    if found.iter().all(String::is_empty) {
        return String::new();
    }
    // Nobody's headers have a telephone number in them.
    if found.iter().any(|header| header.chars().filter(char::is_ascii_digit).count() >= 7) {
        return "; this line seems to hold a person and no headers: write the headers above it".to_owned();
    }
    let map = |header: &str, meaning: Meaning| {
        let key = meaning.key();
        format!("--map \"{header}={key}\", over HTTP columns={{\"{header}\":\"{key}\"}}")
    };
    if let Some(Suggested { column, meaning }) = suggested {
        let header = if column.name.is_empty() { format!("#{}", column.number) } else { column.name.clone() };
        return format!("; say what a column means that is called otherwise: {}", map(&header, *meaning));
    }
    let lacks_names = missing.iter().any(|one_of| one_of.contains(&Meaning::FullName));
    if lacks_names {
        let map = map("HEADER", Meaning::FullName);
        return format!("; if a column holds names under another header, say which one: {map}");
    }
    format!(
        "; nothing in it tells two people of one name apart: add a column `Телефон` or `Год рождения` (its cells may be blank \
         where all names are different), or say which column holds codes: {}",
        map("HEADER", Meaning::Code)
    )
}

fn refused_numbers(columns: &[Column]) -> String {
    let refused = columns.iter().map(|column| format!("; {column}: {}", ProblemKind::NationalIdColumn));
    refused.collect()
}
