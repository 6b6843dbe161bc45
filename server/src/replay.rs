//! Runs a recorded week through the real thing.
//!
//! A real server on loopback, one replica with its own journal on disk for each phone, HTTP between them, and the
//! organizer's acts through a replica like an organizer's laptop. Clocks come from the recording. Between meetings
//! with home the phones are on their own, so they run side by side; what touches home happens in true order.

mod bundled;
mod crew;
mod people;
pub mod recording;
mod turns;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use sync_core::documents::event::EventInfo;
use sync_core::documents::roster::Roster;
use sync_core::documents::rulings::Rulings;
use sync_core::ids::{EntryRef, EventId};
use sync_core::journal::JournalError;
use sync_core::view::duplicates::{Candidates, candidates};
use sync_core::view::{EventView, project};
use tokio_util::sync::CancellationToken;

use self::crew::{Crew, Organizer, Phone};
use self::people::People;
use self::recording::{Recording, RecordingError};
use self::turns::Turns;
use crate::client::{TalkError, Traffic};
use crate::clock::Clock;
use crate::config::Given;
use crate::out_file;
use crate::reports::{self, Cells, Labels};
use crate::serve::{ServeError, Server};

pub use self::bundled::bundled_week;

/// Why a replay came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The recording is not right.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The server did not start, or failed.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// A phone and home did not understand each other.
    #[error("{who}: {cause}")]
    Talk {
        /// The name of the device.
        who: String,
        /// What the device met.
        cause: Box<TalkError>,
    },
    /// A command was not performed.
    #[error("{place}: {cause}")]
    Command {
        /// The file and the line of the act.
        place: String,
        /// Why the command was refused.
        cause: String,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {cause}")]
    Write {
        /// The file that was to be written.
        path: PathBuf,
        /// What the operating system reported.
        cause: std::io::Error,
    },
    /// Another part of the replay failed first.
    #[error("the replay was stopped")]
    Stopped,
}

impl From<JournalError> for ReplayError {
    fn from(cause: JournalError) -> Self {
        Self::Talk { who: "a journal".to_owned(), cause: Box::new(cause.into()) }
    }
}

/// What a replay is told while it runs.
pub trait Watcher: Sync {
    /// Tells that a part of the replay begins, and of how many steps it is.
    fn begin(&self, part: &str, steps: u64);
    /// A step of it is done.
    fn step(&self);
}

/// How long each part took.
#[derive(Debug, Clone)]
pub struct Part {
    /// The name of the part, in words.
    pub name: &'static str,
    /// How much real time the part took.
    pub took: Duration,
}

/// Home learned late of what somebody recorded.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The name of the phone.
    pub phone: String,
    /// How many commands it brought.
    pub commands: usize,
    /// Days since the oldest of them.
    pub days: f64,
}

/// What came out of a replay.
pub struct Replayed {
    /// What home, and everyone who has read it, sees.
    pub view: EventView,
    /// The pairs that may be one human being, before anybody ruled anything.
    pub duplicates: Candidates,
    /// What the event is.
    pub event: EventInfo,
    /// The people who were expected.
    pub roster: Roster,
    /// How people are called.
    pub labels: Labels,
    /// How long it took, part by part.
    pub parts: Vec<Part>,
    /// What crossed the wire between phones and home.
    pub traffic: Traffic,
    /// Meetings with home that brought something, the longest awaited first.
    pub arrivals: Vec<Arrival>,
    /// Whether every phone shows the same view, to the byte.
    pub phones_agree: bool,
}

/// Replays a recording. `directory` holds the server's data and the journals; it must be empty.
///
/// # Errors
/// See [`ReplayError`].
pub fn replay(recording: &Recording, directory: &Path, watcher: &dyn Watcher) -> Result<Replayed, ReplayError> {
    let mut parts = Vec::new();
    let mut timed = Timed { parts: &mut parts, began: Instant::now() };
    let event = EventId(crate::clock::entropy());
    let people = People::of(recording, event)?;
    recording.check(&people.names())?;
    let clock = Clock::set_to(recording.begins());
    let home = Home::start(directory, clock.clone())?;
    timed.part("server started");

    let mut organizer = Organizer::found(directory, &home.invite, event, recording, &people)?;
    let mut phones = Phone::join_all(directory, recording, &mut organizer, event)?;
    timed.part("event founded, lists imported, phones let in");

    watcher.begin("the week", recording.len() as u64);
    let crew = Crew { recording, people: &people, clock: &clock, watcher, entries: Mutex::default() };
    let arrivals = crew.run_week(&mut phones, &mut organizer)?;
    timed.part("the week in the field");

    let last = recording.ends();
    clock.move_to(last);
    organizer.exchange(last)?;
    phones.iter_mut().try_for_each(Phone::read_on)?;
    timed.part("everyone reads what is new");

    let shown = organizer.replica().shown();
    let view = project(&shown.event, &shown.roster, &shown.logs, &shown.rulings);
    let bytes = reports::to_json(&view);
    let phones_agree = phones.iter().all(|phone| phone.view_bytes() == bytes);
    timed.part("view projected on every replica");

    let unruled = Rulings::default();
    let before = project(&shown.event, &shown.roster, &shown.logs, &unruled);
    let duplicates = candidates(&shown.roster, &before, &unruled);
    timed.part("candidate pairs of duplicates found");

    let mut traffic = Traffic::default();
    phones.iter().for_each(|phone| traffic += phone.traffic());
    let (event, roster) = (shown.event.into_owned(), shown.roster.into_owned());
    drop((phones, organizer));
    home.stop()?;
    Ok(Replayed { view, duplicates, labels: people.labels(), event, roster, parts, traffic, arrivals, phones_agree })
}

