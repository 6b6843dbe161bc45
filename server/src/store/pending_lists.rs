//! Lists that somebody uploaded and may accept: kept for a while, as they came.
//!
//! What a list would do follows from the list and the event, so every process can find it out. Each organizer has a share
//! of the memory that lists and their plans take, and so has each event. A list that does not fit pushes out older ones of
//! the same organizer, and nobody else's.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use sync_core::ids::{DeviceId, EventId};
use sync_core::time::UnixMillis;

use super::Store;

/// A list is kept for so long.
const LIFE_MS: i64 = 60 * 60 * 1000;

/// How much memory lists and their plans may take, as far as their text tells.
const LIMITS: Shares = Shares { organizer_bytes: 128 << 20, event_bytes: 256 << 20, all_bytes: 512 << 20 };

#[derive(Clone, Copy)]
struct Shares {
    organizer_bytes: usize,
    event_bytes: usize,
    all_bytes: usize,
}

/// A list that somebody uploaded.
#[derive(PartialEq, Eq, Debug)]
pub struct PendingList {
    /// The id of the plan that follows from it.
    pub plan: String,
    /// The event into which it is imported.
    pub event: EventId,
    /// The device that uploaded it, or that home holds for who did.
    pub by: DeviceId,
    /// When it came, by the server's clock.
    pub at: UnixMillis,
    /// How it is to be read, as whoever keeps it writes that down.
    pub asked: Vec<u8>,
    /// The file.
    pub file: Vec<u8>,
    /// About what it takes in the memory of a process, with its plan.
    pub weight_bytes: usize,
}

impl PendingList {
    fn is_of(&self, plan: &str, event: EventId) -> bool {
        self.plan == plan && self.event == event
    }

    const fn is_over(&self, now: UnixMillis) -> bool {
        now.0 - self.at.0 >= LIFE_MS
    }
}

/// There is no room for a list without taking another organizer's.
#[derive(PartialEq, Eq, Debug)]
pub struct NoRoom;

/// The lists that may be accepted, the oldest first.
#[derive(Default)]
pub(super) struct PendingLists(Mutex<VecDeque<Arc<PendingList>>>);

impl PendingLists {
    fn keep_within(&self, limits: &Shares, list: PendingList) -> Result<(), NoRoom> {
        let mut kept = self.0.lock().expect("no holder panics");
        kept.retain(|known| !known.is_over(list.at) && !known.is_of(&list.plan, list.event));
        loop {
            let sum = |is_counted: &dyn Fn(&PendingList) -> bool| -> usize {
                kept.iter().filter(|known| is_counted(known)).map(|known| known.weight_bytes).sum()
            };
            let fits = sum(&|known| known.by == list.by) + list.weight_bytes <= limits.organizer_bytes
                && sum(&|known| known.event == list.event) + list.weight_bytes <= limits.event_bytes
                && sum(&|_| true) + list.weight_bytes <= limits.all_bytes;
            if fits {
                break;
            }
            let own = kept.iter().position(|known| known.by == list.by);
            kept.remove(own.ok_or(NoRoom)?);
        }
        kept.push_back(Arc::new(list));
        Ok(())
    }

    fn find(&self, plan: &str, event: EventId, now: UnixMillis) -> Option<Arc<PendingList>> {
        let kept = self.0.lock().expect("no holder panics");
        kept.iter().find(|known| known.is_of(plan, event)).filter(|known| !known.is_over(now)).cloned()
    }
}

impl Store {
    /// Keeps a list, instead of an earlier one with the same plan. Older ones of the same organizer go if there is no room.
    ///
    /// # Errors
    /// [`NoRoom`].
    pub fn keep_list(&self, list: PendingList) -> Result<(), NoRoom> {
        self.shared().lists.keep_within(&LIMITS, list)
    }

    /// The list from which a plan follows; `None` if it is not kept any more.
    #[must_use]
    pub fn pending_list(&self, plan: &str, event: EventId, now: UnixMillis) -> Option<Arc<PendingList>> {
        self.shared().lists.find(plan, event, now)
    }

    /// Forgets the lists for an event: they may name somebody who was erased since, and nobody was asked about them.
    pub fn forget_lists_of(&self, event: EventId) {
        self.shared().lists.0.lock().expect("no holder panics").retain(|known| known.event != event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORGANIZERS: [DeviceId; 2] = [DeviceId([1; 16]), DeviceId([2; 16])];
    const EVENTS: [EventId; 2] = [EventId([1; 16]), EventId([2; 16])];

    fn list(plan: &str, by: DeviceId, event: EventId) -> PendingList {
        let (plan, at) = (plan.to_owned(), UnixMillis(0));
        PendingList { plan, event, by, at, asked: Vec::new(), file: Vec::new(), weight_bytes: 1000 }
    }

    #[test]
    fn a_list_pushes_out_older_ones_of_the_same_organizer_and_nobody_elses() {
        let (lists, [ann, bek], [shore, forest]) = (PendingLists::default(), ORGANIZERS, EVENTS);
        let limits = Shares { organizer_bytes: 3000, event_bytes: 4000, all_bytes: 5000 };
        let keep = |plan: &str, by, event| lists.keep_within(&limits, list(plan, by, event));
        let is_kept = |plan: &str, event| lists.find(plan, event, UnixMillis(1)).is_some();
        for plan in ["a1", "a2", "a3", "a4"] {
            keep(plan, ann, shore).unwrap();
        }
        assert!(!is_kept("a1", shore) && is_kept("a2", shore) && is_kept("a4", shore));
        keep("b1", bek, shore).unwrap();
        keep("b2", bek, shore).unwrap();
        assert!(!is_kept("b1", shore), "the event is full, and only Bek's own gives way");
        keep("b3", bek, forest).unwrap();
        keep("b4", bek, forest).unwrap();
        assert!(is_kept("a2", shore) && is_kept("a3", shore) && is_kept("a4", shore));
        assert_eq!(keep("c1", DeviceId([3; 16]), forest), Err(NoRoom));
    }
}
