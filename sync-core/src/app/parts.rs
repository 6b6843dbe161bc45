//! What actions are made of: plain values, as a person types them.

use serde::Deserialize;

use crate::documents::event::LocalText;
use crate::documents::log::WalkIn;
use crate::documents::roster::{Person, PersonName};
use crate::ids::WalkInId;

/// One spelling of a name.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(default)]
pub struct Name {
    /// Family name; or the whole name, where the parts are not known.
    pub family: String,
    /// Given name; empty where the parts are not known.
    #[cfg_attr(feature = "mobile", uniffi(default = ""))]
    pub given: String,
    /// Patronymic; empty where there is none.
    #[cfg_attr(feature = "mobile", uniffi(default = ""))]
    pub patronymic: String,
}

/// Pieces of one category on a litter card.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Counted {
    /// The category, as the event's card names it.
    pub category: String,
    /// How many pieces of it were counted.
    pub count: u32,
}

/// A text in the three languages of the product. An empty one falls back to another.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(default)]
pub struct Text {
    /// The text in Kazakh.
    pub kk: String,
    /// The text in Russian.
    pub ru: String,
    /// The text in English.
    pub en: String,
}

/// What a person knows of somebody whom they put on a list.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(default)]
pub struct Known {
    /// The name, as the person spells it.
    pub name: Name,
    /// The telephone number, as it was given.
    #[cfg_attr(feature = "mobile", uniffi(default = None))]
    pub phone: Option<String>,
    /// The organisation to which they belong.
    #[cfg_attr(feature = "mobile", uniffi(default = None))]
    pub organisation: Option<String>,
    /// The Gregorian year in which they were born.
    #[cfg_attr(feature = "mobile", uniffi(default = None))]
    pub birth_year: Option<u16>,
}

impl Known {
    pub(super) fn walk_in(self, id: WalkInId) -> WalkIn {
        let Self { name, phone, organisation, birth_year } = self;
        WalkIn { id, names: vec![name.into()], phone, organisation, birth_year }
    }

    pub(super) fn person(self) -> Person {
        let Self { name, phone, organisation, birth_year } = self;
        Person { names: vec![name.into()], phone, organisation, birth_year, ..Person::default() }
    }
}

impl From<Name> for PersonName {
    fn from(Name { family, given, patronymic }: Name) -> Self {
        Self { family, given, patronymic, script: String::new() }
    }
}

impl From<Text> for LocalText {
    fn from(Text { kk, ru, en }: Text) -> Self {
        Self { kk, ru, en }
    }
}
