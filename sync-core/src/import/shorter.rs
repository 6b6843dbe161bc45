//! Shorter forms of a name: initials in the place of words, and words that are left out.

use std::collections::BTreeMap;

use super::family_names::is_family_name;
use crate::documents::roster::PersonName;
use crate::names::{NameKey, fold_word, split_words};

/// Letters that a Latin spelling writes for one Cyrillic letter, as an initial.
const DIGRAPHS: [&str; 8] = ["zh", "sh", "ch", "kh", "ts", "ya", "yu", "дж"];

/// Which part of a name a word stands in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Family,
    Given,
    Patronymic,
    /// The name is not divided.
    Whole,
}

/// A word of a name.
pub(super) struct Word<'a> {
    written: &'a str,
    pub lower: String,
    pub folded: String,
    pub is_patronymic: bool,
    pub part: Part,
    /// How many words stand before it.
    pub place: usize,
}

impl Word<'_> {
    pub(super) fn is_initial(&self) -> bool {
        self.lower.chars().nth(1).is_none() || DIGRAPHS.contains(&self.lower.as_str())
    }

    pub(super) fn begins(&self, word: &Self) -> bool {
        word.folded.starts_with(&self.folded) || word.lower.starts_with(&self.lower)
    }
}

/// The words of a name in the order in which they stand, the family name first where the parts are known.
pub(super) fn words(name: &PersonName) -> Vec<Word<'_>> {
    let key = NameKey::of(name);
    let family = if name.given.is_empty() { Part::Whole } else { Part::Family };
    let parts = [(&name.family, family), (&name.given, Part::Given), (&name.patronymic, Part::Patronymic)];
    let written = parts.into_iter().flat_map(|(text, part)| split_words(text).map(move |written| (written, part)));
    let words = written.enumerate().map(|(place, (written, part))| {
        let folded = fold_word(written);
        let is_patronymic = key.patronymic().is_some() && key.words().all(|word| word != folded);
        Word { written, lower: written.to_lowercase(), folded, is_patronymic, part, place }
    });
    words.filter(|word| !word.folded.is_empty()).collect()
}

/// Takes away the words that both names have, but for initials: their order says for which words they stand.
fn take_common(one: &mut Vec<Word<'_>>, other: &mut Vec<Word<'_>>) {
    one.retain(|word| match other.iter().position(|same| !word.is_initial() && same.folded == word.folded) {
        Some(place) => {
            other.remove(place);
            false
        }
        None => true,
    });
}

/// Tells whether the words that two names do not share can stand for each other in the order in which they are written.
/// Two different whole words are not judged here.
fn stand_for_each_other(one: &[Word<'_>], other: &[Word<'_>]) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    // A lone initial is that of the given name.
    let given: Vec<&Word<'_>> = long.iter().filter(|word| !word.is_patronymic).collect();
    let long: Vec<&Word<'_>> = if given.len() >= short.len() { given } else { long.iter().collect() };
    // Where all of them are initials, the first is that of the given name, whatever is left out behind it.
    let has_words = long.iter().any(|word| !word.is_initial());
    let long = &long[..if has_words { long.len() } else { short.len() }];
    let mut rest = long.iter();
    short.iter().all(|word| {
        rest.any(|other| match (word.is_initial(), other.is_initial()) {
            (false, false) => true,
            (true, _) => word.begins(other),
            (false, true) => other.begins(word),
        })
    })
}

/// Tells whether `file` is a shorter form of `known`, and says nothing that `known` does not: `Жаров И.П.`, `Жаров Иван` or
/// `Иван Жаров` of `Жаров Иван Петрович`. At least one word is written out.
pub(super) fn is_shorter(known: &PersonName, file: &PersonName) -> bool {
    let (mut known, mut file) = (words(known), words(file));
    let counts = (known.len(), file.len());
    let is_told = file.iter().any(|word| !word.is_initial());
    take_common(&mut file, &mut known);
    let written_out = known.iter().filter(|word| !word.is_initial()).count();
    is_told
        && (counts.1 < counts.0 || written_out > 0)
        && file.len() <= known.len()
        && file.iter().all(Word::is_initial)
        && stand_for_each_other(&file, &known)
}

/// Tells whether initials of one name cannot stand for the words of the other: `Жаров П.И.` is not `Жаров Иван Петрович`.
pub(super) fn initials_contradict(one: &PersonName, other: &PersonName) -> bool {
    let (mut one, mut other) = (words(one), words(other));
    let has_initial = one.iter().chain(&other).any(Word::is_initial);
    take_common(&mut one, &mut other);
    has_initial && one.iter().chain(&other).any(Word::is_initial) && !stand_for_each_other(&one, &other)
}

/// `file` with words of `known` in the place of the initials that stand for them, so that no given name is lost to a letter
/// where the list has another family name: `Иванова С.` after `Бекова Сауле` is `Иванова Сауле`.
pub(super) fn written_out(known: &PersonName, file: &PersonName) -> PersonName {
    let (mut known_words, mut file_words) = (words(known), words(file));
    take_common(&mut file_words, &mut known_words);
    let family = family_of(&known_words);
    let mut rest = known_words.iter().filter(|word| Some(word.place) != family && !word.is_initial());
    let mut whole = BTreeMap::new();
    for initial in file_words.iter().filter(|word| word.is_initial()) {
        if let Some(word) = rest.find(|word| initial.begins(word)) {
            whole.insert(initial.place, word.written);
        }
    }
    if whole.is_empty() {
        return file.clone();
    }
    let all = words(file);
    let part = |parts: &[Part]| {
        let of_part = all.iter().filter(|word| parts.contains(&word.part));
        let written = of_part.map(|word| match whole.get(&word.place) {
            Some(written) => (*written).to_owned(),
            None if word.is_initial() => format!("{}.", word.written),
            None => word.written.to_owned(),
        });
        written.collect::<Vec<_>>().join(" ")
    };
    PersonName {
        family: part(&[Part::Family, Part::Whole]),
        given: part(&[Part::Given]),
        patronymic: part(&[Part::Patronymic]),
        script: file.script.clone(),
    }
}

