//! Who on the roster has which code of an issuer, and who has which name.

use std::collections::BTreeMap;

use super::rows::folded;
use crate::canonical::canonical_code;
use crate::documents::roster::{PersonName, Roster};
use crate::ids::PersonId;

/// Tells whether one of these spellings is `name` to the letter, in whatever order and alphabet.
#[must_use]
pub fn is_called(spellings: &[&str], name: &str) -> bool {
    let of = |name: &str| folded(&PersonName { family: name.to_owned(), ..PersonName::default() });
    let name = of(name);
    spellings.iter().any(|spelling| of(spelling) == name)
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

    #[test]
    fn codes_are_compared_without_the_zeros_that_spreadsheets_take() {
        for (code, other) in [("101", "00101"), ("a-1", "a-001"), ("0", "000"), ("1-02", "01-2")] {
            assert_eq!(without_zeros(code), without_zeros(other));
        }
        assert_ne!(without_zeros("100"), without_zeros("10"));
        assert_ne!(without_zeros("1-20"), without_zeros("1-2"));
    }
}
