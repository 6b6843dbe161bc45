//! Places to compute, given in turn to everybody who waits for one: nobody's many requests keep others waiting.
//!
//! A place that becomes free goes to the event that was served longest ago, and there to the caller who was served
//! longest ago. One caller never has all places, and has only so many requests under way. Waiting costs no thread.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sync_core::ids::EventId;
use tokio::sync::oneshot;

use crate::error::Problem;
use crate::long_work::Owner;

/// A caller has so many requests under way at the most: those that compute, and those that wait.
pub const OF_CALLER: usize = 32;

/// The places, and who waits for them.
#[derive(Clone)]
pub struct FairQueue(Arc<Mutex<Queue>>);

struct Queue {
    places: usize,
    free: usize,
    callers: HashMap<Owner, Caller>,
    /// The event that was served longest ago stands first. `None` is the turn of work over several events.
    turns: VecDeque<EventTurn>,
}

#[derive(Default)]
struct Caller {
    requests: usize,
    places: usize,
}

struct EventTurn {
    event: Option<EventId>,
    /// The caller who was served longest ago stands first.
    callers: VecDeque<CallerTurn>,
}

struct CallerTurn {
    /// `None` for work on which everybody waits who reads the event.
    caller: Option<Owner>,
    waiting: VecDeque<oneshot::Sender<Place>>,
}

/// A request of a caller, counted until it is dropped.
pub struct Admitted {
    queue: FairQueue,
    caller: Owner,
}

/// A place to compute, until it is dropped.
pub struct Place {
    queue: FairQueue,
    caller: Option<Owner>,
}

impl FairQueue {
    /// So many places, all of them free.
    #[must_use]
    pub fn new(places: usize) -> Self {
        let queue = Queue { places, free: places, callers: HashMap::new(), turns: VecDeque::new() };
        Self(Arc::new(Mutex::new(queue)))
    }

    /// Counts a request of a caller.
    ///
    /// # Errors
    /// [`Problem::TOO_MUCH_WORK`] where the caller has as many under way as may be.
    pub fn admit(&self, caller: Owner) -> Result<Admitted, Problem> {
        let mut queue = self.lock();
        let counted = queue.callers.entry(caller).or_default();
        if counted.requests >= OF_CALLER {
            return Err(Problem::TOO_MUCH_WORK);
        }
        counted.requests += 1;
        Ok(Admitted { queue: self.clone(), caller })
    }

    /// Waits for a place to do what everybody needs who reads an event. Callers do not wait for each other's crowds there.
    ///
    /// # Errors
    /// [`Problem::BUSY`] while the server stops.
    pub async fn place_for_everybody(&self, event: EventId) -> Result<Place, Problem> {
        self.place(Some(event), None).await
    }

    async fn place(&self, event: Option<EventId>, caller: Option<Owner>) -> Result<Place, Problem> {
        let (gives, given) = oneshot::channel();
        self.lock().wait(event, caller, gives);
        self.give_places();
        given.await.map_err(|_| Problem::BUSY)
    }

