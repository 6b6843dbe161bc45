//! Which events are kept in memory for reading: as many as fit, and what was unread for longest goes first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sync_core::ids::EventId;
use sync_core::replica::ledger::Ledger;

use tokio::sync::Semaphore;

use super::Read;

/// An event that is followed through the store.
pub(super) struct Followed {
    /// As far as it was read; nothing yet, or while it is read on. Locked only to take it out or put it back.
    newest: Mutex<Option<Read>>,
    /// Whoever holds its one permit reads the event on: the others wait for that without a thread.
    pub(super) reading_on: Arc<Semaphore>,
}

impl Default for Followed {
    fn default() -> Self {
        Self { newest: Mutex::default(), reading_on: Arc::new(Semaphore::new(1)) }
    }
}

impl Followed {
    /// The event as far as it was read.
    pub(super) fn newest(&self) -> Option<Read> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes the event out, to be read on: nobody else holds it afterwards but those who look at it already.
    pub(super) fn take(&self) -> Option<Read> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Puts the event back.
    pub(super) fn keep(&self, read: Read) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(read);
    }
}

/// The events that are kept.
pub(super) struct Kept {
    limit_bytes: usize,
    events: Mutex<Events>,
}

#[derive(Default)]
struct Events {
    of: HashMap<EventId, One>,
    reads: u64,
}

#[derive(Default)]
struct One {
    followed: Arc<Followed>,
    read_last: u64,
    bytes: usize,
}

impl Kept {
    /// Nothing yet, and then about as much as `limit_bytes`; what is read just now is kept however large it is.
    pub(super) fn within(limit_bytes: usize) -> Self {
        Self { limit_bytes, events: Mutex::default() }
    }

    /// The event, to be read.
    pub(super) fn followed(&self, event: EventId) -> Arc<Followed> {
        let mut events = self.events.lock().expect("no holder panics");
        events.reads += 1;
        let now = events.reads;
        let one = events.of.entry(event).or_default();
        one.read_last = now;
        Arc::clone(&one.followed)
    }

    /// The event was read and takes so much: others go, if all together take too much.
    pub(super) fn weigh(&self, event: EventId, bytes: usize) {
        let mut events = self.events.lock().expect("no holder panics");
        if let Some(one) = events.of.get_mut(&event) {
            one.bytes = bytes;
        }
        while events.of.values().map(|one| one.bytes).sum::<usize>() > self.limit_bytes {
            let others = events.of.iter().filter(|(other, one)| **other != event && one.bytes > 0);
            let Some(oldest) = others.min_by_key(|(_, one)| one.read_last).map(|(oldest, _)| *oldest) else { return };
            events.of.remove(&oldest);
        }
    }
}

impl Read {
    /// About how many bytes of memory it takes, as was measured of a ledger with and without its view.
    pub(super) fn held_bytes(&self) -> usize {
        const OF_PERSON: usize = 2900;
        const OF_ENTRY: usize = 160;
        let held = |ledger: &Ledger| {
            let documents = ledger.documents();
            let entries: usize = documents.logs().map(|log| log.entries.len()).sum();
            documents.roster().people.len() * OF_PERSON + entries * OF_ENTRY
        };
        match self {
            Self::Ledger(ledger) => held(ledger),
            Self::Seen(seen) => 2 * held(&seen.ledger),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_unread_for_longest_goes_when_there_is_no_more_room() {
        let kept = Kept::within(100);
        let [one, two, three] = [1, 2, 3].map(|id| EventId([id; 16]));
        let followed = [one, two].map(|event| {
            let followed = kept.followed(event);
            kept.weigh(event, 40);
            followed
        });
        drop(kept.followed(one));
        kept.weigh(three, 40);
        let third = kept.followed(three);
        kept.weigh(three, 40);
        assert!(Arc::ptr_eq(&kept.followed(one), &followed[0]), "it was read again");
        assert!(!Arc::ptr_eq(&kept.followed(two), &followed[1]), "it is read anew");
        assert!(Arc::ptr_eq(&kept.followed(three), &third));

        kept.weigh(one, 1000);
        assert!(Arc::ptr_eq(&kept.followed(one), &followed[0]), "alone, however large");
        assert!(!Arc::ptr_eq(&kept.followed(three), &third));
    }
}
