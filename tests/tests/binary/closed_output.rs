//! A command does what it was asked for, whatever becomes of its output; its exit code says what happened.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use tests::binary::{Home, Laptop, Place, Told, free_port, through_a_shell};

use super::story::event_of_today;

/// What becomes of standard output.
#[derive(Clone, Copy, Debug)]
enum Output {
    /// Whoever should read it has gone before anything was printed.
    PipeEnded,
    /// Whoever reads it goes after the first letter, as `head -c1` does.
    ReadInPart,
    /// Its disk is full.
    Full,
    /// It was closed before the program began.
    Closed,
}

impl Output {
    /// Runs a command with such an output; answers its exit code and what it said on standard error.
    fn of(self, command: &mut Command) -> Told {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = match self {
            Self::PipeEnded => {
                let mut child = command.spawn().unwrap();
                drop(child.stdout.take());
                child
            }
            Self::ReadInPart => {
                let mut child = command.spawn().unwrap();
                let mut out = child.stdout.take().unwrap();
                drop(out.read(&mut [0]));
                child
            }
            Self::Full => command.stdout(File::options().write(true).open("/dev/full").unwrap()).spawn().unwrap(),
            Self::Closed => through_a_shell(command, "exec \"$@\" >&-").stderr(Stdio::piped()).spawn().unwrap(),
        };
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Told { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The exit code of a command that was done, and printed something.
    const fn code(self) -> i32 {
        match self {
            Self::Full | Self::PipeEnded => 6,
            // A descriptor that is closed when a Rust program begins is /dev/null to it, and cannot be told from one that
            // somebody chose.
            Self::ReadInPart | Self::Closed => 0,
        }
    }
}

const OUTPUTS: [Output; 4] = [Output::PipeEnded, Output::ReadInPart, Output::Full, Output::Closed];

/// A command that writes, and what is seen of it afterwards by another command. `{n}` is another number each time.
const WRITE: &[(&[&str], &[&str], &str)] = &[
    (&["import", "list{n}.csv", "--issuer", "office", "--apply"], &["report", "people"], "Listed{n}"),
    (&["person", "add", "Added{n} Anna"], &["report", "people"], "Added{n}"),
    (&["node", "add", "Office {n}", "--kind", "national"], &["node", "list"], "Office {n}"),
    (&["invite", "--role", "marker", "--uses", "10{n}"], &["invite", "list"], "of 10{n}"),
    (&["event", "edit", "edit{n}.json"], &["event", "show"], "gate{n}"),
    (&["field", "walk-in", "Walked{n}", "Bob", "--site", "pier"], &["walk-in", "list"], "Walked{n}"),
    (&["field", "check-in", "First", "--site", "pier"], &["field", "find", "First"], "[in at pier]"),
    (&["field", "check-out", "First", "--site", "pier"], &["field", "find", "First"], "First"),
    (&["walk-in", "accept", "Walked{n} Bob"], &["report", "people"], "Walked{n}"),
    (&["request", "ask", "Please mend {n}"], &["request", "list"], "Please mend {n}"),
    (&["person", "edit", "First", "region", "Region {n}"], &["person", "show", "First"], "region: Region {n}"),
    (&["sign-in", "Office {n}"], &["sign-in", "list"], "Office {n}"),
    (&["device", "rename", "{device}", "Laptop {n}"], &["device", "list"], "Laptop {n}"),
    (&["field", "card", "--bags", "70{n}", "--site", "pier"], &["report", "cards"], ",70{n},"),
    (
        &["hours", "grant", "F-1", "--from", "{day}T0{n}:00", "--to", "{day}T0{n}:10"],
        &["person", "show", "F-1"],
        "verified: 0:{n}0 h",
    ),
    (&["report", "publish", "--note", "Note {n}"], &["report", "revisions"], "Note {n}"),
];

fn office<'a>(place: &'a Place, home: &mut Home) -> Laptop<'a> {
    let laptop = place.laptop("organizer");
    laptop.joins(&home.first_invite()).done();
    place.write("event.json", event_of_today().0);
    laptop.does(["event", "create", "event.json"]).done();
    place.write("first.csv", "Code,Family name,Given name\nF-1,First,Fatima\n");
    laptop.does(["import", "first.csv", "--issuer", "office", "--apply"]).done();
    laptop
}

