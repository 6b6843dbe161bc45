//! How a value lies in a document: canonical CBOR, with who wrote it and when.

use minicbor::{Decode, Encode};

use crate::ids::DeviceId;
use crate::time::ClockReading;

/// A value of a register may be no longer than this.
pub(crate) const VALUE_LIMIT_BYTES: usize = 16 * 1024;

/// The name of a register may be no longer than this.
pub(crate) const KEY_LIMIT_BYTES: usize = 512;

/// A value of a register, with who wrote it and what their clocks read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authored<T> {
    /// The value that was written.
    pub value: T,
    /// The device that wrote it, or for which home wrote it.
    pub by: DeviceId,
    /// What the author's clocks read.
    pub reading: ClockReading,
}

impl<T> Authored<T> {
    /// The same author and time with another value.
    pub fn map<U>(&self, f: impl FnOnce(&T) -> U) -> Authored<U> {
        Authored { value: f(&self.value), by: self.by, reading: self.reading }
    }
}

/// How a value lies in a register: with the author's clock reading. The author follows from the change's actor, unless
/// home wrote the value for another.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(crate) struct Stored<T> {
    #[n(0)]
    pub reading: ClockReading,
    #[n(1)]
    pub value: T,
    #[n(2)]
    pub origin: Option<Origin>,
}

impl<T> Stored<T> {
    pub(crate) const fn new(reading: ClockReading, value: T) -> Self {
        Self { reading, value, origin: None }
    }
}

/// Who put a value into a register in an earlier era, for whom home puts it there in this one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub(crate) struct Origin {
    #[n(0)]
    pub by: DeviceId,
    /// The counter of the operation that put it there then.
    #[n(1)]
    pub counter: u64,
}

/// What the clocks of whoever put a value into a register read.
pub(crate) fn reading_of(stored: &[u8]) -> Result<ClockReading, Unfit> {
    let mut decoder = minicbor::Decoder::new(stored);
    decoder.array().and_then(|_| decoder.decode()).map_err(|_| Unfit)
}

/// For whom home put a value into a register; `None` for a value that its author put there.
pub(crate) fn origin_of(stored: &[u8]) -> Result<Option<Origin>, Unfit> {
    let mut decoder = minicbor::Decoder::new(stored);
    match decoder.array().map_err(|_| Unfit)? {
        Some(3) => {
            decoder.skip().and_then(|()| decoder.skip()).map_err(|_| Unfit)?;
            decoder.decode().map_err(|_| Unfit)
        }
        _ => Ok(None),
    }
}

/// The same value, put there for `origin`.
pub(crate) fn with_origin(stored: &[u8], origin: Origin) -> Result<Vec<u8>, Unfit> {
    let mut decoder = minicbor::Decoder::new(stored);
    decoder.array().map_err(|_| Unfit)?;
    let start = decoder.position();
    decoder.skip().and_then(|()| decoder.skip()).map_err(|_| Unfit)?;
    let content = stored.get(start..decoder.position()).ok_or(Unfit)?;
    Ok([&[0x83], content, &encode(&origin)].concat())
}

/// A value that does not belong where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Unfit;

pub(crate) fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("writing to memory does not fail")
}

/// Decodes a value that must be in its one canonical form, with nothing after it.
pub(crate) fn decode_exact<T: for<'b> Decode<'b, ()> + Encode<()>>(bytes: &[u8]) -> Result<T, Unfit> {
    let value = minicbor::decode(bytes).map_err(|_| Unfit)?;
    let mut left = Expected(bytes);
    minicbor::encode(&value, &mut left).map_err(|_| Unfit)?;
    if left.0.is_empty() { Ok(value) } else { Err(Unfit) }
}

/// Decodes a value that was found to be in its canonical form before, with nothing after it.
pub(crate) fn decode_whole<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, Unfit> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let value = decoder.decode().map_err(|_| Unfit)?;
    if decoder.position() == bytes.len() { Ok(value) } else { Err(Unfit) }
}

/// The bytes that are still to be written; writing others fails.
struct Expected<'a>(&'a [u8]);

impl minicbor::encode::Write for Expected<'_> {
    type Error = Unfit;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Unfit> {
        self.0 = self.0.strip_prefix(bytes).ok_or(Unfit)?;
        Ok(())
    }
}

pub(crate) fn authored<T: for<'b> Decode<'b, ()> + Encode<()>>(
    values: &[(DeviceId, Vec<u8>)],
) -> Result<Vec<Authored<T>>, Unfit> {
    values
        .iter()
        .map(|(by, bytes)| {
            let Stored { reading, value, origin } = decode_exact::<Stored<T>>(bytes)?;
            Ok(Authored { value, by: origin.map_or(*by, |origin| origin.by), reading })
        })
        .collect()
}
