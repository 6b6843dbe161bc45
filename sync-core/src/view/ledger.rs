//! Which entries have an effect: those that their device did not undo and no organizer voided.
//!
//! An undo that is itself undone or voided has no effect, so later undos win. Within one log an undo reaches only
//! earlier entries, and of the other logs of its device an honest one names only those of earlier incarnations.
//! A broken device may write undos in a circle across its logs: each is aimed at the next one, so they are left
//! undecided and concern nothing else.
//!
//! A device that was restored from a backup records its drafts again in a new incarnation. Such a copy is the entry of
//! the earlier incarnation: it counts once, and an undo or a void of either holds. See [`copies`].

mod copies;

use std::collections::{BTreeMap, BTreeSet};

use crate::documents::log::{Entry, Log, Record};
use crate::ids::{DeviceId, EntryRef, Incarnation};

/// All logs of an event in ascending order of device and incarnation, and which entries have no effect.
pub(super) struct Ledger<'a> {
    logs: Vec<&'a Log>,
    /// Undone, voided, or a copy of another entry.
    silenced: Vec<Vec<bool>>,
    /// Each copy of an entry, with the entry that it is.
    copies: BTreeMap<Place, Place>,
    voided: BTreeSet<Place>,
}

/// An entry that has an effect.
pub(super) struct Standing<'a> {
    /// Which entry it is.
    pub at: EntryRef,
    /// Which of the sorted logs it stands in.
    pub log: usize,
    /// The entry itself: record and clock reading.
    pub entry: &'a Entry,
}

/// What became of an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// It has an effect.
    Stands,
    /// Its device took it back.
    Undone,
    /// An organizer voided it.
    Voided,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Place {
    log: usize,
    counter: usize,
}

impl<'a> Ledger<'a> {
    /// Sorts `logs`, finds copies, and silences what is `voided` or undone.
    pub(super) fn read(mut logs: Vec<&'a Log>, voided: &[EntryRef]) -> Self {
        logs.sort_unstable_by_key(|log| (log.device, log.incarnation));
        let silenced = logs.iter().map(|log| vec![false; log.entries.len()]).collect();
        let mut ledger = Self { logs, silenced, copies: BTreeMap::new(), voided: BTreeSet::new() };
        let voided: BTreeSet<Place> = voided.iter().filter_map(|entry| ledger.place(entry)).collect();
        ledger.copies = copies::find(&ledger, &voided);
        ledger.voided = voided.into_iter().map(|place| ledger.original(place)).collect();
        for place in ledger.copies.keys().chain(&ledger.voided) {
            ledger.silenced[place.log][place.counter] = true;
        }
        ledger.perform(&ledger.undos());
        ledger
    }

    /// The logs, in ascending order of device and incarnation.
    pub(super) fn logs(&self) -> &[&'a Log] {
        &self.logs
    }

    /// How many entries there are, with and without effect; a copy is no other entry.
    pub(super) fn entry_count(&self) -> u64 {
        let is_anchor = |entry: &Entry| matches!(entry.record, Record::Anchor(_));
        let recorded = self.logs.iter().enumerate().filter(|(_, log)| !log.entries.iter().all(is_anchor));
        let of_log = |(index, log): (usize, &&Log)| {
            let place = |counter| Place { log: index, counter };
            log.entries.len() - self.copies.range(place(0)..=place(usize::MAX)).count()
        };
        recorded.map(|log| of_log(log) as u64).sum()
    }

    /// The entries that have an effect, by device, incarnation and counter.
    pub(super) fn entries(&self) -> impl Iterator<Item = Standing<'a>> + '_ {
        self.logs.iter().zip(&self.silenced).enumerate().flat_map(|(index, (log, silenced))| {
            let entries = (0u64..).zip(&log.entries).zip(silenced).filter(|(_, silenced)| !**silenced);
            entries.map(move |((counter, entry), _)| Standing { at: log.entry_ref(counter), log: index, entry })
        })
    }

    /// Every entry but copies of others, in the order of [`Ledger::entries`], with what became of it.
    pub(super) fn all(&self) -> impl Iterator<Item = (Standing<'a>, Fate)> + '_ {
        self.logs.iter().enumerate().flat_map(move |(index, log)| {
            (0usize..).zip(&log.entries).filter_map(move |(counter, entry)| {
                let place = Place { log: index, counter };
                let fate = match () {
                    () if self.copies.contains_key(&place) => return None,
                    () if self.is_voided(index, counter) => Fate::Voided,
                    () if self.silenced[index][counter] => Fate::Undone,
                    () => Fate::Stands,
                };
                Some((Standing { at: log.entry_ref(counter as u64), log: index, entry }, fate))
            })
        })
    }

    /// The entry at `at`, or the one of which it is a copy, if it is here and has an effect.
    pub(super) fn standing(&self, at: &EntryRef) -> Option<Standing<'a>> {
        let Place { log, counter } = self.original(self.place(at)?);
        let entry = &self.logs[log].entries[counter];
        let at = self.logs[log].entry_ref(counter as u64);
        (!self.silenced[log][counter]).then_some(Standing { at, log, entry })
    }

