//! Who is expected: people, and who changed which field when.
//!
//! A person is one register with everything that was known when it was added, and one register for each field that
//! was edited since. So two edits of different fields never meet, two edits of one field are both kept, and two
//! offices that add the same person offline add it once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use minicbor::{Decode, Encode};

use super::newer::{NewerContent, may_name_a_register};
use crate::canonical::canonical_issuer;
use crate::documents::{Authored, Unfit, authored};
use crate::ids::{DeviceId, PersonId, Subject, tagged_hash};

/// One spelling of a name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Encode, Decode, serde::Serialize)]
pub struct PersonName {
    /// Family name; or the whole name, where the parts are not known.
    #[n(0)]
    pub family: String,
    /// Given name; empty where the parts are not known.
    #[n(1)]
    pub given: String,
    /// Patronymic; empty where there is none.
    #[n(2)]
    pub patronymic: String,
    /// ISO 15924 code of the script, e.g. `Cyrl`; empty where nobody said.
    #[n(3)]
    pub script: String,
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.family, &self.given, &self.patronymic];
        let mut parts = parts.into_iter().filter(|part| !part.is_empty());
        if let Some(first) = parts.next() {
            f.write_str(first)?;
        }
        parts.try_for_each(|part| write!(f, " {part}"))
    }
}

/// An id that somebody else gave to a person.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode, serde::Serialize)]
pub struct ExternalId {
    /// Who gave it: the name of the list or register.
    #[n(0)]
    pub issuer: String,
    /// The id or code, as it was given.
    #[n(1)]
    pub value: String,
}

/// Stands in a code between what several people share, as an order, and what tells them apart.
const SHARED: &str = " · ";

/// The code of one of several people who share `shared`.
pub(crate) fn code_within(shared: &str, who: &str) -> String {
    format!("{shared}{SHARED}{who}")
}

/// By what somebody is found who has `code`: by it, and by what they share with others, as whoever holds a ticket says
/// the order.
pub fn found_by(code: &str) -> impl Iterator<Item = &str> {
    [code].into_iter().chain(code.split_once(SHARED).map(|(shared, _)| shared))
}

/// Someone on the roster.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, serde::Serialize)]
pub struct Person {
    /// In the original spelling, the preferred one first.
    #[n(0)]
    pub names: Vec<PersonName>,
    /// The Gregorian year in which they were born.
    #[n(1)]
    pub birth_year: Option<u16>,
    /// The telephone number, as it was given.
    #[n(2)]
    pub phone: Option<String>,
    /// The organisation to which they belong.
    #[n(3)]
    pub organisation: Option<String>,
    /// The region or country from which they come.
    #[n(4)]
    pub region: Option<String>,
    /// The languages that they speak, as BCP 47 tags.
    #[n(5)]
    pub languages: Vec<String>,
    /// The participant categories to which they belong.
    #[n(6)]
    pub categories: Vec<String>,
    /// Ids in other registers; the first is the code spoken at a gate.
    #[n(7)]
    pub external_ids: Vec<ExternalId>,
    /// The key of their team.
    #[n(8)]
    pub team: Option<String>,
    /// The keys of their shifts.
    #[n(9)]
    pub shifts: Vec<String>,
    /// Why they were withdrawn, if they were. They stay on the roster.
    #[n(10)]
    pub withdrawn: Option<String>,
    /// What they, or their guardian, agreed to.
    #[n(11)]
    pub consents: Vec<String>,
    /// Who consented as a guardian, for someone who needs one.
    #[n(12)]
    pub guardian_consent: Option<String>,
}

