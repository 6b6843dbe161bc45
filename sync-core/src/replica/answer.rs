//! Answering another device: a phone gives and takes as home does, but confirms nothing.
//!
//! What it is brought is admitted as if home had brought it, except that home's word for it is missing. What it gives
//! is what it has itself: items, and before them the snapshot that it got from home, under home's own signature.

use std::collections::HashSet;

use super::ledger::{ItemSource, receipt};
use super::reading::Hidden;
use super::{Giver, Outcome, Replica};
use crate::exchange::{Cursor, ITEMS_LIMIT, Item, PAGE_LIMIT_BYTES, Request, Response, SnapshotPart, SnapshotPosition};
use crate::ids::{DeviceId, Revision};
use crate::trust::{Grant, Signed, SnapshotStatement};

/// A snapshot as it was received.
pub type KeptSnapshot = (Signed<SnapshotStatement>, Vec<u8>);

/// A device that asks, and what. Whoever calls has made sure that it is this device.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// What home said of the device.
    pub grant: &'a Signed<Grant>,
    /// What it asks.
    pub request: &'a Request,
}

/// Why a device is not answered. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError<E> {
    /// Its grant is not home's, is for another event, or was ended.
    #[error("this device was not let into this event by this home server")]
    NotLetIn,
    /// It speaks of another event.
    #[error("the request is of another event")]
    OtherEvent,
    /// It brings more items than an honest page has.
    #[error("the request brings too many items")]
    TooMany,
    /// What is kept here cannot be read.
    #[error("{0}")]
    Source(E),
}

impl Replica {
    /// Answers another device's request. Repeating it is harmless.
    ///
    /// Seal first, so that what was recorded here goes along. `snapshot` reads the snapshot that this replica began
    /// with, if it is wanted.
    ///
    /// # Errors
    /// See [`AnswerError`], and what `source` and `snapshot` report.
    pub fn answer<S: ItemSource>(
        &mut self,
        asker: &Asker<'_>,
        source: &S,
        snapshot: impl FnOnce() -> Result<Option<KeptSnapshot>, S::Error>,
    ) -> Result<Outcome<Response>, AnswerError<S::Error>> {
        let grant = self.recognise(asker)?;
        let from = grant.key.device();
        let mut writes = Vec::new();
        if !asker.request.items.is_empty() {
            // Otherwise nobody here could tell who wrote what it brings. An older grant than the one here is no news.
            self.take(Item::Grant(asker.grant.clone()), Giver::Device(from), &mut writes)
                .map_err(|_| AnswerError::NotLetIn)?;
        }
        let hidden = self.ledger.hidden_from(&grant);
        let before = self.ledger.cursor();
        let offered = asker.request.items.iter().cloned();
        let receipts = offered.map(|item| receipt(&self.take(item, Giver::Device(from), &mut writes))).collect();
        let given = Given { source, hidden: &hidden, from, before }.page(asker.request, snapshot);
        let given = given.map_err(AnswerError::Source)?;
        let response = Response { receipts, stands: self.ledger.cursor(), reading: hidden.reading(), ..given };
        Ok(Outcome { writes, answer: response })
    }

    /// The newest that is known of the device that asks: it may show an older grant than the one here.
    fn recognise<E>(&self, asker: &Asker<'_>) -> Result<Grant, AnswerError<E>> {
        let shown = asker.grant.verify(&self.identity.home).map_err(|_| AnswerError::NotLetIn)?;
        let known = self.ledger.grant(shown.key.device()).filter(|known| known.issued >= shown.issued).cloned();
        let is_let_in = shown.scope.covers(self.event()) && shown.revoked.is_none();
        let grant = known.unwrap_or(shown);
        if !is_let_in || grant.revoked.is_some() {
            return Err(AnswerError::NotLetIn);
        }
        if asker.request.event != self.event() {
            return Err(AnswerError::OtherEvent);
        }
        if asker.request.items.len() > ITEMS_LIMIT {
            return Err(AnswerError::TooMany);
        }
        Ok(grant)
    }

    /// Everything that is here and that a reader with this grant may read, after `from`: a page of a bundle.
    ///
    /// # Errors
    /// What `source` and `snapshot` report.
    pub fn bundle_page<S: ItemSource>(
        &self,
        reader: &Hidden,
        request: &Request,
        source: &S,
        snapshot: impl FnOnce() -> Result<Option<KeptSnapshot>, S::Error>,
    ) -> Result<Response, S::Error> {
        let nobody = DeviceId([0; 16]);
        let before = self.ledger.cursor();
        let given = Given { source, hidden: reader, from: nobody, before }.page(request, snapshot)?;
        Ok(Response { stands: before, reading: reader.reading(), ..given })
    }
}

