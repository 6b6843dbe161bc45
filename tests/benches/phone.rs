//! What a phone takes its time for: saving a check-in, and opening a large event.

#[path = "support/field.rs"]
mod field;
#[path = "support/race.rs"]
mod race;
#[path = "support/shared.rs"]
mod shared;

use std::path::Path;
use std::time::Duration;

use automerge::Automerge;
use field::{Dice, Event, Gate};
use race::{Races, median, show, target, timed};
use rusqlite::{Connection, params};
use shared::{CHANGES, ENTRIES, LOGS, PEOPLE, shared_document};
use sync_core::ids::Incarnation;
use sync_core::journal::{JournalError, OpenReplica};
use sync_core::replica::Replica;
use sync_core::trust::{HomeKey, Role};
use sync_core::view::project;

const PHONE: u64 = 1_000_000;

fn main() {
    let mut races = Races::begin();
    let event = Event::founded(&HomeKey::from_seed(&[1; 32]), 1, PEOPLE);
    check_in(&mut races, &event);
    check_in_without_a_journal(&mut races, &event);
    open(&mut races, &event);
    races.finish();
}

/// A phone with the roster and a day's entries that were not sealed yet.
struct Phone {
    directory: tempfile::TempDir,
    replica: OpenReplica,
}

impl Phone {
    fn new(event: &Event) -> Self {
        let directory = field::directory();
        let mut replica = event.phone(directory.path(), PHONE, Vec::new());
        let mut gate = Gate::of(PHONE);
        replica
            .act(|state| {
                let mut writes = Vec::new();
                for _ in 0..ENTRIES {
                    let (command, reading) = gate.next(event, state, 0);
                    let performed = state.perform(command, reading).expect("the bench asks for what is allowed");
                    writes.extend(performed.writes);
                }
                Ok::<_, JournalError>(sync_core::replica::Outcome { writes, answer: () })
            })
            .expect("the disk works");
        Self { directory, replica }
    }

    fn check_in(&mut self, event: &Event, dice: &mut Dice) -> Duration {
        let (command, reading) = (field::check_in(event, dice), field::reading(dice.roll() % 36_000_000, 3));
        timed(|| {
            let performed = |state: &mut Replica| {
                let outcome = state.perform(command, reading).expect("the bench asks for what is allowed");
                Ok::<_, JournalError>(outcome)
            };
            self.replica.act(performed).expect("the disk works")
        })
    }

    /// How long a row of a check-in is.
    fn row_bytes(event: &Event, dice: &mut Dice) -> u32 {
        let mut phone = Self::new(event);
        phone.check_in(event, dice);
        drop(phone.replica);
        let db = Connection::open(field::journal_path(phone.directory.path(), PHONE)).expect("the disk works");
        db.query_row("SELECT length(value) FROM drafts ORDER BY id DESC", [], |row| row.get(0)).expect("a row")
    }
}

/// The least that "saved on this phone" can cost: one durable transaction with one row.
struct Bare {
    db: Connection,
    next: i64,
    _directory: tempfile::TempDir,
}

impl Bare {
    fn new() -> Self {
        let directory = field::directory();
        let db = Connection::open(directory.path().join("bare.db")).expect("the disk works");
        db.execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE drafts (event BLOB NOT NULL, id INTEGER NOT NULL, draft BLOB NOT NULL, PRIMARY KEY (event, id))
             WITHOUT ROWID;",
        )
        .expect("the disk works");
        Self { db, next: 0, _directory: directory }
    }

    fn insert(&mut self, row: &[u8]) -> Duration {
        self.next += 1;
        timed(|| {
            let mut insert = self.db.prepare_cached("INSERT INTO drafts (event, id, draft) VALUES (?1, ?2, ?3)")?;
            insert.execute(params![[1u8; 16], self.next, row])
        })
    }
}

