//! How a device tells home of an era that home forgot, because home was restored from an older copy.
//!
//! Home states each era when it founds it. The statement is small and travels with the snapshot; who was erased is told in
//! parts, each of which is known by its hash in the statement.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};

use crate::documents::encode;
use crate::ids::{Era, EventId, Subject, tagged_hash};
use crate::trust::{SaidByHome, Signed, Statement};

/// So many people are told of in one request.
pub const PART_LEN: usize = 1024;

/// The home server says: this era is mine, and in it these people are erased.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct EraStatement {
    /// The event of which the era is.
    #[n(0)]
    pub event: EventId,
    /// The era that is stated.
    #[n(1)]
    pub era: Era,
    /// A hash for each part of those who are erased, in ascending order of their ids: see [`ErasedPart`].
    #[n(2)]
    pub parts: Vec<PartHash>,
}

impl Statement for EraStatement {
    const DOMAIN: &'static str = "saxaul/era/1";
}

impl SaidByHome for EraStatement {}

impl EraStatement {
    /// The statement about an era in which these people are erased.
    #[must_use]
    pub fn of(event: EventId, era: Era, erased: &BTreeSet<Subject>) -> Self {
        let erased: Vec<Subject> = erased.iter().copied().collect();
        Self { event, era, parts: erased.chunks(PART_LEN).map(PartHash::of).collect() }
    }
}

/// Stands for the people of one part.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct PartHash(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl PartHash {
    fn of(erased: &[Subject]) -> Self {
        Self(tagged_hash("saxaul/erased", &[&encode(&erased)]))
    }
}

/// The era in which the asking device is.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct QuotedEra {
    /// The era that is quoted.
    #[n(0)]
    pub era: Era,
    /// What home asked for last, because it does not know the era.
    #[n(1)]
    pub told: Option<ErasedPart>,
}

/// Some of the people who are erased in an era, with what home stated of the era.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct ErasedPart {
    /// What home stated of the era, under its signature.
    #[n(0)]
    pub statement: Signed<EraStatement>,
    /// The number of the part, from 0.
    #[n(1)]
    pub index: u32,
    /// The people, in ascending order of their ids.
    #[n(2)]
    pub people: Vec<Subject>,
}

impl ErasedPart {
    /// A part of those who are erased in the era that `statement` is about.
    #[must_use]
    pub fn of(statement: Signed<EraStatement>, index: u32, erased: &BTreeSet<Subject>) -> Self {
        let before = usize::try_from(index).unwrap_or(usize::MAX).saturating_mul(PART_LEN);
        Self { statement, index, people: erased.iter().skip(before).take(PART_LEN).copied().collect() }
    }

    /// Whether these are the people whom the statement means.
    #[must_use]
    pub fn fits(&self, stated: &EraStatement) -> bool {
        let at = usize::try_from(self.index).ok();
        at.and_then(|at| stated.parts.get(at)).is_some_and(|hash| *hash == PartHash::of(&self.people))
    }

    /// About how many bytes it takes in a request.
    pub(crate) const fn size_bytes(&self) -> usize {
        self.people.len() * 9 + 512
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::EraId;
    use crate::trust::HomeKey;

    #[test]
    fn each_part_of_who_is_erased_is_known_by_what_home_stated() {
        let home = HomeKey::from_seed(&[1; 32]);
        let erased: BTreeSet<Subject> = (0..2 * PART_LEN as u64 + 1).map(Subject::from_bits).collect();
        let stated = EraStatement::of(EventId([1; 16]), Era { number: 3, id: EraId([4; 8]) }, &erased);
        let part = |index| ErasedPart::of(home.state(&stated), index, &erased);
        assert_eq!([0, 1, 2].map(|index| part(index).people.len()), [PART_LEN, PART_LEN, 1]);
        assert!((0..3).all(|index| part(index).fits(&stated)));
        assert!(!part(3).fits(&stated), "there is no such part");
        assert!(!ErasedPart { index: 1, ..part(0) }.fits(&stated));
        let mut shorter = part(0);
        shorter.people.pop();
        assert!(!shorter.fits(&stated));
    }
}
