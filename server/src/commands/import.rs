//! `saxaul import`: a plan first, and nothing written before it is accepted.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sync_core::command::Command;
use sync_core::documents::event::{EventEdit, EventInfo};
use sync_core::ids::EventId;
use sync_core::import::{ImportPlan, Meaning, Profile, Source, Table, plan_import};
use sync_core::journal::OpenReplica;
use sync_core::replica::Outcome;
use sync_core::time::date_of_day;

use super::{Failure, JournalArgs, read_clocks};
use crate::tables::{ReadOptions, open_table};

/// Imports lists of people.
///
/// CSV with any common delimiter and encoding, and XLSX. Headers are understood in Kazakh, Russian and English.
/// Without --apply only the plan is shown. Importing the same file twice changes nothing.
#[derive(clap::Args)]
pub struct Import {
    /// The lists
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write what the plan says
    #[arg(long)]
    apply: bool,
    /// The event; without it, the only one there is
    #[arg(long, value_name = "ID")]
    event: Option<EventId>,
    /// Who issued the list: codes are unique under this name [default: the file's name]
    #[arg(long, value_name = "NAME")]
    issuer: Option<String>,
    /// What a column means, for one that is called otherwise; remembered for lists of this issuer with --apply
    #[arg(long, value_name = "HEADER=FIELD", value_parser = mapping)]
    map: Vec<(String, Meaning)>,
    /// The sheet of a workbook [default: the first]
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    #[command(flatten)]
    journal: JournalArgs,
}

fn mapping(text: &str) -> Result<(String, Meaning), String> {
    let (header, field) = text.rsplit_once('=').ok_or("expected a header, `=` and a field")?;
    let fields = || Meaning::BY_HAND.iter().map(|meaning| meaning.key()).collect::<Vec<_>>().join(", ");
    let meaning = Meaning::from_key(field.trim()).ok_or_else(|| format!("`{field}` is none of {}", fields()))?;
    if header.trim().is_empty() {
        Err("a header is missing before `=`".to_owned())
    } else {
        Ok((header.trim().to_owned(), meaning))
    }
}

/// More people than this do not fit one event: a phone would carry all of them.
const ROSTER_LIMIT: usize = 50_000;
/// Problems of one file that are printed in full.
const PROBLEMS_SHOWN: usize = 50;

