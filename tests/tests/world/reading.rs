//! Who reads what of an event.

use sync_core::command::Command;
use sync_core::documents::event::{EventEdit, MarkersRead};
use tests::World;

#[test]
fn a_marker_who_stands_at_a_site_reads_the_roster_and_the_logs_of_that_site_alone() {
    let mut world = World::seeded(1);
    let [gate, pier] = world.phones_at("north", ["gate", "pier"]);
    let [harbour] = world.phones_at("harbour", ["harbour"]);
    let [anywhere] = world.phones(["anywhere"]);
    let [east] = world.leads(["east"]);
    world.litter(&gate, 1);
    world.litter(&harbour, 10);
    world.litter(&anywhere, 100);
    world.litter(&east, 1000);
    world.assign_team(&east, world.person("Aida"), "T1");
    world.settle();
    let bags = |phone| world.view(&phone).totals.figures.bags;
    assert_eq!([bags(gate), bags(pier), bags(harbour)], [1, 1, 10]);
    assert_eq!([bags(anywhere), bags(east), bags(world.laptop())], [1111; 3]);
    for phone in [gate, pier, harbour] {
        assert_eq!(world.team_of(world.person("Aida"), &phone).as_deref(), Some("T1"));
    }
    world.assert_nothing_recorded_is_lost();
}

#[test]
fn a_marker_with_a_team_reads_what_the_team_recorded_wherever_it_was() {
    let mut world = World::seeded(2);
    let invites = [(Some("north"), Some("T1")), (Some("harbour"), Some("T1")), (Some("harbour"), None)]
        .map(|(site, team)| world.invite_to(site, team));
    let [first, second, third] = invites.map(|invite| world.join("phone", &invite));
    for (phone, bags) in [(first, 1), (second, 10), (third, 100)] {
        world.exchange(&phone);
        world.litter(&phone, bags);
    }
    world.settle();
    let bags = |phone| world.view(&phone).totals.figures.bags;
    assert_eq!([bags(first), bags(second), bags(third)], [11, 111, 110]);
}

#[test]
fn a_late_marker_is_not_given_a_snapshot_that_holds_more_than_it_may_read() {
    let mut world = World::seeded(3);
    let [harbour] = world.phones_at("harbour", ["harbour"]);
    world.litter(&harbour, 10);
    world.exchange(&harbour);
    world.writes_a_snapshot_now();
    let [gate] = world.phones_at("north", ["gate"]);
    assert_eq!(world.view(&gate).totals.figures.bags, 0);
    assert!(world.replica(&gate).ledger().documents().logs().all(|log| log.device != world.device(&harbour)));
    assert_eq!(world.replica(&gate).ledger().documents().roster().people.len(), tests::world::PEOPLE.len());
}

#[test]
fn when_the_event_lets_markers_read_all_they_read_what_was_left_out_before() {
    let mut world = World::seeded(4);
    let [gate] = world.phones_at("north", ["gate"]);
    let [harbour] = world.phones_at("harbour", ["harbour"]);
    world.litter(&harbour, 10);
    world.settle();
    assert_eq!(world.view(&gate).totals.figures.bags, 0);
    let laptop = world.laptop();
    world.does(&laptop, Command::EditEvent(EventEdit::MarkersRead(MarkersRead::All)));
    world.exchange(&laptop);
    world.settle();
    assert_eq!(world.view(&gate).totals.figures.bags, 10);
    world.assert_same_view_everywhere();
}

#[test]
fn a_home_that_lost_its_disk_gets_back_from_markers_what_they_may_read() {
    let mut world = World::seeded(5);
    let [gate, pier] = world.phones_at("north", ["gate", "pier"]);
    let copy = world.copy_home();
    world.litter(&gate, 1);
    world.settle();
    world.restore_home(&copy);
    world.cut(&gate);
    world.exchange(&pier);
    world.assert_nothing_recorded_is_lost();
}

#[test]
fn two_who_read_on_from_one_place_by_different_rules_are_not_given_each_others_page() {
    for reads_first in ["gate", "anywhere"] {
        let mut world = World::seeded(6);
        let [gate] = world.phones_at("north", ["gate"]);
        let [harbour] = world.phones_at("harbour", ["harbour"]);
        let [anywhere, elsewhere] = world.phones(["anywhere", "elsewhere"]);
        world.settle();
        world.litter(&harbour, 10);
        world.exchange(&harbour);
        let order = if reads_first == "gate" { [gate, anywhere] } else { [anywhere, gate] };
        order.iter().for_each(|phone| drop(world.exchange(phone)));
        let bags = |world: &World, phone| world.view(&phone).totals.figures.bags;
        assert_eq!([gate, anywhere].map(|phone| bags(&world, phone)), [0, 10], "{reads_first} reads first");
        let logs_at =
            |phone| world.replica(phone).ledger().documents().logs().map(|log| log.device).collect::<Vec<_>>();
        assert!(!logs_at(&gate).contains(&world.device(&harbour)));
        // The other way round: of what everybody else is given, the gate is given nothing.
        world.litter(&elsewhere, 100);
        world.exchange(&elsewhere);
        world.settle();
        world.assert_nothing_recorded_is_lost();
        assert_eq!([gate, anywhere, elsewhere].map(|phone| bags(&world, phone)), [0, 110, 110]);
    }
}
