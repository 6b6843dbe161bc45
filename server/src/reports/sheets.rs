//! The tables that people open in a spreadsheet. Rows for programs stand in [`super::rows`], which says why they are others.

use std::borrow::Cow;
use std::collections::BTreeSet;

use sync_core::documents::roster::Roster;
use sync_core::documents::rulings::RulesEdition;
use sync_core::ids::Subject;
use sync_core::order::SortKey;
use sync_core::view::{Card, EventView, Found, PersonDay, Places, Session, SessionBasis, cards};
use sync_core::words::Language;

use super::material::{Material, People};
use super::rows::{self, TotalsReport};
use super::sheet::{Cell, Column, Sheet, columns};
use super::{Asked, Labels};

/// Who was there for how long, by date.
pub(super) fn hours(material: &Material<'_>, labels: &Labels) -> Sheet {
    let people = People::of(material, labels);
    let mut rows: Vec<(String, &PersonDay)> =
        material.view.days.iter().map(|day| (people.codes(day.class), day)).collect();
    rows.sort_by(|a, b| (&a.0, a.1.date).cmp(&(&b.0, b.1.date)));
    let rows = rows.into_iter().map(|(codes, day)| {
        let mut cells = who(codes, day.class, &people);
        cells.extend([
            Cell::Date(day.date),
            Cell::Seconds(day.observed_ms / 1000),
            Cell::Seconds(day.imputed_ms / 1000),
            Cell::Seconds(day.manual_ms / 1000),
            Cell::Seconds(day.verified_ms / 1000),
            warnings(day),
        ]);
        cells
    });
    Sheet {
        key: "hours",
        is_of_others: false,
        columns: columns(&[
            ("subjects", 18),
            ("name", 34),
            ("organisation", 26),
            ("date", 12),
            ("observed_s", 14),
            ("imputed_s", 14),
            ("manual_s", 14),
            ("verified_s", 14),
            ("warnings", 24),
        ]),
        rows: rows.collect(),
    }
}

fn who(codes: String, leader: Subject, people: &People) -> Vec<Cell> {
    let organisation = people.get(leader).and_then(|human| human.person.organisation.as_ref());
    vec![Cell::text(codes), Cell::text(people.name(leader)), Cell::optional(organisation)]
}

fn warnings(day: &PersonDay) -> Cell {
    if day.warnings.is_empty() {
        return Cell::Empty;
    }
    Cell::Words(day.warnings.iter().map(|warning| warning.key()).collect())
}

/// Every session: who was where from when to when, and what that rests on.
pub(super) fn attendance(material: &Material<'_>, labels: &Labels, asked: &Asked<'_>) -> Sheet {
    let (people, places) = (People::of(material, labels), Places::of(material.logs, material.rulings));
    let sessions = material.view.days.iter().flat_map(|day| {
        // What was confirmed of a day is used up from its first session on, as in the sums.
        let mut confirmed_ms = day.imputed_ms - day.unconfirmed_ms();
        day.sessions.iter().map(move |session| (day, session, counts(session, &mut confirmed_ms)))
    });
    let mut rows: Vec<(String, &PersonDay, &Session, &str)> =
        sessions.map(|(day, session, counts)| (people.codes(day.class), day, session, counts)).collect();
    rows.sort_by(|a, b| (a.2.start, a.2.end, &a.0).cmp(&(b.2.start, b.2.end, &b.0)));
    let rows = rows.into_iter().map(|(codes, day, session, counts)| {
        let site = places.of_session(session).first().copied();
        let site = site.map(|key| match asked.language {
            None => key.to_owned(),
            Some(language) => material.site_name(key, language),
        });
        let mut cells = who(codes, day.class, &people);
        cells.extend([
            Cell::Date(day.date),
            Cell::optional(site.as_ref()),
            Cell::Moment(material.local(session.start)),
            Cell::Moment(material.local(session.end)),
            Cell::Seconds(session.duration_ms() / 1000),
            Cell::Word(basis(session.basis)),
            Cell::Word(counts),
            Cell::Number(session.evidence.len() as u64),
        ]);
        cells
    });
    Sheet {
        key: "attendance",
        is_of_others: false,
        columns: columns(&[
            ("subjects", 18),
            ("name", 34),
            ("organisation", 26),
            ("date", 12),
            ("site", 16),
            ("from", 17),
            ("to", 17),
            ("duration_s", 12),
            ("basis", 14),
            ("counts", 12),
            ("evidence", 14),
        ]),
        rows: rows.collect(),
    }
}

const fn basis(basis: SessionBasis) -> &'static str {
    match basis {
        SessionBasis::Observed => "observed",
        SessionBasis::Imputed => "imputed",
        SessionBasis::Manual => "manual",
    }
}

