//! Shows a whole number as a spreadsheet shows it: `00000` makes 00101 of 101, and a telephone number gets its brackets.
//!
//! Owns only formats of digits and signs between them, by which codes and telephone numbers are written, and fractions, by
//! which teams are. A decimal fraction, a percentage, a separator of thousands or a date says how large something is, so the number itself is read.

/// The text that is shown where a format makes a fraction of a number: 1/3 of 0.333333. `None` where it is no such format.
pub(super) fn shown_as_fraction(number: f64, format: &str) -> Option<String> {
    let section = format.split(';').next().unwrap_or_default();
    let (above, below) = section.split_once('/')?;
    let place = |c: char| matches!(c, '?' | '#' | '0'..='9');
    let digits: String = below.chars().take_while(|c| place(*c)).collect();
    let before: String = above.chars().rev().take_while(|c| place(*c)).collect();
    let is_plain = section.chars().all(|c| place(c) || matches!(c, '/' | ' ' | '\\' | '"' | '_'));
    if digits.is_empty() || before.is_empty() || !is_plain || !(0.0..1e9).contains(&number) {
        return None;
    }
    let has_whole = above.trim_end_matches(place).contains(['#', '0', '?']);
    let fixed = digits.parse::<u32>().ok();
    let largest = 10_u32.pow(digits.len().min(4) as u32) - 1;
    let error = |below: u32| ((number * f64::from(below)).round() / f64::from(below) - number).abs();
    let closest = (1..=largest).min_by(|a, b| error(*a).total_cmp(&error(*b)))?;
    let below = fixed.filter(|below| *below > 0).unwrap_or(closest);
    let above = (number * f64::from(below)).round() as u64;
    let (whole, rest) = if has_whole { (above / u64::from(below), above % u64::from(below)) } else { (0, above) };
    Some(match (whole, rest) {
        (whole, 0) => whole.to_string(),
        (0, rest) => format!("{rest}/{below}"),
        (whole, rest) => format!("{whole} {rest}/{below}"),
    })
}

/// One piece of a format.
enum Piece {
    /// Stands as it is.
    Sign(char),
    /// A digit, shown as 0 where the number has none.
    Zero,
    /// A digit, shown only where the number has one.
    Digit,
}

/// The text that is shown for `number`; `None` where the format says nothing about its digits.
pub(super) fn shown(number: f64, format: &str) -> Option<String> {
    if number.fract() != 0.0 || !(0.0..1e15).contains(&number) {
        return None;
    }
    let pieces = pieces(format)?;
    let places = pieces.iter().filter(|piece| !matches!(piece, Piece::Sign(_))).count();
    let digits = if number == 0.0 { String::new() } else { format!("{number:.0}") };
    // Digits fill the places from the right; those that are left over stand in the first.
    let (over, mut filled) = match digits.len().checked_sub(places) {
        Some(surplus) => (&digits[..surplus], digits[surplus..].chars().map(Some).collect::<Vec<_>>()),
        None => {
            let missing = std::iter::repeat_n(None, places - digits.len());
            ("", missing.chain(digits.chars().map(Some)).collect())
        }
    };
    filled.reverse();
    let (mut text, mut over) = (String::new(), Some(over));
    for piece in &pieces {
        match piece {
            Piece::Sign(sign) => text.push(*sign),
            Piece::Zero | Piece::Digit => {
                text.push_str(over.take().unwrap_or_default());
                match (filled.pop().flatten(), piece) {
                    (Some(digit), _) => text.push(digit),
                    (None, Piece::Zero) => text.push('0'),
                    (None, _) => {}
                }
            }
        }
    }
    Some(text.trim().to_owned())
}

