//! Rows of a view, for programs: stable names, seconds and codes.

use std::collections::BTreeMap;

use serde::Serialize;
use sync_core::documents::roster::Roster;
use sync_core::ids::Subject;
use sync_core::view::EventView;
use sync_core::view::duplicates::Candidates;

use super::Labels;

/// One row of hours: a human being on a date. Seconds are floors.
#[derive(Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct HoursRow {
    /// Every code by which the human being is known, sorted, joined by `+`.
    pub subjects: String,
    /// The date in ISO 8601.
    pub date: String,
    /// Between a check-in and a check-out.
    pub observed_s: u64,
    /// With one end taken from the opening hours.
    pub imputed_s: u64,
    /// Granted by an organizer.
    pub manual_s: u64,
    /// Observed and manual time, and confirmed imputed time.
    pub verified_s: u64,
    /// Joined by a space.
    pub warnings: String,
}

/// Writes who was there for how long.
#[must_use]
pub fn hours(view: &EventView, labels: &Labels) -> Vec<HoursRow> {
    let mut rows: Vec<HoursRow> = view
        .days
        .iter()
        .map(|day| HoursRow {
            subjects: labels.class(view, day.class),
            date: day.date.to_string(),
            observed_s: day.observed_ms / 1000,
            imputed_s: day.imputed_ms / 1000,
            manual_s: day.manual_ms / 1000,
            verified_s: day.verified_ms / 1000,
            warnings: sorted(day.warnings.iter().map(ToString::to_string)).join(" "),
        })
        .collect();
    rows.sort();
    rows
}

fn sorted(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut texts: Vec<String> = texts.collect();
    texts.sort();
    texts
}

/// One field with several concurrent values.
#[derive(Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConflictRow {
    /// The code of the person whose field it is.
    pub person: String,
    /// The name of the contested field.
    pub field: String,
    /// Sorted, joined by `|`.
    pub values: String,
}

/// Writes which fields wait for somebody to choose.
#[must_use]
pub fn conflicts(view: &EventView, labels: &Labels) -> Vec<ConflictRow> {
    let rows = view.field_conflicts.iter().map(|conflict| ConflictRow {
        person: labels.get(Subject::Person(conflict.person)),
        field: conflict.field.to_string(),
        values: sorted(conflict.values.iter().map(|value| value.text.clone())).join("|"),
    });
    let mut rows: Vec<ConflictRow> = rows.collect();
    rows.sort();
    rows
}

/// A pair that was ruled the same and not the same.
#[derive(Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct RulingConflictRow {
    /// The code of one record.
    pub a: String,
    /// The code of the other record.
    pub b: String,
}

/// Writes which rulings contradict each other.
#[must_use]
pub fn ruling_conflicts(view: &EventView, labels: &Labels) -> Vec<RulingConflictRow> {
    let rows = view.ruling_conflicts.iter().map(|conflict| {
        let pair = sorted([conflict.a, conflict.b].into_iter().map(|one| labels.get(one)));
        RulingConflictRow { a: pair[0].clone(), b: pair[1].clone() }
    });
    let mut rows: Vec<RulingConflictRow> = rows.collect();
    rows.sort();
    rows
}

/// A pair that may be one human being.
#[derive(Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct DuplicateRow {
    /// The code of one record.
    pub a: String,
    /// The code of the other record.
    pub b: String,
    /// From 500 to 1000.
    pub score: u16,
}

/// Writes which pairs somebody should rule on: those that do not follow from better ones.
#[must_use]
pub fn duplicates(candidates: &Candidates, labels: &Labels) -> Vec<DuplicateRow> {
    let asked = candidates.pairs.iter().filter(|candidate| !candidate.pair.follows);
    let rows = asked.map(|candidate| {
        let pair = sorted([candidate.pair.a, candidate.pair.b].into_iter().map(|one| labels.get(one)));
        DuplicateRow { a: pair[0].clone(), b: pair[1].clone(), score: candidate.pair.score }
    });
    let mut rows: Vec<DuplicateRow> = rows.collect();
    rows.sort();
    rows
}

