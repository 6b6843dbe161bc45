//! What an event is, written and corrected in a browser.

use serde_json::{Value, json};
use sync_core::command::Command;
use sync_core::documents::event::{EventEdit, LocalText, Team};
use sync_core::ids::EventId;
use tests::desk::{Browser, Desk, Laptop, SHORE};

fn founded(desk: &mut Desk) -> (Laptop<'_>, Browser<'_>, String) {
    let invite = desk.first_invite();
    let desk = &*desk;
    let laptop = desk.found(&invite, SHORE.as_bytes());
    let browser = desk.sign_in(&laptop.offers("organizer"));
    let event = format!("/v1/events/{}", laptop.event());
    (laptop, browser, event)
}

fn full_plan() -> Value {
    json!({
        "name": { "kk": "Шағала", "ru": "Чайка", "en": "Seagull" }, "time_zone": "Asia/Aqtau",
        "days": [{ "date": "2026-05-18", "opens": "08:00", "closes": "18:00" }],
        "sites": [{ "key": "north", "name": { "kk": "", "ru": "", "en": "North gate" } }],
        "markers_read": "all",
        "teams": [{ "key": "T1", "name": { "kk": "", "ru": "Первая", "en": "" }, "organisation": "Жасыл Ел", "site": "north" }],
        "shifts": [{ "key": "S1", "name": { "kk": "", "ru": "", "en": "Divers" }, "site": "north", "date": "2026-05-18",
                     "starts": "09:00", "ends": "12:00", "role": "diver", "need": 4, "hazardous": true }],
        "cards": [{ "key": "litter", "name": { "kk": "", "ru": "", "en": "Litter" }, "kind": "litter", "lines": ["bottles"] }],
        "categories": [{ "key": "students", "name": { "kk": "", "ru": "Студенты", "en": "" } }],
        "remote_tasks": [{ "key": "maps", "name": { "kk": "", "ru": "", "en": "Maps" }, "from": "2026-05-01", "until": "2026-05-31" }],
        "grants": [{ "id": "SG-7", "name": { "kk": "", "ru": "", "en": "Small grant" }, "donor": "A donor", "project": "P-1" }],
        "minors": { "consent_age": 16, "adult_age": 18, "hazardous_roles": ["diver"] },
        "silver": { "age": 55 }, "retention_days": 365, "region": "Mangystau", "organisation": "Akimat",
        "columns": [{ "issuer": "office", "header": "Рег. №", "means": "code" }]
    })
}

#[test]
fn an_event_is_founded_in_a_browser_and_says_what_was_written_as_it_was_written() {
    let mut desk = Desk::open();
    let (laptop, of_one_event, _) = founded(&mut desk);
    let link = laptop.offers_what(&json!({ "access": "organizer", "name": "Head office" }));
    let browser = laptop.desk().sign_in(&link);
    let id = EventId([7; 16]).to_string();
    let new = json!({ "event": id });
    of_one_event.send("POST", "/v1/events", &new).is_problem(403, "not_your_role");
    laptop
        .desk()
        .sign_in(&laptop.offers("front_office"))
        .send("POST", "/v1/events", &new)
        .is_problem(403, "not_your_role");
    browser.send("POST", "/v1/events", &new).is(201);
    browser.send("POST", "/v1/events", &new).is(200);
    let path = format!("/v1/events/{id}");
    browser.send("PATCH", &path, &full_plan()).is(200);
    assert_eq!(browser.get(&format!("{path}/plan")).is(200), full_plan());
    assert_eq!(browser.get(&path).is(200)["name"]["en"], "Seagull");
    assert!(browser.get("/v1/events").is(200)["events"].as_array().unwrap().contains(&json!(id)));
    of_one_event.get(&format!("{path}/plan")).is_problem(404, "unknown_event");

    // Saying the same again says nothing.
    let before = browser.get(&format!("{path}/plan")).header("etag").to_owned();
    browser.send("PATCH", &path, &full_plan()).is(200);
    assert_eq!(browser.get_unless(&format!("{path}/plan"), &before).status, 304);
}

