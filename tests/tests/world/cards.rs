//! What reaches a phone on a memory card or from another phone, before it comes home.

use sync_core::replica::Unconfirmed;
use sync_core::trust::Role;
use tests::World;
use tests::world::{Phone, Someone};

/// A phone that began with home's snapshot as it is now.
fn a_carrier(world: &mut World) -> Phone {
    world.writes_a_snapshot_now();
    let carrier = world.newcomer("carrier");
    let moved = world.read_on(&carrier);
    assert!(moved.snapshot_parts > 0, "there was no snapshot to begin with: {moved:?}");
    carrier
}

fn everything_is_told(mut world: World, bags: u64) {
    world.heal();
    world.settle();
    world.assert_nothing_recorded_is_lost();
    for phone in world.everyone() {
        assert_eq!(world.replica(&phone).unconfirmed(), Unconfirmed::default(), "of {}", world.name(&phone));
    }
    assert_eq!(world.view(&world.laptop()).totals.figures.bags, bags);
    world.assert_same_view_everywhere();
}

#[test]
fn a_card_goes_on_where_a_broken_link_ended() {
    let mut world = World::seeded(1);
    let [north] = world.phones(["north"]);
    world.litter(&north, 3);
    world.exchange(&north);
    let carrier = a_carrier(&mut world);
    let late = world.newcomer("late");
    world.narrow(&late, 300);
    world.cut_after_pages(&late, 2);
    assert!(world.try_exchange(&late).is_err());
    world.crash(&late);
    world.carries_a_card(&carrier, &late);
    assert_eq!(world.view(&late), world.view(&carrier));
    everything_is_told(world, 3);
}

#[test]
fn one_twin_heard_nearby_and_the_other_on_a_card_are_both_counted() {
    let mut world = World::seeded(2);
    let [north, pier] = world.phones(["north", "pier"]);
    let twin = world.clone_phone(&north);
    world.litter(&north, 1);
    world.litter(&twin, 2);
    world.meets(&pier, &north);
    world.exchange(&twin);
    let carrier = a_carrier(&mut world);
    world.carries_a_card(&carrier, &pier);
    world.crash(&pier);
    world.litter(&pier, 4);
    everything_is_told(world, 7);
}

#[test]
fn a_phone_whose_disk_was_rolled_back_reads_on_a_card_what_it_forgot() {
    let mut world = World::seeded(3);
    let [north, pier] = world.phones(["north", "pier"]);
    let backup = world.back_up(&north);
    world.litter(&north, 1);
    world.exchange(&north);
    let carrier = a_carrier(&mut world);
    world.roll_back_the_whole_disk(&north, &backup);
    world.litter(&north, 2);
    world.meets(&pier, &north);
    world.carries_a_card(&carrier, &north);
    world.crash(&north);
    world.litter(&north, 4);
    everything_is_told(world, 7);
}

#[test]
fn what_a_card_contradicts_is_shown_all_the_same_and_an_undo_takes_back_nothing_else() {
    let mut world = World::seeded(8);
    let [north, pier] = world.phones(["north", "pier"]);
    let (aida, bolat) = (world.person("Aida"), world.person("Bolat"));
    let backup = world.back_up(&north);
    world.check_in(&north, aida);
    world.exchange(&north);
    let carrier = a_carrier(&mut world);
    world.roll_back_the_whole_disk(&north, &backup);
    world.check_in(&north, bolat);
    world.litter(&north, 3);
    world.meets(&pier, &north);
    world.carries_a_card(&carrier, &north);
    world.crash(&north);
    let view = world.view(&north);
    assert_eq!((view.totals.attended, view.totals.figures.bags), (2, 3));
    assert_eq!(world.replica(&north).unconfirmed(), Unconfirmed { on_this_device: 2, ..Unconfirmed::default() });
    let (card, _) = world.replica(&north).last_own_record().unwrap();
    world.undo(&north, card);
    world.heal();
    world.settle();
    let view = world.view(&world.laptop());
    assert_eq!((view.totals.attended, view.totals.figures.bags), (2, 0));
    everything_is_told(world, 0);
}

