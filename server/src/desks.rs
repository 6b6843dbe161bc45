//! One desk for each open event, opened on demand and closed when idle.

pub mod clerk;
mod desk;
mod erased_people;
mod erasing;
mod partial_snapshots;
mod snapshots;
mod waiting;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sync_core::admission::{ChainLink, Inspected, Rejection};
use sync_core::exchange::{Cursor, Item, OwnLog, Receipt};
use sync_core::ids::{ChangeHash, DocumentRef, EventId};
use sync_core::replica::ledger::Ledger;
use sync_core::replica::reading::Hidden;
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, HomeKey, Signed};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::clerk::{Done, Order};
pub use self::erased_people::ErasedPeople;
pub use self::erasing::Erase;
use self::partial_snapshots::PartialSnapshots;
use crate::auth::{Members, Participant};
use crate::error::{Denial, Problem};
use crate::store::audit::Deed;
use crate::store::quarantine::Decision;
use crate::store::{Durable, Store, StoreError, Writer};

/// Requests that wait at one desk at the most.
const MAILBOX: usize = 256;

/// What a desk is asked to do.
pub(crate) enum Errand {
    /// To judge what a device brings.
    Judge { bring: Bring, reply: oneshot::Sender<Result<Judged, StoreError>> },
    /// To let in or refuse what waits.
    Decide { decide: Decide, reply: oneshot::Sender<Result<Settled, StoreError>> },
    /// To perform what somebody without a replica wants done.
    Perform { order: Box<Order>, reply: oneshot::Sender<Result<Done, Denial>> },
    /// To found the event again without somebody.
    Erase { erase: Erase, reply: oneshot::Sender<Result<Vec<Hidden>, Problem>> },
    /// To show the event as it is.
    Look { look: Box<dyn FnOnce(&Ledger) + Send> },
}

impl Errand {
    fn fail(self, error: StoreError) {
        match self {
            Self::Judge { reply, .. } => drop(reply.send(Err(error))),
            Self::Decide { reply, .. } => drop(reply.send(Err(error))),
            Self::Perform { reply, .. } => drop(reply.send(Err(error.into()))),
            Self::Erase { reply, .. } => drop(reply.send(Err(error.into()))),
            // Whoever looks learns that nothing came.
            Self::Look { .. } => {}
        }
    }
}

/// What a device brings.
pub struct Bring {
    /// Which device.
    pub device: Arc<Participant>,
    /// The items, in order.
    pub items: Vec<Brought>,
    /// How far the device has come in recording.
    pub own_log: OwnLog,
    /// When, by the server's clock.
    pub at: UnixMillis,
}

