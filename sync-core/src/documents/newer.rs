//! What a newer version of the program wrote and this one cannot read: kept, passed on, and counted.
//!
//! A new kind of record, or a new register, begins with the subjects of whom it speaks. So this version erases what is said
//! of somebody without knowing what it says. Everything behind the subjects is kept to the byte. It must be canonical CBOR:
//! otherwise a version that can read it would refuse what this one took.

use std::collections::BTreeSet;

use minicbor::decode::Error as DecodeError;
use minicbor::encode::{Error as EncodeError, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};

use super::log::KNOWN_KINDS;
use crate::ids::Subject;

/// Arrays and maps may stand in each other no deeper than this.
const DEPTH_LIMIT: u8 = 16;

/// Something that only a newer version can read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewerContent {
    /// The people and walk-ins of whom it speaks.
    pub subjects: Vec<Subject>,
    /// How many values follow the subjects.
    values: u64,
    /// The values, as they were written.
    bytes: Vec<u8>,
}

/// A record of a kind that this version does not know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewerRecord {
    kind: u16,
    content: NewerContent,
}

impl NewerContent {
    /// Takes values that are encoded one behind the other. `None` where they are not canonical CBOR.
    #[must_use]
    pub fn new(subjects: Vec<Subject>, bytes: Vec<u8>) -> Option<Self> {
        let (mut values, mut rest) = (0, bytes.as_slice());
        while !rest.is_empty() {
            rest = behind_value(rest, DEPTH_LIMIT)?;
            values += 1;
        }
        Some(Self { subjects, values, bytes })
    }

    /// Whether it speaks of somebody.
    pub(crate) fn speaks_of(&self, subjects: &BTreeSet<Subject>) -> bool {
        self.subjects.iter().any(|subject| subjects.contains(subject))
    }

    /// What is left once somebody of whom it speaks is erased: that there was something.
    pub(crate) fn emptied(&self) -> Self {
        Self { subjects: self.subjects.clone(), values: 0, bytes: Vec::new() }
    }

    fn encode_parts<W: Write>(&self, e: &mut Encoder<W>) -> Result<(), EncodeError<W::Error>> {
        e.encode(&self.subjects)?.writer_mut().write_all(&self.bytes).map_err(EncodeError::write)
    }

    /// Reads the subjects and all that follows them in an array of so many more values.
    fn decode_parts(d: &mut Decoder<'_>, parts: u64) -> Result<Self, DecodeError> {
        let values = parts.checked_sub(1).ok_or_else(|| DecodeError::message("no subjects"))?;
        let subjects = d.decode()?;
        let start = d.position();
        for _ in 0..values {
            d.skip()?;
        }
        let bytes = d.input().get(start..d.position()).unwrap_or_default().to_vec();
        let content = Self::new(subjects, bytes).filter(|content| content.values == values);
        content.ok_or_else(|| DecodeError::message("not canonical"))
    }
}

impl<C> Encode<C> for NewerContent {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(self.values + 1)?;
        self.encode_parts(e)
    }
}

impl<'b, C> Decode<'b, C> for NewerContent {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let parts = length(d)?;
        Self::decode_parts(d, parts)
    }
}

impl NewerRecord {
    /// A record of this kind; `None` for a kind that this version knows.
    #[must_use]
    pub fn new(kind: u16, content: NewerContent) -> Option<Self> {
        (kind >= KNOWN_KINDS).then_some(Self { kind, content })
    }

    pub(super) const fn kind(&self) -> u16 {
        self.kind
    }

    /// The content of the record: its subjects, and bytes that this version cannot read.
    #[must_use]
    pub const fn content(&self) -> &NewerContent {
        &self.content
    }

    /// What is left of it once somebody of whom it speaks is erased.
    pub(super) fn emptied(&self) -> Self {
        Self { kind: self.kind, content: self.content.emptied() }
    }

    /// Reads what stands behind the kind in an array of so many values.
    pub(super) fn decode_behind(d: &mut Decoder<'_>, kind: u16, length: u64) -> Result<Self, DecodeError> {
        let content = NewerContent::decode_parts(d, length.saturating_sub(1))?;
        Self::new(kind, content).ok_or_else(|| DecodeError::message("a kind that is not newer"))
    }
}

impl<C> Encode<C> for NewerRecord {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(self.content.values + 2)?.u16(self.kind)?;
        self.content.encode_parts(e)
    }
}

impl<'b, C> Decode<'b, C> for NewerRecord {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let length = length(d)?;
        let kind = d.u16()?;
        Self::decode_behind(d, kind, length)
    }
}

/// What the name of a register begins with that a version may add: no id does, and none has a capital letter.
pub(super) fn may_name_a_register(key: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let family = key.split('.').next().unwrap_or_default();
    family.starts_with(|c: char| c.is_ascii_lowercase()) && family.chars().all(is_of_name)
}

/// The length of an array that says it.
pub(super) fn length(d: &mut Decoder<'_>) -> Result<u64, DecodeError> {
    d.array()?.ok_or_else(|| DecodeError::message("an array without a length"))
}

/// What follows the first value; `None` where there is none in the one form of canonical CBOR that this product writes:
/// numbers as short as they can be, lengths told, no tags, no fractions.
fn behind_value(bytes: &[u8], depth: u8) -> Option<&[u8]> {
    let (first, rest) = bytes.split_first()?;
    let (major, info) = (first >> 5, first & 0x1f);
    if major == 7 {
        // False, true and null.
        return (20..=22).contains(&info).then_some(rest);
    }
    let (size, least) = match info {
        0..=23 => (0, 0),
        24 => (1, 24),
        25 => (2, 1 << 8),
        26 => (4, 1 << 16),
        27 => (8, 1 << 32),
        _ => return None,
    };
    let (argument, rest) = rest.split_at_checked(size)?;
    let number = match argument {
        [] => u64::from(info),
        bytes => bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)),
    };
    let content = || rest.split_at_checked(usize::try_from(number).ok()?);
    match major {
        _ if number < least => None,
        0 | 1 => Some(rest),
        2 => Some(content()?.1),
        3 => content().filter(|(text, _)| std::str::from_utf8(text).is_ok()).map(|(_, rest)| rest),
        4 | 5 => {
            let inner = depth.checked_sub(1)?;
            let mut values = 0..number.checked_mul(u64::from(major - 3))?;
            values.try_fold(rest, |rest, _| behind_value(rest, inner))
        }
        _ => None,
    }
}
