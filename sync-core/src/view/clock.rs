//! When things happened by home's clock, as far as the anchors of a log tell.
//!
//! A boot in which the device met home has exact times. Any other boot of a log with an anchor is placed as a whole:
//! where the wall clock puts it, within the bounds that its neighbours in the log leave.

use std::collections::BTreeMap;

use super::Known;
use super::dates::Dates;
use super::ledger::{Ledger, Standing};
use crate::documents::event::EventInfo;
use crate::documents::log::{Entry, Log, Record};
use crate::documents::rulings::Rulings;
use crate::ids::{DeviceId, EntryRef, Incarnation};
use crate::time::{Anchor, ClockReading, UnixMillis};

/// A wall clock is believed if what it says has to be moved by no more than this to be possible.
const BELIEVED_WITHIN_MS: i128 = 15 * 60_000;

/// What a corrected time rests on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum ClockBasis {
    /// The device met home in the same run from power-on to power-off.
    Exact,
    /// The device met home in another run: right unless its clock was changed between.
    Estimated,
    /// The device met home in another run and its wall clock cannot be right: only what was recorded before and after
    /// bounds the time.
    Bounded,
    /// The device never met home: its own clock, which may be wrong by years.
    Unanchored,
}

/// A moment by home's clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
pub struct CorrectedTime {
    /// The time by home's clock, as far as it is known.
    pub at: UnixMillis,
    /// What that rests on.
    pub basis: ClockBasis,
}

/// The clocks of all logs. A voided anchor is none.
pub(super) struct Clocks {
    logs: Vec<LogClock>,
    /// The logs of each device.
    devices: BTreeMap<DeviceId, Vec<usize>>,
}

/// The clocks of some logs, to say when what stands in them was recorded.
pub struct LogClocks {
    clocks: Clocks,
    /// Which log it is, by device and incarnation.
    places: BTreeMap<(DeviceId, Incarnation), usize>,
}

impl LogClocks {
    /// Reads the clocks of `logs`; each device and incarnation is there at most once.
    #[must_use]
    pub fn of(event: &EventInfo, logs: Vec<&Log>, rulings: &Rulings) -> Self {
        let Known { ledger, clocks, .. } = Known::of(event, logs, rulings);
        let places = ledger.logs().iter().enumerate();
        let places = places.map(|(place, log)| ((log.device, log.incarnation), place)).collect();
        Self { clocks, places }
    }

    /// When the entry `at` was recorded, at which the device's clocks read `reading`.
    #[must_use]
    pub fn time_of(&self, at: &EntryRef, reading: &ClockReading) -> CorrectedTime {
        match self.places.get(&(at.device, at.incarnation)) {
            Some(place) => self.clocks.logs[*place].time_of(reading),
            None => self.clocks.time_on(at.device, reading),
        }
    }
}

/// Anchors by reading of the clock that only moves forward, each with its counter. Of two at one reading the later is
/// kept.
type Anchors = BTreeMap<u64, (usize, Anchor)>;

/// What is known of the clock of one log.
struct LogClock {
    boots: BTreeMap<u64, Boot>,
    /// The one with the greatest home time, then counter.
    latest: Option<Anchor>,
    /// Whether a boot has entries before and after those of another: no honest device writes such a log.
    any_returns: bool,
}

/// One run of a device, as far as its entries in one log show it.
struct Boot {
    /// The counters of its first and its last entry.
    first: usize,
    last: usize,
    anchors: Anchors,
    /// Where it stands, if it has no anchor but the log has one.
    placed: Option<Placed>,
}

/// Where a boot without an anchor stands.
#[derive(Clone, Copy)]
struct Placed {
    /// When the first entry was recorded.
    base: i128,
    /// What the steady clock read then.
    first_mono: i128,
    basis: ClockBasis,
}

