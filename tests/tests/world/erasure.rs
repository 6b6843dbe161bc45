//! Whoever asks for it is erased; what they did still counts.

use jiff::civil::Date;
use std::cell::RefCell;
use std::rc::Rc;

use sync_core::command::{Command, CommandError};
use sync_core::documents::event::EventEdit;
use sync_core::documents::log::Incident;
use sync_core::documents::roster::{Person, PersonEdit, PersonField, PersonName};
use sync_core::documents::rulings::Decision;
use sync_core::ids::{PersonId, Subject};
use sync_core::view::EventView;
use tests::World;
use tests::world::{Phone, Someone};

pub(super) const NAME: &str = "Qyzylgül Änuarbekova";

/// What a view says of everybody's time, without who they are.
pub(super) fn hours(view: &EventView) -> Vec<(Subject, Date, [u64; 4])> {
    let days = view.days.iter();
    days.map(|day| (day.class, day.date, [day.observed_ms, day.imputed_ms, day.manual_ms, day.verified_ms])).collect()
}

/// Somebody who is on the roster and was registered at a gate too, and of whom much is said.
pub(super) fn a_well_known_person(world: &mut World, phone: &Phone) -> PersonId {
    let laptop = world.laptop();
    let person = world.add_person(&laptop, NAME);
    world.edit(&laptop, person, PersonEdit::Phone(Some("+7 701 555 44 33".to_owned())));
    world.edit(&laptop, person, PersonEdit::Organisation(Some("School 7".to_owned())));
    let names = vec![PersonName { family: NAME.to_owned(), ..PersonName::default() }];
    let said = Person { names, ..Person::default() };
    world.does(&laptop, Command::NoteListed(person, "front office".to_owned(), said));
    let walk_in = world.walk_in(phone, NAME);
    world.check_in(phone, walk_in);
    world.wait_minutes(90);
    world.check_out(phone, walk_in);
    let text = format!("{NAME} cut her hand");
    let incident = Incident { site: "north".to_owned(), text, subject: Some(Subject::WalkIn(walk_in)) };
    world.does(phone, Command::ReportIncident(incident));
    world.settle();
    world.rule(&laptop, Decision::Same(person.subject(), walk_in.subject()));
    world.settle();
    person
}