/// Whether a session counts. `confirmed_ms` of the day's imputed time does.
fn counts(session: &Session, confirmed_ms: &mut u64) -> &'static str {
    if session.basis != SessionBasis::Imputed {
        return yes_no(true);
    }
    let counted_ms = session.duration_ms().min(*confirmed_ms);
    *confirmed_ms -= counted_ms;
    match counted_ms {
        0 => yes_no(false),
        counted_ms if counted_ms < session.duration_ms() => "confirmed_in_part",
        _ => yes_no(true),
    }
}

const fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// Someone on the roster or registered at a gate.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct KnownPerson {
    /// What they are called in the other reports.
    code: String,
    /// The preferred spelling of the name.
    name: String,
    /// As it was given.
    phone: String,
    /// The organisation to which they belong.
    organisation: String,
    /// The region or country from which they come.
    region: String,
    /// The Gregorian year in which they were born.
    birth_year: Option<u16>,
    /// The key of their team.
    team: String,
    /// Where the record comes from: `roster` or `walk_in`.
    source: &'static str,
    /// Why they were withdrawn, if they were.
    withdrawn: String,
    /// Everything that counts, on all dates, of the human being this is.
    verified_s: u64,
}

/// Everybody who is known, by code.
fn known_people(view: &EventView, roster: &Roster, labels: &Labels) -> Vec<KnownPerson> {
    let verified = |subject| view.days_of(subject).iter().map(|day| day.verified_ms).sum::<u64>() / 1000;
    let listed = roster.people.iter().map(|(id, record)| {
        let person = record.person();
        let subject = Subject::Person(*id);
        KnownPerson {
            code: labels.get(subject),
            name: person.names.first().map(ToString::to_string).unwrap_or_default(),
            phone: person.phone.unwrap_or_default(),
            organisation: person.organisation.unwrap_or_default(),
            region: person.region.unwrap_or_default(),
            birth_year: person.birth_year,
            team: person.team.unwrap_or_default(),
            source: "roster",
            withdrawn: person.withdrawn.unwrap_or_default(),
            verified_s: verified(subject),
        }
    });
    let registered = view.walk_ins.iter().map(|found| {
        let subject = Subject::WalkIn(found.what.id);
        KnownPerson {
            code: labels.get(subject),
            name: found.what.names.first().map(ToString::to_string).unwrap_or_default(),
            phone: found.what.phone.clone().unwrap_or_default(),
            organisation: found.what.organisation.clone().unwrap_or_default(),
            region: String::new(),
            birth_year: found.what.birth_year,
            team: String::new(),
            source: "walk_in",
            withdrawn: String::new(),
            verified_s: verified(subject),
        }
    });
    let mut rows: Vec<KnownPerson> = listed.chain(registered).collect();
    rows.sort();
    rows
}

/// The table of everybody who is known.
pub(super) fn people(material: &Material<'_>, labels: &Labels, language: Option<Language>) -> Sheet {
    let mut people = known_people(material.view, material.roster, labels);
    if let Some(language) = language {
        people.sort_by_cached_key(|person| SortKey::of(&person.name, language));
    }
    let rows = people.into_iter().map(|row| {
        let KnownPerson { code, name, phone, organisation, region, birth_year, team, source, withdrawn, verified_s } =
            row;
        vec![
            Cell::text(code),
            Cell::text(name),
            Cell::text(phone),
            Cell::text(organisation),
            Cell::text(region),
            birth_year.map_or(Cell::Empty, Cell::Year),
            Cell::text(team),
            Cell::Word(source),
            Cell::text(withdrawn),
            Cell::Seconds(verified_s),
        ]
    });
    Sheet {
        key: "people",
        is_of_others: false,
        columns: columns(&[
            ("code", 18),
            ("name", 34),
            ("phone", 18),
            ("organisation", 26),
            ("region", 22),
            ("birth_year", 10),
            ("team", 10),
            ("source", 14),
            ("withdrawn", 22),
            ("verified_s", 14),
        ]),
        rows: rows.collect(),
    }
}

/// Every card that counts, with a column for each category of litter that somebody counted.
pub(super) fn all_cards(material: &Material<'_>, asked: &Asked<'_>) -> Sheet {
    let cards = cards(material.event, material.logs, material.rulings);
    let categories: BTreeSet<&str> = cards.iter().flat_map(categories).collect();
    let mut columns = columns(&[
        ("kind", 14),
        ("date", 12),
        ("time", 17),
        ("site", 16),
        ("team", 10),
        ("people", 10),
        ("bags", 9),
        ("grams", 12),
        ("litres", 10),
        ("metres", 10),
        ("species", 22),
        ("seedlings", 12),
        ("square_metres", 12),
        ("device", 34),
        ("entry", 9),
    ]);
    columns.extend(categories.iter().map(|category| Column {
        key: Cow::Owned(format!("items: {category}")),
        width: 14,
        heading: Some((*category).to_owned()),
    }));
    let rows = cards.iter().map(|card| card_row(card, &categories, material, asked)).collect();
    Sheet { key: "cards", is_of_others: false, columns, rows }
}

