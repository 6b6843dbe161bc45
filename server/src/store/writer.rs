//! Handing commits over to a store, and waiting until they are durable.
//!
//! Owns who waits for which commit. How a commit is carried out, and when, is each store's own. The methods that make a
//! commit out of what is to be written stand beside what they write, in the other files of this module.

use tokio::sync::oneshot;

use super::StoreError;
use super::batch::{Batch, Fate};
use super::commit::{Commit, Outcome};
use super::memory::{Memory, MemoryHold};
use super::sqlite::{Reservation, ThreadHold, WritingThread};

/// Hands commits over to a store.
#[derive(Clone)]
pub struct Writer(Engine);

/// The store that carries them out.
#[derive(Clone)]
pub(super) enum Engine {
    Sqlite(WritingThread),
    Memory(Memory),
}

/// A commit that was handed over, and who waits for it.
pub(super) struct Pending {
    pub commit: Commit,
    pub waiting: Waiting,
}

/// Whoever waits for a commit.
pub(super) struct Waiting {
    fate: Option<Box<dyn Fate>>,
    done: oneshot::Sender<Result<Outcome, StoreError>>,
}

impl Waiting {
    /// Tells what became of the commit; only once that is durable.
    pub fn tell(self, became: Result<Outcome, StoreError>) {
        match (self.fate, &became) {
            (Some(fate), Ok(_)) => fate.kept(),
            (Some(fate), Err(_)) => fate.lost(),
            (None, _) => {}
        }
        // Whoever asked may have gone away; what is durable stays so.
        drop(self.done.send(became));
    }
}

impl Pending {
    pub fn of(commit: Commit, fate: Option<Box<dyn Fate>>) -> (Box<Self>, Durable) {
        let (done, durable) = oneshot::channel();
        (Box::new(Self { commit, waiting: Waiting { fate, done } }), Durable(durable))
    }

    /// Tells whoever waits that the commit was not carried out.
    pub fn refuse(self, error: &StoreError) {
        self.waiting.tell(Err(error.clone()));
    }
}

/// Tells when a commit is durable, or why it never will be.
pub struct Durable(oneshot::Receiver<Result<Outcome, StoreError>>);

impl Durable {
    /// Waits until the commit is durable.
    ///
    /// # Errors
    /// See [`StoreError`]: why it was not kept.
    pub async fn kept(self) -> Result<Outcome, StoreError> {
        self.0.await.map_err(|_| StoreError::Medium("the store has stopped".to_owned()))?
    }
}

/// A place in the writer's queue, taken before anything is admitted.
pub struct Permit<'a>(Place<'a>);

enum Place<'a> {
    Sqlite(Reservation<'a>),
    Memory(&'a Memory),
}

impl Permit<'_> {
    /// Hands over a batch; it cannot be refused for want of room any more.
    #[must_use]
    pub fn write(self, batch: Batch, fate: Box<dyn Fate>) -> Durable {
        let (pending, durable) = Pending::of(Commit::Batch(batch), Some(fate));
        match self.0 {
            Place::Sqlite(place) => place.hand_over(pending),
            Place::Memory(memory) => memory.hand_over(pending),
        }
        durable
    }
}

/// Keeps a store from what was handed over after it, until it is dropped.
pub struct Hold(Held);

enum Held {
    Sqlite(ThreadHold),
    /// What was handed over before is written already, or waits behind an earlier hold.
    Memory {
        _hold: MemoryHold,
    },
}

impl Hold {
    /// Waits until everything that was handed over before is written, or refused.
    pub fn reach(&self) {
        match &self.0 {
            Held::Sqlite(hold) => hold.reach(),
            Held::Memory { .. } => {}
        }
    }
}

impl Writer {
    pub(super) const fn of(engine: Engine) -> Self {
        Self(engine)
    }

    /// Returns when nothing can be written any more. Before [`Writer::close`] that is by a panic, or because the data was
    /// moved away.
    pub async fn ended(&self) {
        match &self.0 {
            Engine::Sqlite(thread) => thread.ended().await,
            Engine::Memory(memory) => memory.ended().await,
        }
    }

    /// Why nothing can be written any more, if not by a panic or because the store was closed.
    #[must_use]
    pub fn why_ended(&self) -> Option<StoreError> {
        match &self.0 {
            Engine::Sqlite(thread) => thread.why_ended(),
            Engine::Memory(_) => None,
        }
    }

    /// Takes a place in the queue.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if there is none.
    pub fn reserve(&self) -> Result<Permit<'_>, StoreError> {
        let place = match &self.0 {
            Engine::Sqlite(thread) => Place::Sqlite(thread.reserve()?),
            Engine::Memory(memory) => {
                memory.require_room()?;
                Place::Memory(memory)
            }
        };
        Ok(Permit(place))
    }

    /// Has something written, whole or not at all, and waits until it is durable.
    ///
    /// # Errors
    /// See [`StoreError`]: nothing of it was written then.
    pub async fn commit(&self, commit: Commit) -> Result<Outcome, StoreError> {
        let (pending, durable) = Pending::of(commit, None);
        match &self.0 {
            Engine::Sqlite(thread) => thread.reserve()?.hand_over(pending),
            Engine::Memory(memory) => {
                memory.require_room()?;
                memory.hand_over(pending);
            }
        }
        durable.kept().await
    }

    /// The same, for a commit of which the kind of outcome is known.
    pub(super) async fn write<T: TryFrom<Outcome, Error = StoreError>>(&self, commit: Commit) -> Result<T, StoreError> {
        self.commit(commit).await?.try_into()
    }

    /// Waits until everything that was handed over before is written, or refused.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn settle(&self) -> Result<(), StoreError> {
        self.write(Commit::Nothing).await
    }

    /// Puts a hold into the queue. With it a test decides between which two commits something else happens.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if the queue is full.
    pub fn hold(&self) -> Result<Hold, StoreError> {
        let held = match &self.0 {
            Engine::Sqlite(thread) => Held::Sqlite(thread.hold()?),
            Engine::Memory(memory) => Held::Memory { _hold: memory.hold()? },
        };
        Ok(Hold(held))
    }

    /// How much waits in the queue.
    #[must_use]
    pub fn waiting(&self) -> usize {
        match &self.0 {
            Engine::Sqlite(thread) => thread.waiting(),
            Engine::Memory(memory) => memory.waiting(),
        }
    }

    /// Has everything that was written moved from the log into the file, and the log emptied. Does not wait for readers.
    ///
    /// # Errors
    /// See [`StoreError`]; [`StoreError::LogInUse`] while somebody reads what is older.
    pub async fn empty_log(&self) -> Result<(), StoreError> {
        match &self.0 {
            Engine::Sqlite(thread) => thread.empty_log().await,
            Engine::Memory(_) => self.settle().await,
        }
    }

    /// Writes what is waiting, then ends. Who comes later is told that the store is busy.
    pub fn close(self) {
        match self.0 {
            Engine::Sqlite(thread) => thread.close(),
            Engine::Memory(memory) => memory.close(),
        }
    }
}
