//! Lists of people: uploaded, shown line by line as a plan, accepted by the plan's id. Nothing is written before that.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sync_core::command::Command;
use sync_core::documents::roster::PersonEdit;
use sync_core::ids::EventId;
use sync_core::import::{ImportPlan, Meaning, Refused, Row, Said, Source, Table, plan_import};
use sync_core::replica::ledger::Ledger;

use super::list::{Page, page, page_limit, read_cursor};
use super::walk_ins::AskPage;
use super::{LookPlan, Written};
use crate::api::Raw;
use crate::api::described::Created;
use crate::api::place::{Asked, PlanInPath};
use crate::api::visitor::{OrganizerOf, Writing};
use crate::error::{Denial, Place, Problem};
use crate::plans::Upload;
use crate::router::App;
use crate::tables::{Limits, ReadOptions, TableError, read_table};
use crate::views::Seen;

/// A list may be no longer than this; a workbook inflates.
pub const LIST_LIMIT_BYTES: usize = 8 << 20;
/// More people than this do not fit one event: a phone would carry all of them.
const ROSTER_LIMIT: usize = 50_000;
/// Longest name of an issuer.
const ISSUER_LIMIT_CHARS: usize = 100;
/// Longest header that is mapped.
const HEADER_LIMIT_CHARS: usize = 200;
/// So many commands go to the desk at once, so that it need not keep others waiting.
const PART: usize = 1000;

/// How a list is to be read.
#[derive(Deserialize, Debug, JsonSchema)]
pub struct AskImport {
    /// Who issued the list, an office or a register: codes are unique under this name, here and in other events, and a
    /// later list of this name updates the same people. It may be left out where the columns show which register it is.
    pub issuer: Option<String>,
    /// What columns mean that are called otherwise, as JSON: `{"Рег. №": "code", "Отряд": "team"}`. Remembered in the
    /// event for lists of this issuer when the plan is accepted.
    pub columns: Option<String>,
    /// The sheet of a workbook; the first if nothing is said.
    pub sheet: Option<String>,
}

/// What becomes of a line.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineOutcome {
    /// Somebody new.
    Add,
    /// Somebody known, of whom the list says something new.
    Update,
    /// Nothing new.
    Unchanged,
    /// Something that somebody must decide; the list is not followed.
    Conflict,
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
    /// What the list calls them.
    pub name: String,
    /// The new values by field, or those that are not followed.
    pub values: BTreeMap<String, String>,
    /// What is wrong, in words that quote no cell.
    pub problems: Vec<String>,
}

/// What a list would do.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct PlannedImport {
    /// By which it is accepted.
    pub plan: String,
    /// People to add.
    pub add: usize,
    /// People to update.
    pub update: usize,
    /// Lines that say nothing new.
    pub unchanged: usize,
    /// Fields that somebody must decide.
    pub conflict: usize,
    /// Lines that are left out.
    pub refused: usize,
    /// What is wrong with columns, and with the list as a whole.
    pub problems: Vec<String>,
    /// Columns that nobody knows.
    pub ignored: Vec<String>,
    /// The first lines; more come from the plan's own address.
    pub lines: Page<PlannedLine>,
}

impl From<TableError> for Denial {
    fn from(error: TableError) -> Self {
        let column = error.column.map(|column| column as u64);
        let place =
            Place { field: Some("file".to_owned()), why: Some(error.fault.to_string()), line: error.line, column };
        Self { problem: Problem::BAD_FILE, place: Box::new(place) }
    }
}

fn bad_file(line: Option<u64>, why: String) -> Denial {
    let place = Place { field: Some("file".to_owned()), why: Some(why), line, column: None };
    Denial { problem: Problem::BAD_FILE, place: Box::new(place) }
}