#[test]
fn no_file_holds_the_name_of_who_was_erased_and_their_hours_stay() {
    let mut world = World::seeded(1);
    let [north, harbour] = world.phones(["north", "harbour"]);
    let person = a_well_known_person(&mut world, &north);
    world.check_in(&harbour, world.person("Aida"));
    world.settle();
    let before = world.view(&world.laptop());
    assert!(!world.files_at_home_with(NAME).is_empty() && !world.files_of_phone_with(&north, NAME).is_empty());
    assert_eq!(world.erase(&[person.subject()]), 1);
    for said in [NAME, "555 44 33", "cut her hand"] {
        assert_eq!(world.files_at_home_with(said), Vec::<std::path::PathBuf>::new(), "{said}");
    }
    world.settle();
    for phone in world.everyone() {
        for said in [NAME, "555 44 33", "cut her hand"] {
            assert_eq!(world.files_of_phone_with(&phone, said), Vec::<std::path::PathBuf>::new(), "{said}");
        }
    }
    assert_eq!(hours(&world.view(&north)), hours(&before));
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
    let record = world.audit();
    let erased = record.iter().filter(|entry| entry.act.contains("erased")).map(|entry| entry.act.as_str());
    let expected = format!(r#"{{"act":"erased","event":"{}","people":1}}"#, world.event());
    assert_eq!(erased.collect::<Vec<_>>(), [expected], "it says that it was done, not to whom");
}

#[test]
fn what_was_done_far_away_meanwhile_is_not_lost() {
    let mut world = World::seeded(2);
    let [north] = world.phones(["north"]);
    let [east] = world.leads(["east"]);
    let person = a_well_known_person(&mut world, &north);
    world.assign_team(&east, world.person("Bolat"), "T1");
    let added = world.add_person(&east, "Marat");
    let gone = world.check_in(&north, person);
    world.litter(&north, 3);
    world.erase(&[person.subject()]);
    world.exchange(&world.laptop());
    assert_eq!(world.attempt(&world.laptop(), edit_of(person)), Err(CommandError::Erased(person)));
    world.settle();
    assert_eq!(world.team_of(world.person("Bolat"), &north), Some("T1".to_owned()));
    let roster = world.replica(&north).shown().roster;
    assert_eq!(roster.people[&added].added[0].by, world.device(&east));
    assert_eq!(world.replica(&world.laptop()).record_at(&gone).map(|_| ()), Some(()));
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

fn edit_of(person: PersonId) -> Command {
    Command::EditPerson(person, PersonEdit::Phone(Some("+7 777 000 11 22".to_owned())))
}

#[test]
fn an_edit_that_comes_late_does_not_bring_anybody_back() {
    let mut world = World::seeded(3);
    let [north] = world.phones(["north"]);
    let [east] = world.leads(["east"]);
    let person = a_well_known_person(&mut world, &north);
    world.does(&east, edit_of(person));
    world.assign_team(&east, world.person("Aida"), "T2");
    world.erase(&[person.subject()]);
    world.settle();
    assert_eq!(world.files_at_home_with("777 000 11 22"), Vec::<std::path::PathBuf>::new());
    assert_eq!(world.files_of_phone_with(&east, "777 000 11 22"), Vec::<std::path::PathBuf>::new());
    assert_eq!(world.team_of(world.person("Aida"), &world.laptop()), Some("T2".to_owned()));
    world.assert_same_view_everywhere();
}

#[test]
fn whoever_disagreed_still_does_and_who_comes_late_joins_them() {
    let mut world = World::seeded(4);
    let [north] = world.phones(["north"]);
    let [east, west, south] = world.leads(["east", "west", "south"]);
    let person = a_well_known_person(&mut world, &north);
    let aida = world.person("Aida");
    world.assign_team(&east, aida, "T1");
    world.assign_team(&west, aida, "T2");
    world.assign_team(&south, aida, "T3");
    world.exchange(&east);
    world.exchange(&west);
    world.exchange(&world.laptop());
    let shown = world.team_of(aida, &world.laptop());
    world.erase(&[person.subject()]);
    world.exchange(&world.laptop());
    assert_eq!(world.team_of(aida, &world.laptop()), shown, "another of the two would be shown");
    world.settle();
    let roster = world.replica(&world.laptop()).shown().roster;
    let mut values = roster.people[&aida].values(PersonField::Team);
    values.sort_by_key(|value| value.value.to_string());
    let said: Vec<_> = values.iter().map(|value| (value.value.to_string(), value.by)).collect();
    let expected = [("T1", &east), ("T2", &west), ("T3", &south)];
    assert_eq!(said, expected.map(|(team, lead)| (team.to_owned(), world.device(lead))));
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn who_edited_what_they_had_seen_replaces_it_however_late_they_come() {
    let mut world = World::seeded(5);
    let [north] = world.phones(["north"]);
    let [east, west] = world.leads(["east", "west"]);
    let person = a_well_known_person(&mut world, &north);
    let aida = world.person("Aida");
    world.assign_team(&east, aida, "T1");
    world.settle();
    world.assign_team(&west, aida, "T2");
    world.erase(&[person.subject()]);
    world.settle();
    let roster = world.replica(&world.laptop()).shown().roster;
    let values = roster.people[&aida].values(PersonField::Team);
    assert_eq!(values.len(), 1);
    assert_eq!((values[0].value.to_string(), values[0].by), ("T2".to_owned(), world.device(&west)));
    world.assert_same_view_everywhere();
}

#[test]
fn erasing_again_and_again_loses_nothing() {
    let mut world = World::seeded(6);
    let [north] = world.phones(["north"]);
    let [east] = world.leads(["east"]);
    let person = a_well_known_person(&mut world, &north);
    world.assign_team(&east, world.person("Bolat"), "T1");
    world.check_in(&north, world.person("Bolat"));
    assert_eq!(world.erase(&[person.subject()]), 1);
    assert_eq!(world.erase(&[person.subject()]), 1, "repeating it is harmless");
    world.exchange(&world.laptop());
    world.assign_team(&world.laptop(), world.person("Gulnara"), "T4");
    assert_eq!(world.erase(&[world.person("Zhanar").subject(), world.person("Dauren").subject()]), 2);
    world.crash_home();
    world.settle();
    assert_eq!(world.team_of(world.person("Bolat"), &north), Some("T1".to_owned()));
    assert_eq!(world.files_at_home_with("Zhanar"), Vec::<std::path::PathBuf>::new());
    assert_eq!(world.files_of_phone_with(&east, "Dauren"), Vec::<std::path::PathBuf>::new());
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn a_phone_that_reads_one_site_alone_moves_over_too() {
    let mut world = World::seeded(7);
    let [gate, pier] = [world.phones_at("north", ["gate"]), world.phones_at("harbour", ["pier"])].map(|[phone]| phone);
    let person = a_well_known_person(&mut world, &gate);
    world.check_in(&pier, world.person("Aida"));
    world.check_in(&gate, world.person("Bolat"));
    world.erase(&[person.subject()]);
    world.settle();
    assert_eq!(world.files_of_phone_with(&gate, NAME), Vec::<std::path::PathBuf>::new());
    assert_eq!(world.recorded_by(&pier, &gate), Vec::new(), "the gate does not read the pier");
    assert_eq!(world.recorded_by(&gate, &gate), world.recorded_by(&gate, &world.laptop()));
    assert!(world.recorded_by(&pier, &pier).len() == 1 && world.recorded_by(&gate, &gate).len() > 3);
    world.check_in(&pier, world.person("Gulnara"));
    world.settle();
    world.assert_nothing_recorded_is_lost();
}

#[test]
fn a_line_that_breaks_while_a_phone_moves_over_costs_nothing() {
    let mut world = World::seeded(8);
    let [north] = world.phones(["north"]);
    let [east] = world.leads(["east"]);
    let person = a_well_known_person(&mut world, &north);
    world.assign_team(&east, world.person("Bolat"), "T1");
    world.erase(&[person.subject()]);
    for phone in [&north, &east] {
        world.narrow(phone, 400);
        for _ in 0..6 {
            world.litter(phone, 1);
            world.cut_after_pages(phone, 3);
            world.try_exchange(phone).ok();
            world.heal();
            world.crash(phone);
        }
    }
    world.settle();
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn what_waits_for_a_decision_must_be_decided_first() {
    let mut world = World::seeded(9);
    let [north] = world.phones(["north"]);
    let [east] = world.leads(["east"]);
    let person = a_well_known_person(&mut world, &north);
    world.revoke(&east, "hold");
    world.does(&east, edit_of(person));
    world.assign_team(&east, world.person("Bolat"), "T1");
    world.exchange(&east);
    assert!(world.try_to_erase(&[person.subject()]).is_err(), "its name would stay in the quarantine");
    world.discard_all();
    world.erase(&[person.subject()]);
    assert_eq!(world.files_at_home_with("777 000 11 22"), Vec::<std::path::PathBuf>::new());
}

#[test]
fn what_is_released_after_an_erasure_is_written_down_as_it_was_meant() {
    let mut world = World::seeded(11);
    let [north] = world.phones(["north"]);
    let [east] = world.leads(["east"]);
    let person = a_well_known_person(&mut world, &north);
    world.revoke(&east, "hold");
    world.assign_team(&east, world.person("Bolat"), "T1");
    world.exchange(&east);
    world.erase(&[person.subject()]);
    let outcomes = world.release_all();
    assert!(outcomes.iter().all(|outcome| outcome.code.is_none()), "{outcomes:?}");
    world.exchange(&world.laptop());
    assert_eq!(world.team_of(world.person("Bolat"), &world.laptop()), Some("T1".to_owned()));
}

#[test]
fn a_phone_that_moved_over_and_one_that_did_not_still_carry_for_each_other() {
    let mut world = World::seeded(12);
    let [north, harbour] = world.phones(["north", "harbour"]);
    let [east] = world.leads(["east"]);
    let person = a_well_known_person(&mut world, &north);
    world.erase(&[person.subject()]);
    world.exchange(&north);
    world.assign_team(&east, world.person("Bolat"), "T1");
    let seen = world.check_in(&east, world.person("Bolat"));
    let also = world.check_in(&north, world.person("Aida"));
    world.meets(&east, &north);
    world.meets(&north, &east);
    assert!(world.replica(&north).record_at(&seen).is_some() && world.replica(&east).record_at(&also).is_some());
    assert!(world.files_of_phone_with(&north, NAME).is_empty(), "nobody brings them back");
    world.cut(&east);
    world.exchange(&north);
    world.exchange(&harbour);
    assert!(world.replica(&harbour).record_at(&seen).is_some());
    world.heal();
    world.settle();
    assert_eq!(world.team_of(world.person("Bolat"), &harbour), Some("T1".to_owned()));
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn once_its_time_is_over_an_event_knows_nobody_and_still_counts_everybody() {
    let mut world = World::seeded(14);
    let [north, late] = world.phones(["north", "late"]);
    a_well_known_person(&mut world, &north);
    world.plans(EventEdit::RetentionDays(Some(30)));
    world.walk_in(&late, "Ospan Late");
    world.settle();
    world.walk_in(&late, "Serik Later");
    let before = hours(&world.view(&world.laptop()));
    world.wait_minutes(28 * 24 * 60);
    assert_eq!(world.home_looks_after_retention(), 0, "organizers are told a week before");
    assert_eq!(world.home_runs_hours(7 * 24 - 1), 0, "a week of running time is not over");
    assert_eq!(world.home_runs_hours(1), 1);
    assert_eq!(world.home_looks_after_retention(), 0);
    for name in ["Aida", "Zhanar", "Ospan", NAME] {
        assert_eq!(world.files_at_home_with(name), Vec::<std::path::PathBuf>::new(), "{name}");
    }
    world.settle();
    assert_eq!(world.home_looks_after_retention(), 0, "a phone came back with somebody, and organizers are told");
    assert_eq!(world.home_runs_hours(7 * 24), 1);
    world.settle();
    for phone in world.everyone() {
        for name in ["Aida", "Ospan", "Serik", NAME] {
            assert_eq!(world.files_of_phone_with(&phone, name), Vec::<std::path::PathBuf>::new(), "{name}");
        }
    }
    assert_eq!(hours(&world.view(&world.laptop())), before);
    world.assert_same_view_everywhere();
}

#[test]
fn what_a_phone_says_only_now_of_who_was_erased_does_not_stay() {
    let mut world = World::seeded(15);
    let [north, harbour] = world.phones(["north", "harbour"]);
    let person = a_well_known_person(&mut world, &north);
    let text = "she is allergic to wasps".to_owned();
    let incident = Incident { site: "north".to_owned(), text, subject: Some(person.subject()) };
    world.does(&harbour, Command::ReportIncident(incident));
    world.erase(&[person.subject()]);
    world.settle();
    assert_eq!(world.home_looks_after_retention(), 1);
    assert_eq!(world.files_at_home_with("wasps"), Vec::<std::path::PathBuf>::new());
    world.settle();
    assert_eq!(world.files_of_phone_with(&harbour, "wasps"), Vec::<std::path::PathBuf>::new());
    assert_eq!(world.home_looks_after_retention(), 0);
    world.assert_same_view_everywhere();
}

#[test]
fn nobody_is_erased_whom_nobody_knows() {
    let mut world = World::seeded(10);
    let stranger = Subject::Person(PersonId::from_entropy(7));
    assert!(world.try_to_erase(&[stranger]).is_err());
    assert!(world.try_to_erase(&[]).is_err());
}

#[test]
fn nobody_on_the_way_can_bring_back_who_was_erased() {
    let mut world = World::seeded(16);
    let [north] = world.phones(["north"]);
    let person = a_well_known_person(&mut world, &north);
    world.writes_a_snapshot_now();
    let newcomer = world.newcomer("newcomer");
    let recorded = Rc::new(RefCell::new(None));
    let record = Rc::clone(&recorded);
    world.on_the_way_back(&newcomer, move |response| {
        if let Some(part) = &response.snapshot {
            record.borrow_mut().get_or_insert_with(|| part.clone());
        }
    });
    world.exchange(&newcomer);
    let before = recorded.borrow().clone().expect("the newcomer began with a snapshot");
    world.heal();
    world.erase(&[person.subject()]);
    world.settle();
    let mut pages = 0;
    world.on_the_way_back(&north, move |response| {
        pages += 1;
        response.begins = pages == 1;
        if pages == 2 {
            response.items.clear();
            response.snapshot = Some(before.clone());
        }
    });
    let refused = world.try_exchange(&north).unwrap_err().to_string();
    assert!(refused.contains("before the last erasure"), "{refused}");
    assert_eq!(world.files_of_phone_with(&north, NAME), Vec::<std::path::PathBuf>::new());
    world.heal();
    world.settle();
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn after_an_erasure_whoever_moves_to_a_site_is_read_there_with_what_they_recorded_before() {
    let mut world = World::seeded(40);
    let [gate, pier] = world.phones_at("north", ["gate", "pier"]);
    let [wanderer] = world.phones_at("harbour", ["wanderer"]);
    world.litter(&wanderer, 10);
    world.settle();
    let person = world.person("Aida");
    world.erase(&[person.subject()]);
    world.settle();
    let bags = |world: &World, phone: &Phone| world.view(phone).totals.figures.bags;
    assert_eq!([bags(&world, &gate), bags(&world, &wanderer)], [0, 10]);

    let invite = world.invite_to(Some("north"), None);
    world.joins_again(&wanderer, &invite);
    world.litter(&wanderer, 1);
    world.settle();
    assert_eq!([bags(&world, &gate), bags(&world, &pier), bags(&world, &wanderer)], [11; 3]);
    world.assert_nothing_recorded_is_lost();
}
