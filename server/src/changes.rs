//! Who waits for an event to change.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use sync_core::ids::{DeviceId, EventId};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// So many may wait at once.
const LISTENERS_LIMIT: usize = 256;
/// And so many of one device or one session: a browser has a few pages open.
const LISTENERS_OF_ONE_LIMIT: usize = 16;
/// And so many of one device together with all sessions that it stands behind.
const LISTENERS_OF_SPONSOR_LIMIT: usize = 64;

type Bells = Mutex<HashMap<EventId, watch::Sender<u64>>>;

/// Wakes whoever waits for an event.
#[derive(Default)]
pub struct Changes {
    bells: Arc<Bells>,
    listeners: Arc<Listeners>,
    closing: CancellationToken,
}

/// How many each device or session has that anybody waits with.
type Listeners = Mutex<HashMap<Who, usize>>;

/// Somebody who listens for changes, and who answers for how much they take.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Who {
    /// A device with a key of its own, or the session of a browser.
    pub caller: DeviceId,
    /// The device that stands behind them.
    pub sponsor: DeviceId,
}

/// Somebody who waits for an event.
pub struct Listener {
    event: EventId,
    who: Who,
    heard: watch::Receiver<u64>,
    bells: Arc<Bells>,
    listeners: Arc<Listeners>,
    closing: CancellationToken,
}

impl Changes {
    /// Something of an event has become durable.
    pub fn ring(&self, event: EventId) {
        if let Some(bell) = self.bells.lock().expect("no holder panics").get(&event) {
            bell.send_modify(|rung| *rung += 1);
        }
    }

    /// Begins to wait for an event; `None` if too many do, or the same one or the same sponsor too often.
    #[must_use]
    pub fn listen(&self, event: EventId, who: Who) -> Option<Listener> {
        {
            let mut listeners = self.listeners.lock().expect("no holder panics");
            let own = listeners.get(&who).copied().unwrap_or(0);
            let of_sponsor = listeners.iter().filter(|(other, _)| other.sponsor == who.sponsor).map(|(_, count)| count);
            if own >= LISTENERS_OF_ONE_LIMIT
                || of_sponsor.sum::<usize>() >= LISTENERS_OF_SPONSOR_LIMIT
                || listeners.values().sum::<usize>() >= LISTENERS_LIMIT
            {
                return None;
            }
            listeners.insert(who, own + 1);
        }
        let mut bells = self.bells.lock().expect("no holder panics");
        let heard = bells.entry(event).or_insert_with(|| watch::channel(0).0).subscribe();
        let (bells, listeners) = (Arc::clone(&self.bells), Arc::clone(&self.listeners));
        Some(Listener { event, who, heard, bells, listeners, closing: self.closing.clone() })
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
        {
            let mut listeners = self.listeners.lock().expect("no holder panics");
            let left = listeners.get(&self.who).map_or(0, |count| count.saturating_sub(1));
            if left == 0 {
                listeners.remove(&self.who)
            } else {
                listeners.insert(self.who, left)
            };
        }
        let mut bells = self.bells.lock().expect("no holder panics");
        // This listener is still counted.
        if bells.get(&self.event).is_some_and(|bell| bell.receiver_count() <= 1) {
            bells.remove(&self.event);
        }
    }
}
