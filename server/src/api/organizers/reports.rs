//! Reports to take away. What a report says and how it is written stands in [`crate::reports`].

use std::sync::Arc;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Described};
use axum::Extension;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use axum::http::{HeaderName, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use clap::ValueEnum;
use schemars::{JsonSchema, json_schema};
use serde::Deserialize;
use sync_core::documents::rulings::RulesEdition;
use sync_core::ids::{EventId, Subject};
use sync_core::view::{EventView, Published};
use sync_core::words::Language;

use super::fresh::Had;
use super::publications::{as_published, publication};
use super::read_id;
use crate::api::callers::TotalsReaderOf;
use crate::api::described::{binary, content, empty};
use crate::api::jobs::{LEFT_OUT_HEADER, NowOrJob, Order, WITHOUT_LATIN_HEADER};
use crate::api::place::{Asked, ReportInPath};
use crate::app::App;
use crate::auth::sessions::Access;
use crate::error::{Denial, Problem};
use crate::jobs::{JobKind, NamedPeople};
use crate::long_work::WorkFor;
use crate::progress::Progress;
use crate::reports::{self, Export, ExportError, Exported, Format, Material, PaperError, Signer};
use crate::views::{Seen, tag};

/// By which edition of the rules of time and hours a report was computed.
pub const RULES_EDITION_HEADER: HeaderName = HeaderName::from_static("x-saxaul-rules-edition");

/// How a report is wanted.
#[derive(Deserialize, Debug, Default, JsonSchema)]
#[serde(default)]
pub struct AskReport {
    /// `csv`, `xlsx`, `json`, `ics` or `pdf`; the usual one of the report if nothing is said.
    pub format: Option<String>,
    /// `kk`, `ru` or `en`: the language of headings and words. Without one, CSV and JSON have stable names.
    pub lang: Option<String>,
    /// As it was published under this number; as it is now if nothing is said. Letters rest on the newest published
    /// report if nothing is said, and are drafts before there is one.
    pub publication: Option<u32>,
    /// Badges and letters for this person alone.
    pub person: Option<String>,
    /// True answers at once, with 202 and the address of a job: for what takes longer than a request may.
    pub job: Option<bool>,
}

/// A report, at the revision that its tag names; or nothing, if the reader has it.
pub struct Report {
    tag: String,
    exported: Option<(Exported, RulesEdition)>,
}

impl IntoResponse for Report {
    fn into_response(self) -> Response {
        let headers = [(ETAG, self.tag), (CACHE_CONTROL, "private, no-cache".to_owned())];
        let Some((Exported { bytes, media_type, file_name, told }, edition)) = self.exported else {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        };
        let named = NamedPeople {
            left_out: told.left_out.iter().map(|one| one.subject).collect(),
            without_latin: told.without_latin.iter().map(|one| one.subject).collect(),
        };
        let left_out = naming(LEFT_OUT_HEADER, &named.left_out);
        let without_latin = naming(WITHOUT_LATIN_HEADER, &named.without_latin);
        let of_the_file = [
            (RULES_EDITION_HEADER, edition.to_string()),
            (CONTENT_TYPE, media_type.to_owned()),
            (CONTENT_DISPOSITION, format!("attachment; filename=\"{file_name}\"")),
        ];
        (headers, of_the_file, left_out, without_latin, Extension(named), bytes).into_response()
    }
}

/// A header that names people has at most so many bytes: proxies and clients hold all headers together to a few KiB.
const NAMING_BYTES: usize = 1024;

/// A header that names people by their ids, in ASCII as headers are: all of them where they have room, else the first
/// ones and `... N in all`. None where there is nobody to name.
fn naming(header: HeaderName, people: &[Subject]) -> Option<AppendHeaders<[(HeaderName, String); 1]>> {
    let rest = format!(", ... {} in all", people.len());
    let mut value = String::new();
    for id in people.iter().map(Subject::to_string) {
        let comma = if value.is_empty() { "" } else { ", " };
        if value.len() + comma.len() + id.len() + rest.len() > NAMING_BYTES {
            value.push_str(&rest);
            break;
        }
        value.push_str(comma);
        value.push_str(&id);
    }
    (!value.is_empty()).then(|| AppendHeaders([(header, value)]))
}

const DESCRIPTION: &str = "The report. On badges and letters, `x-saxaul-left-out` names by their ids the people for whom \
    nothing is printed, and `x-saxaul-without-latin` those whose name should stand in Latin letters and does not. Each \
    has at most 1024 bytes: where these do not hold all ids, the first ones and then `, ... N in all`. A job (`job=true`) \
    lists all of them, as `left_out` and `without_latin`.";

impl OperationOutput for Report {
    type Inner = ();

    fn inferred_responses(_: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Described)> {
        let mut all = content("application/json", json_schema!({}));
        for format in Format::value_variants().iter().filter(|format| **format != Format::Json) {
            let media_type = format.media_type().split(';').next().unwrap_or_default();
            all.extend(content(media_type, binary()));
        }
        let report = Described { description: DESCRIPTION.to_owned(), content: all, ..Described::default() };
        vec![(Some(200), report), empty(StatusCode::NOT_MODIFIED, "The reader has it.")]
    }
}

/// `GET /v1/events/{event}/reports/{report}`, for organizers; breakdowns also for front offices.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::UNKNOWN_REPORT`], [`Problem::BAD_FIELD`],
/// [`Problem::UNKNOWN_PUBLICATION`], [`Problem::NOT_REPRODUCED`], [`Problem::NOBODY`].
pub async fn report(
    State(app): State<Arc<App>>,
    TotalsReaderOf { event, by }: TotalsReaderOf,
    ReportInPath(export): ReportInPath,
    Asked(asked): Asked<AskReport>,
    had: Had,
) -> Result<NowOrJob<Report>, Denial> {
    // Breakdowns name nobody: a front office takes them away too.
    if export != Export::Breakdowns {
        by.require_access(&[Access::Organizer])?;
    }
    let wrong = |field: &str, why: &str| Denial::of_field(Problem::BAD_FIELD, field, why);
    let format = match asked.format.as_deref() {
        None => export.formats()[0],
        Some(text) => Format::from_str(text, true).map_err(|_| wrong("format", "csv, xlsx, json, ics or pdf"))?,
    };
    let language = read_language(asked.lang.as_deref())?;
    if export == Export::Calendar && asked.publication.is_some() {
        return Err(wrong(
            "publication",
            "a calendar is of the plan as it is now: what calendars hold already would go back",
        ));
    }
    let person = asked.person.as_deref().map(|person| read_id::<Subject>("person", person)).transpose()?;
    let stands = tag(app.views.stands(event).await?);
    if had.has(&stands) {
        return Ok(NowOrJob::Now(Report { tag: stands, exported: None }));
    }
    let wanted = Wanted { event, export, format, language, person, publication: asked.publication };
    let work = WorkFor { owner: app.owner_of(&by), sponsor: by.sponsor(), event: Some(event) };
    let order = Order { kind: JobKind::Report, work, as_job: asked.job == Some(true) };
    let writing = Arc::clone(&app);
    app.now_or_job(order, move |progress| async move {
        let seen = writing.views.reader(work.owner)?.snapshot(event).await?;
        let app = Arc::clone(&writing);
        writing.long_work.run(work, &progress, move |progress| wanted.write(&app, &seen, progress)).await?
    })
    .await
}

/// A report that is wanted.
struct Wanted {
    event: EventId,
    export: Export,
    format: Format,
    language: Option<Language>,
    person: Option<Subject>,
    publication: Option<u32>,
}

impl Wanted {
    fn write(self, app: &App, seen: &Seen, progress: &Progress) -> Result<Report, Denial> {
        let Self { event, export, format, language, person, publication: number } = self;
        let published = match number {
            Some(number) => Some(publication(seen, number)?),
            // A letter says what was published; who prints one before that gets a draft.
            None => seen.view.publications.last().filter(|_| export == Export::Letters),
        };
        let how = reports::Asked {
            language,
            only: person.into_iter().collect(),
            signer: Some(Signer::Home(app.auth.home())),
            home: Some(&app.public_url),
            published,
            progress: Some(progress),
            fonts: Some(&app.fonts),
        };
        let write = |material: &Material<'_>| reports::export(export, format, material, &how);
        let exported = match published.map(|published| then(seen, published, event, write)) {
            None => now(seen, write, event),
            // What the report rested on is gone, as after an erasure, and what is known now says the same.
            Some(Err(_)) if number.is_none() && published.is_some_and(|one| seen.view.says(one)) => {
                now(seen, write, event)
            }
            Some(written) => written?,
        };
        let exported = exported.map_err(|error| refusal(&error))?;
        Ok(Report { tag: seen.tag(), exported: Some((exported, how.rules_edition())) })
    }
}

/// Reads the language that is asked for.
pub(super) fn read_language(text: Option<&str>) -> Result<Option<Language>, Denial> {
    match text {
        None => Ok(None),
        Some("kk") => Ok(Some(Language::Kk)),
        Some("ru") => Ok(Some(Language::Ru)),
        Some("en") => Ok(Some(Language::En)),
        Some(_) => Err(Denial::of_field(Problem::BAD_FIELD, "lang", "kk, ru or en")),
    }
}

fn refusal(error: &ExportError) -> Denial {
    match error {
        ExportError::Paper(PaperError::Nobody) => Problem::NOBODY.into(),
        ExportError::Paper(PaperError::Unwritable(_)) => {
            Denial::of_field(Problem::UNWRITABLE, "report", error.to_string())
        }
        ExportError::Cancelled(_) => Problem::CANCELLED.into(),
        _ => Denial::of_field(Problem::BAD_FIELD, "format", error.to_string()),
    }
}

/// Writes from what the event says now.
fn now<T>(seen: &Seen, write: impl FnOnce(&Material<'_>) -> T, id: EventId) -> T {
    let documents = seen.ledger.documents();
    let logs: Vec<_> = documents.logs().collect();
    let (event, roster, rulings) = (documents.info(), documents.roster(), documents.rulings());
    let history = documents.event_statements();
    write(&Material { id, event, roster, logs: &logs, rulings, view: &seen.view, history: &history })
}

/// Writes from what the event said when a report was published.
fn then<T>(
    seen: &Seen,
    published: &Published,
    id: EventId,
    write: impl FnOnce(&Material<'_>) -> T,
) -> Result<T, Denial> {
    let (view, past): (EventView, _) = as_published(seen, published)?;
    let logs: Vec<_> = past.logs.iter().collect();
    let (event, roster, rulings) = (&past.event, &past.roster, &past.rulings);
    Ok(write(&Material { id, event, roster, logs: &logs, rulings, view: &view, history: &[] }))
}
