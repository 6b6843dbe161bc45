use super::SessionBasis::{Imputed, Observed};
use super::*;
use crate::documents::log::{Presence, Record};
use crate::documents::rulings::Decision;
use crate::view::fixtures::{AIDA, Office, Phone, at, day, minutes, presence, seen, view, warnings};
use crate::view::hours::PersonDay;

fn spans(day: &PersonDay) -> Vec<(UnixMillis, UnixMillis, SessionBasis)> {
    day.sessions.iter().map(|session| (session.start, session.end, session.basis)).collect()
}

#[test]
fn someone_checked_in_at_two_gates_is_there_once_from_the_earlier() {
    let (mut north, mut harbour) = (Phone::anchored(1), Phone::anchored(2));
    let second = north.checks_in("18 09:10", AIDA);
    let first = harbour.checks_in("18 09:00", AIDA);
    let out = north.checks_out("18 12:00", AIDA);
    let view = seen(&[&north, &harbour]);
    let day = day(&view, AIDA, 18);
    assert_eq!(spans(day), [(at("18 09:00"), at("18 12:00"), Observed)]);
    assert_eq!(day.sessions[0].evidence, [first, second, out]);
    assert_eq!((day.observations, minutes(day)), (3, [180, 0, 0, 180]));
}

#[test]
fn a_second_check_out_within_a_quarter_of_an_hour_moves_the_end() {
    let (mut north, mut harbour) = (Phone::anchored(1), Phone::anchored(2));
    north.checks_in("18 09:00", AIDA);
    north.checks_out("18 12:00", AIDA);
    harbour.checks_out("18 12:15", AIDA);
    north.checks_out("18 12:30", AIDA);
    let view = seen(&[&north, &harbour]);
    assert_eq!(spans(day(&view, AIDA, 18)), [(at("18 09:00"), at("18 12:30"), Observed)]);
}

#[test]
fn a_later_check_out_means_that_a_check_in_was_missed_since_the_last_session() {
    let mut north = Phone::anchored(1);
    north.checks_in("18 09:00", AIDA);
    north.checks_out("18 12:00", AIDA);
    north.checks_out("18 12:16", AIDA);
    let view = seen(&[&north]);
    let expected = [(at("18 09:00"), at("18 12:00"), Observed), (at("18 12:00"), at("18 12:16"), Imputed)];
    assert_eq!(spans(day(&view, AIDA, 18)), expected);
}

#[test]
fn a_check_out_without_a_check_in_counts_from_opening_and_is_not_verified() {
    let mut north = Phone::anchored(1);
    north.checks_out("18 12:00", AIDA);
    let view = seen(&[&north]);
    let day = day(&view, AIDA, 18);
    assert_eq!(spans(day), [(at("18 08:00"), at("18 12:00"), Imputed)]);
    assert_eq!((minutes(day), warnings(day)), ([0, 240, 0, 0], vec![]));
}

#[test]
fn a_check_out_at_opening_or_before_makes_no_session_but_a_warning() {
    let mut north = Phone::anchored(1);
    let out = north.checks_out("18 08:00", AIDA);
    let view = seen(&[&north]);
    let day = day(&view, AIDA, 18);
    assert_eq!((minutes(day), warnings(day)), ([0; 4], vec![Warning::OrphanOut]));
    assert_eq!((&day.sessions[..], &day.unmatched[..]), (&[][..], &[out][..]));
}

#[test]
fn whoever_is_never_checked_out_counts_until_closing_and_is_shown_where_they_came_last() {
    let mut north = Phone::anchored(1);
    north.checks_in("18 09:00", AIDA);
    north.records("18 11:00", Record::CheckIn(Presence { site: "delta".to_owned(), ..presence(AIDA) }));
    north.checks_in("19 09:00", AIDA);
    north.checks_out("19 10:00", AIDA);
    let view = seen(&[&north]);
    let first = day(&view, AIDA, 18);
    assert_eq!(spans(first), [(at("18 09:00"), at("18 18:00"), Imputed)]);
    assert_eq!(first.inside, Some(Inside { since: at("18 11:00"), site: "delta".to_owned() }));
    assert_eq!(day(&view, AIDA, 19).inside, None);
}

