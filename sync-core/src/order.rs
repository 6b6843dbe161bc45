//! The order of names in a list: the alphabet of the language that is asked for.
//!
//! Owns one function, the same on the server, in the core and in reports. It follows the collation of CLDR for Kazakh,
//! Russian and English (Unicode's collation algorithm, UTS 10, with their tailorings) for the letters of Latin, Cyrillic
//! and Greek, digits and the signs that stand in names; a test holds it against ICU4X. It is a table of its own, because
//! ICU4X's root data alone are larger than what the module for browsers has left. Other scripts come last, in the order
//! of code points.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

use crate::words::Language;

/// Where a text stands in a list: texts sort as their keys do, first by letters, then by marks, then small before
/// capital.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct SortKey(Box<str>);

/// Signs in names, in their order; digits come after them and before letters.
const SIGNS: &str = " _-–—,;:!?.·'\"«»()[]{}@*/\\&#%`^+<=>|~$0123456789";
const LATIN: &str = "abcdeǝəɛfgɣhiıɨjkĸlmnŋoɔɵpqrstuʉvʌwxyƴzʒþ";
const GREEK: &str = "αβγδεζηθικλμνξοπρστυφχψω";
/// The root order; Kazakh puts three letters elsewhere.
const CYRILLIC: &str = "аәӕбвгғӻҕӷдԁђԃҙеєжԫҗзԅԑѕӡԇиҋійјкқӄҡҟҝԟԛлӆԯԓԡљԉԕмӎнԩӊңӈԣҥњԋоөпԥҧҁрҏԗсԍҫтԏҭћу\
    үұѹфхӽӿҳһԧѡѿѽѻцҵчԭҷӌҹҽҿџшщъыьҍѣэюяԙѥѧѫѩѭѯѱѳѵҩԝӏ";
static SIGN_PLACES: Places<0x60> = Places::among(' ', SIGNS);
static LATIN_PLACES: Places<0x24f> = Places::among('a', LATIN);
static GREEK_PLACES: Places<0x90> = Places::among('\u{370}', GREEK);
static CYRILLIC_PLACES: Places<0x130> = Places::among('\u{400}', CYRILLIC);
/// Marks above and below letters, in their order; others come after them.
const MARKS: &str = "\u{313}\u{314}\u{301}\u{300}\u{306}\u{302}\u{30c}\u{30a}\u{342}\u{308}\u{30b}\u{303}\u{307}\u{338}\u{327}\u{328}\u{304}";
/// The mark that a letter counts as having which is one of its own, as đ beside d.
const STROKE: char = '\u{335}';

/// Stands between the levels of a key, below every weight.
const LEVEL: char = '\u{1}';
/// The weight of a letter without a mark, and of a small letter.
const COMMON: char = '\u{2}';
const CAPITAL: char = '\u{3}';
const FIRST_MARK: u32 = 4;

/// The weights with which signs and the three scripts begin. What weighs more stands for itself.
const FIRST_SIGN: u32 = 0x10;
const FIRST_LETTER: u32 = 0x80;
const SCRIPT_WIDTH: u32 = 0x100;
const OTHERS: u32 = FIRST_LETTER + 3 * SCRIPT_WIDTH;

impl SortKey {
    /// Where `text` stands in a list in `language`.
    #[must_use]
    pub fn of(text: &str, language: Language) -> Self {
        let mut levels = Levels { language, letters: String::new(), marks: String::new(), cases: String::new() };
        for c in text.nfkc() {
            let case = if c.is_uppercase() { CAPITAL } else { COMMON };
            c.to_lowercase().for_each(|small| levels.push(small, case));
        }
        let Levels { mut letters, marks, cases, .. } = levels;
        for level in [marks, cases] {
            letters.push(LEVEL);
            letters.push_str(level.trim_end_matches(COMMON));
        }
        Self(letters.into())
    }

