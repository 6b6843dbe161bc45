//! What nobody may lose, row by row of the domain's table.

use sync_core::documents::roster::PersonEdit;
use sync_core::documents::rulings::Decision;
use sync_core::ids::Subject;
use sync_core::time::UnixMillis;
use sync_core::view::{ClockBasis, EventView, PersonDay, Session, SessionBasis};
use tests::World;
use tests::world::{Phone, Someone};

const WEEK_MINUTES: i64 = 7 * 24 * 60;

fn only_day(view: &EventView, someone: impl Someone) -> &PersonDay {
    let [day] = view.days_of(someone.subject()) else { panic!("seen on one day: {:?}", view.days) };
    day
}

fn only_session(day: &PersonDay) -> &Session {
    let [session] = &day.sessions[..] else { panic!("there once: {:?}", day.sessions) };
    session
}

fn span_and_basis(session: &Session) -> (UnixMillis, UnixMillis, SessionBasis) {
    (session.start, session.end, session.basis)
}

/// Checks somebody in, and tells when.
fn comes(world: &mut World, phone: &Phone, someone: impl Someone) -> UnixMillis {
    world.check_in(phone, someone);
    world.now()
}

/// Checks somebody out, and tells when.
fn leaves(world: &mut World, phone: &Phone, someone: impl Someone) -> UnixMillis {
    world.check_out(phone, someone);
    world.now()
}

/// A world at nine in the morning, an hour after the gates opened.
fn morning(seed: u64) -> World {
    let mut world = World::seeded(seed);
    world.wait_minutes(120);
    world
}

