//! When each device was last here.
//!
//! Held in memory; written down at most once a minute for each device, so that a busy camp does not wear out the disk. What
//! other processes know comes from the store, so it may be older than the truth by that much.

use std::collections::HashMap;
use std::sync::Mutex;

use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;

/// What is on the disk may be older than the truth by this much.
const LAG_MS: i64 = 60_000;

#[derive(Clone, Copy)]
struct Seen {
    at: UnixMillis,
    written: UnixMillis,
}

/// When each device was last here.
#[derive(Default)]
pub struct LastSeen(Mutex<HashMap<DeviceId, Seen>>);

impl LastSeen {
    /// When this process last saw a device; `None` if it did not since it began.
    #[must_use]
    pub fn seen(&self, device: DeviceId) -> Option<UnixMillis> {
        self.0.lock().expect("no holder panics").get(&device).map(|seen| seen.at)
    }

    /// Notes that a device is here. Returns whether that is to be written down.
    #[must_use]
    pub fn note(&self, device: DeviceId, now: UnixMillis) -> bool {
        let mut known = self.0.lock().expect("no holder panics");
        let due = known.get(&device).is_none_or(|seen| now.0 - seen.written.0 >= LAG_MS);
        let written = if due { now } else { known[&device].written };
        known.insert(device, Seen { at: now, written });
        due
    }
}
