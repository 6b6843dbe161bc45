//! Events whose time is over.

use serde_json::json;
use sync_core::command::Command;
use sync_core::documents::roster::PersonEdit;
use sync_core::ids::{EventId, PersonId};
use sync_core::time::UnixMillis;
use tests::desk::{Desk, SHORE};

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
    let erases = || desk.runtime().block_on(desk.app().keep_retention()).unwrap();
    assert_eq!(erases().iter().map(ToString::to_string).collect::<Vec<_>>(), std::slice::from_ref(&other));
    let says = |event: &str, person: &str| browser.get(&format!("/v1/events/{event}/people/{person}")).text();
    assert!(says(&waiting, &people[0]).contains("Чернова") && !says(&other, &people[1]).contains("Чернова"));

    let held = browser.get(&format!("/v1/events/{waiting}/held")).is(200);
    let numbers = json!({ "numbers": [held["held"][0]["number"]] });
    browser.send("POST", &format!("/v1/events/{waiting}/held/discard"), &numbers).is(200);
    assert_eq!(erases().len(), 1);
    assert!(!says(&waiting, &people[0]).contains("Чернова"));
}