macro_rules! person_fields {
    ($($(#[$doc:meta])* $index:literal $variant:ident $field:ident $key:literal: $type:ty),+ $(,)?) => {
        /// A field of a person that can be edited by itself.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum PersonField { $($(#[$doc])* $variant),+ }

        /// A new value for one field of a person.
        #[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize)]
        #[cbor(flat)]
        #[serde(rename_all = "snake_case")]
        pub enum PersonEdit { $($(#[$doc])* #[n($index)] $variant(#[n(0)] $type)),+ }

        /// A person as it is shown, without copying what is known of them.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub struct ShownPerson<'a> { $($(#[$doc])* pub $field: &'a $type),+ }

        impl<'a> From<&'a Person> for ShownPerson<'a> {
            fn from(person: &'a Person) -> Self {
                Self { $($field: &person.$field),+ }
            }
        }

        impl<'a> ShownPerson<'a> {
            /// The same with another value of one field.
            fn with(mut self, edit: &'a PersonEdit) -> Self {
                match edit { $(PersonEdit::$variant(value) => self.$field = value),+ }
                self
            }
        }

        impl PersonField {
            /// Every field, in the order in which a person would read them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The field's stable name.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key),+ }
            }

            /// The inverse of [`PersonField::key`].
            #[must_use]
            pub fn from_key(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$variant),)+ _ => None }
            }
        }

        impl PersonEdit {
            /// The field that the edit changes.
            #[must_use]
            pub const fn field(&self) -> PersonField {
                match self { $(Self::$variant(_) => PersonField::$variant),+ }
            }

            /// Writes the value into `person`.
            pub fn apply_to(&self, person: &mut Person) {
                match self { $(Self::$variant(value) => person.$field.clone_from(value)),+ }
            }

            /// The edit that would give `field` the value it has in `person`.
            #[must_use]
            pub fn of(person: &Person, field: PersonField) -> Self {
                match field { $(PersonField::$variant => Self::$variant(person.$field.clone())),+ }
            }
        }
    };
}

person_fields! {
    /// Spellings of the name.
    0 Names names "names": Vec<PersonName>,
    /// Gregorian year of birth.
    1 BirthYear birth_year "birth_year": Option<u16>,
    /// Telephone number, as it was given.
    2 Phone phone "phone": Option<String>,
    /// The organisation to which they belong.
    3 Organisation organisation "organisation": Option<String>,
    /// The region or country from which they come.
    4 Region region "region": Option<String>,
    /// The languages that they speak, as BCP 47 tags.
    5 Languages languages "languages": Vec<String>,
    /// The participant categories to which they belong.
    6 Categories categories "categories": Vec<String>,
    /// Ids in other registers.
    7 ExternalIds external_ids "external_ids": Vec<ExternalId>,
    /// The key of their team.
    8 Team team "team": Option<String>,
    /// The keys of their shifts.
    9 Shifts shifts "shifts": Vec<String>,
    /// Why they were withdrawn, if they were.
    10 Withdrawn withdrawn "withdrawn": Option<String>,
    /// What they, or their guardian, agreed to.
    11 Consents consents "consents": Vec<String>,
    /// Who consented as a guardian.
    12 GuardianConsent guardian_consent "guardian_consent": Option<String>,
}

impl fmt::Display for PersonField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// A value as a person would read it; empty where there is none.
impl fmt::Display for PersonEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |values: &[String]| values.join(", ");
        match self {
            Self::Names(names) => f.write_str(&names.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
            Self::BirthYear(year) => year.map_or(Ok(()), |year| write!(f, "{year}")),
            Self::Phone(text)
            | Self::Organisation(text)
            | Self::Region(text)
            | Self::Team(text)
            | Self::Withdrawn(text)
            | Self::GuardianConsent(text) => f.write_str(text.as_deref().unwrap_or_default()),
            Self::Languages(texts) | Self::Categories(texts) | Self::Shifts(texts) | Self::Consents(texts) => {
                f.write_str(&joined(texts))
            }
            Self::ExternalIds(ids) => {
                f.write_str(&joined(&ids.iter().map(|id| format!("{}: {}", id.issuer, id.value)).collect::<Vec<_>>()))
            }
        }
    }
}

/// A text that cannot be the value of a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a value for {field}: expected {expected}")]
pub struct InvalidValue {
    /// The field for which the text was given.
    pub field: PersonField,
    /// What a value of the field looks like.
    pub expected: &'static str,
    /// The text that is no value, cut off where it is long.
    pub text: String,
}

