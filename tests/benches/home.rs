//! What home takes its time for, over real HTTP on loopback, durable before it answers.
//!
//! The client shares the machine's cores with the server. Requests are sealed and written before any clock starts.

#[path = "support/field.rs"]
mod field;
#[path = "support/race.rs"]
mod race;

use std::cell::RefCell;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use field::{Event, Gate};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use race::{Races, median, show, target, timed};
use rusqlite::{Connection, params};
use server::app::App;
use server::client::{Answer, Call, Carrier, Http, Talk};
use server::clock::Clock;
use server::config::Given;
use server::serve::Server;
use server::store::audit::Deed;
use server::store::devices::DeviceRow;
use sync_core::command::{Command, CommandError};
use sync_core::documents::log::Log;
use sync_core::exchange::{Item, OwnLog, PAGE_LIMIT_BYTES, Request, Response, Verdict, read_message, write_message};
use sync_core::ids::Incarnation;
use sync_core::journal::{JournalError, Membership, OpenReplica};
use sync_core::time::UnixMillis;
use sync_core::trust::{KeyPair, Role, SessionProof};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

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
    talk(&mut races, &mut home);
    throughput(&mut races, &mut home);
    growth(&mut races, &mut home);
    home.stop();
    races.finish();
}

/// A home server in this process.
struct Home {
    runtime: tokio::runtime::Runtime,
    app: Arc<App>,
    address: SocketAddr,
    tokens: Vec<String>,
    events: u64,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Result<(), server::serve::ServeError>>,
    _directory: tempfile::TempDir,
}

impl Home {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("the operating system gives threads");
        let directory = field::directory();
        let listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        let given = Given {
            data_dir: Some(directory.path().join("home")),
            listen,
            address_calls_per_minute: Some(0),
            device_calls_per_minute: Some(0),
            ..Given::default()
        };
        let config = given.complete(Given::default()).expect("the setup is right");
        let server = runtime.block_on(Server::open(config, Clock::System)).expect("the server opens");
        let address = server.url().trim_start_matches("http://").parse().expect("an address and a port");
        let (app, stop) = (server.app(), CancellationToken::new());
        let running = server.run(stop.clone());
        let task = runtime.spawn(running);
        let tokens = (0..LOGS + NEWCOMERS).map(|n| let_in(&app, n)).collect();
        Self { runtime, app, address, tokens, events: 0, stop, task, _directory: directory }
    }

    fn stop(self) {
        drop(self.app);
        self.stop.cancel();
        self.runtime.block_on(self.task).expect("the server does not panic").expect("the server ends well");
    }

    /// Founds one more event, empty here.
    fn event(&mut self) -> Event {
        self.events += 1;
        let event = Event::founded(self.app.auth.home(), self.events, 0);
        let deed = Deed::of_server(UnixMillis(1));
        self.runtime.block_on(self.app.writer.create_event(event.id, None, deed)).expect("the disk works");
        event
    }

    /// What each device brings to an event, and the requests with which it does.
    fn requests(&self, event: &Event, devices: std::ops::Range<u64>, want_bytes: u32) -> Vec<(Item, Vec<u8>)> {
        let requests = devices.map(|n| {
            let item = event.log(n, &[ENTRIES]).remove(0);
            let body = write_message(&Request {
                event: event.id,
                cursor: None,
                snapshot: None,
                want_bytes,
                items: vec![item.clone()],
                witness: None,
                own_log: OwnLog { incarnation: Incarnation([7; 8]), entries: ENTRIES as u64 },
                era: None,
                versions: None,
            });
            let head = format!(
                "POST /v1/events/{}/exchange HTTP/1.1\r\nhost: home\r\nauthorization: Bearer {}\r\n\
                 content-type: application/vnd.saxaul.exchange\r\ncontent-length: {}\r\n\r\n",
                event.id,
                self.tokens[n as usize],
                body.len()
            );
            (item, [head.as_bytes(), &body].concat())
        });
        requests.collect()
    }

    /// Sends requests over as many connections, each as soon as its connection is free.
    fn send(&self, requests: &[(Item, Vec<u8>)], connections: usize) -> Sent {
        let requests: Vec<Vec<u8>> = requests.iter().map(|(_, request)| request.clone()).collect();
        let sent = send(self.address, requests, connections);
        for body in &sent.bodies {
            let answer: Response = read_message(body).expect("home answers as it does");
            assert!(answer.receipts.iter().all(|receipt| receipt.verdict == Verdict::Accepted));
        }
        sent
    }
}

