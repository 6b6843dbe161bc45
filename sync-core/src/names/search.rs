//! Finds names while the query is still being typed.

use super::alphabet::other_reading;
use super::fold::{LatinJ, LatinX, Reading, fold_reading, fold_word};
use super::{NameKey, parts_of, patronymic, split_words};

/// Most words of a query that are looked at.
const MAX_WORDS: usize = 8;

/// From how many letters on a word that could be of the other alphabet is looked for there, too. Shorter beginnings fit
/// too many names.
const SHORTEST_IN_OTHER_ALPHABET: usize = 3;

/// How well a name fits a query; the best sorts first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Fit {
    /// Every word of the query is a whole word of the name.
    Whole,
    /// Every word of the query begins a word of the name.
    Prefix,
    /// At least one word fits only if its last letter is half of a digraph, or a letter is read another way.
    Guess,
}

/// A query, folded once and then held against any number of names.
#[derive(Clone, Debug)]
pub struct Matcher {
    words: Vec<QueryWord>,
}

/// One word of a query.
#[derive(Clone, Debug)]
pub(super) struct QueryWord {
    folded: String,
    guesses: Vec<String>,
}

impl Matcher {
    /// Folds what has been typed so far, in any script. Words after the eighth are not looked at.
    #[must_use]
    pub fn new(query: &str) -> Self {
        let words = split_words(query).map(QueryWord::new).filter(|word| !word.folded.is_empty());
        Self { words: words.take(MAX_WORDS).collect() }
    }

    /// Tells how well `name` fits, or `None` where it does not. An empty query fits everyone.
    ///
    /// Words may come in any order, each must find a word of its own, and a patronymic may be among them.
    #[must_use]
    pub fn fit(&self, name: &NameKey) -> Option<Fit> {
        self.fit_key(&name.0)
    }

    /// The same for the text of a [`NameKey`].
    pub(super) fn fit_key(&self, key: &str) -> Option<Fit> {
        self.fit_from(0, 0, parts_of(key))
    }

    /// The words of the query.
    pub(super) fn words(&self) -> impl Iterator<Item = &QueryWord> {
        self.words.iter()
    }

    /// Finds places for the words from `index` on, where `taken` are the name's words that are in use.
    fn fit_from(&self, index: usize, taken: u32, name: (&str, Option<&str>)) -> Option<Fit> {
        let Some(word) = self.words.get(index) else {
            return Some(Fit::Whole);
        };
        let places = name.0.split(' ').filter(|word| !word.is_empty()).take(u32::BITS as usize - 1).enumerate();
        let in_name = places.filter(|(place, _)| taken & (1 << place) == 0).filter_map(|(place, text)| {
            let fit = word.fit(text)?;
            Some(fit.max(self.fit_from(index + 1, taken | 1 << place, name)?))
        });
        let last_bit = 1 << (u32::BITS - 1);
        let in_patronymic = name
            .1
            .filter(|stem| taken & last_bit == 0 && word.begins_patronymic(stem))
            .and_then(|_| Some(Fit::Prefix.max(self.fit_from(index + 1, taken | last_bit, name)?)));
        in_name.chain(in_patronymic).min()
    }
}

impl QueryWord {
    fn new(word: &str) -> Self {
        let mut guesses: Vec<String> = Vec::new();
        for (j, x) in LatinJ::ALL.into_iter().flat_map(|j| LatinX::ALL.map(|x| (j, x))) {
            let folded = fold_reading(word, Reading { j, x });
            guesses.extend(half_of_digraph(&folded));
            guesses.push(folded);
        }
        let other_alphabet = other_reading(word).filter(|_| word.chars().count() >= SHORTEST_IN_OTHER_ALPHABET);
        guesses.extend(other_alphabet.map(|word| fold_word(&word)));
        let folded = fold_reading(word, Reading::default());
        guesses.retain(|guess| *guess != folded);
        guesses.sort_unstable();
        guesses.dedup();
        Self { folded, guesses }
    }

    /// Every way to read what was typed, as the beginning of a folded word.
    pub(super) fn readings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.folded).chain(&self.guesses).map(String::as_str)
    }

    /// The fathers' names whose patronymic this may be, whole or as far as it has been typed.
    pub(super) fn fathers(&self) -> impl Iterator<Item = &str> {
        self.readings().flat_map(patronymic::fathers)
    }

    fn fit(&self, word: &str) -> Option<Fit> {
        if word.starts_with(&self.folded) {
            return Some(if word.len() == self.folded.len() { Fit::Whole } else { Fit::Prefix });
        }
        self.guesses.iter().any(|guess| word.starts_with(guess)).then_some(Fit::Guess)
    }

    fn begins_patronymic(&self, stem: &str) -> bool {
        self.guesses.iter().chain([&self.folded]).any(|word| patronymic::begins(word, stem))
    }
}

/// Tells what a folded beginning becomes if the next letter turns its last one into another.
fn half_of_digraph(folded: &str) -> Option<String> {
    let mut guess = folded.to_owned();
    let becomes = match guess.pop()? {
        'k' => 'h', // Kh
        't' => 'c', // Ts
        'i' => 'e', // Ye, Yo, ие
        'd' => 'z', // Dzh
        'o' => 'u', // Ou
        _ => return None,
    };
    guess.push(becomes);
    Some(fold_word(&guess))
}