/// Where the family name stands among words of a name.
fn family_of(words: &[Word<'_>]) -> Option<usize> {
    let own = words.iter().find(|word| word.part == Part::Family);
    let by_ending = || words.iter().find(|word| word.part == Part::Whole && is_family_name(&word.lower));
    own.or_else(by_ending)
        .map(|word| word.place)
        .or_else(|| words.iter().any(|word| word.part == Part::Whole).then_some(0))
}

/// Whether a name has an initial.
pub(super) fn has_initial(name: &PersonName) -> bool {
    words(name).iter().any(Word::is_initial)
}

/// The patronymic of a name as it is written, also where the name stands in one piece; empty where there is none.
pub(super) fn patronymic(name: &PersonName) -> String {
    if !name.patronymic.is_empty() {
        return name.patronymic.clone();
    }
    let words = words(name);
    let own: Vec<&str> = words.iter().filter(|word| word.is_patronymic).map(|word| word.written).collect();
    own.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> PersonName {
        let mut parts = text.split('/').map(str::to_owned);
        let mut part = || parts.next().unwrap_or_default();
        PersonName { family: part(), given: part(), patronymic: part(), script: String::new() }
    }

    #[test]
    fn a_shorter_form_says_nothing_new_and_contradicts_nothing() {
        for (known, file) in [
            ("Жаров Иван Петрович", "Жаров И.П."),
            ("Жаров Иван Петрович", "И. П. Жаров"),
            ("Жаров Иван Петрович", "Жаров И."),
            ("Жаров Иван Петрович", "Жаров Иван"),
            ("Жаров Иван Петрович", "Жаров Иван П."),
            ("Жаров/Иван/Петрович", "Иван/Жаров"),
            ("Жаров/Иван/Петрович", "Zharov I.P."),
            ("Ахметов/Серік/Ерланұлы", "Ахметов/С./"),
            ("Ким/Ольга", "Ким/"),
            ("García López María Carmen", "García M."),
            ("Юсупова Шолпан", "Yusupova Sh."),
            ("Жаров И.П.", "Жаров И."),
        ] {
            assert!(is_shorter(&name(known), &name(file)), "{known} ← {file}");
            assert!(!initials_contradict(&name(known), &name(file)), "{known} ← {file}");
            assert!(!is_shorter(&name(file), &name(known)), "{file} ← {known}");
        }
        for (known, file) in [
            ("Жаров Иван Петрович", "Жаров П.И."),
            ("Жаров Иван Петрович", "Жаров П."),
            ("Жаров Иван Петрович", "Жаров О.П."),
            ("Жаров И.П.", "Жаров П.И."),
            ("Ким Ольга", "Ким А."),
        ] {
            assert!(!is_shorter(&name(known), &name(file)), "{known} ← {file}");
            assert!(initials_contradict(&name(known), &name(file)), "{known} ← {file}");
        }
        for (known, file) in [
            ("Жаров Иван", "Жаров И.П."),
            ("Жаров Иван Петрович", "Жаров Иван Петрович"),
            ("Жаров Иван Петрович", "Иван Петрович Жаров"),
            ("Жарова Анна", "Ким А."),
            ("О Елена", "О Елена"),
            ("Жаров И.П.", "И. П. Жаров"),
        ] {
            assert!(!is_shorter(&name(known), &name(file)), "{known} ← {file}");
            assert!(!initials_contradict(&name(known), &name(file)), "{known} ← {file}");
        }
    }

    #[test]
    fn no_given_name_is_lost_to_an_initial() {
        for (known, file, both) in [
            ("Бекова Сауле", "Иванова С.", "Иванова Сауле"),
            ("Ахметова Мария Маратовна", "Иванова М. М.", "Иванова Мария Маратовна"),
            ("Ахметова/Мария/Маратовна", "Иванова/М./М.", "Иванова/Мария/Маратовна"),
            ("Жаров Иван", "Жаров И.П.", "Жаров Иван П."),
            ("Цой Ян", "Цой Я. Б.", "Цой Ян Б."),
            ("Бекова Сауле", "Иванова Б.", "Иванова Б."),
            ("Бекова Сауле", "Иванова Сауле", "Иванова Сауле"),
            ("Saule Bekova", "Ivanova S.", "Ivanova Saule"),
        ] {
            assert_eq!(written_out(&name(known), &name(file)), name(both), "{known} ← {file}");
        }
    }

    #[test]
    fn the_patronymic_is_found_in_a_name_of_one_piece() {
        assert_eq!(patronymic(&name("Жаров Иван Петрович")), "Петрович");
        assert_eq!(patronymic(&name("Ахметов Ерлан Серік ұлы")), "Серік ұлы");
        assert_eq!(patronymic(&name("Жаров/Иван/Петрович")), "Петрович");
        assert_eq!(patronymic(&name("Жаров Иван")), "");
    }
}
