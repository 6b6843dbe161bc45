//! Sums by region, organisation, category, team, site and day, and what every figure rests on.
//!
//! What adds up, adds up: the parts of a breakdown give the total, and so do the contributions, to the millisecond.
//! Human beings do not; see [`Part`]. A workbook holds each breakdown on a sheet of its own.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Serialize;
use sync_core::documents::rulings::RulesEdition;
use sync_core::view::{Account, Breakdown, Contribution, Dimension, Figures, Part, Sources, shift_attendance};
use sync_core::words::Language;

use super::material::{Material, People};
use super::sheet::{Cell, Column, Sheet, columns};
use super::{Asked, Labels, TotalsReport};

/// The account of everything.
pub(super) fn account(material: &Material<'_>) -> Account {
    Account::of(&sources(material), material.view)
}

fn sources<'a>(material: &Material<'a>) -> Sources<'a> {
    let Material { event, roster, rulings, .. } = *material;
    Sources { event, roster, logs: material.logs.to_vec(), rulings }
}

/// The totals, for programs: with their parts and with all that they rest on.
#[derive(Serialize)]
pub(super) struct TotalsInFull<'a> {
    #[serde(flatten)]
    pub totals: TotalsReport,
    /// By which edition of the rules of time and hours everything here is computed.
    pub rules_edition: RulesEdition,
    /// Over all; times in milliseconds.
    pub total: Part,
    pub breakdowns: Vec<Breakdown>,
    pub contributions: &'a [Contribution],
}

/// The breakdowns as JSON, with stable names for programs.
#[derive(Serialize)]
pub(super) struct Breakdowns {
    /// Over all; times in milliseconds.
    pub total: Part,
    pub breakdowns: Vec<Breakdown>,
}

/// The sums by each dimension.
pub(super) fn all(account: &Account) -> Breakdowns {
    let breakdowns = Dimension::ALL.iter().map(|dimension| account.by(*dimension)).collect();
    Breakdowns { total: account.total(), breakdowns }
}

/// All breakdowns in one table: by what, which part, and its sums; the total first.
pub(super) fn in_one(material: &Material<'_>, account: &Account, asked: &Asked<'_>) -> Sheet {
    let total = account.total();
    let items = categories(&total.figures);
    let mut rows = vec![part_row(vec![Cell::Word("in_all"), Cell::Empty], &total, &items)];
    for dimension in Dimension::ALL {
        for part in &account.by(*dimension).parts {
            let lead = vec![Cell::Word(dimension.key()), key_cell(material, *dimension, part, asked.language)];
            rows.push(part_row(lead, part, &items));
        }
    }
    let mut columns = columns(&[("by", 16), ("part", 30)]);
    columns.extend(part_columns(&items));
    Sheet { key: "breakdowns", is_of_others: false, columns, rows }
}

/// A sheet for each breakdown, with the total as its last row.
pub(super) fn sheets(material: &Material<'_>, account: &Account, asked: &Asked<'_>) -> Vec<Sheet> {
    let total = account.total();
    let items = categories(&total.figures);
    let sheets = Dimension::ALL.iter().map(|dimension| {
        let parts = account.by(*dimension).parts;
        let mut rows: Vec<Vec<Cell>> = parts
            .iter()
            .map(|part| part_row(vec![key_cell(material, *dimension, part, asked.language)], part, &items))
            .collect();
        rows.push(part_row(vec![Cell::Word("in_all")], &total, &items));
        let mut columns = columns(&[(dimension.key(), 30)]);
        columns.extend(part_columns(&items));
        Sheet { key: dimension.key(), is_of_others: false, columns, rows }
    });
    sheets.collect()
}

fn categories(figures: &Figures) -> Vec<String> {
    figures.items.keys().cloned().collect()
}

/// What a part is called.
fn key_cell(material: &Material<'_>, dimension: Dimension, part: &Part, language: Option<Language>) -> Cell {
    let Some(key) = &part.key else { return Cell::Empty };
    let event = material.event;
    let named = language.and_then(|language| match dimension {
        Dimension::Site => Some(material.site_name(key, language)),
        Dimension::Team => event.teams.get(key).map(|team| team.name.in_language(language.tag()).to_owned()),
        Dimension::Category => event.categories.get(key).map(|one| one.name.in_language(language.tag()).to_owned()),
        Dimension::Region | Dimension::Organisation | Dimension::Day => None,
    });
    match (dimension, key.parse()) {
        (Dimension::Day, Ok(date)) => Cell::Date(date),
        _ => Cell::text(named.filter(|name| !name.is_empty()).unwrap_or_else(|| key.clone())),
    }
}

fn part_columns(items: &[String]) -> Vec<Column> {
    let mut all = columns(&[("attended", 12), ("people", 10), ("minors", 12), ("silver", 12)]);
    all.extend(figure_columns(items));
    all.extend(columns(&[("deed_people", 14)]));
    all
}

fn part_row(lead: Vec<Cell>, part: &Part, items: &[String]) -> Vec<Cell> {
    let people = [part.attended, part.people, part.minors, part.silver].map(Cell::Number);
    let figures = figure_cells(&part.figures, items);
    lead.into_iter().chain(people).chain(figures).chain([Cell::Number(part.deed_people)]).collect()
}

