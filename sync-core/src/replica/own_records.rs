//! What this device recorded, in its present log and in those of its earlier incarnations.
//!
//! A new incarnation begins when somebody was erased from the device's log, when its journal was restored, and when home
//! refused what it wrote. Entries count from 0 again there, and what is recorded again is another entry. A person knows a
//! record by its mark, which stays with the record in whatever log it stands.

use std::collections::HashMap;

use super::Replica;
use crate::command::Act;
use crate::documents::encode;
use crate::documents::log::{Entry, Log, Record, Undo, WalkIn};
use crate::ids::{DeviceId, EntryRef, Subject, WalkInId, tagged_hash};
use crate::spoken::SpokenCode;
use crate::time::{ClockReading, UnixMillis};

/// One record of this device. One that stands in several of its logs comes once, as in the view.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnRecord {
    /// The entry that it is; of several, the one in the oldest log.
    pub entry: EntryRef,
    /// What the clocks read.
    pub reading: ClockReading,
    /// What was recorded.
    pub record: Record,
    /// Whether a later record of this device takes it back.
    pub is_undone: bool,
}

impl OwnRecord {
    /// The code by which a person names it; see [`mark_of`].
    #[must_use]
    pub fn mark(&self) -> SpokenCode {
        mark_of(self.entry.device, self.reading, &self.record)
    }

    /// Whether a person made the record, and may take it back.
    #[must_use]
    pub const fn is_made(&self) -> bool {
        !matches!(self.record, Record::Undo(_) | Record::Anchor(_))
    }
}

/// The code by which a person names a record of a device: the same in whatever log it stands, also once somebody of whom it
/// speaks was erased. Two records of a device out of 33 million have the same code; whoever is asked for one names both.
#[must_use]
pub fn mark_of(device: DeviceId, reading: ClockReading, record: &Record) -> SpokenCode {
    let subject = record.subject().map(|subject| subject.to_bits().to_be_bytes());
    let subject: &[u8] = subject.as_ref().map_or(&[], |bits| bits);
    let parts = [&device.0[..], &encode(&reading), &record.kind().to_be_bytes(), subject];
    SpokenCode::of_hash(&tagged_hash("saxaul/record-mark", &parts))
}

/// What makes two entries of different logs one record: the readings, and what is said; of an undo, what it takes back.
#[derive(PartialEq, Eq, Hash)]
enum Likeness {
    Said(Vec<u8>),
    TakesBack(Vec<u8>, usize),
}

impl Replica {
    /// What this device recorded, the oldest log first, each in order, sealed or not. What home refused for good is left out.
    #[must_use]
    pub fn own_records(&self) -> Vec<OwnRecord> {
        let mut records: Vec<OwnRecord> = Vec::new();
        let mut undos: Vec<(usize, usize)> = Vec::new();
        let mut places: HashMap<EntryRef, usize> = HashMap::new();
        let mut known: HashMap<Likeness, usize> = HashMap::new();
        let logs = self.own_logs();
        for (entry, reading, record) in logs.iter().flat_map(|log| entries(log)).chain(self.drafted_entries()) {
            let target = match &record {
                Record::Undo(Undo { counter, incarnation }) => {
                    let incarnation = incarnation.unwrap_or(entry.incarnation);
                    places.get(&EntryRef { device: entry.device, incarnation, counter: *counter }).copied()
                }
                _ => None,
            };
            let place = records.len();
            if logs.len() > 1 {
                let likeness = match target {
                    Some(target) => Likeness::TakesBack(encode(&reading), target),
                    None => Likeness::Said([encode(&reading), encode(&record)].concat()),
                };
                let first = *known.entry(likeness).or_insert(place);
                // Within one log each entry is a record of its own.
                if first != place && records[first].entry.incarnation != entry.incarnation {
                    places.insert(entry, first);
                    continue;
                }
            }
            places.insert(entry, place);
            undos.extend(target.map(|target| (place, target)));
            records.push(OwnRecord { entry, reading, record, is_undone: false });
        }
        // The last is settled first: an undo that is taken back takes nothing back.
        for (undo, target) in undos.into_iter().rev() {
            records[target].is_undone |= !records[undo].is_undone;
        }
        records
    }

    /// The last record of this device that a person made and that is not taken back; `None` if there is none.
    #[must_use]
    pub fn last_own_record(&self) -> Option<(EntryRef, Record)> {
        let last = self.own_records().into_iter().rfind(|own| own.is_made() && !own.is_undone)?;
        Some((last.entry, last.record))
    }

    /// The records that are taken back together with the one at `entry`: all that this device recorded of somebody whom it
    /// registered, if it takes back that. Without it they would be nobody's.
    #[must_use]
    pub fn taken_back_with(&self, entry: &EntryRef) -> Vec<OwnRecord> {
        let records = self.own_records();
        let taken_back = self.record_at(entry);
        let Some(Record::WalkIn(WalkIn { id, .. })) = taken_back else { return Vec::new() };
        let subject = Some(Subject::WalkIn(id));
        let is_of_them =
            |own: &OwnRecord| own.entry != *entry && own.is_made() && !own.is_undone && own.record.subject() == subject;
        let is_registration = |own: &OwnRecord| matches!(own.record, Record::WalkIn(_));
        records.into_iter().filter(|own| is_of_them(own) && !is_registration(own)).collect()
    }

    /// Whether another device recorded something of a walk-in, and did not take it back.
    pub(super) fn is_seen_elsewhere(&self, walk_in: WalkInId) -> bool {
        let subject = Some(Subject::WalkIn(walk_in));
        let mut others = self.ledger.documents().logs().filter(|log| log.device != self.device());
        others.any(|log| {
            let is_of_them = |(_, entry): &(u64, &Entry)| entry.record.subject() == subject;
            let is_undone = |at: u64| {
                log.entries.iter().any(|later| match later.record {
                    Record::Undo(Undo { counter, incarnation }) => {
                        counter == at && incarnation.is_none_or(|of| of == log.incarnation)
                    }
                    _ => false,
                })
            };
            (0..).zip(&log.entries).filter(is_of_them).any(|(at, _)| !is_undone(at))
        })
    }

    /// The logs of this device, in the order of the newest time at which each knows to have been used: the present one last.
    fn own_logs(&self) -> Vec<&Log> {
        let device = self.device();
        let mut logs: Vec<&Log> = self.ledger.documents().logs().filter(|log| log.device == device).collect();
        logs.sort_by_key(|log| (log.incarnation == self.identity.incarnation, last_used(log), log.incarnation));
        logs
    }

    /// The entries of the present log that are not sealed yet.
    fn drafted_entries(&self) -> impl Iterator<Item = (EntryRef, ClockReading, Record)> {
        self.open_drafts().filter_map(|draft| {
            let Act::Entry(record) = draft.command.act(draft.reading, self.identity.incarnation) else { return None };
            Some((draft.entry?, draft.reading, record))
        })
    }
}

fn entries(log: &Log) -> impl Iterator<Item = (EntryRef, ClockReading, Record)> {
    (0..).zip(&log.entries).map(|(counter, entry)| (log.entry_ref(counter), entry.reading, entry.record.clone()))
}

/// By home's clock where the log met home, and by the device's own where it did not.
fn last_used(log: &Log) -> Option<UnixMillis> {
    let by_home = log.anchors().last().map(|(_, anchor)| anchor.home_ms);
    by_home.or_else(|| log.entries.last().map(|entry| entry.reading.wall_ms))
}
