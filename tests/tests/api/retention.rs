//! Events whose time is over.

use std::time::Duration;

use serde_json::json;
use server::invite::InviteLink;
use server::views::Seen;
use sync_core::command::Command;
use sync_core::documents::event::EventEdit;
use sync_core::documents::log::{Method, Presence};
use sync_core::documents::roster::{Person, PersonEdit, PersonName};
use sync_core::ids::{EventId, PersonId, Subject};
use sync_core::time::UnixMillis;
use tests::desk::{Desk, Laptop, SHORE};
use tokio_util::sync::CancellationToken;

const DAY_MS: i64 = 86_400_000;

#[test]
fn an_event_that_must_be_decided_about_first_keeps_no_other_from_being_erased() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let desk = &desk;
    let mut laptop = desk.found(&invite, SHORE.as_bytes());
    let home_wide = json!({ "access": "organizer", "name": "Айгүл" });
    let browser = desk.sign_in(&laptop.offers_what(&home_wide));
    let waiting = laptop.event().to_string();
    let other = EventId([7; 16]).to_string();
    browser.send("POST", "/v1/events", &json!({ "event": other })).is(201);
    browser.send("PATCH", &format!("/v1/events/{other}"), &serde_json::from_str(SHORE).unwrap()).is(200);
    let mut people = Vec::new();
    for event in [&waiting, &other] {
        browser.send("PATCH", &format!("/v1/events/{event}"), &json!({ "retention_days": 30 })).is(200);
        let added = json!({ "names": [{ "family": "Чернова" }] });
        let added = browser.send("POST", &format!("/v1/events/{event}/people"), &added).is(201);
        people.push(added["person"].as_str().unwrap().to_owned());
    }

    // What a revoked device still says of somebody waits in the first event.
    let lead_invite = laptop.invites("lead");
    let event = laptop.event();
    let mut lead = desk.join(&lead_invite, "lead", |_| event);
    lead.exchanges();
    let device = lead.replica.replica().device();
    browser.send("POST", &format!("/v1/devices/{device}/revoke"), &json!({ "later": "hold" })).is(204);
    let person: PersonId = people[0].parse().unwrap();
    lead.does(Command::EditPerson(person, PersonEdit::Phone(Some("+7 701 555 05 06".to_owned()))));
    lead.exchanges();

    desk.clock.move_to(UnixMillis(desk.clock.now().0 + 60 * DAY_MS));
    let browser = desk.sign_in(&{
        laptop.renews();
        laptop.offers_what(&home_wide)
    });
    let looks = |ran_days: Option<u64>| {
        let ran = ran_days.map(|days| Duration::from_secs(days * 86_400));
        desk.runtime().block_on(desk.app().keep_retention(ran, &CancellationToken::new())).unwrap()
    };
    assert_eq!(looks(None), []);
    desk.clock.move_to(UnixMillis(desk.clock.now().0 + 8 * DAY_MS));
    let erases = || looks(Some(8));
    assert_eq!(erases().iter().map(ToString::to_string).collect::<Vec<_>>(), std::slice::from_ref(&other));
    let says = |event: &str, person: &str| browser.get(&format!("/v1/events/{event}/people/{person}")).text();
    assert!(says(&waiting, &people[0]).contains("Чернова") && !says(&other, &people[1]).contains("Чернова"));

    let held = browser.get(&format!("/v1/events/{waiting}/held")).is(200);
    let numbers = json!({ "numbers": [held["held"][0]["number"]] });
    browser.send("POST", &format!("/v1/events/{waiting}/held/discard"), &numbers).is(200);
    assert_eq!(looks(None).len(), 1);
    assert!(!says(&waiting, &people[0]).contains("Чернова"));
}

/// An event with somebody on its roster, that keeps people for thirty days.
fn found<'a>(desk: &'a Desk, invite: &InviteLink) -> Laptop<'a> {
    let mut laptop = desk.found(invite, SHORE.as_bytes());
    laptop.does(Command::EditEvent(EventEdit::RetentionDays(Some(30))));
    let names = vec![PersonName { family: "Чернова".to_owned(), ..PersonName::default() }];
    laptop.does(Command::AddPerson(PersonId::from_entropy(2), Person { names, ..Person::default() }));
    laptop.exchanges();
    laptop
}

/// Home looks after what is over, `ran_days` of running time after the last time; answers in how many events somebody was
/// erased.
fn looks(desk: &Desk, ran_days: Option<u64>) -> usize {
    let ran = ran_days.map(|days| Duration::from_secs(days * 86_400));
    desk.runtime().block_on(desk.app().keep_retention(ran, &CancellationToken::new())).unwrap().len()
}

