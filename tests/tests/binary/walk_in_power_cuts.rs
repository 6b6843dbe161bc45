//! Somebody who is registered at a gate is marked present at once, or is not registered: whenever the power is cut.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command as Process;

use sync_core::app::{Action, App, Known, Name, Text};
use sync_core::command::Command;
use sync_core::documents::log::Method;
use sync_core::ids::{EventId, Incarnation, Subject, WalkInId};
use sync_core::journal::{JournalError, JournalFile, Membership, OpenReplica};
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::trust::{Grant, HomeKey, Post, Role, Scope};
use tests::binary::{open_journal, program};
use tests::lossy_disk::{Cuts, Promise, Recorder, recorded};

const GATE: &str = "gate";
const EVENT: EventId = EventId([7; 16]);
const NEXT: Incarnation = Incarnation([9; 8]);
/// After every step, and each time with three draws of what is kept and lost.
const EVERY_STEP: Cuts = Cuts { one_in: 1, draws: 3 };

fn reading(minute: u64) -> ClockReading {
    let wall_ms = UnixMillis(1_780_000_000_000 + minute.cast_signed() * 60_000);
    ClockReading { boot: 1, mono_ms: minute * 60_000, wall_ms }
}

/// A device on the recorded disk that was let into an event with one site.
fn let_in(disk: &Recorder) -> App<JournalFile> {
    let directory = disk.directory(GATE);
    std::fs::create_dir(&directory).unwrap();
    let mut journal = open_journal(&directory.join("journal.db")).unwrap();
    let home = HomeKey::from_seed(&[1; 32]);
    let (key, name, scope, post) = (journal.public_key(), GATE.to_owned(), Scope::Event(EVENT), Post::default());
    let (role, issued) = (Role::Organizer, UnixMillis(1));
    let grant = home.state(&Grant { key, name, role, scope, issued, post, revoked: None, vouched: None, out_of: None });
    journal
        .join(Membership { home: home.public(), url: "http://127.0.0.1:9".to_owned(), grants: vec![grant] })
        .unwrap();
    let mut app = App::open(journal, NEXT).unwrap();
    app.perform(Action::AddSite { key: "pier".to_owned(), name: Text::default() }, reading(0)).unwrap();
    app
}

fn registers(number: u64) -> [Action; 2] {
    let (id, site) = (WalkInId::from_entropy(number * 2), "pier".to_owned());
    let name = Name { family: format!("Guest {number}"), ..Name::default() };
    [
        Action::AddWalkIn { id, known: Known { name, ..Known::default() } },
        Action::CheckIn { subject: Subject::WalkIn(id), site, method: Method::Search },
    ]
}

/// Somebody was told "saved on this device".
fn told_saved(disk: &Recorder, number: u8) {
    let saved = Promise::Saved { phone: GATE.to_owned(), command: vec![number] };
    disk.note_all(BTreeSet::from([saved]));
}

/// Who was registered was marked present, and whoever was told so is there.
fn nobody_is_registered_by_half(left: &Path, promises: &[Promise]) -> Result<(), String> {
    let opened = open_journal(&left.join("journal.db")).and_then(|journal| OpenReplica::open(journal, EVENT, NEXT));
    let replica = match opened {
        Ok(replica) => replica,
        Err(JournalError::NotJoined) if promises.is_empty() => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    let (mut registered, mut present) = (BTreeSet::new(), BTreeSet::new());
    for draft in replica.replica().drafts() {
        match &draft.command {
            Command::AddWalkIn(walk_in) => drop(registered.insert(Subject::WalkIn(walk_in.id))),
            Command::CheckIn(presence) => drop(present.insert(presence.subject)),
            _ => {}
        }
    }
    if registered != present {
        return Err(format!("{registered:?} are registered, and {present:?} are marked present"));
    }
    if registered.len() < promises.len() {
        return Err(format!("{} are there, and {} were told so", registered.len(), promises.len()));
    }
    Ok(())
}

#[test]
fn a_walk_in_is_registered_and_present_or_neither_whenever_the_power_of_a_phone_is_cut() {
    let name =
        "walk_in_power_cuts::a_walk_in_is_registered_and_present_or_neither_whenever_the_power_of_a_phone_is_cut";
    let story = |disk: &Recorder| {
        let mut app = let_in(disk);
        for number in 1..=3 {
            app.perform_all(registers(number.into()).into(), reading(number.into())).unwrap();
            told_saved(disk, number);
        }
    };
    let Some(trace) = recorded(name, story) else { return };
    let cuts = EVERY_STEP.through(&trace.of(Path::new(GATE)), nobody_is_registered_by_half);
    let cuts = cuts.unwrap_or_else(|broken| panic!("{broken}"));
    assert!(cuts > 60, "only {cuts} different disks were looked at");
}

#[test]
fn a_walk_in_of_the_program_is_registered_and_present_or_neither_whenever_its_power_is_cut() {
    let name =
        "walk_in_power_cuts::a_walk_in_of_the_program_is_registered_and_present_or_neither_whenever_its_power_is_cut";
    let story = |disk: &Recorder| {
        drop(let_in(disk));
        for number in 1..=3 {
            // With the environment of this process: the program's disk is recorded, too.
            let mut walk_in = Process::new(program());
            walk_in.args(["field", "walk-in", "Guest", ["One", "Two", "Three"][usize::from(number) - 1]]);
            let output = walk_in.env("SAXAUL_JOURNAL", disk.directory(GATE).join("journal.db")).output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(said.contains("registered and checked in at pier (entry "), "{said}{output:?}");
            told_saved(disk, number);
        }
    };
    let Some(trace) = recorded(name, story) else { return };
    let cuts = EVERY_STEP.through(&trace.of(Path::new(GATE)), nobody_is_registered_by_half);
    let cuts = cuts.unwrap_or_else(|broken| panic!("{broken}"));
    assert!(cuts > 60, "only {cuts} different disks were looked at");
}

#[test]
fn a_power_cut_between_two_records_is_seen_by_these_tests() {
    let name = "walk_in_power_cuts::a_power_cut_between_two_records_is_seen_by_these_tests";
    let story = |disk: &Recorder| {
        let mut app = let_in(disk);
        for action in registers(1) {
            app.perform(action, reading(1)).unwrap();
        }
    };
    let Some(trace) = recorded(name, story) else { return };
    let broken = EVERY_STEP.through(&trace.of(Path::new(GATE)), nobody_is_registered_by_half).unwrap_err().to_string();
    assert!(broken.contains("are registered"), "{broken}");
}
