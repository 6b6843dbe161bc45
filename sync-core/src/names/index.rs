//! Finds people among hundreds of thousands: by name in any spelling, by the end of a telephone number, by code.
//!
//! Owns what a query means and who fits it best. Deliberately keeps no record: it gives back whom it was told of, and
//! holds about a hundred bytes for each. Built at once and then only read.

mod search;
mod vocabulary;

use crate::canonical::canonical_code;
use crate::documents::roster::PersonName;
use crate::names::NameKey;
use crate::names::phones::numbers;
use crate::spoken::SpokenCode;
use vocabulary::Vocabulary;

pub use search::{Hit, How};

/// Digits of a telephone number that are kept, from its end.
const PHONE_DIGITS: usize = 10;

/// What somebody can be found by.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a, W> {
    /// Whom a search gives back.
    pub who: W,
    /// Every spelling of their name.
    pub names: &'a [PersonName],
    /// As it was given.
    pub phone: Option<&'a str>,
    /// The code that is spoken.
    pub spoken: SpokenCode,
    /// Codes on badges and lists.
    pub codes: &'a [&'a str],
}

/// An index over people.
#[derive(Debug)]
pub struct PeopleIndex<W> {
    /// The owner of each name; somebody with several names is there once for each.
    owners: Vec<W>,
    /// All names as [`NameKey`]s, one after the other; each of `owners` has one, and is there once for each name.
    keys: Texts,
    vocabulary: Vocabulary,
    /// Telephone numbers, from their last digit to the first, with the place of their owner.
    phones: Vec<(u64, u32)>,
    spoken: Vec<(SpokenCode, u32)>,
    /// What [`fold_code`] makes of each code, with the place of its owner.
    codes: Vec<(u64, u32)>,
}

impl<W: Copy + Ord> PeopleIndex<W> {
    /// Indexes `people`, who may come in any order.
    #[must_use]
    pub fn of<'a>(people: impl IntoIterator<Item = Listed<'a, W>>) -> Self {
        let mut named: Vec<(NameKey, W, Contacts)> = Vec::new();
        for person in people {
            let mut keys: Vec<NameKey> = person.names.iter().map(key_of).collect();
            keys.sort_unstable();
            keys.dedup();
            let mut contacts = Some(Contacts::of(&person));
            if keys.is_empty() {
                keys.push(NameKey::default());
            }
            named.extend(keys.into_iter().map(|key| (key, person.who, contacts.take().unwrap_or_default())));
        }
        named.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
        let vocabulary = Vocabulary::of(named.iter().map(|(key, _, _)| key));
        let keys = Texts::of(named.iter().map(|(key, _, _)| &*key.0));
        let mut index = Self {
            owners: Vec::with_capacity(named.len()),
            keys,
            vocabulary,
            phones: Vec::new(),
            spoken: Vec::new(),
            codes: Vec::new(),
        };
        for (place, (_, who, contacts)) in (0u32..).zip(named) {
            index.owners.push(who);
            index.phones.extend(contacts.phones.into_iter().map(|phone| (phone, place)));
            index.spoken.extend(contacts.spoken.map(|code| (code, place)));
            index.codes.extend(contacts.codes.into_iter().map(|code| (code, place)));
        }
        index.phones.sort_unstable();
        index.spoken.sort_unstable();
        index.codes.sort_unstable();
        [&mut index.phones, &mut index.codes].into_iter().for_each(Vec::shrink_to_fit);
        index
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.owners.len()
    }

    /// Tells whether nobody can be found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    /// Bytes that the index holds.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.owners.capacity() * size_of::<W>()
            + self.keys.held_bytes()
            + self.vocabulary.held_bytes()
            + (self.phones.capacity() + self.codes.capacity()) * size_of::<(u64, u32)>()
            + self.spoken.capacity() * size_of::<(SpokenCode, u32)>()
    }
}

/// What is kept of somebody beside the name.
#[derive(Default)]
struct Contacts {
    phones: Vec<u64>,
    spoken: Option<SpokenCode>,
    codes: Vec<u64>,
}

impl Contacts {
    fn of<W>(person: &Listed<'_, W>) -> Self {
        let codes = person.codes.iter().filter_map(|code| fold_code(code));
        Self {
            phones: person
                .phone
                .into_iter()
                .flat_map(numbers)
                .filter_map(|number| Some(Tail::of(&number, 4)?.from))
                .collect(),
            spoken: Some(person.spoken),
            codes: codes.collect(),
        }
    }
}

fn key_of(name: &PersonName) -> NameKey {
    if name.given.is_empty() && name.patronymic.is_empty() { NameKey::of_text(&name.family) } else { NameKey::of(name) }
}

/// The end of a telephone number, as the numbers between which all that end so lie.
struct Tail {
    from: u64,
    to: u64,
}

impl Tail {
    /// Reads the last digits of a number; `None` for fewer than `least`.
    fn of(text: &str, least: usize) -> Option<Self> {
        let digits = text.chars().rev().filter_map(|c| c.to_digit(10)).take(PHONE_DIGITS);
        let (count, from) = digits.fold((0, 0), |(count, number), digit| (count + 1, number * 10 + u64::from(digit)));
        let rest = 10_u64.pow(u32::try_from(PHONE_DIGITS - count).ok()?);
        (count >= least).then(|| Self { from: from * rest, to: from * rest + (rest - 1) })
    }
}

/// The canonical form of a code without blanks and hyphens, as a number that stands for it.
fn fold_code(code: &str) -> Option<u64> {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut is_empty = true;
    for c in canonical_code(code).chars().filter(|c| c.is_alphanumeric()) {
        hash = (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0100_0000_01b3);
        is_empty = false;
    }
    (!is_empty).then_some(hash)
}

/// Many short texts in one.
#[derive(Debug, Default)]
struct Texts {
    all: String,
    ends: Vec<u32>,
}

impl Texts {
    fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut all = Self::default();
        for text in texts {
            all.all.push_str(text);
            all.ends.push(u32::try_from(all.all.len()).unwrap_or(u32::MAX));
        }
        all.all.shrink_to_fit();
        all.ends.shrink_to_fit();
        all
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, at: usize) -> &str {
        let from = at.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.all[from..self.ends[at] as usize]
    }

    fn held_bytes(&self) -> usize {
        self.all.capacity() + self.ends.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests;
