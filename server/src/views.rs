//! Events as people read them: projected at most once for each revision, away from the threads that answer.
//!
//! Each event that somebody reads is followed through the store, so only what is durable is shown, and no desk waits.
//! Callers take turns, see [`crate::fair_queue`]. Owns what is kept in memory of events that are read.

mod kept;
mod pairs;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use sync_core::exchange::Cursor;
use sync_core::ids::{EventId, RulingId};
use sync_core::replica::ledger::{ItemSource, Ledger};
use sync_core::trust::PublicKey;
use sync_core::view::{Account, EventView, Published, PublishedPeople, Sources, project};

use self::kept::{Followed, Kept};
use crate::error::Problem;
use crate::fair_queue::{Admitted, FairQueue};
use crate::long_work::Owner;
use crate::store::{Reads, Store, StoreError};
use crate::workers::Workers;

/// Items that are read from the store at once.
const PAGE_BYTES: usize = 1 << 20;

/// An event at one revision.
pub struct Seen {
    /// The event's documents and grants.
    pub ledger: Ledger,
    /// What they say together.
    pub view: EventView,
    account: OnceLock<Account>,
    /// What published reports say of people; `None` for one that cannot be computed any more.
    published: Mutex<BTreeMap<RulingId, Option<Arc<PublishedPeople>>>>,
}

/// Published reports of which one revision remembers what they say of people.
const REPORTS_KEPT: usize = 8;

impl Seen {
    /// What a published report says of people; computed when it is first asked for. `None` if it cannot be any more.
    pub fn published_people(&self, published: &Published) -> Option<Arc<PublishedPeople>> {
        let mut kept = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.get(&published.id) {
            return known.clone();
        }
        let people = PublishedPeople::of(self.ledger.documents(), published).ok().map(Arc::new);
        if kept.len() >= REPORTS_KEPT {
            kept.pop_first();
        }
        kept.insert(published.id, people.clone());
        people
    }

    /// What its figures rest on; taken when it is first asked for.
    pub fn account(&self) -> &Account {
        self.account.get_or_init(|| Account::of(&self.sources(), &self.view))
    }

    /// Its documents as the core reads them.
    #[must_use]
    pub fn sources(&self) -> Sources<'_> {
        let documents = self.ledger.documents();
        Sources {
            event: documents.info(),
            roster: documents.roster(),
            logs: documents.logs().collect(),
            rulings: documents.rulings(),
        }
    }

    /// Which revision it is, as a strong entity tag.
    #[must_use]
    pub fn tag(&self) -> String {
        tag(self.ledger.cursor())
    }
}

/// A strong entity tag (RFC 9110) of everything that follows from an event's documents: it names the revision, and
/// the running hash tells a restored server from the one before.
#[must_use]
pub fn tag(cursor: Cursor) -> String {
    let hash: String = cursor.digest[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{}-{hash}\"", cursor.revision.0)
}

/// How far an event is read. Readers share it: it is never changed, only replaced.
#[derive(Clone)]
enum Read {
    /// Its documents; nobody asked yet what they say together.
    Ledger(Arc<Ledger>),
    /// Its documents, and the projection of them.
    Seen(Arc<Seen>),
}

impl Read {
    fn ledger(&self) -> &Ledger {
        match self {
            Self::Ledger(ledger) => ledger,
            Self::Seen(seen) => &seen.ledger,
        }
    }

    /// The documents, to be read on; `None` while somebody looks at them.
    fn into_ledger(self) -> Option<Ledger> {
        match self {
            Self::Ledger(ledger) => Arc::into_inner(ledger),
            Self::Seen(seen) => Arc::into_inner(seen).map(|seen| seen.ledger),
        }
    }

    fn is_enough(&self, stands: Cursor, wanted: Wanted) -> bool {
        self.ledger().cursor() == stands && (wanted == Wanted::Documents || matches!(self, Self::Seen(_)))
    }
}