fn passes(desk: &Desk, days: i64) {
    desk.clock.move_to(UnixMillis(desk.clock.now().0 + days * DAY_MS));
}

fn is_there(desk: &Desk, event: EventId) -> bool {
    let look = |seen: &Seen| {
        let mut people = seen.ledger.documents().roster().people.values();
        people.any(|record| record.person().names.iter().any(|name| name.family == "Чернова"))
    };
    desk.runtime().block_on(desk.app().views.see(event, look)).unwrap()
}

/// What the event's page says of its retention.
fn told(laptop: &mut Laptop<'_>) -> serde_json::Value {
    laptop.renews();
    let browser = laptop.desk().sign_in(&laptop.offers("organizer"));
    browser.get(&format!("/v1/events/{}", laptop.event())).is(200)["retention"].clone()
}

#[test]
fn one_start_with_a_clock_that_is_ahead_erases_nobody() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let laptop = found(&desk, &invite);
    assert_eq!(looks(&desk, None), 0);
    // The machine starts with a clock a year ahead, and runs for six days.
    passes(&desk, 366);
    for ran in [None, Some(0), Some(1), Some(5)] {
        passes(&desk, ran.unwrap_or(0_u64).cast_signed());
        assert_eq!(looks(&desk, ran), 0, "{ran:?}");
    }
    // Somebody sets the clock: what was told is no longer so.
    passes(&desk, -372);
    assert_eq!((looks(&desk, None), looks(&desk, Some(0))), (0, 0));
    assert!(is_there(&desk, laptop.event()));
    assert_eq!(desk.app().store.retention_notice(laptop.event()).unwrap(), None);
}

#[test]
fn a_clock_that_was_set_while_the_server_ran_erases_nobody_for_a_day() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let laptop = found(&desk, &invite);
    passes(&desk, 60);
    assert_eq!(looks(&desk, None), 0);
    // Eight days pass by the clock, and none for the server.
    passes(&desk, 8);
    assert_eq!(looks(&desk, Some(0)), 0);
    assert!(is_there(&desk, laptop.event()));
    passes(&desk, 1);
    assert_eq!(looks(&desk, Some(1)), 1);
    assert!(!is_there(&desk, laptop.event()));
}

#[test]
fn organizers_are_told_a_week_before_and_whatever_is_recorded_begins_the_week_anew() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut laptop = found(&desk, &invite);
    // The last day is 2026-05-19; at the end of 2026-06-18 in Aqtau its time is over.
    let until = "2026-06-18T19:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
    desk.clock.move_to(UnixMillis(until - 10 * DAY_MS));
    assert_eq!(looks(&desk, None), 0);
    assert_eq!(told(&mut laptop), serde_json::Value::Null, "it is too early to say");
    passes(&desk, 4);
    assert_eq!(looks(&desk, Some(4)), 0);
    let due = desk.clock.now().0 + 7 * DAY_MS;
    assert_eq!(told(&mut laptop), json!({ "people": 1, "due_ms": due }));

    // A device that only exchanges changes nothing; somebody who is seen does.
    passes(&desk, 5);
    laptop.exchanges();
    assert_eq!(looks(&desk, Some(5)), 0);
    assert_eq!(told(&mut laptop)["due_ms"], due);
    let subject = Subject::Person(PersonId::from_entropy(2));
    laptop.does(Command::CheckIn(Presence { site: "north".to_owned(), method: Method::Search, subject }));
    laptop.exchanges();
    passes(&desk, 2);
    assert_eq!(looks(&desk, Some(2)), 0);
    assert_eq!(told(&mut laptop)["due_ms"], desk.clock.now().0 + 7 * DAY_MS);
    assert!(is_there(&desk, laptop.event()));

    passes(&desk, 7);
    assert_eq!(looks(&desk, Some(7)), 1);
    assert!(!is_there(&desk, laptop.event()));
    assert_eq!(told(&mut laptop), serde_json::Value::Null);
}

#[test]
fn a_round_over_the_events_ends_when_the_server_is_to_stop() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let laptop = found(&desk, &invite);
    passes(&desk, 60);
    assert_eq!(looks(&desk, None), 0);
    passes(&desk, 8);
    let stop = CancellationToken::new();
    stop.cancel();
    let ran = Some(Duration::from_secs(8 * 86_400));
    assert_eq!(desk.runtime().block_on(desk.app().keep_retention(ran, &stop)).unwrap(), []);
    assert!(is_there(&desk, laptop.event()));
}
