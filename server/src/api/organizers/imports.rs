//! Lists of people: uploaded, shown line by line as a plan, accepted by the plan's id. Nothing is written before that.

mod shown;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sync_core::command::Command;
use sync_core::ids::{Era, EventId, Subject};
use sync_core::import::{Addition, Decision, ImportPlan, Meaning, Said, Source, Table, Which, known_by, plan_import};
use sync_core::replica::ledger::Ledger;
use sync_core::time::UnixMillis;

pub use self::shown::{LineOutcome, PlannedImport, PlannedLine, PlannedQuestion};
use self::shown::{lines_after, planned};
use super::list::{Page, page_limit, read_cursor};
use super::walk_ins::AskPage;
use super::{LookPlan, Written};
use crate::api::body::{Body, Unread};
use crate::api::callers::{OrganizerOf, Writing};
use crate::api::described::Created;
use crate::api::jobs::{AskJob, NowOrJob, Order};
use crate::api::place::{Asked, PlanInPath};
use crate::api::visitor::Visitor;
use crate::app::App;
use crate::error::{Denial, Place, Problem};
use crate::jobs::JobKind;
use crate::long_work::{Owner, WorkFor};
use crate::pace::read_body;
use crate::pending_imports::{Arrived, Pending, Upload};
use crate::progress::Progress;
use crate::reports::attached::Attached;
use crate::store::pending_lists::PendingList;
use crate::tables::{Charset, Limits, List, ListKind, ReadOptions, TableError, read_table};
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
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct AskImport {
    /// Who issued the list, an office or a register: codes are unique under this name, here and in other events, and a
    /// later list of this name updates the same people. It may be left out where the columns show which register it is.
    pub issuer: Option<String>,
    /// What columns mean that are called otherwise, as JSON: `{"Рег. №": "code", "Отряд": "team"}`. Remembered in the
    /// event for lists of this issuer when the plan is accepted.
    pub columns: Option<String>,
    /// The sheet of a workbook; the visible ones that have the headers of a list if nothing is said.
    pub sheet: Option<String>,
    /// The encoding of a text, such as `windows-1251` or `KZ-1048`; the one that its letters speak for if nothing is said.
    pub encoding: Option<String>,
    /// What stands between the cells of a text: one character, or `tab`.
    pub delimiter: Option<String>,
    /// The line with the headers; the first in which headers are known if nothing is said.
    pub header_row: Option<u64>,
}

/// Decides about a question of a plan.
#[derive(Serialize, Deserialize, Debug, Clone, JsonSchema)]
pub struct DecidedLine {
    /// The line that is asked about.
    pub line: Option<u64>,
    /// The code in the list, instead of the line.
    pub code: Option<String>,
    /// `same`: it is the human being of the record, which follows the list. `other`: it is another one, who is added and
    /// gets the code.
    pub decision: LineDecision,
}

/// What somebody decided about a line that asks.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineDecision {
    /// The same human being.
    Same,
    /// The code names another human being now.
    Other,
}

/// How a plan is accepted.
#[derive(Serialize, Deserialize, Debug, Clone, Default, JsonSchema)]
pub struct AcceptImport {
    /// Decisions about its questions. What is not decided is left out.
    #[serde(default)]
    pub decisions: Vec<DecidedLine>,
}

/// What became of a plan.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct AcceptedImport {
    /// Up to here everything is durable.
    pub revision: u64,
    /// It had been written before.
    pub again: bool,
    /// How many lines were left out: refused, or not decided.
    pub left_out: usize,
}

impl From<TableError> for Denial {
    fn from(error: TableError) -> Self {
        let column = error.column.map(|column| column as u64);
        let place = Place {
            field: Some("file".to_owned()),
            why: Some(error.fault.to_string()),
            expects: None,
            line: error.line,
            column,
        };
        Self { problem: Problem::BAD_FILE, place: Box::new(place) }
    }
}

fn bad_file(line: Option<u64>, why: String) -> Denial {
    let place = Place { field: Some("file".to_owned()), why: Some(why), expects: None, line, column: None };
    Denial { problem: Problem::BAD_FILE, place: Box::new(place) }
}

