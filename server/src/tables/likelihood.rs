//! How likely a text is, by the letters that follow one another in words of the languages here.
//!
//! Of each language `languages` holds a few hundred names and words of lists. What follows what in them is counted when
//! the first text is judged. To make a language known, add a file of its names. Deliberately knows nothing of encodings.

use std::ops::AddAssign;
use std::sync::LazyLock;

/// Names and words of one language, or of neighbours that are written alike, and how seldom the language is met.
const LANGUAGES: [(&str, Nats); 16] = [
    (include_str!("languages/kk.txt"), 0.0),
    (include_str!("languages/ru.txt"), 0.0),
    (include_str!("languages/en.txt"), 0.0),
    (include_str!("languages/tr.txt"), 0.0),
    (include_str!("languages/uk.txt"), 2.0),
    (include_str!("languages/uz.txt"), 2.0),
    (include_str!("languages/de.txt"), 1.0),
    (include_str!("languages/fr.txt"), 1.0),
    (include_str!("languages/es.txt"), 1.0),
    (include_str!("languages/pl.txt"), 1.5),
    (include_str!("languages/cs.txt"), 2.5),
    (include_str!("languages/hu.txt"), 1.5),
    (include_str!("languages/el.txt"), 1.5),
    (include_str!("languages/nordic.txt"), 2.0),
    (include_str!("languages/sr.txt"), 5.0),
    (include_str!("languages/is.txt"), 8.0),
];

/// All costs are negative natural logarithms of a probability.
pub(super) type Nats = f32;

/// A letter that no word of the language has.
const FOREIGN_LETTER: Nats = 11.0;
/// A letter of Kazakh in a word of another language.
const KAZAKH_LETTER: Nats = 7.0;
/// Letters of two alphabets in one word.
const TWO_ALPHABETS: Nats = 14.0;
/// A sign, or a character that is no letter of any language here, inside a word.
const SIGN_INSIDE: Nats = 14.0;
/// A place of a code page where no letter is.
const NO_CHARACTER: Nats = 16.0;
/// A quotation mark, a dash or the like where it belongs.
const SIGN_IN_PLACE: Nats = 4.5;
/// A hard blank or a dash between two words.
const JOINT: Nats = 8.0;
/// A typographer's apostrophe where the language has none.
const APOSTROPHE: Nats = 11.0;
/// A capital after a small letter.
const MISPLACED_CAPITAL: Nats = 6.0;
/// A word that begins with a small letter, or is in capitals.
const NO_TITLE: Nats = 1.5;
/// How much a letter by itself counts against the letter before it.
const SMOOTHING: Nats = 0.8;

/// A text that costs more for each letter is none that a person wrote.
const GIBBERISH: Nats = 3.9;
/// One that costs more is worth a second look.
const ODD: Nats = 3.2;

/// How a text looks.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Judged {
    /// The lower, the likelier.
    pub cost: Nats,
    /// Letters, and the ends of words.
    pub letters: usize,
    /// A sign stands where a letter should, or a letter of another language.
    pub is_misread: bool,
}

impl Judged {
    fn costs_more_than(self, limit: Nats) -> bool {
        self.cost > limit * self.letters as Nats
    }

    /// Tells a text that is none, in whatever language.
    pub(super) fn is_gibberish(self) -> bool {
        self.is_misread || self.costs_more_than(GIBBERISH)
    }

    /// Tells a text that may be none.
    pub(super) fn is_odd(self) -> bool {
        self.is_misread || self.costs_more_than(ODD)
    }
}

impl AddAssign for Judged {
    fn add_assign(&mut self, other: Self) {
        self.cost += other.cost;
        self.letters += other.letters;
        self.is_misread |= other.is_misread;
    }
}

/// Judges the words of a text beyond ASCII. Words in plain ASCII are the same in every code page.
pub(super) fn judge(text: &str) -> Judged {
    let mut judged = Judged::default();
    for word in words(text) {
        judged += Judged {
            cost: of_word(word),
            letters: word.chars().count() + 1,
            is_misread: has_sign_inside(word) || has_stranger(word),
        };
    }
    judged
}

fn has_sign_inside(word: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    let beside = |at: Option<usize>| at.and_then(|at| letters.get(at)).copied();
    letters.iter().enumerate().any(|(at, sign)| {
        let (before, after) = (beside(at.checked_sub(1)), beside(Some(at + 1)));
        let is_in_place = match sign {
            // Ligatures of a typesetter, which nobody types.
            '\u{fb00}'..='\u{fb06}' => false,
            _ if sign.is_alphanumeric() || sign.is_ascii() || is_apostrophe(*sign) => true,
            // A mark above the letter before it, an emblem, what joins emblems.
            '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe0f}' | '\u{1f000}'.. => true,
            '\u{80}'..='\u{9f}' => false,
            _ if is_joint(*sign) => !after.is_some_and(char::is_lowercase) || before.is_none(),
            _ if opens(*sign) => true,
            _ if may_follow(*sign) && before.is_none_or(char::is_numeric) => true,
            _ if closes(*sign) || may_follow(*sign) => !after.is_some_and(char::is_alphabetic),
            _ => !after.or(before).is_some_and(char::is_alphabetic),
        };
        !is_in_place
    })
}

