//! What nobody can have meant to write: the same for lists, phones, desks, command lines and plans of events.

use minicbor::Decoder;
use minicbor::data::Type;

use super::{CommandError, invalid};
use crate::canonical::is_invisible;
use crate::documents::event::{Belonging, EventEdit, LocalText};
use crate::documents::log::WalkIn;
use crate::documents::roster::{Person, PersonEdit, PersonField, PersonName};

/// A line, such as a part of a name, holds no more characters. A cell of a list holds as many.
pub const LINE_LIMIT_CHARS: usize = 500;

/// Tells whether a line holds characters that are never seen and change how it is shown: control characters, ends of
/// lines, turns of the writing direction, tags, marks of annotations.
#[must_use]
pub fn has_control_characters(line: &str) -> bool {
    line.chars().any(|c| is_control(c) || matches!(c, '\u{feff}' | '\u{e0000}'..='\u{e007f}'))
}

const fn is_control(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}')
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fff9}'..='\u{fffb}')
}

/// Tells whether a text of several lines holds such characters. Emoji may hold tags.
fn breaks_lines(text: &str) -> bool {
    text.chars().any(|c| is_control(c) && !matches!(c, '\n' | '\r' | '\t'))
}

/// Tells whether a text can be a name: something in it is a letter that is seen.
#[must_use]
pub fn has_letters(text: &str) -> bool {
    text.chars().any(|c| c.is_alphabetic() && !is_invisible(c))
}

/// Tells whether a text can be a telephone number, or several.
#[must_use]
pub fn has_digits(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit())
}

const CONTROL: &str = "it holds invisible control characters";
const NO_LETTER: &str = "a name has letters";
const NO_DIGIT: &str = "a telephone number has digits";
const TOO_LONG: &str = "it is longer than 500 characters";

fn check_names(names: &[PersonName]) -> Result<(), CommandError> {
    let has_letter = |name: &PersonName| [&name.family, &name.given].into_iter().any(|part| has_letters(part));
    if !names.iter().all(has_letter) {
        return Err(invalid("names", NO_LETTER));
    }
    let is_script = |script: &str| {
        script.is_empty() || (script.len() == 4 && script.bytes().all(|byte| byte.is_ascii_alphabetic()))
    };
    if names.iter().all(|name| is_script(&name.script)) {
        Ok(())
    } else {
        Err(invalid("names", "a script is a code of ISO 15924, such as Cyrl"))
    }
}

fn check_phone(phone: Option<&str>) -> Result<(), CommandError> {
    if phone.is_none_or(|phone| phone.is_empty() || has_digits(phone)) {
        Ok(())
    } else {
        Err(invalid("phone", NO_DIGIT))
    }
}

fn check_line(field: &'static str, line: &str) -> Result<(), CommandError> {
    if has_control_characters(line) {
        return Err(invalid(field, CONTROL));
    }
    if line.chars().nth(LINE_LIMIT_CHARS).is_some() { Err(invalid(field, TOO_LONG)) } else { Ok(()) }
}

/// Checks every text of a command, in its encoding, for what no text may hold.
pub(super) fn check_texts(command: &[u8]) -> Result<(), CommandError> {
    let mut decoder = Decoder::new(command);
    while let Ok(datatype) = decoder.datatype() {
        let read = match datatype {
            Type::String => match decoder.str() {
                Ok(text) if breaks_lines(text) => return Err(invalid("text", CONTROL)),
                read => read.map(drop),
            },
            Type::Array => decoder.array().map(drop),
            Type::Map => decoder.map().map(drop),
            _ => decoder.skip(),
        };
        if read.is_err() {
            break;
        }
    }
    Ok(())
}

pub(super) fn check_person(person: &Person) -> Result<(), CommandError> {
    PersonField::ALL.iter().try_for_each(|field| check_edit(&PersonEdit::of(person, *field)))
}

