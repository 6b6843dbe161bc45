//! What home states about a page of items, so that whoever carries the page need not be trusted.

use minicbor::{Decode, Encode};

use super::{Cursor, Item};
use crate::ids::{EventId, tagged_hash};
use crate::trust::{SaidByHome, Statement};

/// The home server vouches for a page: it has admitted these items, and they are what a reader at `from` was given up to
/// `to`.
///
/// The statement names no reader: a page for everybody who reads by one rule is made and signed once.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct PageStatement {
    /// The event whose items they are.
    #[n(0)]
    pub event: EventId,
    /// Where the reader stood before the page.
    #[n(1)]
    pub from: Cursor,
    /// The cursor at which the reader stands after the page.
    #[n(2)]
    pub to: Cursor,
    /// Tagged SHA-256 of the items' bytes, in order.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub digest: [u8; 32],
}

impl Statement for PageStatement {
    const DOMAIN: &'static str = "saxaul/page/1";
}

impl SaidByHome for PageStatement {}

impl PageStatement {
    /// The statement about `items` as the page between two cursors.
    #[must_use]
    pub fn of(event: EventId, from: Cursor, to: Cursor, items: &[Item]) -> Self {
        let encoded: Vec<Vec<u8>> = items.iter().map(crate::documents::encode).collect();
        let parts: Vec<&[u8]> = encoded.iter().map(Vec::as_slice).collect();
        Self { event, from, to, digest: tagged_hash("saxaul/page-items", &parts) }
    }
}
