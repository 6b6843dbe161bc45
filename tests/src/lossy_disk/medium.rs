//! One directory of a disk that keeps what was synced, and of everything else what it likes.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::trace::Step;
use crate::chance::Chance;

/// A disk writes so many bytes at once, whole or not at all.
const SECTOR_BYTES: u64 = 512;

/// A directory after some steps, and what of them is durable.
#[derive(Clone, Default)]
pub(super) struct Medium {
    files: BTreeMap<u64, Contents>,
    entries: BTreeMap<String, u64>,
    waiting_entries: Vec<(EntryChange, Fate)>,
    last_known: BTreeMap<String, u64>,
}

/// A file: what is durable, and what was written over it since.
#[derive(Clone, Default)]
struct Contents {
    durable: Vec<u8>,
    waiting: Vec<(Change, Fate)>,
}

#[derive(Clone)]
enum Change {
    Write { at: u64, bytes: Vec<u8> },
    SetLength(u64),
}

/// A change of the directory itself.
#[derive(Clone)]
enum EntryChange {
    Make { path: String, file: u64 },
    Rename { from: String, to: String, file: u64 },
    Remove { path: String },
}

/// What may become of a change at a power cut.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Kept or lost. The next sync makes it durable.
    Open,
    /// Kept or lost for ever: a sync failed, and the system thinks that nothing is left to be written.
    OpenForEver,
    /// Kept. It waits for those before it, over which it lies.
    Durable,
}

impl Medium {
    /// Goes on by one step.
    pub fn take(&mut self, step: &Step) {
        match step {
            Step::Make { file, path } => {
                self.files.entry(*file).or_default();
                self.last_known.insert(path.clone(), *file);
                self.waiting_entries.push((EntryChange::Make { path: path.clone(), file: *file }, Fate::Open));
            }
            Step::Rename { from, to } => {
                let Some(file) = self.last_known.remove(from) else { return };
                self.last_known.insert(to.clone(), file);
                let change = EntryChange::Rename { from: from.clone(), to: to.clone(), file };
                self.waiting_entries.push((change, Fate::Open));
            }
            Step::Remove { path } => {
                self.last_known.remove(path);
                self.waiting_entries.push((EntryChange::Remove { path: path.clone() }, Fate::Open));
            }
            Step::SyncDirectory { .. } => {
                std::mem::take(&mut self.waiting_entries)
                    .iter()
                    .for_each(|(change, _)| change.apply(&mut self.entries));
            }
            Step::Write { file, at, bytes } => self.wait(*file, Change::Write { at: *at, bytes: bytes.clone() }),
            Step::SetLength { file, length } => self.wait(*file, Change::SetLength(*length)),
            Step::Sync { file } => self.contents(*file).sync(),
            Step::FailSync { file } => {
                let waiting = self.contents(*file).waiting.iter_mut();
                waiting.filter(|(_, fate)| *fate == Fate::Open).for_each(|(_, fate)| *fate = Fate::OpenForEver);
            }
            Step::MakeDirectory { .. } | Step::Note(_) => {}
        }
    }

    fn contents(&mut self, file: u64) -> &mut Contents {
        self.files.entry(file).or_default()
    }

    fn wait(&mut self, file: u64, change: Change) {
        self.contents(file).waiting.push((change, Fate::Open));
    }

    /// What the directory holds after a power cut now. Of what is not durable, between nothing and everything is kept.
    pub fn cut(&self, chance: &mut Chance) -> BTreeMap<OsString, Vec<u8>> {
        let luck = Luck { kept_of_four: chance.below(5) };
        let mut entries = self.entries.clone();
        for (change, _) in &self.waiting_entries {
            if luck.keeps(chance) {
                change.apply(&mut entries);
            }
        }
        entries.into_iter().map(|(name, file)| (OsString::from(name), self.files[&file].cut(luck, chance))).collect()
    }
}

impl EntryChange {
    fn apply(&self, entries: &mut BTreeMap<String, u64>) {
        match self {
            Self::Make { path, file } => {
                entries.insert(path.clone(), *file);
            }
            Self::Rename { from, to, file } => {
                entries.remove(from);
                entries.insert(to.clone(), *file);
            }
            Self::Remove { path } => {
                entries.remove(path);
            }
        }
    }
}

impl Contents {
    fn sync(&mut self) {
        let open = self.waiting.iter_mut().filter(|(_, fate)| *fate == Fate::Open);
        open.for_each(|(_, fate)| *fate = Fate::Durable);
        let settled = self.waiting.iter().take_while(|(_, fate)| *fate == Fate::Durable).count();
        self.waiting.drain(..settled).for_each(|(change, _)| change.apply(&mut self.durable));
    }

    fn cut(&self, luck: Luck, chance: &mut Chance) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for (change, fate) in &self.waiting {
            if *fate == Fate::Durable || luck.keeps(chance) {
                change.apply(&mut bytes);
            } else if luck.tears(chance) {
                change.sectors().filter(|_| chance.one_in(2)).for_each(|sector| sector.apply(&mut bytes));
            }
        }
        bytes
    }
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => {
                let from = usize::try_from(*at).unwrap();
                let end = from + bytes.len();
                if to.len() < end {
                    to.resize(end, 0);
                }
                to[from..end].copy_from_slice(bytes);
            }
            Self::SetLength(length) => to.resize(usize::try_from(*length).unwrap(), 0),
        }
    }

    /// The parts of which each is kept or lost by itself.
    fn sectors(&self) -> impl Iterator<Item = Self> {
        let (start, bytes) = match self {
            Self::Write { at, bytes } => (*at, bytes.as_slice()),
            Self::SetLength(_) => (0, [].as_slice()),
        };
        let mut rest = bytes;
        let mut at = start;
        std::iter::from_fn(move || {
            let room = usize::try_from(SECTOR_BYTES - at % SECTOR_BYTES).unwrap();
            let (sector, others) = rest.split_at(room.min(rest.len()));
            let found = Self::Write { at, bytes: sector.to_vec() };
            at += sector.len() as u64;
            rest = others;
            (!sector.is_empty()).then_some(found)
        })
    }
}

/// How much of what is not durable survives one power cut.
#[derive(Clone, Copy)]
struct Luck {
    kept_of_four: u64,
}

impl Luck {
    const fn keeps(self, chance: &mut Chance) -> bool {
        chance.below(4) < self.kept_of_four
    }

    const fn tears(self, chance: &mut Chance) -> bool {
        self.kept_of_four > 0 && chance.one_in(2)
    }
}
