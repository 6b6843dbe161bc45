//! Which entries are copies of entries in an earlier incarnation of the same device.
//!
//! A copy has the same boot, the same readings of both clocks and the same record. Counters change in a new
//! incarnation, so two undos are the same record if they take back the same entry.
//!
//! The number of an incarnation is random and tells no order. The incarnation that met home first is the earlier one;
//! those that never met home come last, by number.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use super::{BTreeSet, Ledger, Place, Record};
use crate::documents::encode;
use crate::time::UnixMillis;

/// What makes two entries of a device the same one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// An entry that takes nothing back, as it is encoded.
    Said(Vec<u8>),
    /// An undo: its reading as it is encoded, and what it takes back.
    TakesBack(Vec<u8>, Target),
}

/// What an undo takes back: one of several entries that are the same, or an entry of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Group(usize),
    Entry(Place),
}

/// Entries of one device that are the same one, each group by place.
#[derive(Default)]
struct Groups {
    members: Vec<Vec<Place>>,
    by_likeness: BTreeMap<Likeness, usize>,
    of_place: BTreeMap<Place, usize>,
}

/// Finds every copy, with the entry that it is.
pub(super) fn find(ledger: &Ledger<'_>, voided: &BTreeSet<Place>) -> BTreeMap<Place, Place> {
    let mut copies = BTreeMap::new();
    let mut from = 0;
    for of_device in ledger.logs.chunk_by(|a, b| a.device == b.device) {
        let logs = from..from + of_device.len();
        from = logs.end;
        if of_device.len() > 1 {
            let age = |log: usize| (first_met_home(ledger, log, voided), log);
            for group in Groups::of(ledger, logs).members {
                let Some(original) = group.iter().min_by_key(|place| (age(place.log), place.counter)) else { continue };
                let copied = group.iter().filter(|place| place.log != original.log);
                copies.extend(copied.map(|place| (*place, *original)));
            }
        }
    }
    copies
}

/// When a log says that its device met home for the first time; the end of time, if it says nothing.
fn first_met_home(ledger: &Ledger<'_>, log: usize, voided: &BTreeSet<Place>) -> UnixMillis {
    let anchors = ledger.logs[log].entries.iter().enumerate().filter_map(|(counter, entry)| match entry.record {
        Record::Anchor(home_ms) if !voided.contains(&Place { log, counter }) => Some(home_ms),
        _ => None,
    });
    anchors.min().unwrap_or(UnixMillis(i64::MAX))
}

impl Groups {
    fn of(ledger: &Ledger<'_>, logs: std::ops::Range<usize>) -> Self {
        let mut groups = Self::default();
        let mut taken_back_by: BTreeMap<Place, Vec<Place>> = BTreeMap::new();
        let mut undos: BTreeSet<Place> = BTreeSet::new();
        for place in repeated(ledger, logs) {
            if let Some(target) = ledger.target_of(place) {
                taken_back_by.entry(target).or_default().push(place);
                undos.insert(place);
            } else {
                groups.add(place, Likeness::Said(encode(ledger.entry(place))));
            }
        }
        // An undo is settled once it is settled what it takes back. Circles never are.
        let mut settled: Vec<Place> = taken_back_by.keys().filter(|target| !undos.contains(target)).copied().collect();
        while let Some(target) = settled.pop() {
            let what = groups.of_place.get(&target).map_or(Target::Entry(target), |group| Target::Group(*group));
            for undo in taken_back_by.remove(&target).unwrap_or_default() {
                groups.add(undo, Likeness::TakesBack(encode(&ledger.entry(undo).reading), what));
                settled.push(undo);
            }
        }
        groups
    }

    fn add(&mut self, place: Place, likeness: Likeness) {
        let group = match self.by_likeness.entry(likeness) {
            Slot::Occupied(known) => *known.get(),
            Slot::Vacant(new) => {
                self.members.push(Vec::new());
                *new.insert(self.members.len() - 1)
            }
        };
        self.members[group].push(place);
        self.of_place.insert(place, group);
    }
}

/// The entries whose readings occur in several logs: only they can be copies.
fn repeated(ledger: &Ledger<'_>, logs: std::ops::Range<usize>) -> Vec<Place> {
    let mut by_reading: BTreeMap<(u64, u64, UnixMillis), Vec<Place>> = BTreeMap::new();
    for log in logs {
        for (counter, entry) in ledger.logs[log].entries.iter().enumerate() {
            let reading = entry.reading;
            let read = by_reading.entry((reading.boot, reading.mono_ms, reading.wall_ms)).or_default();
            read.push(Place { log, counter });
        }
    }
    by_reading.retain(|_, places| places.iter().any(|place| place.log != places[0].log));
    let mut places: Vec<Place> = by_reading.into_values().flatten().collect();
    places.sort_unstable();
    places
}
