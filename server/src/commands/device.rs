//! `saxaul device`.

use sync_core::ids::{DeviceId, EventId};

use super::{Failure, JournalArgs, day_of, scope_name, with_post};
use crate::api::devices::KnownPrepared;
use crate::print::OneLine;
use crate::wire::{KnownDevice, Revoke};

/// Lists, renames and revokes devices.
#[derive(clap::Subcommand)]
pub enum Device {
    /// List the devices that were let in
    List(List),
    /// Call a device by another name
    Rename(Rename),
    /// Show what a device prepared that lets somebody in: invites, links to sign in, sessions
    Prepared(PreparedBy),
    /// Revoke a device: what it wrote stays; what it still brings waits for a decision; what it prepared is withdrawn
    Revoke(RevokeDevice),
}

/// Shows what a device prepared.
#[derive(clap::Args)]
pub struct PreparedBy {
    /// The device's id, from `saxaul device list`
    #[arg(value_name = "ID")]
    device: DeviceId,
    #[command(flatten)]
    journal: JournalArgs,
}

/// `saxaul device list`: the devices within one's rights.
#[derive(clap::Args)]
pub struct List {
    /// Show how far each device's logs of this event are at home
    #[arg(long, value_name = "ID")]
    event: Option<EventId>,
    #[command(flatten)]
    journal: JournalArgs,
}

/// `saxaul device rename`: calls a device by another name.
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

/// `saxaul device revoke`: ends a device's future.
#[derive(clap::Args)]
pub struct RevokeDevice {
    /// The device's id, from `saxaul device list`
    #[arg(value_name = "ID")]
    device: DeviceId,
    /// What happens to what it still brings: it waits for a decision, is accepted, or is refused
    #[arg(long, default_value = "hold", value_parser = ["hold", "accept", "refuse"])]
    later: String,
    /// Have it forget everything, once it has handed over what home does not have; so nothing may be refused of that
    #[arg(long)]
    wipe: bool,
    /// Leave this invite, link to sign in or session as it is, although the device prepared it; say it once for each
    #[arg(long, value_name = "ID")]
    keep: Vec<String>,
    /// Agree to revoke this device itself, or the last organizer
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    journal: JournalArgs,
}

impl Device {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(),
            Self::Rename(rename) => rename.run(),
            Self::Prepared(prepared) => prepared.run(),
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
    println!("{}  {:<9}  {}  since {since}{seen}  {scope}", device.device, device.role, OneLine(&device.name));
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
        let count = |number: u64, what: &str| if number == 0 { String::new() } else { format!(", {number} {what}") };
        let (held, discarded) = (count(log.held, "held"), count(log.discarded, "discarded"));
        println!("    log {}: {} entries at home{held}{discarded}{missing}", log.incarnation, log.entries);
    }
}

impl Rename {
    fn run(self) -> Result<(), Failure> {
        self.journal.signed_in(&self.journal.open()?)?.rename(self.device, &self.name)?;
        println!("{} is called `{}` now.", self.device, self.name);
        Ok(())
    }
}

impl PreparedBy {
    fn run(self) -> Result<(), Failure> {
        let prepared = self.journal.signed_in(&self.journal.open()?)?.prepared_by(self.device)?;
        if !print_prepared(&prepared, &[]) {
            println!("{} prepared nothing that still lets somebody in.", self.device);
        }
        print_let_in(&prepared);
        Ok(())
    }
}

/// Prints what a device prepared, but for what is kept. Returns whether that is anything.
fn print_prepared(prepared: &KnownPrepared, keep: &[String]) -> bool {
    let invites = prepared.invites.iter().map(|invite| {
        let left = invite.uses - invite.uses_left;
        let what =
            format!("used {left} of {}, {}", invite.uses, scope_name(invite.event.as_deref(), invite.node.as_deref()));
        (&invite.invite, format!("invite           {:<9}  {what}", invite.role))
    });
    let links = prepared
        .sign_in_links
        .iter()
        .map(|link| (&link.link, format!("link to sign in  {:<9}  for {}", link.access.key(), link.name)));
    let sessions = prepared.sessions.iter().map(|session| {
        (&session.session, format!("session          {:<9}  of {}", session.access.key(), session.name))
    });
    let all = invites.chain(links).chain(sessions).filter(|(id, _)| !keep.contains(id));
    all.map(|(id, what)| println!("    {id}  {what}")).count() > 0
}

/// Names the devices about which somebody decides by themselves.
fn print_let_in(prepared: &KnownPrepared) {
    if !prepared.devices.is_empty() {
        println!("These devices came in by its invites, and stay in until they are revoked by themselves:");
        prepared.devices.iter().for_each(|device| println!("    {device}"));
    }
}

impl RevokeDevice {
    /// What a person would miss who revokes the device that they hold, or the last one that organizes something.
    fn what_is_lost(&self, own: DeviceId, devices: &[KnownDevice]) -> Option<String> {
        let device = self.device.to_string();
        let organizers = || devices.iter().filter(|known| known.role == "organizer" && known.revoked_ms.is_none());
        let covers = |other: &KnownDevice, scope: &KnownDevice| {
            let is_everywhere = other.event.is_none() && other.node.is_none();
            is_everywhere || (&other.event, &other.node) == (&scope.event, &scope.node)
        };
        let is_last = |scope: &&KnownDevice| organizers().all(|other| other.device == device || !covers(other, scope));
        let lost = organizers().filter(|known| known.device == device).find(is_last);
        let own = (self.device == own).then(|| "This is the device on which you are.".to_owned());
        let lost = lost.map(|scope| {
            let scope = scope_name(scope.event.as_deref(), scope.node.as_deref());
            format!(
                "It is the last organizer of {scope}: after that nobody invites, decides or revokes there. The way back is \
                 `saxaul invite --role organizer --data-dir DIR`, by whoever holds the data directory of the stopped server, \
                 and a journal of its own for whoever joins by it."
            )
        });
        let back = "An invite of another organizer, and a journal of its own for whoever joins by it, is the way back.";
        match (own, lost) {
            (None, None) => None,
            (Some(own), None) => Some(format!("{own} {back}")),
            (None, Some(lost)) => Some(lost),
            (Some(own), Some(lost)) => Some(format!("{own} {lost}")),
        }
    }

    fn run(self) -> Result<(), Failure> {
        if self.wipe && self.later == "refuse" {
            return Err(Failure::BadInput(
                "a device that is to forget everything hands over first what home does not have: let that wait (--later \
                 hold), and see `saxaul held discard`"
                    .to_owned(),
            ));
        }
        let journal = self.journal.open()?;
        let mut talk = self.journal.signed_in(&journal)?;
        if !self.yes
            && let Some(what) = self.what_is_lost(journal.public_key().device(), &talk.devices(None)?)
        {
            return Err(Failure::BadInput(format!(
                "{what}\nNothing was changed. Say --yes to revoke it all the same."
            )));
        }
        let prepared = talk.prepared_by(self.device)?;
        let how = Revoke { later: Some(self.later.clone()), wipe: self.wipe, keep: self.keep.clone() };
        println!("What {} prepared and what is withdrawn with it:", self.device);
        if !print_prepared(&prepared, &self.keep) {
            println!("    nothing");
        }
        talk.revoke(self.device, &how)?;
        println!("{} is revoked. What it wrote before stays.", self.device);
        print_let_in(&prepared);
        match self.later.as_str() {
            "accept" => println!("What it still brings is accepted."),
            "refuse" => println!("What it still brings is refused."),
            _ => println!("What it still brings waits for a decision: see `saxaul held list`."),
        }
        Ok(())
    }
}
