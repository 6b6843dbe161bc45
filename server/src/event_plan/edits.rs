//! From a plan to statements about an event, and back.

use std::collections::BTreeSet;
use std::fmt::Display;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sync_core::documents::event::{Belonging, Edition, EventEdit, EventInfo, EventZone};
use sync_core::import::Meaning;
use sync_core::time::{UnixMillis, ZoneOffset, ZoneTable, date_of_day, day_of_date};

use super::parts::{CardPart, CategoryPart, DayPart, GrantPart, ShiftPart, SitePart, TaskPart, TeamPart};
use super::rules::{ColumnName, ColumnPart};
use super::{EventPlan, PlanError};

/// Days before and after an event for which its document knows the time zone.
const ZONE_MARGIN_DAYS: i64 = 400;
/// A day that is further from the others needs the zone anew.
const ZONE_REACH_DAYS: i64 = 300;

impl EventPlan {
    /// Every statement that the plan makes, news or not.
    ///
    /// # Errors
    /// As for [`EventPlan::news`].
    pub fn edits(&self, now: &EventInfo) -> Result<Vec<EventEdit>, PlanError> {
        let mut edits = self.first_edits(now)?;
        self.check_sites(now)?;
        edits.extend(self.teams.iter().map(|part| EventEdit::Team { key: part.key.clone(), team: Some(part.team()) }));
        for part in &self.shifts {
            edits.push(EventEdit::Shift { key: part.key.clone(), shift: Some(part.shift()?) });
        }
        edits.extend(self.cards.iter().map(|part| {
            let template = Some(part.template());
            EventEdit::Template { key: part.key.clone(), template }
        }));
        edits.extend(self.categories.iter().map(|part| {
            let category = Some(part.category());
            EventEdit::Category { key: part.key.clone(), category }
        }));
        edits.extend(
            self.remote_tasks
                .iter()
                .map(|part| EventEdit::RemoteTask { key: part.key.clone(), task: Some(part.task()) }),
        );
        edits.extend(self.grants.iter().map(|part| {
            let funding = Some(part.funding());
            EventEdit::Funding { grant: part.id.clone(), funding }
        }));
        if let Some(hours) = self.longest_stretch {
            if !(1..=24).contains(&hours) {
                return Err(PlanError::new("longest_stretch", format!("{hours} is not 1 to 24 hours")));
            }
            edits.push(EventEdit::LongestStretch(Some(hours)));
        }
        edits.extend(self.raise(now)?);
        edits.extend(self.minors.clone().map(|rules| EventEdit::Minors(rules.into())));
        edits.extend(self.silver.clone().map(|rule| EventEdit::Silver(Some(rule.into()))));
        edits.extend(self.retention_days.map(|days| EventEdit::RetentionDays(Some(days))));
        for ColumnPart { issuer, header, means } in &self.columns {
            let known = Meaning::from_key(means);
            known.ok_or_else(|| PlanError::new("columns", format!("`{means}` is no meaning of a column")))?;
            let (issuer, header, meaning) = (issuer.clone(), header.clone(), Some(means.clone()));
            edits.push(EventEdit::ListColumn { issuer, header, meaning });
        }
        edits.extend(self.removals(now)?);
        edits.extend(self.belonging(now));
        Ok(edits)
    }

    /// Whether every site that a shift or a team names is one of the event's when the plan is done.
    fn check_sites(&self, now: &EventInfo) -> Result<(), PlanError> {
        let planned = self.sites.iter().map(|site| &site.key);
        let kept = now.sites.keys().filter(|key| !self.remove.sites.contains(key));
        let sites: BTreeSet<&String> = planned.chain(kept).collect();
        let check = |field: String, site: &String| {
            if sites.contains(site) {
                return Ok(());
            }
            let known = sites.iter().map(|key| key.as_str()).collect::<Vec<_>>().join(", ");
            let known = if known.is_empty() { "the event has none".to_owned() } else { format!("there is {known}") };
            Err(PlanError::new(&field, format!("there is no site `{site}`: {known}")))
        };
        for shift in &self.shifts {
            check(format!("shifts, {}: site", shift.key), &shift.site)?;
        }
        for (team, site) in self.teams.iter().filter_map(|team| Some((team, team.site.as_ref()?))) {
            check(format!("teams, {}: site", team.key), site)?;
        }
        Ok(())
    }

