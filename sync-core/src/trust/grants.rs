//! What home lets a device do, and where.

use super::{PublicKey, Statement};
use crate::canonical::is_same_code;
use crate::ids::{DocumentRef, EventId, NodeId};
use crate::time::UnixMillis;

use std::fmt;

use minicbor::{Decode, Encode};

/// What a device is used for. Each role may do what the one before it may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode, serde::Serialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Records attendance at a gate.
    #[n(0)]
    Marker,
    /// Edits people, teams and assignments too.
    #[n(1)]
    Lead,
    /// Rules, and edits the event itself.
    #[n(2)]
    Organizer,
}

impl Role {
    /// Whether a device in this role may write documents of this kind.
    #[must_use]
    pub fn may_write(self, document: &DocumentRef) -> bool {
        match document {
            DocumentRef::Log { .. } => true,
            DocumentRef::Roster(_) => self >= Self::Lead,
            DocumentRef::Event | DocumentRef::Rulings(_) => self >= Self::Organizer,
        }
    }

    /// The role's name in commands and messages.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Marker => "marker",
            Self::Lead => "lead",
            Self::Organizer => "organizer",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl std::str::FromStr for Role {
    type Err = crate::ids::InvalidId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Marker, Self::Lead, Self::Organizer].into_iter().find(|role| role.key() == text).ok_or_else(|| {
            crate::ids::InvalidId { kind: "role", expected: "marker, lead or organizer", text: text.to_owned() }
        })
    }
}

/// The events in which a role holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Encode, Decode)]
#[cbor(flat)]
pub enum Scope {
    /// In every event of the home server.
    #[n(0)]
    Home,
    /// In one event alone.
    #[n(1)]
    Event(#[n(0)] EventId),
    /// In every event of an office, a region or an organisation and of what stands below it. Which events those are,
    /// home alone knows: it states a grant for each of them when the device comes.
    #[n(2)]
    Node(#[n(0)] NodeId),
}

impl Scope {
    /// The one event; `None` where it is more than one.
    #[must_use]
    pub const fn event(&self) -> Option<EventId> {
        match self {
            Self::Home | Self::Node(_) => None,
            Self::Event(event) => Some(*event),
        }
    }

    /// The node of the tree, where it is one.
    #[must_use]
    pub const fn node(&self) -> Option<NodeId> {
        match self {
            Self::Home | Self::Event(_) => None,
            Self::Node(node) => Some(*node),
        }
    }

    /// Whether the scope is known to include `event`, without asking home.
    #[must_use]
    pub fn covers(&self, event: EventId) -> bool {
        match self {
            Self::Home => true,
            Self::Event(own) => *own == event,
            Self::Node(_) => false,
        }
    }
}

/// The home server lets a device in.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Grant {
    /// The public key of the device.
    #[n(0)]
    pub key: PublicKey,
    /// What people call the device.
    #[n(1)]
    pub name: String,
    /// What it may do.
    #[n(2)]
    pub role: Role,
    /// The events in which the role holds.
    #[n(3)]
    pub scope: Scope,
    /// When it was let in, by home's clock.
    #[n(4)]
    pub issued: UnixMillis,
    /// The site and the team with which the device stands.
    #[n(5)]
    pub post: Post,
    /// How an organizer ended it, if one did. That is never taken back: a device that is to come back joins anew.
    #[n(6)]
    pub revoked: Option<Revoked>,
    /// Who holds the secret half of the key, if not the device.
    #[n(7)]
    pub vouched: Option<VouchedBy>,
    /// Where the device was let in, if home stated this grant for one event out of a wider one.
    #[n(8)]
    pub out_of: Option<NodeId>,
}

impl Grant {
    /// The grant as `event` knows it: one for a node of the tree is stated for the event, always in the same words.
    #[must_use]
    pub fn in_event(&self, event: EventId) -> Self {
        match self.scope {
            Scope::Home | Scope::Event(_) => self.clone(),
            Scope::Node(node) => Self { scope: Scope::Event(event), out_of: Some(node), ..self.clone() },
        }
    }

    /// The grant out of which home stated this one for an event; otherwise the same.
    #[must_use]
    pub fn whole(&self) -> Self {
        match self.out_of {
            None => self.clone(),
            Some(node) => Self { scope: Scope::Node(node), out_of: None, ..self.clone() },
        }
    }
}

/// How a device was revoked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Revoked {
    /// The moment of the revocation, by home's clock.
    #[n(0)]
    pub since: UnixMillis,
    /// What happens to what it still brings.
    #[n(1)]
    pub later: Later,
    /// Whether it is to forget everything.
    #[n(2)]
    pub wipe: bool,
}

/// What happens to what a revoked device still brings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Later {
    /// It waits until an organizer releases or discards it.
    #[n(0)]
    Hold,
    /// It is taken: the device was only replaced.
    #[n(1)]
    Accept,
    /// Nothing more of it is taken.
    #[n(2)]
    Refuse,
}

impl Later {
    /// Its name in commands and in the store.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Accept => "accept",
            Self::Refuse => "refuse",
        }
    }

    /// The one with this name; `None` if there is none.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        [Self::Hold, Self::Accept, Self::Refuse].into_iter().find(|later| later.key() == key)
    }
}

/// Somebody who signs in a person's name, and says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum VouchedBy {
    /// The home server, for somebody who signed in with a browser.
    #[n(0)]
    Home,
}

/// Where a device stands within an event. It decides what a marker reads.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Encode, Decode)]
pub struct Post {
    /// The key of the site, if one is named.
    #[n(0)]
    pub site: Option<String>,
    /// The key of the team, if one is named.
    #[n(1)]
    pub team: Option<String>,
}

impl Post {
    /// Whether nothing is said about where the device stands.
    #[must_use]
    pub const fn is_anywhere(&self) -> bool {
        self.site.is_none() && self.team.is_none()
    }

    /// Whether both stand at one site, or with one team.
    #[must_use]
    pub fn is_shared_with(&self, other: &Self) -> bool {
        let is_shared = |own: &Option<String>, other: &Option<String>| {
            own.as_ref().zip(other.as_ref()).is_some_and(|(own, other)| is_same_code(own, other))
        };
        is_shared(&self.site, &other.site) || is_shared(&self.team, &other.team)
    }
}

impl Statement for Grant {
    const DOMAIN: &'static str = "saxaul/grant/1";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::DeviceId;

    #[test]
    fn roles_follow_document_kinds() {
        let log = DocumentRef::Log { device: DeviceId([0; 16]), incarnation: crate::ids::Incarnation([0; 8]) };
        assert!(Role::Marker.may_write(&log));
        assert!(!Role::Marker.may_write(&DocumentRef::ROSTER));
        assert!(Role::Lead.may_write(&DocumentRef::ROSTER));
        assert!(!Role::Lead.may_write(&DocumentRef::RULINGS));
        assert!(Role::Organizer.may_write(&DocumentRef::Event));
    }
}
