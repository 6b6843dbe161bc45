//! The command line: one file for each group of commands.

pub mod audit;
mod clock_change;
pub mod conflicts;
pub mod demo;
pub mod device;
pub mod duplicates;
pub mod event;
pub mod field;
pub mod held;
pub mod hours;
pub mod import;
pub mod invite;
pub mod node;
mod office;
pub mod person;
pub mod replay;
pub mod report;
pub mod request;
pub mod serve;
pub mod sign_in;
pub mod walk_in;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use sync_core::app::{App, AppError};
use sync_core::command::CommandError;
use sync_core::documents::event::{EventInfo, LocalText};
use sync_core::documents::roster::PersonEdit;
use sync_core::exchange::Verdict;
use sync_core::ids::{EventId, Incarnation};
use sync_core::journal::{Entropy, Journal, JournalError, JournalFile, OpenReplica, private};
use sync_core::replica::Replica;
use sync_core::time::ClockReading;
use sync_core::words::{Language, sentence};

use crate::client::{Authority, Exchanged, Http, Talk, TalkError};
use crate::clock::{Clock, entropy};
use crate::print::{OneLine, Part, one_line};
use crate::secret_file::{database_files, warning};
use crate::store::{Store, StoreError, Writer};
use crate::typed;

/// Offline-first rosters and attendance for volunteer events.
#[derive(Parser)]
#[command(name = "saxaul", version, after_help = EXIT_CODES, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed; the message says why and what to do
  2  the command line is wrong
  3  the input has problems: nothing was written
  4  the home server cannot be reached: nothing is lost, try again later
  5  done, but something was left out; the message says what
  6  done, but standard output did not take what there was to say, as on a full disk or where nobody read";

#[derive(Subcommand)]
enum Command {
    /// Run the home server
    Serve(serve::Serve),
    /// Create and list events
    #[command(subcommand)]
    Event(event::Event),
    /// Add and list offices, regions and organisations
    #[command(subcommand)]
    Node(node::Node),
    /// Invite a device: prints a link and a code to scan; list and withdraw invites
    Invite(invite::Invite),
    /// Let somebody sign in with a browser: prints a link that is good once
    SignIn(sign_in::SignIn),
    /// List, rename and revoke devices
    #[command(subcommand)]
    Device(device::Device),
    /// Decide about what revoked devices still bring
    #[command(subcommand)]
    Held(held::Held),
    /// Show and check who was let in, who changed rights, who decided what
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Import lists of people (CSV, XLSX): shows a plan first
    Import(import::Import),
    /// Show and edit people on the roster
    #[command(subcommand)]
    Person(person::Person),
    /// List people registered at gates, and take them onto the roster
    #[command(subcommand)]
    WalkIn(walk_in::WalkIn),
    /// Confirm, grant, approve and void hours
    #[command(subcommand)]
    Hours(hours::Hours),
    /// Decide about records that may be one human being
    #[command(subcommand)]
    Duplicates(duplicates::Duplicates),
    /// Show what people said differently, and choose
    #[command(subcommand)]
    Conflicts(conflicts::Conflicts),
    /// Ask for corrections, and answer
    #[command(subcommand)]
    Request(request::Request),
    /// Print hours, totals and people; publish reports and compare them
    Report(report::Report),
    /// A laptop at a gate: a replica with a journal of its own
    #[command(subcommand)]
    Field(field::Field),
    /// Run a recorded week through a real server and real replicas
    Replay(replay::Replay),
    /// Replay the bundled week and show what comes out
    Demo(demo::Demo),
}

/// Why a command ended without being done.
#[derive(Debug)]
pub enum Failure {
    /// Something failed; the chain of causes is printed.
    Failed(anyhow::Error),
    /// The input has problems, which were printed.
    BadInput(String),
    /// The home server cannot be reached.
    Unreachable(TalkError),
    /// It was done, but something was left out, which was printed.
    LeftOut(String),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error: anyhow::Error = error.into();
        let cannot_be_meant = |cause: &(dyn std::error::Error + 'static)| {
            matches!(cause.downcast_ref(), Some(CommandError::Invalid { .. }))
        };
        if error.chain().any(cannot_be_meant) {
            return Self::BadInput(error.to_string());
        }
        match error.downcast::<TalkError>() {
            Ok(unreachable @ TalkError::Unreachable { .. }) => Self::Unreachable(unreachable),
            Ok(other) => Self::Failed(other.into()),
            Err(error) => Self::Failed(error),
        }
    }
}

/// Refuses what a list would refuse in a field of a person: `Итого` as a name, a team `#Н/Д`, a year of birth to come.
fn check_typed(edit: &PersonEdit, event: &EventInfo) -> Result<(), Failure> {
    let today = Clock::System.now().0.div_euclid(86_400_000);
    typed::check(edit, event, today).map_err(|slip| Failure::bad_input(&slip))
}

