//! What a replica says when it answers a request, and in whose name.

use super::ledger::confirmation;
use crate::admission::ChainLink;
use crate::exchange::{Cursor, PageStatement, Receipt, Response, Verdict, Versions};
use crate::ids::{DocumentRef, EventId, Revision};
use crate::time::UnixMillis;
use crate::trust::{Authority, Dismissal, Refusal, RefusedChange, Signature};

/// What became of a request, when everything that was taken of it is durable.
#[derive(Debug)]
pub struct Reply {
    /// The event that was asked about.
    pub event: EventId,
    /// The seal of each item of the request, in order; `None` for a grant.
    pub seals: Vec<Option<[u8; 64]>>,
    /// One for each item of the request.
    pub receipts: Vec<Receipt>,
    /// The changes of the request that are here.
    pub links: Vec<(DocumentRef, ChainLink)>,
    /// The revision of the replica with what it took of the request.
    pub revision: Revision,
    /// What the asker is told if it was revoked.
    pub dismissal: Option<Dismissal>,
    /// Home's time, if the replica is home and knows it.
    pub home_ms: Option<UnixMillis>,
    /// Where the asker stood before what it is given.
    pub from: Cursor,
    /// What the asker is given: see [`super::pager::Given::into_response`].
    pub given: Response,
}

/// What home states about what a response gives to a reader at `from`; `None` where it gives nothing and moves nobody on.
///
/// What is given as home's word bears home's signature, also that nothing up to a cursor is for the reader: the way to the
/// device need not be trusted.
#[must_use]
pub fn page_statement(event: EventId, from: Cursor, given: &Response) -> Option<PageStatement> {
    (!given.items.is_empty() || given.cursor.revision > from.revision)
        .then(|| PageStatement::of(event, from, given.cursor, &given.items))
}

impl Reply {
    /// The whole response. Only home's authority confirms, refuses and vouches for the page; a carrier's response has
    /// receipts alone.
    #[must_use]
    pub fn say(self, authority: Authority<'_>) -> Response {
        let confirmed = confirmation(self.event, self.revision, &self.links);
        let refused = self.refusal();
        // A page that was written for everybody has its statement already.
        let page = match &self.given.page {
            Some(stated) => Some(stated.clone()),
            None => page_statement(self.event, self.from, &self.given).and_then(|page| authority.state(&page)),
        };
        Response {
            receipts: self.receipts,
            confirmations: confirmed.and_then(|confirmed| authority.state(&confirmed)).into_iter().collect(),
            refusal: refused.and_then(|refused| authority.state(&refused)),
            dismissal: self.dismissal.and_then(|dismissal| authority.state(&dismissal)),
            page,
            home_ms: self.home_ms,
            versions: Some(Versions::OWN),
            ..self.given
        }
    }

    /// What is not taken; `None` if that is nothing.
    fn refusal(&self) -> Option<Refusal> {
        let mut refusal = Refusal { event: self.event, changes: Vec::new(), held: Vec::new() };
        for (seal, receipt) in self.seals.iter().zip(&self.receipts) {
            let Some(seal) = seal.map(Signature) else { continue };
            match receipt.verdict {
                Verdict::Refused => {
                    let code = receipt.code.clone().unwrap_or_default();
                    refusal.changes.push(RefusedChange { seal, code });
                }
                Verdict::Held => refusal.held.push(seal),
                Verdict::Accepted | Verdict::AlreadyHad | Verdict::NotYet => {}
            }
        }
        let says_something = !refusal.changes.is_empty() || !refusal.held.is_empty();
        says_something.then_some(refusal)
    }
}
