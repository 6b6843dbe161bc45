//! When two written codes are one code.
//!
//! Owns the canonical form of codes and of the keys of teams and sites: what is compared, hashed and looked up. The
//! form is never shown; what somebody wrote is. Names have more spellings than codes, see [`crate::names`].

mod look_alikes;

use std::cell::OnceCell;
use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use look_alikes::capital_of_shape;

/// The canonical form of a code, or of the key of a team or a site.
///
/// Two texts have one canonical form if they differ only in Unicode's compatibility forms (NFKC), in case, in the kind
/// of dash, in blanks beside a dash or more than one blank in a row, in characters that nobody sees, or in letters of
/// Latin, Cyrillic and Greek whose capitals have one shape: `a–0001` and `А-0001` with a Cyrillic letter are `A-0001`.
/// Digits are never letters, and leading zeros count.
#[must_use]
pub fn canonical_code(written: &str) -> String {
    let mut code = String::with_capacity(written.len());
    if written.is_ascii() {
        written.chars().for_each(|c| push(&mut code, c.to_ascii_uppercase()));
    } else {
        let capitals = written.nfkc().filter(|c| !is_invisible(*c)).flat_map(char::to_uppercase).nfc();
        // A letter that took the shape of another alphabet may form one character with the accent behind it.
        for c in capitals.map(capital_of_shape).nfc().map(capital_of_shape) {
            push(&mut code, if is_dash(c) { '-' } else { c });
        }
    }
    code.truncate(code.trim_end().len());
    code
}

/// Whether two written codes are one code: see [`canonical_code`].
#[must_use]
pub fn is_same_code(one: &str, other: &str) -> bool {
    if is_plain(one) && is_plain(other) {
        return one.eq_ignore_ascii_case(other);
    }
    canonical_code(one) == canonical_code(other)
}

/// The canonical form of the name of an issuer, an office or a register: as of a code, and whatever parts its words, be it
/// a dash, a dot, an underscore or blanks, is one. Never shown.
#[must_use]
pub fn canonical_issuer(written: &str) -> String {
    let code = canonical_code(written);
    let words = code.split(|c: char| c.is_whitespace() || matches!(c, '-' | '_' | '.')).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    if words.is_empty() { code } else { words.join(" ") }
}

/// Whether two written names are those of one issuer: see [`canonical_issuer`].
#[must_use]
pub fn is_same_issuer(one: &str, other: &str) -> bool {
    one == other || canonical_issuer(one) == canonical_issuer(other)
}

fn is_plain(code: &str) -> bool {
    code.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A code with which many others are compared: its canonical form is made once, however long it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WantedCode {
    written: String,
    canonical: String,
}

impl WantedCode {
    /// Prepares a written code for comparisons.
    #[must_use]
    pub fn of(written: &str) -> Self {
        Self { written: written.to_owned(), canonical: canonical_code(written) }
    }

    /// Whether another written code is the same code, as [`is_same_code`] tells.
    #[must_use]
    pub fn is(&self, other: &str) -> bool {
        if is_plain(other) {
            return self.canonical.eq_ignore_ascii_case(other);
        }
        self.written == other || self.canonical == canonical_code(other)
    }
}

/// Keys, as of the teams of an event, among which many written codes are looked up: see [`known_key`].
pub struct KnownKeys<'a, T> {
    known: &'a BTreeMap<String, T>,
    /// By their canonical form; made when the first code is looked up that stands otherwise than its key.
    by_form: OnceCell<BTreeMap<String, &'a str>>,
}

impl<'a, T> KnownKeys<'a, T> {
    /// The keys of `known`.
    #[must_use]
    pub const fn of(known: &'a BTreeMap<String, T>) -> Self {
        Self { known, by_form: OnceCell::new() }
    }

