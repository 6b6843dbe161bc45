//! What devices are given of an event, written once: the same bytes for everyone who reads on from one place by one rule.
//!
//! Owns which pages and parts of snapshots are kept, and for whom one of them is right. What a page consists of is the
//! core's: see [`sync_core::replica::pager`]. Whether a reader may be given anything from where they stand is asked of
//! the store each time, so that nothing is handed out that an erasure has deleted.

use std::collections::HashSet;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sync_core::exchange::{Cursor, Item, Response, SnapshotPart, SnapshotPosition, WrittenPage};
use sync_core::ids::EventId;
use sync_core::replica::pager::{Given, Next, PageSource, Reader, give_page, next};
use sync_core::replica::reading::Hidden;
use sync_core::replica::reply::page_statement;
use sync_core::trust::HomeKey;

use super::Desks;
use crate::error::Problem;
use crate::store::{Reads, StoreError};

/// All pages that are kept take about this much; those that were not asked for lately go.
const KEPT_BYTES: u64 = 64 << 20;
/// About so many are kept: the cache makes room for their keys.
const KEPT_PAGES: usize = 512;

/// Items or a part of a snapshot as they stand in a message, and what else a response says about them.
#[derive(Debug)]
pub struct WrittenOnce {
    /// Where the page ends, whether there is more, and home's statement about it.
    response: Response,
    bytes: Vec<u8>,
    /// Of the changes in it.
    seals: HashSet<[u8; 64]>,
}

impl WrittenOnce {
    /// The response of a home that stands there, without what stands in the page, and still without receipts and signatures
    /// of its own.
    #[must_use]
    pub fn response(&self, stands: Cursor) -> Response {
        Response { stands, ..self.response.clone() }
    }
}

impl AsRef<[u8]> for WrittenOnce {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// What a reader is given.
#[derive(Debug)]
pub enum HandedOut {
    /// This alone: a response still without receipts and signatures, or for a reader whose snapshot is still to be made.
    Given(Given),
    /// A page that others are given, too, by a home that stands there.
    Page(Cursor, Arc<WrittenOnce>),
}

/// Where a reader reads on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Place {
    After(Cursor),
    Snapshot(SnapshotPosition),
}

/// Whoever has the same is given the same. The rule by which somebody reads is a part of it, with every log that it
/// hides: nobody is given a page that was made for somebody who reads more.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Key {
    event: EventId,
    place: Place,
    hidden: Hidden,
    limit_bytes: usize,
}

#[derive(Clone)]
struct Weight;

impl Weighter<Key, Arc<WrittenOnce>> for Weight {
    fn weight(&self, key: &Key, page: &Arc<WrittenOnce>) -> u64 {
        let held = page.bytes.len() + page.seals.len() * 80 + key.hidden.devices().count() * 32 + 1024;
        held as u64
    }
}

/// The pages that are kept.
pub(super) struct Pages {
    home: Arc<HomeKey>,
    kept: Cache<Key, Arc<WrittenOnce>, Weight>,
}

impl Pages {
    /// None yet.
    pub(super) fn new(home: Arc<HomeKey>) -> Self {
        Self { home, kept: Cache::with_weighter(KEPT_PAGES, KEPT_BYTES, Weight) }
    }

    /// Lets go what is kept of an event.
    pub(super) fn forget(&self, event: EventId) {
        self.kept.retain(|key, _| key.event != event);
    }

    /// Gives a reader what is new. Blocks while somebody else makes the same page.
    fn give(&self, store: &dyn Reads, event: EventId, reader: &Reader) -> Result<HandedOut, StoreError> {
        let source = store.items(event);
        match next(&source, reader)? {
            Next::Given(given) => Ok(HandedOut::Given(given)),
            Next::Page { stands, .. } => self.give_page(&source, event, reader, stands),
            Next::Snapshot { stands, floor } => {
                let (begun, _) = reader.snapshot();
                // One that was begun before the event was founded again is of no use.
                let begun = begun.filter(|position| position.revision >= floor);
                let newest =
                    || Ok(store.snapshot_revision(event)?.map(|revision| SnapshotPosition { revision, offset: 0 }));
                match begun.map_or_else(newest, |position| Ok::<_, StoreError>(Some(position)))? {
                    Some(position) => self.give_part(&source, event, position, reader, stands),
                    None => self.give_page(&source, event, reader, stands),
                }
            }
        }
    }

