//! Tells whether a name that changes under one code can be the same human being's, and which codes are one.

use std::collections::BTreeMap;

use super::rows::{folded, phone_tail};
use super::shorter;
use crate::canonical::canonical_code;
use crate::documents::roster::{Person, PersonName, Roster};
use crate::ids::PersonId;
use crate::names::{NameKey, patronymics_agree, similarity};

/// Names, and words of names, that are at least this similar are spellings of one.
const SPELLING: u16 = 840;
/// The forms of a family name of a man and of a woman are at least this similar.
const FORM: u16 = 800;

/// Tells whether `file` can be what `known` is called now: in another spelling or form, with more or fewer words, or with
/// another family name alone, as after a marriage.
pub(super) fn may_be_one(known: &Person, file: &Person) -> bool {
    let Some(new) = file.names.first() else { return true };
    known.names.is_empty() || known.names.iter().any(|old| names_may_be_one(old, new, known, file))
}

/// Tells whether somebody of these spellings can be the one whom a list calls `name`.
#[must_use]
pub fn may_be_called(spellings: &[&str], name: &str) -> bool {
    let of = |name: &str| PersonName { family: name.to_owned(), ..PersonName::default() };
    let listed = Person { names: vec![of(name)], ..Person::default() };
    may_be_one(&Person { names: spellings.iter().map(|name| of(name)).collect(), ..Person::default() }, &listed)
}

/// Tells whether one of these spellings is `name` to the letter, in whatever order and alphabet.
#[must_use]
pub fn is_called(spellings: &[&str], name: &str) -> bool {
    let of = |name: &str| folded(&PersonName { family: name.to_owned(), ..PersonName::default() });
    let name = of(name);
    spellings.iter().any(|spelling| of(spelling) == name)
}

fn names_may_be_one(old: &PersonName, new: &PersonName, known: &Person, file: &Person) -> bool {
    let (old_key, new_key) = (NameKey::of(old), NameKey::of(new));
    if shorter::initials_contradict(old, new) {
        return false;
    }
    if patronymics_agree(&old_key, &new_key) == Some(false) {
        return false;
    }
    similarity(&old_key, &new_key) >= SPELLING
        || is_part_of(&old_key, &new_key)
        || is_part_of(&new_key, &old_key)
        || is_family_name_alone(old, new, known, file)
}

/// Every word of the shorter name is one of the longer.
fn is_part_of(short: &NameKey, long: &NameKey) -> bool {
    let mut left: Vec<&str> = long.words().collect();
    let (mut count, mut whole) = (0, false);
    for word in short.words() {
        let Some(place) = left.iter().position(|other| are_one(word, other, SPELLING)) else { return false };
        whole |= word.chars().nth(1).is_some();
        left.remove(place);
        count += 1;
    }
    count > 0 && whole
}

fn are_one(a: &str, b: &str, least: u16) -> bool {
    similarity(&NameKey::of_text(a), &NameKey::of_text(b)) >= least
}

/// A woman's family name is another one, and nothing else is.
fn is_family_name_alone(old: &PersonName, new: &PersonName, known: &Person, file: &Person) -> bool {
    let (Some(before), Some(after)) = (Parts::of(old), Parts::of(new)) else { return false };
    if !are_one(&before.given, &after.given, SPELLING) {
        return false;
    }
    let is_form = are_one(&before.family, &after.family, FORM);
    let is_man = [&before, &after].into_iter().any(|parts| is_of_a_man(&parts.family))
        || [old, new].iter().any(|name| is_patronymic_of_a_man(&name.patronymic));
    let years = known.birth_year.zip(file.birth_year);
    let phones = known.phone.as_deref().map(phone_tail).zip(file.phone.as_deref().map(phone_tail));
    let another_year = years.is_some_and(|(a, b)| a != b);
    let another_phone = phones.is_some_and(|(a, b)| a != b) && years.is_none();
    (is_form || !is_man) && !another_year && !another_phone
}

/// A name as family name and given name, in lower case.
struct Parts {
    family: String,
    given: String,
}

impl Parts {
    /// A name in one cell is divided by the endings of family names, else it begins with the family name.
    fn of(name: &PersonName) -> Option<Self> {
        let lower = |text: &str| text.trim().to_lowercase();
        if !name.given.is_empty() {
            return Some(Self { family: lower(&name.family), given: lower(&name.given) });
        }
        let mut words = name.family.split_whitespace().map(lower);
        let (first, second) = (words.next()?, words.next()?);
        let swapped = is_family_name(&second) && !is_family_name(&first);
        let (family, given) = if swapped { (second, first) } else { (first, second) };
        Some(Self { family, given })
    }
}

const MANS_ENDINGS: [&str; 13] =
    ["ов", "ев", "ёв", "ин", "ын", "ский", "ской", "цкий", "ov", "ev", "sky", "skiy", "skii"];
const WOMANS_ENDINGS: [&str; 11] = ["ова", "ева", "ёва", "ина", "ына", "ская", "цкая", "ova", "eva", "skaya", "skaia"];

fn is_of_a_man(family: &str) -> bool {
    family.chars().count() > 3 && MANS_ENDINGS.iter().any(|ending| family.ends_with(ending))
}

fn is_family_name(word: &str) -> bool {
    is_of_a_man(word) || (word.chars().count() > 4 && WOMANS_ENDINGS.iter().any(|ending| word.ends_with(ending)))
}

