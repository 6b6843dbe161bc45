//! Old copies come back: of home's disk, and of phones.

use sync_core::documents::rulings::Decision;
use sync_core::replica::Unconfirmed;
use tests::World;
use tests::world::{Fate, Someone};

#[test]
fn home_restored_from_yesterdays_copy_gets_back_from_the_phones_what_it_lost() {
    let mut world = World::seeded(1);
    let [north, harbour] = world.phones(["north", "harbour"]);
    let [east] = world.leads(["east"]);
    let copy = world.copy_home();
    world.check_in(&north, world.person("Aida"));
    world.litter(&harbour, 4);
    world.assign_team(&east, world.person("Bolat"), "T1");
    world.settle();
    world.restore_home(&copy);
    let exchanged = world.exchange(&north);
    assert!(exchanged.home_was_restored);
    world.settle();
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
    assert_eq!(world.replica(&north).unconfirmed(), Unconfirmed::default());
}

#[test]
fn what_a_lost_phone_recorded_comes_back_to_a_restored_home_from_whoever_carried_it() {
    let mut world = World::seeded(2);
    let [north, harbour] = world.phones(["north", "harbour"]);
    let copy = world.copy_home();
    world.litter(&north, 7);
    world.exchange(&north);
    world.exchange(&harbour);
    world.cut(&north);
    world.restore_home(&copy);
    world.exchange(&harbour);
    world.assert_nothing_recorded_is_lost();
}

