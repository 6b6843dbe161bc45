//! The organizers' desk: reports and their revisions, requests, conflicts of the event, children at the gate.

use sync_core::command::{Command, CommandError, accept_walk_in};
use sync_core::documents::event::{DayHours, EventEdit, Site};
use sync_core::documents::log::{GuardianConsent, Request};
use sync_core::documents::roster::PersonEdit;
use sync_core::documents::rulings::{Decision, RequestOutcome, Ruling};
use sync_core::ids::{RulingId, Subject};
use sync_core::time::UnixMillis;
use sync_core::view::{NoticeKind, PublishError, Reported, compare, difference, view_as_published};
use tests::World;
use tests::world::Someone;

const WEEK_MINUTES: i64 = 7 * 24 * 60;

fn morning(seed: u64) -> World {
    let mut world = World::seeded(seed);
    world.wait_minutes(120);
    world
}

#[test]
fn a_report_is_v1_until_late_phones_make_it_v2_and_every_laptop_computes_both_again() {
    let mut world = morning(200);
    let laptop = world.laptop();
    assert_eq!(world.publish(&laptop), Err(PublishError::NothingToPublish));
    let [north, late] = world.phones(["north", "late"]);
    let [aida, bolat, dauren] = ["Aida", "Bolat", "Dauren"].map(|name| world.person(name));
    world.cut(&late);
    world.check_in(&north, aida);
    world.check_in(&late, bolat);
    world.wait_minutes(90);
    world.check_out(&north, aida);
    world.check_out(&late, bolat);
    [north, laptop].iter().for_each(|phone| drop(world.exchange(phone)));
    let first = world.publish(&laptop).unwrap();
    assert_eq!(world.publish(&laptop), Err(PublishError::NothingNew { number: 1 }));

    world.wait_minutes(3 * WEEK_MINUTES);
    world.heal();
    world.settle();
    world.rule(&laptop, Decision::Same(bolat.subject(), dauren.subject()));
    let second = world.publish(&laptop).unwrap();
    world.settle();
    let [office] = world.organizers(["office"]);
    world.settle();
    let view = world.view(&office);
    let [v1, v2] = &view.publications[..] else { panic!("two reports: {:?}", view.publications) };
    assert_eq!((v1.id, v1.publication.number, v1.superseded_by), (first, 1, Some(second)));
    assert_eq!((v2.id, v2.publication.number, v2.superseded_by), (second, 2, None));
    assert!(v1.complete && v2.complete);

    // The laptop that joined last, from everything that home handed over, computes what was published before it came.
    let documents = world.replica(&office).ledger().documents();
    let [before, after] = [v1, v2].map(|report| view_as_published(documents, report).unwrap());
    let changed = difference(&before, &after);
    assert_eq!(changed.to_string(), "+1 people, +1.5 h");
    let [row] = &changed.rows[..] else { panic!("one row: {:?}", changed.rows) };
    assert_eq!((row.before, row.after.unwrap().class), (None, view.class_of(bolat.subject())));
    assert_eq!((changed.before, changed.after), (v1.publication.headline, v2.publication.headline));
    world.assert_same_view_everywhere();
}

#[test]
fn a_report_rests_on_more_edits_that_nobody_joined_than_stand_in_one_ruling() {
    const LEADS: usize = 60;
    let mut world = morning(209);
    let laptop = world.laptop();
    let [north] = world.phones(["north"]);
    let aida = world.person("Aida");
    world.check_in(&north, aida);
    world.wait_minutes(60);
    world.check_out(&north, aida);
    world.exchange(&north);
    let leads: Vec<_> = (0..LEADS).flat_map(|at| world.leads([format!("lead {at}").as_str()])).collect();
    for (at, lead) in leads.iter().enumerate() {
        world.edit(lead, aida, PersonEdit::Team(Some(format!("T{at}"))));
        world.exchange(lead);
    }
    world.exchange(&laptop);
    let id = world.publish(&laptop).unwrap();
    let [office] = world.organizers(["office"]);
    let view = world.view(&office);
    let published = view.publications.iter().find(|one| one.id == id).unwrap();
    assert!(published.complete && published.publication.roster.len() >= LEADS);
    assert!(published.publication.head_count.is_some(), "some stand in a ruling of their own");
    let documents = world.replica(&office).ledger().documents();
    assert_eq!(view_as_published(documents, published).unwrap().headline(), published.publication.headline);

    // Until every part of it is here, it is not computed; its sums are compared.
    let mut in_part = published.clone();
    in_part.complete = false;
    assert!(view_as_published(documents, &in_part).is_err());
    let [whole, sums] = [published, &in_part].map(|report| Reported::of(documents, report));
    let compared = compare(&sums, &whole);
    assert_eq!(
        (compared.to_string().as_str(), compared.sums_only, compared.rows.len()),
        ("+0 people, +0.0 h", true, 0)
    );
    assert!(!compare(&whole, &whole).sums_only);
}

