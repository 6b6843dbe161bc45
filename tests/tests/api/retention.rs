//! Events whose time is over.

use std::time::Duration;

use serde_json::json;
use server::desks::Erase;
use server::invite::InviteLink;
use server::store::audit::Deed;
use server::views::Seen;
use sync_core::command::Command;
use sync_core::documents::event::EventEdit;
use sync_core::documents::log::{Method, Presence};
use sync_core::documents::roster::{Person, PersonEdit, PersonName};
use sync_core::ids::{EraId, EventId, PersonId, Subject};
use sync_core::time::{ClockReading, UnixMillis};
use tests::desk::{Desk, Laptop, READER, SHORE};
use tokio_util::sync::CancellationToken;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// The hours of running time after which people are erased.
const WEEK_HOURS: u32 = 7 * 24;

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
    assert_eq!((starts(desk), runs(desk, WEEK_HOURS - 1)), (0, 0));
    assert_eq!(runs(desk, 1), 1);
    let says = |event: &str, person: &str| browser.get(&format!("/v1/events/{event}/people/{person}")).text();
    assert!(says(&waiting, &people[0]).contains("Чернова") && !says(&other, &people[1]).contains("Чернова"));

    let held = browser.get(&format!("/v1/events/{waiting}/held")).is(200);
    let decided = json!({ "changes": [held["held"][0]["change"]] });
    browser.send("POST", &format!("/v1/events/{waiting}/held/discard"), &decided).is(200);
    assert_eq!(runs(desk, 1), 1);
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

/// Home looks after what is over, when it starts or after it `ran`; answers in how many events somebody was erased.
fn looks(desk: &Desk, ran: Option<Duration>) -> usize {
    desk.runtime().block_on(desk.app().keep_retention(ran, &CancellationToken::new())).unwrap().len()
}

/// The server starts, and looks.
fn starts(desk: &Desk) -> usize {
    looks(desk, None)
}

/// The server runs for some hours and looks at the end of each.
fn runs(desk: &Desk, hours: u32) -> usize {
    (0..hours)
        .map(|_| {
            desk.clock.move_to(UnixMillis(desk.clock.now().0 + HOUR_MS));
            looks(desk, Some(Duration::from_secs(3600)))
        })
        .sum()
}

fn passes(desk: &Desk, days: i64) {
    desk.clock.move_to(UnixMillis(desk.clock.now().0 + days * DAY_MS));
}

fn is_there(desk: &Desk, event: EventId) -> bool {
    let look = |seen: &Seen| {
        let mut people = seen.ledger.documents().roster().people.values();
        people.any(|record| record.person().names.iter().any(|name| name.family == "Чернова"))
    };
    desk.runtime().block_on(async { desk.app().views.reader(READER)?.see(event, look).await }).unwrap()
}

/// What the event's page says of its retention.
fn told(laptop: &mut Laptop<'_>) -> serde_json::Value {
    laptop.renews();
    let browser = laptop.desk().sign_in(&laptop.offers("organizer"));
    browser.get(&format!("/v1/events/{}", laptop.event())).is(200)["retention"].clone()
}

#[test]
fn a_clock_that_is_wrong_for_less_than_a_week_of_running_erases_nobody() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let laptop = found(&desk, &invite);
    assert_eq!((starts(&desk), runs(&desk, 48)), (0, 0));
    // The machine starts with a clock a year ahead, and runs for almost a week.
    passes(&desk, 366);
    assert_eq!((starts(&desk), runs(&desk, WEEK_HOURS - 1)), (0, 0));
    // Somebody sets the clock: what was told is no longer so.
    passes(&desk, -373);
    assert_eq!((starts(&desk), runs(&desk, 1)), (0, 0));
    assert!(is_there(&desk, laptop.event()));
    assert_eq!(desk.app().store.read_here(|store| store.retention_notice(laptop.event())).unwrap(), None);
    // It is a year ahead once more: what was counted before counts no longer.
    passes(&desk, 400);
    assert_eq!((starts(&desk), runs(&desk, WEEK_HOURS - 1)), (0, 0));
    assert!(is_there(&desk, laptop.event()));
}

#[test]
fn short_starts_with_a_clock_that_is_ahead_erase_nobody() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let laptop = found(&desk, &invite);
    // The clock was right for days of running time before.
    assert_eq!((starts(&desk), runs(&desk, 72)), (0, 0));
    passes(&desk, 400);
    for _ in 0..20 {
        assert_eq!(starts(&desk), 0);
        passes(&desk, 8);
    }
    passes(&desk, -560);
    assert_eq!(starts(&desk), 0);
    assert!(is_there(&desk, laptop.event()));
}

