//! What is left of what was admitted, after home refused some of it.

use std::collections::BTreeMap;

use super::ledger::StoredItem;
use crate::exchange::{Cursor, Item};
use crate::ids::{DeviceId, DocumentRef, Incarnation, Revision};

/// Drops refused items, and what their author built on them. Items are passed in order.
pub struct Sieve {
    own: DeviceId,
    codes: BTreeMap<Revision, String>,
    broken: Vec<(DocumentRef, Incarnation, String)>,
    cursor: Cursor,
}

impl Sieve {
    /// Home refused these items of the device `own`, with these codes.
    #[must_use]
    pub fn new(own: DeviceId, refused: &BTreeMap<Revision, String>) -> Self {
        Self { own, codes: refused.clone(), broken: Vec::new(), cursor: Cursor::default() }
    }

    /// Where the replica stands after the next item, if it stays; `None` if it is dropped.
    pub fn pass(&mut self, stored: &StoredItem) -> Option<Cursor> {
        let revision = stored.cursor.revision;
        if let Item::Change(sealed) = &stored.item
            && sealed.device == self.own
        {
            let chain = (sealed.document, sealed.incarnation);
            if let Some(code) = self.codes.get(&revision) {
                self.broken.push((chain.0, chain.1, code.clone()));
            }
            if let Some((.., code)) = self.broken.iter().find(|(document, of, _)| (*document, *of) == chain) {
                self.codes.insert(revision, code.clone());
                return None;
            }
        }
        self.cursor = Cursor { revision, ..self.cursor.advanced_by(&stored.item) };
        Some(self.cursor)
    }

    /// Everything that was dropped, with its code, and the last item that is left.
    #[must_use]
    pub fn dropped(self) -> (BTreeMap<Revision, String>, Revision) {
        (self.codes, self.cursor.revision)
    }
}
