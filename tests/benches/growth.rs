//! What somebody who was let in can make others work for: ten times as much of it must cost in proportion.

#[path = "support/field.rs"]
mod field;
#[path = "support/race.rs"]
mod race;

use std::time::Duration;

use field::Event;
use race::{Races, show, target, timed};
use sync_core::command::Command;
use sync_core::documents::roster::{PersonEdit, PersonName};
use sync_core::exchange::{Cursor, Item, PAGE_LIMIT_BYTES, Reading, Response, SnapshotPart, SnapshotPosition};
use sync_core::ids::{DeviceId, Revision};
use sync_core::names::{Matcher, NameKey};
use sync_core::replica::ledger::{Ledger, Taken};
use sync_core::time::ClockReading;
use sync_core::trust::{HomeKey, Role, SnapshotStatement};
use sync_core::view::duplicates::find_pairs;
use tests::crowd::Row;

/// The most that one message brings of one chain.
const CHAIN: usize = 1000;
/// What a lead writes between two exchanges.
const PUTS: usize = 2000;
/// Values that stand beside each other in one field already.
const VALUES: u64 = 250;
/// A snapshot as large as that of an event of 50,000 people.
const SNAPSHOT_BYTES: usize = 8 << 20;

fn main() {
    let mut races = Races::begin();
    let event = Event::founded(&HomeKey::from_seed(&[1; 32]), 2, 0);
    chain_backwards(&mut races, &event);
    one_field_again_and_again(&mut races, &event.home);
    snapshot_in_parts(&mut races, &event);
    hostile_names(&mut races);
    races.finish();
}

/// A row that compares something with a tenth of it.
fn growth(races: &mut Races, name: &str, large: impl FnMut() -> Duration, small: impl FnMut() -> Duration) {
    let Some(medians) = races.race(name, 3.0, large, small) else { return };
    let ratio = medians.ratio();
    races.row(
        name,
        [show(medians.ours), show(medians.floor), format!("{ratio:.1}"), target("at most 15", ratio <= 15.0)],
    );
}

fn answer(items: Vec<Item>, snapshot: Option<SnapshotPart>) -> Response {
    Response {
        receipts: Vec::new(),
        rewound: false,
        cursor: Cursor::default(),
        items,
        snapshot,
        more: false,
        confirmations: Vec::new(),
        refusal: None,
        home_ms: None,
        stands: Cursor::default(),
        dismissal: None,
        reading: Reading::default(),
        begins: false,
        page: None,
        wants_erased: None,
        versions: None,
    }
}

/// A phone gives what it recorded, one change for each entry, the newest first.
fn chain_backwards(races: &mut Races, event: &Event) {
    let chain = |changes: usize| {
        let mut items = event.log(1, &vec![1; changes]);
        items.reverse();
        items.push(Item::Grant(field::grant(&event.home, 1, Role::Marker)));
        items
    };
    let (large, small) = (chain(CHAIN), chain(CHAIN / 10));
    let peer = DeviceId([5; 16]);
    let takes = |items: &[Item]| {
        let mut replica = event.replica(2, Role::Marker);
        let (asked, response) = (replica.asks_nothing(peer), answer(items.to_vec(), None));
        let mut received = 0;
        let took = timed(|| {
            let outcome = replica.receive(peer, &asked, response).expect("it answers the request");
            received = outcome.answer.received;
        });
        assert_eq!(received, items.len(), "one pass takes them all");
        took
    };
    growth(races, "1,000 changes of one chain backwards, against 100", || takes(&large), || takes(&small));
}