#[test]
fn a_phone_that_was_let_in_after_the_copy_joins_again_and_loses_nothing() {
    let mut world = World::seeded(5);
    let copy = world.copy_home();
    let [north] = world.phones(["north"]);
    world.litter(&north, 7);
    world.exchange(&north);
    world.restore_home(&copy);
    assert!(world.try_exchange(&north).is_err());
    let invite = world.invite(sync_core::trust::Role::Marker);
    world.joins_again(&north, &invite);
    world.settle();
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn a_restored_phone_starts_a_new_incarnation_and_gets_back_what_home_has_of_it() {
    let mut world = World::seeded(6);
    let [north] = world.phones(["north"]);
    world.check_in(&north, world.person("Aida"));
    world.exchange(&north);
    let backup = world.back_up(&north);
    world.check_in(&north, world.person("Bolat"));
    world.exchange(&north);
    world.check_in(&north, world.person("Dauren"));
    world.restore(&north, &backup);
    assert_eq!(world.recorded_by(&north, &north).len(), 1);
    world.check_in(&north, world.person("Yerlan"));
    world.settle();
    assert_eq!(world.recorded_by(&north, &north).len(), 3, "Dauren's check-in was on the old phone alone");
    assert_eq!(world.logs_of(&north, &world.laptop()), 2);
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn what_a_backup_held_unsealed_is_performed_in_the_new_incarnation() {
    let mut world = World::seeded(7);
    let [north] = world.phones(["north"]);
    let mistake = world.check_in(&north, world.person("Aida"));
    world.undo(&north, mistake);
    world.check_in(&north, world.person("Bolat"));
    let backup = world.back_up(&north);
    world.restore(&north, &backup);
    world.settle();
    assert_eq!(world.recorded_by(&north, &world.laptop()).len(), 3);
    assert_eq!(world.view(&world.laptop()).totals.attended, 1);
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn what_a_backup_held_unsealed_and_home_has_already_counts_once_and_what_was_undone_stays_undone() {
    let mut world = World::seeded(19);
    let [north] = world.phones(["north"]);
    world.litter(&north, 40);
    let mistake = world.check_in(&north, world.person("Aida"));
    let backup = world.back_up(&north);
    world.exchange(&north);
    world.undo(&north, mistake);
    world.exchange(&north);
    world.restore(&north, &backup);
    world.exchange(&north);
    world.settle();
    for phone in world.everyone() {
        let view = world.view(&phone);
        assert_eq!((view.totals.figures.bags, view.totals.attended), (40, 0), "as {} shows it", world.name(&phone));
    }
    assert_eq!(world.replica(&north).unconfirmed(), Unconfirmed::default());
    world.assert_same_view_everywhere();
}

#[test]
fn a_lead_who_becomes_a_marker_is_told_what_could_not_be_performed_and_loses_nothing_else() {
    let mut world = World::seeded(10);
    let [east] = world.leads(["east"]);
    world.assign_team(&east, world.person("Aida"), "T1");
    world.next_page(&east, Fate::IsLost);
    assert!(world.try_exchange(&east).is_err(), "the edit is sealed and did not arrive");
    let invite = world.invite(sync_core::trust::Role::Marker);
    world.joins_again(&east, &invite);
    let exchanged = world.exchange(&east);
    assert_eq!(exchanged.refused, ["not_your_role"]);
    world.litter(&east, 7);
    world.exchange(&east);
    assert_eq!(world.replica(&east).unconfirmed().parked, 1);
    world.settle();
    assert_eq!(world.view(&world.laptop()).totals.figures.bags, 7);
    world.assert_same_view_everywhere();
}

#[test]
fn what_a_lead_did_without_a_network_waits_while_it_is_a_marker() {
    let mut world = World::seeded(15);
    let [east] = world.leads(["east"]);
    world.assign_team(&east, world.person("Aida"), "T1");
    let narrower = world.invite(sync_core::trust::Role::Marker);
    world.joins_again(&east, &narrower);
    world.exchange(&east);
    let drafts: Vec<Option<String>> =
        world.replica(&east).drafts().map(|draft| draft.state.refused().map(str::to_owned)).collect();
    assert!(drafts.contains(&Some("not_your_role".to_owned())), "{drafts:?}");
    world.crash(&east);
    let invite = world.invite(sync_core::trust::Role::Lead);
    world.joins_again(&east, &invite);
    world.exchange(&east);
    world.exchange(&east);
    assert_eq!(world.replica(&east).unconfirmed(), Unconfirmed::default());
    world.settle();
    assert_eq!(world.team_of(world.person("Aida"), &world.laptop()), Some("T1".to_owned()));
    world.assert_same_view_everywhere();
}

#[test]
fn what_a_lead_wrote_before_becoming_a_marker_stays_also_for_who_reads_it_later() {
    let mut world = World::seeded(14);
    let [east] = world.leads(["east"]);
    let backup = world.back_up(&east);
    world.assign_team(&east, world.person("Aida"), "T1");
    world.next_page(&east, Fate::LosesItsAnswer);
    assert!(world.try_exchange(&east).is_err());
    let invite = world.invite(sync_core::trust::Role::Marker);
    world.joins_again(&east, &invite);
    assert!(world.exchange(&east).refused.is_empty(), "home had taken the edit");
    world.restore(&east, &backup);
    world.joins_again(&east, &invite);
    assert!(world.exchange(&east).rejected.is_empty());
    world.settle();
    world.assert_same_view_everywhere();
}

#[test]
fn a_phone_whose_disk_is_rolled_back_loses_nothing_that_it_records_afterwards() {
    let mut world = World::seeded(8);
    let [north] = world.phones(["north"]);
    let backup = world.back_up(&north);
    world.check_in(&north, world.person("Aida"));
    world.exchange(&north);
    world.roll_back_the_whole_disk(&north, &backup);
    world.check_in(&north, world.person("Bolat"));
    assert_eq!(world.exchange(&north).refused, ["equivocation"]);
    assert_eq!(world.replica(&north).unconfirmed().on_this_device, 0, "it was performed again at once");
    world.settle();
    assert_eq!(world.recorded_by(&north, &world.laptop()).len(), 2);
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn a_phone_whose_disk_is_rolled_back_again_and_again_loses_nothing_that_it_records_in_between() {
    let mut world = World::seeded(9);
    let [north] = world.phones(["north"]);
    let backup = world.back_up(&north);
    for name in ["Aida", "Bolat", "Dauren"] {
        world.check_in(&north, world.person(name));
        world.exchange(&north);
        world.exchange(&north);
        world.roll_back_the_whole_disk(&north, &backup);
    }
    world.settle();
    assert_eq!(world.recorded_by(&north, &world.laptop()).len(), 3);
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn a_phone_that_is_cloned_again_and_again_while_it_runs_loses_nothing() {
    let mut world = World::seeded(10);
    let [north] = world.phones(["north"]);
    for name in ["Aida", "Bolat", "Dauren"] {
        let twin = world.clone_phone(&north);
        for phone in [twin, north] {
            world.check_in(&phone, world.person(name));
            world.exchange(&phone);
        }
    }
    world.settle();
    assert_eq!(world.replica(&north).unconfirmed(), Unconfirmed::default());
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn a_phone_that_began_with_a_snapshot_keeps_what_the_restored_home_lost() {
    let mut world = World::seeded(4);
    let [north] = world.phones(["north"]);
    let harbour = world.newcomer("harbour");
    world.writes_a_snapshot_now();
    let copy = world.copy_home();
    world.litter(&north, 7);
    world.exchange(&north);
    world.writes_a_snapshot_now();
    world.exchange(&harbour);
    world.exchange(&north);
    world.exchange(&harbour);
    world.restore_home(&copy);
    world.exchange(&harbour);
    world.crash(&harbour);
    assert_eq!(world.view(&harbour).totals.figures.bags, 7);
    world.check_in(&harbour, world.person("Bolat"));
    world.exchange(&harbour);
    world.settle();
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn a_phone_that_had_not_read_on_since_the_copy_gives_back_what_the_restored_home_lost() {
    let mut world = World::seeded(3);
    let [north, harbour] = world.phones(["north", "harbour"]);
    for _ in 0..4 {
        world.check_in(&harbour, world.person("Bolat"));
        world.exchange(&harbour);
    }
    world.cut_after_pages(&north, 1);
    world.narrow(&north, 1);
    let copy = world.copy_home();
    world.litter(&north, 7);
    assert!(world.try_exchange(&north).is_err(), "the link broke off while it was reading");
    world.restore_home(&copy);
    world.heal();
    world.settle();
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn what_a_lost_lead_edited_comes_back_from_a_phone_that_knows_of_the_lead_through_a_snapshot_alone() {
    let mut world = World::seeded(11);
    let harbour = world.newcomer("harbour");
    let copy = world.copy_home();
    let [east] = world.leads(["east"]);
    world.writes_a_snapshot_now();
    world.exchange(&harbour);
    world.assign_team(&east, world.person("Aida"), "T1");
    world.read_on(&east);
    world.exchange(&harbour);
    world.cut(&east);
    world.restore_home(&copy);
    let refused = world.exchange(&harbour).refused;
    assert!(refused.is_empty(), "home lost the lead's grant, too: {refused:?}");
    world.assert_nothing_recorded_is_lost();
}

#[test]
fn a_clone_is_told_that_what_it_holds_is_at_home_even_when_home_has_more_of_the_other() {
    let mut world = World::seeded(12);
    let [north] = world.phones(["north"]);
    world.check_in(&north, world.person("Aida"));
    world.next_page(&north, Fate::LosesItsAnswer);
    assert!(world.try_exchange(&north).is_err());
    let twin = world.clone_phone(&north);
    world.check_in(&north, world.person("Bolat"));
    world.exchange(&north);
    world.exchange(&twin);
    world.settle();
    assert_eq!(world.replica(&twin).unconfirmed(), Unconfirmed::default());
    world.assert_same_view_everywhere();
}

#[test]
fn a_restored_phone_is_told_that_what_it_holds_is_at_home_before_it_has_read_the_rest() {
    let mut world = World::seeded(13);
    let [north] = world.phones(["north"]);
    world.check_in(&north, world.person("Aida"));
    world.next_page(&north, Fate::LosesItsAnswer);
    assert!(world.try_exchange(&north).is_err());
    let backup = world.back_up(&north);
    world.check_in(&north, world.person("Bolat"));
    world.exchange(&north);
    world.restore(&north, &backup);
    world.narrow(&north, 1);
    world.exchange(&north);
    assert_eq!(world.replica(&north).unconfirmed(), Unconfirmed::default());
    world.settle();
    world.assert_same_view_everywhere();
}

#[test]
fn what_a_clone_ruled_under_the_common_name_reaches_the_other() {
    let mut world = World::seeded(14);
    let [office] = world.organizers(["office"]);
    let twin = world.clone_phone(&office);
    world.exchange(&office);
    let [aida, bolat] = [world.person("Aida").subject(), world.person("Bolat").subject()];
    world.rule(&twin, Decision::Same(aida, bolat));
    world.exchange(&twin);
    world.settle();
    assert_eq!(world.view(&office).class_of(bolat), world.view(&twin).class_of(bolat));
    world.assert_same_view_everywhere();
}

#[test]
fn a_home_that_forgot_a_revocation_is_told_by_whoever_comes_first_and_obeys_at_once() {
    let mut world = World::seeded(20);
    let [north, harbour, pier] = world.phones(["north", "harbour", "pier"]);
    world.litter(&north, 1);
    world.exchange(&north);
    let copy = world.copy_home();
    world.revoke(&north, "hold");
    world.exchange(&harbour);
    world.restore_home(&copy);
    world.exchange(&pier);
    assert!(world.console_shows(&north).revoked_ms.is_none(), "who was not told cannot tell");
    world.exchange(&harbour);
    let shown = world.console_shows(&north);
    assert_eq!((shown.revoked_ms.is_some(), shown.later.as_deref()), (true, Some("hold")));
    world.litter(&north, 10);
    let exchanged = world.exchange(&north);
    assert!(exchanged.dismissal.is_some() && exchanged.held == 1 && exchanged.received == 0, "{exchanged:?}");
    world.crash_home();
    assert!(world.console_shows(&north).revoked_ms.is_some());
    world.exchange(&pier);
    assert_eq!(world.view(&pier).totals.figures.bags, 1, "what came before the revocation stays");
    let acts: Vec<String> = world.audit().into_iter().map(|entry| entry.act).collect();
    assert!(acts.iter().any(|act| act.contains("device_recalled") && act.contains("true")), "{acts:?}");
}

#[test]
fn a_phone_takes_nothing_new_of_a_revoked_device_but_from_home_and_tells_it_nothing() {
    let mut world = World::seeded(21);
    let [north, harbour, pier] = world.phones(["north", "harbour", "pier"]);
    world.litter(&north, 1);
    world.exchange(&north);
    world.meets(&pier, &north);
    world.litter(&north, 10);
    world.meets(&pier, &north);
    world.revoke(&north, "hold");
    world.exchange(&harbour);
    world.meets(&harbour, &pier);
    assert_eq!(world.view(&pier).totals.figures.bags, 11, "it does not know yet");
    assert_eq!(world.view(&harbour).totals.figures.bags, 1);
    world.exchange(&pier);
    world.release_all();
    world.exchange(&harbour);
    assert_eq!(world.view(&harbour).totals.figures.bags, 11, "home let it in");
    let key = world.keys_of(&north);
    let grant = world.replica(&harbour).ledger().signed_grant(world.device(&north)).unwrap().clone();
    let impostor = tests::world::Impostor { key, grant };
    assert_eq!(world.is_asked_by(&harbour, &impostor, |_| {}), None);
}

#[test]
fn a_home_that_forgot_a_device_knows_it_again_when_another_gives_back_its_grant() {
    let mut world = World::seeded(22);
    let [harbour] = world.phones(["harbour"]);
    let copy = world.copy_home();
    let [north] = world.phones(["north"]);
    world.litter(&north, 7);
    world.exchange(&north);
    world.exchange(&harbour);
    world.restore_home(&copy);
    assert!(world.try_exchange(&north).is_err());
    world.exchange(&harbour);
    world.exchange(&north);
    world.settle();
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}