impl PersonEdit {
    /// Reads a value as a person types it: lists separated by commas, nothing for "no value".
    ///
    /// Spellings of a name are separated by semicolons, for a comma may stand in one; each is kept whole, as the family
    /// name. An external id is written as it is shown: `issuer: value`.
    ///
    /// # Errors
    /// [`InvalidValue`].
    pub fn from_text(field: PersonField, text: &str) -> Result<Self, InvalidValue> {
        let invalid = |expected| InvalidValue { field, expected, text: text.chars().take(80).collect() };
        let text = text.trim();
        let one = || (!text.is_empty()).then(|| text.to_owned());
        let many = || -> Vec<String> {
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        Ok(match field {
            PersonField::Names => {
                let spellings = text.split(';').map(str::trim).filter(|spelling| !spelling.is_empty());
                let name = |spelling: &str| PersonName { family: spelling.to_owned(), ..PersonName::default() };
                let mut names: Vec<PersonName> = Vec::new();
                for name in spellings.map(name) {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                if names.is_empty() {
                    return Err(invalid("a name, or spellings of it with `;` between them"));
                }
                Self::Names(names)
            }
            PersonField::BirthYear if text.is_empty() => Self::BirthYear(None),
            PersonField::BirthYear => {
                let year = text.parse().ok().filter(|year| (1900..=2100).contains(year));
                Self::BirthYear(Some(year.ok_or_else(|| invalid("a year such as 1987"))?))
            }
            PersonField::Phone => Self::Phone(one()),
            PersonField::Organisation => Self::Organisation(one()),
            PersonField::Region => Self::Region(one()),
            PersonField::Languages => Self::Languages(many()),
            PersonField::Categories => Self::Categories(many()),
            PersonField::ExternalIds => {
                let id = |part: &str| {
                    let (issuer, value) = part.split_once(':')?;
                    let (issuer, value) = (issuer.trim().to_owned(), value.trim().to_owned());
                    (!issuer.is_empty() && !value.is_empty()).then_some(ExternalId { issuer, value })
                };
                let ids: Option<Vec<ExternalId>> = many().iter().map(|part| id(part)).collect();
                Self::ExternalIds(ids.ok_or_else(|| invalid("ids such as `register: 123`"))?)
            }
            PersonField::Team => Self::Team(one()),
            PersonField::Shifts => Self::Shifts(many()),
            PersonField::Withdrawn => Self::Withdrawn(one()),
            PersonField::Consents => Self::Consents(many()),
            PersonField::GuardianConsent => Self::GuardianConsent(one()),
        })
    }
}

/// Everything the roster document says of one person: several values of a register were written concurrently.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PersonRecord {
    /// What was known when the person was added. Never empty on a roster; the last one is shown.
    pub added: Vec<Authored<Person>>,
    /// What was edited since, by field. The last value is shown.
    pub edits: BTreeMap<PersonField, Vec<Authored<PersonEdit>>>,
    /// What a list said when it was imported last, where that is not what it said first. Shown to nobody: the next import
    /// tells by it what has changed in the list, and what somebody edited by hand.
    pub listed: BTreeMap<ListKey, Vec<Authored<Person>>>,
}

/// Tells the lists of one issuer from those of another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ListKey(u64);

impl ListKey {
    /// The lists of an issuer, in whatever spelling its name is written.
    #[must_use]
    pub fn of(issuer: &str) -> Self {
        let hash = tagged_hash("saxaul/list", &[canonical_issuer(issuer).as_bytes()]);
        Self(u64::from_be_bytes(hash[..8].try_into().expect("a hash is longer")))
    }
}

impl PersonRecord {
    /// The person as it is shown: of concurrent values, the one every replica agrees on until someone chooses.
    #[must_use]
    pub fn person(&self) -> Person {
        let mut person = self.added.last().map(|added| added.value.clone()).unwrap_or_default();
        for edit in self.edits.values().filter_map(|values| values.last()) {
            edit.value.apply_to(&mut person);
        }
        person
    }

    /// The same without a copy; `None` where nobody was added.
    #[must_use]
    pub fn shown(&self) -> Option<ShownPerson<'_>> {
        let added = ShownPerson::from(&self.added.last()?.value);
        let edits = self.edits.values().filter_map(|values| values.last());
        Some(edits.fold(added, |person, edit| person.with(&edit.value)))
    }

    /// What the lists of an issuer said of the person last, as far as it is known: what was known when they were added, if no
    /// list was imported since.
    #[must_use]
    pub fn said_by(&self, list: ListKey) -> &[Authored<Person>] {
        self.listed.get(&list).unwrap_or(&self.added)
    }

