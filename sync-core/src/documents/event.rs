//! What an event is: names, days, sites, and the plan. Written by organizers.

mod age;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};

use super::newer::{NewerContent, may_name_a_register};
use crate::documents::{Authored, Unfit, authored};
use crate::ids::DeviceId;
use crate::time::{ClockReading, UnixMillis, ZoneTable, date_of_day};

pub use plan::{Belonging, CardKind, CardTemplate, Category, Funding, MinorRules, RemoteTask, Shift, SilverRule, Team};

/// A text in the three languages of the product. An empty one falls back to another.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct LocalText {
    /// The text in Kazakh.
    #[n(0)]
    pub kk: String,
    /// The text in Russian.
    #[n(1)]
    pub ru: String,
    /// The text in English.
    #[n(2)]
    pub en: String,
}

impl LocalText {
    /// The text in `language` (`kk`, `ru` or `en`), or else in the first language that has one.
    #[must_use]
    pub fn in_language(&self, language: &str) -> &str {
        let wanted = match language {
            "kk" => &self.kk,
            "ru" => &self.ru,
            _ => &self.en,
        };
        [wanted, &self.en, &self.ru, &self.kk].into_iter().find(|text| !text.is_empty()).map_or("", |text| text)
    }
}

/// Opening hours of one day, in minutes after the midnight with which its date begins in the event's time zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize, serde::Deserialize)]
pub struct DayHours {
    /// Gates open: 0 to 1439.
    #[n(0)]
    pub opens: u16,
    /// Gates close: 1440 and more is on the next date, at most 24 hours after `opens`.
    #[n(1)]
    pub closes: u16,
}

impl DayHours {
    /// The same hours in the one form in which they are computed with: see [`span_of_day`].
    #[must_use]
    pub const fn span(self) -> (u16, u16) {
        span_of_day(self.opens, self.closes)
    }
}

/// Minutes from one midnight to the next.
pub const MINUTES_PER_DAY: u16 = 24 * 60;

/// Reads two times of day as a span of at most 24 hours that begins on one date and may end on the next.
///
/// An end that is not after its beginning is on the next date, as people write it: 20:00 to 04:00.
#[must_use]
pub const fn span_of_day(from: u16, to: u16) -> (u16, u16) {
    let from = if from < MINUTES_PER_DAY { from } else { MINUTES_PER_DAY - 1 };
    let to = if to <= from { to + MINUTES_PER_DAY } else { to };
    let latest = from + MINUTES_PER_DAY;
    (from, if to < latest { to } else { latest })
}

/// A place with a gate.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, serde::Serialize, serde::Deserialize)]
pub struct Site {
    /// What people call it; empty texts show the key.
    #[n(0)]
    pub name: LocalText,
}

/// The time zone, by name and by its offsets around the event.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, serde::Serialize, serde::Deserialize)]
pub struct EventZone {
    /// IANA name, for people to read.
    #[n(0)]
    pub name: String,
    /// What everything is computed with.
    #[n(1)]
    pub table: ZoneTable,
}

