//! `saxaul import`: a plan first, and nothing written before it is accepted.

mod printing;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sync_core::command::Command;
use sync_core::documents::roster::Person;
use sync_core::ids::EventId;
use sync_core::import::{Decision, ImportPlan, Likeness, Meaning, Said, Source, Which, plan_import};
use sync_core::journal::OpenReplica;
use sync_core::replica::Outcome;

use self::printing::Printing;
use super::{Failure, JournalArgs, read_clocks};
use crate::api::erasures::{ALIKE_LIMIT, Newcomer};
use crate::tables::{Charset, ListKind, ReadOptions, TableNote, open_table};

/// Imports lists of people.
///
/// CSV with any common delimiter and encoding, and XLSX. Headers are understood in Kazakh, Russian and English.
/// Without --apply only the plan is shown. Importing the same file twice changes nothing. Rows that are refused, and rows
/// about which the plan asks, are left out: the exit code is 5 then.
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
    /// What a column means, for one that is called otherwise, `-` to leave it alone; remembered for lists of this issuer with
    /// --apply. `#3` is the third column
    #[arg(long, value_name = "HEADER=FIELD", value_parser = mapping)]
    map: Vec<(String, Meaning)>,
    /// The sheet of a workbook [default: the visible ones with the same headers]
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// The encoding of a text, such as windows-1251 or KZ-1048 [default: the one that its letters speak for]
    #[arg(long, value_name = "NAME")]
    encoding: Option<Charset>,
    /// What stands between the cells of a text: one character, or `tab` [default: the one by which the headers make sense]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// The line with the headers [default: the first in which headers are known]
    #[arg(long, value_name = "LINE")]
    header_row: Option<u64>,
    /// Where the plan asks: it is the same human being, and the record follows the list. A code, or `line:7`; repeatable
    #[arg(long, value_name = "CODE", value_parser = which)]
    same: Vec<Which>,
    /// Where the plan asks: it is another human being, who is added and gets the code
    #[arg(long, value_name = "CODE", value_parser = which)]
    other: Vec<Which>,
    /// Print every line, not only those that change something or have something wrong
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

/// Reads what stands between cells.
fn delimiter(text: &str) -> Result<u8, String> {
    match (text.as_bytes(), text) {
        ([byte], _) if byte.is_ascii() => Ok(*byte),
        (_, "tab" | "\\t") => Ok(b'\t'),
        _ => Err("expected one character such as `;`, or `tab`".to_owned()),
    }
}

/// Reads which question is decided.
fn which(text: &str) -> Result<Which, String> {
    match text.strip_prefix("line:") {
        Some(line) => line.trim().parse().map(Which::Line).map_err(|_| format!("`{line}` is not a line such as 7")),
        None if text.trim().is_empty() => Err("expected a code, or `line:` and a number".to_owned()),
        None => Ok(Which::Code(text.trim().to_owned())),
    }
}

/// More people than this do not fit one event: a phone would carry all of them.
const ROSTER_LIMIT: usize = 50_000;
/// A list that was read and planned.
struct Planned {
    notes: Vec<TableNote>,
    plan: ImportPlan,
    source: Source,
}

impl Import {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut replica = self.journal.open_event(self.event)?;
        self.journal.exchange(&mut replica)?;
        let said = Said { issuer: self.issuer.clone(), columns: self.map.iter().cloned().collect() };
        let mut lists = Vec::new();
        for file in &self.files {
            lists.push((file, self.plan(file, &said, &replica)?));
        }
        for (_, list) in &mut lists {
            self.ask_about_erased(list, &replica)?;
        }
        self.decide(&mut lists)?;
        let (mut left_out, mut changes) = (0, 0);
        let mut planned = Vec::new();
        for (file, Planned { notes, plan, source }) in lists {
            Printing { plan: &plan, replica: replica.replica(), all_lines: self.lines }.print(&file.display(), &notes);
            left_out += plan.left_out();
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
        match left_out {
            0 => Ok(()),
            1 => Err(Failure::LeftOut("1 row was left out; what is printed above says why".to_owned())),
            _ => Err(Failure::LeftOut(format!("{left_out} rows were left out; what is printed above says why"))),
        }
    }

