//! Hearing in which era a device is, and repeating an erasure that home forgot.

use std::collections::BTreeSet;

use sync_core::exchange::QuotedEra;
use sync_core::ids::{Era, EraId, EventId, Subject};

use crate::app::App;
use crate::desks::Erase;
use crate::error::Problem;
use crate::forgotten_eras::Wanted;
use crate::store::audit::Deed;

/// What home knows of the era in which a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// It is the present one, or came before it.
    Known,
    /// Home forgot it, and wants to be told this part of who is erased; `None` if it was told everything and cannot
    /// repeat the erasure yet.
    Forgotten(Option<u32>),
}

impl App {
    /// Learns in which era a device is. If home forgot it and is told everything about it, the erasure is repeated before
    /// this returns.
    ///
    /// # Errors
    /// What the desk and the store report. That the erasure cannot be repeated yet is no error for the device.
    pub(super) async fn hear_of_era(&self, event: EventId, quoted: QuotedEra) -> Result<Heard, Problem> {
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
        let deed = Deed::of_server(self.auth.clock().now());
        let erase = Erase {
            subjects,
            era: EraId(self.auth.random().draw()),
            people,
            deed,
            forgotten: Some(era),
            only_if_recorded: None,
        };
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
