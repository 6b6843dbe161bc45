//! Every figure with what it rests on.
//!
//! An account is a list of contributions: each session, card and deed, with its figures, its place in every
//! breakdown, and the entries and rulings that show it. A breakdown groups them and a figure's provenance lists
//! them, so no sum can differ from its parts.

use std::collections::{BTreeMap, BTreeSet};

use super::contribution::Contribution;
use super::figures::{Figure, Figures};
use super::hours::PersonDay;
use super::people::{Attributes, attributes};
use super::places::granted_sites;
use super::sessions::{Session, SessionBasis};
use super::sources::Sources;
use super::tally::{Breakdown, Dimension, Part, Tally};
use super::{EventView, Known};
use crate::canonical::{KnownKeys, canonical_code};
use crate::documents::log::Record;
use crate::ids::{EntryRef, RulingId, Subject};
use crate::time::date_of_day;

/// Everything that the figures of an event rest on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// Sessions by person and day, then cards and deeds by entry.
    pub contributions: Vec<Contribution>,
    /// What is known of everyone who attended, has hours or took part in a deed, by leader of their class.
    pub people: BTreeMap<Subject, Attributes>,
}

impl Account {
    /// Takes the account of what `view` says, which is what `sources` say.
    #[must_use]
    pub fn of(sources: &Sources<'_>, view: &EventView) -> Self {
        let known = Known::of(sources.event, sources.logs.clone(), sources.rulings);
        let mut account = Self { contributions: Vec::new(), people: attributes(sources, view) };
        let sites = granted_sites(sources.rulings);
        for day in &view.days {
            account.add_day(day, &known, &sites);
        }
        account.add_outputs(&known);
        account.name_teams_alike(sources);
        let present: BTreeSet<Subject> =
            account.contributions.iter().flat_map(|one| one.class.iter().chain(&one.participants)).copied().collect();
        account.people.retain(|class, _| present.contains(class));
        account
    }

    /// The sums over everything.
    #[must_use]
    pub fn total(&self) -> Part {
        let mut tally = Tally::default();
        self.contributions.iter().for_each(|one| tally.add(one, |class| self.person(class)));
        tally.part(None)
    }

    /// The sums by one dimension.
    #[must_use]
    pub fn by(&self, dimension: Dimension) -> Breakdown {
        let mut tallies: BTreeMap<Option<String>, Tally<Subject>> = BTreeMap::new();
        for one in &self.contributions {
            for key in dimension.keys_of(one) {
                tallies.entry(key).or_default().add(one, |class| self.person(class));
            }
        }
        Breakdown::of(dimension, tallies)
    }

    /// What a figure rests on, in the whole or in one part of a breakdown. The amounts add up to the figure.
    pub fn provenance<'a>(
        &'a self,
        figure: &'a Figure,
        part: Option<(Dimension, Option<&'a str>)>,
    ) -> impl Iterator<Item = (u64, &'a Contribution)> {
        let is_of_part = move |one: &Contribution| match part {
            None => true,
            Some((dimension, key)) => dimension.keys_of(one).iter().any(|own| own.as_deref() == key),
        };
        let amounts = self.contributions.iter().filter(move |one| is_of_part(one));
        amounts.map(|one| (one.figures.get(figure), one)).filter(|(amount, _)| *amount > 0)
    }

    fn person(&self, class: Subject) -> (Subject, bool, bool) {
        let person = self.people.get(&class);
        (class, person.is_some_and(|person| person.is_minor), person.is_some_and(|person| person.is_silver))
    }