impl Clocks {
    /// Reads the clocks of all logs.
    pub(super) fn of(ledger: &Ledger<'_>, dates: &Dates<'_>) -> Self {
        let mut devices: BTreeMap<DeviceId, Vec<usize>> = BTreeMap::new();
        let mut logs = Vec::new();
        for (index, log) in ledger.logs().iter().enumerate() {
            devices.entry(log.device).or_default().push(index);
            let mut clock = LogClock::of(&log.entries, |counter| ledger.is_voided(index, counter));
            clock.place_boots(&log.entries, dates);
            logs.push(clock);
        }
        Self { logs, devices }
    }

    /// Whether a log has a boot that was over and goes on: only then does a new entry change the times of others.
    pub(super) fn any_boot_returns(&self) -> bool {
        self.logs.iter().any(|log| log.any_returns)
    }

    /// When an entry was recorded.
    pub(super) fn time_of(&self, standing: &Standing<'_>) -> CorrectedTime {
        self.logs[standing.log].time_of(&standing.entry.reading)
    }

    /// When `device` read its clocks for something that does not stand in a log.
    ///
    /// It is not known in which incarnation that was. A boot number may have been used by another phone before a backup
    /// was restored: with several logs, a boot counts as the same one only if its wall clock agrees.
    pub(super) fn time_on(&self, device: DeviceId, reading: &ClockReading) -> CorrectedTime {
        let logs = || self.devices.get(&device).into_iter().flatten().map(|log| &self.logs[*log]);
        let is_alone = logs().count() == 1;
        let anchored = logs().filter_map(|log| log.boots.get(&reading.boot)?.nearest(reading.mono_ms));
        let is_same_boot = |anchor: &Anchor| {
            let started = |read: &ClockReading| i128::from(read.wall_ms.0) - i128::from(read.mono_ms);
            is_alone || (started(reading) - started(&anchor.reading)).abs() <= BELIEVED_WITHIN_MS
        };
        let distance = |anchor: &Anchor| anchor.reading.mono_ms.abs_diff(reading.mono_ms);
        if let Some(anchor) = anchored.filter(is_same_boot).min_by_key(distance) {
            return exact(reading, anchor);
        }
        let latest = logs().filter_map(|log| log.latest).max_by_key(|anchor| anchor.home_ms);
        latest.map_or(unanchored(reading), |anchor| {
            let wrong_by = i128::from(anchor.home_ms.0) - i128::from(anchor.reading.wall_ms.0);
            let at = saturated(i128::from(reading.wall_ms.0) + wrong_by);
            CorrectedTime { at, basis: ClockBasis::Estimated }
        })
    }
}

impl LogClock {
    fn of(entries: &[Entry], is_voided: impl Fn(usize) -> bool) -> Self {
        let mut clock = Self { boots: BTreeMap::new(), latest: None, any_returns: false };
        let mut runs = entries.iter().enumerate().peekable();
        while let Some((first, entry)) = runs.next() {
            let number = entry.reading.boot;
            let new = || Boot { first, last: first, anchors: Anchors::new(), placed: None };
            clock.any_returns |= clock.boots.contains_key(&number);
            let boot = clock.boots.entry(number).or_insert_with(new);
            let mut next = Some((first, entry));
            while let Some((counter, entry)) = next {
                boot.last = counter;
                if let Record::Anchor(home_ms) = entry.record
                    && !is_voided(counter)
                {
                    let anchor = Anchor { reading: entry.reading, home_ms };
                    boot.anchors.insert(entry.reading.mono_ms, (counter, anchor));
                    if clock.latest.is_none_or(|latest| latest.home_ms <= home_ms) {
                        clock.latest = Some(anchor);
                    }
                }
                next = runs.next_if(|(_, entry)| entry.reading.boot == number);
            }
        }
        clock
    }

