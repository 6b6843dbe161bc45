//! Told "saved" means saved: on a disk that forgets what was not synced and tears what was half written.
//!
//! Each test records what the product does to its files, then cuts the power after every step, looks at what is left as the
//! product does when it starts, and compares it with what had been promised to people until then.

use std::path::Path;

use sync_core::command::Command;
use sync_core::documents::log::LitterCard;
use tests::World;
use tests::lossy_disk::{Cuts, Promise, Recorder, Step, recorded};
use tests::turmoil::Disaster;
use tests::world::{home_keeps_its_promises, open_phone, phone_keeps_its_promises, start_home};

use crate::convergence::{all_is_well_after, seeds};

pub(crate) const NORTH: &str = "1-north";
pub(crate) const HOME: &str = "home";
/// After every step, and each time with three draws of what is kept and lost.
const EVERY_STEP: Cuts = Cuts { one_in: 1, draws: 3 };
/// Starting home costs three times what opening a journal does.
const EVERY_OTHER_STEP: Cuts = Cuts { one_in: 2, draws: 2 };

const DISASTERS: [Disaster; 5] =
    [Disaster::None, Disaster::OldCopies, Disaster::Erasures, Disaster::Twins, Disaster::Upheaval];

pub(crate) fn card(bags: u32) -> Command {
    Command::CountLitter(LitterCard { site: "north".to_owned(), bags, ..LitterCard::default() })
}

/// Two phones record and exchange, apps are closed and opened, and home is restarted.
pub(crate) fn a_day_is_recorded(disk: &Recorder) {
    let mut world = World::seeded(1);
    let phones = world.phones(["north", "harbour"]);
    disk.note_all(world.promises());
    for hour in 1..=8 {
        for phone in &phones {
            for bags in 1..=3 {
                world.does(phone, card(hour * 10 + bags));
                disk.note_all(world.promises());
            }
            if hour % 2 == 0 {
                world.exchange(phone);
                disk.note_all(world.promises());
            }
        }
        if hour == 3 || hour == 6 {
            world.back_up(&phones[0]);
            world.home_writes_snapshots_every(u64::MAX);
        }
    }
}

/// Home starts for the first time, and once more.
pub(crate) fn home_begins(disk: &Recorder) {
    for _ in 0..2 {
        disk.note_all(start_home(&disk.directory(HOME)).unwrap());
    }
}

pub(crate) fn north_keeps_its_promises(left: &Path, promises: &[Promise]) -> Result<(), String> {
    phone_keeps_its_promises(NORTH, left, promises)
}

#[test]
fn a_phone_keeps_its_promises_whenever_its_power_is_cut() {
    let name = "power_cuts::a_phone_keeps_its_promises_whenever_its_power_is_cut";
    let Some(trace) = recorded(name, a_day_is_recorded) else { return };
    let cuts = EVERY_STEP.through(&trace.of(Path::new(NORTH)), north_keeps_its_promises);
    let cuts = cuts.unwrap_or_else(|broken| panic!("{broken}"));
    assert!(cuts > 300, "only {cuts} different disks were looked at");
}

#[test]
fn home_keeps_its_promises_whenever_its_power_is_cut() {
    let name = "power_cuts::home_keeps_its_promises_whenever_its_power_is_cut";
    let Some(trace) = recorded(name, a_day_is_recorded) else { return };
    let cuts = EVERY_OTHER_STEP.through(&trace.of(Path::new(HOME)), home_keeps_its_promises);
    let cuts = cuts.unwrap_or_else(|broken| panic!("{broken}"));
    assert!(cuts > 200, "only {cuts} different disks were looked at");
}

#[test]
fn whole_worlds_whose_power_is_cut_lose_nothing_and_all_show_the_same() {
    let name = "power_cuts::whole_worlds_whose_power_is_cut_lose_nothing_and_all_show_the_same";
    let all_is_well = |_: &Recorder| {
        for disaster in DISASTERS {
            seeds(0..1).for_each(|seed| all_is_well_after(disaster, seed));
        }
    };
    if let Some(trace) = recorded(name, all_is_well) {
        assert!(trace.steps().iter().any(|step| matches!(step, Step::Sync { .. })), "nothing was recorded");
    }
}

#[test]
fn a_wiped_phone_starts_and_holds_nothing_whenever_its_power_is_cut() {
    let name = "power_cuts::a_wiped_phone_starts_and_holds_nothing_whenever_its_power_is_cut";
    let wipe = |disk: &Recorder| {
        let mut world = World::seeded(2);
        let [north] = world.phones(["north"]);
        world.does(&north, card(1));
        world.exchange(&north);
        disk.note_all(world.promises());
        world.revoke_and_wipe(&north);
        let order = world.exchange(&north).dismissal.expect("home says so");
        world.wipes_and_notes(&north, &order);
    };
    let Some(trace) = recorded(name, wipe) else { return };
    let cuts = Cuts { one_in: 1, draws: 8 }.through(&trace.of(Path::new(NORTH)), north_keeps_its_promises);
    cuts.unwrap_or_else(|broken| panic!("{broken}"));
}

#[test]
fn a_phone_whose_power_is_cut_while_its_journal_is_made_starts_the_next_time() {
    let name = "power_cuts::a_phone_whose_power_is_cut_while_its_journal_is_made_starts_the_next_time";
    let begin = |disk: &Recorder| {
        let phone = disk.directory(NORTH);
        std::fs::create_dir(&phone).unwrap();
        disk.note_all(open_phone(&phone, 1).unwrap());
    };
    let Some(trace) = recorded(name, begin) else { return };
    let cuts = Cuts { one_in: 1, draws: 20 }.through(&trace.of(Path::new(NORTH)), north_keeps_its_promises);
    cuts.unwrap_or_else(|broken| panic!("{broken}"));
}

#[test]
fn a_home_whose_power_is_cut_during_its_first_start_starts_and_is_the_home_that_it_said() {
    let name = "power_cuts::a_home_whose_power_is_cut_during_its_first_start_starts_and_is_the_home_that_it_said";
    let Some(trace) = recorded(name, home_begins) else { return };
    let cuts = EVERY_OTHER_STEP.through(&trace.of(Path::new(HOME)), home_keeps_its_promises);
    cuts.unwrap_or_else(|broken| panic!("{broken}"));
}

#[test]
fn directories_that_home_and_a_journal_make_are_durable_before_anything_is_promised() {
    let name = "power_cuts::directories_that_home_and_a_journal_make_are_durable_before_anything_is_promised";
    let begin = |disk: &Recorder| {
        let place = disk.directory("deep").join("deeper");
        disk.note_all(start_home(&place.join("home")).unwrap());
        sync_core::journal::private::create_dir(&place.join("phone")).unwrap();
        disk.note_all(open_phone(&place.join("phone"), 1).unwrap());
    };
    let Some(trace) = recorded(name, begin) else { return };
    let mut not_durable = Vec::new();
    let (mut made, mut promised) = (0, 0);
    for step in trace.steps() {
        match step {
            Step::MakeDirectory { path } => {
                made += 1;
                not_durable.push(path.clone());
            }
            Step::SyncDirectory { path: synced } => {
                not_durable.retain(|path| Path::new(path).parent() != Some(Path::new(synced)));
            }
            Step::Note(promise) => {
                promised += 1;
                assert!(not_durable.is_empty(), "{promise:?} came before {not_durable:?} was durable");
            }
            _ => {}
        }
    }
    assert_eq!((made, promised), (4, 3), "deep, deeper, home and phone; two promises of home's and one of the phone's");
}
