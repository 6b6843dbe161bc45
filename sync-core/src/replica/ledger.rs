//! What one replica has admitted of one event: documents, grants, and the number and hash that stand for all of it.

mod badges;
mod founding;
mod snapshot;

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

pub use self::badges::BadgeError;
pub use self::founding::{Founded, Founding, FoundingError, LateLink, TakenLate};
pub use self::snapshot::{Base, SnapshotError, WritingError};
use crate::admission::{Admitted, ChainLink, Genuine, Inspected, Rejection, Voucher, inspect};
use crate::documents::Documents;
use crate::documents::log::Log;
use crate::exchange::{Cursor, EraStatement, Item, Receipt, Verdict};
use crate::ids::{Actor, DeviceId, DocumentRef, Era, EventId, Revision, SharedDocument};
use crate::trust::{Confirmation, ConfirmedChain, Grant, PublicKey, Signed};

/// An item as a replica keeps it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct StoredItem {
    /// The cursor of the replica after it took the item.
    #[n(0)]
    pub cursor: Cursor,
    /// From whom it came; `None` is the replica itself.
    #[n(1)]
    pub origin: Option<DeviceId>,
    /// The grant or the sealed change.
    #[n(2)]
    pub item: Item,
}

/// Where items are kept: a journal or a store.
pub trait ItemSource {
    /// What reading can fail with.
    type Error;

    /// Returns items after `revision`, in order: at least one if there is one, and then no more than fit into about
    /// `limit_bytes`.
    ///
    /// # Errors
    /// Whatever the medium reports.
    fn items_after(&self, revision: Revision, limit_bytes: usize) -> Result<Vec<StoredItem>, Self::Error>;
}

/// What became of an item that was offered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Taken {
    /// It is new and must be stored.
    New {
        /// The cursor of the replica now.
        cursor: Cursor,
        /// Which change it was; `None` for a grant.
        link: Option<ChainLink>,
    },
    /// It was here already.
    AlreadyHad {
        /// Which change it was; `None` for a grant.
        link: Option<ChainLink>,
    },
}

/// What one replica has admitted of one event.
pub struct Ledger {
    home: PublicKey,
    documents: Documents,
    /// What home stated of the present era; `None` in the first.
    era_statement: Option<Signed<EraStatement>>,
    /// The logs of which something was erased: they came in a snapshot, and cannot be given on item by item.
    redacted: BTreeSet<DocumentRef>,
    grants: BTreeMap<DeviceId, (Grant, Signed<Grant>)>,
    cursor: Cursor,
}

impl Ledger {
    /// An event of which nothing is known yet, at the home that holds `home`'s secret half.
    #[must_use]
    pub fn founded(event: EventId, home: PublicKey) -> Self {
        Self {
            home,
            documents: Documents::founded(event, home.device()),
            era_statement: None,
            redacted: BTreeSet::new(),
            grants: BTreeMap::new(),
            cursor: Cursor::default(),
        }
    }

    /// The documents, as far as they were admitted.
    #[must_use]
    pub const fn documents(&self) -> &Documents {
        &self.documents
    }

    /// What home stated of the present era; `None` in the first.
    #[must_use]
    pub const fn era_statement(&self) -> Option<&Signed<EraStatement>> {
        self.era_statement.as_ref()
    }

    /// Whether an era is the present one or came before it. A home that was restored from an older copy does not know the
    /// eras that it founded since.
    #[must_use]
    pub fn knows_era(&self, era: Era) -> bool {
        self.documents.history(&DocumentRef::Roster(era.id)).is_some()
    }

    /// The cursor of the replica: how many items it has taken, and a hash of them.
    #[must_use]
    pub const fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// The public key of home, whose statements are believed.
    #[must_use]
    pub const fn home(&self) -> PublicKey {
        self.home
    }

    /// What home said of a device; `None` if it is not known here.
    #[must_use]
    pub fn grant(&self, device: DeviceId) -> Option<&Grant> {
        self.grants.get(&device).map(|(grant, _)| grant)
    }

    /// The same, signed, to be passed on.
    #[must_use]
    pub fn signed_grant(&self, device: DeviceId) -> Option<&Signed<Grant>> {
        self.grants.get(&device).map(|(_, signed)| signed)
    }

    /// The devices that home let in, as far as they are known here.
    pub fn grants(&self) -> impl Iterator<Item = (&DeviceId, &Grant)> {
        self.grants.iter().map(|(device, (grant, _))| (device, grant))
    }

    /// From now on many items come at once, as those of a request or a page do: their changes share one copy of each document
    /// instead of having one each. Ends with [`Ledger::end_of_many`].
    pub fn begin_many(&mut self) {
        self.documents.share_copies();
    }