/// Why an app did not do what was asked.
fn of_app(error: AppError<JournalError>) -> Failure {
    match error {
        AppError::Command(error) => error.into(),
        AppError::Storage(error) => error.into(),
        AppError::Outside(outside) => JournalError::from(outside).into(),
        other => other.into(),
    }
}

impl Failure {
    /// The input has this problem.
    fn bad_input(problem: &dyn std::fmt::Display) -> Self {
        Self::BadInput(problem.to_string())
    }

    fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::BadInput(_) => 3,
            Self::Unreachable(_) => 4,
            Self::LeftOut(_) => LEFT_OUT,
        }
    }
}

/// Runs the command line.
#[must_use]
pub fn run() -> ExitCode {
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        Err(told) => return told_by_parser(&told),
    };
    let done = match command {
        Command::Serve(command) => command.run(),
        Command::Event(command) => command.run(),
        Command::Node(command) => command.run(),
        Command::Invite(command) => command.run(),
        Command::SignIn(command) => command.run(),
        Command::Device(command) => command.run(),
        Command::Held(command) => command.run(),
        Command::Audit(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::Person(command) => command.run(),
        Command::WalkIn(command) => command.run(),
        Command::Hours(command) => command.run(),
        Command::Duplicates(command) => command.run(),
        Command::Conflicts(command) => command.run(),
        Command::Request(command) => command.run(),
        Command::Report(command) => command.run(),
        Command::Field(command) => command.run(),
        Command::Replay(command) => command.run(),
        Command::Demo(command) => command.run(),
    };
    let code = match done {
        Ok(()) => 0,
        Err(failure) => {
            match &failure {
                Failure::Failed(error) => eprintln!("error: {error:#}"),
                Failure::BadInput(what) => eprintln!("error: {what}"),
                Failure::LeftOut(what) => eprintln!("warning: {what}"),
                // What is said of a certificate says what to do, and no network helps.
                Failure::Unreachable(error) if error.is_about_certificate() => {
                    eprintln!("error: {error}\nNothing is lost.");
                }
                Failure::Unreachable(error) => {
                    eprintln!("error: {error}\nNothing is lost. Try again when there is a network.");
                }
            }
            failure.code()
        }
    };
    ended(code)
}

/// Help and the version on standard output, or what is wrong with the command line on standard error.
fn told_by_parser(told: &clap::Error) -> ExitCode {
    if told.use_stderr() {
        // There is nowhere left to say that this failed.
        drop(told.print());
    } else if std::io::stdout().is_terminal() {
        told.print().unwrap_or_else(crate::print::remember);
    } else {
        crate::print::file_out(told.render().to_string().as_bytes(), Part::Useful);
    }
    ended(u8::try_from(told.exit_code()).unwrap_or(1))
}

/// How a command ended that would end with this code, if standard output took everything.
fn ended(code: u8) -> ExitCode {
    let code = match crate::print::lost() {
        // What was left out is said on standard error; that the rest is lost weighs more.
        Some(error) if matches!(code, 0 | LEFT_OUT) => {
            eprintln!(
                "error: what was asked for is done, but standard output did not take all of what it says: {error}"
            );
            ExitCode::from(UNPRINTED)
        }
        _ => ExitCode::from(code),
    };
    crate::print::settle();
    code
}

/// Done, but something was left out.
const LEFT_OUT: u8 = 5;

/// Done, but not all of what there was to say could be printed.
const UNPRINTED: u8 = 6;

/// Which journal is meant, and how its home server is recognised.
#[derive(clap::Args, Clone)]
pub struct JournalArgs {
    /// The device's journal [default: saxaul/journal.db in your data directory]
    #[arg(long, env = "SAXAUL_JOURNAL", value_name = "FILE", global = true)]
    journal: Option<PathBuf>,
    /// PEM file of the authority that signed the home server's certificate, if browsers do not know it
    #[arg(long, env = "SAXAUL_CA", value_name = "FILE", global = true)]
    ca: Option<PathBuf>,
}

