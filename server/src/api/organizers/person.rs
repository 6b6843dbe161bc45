//! Somebody on the roster or at a gate, as organizers read and edit them.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use sync_core::documents::event::EventInfo;
use sync_core::documents::log::WalkIn;
use sync_core::documents::roster::{ExternalId, Person, PersonEdit, PersonField, PersonName, PersonRecord};
use sync_core::ids::Subject;
use sync_core::time::UnixMillis;
use sync_core::view::Found;

use crate::error::{Denial, Problem};
use crate::typed;
use crate::views::Seen;

/// One spelling of a name.
#[derive(Serialize, Deserialize, Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[serde(default)]
pub struct Name {
    /// Family name; or the whole name, where the parts are not known.
    pub family: String,
    /// Given name; empty where the parts are not known.
    pub given: String,
    /// Patronymic; empty where there is none.
    pub patronymic: String,
    /// ISO 15924 code of the script, e.g. `Cyrl`.
    pub script: String,
}

impl From<PersonName> for Name {
    fn from(PersonName { family, given, patronymic, script }: PersonName) -> Self {
        Self { family, given, patronymic, script }
    }
}

impl From<Name> for PersonName {
    fn from(Name { family, given, patronymic, script }: Name) -> Self {
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

impl From<ExternalId> for Code {
    fn from(ExternalId { issuer, value }: ExternalId) -> Self {
        Self { issuer, value }
    }
}

impl From<Code> for ExternalId {
    fn from(Code { issuer, value }: Code) -> Self {
        Self { issuer, value }
    }
}

/// Where somebody is known from.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Listed {
    /// Somebody on the roster.
    Roster,
    /// Registered at a gate.
    WalkIn,
}

/// Somebody, as the event shows them.
#[derive(Serialize, Deserialize, Debug, Clone, JsonSchema)]
pub struct KnownPerson {
    /// The id of the person or walk-in.
    pub person: String,
    /// Where they are known from.
    pub listed: Listed,
    /// The id by which the human being is known who this is, after rulings.
    pub class: String,
    /// The code spoken at a gate.
    pub code: Option<String>,
    /// The preferred spelling first.
    pub names: Vec<Name>,
    /// The Gregorian year in which they were born.
    pub birth_year: Option<u16>,
    /// As it was given.
    pub phone: Option<String>,
    /// The organisation to which they belong.
    pub organisation: Option<String>,
    /// The region or country from which they come.
    pub region: Option<String>,
    /// The languages that they speak, as BCP 47 tags.
    pub languages: Vec<String>,
    /// The participant categories to which they belong.
    pub categories: Vec<String>,
    /// Ids in other registers.
    pub external_ids: Vec<Code>,
    /// The key of their team.
    pub team: Option<String>,
    /// The keys of their shifts.
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
        names: names.into_iter().map(Name::from).collect(),
        external_ids: external_ids.into_iter().map(Code::from).collect(),
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
        names: names.into_iter().map(Name::from).collect(),
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

fn said<'de, T: Said, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::said(deserializer)
}

/// Tells a value that is there, even if it is null, from one that is not.
trait Said: Sized {
    fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error>;
}

/// Null takes it away.
impl<T: DeserializeOwned> Said for Option<T> {
    fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Self::deserialize(deserializer).map(Some)
    }
}

/// Null leaves it as it is.
impl<T: DeserializeOwned> Said for Vec<T> {
    fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Option::deserialize(deserializer)
    }
}

/// A value of a patch, and what it is in the core.
trait Given<Core> {
    fn read(self) -> Core;
    fn write(core: Core) -> Self;
}

impl<T: Into<C> + From<C>, C> Given<Option<C>> for Option<T> {
    fn read(self) -> Option<C> {
        self.map(Into::into)
    }

    fn write(core: Option<C>) -> Self {
        core.map(Into::into)
    }
}

impl<T: Into<C> + From<C>, C> Given<Vec<C>> for Vec<T> {
    fn read(self) -> Vec<C> {
        self.into_iter().map(Into::into).collect()
    }

