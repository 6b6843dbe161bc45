//! The words of all names, each once, with who bears them.

use std::ops::Range;

use super::Texts;
use crate::names::mistyped::Mistyped;
use crate::names::{NameKey, letter_set};

/// Words in alphabetical order; patronymics count as words.
#[derive(Debug)]
pub(super) struct Vocabulary {
    words: Texts,
    letters: Vec<u32>,
    /// Where the bearers of each word begin in `bearers`; one more than there are words.
    starts: Vec<u32>,
    /// Places of names, in ascending order for each word.
    bearers: Vec<u32>,
}

impl Vocabulary {
    /// Collects the words of `names`, whose places are their positions.
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a NameKey>) -> Self {
        let mut all: Vec<(&str, u32)> = Vec::new();
        for (place, name) in (0u32..).zip(names) {
            all.extend(name.words().chain(name.patronymic()).map(|word| (word, place)));
        }
        all.sort_unstable();
        all.dedup();
        let by_word = || all.chunk_by(|one, other| one.0 == other.0);
        let mut starts = vec![0];
        for bearers in by_word() {
            starts.push(starts[starts.len() - 1] + u32::try_from(bearers.len()).unwrap_or(u32::MAX));
        }
        Self {
            words: Texts::of(by_word().map(|bearers| bearers[0].0)),
            letters: by_word().map(|bearers| letter_set(bearers[0].0)).collect(),
            starts,
            bearers: all.iter().map(|(_, place)| *place).collect(),
        }
    }

    /// The words that begin with `beginning`.
    pub(super) fn beginning_with(&self, beginning: &str) -> Range<usize> {
        let from = self.first(|word| word >= beginning);
        let to = self.first(|word| word >= beginning && !word.starts_with(beginning));
        from..to
    }

    fn first(&self, is_beyond: impl Fn(&str) -> bool) -> usize {
        let (mut from, mut to) = (0, self.words.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            if is_beyond(self.words.get(middle)) {
                to = middle;
            } else {
                from = middle + 1;
            }
        }
        from
    }

    /// The words of which `typed` is the whole or the beginning but for one mistake, in a long word two.
    pub(super) fn mistyped<'a>(&'a self, typed: &'a str) -> impl Iterator<Item = usize> + 'a {
        let typed = Mistyped::of(typed);
        typed.into_iter().flat_map(move |typed| {
            (0..self.words.len()).filter(move |at| typed.may_begin(self.words.get(*at), self.letters[*at]))
        })
    }

    /// How many bear one of these words.
    pub(super) fn count(&self, words: &[Range<usize>]) -> usize {
        words.iter().map(|range| (self.starts[range.end] - self.starts[range.start]) as usize).sum()
    }

    /// The places of those who bear one of these words.
    pub(super) fn bearers(&self, words: &Range<usize>) -> &[u32] {
        &self.bearers[self.starts[words.start] as usize..self.starts[words.end] as usize]
    }

    /// Which word this is.
    pub(super) fn position(&self, word: &str) -> Option<usize> {
        let at = self.first(|other| other >= word);
        (at < self.words.len() && self.words.get(at) == word).then_some(at)
    }

    pub(super) fn held_bytes(&self) -> usize {
        let numbers = self.letters.capacity() + self.starts.capacity() + self.bearers.capacity();
        self.words.held_bytes() + numbers * size_of::<u32>()
    }
}
