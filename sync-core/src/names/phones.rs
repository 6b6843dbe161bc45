//! Telephone numbers as people write them: several in one cell, and with an extension behind them.

/// Words before an extension, in lower case.
const EXTENSIONS: [&str; 9] = ["доб", "доп", "вн", "ішкі", "іш", "ext", "extension", "int", "x"];
/// Digits of the longest number, with the code of its country.
const LONGEST: usize = 15;
/// So many digits are taken for a part of a number.
const LEAST_SEARCHED: usize = 4;
/// Digits from which on a blank may end a number.
const WHOLE: usize = 10;

/// The numbers in a text, each as its digits and without an extension, in the order in which they are written.
///
/// What is written behind a stroke may be the other end of the number before it: `250-79-03/04`.
pub fn numbers(text: &str) -> impl Iterator<Item = String> {
    text.split([',', ';', '|', '\n']).flat_map(split_at_strokes)
}

/// Digits of the longest end that stands for a number.
const LONGEST_END: usize = 4;

fn split_at_strokes(part: &str) -> Vec<String> {
    let mut numbers: Vec<String> = Vec::new();
    for part in part.split(['/', '\\']) {
        let mut found = split_at_words(part);
        if let ([end], Some(before)) = (&mut found[..], numbers.last())
            && end.len() <= LONGEST_END
            && let Some(kept) = before.len().checked_sub(end.len()).filter(|kept| *kept >= LONGEST_END)
        {
            end.insert_str(0, &before[..kept]);
        }
        numbers.append(&mut found);
    }
    numbers
}

/// The digits of a number, or of a part of one, that somebody looks for; `None` for what is no number. `+7` and `8` before
/// the ten digits of a number are written in its place or left out by others, and say nothing.
#[must_use]
pub fn searched(text: &str) -> Option<String> {
    let is_number = text.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "+-().".contains(c));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let without_trunk = digits.strip_prefix(['7', '8']).filter(|rest| rest.len() == WHOLE).map(str::to_owned);
    is_number.then_some(without_trunk.unwrap_or(digits)).filter(|digits| digits.len() >= LEAST_SEARCHED)
}

/// Splits where a word stands or a new number begins; what follows the word for an extension is left out.
fn split_at_words(part: &str) -> Vec<String> {
    let mut numbers = vec![String::new()];
    let mut is_extension = false;
    for chunk in chunks(part) {
        let begins_with_digit = chunk.starts_with(|c: char| c.is_ascii_digit() || c == '+');
        if !begins_with_digit {
            let word = chunk.to_lowercase();
            let is_word = word.chars().any(char::is_alphabetic) || word == "#";
            is_extension = is_word && (word == "#" || EXTENSIONS.contains(&word.as_str()));
            if is_word && !is_extension {
                numbers.push(String::new());
            }
            continue;
        }
        let digits: String = chunk.chars().filter(char::is_ascii_digit).collect();
        if is_extension {
            continue;
        }
        let last = numbers.last_mut().expect("it begins with one");
        let is_new = chunk.starts_with('+') || (last.len() >= WHOLE && digits.len() + last.len() > LONGEST);
        if is_new && !last.is_empty() {
            numbers.push(digits);
        } else if last.len() > WHOLE && digits.len() <= 3 {
            // A number that is whole goes on no further.
            numbers.push(digits);
        } else {
            last.push_str(&digits);
        }
    }
    numbers.retain(|number| !number.is_empty());
    numbers
}

/// Runs of digits with what belongs to them, of letters, and single signs.
fn chunks(part: &str) -> impl Iterator<Item = &str> {
    let mut rest = part;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '+' && c != '#');
        let first = rest.chars().next()?;
        let end = match first {
            '#' => 1,
            '+' => 1 + run(&rest[1..], |c| c.is_ascii_digit()),
            _ if first.is_ascii_digit() => run(rest, |c| c.is_ascii_digit()),
            _ => run(rest, |c| c.is_alphabetic()).max(first.len_utf8()),
        };
        let (chunk, after) = rest.split_at(end);
        rest = after;
        Some(chunk)
    })
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::{numbers, searched};

    #[test]
    fn a_number_is_looked_for_without_what_is_dialled_before_it() {
        for text in ["+7 702 555 79 02", "8 (702) 555-79-02", "7025557902"] {
            assert_eq!(searched(text).as_deref(), Some("7025557902"));
        }
        assert_eq!(searched("57902").as_deref(), Some("57902"));
        assert_eq!([searched("123"), searched("A-0001"), searched("")], [None, None, None]);
    }

    #[test]
    fn each_number_of_a_cell_is_found_and_an_extension_is_none() {
        for (text, expected) in [
            ("8 701 555 79 01, 8 702 555 79 02", &["87015557901", "87025557902"][..]),
            ("8 727 250 79 03 доб. 12", &["87272507903"]),
            ("+7 (701) 555-79-01", &["77015557901"]),
            ("+7 701 555 79 01 +7 702 555 79 02", &["77015557901", "77025557902"]),
            ("87015557901 87025557902", &["87015557901", "87025557902"]),
            ("8 701 555 79 01 8 702 555 79 02", &["87015557901", "87025557902"]),
            ("87015557901 или 87025557902", &["87015557901", "87025557902"]),
            ("87015557901 (мама), 87025557902 (папа)", &["87015557901", "87025557902"]),
            ("250-79-03 ext 4, 250-79-04", &["2507903", "2507904"]),
            ("8 727 250 79 03 #12", &["87272507903"]),
            ("8 727 250 79 03 (вн. 12)", &["87272507903"]),
            ("+4915112345678", &["4915112345678"]),
            ("+77017771177/78", &["77017771177", "77017771178"]),
            ("8 727 250-79-03 / 04 / 15", &["87272507903", "87272507904", "87272507915"]),
            ("250-79-03/250-79-04", &["2507903", "2507904"]),
            ("12/34", &["12", "34"]),
            ("нет", &[]),
            ("", &[]),
        ] {
            assert_eq!(numbers(text).collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