/// An item that came in, with what was found out about it beside the desk: several requests are looked at at once, and a
/// desk judges one after the other.
pub enum Brought {
    /// A grant.
    Grant(Signed<Grant>),
    /// A change of the right form.
    Change(Box<Inspected<'static>>),
    /// A change that is none.
    Formless(Rejection),
}

impl Brought {
    /// Looks at an item of an event. A device mostly brings its own changes: their seals are verified here.
    #[must_use]
    pub fn of(item: Item, event: EventId, device: &Participant) -> Self {
        let sealed = match item {
            Item::Grant(signed) => return Self::Grant(signed),
            Item::Change(sealed) => sealed,
        };
        match Inspected::of(Cow::Owned(sealed)) {
            Ok(mut inspected) => {
                if inspected.sealed().device == device.id {
                    inspected.verify_seal(event, &device.grant.key);
                }
                Self::Change(Box::new(inspected))
            }
            Err(rejection) => Self::Formless(rejection),
        }
    }
}

/// An organizer's decision about what waits.
#[derive(Debug)]
pub struct Decide {
    /// Hashes of changes that wait. Those that do not wait are passed over.
    pub changes: Vec<ChangeHash>,
    /// What was decided.
    pub decision: Decision,
    /// Why, in the organizer's words.
    pub reason: String,
    /// Who decided, and when.
    pub deed: Deed,
}

/// What came of a decision. Nobody may be told before it is durable.
pub struct Settled {
    /// For each change that waited, what became of it.
    pub receipts: Vec<(ChangeHash, Receipt)>,
    /// Resolves when the decision is durable.
    pub durable: Option<Durable<()>>,
}

/// What a desk answers. Nobody may be told before it is durable.
pub struct Judged {
    /// One for each item of the request.
    pub receipts: Vec<Receipt>,
    /// Where the event stands with this request.
    pub cursor: Cursor,
    /// What home may confirm of it.
    pub links: Vec<(DocumentRef, ChainLink)>,
    /// Resolves when everything up to `cursor` is durable.
    pub durable: Option<Durable<()>>,
    /// What the device may not read.
    pub hidden: Hidden,
}

/// When a desk writes a snapshot, and when it closes.
#[derive(Clone, Copy, Debug)]
pub struct DeskSettings {
    /// A desk without work closes after this long.
    pub idle: Duration,
    /// A snapshot is written after this many new items.
    pub snapshot_items: u64,
    /// And after this many new bytes.
    pub snapshot_bytes: u64,
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self { idle: Duration::from_secs(300), snapshot_items: 1000, snapshot_bytes: 4 << 20 }
    }
}

/// What all desks share.
#[derive(Clone)]
pub(crate) struct Office {
    pub store: Arc<Store>,
    pub writer: Writer,
    pub home: Arc<HomeKey>,
    pub settings: DeskSettings,
    pub members: Arc<Members>,
}

impl Office {
    /// Reads the store beside the desks' work.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.store);
        let reading = tokio::task::spawn_blocking(move || read(&store));
        reading.await.map_err(|_| StoreError::Damaged("reading the store failed".to_owned()))?
    }
}

/// The desks.
pub struct Desks {
    office: Office,
    open: Arc<Mutex<HashMap<EventId, mpsc::Sender<Errand>>>>,
    tasks: TaskTracker,
    closing: CancellationToken,
    partial_snapshots: PartialSnapshots,
}

impl Desks {
    /// No desk is open yet.
    #[must_use]
    pub fn new(store: Arc<Store>, writer: Writer, members: Arc<Members>, settings: DeskSettings) -> Self {
        let home = Arc::new(members.registrar().home().clone());
        Self {
            office: Office { store, writer, home, settings, members },
            open: Arc::default(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            partial_snapshots: PartialSnapshots::default(),
        }
    }

    /// Has what a device brings judged at the desk of an event, opening it if need be.
    ///
    /// # Errors
    /// [`Problem::UNKNOWN_EVENT`], [`Problem::BUSY`], or what the store reports.
    pub async fn judge(&self, event: EventId, bring: Bring) -> Result<Judged, Problem> {
        let (reply, answer) = oneshot::channel();
        self.send(event, Errand::Judge { bring, reply }).await?;
        Ok(answer.await.map_err(|_| Problem::BUSY)??)
    }

    /// Releases or discards what waits in an event.
    ///
    /// # Errors
    /// As for [`Desks::judge`].
    pub async fn decide(&self, event: EventId, decide: Decide) -> Result<Settled, Problem> {
        let (reply, answer) = oneshot::channel();
        self.send(event, Errand::Decide { decide, reply }).await?;
        Ok(answer.await.map_err(|_| Problem::BUSY)??)
    }

    /// Performs what somebody without a replica wants done. An order that was performed is not performed again.
    ///
    /// # Errors
    /// As for [`Desks::judge`]; [`Problem::REUSED_COMMAND`]; what the order's plan and its commands are refused for.
    pub async fn perform(&self, event: EventId, order: Order) -> Result<Done, Denial> {
        let (reply, answer) = oneshot::channel();
        self.send(event, Errand::Perform { order: Box::new(order), reply }).await?;
        answer.await.map_err(|_| Problem::BUSY)?
    }

    /// Founds an event again without who is to be erased, and begins to write the snapshots that devices begin anew
    /// with. What was erased is deleted when this returns, and still to be overwritten.
    ///
    /// # Errors
    /// As for [`Desks::judge`]; [`Problem::HELD_SPEAKS_OF_THEM`].
    pub async fn erase(&self, event: EventId, erase: Erase) -> Result<(), Problem> {
        let (reply, answer) = oneshot::channel();
        self.send(event, Errand::Erase { erase, reply }).await?;
        let readings = answer.await.map_err(|_| Problem::BUSY)??;
        self.begin_snapshots(event, readings).await
    }

    /// Reads an event from the store, without opening it.
    ///
    /// # Errors
    /// [`Problem::UNKNOWN_EVENT`], or what the store reports.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        event: EventId,
        look: impl FnOnce(&Ledger) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let home = self.office.home.public();
        let read = self.office.read(move |store| {
            let (ledger, _) = snapshots::load(store, event, home)?;
            Ok(look(&ledger))
        });
        Ok(read.await?)
    }

