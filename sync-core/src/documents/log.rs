//! What one device recorded: entries in the order in which it recorded them.
//!
//! An entry is known by its position. Once sealed it never changes; a mistake is undone by a later entry.

use std::collections::BTreeMap;

use minicbor::decode::Error as DecodeError;
use minicbor::encode::{Error as EncodeError, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};

use super::newer::length;
pub use super::newer::{NewerContent, NewerRecord};
use crate::documents::roster::{PersonEdit, PersonName};
use crate::ids::{DeviceId, EntryRef, Incarnation, Subject, WalkInId};
use crate::time::{Anchor, ClockReading, UnixMillis};

/// One thing a device recorded, with what its clocks read.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Entry {
    /// The record of what happened.
    #[n(0)]
    pub record: Record,
    /// What the device's clocks read.
    #[n(1)]
    pub reading: ClockReading,
}

/// What can be recorded in the field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Record {
    /// Somebody came to a site.
    CheckIn(Presence),
    /// Somebody left a site.
    CheckOut(Presence),
    /// Someone who was expected did not come. No observation: it opens and closes nothing.
    NoShow(Presence),
    /// An earlier entry of this device has no effect.
    Undo(Undo),
    /// Someone who is not on the list was registered.
    WalkIn(WalkIn),
    /// A count of litter.
    LitterCard(LitterCard),
    /// A count of seedlings.
    PlantingCard(PlantingCard),
    /// Something happened that somebody must read.
    Incident(Incident),
    /// Somebody heard a briefing.
    Briefing(Briefing),
    /// Something was done by many together; counted apart from people.
    Deed(Deed),
    /// The device learned home's time.
    Anchor(UnixMillis),
    /// Someone worked from somewhere else. It counts once an organizer approves it.
    RemoteWork(RemoteWork),
    /// Somebody asks an organizer to correct something.
    Request(Request),
    /// A guardian consented at the gate.
    GuardianConsent(GuardianConsent),
    /// Something that only a newer version of the program can read.
    Newer(NewerRecord),
}

/// How many kinds of records this version knows: the first that it does not know has this number.
pub(super) const KNOWN_KINDS: u16 = 14;

impl Record {
    /// The number of its kind.
    pub(crate) const fn kind(&self) -> u16 {
        match self {
            Self::CheckIn(_) => 0,
            Self::CheckOut(_) => 1,
            Self::NoShow(_) => 2,
            Self::Undo(_) => 3,
            Self::WalkIn(_) => 4,
            Self::LitterCard(_) => 5,
            Self::PlantingCard(_) => 6,
            Self::Incident(_) => 7,
            Self::Briefing(_) => 8,
            Self::Deed(_) => 9,
            Self::Anchor(_) => 10,
            Self::RemoteWork(_) => 11,
            Self::Request(_) => 12,
            Self::GuardianConsent(_) => 13,
            Self::Newer(record) => record.kind(),
        }
    }
}

impl Record {
    /// The person or walk-in whom it is about, if it says that it is about one.
    #[must_use]
    pub const fn subject(&self) -> Option<Subject> {
        match self {
            Self::CheckIn(presence) | Self::CheckOut(presence) | Self::NoShow(presence) => Some(presence.subject),
            Self::WalkIn(walk_in) => Some(Subject::WalkIn(walk_in.id)),
            Self::Incident(incident) => incident.subject,
            Self::Briefing(briefing) => Some(briefing.subject),
            Self::RemoteWork(work) => Some(work.subject),
            Self::Request(request) => request.subject,
            Self::GuardianConsent(consent) => Some(consent.subject),
            Self::Undo(_)
            | Self::LitterCard(_)
            | Self::PlantingCard(_)
            | Self::Deed(_)
            | Self::Anchor(_)
            | Self::Newer(_) => None,
        }
    }
}

/// Lies in a log as an array: the number of its kind, and what it says.
impl<C> Encode<C> for Record {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), EncodeError<W::Error>> {
        if let Self::Newer(record) = self {
            return record.encode(e, ctx);
        }
        e.array(2)?.u16(self.kind())?;
        match self {
            Self::CheckIn(what) => what.encode(e, ctx),
            Self::CheckOut(what) => what.encode(e, ctx),
            Self::NoShow(what) => what.encode(e, ctx),
            Self::Undo(what) => what.encode(e, ctx),
            Self::WalkIn(what) => what.encode(e, ctx),
            Self::LitterCard(what) => what.encode(e, ctx),
            Self::PlantingCard(what) => what.encode(e, ctx),
            Self::Incident(what) => what.encode(e, ctx),
            Self::Briefing(what) => what.encode(e, ctx),
            Self::Deed(what) => what.encode(e, ctx),
            Self::Anchor(what) => what.encode(e, ctx),
            Self::RemoteWork(what) => what.encode(e, ctx),
            Self::Request(what) => what.encode(e, ctx),
            Self::GuardianConsent(what) => what.encode(e, ctx),
            Self::Newer(_) => Ok(()),
        }
    }
}

