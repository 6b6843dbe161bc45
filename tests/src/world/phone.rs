//! One device in somebody's hands: a real journal on disk, and clocks that are its own.

use std::path::{Path, PathBuf};

use server::client::{Talk, TalkError, asks_to_lose};
use server::invite::InviteLink;
use sync_core::ids::{DeviceId, EventId};
use sync_core::journal::{Entropy, Journal, OpenReplica};
use sync_core::replica::Replica;
use sync_core::time::{ClockReading, UnixMillis};

use super::World;
use super::disk::Image;
use super::network::{Link, Way};
use crate::chance::Chance;

/// A device of a world: a phone, or a laptop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Phone(pub(super) usize);

/// A copy of everything a phone holds. Which of it comes back is another question.
pub struct Backup(Image);

/// What a device has besides its place in the world.
pub(super) struct Device {
    pub name: String,
    pub directory: PathBuf,
    pub clocks: Clocks,
    pub replica: Option<OpenReplica>,
    /// What the app agreed with home, if it keeps that from one exchange to the next: see [`World::keep_sessions`].
    pub talk: Option<Talk<Link>>,
}

/// A device's clocks: none of them is right.
#[derive(Clone, Copy)]
pub(super) struct Clocks {
    boot: u64,
    started: UnixMillis,
    wall_is_off_by_ms: i64,
}

impl Clocks {
    /// Switched on some hours ago; the time of day is wrong by up to an hour.
    fn somehow(chance: &mut Chance, now: UnixMillis) -> Self {
        let hours = i64::try_from(1 + chance.below(9)).unwrap();
        let off = i64::try_from(chance.below(7_200_000)).unwrap() - 3_600_000;
        Self { boot: chance.bits(), started: UnixMillis(now.0 - hours * 3_600_000), wall_is_off_by_ms: off }
    }

    pub fn read(&self, now: UnixMillis) -> ClockReading {
        ClockReading {
            boot: self.boot,
            mono_ms: (now.0 - self.started.0).cast_unsigned(),
            wall_ms: UnixMillis(now.0 + self.wall_is_off_by_ms),
        }
    }
}

pub(super) const SIDECAR: &str = "incarnation";

fn open_journal(directory: &Path, chance: &mut Chance) -> Journal {
    let entropy = Entropy { seed: chance.bytes(), incarnation: sync_core::ids::Incarnation(chance.bytes()) };
    Journal::open(&directory.join("journal.db"), &directory.join(SIDECAR), None, entropy).unwrap()
}

impl Device {
    /// The replica that the device holds.
    pub fn open(&self) -> &OpenReplica {
        self.replica.as_ref().expect("a phone is closed only while it crashes")
    }

    fn reopen(&mut self, event: EventId, chance: &mut Chance) {
        let journal = open_journal(&self.directory, chance);
        let next = sync_core::ids::Incarnation(chance.bytes());
        self.replica = Some(OpenReplica::open(journal, event, next).unwrap());
    }
}

impl World {
    /// A new device uses an invite, and has read nothing yet.
    pub fn join(&mut self, name: &str, link: &InviteLink) -> Phone {
        let phone = Phone(self.devices.len());
        let directory = self.ground.path().join(format!("{}-{name}", phone.0));
        std::fs::create_dir(&directory).unwrap();
        self.network.borrow_mut().ways.push(Way::from(directory.clone()));
        let mut journal = open_journal(&directory, &mut self.chance);
        self.talk(phone).join(&mut journal, link, name).unwrap();
        let clocks = Clocks::somehow(&mut self.chance, self.now);
        let next = sync_core::ids::Incarnation(self.chance.bytes());
        self.devices.push(Device { name: name.to_owned(), directory, clocks, replica: None, talk: None });
        if phone == self.laptop() {
            self.found_event(&journal);
        }
        self.devices[phone.0].replica = Some(OpenReplica::open(journal, self.event, next).unwrap());
        self.note(format!("{name} joins as {}", self.device(&phone)));
        phone
    }

    /// A phone that is in already uses another invite, and agrees to lose what that takes away.
    pub fn joins_again(&mut self, phone: &Phone, link: &InviteLink) {
        let mut talk = self.talk(*phone);
        let device = &mut self.devices[phone.0];
        let mut journal = device.replica.take().unwrap().into_journal();
        let joined = talk.join(&mut journal, link, &device.name);
        if let Err(TalkError::Refused(problem)) = &joined
            && let Some(replaces) = asks_to_lose(problem)
        {
            talk.join_for_less(&mut journal, link, &device.name, replaces).unwrap();
        } else {
            joined.unwrap();
        }
        drop(journal);
        device.reopen(self.event, &mut self.chance);
        self.note(format!("{} joins again", self.name(phone)));
    }

