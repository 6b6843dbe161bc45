//! What an event is planned to be: teams, shifts, cards, categories, who is a minor, who pays for it.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::LocalText;

/// People who work together.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, Serialize, Deserialize)]
#[serde(default)]
pub struct Team {
    /// What people call it; empty texts show the key.
    #[n(0)]
    pub name: LocalText,
    /// Who sends it. Its members and cards count there, unless they say otherwise.
    #[n(1)]
    pub organisation: Option<String>,
    /// The key of the site where it works.
    #[n(2)]
    pub site: Option<String>,
}

/// A time on one day for which people are wanted at a site: a shift, or a session of a forum.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, Serialize, Deserialize)]
#[serde(default)]
pub struct Shift {
    /// What people call it; empty texts show the key.
    #[n(0)]
    pub name: LocalText,
    /// The key of the site.
    #[n(1)]
    pub site: String,
    /// The date, as days since 1970-01-01.
    #[n(2)]
    pub day: i64,
    /// Minutes after midnight of the event's time zone.
    #[n(3)]
    pub starts: u16,
    /// Minutes after the same midnight: 1440 and more is on the next date, at most 24 hours after `starts`.
    #[n(4)]
    pub ends: u16,
    /// What is done there, e.g. `diver`.
    #[n(5)]
    pub role: Option<String>,
    /// How many people are wanted.
    #[n(6)]
    pub need: u32,
    /// Nobody under age may be assigned.
    #[n(7)]
    pub hazardous: bool,
}

impl Shift {
    /// When it starts and ends, in the one form in which it is computed with: see [`super::span_of_day`].
    #[must_use]
    pub const fn span(&self) -> (u16, u16) {
        super::span_of_day(self.starts, self.ends)
    }
}

/// What a card counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    /// Litter: bags, weight, volume, and pieces by category.
    #[default]
    #[n(0)]
    Litter,
    /// A count of seedlings by species.
    #[n(1)]
    Planting,
}

/// A card as it is offered in the field.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, Serialize, Deserialize)]
#[serde(default)]
pub struct CardTemplate {
    /// What people call it.
    #[n(0)]
    pub name: LocalText,
    /// Whether the card counts litter or seedlings.
    #[n(1)]
    pub kind: CardKind,
    /// The lines of the card: categories of litter, or species, as they are stored and reported.
    #[n(2)]
    pub lines: Vec<String>,
}

/// A kind of participant: students, soldiers, staff of an office.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, Serialize, Deserialize)]
#[serde(default)]
pub struct Category {
    /// What people call it; empty texts show the key.
    #[n(0)]
    pub name: LocalText,
}

/// Who is a minor, and what that forbids.
///
/// Only years of birth are known. Whoever may still be under an age when the event begins is taken to be.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(default)]
pub struct MinorRules {
    /// Under this age a guardian's consent is required.
    #[n(0)]
    pub consent_age: u8,
    /// Under this age nobody is assigned to hazardous shifts.
    #[n(1)]
    pub adult_age: u8,
    /// Roles that are hazardous in every shift.
    #[n(2)]
    pub hazardous_roles: Vec<String>,
}

impl Default for MinorRules {
    fn default() -> Self {
        Self { consent_age: 16, adult_age: 18, hazardous_roles: Vec::new() }
    }
}

/// Who counts as a silver volunteer.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[cbor(flat)]
#[serde(rename_all = "snake_case")]
pub enum SilverRule {
    /// Whoever reaches this age in the year in which the event begins.
    #[n(0)]
    Age(#[n(0)] u8),
    /// Whoever was born in this year or before.
    #[n(1)]
    BornBy(#[n(0)] u16),
    /// Whoever is of this participant category.
    #[n(2)]
    Category(#[n(0)] String),
}

/// A grant that pays for the event.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, Serialize, Deserialize)]
#[serde(default)]
pub struct Funding {
    /// What people call the grant.
    #[n(0)]
    pub name: LocalText,
    /// The donor who gives the grant.
    #[n(1)]
    pub donor: Option<String>,
    /// The project's id in the donor's books.
    #[n(2)]
    pub project: Option<String>,
}

/// Where an event belongs.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, Serialize, Deserialize)]
#[serde(default)]
pub struct Belonging {
    /// The region where it takes place. Cards, and people who name none, count there.
    #[n(0)]
    pub region: Option<String>,
    /// Who holds it. Cards of teams that name none count there.
    #[n(1)]
    pub organisation: Option<String>,
}

/// Something that is done from anywhere: translating, counting on photographs.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, Serialize, Deserialize)]
#[serde(default)]
pub struct RemoteTask {
    /// What people call it; empty texts show the key.
    #[n(0)]
    pub name: LocalText,
    /// The first day on which it is done: days since 1970-01-01.
    #[n(1)]
    pub from: i64,
    /// The last day on which it is done, as days since 1970-01-01.
    #[n(2)]
    pub until: i64,
}
