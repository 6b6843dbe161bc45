//! The devices that were let in, as far as that is durable.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, RwLock};

use sync_core::ids::{DeviceId, EventId};
use sync_core::trust::{Grant, PublicKey, Role, Scope, Signed};

use super::rights::{Registrar, Right, Rights};
use crate::error::Problem;
use crate::store::devices::{Believed, DeviceRow, Later};

/// A device that was let in, as requests see it.
#[derive(Debug, Clone)]
pub struct Device {
    /// The id of the device, which follows from its key.
    pub id: DeviceId,
    /// The device's public key.
    pub key: PublicKey,
    /// What home said of it.
    pub rights: Rights,
    /// How often something of what it was let into was revoked.
    pub revocations: u64,
}

impl Device {
    /// Whether the device is an organizer's, wherever that is.
    ///
    /// # Errors
    /// [`Problem::FORBIDDEN`].
    pub fn require_organizer(&self) -> Result<(), Problem> {
        if self.rights.scopes_of(Role::Organizer).is_empty() { Err(Problem::FORBIDDEN) } else { Ok(()) }
    }

    /// Whether the device was revoked wherever it was let in.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        self.rights.are_revoked()
    }
}

/// A device as one event knows it.
#[derive(Debug, Clone)]
pub struct Participant {
    /// The id of the device.
    pub id: DeviceId,
    /// What home said of it for this event.
    pub grant: Grant,
    /// The same, signed, to be passed on.
    pub signed: Signed<Grant>,
    /// Whether the device is to forget everything: nothing is left of what it was let into.
    pub is_to_forget: bool,
}

/// The devices that were let in.
pub struct Members {
    registrar: Registrar,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    devices: HashMap<DeviceId, Arc<Device>>,
    /// Those of which something was revoked, in the order in which events are told of them.
    barred: BTreeSet<DeviceId>,
}

impl Known {
    fn admit(&mut self, row: &DeviceRow, rights: &Rights) {
        let id = row.device;
        let before = self.devices.get(&id);
        let revocations = before.map_or(0, |device| device.revocations).max(row.revocations);
        let rights = before.map(|device| device.rights.clone()).unwrap_or_default().merged(rights);
        let Some(key) = rights.all().next().map(|right| right.grant.key) else { return };
        if rights.all().any(|right| right.grant.revoked.is_some()) {
            self.barred.insert(id);
        }
        self.devices.insert(id, Arc::new(Device { id, key, rights, revocations }));
    }
}

impl Members {
    /// Nobody was let in yet.
    #[must_use]
    pub fn new(registrar: Registrar) -> Self {
        Self { registrar, known: RwLock::default() }
    }

    /// States grants in home's name.
    #[must_use]
    pub const fn registrar(&self) -> &Registrar {
        &self.registrar
    }

    /// From now on recognises a device by what the store keeps of it. Grants that are older than what is known change
    /// nothing, in whatever order they come: two readings of the store may overtake one another.
    pub fn admit(&self, row: &DeviceRow) {
        let rights = self.registrar.read(&row.grants);
        self.known.write().expect("no holder panics").admit(row, &rights);
    }

    /// What is believed of a device at this moment.
    #[must_use]
    pub fn believed(&self, device: DeviceId) -> Believed {
        let known = self.known.read().expect("no holder panics");
        Believed { device, revocations: known.devices.get(&device).map_or(0, |device| device.revocations) }
    }

    /// A device that was let in; `None` if it is not known.
    #[must_use]
    pub fn device(&self, device: DeviceId) -> Option<Arc<Device>> {
        self.known.read().expect("no holder panics").devices.get(&device).cloned()
    }

    /// Every device that was let in, also those that were revoked.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Device>> {
        self.known.read().expect("no holder panics").devices.values().cloned().collect()
    }

    /// A device as an event knows it; `None` if it was never let in there.
    #[must_use]
    pub fn in_event(&self, device: &Device, event: EventId) -> Option<Participant> {
        let right = device.rights.in_event(event, self.registrar.tree())?;
        let (grant, signed) = self.stated(right, event);
        let wipes = |right: &Right| right.grant.revoked.is_some_and(|revoked| revoked.wipe);
        let is_to_forget = device.is_revoked() && device.rights.all().any(wipes);
        Some(Participant { id: device.id, grant, signed, is_to_forget })
    }

    fn stated(&self, right: &Right, event: EventId) -> (Grant, Signed<Grant>) {
        let grant = right.grant.in_event(event);
        let signed = if grant == right.grant { right.signed.clone() } else { self.registrar.home().state(&grant) };
        (grant, signed)
    }

    /// Whether a device is revoked in an event.
    #[must_use]
    pub fn is_barred(&self, device: DeviceId, event: EventId) -> bool {
        let known = self.known.read().expect("no holder panics");
        let device = known.barred.get(&device).and_then(|device| known.devices.get(device));
        let right = device.and_then(|device| device.rights.in_event(event, self.registrar.tree()));
        right.is_some_and(|right| right.grant.revoked.is_some())
    }

    /// What happens to a change that this device wrote in an event; `None` if it is not revoked there.
    #[must_use]
    pub fn later(&self, author: DeviceId, event: EventId) -> Option<Later> {
        let known = self.known.read().expect("no holder panics");
        let device = known.barred.get(&author).and_then(|author| known.devices.get(author))?;
        let right = device.rights.in_event(event, self.registrar.tree())?;
        right.grant.revoked.map(|revoked| revoked.later).filter(|later| *later != Later::Accept)
    }

    /// What home says in an event of each device of which something was revoked, in the order of their ids.
    #[must_use]
    pub fn barred_in(&self, event: EventId) -> Vec<(Grant, Signed<Grant>)> {
        let known = self.known.read().expect("no holder panics");
        let devices = known.barred.iter().filter_map(|device| known.devices.get(device));
        let rights = devices.filter_map(|device| device.rights.in_event(event, self.registrar.tree()));
        rights.map(|right| self.stated(right, event)).collect()
    }

    /// Each right that lies within `scopes`, with its device, in the order in which they were given.
    #[must_use]
    pub fn within(&self, scopes: &[Scope]) -> Vec<(Arc<Device>, Right)> {
        let known = self.known.read().expect("no holder panics");
        let tree = self.registrar.tree();
        let rights = known.devices.values().flat_map(|device| {
            let within = device.rights.all().filter(|right| tree.is_within(scopes, &right.grant.scope));
            within.map(|right| (Arc::clone(device), right.clone()))
        });
        let mut rights: Vec<_> = rights.collect();
        rights.sort_by_key(|(device, right)| (right.grant.issued, device.id));
        rights
    }
}
