//! What one device recorded: entries in the order in which it recorded them.
//!
//! An entry is known by its position. Once sealed it never changes; a mistake is undone by a later entry.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use crate::documents::roster::{PersonEdit, PersonName};
use crate::ids::{DeviceId, EntryRef, Incarnation, Subject, WalkInId};
use crate::time::{Anchor, ClockReading, UnixMillis};

/// One thing a device recorded, with what its clocks read.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Entry {
    /// What was recorded.
    #[n(0)]
    pub record: Record,
    /// What the device's clocks read.
    #[n(1)]
    pub reading: ClockReading,
}

/// What can be recorded in the field.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(flat)]
pub enum Record {
    /// Someone came.
    #[n(0)]
    CheckIn(#[n(0)] Presence),
    /// Someone left.
    #[n(1)]
    CheckOut(#[n(0)] Presence),
    /// Someone who was expected did not come. No observation: it opens and closes nothing.
    #[n(2)]
    NoShow(#[n(0)] Presence),
    /// An earlier entry of this device has no effect.
    #[n(3)]
    Undo(#[n(0)] Undo),
    /// Someone who is not on the list was registered.
    #[n(4)]
    WalkIn(#[n(0)] WalkIn),
    /// A count of litter.
    #[n(5)]
    LitterCard(#[n(0)] LitterCard),
    /// A count of seedlings.
    #[n(6)]
    PlantingCard(#[n(0)] PlantingCard),
    /// Something happened that somebody must read.
    #[n(7)]
    Incident(#[n(0)] Incident),
    /// Someone was briefed.
    #[n(8)]
    Briefing(#[n(0)] Briefing),
    /// Something was done by many together; counted apart from people.
    #[n(9)]
    Deed(#[n(0)] Deed),
    /// The device learned home's time.
    #[n(10)]
    Anchor(#[n(0)] UnixMillis),
    /// Someone worked from somewhere else. It counts once an organizer approves it.
    #[n(11)]
    RemoteWork(#[n(0)] RemoteWork),
    /// Somebody asks an organizer to correct something.
    #[n(12)]
    Request(#[n(0)] Request),
    /// A guardian consented at the gate.
    #[n(13)]
    GuardianConsent(#[n(0)] GuardianConsent),
}

/// How somebody at a gate was found.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Encode, Decode, serde::Serialize, serde::Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The badge was scanned.
    #[default]
    #[n(0)]
    Qr,
    /// The name, the code or the phone was looked up.
    #[n(1)]
    Search,
    /// Taken over from a paper list.
    #[n(2)]
    Paper,
}

/// Somebody at a gate.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Presence {
    /// The site's key.
    #[n(0)]
    pub site: String,
    /// How the subject was found.
    #[n(1)]
    pub method: Method,
    /// Who.
    #[n(2)]
    pub subject: Subject,
}

/// Points at an earlier entry of the same device.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Undo {
    /// The entry's position in its log.
    #[n(0)]
    pub counter: u64,
    /// The log of an earlier incarnation; `None` is the log this entry stands in.
    #[n(1)]
    pub incarnation: Option<Incarnation>,
}

/// Someone registered at a gate.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize)]
pub struct WalkIn {
    /// Drawn at random on the device.
    #[n(0)]
    pub id: WalkInId,
    /// As they were typed.
    #[n(1)]
    pub names: Vec<PersonName>,
    /// As it was typed.
    #[n(2)]
    pub phone: Option<String>,
    /// Where they belong.
    #[n(3)]
    pub organisation: Option<String>,
    /// Gregorian year.
    #[n(4)]
    pub birth_year: Option<u16>,
}

/// A count of litter, by one team or several people.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, serde::Serialize)]
pub struct LitterCard {
    /// The site's key.
    #[n(0)]
    pub site: String,
    /// The team's key.
    #[n(1)]
    pub team: Option<String>,
    /// Full bags.
    #[n(2)]
    pub bags: u32,
    /// Weight.
    #[n(3)]
    pub grams: u64,
    /// Volume.
    #[n(4)]
    pub litres: u64,
    /// Length of shore.
    #[n(5)]
    pub metres: u64,
    /// Who took part, as a number.
    #[n(6)]
    pub people: u32,
    /// Pieces by category.
    #[n(7)]
    pub items: BTreeMap<String, u32>,
}

/// A count of seedlings.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, serde::Serialize)]
pub struct PlantingCard {
    /// The site's key.
    #[n(0)]
    pub site: String,
    /// Scientific name.
    #[n(1)]
    pub species: String,
    /// Planted.
    #[n(2)]
    pub seedlings: u32,
    /// Planted area.
    #[n(3)]
    pub square_metres: u64,
}

/// Something that somebody must read.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize)]
pub struct Incident {
    /// The site's key.
    #[n(0)]
    pub site: String,
    /// What happened.
    #[n(1)]
    pub text: String,
    /// Whom it concerns.
    #[n(2)]
    pub subject: Option<Subject>,
}

/// Someone heard a briefing.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Briefing {
    /// Who.
    #[n(0)]
    pub subject: Subject,
    /// Which edition of the text.
    #[n(1)]
    pub version: String,
    /// BCP 47 tag of the language it was given in.
    #[n(2)]
    pub language: String,
}

/// Work that someone did from somewhere else, as they say themselves.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize)]
pub struct RemoteWork {
    /// Who.
    #[n(0)]
    pub subject: Subject,
    /// The task's key.
    #[n(1)]
    pub task: String,
    /// From.
    #[n(2)]
    pub start: UnixMillis,
    /// To; after `start`.
    #[n(3)]
    pub end: UnixMillis,
    /// What was done.
    #[n(4)]
    pub note: String,
}

/// Asks for a correction. It changes nothing until an organizer edits.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize)]
pub struct Request {
    /// Whom it concerns.
    #[n(0)]
    pub subject: Option<Subject>,
    /// The edit that would settle it, if it is one of a field.
    #[n(1)]
    pub edit: Option<PersonEdit>,
    /// In the words of who asks.
    #[n(2)]
    pub text: String,
}

/// A guardian consented to someone's taking part.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize)]
pub struct GuardianConsent {
    /// Who takes part.
    #[n(0)]
    pub subject: Subject,
    /// Who consented.
    #[n(1)]
    pub guardian: String,
}

/// Something done by many together.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize)]
pub struct Deed {
    /// The site's key.
    #[n(0)]
    pub site: String,
    /// What was done.
    #[n(1)]
    pub title: String,
    /// By whom.
    #[n(2)]
    pub participants: Vec<Subject>,
}

/// One device's log in one incarnation, as far as it is known here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Log {
    /// Who recorded it.
    pub device: DeviceId,
    /// In which incarnation.
    pub incarnation: Incarnation,
    /// Position = counter.
    pub entries: Vec<Entry>,
}

impl Log {
    /// An empty log.
    #[must_use]
    pub const fn new(device: DeviceId, incarnation: Incarnation) -> Self {
        Self { device, incarnation, entries: Vec::new() }
    }

    /// Names the entry at `counter`.
    #[must_use]
    pub const fn entry_ref(&self, counter: u64) -> EntryRef {
        EntryRef { device: self.device, incarnation: self.incarnation, counter }
    }

    /// The anchors of this log with their positions, in order.
    pub fn anchors(&self) -> impl Iterator<Item = (u64, Anchor)> + '_ {
        (0u64..).zip(&self.entries).filter_map(|(counter, entry)| match entry.record {
            Record::Anchor(home_ms) => Some((counter, Anchor { reading: entry.reading, home_ms })),
            _ => None,
        })
    }
}
