//! Greek letters, as passports of Greece spell them: ELOT 743 (ISO 843, transcription, type 2).

use unicode_normalization::UnicodeNormalization;

use super::{Place, Spelt};

const ACUTE: char = '\u{301}';
const DIAERESIS: char = '\u{308}';

/// What stands at a place, in Latin letters.
pub(super) fn spelt(place: Place<'_>) -> Option<Spelt> {
    let here = base(place.here())?;
    let next = place.near(1).and_then(base);
    let together = match (here, next) {
        ('ο', Some('υ')) if are_one_sound(place) => Some("ou"),
        ('α', Some('υ')) if are_one_sound(place) => Some(if is_voiced(place.near(2)) { "av" } else { "af" }),
        ('ε', Some('υ')) if are_one_sound(place) => Some(if is_voiced(place.near(2)) { "ev" } else { "ef" }),
        ('η', Some('υ')) if are_one_sound(place) => Some(if is_voiced(place.near(2)) { "iv" } else { "if" }),
        ('γ', Some('γ')) => Some("ng"),
        ('γ', Some('ξ')) => Some("nx"),
        ('γ', Some('χ')) => Some("nch"),
        ('μ', Some('π')) if place.begins_word() || !place.near(2).is_some_and(char::is_alphabetic) => Some("b"),
        _ => None,
    };
    match together {
        Some(latin) => Some(Spelt::two(latin)),
        None => letter(here).map(Spelt::one),
    }
}

const fn letter(base: char) -> Option<&'static str> {
    Some(match base {
        'α' => "a",
        'β' => "v",
        'γ' => "g",
        'δ' => "d",
        'ε' => "e",
        'ζ' => "z",
        'η' | 'ι' => "i",
        'θ' => "th",
        'κ' => "k",
        'λ' => "l",
        'μ' => "m",
        'ν' => "n",
        'ξ' => "x",
        'ο' | 'ω' => "o",
        'π' => "p",
        'ρ' => "r",
        'σ' | 'ς' => "s",
        'τ' => "t",
        'υ' => "y",
        'φ' => "f",
        'χ' => "ch",
        'ψ' => "ps",
        _ => return None,
    })
}

/// The letter without its marks; `None` for what is not Greek.
fn base(small: char) -> Option<char> {
    let base = std::iter::once(small).nfd().next()?;
    matches!(base, 'α'..='ω').then_some(base)
}

fn has(letter: Option<char>, mark: char) -> bool {
    letter.is_some_and(|letter| std::iter::once(letter).nfd().any(|part| part == mark))
}

/// Whether a vowel and the υ after it are read together: not with an accent on the first or a diaeresis on the second.
fn are_one_sound(place: Place<'_>) -> bool {
    !has(place.near(0), ACUTE) && !has(place.near(1), DIAERESIS)
}

/// Whether υ before this letter is read as v, and not as f.
fn is_voiced(letter: Option<char>) -> bool {
    let base = letter.and_then(base);
    base.is_some_and(|base| {
        matches!(base, 'α' | 'ε' | 'η' | 'ι' | 'ο' | 'υ' | 'ω' | 'β' | 'γ' | 'δ' | 'ζ' | 'λ' | 'μ' | 'ν' | 'ρ')
    })
}
