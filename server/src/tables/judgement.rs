//! Judges whether words look like words of the languages that are written here.
//!
//! Kazakh, Russian and English foremost, then the languages of neighbours and guests. A wrong code page shows in letters
//! that no such language has, Cyrillic inside Latin words, capitals inside words, and vowels where none can be.

use std::ops::{Add, AddAssign};

/// How odd a text looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Oddity {
    /// What a well-kept text does not have: a wrong code page, or hardly anything else.
    pub strong: u32,
    /// Rare letters, which tell only which of two readings is likelier.
    pub weak: u32,
}

impl Oddity {
    pub(super) const fn total(self) -> u32 {
        self.strong + self.weak
    }
}

impl Add for Oddity {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { strong: self.strong + other.strong, weak: self.weak + other.weak }
    }
}

impl AddAssign for Oddity {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// What a symbol in the place of a letter counts, and a letter of no language here.
const FOREIGN: u32 = 6;
/// A capital after a small letter, and a letter of one alphabet inside a word of another.
const MISPLACED: u32 = 4;

/// Adds up what is odd about the words of a text. Words in plain ASCII are the same in every reading and count nothing.
pub(super) fn oddity(text: &str) -> Oddity {
    let words = text.split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '\'');
    words.filter(|word| !word.is_ascii()).fold(Oddity::default(), |sum, word| sum + of_word(word))
}

/// Quotation marks, dashes and signs that stand at the edge of words in every well-kept list.
const fn is_usual_sign(c: char) -> bool {
    matches!(c, '\u{a0}' | '«' | '»' | '„' | '“' | '”' | '‘' | '’' | '–' | '—' | '…' | '№' | '°' | '•' | '\u{202f}')
        || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{ad}' | '\u{2010}'..='\u{2012}' | '\u{2212}' | '€' | '₸')
}

/// Tells whether a sign, or a letter of no language here, stands before a letter inside a word, as it does where a letter
/// was misread.
pub(super) fn has_sign_in_word(text: &str) -> bool {
    let words =
        text.split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '\'').filter(|word| !word.is_ascii());
    words.map(|word| word.trim_matches(|c: char| is_usual_sign(c))).any(|word| {
        let letters = word.chars().zip(word.chars().skip(1));
        letters.into_iter().any(|(sign, letter)| letter.is_alphabetic() && is_sign(sign))
    })
}

const fn is_sign(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}' | '¡'..='ª' | '¬' | '®' | '¯' | '±'..='¶' | '¸'..='º' | '¼'..='¿' | '×' | '÷' | 'ƒ' | 'ˆ' | '˜' | '†' | '‡' | '‰' | '‹' | '›' | '™')
        || matches!(c, '\u{2190}'..='\u{25ff}' | 'ђ' | 'Ђ' | 'ѓ' | 'Ѓ' | 'љ' | 'Љ' | 'њ' | 'Њ' | 'ћ' | 'Ћ' | 'џ' | 'Џ')
        || matches!(c, 'ѕ' | 'Ѕ' | 'ј' | 'Ј' | 'ќ' | 'Ќ')
}

