//! The acts of which the work is counted. Each follows from fixed seeds, on a clock that stands still.

use std::any::Any;
use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request as HttpRequest, Response as HttpResponse};
use server::clock::{Clock, Environment, RandomSource};
use server::config::Given;
use server::router::router;
use server::serve::Server;
use server::store::audit::Deed;
use server::store::devices::DeviceRow;
use server::workers::Workers;
use sync_core::command::Command;
use sync_core::exchange::{Cursor, Item, OwnLog, PAGE_LIMIT_BYTES, Request, Response, Verdict};
use sync_core::exchange::{read_message, write_message};
use sync_core::ids::{EventId, Incarnation};
use sync_core::journal::{JournalError, OpenReplica};
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::trust::{HomeKey, KeyPair, Role, SessionProof};
use sync_core::view::project;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::field::{self, Dice, Event, Gate};

/// How often an act is repeated that is too short to be counted once.
const TIMES: u64 = 20;
/// The phone on which an act happens.
const PHONE: u64 = 1_000_000;

/// What is to be counted, made ready; it returns what need not be taken down any more.
pub type Work = Box<dyn FnOnce() -> Box<dyn Any>>;

/// An act and how it is made ready in an empty directory.
pub struct Act {
    pub name: &'static str,
    pub prepare: fn(&Path) -> Work,
}

/// Every act, as the file of budgets names it.
pub const ACTS: [Act; 7] = [
    Act { name: "exchanges_of_one_entry", prepare: |directory| exchanges(directory, 1) },
    Act { name: "exchanges_of_350_entries", prepare: |directory| exchanges(directory, 350) },
    Act { name: "first_page", prepare: |directory| pages(directory, 0) },
    Act { name: "same_page_again", prepare: |directory| pages(directory, TIMES) },
    Act { name: "check_ins", prepare: check_ins },
    Act { name: "opening", prepare: opening },
    Act { name: "projections", prepare: projections },
];

/// A home server without a socket, and devices that were let in.
struct Home {
    runtime: Runtime,
    server: Server,
    router: Router,
    event: Event,
    tokens: Vec<String>,
}

impl Home {
    /// Begins in an empty directory, with an event of 200 people.
    fn founded(directory: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let given = Given {
            data_dir: Some(directory.join("home")),
            listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            address_calls_per_minute: Some(0),
            device_calls_per_minute: Some(0),
            ..Given::default()
        };
        let config = given.complete(Given::default()).expect("the setup is right");
        let clock = Clock::set_to(field::reading(0, 0).wall_ms);
        let environment = Environment { clock, random: RandomSource::seeded([3; 32]), workers: Workers::Threads };
        let server = runtime.block_on(Server::open(config, environment)).expect("the server opens");
        let app = server.app();
        let event = Event::founded(app.auth.home(), 1, 200);
        let deed = Deed::of_server(UnixMillis(1));
        runtime.block_on(app.writer.create_event(event.id, None, deed)).expect("the disk works");
        let mut home = Self { router: router(app), runtime, server, event, tokens: Vec::new() };
        home.tokens = (0..2 * TIMES).map(|n| home.let_in(n, Role::Marker)).collect();
        let organizer = home.let_in(field::ORGANIZER, Role::Organizer);
        let founding = home.event.founding.iter().chain(&home.event.roster).cloned().collect();
        home.answer([home.request(&organizer, Some(Cursor::default()), 0, founding)]);
        home
    }

    fn let_in(&self, n: u64, role: Role) -> String {
        let (auth, key) = (&self.server.app().auth, KeyPair::from_seed(&field::seed(n)));
        let device = key.public().device();
        auth.members().admit(&DeviceRow {
            device,
            grants: vec![field::grant(auth.home(), n, role)],
            revocations: 0,
            offered_by: None,
        });
        let proof = key.state(&SessionProof { device, home: auth.home().public(), nonce: auth.nonce(device) });
        auth.token(device, &proof).expect("the device was let in").0
    }

