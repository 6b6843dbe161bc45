//! The columns of a change: which there are, in which order, and how operations are read from them.

use super::super::columns::{Reader, put_runs, put_unsigned, read_deltas, read_runs};
use super::{Body, CHANGE_LIMIT_BYTES, CHANGE_LIMIT_OPS, ChangeError, OpId, Put};
use crate::ids::Actor;

pub(super) const ACTION_MAKE_MAP: u64 = 0;
pub(super) const ACTION_PUT: u64 = 1;
pub(super) const ACTION_MAKE_LIST: u64 = 2;
const VALUE_BYTES: u64 = 7;

/// The columns that a change may have, by Automerge's column specification, in the order in which they are written.
const COLUMNS: [u64; 12] = [0x01, 0x02, 0x11, 0x13, 0x15, 0x34, 0x42, 0x56, 0x57, 0x70, 0x71, 0x73];
pub(super) const OBJECT_ACTOR: usize = 0;
pub(super) const OBJECT_COUNTER: usize = 1;
pub(super) const KEY_ACTOR: usize = 2;
pub(super) const KEY_COUNTER: usize = 3;
pub(super) const KEY_STRING: usize = 4;
pub(super) const INSERT: usize = 5;
pub(super) const ACTION: usize = 6;
pub(super) const VALUE_META: usize = 7;
pub(super) const VALUE: usize = 8;
pub(super) const PRED_COUNT: usize = 9;
pub(super) const PRED_ACTOR: usize = 10;
pub(super) const PRED_COUNTER: usize = 11;

#[derive(Default)]
pub(super) struct OwnColumns([Vec<u8>; COLUMNS.len()]);

impl OwnColumns {
    pub(super) const fn at(&mut self, column: usize) -> &mut Vec<u8> {
        &mut self.0[column]
    }

    /// About how long they are, written.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|column| column.len() + 4).sum()
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let present = || COLUMNS.iter().zip(&self.0).filter(|(_, bytes)| !bytes.is_empty());
        put_unsigned(present().count() as u64, out);
        for (spec, bytes) in present() {
            put_unsigned(*spec, out);
            put_unsigned(bytes.len() as u64, out);
        }
        present().for_each(|(_, bytes)| out.extend_from_slice(bytes));
    }
}

pub(super) struct RawColumns<'a>([&'a [u8]; COLUMNS.len()]);

impl<'a> RawColumns<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, ChangeError> {
        let count = reader.length(COLUMNS.len())?;
        let mut layout = Vec::with_capacity(count);
        for _ in 0..count {
            let spec = reader.unsigned()?;
            let column = COLUMNS.iter().position(|known| *known == spec).ok_or(ChangeError::ForeignShape)?;
            layout.push((column, reader.length(CHANGE_LIMIT_BYTES)?));
        }
        let mut columns = [&[] as &[u8]; COLUMNS.len()];
        for (column, len) in layout {
            columns[column] = reader.take(len)?;
        }
        Ok(Self(columns))
    }

    fn numbers(&self, column: usize, limit: usize) -> Result<Vec<Option<u64>>, ChangeError> {
        read_runs(self.0[column], limit)
    }

    /// Reads the operations. What is not looked at here is caught when the change is encoded again.
    pub(super) fn body(&self, actors: &[Actor]) -> Result<(Actor, Body<'a>), ChangeError> {
        let actions = self.numbers(ACTION, CHANGE_LIMIT_OPS)?;
        let objects = self.numbers(OBJECT_ACTOR, 1.max(actions.len()))?;
        let genesis = match objects.first() {
            Some(Some(index)) => actor_at(actors, *index)?,
            _ => return Err(ChangeError::ForeignShape),
        };
        let values = self.values(actions.len())?;
        if self.0[KEY_STRING].is_empty() {
            let first = read_deltas(self.0[KEY_COUNTER], actions.len())?;
            let after = match first.first() {
                Some(Some(0)) => None,
                Some(Some(counter)) => Some(counter.cast_unsigned()),
                _ => return Err(ChangeError::ForeignShape),
            };
            return Ok((genesis, Body::Append { after, values }));
        }
        let keys = read_runs::<&str>(self.0[KEY_STRING], actions.len())?;
        if keys.len() != values.len() {
            return Err(ChangeError::ForeignShape);
        }
        let mut preds = self.preds(actors, values.len())?.into_iter();
        let puts = keys.into_iter().zip(values).map(|(key, value)| {
            let (key, over) = (key.ok_or(ChangeError::ForeignShape)?, preds.next().ok_or(ChangeError::ForeignShape)?);
            Ok(Put { key, value, over })
        });
        Ok((genesis, Body::Puts(puts.collect::<Result<_, ChangeError>>()?)))
    }

    fn values(&self, len: usize) -> Result<Vec<&'a [u8]>, ChangeError> {
        let mut raw = Reader::new(self.0[VALUE]);
        let metas = self.numbers(VALUE_META, len)?;
        if metas.len() != len {
            return Err(ChangeError::ForeignShape);
        }
        metas
            .into_iter()
            .map(|meta| match meta {
                Some(meta) if meta & 0xf == VALUE_BYTES => {
                    raw.take(usize::try_from(meta >> 4).map_err(|_| ChangeError::TooLarge)?)
                }
                _ => Err(ChangeError::ForeignShape),
            })
            .collect()
    }

    fn preds(&self, actors: &[Actor], len: usize) -> Result<Vec<Vec<OpId>>, ChangeError> {
        let counts = self.numbers(PRED_COUNT, len)?;
        let by = self.numbers(PRED_ACTOR, CHANGE_LIMIT_OPS)?;
        let counters = read_deltas(self.0[PRED_COUNTER], CHANGE_LIMIT_OPS)?;
        let mut ops = by.into_iter().zip(counters).map(|pair| match pair {
            (Some(index), Some(counter)) => {
                Ok(OpId { counter: counter.cast_unsigned(), actor: actor_at(actors, index)? })
            }
            _ => Err(ChangeError::ForeignShape),
        });
        let mut preds = Vec::with_capacity(counts.len());
        for count in counts {
            let count = usize::try_from(count.ok_or(ChangeError::ForeignShape)?).map_err(|_| ChangeError::TooLarge)?;
            let over = ops.by_ref().take(count).collect::<Result<Vec<_>, _>>()?;
            if over.len() != count || !over.is_sorted_by(|a, b| a < b) {
                return Err(ChangeError::ForeignShape);
            }
            preds.push(over);
        }
        Ok(preds)
    }
}

fn actor_at(actors: &[Actor], index: u64) -> Result<Actor, ChangeError> {
    let actor = usize::try_from(index).ok().and_then(|index| actors.get(index));
    actor.copied().ok_or(ChangeError::ForeignShape)
}

#[derive(Clone, Copy)]
pub(super) enum Booleans {
    AllTrue,
    AllFalse,
}

/// Writes a boolean column: lengths of runs, false first.
pub(super) fn put_booleans(cells: Booleans, len: usize, out: &mut Vec<u8>) {
    if let Booleans::AllTrue = cells {
        out.push(0);
    }
    put_unsigned(len as u64, out);
}

pub(super) fn put_values<'a>(values: impl Iterator<Item = &'a [u8]> + Clone, columns: &mut OwnColumns) {
    put_runs(values.clone().map(|value| Some((value.len() as u64) << 4 | VALUE_BYTES)), columns.at(VALUE_META));
    columns.at(VALUE).reserve_exact(values.clone().map(<[u8]>::len).sum());
    values.for_each(|value| columns.at(VALUE).extend_from_slice(value));
}
