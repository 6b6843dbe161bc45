//! `saxaul held`.

use std::collections::HashMap;

use sync_core::exchange::Verdict;
use sync_core::ids::EventId;

use super::{Failure, JournalArgs, day_of};
use crate::print::one_line;
use crate::wire::{HeldChanges, KnownHeld, Outcome};

/// Decides about what revoked devices still bring.
#[derive(clap::Subcommand)]
pub enum Held {
    /// List what waits: which device wrote it, who brought it, when and why
    List(List),
    /// Let in what waits
    Release(Decide),
    /// Refuse for good what waits; who did it and why is written down
    Discard(Decide),
}

/// `saxaul held list`: the changes of an event that wait.
#[derive(clap::Args)]
pub struct List {
    /// The event; without it, the only one there is
    #[arg(long, value_name = "ID")]
    event: Option<EventId>,
    #[command(flatten)]
    journal: JournalArgs,
}

/// What is decided about.
#[derive(clap::Args)]
pub struct Decide {
    /// Ids from `saxaul held list`; the beginning of one is enough
    #[arg(value_name = "ID", required_unless_present = "all")]
    changes: Vec<String>,
    /// Decide about everything that waits
    #[arg(long, conflicts_with = "changes")]
    all: bool,
    /// Why, to be written down
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    list: List,
}

impl Held {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(),
            Self::Release(decide) => decide.run(Decision::Release),
            Self::Discard(decide) => decide.run(Decision::Discard),
        }
    }
}

#[derive(Clone, Copy)]
enum Decision {
    Release,
    Discard,
}

impl List {
    fn run(self) -> Result<(), Failure> {
        let journal = self.journal.open()?;
        let event = self.journal.choose_event(&journal, self.event)?;
        let mut talk = self.journal.signed_in(&journal)?;
        let names: HashMap<String, String> =
            talk.devices(None)?.into_iter().map(|device| (device.device, device.name)).collect();
        let name = |id: &str| one_line(names.get(id).map_or(id, String::as_str));
        let held = talk.held(event)?;
        if held.is_empty() {
            println!("Nothing waits.");
        }
        for held in held {
            let (by, from, day) = (name(&held.device), name(&held.brought_by), day_of(held.at_ms));
            let (document, bytes, reason) = (held.document, held.bytes, held.reason);
            println!(
                "{}  {document:<8}  written by {by}, brought by {from} {day}  ({reason}, {bytes} bytes)",
                short(&held.change)
            );
        }
        Ok(())
    }
}

impl Decide {
    fn run(self, decision: Decision) -> Result<(), Failure> {
        let journal = self.list.journal.open()?;
        let event = self.list.journal.choose_event(&journal, self.list.event)?;
        let mut talk = self.list.journal.signed_in(&journal)?;
        let held = talk.held(event)?;
        let changes = match self.all {
            true => held.into_iter().map(|held| held.change).collect(),
            false => {
                self.changes.iter().filter_map(|asked| find(&held, asked).transpose()).collect::<Result<_, _>>()?
            }
        };
        let changes = HeldChanges { changes, reason: self.reason };
        let outcomes = match decision {
            Decision::Release => talk.release(event, &changes)?,
            Decision::Discard => talk.discard(event, &changes)?,
        };
        let is_decided = |change: &&String| outcomes.iter().any(|outcome| outcome.change == **change);
        let gone = changes.changes.iter().filter(|change| !is_decided(change));
        gone.for_each(|change| eprintln!("warning: {} does not wait", short(change)));
        outcomes.iter().for_each(|outcome| print_outcome(outcome, decision));
        Ok(())
    }
}

/// The beginning of a change's hash, as it is listed.
fn short(change: &str) -> &str {
    change.get(..12).unwrap_or(change)
}

/// The change whose hash begins as somebody wrote; `None`, and a warning, where none of those that wait does.
fn find(held: &[KnownHeld], asked: &str) -> Result<Option<String>, Failure> {
    let asked = asked.to_ascii_lowercase();
    let mut alike = held.iter().filter(|held| !asked.is_empty() && held.change.starts_with(&asked));
    match (alike.next(), alike.next()) {
        (None, _) => {
            eprintln!("warning: {} does not wait", one_line(&asked));
            Ok(None)
        }
        (Some(found), None) => Ok(Some(found.change.clone())),
        (Some(_), Some(_)) => Err(Failure::BadInput(format!(
            "the ids of several changes that wait begin with {asked}: write more of it, as `saxaul held list` shows it"
        ))),
    }
}

fn print_outcome(outcome: &Outcome, decision: Decision) {
    let code = outcome.code.as_deref().unwrap_or_default();
    let what = match (decision, outcome.verdict) {
        (Decision::Discard, _) => "discarded".to_owned(),
        (Decision::Release, Verdict::Accepted | Verdict::AlreadyHad) => "let in".to_owned(),
        (Decision::Release, Verdict::NotYet) => format!("still waits: what it builds on has not come ({code})"),
        (Decision::Release, _) => format!("still waits: it cannot be let in ({code})"),
    };
    println!("{}  {what}", short(&outcome.change));
}
