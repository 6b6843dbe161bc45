//! A table of attacks, each thrown at the built server, each with its figures.
//!
//! A row is an [`Attack`]: what the attacker does in a sentence, the flags of its server, how much memory the server may
//! take above idle, and a function that does it. To add rows, write a file in `tests/tests/binary/attacks/` with
//! `pub const ROWS: &[Attack]`, and name it in `TABLE` of `tests/tests/binary/attacks.rs`. The function is given a
//! [`Target`]: a server of its own with an event, an organizer and a marker. It
//!
//! 1. asserts what every run must show: statuses, codes, what is in a file or an answer; never a time,
//! 2. calls [`Target::somebody_exchanges`] while the attack is under way, so that the row counts how often an honest
//!    phone has to ask, and shows how long it waited at the most,
//! 3. returns what the attacker got, in a few words.
//!
//! A row that needs another machine around its server (a full disk, a wrong clock) has it started anew there, with
//! [`Target::restarts`].
//!
//! The frame measures the memory, has the honest phone exchange once more when the attack is over, sees that the server
//! still runs and logged no panic, and prints one line. A row that fails does not keep the others from being thrown.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::time::{Duration, Instant};

use sync_core::exchange::write_message;
use sync_core::ids::EventId;

use super::request;
use crate::binary::{Home, HttpAnswer, Laptop, Place, Told, Wire, free_port};

/// One way to attack a server.
pub struct Attack {
    /// What the attacker does.
    pub name: &'static str,
    /// Flags of the server.
    pub flags: &'static [&'static str],
    /// So much more memory than when it is idle may the server take.
    pub memory_limit_mib: u64,
    /// Does it. Returns what the attacker got.
    pub throw: fn(&mut Target<'_>) -> String,
}

/// An honest phone asks so often before it gives up.
const TRIES_LIMIT: u32 = 20;

const EVENT: &str = r#"{"name": {"en": "Shore day"}, "time_zone": "Asia/Aqtau", "sites": [{"key": "north"}],
    "days": [{"date": "2026-09-19", "opens": "09:00", "closes": "18:00"}]}"#;

/// A server under attack, and who is honest there.
pub struct Target<'a> {
    /// Where its files are.
    pub place: &'a Place,
    /// The server that is attacked.
    pub home: Home,
    /// An organizer of the home server, who has created the event.
    pub organizer: Laptop<'a>,
    /// A marker of the event.
    pub marker: Laptop<'a>,
    /// The event: one site, one day, and Aisulu (`A-1`) on its roster.
    pub event: EventId,
    flags: &'static [&'static str],
    port: u16,
    honest: String,
    tries: u32,
    longest_wait: Duration,
}