impl JournalArgs {
    fn path(&self) -> anyhow::Result<PathBuf> {
        if let Some(path) = &self.journal {
            return Ok(path.clone());
        }
        let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/share"));
        let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).or_else(home);
        let data = data.ok_or_else(|| anyhow::anyhow!("there is no home directory: name a journal with --journal"))?;
        Ok(data.join("saxaul").join("journal.db"))
    }

    fn open(&self) -> anyhow::Result<Journal> {
        let path = self.path()?;
        if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
            private::create_dir(directory)?;
        }
        let incarnation = path.with_extension("incarnation");
        let open = || {
            let fresh = Entropy { seed: entropy(), incarnation: Incarnation(entropy()) };
            Journal::open(&path, &incarnation, None, fresh)
        };
        let mut journal = open();
        for _ in 0..JOURNAL_TRIES {
            let Err(JournalError::Busy(_)) = journal else { break };
            std::thread::sleep(BETWEEN_JOURNAL_TRIES);
            journal = open();
        }
        let journal = journal?;
        let mut files = database_files(&path);
        files.push(incarnation);
        warn_once_of_open_files(&files);
        Ok(journal)
    }

    fn open_event(&self, event: Option<EventId>) -> Result<OpenReplica, Failure> {
        let journal = self.open()?;
        let event = self.choose_event(&journal, event)?;
        Ok(OpenReplica::open(journal, event, Incarnation(entropy()))?)
    }

    /// Opens what an app holds, at work in an event.
    fn open_app(&self, event: Option<EventId>) -> Result<App<JournalFile>, Failure> {
        let journal = self.open()?;
        let event = self.choose_event(&journal, event)?;
        let mut app = App::open(journal, Incarnation(entropy()))?;
        if app.replica().ok().map(Replica::event) != Some(event) {
            app.choose(event).map_err(of_app)?;
        }
        Ok(app)
    }

    /// The event that is meant. A device that was let into more than one event and has opened none asks home which there
    /// are.
    fn choose_event(&self, journal: &Journal, named: Option<EventId>) -> Result<EventId, Failure> {
        if let Some(event) = known_event(journal, named)? {
            return Ok(event);
        }
        only_one(self.signed_in(journal)?.events()?)?.ok_or_else(|| {
            anyhow::anyhow!("there is no event yet: create one with `saxaul event create`, or name one with --event")
                .into()
        })
    }
}

/// Another command that is at work with the journal is waited for so often, and so long between.
const JOURNAL_TRIES: u32 = 500;
const BETWEEN_JOURNAL_TRIES: std::time::Duration = std::time::Duration::from_millis(20);

/// A command may open its journal several times, and says this once.
fn warn_once_of_open_files(files: &[PathBuf]) {
    static SAID: std::sync::Once = std::sync::Once::new();
    if let Some(what) = warning(files) {
        SAID.call_once(|| eprintln!("warning: {what}"));
    }
}

/// The event that is meant, as far as this device knows: the one that is named, or the only one there is.
fn known_event(journal: &Journal, named: Option<EventId>) -> Result<Option<EventId>, Failure> {
    if named.is_some() {
        return Ok(named);
    }
    let membership = journal.membership().ok_or(JournalError::NotJoined)?;
    if let Some(event) = membership.only_event() {
        return Ok(Some(event));
    }
    let mut events = journal.events()?;
    events.extend(membership.granted().filter_map(|(grant, _)| grant.scope.event()));
    only_one(events)
}

/// The only one of these events, `None` where there is none.
fn only_one(mut events: Vec<EventId>) -> Result<Option<EventId>, Failure> {
    events.sort_unstable();
    events.dedup();
    match events.as_slice() {
        [] => Ok(None),
        [event] => Ok(Some(*event)),
        several => {
            let ids: Vec<String> = several.iter().map(|event| format!("  --event {event}")).collect();
            let (count, ids) = (several.len(), ids.join("\n"));
            Err(anyhow::anyhow!(
                "there are {count} events: name one with --event (`saxaul event list` shows their names)\n{ids}"
            )
            .into())
        }
    }
}

impl JournalArgs {
    /// Talks to a home server.
    fn talk_to(&self, url: &str) -> Result<Talk<Http>, Failure> {
        let http = match &self.ca {
            None => Http::to(url),
            Some(ca) => Http::to_one_of(url, &Authority::read(ca).map_err(|error| Failure::bad_input(&error))?),
        };
        Ok(Talk::over(http, url).waiting(|time| {
            eprintln!("home asks to wait {} s", time.as_secs());
            std::thread::sleep(time);
        }))
    }

    /// Talks to the journal's home server.
    fn talk_to_home(&self, journal: &Journal) -> Result<Talk<Http>, Failure> {
        let membership = journal.membership().ok_or(JournalError::NotJoined)?;
        self.talk_to(&membership.url)
    }

    /// Begins a session with the journal's home server.
    fn signed_in(&self, journal: &Journal) -> Result<Talk<Http>, Failure> {
        let mut talk = self.talk_to_home(journal)?;
        talk.sign_in(journal)?;
        Ok(talk)
    }

    /// Exchanges with the journal's home server, telling how far it is where a person watches.
    fn exchange(&self, replica: &mut OpenReplica) -> Result<Exchanged, Failure> {
        let mut talk = self.talk_to_home(replica.journal())?;
        exchange_over(&mut talk, replica)
    }
}

