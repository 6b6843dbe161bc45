//! What an exchange in one event waits for while home does something large in another: judges a large request, exports
//! 50,000 people, erases somebody from a large store.
//!
//! One phone exchanges over one connection, one entry after the other, beside the large work and then without it. Set
//! `SAXAUL_BENCH_STORE_MB=2000` for an erasure in a store of 2 GB; the default is 300.

#[path = "support/field.rs"]
mod field;
#[path = "support/race.rs"]
mod race;
#[path = "support/served.rs"]
mod served;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use field::Event;
use race::{Races, median, show, target, timed};
use rusqlite::{Connection, params};
use served::{Asked, Home, let_in, send, send_while};
use server::store::audit::Deed;
use sync_core::command::Command;
use sync_core::documents::roster::PersonEdit;
use sync_core::exchange::{ITEMS_LIMIT, Item};
use sync_core::ids::{EventId, Subject};
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::trust::Role;

/// How often each large work is done.
const TIMES: u64 = 5;
/// So many exchanges the phone has ready: for each time that the work is done, and as many without it.
const EXCHANGES: usize = 1000 * (TIMES as usize + 1) + 50;

fn main() {
    tracing_subscriber::fmt().json().with_writer(std::io::sink).init();
    let mut races = Races::begin();
    judging(&mut races);
    exporting(&mut races);
    erasing(&mut races);
    races.finish();
}

/// A phone that exchanges one entry after the other, in an event of its own.
struct Phone {
    address: SocketAddr,
    requests: std::vec::IntoIter<Vec<u8>>,
}

impl Phone {
    fn of(home: &mut Home, marker: u64) -> Self {
        let event = home.event();
        let log = event.log(marker, &vec![1; EXCHANGES]);
        let requests = log.into_iter().map(|item| {
            let asked = Asked { items: vec![item], cursor: None, snapshot: None, want_bytes: 0 };
            home.exchange(&event, home.token(marker), asked)
        });
        Self { address: home.address, requests: requests.collect::<Vec<_>>().into_iter() }
    }

    /// Exchanges as long as `work` goes on.
    fn beside<T: Send>(&mut self, work: impl FnOnce() -> T + Send) -> (Vec<Duration>, T) {
        let busy = AtomicBool::new(true);
        std::thread::scope(|scope| {
            let working = scope.spawn(|| {
                let done = work();
                busy.store(false, Ordering::SeqCst);
                done
            });
            let each = send_while(self.address, &mut self.requests.by_ref().take(1000), &busy);
            (each, working.join().expect("the work does not panic"))
        })
    }

    fn alone(&mut self, exchanges: usize) -> Vec<Duration> {
        let requests = self.requests.by_ref().take(exchanges).collect();
        send(self.address, requests, 1).each
    }
}

/// A row that compares how long exchanges take beside a work with how long they take alone.
fn row(races: &mut Races, name: &str, mut beside: Vec<Duration>, mut alone: Vec<Duration>) {
    let p99 = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() * 99 / 100]
    };
    let (Some(middle), Some(of_alone)) = (median(&mut beside), median(&mut alone)) else { return };
    let (slow, slow_alone) = (p99(&mut beside), p99(&mut alone));
    let ratio = |ours: Duration, floor: Duration| ours.as_secs_f64() / floor.as_secs_f64();
    races.row(
        name,
        [
            format!("median {}, p99 {}, of {}", show(middle), show(slow), beside.len()),
            format!("{}, {} (alone)", show(of_alone), show(slow_alone)),
            format!("{:.1} and {:.1}", ratio(middle, of_alone), ratio(slow, slow_alone)),
            target("median at most 3", ratio(middle, of_alone) <= 3.0),
        ],
    );
}

/// A lead brings as many edits as one request may hold, each a change of its own, to an event of 5,000 people.
fn judging(races: &mut Races) {
    let mut home = Home::start();
    let event = home.event_of(5000);
    let organizer = let_in(&home.app, field::ORGANIZER, Role::Organizer);
    for item in event.founding.iter().chain(&event.roster) {
        let asked = Asked { items: vec![item.clone()], cursor: None, snapshot: None, want_bytes: 0 };
        send(home.address, vec![home.exchange(&event, &organizer, asked)], 1);
    }
    let requests = (0..TIMES).map(|n| {
        let lead = 10_000 + n;
        let token = let_in(&home.app, lead, Role::Lead);
        let items = edits(&event, lead, ITEMS_LIMIT);
        home.exchange(&event, &token, Asked { items, cursor: None, snapshot: None, want_bytes: 0 })
    });
    let requests: Vec<_> = requests.collect();
    let mut phone = Phone::of(&mut home, 1);
    phone.alone(50);
    let (mut beside, mut took) = (Vec::new(), Vec::new());
    let address = home.address;
    for request in requests {
        let (each, whole) = phone.beside(move || send(address, vec![request], 1).whole);
        beside.extend(each);
        took.push(whole);
    }
    let alone = phone.alone(beside.len().clamp(200, 1000));
    let whole = median(&mut took).map(show).unwrap_or_default();
    let name = format!("an exchange while {ITEMS_LIMIT} items of another event are judged ({whole})");
    row(races, &name, beside, alone);
    home.stop();
}

