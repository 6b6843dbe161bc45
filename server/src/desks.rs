//! One desk for each open event, opened on demand and closed when idle.

pub mod clerk;
mod desk;
mod erased_people;
mod erasing;
mod news;
mod pages;
mod partial_snapshots;
mod recent_cursors;
mod snapshots;
mod waiting;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
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
use self::pages::Pages;
pub use self::pages::{HandedOut, WrittenOnce};
use self::partial_snapshots::PartialSnapshots;
use crate::auth::{Members, Participant, Registry};
use crate::changes::Changes;
use crate::error::{Denial, Problem};
use crate::store::audit::Deed;
use crate::store::quarantine::Decision;
use crate::store::{Durable, Store, StoreError, Writer};
use crate::workers::Workers;

/// Requests that wait at one desk at the most.
const MAILBOX: usize = 256;
/// Where the store has moved on under a desk, what was asked is decided again so often.
const ATTEMPTS: usize = 5;

/// What a desk is asked to do.
pub(crate) enum Errand {
    /// To judge what a device brings.
    Judge { bring: Box<Looked>, reply: Reply<Judged> },
    /// To let in or refuse what waits.
    Decide { decide: Decide, reply: Reply<Settled> },
    /// To perform what somebody without a replica wants done.
    Perform { order: Box<Order>, reply: Reply<Done> },
    /// To found the event again without somebody.
    Erase { erase: Erase, reply: Reply<Founded> },
    /// To show the event as it is.
    Look { look: Box<dyn FnOnce(&Ledger) + Send> },
}

/// Where a desk answers. Nobody may be told before the answer is durable.
pub(crate) type Reply<T> = oneshot::Sender<Result<Answered<T>, Unanswered>>;

/// What a desk answers, and when that is durable.
pub(crate) struct Answered<T> {
    what: T,
    /// Resolves when everything on which the answer rests is durable; `None` where that is so already.
    durable: Option<Durable>,
}

/// Why a desk does not do what it was asked.
#[derive(Debug)]
pub(crate) enum Unanswered {
    /// It could not be kept.
    Store(StoreError),
    /// It is refused: the denial says why.
    Refused(Denial),
}

impl From<StoreError> for Unanswered {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Problem> for Unanswered {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem.into())
    }
}

impl From<Denial> for Unanswered {
    fn from(denial: Denial) -> Self {
        Self::Refused(denial)
    }
}

impl Errand {
    fn fail(self, error: StoreError) {
        match self {
            Self::Judge { reply, .. } => drop(reply.send(Err(error.into()))),
            Self::Decide { reply, .. } => drop(reply.send(Err(error.into()))),
            Self::Perform { reply, .. } => drop(reply.send(Err(error.into()))),
            Self::Erase { reply, .. } => drop(reply.send(Err(error.into()))),
            // Whoever looks learns that nothing came.
            Self::Look { .. } => {}
        }
    }
}

/// What a device brings.
pub struct Bring {
    /// The device that brings it.
    pub device: Arc<Participant>,
    /// The items, in order.
    pub items: Vec<Item>,
    /// How far the device has come in recording.
    pub own_log: OwnLog,
    /// The cursors that the device quotes of home.
    pub quoted: [Option<Cursor>; 2],
    /// When, by the server's clock.
    pub at: UnixMillis,
}

/// What a device brings, looked at beside the desk.
pub(crate) struct Looked {
    device: Arc<Participant>,
    items: Vec<Brought>,
    /// How many bytes the changes have.
    bytes: usize,
    own_log: OwnLog,
    quoted: [Option<Cursor>; 2],
    at: UnixMillis,
}

/// More items than this are judged on a thread of their own.
const LITTLE_ITEMS: usize = 16;
/// And so are items of more bytes than this: a phone's day is some 10 KB.
const LITTLE_BYTES: usize = 32 << 10;

impl Looked {
    /// Whether judging takes so long that other events should not wait for it.
    const fn is_much(&self) -> bool {
        self.items.len() > LITTLE_ITEMS || self.bytes > LITTLE_BYTES
    }
}

