//! What was typed while another keyboard layout was on.
//!
//! A scanner that acts as a keyboard, and a person who looks at the badge and not at the screen, type into whatever
//! layout is on. The keys are the same, so the text can be turned back: `Ф-0001` is `A-0001`, `,trjdf` is `бекова`.

/// Keys of a US keyboard, and what they type in the Russian layout (ЙЦУКЕН), which the Kazakh one shares.
const LETTERS: [(&str, &str); 2] = [
    ("`qwertyuiop[]asdfghjkl;'zxcvbnm,./", "ёйцукенгшщзхъфывапролджэячсмитьбю."),
    ("~QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>?", "ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,"),
];
/// What the upper row types in the Russian layout, where that differs.
const RUSSIAN_ROW: (&str, &str) = ("@#$^&", "\"№;:?");
/// What the upper row types in the Kazakh layout.
const KAZAKH_ROW: [(&str, &str); 2] = [("1234567890-=", "\"әіңғ,.үұқөһ"), ("@#$%^&*()_+", "ӘІҢҒ;:ҮҰҚӨҺ")];

#[derive(Clone, Copy)]
enum Layout {
    Russian,
    Kazakh,
}

/// What the same keys type in the other layouts, the likeliest first: at most four texts, each different from `typed`.
///
/// A number has no other reading: it is a code, or digits of a telephone number, and never the Kazakh letters on its keys.
#[must_use]
pub fn in_other_layouts(typed: &str) -> Vec<String> {
    let mut others: Vec<String> = Vec::new();
    if typed.chars().any(|sign| sign.is_ascii_digit()) && !typed.chars().any(char::is_alphabetic) {
        return others;
    }
    for layout in [Layout::Russian, Layout::Kazakh] {
        for text in [
            typed.chars().map(|sign| to_us(sign, layout)).collect(),
            typed.chars().map(|sign| from_us(sign, layout)).collect(),
        ] {
            if text != typed && !others.contains(&text) {
                others.push(text);
            }
        }
    }
    others
}

fn to_us(sign: char, layout: Layout) -> char {
    rows(layout).find_map(|(us, other)| same_key(other, us, sign)).unwrap_or(sign)
}

fn from_us(sign: char, layout: Layout) -> char {
    rows(layout).find_map(|(us, other)| same_key(us, other, sign)).unwrap_or(sign)
}

/// The upper row first: where both have a sign, a layout types it there.
fn rows(layout: Layout) -> impl Iterator<Item = (&'static str, &'static str)> {
    let upper: &[_] = match layout {
        Layout::Russian => &[RUSSIAN_ROW],
        Layout::Kazakh => &KAZAKH_ROW,
    };
    upper.iter().chain(&LETTERS).copied()
}

fn same_key(from: &str, to: &str, sign: char) -> Option<char> {
    let place = from.chars().position(|other| other == sign)?;
    to.chars().nth(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_keys_are_as_long_as_what_they_type() {
        let rows = LETTERS.iter().chain(&KAZAKH_ROW).chain([&RUSSIAN_ROW]);
        rows.for_each(|(us, other)| assert_eq!(us.chars().count(), other.chars().count(), "{us} {other}"));
    }

    #[test]
    fn what_was_meant_is_among_the_other_layouts() {
        for (typed, meant) in [
            ("Ф-0001", "A-0001"),
            ("ф-0001", "a-0001"),
            (",trjdf", "бекова"),
            ("<trjdf", "Бекова"),
            ("Bdfyjd", "Иванов"),
            ("Сруктщмф", "Chernova"),
            // The Kazakh layout has letters where the digits are.
            ("Фөқққ\"", "A-0001"),
            ("@l3k", "Әділ"),
            ("-vbhpfrjdf", "өмирзакова"),
            ("09hfn", "құрат"),
        ] {
            assert!(in_other_layouts(typed).contains(&meant.to_owned()), "{typed}: {:?}", in_other_layouts(typed));
        }
    }

    #[test]
    fn a_number_is_never_letters_of_another_layout() {
        for number in ["102", "23", "0", "+7 701", "10-2", "1,2", "90="] {
            assert_eq!(in_other_layouts(number), Vec::<String>::new(), "{number}");
        }
    }

    #[test]
    fn what_has_no_key_stays_and_nothing_is_offered_twice() {
        assert_eq!(in_other_layouts(""), Vec::<String>::new());
        assert_eq!(in_other_layouts("漢字 👩"), Vec::<String>::new());
        let others = in_other_layouts("Ф-0001");
        assert_eq!(others.len(), others.iter().collect::<std::collections::BTreeSet<_>>().len(), "{others:?}");
    }
}
