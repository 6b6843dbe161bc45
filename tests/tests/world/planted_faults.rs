//! The suites of power cuts find what they are for: each fault that is planted here is one that they must report.
//!
//! A fault is planted in what the product was recorded to do, or in what a call answers it: see [`Planted`] and
//! [`How::ClaimsToWork`].

use std::path::Path;

use tests::World;
use tests::lossy_disk::{Call, Cuts, Failing, How, Planted, Promise, Recorder, Trace, make_checksums_fit, recorded};
use tests::world::{home_keeps_its_promises, phone_keeps_its_promises};

use crate::power_cuts::{HOME, NORTH, a_day_is_recorded, card, home_begins, north_keeps_its_promises};

const MANY_CUTS: Cuts = Cuts { one_in: 4, draws: 4 };
const SOME_CUTS: Cuts = Cuts { one_in: 8, draws: 1 };

const IN_ANY_DATABASE: [Planted; 8] = [
    // PRAGMA synchronous = OFF, of the log and of the file alone, and NORMAL.
    Planted::ForgetsToSync(".db-wal"),
    Planted::ForgetsToSync(".db"),
    Planted::SyncsTheLogOnlyAtCheckpoints,
    Planted::SyncsTheLogTooLate,
    Planted::AnswersBeforeTheSync,
    Planted::AnswersBeforeTheCommit,
    Planted::LosesWrites(".db-wal", 40),
    Planted::MisplacesWrites(".db", 7),
];

/// Faults of the small files beside a database: the incarnation's, and home's key.
const OF_SMALL_FILES: [Planted; 2] = [Planted::ForgetsToSyncDirectories, Planted::ForgetsToSync(".part")];

/// Plants each fault by itself. The same check finds nothing where there is none.
fn finds_all(
    trace: &Trace,
    cuts: Cuts,
    faults: impl IntoIterator<Item = Planted>,
    check: fn(&Path, &[Promise]) -> Result<(), String>,
) {
    SOME_CUTS.through(trace, check).unwrap_or_else(|broken| panic!("without a fault: {broken}"));
    for fault in faults {
        let found = cuts.through(&fault.in_trace(trace), check).expect_err(&format!("{fault:?} was not found"));
        println!("{fault:?}: {found}");
    }
}

#[test]
fn faults_of_a_journal_are_found() {
    let name = "planted_faults::faults_of_a_journal_are_found";
    let Some(trace) = recorded(name, a_day_is_recorded) else { return };
    let faults = IN_ANY_DATABASE.into_iter().chain(OF_SMALL_FILES);
    finds_all(&trace.of(Path::new(NORTH)), MANY_CUTS, faults, north_keeps_its_promises);
}

#[test]
fn faults_of_a_store_are_found() {
    let name = "planted_faults::faults_of_a_store_are_found";
    let Some(trace) = recorded(name, a_day_is_recorded) else { return };
    let faults = IN_ANY_DATABASE.into_iter().chain(OF_SMALL_FILES);
    finds_all(&trace.of(Path::new(HOME)), MANY_CUTS, faults, home_keeps_its_promises);
}

#[test]
fn faults_of_home_s_key_file_are_found() {
    let name = "planted_faults::faults_of_home_s_key_file_are_found";
    let Some(trace) = recorded(name, home_begins) else { return };
    let faults = OF_SMALL_FILES.into_iter().chain([Planted::WritesInPlace]);
    finds_all(&trace.of(Path::new(HOME)), Cuts { one_in: 1, draws: 2 }, faults, home_keeps_its_promises);
}

#[test]
fn a_reader_of_logs_that_ignores_checksums_is_found() {
    let name = "planted_faults::a_reader_of_logs_that_ignores_checksums_is_found";
    let Some(trace) = recorded(name, a_day_is_recorded) else { return };
    let phone = MANY_CUTS.through(&trace.of(Path::new(NORTH)), |left, promises| {
        make_checksums_fit(&left.join("journal.db-wal"));
        north_keeps_its_promises(left, promises)
    });
    println!("{}", phone.expect_err("in a journal"));
    // A frame that was torn is the newest one of the log at few moments: none is left out.
    let home = Cuts { one_in: 1, draws: 4 }.through(&trace.of(Path::new(HOME)), |left, promises| {
        make_checksums_fit(&left.join("saxaul.db-wal"));
        home_keeps_its_promises(left, promises)
    });
    println!("{}", home.expect_err("in a store"));
}

/// A call claims to have worked, and nobody looks at whether it did: a commit that follows is not what it says.
fn unnoticed(call: Call, suffix: &'static str) -> Failing {
    // A frame is written in two calls, its head first: the second write is of a page. A commit syncs once.
    let skip = u32::from(call == Call::Write);
    Failing { call, suffix, skip, times: 1, how: How::ClaimsToWork }
}

#[test]
fn errors_of_a_phone_s_disk_that_nobody_looks_at_are_found() {
    let name = "planted_faults::errors_of_a_phone_s_disk_that_nobody_looks_at_are_found";
    let story = |disk: &Recorder| {
        let mut world = World::seeded(5);
        let phones = world.phones(["sync", "write"]);
        disk.note_all(world.promises());
        let faults = [unnoticed(Call::Sync, "1-sync/journal.db-wal"), unnoticed(Call::Write, "2-write/journal.db-wal")];
        for (phone, fault) in phones.iter().zip(faults) {
            world.does(phone, card(1));
            disk.fails(fault);
            world.does(phone, card(2));
            assert_eq!(disk.works_again(), 1);
            disk.note_all(world.promises());
            for bags in 3..6 {
                // A page that did not reach the log may be missed here: then nothing more is promised.
                if world.tries_to_record(phone, card(bags)).is_err() {
                    break;
                }
                disk.note_all(world.promises());
            }
        }
    };
    let Some(trace) = recorded(name, story) else { return };
    for phone in ["1-sync", "2-write"] {
        let check = |left: &Path, promises: &[Promise]| phone_keeps_its_promises(phone, left, promises);
        let found = MANY_CUTS.through(&trace.of(Path::new(phone)), check);
        println!("{}", found.expect_err(phone));
    }
}

#[test]
fn a_failed_sync_of_home_that_nobody_looks_at_is_found() {
    let name = "planted_faults::a_failed_sync_of_home_that_nobody_looks_at_is_found";
    let story = |disk: &Recorder| {
        let mut world = World::seeded(6);
        let [north] = world.phones(["north"]);
        disk.note_all(world.promises());
        world.does(&north, card(1));
        disk.fails(unnoticed(Call::Sync, "home/saxaul.db-wal"));
        world.exchange(&north);
        assert_eq!(disk.works_again(), 1);
        disk.note_all(world.promises());
        for bags in 2..6 {
            world.does(&north, card(bags));
            world.exchange(&north);
            disk.note_all(world.promises());
        }
    };
    let Some(trace) = recorded(name, story) else { return };
    let found = MANY_CUTS.through(&trace.of(Path::new(HOME)), home_keeps_its_promises);
    println!("{}", found.expect_err("an error that nobody looked at was not found"));
}
