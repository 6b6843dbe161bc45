//! What one desk brings at once.

use sync_core::ids::{ChangeHash, EventId};
use sync_core::replica::ledger::{LateLink, StoredItem};

use super::devices::Believed;
use super::items::{Said, Turn};
use super::quarantine::{Cloned, Decided, HeldChange};
use super::sessions::Performed;

/// What one desk brings at once.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The event whose desk brings it.
    pub event: EventId,
    /// The event's turn when this was decided: a batch that does not follow on is refused.
    pub turn: Turn,
    /// What was believed then of devices in whose name something was decided: of none of them was anything revoked since.
    pub believed: Vec<Believed>,
    /// What was admitted, in order.
    pub items: Vec<StoredItem>,
    /// How many entries which log has, as its device says.
    pub said: Option<Said>,
    /// What waits for an organizer.
    pub held: Vec<HeldChange>,
    /// What was let in by itself after it had waited, as where its author is no longer held back.
    pub let_in: Vec<ChangeHash>,
    /// Changes of earlier eras that came late.
    pub late: Vec<LateLink>,
    /// What shows that a device was cloned.
    pub cloned: Vec<Cloned>,
    /// What an organizer decided about what waited.
    pub decided: Option<Decided>,
    /// Which command of whom it is, for one that may come again.
    pub performed: Option<Performed>,
}

/// Hears what became of a batch, before whoever waits for the batch is answered.
pub trait Fate: Send {
    /// The batch is durable.
    fn kept(self: Box<Self>);
    /// The batch could not be kept.
    fn lost(self: Box<Self>);
}
