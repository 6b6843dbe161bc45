//! `saxaul walk-in`.

use sync_core::command::accept_walk_in;
use sync_core::ids::Subject;

use super::Failure;
use super::office::EventArgs;

/// Lists and accepts people registered at gates.
#[derive(clap::Subcommand)]
pub enum WalkIn {
    /// List those who are not on the roster, nor one with somebody who is
    List(EventArgs),
    /// Take somebody onto the roster; once, whoever does it
    Accept(Accept),
}

/// `saxaul walk-in accept`: takes somebody from a gate onto the roster.
#[derive(clap::Args)]
pub struct Accept {
    /// An id, or a name that only one person has
    #[arg(value_name = "WHO", required = true)]
    who: Vec<String>,
    #[command(flatten)]
    args: EventArgs,
}

impl WalkIn {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(args) => {
                let office = args.open()?;
                let view = office.view();
                let known = |found: &&sync_core::view::Found<_>| !is_listed(view, found);
                let waiting = view.walk_ins.iter().filter(known);
                waiting.for_each(|found| println!("{}", office.people.who(Subject::WalkIn(found.what.id))));
                Ok(())
            }
            Self::Accept(accept) => accept.run(),
        }
    }
}

fn is_listed(
    view: &sync_core::view::EventView,
    found: &sync_core::view::Found<sync_core::documents::log::WalkIn>,
) -> bool {
    matches!(view.class_of(Subject::WalkIn(found.what.id)), Subject::Person(_))
}

impl Accept {
    fn run(self) -> Result<(), Failure> {
        let mut office = self.args.open()?;
        let event = office.replica.replica().event();
        let shown = office.replica.replica().shown();
        let mut commands = Vec::new();
        let mut accepted = Vec::new();
        for who in &self.who {
            let subject = office.one(who)?;
            let walk_in = match subject {
                Subject::WalkIn(id) => office.view().walk_in(id),
                Subject::Person(_) => None,
            };
            let walk_in = walk_in.filter(|found| !is_listed(office.view(), found));
            let walk_in = walk_in.ok_or_else(|| Failure::BadInput(format!("`{who}` is on the roster already")))?;
            let (id, more) = accept_walk_in(event, &walk_in.what, &shown.roster, &shown.rulings);
            commands.extend(more);
            accepted.push(format!("{id}  {}", office.people.who(subject)));
        }
        office.perform(commands)?;
        accepted.iter().for_each(|line| println!("{line}: on the roster"));
        Ok(())
    }
}
