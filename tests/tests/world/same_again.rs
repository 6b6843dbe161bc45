//! The same seed gives the same world again, home's server with its store included.

use sync_core::exchange::Item;
use tests::turmoil::{Disaster, Turmoil};

/// What is left of a world after much happened: what home keeps and has noted, and what every device shows.
fn left_of(disaster: Disaster, seed: u64) -> (Vec<Item>, String, Vec<[String; 5]>) {
    let mut turmoil = Turmoil::seeded(seed, disaster);
    turmoil.rages(60);
    let world = turmoil.calms_down();
    let shown = world.everyone().iter().map(|phone| world.everything_shown(phone)).collect();
    (world.everything_at_home(), format!("{:?}", world.audit()), shown)
}

#[test]
fn a_seed_replays_a_whole_world_to_the_byte() {
    use Disaster::{Erasures, None, OldCopies, Twins, Upheaval};
    for (seed, disaster) in (0..).zip([None, OldCopies, Erasures, Twins, Upheaval]) {
        let [once, again] = [(); 2].map(|()| left_of(disaster, seed));
        assert!(once.0.len() > 20, "too little happened: {} items", once.0.len());
        assert!(once == again, "the world of seed {seed} with {disaster:?} was another one the second time");
    }
}