fn of_word(word: &str) -> Oddity {
    let letters: Vec<char> = word.trim_matches(|c: char| is_usual_sign(c)).chars().collect();
    if letters.is_empty() {
        return Oddity::default();
    }
    // What an en dash or a hard blank joins are words of their own.
    if let Some(at) = letters.iter().position(|c| matches!(c, '\u{a0}' | '–' | '—' | '…' | '\u{2010}'..='\u{2012}'))
    {
        let (before, after) = (letters[..at].iter().collect::<String>(), letters[at + 1..].iter().collect::<String>());
        return of_word(&before) + of_word(&after);
    }
    let mut sum = Oddity::default();
    let (mut latin, mut cyrillic, mut accented) = (0, 0, 0);
    for (at, &letter) in letters.iter().enumerate() {
        let (before, after) = (at.checked_sub(1).map(|at| letters[at]), letters.get(at + 1).copied());
        let beside = Beside { before: before.map(lower), after: after.map(lower) };
        match letter {
            'a'..='z' | 'A'..='Z' => latin += 1,
            '\u{400}'..='\u{52f}' => {
                cyrillic += 1;
                sum += of_cyrillic(lower(letter), beside);
            }
            '\u{c0}'..='\u{24f}' | '\u{259}' | '\u{18f}' | '\u{1e00}'..='\u{1eff}' if letter.is_alphabetic() => {
                latin += 1;
                accented += 1;
                sum += of_accented(letter, beside);
            }
            '€' | '₸' if beside.is_beside_letter() => sum.strong += FOREIGN,
            '0'..='9' | '\'' | '’' | '\u{2bc}' | '\u{2bb}' => {}
            // Other scripts, marks above letters, and pictures that people put into comments.
            _ if letter.is_alphabetic() && letter > '\u{2ff}' => {}
            '\u{300}'..='\u{36f}' | '\u{1f000}'.. | '\u{2600}'..='\u{27bf}' | '\u{fe0f}' => {}
            '\u{80}'..='\u{9f}' => sum.strong += 10,
            _ => sum.strong += FOREIGN,
        }
        if before.is_some_and(char::is_lowercase) && letter.is_uppercase() {
            sum.strong += MISPLACED;
        }
    }
    sum.strong += latin.min(cyrillic) * MISPLACED;
    if letters[0].is_lowercase() && letters.iter().skip(1).filter(|c| c.is_uppercase()).count() > 1 {
        sum.strong += MISPLACED;
    }
    sum + of_accents(&letters, accented, latin) + of_vowels(&letters, cyrillic)
}

