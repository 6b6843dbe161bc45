//! What home takes its time for, over real HTTP on loopback, durable before it answers.
//!
//! The client shares the machine's cores with the server. Requests are sealed and written before any clock starts.

#[path = "support/field.rs"]
mod field;
#[path = "support/process.rs"]
mod process;
#[path = "support/race.rs"]
mod race;
#[path = "support/served.rs"]
mod served;

use std::cell::{Cell, RefCell};
use std::io::Write;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use field::{Event, Gate};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use race::{Races, median, show, target, timed};
use rusqlite::{Connection, params};
use served::{Asked, Home, send, send_and_forget};
use server::client::{Answer, Call, Carrier, Http, Talk};
use server::store::devices::DeviceRow;
use sync_core::command::{Command, CommandError};
use sync_core::documents::log::Log;
use sync_core::exchange::{Cursor, PAGE_LIMIT_BYTES, SnapshotPosition};
use sync_core::ids::Incarnation;
use sync_core::journal::{JournalError, Membership, OpenReplica};
use sync_core::trust::Role;

const ENTRIES: usize = 350;
const LOGS: u64 = 200;
const CONNECTIONS: usize = 32;
/// Exchanges that are timed one by one at each size.
const NEWCOMERS: u64 = 10;

fn main() {
    // As a server runs: one line of JSON for each request.
    tracing_subscriber::fmt().json().with_writer(std::io::sink).init();
    let mut races = Races::begin();
    let mut home = Home::start();
    throughput(&mut races, &mut home);
    same_page(&mut races, &mut home);
    morning(&mut races, &mut home);
    growth(&mut races, &mut home);
    races.finish();
    let mut races = Races::begin();
    talk(&mut races, &mut home);
    home.stop();
    races.finish();
}

/// The machine's own bound: one thread inserts the same rows in groups, each group one durable transaction.
struct Bare {
    db: Connection,
    events: i64,
    _directory: tempfile::TempDir,
}

impl Bare {
    fn new() -> Self {
        let directory = field::directory();
        let db = Connection::open(directory.path().join("bare.db")).expect("the disk works");
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE items (event INTEGER NOT NULL, revision INTEGER NOT NULL, digest BLOB NOT NULL, origin BLOB,
             item BLOB NOT NULL, PRIMARY KEY (event, revision));",
        )
        .expect("the disk works");
        Self { db, events: 0, _directory: directory }
    }

    fn insert(&mut self, rows: &[Vec<u8>]) -> Duration {
        self.events += 1;
        timed(|| {
            let mut revision = 0i64;
            for group in rows.chunks(CONNECTIONS) {
                let tx = self.db.transaction().expect("the disk works");
                for row in group {
                    revision += 1;
                    let sql = "INSERT INTO items (event, revision, digest, origin, item) VALUES (?1, ?2, ?3, ?4, ?5)";
                    let mut insert = tx.prepare_cached(sql).expect("the table is there");
                    insert.execute(params![self.events, revision, [1u8; 32], [2u8; 16], row]).expect("the disk works");
                }
                tx.commit().expect("the disk works");
            }
        })
    }
}

fn per_second(time: Duration) -> String {
    format!("{:.0}/s", LOGS as f64 / time.as_secs_f64())
}

fn throughput(races: &mut Races, home: &mut Home) {
    let mut bare = Bare::new();
    let event = home.event();
    let rows = home.requests(&event, 0..LOGS, ENTRIES, 0).into_iter();
    let rows: Vec<Vec<u8>> = rows.map(|(item, _)| minicbor::to_vec(&item).expect("an item")).collect();
    let bytes = rows.iter().map(Vec::len).sum::<usize>() / rows.len();
    let used = Cell::new([Duration::ZERO; 2]);
    let exchanges = Cell::new(0);
    let mut burst = |want_bytes: usize| {
        let event = home.event();
        let requests = home.requests(&event, 0..LOGS, ENTRIES, want_bytes as u32);
        let before = [process::cpu_of_all_threads(), process::cpu_of_this_thread()];
        let whole = home.send(&requests, CONNECTIONS).whole;
        let after = [process::cpu_of_all_threads(), process::cpu_of_this_thread()];
        used.set(std::array::from_fn(|which| used.get()[which] + (after[which] - before[which])));
        exchanges.set(exchanges.get() + LOGS as u32);
        whole
    };
    if let Some(medians) = races.race("200 exchanges of 350 entries", 5.0, || burst(0), || bare.insert(&rows)) {
        races.row(
            "350 entries each into 200 logs, 32 connections, upload only",
            [
                per_second(medians.ours),
                format!("{} (bare inserts of {bytes} B in groups of 32)", per_second(medians.floor)),
                format!("{:.2}", 1.0 / medians.ratio()),
                target(">= 0.33", medians.ratio() <= 3.0),
            ],
        );
        let [all, client] = used.get().map(|used| used / exchanges.get());
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        races.row(
            &format!("processor time of one of them, on {cores} cores"),
            [
                show(all),
                format!("{} (the client's part)", show(client)),
                format!("{:.2} of it the client", client.as_secs_f64() / all.as_secs_f64()),
                "none set".to_owned(),
            ],
        );
    }
    let ours = || burst(PAGE_LIMIT_BYTES);
    if let Some(medians) = races.race("200 exchanges with a page each", 2.0, ours, || bare.insert(&rows)) {
        races.row(
            "the same, each answered with a page of up to 240 KB",
            [
                per_second(medians.ours),
                format!("{} (bare inserts)", per_second(medians.floor)),
                format!("{:.2}", 1.0 / medians.ratio()),
                "none set".to_owned(),
            ],
        );
    }
}

