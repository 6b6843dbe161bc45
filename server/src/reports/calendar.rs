//! Shifts and days as iCalendar (RFC 5545).
//!
//! Times are written in UTC, computed with the event's own offsets: they are right in every calendar, also in one whose
//! time zone database is older than Kazakhstan's change of 2024.
//!
//! An entry's revision follows from the event's history, so that the same documents give the same calendar everywhere:
//! each statement about anything that the entry shows counts once in `SEQUENCE`. What was taken off the plan stands as
//! cancelled until the event is over.

use std::collections::{BTreeMap, BTreeSet};

use icalendar::{Calendar, Component, Event, EventLike, EventStatus};
use sync_core::documents::event::{DayHours, EventEdit, EventStatement, Shift};
use sync_core::time::{UnixMillis, ZoneOffset, ZoneTable, date_of_day};
use sync_core::view::newest_home_time;
use sync_core::words::Language;

use super::material::Material;
use super::words;

/// Who wrote the calendar.
const PRODUCT: &str = "-//Saxaul//Saxaul//EN";

/// Writes every shift, and every day with its opening hours.
///
/// An entry's id follows from the event and the shift's key or the day, so that a calendar that is read again moves
/// what was moved instead of adding it.
pub(super) fn write(material: &Material<'_>, language: Language) -> Vec<u8> {
    let mut calendar = Calendar::empty();
    calendar.append_property(("VERSION", "2.0")).append_property(("PRODID", PRODUCT));
    calendar.append_property(("CALSCALE", "GREGORIAN"));
    let name = plain(&material.event_name(language));
    // The library knows the second of these as text, and writes the first as it is given.
    calendar.append_property(("NAME", escaped(&name).as_str())).append_property(("X-WR-CALNAME", name.as_str()));
    calendar.append_property(("X-WR-TIMEZONE", material.event.zone.name.as_str()));
    for (day, hours) in &material.event.days {
        calendar.push(of_day(material, *day, *hours, language).done());
    }
    for (key, shift) in &material.event.shifts {
        calendar.push(of_shift(material, key, shift, language).done());
    }
    for entry in cancelled(material, language) {
        calendar.push(entry);
    }
    calendar.to_string().into_bytes()
}

fn of_day(material: &Material<'_>, day: i64, hours: DayHours, language: Language) -> Event {
    let title = format!("{}: {}", words::word("event_day", language), material.event_name(language));
    let about = Revision::of(material, |edit| {
        matches!(edit, EventEdit::Name(_) | EventEdit::Zone(_))
            || matches!(edit, EventEdit::Day { day: of, .. } if *of == day)
    });
    let mut entry = entry(material, &format!("day-{day}"), Planned { day, minutes: hours.span() }, about);
    entry.summary(&plain(&title));
    entry
}

fn of_shift(material: &Material<'_>, key: &str, shift: &Shift, language: Language) -> Event {
    let name = shift.name.in_language(language.tag());
    let sites = sites_of(material, key);
    let about = Revision::of(material, |edit| match edit {
        EventEdit::Zone(_) => true,
        EventEdit::Shift { key: of, .. } => of == key,
        EventEdit::Site { key: of, .. } => sites.contains(of.as_str()),
        _ => false,
    });
    let mut entry = entry(material, &format!("shift-{key}"), Planned { day: shift.day, minutes: shift.span() }, about);
    entry.summary(&plain(if name.is_empty() { key } else { name }));
    if !shift.site.is_empty() {
        entry.location(&plain(&material.site_name(&shift.site, language)));
    }
    let role = shift.role.as_ref().map(|role| format!("{}: {role}", words::word("role", language)));
    let need = (shift.need > 0).then(|| format!("{}: {}", words::word("need", language), shift.need));
    let hazard = shift.hazardous.then(|| words::word("hazardous", language).to_owned());
    let about: Vec<String> = [role, need, hazard].into_iter().flatten().collect();
    if !about.is_empty() {
        entry.description(&plain(&about.join("\n")));
    }
    entry
}

/// Every site at which a shift was ever planned: what is said of any of them counts, so that the number never falls.
fn sites_of<'a>(material: &Material<'a>, key: &str) -> BTreeSet<&'a str> {
    let sites = material.history.iter().filter_map(|statement| match &statement.edit {
        EventEdit::Shift { key: of, shift: Some(shift) } if of == key => Some(shift.site.as_str()),
        _ => None,
    });
    sites.collect()
}

