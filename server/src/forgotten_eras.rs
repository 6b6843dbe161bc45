//! Erasures that home forgot, because it was restored from a copy of before them.
//!
//! A device that moved on with such an erasure quotes an era that home does not know, and has home's signed word on who
//! is erased in it. Home believes its own word: it erases them again, in an era after the forgotten one, and gives the
//! device nothing before. So nobody who was erased comes back, and no device stays behind.
//!
//! What devices told is kept in memory alone: after a restart the next one tells it again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use sync_core::exchange::{ErasedPart, QuotedEra};
use sync_core::ids::{Era, EraId, EventId, Subject};

use crate::app::App;
use crate::clock::entropy;
use crate::desks::Erase;
use crate::error::Problem;
use crate::store::audit::Deed;

/// So many eras are kept at once at the most. A home forgets one for each erasure since its copy was made.
const ERAS_LIMIT: usize = 256;

/// What devices told of eras that home does not know.
#[derive(Default)]
pub struct ForgottenEras(Mutex<BTreeMap<(EventId, EraId), Told>>);

/// What was told of one era so far.
#[derive(Default)]
struct Told {
    erased: BTreeSet<Subject>,
    /// The next part of them.
    next: u32,
    is_whole: bool,
    /// Why they could not be erased again when that was tried last.
    stopped: Option<Problem>,
}

/// What home knows of the era in which a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It is the present one, or came before it.
    Known,
    /// Home forgot it, and wants to be told this part of who is erased; `None` if it was told everything and cannot
    /// repeat the erasure yet.
    Forgotten(Option<u32>),
}

impl ForgottenEras {
    /// The events in which an erasure could not be repeated yet, with why.
    pub fn stopped(&self) -> Vec<(EventId, Problem)> {
        let eras = self.0.lock().expect("no holder panics");
        let mut stopped: Vec<(EventId, Problem)> =
            eras.iter().filter_map(|((event, _), told)| Some((*event, told.stopped?))).collect();
        stopped.dedup_by_key(|(event, _)| *event);
        stopped
    }

    /// Why an erasure could not be repeated yet in one event; `None` where there is none to repeat.
    pub fn stopped_in(&self, event: EventId) -> Option<Problem> {
        self.stopped().into_iter().find_map(|(of, why)| (of == event).then_some(why))
    }

    /// Adds a part that is the next one. Returns what is still wanted.
    ///
    /// Nothing is kept of an era before something comes that home signed: anybody can quote one that never was.
    fn add(&self, event: EventId, era: EraId, part: Option<(ErasedPart, usize)>) -> Wanted {
        let mut eras = self.0.lock().expect("no holder panics");
        if !eras.contains_key(&(event, era)) {
            if part.is_none() {
                return Wanted::Part(0);
            }
            if eras.len() >= ERAS_LIMIT {
                eras.pop_first();
            }
        }
        let told = eras.entry((event, era)).or_default();
        if let Some((part, parts)) = part.filter(|(part, _)| part.index == told.next && !told.is_whole) {
            told.erased.extend(part.people);
            told.next += 1;
            told.is_whole = usize::try_from(told.next).is_ok_and(|next| next >= parts);
        }
        if told.is_whole { Wanted::Nothing(told.erased.clone()) } else { Wanted::Part(told.next) }
    }

    fn note_stopped(&self, event: EventId, era: EraId, why: Problem) {
        if let Some(told) = self.0.lock().expect("no holder panics").get_mut(&(event, era)) {
            told.stopped = Some(why);
        }
    }

    fn remove(&self, event: EventId, era: EraId) {
        self.0.lock().expect("no holder panics").remove(&(event, era));
    }
}

/// What home is still to be told.
enum Wanted {
    Part(u32),
    /// It knows who is erased.
    Nothing(BTreeSet<Subject>),
}

impl App {
    /// Learns in which era a device is. If home forgot it and is told everything about it, the erasure is repeated before
    /// this returns.
    ///
    /// # Errors
    /// What the desk and the store report. That the erasure cannot be repeated yet is no error for the device.
    pub(crate) async fn hear_of_era(&self, event: EventId, quoted: QuotedEra) -> Result<Heard, Problem> {
        let QuotedEra { era, told } = quoted;
        if self.desks.look(event, move |ledger| ledger.knows_era(era)).await? {
            self.forgotten_eras.remove(event, era.id);
            return Ok(Heard::Known);
        }
        let told = told.and_then(|part| {
            let stated = part.statement.verify(&self.auth.home_key()).ok()?;
            let fits = (stated.event, stated.era) == (event, era) && part.fits(&stated);
            fits.then_some((part, stated.parts.len()))
        });
        match self.forgotten_eras.add(event, era.id, told) {
            Wanted::Part(next) => Ok(Heard::Forgotten(Some(next))),
            Wanted::Nothing(erased) => self.erase_again(event, era, erased).await,
        }
    }

    async fn erase_again(&self, event: EventId, era: Era, subjects: BTreeSet<Subject>) -> Result<Heard, Problem> {
        let people = u32::try_from(subjects.len()).unwrap_or(u32::MAX);
        let deed = Deed { by: None, at: self.auth.clock().now() };
        let erase =
            Erase { subjects, era: EraId(entropy()), people, deed, forgotten: Some(era), only_if_recorded: None };
        if let Err(problem) = self.desks.erase(event, erase).await {
            tracing::error!(
                %event,
                code = problem.code,
                "home was restored from a copy of before an erasure, and could not repeat it: it is tried again when a \
                 device comes that knows of it, which gets nothing before"
            );
            self.forgotten_eras.note_stopped(event, era.id, problem);
            return Ok(Heard::Forgotten(None));
        }
        self.forgotten_eras.remove(event, era.id);
        tracing::warn!(
            %event,
            people,
            "home was restored from a copy of before an erasure; a device told of it, and it was repeated"
        );
        self.erased_from(event);
        // Half the time that a request has is left for the answer.
        if let Err(problem) = self.overwriting.finish_within(self.places.limits.patience / 2).await {
            tracing::warn!(code = problem.code, "what was erased is deleted, and not overwritten yet");
        }
        Ok(Heard::Known)
    }
}
