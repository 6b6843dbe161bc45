//! Long work that goes on without the request that began it: its progress, and its result for a while.
//!
//! A job belongs to whoever began it. Its result is the very answer that the request would have had. Jobs are kept in
//! memory alone: a server that was stopped knows none, and nothing of them is on any disk.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sync_core::ids::{DeviceId, EventId, Subject};
use sync_core::time::UnixMillis;
use tokio_util::task::TaskTracker;

use crate::clock::RandomSource;
use crate::error::{Denial, Problem};
use crate::long_work::{Owner, WorkFor};
use crate::progress::Progress;

/// The result of a job is kept for so long after its end.
const LIFE_MS: i64 = 15 * 60 * 1000;
/// An owner has so many jobs under way at the most.
const UNDER_WAY_OF_OWNER: usize = 4;
/// All owners behind whom one device stands have so many under way at the most.
const UNDER_WAY_OF_SPONSOR: usize = 16;
/// An owner has so many jobs at the most; the one that ended first goes first.
const OF_OWNER: usize = 8;
/// So many jobs are known in all; of the sponsor with the most, the one that ended first goes first.
const IN_ALL: usize = 256;
/// Results of one owner take no more bytes than this.
const BYTES_OF_OWNER: usize = 128 << 20;
/// All results together take no more than this.
const BYTES_IN_ALL: usize = 256 << 20;

/// What a job does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobKind {
    /// Writes a report or a dossier.
    Report,
    /// Writes what the plan of an import says.
    Import,
    /// Erases people from an event.
    Erasure,
}

impl JobKind {
    /// The name of the kind in the API.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Import => "import",
            Self::Erasure => "erasure",
        }
    }
}

/// What the request would have been answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobAnswer {
    /// The HTTP status of the answer.
    pub status: u16,
    /// Names and values of its headers.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body of the answer.
    pub body: Vec<u8>,
    /// Whom the job names beside its result.
    pub named: NamedPeople,
}

impl JobAnswer {
    fn bytes(&self) -> usize {
        let NamedPeople { left_out, without_latin } = &self.named;
        self.body.len() + size_of_val(&**left_out) + size_of_val(&**without_latin)
    }
}

/// People whom a report names beside its pages: all of them, where headers name the first ones.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NamedPeople {
    /// For whom nothing is printed.
    pub left_out: Arc<[Subject]>,
    /// Whose name should stand in Latin letters, and does not.
    pub without_latin: Arc<[Subject]>,
}

/// How a job stands.
#[derive(Clone, Debug)]
pub enum JobState {
    /// It waits or works.
    UnderWay,
    /// It has ended: with what was asked for, or with a problem.
    Ended(Arc<Result<JobAnswer, Denial>>),
}

/// Long work that goes on without the request that began it.
#[derive(Clone, Debug)]
pub struct Job {
    /// Names it; only its owner can use the name.
    pub id: String,
    /// Which work it is.
    pub kind: JobKind,
    /// For whom, about what.
    pub work: WorkFor,
    /// How far it is.
    pub progress: Arc<Progress>,
    /// Whether it has ended, and how.
    pub state: JobState,
    ended: Option<UnixMillis>,
}

impl Job {
    fn is_under_way(&self) -> bool {
        self.ended.is_none()
    }

    fn bytes(&self) -> usize {
        match &self.state {
            JobState::Ended(answer) => answer.as_ref().as_ref().map_or(0, JobAnswer::bytes),
            JobState::UnderWay => 0,
        }
    }
}

/// The jobs that are known.
pub struct Jobs {
    known: Mutex<HashMap<String, Job>>,
    random: RandomSource,
    /// Whatever works for a job.
    pub tasks: TaskTracker,
}

