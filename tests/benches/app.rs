//! What an app waits for when it begins: opening a large event until the first list can be drawn, and drawing it.
//!
//! In this process, and as WebAssembly in Node where the package for JavaScript was built (`make web`).

#[path = "support/field.rs"]
mod field;
#[path = "support/race.rs"]
mod race;
#[path = "support/shared.rs"]
mod shared;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use automerge::Automerge;
use field::Event;
use race::{Races, median, show, target, timed};
use sha2::{Digest, Sha256};
use shared::{CHANGES, LOGS, PEOPLE, shared_document};
use sync_core::app::{Action, App, PeopleQuery};
use sync_core::documents::log::Method;
use sync_core::ids::{Incarnation, Subject};
use sync_core::storage::Storage;
use sync_core::storage::rows::{Row, Rows};
use sync_core::trust::{HomeKey, Role};

const PHONE: u64 = 1_000_000;
const NEXT: Incarnation = Incarnation([8; 8]);
/// A page comes within so long after the app is open.
const PAGE: Duration = Duration::from_millis(5);
/// Whoever taps sees it in the next frame.
const FRAME: Duration = Duration::from_millis(16);

fn main() {
    let mut races = Races::begin();
    let event = Event::founded(&HomeKey::from_seed(&[1; 32]), 1, PEOPLE);
    let logs: Vec<_> = (0..LOGS)
        .flat_map(|n| {
            let grant = sync_core::exchange::Item::Grant(field::grant(&event.home, n, Role::Marker));
            std::iter::once(grant).chain(event.log(n, &CHANGES))
        })
        .collect();
    let directory = field::directory();
    drop(event.phone(directory.path(), PHONE, logs.clone()));
    journal(&mut races, &event, directory.path());
    let rows = event.phone_in_rows(PHONE, logs);
    web(&mut races, &event, directory.path(), rows);
    races.finish();
}

/// Draws the first page. Returns how long that took.
fn first_page<S: Storage>(app: &mut App<S>) -> Duration
where
    S::Error: std::fmt::Debug,
{
    let query = PeopleQuery { limit: 20, ..PeopleQuery::default() };
    let mut page = None;
    let took = timed(|| page = app.people(&query).ok());
    assert_eq!(page.expect("the app is open").rows.len(), 20);
    took
}

/// Checks somebody in, and draws the first page again, as the person at the gate sees it.
fn check_in<S: Storage>(app: &mut App<S>, subject: Subject) -> Duration
where
    S::Error: std::fmt::Debug,
{
    let came = Action::CheckIn { subject, site: field::SITE.to_owned(), method: Method::Search };
    let took = timed(|| drop(app.perform(came, field::reading(1, 0)).expect("a marker may")));
    took + first_page(app)
}

fn journal(races: &mut Races, event: &Event, directory: &Path) {
    let shared = shared_document(event);
    let mut pages = Vec::new();
    let ours = || {
        let mut app = None;
        let took = timed(|| app = App::open(field::open_journal(directory, PHONE), NEXT).ok());
        let mut app = app.expect("the journal is whole");
        pages.push(first_page(&mut app));
        took
    };
    let theirs = || timed(|| Automerge::load(&shared).expect("what was saved can be loaded"));
    let Some(medians) = races.race("an app opens", 6.0, ours, theirs) else { return };
    let page = median(&mut pages).unwrap_or_default();
    races.row(
        "an app opens 5,000 people, 70,000 entries, 200 logs",
        [
            show(medians.ours),
            format!("{} (load one shared document, {} KB)", show(medians.floor), shared.len() / 1000),
            format!("{:.2}", medians.ratio()),
            target("< 0.25", medians.ratio() < 0.25),
        ],
    );
    let met = target("<= 5 ms", page <= PAGE);
    races.row("its first page of people", [show(page), "-".to_owned(), "-".to_owned(), met]);
    let mut app = App::open(field::open_journal(directory, PHONE), NEXT).expect("the journal is whole");
    let people = event.people.iter().map(|person| Subject::Person(*person));
    let mut times: Vec<Duration> = people.take(20).map(|person| check_in(&mut app, person)).collect();
    let drawn = median(&mut times).unwrap_or_default();
    races.row(
        "a check-in there, saved, and the page drawn again",
        [
            show(drawn),
            format!("{} (opening)", show(medians.ours)),
            format!("{:.2}", drawn.as_secs_f64() / medians.ours.as_secs_f64()),
            target("< 16 ms", drawn < FRAME),
        ],
    );
}

fn web(races: &mut Races, event: &Event, directory: &Path, rows: Vec<Row>) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = tests.join("benches/app.mjs");
    let package = tests.join("../target/bindings/web/dist/node.js");
    if !package.is_file() {
        println!("the package for JavaScript was not built: its opening is not measured (make web)");
        return;
    }
    let path = directory.join("phone.rows");
    std::fs::write(&path, framed(&rows)).expect("the disk works");
    let kept: Vec<(String, Vec<u8>)> =
        rows.into_iter().filter_map(|row| row.value.map(|value| (row.key, value))).collect();
    let mut pages = Vec::new();
    let ours = || {
        let [opened, paged] = in_node(&program, &path);
        pages.push(paged);
        opened
    };
    let native = || {
        let kept = kept.clone();
        let mut app = None;
        let took = timed(|| {
            let rows = Rows::open(kept, [0; 32], NEXT).expect("the rows are whole");
            app = App::open(rows, NEXT).ok();
        });
        assert_eq!(app.expect("it opens").event().expect("it works in it").event, event.id);
        took
    };
    let Some(medians) = races.race("an app opens in Node", 6.0, ours, native) else { return };
    let page = median(&mut pages).unwrap_or_default();
    races.row(
        "the same as WebAssembly in Node, from a file",
        [
            show(medians.ours),
            format!("{} (native, from rows in memory)", show(medians.floor)),
            format!("{:.2}", medians.ratio()),
            target("< 3", medians.ratio() < 3.0),
        ],
    );
    let met = target("<= 5 ms", page <= PAGE);
    races.row("its first page of people", [show(page), "-".to_owned(), "-".to_owned(), met]);
}

/// Opens once the engine has compiled what it runs often, as it has after some minutes of work, and draws the page.
fn in_node(program: &Path, path: &PathBuf) -> [Duration; 2] {
    let output = Command::new("node").arg(program).arg(path).arg("5").output().expect("Node is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    ["opened", "paged"].map(|which| {
        let times = told[which].as_array().expect("a list").iter();
        let mut times: Vec<Duration> =
            times.map(|ms| Duration::from_secs_f64(ms.as_f64().expect("a number") / 1e3)).collect();
        median(&mut times).expect("some")
    })
}

/// One batch, as `bindings/web/ts/frames.ts` reads it.
fn framed(rows: &[Row]) -> Vec<u8> {
    let mut body = Vec::new();
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).expect("rows are small").to_le_bytes();
    for row in rows {
        let value = row.value.as_deref();
        body.extend(length(row.key.as_bytes()));
        body.extend(value.map_or([0xff; 4], length));
        body.extend(row.key.as_bytes());
        body.extend(value.unwrap_or_default());
    }
    let mut file = length(&body).to_vec();
    file.extend(&Sha256::digest(length(&body))[..4]);
    file.extend(&Sha256::digest(&body)[..8]);
    file.extend(body);
    file
}
