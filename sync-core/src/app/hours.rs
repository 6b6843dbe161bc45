//! Who was there for how long, as rows for a table.

use std::collections::BTreeMap;

use super::people::Directory;
use crate::ids::Subject;
use crate::view::EventView;

/// The hours of one human being on one date. Seconds are floors.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct HoursRow {
    /// The id by which the human being is known.
    pub subject: Subject,
    /// The code spoken at a gate; the id, where there is none.
    pub code: String,
    /// The preferred spelling of the name.
    pub name: String,
    /// ISO 8601, in the event's time zone.
    pub date: String,
    /// Between a check-in and a check-out.
    pub observed_s: u64,
    /// With one end taken from the opening hours.
    pub imputed_s: u64,
    /// Granted by an organizer.
    pub manual_s: u64,
    /// Observed and manual time, and imputed time where an organizer confirmed it.
    pub verified_s: u64,
    /// What somebody should look at: stable names.
    pub warnings: Vec<String>,
}

/// Writes a row for each day of each human being, or of one.
pub(super) fn rows(view: &EventView, directory: &Directory, of: Option<Subject>) -> Vec<HoursRow> {
    let class = of.map(|subject| view.class_of(subject));
    let called: BTreeMap<Subject, (&str, &str)> =
        directory.rows().map(|row| (row.subject, (row.code.as_str(), row.name.as_str()))).collect();
    let days = view.days.iter().filter(|day| class.is_none_or(|class| class == day.class));
    let rows = days.map(|day| {
        let (code, name) = called.get(&day.class).copied().unwrap_or_default();
        HoursRow {
            subject: day.class,
            code: if code.is_empty() { day.class.to_string() } else { code.to_owned() },
            name: name.to_owned(),
            date: day.date.to_string(),
            observed_s: day.observed_ms / 1000,
            imputed_s: day.imputed_ms / 1000,
            manual_s: day.manual_ms / 1000,
            verified_s: day.verified_ms / 1000,
            warnings: day.warnings.iter().map(ToString::to_string).collect(),
        }
    });
    rows.collect()
}