    /// No more items come at once; the copies are let go.
    pub fn end_of_many(&mut self) {
        self.documents.end_sharing_copies();
    }

    /// Judges an item and takes it over. On an error nothing is changed. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`Rejection`].
    pub fn take(&mut self, item: &Item) -> Result<Taken, Rejection> {
        self.judge(item, Voucher::Seal)
    }

    /// The same for an item that home itself hands over. A role that its author had then and has no more still counts.
    ///
    /// # Errors
    /// See [`Rejection`].
    pub fn take_from_home(&mut self, item: &Item) -> Result<Taken, Rejection> {
        self.judge(item, Voucher::SealAndHome)
    }

    /// The same for a change that was inspected before: what it contains is moved out of it.
    ///
    /// # Errors
    /// See [`Rejection`].
    pub fn take_inspected(&mut self, inspected: &mut Inspected<'_>) -> Result<Taken, Rejection> {
        self.judge_change(inspected, Voucher::Seal)
    }

    /// The same for a grant that home's own server verified when it let the device in: not for one from outside.
    ///
    /// # Errors
    /// See [`Rejection`].
    pub fn take_own_grant(&mut self, signed: &Signed<Grant>) -> Result<Taken, Rejection> {
        self.judge_grant(signed, Voucher::EarlierJudgement)
    }

    fn judge(&mut self, item: &Item, voucher: Voucher) -> Result<Taken, Rejection> {
        match item {
            Item::Grant(signed) => self.judge_grant(signed, voucher),
            Item::Change(sealed) => self.judge_change(&mut inspect(sealed)?, voucher),
        }
    }

    fn judge_grant(&mut self, signed: &Signed<Grant>, voucher: Voucher) -> Result<Taken, Rejection> {
        if !self.take_grant(signed, voucher)? {
            return Ok(Taken::AlreadyHad { link: None });
        }
        self.cursor = self.cursor.advanced_by_grant(signed);
        Ok(Taken::New { cursor: self.cursor, link: None })
    }

    fn judge_change(&mut self, inspected: &mut Inspected<'_>, voucher: Voucher) -> Result<Taken, Rejection> {
        let grant = self.grants.get(&inspected.sealed().device).map(|(grant, _)| grant);
        match self.documents.admit(inspected, grant, voucher)? {
            Admitted::AlreadyHad(link) => Ok(Taken::AlreadyHad { link: Some(link) }),
            Admitted::New(link) => {
                self.cursor = self.cursor.advanced_by_change(inspected.sealed());
                Ok(Taken::New { cursor: self.cursor, link: Some(link) })
            }
        }
    }

    /// Judges a change that is to wait for a person's decision, without taking it over.
    ///
    /// # Errors
    /// See [`Rejection`]: what is not genuine need not wait.
    pub fn vouch(&self, inspected: &Inspected<'_>) -> Result<Genuine, Rejection> {
        self.documents.vouch(inspected, self.grant(inspected.sealed().device))
    }

    /// Takes over the next item that this replica admitted before. A snapshot may contain it already.
    ///
    /// Its signature was verified then; the running hash tells whether it is the same one.
    ///
    /// # Errors
    /// [`Rejection`] if the medium gave back something else than what was stored, or if the item no longer fits:
    /// [`Rejection::is_damage`] tells the two apart.
    pub fn retake(&mut self, stored: &StoredItem) -> Result<(), Rejection> {
        if self.cursor.advanced_by(&stored.item).digest != stored.cursor.digest {
            return Err(Rejection::BadSeal);
        }
        let judged = match &stored.item {
            Item::Grant(signed) => self.judge_grant(signed, Voucher::EarlierJudgement),
            Item::Change(sealed) => self.judge_change(&mut Inspected::again(sealed)?, Voucher::EarlierJudgement),
        };
        self.cursor = stored.cursor;
        judged.map(drop)
    }

    /// Passes over an item that this replica admitted before and must not show now.
    ///
    /// # Errors
    /// As for [`Ledger::retake`].
    pub fn pass_over(&mut self, stored: &StoredItem) -> Result<(), Rejection> {
        if self.cursor.advanced_by(&stored.item).digest != stored.cursor.digest {
            return Err(Rejection::BadSeal);
        }
        self.cursor = stored.cursor;
        Ok(())
    }

