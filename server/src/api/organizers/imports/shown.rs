//! A plan as it is shown: what becomes of the list, and of each of its lines.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::documents::roster::PersonEdit;
use sync_core::ids::PersonId;
use sync_core::import::{Doubt, Question, Refused, Row, Who};

use super::super::list::{Page, page, page_limit};
use crate::error::Denial;
use crate::pending_imports::Upload;
use crate::reports::attached::Attached;

/// What becomes of a line.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineOutcome {
    /// The line adds somebody new.
    Add,
    /// Somebody known, of whom the list says something new.
    Update,
    /// The line says nothing new.
    Unchanged,
    /// Something that somebody must decide; the list is not followed.
    Conflict,
    /// It is left out until somebody says whether it speaks of the human being of the record.
    Ask,
    /// It speaks of nobody, or of somebody who has another line.
    Aside,
    /// It is left out.
    Refused,
}

/// One line of a list.
#[derive(Serialize, Deserialize, Debug, Clone, JsonSchema)]
pub struct PlannedLine {
    /// Its number in the file, from 1.
    pub line: u64,
    /// What becomes of it.
    pub outcome: LineOutcome,
    /// Whom it speaks of, where that is known.
    pub person: Option<String>,
    /// The code by which they are known, empty where there is none.
    pub code: String,
    /// What they are called: by the list, of somebody new; by the roster else.
    pub name: String,
    /// The new values by field, or those that are not followed.
    pub values: BTreeMap<String, String>,
    /// What the roster says where `values` says something else.
    pub old_values: BTreeMap<String, String>,
    /// What is asked, if something is.
    pub question: Option<PlannedQuestion>,
    /// What is wrong, in words that quote no cell.
    pub problems: Vec<String>,
}

/// Whether a line speaks of the human being of a record.
#[derive(Serialize, Deserialize, Debug, Clone, JsonSchema)]
pub struct PlannedQuestion {
    /// Why it is asked: `renamed`, `another_year`, `another_code`, `alike_code`, `namesake`, `leading_zeros` or `erased`.
    pub doubt: String,
    /// The question in words.
    pub words: String,
    /// What the list calls them.
    pub listed_name: String,
    /// What the roster calls them; empty for somebody who was erased.
    pub known_name: String,
    /// The code of the record.
    pub known_code: String,
    /// Verified time on the record, in milliseconds.
    pub verified_ms: u64,
    /// Dates with attendance on the record.
    pub days: usize,
    /// Rulings that name the record.
    pub rulings: usize,
}

/// What a list would do.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct PlannedImport {
    /// By which it is accepted.
    pub plan: String,
    /// How many people the list adds.
    pub add: usize,
    /// How many people the list changes.
    pub update: usize,
    /// Lines that say nothing new.
    pub unchanged: usize,
    /// Fields that somebody must decide.
    pub conflict: usize,
    /// Lines about which is asked: left out until somebody decides.
    pub ask: usize,
    /// Lines that are left out.
    pub refused: usize,
    /// How the list was read and understood, where somebody might think otherwise.
    pub notes: Vec<String>,
    /// What is wrong with columns, and with the list as a whole.
    pub problems: Vec<String>,
    /// Columns that nobody knows.
    pub ignored: Vec<String>,
    /// The first lines; more come from the plan's own address.
    pub lines: Page<PlannedLine>,
}

pub(super) fn planned(upload: &Upload) -> Result<PlannedImport, Denial> {
    let plan = &upload.plan;
    let of_columns = plan.problems.iter().filter(|problem| problem.refused == Refused::Column);
    Ok(PlannedImport {
        plan: upload.id.clone(),
        add: plan.added.len(),
        update: plan.updated.len(),
        unchanged: plan.unchanged.len(),
        conflict: plan.conflicts.len(),
        ask: plan.questions.len(),
        refused: plan.refused,
        notes: upload.notes.iter().map(ToString::to_string).chain(plan.notes.iter().map(ToString::to_string)).collect(),
        problems: of_columns.map(ToString::to_string).collect(),
        ignored: plan.ignored.iter().map(ToString::to_string).collect(),
        lines: lines_after(upload, 0, page_limit(None)?),
    })
}