    fn write(core: Vec<C>) -> Self {
        core.into_iter().map(Into::into).collect()
    }
}

macro_rules! person_patch {
    ($($(#[$doc:meta])* $field:ident: $type:ty, is $variant:ident of $core:ty;)+) => {
        /// New values for some fields: what is left out stays, null takes away.
        #[derive(Serialize, Deserialize, Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct PersonPatch {
            $(
                $(#[$doc])*
                #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )+
        }

        impl PersonPatch {
            fn into_edits(self) -> Vec<PersonEdit> {
                let edits = [$(self.$field.map(|value| PersonEdit::$variant(Given::<$core>::read(value)))),+];
                edits.into_iter().flatten().collect()
            }

            /// Writes an edit as the body that would make it.
            pub fn of(edit: &PersonEdit) -> Self {
                match edit.clone() {
                    $(PersonEdit::$variant(value) => {
                        Self { $field: Some(Given::<$core>::write(value)), ..Self::default() }
                    })+
                }
            }
        }
    };
}

person_patch! {
    /// Spellings of the name, the preferred one first.
    names: Vec<Name>, is Names of Vec<PersonName>;
    /// The Gregorian year of birth, from 1900 to 2100.
    birth_year: Option<u16>, is BirthYear of Option<u16>;
    /// The telephone number, as it was given.
    phone: Option<String>, is Phone of Option<String>;
    /// The organisation to which they belong.
    organisation: Option<String>, is Organisation of Option<String>;
    /// The region or country from which they come.
    region: Option<String>, is Region of Option<String>;
    /// The languages that they speak, as BCP 47 tags.
    languages: Vec<String>, is Languages of Vec<String>;
    /// The participant categories to which they belong.
    categories: Vec<String>, is Categories of Vec<String>;
    /// Their codes and ids in other registers.
    external_ids: Vec<Code>, is ExternalIds of Vec<ExternalId>;
    /// The key of their team.
    team: Option<String>, is Team of Option<String>;
    /// The keys of their shifts.
    shifts: Vec<String>, is Shifts of Vec<String>;
    /// Why they are withdrawn; null takes them back.
    withdrawn: Option<String>, is Withdrawn of Option<String>;
    /// What they, or their guardian, agreed to.
    consents: Vec<String>, is Consents of Vec<String>;
    /// The guardian who consented.
    guardian_consent: Option<String>, is GuardianConsent of Option<String>;
}

impl PersonPatch {
    /// The edits that are meant, at least one.
    ///
    /// # Errors
    /// [`Problem::BAD_FIELD`].
    pub fn edits(self) -> Result<Vec<PersonEdit>, Denial> {
        let wrong = |field: &str, why: &str| Err(Denial::of_field(Problem::BAD_FIELD, field, why));
        let is_blank = |name: &Name| PersonName::from(name.clone()).to_string().trim().is_empty();
        if self.names.as_ref().is_some_and(|names| names.iter().all(is_blank)) {
            return wrong("names", "a person needs a name");
        }
        if self.birth_year.flatten().is_some_and(|year| !(1900..=2100).contains(&year)) {
            return wrong("birth_year", "1900 to 2100");
        }
        let edits = self.into_edits();
        if edits.is_empty() { wrong("body", "no field is given") } else { Ok(edits) }
    }
}

/// Refuses values that only a slip can mean, as a list would. `now` is home's time.
///
/// # Errors
/// [`Problem::BAD_FIELD`] names the field.
pub fn check_typed(edits: &[PersonEdit], event: &EventInfo, now: UnixMillis) -> Result<(), Denial> {
    let today = now.0.div_euclid(86_400_000);
    let slip = edits.iter().find_map(|edit| typed::check(edit, event, today).err());
    slip.map_or(Ok(()), |slip| Err(Denial::of_field(Problem::BAD_FIELD, slip.field.key(), &slip.why)))
}
