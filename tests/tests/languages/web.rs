//! The package for JavaScript: several tabs with one journal, what its archive holds, and the sample in React.

use std::process::Command;

use tests::binary::{Home, Place, free_port, run};
use tests::paper;

use super::{LIST, Language, event, repository, stories};

/// A program in Node beside those of every language.
fn program(file: &str) -> Command {
    Language::Node.package();
    let mut node = Command::new("node");
    node.arg(repository().join("tests/languages/web").join(file));
    node
}

#[test]
fn several_tabs_and_workers_share_a_journal_and_lose_nothing_when_one_dies() {
    let place = Place::new();
    let told = run(program("tabs.mjs").arg(&stories()[0]).arg(place.path("profile"))).done();
    assert!(told.ends_with(" tales\n"), "{told}");
}

#[test]
fn the_archive_is_whole_and_typed_and_opens_in_node_and_through_bundlers() {
    let place = Place::new();
    let told = run(program("package.mjs").arg(place.path("profile"))).done();
    assert_eq!(told, "opened everywhere\n");
}

#[test]
fn a_copied_journal_of_node_writes_under_a_name_of_its_own() {
    let place = Place::new();
    let directory = place.write("journals/.keep", "");
    assert_eq!(run(program("copies.mjs").arg(directory.parent().unwrap())).done(), "copies\n");
}

#[test]
fn a_strict_react_opens_a_journal_once() {
    let place = Place::new();
    assert_eq!(run(program("sample.mjs").arg("strict").arg(place.path("profile"))).done(), "done\n");
}

#[test]
fn a_gate_in_react_joins_scans_and_goes_on_without_home() {
    let place = Place::new();
    let (data, port, site_port) = (place.path("data"), free_port(), free_port().to_string());
    let web_app = ["--web-origin", &format!("http://localhost:{site_port}")];
    let mut home = Home::start_with(&place, &data, port, &web_app);
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    place.write("event.json", event());
    organizer.does(["event", "create", "event.json"]).done();
    place.write("list.csv", LIST);
    organizer.does(["import", "list.csv", "--issuer", "list", "--apply"]).done();
    organizer.does(["report", "badges", "--person", "A-1", "--out", "badges.pdf"]).done();
    let badge = paper::codes(&std::fs::read(place.path("badges.pdf")).unwrap()).remove(0);
    let invited = organizer.does(["invite", "--role", "marker"]).done();
    let link = invited.lines().next().unwrap();
    let does = |command: &str, more: &[&str]| {
        let mut sample = program("sample.mjs");
        sample.env("SITE_PORT", &site_port).arg(command).arg(place.path("profile")).args(more);
        assert_eq!(run(&mut sample).done(), "done\n");
    };

    does("join", &[link, &badge]);
    home.kill();
    does("offline", &[]);
    let _home = Home::start_with(&place, &data, port, &web_app);
    does("exchange", &[]);

    let hours = organizer.does(["report", "hours", "--format", "json"]).done();
    let rows: serde_json::Value = serde_json::from_str(&hours).unwrap();
    let open = |row: &serde_json::Value| row["observed_s"] == 0 && row["imputed_s"].as_u64() > Some(0);
    assert_eq!(rows.as_array().map(Vec::len), Some(2), "{hours}");
    assert!(rows.as_array().unwrap().iter().all(open), "nobody left: {hours}");
}