/// A known kind never says more than it did: what is new gets a new kind.
impl<'b, C> Decode<'b, C> for Record {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
        let length = length(d)?;
        let kind = d.u16()?;
        if kind < KNOWN_KINDS && length != 2 {
            return Err(DecodeError::message("a record of another form"));
        }
        Ok(match kind {
            0 => Self::CheckIn(d.decode_with(ctx)?),
            1 => Self::CheckOut(d.decode_with(ctx)?),
            2 => Self::NoShow(d.decode_with(ctx)?),
            3 => Self::Undo(d.decode_with(ctx)?),
            4 => Self::WalkIn(d.decode_with(ctx)?),
            5 => Self::LitterCard(d.decode_with(ctx)?),
            6 => Self::PlantingCard(d.decode_with(ctx)?),
            7 => Self::Incident(d.decode_with(ctx)?),
            8 => Self::Briefing(d.decode_with(ctx)?),
            9 => Self::Deed(d.decode_with(ctx)?),
            10 => Self::Anchor(d.decode_with(ctx)?),
            11 => Self::RemoteWork(d.decode_with(ctx)?),
            12 => Self::Request(d.decode_with(ctx)?),
            13 => Self::GuardianConsent(d.decode_with(ctx)?),
            kind => Self::Newer(NewerRecord::decode_behind(d, kind, length)?),
        })
    }
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
    /// The key of the site.
    #[n(0)]
    pub site: String,
    /// How the subject was found.
    #[n(1)]
    pub method: Method,
    /// The person or walk-in who was there.
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
    /// Spellings of their name, as they were typed.
    #[n(1)]
    pub names: Vec<PersonName>,
    /// The telephone number, as it was typed.
    #[n(2)]
    pub phone: Option<String>,
    /// The organisation to which they belong.
    #[n(3)]
    pub organisation: Option<String>,
    /// The Gregorian year in which they were born.
    #[n(4)]
    pub birth_year: Option<u16>,
}

/// A count of litter, by one team or several people.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, serde::Serialize)]
pub struct LitterCard {
    /// The key of the site where it was collected.
    #[n(0)]
    pub site: String,
    /// The key of the team that collected it; `None` if nobody said.
    #[n(1)]
    pub team: Option<String>,
    /// How many full bags there are.
    #[n(2)]
    pub bags: u32,
    /// Weight of the litter, in grams.
    #[n(3)]
    pub grams: u64,
    /// Volume of the litter, in litres.
    #[n(4)]
    pub litres: u64,
    /// Length of the shore that was cleaned, in metres.
    #[n(5)]
    pub metres: u64,
    /// How many people took part.
    #[n(6)]
    pub people: u32,
    /// How many pieces there are of each category.
    #[n(7)]
    pub items: BTreeMap<String, u32>,
}

/// A count of seedlings.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, serde::Serialize)]
pub struct PlantingCard {
    /// The key of the site where they were planted.
    #[n(0)]
    pub site: String,
    /// The scientific name of the species.
    #[n(1)]
    pub species: String,
    /// How many seedlings were planted.
    #[n(2)]
    pub seedlings: u32,
    /// The planted area, in square metres.
    #[n(3)]
    pub square_metres: u64,
}

/// Something that somebody must read.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize)]
pub struct Incident {
    /// The key of the site where it happened.
    #[n(0)]
    pub site: String,
    /// What happened, in the words of whoever reports it.
    #[n(1)]
    pub text: String,
    /// The person or walk-in whom it concerns, if it is one.
    #[n(2)]
    pub subject: Option<Subject>,
}

/// Someone heard a briefing.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Briefing {
    /// The person or walk-in who heard the briefing.
    #[n(0)]
    pub subject: Subject,
    /// The edition of the text that was read out.
    #[n(1)]
    pub version: String,
    /// BCP 47 tag of the language it was given in.
    #[n(2)]
    pub language: String,
}

/// Work that someone did from somewhere else, as they say themselves.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize)]
pub struct RemoteWork {
    /// The person or walk-in who worked.
    #[n(0)]
    pub subject: Subject,
    /// The key of the remote task, as the event lists it.
    #[n(1)]
    pub task: String,
    /// When the work began.
    #[n(2)]
    pub start: UnixMillis,
    /// When the work ended; after `start`.
    #[n(3)]
    pub end: UnixMillis,
    /// What was done, in their own words.
    #[n(4)]
    pub note: String,
}

/// Asks for a correction. It changes nothing until an organizer edits.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize)]
pub struct Request {
    /// The person or walk-in whom it concerns, if it is one.
    #[n(0)]
    pub subject: Option<Subject>,
    /// The edit that would settle it, if it is one of a field.
    #[n(1)]
    pub edit: Option<PersonEdit>,
    /// The correction, in the words of whoever asks for it.
    #[n(2)]
    pub text: String,
}

/// A guardian consented to someone's taking part.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize)]
pub struct GuardianConsent {
    /// The person or walk-in who takes part.
    #[n(0)]
    pub subject: Subject,
    /// The name of the guardian who consented.
    #[n(1)]
    pub guardian: String,
}

/// Something done by many together.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize)]
pub struct Deed {
    /// The key of the site where it was done.
    #[n(0)]
    pub site: String,
    /// What was done, in a few words.
    #[n(1)]
    pub title: String,
    /// Everybody who took part.
    #[n(2)]
    pub participants: Vec<Subject>,
}

/// One device's log in one incarnation, as far as it is known here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Log {
    /// The device that recorded it.
    pub device: DeviceId,
    /// The incarnation in which the device recorded it.
    pub incarnation: Incarnation,
    /// The entries in the order in which they were recorded; the position of an entry is its counter.
    pub entries: Vec<Entry>,
}

impl Log {
    /// A log without any entry.
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
