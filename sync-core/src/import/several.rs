//! Cells that name several people, of whom only one would be on the roster.

use super::cells;
use super::name_change::may_be_called;
use super::problem::ProblemKind;
use crate::command::has_letters;

/// What stands between two people, also between a given name and another one; in small letters, for И is a family name.
const AND: [&str; 4] = ["и", "және", "and", "&"];

/// What stands between two spellings of one name.
const BETWEEN_SPELLINGS: [char; 5] = [';', '/', '|', '\n', '\r'];

/// Reads the whole name of one human being, in one spelling or in several.
pub(super) fn one_name(cell: &str) -> Result<Vec<String>, ProblemKind> {
    if names_several(cell) {
        return Err(ProblemKind::SeveralPeople);
    }
    match spellings(cell) {
        Some(spellings) => spellings.into_iter().map(cells::name).collect(),
        None => Ok(Some(cells::name(cell)?).filter(|name| !name.is_empty()).into_iter().collect()),
    }
}

/// The spellings of one name: `Цой Ян; Tsoy Yan`. `None` where the parts of a cell are no spellings of one another.
fn spellings(cell: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = cell.split(BETWEEN_SPELLINGS).map(str::trim).filter(|part| !part.is_empty()).collect();
    let (first, others) = parts.split_first()?;
    let script = |part: &str| cells::script(part);
    // Of letters that are not compared nobody can say that they spell another name.
    let is_compared = |part: &str| !script(part).is_empty();
    let is_spelling = |other: &&str| {
        let are_other_letters = script(first) != script(other);
        let are_spellings = if is_compared(first) && is_compared(other) {
            may_be_called(&[first], other)
        } else {
            are_other_letters && cell.contains(';') && has_letters(other)
        };
        are_spellings && (are_other_letters || (is_whole_name(first) && is_whole_name(other)))
    };
    (!others.is_empty() && has_letters(first) && others.iter().all(is_spelling)).then_some(parts)
}

/// Words that stand behind a number of people.
const PEOPLE: [&str; 7] = ["чел", "человек", "человека", "адам", "people", "persons", "pax"];
/// Words for all who live together.
const FAMILIES: [&str; 3] = ["семья", "отбасы", "family"];

/// Tells `Ким Анна + 2`, `Ким Анна, 3 чел.` and `семья Ким`.
fn counts_people(cell: &str) -> bool {
    let lower = cell.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_number = |text: &str| text.trim().parse::<u8>().is_ok();
    let has_guests = lower
        .rsplit_once('+')
        .is_some_and(|(name, more)| is_number(more) && name.trim_end().ends_with(char::is_alphabetic));
    let is_family =
        words.len() > 1 && [words.first(), words.last()].into_iter().flatten().any(|word| FAMILIES.contains(word));
    has_guests || is_family || words.windows(2).any(|pair| is_number(pair[0]) && PEOPLE.contains(&pair[1]))
}

fn names_several(cell: &str) -> bool {
    if counts_people(cell) {
        return true;
    }
    let joined = cell.split_whitespace().collect::<Vec<_>>();
    if joined.split(|word| AND.contains(word)).filter(|part| !part.is_empty()).count() > 1 {
        return true;
    }
    // Guests write `García López, María Carmen`; in Cyrillic a comma stands between people.
    let is_cyrillic = !cell.chars().any(|c| c.is_ascii_alphabetic());
    let parts = cell.split(|c: char| matches!(c, '\n' | '\r' | ';' | '/' | '+' | '|') || (c == ',' && is_cyrillic));
    let names: Vec<&str> = parts.map(str::trim).filter(|part| is_whole_name(part) || has_initials(part)).collect();
    let latin: Vec<&str> = cell.split(',').map(str::trim).collect();
    if latin.len() > 1 && latin.iter().all(|part| has_initials(part)) {
        return true;
    }
    // One name in two spellings is one human being.
    names.split_first().is_some_and(|(first, others)| others.iter().any(|other| !may_be_called(&[first], other)))
}

/// A family name with initials: `Ким А.`, `Пак И. О.`
fn has_initials(part: &str) -> bool {
    let mut words = part.split_whitespace();
    let is_initials = |word: &str| {
        let mut letters = word.split('.').filter(|letter| !letter.is_empty());
        word.ends_with('.') && letters.all(|letter| letter.chars().count() == 1)
    };
    let is_family = |word: &str| word.chars().filter(|c| c.is_alphabetic()).count() > 1 && !word.contains('.');
    words.next().is_some_and(is_family) && part.contains('.') && words.all(is_initials)
}

/// A family name and a given name; not what stands in brackets beside them.
fn is_whole_name(part: &str) -> bool {
    let words = part.split_whitespace().filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1);
    !part.contains(['(', ')', '[', ']', '"', '«']) && words.count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_people_in_a_cell_are_told_from_one_with_a_long_name() {
        for cell in [
            "Ким Анна\nЛи Ян",
            "Цой Ян, Пак Яна",
            "Ким Анна / Ли Ян",
            "Ким Анна; Ли Ян",
            "Ахметов Серик и Ахметова Айгүл",
            "Ахметов Серік және Айгүл",
            "Ann Lee & Bob Ray",
            "Ann Lee and Bob Ray",
            "Ким Анна - 3 чел.",
            "Ким Анна + 2",
            "Семья Ким",
            "Ким отбасы",
            "Ким А., Пак И.",
            "Ким А.О., Пак И. Б.",
            "Kim A., Pak I.",
            "Ким А.; Пак И.",
            "Ким Анна + Пак Ира",
            "Ким Анна | Пак Ира",
        ] {
            assert_eq!(one_name(cell), Err(ProblemKind::SeveralPeople), "{cell}");
        }
        for cell in [
            "Ким\nАнна",
            "Ахметова Айгүл\nСеріккызы",
            "Ким, Анна",
            "Ким, Анна, Ильинична",
            "García López, María Carmen",
            "Чел Ааа",
            "Ann;=B+C",
            "Ахметов Серік / Akhmetov Serik",
            "Сейтова Айгүл (Ким Айгүл)",
            "Жан-Поль И",
            "Ли А./Ян",
            "Ibn Saud Abd al-Aziz",
        ] {
            assert!(one_name(cell).is_ok(), "{cell}");
        }
    }

    #[test]
    fn spellings_of_one_name_are_told_from_words_that_belong_together() {
        for (cell, spellings) in [
            ("Цой Ян; Tsoy Yan", &["Цой Ян", "Tsoy Yan"][..]),
            ("Сейтов Асан / Seitov Asan", &["Сейтов Асан", "Seitov Asan"]),
            ("Сейтқали Нұрлан|Сейткали Нурлан", &["Сейтқали Нұрлан", "Сейткали Нурлан"]),
            ("Ким Анна\nKim Anna", &["Ким Анна", "Kim Anna"]),
            ("Saule Bekova; ნინო; Сауле Бекова", &["Saule Bekova", "ნინო", "Сауле Бекова"]),
            ("李; Ли; Li", &["李", "Ли", "Li"]),
            ("Ким\nАнна", &["Ким Анна"]),
            ("Ахметова Айгүл\nСеріккызы", &["Ахметова Айгүл Серіккызы"]),
            ("Ким / Анна", &["Ким / Анна"]),
            ("Ли А./Ян", &["Ли А./Ян"]),
            ("+ Ким Анна", &["Ким Анна"]),
            ("Ким А.", &["Ким А."]),
        ] {
            assert_eq!(
                one_name(cell).as_deref(),
                Ok(spellings.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>().as_slice()),
                "{cell:?}"
            );
        }
    }
}
