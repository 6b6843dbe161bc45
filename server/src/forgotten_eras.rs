//! Erasures that home forgot, because it was restored from a copy of before them.
//!
//! A device that moved on with such an erasure quotes an era that home does not know, and has home's signed word on who
//! is erased in it. Home believes its own word: it erases them again, in an era after the forgotten one, and gives the
//! device nothing before. So nobody who was erased comes back, and no device stays behind.
//!
//! What devices told is kept in memory alone: after a restart the next one tells it again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use sync_core::exchange::ErasedPart;
use sync_core::ids::{EraId, EventId, Subject};

use crate::error::Problem;

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
    pub(crate) fn add(&self, event: EventId, era: EraId, part: Option<(ErasedPart, usize)>) -> Wanted {
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

    /// Notes why an erasure could not be repeated yet.
    pub(crate) fn note_stopped(&self, event: EventId, era: EraId, why: Problem) {
        if let Some(told) = self.0.lock().expect("no holder panics").get_mut(&(event, era)) {
            told.stopped = Some(why);
        }
    }

    /// Forgets an era that home knows now.
    pub(crate) fn remove(&self, event: EventId, era: EraId) {
        self.0.lock().expect("no holder panics").remove(&(event, era));
    }
}

/// What home is still to be told.
pub(crate) enum Wanted {
    /// This part of who is erased.
    Part(u32),
    /// It knows who is erased.
    Nothing(BTreeSet<Subject>),
}