fn check_in(races: &mut Races, event: &Event) {
    let mut dice = Dice(5);
    let row = vec![0xa5; Phone::row_bytes(event, &mut dice) as usize];
    let (mut phone, mut bare) = (Phone::new(event), Bare::new());
    let mut times = 0;
    let ours = || {
        times += 1;
        if times % 500 == 0 {
            phone = Phone::new(event);
        }
        phone.check_in(event, &mut dice)
    };
    let Some(medians) = races.race("check-in saved on the phone", 4.0, ours, || bare.insert(&row)) else { return };
    let own = medians.ours.saturating_sub(medians.floor);
    races.row(
        "check-in, 5,000 people, 350 entries: durable",
        [
            show(medians.ours),
            format!("{} (bare durable row of {} B)", show(medians.floor), row.len()),
            format!("{:.2}, own work {}", medians.ratio(), show(own)),
            target("own work < 1 ms", own < Duration::from_millis(1)),
        ],
    );
}

fn check_in_without_a_journal(races: &mut Races, event: &Event) {
    let prepared = || {
        let mut replica = event.replica_with(PHONE, Role::Marker, &event.roster);
        let mut gate = Gate::of(PHONE);
        for _ in 0..ENTRIES {
            let (command, reading) = gate.next(event, &replica, 0);
            field::perform(&mut replica, command, reading);
        }
        replica
    };
    let (mut replica, mut dice, mut times) = (prepared(), Dice(6), 0);
    let ours = || {
        times += 1;
        if times % 1000 == 0 {
            replica = prepared();
        }
        let (command, reading) = (field::check_in(event, &mut dice), field::reading(times, 3));
        timed(|| field::perform(&mut replica, command, reading))
    };
    let nothing = || timed(|| ());
    let Some(medians) = races.race("check-in in memory", 0.02, ours, nothing) else { return };
    let target = target("own work < 1 ms", medians.ours < Duration::from_millis(1));
    races.row(
        "the same, replica alone, in memory",
        [show(medians.ours), format!("{} (nothing)", show(medians.floor)), "-".to_owned(), target],
    );
}

/// How long each step of opening takes.
#[derive(Default)]
struct Steps {
    open: Vec<Duration>,
    shown: Vec<Duration>,
    project: Vec<Duration>,
}

impl Steps {
    fn run(&mut self, event: &Event, directory: &Path) -> Duration {
        let mut replica = None;
        self.open.push(timed(|| {
            let journal = field::open_journal(directory, PHONE);
            replica = OpenReplica::open(journal, event.id, Incarnation([8; 8])).ok();
        }));
        let replica = replica.expect("the journal is whole");
        let mut shown = None;
        self.shown.push(timed(|| shown = Some(replica.replica().shown())));
        let shown = shown.expect("it was just set");
        let mut view = None;
        self.project.push(timed(|| view = Some(project(&shown.event, &shown.roster, &shown.logs, &shown.rulings))));
        assert!(!view.expect("it was just set").days.is_empty());
        [&self.open, &self.shown, &self.project].into_iter().filter_map(|times| times.last()).sum()
    }
}

fn open(races: &mut Races, event: &Event) {
    let directory = field::directory();
    let logs = (0..LOGS).flat_map(|n| {
        let grant = sync_core::exchange::Item::Grant(field::grant(&event.home, n, Role::Marker));
        std::iter::once(grant).chain(event.log(n, &CHANGES))
    });
    drop(event.phone(directory.path(), PHONE, logs.collect()));
    let shared = shared_document(event);
    let mut steps = Steps::default();
    let ours = || steps.run(event, directory.path());
    let theirs = || timed(|| Automerge::load(&shared).expect("what was saved can be loaded"));
    let Some(medians) = races.race("open a large event", 6.0, ours, theirs) else { return };
    let step = |times: &mut Vec<Duration>| median(times).map(show).unwrap_or_default();
    let steps = [&mut steps.open, &mut steps.shown, &mut steps.project].map(step);
    races.row(
        "open and project 5,000 people, 70,000 entries, 200 logs",
        [
            format!("{} (open {}, shown {}, project {})", show(medians.ours), steps[0], steps[1], steps[2]),
            format!("{} (load one shared document, {} KB)", show(medians.floor), shared.len() / 1000),
            format!("{:.2}", medians.ratio()),
            target("< 0.25", medians.ratio() < 0.25),
        ],
    );
}