    fn take_grant(&mut self, signed: &Signed<Grant>, voucher: Voucher) -> Result<bool, Rejection> {
        let grant = match voucher {
            Voucher::EarlierJudgement => signed.recall(),
            Voucher::Seal | Voucher::SealAndHome | Voucher::LaterSeal => signed.verify(&self.home),
        };
        let grant = grant.map_err(|_| Rejection::BadSeal)?;
        if !grant.scope.covers(self.documents.event()) {
            return Err(Rejection::NotYourRole);
        }
        let device = grant.key.device();
        if self.grants.get(&device).is_some_and(|(known, _)| known.issued >= grant.issued) {
            return Ok(false);
        }
        self.grants.insert(device, (grant, signed.clone()));
        Ok(true)
    }

    /// Whether the change up to which a chain is confirmed is here: another one may bear its number, if its author's
    /// device was cloned or rolled back.
    #[must_use]
    pub fn holds(&self, confirmed: &ConfirmedChain) -> bool {
        let chain = self.documents.history(&confirmed.document).and_then(|history| history.chain(&confirmed.actor));
        chain.and_then(|chain| chain.at(confirmed.seq)) == Some(&confirmed.hash)
    }

    /// The chains of a device as they are here, each up to its newest change.
    pub(super) fn chains_of(&self, device: DeviceId) -> Vec<ConfirmedChain> {
        let shared = [SharedDocument::Event, SharedDocument::Roster, SharedDocument::Rulings];
        let logs = self.documents.logs().filter(|log| log.device == device);
        let logs = logs.map(|log| DocumentRef::Log { device, incarnation: log.incarnation });
        let documents = shared.map(|shared| self.documents.current(shared)).into_iter().chain(logs);
        let chains = documents.flat_map(|document| {
            let newest = self.documents.history(&document).into_iter().flat_map(|history| history.newest_of(device));
            newest.map(move |(actor, seq, hash)| ConfirmedChain { document, actor, seq, hash })
        });
        chains.collect()
    }

    /// The logs of a device of which something was erased here, and which `other` does not hold as far.
    pub(super) fn redacted_logs_behind_in<'a>(
        &'a self,
        other: &'a Self,
        device: DeviceId,
    ) -> impl Iterator<Item = &'a Log> {
        let logs = self.documents.logs().filter(move |log| log.device == device);
        logs.filter(move |log| {
            let document = DocumentRef::Log { device, incarnation: log.incarnation };
            let known = other.documents.log(device, log.incarnation).map_or(0, |log| log.entries.len());
            self.redacted.contains(&document) && known < log.entries.len()
        })
    }

    /// Whether everything that `other` holds is here too: each grant or a newer one, and each chain as far.
    pub(super) fn covers(&self, other: &Self) -> bool {
        other.grants.iter().all(|(device, (grant, _))| {
            self.grant(*device).is_some_and(|known| known.issued >= grant.issued)
                && other.chains_of(*device).iter().all(|chain| self.holds(chain))
        })
    }

    /// The same, standing at `cursor`: for a replica that numbers as the snapshot's writer did.
    #[must_use]
    pub const fn standing_at(mut self, cursor: Cursor) -> Self {
        self.cursor = cursor;
        self
    }
}

/// What home states when the chains of `links` are durable up to them, in `event` as it stood at `revision`; `None` if
/// there is nothing to state.
///
/// A chain may go on here beyond what its author's device holds, if that was restored or cloned: what it sent is
/// confirmed, and not what it could not recognise.
#[must_use]
pub fn confirmation(event: EventId, revision: Revision, links: &[(DocumentRef, ChainLink)]) -> Option<Confirmation> {
    let mut chains: BTreeMap<(DocumentRef, Actor), ConfirmedChain> = BTreeMap::new();
    for &(document, ChainLink { actor, seq, hash }) in links {
        let known = chains.get(&(document, actor)).map_or(0, |chain| chain.seq);
        if known < seq {
            chains.insert((document, actor), ConfirmedChain { document, actor, seq, hash });
        }
    }
    if chains.is_empty() {
        return None;
    }
    let chains = chains.into_values().collect();
    Some(Confirmation { event, revision, chains })
}

/// SHA-256 of a snapshot's bytes, as home states it.
#[must_use]
pub fn snapshot_digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The receipt for an item that was judged.
#[must_use]
pub fn receipt(judged: &Result<Taken, Rejection>) -> Receipt {
    match judged {
        Ok(Taken::New { .. }) => Receipt::plain(Verdict::Accepted),
        Ok(Taken::AlreadyHad { .. }) => Receipt::plain(Verdict::AlreadyHad),
        Err(rejection) => Receipt {
            verdict: if rejection.is_passing() { Verdict::NotYet } else { Verdict::Refused },
            code: Some(rejection.code().to_owned()),
        },
    }
}
