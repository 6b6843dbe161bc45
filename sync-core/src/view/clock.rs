//! When things happened by home's clock, as far as a device's anchors tell.

use std::collections::BTreeMap;

use super::ledger::{Ledger, Standing};
use crate::documents::log::Record;
use crate::ids::{DeviceId, Incarnation};
use crate::time::{Anchor, ClockReading, UnixMillis};

/// What a corrected time rests on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockBasis {
    /// The device met home in the same run from power-on to power-off.
    Exact,
    /// The device met home in another run: right unless its clock was changed between.
    Estimated,
    /// The device never met home: its own clock, which may be wrong by years.
    Unanchored,
}

/// A moment by home's clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
pub struct CorrectedTime {
    /// When.
    pub at: UnixMillis,
    /// What that rests on.
    pub basis: ClockBasis,
}

/// The anchors of all devices. An anchor that is undone or voided is none.
pub(super) struct Clocks {
    logs: Vec<LogAnchors>,
    devices: BTreeMap<DeviceId, DeviceAnchors>,
}

/// Anchors by boot, then by reading of the clock that only moves forward. Of two at one reading the later is kept.
type Boots = BTreeMap<u64, BTreeMap<u64, Anchor>>;

#[derive(Default)]
struct LogAnchors {
    boots: Boots,
    by_counter: BTreeMap<u64, Anchor>,
}

/// The anchors of all logs of a device.
struct DeviceAnchors {
    boots: Boots,
    /// The one with the greatest home time, then incarnation, then counter.
    latest: Anchor,
}

impl Clocks {
    /// Collects the anchors.
    pub(super) fn of(ledger: &Ledger<'_>) -> Self {
        let mut logs = Vec::new();
        logs.resize_with(ledger.log_count(), LogAnchors::default);
        let mut of_devices: BTreeMap<DeviceId, BTreeMap<(UnixMillis, Incarnation, u64), Anchor>> = BTreeMap::new();
        for Standing { at, log, entry } in ledger.entries() {
            let Record::Anchor(home_ms) = entry.record else { continue };
            let anchor = Anchor { reading: entry.reading, home_ms };
            insert(&mut logs[log].boots, anchor);
            logs[log].by_counter.insert(at.counter, anchor);
            of_devices.entry(at.device).or_default().insert((home_ms, at.incarnation, at.counter), anchor);
        }
        let devices = of_devices.into_iter().filter_map(|(device, in_order)| {
            let latest = *in_order.values().next_back()?;
            let mut boots = Boots::new();
            in_order.into_values().for_each(|anchor| insert(&mut boots, anchor));
            Some((device, DeviceAnchors { boots, latest }))
        });
        Self { devices: devices.collect(), logs }
    }

    /// When an entry was recorded.
    ///
    /// Anchors of its own log come first; those of the device's other incarnations serve where it has none.
    pub(super) fn time_of(&self, standing: &Standing<'_>) -> CorrectedTime {
        let (own, reading) = (&self.logs[standing.log], &standing.entry.reading);
        if let Some(anchor) = nearest_in(&own.boots, reading) {
            return exact(reading, anchor);
        }
        let device = self.devices.get(&standing.at.device);
        if let Some(anchor) = device.and_then(|device| nearest_in(&device.boots, reading)) {
            return exact(reading, anchor);
        }
        let anchor = nearest(&own.by_counter, standing.at.counter).or(device.map(|device| device.latest));
        anchor.map_or(unanchored(reading), |anchor| estimated(reading, anchor))
    }

    /// When `device` read its clocks for something that does not stand in a log, and so near no entry.
    pub(super) fn time_on(&self, device: DeviceId, reading: &ClockReading) -> CorrectedTime {
        let Some(anchors) = self.devices.get(&device) else { return unanchored(reading) };
        match nearest_in(&anchors.boots, reading) {
            Some(anchor) => exact(reading, anchor),
            None => estimated(reading, anchors.latest),
        }
    }
}

fn insert(boots: &mut Boots, anchor: Anchor) {
    boots.entry(anchor.reading.boot).or_default().insert(anchor.reading.mono_ms, anchor);
}

