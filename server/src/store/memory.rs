//! The store in memory, for tests and simulations: ordered maps, written from the contract and not from the SQL.
//!
//! It has no thread: a commit is carried out when it is handed over, or when whoever held it back lets it go. A commit
//! makes the next state out of a copy of the last one, so one that is refused leaves nothing behind, a reader keeps the
//! state at which it began, and what a power cut leaves is the state after the last commit.

mod audit;
mod devices;
mod events;
mod invites;
mod perform;
mod prepared;
mod reads;
mod registry;
mod sessions;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sync_core::ids::{DeviceId, EventId, NodeId};
use sync_core::trust::PublicKey;
use tokio_util::sync::CancellationToken;

use self::devices::Device;
use self::events::Event;
use self::invites::Invitation;
use self::perform::perform;
use self::registry::Changed;
use self::sessions::Session;
use super::audit::Entry;
use super::registry::RegistryNumber;
use super::sessions::SignInRow;
use super::shared::SharedMemory;
use super::tree::NodeRow;
use super::writer::Pending;
use super::{Reads, StoreError};

/// So many commits are held back at the most, as many as wait for the thread that writes to SQLite.
const QUEUE: usize = 1024;

/// Everything that is kept. What belongs to one event is copied only by a commit in that event.
#[derive(Clone, Default, Debug)]
struct State {
    home: Option<PublicKey>,
    /// In the order in which they were created.
    created: Vec<EventId>,
    events: BTreeMap<EventId, Arc<Event>>,
    nodes: BTreeMap<NodeId, NodeRow>,
    devices: BTreeMap<DeviceId, Device>,
    invites: BTreeMap<[u8; 32], Invitation>,
    sign_ins: BTreeMap<[u8; 32], SignInRow>,
    sessions: BTreeMap<[u8; 8], Session>,
    /// What each change of the registry was about, in order.
    registry: Vec<Changed>,
    audit: Vec<Arc<Entry>>,
    /// The numbers of erasures whose remains are still to be overwritten.
    overwriting: Vec<i64>,
    erasures: i64,
}

/// What a store in memory is kept on, as a disk is for another one. Clones are the same medium.
#[derive(Clone, Default)]
pub struct Memory(Arc<Medium>);

#[derive(Default)]
struct Medium {
    state: Mutex<Arc<State>>,
    waiting: Mutex<Line>,
    ended: CancellationToken,
    shared: SharedMemory,
}

/// What was handed over and is not carried out yet.
#[derive(Default)]
struct Line {
    queue: VecDeque<Queued>,
    holds: u64,
    fails_next: Option<StoreError>,
    is_closed: bool,
}

enum Queued {
    Commit(Box<Pending>),
    /// Nothing behind it is carried out until it is released.
    Hold(u64),
}

/// Keeps a [`Memory`] from carrying out what is handed over after it, until it is dropped.
pub(super) struct MemoryHold {
    memory: Memory,
    number: u64,
}

impl Drop for MemoryHold {
    fn drop(&mut self) {
        self.memory.line().queue.retain(|queued| !matches!(queued, Queued::Hold(number) if *number == self.number));
        self.memory.carry_out();
    }
}

/// No holder panics but where a commit asks back, and what it had changed is dropped then.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memory {
    /// A medium with what this one holds durably; nothing that happens to one of them is seen by the other.
    #[must_use]
    pub fn copy(&self) -> Self {
        let state = Mutex::new(Arc::clone(&lock(&self.0.state)));
        Self(Arc::new(Medium { state, ..Medium::default() }))
    }

    /// Everything that is kept durably, written out in full and in order, to be compared with what another run kept.
    #[must_use]
    pub fn written_out(&self) -> String {
        format!("{:#?}", lock(&self.0.state))
    }

    /// Cuts the power. Whoever waits for a commit that was held back is never answered, and nothing more is written here.
    /// Returns the medium as it is found when the power comes back.
    #[must_use]
    pub fn cut_power(&self) -> Self {
        let lost = {
            let mut line = self.line();
            line.is_closed = true;
            std::mem::take(&mut line.queue)
        };
        drop(lost);
        self.0.ended.cancel();
        self.copy()
    }

    /// The next commit fails so, and nothing of it is written.
    pub fn fail_next(&self, error: StoreError) {
        self.line().fails_next = Some(error);
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&dyn Reads) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let state = Arc::clone(&lock(&self.0.state));
        read(&*state)
    }

    pub(super) fn registry_number(&self) -> RegistryNumber {
        lock(&self.0.state).number_of_registry()
    }

    pub(super) fn shared(&self) -> &SharedMemory {
        &self.0.shared
    }

    pub(super) fn require_room(&self) -> Result<(), StoreError> {
        let line = self.line();
        if line.is_closed || line.queue.len() >= QUEUE { Err(StoreError::Busy) } else { Ok(()) }
    }

    pub(super) fn hand_over(&self, pending: Box<Pending>) {
        self.line().queue.push_back(Queued::Commit(pending));
        self.carry_out();
    }

    pub(super) fn hold(&self) -> Result<MemoryHold, StoreError> {
        self.require_room()?;
        let mut line = self.line();
        line.holds += 1;
        let number = line.holds;
        line.queue.push_back(Queued::Hold(number));
        Ok(MemoryHold { memory: self.clone(), number })
    }

    /// How much was handed over and waits, the holds included that wait behind another one.
    pub(super) fn waiting(&self) -> usize {
        let line = self.line();
        line.queue.len() - usize::from(matches!(line.queue.front(), Some(Queued::Hold(_))))
    }

    pub(super) async fn ended(&self) {
        self.0.ended.cancelled().await;
    }

    /// Carries out what was held back, and takes nothing more.
    pub(super) fn close(&self) {
        self.line().queue.retain(|queued| matches!(queued, Queued::Commit(_)));
        self.carry_out();
        self.line().is_closed = true;
        self.0.ended.cancel();
    }

    /// Carries out what waits, up to the first hold.
    fn carry_out(&self) {
        loop {
            let (waiting, became) = {
                let mut line = self.line();
                let Some(pending) = line.next_commit() else { return };
                let Pending { commit, waiting } = *pending;
                let became = match line.fails_next.take() {
                    Some(error) => Err(error),
                    None => self.commit(commit),
                };
                (waiting, became)
            };
            waiting.tell(became);
        }
    }

    fn commit(&self, commit: super::Commit) -> Result<super::Outcome, StoreError> {
        let mut next = State::clone(&lock(&self.0.state));
        let outcome = perform(&mut next, commit)?;
        *lock(&self.0.state) = Arc::new(next);
        Ok(outcome)
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        lock(&self.0.waiting)
    }
}

impl Line {
    fn next_commit(&mut self) -> Option<Box<Pending>> {
        if let Some(Queued::Hold(_)) = self.queue.front() {
            return None;
        }
        match self.queue.pop_front()? {
            Queued::Commit(pending) => Some(pending),
            Queued::Hold(_) => None,
        }
    }
}

impl State {
    fn event(&self, event: EventId) -> Result<&Event, StoreError> {
        self.events.get(&event).map(|event| &**event).ok_or(StoreError::UnknownEvent)
    }

    fn event_mut(&mut self, event: EventId) -> Result<&mut Event, StoreError> {
        self.events.get_mut(&event).map(Arc::make_mut).ok_or(StoreError::UnknownEvent)
    }
}

/// What is to be new is there already: whoever hands it over has a bug, and nothing of it is written.
fn taken(what: &str) -> StoreError {
    StoreError::Medium(format!("there is such {what} already"))
}
