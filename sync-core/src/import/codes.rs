//! Codes that may be one though they are written otherwise, as spreadsheets and people do who type a list again.

/// A code without the zeros before its numbers, which spreadsheets take away.
pub(super) fn without_zeros(key: &str) -> String {
    let mut text = String::with_capacity(key.len());
    let mut letters = key.chars().peekable();
    let mut in_number = false;
    while let Some(letter) = letters.next() {
        let is_leading = letter == '0' && !in_number && letters.peek().is_some_and(char::is_ascii_digit);
        in_number = letter.is_ascii_digit() && !is_leading;
        if !is_leading {
            text.push(letter);
        }
    }
    text
}

/// What stands before a number that is a code.
const NUMBER_SIGNS: [&str; 6] = ["№", "#", "N°", "Nº", "'", "’"];

/// The digits of a code that is a number in whatever dress: `№12`, `#12`, `12.0`, `12,00`, `'12` and `1 234`. Zeros before
/// it count; nobody can mean another number by these.
pub(super) fn number_of(code: &str) -> Option<String> {
    let code = code.trim();
    let bare = NUMBER_SIGNS.iter().find_map(|sign| code.strip_prefix(sign)).unwrap_or(code).trim();
    let is_zeros = |text: &str| matches!(text, "0" | "00");
    let whole = bare.rsplit_once(['.', ',']).filter(|(_, part)| is_zeros(part)).map_or(bare, |(whole, _)| whole);
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits(whole) {
        return Some(whole.to_owned());
    }
    let separator = whole.chars().find(|c| !c.is_ascii_digit())?;
    let mut groups = whole.split(separator);
    let is_grouped = matches!(separator, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | ',' | '\'' | '’')
        && groups.next().is_some_and(|first| is_digits(first) && first.len() <= 3)
        && groups.all(|group| is_digits(group) && group.len() == 3);
    is_grouped.then(|| whole.chars().filter(char::is_ascii_digit).collect())
}

/// What codes have in common that differ by separators, by leading zeros, or by a letter for the digit that it looks like:
/// `A-1`, `A 1`, `A_1` and `A1`; `O-1` and `0-1`. Takes and gives the canonical form.
pub(super) fn form_of(key: &str) -> String {
    let has_digit = key.contains(|c: char| c.is_ascii_digit());
    let letters = key.chars().map(|c| match c {
        'O' | 'Ө' if has_digit => '0',
        'I' | 'L' if has_digit => '1',
        'З' if has_digit => '3',
        'Ө' => 'O',
        'Қ' => 'K',
        'Ғ' => 'Г',
        'Ң' => 'H',
        'Ұ' => 'Y',
        'Ә' => 'A',
        'Һ' => 'X',
        other => other,
    });
    let mut form = String::with_capacity(key.len());
    let mut is_parted = false;
    for letter in letters {
        if !letter.is_alphanumeric() {
            is_parted = true;
            continue;
        }
        // Between two numbers, where one ends says something.
        if is_parted && letter.is_ascii_digit() && form.ends_with(|c: char| c.is_ascii_digit()) {
            form.push('-');
        }
        is_parted = false;
        form.push(letter);
    }
    without_zeros(&form)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::canonical_code;

    #[test]
    fn codes_are_compared_without_the_zeros_that_spreadsheets_take() {
        for (code, other) in [("101", "00101"), ("a-1", "a-001"), ("0", "000"), ("1-02", "01-2")] {
            assert_eq!(without_zeros(code), without_zeros(other));
        }
        assert_ne!(without_zeros("100"), without_zeros("10"));
        assert_ne!(without_zeros("1-20"), without_zeros("1-2"));
    }

    #[test]
    fn a_number_is_one_in_whatever_dress() {
        for code in ["12", "№12", "№ 12", "#12", "12.0", "12,00", "'12", " 12 "] {
            assert_eq!(number_of(code).as_deref(), Some("12"), "{code}");
        }
        for code in ["1234567", "1 234 567", "1\u{a0}234\u{a0}567", "1,234,567", "1,234,567.00", "1'234'567"] {
            assert_eq!(number_of(code).as_deref(), Some("1234567"), "{code}");
        }
        assert_eq!(number_of("007.0").as_deref(), Some("007"));
        for code in ["A12", "12.5", "1-2", "1 2", "12 34", "1,23", "1234 567", "№", "", "1 234-567", "12.000"] {
            assert_eq!(number_of(code), None, "{code}");
        }
    }

    #[test]
    fn codes_with_other_separators_or_look_alike_digits_have_one_form() {
        let form = |code: &str| form_of(&canonical_code(code));
        for codes in [
            &["A-1", "A1", "A 1", "A_1", "A.1", "A/1", "а–1", "-A-1-", "A-01"][..],
            &["O-1", "0-1", "Ө-1"],
            &["10", "1O"],
            &["l-5", "I-5", "1-5"],
            &["З-5", "3-5"],
            &["Қ-7", "K-7"],
        ] {
            for code in codes {
                assert_eq!(form(code), form(codes[0]), "{code}");
            }
        }
        for (one, other) in [("1-23", "12-3"), ("A-1", "A-2"), ("A-10", "A-1"), ("КОТ", "К0Т1"), ("A1-2", "A12")] {
            assert_ne!(form(one), form(other), "{one}, {other}");
        }
    }
}
