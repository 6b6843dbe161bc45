//! Who may read what of an event.

use std::collections::BTreeSet;

use super::ledger::Ledger;
use crate::documents::event::MarkersRead;
use crate::exchange::{Item, Reading};
use crate::ids::{DeviceId, DocumentRef, tagged_hash};
use crate::trust::{Grant, Post, Role};

/// The devices whose logs a device may not read; `None` where it reads everything.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Hidden {
    of: Option<(Post, BTreeSet<DeviceId>)>,
}

impl Hidden {
    /// The same with devices that were not known when it was made.
    pub(crate) fn with(mut self, grants: impl Iterator<Item = Grant>) -> Self {
        if let Some((post, devices)) = &mut self.of {
            devices.extend(grants.filter(|grant| !post.is_shared_with(&grant.post)).map(|grant| grant.key.device()));
        }
        self
    }

    /// Whether the device may not read an item.
    #[must_use]
    pub fn hides(&self, item: &Item) -> bool {
        match (&self.of, item) {
            (Some(_), Item::Change(sealed)) => {
                matches!(sealed.document, DocumentRef::Log { device, .. } if self.hides_log(device))
            }
            _ => false,
        }
    }

    /// Whether the device may not read what another one recorded.
    #[must_use]
    pub fn hides_log(&self, device: DeviceId) -> bool {
        self.of.as_ref().is_some_and(|(_, hidden)| hidden.contains(&device))
    }

    /// The devices whose logs the device may not read, in the order of their ids.
    pub fn devices(&self) -> impl Iterator<Item = DeviceId> {
        self.of.iter().flat_map(|(_, hidden)| hidden.iter().copied())
    }

    /// Whether the device reads everything.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.of.is_none()
    }

    /// Stands for the rule by which the device reads. When it changes, the device reads everything anew.
    #[must_use]
    pub fn reading(&self) -> Reading {
        let Some((post, _)) = &self.of else { return Reading::default() };
        let part = |text: &Option<String>| text.as_ref().map_or_else(Vec::new, |text| [b"=", text.as_bytes()].concat());
        let hash = tagged_hash("saxaul/reading", &[&part(&post.site), &part(&post.team)]);
        let mut reading = [0; 8];
        reading.copy_from_slice(&hash[..8]);
        Reading(reading)
    }
}

impl Ledger {
    /// What the device with this grant may not read: a marker who stands somewhere reads the logs of the devices that
    /// stand there too, and its own, unless the event says that markers read all.
    ///
    /// A device that is moved keeps what it has read. What it recorded elsewhere before is read by those with whom it
    /// stands now.
    #[must_use]
    pub fn hidden_from(&self, grant: &Grant) -> Hidden {
        let reads_all = grant.role > Role::Marker
            || grant.post.is_anywhere()
            || self.documents().info().markers_read == MarkersRead::All;
        if reads_all {
            return Hidden::default();
        }
        let own = grant.key.device();
        let strangers =
            self.grants().filter(|(device, other)| **device != own && !grant.post.is_shared_with(&other.post));
        Hidden { of: Some((grant.post.clone(), strangers.map(|(device, _)| *device).collect())) }
    }
}