#[test]
fn a_check_in_at_closing_or_later_makes_no_session_but_a_warning() {
    let mut north = Phone::anchored(1);
    let evidence = [north.checks_in("18 18:00", AIDA)];
    let view = seen(&[&north]);
    let day = day(&view, AIDA, 18);
    assert_eq!((minutes(day), warnings(day)), ([0; 4], vec![Warning::OpenIn]));
    assert_eq!(day.unmatched, evidence);
}

#[test]
fn whoever_was_seen_again_and_never_leaving_was_there_until_then() {
    let mut north = Phone::anchored(1);
    north.checks_in("18 16:00", AIDA);
    north.checks_in("18 17:00", AIDA);
    north.checks_in("19 18:00", AIDA);
    north.checks_in("19 18:05", AIDA);
    let view = seen(&[&north]);
    assert_eq!(minutes(day(&view, AIDA, 18)), [60, 60, 0, 60]);
    assert_eq!((minutes(day(&view, AIDA, 19)), warnings(day(&view, AIDA, 19))), ([5, 0, 0, 5], vec![]));
}

#[test]
fn whoever_is_seen_leaving_elsewhere_was_where_they_were_until_then() {
    let mut north = Phone::anchored(1);
    let pier = |record: fn(Presence) -> Record| record(Presence { site: "pier".to_owned(), ..presence(AIDA) });
    north.checks_in("18 09:00", AIDA);
    north.records("18 12:00", pier(Record::CheckIn));
    north.records("18 15:00", pier(Record::CheckOut));
    let view = seen(&[&north]);
    let day = day(&view, AIDA, 18);
    assert_eq!(spans(day), [(at("18 09:00"), at("18 15:00"), Observed)]);
    assert_eq!((day.inside.clone(), warnings(day)), (None, vec![]));
}

#[test]
fn on_a_day_that_is_not_the_events_nothing_is_imputed() {
    let mut north = Phone::anchored(1);
    north.checks_out("20 08:30", AIDA);
    north.checks_in("20 09:00", AIDA);
    north.checks_out("20 10:00", AIDA);
    north.checks_in("20 11:00", AIDA);
    let view = seen(&[&north]);
    let day = day(&view, AIDA, 20);
    assert_eq!((minutes(day), warnings(day)), ([60, 0, 0, 60], vec![Warning::OutsideEvent]));
    assert_eq!(day.unmatched.len(), 2);
}

#[test]
fn work_past_midnight_belongs_to_the_date_on_which_it_began() {
    let mut north = Phone::anchored(1);
    north.checks_in("18 17:00", AIDA);
    north.checks_out("19 00:30", AIDA);
    let view = seen(&[&north]);
    assert_eq!(spans(day(&view, AIDA, 18)), [(at("18 17:00"), at("19 00:30"), Observed)]);
    assert_eq!((view.days.len(), view.days[0].observations), (1, 2));
}

#[test]
fn at_one_moment_the_order_is_that_of_devices_and_then_of_entries() {
    let (mut north, mut harbour) = (Phone::anchored(1), Phone::anchored(2));
    harbour.checks_out("18 09:00", AIDA);
    north.checks_in("18 09:00", AIDA);
    let view = seen(&[&harbour, &north]);
    assert_eq!(spans(day(&view, AIDA, 18)), [(at("18 09:00"), at("18 09:00"), Observed)]);
}

#[test]
fn at_one_moment_on_one_device_the_order_is_that_in_which_it_recorded() {
    let mut north = Phone::anchored(1);
    north.checks_in("18 09:00", AIDA);
    north.checks_out("18 10:00", AIDA);
    north.checks_in("18 10:00", AIDA);
    north.checks_out("18 11:00", AIDA);
    let view = seen(&[&north]);
    let expected = [(at("18 09:00"), at("18 10:00"), Observed), (at("18 10:00"), at("18 11:00"), Observed)];
    assert_eq!(spans(day(&view, AIDA, 18)), expected);
}