/// The events that are read.
pub struct Views {
    workers: Workers,
    store: Arc<Store>,
    home: PublicKey,
    kept: Arc<Kept>,
    /// Readers that compute at once: the others wait in turn. A place belongs to the computation, not to the request that
    /// waits for it: it is free when the work has ended.
    places: FairQueue,
    found: Arc<pairs::Found>,
}

impl Views {
    /// Nothing is kept yet; then events that take about `limit_bytes` of memory together.
    #[must_use]
    pub fn new(workers: Workers, store: Arc<Store>, home: PublicKey, limit_bytes: usize) -> Self {
        Self {
            workers,
            store,
            home,
            kept: Arc::new(Kept::within(limit_bytes)),
            places: FairQueue::new(workers.at_once()),
            found: Arc::default(),
        }
    }

    /// Where an event stands, without reading it.
    ///
    /// # Errors
    /// [`Problem::UNKNOWN_EVENT`], or what the store reports.
    pub async fn stands(&self, event: EventId) -> Result<Cursor, Problem> {
        Ok(self.store.read(move |store| store.standing(event, &[])).await?.unwrap_or_default())
    }

    /// Lets a caller read events, until the reader is dropped.
    ///
    /// # Errors
    /// [`Problem::TOO_MUCH_WORK`] where the caller has as many readers as may be.
    pub fn reader(&self, caller: Owner) -> Result<Reader<'_>, Problem> {
        Ok(Reader { views: self, admitted: self.places.admit(caller)? })
    }

    async fn read(&self, event: EventId, wanted: Wanted) -> Result<Read, Problem> {
        let stands = self.stands(event).await?;
        let followed = self.kept.followed(event);
        let is_enough = |read: &Read| read.is_enough(stands, wanted);
        if let Some(read) = followed.newest().filter(is_enough) {
            return Ok(read);
        }
        // Who waits for the event's turn holds no place: readers of other events go on.
        let turn = Arc::clone(&followed.reading_on).acquire_owned().await.map_err(|_| Problem::BUSY)?;
        if let Some(read) = followed.newest().filter(is_enough) {
            return Ok(read);
        }
        // Everybody who reads the event waits for this, so it is nobody's in particular.
        let place = self.places.place_for_everybody(event).await?;
        let (store, kept, home) = (Arc::clone(&self.store), Arc::clone(&self.kept), self.home);
        let reading = self.workers.run(move || {
            let _held = (turn, place);
            let read = up_to_date(&followed, &store, &At { event, home }, wanted)?;
            kept.weigh(event, read.held_bytes());
            Ok(read)
        });
        reading.await.map_err(|_| Problem::INTERNAL)?
    }
}

/// One request of a caller that reads events.
pub struct Reader<'a> {
    views: &'a Views,
    admitted: Admitted,
}

impl Reader<'_> {
    /// The event as it stands in the store now, to be looked at for any length of time: nobody waits for whoever holds it.
    ///
    /// # Errors
    /// [`Problem::UNKNOWN_EVENT`], or what the store reports.
    pub async fn snapshot(&self, event: EventId) -> Result<Arc<Seen>, Problem> {
        match self.views.read(event, Wanted::View).await? {
            Read::Seen(seen) => Ok(seen),
            Read::Ledger(_) => Err(Problem::INTERNAL),
        }
    }

    /// Looks at an event as it stands in the store now.
    ///
    /// # Errors
    /// [`Problem::UNKNOWN_EVENT`], or what the store reports.
    pub async fn see<T: Send + 'static>(
        &self,
        event: EventId,
        look: impl FnOnce(&Seen) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let seen = self.snapshot(event).await?;
        self.compute(Some(event), move || look(&seen)).await
    }

    /// Looks at the documents of an event as they stand in the store now, without reading them together.
    ///
    /// # Errors
    /// As for [`Self::see`].
    pub async fn see_documents<T: Send + 'static>(
        &self,
        event: EventId,
        look: impl FnOnce(&Ledger) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let read = self.views.read(event, Wanted::Documents).await?;
        self.compute(Some(event), move || look(read.ledger())).await
    }

    /// Computes something about an event, or over several where that is `None`, away from the threads that answer, when
    /// the caller's turn has come.
    ///
    /// # Errors
    /// [`Problem::INTERNAL`] where the computation panicked.
    pub async fn compute<T: Send + 'static>(
        &self,
        event: Option<EventId>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let place = self.admitted.place(event).await?;
        let computing = self.views.workers.run(move || {
            let _place = place;
            work()
        });
        computing.await.map_err(|_| Problem::INTERNAL)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Documents,
    View,
}