/// Where a role holds.
/// Opens a server's data directory to write into it, which no server uses meanwhile.
fn open_data(directory: &Path) -> Result<(Store, Writer), Failure> {
    Ok(Store::open(directory).map_err(|error| match error {
        StoreError::InUse(directory) => anyhow::anyhow!(
            "a server is using {}: stop it, do this, and start it again; what organizers do meanwhile waits on their \
             devices",
            directory.display()
        ),
        other => other.into(),
    })?)
}

fn scope_name(event: Option<&str>, node: Option<&str>) -> String {
    match (event, node) {
        (Some(event), _) => format!("event {event}"),
        (None, Some(node)) => format!("events of {node}"),
        (None, None) => "every event".to_owned(),
    }
}

/// Where a device stands, added to where its role holds.
fn with_post(scope: String, site: Option<&str>, team: Option<&str>) -> String {
    let site = site.map(|site| format!(", site {}", OneLine(site))).unwrap_or_default();
    let team = team.map(|team| format!(", team {}", OneLine(team))).unwrap_or_default();
    format!("{scope}{site}{team}")
}

/// The date of a moment, in UTC.
fn day_of(at_ms: i64) -> String {
    sync_core::time::date_of_day(at_ms.div_euclid(86_400_000)).to_string()
}

fn exchange_over(talk: &mut Talk<Http>, replica: &mut OpenReplica) -> Result<Exchanged, Failure> {
    let bar = indicatif::ProgressBar::new_spinner();
    bar.set_message("meeting home…");
    let mut pages = 0;
    let exchanged = talk.exchange(replica, &read_clocks, &mut |progress| {
        pages += 1;
        bar.set_message(match progress.snapshot {
            Some((so_far, total)) => format!("reading the event: {} of {} KiB", so_far / 1024, total / 1024),
            None => format!("page {pages}"),
        });
        bar.tick();
    });
    bar.finish_and_clear();
    let exchanged = exchanged?;
    if exchanged.home_was_restored {
        eprintln!(
            "note: home says that it was restored from an older copy: everything of this device is offered to it again"
        );
    }
    if exchanged.dismissal.is_some() {
        eprintln!("warning: an organizer revoked this device: it hands over what it has, and reads nothing new");
    }
    if exchanged.held > 0 {
        eprintln!("note: {} ({})", sentence(Verdict::Held, None, language()), exchanged.held);
    }
    for code in &exchanged.refused {
        let why = sentence(Verdict::Refused, Some(code), language());
        eprintln!("warning: {why} ({code}; see `saxaul field status`)");
    }
    for what in &exchanged.rejected {
        eprintln!("warning: something home sent was not taken over: {what}");
    }
    Ok(exchanged)
}

/// Reads this machine's clocks. On Linux the kernel names the boot, and `/proc/uptime` is `CLOCK_BOOTTIME`: it counts
/// from the start of that boot, sleep too.
fn read_clocks() -> ClockReading {
    use sha2::{Digest, Sha256};
    static BEGAN: std::sync::OnceLock<(std::time::Instant, u64)> = std::sync::OnceLock::new();
    let boot_id = std::fs::read("/proc/sys/kernel/random/boot_id").ok();
    let uptime = std::fs::read_to_string("/proc/uptime").ok();
    let seconds = uptime.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    let (boot, mono_ms) = match (boot_id, seconds) {
        (Some(id), Some(seconds)) => {
            let mut first = [0; 8];
            first.copy_from_slice(&Sha256::digest(id)[..8]);
            (u64::from_be_bytes(first), (seconds * 1000.0) as u64)
        }
        // Elsewhere each run of the program counts as one run of the device.
        _ => {
            let (began, boot) = BEGAN.get_or_init(|| (std::time::Instant::now(), u64::from_be_bytes(entropy())));
            (*boot, u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX))
        }
    };
    ClockReading { boot, mono_ms, wall_ms: Clock::System.now() }
}

/// What an event is called, in the language of the terminal.
fn event_name(replica: &Replica) -> String {
    event_name_of(replica.ledger().documents().info())
}

/// The language of the terminal, as its environment names it.
fn language_tag() -> String {
    std::env::var("LC_ALL").or_else(|_| std::env::var("LANG")).unwrap_or_default()
}

fn language() -> Language {
    Language::of_tag(&language_tag())
}

fn event_name_of(event: &EventInfo) -> String {
    local_name(&event.name)
}

/// A name in the language of the terminal, on one line.
fn local_name(name: &LocalText) -> String {
    let name = name.in_language(language_tag().get(..2).unwrap_or("en")).to_owned();
    if name.is_empty() { "(no name yet)".to_owned() } else { one_line(&name) }
}
