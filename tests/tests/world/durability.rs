//! Told "saved" means saved: at whatever moment the power fails, and whatever the network does.

use sync_core::replica::Unconfirmed;
use tests::World;
use tests::world::Fate;

fn nothing_waits() -> Unconfirmed {
    Unconfirmed::default()
}

#[test]
fn a_crash_between_a_command_and_its_seal_loses_nothing() {
    let mut world = World::seeded(1);
    let [north] = world.phones(["north"]);
    world.check_in(&north, world.person("Aida"));
    world.crash(&north);
    assert_eq!(world.replica(&north).unconfirmed(), Unconfirmed { on_this_device: 1, ..nothing_waits() });
    world.settle();
    assert_eq!(world.recorded_by(&north, &world.laptop()).len(), 1);
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn a_crash_between_the_seal_and_the_request_loses_nothing() {
    let mut world = World::seeded(2);
    let [north] = world.phones(["north"]);
    world.check_in(&north, world.person("Aida"));
    world.next_page(&north, Fate::IsLost);
    assert!(world.try_exchange(&north).is_err());
    world.crash(&north);
    world.check_out(&north, world.person("Aida"));
    world.settle();
    assert_eq!(world.recorded_by(&north, &world.laptop()).len(), 2);
    assert_eq!(world.replica(&north).unconfirmed(), nothing_waits());
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn a_crash_between_the_seal_and_the_receipt_records_nothing_twice() {
    let mut world = World::seeded(3);
    let [north] = world.phones(["north"]);
    world.litter(&north, 3);
    world.next_page(&north, Fate::LosesItsAnswer);
    assert!(world.try_exchange(&north).is_err());
    world.crash(&north);
    assert!(world.replica(&north).unconfirmed().on_this_device > 0);
    world.settle();
    assert_eq!(world.view(&world.laptop()).totals.figures.bags, 3);
    assert_eq!(world.replica(&north).unconfirmed(), nothing_waits());
    world.assert_same_view_everywhere();
}

#[test]
fn a_crash_between_the_receipt_and_the_journal_records_nothing_twice_and_loses_nothing_that_came() {
    let mut world = World::seeded(4);
    let [north, harbour] = world.phones(["north", "harbour"]);
    world.litter(&north, 3);
    world.litter(&harbour, 4);
    world.exchange(&harbour);
    world.next_page(&north, Fate::FindsThePhoneDead);
    assert!(world.try_exchange(&north).is_err());
    assert_eq!(world.view(&north).totals.figures.bags, 3);
    world.settle();
    assert_eq!(world.view(&north).totals.figures.bags, 7);
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn a_request_that_home_lost_with_its_memory_is_sent_again() {
    let mut world = World::seeded(5);
    let [north] = world.phones(["north"]);
    for (bags, fate) in [(1, Fate::FindsHomeDead), (2, Fate::KillsHome)] {
        world.litter(&north, bags);
        world.next_page(&north, fate);
        assert!(world.try_exchange(&north).is_err());
    }
    world.settle();
    assert_eq!(world.view(&world.laptop()).totals.figures.bags, 3);
    world.assert_same_view_everywhere();
}

#[test]
fn home_keeps_what_it_answered_for_when_its_power_fails() {
    let mut world = World::seeded(6);
    let [north] = world.phones(["north"]);
    world.check_in(&north, world.person("Aida"));
    world.exchange(&north);
    assert_eq!(world.replica(&north).unconfirmed(), nothing_waits());
    world.crash_home();
    world.assert_nothing_recorded_is_lost();
    world.settle();
    world.assert_same_view_everywhere();
}

#[test]
fn everything_sent_again_in_any_order_changes_nothing() {
    let mut world = World::seeded(7);
    let [north, harbour] = world.phones(["north", "harbour"]);
    for _ in 0..3 {
        world.check_in(&north, world.person("Aida"));
        world.litter(&harbour, 1);
        world.exchange(&north);
        world.exchange(&harbour);
    }
    world.settle();
    let items = world.items_at_home();
    for which in [7, 0, 3, 3, 1, 6, 2, 5, 4, 0] {
        world.arrives_again(&north, which);
        world.arrives_again(&harbour, which);
    }
    assert_eq!(world.items_at_home(), items);
    world.assert_same_view_everywhere();
}

#[test]
fn a_request_that_arrives_twice_is_taken_once_and_its_spent_proof_is_drawn_anew() {
    let mut world = World::seeded(8);
    let [north] = world.phones(["north"]);
    world.litter(&north, 5);
    world.next_page(&north, Fate::ArrivesTwice);
    world.exchange(&north);
    world.litter(&north, 6);
    world.next_page(&north, Fate::ArrivesTwiceAndTheLastIsHeard);
    world.exchange(&north);
    world.settle();
    assert_eq!(world.view(&world.laptop()).totals.figures.bags, 11);
    world.assert_same_view_everywhere();
}

#[test]
fn an_exchange_that_a_crash_interrupts_again_and_again_comes_to_its_end() {
    let mut world = World::seeded(9);
    let [north] = world.phones(["north"]);
    world.check_in(&north, world.person("Aida"));
    let fates = [Fate::FindsThePhoneDead, Fate::IsLost, Fate::KillsHome, Fate::FindsThePhoneDead, Fate::LosesItsAnswer];
    for fate in fates {
        world.next_page(&north, fate);
        assert!(world.try_exchange(&north).is_err());
        world.crash(&north);
    }
    world.settle();
    assert_eq!(world.recorded_by(&north, &world.laptop()).len(), 1);
    assert_eq!(world.logs_of(&north, &world.laptop()), 1);
    world.assert_same_view_everywhere();
}
