//! One world: an organizer's laptop, phones, a home server, and what lies between them.

mod acts;
mod attacker;
mod browser;
mod desk_work;
mod disk;
mod erasing;
mod exchanges;
mod home;
mod near;
mod network;
mod office;
mod outsiders;
mod phone;
mod promises;
mod radio;
mod seen;
mod told;
mod transcript;

use std::cell::RefCell;
use std::rc::Rc;

use server::client::Call;
use server::clock::RandomSource;
use server::invite::InviteLink;
use server::wire::CreateInvite;
use sync_core::command::Command;
use sync_core::documents::event::{DayHours, EventEdit, EventZone, Site};
use sync_core::ids::{EventId, PersonId};
use sync_core::journal::Journal;
use sync_core::time::{UnixMillis, ZoneOffset, ZoneTable};
use sync_core::trust::Role;
use tempfile::TempDir;

pub use self::acts::Someone;
pub use self::attacker::{ATTACKS, Attack, Intrigue};
pub use self::browser::Browser;
pub use self::disk::Image;
pub(crate) use self::disk::ground;
pub use self::exchanges::Moved;
use self::home::Home;
pub use self::home::{HomeCopy, Sent};
pub use self::near::Impostor;
pub use self::network::Fate;
use self::network::Network;
pub use self::outsiders::problem;
use self::phone::Device;
pub use self::phone::{Backup, Phone};
pub use self::promises::{home_keeps_its_promises, open_phone, phone_keeps_its_promises, start_home};
pub use self::radio::Radio;
use self::told::Told;
pub use self::transcript::Transcript;
use crate::chance::Chance;

/// Who is on the roster from the beginning.
pub const PEOPLE: [&str; 6] = ["Aida", "Bolat", "Gulnara", "Dauren", "Yerlan", "Zhanar"];
/// The first day of the event, and the days it lasts.
const FIRST_DAY: i64 = 20_591;
const DAYS: i64 = 5;
const DAY_MS: i64 = 86_400_000;
/// How far the zone of the world is east of UTC, in milliseconds.
const ZONE_MS: i64 = 5 * 3_600_000;

/// A world that follows from its seed.
///
/// It begins on 18 May 2026 at 7:00, an hour before the gates open, with an event of five days, two sites and six
/// people on the roster, which the organizer's laptop has brought home.
pub struct World {
    seed: u64,
    chance: Chance,
    now: UnixMillis,
    event: EventId,
    network: Rc<RefCell<Network>>,
    devices: Vec<Device>,
    told: Vec<Told>,
    story: Vec<String>,
    snapshot_items: u64,
    a_phone_lost_its_memory: bool,
    looked_after_retention: Option<UnixMillis>,
    /// By how much the clock of home is ahead of the true time.
    home_is_ahead_ms: i64,
    /// Whether apps keep sessions from one exchange to the next.
    keeps_sessions: bool,
    ground: TempDir,
}

/// Where the home of a world keeps everything.
enum HomeKeeps {
    OnDisk,
    /// With another random source than the seed's, if one is named.
    InMemory(Option<RandomSource>),
}