#[test]
fn two_organizers_who_publish_without_a_network_are_both_seen_and_the_next_report_supersedes_both() {
    let mut world = morning(201);
    let laptop = world.laptop();
    let [office] = world.organizers(["office"]);
    let [north] = world.phones(["north"]);
    let aida = world.person("Aida");
    world.check_in(&north, aida);
    world.settle();
    let plan = |world: &World, phone, id| {
        let documents = world.replica(phone).ledger().documents();
        sync_core::view::plan_publication(documents, RulingId([id; 8]), "").unwrap()
    };
    let both = [(laptop, plan(&world, &laptop, 1)), (office, plan(&world, &office, 2))];
    for (phone, rulings) in both {
        rulings.into_iter().for_each(|(id, ruling)| drop(world.does(&phone, Command::Rule(id, ruling))));
    }
    world.settle();
    let view = world.view(&laptop);
    assert_eq!(view.publications.iter().filter(|one| one.number_taken_twice).count(), 2);
    assert_eq!(view.publications.iter().filter(|one| one.superseded_by.is_some()).count(), 0);
    world.check_out(&north, aida);
    world.settle();
    world.publish(&office).unwrap();
    world.settle();
    let view = world.view(&laptop);
    assert_eq!(view.publications.iter().map(|one| one.publication.number).collect::<Vec<_>>(), [1, 1, 2]);
    assert_eq!(view.publications.iter().filter(|one| one.superseded_by.is_some()).count(), 2);
    world.assert_same_view_everywhere();
}

#[test]
fn a_correction_that_is_asked_for_waits_in_the_organizers_inbox_and_changes_nothing_by_itself() {
    let mut world = morning(202);
    let [call_centre] = world.phones(["call-centre"]);
    let laptop = world.laptop();
    let aida = world.person("Aida");
    let phone = PersonEdit::Phone(Some("+7 701 000 00 01".to_owned()));
    let ask = |edit: Option<PersonEdit>, text: &str| {
        Command::Ask(Request { subject: Some(aida.subject()), edit, text: text.to_owned() })
    };
    let asked = world.does(&call_centre, ask(Some(phone.clone()), "new number")).entry.unwrap();
    let other = world.does(&call_centre, ask(None, "wants to be called back")).entry.unwrap();
    assert!(matches!(world.attempt(&call_centre, ask(None, " ")), Err(CommandError::Invalid { .. })));
    world.settle();
    let view = world.view(&laptop);
    assert_eq!(view.requests.iter().map(|asked| asked.answer).collect::<Vec<_>>(), [None, None]);
    assert_eq!(world.replica(&laptop).shown().roster.people[&aida].person().phone, None);

    world.edit(&laptop, aida, phone.clone());
    world.rule(&laptop, Decision::Answer { request: asked, outcome: RequestOutcome::Done });
    world.rule(&laptop, Decision::Answer { request: other, outcome: RequestOutcome::Declined });
    world.settle();
    let answers: Vec<_> = world.view(&call_centre).requests.iter().map(|asked| asked.answer).collect();
    assert_eq!(answers, [Some(RequestOutcome::Done), Some(RequestOutcome::Declined)]);
    let wrong = Decision::Answer { request: world.check_in(&call_centre, aida), outcome: RequestOutcome::Done };
    world.settle();
    let ruling = Ruling { decision: wrong, reason: String::new() };
    let refused = world.attempt(&laptop, Command::Rule(RulingId([9; 8]), ruling)).unwrap_err();
    assert_eq!(refused, CommandError::OtherEntry { expected: "request" });
    world.assert_same_view_everywhere();
}

#[test]
fn two_organizers_who_edit_one_day_of_the_event_see_both_values_until_one_is_chosen() {
    let mut world = morning(203);
    let laptop = world.laptop();
    let [office] = world.organizers(["office"]);
    let day = *world.replica(&laptop).shown().event.days.keys().next().unwrap();
    let closes = |hour: u16| EventEdit::Day { day, hours: Some(DayHours { opens: 8 * 60, closes: hour * 60 }) };
    [laptop, office].iter().for_each(|phone| world.cut(phone));
    world.does(&laptop, Command::EditEvent(closes(19)));
    world.does(&office, Command::EditEvent(closes(20)));
    let site = EventEdit::Site { key: "dune".to_owned(), site: Some(Site::default()) };
    world.does(&office, Command::EditEvent(site));
    world.heal();
    world.settle();
    let view = world.view(&laptop);
    let [conflict] = &view.event_conflicts[..] else { panic!("one statement: {:?}", view.event_conflicts) };
    assert_eq!((conflict.register.clone(), conflict.values.len()), (format!("day.{day}"), 2));
    let authors: Vec<_> = conflict.values.iter().map(|value| value.by).collect();
    assert!(authors.contains(&world.device(&laptop)) && authors.contains(&world.device(&office)));
    world.assert_same_view_everywhere();
    world.does(&office, Command::EditEvent(conflict.values[0].value.clone()));
    world.settle();
    assert_eq!(world.view(&laptop).event_conflicts, []);
    world.assert_same_view_everywhere();
}