/// What is given to whom.
struct Given<'a, S> {
    source: &'a S,
    hidden: &'a Hidden,
    from: DeviceId,
    /// Where this replica stood before it took what was brought.
    before: Cursor,
}

impl<S: ItemSource> Given<'_, S> {
    fn page(
        &self,
        request: &Request,
        snapshot: impl FnOnce() -> Result<Option<KeptSnapshot>, S::Error>,
    ) -> Result<Response, S::Error> {
        for quoted in [request.cursor, request.witness].into_iter().flatten() {
            if !self.is_of_our_past(quoted)? {
                return Ok(Response { rewound: true, ..nothing() });
            }
        }
        let at = request.cursor.unwrap_or_default();
        let limit = usize::try_from(request.want_bytes).unwrap_or(usize::MAX).min(PAGE_LIMIT_BYTES);
        if limit == 0 {
            return Ok(Response { cursor: at, ..nothing() });
        }
        if request.cursor.is_none()
            && self.hidden.is_nothing()
            && let Some(kept) = snapshot()?.filter(is_whole)
            && let Some(part) = part_of(kept, request.snapshot, limit)
        {
            return Ok(Response { snapshot: Some(part), more: true, ..nothing() });
        }
        self.items(request, at, limit)
    }

    fn is_of_our_past(&self, quoted: Cursor) -> Result<bool, S::Error> {
        if quoted.revision == Revision(0) {
            return Ok(true);
        }
        let at = self.source.items_after(Revision(quoted.revision.0 - 1), 0)?;
        Ok(at.first().is_some_and(|stored| stored.cursor == quoted))
    }

    /// A page of which nothing is for the device is not worth a round trip.
    fn items(&self, request: &Request, from: Cursor, limit: usize) -> Result<Response, S::Error> {
        let sent: HashSet<[u8; 64]> = request.items.iter().filter_map(seal).collect();
        let mut at = from;
        loop {
            let page = self.source.items_after(at.revision, limit)?;
            at = page.last().map_or(at, |stored| stored.cursor);
            let more = at.revision < self.before.revision && !page.is_empty();
            let new = page.into_iter().filter(|stored| {
                let was_sent = seal(&stored.item).is_some_and(|seal| sent.contains(&seal));
                stored.origin != Some(self.from) && !was_sent && !self.hidden.hides(&stored.item)
            });
            let items: Vec<Item> = new.map(|stored| stored.item).collect();
            if !items.is_empty() || !more {
                return Ok(Response { cursor: at, items, more, ..nothing() });
            }
        }
    }
}

/// Tells a change from all others.
const fn seal(item: &Item) -> Option<[u8; 64]> {
    match item {
        Item::Change(sealed) => Some(sealed.seal.0),
        Item::Grant(_) => None,
    }
}

/// Whether a snapshot is for everybody: home makes others for those who stand at one post.
fn is_whole((statement, _): &KeptSnapshot) -> bool {
    // Home's signature was verified when it came.
    statement.recall().is_ok_and(|statement| statement.is_whole())
}

/// A part of a snapshot: from where the reader stopped, if it is the same one.
fn part_of((statement, bytes): KeptSnapshot, begun: Option<SnapshotPosition>, limit: usize) -> Option<SnapshotPart> {
    // Home's signature was verified when it came.
    let revision = statement.recall().ok()?.revision;
    let offset = begun.filter(|begun| begun.revision == revision).map_or(0, |begun| begun.offset);
    let start = usize::try_from(offset).ok().filter(|start| *start < bytes.len()).unwrap_or(0);
    let part = bytes[start..bytes.len().min(start + limit)].to_vec();
    Some(SnapshotPart {
        statement,
        position: SnapshotPosition { revision, offset: start as u64 },
        total: bytes.len() as u64,
        bytes: part,
        cursor: Cursor::default(),
    })
}

fn nothing() -> Response {
    Response {
        receipts: Vec::new(),
        rewound: false,
        cursor: Cursor::default(),
        items: Vec::new(),
        snapshot: None,
        more: false,
        confirmations: Vec::new(),
        refusal: None,
        home_ms: None,
        stands: Cursor::default(),
        dismissal: None,
        reading: crate::exchange::Reading::default(),
        begins: false,
        page: None,
    }
}
