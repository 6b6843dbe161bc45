//! What an event is, as an app shows it: days, sites, teams, shifts, cards.

use super::parts::Text;
use crate::documents::event::{CardKind, LocalText};
use crate::ids::EventId;
use crate::replica::Replica;
use crate::time::{UnixMillis, date_of_day};

/// A site of an event.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct SiteRow {
    /// The site's key, to which records refer.
    pub key: String,
    /// What people call it.
    pub name: Text,
}

/// A day of an event.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct DayRow {
    /// The date in ISO 8601.
    pub date: String,
    /// Minutes after midnight of the event's time zone.
    pub opens: u16,
    /// Minutes after midnight of the event's time zone.
    pub closes: u16,
}

/// People who work together.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct TeamRow {
    /// The team's key, to which people refer.
    pub key: String,
    /// What people call it; empty texts show the key.
    pub name: Text,
    /// Who sends it.
    pub organisation: Option<String>,
    /// The key of the site where it works.
    pub site: Option<String>,
}

/// A time on one day for which people are wanted at a site.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct ShiftRow {
    /// The shift's key, to which people refer.
    pub key: String,
    /// What people call it; empty texts show the key.
    pub name: Text,
    /// The key of the site.
    pub site: String,
    /// The date in ISO 8601 on which it starts.
    pub date: String,
    /// Minutes after midnight of the event's time zone.
    pub starts: u16,
    /// Minutes after the same midnight; 1440 and more is on the next date.
    pub ends: u16,
    /// What is done there.
    pub role: Option<String>,
    /// How many people are wanted.
    pub need: u32,
    /// Nobody under age may be assigned.
    pub hazardous: bool,
}

/// What a card counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum CardCounts {
    /// Litter: bags, weight, volume, and pieces by category.
    Litter,
    /// Seedlings by species.
    Planting,
}

/// A card to fill in at a site.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct CardRow {
    /// The card's key.
    pub key: String,
    /// What people call it; empty texts show the key.
    pub name: Text,
    /// What it counts.
    pub counts: CardCounts,
    /// Its lines, as they are stored and reported: categories of litter, or species.
    pub lines: Vec<String>,
}

/// A kind of participant.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct CategoryRow {
    /// The category's key, to which people refer.
    pub key: String,
    /// What people call it; empty texts show the key.
    pub name: Text,
}

/// Something that is done from anywhere.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct RemoteTaskRow {
    /// The task's key.
    pub key: String,
    /// What people call it; empty texts show the key.
    pub name: Text,
    /// The first date on which it is done, in ISO 8601.
    pub from: String,
    /// The last date on which it is done, in ISO 8601.
    pub until: String,
}

/// An event of which something is kept.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct KeptEvent {
    /// The event's id.
    pub event: EventId,
    /// What it is called; empty texts where its name has not come yet.
    pub name: Text,
    /// The first date of the event in ISO 8601; none where its days have not come yet.
    pub from: Option<String>,
    /// The last date of the event.
    pub until: Option<String>,
}

/// What an event is.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct EventRow {
    /// The event's id.
    pub event: EventId,
    /// What it is called.
    pub name: Text,
    /// IANA name of its time zone.
    pub time_zone: String,
    /// The days of the event, in the order of the calendar.
    pub days: Vec<DayRow>,
    /// The sites, in the order of their keys.
    pub sites: Vec<SiteRow>,
    /// The teams, in the order of their keys.
    pub teams: Vec<TeamRow>,
    /// The shifts, by date, start and key.
    pub shifts: Vec<ShiftRow>,
    /// The cards, in the order of their keys.
    pub cards: Vec<CardRow>,
    /// The participant categories, in the order of their keys.
    pub categories: Vec<CategoryRow>,
    /// The remote tasks, in the order of their keys.
    pub remote_tasks: Vec<RemoteTaskRow>,
    /// Under this age a guardian's consent is required.
    pub consent_age: u8,
    /// Under this age nobody is assigned to hazardous shifts.
    pub adult_age: u8,
    /// How many people are on the roster.
    pub people: u32,
}

pub(super) fn event(replica: &Replica) -> EventRow {
    let shown = replica.shown();
    let event = &shown.event;
    let date = |day: i64| date_of_day(day).to_string();
    let mut shifts: Vec<_> = event.shifts.iter().collect();
    shifts.sort_by_key(|(key, shift)| (shift.day, shift.starts, *key));
    EventRow {
        event: replica.event(),
        name: text(&event.name),
        time_zone: event.zone.name.clone(),
        days: rows(&event.days, |day, hours| DayRow { date: date(*day), opens: hours.opens, closes: hours.closes }),
        sites: rows(&event.sites, |key, site| SiteRow { key: key.clone(), name: text(&site.name) }),
        teams: rows(&event.teams, |key, team| TeamRow {
            key: key.clone(),
            name: text(&team.name),
            organisation: team.organisation.clone(),
            site: team.site.clone(),
        }),
        shifts: rows(shifts, |key, shift| ShiftRow {
            key: key.clone(),
            name: text(&shift.name),
            site: shift.site.clone(),
            date: date(shift.day),
            starts: shift.starts,
            ends: shift.ends,
            role: shift.role.clone(),
            need: shift.need,
            hazardous: shift.hazardous,
        }),
        cards: rows(&event.templates, |key, card| CardRow {
            key: key.clone(),
            name: text(&card.name),
            counts: match card.kind {
                CardKind::Litter => CardCounts::Litter,
                CardKind::Planting => CardCounts::Planting,
            },
            lines: card.lines.clone(),
        }),
        categories: rows(&event.categories, |key, category| CategoryRow {
            key: key.clone(),
            name: text(&category.name),
        }),
        remote_tasks: rows(&event.remote_tasks, |key, task| RemoteTaskRow {
            key: key.clone(),
            name: text(&task.name),
            from: date(task.from),
            until: date(task.until),
        }),
        consent_age: event.minors.consent_age,
        adult_age: event.minors.adult_age,
        people: u32::try_from(shown.roster.people.len()).unwrap_or(u32::MAX),
    }
}

impl KeptEvent {
    pub(super) fn unread(event: EventId) -> Self {
        Self { event, name: Text::default(), from: None, until: None }
    }
}

pub(super) fn kept(replica: &Replica) -> KeptEvent {
    let shown = replica.shown();
    let date = |day: Option<&i64>| day.map(|day| date_of_day(*day).to_string());
    let days = &shown.event.days;
    let (from, until) = (date(days.keys().next()), date(days.keys().next_back()));
    KeptEvent { event: replica.event(), name: text(&shown.event.name), from, until }
}

/// The date at a moment, in ISO 8601 and in the event's time zone.
pub(super) fn date_at(replica: &Replica, at: UnixMillis) -> String {
    crate::view::date_at(&replica.shown().event, at).to_string()
}

fn rows<'a, K: 'a, V: 'a, R>(of: impl IntoIterator<Item = (&'a K, &'a V)>, row: impl Fn(&K, &V) -> R) -> Vec<R> {
    of.into_iter().map(|(key, value)| row(key, value)).collect()
}

fn text(LocalText { kk, ru, en }: &LocalText) -> Text {
    Text { kk: kk.clone(), ru: ru.clone(), en: en.clone() }
}
