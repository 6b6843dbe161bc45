//! The part of `event.json` that plans: teams, shifts, cards, categories, who is a minor, who pays.

use jiff::civil::Date;
use serde::Deserialize;
use sync_core::documents::event::{
    Belonging, CardTemplate, Category, EventEdit, Funding, LocalText, MinorRules, RemoteTask, Shift, SilverRule, Team,
};
use sync_core::time::day_of_date;

use super::event_file::minute_of_day;

#[derive(Debug, Deserialize)]
struct Keyed<T> {
    key: String,
    #[serde(flatten)]
    what: T,
}

#[derive(Debug, Deserialize)]
struct GrantFile {
    id: String,
    #[serde(flatten)]
    funding: Funding,
}

#[derive(Debug, Deserialize)]
struct ShiftFile {
    #[serde(default)]
    name: LocalText,
    site: String,
    date: Date,
    starts: String,
    ends: String,
    role: Option<String>,
    #[serde(default)]
    need: u32,
    #[serde(default)]
    hazardous: bool,
}

#[derive(Debug, Deserialize)]
struct TaskFile {
    #[serde(default)]
    name: LocalText,
    from: Date,
    until: Date,
}

/// What is planned. Everything may be left out.
#[derive(Debug, Deserialize)]
pub(super) struct PlanFile {
    #[serde(default)]
    teams: Vec<Keyed<Team>>,
    #[serde(default)]
    shifts: Vec<Keyed<ShiftFile>>,
    #[serde(default)]
    cards: Vec<Keyed<CardTemplate>>,
    #[serde(default)]
    categories: Vec<Keyed<Category>>,
    #[serde(default)]
    remote_tasks: Vec<Keyed<TaskFile>>,
    #[serde(default)]
    grants: Vec<GrantFile>,
    minors: Option<MinorRules>,
    silver: Option<SilverRule>,
    retention_days: Option<u32>,
    region: Option<String>,
    organisation: Option<String>,
}

impl PlanFile {
    /// What an organizer would enter; or what is wrong, in words.
    pub(super) fn edits(&self) -> Result<Vec<EventEdit>, String> {
        let mut edits = Vec::new();
        edits.extend(self.teams.iter().map(|Keyed { key, what }| {
            let team = Some(what.clone());
            EventEdit::Team { key: key.clone(), team }
        }));
        for Keyed { key, what } in &self.shifts {
            edits.push(EventEdit::Shift { key: key.clone(), shift: Some(what.shift(key)?) });
        }
        edits.extend(self.cards.iter().map(|Keyed { key, what }| {
            let template = Some(what.clone());
            EventEdit::Template { key: key.clone(), template }
        }));
        edits.extend(self.categories.iter().map(|Keyed { key, what }| {
            let category = Some(what.clone());
            EventEdit::Category { key: key.clone(), category }
        }));
        edits.extend(self.remote_tasks.iter().map(|Keyed { key, what }| {
            let (from, until) = (day_of_date(what.from), day_of_date(what.until));
            let task = Some(RemoteTask { name: what.name.clone(), from, until });
            EventEdit::RemoteTask { key: key.clone(), task }
        }));
        edits.extend(self.grants.iter().map(|GrantFile { id, funding }| {
            let funding = Some(funding.clone());
            EventEdit::Funding { grant: id.clone(), funding }
        }));
        edits.extend(self.minors.clone().map(EventEdit::Minors));
        edits.extend(self.silver.clone().map(|rule| EventEdit::Silver(Some(rule))));
        edits.extend(self.retention_days.map(|days| EventEdit::RetentionDays(Some(days))));
        if self.region.is_some() || self.organisation.is_some() {
            let (region, organisation) = (self.region.clone(), self.organisation.clone());
            edits.push(EventEdit::Belonging(Belonging { region, organisation }));
        }
        Ok(edits)
    }
}

impl ShiftFile {
    fn shift(&self, key: &str) -> Result<Shift, String> {
        let minutes = |name: &str, text: &str| {
            minute_of_day(text).ok_or_else(|| format!("shifts, {key}: {name} `{text}` is not a time"))
        };
        Ok(Shift {
            name: self.name.clone(),
            site: self.site.clone(),
            day: day_of_date(self.date),
            starts: minutes("starts", &self.starts)?,
            ends: minutes("ends", &self.ends)?,
            role: self.role.clone(),
            need: self.need,
            hazardous: self.hazardous,
        })
    }
}