    /// What stands under the key that is the same code as `written`, with that key.
    #[must_use]
    pub fn get(&self, written: &str) -> Option<(&'a str, &'a T)> {
        let known = self.known;
        if let Some((key, value)) = known.get_key_value(written) {
            return Some((key, value));
        }
        if known.is_empty() {
            return None;
        }
        let by_form = self.by_form.get_or_init(|| {
            // Of two keys that are one code the first counts.
            known.keys().rev().map(|key| (canonical_code(key), key.as_str())).collect()
        });
        let key = *by_form.get(&canonical_code(written))?;
        Some((key, known.get(key)?))
    }
}

/// The key of `known`, as of the teams of an event, that is the same code as `written`; `written` where there is none.
#[must_use]
pub fn known_key<'a, T>(known: &'a BTreeMap<String, T>, written: &'a str) -> &'a str {
    if known.contains_key(written) {
        return written;
    }
    known.keys().find(|key| is_same_code(key, written)).map_or(written, String::as_str)
}

/// Appends one character and settles which blanks stay.
fn push(code: &mut String, c: char) {
    if c.is_whitespace() {
        if !code.is_empty() && !code.ends_with(['-', ' ']) {
            code.push(' ');
        }
        return;
    }
    if c == '-' && code.ends_with(' ') {
        code.pop();
    }
    code.push(c);
}

/// Unicode's dashes of writing (general category Pd but for those of other scripts), the minus and the hyphen bullet.
pub(crate) const fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2043}' | '\u{2e3a}' | '\u{2e3b}' | '\u{2e40}')
}