impl Jobs {
    /// No job is known yet; their ids are drawn from `random`.
    #[must_use]
    pub fn new(random: RandomSource) -> Self {
        Self { known: Mutex::default(), random, tasks: TaskTracker::new() }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, Job>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a new job.
    ///
    /// # Errors
    /// [`Problem::TOO_MUCH_WORK`] where the owner, or the device behind them, has too many under way; [`Problem::BUSY`]
    /// where there are too many under way of all owners.
    pub fn begin(
        &self,
        kind: JobKind,
        work: WorkFor,
        progress: Arc<Progress>,
        now: UnixMillis,
    ) -> Result<Job, Problem> {
        let mut known = self.known();
        forget_old(&mut known, now);
        let own = || known.values().filter(|job| job.work.owner == work.owner);
        if own().filter(|job| job.is_under_way()).count() >= UNDER_WAY_OF_OWNER {
            return Err(Problem::TOO_MUCH_WORK);
        }
        let of_sponsor = known.values().filter(|job| job.work.sponsor == work.sponsor && job.is_under_way());
        if of_sponsor.count() >= UNDER_WAY_OF_SPONSOR {
            return Err(Problem::TOO_MUCH_WORK);
        }
        if own().count() >= OF_OWNER {
            forget_first_ended(&mut known, |job| job.work.owner == work.owner);
        }
        if known.len() >= IN_ALL && !make_room(&mut known, |_| 1) {
            return Err(Problem::BUSY);
        }
        let id = format!("{:032x}", u128::from_be_bytes(self.random.draw()));
        let job = Job { id: id.clone(), kind, work, progress, state: JobState::UnderWay, ended: None };
        known.insert(id, job.clone());
        Ok(job)
    }

    /// Notes how a job ended. Results of the same owner that ended before make room for this one, and then those of whoever
    /// has the most.
    pub fn end(&self, id: &str, mut answer: Result<JobAnswer, Denial>, now: UnixMillis) {
        let mut known = self.known();
        let Some(owner) = known.get(id).map(|job| job.work.owner) else { return };
        let size = answer.as_ref().map_or(0, JobAnswer::bytes);
        let of_owner = |known: &HashMap<String, Job>| {
            known.values().filter(|job| job.work.owner == owner).map(Job::bytes).sum::<usize>()
        };
        let in_all = |known: &HashMap<String, Job>| known.values().map(Job::bytes).sum::<usize>();
        if size <= BYTES_OF_OWNER {
            while of_owner(&known) + size > BYTES_OF_OWNER
                && forget_first_ended(&mut known, |job| job.work.owner == owner)
            {}
            while in_all(&known) + size > BYTES_IN_ALL && make_room(&mut known, Job::bytes) {}
        }
        if size > BYTES_OF_OWNER || in_all(&known) + size > BYTES_IN_ALL {
            answer = Err(Problem::NO_ROOM_FOR_RESULT.into());
        }
        if let Some(job) = known.get_mut(id) {
            job.state = JobState::Ended(Arc::new(answer));
            job.ended = Some(now);
        }
    }

    /// A job of this owner, if it is still known.
    #[must_use]
    pub fn find(&self, id: &str, owner: Owner, now: UnixMillis) -> Option<Job> {
        let mut known = self.known();
        forget_old(&mut known, now);
        known.get(id).filter(|job| job.work.owner == owner).cloned()
    }

    /// Cancels a job of this owner and forgets it. `false` if there is none.
    pub fn forget(&self, id: &str, owner: Owner) -> bool {
        let mut known = self.known();
        if known.get(id).is_none_or(|job| job.work.owner != owner) {
            return false;
        }
        if let Some(job) = known.remove(id) {
            job.progress.cancel();
        }
        true
    }

    /// Cancels and forgets the reports of an event: they may name somebody who was erased since.
    pub fn forget_reports_of(&self, event: EventId) {
        self.known().retain(|_, job| {
            let goes = job.kind == JobKind::Report && job.work.event.is_none_or(|of| of == event);
            if goes {
                job.progress.cancel();
            }
            !goes
        });
    }

    /// Waits until no job is under way. Their work must have been asked to end before.
    pub async fn close(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

fn forget_old(known: &mut HashMap<String, Job>, now: UnixMillis) {
    known.retain(|_, job| job.ended.is_none_or(|ended| now.0.saturating_sub(ended.0) < LIFE_MS));
}

/// Forgets the job that ended first of those that `which` names. Returns whether there was one.
fn forget_first_ended(known: &mut HashMap<String, Job>, which: impl Fn(&Job) -> bool) -> bool {
    let ended = known.values().filter(|job| !job.is_under_way() && which(job));
    let first = ended.min_by_key(|job| (job.ended, job.id.clone())).map(|job| job.id.clone());
    first.is_some_and(|first| known.remove(&first).is_some())
}

/// Forgets the job that ended first of the sponsor whose ended jobs take the most of something. Returns whether there was
/// one: a result that is kept keeps nobody from beginning.
fn make_room(known: &mut HashMap<String, Job>, takes: impl Fn(&Job) -> usize) -> bool {
    let mut taken: HashMap<DeviceId, usize> = HashMap::new();
    for job in known.values().filter(|job| !job.is_under_way()) {
        *taken.entry(job.work.sponsor).or_default() += takes(job);
    }
    let most = taken.into_iter().max_by_key(|(sponsor, taken)| (*taken, *sponsor)).map(|(sponsor, _)| sponsor);
    most.is_some_and(|most| forget_first_ended(known, |job| job.work.sponsor == most && takes(job) > 0))
}
