//! To which date a moment belongs, and when gates are open.
//!
//! A date ends at local midnight, or later where its day closes after midnight: so a night's work is one date's.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::documents::event::{EventInfo, MINUTES_PER_DAY};
use crate::time::{DAY_RANGE, UnixMillis, ZoneTable, date_of_day};

/// A date on which the next date has no day ends so long after its closing.
const AFTER_CLOSING_MS: i64 = 3 * 3_600_000;

/// The date of an event to which a moment belongs: that of the night before, until that night's day has ended.
#[must_use]
pub fn date_at(event: &EventInfo, at: UnixMillis) -> Date {
    date_of_day(Dates::of(event).day_of(at))
}

/// When the gates of a day open and close.
#[derive(Clone, Copy)]
pub(super) struct GateHours {
    pub opens: UnixMillis,
    pub closes: UnixMillis,
}

/// The dates of an event, as days since 1970-01-01.
pub(super) struct Dates<'a> {
    zone: &'a ZoneTable,
    gates: BTreeMap<i64, GateHours>,
}

impl<'a> Dates<'a> {
    pub(super) fn of(event: &'a EventInfo) -> Self {
        let zone = &event.zone.table;
        let gates = event.days.range(DAY_RANGE).map(|(day, hours)| {
            let (opens, closes) = hours.span();
            let [opens, closes] = [opens, closes].map(|minute| zone.moment(date_of_day(*day), minute));
            (*day, GateHours { opens, closes })
        });
        Self { zone, gates: gates.collect() }
    }

    /// When gates open and close; `None` for a date that is not one of the event's days.
    pub(super) fn gates(&self, day: i64) -> Option<GateHours> {
        self.gates.get(&day).copied()
    }

    /// The date to which a moment belongs. Moments beyond the years 1 to 9999 are clamped to them.
    pub(super) fn day_of(&self, at: UnixMillis) -> i64 {
        let local = self.zone.day_of(at);
        if local <= *DAY_RANGE.start() || local >= *DAY_RANGE.end() {
            return local.clamp(*DAY_RANGE.start(), *DAY_RANGE.end());
        }
        // A date may reach into the next, and where clocks are put back at midnight the local clock shows it twice.
        if at < self.end_of(local - 1) {
            local - 1
        } else if at < self.end_of(local) {
            local
        } else {
            local + 1
        }
    }

    /// The moment with which a date ends and the next one begins.
    fn end_of(&self, day: i64) -> UnixMillis {
        let midnight = self.midnight_after(day);
        let Some(GateHours { closes, .. }) = self.gates(day).filter(|gates| gates.closes > midnight) else {
            return midnight;
        };
        match self.gates(day + 1) {
            Some(next) if closes < next.opens => UnixMillis((closes.0 + next.opens.0).div_euclid(2)),
            Some(next) => next.opens,
            None => UnixMillis(closes.0 + AFTER_CLOSING_MS).min(self.midnight_after(day + 1)),
        }
    }

    fn midnight_after(&self, day: i64) -> UnixMillis {
        self.zone.moment(date_of_day(day), MINUTES_PER_DAY)
    }

    /// The earliest moment from `from` to `to`, both included, at which the gates of a day are open; its opening and its
    /// closing are included. `None` as a bound is no bound.
    pub(super) fn first_open(&self, from: Option<i128>, to: Option<i128>) -> Option<i128> {
        let open = self.gates.values().filter_map(|gates| {
            let at = from.map_or(gates.opens.0.into(), |from| from.max(gates.opens.0.into()));
            (at <= gates.closes.0.into()).then_some(at)
        });
        open.min().filter(|at| to.is_none_or(|to| *at <= to))
    }
}

/// Writes a date as text, as ISO 8601 has it.
pub(super) fn as_text<S: serde::Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}
