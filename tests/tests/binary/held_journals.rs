//! A journal is held by one opening of it, whatever happens to its file meanwhile; and no other file is taken for one.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rusqlite::Connection;
use tests::binary::{Home, Place, free_port, open_journal};

const EVENT: &str = r#"{"name": {"en": "Shore day"}, "time_zone": "Asia/Aqtau", "sites": [{"key": "pier"}],
    "days": [{"date": "2026-05-18", "opens": "08:00", "closes": "18:00"}]}"#;
const JOURNAL: &str = "SAXAUL_TEST_JOURNAL";

/// What another process says when it opens a journal. It goes on holding it until its input ends.
fn another_process(journal: &Path) -> (Child, String) {
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args(["--exact", "held_journals::another_process_opens_a_journal", "--nocapture"]).env(JOURNAL, journal);
    let mut child = process.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said = lines.map(|line| line.unwrap()).find_map(|line| Some(line.split_once("journal: ")?.1.to_owned()));
    (child, said.unwrap())
}

fn said_by_another_process(journal: &Path) -> String {
    let (mut child, said) = another_process(journal);
    drop(child.stdin.take());
    child.wait().unwrap();
    said
}

#[test]
fn another_process_opens_a_journal() {
    let Some(path) = std::env::var_os(JOURNAL) else { return };
    let opened = open_journal(Path::new(&path));
    match &opened {
        Ok(_) => println!("journal: opened"),
        Err(error) => println!("journal: {error}"),
    }
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn whoever_copies_a_journal_that_is_open_lets_nobody_else_in() {
    let place = Place::new();
    let path = place.path("gate.db");
    let held = open_journal(&path).unwrap();
    std::fs::copy(&path, place.path("copy.db")).unwrap();
    std::fs::read(place.path("gate.db-lock")).unwrap();
    assert!(said_by_another_process(&path).contains("is open already"));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&path, place.path("link.db")).unwrap();
        assert!(said_by_another_process(&place.path("link.db")).contains("is open already"));
    }
    drop(held);
    assert_eq!(said_by_another_process(&path), "opened");
}

#[test]
fn who_is_killed_at_work_locks_nobody_out() {
    let place = Place::new();
    let path = place.path("gate.db");
    let (mut killed, said) = another_process(&path);
    assert_eq!(said, "opened");
    assert!(open_journal(&path).is_err());
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(place.path("gate.db-lock").exists());
    open_journal(&path).unwrap();
}

#[test]
fn commands_that_are_given_at_once_take_turns() {
    let place = Place::new();
    place.write("event.json", EVENT);
    place.write("list.csv", "Code,Name\nA-1,Ann\n");
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let office = place.laptop("office");
    office.joins(&home.first_invite()).done();
    office.does(["event", "create", "event.json"]).done();
    office.does(["import", "list.csv", "--issuer", "list", "--apply"]).done();
    let command = || office.command(["field", "check-in", "A-1"]).stdout(Stdio::null()).spawn().unwrap();
    let all: Vec<Child> = (0..6).map(|_| command()).collect();
    for mut one in all {
        assert!(one.wait().unwrap().success());
    }
    let status = office.does(["field", "status"]).done();
    assert!(status.contains("6 records are saved on this device only."), "{status}");
}

/// The files in a directory with what they hold.
fn files(place: &Place) -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(place.path(".")).unwrap().map(|file| file.unwrap());
    let mut files: Vec<_> = files
        .map(|file| (file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap()))
        .filter(|(name, _)| !name.ends_with("-shm"))
        .collect();
    files.sort();
    files
}

#[test]
fn a_file_of_another_program_is_refused_and_stays_as_it_is() {
    let tables = [
        "CREATE TABLE customers (name TEXT); INSERT INTO customers VALUES ('Ann')",
        "CREATE TABLE device (serial TEXT); INSERT INTO device VALUES ('7')",
        "PRAGMA application_id = 7",
        "PRAGMA user_version = 1",
        "PRAGMA journal_mode = WAL; CREATE TABLE device (id INTEGER PRIMARY KEY, value BLOB)",
    ];
    for sql in tables {
        let place = Place::new();
        let path = place.path("customers.db");
        let db = Connection::open(&path).unwrap();
        db.execute_batch(sql).unwrap();
        let hot = files(&place);
        drop(db);
        if hot.iter().any(|(name, _)| name.ends_with("-wal")) {
            // As a program leaves it that died at work.
            for (name, bytes) in &hot {
                std::fs::write(place.path(name), bytes).unwrap();
            }
        }
        let before = files(&place);
        let told = place.saxaul(["field", "status", "--journal", path.to_str().unwrap()]);
        told.refused(1, &["customers.db is not a journal"]);
        assert_eq!(files(&place), before, "{sql}");
    }
}

#[test]
fn a_transaction_of_another_program_that_was_cut_off_is_left_to_that_program() {
    let place = Place::new();
    let path = place.path("customers.db");
    let db = Connection::open(&path).unwrap();
    db.execute_batch("PRAGMA cache_size = 1; CREATE TABLE customers (name TEXT); BEGIN").unwrap();
    for _ in 0..200 {
        db.execute("INSERT INTO customers VALUES (hex(randomblob(200)))", []).unwrap();
    }
    let cut_off = files(&place);
    drop(db);
    for (name, bytes) in &cut_off {
        std::fs::write(place.path(name), bytes).unwrap();
    }
    assert!(cut_off.iter().any(|(name, _)| name == "customers.db-journal"), "SQLite can take it back");
    place.saxaul(["field", "status", "--journal", path.to_str().unwrap()]).refused(1, &["is not a journal"]);
    assert_eq!(files(&place), cut_off);
}

#[test]
fn a_journal_is_marked_as_one_and_so_is_one_of_the_first_release_once_it_is_opened() {
    let id = |path: &Path| {
        let db = Connection::open(path).unwrap();
        db.query_row("PRAGMA application_id", [], |row| row.get::<_, i32>(0)).unwrap()
    };
    let place = Place::new();
    drop(open_journal(&place.path("gate.db")).unwrap());
    let marked = id(&place.path("gate.db"));
    assert_eq!(marked.to_be_bytes(), *b"SAXJ");
    let release = tests::releases::Release::all().into_iter().find(|it| it.said.version == "0.2.0").unwrap();
    let gate = release.place.laptop("gate");
    assert_eq!(id(&gate.journal), 0);
    gate.does(["field", "status"]).done();
    assert_eq!(id(&gate.journal), marked);
}

#[test]
fn a_journal_is_copied_while_it_is_open() {
    let place = Place::new();
    let path = place.path("gate.db");
    let held = open_journal(&path).unwrap();
    let device = held.public_key();
    held.back_up(&place.path("copy.db")).unwrap();
    let refused = held.back_up(&place.path("copy.db")).unwrap_err();
    assert!(refused.to_string().contains("name a new file"), "{refused}");
    held.back_up(&path).unwrap_err();
    let copy = open_journal(&place.path("copy.db")).unwrap();
    assert_eq!(copy.public_key(), device);
    assert_ne!(copy.incarnation(), held.incarnation());
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&place.path("copy.db").metadata().unwrap());
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
}
