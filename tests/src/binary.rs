//! Runs the `saxaul` program as people and operators run it: arguments, exit codes, printed lines, signals.
//!
//! Owns processes and scratch directories. Does not own what is said over HTTP by a phone in the test's own process;
//! that is the product's own client.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use server::invite::InviteLink;
use server::wire::{AskNonce, AskToken, Carried, Nonce, ProblemDetails, Token};
use sync_core::ids::Incarnation;
use sync_core::journal::{Entropy, Journal, JournalError};
use sync_core::trust::SessionProof;

/// Nothing that a test waits for takes longer, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The built program.
///
/// # Panics
/// If it was not built.
#[must_use]
pub fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let built = test.parent().and_then(Path::parent).unwrap().join("saxaul");
    assert!(
        built.is_file(),
        "{} is missing: run `cargo build --bin saxaul` with the same profile first (`make test` does)",
        built.display()
    );
    built
}

/// What a run of the program said.
#[derive(Debug)]
pub struct Told {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Told {
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

    /// A path inside.
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
    let output = command.output().unwrap();
    Told {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
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

    /// Joins with a link.
    #[must_use]
    pub fn joins(&self, link: &str) -> Told {
        self.does(["field", "join", link, "--name", &self.name])
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
    Journal::open(path, &path.with_extension("incarnation"), entropy)
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

/// A `saxaul serve` that runs.
pub struct Home {
    child: Child,
    printed: Receiver<String>,
    heard: String,
    log: PathBuf,
    port: u16,
    speaks_tls: bool,
}

impl Drop for Home {
    fn drop(&mut self) {
        // A server that has ended already cannot be ended again.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Home {
    /// Starts a server on `directory` and waits until it answers.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start(place: &Place, directory: &Path, port: u16) -> Self {
        Self::start_with(place, directory, port, &[])
    }

    /// The same, with more flags; `port` is where it is reached.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start_with(place: &Place, directory: &Path, port: u16, flags: &[&str]) -> Self {
        let log = place.path(&format!("home-{port}.log"));
        let mut command = place.command();
        command.args(["serve", "--data-dir"]).arg(directory).args(flags);
        if !flags.contains(&"--listen") {
            command.args(["--listen", &format!("127.0.0.1:{port}")]);
        }
        command.stdout(Stdio::piped()).stderr(File::options().create(true).append(true).open(&log).unwrap());
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, printed) = channel();
        // Ends with the server's output.
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        let speaks_tls = flags.contains(&"--tls-cert");
        let mut home = Self { child, printed, heard: String::new(), log, port, speaks_tls };
        home.wait_until_ready();
        home
    }

    fn wait_until_ready(&mut self) {
        let began = Instant::now();
        loop {
            if self.is_ready() {
                return;
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the server ended with {status}:\n{}", self.logged());
            }
            assert!(began.elapsed() < PATIENCE, "the server does not answer:\n{}", self.logged());
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }

    /// Over TLS there is no request as bytes: a server that can be connected to is taken at its word.
    fn is_ready(&self) -> bool {
        if self.speaks_tls {
            return TcpStream::connect(("127.0.0.1", self.port)).is_ok();
        }
        let asked = self.wire().send(b"GET /health/ready HTTP/1.1\r\nhost: home\r\nconnection: close\r\n\r\n");
        asked.is_ok_and(|answer| answer.status == 204)
    }

    /// Sends it a signal, by name.
    ///
    /// # Panics
    /// If it cannot be sent.
    pub fn signal(&self, name: &str) {
        let told = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]).status().unwrap();
        assert!(told.success());
    }