/// 200 phones that stand at one place ask for the same page; and each for a page of another length, which is made for it
/// alone.
fn same_page(races: &mut Races, home: &mut Home) {
    let event = home.event();
    home.send(&home.requests(&event, 0..40, ENTRIES, 0), CONNECTIONS);
    let made = Cell::new(0);
    let ask = |n: u64, want_bytes: u32| {
        let asked = Asked { items: Vec::new(), cursor: Some(Cursor::default()), snapshot: None, want_bytes };
        home.exchange(&event, home.token(n), asked)
    };
    let page = PAGE_LIMIT_BYTES as u32;
    let same: Vec<_> = (0..LOGS).map(|n| ask(n, page)).collect();
    let together = || send(home.address, same.clone(), CONNECTIONS).whole;
    let each_its_own = || {
        let first = made.replace(made.get() + LOGS as u32) + 1;
        let own = (0..LOGS).map(|n| ask(n, page - first - n as u32)).collect();
        send(home.address, own, CONNECTIONS).whole
    };
    let Some(medians) = races.race("200 readers of one page", 3.0, together, each_its_own) else { return };
    races.row(
        "a page of 240 KB for 200 phones: the same for all",
        [
            per_second(medians.ours),
            format!("{} (a page made for each)", per_second(medians.floor)),
            format!("{:.1} times as many", 1.0 / medians.ratio()),
            target("2,000/s", LOGS as f64 / medians.ours.as_secs_f64() >= 2000.0),
        ],
    );
}

