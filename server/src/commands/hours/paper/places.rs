//! Where the columns of a paper list stand, and which lists have columns of which nothing may be left out in silence.

use std::collections::BTreeSet;

use sync_core::import::{Column, Line, Row, Table};

use super::local_time::{read_moment, read_time};
use crate::tables::HoursColumn;

/// Where the columns stand.
pub(super) struct Places {
    pub code: Option<usize>,
    /// The cells that make the name together.
    pub names: Vec<usize>,
    /// `None` where the dates stand beside the times.
    pub date: Option<usize>,
    pub from: usize,
    pub to: usize,
    pub site: Option<usize>,
    pub hours: Option<usize>,
    pub breaks: Vec<usize>,
    /// Columns that say whether a row counts.
    pub attendance: Vec<(HoursColumn, usize)>,
    /// Columns in which something stands that is not read.
    pub unread: Vec<Column>,
}

/// What a row says once: a second column of these would be somebody else, or another stretch of work.
const ONLY_ONCE: [HoursColumn; 7] = [
    HoursColumn::Code,
    HoursColumn::Name,
    HoursColumn::Date,
    HoursColumn::From,
    HoursColumn::To,
    HoursColumn::Site,
    HoursColumn::Hours,
];

/// Words of headers of columns with times.
const WORDS_OF_TIME: [&str; 32] = [
    "с",
    "по",
    "до",
    "от",
    "начало",
    "конец",
    "окончание",
    "время",
    "приход",
    "уход",
    "пришел",
    "ушел",
    "пришёл",
    "ушёл",
    "from",
    "to",
    "until",
    "start",
    "end",
    "finish",
    "time",
    "in",
    "out",
    "басталуы",
    "аяқталуы",
    "бастап",
    "дейін",
    "уақыты",
    "келді",
    "кетті",
    "басы",
    "соңы",
];

impl Places {
    pub(super) fn of(table: &Table) -> Result<Self, String> {
        let kinds: Vec<Option<HoursColumn>> =
            table.headers.iter().map(|header| HoursColumn::of_header(header)).collect();
        let all = |column| kinds.iter().enumerate().filter(move |(_, kind)| **kind == Some(column)).map(|(at, _)| at);
        let place = |column| all(column).next();
        let needed = |column: HoursColumn| {
            let names: Vec<String> = column.headers().take(3).map(|name| format!("`{name}`")).collect();
            place(column).ok_or_else(|| format!("there is no column {}", names.join(", ")))
        };
        let names = names(table, place);
        if names.is_empty() {
            needed(HoursColumn::Code)?;
        }
        let (from, to) = (needed(HoursColumn::From)?, needed(HoursColumn::To)?);
        let is_dated = |row: &Row| read_moment(cell(row, from), |_| true).is_ok_and(|moment| moment.date.is_some());
        if !table.rows.iter().any(is_dated) {
            needed(HoursColumn::Date)?;
        }
        for column in ONLY_ONCE {
            only_once(&all(column).collect::<Vec<_>>(), table)?;
        }
        let unread: Vec<usize> = (0..kinds.len()).filter(|at| kinds[*at].is_none() && is_filled(table, *at)).collect();
        let times: Vec<usize> = unread.iter().copied().filter(|at| holds_times(table, *at)).collect();
        if !times.is_empty() {
            return Err(format!(
                "{} holds times and is not known: give each stretch of work a row of its own, with the headers `С` and `По`",
                named(&times, table)
            ));
        }
        let attendance = [HoursColumn::Status, HoursColumn::Absent, HoursColumn::Present];
        Ok(Self {
            code: place(HoursColumn::Code),
            names,
            date: place(HoursColumn::Date),
            from,
            to,
            site: place(HoursColumn::Site),
            hours: place(HoursColumn::Hours),
            breaks: all(HoursColumn::Break).collect(),
            attendance: attendance.into_iter().flat_map(|kind| all(kind).map(move |at| (kind, at))).collect(),
            unread: unread.into_iter().map(|at| column(table, at)).collect(),
        })
    }

    /// Tells whether a cell says who somebody is or where they were, and nothing of whether they came.
    pub(super) fn is_of_person(&self, at: usize) -> bool {
        self.code == Some(at) || self.site == Some(at) || self.names.contains(&at)
    }
}

/// A column with the whole name, or those with its parts.
fn names(table: &Table, place: impl Fn(HoursColumn) -> Option<usize>) -> Vec<usize> {
    let name = place(HoursColumn::Name);
    let family = place(HoursColumn::Family);
    let is_part = |at: usize| HoursColumn::is_given_name(&table.headers[at]);
    match (name, family) {
        (Some(name), Some(_)) if !is_part(name) => vec![name],
        (Some(name), None) => vec![name],
        (name, family) => {
            let given = name.or(place(HoursColumn::Given));
            [family, given, place(HoursColumn::Patronymic)].into_iter().flatten().collect()
        }
    }
}

/// Refuses a list in which a second column says something of the same kind, so that none of it is lost.
fn only_once(places: &[usize], table: &Table) -> Result<(), String> {
    let [first, further @ ..] = places else { return Ok(()) };
    let says_more =
        |at: &&usize| table.rows.iter().any(|row| !cell(row, **at).is_empty() && cell(row, **at) != cell(row, *first));
    let further: Vec<usize> = further.iter().filter(says_more).copied().collect();
    if further.is_empty() {
        return Ok(());
    }
    let columns = [*first].into_iter().chain(further).map(|at| format!("{} (`{}`)", at + 1, table.headers[at].trim()));
    Err(format!(
        "columns {} say the same of a row: give each person and each stretch of work a row of its own",
        columns.collect::<Vec<_>>().join(" and ")
    ))
}

/// Tells whether a column that nobody knows looks like one of times.
fn holds_times(table: &Table, at: usize) -> bool {
    let header = table.headers[at].to_lowercase();
    let has_word = header.split(|c: char| !c.is_alphanumeric()).any(|word| WORDS_OF_TIME.contains(&word));
    let cells = || table.rows.iter().map(|row| cell(row, at)).filter(|cell| !cell.is_empty());
    let is_time = |cell: &&str| {
        read_moment(cell, |_| true).is_ok() && (cell.contains(':') || (has_word && read_time(cell).is_ok()))
    };
    cells().filter(is_time).count() * 2 > cells().count()
}

fn is_filled(table: &Table, at: usize) -> bool {
    table.rows.iter().any(|row| !cell(row, at).is_empty())
}

fn named(places: &[usize], table: &Table) -> String {
    let columns: BTreeSet<String> = places.iter().map(|at| column(table, *at).to_string()).collect();
    columns.into_iter().collect::<Vec<_>>().join(" and ")
}

fn column(table: &Table, at: usize) -> Column {
    Column { number: at + 1, name: table.headers[at].trim().to_owned() }
}

/// Names a table by the line of its headers, where a list has several.
pub(super) fn of_table(table: &Table, tables: &[Table]) -> String {
    if tables.len() > 1 { format!(", {}", Line(table.header_line)) } else { String::new() }
}

/// A cell without the blanks around it; a short row says nothing.
pub(super) fn cell(row: &Row, at: usize) -> &str {
    row.cells.get(at).map_or("", |cell| cell.trim())
}