impl World {
    /// Makes the world of a seed, with a home that keeps everything on a disk, as a real one does: threads of its own
    /// write there, so two worlds of one seed differ in what happens first.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::with_home(seed, HomeKeeps::OnDisk)
    }

    /// Makes the world of a seed, with a home in memory: everything in it, to the bytes that home answers, follows from
    /// the seed and from what is done.
    #[must_use]
    pub fn in_memory(seed: u64) -> Self {
        Self::with_home(seed, HomeKeeps::InMemory(None))
    }

    /// The same, but for a home that draws from another random source.
    #[must_use]
    pub fn in_memory_drawing_from(seed: u64, random: RandomSource) -> Self {
        Self::with_home(seed, HomeKeeps::InMemory(Some(random)))
    }

    fn with_home(seed: u64, home_keeps: HomeKeeps) -> Self {
        let mut chance = Chance::seeded(seed);
        let ground = disk::ground("saxaul-world-");
        let now = UnixMillis(FIRST_DAY * DAY_MS + 7 * 3_600_000 - ZONE_MS);
        let home = match home_keeps {
            HomeKeeps::OnDisk => Home::founded(ground.path().join("home"), chance.bytes(), now),
            HomeKeeps::InMemory(random) => {
                let seed = chance.bytes();
                Home::founded_in_memory(seed, random.unwrap_or_else(|| RandomSource::seeded(seed)), now)
            }
        };
        let network = Network { home, ways: Vec::new(), chance: Chance::seeded(chance.bits()) };
        let mut world = Self {
            seed,
            now,
            event: EventId(chance.bytes()),
            chance,
            network: Rc::new(RefCell::new(network)),
            devices: Vec::new(),
            told: Vec::new(),
            story: Vec::new(),
            snapshot_items: u64::MAX,
            a_phone_lost_its_memory: false,
            looked_after_retention: None,
            home_is_ahead_ms: 0,
            keeps_sessions: false,
            ground,
        };
        let link = world.network.borrow_mut().home.first_invite();
        let laptop = world.join("laptop", &link);
        world.describe_event(&laptop);
        world.exchange(&laptop);
        world
    }

    /// An organizer's device creates the event at home.
    fn found_event(&self, journal: &Journal) {
        let mut talk = self.talk(self.laptop());
        talk.sign_in(journal).unwrap();
        talk.create_event(self.event, None).unwrap();
    }

    fn describe_event(&mut self, laptop: &Phone) {
        let offsets = vec![ZoneOffset { from: UnixMillis(0), seconds: i32::try_from(ZONE_MS / 1000).unwrap() }];
        let zone = EventZone { name: "Asia/Aqtau".to_owned(), table: ZoneTable { offsets } };
        self.does(laptop, Command::EditEvent(EventEdit::Zone(zone)));
        for day in FIRST_DAY..FIRST_DAY + DAYS {
            let hours = Some(DayHours { opens: 8 * 60, closes: 18 * 60 });
            self.does(laptop, Command::EditEvent(EventEdit::Day { day, hours }));
        }
        for key in ["north", "harbour"] {
            let site = EventEdit::Site { key: key.to_owned(), site: Some(Site::default()) };
            self.does(laptop, Command::EditEvent(site));
        }
        for name in PEOPLE {
            self.add_listed(laptop, name);
        }
    }

    /// The laptop of the organizer, which every world has.
    #[must_use]
    pub const fn laptop(&self) -> Phone {
        Phone(0)
    }

    /// Every device that is in, the laptop first.
    #[must_use]
    pub fn everyone(&self) -> Vec<Phone> {
        (0..self.devices.len()).map(Phone).collect()
    }

    /// The event at which everybody of the world works.
    #[must_use]
    pub const fn event(&self) -> EventId {
        self.event
    }

    /// Someone who is on the roster from the beginning, or on the list that it was made from.
    #[must_use]
    pub fn person(&self, name: &str) -> PersonId {
        PersonId::of_external(self.event, "list", name)
    }

    /// Markers' phones, each of which has read what there is.
    pub fn phones<const N: usize>(&mut self, names: [&str; N]) -> [Phone; N] {
        self.let_in(names, Role::Marker)
    }

    /// Team leads' phones, each of which has read what there is.
    pub fn leads<const N: usize>(&mut self, names: [&str; N]) -> [Phone; N] {
        self.let_in(names, Role::Lead)
    }

    /// More organizers' laptops, each of which has read what there is.
    pub fn organizers<const N: usize>(&mut self, names: [&str; N]) -> [Phone; N] {
        self.let_in(names, Role::Organizer)
    }

    fn let_in<const N: usize>(&mut self, names: [&str; N], role: Role) -> [Phone; N] {
        names.map(|name| {
            let link = self.invite(role);
            let phone = self.join(name, &link);
            self.exchange(&phone);
            phone
        })
    }

    /// A marker's phone that joins and has not yet read anything.
    pub fn newcomer(&mut self, name: &str) -> Phone {
        let link = self.invite(Role::Marker);
        self.join(name, &link)
    }

    /// An invite to the event for one device.
    pub fn invite(&mut self, role: Role) -> InviteLink {
        let laptop = self.laptop();
        let mut talk = self.talk(laptop);
        talk.sign_in(self.devices[laptop.0].open().journal()).unwrap();
        let event = Some(self.event.to_string());
        talk.invite(&CreateInvite {
            role: role.key().to_owned(),
            event,
            uses: 1,
            expires_in_s: None,
            ..CreateInvite::default()
        })
        .unwrap()
    }

    /// Says something to home from outside, as anybody can.
    pub fn says_to_home(&self, call: Call<'_>) -> server::client::Answer {
        self.network.borrow().home.answer(&Sent::from(call))
    }

    /// The power fails at home and comes back.
    pub fn crash_home(&mut self) {
        self.network.borrow_mut().home.crash();
        self.note("home crashed".to_owned());
    }

    /// Whether home keeps everything in memory.
    #[must_use]
    pub fn keeps_home_in_memory(&self) -> bool {
        self.network.borrow().home.is_in_memory()
    }

    /// Copies everything that home keeps.
    pub fn copy_home(&mut self) -> HomeCopy {
        self.note("home is copied".to_owned());
        self.network.borrow_mut().home.copy()
    }

    /// Home loses its disk and goes on from a copy. What it had since must come back from the devices, unless one of
    /// them lost its memory too.
    pub fn restore_home(&mut self, copy: &HomeCopy) {
        self.network.borrow_mut().home.restore(copy);
        if self.a_phone_lost_its_memory {
            self.forget_what_nobody_holds();
        }
        self.note("home is restored from its copy".to_owned());
    }

    /// From now on, home writes a snapshot after so many new items.
    pub fn home_writes_snapshots_every(&mut self, items: u64) {
        self.snapshot_items = items;
        self.network.borrow_mut().home.restart(items);
    }

    /// Has home write a snapshot of everything that is there.
    pub fn writes_a_snapshot_now(&mut self) {
        self.network.borrow_mut().home.restart(1);
        self.read_on(&self.laptop());
        self.network.borrow_mut().home.restart(self.snapshot_items);
    }

    /// Lets minutes pass on every clock of the world.
    pub fn wait_minutes(&mut self, minutes: i64) {
        self.wait_ms(minutes * 60_000);
    }

    /// Lets some seconds pass, so that no two records have one time.
    fn tick(&mut self) {
        let ms = 1000 + i64::try_from(self.chance.below(60_000)).unwrap();
        self.wait_ms(ms);
    }

    fn wait_ms(&mut self, ms: i64) {
        self.now.0 += ms;
        self.network.borrow().home.move_clock(UnixMillis(self.now.0 + self.home_is_ahead_ms));
    }

    /// From now on home's clock is ahead of the true time by this much, or behind it.
    pub fn sets_the_clock_of_home_wrong_by_minutes(&mut self, minutes: i64) {
        self.home_is_ahead_ms = minutes * 60_000;
        self.wait_ms(0);
        self.note(format!("home's clock is wrong by {minutes} minutes"));
    }

    /// What home answers whoever asks for this page, as text.
    #[must_use]
    pub fn asks_home(&self, path: &str) -> String {
        let call = Call { method: "GET", path, authorization: None, content_type: "application/json", body: &[] };
        String::from_utf8(self.says_to_home(call).body).unwrap()
    }

    /// What the time is.
    #[must_use]
    pub const fn now(&self) -> UnixMillis {
        self.now
    }

    /// Chance for a story, from the world's seed.
    pub const fn chance(&mut self) -> &mut Chance {
        &mut self.chance
    }

    fn note(&mut self, what: String) {
        self.story.push(what);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let from = self.story.len().saturating_sub(80);
            eprintln!("in World::seeded({}), after {} other things:", self.seed, from);
            self.story[from..].iter().for_each(|what| eprintln!("  {what}"));
        }
    }
}
