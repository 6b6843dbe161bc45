//! What the columns of a paper list of hours are called.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use sync_core::import::{Dictionary, Meaning, plain_header};

/// A column of a paper list of hours.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum HoursColumn {
    /// Whose hours they are: a code.
    Code,
    /// Whose hours they are: a name.
    Name,
    /// A part of the name.
    Family,
    /// A part of the name.
    Given,
    /// A part of the name.
    Patronymic,
    /// The date of the work.
    Date,
    /// The time at which it began.
    From,
    /// The time at which it ended.
    To,
    /// The site where it was done.
    Site,
    /// How long, which follows from the others.
    Hours,
    /// A break, which belongs to no work.
    Break,
    /// What became of it: some words say that the row does not count.
    Status,
    /// Whether somebody stayed away.
    Absent,
    /// Whether somebody was there.
    Present,
}

/// What the columns of a paper list are called, in Kazakh, Russian and English.
const HOURS_HEADERS: [(HoursColumn, &str); 11] = [
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
    (
        HoursColumn::Status,
        "статус | отметка | отметка о явке | состояние | мәртебе | мәртебесі | күйі | status | state | attendance | \
         посещаемость | қатысуы | результат",
    ),
    (
        HoursColumn::Absent,
        "отсутствовал | отсутствовала | отсутствие | неявка | не явился | не явилась | не пришёл | не пришла | келмеді | \
         қатыспады | absent | no show | did not come | отменено | cancelled",
    ),
    (
        HoursColumn::Present,
        "присутствовал | присутствовала | присутствие | явка | явился | явилась | был | была | қатысты | present | attended | \
         came | showed up",
    ),
];

/// Names and codes are called here as in lists of people.
static PEOPLE: LazyLock<Dictionary> = LazyLock::new(|| Dictionary::with_profile(&BTreeMap::new()));

static KNOWN: LazyLock<BTreeMap<String, HoursColumn>> = LazyLock::new(|| {
    let names = |(column, names): &(HoursColumn, &'static str)| {
        let column = *column;
        names.split(" | ").map(move |name| (plain_header(name), column))
    };
    HOURS_HEADERS.iter().flat_map(names).collect()
});

fn of_person(header: &str) -> Option<HoursColumn> {
    match PEOPLE.meaning(header)? {
        Meaning::Code => Some(HoursColumn::Code),
        Meaning::FullName => Some(HoursColumn::Name),
        Meaning::Family => Some(HoursColumn::Family),
        Meaning::Given => Some(HoursColumn::Given),
        Meaning::Patronymic => Some(HoursColumn::Patronymic),
        _ => None,
    }
}

impl HoursColumn {
    /// Tells whether a header that can mean a whole name is a given name beside a family name: `Имя`, `Name`.
    #[must_use]
    pub fn is_given_name(header: &str) -> bool {
        PEOPLE.meaning(header) == Some(Meaning::Given)
    }

    /// Finds a column by its header; one in several languages counts if its parts agree.
    #[must_use]
    pub fn of_header(header: &str) -> Option<Self> {
        let known = |text: &str| KNOWN.get(&plain_header(text)).copied();
        known(header).or_else(|| of_person(header)).or_else(|| {
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

    /// Tells whether it says who somebody is.
    #[must_use]
    pub const fn is_of_person(self) -> bool {
        matches!(self, Self::Code | Self::Name | Self::Family | Self::Given | Self::Patronymic)
    }

    /// The usual headers of the column, the first of them in English.
    pub fn headers(self) -> impl Iterator<Item = &'static str> {
        let own = HOURS_HEADERS.iter().filter(move |(column, _)| *column == self);
        own.flat_map(|(_, names)| names.split(" | "))
    }
}
