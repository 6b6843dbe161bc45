//! The columns of an Automerge change: run-length, delta and boolean encodings, in their one canonical form.
//!
//! Source: Automerge Binary Document Format, sections "Column types" and "Run length encoding".

use super::change::error::ChangeError;

/// Reads bytes and never past the end.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], ChangeError> {
        let (head, rest) = self.bytes.split_at_checked(len).ok_or(ChangeError::Truncated)?;
        self.bytes = rest;
        Ok(head)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ChangeError> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    /// Unsigned LEB128 of at most 64 bits.
    pub(super) fn unsigned(&mut self) -> Result<u64, ChangeError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(ChangeError::NotCanonical);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(ChangeError::NotCanonical)
    }

    /// Signed LEB128 of at most 64 bits.
    pub(super) fn signed(&mut self) -> Result<i64, ChangeError> {
        let mut value = 0i64;
        for shift in (0..70).step_by(7) {
            let byte = self.take(1)?[0];
            let bits = i64::from(byte & 0x7f);
            if shift == 63 && bits != 0 && bits != 0x7f {
                return Err(ChangeError::NotCanonical);
            }
            value |= bits.wrapping_shl(shift);
            if byte & 0x80 == 0 {
                let unused = 64i64 - i64::from(shift) - 7;
                if unused > 0 {
                    value = (value << unused) >> unused;
                }
                return Ok(value);
            }
        }
        Err(ChangeError::NotCanonical)
    }

    /// A length that can be used as one: no more than `limit`.
    pub(super) fn length(&mut self, limit: usize) -> Result<usize, ChangeError> {
        let length = usize::try_from(self.unsigned()?).map_err(|_| ChangeError::TooLarge)?;
        if length > limit { Err(ChangeError::TooLarge) } else { Ok(length) }
    }
}

pub(super) fn put_unsigned(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(super) fn put_signed(mut value: i64, out: &mut Vec<u8>) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// A kind of value that a run-length column can hold.
pub(super) trait Cell<'a>: Copy + PartialEq {
    fn read(reader: &mut Reader<'a>) -> Result<Self, ChangeError>;
    fn put(self, out: &mut Vec<u8>);
}

impl Cell<'_> for u64 {
    fn read(reader: &mut Reader<'_>) -> Result<Self, ChangeError> {
        reader.unsigned()
    }
    fn put(self, out: &mut Vec<u8>) {
        put_unsigned(self, out);
    }
}

impl Cell<'_> for i64 {
    fn read(reader: &mut Reader<'_>) -> Result<Self, ChangeError> {
        reader.signed()
    }
    fn put(self, out: &mut Vec<u8>) {
        put_signed(self, out);
    }
}

impl<'a> Cell<'a> for &'a str {
    fn read(reader: &mut Reader<'a>) -> Result<Self, ChangeError> {
        let len = reader.length(usize::MAX)?;
        std::str::from_utf8(reader.take(len)?).map_err(|_| ChangeError::NotCanonical)
    }
    fn put(self, out: &mut Vec<u8>) {
        put_unsigned(self.len() as u64, out);
        out.extend_from_slice(self.as_bytes());
    }
}

/// Reads a run-length column of at most `limit` cells, null where a cell has no value.
pub(super) fn read_runs<'a, T: Cell<'a>>(bytes: &'a [u8], limit: usize) -> Result<Vec<Option<T>>, ChangeError> {
    let mut reader = Reader::new(bytes);
    let mut cells = Vec::new();
    while !reader.is_empty() {
        let count = reader.signed()?;
        let length = match count {
            0 => reader.unsigned()?,
            count => count.unsigned_abs(),
        };
        let length = usize::try_from(length).map_err(|_| ChangeError::TooLarge)?;
        if length > limit - cells.len() {
            return Err(ChangeError::TooLarge);
        }
        if count == 0 {
            cells.resize(cells.len() + length, None);
        } else if count > 0 {
            let value = T::read(&mut reader)?;
            cells.resize(cells.len() + length, Some(value));
        } else {
            for _ in 0..length {
                cells.push(Some(T::read(&mut reader)?));
            }
        }
    }
    Ok(cells)
}

/// Writes a run-length column. A column of nulls alone is empty.
pub(super) fn put_runs<'a, T: Cell<'a>>(cells: impl IntoIterator<Item = Option<T>>, out: &mut Vec<u8>) {
    let start = out.len();
    let mut cells = cells.into_iter().peekable();
    let mut literal: Vec<T> = Vec::new();
    let mut only_nulls = true;
    while let Some(cell) = cells.next() {
        let mut count = 1u64;
        while cells.next_if_eq(&cell).is_some() {
            count += 1;
        }
        match cell {
            Some(value) if count == 1 => literal.push(value),
            _ => {
                put_literal(&mut literal, out);
                match cell {
                    None => {
                        out.push(0);
                        put_unsigned(count, out);
                    }
                    Some(value) => {
                        put_signed(count.cast_signed(), out);
                        value.put(out);
                    }
                }
            }
        }
        only_nulls &= cell.is_none();
    }
    put_literal(&mut literal, out);
    if only_nulls {
        out.truncate(start);
    }
}

fn put_literal<'a, T: Cell<'a>>(literal: &mut Vec<T>, out: &mut Vec<u8>) {
    if !literal.is_empty() {
        put_signed(-(literal.len() as i64), out);
        literal.drain(..).for_each(|value| value.put(out));
    }
}

/// Reads a delta column: each cell is the difference to the last cell that had a value.
pub(super) fn read_deltas(bytes: &[u8], limit: usize) -> Result<Vec<Option<i64>>, ChangeError> {
    let mut last = 0i64;
    read_runs::<i64>(bytes, limit)?
        .into_iter()
        .map(|delta| {
            delta
                .map(|delta| {
                    last = last.checked_add(delta).ok_or(ChangeError::NotCanonical)?;
                    Ok(last)
                })
                .transpose()
        })
        .collect()
}

/// Writes a delta column.
pub(super) fn put_deltas(cells: impl IntoIterator<Item = i64>, out: &mut Vec<u8>) {
    let mut last = 0i64;
    let deltas = cells.into_iter().map(|value| {
        let delta = value.wrapping_sub(last);
        last = value;
        Some(delta)
    });
    put_runs(deltas, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_survive(value: u64, other: i64) {
            let mut out = Vec::new();
            put_unsigned(value, &mut out);
            put_signed(other, &mut out);
            let mut reader = Reader::new(&out);
            prop_assert_eq!(reader.unsigned().unwrap(), value);
            prop_assert_eq!(reader.signed().unwrap(), other);
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn runs_survive(cells in proptest::collection::vec(proptest::option::of(0u64..3), 0..40)) {
            let mut out = Vec::new();
            put_runs(cells.clone(), &mut out);
            let read = read_runs::<u64>(&out, 40).unwrap();
            if cells.iter().any(Option::is_some) {
                prop_assert_eq!(read, cells);
            } else {
                prop_assert!(read.is_empty());
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = read_runs::<&str>(&bytes, 100);
            let _ = read_deltas(&bytes, 100);
        }
    }

    #[test]
    fn a_run_may_not_claim_more_than_the_limit() {
        let mut out = Vec::new();
        put_signed(i64::MAX, &mut out);
        put_unsigned(1, &mut out);
        assert_eq!(read_runs::<u64>(&out, 1000), Err(ChangeError::TooLarge));
    }
}
