//! Tells which words are headers, of lists of people and of paper lists of hours.

use std::collections::BTreeMap;

use sync_core::import::{Dictionary, Meaning, plain_header};

/// What kind of list is read: its headers are known by it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ListKind {
    /// People; with what columns mean that are called otherwise, by header.
    People(BTreeMap<String, Meaning>),
    /// Hours on paper.
    Hours,
}

impl Default for ListKind {
    fn default() -> Self {
        Self::People(BTreeMap::new())
    }
}

/// A column of a paper list of hours.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum HoursColumn {
    /// Whose hours they are: a code.
    Code,
    /// Whose hours they are: a name.
    Name,
    /// The date.
    Date,
    /// When it began.
    From,
    /// When it ended.
    To,
    /// Where.
    Site,
    /// How long, which follows from the others.
    Hours,
    /// A break, which belongs to no work.
    Break,
}

/// What the columns of a paper list are called, in Kazakh, Russian and English.
const HOURS_HEADERS: [(HoursColumn, &str); 8] = [
    (
        HoursColumn::Code,
        "code | код | коды | бейдж | badge | id | код участника | код волонтёра | № бейджа | номер бейджа | \
         қатысушы коды | волонтёр коды | бейдж нөмірі | badge number | badge no",
    ),
    (
        HoursColumn::Name,
        "фио | ф.и.о. | имя | участник | волонтёр | аты-жөні | толық аты | толық аты-жөні | қатысушы | name | full name | \
         volunteer | participant | who | кто | кім",
    ),
    (HoursColumn::Date, "date | дата | күні | күн | day | день | число | дата работы | жұмыс күні"),
    (
        HoursColumn::From,
        "from | с | от | начало | время начала | начало работы | пришёл | приход | время прихода | start | start time | \
         begin | began | time in | in | check-in | басы | басталуы | басталу уақыты | бастап | келді | келген уақыты",
    ),
    (
        HoursColumn::To,
        "to | по | до | конец | окончание | время окончания | конец работы | ушёл | уход | время ухода | end | \
         end time | until | finish | time out | out | check-out | соңы | аяқталуы | аяқталу уақыты | дейін | кетті | \
         кеткен уақыты",
    ),
    (
        HoursColumn::Site,
        "site | площадка | место | участок | где | place | location | алаң | алаңы | орын | орны | жері",
    ),
    (
        HoursColumn::Hours,
        "hours | часы | часов | кол-во часов | количество часов | отработано | отработано часов | всего часов | итого часов | \
         сағат | сағаты | сағат саны | жұмыс сағаты | total hours | hours worked | duration | длительность | ұзақтығы | h | \
         всего | итого | часы работы | кол. часов | кол во часов | барлығы | барлық сағат | total | worked",
    ),
    (
        HoursColumn::Break,
        "break | обед | перерыв | перерыв на обед | обеденный перерыв | обед с | обед по | обед до | lunch | lunch break | \
         үзіліс | түскі үзіліс | түскі ас",
    ),
];

impl HoursColumn {
    /// Finds a column by its header; one in several languages counts if its parts agree.
    #[must_use]
    pub fn of_header(header: &str) -> Option<Self> {
        let known = |text: &str| {
            let wanted = plain_header(text);
            let is_called = |names: &str| names.split(" | ").any(|name| plain_header(name) == wanted);
            HOURS_HEADERS.iter().find(|(_, names)| !wanted.is_empty() && is_called(names)).map(|(column, _)| *column)
        };
        known(header).or_else(|| {
            let parts = header.split(['/', '|', '(', ')', '\n', ',', ';']).filter_map(known);
            let mut columns: Vec<Self> = parts.collect();
            columns.dedup();
            // `Обед / С` is no beginning of work.
            if columns.contains(&Self::Break) {
                return Some(Self::Break);
            }
            if let [column] = columns[..] { Some(column) } else { None }
        })
    }

    /// The usual headers of the column, the first of them in English.
    pub fn headers(self) -> impl Iterator<Item = &'static str> {
        let own = HOURS_HEADERS.iter().filter(move |(column, _)| *column == self);
        own.flat_map(|(_, names)| names.split(" | "))
    }
}

/// Knows which words are headers.
pub(super) enum HeaderWords {
    People(Box<Dictionary>),
    Hours,
}

impl HeaderWords {
    pub(super) fn of(kind: &ListKind) -> Self {
        match kind {
            ListKind::People(by_hand) => Self::People(Box::new(Dictionary::of_any_list(by_hand))),
            ListKind::Hours => Self::Hours,
        }
    }

    /// A number for what a header means; the same for headers that mean the same.
    pub(super) fn meaning(&self, header: &str) -> Option<usize> {
        match self {
            Self::People(dictionary) => dictionary.meaning(header).map(|meaning| meaning as usize),
            Self::Hours => HoursColumn::of_header(header).map(|column| column as usize),
        }
    }
}
