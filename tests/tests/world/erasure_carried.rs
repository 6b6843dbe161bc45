//! What phones carry for each other while somebody is erased at home.

use sync_core::command::Command;
use sync_core::documents::log::GuardianConsent;
use sync_core::replica::Unconfirmed;
use tests::World;
use tests::world::{Phone, Someone};

use super::erasure::a_well_known_person;

/// A gate that is offline records much, some of it about somebody who is erased meanwhile. Another phone has the event as
/// it is afterwards.
fn a_gate_far_from_home(seed: u64) -> (World, Phone, Phone) {
    let mut world = World::seeded(seed);
    let [gate, lost, carrier] = world.phones(["gate", "lost", "carrier"]);
    let person = a_well_known_person(&mut world, &carrier);
    world.litter(&lost, 4);
    world.meets(&gate, &lost);
    for name in ["Aida", "Bolat", "Gulnara"] {
        world.check_in(&gate, world.person(name));
    }
    let consent = GuardianConsent { subject: person.subject(), guardian: "her mother".to_owned() };
    world.does(&gate, Command::NoteGuardianConsent(consent));
    world.cut(&gate);
    world.cut(&lost);
    world.erase(&[person.subject()]);
    world.exchange(&carrier);
    (world, gate, carrier)
}

fn everything_reached_home(mut world: World, gate: &Phone) {
    let recorded = world.recorded_by(gate, gate).len();
    assert_eq!(recorded, 4, "the gate still shows what it recorded");
    world.heal();
    world.exchange(gate);
    assert_eq!(world.recorded_by(gate, &world.laptop()).len(), 0, "the laptop was not at home yet");
    world.settle();
    assert_eq!(world.recorded_by(gate, &world.laptop()).len(), recorded);
    assert_eq!(world.view(&world.laptop()).totals.figures.bags, 4, "what the lost phone recorded came along");
    assert_eq!(world.replica(gate).unconfirmed(), Unconfirmed::default());
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn a_memory_card_from_after_an_erasure_drops_nothing_that_home_does_not_have() {
    let (mut world, gate, carrier) = a_gate_far_from_home(21);
    world.carries_a_card(&carrier, &gate);
    everything_reached_home(world, &gate);
}

#[test]
fn a_phone_from_after_an_erasure_drops_nothing_that_home_does_not_have() {
    let (mut world, gate, carrier) = a_gate_far_from_home(22);
    world.meets(&gate, &carrier);
    everything_reached_home(world, &gate);
}

#[test]
fn once_home_has_what_was_kept_of_the_erased_no_file_holds_it() {
    let (mut world, gate, carrier) = a_gate_far_from_home(23);
    world.carries_a_card(&carrier, &gate);
    world.heal();
    world.settle();
    world.home_looks_after_retention();
    world.settle();
    for phone in world.everyone() {
        assert_eq!(world.files_of_phone_with(&phone, "her mother"), Vec::<std::path::PathBuf>::new());
    }
}

#[test]
fn a_carried_change_of_an_earlier_era_is_let_go_of_once_home_confirmed_it() {
    let mut world = World::seeded(24);
    let [north, carrier] = world.phones(["north", "carrier"]);
    let [east] = world.leads(["east"]);
    let person = a_well_known_person(&mut world, &north);
    world.assign_team(&east, world.person("Bolat"), "T1");
    world.meets(&north, &east);
    world.cut(&east);
    world.erase(&[person.subject()]);
    world.exchange(&carrier);
    world.carries_a_card(&carrier, &north);
    world.exchange(&north);
    world.exchange(&world.laptop());
    assert_eq!(world.team_of(world.person("Bolat"), &world.laptop()), Some("T1".to_owned()));
    world.read_on(&north);
    assert_eq!(world.read_on(&north).sent, 0, "nothing is offered again that home has");
}
