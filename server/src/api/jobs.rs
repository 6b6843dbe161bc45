//! Long work as jobs: `202` with an address, its progress there, its result below it, and a way to cancel it.

use std::future::Future;
use std::sync::Arc;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Described};
use axum::Json;
use axum::body::to_bytes;
use axum::extract::State;
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, NoContent, Response};
use schemars::{JsonSchema, json_schema};
use serde::{Deserialize, Serialize};
use sync_core::ids::Subject;

use super::described::{add_problems, binary, content, success};
use super::place::JobInPath;
use super::visitor::Visitor;
use crate::app::App;
use crate::error::{Denial, Problem};
use crate::jobs::{Job, JobAnswer, JobKind, JobState, NamedPeople};
use crate::long_work::{Owner, WorkFor};
use crate::progress::Progress;
use crate::views::Reader;

/// Names people, by their ids, whom a report leaves out because no font has the letters of their names: the first of
/// them, and how many there are.
pub const LEFT_OUT_HEADER: HeaderName = HeaderName::from_static("x-saxaul-left-out");
/// Whose name no rule spells in Latin letters, on papers where it should stand in these; written as [`LEFT_OUT_HEADER`] is.
pub const WITHOUT_LATIN_HEADER: HeaderName = HeaderName::from_static("x-saxaul-without-latin");

/// Whether to answer with a job.
#[derive(Deserialize, Debug, Default, JsonSchema)]
#[serde(default)]
pub struct AskJob {
    /// True answers at once, with 202 and the address of a job: for what takes longer than a request may.
    pub job: Option<bool>,
}

/// How a job stands.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KnownJobState {
    /// It waits for its turn, or works.
    UnderWay,
    /// Its result can be fetched.
    Done,
    /// It came to nothing: `problem` says why.
    Failed,
}

/// The answer of `GET /v1/jobs/{job}`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownJob {
    /// By which it is found.
    pub job: String,
    /// `report`, `import` or `erasure`.
    pub kind: String,
    /// About which event, if it is about one.
    pub event: Option<String>,
    /// Whether the job is under way, done or failed.
    pub state: KnownJobState,
    /// Steps that are done.
    pub done: u64,
    /// Steps that are expected in all; 0 while that is not known.
    pub expected: u64,
    /// Where its result is, once it is done.
    pub result: Option<String>,
    /// The code of the problem with which it failed.
    pub problem: Option<String>,
    /// Ids of the people whom the result leaves out, because no font has the letters of their names.
    pub left_out: Vec<String>,
    /// Ids of the people whose names stand as they are written on papers for foreign readers, because no rule spells them
    /// in Latin letters. A spelling among their names is used instead.
    pub without_latin: Vec<String>,
}

impl From<&Job> for KnownJob {
    fn from(job: &Job) -> Self {
        let (done, expected) = job.progress.so_far();
        let (state, problem) = match &job.state {
            JobState::UnderWay => (KnownJobState::UnderWay, None),
            JobState::Ended(answer) => match answer.as_ref() {
                Ok(_) => (KnownJobState::Done, None),
                Err(denial) => (KnownJobState::Failed, Some(denial.problem.code.to_owned())),
            },
        };
        let named = match &job.state {
            JobState::Ended(answer) => answer.as_ref().as_ref().map(|answer| answer.named.clone()).unwrap_or_default(),
            JobState::UnderWay => NamedPeople::default(),
        };
        let ids = |people: &[Subject]| people.iter().map(Subject::to_string).collect();
        Self {
            job: job.id.clone(),
            kind: job.kind.key().to_owned(),
            event: job.work.event.map(|event| event.to_string()),
            state,
            done,
            expected,
            result: (state == KnownJobState::Done).then(|| format!("/v1/jobs/{}/result", job.id)),
            problem,
            left_out: ids(&named.left_out),
            without_latin: ids(&named.without_latin),
        }
    }
}

/// The answer, or the job that will have it.
pub enum NowOrJob<T> {
    /// The answer itself: the work was done while the request waited.
    Now(T),
    /// The job that goes on without the request.
    Job(KnownJob),
}

impl<T: IntoResponse> IntoResponse for NowOrJob<T> {
    fn into_response(self) -> Response {
        match self {
            Self::Now(answer) => answer.into_response(),
            Self::Job(job) => {
                let headers = [(LOCATION, format!("/v1/jobs/{}", job.job)), (RETRY_AFTER, "1".to_owned())];
                (StatusCode::ACCEPTED, headers, Json(job)).into_response()
            }
        }
    }
}

impl<T: OperationOutput> OperationOutput for NowOrJob<T> {
    type Inner = T::Inner;

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Described)> {
        let mut all = T::inferred_responses(ctx, operation);
        all.push(success::<KnownJob>(ctx, StatusCode::ACCEPTED));
        add_problems(ctx, operation, &[Problem::TOO_MUCH_WORK, Problem::CANCELLED, Problem::ASK_FOR_A_JOB]);
        all
    }
}

/// What is to be done, and how it is to be answered.
pub(super) struct Order {
    pub kind: JobKind,
    pub work: WorkFor,
    /// Whether the caller asked for a job.
    pub as_job: bool,
}

