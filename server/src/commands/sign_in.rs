//! `saxaul sign-in`.

use sync_core::ids::{EventId, NodeId};

use super::{Failure, JournalArgs, day_of, scope_name};
use crate::api::sign_in::{KnownSignInLink, OfferSignIn};
use crate::auth::sessions::Access;

/// Makes a link with which somebody signs in with a browser, once.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct SignIn {
    #[command(subcommand)]
    manage: Option<Manage>,
    /// Whose link it is
    #[arg(value_name = "NAME", required = true)]
    name: Option<String>,
    /// What they may do: everything that an organizer may, read totals, or find people and ask for corrections
    #[arg(long, value_parser = ["organizer", "front_office", "call_centre"], default_value = "organizer")]
    access: String,
    /// For this event alone
    #[arg(long, value_name = "ID", conflicts_with = "node")]
    event: Option<EventId>,
    /// For the events of this office, region or organisation
    #[arg(long, value_name = "ID")]
    node: Option<NodeId>,
    /// The link holds for so many hours [default: a quarter of an hour]
    #[arg(long, value_name = "N")]
    hours: Option<u32>,
    #[command(flatten)]
    journal: JournalArgs,
}

impl SignIn {
    pub(super) fn run(self) -> Result<(), Failure> {
        if let Some(manage) = self.manage {
            return manage.run();
        }
        let offer = OfferSignIn {
            access: Access::of_key(&self.access).expect("the command line knows what there is"),
            name: self.name.expect("the command line asks for it"),
            event: self.event.map(|event| event.to_string()),
            node: self.node.map(|node| node.to_string()),
            expires_in_s: self.hours.map(|hours| hours.saturating_mul(3600)),
        };
        let offered = self.journal.signed_in(&self.journal.open()?)?.offer_sign_in(&offer)?;
        println!("{}", offered.link);
        eprintln!("For one browser, once. Whoever opens it is signed in: send it to one person only.");
        Ok(())
    }
}

/// Lists and withdraws links to sign in.
#[derive(clap::Subcommand)]
enum Manage {
    /// List the links to sign in that were made
    List(List),
    /// Withdraw a link: nobody signs in with it any more
    Withdraw(Withdraw),
}

/// Lists links to sign in.
#[derive(clap::Args)]
struct List {
    #[command(flatten)]
    journal: JournalArgs,
}

/// Withdraws a link to sign in.
#[derive(clap::Args)]
struct Withdraw {
    /// From `saxaul sign-in list`
    #[arg(value_name = "LINK")]
    link: String,
    #[command(flatten)]
    journal: JournalArgs,
}

impl Manage {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(list) => {
                let links = list.journal.signed_in(&list.journal.open()?)?.sign_in_links()?;
                if links.is_empty() {
                    println!("No links to sign in yet. Make one with `saxaul sign-in NAME`.");
                }
                links.iter().for_each(print_link);
            }
            Self::Withdraw(withdraw) => {
                withdraw.journal.signed_in(&withdraw.journal.open()?)?.withdraw_sign_in_link(&withdraw.link)?;
                println!("{} is withdrawn. Who signed in with it stays signed in.", withdraw.link);
            }
        }
        Ok(())
    }
}

fn print_link(link: &KnownSignInLink) {
    let scope = scope_name(link.event.as_deref(), link.node.as_deref());
    let by = link.made_by_name.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
    let state = match (link.used_ms, link.withdrawn_ms) {
        (Some(at), _) => format!("  used {}", day_of(at)),
        (None, Some(_)) => "  WITHDRAWN".to_owned(),
        (None, None) => format!("  until {}", day_of(link.expires_ms)),
    };
    let (id, access, made) = (&link.link, link.access.key(), day_of(link.made_ms));
    println!("{id}  {access:<11}  for {}  made {made}{by}{state}  {scope}", link.name);
}
