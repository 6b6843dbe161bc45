//! What released versions wrote: this version opens it, goes on with it and exchanges with it.

use server::clock::entropy;
use sync_core::app::{App, PeopleQuery};
use sync_core::exchange::{Request, read_message};
use sync_core::ids::Incarnation;
use tests::releases::Release;

#[test]
fn every_release_that_was_made_is_kept() {
    let versions: Vec<String> = Release::all().into_iter().map(|release| release.said.version).collect();
    assert!(versions.contains(&env!("CARGO_PKG_VERSION").to_owned()), "{versions:?}: see tests/releases/README.md");
}

#[test]
fn the_journals_of_a_release_say_what_they_said() {
    for release in Release::all() {
        let organizer = release.place.laptop("organizer");
        let says = |what: &str| organizer.does(["report", what, "--format", "json", "--offline"]).done();
        assert_eq!(says("hours"), release.said.hours, "{}", release.said.version);
        assert_eq!(says("people"), release.said.people, "{}", release.said.version);
        assert!(organizer.does(["report", "revisions", "--offline"]).done().contains("the first day"));
        let gate = release.place.laptop("gate");
        assert_eq!(gate.does(["field", "status"]).done(), release.said.status, "{}", release.said.version);
    }
}

#[test]
fn what_the_phones_of_a_release_recorded_comes_home_and_to_new_phones() {
    for release in Release::all() {
        let (organizer, gate) = (release.place.laptop("organizer"), release.place.laptop("gate"));
        gate.does(["field", "check-out", "A-1", "--site", "north"]).done();
        let home = release.home();
        let met = gate.does(["field", "exchange"]).done();
        assert!(met.contains("Everything recorded here is confirmed at home."), "{}: {met}", release.said.version);
        let link = organizer.does(["invite", "--role", "marker"]).done().lines().next().unwrap().to_owned();
        let newcomer = release.place.laptop("newcomer");
        newcomer.joins(&link).done();
        newcomer.does(["field", "exchange"]).done();
        let says = |laptop: &tests::binary::Laptop<'_>| laptop.does(["report", "hours", "--format", "json"]).done();
        let hours = says(&organizer);
        assert_eq!([says(&gate), says(&newcomer)], [hours.clone(), hours.clone()], "{}", release.said.version);
        assert!(hours.contains("A-2") && hours.len() > release.said.hours.len(), "{hours}");
        let people = organizer.does(["report", "people"]).done();
        assert!(people.contains("Петров Пётр"), "{}: {people}", release.said.version);
        home.stop().done();
        release.place.saxaul(["audit", "verify", "--data-dir", release.place.path("home").to_str().unwrap()]).done();
    }
}

#[test]
fn a_message_and_a_bundle_of_a_release_are_read() {
    for release in Release::all() {
        let bytes = std::fs::read(release.place.path("request.message")).unwrap();
        let request: Request = read_message(&bytes).unwrap();
        assert_eq!(request.event, release.event(), "{}", release.said.version);
        assert!(!request.items.is_empty(), "the gate had something to say");
        let organizer = release.place.laptop("organizer");
        let mut app = App::open(organizer.open().unwrap(), Incarnation(entropy())).unwrap();
        app.choose(release.event()).unwrap();
        app.import_bundle(&std::fs::read(release.place.path("gate.bundle")).unwrap()).unwrap();
        let found = app.people(&PeopleQuery { text: "Петров".to_owned(), limit: 9, ..PeopleQuery::default() }).unwrap();
        assert_eq!(found.rows.len(), 1, "{}: the walk-in came with the bundle", release.said.version);
    }
}
