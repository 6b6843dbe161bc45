//! Leads and organizers who edit the same, without having heard of each other.

use sync_core::command::{Command, CommandError};
use sync_core::documents::roster::{PersonEdit, PersonField};
use sync_core::documents::rulings::{Decision, Ruling};
use sync_core::ids::RulingId;
use sync_core::replica::Unconfirmed;
use sync_core::trust::Role;
use tests::World;
use tests::world::{Phone, Someone};

/// More authors than a change can name among what it builds on.
const CROWD: usize = 300;

/// A crowd of leads, each of whom has read what there was before them.
fn crowd(world: &mut World) -> Vec<Phone> {
    let joined = (0..CROWD).map(|n| {
        let invite = world.invite(Role::Lead);
        let lead = world.join(&format!("lead {n}"), &invite);
        world.read_on(&lead);
        lead
    });
    joined.collect()
}

/// A change builds on no more than 256 others, so that one choice does not reach the whole crowd.
#[test]
fn a_lead_chooses_among_the_edits_of_a_crowd_in_two_steps_and_is_never_stuck() {
    let mut world = World::seeded(1);
    let aida = world.person("Aida");
    for (n, lead) in crowd(&mut world).into_iter().enumerate() {
        world.assign_team(&lead, aida, &format!("T{n}"));
        world.narrow(&lead, 0);
        world.exchange(&lead);
    }
    let [east] = world.leads(["east"]);
    let [conflict] = &world.view(&east).field_conflicts[..] else { panic!("one field is contested") };
    assert_eq!((conflict.person, conflict.field, conflict.values.len()), (aida, PersonField::Team, CROWD));
    for _ in 0..2 {
        world.assign_team(&east, aida, "chosen");
        world.exchange(&east);
        assert_eq!(world.replica(&east).unconfirmed(), Unconfirmed::default());
    }
    assert_eq!(world.view(&east).field_conflicts, []);
    world.exchange(&world.laptop());
    world.read_on(&east);
    assert!(world.everything_shown(&world.laptop()) == world.everything_shown(&east));
}

#[test]
fn whoever_comes_late_to_an_event_that_was_founded_anew_over_a_crowds_edits_replaces_what_they_had_seen() {
    let mut world = World::seeded(3);
    let (aida, bolat) = (world.person("Aida"), world.person("Bolat"));
    let [late] = world.leads(["late"]);
    world.assign_team(&late, bolat, "T1");
    world.exchange(&late);
    for (n, lead) in crowd(&mut world).into_iter().enumerate() {
        world.assign_team(&lead, aida, &format!("T{n}"));
        world.narrow(&lead, 0);
        world.exchange(&lead);
    }
    world.assign_team(&late, bolat, "T2");
    world.erase(&[world.person("Zhanar").subject()]);
    world.exchange(&late);
    assert_eq!(world.replica(&late).unconfirmed(), Unconfirmed::default());
    world.exchange(&world.laptop());
    let [conflict] = &world.view(&world.laptop()).field_conflicts[..] else { panic!("one field is contested") };
    assert_eq!((conflict.person, conflict.values.len()), (aida, CROWD));
    assert_eq!(world.team_of(bolat, &world.laptop()), Some("T2".to_owned()));
    world.read_on(&late);
    assert!(world.everything_shown(&world.laptop()) == world.everything_shown(&late));
}

#[test]
fn two_leads_who_edit_one_field_are_both_shown_until_someone_chooses() {
    let mut world = World::seeded(2);
    let [east, west] = world.leads(["east", "west"]);
    let aida = world.person("Aida");
    [east, west].iter().for_each(|lead| world.cut(lead));
    world.assign_team(&east, aida, "T1");
    let of_east = world.now();
    world.assign_team(&west, aida, "T2");
    let of_west = world.now();
    world.heal();
    world.settle();
    let [conflict] = &world.view(&east).field_conflicts[..] else { panic!("one field is contested") };
    assert_eq!((conflict.person, conflict.field), (aida, PersonField::Team));
    let mut values: Vec<_> = conflict.values.iter().map(|each| (each.text.as_str(), each.by, each.time.at)).collect();
    values.sort_unstable();
    assert_eq!(values, [("T1", world.device(&east), of_east), ("T2", world.device(&west), of_west)]);
    let shown = world.team_of(aida, &east);
    assert_eq!(shown.as_ref(), conflict.values.last().map(|last| &last.text));
    world.assert_same_view_everywhere();

    world.edit(&east, aida, conflict.values[0].value.clone());
    world.settle();
    assert_eq!(world.view(&west).field_conflicts, []);
    assert_eq!(world.team_of(aida, &west).as_ref(), Some(&conflict.values[0].text));
    world.assert_same_view_everywhere();
}

#[test]
fn edits_of_different_fields_do_not_contest_each_other() {
    let mut world = World::seeded(3);
    let [east, west] = world.leads(["east", "west"]);
    let aida = world.person("Aida");
    world.assign_team(&east, aida, "T1");
    world.edit(&west, aida, PersonEdit::Organisation(Some("Aral".to_owned())));
    world.settle();
    assert_eq!(world.view(&east).field_conflicts, []);
    assert_eq!(world.team_of(aida, &west).as_deref(), Some("T1"));
    world.assert_same_view_everywhere();
}

#[test]
fn an_edit_made_in_the_knowledge_of_another_replaces_it() {
    let mut world = World::seeded(4);
    let [east, west] = world.leads(["east", "west"]);
    let aida = world.person("Aida");
    world.assign_team(&east, aida, "T1");
    world.exchange(&east);
    world.exchange(&west);
    world.assign_team(&west, aida, "T2");
    world.settle();
    assert_eq!(world.view(&east).field_conflicts, []);
    assert_eq!(world.team_of(aida, &east).as_deref(), Some("T2"));
}

#[test]
fn two_organizers_who_rule_both_ways_are_both_shown_and_a_retraction_decides() {
    let mut world = World::seeded(5);
    let [office] = world.organizers(["office"]);
    let laptop = world.laptop();
    let [aida, bolat] = [world.person("Aida").subject(), world.person("Bolat").subject()];
    world.rule(&office, Decision::Same(aida, bolat));
    let parted = world.rule(&laptop, Decision::NotSame(bolat, aida));
    world.settle();
    assert_eq!(world.view(&office).ruling_conflicts.len(), 1);
    assert_ne!(world.view(&office).class_of(aida), world.view(&office).class_of(bolat));
    world.assert_same_view_everywhere();
    world.rule(&office, Decision::Retract(parted));
    world.settle();
    assert_eq!(world.view(&laptop).ruling_conflicts, []);
    assert_eq!(world.view(&laptop).class_of(aida), world.view(&laptop).class_of(bolat));
    world.assert_same_view_everywhere();
}

#[test]
fn an_entry_that_may_still_move_is_undone_and_not_voided() {
    let mut world = World::seeded(6);
    let [office, second] = world.organizers(["office", "second"]);
    let mistake = world.check_in(&office, world.person("Aida"));
    let decision = Decision::Void(mistake);
    let void = Command::Rule(RulingId([1; 8]), Ruling { decision, reason: String::new() });
    assert_eq!(world.attempt(&office, void), Err(CommandError::UndoInstead));
    world.undo(&office, mistake);
    let other = world.check_in(&office, world.person("Bolat"));
    world.settle();
    world.rule(&second, Decision::Void(other));
    world.settle();
    assert_eq!(world.view(&world.laptop()).totals.attended, 0);
    world.assert_same_view_everywhere();
}
