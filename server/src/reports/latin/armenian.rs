//! Armenian letters of the Republic of Armenia: the system of BGN and PCGN of 1981, without its apostrophes.

use super::{Place, Spelt};

/// What stands at a place, in Latin letters.
pub(super) fn spelt(place: Place<'_>) -> Option<Spelt> {
    let after_vowel =
        place.near(-1).is_some_and(|before| matches!(before, 'ա' | 'ե' | 'է' | 'ը' | 'ի' | 'ո' | 'ւ' | 'օ'));
    let is_open = place.begins_word() || after_vowel;
    Some(match (place.here(), place.near(1)) {
        ('ո', Some('ւ')) => Spelt::two("u"),
        // The word «ով» alone has no v before it.
        ('ո', Some('վ')) if place.begins_word() && !place.near(2).is_some_and(char::is_alphabetic) => Spelt::one("o"),
        ('ո', _) if place.begins_word() => Spelt::one("vo"),
        ('ե', _) if is_open => Spelt::one("ye"),
        ('և', _) if is_open => Spelt::one("yev"),
        ('և', _) => Spelt::one("ev"),
        (other, _) => Spelt::one(letter(other)?),
    })
}

const fn letter(small: char) -> Option<&'static str> {
    Some(match small {
        'ա' => "a",
        'բ' => "b",
        'գ' => "g",
        'դ' => "d",
        'ե' | 'է' => "e",
        'զ' => "z",
        'ը' | 'յ' => "y",
        'թ' | 'տ' => "t",
        'ժ' => "zh",
        'ի' => "i",
        'լ' => "l",
        'խ' => "kh",
        'ծ' | 'ց' => "ts",
        'կ' | 'ք' => "k",
        'հ' => "h",
        'ձ' => "dz",
        'ղ' => "gh",
        'ճ' | 'չ' => "ch",
        'մ' => "m",
        'ն' => "n",
        'շ' => "sh",
        'ո' | 'օ' => "o",
        'պ' | 'փ' => "p",
        'ջ' => "j",
        'ռ' => "rr",
        'ս' => "s",
        'վ' | 'ւ' => "v",
        'ր' => "r",
        'ֆ' => "f",
        _ => return None,
    })
}
