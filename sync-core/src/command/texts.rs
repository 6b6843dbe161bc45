//! What nobody can have meant to write: the same for lists, phones, desks, command lines and plans of events.

use super::{CommandError, invalid};
use crate::canonical::is_invisible;
use crate::documents::event::{EventEdit, LocalText};
use crate::documents::log::WalkIn;
use crate::documents::roster::{Person, PersonEdit, PersonField, PersonName};

/// Tells whether a text holds characters that are never seen and change how a line is shown: control characters, ends of
/// lines, turns of the writing direction.
#[must_use]
pub fn has_control_characters(text: &str) -> bool {
    text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
}

/// Tells whether a text can be a name: something in it is a letter.
#[must_use]
pub fn has_letters(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
}

/// Tells whether a text can be a telephone number, or several.
#[must_use]
pub fn has_digits(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit())
}

const CONTROL: &str = "it holds invisible control characters";
const NO_LETTER: &str = "a name has letters";
const NO_DIGIT: &str = "a telephone number has digits";

fn check_names(names: &[PersonName]) -> Result<(), CommandError> {
    let has_letter = |name: &PersonName| [&name.family, &name.given].into_iter().any(|part| has_letters(part));
    if names.iter().all(has_letter) { Ok(()) } else { Err(invalid("names", NO_LETTER)) }
}

fn check_phone(phone: Option<&str>) -> Result<(), CommandError> {
    if phone.is_none_or(|phone| phone.is_empty() || has_digits(phone)) {
        Ok(())
    } else {
        Err(invalid("phone", NO_DIGIT))
    }
}

fn check_line(field: &'static str, text: &str) -> Result<(), CommandError> {
    if has_control_characters(text) { Err(invalid(field, CONTROL)) } else { Ok(()) }
}

pub(super) fn check_person(person: &Person) -> Result<(), CommandError> {
    PersonField::ALL.iter().try_for_each(|field| check_edit(&PersonEdit::of(person, *field)))
}

pub(super) fn check_edit(edit: &PersonEdit) -> Result<(), CommandError> {
    match edit {
        // A reason may have several lines.
        PersonEdit::Withdrawn(_) => return Ok(()),
        _ => check_line(edit.field().key(), &edit.to_string())?,
    }
    match edit {
        PersonEdit::Names(names) => check_names(names),
        PersonEdit::Phone(phone) => check_phone(phone.as_deref()),
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
        _ => None,
    };
    let Some(LocalText { kk, ru, en }) = name else { return Ok(()) };
    [kk, ru, en].into_iter().try_for_each(|text| {
        check_line("name", text)?;
        let is_seen = text.is_empty() || text.chars().any(|c| !c.is_whitespace() && !is_invisible(c));
        if is_seen { Ok(()) } else { Err(invalid("name", "nothing can be seen in it")) }
    })
}