    fn request(&self, token: &str, cursor: Option<Cursor>, want_bytes: u32, items: Vec<Item>) -> HttpRequest<Body> {
        let own_log = OwnLog { incarnation: Incarnation([7; 8]), entries: items.len() as u64 };
        let (event, snapshot, witness, era, versions) = (self.event.id, None, None, None, None);
        let body = Request { event, cursor, snapshot, want_bytes, items, witness, own_log, era, versions };
        HttpRequest::post(format!("/v1/events/{event}/exchange"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/vnd.saxaul.exchange")
            .body(Body::from(write_message(&body)))
            .expect("a request")
    }

    /// Answers requests one after the other.
    fn answer(&self, requests: impl IntoIterator<Item = HttpRequest<Body>>) -> Vec<Vec<u8>> {
        let answer = async |request: HttpRequest<Body>| {
            let response: HttpResponse<Body> = self.router.clone().oneshot(request).await.expect("the server answers");
            assert!(response.status().is_success(), "{}", response.status());
            to_bytes(response.into_body(), usize::MAX).await.expect("an answer is whole").to_vec()
        };
        self.runtime.block_on(async {
            let mut answers = Vec::new();
            for request in requests {
                answers.push(answer(request).await);
            }
            answers
        })
    }
}

fn read(answers: &[Vec<u8>]) -> Vec<Response> {
    let answers: Vec<Response> = answers.iter().map(|body| read_message(body).expect("an answer")).collect();
    let receipts = answers.iter().flat_map(|answer| &answer.receipts);
    assert!(receipts.into_iter().all(|receipt| receipt.verdict == Verdict::Accepted));
    answers
}

/// Devices that were here before bring one more change each; each is answered when it is durable.
fn exchanges(directory: &Path, entries: usize) -> Work {
    let home = Home::founded(directory);
    let (first, second): (Vec<_>, Vec<_>) = (0..TIMES).map(|n| split(home.event.log(n, &[1, entries]))).unzip();
    let requests = |logs: Vec<Item>| {
        let requests = logs.into_iter().zip(&home.tokens);
        requests.map(|(item, token)| home.request(token, None, 0, vec![item])).collect::<Vec<_>>()
    };
    read(&home.answer(requests(first)));
    let requests = requests(second);
    Box::new(move || {
        let answers = home.answer(requests);
        Box::new((home, answers))
    })
}

fn split(log: Vec<Item>) -> (Item, Item) {
    let [first, second] = log.try_into().expect("each day is one change");
    (first, second)
}

/// A device that knows the roster is given the logs of others: a page of about 240 KB. Then more devices ask for the same.
fn pages(directory: &Path, others: u64) -> Work {
    let home = Home::founded(directory);
    let logs = (0..TIMES).map(|n| home.event.log(n, &[350, 350]));
    let requests = logs.zip(&home.tokens).map(|(log, token)| home.request(token, None, 0, log));
    let answers = read(&home.answer(requests.collect::<Vec<_>>()));
    let from = answers[0].stands;
    let readers = home.tokens[TIMES as usize..].iter();
    let ask = |token: &String| home.request(token, Some(from), PAGE_LIMIT_BYTES as u32, Vec::new());
    let mut requests: Vec<_> = readers.map(ask).collect();
    if others == 0 {
        requests.truncate(1);
    } else {
        let first = requests.pop().expect("somebody reads");
        assert!(!read(&home.answer([first]))[0].items.is_empty());
    }
    Box::new(move || {
        let answers = home.answer(requests);
        Box::new((home, answers))
    })
}

/// A marker checks people in: each is on the disk before the next.
fn check_ins(directory: &Path) -> Work {
    let event = Event::founded(&HomeKey::from_seed(&[1; 32]), 1, 200);
    let mut phone = event.phone(directory, PHONE, Vec::new());
    let (mut gate, mut dice) = (Gate::of(PHONE), Dice(5));
    for _ in 0..50 {
        let (command, reading) = gate.next(&event, phone.replica(), 0);
        record(&mut phone, command, reading);
    }
    let check_ins = (0..TIMES).map(|n| (field::check_in(&event, &mut dice), field::reading(36_000_000 + n, 3)));
    let check_ins: Vec<_> = check_ins.collect();
    Box::new(move || {
        for (command, reading) in check_ins {
            record(&mut phone, command, reading);
        }
        Box::new(phone)
    })
}

fn record(phone: &mut OpenReplica, command: Command, reading: ClockReading) {
    let performed = phone.act(|state| {
        let outcome = state.perform(command, reading).expect("a marker may do it");
        Ok::<_, JournalError>(outcome)
    });
    performed.expect("the disk works");
}

/// An event that a phone has read: 500 people, and 20 logs of two days.
fn read_event(directory: &Path) -> EventId {
    let event = Event::founded(&HomeKey::from_seed(&[1; 32]), 1, 500);
    let logs = (0..TIMES).flat_map(|n| {
        let grant = Item::Grant(field::grant(&event.home, n, Role::Marker));
        std::iter::once(grant).chain(event.log(n, &[70, 70]))
    });
    drop(event.phone(directory, PHONE, logs.collect()));
    event.id
}

fn open(directory: &Path, event: EventId) -> OpenReplica {
    let journal = field::open_journal(directory, PHONE);
    OpenReplica::open(journal, event, Incarnation([8; 8])).expect("the journal is whole")
}

fn opening(directory: &Path) -> Work {
    let (directory, event) = (directory.to_owned(), read_event(directory));
    Box::new(move || Box::new(open(&directory, event)))
}

fn projections(directory: &Path) -> Work {
    let phone = open(directory, read_event(directory));
    Box::new(move || {
        // Hash tables are filled in another order each time: several projections differ less than one.
        let views = [(); 5].map(|()| {
            let shown = phone.replica().shown();
            project(&shown.event, &shown.roster, &shown.logs, &shown.rulings)
        });
        assert!(views.iter().all(|view| !view.days.is_empty()));
        Box::new(views)
    })
}