/// Which event, of which home.
struct At {
    event: EventId,
    home: PublicKey,
}

/// Brings what is followed up to date, if another reader has not done so. Only one thread does so at a time.
fn up_to_date(followed: &Followed, store: &Store, at: &At, wanted: Wanted) -> Result<Read, StoreError> {
    let ledger = match store.read_here(|store| read_documents(followed, store, at, wanted))? {
        UpToDate::Known(read) => return Ok(read),
        UpToDate::New(ledger) => ledger,
    };
    let read = if wanted == Wanted::Documents {
        Read::Ledger(Arc::new(*ledger))
    } else {
        let documents = ledger.documents();
        let logs: Vec<_> = documents.logs().collect();
        let view = project(documents.info(), documents.roster(), &logs, documents.rulings());
        Read::Seen(Arc::new(Seen { view, ledger: *ledger, account: OnceLock::new(), published: Mutex::default() }))
    };
    followed.keep(read.clone());
    Ok(read)
}

/// What is followed of an event, as it stands in the store.
enum UpToDate {
    /// Another reader has read it.
    Known(Read),
    /// The documents, read until now.
    New(Box<Ledger>),
}

fn read_documents(followed: &Followed, store: &dyn Reads, at: &At, wanted: Wanted) -> Result<UpToDate, StoreError> {
    let stands = store.standing(at.event, &[])?.unwrap_or_default();
    if let Some(read) = followed.newest().filter(|read| read.is_enough(stands, wanted)) {
        return Ok(UpToDate::Known(read));
    }
    // While somebody still looks at what was known, it is theirs: the event is read anew beside it.
    let known = followed.take().and_then(Read::into_ledger);
    let before = known.as_ref().map(Ledger::cursor);
    let floor = store.floor(at.event)?;
    let ledger = match known {
        Some(ledger) if ledger.cursor() == stands => ledger,
        // What was followed may be of a past that the store has no more, or that is not to be seen any longer.
        Some(ledger) if before.is_some_and(|at| (floor..=stands.revision).contains(&at.revision)) => {
            read_on(ledger, store, at.event).or_else(|_| read_anew(store, at))?
        }
        _ => read_anew(store, at)?,
    };
    Ok(UpToDate::New(Box::new(ledger)))
}

fn read_anew(store: &dyn Reads, &At { event, home }: &At) -> Result<Ledger, StoreError> {
    let damaged = |what: &dyn std::fmt::Display| StoreError::Damaged(format!("event {event}: {what}"));
    let ledger = match store.snapshot(event)? {
        Some(part) => Ledger::from_snapshot(event, home, &part.statement, &part.bytes)
            .map_err(|error| damaged(&error))?
            .standing_at(part.cursor),
        None => Ledger::founded(event, home),
    };
    read_on(ledger, store, event)
}

fn read_on(mut ledger: Ledger, store: &dyn Reads, event: EventId) -> Result<Ledger, StoreError> {
    let items = store.items(event);
    loop {
        let page = items.items_after(ledger.cursor().revision, PAGE_BYTES)?;
        if page.is_empty() {
            return Ok(ledger);
        }
        for stored in &page {
            let retaken = ledger.retake(stored);
            let at = stored.cursor.revision.0;
            retaken.map_err(|rejection| StoreError::Damaged(format!("item {at}: {rejection}")))?;
        }
    }
}