    /// What makes an event: what it is called, where its clocks are, when and where it is.
    fn first_edits(&self, now: &EventInfo) -> Result<Vec<EventEdit>, PlanError> {
        let mut edits: Vec<EventEdit> =
            self.name.clone().map(|name| EventEdit::Name(name.into())).into_iter().collect();
        edits.extend(self.zone(now)?.map(EventEdit::Zone));
        for day in &self.days {
            edits.push(EventEdit::Day { day: day_of_date(day.date), hours: Some(day.hours()?) });
        }
        edits.extend(self.sites.iter().map(|part| EventEdit::Site { key: part.key.clone(), site: Some(part.site()) }));
        edits.extend(self.markers_read.map(|which| EventEdit::MarkersRead(which.into())));
        Ok(edits)
    }

    /// The time zone, if it is another, or if the event now lasts longer than its document knows it.
    fn zone(&self, now: &EventInfo) -> Result<Option<EventZone>, PlanError> {
        let named = self.days.iter().map(|day| day_of_date(day.date));
        let known = (now.days.keys().next().copied(), now.days.keys().next_back().copied());
        let is_far = |day: i64| match known {
            (Some(first), Some(last)) => day < first - ZONE_REACH_DAYS || day > last + ZONE_REACH_DAYS,
            _ => true,
        };
        let name = match &self.time_zone {
            Some(name) if *name != now.zone.name || now.contested.contains_key("zone") => name,
            _ if named.clone().any(is_far) && !now.zone.name.is_empty() => &now.zone.name,
            _ => return Ok(None),
        };
        let zone =
            TimeZone::get(name).map_err(|_| PlanError::new("time_zone", format!("`{name}` is not a time zone")))?;
        let days: Vec<i64> = now.days.keys().copied().chain(named).collect();
        let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else {
            return Err(PlanError::new("days", "an event has at least one day".to_owned()));
        };
        Ok(Some(EventZone { name: name.clone(), table: zone_table(&zone, *first, *last) }))
    }

    /// By which edition devices may write from now on, if the plan says another one than the event.
    fn raise(&self, now: &EventInfo) -> Result<Option<EventEdit>, PlanError> {
        let Some(edition) = self.speaks.map(Edition).filter(|edition| *edition != now.speaks) else { return Ok(None) };
        if edition < now.speaks {
            return Err(PlanError::new("speaks", format!("it is {} already, and is never lowered", now.speaks.0)));
        }
        if edition > Edition::CURRENT {
            let known = Edition::CURRENT.0;
            let what = format!("this version of the program knows no edition after {known}: update it first");
            return Err(PlanError::new("speaks", what));
        }
        Ok(Some(EventEdit::Speaks(edition)))
    }

    fn belonging(&self, now: &EventInfo) -> Option<EventEdit> {
        let next = |said: &Option<String>, removed: bool, known: &Option<String>| match said {
            Some(said) => Some(said.clone()),
            None if removed => None,
            None => known.clone(),
        };
        let known = &now.belonging;
        let belonging = Belonging {
            region: next(&self.region, self.remove.region, &known.region),
            organisation: next(&self.organisation, self.remove.organisation, &known.organisation),
        };
        let is_said = self.region.is_some() || self.organisation.is_some();
        (is_said || self.remove.region || self.remove.organisation).then_some(EventEdit::Belonging(belonging))
    }

