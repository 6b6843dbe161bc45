//! Reads single cells: what a text means, and what is wrong with it.

mod names;

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

pub(super) use self::names::{bare_name, has_remark, name};
use super::blank_cells::is_ditto_mark;
use super::blank_cells::is_failed_formula;
use super::national_id;
use super::problem::{CELL_LIMIT_CHARS, ProblemKind};
use crate::command::{has_control_characters, has_digits};

/// How old the oldest person on a list can be, in years.
const OLDEST: u16 = 120;

/// How old the youngest person is whose year of birth is written with two digits, in years.
pub(super) const YOUNGEST: u16 = 5;

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
    if has_control_characters(&text) {
        return Err(ProblemKind::ControlCharacters);
    }
    if is_ditto_mark(&text) {
        return Err(ProblemKind::Ditto);
    }
    if is_failed_formula(&text) {
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

/// A code of more words than this is a sentence.
const CODE_WORDS: usize = 3;
/// And one of more letters.
const CODE_CHARS: usize = 64;

/// Reads a code of a register.
pub(super) fn code(cell: &str) -> Result<String, ProblemKind> {
    let text = key(cell)?;
    if lost_digits(&text).is_some_and(|lost| lost == LostDigits::Surely) {
        return Err(ProblemKind::LostDigits);
    }
    if text.split_whitespace().nth(CODE_WORDS).is_some() || text.chars().nth(CODE_CHARS).is_some() {
        return Err(ProblemKind::NotACode);
    }
    Ok(text)
}

/// Reads what a list calls a thing of the event by, as a team. A date there is what a spreadsheet made of `3-1`.
pub(super) fn key(cell: &str) -> Result<String, ProblemKind> {
    let text = text(cell)?;
    if lost_digits(&text) == Some(LostDigits::Surely) {
        return Err(ProblemKind::LostDigits);
    }
    if is_amount(&text) || is_long_fraction(&text) {
        return Err(ProblemKind::BecameAmount);
    }
    if is_date(&text) || is_time(&text) { Err(ProblemKind::BecameDate) } else { Ok(text) }
}

/// Tells what a spreadsheet keeps of `1/3` where it took it for a number: more decimals than anybody writes.
fn is_long_fraction(text: &str) -> bool {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once(['.', ',']).is_some_and(|(whole, part)| {
        part.len() >= 6 && whole.len() <= 3 && !whole.is_empty() && is_digits(whole) && is_digits(part)
    })
}

/// Tells a time with its seconds, which a spreadsheet makes of `3:15`.
fn is_time(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    parts.len() == 3
        && parts.iter().all(|part| matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Reads a telephone number, or several.
pub(super) fn phone(cell: &str) -> Result<String, ProblemKind> {
    let text = text(cell)?;
    if text.split([';', '\n']).any(|number| lost_digits(number.trim()).is_some()) {
        return Err(ProblemKind::LostDigits);
    }
    if is_date(&text) {
        return Err(ProblemKind::BecameDate);
    }
    if is_amount(&text) {
        return Err(ProblemKind::BecameAmount);
    }
    if text.is_empty() || has_digits(&text) { Ok(text) } else { Err(ProblemKind::NotAPhone) }
}

/// How sure it is that a spreadsheet wrote a number with an exponent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LostDigits {
    /// It has a sign or a fraction, as no code has.
    Surely,
    /// It may be a code such as `8E10`.
    Perhaps,
}

/// Tells whether a text is a number such as `7,70175E+10`.
fn lost_digits(text: &str) -> Option<LostDigits> {
    let (mantissa, exponent) = text.trim_start_matches(['-', '+']).split_once(['E', 'e', 'Е', 'е'])?;
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once(['.', ',']).map_or((mantissa, None), |(a, b)| (a, Some(b)));
    let digits = exponent.trim_start_matches(['+', '-']);
    let is_number = is_digits(whole) && fraction.is_none_or(is_digits) && is_digits(digits) && digits.len() <= 3;
    let is_sure = fraction.is_some() || digits.len() < exponent.len();
    is_number.then_some(if is_sure { LostDigits::Surely } else { LostDigits::Perhaps })
}

/// Beginnings of the names of months, as spreadsheets shorten them in Russian, Kazakh and English.
const MONTHS: [&str; 37] = [
    "янв", "фев", "мар", "апр", "май", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек", "қаң", "ақп", "нау",
    "сәу", "мам", "мау", "шіл", "там", "қыр", "қаз", "қар", "жел", "jan", "feb", "mar", "apr", "may", "jun", "jul",
    "aug", "sep", "oct", "nov", "dec",
];

/// Tells whether a text is a date as a spreadsheet writes one: `03.янв`, `3-Jan`, `янв.26`, `2026-01-03`, `03.01.2026`.
pub(super) fn is_date(text: &str) -> bool {
    let text = text.split_once('T').or_else(|| text.split_once(' ')).map_or(text, |(date, time)| {
        let is_time = time.len() >= 4 && time.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.'));
        if is_time { date } else { text }
    });
    let parts: Vec<String> = text
        .split(['.', '-', '/', ' '])
        .map(str::to_lowercase)
        .filter(|part| !part.is_empty() && part != "г" && part != "ж")
        .collect();
    let number =
        |part: &String| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u16>().ok()).flatten();
    let is_month = |part: &String| {
        let length = part.chars().count();
        MONTHS.iter().any(|month| part.starts_with(month) && (length <= 4 || part.chars().all(char::is_alphabetic)))
            && length <= 9
    };
    let is_day = |part: &String| number(part).is_some_and(|day| (1..=31).contains(&day)) && part.len() <= 2;
    let is_month_number =
        |part: &String| number(part).is_some_and(|month| (1..=12).contains(&month)) && part.len() <= 2;
    let is_year = |part: &String| matches!(part.len(), 2 | 4) && number(part).is_some();
    let is_long_year =
        |part: &String| part.len() == 4 && number(part).is_some_and(|year| (1900..=2200).contains(&year));
    match &parts[..] {
        [day, month] if is_month(month) => is_day(day) || is_year(day),
        [month, year] if is_month(month) => is_day(year) || is_year(year),
        [day, month, year] if is_month(month) => is_day(day) && is_year(year),
        [month, day, year] if is_month(month) => is_day(day) && is_year(year),
        [year, month, day] if is_long_year(year) => is_month_number(month) && is_day(day),
        [day, month, year] if is_long_year(year) => {
            (is_day(day) && is_month_number(month)) || (is_month_number(day) && is_day(month))
        }
        _ => false,
    }
}

/// Signs of money and parts of a hundred.
const AMOUNTS: [&str; 10] = ["%", "₸", "₽", "€", "$", "£", "тг", "тенге", "руб", "р."];

/// Tells a number that a spreadsheet shows as an amount of money or as a part of a hundred: `50%`, `1 200 ₸`.
fn is_amount(text: &str) -> bool {
    let lower = text.to_lowercase();
    let sign = AMOUNTS.iter().find_map(|sign| lower.strip_suffix(sign).or_else(|| lower.strip_prefix(sign)));
    let is_of_number = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '.' | ',' | '-');
    sign.is_some_and(|number| number.contains(|c: char| c.is_ascii_digit()) && number.chars().all(is_of_number))
}

