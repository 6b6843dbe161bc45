//! Kotlin and Java as their developers expect them: closing and cancelling end what waits, rows cannot change, Java can call
//! everything, and the documentation is in Kotlin's words.

use std::process::Command;

use tests::binary::{Place, run};
use tests::conformance::introduced;

use super::{Language, class_path, facade, repository};

/// Runs a story of `tests/languages/kotlin/Waits.kt` with a journal that has joined. Returns what it said on standard error.
fn waits(story: &str) -> String {
    let place = Place::new();
    let journal = place.path("gate.db");
    facade::joined(&journal, "office", "07").shut_down();
    let told = facade::story("07");
    let (link, _) = introduced(&told, &told["devices"]["office"]);
    let ended = run(Language::Kotlin.program().arg("waits").arg(&journal).args([&link, story]));
    let said = ended.err.clone();
    ended.done();
    assert!(!said.contains("panicked"), "{said}");
    said
}

#[test]
fn closing_a_journal_in_kotlin_ends_an_exchange_and_lets_it_be_opened_again() {
    waits("closed");
}

#[test]
fn cancelling_a_coroutine_ends_what_waits_for_a_silent_home() {
    waits("cancelled");
}

#[test]
fn what_an_app_in_kotlin_throws_comes_back_or_is_reported_and_never_a_bug() {
    let said = waits("thrown");
    assert!(said.contains("Thrown: thrown by the app"), "{said}");
}

#[test]
fn rows_in_kotlin_cannot_change_and_every_call_has_a_suspending_twin() {
    waits("shapes");
}

#[test]
fn java_can_call_everything() {
    Language::Kotlin.package();
    let place = Place::new();
    let journal = place.path("office.db");
    facade::joined(&journal, "office", "07").shut_down();
    let classes = place.path("classes");
    let source = repository().join("tests/languages/kotlin/Hello.java");
    run(Command::new("javac")
        .arg("-Xlint:all")
        .arg("-Werror")
        .arg("-cp")
        .arg(class_path(&[]))
        .arg("-d")
        .arg(&classes)
        .arg(source))
    .done();
    let said = run(Command::new("java").arg("-cp").arg(class_path(&[&classes])).arg("Hello").arg(&journal)).done();
    assert!(said.contains("unknown_site"), "{said}");
}

#[test]
fn the_documentation_for_kotlin_is_in_the_words_of_kotlin() {
    Language::Kotlin.package();
    let mut documented = 0;
    for file in ["sync_core.kt", "Twins.kt", "ErrorCodes.kt"] {
        let text = std::fs::read_to_string(repository().join("target/bindings/kotlin/saxaul").join(file)).unwrap();
        for line in text.lines().filter(|line| line.trim_start().starts_with(['*', '/'])) {
            documented += 1;
            for word in ["crate::", "super::", "::", "SaxaulError", "# Errors", "[`"] {
                // UniFFI's own remarks name its settings.
                assert!(!line.contains(word) || line.contains("uniffi.toml"), "{file}: {line}");
            }
        }
    }
    assert!(documented > 1000, "{documented}");
}