/// 200 phones that have nothing read the whole event at once.
fn morning(races: &mut Races, home: &mut Home) {
    let event = home.event();
    for n in 0..LOGS {
        let items = event.log(n, &[ENTRIES / 5; 5]);
        let asked = Asked { items, cursor: None, snapshot: None, want_bytes: 0 };
        send(home.address, vec![home.exchange(&event, home.token(n), asked)], 1);
    }
    let revision = loop {
        if let Some(revision) =
            home.app.store.read_here(|store| store.snapshot_revision(event.id)).expect("the disk works")
        {
            break revision;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let bytes = home
        .app
        .store
        .read_here(|store| store.snapshot(event.id))
        .expect("the disk works")
        .expect("it was written")
        .bytes
        .len();
    let phones = |phones: u64| -> Vec<Vec<Vec<u8>>> {
        let parts = |n: u64| {
            let offsets = (0..bytes).step_by(PAGE_LIMIT_BYTES).map(|offset| offset as u64);
            let asked = offsets.map(|offset| {
                let snapshot = (offset > 0).then_some(SnapshotPosition { revision, offset });
                let asked = Asked { items: Vec::new(), cursor: None, snapshot, want_bytes: PAGE_LIMIT_BYTES as u32 };
                home.exchange(&event, home.token(n), asked)
            });
            asked.collect()
        };
        (0..phones).map(parts).collect()
    };
    // What a first phone has made is there for the others.
    send_and_forget(home.address, &phones(1));
    let all = phones(LOGS);
    process::forget_peak();
    let [before, _] = process::memory_now_and_at_its_peak();
    let took = send_and_forget(home.address, &all);
    let [_, peak] = process::memory_now_and_at_its_peak();
    let held = peak.saturating_sub(before);
    let mb = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
    races.row(
        "200 phones that have nothing read 70,000 entries at once: memory",
        [
            format!("{} more at the peak, in {}", mb(held), show(took)),
            format!("{} (the snapshot)", mb(bytes as u64)),
            format!("{:.1} snapshots", held as f64 / bytes as f64),
            format!("with the client's 200 connections: {}", mb(LOGS * 8192)),
        ],
    );
}

/// One more exchange in a large event, and in one of a tenth of its size.
fn growth(races: &mut Races, home: &mut Home) {
    let home = RefCell::new(home);
    let exchange = |logs: u64| {
        let mut home = home.borrow_mut();
        let event = home.event();
        home.send(&home.requests(&event, 0..logs, ENTRIES, 0), CONNECTIONS);
        let newcomers = home.requests(&event, LOGS..LOGS + NEWCOMERS, ENTRIES, 0);
        median(&mut home.send(&newcomers, 1).each).expect("there are newcomers")
    };
    let Some(medians) = races.race("one more exchange", 0.05, || exchange(LOGS), || exchange(LOGS / 10)) else {
        return;
    };
    races.row(
        "one more exchange over HTTP, at 70,000 entries",
        [
            show(medians.ours),
            format!("{} (at 7,000 entries)", show(medians.floor)),
            format!("{:.2}", medians.ratio()),
            target("<= 2", medians.ratio() <= 2.0),
        ],
    );
}

/// Path and length of each call.
type Calls = Rc<RefCell<Vec<(String, usize)>>>;

/// Remembers what crosses the wire.
struct Listening {
    http: Http,
    calls: Calls,
}

impl Carrier for Listening {
    fn call(&mut self, call: Call<'_>) -> Result<Answer, String> {
        self.calls.borrow_mut().push((call.path.to_owned(), call.body.len()));
        self.http.call(call)
    }
}

/// Not one of the markers: home knows each device by one grant.
const PHONE: u64 = 777;

/// Counts the calls and bytes of an exchange of 350 new entries. Nothing is timed.
fn talk(races: &mut Races, home: &mut Home) {
    let event = home.event();
    let directory = field::directory();
    let (url, calls) = (format!("http://{}", home.address), Calls::default());
    let meet = || Talk::over(Listening { http: Http::to(&url), calls: Rc::clone(&calls) }, &url);
    let mut phone = join(home, &event, &url, directory.path());
    let mut gate = Gate::of(PHONE);
    let mut session = meet();
    session.exchange(&mut phone, &|| field::reading(0, 0), &mut |_| {}).expect("home answers");
    for name in ["first of a session", "a later one"] {
        if name == "first of a session" {
            session = meet();
        }
        let known = own_log(&phone).entries.len();
        calls.borrow_mut().clear();
        for _ in 0..ENTRIES {
            let (command, reading) = gate.next(&event, phone.replica(), 0);
            let performed = phone.act(|state| state.perform(command, reading).map_err(Failed::from));
            performed.expect("the bench asks for what is allowed");
        }
        session.exchange(&mut phone, &|| field::reading(80_000_000, 0), &mut |_| {}).expect("home answers");
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
        for entry in &own_log(&phone).entries[known..] {
            deflate.write_all(&minicbor::to_vec(entry).expect("an entry")).expect("memory");
        }
        let floor = deflate.finish().expect("memory").len();
        tell(races, name, &calls.borrow(), floor);
    }
}

fn tell(races: &mut Races, name: &str, calls: &[(String, usize)], floor: usize) {
    let carrying = calls.iter().position(|(path, _)| path.ends_with("/exchange")).expect("an exchange was had");
    // The entries are durable before the answer to the call that carries them leaves.
    let until_durable = carrying as f64 + 0.5;
    races.row(
        &format!("exchange of 350 entries, {name}: round trips"),
        [
            format!("{}, durable at home after {until_durable}", calls.len()),
            "1 (the exchange alone)".to_owned(),
            format!("{:.2}", calls.len() as f64),
            target("<= 1.5 until durable", until_durable <= 1.5),
        ],
    );
    let (bytes, limit) = (calls[carrying].1, floor * 3 / 2 + 300);
    races.row(
        &format!("exchange of 350 entries, {name}: request body"),
        [
            format!("{bytes} B"),
            format!("{floor} B (the entries alone, deflated)"),
            format!("{:.2}", bytes as f64 / floor as f64),
            target(&format!("<= 1.5 x + 300 = {limit} B"), bytes <= limit),
        ],
    );
}

/// A phone that has joined and knows the event.
fn join(home: &Home, event: &Event, url: &str, directory: &Path) -> OpenReplica {
    let mut journal = field::open_journal(directory, PHONE);
    let grant = field::grant(&event.home, PHONE, Role::Organizer);
    home.app.auth.members().admit(&DeviceRow {
        device: journal.public_key().device(),
        grants: vec![grant.clone()],
        revocations: 0,
        offered_by: None,
    });
    journal
        .join(Membership { home: event.home.public(), url: url.to_owned(), grants: vec![grant] })
        .expect("a new journal joins");
    let mut phone = OpenReplica::open(journal, event.id, Incarnation([8; 8])).expect("a new journal opens");
    for edit in field::event_edits() {
        let founded =
            phone.act(|state| state.perform(Command::EditEvent(edit), field::reading(0, 0)).map_err(Failed::from));
        founded.expect("an organizer founds");
    }
    phone
}

fn own_log(phone: &OpenReplica) -> &Log {
    let entry = phone.replica().own_entry(0);
    phone
        .replica()
        .ledger()
        .documents()
        .log(entry.device, entry.incarnation)
        .expect("the first exchange noted the time")
}

#[derive(Debug)]
enum Failed {
    Journal(#[expect(dead_code, reason = "shown when a bench fails")] JournalError),
    Command(#[expect(dead_code, reason = "shown when a bench fails")] CommandError),
}

impl From<JournalError> for Failed {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<CommandError> for Failed {
    fn from(error: CommandError) -> Self {
        Self::Command(error)
    }
}