fn is_patronymic_of_a_man(patronymic: &str) -> bool {
    let lower = patronymic.trim().to_lowercase();
    ["ич", "ұлы", "улы", "uly", "uli", "ich", "оглы", "ogly"].iter().any(|ending| lower.ends_with(ending))
}

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

/// Who on the roster has which id of one issuer. Somebody else's list may have brought them.
pub(super) struct ExternalIds {
    by_code: BTreeMap<String, PersonId>,
    by_digits: BTreeMap<String, (String, PersonId)>,
    /// By the folded name, with the words in any order.
    by_name: BTreeMap<String, Vec<(String, PersonId)>>,
}

impl ExternalIds {
    pub(super) fn of(roster: &Roster, issuer: &str) -> Self {
        let mut known = Self { by_code: BTreeMap::new(), by_digits: BTreeMap::new(), by_name: BTreeMap::new() };
        for (id, person) in roster.people.iter().filter_map(|(id, record)| Some((*id, record.shown()?))) {
            for external in person.external_ids.iter().filter(|external| external.issuer == issuer) {
                let key = canonical_code(&external.value);
                known.by_digits.entry(without_zeros(&key)).or_insert_with(|| (external.value.clone(), id));
                known.by_code.entry(key).or_insert(id);
                if let Some(name) = person.names.first() {
                    known.by_name.entry(folded(name)).or_default().push((external.value.clone(), id));
                }
            }
        }
        known
    }

    /// Who has this code, however it is typed.
    pub(super) fn holder(&self, code: &str) -> Option<PersonId> {
        self.by_code.get(&canonical_code(code)).copied()
    }

    /// Who has a code that differs by leading zeros only, and that code.
    pub(super) fn holder_but_for_zeros(&self, code: &str) -> Option<(&str, PersonId)> {
        let (known, id) = self.by_digits.get(&without_zeros(&canonical_code(code)))?;
        Some((known, *id))
    }

    /// The code of somebody with this name.
    pub(super) fn code_of(&self, name: &PersonName) -> Option<&str> {
        Some(&self.called(name).first()?.0)
    }

    /// Everybody with this name in any order of its words, each with the code.
    pub(super) fn called(&self, name: &PersonName) -> &[(String, PersonId)] {
        self.by_name.get(&folded(name)).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, phone: &str, year: Option<u16>) -> Person {
        let mut parts = name.split('/').map(str::to_owned);
        let mut part = || parts.next().unwrap_or_default();
        let name = PersonName { family: part(), given: part(), patronymic: part(), script: String::new() };
        let phone = Some(phone.to_owned()).filter(|phone| !phone.is_empty());
        Person { names: vec![name], phone, birth_year: year, ..Person::default() }
    }

    fn may_be(old: &str, new: &str) -> bool {
        may_be_one(&person(old, "", None), &person(new, "", None))
    }

    #[test]
    fn another_spelling_or_form_is_the_same_human_being() {
        for (old, new) in [
            ("Бекова Сауле", "Сауле Бекова"),
            ("Бекова Сауле", "Bekova Saule"),
            ("Әбдірахманова/Гүлнара", "Абдрахманова/Гульнара"),
            ("Бекова Сауле", "Бекова Сауле Маратовна"),
            ("Бекова С.", "Бекова Сауле"),
            ("Беков Сауле", "Бекова Сауле"),
            ("Сейтқали Нұрлан", "Сейткали Нурлан Серікұлы"),
            ("Чернова/Светлана/Нұрланқызы", "Чернова/Светлана/Нурлановна"),
        ] {
            assert!(may_be(old, new), "{old} → {new}");
        }
    }

    #[test]
    fn a_womans_family_name_may_change_and_nothing_else_with_it() {
        for (old, new) in [
            ("Бекова Сауле", "Ахметова Сауле"),
            ("Saule Bekova", "Saule Akhmetova"),
            ("Бекова/Сауле/Маратовна", "Оспанова/Сауле/Маратовна"),
            ("Сейтқали Айгүл", "Оспан Айгүл"),
        ] {
            assert!(may_be(old, new), "{old} → {new}");
        }
        let before = person("Бекова Сауле", "+77015550101", Some(1990));
        assert!(may_be_one(&before, &person("Ахметова Сауле", "+77015550102", Some(1990))));
        assert!(!may_be_one(&before, &person("Ахметова Сауле", "+77015550101", Some(2001))));
        let unknown_year = person("Бекова Сауле", "+77015550101", None);
        assert!(!may_be_one(&unknown_year, &person("Ахметова Сауле", "+77015550102", None)));
    }

    #[test]
    fn another_given_name_or_father_is_somebody_else() {
        for (old, new) in [
            ("Бекова Сауле", "Громов Илья"),
            ("Бекова Сауле", "Бекова Айгуль"),
            ("Беков Арман", "Ахметов Арман"),
            ("Бекова/Сауле/Маратовна", "Бекова/Сауле/Ильинична"),
            ("Ким Анна", "Ким Олег"),
            ("Saule Bekova", "Aigul Bekova"),
        ] {
            assert!(!may_be(old, new), "{old} → {new}");
        }
    }

    #[test]
    fn codes_are_compared_without_the_zeros_that_spreadsheets_take() {
        for (code, other) in [("101", "00101"), ("a-1", "a-001"), ("0", "000"), ("1-02", "01-2")] {
            assert_eq!(without_zeros(code), without_zeros(other));
        }
        assert_ne!(without_zeros("100"), without_zeros("10"));
        assert_ne!(without_zeros("1-20"), without_zeros("1-2"));
    }
}
