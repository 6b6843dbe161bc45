//! A journal on a disk that does not give back what was written.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Unstructured};
use rusqlite::{Connection, params};
use sync_core::command::Command;
use sync_core::exchange::{Item, Response};
use sync_core::ids::Incarnation;
use sync_core::journal::{Entropy, Journal, JournalError, Membership, OpenReplica};
use sync_core::replica::{Asked, Progress, ReceiveError};

use super::scene::{EVENT, HONEST, answer, grant, key, litter, presence, reading, scene, walk_in};
use crate::binary::Place;

/// The marker's phone, with its journal on a disk in memory.
pub struct Phone {
    place: Place,
    replica: Option<OpenReplica>,
}

/// What lies on the phone's disk: the journal, and the file beside it.
#[derive(Clone)]
struct Disk {
    journal: Vec<u8>,
    incarnation: Option<Vec<u8>>,
}

/// Why an answer was not taken over.
enum Unheard {
    Misfit,
    Journal(JournalError),
}

impl From<JournalError> for Unheard {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<ReceiveError> for Unheard {
    fn from(_: ReceiveError) -> Self {
        Self::Misfit
    }
}

impl Phone {
    /// Has read what is at home, and recorded something: some of it is sealed, some is not.
    pub fn new() -> Self {
        static DISK: LazyLock<Disk> = LazyLock::new(recorded);
        Self::with(&DISK).expect("an undamaged journal is opened")
    }

    fn with(disk: &Disk) -> Result<Self, JournalError> {
        let place = Place::new();
        place.write("journal.db", &disk.journal);
        if let Some(incarnation) = &disk.incarnation {
            place.write("incarnation", incarnation);
        }
        let mut phone = Self { place, replica: None };
        phone.open()?;
        Ok(phone)
    }

    fn path(&self) -> PathBuf {
        self.place.path("journal.db")
    }

    fn open(&mut self) -> Result<(), JournalError> {
        self.replica = None;
        let entropy = Entropy { seed: [99; 32], incarnation: Incarnation([99; 8]) };
        let journal = Journal::open(&self.path(), &self.place.path("incarnation"), None, entropy)?;
        self.replica = Some(OpenReplica::open(journal, EVENT, Incarnation([50; 8]))?);
        Ok(())
    }

    /// Is switched off and on again.
    pub fn opens_again(&mut self) {
        self.open().expect("what was written can be read");
    }

    const fn replica(&self) -> &OpenReplica {
        self.replica.as_ref().expect("a phone is closed only while it is opened again")
    }

    fn replica_mut(&mut self) -> &mut OpenReplica {
        self.replica.as_mut().expect("a phone is closed only while it is opened again")
    }

    /// Which commands are here that home has not confirmed, by their numbers.
    pub fn recorded(&self) -> BTreeSet<u64> {
        self.replica().replica().drafts().map(|draft| draft.id).collect()
    }

    /// Asks home.
    pub fn asks(&self) -> Asked {
        let replica = self.replica();
        replica.ask(replica.replica().home(), 1 << 16).expect("a journal can be read")
    }

    /// Hears an answer; `None` where it fits nothing that was asked.
    pub fn hears(&mut self, asked: &Asked, response: Response) -> Option<Progress> {
        let home = self.replica().replica().home();
        let heard = self.replica_mut().act(|replica| Ok(replica.receive(home, asked, response)?));
        match heard {
            Ok(progress) => Some(progress),
            Err(Unheard::Misfit) => None,
            Err(Unheard::Journal(error)) => panic!("an answer of home breaks the journal: {error}"),
        }
    }

    /// Records something more, and seals it. What was recorded before stays.
    fn records_more(&mut self) -> Result<(), JournalError> {
        let before = self.recorded();
        let act = |error: JournalError| error;
        let command = Command::Anchor(reading(90).wall_ms);
        self.replica_mut()
            .act(|replica| Ok::<_, JournalError>(replica.perform(command, reading(90)).unwrap()))
            .map_err(act)?;
        let after = self.recorded();
        assert!(after.is_superset(&before) && after.len() == before.len() + 1, "{before:?} became {after:?}");
        self.replica_mut().act(|replica| Ok::<_, JournalError>(replica.seal()))?;
        assert_eq!(self.recorded(), after);
        let home = self.replica().replica().home();
        self.replica().ask(home, 1 << 16)?;
        Ok(())
    }

