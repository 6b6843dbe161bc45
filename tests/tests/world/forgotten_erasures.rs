//! Home is restored from a copy of before an erasure, and devices know of it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use sync_core::command::Command;
use sync_core::documents::roster::PersonEdit;
use sync_core::exchange::{EraStatement, ErasedPart, QuotedEra};
use sync_core::ids::{Era, EraId, PersonId, Subject};
use sync_core::replica::Unconfirmed;
use sync_core::trust::KeyPair;
use tests::World;
use tests::world::Someone;

use super::erasure::{NAME, a_well_known_person, hours};

const NOWHERE: Vec<std::path::PathBuf> = Vec::new();
const DAY_MINUTES: i64 = 24 * 60;

/// Everybody exchanged after the person was erased; home is back in the time before.
fn a_home_that_forgot_an_erasure(world: &mut World) -> PersonId {
    let person = world.add_person(&world.laptop(), NAME);
    world.settle();
    let copy = world.copy_home();
    world.erase(&[person.subject()]);
    world.settle();
    world.restore_home(&copy);
    assert_ne!(world.files_at_home_with(NAME), NOWHERE);
    person
}

fn nobody_knows_them(world: &World) {
    assert_eq!(world.files_at_home_with(NAME), NOWHERE);
    for phone in world.everyone() {
        assert_eq!(world.files_of_phone_with(&phone, NAME), NOWHERE, "{phone:?}");
    }
}

