//! Rows of a view, for programs: stable names, seconds and codes.
//!
//! A replay writes them, and their bytes must not change with a language or a format. The tables that people open stand in
//! [`super::sheets`] and are another model on purpose: they have names and organisations besides codes, cells with types,
//! columns with widths, and headings in three languages. What both show is computed by the view; only conflicts are written
//! once and shown in both.

use std::collections::BTreeMap;

use serde::Serialize;
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

/// The columns of an [`HoursRow`], in order.
pub const HOURS: &[&str] = &["subjects", "date", "observed_s", "imputed_s", "manual_s", "verified_s", "warnings"];
/// The columns of a [`ConflictRow`], in order.
pub const CONFLICTS: &[&str] = &["person", "field", "values"];
/// The columns of a [`RulingConflictRow`], in order.
pub const RULING_CONFLICTS: &[&str] = &["a", "b"];
/// The columns of a [`DuplicateRow`], in order.
pub const DUPLICATES: &[&str] = &["a", "b", "score"];