    /// Places the boots without an anchor, in the order in which they begin: each knows what stands before it.
    fn place_boots(&mut self, entries: &[Entry], dates: &Dates<'_>) {
        if self.latest.is_none() {
            return;
        }
        let mut to_place: Vec<(usize, u64)> = self
            .boots
            .iter()
            .filter(|(_, boot)| boot.anchors.is_empty())
            .map(|(number, boot)| (boot.first, *number))
            .collect();
        to_place.sort_unstable();
        let after = self.anchored_after(entries, &to_place);
        for (first, number) in to_place {
            let neighbours = Neighbours {
                first: &entries[first].reading,
                last: &entries[self.boots[&number].last].reading,
                previous: first.checked_sub(1).map(|before| {
                    let reading = &entries[before].reading;
                    (reading, self.uncut_time_of(reading))
                }),
                next: after.get(&number).map(|counter| {
                    let reading = &entries[*counter].reading;
                    (reading, self.uncut_time_of(reading).0)
                }),
            };
            let placed = neighbours.place(dates);
            self.boots.entry(number).and_modify(|boot| boot.placed = Some(placed));
        }
    }

    /// For each boot that is to be placed, the first entry after it that belongs to an anchored boot.
    fn anchored_after(&self, entries: &[Entry], to_place: &[(usize, u64)]) -> BTreeMap<u64, usize> {
        let mut by_last: Vec<(usize, u64)> =
            to_place.iter().map(|(_, number)| (self.boots[number].last, *number)).collect();
        by_last.sort_unstable();
        let mut after = BTreeMap::new();
        let mut next = None;
        let mut counter = entries.len();
        while let Some((last, number)) = by_last.pop() {
            while counter > last + 1 {
                counter -= 1;
                if !self.boots[&entries[counter].reading.boot].anchors.is_empty() {
                    next = Some(counter);
                }
            }
            after.extend(next.map(|next| (number, next)));
        }
        after
    }

    fn time_of(&self, reading: &ClockReading) -> CorrectedTime {
        let (at, basis) = self.uncut_time_of(reading);
        CorrectedTime { at: saturated(at), basis }
    }

    /// The time of an entry of this log, which an absurd clock may put beyond what a time can hold.
    fn uncut_time_of(&self, reading: &ClockReading) -> (i128, ClockBasis) {
        let boot = &self.boots[&reading.boot];
        if let Some(anchor) = boot.nearest(reading.mono_ms) {
            let since = i128::from(reading.mono_ms) - i128::from(anchor.reading.mono_ms);
            return (i128::from(anchor.home_ms.0) + since, ClockBasis::Exact);
        }
        match boot.placed {
            Some(placed) => (placed.base + i128::from(reading.mono_ms) - placed.first_mono, placed.basis),
            None => (reading.wall_ms.0.into(), ClockBasis::Unanchored),
        }
    }
}

impl Boot {
    /// The anchor nearest to `mono_ms`; of two as near the one with the larger counter.
    fn nearest(&self, mono_ms: u64) -> Option<Anchor> {
        let before = self.anchors.range(..mono_ms).next_back();
        let after = self.anchors.range(mono_ms..).next();
        let nearness =
            |(at, (counter, _)): &(&u64, &(usize, Anchor))| (at.abs_diff(mono_ms), std::cmp::Reverse(*counter));
        before.into_iter().chain(after).min_by_key(nearness).map(|(_, (_, anchor))| *anchor)
    }
}

/// A boot without an anchor, and what stands before and after it in its log.
struct Neighbours<'a> {
    first: &'a ClockReading,
    last: &'a ClockReading,
    /// The entry before, and when it was.
    previous: Option<(&'a ClockReading, (i128, ClockBasis))>,
    /// The next entry of a boot with an anchor, and when it was.
    next: Option<(&'a ClockReading, i128)>,
}

impl Neighbours<'_> {
    fn place(&self, dates: &Dates<'_>) -> Placed {
        let first_mono = i128::from(self.first.mono_ms);
        let length = i128::from(self.last.mono_ms) - first_mono;
        // It cannot begin before what stands before it, nor end after the next anchored boot began.
        let lower = self.previous.map(|(_, (at, _))| at + first_mono);
        let upper = self.next.map(|(next, at)| at - i128::from(next.mono_ms) - length);
        // The wall clock ran on since the entry before, or until the next one of a boot with an anchor.
        let believable = self.previous.filter(|(_, (_, basis))| *basis != ClockBasis::Bounded);
        let ran_on = believable.map(|(previous, (at, _))| wall(self.first) + at - wall(previous));
        let ran_until = self.next.map(|(next, at)| wall(self.last) - length + at - wall(next));
        for guess in [ran_on, ran_until].into_iter().flatten() {
            let base = lower.map_or(guess, |lower| guess.max(lower));
            let base = upper.map_or(base, |upper| base.min(upper));
            if (base - guess).abs() <= BELIEVED_WITHIN_MS {
                let basis = if base == guess { ClockBasis::Estimated } else { ClockBasis::Bounded };
                return Placed { base, first_mono, basis };
            }
        }
        let open = dates.first_open(lower, upper);
        let base = open.or(lower).or(upper).unwrap_or_else(|| wall(self.first));
        Placed { base, first_mono, basis: ClockBasis::Bounded }
    }
}

