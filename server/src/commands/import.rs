//! `saxaul import`: a plan first, and nothing written before it is accepted.

mod printing;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sync_core::command::Command;
use sync_core::documents::roster::Person;
use sync_core::ids::EventId;
use sync_core::import::{Decision, ImportPlan, Likeness, Line, Meaning, Said, Source, Table, Which, plan_import};
use sync_core::journal::OpenReplica;

use self::printing::Printing;
use super::{Failure, JournalArgs, read_clocks};
use crate::api::erasures::{ALIKE_LIMIT, Newcomer};
use crate::tables::{Charset, List, ListKind, ReadOptions, open_table};

/// Imports lists of people. Several files of one issuer are one list.
///
/// CSV with any common delimiter and encoding, and XLSX. Headers are understood in Kazakh, Russian and English.
/// Without --apply only the plan is shown; with it, everything is written or nothing. Importing the same file twice changes
/// nothing. Rows and cells that are refused, and rows about which the plan asks, are left out: the exit code is 5 then.
#[derive(clap::Args)]
pub struct Import {
    /// The lists to read, in CSV or XLSX
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
    /// The sheet of a workbook [default: the visible ones that have the headers of a list]
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

/// Files of one issuer, which are one list.
struct Files<'a> {
    issuer: String,
    names: Vec<&'a Path>,
    tables: Vec<Table>,
    notes: Vec<String>,
    unread_sheets: usize,
}

/// A list that was read and planned.
struct Planned {
    names: String,
    notes: Vec<String>,
    plan: ImportPlan,
    source: Source,
    unread_sheets: usize,
}

impl Import {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut replica = self.journal.open_event(self.event)?;
        self.journal.exchange(&mut replica)?;
        let said = Said { issuer: self.issuer.clone(), columns: self.map.iter().cloned().collect() };
        let files = self.read(&said, &replica)?;
        let tables = files.iter().flat_map(|files| &files.tables);
        said.check_columns(tables).map_err(|error| Failure::BadInput(format!("--map: {error}")))?;
        let mut lists = files.into_iter().map(|files| plan(files, &said, &replica)).collect::<Result<Vec<_>, _>>()?;
        for list in &mut lists {
            self.ask_about_erased(list, &replica)?;
        }
        self.decide(&mut lists)?;
        let (mut left_out, mut changes) = (LeftOut::default(), 0);
        let mut commands = Vec::new();
        for Planned { names, notes, plan, source, unread_sheets } in lists {
            Printing { plan: &plan, replica: replica.replica(), all_lines: self.lines }.print(&names, &notes);
            left_out.rows += plan.left_out();
            left_out.cells += plan.cells_left_out();
            left_out.sheets += unread_sheets;
            let columns = source.to_remember(&said, &replica.replica().shown().event);
            changes += columns.len() + plan.changes();
            commands.extend(columns.into_iter().map(Command::EditEvent).chain(plan.commands(&source.issuer)));
        }
        if !self.apply {
            println!("\nNothing was written. Repeat with --apply to write it.");
            return Ok(());
        }
        apply(&mut replica, commands)?;
        self.journal.exchange(&mut replica)?;
        println!("\n{changes} changes written, and durable at home.");
        left_out.tell()
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

    /// Takes the decisions. A code may be asked about in any of the lists.
    fn decide(&self, lists: &mut [Planned]) -> Result<(), Failure> {
        let same = self.same.iter().map(|which| (which, Decision::Same));
        for (which, decision) in same.chain(self.other.iter().map(|which| (which, Decision::Other))) {
            if self.same.contains(which) && self.other.contains(which) {
                return Err(Failure::BadInput(format!("{which}: it is decided both ways")));
            }
            let decisions = [(which.clone(), decision)];
            let decided = lists.iter_mut().map(|list| list.plan.decide(&decisions));
            // Every list is asked, and one of them must have asked.
            let outcomes: Vec<_> = decided.collect();
            if let Some(contradiction) =
                outcomes.iter().flat_map(|outcome| outcome.as_ref().err()).find(|error| error.is_contradiction())
            {
                return Err(Failure::BadInput(contradiction.to_string()));
            }
            if outcomes.iter().all(Result::is_err) {
                return Err(Failure::BadInput(format!("{which}: nothing is asked there")));
            }
        }
        Ok(())
    }

