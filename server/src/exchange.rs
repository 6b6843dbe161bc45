//! Answering a device as home, over any transport: what a request means, and in which order things are done.
//!
//! Owns the order: what home forgot of devices and of erasures is recalled, the items are judged, what was taken is
//! durable, and only then is anything confirmed or given. Does not own who is asking, nor the bytes of a message.

mod eras;

use std::sync::Arc;

use sync_core::exchange::{ITEMS_LIMIT, Item, Request, Response};
use sync_core::ids::{DeviceId, EventId};
use sync_core::replica::pager::{Given, Reader};
use sync_core::replica::reply::Reply;
use sync_core::time::UnixMillis;
use sync_core::trust::{Authority, Dismissal, Grant, Scope, Signed};

use self::eras::Heard;
use crate::app::App;
use crate::auth::Participant;
use crate::auth::rights::{Registrar, new_grants};
use crate::desks::{Bring, HandedOut, WrittenOnce};
use crate::error::Problem;
use crate::store::audit::{Act, Deed};
use crate::store::devices::{Decided, NewGrant, Revoked, Standing};
use crate::store::prepared::{Revocation, Rules};

/// What a device is answered.
pub struct Answer {
    /// The response; without items and its part of a snapshot where they stand in `page`.
    pub response: Response,
    /// Items or a part of a snapshot, written once for everybody.
    pub page: Option<Arc<WrittenOnce>>,
}

/// Answers the request of a device that was let into `event`. Repeating it is harmless.
///
/// A revoked device hands over what it has, and is given nothing but its dismissal.
///
/// # Errors
/// [`Problem::FOREIGN`], [`Problem::TOO_LARGE`], [`Problem::UNKNOWN_EVENT`], [`Problem::BUSY`], [`Problem::FULL`]. What
/// is wrong with a single item is in its receipt.
pub async fn answer(app: &App, event: EventId, caller: Arc<Participant>, request: Request) -> Result<Answer, Problem> {
    if request.event != event {
        return Err(Problem::FOREIGN);
    }
    if request.items.len() > ITEMS_LIMIT {
        return Err(Problem::TOO_LARGE);
    }
    let seals: Vec<_> = request.items.iter().map(Item::seal).collect();
    let reader = Reader::of(&request);
    let reader = if caller.grant.revoked.is_some() { reader.given_nothing() } else { reader };
    let now = app.auth.clock().now();
    app.recall(&request.items, &caller).await?;
    let heard = match request.era {
        Some(quoted) => app.hear_of_era(event, quoted).await?,
        None => Heard::Known,
    };
    let (reader, wants_erased) = match heard {
        Heard::Known => (reader, None),
        Heard::Forgotten(wanted) => (reader.given_nothing(), wanted),
    };
    let dismissal = dismissal_of(&caller);
    let id = caller.id;
    let quoted = [request.cursor, request.witness];
    let bring = Bring { device: caller, items: request.items, own_log: request.own_log, quoted, at: now };
    let (judged, ()) = tokio::join!(app.desks.judge(event, bring), app.note_seen(id, now));
    let judged = judged?;
    let reader = reader.who_may_not_read(judged.hidden);
    let from = reader.from();
    let (given, page) = if reader.wants_nothing() && judged.quoted_cursors_are_known {
        (reader.given_where_it_stands(judged.cursor), None)
    } else {
        app.give(event, reader).await?
    };
    // Only now: what is signed is believed.
    let reply = Reply {
        event,
        seals,
        receipts: judged.receipts,
        links: judged.links,
        revision: judged.cursor.revision,
        dismissal,
        home_ms: app.home_time.stated(),
        from,
        given,
    };
    let response = Response { wants_erased, ..reply.say(Authority::Home(app.auth.home())) };
    Ok(Answer { response, page })
}

/// What a revoked device is told; `None` for one that is not.
fn dismissal_of(device: &Participant) -> Option<Dismissal> {
    let (since, wipe) = (device.grant.revoked?.since, device.is_to_forget);
    Some(Dismissal { device: device.id, since, wipe })
}

