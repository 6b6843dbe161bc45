//! Who waits for an event to change.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use sync_core::ids::EventId;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// So many may wait at once.
const LISTENERS_LIMIT: usize = 256;

type Bells = Mutex<HashMap<EventId, watch::Sender<u64>>>;

/// Wakes whoever waits for an event.
#[derive(Default)]
pub struct Changes {
    bells: Arc<Bells>,
    listeners: Arc<AtomicUsize>,
    closing: CancellationToken,
}

/// Somebody who waits for an event.
pub struct Listener {
    event: EventId,
    heard: watch::Receiver<u64>,
    bells: Arc<Bells>,
    listeners: Arc<AtomicUsize>,
    closing: CancellationToken,
}

impl Changes {
    /// Something of an event has become durable.
    pub fn ring(&self, event: EventId) {
        if let Some(bell) = self.bells.lock().expect("no holder panics").get(&event) {
            bell.send_modify(|rung| *rung += 1);
        }
    }

    /// Begins to wait for an event; `None` if too many do.
    #[must_use]
    pub fn listen(&self, event: EventId) -> Option<Listener> {
        if self.listeners.fetch_add(1, Ordering::SeqCst) >= LISTENERS_LIMIT {
            self.listeners.fetch_sub(1, Ordering::SeqCst);
            return None;
        }
        let mut bells = self.bells.lock().expect("no holder panics");
        let heard = bells.entry(event).or_insert_with(|| watch::channel(0).0).subscribe();
        let (bells, listeners) = (Arc::clone(&self.bells), Arc::clone(&self.listeners));
        Some(Listener { event, heard, bells, listeners, closing: self.closing.clone() })
    }

    /// Lets nobody wait any longer: the server stops.
    pub fn close(&self) {
        self.closing.cancel();
    }
}

impl Listener {
    /// Waits until the event has changed since this was asked last. `false` if the server stops.
    pub async fn changed(&mut self) -> bool {
        tokio::select! {
            () = self.closing.cancelled() => false,
            rung = self.heard.changed() => rung.is_ok(),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.listeners.fetch_sub(1, Ordering::SeqCst);
        let mut bells = self.bells.lock().expect("no holder panics");
        // This listener is still counted.
        if bells.get(&self.event).is_some_and(|bell| bell.receiver_count() <= 1) {
            bells.remove(&self.event);
        }
    }
}
