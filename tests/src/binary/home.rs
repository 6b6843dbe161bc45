//! A server that runs as a process of its own.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::{PATIENCE, Place, Told, Wire};

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
        Self::start_logging(place, directory, port, flags, "info")
    }

    /// The same, with as much in its log as `level` lets through.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start_logging(place: &Place, directory: &Path, port: u16, flags: &[&str], level: &str) -> Self {
        let mut command = place.command();
        command.args(["serve", "--data-dir"]).arg(directory).args(flags).env("SAXAUL_LOG", level);
        if !flags.contains(&"--listen") {
            command.args(["--listen", &format!("127.0.0.1:{port}")]);
        }
        Self::start_by(place, command, port, flags.contains(&"--tls-cert"))
    }

    /// Starts a server by a command that makes it listen at `port`.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start_by(place: &Place, mut command: Command, port: u16, speaks_tls: bool) -> Self {
        let log = place.path(&format!("home-{port}.log"));
        command.stdout(Stdio::piped()).stderr(File::options().create(true).append(true).open(&log).unwrap());
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, printed) = channel();
        // Ends with the server's output.
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
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

    /// Whether it says that it can work. Over TLS there is no request as bytes: a server that can be connected to is taken
    /// at its word.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        if self.speaks_tls {
            return TcpStream::connect(("127.0.0.1", self.port)).is_ok();
        }
        let asked = self.wire().send(b"GET /health/ready HTTP/1.1\r\nhost: home\r\nconnection: close\r\n\r\n");
        asked.is_ok_and(|answer| matches!(answer.status, 200 | 204))
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
        Wire::to(self.port)
    }

    /// Where it is reached.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The invite link that the first start keeps in a file. It prints where that is.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn first_invite(&mut self) -> String {
        loop {
            let line = self.printed.recv_timeout(PATIENCE).expect("the first start says where the invite link is");
            self.heard.push_str(&line);
            self.heard.push('\n');
            if let Some(path) = line.strip_prefix("It is in ").and_then(|line| line.split_once(',')) {
                return std::fs::read_to_string(path.0).unwrap().trim().to_owned();
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
        self.ends()
    }

    /// The same for a server that another is put in the place of.
    ///
    /// # Panics
    /// If it does not end.
    pub fn ends(&mut self) -> Told {
        self.signal("TERM");
        self.has_ended()
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// If it does not end.
    pub fn has_ended(&mut self) -> Told {
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

    /// Where the process sees a file of this name, if it has disks of its own. Linux only.
    #[must_use]
    pub fn sees(&self, file: &Path) -> PathBuf {
        Path::new("/proc").join(self.child.id().to_string()).join("root").join(file.strip_prefix("/").unwrap_or(file))
    }

    /// How everybody on the machine sees the process: its command line, and its environment for good measure.
    ///
    /// # Panics
    /// If the system does not show it.
    #[must_use]
    pub fn process_list(&self) -> String {
        let process = self.child.id().to_string();
        let of_linux = ["cmdline", "environ"].map(|file| std::fs::read(format!("/proc/{process}/{file}")));
        let shown = match of_linux {
            [Ok(arguments), Ok(environment)] => [arguments, environment].concat(),
            _ => Command::new("ps").args(["eww", "-o", "args=", "-p", &process]).output().unwrap().stdout,
        };
        String::from_utf8_lossy(&shown).into_owned()
    }

    /// How much memory it holds now, and the most that it held since [`Home::forgets_its_peak`], in KiB.
    ///
    /// # Panics
    /// If the system does not say: only Linux does.
    #[must_use]
    pub fn memory_kib(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim().trim_end_matches(" kB").parse().unwrap()
        };
        (of("VmRSS:"), of("VmHWM:"))
    }

    /// From now on the most that it holds is counted anew.
    ///
    /// # Panics
    /// If the system does not let it be.
    pub fn forgets_its_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").unwrap();
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