/// A lead writes one field again and again, where many values stand beside each other.
fn one_field_again_and_again(races: &mut Races, home: &HomeKey) {
    let event = Event::founded(home, 3, 1);
    let writes = |lead: u64, known: &[Item], times: usize| {
        let mut replica = event.replica_with(lead, Role::Lead, known);
        for _ in 0..times {
            let edit = PersonEdit::Phone(Some(format!("{lead}")));
            field::perform(&mut replica, Command::EditPerson(event.people[0], edit), ClockReading::default());
        }
        field::seal(&mut replica)
    };
    let mut known = event.roster.clone();
    for lead in 1..=VALUES {
        known.push(Item::Grant(field::grant(home, lead, Role::Lead)));
        known.extend(writes(lead, &event.roster, 1));
    }
    known.push(Item::Grant(field::grant(home, VALUES + 1, Role::Lead)));
    let (large, small) = (writes(VALUES + 1, &known, PUTS), writes(VALUES + 1, &known, PUTS / 10));
    let takes = |items: &[Item]| {
        let mut ledger = Ledger::founded(event.id, event.home.public());
        for item in event.founding.iter().chain(&known) {
            ledger.take(item).expect("what stands beside each other is admitted");
        }
        timed(|| assert!(items.iter().all(|item| matches!(ledger.take(item), Ok(Taken::New { .. })))))
    };
    growth(races, "one field written 2,000 times over 250 values, against 200", || takes(&large), || takes(&small));
}

/// A snapshot comes in parts: how much is written until it is here.
fn snapshot_in_parts(races: &mut Races, event: &Event) {
    let written = |bytes: usize| {
        let mut phone = event.joined(2);
        drop(phone.journal_mut().take_batch());
        let home = event.home.public().device();
        let (revision, reading) = (Revision(1), Reading::default());
        let statement = event.home.state(&SnapshotStatement { event: event.id, revision, digest: [1; 32], reading });
        let mut written = 0;
        for start in (0..bytes).step_by(PAGE_LIMIT_BYTES) {
            let asked = phone.ask(home, 0).expect("what is new can be read");
            let part = SnapshotPart {
                statement: statement.clone(),
                position: SnapshotPosition { revision, offset: start as u64 },
                // The last part is still to come.
                total: bytes as u64 + 1,
                bytes: vec![7; PAGE_LIMIT_BYTES.min(bytes - start)],
                cursor: Cursor::default(),
            };
            let received = phone.act(|state| {
                let outcome = state.receive(home, &asked, answer(Vec::new(), Some(part))).expect("it fits");
                Ok::<_, sync_core::storage::StorageError>(outcome)
            });
            assert!(received.expect("rows are written").snapshot.is_some());
            let batch = phone.journal_mut().take_batch();
            written += batch.iter().filter_map(|row| row.value.as_ref()).map(Vec::len).sum::<usize>();
        }
        written
    };
    let (large, small) = (written(SNAPSHOT_BYTES), written(SNAPSHOT_BYTES / 10));
    let ratio = large as f64 / small as f64;
    let show = |bytes: usize| format!("{:.2} MiB", bytes as f64 / f64::from(1 << 20));
    races.row(
        "written for a snapshot of 8 MiB in parts, against 0.8 MiB",
        [show(large), show(small), format!("{ratio:.1}"), target("at most 15", ratio <= 15.0)],
    );
}

/// What somebody may write into a walk-in: many spellings, and a name of many equal words.
fn hostile_names(races: &mut Races) {
    let text = |text: String| PersonName { family: text, ..PersonName::default() };
    let record = |who: usize, spellings: usize| -> Vec<PersonName> {
        (0..spellings)
            .map(|at| text(format!("Жұмабаев{} Әсет{}", "ав".repeat(at % 40), "ет".repeat(at / 40 + who % 2))))
            .collect()
    };
    let pairs = |spellings: usize| {
        let names: Vec<Vec<PersonName>> = (0..50).map(|who| record(who, spellings)).collect();
        let empty = Row {
            code: 0,
            since: None,
            names: Vec::new(),
            phone: None,
            year: Some(1990),
            organisation: None,
            ids: Vec::new(),
        };
        let rows: Vec<Row> = (0..).zip(names).map(|(code, names)| Row { code, names, ..empty.clone() }).collect();
        timed(|| find_pairs(rows.iter().map(Row::record)))
    };
    growth(races, "duplicates among 50 records of 1,000 spellings, against 100", || pairs(1000), || pairs(100));
    let query = Matcher::new(&["a"; 8].join(" "));
    let fit = |words: usize| {
        let key = NameKey::of_text(&["a"; 310][..words].join(" "));
        timed(|| (0..1000).filter(|_| query.fit(&key).is_some()).count())
    };
    growth(races, "a search of eight letters in a name of 310 words, against 31", || fit(310), || fit(31));
}
