//! Reads single cells: what a text means, and what is wrong with it.

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::national_id;
use super::problem::{CELL_LIMIT_CHARS, ProblemKind};

/// How old the oldest person on a list can be, in years.
const OLDEST: u16 = 120;

/// Codes of the languages that a list may name, with their names.
const LANGUAGES: &[(&str, &[&str])] = &[
    ("kk", &["казахский", "қазақ", "қазақша", "қазақ тілі", "kazakh", "qazaq", "каз", "қаз"]),
    ("ru", &["русский", "орыс", "орысша", "орыс тілі", "russian", "рус"]),
    ("en", &["английский", "ағылшын", "ағылшынша", "ағылшын тілі", "english", "англ"]),
    ("uz", &["узбекский", "өзбек", "өзбекше", "uzbek"]),
    ("ky", &["киргизский", "кыргызский", "қырғыз", "қырғызша", "kyrgyz"]),
    ("tr", &["турецкий", "түрік", "түрікше", "turkish"]),
    ("az", &["азербайджанский", "әзербайжан", "azerbaijani"]),
    ("zh", &["китайский", "қытай", "қытайша", "chinese"]),
    ("ko", &["корейский", "корей", "корейше", "korean"]),
    ("de", &["немецкий", "неміс", "немісше", "german"]),
    ("fr", &["французский", "француз", "французша", "french"]),
    ("es", &["испанский", "испан", "испанша", "spanish"]),
    ("ar", &["арабский", "араб", "арабша", "arabic"]),
    ("uk", &["украинский", "украин", "ukrainian"]),
    ("ug", &["уйгурский", "ұйғыр", "ұйғырша", "uyghur"]),
];

/// What a spreadsheet shows where a formula failed.
const FAILURES: [&str; 8] = ["#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#GETTING_DATA"];

/// Reads a cell as text: composed letters (NFC), single blanks, none at the ends. Invisible marks that telephones and
/// messengers leave behind are dropped.
pub(super) fn text(cell: &str) -> Result<String, ProblemKind> {
    let cell = without_guard(cell.trim());
    let mut text = String::with_capacity(cell.len());
    for word in cell.split_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        if is_nfc_quick(word.chars()) == IsNormalized::Yes && !word.contains(is_invisible_mark) {
            text.push_str(word);
        } else {
            text.extend(word.nfc().filter(|c| !is_invisible_mark(*c)));
        }
    }
    let trimmed = text.trim();
    if trimmed.len() != text.len() {
        text = trimmed.to_owned();
    }
    if text.len() > CELL_LIMIT_CHARS && text.chars().nth(CELL_LIMIT_CHARS).is_some() {
        return Err(ProblemKind::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(ProblemKind::ControlCharacters);
    }
    if FAILURES.contains(&text.as_str()) {
        return Err(ProblemKind::FailedFormula);
    }
    if has_lost_letters(&text) {
        return Err(ProblemKind::LostLetters);
    }
    if national_id::is_number_with_date(&text) && text.len() >= 12 {
        return Err(ProblemKind::NationalId);
    }
    Ok(text)
}

/// Takes away what an export put around a value so that a spreadsheet shows it as it is: `'+7 701`, `="0012"`.
fn without_guard(cell: &str) -> &str {
    if let Some(guarded) =
        cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']))
    {
        return guarded;
    }
    cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(cell)
}

/// Reads a code or a telephone number.
pub(super) fn number_as_text(cell: &str) -> Result<String, ProblemKind> {
    let text = text(cell)?;
    let lost = text.split_once(['E', 'e']).is_some_and(|(mantissa, exponent)| {
        mantissa.contains(['.', ','])
            && mantissa.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
            && exponent.strip_prefix('+').is_some_and(|digits| digits.parse::<u8>().is_ok())
    });
    if lost { Err(ProblemKind::LostDigits) } else { Ok(text) }
}

/// Reads part of a name; a question mark there is a letter that an encoding did not have.
pub(super) fn name(cell: &str) -> Result<String, ProblemKind> {
    let text = text(cell)?;
    if text.contains('?') { Err(ProblemKind::LostLetters) } else { Ok(text) }
}

/// Reads a year, or the year of a date written with digits in any order.
///
/// `latest` is the last year that is believed.
pub(super) fn year(text: &str, latest: u16) -> Result<u16, ProblemKind> {
    let earliest = latest.saturating_sub(OLDEST);
    let numbers: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty()).collect();
    // What follows the third number is the time of day.
    let date = &numbers[..numbers.len().min(3)];
    let (years, others): (Vec<&str>, Vec<&str>) = date.iter().copied().partition(|digits| digits.len() == 4);
    let year = match years[..] {
        [year] if others.iter().all(|digits| digits.len() <= 2) => year.parse().ok(),
        _ => None,
    };
    year.filter(|year| (earliest..=latest).contains(year)).ok_or(ProblemKind::BirthYear { earliest, latest })
}

/// Splits a cell that lists several values.
pub(super) fn list(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([',', ';', '|', '\n']).map(str::trim).filter(|value| !value.is_empty())
}