    /// The key as it is written into a cursor. It holds neither a line's end nor a zero.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key that a cursor has.
    #[must_use]
    pub fn from_cursor(text: &str) -> Self {
        Self(text.into())
    }
}

/// The levels of a key while they are written: letters, then what is above and below them, then their case.
struct Levels {
    language: Language,
    letters: String,
    marks: String,
    cases: String,
}

impl Levels {
    fn push(&mut self, small: char, case: char) {
        if let Some(weight) = self.weight(small) {
            self.letters.push(weight);
            self.marks.push(COMMON);
            self.cases.push(case);
            return;
        }
        match small {
            'ß' => self.push_as(&['s', 's'], case),
            'æ' => self.push_as(&['a', 'e'], case),
            'œ' => self.push_as(&['o', 'e'], case),
            'đ' | 'ð' => self.push_as(&['d'], case),
            'ħ' => self.push_as(&['h'], case),
            'ł' => self.push_as(&['l'], case),
            'ø' => self.push_as(&['o'], case),
            'ŧ' => self.push_as(&['t'], case),
            'ґ' => self.push_as(&['г'], case),
            'ς' => self.push_as(&['σ'], case),
            '‘' | '’' => self.push_as(&['\''], case),
            '“' | '”' | '„' => self.push_as(&['"'], case),
            '\u{2010}' | '\u{2011}' => self.push_as(&['-'], case),
            mark if is_combining_mark(mark) => self.push_mark(mark),
            other => self.push_decomposed(other, case),
        }
    }

    /// Writes what counts as these letters with a stroke.
    fn push_as(&mut self, letters: &[char], case: char) {
        letters.iter().for_each(|letter| self.push(*letter, case));
        self.push_mark(STROKE);
    }

    fn push_mark(&mut self, mark: char) {
        let place = (FIRST_MARK..).zip(MARKS.chars()).find(|(_, known)| *known == mark);
        self.marks.push(place.and_then(|(place, _)| char::from_u32(place)).unwrap_or(mark));
        self.cases.push(COMMON);
    }

    /// A letter with marks counts as its base; one of another script as itself.
    fn push_decomposed(&mut self, c: char, case: char) {
        let mut parts = 0;
        decompose_canonical(c, |part| {
            parts += 1;
            if part != c {
                self.push(part, case);
            }
        });
        if parts == 1 {
            let weight = u32::from(c).max(OTHERS);
            self.letters.extend(char::from_u32(weight));
            self.marks.push(COMMON);
            self.cases.push(case);
        }
    }

    /// The weight of a letter that counts as one of its own.
    fn weight(&self, c: char) -> Option<char> {
        let (script, place) = match c {
            ' '..='~' if !c.is_ascii_alphabetic() => {
                return char::from_u32(FIRST_SIGN + SIGN_PLACES.of(c)?);
            }
            '–' | '—' | '·' | '«' | '»' => return char::from_u32(FIRST_SIGN + place_in(SIGNS, c)?),
            'a'..='\u{2af}' => (Script::Latin, LATIN_PLACES.of(c)? * 2),
            '\u{370}'..='\u{3ff}' => (Script::Greek, GREEK_PLACES.of(c)? * 2),
            '\u{400}'..='\u{52f}' => (Script::Cyrillic, self.place_in_cyrillic(c)?),
            _ => return None,
        };
        // The own script first; Greek between Latin and Cyrillic, as it is in the root order.
        let order = match (self.language, script) {
            (Language::En, Script::Latin) | (Language::Kk | Language::Ru, Script::Cyrillic) => 0,
            (Language::En, Script::Greek) | (Language::Kk | Language::Ru, Script::Latin) => 1,
            (Language::En, Script::Cyrillic) | (Language::Kk | Language::Ru, Script::Greek) => 2,
        };
        char::from_u32(FIRST_LETTER + order * SCRIPT_WIDTH + place)
    }

