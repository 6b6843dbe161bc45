//! Whether anything can be written, as it was found out last.
//!
//! A probe is a real write to the disk. Whoever watches the server may ask as often as they like; the disk is asked only
//! once in a while.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::store::StoreError;

/// What came of the last probe.
#[derive(Default)]
pub struct Probes(Mutex<Last>);

#[derive(Default)]
struct Last {
    begun: Option<Instant>,
    came: Option<Result<(), StoreError>>,
}

impl Probes {
    /// The disk is asked at most so often.
    pub const EVERY: Duration = Duration::from_secs(2);

    /// What is known; `None` if it is time to find out, which the caller then does.
    pub fn known(&self, now: Instant) -> Option<Result<(), StoreError>> {
        let mut last = self.0.lock().expect("no holder panics");
        match (last.begun, &last.came) {
            (Some(begun), Some(came)) if now.saturating_duration_since(begun) < Self::EVERY => Some(came.clone()),
            _ => {
                last.begun = Some(now);
                None
            }
        }
    }

    /// Notes what came of a probe.
    pub fn note(&self, came: Result<(), StoreError>) {
        self.0.lock().expect("no holder panics").came = Some(came);
    }
}