    /// Gives the places that are free to those whose turn it is.
    fn give_places(&self) {
        loop {
            let Some((caller, waiting)) = self.lock().take_next() else { return };
            // Who has gone meanwhile gives the place back by dropping it, outside the lock.
            drop(waiting.send(Place { queue: self.clone(), caller }));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admitted {
    /// Waits for a place to compute something about an event; `None` for something over several events.
    ///
    /// # Errors
    /// [`Problem::BUSY`] while the server stops.
    pub async fn place(&self, event: Option<EventId>) -> Result<Place, Problem> {
        self.queue.place(event, Some(self.caller)).await
    }

    /// The queue that counts the request.
    #[must_use]
    pub const fn queue(&self) -> &FairQueue {
        &self.queue
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.queue.lock().change(self.caller, |caller| caller.requests -= 1);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        {
            let mut queue = self.queue.lock();
            queue.free += 1;
            if let Some(caller) = self.caller {
                queue.change(caller, |caller| caller.places -= 1);
            }
        }
        self.queue.give_places();
    }
}

impl Queue {
    fn wait(&mut self, event: Option<EventId>, caller: Option<Owner>, gives: oneshot::Sender<Place>) {
        let at = self.turns.iter().position(|turn| turn.event == event).unwrap_or_else(|| {
            self.turns.push_back(EventTurn { event, callers: VecDeque::new() });
            self.turns.len() - 1
        });
        let callers = &mut self.turns[at].callers;
        let at = callers.iter().position(|turn| turn.caller == caller).unwrap_or_else(|| {
            callers.push_back(CallerTurn { caller, waiting: VecDeque::new() });
            callers.len() - 1
        });
        let waiting = &mut callers[at].waiting;
        // Those who have gone are forgotten here, so that the queue is no longer than what is counted.
        waiting.retain(|gone| !gone.is_closed());
        waiting.push_back(gives);
    }

    /// Takes a place for whose turn it is; `None` where nobody waits or no place is free for those who do.
    fn take_next(&mut self) -> Option<(Option<Owner>, oneshot::Sender<Place>)> {
        if self.free == 0 {
            return None;
        }
        self.forget_gone();
        let callers = &self.callers;
        // One place is left for others, however many requests a caller has.
        let share = self.places.saturating_sub(1).max(1);
        let may = |turn: &CallerTurn| {
            turn.caller.is_none_or(|caller| callers.get(&caller).is_none_or(|caller| caller.places < share))
        };
        let at = self.turns.iter().position(|turn| turn.callers.iter().any(may))?;
        let mut event = self.turns.remove(at)?;
        let at = event.callers.iter().position(may)?;
        let mut turn = event.callers.remove(at)?;
        let (caller, next) = (turn.caller, turn.waiting.pop_front()?);
        event.callers.push_back(turn);
        self.turns.push_back(event);
        self.free -= 1;
        if let Some(caller) = caller {
            self.callers.entry(caller).or_default().places += 1;
        }
        Some((caller, next))
    }

    fn forget_gone(&mut self) {
        for event in &mut self.turns {
            for turn in &mut event.callers {
                while turn.waiting.front().is_some_and(oneshot::Sender::is_closed) {
                    turn.waiting.pop_front();
                }
            }
            event.callers.retain(|turn| !turn.waiting.is_empty());
        }
        self.turns.retain(|event| !event.callers.is_empty());
    }

    fn change(&mut self, caller: Owner, change: impl FnOnce(&mut Caller)) {
        if let Some(counted) = self.callers.get_mut(&caller) {
            change(counted);
            if counted.requests == 0 && counted.places == 0 {
                self.callers.remove(&caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use futures_util::future::BoxFuture;
    use sync_core::ids::DeviceId;

    use super::*;

    const SHORE: Option<EventId> = Some(EventId([1; 16]));
    const FOREST: Option<EventId> = Some(EventId([2; 16]));

    fn admitted(queue: &FairQueue, caller: u8) -> Admitted {
        queue.admit(Owner::Device(DeviceId([caller; 16]))).unwrap()
    }

    /// Somebody asks, and has a place now or waits.
    fn asks(queue: &FairQueue, caller: u8, event: Option<EventId>) -> BoxFuture<'static, Place> {
        let request = admitted(queue, caller);
        let mut asking = async move { request.place(event).await.unwrap() }.boxed();
        match asking.as_mut().now_or_never() {
            Some(place) => std::future::ready(place).boxed(),
            None => asking,
        }
    }

    fn is_served(asking: &mut BoxFuture<'static, Place>) -> Option<Place> {
        asking.as_mut().now_or_never()
    }

    #[test]
    fn a_caller_with_many_requests_leaves_one_place_to_others() {
        let queue = FairQueue::new(3);
        let mut crowd: Vec<_> = (0..8).map(|_| asks(&queue, 1, SHORE)).collect();
        let held: Vec<_> = crowd.iter_mut().filter_map(is_served).collect();
        assert_eq!(held.len(), 2);
        assert!(is_served(&mut asks(&queue, 2, SHORE)).is_some());
        assert!(is_served(&mut asks(&queue, 1, FOREST)).is_none(), "whichever event it is about");
    }

    #[test]
    fn places_go_round_the_events_and_in_each_round_its_callers() {
        let queue = FairQueue::new(2);
        let (first, second) = (is_served(&mut asks(&queue, 8, None)).unwrap(), is_served(&mut asks(&queue, 9, None)));
        let asked = [(1, SHORE), (1, SHORE), (1, SHORE), (2, SHORE), (3, FOREST), (3, FOREST)];
        let mut waiting: Vec<_> = asked.iter().map(|(caller, event)| Some(asks(&queue, *caller, *event))).collect();
        let mut order = Vec::new();
        let mut held = first;
        while waiting.iter().any(Option::is_some) {
            drop(held);
            let place = |asking: &mut Option<BoxFuture<'static, Place>>| is_served(asking.as_mut()?);
            let (at, place) = waiting.iter_mut().enumerate().find_map(|(at, one)| Some((at, place(one)?))).unwrap();
            waiting[at] = None;
            order.push(at);
            held = place;
        }
        assert_eq!(order, [0, 4, 3, 5, 1, 2], "shore, forest, shore of the other caller, forest, shore, shore");
        drop(second);
    }

    #[test]
    fn work_for_everybody_who_reads_an_event_does_not_wait_for_one_callers_crowd() {
        let queue = FairQueue::new(2);
        let mut crowd: Vec<_> = (0..8).map(|_| asks(&queue, 1, SHORE)).collect();
        let held: Vec<_> = crowd.iter_mut().filter_map(is_served).collect();
        assert_eq!(held.len(), 1);
        let shared = queue.place_for_everybody(EventId([1; 16]));
        assert!(shared.now_or_never().is_some());
    }

    #[test]
    fn a_caller_with_too_many_requests_under_way_is_told_at_once_and_others_are_not() {
        let queue = FairQueue::new(2);
        let mut under_way: Vec<_> = (0..OF_CALLER).map(|_| admitted(&queue, 1)).collect();
        let refused = queue.admit(Owner::Device(DeviceId([1; 16]))).err().unwrap();
        assert_eq!((refused.code, refused.retry_after_s.is_some()), ("too_much_work", true));
        let _other = admitted(&queue, 2);
        under_way.pop();
        let _again = admitted(&queue, 1);
    }

    #[test]
    fn who_stops_waiting_takes_no_place_and_leaves_nothing_behind() {
        let queue = FairQueue::new(1);
        let held = is_served(&mut asks(&queue, 1, SHORE)).unwrap();
        let gone: Vec<_> = (2..9).map(|caller| asks(&queue, caller, SHORE)).collect();
        let mut stays = asks(&queue, 9, SHORE);
        drop(gone);
        drop(held);
        drop(is_served(&mut stays).unwrap());
        let left = queue.lock();
        assert_eq!((left.free, left.callers.len(), left.turns.len()), (1, 0, 0));
    }
}