/// What a desk is asked, more than once where the store has moved on under it.
trait Wanted {
    type Answer;

    /// Makes what the desk is sent.
    fn errand(&self, event: EventId, reply: Reply<Self::Answer>) -> impl Future<Output = Errand> + Send;
}

impl Wanted for Bring {
    type Answer = Judged;

    /// Looks at the items. Others get their turn between any two.
    async fn errand(&self, event: EventId, reply: Reply<Judged>) -> Errand {
        let mut items = Vec::with_capacity(self.items.len());
        for item in &self.items {
            if !items.is_empty() {
                tokio::task::yield_now().await;
            }
            items.push(Brought::of(item.clone(), event, &self.device));
        }
        let sizes = self.items.iter().map(|item| match item {
            Item::Change(sealed) => sealed.change.len(),
            Item::Grant(_) => 0,
        });
        let (device, own_log, quoted, at) = (Arc::clone(&self.device), self.own_log, self.quoted, self.at);
        let bring = Looked { device, items, bytes: sizes.sum(), own_log, quoted, at };
        Errand::Judge { bring: Box::new(bring), reply }
    }
}

impl Wanted for Decide {
    type Answer = Settled;

    async fn errand(&self, _: EventId, reply: Reply<Settled>) -> Errand {
        Errand::Decide { decide: self.clone(), reply }
    }
}

impl Wanted for Order {
    type Answer = Done;

    async fn errand(&self, _: EventId, reply: Reply<Done>) -> Errand {
        Errand::Perform { order: Box::new(self.clone()), reply }
    }
}

impl Wanted for Erase {
    type Answer = Founded;

    async fn errand(&self, _: EventId, reply: Reply<Founded>) -> Errand {
        Errand::Erase { erase: self.clone(), reply }
    }
}

