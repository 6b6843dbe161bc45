//! Names in Latin letters: as somebody spelt them, else as passports spell them.
//!
//! The rule is that of machine-readable passports, which Kazakhstan's follow: ICAO Doc 9303, part 3, section 6,
//! "Transliteration of Cyrillic characters"; and for Georgian letters the national system of Georgia of 2002, without its
//! apostrophes, as in passports there. A name of another script stays as it is: Arabic leaves vowels out, and nobody's name
//! follows from its characters alone in Chinese.

use sync_core::documents::roster::PersonName;

/// How a name stands on a paper for foreign readers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct LatinName {
    /// In Latin letters, if it can be said in these.
    pub latin: PersonName,
    /// As it is written otherwise, where that differs.
    pub original: Option<String>,
}

/// A name in Latin letters; `None` where it is neither spelt in these nor in letters that a passport's rule speaks of.
pub(super) fn latin_name(names: &[PersonName]) -> Option<LatinName> {
    let preferred = names.first()?;
    let original = (!is_latin(preferred)).then(|| preferred.to_string());
    if let Some(latin) = names.iter().find(|name| is_latin(name)) {
        return Some(LatinName { latin: latin.clone(), original });
    }
    let latin = names.iter().find_map(|name| {
        Some(PersonName {
            family: transliterated(&name.family)?,
            given: transliterated(&name.given)?,
            patronymic: transliterated(&name.patronymic)?,
            script: "Latn".to_owned(),
        })
    })?;
    Some(LatinName { latin, original })
}

fn is_latin(name: &PersonName) -> bool {
    let text = [&name.family, &name.given, &name.patronymic];
    let mut letters = text.into_iter().flat_map(|part| part.chars()).filter(|c| c.is_alphabetic()).peekable();
    letters.peek().is_some() && letters.all(is_latin_letter)
}

const fn is_latin_letter(c: char) -> bool {
    // Turned commas and the letters of transliterations (ʻ, ʼ) belong to Latin spellings.
    matches!(c, 'A'..='Z' | 'a'..='z' | '\u{aa}' | '\u{ba}' | '\u{c0}'..='\u{2bf}' | '\u{1e00}'..='\u{1eff}')
}

/// A text as passports spell it; `None` if it has a letter of which they say nothing.
fn transliterated(text: &str) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut written = String::with_capacity(text.len());
    for (at, &letter) in letters.iter().enumerate() {
        let lower = letter.to_lowercase().next().unwrap_or(letter);
        let Some(latin) = in_passports(lower) else {
            if letter.is_alphabetic() && !is_latin_letter(letter) {
                return None;
            }
            written.push(letter);
            continue;
        };
        let begins_word = !at.checked_sub(1).and_then(|before| letters.get(before)).is_some_and(|c| c.is_alphabetic());
        let is_small = if is_georgian(letter) { !begins_word } else { letter == lower };
        if is_small {
            written.push_str(latin);
            continue;
        }
        // A word in capitals stays one: «ЩЕРБАКОВ» is SHCHERBAKOV, «Щербаков» is Shcherbakov.
        let near = [at.checked_sub(1), Some(at + 1)].into_iter().flatten().filter_map(|near| letters.get(near));
        if near.clone().any(|near| near.is_uppercase()) && !near.clone().any(|near| near.is_lowercase()) {
            written.push_str(&latin.to_uppercase());
        } else {
            let mut rest = latin.chars();
            written.extend(rest.next().map(|first| first.to_ascii_uppercase()));
            written.push_str(rest.as_str());
        }
    }
    Some(written)
}

/// Tells whether it is a letter of Georgian as names are written there: without a capital at their beginning.
const fn is_georgian(letter: char) -> bool {
    matches!(letter, '\u{10d0}'..='\u{10ff}')
}

const fn in_passports(lower: char) -> Option<&'static str> {
    Some(match lower {
        'а' | 'ә' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ғ' | 'ґ' => "g",
        'д' => "d",
        'е' | 'ё' | 'э' => "e",
        'ж' => "zh",
        'з' => "z",
        'и' | 'й' | 'і' | 'ї' => "i",
        'к' | 'қ' => "k",
        'л' => "l",
        'м' => "m",
        'н' | 'ң' => "n",
        'о' | 'ө' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' | 'ұ' | 'ү' | 'ў' => "u",
        'ф' => "f",
        'х' | 'һ' | 'ҳ' => "kh",
        'ц' => "ts",
        'ч' | 'ҷ' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' => "ie",
        'ы' => "y",
        'ь' => "",
        'ю' => "iu",
        'я' => "ia",
        'є' => "ie",
        'ა' => "a",
        'ბ' => "b",
        'გ' => "g",
        'დ' => "d",
        'ე' => "e",
        'ვ' => "v",
        'ზ' => "z",
        'თ' | 'ტ' => "t",
        'ი' => "i",
        'კ' | 'ქ' => "k",
        'ლ' => "l",
        'მ' => "m",
        'ნ' => "n",
        'ო' => "o",
        'პ' | 'ფ' => "p",
        'ჟ' => "zh",
        'რ' => "r",
        'ს' => "s",
        'უ' => "u",
        'ღ' => "gh",
        'ყ' => "q",
        'შ' => "sh",
        'ჩ' | 'ჭ' => "ch",
        'ც' | 'წ' => "ts",
        'ძ' => "dz",
        'ხ' => "kh",
        'ჯ' => "j",
        'ჰ' => "h",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(family: &str, given: &str, patronymic: &str) -> PersonName {
        let [family, given, patronymic] = [family, given, patronymic].map(str::to_owned);
        PersonName { family, given, patronymic, script: String::new() }
    }

    #[test]
    fn names_are_spelt_as_in_passports() {
        for (cyrillic, latin) in [
            ("Щербаков", "Shcherbakov"),
            ("ЩЕРБАКОВ", "SHCHERBAKOV"),
            ("Ахметжан-Юлиянов", "Akhmetzhan-Iuliianov"),
            ("Әбдірахманұлы", "Abdirakhmanuly"),
            ("Ғалымжан", "Galymzhan"),
            ("Қозыкөрпеш", "Kozykorpesh"),
            ("Үмітжаңа", "Umitzhana"),
            ("Подъячева", "Podieiacheva"),
            ("Ольга", "Olga"),
            ("Я.", "Ia."),
            ("O'Brien", "O'Brien"),
            ("ბერიძე", "Beridze"),
            ("ჭავჭავაძე-ყიფიანი", "Chavchavadze-Qipiani"),
            ("ᲨᲝᲗᲐ", "SHOTA"),
        ] {
            assert_eq!(transliterated(cyrillic).as_deref(), Some(latin), "{cyrillic}");
        }
        assert_eq!(transliterated("李"), None);
    }

    #[test]
    fn the_roster_s_own_latin_spelling_comes_before_the_rule() {
        let names = [name("Қасымов", "Нұрлан", ""), name("Kassymov", "Nurlan", "")];
        let found = latin_name(&names).unwrap();
        assert_eq!(
            (found.latin.to_string(), found.original),
            ("Kassymov Nurlan".to_owned(), Some("Қасымов Нұрлан".to_owned()))
        );
        let ruled = latin_name(&names[..1]).unwrap();
        assert_eq!(ruled.latin.to_string(), "Kasymov Nurlan");
        let foreign = latin_name(&names[1..]).unwrap();
        assert_eq!(foreign.original, None, "there is no other original");
        assert_eq!(latin_name(&[name("李", "小明", "")]), None);
    }
}
