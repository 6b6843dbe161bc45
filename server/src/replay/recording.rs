//! A recorded week, read and checked as a whole before anything is done with it.

mod event_file;
mod lines;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::Path;

pub use self::event_file::{EventFile, PhoneFile};
use self::lines::{Clocks, parse_lines};
use sync_core::documents::log::{LitterCard, Method, PlantingCard};
use sync_core::documents::roster::PersonEdit;
use sync_core::time::{ClockReading, UnixMillis};
use sync_core::trust::Role;

/// What is wrong with a recording, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingError {
    /// Relative to the recording.
    pub file: String,
    /// From 1; 0 speaks of the whole file.
    pub line: usize,
    /// What is wrong, in words.
    pub what: String,
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what),
            line => write!(f, "{}, line {line}: {}", self.file, self.what),
        }
    }
}

impl std::error::Error for RecordingError {}

/// Somebody who is named in a recording: a code of a list, or the `ref` of a walk-in.
pub type Name = String;

/// What somebody did in a recorded week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Somebody at a gate.
    Gate(Gate, Name, String, Method),
    /// An earlier line is taken back.
    Undo(usize),
    /// Registers somebody at a gate who is on no list.
    WalkIn {
        /// How the recording calls them.
        name: Name,
        /// As it was typed.
        spelling: String,
        /// As it was typed.
        phone: Option<String>,
        /// The Gregorian year in which they were born.
        year: Option<u16>,
    },
    /// A field is changed.
    Edit(Name, PersonEdit),
    /// A card that counts litter.
    Litter(LitterCard),
    /// A card that counts seedlings.
    Planting(PlantingCard),
    /// The phone meets home.
    Exchange,
    /// Rules that two names are one human being's.
    Same(Name, Name),
    /// Rules that two names are two human beings'.
    NotSame(Name, Name),
    /// Two that were ruled one are no longer.
    RetractSame(Name, Name),
    /// A line of a phone has no effect.
    Void {
        /// The phone that recorded the entry, by its place in the recording.
        phone: usize,
        /// The line of the phone's file that recorded it.
        line: usize,
        /// Why, in the organizer's words.
        reason: String,
    },
    /// Grants time that no device saw.
    Manual {
        /// The name of whoever was there.
        name: Name,
        /// When somebody came, as an organizer grants it.
        start: UnixMillis,
        /// When somebody left, as an organizer grants it.
        end: UnixMillis,
        /// Why, in the organizer's words.
        reason: String,
    },
    /// Confirms somebody's imputed time of a day.
    Confirm(Name, i64),
}

/// What happens at a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Somebody is checked in.
    In,
    /// Somebody is checked out.
    Out,
    /// Somebody who was expected does not come.
    NoShow,
}

/// One line of a recording: who did what, and when.
#[derive(Debug, Clone)]
pub struct Act {
    /// The number of the line in its file, from 1.
    pub line: usize,
    /// The true time, whatever the phone's clock showed.
    pub at: UnixMillis,
    /// What the phone's clocks read; the organizer's are right.
    pub reading: ClockReading,
    /// What was done then.
    pub deed: Deed,
}

/// The turns of everybody who touches home.
pub struct OrderAtHome {
    /// For each phone, the turns of its meetings.
    pub phones: Vec<Vec<usize>>,
    /// The turns of the organizer's acts.
    pub organizer: Vec<usize>,
}

/// A recorded week: the event, its lists, and what everybody did.
pub struct Recording {
    /// What the event is.
    pub event: EventFile,
    /// The lists, by file name.
    pub rosters: Vec<(String, Vec<u8>)>,
    /// For each phone of the event, its acts.
    pub phones: Vec<Vec<Act>>,
    /// What the organizer does, in order.
    pub organizer: Vec<Act>,
}

impl Recording {
    /// Reads a recording from a directory.
    ///
    /// # Errors
    /// [`RecordingError`] for the first thing that is wrong.
    pub fn read(directory: &Path) -> Result<Self, RecordingError> {
        Self::from_files(|name| {
            std::fs::read(directory.join(name)).map_err(|error| RecordingError {
                file: name.to_owned(),
                line: 0,
                what: format!("cannot be read: {error}"),
            })
        })
    }

    /// Reads a recording whose files `read` finds by name.
    ///
    /// # Errors
    /// [`RecordingError`] for the first thing that is wrong.
    pub fn from_files(read: impl Fn(&str) -> Result<Vec<u8>, RecordingError>) -> Result<Self, RecordingError> {
        let event = EventFile::parse("event.json", &read("event.json")?)?;
        event.edits("event.json")?;
        for phone in &event.phones {
            phone.role.parse::<Role>().map_err(|error| RecordingError {
                file: "event.json".to_owned(),
                line: 0,
                what: format!("phone {}: {error}", phone.key),
            })?;
        }
        let rosters = event.rosters.iter().map(|name| Ok((name.clone(), read(name)?))).collect::<Result<_, _>>()?;
        let phones = event.phones.iter().map(|phone| {
            let name = format!("phones/{}.jsonl", phone.key);
            parse_lines(&name, &read(&name)?, &event, Clocks::Recorded)
        });
        let phones = phones.collect::<Result<_, _>>()?;
        let organizer = parse_lines("organizer.jsonl", &read("organizer.jsonl")?, &event, Clocks::Right)?;
        Ok(Self { event, rosters, phones, organizer })
    }