/// Tells whether a word has a letter of Serbian or Macedonian, or the rarest one of Kazakh, and is of another language. They
/// stand where other code pages have the letters and signs that are misread most.
fn has_stranger(word: &str) -> bool {
    let parts = word.split(|c: char| !c.is_alphanumeric() && !is_apostrophe(c));
    parts.filter(|part| !part.is_ascii()).any(|part| {
        let letters: Vec<char> = part.chars().collect();
        let places: Vec<usize> = letters.iter().map(|letter| MODELS.letter(lower(*letter))).collect();
        let costs = MODELS.languages.iter().map(|language| (language.of_letters(&letters, &places), language));
        let Some((_, language)) = costs.min_by(|(a, _), (b, _)| a.total_cmp(b)) else { return false };
        let is_strange =
            |(letter, place): (&char, &usize)| "ђѓљњћџѕјќһ".contains(lower(*letter)) && !language.has(*place);
        letters.iter().zip(&places).any(is_strange)
    })
}

/// Letters of Kazakh that Russian lacks: Kazakh names are met in every language here.
fn is_kazakh(letter: char) -> bool {
    "әғқңөұүһі".contains(lower(letter))
}

/// Signs that stand behind a word, or a number.
const fn may_follow(sign: char) -> bool {
    matches!(sign, '®' | '™' | '©' | '°' | '²' | '³' | 'ª' | 'º' | '½' | '†' | '•' | '₸' | '€' | '×')
}

const fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | '´' | 'ʼ' | 'ʻ')
}

/// The words of a text in which not all letters are ASCII.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '\'';
    text.split(ends).filter(|word| !word.is_ascii())
}

fn of_word(word: &str) -> Nats {
    let inner = word.trim_matches(|c: char| !c.is_alphanumeric());
    if inner.is_empty() {
        return word.chars().map(|sign| if is_usual_sign(sign) { SIGN_IN_PLACE } else { of_sign(sign) }).sum();
    }
    let begin = inner.as_ptr() as usize - word.as_ptr() as usize;
    let before = word[..begin].chars().map(|sign| if opens(sign) { SIGN_IN_PLACE } else { of_sign(sign) });
    let after =
        word[begin + inner.len()..].chars().map(|sign| if closes(sign) { SIGN_IN_PLACE } else { of_sign(sign) });
    let parts = inner.split(is_joint).map(of_letters);
    let joints = inner.chars().filter(|c| is_joint(*c)).count() as Nats * JOINT;
    before.chain(after).chain(parts).sum::<Nats>() + joints
}

const fn is_joint(c: char) -> bool {
    matches!(c, '\u{a0}' | '–' | '—' | '\u{2010}'..='\u{2012}')
}

const fn is_usual_sign(c: char) -> bool {
    opens(c) || closes(c) || is_joint(c) || may_follow(c)
}

const fn opens(sign: char) -> bool {
    matches!(sign, '«' | '„' | '“' | '‘' | '№' | '\'')
}

const fn closes(sign: char) -> bool {
    matches!(sign, '»' | '“' | '”' | '’' | '…' | '\'')
}

/// What a sign costs that does not belong there.
fn of_sign(sign: char) -> Nats {
    match sign {
        '\u{80}'..='\u{9f}' | '\u{fffd}' => NO_CHARACTER,
        _ => SIGN_INSIDE,
    }
}

fn of_letters(word: &str) -> Nats {
    let letters: Vec<char> = word.chars().collect();
    if letters.is_empty() {
        return SIGN_INSIDE;
    }
    let places: Vec<usize> = letters.iter().map(|letter| MODELS.letter(lower(*letter))).collect();
    let spelling = MODELS.languages.iter().map(|language| language.of_letters(&letters, &places));
    spelling.fold(Nats::MAX, Nats::min) + of_case(&letters) + of_alphabets(&letters)
}

