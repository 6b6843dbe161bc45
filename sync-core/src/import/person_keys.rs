//! Keys under which records of one human being meet where no code does: the folded name, the end of a telephone number, the
//! father's name, and the id that follows from them.

use crate::canonical::canonical_issuer;
use crate::documents::roster::{Person, PersonName};
use crate::ids::{EventId, PersonId};
use crate::names::{NameKey, phones::numbers};

/// Digits of a telephone number that tell it apart in any notation: `+7 701`, `8 (701)` and `701` are the same.
const PHONE_TAIL: usize = 10;

/// The last digits of the first telephone number of a cell, which do not depend on how it is written.
pub(super) fn phone_tail(phone: &str) -> String {
    let first = numbers(phone).next().unwrap_or_default();
    let digits: Vec<char> = first.chars().collect();
    digits[digits.len().saturating_sub(PHONE_TAIL)..].iter().collect()
}

/// Whether one number stands in both cells.
pub(super) fn share_phone(a: &str, b: &str) -> bool {
    numbers(a).map(|number| phone_tail(&number)).any(|a| numbers(b).any(|b| phone_tail(&b) == a))
}

/// Derives an id for a person in a list without codes. No code can contain the separator, so no code has this id.
///
/// The patronymic is part of it only where somebody else of the same name has another one: it is often left out. The ids
/// of such people depend on how names fold: a change there makes others of them.
pub(super) fn derived_id(event: EventId, issuer: &str, person: &Person, father: Option<&str>) -> PersonId {
    let name = person.names.first().map(folded).unwrap_or_default();
    let phone = person.phone.as_deref().map(phone_tail).unwrap_or_default();
    let year = person.birth_year.map(|year| year.to_string()).unwrap_or_default();
    let father = father.map(|father| format!("\u{1f}{father}")).unwrap_or_default();
    PersonId::of_external(event, &canonical_issuer(issuer), &format!("\u{1f}{name}\u{1f}{phone}\u{1f}{year}{father}"))
}

/// The father's name of somebody, folded, where a patronymic is written.
pub(super) fn father_of(person: &Person) -> Option<String> {
    NameKey::of(person.names.first()?).patronymic().map(str::to_owned)
}

/// A name in the spelling of all its spellings, whatever the order of its words.
pub(super) fn folded(name: &PersonName) -> String {
    let name = NameKey::of(name);
    let mut words: Vec<&str> = name.words().collect();
    words.sort_unstable();
    words.join(" ")
}
