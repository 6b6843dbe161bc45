//! Finds names while the query is still being typed.

use super::alphabet::other_reading;
use super::fold::{LatinJ, LatinX, Reading, fold_reading, fold_word};
use super::mistyped::Mistyped;
use super::{NameKey, letter_set, parts_of, patronymic, read_in_context, split_words};

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
pub struct Matcher {
    words: Vec<QueryWord>,
}

/// One word of a query.
pub(super) struct QueryWord {
    folded: String,
    guesses: Vec<String>,
    /// How it is held against names in which it was typed with a mistake; `None` for a word too short for that.
    mistyped: Option<Mistyped>,
}

impl Matcher {
    /// Folds what has been typed so far, in any script. Words after the eighth are not looked at.
    #[must_use]
    pub fn new(query: &str) -> Self {
        let words: Vec<&str> = split_words(query).collect();
        let words = read_in_context(&words).map(|word| QueryWord::new(&word)).filter(|word| !word.folded.is_empty());
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
        let (words, stem) = parts_of(key);
        let mut places = [Places::default(); MAX_WORDS];
        for (places, word) in places.iter_mut().zip(&self.words) {
            *places = word.places(words, stem)?;
        }
        let places = &places[..self.words.len()];
        [Fit::Whole, Fit::Prefix, Fit::Guess].into_iter().find(|fit| each_has_its_own(places, *fit))
    }

    /// Whether every word of the query begins a word of `name`, but for one mistake in each, in a long one two. An empty query
    /// fits nobody.
    #[must_use]
    pub fn fits_mistyped(&self, name: &NameKey) -> bool {
        let (words, stem) = parts_of(&name.0);
        let own = || words.split(' ').filter(|word| !word.is_empty());
        let is_meant = |typed: &QueryWord| {
            let is_typed_right = own().any(|word| typed.fit(word).is_some());
            let is_patronymic = || stem.is_some_and(|stem| typed.begins_patronymic(stem));
            let is_mistyped = |mistyped: &Mistyped| own().any(|word| mistyped.may_begin(word, letter_set(word)));
            is_typed_right || is_patronymic() || typed.mistyped.as_ref().is_some_and(is_mistyped)
        };
        !self.words.is_empty() && self.words.iter().all(is_meant)
    }

    /// The words of the query.
    pub(super) fn words(&self) -> impl Iterator<Item = &QueryWord> {
        self.words.iter()
    }
}

/// The words of a name that one word of the query fits, as bits: a later kind of fit includes the earlier ones.
#[derive(Clone, Copy, Default)]
struct Places([u32; 3]);

impl Places {
    const fn add(&mut self, place: u32, fit: Fit) {
        let mut kind = fit as usize;
        while kind < self.0.len() {
            self.0[kind] |= place;
            kind += 1;
        }
    }

    const fn of(&self, fit: Fit) -> u32 {
        self.0[fit as usize]
    }
}

/// Whether every word of a query can have a word of the name to itself, with no worse fit than this: a matching in a
/// bipartite graph, by augmenting paths. At most 8 by 32 by 8 steps, whatever somebody wrote.
fn each_has_its_own(places: &[Places], fit: Fit) -> bool {
    let mut owners = [u8::MAX; u32::BITS as usize];
    (0..places.len()).all(|word| find_place(places, fit, word, &mut 0, &mut owners))
}

/// Finds a place for `word`, where its owner may move on to another one that was not tried yet.
fn find_place(places: &[Places], fit: Fit, word: usize, tried: &mut u32, owners: &mut [u8; 32]) -> bool {
    while let free @ 1.. = places[word].of(fit) & !*tried {
        let place = free.trailing_zeros() as usize;
        *tried |= 1 << place;
        let owner = usize::from(owners[place]);
        if owner >= places.len() || find_place(places, fit, owner, tried, owners) {
            owners[place] = u8::try_from(word).unwrap_or(u8::MAX);
            return true;
        }
    }
    false
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
        let mistyped = Mistyped::of(&folded);
        Self { folded, guesses, mistyped }
    }

    /// Every way to read what was typed, as the beginning of a folded word.
    pub(super) fn readings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.folded).chain(&self.guesses).map(String::as_str)
    }

    /// The fathers' names whose patronymic this may be, whole or as far as it has been typed.
    pub(super) fn fathers(&self) -> impl Iterator<Item = &str> {
        self.readings().flat_map(patronymic::fathers)
    }

    /// Where this word fits among the words of a name and its patronymic's stem; `None` where nowhere. Words of a name
    /// after the 31st are not looked at.
    fn places(&self, words: &str, stem: Option<&str>) -> Option<Places> {
        const LAST: u32 = 1 << (u32::BITS - 1);
        let mut places = Places::default();
        let words = words.split(' ').filter(|word| !word.is_empty());
        for (place, word) in (0..u32::BITS - 1).zip(words) {
            if let Some(fit) = self.fit(word) {
                places.add(1 << place, fit);
            }
        }
        if stem.is_some_and(|stem| self.begins_patronymic(stem)) {
            places.add(LAST, Fit::Prefix);
        }
        (places.of(Fit::Guess) != 0).then_some(places)
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
