//! A national office, its regions and their organisations: each sees and runs what stands below it.

use tests::binary::{Home, Laptop, Place, free_port};

const EVENT: &str = r#"{"name": {"en": "Shore day"}, "time_zone": "Asia/Aqtau", "sites": [{"key": "pier"}],
    "days": [{"date": "2026-05-18", "opens": "08:00", "closes": "18:00"}]}"#;

/// The first word of what a command printed.
fn id_of(told: &str) -> String {
    told.split_whitespace().next().unwrap().to_owned()
}

fn add_node(laptop: &Laptop<'_>, name: &str, kind: &str, under: Option<&str>) -> String {
    let under = under.map(|under| ["--under", under]).into_iter().flatten();
    id_of(&laptop.does(["node", "add", name, "--kind", kind].into_iter().chain(under)).done())
}

fn invites(laptop: &Laptop<'_>, node: &str) -> String {
    id_of(&laptop.does(["invite", "--role", "organizer", "--node", node]).done())
}

#[test]
fn an_office_runs_the_events_below_it_and_does_not_learn_of_others() {
    let place = Place::new();
    place.write("event.json", EVENT);
    let port = free_port();
    let mut home = Home::start(&place, &place.path("data"), port);
    let national = place.laptop("national");
    national.joins(&home.first_invite()).done();
    let country = add_node(&national, "Qazaqstan", "national", None);
    let west = add_node(&national, "Mangystau", "region", Some(&country));
    let east = add_node(&national, "Abai", "region", Some(&country));

    // The region adds its own organisation, and gives it an event. Nothing above or beside it is its business.
    let region = place.laptop("region");
    region.joins(&invites(&national, &west)).done();
    let club = add_node(&region, "Taza jaga", "organisation", Some(&west));
    region
        .does(["node", "add", "Elsewhere", "--kind", "organisation", "--under", &east])
        .refused(1, &["not_your_role"]);
    region.does(["node", "add", "Another country", "--kind", "national"]).refused(1, &["not_your_role"]);
    region.does(["node", "add", "A region below", "--kind", "region", "--under", &club]).refused(1, &["bad_body"]);
    region.does(["invite", "--role", "organizer", "--node", &country]).refused(1, &["not_your_role"]);
    let listed = region.does(["node", "list"]).done();
    assert!(listed.contains("Mangystau") && listed.contains("Taza jaga") && !listed.contains("Abai"), "{listed}");
    let event = id_of(&region.does(["event", "create", "event.json", "--node", &club]).done());

    // An organizer of the club finds the event, works in it, and lets a marker in.
    let organizer = place.laptop("organizer");
    organizer.joins(&invites(&region, &club)).done();
    assert!(organizer.does(["event", "list"]).done().contains("Shore day  (0 people, 1 sites)"));
    place.write("list.csv", "Code;Family name\nA-1;Chernova\n");
    organizer.does(["import", "list.csv", "--issuer", "list", "--apply", "--event", &event]).done();
    let gate = place.laptop("gate");
    gate.joins(&id_of(&organizer.does(["invite", "--role", "marker", "--event", &event]).done())).done();
    gate.does(["field", "exchange"]).done();
    gate.does(["field", "check-in", "A-1"]).done();
    gate.does(["field", "exchange"]).done();
    assert!(region.does(["device", "list", "--event", &event]).done().contains("gate"));

    // The other region does not learn that there is such an event, nor who works there.
    let other = place.laptop("other");
    other.joins(&invites(&national, &east)).done();
    assert!(other.does(["event", "list"]).done().contains("No events yet"));
    other.does(["field", "exchange", "--event", &event]).refused(1, &["unknown_event"]);
    other.does(["invite", "--role", "marker", "--event", &event]).refused(1, &["unknown_event"]);
    let known = other.does(["device", "list"]).done();
    assert!(known.contains("other") && !known.contains("gate") && !known.contains("region "), "{known}");

    // All of it outlives the server.
    home.stop().done();
    let _home = Home::start(&place, &place.path("data"), port);
    assert!(organizer.does(["event", "list"]).done().contains("Shore day  (1 people, 1 sites)"));
    assert!(national.does(["event", "list"]).done().contains("Shore day"));
}