/// Lets device `n` in without a word on the wire, and gives it a token.
fn let_in(app: &App, n: u64) -> String {
    let (home, key) = (app.auth.home(), KeyPair::from_seed(&field::seed(n)));
    let device = key.public().device();
    app.auth.admit(&DeviceRow {
        device,
        grants: vec![field::grant(home, n, Role::Marker)],
        seen: None,
        revocations: 0,
    });
    let proof = key.state(&SessionProof { device, home: home.public(), nonce: app.auth.nonce(device) });
    app.auth.token(device, &proof).expect("the device was let in").0
}

struct Sent {
    /// From the first byte of the first request to the last byte of the last answer.
    whole: Duration,
    /// Of each request.
    each: Vec<Duration>,
    bodies: Vec<Vec<u8>>,
}

/// The client is one thread that does as little as it can.
fn send(address: SocketAddr, requests: Vec<Vec<u8>>, connections: usize) -> Sent {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a thread");
    runtime.block_on(async move {
        let mut shares: Vec<Vec<Vec<u8>>> = vec![Vec::new(); connections];
        for (index, request) in requests.into_iter().enumerate() {
            shares[index % connections].push(request);
        }
        let mut open = Vec::new();
        for share in shares {
            let stream = TcpStream::connect(address).await.expect("the server listens");
            stream.set_nodelay(true).expect("a socket option");
            open.push((stream, share));
        }
        let began = Instant::now();
        let tasks: Vec<_> = open.into_iter().map(|(stream, share)| tokio::spawn(send_share(stream, share))).collect();
        let mut sent = Sent { whole: Duration::ZERO, each: Vec::new(), bodies: Vec::new() };
        for task in tasks {
            for (took, body) in task.await.expect("the client does not panic") {
                sent.each.push(took);
                sent.bodies.push(body);
            }
        }
        sent.whole = began.elapsed();
        sent
    })
}

async fn send_share(mut stream: TcpStream, share: Vec<Vec<u8>>) -> Vec<(Duration, Vec<u8>)> {
    let mut answers = Vec::with_capacity(share.len());
    for request in share {
        let began = Instant::now();
        stream.write_all(&request).await.expect("the server reads");
        let body = read_answer(&mut stream).await;
        answers.push((began.elapsed(), body));
    }
    answers
}

async fn read_answer(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(4096);
    loop {
        assert_ne!(stream.read_buf(&mut bytes).await.expect("the server answers"), 0, "the server hung up");
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&bytes[..end]).expect("a head is text").to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 200"), "{head}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        let whole = end + 4 + length.parse::<usize>().expect("a number");
        while bytes.len() < whole {
            assert_ne!(stream.read_buf(&mut bytes).await.expect("the server answers"), 0, "the server hung up");
        }
        return bytes.split_off(end + 4);
    }
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
    let rows = home.requests(&event, 0..LOGS, 0).into_iter();
    let rows: Vec<Vec<u8>> = rows.map(|(item, _)| minicbor::to_vec(&item).expect("an item")).collect();
    let bytes = rows.iter().map(Vec::len).sum::<usize>() / rows.len();
    let mut burst = |want_bytes: usize| {
        let event = home.event();
        let requests = home.requests(&event, 0..LOGS, want_bytes as u32);
        home.send(&requests, CONNECTIONS).whole
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

/// One more exchange in a large event, and in one of a tenth of its size.
fn growth(races: &mut Races, home: &mut Home) {
    let home = RefCell::new(home);
    let exchange = |logs: u64| {
        let mut home = home.borrow_mut();
        let event = home.event();
        home.send(&home.requests(&event, 0..logs, 0), CONNECTIONS);
        let newcomers = home.requests(&event, LOGS..LOGS + NEWCOMERS, 0);
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

const PHONE: u64 = 77;

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
    home.app.auth.admit(&DeviceRow {
        device: journal.public_key().device(),
        grants: vec![grant.clone()],
        seen: None,
        revocations: 0,
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
