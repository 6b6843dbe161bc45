//! `saxaul event`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Context;
use jiff::civil::Date;
use sync_core::command::Command;
use sync_core::ids::{EventId, Incarnation, NodeId};
use sync_core::journal::OpenReplica;
use sync_core::replica::Outcome;

use super::office::{EventArgs, Office, date};
use super::{Failure, JournalArgs, event_name, read_clocks};
use crate::clock::{Clock, entropy};
use crate::event_plan::{EventPlan, PlanError, Text};
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

/// Creates an event.
#[derive(clap::Args)]
pub struct CreateEvent {
    /// JSON: name {kk, ru, en}, time_zone, days [{date, opens, closes}], sites [{key, name}]. A day that closes at a
    /// time not after its opening closes on the next date
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Move the event so that its first day is this date, or `today` in its time zone
    #[arg(long, value_name = "DATE", value_parser = first_day)]
    from: Option<FirstDay>,
    /// The office, region or organisation to which the event belongs
    #[arg(long, value_name = "ID")]
    node: Option<NodeId>,
    /// Create it although this device knows one with the same name, days, region and organisation
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    journal: JournalArgs,
}

/// The first day of an event.
#[derive(Clone, Copy, Debug)]
enum FirstDay {
    Today,
    On(Date),
}

fn first_day(text: &str) -> Result<FirstDay, String> {
    if text == "today" { Ok(FirstDay::Today) } else { date(text).map(FirstDay::On) }
}

impl FirstDay {
    /// The date that is meant, where local time is that of `zone`.
    fn in_zone(self, zone: Option<&str>) -> Result<Date, jiff::Error> {
        match self {
            Self::On(date) => Ok(date),
            Self::Today => {
                let now = jiff::Timestamp::from_millisecond(Clock::System.now().0)?;
                Ok(now.in_tz(zone.unwrap_or("UTC"))?.date())
            }
        }
    }
}

/// Changes an event.
#[derive(clap::Args)]
pub struct EditEvent {
    /// JSON with any of what `create` takes, and of teams, shifts, cards, categories, longest_stretch, minors, silver,
    /// grants, retention_days, region, organisation, remote_tasks, columns, and remove with the keys of what is to go
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    args: EventArgs,
}

/// Takes something off.
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
    office.perform(news.into_iter().map(Command::EditEvent).collect())?;
    Ok(count)
}

fn show(args: &EventArgs) -> Result<(), Failure> {
    let office = args.open()?;
    let plan = EventPlan::of(&office.replica.replica().shown().event);
    println!("{}", serde_json::to_string_pretty(&plan).context("a plan is JSON")?);
    Ok(())
}

impl CreateEvent {
    fn run(self) -> Result<(), Failure> {
        let (name, mut file) = read(&self.file)?;
        if let Some(from) = self.from {
            let first = from.in_zone(file.plan.time_zone.as_deref());
            file.plan.begin_on(first.map_err(|error| Failure::BadInput(format!("{name}: time_zone: {error}")))?);
        }
        let edits = file.edits(&name).map_err(|error| Failure::bad_input(&error))?;
        if !self.again {
            self.require_new(&file.plan)?;
        }
        // What cannot be meant is refused before there is an event.
        edits.iter().try_for_each(|edit| Command::EditEvent(edit.clone()).check_values())?;
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

    /// Refuses to create an event a second time, as a command that is repeated would.
    fn require_new(&self, plan: &EventPlan) -> Result<(), Failure> {
        let events = self.journal.open()?.events()?;
        for event in events {
            let replica = self.journal.open_event(Some(event))?;
            let known = EventPlan::of(&replica.replica().shown().event);
            if identity(&known) == identity(plan) {
                return Err(Failure::BadInput(format!(
                    "nothing was created: there is an event called {} on these days already, {event}. Change it with \
                     `saxaul event edit --event {event}`; say --again for another one",
                    event_name(replica.replica())
                )));
            }
        }
        Ok(())
    }
}

/// By what people tell one event from another.
fn identity(plan: &EventPlan) -> (Option<&Text>, BTreeSet<Date>, Option<&str>, Option<&str>) {
    let dates = plan.days.iter().map(|day| day.date).collect();
    (plan.name.as_ref(), dates, plan.region.as_deref(), plan.organisation.as_deref())
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
