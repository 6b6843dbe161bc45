//! What an event is: names, days, sites. Written by organizers.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use crate::documents::{Unfit, authored};
use crate::ids::DeviceId;
use crate::time::ZoneTable;

/// A text in the three languages of the product. An empty one falls back to another.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, serde::Serialize)]
pub struct LocalText {
    /// Kazakh.
    #[n(0)]
    pub kk: String,
    /// Russian.
    #[n(1)]
    pub ru: String,
    /// English.
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

/// Opening hours of one day, in minutes after midnight of the event's time zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize)]
pub struct DayHours {
    /// Gates open.
    #[n(0)]
    pub opens: u16,
    /// Gates close; not before `opens`.
    #[n(1)]
    pub closes: u16,
}

/// A place with a gate.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, serde::Serialize)]
pub struct Site {
    /// What people call it; empty texts show the key.
    #[n(0)]
    pub name: LocalText,
}

/// The time zone, by name and by its offsets around the event.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct EventZone {
    /// IANA name, for people to read.
    #[n(0)]
    pub name: String,
    /// What everything is computed with.
    #[n(1)]
    pub table: ZoneTable,
}

/// One statement about an event. Each has a register of its own.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(flat)]
pub enum EventEdit {
    /// What the event is called.
    #[n(0)]
    Name(#[n(0)] LocalText),
    /// Where its clocks are.
    #[n(1)]
    Zone(#[n(0)] EventZone),
    /// A day of the event; `None` takes it off.
    #[n(2)]
    Day {
        /// Days since 1970-01-01.
        #[n(0)]
        day: i64,
        /// Opening hours.
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
    /// All.
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
        }
    }
}

/// The event document, read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EventInfo {
    /// What it is called.
    pub name: LocalText,
    /// Where its clocks are.
    pub zone: EventZone,
    /// By days since 1970-01-01.
    pub days: BTreeMap<i64, DayHours>,
    /// By key.
    pub sites: BTreeMap<String, Site>,
    /// Which logs markers read.
    pub markers_read: MarkersRead,
}

impl EventInfo {
    /// Takes over what a register holds now.
    pub(crate) fn absorb(&mut self, key: &str, values: &[(DeviceId, Vec<u8>)]) -> Result<(), Unfit> {
        let edits = authored::<EventEdit>(values)?;
        if edits.iter().any(|edit| edit.value.register() != key) {
            return Err(Unfit);
        }
        edits.into_iter().next_back().map_or(Err(Unfit), |edit| {
            self.apply(edit.value);
            Ok(())
        })
    }

    /// Takes over one statement.
    pub fn apply(&mut self, edit: EventEdit) {
        match edit {
            EventEdit::Name(name) => self.name = name,
            EventEdit::MarkersRead(which) => self.markers_read = which,
            EventEdit::Zone(zone) => self.zone = zone,
            EventEdit::Day { day, hours: Some(hours) } => drop(self.days.insert(day, hours)),
            EventEdit::Day { day, hours: None } => drop(self.days.remove(&day)),
            EventEdit::Site { key, site: Some(site) } => drop(self.sites.insert(key, site)),
            EventEdit::Site { key, site: None } => drop(self.sites.remove(&key)),
        }
    }
}
