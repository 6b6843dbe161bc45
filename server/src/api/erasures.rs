//! People who ask to be erased.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::documents::roster::{ExternalId, Person, PersonName};
use sync_core::ids::{EraId, EventId, Subject};
use sync_core::import::{Likeness, known_by};

use super::body::Body;
use super::callers::Caller;
use super::jobs::{AskJob, NowOrJob, Order};
use super::organizers::person::{Code, Name};
use super::place::{Asked, EventInPath};
use crate::app::App;
use crate::desks::Erase;
use crate::error::{Denial, Problem};
use crate::jobs::JobKind;
use crate::long_work::{Owner, WorkFor};
use crate::progress::Progress;
use crate::store::audit::Deed;
use crate::views::Reader;
use crate::wire::{Erased, Erasure};

/// So many people are erased at once at the most.
const PEOPLE_LIMIT: usize = 10_000;

/// `POST /v1/events/{event}/erasures`: erases people, whichever of their ids is named. It is answered when nothing that
/// was said of them is in any file of the server. Repeating it is harmless.
///
/// Their hours and what was counted with them stay, under the code that is spoken for their id. Devices drop what they
/// know of them when they next come.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_BODY`], [`Problem::UNKNOWN_SUBJECT`],
/// [`Problem::HELD_SPEAKS_OF_THEM`], [`Problem::FULL`]. [`Problem::NOT_OVERWRITTEN`], [`Problem::STORE_IS_READ`] and
/// [`Problem::OVERWRITING`] say that they are erased, and why that is not complete yet.
pub async fn erase(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    EventInPath(event): EventInPath,
    Asked(asked): Asked<AskJob>,
    Body(body): Body<Erasure>,
) -> Result<NowOrJob<Json<Erased>>, Denial> {
    app.require_organizer(&caller, event)?;
    if body.people.is_empty() || body.people.len() > PEOPLE_LIMIT {
        return Err(Denial::of_field(Problem::BAD_FIELD, "people", format!("name 1 to {PEOPLE_LIMIT} people")));
    }
    let mut named = BTreeSet::new();
    for (index, text) in body.people.iter().enumerate() {
        let wrong = |_| Denial::of_field(Problem::BAD_FIELD, "people", format!("number {} is no id", index + 1));
        named.insert(text.parse::<Subject>().map_err(wrong)?);
    }
    let work = WorkFor {
        owner: Owner::Device(caller.id),
        sponsor: app.auth.sessions().sponsor_of(caller.id),
        event: Some(event),
    };
    let order = Order { kind: JobKind::Erasure, work, as_job: asked.job == Some(true) };
    let erasing = Arc::clone(&app);
    app.now_or_job(order, move |progress: Arc<Progress>| async move {
        progress.expect(1);
        progress.check().map_err(|_| Problem::CANCELLED)?;
        let reader = erasing.views.reader(work.owner)?;
        let people = erasing.erase(&reader, event, named, erasing.deed_of(&caller)).await?;
        // It is done, whether or not somebody cancelled it meanwhile.
        progress.step().ok();
        Ok(Json(Erased { people }))
    })
    .await
}

/// So many people are asked about at once at the most.
pub const ALIKE_LIMIT: usize = 1000;

/// Somebody whom a list would add.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Newcomer {
    /// Spellings of the name.
    pub names: Vec<Name>,
    /// Telephone numbers, as they are written.
    pub phone: Option<String>,
    /// Ids in other registers.
    pub external_ids: Vec<Code>,
}

/// The body of `POST /v1/events/{event}/erasures/alike`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct AskAlike {
    /// Who; 1 to 1,000.
    pub people: Vec<Newcomer>,
}

/// In what somebody is like people who were erased.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlikeIn {
    /// They have the same name.
    Name,
    /// The end of a telephone number.
    Phone,
    /// An id in another register.
    Id,
}

impl From<Likeness> for AlikeIn {
    fn from(likeness: Likeness) -> Self {
        match likeness {
            Likeness::Name => Self::Name,
            Likeness::Phone => Self::Phone,
            Likeness::Id => Self::Id,
        }
    }
}

