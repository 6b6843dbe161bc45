//! A world in which everything that can happen happens, drawn by its chance.
//!
//! Owns what is drawn and how often. What then must hold is for the suites to say.

use sync_core::command::Command;
use sync_core::documents::log::{LitterCard, Method, Presence};
use sync_core::documents::roster::PersonEdit;
use sync_core::documents::rulings::{Decision, Ruling};
use sync_core::ids::{EntryRef, RulingId, Subject};
use sync_core::replica::Draft;
use sync_core::time::UnixMillis;
use sync_core::trust::Role;

use crate::World;
use crate::world::{Backup, Fate, HomeCopy, PEOPLE, Phone, Someone};

/// What befalls a world besides bad links, power cuts and wrong clocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disaster {
    /// Nothing is done.
    None,
    /// Phones are restored from backups, and home from copies of its disk. Home writes no snapshots meanwhile: what
    /// only a snapshot holds, because home and its author lost it, cannot be given back.
    OldCopies,
    /// People ask to be erased, while phones are away.
    Erasures,
    /// Phones are cloned while they run, and their disks rolled back unnoticed.
    Twins,
    /// People are erased, phones are cloned, restored and rolled back, and devices get other roles and other posts.
    Upheaval,
}

/// Fates that a page may meet.
const FATES: [Fate; 10] = [
    Fate::Arrives,
    Fate::IsLost,
    Fate::LosesItsAnswer,
    Fate::ArrivesTwice,
    Fate::ArrivesTwiceAndTheLastIsHeard,
    Fate::FindsThePhoneDead,
    Fate::FindsHomeDead,
    Fate::KillsHome,
    Fate::IsSaidToBeForgotten,
    Fate::IsSaidToWait,
];
/// Devices beyond so many make a world slow and prove nothing more.
const DEVICES_LIMIT: usize = 10;

/// A world, and what those who live in it remember.
pub struct Turmoil {
    world: World,
    disaster: Disaster,
    subjects: Vec<Subject>,
    entries: Vec<EntryRef>,
    rulings: Vec<RulingId>,
    backups: Vec<(Phone, Backup)>,
    copy_of_home: Option<HomeCopy>,
    cards: Vec<Vec<u8>>,
}

impl Turmoil {
    /// Begins the world of a seed: two markers, two leads, and an organizer besides the one who founded the event.
    #[must_use]
    pub fn seeded(seed: u64, disaster: Disaster) -> Self {
        Self::among_five(World::seeded(seed), disaster)
    }

    /// The same in a world that is there, with the five who join it now.
    #[must_use]
    pub fn among_five(mut world: World, disaster: Disaster) -> Self {
        world.phones(["north", "harbour"]);
        world.leads(["east", "west"]);
        world.organizers(["office"]);
        Self::in_world(world, disaster)
    }

    /// Begins in a world that is there.
    #[must_use]
    pub fn in_world(world: World, disaster: Disaster) -> Self {
        let subjects = PEOPLE.map(|name| world.person(name).subject()).to_vec();
        Self {
            world,
            disaster,
            subjects,
            entries: Vec::new(),
            rulings: Vec::new(),
            backups: Vec::new(),
            copy_of_home: None,
            cards: Vec::new(),
        }
    }

    /// The world as it is now.
    pub const fn world(&mut self) -> &mut World {
        &mut self.world
    }

    /// Lets so many things happen.
    pub fn rages(&mut self, things: usize) {
        for _ in 0..things {
            let phone = self.someone();
            match self.below(10) {
                0..5 => self.somebody_does_something(phone),
                5 => drop(self.world.try_exchange(&phone)),
                6 => self.somebody_meets_somebody(phone),
                7 => self.the_link_changes(phone),
                8 => self.something_breaks(phone),
                _ if self.world.chance().one_in(4) => self.somebody_joins(),
                _ if self.disaster == Disaster::None => self.time_passes(phone),
                _ => self.disaster_strikes(phone),
            }
        }
    }

    /// Mends everything, lets in again whom home forgot, and lets everyone exchange until all is said.
    pub fn calms_down(mut self) -> World {
        self.world.heal();
        if self.disaster == Disaster::Upheaval {
            self.everybody_reads_everything();
        }
        for phone in self.world.everyone() {
            if self.world.try_exchange(&phone).is_err() {
                let role = self.world.replica(&phone).role();
                let invite = self.world.invite(role);
                self.world.joins_again(&phone, &invite);
            }
        }
        self.world.settle();
        self.world
    }

