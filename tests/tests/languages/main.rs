//! One program in each language: it joins at a real server, works without it, is killed, comes back, exchanges, and shows
//! the hours that everybody shows. And the stories of `tests/conformance`, everywhere to the byte.
//!
//! What the languages need is installed by `.ci/setup`; `make build` builds the library and what writes its other sides.

mod around;
mod documented;
mod facade;
mod kotlin;
mod python;
mod radio;
mod samples;
mod swift;
mod syncing;
mod web;

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tests::binary::{Home, Place, free_port, run};
use tests::conformance::Player;

/// An event that is open now: the programs have the clock that everybody has.
fn event() -> String {
    let today = jiff::Timestamp::now().in_tz("Asia/Aqtau").unwrap().date();
    let days = [today, today.tomorrow().unwrap()];
    let days = days.map(|date| format!(r#"{{"date": "{date}", "opens": "00:00", "closes": "24:00"}}"#)).join(", ");
    format!(
        r#"{{"name": {{"en": "Shore day"}}, "time_zone": "Asia/Aqtau", "sites": [{{"key": "pier"}}], "days": [{days}]}}"#
    )
}

const LIST: &str = "Code,Name\nA-1,Ахметова Айгерім\nA-2,Серік Нұрлан\n";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn stories() -> Vec<PathBuf> {
    let files = std::fs::read_dir(repository().join("tests/conformance")).unwrap();
    let stories: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    assert!(!stories.is_empty());
    stories
}

#[derive(Clone, Copy)]
enum Language {
    Kotlin,
    Python,
    Node,
    Browser,
}

impl Language {
    /// What the program calls its device.
    const fn name(self) -> &'static str {
        match self {
            Self::Kotlin => "kotlin",
            Self::Python => "python",
            Self::Node | Self::Browser => "javascript",
        }
    }

    /// Packages the library for this language, once.
    fn package(self) {
        static KOTLIN: OnceLock<()> = OnceLock::new();
        static PYTHON: OnceLock<()> = OnceLock::new();
        static WEB: OnceLock<()> = OnceLock::new();
        let sources = ["Main.kt", "Json.kt", "kotlin/Waits.kt"].map(|name| format!("tests/languages/{name}"));
        let (once, script, args) = match self {
            Self::Kotlin => (&KOTLIN, "bindings/build-kotlin.sh", &sources[..]),
            Self::Python => (&PYTHON, "bindings/build-python.sh", &[][..]),
            Self::Node | Self::Browser => (&WEB, "bindings/build-web.sh", &[][..]),
        };
        once.get_or_init(|| {
            run(Command::new(repository().join(script)).args(args).current_dir(repository())).done();
        });
    }

    /// The program in this language.
    fn program(self) -> Command {
        self.package();
        let root = repository();
        match self {
            Self::Kotlin => {
                let mut java = Command::new("java");
                java.args(["-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp"]);
                java.arg(class_path(&[&root.join("target/bindings/program.jar")])).arg("MainKt");
                java
            }
            Self::Python => {
                let mut python = Command::new(root.join("target/tools/python/bin/python"));
                python.arg(root.join("tests/languages/program.py"));
                python.env("PYTHONPATH", root.join("target/bindings/python"));
                python
            }
            Self::Node | Self::Browser => {
                let file = if matches!(self, Self::Node) { "node.mjs" } else { "browser.mjs" };
                let mut node = Command::new("node");
                node.arg(root.join("tests/languages/web").join(file));
                node
            }
        }
    }
}

/// Where a program on the JVM finds its classes: here, and in the package and what that needs.
fn class_path(more: &[&Path]) -> OsString {
    let root = repository();
    let kotlin = root.join("target/tools/kotlin/node_modules/kotlin-compiler/lib");
    let jars = [
        root.join("target/bindings/saxaul.jar"),
        kotlin.join("kotlin-stdlib.jar"),
        kotlin.join("kotlinx-coroutines-core-jvm.jar"),
        std::env::var_os("JNA_JAR").map_or_else(|| "/usr/share/java/jna.jar".into(), PathBuf::from),
    ];
    std::env::join_paths(more.iter().map(|path| path.to_path_buf()).chain(jars)).unwrap()
}

/// The program at its work is killed, as a phone that dies is: it has said "saved".
fn dies_at_work(mut program: Command) {
    let mut child = program.stdout(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(said.trim(), "saved");
}

fn shows_the_hours_of_the_server(language: Language) {
    let place = Place::new();
    let data = place.path("data");
    let port = free_port();
    let site_port = free_port().to_string();
    let web_app = ["--web-origin", &format!("http://localhost:{site_port}")];
    let mut home = Home::start_with(&place, &data, port, &web_app);
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    place.write("event.json", event());
    organizer.does(["event", "create", "event.json"]).done();
    place.write("list.csv", LIST);
    organizer.does(["import", "list.csv", "--issuer", "list", "--apply"]).done();
    let invited = organizer.does(["invite", "--role", "marker"]).done();
    let link = place.write("link.txt", invited.lines().next().unwrap());
    let journal = place.path("phone.db");
    let does = |command: &str, rest: &[&Path]| {
        let mut program = language.program();
        program.env("SITE_PORT", &site_port).arg(command).arg(&journal).args(rest);
        program
    };
    run(&mut does("join", &[&link])).done();

    // Without a server.
    home.kill();
    dies_at_work(does("work", &[Path::new("akhmetova")]));
    let before = run(&mut does("hours", &[])).done();

    // With it again.
    let _home = Home::start_with(&place, &data, port, &web_app);
    run(&mut does("exchange", &[])).done();
    let shown = run(&mut does("hours", &[])).done();
    let known: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert!(known[0][0] == "A-1" && known[0][3].as_u64().is_some_and(|imputed| imputed > 0), "{shown}");
    assert_eq!(shown.matches("A-1").count(), before.matches("A-1").count());
    let people = organizer.does(["report", "people"]).done();
    assert!(people.contains("A-1"), "{people}");
    let hours = organizer.does(["report", "hours", "--format", "json"]).done();
    let rows: serde_json::Value = serde_json::from_str(&hours).unwrap();
    let row = |row: &serde_json::Value| {
        serde_json::json!([row["subjects"], row["date"], row["observed_s"], row["imputed_s"], row["verified_s"]])
    };
    let of_the_server: Vec<_> = rows.as_array().unwrap().iter().map(row).collect();
    assert_eq!(known, serde_json::Value::from(of_the_server));

    // And forgets everything when home orders it.
    let devices = organizer.does(["device", "list"]).done();
    let phone = devices.lines().find(|line| line.contains(language.name())).unwrap();
    let id = phone.split_whitespace().find(|word| word.len() == 32).unwrap();
    organizer.does(["device", "revoke", id, "--wipe"]).done();
    run(&mut does("wipe", &[])).done();
    let nothing = run(&mut does("hours", &[]));
    assert!(nothing.code != Some(0) && nothing.err.contains("no_event"), "it is in no event any more: {nothing:?}");
}

fn tells_every_story(language: Language) {
    plays(language, "conformance", " steps\n");
}

fn is_told_its_mistakes(language: Language) {
    plays(language, "mistakes", " mistakes\n");
}

fn plays(language: Language, command: &str, end: &str) {
    for story in stories() {
        let place = Place::new();
        let directory = place.write("devices/.keep", "");
        let told = run(language.program().arg(command).arg(&story).arg(directory.parent().unwrap()));
        assert!(told.done().ends_with(end));
    }
}

#[test]
fn rust_tells_every_story_as_it_is_written() {
    for path in stories() {
        let place = Place::new();
        let directory = place.write("devices/.keep", "");
        let story: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let mut player = Player::of(&story, directory.parent().unwrap());
        player.play(|step, digest| assert_eq!(story["steps"][step]["view_sha256"], digest, "step {step}"));
    }
}

#[test]
fn kotlin_tells_every_story_as_it_is_written() {
    tells_every_story(Language::Kotlin);
}

#[test]
fn python_tells_every_story_as_it_is_written() {
    tells_every_story(Language::Python);
}

#[test]
fn a_phone_in_kotlin_that_died_at_work_shows_the_hours_of_the_server() {
    shows_the_hours_of_the_server(Language::Kotlin);
}

#[test]
fn a_laptop_in_python_that_died_at_work_shows_the_hours_of_the_server() {
    shows_the_hours_of_the_server(Language::Python);
}

#[test]
fn a_journal_in_python_loses_nothing_to_forks_copies_and_files_of_others() {
    let place = Place::new();
    let journal = place.path("office.db");
    facade::joined(&journal, "office", "07").shut_down();
    run(Language::Python.program().arg("holds").arg(&journal)).done();
}

#[test]
fn node_tells_every_story_as_it_is_written() {
    tells_every_story(Language::Node);
}

#[test]
fn a_browser_tells_every_story_as_it_is_written() {
    tells_every_story(Language::Browser);
}

#[test]
fn a_gate_in_node_that_died_at_work_shows_the_hours_of_the_server() {
    shows_the_hours_of_the_server(Language::Node);
}

#[test]
fn a_gate_in_a_browser_that_died_at_work_shows_the_hours_of_the_server() {
    shows_the_hours_of_the_server(Language::Browser);
}

#[test]
fn a_mistake_in_node_is_a_typed_error_and_nothing_is_lost() {
    is_told_its_mistakes(Language::Node);
}

#[test]
fn a_mistake_in_a_browser_is_a_typed_error_and_nothing_is_lost() {
    is_told_its_mistakes(Language::Browser);
}
