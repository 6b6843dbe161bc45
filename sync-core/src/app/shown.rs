//! What is on the screen: the view and the lists that are made from it, until something changes.

use super::parts::Text;
use super::people::Directory;
use crate::command::Command;
use crate::documents::event::LocalText;
use crate::ids::EventId;
use crate::replica::Replica;
use crate::view::{EventView, project};

/// The view and what is made from it. Empty is out of date.
#[derive(Default)]
pub(super) struct Screen {
    view: Option<EventView>,
    directory: Option<Directory>,
    /// The view changed, and with it where people are, but not who they are.
    moved: bool,
}

impl Screen {
    /// Everything that a first page needs.
    pub fn of(replica: &Replica) -> Self {
        let mut screen = Self::default();
        screen.made(replica);
        screen
    }

    /// A command was performed here.
    pub fn note_command(&mut self, command: &Command) {
        self.view = None;
        match command {
            Command::CheckIn(_) | Command::CheckOut(_) | Command::NoShow(_) | Command::Anchor(_) => self.moved = true,
            _ => self.directory = None,
        }
    }

    /// Something came from elsewhere.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    pub fn view(&mut self, replica: &Replica) -> &EventView {
        self.view.get_or_insert_with(|| of(replica))
    }

    /// Brings everything up to date.
    pub fn made(&mut self, replica: &Replica) -> (&EventView, &Directory) {
        let view = self.view.get_or_insert_with(|| of(replica));
        if let Some(directory) = self.directory.as_mut().filter(|_| self.moved) {
            directory.refresh(view);
        }
        self.moved = false;
        let directory = self.directory.get_or_insert_with(|| Directory::of(&replica.shown(), view));
        (view, directory)
    }
}

fn of(replica: &Replica) -> EventView {
    let shown = replica.shown();
    project(&shown.event, &shown.roster, &shown.logs, &shown.rulings)
}

/// A site of an event.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct SiteRow {
    /// Short and stable.
    pub key: String,
    /// What people call it.
    pub name: Text,
}

/// A day of an event.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct DayRow {
    /// ISO 8601.
    pub date: String,
    /// Minutes after midnight of the event's time zone.
    pub opens: u16,
    /// Minutes after midnight of the event's time zone.
    pub closes: u16,
}

/// What an event is.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct EventRow {
    /// Its id.
    pub event: EventId,
    /// What it is called.
    pub name: Text,
    /// IANA name of its time zone.
    pub time_zone: String,
    /// In the order of the calendar.
    pub days: Vec<DayRow>,
    /// By key.
    pub sites: Vec<SiteRow>,
    /// How many people are on the roster.
    pub people: u32,
}

pub(super) fn event(replica: &Replica) -> EventRow {
    let shown = replica.shown();
    let days = shown.event.days.iter().map(|(day, hours)| DayRow {
        date: crate::time::date_of_day(*day).to_string(),
        opens: hours.opens,
        closes: hours.closes,
    });
    let sites = shown.event.sites.iter().map(|(key, site)| SiteRow { key: key.clone(), name: text(&site.name) });
    EventRow {
        event: replica.event(),
        name: text(&shown.event.name),
        time_zone: shown.event.zone.name.clone(),
        days: days.collect(),
        sites: sites.collect(),
        people: u32::try_from(shown.roster.people.len()).unwrap_or(u32::MAX),
    }
}

fn text(LocalText { kk, ru, en }: &LocalText) -> Text {
    Text { kk: kk.clone(), ru: ru.clone(), en: en.clone() }
}