    /// Reads the files, and puts those of one issuer together.
    fn read(&self, said: &Said, replica: &OpenReplica) -> Result<Vec<Files<'_>>, Failure> {
        let shown = replica.replica().shown();
        let options = ReadOptions {
            sheet: self.sheet.clone(),
            charset: self.encoding,
            delimiter: self.delimiter,
            header_row: self.header_row,
            kind: ListKind::People(said.known_columns(&shown.event)),
            ..ReadOptions::default()
        };
        let mut lists: Vec<Files<'_>> = Vec::new();
        for (number, file) in (1..).zip(&self.files) {
            let mut list = open_table(file, &options).map_err(|error| Failure::BadInput(error.to_string()))?;
            let source = Source::of(&list.tables, &shown.event, said, today())
                .map_err(|error| Failure::BadInput(format!("{}: {error}: --issuer NAME", file.display())))?;
            if self.files.len() > 1 {
                list.be_file(number);
            }
            let unread_sheets = list.unread_sheets();
            let List { tables, notes } = list;
            let of_file = if self.files.len() > 1 { format!("file {number}: ") } else { String::new() };
            let notes = notes.iter().map(|note| format!("{of_file}{note}"));
            match lists.iter_mut().find(|list| list.issuer == source.issuer) {
                Some(list) => {
                    list.names.push(file);
                    list.tables.extend(tables);
                    list.notes.extend(notes);
                    list.unread_sheets += unread_sheets;
                }
                None => lists.push(Files {
                    issuer: source.issuer,
                    names: vec![file],
                    tables,
                    notes: notes.collect(),
                    unread_sheets,
                }),
            }
        }
        if self.files.len() > 1 {
            (1..).zip(&self.files).for_each(|(number, file)| println!("file {number} is {}", file.display()));
        }
        Ok(lists)
    }
}

/// Plans the import of a list, and writes nothing.
fn plan(files: Files<'_>, said: &Said, replica: &OpenReplica) -> Result<Planned, Failure> {
    let names = files.names.iter().map(|name| name.display().to_string()).collect::<Vec<_>>().join(", ");
    let bad = |what: String| Failure::BadInput(format!("{names}: {what}"));
    let shown = replica.replica().shown();
    let source = Source::of(&files.tables, &shown.event, said, today()).map_err(|error| bad(error.to_string()))?;
    let source = source.beside_walk_ins(replica.replica().ledger().documents());
    let event = replica.replica().event();
    let plan = plan_import(&files.tables, &shown.roster, event, &source).map_err(|error| bad(error.to_string()))?;
    match plan.added.get(ROSTER_LIMIT.saturating_sub(shown.roster.people.len())) {
        None => Ok(Planned { names, notes: files.notes, plan, source, unread_sheets: files.unread_sheets }),
        Some(addition) => Err(bad(format!(
            "{}: an event has room for {ROSTER_LIMIT} people, and this is one more; split the list by event",
            Line(addition.line)
        ))),
    }
}

fn today() -> i64 {
    crate::clock::Clock::System.now().0.div_euclid(86_400_000)
}

/// What is not written of what lists say.
#[derive(Default)]
struct LeftOut {
    rows: usize,
    cells: usize,
    sheets: usize,
}

impl LeftOut {
    fn tell(&self) -> Result<(), Failure> {
        let all = [(self.rows, "row"), (self.cells, "cell"), (self.sheets, "sheet with people")];
        let parts: Vec<String> =
            all.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| counted(count, what)).collect();
        if parts.is_empty() {
            return Ok(());
        }
        let were = if self.rows + self.cells + self.sheets == 1 { "was" } else { "were" };
        Err(Failure::LeftOut(format!("{} {were} left out; what is printed above says why", parts.join(", "))))
    }
}

fn counted(count: usize, what: &str) -> String {
    match (count, what.split_once(' ')) {
        (1, _) => format!("1 {what}"),
        (_, Some((what, more))) => format!("{count} {what}s {more}"),
        (_, None) => format!("{count} {what}s"),
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
    replica.act(|state| Ok::<_, anyhow::Error>(state.perform_all(commands, reading)?)).map(drop)
}
