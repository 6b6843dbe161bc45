//! Answering another device: a phone gives and takes as home does, but confirms nothing.
//!
//! What it is brought is admitted as if home had brought it, except that home's word for it is missing. What it gives
//! is what it has itself: items, and before them the snapshot that it got from home, under home's own signature.

use super::ledger::{ItemSource, receipt};
use super::pager::{PageSource, Reader, SourcePage, give};
use super::reading::Hidden;
use super::reply::Reply;
use super::{Giver, Outcome, Replica};
use crate::exchange::{Cursor, ITEMS_LIMIT, Item, Request, Response, SnapshotPart, SnapshotPosition};
use crate::ids::Revision;
use crate::trust::{Authority, Grant, Signed, SnapshotStatement};

/// A snapshot as it was received.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptSnapshot {
    /// What home states of it. Its signature was verified when it came.
    pub statement: Signed<SnapshotStatement>,
    /// The bytes of the snapshot.
    pub bytes: Vec<u8>,
}

/// A device that asks, and what. Whoever calls has made sure that it is this device.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// What home said of the device.
    pub grant: &'a Signed<Grant>,
    /// The request of the device.
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
        snapshot: impl Fn() -> Result<Option<KeptSnapshot>, S::Error>,
    ) -> Result<Outcome<Response>, AnswerError<S::Error>> {
        let grant = self.recognise(asker)?;
        let from = grant.key.device();
        let mut writes = Vec::new();
        if !asker.request.items.is_empty() {
            // Otherwise nobody here could tell who wrote what it brings. An older grant than the one here is no news.
            self.take(Item::Grant(asker.grant.clone()), Giver::Device(from), &mut writes)
                .map_err(|_| AnswerError::NotLetIn)?;
        }
        let kept = KeptEvent { items: source, stands: self.ledger.cursor(), snapshot };
        let hidden = self.ledger.hidden_from(&grant);
        let offered = asker.request.items.iter().cloned();
        let receipts = offered.map(|item| receipt(&self.take(item, Giver::Device(from), &mut writes))).collect();
        let reader = Reader::of(asker.request).who_may_not_read(hidden).who_knows_items_of(from);
        let given = give(&kept, &reader).map_err(AnswerError::Source)?.into_response(&reader, None);
        let reply = Reply {
            event: self.event(),
            seals: Vec::new(),
            receipts,
            links: Vec::new(),
            revision: self.ledger.cursor().revision,
            dismissal: None,
            home_ms: None,
            from: reader.from(),
            given: Response { stands: self.ledger.cursor(), ..given },
        };
        Ok(Outcome { writes, answer: reply.say(Authority::Carrier(self.identity.home)) })
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
        snapshot: impl Fn() -> Result<Option<KeptSnapshot>, S::Error>,
    ) -> Result<Response, S::Error> {
        let reader = Reader::of(request).who_may_not_read(reader.clone());
        let kept = KeptEvent { items: source, stands: self.ledger.cursor(), snapshot };
        Ok(give(&kept, &reader)?.into_response(&reader, None))
    }
}

/// An event as a device keeps it, up to where it stood before it took what the asker brought.
struct KeptEvent<'a, S, F> {
    items: &'a S,
    stands: Cursor,
    snapshot: F,
}

impl<S: ItemSource, F: Fn() -> Result<Option<KeptSnapshot>, S::Error>> PageSource for KeptEvent<'_, S, F> {
    type Error = S::Error;

    fn standing(&self, quoted: [Option<Cursor>; 2]) -> Result<Option<Cursor>, S::Error> {
        for cursor in quoted.into_iter().flatten().filter(|cursor| cursor.revision > Revision(0)) {
            let at = self.items.items_after(Revision(cursor.revision.0 - 1), 0)?;
            if at.first().is_none_or(|stored| stored.cursor != cursor) {
                return Ok(None);
            }
        }
        Ok(Some(self.stands))
    }

    fn floor(&self) -> Result<Revision, S::Error> {
        Ok(Revision(0))
    }

    fn items_from(&self, from: Cursor, limit_bytes: usize) -> Result<SourcePage, S::Error> {
        let items = self.items.items_after(from.revision, limit_bytes)?;
        let cursor = items.last().map_or(from, |stored| stored.cursor);
        let more = cursor.revision < self.stands.revision && !items.is_empty();
        Ok(SourcePage { items, cursor, more })
    }

    fn snapshot_from(
        &self,
        begun: Option<SnapshotPosition>,
        limit_bytes: usize,
    ) -> Result<Option<SnapshotPart>, S::Error> {
        let kept = (self.snapshot)()?.filter(KeptSnapshot::is_whole);
        Ok(kept.and_then(|kept| kept.part(begun, limit_bytes)))
    }
}

impl KeptSnapshot {
    /// Whether it is for everybody: home makes others for those who stand at one post.
    fn is_whole(&self) -> bool {
        self.statement.recall().is_ok_and(|statement| statement.is_whole())
    }

    /// A part of it: from where the reader stopped, if it is the same one.
    fn part(self, begun: Option<SnapshotPosition>, limit: usize) -> Option<SnapshotPart> {
        let Self { statement, bytes } = self;
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
}
