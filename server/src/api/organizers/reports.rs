//! Reports to take away. What a report says and how it is written stands in [`crate::reports`].

use std::sync::Arc;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Described};
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use clap::ValueEnum;
use schemars::{JsonSchema, json_schema};
use serde::Deserialize;
use sync_core::ids::{EventId, Subject};
use sync_core::view::{EventView, Published};
use sync_core::words::Language;

use super::fresh::Had;
use super::publications::{as_published, publication};
use super::read_id;
use crate::api::described::{binary, content, empty};
use crate::api::place::{Asked, ReportInPath};
use crate::api::visitor::TotalsReaderOf;
use crate::auth::sessions::Access;
use crate::error::{Denial, Problem};
use crate::reports::{self, Export, ExportError, Exported, Format, Material, PaperError, Signer};
use crate::router::App;
use crate::views::{Seen, tag};

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
}

/// A report, at the revision that its tag names; or nothing, if the reader has it.
pub struct Report {
    tag: String,
    exported: Option<Exported>,
}

impl IntoResponse for Report {
    fn into_response(self) -> Response {
        let headers = [(ETAG, self.tag), (CACHE_CONTROL, "private, no-cache".to_owned())];
        let Some(Exported { bytes, media_type, file_name }) = self.exported else {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        };
        let of_the_file = [
            (CONTENT_TYPE, media_type.to_owned()),
            (CONTENT_DISPOSITION, format!("attachment; filename=\"{file_name}\"")),
        ];
        (headers, of_the_file, bytes).into_response()
    }
}

impl OperationOutput for Report {
    type Inner = ();

    fn inferred_responses(_: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Described)> {
        let mut all = content("application/json", json_schema!({}));
        for format in Format::value_variants().iter().filter(|format| **format != Format::Json) {
            let media_type = format.media_type().split(';').next().unwrap_or_default();
            all.extend(content(media_type, binary()));
        }
        let report = Described { description: "The report.".to_owned(), content: all, ..Described::default() };
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
    ReportInPath(name): ReportInPath,
    Asked(asked): Asked<AskReport>,
    had: Had,
) -> Result<Report, Denial> {
    let export = Export::value_variants().iter().copied().find(|export| export.key() == name);
    let export = export.ok_or(Problem::UNKNOWN_REPORT)?;
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
    let person = asked.person.as_deref().map(|person| read_id::<Subject>("person", person)).transpose()?;
    let stands = tag(app.views.stands(event).await?);
    if had.has(&stands) {
        return Ok(Report { tag: stands, exported: None });
    }
    let (key, home) = (app.auth.home().clone(), app.public_url.clone());
    let write = move |seen: &Seen| {
        let published = match asked.publication {
            Some(number) => Some(publication(seen, number)?),
            // A letter says what was published; who prints one before that gets a draft.
            None => seen.view.publications.last().filter(|_| export == Export::Letters),
        };
        let how = reports::Asked {
            language,
            only: person.into_iter().collect(),
            signer: Some(Signer::Home(&key)),
            home: Some(&home),
            published,
        };
        let exported = match published {
            None => now(seen, |material| reports::export(export, format, material, &how), event),
            Some(published) => {
                then(seen, (published, event), |material| reports::export(export, format, material, &how))?
            }
        };
        Ok::<_, Denial>((seen.tag(), exported.map_err(|error| refusal(&error))?))
    };
    let (tag, exported) = app.views.see(event, write).await??;
    Ok(Report { tag, exported: Some(exported) })
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
        _ => Denial::of_field(Problem::BAD_FIELD, "format", error.to_string()),
    }
}

/// Writes from what the event says now.
fn now<T>(seen: &Seen, write: impl FnOnce(&Material<'_>) -> T, id: EventId) -> T {
    let documents = seen.ledger.documents();
    let logs: Vec<_> = documents.logs().collect();
    let (event, roster, rulings) = (documents.info(), documents.roster(), documents.rulings());
    write(&Material { id, event, roster, logs: &logs, rulings, view: &seen.view })
}

/// Writes from what the event said when a report was published.
fn then<T>(
    seen: &Seen,
    (published, id): (&Published, EventId),
    write: impl FnOnce(&Material<'_>) -> T,
) -> Result<T, Denial> {
    let (view, past): (EventView, _) = as_published(seen, published)?;
    let logs: Vec<_> = past.logs.iter().collect();
    let (event, roster, rulings) = (&past.event, &past.roster, &past.rulings);
    Ok(write(&Material { id, event, roster, logs: &logs, rulings, view: &view }))
}