impl App {
    /// Reads what is new for a reader; a snapshot for its reading is made if that is what it must begin with.
    async fn give(&self, event: EventId, reader: Reader) -> Result<(Response, Option<Arc<WrittenOnce>>), Problem> {
        let (handed_out, reader) = self.desks.give(event, reader).await?;
        let given = match handed_out {
            HandedOut::Page(stands, page) => return Ok((page.response(stands), Some(page))),
            HandedOut::Given(given) => given,
        };
        let partial = match given {
            Given::PartialSnapshot { .. } => {
                let (begun, limit) = reader.snapshot();
                self.desks.partial_snapshot(event, reader.hidden(), begun, limit).await?
            }
            _ => None,
        };
        Ok((given.into_response(&reader, partial), None))
    }

    /// Notes that a device is here, and writes that down if it is time. A failure costs nobody an answer.
    async fn note_seen(&self, device: DeviceId, now: UnixMillis) {
        if self.last_seen.note(device, now)
            && let Err(error) = self.writer.note_seen(device, now).await
        {
            tracing::warn!(%device, %error, "when a device was here was not written down");
        }
    }

    /// Learns from a device what home itself said of others and lost: who was revoked, and called or used otherwise.
    /// Obeyed before anything else that the device brings. What a revoked device had prepared is withdrawn again.
    async fn recall(&self, items: &[Item], caller: &Participant) -> Result<(), Problem> {
        for item in items {
            let Item::Grant(signed) = item else { continue };
            let Ok(said) = signed.verify(&self.auth.home_key()) else { continue };
            let device = said.key.device();
            let known = self.auth.device(device).map(|known| known.rights.clone()).unwrap_or_default();
            if self.auth.registrar().recall(&known, signed).is_empty() {
                continue;
            }
            let deed = Deed::of_itself(caller.id, self.auth.clock().now());
            let act = Act::DeviceRecalled { device: device.to_string(), revoked: said.revoked.is_some() };
            let registrar = self.auth.registrar().clone();
            tracing::warn!(%device, revoked = said.revoked.is_some(), by = %caller.id, "home was reminded");
            match said.revoked {
                Some(revoked) => {
                    let reminder = Reminder { registrar, signed: signed.clone(), scope: said.scope, revoked };
                    let rules = Box::new(reminder);
                    let revocation = Revocation { device, act, deed, keep: Vec::new(), rules };
                    self.writer.revoke(revocation).await?;
                }
                None => {
                    let signed = signed.clone();
                    let decide = move |standing: Standing<'_>| remembered(&registrar, standing, &signed, act);
                    self.writer.change_grants(device, deed, decide).await?;
                }
            }
            self.auth.follow().await?;
        }
        Ok(())
    }
}

/// What home says again of a device that it had forgotten, or had called otherwise.
fn remembered(registrar: &Registrar, standing: Standing<'_>, signed: &Signed<Grant>, act: Act) -> Decided<()> {
    let rights = registrar.read(standing.of);
    let new = registrar.recall(&rights, signed);
    let act = Some(act).filter(|_| !new.is_empty());
    Decided { grants: new_grants(&new), act, answer: () }
}

/// Home itself had revoked a device, and has forgotten it: whoever reminds it only passes on its word.
struct Reminder {
    registrar: Registrar,
    signed: Signed<Grant>,
    scope: Scope,
    revoked: Revoked,
}

impl Rules for Reminder {
    fn is_within(&self, _: &[Signed<Grant>], scope: &Scope) -> bool {
        self.registrar.tree().includes(&self.scope, scope)
    }

    fn revoke(&self, standing: Standing<'_>) -> Vec<NewGrant> {
        new_grants(&self.registrar.recall(&self.registrar.read(standing.of), &self.signed))
    }

    fn revoke_session(&self, standing: Standing<'_>) -> Vec<NewGrant> {
        new_grants(&self.registrar.revoke(&self.registrar.read(standing.of), &[self.scope], self.revoked))
    }
}