    /// The phone is of use: it records, seals and asks.
    pub fn goes_on(&mut self) {
        self.records_more().expect("a journal that was opened is written");
    }
}

fn recorded() -> Disk {
    let place = Place::new();
    let (path, beside) = (place.path("journal.db"), place.path("incarnation"));
    let scene = scene();
    let entropy = Entropy { seed: [10; 32], incarnation: HONEST };
    let mut journal = Journal::open(&path, &beside, None, entropy).unwrap();
    assert_eq!(journal.public_key(), key(0).public());
    let membership =
        Membership { home: scene.home.public(), url: "http://home".to_owned(), grants: vec![grant(&scene.home, 0)] };
    journal.join(membership).unwrap();
    let mut replica = OpenReplica::open(journal, EVENT, Incarnation([50; 8])).unwrap();
    let home = replica.replica().home();
    let asked = replica.ask(home, 0).unwrap();
    // Its own log is not at home yet.
    let others = scene
        .items
        .iter()
        .filter(|item| !matches!(item, Item::Change(sealed) if sealed.device == key(0).public().device()));
    let mut page = answer(others.cloned().collect());
    page.receipts =
        vec![sync_core::exchange::Receipt::plain(sync_core::exchange::Verdict::AlreadyHad); asked.request.items.len()];
    replica.act(|replica| Ok::<_, Box<dyn std::error::Error>>(replica.receive(home, &asked, page)?)).unwrap();
    let mut does = |command| {
        replica.act(|replica| Ok::<_, Box<dyn std::error::Error>>(replica.perform(command, reading(1))?)).unwrap();
    };
    does(Command::CheckIn(presence(1)));
    does(Command::AddWalkIn(walk_in(1)));
    replica.act(|replica| Ok::<_, JournalError>(replica.seal())).unwrap();
    let mut does = |command| {
        replica.act(|replica| Ok::<_, Box<dyn std::error::Error>>(replica.perform(command, reading(2))?)).unwrap();
    };
    does(Command::CheckOut(presence(1)));
    (0..20).for_each(|bags| does(Command::CountLitter(litter(bags))));
    drop(replica);
    Disk { journal: std::fs::read(path).unwrap(), incarnation: Some(std::fs::read(beside).unwrap()) }
}

/// Something that happens to what lies on a disk.
#[derive(Arbitrary, Debug)]
enum Damage {
    Overwritten { at: u32, with: Vec<u8> },
    Flipped { at: u32, bit: u8 },
    CutOff { left: u32 },
    PageLost { page: u8 },
    PageOver { from: u8, to: u8 },
    Beside(Option<Vec<u8>>),
}

/// Something that happens to one value, in a file that SQLite finds in order.
#[derive(Arbitrary, Debug)]
struct Altered {
    table: u8,
    row: u8,
    how: How,
}

#[derive(Arbitrary, Debug)]
enum How {
    Nothing,
    Number(i64),
    Bytes(Vec<u8>),
    Splice { at: u16, with: Vec<u8> },
    CutOff(u16),
}

/// The tables whose values are altered.
const TABLES: [&str; 10] = [
    "device",
    "events",
    "statements",
    "snapshots",
    "partial_snapshots",
    "parts",
    "items",
    "drafts",
    "peers",
    "confirmed",
];

const PAGE_BYTES: usize = 4096;

impl Damage {
    fn befall(&self, disk: &mut Disk) {
        let file = &mut disk.journal;
        let pages = (file.len() / PAGE_BYTES).max(1);
        match self {
            Self::Overwritten { at, with } => {
                let from = *at as usize % (file.len() + 1);
                let to = (from + with.len()).min(file.len());
                file[from..to].copy_from_slice(&with[..to - from]);
            }
            Self::Flipped { at, bit } => {
                if let Some(place) = (*at as usize).checked_rem(file.len()) {
                    file[place] ^= 1 << (bit % 8);
                }
            }
            Self::CutOff { left } => file.truncate(*left as usize % (file.len() + 1)),
            Self::PageLost { page } => {
                let from = (usize::from(*page) % pages * PAGE_BYTES).min(file.len());
                let to = (from + PAGE_BYTES).min(file.len());
                file[from..to].fill(0);
            }
            Self::PageOver { from, to } => {
                let [from, to] = [from, to].map(|page| usize::from(*page) % pages * PAGE_BYTES);
                if from.max(to) + PAGE_BYTES <= file.len() {
                    file.copy_within(from..from + PAGE_BYTES, to);
                }
            }
            Self::Beside(bytes) => disk.incarnation.clone_from(bytes),
        }
    }
}

impl Altered {
    fn befall(&self, db: &Connection) {
        let table = TABLES[usize::from(self.table) % TABLES.len()];
        let rows: i64 = db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        let Some(row) = i64::from(self.row).checked_rem(rows) else { return };
        let place = format!("id = (SELECT id FROM {table} ORDER BY id LIMIT 1 OFFSET {row})");
        let was = db.query_row(&format!("SELECT value FROM {table} WHERE {place}"), [], |row| row.get(0));
        let was: Vec<u8> = was.unwrap_or_default();
        let set = format!("UPDATE {table} SET value = ?1 WHERE {place}");
        // A value that may not be missing cannot be taken away.
        drop(match &self.how {
            How::Nothing => db.execute(&set, params![None::<i64>]),
            How::Number(number) => db.execute(&set, params![number]),
            How::Bytes(bytes) => db.execute(&set, params![bytes]),
            How::Splice { at, with } => {
                let mut is = was;
                let from = usize::from(*at) % (is.len() + 1);
                let to = (from + with.len()).min(is.len());
                is.splice(from..to, with.iter().copied());
                db.execute(&set, params![is])
            }
            How::CutOff(left) => db.execute(&set, params![&was[..usize::from(*left) % (was.len() + 1)]]),
        });
    }
}

/// Opens a journal that was damaged: the error has a type, or the journal works and holds every command that was
/// written into it.
pub fn journal(bytes: &[u8]) {
    static DISK: LazyLock<Disk> = LazyLock::new(recorded);
    let mut input = Unstructured::new(bytes);
    let Ok((altered, damages)) = <(Vec<Altered>, Vec<Damage>)>::arbitrary(&mut input) else { return };
    let mut disk = DISK.clone();
    if !altered.is_empty() {
        let place = Place::new();
        let path = place.write("journal.db", &disk.journal);
        let db = Connection::open(&path).unwrap();
        altered.iter().take(4).for_each(|it| it.befall(&db));
        drop(db);
        disk.journal = std::fs::read(path).unwrap();
    }
    let written = written_in(&disk);
    damages.iter().take(4).for_each(|it| it.befall(&mut disk));
    let mut phone = match Phone::with(&disk) {
        Ok(phone) => phone,
        Err(JournalError::Busy(_) | JournalError::Full(_)) => panic!("nobody else has it, and there is room"),
        Err(_) => return,
    };
    let there = phone.recorded().len();
    assert!(there >= written.commands, "{there} of {} commands are there, and nobody was told", written.commands);
    let revision = phone.replica().replica().ledger().cursor().revision.0;
    assert!(revision >= written.items, "{revision} of {} changes are there, and nobody was told", written.items);
    if phone.records_more().is_ok() {
        phone.opens_again();
        assert!(phone.recorded().len() > there);
    }
}

struct Written {
    commands: usize,
    items: u64,
}

fn written_in(disk: &Disk) -> Written {
    let place = Place::new();
    let db = Connection::open(place.write("journal.db", &disk.journal)).unwrap();
    let count = |table: &str| db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0));
    let [commands, items] = ["drafts", "items"].map(|table| count(table).unwrap());
    Written { commands: usize::try_from(commands).unwrap(), items: items.cast_unsigned() }
}
