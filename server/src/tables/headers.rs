//! Tells which words are headers, of whichever kind of list is read.

use std::collections::BTreeMap;

use sync_core::import::{Dictionary, Meaning, counts_rows, plain_header};

use super::hours_column::HoursColumn;

/// What kind of list is read: its headers are known by it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ListKind {
    /// People; with what columns mean that are called otherwise, by header.
    People(BTreeMap<String, Meaning>),
    /// A list of hours that were written on paper.
    Hours,
}

impl Default for ListKind {
    fn default() -> Self {
        Self::People(BTreeMap::new())
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

    /// Tells whether a column says who somebody is: by a name or a code.
    pub(super) fn tells_apart(&self, header: &str) -> bool {
        match self {
            Self::People(dictionary) => dictionary.meaning(header).is_some_and(|it| is_name(it) || is_code(it)),
            Self::Hours => HoursColumn::of_header(header).is_some_and(HoursColumn::is_of_person),
        }
    }

    /// Tells whether there are columns for what a row of a list must say.
    pub(super) fn are_complete(&self, headers: &[String]) -> bool {
        match self {
            Self::People(dictionary) => {
                let has = |is: fn(Meaning) -> bool| headers.iter().filter_map(|it| dictionary.meaning(it)).any(is);
                has(is_name) && has(stays_the_same)
            }
            // A list of hours that lacks one of its columns is refused, and not left out.
            Self::Hours => says_when(headers) && headers.iter().any(|header| self.tells_apart(header)),
        }
    }

    /// Tells whether headers are those of people whom a list could be about. Sums of hours are about nobody's work.
    pub(super) fn may_be_of_people(&self, headers: &[String]) -> bool {
        self.have_names(headers) && (matches!(self, Self::People(_)) || says_when(headers))
    }

    /// Tells whether somebody has names in the columns.
    pub(super) fn have_names(&self, headers: &[String]) -> bool {
        headers.iter().any(|header| match self {
            Self::People(dictionary) => dictionary.meaning(header).is_some_and(is_name),
            Self::Hours => {
                HoursColumn::of_header(header).is_some_and(|it| it.is_of_person() && it != HoursColumn::Code)
            }
        })
    }

    /// Tells whether a text is a header of names that nobody is called like, as `ФИО` is and `Участник` may be.
    pub(super) fn is_header_of_names(&self, header: &str) -> bool {
        let plain = plain_header(header);
        self.have_names(std::slice::from_ref(&header.to_owned()))
            && WORDS_FOR_NAMES.iter().any(|word| plain.contains(word))
    }

    /// Tells whether a text stands above a column, whether or not the column is read.
    pub(super) fn is_header(&self, header: &str) -> bool {
        self.meaning(header).is_some() || UNREAD_HEADERS.contains(&plain_header(header).as_str()) || counts_rows(header)
    }

    /// Tells whether a text names what may be said of many people at once, as `Отряд` in `Отряд: Орлы`.
    pub(super) fn is_label(&self, header: &str) -> bool {
        match self {
            Self::People(dictionary) => dictionary.is_label(header),
            Self::Hours => HoursColumn::of_header(header).is_some_and(|column| !column.is_of_person()),
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

const fn is_name(meaning: Meaning) -> bool {
    matches!(meaning, Meaning::FullName | Meaning::Family | Meaning::Given)
}

const fn is_code(meaning: Meaning) -> bool {
    matches!(meaning, Meaning::Code | Meaning::SharedCode)
}

/// Tells whether a list of hours says when somebody was there. How long alone is a sum of other rows.
fn says_when(headers: &[String]) -> bool {
    let mut columns = headers.iter().filter_map(|it| HoursColumn::of_header(it));
    columns.any(|column| matches!(column, HoursColumn::Date | HoursColumn::From | HoursColumn::To))
}

/// A header with one of these is about names, and is no name.
const WORDS_FOR_NAMES: [&str; 10] =
    ["фио", "фамили", "имя", "аты", "тегі", "таә", "есімі", "name", "surname", "атыжөні"];

/// Headers of columns that lists have and nobody reads here.
const UNREAD_HEADERS: [&str; 42] = [
    "должность",
    "лауазымы",
    "position",
    "примечание",
    "примечания",
    "ескерту",
    "комментарий",
    "комментарии",
    "remarks",
    "notes",
    "comment",
    "comments",
    "подпись",
    "қолы",
    "signature",
    "адрес",
    "мекенжайы",
    "address",
    "почта",
    "электроннаяпочта",
    "элпочта",
    "email",
    "эладрес",
    "город",
    "қала",
    "city",
    "класс",
    "сынып",
    "grade",
    "class",
    "возраст",
    "жасы",
    "age",
    "пол",
    "жынысы",
    "gender",
    "sex",
    "статус",
    "мәртебесі",
    "status",
    "авто",
    "роль",
];

/// By this somebody is known again in a later list.
const fn stays_the_same(meaning: Meaning) -> bool {
    is_code(meaning) || matches!(meaning, Meaning::Phone | Meaning::BirthYear | Meaning::BirthDate)
}
