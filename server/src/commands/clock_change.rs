//! Local times that clocks skip, or show twice, where their offset changes.

use jiff::civil::DateTime;
use sync_core::documents::event::EventInfo;
use sync_core::time::{UnixMillis, ZoneTable, date_of_day};

/// Why a local time does not say one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum ClockChange {
    /// Clocks were put forward over it.
    #[error("clocks skip this time, as they are put forward; it is read by the offset before that")]
    Skipped,
    /// Clocks were put back over it.
    #[error("clocks show this time twice, as they are put back; the first is meant")]
    Twice,
}

/// Tells why a local time says no moment, or two; `None` for nearly all.
#[must_use]
pub(super) fn clock_change(zone: &ZoneTable, local: DateTime) -> Option<ClockChange> {
    let minute = u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
    let moment = zone.moment(local.date(), minute);
    let shown = |at: UnixMillis| zone.local(at).with().second(0).subsec_nanosecond(0).build().ok();
    let to_minute = local.with().second(0).subsec_nanosecond(0).build().ok();
    if shown(moment) != to_minute {
        return Some(ClockChange::Skipped);
    }
    let other_offsets = zone.offsets.iter().map(|offset| i64::from(offset.seconds)).filter_map(|seconds| {
        let utc = local.date().at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond();
        Some(UnixMillis(utc + i64::from(minute) * 60_000 - seconds * 1000))
    });
    let mut others = other_offsets.filter(|at| *at != moment);
    others.any(|at| shown(at) == to_minute).then_some(ClockChange::Twice)
}

/// The times of an event's days and shifts that clocks skip or show twice, each with where it stands.
#[must_use]
pub(super) fn clock_changes_of(event: &EventInfo) -> Vec<(String, ClockChange)> {
    let zone = &event.zone.table;
    let days = event.days.iter().map(|(day, hours)| ("day".to_owned(), *day, hours.span()));
    let shifts = event.shifts.iter().map(|(key, shift)| (format!("shift `{key}`"), shift.day, shift.span()));
    let times =
        days.chain(shifts).flat_map(|(what, day, (from, to))| [from, to].map(|minute| (what.clone(), day, minute)));
    let odd = times.filter_map(|(what, day, minute)| {
        let date = date_of_day(day + i64::from(minute / (24 * 60)));
        let (hour, minute) = (i8::try_from(minute / 60 % 24).ok()?, i8::try_from(minute % 60).ok()?);
        let local = date.at(hour, minute, 0, 0);
        let change = clock_change(zone, local)?;
        Some((format!("{what}, {date} {hour:02}:{minute:02}"), change))
    });
    odd.collect()
}

#[cfg(test)]
mod tests {
    use sync_core::time::ZoneOffset;

    use super::*;

    #[test]
    fn times_that_do_not_come_or_come_twice_are_told_apart_from_all_others() {
        // Berlin in 2026: forward on 29 March at 02:00, back on 25 October at 03:00.
        let at = |text: &str| UnixMillis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
        let offsets = [("2026-01-01T00:00Z", 3600), ("2026-03-29T01:00Z", 7200), ("2026-10-25T01:00Z", 3600)];
        let offsets = offsets.map(|(from, seconds)| ZoneOffset { from: at(from), seconds });
        let zone = ZoneTable { offsets: offsets.to_vec() };
        for (local, change) in [
            ("2026-03-29T01:59", None),
            ("2026-03-29T02:00", Some(ClockChange::Skipped)),
            ("2026-03-29T02:59:30", Some(ClockChange::Skipped)),
            ("2026-03-29T03:00", None),
            ("2026-10-25T01:59", None),
            ("2026-10-25T02:00", Some(ClockChange::Twice)),
            ("2026-10-25T02:59", Some(ClockChange::Twice)),
            ("2026-10-25T03:00", None),
            ("2026-07-01T12:00", None),
        ] {
            assert_eq!(clock_change(&zone, local.parse().unwrap()), change, "{local}");
        }
    }
}
