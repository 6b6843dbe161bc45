//! The documents that the view of an event is computed from.

use super::EventView;
use crate::documents::Documents;
use crate::documents::event::EventInfo;
use crate::documents::log::Log;
use crate::documents::roster::Roster;
use crate::documents::rulings::Rulings;
use crate::documents::state::Past;

/// The documents of an event, as far as they are known.
#[derive(Clone)]
pub struct Sources<'a> {
    /// What the event is.
    pub event: &'a EventInfo,
    /// The people who are expected.
    pub roster: &'a Roster,
    /// What was recorded; in any order.
    pub logs: Vec<&'a Log>,
    /// The decisions of organizers.
    pub rulings: &'a Rulings,
}

impl<'a> Sources<'a> {
    /// The documents as they are now.
    #[must_use]
    pub fn of(documents: &'a Documents) -> Self {
        Self {
            event: documents.info(),
            roster: documents.roster(),
            logs: documents.logs().collect(),
            rulings: documents.rulings(),
        }
    }

    /// The documents as they once were.
    #[must_use]
    pub fn of_past(past: &'a Past) -> Self {
        Self { event: &past.event, roster: &past.roster, logs: past.logs.iter().collect(), rulings: &past.rulings }
    }

    /// What they say when they are read together.
    #[must_use]
    pub fn view(&self) -> EventView {
        super::project(self.event, self.roster, &self.logs, self.rulings)
    }
}
