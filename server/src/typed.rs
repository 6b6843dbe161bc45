//! What somebody types of one person, at a desk or on a command line: refused where a list would be.
//!
//! Owns what only a slip can mean, and no replica has to judge: words of lists in the place of names, errors of
//! spreadsheets, damaged letters. What nobody may write at all is the core's to refuse.

use std::fmt;

use sync_core::documents::event::EventInfo;
use sync_core::documents::roster::{PersonEdit, PersonField, PersonName};
use sync_core::import::{ProblemKind, born_by, is_nobodys_name, may_be_called, problem_of_birth_year, problem_of_cell};

use crate::print::one_line;
use crate::tables::damage_of;

/// A value that cannot be meant.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{field}: {why}")]
pub struct Slip {
    /// The field for which it was typed.
    pub field: PersonField,
    /// What is wrong with it.
    pub why: String,
}

/// Checks the new value of a field of somebody in `event`. `today` counts days since 1970-01-01.
///
/// # Errors
/// [`Slip`] names the field, and what to correct.
pub fn check(edit: &PersonEdit, event: &EventInfo, today: i64) -> Result<(), Slip> {
    let field = edit.field();
    let slip = |why: &dyn fmt::Display| Slip { field, why: why.to_string() };
    check_answers(edit).map_err(|why| slip(&why))?;
    match edit {
        PersonEdit::Names(names) => check_names(names).map_err(|why| slip(&why)),
        PersonEdit::BirthYear(Some(year)) => {
            problem_of_birth_year(*year, born_by(event, today)).map_or(Ok(()), |problem| Err(slip(&problem)))
        }
        PersonEdit::Phone(text)
        | PersonEdit::Organisation(text)
        | PersonEdit::Region(text)
        | PersonEdit::Team(text) => text.iter().try_for_each(|text| check_text(field, text)).map_err(|why| slip(&why)),
        PersonEdit::Categories(texts) | PersonEdit::Shifts(texts) => {
            texts.iter().try_for_each(|text| check_text(field, text)).map_err(|why| slip(&why))
        }
        _ => Ok(()),
    }
}

const YES: [&str; 7] = ["да", "иә", "ия", "yes", "true", "истина", "ақиқат"];
const NO: [&str; 7] = ["нет", "жоқ", "жок", "no", "false", "ложь", "жалған"];

/// Refuses an answer in the place of a value. Where a value says that something is so, as that somebody was withdrawn, `yes`
/// is one, and `no` would say the opposite of what it means.
fn check_answers(edit: &PersonEdit) -> Result<(), String> {
    let (values, may_say_yes): (Vec<&String>, bool) = match edit {
        PersonEdit::Withdrawn(text) | PersonEdit::GuardianConsent(text) => (text.iter().collect(), true),
        PersonEdit::Phone(text) | PersonEdit::Organisation(text) | PersonEdit::Team(text) => {
            (text.iter().collect(), false)
        }
        // NO is Norway, and no is Norwegian.
        PersonEdit::Region(text) => (text.iter().filter(|text| *text != "NO").collect(), false),
        PersonEdit::Languages(texts) => (texts.iter().filter(|text| !text.eq_ignore_ascii_case("no")).collect(), false),
        PersonEdit::Categories(texts) | PersonEdit::Shifts(texts) | PersonEdit::Consents(texts) => {
            (texts.iter().collect(), false)
        }
        PersonEdit::ExternalIds(ids) => (ids.iter().map(|id| &id.value).collect(), false),
        PersonEdit::Names(_) | PersonEdit::BirthYear(_) => (Vec::new(), false),
    };
    for value in values {
        let answer = value.trim().to_lowercase();
        if NO.contains(&answer.as_str()) {
            return Err(format!(
                "`{}` says that there is none: leave the value empty to take it away",
                one_line(value)
            ));
        }
        if !may_say_yes && YES.contains(&answer.as_str()) {
            return Err(format!("`{}` is an answer, and no value: say which", one_line(value)));
        }
    }
    Ok(())
}

fn check_names(names: &[PersonName]) -> Result<(), String> {
    for name in names {
        let parts = [&name.family, &name.given, &name.patronymic];
        for part in parts.into_iter().filter(|part| !part.trim().is_empty()) {
            if is_nobodys_name(part) {
                return Err(format!("`{}` is a word of lists, and nobody's name", one_line(part)));
            }
            check_text(PersonField::Names, part)?;
        }
        if is_nobodys_name(&name.to_string()) {
            return Err(format!("`{}` is a word of lists, and nobody's name", one_line(&name.to_string())));
        }
    }
    let Some((first, others)) = names.split_first() else { return Ok(()) };
    let preferred = first.to_string();
    let stranger = others
        .iter()
        .map(ToString::to_string)
        .find(|other| is_in_letters_of(&preferred, other) && !may_be_called(&[&preferred], other));
    stranger.map_or(Ok(()), |other| {
        Err(format!(
            "`{}` is no other spelling of `{}`; the parts of one name have blanks between them",
            one_line(&other),
            one_line(&preferred)
        ))
    })
}

/// The alphabet of a name, where it is one of which [`may_be_called`] knows the spellings.
#[derive(PartialEq, Eq)]
enum Alphabet {
    Cyrillic,
    Latin,
}

fn is_in_letters_of(one: &str, other: &str) -> bool {
    alphabet_of(one).is_some_and(|alphabet| alphabet_of(other) == Some(alphabet))
}

fn alphabet_of(name: &str) -> Option<Alphabet> {
    let all_are = |is_one: fn(char) -> bool| name.chars().filter(|c| c.is_alphabetic()).all(is_one);
    if all_are(|c| matches!(c, '\u{400}'..='\u{52f}')) {
        return Some(Alphabet::Cyrillic);
    }
    all_are(|c| matches!(c, 'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{24f}')).then_some(Alphabet::Latin)
}

fn check_text(field: PersonField, text: &str) -> Result<(), String> {
    let shown = one_line(text);
    if let Some(damage) = damage_of(text) {
        let meant = damage.meant.map(|meant| format!(": write `{}`, if that is meant", one_line(&meant)));
        let meant = meant.unwrap_or_default();
        return Err(format!("`{shown}` was damaged by a program that saved or copied it{meant}"));
    }
    match problem_of_cell(field, text) {
        None => Ok(()),
        // What is too long is not shown.
        Some(problem @ ProblemKind::TooLong) => Err(problem.to_string()),
        Some(problem) => Err(format!("`{shown}`: {problem}")),
    }
}

#[cfg(test)]
mod tests {
    use sync_core::documents::event::EventInfo;

    use super::*;

    fn check_name(name: &str) -> Result<(), Slip> {
        let name = PersonName { family: name.to_owned(), ..PersonName::default() };
        check(&PersonEdit::Names(vec![name]), &EventInfo::default(), 20_591)
    }

    #[test]
    fn names_of_people_are_never_taken_for_damage() {
        let lists =
            [include_str!("../field-week/roster-front-office.csv"), include_str!("../field-week/roster-partner.csv")];
        let cells =
            lists.iter().flat_map(|list| list.lines().skip(1)).flat_map(|line| line.split([';', ',']).skip(1).take(3));
        let names: Vec<&str> = cells.filter(|cell| cell.chars().all(|c| !c.is_ascii_digit())).collect();
        assert!(names.len() > 1000, "{} names", names.len());
        for name in names.into_iter().chain(["Ёлкина", "Ән", "Ñáñez", "Łukasz", "Şahin", "Ӱ", "李小明", "ნინო"])
        {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
    }
}
