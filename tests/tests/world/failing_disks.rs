//! A disk that fails, or is full: whoever waits is told, and nothing is promised that a later power cut can take back.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;

use sync_core::journal::JournalError;
use sync_core::replica::Unconfirmed;
use tests::World;
use tests::lossy_disk::{Call, Cuts, Failing, How, Promise, Recorder, Trace, recorded};
use tests::world::{home_keeps_its_promises, open_phone, phone_keeps_its_promises, start_home};

use crate::power_cuts::{HOME, NORTH, card, north_keeps_its_promises};

/// One call of a kind fails, on files whose paths end so, after `skip` that work.
const fn once(call: Call, suffix: &'static str, skip: u32, how: How) -> Failing {
    Failing { call, suffix, skip, times: 1, how }
}

/// How a commit to SQLite's log can fail: at its sync, and at any of the first of its writes.
fn failing_commits(log: &'static str) -> Vec<Failing> {
    let writes = (0..4).flat_map(|skip| [How::Broken, How::Full].map(|how| once(Call::Write, log, skip, how)));
    writes.chain([once(Call::Sync, log, 0, How::Broken)]).collect()
}

fn survives_cuts(cuts: Cuts, trace: &Trace, check: impl Fn(&Path, &[Promise]) -> Result<(), String>) {
    cuts.through(trace, check).unwrap_or_else(|broken| panic!("{broken}"));
}

#[test]
fn a_phone_whose_disk_fails_says_that_nothing_is_saved_and_goes_on_when_it_works_again() {
    let name = "failing_disks::a_phone_whose_disk_fails_says_that_nothing_is_saved_and_goes_on_when_it_works_again";
    let story = |disk: &Recorder| {
        let mut world = World::seeded(3);
        let [north] = world.phones(["north"]);
        disk.note_all(world.promises());
        for (bags, failing) in (1..).zip(failing_commits("1-north/journal.db-wal")) {
            disk.fails(failing);
            let saved = world.tries_to_record(&north, card(bags));
            assert_eq!(disk.works_again(), 1, "{failing:?} came to nothing");
            match (failing.how, saved) {
                (How::Full, Err(JournalError::Full(_))) | (How::Broken, Err(JournalError::Medium { .. })) => {}
                (_, saved) => panic!("{failing:?}: {saved:?}"),
            }
            world.does(&north, card(100 + bags));
            disk.note_all(world.promises());
            if bags % 3 == 0 {
                world.exchange(&north);
                disk.note_all(world.promises());
            }
        }
        world.settle();
        world.assert_nothing_recorded_is_lost();
        world.assert_same_view_everywhere();
    };
    let Some(trace) = recorded(name, story) else { return };
    survives_cuts(Cuts { one_in: 2, draws: 2 }, &trace.of(Path::new(NORTH)), north_keeps_its_promises);
}

#[test]
fn a_home_whose_disk_fails_confirms_nothing_and_goes_on_when_it_works_again() {
    let name = "failing_disks::a_home_whose_disk_fails_confirms_nothing_and_goes_on_when_it_works_again";
    let story = |disk: &Recorder| {
        let mut world = World::seeded(4);
        let [north] = world.phones(["north"]);
        disk.note_all(world.promises());
        let mut told = 0;
        for (bags, failing) in (1..).zip(failing_commits("home/saxaul.db-wal")) {
            world.does(&north, card(bags));
            disk.fails(failing);
            let exchanged = world.try_exchange(&north);
            assert_eq!(disk.works_again(), 1, "{failing:?} came to nothing");
            // What failed may have been the note of when the phone was seen last, which is promised to nobody.
            told += u32::from(exchanged.is_err());
            disk.note_all(world.promises());
            if bags % 2 == 0 {
                world.exchange(&north);
                assert_eq!(world.replica(&north).unconfirmed(), Unconfirmed::default(), "{failing:?}");
                disk.note_all(world.promises());
            }
        }
        assert!(told >= 5, "only {told} of nine failures were told to anybody");
        world.settle();
        world.assert_nothing_recorded_is_lost();
        world.assert_same_view_everywhere();
    };
    let Some(trace) = recorded(name, story) else { return };
    survives_cuts(Cuts { one_in: 3, draws: 2 }, &trace.of(Path::new(HOME)), home_keeps_its_promises);
}

/// Starts something for the first time in many new directories: in each of them one more call works before one fails. What
/// does not start for it starts the next time.
fn first_starts(disk: &Recorder, name: &str, start: impl Fn(&Path) -> Result<BTreeSet<Promise>, String>) {
    let kinds =
        [(Call::Sync, How::Broken), (Call::Write, How::Full), (Call::Entry, How::Full), (Call::Read, How::Broken)];
    let mut directories = 0;
    for (call, how) in kinds {
        for skip in 0.. {
            let directory = disk.directory(&format!("{name}-{directories}"));
            std::fs::create_dir(&directory).unwrap();
            disk.fails(once(call, "", skip, how));
            directories += 1;
            let first = start(&directory);
            if disk.works_again() == 0 {
                disk.note_all(first.unwrap());
                assert!(skip > 1, "{call:?} never failed");
                break;
            }
            let second = start(&directory);
            let second = second.unwrap_or_else(|error| panic!("{name} after {call:?} {skip} failed: {error}"));
            if let Ok(first) = first {
                assert_eq!(identity(&first), identity(&second), "{name} after {call:?} {skip}");
            }
            disk.note_all(second);
        }
    }
    assert!(directories > 20, "{directories} {name}s");
}

/// Cuts the power while something starts in each of the directories of [`first_starts`].
fn survive_cuts(cuts: Cuts, trace: &Trace, name: &str, check: impl Fn(&str, &Path, &[Promise]) -> Result<(), String>) {
    for directory in (0..).map(|number| format!("{name}-{number}")) {
        let Some(trace) = trace.of_one_of_many(Path::new(&directory)) else { return };
        survives_cuts(cuts, &trace, |left, promises| check(&directory, left, promises));
    }
}

/// Who something is, whatever it has done.
fn identity(promises: &BTreeSet<Promise>) -> Vec<Promise> {
    let of_identity = |promise: &&Promise| matches!(promise, Promise::Opened { .. } | Promise::Founded { .. });
    promises.iter().filter(of_identity).cloned().collect()
}

#[test]
fn a_phone_whose_first_start_failed_starts_the_next_time_and_keeps_who_it_is() {
    let name = "failing_disks::a_phone_whose_first_start_failed_starts_the_next_time_and_keeps_who_it_is";
    let story = |disk: &Recorder| {
        let drawn = Cell::new(0);
        let begin = |directory: &Path| {
            drawn.set(drawn.get() + 1);
            open_phone(directory, drawn.get()).map_err(|error| error.to_string())
        };
        first_starts(disk, "phone", begin);
    };
    let Some(trace) = recorded(name, story) else { return };
    survive_cuts(Cuts { one_in: 6, draws: 2 }, &trace, "phone", phone_keeps_its_promises);
}

#[test]
fn a_home_whose_first_start_failed_starts_the_next_time_and_is_the_same_home() {
    let name = "failing_disks::a_home_whose_first_start_failed_starts_the_next_time_and_is_the_same_home";
    let story = |disk: &Recorder| {
        let begin = |directory: &Path| start_home(directory).map_err(|error| error.to_string());
        first_starts(disk, "home", begin);
    };
    let Some(trace) = recorded(name, story) else { return };
    survive_cuts(Cuts { one_in: 30, draws: 2 }, &trace, "home", |_, left, promises| {
        home_keeps_its_promises(left, promises)
    });
}
