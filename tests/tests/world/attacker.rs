//! An attacker among the devices: whatever they say, everybody's rights are those that organizers gave.

use tests::world::{ATTACKS, Attack, Intrigue};

#[test]
fn no_attack_gives_anybody_more_than_organizers_gave_nor_leaves_anybody_less() {
    for seed in 1..=6 {
        let mut intrigue = Intrigue::seeded(seed);
        for round in 0..30 {
            intrigue.goes_on();
            intrigue.assert_rights_are_as_given(&format!("seed {seed}, round {round}"));
            let at = usize::try_from(intrigue.world.chance().below(ATTACKS.len() as u64)).unwrap();
            intrigue.is_attacked(ATTACKS[at]);
            intrigue.assert_rights_are_as_given(&format!("seed {seed}, round {round}, {:?}", ATTACKS[at]));
        }
        intrigue.world.crash_home();
        intrigue.assert_rights_are_as_given(&format!("seed {seed}, after a restart"));
        intrigue.assert_home_acts_as_it_says();
    }
}

#[test]
fn each_attack_is_answered_and_what_it_is_refused_for_is_known() {
    let mut intrigue = Intrigue::seeded(7);
    for attack in ATTACKS {
        for _ in 0..3 {
            intrigue.goes_on();
            intrigue.is_attacked(attack);
            intrigue.assert_rights_are_as_given(&format!("{attack:?}"));
        }
    }
    for code in ["unproven_key", "bad_proof", "not_your_role", "revoked"] {
        assert!(intrigue.refusals.contains_key(code), "{code}: {:?}", intrigue.refusals);
    }
}

#[test]
fn of_a_revocation_and_everything_that_might_undo_it_at_the_same_moment_the_revocation_stays() {
    for seed in 20..30 {
        let mut intrigue = Intrigue::seeded(seed);
        (0..6).for_each(|_| intrigue.goes_on());
        for _ in 0..4 {
            intrigue.is_attacked(Attack::Races);
            intrigue.assert_rights_are_as_given(&format!("seed {seed}"));
        }
        intrigue.world.crash_home();
        intrigue.assert_rights_are_as_given(&format!("seed {seed}, after a restart"));
    }
}