    /// Places are two apart, so that Kazakh can put a letter between two others.
    fn place_in_cyrillic(&self, c: char) -> Option<u32> {
        match (self.language, c) {
            (Language::Kk, 'ё') => CYRILLIC_PLACES.of('е').map(|place| place * 2 + 1),
            (Language::Kk, 'ұ') => CYRILLIC_PLACES.of('ү').map(|place| place * 2 - 1),
            (Language::Kk, 'і') => CYRILLIC_PLACES.of('ы').map(|place| place * 2 + 1),
            _ => CYRILLIC_PLACES.of(c).map(|place| place * 2),
        }
    }
}

#[derive(Clone, Copy)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
}

/// The places of an alphabet's letters, by code point: a list of thousands of names looks up each of their letters.
struct Places<const N: usize> {
    first: u32,
    places: [u8; N],
}

impl<const N: usize> Places<N> {
    const NOWHERE: u8 = u8::MAX;

    /// Of those letters of `alphabet` that are among the `N` code points from `first` on.
    const fn among(first: char, alphabet: &str) -> Self {
        let first = first as u32;
        let (mut places, mut place) = ([Self::NOWHERE; N], 0);
        let mut rest = alphabet.as_bytes();
        while let Some((c, after)) = first_letter(rest) {
            if c >= first && ((c - first) as usize) < N {
                places[(c - first) as usize] = place;
            }
            place += 1;
            rest = after;
        }
        Self { first, places }
    }

    fn of(&self, c: char) -> Option<u32> {
        let at = u32::from(c).checked_sub(self.first)?;
        self.places.get(at as usize).copied().filter(|place| *place != Self::NOWHERE).map(u32::from)
    }
}

/// The first code point of a text, and what comes after it. An alphabet has none of more than three bytes.
const fn first_letter(text: &[u8]) -> Option<(u32, &[u8])> {
    match text {
        [a @ ..0x80, rest @ ..] => Some((*a as u32, rest)),
        [a @ ..0xe0, b, rest @ ..] => Some(((*a as u32 & 0x1f) << 6 | *b as u32 & 0x3f, rest)),
        [a, b, c, rest @ ..] => Some(((*a as u32 & 0xf) << 12 | (*b as u32 & 0x3f) << 6 | *c as u32 & 0x3f, rest)),
        _ => None,
    }
}

