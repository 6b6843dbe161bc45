//! The parts of a plan, as they are written: times and dates as people write them, keys beside what they name.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::documents::event::{
    CardKind, CardTemplate, Category, DayHours, Funding, LocalText, MINUTES_PER_DAY, RemoteTask, Shift, Site, Team,
    span_of_day,
};
use sync_core::time::{date_of_day, day_of_date};

use super::PlanError;

/// A text in three languages. One that is empty falls back to another.
#[derive(Serialize, Deserialize, Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[serde(default)]
pub struct Text {
    /// The text in Kazakh.
    pub kk: String,
    /// The text in Russian.
    pub ru: String,
    /// The text in English.
    pub en: String,
}

impl From<LocalText> for Text {
    fn from(LocalText { kk, ru, en }: LocalText) -> Self {
        Self { kk, ru, en }
    }
}

impl From<Text> for LocalText {
    fn from(Text { kk, ru, en }: Text) -> Self {
        Self { kk, ru, en }
    }
}

/// A time of day as it is written, from 00:00 to 24:00.
fn minute_of_day(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (minutes < 60 && hours <= 24 && hours * 60 + minutes <= 24 * 60).then_some(hours * 60 + minutes)
}

/// A time of day as it is written in a field of the plan.
struct WrittenTime<'a> {
    field: String,
    text: &'a str,
}

impl WrittenTime<'_> {
    /// The minute of the day, which is before `limit`.
    fn minute(&self, limit: u16) -> Result<u16, PlanError> {
        let minute = minute_of_day(self.text).filter(|minute| *minute < limit);
        minute.ok_or_else(|| PlanError::new(&self.field, format!("`{}` is not a time", self.text)))
    }
}

/// A span as it is written: an end that is not after the beginning is on the next date.
fn minutes(begins: WrittenTime<'_>, ends: WrittenTime<'_>) -> Result<(u16, u16), PlanError> {
    Ok(span_of_day(begins.minute(MINUTES_PER_DAY)?, ends.minute(MINUTES_PER_DAY + 1)?))
}

/// Writes a span as [`minutes`] reads it.
fn times_of_day(begins: u16, ends: u16) -> (String, String) {
    let text = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let ends = if ends > MINUTES_PER_DAY { ends - MINUTES_PER_DAY } else { ends };
    (text(begins), text(ends))
}

/// A day of the event.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
pub struct DayPart {
    /// The date in the event's time zone.
    #[schemars(with = "String")]
    pub date: Date,
    /// When gates open, e.g. `08:00`.
    pub opens: String,
    /// When gates close; a time that is not after `opens` is on the next date.
    pub closes: String,
}

impl DayPart {
    pub(super) fn hours(&self) -> Result<DayHours, PlanError> {
        let time = |name: &str, text| WrittenTime { field: format!("days, {}: {name}", self.date), text };
        let (opens, closes) = minutes(time("opens", &self.opens), time("closes", &self.closes))?;
        Ok(DayHours { opens, closes })
    }

    pub(super) fn of(day: i64, hours: DayHours) -> Self {
        let (opens, closes) = hours.span();
        let (opens, closes) = times_of_day(opens, closes);
        Self { date: date_of_day(day), opens, closes }
    }
}

/// A place with a gate.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
pub struct SitePart {
    /// A short key that never changes: records refer to it.
    pub key: String,
    /// What people call it.
    #[serde(default)]
    pub name: Text,
}

impl SitePart {
    pub(super) fn site(&self) -> Site {
        Site { name: self.name.clone().into() }
    }

    pub(super) fn of(key: &str, site: Site) -> Self {
        Self { key: key.to_owned(), name: site.name.into() }
    }
}

/// People who work together.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
pub struct TeamPart {
    /// As it stands in a person's field.
    pub key: String,
    /// What people call it.
    #[serde(default)]
    pub name: Text,
    /// The organisation that sends the team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// The key of the site where it works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
}

impl TeamPart {
    pub(super) fn team(&self) -> Team {
        Team { name: self.name.clone().into(), organisation: self.organisation.clone(), site: self.site.clone() }
    }

    pub(super) fn of(key: &str, Team { name, organisation, site }: Team) -> Self {
        Self { key: key.to_owned(), name: name.into(), organisation, site }
    }
}

