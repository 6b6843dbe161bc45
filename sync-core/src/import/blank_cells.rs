//! Cells that say nothing about anybody: words for "none", words in the place of a name, failed formulas.

use super::meaning::Meaning;
use super::papers;
use super::vocabulary::{ANYBODY, BARE_ERRORS, NOBODY, NOTHING, NOTHING_BUT_IN_NAMES, SAMPLES, TOTALS};

/// Tells whether a cell says that there is nothing: a dash, `нет`, `жоқ`, `n/a`, or a word in the place of a name.
pub(super) fn says_nothing(cell: &str, meaning: Meaning) -> bool {
    is_nothing(cell, meaning) || is_nobodys_part(cell, meaning)
}

/// Tells whether a cell says that there is nothing, whatever it would be.
pub(super) fn is_nothing(cell: &str, meaning: Meaning) -> bool {
    let written = cell.trim();
    let cell = trimmed(written);
    if cell.is_empty() {
        return !written.is_empty();
    }
    if cell
        .chars()
        .all(|c| matches!(c, '-' | '–' | '—' | '−' | '‐' | '‑' | '―' | '_' | '.' | '*' | '/' | '\\' | '?' | ' '))
    {
        return true;
    }
    let is_number_of_nothing = matches!(meaning, Meaning::Patronymic | Meaning::Phone | Meaning::BirthYear);
    if is_number_of_nothing && cell.chars().all(|c| c == '0') {
        return true;
    }
    let cell = cell.to_lowercase();
    let may_be_name = matches!(meaning, Meaning::Family | Meaning::Given | Meaning::FullName | Meaning::Code);
    NOTHING.contains(&cell.as_str()) || (!may_be_name && NOTHING_BUT_IN_NAMES.contains(&cell.as_str()))
}

/// Tells whether a part of a name, or all of it, stands where nobody is named; `N.A.` as a given name is initials.
fn is_nobodys_part(cell: &str, meaning: Meaning) -> bool {
    let cell = trimmed(cell);
    let is_initials = meaning == Meaning::Given && cell.contains('.');
    matches!(meaning, Meaning::Family | Meaning::Given | Meaning::FullName)
        && !is_initials
        && (papers::of_paper(cell).is_some() || names_nobody(cell))
}

fn trimmed(cell: &str) -> &str {
    cell.trim().trim_matches(|c: char| matches!(c, '(' | ')' | '[' | ']' | '<' | '>' | '"' | '«' | '»' | '.'))
}

/// Tells whether two parts of a name name nobody together: both do, or the one that is there, or they do as one text.
pub(super) fn is_nobodys_pair(family: &str, given: &str) -> bool {
    let is_nothing = |cell: &str, meaning| cell.trim().is_empty() || says_nothing(cell, meaning);
    is_nothing(family, Meaning::Family) && is_nothing(given, Meaning::Given)
        || names_nobody(&format!("{} {}", trimmed(family), trimmed(given)))
}

/// Tells whether a word or several stand in the place of a name: `вакансия`, `тест`, `Ким Анна (образец)`.
pub(super) fn names_nobody(written: &str) -> bool {
    let lower = written.to_lowercase();
    let (cell, words) = (lower.as_str(), words(written));
    let unnumbered: Vec<&String> = words.iter().filter(|word| !word.chars().all(|c| c.is_ascii_digit())).collect();
    let is_sample = |word: &String| SAMPLES.contains(&word.as_str());
    let has_mark = cell.contains(['(', ')', ':', '/', '*']) || words.len() == 1;
    NOBODY.contains(&cell)
        || papers::of_paper(written.trim_start_matches('*')).is_some()
        || (unnumbered.len() == 1 && ANYBODY.contains(&unnumbered[0].as_str()))
        || (has_mark && words.first().into_iter().chain(words.last()).any(is_sample))
}

/// Tells whether a name is a word of lists and nobody's: of a row of totals, or in the place of a name.
#[must_use]
pub fn is_nobodys_name(name: &str) -> bool {
    says_nothing(name, Meaning::FullName) || TOTALS.contains(&words(name).join(" ").as_str())
}

/// Answers instead of values: who filled a form in ticked something.
pub(super) fn is_answer(cell: &str) -> bool {
    let answers =
        ["да", "нет", "иә", "жоқ", "жок", "yes", "no", "true", "false", "истина", "ложь", "+", "-", "✓", "✔", "v"];
    answers.contains(&cell.trim().to_lowercase().as_str())
}

