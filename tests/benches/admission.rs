//! What judging costs beside believing everything, and whether it grows with what is there.

#[path = "support/field.rs"]
mod field;
#[path = "support/race.rs"]
mod race;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ObjType, ROOT};
use field::Event;
use race::{Races, median, show, target, timed};
use sync_core::admission::SealedChange;
use sync_core::exchange::Item;
use sync_core::ids::{Actor, EraId, Revision, Subject};
use sync_core::replica::ledger::{Founding, ItemSource, Ledger, StoredItem, Taken};
use sync_core::time::UnixMillis;
use sync_core::trust::{HomeKey, Role};

const ENTRIES: usize = 350;
/// Exchanges that are timed at each size.
const NEWCOMERS: u64 = 10;

fn main() {
    let mut races = Races::begin();
    let home = HomeKey::from_seed(&[1; 32]);
    let event = Event::founded(&home, 2, 0);
    admit(&mut races, &event, &[ENTRIES], "admit 350 entries, a log's first change");
    admit(&mut races, &event, &[ENTRIES, ENTRIES], "admit 350 entries, a log's second change");
    grow(&mut races, &Event::founded(&home, 3, 5000));
    erase_everybody(&mut races, &[Event::founded(&home, 4, 20_000), Event::founded(&home, 5, 2000)]);
    races.finish();
}

fn grant_of(event: &Event, device: u64) -> Item {
    Item::Grant(field::grant(&event.home, device, Role::Marker))
}

fn ledger(event: &Event, items: &[Item]) -> Ledger {
    let mut ledger = Ledger::founded(event.id, event.home.public());
    for item in event.founding.iter().chain(items) {
        ledger.take(item).expect("what we seal is admitted");
    }
    ledger
}

fn take(ledger: &mut Ledger, item: &Item) -> Duration {
    timed(|| assert!(matches!(ledger.take(item), Ok(Taken::New { .. }))))
}

/// Judges the last of a log's changes; Automerge decodes and applies the same one without any check.
fn admit(races: &mut Races, event: &Event, changes: &[usize], name: &str) {
    let log = event.log(1, changes);
    let (last, before) = log.split_last().expect("a log has changes");
    let known: Vec<Item> = std::iter::once(grant_of(event, 1)).chain(before.iter().cloned()).collect();
    let mut believing = founded(event, sealed(last));
    for item in before {
        believe(&mut believing, sealed(item));
    }
    let ours = || take(&mut ledger(event, &known), last);
    let theirs = || {
        let mut doc = believing.clone();
        timed(|| believe(&mut doc, sealed(last)))
    };
    let Some(medians) = races.race(name, 2.0, ours, theirs) else { return };
    races.row(
        name,
        [
            show(medians.ours),
            format!("{} (Automerge decodes and applies)", show(medians.floor)),
            format!("{:.2}", medians.ratio()),
            target("<= 2", medians.ratio() <= 2.0),
        ],
    );
}

fn sealed(item: &Item) -> &SealedChange {
    match item {
        Item::Change(sealed) => sealed,
        Item::Grant(_) => unreachable!("a log consists of changes"),
    }
}

/// The document of a log before anything is in it.
fn founded(event: &Event, sealed: &SealedChange) -> Automerge {
    let genesis = Actor::genesis(sealed.document.id(event.id));
    let mut doc = Automerge::new().with_actor(ActorId::from(genesis.0));
    let mut tx = doc.transaction();
    tx.put_object(ROOT, "entries", ObjType::List).expect("a list");
    tx.commit_with(CommitOptions::default().with_time(0));
    doc
}

fn believe(doc: &mut Automerge, sealed: &SealedChange) {
    let before = doc.get_heads();
    let change = Change::from_bytes(sealed.change.clone()).expect("we seal what Automerge can read");
    doc.apply_changes([change]).expect("honest changes apply");
    assert_ne!(doc.get_heads(), before);
}

/// One more exchange is judged in a large event, and in one of a tenth of its size.
fn grow(races: &mut Races, event: &Event) {
    let logs = |devices: std::ops::Range<u64>| -> Vec<(Item, Item)> {
        devices.map(|n| (grant_of(event, n), event.log(n, &[ENTRIES]).remove(0))).collect()
    };
    let (present, new) = (logs(0..200), logs(1000..1000 + NEWCOMERS));
    let judge = |size: usize| {
        let known: Vec<Item> = present[..size].iter().flat_map(|(grant, log)| [grant.clone(), log.clone()]).collect();
        let known: Vec<Item> = event.roster.iter().cloned().chain(known).collect();
        let mut ledger = ledger(event, &known);
        let times = new.iter().map(|(grant, log)| take(&mut ledger, grant) + take(&mut ledger, log));
        median(&mut times.collect::<Vec<_>>()).expect("there are newcomers")
    };
    let Some(medians) = races.race("one more exchange judged", 0.05, || judge(200), || judge(20)) else { return };
    races.row(
        "one more exchange judged, at 70,000 entries",
        [
            show(medians.ours),
            format!("{} (at 7,000 entries)", show(medians.floor)),
            format!("{:.2}", medians.ratio()),
            target("<= 2", medians.ratio() <= 2.0),
        ],
    );
}

/// Items as a store gives them.
struct Stored(Vec<StoredItem>);

impl ItemSource for Stored {
    type Error = Infallible;

    fn items_after(&self, revision: Revision, limit_bytes: usize) -> Result<Vec<StoredItem>, Infallible> {
        let (mut page, mut bytes) = (Vec::new(), 0);
        for stored in self.0.iter().filter(|stored| stored.cursor.revision > revision) {
            bytes += match &stored.item {
                Item::Change(sealed) => sealed.change.len(),
                Item::Grant(_) => 300,
            };
            if bytes > limit_bytes && !page.is_empty() {
                break;
            }
            page.push(stored.clone());
        }
        Ok(page)
    }
}

/// The time of an event is over, and everybody is erased from it: a large one, and one of a tenth of its size.
fn erase_everybody(races: &mut Races, [large, small]: &[Event; 2]) {
    let found_again = |event: &Event| {
        let mut ledger = Ledger::founded(event.id, event.home.public());
        let mut stored = Vec::new();
        for item in event.founding.iter().chain(&event.roster) {
            if let Ok(Taken::New { cursor, .. }) = ledger.take(item) {
                stored.push(StoredItem { cursor, origin: None, item: item.clone() });
            }
        }
        let erased: BTreeSet<Subject> = event.people.iter().map(|id| Subject::Person(*id)).collect();
        let founding =
            Founding { home: &event.home, era: EraId([1; 8]), at: UnixMillis(1), erased: &erased, forgotten: None };
        let source = Stored(stored);
        timed(|| ledger.found_again(None, &source, &founding).expect("what we seal is founded again"))
    };
    let Some(medians) = races.race("everybody erased", 2.0, || found_again(large), || found_again(small)) else {
        return;
    };
    races.row(
        "everybody erased, 20,000 people",
        [
            show(medians.ours),
            format!("{} (2,000 people)", show(medians.floor)),
            format!("{:.2}", medians.ratio()),
            target("<= 15", medians.ratio() <= 15.0),
        ],
    );
}
