//! Tells listeners which kinds of an event changed.
//!
//! Desks say what became durable; each listener is told from memory. An event to which nobody listened costs nothing.
//! Does not know what changed: a listener reads that where it always reads it.

mod known;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use sync_core::ids::{DeviceId, EventId};
use tokio::sync::{OnceCell, watch};
use tokio_util::sync::CancellationToken;

use self::known::Known;
pub use self::known::{Kind, Kinds, News, Position, PositionId, Told};

/// So many may wait at once.
const LISTENERS_LIMIT: usize = 256;
/// And so many of one device or one session: a browser has a few pages open.
const LISTENERS_OF_ONE_LIMIT: usize = 16;
/// And so many of one device together with all sessions that it stands behind.
const LISTENERS_OF_SPONSOR_LIMIT: usize = 64;
/// So many events are remembered, those to which somebody listens among them: a listener comes back after a moment.
const EVENTS_LIMIT: usize = 2 * LISTENERS_LIMIT;

/// Notifies listeners of new revisions.
#[derive(Default)]
pub struct Changes {
    events: Mutex<HashMap<EventId, Arc<Followed>>>,
    listeners: Arc<Listeners>,
    closing: CancellationToken,
}

/// How many each device or session has that anybody waits with.
type Listeners = Mutex<HashMap<Who, usize>>;

/// An event that somebody listens to, or listened to a moment ago.
struct Followed {
    known: watch::Sender<Option<Known>>,
    is_read: OnceCell<()>,
}

/// Somebody who listens for changes, and who answers for how much they take.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Who {
    /// A device with a key of its own, or the session of a browser.
    pub caller: DeviceId,
    /// The device that stands behind them.
    pub sponsor: DeviceId,
}

/// A place among those who may listen, until it is dropped.
struct Place {
    who: Who,
    listeners: Arc<Listeners>,
}

/// Somebody who listens to an event.
pub struct Listener {
    followed: Arc<Followed>,
    known: watch::Receiver<Option<Known>>,
    at: Option<Position>,
    closing: CancellationToken,
    _place: Place,
}

impl Changes {
    /// Something of an event has become durable.
    pub fn tell(&self, event: EventId, news: News) {
        let followed = self.events.lock().expect("no holder panics").get(&event).cloned();
        if let Some(followed) = followed {
            followed.hear(news);
        }
    }

    /// How far listeners of an event were told of it; `None` if nobody listens.
    #[must_use]
    pub fn told_of(&self, event: EventId) -> Option<Position> {
        let events = self.events.lock().expect("no holder panics");
        events.get(&event).and_then(|followed| followed.known.borrow().as_ref().map(Known::stands))
    }

    /// Begins to listen to an event; `None` if too many do, or the same one or the same sponsor too often.
    #[must_use]
    pub fn listen(&self, event: EventId, who: Who) -> Option<Listener> {
        let place = self.take_place(who)?;
        let mut events = self.events.lock().expect("no holder panics");
        if events.len() >= EVENTS_LIMIT && !events.contains_key(&event) {
            events.retain(|_, followed| followed.known.receiver_count() > 0);
        }
        let new = || Arc::new(Followed { known: watch::channel(None).0, is_read: OnceCell::new() });
        let followed = Arc::clone(events.entry(event).or_insert_with(new));
        let known = followed.known.subscribe();
        Some(Listener { followed, known, at: None, closing: self.closing.clone(), _place: place })
    }

    fn take_place(&self, who: Who) -> Option<Place> {
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
        Some(Place { who, listeners: Arc::clone(&self.listeners) })
    }

    /// Lets nobody wait any longer: the server stops.
    pub fn close(&self) {
        self.closing.cancel();
    }
}

impl Followed {
    fn hear(&self, news: News) {
        self.known.send_if_modified(|known| match known {
            Some(known) => known.hear(news),
            None => {
                *known = Some(Known::at(news.stands));
                true
            }
        });
    }
}

impl Listener {
    /// Begins where a listener was, or where the event stands, and says what to tell first; `None` if nothing was missed.
    ///
    /// `stands` is read for the first listener of an event, and for no other.
    ///
    /// # Errors
    /// What `stands` reports.
    pub async fn begin<E>(
        &mut self,
        heard: Option<PositionId>,
        stands: impl Future<Output = Result<Position, E>>,
    ) -> Result<Option<Told>, E> {
        let followed = Arc::clone(&self.followed);
        let reading = followed.is_read.get_or_try_init(|| async {
            let stands = stands.await?;
            followed.hear(News { since: stands.turn, stands, kinds: Kinds::new() });
            Ok(())
        });
        reading.await?;
        let known = self.known.borrow_and_update();
        let Some(known) = known.as_ref() else { return Ok(None) };
        self.at = Some(known.stands());
        Ok(heard.map_or(Some(Told::Stands(known.stands())), |heard| known.missed(heard)))
    }

    /// Waits until something changed since this listener was told last. However much it was, it is told at once. `None` if
    /// the server stops.
    pub async fn changed(&mut self) -> Option<Told> {
        loop {
            tokio::select! {
                biased;
                () = self.closing.cancelled() => return None,
                changed = self.known.changed() => changed.ok()?,
            }
            let known = self.known.borrow_and_update();
            let known = known.as_ref()?;
            let stands = known.stands();
            let kinds = self.at.replace(stands).map_or_else(|| Kinds::from(Kind::ALL), |at| known.since(at));
            if !kinds.is_empty() {
                return Some(Told::Changed(stands, kinds));
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut listeners = self.listeners.lock().expect("no holder panics");
        let left = listeners.get(&self.who).map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            listeners.remove(&self.who)
        } else {
            listeners.insert(self.who, left)
        };
    }
}