#[test]
fn what_a_lead_edited_before_becoming_a_marker_keeps_nobody_elses_edit_back() {
    let mut world = World::seeded(4);
    let [east, west] = world.leads(["east", "west"]);
    let [harbour] = world.phones(["harbour"]);
    let (aida, bolat) = (world.person("Aida"), world.person("Bolat"));
    world.assign_team(&east, aida, "T1");
    world.meets(&west, &east);
    world.meets(&harbour, &east);
    world.assign_team(&west, aida, "T2");
    world.assign_team(&west, bolat, "T3");
    let invite = world.invite(Role::Marker);
    world.joins_again(&east, &invite);
    for phone in [west, harbour, west, harbour, world.laptop()] {
        world.exchange(&phone);
    }
    for phone in [west, harbour, world.laptop()] {
        let teams = [aida, bolat].map(|person| world.team_of(person, &phone));
        assert_eq!(teams, ["T2", "T3"].map(|team| Some(team.to_owned())), "as {} shows it", world.name(&phone));
        assert_eq!(world.replica(&phone).unconfirmed(), Unconfirmed::default());
    }
    world.settle();
    assert_eq!(world.read_on(&west).sent, 0, "what home refuses by role is not offered again and again");
    let invite = world.invite(Role::Lead);
    world.joins_again(&east, &invite);
    world.settle();
    world.assert_same_view_everywhere();
}

#[test]
fn a_snapshot_for_one_post_takes_the_place_of_no_whole_one() {
    let mut world = World::seeded(5);
    let [pier] = world.phones_at("harbour", ["pier"]);
    let [gate] = world.phones_at("north", ["gate"]);
    world.litter(&pier, 40);
    world.settle();
    world.writes_a_snapshot_now();
    let [office] = world.organizers(["office"]);
    world.settle();
    world.erase(&[world.person("Zhanar").subject()]);
    world.exchange(&gate);
    world.meets(&office, &gate);
    world.carries_a_card(&gate, &office);
    assert_eq!(world.view(&office).totals.figures.bags, 40);
    world.exchange(&office);
    assert_eq!(world.view(&office).totals.figures.bags, 40);
}

#[test]
fn what_a_restored_home_has_not_got_back_is_not_called_confirmed() {
    let mut world = World::seeded(6);
    let [north] = world.phones(["north"]);
    let copy = world.copy_home();
    world.litter(&north, 5);
    world.exchange(&north);
    assert_eq!(world.replica(&north).unconfirmed(), Unconfirmed::default());
    world.restore_home(&copy);
    world.cut_after_pages(&north, 1);
    assert!(world.try_exchange(&north).is_err());
    assert_eq!(world.replica(&north).unconfirmed(), Unconfirmed { on_this_device: 1, ..Unconfirmed::default() });
    everything_is_told(world, 5);
}

#[test]
fn what_was_left_out_of_a_card_is_given_nearby_to_whoever_may_read_it_by_then() {
    let mut world = World::seeded(9);
    let [gate] = world.phones_at("north", ["gate"]);
    let [pier] = world.phones_at("harbour", ["pier"]);
    let [lead] = world.leads(["lead"]);
    world.litter(&pier, 4);
    world.exchange(&pier);
    world.exchange(&lead);
    world.carries_a_card(&lead, &gate);
    assert_eq!(world.view(&gate).totals.figures.bags, 0);
    let invite = world.invite(Role::Marker);
    world.joins_again(&gate, &invite);
    world.cut(&gate);
    world.meets(&gate, &lead);
    assert_eq!(world.view(&gate).totals.figures.bags, 4);
    world.heal();
    world.settle();
    world.assert_nothing_recorded_is_lost();
    assert_eq!(world.view(&gate).totals.figures.bags, 4);
}
