//! Who can be found: everybody of every event, by name, code and telephone number.
//!
//! Owns one index for each event, built when somebody first looks for people there. What changes later stands beside it
//! in a small one until it is worth building anew, so that an edit never costs what the whole event costs. Searching
//! reads no event. Holds a few hundred bytes for each person of the events that are searched.

mod listing;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::try_join_all;
use sync_core::exchange::Cursor;
use sync_core::ids::EventId;
use sync_core::names::{How, in_other_layouts};
use sync_core::replica::ledger::Ledger;

use crate::error::Problem;
use crate::store::Store;
use crate::views::Reader;

pub use listing::{Card, Listing};

/// The newest listing of an event. Held while a newer one is made, so that nobody makes it twice.
type Newest = Arc<Mutex<Option<Arc<Listing>>>>;

/// Everybody who can be found.
pub struct Directory {
    store: Arc<Store>,
    events: Mutex<HashMap<EventId, Newest>>,
}

/// Somebody who was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The event in which they are known.
    pub event: EventId,
    /// What it is called.
    pub event_name: Arc<str>,
    /// What of them fits what was asked.
    pub how: How,
    /// What is shown of them.
    pub card: Card,
}

impl Directory {
    /// Nobody was looked for yet.
    #[must_use]
    pub fn new(store: Arc<Store>) -> Self {
        Self { store, events: Mutex::default() }
    }

    /// Finds whom `query` may mean in these events as they stand in the store now: the best first, then in the order of
    /// `events`. Where that is nobody, it may have been typed while another keyboard layout was on.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn search(
        &self,
        reader: &Reader<'_>,
        events: Vec<EventId>,
        query: String,
        limit: usize,
    ) -> Result<Vec<Hit>, Problem> {
        let listings = self.listings(reader, events).await?;
        let searching = reader.compute(None, move || {
            let others = in_other_layouts(query.trim());
            let mut found = std::iter::once(query).chain(others).map(|text| hits(&listings, &text, limit));
            found.find(|hits| !hits.is_empty()).unwrap_or_default()
        });
        searching.await
    }

    /// The listings of these events; of one that is behind, what changed is read first.
    async fn listings(
        &self,
        reader: &Reader<'_>,
        events: Vec<EventId>,
    ) -> Result<Vec<(EventId, Arc<Listing>)>, Problem> {
        let standings = self.store.read(|store| store.standings()).await?;
        let stands = |event: &EventId| standings.get(event).copied().filter(|stands| *stands != Cursor::default());
        let founded = events.iter().filter_map(|event| Some((*event, stands(event)?)));
        // As many at once as there are places to read.
        try_join_all(founded.map(|(event, stands)| self.listing(reader, event, stands))).await
    }

    async fn listing(
        &self,
        reader: &Reader<'_>,
        event: EventId,
        stands: Cursor,
    ) -> Result<(EventId, Arc<Listing>), Problem> {
        let newest = self.newest(event);
        // Where somebody makes a newer one, this waits for it on a thread that may wait.
        let known = newest.try_lock().ok().and_then(|known| known.clone());
        let listing = match known.filter(|listing| listing.at == stands) {
            Some(listing) => listing,
            None => reader.see_documents(event, move |ledger| read_on(&newest, ledger)).await?,
        };
        Ok((event, listing))
    }

    fn newest(&self, event: EventId) -> Newest {
        let mut events = self.events.lock().expect("no holder panics");
        Arc::clone(events.entry(event).or_default())
    }
}

/// The best of what one text finds in all listings.
fn hits(listings: &[(EventId, Arc<Listing>)], text: &str, limit: usize) -> Vec<Hit> {
    let of_event = |(event, listing): &(EventId, Arc<Listing>)| {
        let (event, event_name) = (*event, Arc::clone(&listing.event_name));
        let hits = listing.search(text, limit).into_iter();
        let hits = hits.map(|(how, card)| Hit { event, event_name: event_name.clone(), how, card: card.clone() });
        hits.collect::<Vec<_>>()
    };
    let mut hits: Vec<Hit> = listings.iter().flat_map(of_event).collect();
    hits.sort_by_key(|hit| hit.how);
    hits.truncate(limit);
    hits
}

fn read_on(newest: &Newest, ledger: &Ledger) -> Arc<Listing> {
    let mut newest = newest.lock().unwrap_or_else(PoisonError::into_inner);
    let listing = match newest.take() {
        Some(known) if known.at == ledger.cursor() => known,
        before => Arc::new(Listing::of(ledger, before.as_deref())),
    };
    *newest = Some(Arc::clone(&listing));
    listing
}