fn wall(reading: &ClockReading) -> i128 {
    reading.wall_ms.0.into()
}

fn exact(reading: &ClockReading, anchor: Anchor) -> CorrectedTime {
    let since = i128::from(reading.mono_ms) - i128::from(anchor.reading.mono_ms);
    CorrectedTime { at: saturated(i128::from(anchor.home_ms.0) + since), basis: ClockBasis::Exact }
}

const fn unanchored(reading: &ClockReading) -> CorrectedTime {
    CorrectedTime { at: reading.wall_ms, basis: ClockBasis::Unanchored }
}

fn saturated(ms: i128) -> UnixMillis {
    let clamped = ms.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
    UnixMillis(i64::try_from(clamped).expect("the value was clamped to the range"))
}

#[cfg(test)]
mod tests {
    use super::ClockBasis::{Bounded, Estimated, Exact, Unanchored};
    use super::*;
    use crate::documents::rulings::Decision;
    use crate::view::fixtures::{Office, Phone, at, seen, time_of_report, view};

    fn time(when: &str, basis: ClockBasis) -> CorrectedTime {
        CorrectedTime { at: at(when), basis }
    }

    #[test]
    fn a_phone_that_met_home_since_it_was_switched_on_is_exact_whatever_its_wall_clock_says() {
        let mut north = Phone::new(1);
        north.sets_its_clock_wrong_by(-3 * 24 * 60);
        north.reports("18 09:00");
        north.meets_home("18 20:00");
        north.sets_its_clock_wrong_by(100 * 365 * 24 * 60);
        north.reports("19 09:00");
        let view = seen(&[&north]);
        assert_eq!(time_of_report(&view, "18 09:00"), time("18 09:00", Exact));
        assert_eq!(time_of_report(&view, "19 09:00"), time("19 09:00", Exact));
    }

    #[test]
    fn the_anchor_nearest_on_the_steady_clock_speaks_and_of_two_as_near_the_later() {
        let mut north = Phone::new(1);
        north.records("18 08:00", Record::Anchor(at("18 08:00")));
        for when in ["18 08:59", "18 09:00", "18 11:00"] {
            north.reports(when);
        }
        north.records("18 10:00", Record::Anchor(at("18 10:05")));
        let view = seen(&[&north]);
        assert_eq!(time_of_report(&view, "18 08:59"), time("18 08:59", Exact));
        assert_eq!(time_of_report(&view, "18 09:00"), time("18 09:05", Exact));
        assert_eq!(time_of_report(&view, "18 11:00"), time("18 11:05", Exact));
    }

    #[test]
    fn of_two_anchors_at_one_reading_the_one_recorded_later_speaks() {
        let mut north = Phone::new(1);
        north.records("18 08:00", Record::Anchor(at("18 08:30")));
        north.records("18 08:00", Record::Anchor(at("18 08:10")));
        north.reports("18 09:00");
        assert_eq!(time_of_report(&seen(&[&north]), "18 09:00"), time("18 09:10", Exact));
    }