impl App {
    /// For whom a visitor's work is done.
    pub(super) fn owner_of(&self, visitor: &Visitor) -> Owner {
        match (visitor.device(self), visitor) {
            (Ok(device), _) => Owner::Device(device.id),
            (Err(_), Visitor::Session(session)) => Owner::Session(session.id),
            (Err(_), Visitor::Device(device)) => Owner::Device(device.id),
        }
    }

    /// Lets a visitor read events, for one request.
    ///
    /// # Errors
    /// As for [`crate::views::Views::reader`].
    pub(super) fn reader(&self, visitor: &Visitor) -> Result<Reader<'_>, Problem> {
        self.views.reader(self.owner_of(visitor))
    }

    /// Does something that may take long: while the caller waits, and no longer than a request may; or as a job.
    ///
    /// # Errors
    /// Whatever the work is refused for; [`Problem::TOO_MUCH_WORK`], [`Problem::ASK_FOR_A_JOB`].
    pub(super) async fn now_or_job<T, F>(
        self: &Arc<Self>,
        Order { kind, work, as_job }: Order,
        doing: impl FnOnce(Arc<Progress>) -> F,
    ) -> Result<NowOrJob<T>, Denial>
    where
        T: IntoResponse + Send + 'static,
        F: Future<Output = Result<T, Denial>> + Send + 'static,
    {
        let progress = self.long_work.progress();
        if !as_job {
            let _ends_with_the_request = progress.cancel_on_drop();
            let in_time = tokio::time::timeout(self.places.limits.for_long_work(), doing(Arc::clone(&progress)));
            return in_time.await.map_err(|_| Problem::ASK_FOR_A_JOB)?.map(NowOrJob::Now);
        }
        let job = self.jobs.begin(kind, work, Arc::clone(&progress), self.auth.clock().now())?;
        let (app, doing, id) = (Arc::clone(self), doing(progress), job.id.clone());
        self.jobs.tasks.spawn(async move {
            let answer = match doing.await {
                Ok(done) => kept(done.into_response()).await,
                Err(denial) => Err(denial),
            };
            app.jobs.end(&id, answer, app.auth.clock().now());
        });
        Ok(NowOrJob::Job(KnownJob::from(&job)))
    }

    fn job(&self, id: &str, visitor: &Visitor) -> Result<Job, Problem> {
        let found = self.jobs.find(id, self.owner_of(visitor), self.auth.clock().now());
        found.ok_or(Problem::UNKNOWN_JOB)
    }
}

async fn kept(response: Response) -> Result<JobAnswer, Denial> {
    if let Some(denial) = response.extensions().get::<Denial>() {
        return Err(denial.clone());
    }
    let (mut head, body) = response.into_parts();
    let named = head.extensions.remove::<NamedPeople>().unwrap_or_default();
    let body = to_bytes(body, usize::MAX).await.map_err(|_| Problem::INTERNAL)?.to_vec();
    let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
    Ok(JobAnswer { status: head.status.as_u16(), headers: headers.collect(), body, named })
}

/// `GET /v1/jobs/{job}`, for whoever began it.
///
/// # Errors
/// [`Problem::UNKNOWN_JOB`].
pub async fn one(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    JobInPath(id): JobInPath,
) -> Result<Json<KnownJob>, Denial> {
    Ok(Json(KnownJob::from(&app.job(&id, &visitor)?)))
}

/// What the request would have been answered.
pub struct JobResult(JobAnswer);

impl IntoResponse for JobResult {
    fn into_response(self) -> Response {
        let JobAnswer { status, headers, body, named: _ } = self.0;
        let mut response = body.into_response();
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        let all = response.headers_mut();
        all.clear();
        for (name, value) in &headers {
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value)) {
                all.append(name, value);
            }
        }
        response
    }
}

impl OperationOutput for JobResult {
    type Inner = ();

    fn inferred_responses(_: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Described)> {
        let mut all = content("application/json", json_schema!({}));
        all.extend(content("*/*", binary()));
        let description = "What the request that began the job would have been answered.".to_owned();
        vec![(Some(200), Described { description, content: all, ..Described::default() })]
    }
}

/// `GET /v1/jobs/{job}/result`, for whoever began it, as often as they like while it is kept.
///
/// # Errors
/// [`Problem::UNKNOWN_JOB`], [`Problem::JOB_UNDER_WAY`], and the problem with which the job failed.
pub async fn result(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    JobInPath(id): JobInPath,
) -> Result<JobResult, Denial> {
    match app.job(&id, &visitor)?.state {
        JobState::UnderWay => Err(Problem::JOB_UNDER_WAY.into()),
        JobState::Ended(answer) => answer.as_ref().clone().map(JobResult),
    }
}

/// `DELETE /v1/jobs/{job}`: asks its work to end, and forgets it. What was written already stays written.
///
/// # Errors
/// [`Problem::UNKNOWN_JOB`].
pub async fn cancel(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    JobInPath(id): JobInPath,
) -> Result<NoContent, Denial> {
    if app.jobs.forget(&id, app.owner_of(&visitor)) { Ok(NoContent) } else { Err(Problem::UNKNOWN_JOB.into()) }
}