#[test]
fn a_second_gate_moves_the_end_of_an_imputed_session_too() {
    let (mut north, mut harbour) = (Phone::anchored(1), Phone::anchored(2));
    let first = north.checks_out("18 12:00", AIDA);
    let second = harbour.checks_out("18 12:10", AIDA);
    let view = seen(&[&north, &harbour]);
    let day = day(&view, AIDA, 18);
    assert_eq!(spans(day), [(at("18 08:00"), at("18 12:10"), Imputed)]);
    assert_eq!(day.sessions[0].evidence, [first, second]);
}

#[test]
fn whoever_left_before_opening_and_leaves_again_counts_from_opening() {
    let mut north = Phone::anchored(1);
    north.checks_in("18 06:00", AIDA);
    north.checks_out("18 07:00", AIDA);
    north.checks_out("18 12:00", AIDA);
    let view = seen(&[&north]);
    let expected = [(at("18 06:00"), at("18 07:00"), Observed), (at("18 08:00"), at("18 12:00"), Imputed)];
    assert_eq!(spans(day(&view, AIDA, 18)), expected);
}

#[test]
fn what_is_seen_outside_the_opening_hours_counts_in_full_but_for_nobody_longer_than_twelve_hours() {
    let mut north = Phone::anchored(1);
    north.checks_in("18 06:00", AIDA);
    north.checks_out("18 18:00", AIDA);
    north.checks_in("19 06:00", AIDA);
    north.checks_out("19 18:01", AIDA);
    let view = seen(&[&north]);
    assert_eq!(minutes(day(&view, AIDA, 18)), [720, 0, 0, 720]);
    assert_eq!(minutes(day(&view, AIDA, 19)), [0, 721, 0, 0]);
}

#[test]
fn a_check_out_that_was_undone_or_voided_closes_nothing() {
    let mut north = Phone::anchored(1);
    north.checks_in("18 09:00", AIDA);
    let mistake = north.checks_out("18 10:00", AIDA);
    let doubtful = north.checks_out("18 11:00", AIDA);
    north.undoes("18 11:01", mistake);
    let mut office = Office::default();
    office.rules(Decision::Void(doubtful));
    let view = view(&[&north], &office);
    let day = day(&view, AIDA, 18);
    assert_eq!(spans(day), [(at("18 09:00"), at("18 18:00"), Imputed)]);
    assert_eq!(day.observations, 1);
}

#[test]
fn someone_of_whom_everything_was_undone_was_not_there() {
    let mut north = Phone::anchored(1);
    let mistake = north.checks_in("18 09:00", AIDA);
    north.undoes("18 09:01", mistake);
    let view = seen(&[&north]);
    assert_eq!((view.days.len(), view.totals.attended), (0, 0));
}

#[test]
fn a_wrong_date_puts_an_observation_on_the_day_of_its_corrected_time() {
    let mut north = Phone::anchored(1);
    north.sets_its_clock_wrong_by(-36 * 60);
    north.checks_in("19 09:00", AIDA);
    north.restarts("19 10:00");
    north.checks_out("19 12:00", AIDA);
    north.meets_home("19 20:00");
    let view = seen(&[&north]);
    assert_eq!(view.days.len(), 1);
    assert_eq!(spans(day(&view, AIDA, 19)), [(at("19 09:00"), at("19 12:00"), Observed)]);
    assert_eq!(warnings(day(&view, AIDA, 19)), []);
}

#[test]
fn a_no_show_is_no_observation() {
    let mut north = Phone::anchored(1);
    north.records("18 09:00", Record::NoShow(presence(AIDA)));
    let view = seen(&[&north]);
    assert_eq!((view.days.len(), view.totals.attended, view.totals.log_entries), (0, 0, 2));
}

#[test]
fn a_day_that_rests_on_an_uncorrected_clock_carries_a_warning() {
    let (mut north, mut harbour) = (Phone::anchored(1), Phone::new(2));
    north.checks_in("18 09:00", AIDA);
    harbour.checks_in("18 09:10", AIDA);
    north.checks_out("18 12:00", AIDA);
    let view = seen(&[&north, &harbour]);
    assert_eq!(warnings(day(&view, AIDA, 18)), [Warning::Clock]);
}
