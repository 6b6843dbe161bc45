//! Identifiers, parsed once at the edge.
//!
//! Owns how ids look, how they are derived and how they are written in CBOR. Does not own randomness:
//! whoever needs a fresh id hands in the entropy.

mod document;

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::canonical::canonical_code;

pub use self::document::{DocumentRef, Era, EraId, SharedDocument};

/// Says that a text is not an id of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {kind}: expected {expected}")]
pub struct InvalidId {
    /// What was asked for, e.g. `device id`.
    pub kind: &'static str,
    /// What such an id looks like.
    pub expected: &'static str,
    /// What was found instead.
    pub text: String,
}

/// Computes SHA-256 over a domain tag and parts, each part preceded by its length.
///
/// The length prefixes make the input unambiguous: no two lists of parts share an encoding.
pub(crate) fn tagged_hash(domain: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in std::iter::once(&domain.as_bytes()).chain(parts) {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

fn first_bytes<const N: usize>(hash: [u8; 32]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&hash[..N]);
    out
}

fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(digits.chunks(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(out)
}

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $len:literal, $kind:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; $len]);

        impl $name {
            /// The id as the bytes that it is made of.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse_hex(text).map(Self).ok_or_else(|| InvalidId {
                    kind: $kind,
                    expected: $expected,
                    text: text.chars().take(80).collect(),
                })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

byte_id!(
    /// An event: one action in the field, with its own people, sites and days.
    EventId, 16, "event id", "32 hexadecimal digits"
);
byte_id!(
    /// A national office, a region or an organisation; drawn at random.
    NodeId, 8, "node id", "16 hexadecimal digits"
);
byte_id!(
    /// A device that was let in: the first 16 bytes of a hash of its public key, so nobody can claim another's.
    DeviceId, 16, "device id", "32 hexadecimal digits"
);
byte_id!(
    /// One Automerge document, which follows from the event and the kind of document: see [`DocumentRef::id`].
    DocumentId, 16, "document id", "32 hexadecimal digits"
);
byte_id!(
    /// The author of a chain of changes in one document, as Automerge names it.
    Actor, 16, "actor", "32 hexadecimal digits"
);
byte_id!(
    /// The SHA-256 of a change's content, as Automerge computes it.
    ChangeHash, 32, "change hash", "64 hexadecimal digits"
);
byte_id!(
    /// A ruling of an organizer; drawn at random.
    RulingId, 8, "ruling id", "16 hexadecimal digits"
);
byte_id!(
    /// One life of a device's journal. Drawn at random and kept outside backups, so that a restored journal
    /// starts a new one and never reuses a sequence number.
    Incarnation, 8, "incarnation", "16 hexadecimal digits"
);

impl DeviceId {
    /// Derives the id of the device that holds `public_key`.
    #[must_use]
    pub fn of_key(public_key: &[u8; 32]) -> Self {
        Self(first_bytes(tagged_hash("saxaul/device", &[public_key])))
    }
}

impl Incarnation {
    /// Derives the incarnation that follows one drawn at random, for a process that needs a second one.
    #[must_use]
    pub(crate) fn following(self) -> Self {
        Self(first_bytes(tagged_hash("saxaul/incarnation", &[&self.0])))
    }
}

impl Actor {
    /// Derives the actor of a device, in one of its incarnations, in one document.
    #[must_use]
    pub fn of(document: DocumentId, public_key: &[u8; 32], incarnation: Incarnation) -> Self {
        Self(first_bytes(tagged_hash("saxaul/actor", &[&document.0, public_key, &incarnation.0])))
    }

    /// Derives the author of a document's genesis change. No device can hold it.
    #[must_use]
    pub fn genesis(document: DocumentId) -> Self {
        Self(first_bytes(tagged_hash("saxaul/genesis", &[&document.0])))
    }
}

/// Someone on the roster. Always even.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(u64);

/// Someone registered at a gate, not (yet) known to be on the roster. Always odd.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WalkInId(u64);

impl PersonId {
    /// Makes an id from 64 bits of entropy, of which 63 are used.
    #[must_use]
    pub const fn from_entropy(bits: u64) -> Self {
        Self(bits & !1)
    }

    /// Derives the id of the person an issuer knows under `value`, so that two offices that import one list
    /// without a network mean the same person, in whatever alphabet and case each typed the code.
    #[must_use]
    pub fn of_external(event: EventId, issuer: &str, value: &str) -> Self {
        let hash = tagged_hash("saxaul/person", &[&event.0, issuer.as_bytes(), canonical_code(value).as_bytes()]);
        Self::from_entropy(u64::from_be_bytes(first_bytes(hash)))
    }

    /// The id as a number, for encodings.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.0
    }
}

