//! `saxaul event`.

use std::path::PathBuf;

use anyhow::Context;
use sync_core::command::Command;
use sync_core::ids::{EventId, Incarnation};
use sync_core::journal::OpenReplica;
use sync_core::replica::Outcome;

use super::{Failure, JournalArgs, event_name, read_clocks};
use crate::clock::entropy;
use crate::replay::recording::EventFile;

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
        let mut talk = self.journal.signed_in(&journal)?;
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
