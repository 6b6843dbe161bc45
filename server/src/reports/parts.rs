//! Breakdowns, what a figure rests on, and what changed between two reports, as rows.

use serde::Serialize;
use sync_core::view::{Contribution, Difference, EventView, LetterText, Part, ReportRow};

use super::Labels;

/// One part of a breakdown. Seconds are floors.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct PartRow {
    /// Which part; empty where nobody said which it is.
    pub key: String,
    /// Human beings who were seen at a gate.
    pub attended: u64,
    /// Human beings who attended or have hours.
    pub people: u64,
    /// Of them, those who may be under age.
    pub minors: u64,
    /// Of them, those who count as silver volunteers.
    pub silver: u64,
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
    /// Length of cleaned shore.
    pub metres: u64,
    /// How many seedlings were planted.
    pub seedlings: u64,
    /// The planted area, in square metres.
    pub square_metres: u64,
    /// How many deeds of many people were noted.
    pub deeds: u64,
    /// Human beings who took part in deeds.
    pub deed_people: u64,
    /// Pieces of litter by category, joined by `|`.
    pub items: String,
}

/// The columns of a [`PartRow`], in order.
pub const PARTS: &[&str] = &[
    "key",
    "attended",
    "people",
    "minors",
    "silver",
    "observed_s",
    "imputed_s",
    "manual_s",
    "verified_s",
    "bags",
    "grams",
    "litres",
    "metres",
    "seedlings",
    "square_metres",
    "deeds",
    "deed_people",
    "items",
];

/// Makes a row of each part of a breakdown.
pub fn parts<'a>(parts: impl IntoIterator<Item = &'a Part>) -> Vec<PartRow> {
    parts.into_iter().map(part).collect()
}

fn part(part: &Part) -> PartRow {
    let figures = &part.figures;
    let items: Vec<String> = figures.items.iter().map(|(category, count)| format!("{category}: {count}")).collect();
    PartRow {
        key: part.key.clone().unwrap_or_default(),
        attended: part.attended,
        people: part.people,
        minors: part.minors,
        silver: part.silver,
        observed_s: figures.observed_ms / 1000,
        imputed_s: figures.imputed_ms / 1000,
        manual_s: figures.manual_ms / 1000,
        verified_s: figures.verified_ms / 1000,
        bags: figures.bags,
        grams: figures.grams,
        litres: figures.litres,
        metres: figures.metres,
        seedlings: figures.seedlings,
        square_metres: figures.square_metres,
        deeds: figures.deeds,
        deed_people: part.deed_people,
        items: items.join("|"),
    }
}

/// One thing that a figure rests on.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct ProvenanceRow {
    /// How much of the figure; times in milliseconds. The rows add up to it.
    pub amount: u64,
    /// The date in ISO 8601.
    pub date: String,
    /// The site, if it is known.
    pub site: String,
    /// Whose time it is, if it is time.
    pub subjects: String,
    /// The entries that show it, each as device/incarnation/number, joined by a space.
    pub entries: String,
    /// The ruling that grants it, if one does.
    pub ruling: String,
}

/// The columns of a [`ProvenanceRow`], in order.
pub const PROVENANCE: &[&str] = &["amount", "date", "site", "subjects", "entries", "ruling"];

/// Writes what a figure rests on.
pub fn provenance<'a>(
    rests_on: impl Iterator<Item = (u64, &'a Contribution)>,
    view: &EventView,
    labels: &Labels,
) -> Vec<ProvenanceRow> {
    let rows = rests_on.map(|(amount, one)| ProvenanceRow {
        amount,
        date: one.date.to_string(),
        site: one.site.clone().unwrap_or_default(),
        subjects: one.class.map(|class| labels.class(view, class)).unwrap_or_default(),
        entries: one.entries.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        ruling: one.ruling.map(|ruling| ruling.to_string()).unwrap_or_default(),
    });
    rows.collect()
}

/// A row of hours that two reports do not share, or a text that their letters print differently. Seconds are floors; empty
/// where the report has no such row.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct ChangeRow {
    /// As in [`super::HoursRow`], by the later report; empty for a text about the event.
    pub subjects: String,
    /// ISO 8601; empty for a text that is not about a date.
    pub date: String,
    /// What counted in the earlier report.
    pub verified_s_before: Option<u64>,
    /// What counts in the later report.
    pub verified_s_after: Option<u64>,
    /// All that was said: observed, imputed and granted seconds, or the text.
    pub before: String,
    /// All that is said.
    pub after: String,
    /// What changed: `hours`, or which text of letters, such as `names`.
    pub what: String,
}

/// The columns of a [`ChangeRow`], in order.
pub const CHANGES: &[&str] = &["subjects", "date", "verified_s_before", "verified_s_after", "before", "after", "what"];

/// Makes a row of each change between two reports.
#[must_use]
pub fn changes(difference: &Difference, view: &EventView, labels: &Labels) -> Vec<ChangeRow> {
    let said = |row: Option<ReportRow>| {
        row.map(|row| format!("{}+{}+{}", row.observed_ms / 1000, row.imputed_ms / 1000, row.manual_ms / 1000))
    };
    let rows = difference.rows.iter().filter_map(|change| {
        let one = change.after.or(change.before)?;
        Some(ChangeRow {
            subjects: labels.class(view, one.class),
            date: one.date.to_string(),
            verified_s_before: change.before.map(|row| row.verified_ms / 1000),
            verified_s_after: change.after.map(|row| row.verified_ms / 1000),
            before: said(change.before).unwrap_or_default(),
            after: said(change.after).unwrap_or_default(),
            what: "hours".to_owned(),
        })
    });
    let texts = difference.texts.iter().map(|change| ChangeRow {
        subjects: change.class.map(|class| labels.class(view, class)).unwrap_or_default(),
        date: if let LetterText::Sites(date) = &change.text { date.to_string() } else { String::new() },
        verified_s_before: None,
        verified_s_after: None,
        before: change.before.clone(),
        after: change.after.clone(),
        what: match &change.text {
            LetterText::SiteName(site) => format!("{} {site}", change.text.key()),
            text => text.key().to_owned(),
        },
    });
    rows.chain(texts).collect()
}
