//! The organizers' desk: what an event says, read; and commands of organizers who have no replica of their own.
//!
//! Reads come from [`crate::views`] and carry the event's revision as their tag. Writes go to the event's desk as
//! everybody's do, and are answered when they are durable.

pub mod awards;
pub mod changes;
pub mod conflicts;
pub mod duplicates;
pub mod event;
pub mod field;
pub mod fresh;
pub mod hours;
pub mod imports;
pub mod list;
pub mod lookup;
pub mod people;
pub mod person;
pub mod publications;
pub mod reports;
pub mod rulings;
pub mod totals;
pub mod walk_ins;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sync_core::command::Command;
use sync_core::ids::{PersonId, RulingId};
use sync_core::replica::ledger::Ledger;

use super::callers::Writing;
use crate::app::App;
use crate::desks::clerk::Order;
use crate::error::{Denial, Problem};
use crate::views::Seen;

/// What was written is durable.
#[derive(Serialize, Deserialize, Debug, Default, JsonSchema)]
pub struct Written {
    /// Where the event stands with it.
    pub revision: u64,
    /// Whether it was written before, under the same Idempotency-Key.
    pub again: bool,
    /// The id of the person who was added.
    pub person: Option<String>,
    /// The rulings that were made; none if they were made before.
    pub rulings: Vec<String>,
}

impl Writing {
    /// Bytes that follow from the request's name: the same if it is repeated, and nobody else's.
    fn drawn<const N: usize>(&self, what: &str) -> [u8; N] {
        let hash = Sha256::new()
            .chain_update(b"saxaul/api/drawn\0")
            .chain_update(self.device.id.0)
            .chain_update(self.command.as_bytes())
            .chain_update([0])
            .chain_update(what)
            .finalize();
        let mut drawn = [0; N];
        drawn.copy_from_slice(&hash[..N]);
        drawn
    }

    /// The id of the ruling that the request makes about `what`.
    pub(super) fn ruling(&self, what: &str) -> RulingId {
        RulingId(self.drawn(&format!("ruling {what}")))
    }

    /// The id of the person whom the request adds.
    pub(super) fn person(&self) -> PersonId {
        PersonId::from_entropy(u64::from_be_bytes(self.drawn("person")))
    }

    /// Names a part of a request that is written in parts.
    pub(super) fn part(&self, index: usize) -> String {
        format!("{}.{index}", self.command)
    }
}

/// Says what is to be done in an event as it is seen, which may take its time.
pub(super) type LookPlan = dyn Fn(&Seen) -> Result<Vec<Command>, Denial> + Send + Sync;

/// Something is planned again so often if the event changes meanwhile.
const TRIES: usize = 3;

impl App {
    /// Performs what follows from an event as it is seen, on the very revision of which it was seen. The desk does not
    /// wait for what takes long to plan.
    ///
    /// # Errors
    /// As for [`App::write`]; [`Problem::BUSY`] if the event changes faster than it can be planned.
    pub(super) async fn write_as_seen<B: Serialize>(
        &self,
        writing: &Writing,
        name: String,
        body: &B,
        look: std::sync::Arc<LookPlan>,
    ) -> Result<Written, Denial> {
        let reader = self.reader(&writing.by)?;
        for _ in 0..TRIES {
            let look = std::sync::Arc::clone(&look);
            let planned = reader.see(writing.event, move |seen| (seen.ledger.cursor(), look(seen)));
            let (stood, planned) = planned.await?;
            // A request that is repeated under its name does not come to its plan, nor to why it would fail now.
            let plan = move |ledger: &Ledger| match &planned {
                Ok(_) if ledger.cursor() != stood => Err(Problem::CHANGED.into()),
                planned => planned.clone(),
            };
            match self.write_part(writing, name.clone(), body, plan).await {
                Err(refusal) if refusal.problem == Problem::CHANGED => {}
                written => return written,
            }
        }
        Err(Problem::BUSY.into())
    }

    /// Performs what an organizer asks, once, and waits until it is durable.
    ///
    /// # Errors
    /// What `plan` and the commands are refused for; [`Problem::REUSED_COMMAND`].
    pub(super) async fn write<B: Serialize>(
        &self,
        writing: &Writing,
        body: &B,
        plan: impl Fn(&Ledger) -> Result<Vec<Command>, Denial> + Send + Sync + 'static,
    ) -> Result<Written, Denial> {
        self.write_part(writing, writing.command.clone(), body, plan).await
    }

    /// The same, for a part of a request.
    pub(super) async fn write_part<B: Serialize>(
        &self,
        writing: &Writing,
        name: String,
        body: &B,
        plan: impl Fn(&Ledger) -> Result<Vec<Command>, Denial> + Send + Sync + 'static,
    ) -> Result<Written, Denial> {
        // A job may wait for long before its parts are written, and whoever began it may be let out meanwhile.
        self.auth.follow().await?;
        let access = writing.by.access();
        if !access.is_some_and(|access| writing.by.still_may(self, writing.event, &[access])) {
            return Err(Problem::REVOKED.into());
        }
        let body = serde_json::to_vec(body).map_err(|_| Problem::INTERNAL)?;
        let asked = Sha256::new().chain_update(writing.address.as_bytes()).chain_update([0]).chain_update(body);
        let order = Order {
            device: writing.device.clone(),
            clerk: writing.clerk.clone(),
            name,
            digest: asked.finalize().into(),
            at: self.auth.clock().now(),
            plan: std::sync::Arc::new(plan),
        };
        let done = self.desks.perform(writing.event, order).await?;
        Ok(Written { revision: done.revision.0, again: done.again, ..Written::default() })
    }
}

/// Reads an id out of a body.
pub(super) fn read_id<T: std::str::FromStr>(field: &str, text: &str) -> Result<T, Denial> {
    text.parse().map_err(|_| Denial::of_field(Problem::BAD_FIELD, field, "it is not an id of this kind"))
}
