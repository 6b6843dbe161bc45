//! Folding keys for names in Kazakh, Russian and Latin spellings.
//!
//! Owns which spellings count as one name and how near two names are. Deliberately does not own whether two people
//! are one: that takes more evidence, and a ruling. A key is for comparing; the original spelling is what is shown.

mod alphabet;
mod distance;
mod fold;
mod index;
mod keyboard;
mod mistyped;
mod patronymic;
pub mod phones;
mod search;

use std::borrow::Cow;

pub use alphabet::name_in_its_alphabets;
pub use fold::fold_word;
pub use index::{Hit, How, Listed, PeopleIndex};
pub use keyboard::in_other_layouts;
pub use search::{Fit, Matcher};

use crate::canonical::is_dash;
use crate::documents::roster::PersonName;
use alphabet::{Alphabet, LetterCount, in_alphabet};
use distance::Letters;

pub(crate) use distance::without_glides;

/// The similarity of two keys that are the same but for word order.
pub const SAME: u16 = 1000;

/// Most words of a name that are compared.
const MAX_WORDS: usize = 8;

/// From how many sounds on two mistakes in a word are forgiven.
const LONG: usize = 9;

/// What it costs, of [`SAME`], to pair words that have nothing in common.
const UNRELATED: u16 = 500;
/// ... to leave a word of the longer name unpaired, as in a double name.
const EXTRA_WORD: u16 = 80;
/// ... to know one word only, as with a given name alone.
const ONE_WORD: u16 = 400;
/// ... to pair an initial with a word.
const INITIAL: u16 = 150;
/// ... to pair two words that differ as the family names of a man and a woman do.
const OTHER_GENDER: u16 = 200;
/// ... to pair words with one typing mistake, in a word of seven sounds or more.
const ONE_MISTAKE_IN_LONG: u16 = 60;
/// ... of five or six.
const ONE_MISTAKE: u16 = 100;
/// ... of four, where it usually makes another name.
const ONE_MISTAKE_IN_SHORT: u16 = 180;
/// ... of two or three, where it is no likeness without other evidence.
pub(crate) const ONE_MISTAKE_IN_TINY: u16 = 240;
/// ... to pair words with two typing mistakes.
const TWO_MISTAKES: u16 = 160;
/// ... to have the blank between the words in another place.
const MOVED_BLANK: u16 = 40;

/// The folded words of a name, without its patronymic, in the order they were written.
///
/// One text of a few dozen bytes, so that hundreds of thousands can be kept in memory. Two keys are equal if the
/// names are spelt alike in the same order; [`similarity`] does not mind the order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct NameKey(Box<str>);

/// Stands between the words and the patronymic's stem. No folded word contains it.
const BEFORE_STEM: char = '|';

impl NameKey {
    /// Folds a name whose parts are known; where only `family` is filled in, it may be the whole name.
    #[must_use]
    pub fn of(name: &PersonName) -> Self {
        let words: Vec<&str> = split_words(&name.family).chain(split_words(&name.given)).collect();
        let patronymic: String = split_words(&name.patronymic).map(fold_word).collect();
        Self::of_words(&words, &patronymic)
    }

    /// Folds a name as someone wrote it in one piece. A third or later word may be recognised as the patronymic.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        Self::of_words(&split_words(text).collect::<Vec<_>>(), "")
    }

    /// The key of a name with Latin letters all of which stand in the Cyrillic alphabet too, if those are meant: of
    /// `Copoka Bepa` and `Copoka Вера`, the key of Сорока Вера. `None` for every other name.
    #[must_use]
    pub fn of_other_alphabet(name: &PersonName) -> Option<Self> {
        let written = format!("{} {}", name.family, name.given);
        let could_be_cyrillic = LetterCount::of(&written).has_latin_twins_only();
        let other = could_be_cyrillic.then(|| Self::of_text(&in_alphabet(&written, Alphabet::Cyrillic)))?;
        (other != Self::of_text(&written)).then_some(other)
    }

    fn of_words(words: &[&str], patronymic: &str) -> Self {
        let words = read_in_context(words).map(|word| fold_word(&word));
        let mut words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
        let stem = if patronymic.is_empty() {
            patronymic::take(&mut words)
        } else {
            Some(patronymic::stem(patronymic).unwrap_or(patronymic).to_owned())
        };
        let mut text = words.join(" ");
        if let Some(stem) = stem {
            text.push(BEFORE_STEM);
            text.push_str(&stem);
        }
        Self(text.into_boxed_str())
    }

    /// The folded words, none of them empty.
    pub fn words(&self) -> impl Iterator<Item = &str> + Clone {
        self.text().split(' ').filter(|word| !word.is_empty())
    }

    /// The father's name, folded, where a patronymic was written: the same for `-ұлы` and `-ович`.
    #[must_use]
    pub fn patronymic(&self) -> Option<&str> {
        parts_of(&self.0).1
    }

    /// Tells whether every word of `said` is a whole word of this name, in any order, each word another one. The patronymic
    /// is a word like the others; an empty name says nobody.
    #[must_use]
    pub fn has_every_word_of(&self, said: &Self) -> bool {
        let mut words: Vec<&str> = self.words().collect();
        let mut patronymic = self.patronymic();
        if said.patronymic().is_some_and(|father| patronymic.take() != Some(father)) {
            return false;
        }
        !said.is_empty()
            && said.words().all(|word| match words.iter().position(|own| *own == word) {
                Some(place) => {
                    words.swap_remove(place);
                    true
                }
                None => patronymic.is_some() && patronymic::stem(word) == patronymic.take(),
            })
    }

    /// Tells whether nothing can be compared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    fn text(&self) -> &str {
        parts_of(&self.0).0
    }
}

