//! `saxaul import`: a plan first, and nothing written before it is accepted.

use std::path::PathBuf;

use sync_core::command::Command;
use sync_core::ids::EventId;
use sync_core::import::{Addition, ImportPlan, Meaning, Refused, Said, Source, plan_import};
use sync_core::journal::OpenReplica;
use sync_core::replica::Outcome;

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
    /// Who issued the list, an office or a register: codes are unique under this name, here and in other events
    /// [default: the register, where the columns show which one it is]
    #[arg(long, value_name = "NAME")]
    issuer: Option<String>,
    /// What a column means, for one that is called otherwise; remembered for lists of this issuer with --apply
    #[arg(long, value_name = "HEADER=FIELD", value_parser = mapping)]
    map: Vec<(String, Meaning)>,
    /// The sheet of a workbook [default: the first]
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Print every line, not only those with something wrong
    #[arg(long)]
    lines: bool,
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
        let (mut refused, mut changes) = (0, 0);
        let mut planned = Vec::new();
        let said = Said { issuer: self.issuer.clone(), columns: self.map.iter().cloned().collect() };
        for file in &self.files {
            let (plan, source) = self.plan(file, &said, &replica)?;
            print_plan(&file.display().to_string(), &plan);
            if self.lines {
                print_lines(&plan);
            }
            refused += plan.refused;
            let columns = source.to_remember(&said, &replica.replica().shown().event);
            changes += columns.len() + plan.changes();
            let columns = columns.into_iter().map(Command::EditEvent);
            planned.push(columns.chain(plan.commands(&source.issuer)).collect::<Vec<_>>());
        }
        if !self.apply {
            println!("\nNothing was written. Repeat with --apply to write it.");
            return Ok(());
        }
        planned.into_iter().try_for_each(|commands| apply(&mut replica, commands))?;
        self.journal.exchange(&mut replica)?;
        println!("\n{changes} changes written, and durable at home.");
        if refused > 0 {
            println!("{refused} rows were left out; the problems above say why.");
        }
        Ok(())
    }

    fn plan(
        &self,
        file: &std::path::Path,
        said: &Said,
        replica: &OpenReplica,
    ) -> Result<(ImportPlan, Source), Failure> {
        let bad = |what: String| Failure::BadInput(format!("{}: {what}", file.display()));
        let options = ReadOptions { sheet: self.sheet.clone(), ..ReadOptions::default() };
        let table = open_table(file, &options).map_err(|error| Failure::BadInput(error.to_string()))?;
        let shown = replica.replica().shown();
        let today = crate::clock::Clock::System.now().0.div_euclid(86_400_000);
        let source =
            Source::of(&table, &shown.event, said, today).map_err(|error| bad(format!("{error}: --issuer NAME")))?;
        let event = replica.replica().event();
        let plan = plan_import(&table, &shown.roster, event, &source).map_err(|error| bad(error.to_string()))?;
        match plan.added.get(ROSTER_LIMIT.saturating_sub(shown.roster.people.len())) {
            None => Ok((plan, source)),
            Some(addition) => Err(bad(format!(
                "line {}: an event has room for {ROSTER_LIMIT} people, and this is one more; split the list by event",
                addition.line
            ))),
        }
    }
}

fn print_plan(file: &str, plan: &ImportPlan) {
    println!(
        "{file}: {} to add, {} to update, {} unchanged, {} conflicts, {} refused",
        plan.added.len(),
        plan.updated.len(),
        plan.unchanged.len(),
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

fn print_lines(plan: &ImportPlan) {
    let code = |addition: &Addition| addition.person.external_ids.first().map(|id| id.value.clone());
    let added = plan.added.iter().map(|one| {
        let name = one.person.names.first().map(ToString::to_string).unwrap_or_default();
        (one.line, format!("add {} {name}", code(one).unwrap_or_default()))
    });
    let updated = plan.updated.iter().map(|one| {
        let fields = one.edits.iter().map(|edit| edit.field().to_string()).collect::<Vec<_>>();
        (one.line, format!("update {}: {}", one.id, fields.join(", ")))
    });
    let unchanged = plan.unchanged.iter().map(|one| (one.line, format!("unchanged {}", one.id)));
    let conflicts = plan.conflicts.iter().map(|one| (one.line, format!("conflict {}: {}", one.person, one.column)));
    let refused = plan.problems.iter().filter(|one| one.refused == Refused::Row);
    let refused = refused.map(|one| (one.line, "refused".to_owned()));
    let mut lines: Vec<(u64, String)> = added.chain(updated).chain(unchanged).chain(conflicts).chain(refused).collect();
    lines.sort();
    lines.dedup();
    lines.iter().for_each(|(line, what)| println!("  line {line}: {what}"));
}

/// Performs commands, all of them in one transaction.
fn apply(replica: &mut OpenReplica, commands: Vec<Command>) -> anyhow::Result<()> {
    let reading = read_clocks();
    replica.act(|state| {
        let mut writes = Vec::with_capacity(commands.len());
        for command in commands {
            writes.extend(state.perform(command, reading)?.writes);
        }
        Ok::<_, anyhow::Error>(Outcome { writes, answer: () })
    })
}
