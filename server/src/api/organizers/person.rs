//! Somebody on the roster or at a gate, as organizers read and edit them.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use sync_core::documents::log::WalkIn;
use sync_core::documents::roster::{ExternalId, Person, PersonEdit, PersonField, PersonName, PersonRecord};
use sync_core::ids::Subject;
use sync_core::view::Found;

use crate::error::{Denial, Problem};
use crate::views::Seen;

/// One spelling of a name.
#[derive(Serialize, Deserialize, Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[serde(default)]
pub struct Name {
    /// Family name; or the whole name, where the parts are not known.
    pub family: String,
    /// Given name.
    pub given: String,
    /// Patronymic.
    pub patronymic: String,
    /// ISO 15924 code of the script, e.g. `Cyrl`.
    pub script: String,
}

impl From<&PersonName> for Name {
    fn from(name: &PersonName) -> Self {
        let PersonName { family, given, patronymic, script } = name.clone();
        Self { family, given, patronymic, script }
    }
}

impl From<Name> for PersonName {
    fn from(name: Name) -> Self {
        let Name { family, given, patronymic, script } = name;
        Self { family, given, patronymic, script }
    }
}

/// An id that somebody else gave to a person.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
pub struct Code {
    /// Who gave it: the name of the list or register.
    pub issuer: String,
    /// As it was given.
    pub value: String,
}

/// Where somebody is known from.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Listed {
    /// On the roster.
    Roster,
    /// Registered at a gate.
    WalkIn,
}

/// Somebody, as the event shows them.
#[derive(Serialize, Deserialize, Debug, Clone, JsonSchema)]
pub struct KnownPerson {
    /// Their id.
    pub person: String,
    /// Where they are known from.
    pub listed: Listed,
    /// The id by which the human being is known who this is, after rulings.
    pub class: String,
    /// The code spoken at a gate.
    pub code: Option<String>,
    /// The preferred spelling first.
    pub names: Vec<Name>,
    /// Gregorian.
    pub birth_year: Option<u16>,
    /// As it was given.
    pub phone: Option<String>,
    /// Where they belong.
    pub organisation: Option<String>,
    /// Region or country.
    pub region: Option<String>,
    /// BCP 47 tags.
    pub languages: Vec<String>,
    /// Participant categories.
    pub categories: Vec<String>,
    /// Ids in other registers.
    pub external_ids: Vec<Code>,
    /// The team's key.
    pub team: Option<String>,
    /// Keys of shifts.
    pub shifts: Vec<String>,
    /// Why they were withdrawn, if they were.
    pub withdrawn: Option<String>,
    /// What they, or their guardian, agreed to.
    pub consents: Vec<String>,
    /// The guardian who consented, for somebody under age.
    pub guardian_consent: Option<String>,
    /// Fields of which several concurrent values stand.
    pub contested: Vec<String>,
}

/// Writes somebody on the roster.
pub fn listed(seen: &Seen, subject: Subject, record: &PersonRecord) -> KnownPerson {
    let Person {
        names,
        birth_year,
        phone,
        organisation,
        region,
        languages,
        categories,
        external_ids,
        team,
        shifts,
        withdrawn,
        consents,
        guardian_consent,
    } = record.person();
    let is_contested = |field: &&PersonField| record.values(**field).len() > 1;
    let contested = PersonField::ALL.iter().filter(is_contested).map(ToString::to_string).collect();
    KnownPerson {
        code: external_ids.first().map(|id| id.value.clone()),
        names: names.iter().map(Name::from).collect(),
        external_ids: external_ids.into_iter().map(|ExternalId { issuer, value }| Code { issuer, value }).collect(),
        birth_year,
        phone,
        organisation,
        region,
        languages,
        categories,
        team,
        shifts,
        withdrawn,
        consents,
        guardian_consent,
        contested,
        ..unnamed(seen, subject, Listed::Roster)
    }
}

/// Writes somebody who was registered at a gate.
pub fn registered(seen: &Seen, found: &Found<WalkIn>) -> KnownPerson {
    let WalkIn { id, names, phone, organisation, birth_year } = found.what.clone();
    KnownPerson {
        names: names.iter().map(Name::from).collect(),
        phone,
        organisation,
        birth_year,
        ..unnamed(seen, Subject::WalkIn(id), Listed::WalkIn)
    }
}

fn unnamed(seen: &Seen, subject: Subject, listed: Listed) -> KnownPerson {
    KnownPerson {
        person: subject.to_string(),
        listed,
        class: seen.view.class_of(subject).to_string(),
        code: None,
        names: Vec::new(),
        birth_year: None,
        phone: None,
        organisation: None,
        region: None,
        languages: Vec::new(),
        categories: Vec::new(),
        external_ids: Vec::new(),
        team: None,
        shifts: Vec::new(),
        withdrawn: None,
        consents: Vec::new(),
        guardian_consent: None,
        contested: Vec::new(),
    }
}

/// Finds somebody by id; `None` if nobody has it.
pub fn find(seen: &Seen, subject: Subject) -> Option<KnownPerson> {
    match subject {
        Subject::Person(id) => {
            let record = seen.ledger.documents().roster().people.get(&id)?;
            Some(listed(seen, subject, record))
        }
        Subject::WalkIn(id) => seen.view.walk_in(id).map(|found| registered(seen, found)),
    }
}