/// The words of the text of a [`NameKey`], and the patronymic's stem.
fn parts_of(key: &str) -> (&str, Option<&str>) {
    key.split_once(BEFORE_STEM).map_or((key, None), |(words, stem)| (words, Some(stem)))
}

/// Folds every word of a text that is no person's name, as of an organisation; a blank stands between words.
#[must_use]
pub fn fold_text(text: &str) -> String {
    let words: Vec<String> = split_words(text).map(fold_word).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Tells whether the patronymics say the same, or `None` where one of the names has none.
///
/// Evidence beside [`similarity`], which does not look at patronymics: one is often left out, seldom wrong.
#[must_use]
pub fn patronymics_agree(a: &NameKey, b: &NameKey) -> Option<bool> {
    let (a, b) = (a.patronymic()?, b.patronymic()?);
    let shortened = (a.starts_with(b) || b.starts_with(a)) && a.len().abs_diff(b.len()) <= 2;
    Some(shortened || word_cost(a, b) <= ONE_MISTAKE)
}

/// Tells how near two names are, from 0 (nothing in common) to [`SAME`].
///
/// Order does not matter, and patronymics are not looked at. One typing mistake in a long word costs 60, in a word
/// of five or six sounds 100, of four 180, of three 240; two mistakes are forgiven in words of nine or more. A blank in the wrong
/// place costs 40. Symmetric, and free of allocation.
#[must_use]
pub fn similarity(a: &NameKey, b: &NameKey) -> u16 {
    if a.is_empty() || b.is_empty() {
        return 0;
    }
    if a.text() == b.text() {
        return SAME;
    }
    let by_words = SAME.saturating_sub(words_cost(a, b));
    if by_words >= SAME - MOVED_BLANK {
        return by_words;
    }
    by_words.max(SAME.saturating_sub(joined_cost(a, b).min(joined_cost(b, a))))
}

/// Pairs the words of two names, the likest first, and adds up what the pairs cost.
fn words_cost(a: &NameKey, b: &NameKey) -> u16 {
    let (mut left, mut left_words) = collect_words(a);
    let (mut right, mut right_words) = collect_words(b);
    // Ties are broken by position, so the two names need an order of their own for the result to be symmetric.
    if (left_words, a.text()) > (right_words, b.text()) {
        (left, left_words, right, right_words) = (right, right_words, left, left_words);
    }
    let mut costs = [[UNRELATED; MAX_WORDS]; MAX_WORDS];
    for (row, x) in left[..left_words].iter().enumerate() {
        for (column, y) in right[..right_words].iter().enumerate() {
            costs[row][column] = word_cost(x, y);
        }
    }
    let extra = u16::try_from(right_words - left_words).unwrap_or(u16::MAX).saturating_mul(EXTRA_WORD);
    let alone = if left_words == 1 && right_words > 1 { ONE_WORD } else { 0 };
    (0..left_words).fold(extra.saturating_add(alone), |total, _| {
        let pairs = costs[..left_words].iter().enumerate();
        let pairs =
            pairs.flat_map(|(row, line)| line.iter().enumerate().map(move |(column, cost)| (cost, row, column)));
        let Some((&cost, row, column)) = pairs.filter(|pair| pair.2 < right_words).min() else {
            return total;
        };
        costs[row] = [u16::MAX; MAX_WORDS];
        costs.iter_mut().for_each(|line| line[column] = u16::MAX);
        total.saturating_add(cost)
    })
}

fn collect_words(name: &NameKey) -> ([&str; MAX_WORDS], usize) {
    let mut words = [""; MAX_WORDS];
    let mut count = 0;
    for (slot, word) in words.iter_mut().zip(name.words()) {
        *slot = word;
        count += 1;
    }
    (words, count)
}

/// What it costs to take one word for the other.
fn word_cost(a: &str, b: &str) -> u16 {
    if a == b {
        return 0;
    }
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if is_initial(short) && long.starts_with(short) {
        return INITIAL;
    }
    if long.strip_suffix('a') == Some(short) && short.ends_with(['v', 'n']) {
        return OTHER_GENDER;
    }
    let Some((mistakes, sounds)) = mistakes_between(a, b) else {
        return UNRELATED;
    };
    match (mistakes, sounds) {
        (0 | 1, 7..) => ONE_MISTAKE_IN_LONG,
        (0 | 1, 5..) => ONE_MISTAKE,
        (0 | 1, 4) => ONE_MISTAKE_IN_SHORT,
        (0 | 1, _) => ONE_MISTAKE_IN_TINY,
        _ => TWO_MISTAKES,
    }
}

/// Counts the typing mistakes between two words, with how many sounds the longer one has; `None` if they are too
/// many for words of that length.
fn mistakes_between(a: &str, b: &str) -> Option<(u8, usize)> {
    let most = if a.len().max(b.len()) < LONG { 1 } else { 2 };
    if (letter_set(a) ^ letter_set(b)).count_ones() > 4 * most {
        return None;
    }
    let (a_sounds, b_sounds) = (Letters::sounds(a)?, Letters::sounds(b)?);
    let sounds = a_sounds.len().max(b_sounds.len());
    let bound = match sounds {
        0..3 => return None,
        3..LONG => 1,
        LONG.. => 2,
    };
    let by_sounds = a_sounds.distance(&b_sounds, bound);
    let (a_letters, b_letters) = (Letters::plain([a].into_iter())?, Letters::plain([b].into_iter())?);
    let by_letters = a_letters.distance(&b_letters, bound);
    let by_reading = a_letters.same_but_for_glides(&b_letters).then_some(1);
    let mistakes = by_sounds.into_iter().chain(by_letters).chain(by_reading).min()?;
    Some((mistakes, sounds))
}

/// The letters of a word as a set. One mistake changes at most four members: Ш for Я.
fn letter_set(word: &str) -> u32 {
    word.bytes().fold(0, |set, byte| set | 1 << (byte & 31))
}

/// One letter, or what one Cyrillic letter folds to.
fn is_initial(word: &str) -> bool {
    matches!(word, "sh" | "zh" | "ch" | "ia" | "iu") || word.chars().nth(1).is_none()
}

/// What it costs to take one name for the other without looking where the words end.
fn joined_cost(a: &NameKey, b: &NameKey) -> u16 {
    let letters = |name: &NameKey| name.words().map(str::len).sum::<usize>();
    if letters(a) < 8 || letters(a).abs_diff(letters(b)) > 1 {
        return SAME;
    }
    let Some(joined) = Letters::plain(a.words()) else {
        return SAME;
    };
    let words = b.words().count();
    // Between as many words, one mistake is for `word_cost` to judge: it may be all that tells two people apart.
    let bound = u8::from(words != a.words().count());
    let rotations = (0..words).filter_map(|first| {
        let rotated = Letters::plain(b.words().cycle().skip(first).take(words))?;
        joined.distance(&rotated, bound)
    });
    match rotations.min() {
        Some(0) => MOVED_BLANK,
        Some(_) => MOVED_BLANK + ONE_MISTAKE_IN_LONG,
        None => SAME,
    }
}

/// Reads Latin words all of whose letters could be Cyrillic as Cyrillic, where another word of the name is: `Tapac` beside
/// `Caxapoв`.
fn read_in_context<'a>(words: &'a [&'a str]) -> impl Iterator<Item = Cow<'a, str>> {
    let could_be_cyrillic = |word: &str| word.is_ascii() && LetterCount::of(word).could_be_cyrillic();
    let is_cyrillic = words.iter().any(|word| could_be_cyrillic(word))
        && words.iter().any(|word| LetterCount::of(word).is_cyrillic());
    words.iter().map(move |word| match is_cyrillic && could_be_cyrillic(word) {
        true => Cow::Owned(in_alphabet(word, Alphabet::Cyrillic)),
        false => Cow::Borrowed(*word),
    })
}

/// Splits a text where a name's words can end: at blanks, hyphens, dots and the like, not at apostrophes.
pub(crate) fn split_words(text: &str) -> impl Iterator<Item = &str> {
    text.split(ends_word).filter(|word| !word.is_empty())
}

fn ends_word(c: char) -> bool {
    c.is_whitespace()
        || is_dash(c)
        || matches!(c, '.' | ',' | ';' | ':' | '_' | '/' | '\\')
        || matches!(c, '(' | ')' | '[' | ']' | '"' | '«' | '»' | '“' | '”' | '|')
}

#[cfg(test)]
mod tests;