    /// Asks home whether the list would bring back somebody who was erased. Where nobody was, home need not be asked.
    fn ask_about_erased(&self, list: &mut Planned, replica: &OpenReplica) -> Result<(), Failure> {
        if replica.replica().shown().roster.erased.is_empty() || list.plan.added.is_empty() {
            return Ok(());
        }
        let mut talk = self.journal.signed_in(replica.journal())?;
        let mut alike = BTreeMap::new();
        for part in list.plan.added.chunks(ALIKE_LIMIT) {
            let newcomers = part.iter().map(|addition| newcomer(&addition.person)).collect();
            let answers = talk.erased_alike(replica.replica().event(), newcomers)?;
            let likeness = answers.into_iter().map(|alike| alike.into_iter().map(Likeness::from).collect());
            alike.extend(part.iter().map(|addition| addition.line).zip(likeness));
        }
        list.plan.ask_about_erased(&alike, &list.source.issuer);
        Ok(())
    }

    /// Takes the decisions. A code may be asked about in any of the lists; a line is one of the only list.
    fn decide(&self, lists: &mut [(&PathBuf, Planned)]) -> Result<(), Failure> {
        let same = self.same.iter().map(|which| (which, Decision::Same));
        for (which, decision) in same.chain(self.other.iter().map(|which| (which, Decision::Other))) {
            if matches!(which, Which::Line(_)) && lists.len() > 1 {
                return Err(Failure::BadInput(format!("{which}: there are several lists, so decide by code")));
            }
            if self.same.contains(which) && self.other.contains(which) {
                return Err(Failure::BadInput(format!("{which}: it is decided both ways")));
            }
            let decisions = [(which.clone(), decision)];
            let decided = lists.iter_mut().map(|(_, list)| list.plan.decide(&decisions));
            // Every list is asked, and one of them must have asked.
            let outcomes: Vec<_> = decided.collect();
            if outcomes.iter().all(Result::is_err) {
                return Err(Failure::BadInput(format!("{which}: nothing is asked there")));
            }
        }
        Ok(())
    }

    fn plan(&self, file: &Path, said: &Said, replica: &OpenReplica) -> Result<Planned, Failure> {
        let bad = |what: String| Failure::BadInput(format!("{}: {what}", file.display()));
        let shown = replica.replica().shown();
        let options = ReadOptions {
            sheet: self.sheet.clone(),
            charset: self.encoding,
            delimiter: self.delimiter,
            header_row: self.header_row,
            kind: ListKind::People(said.known_columns(&shown.event)),
            ..ReadOptions::default()
        };
        let list = open_table(file, &options).map_err(|error| Failure::BadInput(error.to_string()))?;
        let today = crate::clock::Clock::System.now().0.div_euclid(86_400_000);
        let source = Source::of(&list.table, &shown.event, said, today)
            .map_err(|error| bad(format!("{error}: --issuer NAME")))?;
        let event = replica.replica().event();
        let plan = plan_import(&list.table, &shown.roster, event, &source).map_err(|error| bad(error.to_string()))?;
        match plan.added.get(ROSTER_LIMIT.saturating_sub(shown.roster.people.len())) {
            None => Ok(Planned { notes: list.notes, plan, source }),
            Some(addition) => Err(bad(format!(
                "line {}: an event has room for {ROSTER_LIMIT} people, and this is one more; split the list by event",
                addition.line
            ))),
        }
    }
}

fn newcomer(person: &Person) -> Newcomer {
    Newcomer {
        names: person.names.iter().cloned().map(Into::into).collect(),
        phone: person.phone.clone(),
        external_ids: person.external_ids.iter().cloned().map(Into::into).collect(),
    }
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