/// `POST /v1/events/{event}/imports`: the body is the file, CSV or XLSX.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_FILE`], [`Problem::TOO_LARGE`],
/// [`Problem::TOO_MANY_PLANS`], [`Problem::TIMEOUT`].
pub async fn upload(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by: visitor }: OrganizerOf,
    Asked(asked): Asked<AskImport>,
    Unread(body): Unread,
) -> Result<Created<PlannedImport>, Denial> {
    // Before the body is read: what waits at the door takes no memory.
    said(&asked)?;
    let by = visitor.device(&app)?.id;
    let _uploading = app.pending_imports.begin_upload(by)?;
    let file = read_body(body, LIST_LIMIT_BYTES, app.places.limits.patience).await?;
    let _place = app.pending_imports.places.acquire().await.map_err(|_| Problem::BUSY)?;
    let at = app.auth.clock().now();
    let upload = app.plan_list(&visitor, event, Listed { asked: &asked, file: file.clone(), at }).await?;
    let asked = serde_json::to_vec(&asked).map_err(|_| Problem::INTERNAL)?;
    let upload = app.pending_imports.keep(upload, Arrived { by, at, asked, file: file.into() })?;
    Ok(Created(planned(&upload)?))
}

/// A list that is to be read.
struct Listed<'a> {
    asked: &'a AskImport,
    file: Bytes,
    /// When it came.
    at: UnixMillis,
}

impl App {
    /// Reads a list, and finds out what it would do in the event as it stands.
    async fn plan_list(&self, visitor: &Visitor, event: EventId, list: Listed<'_>) -> Result<Upload, Denial> {
        let Listed { asked, file, at } = list;
        let limits = Limits {
            file_bytes: LIST_LIMIT_BYTES,
            inflated_bytes: 96 << 20,
            rows: 60_000,
            columns: 200,
            cells: 4_000_000,
            text_bytes: 48 << 20,
            ..Limits::default()
        };
        let known = Arc::new(said(asked)?);
        let said = Arc::clone(&known);
        let reader = self.reader(visitor)?;
        let columns = reader.see(event, move |seen| known.known_columns(seen.ledger.documents().info())).await?;
        let options = ReadOptions { limits, ..read_options(asked, columns)? };
        let list = self.auth.workers().run(move || read_table("list", &file, &options));
        let List { tables, notes } = list.await.map_err(|_| Problem::INTERNAL)??;
        said.check_columns(tables.iter())
            .map_err(|error| Denial::of_field(Problem::BAD_FIELD, "columns", error.to_string()))?;
        let erased = self.desks.erased_people(event).await?;
        let upload = reader.see(event, move |seen| {
            let info = seen.ledger.documents().info();
            let source = Source::of(&tables, info, &said, at.0.div_euclid(86_400_000))
                .map_err(|error| Denial::of_field(Problem::BAD_FIELD, "issuer", error.to_string()))?
                .beside_walk_ins(seen.ledger.documents());
            let mut plan = plan(&tables, &seen.ledger, event, &source)?;
            let like = |addition: &Addition| (addition.line, erased.like(&known_by(&addition.person)));
            let alike = plan.added.iter().map(like).filter(|(_, alike)| !alike.is_empty()).collect();
            plan.ask_about_erased(&alike, &source.issuer);
            let rulings = seen.ledger.documents().rulings();
            let attached = plan.questions.iter().filter_map(|question| {
                let subject = Subject::Person(question.person?);
                Some((question.line, Attached::to(subject, &seen.view, rulings)))
            });
            let (id, attached, said) = (id_of(&plan, &source), attached.collect(), Said::clone(&said));
            let era = seen.ledger.documents().era();
            Ok::<_, Denial>(Upload { id, event, era, tables, notes, source, said, plan, attached, alike })
        });
        upload.await?
    }
}