#[test]
fn two_gates_check_the_same_person_in_and_both_are_kept_as_one_session_from_the_earlier() {
    let mut world = morning(1);
    let [north, harbour] = world.phones(["north", "harbour"]);
    let aida = world.person("Aida");
    [north, harbour].iter().for_each(|gate| world.cut(gate));
    let came = comes(&mut world, &harbour, aida);
    comes(&mut world, &north, aida);
    let left = leaves(&mut world, &north, aida);
    world.heal();
    world.settle();
    let view = world.view(&world.laptop());
    let session = only_session(only_day(&view, aida));
    assert_eq!(span_and_basis(session), (came, left, SessionBasis::Observed));
    assert_eq!(session.evidence.len(), 3);
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn a_check_out_without_a_check_in_is_imputed_and_counts_once_somebody_confirms_it() {
    let mut world = morning(2);
    let [north] = world.phones(["north"]);
    let [aida, bolat] = [world.person("Aida"), world.person("Bolat")];
    leaves(&mut world, &north, aida);
    comes(&mut world, &north, bolat);
    world.settle();
    let view = world.view(&world.laptop());
    for person in [aida, bolat] {
        let day = only_day(&view, person);
        assert_eq!((only_session(day).basis, day.verified_ms), (SessionBasis::Imputed, 0));
        let day = sync_core::time::day_of_date(day.date);
        world.rule(&world.laptop(), Decision::Confirm { subject: person.subject(), day, imputed_ms: None });
    }
    world.settle();
    let view = world.view(&north);
    for person in [aida, bolat] {
        let day = only_day(&view, person);
        assert!(day.imputed_ms > 0 && day.verified_ms == day.imputed_ms, "{day:?}");
    }
    world.assert_same_view_everywhere();
}

#[test]
fn one_walk_in_registered_on_two_phones_is_joined_by_a_ruling_and_their_hours_are_the_union() {
    let mut world = morning(3);
    let [north, harbour] = world.phones(["north", "harbour"]);
    let [at_north, at_harbour] = [world.walk_in(&north, "Guest"), world.walk_in(&harbour, "Gest")];
    let came = comes(&mut world, &north, at_north);
    comes(&mut world, &harbour, at_harbour);
    leaves(&mut world, &north, at_north);
    let left = leaves(&mut world, &harbour, at_harbour);
    world.settle();
    assert_eq!(world.view(&world.laptop()).totals.attended, 2);
    world.rule(&world.laptop(), Decision::Same(at_north.subject(), at_harbour.subject()));
    world.settle();
    let view = world.view(&north);
    assert_eq!(view.class_of(at_north.subject()), view.class_of(at_harbour.subject()));
    assert_eq!((view.totals.attended, view.walk_ins.len()), (1, 2), "both registrations stand");
    let session = only_session(only_day(&view, at_north));
    assert_eq!(span_and_basis(session), (came, left, SessionBasis::Observed));
    world.assert_same_view_everywhere();
}

#[test]
fn a_walk_in_who_is_on_the_roster_is_known_by_the_roster_once_joined() {
    let mut world = morning(4);
    let [north] = world.phones(["north"]);
    let guest = world.walk_in(&north, "Aïda");
    let aida = world.person("Aida");
    comes(&mut world, &north, guest);
    world.settle();
    world.rule(&world.laptop(), Decision::Same(guest.subject(), aida.subject()));
    world.settle();
    let view = world.view(&north);
    assert_eq!(view.class_of(guest.subject()), aida.subject());
    assert_eq!(only_day(&view, aida).observations, 1);
    world.assert_same_view_everywhere();
}

#[test]
fn someone_whom_an_organizer_withdrew_and_a_gate_checked_in_attended_all_the_same() {
    let mut world = morning(5);
    let [north] = world.phones(["north"]);
    let aida = world.person("Aida");
    world.edit(&world.laptop(), aida, PersonEdit::Withdrawn(Some("ill".to_owned())));
    world.exchange(&world.laptop());
    comes(&mut world, &north, aida);
    leaves(&mut world, &north, aida);
    world.settle();
    let view = world.view(&world.laptop());
    assert_eq!(view.withdrawn_attended, [aida]);
    assert!(only_day(&view, aida).observed_ms > 0);
    world.assert_same_view_everywhere();
}

#[test]
fn a_phone_that_returns_after_three_weeks_is_accepted_in_full() {
    let mut world = morning(6);
    let [north, harbour] = world.phones(["north", "harbour"]);
    let aida = world.person("Aida");
    world.cut(&north);
    let came = comes(&mut world, &north, aida);
    let left = leaves(&mut world, &north, aida);
    for _ in 0..3 {
        world.wait_minutes(WEEK_MINUTES);
        world.litter(&harbour, 1);
        world.exchange(&harbour);
    }
    world.heal();
    assert_eq!(world.exchange(&north).refused, Vec::<String>::new());
    world.settle();
    let view = world.view(&world.laptop());
    assert_eq!(span_and_basis(only_session(only_day(&view, aida))), (came, left, SessionBasis::Observed));
    assert_eq!(view.totals.figures.bags, 3);
    world.assert_nothing_recorded_is_lost();
    world.assert_same_view_everywhere();
}

#[test]
fn a_phone_whose_date_is_changed_in_the_field_is_corrected_to_the_millisecond() {
    let mut world = morning(7);
    let [north] = world.phones(["north"]);
    let aida = world.person("Aida");
    world.sets_its_clock_wrong_by_minutes(&north, -3 * 52 * WEEK_MINUTES);
    let came = comes(&mut world, &north, aida);
    world.sets_its_clock_wrong_by_minutes(&north, 100 * 52 * WEEK_MINUTES);
    let left = leaves(&mut world, &north, aida);
    world.settle();
    let view = world.view(&world.laptop());
    let day = only_day(&view, aida);
    assert_eq!(span_and_basis(only_session(day)), (came, left, SessionBasis::Observed));
    assert!(day.warnings.is_empty());
    world.assert_same_view_everywhere();
}

#[test]
fn a_phone_that_was_switched_off_and_on_in_the_field_is_corrected_when_it_meets_home() {
    let mut world = morning(8);
    let [north] = world.phones(["north"]);
    let [aida, guest] = [world.person("Aida"), world.person("Bolat")];
    world.cut(&north);
    world.reboot(&north);
    let came = comes(&mut world, &north, aida);
    world.reboot(&north);
    world.sets_its_clock_wrong_by_minutes(&north, 2 * WEEK_MINUTES);
    let came_later = comes(&mut world, &north, guest);
    world.heal();
    world.settle();
    let view = world.view(&world.laptop());
    assert_eq!(only_session(only_day(&view, aida)).start, came, "its clock was not changed since it last met home");
    assert_eq!(only_session(only_day(&view, guest)).start, came_later, "it met home before it was switched off again");
    world.assert_same_view_everywhere();
}

#[test]
fn a_phone_that_never_met_home_before_it_went_out_is_corrected_when_it_comes_back() {
    let mut world = morning(9);
    let north = world.newcomer("north");
    world.read_on(&north);
    world.sets_its_clock_wrong_by_minutes(&north, -2 * WEEK_MINUTES);
    let guest = world.walk_in(&north, "Guest");
    let registered = world.now();
    let before = world.view(&north).walk_in(guest).unwrap().time;
    assert_eq!(before.basis, ClockBasis::Unanchored);
    world.settle();
    let after = world.view(&world.laptop()).walk_in(guest).unwrap().time;
    assert_eq!((after.at, after.basis), (registered, ClockBasis::Exact));
    world.assert_same_view_everywhere();
}

#[test]
fn what_a_lost_phone_gave_away_before_is_kept() {
    let mut world = morning(10);
    let [north] = world.phones(["north"]);
    world.litter(&north, 3);
    world.exchange(&north);
    world.litter(&north, 4);
    world.cut(&north);
    world.exchange(&world.laptop());
    assert_eq!(world.view(&world.laptop()).totals.figures.bags, 3);
    assert_eq!(world.replica(&north).unconfirmed().on_this_device, 1, "it knows what is on it alone");
}

#[test]
fn an_undo_in_the_field_takes_effect_everywhere_and_its_undo_too() {
    let mut world = morning(11);
    let [north] = world.phones(["north"]);
    let mistake = world.check_in(&north, world.person("Aida"));
    let undo = world.undo(&north, mistake);
    world.settle();
    assert_eq!(world.view(&world.laptop()).totals.attended, 0);
    world.undo(&north, undo);
    world.settle();
    assert_eq!(world.view(&world.laptop()).totals.attended, 1);
    world.assert_same_view_everywhere();
}

#[test]
fn someone_looked_up_by_name_must_be_known_and_a_badge_vouches_for_its_bearer() {
    let mut world = morning(12);
    let [north] = world.phones(["north"]);
    let stranger = Subject::from_bits(0xabcd_ef00);
    let looked_up = sync_core::command::Command::CheckIn(sync_core::documents::log::Presence {
        site: "north".to_owned(),
        method: sync_core::documents::log::Method::Search,
        subject: stranger,
    });
    assert!(world.attempt(&north, looked_up).is_err());
    world.check_in(&north, stranger);
    world.settle();
    assert_eq!(world.view(&world.laptop()).totals.attended, 1);
}