pub(super) fn lines_after(upload: &Upload, after: u64, limit: usize) -> Page<PlannedLine> {
    let blank = |line: u64| PlannedLine {
        line,
        outcome: LineOutcome::Aside,
        person: None,
        code: String::new(),
        name: String::new(),
        values: BTreeMap::new(),
        old_values: BTreeMap::new(),
        question: None,
        problems: Vec::new(),
    };
    let is_blank = |row: &Row| row.unstored.is_empty() && row.cells.iter().all(|cell| cell.trim().is_empty());
    let is_wanted = |row: &&Row| row.line > after && !is_blank(row);
    let mut lines: BTreeMap<u64, PlannedLine> = upload
        .tables
        .iter()
        .flat_map(|table| &table.rows)
        .filter(is_wanted)
        .map(|row| (row.line, blank(row.line)))
        .collect();
    let plan = &upload.plan;
    let value = |edit: &PersonEdit| (edit.field().to_string(), edit.to_string());
    for unchanged in &plan.unchanged {
        Spoken {
            line: unchanged.line,
            outcome: LineOutcome::Unchanged,
            person: Some(unchanged.id),
            who: &unchanged.who,
        }
        .tell(&mut lines);
    }
    for addition in &plan.added {
        let code = addition.person.external_ids.first().map(|id| id.value.clone()).unwrap_or_default();
        let name = addition.person.names.first().map(ToString::to_string).unwrap_or_default();
        Spoken { line: addition.line, outcome: LineOutcome::Add, person: Some(addition.id), who: &Who { code, name } }
            .tell(&mut lines);
    }
    for update in &plan.updated {
        let (outcome, person) = (LineOutcome::Update, Some(update.id));
        let spoken = Spoken { line: update.line, outcome, person, who: &update.who };
        let Some(line) = spoken.tell(&mut lines) else { continue };
        line.values = update.edits.iter().map(value).collect();
        line.old_values = update.before.iter().map(value).collect();
    }
    for conflict in &plan.conflicts {
        let (outcome, person) = (LineOutcome::Conflict, Some(conflict.person));
        let spoken = Spoken { line: conflict.line, outcome, person, who: &conflict.who };
        let Some(line) = spoken.tell(&mut lines) else { continue };
        line.values.extend([value(&conflict.file)]);
        line.old_values.extend(conflict.current.last().map(|current| value(&current.value)));
        line.problems.push(format!("{}: {}", conflict.column, conflict.reason.words()));
    }
    for question in &plan.questions {
        let (outcome, person) = (LineOutcome::Ask, question.person);
        let spoken = Spoken { line: question.line, outcome, person, who: &question.listed };
        let Some(line) = spoken.tell(&mut lines) else { continue };
        line.question = Some(planned_question(question, upload.attached.get(&question.line)));
    }
    for problem in &plan.problems {
        let Some(line) = lines.get_mut(&problem.line) else { continue };
        if problem.refused == Refused::Row {
            line.outcome = LineOutcome::Refused;
        }
        line.problems.push(problem.to_string());
    }
    page(lines.into_values(), limit, |line| line.line.to_string())
}

/// Of whom a line speaks, and what becomes of it.
struct Spoken<'a> {
    line: u64,
    outcome: LineOutcome,
    person: Option<PersonId>,
    who: &'a Who,
}

impl Spoken<'_> {
    fn tell(self, lines: &mut BTreeMap<u64, PlannedLine>) -> Option<&mut PlannedLine> {
        let line = lines.get_mut(&self.line)?;
        line.outcome = self.outcome;
        line.person = self.person.map(|id| id.to_string());
        (line.code, line.name) = (self.who.code.clone(), self.who.name.clone());
        Some(line)
    }
}

fn planned_question(question: &Question, attached: Option<&Attached>) -> PlannedQuestion {
    let doubt = match question.doubt {
        Doubt::Renamed { .. } => "renamed",
        Doubt::AnotherYear { .. } => "another_year",
        Doubt::AnotherCode { .. } => "another_code",
        Doubt::AlikeCode => "alike_code",
        Doubt::Namesake { .. } => "namesake",
        Doubt::LeadingZeros => "leading_zeros",
        Doubt::Erased { .. } => "erased",
    };
    let attached = attached.copied().unwrap_or_default();
    PlannedQuestion {
        doubt: doubt.to_owned(),
        words: question.to_string(),
        listed_name: question.listed.name.clone(),
        known_name: question.known.name.clone(),
        known_code: question.known.code.clone(),
        verified_ms: attached.verified_ms,
        days: attached.days,
        rulings: attached.rulings,
    }
}
