//! What changed since an app last drew its screen, gathered until it asks.

use std::collections::BTreeSet;

use crate::command::Command;
use crate::ids::Subject;

/// More subjects than this are everybody.
const SUBJECTS_LIMIT: usize = 100;

/// What changed since it was asked for last.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Changes {
    /// The event: its name, days or sites.
    pub event: bool,
    /// Anybody: lists are to be drawn anew. `subjects` is empty then.
    pub everybody: bool,
    /// These people, and nobody else.
    pub subjects: Vec<Subject>,
    /// What this device recorded, or how safe it is.
    pub records: bool,
}

impl Changes {
    /// Whether nothing changed since the app asked last.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// As if everything were new.
    #[must_use]
    pub const fn everything() -> Self {
        Self { event: true, everybody: true, subjects: Vec::new(), records: true }
    }

    /// Adds what changed later.
    pub fn add(&mut self, later: &Self) {
        self.event |= later.event;
        self.everybody |= later.everybody;
        self.records |= later.records;
        let others = later.subjects.iter().filter(|subject| !self.subjects.contains(subject));
        let subjects: Vec<Subject> = self.subjects.iter().chain(others).copied().collect();
        self.everybody |= subjects.len() > SUBJECTS_LIMIT;
        self.subjects = if self.everybody { Vec::new() } else { subjects };
    }
}

/// Gathers changes until the app asks for them.
#[derive(Default)]
pub(super) struct Gathered {
    event: bool,
    everybody: bool,
    subjects: BTreeSet<Subject>,
    records: bool,
}

impl Gathered {
    /// A command was performed here.
    pub fn note_command(&mut self, command: &Command) {
        self.records = true;
        match command {
            Command::EditEvent(_) => self.event = true,
            Command::Undo(_) | Command::Rule(..) => self.everybody = true,
            Command::AddWalkIn(walk_in) => drop(self.subjects.insert(Subject::WalkIn(walk_in.id))),
            Command::AddPerson(id, _) => drop(self.subjects.insert(Subject::Person(*id))),
            Command::CheckIn(presence) | Command::CheckOut(presence) => drop(self.subjects.insert(presence.subject)),
            other => self.subjects.extend(other.subjects()),
        }
        self.everybody |= self.subjects.len() > SUBJECTS_LIMIT;
    }

    /// Something came from elsewhere.
    pub fn note_received(&mut self) {
        *self = Self { event: true, everybody: true, subjects: BTreeSet::new(), records: true };
    }

    /// It is known better how safe the records are.
    pub fn note_safety(&mut self) {
        self.records = true;
    }

    /// Hands over what was gathered.
    pub fn take(&mut self) -> Changes {
        let Self { event, everybody, subjects, records } = std::mem::take(self);
        let subjects = if everybody { Vec::new() } else { subjects.into_iter().collect() };
        Changes { event, everybody, subjects, records }
    }
}
