//! Commands of people who have no replica: home performs and seals them at the event's own desk.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use sync_core::command::{Command, CommandError};
use sync_core::ids::{DeviceId, Revision};
use sync_core::replica::Identity;
use sync_core::replica::clerk::{ClerkError, Clerked, clerk};
use sync_core::replica::ledger::Ledger;
use sync_core::time::{ClockReading, UnixMillis};

use super::desk::{Desk, ToKeep};
use super::{Answered, Unanswered};
use crate::auth::Participant;
use crate::auth::sessions::Clerk;
use crate::error::{Denial, Problem};
use crate::store::sessions::Performed;

/// So many commands that were performed just now are remembered without asking the store.
const REMEMBERED: usize = 1024;

/// Says what is to be done in an event as it stands.
pub type Plan = Arc<dyn Fn(&Ledger) -> Result<Vec<Command>, Denial> + Send + Sync>;

/// What somebody wants done.
#[derive(Clone)]
pub struct Order {
    /// The device that home holds for them.
    pub device: Arc<Participant>,
    /// Who signs for it.
    pub clerk: Clerk,
    /// What they call it: an order with this name is performed once.
    pub name: String,
    /// SHA-256 of what was asked, so that another order under this name is noticed.
    pub digest: [u8; 32],
    /// The time by the server's clock.
    pub at: UnixMillis,
    /// Says what is to be done, looking at the event as it is at that moment.
    pub plan: Plan,
}

/// What came of an order.
pub struct Done {
    /// Where the event stands with it.
    pub revision: Revision,
    /// Whether it was performed before.
    pub again: bool,
}

/// By what an order is known again: who gave it, and what they call it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct OrderName {
    device: DeviceId,
    command: String,
}

/// What an order asked, and where the event stood with it.
#[derive(Clone, Copy)]
struct Remembered {
    digest: [u8; 32],
    revision: Revision,
}

/// The orders that were performed last.
#[derive(Default)]
pub(super) struct Recent {
    by_name: HashMap<OrderName, Remembered>,
    in_order: VecDeque<OrderName>,
}

impl Recent {
    fn note(&mut self, name: OrderName, done: Remembered) {
        self.in_order.push_back(name.clone());
        self.by_name.insert(name, done);
        if self.in_order.len() > REMEMBERED
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.by_name.remove(&oldest);
        }
    }
}

impl Desk {
    /// Performs an order, or says that it was performed.
    pub(super) async fn perform(&mut self, order: Order) -> Result<Answered<Done>, Unanswered> {
        let name = OrderName { device: order.clerk.device, command: order.name.clone() };
        let known = match self.recent.by_name.get(&name).copied() {
            Some(known) => Some(known),
            None => {
                let (event, OrderName { device, command }) = (self.event, name.clone());
                let found = self.office.store.read(move |store| store.performed(event, device, &command)).await?;
                found.map(|found| Remembered { digest: found.digest, revision: found.revision })
            }
        };
        match known {
            Some(known) if known.digest != order.digest => Err(Problem::REUSED_COMMAND.into()),
            // It may still be on its way to the disk: an empty batch is told only after it.
            Some(Remembered { revision, .. }) => {
                let writer = self.office.writer.clone();
                let durable = Some(self.hand_over(writer.reserve()?, ToKeep::default()));
                Ok(Answered { what: Done { revision, again: true }, durable })
            }
            None => self.perform_now(order, name),
        }
    }

    fn perform_now(&mut self, order: Order, name: OrderName) -> Result<Answered<Done>, Unanswered> {
        let believed = self.require_author(Some(order.device.id))?;
        let writer = self.office.writer.clone();
        let permit = writer.reserve()?;
        let commands = (order.plan)(&self.ledger)?;
        let identity = Identity {
            key: order.clerk.key,
            incarnation: order.clerk.incarnation,
            grant: order.device.signed.clone(),
            home: self.office.home.public(),
        };
        let reading = ClockReading { boot: 0, mono_ms: order.at.0.max(0).cast_unsigned(), wall_ms: order.at };
        let lent = std::mem::replace(&mut self.ledger, Ledger::founded(self.event, self.office.home.public()));
        let Ok(Clerked { ledger, items, performed }) = clerk(lent, identity, commands, reading) else {
            self.lost.store(true, Ordering::SeqCst);
            return Err(Problem::FORBIDDEN.into());
        };
        self.ledger = ledger;
        let revision = self.ledger.cursor().revision;
        let mut keep = ToKeep { items, believed, ..ToKeep::default() };
        if performed.is_ok() {
            let OrderName { device, command } = name.clone();
            keep.performed = Some(Performed { device, command, digest: order.digest, revision });
            self.recent.note(name, Remembered { digest: order.digest, revision });
        }
        let durable = (!keep.items.is_empty() || performed.is_ok()).then(|| self.hand_over(permit, keep));
        performed.map_err(|error| refusal(&error))?;
        Ok(Answered { what: Done { revision, again: false }, durable })
    }
}

fn refusal(error: &ClerkError) -> Denial {
    let ClerkError::Command { cause, .. } = error else {
        tracing::error!(%error, "a change that home sealed was not admitted");
        return Problem::INTERNAL.into();
    };
    match cause {
        CommandError::UnknownSubject(_) => Problem::UNKNOWN_SUBJECT.into(),
        CommandError::UnknownEntry | CommandError::NothingToUndo => Problem::UNKNOWN_ENTRY.into(),
        CommandError::UnknownRuling(_) => Problem::UNKNOWN_RULING.into(),
        CommandError::Erased(_) => Problem::ERASED.into(),
        CommandError::IdTaken => Problem::ID_TAKEN.into(),
        CommandError::NotYourRole { .. } => Problem::FORBIDDEN.into(),
        CommandError::Invalid { field, why } => Denial::of_field(Problem::BAD_FIELD, field, *why),
        CommandError::RetractsRetraction(_) => {
            Denial::of_field(Problem::BAD_FIELD, "decision.ruling", cause.to_string())
        }
        CommandError::Backwards | CommandError::TooLong => {
            Denial::of_field(Problem::BAD_FIELD, "decision.end_ms", cause.to_string())
        }
        CommandError::MinorAtRisk { .. } => Denial::of_field(Problem::BAD_FIELD, "shifts", cause.to_string()),
        CommandError::UnknownSite(_) => Denial::of_field(Problem::BAD_FIELD, "site", "the event has no such site"),
        other => Denial::of_field(Problem::BAD_FIELD, "command", other.to_string()),
    }
}