/// What people call somebody: the preferred spelling, or the id.
pub fn called(seen: &Seen, subject: Subject) -> String {
    let documents = seen.ledger.documents();
    let names = match subject {
        Subject::Person(id) => documents.roster().people.get(&id).map(|record| record.person().names),
        Subject::WalkIn(id) => seen.view.walk_in(id).map(|found| found.what.names.clone()),
    };
    let name = names.and_then(|names| names.first().map(ToString::to_string));
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| subject.to_string())
}

/// Tells a field that is there, even if it is null, from one that is not.
fn said<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// New values for some fields: what is left out stays, null takes away.
#[derive(Serialize, Deserialize, Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PersonPatch {
    /// See [`KnownPerson`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<Vec<Name>>,
    /// 1900 to 2100.
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u16>")]
    pub birth_year: Option<Option<u16>>,
    /// See [`KnownPerson`].
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub phone: Option<Option<String>>,
    /// See [`KnownPerson`].
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub organisation: Option<Option<String>>,
    /// See [`KnownPerson`].
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub region: Option<Option<String>>,
    /// See [`KnownPerson`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub languages: Option<Vec<String>>,
    /// See [`KnownPerson`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<String>>,
    /// See [`KnownPerson`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_ids: Option<Vec<Code>>,
    /// See [`KnownPerson`].
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub team: Option<Option<String>>,
    /// See [`KnownPerson`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shifts: Option<Vec<String>>,
    /// Why they are withdrawn; null takes them back.
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub withdrawn: Option<Option<String>>,
    /// See [`KnownPerson`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consents: Option<Vec<String>>,
    /// See [`KnownPerson`].
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub guardian_consent: Option<Option<String>>,
}

fn spellings(names: Vec<Name>) -> Vec<PersonName> {
    names.into_iter().map(PersonName::from).collect()
}

fn external(codes: Vec<Code>) -> Vec<ExternalId> {
    codes.into_iter().map(|Code { issuer, value }| ExternalId { issuer, value }).collect()
}

impl PersonPatch {
    /// The edits that are meant, at least one.
    ///
    /// # Errors
    /// [`Problem::BAD_FIELD`].
    pub fn edits(self) -> Result<Vec<PersonEdit>, Denial> {
        let wrong = |field: &str, why: &str| Err(Denial::of_field(Problem::BAD_FIELD, field, why));
        if self.names.as_ref().is_some_and(|names| spellings(names.clone()).iter().all(is_blank)) {
            return wrong("names", "a person needs a name");
        }
        if self.birth_year.flatten().is_some_and(|year| !(1900..=2100).contains(&year)) {
            return wrong("birth_year", "1900 to 2100");
        }
        let edits: Vec<PersonEdit> = [
            self.names.map(|names| PersonEdit::Names(spellings(names))),
            self.birth_year.map(PersonEdit::BirthYear),
            self.phone.map(PersonEdit::Phone),
            self.organisation.map(PersonEdit::Organisation),
            self.region.map(PersonEdit::Region),
            self.languages.map(PersonEdit::Languages),
            self.categories.map(PersonEdit::Categories),
            self.external_ids.map(|codes| PersonEdit::ExternalIds(external(codes))),
            self.team.map(PersonEdit::Team),
            self.shifts.map(PersonEdit::Shifts),
            self.withdrawn.map(PersonEdit::Withdrawn),
            self.consents.map(PersonEdit::Consents),
            self.guardian_consent.map(PersonEdit::GuardianConsent),
        ]
        .into_iter()
        .flatten()
        .collect();
        if edits.is_empty() { wrong("body", "no field is given") } else { Ok(edits) }
    }

    /// Writes an edit as the body that would make it.
    pub fn of(edit: &PersonEdit) -> Self {
        let mut patch = Self::default();
        match edit.clone() {
            PersonEdit::Names(names) => patch.names = Some(names.iter().map(Name::from).collect()),
            PersonEdit::BirthYear(year) => patch.birth_year = Some(year),
            PersonEdit::Phone(text) => patch.phone = Some(text),
            PersonEdit::Organisation(text) => patch.organisation = Some(text),
            PersonEdit::Region(text) => patch.region = Some(text),
            PersonEdit::Languages(texts) => patch.languages = Some(texts),
            PersonEdit::Categories(texts) => patch.categories = Some(texts),
            PersonEdit::ExternalIds(ids) => {
                let code = |ExternalId { issuer, value }| Code { issuer, value };
                patch.external_ids = Some(ids.into_iter().map(code).collect());
            }
            PersonEdit::Team(text) => patch.team = Some(text),
            PersonEdit::Shifts(texts) => patch.shifts = Some(texts),
            PersonEdit::Withdrawn(text) => patch.withdrawn = Some(text),
            PersonEdit::Consents(texts) => patch.consents = Some(texts),
            PersonEdit::GuardianConsent(text) => patch.guardian_consent = Some(text),
        }
        patch
    }
}

fn is_blank(name: &PersonName) -> bool {
    name.to_string().trim().is_empty()
}