/// What comes along when text is copied from a page, and is seen by nobody: soft hyphens, joiners, marks of direction,
/// selectors of variants, the byte order mark, tags, marks of annotations, and letters that only fill a place.
#[must_use]
pub const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn assert_one_code(written: &[&str]) {
        let codes: Vec<String> = written.iter().map(|code| canonical_code(code)).collect();
        assert!(codes.windows(2).all(|pair| pair[0] == pair[1]), "{written:?} are {codes:?}");
    }

    #[test]
    fn a_code_is_one_code_in_either_alphabet_with_any_dash_and_in_any_case() {
        assert_one_code(&["A-0001", "a-0001", "А-0001", "а-0001", "Α-0001", "A–0001", "A‑0001", "a—0001", "A−0001"]);
        assert_one_code(&[
            "B-0002",
            "В-0002",
            "в-0002",
            "Ｂ－０００２",
            " B - 0002 ",
            "B-0002\u{feff}",
            "B\u{ad}-0002",
        ]);
        assert_one_code(&["T02", "Т02", "т02"]);
        assert_one_code(&["HOCKEY MAP", "НОСКЕУ  МАР", "hockey\u{a0}map"]);
        assert_one_code(&["Қ-1", "қ-1", "Ҡ-1", "Ӄ-1", "Ҝ-1", "Ԟ-1"]);
        assert_one_code(&["Ө-7", "Ɵ-7", "Ѳ-7", "θ-7", "ө-7"]);
        assert_one_code(&["Ә-7", "Ə-7", "ә-7", "ə-7"]);
        assert_one_code(&["Ғ-7", "Ӻ-7", "Ҕ-7", "ғ-7"]);
        assert_one_code(&["Ң-7", "Ӈ-7", "Ӊ-7", "Ҥ-7"]);
        assert_one_code(&["Һ-7", "Ԧ-7"]);
        assert_one_code(&["i-7", "İ-7", "ı-7", "I-7", "І-7", "і-7", "Ӏ-7"]);
        assert_one_code(&["Й-7", "И\u{306}-7"]);
    }

    #[test]
    fn an_issuer_is_one_in_whatever_spelling_of_its_words() {
        let spellings =
            ["Front Office", "front office", "Front  Office ", "front-office", "FRONT_OFFICE", "Frоnt Office"];
        for spelling in spellings {
            assert!(is_same_issuer(spelling, "front office"), "{spelling}");
        }
        assert!(is_same_issuer("Фронт-офис", "фронт офис") && is_same_issuer("qazvolunteer.kz", "QazVolunteer.kz"));
        for other in ["back office", "front office 2", "frontoffice2", "-", ""] {
            assert!(!is_same_issuer(other, "front office"), "{other}");
        }
        assert!(!is_same_issuer("-", "_"));
    }

    #[test]
    fn different_codes_stay_different() {
        let codes = [
            "A-0001", "A-001", "A0001", "A 0001", "A-OOO1", "A_0001", "1-23", "12-3", "L-1", "I-1", "1-1", "0-1",
            "O-1", "З-1", "3-1", "Б-1", "6-1", "Г-1", "R-1", "И-1", "N-1", "Ж-1", "Ь-1", "B-1", "Ө-1", "П-1", "Қ-1",
            "K-1", "",
        ];
        let mut forms: Vec<String> = codes.iter().map(|code| canonical_code(code)).collect();
        forms.sort();
        forms.dedup();
        assert_eq!(forms.len(), codes.len(), "{forms:?}");
    }

    #[test]
    fn letters_of_one_alphabet_stay_apart_but_for_the_short_u_of_kazakh() {
        let alphabets =
            ["ABCDEFGHIJKLMNOPQRSTUVWXYZ", "АӘБВГҒДЕЁЖЗИЙКҚЛМНҢОӨПРСТУҰФХҺЦЧШЩЪЫІЬЭЮЯ", "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ"];
        for alphabet in alphabets {
            let mut forms: Vec<String> = alphabet.chars().map(|letter| canonical_code(&letter.to_string())).collect();
            forms.sort();
            forms.dedup();
            assert_eq!(forms.len(), alphabet.chars().count(), "{forms:?}");
        }
        // Both look like Y, and whoever has no Kazakh keyboard writes one for the other.
        assert_one_code(&["Ү-1", "У-1", "Y-1"]);
    }

    #[test]
    fn a_letter_with_two_accents_has_one_canonical_form() {
        assert_one_code(&["ΐ-1", "Ϊ\u{301}-1", "ḯ-1", "Ḯ-1"]);
    }

    #[test]
    fn the_canonical_form_of_each_letter_of_an_alphabet_with_any_accent_is_its_own_canonical_form() {
        let accents = ["", "\u{300}", "\u{301}", "\u{302}", "\u{304}", "\u{306}", "\u{308}", "\u{30b}", "\u{345}"];
        for c in ('\0'..='\u{2fff}').chain('\u{fb00}'..='\u{ffff}') {
            for accent in accents {
                let code = canonical_code(&format!("{c}{accent}"));
                assert_eq!(canonical_code(&code), code, "{c:?} with {accent:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_prepared_for_many_comparisons_compares_as_two_written_codes_do(
            one in "[ Aa-cZАа-сЗ0-1–-]{0,3}", other in "[ Aa-cZАа-сЗ0-1–-]{0,3}", keys in vec("[AaBАаВ1 -]{1,2}", 0..6),
        ) {
            prop_assert_eq!(WantedCode::of(&one).is(&other), is_same_code(&one, &other));
            let known: BTreeMap<String, ()> = keys.into_iter().map(|key| (key, ())).collect();
            let found = KnownKeys::of(&known).get(&one).map(|(key, ())| key);
            prop_assert_eq!(found, Some(known_key(&known, &one)).filter(|key| known.contains_key(*key)));
        }

        #[test]
        fn the_canonical_form_is_its_own_canonical_form(written in "\\PC{0,12}", typed in "[A-Za-zА-Яа-яӘ-ӿ–— -]{0,12}") {
            for text in [written, typed] {
                let code = canonical_code(&text);
                prop_assert_eq!(canonical_code(&code), code);
            }
        }

        #[test]
        fn what_is_written_in_capitals_of_ascii_is_canonical(code in "[A-Z0-9]{1,6}(-[A-Z0-9]{1,6})?") {
            prop_assert_eq!(canonical_code(&code), code);
        }
    }
}
