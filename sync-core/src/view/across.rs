//! Several events together: every human being once, whichever events and regions they came to.
//!
//! Two events know one human being where their rosters give the same id of the same register, or where an organizer
//! ruled so. A name joins nobody.

use std::collections::BTreeMap;

use super::account::Account;
use super::tally::{Breakdown, Dimension, Part, Tally};
use super::{Elsewhere, EventView};
use crate::canonical::canonical_code;
use crate::documents::event::EventInfo;
use crate::documents::roster::ExternalId;
use crate::ids::{EventId, Subject};

/// One of several events.
#[derive(Clone, Copy)]
pub struct Among<'a> {
    /// The id of one of the events that are counted together.
    pub id: EventId,
    /// The projection of the event's documents.
    pub view: &'a EventView,
    /// What its figures rest on.
    pub account: &'a Account,
}

/// Sums over several events.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Across {
    /// Over all: every human being once.
    pub total: Part,
    /// By event, whose id is the key. People who came to two count in both.
    pub events: Vec<Part>,
    /// By every dimension. People who come from two regions, as two events say, count in both.
    pub breakdowns: Vec<Breakdown>,
    /// Human beings whom several events know, each with the events and subjects, in ascending order.
    pub joined: Vec<Vec<(EventId, Subject)>>,
}

