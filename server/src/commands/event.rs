//! `saxaul event`.

mod creation;

use std::path::PathBuf;

use anyhow::Context;
use sync_core::command::Command;
use sync_core::documents::event::{EventEdit, EventInfo};

use self::creation::CreateEvent;
use super::office::{EventArgs, Office};
use super::{Failure, JournalArgs, event_name};
use crate::commands::clock_change::clock_changes_of;
use crate::event_plan::{EventPlan, PlanError};
use crate::print::OneLine;
use crate::replay::recording::EventFile;

/// Creates and lists events.
#[derive(clap::Subcommand)]
pub enum Event {
    /// Create an event from a file with its names, time zone, days and sites
    Create(CreateEvent),
    /// Change an event by a file: what the file says differently is written, what it leaves out stays, what it names under
    /// `remove` goes
    Edit(EditEvent),
    /// Take something off an event that was put in by mistake
    Remove(RemoveFromEvent),
    /// Print what an event is, as a file for `edit`
    Show(EventArgs),
    /// List the events that are open to this device
    List(ListEvents),
}

/// `saxaul event edit`: changes what an event says of itself.
#[derive(clap::Args)]
pub struct EditEvent {
    /// JSON with any of what `create` takes, and of teams, shifts, cards, categories, longest_stretch, minors, silver,
    /// grants, retention_days, region, organisation, remote_tasks, columns, and remove with the keys of what is to go
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    args: EventArgs,
}

/// `saxaul event remove`: takes something off an event.
#[derive(clap::Args)]
pub struct RemoveFromEvent {
    /// Of which kind: days, sites, teams, shifts, cards, categories, remote_tasks, grants; or longest_stretch, silver, retention_days,
    /// region, organisation, which have no keys
    #[arg(value_name = "KIND")]
    kind: String,
    /// The dates or keys
    #[arg(value_name = "KEY")]
    keys: Vec<String>,
    #[command(flatten)]
    args: EventArgs,
}

/// `saxaul event list`: the events that are open to this device.
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
            Self::Remove(remove) => remove.run(),
            Self::Show(args) => show(&args),
            Self::List(list) => list.run(),
        }
    }
}

fn read(file: &std::path::Path) -> Result<(String, EventFile), Failure> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let name = file.display().to_string();
    let read = EventFile::parse(&name, &bytes).map_err(|error| Failure::bad_input(&error))?;
    Ok((name, read))
}

impl EditEvent {
    fn run(self) -> Result<(), Failure> {
        let (_, file) = read(&self.file)?;
        let bad = |error: PlanError| Failure::BadInput(format!("{}: {error}", self.file.display()));
        let count = perform(&mut self.args.open()?, &file.plan, bad)?;
        println!("{count} changes written.");
        Ok(())
    }
}

impl RemoveFromEvent {
    fn run(self) -> Result<(), Failure> {
        let what = if self.keys.is_empty() { serde_json::json!(true) } else { serde_json::json!(self.keys) };
        let remove = serde_json::json!({ self.kind.as_str(): what });
        let remove = serde_json::from_value(remove)
            .map_err(|error| Failure::BadInput(format!("remove {}: {error}", self.kind)))?;
        let plan = EventPlan { remove, ..EventPlan::default() };
        let count = perform(&mut self.args.open()?, &plan, |error| Failure::BadInput(error.to_string()))?;
        println!("{count} taken off. What was recorded there stays.");
        Ok(())
    }
}

fn perform(office: &mut Office<'_>, plan: &EventPlan, bad: impl Fn(PlanError) -> Failure) -> Result<usize, Failure> {
    let news = plan.news(&office.replica.replica().shown().event).map_err(bad)?;
    let count = news.len();
    let says_times = news.iter().any(is_about_times);
    office.perform(news.into_iter().map(Command::EditEvent).collect())?;
    if says_times {
        tell_of_clock_changes(&office.replica.replica().shown().event);
    }
    Ok(count)
}

/// Whether a statement has times of day, or says where the clocks are.
const fn is_about_times(edit: &EventEdit) -> bool {
    matches!(edit, EventEdit::Zone(_) | EventEdit::Day { .. } | EventEdit::Shift { .. })
}

/// Tells which times of the event's days and shifts clocks skip or show twice.
fn tell_of_clock_changes(event: &EventInfo) {
    for (what, change) in clock_changes_of(event) {
        eprintln!("note: {}: {change}", OneLine(&what));
    }
}

fn show(args: &EventArgs) -> Result<(), Failure> {
    let office = args.open()?;
    let plan = EventPlan::of(&office.replica.replica().shown().event);
    println!("{}", serde_json::to_string_pretty(&plan).context("a plan is JSON")?);
    Ok(())
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