fn place_in(alphabet: &str, c: char) -> Option<u32> {
    (0..).zip(alphabet.chars()).find(|(_, letter)| *letter == c).map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use icu_collator::options::CollatorOptions;
    use icu_collator::{Collator, CollatorBorrowed};
    use icu_locale::locale;
    use proptest::prelude::*;

    use super::*;

    const LANGUAGES: [Language; 3] = [Language::Kk, Language::Ru, Language::En];

    fn collator(language: Language) -> CollatorBorrowed<'static> {
        let locale = match language {
            Language::Kk => locale!("kk"),
            Language::Ru => locale!("ru"),
            Language::En => locale!("en"),
        };
        Collator::try_new((&locale).into(), CollatorOptions::default()).unwrap()
    }

    fn sorted(mut names: Vec<&str>, language: Language) -> Vec<&str> {
        names.sort_by_cached_key(|name| SortKey::of(name, language));
        names
    }

    #[test]
    fn kazakh_russian_and_english_have_an_order_of_their_own() {
        let names =
            vec!["Ғани", "Гүлнар", "Әсел", "Анна", "Болат", "Қуаныш", "Кенже", "Ірімшік", "Ыбырай", "Ивар", "Zara"];
        let kazakh =
            ["Анна", "Әсел", "Болат", "Гүлнар", "Ғани", "Ивар", "Кенже", "Қуаныш", "Ыбырай", "Ірімшік", "Zara"];
        assert_eq!(sorted(names.clone(), Language::Kk), kazakh);
        let russian =
            ["Анна", "Әсел", "Болат", "Гүлнар", "Ғани", "Ивар", "Ірімшік", "Кенже", "Қуаныш", "Ыбырай", "Zara"];
        assert_eq!(sorted(names.clone(), Language::Ru), russian);
        assert_eq!(sorted(names, Language::En)[0], "Zara");
        assert_eq!(sorted(vec!["Ёлкин", "Ежов", "Елкин", "Жуков"], Language::Ru), ["Ежов", "Елкин", "Ёлкин", "Жуков"]);
        assert_eq!(
            sorted(vec!["Ёлкин", "Ещенко", "Елкин", "Жуков"], Language::Kk),
            ["Елкин", "Ещенко", "Ёлкин", "Жуков"]
        );
        assert_eq!(sorted(vec!["Үсен", "Ұлан", "Умар"], Language::Kk), ["Умар", "Ұлан", "Үсен"]);
    }

    /// Every name of the recorded weeks and of the published transliterations, in their spellings.
    fn names() -> Vec<String> {
        let lists = [
            include_str!("../../server/field-week/roster-front-office.csv"),
            include_str!("../../server/field-week/roster-partner.csv"),
            include_str!("names/testdata/kazakh-bgn-pcgn-1979.tsv"),
            include_str!("names/testdata/russian-odni-2015.tsv"),
        ];
        let cells = lists.iter().flat_map(|list| list.lines().skip(1)).flat_map(|line| {
            let cells: Vec<&str> = line.split([';', ',', '\t']).collect();
            let family_and_given = cells.get(1..3).map(|two| two.join(" "));
            cells.into_iter().map(str::to_owned).chain(family_and_given).collect::<Vec<String>>()
        });
        cells.filter(|cell| cell.chars().any(char::is_alphabetic)).collect()
    }

    #[test]
    fn thousands_of_names_stand_as_icu4x_puts_them() {
        let names = names();
        assert!(names.len() > 5000, "{}", names.len());
        for language in LANGUAGES {
            let collator = collator(language);
            let mut ours: Vec<(SortKey, &str)> =
                names.iter().map(|name| (SortKey::of(name, language), name.as_str())).collect();
            ours.sort();
            let wrong = ours.windows(2).find(|two| collator.compare(two[0].1, two[1].1) == Ordering::Greater);
            assert_eq!(wrong, None, "{language:?}");
            for two in ours.windows(2).filter(|two| two[0].0 == two[1].0) {
                assert_eq!(collator.compare(two[0].1, two[1].1), Ordering::Equal, "{language:?}: {two:?}");
            }
        }
    }

    #[test]
    fn every_script_has_room_for_its_letters() {
        let room = SCRIPT_WIDTH as usize / 2;
        assert!([LATIN, GREEK, CYRILLIC].iter().all(|letters| letters.chars().count() <= room));
        assert!(SIGNS.chars().count() <= (FIRST_LETTER - FIRST_SIGN) as usize);
        assert!(MARKS.chars().count() <= (FIRST_SIGN - FIRST_MARK) as usize + 8);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn any_two_names_stand_as_icu4x_puts_them(
            one in "[А-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІіЇїЎўA-Za-zÄäÖöÜüŞşÇçÉéÑñĞğİıǴǵŃńÁáÝýŁłŪū '’.0-9-]{0,8}",
            other in "[А-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІіЇїЎўA-Za-zÄäÖöÜüŞşÇçÉéÑñĞğİıǴǵŃńÁáÝýŁłŪū '’.0-9-]{0,8}",
            kept in 0..8usize,
            language in prop::sample::select(&LANGUAGES[..]),
        ) {
            let ours = |a: &str, b: &str| SortKey::of(a, language).cmp(&SortKey::of(b, language));
            let collator = collator(language);
            prop_assert_eq!(ours(&one, &other), collator.compare(&one, &other), "{} and {}", one, other);
            // Names that begin alike are the hard ones.
            let begins: String = one.chars().take(kept).collect();
            let other = format!("{begins}{other}");
            prop_assert_eq!(ours(&one, &other), collator.compare(&one, &other), "{} and {}", one, other);
        }
    }
}