/// Counts over several events.
///
/// `registers` names the issuers whose ids join; `None`: every issuer. A list that was imported under one name into
/// several events must use its codes for the same people in all of them.
#[must_use]
pub fn count_across(events: &[Among<'_>], registers: Option<&[String]>) -> Across {
    let humans = Humans::among(events, registers);
    let mut total = Tally::default();
    let mut by_event = Vec::new();
    let mut breakdowns: Vec<BTreeMap<Option<String>, Tally<usize>>> = Vec::new();
    breakdowns.resize_with(Dimension::ALL.len(), BTreeMap::new);
    for (at, event) in events.iter().enumerate() {
        let who = |class: Subject| humans.who(at, class);
        let mut own = Tally::default();
        for one in &event.account.contributions {
            total.add(one, who);
            own.add(one, who);
            for (dimension, tallies) in Dimension::ALL.iter().zip(&mut breakdowns) {
                for key in dimension.keys_of(one) {
                    tallies.entry(key).or_default().add(one, who);
                }
            }
        }
        by_event.push(own.part(Some(event.id.to_string())));
    }
    let breakdowns = Dimension::ALL.iter().zip(breakdowns).map(|(dimension, parts)| Breakdown::of(*dimension, parts));
    Across {
        total: total.part(None),
        events: by_event,
        breakdowns: breakdowns.collect(),
        joined: humans.joined(events),
    }
}

/// Whether an event is paid for by a grant, and by that project of it if one is named.
#[must_use]
pub fn is_funded_by(event: &EventInfo, grant: &str, project: Option<&str>) -> bool {
    let funding = event.funding.get(grant);
    funding.is_some_and(|funding| project.is_none_or(|project| funding.project.as_deref() == Some(project)))
}

/// Who is who among the people of several events.
pub(super) struct Humans {
    /// The first place of the human being at each place.
    leader: Vec<usize>,
    places: BTreeMap<(usize, Subject), usize>,
    is_minor: Vec<bool>,
    is_silver: Vec<bool>,
}

impl Humans {
    pub(super) fn among(events: &[Among<'_>], registers: Option<&[String]>) -> Self {
        let mut humans =
            Self { leader: Vec::new(), places: BTreeMap::new(), is_minor: Vec::new(), is_silver: Vec::new() };
        let mut known_as: BTreeMap<(&str, String), usize> = BTreeMap::new();
        for (at, event) in events.iter().enumerate() {
            for (class, person) in &event.account.people {
                let place = humans.place(at, *class);
                humans.is_minor[place] = person.is_minor;
                humans.is_silver[place] = person.is_silver;
                let joins = |id: &&ExternalId| registers.is_none_or(|all| all.contains(&id.issuer));
                for id in person.external_ids.iter().filter(joins) {
                    let first = *known_as.entry((&id.issuer, canonical_code(&id.value))).or_insert(place);
                    humans.join(first, place);
                }
            }
        }
        for (at, event) in events.iter().enumerate() {
            for Elsewhere { subject, event: other, there } in &event.view.elsewhere {
                let Some(other_at) = events.iter().position(|event| event.id == *other) else { continue };
                let here = humans.place(at, event.view.class_of(*subject));
                let there = humans.place(other_at, events[other_at].view.class_of(*there));
                humans.join(here, there);
            }
        }
        for place in 0..humans.leader.len() {
            let leader = humans.find(place);
            humans.is_minor[leader] |= humans.is_minor[place];
            humans.is_silver[leader] |= humans.is_silver[place];
        }
        humans
    }

    fn place(&mut self, at: usize, class: Subject) -> usize {
        let next = self.leader.len();
        let place = *self.places.entry((at, class)).or_insert(next);
        if place == next {
            self.leader.push(next);
            self.is_minor.push(false);
            self.is_silver.push(false);
        }
        place
    }

    fn find(&self, mut place: usize) -> usize {
        while self.leader[place] != place {
            place = self.leader[place];
        }
        place
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.find(one), self.find(other));
        self.leader[one.max(other)] = one.min(other);
    }

    pub(super) fn who(&self, at: usize, class: Subject) -> (usize, bool, bool) {
        // Whoever contributes is one of the account's people.
        let leader = self.places.get(&(at, class)).map_or(usize::MAX, |place| self.find(*place));
        let is = |flags: &[bool]| flags.get(leader).copied().unwrap_or_default();
        (leader, is(&self.is_minor), is(&self.is_silver))
    }

    fn joined(&self, events: &[Among<'_>]) -> Vec<Vec<(EventId, Subject)>> {
        let mut groups: BTreeMap<usize, Vec<(EventId, Subject)>> = BTreeMap::new();
        for ((at, class), place) in &self.places {
            groups.entry(self.find(*place)).or_default().push((events[*at].id, *class));
        }
        groups.into_values().filter(|group| group.len() > 1).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::event::{Belonging, EventEdit, Funding};
    use crate::documents::roster::{Person, PersonRecord, Roster};
    use crate::documents::rulings::Decision;
    use crate::ids::PersonId;
    use crate::view::Sources;
    use crate::view::fixtures::{AIDA, BOLAT, Office, Phone, event, written};

    struct Week {
        id: EventId,
        event: EventInfo,
        roster: Roster,
        north: Phone,
        office: Office,
    }

    impl Week {
        fn of(id: u8, region: &str) -> Self {
            let mut event = event();
            let region = Some(region.to_owned());
            event.apply(EventEdit::Belonging(Belonging { region, organisation: None }));
            let (roster, north) = (Roster::default(), Phone::anchored(id));
            Self { id: EventId([id; 16]), event, roster, north, office: Office::default() }
        }

        fn lists(&mut self, subject: Subject, ids: &[(&str, &str)]) {
            let external = |(issuer, value): &(&str, &str)| ExternalId {
                issuer: (*issuer).to_owned(),
                value: (*value).to_owned(),
            };
            let person = Person { external_ids: ids.iter().map(external).collect(), ..Person::default() };
            let record = PersonRecord { added: vec![written(person)], ..PersonRecord::default() };
            self.roster.people.insert(PersonId::from_entropy(subject.to_bits()), record);
        }

        fn sees(&mut self, subject: Subject) {
            self.north.checks_in("18 09:00", subject);
            self.north.checks_out("18 10:00", subject);
        }
    }

    fn across(weeks: &[&Week], registers: Option<&[String]>) -> Across {
        let accounts: Vec<_> = weeks
            .iter()
            .map(|week| {
                let (logs, rulings) = (vec![&week.north.log], &week.office.rulings);
                let sources = Sources { event: &week.event, roster: &week.roster, logs, rulings };
                let view = sources.view();
                (week.id, Account::of(&sources, &view), view)
            })
            .collect();
        let among: Vec<_> = accounts.iter().map(|(id, account, view)| Among { id: *id, view, account }).collect();
        count_across(&among, registers)
    }

    #[test]
    fn whoever_has_one_id_in_two_events_is_counted_once_and_their_hours_twice() {
        let (mut aral, mut caspian) = (Week::of(1, "Aral"), Week::of(2, "Mangystau"));
        aral.lists(AIDA, &[("qazvolunteer.kz", "77"), ("list", "1")]);
        caspian.lists(BOLAT, &[("qazvolunteer.kz", "77")]);
        caspian.lists(AIDA, &[("list", "2")]);
        aral.sees(AIDA);
        caspian.sees(BOLAT);
        caspian.sees(AIDA);
        let counted = across(&[&aral, &caspian], None);
        assert_eq!((counted.total.people, counted.total.attended), (2, 2), "one id, but never one internal id");
        assert_eq!(counted.total.figures.verified_ms, 3 * 3_600_000);
        assert_eq!(counted.joined, [[(aral.id, AIDA), (caspian.id, BOLAT)]]);
        let regions = counted.breakdowns.iter().find(|one| one.dimension == Dimension::Region).unwrap();
        let people: Vec<_> = regions.parts.iter().map(|part| (part.key.as_deref(), part.people)).collect();
        assert_eq!(people, [(Some("Aral"), 1), (Some("Mangystau"), 2)], "people of regions do not add up");
        let only_lists = ["list".to_owned()];
        assert_eq!(across(&[&aral, &caspian], Some(&only_lists)).total.people, 3);
    }

    #[test]
    fn a_ruling_joins_across_events_until_it_is_retracted_and_a_chain_of_three_is_one() {
        let mut weeks = [Week::of(1, "Aral"), Week::of(2, "Aral"), Week::of(3, "Aral")];
        weeks.iter_mut().for_each(|week| week.sees(AIDA));
        let ids = [weeks[1].id, weeks[2].id];
        let same = |event| Decision::SameElsewhere { subject: AIDA, event, other: AIDA };
        weeks[0].office.rules(same(ids[0]));
        let second = weeks[1].office.rules(same(ids[1]));
        let all = |weeks: &[Week; 3]| across(&[&weeks[0], &weeks[1], &weeks[2]], None).total.people;
        assert_eq!(all(&weeks), 1);
        assert_eq!(across(&[&weeks[0], &weeks[2]], None).total.people, 2, "who joins them is not among these");
        weeks[1].office.rules(Decision::Retract(second));
        assert_eq!(all(&weeks), 2);
    }

    #[test]
    fn a_grant_is_named_with_or_without_its_project() {
        let mut event = event();
        let funding = Funding { project: Some("P-9".to_owned()), ..Funding::default() };
        event.apply(EventEdit::Funding { grant: "G-1".to_owned(), funding: Some(funding) });
        let funded = |grant, project| is_funded_by(&event, grant, project);
        assert_eq!([funded("G-1", None), funded("G-1", Some("P-9"))], [true; 2]);
        assert_eq!([funded("G-1", Some("P-8")), funded("G-2", None)], [false; 2]);
    }
}
