//! What is written for Swift. No compiler of Swift is here: `make swift` compiles and runs it where there is one.

use std::collections::BTreeSet;
use std::process::Command;

use tests::binary::{Place, run};

use super::repository;

/// The Swift files as they are written for an app.
fn written() -> [String; 2] {
    let place = Place::new();
    let root = repository();
    let directory = place.path("swift");
    let mut bindgen = Command::new(root.join("target/debug/bindgen"));
    bindgen.args(["generate", "--language", "swift", "--no-format", "--out-dir"]).arg(&directory);
    run(bindgen.arg(root.join("target/debug/libsaxaul_core.so")).current_dir(&root)).done();
    run(Command::new("python3").arg("-B").arg(root.join("bindings/adapt/swift.py")).arg(&directory)).done();
    ["Saxaul.swift", "Twins.swift"].map(|file| std::fs::read_to_string(directory.join(file)).unwrap())
}

#[test]
fn every_call_in_swift_has_an_asynchronous_twin_and_its_documentation_is_in_the_words_of_swift() {
    let [source, twins] = written();
    let (_, protocol) = source.split_once("public protocol SaxaulProtocol").unwrap();
    let (protocol, _) = protocol.split_once("\n}\n").unwrap();
    let calls = protocol.lines().filter_map(|line| line.trim().strip_prefix("func ")?.split_once('('));
    let calls: BTreeSet<&str> = calls.map(|(name, _)| name).chain(["open"]).collect();
    assert!(calls.len() > 30, "{calls:?}");
    for call in calls {
        assert!(twins.contains(&format!("func {call}Async(")), "{call}");
    }
    let lines = source.lines().chain(twins.lines());
    let documented: Vec<&str> = lines.filter(|line| line.trim_start().starts_with(['*', '/'])).collect();
    assert!(documented.len() > 1000);
    for line in documented {
        assert!(!["::", "# Errors", "[`"].iter().any(|word| line.contains(word)), "{line}");
    }
}
