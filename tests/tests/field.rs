//! The field app in a real browser, before a real server: each file of stories in `tests/languages/field/stories` is a test.
//!
//! The program carries the app that `make web` built. A story fails on an error of the page, a report of its policy, a call to
//! another origin, or a serious hindrance for people who use a screen reader.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use tests::binary::run;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Browsers of several stories at once would make each other slow: a story tells keys of a scanner from a person's by their speed.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn tells(file: &str) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let app = repository().join("server/web/field/dist/index.html");
    assert!(app.is_file(), "the app is missing: make web");
    let mut node = Command::new("node");
    node.arg(repository().join("tests/languages/field/run.mjs")).arg(file);
    let told = run(&mut node).done();
    assert!(told.ends_with(" stories\n"), "{told}");
}

#[test]
fn stories_of_the_camera() {
    tells("camera.mjs");
}

#[test]
fn stories_of_carrying() {
    tells("carrying.mjs");
}

#[test]
fn stories_of_exchanges() {
    tells("exchange.mjs");
}

#[test]
fn stories_of_the_gate() {
    tells("gate.mjs");
}

#[test]
fn stories_of_reading() {
    tells("reading.mjs");
}

#[test]
fn stories_of_trouble() {
    tells("trouble.mjs");
}

#[test]
fn stories_of_work() {
    tells("work.mjs");
}

#[test]
fn every_file_of_stories_is_told_here() {
    let files = std::fs::read_dir(repository().join("tests/languages/field/stories")).unwrap();
    let own = include_str!("field.rs");
    for file in files {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(own.contains(&format!("tells(\"{name}\")")), "{name}");
    }
}

#[test]
fn the_app_is_typed_and_within_its_budgets() {
    for script in ["check", "size"] {
        let mut npm = Command::new("npm");
        npm.args(["run", "--silent", script]).current_dir(repository().join("server/web/field"));
        run(&mut npm).done();
    }
}
