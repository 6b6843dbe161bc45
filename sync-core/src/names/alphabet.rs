//! In which alphabet a word was meant, where letters of two alphabets look alike.
//!
//! A name that went through several hands has Latin letters among Cyrillic ones (`Caxapoв`), or none but letters that
//! stand in both alphabets (`Copoka`). The first is settled by the letters that stand in one alphabet only; the second
//! has two readings.

use std::borrow::Cow;

use super::{ends_word, split_words};
use crate::documents::roster::PersonName;

/// Letters with a twin in the other alphabet, in the case in which they look alike, Latin and Cyrillic in the same order.
/// `k` is confusable in handwriting and many typefaces, `h` is typed for Kazakh `һ`; the others are in Unicode's list of
/// confusables (UTS 39), as a test says.
const TWINS: [(char, char); 28] = [
    ('A', 'А'),
    ('B', 'В'),
    ('C', 'С'),
    ('E', 'Е'),
    ('H', 'Н'),
    ('I', 'І'),
    ('K', 'К'),
    ('M', 'М'),
    ('O', 'О'),
    ('P', 'Р'),
    ('T', 'Т'),
    ('X', 'Х'),
    ('Y', 'У'),
    ('Y', 'Ү'),
    ('Ə', 'Ә'),
    ('Ɵ', 'Ө'),
    ('a', 'а'),
    ('c', 'с'),
    ('e', 'е'),
    ('h', 'һ'),
    ('i', 'і'),
    ('k', 'к'),
    ('o', 'о'),
    ('p', 'р'),
    ('x', 'х'),
    ('y', 'у'),
    ('ə', 'ә'),
    ('ɵ', 'ө'),
];

/// What the letters of a word, or of a name, say about its alphabet.
#[derive(Clone, Copy, Default)]
pub(super) struct LetterCount {
    /// Latin letters, and those of them without a twin.
    latin: u32,
    latin_only: u32,
    /// Cyrillic letters, and those of them without a twin.
    cyrillic: u32,
    cyrillic_only: u32,
}

/// An alphabet of names here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Alphabet {
    Latin,
    Cyrillic,
}

impl LetterCount {
    pub(super) fn of(text: &str) -> Self {
        let mut letters = Self::default();
        for c in text.chars().filter(|c| c.is_alphabetic()) {
            match c {
                _ if is_latin(c) => {
                    letters.latin += 1;
                    letters.latin_only += u32::from(cyrillic_twin(c).is_none());
                }
                '\u{400}'..='\u{52f}' => {
                    letters.cyrillic += 1;
                    letters.cyrillic_only += u32::from(latin_twin(c).is_none());
                }
                _ => {}
            }
        }
        letters
    }

    /// The alphabet that a text with letters of both was meant in; `None` where it has letters of one, or letters that
    /// stand in one alphabet only of each.
    fn of_mixture(self) -> Option<Alphabet> {
        match self {
            Self { latin: 0, .. } | Self { cyrillic: 0, .. } => None,
            Self { latin_only: 0, .. } => Some(Alphabet::Cyrillic),
            Self { cyrillic_only: 0, .. } => Some(Alphabet::Latin),
            _ => None,
        }
    }

    /// Whether there are Latin letters, and each of them could as well be Cyrillic.
    pub(super) const fn has_latin_twins_only(self) -> bool {
        self.latin > 0 && self.latin_only == 0
    }

    /// Whether every letter is Latin and could as well be Cyrillic.
    pub(super) const fn could_be_cyrillic(self) -> bool {
        self.has_latin_twins_only() && self.cyrillic == 0
    }

    /// Whether every letter is Cyrillic and could as well be Latin.
    const fn could_be_latin(self) -> bool {
        self.cyrillic > 0 && self.cyrillic_only == 0 && self.latin == 0
    }

    /// Whether the text has a letter that is Cyrillic only, and no other than look-alikes of another alphabet.
    pub(super) const fn is_cyrillic(self) -> bool {
        self.cyrillic_only > 0 && self.latin_only == 0
    }
}

/// The word with its look-alikes in the alphabet that it was meant in.
pub(super) fn in_one_alphabet(word: &str) -> Cow<'_, str> {
    // Nearly every word is in one alphabet; to see that must cost nothing.
    if word.is_ascii() || !word.contains(is_latin) {
        return Cow::Borrowed(word);
    }
    let letters = LetterCount::of(word);
    match letters.of_mixture() {
        Some(alphabet) => Cow::Owned(in_alphabet(word, alphabet)),
        // Letters of both that have no twin: what there is more of.
        None if letters.latin > 0 && letters.cyrillic > letters.latin => {
            Cow::Owned(in_alphabet(word, Alphabet::Cyrillic))
        }
        None => Cow::Borrowed(word),
    }
}

