//! How one name comes to be spelt in many ways: by published tables, by passports, by whoever types.

use crate::Chance;

/// Ways to write a name that is given in Kazakh or Russian Cyrillic.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Script {
    /// As it is given.
    Cyrillic,
    /// Kazakh letters by their Russian neighbours.
    Russified,
    /// BGN/PCGN 1979 for Kazakh, ODNI 2015 for Russian, without diacritics.
    Published,
    /// The acute alphabet of 2018.
    Acute,
    /// The alphabet of 2021.
    Latin2021,
    /// ICAO 9303, as in passports.
    Passport,
    /// As people write who never saw a table.
    Free,
}

impl Script {
    /// Every script and way of spelling.
    pub const ALL: [Self; 7] =
        [Self::Cyrillic, Self::Russified, Self::Published, Self::Acute, Self::Latin2021, Self::Passport, Self::Free];
}

/// Each letter, then how it is written by [`Script::Russified`], and by the Latin ones in their order.
const LETTERS: &[(&str, [&str; 6])] = &[
    ("ә", ["а", "a", "á", "ä", "a", "a"]),
    ("ғ", ["г", "gh", "ǵ", "ğ", "gh", "g"]),
    ("қ", ["к", "q", "q", "q", "k", "k"]),
    ("ң", ["н", "ng", "ń", "ñ", "n", "n"]),
    ("ө", ["о", "o", "ó", "ö", "o", "o"]),
    ("ұ", ["у", "u", "u", "ū", "u", "u"]),
    ("ү", ["у", "u", "ú", "ü", "u", "u"]),
    ("һ", ["х", "h", "h", "h", "h", "h"]),
    ("і", ["и", "i", "i", "ı", "i", "i"]),
    ("а", ["а", "a", "a", "a", "a", "a"]),
    ("б", ["б", "b", "b", "b", "b", "b"]),
    ("в", ["в", "v", "v", "v", "v", "v"]),
    ("г", ["г", "g", "g", "g", "g", "g"]),
    ("д", ["д", "d", "d", "d", "d", "d"]),
    ("е", ["е", "e", "e", "e", "e", "e"]),
    ("ё", ["е", "e", "e", "e", "e", "yo"]),
    ("ж", ["ж", "zh", "j", "j", "zh", "j"]),
    ("з", ["з", "z", "z", "z", "z", "z"]),
    ("и", ["и", "i", "ı", "i", "i", "i"]),
    ("й", ["й", "y", "ı", "i", "i", "y"]),
    ("к", ["к", "k", "k", "k", "k", "k"]),
    ("л", ["л", "l", "l", "l", "l", "l"]),
    ("м", ["м", "m", "m", "m", "m", "m"]),
    ("н", ["н", "n", "n", "n", "n", "n"]),
    ("о", ["о", "o", "o", "o", "o", "o"]),
    ("п", ["п", "p", "p", "p", "p", "p"]),
    ("р", ["р", "r", "r", "r", "r", "r"]),
    ("с", ["с", "s", "s", "s", "s", "s"]),
    ("т", ["т", "t", "t", "t", "t", "t"]),
    ("у", ["у", "u", "ý", "u", "u", "u"]),
    ("ф", ["ф", "f", "f", "f", "f", "f"]),
    ("х", ["х", "kh", "h", "h", "kh", "kh"]),
    ("ц", ["ц", "ts", "ts", "ts", "ts", "ts"]),
    ("ч", ["ч", "ch", "ch", "ch", "ch", "ch"]),
    ("ш", ["ш", "sh", "sh", "ş", "sh", "sh"]),
    ("щ", ["щ", "shch", "sh", "ş", "shch", "sch"]),
    ("ъ", ["", "", "", "", "", ""]),
    ("ы", ["ы", "y", "y", "y", "y", "y"]),
    ("ь", ["ь", "", "", "", "", ""]),
    ("э", ["э", "e", "e", "e", "e", "e"]),
    ("ю", ["ю", "yu", "ıý", "iu", "iu", "yu"]),
    ("я", ["я", "ya", "ıa", "ia", "ia", "ya"]),
];

/// Writes a Cyrillic word in `script`, with a capital letter.
#[must_use]
pub fn spell(word: &str, script: Script) -> String {
    let column = Script::ALL.iter().position(|each| *each == script).unwrap_or_default();
    let spelt: String = word
        .chars()
        .map(|letter| {
            let letter = letter.to_string();
            match (column, LETTERS.iter().find(|(known, _)| *known == letter)) {
                (1.., Some((_, spellings))) => spellings[column - 1].to_owned(),
                _ => letter,
            }
        })
        .collect();
    let mut letters = spelt.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Makes one typing mistake: a letter left out, doubled as another, replaced, or swapped with its neighbour.
#[must_use]
pub fn mistype(word: &str, chance: &mut Chance) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let last = letters.len() as u64 - 1;
    let at = |chance: &mut Chance, end: u64| usize::try_from(chance.below(end)).unwrap();
    let stranger = if word.is_ascii() {
        chance.pick(&['b', 'd', 'm', 'p', 'r', 't'])
    } else {
        chance.pick(&['б', 'д', 'м', 'п', 'р', 'т'])
    };
    match chance.below(4) {
        0 => drop(letters.remove(1 + at(chance, last))),
        1 => letters.insert(1 + at(chance, last), stranger),
        2 => letters[1 + at(chance, last)] = stranger,
        _ => {
            let place = at(chance, last);
            letters.swap(place, place + 1);
        }
    }
    letters.into_iter().collect()
}