/// What a spreadsheet shows where a formula failed, in whatever language: `#REF!`, `#ССЫЛКА!`, `#AD?`, `#####`.
pub(super) fn is_failed_formula(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('#') else {
        let failed = ["Err:", "Ошибка:", "Қате:"].iter().find_map(|word| text.strip_prefix(word));
        return failed.is_some_and(|number| number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit()));
    };
    if BARE_ERRORS.contains(&text) || (text.len() > 3 && rest.bytes().all(|byte| byte == b'#')) {
        return true;
    }
    let is_of_error = |c: char| c.is_uppercase() || matches!(c, '0' | '/' | '_' | '¡' | '¿' | '!' | '?' | ' ');
    rest.ends_with(['!', '?']) && rest.chars().any(char::is_uppercase) && rest.chars().all(is_of_error)
}

/// Tells whether a cell is a mark that stands for the cell above.
pub(super) fn is_ditto_mark(cell: &str) -> bool {
    let cell = cell.trim();
    let is_mark = |c: char| matches!(c, '"' | '″' | '〃' | '„' | '“' | '”' | '«' | '»' | '\'' | '’');
    let is_of_mark = |c: char| is_mark(c) || matches!(c, '-' | '–' | '—' | '−' | '_' | '.' | ',' | '/' | '|' | ' ');
    cell.chars().all(is_of_mark) && (cell.contains(is_mark) || cell.contains("//"))
}

/// The words of a text, in small letters, without what stands between them.
pub(super) fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_none_say_nothing_and_names_say_something() {
        for cell in [
            "-",
            "—",
            "–",
            "нет",
            "Нет",
            "ЖОҚ",
            "жок",
            "None",
            "n/a",
            "N/A",
            "отсутствует",
            "(нет)",
            "--",
            "...",
            "Не указан",
        ] {
            assert!(says_nothing(cell, Meaning::Patronymic), "{cell}");
        }
        for cell in [
            "Тест",
            "test",
            "Ким Анна (образец)",
            "Пример: Ким Анна",
            "МЫСАЛ",
            "удалена",
            "Отказ",
            "Участник 5",
            "волонтёр",
        ] {
            assert!(says_nothing(cell, Meaning::FullName) && is_nobodys_name(cell), "{cell}");
        }
        for cell in ["Тестов Иван", "Тест Иван", "Пример Жан", "Суммаев", "Ким Анна"]
        {
            assert!(!is_nobodys_name(cell), "{cell}");
        }
        assert!(is_nobodys_name("ИТОГО:"));
        for cell in ["N.A.", "б/н", "XXX", "Вакансия", "бос орын", "Фамилия Имя", "мәлімет жоқ", "undefined"]
        {
            assert!(says_nothing(cell, Meaning::FullName), "{cell}");
        }
        assert!(!says_nothing("Резерв", Meaning::Categories) && !says_nothing("Вакансян", Meaning::Family));
        assert!(says_nothing("no", Meaning::Phone) && !says_nothing("No", Meaning::Family));
        for cell in ["", "Нетов", "Ан", "А-1", "+7", "Жоқпас"] {
            assert!(!says_nothing(cell, Meaning::Patronymic), "{cell}");
        }
    }

    #[test]
    fn failed_formulas_are_known_in_any_language() {
        for text in [
            "#N/A",
            "#REF!",
            "#NAME?",
            "#DIV/0!",
            "#Н/Д",
            "#ССЫЛКА!",
            "#ИМЯ?",
            "#ЗНАЧ!",
            "#ДЕЛ/0!",
            "#ПУСТО!",
            "#ЧИСЛО!",
            "#BEZUG!",
            "#WERT!",
            "#AD?",
            "#DEĞER!",
            "#SAYI/0!",
            "#¡REF!",
            "#¿NOMBRE?",
            "#SPILL!",
            "######",
            "Err:502",
        ] {
            assert!(is_failed_formula(text), "{text}");
        }
        for text in ["#1", "# 12", "#A-1", "#командаМечты!", "№ 1!", "##", "Err", "#!"] {
            assert!(!is_failed_formula(text), "{text}");
        }
    }
}
