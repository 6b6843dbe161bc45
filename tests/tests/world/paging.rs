//! Small pages, lost pages, and snapshots that come in parts.

use sync_core::documents::roster::PersonEdit;
use sync_core::documents::rulings::Decision;
use sync_core::trust::Role;
use tests::World;
use tests::world::{Fate, Phone, Someone};

/// A world in which two phones and two leads recorded this and that; nobody has read what the others did.
fn busy(seed: u64) -> (World, [Phone; 4]) {
    let mut world = World::seeded(seed);
    let [north, harbour] = world.phones(["north", "harbour"]);
    let [east, west] = world.leads(["east", "west"]);
    for name in ["Aida", "Bolat", "Dauren"] {
        let person = world.person(name);
        world.check_in(&north, person);
        world.check_out(&harbour, person);
        world.assign_team(&east, person, "T1");
        world.assign_team(&west, person, "T2");
        for phone in [north, harbour, east, west] {
            world.exchange(&phone);
        }
    }
    (world, [north, harbour, east, west])
}

/// Seven thousand characters that no compression makes small, so that a page holds little of them. No line is longer than a
/// line may be.
fn many_lines<L: FromIterator<String>>(world: &mut World) -> L {
    (0..15).map(|_| (0..29).map(|_| format!("{:016x}", world.chance().bits())).collect()).collect()
}

/// Sends so much that it takes several pages.
fn many_edits(world: &mut World, lead: &Phone, edits: usize) {
    let person = world.person("Aida");
    for _ in 0..edits {
        let lines = many_lines(world);
        world.edit(lead, person, PersonEdit::Categories(lines));
    }
}

#[test]
fn pages_of_any_size_give_the_same_view() {
    for want_bytes in [1, 100, 333, 1000, 4000, 100_000] {
        let (mut world, phones) = busy(1);
        for (phone, share) in phones.iter().zip([1, 2, 3, 5]) {
            world.narrow(phone, want_bytes * share);
        }
        world.settle();
        world.assert_nothing_recorded_is_lost();
        world.assert_same_view_everywhere();
    }
}

#[test]
fn an_upload_of_several_pages_that_is_lost_half_way_goes_on_from_there() {
    let mut world = World::seeded(2);
    let [east] = world.leads(["east"]);
    many_edits(&mut world, &east, 60);
    world.cut_after_pages(&east, 1);
    assert!(world.try_exchange(&east).is_err());
    let half = world.items_at_home();
    world.crash(&east);
    world.heal();
    let exchanged = world.exchange(&east);
    assert!(exchanged.pages >= 1 && world.items_at_home() > half);
    world.settle();
    world.assert_same_view_everywhere();
}

#[test]
fn a_page_of_an_upload_that_never_arrives_is_sent_again() {
    let mut world = World::seeded(3);
    let [east] = world.leads(["east"]);
    many_edits(&mut world, &east, 60);
    world.next_page(&east, Fate::Arrives);
    world.next_page(&east, Fate::IsLost);
    assert!(world.try_exchange(&east).is_err());
    world.next_page(&east, Fate::LosesItsAnswer);
    assert!(world.try_exchange(&east).is_err());
    world.settle();
    world.assert_same_view_everywhere();
}

#[test]
fn a_download_that_is_lost_half_way_goes_on_from_there() {
    let (mut world, [north, ..]) = busy(4);
    world.narrow(&north, 300);
    world.cut_after_pages(&north, 3);
    assert!(world.try_read_on(&north).is_err());
    let half = world.replica(&north).ledger().cursor().revision;
    world.crash(&north);
    assert_eq!(world.replica(&north).ledger().cursor().revision, half);
    world.heal();
    world.settle();
    world.assert_same_view_everywhere();
}

#[test]
fn a_snapshot_that_is_cut_half_way_goes_on_from_there() {
    let (mut world, _) = busy(5);
    world.writes_a_snapshot_now();
    let late = world.newcomer("late");
    world.narrow(&late, 500);
    let whole = {
        let twin = world.newcomer("twin");
        world.narrow(&twin, 500);
        world.read_on(&twin).snapshot_parts
    };
    world.cut_after_pages(&late, 2);
    assert!(world.try_read_on(&late).is_err());
    world.crash(&late);
    world.heal();
    world.narrow(&late, 500);
    assert_eq!(world.read_on(&late).snapshot_parts, whole - 2);
    world.settle();
    world.assert_same_view_everywhere();
}

