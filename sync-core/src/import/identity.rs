//! Who on the roster has which code of an issuer, and who has which name.

use std::collections::BTreeMap;

use super::codes::{form_of, number_of, without_zeros};
use super::person_keys::folded;
use crate::canonical::{canonical_code, is_same_issuer};
use crate::documents::roster::{ExternalId, PersonName, Roster};
use crate::ids::PersonId;

/// Tells whether one of these spellings is `name` to the letter, in whatever order and alphabet.
#[must_use]
pub fn is_called(spellings: &[&str], name: &str) -> bool {
    let of = |name: &str| folded(&PersonName { family: name.to_owned(), ..PersonName::default() });
    let name = of(name);
    spellings.iter().any(|spelling| of(spelling) == name)
}

/// With so many people of one name a row is compared, so that a list of nothing else is planned in time.
pub(super) const NAMESAKES_COMPARED: usize = 100;

/// Who on the roster has which id of one issuer. Somebody else's list may have brought them.
#[derive(Default)]
pub(super) struct ExternalIds {
    by_code: BTreeMap<String, PersonId>,
    /// Of codes that are numbers, however they are dressed up.
    by_number: BTreeMap<String, PersonId>,
    by_digits: BTreeMap<String, (String, PersonId)>,
    /// By the folded name, with the words in any order.
    by_name: BTreeMap<String, Vec<(String, PersonId)>>,
}

impl ExternalIds {
    pub(super) fn of(roster: &Roster, issuer: &str) -> Self {
        let mut known = Self::default();
        for (id, person) in roster.people.iter().filter_map(|(id, record)| Some((*id, record.shown()?))) {
            for external in person.external_ids.iter().filter(|external| is_same_issuer(&external.issuer, issuer)) {
                known.add(external, id, person.names.first().map(folded).unwrap_or_default());
            }
        }
        known
    }

    fn add(&mut self, external: &ExternalId, id: PersonId, name: String) {
        let code = &external.value;
        let key = canonical_code(code);
        self.by_digits.entry(without_zeros(&key)).or_insert_with(|| (code.clone(), id));
        if let Some(number) = number_of(code) {
            self.by_number.entry(number).or_insert(id);
        }
        self.by_code.entry(key).or_insert(id);
        if !name.is_empty() {
            self.by_name.entry(name).or_default().push((code.clone(), id));
        }
    }

    /// Who has this code, however it is typed.
    pub(super) fn holder(&self, code: &str) -> Option<PersonId> {
        let by_number = || self.by_number.get(&number_of(code)?);
        self.by_code.get(&canonical_code(code)).or_else(by_number).copied()
    }

    /// Who of this name has a code that is written otherwise, and that code.
    pub(super) fn holder_of_form(&self, code: &str, name: &PersonName) -> Option<(&str, PersonId)> {
        let form = form_of(&canonical_code(code));
        let mut namesakes = self.called(name).iter().take(NAMESAKES_COMPARED);
        let known = namesakes.find(|(known, _)| form_of(&canonical_code(known)) == form);
        known.map(|(code, id)| (code.as_str(), *id))
    }

    /// Whether a code differs from a known one by leading zeros only.
    pub(super) fn is_asked_about(&self, code: &str) -> bool {
        self.holder_but_for_zeros(code).is_some()
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
