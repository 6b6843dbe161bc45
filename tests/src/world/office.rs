//! What an organizer decides about devices, at the laptop.

use server::client::Talk;
use server::invite::InviteLink;
use server::wire::{CreateInvite, HeldChanges, KnownDevice, KnownHeld, Outcome, Revoke};
use sync_core::trust::Role;

use super::network::Link;
use super::{Phone, World};

impl World {
    pub(super) fn office(&self) -> Talk<Link> {
        let mut talk = self.talk(self.laptop());
        talk.sign_in(self.devices[self.laptop().0].open().journal()).unwrap();
        talk
    }

    /// Revokes a device. `later` says what happens to what it still brings: `hold`, `accept` or `refuse`.
    pub fn revoke(&mut self, phone: &Phone, later: &str) {
        self.revoke_as(phone, &Revoke { later: Some(later.to_owned()), ..Revoke::default() });
    }

    /// Revokes a device, and has it forget everything when it comes.
    pub fn revoke_and_wipe(&mut self, phone: &Phone) {
        self.revoke_as(phone, &Revoke { wipe: true, ..Revoke::default() });
    }

    fn revoke_as(&mut self, phone: &Phone, how: &Revoke) {
        self.office().revoke(self.device(phone), how).unwrap();
        self.note(format!("{} is revoked: {how:?}", self.name(phone)));
    }

    /// Markers' phones that stand at a site, each of which has read what it may.
    pub fn phones_at<const N: usize>(&mut self, site: &str, names: [&str; N]) -> [Phone; N] {
        names.map(|name| {
            let invite = self.invite_to(Some(site), None);
            let phone = self.join(name, &invite);
            self.exchange(&phone);
            phone
        })
    }

    /// An invite for a marker's phone that stands at a site, or with a team.
    pub fn invite_to(&mut self, site: Option<&str>, team: Option<&str>) -> InviteLink {
        let (role, event) = (Role::Marker.key().to_owned(), Some(self.event.to_string()));
        let (site, team) = (site.map(str::to_owned), team.map(str::to_owned));
        let invite = CreateInvite { role, event, uses: 1, site, team, ..CreateInvite::default() };
        self.office().invite(&invite).unwrap()
    }

    /// What waits at home for an organizer.
    #[must_use]
    pub fn waiting(&self) -> Vec<KnownHeld> {
        self.office().held(self.event).unwrap()
    }

    /// Lets in everything that waits.
    pub fn release_all(&mut self) -> Vec<Outcome> {
        let numbers = self.everything_that_waits();
        self.note("everything that waits is released".to_owned());
        self.office().release(self.event, &numbers).unwrap()
    }

    /// Refuses everything that waits.
    pub fn discard_all(&mut self) -> Vec<Outcome> {
        let numbers = self.everything_that_waits();
        self.note("everything that waits is discarded".to_owned());
        self.office().discard(self.event, &numbers).unwrap()
    }

    fn everything_that_waits(&self) -> HeldChanges {
        let changes = self.waiting().iter().map(|held| held.change.clone()).collect();
        HeldChanges { changes, reason: Some("looked at".to_owned()) }
    }

    /// What the console shows of a device.
    #[must_use]
    pub fn console_shows(&self, phone: &Phone) -> KnownDevice {
        let id = self.device(phone).to_string();
        let devices = self.office().devices(Some(self.event)).unwrap();
        devices.into_iter().find(|device| device.device == id).expect("an organizer of every event sees every device")
    }

    /// What the record says was done, in order.
    #[must_use]
    pub fn audit(&self) -> Vec<server::store::audit::Entry> {
        self.network.borrow().home.app().store.read_here(|store| store.audit()).unwrap()
    }

    /// Whether a device's journal is gone from its disk.
    pub fn obeys_the_wipe(
        &mut self,
        phone: &Phone,
        order: &sync_core::trust::Signed<sync_core::trust::Dismissal>,
    ) -> bool {
        let device = &mut self.devices[phone.0];
        let journal = device.replica.take().unwrap().into_journal();
        journal.wipe(order).is_ok()
    }
}
