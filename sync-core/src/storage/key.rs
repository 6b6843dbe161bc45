//! The keys of the rows that a device keeps, as values and as texts.

use std::fmt;

use crate::ids::{Actor, DeviceId, EventId, Revision};

/// Names one row. Keys are ordered by kind, then by event, then by what tells the rows of that kind and event apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Key {
    /// The device itself: its secret key, its incarnation, and where it belongs.
    Device,
    /// An event of which something is kept. The row holds the lowest id that no draft of the event has had.
    Event(EventId),
    /// What home signed about the snapshot with which the event began.
    Statement(EventId),
    /// The snapshot with which the event began.
    Snapshot(EventId),
    /// What is known about a snapshot of which not all parts have come.
    PartialSnapshot(EventId),
    /// A part of that snapshot, by the position of its first byte.
    Part(EventId, u64),
    /// An item that was admitted.
    Item(EventId, Revision),
    /// A command that home has not confirmed.
    Draft(EventId, u64),
    /// What is known about another replica.
    Peer(EventId, DeviceId),
    /// How far home confirmed the changes of one author.
    Confirmed(EventId, Actor),
}

impl Key {
    /// The first key that an item after `revision` can have.
    pub(super) const fn after(event: EventId, revision: Revision) -> Self {
        Self::Item(event, Revision(revision.0.saturating_add(1)))
    }

    /// Reads the text of a key; `None` if it names no row that this version knows.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let kind = parts.next()?;
        let event = match parts.next() {
            None => return (kind == "device").then_some(Self::Device),
            Some(event) => event.parse().ok()?,
        };
        let (id, rest) = (parts.next(), parts.next());
        let number = |id: &str| u64::from_str_radix(id, 16).ok();
        let key = match (kind, id) {
            ("event", None) => Self::Event(event),
            ("statement", None) => Self::Statement(event),
            ("snapshot", None) => Self::Snapshot(event),
            ("partial", None) => Self::PartialSnapshot(event),
            ("part", Some(start)) => Self::Part(event, number(start)?),
            ("item", Some(revision)) => Self::Item(event, Revision(number(revision)?)),
            ("draft", Some(id)) => Self::Draft(event, number(id)?),
            ("peer", Some(device)) => Self::Peer(event, device.parse().ok()?),
            ("confirmed", Some(actor)) => Self::Confirmed(event, actor.parse().ok()?),
            _ => return None,
        };
        rest.is_none().then_some(key)
    }

    /// The event to which the row belongs; `None` for the device's own row.
    #[must_use]
    pub const fn event(&self) -> Option<EventId> {
        match self {
            Self::Device => None,
            Self::Event(event)
            | Self::Statement(event)
            | Self::Snapshot(event)
            | Self::PartialSnapshot(event)
            | Self::Part(event, _)
            | Self::Item(event, _)
            | Self::Draft(event, _)
            | Self::Peer(event, _)
            | Self::Confirmed(event, _) => Some(*event),
        }
    }

    /// Whether one scan reads both rows: they are of one kind and of one event. Where an event has one row of a kind, as for
    /// [`Key::Event`] and [`Key::Snapshot`], one scan reads those of all events.
    #[must_use]
    pub fn is_scanned_with(&self, other: &Self) -> bool {
        let is_one_per_event =
            matches!(self, Self::Event(_) | Self::Statement(_) | Self::Snapshot(_) | Self::PartialSnapshot(_));
        std::mem::discriminant(self) == std::mem::discriminant(other)
            && (is_one_per_event || self.event() == other.event())
    }
}

/// The text names the row in a browser's database, and is part of the row's checksum in every storage.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device => f.write_str("device"),
            Self::Event(event) => write!(f, "event/{event}"),
            Self::Statement(event) => write!(f, "statement/{event}"),
            Self::Snapshot(event) => write!(f, "snapshot/{event}"),
            Self::PartialSnapshot(event) => write!(f, "partial/{event}"),
            Self::Part(event, start) => write!(f, "part/{event}/{start:016x}"),
            Self::Item(event, revision) => write!(f, "item/{event}/{:016x}", revision.0),
            Self::Draft(event, id) => write!(f, "draft/{event}/{id:016x}"),
            Self::Peer(event, device) => write!(f, "peer/{event}/{device}"),
            Self::Confirmed(event, actor) => write!(f, "confirmed/{event}/{actor}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read_back_from_its_text_and_keys_sort_as_their_texts() {
        let events = [EventId([7; 16]), EventId([8; 16])];
        let mut of_events: Vec<Key> = Vec::new();
        for event in events {
            of_events.extend([
                Key::Event(event),
                Key::Statement(event),
                Key::Snapshot(event),
                Key::PartialSnapshot(event),
                Key::Peer(event, DeviceId([1; 16])),
                Key::Peer(event, DeviceId([0xfe; 16])),
                Key::Confirmed(event, Actor([2; 16])),
            ]);
            for number in [0, 9, 10, 255, 256, u64::MAX] {
                of_events.extend([
                    Key::Part(event, number),
                    Key::Item(event, Revision(number)),
                    Key::Draft(event, number),
                ]);
            }
        }
        let keys: Vec<Key> = of_events.into_iter().chain([Key::Device]).collect();
        for key in &keys {
            assert_eq!(Key::parse(&key.to_string()), Some(*key));
            for other in keys.iter().filter(|other| key.is_scanned_with(other)) {
                assert_eq!(key.cmp(other), key.to_string().cmp(&other.to_string()), "{key} and {other}");
            }
        }
        for text in ["", "device/", "event", "event/7", "item/07/1", "next/07070707070707070707070707070707"] {
            assert_eq!(Key::parse(text), None, "{text}");
        }
        assert_eq!(Key::parse(&format!("{}/0", Key::Draft(events[0], 1))), None);
    }
}