/// One statement about an event. Each has a register of its own.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize, serde::Deserialize)]
#[cbor(flat)]
#[serde(rename_all = "snake_case")]
pub enum EventEdit {
    /// What the event is called.
    #[n(0)]
    Name(#[n(0)] LocalText),
    /// The time zone of the event.
    #[n(1)]
    Zone(#[n(0)] EventZone),
    /// A day of the event; `None` takes it off.
    #[n(2)]
    Day {
        /// The date, as days since 1970-01-01.
        #[n(0)]
        day: i64,
        /// The opening hours of that day.
        #[n(1)]
        hours: Option<DayHours>,
    },
    /// A site of the event; `None` takes it off.
    #[n(3)]
    Site {
        /// Short and stable, e.g. `north`.
        #[n(0)]
        key: String,
        /// What is known of it.
        #[n(1)]
        site: Option<Site>,
    },
    /// Which logs markers read.
    #[n(4)]
    MarkersRead(#[n(0)] MarkersRead),
    /// A team; `None` takes it off.
    #[n(5)]
    Team {
        /// As it stands in a person's field.
        #[n(0)]
        key: String,
        /// What is known of it.
        #[n(1)]
        team: Option<Team>,
    },
    /// A shift; `None` takes it off.
    #[n(6)]
    Shift {
        /// As it stands in a person's field.
        #[n(0)]
        key: String,
        /// What is known of it.
        #[n(1)]
        shift: Option<Shift>,
    },
    /// A card as it is offered in the field; `None` takes it off.
    #[n(7)]
    Template {
        /// A short key that never changes: records refer to it.
        #[n(0)]
        key: String,
        /// The card's name, kind and lines.
        #[n(1)]
        template: Option<CardTemplate>,
    },
    /// A participant category; `None` takes it off.
    #[n(8)]
    Category {
        /// As it stands in a person's field.
        #[n(0)]
        key: String,
        /// What is known of it.
        #[n(1)]
        category: Option<Category>,
    },
    /// Who is a minor.
    #[n(9)]
    Minors(#[n(0)] MinorRules),
    /// Who counts as a silver volunteer; `None`: nobody is counted.
    #[n(10)]
    Silver(#[n(0)] Option<SilverRule>),
    /// A grant that pays for the event; `None` takes it off.
    #[n(11)]
    Funding {
        /// The grant's id in the donor's books.
        #[n(0)]
        grant: String,
        /// What is known of it.
        #[n(1)]
        funding: Option<Funding>,
    },
    /// How many days after the last day personal data is kept; `None`: nobody has said.
    #[n(12)]
    RetentionDays(#[n(0)] Option<u32>),
    /// Where the event belongs.
    #[n(13)]
    Belonging(#[n(0)] Belonging),
    /// Something that is done from anywhere; `None` takes it off.
    #[n(14)]
    RemoteTask {
        /// A short key that never changes: records refer to it.
        #[n(0)]
        key: String,
        /// What is known of it.
        #[n(1)]
        task: Option<RemoteTask>,
    },
    /// What a column of somebody's lists means, mapped by hand once for all organizers; `None` forgets it.
    #[n(15)]
    ListColumn {
        /// The issuer of the lists.
        #[n(0)]
        issuer: String,
        /// The header as it stands above the column.
        #[n(1)]
        header: String,
        /// The meaning's stable name.
        #[n(2)]
        meaning: Option<String>,
    },
    /// For how many hours at a stretch somebody can be observed, from 1 to 24; `None`: [`LONGEST_STRETCH_HOURS`].
    #[n(16)]
    LongestStretch(#[n(0)] Option<u8>),
    /// From now on devices may write by this edition.
    #[n(17)]
    Speaks(#[n(0)] Edition),
}

/// An edition of what devices write into documents. A newer version of the program may know a later one. It writes by that of
/// the event, so that the older versions on other devices can read it; an organizer raises the event's when they are updated.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode, serde::Serialize, serde::Deserialize,
)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Edition(#[n(0)] pub u16);

impl Edition {
    /// By which every event begins.
    pub const FIRST: Self = Self(1);
    /// The last that this version of the program can write.
    pub const CURRENT: Self = Self(1);
}

impl Default for Edition {
    fn default() -> Self {
        Self::FIRST
    }
}

/// For how many hours at a stretch somebody can be observed, where the event says nothing else.
pub const LONGEST_STRETCH_HOURS: u8 = 12;

/// A statement about an event, as its author made it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventStatement {
    /// The statement that was made.
    pub edit: EventEdit,
    /// The device that made it.
    pub by: DeviceId,
    /// What the author's clocks read.
    pub reading: ClockReading,
}

/// Which logs the devices of markers read. The roster is read by everyone who is let into the event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, serde::Serialize, serde::Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum MarkersRead {
    /// Those of their own site and team; all, for a device of which neither is said.
    #[default]
    #[n(0)]
    OwnPost,
    /// Every log of the event.
    #[n(1)]
    All,
}

impl EventEdit {
    /// The register in which the statement lies.
    pub(crate) fn register(&self) -> String {
        match self {
            Self::Name(_) => "name".to_owned(),
            Self::Zone(_) => "zone".to_owned(),
            Self::Day { day, .. } => format!("day.{day}"),
            Self::Site { key, .. } => format!("site.{key}"),
            Self::MarkersRead(_) => "markers_read".to_owned(),
            Self::Team { key, .. } => format!("team.{key}"),
            Self::Shift { key, .. } => format!("shift.{key}"),
            Self::Template { key, .. } => format!("card.{key}"),
            Self::Category { key, .. } => format!("category.{key}"),
            Self::Minors(_) => "minors".to_owned(),
            Self::Silver(_) => "silver".to_owned(),
            Self::Funding { grant, .. } => format!("grant.{grant}"),
            Self::RetentionDays(_) => "retention".to_owned(),
            Self::Belonging(_) => "belonging".to_owned(),
            Self::RemoteTask { key, .. } => format!("remote.{key}"),
            Self::LongestStretch(_) => "longest_stretch".to_owned(),
            Self::ListColumn { issuer, header, .. } => format!("column.{issuer}\u{1f}{header}"),
            // Each edition has a register of its own: what was raised is never lowered.
            Self::Speaks(Edition(edition)) => format!("speaks.{edition}"),
        }
    }

    /// The key of what is described, for a statement about one of several.
    pub(crate) fn key(&self) -> Option<&str> {
        match self {
            Self::Site { key, .. }
            | Self::Team { key, .. }
            | Self::Shift { key, .. }
            | Self::Template { key, .. }
            | Self::Category { key, .. }
            | Self::RemoteTask { key, .. }
            | Self::Funding { grant: key, .. } => Some(key),
            _ => None,
        }
    }
}

/// The event document, read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EventInfo {
    /// What it is called.
    pub name: LocalText,
    /// The time zone of the event.
    pub zone: EventZone,
    /// The days of the event with their opening hours, by days since 1970-01-01.
    pub days: BTreeMap<i64, DayHours>,
    /// The places with a gate, by their keys.
    pub sites: BTreeMap<String, Site>,
    /// Which logs markers read.
    pub markers_read: MarkersRead,
    /// By key, as it stands in a person's field.
    pub teams: BTreeMap<String, Team>,
    /// By key, as it stands in a person's field.
    pub shifts: BTreeMap<String, Shift>,
    /// Cards as they are offered in the field, by key.
    pub templates: BTreeMap<String, CardTemplate>,
    /// Participant categories, by key.
    pub categories: BTreeMap<String, Category>,
    /// Who is a minor.
    pub minors: MinorRules,
    /// Who counts as a silver volunteer.
    pub silver: Option<SilverRule>,
    /// The grants that pay for the event, by their ids.
    pub funding: BTreeMap<String, Funding>,
    /// How many days after the last day personal data is kept.
    pub retention_days: Option<u32>,
    /// The region and the organisation to which the event belongs.
    pub belonging: Belonging,
    /// What is done from anywhere, by key.
    pub remote_tasks: BTreeMap<String, RemoteTask>,
    /// For how many hours at a stretch somebody can be observed, if the event says it.
    pub longest_stretch_hours: Option<u8>,
    /// What columns of lists mean, by issuer and header.
    pub list_columns: BTreeMap<(String, String), String>,
    /// The edition that devices may write.
    pub speaks: Edition,
    /// Registers that only a newer version of the program can read.
    pub newer: BTreeSet<String>,
    /// What several organizers wrote without having seen each other's, by register. The last is shown.
    pub contested: BTreeMap<String, Vec<Authored<EventEdit>>>,
}

impl EventInfo {
    /// For how many milliseconds at a stretch somebody can be observed.
    #[must_use]
    pub fn longest_stretch_ms(&self) -> u64 {
        u64::from(self.longest_stretch_hours.unwrap_or(LONGEST_STRETCH_HOURS).clamp(1, 24)) * 3_600_000
    }

    /// Until when personal data is kept: the end of the last of the days that were named, after the event's last day.
    /// `None` if nobody has said how many, or the event has no days.
    #[must_use]
    pub fn keeps_people_until(&self) -> Option<UnixMillis> {
        let (last, _) = self.days.last_key_value()?;
        let end = last.saturating_add(i64::from(self.retention_days?));
        Some(self.zone.table.moment(date_of_day(end), 24 * 60))
    }

    /// Takes over what a register holds now.
    pub(crate) fn absorb(&mut self, key: &str, values: &[(DeviceId, Vec<u8>)]) -> Result<(), Unfit> {
        let read = authored::<EventEdit>(values).ok();
        let read = read.filter(|edits| edits.iter().all(|edit| edit.value.register() == key));
        let Some(edits) = read else { return self.absorb_newer(key, values) };
        let shown = edits.last().ok_or(Unfit)?.value.clone();
        if edits.iter().any(|edit| edit.value != shown) {
            self.contested.insert(key.to_owned(), edits);
        } else {
            self.contested.remove(key);
        }
        self.apply(shown);
        Ok(())
    }

    /// Takes over a register that this version cannot read.
    fn absorb_newer(&mut self, key: &str, values: &[(DeviceId, Vec<u8>)]) -> Result<(), Unfit> {
        // The event document speaks of nobody: it is not written anew when somebody is erased.
        let speaks_of_nobody = |content: &Authored<NewerContent>| content.value.subjects.is_empty();
        if !is_newer(key) || !authored(values)?.iter().all(speaks_of_nobody) {
            return Err(Unfit);
        }
        self.newer.insert(key.to_owned());
        Ok(())
    }

    /// Whether a statement says something else than what is known, or chooses among several.
    #[must_use]
    pub fn is_news(&self, edit: &EventEdit) -> bool {
        if self.contested.contains_key(&edit.register()) {
            return true;
        }
        let mut after = self.clone();
        after.apply(edit.clone());
        after != *self
    }

    /// Takes over one statement.
    pub fn apply(&mut self, edit: EventEdit) {
        match edit {
            EventEdit::Name(name) => self.name = name,
            EventEdit::MarkersRead(which) => self.markers_read = which,
            EventEdit::Zone(zone) => self.zone = zone,
            EventEdit::Day { day, hours } => put(&mut self.days, day, hours),
            EventEdit::Site { key, site } => put(&mut self.sites, key, site),
            EventEdit::Team { key, team } => put(&mut self.teams, key, team),
            EventEdit::Shift { key, shift } => put(&mut self.shifts, key, shift),
            EventEdit::Template { key, template } => put(&mut self.templates, key, template),
            EventEdit::Category { key, category } => put(&mut self.categories, key, category),
            EventEdit::Minors(rules) => self.minors = rules,
            EventEdit::Silver(rule) => self.silver = rule,
            EventEdit::Funding { grant, funding } => put(&mut self.funding, grant, funding),
            EventEdit::RetentionDays(days) => self.retention_days = days,
            EventEdit::Belonging(belonging) => self.belonging = belonging,
            EventEdit::LongestStretch(hours) => self.longest_stretch_hours = hours,
            EventEdit::ListColumn { issuer, header, meaning } => put(&mut self.list_columns, (issuer, header), meaning),
            EventEdit::RemoteTask { key, task } => put(&mut self.remote_tasks, key, task),
            EventEdit::Speaks(edition) => self.speaks = self.speaks.max(edition),
        }
    }
}

/// What the registers begin with that this version knows.
const KNOWN: [&str; 18] = [
    "name",
    "zone",
    "day",
    "site",
    "markers_read",
    "team",
    "shift",
    "card",
    "category",
    "minors",
    "silver",
    "grant",
    "retention",
    "belonging",
    "remote",
    "longest_stretch",
    "column",
    "speaks",
];

/// Whether only a newer version can read a register.
pub(crate) fn is_newer(key: &str) -> bool {
    may_name_a_register(key) && !KNOWN.contains(&key.split('.').next().unwrap_or_default())
}

fn put<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => drop(map.insert(key, value)),
        None => drop(map.remove(&key)),
    }
}