#[test]
fn the_gate_sees_that_a_guardians_consent_is_missing_and_takes_it() {
    let mut world = morning(204);
    let laptop = world.laptop();
    let aida = world.person("Aida");
    world.edit(&laptop, aida, PersonEdit::BirthYear(Some(2012)));
    let [north] = world.phones(["north"]);
    world.settle();
    let at_gate = |world: &World| world.view(&north).notices_of(aida.subject()).cloned().collect::<Vec<_>>();
    assert_eq!(at_gate(&world)[0].kind, NoticeKind::GuardianConsentMissing);
    world.check_in(&north, aida);
    let consent = |guardian: &str| {
        Command::NoteGuardianConsent(GuardianConsent { subject: aida.subject(), guardian: guardian.to_owned() })
    };
    assert!(matches!(world.attempt(&north, consent("")), Err(CommandError::Invalid { .. })));
    world.does(&north, consent("Gulnara, mother"));
    assert_eq!(at_gate(&world), []);
    world.settle();
    assert_eq!(world.view(&laptop).notices, []);
    world.assert_same_view_everywhere();
}

#[test]
fn a_walk_in_whom_two_organizers_accept_is_on_the_roster_once() {
    let mut world = morning(205);
    let laptop = world.laptop();
    let [office] = world.organizers(["office"]);
    let [north] = world.phones(["north"]);
    let guest = world.walk_in(&north, "Zarina");
    world.check_in(&north, guest);
    world.settle();
    let before = world.replica(&laptop).shown().roster.people.len();
    let found = world.view(&laptop).walk_in(guest).unwrap().what.clone();
    let accept = |world: &World| {
        let shown = world.replica(&laptop).shown();
        accept_walk_in(world.event(), &found, &shown.roster, &shown.rulings)
    };
    let (person, commands) = accept(&world);
    for phone in [laptop, office] {
        commands.iter().for_each(|command| drop(world.does(&phone, command.clone())));
    }
    world.settle();
    assert_eq!(world.replica(&laptop).shown().roster.people.len(), before + 1);
    let view = world.view(&laptop);
    assert_eq!((view.class_of(guest.subject()), view.totals.attended), (person.subject(), 1));
    assert_eq!((view.field_conflicts.len(), view.ruling_conflicts.len()), (0, 0));
    world.assert_same_view_everywhere();

    // The acceptance was a mistake, and then it was none.
    for time in 1..=2 {
        let accepted = ruling_that_accepted(&world, &laptop, guest.subject());
        let retract = Ruling { decision: Decision::Retract(accepted), reason: "another one".to_owned() };
        world.does(&laptop, Command::Rule(RulingId([100 + time; 8]), retract));
        world.edit(&laptop, person, PersonEdit::Withdrawn(Some("another one".to_owned())));
        assert_eq!(world.view(&laptop).class_of(guest.subject()), guest.subject());
        let (again, commands) = accept(&world);
        assert_eq!(again, person);
        commands.into_iter().for_each(|command| drop(world.does(&laptop, command)));
        world.settle();
        assert_eq!(world.view(&office).class_of(guest.subject()), person.subject());
        let shown = world.replica(&office).shown();
        assert_eq!(shown.roster.people[&person].person().withdrawn, None);
    }
}

/// The ruling that says now that a walk-in is somebody on the roster.
fn ruling_that_accepted(world: &World, laptop: &tests::world::Phone, guest: Subject) -> RulingId {
    let shown = world.replica(laptop).shown();
    let all = || shown.rulings.by_id.iter().flat_map(|(id, values)| values.iter().map(move |one| (*id, &one.value)));
    let is_retracted = |id| all().any(|(_, ruling)| ruling.decision == Decision::Retract(id));
    let accepts = |ruling: &Ruling| matches!(ruling.decision, Decision::Same(_, who) if who == guest);
    let mut standing = all().filter(|(id, ruling)| accepts(ruling) && !is_retracted(*id)).map(|(id, _)| id);
    standing.next().unwrap()
}

#[test]
fn a_granted_time_is_neither_backwards_nor_longer_than_a_day_and_overlaps_add_nothing() {
    let mut world = morning(206);
    let laptop = world.laptop();
    let aida = world.person("Aida").subject();
    let now = world.now();
    let granted = |hours: i64| {
        let (end, site) = (UnixMillis(now.0 + hours * 3_600_000), Some("north".to_owned()));
        let decision = Decision::Manual { subject: aida, start: now, end, site };
        Ruling { decision, reason: "paper list".to_owned() }
    };
    let mut rule = |hours: i64, id: u8| world.attempt(&laptop, Command::Rule(RulingId([id; 8]), granted(hours)));
    assert_eq!(rule(-1, 1).unwrap_err(), CommandError::Backwards);
    assert_eq!(rule(0, 1).unwrap_err(), CommandError::Backwards);
    assert_eq!(rule(25, 1).unwrap_err(), CommandError::TooLong);
    rule(2, 1).unwrap();
    rule(1, 2).unwrap();
    rule(3, 3).unwrap();
    world.settle();
    assert_eq!(world.view(&laptop).days_of(aida)[0].manual_ms, 3 * 3_600_000);
    world.assert_same_view_everywhere();
}