/// A time on one day for which people are wanted at a site.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
pub struct ShiftPart {
    /// As it stands in a person's field.
    pub key: String,
    /// What people call it.
    #[serde(default)]
    pub name: Text,
    /// The key of the site.
    pub site: String,
    /// The date in the event's time zone.
    #[schemars(with = "String")]
    pub date: Date,
    /// When it starts, as a time of day, e.g. `09:00`.
    pub starts: String,
    /// e.g. `12:00`; a time that is not after `starts` is on the next date.
    pub ends: String,
    /// What is done there, e.g. `diver`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// How many people are wanted.
    #[serde(default)]
    pub need: u32,
    /// Nobody under age may be assigned.
    #[serde(default)]
    pub hazardous: bool,
}

impl ShiftPart {
    pub(super) fn shift(&self) -> Result<Shift, PlanError> {
        let time = |name: &str, text| WrittenTime { field: format!("shifts, {}: {name}", self.key), text };
        let (starts, ends) = minutes(time("starts", &self.starts), time("ends", &self.ends))?;
        Ok(Shift {
            name: self.name.clone().into(),
            site: self.site.clone(),
            day: day_of_date(self.date),
            starts,
            ends,
            role: self.role.clone(),
            need: self.need,
            hazardous: self.hazardous,
        })
    }

    pub(super) fn of(key: &str, shift: Shift) -> Self {
        let (starts, ends) = shift.span();
        let (starts, ends) = times_of_day(starts, ends);
        let Shift { name, site, day, role, need, hazardous, .. } = shift;
        Self {
            key: key.to_owned(),
            name: name.into(),
            site,
            date: date_of_day(day),
            starts,
            ends,
            role,
            need,
            hazardous,
        }
    }
}

/// What a card counts.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, Default, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CardCounts {
    /// Litter: bags, weight, volume, and pieces by category.
    #[default]
    Litter,
    /// A count of seedlings by species.
    Planting,
}

/// A card as it is offered in the field.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
pub struct CardPart {
    /// A short key that never changes: records refer to it.
    pub key: String,
    /// What people call it.
    #[serde(default)]
    pub name: Text,
    /// Whether the card counts litter or seedlings.
    #[serde(default)]
    pub kind: CardCounts,
    /// The lines of the card: categories of litter, or species.
    #[serde(default)]
    pub lines: Vec<String>,
}

impl CardPart {
    pub(super) fn template(&self) -> CardTemplate {
        let kind = match self.kind {
            CardCounts::Litter => CardKind::Litter,
            CardCounts::Planting => CardKind::Planting,
        };
        CardTemplate { name: self.name.clone().into(), kind, lines: self.lines.clone() }
    }

    pub(super) fn of(key: &str, CardTemplate { name, kind, lines }: CardTemplate) -> Self {
        let kind = match kind {
            CardKind::Litter => CardCounts::Litter,
            CardKind::Planting => CardCounts::Planting,
        };
        Self { key: key.to_owned(), name: name.into(), kind, lines }
    }
}

/// A kind of participant.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
pub struct CategoryPart {
    /// As it stands in a person's field.
    pub key: String,
    /// What people call it.
    #[serde(default)]
    pub name: Text,
}

impl CategoryPart {
    pub(super) fn category(&self) -> Category {
        Category { name: self.name.clone().into() }
    }

    pub(super) fn of(key: &str, category: Category) -> Self {
        Self { key: key.to_owned(), name: category.name.into() }
    }
}

/// Something that is done from anywhere.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
pub struct TaskPart {
    /// A short key that never changes: records refer to it.
    pub key: String,
    /// What people call it.
    #[serde(default)]
    pub name: Text,
    /// The first day on which it is done.
    #[schemars(with = "String")]
    pub from: Date,
    /// The last day on which it is done.
    #[schemars(with = "String")]
    pub until: Date,
}

impl TaskPart {
    pub(super) fn task(&self) -> RemoteTask {
        let (from, until) = (day_of_date(self.from), day_of_date(self.until));
        RemoteTask { name: self.name.clone().into(), from, until }
    }

    pub(super) fn of(key: &str, RemoteTask { name, from, until }: RemoteTask) -> Self {
        Self { key: key.to_owned(), name: name.into(), from: date_of_day(from), until: date_of_day(until) }
    }
}

/// A grant that pays for the event.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
pub struct GrantPart {
    /// In the donor's books.
    pub id: String,
    /// What people call it.
    #[serde(default)]
    pub name: Text,
    /// The donor who gives the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub donor: Option<String>,
    /// The project's id in the donor's books.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

impl GrantPart {
    pub(super) fn funding(&self) -> Funding {
        Funding { name: self.name.clone().into(), donor: self.donor.clone(), project: self.project.clone() }
    }

    pub(super) fn of(id: &str, Funding { name, donor, project }: Funding) -> Self {
        Self { id: id.to_owned(), name: name.into(), donor, project }
    }
}