struct Timed<'a> {
    parts: &'a mut Vec<Part>,
    began: Instant,
}

impl Timed<'_> {
    fn part(&mut self, name: &'static str) {
        self.parts.push(Part { name, took: self.began.elapsed() });
        self.began = Instant::now();
    }
}

/// A server in this process, on a port of its own.
struct Home {
    invite: crate::invite::InviteLink,
    stop: CancellationToken,
    running: Option<std::thread::JoinHandle<Result<(), ServeError>>>,
}

impl Drop for Home {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(running) = self.running.take() {
            // Whoever dropped the server without stopping it has a better error to report.
            drop(running.join());
        }
    }
}

impl Home {
    fn start(directory: &Path, clock: Clock) -> Result<Self, ReplayError> {
        let given = Given {
            data_dir: Some(directory.join("home")),
            listen: Some(std::net::SocketAddr::from(([127, 0, 0, 1], 0))),
            // The recording's clock stands still while phones talk.
            address_calls_per_minute: Some(0),
            device_calls_per_minute: Some(0),
            ..Given::default()
        };
        let config = given.complete(Given::default()).expect("a loopback address and a directory are a setup");
        let stop = CancellationToken::new();
        let (told, ready) = std::sync::mpsc::channel();
        let stopping = stop.clone();
        let running = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .expect("the operating system gives two threads");
            runtime.block_on(async move {
                let mut server = Server::open(config, clock).await?;
                drop(told.send(server.first_invite.take()));
                server.run(stopping).await
            })
        });
        match ready.recv() {
            Ok(Some(invite)) => Ok(Self { invite, stop, running: Some(running) }),
            _ => match running.join() {
                Ok(Err(error)) => Err(error.into()),
                _ => Err(ReplayError::Stopped),
            },
        }
    }

    fn stop(mut self) -> Result<(), ReplayError> {
        self.stop.cancel();
        match self.running.take().map(std::thread::JoinHandle::join) {
            Some(Ok(served)) => Ok(served?),
            Some(Err(_)) | None => Err(ReplayError::Stopped),
        }
    }
}

/// Where each line of each phone stands in the phone's log.
type Entries = Mutex<HashMap<(usize, usize), EntryRef>>;

/// Writes `hours.csv`, `conflicts.csv`, `ruling-conflicts.csv`, `duplicates.csv` and `totals.json`.
///
/// # Errors
/// [`ReplayError::Write`].
pub fn write_results(replayed: &Replayed, out: &Path) -> Result<Vec<PathBuf>, ReplayError> {
    let (view, labels) = (&replayed.view, &replayed.labels);
    let files = [
        ("hours.csv", reports::to_csv(reports::HOURS, &reports::hours(view, labels), Cells::Exact)),
        ("conflicts.csv", reports::to_csv(reports::CONFLICTS, &reports::conflicts(view, labels), Cells::Exact)),
        (
            "ruling-conflicts.csv",
            reports::to_csv(reports::RULING_CONFLICTS, &reports::ruling_conflicts(view, labels), Cells::Exact),
        ),
        (
            "duplicates.csv",
            reports::to_csv(reports::DUPLICATES, &reports::duplicates(&replayed.duplicates, labels), Cells::Exact),
        ),
        ("totals.json", reports::to_json(&reports::totals(view))),
    ];
    std::fs::create_dir_all(out).map_err(|cause| ReplayError::Write { path: out.to_owned(), cause })?;
    let written = files.into_iter().map(|(name, bytes)| {
        let path = out.join(name);
        out_file::write(&path, &bytes).map_err(|cause| ReplayError::Write { path: path.clone(), cause })?;
        Ok(path)
    });
    written.collect()
}