/// Reads a year, or the year of a date written with digits in any order.
///
/// `latest` is the last year that is believed. A date such as `01.05.90` has a year of this century where that is one of
/// somebody old enough.
pub(super) fn year(text: &str, latest: u16) -> Result<u16, ProblemKind> {
    let earliest = latest.saturating_sub(OLDEST);
    if let Some(short) = short_year(text) {
        let year = if 2000 + short + YOUNGEST <= latest { 2000 + short } else { 1900 + short };
        return Some(year).filter(|year| *year >= earliest).ok_or(ProblemKind::BirthYear { earliest, latest });
    }
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

/// Tells whether a text is a year or a date, of whatever century somebody alive was born in.
pub(super) fn may_be_year(text: &str) -> bool {
    [2000, 2100].into_iter().any(|latest| year(text, latest).is_ok())
}

/// The year of a date whose year is written with two digits: day, month and year, or month, day and year.
pub(super) fn short_year(text: &str) -> Option<u16> {
    let date = text.trim().trim_end_matches(|c: char| c.is_alphabetic() || matches!(c, '.' | ' '));
    let parts: Vec<&str> = date.split(['.', '/', '-']).collect();
    let [first, second, year] = parts[..] else { return None };
    let number = |part: &str| {
        let is_short = matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
        is_short.then(|| part.parse::<u16>().ok()).flatten()
    };
    let is_day_and_month = |day: u16, month: u16| (1..=31).contains(&day) && (1..=12).contains(&month);
    let (first, second) = (number(first)?, number(second)?);
    let is_date = is_day_and_month(first, second) || is_day_and_month(second, first);
    number(year).filter(|_| is_date && year.len() == 2)
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
        for lost in ["7,70175E+10", "8E+10", "8.7E10", "4E+05", "1,0e+3", "1.23457Е+14"] {
            assert_eq!(code(lost), Err(ProblemKind::LostDigits), "{lost}");
            assert_eq!(phone(lost), Err(ProblemKind::LostDigits), "{lost}");
        }
        assert_eq!(phone("8E10"), Err(ProblemKind::LostDigits));
        for kept in ["E-12", "8E10", "E5", "3-1", "3-15", "12.3", "A-2026", "май", "2026-5", "T-03.01"] {
            assert_eq!(code(kept).as_deref(), Ok(kept));
        }
        assert_eq!(code("Список составила Ким А. В."), Err(ProblemKind::NotACode));
        assert_eq!(phone("позвонить маме"), Err(ProblemKind::NotAPhone));
        assert_eq!(text(&national_id::tests::invented(7)), Err(ProblemKind::NationalId));
    }

    #[test]
    fn a_name_is_read_without_its_number_and_its_quotation_marks() {
        for written in [
            "1. Ким Анна",
            "12) Ким Анна",
            "3 Ким Анна",
            "№ 4. Ким Анна",
            "«Ким Анна»",
            "'Ким Анна'",
            "\"Ким Анна\"",
            "5. «Ким Анна»",
            "1-Ким Анна",
            "* Ким Анна",
            "(Ким Анна)",
            "+ Ким Анна*",
        ] {
            assert_eq!(name(written).as_deref(), Ok("Ким Анна"), "{written}");
        }
        for written in ["Ким Анна", "Ким «Кнопка» Анна", "О'Нил", "'Abd al-Aziz", "2Pac", "«Ким» «Анна»"]
        {
            assert_eq!(name(written).as_deref(), Ok(written));
        }
        for numbered in ["Ли Ян 87010000001", "Ли Ян +7 (701) 000-00-01"] {
            assert_eq!(name(numbered), Err(ProblemKind::NumberInName), "{numbered}");
        }
        assert_eq!(name("÷ой ¬ера"), Err(ProblemKind::LostLetters));
        assert_eq!(name("Ли Ян 2").as_deref(), Ok("Ли Ян 2"));
        assert_eq!(name("kim@example.org"), Err(ProblemKind::NoName));
        for amount in ["50%", "1 200 ₸", "$5", "1\u{a0}200,00 тг", "5,00 р."] {
            assert_eq!(code(amount), Err(ProblemKind::BecameAmount), "{amount}");
        }
        assert_eq!(code("%A").as_deref(), Ok("%A"));
    }

    #[test]
    fn a_date_where_a_code_should_stand_is_told() {
        for date in [
            "03.янв",
            "02.май",
            "3-Jan",
            "Jan-03",
            "янв.26",
            "Mar-26",
            "03.01.2026",
            "2026-01-03",
            "1/3/2026",
            "2026-01-03T00:00:00",
            "03.янв.26",
            "5-май",
            "3 қаң.",
            "мар.15",
            "15-сент",
            "1-марта",
            "03:15:00",
        ] {
            assert_eq!(key(date), Err(ProblemKind::BecameDate), "{date}");
        }
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
            "12.05.87",
            "5/12/87",
            "12.5.87 г.",
        ] {
            assert_eq!(year(written, 2026), Ok(1987), "{written}");
        }
        for (written, read) in [("01.05.00", 2000), ("01.05.21", 2021), ("01.05.22", 1922), ("31/12/99", 1999)] {
            assert_eq!(year(written, 2026), Ok(read), "{written}");
        }
        for written in [
            "87",
            "87-05-12",
            "32.05.87",
            "12.05.7",
            "1887",
            "2027",
            "31909",
            "1987-1988",
            "19870512",
            "не помню",
            "198",
        ] {
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