    /// The entry at `at`, or the one of which it is a copy.
    pub(super) fn original_of(&self, at: EntryRef) -> EntryRef {
        self.place(&at).map_or(at, |place| {
            let Place { log, counter } = self.original(place);
            self.logs[log].entry_ref(counter as u64)
        })
    }

    /// Whether an organizer voided the entry at `counter` of a log, or another copy of it.
    pub(super) fn is_voided(&self, log: usize, counter: usize) -> bool {
        !self.voided.is_empty() && self.voided.contains(&self.original(Place { log, counter }))
    }

    fn original(&self, place: Place) -> Place {
        self.copies.get(&place).copied().unwrap_or(place)
    }

    fn entry(&self, place: Place) -> &'a Entry {
        &self.logs[place.log].entries[place.counter]
    }

    fn place(&self, at: &EntryRef) -> Option<Place> {
        self.place_in(at.device, at.incarnation, at.counter)
    }

    fn place_in(&self, device: DeviceId, incarnation: Incarnation, counter: u64) -> Option<Place> {
        let log = self.logs.binary_search_by_key(&(device, incarnation), |log| (log.device, log.incarnation)).ok()?;
        let counter = usize::try_from(counter).ok()?;
        (counter < self.logs[log].entries.len()).then_some(Place { log, counter })
    }

    /// What the undo at `place` is aimed at, unless that is nothing, itself or a later entry.
    fn target_of(&self, place: Place) -> Option<Place> {
        let log = self.logs[place.log];
        let Record::Undo(undo) = &log.entries[place.counter].record else { return None };
        let target = self.place_in(log.device, undo.incarnation.unwrap_or(log.incarnation), undo.counter)?;
        (target.log != place.log || target.counter < place.counter).then_some(target)
    }

    /// Every undo with what it is aimed at.
    fn undos(&self) -> BTreeMap<Place, Place> {
        let mut undos = BTreeMap::new();
        for (index, log) in self.logs.iter().enumerate() {
            for (counter, entry) in log.entries.iter().enumerate() {
                let place = Place { log: index, counter };
                if !matches!(entry.record, Record::Undo(_)) || self.copies.contains_key(&place) {
                    continue;
                }
                undos.extend(self.target_of(place).map(|target| (place, self.original(target))));
            }
        }
        undos
    }

    /// Silences what is undone. An undo is performed when every undo aimed at it has been.
    fn perform(&mut self, undos: &BTreeMap<Place, Place>) {
        let mut aimed_at: BTreeMap<Place, usize> = BTreeMap::new();
        for target in undos.values() {
            *aimed_at.entry(*target).or_default() += 1;
        }
        let mut settled: Vec<Place> = undos.keys().filter(|place| !aimed_at.contains_key(place)).copied().collect();
        while let Some(place) = settled.pop() {
            let Some(target) = undos.get(&place) else { continue };
            if !self.silenced[place.log][place.counter] {
                self.silence(*target);
            }
            if let Some(left) = aimed_at.get_mut(target) {
                *left -= 1;
                if *left == 0 {
                    settled.push(*target);
                }
            }
        }
    }

    fn silence(&mut self, place: Place) {
        self.silenced[place.log][place.counter] = true;
    }
}

#[cfg(test)]
mod tests {
    use crate::documents::log::{Record, Undo};
    use crate::documents::rulings::Decision;
    use crate::ids::EntryRef;
    use crate::view::fixtures::{Office, Phone, seen, view};

    fn undo(entry: EntryRef) -> Record {
        Record::Undo(Undo { counter: entry.counter, incarnation: Some(entry.incarnation) })
    }

    #[test]
    fn what_is_undone_has_no_effect_until_the_undo_is_undone() {
        let mut north = Phone::anchored(1);
        let report = north.reports("18 09:00");
        let undo = north.undoes("18 09:01", report);
        assert_eq!(seen(&[&north]).incidents.len(), 0);
        let again = north.undoes("18 09:02", undo);
        assert_eq!(seen(&[&north]).incidents.len(), 1);
        north.undoes("18 09:03", again);
        assert_eq!(seen(&[&north]).incidents.len(), 0);
    }

