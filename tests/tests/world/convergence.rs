//! Whatever happened on the way: the same changes show the same, and nothing is lost.
//!
//! `SAXAUL_SEEDS=100..900` tries other worlds than the few that every run tries.

use std::ops::Range;

use sync_core::exchange::Item;
use sync_core::replica::Unconfirmed;
use tests::any_order::{Reader, offer_in_any_order};
use tests::turmoil::{Disaster, Turmoil};
use tests::{Chance, World};

/// How many things happen in a world before it calms down.
const THINGS: usize = 100;

pub(crate) fn seeds(usual: Range<u64>) -> Range<u64> {
    let Ok(asked) = std::env::var("SAXAUL_SEEDS") else { return usual };
    let (from, to) = asked.split_once("..").expect("seeds are given as FROM..TO");
    from.parse().unwrap()..to.parse().unwrap()
}

pub(crate) fn all_is_well_after(disaster: Disaster, seed: u64) {
    all_is_well_in(World::seeded(seed), disaster);
}

fn all_is_well_in(world: World, disaster: Disaster) {
    let mut turmoil = Turmoil::among_five(world, disaster);
    turmoil.rages(THINGS);
    let mut world = turmoil.calms_down();
    match disaster {
        Disaster::Erasures | Disaster::Upheaval => world.assert_no_record_and_no_ruling_is_lost(),
        _ => world.assert_nothing_recorded_is_lost(),
    }
    for phone in world.everyone() {
        let unconfirmed = world.replica(&phone).unconfirmed();
        // What a device did before it lost the right to is told to whoever holds it.
        let parked = if disaster == Disaster::Upheaval { unconfirmed.parked } else { 0 };
        assert_eq!(unconfirmed, Unconfirmed { parked, ..Unconfirmed::default() }, "of {}", world.name(&phone));
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

#[test]
fn clones_old_copies_erasures_and_other_roles_all_at_once_lose_nothing_and_all_show_the_same() {
    seeds(0..15).for_each(|seed| all_is_well_after(Disaster::Upheaval, seed));
}

#[test]
fn a_home_that_loses_its_power_before_it_keeps_what_was_brought_loses_nothing_that_it_confirmed() {
    seeds(0..20).for_each(|seed| all_is_well_in(World::in_memory(seed), Disaster::None));
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
