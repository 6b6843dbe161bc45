//! The exchange over HTTP: one request, one response, answered when everything in it is durable.

use std::collections::HashSet;
use std::sync::Arc;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, ReferenceOr, Response as Described};
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use sync_core::exchange::{
    Cursor, ITEMS_LIMIT, Item, MessageError, PAGE_LIMIT_BYTES, PageStatement, Receipt, Request, Response as Answer,
    SnapshotPart, SnapshotPosition, Verdict, read_message, write_message,
};
use sync_core::ids::{DeviceId, EventId};
use sync_core::replica::ledger::confirm;
use sync_core::replica::reading::Hidden;
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
use crate::store::items::{Page, part_from};
use crate::store::{Store, StoreError};

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
    let seals: Vec<_> = request.items.iter().map(seal).collect();
    let mut wanted = Wanted {
        hidden: Hidden::default(),
        sent: seals.iter().flatten().copied().collect(),
        cursor: request.cursor,
        witness: request.witness,
        snapshot: request.snapshot,
        bytes: match caller.grant.revoked {
            Some(_) => 0,
            None => usize::try_from(request.want_bytes).unwrap_or(usize::MAX).min(PAGE_LIMIT_BYTES),
        },
    };
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
    let store = Arc::clone(&app.store);
    let number = judged.number;
    wanted.hidden = judged.hidden;
    let reading = wanted.hidden.reading();
    let given = tokio::task::spawn_blocking(move || give(&store, number, &wanted).map(|given| (given, wanted)));
    let (mut given, wanted) = given.await.map_err(|_| Problem::INTERNAL)??;
    if given.needs_a_part {
        let part =
            app.desks.partial_snapshot(Of { event, number }, &wanted.hidden, (wanted.snapshot, wanted.bytes)).await?;
        given = Given { snapshot: part, needs_a_part: false, ..given };
    }
    // What is given as home's word bears home's signature: the way to the device need not be trusted.
    let from = wanted.cursor.unwrap_or_default();
    let page = (!given.items.is_empty())
        .then(|| app.auth.home().state(&PageStatement::of(event, from, given.cursor, &given.items)));
    let answer = Answer {
        receipts: judged.receipts,
        rewound: given.rewound,
        cursor: given.cursor,
        items: given.items,
        snapshot: given.snapshot,
        more: given.more,
        confirmations: confirmation.into_iter().collect(),
        refusal,
        home_ms: app.home_time.stated(),
        stands: given.stands,
        dismissal,
        reading,
        begins: given.begins,
        page,
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

struct Wanted {
    hidden: Hidden,
    sent: HashSet<[u8; 64]>,
    cursor: Option<Cursor>,
    witness: Option<Cursor>,
    snapshot: Option<SnapshotPosition>,
    bytes: usize,
}

#[derive(Default)]
struct Given {
    rewound: bool,
    stands: Cursor,
    cursor: Cursor,
    items: Vec<Item>,
    snapshot: Option<SnapshotPart>,
    more: bool,
    /// What the device wants is not kept item by item any more.
    begins: bool,
    /// It begins, and may not read everything.
    needs_a_part: bool,
}

/// Tells a change from all others.
const fn seal(item: &Item) -> Option<[u8; 64]> {
    match item {
        Item::Change(sealed) => Some(sealed.seal.0),
        Item::Grant(_) => None,
    }
}

/// Reads what is new for a device. What it sent just now is left out, and nothing else: not everything that bears its
/// name is known to it, for it may have a clone.
fn give(store: &Store, number: i64, wanted: &Wanted) -> Result<Given, StoreError> {
    let Some(stands) = store.standing(number, &[wanted.cursor, wanted.witness])? else {
        return Ok(Given { rewound: true, ..Given::default() });
    };
    if wanted.bytes == 0 {
        return Ok(Given { stands, cursor: wanted.cursor.unwrap_or_default(), ..Given::default() });
    }
    let floor = store.floor(number)?;
    let is_below = wanted.cursor.unwrap_or_default().revision < floor;
    if let Some(cursor) = wanted.cursor.filter(|_| is_below) {
        return Ok(Given { stands, cursor, more: true, begins: true, ..Given::default() });
    }
    if is_below && !wanted.hidden.is_nothing() {
        return Ok(Given { stands, more: true, needs_a_part: true, ..Given::default() });
    }
    // A snapshot holds everything.
    if wanted.cursor.is_none()
        && wanted.hidden.is_nothing()
        && let Some(part) = give_snapshot(store, number, wanted)?
    {
        return Ok(Given { stands, snapshot: Some(part), more: true, ..Given::default() });
    }
    let mut at = wanted.cursor.unwrap_or_default();
    loop {
        let Page { items, cursor, more } = store.page(number, at, wanted.bytes)?;
        let items = items.into_iter().map(|stored| stored.item);
        let is_new = |item: &Item| seal(item).is_none_or(|seal| !wanted.sent.contains(&seal));
        let items: Vec<Item> = items.filter(|item| is_new(item) && !wanted.hidden.hides(item)).collect();
        // A page of which nothing is for this device is not worth a round trip.
        if !items.is_empty() || !more {
            return Ok(Given { stands, cursor, items, more, ..Given::default() });
        }
        at = cursor;
    }
}

fn give_snapshot(store: &Store, number: i64, wanted: &Wanted) -> Result<Option<SnapshotPart>, StoreError> {
    part_from(wanted.snapshot, wanted.bytes, |revision, part| store.snapshot_part(number, revision, part))
}