    #[test]
    fn two_undos_of_one_entry_must_both_go_before_it_returns() {
        let mut north = Phone::anchored(1);
        let report = north.reports("18 09:00");
        let [first, second] = [north.undoes("18 09:01", report), north.undoes("18 09:02", report)];
        north.undoes("18 09:03", first);
        assert_eq!(seen(&[&north]).incidents.len(), 0);
        north.undoes("18 09:04", second);
        assert_eq!(seen(&[&north]).incidents.len(), 1);
    }

    #[test]
    fn an_undo_reaches_neither_itself_nor_the_future_nor_what_is_not_there() {
        let mut north = Phone::anchored(1);
        for counter in [1, 5, 99, u64::MAX] {
            north.records("18 09:00", Record::Undo(Undo { counter, incarnation: None }));
        }
        north.reports("18 10:00");
        north.reports("18 11:00");
        assert_eq!(seen(&[&north]).incidents.len(), 2);
    }

    #[test]
    fn a_restored_phone_can_undo_what_it_recorded_in_its_former_life() {
        let mut former = Phone::anchored(1);
        former.reports("18 08:00");
        let mistake = former.reports("18 09:00");
        let mut restored = former.restored();
        restored.undoes("18 10:00", mistake);
        let view = seen(&[&former, &restored]);
        assert_eq!(view.incidents.iter().map(|each| &each.what.text).collect::<Vec<_>>(), ["18 08:00"]);
        let mut other = Phone::anchored(2);
        other.reports("18 08:00");
        other.reports("18 09:00");
        assert_eq!(seen(&[&restored, &other]).incidents.len(), 2, "another device's entry stands");
    }

    #[test]
    fn a_voided_entry_has_no_effect_and_a_voided_undo_undoes_nothing() {
        let mut north = Phone::anchored(1);
        let [first, second] = [north.reports("18 09:00"), north.reports("18 10:00")];
        let undo = north.undoes("18 10:01", first);
        let mut office = Office::default();
        office.rules(Decision::Void(second));
        office.rules(Decision::Void(undo));
        office.rules(Decision::Void(north.log.entry_ref(99)));
        let view = view(&[&north], &office);
        assert_eq!(view.incidents.iter().map(|each| each.entry).collect::<Vec<_>>(), [first]);
    }

    #[test]
    fn undos_in_a_circle_concern_nothing_else() {
        let mut one = Phone::anchored(1);
        let mut two = one.restored();
        let [in_one, in_two] = [one.log.entry_ref(1), two.log.entry_ref(0)];
        one.records("18 09:00", undo(in_two));
        two.records("18 09:00", undo(in_one));
        let report = one.reports("18 10:00");
        let of_report = two.records("18 10:01", undo(report));
        two.records("18 10:02", undo(in_two));
        assert_eq!(seen(&[&one, &two]).incidents.len(), 0);
        two.records("18 10:03", undo(of_report));
        assert_eq!(seen(&[&one, &two]).incidents.len(), 1);
    }

    #[test]
    fn what_a_restored_phone_records_again_counts_once_and_a_void_of_either_holds() {
        let mut former = Phone::anchored(1);
        let report = former.reports("18 09:00");
        former.reports("18 10:00");
        let mut restored = former.restored();
        let again = restored.reports("18 09:00");
        let view_now = |office: &Office| view(&[&former, &restored], office);
        let reported = |view: &crate::view::EventView| view.incidents.iter().map(|each| each.entry).collect::<Vec<_>>();
        assert_eq!(reported(&view_now(&Office::default())), [report, former.log.entry_ref(2)]);
        assert_eq!(view_now(&Office::default()).totals.log_entries, 3);
        for either in [report, again] {
            let mut office = Office::default();
            office.rules(Decision::Void(either));
            assert_eq!(reported(&view_now(&office)), [former.log.entry_ref(2)]);
        }
    }

    #[test]
    fn an_undo_of_either_copy_holds_and_an_undo_that_is_recorded_again_is_the_same_undo() {
        let mut former = Phone::anchored(1);
        let mistake = former.reports("18 09:00");
        let undo = former.undoes("18 09:05", mistake);
        let mut restored = former.restored();
        restored.reports("18 08:00");
        let again = restored.reports("18 09:00");
        restored.undoes("18 09:05", again);
        assert_eq!(seen(&[&former, &restored]).incidents.len(), 1);
        former.undoes("18 09:10", undo);
        assert_eq!(seen(&[&former, &restored]).incidents.len(), 2, "the undo was undone");
    }
}