    fn add_day(&mut self, day: &PersonDay, known: &Known<'_>, sites: &BTreeMap<RulingId, &str>) {
        let site_of = |entry: &EntryRef| match &known.ledger.standing(entry)?.entry.record {
            Record::CheckIn(presence) | Record::CheckOut(presence) => Some(presence.site.clone()),
            _ => None,
        };
        let imputed = day.verified_ms.saturating_sub(day.observed_ms).saturating_sub(day.manual_ms);
        let mut confirmed_ms = imputed;
        for session in &day.sessions {
            let granted = session.ruling.and_then(|ruling| sites.get(&ruling)).map(|site| (*site).to_owned());
            let first = session.evidence.first().and_then(site_of).or(granted);
            let mut other: BTreeSet<String> = session.evidence.iter().filter_map(site_of).collect();
            other.retain(|site| Some(site) != first.as_ref());
            let figures = Figures::of_session(session, &mut confirmed_ms);
            let mut one = self.at_day(day, first);
            one.attendance = session.basis != SessionBasis::Manual;
            one.figures = figures;
            one.entries.clone_from(&session.evidence);
            one.ruling = session.ruling;
            self.contributions.push(one);
            self.add_sightings(day, other);
        }
        let unmatched: BTreeSet<String> = day.unmatched.iter().filter_map(site_of).collect();
        self.add_sightings(day, unmatched);
    }

    /// Someone was seen at these sites, which adds no time.
    fn add_sightings(&mut self, day: &PersonDay, sites: BTreeSet<String>) {
        for site in sites {
            let mut one = self.at_day(day, Some(site));
            one.attendance = true;
            self.contributions.push(one);
        }
    }

    fn at_day(&self, day: &PersonDay, site: Option<String>) -> Contribution {
        let person = self.people.get(&day.class).cloned().unwrap_or_default();
        Contribution {
            class: Some(day.class),
            participants: Vec::new(),
            attendance: false,
            date: day.date,
            site,
            team: person.team,
            region: person.region,
            organisation: person.organisation,
            categories: person.categories,
            figures: Figures::default(),
            entries: Vec::new(),
            ruling: None,
        }
    }

    /// A team counts once, however its key was typed: as the event has it, else in the first of its spellings.
    fn name_teams_alike(&mut self, sources: &Sources<'_>) {
        let of_people = self.people.values().map(|person| &person.team);
        let written: BTreeSet<&String> =
            self.contributions.iter().map(|one| &one.team).chain(of_people).flatten().collect();
        let mut shown: BTreeMap<String, &String> = BTreeMap::new();
        for team in sources.event.teams.keys().chain(written.iter().copied()) {
            shown.entry(canonical_code(team)).or_insert(team);
        }
        let other_spelling = |team: &String| {
            let shown = shown.get(&canonical_code(team)).filter(|shown| **shown != team)?;
            Some((team.clone(), (*shown).clone()))
        };
        let respelt: BTreeMap<String, String> = written.iter().filter_map(|team| other_spelling(team)).collect();
        if respelt.is_empty() {
            return;
        }
        let of_people = self.people.values_mut().map(|person| &mut person.team);
        for team in self.contributions.iter_mut().map(|one| &mut one.team).chain(of_people).flatten() {
            if let Some(shown) = respelt.get(team) {
                team.clone_from(shown);
            }
        }
    }

    fn add_outputs(&mut self, known: &Known<'_>) {
        let event = known.event;
        let teams = KnownKeys::of(&event.teams);
        for standing in known.ledger.entries() {
            let (site, team, figures, participants) = match &standing.entry.record {
                Record::LitterCard(card) => (&card.site, card.team.as_ref(), Figures::of_litter(card), Vec::new()),
                Record::PlantingCard(card) => (&card.site, None, Figures::of_planting(card), Vec::new()),
                Record::Deed(deed) => {
                    let classes = deed.participants.iter().map(|one| known.classes.leader_of(*one));
                    let classes: BTreeSet<Subject> = classes.collect();
                    let figures = Figures { deeds: 1, ..Figures::default() };
                    (&deed.site, None, figures, classes.into_iter().collect())
                }
                _ => continue,
            };
            let of_team = team.and_then(|team| teams.get(team)?.1.organisation.clone());
            self.contributions.push(Contribution {
                class: None,
                participants,
                attendance: false,
                date: date_of_day(known.dates.day_of(known.clocks.time_of(&standing).at)),
                site: Some(site.clone()).filter(|site| !site.is_empty()),
                team: team.cloned(),
                region: event.belonging.region.clone(),
                organisation: of_team.or_else(|| event.belonging.organisation.clone()),
                categories: Vec::new(),
                figures,
                entries: vec![standing.at],
                ruling: None,
            });
        }
    }
}