fn nearest_in(boots: &Boots, reading: &ClockReading) -> Option<Anchor> {
    nearest(boots.get(&reading.boot)?, reading.mono_ms)
}

/// The anchor nearest to `position`, of two as near the later.
fn nearest(anchors: &BTreeMap<u64, Anchor>, position: u64) -> Option<Anchor> {
    let before = anchors.range(..position).next_back();
    let after = anchors.range(position..).next();
    let nearest = after.into_iter().chain(before).min_by_key(|(at, _)| at.abs_diff(position));
    nearest.map(|(_, anchor)| *anchor)
}

fn exact(reading: &ClockReading, anchor: Anchor) -> CorrectedTime {
    let since = i128::from(reading.mono_ms) - i128::from(anchor.reading.mono_ms);
    CorrectedTime { at: saturated(i128::from(anchor.home_ms.0) + since), basis: ClockBasis::Exact }
}

fn estimated(reading: &ClockReading, anchor: Anchor) -> CorrectedTime {
    let wrong_by = i128::from(anchor.home_ms.0) - i128::from(anchor.reading.wall_ms.0);
    CorrectedTime { at: saturated(i128::from(reading.wall_ms.0) + wrong_by), basis: ClockBasis::Estimated }
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
    use super::ClockBasis::{Estimated, Exact, Unanchored};
    use super::*;
    use crate::documents::rulings::Decision;
    use crate::view::story::{Office, Phone, at, seen, time_of_report, view};

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
    fn after_a_restart_the_anchor_nearest_in_the_log_corrects_the_wall_clock() {
        let mut north = Phone::new(1);
        north.sets_its_clock_wrong_by(60);
        north.meets_home("17 20:00");
        north.restarts("18 00:00");
        north.reports("18 09:00");
        north.reports("18 10:00");
        north.reports("18 11:00");
        north.restarts("19 00:00");
        north.records("19 20:00", Record::Anchor(at("19 20:30")));
        let view = seen(&[&north]);
        assert_eq!(time_of_report(&view, "18 09:00"), time("18 09:00", Estimated));
        assert_eq!(time_of_report(&view, "18 10:00"), time("18 10:30", Estimated), "as near to both: the later");
        assert_eq!(time_of_report(&view, "18 11:00"), time("18 11:30", Estimated));
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
    fn a_restored_phone_keeps_the_anchors_of_its_former_life() {
        let mut former = Phone::new(1);
        former.sets_its_clock_wrong_by(60);
        former.meets_home("17 20:00");
        let mut same_boot = former.restored();
        same_boot.reports("18 09:00");
        let mut restarted = same_boot.restored();
        restarted.restarts("18 10:00");
        restarted.reports("18 11:00");
        let view = seen(&[&restarted, &former, &same_boot]);
        assert_eq!(time_of_report(&view, "18 09:00"), time("18 09:00", Exact));
        assert_eq!(time_of_report(&view, "18 11:00"), time("18 11:00", Estimated));
    }

    #[test]
    fn a_log_with_an_anchor_of_its_own_asks_no_other_for_its_wall_clock() {
        let mut former = Phone::new(1);
        former.records("19 20:00", Record::Anchor(at("19 22:00")));
        let mut restored = former.restored();
        restored.restarts("18 00:00");
        restored.meets_home("18 08:00");
        restored.restarts("18 08:30");
        restored.reports("18 09:00");
        assert_eq!(time_of_report(&seen(&[&former, &restored]), "18 09:00"), time("18 09:00", Estimated));
    }

    #[test]
    fn a_log_without_anchors_takes_the_last_one_that_its_device_got_from_home() {
        let mut first = Phone::new(1);
        first.records("19 20:00", Record::Anchor(at("19 20:02")));
        let mut second = first.restored();
        second.records("18 20:00", Record::Anchor(at("18 20:01")));
        let mut third = second.restored();
        third.restarts("20 00:00");
        third.reports("20 09:00");
        assert_eq!(time_of_report(&seen(&[&first, &second, &third]), "20 09:00"), time("20 09:02", Estimated));
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