#[test]
fn a_snapshot_that_another_replaced_meanwhile_is_begun_anew() {
    let (mut world, [north, ..]) = busy(6);
    world.writes_a_snapshot_now();
    let late = world.newcomer("late");
    world.narrow(&late, 500);
    world.cut_after_pages(&late, 2);
    assert!(world.try_read_on(&late).is_err());
    world.litter(&north, 7);
    world.exchange(&north);
    world.writes_a_snapshot_now();
    world.heal();
    assert!(world.read_on(&late).snapshot_parts > 0);
    assert_eq!(world.view(&late).totals.figures.bags, 7);
    world.settle();
    world.assert_same_view_everywhere();
}

#[test]
fn a_snapshot_of_a_home_that_was_restored_meanwhile_is_begun_anew() {
    let (mut world, [north, harbour, ..]) = busy(7);
    let late = world.newcomer("late");
    let copy = world.copy_home();
    world.litter(&north, 7);
    world.exchange(&north);
    world.writes_a_snapshot_now();
    world.narrow(&late, 500);
    world.cut_after_pages(&late, 2);
    assert!(world.try_read_on(&late).is_err());
    world.restore_home(&copy);
    world.litter(&harbour, 8);
    world.exchange(&harbour);
    world.writes_a_snapshot_now();
    world.heal();
    world.read_on(&late);
    world.settle();
    assert_eq!(world.view(&late).totals.figures.bags, 15);
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn a_snapshot_of_the_same_length_of_another_past_is_begun_anew() {
    let mut world = World::in_memory(10);
    let [north, harbour] = world.phones(["north", "harbour"]);
    let late = world.newcomer("late");
    let copy = world.copy_home();
    world.home_writes_snapshots_every(1);
    world.litter(&north, 7);
    world.exchange(&north);
    let revision = world.items_at_home();
    world.narrow(&late, 200);
    world.cut_after_pages(&late, 2);
    assert!(world.try_read_on(&late).is_err());
    world.restore_home(&copy);
    world.litter(&harbour, 8);
    world.exchange(&harbour);
    assert_eq!(world.items_at_home(), revision, "both snapshots are of one revision");
    world.heal();
    assert!(world.read_on(&late).snapshot_parts > 0);
    world.settle();
    assert_eq!(world.view(&late).totals.figures.bags, 15);
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn a_device_that_begins_with_a_snapshot_writes_on_what_is_in_it() {
    let (mut world, _) = busy(8);
    world.writes_a_snapshot_now();
    let invite = world.invite(Role::Organizer);
    let office = world.join("office", &invite);
    assert!(world.read_on(&office).snapshot_parts > 0);
    world.assign_team(&office, world.person("Aida"), "T3");
    let [guest, aida] = [world.walk_in(&office, "Guest").subject(), world.person("Aida").subject()];
    world.rule(&office, Decision::Same(guest, aida));
    world.crash(&office);
    world.settle();
    assert_eq!(world.view(&world.laptop()).class_of(guest), aida);
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn what_waits_for_others_keeps_nothing_new_from_leaving_and_is_not_forgotten() {
    let mut world = World::seeded(9);
    let [east] = world.leads(["east"]);
    let invite = world.invite(Role::Lead);
    let west = world.join("west", &invite);
    let copy = world.copy_home();
    world.assign_team(&east, world.person("Aida"), "T1");
    world.exchange(&east);
    world.writes_a_snapshot_now();
    world.read_on(&west);
    many_edits(&mut world, &west, 60);
    world.exchange(&west);
    world.cut(&east);
    world.restore_home(&copy);
    world.exchange(&west);
    let guest = world.walk_in(&west, "Guest");
    world.exchange(&west);
    world.exchange(&world.laptop());
    assert!(world.view(&world.laptop()).walk_in(guest).is_some(), "home waits for what only the other lead has");
    world.heal();
    world.settle();
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}
