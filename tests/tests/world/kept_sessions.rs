//! Apps that keep their session from one exchange to the next, while home dies at any moment: an exchange that succeeds leaves
//! nothing unconfirmed.

use sync_core::replica::Unconfirmed;
use tests::World;
use tests::world::Fate;

use crate::convergence::seeds;
use crate::power_cuts::card;

const FATES: [Fate; 7] = [
    Fate::Arrives,
    Fate::Arrives,
    Fate::IsLost,
    Fate::LosesItsAnswer,
    Fate::FindsHomeDead,
    Fate::KillsHome,
    Fate::KillsHomeBeforeItKeeps,
];

#[test]
fn an_exchange_that_succeeds_leaves_nothing_unconfirmed_whatever_broke_before_it() {
    for seed in seeds(0..3) {
        let mut world = World::in_memory(seed);
        world.keep_sessions();
        world.home_writes_snapshots_every(20);
        let phones = world.phones(["north", "south", "lead"]);
        let mut succeeded = 0;
        for bags in 1..80 {
            let phone = world.chance().pick(&phones);
            for more in 0..world.chance().below(4) {
                world.does(&phone, card(u32::try_from(bags * 10 + more).unwrap()));
            }
            let fate = world.chance().pick(&FATES);
            world.next_page(&phone, fate);
            if world.chance().one_in(8) {
                world.crash(&phone);
            }
            if world.chance().one_in(8) {
                world.crash_home();
            }
            if world.try_exchange(&phone).is_ok() {
                succeeded += 1;
                let open = world.replica(&phone).unconfirmed();
                assert_eq!(open, Unconfirmed::default(), "seed {seed}, after {succeeded} exchanges");
            }
        }
        assert!(succeeded > 10, "seed {seed}: only {succeeded} exchanges succeeded");
        world.heal();
        world.settle();
        world.assert_nothing_recorded_is_lost();
        world.assert_same_view_everywhere();
    }
}