    fn removals(&self, now: &EventInfo) -> Result<Vec<EventEdit>, PlanError> {
        let gone = &self.remove;
        let mut taking = Taking { now, edits: Vec::new() };
        taking.off("days", &gone.days, |date| EventEdit::Day { day: day_of_date(date), hours: None })?;
        taking.off("sites", &gone.sites, |key| EventEdit::Site { key, site: None })?;
        taking.off("teams", &gone.teams, |key| EventEdit::Team { key, team: None })?;
        taking.off("shifts", &gone.shifts, |key| EventEdit::Shift { key, shift: None })?;
        taking.off("cards", &gone.cards, |key| EventEdit::Template { key, template: None })?;
        taking.off("categories", &gone.categories, |key| EventEdit::Category { key, category: None })?;
        taking.off("remote_tasks", &gone.remote_tasks, |key| EventEdit::RemoteTask { key, task: None })?;
        taking.off("grants", &gone.grants, |grant| EventEdit::Funding { grant, funding: None })?;
        taking.off("columns", &gone.columns, |ColumnName { issuer, header }| EventEdit::ListColumn {
            issuer,
            header,
            meaning: None,
        })?;
        let mut edits = taking.edits;
        edits.extend(gone.longest_stretch.then_some(EventEdit::LongestStretch(None)));
        edits.extend(gone.silver.then_some(EventEdit::Silver(None)));
        edits.extend(gone.retention_days.then_some(EventEdit::RetentionDays(None)));
        Ok(edits)
    }

    /// Everything that an event says of itself.
    #[must_use]
    pub fn of(now: &EventInfo) -> Self {
        let columns = now.list_columns.iter().map(|((issuer, header), means)| {
            let (issuer, header, means) = (issuer.clone(), header.clone(), means.clone());
            ColumnPart { issuer, header, means }
        });
        Self {
            name: Some(now.name.clone().into()),
            time_zone: Some(now.zone.name.clone()),
            days: now.days.iter().map(|(day, hours)| DayPart::of(*day, *hours)).collect(),
            sites: now.sites.iter().map(|(key, site)| SitePart::of(key, site.clone())).collect(),
            markers_read: Some(now.markers_read.into()),
            teams: now.teams.iter().map(|(key, team)| TeamPart::of(key, team.clone())).collect(),
            shifts: now.shifts.iter().map(|(key, shift)| ShiftPart::of(key, shift.clone())).collect(),
            cards: now.templates.iter().map(|(key, card)| CardPart::of(key, card.clone())).collect(),
            categories: now.categories.iter().map(|(key, one)| CategoryPart::of(key, one.clone())).collect(),
            remote_tasks: now.remote_tasks.iter().map(|(key, task)| TaskPart::of(key, task.clone())).collect(),
            grants: now.funding.iter().map(|(id, funding)| GrantPart::of(id, funding.clone())).collect(),
            longest_stretch: now.longest_stretch_hours,
            speaks: (now.speaks > Edition::FIRST).then_some(now.speaks.0),
            minors: Some(now.minors.clone().into()),
            silver: now.silver.clone().map(Into::into),
            retention_days: now.retention_days,
            region: now.belonging.region.clone(),
            organisation: now.belonging.organisation.clone(),
            columns: columns.collect(),
            remove: super::Removed::default(),
        }
    }

