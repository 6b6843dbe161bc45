//! `event.json`: what an event is.

use jiff::Timestamp;
use serde::Deserialize;
use sync_core::documents::event::{DayHours, EventEdit, EventZone, LocalText, MarkersRead, Site};
use sync_core::time::{UnixMillis, ZoneOffset, ZoneTable, day_of_date};

use super::RecordingError;
use super::plan_file::PlanFile;

/// A phone of the recording.
#[derive(Debug, Clone, Deserialize)]
pub struct PhoneFile {
    /// The name of its file, without `.jsonl`.
    pub key: String,
    /// `marker` or `lead`.
    pub role: String,
    /// Where it mostly stands.
    pub site: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct DayFile {
    pub(super) date: jiff::civil::Date,
    opens: String,
    closes: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct SiteFile {
    pub(super) key: String,
    #[serde(default)]
    name: Option<NameFile>,
}

#[derive(Debug, Deserialize, Default, Clone)]
struct NameFile {
    #[serde(default)]
    kk: String,
    #[serde(default)]
    ru: String,
    #[serde(default)]
    en: String,
}

/// `event.json`: what an event is, for a recording, `saxaul event create` and `saxaul event edit`.
#[derive(Debug, Deserialize)]
pub struct EventFile {
    name: NameFile,
    time_zone: String,
    pub(super) days: Vec<DayFile>,
    pub(super) sites: Vec<SiteFile>,
    /// `own_post` or `all`.
    markers_read: Option<MarkersRead>,
    /// Teams, shifts and what else is planned.
    #[serde(flatten)]
    plan: PlanFile,
    /// The lists of people.
    #[serde(default)]
    pub rosters: Vec<String>,
    /// The phones.
    #[serde(default)]
    pub phones: Vec<PhoneFile>,
}

/// Days before and after an event for which its document knows the time zone.
const ZONE_MARGIN_DAYS: i64 = 400;

impl EventFile {
    /// Reads the file's content.
    ///
    /// # Errors
    /// [`RecordingError`] naming the line.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, RecordingError> {
        serde_json::from_slice(bytes).map_err(|error| RecordingError {
            file: file.to_owned(),
            line: error.line(),
            what: error.to_string(),
        })
    }

    /// What an organizer would enter.
    ///
    /// # Errors
    /// [`RecordingError`] for an unknown time zone, a time that is none, or an event without days.
    pub fn edits(&self, file: &str) -> Result<Vec<EventEdit>, RecordingError> {
        let wrong = |what: String| RecordingError { file: file.to_owned(), line: 0, what };
        let zone = jiff::tz::TimeZone::get(&self.time_zone)
            .map_err(|_| wrong(format!("time_zone: `{}` is not a time zone", self.time_zone)))?;
        let (Some(first), Some(last)) =
            (self.days.iter().map(|day| day.date).min(), self.days.iter().map(|day| day.date).max())
        else {
            return Err(wrong("days: an event has at least one day".to_owned()));
        };
        let name = LocalText { kk: self.name.kk.clone(), ru: self.name.ru.clone(), en: self.name.en.clone() };
        let table = zone_table(&zone, first, last);
        let mut edits = vec![EventEdit::Name(name), EventEdit::Zone(EventZone { name: self.time_zone.clone(), table })];
        for day in &self.days {
            let minutes = |name: &str, text: &str| {
                minute_of_day(text).ok_or_else(|| wrong(format!("days, {}: {name} `{text}` is not a time", day.date)))
            };
            let hours = DayHours { opens: minutes("opens", &day.opens)?, closes: minutes("closes", &day.closes)? };
            if hours.closes < hours.opens {
                return Err(wrong(format!("days, {}: closes before it opens", day.date)));
            }
            edits.push(EventEdit::Day { day: day_of_date(day.date), hours: Some(hours) });
        }
        for site in &self.sites {
            let NameFile { kk, ru, en } = site.name.clone().unwrap_or_default();
            let described = Site { name: LocalText { kk, ru, en } };
            edits.push(EventEdit::Site { key: site.key.clone(), site: Some(described) });
        }
        edits.extend(self.markers_read.map(EventEdit::MarkersRead));
        edits.extend(self.plan.edits().map_err(wrong)?);
        Ok(edits)
    }
}

pub(super) fn minute_of_day(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (minutes < 60 && hours * 60 + minutes <= 24 * 60).then_some(hours * 60 + minutes)
}

/// The offsets of a zone around an event.
fn zone_table(zone: &jiff::tz::TimeZone, first: jiff::civil::Date, last: jiff::civil::Date) -> ZoneTable {
    let at = |day: i64| Timestamp::from_second(day * 86_400).unwrap_or(Timestamp::UNIX_EPOCH);
    let (from, to) = (at(day_of_date(first) - ZONE_MARGIN_DAYS), at(day_of_date(last) + ZONE_MARGIN_DAYS));
    let mut offsets =
        vec![ZoneOffset { from: UnixMillis(from.as_millisecond()), seconds: zone.to_offset(from).seconds() }];
    for transition in zone.following(from).take_while(|transition| transition.timestamp() < to) {
        offsets.push(ZoneOffset {
            from: UnixMillis(transition.timestamp().as_millisecond()),
            seconds: transition.offset().seconds(),
        });
    }
    ZoneTable { offsets }
}