/// Changes of a lead, each one edit of one person.
fn edits(event: &Event, lead: u64, changes: usize) -> Vec<Item> {
    let mut replica = event.replica_with(lead, Role::Lead, &event.roster);
    let sealed = (0..changes).flat_map(|n| {
        let edit = PersonEdit::Team(Some(format!("team-{}", n % 7)));
        let person = event.people[n % event.people.len()];
        field::perform(&mut replica, Command::EditPerson(person, edit), ClockReading::default());
        field::seal(&mut replica)
    });
    sealed.collect()
}

/// The hours of 50,000 people are exported again and again.
fn exporting(races: &mut Races) {
    let mut home = Home::start();
    let event = home.event_of(50_000);
    let organizer = let_in(&home.app, field::ORGANIZER, Role::Organizer);
    for item in event.founding.iter().chain(&event.roster) {
        let asked = Asked { items: vec![item.clone()], cursor: None, snapshot: None, want_bytes: 0 };
        send(home.address, vec![home.exchange(&event, &organizer, asked)], 1);
    }
    for n in 0..20 {
        let asked = Asked { items: event.log(n, &[1000]), cursor: None, snapshot: None, want_bytes: 0 };
        send(home.address, vec![home.exchange(&event, home.token(n), asked)], 1);
    }
    let mut phone = Phone::of(&mut home, 100);
    phone.alone(50);
    let (address, id) = (home.address, event.id);
    let export = || {
        let path = format!("/v1/events/{id}/reports/attendance?format=xlsx");
        timed(|| ask(address, &format!("GET {path}"), &organizer, ""))
    };
    // The first reads the event; later ones find it read.
    export();
    let (mut beside, mut took) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let (each, whole) = phone.beside(export);
        beside.extend(each);
        took.push(whole);
    }
    let alone = phone.alone(beside.len().clamp(200, 1000));
    let whole = median(&mut took).map(show).unwrap_or_default();
    row(races, &format!("an exchange while 50,000 people of another event are exported ({whole})"), beside, alone);
    home.stop();
}

/// People are erased, one after the other, from a store that is mostly other events.
fn erasing(races: &mut Races) {
    let megabytes: u64 =
        std::env::var("SAXAUL_BENCH_STORE_MB").ok().and_then(|number| number.parse().ok()).unwrap_or(300);
    let mut home = Home::start();
    fill(&mut home, megabytes);
    let event = home.event_of(500);
    let organizer = let_in(&home.app, field::ORGANIZER, Role::Organizer);
    for item in event.founding.iter().chain(&event.roster) {
        let asked = Asked { items: vec![item.clone()], cursor: None, snapshot: None, want_bytes: 0 };
        send(home.address, vec![home.exchange(&event, &organizer, asked)], 1);
    }
    let mut phone = Phone::of(&mut home, 100);
    phone.alone(50);
    let (address, id) = (home.address, event.id);
    let erase = |n: usize| {
        let body = format!("{{\"people\":[\"{}\"]}}", Subject::Person(event.people[n]));
        timed(|| ask(address, &format!("POST /v1/events/{id}/erasures"), &organizer, &body))
    };
    let (mut beside, mut took) = (Vec::new(), Vec::new());
    for n in 0..TIMES as usize {
        let (each, whole) = phone.beside(|| erase(n));
        beside.extend(each);
        took.push(whole);
    }
    let alone = phone.alone(beside.len().clamp(200, 1000));
    let mut again: Vec<Duration> = (0..TIMES as usize).map(erase).collect();
    let (whole, again) = (median(&mut took).unwrap_or_default(), median(&mut again).unwrap_or_default());
    let name = format!("an exchange while somebody is erased from a store of {megabytes} MB ({})", show(whole));
    row(races, &name, beside, alone);
    races.row(
        "an erasure that is done, asked for again",
        [
            show(again),
            format!("{} (the first time)", show(whole)),
            format!("{:.4}", again.as_secs_f64() / whole.as_secs_f64()),
            target("at most 0.05", again.as_secs_f64() <= whole.as_secs_f64() * 0.05),
        ],
    );
    home.stop();
}

/// Fills the store with an event that nobody asks for.
fn fill(home: &mut Home, megabytes: u64) {
    let id = EventId([0xf1; 16]);
    home.runtime
        .block_on(home.app.writer.create_event(id, None, Deed::of_server(UnixMillis(1))))
        .expect("the disk works");
    let db = Connection::open(home.store_path()).expect("the disk works");
    db.busy_timeout(Duration::from_secs(10)).expect("a setting");
    let number: i64 =
        db.query_row("SELECT number FROM events WHERE id = ?1", params![id.0], |row| row.get(0)).expect("it is there");
    let mut dice = field::Dice(11);
    let row_bytes = 3000;
    for group in 0..megabytes {
        let tx = db.unchecked_transaction().expect("the disk works");
        for row in 0..1_000_000 / row_bytes {
            let item: Vec<u8> = (0..row_bytes / 8).flat_map(|_| dice.roll().to_le_bytes()).collect();
            let revision = (group * 1_000_000 / row_bytes + row + 1).cast_signed();
            let sql = "INSERT INTO items (event, revision, digest, origin, item) VALUES (?1, ?2, ?3, NULL, ?4)";
            let mut insert = tx.prepare_cached(sql).expect("the table is there");
            insert.execute(params![number, revision, [1u8; 32], item]).expect("the disk works");
        }
        tx.commit().expect("the disk works");
    }
}

/// Asks home something else than an exchange, and waits for the whole answer.
fn ask(address: SocketAddr, what: &str, token: &str, body: &str) {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    let request = format!(
        "{what} HTTP/1.1\r\nhost: home\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("the server reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the server answers");
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..answer.len().min(400)]));
}
