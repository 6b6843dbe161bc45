//! A home server over real HTTP on loopback, and a client that does as little as it can.
#![allow(dead_code, reason = "each bench uses its part")]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use server::app::App;
use server::clock::Clock;
use server::config::Given;
use server::serve::Server;
use server::store::audit::Deed;
use server::store::devices::DeviceRow;
use sync_core::exchange::{
    Cursor, Item, OwnLog, Request, Response, SnapshotPosition, Verdict, read_message, write_message,
};
use sync_core::ids::Incarnation;
use sync_core::time::UnixMillis;
use sync_core::trust::{KeyPair, Role, SessionProof};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::field::{self, Event};

/// Devices that were let in as markers: these and their tokens have the numbers from 0.
pub const MARKERS: u64 = 210;

/// What a device asks in an exchange.
pub struct Asked {
    /// What it brings.
    pub items: Vec<Item>,
    /// From where it reads on.
    pub cursor: Option<Cursor>,
    /// Where it goes on in a snapshot.
    pub snapshot: Option<SnapshotPosition>,
    /// How much it wants.
    pub want_bytes: u32,
}

/// A home server in this process.
pub struct Home {
    pub runtime: tokio::runtime::Runtime,
    pub app: Arc<App>,
    pub address: SocketAddr,
    tokens: Vec<String>,
    events: u64,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Result<(), server::serve::ServeError>>,
    directory: tempfile::TempDir,
}

impl Home {
    /// Starts a server with the default store in a directory of its own.
    pub fn start() -> Self {
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
        let tokens = (0..MARKERS).map(|n| let_in(&app, n, Role::Marker)).collect();
        Self { runtime, app, address, tokens, events: 0, stop, task, directory }
    }

    /// Where the file of its store lies.
    pub fn store_path(&self) -> PathBuf {
        self.directory.path().join("home/saxaul.db")
    }

    /// Ends it.
    pub fn stop(self) {
        drop(self.app);
        self.stop.cancel();
        self.runtime.block_on(self.task).expect("the server does not panic").expect("the server ends well");
    }

    /// Founds one more event, empty here.
    pub fn event(&mut self) -> Event {
        self.event_of(0)
    }

    /// Founds one more event of so many people. Home knows nothing of it but its id.
    pub fn event_of(&mut self, people: u64) -> Event {
        self.events += 1;
        let event = Event::founded(self.app.auth.home(), self.events, people);
        let deed = Deed::of_server(UnixMillis(1));
        self.runtime.block_on(self.app.writer.create_event(event.id, None, deed)).expect("the disk works");
        event
    }

    /// What each device brings to an event, `entries` of its log, and the requests with which it does.
    pub fn requests(
        &self,
        event: &Event,
        devices: std::ops::Range<u64>,
        entries: usize,
        want_bytes: u32,
    ) -> Vec<(Item, Vec<u8>)> {
        let requests = devices.map(|n| {
            let item = event.log(n, &[entries]).remove(0);
            let asked = Asked { items: vec![item.clone()], cursor: None, snapshot: None, want_bytes };
            (item, self.exchange(event, &self.tokens[n as usize], asked))
        });
        requests.collect()
    }

    /// The token of a marker.
    pub fn token(&self, n: u64) -> &str {
        &self.tokens[n as usize]
    }

    /// A request of an exchange, as it goes over the wire.
    pub fn exchange(&self, event: &Event, token: &str, asked: Asked) -> Vec<u8> {
        let Asked { items, cursor, snapshot, want_bytes } = asked;
        let own_log = OwnLog { incarnation: Incarnation([7; 8]), entries: 0 };
        let (event, witness, era, versions) = (event.id, None, None, None);
        let body =
            write_message(&Request { event, cursor, snapshot, want_bytes, items, witness, own_log, era, versions });
        let head = format!(
            "POST /v1/events/{event}/exchange HTTP/1.1\r\nhost: home\r\nauthorization: Bearer {token}\r\n\
             content-type: application/vnd.saxaul.exchange\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), &body].concat()
    }

    /// Sends requests over as many connections, each as soon as its connection is free.
    pub fn send(&self, requests: &[(Item, Vec<u8>)], connections: usize) -> Sent {
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
pub fn let_in(app: &App, n: u64, role: Role) -> String {
    let (home, key) = (app.auth.home(), KeyPair::from_seed(&field::seed(n)));
    let device = key.public().device();
    app.auth.members().admit(&DeviceRow {
        device,
        grants: vec![field::grant(home, n, role)],
        revocations: 0,
        offered_by: None,
    });
    let proof = key.state(&SessionProof { device, home: home.public(), nonce: app.auth.nonce(device) });
    app.auth.token(device, &proof).expect("the device was let in").0
}

/// What was answered, and how long it took.
pub struct Sent {
    /// From the first byte of the first request to the last byte of the last answer.
    pub whole: Duration,
    /// Of each request.
    pub each: Vec<Duration>,
    /// The answers.
    pub bodies: Vec<Vec<u8>>,
}

/// The client is one thread that does as little as it can.
pub fn send(address: SocketAddr, requests: Vec<Vec<u8>>, connections: usize) -> Sent {
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

/// Sends requests over one connection, one after the other, for as long as somebody is busy; answers how long each took.
pub fn send_while(
    address: SocketAddr,
    requests: &mut impl Iterator<Item = Vec<u8>>,
    busy: &AtomicBool,
) -> Vec<Duration> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a thread");
    runtime.block_on(async {
        let mut stream = TcpStream::connect(address).await.expect("the server listens");
        stream.set_nodelay(true).expect("a socket option");
        let mut each = Vec::new();
        while busy.load(Ordering::SeqCst)
            && let Some(request) = requests.next()
        {
            let began = Instant::now();
            stream.write_all(&request).await.expect("the server reads");
            read_answer(&mut stream).await;
            each.push(began.elapsed());
        }
        each
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

/// Sends each phone's requests over a connection of its own, all phones at once, and keeps nothing of the answers.
pub fn send_and_forget(address: SocketAddr, phones: &[Vec<Vec<u8>>]) -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a thread");
    let phones = phones.to_vec();
    runtime.block_on(async {
        let began = Instant::now();
        let tasks = phones.into_iter().map(|requests| {
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.expect("the server listens");
                for request in requests {
                    stream.write_all(&request).await.expect("the server reads");
                    forget_answer(&mut stream).await;
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.expect("the client does not panic");
        }
        began.elapsed()
    })
}

async fn forget_answer(stream: &mut TcpStream) {
    let (mut buffer, mut head, mut left) = ([0; 8192], Vec::new(), None);
    while left != Some(0) {
        let read = stream.read(&mut buffer).await.expect("the server answers");
        assert_ne!(read, 0, "the server hung up");
        if let Some(left) = &mut left {
            *left -= read;
            continue;
        }
        head.extend_from_slice(&buffer[..read]);
        let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        left = Some(length_in(&head[..end]) + end + 4 - head.len());
    }
}

fn length_in(head: &[u8]) -> usize {
    let head = std::str::from_utf8(head).expect("a head is text").to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    length.parse().expect("a number")
}

async fn read_answer(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(4096);
    loop {
        assert_ne!(stream.read_buf(&mut bytes).await.expect("the server answers"), 0, "the server hung up");
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let whole = end + 4 + length_in(&bytes[..end]);
        while bytes.len() < whole {
            assert_ne!(stream.read_buf(&mut bytes).await.expect("the server answers"), 0, "the server hung up");
        }
        return bytes.split_off(end + 4);
    }
}
