//! Runs the `saxaul` program as people and operators run it: arguments, exit codes, printed lines, signals.
//!
//! Owns processes and scratch directories. Does not own what is said over HTTP by a phone in the test's own process;
//! that is the product's own client.

mod clock;
mod home;
mod wire;

use std::ffi::OsStr;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use sync_core::ids::Incarnation;
use sync_core::journal::{Entropy, Journal, JournalError};

pub use self::clock::WrongClock;
pub use self::home::Home;
pub use self::wire::{HttpAnswer, Wire};

/// Nothing that a test waits for takes longer, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The built program.
///
/// # Panics
/// If it was not built.
#[must_use]
pub fn program() -> PathBuf {
    // Tests stand in a folder below the programs.
    let running = std::env::current_exe().unwrap();
    let folder = running.ancestors().skip(1).find(|folder| !folder.ends_with("deps")).unwrap();
    let built = folder.join("saxaul");
    assert!(
        built.is_file(),
        "{} is missing: run `cargo build --package saxaul` with the same profile first (`make test` does)",
        built.display()
    );
    built
}

/// What a run of the program said.
#[derive(Debug)]
pub struct Told {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// What was written to standard output.
    pub out: String,
    /// What was written to standard error.
    pub err: String,
}

impl Told {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// It went well. Returns what was printed.
    ///
    /// # Panics
    /// If it did not.
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!(self.code, Some(0), "the program failed:\n{}\n{}", self.out, self.err);
        self.out
    }

    /// It ended with this code, and said each of these on standard error. A panic is never an answer.
    ///
    /// # Panics
    /// If it did not.
    #[track_caller]
    pub fn refused(&self, code: i32, said: &[&str]) {
        assert_eq!(self.code, Some(code), "another exit code than {code}:\n{}\n{}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "the program panicked:\n{}", self.err);
        for what in said {
            assert!(self.err.contains(what), "`{what}` was not said:\n{}", self.err);
        }
    }
}

/// A directory that goes away, in memory where the machine has such a place.
pub struct Place {
    dir: tempfile::TempDir,
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

impl Place {
    /// Makes one.
    ///
    /// # Panics
    /// If the machine gives none.
    #[must_use]
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        Self { dir: tempfile::Builder::new().prefix("saxaul-test-").tempdir_in(parent).unwrap() }
    }

    /// The path of a file in the directory.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file and what is above it.
    ///
    /// # Panics
    /// If it cannot.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The program, with nothing of this machine's settings.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(program());
        command.env_clear().env("HOME", self.dir.path()).env("TMPDIR", self.dir.path()).env("LANG", "en_GB.UTF-8");
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command.current_dir(self.dir.path()).stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    ///
    /// # Panics
    /// If it cannot be run.
    #[must_use]
    pub fn saxaul<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Told {
        run(self.command().args(args))
    }

    /// A device of its own: a name, and a journal called after it.
    #[must_use]
    pub fn laptop(&self, name: &str) -> Laptop<'_> {
        Laptop { place: self, name: name.to_owned(), journal: self.path(&format!("{name}.db")), ca: None }
    }
}

/// Runs a command to its end.
///
/// # Panics
/// If it cannot be run.
pub fn run(command: &mut Command) -> Told {
    Told::of(command.output().unwrap())
}

/// The same command, run by a shell: `script` says how, and has it as `"$@"`.
///
/// # Panics
/// If the command says no directory.
#[must_use]
pub fn through_a_shell(command: &Command, script: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(command.get_program()).args(command.get_args());
    shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(command.get_current_dir().unwrap());
    shell
}

/// A device that is worked with at a command line.
pub struct Laptop<'a> {
    place: &'a Place,
    name: String,
    /// Where its journal is.
    pub journal: PathBuf,
    /// Whose word it takes for the home server's certificate.
    pub ca: Option<PathBuf>,
}

impl Laptop<'_> {
    /// The program with this device's journal.
    pub fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.place.command();
        command.args(args).env("SAXAUL_JOURNAL", &self.journal);
        if let Some(ca) = &self.ca {
            command.env("SAXAUL_CA", ca);
        }
        command
    }

    /// Runs the program with this device's journal.
    #[must_use]
    pub fn does<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Told {
        run(&mut self.command(args))
    }

    /// Joins with a link, which is pasted as a person does.
    ///
    /// # Panics
    /// If the program cannot be run.
    #[must_use]
    pub fn joins(&self, link: &str) -> Told {
        let mut command = self.command(["field", "join", "--name", &self.name]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that has found something wrong before may not read it.
        drop(writeln!(child.stdin.take().unwrap(), "{link}"));
        Told::of(child.wait_with_output().unwrap())
    }

    /// Opens the journal in this process.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn open(&self) -> Result<Journal, JournalError> {
        open_journal(&self.journal)
    }
}

/// Opens a journal as the program does.
///
/// # Errors
/// See [`JournalError`].
pub fn open_journal(path: &Path) -> Result<Journal, JournalError> {
    let entropy = Entropy { seed: server::clock::entropy(), incarnation: Incarnation(server::clock::entropy()) };
    Journal::open(path, &path.with_extension("incarnation"), None, entropy)
}

/// A port that nobody listens on, below those that the system gives away by itself, so that a server can be started
/// there again.
///
/// # Panics
/// If every port is taken.
#[must_use]
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 1000).unwrap() * 11;
    for _ in 0..11_000 {
        let port = 20_000 + (first + NEXT.fetch_add(1, Ordering::SeqCst)) % 11_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port between 20000 and 31000 is free");
}
