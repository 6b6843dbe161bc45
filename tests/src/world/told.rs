//! What people were told is saved, and where it is now.
//!
//! A command is known by its device and what the device's clocks read: both stand, byte for byte, in the change that
//! holds it, so that looking for it needs no knowledge of documents.

use sync_core::exchange::Item;
use sync_core::ids::{DeviceId, Subject};
use sync_core::time::ClockReading;

use super::{Phone, World};

/// A command of which somebody was told that it is saved.
pub(super) struct Told {
    pub device: DeviceId,
    pub reading: ClockReading,
    what: String,
}

/// Everything that one device, or home, holds.
struct Held {
    items: Vec<Item>,
    drafts: Vec<(DeviceId, ClockReading)>,
}

impl Held {
    fn includes(&self, told: &Told) -> bool {
        self.drafts.contains(&(told.device, told.reading)) || is_in(&self.items, told)
    }
}

fn is_in(items: &[Item], told: &Told) -> bool {
    let mark = minicbor::to_vec(told.reading).unwrap();
    items.iter().any(|item| match item {
        Item::Change(sealed) => {
            sealed.device == told.device && sealed.change.windows(mark.len()).any(|window| window == mark)
        }
        Item::Grant(_) => false,
    })
}

impl World {
    pub(super) fn was_told(&mut self, phone: &Phone, reading: ClockReading, what: String) {
        self.told.push(Told { device: self.device(phone), reading, what });
    }

    /// How many commands people were told of and did not lose to a restored backup.
    #[must_use]
    pub fn told_count(&self) -> usize {
        self.told.len()
    }

    /// Checks that everything is at home of which somebody was told that it is saved.
    ///
    /// # Panics
    /// If something is not.
    pub fn assert_nothing_recorded_is_lost(&self) {
        let items = self.network.borrow().home.items(self.event);
        let said = self.said_at_home();
        for told in &self.told {
            let is_here = is_in(&items, told) || said.contains(&(told.device, told.reading));
            assert!(is_here, "{} of {} is not at home", told.what, told.device);
        }
    }

    /// The same for what is never written over: what was recorded in the field, and what was ruled. It may also be parked,
    /// where its device lost the right to say it: whoever holds the device is told.
    ///
    /// # Panics
    /// If something is not there.
    pub fn assert_no_record_and_no_ruling_is_lost(&self) {
        let mut said = self.said_at_home();
        said.extend((0..self.devices.len()).flat_map(|phone| self.held_by(&Phone(phone)).drafts));
        let is_written_over =
            |told: &&Told| ["Edit", "AddPerson", "NoteListed"].iter().any(|kind| told.what.starts_with(kind));
        for told in self.told.iter().filter(|told| !is_written_over(told)) {
            assert!(said.contains(&(told.device, told.reading)), "{} of {} is not at home", told.what, told.device);
        }
    }

    /// Checks that nobody was told too much: what a phone calls confirmed is at home.
    ///
    /// # Panics
    /// If something is not.
    pub fn assert_only_what_is_at_home_counts_as_confirmed(&self) {
        let items = self.network.borrow().home.items(self.event);
        let drafts: Vec<_> = (0..self.devices.len()).flat_map(|phone| self.held_by(&Phone(phone)).drafts).collect();
        for told in &self.told {
            let is_unconfirmed = drafts.contains(&(told.device, told.reading));
            assert!(is_unconfirmed || is_in(&items, told), "{} of {} is not at home", told.what, told.device);
        }
    }

    /// What a restored backup took back, and nobody else holds, was lost with the phone: nobody promised it.
    pub(super) fn forget_what_nobody_holds(&mut self) {
        let mut held = vec![Held { items: self.network.borrow().home.items(self.event), drafts: Vec::new() }];
        held.extend((0..self.devices.len()).map(|phone| self.held_by(&Phone(phone))));
        self.told.retain(|told| held.iter().any(|held| held.includes(told)));
    }

    /// Somebody was erased: what was said of them is gone, and what had been replaced before. Everything else that stood at
    /// home stands there still.
    pub(super) fn forget_how_it_came_about(&mut self, before: &[(DeviceId, ClockReading)], erased: &[Subject]) {
        let now = self.said_at_home();
        let unsent: Vec<_> = (0..self.devices.len()).flat_map(|phone| self.held_by(&Phone(phone)).drafts).collect();
        self.told.retain(|Told { device, reading, what }| {
            let said = (*device, *reading);
            let is_about_them = erased.iter().any(|subject| what.contains(&subject.to_string()));
            let is_here = now.contains(&said);
            assert!(is_here || is_about_them || !before.contains(&said), "{what} of {device} went with the erased");
            is_here || unsent.contains(&said)
        });
    }

    /// What a phone would give to a device it never met, and what it has not sealed.
    fn held_by(&self, phone: &Phone) -> Held {
        let stranger = DeviceId([0xff; 16]);
        let asked = self.devices[phone.0].open().ask(stranger, 0).unwrap();
        assert!(!asked.more, "the world is larger than a page");
        let device = self.device(phone);
        let drafts = self.replica(phone).drafts().map(|draft| (device, draft.reading)).collect();
        Held { items: asked.request.items, drafts }
    }
}