/// Sums over an event. Seconds are floors of the total milliseconds.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct TotalsReport {
    /// Human beings with an effective observation.
    pub attended: u64,
    /// Time between check-ins and check-outs.
    pub observed_s: u64,
    /// Time with one end taken from the opening hours.
    pub imputed_s: u64,
    /// Time that organizers granted.
    pub manual_s: u64,
    /// Observed and manual time, and confirmed imputed time.
    pub verified_s: u64,
    /// Full bags of litter.
    pub bags: u64,
    /// Weight of litter, in grams.
    pub grams: u64,
    /// Volume of litter, in litres.
    pub litres: u64,
    /// How many seedlings were planted.
    pub seedlings: u64,
    /// The planted area, in square metres.
    pub square_metres: u64,
    /// Entries of all logs.
    pub log_entries: u64,
    /// Withdrawn people who attended all the same.
    pub withdrawn_attended: u64,
    /// Pieces of litter by category.
    pub items: BTreeMap<String, u64>,
}

/// The sums of a view, as a report for programs.
#[must_use]
pub fn totals(view: &EventView) -> TotalsReport {
    let totals = &view.totals;
    let figures = &totals.figures;
    TotalsReport {
        attended: totals.attended,
        observed_s: figures.observed_ms / 1000,
        imputed_s: figures.imputed_ms / 1000,
        manual_s: figures.manual_ms / 1000,
        verified_s: figures.verified_ms / 1000,
        bags: figures.bags,
        grams: figures.grams,
        litres: figures.litres,
        seedlings: figures.seedlings,
        square_metres: figures.square_metres,
        log_entries: totals.log_entries,
        withdrawn_attended: totals.withdrawn_attended,
        items: figures.items.clone(),
    }
}

/// One figure of the totals.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct TotalsRow {
    /// The name of the figure.
    pub figure: String,
    /// How much of it.
    pub value: u64,
}

/// Writes the sums one below the other.
#[must_use]
pub fn totals_rows(totals: &TotalsReport) -> Vec<TotalsRow> {
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
    let items = totals.items.iter().map(|(category, count)| (format!("items: {category}"), *count));
    let figures = figures.into_iter().map(|(figure, value)| (figure.to_owned(), value));
    figures.chain(items).map(|(figure, value)| TotalsRow { figure, value }).collect()
}

/// Someone on the roster or registered at a gate.
#[derive(Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct PersonRow {
    /// What they are called in the other reports.
    pub code: String,
    /// The preferred spelling of the name.
    pub name: String,
    /// As it was given.
    pub phone: String,
    /// The organisation to which they belong.
    pub organisation: String,
    /// The region or country from which they come.
    pub region: String,
    /// The Gregorian year in which they were born.
    pub birth_year: Option<u16>,
    /// The key of their team.
    pub team: String,
    /// Where the record comes from: `roster` or `walk_in`.
    pub source: &'static str,
    /// Why they were withdrawn, if they were.
    pub withdrawn: String,
    /// Everything that counts, on all dates, of the human being this is.
    pub verified_s: u64,
}

/// Writes who is known.
#[must_use]
pub fn people(view: &EventView, roster: &Roster, labels: &Labels) -> Vec<PersonRow> {
    let verified = |subject| view.days_of(subject).iter().map(|day| day.verified_ms).sum::<u64>() / 1000;
    let listed = roster.people.iter().map(|(id, record)| {
        let person = record.person();
        let subject = Subject::Person(*id);
        PersonRow {
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
        PersonRow {
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
    let mut rows: Vec<PersonRow> = listed.chain(registered).collect();
    rows.sort();
    rows
}

/// The columns of an [`HoursRow`], in order.
pub const HOURS: &[&str] = &["subjects", "date", "observed_s", "imputed_s", "manual_s", "verified_s", "warnings"];
/// The columns of a [`ConflictRow`], in order.
pub const CONFLICTS: &[&str] = &["person", "field", "values"];
/// The columns of a [`RulingConflictRow`], in order.
pub const RULING_CONFLICTS: &[&str] = &["a", "b"];
/// The columns of a [`DuplicateRow`], in order.
pub const DUPLICATES: &[&str] = &["a", "b", "score"];
/// The columns of a [`TotalsRow`], in order.
pub const TOTALS: &[&str] = &["figure", "value"];
/// The columns of a [`PersonRow`], in order.
pub const PEOPLE: &[&str] =
    &["code", "name", "phone", "organisation", "region", "birth_year", "team", "source", "withdrawn", "verified_s"];
