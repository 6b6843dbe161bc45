//! `saxaul event` and `saxaul invite`.

use std::path::PathBuf;

use anyhow::Context;
use sync_core::command::Command;
use sync_core::ids::{DeviceId, EventId, Incarnation};
use sync_core::journal::OpenReplica;
use sync_core::replica::Outcome;
use sync_core::time::date_of_day;

use super::{Failure, JournalArgs, choose_event, event_name, read_clocks};
use crate::clock::entropy;
use crate::invite::terminal_qr;
use crate::replay::recording::EventFile;
use crate::wire::CreateInvite;

/// Creates and lists events.
#[derive(clap::Subcommand)]
pub enum Event {
    /// Create an event from a file with its names, time zone, days and sites
    Create(CreateEvent),
    /// List the events that are open to this device
    List(ListEvents),
}

/// Creates an event.
#[derive(clap::Args)]
pub struct CreateEvent {
    /// JSON: name {kk, ru, en}, time_zone, days [{date, opens, closes}], sites [{key, name}]
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    journal: JournalArgs,
}

/// Lists events.
#[derive(clap::Args)]
pub struct ListEvents {
    #[command(flatten)]
    journal: JournalArgs,
}

impl Event {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(),
            Self::List(list) => list.run(),
        }
    }
}

impl CreateEvent {
    fn run(self) -> Result<(), Failure> {
        let bytes = std::fs::read(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        let name = self.file.display().to_string();
        let edits = EventFile::parse(&name, &bytes).and_then(|file| file.edits(&name));
        let edits = edits.map_err(|error| Failure::bad_input(&error))?;
        let journal = self.journal.open()?;
        let event = EventId(entropy());
        let mut talk = self.journal.talk_to_home(&journal)?;
        talk.sign_in(&journal)?;
        talk.create_event(event)?;
        let mut replica = OpenReplica::open(journal, event, Incarnation(entropy()))?;
        let reading = read_clocks();
        replica.act(|state| {
            let mut writes = Vec::new();
            for edit in edits {
                writes.extend(state.perform(Command::EditEvent(edit), reading)?.writes);
            }
            Ok::<_, anyhow::Error>(Outcome { writes, answer: () })
        })?;
        self.journal.exchange(&mut replica)?;
        println!("{event}  {}", event_name(replica.replica()));
        Ok(())
    }
}

impl ListEvents {
    fn run(self) -> Result<(), Failure> {
        let journal = self.journal.open()?;
        let mut talk = self.journal.talk_to_home(&journal)?;
        talk.sign_in(&journal)?;
        let mut events = talk.events()?;
        events.sort();
        if events.is_empty() {
            println!("No events yet. Create one with `saxaul event create FILE`.");
        }
        drop(journal);
        for event in events {
            let mut replica = self.journal.open_event(Some(event))?;
            self.journal.exchange(&mut replica)?;
            let documents = replica.replica().ledger().documents();
            let (people, sites) = (documents.roster().people.len(), documents.info().sites.len());
            println!("{event}  {}  ({people} people, {sites} sites)", event_name(replica.replica()));
        }
        Ok(())
    }
}

/// Lists and revokes devices.
#[derive(clap::Subcommand)]
pub enum Device {
    /// List the devices that were let in
    List(ListDevices),
    /// Revoke a device: what it wrote stays, nothing more is taken from it
    Revoke(RevokeDevice),
}

/// Lists devices.
#[derive(clap::Args)]
pub struct ListDevices {
    #[command(flatten)]
    journal: JournalArgs,
}

/// Revokes a device.
#[derive(clap::Args)]
pub struct RevokeDevice {
    /// The device's id, from `saxaul device list`
    #[arg(value_name = "ID")]
    device: DeviceId,
    #[command(flatten)]
    journal: JournalArgs,
}

impl Device {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(),
            Self::Revoke(revoke) => revoke.run(),
        }
    }
}

impl ListDevices {
    fn run(self) -> Result<(), Failure> {
        let journal = self.journal.open()?;
        let mut talk = self.journal.talk_to_home(&journal)?;
        talk.sign_in(&journal)?;
        for device in talk.devices()? {
            let day = date_of_day(device.issued_ms.div_euclid(86_400_000));
            let scope = device.event.map_or_else(|| "every event".to_owned(), |event| format!("event {event}"));
            let revoked = if device.revoked_ms.is_some() { "  REVOKED" } else { "" };
            println!("{}  {:<9}  {}  since {day}  {scope}{revoked}", device.device, device.role, device.name);
        }
        Ok(())
    }
}

impl RevokeDevice {
    fn run(self) -> Result<(), Failure> {
        let journal = self.journal.open()?;
        let mut talk = self.journal.talk_to_home(&journal)?;
        talk.sign_in(&journal)?;
        talk.revoke(self.device)?;
        println!("{} is revoked. What it wrote before stays.", self.device);
        Ok(())
    }
}

/// Invites a device.
#[derive(clap::Args)]
pub struct Invite {
    /// What the device may do: marker, lead or organizer
    #[arg(long, value_parser = ["marker", "lead", "organizer"])]
    role: String,
    /// The event; without it, the only one there is
    #[arg(long, value_name = "ID")]
    event: Option<EventId>,
    /// Let the device into every event of this home server
    #[arg(long, conflicts_with = "event")]
    every_event: bool,
    /// How many devices the link lets in
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    uses: u32,
    /// The link holds so many days; without it, for good
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: Option<u32>,
    #[command(flatten)]
    journal: JournalArgs,
}

impl Invite {
    pub(super) fn run(self) -> Result<(), Failure> {
        let journal = self.journal.open()?;
        let event = if self.every_event { None } else { Some(choose_event(&journal, self.event)?) };
        let mut talk = self.journal.talk_to_home(&journal)?;
        talk.sign_in(&journal)?;
        let link = talk.invite(&CreateInvite {
            role: self.role,
            event: event.map(|event| event.to_string()),
            uses: self.uses,
            expires_in_s: self.days.map(|days| days * 86_400),
        })?;
        println!("{link}");
        if let Some(code) = terminal_qr(&link) {
            println!("{code}");
        }
        Ok(())
    }
}
