//! Folds the spellings of one word into one key, letter by letter.
//!
//! Both scripts are first written in the same plain Latin letters, then the same digraph rules run over them. So a
//! rule that is too coarse for one script is exactly as coarse for the other, and the two still meet.
//!
//! Sources: BGN/PCGN 1979 (Kazakh) and ODNI 2015 (Russian) romanisation, Kazakhstan's Latin alphabets of 2018 and
//! 2021, ICAO 9303 part 3 (passports), and the free spellings people use.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

use super::alphabet::in_one_alphabet;

/// Folds one word: all usual spellings of one name, in Cyrillic and Latin, become the same lower-case text.
///
/// The key is for comparing and never for showing. It uses `a b c d e f g h i k l m n o p r s t u v z`, with `sh`,
/// `zh` and `ch` for one sound each, no letter twice in a row; letters of other scripts stay, in lower case.
/// Whatever is neither letter nor digit is left out, so a word without either folds to nothing.
///
/// Latin `j` before a vowel is read as Ж (`Janna`), elsewhere as Й (`Sergej`); a spelling that means Я, Ю or Е by it
/// is one letter away, which [`similarity`](crate::names::similarity) and
/// [`Matcher`](crate::names::Matcher) forgive.
#[must_use]
pub fn fold_word(word: &str) -> String {
    fold_reading(word, Reading::default())
}

/// How to read the two Latin letters that mean different things in different alphabets.
#[derive(Clone, Copy, Default)]
pub(super) struct Reading {
    pub j: LatinJ,
    pub x: LatinX,
}

/// How to read Latin `j`.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum LatinJ {
    /// As its neighbours suggest.
    #[default]
    ByNeighbours,
    /// Й, or the beginning of Я, Ю and Е.
    Glide,
    /// Ж.
    Zh,
}

impl LatinJ {
    pub(super) const ALL: [Self; 3] = [Self::ByNeighbours, Self::Glide, Self::Zh];
}

/// How to read Latin `x`.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum LatinX {
    /// As its neighbours suggest.
    #[default]
    ByNeighbours,
    /// Х.
    Kh,
    /// КС.
    Ks,
}

impl LatinX {
    pub(super) const ALL: [Self; 3] = [Self::ByNeighbours, Self::Kh, Self::Ks];
}

pub(super) fn fold_reading(word: &str, reading: Reading) -> String {
    let letters = resolve(&spell(word), reading);
    let mut folded = String::with_capacity(letters.len());
    for letter in letters {
        append(&mut folded, letter);
    }
    folded
}

/// Writes a word in plain lower-case letters; `j` and `x` still wait for their neighbours.
fn spell(word: &str) -> Vec<char> {
    let word = in_one_alphabet(word);
    let mut letters = Vec::with_capacity(word.len() + 4);
    for c in word.nfkc() {
        for lower in c.to_lowercase() {
            spell_letter(lower, &mut letters);
        }
    }
    letters
}

fn spell_letter(c: char, letters: &mut Vec<char>) {
    let plain = match c {
        'a'..='z' => return letters.push(plain_latin(c)),
        'а' | 'ә' | 'ə' | 'ǝ' | 'æ' | 'ӕ' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ғ' | 'ґ' | 'ҕ' | 'ӷ' | 'ӻ' => "g",
        'д' | 'đ' | 'ð' => "d",
        'е' | 'э' | 'ё' | 'є' => "e",
        'ж' | 'җ' | 'ž' | 'ź' | 'ż' => "zh",
        'з' | 'ҙ' => "z",
        'и' | 'й' | 'і' | 'ї' | 'ы' | 'ı' | 'ј' | 'ӏ' => "i",
        'к' | 'қ' | 'ҡ' | 'ҝ' | 'ҟ' | 'ӄ' | 'ԟ' => "k",
        'л' | 'ł' => "l",
        'м' => "m",
        'н' | 'ң' | 'ҥ' | 'ӈ' | 'ӊ' | 'ԣ' | 'ԩ' => "n",
        'о' | 'ө' | 'ɵ' | 'ѳ' | 'θ' | 'ø' | 'œ' => "o",
        'п' => "p",
        'р' => "r",
        'с' | 'ҫ' | 'ѕ' | 'ß' => "s",
        'т' | 'þ' => "t",
        'у' | 'ұ' | 'ү' | 'ў' | 'ý' => "u",
        'ф' => "f",
        'х' | 'һ' | 'ҳ' | 'ӽ' | 'ӿ' | 'ԧ' => "h",
        'ц' => "c",
        'ч' | 'ҷ' | 'ӌ' | 'ç' | 'č' | 'ć' => "ch",
        'ш' | 'щ' | 'ş' | 'š' | 'ș' | 'ś' => "sh",
        'ю' => "iu",
        'я' => "ia",
        'ъ' | 'ь' => "",
        _ => return spell_other(c, letters),
    };
    letters.extend(plain.chars());
}