impl Figures {
    /// What a session adds. `confirmed_ms` of the day's imputed time counts; it is used up from the first session on.
    fn of_session(session: &Session, confirmed_ms: &mut u64) -> Self {
        let ms = session.duration_ms();
        match session.basis {
            SessionBasis::Observed => Self { observed_ms: ms, verified_ms: ms, ..Self::default() },
            SessionBasis::Manual => Self { manual_ms: ms, verified_ms: ms, ..Self::default() },
            SessionBasis::Imputed => {
                let verified_ms = ms.min(*confirmed_ms);
                *confirmed_ms -= verified_ms;
                Self { imputed_ms: ms, verified_ms, ..Self::default() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::documents::event::EventEdit;
    use crate::documents::log::{Deed, LitterCard};
    use crate::documents::roster::Roster;
    use crate::documents::rulings::Decision;
    use crate::documents::rulings::Rulings;
    use crate::view::arbitrary::{event_with_absurd_days, logs, roster, rulings};
    use crate::view::fixtures::{AIDA, BOLAT, GUEST, Office, Phone, STRANGER, at, event};

    fn figures_of(part: &Part) -> (Figures, [u64; 3]) {
        (part.figures.clone(), [part.attended, part.people, part.deed_people])
    }

    proptest! {
        #[test]
        fn totals_are_the_sum_of_their_parts_and_people_are_at_most_that(
            logs in logs(), roster in roster(), rulings in rulings(),
        ) {
            let event = event_with_absurd_days();
            let sources = Sources { event: &event, roster: &roster, logs: logs.iter().collect(), rulings: &rulings };
            let view = sources.view();
            let account = Account::of(&sources, &view);
            let total = account.total();
            let totals = &view.totals;
            prop_assert_eq!(
                [total.attended, total.people, total.deed_people, total.figures.deeds],
                [totals.attended, totals.people, totals.deed_people, totals.figures.deeds]
            );
            let figures = &total.figures;
            prop_assert_eq!(
                [figures.observed_ms, figures.imputed_ms, figures.manual_ms, figures.verified_ms],
                [totals.figures.observed_ms, totals.figures.imputed_ms, totals.figures.manual_ms, totals.figures.verified_ms]
            );
            prop_assert_eq!((figures.bags, figures.grams, &figures.items), (totals.figures.bags, totals.figures.grams, &totals.figures.items));
            for dimension in Dimension::ALL {
                let breakdown = account.by(*dimension);
                let mut sum = Figures::default();
                breakdown.parts.iter().for_each(|part| sum.add(&part.figures));
                if breakdown.overlapping {
                    prop_assert!(sum.verified_ms >= figures.verified_ms && sum.bags == figures.bags);
                } else {
                    prop_assert_eq!(&sum, figures);
                }
                let people: u64 = breakdown.parts.iter().map(|part| part.people).sum();
                prop_assert!(people >= total.people, "everyone is in some part");
                prop_assert!(breakdown.parts.iter().all(|part| part.people <= total.people));
            }
            for key in Figure::keys() {
                let figure = Figure::from_key(key).unwrap();
                let amounts = account.provenance(&figure, None).map(|(amount, _)| amount);
                prop_assert_eq!(amounts.fold(0, u64::saturating_add), figures.get(&figure), "{}", key);
                prop_assert!(account.provenance(&figure, None).all(|(_, one)| {
                    !one.entries.is_empty() || one.ruling.is_some()
                }), "{} rests on entries and rulings", key);
            }
        }
    }

    #[test]
    fn someone_at_two_sites_is_one_of_each_and_one_in_all_and_time_counts_where_it_began() {
        let mut north = Phone::anchored(1);
        north.checks_in("18 09:00", AIDA);
        let harbour =
            crate::documents::log::Presence { site: "harbour".to_owned(), ..crate::view::fixtures::presence(AIDA) };
        north.records("18 11:00", Record::CheckOut(harbour));
        let mut office = Office::default();
        let paper = Decision::Manual {
            subject: BOLAT,
            start: at("18 09:00"),
            end: at("18 10:00"),
            site: Some("harbour".to_owned()),
        };
        office.rules(paper);
        let event = event();
        let (roster, logs) = (Roster::default(), vec![&north.log]);
        let sources = Sources { event: &event, roster: &roster, logs, rulings: &office.rulings };
        let account = Account::of(&sources, &sources.view());
        let sites = account.by(Dimension::Site);
        let of = |key: &str| sites.parts.iter().find(|part| part.key.as_deref() == Some(key)).unwrap();
        let hour = 3_600_000;
        assert_eq!((of("north").attended, of("north").figures.observed_ms), (1, 2 * hour));
        let harbour = of("harbour");
        assert_eq!((harbour.attended, harbour.people, harbour.figures.verified_ms), (1, 2, hour));
        assert_eq!((account.total().attended, account.total().people), (1, 2));
    }

    #[test]
    fn deeds_and_the_people_of_deeds_are_counted_apart_and_nobody_twice() {
        let mut north = Phone::anchored(1);
        let deed = |participants: &[Subject]| {
            let (site, title) = ("north".to_owned(), "Firewood".to_owned());
            Record::Deed(Deed { site, title, participants: participants.to_vec() })
        };
        north.records("18 09:00", deed(&[AIDA, BOLAT, GUEST]));
        north.records("18 10:00", deed(&[AIDA, STRANGER]));
        let mistake = north.records("18 11:00", deed(&[AIDA]));
        north.undoes("18 11:01", mistake);
        let mut office = Office::default();
        office.rules(Decision::Same(AIDA, GUEST));
        let event = event();
        let (roster, logs) = (Roster::default(), vec![&north.log]);
        let sources = Sources { event: &event, roster: &roster, logs, rulings: &office.rulings };
        let view = sources.view();
        let total = Account::of(&sources, &view).total();
        assert_eq!((total.figures.deeds, total.deed_people, total.people), (2, 3, 0));
        assert_eq!((view.totals.figures.deeds, view.totals.deed_people, view.deeds.len()), (2, 3, 2));
    }

    #[test]
    fn a_figure_leads_back_to_the_entries_of_devices_and_a_card_counts_where_its_team_belongs() {
        let (mut north, mut harbour) = (Phone::anchored(1), Phone::anchored(2));
        let card = |team: &str, grams| {
            let (site, team) = ("north".to_owned(), Some(team.to_owned()));
            Record::LitterCard(LitterCard { site, team, grams, ..LitterCard::default() })
        };
        let first = north.records("18 09:00", card("T1", 500));
        let second = harbour.records("18 10:00", card("T2", 700));
        let mut event = event();
        let team = crate::documents::event::Team { organisation: Some("Taza".to_owned()), ..Default::default() };
        event.apply(EventEdit::Team { key: "T1".to_owned(), team: Some(team) });
        let (roster, rulings) = (Roster::default(), Rulings::default());
        let logs = vec![&north.log, &harbour.log];
        let sources = Sources { event: &event, roster: &roster, logs, rulings: &rulings };
        let account = Account::of(&sources, &sources.view());
        let rests_on = |part| {
            let all = account.provenance(&Figure::Grams, part);
            all.map(|(amount, one)| (amount, one.entries[0])).collect::<Vec<_>>()
        };
        assert_eq!(rests_on(None), [(500, first), (700, second)]);
        assert_eq!(rests_on(Some((Dimension::Organisation, Some("Taza")))), [(500, first)]);
        assert_eq!(rests_on(Some((Dimension::Organisation, None))), [(700, second)]);
        assert_eq!(figures_of(&account.total()).1, [0, 0, 0]);
    }
}
