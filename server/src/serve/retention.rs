//! Personal data is kept as long as the event says, and no longer.
//!
//! Once its time is over, everybody is erased from an event, as they would be if they asked; so is whoever comes in from
//! a phone later. Somebody who was erased, and of whom a phone says more only now, is erased again at once.
//!
//! A clock that is wrong must not erase anybody. So nobody is erased by the clock unless it can be right and has run
//! evenly for a day of running time, and organizers were told a week before. Whatever is recorded or edited meanwhile
//! begins that week anew.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sync_core::ids::{EraId, EventId, Subject};
use sync_core::time::UnixMillis;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::clock::entropy;
use crate::desks::Erase;
use crate::error::Problem;
use crate::store::audit::Deed;
use crate::store::home::{ClockWatch, RetentionNotice};

/// So often is looked after what is over.
const EVERY: Duration = Duration::from_secs(6 * 3600);
/// So long before are organizers told.
const NOTICE_MS: i64 = 7 * 86_400_000;
/// For so much running time must the clock have been right.
const TRIED_MS: u64 = 86_400_000;
/// A clock that moved otherwise than the time that the server ran, by more than this, was set.
const SET_BY_MS: u64 = 3_600_000;

/// What an event says of whom to erase.
struct Due {
    /// By the clock, now.
    now: BTreeSet<Subject>,
    /// By the clock, in a week.
    soon: u32,
    /// When their time is over.
    until: Option<UnixMillis>,
    /// Whatever the clock says.
    again: BTreeSet<Subject>,
    recorded: u64,
}

impl App {
    /// Erases from every event whoever is to be erased now, and tells of whom that will be in a week. Returns the events
    /// in which somebody was erased: one that cannot be done now, as where an organizer must decide about what waits, is
    /// said in the log and does not keep others.
    ///
    /// `ran` is how long the server ran since this was called last; `None` at the first call of a run. No event is begun
    /// once `stop` is cancelled.
    ///
    /// # Errors
    /// What the store reports, if it cannot even tell which events there are.
    pub async fn keep_retention(
        &self,
        ran: Option<Duration>,
        stop: &CancellationToken,
    ) -> Result<Vec<EventId>, Problem> {
        let now = self.auth.clock().now();
        let is_tried = self.watch_clock(now, ran).await?;
        let store = Arc::clone(&self.store);
        let events = tokio::task::spawn_blocking(move || store.events()).await.map_err(|_| Problem::INTERNAL)??;
        let mut done = Vec::new();
        for event in events {
            if stop.is_cancelled() {
                break;
            }
            match self.keep_retention_of(event, now, is_tried).await {
                Ok(true) => done.push(event),
                Ok(false) => {}
                Err(problem) => {
                    tracing::error!(%event, code = problem.code, "what is over was not erased; it is tried again later");
                }
            }
        }
        if !done.is_empty()
            && let Err(problem) = self.overwriting.finish_within(self.places.limits.patience).await
        {
            tracing::warn!(code = problem.code, "what was erased is deleted, and not overwritten yet");
        }
        Ok(done)
    }

    /// Notes how long the clock has been right, and answers what may be done by it.
    async fn watch_clock(&self, now: UnixMillis, ran: Option<Duration>) -> Result<Trust, Problem> {
        if let Some(doubt) = self.home_time.doubt()? {
            tracing::error!(%doubt, "the clock of this machine is wrong: set it. Home states no time and erases nobody");
            self.writer.keep_clock_watch(ClockWatch { at: now, right_ms: 0 }).await?;
            return Ok(Trust::Wrong);
        }
        let before = self.store.clock_watch()?;
        let right_ms = before.map_or(0, |before| ran_evenly(before, now, ran));
        self.writer.keep_clock_watch(ClockWatch { at: now, right_ms }).await?;
        Ok(if right_ms >= TRIED_MS { Trust::Tried } else { Trust::Untried })
    }