fn categories(card: &Found<Card>) -> impl Iterator<Item = &str> {
    let items = match &card.what {
        Card::Litter(litter) => Some(litter.items.keys().map(String::as_str)),
        Card::Planting(_) => None,
    };
    items.into_iter().flatten()
}

fn card_row(found: &Found<Card>, categories: &BTreeSet<&str>, material: &Material<'_>, asked: &Asked<'_>) -> Vec<Cell> {
    let site = |key: &String| match asked.language {
        None => Cell::text(key.as_str()),
        Some(language) => Cell::text(material.site_name(key, language)),
    };
    let moment = material.local(found.time.at);
    let when = [Cell::Date(moment.date()), Cell::Moment(moment)];
    let mut cells = match &found.what {
        Card::Litter(card) => [Cell::Word("litter")]
            .into_iter()
            .chain(when)
            .chain([site(&card.site), Cell::optional(card.team.as_ref())])
            .chain(
                [u64::from(card.people), u64::from(card.bags), card.grams, card.litres, card.metres].map(Cell::Number),
            )
            .chain([Cell::Empty, Cell::Empty, Cell::Empty])
            .collect::<Vec<_>>(),
        Card::Planting(card) => [Cell::Word("planting")]
            .into_iter()
            .chain(when)
            .chain([site(&card.site)])
            .chain(std::iter::repeat_n(Cell::Empty, 6))
            .chain([Cell::text(card.species.as_str())])
            .chain([u64::from(card.seedlings), card.square_metres].map(Cell::Number))
            .collect(),
    };
    cells.extend([Cell::Text(found.entry.device.to_string()), Cell::Number(found.entry.counter)]);
    cells.extend(categories.iter().map(|category| match &found.what {
        Card::Litter(card) => card.items.get(*category).map_or(Cell::Empty, |count| Cell::Number(u64::from(*count))),
        Card::Planting(_) => Cell::Empty,
    }));
    cells
}

/// The figures of the sums by their keys, in the order in which they are shown.
fn figures(totals: TotalsReport) -> Vec<(String, u64)> {
    let figures = [
        ("attended", totals.attended),
        ("observed_s", totals.observed_s),
        ("imputed_s", totals.imputed_s),
        ("manual_s", totals.manual_s),
        ("verified_s", totals.verified_s),
        ("bags", totals.bags),
        ("grams", totals.grams),
        ("litres", totals.litres),
        ("seedlings", totals.seedlings),
        ("square_metres", totals.square_metres),
        ("log_entries", totals.log_entries),
        ("withdrawn_attended", totals.withdrawn_attended),
    ];
    let items = totals.items.into_iter().map(|(category, count)| (format!("items: {category}"), count));
    figures.into_iter().map(|(key, value)| (key.to_owned(), value)).chain(items).collect()
}

/// The sums, one below the other.
pub(super) fn totals(material: &Material<'_>, edition: RulesEdition) -> Sheet {
    let rows = figures(rows::totals(material.view)).into_iter().map(|(key, value)| {
        let is_time = key.ends_with("_s");
        let figure = super::words::known(&key).map_or_else(|| Cell::text(key.clone()), Cell::Word);
        vec![figure, if is_time { Cell::Seconds(value) } else { Cell::Number(value) }]
    });
    let edition = vec![Cell::Word("rules_edition"), Cell::Number(edition.0.into())];
    Sheet {
        key: "totals",
        is_of_others: false,
        columns: columns(&[("figure", 40), ("value", 16)]),
        rows: rows.chain([edition]).collect(),
    }
}

/// Which fields wait for somebody to choose.
pub(super) fn conflicts(material: &Material<'_>, labels: &Labels) -> Sheet {
    let rows = rows::conflicts(material.view, labels).into_iter().map(|row| {
        let field = super::words::known(&row.field).map_or_else(|| Cell::text(row.field.clone()), Cell::Word);
        vec![Cell::text(row.person), field, Cell::text(row.values)]
    });
    Sheet {
        key: "conflicts",
        is_of_others: false,
        columns: columns(&[("person", 18), ("field", 20), ("values", 60)]),
        rows: rows.collect(),
    }
}
