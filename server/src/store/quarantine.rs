//! What revoked devices still bring, until an organizer decides; and what shows that a device was cloned.

use sync_core::admission::SealedChange;
use sync_core::ids::{ChangeHash, DeviceId, Incarnation};
use sync_core::time::UnixMillis;

use super::audit::{Act, Deed};

/// So many contradictions of one device are kept at the most: one proves it, and each may be as long as a change.
pub(super) const CLONES_LIMIT: u32 = 64;

/// A change that waits for an organizer.
#[derive(Debug, Clone)]
pub struct HeldChange {
    /// The hash of the change, which names it.
    pub hash: ChangeHash,
    /// The change with its author's seal.
    pub change: SealedChange,
    /// Which device brought it.
    pub origin: DeviceId,
    /// When, by the server's clock.
    pub at: UnixMillis,
    /// Why it waits: a stable code.
    pub reason: &'static str,
    /// How many entries it appends to its author's log.
    pub entries: u64,
}

/// What home has of a log beside the log itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetAside {
    /// Whose log it is.
    pub device: DeviceId,
    /// Which of the device's logs.
    pub incarnation: Incarnation,
    /// How many entries wait for an organizer.
    pub held: u64,
    /// How many an organizer discarded.
    pub discarded: u64,
}

/// A change that waits, as it is kept.
#[derive(Debug, Clone)]
pub struct HeldRow {
    /// Its hash, by which it is released or discarded.
    pub hash: ChangeHash,
    /// The change with its author's seal.
    pub change: SealedChange,
    /// Which device brought it.
    pub origin: DeviceId,
    /// When, by the server's clock.
    pub at: UnixMillis,
    /// Why it waits: a stable code.
    pub reason: String,
}

/// A second change under a number that its device had used before.
#[derive(Debug, Clone)]
pub struct Cloned {
    /// The hash of the second change.
    pub hash: ChangeHash,
    /// The change, with its author's seal.
    pub change: SealedChange,
    /// When it came, by the server's clock.
    pub at: UnixMillis,
}

/// What an organizer decided about changes that wait.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The hashes of the changes, which wait no longer.
    pub changes: Vec<ChangeHash>,
    /// Who decided, and when.
    pub deed: Deed,
    /// What is written down about it.
    pub act: Act,
    /// Whether they are let in or discarded.
    pub verdict: Decision,
}

/// A decision about what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is let in.
    Release,
    /// It is never let in.
    Discard,
}

/// What a desk must know of its event's quarantine.
#[derive(Debug, Default, Clone)]
pub struct Waiting {
    /// What waits, by hash, with its author and size.
    pub held: Vec<(ChangeHash, DeviceId, usize)>,
    /// The hashes of changes that were discarded for good.
    pub discarded: Vec<ChangeHash>,
}