#[test]
fn a_clock_that_was_set_while_the_server_ran_erases_nobody_for_a_week() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let laptop = found(&desk, &invite);
    assert_eq!((starts(&desk), runs(&desk, 24)), (0, 0));
    for _ in 0..20 {
        // Eight days pass by the clock, and no time for the server.
        passes(&desk, 8);
        assert_eq!(looks(&desk, Some(Duration::ZERO)), 0);
    }
    assert_eq!(runs(&desk, WEEK_HOURS - 1), 0);
    assert!(is_there(&desk, laptop.event()));
    assert_eq!(runs(&desk, 1), 1);
    assert!(!is_there(&desk, laptop.event()));
}

#[test]
fn the_sleep_of_a_machine_is_no_running_time() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let laptop = found(&desk, &invite);
    passes(&desk, 60);
    assert_eq!(starts(&desk), 0);
    // Where the monotonic clock goes on while the machine sleeps.
    passes(&desk, 30);
    assert_eq!(looks(&desk, Some(Duration::from_secs(30 * 86_400))), 0);
    assert!(is_there(&desk, laptop.event()));
}

#[test]
fn a_server_that_is_off_at_night_erases_after_a_week_of_running_time() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let laptop = found(&desk, &invite);
    passes(&desk, 60);
    for _ in 0..20 {
        assert_eq!((starts(&desk), runs(&desk, 8)), (0, 0));
        desk.clock.move_to(UnixMillis(desk.clock.now().0 + 16 * HOUR_MS));
    }
    assert_eq!((starts(&desk), runs(&desk, 7)), (0, 0));
    assert!(is_there(&desk, laptop.event()));
    assert_eq!(runs(&desk, 1), 1);
    assert!(!is_there(&desk, laptop.event()));
}

#[test]
fn a_clock_that_cannot_be_right_or_goes_back_begins_the_week_anew() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let laptop = found(&desk, &invite);
    passes(&desk, 60);
    // Ten years ahead, and back.
    assert_eq!((starts(&desk), runs(&desk, WEEK_HOURS - 1)), (0, 0));
    passes(&desk, 3700);
    assert_eq!(looks(&desk, Some(Duration::ZERO)), 0);
    passes(&desk, -3700);
    assert_eq!(runs(&desk, WEEK_HOURS), 0);
    // A day back, in an event whose time is over for longer.
    passes(&desk, -1);
    assert_eq!(runs(&desk, WEEK_HOURS), 0);
    assert!(is_there(&desk, laptop.event()));
    assert_eq!(runs(&desk, 1), 1);
}

#[test]
fn while_devices_come_whose_clocks_say_that_it_is_too_early_nobody_is_erased() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut laptop = found(&desk, &invite);
    laptop.does(Command::EditEvent(EventEdit::RetentionDays(Some(300))));
    laptop.exchanges();
    // Home's clock goes a year ahead and stays so; the laptop's is right.
    passes(&desk, 366);
    let right = |desk: &Desk| {
        let now = desk.clock.now();
        ClockReading { boot: 2, mono_ms: now.0.cast_unsigned(), wall_ms: UnixMillis(now.0 - 366 * DAY_MS) }
    };
    assert_eq!((starts(&desk), runs(&desk, WEEK_HOURS - 1)), (0, 0));
    for _ in 0..3 {
        laptop.renews();
        laptop.exchanges_at(right(&desk));
        assert_eq!(runs(&desk, 10 * 24), 0);
        assert_eq!(told(&mut laptop), serde_json::Value::Null);
    }
    assert!(is_there(&desk, laptop.event()));

    // Once it agrees, or did not come for a month, the week begins.
    laptop.renews();
    let now = desk.clock.now();
    laptop.exchanges_at(ClockReading { boot: 3, mono_ms: now.0.cast_unsigned(), wall_ms: now });
    assert_eq!(runs(&desk, WEEK_HOURS), 0);
    laptop.renews();
    laptop.exchanges_at(right(&desk));
    assert_eq!(runs(&desk, (30 + 7) * 24), 0);
    assert!(is_there(&desk, laptop.event()));
    assert_eq!(runs(&desk, 1), 1);
}