    /// The plan that makes one statement, and nothing else.
    #[must_use]
    pub fn saying(edit: &EventEdit) -> Self {
        let mut plan = Self::default();
        let gone = &mut plan.remove;
        match edit.clone() {
            EventEdit::Name(name) => plan.name = Some(name.into()),
            EventEdit::Zone(zone) => plan.time_zone = Some(zone.name),
            EventEdit::MarkersRead(which) => plan.markers_read = Some(which.into()),
            EventEdit::Day { day, hours: Some(hours) } => plan.days.push(DayPart::of(day, hours)),
            EventEdit::Day { day, hours: None } => gone.days.push(date_of_day(day)),
            EventEdit::Site { key, site: Some(site) } => plan.sites.push(SitePart::of(&key, site)),
            EventEdit::Site { key, site: None } => gone.sites.push(key),
            EventEdit::Team { key, team: Some(team) } => plan.teams.push(TeamPart::of(&key, team)),
            EventEdit::Team { key, team: None } => gone.teams.push(key),
            EventEdit::Shift { key, shift: Some(shift) } => plan.shifts.push(ShiftPart::of(&key, shift)),
            EventEdit::Shift { key, shift: None } => gone.shifts.push(key),
            EventEdit::Template { key, template: Some(card) } => plan.cards.push(CardPart::of(&key, card)),
            EventEdit::Template { key, template: None } => gone.cards.push(key),
            EventEdit::Category { key, category: Some(one) } => plan.categories.push(CategoryPart::of(&key, one)),
            EventEdit::Category { key, category: None } => gone.categories.push(key),
            EventEdit::RemoteTask { key, task: Some(task) } => plan.remote_tasks.push(TaskPart::of(&key, task)),
            EventEdit::RemoteTask { key, task: None } => gone.remote_tasks.push(key),
            EventEdit::Funding { grant, funding: Some(one) } => plan.grants.push(GrantPart::of(&grant, one)),
            EventEdit::Funding { grant, funding: None } => gone.grants.push(grant),
            EventEdit::Minors(rules) => plan.minors = Some(rules.into()),
            EventEdit::Silver(rule) => {
                gone.silver = rule.is_none();
                plan.silver = rule.map(Into::into);
            }
            EventEdit::LongestStretch(hours) => {
                gone.longest_stretch = hours.is_none();
                plan.longest_stretch = hours;
            }
            EventEdit::Speaks(edition) => plan.speaks = Some(edition.0),
            EventEdit::RetentionDays(days) => {
                gone.retention_days = days.is_none();
                plan.retention_days = days;
            }
            EventEdit::Belonging(Belonging { region, organisation }) => {
                (gone.region, gone.organisation) = (region.is_none(), organisation.is_none());
                (plan.region, plan.organisation) = (region, organisation);
            }
            EventEdit::ListColumn { issuer, header, meaning: Some(means) } => {
                plan.columns.push(ColumnPart { issuer, header, means });
            }
            EventEdit::ListColumn { issuer, header, meaning: None } => {
                gone.columns.push(ColumnName { issuer, header });
            }
        }
        plan
    }
}

/// What is taken off an event. A slip of the pen is told: what is not there cannot go.
struct Taking<'a> {
    now: &'a EventInfo,
    edits: Vec<EventEdit>,
}

impl Taking<'_> {
    fn off<K: Clone + Display>(
        &mut self,
        field: &str,
        keys: &[K],
        edit: impl Fn(K) -> EventEdit,
    ) -> Result<(), PlanError> {
        for key in keys {
            let edit = edit(key.clone());
            if !self.now.is_news(&edit) {
                return Err(PlanError::new(&format!("remove.{field}"), format!("the event has no `{key}`")));
            }
            self.edits.push(edit);
        }
        Ok(())
    }
}

/// The offsets of a zone around an event.
fn zone_table(zone: &TimeZone, first: i64, last: i64) -> ZoneTable {
    let at = |day: i64| Timestamp::from_second(day * 86_400).unwrap_or(Timestamp::UNIX_EPOCH);
    let (from, to) = (at(first - ZONE_MARGIN_DAYS), at(last + ZONE_MARGIN_DAYS));
    let mut offsets =
        vec![ZoneOffset { from: UnixMillis(from.as_millisecond()), seconds: zone.to_offset(from).seconds() }];
    for transition in zone.following(from).take_while(|transition| transition.timestamp() < to) {
        offsets.push(ZoneOffset {
            from: UnixMillis(transition.timestamp().as_millisecond()),
            seconds: transition.offset().seconds(),
        });
    }
    ZoneTable { offsets }
}
