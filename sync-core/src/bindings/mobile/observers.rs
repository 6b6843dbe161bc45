//! Who hears what changed: many observers, each with a handle, on a thread of their own.
//!
//! What is saved never waits for an observer: changes are put into each observer's place, one beside the other as long as the
//! observer keeps up, and summed up where it does not. Observers are called one after another, and outside every lock: each may
//! call the journal, stop itself or stop others.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

use super::open::guarded;
use super::{Result, Saxaul, SaxaulError, Unconfirmed};
use crate::app::{Changes, EventRow, Headcounts, HoursRow, PeoplePage, PeopleQuery, PersonRow, RecordPage, Standing};
use crate::error_codes::ErrorCode;
use crate::ids::Subject;

/// So many changes wait for an observer one by one; what comes then is summed up in the last of them.
const WAITING_LIMIT: usize = 256;

/// Hears what changed. It is called on a thread of the library, after something is saved. What it throws is reported where the
/// language reports what nobody catches, and does no harm.
#[uniffi::export(with_foreign)]
pub trait Listener: Send + Sync {
    /// Something changed. The first call comes at once, and says that everything is new. Calls of the same object from here
    /// are allowed.
    ///
    /// # Errors
    /// What the app throws.
    fn changed(&self, changes: Changes) -> Result<()>;
}

/// What is watched.
#[derive(Clone, PartialEq, Eq, Debug, uniffi::Enum)]
pub enum Watched {
    /// A page of people.
    People {
        /// Which people.
        query: PeopleQuery,
    },
    /// One human being, by any id.
    Person {
        /// One of their ids.
        subject: Subject,
    },
    /// What this device recorded.
    Records {
        /// So many rows are left out at the beginning.
        offset: u32,
        /// No more rows than this.
        limit: u32,
    },
    /// How many records home did not confirm yet.
    Unconfirmed,
    /// Who this device is, and where it works.
    Standing,
    /// What the event is.
    Event,
    /// How many people are here.
    Headcounts,
    /// The hours of everybody, or of one human being.
    Hours {
        /// One of their ids; none for everybody.
        of: Option<Subject>,
    },
}

impl Watched {
    /// Whether what changed may give another answer.
    const fn may_differ_after(&self, changes: &Changes) -> bool {
        match self {
            Self::Unconfirmed => changes.records,
            // Rows of records have the names of people.
            Self::Records { .. } => {
                changes.records || changes.event || changes.everybody || !changes.subjects.is_empty()
            }
            _ => changes.event || changes.everybody || !changes.subjects.is_empty(),
        }
    }
}

/// What a watched query gives.
#[derive(Clone, PartialEq, Eq, Debug, uniffi::Enum)]
pub enum Shown {
    /// A page of people.
    People {
        /// The page, with how many people the query finds in all.
        page: PeoplePage,
    },
    /// One human being.
    Person {
        /// Their row; none if nobody here has heard of them.
        row: Option<PersonRow>,
    },
    /// What this device recorded.
    Records {
        /// The page, with how many records there are in all.
        page: RecordPage,
    },
    /// How many records home did not confirm yet.
    Unconfirmed {
        /// By where they are.
        open: Unconfirmed,
    },
    /// Who this device is, and where it works.
    Standing {
        /// What is known of that.
        standing: Standing,
    },
    /// What the event is.
    Event {
        /// What is known of it.
        event: EventRow,
    },
    /// How many people are here.
    Headcounts {
        /// In all, by team and by site.
        counts: Headcounts,
    },
    /// Hours.
    Hours {
        /// A row for each human being and day.
        rows: Vec<HoursRow>,
    },
}

/// Is shown what a watched query gives. It is called on a thread of the library. What it throws is reported where the language
/// reports what nobody catches, and does no harm.
#[uniffi::export(with_foreign)]
pub trait Watcher: Send + Sync {
    /// What the query gives now: at once, and again whenever that is something else than before.
    ///
    /// # Errors
    /// What the app throws.
    fn shown(&self, now: Shown) -> Result<()>;
    /// The query cannot be answered now, because there is no event or the journal was lost; it goes on being watched.
    ///
    /// # Errors
    /// What the app throws.
    fn failed(&self, error: SaxaulError) -> Result<()>;
}

/// Somebody observes, until this is stopped. Letting go of it does not stop it.
#[derive(uniffi::Object)]
pub struct Observation {
    id: u64,
    observers: Weak<Observers>,
}

#[uniffi::export]
impl Observation {
    /// Nothing more is told. A call that is under way ends as it would. Repeating it is harmless.
    pub fn stop(&self) {
        if let Some(observers) = self.observers.upgrade() {
            observers.lock().by_id.remove(&self.id);
        }
    }
}

#[uniffi::export]
impl Saxaul {
    /// Has `listener` hear what changes from now on, beside everybody else who listens.
    ///
    /// # Errors
    /// [`SaxaulError::Refused`] after [`Saxaul::shut_down`].
    pub fn observe(self: Arc<Self>, listener: Arc<dyn Listener>) -> Result<Arc<Observation>> {
        self.add_observer(Observer::Listener(listener))
    }

    /// Has `watcher` be shown what a query gives: now, and again only if that is something else than before.
    ///
    /// # Errors
    /// [`SaxaulError::Refused`] after [`Saxaul::shut_down`].
    pub fn watch(self: Arc<Self>, query: Watched, watcher: Arc<dyn Watcher>) -> Result<Arc<Observation>> {
        self.add_observer(Observer::Watcher(Box::new(Watching { query, watcher, last: None })))
    }
}