    #[test]
    fn after_a_restart_the_wall_clock_is_believed_to_have_run_on_since_the_entry_before() {
        let mut north = Phone::new(1);
        north.sets_its_clock_wrong_by(60);
        north.meets_home("17 20:00");
        north.restarts("18 00:00");
        north.reports("18 09:00");
        north.reports("18 11:00");
        north.restarts("19 00:00");
        north.records("19 20:00", Record::Anchor(at("19 20:30")));
        let view = seen(&[&north]);
        assert_eq!(time_of_report(&view, "18 09:00"), time("18 09:00", Estimated));
        assert_eq!(time_of_report(&view, "18 11:00"), time("18 11:00", Estimated));
    }

    #[test]
    fn a_boot_that_begins_in_1970_is_placed_by_the_next_meeting_with_home() {
        let mut north = Phone::anchored(1);
        north.restarts("18 08:00");
        north.sets_its_clock_wrong_by(-56 * 365 * 24 * 60);
        north.reports("18 09:00");
        north.restarts("18 19:00");
        north.meets_home("18 20:00");
        assert_eq!(time_of_report(&seen(&[&north]), "18 09:00"), time("18 09:00", Estimated));
    }

    #[test]
    fn a_guess_that_contradicts_its_neighbours_by_minutes_is_moved_and_by_more_is_not_taken() {
        let reported = |minutes_slow: i64| {
            let mut north = Phone::anchored(1);
            north.reports("18 09:00");
            // Switched on again at 08:59, by its clock: that cannot be.
            north.restarts("18 09:00");
            north.sets_its_clock_wrong_by(-minutes_slow);
            north.reports("18 09:01");
            time_of_report(&seen(&[&north]), "18 09:01")
        };
        assert_eq!(reported(0), time("18 09:01", Estimated));
        assert_eq!(reported(15), time("18 09:01", Bounded));
        assert_eq!(reported(16), time("18 09:01", Bounded), "the lower bound, at which the gates are open");
    }

    #[test]
    fn a_boot_of_which_nothing_is_known_is_placed_where_gates_are_open() {
        let mut north = Phone::anchored(1);
        north.restarts("18 08:00");
        north.sets_its_clock_wrong_by(-56 * 365 * 24 * 60);
        north.reports("18 09:00");
        north.reports("18 10:30");
        let view = seen(&[&north]);
        assert_eq!(time_of_report(&view, "18 09:00"), time("18 08:00", Bounded), "not before the evening of the 17th");
        assert_eq!(time_of_report(&view, "18 10:30"), time("18 09:30", Bounded));
    }

    #[test]
    fn a_phone_that_never_met_home_is_believed_and_marked() {
        let mut north = Phone::new(1);
        north.sets_its_clock_wrong_by(60);
        north.reports("18 09:00");
        let stranger = Phone::anchored(2);
        assert_eq!(time_of_report(&seen(&[&north, &stranger]), "18 09:00"), time("18 10:00", Unanchored));
    }

    #[test]
    fn a_log_asks_no_other_log_of_its_device_for_the_time() {
        let mut former = Phone::new(1);
        former.restarts("09 00:00");
        former.records("10 20:00", Record::Anchor(at("10 22:00")));
        // Its backup on a new phone, whose boots count anew.
        let mut restored = former.restored();
        restored.reports("18 09:00");
        let before = seen(&[&former, &restored]);
        assert_eq!(time_of_report(&before, "18 09:00"), time("18 09:00", Unanchored));
        restored.meets_home("18 20:00");
        let after = seen(&[&former, &restored]);
        assert_eq!(time_of_report(&after, "18 09:00"), time("18 09:00", Exact));
    }

    #[test]
    fn an_anchor_without_effect_corrects_nothing() {
        let mut north = Phone::new(1);
        let wrong = north.records("17 20:00", Record::Anchor(at("10 20:00")));
        north.reports("18 09:00");
        let mut office = Office::default();
        office.rules(Decision::Void(wrong));
        assert_eq!(time_of_report(&view(&[&north], &office), "18 09:00"), time("18 09:00", Unanchored));
    }
}