/// A name of which every word is in the alphabet that it was meant in: by its own letters, and a word of look-alikes only
/// by the other words.
#[must_use]
pub fn name_in_its_alphabets(name: &PersonName) -> PersonName {
    let parts = [&name.family, &name.given, &name.patronymic];
    let words = parts.into_iter().flat_map(|part| split_words(part));
    let mut letters = words.map(|word| LetterCount::of(&in_one_alphabet(word)));
    let is_cyrillic = letters.any(|letters| letters.cyrillic > 0 && letters.latin == 0);
    let read = |word: &str| match is_cyrillic && LetterCount::of(word).could_be_cyrillic() {
        true => in_alphabet(word, Alphabet::Cyrillic),
        false => in_one_alphabet(word).into_owned(),
    };
    let [family, given, patronymic] = parts.map(|part| {
        let pieces = part.split_inclusive(ends_word).map(|piece| {
            let word = piece.trim_end_matches(ends_word);
            read(word) + &piece[word.len()..]
        });
        pieces.collect::<String>()
    });
    PersonName { family, given, patronymic, script: name.script.clone() }
}

/// The same word in the other alphabet, where every letter stands in both.
pub(super) fn other_reading(word: &str) -> Option<String> {
    let letters = LetterCount::of(word);
    if letters.could_be_cyrillic() {
        return Some(in_alphabet(word, Alphabet::Cyrillic));
    }
    letters.could_be_latin().then(|| in_alphabet(word, Alphabet::Latin))
}

/// The word with every letter that has a twin in `alphabet` replaced by it.
pub(super) fn in_alphabet(word: &str, alphabet: Alphabet) -> String {
    let twin = |c| match alphabet {
        Alphabet::Latin => latin_twin(c),
        Alphabet::Cyrillic => cyrillic_twin(c),
    };
    word.chars().map(|c| twin(c).unwrap_or(c)).collect()
}

const fn is_latin(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | 'ə' | 'ɵ')
}

fn cyrillic_twin(latin: char) -> Option<char> {
    TWINS.iter().find(|twins| twins.0 == latin).map(|twins| twins.1)
}

fn latin_twin(cyrillic: char) -> Option<char> {
    TWINS.iter().find(|twins| twins.1 == cyrillic).map(|twins| twins.0)
}

#[cfg(test)]
mod tests {
    use unicode_security::confusable_detection::skeleton;

    use super::*;

    #[test]
    fn unicode_lists_the_twins_as_confusable() {
        let alike = |latin: char, cyrillic: char| {
            skeleton(&latin.to_string()).eq(skeleton(&cyrillic.to_string()).collect::<Vec<char>>())
        };
        let others: Vec<char> = TWINS.iter().filter(|(a, b)| !alike(*a, *b)).map(|(latin, _)| *latin).collect();
        assert_eq!(others, ['k']);
    }

    #[test]
    fn a_word_is_read_in_the_alphabet_of_the_letters_that_stand_in_one_only() {
        let words = [
            ("Coвa", "Сова"),
            ("Caxapoв", "Сахаров"),
            ("Poмaн", "Роман"),
            ("Гауhар", "Гауһар"),
            ("Сhоlpаn", "Cholpan"),
        ];
        for (written, meant) in words {
            assert_eq!(in_one_alphabet(written), meant);
        }
        for written in ["Сова", "Copoka", "Anna", "ЖanaR", "Αθηνά", ""] {
            assert_eq!(in_one_alphabet(written), written);
        }
        let whole = |family: &str, given: &str| {
            let [family, given] = [family, given].map(str::to_owned);
            let name = name_in_its_alphabets(&PersonName { family, given, ..PersonName::default() });
            format!("{}|{}", name.family, name.given)
        };
        assert_eq!(whole("Coвa-Poмaн", "Tapac"), "Сова-Роман|Тарас");
        assert_eq!(whole("Ɵмірова", "Əсел Сəуле"), "Өмірова|Әсел Сәуле");
        assert_eq!(whole("Кim", "Anna"), "Kim|Anna");
        assert_eq!(whole("Copoka", "Anna"), "Copoka|Anna");
        assert_eq!(other_reading("Copoka").as_deref(), Some("Сорока"));
        assert_eq!(other_reading("Вера").as_deref(), Some("Bepa"));
        assert_eq!(
            ["Anna", "Сова", "Tapac!", "12", ""].map(|word| other_reading(word).is_some()),
            [false, false, true, false, false]
        );
    }
}
