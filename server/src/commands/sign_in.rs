//! `saxaul sign-in`.

use sync_core::ids::{EventId, NodeId};

use super::{Failure, JournalArgs};
use crate::api::sign_in::OfferSignIn;
use crate::auth::sessions::Access;

/// Makes a link with which somebody signs in with a browser, once.
#[derive(clap::Args)]
pub struct SignIn {
    /// Whose link it is
    #[arg(value_name = "NAME")]
    name: String,
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
        let offer = OfferSignIn {
            access: Access::of_key(&self.access).expect("the command line knows what there is"),
            name: self.name,
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