    /// Checks that everyone who is named is on a list or registered in the recording, once; and every undo and void
    /// means a line that recorded something.
    ///
    /// # Errors
    /// [`RecordingError`] for the first name that nobody has.
    pub fn check(&self, on_lists: &HashSet<String>) -> Result<(), RecordingError> {
        let mut known: HashSet<&str> = on_lists.iter().map(String::as_str).collect();
        let files = || self.files().collect::<Vec<_>>();
        for (file, acts) in files() {
            for act in acts {
                if let Deed::WalkIn { name, .. } = &act.deed
                    && !known.insert(name)
                {
                    return Err(RecordingError { file, line: act.line, what: format!("`{name}` is taken") });
                }
            }
        }
        let deeds: HashMap<String, HashMap<usize, &Deed>> = files()
            .into_iter()
            .map(|(file, acts)| (file, acts.iter().map(|act| (act.line, &act.deed)).collect()))
            .collect();
        for (file, acts) in files() {
            for act in acts {
                let wrong = |what: String| RecordingError { file: file.clone(), line: act.line, what };
                if let Some(name) = act.deed.names().into_iter().find(|name| !known.contains(name.as_str())) {
                    return Err(wrong(format!("nobody is called `{name}` on any list or at any gate")));
                }
                let (target, line, may_be_meant): (_, _, fn(&Deed) -> bool) = match &act.deed {
                    Deed::Undo(line) if *line < act.line => (file.clone(), *line, Deed::is_recorded),
                    Deed::Undo(line) => return Err(wrong(format!("line {line} is not an earlier one"))),
                    Deed::Void { phone, line, .. } => (self.phone_file(*phone), *line, Deed::can_be_voided),
                    _ => continue,
                };
                let deed = deeds.get(&target).and_then(|deeds| deeds.get(&line));
                if !deed.is_some_and(|deed| may_be_meant(deed)) {
                    return Err(wrong(format!("line {line} of {target} records nothing in a log")));
                }
            }
        }
        Ok(())
    }

    fn phone_file(&self, phone: usize) -> String {
        format!("phones/{}.jsonl", self.event.phones[phone].key)
    }

    fn files(&self) -> impl Iterator<Item = (String, &[Act])> {
        let phones = self.phones.iter().enumerate().map(|(phone, acts)| (self.phone_file(phone), acts.as_slice()));
        phones.chain(std::iter::once(("organizer.jsonl".to_owned(), self.organizer.as_slice())))
    }

    /// Shortly before anything was done: the organizer prepares the event.
    #[must_use]
    pub fn begins(&self) -> UnixMillis {
        let first = self.files().filter_map(|(_, acts)| acts.first()).map(|act| act.at.0).min();
        UnixMillis(first.unwrap_or(0) - 60_000)
    }

    /// When the last thing was done.
    #[must_use]
    pub fn ends(&self) -> UnixMillis {
        UnixMillis(self.files().filter_map(|(_, acts)| acts.last()).map(|act| act.at.0).max().unwrap_or(0))
    }

    /// The year of the event.
    #[must_use]
    pub fn year(&self) -> u16 {
        let last = self.event.plan.days.iter().map(|day| day.date.year()).max();
        last.and_then(|year| u16::try_from(year).ok()).unwrap_or(2100)
    }

    /// Numbers what touches home in true order. At the same moment, the organizer comes last.
    #[must_use]
    pub fn order_at_home(&self) -> OrderAtHome {
        let meetings = self.phones.iter().enumerate().flat_map(|(phone, acts)| {
            acts.iter().filter(|act| act.deed == Deed::Exchange).map(move |act| (act.at, Some(phone)))
        });
        let mut acts: Vec<(UnixMillis, Option<usize>)> = meetings.collect();
        acts.extend(self.organizer.iter().map(|act| (act.at, None)));
        acts.sort_by_key(|(at, who)| (*at, who.unwrap_or(usize::MAX)));
        let mut order = OrderAtHome { phones: vec![Vec::new(); self.phones.len()], organizer: Vec::new() };
        for (turn, (_, who)) in acts.into_iter().enumerate() {
            match who {
                Some(phone) => order.phones[phone].push(turn),
                None => order.organizer.push(turn),
            }
        }
        order
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.phones.iter().map(Vec::len).sum::<usize>() + self.organizer.len()
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Deed {
    fn names(&self) -> Vec<&Name> {
        match self {
            Self::Gate(_, name, ..) | Self::Edit(name, _) | Self::Manual { name, .. } | Self::Confirm(name, _) => {
                vec![name]
            }
            Self::Same(a, b) | Self::NotSame(a, b) | Self::RetractSame(a, b) => vec![a, b],
            _ => Vec::new(),
        }
    }

    /// Whether it becomes an entry of the phone's log that the phone can take back.
    fn is_recorded(&self) -> bool {
        matches!(self, Self::Gate(..) | Self::Undo(_) | Self::WalkIn { .. } | Self::Litter(_) | Self::Planting(_))
    }

    /// Whether it becomes an entry that an organizer can void: a meeting with home becomes an anchor.
    fn can_be_voided(&self) -> bool {
        self.is_recorded() || *self == Self::Exchange
    }
}
