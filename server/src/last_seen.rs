//! When each device was last here.
//!
//! Held in memory; written down at most once a minute for each device, so that a busy camp does not wear out the disk.

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
    /// Begins with what was written down.
    pub fn of(seen: impl Iterator<Item = (DeviceId, UnixMillis)>) -> Self {
        Self(Mutex::new(seen.map(|(device, at)| (device, Seen { at, written: at })).collect()))
    }

    /// When a device was last here; `None` if it never came back after it was let in.
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
