//! What a phone makes of its clocks, and of days that are over.

use super::*;
use crate::meeting::Answer;
use crate::wire::{Base64, Nonce};

const HOUR_MS: i64 = 3_600_000;

fn reading(boot: u64, hours: i64, ms: i64) -> ClockReading {
    let at = hours * HOUR_MS + ms;
    ClockReading { boot, mono_ms: at.unsigned_abs(), wall_ms: UnixMillis(MORNING_MS + at) }
}

fn passes(phone: &mut Phone, site: &str, is_in: bool, at: ClockReading) {
    let (subject, site, method) = (Subject::Person(PersonId::from_entropy(2)), site.to_owned(), Method::Search);
    let action =
        if is_in { Action::CheckIn { subject, site, method } } else { Action::CheckOut { subject, site, method } };
    phone.app.perform(action, at).unwrap();
}

/// Who is inside, with the site.
fn inside(phone: &mut Phone) -> Vec<Option<String>> {
    let query = PeopleQuery { presence: PresenceFilter::Inside, limit: 20, ..PeopleQuery::default() };
    phone.app.people(&query).unwrap().rows.into_iter().map(|row| row.inside_at).collect()
}

#[test]
fn whoever_left_today_is_not_inside_although_nobody_saw_them_leave_yesterday() {
    let mut phone = Phone::organizer();
    phone.does(Action::OpenDay { day: DAY + 1, opens: 8 * 60, closes: 18 * 60 });
    passes(&mut phone, "pier", true, reading(1, 1, 0));
    assert_eq!(inside(&mut phone), [Some("pier".to_owned())]);
    passes(&mut phone, "pier", true, reading(1, 25, 0));
    assert_eq!(inside(&mut phone), [Some("pier".to_owned())]);
    passes(&mut phone, "pier", false, reading(1, 28, 0));
    assert_eq!(inside(&mut phone), []);
    let who = Subject::Person(PersonId::from_entropy(2));
    assert_eq!(phone.app.person(who).unwrap().unwrap().inside_at, None);
}

/// Home's answer to the question for a nonce, with its time.
fn nonce(home_ms: i64) -> Answer {
    let body = serde_json::to_vec(&Nonce { nonce: Base64(vec![3; 32]), home_ms: Some(home_ms) }).unwrap();
    Answer { status: 200, token: None, retry_after_s: None, body }
}

/// What the phone noted of home's time: its reading, and the time.
fn anchors(phone: &Phone) -> Vec<(ClockReading, UnixMillis)> {
    let replica = phone.app.opened().unwrap().replica();
    let noted = replica.drafts().filter_map(|draft| match &draft.command {
        Command::Anchor(home_ms) => Some((draft.reading, *home_ms)),
        _ => None,
    });
    noted.collect()
}

#[test]
fn an_answer_that_was_long_under_way_says_nothing_of_the_time() {
    for (took_ms, is_noted) in [(8_000, true), (11_000, false), (2 * HOUR_MS, false)] {
        let mut phone = Phone::let_in(2, Role::Marker, EVENT);
        phone.app.meet_home().unwrap();
        let (asked, answered) = (reading(1, 1, 0), reading(1, 1, took_ms));
        phone.app.next_call(asked).unwrap().unwrap();
        phone.app.take_answer(&nonce(MORNING_MS), answered).unwrap();
        let expected = is_noted.then(|| (reading(1, 1, took_ms / 2), UnixMillis(MORNING_MS)));
        assert_eq!(anchors(&phone), Vec::from_iter(expected), "after {took_ms} ms");
    }
}

#[test]
fn a_phone_that_was_switched_off_before_the_answer_came_notes_no_time() {
    let mut phone = Phone::let_in(2, Role::Marker, EVENT);
    phone.app.meet_home().unwrap();
    phone.app.next_call(reading(1, 1, 0)).unwrap().unwrap();
    phone.app.take_answer(&nonce(MORNING_MS), reading(2, 1, 1000)).unwrap();
    assert_eq!(anchors(&phone), []);
}
