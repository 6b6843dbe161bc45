//! What is known of a human being, whichever of their names says it.

use std::collections::BTreeMap;

use super::EventView;
use super::sources::Sources;
use crate::canonical::KnownKeys;
use crate::documents::event::{EventInfo, Team};
use crate::documents::roster::{ExternalId, ShownPerson};
use crate::ids::Subject;

/// What is known of a human being: of each thing what the first of their subjects says that says it.
///
/// Persons of the roster come before walk-ins.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct Attributes {
    /// The key of their team.
    pub team: Option<String>,
    /// Where they come from; else where the event belongs.
    pub region: Option<String>,
    /// Where they belong; else who sends their team.
    pub organisation: Option<String>,
    /// The participant categories to which they belong.
    pub categories: Vec<String>,
    /// The Gregorian year in which they were born.
    pub birth_year: Option<u16>,
    /// Ids in other registers, of all their subjects, in ascending order.
    pub external_ids: Vec<ExternalId>,
    /// May be under age at the event.
    pub is_minor: bool,
    /// Counts as a silver volunteer.
    pub is_silver: bool,
}

/// What is known of everyone, by leader of their class.
pub(super) fn attributes(sources: &Sources<'_>, view: &EventView) -> BTreeMap<Subject, Attributes> {
    let mut people: BTreeMap<Subject, Attributes> = BTreeMap::new();
    for (id, record) in &sources.roster.people {
        let person = people.entry(view.class_of(Subject::Person(*id))).or_default();
        if let Some(shown) = record.shown() {
            person.take(&shown);
        }
    }
    for found in &view.walk_ins {
        let walk_in = &found.what;
        let person = people.entry(view.class_of(Subject::WalkIn(walk_in.id))).or_default();
        take(&mut person.organisation, walk_in.organisation.as_ref());
        take(&mut person.birth_year, walk_in.birth_year.as_ref());
    }
    for day in &view.days {
        people.entry(day.class).or_default();
    }
    for participant in view.deeds.iter().flat_map(|deed| &deed.what.participants) {
        people.entry(view.class_of(*participant)).or_default();
    }
    let teams = KnownKeys::of(&sources.event.teams);
    people.values_mut().for_each(|person| person.settle(sources.event, &teams));
    people
}

impl Attributes {
    fn take(&mut self, person: &ShownPerson<'_>) {
        take(&mut self.team, person.team.as_ref());
        take(&mut self.region, person.region.as_ref());
        take(&mut self.organisation, person.organisation.as_ref());
        take(&mut self.birth_year, person.birth_year.as_ref());
        if self.categories.is_empty() {
            self.categories.clone_from(person.categories);
            self.categories.sort_unstable();
            self.categories.dedup();
        }
        self.external_ids.extend(person.external_ids.iter().cloned());
    }

    fn settle(&mut self, event: &EventInfo, teams: &KnownKeys<'_, Team>) {
        let of_team = self.team.as_ref().and_then(|team| teams.get(team)?.1.organisation.as_ref());
        take(&mut self.organisation, of_team);
        take(&mut self.region, event.belonging.region.as_ref());
        self.is_minor = event.is_minor(self.birth_year);
        self.is_silver = event.is_silver(self.birth_year, &self.categories);
        self.external_ids.sort_unstable();
        self.external_ids.dedup();
    }
}

fn take<T: Clone>(known: &mut Option<T>, more: Option<&T>) {
    if known.is_none() {
        *known = more.cloned();
    }
}
