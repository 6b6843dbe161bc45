//! What people are called in reports.

use std::collections::HashMap;

use sync_core::documents::roster::Roster;
use sync_core::ids::Subject;
use sync_core::view::EventView;

/// How subjects are called in a report.
#[derive(Debug, Default, Clone)]
pub struct Labels {
    of: HashMap<Subject, String>,
}

impl Labels {
    /// Calls people by the first id that someone else gave them, and everyone else by the id they have here.
    #[must_use]
    pub fn of_roster(roster: &Roster) -> Self {
        let codes = roster.people.iter().filter_map(|(id, record)| {
            let code = record.person().external_ids.first()?.value.clone();
            Some((Subject::Person(*id), code))
        });
        Self { of: codes.collect() }
    }

    /// Calls a subject by another name.
    pub fn call(&mut self, subject: Subject, label: String) {
        self.of.insert(subject, label);
    }

    /// What a subject is called.
    #[must_use]
    pub fn get(&self, subject: Subject) -> String {
        self.of.get(&subject).cloned().unwrap_or_else(|| subject.to_string())
    }

    /// Every name by which the human being behind `leader` is known, sorted, joined by `+`.
    pub(super) fn class(&self, view: &EventView, leader: Subject) -> String {
        let mut members: Vec<String> = view.classes.members_of(leader).into_iter().map(|one| self.get(one)).collect();
        members.sort();
        members.join("+")
    }
}