/// The text that is shown where a format makes a part of a hundred, a power of ten or an amount of money of a number. What
/// stands in such a cell is no code and no telephone number, whatever its digits are.
pub(super) fn shown_as_amount(number: f64, format: &str) -> Option<String> {
    let section = format.split(';').next().unwrap_or_default();
    let currency = section.split_once("[$").and_then(|(_, rest)| rest.split(['-', ']']).next()).unwrap_or_default();
    let mut plain = String::new();
    let mut letters = section.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => drop(letters.by_ref().find(|letter| *letter == '"')),
            '[' => drop(letters.by_ref().find(|letter| *letter == ']')),
            '\\' | '_' | '*' => drop(letters.next()),
            _ => plain.push(letter),
        }
    }
    let sign = currency.chars().chain(section.chars()).find(|c| matches!(c, '₸' | '₽' | '€' | '$' | '£' | '¥'));
    let is_money = !currency.is_empty() || section.replace("[$", "").contains(['₸', '₽', '€', '$', '£', '¥']);
    if plain.contains("E+") || plain.contains("E-") {
        Some(format!("{number:.2E}").replace('E', if number.abs() < 1.0 { "E" } else { "E+" }))
    } else if plain.contains('%') {
        Some(format!("{}%", (number * 1e6).round() / 1e4))
    } else if is_money {
        Some(format!("{number} {}", sign.map_or_else(|| currency.to_owned(), String::from)))
    } else {
        None
    }
}

/// The pieces of the section for positive numbers; `None` where it is not of digits and signs alone.
fn pieces(format: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ';' => break,
            '0' => pieces.push(Piece::Zero),
            '#' | '?' => pieces.push(Piece::Digit),
            '"' => pieces.extend(letters.by_ref().take_while(|letter| *letter != '"').map(Piece::Sign)),
            '\\' | '!' => pieces.extend(letters.next().map(Piece::Sign)),
            // As wide as the next letter, or filled with it.
            '_' | '*' => drop(letters.next()),
            // A colour, a condition or a currency.
            '[' => drop(letters.by_ref().find(|letter| *letter == ']')),
            '1'..='9' | '(' | ')' | '-' | '+' | ' ' | ':' | '\u{a0}' | '–' => pieces.push(Piece::Sign(letter)),
            _ => return None,
        }
    }
    pieces.iter().any(|piece| !matches!(piece, Piece::Sign(_))).then_some(pieces)
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_number_is_shown_by_its_format() {
        let cases = [
            (101.0, "00000", "00101"),
            (7_015_551_401.0, "\"+7 (\"000\") \"000\"-\"00\"-\"00", "+7 (701) 555-14-01"),
            (7_015_551_401.0, "+7\\ \\(000\\)\\ 000\\-00\\-00", "+7 (701) 555-14-01"),
            (12.0, "\"A-\"0000;\"B-\"0", "A-0012"),
            (123_456.0, "000", "123456"),
            (7.0, "##00", "07"),
            (0.0, "000", "000"),
            (12.0, "000_);(000)", "012"),
        ];
        for (number, format, expected) in cases {
            assert_eq!(shown(number, format).as_deref(), Some(expected), "{number} as {format}");
        }
    }

    #[test]
    fn an_amount_is_shown_as_one() {
        let cases = [
            (120_000_000_000.0, "0.00E+00", "1.20E+11"),
            (0.5, "0%", "50%"),
            (0.125, "0.0%", "12.5%"),
            (1200.0, "#,##0\\ \"₸\"", "1200 ₸"),
            (1200.0, "#,##0.00\\ [$₽-419]", "1200 ₽"),
            (1200.0, "\"$\"#,##0", "1200 $"),
        ];
        for (number, format, expected) in cases {
            assert_eq!(super::shown_as_amount(number, format).as_deref(), Some(expected), "{number} as {format}");
        }
        for format in ["General", "0.00", "#,##0", "[$-419]0", "\"E+\"0", "00000"] {
            assert_eq!(super::shown_as_amount(12.0, format), None, "{format}");
        }
    }

    #[test]
    fn what_tells_how_large_a_number_is_says_nothing_about_its_digits() {
        for format in ["General", "0.00", "#,##0", "0%", "0.00E+00", "dd.mm.yyyy", "@", "# ?/?", "\"text\""] {
            assert_eq!(shown(12.0, format), None, "{format}");
        }
        assert_eq!([shown(-1.0, "000"), shown(1.5, "000"), shown(1e15, "000")], [None, None, None]);
    }
}