impl Import {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut replica = self.journal.open_event(self.event)?;
        self.journal.exchange(&mut replica)?;
        let mut refused = 0;
        let mut planned = Vec::new();
        for file in &self.files {
            let (plan, issuer) = self.plan(file, &replica)?;
            print_plan(&file.display().to_string(), &plan);
            refused += plan.refused;
            planned.push((plan, self.remembered(&issuer, &replica.replica().shown().event)));
        }
        if !self.apply {
            println!("\nNothing was written. Repeat with --apply to write it.");
            return Ok(());
        }
        let written = planned
            .into_iter()
            .try_fold(0, |sum, (plan, columns)| apply(&mut replica, plan, columns).map(|more| sum + more))?;
        self.journal.exchange(&mut replica)?;
        println!("\n{written} changes written, and durable at home.");
        if refused > 0 {
            println!("{refused} rows were left out; the problems above say why.");
        }
        Ok(())
    }

    fn plan(&self, file: &std::path::Path, replica: &OpenReplica) -> Result<(ImportPlan, String), Failure> {
        let bad = |what: String| Failure::BadInput(format!("{}: {what}", file.display()));
        let options = ReadOptions { sheet: self.sheet.clone(), ..ReadOptions::default() };
        let table = open_table(file, &options).map_err(|error| Failure::BadInput(error.to_string()))?;
        let stem = file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
        let shown = replica.replica().shown();
        let last_day = shown.event.days.keys().next_back().copied();
        let today = crate::clock::Clock::System.now().0.div_euclid(86_400_000);
        let year = date_of_day(last_day.unwrap_or(today)).year();
        let kind = Profile::of(&table);
        let issuer = kind.map_or(stem, |kind| kind.issuer().to_owned());
        let issuer = self.issuer.clone().unwrap_or(issuer);
        let profile = self.columns(&table, &issuer, &shown.event);
        let source = Source { issuer: issuer.clone(), born_by: u16::try_from(year).unwrap_or(2100), profile };
        let event = replica.replica().event();
        let plan = plan_import(&table, &shown.roster, event, &source).map_err(|error| bad(error.to_string()))?;
        match plan.added.get(ROSTER_LIMIT.saturating_sub(shown.roster.people.len())) {
            None => Ok((plan, issuer)),
            Some(addition) => Err(bad(format!(
                "line {}: an event has room for {ROSTER_LIMIT} people, and this is one more; split the list by event",
                addition.line
            ))),
        }
    }

    /// What columns mean: by the kind of list, above it by what organizers mapped before, above that by what is said now.
    fn columns(&self, table: &Table, issuer: &str, event: &EventInfo) -> BTreeMap<String, Meaning> {
        let mut columns = Profile::of(table).map(Profile::columns).unwrap_or_default();
        let of_issuer = event.list_columns.iter().filter(|((known, _), _)| known == issuer);
        columns.extend(of_issuer.filter_map(|((_, header), key)| Some((header.clone(), Meaning::from_key(key)?))));
        columns.extend(self.map.iter().cloned());
        columns
    }

    /// The mappings to write into the event, for every organizer: those that are new.
    fn remembered(&self, issuer: &str, event: &EventInfo) -> Vec<Command> {
        let is_known = |header: &String, meaning: &Meaning| {
            let known = event.list_columns.get(&(issuer.to_owned(), header.clone()));
            known.is_some_and(|known| known == meaning.key())
        };
        let new = self.map.iter().filter(|(header, meaning)| !is_known(header, meaning));
        let write = |(header, meaning): &(String, Meaning)| {
            let (issuer, header, meaning) = (issuer.to_owned(), header.clone(), Some(meaning.key().to_owned()));
            Command::EditEvent(EventEdit::ListColumn { issuer, header, meaning })
        };
        new.map(write).collect()
    }
}

fn print_plan(file: &str, plan: &ImportPlan) {
    println!(
        "{file}: {} to add, {} to update, {} unchanged, {} conflicts, {} refused",
        plan.added.len(),
        plan.updated.len(),
        plan.unchanged,
        plan.conflicts.len(),
        plan.refused
    );
    for column in &plan.ignored {
        println!("  note: {column} is not known and is left alone");
    }
    for problem in plan.problems.iter().take(PROBLEMS_SHOWN) {
        println!("  {problem}");
    }
    if plan.problems.len() > PROBLEMS_SHOWN {
        println!("  … and {} more problems", plan.problems.len() - PROBLEMS_SHOWN);
    }
    for conflict in plan.conflicts.iter().take(PROBLEMS_SHOWN) {
        println!("  line {}, {}: edited here since; the list is not followed", conflict.line, conflict.column);
    }
}

/// Performs what a plan says, all of it in one transaction. Returns how many commands it took.
fn apply(replica: &mut OpenReplica, plan: ImportPlan, columns: Vec<Command>) -> anyhow::Result<usize> {
    let added = plan.added.into_iter().map(|addition| Command::AddPerson(addition.id, addition.person));
    let updated = plan.updated.into_iter().flat_map(|update| {
        let id = update.id;
        update.edits.into_iter().map(move |edit| Command::EditPerson(id, edit))
    });
    let commands: Vec<Command> = columns.into_iter().chain(added).chain(updated).collect();
    let (count, reading) = (commands.len(), read_clocks());
    replica.act(|state| {
        let mut writes = Vec::with_capacity(count);
        for command in commands {
            writes.extend(state.perform(command, reading)?.writes);
        }
        Ok::<_, anyhow::Error>(Outcome { writes, answer: count })
    })
}
