//! Which records are compared at all.
//!
//! Each record stands in a few blocks: with those who share a word of the name exactly and the beginning or the end
//! of another word, with those who have the same letters in any order, and with those whose telephone number ends
//! alike. So one mistake, a moved blank or another order hides nothing. A block that is too large, as of a very
//! common name or an office's telephone, is split by what else a pair must agree in to be likely; a record then
//! stands in several parts, so that agreeing in one of them is enough.

use std::collections::BTreeSet;

use super::links::Link;
use super::traits::{Traits, hash, mix};
use super::weigh;
use crate::names::{NameKey, without_glides};

/// Largest block in which everyone is compared with everyone.
const CROWD: usize = 128;
/// In a crowd that nothing splits, each is compared with so many that follow.
const WINDOW: usize = 32;
/// Words of a name that make blocks.
const WORDS: usize = 4;

/// What comparing came to.
pub(super) struct Compared {
    /// By records; each pair once.
    pub links: Vec<Link>,
    /// Records that stand in a crowd which nothing splits.
    pub crowded: u32,
}

/// Compares the records that share a block.
pub(super) fn compare(all: &[Traits]) -> Compared {
    let mut places: Vec<(u64, u32)> = Vec::with_capacity(all.len() * 8);
    for (index, traits) in (0u32..).zip(all) {
        let mut keys = keys(traits);
        keys.sort_unstable();
        keys.dedup();
        places.extend(keys.into_iter().map(|key| (key, index)));
    }
    places.sort_unstable();
    let mut comparing = Comparing { all, links: Vec::new(), crowded: Vec::new(), compared: BTreeSet::new() };
    let mut members = Vec::new();
    for block in places.chunk_by(|a, b| a.0 == b.0).filter(|block| block.len() > 1) {
        members.clear();
        members.extend(block.iter().map(|(_, index)| *index));
        comparing.block(&members, &SPLITS);
    }
    let Comparing { mut links, mut crowded, .. } = comparing;
    links.sort_unstable_by_key(|link| (link.a, link.b));
    links.dedup_by_key(|link| (link.a, link.b));
    crowded.sort_unstable();
    crowded.dedup();
    Compared { links, crowded: u32::try_from(crowded.len()).unwrap_or(u32::MAX) }
}

fn keys(traits: &Traits) -> Vec<u64> {
    let mut keys = Vec::with_capacity(12);
    if let Some(phone) = traits.phone {
        keys.push(mix(phone.tail()));
    }
    keys.extend(traits.ids.iter().map(|(_, value)| mix(*value)));
    for spelling in &traits.spellings {
        of_name(&spelling.key, &mut keys);
    }
    keys
}

fn of_name(name: &NameKey, keys: &mut Vec<u64>) {
    let words: Vec<String> = name.words().take(WORDS).map(without_glides).collect();
    let mut letters: Vec<u8> = words.iter().flat_map(|word| word.bytes()).collect();
    letters.sort_unstable();
    let letters: String = letters.into_iter().map(char::from).collect();
    keys.push(hash(&["letters", &letters]));
    for (place, anchor) in words.iter().enumerate() {
        for (_, other) in words.iter().enumerate().filter(|(index, _)| *index != place) {
            // A mistake spares one half of a word. It may make the word a letter longer or shorter, so that words of
            // an odd length are halved in both ways; letters that changed places across the middle are the same
            // letters.
            let length = other.chars().count();
            for reach in length / 2..=length.div_ceil(2) {
                let (beginning, end) = ends(other, reach);
                keys.push(hash(&["begins", anchor, beginning]));
                keys.push(hash(&["ends", anchor, end]));
            }
        }
    }
}

/// The beginning and the end of a word.
fn ends(word: &str, reach: usize) -> (&str, &str) {
    let from_start = word.char_indices().nth(reach).map_or(word.len(), |(at, _)| at);
    let from_end = word.char_indices().rev().take(reach).last().map_or(word.len(), |(at, _)| at);
    (&word[..from_start], &word[from_end..])
}

/// What a pair out of a crowd must agree in, in one at least, to be likely; `None` agrees with nobody.
///
/// Among people who share a name so common that they are a crowd, the name alone makes no pair, and neither does it
/// with an organisation. A telephone number has its own block.
struct Split {
    value: fn(&Traits) -> Option<u64>,
    /// Whether those who agree in this and are a crowd again need no comparison but by the splits that follow.
    is_enough: bool,
}

const SPLITS: [Split; 3] = [
    Split { value: |traits| traits.spellings.first().map(super::traits::Spelling::name), is_enough: true },
    Split { value: |traits| (traits.year != 0).then_some(u64::from(traits.year)), is_enough: false },
    Split { value: |traits| traits.patronymic().map(|stem| hash(&[ends(stem, 3).0])), is_enough: false },
];

struct Comparing<'a> {
    all: &'a [Traits],
    links: Vec<Link>,
    crowded: Vec<u32>,
    /// Pairs of records with several spellings each, which may share a hundred blocks: comparing them once is enough.
    compared: BTreeSet<(u32, u32)>,
}

impl Comparing<'_> {
    /// Compares the members of a block, which are in ascending order, or splits it by each of `splits`.
    fn block(&mut self, members: &[u32], splits: &[Split]) {
        if members.len() <= CROWD {
            for (index, a) in members.iter().enumerate() {
                self.with_each(*a, &members[index + 1..]);
            }
            return;
        }
        for (index, split) in splits.iter().enumerate() {
            let value = |member: &u32| (split.value)(&self.all[*member as usize]);
            let mut parts: Vec<(u64, u32)> =
                members.iter().filter_map(|member| Some((value(member)?, *member))).collect();
            parts.sort_unstable();
            for part in parts.chunk_by(|a, b| a.0 == b.0).filter(|part| part.len() > 1) {
                let part: Vec<u32> = part.iter().map(|(_, member)| *member).collect();
                if part.len() > CROWD && !split.is_enough {
                    self.crowd(&part);
                }
                self.block(&part, &splits[index + 1..]);
            }
        }
    }

    fn with_each(&mut self, a: u32, others: &[u32]) {
        let of_many = self.all[a as usize].spellings.len() > 1;
        for b in others {
            if of_many && self.all[*b as usize].spellings.len() > 1 && !self.compared.insert((a, *b)) {
                continue;
            }
            if let Some(score) = weigh::score(&self.all[a as usize], &self.all[*b as usize]) {
                self.links.push(Link { a, b: *b, score, follows: false });
            }
        }
    }

    /// Compares each of many records that are alike in everything with its neighbours only.
    fn crowd(&mut self, members: &[u32]) {
        self.crowded.extend_from_slice(members);
        let mut near: Vec<u32> = members.to_vec();
        near.sort_by_key(|member| {
            let traits = &self.all[*member as usize];
            let name = traits.spellings.first().map(|spelling| spelling.key.clone());
            (name, traits.year, traits.phone.map(super::phone::Phone::tail), *member)
        });
        for (index, one) in near.iter().enumerate() {
            for other in near[index + 1..].iter().take(WINDOW) {
                self.with_each(*one.min(other), &[*one.max(other)]);
            }
        }
    }
}
