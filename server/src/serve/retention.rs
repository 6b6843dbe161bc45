//! Personal data is kept as long as the event says, and no longer.
//!
//! Once its time is over, everybody is erased from an event, as they would be if they asked; so is whoever comes in from
//! a phone later. Somebody who was erased, and of whom a phone says more only now, is erased again at once.
//!
//! An erasure cannot be undone, and home's clock may be wrong. So the calendar erases nobody before a week of the server's
//! own running time was counted, in which, each time home looked at the event,
//! - home's clock could be right, and had not gone back;
//! - the event's time was over or had at most a week left, by home's clock and by those of the devices that exchanged in
//!   the last thirty days;
//! - nothing had been recorded or edited since the time before.
//!
//! Whatever fails begins the count anew. What passes while the server is off or the machine sleeps is not counted.
//!
//! It follows that nobody is erased too early by a clock that was wrong for less than a week of running time. The clock
//! was right at one of the looks then. There the event had at most a week left, less what was counted before, because
//! the clock had not gone back since the count began; and what was counted after it has really passed.

use std::collections::BTreeSet;
use std::time::Duration;

use sync_core::ids::{EraId, EventId, Subject};
use sync_core::replica::ledger::Ledger;
use sync_core::time::UnixMillis;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::desks::Erase;
use crate::error::Problem;
use crate::store::audit::Deed;
use crate::store::home::RetentionNotice;

/// How often home looks at every event. A longer time between two looks counts as this much: the machine slept.
const EVERY: Duration = Duration::from_secs(3600);
/// How much running time is counted before people are erased, and how long before the time is over the count begins.
const WEEK_MS: i64 = 7 * 86_400_000;
/// For how long what a device's clock showed at an exchange is held against home's clock.
const HEARD_FOR_MS: i64 = 30 * 86_400_000;

/// What home's clock showed when home looked.
#[derive(Clone, Copy)]
struct Look {
    now: UnixMillis,
    /// A clock that shows an earlier time is wrong.
    earliest: UnixMillis,
    /// Whether home's clock can be right.
    is_plausible: bool,
    /// The running time since home looked last, in this run of the server.
    ran_ms: i64,
}

/// What an event says of whom to erase.
struct Due {
    /// Because the time is over, by every clock.
    now: BTreeSet<Subject>,
    /// How many people that will be in a week.
    soon: u32,
    /// Whether the time is over by home's clock, and has more than a week left by a device's.
    is_contradicted: bool,
    /// When the time is over.
    until: Option<UnixMillis>,
    /// Whoever was erased before, if more is said of them now.
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
        let doubt = self.home_time.doubt()?;
        if let Some(doubt) = doubt {
            tracing::error!(%doubt, "the clock of this machine is wrong: set it. Home states no time and erases nobody");
            self.writer.forget_retention_notices().await?;
        }
        let clock = self.auth.clock();
        let ran = ran.map_or(Duration::ZERO, |ran| ran.min(EVERY));
        let look = Look {
            now: clock.now(),
            earliest: clock.bounds().0,
            is_plausible: doubt.is_none(),
            ran_ms: i64::try_from(ran.as_millis()).unwrap_or(0),
        };
        let events = self.store.read(|store| store.events()).await?;
        let mut done = Vec::new();
        for event in events {
            if stop.is_cancelled() {
                break;
            }
            match self.keep_retention_of(event, look).await {
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

    /// The same in one event; answers whether somebody was erased.
    async fn keep_retention_of(&self, event: EventId, look: Look) -> Result<bool, Problem> {
        let due = self.desks.read(event, move |ledger| Due::of(ledger, look)).await?;
        let by_calendar = look.is_plausible && self.counts_a_week(event, &due, look).await? && !due.now.is_empty();
        let mut subjects = due.again;
        if by_calendar {
            subjects.extend(due.now);
        }
        if subjects.is_empty() {
            return Ok(false);
        }
        let people = u32::try_from(subjects.len()).unwrap_or(u32::MAX);
        let only_if_recorded = by_calendar.then_some(due.recorded);
        let deed = Deed::of_server(look.now);
        let erase =
            Erase { subjects, era: EraId(self.auth.random().draw()), people, deed, forgotten: None, only_if_recorded };
        self.desks.erase(event, erase).await?;
        if by_calendar {
            self.writer.keep_retention_notice(event, None).await?;
        }
        let why = if by_calendar {
            "the time is over for which personal data is kept"
        } else {
            "a device that came late spoke of people who were erased"
        };
        tracing::info!(%event, people, "{why}: erased");
        Ok(true)
    }

    /// Counts the running time since organizers are told that the event's time is nearly over, and tells them where that
    /// begins. Answers whether it is a week.
    async fn counts_a_week(&self, event: EventId, due: &Due, look: Look) -> Result<bool, Problem> {
        let told = self.store.read(move |store| store.retention_notice(event)).await?;
        if due.is_contradicted {
            tracing::warn!(
                %event,
                "the time is over for which personal data is kept, by home's clock, but not by the clock of a device that \
                 exchanged in the last 30 days: nobody is erased. If the device is wrong, set its clock and exchange"
            );
        }
        if due.soon == 0 {
            if told.is_some() {
                self.writer.keep_retention_notice(event, None).await?;
            }
            return Ok(false);
        }
        let goes_on = told.filter(|told| told.recorded == due.recorded && told.seen <= look.now);
        let ran_ms = goes_on.map_or(0, |told| told.ran_ms.saturating_add(look.ran_ms));
        let counted = UnixMillis(look.now.0.saturating_add(WEEK_MS.saturating_sub(ran_ms).max(0)));
        let at = due.until.map_or(counted, |until| until.max(counted));
        let notice = RetentionNotice { seen: look.now, ran_ms, due: at, people: due.soon, recorded: due.recorded };
        self.writer.keep_retention_notice(event, Some(notice)).await?;
        if goes_on.is_none() {
            tracing::warn!(
                %event,
                people = due.soon,
                due_ms = at.0,
                "the time is nearly over for which personal data is kept: people will be erased"
            );
        }
        Ok(ran_ms >= WEEK_MS)
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

impl Due {
    fn of(ledger: &Ledger, look: Look) -> Self {
        let documents = ledger.documents();
        let in_a_week = |now: UnixMillis| UnixMillis(now.0.saturating_add(WEEK_MS));
        let slowest = slowest_clock(ledger, look);
        let soon = documents.past_retention(in_a_week(slowest)).len();
        Self {
            now: documents.past_retention(slowest),
            soon: u32::try_from(soon).unwrap_or(u32::MAX),
            is_contradicted: soon == 0 && !documents.past_retention(look.now).is_empty(),
            until: documents.info().keeps_people_until(),
            again: documents.to_erase_again(),
            recorded: documents.recorded(),
        }
    }
}

/// The time by the slowest clock that home knows of: its own, and those of the event's devices, as they showed when each of
/// them exchanged last and carried on from then. What can be no time of this program, such as 1970, is left out.
fn slowest_clock(ledger: &Ledger, look: Look) -> UnixMillis {
    let now = look.now;
    let last = ledger.documents().logs().filter_map(|log| log.anchors().last());
    let shown = last.filter_map(|(_, anchor)| {
        let since_ms = now.0.saturating_sub(anchor.home_ms.0);
        let counts = (0..=HEARD_FOR_MS).contains(&since_ms) && anchor.reading.wall_ms >= look.earliest;
        counts.then(|| UnixMillis(anchor.reading.wall_ms.0.saturating_add(since_ms)))
    });
    shown.fold(now, UnixMillis::min)
}