    /// Every current value of `field`: more than one is a conflict.
    ///
    /// Values that are equal count once, by whoever wrote the last of them.
    #[must_use]
    pub fn values(&self, field: PersonField) -> Vec<Authored<PersonEdit>> {
        let mut values: Vec<Authored<PersonEdit>> = match self.edits.get(&field) {
            Some(edits) => edits.clone(),
            None => self.added.iter().map(|added| added.map(|person| PersonEdit::of(person, field))).collect(),
        };
        let mut index = 0;
        while index < values.len() {
            let repeated = values[index + 1..].iter().any(|later| later.value == values[index].value);
            if repeated {
                values.remove(index);
            } else {
                index += 1;
            }
        }
        values
    }
}

/// The roster document, read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Roster {
    /// Everybody who is on the roster, by id.
    pub people: BTreeMap<PersonId, PersonRecord>,
    /// Who was erased: their hours stay, under a code, and nothing is written about them any more.
    pub erased: BTreeSet<Subject>,
    /// Registers that only a newer version of the program can read.
    pub newer: BTreeSet<String>,
}

/// Marks somebody as erased.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub(crate) struct Erased {}

const ERASED: &str = "erased.";

/// The register that says that somebody was erased.
pub(crate) fn mark_of_erasure(subject: Subject) -> String {
    format!("{ERASED}{subject}")
}

/// Whether a register says that somebody was erased.
pub(crate) fn is_mark_of_erasure(key: &str) -> bool {
    key.starts_with(ERASED)
}

/// The person of whom a register holds something.
pub(crate) fn person_of(key: &str) -> Option<PersonId> {
    key.split_once('.').map_or(key, |(id, _)| id).parse().ok()
}

/// The register that holds a person as added, or one edited field.
pub(crate) fn register(person: PersonId, field: Option<PersonField>) -> String {
    field.map_or_else(|| person.to_string(), |field| format!("{person}.{field}"))
}

/// The register that holds what a list said last.
pub(crate) fn register_of_list(person: PersonId, ListKey(list): ListKey) -> String {
    format!("{person}.{LIST}{list:016x}")
}

const LIST: &str = "list-";

/// Whether only a newer version can read a register: a field of a person, or something else.
pub(crate) fn is_newer(key: &str) -> bool {
    let is_known = |field: &str| field.starts_with(LIST) || PersonField::from_key(field).is_some();
    match (person_of(key), key.split_once('.')) {
        (Some(id), Some((written, field))) => {
            written == id.to_string() && may_name_a_register(field) && !is_known(field)
        }
        (Some(_), None) => false,
        (None, _) => may_name_a_register(key) && !is_mark_of_erasure(key),
    }
}

impl Roster {
    /// Takes over what a register holds now.
    pub(crate) fn absorb(&mut self, key: &str, values: &[(DeviceId, Vec<u8>)]) -> Result<(), Unfit> {
        if let Some(subject) = key.strip_prefix(ERASED) {
            let subject: Subject = subject.parse().map_err(|_| Unfit)?;
            if mark_of_erasure(subject) != key {
                return Err(Unfit);
            }
            authored::<Erased>(values)?;
            self.erased.insert(subject);
            return Ok(());
        }
        if is_newer(key) {
            authored::<NewerContent>(values)?;
            self.newer.insert(key.to_owned());
            return Ok(());
        }
        let (id, field) = key.split_once('.').map_or((key, None), |(id, field)| (id, Some(field)));
        let id: PersonId = id.parse().map_err(|_| Unfit)?;
        if let Some(list) = field.and_then(|field| field.strip_prefix(LIST)) {
            let list = ListKey(u64::from_str_radix(list, 16).map_err(|_| Unfit)?);
            if values.is_empty() || register_of_list(id, list) != key {
                return Err(Unfit);
            }
            let said = authored(values)?;
            self.people.entry(id).or_default().listed.insert(list, said);
            return Ok(());
        }
        if values.is_empty() || register(id, field.and_then(PersonField::from_key)) != key {
            return Err(Unfit);
        }
        match field.and_then(PersonField::from_key) {
            None => self.people.entry(id).or_default().added = authored(values)?,
            Some(field) => {
                let edits = authored::<PersonEdit>(values)?;
                if edits.iter().any(|edit| edit.value.field() != field) {
                    return Err(Unfit);
                }
                self.people.entry(id).or_default().edits.insert(field, edits);
            }
        }
        Ok(())
    }
}