/// What was on the plan once and was taken off, as it was last, until the event is over: later nobody asks for it.
fn cancelled(material: &Material<'_>, language: Language) -> Vec<Event> {
    let event = material.event;
    if is_over(material) {
        return Vec::new();
    }
    let (mut days, mut shifts) = (BTreeMap::new(), BTreeMap::new());
    for statement in material.history {
        match &statement.edit {
            EventEdit::Day { day, hours: Some(hours) } => drop(days.insert(*day, *hours)),
            EventEdit::Shift { key, shift: Some(shift) } => drop(shifts.insert(key.as_str(), shift)),
            _ => {}
        }
    }
    let days = days.into_iter().filter(|(day, _)| !event.days.contains_key(day));
    let shifts = shifts.into_iter().filter(|(key, _)| !event.shifts.contains_key(*key));
    let days = days.map(|(day, hours)| of_day(material, day, hours, language));
    let shifts = shifts.map(|(key, shift)| of_shift(material, key, shift, language));
    days.chain(shifts).map(|mut entry| entry.status(EventStatus::Cancelled).done()).collect()
}

/// Whether the event's last day had ended when home's time was last learned by anybody. That is told by the documents
/// and not by a clock, so that the same documents give the same calendar.
fn is_over(material: &Material<'_>) -> bool {
    let Some((last, hours)) = material.event.days.last_key_value() else { return false };
    let end = material.event.zone.table.moment(date_of_day(*last), hours.span().1.max(24 * 60));
    newest_home_time(material.event, material.logs, material.rulings).is_some_and(|newest| newest >= end)
}

/// How often what an entry shows was said anew, and when last.
struct Revision {
    sequence: u32,
    modified: Option<UnixMillis>,
}

impl Revision {
    /// Counts the statements of the event's history that an entry rests on. More statements give a greater number and a
    /// later time, in whatever order they arrive and whatever the clocks of their authors read.
    fn of(material: &Material<'_>, rests_on: impl Fn(&EventEdit) -> bool) -> Self {
        let said: Vec<&EventStatement> =
            material.history.iter().filter(|statement| rests_on(&statement.edit)).collect();
        let sequence = u32::try_from(said.len()).unwrap_or(u32::MAX).saturating_sub(1).min(i32::MAX.unsigned_abs());
        let newest = said.iter().map(|statement| statement.reading.wall_ms).max();
        // Clocks may go back, and two statements may be of one second: each counts a second for itself.
        let modified = newest.map(|at| UnixMillis(at.0.max(0).saturating_add(i64::from(sequence) * 1000)));
        Self { sequence, modified }
    }
}

/// A time on the plan: a day, and from which minute of it to which.
struct Planned {
    day: i64,
    minutes: (u16, u16),
}

fn entry(material: &Material<'_>, key: &str, planned: Planned, revision: Revision) -> Event {
    let zone = &material.event.zone.table;
    let (date, (from, to)) = (date_of_day(planned.day), planned.minutes);
    let (start, end) = (zone.moment(date, from), zone.moment(date, to));
    let mut entry = Event::with_uid(&format!("{key}@{}.saxaul", material.id));
    // A calendar asks when an entry was written; the same event must give the same bytes.
    let modified = utc(revision.modified.unwrap_or(start));
    entry.add_property("DTSTAMP", &modified);
    entry.add_property("LAST-MODIFIED", &modified);
    entry.add_property("SEQUENCE", revision.sequence.to_string());
    entry.add_property("DTSTART", utc(start));
    entry.add_property("DTEND", utc(end));
    entry
}

/// A text without characters that no calendar may hold; every end of a line is one character.
fn plain(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| *c == '\n' || *c == '\t' || !c.is_control()).collect()
}

/// A text as it stands in a property (RFC 5545, 3.3.11).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn utc(at: UnixMillis) -> String {
    let offsets = vec![ZoneOffset { from: UnixMillis(0), seconds: 0 }];
    let moment = ZoneTable { offsets }.local(at);
    let (date, time) = (moment.date(), moment.time());
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        date.year(),
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}
