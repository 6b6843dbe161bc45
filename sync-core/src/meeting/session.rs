//! What spares a device asking home for its time again.

use super::calls::Post;
use crate::ids::{EntryRef, EventId};
use crate::storage::{Opened, Storage};
use crate::time::ClockReading;

/// Home is asked for its time again after so long on the device's own clock. Its tokens live longer.
const LIFE_MS: u64 = 10 * 60 * 1000;

/// Home was asked for its time not long ago, and gave a token. To be kept in memory: with the process it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    event: EventId,
    /// Where home's time was noted.
    anchor: EntryRef,
    /// What the device's clocks read then.
    begun: ClockReading,
    /// The `Authorization` header; none before home has given a token.
    authorization: Option<String>,
}

impl Session {
    pub(super) const fn begun(event: EventId, anchor: EntryRef, begun: ClockReading) -> Self {
        Self { event, anchor, begun, authorization: None }
    }

    pub(super) fn keep(&mut self, authorization: &str) {
        self.authorization = Some(authorization.to_owned());
    }

    /// A call in this session, as long as it is good.
    pub(crate) fn authorized<S: Storage>(&self, replica: &Opened<S>, now: ClockReading, call: Post) -> Option<Post> {
        let authorization = self.authorization_for(replica, now)?.to_owned();
        Some(Post { authorization: Some(authorization), ..call })
    }

    /// The header, if home's time is known well enough: it was noted in this replica's present log, in this run of the
    /// device's clock, minutes ago. The time of day decides nothing: it may be wrong, or set meanwhile.
    pub(super) fn authorization_for<S: Storage>(&self, replica: &Opened<S>, now: ClockReading) -> Option<&str> {
        let state = replica.replica();
        let is_noted = self.event == state.event() && self.anchor == state.own_entry(self.anchor.counter);
        let age_ms = now.mono_ms.checked_sub(self.begun.mono_ms);
        let is_young = self.begun.boot == now.boot && age_ms.is_some_and(|age| age < LIFE_MS);
        self.authorization.as_deref().filter(|_| is_noted && is_young)
    }
}
