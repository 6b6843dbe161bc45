//! `saxaul event`.

use std::path::PathBuf;

use anyhow::Context;
use sync_core::command::Command;
use sync_core::documents::event::EventEdit;
use sync_core::ids::{EventId, Incarnation, NodeId};
use sync_core::journal::OpenReplica;
use sync_core::replica::Outcome;

use super::office::EventArgs;
use super::{Failure, JournalArgs, event_name, read_clocks};
use crate::clock::entropy;
use crate::replay::recording::EventFile;

/// Creates and lists events.
#[derive(clap::Subcommand)]
pub enum Event {
    /// Create an event from a file with its names, time zone, days and sites
    Create(CreateEvent),
    /// Change an event by a file: what the file says differently is written, what it leaves out stays
    Edit(EditEvent),
    /// List the events that are open to this device
    List(ListEvents),
}

/// Creates an event.
#[derive(clap::Args)]
pub struct CreateEvent {
    /// JSON: name {kk, ru, en}, time_zone, days [{date, opens, closes}], sites [{key, name}]
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The office, region or organisation to which the event belongs
    #[arg(long, value_name = "ID")]
    node: Option<NodeId>,
    #[command(flatten)]
    journal: JournalArgs,
}

/// Changes an event.
#[derive(clap::Args)]
pub struct EditEvent {
    /// JSON as for `create`, with teams, shifts, cards, categories, minors, silver, grants, retention_days, region,
    /// organisation and remote_tasks, each if it is wanted
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    args: EventArgs,
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
            Self::Edit(edit) => edit.run(),
            Self::List(list) => list.run(),
        }
    }
}

fn edits_of(file: &std::path::Path) -> Result<Vec<EventEdit>, Failure> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let name = file.display().to_string();
    let edits = EventFile::parse(&name, &bytes).and_then(|file| file.edits(&name));
    edits.map_err(|error| Failure::bad_input(&error))
}

impl EditEvent {
    fn run(self) -> Result<(), Failure> {
        let edits = edits_of(&self.file)?;
        let mut office = self.args.open()?;
        let shown = office.replica.replica().shown();
        let is_new = |edit: &EventEdit| {
            let mut edited = shown.event.clone().into_owned();
            edited.apply(edit.clone());
            edited != *shown.event
        };
        let commands: Vec<Command> = edits.into_iter().filter(is_new).map(Command::EditEvent).collect();
        drop(shown);
        let count = commands.len();
        office.perform(commands)?;
        println!("{count} changes written.");
        Ok(())
    }
}

impl CreateEvent {
    fn run(self) -> Result<(), Failure> {
        let edits = edits_of(&self.file)?;
        let journal = self.journal.open()?;
        let event = EventId(entropy());
        let mut talk = self.journal.signed_in(&journal)?;
        talk.create_event(event, self.node)?;
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
        let mut talk = self.journal.signed_in(&journal)?;
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