/// The lines of a value. A reason may have several.
fn lines_of(edit: &PersonEdit) -> Vec<&str> {
    match edit {
        PersonEdit::Names(names) => {
            names.iter().flat_map(|name| [&*name.family, &*name.given, &*name.patronymic]).collect()
        }
        PersonEdit::Phone(line)
        | PersonEdit::Organisation(line)
        | PersonEdit::Region(line)
        | PersonEdit::Team(line)
        | PersonEdit::GuardianConsent(line) => line.iter().map(String::as_str).collect(),
        PersonEdit::Languages(lines)
        | PersonEdit::Categories(lines)
        | PersonEdit::Shifts(lines)
        | PersonEdit::Consents(lines) => lines.iter().map(String::as_str).collect(),
        PersonEdit::ExternalIds(ids) => ids.iter().flat_map(|id| [&*id.issuer, &*id.value]).collect(),
        PersonEdit::BirthYear(_) | PersonEdit::Withdrawn(_) => Vec::new(),
    }
}

pub(super) fn check_edit(edit: &PersonEdit) -> Result<(), CommandError> {
    let field = edit.field().key();
    lines_of(edit).into_iter().try_for_each(|line| check_line(field, line))?;
    match edit {
        PersonEdit::Names(names) => check_names(names),
        PersonEdit::Phone(phone) => check_phone(phone.as_deref()),
        PersonEdit::Withdrawn(Some(reason)) if breaks_lines(reason) => Err(invalid(field, CONTROL)),
        _ => Ok(()),
    }
}

pub(super) fn check_walk_in(walk_in: &WalkIn) -> Result<(), CommandError> {
    let names = PersonEdit::Names(walk_in.names.clone());
    [names, PersonEdit::Phone(walk_in.phone.clone()), PersonEdit::Organisation(walk_in.organisation.clone())]
        .iter()
        .try_for_each(check_edit)
}

pub(super) fn check_event(edit: &EventEdit) -> Result<(), CommandError> {
    check_line("key", edit.key().unwrap_or_default())?;
    let name = match edit {
        EventEdit::Name(name) => Some(name),
        EventEdit::Site { site, .. } => site.as_ref().map(|site| &site.name),
        EventEdit::Team { team, .. } => team.as_ref().map(|team| &team.name),
        EventEdit::Shift { shift, .. } => shift.as_ref().map(|shift| &shift.name),
        EventEdit::Template { template, .. } => template.as_ref().map(|template| &template.name),
        EventEdit::Category { category, .. } => category.as_ref().map(|category| &category.name),
        EventEdit::RemoteTask { task, .. } => task.as_ref().map(|task| &task.name),
        EventEdit::Funding { funding, .. } => funding.as_ref().map(|funding| &funding.name),
        _ => None,
    };
    further_lines_of(edit).into_iter().try_for_each(|(field, line)| check_line(field, line))?;
    let Some(LocalText { kk, ru, en }) = name else { return Ok(()) };
    [kk, ru, en].into_iter().try_for_each(|text| {
        check_line("name", text)?;
        let is_seen = text.is_empty() || text.chars().any(|c| !c.is_whitespace() && !is_invisible(c));
        if is_seen { Ok(()) } else { Err(invalid("name", "nothing can be seen in it")) }
    })
}

/// The lines of a statement about the event beside its key and its name.
fn further_lines_of(edit: &EventEdit) -> Vec<(&'static str, &str)> {
    fn said<'a>(field: &'static str, line: Option<&'a String>) -> Option<(&'static str, &'a str)> {
        Some((field, line?))
    }
    let lines = match edit {
        EventEdit::Belonging(Belonging { region, organisation }) => {
            [said("region", region.as_ref()), said("organisation", organisation.as_ref())]
        }
        EventEdit::Team { team: Some(team), .. } => [said("organisation", team.organisation.as_ref()), None],
        EventEdit::Shift { shift: Some(shift), .. } => [said("role", shift.role.as_ref()), None],
        EventEdit::Funding { funding: Some(funding), .. } => {
            [said("donor", funding.donor.as_ref()), said("project", funding.project.as_ref())]
        }
        EventEdit::Template { template: Some(template), .. } => {
            return template.lines.iter().filter_map(|line| said("lines", Some(line))).collect();
        }
        EventEdit::Minors(rules) => {
            return rules.hazardous_roles.iter().filter_map(|role| said("hazardous_roles", Some(role))).collect();
        }
        _ => [None, None],
    };
    lines.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_the_length_of_a_line_is_the_limit() {
        assert!(TOO_LONG.contains(&format!(" {LINE_LIMIT_CHARS} ")));
    }
}
