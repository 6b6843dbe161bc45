//! Counts who shares what, so that each value can be given its worth.

use super::traits::{Traits, Worth, hash, mix};
use super::weigh::{begin, log2};

/// Fewer people say too little about how common a value is: they are weighed as if among so many.
const FEWEST: u64 = 512;

/// How often each value occurs.
struct Tally(Vec<u64>);

impl Tally {
    fn of(values: impl Iterator<Item = u64>) -> Self {
        let mut values: Vec<u64> = values.collect();
        values.sort_unstable();
        Self(values)
    }

    fn count(&self, value: u64) -> u64 {
        let from = self.0.partition_point(|other| *other < value);
        self.0[from..].partition_point(|other| *other == value) as u64
    }

    /// How much it says that two share `value`, in sixteenths of a bit within bounds.
    fn worth(&self, value: u64, least: i32, most: i32) -> i32 {
        let count = self.count(value).max(1);
        (log2((self.0.len() as u64).max(FEWEST)) - log2(count)).clamp(least * 16, most * 16)
    }
}

/// Gives the values of every record their worth.
pub(super) fn weigh_values(all: &mut [Traits]) {
    let everybody = (all.len() as u64).max(FEWEST);
    let words = Tally::of(
        all.iter().flat_map(|traits| distinct(traits, |key| key.words().map(|word| hash(&[word])).collect())),
    );
    let names = Tally::of(all.iter().flat_map(names_of));
    let years = Tally::of(all.iter().map(|traits| u64::from(traits.year)).filter(|year| *year != 0));
    let organisations = Tally::of(all.iter().map(|traits| traits.organisation).filter(|value| *value != 0));
    let stems = Tally::of(all.iter().filter_map(|traits| traits.patronymic().map(|stem| hash(&[stem]))));
    let phones = phones(all);
    let begin = begin(all.len());
    for traits in all {
        let (namesakes, name_share) = traits
            .spellings
            .iter()
            .map(|spelling| {
                let mut counts: Vec<u64> = spelling.key.words().map(|word| words.count(hash(&[word])).max(1)).collect();
                counts.sort_unstable();
                let alone = |count: u64| (count * 256, (count << 32) / everybody);
                let (by_chance, share) = match counts[..] {
                    [] => (256 * everybody, 1 << 32),
                    [one] => alone(one),
                    [one, two, ..] => {
                        let together = u128::from(one) * u128::from(two);
                        let everybody = u128::from(everybody);
                        let narrow = |value: u128| u64::try_from(value).unwrap_or(u64::MAX);
                        (narrow(together * 256 / everybody), narrow((together << 32) / (everybody * everybody)))
                    }
                };
                // Who bears the very name, beyond the two of a pair; some of them are the same human being again.
                let seen = names.count(spelling.name()).saturating_sub(2) * 64;
                (by_chance.max(seen), share)
            })
            .min()
            .unwrap_or((u64::MAX >> 16, 1 << 32));
        traits.worth = Worth {
            begin,
            namesakes,
            name_share,
            phone_names: traits.phone.map_or(0, |phone| u32::try_from(phones.count(phone.tail())).unwrap_or(u32::MAX)),
            year: years.worth(u64::from(traits.year), 1, 6),
            organisation: organisations.worth(traits.organisation, 0, 3),
            patronymic: traits.patronymic().map_or(0, |stem| stems.worth(hash(&[stem]), 1, 5)),
        };
    }
}

/// The names that stand with each number, once each.
fn phones(all: &[Traits]) -> Tally {
    let mut pairs: Vec<(u64, u64)> = all
        .iter()
        .filter_map(|traits| {
            let name = traits.spellings.first().map_or(0, |spelling| spelling.name());
            Some((traits.phone?.tail(), mix(name)))
        })
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    Tally::of(pairs.into_iter().map(|(phone, _)| phone))
}

fn names_of(traits: &Traits) -> Vec<u64> {
    let mut names: Vec<u64> = traits.spellings.iter().map(super::traits::Spelling::name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn distinct(traits: &Traits, values: impl Fn(&crate::names::NameKey) -> Vec<u64>) -> Vec<u64> {
    let mut values: Vec<u64> = traits.spellings.iter().flat_map(|spelling| values(&spelling.key)).collect();
    values.sort_unstable();
    values.dedup();
    values
}