#[test]
fn what_was_asked_for_is_done_also_if_nobody_hears_of_it() {
    let (place, port) = (Place::new(), free_port());
    let mut home = Home::start(&place, &place.path("data"), port);
    let laptop = office(&place, &mut home);
    let (event, day) = event_of_today();
    let devices = laptop.does(["device", "list"]).done();
    let device = devices.split_whitespace().next().unwrap();
    for (number, output) in (1..).zip(OUTPUTS) {
        let numbered =
            |text: &&str| text.replace("{n}", &number.to_string()).replace("{day}", &day).replace("{device}", device);
        // Lines that cannot be used make the plan talk before it writes.
        let broken = "X-1,,\n".repeat(15);
        let list = format!("Code,Family name,Given name\nL-{number},Listed{number},Lea\n{broken}");
        place.write(&format!("list{number}.csv"), list);
        place.write(&format!("edit{number}.json"), format!(r#"{{"sites": [{{"key": "gate{number}"}}]}}"#));
        for (write, read, shows) in WRITE {
            let write: Vec<String> = write.iter().map(numbered).collect();
            let told = output.of(&mut laptop.command(&write));
            // An import that left rows out says that by its own code.
            let is_done = told.code == Some(output.code()) || (write[0] == "import" && told.code == Some(5));
            assert!(is_done, "{output:?} {write:?}: {told:?}");
            assert!(!told.err.contains("panicked"), "{output:?} {write:?}: {}", told.err);
            let seen = laptop.does(*read).done();
            assert!(seen.contains(&numbered(shows)), "{output:?} {write:?} was not done:\n{seen}");
        }
    }
    for output in OUTPUTS {
        place.write("other.json", event.replace("Shore day", &format!("Day of {output:?}")));
        let told = output.of(&mut laptop.command(["event", "create", "other.json", "--again"]));
        assert_eq!(told.code, Some(output.code()), "{output:?}: {told:?}");
        assert!(laptop.does(["event", "list"]).done().contains(&format!("Day of {output:?}")), "{output:?}");
    }
}

#[test]
fn help_and_the_version_that_could_not_be_printed_are_no_success() {
    let place = Place::new();
    for asked in [&["--help"] as &[&str], &["--version"], &["help"], &["help", "event"], &["field", "find", "--help"]] {
        Output::Full.of(place.command().args(asked)).refused(6, &["standard output did not take all"]);
        Output::PipeEnded.of(place.command().args(asked)).refused(6, &["standard output did not take all"]);
        let read = Output::ReadInPart.of(place.command().args(asked));
        assert_eq!((read.code, read.err.as_str()), (Some(0), ""), "{asked:?}");
        assert_eq!(place.saxaul(asked).code, Some(0), "{asked:?}");
    }
    Output::Full.of(place.command().args(["field", "find"])).refused(2, &["Usage: saxaul field find"]);
    Output::Full.of(place.command().args(["no-such-command"])).refused(2, &["no-such-command"]);
}

#[test]
fn a_report_that_could_not_be_printed_is_no_success_and_whoever_reads_may_stop() {
    let (place, port) = (Place::new(), free_port());
    let mut home = Home::start(&place, &place.path("data"), port);
    let laptop = office(&place, &mut home);
    for read in [
        &["report", "people"] as &[&str],
        &["report", "people", "--format", "json"],
        &["report", "breakdown", "site"],
        &["event", "list"],
        &["event", "show"],
        &["field", "status"],
        &["device", "list"],
    ] {
        let full = Output::Full.of(&mut laptop.command(read));
        full.refused(6, &["standard output did not take all", "No space left on device"]);
        let ended = Output::PipeEnded.of(&mut laptop.command(read));
        ended.refused(6, &["standard output did not take all", "Broken pipe"]);
        let in_part = Output::ReadInPart.of(&mut laptop.command(read));
        assert_eq!((in_part.code, in_part.err.as_str()), (Some(0), ""), "{read:?}");
    }
    // A part of a list is what was wanted of it; no program opens a part of a PDF or of a workbook.
    let many: String = (0..300).map(|n| format!("M-{n},Many{n} Mary Margaret\n")).collect();
    place.write("many.csv", format!("Code,Name\n{many}"));
    laptop.does(["import", "many.csv", "--issuer", "many", "--apply"]).done();
    for (format, read, code) in [
        ("csv", &["report", "people"] as &[&str], 0),
        ("json", &["report", "people", "--format", "json"], 0),
        ("pdf", &["report", "badges", "--lang", "en"], 6),
    ] {
        let told = Output::ReadInPart.of(&mut laptop.command(read));
        assert_eq!(told.code, Some(code), "{format}: {told:?}");
    }
    // That a list left somebody out does not hide that nothing of it was printed.
    place.write("left-out.csv", "Code,Name\nL-1,Ann Lee\nL-2,\n");
    let left_out = ["import", "left-out.csv", "--issuer", "left-out", "--apply"];
    let told = Output::Full.of(&mut laptop.command(left_out));
    told.refused(6, &["1 row was left out", "standard output did not take all"]);
    Output::Closed.of(&mut laptop.command(left_out)).refused(5, &["1 row was left out"]);
    // What fails for another reason keeps its own code.
    let told = Output::Full.of(&mut laptop.command(["field", "check-in", "Nobody", "--site", "pier"]));
    told.refused(3, &["nobody here is called"]);
}

#[test]
fn a_server_answers_whatever_becomes_of_its_log_and_its_output() {
    for (log, out) in
        [("2>/dev/full", "/dev/null"), ("2>&-", "/dev/null"), ("2>/dev/full", "/dev/full"), ("2>&1", "/dev/full")]
    {
        let (place, port) = (Place::new(), free_port());
        let mut command = through_a_shell(&place.command(), &format!("exec \"$@\" >{out} {log}"));
        command.args(["serve", "--data-dir", "data", "--listen", &format!("127.0.0.1:{port}")]);
        let mut home = Home::start_by(&place, command, port, false);
        let link = std::fs::read_to_string(place.path("data/first-invite.txt")).unwrap();
        let laptop = place.laptop("organizer");
        laptop.joins(link.trim()).done();
        for _ in 0..3 {
            laptop.does(["device", "list"]).done();
        }
        assert!(home.is_running(), "{out} {log}");
        assert_eq!(home.stop().code, Some(if out == "/dev/full" { 6 } else { 0 }), "{out} {log}");
    }
}

#[test]
fn a_server_answers_and_stops_though_nobody_reads_its_log_and_its_output() {
    // A line of the log says more than a hundred bytes about each: more than a pipe and the server's queue hold.
    const REQUESTS: usize = 4000;
    let (place, port) = (Place::new(), free_port());
    // Opened for reading too, so that nobody has to read it and it is no broken pipe either.
    let script = "mkfifo pipe; exec \"$@\" 1<>pipe 2>&1";
    let mut command = through_a_shell(&place.command(), script);
    command.args(["serve", "--data-dir", "data", "--listen", &format!("127.0.0.1:{port}"), "--log-format", "json"]);
    let mut home = Home::start_by(&place, command, port, false);
    let ask = |path: &str, more: &str| format!("GET {path} HTTP/1.1\r\nhost: home\r\n{more}\r\n");
    let asked = ask("/health/live", "").repeat(REQUESTS) + &ask("/health/ready", "connection: close\r\n");
    let answered = home.wire().send(asked.as_bytes()).unwrap();
    let answers = String::from_utf8(answered.body).unwrap().matches("HTTP/1.1 204 ").count();
    assert_eq!((answered.status, answers), (204, REQUESTS));

    let mut pipe = BufReader::new(File::open(place.path("pipe")).unwrap()).lines().map(Result::unwrap);
    let told = pipe.find(|line| line.contains("lines were dropped")).unwrap();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert!(told["fields"]["dropped"].as_u64().unwrap() > 0, "{told}");

    drop(home.wire().send(asked.as_bytes()).unwrap());
    assert!(home.ends().code.is_some(), "it ends by itself");
}

#[test]
fn nothing_that_a_marker_writes_is_obeyed_by_a_terminal_or_looks_like_a_line_of_the_program() {
    let (place, port) = (Place::new(), free_port());
    let mut home = Home::start(&place, &place.path("data"), port);
    let laptop = office(&place, &mut home);
    let added = laptop.does(["person", "add", "Anna Kim"]).done();
    let who = added.split_whitespace().next().unwrap().to_owned();
    for (name, shown) in [
        ("Evil\u{1b}]0;pwned\u{7}\u{1b}[2J", r"Evil\u{1b}]0;pwned\u{7}\u{1b}[2J"),
        ("Bob\nF-1  First Fatima", r"Bob\u{a}F-1  First Fatima"),
        ("Carriage\rreturn", r"Carriage\u{d}return"),
        ("Turned\u{202e}around", r"Turned\u{202e}around"),
        ("Second\u{9b}31mset", r"Second\u{9b}31mset"),
    ] {
        let refused = laptop.does(["field", "walk-in", name, "Bob", "--site", "pier"]);
        refused.refused(3, &["invisible control characters"]);
        // A reason may have several lines, and nothing else that is never seen.
        let has_lines = name.contains(['\n', '\r']);
        let told = laptop.does(["person", "edit", &who, "withdrawn", name]);
        let texts = [told.out, told.err, refused.err, laptop.does(["person", "show", &who]).done()];
        for text in &texts {
            let obeyed = text.chars().find(|c| c.is_control() && *c != '\n' || matches!(c, '\u{202e}'));
            assert_eq!(obeyed, None, "{name:?}: {text}");
        }
        if has_lines {
            assert!(texts[0].contains(shown), "{shown}: {texts:?}");
        } else {
            assert!(texts[1].contains("withdrawn: it holds invisible control characters"), "{texts:?}");
        }
        assert_eq!(told.code, Some(if has_lines { 0 } else { 3 }), "{texts:?}");
    }
}