/// `POST /v1/events/{event}/imports`: the body is the file, CSV or XLSX.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_FILE`], [`Problem::TOO_LARGE`].
pub async fn upload(
    State(app): State<Arc<App>>,
    OrganizerOf { event, .. }: OrganizerOf,
    Asked(asked): Asked<AskImport>,
    Raw(body): Raw,
) -> Result<Created<PlannedImport>, Denial> {
    let said = said(&asked)?;
    let _place = app.plans.places.acquire().await.map_err(|_| Problem::BUSY)?;
    let limits = Limits {
        file_bytes: LIST_LIMIT_BYTES,
        inflated_bytes: 96 << 20,
        rows: 60_000,
        columns: 200,
        cells: 4_000_000,
        text_bytes: 48 << 20,
        ..Limits::default()
    };
    let options = ReadOptions { sheet: asked.sheet, limits };
    let table = tokio::task::spawn_blocking(move || read_table("list", &body, &options));
    let table = table.await.map_err(|_| Problem::INTERNAL)??;
    let now = app.auth.clock().now();
    let upload = app.views.see(event, move |seen| {
        let info = seen.ledger.documents().info();
        let source = Source::of(&table, info, &said, now.0.div_euclid(86_400_000))
            .map_err(|error| Denial::of_field(Problem::BAD_FIELD, "issuer", error.to_string()))?;
        let plan = plan(&table, &seen.ledger, event, &source)?;
        Ok::<_, Denial>(Upload { id: id_of(&plan, &source), event, table, source, said, plan, at: now })
    });
    let upload = app.plans.keep(upload.await??);
    Ok(Created(planned(&upload)?))
}

fn said(asked: &AskImport) -> Result<Said, Denial> {
    let wrong = |field: &str, why: &str| Denial::of_field(Problem::BAD_FIELD, field, why);
    if asked.issuer.as_ref().is_some_and(|issuer| issuer.chars().count() > ISSUER_LIMIT_CHARS) {
        return Err(wrong("issuer", "at most 100 characters"));
    }
    let named: BTreeMap<String, String> = match &asked.columns {
        None => BTreeMap::new(),
        Some(text) => serde_json::from_str(text)
            .map_err(|_| wrong("columns", "a JSON object that maps headers to what their columns mean"))?,
    };
    if named.keys().any(|header| header.trim().is_empty() || header.chars().count() > HEADER_LIMIT_CHARS) {
        return Err(wrong("columns", "a header has 1 to 200 characters"));
    }
    let meaning = |(header, key): (String, String)| {
        let meanings = || Meaning::BY_HAND.iter().map(|meaning| meaning.key()).collect::<Vec<_>>().join(", ");
        let meaning = Meaning::from_key(&key);
        Ok((header.trim().to_owned(), meaning.ok_or_else(|| wrong("columns", &format!("one of {}", meanings())))?))
    };
    let columns = named.into_iter().map(meaning).collect::<Result<_, Denial>>()?;
    Ok(Said { issuer: asked.issuer.clone(), columns })
}

fn plan(table: &Table, ledger: &Ledger, event: EventId, source: &Source) -> Result<ImportPlan, Denial> {
    let roster = ledger.documents().roster();
    let plan = plan_import(table, roster, event, source).map_err(|error| bad_file(None, error.to_string()))?;
    match plan.added.get(ROSTER_LIMIT.saturating_sub(roster.people.len())) {
        None => Ok(plan),
        Some(over) => Err(bad_file(Some(over.line), format!("an event has room for {ROSTER_LIMIT} people"))),
    }
}