fn read_options(asked: &AskImport, columns: BTreeMap<String, Meaning>) -> Result<ReadOptions, Denial> {
    let wrong = |field: &str, why: String| Denial::of_field(Problem::BAD_FIELD, field, why);
    let charset = asked
        .encoding
        .as_deref()
        .map(|name| name.parse::<Charset>().map_err(|error| wrong("encoding", error.to_string())));
    let delimiter = asked.delimiter.as_deref().map(|text| match text.as_bytes() {
        [byte] if byte.is_ascii() => Ok(*byte),
        _ if text == "tab" => Ok(b'\t'),
        _ => Err(wrong("delimiter", "one character, or `tab`".to_owned())),
    });
    Ok(ReadOptions {
        sheet: asked.sheet.clone(),
        charset: charset.transpose()?,
        delimiter: delimiter.transpose()?,
        header_row: asked.header_row,
        kind: ListKind::People(columns),
        ..ReadOptions::default()
    })
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

fn plan(tables: &[Table], ledger: &Ledger, event: EventId, source: &Source) -> Result<ImportPlan, Denial> {
    let roster = ledger.documents().roster();
    let plan = plan_import(tables, roster, event, source).map_err(|error| bad_file(None, error.to_string()))?;
    match plan.added.get(ROSTER_LIMIT.saturating_sub(roster.people.len())) {
        None => Ok(plan),
        Some(over) => Err(bad_file(Some(over.line), format!("an event has room for {ROSTER_LIMIT} people"))),
    }
}

/// Follows from everything that the plan would write, and from what it would not.
fn id_of(plan: &ImportPlan, source: &Source) -> String {
    let written = (&plan.added, &plan.updated, &plan.agreed, &plan.conflicts, &plan.questions, &plan.problems);
    let said = format!("{:?}", (source, written));
    let hash = Sha256::new().chain_update(b"saxaul/plan\0").chain_update(said).finalize();
    hash[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `GET /v1/events/{event}/imports/{plan}`: the lines of a plan.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::UNKNOWN_PLAN`], [`Problem::BAD_CURSOR`].
pub async fn lines(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    PlanInPath(id): PlanInPath,
    Asked(asked): Asked<AskPage>,
) -> Result<Json<Page<PlannedLine>>, Denial> {
    let limit = page_limit(asked.limit)?;
    let after = read_cursor(asked.after.as_deref(), |text| text.parse::<u64>().ok())?.unwrap_or(0);
    let upload = app.plan_of(&by, event, &id).await?;
    Ok(Json(lines_after(&upload, after, limit)))
}

/// `POST /v1/events/{event}/imports/{plan}/accept`: writes what the plan says, if that is still what it would say. Lines
/// about which the plan asks are written as the body decides, and left out where it says nothing. A long list is written
/// in parts; if that is cut short, repeat it.
///
/// # Errors
/// As for every write; [`Problem::UNKNOWN_PLAN`], [`Problem::PLAN_CHANGED`]; [`Problem::BAD_FIELD`] for a decision about a
/// line that is not asked about.
pub async fn accept(
    State(app): State<Arc<App>>,
    writing: Writing,
    PlanInPath(id): PlanInPath,
    Asked(asked): Asked<AskJob>,
    Body(body): Body<AcceptImport>,
) -> Result<NowOrJob<Json<AcceptedImport>>, Denial> {
    let upload = app.plan_of(&writing.by, writing.event, &id).await?;
    let mut decided = upload.plan.clone();
    decided
        .decide(&decisions(&body)?)
        .map_err(|error| Denial::of_field(Problem::BAD_FIELD, "decisions", error.to_string()))?;
    let device = writing.device.id;
    let sponsor = app.auth.sessions().sponsor_of(device);
    let work = WorkFor { owner: Owner::Device(device), sponsor, event: Some(writing.event) };
    let order = Order { kind: JobKind::Import, work, as_job: asked.job == Some(true) };
    let accepting = Arc::clone(&app);
    app.now_or_job(order, move |progress| async move {
        accept_parts(&accepting, &writing, Accepted { upload, decided, body }, &progress).await
    })
    .await
}

impl App {
    /// Finds a plan that may still be accepted. One that was made before an erasure tells nothing any more: an upload that
    /// was under way during the erasure may have been kept after it.
    async fn plan_of(&self, by: &Visitor, event: EventId, id: &str) -> Result<Arc<Upload>, Problem> {
        let pending = self.pending_imports.find(id, event, self.auth.clock().now());
        let upload = match pending.ok_or(Problem::UNKNOWN_PLAN)? {
            Pending::Planned(upload) => upload,
            Pending::Elsewhere(list) => self.plan_again(by, &list).await?,
        };
        let era = self.reader(by)?.see_documents(event, |ledger| ledger.documents().era()).await?;
        if upload.era == era { Ok(upload) } else { Err(Problem::UNKNOWN_PLAN) }
    }

    /// Makes a plan that another process has made. Where the event has moved on, so that the list would do something else
    /// now, nobody has seen that plan: the list is to be uploaded again.
    async fn plan_again(&self, by: &Visitor, list: &PendingList) -> Result<Arc<Upload>, Problem> {
        let _place = self.pending_imports.places.acquire().await.map_err(|_| Problem::BUSY)?;
        let asked = serde_json::from_slice(&list.asked).map_err(|_| Problem::INTERNAL)?;
        let listed = Listed { asked: &asked, file: Bytes::from(list.file.clone()), at: list.at };
        let upload = self.plan_list(by, list.event, listed).await.map_err(|denial| denial.problem)?;
        if upload.id == list.plan {
            Ok(self.pending_imports.remember(upload, self.auth.clock().now()))
        } else {
            Err(Problem::UNKNOWN_PLAN)
        }
    }
}

/// Whether nobody was erased since a plan was made, so that all who should be asked about were asked about.
fn is_of_era(ledger: &Ledger, era: Era) -> Result<(), Denial> {
    if ledger.documents().era() == era { Ok(()) } else { Err(Problem::PLAN_CHANGED.into()) }
}

/// A plan that somebody accepts.
struct Accepted {
    upload: Arc<Upload>,
    /// What the plan says with the decisions of the body.
    decided: ImportPlan,
    body: AcceptImport,
}

/// Writes the parts of a plan, one after the other, as long as nobody cancels it: repeating the request goes on.
async fn accept_parts(
    app: &App,
    writing: &Writing,
    accepted: Accepted,
    progress: &Progress,
) -> Result<Json<AcceptedImport>, Denial> {
    let Accepted { upload, decided, body } = accepted;
    let asked = (&upload.id, &body.decisions);
    let mut parts: Vec<Vec<Command>> =
        decided.commands(&upload.source.issuer).chunks(PART).map(<[Command]>::to_vec).collect();
    if parts.is_empty() {
        parts.push(Vec::new());
    }
    let count = parts.len();
    progress.expect(count);
    let mut total = Written { again: true, ..Written::default() };
    for (index, part) in parts.into_iter().enumerate() {
        let written = match index {
            0 => app.write_as_seen(writing, writing.part(0), &asked, first_part(&upload, part)).await?,
            _ => {
                let era = upload.era;
                let as_founded = move |ledger: &Ledger| is_of_era(ledger, era).map(|()| part.clone());
                app.write_part(writing, writing.part(index), &asked, as_founded).await?
            }
        };
        if progress.step().is_err() && index + 1 < count {
            return Err(Problem::CANCELLED.into());
        }
        total.revision = written.revision;
        total.again &= written.again;
    }
    Ok(Json(AcceptedImport { revision: total.revision, again: total.again, left_out: decided.left_out() }))
}

fn decisions(body: &AcceptImport) -> Result<Vec<(Which, Decision)>, Denial> {
    let read = |decided: &DecidedLine| {
        let which = match (decided.line, &decided.code) {
            (Some(line), None) => Which::Line(line),
            (None, Some(code)) => Which::Code(code.clone()),
            _ => {
                let why = "each names a line or a code";
                return Err(Denial::of_field(Problem::BAD_FIELD, "decisions", why.to_owned()));
            }
        };
        let decision = match decided.decision {
            LineDecision::Same => Decision::Same,
            LineDecision::Other => Decision::Other,
        };
        Ok((which, decision))
    };
    body.decisions.iter().map(read).collect()
}

/// The first part of a plan, on the very revision on which it still says the same.
fn first_part(upload: &Arc<Upload>, part: Vec<Command>) -> Arc<LookPlan> {
    let upload = Arc::clone(upload);
    Arc::new(move |seen: &Seen| {
        is_of_era(&seen.ledger, upload.era)?;
        let mut again = plan(&upload.tables, &seen.ledger, upload.event, &upload.source)?;
        again.ask_about_erased(&upload.alike, &upload.source.issuer);
        if id_of(&again, &upload.source) != upload.id {
            return Err(Problem::PLAN_CHANGED.into());
        }
        let columns = upload.source.to_remember(&upload.said, seen.ledger.documents().info());
        Ok(columns.into_iter().map(Command::EditEvent).chain(part.clone()).collect())
    })
}