    /// Looks at an event as it is now.
    ///
    /// # Errors
    /// As for [`Desks::judge`].
    pub async fn look<T: Send + 'static>(
        &self,
        event: EventId,
        look: impl FnOnce(&Ledger) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        let look = Box::new(move |ledger: &Ledger| drop(reply.send(look(ledger))));
        self.send(event, Errand::Look { look }).await?;
        answer.await.map_err(|_| Problem::BUSY)
    }

    async fn send(&self, event: EventId, mut errand: Errand) -> Result<(), Problem> {
        // A desk that closes just now is opened anew.
        for _ in 0..3 {
            let mailbox = self.mailbox(event).await?;
            match mailbox.try_send(errand) {
                Ok(()) => return Ok(()),
                Err(mpsc::error::TrySendError::Full(_)) => return Err(Problem::BUSY),
                Err(mpsc::error::TrySendError::Closed(back)) => errand = back,
            }
        }
        Err(Problem::BUSY)
    }

    async fn mailbox(&self, event: EventId) -> Result<mpsc::Sender<Errand>, Problem> {
        if let Some(mailbox) = self.find(event) {
            return Ok(mailbox);
        }
        if self.closing.is_cancelled() {
            return Err(Problem::BUSY);
        }
        let store = Arc::clone(&self.office.store);
        let exists = tokio::task::spawn_blocking(move || store.has_event(event));
        if !exists.await.map_err(|_| Problem::INTERNAL)?? {
            return Err(Problem::UNKNOWN_EVENT);
        }
        let mut open = self.open.lock().expect("no holder panics");
        if let Some(mailbox) = open.get(&event).filter(|mailbox| !mailbox.is_closed()) {
            return Ok(mailbox.clone());
        }
        let (mailbox, errands) = mpsc::channel(MAILBOX);
        open.insert(event, mailbox.clone());
        let (office, closing, open) = (self.office.clone(), self.closing.clone(), Arc::clone(&self.open));
        self.tasks.spawn(async move {
            desk::run(office, event, errands, closing).await;
            let mut open = open.lock().expect("no holder panics");
            if open.get(&event).is_some_and(mpsc::Sender::is_closed) {
                open.remove(&event);
            }
        });
        Ok(mailbox)
    }

    fn find(&self, event: EventId) -> Option<mpsc::Sender<Errand>> {
        let open = self.open.lock().expect("no holder panics");
        open.get(&event).filter(|mailbox| !mailbox.is_closed()).cloned()
    }

    /// How many desks are open.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.open.lock().expect("no holder panics").values().filter(|mailbox| !mailbox.is_closed()).count()
    }

    /// Lets every desk finish what waits there, and closes them.
    pub async fn close(&self) {
        self.closing.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