    /// What people call a device.
    #[must_use]
    pub fn name(&self, phone: &Phone) -> &str {
        &self.devices[phone.0].name
    }

    /// A device's replica, for looking at it.
    #[must_use]
    pub fn replica(&self, phone: &Phone) -> &Replica {
        self.devices[phone.0].open().replica()
    }

    /// The device behind a phone.
    #[must_use]
    pub fn device(&self, phone: &Phone) -> DeviceId {
        self.replica(phone).device()
    }

    /// What a phone's clocks read now.
    #[must_use]
    pub fn clocks_of(&self, phone: &Phone) -> ClockReading {
        self.devices[phone.0].clocks.read(self.now)
    }

    /// Sets the time of day of a phone by hand, so that it is ahead by so many minutes, or behind.
    pub fn sets_its_clock_wrong_by_minutes(&mut self, phone: &Phone, minutes: i64) {
        self.devices[phone.0].clocks.wall_is_off_by_ms = minutes * 60_000;
        self.note(format!("{} is {minutes} minutes ahead", self.name(phone)));
    }

    /// Switches a phone off and on: its clock that only moves forward begins anew.
    pub fn reboot(&mut self, phone: &Phone) {
        self.crash(phone);
        let (boot, started) = (self.chance.bits(), self.now);
        let clocks = &mut self.devices[phone.0].clocks;
        *clocks = Clocks { boot, started, ..*clocks };
        self.note(format!("{} was switched off and on", self.name(phone)));
    }

    /// Kills the app as a power cut does, and opens it again from what is on disk.
    pub fn crash(&mut self, phone: &Phone) {
        let left = Image::left_by_a_power_cut(&self.devices[phone.0].directory);
        self.comes_back_from(phone, &left);
        self.note(format!("{} crashed", self.name(phone)));
    }

    /// Opens the app again from what a power cut left on the disk.
    pub(super) fn comes_back_from(&mut self, phone: &Phone, left: &Image) {
        let device = &mut self.devices[phone.0];
        device.replica = None;
        left.put_back(&device.directory);
        device.reopen(self.event, &mut self.chance);
    }

    /// The names of the files that a phone has on its disk.
    #[must_use]
    pub fn disk_of(&self, phone: &Phone) -> Vec<String> {
        let files = std::fs::read_dir(&self.devices[phone.0].directory).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Copies what a phone holds.
    pub fn back_up(&mut self, phone: &Phone) -> Backup {
        let device = &mut self.devices[phone.0];
        device.replica = None;
        let image = Image::of(&device.directory);
        device.reopen(self.event, &mut self.chance);
        self.note(format!("{} is backed up", self.name(phone)));
        Backup(image)
    }

    /// Goes on from a backup, as on a new phone: without the file that is not part of backups. What was only on the
    /// old phone since is gone.
    pub fn restore(&mut self, phone: &Phone, backup: &Backup) {
        self.goes_on_from(phone, &backup.0.clone().without(SIDECAR));
        self.note(format!("{} is restored from its backup", self.name(phone)));
    }

    /// Puts the backed up journal in the place of the present one: the file that is not part of backups stays.
    pub fn roll_back(&mut self, phone: &Phone, backup: &Backup) {
        let sidecar = std::fs::read(self.devices[phone.0].directory.join(SIDECAR)).unwrap();
        self.goes_on_from(phone, &backup.0.with(SIDECAR, sidecar));
        self.note(format!("the journal of {} is rolled back in place", self.name(phone)));
    }

    /// Puts everything back, as from an image of the whole disk: the phone cannot know that it is not what it was.
    pub fn roll_back_the_whole_disk(&mut self, phone: &Phone, backup: &Backup) {
        self.goes_on_from(phone, &backup.0);
        self.note(format!("the disk of {} is rolled back", self.name(phone)));
    }

    /// Copies a phone with everything on it to another, while it runs: from now on both believe to be the one.
    pub fn clone_phone(&mut self, phone: &Phone) -> Phone {
        let image = Image::of(&self.devices[phone.0].directory);
        let twin = Phone(self.devices.len());
        let name = format!("{}-twin", self.name(phone));
        let directory = self.ground.path().join(format!("{}-{name}", twin.0));
        std::fs::create_dir(&directory).unwrap();
        self.network.borrow_mut().ways.push(Way::from(directory.clone()));
        let clocks = Clocks::somehow(&mut self.chance, self.now);
        self.devices.push(Device { name, directory, clocks, replica: None, talk: None });
        self.comes_back_from(&twin, &image);
        self.note(format!("{} is cloned", self.name(phone)));
        twin
    }

    fn goes_on_from(&mut self, phone: &Phone, left: &Image) {
        self.comes_back_from(phone, left);
        self.a_phone_lost_its_memory = true;
        self.forget_what_nobody_holds();
    }
}
