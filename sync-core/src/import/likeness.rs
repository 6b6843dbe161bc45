//! By what two records may be one human being's when nothing of one of them is kept: what home remembers of who was erased.

use super::person_keys::{folded, phone_tail};
use crate::canonical::{canonical_code, canonical_issuer};
use crate::documents::Documents;
use crate::documents::log::Record;
use crate::documents::roster::Person;
use crate::ids::Subject;

/// In what two records are alike.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// The name, in any spelling and order, without the patronymic.
    Name,
    /// The end of a telephone number.
    Phone,
    /// An id that one issuer gave.
    Id,
}

impl Likeness {
    /// What it is called in a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Phone => "phone number",
            Self::Id => "id",
        }
    }
}

/// A telephone number with fewer digits tells nobody apart.
const LEAST_DIGITS: usize = 7;

/// What somebody is known by, in the form in which it is compared.
#[must_use]
pub fn known_by(person: &Person) -> Vec<(Likeness, String)> {
    let names = person.names.iter().map(folded).filter(|name| !name.is_empty()).map(|name| (Likeness::Name, name));
    let phones = person.phone.iter().flat_map(|phone| crate::names::phones::numbers(phone));
    let phones = phones.map(|phone| phone_tail(&phone)).filter(|tail| tail.len() >= LEAST_DIGITS);
    let ids = person
        .external_ids
        .iter()
        .map(|id| format!("{}\u{1f}{}", canonical_issuer(&id.issuer), canonical_code(&id.value)));
    names.chain(phones.map(|tail| (Likeness::Phone, tail))).chain(ids.map(|id| (Likeness::Id, id))).collect()
}

/// The same of somebody on the roster or registered at a gate, with what was known of them when they were added.
#[must_use]
pub fn subject_known_by(documents: &Documents, subject: Subject) -> Vec<(Likeness, String)> {
    let mut known = match subject {
        Subject::Person(id) => {
            let record = documents.roster().people.get(&id);
            let added = record.into_iter().flat_map(|record| record.added.iter().map(|added| known_by(&added.value)));
            added.flatten().chain(record.map(|record| known_by(&record.person())).unwrap_or_default()).collect()
        }
        Subject::WalkIn(id) => {
            let entry = documents.walk_in(id);
            let log = entry.and_then(|entry| Some((entry, documents.log(entry.device, entry.incarnation)?)));
            let record = log.and_then(|(entry, log)| log.entries.get(usize::try_from(entry.counter).ok()?));
            match record.map(|entry| &entry.record) {
                Some(Record::WalkIn(walk_in)) => known_by(&Person {
                    names: walk_in.names.clone(),
                    phone: walk_in.phone.clone(),
                    ..Person::default()
                }),
                _ => Vec::new(),
            }
        }
    };
    known.sort();
    known.dedup();
    known
}
