//! Letters of different alphabets that have one shape.

/// The letter that stands for all capitals of one shape: a Latin one where there is one, else one that Kazakh and
/// Russian write. What is no capital, or has a shape of its own, stands for itself.
pub(super) fn capital_of_shape(capital: char) -> char {
    let place = CONFUSABLE.binary_search_by_key(&capital, |(letter, _)| *letter);
    let shape = place.map_or(capital, |place| CONFUSABLE[place].1);
    kazakh_letter_of_shape(shape)
}

/// Letters of other languages that stand on other keyboards and are taken for a letter of Kazakh: the same base with
/// another hook, stroke or tail (Unicode's code chart of Cyrillic). Unicode's list of confusables tells hooks apart.
const fn kazakh_letter_of_shape(capital: char) -> char {
    match capital {
        'Ҕ' | 'Ӷ' | 'Ӻ' => 'Ғ',
        'Ҝ' | 'Ҟ' | 'Ҡ' | 'Ӄ' | 'Ԟ' => 'Қ',
        'Ҥ' | 'Ӈ' | 'Ӊ' | 'Ԣ' | 'Ԩ' => 'Ң',
        'Ԧ' => 'Һ',
        'Ӫ' => 'Ө',
        'Ӛ' => 'Ә',
        // The capital of the Turkish and Kazakh Latin alphabets; its small letter is everybody's i.
        'İ' => 'I',
        other => other,
    }
}

/// Capitals of Latin, Cyrillic and Greek that Unicode lists as confusable with another one, and which one stands for
/// both, in the order of the first. Source: confusables.txt of UTS 39, as the crate `unicode-security` has it; a test
/// derives the table anew.
#[rustfmt::skip]
const CONFUSABLE: &[(char, char)] = &[
    ('Ë', 'Ё'), ('Đ', 'Ð'), ('Ě', 'Ĕ'), ('Ƃ', 'Б'), ('Ƅ', 'Ь'), ('Ɖ', 'Ð'), ('Ə', 'Ә'), ('Ɩ', 'I'), ('Ɲ', 'Ņ'),
    ('Ɵ', 'Ө'), ('Ʀ', 'R'), ('Ʒ', 'З'), ('Ǎ', 'Ă'), ('Ǐ', 'Ĭ'), ('Ǒ', 'Ŏ'), ('Ǔ', 'Ŭ'), ('Ǧ', 'Ğ'), ('Ȃ', 'Â'),
    ('Ȇ', 'Ê'), ('Ȋ', 'Î'), ('Ȏ', 'Ô'), ('Ȗ', 'Û'), ('Ș', 'Ş'), ('Ț', 'Ţ'), ('Ȝ', 'З'), ('Ʌ', 'Л'), ('Ɍ', 'R'),
    ('Ɏ', 'Ұ'), ('Ͷ', 'И'), ('Ϳ', 'J'), ('Ά', 'Á'), ('Έ', 'É'), ('Ί', 'Í'), ('Ό', 'Ó'), ('Ύ', 'Ý'), ('Α', 'A'),
    ('Β', 'B'), ('Γ', 'Г'), ('Ε', 'E'), ('Ζ', 'Z'), ('Η', 'H'), ('Θ', 'Ө'), ('Ι', 'I'), ('Κ', 'K'), ('Λ', 'Л'),
    ('Μ', 'M'), ('Ν', 'N'), ('Ο', 'O'), ('Π', 'П'), ('Ρ', 'P'), ('Σ', 'Ʃ'), ('Τ', 'T'), ('Υ', 'Y'), ('Φ', 'Ф'),
    ('Χ', 'X'), ('Ϊ', 'Ï'), ('Ϋ', 'Ÿ'), ('Ϝ', 'F'), ('Ϥ', 'Ч'), ('Ϩ', 'Ƨ'), ('Ϸ', 'Þ'), ('Ϻ', 'M'), ('Ͻ', 'Ɔ'),
    ('Ѐ', 'È'), ('Ѕ', 'S'), ('І', 'I'), ('Ї', 'Ï'), ('Ј', 'J'), ('А', 'A'), ('В', 'B'), ('Е', 'E'), ('К', 'K'),
    ('М', 'M'), ('Н', 'H'), ('О', 'O'), ('Р', 'P'), ('С', 'C'), ('Т', 'T'), ('У', 'Y'), ('Х', 'X'), ('Ѱ', 'Ψ'),
    ('Ѳ', 'Ө'), ('Ѵ', 'V'), ('Ҍ', 'Ѣ'), ('Ҫ', 'Ç'), ('Ү', 'Y'), ('Ӏ', 'I'), ('Ӊ', 'Ӈ'), ('Ӌ', 'Ҷ'), ('Ӑ', 'Ă'),
    ('Ӓ', 'Ä'), ('Ӕ', 'Æ'), ('Ӗ', 'Ĕ'), ('Ӡ', 'З'), ('Ӧ', 'Ö'), ('Ӯ', 'Ȳ'), ('Ӱ', 'Ÿ'), ('Ԋ', 'Ƕ'), ('Ԍ', 'G'),
    ('Ԑ', 'Ɛ'), ('Ԛ', 'Q'), ('Ԝ', 'W'),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use unicode_normalization::UnicodeNormalization;
    use unicode_security::confusable_detection::skeleton;

    use super::*;

    /// What Kazakh and Russian write.
    const CYRILLIC: &str = "АӘБВГҒДЕЁЖЗИЙКҚЛМНҢОӨПРСТУҰҮФХҺЦЧШЩЪЫІЬЭЮЯ";

    /// Latin, Greek and Cyrillic letters that keyboards have; the later blocks hold those of phonetics and manuscripts.
    fn letters() -> impl Iterator<Item = char> {
        ['\u{41}'..='\u{24f}', '\u{370}'..='\u{52f}'].into_iter().flatten().filter(|c| c.is_alphabetic())
    }

    fn is_canonical_capital(c: &char) -> bool {
        c.to_uppercase().eq([*c]) && c.to_string().nfkc().eq([*c]) && c.to_lowercase().ne([*c])
    }

    #[test]
    fn the_table_is_what_unicode_says_of_capitals() {
        let mut shapes: BTreeMap<String, Vec<char>> = BTreeMap::new();
        for letter in letters().filter(is_canonical_capital) {
            shapes.entry(skeleton(&letter.to_string()).collect()).or_default().push(letter);
        }
        let mut table: Vec<(char, char)> = Vec::new();
        for alike in shapes.into_values() {
            let first = |is: &dyn Fn(char) -> bool| alike.iter().copied().find(|letter| is(*letter));
            let stands = first(&|c| c.is_ascii()).or_else(|| first(&|c| CYRILLIC.contains(c))).unwrap_or(alike[0]);
            table.extend(alike.iter().filter(|letter| **letter != stands).map(|letter| (*letter, stands)));
        }
        table.sort_unstable();
        assert!(
            table == CONFUSABLE,
            "the table must be {}",
            table.iter().map(|(a, b)| format!("('{a}', '{b}'), ")).collect::<String>()
        );
    }
}
