//! Dates, and when gates are open.

use sync_core::documents::event::EventInfo;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// The days of an event and its clocks.
pub(super) struct Dates {
    /// When each offset begins to hold, and the offset.
    offsets: Vec<(i64, i64)>,
    /// Day, opening and closing.
    pub days: Vec<(i64, i64, i64)>,
}

impl Dates {
    pub(super) fn of(event: &EventInfo) -> Self {
        let offsets = event.zone.table.offsets.iter().map(|step| (step.from.0, i64::from(step.seconds) * 1000));
        let mut dates = Self { offsets: offsets.collect(), days: Vec::new() };
        for (day, hours) in &event.days {
            let opens = dates.moment(day * DAY + i64::from(hours.opens) * MINUTE);
            let closes = dates.moment(day * DAY + i64::from(hours.closes) * MINUTE);
            dates.days.push((*day, opens, closes));
        }
        dates
    }

    fn offset_at(&self, at: i64) -> i64 {
        let holding = self.offsets.iter().rfind(|(from, _)| *from <= at);
        holding.or(self.offsets.first()).map_or(0, |(_, offset)| *offset)
    }

    /// When the local clock shows `local` first; a time that it skips is read with the offset before the change.
    fn moment(&self, local: i64) -> i64 {
        let shown = self.offsets.iter().map(|(_, offset)| local - offset);
        let first = shown.filter(|at| at + self.offset_at(*at) == local).min();
        first.unwrap_or_else(|| {
            let skipped = self.offsets.windows(2).find(|pair| {
                let (before, (change, after)) = (pair[0].1, pair[1]);
                change + before <= local && local < change + after
            });
            local - skipped.map_or(0, |pair| pair[0].1)
        })
    }

    /// The moment with which a date ends.
    fn end(&self, day: i64) -> i64 {
        let midnight = self.moment((day + 1) * DAY);
        match self.gates(day) {
            Some((_, closes)) if closes > midnight => match self.gates(day + 1) {
                Some((opens, _)) if closes < opens => (closes + opens).div_euclid(2),
                Some((opens, _)) => opens,
                None => (closes + 3 * 60 * MINUTE).min(self.moment((day + 2) * DAY)),
            },
            _ => midnight,
        }
    }

    /// When gates open and close on an event's day.
    pub(super) fn gates(&self, day: i64) -> Option<(i64, i64)> {
        self.days.iter().find(|(other, ..)| *other == day).map(|(_, opens, closes)| (*opens, *closes))
    }

    /// The date that holds a moment.
    pub(super) fn day_of(&self, at: i64) -> i64 {
        let about = at.div_euclid(DAY);
        let holding = (about - 3..about + 4).find(|day| self.end(day - 1) <= at && at < self.end(*day));
        holding.expect("every moment is on a date")
    }
}
