//! What is drawn at random: keys, incarnations and ids.

use crate::ids::{PersonId, RulingId, WalkInId};

/// Draws bytes that nobody can guess.
pub(super) fn entropy<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives entropy");
    bytes
}

/// Draws the id of somebody who is not on the list.
#[must_use]
#[cfg_attr(feature = "mobile", uniffi::export)]
pub fn new_walk_in_id() -> WalkInId {
    WalkInId::from_entropy(u64::from_be_bytes(entropy()))
}

/// Draws the id of somebody who is put on the roster.
#[must_use]
#[cfg_attr(feature = "mobile", uniffi::export)]
pub fn new_person_id() -> PersonId {
    PersonId::from_entropy(u64::from_be_bytes(entropy()))
}

/// Draws the id of a ruling.
#[must_use]
#[cfg_attr(feature = "mobile", uniffi::export)]
pub fn new_ruling_id() -> RulingId {
    RulingId(entropy())
}
