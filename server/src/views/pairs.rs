//! Candidate pairs of duplicates: searched once for what the records say, while others go on reading the event.
//!
//! A ruling or a check-in changes an event's revision, but not who looks like whom: pairs are searched again only when
//! the records themselves changed. One search runs at a time on the whole server, and goes on to its end even if nobody
//! waits for it any more, so that the next who asks finds it done.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use sync_core::exchange::Cursor;
use sync_core::ids::{EventId, Subject};
use sync_core::view::duplicates::{Pairs, gather_people};
use tokio::sync::Semaphore;

use super::{Reader, Seen};
use crate::error::Problem;

/// Events whose pairs are kept; what was searched longest ago goes first.
const EVENTS_KEPT: usize = 8;

/// The pairs of an event, and of which records they are.
#[derive(Clone)]
struct Known {
    event: EventId,
    at: Cursor,
    records: u64,
    pairs: Arc<Pairs<Subject>>,
}

/// The pairs that were found.
pub(super) struct Found {
    known: Mutex<VecDeque<Known>>,
    search: Arc<Semaphore>,
}

impl Default for Found {
    fn default() -> Self {
        Self { known: Mutex::default(), search: Arc::new(Semaphore::new(1)) }
    }
}

impl Found {
    fn of(&self, event: EventId) -> Option<Known> {
        let known = self.known.lock().expect("no holder panics");
        known.iter().find(|known| known.event == event).cloned()
    }

    fn keep(&self, found: Known) {
        let mut known = self.known.lock().expect("no holder panics");
        known.retain(|known| known.event != found.event);
        if known.len() >= EVENTS_KEPT {
            known.pop_front();
        }
        known.push_back(found);
    }
}

impl Reader<'_> {
    /// The candidate pairs of an event as it stands in the store now, and where that is.
    ///
    /// # Errors
    /// [`Problem::UNKNOWN_EVENT`], or what the store reports.
    pub async fn pairs(&self, event: EventId) -> Result<(Cursor, Arc<Pairs<Subject>>), Problem> {
        let stands = self.views.stands(event).await?;
        let is_there = |known: &Known| known.at == stands;
        if let Some(known) = self.views.found.of(event).filter(is_there) {
            return Ok((known.at, known.pairs));
        }
        let place = Arc::clone(&self.views.found.search).acquire_owned().await.map_err(|_| Problem::BUSY)?;
        if let Some(known) = self.views.found.of(event).filter(is_there) {
            return Ok((known.at, known.pairs));
        }
        let gathered = self.see(event, |seen: &Seen| {
            let gathered = gather_people(seen.ledger.documents().roster(), &seen.view);
            (seen.ledger.cursor(), gathered.fingerprint(), gathered)
        });
        let (at, records, gathered) = gathered.await?;
        let (kept, known) = (Arc::clone(&self.views.found), self.views.found.of(event));
        let searching = self.views.workers.run(move || {
            let pairs = match known.filter(|known| known.records == records) {
                Some(known) => known.pairs,
                None => Arc::new(gathered.find_pairs()),
            };
            kept.keep(Known { event, at, records, pairs: Arc::clone(&pairs) });
            drop(place);
            (at, pairs)
        });
        searching.await.map_err(|_| Problem::INTERNAL)
    }
}
