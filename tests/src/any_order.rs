//! The same changes, offered in any order, in any parts and any number of times.

use sync_core::admission::Rejection;
use sync_core::exchange::Item;
use sync_core::ids::{EventId, Revision};
use sync_core::replica::ledger::{ItemSource, Ledger, StoredItem, Taken};
use sync_core::replica::reading::Hidden;
use sync_core::trust::PublicKey;
use sync_core::view::project;

use crate::Chance;

/// A replica without a journal, which takes items as they come and keeps what was new.
pub struct Reader {
    ledger: Ledger,
    kept: Vec<StoredItem>,
}

impl ItemSource for Reader {
    type Error = std::convert::Infallible;

    fn items_after(&self, revision: Revision, _: usize) -> Result<Vec<StoredItem>, Self::Error> {
        Ok(self.kept.iter().filter(|stored| stored.cursor.revision > revision).cloned().collect())
    }
}

impl Reader {
    /// One that knows nothing yet.
    #[must_use]
    pub fn founded(event: EventId, home: PublicKey) -> Self {
        Self { ledger: Ledger::founded(event, home), kept: Vec::new() }
    }

    /// Takes an item.
    ///
    /// # Errors
    /// Why it cannot be taken, or not yet.
    pub fn takes(&mut self, item: &Item) -> Result<(), Rejection> {
        if let Taken::New { cursor, .. } = self.ledger.take(item)? {
            self.kept.push(StoredItem { cursor, origin: None, item: item.clone() });
        }
        Ok(())
    }

    /// Goes on from a snapshot of what it has.
    fn begins_anew(&mut self) {
        let documents = self.ledger.documents();
        let snapshot = self.ledger.snapshot(None, self, &Hidden::default()).unwrap();
        let loaded = Ledger::load_snapshot(documents.event(), self.ledger.home(), &snapshot).unwrap();
        self.ledger = loaded.standing_at(self.ledger.cursor());
    }

    /// All that it shows.
    ///
    /// # Panics
    /// Never: a view can be written.
    #[must_use]
    pub fn shows(&self) -> String {
        let documents = self.ledger.documents();
        let logs: Vec<_> = documents.logs().cloned().collect();
        let view = project(documents.info(), documents.roster(), &logs, documents.rulings());
        serde_json::to_string(&view).unwrap()
    }
}

/// Offers `waiting` in any order, some of it again, until everything is taken.
///
/// # Panics
/// If something can never be taken.
pub fn offer_in_any_order(reader: &mut Reader, mut waiting: Vec<Item>, chance: &mut Chance) {
    // A snapshot of a long week takes its time: some are enough.
    let between_snapshots = (waiting.len() as u64).max(40);
    while !waiting.is_empty() {
        let which = usize::try_from(chance.below(waiting.len() as u64)).unwrap();
        match reader.takes(&waiting[which]) {
            Ok(()) if chance.one_in(3) => {}
            Ok(()) => drop(waiting.swap_remove(which)),
            Err(rejection) => assert!(rejection.is_passing(), "{rejection}"),
        }
        if chance.one_in(between_snapshots) {
            reader.begins_anew();
        }
    }
}
