//! Who may be meant by what somebody types: the one place where an app's search happens.

use super::naming::may_be_a_name;
use super::{Directory, FoundBy, Listed, PersonRow, Spelling};
use crate::ids::Subject;
use crate::names::{Fit, Matcher, NameKey, in_other_layouts, phones::searched};
use crate::spoken::{NoCode, SpokenCode};
use crate::words::Language;

/// Somebody whom a query means.
pub(super) struct Found<'a> {
    pub listed: &'a Listed,
    by: Option<FoundBy>,
}

/// How well somebody fits what was typed; the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Code,
    Phone,
    /// It is the whole name, as it is written here.
    WholeName(Fit),
    Name(Fit),
}

impl Found<'_> {
    /// The row as it is handed out.
    pub fn row(&self) -> PersonRow {
        self.listed.shown(self.by)
    }
}

impl Rank {
    const fn by(self) -> FoundBy {
        match self {
            Self::Code => FoundBy::Code,
            Self::Phone => FoundBy::Phone,
            Self::WholeName(Fit::Guess) | Self::Name(Fit::Guess) => FoundBy::OtherReading,
            Self::WholeName(_) | Self::Name(_) => FoundBy::Name,
        }
    }
}

impl Directory {
    /// Everybody whom `text` may mean, the best first. Where that is nobody, it may have been typed while another keyboard
    /// layout was on; where that is nobody too, a symbol of a spoken code may have been heard wrong, or a letter of a name
    /// typed wrong.
    pub(super) fn find(&self, text: &str, language: Language) -> Vec<Found<'_>> {
        let by_name = self.by_name(language);
        if !text.is_empty() && !text.contains(char::is_alphanumeric) {
            return Vec::new();
        }
        if text.is_empty() {
            return by_name.iter().map(|place| Found { listed: &self.people[*place], by: None }).collect();
        }
        let readings: Vec<String> = std::iter::once(text.to_owned()).chain(in_other_layouts(text)).collect();
        let found = readings.iter().map(|reading| self.find_as_typed(reading, by_name));
        let misheard = std::iter::once_with(|| self.find_misheard(text));
        let mistyped = readings.iter().map(|reading| self.find_mistyped(reading, by_name));
        found.chain(misheard).chain(mistyped).find(|found| !found.is_empty()).unwrap_or_default()
    }

    fn find_as_typed(&self, text: &str, by_name: &[usize]) -> Vec<Found<'_>> {
        let with_code: Vec<Subject> = self.with_code(text).into_iter().map(|listed| listed.row.subject).collect();
        let whole_name = text.to_lowercase();
        let digits = searched(text);
        let matcher = Matcher::new(text);
        let keys = self.keys();
        let rank = |(listed, keys): (&Listed, &[NameKey])| {
            if with_code.contains(&listed.row.subject) {
                return Some(Rank::Code);
            }
            match &digits {
                Some(digits) => listed.digits.iter().any(|phone| phone.contains(digits)).then_some(Rank::Phone),
                // What is somebody's code is nobody's name, unless it could be one.
                None if !with_code.is_empty() && !may_be_a_name(text) => None,
                None => {
                    let fit = keys.iter().filter_map(|key| matcher.fit(key)).min()?;
                    let is_called_so = listed.spellings.iter().any(|name| name.text().to_lowercase() == whole_name);
                    Some(if is_called_so { Rank::WholeName(fit) } else { Rank::Name(fit) })
                }
            }
        };
        let everybody = by_name.iter().map(|place| (&self.people[*place], &keys[*place][..]));
        let mut found: Vec<(Rank, &Listed)> =
            everybody.filter_map(|(listed, keys)| Some((rank((listed, keys))?, listed))).collect();
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(rank, listed)| Found { listed, by: Some(rank.by()) }).collect()
    }

    /// Everybody whose spoken code it is but for one symbol.
    fn find_misheard(&self, text: &str) -> Vec<Found<'_>> {
        let Err(NoCode::Check { meant }) = SpokenCode::parse(text) else { return Vec::new() };
        let is_meant = |listed: &&Listed| meant.iter().any(|meant| listed.speaking(meant.code).is_some());
        let found = self.people.iter().filter(is_meant);
        found.map(|listed| Found { listed, by: Some(FoundBy::MisheardCode) }).collect()
    }

    /// Everybody whose name it is but for a mistake in a word, by name.
    fn find_mistyped(&self, text: &str, by_name: &[usize]) -> Vec<Found<'_>> {
        if searched(text).is_some() {
            return Vec::new();
        }
        let (matcher, keys) = (Matcher::new(text), self.keys());
        let is_meant = |place: &&usize| keys[**place].iter().any(|key| matcher.fits_mistyped(key));
        let found = by_name.iter().filter(is_meant).map(|place| &self.people[*place]);
        found.map(|listed| Found { listed, by: Some(FoundBy::MistypedName) }).collect()
    }

    /// The folded spellings of everybody.
    fn keys(&self) -> &[Vec<NameKey>] {
        let folded = |listed: &Listed| listed.spellings.iter().flat_map(Spelling::keys).collect();
        self.keys.get_or_init(|| self.people.iter().map(folded).collect())
    }
}
