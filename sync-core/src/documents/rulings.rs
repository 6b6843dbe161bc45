//! What organizers decided. Rulings are only ever added; one cancels another by retracting it.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use crate::documents::{Authored, Unfit, authored};
use crate::ids::{DeviceId, EntryRef, RulingId, Subject};
use crate::time::UnixMillis;

/// A decision with its reason.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Ruling {
    /// What was decided.
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
        /// Who.
        #[n(0)]
        subject: Subject,
        /// From.
        #[n(1)]
        start: UnixMillis,
        /// To; not before `start`.
        #[n(2)]
        end: UnixMillis,
    },
    /// The imputed time of someone's day counts as verified.
    #[n(4)]
    Confirm {
        /// Who.
        #[n(0)]
        subject: Subject,
        /// Days since 1970-01-01 of the date in the event's time zone.
        #[n(1)]
        day: i64,
    },
    /// An earlier ruling has no effect.
    #[n(5)]
    Retract(#[n(0)] RulingId),
}

/// The rulings document, read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rulings {
    /// By id. Several under one id were written concurrently by someone who broke the rules: all of them hold,
    /// and a retraction of the id cancels all.
    pub by_id: BTreeMap<RulingId, Vec<Authored<Ruling>>>,
}

impl Rulings {
    /// Takes over what a register holds now.
    pub(crate) fn absorb(&mut self, key: &str, values: &[(DeviceId, Vec<u8>)]) -> Result<(), Unfit> {
        let id: RulingId = key.parse().map_err(|_| Unfit)?;
        if values.is_empty() || id.to_string() != key {
            return Err(Unfit);
        }
        self.by_id.insert(id, authored(values)?);
        Ok(())
    }
}