    /// The same in one event; answers whether there was somebody.
    async fn keep_retention_of(&self, event: EventId, now: UnixMillis, trust: Trust) -> Result<bool, Problem> {
        let look = move |documents: &sync_core::replica::ledger::Ledger| {
            let documents = documents.documents();
            let soon = documents.past_retention(UnixMillis(now.0.saturating_add(NOTICE_MS)));
            Due {
                now: documents.past_retention(now),
                soon: u32::try_from(soon.len()).unwrap_or(u32::MAX),
                until: documents.info().keeps_people_until(),
                again: documents.to_erase_again(),
                recorded: documents.recorded(),
            }
        };
        let due = self.desks.read(event, look).await?;
        let by_clock = trust != Trust::Wrong && self.tell(event, &due, now).await? && trust == Trust::Tried;
        let mut subjects = due.again;
        if by_clock {
            subjects.extend(due.now);
        }
        if subjects.is_empty() {
            return Ok(false);
        }
        let people = u32::try_from(subjects.len()).unwrap_or(u32::MAX);
        let deed = Deed { by: None, at: now };
        let erase = Erase { subjects, era: EraId(entropy()), people, deed, forgotten: None };
        self.desks.erase(event, erase).await?;
        if by_clock {
            self.writer.keep_retention_notice(event, None).await?;
        }
        self.changes.ring(event);
        tracing::info!(%event, people, "the time is over for which personal data is kept: erased");
        Ok(true)
    }

    /// Tells organizers whose time is nearly over. Answers whether they were told a week ago, and nothing was recorded or
    /// edited since.
    async fn tell(&self, event: EventId, due: &Due, now: UnixMillis) -> Result<bool, Problem> {
        let told = self.store.retention_notice(event)?;
        if due.soon == 0 {
            if told.is_some() {
                self.writer.keep_retention_notice(event, None).await?;
            }
            return Ok(false);
        }
        if let Some(told) = told.filter(|told| told.recorded == due.recorded && told.told <= now) {
            return Ok(now.0 - told.told.0 >= NOTICE_MS);
        }
        let in_a_week = UnixMillis(now.0.saturating_add(NOTICE_MS));
        let until = due.until.unwrap_or(in_a_week).max(in_a_week);
        let notice = RetentionNotice { told: now, due: until, people: due.soon, recorded: due.recorded };
        self.writer.keep_retention_notice(event, Some(notice)).await?;
        tracing::warn!(
            %event,
            people = due.soon,
            due_ms = until.0,
            "the time is nearly over for which personal data is kept: people will be erased"
        );
        Ok(false)
    }

    /// Looks after what is over from time to time, until `stop` is cancelled.
    pub(crate) async fn look_after_retention(&self, stop: CancellationToken) {
        let mut last: Option<Instant> = None;
        while !stop.is_cancelled() {
            let began = Instant::now();
            let ran = last.map(|last| began - last);
            match self.keep_retention(ran, &stop).await {
                Ok(_) => last = Some(began),
                Err(problem) => {
                    tracing::error!(
                        code = problem.code,
                        "which events are over could not be told; it is tried again later"
                    );
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }
}

/// What may be done by home's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// It cannot be right.
    Wrong,
    /// It can be right, and was not watched for long enough.
    Untried,
    /// It can be right, and has run evenly for a day.
    Tried,
}

/// For how much running time the clock has run evenly, where the server looks again after it `ran`.
fn ran_evenly(before: ClockWatch, now: UnixMillis, ran: Option<Duration>) -> u64 {
    if now < before.at {
        return 0;
    }
    // Nobody knows how long a server was off that starts now: that much its clock may have moved.
    let Some(ran) = ran else { return before.right_ms };
    let ran_ms = u64::try_from(ran.as_millis()).unwrap_or(u64::MAX);
    let moved_ms = now.0.abs_diff(before.at.0);
    if moved_ms.abs_diff(ran_ms) > SET_BY_MS { 0 } else { before.right_ms.saturating_add(ran_ms) }
}
