//! The dependency rules of the architecture, checked against the sources as they stand.

mod page;
mod parameters;
mod paths;
mod rules;

use std::path::{Path, PathBuf};

use rules::{Source, violations};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read_below(of: &'static str, directory: &Path, root: &Path, sources: &mut Vec<Source>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_below(of, &path, root, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let segments: Vec<_> = path.strip_prefix(root).unwrap().iter().map(|part| part.to_str().unwrap()).collect();
            sources.push(Source { of, file: segments.join("/"), text: std::fs::read_to_string(&path).unwrap() });
        }
    }
}

fn every_source_of(of: &'static str) -> Vec<Source> {
    let root = repository().join(of).join("src");
    let mut sources = Vec::new();
    read_below(of, &root, &root, &mut sources);
    sources
}

fn sources_of(of: &'static str) -> Vec<Source> {
    let mut sources = every_source_of(of);
    // A file of unit tests does not ship.
    sources.retain(|source| !source.file.ends_with("/tests.rs"));
    sources
}

/// What the rules say about one made-up file among the real ones.
fn objections(of: &'static str, file: &str, text: &str) -> Vec<String> {
    let mut sources = sources_of(of);
    sources.push(Source { of, file: file.to_owned(), text: text.to_owned() });
    violations(&sources)
}

#[track_caller]
fn assert_objects(of: &'static str, file: &str, text: &str) {
    let objections = objections(of, file, text);
    assert!(objections.iter().any(|objection| objection.contains(file)), "{file} may not say: {text}");
}

#[test]
fn every_module_names_only_what_lies_below_it() {
    let sources: Vec<Source> = ["sync-core", "server"].into_iter().flat_map(sources_of).collect();
    assert!(sources.len() > 80, "only {} files were read", sources.len());
    let broken = violations(&sources);
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn no_function_takes_a_tuple() {
    for source in ["sync-core", "server"].into_iter().flat_map(sources_of) {
        let place = format!("{}/src/{}", source.of, source.file);
        let found = parameters::taking_tuples(&source.text);
        assert!(
            found.is_empty(),
            "{place}: {found:?} should take named parameters, or a struct with a name for the idea"
        );
    }
}

/// The files that no other file declares as a module: nothing compiles them.
fn undeclared(sources: &[Source]) -> Vec<&str> {
    let is_declared = |file: &str| {
        let (parent, name) = file.rsplit_once('/').unwrap_or(("", file));
        let parents =
            if parent.is_empty() { vec!["lib.rs".into(), "main.rs".into()] } else { vec![format!("{parent}.rs")] };
        let declares = format!("mod {};", name.trim_end_matches(".rs"));
        let mut above = sources.iter().filter(|source| parents.contains(&source.file));
        above.any(|source| source.text.lines().any(|line| line.ends_with(&declares)))
    };
    let files = sources.iter().map(|source| source.file.as_str());
    files.filter(|file| !matches!(*file, "lib.rs" | "main.rs") && !is_declared(file)).collect()
}

#[test]
fn every_file_is_a_module_that_another_file_declares() {
    for of in ["sync-core", "server"] {
        let mut sources = every_source_of(of);
        assert_eq!(undeclared(&sources), Vec::<&str>::new(), "of {of}");
        sources.push(Source { of, file: "store/left_behind.rs".to_owned(), text: String::new() });
        assert_eq!(undeclared(&sources), ["store/left_behind.rs"]);
    }
}

#[test]
fn the_core_depends_on_no_server_and_nobody_on_the_tests() {
    for (of, others) in [("sync-core", &["server", "tests"][..]), ("server", &["tests"])] {
        let manifest = std::fs::read_to_string(repository().join(of).join("Cargo.toml")).unwrap();
        for other in others {
            let names = |line: &str| line.strip_prefix(other).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
            assert!(!manifest.lines().any(names), "{of} depends on {other}");
        }
    }
}

#[test]
fn automerge_in_the_view_or_in_the_server_is_found() {
    assert_objects("sync-core", "view/new.rs", "use automerge::ReadDoc;");
    assert_objects("sync-core", "replica.rs", "fn load() { automerge::Automerge::load(bytes) }");
    assert_objects("server", "desks/desk.rs", "use automerge::{AutoCommit, ROOT};");
}

#[test]
fn a_module_that_names_what_lies_above_it_is_found() {
    assert_objects("sync-core", "ids.rs", "use crate::trust::Grant;");
    assert_objects("sync-core", "documents/log.rs", "use crate::{ids::EventId, exchange::Item};");
    assert_objects("sync-core", "view/hours.rs", "use super::super::replica::Replica;");
    assert_objects("sync-core", "exchange.rs", "fn open() -> crate::journal::Journal {}");
    assert_objects("sync-core", "brand_new.rs", "use crate::journal::Journal;");
    assert_objects("server", "store.rs", "use crate::desks::Desk;");
    assert_objects("server", "auth.rs", "use crate::api::Caller;");
}

#[test]
fn time_entropy_and_io_in_the_core_are_found() {
    for text in [
        "let now = jiff::Timestamp::now();",
        "use std::time::{Duration, SystemTime};",
        "let at = std::time::Instant::now();",
        "use std::{collections::BTreeMap, fs};",
        "fn send(stream: std::net::TcpStream) {}",
        "getrandom::fill(&mut seed);",
        "use tokio::sync::mpsc;",
        "pub async fn exchange() {}",
        "let hasher = std::collections::hash_map::RandomState::new();",
    ] {
        assert_objects("sync-core", "replica/new.rs", text);
    }
}

#[test]
fn a_store_that_knows_http_or_documents_and_sql_outside_it_are_found() {
    assert_objects("server", "store.rs", "use axum::http::StatusCode;");
    assert_objects("server", "store/sqlite/writer.rs", "use sync_core::documents::roster::Person;");
    assert_objects("server", "auth.rs", "fn find(db: &rusqlite::Connection) {}");
    assert_objects("server", "desks/desk.rs", "use rusqlite::params;");
    assert_objects("server", "store/items.rs", "use rusqlite::params;");
}

#[test]
fn what_depends_on_the_server_or_the_tests_is_found() {
    assert_objects("sync-core", "exchange.rs", "use server::wire::Nonce;");
    assert_objects("server", "replay/new.rs", "use tests::World;");
}

#[test]
fn what_only_a_comment_or_a_unit_test_names_is_no_matter() {
    let text =
        "//! See automerge::Automerge and std::time::SystemTime.\n\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
    assert_eq!(objections("sync-core", "view/new.rs", text), Vec::<String>::new());
}

#[test]
fn an_exception_that_nobody_needs_is_found() {
    let made_up = Source { of: "sync-core", file: "app.rs".to_owned(), text: "use crate::ids::EventId;".to_owned() };
    let objections = violations(&[made_up]);
    assert!(!objections.is_empty(), "every exception of the core is idle here");
    assert!(objections.iter().all(|objection| objection.contains("forget the exception")), "{objections:?}");
}
