//! `saxaul invite`.

use std::path::{Path, PathBuf};

use sync_core::ids::{EventId, NodeId};
use sync_core::time::UnixMillis;
use sync_core::trust::{Post, Role, Scope};

use super::{Failure, JournalArgs, day_of, open_data, scope_name, with_post};
use crate::api::invites::Terms;
use crate::clock::{Clock, RandomSource};
use crate::home_key::home_key;
use crate::invite::{InviteLink, terminal_qr};
use crate::print::OneLine;
use crate::store::audit::Deed;
use crate::store::registry::RegistryNumber;
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
    /// Let the device into the events of an office, region or organisation
    #[arg(long, value_name = "ID", conflicts_with = "event")]
    node: Option<NodeId>,
    /// Let the device into every event of this home server
    #[arg(long, conflicts_with_all = ["event", "node"])]
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
    /// Make the invite in a server's data directory, for whoever holds it: the way back in where no organizer is left.
    /// No server may run there meanwhile
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// With --data-dir: where devices reach the server
    #[arg(long, value_name = "URL", requires = "data_dir", default_value = "http://127.0.0.1:8750")]
    public_url: String,
    #[command(flatten)]
    journal: JournalArgs,
}

impl Invite {
    pub(super) fn run(self) -> Result<(), Failure> {
        if let Some(manage) = self.manage {
            return manage.run();
        }
        if let Some(directory) = &self.data_dir {
            return print(&self.make_in(directory)?);
        }
        let role = self.role.expect("the command line asks for it");
        let journal = self.journal.open()?;
        let is_wider = self.every_event || self.node.is_some();
        let event = if is_wider { None } else { Some(self.journal.choose_event(&journal, self.event)?) };
        let mut talk = self.journal.signed_in(&journal)?;
        let created = talk.make_invite(&CreateInvite {
            role,
            event: event.map(|event| event.to_string()),
            node: self.node.map(|node| node.to_string()),
            site: self.site,
            team: self.team,
            uses: self.uses,
            expires_in_s: self.days.map(|days| days * 86_400),
        })?;
        created.notes.iter().for_each(|note| eprintln!("note: {}", OneLine(note)));
        print(&created.link)
    }

    /// Makes an invite without a server. What is written is written down in the audit record, as everybody's is.
    fn make_in(&self, directory: &Path) -> Result<InviteLink, Failure> {
        let role: Role =
            self.role.as_deref().unwrap_or_default().parse().map_err(|error| Failure::bad_input(&error))?;
        for file in ["saxaul.db", "home.key"] {
            if !directory.join(file).exists() {
                let directory = directory.display();
                return Err(Failure::BadInput(format!(
                    "there is no {file} in {directory}: name the data directory of the server, as `saxaul serve` prints it"
                )));
            }
        }
        let (store, writer) = open_data(directory)?;
        let scope = match (self.event, self.node) {
            (Some(event), _) if !store.read_here(|store| store.has_event(event))? => {
                return Err(Failure::BadInput(format!("there is no event {event} in this directory")));
            }
            (None, Some(node))
                if store
                    .read_here(|store| store.registry_since(RegistryNumber::default()))?
                    .nodes
                    .iter()
                    .all(|row| row.node != node) =>
            {
                return Err(Failure::BadInput(format!("there is no office, region or organisation {node} here")));
            }
            (Some(event), _) => Scope::Event(event),
            (None, Some(node)) => Scope::Node(node),
            (None, None) => Scope::Home,
        };
        let now = Clock::System.now();
        let expires = self.days.map(|days| UnixMillis(now.0 + i64::from(days) * 86_400_000));
        let post = Post { site: self.site.clone(), team: self.team.clone() };
        let terms = Terms { role, scope, post, uses: self.uses, expires };
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let home = runtime.block_on(home_key(directory, &store, &writer, &RandomSource::System))?.public();
        let (link, invite) = terms.draw(self.public_url.trim_end_matches('/').to_owned(), home, &RandomSource::System);
        let deed = Deed::of_server(now);
        runtime.block_on(writer.add_invite(invite, deed, Box::new(|_| true)))?;
        writer.close();
        Ok(link)
    }
}

fn print(link: &InviteLink) -> Result<(), Failure> {
    println!("{link}");
    if let Some(code) = terminal_qr(link) {
        println!("{code}");
    }
    Ok(())
}

/// Lists and withdraws invites.
#[derive(clap::Subcommand)]
enum Manage {
    /// List the invites that were made
    List(List),
    /// Withdraw an invite: it lets nobody in any more
    Withdraw(Withdraw),
}

/// `saxaul invite list`: the invites within one's rights.
#[derive(clap::Args)]
struct List {
    #[command(flatten)]
    journal: JournalArgs,
}

/// `saxaul invite withdraw`: an invite lets nobody in any more.
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
    let scope = scope_name(invite.event.as_deref(), invite.node.as_deref());
    let until = invite.expires_ms.map(|at| format!("  until {}", day_of(at))).unwrap_or_default();
    let by = invite.made_by_name.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
    let state = if invite.withdrawn_ms.is_some() { "  WITHDRAWN" } else { "" };
    let used = invite.uses - invite.uses_left;
    let scope = with_post(scope, invite.site.as_deref(), invite.team.as_deref());
    println!(
        "{}  {:<9}  used {used} of {}  made {}{by}{until}  {scope}{state}",
        invite.invite,
        invite.role,
        invite.uses,
        day_of(invite.created_ms)
    );
}
