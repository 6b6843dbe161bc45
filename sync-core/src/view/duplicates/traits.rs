//! A record, folded once for many comparisons.

use super::Record;
use super::phone::Phone;
use crate::canonical::canonical_code;
use crate::documents::roster::PersonName;
use crate::names::{NameKey, fold_text};

/// Spellings of a record that are compared: of those that fold differently the first, in the order in which they were
/// written. Nobody has more; what a record costs must not depend on who says so.
pub(super) const MAX_SPELLINGS: usize = 6;

/// Spellings that are read to find them.
const MAX_WRITTEN: usize = 32;

/// What is compared of a record.
#[derive(Hash)]
pub(super) struct Traits {
    /// When it came to be; the least where it was there from the beginning.
    pub since: i64,
    /// At least one, unless no name has letters.
    pub spellings: Vec<Spelling>,
    pub phone: Option<Phone>,
    /// 0 where nobody said.
    pub year: u16,
    /// 0 where nobody said.
    pub organisation: u64,
    /// Issuer and value, sorted.
    pub ids: Vec<(u64, u64)>,
    /// Stands for everything that was typed: alike in exact repeats.
    pub typed: u64,
    /// How much its values say; known once all records are.
    pub worth: Worth,
}

/// One spelling of a name.
#[derive(Hash)]
pub(super) struct Spelling {
    pub key: NameKey,
    /// Stands for the text as it was typed, but for case.
    pub typed: u64,
    pub is_latin: bool,
}

/// How much the values of a record say, in sixteenths of a bit; the fewer share a value, the more.
#[derive(Clone, Copy, Default, Hash)]
pub(super) struct Worth {
    /// What every pair begins with.
    pub begin: i32,
    /// How many others would bear the name by chance, in 256ths of a person.
    pub namesakes: u64,
    /// Which part of everybody would bear it by chance, in 2^32ths.
    pub name_share: u64,
    /// Distinct names that stand with the telephone number.
    pub phone_names: u32,
    pub year: i32,
    pub organisation: i32,
    pub patronymic: i32,
}

impl Traits {
    pub(super) fn of<W>(record: &Record<'_, W>) -> Self {
        let mut spellings: Vec<Spelling> = Vec::new();
        for spelling in record.names.iter().take(MAX_WRITTEN).flat_map(Spelling::of) {
            let is_news = !spelling.key.is_empty() && spellings.iter().all(|known| known.key != spelling.key);
            if is_news && spellings.len() < MAX_SPELLINGS {
                spellings.push(spelling);
            }
        }
        spellings.sort_by(|a, b| (&a.key, a.typed).cmp(&(&b.key, b.typed)));
        let organisation = record.organisation.map(fold_text).filter(|folded| !folded.is_empty());
        let mut ids: Vec<(u64, u64)> = record
            .external_ids
            .iter()
            .map(|id| (hash(&[&id.issuer]), hash(&[&id.issuer, &canonical_code(&id.value)])))
            .collect();
        ids.sort_unstable();
        let year = record.birth_year.unwrap_or(0).to_string();
        let phone = record.phone.and_then(Phone::of);
        let digits = phone.map_or(0, Phone::tail).to_string();
        let organisation = organisation.as_deref();
        let names = spellings.iter().fold(0, |all, spelling| mix(all ^ spelling.typed));
        let typed = mix(names ^ hash(&[&digits, &year, organisation.unwrap_or_default()]));
        Self {
            since: record.since.map_or(i64::MIN, |since| since.0),
            spellings,
            phone,
            year: record.birth_year.unwrap_or(0),
            organisation: organisation.map_or(0, |folded| hash(&[folded]).max(1)),
            ids,
            typed,
            worth: Worth::default(),
        }
    }

    /// The father's name, where one of the spellings has it.
    pub(super) fn patronymic(&self) -> Option<&str> {
        self.spellings.iter().find_map(|spelling| spelling.key.patronymic())
    }
}

impl Spelling {
    /// As it is written, and where its Latin letters could as well be Cyrillic, as those.
    fn of(name: &PersonName) -> impl Iterator<Item = Self> {
        let text = name.to_string().to_lowercase();
        let first_letter = text.chars().find(|c| c.is_alphabetic());
        let is_latin = first_letter.is_some_and(|c| c < '\u{370}' || ('\u{1e00}'..'\u{1f00}').contains(&c));
        let key = if name.given.is_empty() && name.patronymic.is_empty() {
            NameKey::of_text(&name.family)
        } else {
            NameKey::of(name)
        };
        let typed = hash(&[&text]);
        let other = NameKey::of_other_alphabet(name).map(|key| Self { key, typed, is_latin: false });
        std::iter::once(Self { key, typed, is_latin }).chain(other)
    }

    /// Stands for the words in any order.
    pub(super) fn name(&self) -> u64 {
        self.key.words().fold(0, |sum: u64, word| sum.wrapping_add(hash(&[word])))
    }
}

/// A number that stands for texts: FNV-1a, then mixed. The same on every platform and in every version.
pub(super) fn hash(texts: &[&str]) -> u64 {
    let bytes = texts.iter().flat_map(|text| text.bytes().chain(std::iter::once(0xff)));
    mix(bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
}

/// Spreads a number over all its bits (the finalizer of SplitMix64).
pub(super) const fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
