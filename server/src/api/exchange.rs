//! The exchange over HTTP: one request, one response, answered when everything in it is durable.

use std::sync::Arc;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, ReferenceOr, Response as Described};
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use sync_core::exchange::{
    ITEMS_LIMIT, Item, MessageError, PageStatement, Receipt, Request, Response as Answer, Verdict, read_message,
    write_message,
};
use sync_core::ids::{DeviceId, EventId};
use sync_core::replica::ledger::confirm;
use sync_core::replica::pager::{Given, Reader, give};
use sync_core::time::UnixMillis;
use sync_core::trust::{Dismissal, KeyPair, Refusal, RefusedChange, Signature, Signed};

use super::described::{binary, content};
use super::place::EventInPath;
use super::{AnyCaller, FreshToken, Raw, TOKEN_HEADER};
use crate::app::App;
use crate::auth::Participant;
use crate::auth::rights::new_grants;
use crate::desks::{Bring, Brought, Of};
use crate::error::Problem;
use crate::store::audit::{Act, Deed};
use crate::store::devices::{Decided, Standing};

pub use sync_core::wire::MEDIA_TYPE;

/// A message of the exchange.
pub struct Answered(Response);

impl IntoResponse for Answered {
    fn into_response(self) -> Response {
        self.0
    }
}

impl OperationOutput for Answered {
    type Inner = ();

    fn inferred_responses(_: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Described)> {
        if let Some(ReferenceOr::Item(body)) = &mut operation.request_body {
            body.content = content(MEDIA_TYPE, binary());
        }
        let description = "What the server took, and what it has that is new: a message of the exchange.".to_owned();
        vec![(Some(200), Described { description, content: content(MEDIA_TYPE, binary()), ..Described::default() })]
    }
}

/// `POST /v1/events/{event}/exchange`. Repeating it is harmless.
///
/// A revoked device hands over what it has, and is given nothing but its dismissal.
///
/// # Errors
/// [`Problem::UNKNOWN_EVENT`], [`Problem::BAD_BODY`], [`Problem::TOO_LARGE`], [`Problem::VERSION`],
/// [`Problem::FOREIGN`], [`Problem::BUSY`], [`Problem::FULL`]. What is wrong with a single item is in its receipt.
pub async fn exchange(
    State(app): State<Arc<App>>,
    EventInPath(event): EventInPath,
    AnyCaller(caller): AnyCaller,
    FreshToken(token): FreshToken,
    Raw(body): Raw,
) -> Result<Answered, Problem> {
    let caller = Arc::new(app.auth.members().in_event(&caller, event).ok_or(Problem::UNKNOWN_EVENT)?);
    let request: Request = read_message(&body).map_err(|error: MessageError| Problem::from(error))?;
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
    let dismissal = app.dismissal(&caller);
    let items = look_at(request.items, event, &caller).await;
    let bring = Bring { device: Arc::clone(&caller), items, own_log: request.own_log, at: now };
    let judged = app.desks.judge(event, bring).await?;
    let durable = async {
        match judged.durable {
            Some(durable) => Ok(durable.await.map_err(|_| Problem::INTERNAL)??),
            None => Ok::<_, Problem>(()),
        }
    };
    let (durable, ()) = tokio::join!(durable, app.note_seen(caller.id, now));
    durable?;
    app.changes.ring(event);
    // Only now: what is signed is believed.
    let confirmation = confirm(app.auth.home(), (event, judged.cursor.revision), &judged.links);
    let refusal = refuse(app.auth.home(), event, seals.iter().zip(&judged.receipts));
    let reader = reader.who_may_not_read(judged.hidden);
    let (store, number) = (Arc::clone(&app.store), judged.number);
    let given = tokio::task::spawn_blocking(move || give(&store.items(number), &reader).map(|given| (given, reader)));
    let (given, reader) = given.await.map_err(|_| Problem::INTERNAL)??;
    let partial = match given {
        Given::PartialSnapshot { .. } => {
            app.desks.partial_snapshot(Of { event, number }, reader.hidden(), reader.snapshot()).await?
        }
        _ => None,
    };
    let given = given.into_response(&reader, partial);
    // What is given as home's word bears home's signature: the way to the device need not be trusted.
    let page = (!given.items.is_empty())
        .then(|| app.auth.home().state(&PageStatement::of(event, reader.from(), given.cursor, &given.items)));
    let answer = Answer {
        receipts: judged.receipts,
        confirmations: confirmation.into_iter().collect(),
        refusal,
        home_ms: app.home_time.stated(),
        dismissal,
        page,
        ..given
    };
    let mut response = ([(CONTENT_TYPE, MEDIA_TYPE)], write_message(&answer)).into_response();
    if let Some(token) = token.and_then(|token| HeaderValue::from_str(&token).ok()) {
        response.headers_mut().insert(TOKEN_HEADER, token);
    }
    Ok(Answered(response))
}