#[test]
fn a_device_whose_clock_cannot_be_right_keeps_nobody_from_being_erased() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut laptop = found(&desk, &invite);
    passes(&desk, 60);
    laptop.renews();
    laptop.exchanges_at(ClockReading { boot: 2, mono_ms: 5000, wall_ms: UnixMillis(5000) });
    assert_eq!((starts(&desk), runs(&desk, WEEK_HOURS - 1)), (0, 0));
    assert_eq!(runs(&desk, 1), 1);
}

#[test]
fn organizers_are_told_a_week_before_and_whatever_is_recorded_begins_the_week_anew() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut laptop = found(&desk, &invite);
    // The last day is 2026-05-19; at the end of 2026-06-18 in Aqtau its time is over.
    let until = "2026-06-18T19:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
    desk.clock.move_to(UnixMillis(until - 10 * DAY_MS));
    assert_eq!(starts(&desk), 0);
    assert_eq!(told(&mut laptop), serde_json::Value::Null, "it is too early to say");
    passes(&desk, 4);
    assert_eq!(starts(&desk), 0);
    let due = desk.clock.now().0 + 7 * DAY_MS;
    assert_eq!(told(&mut laptop), json!({ "people": 1, "due_ms": due }));

    // A device that only exchanges changes nothing; somebody who is seen does.
    assert_eq!(runs(&desk, 5 * 24), 0);
    laptop.exchanges();
    assert_eq!(looks(&desk, Some(Duration::ZERO)), 0);
    assert_eq!(told(&mut laptop)["due_ms"], due);
    // The server is off for a day: what is left of the week is put off.
    passes(&desk, 1);
    assert_eq!(starts(&desk), 0);
    assert_eq!(told(&mut laptop)["due_ms"], due + DAY_MS);
    let subject = Subject::Person(PersonId::from_entropy(2));
    laptop.does(Command::CheckIn(Presence { site: "north".to_owned(), method: Method::Search, subject }));
    laptop.exchanges();
    assert_eq!(runs(&desk, 2 * 24), 0);
    assert_eq!(told(&mut laptop)["due_ms"], desk.clock.now().0 + 5 * DAY_MS + HOUR_MS);
    assert!(is_there(&desk, laptop.event()));

    assert_eq!(runs(&desk, 5 * 24), 0);
    assert_eq!(runs(&desk, 1), 1);
    assert!(!is_there(&desk, laptop.event()));
    assert_eq!(told(&mut laptop), serde_json::Value::Null);
}

#[test]
fn what_is_recorded_between_a_look_and_its_erasure_keeps_everybody() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let mut laptop = found(&desk, &invite);
    let person = PersonId::from_entropy(2);
    let recorded = desk.runtime().block_on(async {
        let look = |seen: &Seen| seen.ledger.documents().recorded();
        desk.app().views.reader(READER)?.see(laptop.event(), look).await
    });
    let recorded = recorded.unwrap();
    laptop.does(Command::EditPerson(person, PersonEdit::Phone(Some("+7 701 555 05 06".to_owned()))));
    laptop.exchanges();
    let erases = |recorded: u64| {
        let subjects = [Subject::Person(person)].into();
        let deed = Deed::of_server(desk.clock.now());
        let era = EraId([1; 8]);
        let erase = Erase { subjects, era, people: 1, deed, forgotten: None, only_if_recorded: Some(recorded) };
        desk.runtime().block_on(desk.app().desks.erase(laptop.event(), erase))
    };
    assert_eq!(erases(recorded).unwrap_err().code, "busy");
    assert!(is_there(&desk, laptop.event()));
    erases(recorded + 1).unwrap();
    assert!(!is_there(&desk, laptop.event()));
}

#[test]
fn a_round_over_the_events_ends_when_the_server_is_to_stop() {
    let mut desk = Desk::open();
    let invite = desk.first_invite();
    let laptop = found(&desk, &invite);
    passes(&desk, 60);
    assert_eq!((starts(&desk), runs(&desk, WEEK_HOURS - 1)), (0, 0));
    passes(&desk, 1);
    let stop = CancellationToken::new();
    stop.cancel();
    let ran = Some(Duration::from_secs(3600));
    assert_eq!(desk.runtime().block_on(desk.app().keep_retention(ran, &stop)).unwrap(), []);
    assert!(is_there(&desk, laptop.event()));
    assert_eq!(runs(&desk, 1), 1);
}