impl<'a> Target<'a> {
    fn set(place: &'a Place, flags: &'static [&'static str]) -> Self {
        let port = free_port();
        let mut home = Home::start_with(place, &place.path("data"), port, flags);
        let [organizer, marker] = ["organizer", "marker"].map(|name| place.laptop(name));
        organizer.joins(&home.first_invite()).done();
        place.write("event.json", EVENT);
        place.write("list.csv", "Code,Name\nA-1,Aisulu\n");
        let created = organizer.does(["event", "create", "event.json"]).done();
        let event = created.split_whitespace().next().unwrap().parse().unwrap();
        organizer.does(["import", "list.csv", "--issuer", "list", "--apply"]).done();
        let invited = organizer.does(["invite", "--role", "marker", "--site", "north"]).done();
        marker.joins(invited.lines().next().unwrap()).done();
        marker.does(["field", "exchange"]).done();
        let honest = home.wire().session_of(&marker.open().unwrap());
        let (tries, longest_wait) = (0, Duration::ZERO);
        Self { place, home, organizer, marker, event, flags, port, honest, tries, longest_wait }
    }

    /// Stops the server, and starts it on the same data by what `around` makes of its command. Returns what the one
    /// before said in the end.
    ///
    /// # Panics
    /// If it does not stop, or does not start.
    pub fn restarts(&mut self, around: impl FnOnce(Command) -> Command) -> Told {
        let told = self.home.ends();
        let mut command = self.place.command();
        command.args(["serve", "--listen", &format!("127.0.0.1:{}", self.port), "--data-dir"]);
        command.arg(self.place.path("data")).args(self.flags).env("SAXAUL_LOG", "info");
        self.home = Home::start_by(self.place, around(command), self.port, false);
        self.honest = self.as_marker();
        told
    }

    /// Where the server takes requests as bytes.
    #[must_use]
    pub const fn wire(&self) -> Wire {
        self.home.wire()
    }

    /// The address of the event's exchange.
    #[must_use]
    pub fn exchange_path(&self) -> String {
        format!("/v1/events/{}/exchange", self.event)
    }

    /// The organizer's `Authorization` header.
    ///
    /// # Panics
    /// If the server does not know the organizer any more.
    #[must_use]
    pub fn as_organizer(&self) -> String {
        self.wire().session_of(&self.organizer.open().unwrap())
    }

    /// The marker's `Authorization` header.
    ///
    /// # Panics
    /// If the server does not know the marker any more.
    #[must_use]
    pub fn as_marker(&self) -> String {
        self.wire().session_of(&self.marker.open().unwrap())
    }

    /// An honest phone exchanges, and asks again as long as the server is busy. Returns how often it asked.
    ///
    /// # Panics
    /// If it is not answered.
    pub fn somebody_exchanges(&mut self) -> u32 {
        let (mut asked, began) = (0, Instant::now());
        loop {
            asked += 1;
            let answer = self.exchange_once();
            match answer {
                Ok(HttpAnswer { status: 200, .. }) => break,
                _ if asked < TRIES_LIMIT => {}
                other => panic!("an honest phone asked {asked} times and was not answered: {other:?}"),
            }
        }
        self.tries = self.tries.max(asked);
        self.longest_wait = self.longest_wait.max(began.elapsed());
        asked
    }

    fn exchange_once(&self) -> std::io::Result<HttpAnswer> {
        let body = write_message(&request(self.event));
        let (path, length, honest) = (self.exchange_path(), body.len(), &self.honest);
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: home\r\nconnection: close\r\ncontent-length: {length}\r\n\
             authorization: {honest}\r\n\r\n"
        );
        self.wire().send(&[head.as_bytes(), &body].concat())
    }
}

/// What one attack showed.
struct Figures {
    memory_mib: u64,
    tries: u32,
    longest_wait: Duration,
    got: String,
}

fn throw(attack: &Attack) -> Figures {
    let place = Place::new();
    let mut target = Target::set(&place, attack.flags);
    target.somebody_exchanges();
    let (idle_kib, _) = target.home.memory_kib();
    target.home.forgets_its_peak();
    let got = (attack.throw)(&mut target);
    target.somebody_exchanges();
    let (_, peak_kib) = target.home.memory_kib();
    let memory_mib = peak_kib.saturating_sub(idle_kib) >> 10;
    let limit = attack.memory_limit_mib;
    assert!(memory_mib <= limit, "it took {memory_mib} MiB more than idle, and may take {limit}");
    assert!(target.home.is_running(), "the server ended:\n{}", target.home.logged());
    assert!(!target.home.logged().contains("panicked"), "{}", target.home.logged());
    Figures { memory_mib, tries: target.tries, longest_wait: target.longest_wait, got }
}

/// Throws every attack of a table, and returns the figures as a table of text.
///
/// # Panics
/// If an attack had an effect that it must not have. All of them are thrown before.
#[must_use]
pub fn throw_all(table: &[&[Attack]]) -> String {
    let mut shown =
        format!("{:<90} {:>12} {:>6} {:>9}  {}\n", "attack", "memory", "tries", "answered", "the attacker got");
    let mut failed = Vec::new();
    for attack in table.iter().copied().flatten() {
        let name = attack.name;
        match catch_unwind(AssertUnwindSafe(|| throw(attack))) {
            Ok(Figures { memory_mib, tries, longest_wait, got }) => {
                let memory = format!("{memory_mib}/{} MiB", attack.memory_limit_mib);
                let answered = format!("{} ms", longest_wait.as_millis());
                writeln!(shown, "{name:<90} {memory:>12} {tries:>6} {answered:>9}  {got}").unwrap();
            }
            Err(_) => {
                writeln!(shown, "{name:<90} FAILED").unwrap();
                failed.push(name);
            }
        }
    }
    assert!(failed.is_empty(), "these attacks had an effect: {failed:#?}\n{shown}");
    shown
}