/// Looks at what a device brings before its desk does. Others get their turn between any two items.
async fn look_at(items: Vec<Item>, event: EventId, caller: &Participant) -> Vec<Brought> {
    let mut brought = Vec::with_capacity(items.len());
    for item in items {
        if !brought.is_empty() {
            tokio::task::yield_now().await;
        }
        brought.push(Brought::of(item, event, caller));
    }
    brought
}

/// States what home refuses of the changes with these seals; `None` if that is nothing.
fn refuse<'a>(
    home: &KeyPair,
    event: EventId,
    judged: impl Iterator<Item = (&'a Option<[u8; 64]>, &'a Receipt)>,
) -> Option<Signed<Refusal>> {
    let refused = judged.filter(|(_, receipt)| receipt.verdict == Verdict::Refused).filter_map(|(seal, receipt)| {
        Some(RefusedChange { seal: Signature((*seal)?), code: receipt.code.clone().unwrap_or_default() })
    });
    let changes: Vec<RefusedChange> = refused.collect();
    (!changes.is_empty()).then(|| home.state(&Refusal { event, changes }))
}

impl App {
    /// Notes that a device is here, and writes that down if it is time. A failure costs nobody an answer.
    async fn note_seen(&self, device: DeviceId, now: UnixMillis) {
        if self.presence.note(device, now)
            && let Err(error) = self.writer.note_seen(device, now).await
        {
            tracing::warn!(%device, %error, "when a device was here was not written down");
        }
    }

    /// Learns from a device what home itself said of others and lost: who was revoked, and called or used otherwise.
    /// Obeyed before anything else that the device brings.
    async fn recall(&self, items: &[Item], caller: &Participant) -> Result<(), Problem> {
        for item in items {
            let Item::Grant(signed) = item else { continue };
            let Ok(said) = signed.verify(&self.auth.home_key()) else { continue };
            let (device, revoked) = (said.key.device(), said.revoked.is_some());
            let known = self.auth.device(device).map(|known| known.rights.clone()).unwrap_or_default();
            if self.auth.authority().recall(&known, signed).is_empty() {
                continue;
            }
            let (authority, signed) = (self.auth.authority().clone(), signed.clone());
            let deed = Deed { by: Some(caller.id), at: self.auth.clock().now() };
            let decide = move |standing: Standing<'_>| {
                let rights = authority.read(standing.of);
                let new = authority.recall(&rights, &signed);
                let act = Act::DeviceRecalled { device: device.to_string(), revoked };
                Decided {
                    grants: new_grants(&new),
                    act: Some(act).filter(|_| !new.is_empty()),
                    answer: rights.with(new),
                }
            };
            let rights = self.writer.change_grants(device, deed, decide).await?;
            tracing::warn!(%device, revoked, by = %caller.id, "home was reminded");
            self.auth.members().admit(device, &rights);
        }
        Ok(())
    }

    /// What a revoked device is told; `None` for one that is not.
    fn dismissal(&self, device: &Participant) -> Option<Signed<Dismissal>> {
        let (since, wipe) = (device.grant.revoked?.since, device.is_to_forget);
        Some(self.auth.home().state(&Dismissal { device: device.id, since, wipe }))
    }
}
