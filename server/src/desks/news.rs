//! What a desk tells those who listen to its event: never before it is durable, and always then, whoever asked for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sync_core::ids::EventId;
use sync_core::replica::ledger::ItemSource;

use crate::changes::{Changes, Kind, Kinds, News, Position};
use crate::store::{Fate, Reads, StoreError};

/// So much of what another process wrote is read to tell its kinds. Of more, every kind counts as changed.
const PAGE_BYTES: usize = 1 << 20;

/// A batch that was handed over to the store.
pub(super) struct HandedOver {
    pub event: EventId,
    /// Raised if the store could not keep it: the desk's memory is then ahead of the store.
    pub lost: Arc<AtomicBool>,
    pub changes: Arc<Changes>,
    /// What listeners are told once it is durable.
    pub news: News,
}

impl Fate for HandedOver {
    fn kept(self: Box<Self>) {
        self.changes.tell(self.event, self.news);
    }

    fn lost(self: Box<Self>) {
        self.lost.store(true, Ordering::SeqCst);
    }
}

/// What listeners were not told of what is durable, as where another process wrote it; `None` if they were told everything.
/// It is read once, however many they are.
pub(super) fn missed_by_listeners(
    store: &dyn Reads,
    event: EventId,
    told: Position,
    stands: Position,
) -> Result<Option<News>, StoreError> {
    if told.turn >= stands.turn {
        return Ok(None);
    }
    let is_founded_again = told.cursor.revision < store.floor(event)?;
    let items = store.items(event).items_after(told.cursor.revision, PAGE_BYTES)?;
    let is_everything = items.last().is_none_or(|last| last.cursor.revision >= stands.cursor.revision);
    let kinds = if is_everything {
        let founded = is_founded_again.then_some(Kind::ERASED).into_iter().flatten();
        // What waits for a decision has no revision that would tell.
        items.iter().map(|stored| Kind::of(&stored.item)).chain(founded).chain([Kind::Held]).collect()
    } else {
        Kinds::from(Kind::ALL)
    };
    Ok(Some(News { since: told.turn, stands, kinds }))
}
