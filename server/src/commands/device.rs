//! `saxaul device`.

use sync_core::ids::{DeviceId, EventId};

use super::{Failure, JournalArgs, day_of, scope_name, with_post};
use crate::wire::{KnownDevice, Revoke};

/// Lists, renames and revokes devices.
#[derive(clap::Subcommand)]
pub enum Device {
    /// List the devices that were let in
    List(List),
    /// Call a device by another name
    Rename(Rename),
    /// Revoke a device: what it wrote stays; what it still brings waits for a decision
    Revoke(RevokeDevice),
}

/// Lists devices.
#[derive(clap::Args)]
pub struct List {
    /// Show how far each device's logs of this event are at home
    #[arg(long, value_name = "ID")]
    event: Option<EventId>,
    #[command(flatten)]
    journal: JournalArgs,
}

/// Renames a device.
#[derive(clap::Args)]
pub struct Rename {
    /// The device's id, from `saxaul device list`
    #[arg(value_name = "ID")]
    device: DeviceId,
    /// What people call it
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    journal: JournalArgs,
}

/// Revokes a device.
#[derive(clap::Args)]
pub struct RevokeDevice {
    /// The device's id, from `saxaul device list`
    #[arg(value_name = "ID")]
    device: DeviceId,
    /// What happens to what it still brings: it waits for a decision, is accepted, or is refused
    #[arg(long, default_value = "hold", value_parser = ["hold", "accept", "refuse"])]
    later: String,
    /// Have it forget everything, once it has handed over what home does not have
    #[arg(long)]
    wipe: bool,
    #[command(flatten)]
    journal: JournalArgs,
}

impl Device {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(),
            Self::Rename(rename) => rename.run(),
            Self::Revoke(revoke) => revoke.run(),
        }
    }
}

impl List {
    fn run(self) -> Result<(), Failure> {
        self.journal.signed_in(&self.journal.open()?)?.devices(self.event)?.iter().for_each(print_device);
        Ok(())
    }
}

fn print_device(device: &KnownDevice) {
    let scope = scope_name(device.event.as_deref(), device.node.as_deref());
    let scope = with_post(scope, device.site.as_deref(), device.team.as_deref());
    let seen = device.seen_ms.map(|at| format!("  last here {}", day_of(at))).unwrap_or_default();
    let since = day_of(device.issued_ms);
    println!("{}  {:<9}  {}  since {since}{seen}  {scope}", device.device, device.role, device.name);
    if let (Some(at), Some(later)) = (device.revoked_ms, &device.later) {
        let wipe = if device.wipe { ", and it is to forget everything" } else { "" };
        let later = match later.as_str() {
            "accept" => "accepted",
            "refuse" => "refused",
            _ => "held",
        };
        println!("    REVOKED {}: what it still brings is {later}{wipe}", day_of(at));
    }
    if device.cloned > 0 {
        println!("    THIS DEVICE WAS CLONED: it wrote two things under one number, {} times", device.cloned);
    }
    for log in &device.logs {
        let missing = match log.missing {
            0 => String::new(),
            missing => format!(", {missing} MORE ARE ON THE DEVICE ALONE"),
        };
        println!("    log {}: {} entries at home{missing}", log.incarnation, log.entries);
    }
}

impl Rename {
    fn run(self) -> Result<(), Failure> {
        self.journal.signed_in(&self.journal.open()?)?.rename(self.device, &self.name)?;
        println!("{} is called `{}` now.", self.device, self.name);
        Ok(())
    }
}

impl RevokeDevice {
    fn run(self) -> Result<(), Failure> {
        let how = Revoke { later: Some(self.later.clone()), wipe: self.wipe };
        self.journal.signed_in(&self.journal.open()?)?.revoke(self.device, &how)?;
        println!("{} is revoked. What it wrote before stays.", self.device);
        match self.later.as_str() {
            "accept" => println!("What it still brings is accepted."),
            "refuse" => println!("What it still brings is refused."),
            _ => println!("What it still brings waits for a decision: see `saxaul held list`."),
        }
        Ok(())
    }
}