const fn plain_latin(c: char) -> char {
    match c {
        'q' => 'k',
        'w' => 'u',
        'y' => 'i',
        other => other,
    }
}

/// An accented letter counts as its base; a letter of another script as itself.
fn spell_other(c: char, letters: &mut Vec<char>) {
    let mut base = None;
    decompose_canonical(c, |part| base = base.or(Some(part)));
    match base {
        Some(base) if base != c => spell_letter(base, letters),
        _ if c.is_alphanumeric() && !is_combining_mark(c) => letters.push(c),
        _ => {}
    }
}

const fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}

/// Decides what depends on both neighbours: `gh`, `kh`, `j` and `x`.
fn resolve(letters: &[char], reading: Reading) -> Vec<char> {
    let mut out = Vec::with_capacity(letters.len() + 2);
    for (index, &letter) in letters.iter().enumerate() {
        let (before, after) = (&letters[..index], &letters[index + 1..]);
        match letter {
            'h' if before.ends_with(&['g']) => {}
            'k' if after.starts_with(&['h']) => {}
            'j' => {
                let glide = match reading.j {
                    LatinJ::ByNeighbours => j_is_glide(before, after),
                    LatinJ::Glide => true,
                    LatinJ::Zh => false,
                };
                out.extend_from_slice(if glide { &['i'] } else { &['z', 'h'] });
            }
            'x' => {
                let two = match reading.x {
                    LatinX::ByNeighbours => x_is_ks(before, after),
                    LatinX::Kh => false,
                    LatinX::Ks => true,
                };
                out.extend_from_slice(if two { &['k', 's'] } else { &['h'] });
            }
            other => out.push(other),
        }
    }
    out
}

/// Tells whether Latin `j` ends a syllable (`Sergej`, `Ajgul`) or stands in the ending `-ija` (`Marija`).
fn j_is_glide(before: &[char], after: &[char]) -> bool {
    let after_vowel = before.last().is_some_and(|c| is_vowel(*c));
    let before_vowel = after.first().is_some_and(|c| is_vowel(*c) || *c == 'j');
    (after_vowel && !before_vowel) || (before.ends_with(&['i']) && after == ['a'])
}

/// Tells whether Latin `x` is КС, as in the few names where it is; elsewhere it is the Х of the free spellings.
fn x_is_ks(before: &[char], after: &[char]) -> bool {
    before.ends_with(&['l', 'e'])
        || (before.ends_with(&['l', 'i']) && after.is_empty())
        || (before.ends_with(&['m', 'a']) && after.starts_with(&['i']))
        || (before.ends_with(&['o']) && before.len() <= 2 && after.starts_with(&['a', 'n']))
        || (before.is_empty() && after.starts_with(&['e', 'n']))
}

/// Appends one letter and settles what it does to the end of the word.
fn append(folded: &mut String, letter: char) {
    let mut letter = letter;
    while let Some(last) = folded.chars().next_back() {
        letter = match (last, letter) {
            (last, letter) if last == letter => return,
            ('n', 'g') | ('g', 'h') => return,
            ('h', 'c') if folded.ends_with("sh") => return,
            // The c of `sc` becomes the h of `sh`, so nothing is taken back.
            ('s', 'c') => return folded.push('h'),
            ('i', 'e' | 'o') => 'e',
            ('o', 'u') => 'u',
            ('k', 'h') => 'h',
            ('t', 's' | 'c' | 'z') => 'c',
            ('d', 'z') => 'z',
            _ => break,
        };
        folded.pop();
    }
    folded.push(letter);
}
