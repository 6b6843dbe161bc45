//! The places of requests: how many are worked on at once, and for whom some are kept free.
//!
//! A request takes a place when the whole of it is here, and gives it back with the head of its answer: whoever sends or
//! reads slowly takes none. Probes of health take none either.

use std::net::IpAddr;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::error::Problem;
use crate::holders::{Held, Holders};

/// How many requests there may be.
#[derive(Clone, Copy, Debug)]
pub struct RequestLimits {
    /// That are worked on at once.
    pub at_once: usize,
    /// That are under way at once from one address, from the first byte on. Behind a proxy it is the caller's address.
    pub per_address: usize,
    /// One is worked on for no longer than this; and in each such time some of its body must come.
    pub patience: Duration,
}

impl RequestLimits {
    /// For so long a request waits for long work: it is answered what to do before its time is over.
    #[must_use]
    pub fn for_long_work(&self) -> Duration {
        self.patience * 9 / 10
    }
}

/// The places of a server.
pub struct Places {
    /// How many there are.
    pub limits: RequestLimits,
    anybody: Semaphore,
    organizers: Semaphore,
    callers: Holders,
}

impl Places {
    /// All are free. An eighth as many more are for organizers alone.
    #[must_use]
    pub fn new(limits: RequestLimits) -> Self {
        let for_organizers = (limits.at_once / 8).max(1);
        Self {
            limits,
            anybody: Semaphore::new(limits.at_once),
            organizers: Semaphore::new(for_organizers),
            callers: Holders::default(),
        }
    }

    /// Lets a request begin to come from an address.
    ///
    /// # Errors
    /// [`Problem::BUSY`] if too many from there are under way.
    pub fn let_come(&self, address: IpAddr) -> Result<Held, Problem> {
        self.callers.take(address, Some(self.limits.per_address)).ok_or(Problem::BUSY)
    }

    /// Takes a place for a request that is here. `is_organizers` is asked if none is left for everybody.
    ///
    /// # Errors
    /// [`Problem::BUSY`] if there is none.
    pub fn take(&self, is_organizers: impl FnOnce() -> bool) -> Result<SemaphorePermit<'_>, Problem> {
        self.anybody
            .try_acquire()
            .or_else(|full| if is_organizers() { self.organizers.try_acquire() } else { Err(full) })
            .map_err(|_| Problem::BUSY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_places_are_kept_for_organizers() {
        let limits = RequestLimits { at_once: 8, per_address: 9, patience: Duration::from_secs(1) };
        let places = Places::new(limits);
        let taken: Vec<_> = (0..8).map(|_| places.take(|| false).unwrap()).collect();
        assert!(places.take(|| false).is_err());
        let _organizers = places.take(|| true).unwrap();
        assert!(places.take(|| true).is_err(), "an eighth is one of eight");
        drop(taken);
        assert!(places.take(|| false).is_ok());
    }
}
