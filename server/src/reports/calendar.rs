//! Shifts and days as iCalendar (RFC 5545).
//!
//! Times are written in UTC, computed with the event's own offsets: they are right in every calendar, also in one whose
//! time zone database is older than Kazakhstan's change of 2024.

use icalendar::{Calendar, Component, Event, EventLike};
use sync_core::documents::event::Shift;
use sync_core::time::{UnixMillis, ZoneOffset, ZoneTable, date_of_day};
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
    calendar.name(&material.event_name(language));
    calendar.append_property(("X-WR-TIMEZONE", material.event.zone.name.as_str()));
    for (day, hours) in &material.event.days {
        let title = format!("{}: {}", words::word("event_day", language), material.event_name(language));
        let mut entry = entry(material, &format!("day-{day}"), *day, hours.span());
        calendar.push(entry.summary(&title).done());
    }
    for (key, shift) in &material.event.shifts {
        calendar.push(of_shift(material, key, shift, language));
    }
    calendar.to_string().into_bytes()
}

fn of_shift(material: &Material<'_>, key: &str, shift: &Shift, language: Language) -> Event {
    let name = shift.name.in_language(language.tag());
    let mut entry = entry(material, &format!("shift-{key}"), shift.day, shift.span());
    entry.summary(if name.is_empty() { key } else { name });
    if !shift.site.is_empty() {
        entry.location(&material.site_name(&shift.site, language));
    }
    let role = shift.role.as_ref().map(|role| format!("{}: {role}", words::word("role", language)));
    let need = (shift.need > 0).then(|| format!("{}: {}", words::word("need", language), shift.need));
    let hazard = shift.hazardous.then(|| words::word("hazardous", language).to_owned());
    let about: Vec<String> = [role, need, hazard].into_iter().flatten().collect();
    if !about.is_empty() {
        entry.description(&about.join("\n"));
    }
    entry.done()
}

fn entry(material: &Material<'_>, key: &str, day: i64, (from, to): (u16, u16)) -> Event {
    let zone = &material.event.zone.table;
    let date = date_of_day(day);
    let (start, end) = (zone.moment(date, from), zone.moment(date, to));
    let mut entry = Event::with_uid(&format!("{key}@{}.saxaul", material.id));
    // A calendar asks when an entry was written; the same event must give the same bytes.
    entry.add_property("DTSTAMP", utc(start));
    entry.add_property("DTSTART", utc(start));
    entry.add_property("DTEND", utc(end));
    entry
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
