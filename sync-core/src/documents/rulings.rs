//! What organizers decided. Rulings are only ever added; one cancels another by retracting it.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};

use super::newer::{NewerContent, may_name_a_register};
use crate::documents::{Authored, Unfit, authored};
use crate::ids::{ChangeHash, DeviceId, EntryRef, EventId, Incarnation, RulingId, Subject};
use crate::time::UnixMillis;

/// A decision with its reason.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Ruling {
    /// What was decided, of whom or of which records.
    #[n(0)]
    pub decision: Decision,
    /// Why, in the organizer's words; may be empty.
    #[n(1)]
    pub reason: String,
}

/// What can be decided.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(flat)]
pub enum Decision {
    /// Two subjects are one human being.
    #[n(0)]
    Same(#[n(0)] Subject, #[n(1)] Subject),
    /// Two subjects are two human beings.
    #[n(1)]
    NotSame(#[n(0)] Subject, #[n(1)] Subject),
    /// An entry has no effect.
    #[n(2)]
    Void(#[n(0)] EntryRef),
    /// Someone was there from `start` to `end`, as a paper list or a witness says.
    #[n(3)]
    Manual {
        /// The person or walk-in who was there.
        #[n(0)]
        subject: Subject,
        /// When somebody came, as an organizer grants it.
        #[n(1)]
        start: UnixMillis,
        /// When they left; not before `start`.
        #[n(2)]
        end: UnixMillis,
        /// The key of the site, if the list says it.
        #[n(3)]
        site: Option<String>,
    },
    /// The imputed time of someone's day counts as verified.
    #[n(4)]
    Confirm {
        /// The person or walk-in whose day it is.
        #[n(0)]
        subject: Subject,
        /// Days since 1970-01-01 of the date in the event's time zone.
        #[n(1)]
        day: i64,
        /// How much imputed time was seen: what comes later is not confirmed unseen. `None` confirms whatever there is.
        #[n(2)]
        imputed_ms: Option<u64>,
    },
    /// An earlier ruling has no effect.
    #[n(5)]
    Retract(#[n(0)] RulingId),
    /// Remote work was done as its entry says: it counts as time that an organizer granted.
    #[n(6)]
    Approve(#[n(0)] EntryRef),
    /// A report was published.
    #[n(7)]
    Publish(#[n(0)] Publication),
    /// More logs that a publication rests on.
    #[n(8)]
    PublishedLogs {
        /// The ruling that published the report.
        #[n(0)]
        publication: RulingId,
        /// How far each log was known.
        #[n(1)]
        logs: Vec<LogMark>,
    },
    /// More of the state that a publication rests on.
    #[n(11)]
    PublishedHeads {
        /// The ruling that published the report.
        #[n(0)]
        publication: RulingId,
        /// The heads of the event document.
        #[n(1)]
        event: Vec<ChangeHash>,
        /// The heads of the roster.
        #[n(2)]
        roster: Vec<ChangeHash>,
        /// The heads of the rulings.
        #[n(3)]
        rulings: Vec<ChangeHash>,
    },
    /// A subject is one human being with one of another event.
    #[n(9)]
    SameElsewhere {
        /// The person or walk-in of this event.
        #[n(0)]
        subject: Subject,
        /// The event to which the other record belongs.
        #[n(1)]
        event: EventId,
        /// The person or walk-in of the other event.
        #[n(2)]
        other: Subject,
    },
    /// A request was answered.
    #[n(10)]
    Answer {
        /// The entry that asks.
        #[n(0)]
        request: EntryRef,
        /// Whether the request was followed.
        #[n(1)]
        outcome: RequestOutcome,
    },
}

/// How a request was answered.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode, serde::Serialize, serde::Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum RequestOutcome {
    /// It was followed; the edit itself is one like any other.
    #[n(0)]
    Done,
    /// The request was not followed.
    #[n(1)]
    Declined,
}

/// A report that was published: what it rests on, and what it said in sum.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize)]
pub struct Publication {
    /// The number of the report: v1, v2, …
    #[n(0)]
    pub number: u32,
    /// The state of the event document.
    #[n(1)]
    pub event: Vec<ChangeHash>,
    /// The state of the roster.
    #[n(2)]
    pub roster: Vec<ChangeHash>,
    /// The state of the rulings, before this one.
    #[n(3)]
    pub rulings: Vec<ChangeHash>,
    /// How far each log was known; more of them stand in rulings of their own.
    #[n(4)]
    pub logs: Vec<LogMark>,
    /// How many logs it rests on in all.
    #[n(5)]
    pub log_count: u32,
    /// SHA-256 of the rows and sums.
    #[n(6)]
    pub digest: ReportDigest,
    /// What it said in sum: it stays when the rows can no longer be computed.
    #[n(7)]
    pub headline: Headline,
    /// How many changes the three states name in all, where some of them stand in rulings of their own.
    #[n(8)]
    pub head_count: Option<u32>,
    /// By which edition of the rules it was computed.
    #[n(9)]
    #[cbor(default)]
    pub edition: RulesEdition,
}

/// An edition of the rules of time and hours. A report that names none was computed by the first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode, serde::Serialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct RulesEdition(#[n(0)] pub u32);

impl RulesEdition {
    /// The rules of the first release.
    pub const FIRST: Self = Self(1);
    /// The rules by which this program computes. Whoever changes what the view computes from the same documents raises it.
    pub const CURRENT: Self = Self(2);
}

impl Default for RulesEdition {
    fn default() -> Self {
        Self::FIRST
    }
}

impl std::fmt::Display for RulesEdition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// SHA-256 of a report's rows and sums.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct ReportDigest(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl std::fmt::Display for ReportDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl serde::Serialize for ReportDigest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How far a log was known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, serde::Serialize)]
pub struct LogMark {
    /// The device whose log it is.
    #[n(0)]
    pub device: DeviceId,
    /// The incarnation in which the device recorded it.
    #[n(1)]
    pub incarnation: Incarnation,
    /// How many entries the log had.
    #[n(2)]
    pub entries: u64,
}

/// A report in a few figures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, serde::Serialize)]
pub struct Headline {
    /// Human beings who attended or have hours.
    #[n(0)]
    pub people: u64,
    /// Time between check-ins and check-outs.
    #[n(1)]
    pub observed_ms: u64,
    /// Time with one end taken from the opening hours.
    #[n(2)]
    pub imputed_ms: u64,
    /// Time that organizers granted.
    #[n(3)]
    pub manual_ms: u64,
    /// Observed and manual time, and confirmed imputed time.
    #[n(4)]
    pub verified_ms: u64,
    /// Full bags of litter.
    #[n(5)]
    pub bags: u64,
    /// Weight of litter, in grams.
    #[n(6)]
    pub grams: u64,
    /// Volume of litter, in litres.
    #[n(7)]
    pub litres: u64,
    /// How many seedlings were planted.
    #[n(8)]
    pub seedlings: u64,
    /// The planted area, in square metres.
    #[n(9)]
    pub square_metres: u64,
    /// How many deeds of many people were noted.
    #[n(10)]
    pub deeds: u64,
}

/// The rulings document, read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rulings {
    /// By id. Several under one id were written concurrently by someone who broke the rules: all of them hold,
    /// and a retraction of the id cancels all.
    pub by_id: BTreeMap<RulingId, Vec<Authored<Ruling>>>,
    /// Registers that only a newer version of the program can read.
    pub newer: BTreeSet<String>,
}

/// Whether only a newer version can read a register: it is called otherwise than by the id of a ruling.
pub(crate) fn is_newer(key: &str) -> bool {
    key.parse::<RulingId>().is_err() && may_name_a_register(key)
}

impl Rulings {
    /// Takes over what a register holds now.
    pub(crate) fn absorb(&mut self, key: &str, values: &[(DeviceId, Vec<u8>)]) -> Result<(), Unfit> {
        if is_newer(key) {
            authored::<NewerContent>(values)?;
            self.newer.insert(key.to_owned());
            return Ok(());
        }
        let id: RulingId = key.parse().map_err(|_| Unfit)?;
        if values.is_empty() || id.to_string() != key {
            return Err(Unfit);
        }
        self.by_id.insert(id, authored(values)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::roster::Person;
    use crate::documents::{decode_exact, encode};

    #[test]
    fn what_was_written_before_a_field_was_added_is_read_and_written_as_it_was() {
        let confirm = [0x83, 4, 2, 7];
        let (subject, day) = (Subject::from_bits(2), 7);
        assert_eq!(decode_exact(&confirm), Ok(Decision::Confirm { subject, day, imputed_ms: None }));
        let manual = [0x84, 3, 2, 1, 2];
        let (start, end) = (UnixMillis(1), UnixMillis(2));
        assert_eq!(decode_exact(&manual), Ok(Decision::Manual { subject, start, end, site: None }));
        let person = [0x8c, 0x80, 0xf6, 0xf6, 0xf6, 0xf6, 0x80, 0x80, 0x80, 0xf6, 0x80, 0xf6, 0x80];
        assert_eq!(decode_exact(&person), Ok(Person::default()));
    }

    #[test]
    fn what_is_new_has_one_form() {
        let (subject, entry) = (
            Subject::from_bits(2),
            EntryRef { device: DeviceId([1; 16]), incarnation: Incarnation([2; 8]), counter: 3 },
        );
        let (event, outcome) = (EventId([4; 16]), RequestOutcome::Declined);
        for decision in [
            Decision::Confirm { subject, day: 7, imputed_ms: Some(1) },
            Decision::Approve(entry),
            Decision::SameElsewhere { subject, event, other: Subject::from_bits(8) },
            Decision::Answer { request: entry, outcome },
            Decision::PublishedLogs { publication: RulingId([5; 8]), logs: Vec::new() },
            Decision::PublishedHeads {
                publication: RulingId([5; 8]),
                event: Vec::new(),
                roster: vec![ChangeHash([6; 32])],
                rulings: Vec::new(),
            },
        ] {
            assert_eq!(decode_exact(&encode(&decision)), Ok(decision));
        }
    }
}
