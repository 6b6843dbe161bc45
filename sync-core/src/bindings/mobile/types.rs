//! How ids and moments look in other languages: texts and numbers, parsed once at this edge.

use super::SaxaulError;
use crate::documents::log::Method;
use crate::ids::{DeviceId, EntryRef, EventId, Incarnation, PersonId, RulingId, Subject, WalkInId};
use crate::time::{ClockReading, UnixMillis};
use crate::trust::Role;

macro_rules! text_id {
    ($($name:ident),+) => {
        $(uniffi::custom_type!($name, String, {
            try_lift: |text| text.parse().map_err(|error| SaxaulError::bad_input(&error).into()),
            lower: |id| id.to_string(),
        });)+
    };
}

text_id!(DeviceId, EventId, Incarnation, PersonId, RulingId, Subject, WalkInId);

uniffi::custom_type!(UnixMillis, i64, {
    try_lift: |ms| Ok(UnixMillis(ms)),
    lower: |at| at.0,
});

/// Points at one entry of one log.
#[uniffi::remote(Record)]
pub struct EntryRef {
    /// The device that recorded it.
    pub device: DeviceId,
    /// Which of its logs.
    pub incarnation: Incarnation,
    /// Its position in that log, from 0.
    pub counter: u64,
}

/// How somebody at a gate was found.
#[uniffi::remote(Enum)]
pub enum Method {
    /// The badge was scanned.
    Qr,
    /// The name, the code or the phone was looked up.
    Search,
    /// Taken over from a paper list.
    Paper,
}

/// What a device is used for. Each role may do what the one before it may.
#[uniffi::remote(Enum)]
pub enum Role {
    /// Records attendance at a gate.
    Marker,
    /// Edits people, teams and assignments too.
    Lead,
    /// Rules, and edits the event itself.
    Organizer,
}

/// What a device's clocks read at one moment.
#[uniffi::remote(Record)]
pub struct ClockReading {
    /// Names one run of the device from power-on to power-off. Never reused, on no device.
    pub boot: u64,
    /// Milliseconds since that run began, of a clock that only moves forward and also counts sleep: `elapsedRealtime()` on
    /// Android, `mach_continuous_time` on Apple's systems, `CLOCK_BOOTTIME` on Linux.
    pub mono_ms: u64,
    /// What the device takes for the time of day: right, wrong, or changed by hand.
    pub wall_ms: UnixMillis,
}