fn lower(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

/// The letters on both sides of one, in lower case.
#[derive(Clone, Copy)]
struct Beside {
    before: Option<char>,
    after: Option<char>,
}

impl Beside {
    fn is_beside_letter(self) -> bool {
        [self.before, self.after].into_iter().flatten().any(char::is_alphabetic)
    }

    fn vowel_before(self) -> bool {
        self.before.is_some_and(is_vowel)
    }

    fn vowel_after(self) -> bool {
        self.after.is_some_and(is_vowel)
    }

    fn consonant_before(self) -> bool {
        self.before.is_some_and(|c| c.is_alphabetic() && !is_vowel(c))
    }

    fn consonant_after(self) -> bool {
        self.after.is_some_and(|c| c.is_alphabetic() && !is_vowel(c))
    }
}

fn is_vowel(c: char) -> bool {
    "аеёиоуыэюяәіөұүієїaeiouyáéíóúýäëïöüâêîôûàèìòùåæøœıəőű".contains(c)
}

/// By how rare a letter is, and for letters that KZ-1048 and windows-1251 have at one place by what stands beside it.
fn of_cyrillic(letter: char, beside: Beside) -> Oddity {
    let weak = |weak| Oddity { strong: 0, weak };
    let odd = |is_odd: bool| if is_odd { Oddity { strong: MISPLACED, weak: 0 } } else { weak(1) };
    match letter {
        'а' | 'о' | 'е' | 'и' | 'н' | 'т' | 'с' | 'р' | 'в' | 'л' | 'к' | 'м' | 'д' | 'у' | 'я' | 'ы' => {
            weak(0)
        }
        'п' | 'з' | 'б' | 'г' | 'ч' | 'й' | 'х' | 'ж' | 'ш' | 'ю' | 'ц' | 'і' | 'қ' | 'ң' => weak(1),
        'ь' => odd(beside.before.is_none() || beside.vowel_before()),
        'ъ' => odd(!beside.consonant_before() || !beside.after.is_some_and(|c| "еёюяиі".contains(c))),
        'ё' | 'э' | 'ф' | 'щ' | 'һ' => weak(2),
        // Vowels never follow one another in Kazakh; у and и may.
        'ә' | 'ө' | 'ұ' | 'ү' => odd(beside.before.is_some_and(|c| "аеёоыэюяәіөұүї".contains(c))
            || beside.after.is_some_and(|c| "аеёоыэюяәіөұүї".contains(c))),
        'ғ' => {
            if beside.consonant_after() {
                weak(if beside.before.is_none() { 6 } else { 3 })
            } else {
                odd(beside.consonant_before() && beside.after.is_none())
            }
        }
        'є' => odd(beside.vowel_after() || beside.consonant_before()) + weak(1),
        'ї' => odd(beside.consonant_before()),
        'ґ' => odd(!beside.vowel_before() && !beside.vowel_after()) + weak(1),
        // Uzbek has it, too: in lists of this country ұ is what stands there.
        'ў' => weak(if beside.vowel_before() { 1 } else { 5 }),
        _ => Oddity { strong: FOREIGN, weak: 0 },
    }
}

/// Letters of Turkish, German, French, Spanish and other guests. Where windows-1252 and windows-1254 have two letters at
/// one place, by what stands beside it.
fn of_accented(letter: char, beside: Beside) -> Oddity {
    let weak = |weak| Oddity { strong: 0, weak };
    match letter {
        'ð' | 'Ð' | 'þ' | 'Þ' => Oddity { strong: MISPLACED, weak: 0 },
        'ý' | 'Ý' => {
            let is_alone = !beside.vowel_before() && !beside.vowel_after();
            if is_alone { Oddity { strong: MISPLACED, weak: 0 } } else { weak(1) }
        }
        'ı' => weak(if beside.vowel_before() || beside.vowel_after() { 4 } else { 1 }),
        'İ' => weak(if beside.consonant_before() { 2 } else { 1 }),
        'ÿ' | 'Ÿ' | 'ƒ' | 'õ' | 'Õ' | 'ì' | 'Ì' | 'ò' | 'Ò' | 'ù' | 'Ù' | 'ã' | 'Ã' => weak(3),
        '×' | '÷' => Oddity { strong: FOREIGN, weak: 0 },
        _ => weak(1),
    }
}

/// Words of which most letters have accents, or three in a row, are words of no language here.
fn of_accents(letters: &[char], accented: u32, latin: u32) -> Oddity {
    let is_accented = |c: &char| matches!(c, '\u{c0}'..='\u{17f}');
    let longest = letters.split(|c| !is_accented(c)).map(<[char]>::len).max().unwrap_or_default();
    let run = u32::try_from(longest.saturating_sub(2)).unwrap_or(u32::MAX).saturating_mul(5);
    let most = if latin >= 4 && accented * 2 > latin { MISPLACED } else { 0 };
    // Vietnamese, whose letters stand elsewhere, has as many.
    let is_vietnamese = letters.iter().any(|c| matches!(c, '\u{1ea0}'..='\u{1ef9}' | 'ơ' | 'ư' | 'đ'));
    if is_vietnamese { Oddity::default() } else { Oddity { strong: run + most, weak: 0 } }
}

/// A word of four letters has a vowel, unless it is in capitals, as abbreviations are.
fn of_vowels(letters: &[char], cyrillic: u32) -> Oddity {
    if cyrillic < 4 {
        return Oddity::default();
    }
    let has_vowel = letters.iter().any(|c| is_vowel(lower(*c)));
    let longest = letters.split(|c| !c.is_alphabetic() || is_vowel(lower(*c)) || matches!(c, 'ь' | 'ъ' | 'й'));
    let run = longest.map(<[char]>::len).max().unwrap_or_default().saturating_sub(4);
    let missing = if has_vowel { 0 } else { 4 };
    Oddity { strong: 0, weak: missing + 2 * u32::try_from(run).unwrap_or(u32::MAX) }
}