#[test]
fn what_was_put_in_by_mistake_is_taken_off_and_a_slip_of_the_pen_changes_nothing() {
    let mut desk = Desk::open();
    let (mut laptop, browser, path) = founded(&mut desk);
    browser.send("PATCH", &path, &full_plan()).is(200);
    let plan = || browser.get(&format!("{path}/plan")).is(200);
    let before = plan();
    for (slip, field, why) in [
        (json!({ "remove": { "teams": ["T1", "T9"] } }), "remove.teams", "no `T9`"),
        (json!({ "remove": { "days": ["2026-07-01"] } }), "remove.days", "no `2026-07-01`"),
        (json!({ "time_zone": "Asia/Nowhere" }), "time_zone", "is not a time zone"),
        (
            json!({ "days": [{ "date": "2026-05-20", "opens": "8", "closes": "18:00" }] }),
            "days, 2026-05-20: opens",
            "`8`",
        ),
        (
            json!({ "days": [{ "date": "2026-05-20", "opens": "24:00", "closes": "18:00" }] }),
            "days, 2026-05-20: opens",
            "`24:00` is not a time",
        ),
        (json!({ "longest_stretch": 25 }), "longest_stretch", "1 to 24 hours"),
        (json!({ "speaks": 2 }), "speaks", "update it first"),
        (json!({ "speaks": 0 }), "speaks", "never lowered"),
        (json!({ "columns": [{ "issuer": "a", "header": "b", "means": "colour" }] }), "columns", "`colour`"),
        (json!({ "minors": { "consent_age": 18, "adult_age": 16 } }), "adult_age", "not below"),
        (json!({}), "body", "no field is given"),
    ] {
        let refused = browser.send("PATCH", &path, &slip);
        refused.is_problem(400, "bad_field");
        let problem = refused.json();
        assert!(problem["field"] == field && problem["why"].as_str().unwrap().contains(why), "{problem}");
    }
    browser.send("PATCH", &path, &json!({ "team": [] })).is_problem(400, "bad_body");
    assert_eq!(plan(), before);

    let gone = json!({ "remove": {
        "sites": ["pier"], "teams": ["T1"], "shifts": ["S1"], "cards": ["litter"], "categories": ["students"],
        "remote_tasks": ["maps"], "grants": ["SG-7"], "days": ["2026-05-19"], "silver": true, "retention_days": true,
        "region": true, "columns": [{ "issuer": "office", "header": "Рег. №" }]
    } });
    browser.send("PATCH", &path, &gone).is(200);
    let left = plan();
    let named: Vec<&String> = left.as_object().unwrap().keys().collect();
    assert_eq!(named, ["days", "markers_read", "minors", "name", "organisation", "sites", "time_zone"], "{left}");
    assert_eq!((left["days"].as_array().unwrap().len(), &left["organisation"]), (1, &json!("Akimat")));
    laptop.exchanges();
    assert!(laptop.replica.replica().shown().event.teams.is_empty());
}

#[test]
fn what_two_organizers_said_differently_of_an_event_is_shown_and_one_of_it_chosen() {
    let mut desk = Desk::open();
    let (mut laptop, browser, path) = founded(&mut desk);
    let team = |name: &str| {
        let name = LocalText { ru: name.to_owned(), ..LocalText::default() };
        EventEdit::Team { key: "T1".to_owned(), team: Some(Team { name, ..Team::default() }) }
    };
    let conflicts = || browser.all(&format!("{path}/event-conflicts"));
    for chosen in [0, 1] {
        laptop.does(Command::EditEvent(team(&format!("Чайка {chosen}"))));
        let other = json!({ "teams": [{ "key": "T1", "name": { "ru": format!("Берег {chosen}") } }] });
        browser.send("PATCH", &path, &other).is(200);
        laptop.exchanges();
        let found = conflicts();
        let [conflict] = &found[..] else { panic!("{found:?}") };
        assert_eq!(conflict["statement"], "team.T1");
        let values = conflict["values"].as_array().unwrap();
        let mut by: Vec<&str> = values.iter().map(|value| value["by_name"].as_str().unwrap()).collect();
        by.sort_unstable();
        assert_eq!((values.len(), by), (2, vec!["office", "Айгүл (organizer)"]));
        assert_eq!(browser.get(&path).is(200)["event_conflicts"], 1);

        // Whichever is chosen, also the one that is shown meanwhile.
        let choice = &values[chosen]["choose"];
        browser.send("PATCH", &path, choice).is(200);
        assert!(conflicts().is_empty());
        assert_eq!(browser.get(&format!("{path}/plan")).is(200)["teams"], choice["teams"]);
        laptop.exchanges();
    }

    // One takes it off, the other goes on with it.
    laptop.does(Command::EditEvent(EventEdit::Team { key: "T1".to_owned(), team: None }));
    browser.send("PATCH", &path, &json!({ "teams": [{ "key": "T1", "organisation": "Жасыл Ел" }] })).is(200);
    laptop.exchanges();
    let found = conflicts();
    let values = found[0]["values"].as_array().unwrap();
    let gone = values.iter().find(|value| value["choose"]["remove"].is_object()).unwrap();
    browser.send("PATCH", &path, &gone["choose"]).is(200);
    assert!(conflicts().is_empty() && browser.get(&format!("{path}/plan")).is(200).get("teams").is_none());
}