/// Tells the BCP 47 tag of a language that is named in Kazakh, Russian or English, or by its tag.
pub(super) fn language(name: &str) -> Option<String> {
    let name = name.trim().trim_end_matches('.').to_lowercase();
    let by_name = LANGUAGES.iter().find(|(_, names)| {
        let adjective = name.strip_suffix(" язык").unwrap_or(&name);
        names.contains(&adjective)
    });
    by_name.map(|(tag, _)| (*tag).to_owned()).or_else(|| is_tag(&name).then_some(name))
}

/// Two or three letters, perhaps with subtags.
fn is_tag(name: &str) -> bool {
    let mut parts = name.split('-');
    let primary = parts.next().unwrap_or_default();
    (2..=3).contains(&primary.len())
        && primary.bytes().all(|byte| byte.is_ascii_lowercase())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Tells the script of a name by most of its letters (ISO 15924), or nothing for other scripts than these two.
pub(super) fn script(name: &str) -> &'static str {
    let mut latin = 0;
    let mut cyrillic = 0;
    let mut other = 0;
    for c in name.chars().filter(|c| c.is_alphabetic() && canonical_combining_class(*c) == 0) {
        match c {
            '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8a}' => cyrillic += 1,
            'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{259}' | '\u{1e00}'..='\u{1eff}' => latin += 1,
            '\u{2b0}'..='\u{2ff}' => {}
            _ => other += 1,
        }
    }
    match (cyrillic, latin) {
        (cyrillic, latin) if cyrillic > latin && cyrillic > other => "Cyrl",
        (cyrillic, latin) if latin > cyrillic && latin > other => "Latn",
        _ => "",
    }
}

/// Zero-width blanks, soft hyphens and marks of direction. The joiners that Persian and others need stay.
const fn is_invisible_mark(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Tells whether a letter inside a word was replaced because the file's encoding did not have it.
fn has_lost_letters(text: &str) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    let between_letters = |(place, _): (usize, &str)| {
        is_letter(text[..place].chars().next_back()) && is_letter(text[place + 1..].chars().next())
    };
    text.contains(char::REPLACEMENT_CHARACTER) || text.match_indices('?').any(between_letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_tidied_but_not_changed() {
        assert_eq!(text("  Римский -\u{a0}Корсаков\n").as_deref(), Ok("Римский - Корсаков"));
        assert_eq!(text("\u{202a}+7 701 747 23 57\u{202c}").as_deref(), Ok("+7 701 747 23 57"));
        assert_eq!(text("И\u{306}од").as_deref(), Ok("Йод"));
        assert_eq!(text("\u{feff} ").as_deref(), Ok(""));
        assert_eq!(text("'+7 701").as_deref(), Ok("+7 701"));
        assert_eq!(text("=\"0012\"").as_deref(), Ok("0012"));
        assert_eq!(text("'Aisha").as_deref(), Ok("'Aisha"));
    }

    #[test]
    fn a_cell_that_cannot_be_meant_is_refused() {
        assert_eq!(text("a\u{0}b"), Err(ProblemKind::ControlCharacters));
        assert_eq!(text(&"я".repeat(500)).map(|text| text.chars().count()), Ok(500));
        assert_eq!(text(&"я".repeat(501)), Err(ProblemKind::TooLong));
        assert_eq!(text("#N/A"), Err(ProblemKind::FailedFormula));
        assert_eq!(text("Т?леген"), Err(ProblemKind::LostLetters));
        assert_eq!(text("Кто там?").as_deref(), Ok("Кто там?"));
        assert_eq!(name("?тегенов"), Err(ProblemKind::LostLetters));
        assert_eq!(number_as_text("7,70175E+10"), Err(ProblemKind::LostDigits));
        assert_eq!(number_as_text("E-12").as_deref(), Ok("E-12"));
        assert_eq!(text(&national_id::tests::invented(7)), Err(ProblemKind::NationalId));
    }

    #[test]
    fn a_year_is_read_from_a_year_or_a_date() {
        for written in [
            "1987",
            " 1987 ",
            "1987 г.",
            "1987.0",
            "12.05.1987",
            "1987-05-12",
            "5/12/1987",
            "1987-05-12T00:00:00",
            "05.1987",
        ] {
            assert_eq!(year(written, 2026), Ok(1987), "{written}");
        }
        for written in ["87", "12.05.87", "1887", "2027", "31909", "1987-1988", "19870512", "не помню", "198"] {
            assert!(year(written, 2026).is_err(), "{written}");
        }
    }

    #[test]
    fn languages_are_known_by_name_and_by_tag() {
        let tags = ["Қазақша", "русский язык", "EN", "kk-Latn", "Англ."].map(|name| language(name).unwrap());
        assert_eq!(tags, ["kk", "ru", "en", "kk-latn", "en"]);
        assert_eq!(language("клингонский"), None);
    }

    #[test]
    fn a_script_is_told_by_most_letters() {
        assert_eq!(script("Әбдірахманов Жандос"), "Cyrl");
        assert_eq!(script("Энгельс Көшесi"), "Cyrl");
        assert_eq!(script("Ībraīmov Zhandos"), "Latn");
        assert_eq!(script("ნინო"), "");
        assert_eq!(script("—"), "");
    }
}