fn figure_columns(items: &[String]) -> Vec<Column> {
    let mut all = columns(&[
        ("observed_s", 14),
        ("imputed_s", 14),
        ("manual_s", 14),
        ("verified_s", 14),
        ("bags", 9),
        ("grams", 12),
        ("litres", 10),
        ("metres", 10),
        ("seedlings", 12),
        ("square_metres", 12),
        ("deeds", 10),
    ]);
    all.extend(items.iter().map(|category| Column {
        key: Cow::Owned(format!("items: {category}")),
        width: 14,
        heading: Some(category.clone()),
    }));
    all
}

fn figure_cells(figures: &Figures, items: &[String]) -> Vec<Cell> {
    let times = [figures.observed_ms, figures.imputed_ms, figures.manual_ms, figures.verified_ms];
    let outputs = [
        figures.bags,
        figures.grams,
        figures.litres,
        figures.metres,
        figures.seedlings,
        figures.square_metres,
        figures.deeds,
    ];
    let counts = items.iter().map(|category| figures.items.get(category).copied().unwrap_or_default());
    times.map(Cell::Milliseconds).into_iter().chain(outputs.into_iter().chain(counts).map(Cell::Number)).collect()
}

/// What the figures rest on: each session, card and deed, with its entries and rulings. Each figure's column adds up to
/// its total.
pub(super) fn contributions(material: &Material<'_>, labels: &Labels, account: &Account, asked: &Asked<'_>) -> Sheet {
    let people = People::of(material, labels);
    let items = categories(&account.total().figures);
    let mut all = columns(&[
        ("date", 12),
        ("site", 18),
        ("team", 14),
        ("region", 22),
        ("organisation", 26),
        ("categories", 20),
        ("subjects", 18),
    ]);
    all.extend(figure_columns(&items));
    all.extend(columns(&[("entries", 60), ("ruling", 18)]));
    let adds = account.contributions.iter().filter(|one| one.figures != Figures::default());
    let rows = adds.map(|one| {
        let site = one.site.as_ref().map(|key| match asked.language {
            None => key.clone(),
            Some(language) => material.site_name(key, language),
        });
        let mut cells = vec![
            Cell::Date(one.date),
            Cell::optional(site.as_ref()),
            Cell::optional(one.team.as_ref()),
            Cell::optional(one.region.as_ref()),
            Cell::optional(one.organisation.as_ref()),
            Cell::text(one.categories.join(", ")),
            one.class.map_or(Cell::Empty, |class| Cell::text(people.codes(class))),
        ];
        cells.extend(figure_cells(&one.figures, &items));
        cells.push(Cell::text(one.entries.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")));
        cells.push(one.ruling.map_or(Cell::Empty, |ruling| Cell::Text(ruling.to_string())));
        cells
    });
    Sheet { key: "contributions", is_of_others: false, columns: all, rows: rows.collect() }
}

/// Who came to which shift: assigned, there, and missing.
pub(super) fn shifts(material: &Material<'_>, labels: &Labels, asked: &Asked<'_>) -> Sheet {
    let people = People::of(material, labels);
    let codes = |all: &[sync_core::ids::Subject]| {
        let codes: BTreeSet<String> = all.iter().map(|one| people.codes(material.view.class_of(*one))).collect();
        Cell::text(codes.into_iter().collect::<Vec<_>>().join(" "))
    };
    let attendance = shift_attendance(&sources(material), material.view);
    let rows = attendance.iter().map(|one| {
        let (shift, language) = (&one.shift, asked.language);
        let name = language.map(|language| shift.name.in_language(language.tag()).to_owned());
        let site = language.map_or_else(|| shift.site.clone(), |language| material.site_name(&shift.site, language));
        let moment = |minute| {
            let day = sync_core::time::date_of_day(shift.day);
            Cell::Moment(material.local(material.event.zone.table.moment(day, minute)))
        };
        vec![
            Cell::text(name.filter(|name| !name.is_empty()).unwrap_or_else(|| one.key.clone())),
            Cell::text(site),
            moment(shift.starts),
            moment(shift.ends),
            Cell::Number(u64::from(shift.need)),
            Cell::Number(one.assigned.len() as u64),
            Cell::Number(one.came.len() as u64),
            codes(&one.came),
            codes(&one.missing),
        ]
    });
    Sheet {
        key: "shifts_attended",
        is_of_others: false,
        columns: columns(&[
            ("shift", 24),
            ("site", 18),
            ("from", 17),
            ("to", 17),
            ("need", 12),
            ("assigned", 12),
            ("came", 10),
            ("who_came", 50),
            ("who_did_not", 50),
        ]),
        rows: rows.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::words;

    #[test]
    fn every_sheet_of_the_totals_has_a_name_of_its_own_in_every_language() {
        for language in [Language::Kk, Language::Ru, Language::En] {
            let keys = Dimension::ALL.iter().map(|dimension| dimension.key()).chain(["totals", "contributions"]);
            let names: BTreeSet<&str> = keys.map(|key| words::word(key, language)).collect();
            assert_eq!(names.len(), Dimension::ALL.len() + 2);
            assert!(names.iter().all(|name| name.chars().count() <= 31), "a spreadsheet takes no longer name");
        }
    }
}
