//! The package for JavaScript: several tabs with one journal.

use tests::binary::{Place, run};

use super::{Language, repository, stories};

/// A program in Node beside those of every language.
fn program(file: &str) -> std::process::Command {
    Language::Node.package();
    let mut node = std::process::Command::new("node");
    node.arg(repository().join("tests/languages/web").join(file));
    node
}

#[test]
fn several_tabs_and_workers_share_a_journal_and_lose_nothing_when_one_dies() {
    let place = Place::new();
    let told = run(program("tabs.mjs").arg(&stories()[0]).arg(place.path("profile"))).done();
    assert!(told.ends_with(" tales\n"), "{told}");
}