impl From<AlikeIn> for Likeness {
    fn from(alike: AlikeIn) -> Self {
        match alike {
            AlikeIn::Name => Self::Name,
            AlikeIn::Phone => Self::Phone,
            AlikeIn::Id => Self::Id,
        }
    }
}

/// Who may have been erased.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Alike {
    /// For each of those who were asked about, in what they are like people who were erased; empty for most.
    pub alike: Vec<Vec<AlikeIn>>,
}

/// `POST /v1/events/{event}/erasures/alike`: tells who is like somebody who was erased from the event. Home has kept
/// nothing of them but codes under its key; a program that imports a list asks before it brings them back.
///
/// # Errors
/// [`Problem::FORBIDDEN`], [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_BODY`], [`Problem::BAD_FIELD`].
pub async fn alike(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    EventInPath(event): EventInPath,
    Body(body): Body<AskAlike>,
) -> Result<Json<Alike>, Denial> {
    app.require_organizer(&caller, event)?;
    if body.people.is_empty() || body.people.len() > ALIKE_LIMIT {
        return Err(Denial::of_field(Problem::BAD_FIELD, "people", format!("ask about 1 to {ALIKE_LIMIT} people")));
    }
    let erased = app.desks.erased_people(event).await?;
    let alike_in = |newcomer: Newcomer| {
        let person = Person {
            names: newcomer.names.into_iter().map(PersonName::from).collect(),
            phone: newcomer.phone,
            external_ids: newcomer.external_ids.into_iter().map(ExternalId::from).collect(),
            ..Person::default()
        };
        erased.like(&known_by(&person)).into_iter().map(AlikeIn::from).collect()
    };
    Ok(Json(Alike { alike: body.people.into_iter().map(alike_in).collect() }))
}

impl App {
    /// Erases people, whichever of their ids is named. Returns how many human beings they are.
    ///
    /// # Errors
    /// [`Problem::UNKNOWN_EVENT`], [`Problem::UNKNOWN_SUBJECT`], and as for [`crate::desks::Desks::erase`].
    pub(crate) async fn erase(
        &self,
        reader: &Reader<'_>,
        event: EventId,
        named: BTreeSet<Subject>,
        deed: Deed,
    ) -> Result<u32, Problem> {
        let found = reader.see(event, move |seen| {
            let documents = seen.ledger.documents();
            let is_known = |subject: &Subject| match subject {
                Subject::Person(id) => documents.roster().people.contains_key(id),
                Subject::WalkIn(id) => documents.walk_in(*id).is_some(),
            };
            let is_done = |subject: &Subject| documents.roster().erased.contains(subject);
            if !named.iter().all(|subject| is_known(subject) || is_done(subject)) {
                return Err(Problem::UNKNOWN_SUBJECT);
            }
            let classes: BTreeSet<Subject> = named.iter().map(|subject| seen.view.class_of(*subject)).collect();
            let subjects = classes.iter().flat_map(|class| seen.view.classes.members_of(*class));
            let subjects: BTreeSet<Subject> = subjects.filter(|subject| !is_done(subject)).collect();
            Ok((subjects, u32::try_from(classes.len()).unwrap_or(u32::MAX)))
        });
        let (subjects, people) = found.await??;
        if !subjects.is_empty() {
            let era = EraId(self.auth.random().draw());
            let erase = Erase { subjects, era, people, deed, forgotten: None, only_if_recorded: None };
            self.desks.erase(event, erase).await?;
            self.erased_from(event);
            tracing::info!(%event, people, "erased");
        }
        // Whoever repeats it may have been told that this was not done yet. Half the time that a request has is left for
        // the answer.
        self.overwriting.finish_within(self.places.limits.patience / 2).await?;
        Ok(people)
    }

    /// Lets go of everything in memory that may name who was just erased from an event.
    pub(crate) fn erased_from(&self, event: EventId) {
        self.jobs.forget_reports_of(event);
        self.pending_imports.forget_all_of(event);
    }
}