impl Saxaul {
    fn add_observer(self: &Arc<Self>, observer: Observer) -> Result<Arc<Observation>> {
        let observers = Arc::clone(&self.observers);
        let mut state = observers.lock();
        if state.is_closed {
            return Err(SaxaulError::closed());
        }
        if !state.has_thread {
            let (told, of) = (Arc::clone(&observers), Arc::downgrade(self));
            let thread = std::thread::Builder::new().name("saxaul observers".to_owned());
            thread.spawn(move || told.run(&of)).map_err(|error| SaxaulError::of(ErrorCode::NO_THREAD, &error))?;
            state.has_thread = true;
        }
        let id = state.next_id;
        state.next_id += 1;
        let waiting = VecDeque::from([Changes::everything()]);
        state.by_id.insert(id, Place { observer: Some(observer), waiting });
        drop(state);
        observers.woken.notify_all();
        Ok(Arc::new(Observation { id, observers: Arc::downgrade(&observers) }))
    }

    fn show(&self, query: &Watched) -> Result<Shown> {
        Ok(match query.clone() {
            Watched::People { query } => Shown::People { page: self.people(query)? },
            Watched::Person { subject } => Shown::Person { row: self.person(subject)? },
            Watched::Records { offset, limit } => Shown::Records { page: self.records(offset, limit)? },
            Watched::Unconfirmed => Shown::Unconfirmed { open: self.unconfirmed()? },
            Watched::Standing => Shown::Standing { standing: self.standing()? },
            Watched::Headcounts => Shown::Headcounts { counts: self.headcounts()? },
            Watched::Event => Shown::Event { event: self.event()? },
            Watched::Hours { of } => Shown::Hours { rows: self.hours(of)? },
        })
    }
}

/// Everybody who observes one journal.
#[derive(Default)]
pub(super) struct Observers {
    state: Mutex<State>,
    woken: Condvar,
}

#[derive(Default)]
struct State {
    by_id: BTreeMap<u64, Place>,
    next_id: u64,
    /// Who was told something last: the others come first.
    last_told: u64,
    has_thread: bool,
    is_closed: bool,
}

struct Place {
    /// None while it is being told something.
    observer: Option<Observer>,
    waiting: VecDeque<Changes>,
}

enum Observer {
    Listener(Arc<dyn Listener>),
    Watcher(Box<Watching>),
}

struct Watching {
    query: Watched,
    watcher: Arc<dyn Watcher>,
    /// What it was shown last.
    last: Option<Result<Shown>>,
}

impl Observers {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something changed.
    pub fn tell(&self, changes: &Changes) {
        let mut state = self.lock();
        for place in state.by_id.values_mut() {
            let is_full = place.waiting.len() >= WAITING_LIMIT;
            match place.waiting.back_mut() {
                Some(last) if is_full => last.add(changes),
                _ => place.waiting.push_back(changes.clone()),
            }
        }
        drop(state);
        self.woken.notify_all();
    }

    /// Nobody is told anything more.
    pub fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.by_id.clear();
        drop(state);
        self.woken.notify_all();
    }

    /// Tells everybody what waits for them, until the journal is closed or nobody holds it.
    fn run(&self, journal: &Weak<Saxaul>) {
        while let Some((id, mut observer, changes)) = self.next() {
            let Some(journal) = journal.upgrade() else { return };
            observer.hear(&journal, changes);
            drop(journal);
            if let Some(place) = self.lock().by_id.get_mut(&id) {
                place.observer = Some(observer);
            }
        }
    }

    /// Waits for the next observer who is to be told something; none after closing.
    fn next(&self) -> Option<(u64, Observer, Changes)> {
        let mut state = self.lock();
        loop {
            if state.is_closed {
                return None;
            }
            let waiting: Vec<u64> =
                state.by_id.iter().filter(|(_, place)| !place.waiting.is_empty()).map(|(id, _)| *id).collect();
            let next = waiting.iter().find(|id| **id > state.last_told).or(waiting.first()).copied();
            if let Some(id) = next
                && let Some(place) = state.by_id.get_mut(&id)
                && let Some(observer) = place.observer.take()
            {
                let changes = observer.next_of(&mut place.waiting);
                state.last_told = id;
                return Some((id, observer, changes));
            }
            state = self.woken.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Observer {
    /// A listener hears of each change; for a watcher only what the query gives now counts.
    fn next_of(&self, waiting: &mut VecDeque<Changes>) -> Changes {
        let mut changes = waiting.pop_front().unwrap_or_default();
        if let Self::Watcher(_) = self {
            waiting.drain(..).for_each(|later| changes.add(&later));
        }
        changes
    }

    fn hear(&mut self, journal: &Saxaul, changes: Changes) {
        match self {
            // One that throws has heard it all the same; its language has reported what it threw.
            Self::Listener(listener) => drop(guarded(|| listener.changed(changes))),
            Self::Watcher(watching) if watching.query.may_differ_after(&changes) => watching.look(journal),
            Self::Watcher(_) => {}
        }
    }
}

impl Watching {
    fn look(&mut self, journal: &Saxaul) {
        let now = journal.show(&self.query);
        if self.last.as_ref() == Some(&now) {
            return;
        }
        let told = now.clone();
        drop(guarded(|| match told {
            Ok(shown) => self.watcher.shown(shown),
            Err(error) => self.watcher.failed(error),
        }));
        self.last = Some(now);
    }
}
