//! The next request to a peer.

use std::collections::BTreeSet;

use super::ledger::{ItemSource, StoredItem};
use super::{Outcome, PageSize, PartialSnapshot, Replica, Write};
use crate::admission::SealedChange;
use crate::exchange::{
    Cursor, ErasedPart, Item, OwnLog, PAGE_LIMIT_BYTES, QuotedEra, Request, Versions, write_message_in,
};
use crate::ids::{DeviceId, Revision};

/// A request together with what it carries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// The request to send.
    pub request: Request,
    version: u8,
    pub(super) sent: Vec<Revision>,
    pub(super) up_to: Revision,
    /// Up to where the peer was sent everything before.
    since: Revision,
    /// Whether there is more to send after it.
    pub more: bool,
}

impl Asked {
    /// The request as a message, in a version that the peer reads.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        write_message_in(self.version, &self.request)
    }

    /// The same request without anything to send: what is here is for a peer that has shown who it is.
    #[must_use]
    pub fn without_items(mut self) -> Self {
        self.more |= !self.sent.is_empty();
        self.request.items.clear();
        self.sent.clear();
        self.up_to = self.since;
        self
    }
}

impl Replica {
    /// Writes the next request to a peer. Asking twice without an answer sends the same again, which is harmless.
    ///
    /// `want_bytes` limits what comes back. What is sent is limited by [`Replica::page_size`], except that one item always
    /// is. A device other than home is asked for a snapshot by
    /// [`Replica::ask_for_snapshot`] alone: one of its own could be older than what is here, and would take its place.
    ///
    /// # Errors
    /// What `source` reports.
    pub fn ask<S: ItemSource>(&self, peer: DeviceId, source: &S, want_bytes: u32) -> Result<Asked, S::Error> {
        let known = self.peers.get(&peer).cloned().unwrap_or_default();
        let begun = self.partial.as_ref().filter(|_| known.cursor.is_none());
        let mut asked = Asked {
            request: Request {
                event: self.event(),
                cursor: known.cursor.or_else(|| (peer != self.home()).then(Cursor::default)),
                snapshot: begun.map(PartialSnapshot::position),
                want_bytes,
                items: Vec::new(),
                witness: known.stood,
                own_log: OwnLog { incarnation: self.identity.incarnation, entries: self.next_counter() },
                era: (peer == self.home()).then(|| self.quoted_era(known.wants_erased)).flatten(),
                versions: Some(Versions::OWN),
            },
            version: Versions::to_write_to(known.versions),
            sent: Vec::new(),
            up_to: known.sent_up_to,
            since: known.sent_up_to,
            more: false,
        };
        let told = asked.request.era.as_ref().and_then(|quoted| quoted.told.as_ref());
        let limit = PAGE_LIMIT_BYTES.saturating_sub(told.map_or(0, ErasedPart::size_bytes));
        let mut left = usize::try_from(known.page.bytes()).unwrap_or(usize::MAX).min(limit);
        let mut vouched_for = BTreeSet::from([self.device()]);
        'pages: while left > 0 {
            let page = source.items_after(asked.up_to, left)?;
            if page.is_empty() {
                break;
            }
            for stored in page {
                let revision = stored.cursor.revision;
                let is_echo = revision <= known.echo_up_to;
                if is_echo
                    && let Item::Change(SealedChange { device, .. }) = stored.item
                    && vouched_for.insert(device)
                {
                    self.vouch(device, &mut asked, &mut left);
                }
                let is_theirs = stored.origin == Some(peer) && !is_echo;
                if !is_theirs && !Self::add_to(&mut asked, stored, &mut left) {
                    asked.more = true;
                    break 'pages;
                }
                asked.up_to = revision;
            }
        }
        // What waits for others comes last: it must not keep anything new from leaving.
        for owed in known.owed.iter().chain(&known.held) {
            let page = source.items_after(Revision(owed.0.saturating_sub(1)), 0)?;
            let still_here = page.into_iter().find(|stored| stored.cursor.revision == *owed);
            if still_here.is_some_and(|stored| !Self::add_to(&mut asked, stored, &mut left)) {
                break;
            }
        }
        // Home refused these for who wrote them; it is asked again once their author may write them, as far as is known here.
        // That an organizer thinks better of a revoked device is not known here.
        let was_sent = |aside: &&Revision| **aside <= known.sent_up_to && !known.held.contains(aside);
        for aside in known.aside.iter().filter(was_sent) {
            let page = source.items_after(Revision(aside.0.saturating_sub(1)), 0)?;
            let Some(stored) = page.into_iter().find(|stored| stored.cursor.revision == *aside) else { continue };
            let Item::Change(SealedChange { document, device, .. }) = &stored.item else { continue };
            if self.ledger.grant(*device).is_some_and(|grant| grant.role.may_write(document)) {
                if vouched_for.insert(*device) {
                    self.vouch(*device, &mut asked, &mut left);
                }
                if !Self::add_to(&mut asked, stored, &mut left) {
                    break;
                }
            }
        }
        Ok(asked)
    }

    /// In which era this replica is, with what home wants to be told of it; `None` in the first.
    fn quoted_era(&self, wanted: Option<u32>) -> Option<QuotedEra> {
        let statement = self.ledger.era_statement()?;
        let documents = self.ledger.documents();
        let told = wanted.map(|part| ErasedPart::of(statement.clone(), part, &documents.roster().erased));
        Some(QuotedEra { era: documents.era(), told })
    }

    /// How much the link to a peer carries in one message, as far as was seen.
    #[must_use]
    pub fn page_size(&self, peer: DeviceId) -> PageSize {
        self.peers.get(&peer).map(|known| known.page).unwrap_or_default()
    }

    /// Notes that a request to a peer, or its answer, did not get through: from now on messages are half as long, and
    /// grow again with each that does. It is remembered for later exchanges.
    pub fn note_break(&mut self, peer: DeviceId) -> Outcome<()> {
        let mut known = self.peers.get(&peer).cloned().unwrap_or_default();
        known.page = known.page.halved();
        self.peers.insert(peer, known.clone());
        Outcome { writes: vec![Write::Peer(peer, known)], answer: () }
    }

    /// Turns a request to another device into one for the snapshot that it began with.
    #[must_use]
    pub fn ask_for_snapshot(&self, mut asked: Asked) -> Asked {
        asked.request.cursor = None;
        asked.request.snapshot = self.partial.as_ref().map(PartialSnapshot::position);
        asked
    }

    /// An exchange in which nothing is asked and nothing sent: what `peer` gives of its own accord can be received by it.
    #[must_use]
    pub fn asks_nothing(&self, peer: DeviceId) -> Asked {
        let known = self.peers.get(&peer).cloned().unwrap_or_default();
        let request = Request {
            event: self.event(),
            cursor: None,
            snapshot: None,
            want_bytes: 0,
            items: Vec::new(),
            witness: None,
            own_log: OwnLog { incarnation: self.identity.incarnation, entries: self.next_counter() },
            era: None,
            versions: None,
        };
        Asked {
            request,
            version: Versions::OWN.oldest,
            sent: Vec::new(),
            up_to: known.sent_up_to,
            since: known.sent_up_to,
            more: false,
        }
    }

    /// A peer that lost what it had may have lost the grant of an author, which a snapshot brought here.
    fn vouch(&self, device: DeviceId, asked: &mut Asked, left: &mut usize) {
        if let Some(signed) = self.ledger.signed_grant(device) {
            let item = Item::Grant(signed.clone());
            Self::add_to(asked, StoredItem { cursor: Cursor::default(), origin: None, item }, left);
        }
    }

    fn add_to(asked: &mut Asked, stored: StoredItem, left: &mut usize) -> bool {
        let size = match &stored.item {
            Item::Change(sealed) => sealed.change.len() + 160,
            Item::Grant(_) => 300,
        };
        if size > *left && !asked.request.items.is_empty() {
            *left = 0;
            return false;
        }
        *left = left.saturating_sub(size);
        asked.sent.push(stored.cursor.revision);
        asked.request.items.push(stored.item);
        true
    }
}