    /// Waits until it has logged something.
    ///
    /// # Panics
    /// If it does not.
    pub fn wait_for_log(&self, what: &str) {
        let began = Instant::now();
        while !self.logged().contains(what) {
            assert!(began.elapsed() < PATIENCE, "`{what}` was not logged:\n{}", self.logged());
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// Where it takes requests as bytes.
    #[must_use]
    pub const fn wire(&self) -> Wire {
        Wire { port: self.port }
    }

    /// Where it is reached.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The invite link that the first start prints.
    ///
    /// # Panics
    /// If none is printed.
    #[must_use]
    pub fn first_invite(&mut self) -> String {
        loop {
            let line = self.printed.recv_timeout(PATIENCE).expect("the first start prints an invite link");
            self.heard.push_str(&line);
            self.heard.push('\n');
            if line.trim().parse::<InviteLink>().is_ok() {
                return line.trim().to_owned();
            }
        }
    }

    /// What it logged so far.
    ///
    /// # Panics
    /// If the log cannot be read.
    #[must_use]
    pub fn logged(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Kills it, as a power cut would: SIGKILL.
    ///
    /// # Panics
    /// If it cannot be killed.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end: SIGTERM.
    ///
    /// # Panics
    /// If it does not end.
    #[must_use]
    pub fn stop(mut self) -> Told {
        self.signal("TERM");
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(began.elapsed() < PATIENCE, "the server does not stop:\n{}", self.logged());
            std::thread::park_timeout(Duration::from_millis(1));
        };
        let mut out = std::mem::take(&mut self.heard);
        while let Ok(line) = self.printed.recv() {
            out.push_str(&line);
            out.push('\n');
        }
        Told { code: status.code(), out, err: self.logged() }
    }

    /// Whether the process is there.
    ///
    /// # Panics
    /// If the system cannot say.
    #[must_use]
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

/// Where a server is reached, for requests as bytes.
#[derive(Clone, Copy)]
pub struct Wire {
    port: u16,
}

impl Wire {
    /// Sends bytes as they are, and reads the answer.
    ///
    /// # Errors
    /// What the network reports.
    pub fn send(&self, request: &[u8]) -> std::io::Result<HttpAnswer> {
        self.send_and(request, |_| Ok(()))
    }

    /// Sends bytes and then says that no more will come, whatever was promised.
    ///
    /// # Errors
    /// What the network reports.
    pub fn send_cut_off(&self, request: &[u8]) -> std::io::Result<HttpAnswer> {
        self.send_and(request, |stream| stream.shutdown(std::net::Shutdown::Write))
    }

    fn send_and(
        &self,
        request: &[u8],
        after: impl FnOnce(&TcpStream) -> std::io::Result<()>,
    ) -> std::io::Result<HttpAnswer> {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        // A server may answer and close before it has read everything; its answer counts.
        let sent = stream.write_all(request).and_then(|()| after(&stream));
        let mut bytes = Vec::new();
        let read = stream.read_to_end(&mut bytes);
        match HttpAnswer::parse(&bytes) {
            Some(answer) => Ok(answer),
            None => Err(sent.and(read).err().unwrap_or_else(|| std::io::ErrorKind::UnexpectedEof.into())),
        }
    }

    /// Begins a session for the device of a journal. Returns the `Authorization` header.
    ///
    /// # Panics
    /// If the server does not know the device.
    #[must_use]
    pub fn session_of(&self, journal: &Journal) -> String {
        let device = journal.public_key().device();
        let ask = serde_json::to_vec(&AskNonce { device: device.to_string() }).unwrap();
        let nonce: Nonce = serde_json::from_slice(&self.post("/v1/nonce", &[], &ask).body).unwrap();
        let home = journal.membership().unwrap().home;
        let proof = journal.key().state(&SessionProof { device, home, nonce: nonce.nonce.0.try_into().unwrap() });
        let ask = serde_json::to_vec(&AskToken { device: device.to_string(), proof: Carried(proof) }).unwrap();
        let token: Token = serde_json::from_slice(&self.post("/v1/token", &[], &ask).body).unwrap();
        format!("Bearer {}", token.token)
    }

    /// Posts a body.
    ///
    /// # Panics
    /// If there is no answer.
    #[must_use]
    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> HttpAnswer {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: home\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
        );
        self.send(&[head.as_bytes(), body].concat()).unwrap()
    }
}

/// An answer, as bytes came.
#[derive(Debug)]
pub struct HttpAnswer {
    /// Its status.
    pub status: u16,
    /// Its headers, as they came.
    pub head: String,
    /// Its body.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Self { status, head, body: bytes[end + 4..].to_vec() })
    }

    /// It says no, as problem details with this status and code, and with the id of the request in body and header.
    ///
    /// # Panics
    /// If it does not.
    #[track_caller]
    pub fn is_problem(&self, status: u16, code: &str) {
        let shown = String::from_utf8_lossy(&self.body);
        let problem: ProblemDetails =
            serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}: no problem: {shown}", self.head));
        assert_eq!((self.status, problem.code.as_str()), (status, code), "{shown}");
        assert!(self.head.contains("content-type: application/problem+json"), "{}", self.head);
        assert!(self.head.contains(&format!("x-request-id: {}", problem.request_id)), "{}", self.head);
        assert!(problem.detail.ends_with('.') && !problem.request_id.is_empty(), "{shown}");
    }
}
