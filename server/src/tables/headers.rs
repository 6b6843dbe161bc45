//! Tells which words are headers, of whichever kind of list is read.

use std::collections::BTreeMap;

use sync_core::import::{Dictionary, Meaning};

use super::hours_column::HoursColumn;

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
            Self::Hours => {
                let mut columns = headers.iter().filter_map(|it| HoursColumn::of_header(it));
                columns.any(HoursColumn::is_of_time) && headers.iter().any(|header| self.tells_apart(header))
            }
        }
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

/// By this somebody is known again in a later list.
const fn stays_the_same(meaning: Meaning) -> bool {
    is_code(meaning) || matches!(meaning, Meaning::Phone | Meaning::BirthYear | Meaning::BirthDate)
}