fn lower(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

fn of_alphabets(letters: &[char]) -> Nats {
    let alphabet = |letter: &char| match letter {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Some(0),
        '\u{370}'..='\u{3ff}' => Some(1),
        '\u{400}'..='\u{52f}' => Some(2),
        _ => None,
    };
    let mut alphabets = letters.iter().filter_map(alphabet);
    let first = alphabets.next();
    if alphabets.all(|other| Some(other) == first) { 0.0 } else { TWO_ALPHABETS }
}

fn of_case(letters: &[char]) -> Nats {
    let pairs = letters.iter().zip(&letters[1..]);
    let misplaced = pairs.filter(|(before, after)| before.is_lowercase() && after.is_uppercase()).count();
    let upper = letters.iter().filter(|letter| letter.is_uppercase()).count();
    let all = letters.iter().filter(|letter| letter.is_alphabetic()).count();
    let shape = if upper == 1 && letters[0].is_uppercase() {
        0.0
    } else if upper == 0 || upper == all {
        NO_TITLE
    } else {
        MISPLACED_CAPITAL
    };
    shape + misplaced as Nats * MISPLACED_CAPITAL
}

static MODELS: LazyLock<Models> = LazyLock::new(Models::learn);

struct Models {
    /// All letters of all languages, sorted.
    letters: Vec<char>,
    languages: Vec<Model>,
}

/// What follows what in one language.
struct Model {
    /// For each letter of all languages its place among those of this one, from 1; 0 where it has none.
    own: Vec<u8>,
    /// One more than there are letters: place 0 is the edge of a word.
    size: usize,
    /// The cost of the second letter after the first.
    costs: Vec<Nats>,
    /// The cost of a letter after one that the language does not have.
    alone: Vec<Nats>,
    /// How seldom the language is met.
    rarity: Nats,
}

impl Models {
    fn learn() -> Self {
        let texts = LANGUAGES.iter().flat_map(|(text, _)| text.chars().flat_map(char::to_lowercase));
        let mut letters: Vec<char> = texts.filter(|c| is_letter(*c)).collect();
        letters.sort_unstable();
        letters.dedup();
        let languages = LANGUAGES.iter().map(|(text, rarity)| Model::learn(text, *rarity, &letters)).collect();
        Self { letters, languages }
    }

    /// The place of a letter; beyond all places for one that no language has.
    fn letter(&self, letter: char) -> usize {
        self.letters.binary_search(&letter).unwrap_or(usize::MAX)
    }
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\'' | '’')
}

impl Model {
    fn learn(text: &str, rarity: Nats, all: &[char]) -> Self {
        let mut own = vec![0; all.len()];
        let mut count = 0u8;
        let text: String = text.chars().flat_map(char::to_lowercase).collect();
        for letter in text.chars().filter(|c| is_letter(*c)) {
            if let Ok(place) = all.binary_search(&letter)
                && own[place] == 0
            {
                count += 1;
                own[place] = count;
            }
        }
        let size = usize::from(count) + 1;
        let mut pairs = vec![0.0; size * size];
        let mut singles = vec![0.5; size];
        for word in text.split_whitespace() {
            let mut before = 0;
            for letter in word.chars() {
                let Ok(place) = all.binary_search(&letter) else { continue };
                let place = usize::from(own[place]);
                pairs[before * size + place] += 1.0;
                singles[place] += 1.0;
                before = place;
            }
            pairs[before * size] += 1.0;
            singles[0] += 1.0;
        }
        let total: Nats = singles.iter().sum();
        let row = |before: usize| &pairs[before * size..(before + 1) * size];
        let costs = (0..size).flat_map(|before| {
            let sum: Nats = row(before).iter().sum();
            let singles = &singles;
            row(before)
                .iter()
                .enumerate()
                .map(move |(after, pairs)| -((pairs + SMOOTHING * singles[after] / total) / (sum + SMOOTHING)).ln())
        });
        let costs = costs.collect();
        let alone = singles.iter().map(|single| -(single / total).ln()).collect();
        Self { own, size, costs, alone, rarity }
    }

    fn has(&self, place: usize) -> bool {
        self.own.get(place).is_some_and(|own| *own > 0)
    }

    fn of_letters(&self, letters: &[char], places: &[usize]) -> Nats {
        let mut before = Some(0);
        let mut sum = self.rarity;
        let mut step = |place: Option<usize>, letter: Option<char>| {
            sum += match (before, place) {
                (Some(before), Some(place)) => self.costs[before * self.size + place],
                (None, Some(place)) => self.alone[place],
                (_, None) => letter.map_or(0.0, of_stranger),
            };
            before = place;
        };
        for (letter, place) in letters.iter().zip(places) {
            let own = self.own.get(*place).map_or(0, |own| usize::from(*own));
            step(Some(own).filter(|own| *own > 0), Some(*letter));
        }
        step(Some(0), None);
        sum
    }
}

/// What a character costs that no word of a language has.
fn of_stranger(letter: char) -> Nats {
    match letter {
        '0'..='9' => 3.0,
        '\'' | 'ʼ' | 'ʻ' => 5.0,
        _ if is_apostrophe(letter) => APOSTROPHE,
        '\u{80}'..='\u{9f}' => NO_CHARACTER,
        _ if is_kazakh(letter) => KAZAKH_LETTER,
        _ if letter.is_alphabetic() => FOREIGN_LETTER,
        _ => SIGN_INSIDE,
    }
}
