//! «Волонтёр года»: a shortlist by verified hours with its evidence, over one event or those of an office.

use std::collections::BTreeMap;
use std::sync::Arc;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Described};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use clap::ValueEnum;
use jiff::civil::Date;
use schemars::{JsonSchema, json_schema};
use serde::Deserialize;
use sync_core::documents::event::EventInfo;
use sync_core::ids::{DeviceId, EventId};
use sync_core::view::{AwardsQuery, AwardsRecord, Basis, Sources, dossier};

use super::publications::{as_published, publication};
use super::reports::read_language;
use crate::api::callers::{Organizer, OrganizerOf};
use crate::api::described::{binary, content};
use crate::api::jobs::{NowOrJob, Order};
use crate::api::place::Asked;
use crate::app::App;
use crate::error::{Denial, Problem};
use crate::jobs::JobKind;
use crate::long_work::WorkFor;
use crate::progress::Progress;
use crate::reports::{DOSSIER_FORMATS, DossierMaterial, Exported, Format, write_dossier};
use crate::views::Seen;

/// What is asked of an event.
#[derive(Deserialize, Debug, Default, JsonSchema)]
#[serde(default)]
pub struct AskDossier {
    /// `json`, `xlsx` or `pdf`; JSON if nothing is said.
    pub format: Option<String>,
    /// `kk`, `ru` or `en`: the language of XLSX and PDF.
    pub lang: Option<String>,
    /// The first date that counts.
    pub from: Option<String>,
    /// The last date that counts.
    pub until: Option<String>,
    /// Whoever has less verified time, in seconds, is left out.
    pub at_least_s: Option<u64>,
    /// How many are shortlisted, 1 to 1000; 10 if nothing is said. More, if the last of them have equal hours.
    pub most: Option<usize>,
    /// As it was published under this number; as it is now if nothing is said.
    pub publication: Option<u32>,
    /// True answers at once, with 202 and the address of a job: for what takes longer than a request may.
    pub job: Option<bool>,
}

/// What is asked of the events of an office.
#[derive(Deserialize, Debug, Default, JsonSchema)]
#[serde(default)]
pub struct AskDossierAcross {
    /// The office, region or organisation; everything within the caller's rights if nothing is said.
    pub node: Option<String>,
    /// The register whose ids join people; every register if nothing is said.
    pub register: Option<String>,
    /// `json`, `xlsx` or `pdf`; JSON if nothing is said.
    pub format: Option<String>,
    /// `kk`, `ru` or `en`: the language of XLSX and PDF.
    pub lang: Option<String>,
    /// The first date that counts.
    pub from: Option<String>,
    /// The last date that counts.
    pub until: Option<String>,
    /// Whoever has less verified time, in seconds, is left out.
    pub at_least_s: Option<u64>,
    /// How many are shortlisted, 1 to 1000; 10 if nothing is said. More, if the last of them have equal hours.
    pub most: Option<usize>,
    /// True counts each event as its newest published report has it, and not as it is now.
    pub published: Option<bool>,
    /// True answers at once, with 202 and the address of a job: for what takes longer than a request may.
    pub job: Option<bool>,
}

/// The state of an event that is asked for.
#[derive(Clone, Copy)]
enum Known {
    /// As it is known now.
    Now,
    /// As it was published under a number.
    AsPublished(u32),
    /// As it was published last.
    AsPublishedLast,
}

/// A dossier to take away.
pub struct TakenDossier(Exported);

impl IntoResponse for TakenDossier {
    fn into_response(self) -> Response {
        let Exported { bytes, media_type, file_name, told: _ } = self.0;
        let headers = [
            (CONTENT_TYPE, media_type.to_owned()),
            (CONTENT_DISPOSITION, format!("attachment; filename=\"{file_name}\"")),
            (CACHE_CONTROL, "private, no-cache".to_owned()),
        ];
        (headers, bytes).into_response()
    }
}

impl OperationOutput for TakenDossier {
    type Inner = ();

    fn inferred_responses(_: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Described)> {
        let mut all = content("application/json", json_schema!({ "type": "object" }));
        for format in DOSSIER_FORMATS.iter().filter(|format| **format != Format::Json) {
            all.extend(content(format.media_type(), binary()));
        }
        vec![(Some(200), Described { description: "The dossier.".to_owned(), content: all, ..Described::default() })]
    }
}

/// What a dossier needs of one event: its evidence, what the event says of itself, and the names of its devices.
struct Read {
    record: AwardsRecord,
    info: EventInfo,
    devices: BTreeMap<DeviceId, String>,
}

/// `GET /v1/events/{event}/dossier`.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_FIELD`], [`Problem::UNKNOWN_PUBLICATION`],
/// [`Problem::NOT_REPRODUCED`].
pub async fn of_event(
    State(app): State<Arc<App>>,
    OrganizerOf { event, by }: OrganizerOf,
    Asked(asked): Asked<AskDossier>,
) -> Result<NowOrJob<TakenDossier>, Denial> {
    let AskDossier { format, lang, from, until, at_least_s, most, publication, job } = asked;
    let how = AskDossierAcross { format, lang, from, until, at_least_s, most, job, ..AskDossierAcross::default() };
    let query = how.query()?;
    let state = publication.map_or(Known::Now, Known::AsPublished);
    let work = WorkFor { owner: app.owner_of(&by), sponsor: by.sponsor(), event: Some(event) };
    app.take_dossier(work, vec![event], Asking { state, query, how }).await
}

