//! One desk for each open event, opened on demand and closed when idle.

mod desk;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sync_core::exchange::{Cursor, Receipt, Request};
use sync_core::ids::EventId;
use sync_core::trust::{Confirmation, KeyPair, Signed};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::Device;
use crate::error::Problem;
use crate::store::{Durable, Store, StoreError, Writer};

/// Requests that wait at one desk at the most.
const MAILBOX: usize = 256;

/// What a desk is asked to do.
pub(crate) struct Errand {
    device: Arc<Device>,
    request: Request,
    reply: oneshot::Sender<Result<Judged, StoreError>>,
}

/// What a desk answers. Nobody may be told before it is durable.
pub struct Judged {
    /// One for each item of the request.
    pub receipts: Vec<Receipt>,
    /// Where the event stands with this request.
    pub cursor: Cursor,
    /// What home confirms of it.
    pub confirmation: Option<Signed<Confirmation>>,
    /// Resolves when everything up to `cursor` is durable.
    pub durable: Option<Durable<()>>,
    /// The event's number in the store.
    pub number: i64,
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
    pub home: Arc<KeyPair>,
    pub settings: DeskSettings,
}

/// The desks.
pub struct Desks {
    office: Office,
    open: Arc<Mutex<HashMap<EventId, mpsc::Sender<Errand>>>>,
    tasks: TaskTracker,
    closing: CancellationToken,
}

impl Desks {
    /// No desk is open yet.
    #[must_use]
    pub fn new(store: Arc<Store>, writer: Writer, home: Arc<KeyPair>, settings: DeskSettings) -> Self {
        Self {
            office: Office { store, writer, home, settings },
            open: Arc::default(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
        }
    }

    /// Has a request judged at the desk of its event, opening it if need be.
    ///
    /// # Errors
    /// [`Problem::UNKNOWN_EVENT`], [`Problem::BUSY`], or what the store reports.
    pub async fn judge(&self, device: Arc<Device>, request: Request) -> Result<Judged, Problem> {
        let event = request.event;
        let (reply, answer) = oneshot::channel();
        let mut errand = Errand { device, request, reply };
        // A desk that closes just now is opened anew.
        for _ in 0..3 {
            let mailbox = self.mailbox(event).await?;
            match mailbox.try_send(errand) {
                Ok(()) => return answer.await.map_err(|_| Problem::BUSY)?.map_err(Problem::from),
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
        let number = tokio::task::spawn_blocking(move || store.event_number(event))
            .await
            .map_err(|_| Problem::INTERNAL)??
            .ok_or(Problem::UNKNOWN_EVENT)?;
        let mut open = self.open.lock().expect("no holder panics");
        if let Some(mailbox) = open.get(&event).filter(|mailbox| !mailbox.is_closed()) {
            return Ok(mailbox.clone());
        }
        let (mailbox, errands) = mpsc::channel(MAILBOX);
        open.insert(event, mailbox.clone());
        let (office, closing, open) = (self.office.clone(), self.closing.clone(), Arc::clone(&self.open));
        self.tasks.spawn(async move {
            desk::run(office, event, number, errands, closing).await;
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