    fn give_part(
        &self,
        source: &impl PageSource<Error = StoreError>,
        event: EventId,
        position: SnapshotPosition,
        reader: &Reader,
        stands: Cursor,
    ) -> Result<HandedOut, StoreError> {
        let (_, limit_bytes) = reader.snapshot();
        let key = Key { event, place: Place::Snapshot(position), hidden: Hidden::default(), limit_bytes };
        let read = || match source.snapshot_from(Some(position), limit_bytes)? {
            Some(part) if part.position == position => {
                let given = Given::Snapshot { stands, part };
                Ok(Arc::new(self.write(event, given.into_response(reader, None), reader)))
            }
            other => Err(Instead::Part(other.map(Box::new))),
        };
        match self.kept.get_or_insert_with(&key, read) {
            Ok(page) => Ok(HandedOut::Page(stands, page)),
            Err(Instead::Part(Some(part))) => Ok(HandedOut::Given(Given::Snapshot { stands, part: *part })),
            Err(Instead::Part(None)) => self.give_page(source, event, reader, stands),
            Err(Instead::Failed(error)) => Err(error),
        }
    }

    fn give_page(
        &self,
        source: &impl PageSource<Error = StoreError>,
        event: EventId,
        reader: &Reader,
        stands: Cursor,
    ) -> Result<HandedOut, StoreError> {
        if reader.from() == stands {
            return Ok(HandedOut::Given(Given::Page { stands, items: Vec::new(), cursor: stands, more: false }));
        }
        let anyone = reader.anyone_alike();
        let (hidden, (_, limit_bytes)) = (reader.hidden().clone(), reader.snapshot());
        let key = Key { event, place: Place::After(reader.from()), hidden, limit_bytes };
        // The last page grows with what is recorded.
        self.kept.remove_if(&key, |page| !page.response.more && page.response.cursor != stands);
        let read = || give_page(source, &anyone, stands);
        let write = |given: Given| Arc::new(self.write(event, given.into_response(&anyone, None), &anyone));
        let page = match self.kept.get(&key) {
            Some(page) if reader.sent_one_of(&page.seals) => {
                return give_page(source, reader, stands).map(HandedOut::Given);
            }
            Some(page) => page,
            None if reader.sent_nothing() => self.kept.get_or_insert_with(&key, || read().map(write))?,
            None => {
                // Whoever sends something mostly reads to the end, where what they sent stands: that page is theirs alone.
                let given = read()?;
                if given.items().is_some_and(|items| items.iter().any(|item| reader.sent(item))) {
                    return give_page(source, reader, stands).map(HandedOut::Given);
                }
                let page = write(given);
                self.kept.insert(key, Arc::clone(&page));
                page
            }
        };
        Ok(HandedOut::Page(stands, page))
    }

    fn write(&self, event: EventId, mut response: Response, reader: &Reader) -> WrittenOnce {
        let statement = page_statement(event, reader.from(), &response);
        response.page = statement.map(|statement| self.home.state(&statement));
        let (items, part) = (std::mem::take(&mut response.items), response.snapshot.take());
        let seals = items.iter().filter_map(Item::seal).collect();
        WrittenOnce { bytes: WrittenPage::of(&items, part.as_ref()).into_bytes(), response, seals }
    }
}

/// Why a part of a snapshot is not kept.
enum Instead {
    /// The snapshot was replaced: another one, or none.
    Part(Option<Box<SnapshotPart>>),
    Failed(StoreError),
}

impl From<StoreError> for Instead {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl Desks {
    /// Gives a reader what is new of an event.
    ///
    /// # Errors
    /// What the store reports.
    pub(crate) async fn give(&self, event: EventId, reader: Reader) -> Result<(HandedOut, Reader), Problem> {
        let pages = Arc::clone(&self.pages);
        let given = move |store: &dyn Reads| pages.give(store, event, &reader).map(|given| (given, reader));
        Ok(self.office.store.read(given).await?)
    }
}
