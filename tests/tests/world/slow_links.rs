//! Links on which hardly anything gets through: what was recorded comes home, and what is at home reaches the phone.

use sync_core::command::Command;
use sync_core::documents::log::Incident;
use tests::World;
use tests::world::{Phone, Radio};

/// 2,400 bits in a second, every fifth packet lost, and five minutes at a time.
const SHORTWAVE: Radio = Radio { bytes_a_second: 300, lost_in_hundred: 20, up_for_ms: 300_000 };

/// Exchanges until one comes to its end. Returns how often the link broke before.
fn exchanges_at_last(world: &mut World, phone: &Phone, patience: usize) -> usize {
    for broke in 0..patience {
        if world.try_exchange(phone).is_ok() {
            return broke;
        }
    }
    panic!("the link broke {patience} times");
}

/// Brings home what nobody can shorten: incidents with a text drawn at random, ten in each exchange.
fn reports(world: &mut World, phone: &Phone, incidents: u64) {
    let mut state = 0x9e37_79b9_u64;
    for n in 0..incidents {
        if n % 10 == 0 {
            world.exchange(phone);
        }
        let letters = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'a' + u8::try_from((state >> 33) % 26).unwrap())
        });
        let incident = Incident { site: "north".to_owned(), text: letters.take(400).collect(), subject: None };
        world.does(phone, Command::ReportIncident(incident));
    }
    world.exchange(phone);
}

#[test]
fn three_hundred_and_fifty_records_come_home_over_shortwave_with_every_fifth_packet_lost() {
    let mut world = World::seeded(1);
    let [gate] = world.phones(["gate"]);
    world.goes_by_radio(&gate, SHORTWAVE);
    for bags in 0..350 {
        world.litter(&gate, bags % 9 + 1);
    }
    exchanges_at_last(&mut world, &gate, 12);
    assert_eq!(world.replica(&gate).unconfirmed(), sync_core::replica::Unconfirmed::default());
    world.heal();
    world.settle();
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn a_page_that_does_not_get_through_becomes_shorter_until_it_does_and_stays_so_for_the_next_exchange() {
    let mut world = World::seeded(2);
    let [busy, far] = world.phones(["busy", "far"]);
    reports(&mut world, &busy, 700);
    world.goes_by_radio(&far, SHORTWAVE);
    let home = world.replica(&far).home();
    let whole = world.replica(&far).page_size(home);
    let broke = exchanges_at_last(&mut world, &far, 30);
    assert!(broke >= 2, "more is at home than one page of this link holds, or this shows nothing: {broke}");
    assert!(world.replica(&far).page_size(home) < whole);

    // The phone is switched off and on again, and there is as much news once more.
    world.crash(&far);
    let learnt = world.replica(&far).page_size(home);
    assert!(learnt < whole);
    reports(&mut world, &busy, 350);
    let broke_again = exchanges_at_last(&mut world, &far, 30);
    assert!(broke_again < broke, "what was learnt of the link is remembered: {broke_again} of {broke}");

    world.heal();
    for _ in 0..12 {
        world.exchange(&far);
    }
    assert!(world.replica(&far).page_size(home) > learnt, "on a better link pages grow again");
    world.settle();
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}
