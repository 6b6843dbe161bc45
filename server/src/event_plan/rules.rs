//! The rules of a plan, as they are written: who is a minor, who is silver, who reads what, what columns mean.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::documents::event::{MarkersRead, MinorRules, SilverRule};

/// Who is a minor, and what that forbids.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
#[serde(default)]
pub struct MinorsPart {
    /// Under this age a guardian's consent is required.
    pub consent_age: u8,
    /// Under this age nobody is assigned to hazardous shifts.
    pub adult_age: u8,
    /// Roles that are hazardous in every shift.
    pub hazardous_roles: Vec<String>,
}

impl Default for MinorsPart {
    fn default() -> Self {
        MinorRules::default().into()
    }
}

impl From<MinorRules> for MinorsPart {
    fn from(MinorRules { consent_age, adult_age, hazardous_roles }: MinorRules) -> Self {
        Self { consent_age, adult_age, hazardous_roles }
    }
}

impl From<MinorsPart> for MinorRules {
    fn from(MinorsPart { consent_age, adult_age, hazardous_roles }: MinorsPart) -> Self {
        Self { consent_age, adult_age, hazardous_roles }
    }
}

/// Who counts as a silver volunteer.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SilverPart {
    /// Whoever reaches this age in the year in which the event begins.
    Age(u8),
    /// Whoever was born in this year or before.
    BornBy(u16),
    /// Whoever is of this participant category.
    Category(String),
}

impl From<SilverRule> for SilverPart {
    fn from(rule: SilverRule) -> Self {
        match rule {
            SilverRule::Age(age) => Self::Age(age),
            SilverRule::BornBy(year) => Self::BornBy(year),
            SilverRule::Category(category) => Self::Category(category),
        }
    }
}

impl From<SilverPart> for SilverRule {
    fn from(rule: SilverPart) -> Self {
        match rule {
            SilverPart::Age(age) => Self::Age(age),
            SilverPart::BornBy(year) => Self::BornBy(year),
            SilverPart::Category(category) => Self::Category(category),
        }
    }
}

/// Which logs the devices of markers read.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarkersReadPart {
    /// Those of their own site and team.
    OwnPost,
    /// Markers read every log.
    All,
}

impl From<MarkersRead> for MarkersReadPart {
    fn from(which: MarkersRead) -> Self {
        match which {
            MarkersRead::OwnPost => Self::OwnPost,
            MarkersRead::All => Self::All,
        }
    }
}

impl From<MarkersReadPart> for MarkersRead {
    fn from(which: MarkersReadPart) -> Self {
        match which {
            MarkersReadPart::OwnPost => Self::OwnPost,
            MarkersReadPart::All => Self::All,
        }
    }
}

/// What a column of somebody's lists means.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
pub struct ColumnPart {
    /// The issuer of the lists.
    pub issuer: String,
    /// As it stands above the column.
    pub header: String,
    /// The stable name of the meaning, e.g. `code`.
    pub means: String,
}

/// A column of which nothing is known any more.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
pub struct ColumnName {
    /// The issuer of the lists.
    pub issuer: String,
    /// As it stands above the column.
    pub header: String,
}

impl std::fmt::Display for ColumnName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.header)
    }
}
