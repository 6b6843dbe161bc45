//! Whatever happened on the way: the same changes show the same, and nothing is lost.
//!
//! `SAXAUL_SEEDS=100..900` tries other worlds than the few that every run tries.

use std::ops::Range;

use sync_core::admission::Rejection;
use sync_core::exchange::Item;
use sync_core::ids::{EventId, Revision};
use sync_core::replica::Unconfirmed;
use sync_core::replica::ledger::{ItemSource, Ledger, StoredItem, Taken};
use sync_core::replica::reading::Hidden;
use sync_core::trust::PublicKey;
use sync_core::view::project;
use tests::turmoil::{Disaster, Turmoil};
use tests::{Chance, World};

/// How many things happen in a world before it calms down.
const THINGS: usize = 100;

fn seeds(usual: Range<u64>) -> Range<u64> {
    let Ok(asked) = std::env::var("SAXAUL_SEEDS") else { return usual };
    let (from, to) = asked.split_once("..").expect("seeds are given as FROM..TO");
    from.parse().unwrap()..to.parse().unwrap()
}

fn all_is_well_after(disaster: Disaster, seed: u64) {
    let mut turmoil = Turmoil::seeded(seed, disaster);
    turmoil.rages(THINGS);
    let mut world = turmoil.calms_down();
    match disaster {
        Disaster::Erasures => world.assert_no_record_and_no_ruling_is_lost(),
        _ => world.assert_nothing_recorded_is_lost(),
    }
    for phone in world.everyone() {
        assert_eq!(world.replica(&phone).unconfirmed(), Unconfirmed::default(), "of {}", world.name(&phone));
    }
    world.assert_same_view_everywhere();
}

#[test]
fn bad_links_power_cuts_and_wrong_clocks_lose_nothing_and_all_show_the_same() {
    seeds(0..40).for_each(|seed| all_is_well_after(Disaster::None, seed));
}

#[test]
fn old_copies_of_phones_and_of_home_lose_nothing_and_all_show_the_same() {
    seeds(0..40).for_each(|seed| all_is_well_after(Disaster::OldCopies, seed));
}

#[test]
fn clones_and_disks_rolled_back_lose_nothing_and_all_show_the_same() {
    seeds(0..40).for_each(|seed| all_is_well_after(Disaster::Twins, seed));
}

#[test]
fn people_who_are_erased_meanwhile_cost_nobody_else_anything_and_all_show_the_same() {
    seeds(0..15).for_each(|seed| all_is_well_after(Disaster::Erasures, seed));
}

/// A replica without a journal, which takes items as they come and keeps what was new.
struct Reader {
    ledger: Ledger,
    kept: Vec<StoredItem>,
}

impl ItemSource for Reader {
    type Error = std::convert::Infallible;

    fn items_after(&self, revision: Revision, _: usize) -> Result<Vec<StoredItem>, Self::Error> {
        Ok(self.kept.iter().filter(|stored| stored.cursor.revision > revision).cloned().collect())
    }
}

impl Reader {
    fn founded(event: EventId, home: PublicKey) -> Self {
        Self { ledger: Ledger::founded(event, home), kept: Vec::new() }
    }

    fn takes(&mut self, item: &Item) -> Result<(), Rejection> {
        if let Taken::New { cursor, .. } = self.ledger.take(item)? {
            self.kept.push(StoredItem { cursor, origin: None, item: item.clone() });
        }
        Ok(())
    }

    /// Goes on from a snapshot of what it has.
    fn begins_anew(&mut self) {
        let documents = self.ledger.documents();
        let snapshot = self.ledger.snapshot(None, self, &Hidden::default()).unwrap();
        let loaded = Ledger::load_snapshot(documents.event(), self.ledger.home(), &snapshot).unwrap();
        self.ledger = loaded.standing_at(self.ledger.cursor());
    }

    fn shows(&self) -> String {
        let documents = self.ledger.documents();
        let logs: Vec<_> = documents.logs().cloned().collect();
        let view = project(documents.info(), documents.roster(), &logs, documents.rulings());
        serde_json::to_string(&view).unwrap()
    }
}

/// What there is to read of a world in which much happened: grants first, as every replica passes them on.
fn library(seed: u64) -> (World, Vec<Item>, Vec<Item>) {
    let mut turmoil = Turmoil::seeded(seed, Disaster::OldCopies);
    turmoil.rages(THINGS);
    let world = turmoil.calms_down();
    let all = world.everything_at_home().into_iter();
    let (grants, changes) = all.partition(|item| matches!(item, Item::Grant(_)));
    (world, grants, changes)
}

/// Offers `waiting` in any order, some of it again, until everything is taken.
fn offer_in_any_order(reader: &mut Reader, mut waiting: Vec<Item>, chance: &mut Chance) {
    while !waiting.is_empty() {
        let which = usize::try_from(chance.below(waiting.len() as u64)).unwrap();
        match reader.takes(&waiting[which]) {
            Ok(()) if chance.one_in(3) => {}
            Ok(()) => drop(waiting.swap_remove(which)),
            Err(rejection) => assert!(rejection.is_passing(), "{rejection}"),
        }
        if chance.one_in(40) {
            reader.begins_anew();
        }
    }
}

#[test]
fn the_same_changes_in_any_order_in_any_parts_and_any_number_of_times_give_the_same_view() {
    for seed in seeds(0..10) {
        let (world, grants, changes) = library(seed);
        let mut in_order = Reader::founded(world.event(), world.home_key());
        grants.iter().chain(&changes).for_each(|item| in_order.takes(item).unwrap());
        for order in 0..5 {
            let mut chance = Chance::seeded(order);
            let mut reader = Reader::founded(world.event(), world.home_key());
            offer_in_any_order(&mut reader, grants.clone(), &mut chance);
            offer_in_any_order(&mut reader, changes.clone(), &mut chance);
            assert!(reader.shows() == in_order.shows(), "world {seed}, order {order}: another view");
        }
    }
}