    /// Otherwise some would rightly show less than others.
    fn everybody_reads_everything(&mut self) {
        for phone in self.world.everyone() {
            let invite = self.world.invite(Role::Organizer);
            self.world.joins_again(&phone, &invite);
        }
    }

    fn below(&mut self, end: u64) -> u64 {
        self.world.chance().below(end)
    }

    fn pick<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        if all.is_empty() { None } else { Some(self.world.chance().pick(all)) }
    }

    fn someone(&mut self) -> Phone {
        let everyone = self.world.everyone();
        self.world.chance().pick(&everyone)
    }

    fn somebody_does_something(&mut self, phone: Phone) {
        let subjects = self.subjects.clone();
        let subject = self.world.chance().pick(&subjects);
        let presence = Presence { site: "north".to_owned(), method: Method::Qr, subject };
        match self.below(10) {
            0..3 => drop(self.tries(phone, Command::CheckIn(presence))),
            3 => drop(self.tries(phone, Command::CheckOut(presence))),
            4 => self.takes_something_back(phone),
            5 => {
                let guest = self.world.walk_in(&phone, "Guest");
                self.subjects.push(guest.subject());
            }
            6 => {
                let card = LitterCard { site: "north".to_owned(), bags: 1, ..LitterCard::default() };
                self.tries(phone, Command::CountLitter(card));
            }
            7..9 => self.edits_a_person(phone),
            _ => self.rules(phone, subject),
        }
    }

    /// Home, mostly; else another phone, or a memory card that may have been written long ago.
    fn somebody_meets_somebody(&mut self, phone: Phone) {
        match self.below(6) {
            0 | 1 => {
                let other = self.someone();
                if self.world.device(&phone) != self.world.device(&other) {
                    drop(self.world.try_to_meet(&phone, &other));
                }
            }
            2 => self.cards.extend(self.world.try_to_write_a_card(&phone)),
            3 => {
                if let Some(card) = self.pick(&self.cards.clone()) {
                    drop(self.world.try_to_read_a_card(&phone, &card));
                }
            }
            _ => drop(self.world.try_exchange(&phone)),
        }
    }

    /// A phone says no to what its role may not do, and to what it has not heard of.
    fn tries(&mut self, phone: Phone, command: Command) -> Option<Draft> {
        let draft = self.world.attempt(&phone, command).ok()?;
        self.entries.extend(draft.entry);
        Some(draft)
    }

    fn takes_something_back(&mut self, phone: Phone) {
        if let Some(entry) = self.pick(&self.entries.clone()) {
            self.tries(phone, Command::Undo(entry));
        }
        if let Some((entry, _)) = self.world.replica(&phone).last_own_record() {
            self.tries(phone, Command::Undo(entry));
        }
    }

    /// Edits one of two people, so that others edit the same field.
    fn edits_a_person(&mut self, phone: Phone) {
        let name = self.world.chance().pick(&["Aida", "Bolat"]);
        let person = self.world.person(name);
        let text = Some(format!("value {}", self.below(5)));
        let edit = match self.below(4) {
            0 => PersonEdit::Phone(text),
            1 => PersonEdit::Organisation(text),
            2 => PersonEdit::Withdrawn(text),
            _ => PersonEdit::Team(text),
        };
        self.tries(phone, Command::EditPerson(person, edit));
    }

    fn rules(&mut self, phone: Phone, subject: Subject) {
        let subjects = self.subjects.clone();
        let other = self.world.chance().pick(&subjects);
        let start = UnixMillis(self.world.now().0 - 3_600_000);
        let decision = match self.below(7) {
            0..2 => Decision::Same(subject, other),
            2 => Decision::NotSame(subject, other),
            3 => Decision::Manual { subject, start, end: self.world.now(), site: None },
            4 => Decision::Confirm { subject, day: start.0 / 86_400_000, imputed_ms: None },
            5 => self.pick(&self.entries.clone()).map_or(Decision::Same(subject, other), Decision::Void),
            _ => self.pick(&self.rulings.clone()).map_or(Decision::NotSame(subject, other), Decision::Retract),
        };
        let id = RulingId(self.world.chance().bytes());
        if self.tries(phone, Command::Rule(id, Ruling { decision, reason: String::new() })).is_some() {
            self.rulings.push(id);
        }
    }

    /// The laptop's link may be bad, but is never cut: whoever joins late is invited from there.
    fn the_link_changes(&mut self, phone: Phone) {
        let may_be_cut = phone != self.world.laptop();
        match self.below(7) {
            0 if may_be_cut => self.world.cut(&phone),
            1 if may_be_cut => {
                let pages = u32::try_from(self.below(4)).unwrap();
                self.world.cut_after_pages(&phone, pages);
            }
            2 => self.world.make_lossy(&phone, 3),
            3 => {
                let bytes = self.world.chance().pick(&[1, 300, 1000, 5000]);
                self.world.narrow(&phone, bytes);
            }
            4 => {
                let which = usize::try_from(self.below(8)).unwrap();
                self.world.arrives_again(&phone, which);
            }
            5 => {
                let fate = self.a_fate();
                self.world.next_page(&phone, fate);
            }
            _ => self.world.heal(),
        }
    }

    /// A home on a disk cannot be stopped before it keeps: a thread writes there at a time of its own.
    fn a_fate(&mut self) -> Fate {
        if self.world.keeps_home_in_memory() && self.world.chance().one_in(4) {
            return Fate::KillsHomeBeforeItKeeps;
        }
        self.world.chance().pick(&FATES)
    }

    fn something_breaks(&mut self, phone: Phone) {
        match self.below(4) {
            0 => self.world.crash_home(),
            1 if self.disaster != Disaster::OldCopies => {
                let items = self.world.chance().pick(&[1, 5, 20]);
                self.world.home_writes_snapshots_every(items);
            }
            2 => self.time_passes(phone),
            _ => self.world.crash(&phone),
        }
    }

    fn time_passes(&mut self, phone: Phone) {
        match self.below(3) {
            0 => self.world.reboot(&phone),
            1 => {
                let minutes = i64::try_from(self.below(4_000_000)).unwrap() - 2_000_000;
                self.world.sets_its_clock_wrong_by_minutes(&phone, minutes);
            }
            _ => {
                let minutes = i64::try_from(self.below(600)).unwrap();
                self.world.wait_minutes(minutes);
            }
        }
    }

    fn disaster_strikes(&mut self, phone: Phone) {
        match (self.below(3), self.disaster) {
            (_, Disaster::Erasures) => self.somebody_asks_to_be_erased(),
            (2, Disaster::Upheaval) => match self.below(4) {
                0 => self.somebody_asks_to_be_erased(),
                1 | 2 => self.somebody_gets_another_role(phone),
                _ => self.a_phone_falls_back(),
            },
            (0, _) => {
                let backup = self.world.back_up(&phone);
                self.backups.push((phone, backup));
            }
            (1, Disaster::OldCopies) => self.home_falls_back(),
            (1, _) if self.world.everyone().len() < DEVICES_LIMIT => drop(self.world.clone_phone(&phone)),
            _ => self.a_phone_falls_back(),
        }
    }

    /// Those two whom everybody edits stay, mostly.
    fn somebody_asks_to_be_erased(&mut self) {
        let known = usize::from(!self.world.chance().one_in(4)) * 2;
        let known = self.subjects[known..].to_vec();
        if let Some(subject) = self.pick(&known) {
            // Home may not have heard of a guest yet.
            drop(self.world.try_to_erase(&[subject]));
        }
    }

    fn home_falls_back(&mut self) {
        match self.copy_of_home.take() {
            Some(copy) => self.world.restore_home(&copy),
            None => self.copy_of_home = Some(self.world.copy_home()),
        }
    }

    fn somebody_joins(&mut self) {
        if self.world.everyone().len() < DEVICES_LIMIT {
            let role = self.world.chance().pick(&[Role::Marker, Role::Lead, Role::Organizer]);
            let invite = self.world.invite(role);
            self.world.join("newcomer", &invite);
        }
    }

    /// The laptop stays what it is: whoever joins late is invited from there.
    fn somebody_gets_another_role(&mut self, phone: Phone) {
        if phone == self.world.laptop() {
            return;
        }
        self.world.heal();
        let invite = match self.below(4) {
            0 => self.world.invite(Role::Lead),
            1 => self.world.invite(Role::Marker),
            2 => self.world.invite_to(Some("north"), None),
            _ => self.world.invite_to(Some("harbour"), None),
        };
        self.world.joins_again(&phone, &invite);
    }

    fn a_phone_falls_back(&mut self) {
        if self.backups.is_empty() {
            return;
        }
        let which = usize::try_from(self.below(self.backups.len() as u64)).unwrap();
        let (phone, backup) = self.backups.swap_remove(which);
        match self.disaster {
            Disaster::Twins => self.world.roll_back_the_whole_disk(&phone, &backup),
            Disaster::Upheaval if self.world.chance().one_in(2) => {
                self.world.roll_back_the_whole_disk(&phone, &backup);
            }
            Disaster::None | Disaster::OldCopies | Disaster::Erasures | Disaster::Upheaval => {
                self.world.restore(&phone, &backup);
            }
        }
    }
}
