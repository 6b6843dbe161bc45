//! What organizers do after the field: they plan, publish and take account.

use sync_core::command::Command;
use sync_core::documents::event::EventEdit;
use sync_core::documents::log::{Method, Presence};
use sync_core::ids::{EntryRef, RulingId};
use sync_core::view::{Account, AwardsRecord, Basis, EventView, PublishError, Sources, plan_publication};

use super::{Phone, Someone, World};

impl World {
    /// Says something of the event, at the organizer's laptop.
    pub fn plans(&mut self, edit: EventEdit) {
        let laptop = self.laptop();
        self.does(&laptop, Command::EditEvent(edit));
    }

    /// Marks someone present at a site, by the badge.
    pub fn check_in_at(&mut self, phone: &Phone, site: &str, someone: impl Someone) -> EntryRef {
        let presence = Presence { site: site.to_owned(), method: Method::Qr, subject: someone.subject() };
        self.does(phone, Command::CheckIn(presence)).entry.expect("a check-in is an entry")
    }

    /// Marks someone as having left a site, by the badge.
    pub fn check_out_at(&mut self, phone: &Phone, site: &str, someone: impl Someone) -> EntryRef {
        let presence = Presence { site: site.to_owned(), method: Method::Qr, subject: someone.subject() };
        self.does(phone, Command::CheckOut(presence)).entry.expect("a check-out is an entry")
    }

    /// Publishes what a device knows, after it has met home.
    ///
    /// # Errors
    /// Why there is nothing to publish.
    pub fn publish(&mut self, phone: &Phone) -> Result<RulingId, PublishError> {
        self.exchange(phone);
        let id = RulingId(self.chance.bytes());
        let planned = plan_publication(self.replica(phone).ledger().documents(), id, "")?;
        for (id, ruling) in planned {
            self.does(phone, Command::Rule(id, ruling));
        }
        self.exchange(phone);
        Ok(id)
    }

    /// What a device shows, and the account of it.
    #[must_use]
    pub fn account(&self, phone: &Phone) -> (EventView, Account) {
        self.with_sources(phone, |sources| {
            let view = sources.view();
            let account = Account::of(sources, &view);
            (view, account)
        })
    }

    /// The evidence of verified hours that a device has.
    #[must_use]
    pub fn awards(&self, phone: &Phone) -> AwardsRecord {
        let basis = Basis::now(self.replica(phone).ledger().documents());
        self.with_sources(phone, |sources| AwardsRecord::of(self.event(), basis, sources))
    }

    /// Reads the documents that a device shows.
    pub fn with_sources<T>(&self, phone: &Phone, read: impl FnOnce(&Sources<'_>) -> T) -> T {
        let shown = self.replica(phone).shown();
        let logs = shown.logs.iter().map(AsRef::as_ref).collect();
        read(&Sources { event: &shown.event, roster: &shown.roster, logs, rulings: &shown.rulings })
    }
}