/// An item that came in, with what was found out about it beside the desk: several requests are looked at at once, and a
/// desk judges one after the other.
pub(crate) enum Brought {
    /// A signed grant, which the desk verifies.
    Grant(Signed<Grant>),
    /// A change of the right form.
    Change(Box<Inspected<'static>>),
    /// A change that is none.
    Formless(Rejection),
}

impl Brought {
    /// Looks at an item of an event. A device mostly brings its own changes: their seals are verified here.
    #[must_use]
    fn of(item: Item, event: EventId, device: &Participant) -> Self {
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
#[derive(Clone, Debug)]
pub struct Decide {
    /// Hashes of changes that wait. Those that do not wait are passed over.
    pub changes: BTreeSet<ChangeHash>,
    /// Whether the changes are let in or refused for good.
    pub decision: Decision,
    /// Why, in the organizer's words.
    pub reason: String,
    /// Who decided, and when.
    pub deed: Deed,
}

/// What came of a decision: for each change that waited, what became of it.
pub type Settled = Vec<(ChangeHash, Receipt)>;

/// How the devices read of an event that was founded again, if they do not read everything.
type Founded = Vec<Hidden>;

/// What a desk says of what a device brought.
pub struct Judged {
    /// One for each item of the request.
    pub receipts: Vec<Receipt>,
    /// Where the event stands with this request.
    pub cursor: Cursor,
    /// Whether the cursors that the device quoted are of the event's past for certain. If not, only the store knows.
    pub quoted_cursors_are_known: bool,
    /// What home may confirm of it.
    pub links: Vec<(DocumentRef, ChainLink)>,
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

/// The services that desks call.
pub struct DeskServices {
    /// Reads what is durable.
    pub store: Arc<Store>,
    /// Writes what a desk admits.
    pub writer: Writer,
    /// Tells who was let in, and follows that.
    pub registry: Arc<Registry>,
    /// Run what would keep other events waiting.
    pub workers: Workers,
}

/// What all desks share.
#[derive(Clone)]
pub(crate) struct Office {
    pub workers: Workers,
    pub store: Arc<Store>,
    pub writer: Writer,
    pub home: Arc<HomeKey>,
    pub settings: DeskSettings,
    pub registry: Arc<Registry>,
    pub members: Arc<Members>,
    pub changes: Arc<Changes>,
}

/// The open desks, one for each event that is worked on.
pub struct Desks {
    office: Office,
    open: Arc<Mutex<HashMap<EventId, mpsc::Sender<Errand>>>>,
    tasks: TaskTracker,
    closing: CancellationToken,
    partial_snapshots: PartialSnapshots,
    pages: Arc<Pages>,
}

impl Desks {
    /// No desk is open yet.
    #[must_use]
    pub fn new(services: DeskServices, settings: DeskSettings) -> Self {
        let DeskServices { store, writer, registry, workers } = services;
        let members = Arc::clone(registry.members());
        let home = Arc::new(members.registrar().home().clone());
        let pages = Arc::new(Pages::new(Arc::clone(&home)));
        Self {
            pages,
            office: Office { workers, store, writer, home, settings, registry, members, changes: Arc::default() },
            open: Arc::default(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            partial_snapshots: PartialSnapshots::default(),
        }
    }

    /// Tells listeners what became durable at these desks.
    #[must_use]
    pub fn changes(&self) -> &Changes {
        &self.office.changes
    }

    /// Has what a device brings judged at the desk of an event, opening it if need be, and waits until what was taken is
    /// durable.
    ///
    /// # Errors
    /// [`Problem::UNKNOWN_EVENT`], [`Problem::BUSY`], or what the store reports.
    pub async fn judge(&self, event: EventId, bring: Bring) -> Result<Judged, Problem> {
        self.ask(event, &bring).await.map_err(|denial| denial.problem)
    }

    /// Asks the desk of an event, and waits until its answer is durable. Where the store has moved on under the desk, it
    /// reads what is there and decides again.
    async fn ask<W: Wanted>(&self, event: EventId, wanted: &W) -> Result<W::Answer, Denial> {
        for _ in 0..ATTEMPTS {
            let (reply, answer) = oneshot::channel();
            self.send(event, wanted.errand(event, reply).await).await?;
            let error = match answer.await.map_err(|_| Problem::BUSY)? {
                Err(Unanswered::Refused(denial)) => return Err(denial),
                Err(Unanswered::Store(error)) => error,
                Ok(Answered { what, durable: None }) => return Ok(what),
                Ok(Answered { what, durable: Some(durable) }) => match durable.kept().await {
                    Ok(_) => return Ok(what),
                    Err(error) => error,
                },
            };
            if !matches!(error, StoreError::Conflict | StoreError::Revoked) {
                return Err(error.into());
            }
            tracing::debug!(%event, %error, "decided again");
            self.office.registry.follow().await?;
        }
        Err(Problem::BUSY.into())
    }

    /// Releases or discards what waits in an event.
    ///
    /// # Errors
    /// As for [`Desks::judge`].
    pub async fn decide(&self, event: EventId, decide: Decide) -> Result<Settled, Problem> {
        self.ask(event, &decide).await.map_err(|denial| denial.problem)
    }

    /// Performs what somebody without a replica wants done. An order that was performed is not performed again.
    ///
    /// # Errors
    /// As for [`Desks::judge`]; [`Problem::REUSED_COMMAND`]; what the order's plan and its commands are refused for.
    pub async fn perform(&self, event: EventId, order: Order) -> Result<Done, Denial> {
        self.ask(event, &order).await
    }

    /// Founds an event again without who is to be erased, and begins to write the snapshots that devices begin anew
    /// with. What was erased is deleted when this returns, and still to be overwritten.
    ///
    /// # Errors
    /// As for [`Desks::judge`]; [`Problem::HELD_SPEAKS_OF_THEM`].
    pub async fn erase(&self, event: EventId, erase: Erase) -> Result<(), Problem> {
        let readings = self.ask(event, &erase).await.map_err(|denial| denial.problem);
        // Also after a failure: it may be that only the answer is missing.
        self.pages.forget(event);
        let readings = readings?;
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
        let read = self.office.store.read(move |store| {
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
        if !self.office.store.read(move |store| store.has_event(event)).await? {
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
