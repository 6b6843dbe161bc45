//! Cells that name several people, of whom only one would be on the roster.

use super::cells;
use super::name_change::may_be_called;
use super::problem::ProblemKind;

/// What stands between two people, also between a given name and another one; in small letters, for И is a family name.
const AND: [&str; 4] = ["и", "және", "and", "&"];

/// Reads the whole name of one human being.
pub(super) fn one_name(cell: &str) -> Result<String, ProblemKind> {
    if names_several(cell) { Err(ProblemKind::SeveralPeople) } else { cells::name(cell) }
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
    let parts = cell.split(|c: char| matches!(c, '\n' | '\r' | ';' | '/') || (c == ',' && is_cyrillic));
    let names: Vec<&str> = parts.map(str::trim).filter(|part| is_whole_name(part)).collect();
    // One name in two spellings is one human being.
    names.split_first().is_some_and(|(first, others)| others.iter().any(|other| !may_be_called(&[first], other)))
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
}
