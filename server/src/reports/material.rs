//! What every export is made of, and who is who in it.

use std::collections::HashMap;

use jiff::civil::DateTime;
use sync_core::documents::event::{EventInfo, EventStatement};
use sync_core::documents::log::Log;
use sync_core::documents::roster::{Person, PersonName, Roster};
use sync_core::documents::rulings::Rulings;
use sync_core::ids::{EventId, Subject};
use sync_core::time::UnixMillis;
use sync_core::view::EventView;
use sync_core::words::Language;

use super::Labels;

/// An event's documents, and what they say when they are read together.
#[derive(Clone, Copy)]
pub struct Material<'a> {
    /// The id of the event.
    pub id: EventId,
    /// What the event says of itself.
    pub event: &'a EventInfo,
    /// The people who are expected.
    pub roster: &'a Roster,
    /// What was recorded, in any order.
    pub logs: &'a [&'a Log],
    /// The decisions of organizers.
    pub rulings: &'a Rulings,
    /// The projection of these documents.
    pub view: &'a EventView,
    /// Every statement that was made about the event, in an order in which they may have been made. A calendar counts
    /// its revisions by them; none are known of a state that was published.
    pub history: &'a [EventStatement],
}

impl Material<'_> {
    /// What the clocks at the event show.
    pub(super) fn local(&self, at: UnixMillis) -> DateTime {
        self.event.zone.table.local(at)
    }

    /// What the event is called.
    pub(super) fn event_name(&self, language: Language) -> String {
        let name = self.event.name.in_language(language.tag());
        if name.is_empty() { self.id.to_string() } else { name.to_owned() }
    }

    /// What a site is called.
    pub(super) fn site_name(&self, key: &str, language: Language) -> String {
        let name = self.event.sites.get(key).map_or("", |site| site.name.in_language(language.tag()));
        if name.is_empty() { key.to_owned() } else { name.to_owned() }
    }
}

/// One human being, under whatever names they are known.
#[derive(Default)]
pub(super) struct Human {
    /// Every code, sorted, joined by `+`.
    pub codes: String,
    /// As they are known best: on the roster before a walk-in, the smallest id first.
    pub person: Person,
}

impl Human {
    /// The preferred spelling of their name.
    pub(super) fn name(&self) -> String {
        self.person.names.first().map(PersonName::to_string).unwrap_or_default()
    }
}

/// Every spelling of a name, each once: also those that were written into one field, with `;` between them.
pub(super) fn spellings(names: Vec<PersonName>) -> Vec<PersonName> {
    let mut all: Vec<PersonName> = Vec::with_capacity(names.len());
    for name in names {
        let is_one_text = name.given.is_empty() && name.patronymic.is_empty() && name.family.contains(';');
        let parts = if is_one_text {
            let parts = name.family.split(';').map(str::trim).filter(|part| !part.is_empty());
            parts.map(|part| PersonName { family: part.to_owned(), ..PersonName::default() }).collect()
        } else {
            vec![name]
        };
        for part in parts {
            if all.iter().all(|known| known.to_string() != part.to_string()) {
                all.push(part);
            }
        }
    }
    all
}

/// Everybody, by the subject that leads their class.
pub(super) struct People(HashMap<Subject, Human>);

impl People {
    pub(super) fn of(material: &Material<'_>, labels: &Labels) -> Self {
        let (view, mut humans) = (material.view, HashMap::<Subject, Human>::new());
        let mut add = |subject: Subject, person: Person| {
            let leader = view.class_of(subject);
            let human = humans.entry(leader).or_insert_with(|| {
                let codes = labels.class(view, leader);
                Human { codes, person: Person::default() }
            });
            fill(&mut human.person, person);
        };
        material.roster.people.iter().for_each(|(id, record)| add(Subject::Person(*id), record.person()));
        for found in &view.walk_ins {
            let (walk_in, blank) = (found.what.clone(), Person::default());
            let person = Person {
                names: walk_in.names,
                phone: walk_in.phone,
                organisation: walk_in.organisation,
                birth_year: walk_in.birth_year,
                ..blank
            };
            add(Subject::WalkIn(walk_in.id), person);
        }
        for human in humans.values_mut() {
            human.person.names = spellings(std::mem::take(&mut human.person.names));
        }
        Self(humans)
    }

    /// Who leads that class.
    pub(super) fn get(&self, leader: Subject) -> Option<&Human> {
        self.0.get(&leader)
    }

    /// Their codes, and their id where nobody knows more of them.
    pub(super) fn codes(&self, leader: Subject) -> String {
        self.get(leader).map_or_else(|| leader.to_string(), |human| human.codes.clone())
    }

    /// The preferred spelling of their name.
    pub(super) fn name(&self, leader: Subject) -> String {
        self.get(leader).map(Human::name).unwrap_or_default()
    }
}

/// Takes over what is not known yet: the classes' first subjects come first.
fn fill(known: &mut Person, more: Person) {
    known.names.extend(more.names);
    known.phone = known.phone.take().or(more.phone);
    known.organisation = known.organisation.take().or(more.organisation);
    known.region = known.region.take().or(more.region);
    known.birth_year = known.birth_year.or(more.birth_year);
    known.team = known.team.take().or(more.team);
    known.withdrawn = known.withdrawn.take().or(more.withdrawn);
    known.categories.extend(more.categories);
    known.languages.extend(more.languages);
    known.external_ids.extend(more.external_ids);
    known.shifts.extend(more.shifts);
}
