//! Words that were typed with a mistake, as far as they were typed.

use super::distance::Letters;
use super::letter_set;

/// Shorter words are too often another name with one letter changed.
const SHORTEST: usize = 4;

/// From how many letters on two mistakes are forgiven: folding may make two of one, where a letter between two alike is
/// left out.
const LONG: usize = 8;

/// A folded word of a query, to be held against any number of folded words of names.
pub(super) struct Mistyped {
    letters: Letters,
    letter_set: u32,
    length: usize,
    /// So many mistakes are forgiven.
    mistakes: u8,
}

impl Mistyped {
    /// Reads a folded word; `None` for one in which no mistake is forgiven.
    pub(super) fn of(typed: &str) -> Option<Self> {
        let length = typed.len();
        let letters = Letters::plain(std::iter::once(typed)).filter(|_| length >= SHORTEST && typed.is_ascii())?;
        Some(Self { letters, letter_set: letter_set(typed), length, mistakes: if length < LONG { 1 } else { 2 } })
    }

    /// Whether what was typed is the whole of `word` or its beginning, but for one mistake, in a long word two.
    /// `letters` is the word's [`letter_set`].
    pub(super) fn may_begin(&self, word: &str, letters: u32) -> bool {
        // A mistake brings one letter that the word has not, or two where they stand for one sound.
        if (self.letter_set & !letters).count_ones() > 1 + u32::from(self.mistakes) {
            return false;
        }
        let reach = usize::from(self.mistakes);
        word.len() + reach >= self.length
            && word.is_ascii()
            && (self.length - reach..=(self.length + reach).min(word.len())).any(|end| {
                let beginning = Letters::plain(std::iter::once(&word[..end]));
                beginning.is_some_and(|beginning| self.letters.distance(&beginning, self.mistakes).is_some())
            })
    }
}
