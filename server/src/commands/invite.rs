//! `saxaul invite`.

use sync_core::ids::EventId;

use super::{Failure, JournalArgs, choose_event, day_of, with_post};
use crate::invite::terminal_qr;
use crate::wire::{CreateInvite, KnownInvite};

/// Invites a device: prints a link and a code to scan.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Invite {
    #[command(subcommand)]
    manage: Option<Manage>,
    /// What the device may do: marker, lead or organizer
    #[arg(long, required = true, value_parser = ["marker", "lead", "organizer"])]
    role: Option<String>,
    /// The event; without it, the only one there is
    #[arg(long, value_name = "ID")]
    event: Option<EventId>,
    /// Let the device into every event of this home server
    #[arg(long, conflicts_with = "event")]
    every_event: bool,
    /// The site at which its devices stand; markers read the logs of their own site and team
    #[arg(long, value_name = "KEY")]
    site: Option<String>,
    /// The team with which its devices stand
    #[arg(long, value_name = "KEY")]
    team: Option<String>,
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
        if let Some(manage) = self.manage {
            return manage.run();
        }
        let role = self.role.expect("the command line asks for it");
        let journal = self.journal.open()?;
        let event = if self.every_event { None } else { Some(choose_event(&journal, self.event)?) };
        let mut talk = self.journal.signed_in(&journal)?;
        let link = talk.invite(&CreateInvite {
            role,
            event: event.map(|event| event.to_string()),
            site: self.site,
            team: self.team,
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

/// Lists and withdraws invites.
#[derive(clap::Subcommand)]
enum Manage {
    /// List the invites that were made
    List(List),
    /// Withdraw an invite: it lets nobody in any more
    Withdraw(Withdraw),
}

/// Lists invites.
#[derive(clap::Args)]
struct List {
    #[command(flatten)]
    journal: JournalArgs,
}

/// Withdraws an invite.
#[derive(clap::Args)]
struct Withdraw {
    /// From `saxaul invite list`
    #[arg(value_name = "INVITE")]
    invite: String,
    #[command(flatten)]
    journal: JournalArgs,
}

impl Manage {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(list) => {
                let invites = list.journal.signed_in(&list.journal.open()?)?.invites()?;
                if invites.is_empty() {
                    println!("No invites yet. Make one with `saxaul invite --role marker`.");
                }
                invites.iter().for_each(print_invite);
            }
            Self::Withdraw(withdraw) => {
                withdraw.journal.signed_in(&withdraw.journal.open()?)?.withdraw_invite(&withdraw.invite)?;
                println!("{} is withdrawn. Who came in by it stays in.", withdraw.invite);
            }
        }
        Ok(())
    }
}

fn print_invite(invite: &KnownInvite) {
    let scope = invite.event.as_ref().map_or_else(|| "every event".to_owned(), |event| format!("event {event}"));
    let until = invite.expires_ms.map(|at| format!("  until {}", day_of(at))).unwrap_or_default();
    let state = if invite.withdrawn_ms.is_some() { "  WITHDRAWN" } else { "" };
    let used = invite.uses - invite.uses_left;
    let scope = with_post(scope, invite.site.as_deref(), invite.team.as_deref());
    println!(
        "{}  {:<9}  used {used} of {}  made {}{until}  {scope}{state}",
        invite.invite,
        invite.role,
        invite.uses,
        day_of(invite.created_ms)
    );
}