#[test]
fn the_first_device_that_knows_of_an_erasure_has_a_restored_home_repeat_it() {
    let mut world = World::seeded(1);
    let [north, harbour] = world.phones(["north", "harbour"]);
    a_home_that_forgot_an_erasure(&mut world);
    world.check_in(&north, world.person("Aida"));
    world.exchange(&north);
    assert_eq!(world.files_at_home_with(NAME), NOWHERE);
    let newcomer = world.newcomer("newcomer");
    world.exchange(&newcomer);
    assert_eq!(world.files_of_phone_with(&newcomer, NAME), NOWHERE);
    world.litter(&harbour, 2);
    world.settle();
    nobody_knows_them(&world);
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
    let acts: Vec<String> = world.audit().into_iter().map(|entry| entry.act).collect();
    let repeated = format!(r#"{{"act":"erasure_repeated","event":"{}","ids":1}}"#, world.event());
    assert_eq!(acts.iter().filter(|act| **act == repeated).count(), 1, "{acts:?}");
}

#[test]
fn an_erasure_that_is_repeated_by_an_earlier_clock_locks_nobody_out() {
    let mut world = World::seeded(2);
    let [north, harbour, late] = world.phones(["north", "harbour", "late"]);
    let person = world.add_person(&world.laptop(), NAME);
    world.settle();
    let copy = world.copy_home();
    world.sets_the_clock_of_home_wrong_by_minutes(400 * DAY_MINUTES);
    world.erase(&[person.subject()]);
    for phone in [&north, &harbour, &world.laptop()] {
        world.exchange(phone);
    }
    world.restore_home(&copy);
    world.sets_the_clock_of_home_wrong_by_minutes(-DAY_MINUTES);
    world.erase(&[person.subject()]);
    world.exchange(&late);
    world.check_in(&late, world.person("Bolat"));
    world.check_in(&north, world.person("Aida"));
    world.litter(&harbour, 3);
    for phone in [&north, &harbour, &late, &world.laptop()] {
        world.exchange(phone);
    }
    assert_eq!(world.recorded_by(&north, &world.laptop()).len(), 1);
    world.settle();
    nobody_knows_them(&world);
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn whoever_was_erased_stays_so_when_a_restored_home_erases_somebody_else() {
    let mut world = World::seeded(3);
    let [north] = world.phones(["north"]);
    a_home_that_forgot_an_erasure(&mut world);
    world.wait_minutes(60);
    world.erase(&[world.person("Zhanar").subject()]);
    world.exchange(&north);
    assert_eq!(world.files_of_phone_with(&north, NAME), NOWHERE);
    assert_eq!(world.files_of_phone_with(&north, "Zhanar"), NOWHERE);
    world.settle();
    nobody_knows_them(&world);
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn a_memory_card_of_a_home_that_forgot_brings_nobody_back() {
    let mut world = World::seeded(4);
    let [north] = world.phones(["north"]);
    a_home_that_forgot_an_erasure(&mut world);
    world.wait_minutes(60);
    world.erase(&[world.person("Zhanar").subject()]);
    let newcomer = world.newcomer("newcomer");
    world.exchange(&newcomer);
    assert_ne!(world.files_of_phone_with(&newcomer, NAME), NOWHERE, "nobody told home yet");
    world.carries_a_card(&newcomer, &north);
    assert_eq!(world.files_of_phone_with(&north, NAME), NOWHERE);
    world.settle();
    nobody_knows_them(&world);
    world.assert_same_view_everywhere();
}

#[test]
fn many_who_were_erased_are_told_of_in_parts_also_over_a_line_that_breaks() {
    let mut world = World::seeded(5);
    let [north] = world.phones(["north"]);
    let crowd: Vec<Subject> =
        (0..1100).map(|n| world.add_person(&world.laptop(), &format!("Crowd{n}")).subject()).collect();
    world.settle();
    let copy = world.copy_home();
    world.erase(&crowd);
    world.settle();
    world.restore_home(&copy);
    world.check_in(&north, world.person("Aida"));
    for pages in [1, 2, 3] {
        world.cut_after_pages(&north, pages);
        world.try_exchange(&north).ok();
        world.heal();
        world.crash(&north);
    }
    world.settle();
    assert_eq!(world.files_at_home_with("Crowd"), NOWHERE);
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn while_an_organizer_must_decide_first_devices_hand_over_what_they_recorded_and_get_nothing() {
    let mut world = World::seeded(6);
    let [north] = world.phones(["north"]);
    let [east] = world.leads(["east"]);
    let person = world.add_person(&world.laptop(), NAME);
    world.settle();
    world.revoke(&east, "hold");
    world.does(&east, Command::EditPerson(person, PersonEdit::Phone(Some("+7 777 000 11 22".to_owned()))));
    world.exchange(&east);
    let copy = world.copy_home();
    world.discard_all();
    world.erase(&[person.subject()]);
    world.exchange(&north);
    world.restore_home(&copy);
    world.check_in(&north, world.person("Aida"));
    world.exchange(&north);
    assert_eq!(world.replica(&north).unconfirmed(), Unconfirmed::default());
    assert_eq!(world.files_of_phone_with(&north, NAME), NOWHERE);
    let warned = world.asks_home("/health/ready");
    assert!(warned.contains("before an erasure") && warned.contains("release or discard"), "{warned}");
    world.discard_all();
    world.exchange(&north);
    assert_eq!(world.files_at_home_with(NAME), NOWHERE);
    assert_eq!(world.asks_home("/health/ready"), "");
    assert_eq!(world.recorded_by(&north, &north).len(), 1);
}

#[test]
fn what_was_edited_and_ruled_in_an_era_that_home_forgot_comes_back_from_who_did_it() {
    let mut world = World::seeded(7);
    let [east] = world.leads(["east"]);
    let person = world.add_person(&world.laptop(), NAME);
    world.settle();
    let copy = world.copy_home();
    world.erase(&[person.subject()]);
    world.settle();
    world.assign_team(&east, world.person("Bolat"), "T1");
    let added = world.add_person(&east, "Marat");
    world.exchange(&east);
    world.restore_home(&copy);
    world.settle();
    assert_eq!(world.team_of(world.person("Bolat"), &world.laptop()), Some("T1".to_owned()));
    let roster = world.replica(&world.laptop()).shown().roster;
    assert_eq!(roster.people[&added].added[0].by, world.device(&east));
    nobody_knows_them(&world);
    world.assert_same_view_everywhere();
}

#[test]
fn nobody_but_home_can_say_that_somebody_was_erased() {
    let mut world = World::seeded(8);
    let [north, harbour] = world.phones(["north", "harbour"]);
    let (event, aida) = (world.event(), world.person("Aida"));
    let era = Era { number: 9, id: EraId([9; 8]) };
    let erased = BTreeSet::from([aida.subject()]);
    let stated = EraStatement::of(event, era, &erased);
    let forged = KeyPair::from_seed(&[7; 32]).state(&stated);
    let told = ErasedPart::of(forged, 0, &erased);
    for told in [None, Some(told)] {
        let quoted = QuotedEra { era, told };
        world.on_the_way_there(&north, move |request| request.era = Some(quoted.clone()));
        world.check_in(&north, aida);
        assert_eq!(world.try_exchange(&north).map(|exchanged| exchanged.received).unwrap_or(0), 0);
        world.heal();
    }
    world.litter(&harbour, 1);
    world.settle();
    assert!(world.replica(&harbour).shown().roster.erased.is_empty());
    assert_eq!(world.asks_home("/health/ready"), "");
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn what_a_phone_records_again_counts_once_and_what_it_took_back_stays_so() {
    let mut world = World::seeded(9);
    let [north, harbour] = world.phones(["north", "harbour"]);
    world.litter(&north, 1);
    world.settle();
    let copy = world.copy_home();
    let walk_in = world.walk_in(&north, NAME);
    let mistake = world.litter(&north, 20);
    world.undo(&north, mistake);
    world.litter(&north, 300);
    world.settle();
    world.erase(&[walk_in.subject()]);
    world.settle();
    world.restore_home(&copy);
    for phone in [&north, &north, &harbour] {
        world.exchange(phone);
    }
    world.litter(&north, 4000);
    for phone in [&north, &harbour, &world.laptop()] {
        world.exchange(phone);
    }
    for phone in world.everyone() {
        assert_eq!(world.view(&phone).totals.figures.bags, 4301, "{phone:?}");
    }
    assert_eq!(world.view(&harbour).walk_ins.len(), 1);
    assert_eq!(world.replica(&north).unconfirmed(), Unconfirmed::default());
    nobody_knows_them(&world);
}

#[test]
fn a_home_restored_from_before_an_erasure_gets_back_what_phones_recorded_once_it_is_repeated() {
    let mut world = World::seeded(13);
    let [north, harbour] = world.phones(["north", "harbour"]);
    let person = world.add_person(&world.laptop(), NAME);
    world.settle();
    let copy = world.copy_home();
    world.litter(&harbour, 5);
    world.check_in(&north, person);
    world.settle();
    world.erase(&[person.subject()]);
    world.settle();
    world.litter(&harbour, 6);
    world.restore_home(&copy);
    world.exchange(&harbour);
    assert_eq!(world.files_of_phone_with(&harbour, NAME), Vec::<std::path::PathBuf>::new());
    world.erase(&[person.subject()]);
    world.settle();
    assert_eq!(world.files_at_home_with(NAME), Vec::<std::path::PathBuf>::new());
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn a_phone_of_whose_log_something_was_erased_goes_on_at_a_home_that_never_had_it() {
    let mut world = World::seeded(17);
    let [north, harbour] = world.phones(["north", "harbour"]);
    let copy = world.copy_home();
    let person = a_well_known_person(&mut world, &north);
    world.erase(&[person.subject()]);
    world.settle();
    world.restore_home(&copy);
    world.check_in(&north, world.person("Aida"));
    world.litter(&north, 2);
    let hours_before = hours(&world.view(&north));
    for phone in [&north, &north, &harbour, &world.laptop()] {
        world.exchange(phone);
    }
    assert_eq!(world.replica(&north).unconfirmed(), Unconfirmed::default());
    assert_eq!(world.recorded_by(&north, &harbour).len(), world.recorded_by(&north, &north).len());
    let observed = |hours: &[(Subject, Date, [u64; 4])]| hours.iter().map(|(.., sums)| sums[0]).sum::<u64>();
    let hours = hours(&world.view(&harbour));
    assert!(observed(&hours) >= 90 * 60_000, "{hours:?}");
    assert_eq!(observed(&hours), observed(&hours_before));
    for phone in [world.everyone(), world.everyone()].concat() {
        world.read_on(&phone);
    }
    world.assert_same_view_everywhere();
}

#[test]
fn phones_of_an_era_that_a_restored_home_forgot_go_on_once_the_erasures_are_repeated_together() {
    let mut world = World::seeded(25);
    let [north] = world.phones(["north"]);
    world.settle();
    let copy = world.copy_home();
    let (zhanar, dauren) = (world.person("Zhanar").subject(), world.person("Dauren").subject());
    world.erase(&[zhanar]);
    world.erase(&[dauren]);
    world.exchange(&north);
    world.check_in(&north, world.person("Aida"));
    world.restore_home(&copy);
    world.wait_minutes(60);
    world.erase(&[zhanar, dauren]);
    world.settle();
    assert_eq!(world.recorded_by(&north, &world.laptop()).len(), 1);
    world.assert_same_view_everywhere();
}
