//! The samples, which developers copy: each works at a gate of a real server, to its end.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tests::binary::{Home, Laptop, Place, free_port, run};

use super::{LIST, Language, class_path, event, python, repository};

/// A server with two people on its roster, an invite for a gate, and the badge of the second person.
struct Scene<'a> {
    _home: Home,
    organizer: Laptop<'a>,
    link: String,
    badge: String,
}

fn scene(place: &Place) -> Scene<'_> {
    let mut home = Home::start(place, &place.path("data"), free_port());
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    place.write("event.json", event());
    organizer.does(["event", "create", "event.json"]).done();
    place.write("list.csv", LIST);
    organizer.does(["import", "list.csv", "--issuer", "list", "--apply"]).done();
    let invited = organizer.does(["invite", "--role", "marker"]).done();
    organizer.does(["report", "badges", "--person", "A-2", "--out", "badge.pdf"]).done();
    let codes = tests::paper::codes(&std::fs::read(place.path("badge.pdf")).unwrap());
    let badge = codes.into_iter().find(|code| code.starts_with("SAXAUL1:")).unwrap();
    Scene { _home: home, organizer, link: invited.lines().next().unwrap().to_owned(), badge }
}

impl Scene<'_> {
    /// Both people are inside, for everybody who asks home.
    fn has_both_inside(&self) {
        let attendance = self.organizer.does(["report", "attendance", "--format", "json"]).done();
        let sessions: serde_json::Value = serde_json::from_str(&attendance).unwrap();
        let mut codes: Vec<String> =
            sessions.as_array().unwrap().iter().map(|session| session["subjects"].to_string()).collect();
        codes.sort();
        assert!(codes.len() == 2 && codes[0].contains("A-1") && codes[1].contains("A-2"), "{attendance}");
    }
}

#[test]
fn the_kiosk_in_python_joins_searches_scans_takes_back_and_brings_everything_home() {
    let place = Place::new();
    let scene = scene(&place);
    let driver = repository().join("tests/languages/python/kiosk.py");
    let mut kiosk = python::python();
    kiosk.arg(driver).arg(repository().join("samples/python/kiosk.py")).arg(place.path("kiosk.db"));
    assert!(run(kiosk.args([&scene.link, &scene.badge])).done().ends_with("the end\n"));
    scene.has_both_inside();
}

#[test]
fn the_samples_in_python_pass_a_type_checker() {
    let mut mypy = python::python();
    mypy.args(["-m", "mypy", "--strict", "--cache-dir"]).arg(repository().join("target/tools/mypy-cache"));
    mypy.env("MYPYPATH", repository().join("target/bindings/python"));
    run(mypy.arg(repository().join("samples/python/kiosk.py"))).done();
}

/// A program at a terminal.
struct Terminal {
    child: Child,
    types: ChildStdin,
    shows: Lines<BufReader<ChildStdout>>,
}

impl Terminal {
    fn of(mut program: Command) -> Self {
        let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (types, shows) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, types, shows: BufReader::new(shows).lines() }
    }

    /// Types a line.
    fn types(&mut self, line: &str) {
        writeln!(self.types, "{line}").unwrap();
    }

    /// Reads on until a line is shown that begins so.
    fn shows(&mut self, line: &str) -> String {
        let mut before = Vec::new();
        for shown in self.shows.by_ref().map(Result::unwrap) {
            if shown.starts_with(line) {
                return shown;
            }
            before.push(shown);
        }
        panic!("{line:?} is not shown: {before:#?}");
    }
}

#[test]
fn the_gate_on_the_jvm_joins_searches_scans_takes_back_and_brings_everything_home() {
    Language::Kotlin.package();
    let place = Place::new();
    let scene = scene(&place);
    let jar = place.path("gate.jar");
    let tools = repository().join("target/tools/kotlin/node_modules/kotlin-compiler");
    let mut compiler = Command::new("bash");
    compiler
        .arg(tools.join("bin/kotlinc"))
        .args(["-no-reflect", "-Werror", "-cp"])
        .arg(class_path(&[]))
        .arg("-d")
        .arg(&jar);
    compiler.env("JAVA_OPTS", "-XX:TieredStopAtLevel=1").arg(repository().join("samples/kotlin/Gate.kt"));
    run(&mut compiler).done();
    let mut java = Command::new("java");
    java.args(["-Xmx256m", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", "-cp"]);
    let mut gate = Terminal::of({
        java.arg(class_path(&[&jar])).arg("GateKt").arg(place.path("gate.db"));
        java
    });
    gate.shows("Paste the invite link");
    gate.types(&scene.link);
    gate.shows("Joined.");
    gate.shows("Inside: 0 of 2");
    gate.types("akhmetova");
    gate.shows("In: Ахметова Айгерім");
    gate.types(&scene.badge);
    gate.shows("In: Серік Нұрлан");
    gate.types(&scene.badge);
    gate.shows("Out: Серік Нұрлан");
    gate.types("undo");
    gate.shows("Taken back: check_out");
    gate.types(&scene.badge[..scene.badge.len() - 4]);
    gate.shows("The badge is damaged");
    gate.types("nobody at all");
    gate.shows("Nobody is called so.");
    // Everybody is listed: one of them is chosen, and that is taken back.
    gate.types("");
    gate.shows("2  A-2");
    gate.types("2");
    gate.shows("Out: Серік Нұрлан");
    gate.types("undo");
    gate.shows("Taken back: check_out");
    gate.shows("Everything is at home.");
    gate.types("status");
    gate.shows("Only here: 0");
    gate.shows("  check_in: Confirmed");
    gate.types("quit");
    assert!(gate.child.wait().unwrap().success());
    scene.has_both_inside();
}