/// `GET /v1/dossier`: over the events of an office, with every human being once.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::TOO_MANY_EVENTS`], [`Problem::BAD_FIELD`], [`Problem::UNKNOWN_PUBLICATION`],
/// [`Problem::NOT_REPRODUCED`].
pub async fn across(
    State(app): State<Arc<App>>,
    Organizer(by): Organizer,
    Asked(asked): Asked<AskDossierAcross>,
) -> Result<NowOrJob<TakenDossier>, Denial> {
    let query = asked.query()?;
    let state = if asked.published == Some(true) { Known::AsPublishedLast } else { Known::Now };
    let events = app.events_below(&by, asked.node.as_deref()).await?;
    let work = WorkFor { owner: app.owner_of(&by), sponsor: by.sponsor(), event: None };
    app.take_dossier(work, events, Asking { state, query, how: asked }).await
}

/// A dossier that is asked for.
struct Asking {
    state: Known,
    query: AwardsQuery,
    how: AskDossierAcross,
}

impl AskDossierAcross {
    fn query(&self) -> Result<AwardsQuery, Denial> {
        let most = self.most.unwrap_or(10);
        if !(1..=1000).contains(&most) {
            return Err(Denial::of_field(Problem::BAD_FIELD, "most", "1 to 1000"));
        }
        let date = |field, text: &Option<String>| {
            let wrong = |_| Denial::of_field(Problem::BAD_FIELD, field, "a date such as 2026-05-18");
            text.as_deref().map(|text| text.parse::<Date>().map_err(wrong)).transpose()
        };
        Ok(AwardsQuery {
            from: date("from", &self.from)?,
            until: date("until", &self.until)?,
            at_least_ms: self.at_least_s.unwrap_or_default().saturating_mul(1000),
            most,
            registers: self.register.clone().map(|register| vec![register]),
        })
    }
}

fn read(seen: &Seen, event: EventId, state: Known) -> Result<Read, Denial> {
    let documents = seen.ledger.documents();
    let devices = seen.ledger.grants().map(|(device, grant)| (*device, grant.name.clone())).collect();
    let published = match state {
        Known::Now => None,
        Known::AsPublished(number) => Some(publication(seen, number)?),
        Known::AsPublishedLast => Some(seen.view.publications.last().ok_or_else(|| {
            Denial::of_field(Problem::UNKNOWN_PUBLICATION, "published", format!("nothing of {event} was published"))
        })?),
    };
    if let Some(published) = published {
        let (_, past) = as_published(seen, published)?;
        let logs = past.logs.iter().collect();
        let sources = Sources { event: &past.event, roster: &past.roster, logs, rulings: &past.rulings };
        let record = AwardsRecord::of(event, Basis::published(&published.publication), &sources);
        return Ok(Read { record, info: past.event.clone(), devices });
    }
    let record = AwardsRecord::of(event, Basis::now(documents), &seen.sources());
    Ok(Read { record, info: documents.info().clone(), devices })
}

impl App {
    async fn take_dossier(
        self: &Arc<Self>,
        work: WorkFor,
        events: Vec<EventId>,
        Asking { state, query, how }: Asking,
    ) -> Result<NowOrJob<TakenDossier>, Denial> {
        let wrong = |field, why| Denial::of_field(Problem::BAD_FIELD, field, why);
        let format = how.format.as_deref().unwrap_or("json");
        let format = Format::from_str(format, true).ok().filter(|format| DOSSIER_FORMATS.contains(format));
        let format = format.ok_or_else(|| wrong("format", "json, xlsx or pdf"))?;
        let language = read_language(how.lang.as_deref())?;
        let writing = move |seen: Vec<(EventId, Arc<Seen>)>, progress: &Progress| {
            let (mut records, mut events, mut devices) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
            progress.expect(seen.len());
            for (event, seen) in seen {
                let Read { record, info, devices: more } = read(&seen, event, state)?;
                events.insert(record.id, info);
                devices.extend(more);
                records.push(record);
                progress.step().map_err(|_| Problem::CANCELLED)?;
            }
            let dossier = dossier(query, &records);
            let material = DossierMaterial { dossier: &dossier, events: &events, devices: &devices };
            write_dossier(&material, format, language)
                .map(TakenDossier)
                .map_err(|error| Denial::of_field(Problem::BAD_FIELD, "format", error.to_string()))
        };
        let order = Order { kind: JobKind::Report, work, as_job: how.job == Some(true) };
        let app = Arc::clone(self);
        self.now_or_job(order, move |progress| async move {
            let mut seen = Vec::new();
            {
                let reader = app.views.reader(work.owner)?;
                for event in events {
                    seen.push((event, reader.snapshot(event).await?));
                }
            }
            app.long_work.run(work, &progress, move |progress| writing(seen, progress)).await?
        })
        .await
    }
}
