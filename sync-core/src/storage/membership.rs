//! Where a device belongs, and why it has no replica of an event.

use minicbor::{Decode, Encode};

use crate::ids::EventId;
use crate::trust::{Grant, PublicKey, Scope, Signed};

/// Where a device belongs: its home server, and what home lets it do.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Membership {
    /// The home server's key.
    #[n(0)]
    pub home: PublicKey,
    /// The address of the home server, without a trailing slash.
    #[n(1)]
    pub url: String,
    /// What home said of this device: a grant for each scope.
    #[n(2)]
    pub grants: Vec<Signed<Grant>>,
}

impl Membership {
    /// The grants that home signed, with what they say.
    pub fn granted(&self) -> impl Iterator<Item = (Grant, &Signed<Grant>)> {
        self.grants.iter().filter_map(|signed| Some((signed.verify(&self.home).ok()?, signed)))
    }

    /// The grant under which the device works in an event; `None` if it was not let in there.
    ///
    /// Of several that cover the event the newest counts, as for every replica. Where none covers it for sure, one for a
    /// node may: home says so when the device comes.
    #[must_use]
    pub fn grant_for(&self, event: EventId) -> Option<&Signed<Grant>> {
        let covering = self.granted().filter(|(grant, _)| grant.scope.covers(event));
        let newest = covering.max_by_key(|(grant, _)| grant.issued);
        let of_a_node = || self.granted().find(|(grant, _)| matches!(grant.scope, Scope::Node(_)));
        newest.or_else(of_a_node).map(|(_, signed)| signed)
    }

    /// The one event into which the device was let; `None` if there may be several.
    #[must_use]
    pub fn only_event(&self) -> Option<EventId> {
        let mut events = self.granted().map(|(grant, _)| grant.scope.event());
        let only = events.next().flatten()?;
        events.all(|event| event == Some(only)).then_some(only)
    }
}

/// Why a device has no replica of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Outside {
    /// It has not joined yet.
    #[error("this device has not joined: open an invite link first")]
    NotJoined,
    /// It was let in, but not into this event.
    #[error("this device was not let into this event: ask for an invite to it")]
    NotLetIn,
}