impl WalkInId {
    /// Makes an id from 64 bits of entropy, of which 63 are used.
    #[must_use]
    pub const fn from_entropy(bits: u64) -> Self {
        Self(bits | 1)
    }

    /// The id as a number, for encodings.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.0
    }
}

/// Whom an entry or a ruling speaks of. Persons of the roster sort before walk-ins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Somebody on the roster.
    Person(PersonId),
    /// Registered at a gate.
    WalkIn(WalkInId),
}

impl Subject {
    /// The id as one number; its lowest bit tells which kind it is.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        match self {
            Self::Person(id) => id.0,
            Self::WalkIn(id) => id.0,
        }
    }

    /// The inverse of [`Subject::to_bits`]: every number is a subject.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        if bits & 1 == 0 { Self::Person(PersonId(bits)) } else { Self::WalkIn(WalkInId(bits)) }
    }
}

macro_rules! number_id {
    ($name:ident, $kind:literal, $from:expr, $accepts:expr) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:016x}", self.to_bits())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse_hex(text).map(u64::from_be_bytes).filter($accepts).map($from).ok_or_else(|| InvalidId {
                    kind: $kind,
                    expected: "16 hexadecimal digits",
                    text: text.chars().take(80).collect(),
                })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.u64(self.to_bits())?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                let bits = d.u64()?;
                if $accepts(&bits) {
                    Ok($from(bits))
                } else {
                    Err(minicbor::decode::Error::message(concat!("not a ", $kind)))
                }
            }
        }
    };
}

number_id!(PersonId, "person id", PersonId, |bits: &u64| bits.is_multiple_of(2));
number_id!(WalkInId, "walk-in id", WalkInId, |bits: &u64| !bits.is_multiple_of(2));
number_id!(Subject, "subject", Subject::from_bits, |_: &u64| true);

/// Points at one entry of one log.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode, serde::Serialize, serde::Deserialize,
)]
pub struct EntryRef {
    /// The device that recorded it.
    #[n(0)]
    pub device: DeviceId,
    /// Which of its logs.
    #[n(1)]
    pub incarnation: Incarnation,
    /// Its position in that log, from 0.
    #[n(2)]
    pub counter: u64,
}

impl fmt::Display for EntryRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.device, self.incarnation, self.counter)
    }
}

impl FromStr for EntryRef {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let parts: Vec<&str> = text.split('/').collect();
        let entry = match parts.as_slice() {
            [device, incarnation, counter] => (device.parse().ok(), incarnation.parse().ok(), counter.parse().ok()),
            _ => (None, None, None),
        };
        let (Some(device), Some(incarnation), Some(counter)) = entry else {
            return Err(InvalidId {
                kind: "entry",
                expected: "device/incarnation/number",
                text: text.chars().take(80).collect(),
            });
        };
        Ok(Self { device, incarnation, counter })
    }
}

/// How many changes and statements a replica has admitted for an event: 0 is none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Encode, Decode, serde::Serialize)]
#[cbor(transparent)]
pub struct Revision(#[n(0)] pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_text_and_reject_other_text() {
        let device = DeviceId::of_key(&[7; 32]);
        assert_eq!(device.to_string().parse::<DeviceId>(), Ok(device));
        assert!("zz".parse::<DeviceId>().is_err());
        let entry = EntryRef { device, incarnation: Incarnation([1; 8]), counter: 7 };
        assert_eq!(entry.to_string().parse::<EntryRef>(), Ok(entry));
        assert!("1/2".parse::<EntryRef>().is_err() && format!("{entry}/8").parse::<EntryRef>().is_err());
        assert!("ф".repeat(16).parse::<DeviceId>().is_err());
    }

    #[test]
    fn a_subject_keeps_its_kind() {
        let person = Subject::Person(PersonId::from_entropy(u64::MAX));
        let walk_in = Subject::WalkIn(WalkInId::from_entropy(0));
        assert_eq!(Subject::from_bits(person.to_bits()), person);
        assert_eq!(Subject::from_bits(walk_in.to_bits()), walk_in);
        assert!(walk_in.to_string().parse::<PersonId>().is_err());
    }

    #[test]
    fn document_ids_differ_by_event_kind_and_author() {
        let events = [EventId([1; 16]), EventId([2; 16])];
        let log = |n| DocumentRef::Log { device: DeviceId([n; 16]), incarnation: Incarnation([0; 8]) };
        let mut ids: Vec<_> = events
            .iter()
            .flat_map(|event| {
                [DocumentRef::Event, DocumentRef::ROSTER, DocumentRef::RULINGS, log(1), log(2)]
                    .map(|document| document.id(*event))
            })
            .collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 10);
    }
}
