//! Names as they stand in cells: with numbers before them, marks around them, and signs that a program wrote otherwise.

use std::borrow::Cow;

use super::{is_date, text};
use crate::import::problem::ProblemKind;

/// So many digits are a telephone number.
const PHONE_DIGITS: usize = 6;

/// Reads part of a name; a question mark there is a letter that an encoding did not have.
pub(in crate::import) fn name(cell: &str) -> Result<String, ProblemKind> {
    let unescaped = unescaped(bare_name(cell))?;
    let text = text(&unescaped)?;
    let is_misread =
        |c: char| matches!(c, '÷' | '¬' | '±' | '¤' | '¦' | '§' | '¶' | '‡' | '†' | '‰' | '\u{2190}'..='\u{25ff}');
    if text.contains('?') || text.contains(is_misread) {
        return Err(ProblemKind::LostLetters);
    }
    let digits = text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '(' | ')' | '+' | ' ')));
    if digits.map(|run| run.bytes().filter(u8::is_ascii_digit).count()).any(|count| count >= PHONE_DIGITS) {
        return Err(ProblemKind::NumberInName);
    }
    if text.contains('№') || tells_age(&text) {
        return Err(ProblemKind::NumberInName);
    }
    if text.contains('@') || text.contains("://") {
        return Err(ProblemKind::NoName);
    }
    if is_date(&text) { Err(ProblemKind::BecameDate) } else { Ok(text) }
}

/// What stands behind a number of years.
const YEARS: [&str; 10] = ["лет", "год", "года", "г", "жас", "жаста", "years", "yrs", "yo", "y"];

/// Tells whether a name says how old somebody is: `Иванов Иван, 15 лет`.
fn tells_age(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    words.windows(2).any(|pair| is_number(pair[0]) && YEARS.contains(&pair[1]))
}

/// What programs write for signs of ASCII.
const ENTITIES: [(&str, char); 6] =
    [("amp", '&'), ("quot", '"'), ("apos", '\''), ("lt", '<'), ("gt", '>'), ("nbsp", ' ')];

/// Undoes `%20` and `&amp;` of a program that wrote signs as other characters; refuses what cannot be undone exactly.
fn unescaped(cell: &str) -> Result<Cow<'_, str>, ProblemKind> {
    if !cell.contains(['%', '&', '\\']) {
        return Ok(cell.into());
    }
    let mut text = String::with_capacity(cell.len());
    let mut rest = cell;
    while let Some(at) = rest.find(['%', '&', '\\']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let (sign, behind) = from.split_at(1);
        let hex = |text: &str, digits: usize| {
            text.get(..digits).is_some_and(|text| text.bytes().all(|c| c.is_ascii_hexdigit()))
        };
        match sign {
            "%" if hex(behind, 2) => {
                let letter = u8::from_str_radix(&behind[..2], 16).ok().filter(|code| (0x20..0x7f).contains(code));
                text.push(char::from(letter.ok_or(ProblemKind::Escaped)?));
                rest = &behind[2..];
                continue;
            }
            "%" | "\\" if behind.starts_with(['u', 'x', 'U']) && hex(&behind[1..], 2) => {
                return Err(ProblemKind::Escaped);
            }
            "&" => {
                let name = behind.split_once(';').map(|(name, _)| name);
                let is_name =
                    |name: &&str| !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'#');
                if let Some(name) = name.filter(is_name) {
                    let known = ENTITIES.iter().find(|(known, _)| *known == name);
                    text.push(known.ok_or(ProblemKind::Escaped)?.1);
                    rest = &behind[name.len() + 1..];
                    continue;
                }
            }
            _ => {}
        }
        text.push_str(sign);
        rest = behind;
    }
    text.push_str(rest);
    Ok(text.into())
}

/// Tells whether something stands behind a name that may be no part of it: `Ким Анна (капитан)`, `Ким Анна - не придёт`.
pub(in crate::import) fn has_remark(name: &str) -> bool {
    let begins_small = |mark: &str| {
        let behind = name.split(mark).skip(1).map(str::trim_start);
        behind.filter(|rest| rest.starts_with(char::is_lowercase)).count() > 0
    };
    ["(", " - ", " – ", " — ", " / "].into_iter().any(begins_small)
}

/// A name without the number or the sign that stands before it in a list, and without what is put around all of it.
pub(in crate::import) fn bare_name(cell: &str) -> &str {
    let cell = cell.trim();
    let begins_with_letter = |name: &&str| name.starts_with(char::is_alphabetic);
    let unnumbered = cell.trim_start_matches('№').trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = unnumbered.len() < cell.len() && !begins_with_letter(&unnumbered);
    let name = if is_numbered { unnumbered } else { cell };
    let name = name
        .trim_start_matches(|c: char| matches!(c, '.' | ')' | '-' | '–' | '*' | '+' | '•' | '·') || c.is_whitespace());
    let name = name.trim_end_matches(|c: char| matches!(c, '*' | ';' | ',') || c.is_whitespace());
    let marks =
        [('«', '»'), ('"', '"'), ('\'', '\''), ('“', '”'), ('„', '“'), ('‘', '’'), ('`', '`'), ('(', ')'), ('[', ']')];
    let inside = marks.into_iter().find_map(|(opens, closes)| {
        let inside = name.strip_prefix(opens)?.strip_suffix(closes)?;
        (!inside.contains([opens, closes])).then_some(inside.trim())
    });
    inside.filter(begins_with_letter).or(Some(name).filter(begins_with_letter)).unwrap_or(cell)
}