/// Follows from everything that the plan would write, and from what it would not.
fn id_of(plan: &ImportPlan, source: &Source) -> String {
    let said = format!("{:?}", (source, &plan.added, &plan.updated, &plan.agreed, &plan.conflicts, &plan.problems));
    let hash = Sha256::new().chain_update(b"saxaul/plan\0").chain_update(said).finalize();
    hash[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn planned(upload: &Upload) -> Result<PlannedImport, Denial> {
    let plan = &upload.plan;
    let of_columns = plan.problems.iter().filter(|problem| problem.refused == Refused::Column);
    Ok(PlannedImport {
        plan: upload.id.clone(),
        add: plan.added.len(),
        update: plan.updated.len(),
        unchanged: plan.unchanged.len(),
        conflict: plan.conflicts.len(),
        refused: plan.refused,
        problems: of_columns.map(ToString::to_string).collect(),
        ignored: plan.ignored.iter().map(ToString::to_string).collect(),
        lines: lines_after(upload, 0, page_limit(None)?),
    })
}

fn lines_after(upload: &Upload, after: u64, limit: usize) -> Page<PlannedLine> {
    let blank = |line: u64| PlannedLine {
        line,
        outcome: LineOutcome::Unchanged,
        person: None,
        name: String::new(),
        values: BTreeMap::new(),
        problems: Vec::new(),
    };
    let is_wanted = |row: &&Row| row.line > after && row.cells.iter().any(|cell| !cell.trim().is_empty());
    let mut lines: BTreeMap<u64, PlannedLine> =
        upload.table.rows.iter().filter(is_wanted).map(|row| (row.line, blank(row.line))).collect();
    for unchanged in &upload.plan.unchanged {
        let Some(line) = lines.get_mut(&unchanged.line) else { continue };
        line.person = Some(unchanged.id.to_string());
    }
    let value = |edit: &PersonEdit| (edit.field().to_string(), edit.to_string());
    for addition in &upload.plan.added {
        let Some(line) = lines.get_mut(&addition.line) else { continue };
        line.outcome = LineOutcome::Add;
        line.person = Some(addition.id.to_string());
        line.name = addition.person.names.first().map(ToString::to_string).unwrap_or_default();
    }
    for update in &upload.plan.updated {
        let Some(line) = lines.get_mut(&update.line) else { continue };
        line.outcome = LineOutcome::Update;
        line.person = Some(update.id.to_string());
        line.values = update.edits.iter().map(value).collect();
    }
    for conflict in &upload.plan.conflicts {
        let Some(line) = lines.get_mut(&conflict.line) else { continue };
        line.outcome = LineOutcome::Conflict;
        line.person = Some(conflict.person.to_string());
        line.values.extend([value(&conflict.file)]);
    }
    for problem in &upload.plan.problems {
        let Some(line) = lines.get_mut(&problem.line) else { continue };
        if problem.refused == Refused::Row {
            line.outcome = LineOutcome::Refused;
        }
        line.problems.push(problem.to_string());
    }
    page(lines.into_values(), limit, |line| line.line.to_string())
}

/// `GET /v1/events/{event}/imports/{plan}`: the lines of a plan.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::UNKNOWN_PLAN`], [`Problem::BAD_CURSOR`].
pub async fn lines(
    State(app): State<Arc<App>>,
    OrganizerOf { event, .. }: OrganizerOf,
    PlanInPath(id): PlanInPath,
    Asked(asked): Asked<AskPage>,
) -> Result<Json<Page<PlannedLine>>, Denial> {
    let limit = page_limit(asked.limit)?;
    let after = read_cursor(asked.after.as_deref(), |text| text.parse::<u64>().ok())?.unwrap_or(0);
    let found = app.plans.find(&id, event, app.auth.clock().now());
    let upload = found.ok_or(Problem::UNKNOWN_PLAN)?;
    Ok(Json(lines_after(&upload, after, limit)))
}

/// `POST /v1/events/{event}/imports/{plan}/accept`: writes what the plan says, if that is still what it would say. A
/// long list is written in parts; if that is cut short, repeat it.
///
/// # Errors
/// As for every write; [`Problem::UNKNOWN_PLAN`], [`Problem::PLAN_CHANGED`].
pub async fn accept(
    State(app): State<Arc<App>>,
    writing: Writing,
    PlanInPath(id): PlanInPath,
) -> Result<Json<Written>, Denial> {
    let found = app.plans.find(&id, writing.event, app.auth.clock().now());
    let upload = found.ok_or(Problem::UNKNOWN_PLAN)?;
    let mut parts: Vec<Vec<Command>> =
        upload.plan.commands(&upload.source.issuer).chunks(PART).map(<[Command]>::to_vec).collect();
    if parts.is_empty() {
        parts.push(Vec::new());
    }
    let mut total = Written { again: true, ..Written::default() };
    for (index, part) in parts.into_iter().enumerate() {
        let written = match index {
            0 => app.write_as_seen(&writing, (writing.part(0), &id), first_part(&upload, part)).await?,
            _ => app.write_part(&writing, (writing.part(index), &id), move |_| Ok(part)).await?,
        };
        total.revision = written.revision;
        total.again &= written.again;
    }
    Ok(Json(total))
}

/// The first part of a plan, on the very revision on which it still says the same.
fn first_part(upload: &Arc<Upload>, part: Vec<Command>) -> Arc<LookPlan> {
    let upload = Arc::clone(upload);
    Arc::new(move |seen: &Seen| {
        let again = plan(&upload.table, &seen.ledger, upload.event, &upload.source)?;
        if id_of(&again, &upload.source) != upload.id {
            return Err(Problem::PLAN_CHANGED.into());
        }
        let columns = upload.source.to_remember(&upload.said, seen.ledger.documents().info());
        Ok(columns.into_iter().map(Command::EditEvent).chain(part.clone()).collect())
    })
}
