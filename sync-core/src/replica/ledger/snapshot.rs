//! Everything that a replica has admitted as one file: what a device begins with, and what home opens an event from.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::{ItemSource, Ledger};
use crate::admission::{SealedChange, Voucher, inspect};
use crate::documents::change::Container;
use crate::documents::history::{History, Link};
use crate::documents::log::Entry;
use crate::documents::registers::RegistersError;
use crate::documents::{Documents, decode_exact, encode};
use crate::exchange::{EraStatement, Item, deflate, inflate};
use crate::ids::{Actor, ChangeHash, DeviceId, DocumentRef, EventId, Incarnation, Revision, SharedDocument};
use crate::replica::reading::Hidden;
use crate::trust::{Grant, PublicKey, Seal, Signature, Signed, SnapshotStatement};

/// A snapshot may inflate to no more than this.
const SNAPSHOT_LIMIT_BYTES: usize = 256 * 1024 * 1024;

/// Why a snapshot was not taken over. The ledger is unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Home does not vouch for these bytes.
    #[error("home does not vouch for this snapshot")]
    NotVouchedFor,
    /// The bytes are not a snapshot of this event.
    #[error("the snapshot is damaged or of another event")]
    Damaged,
    /// Somebody was erased since it was written.
    #[error("the snapshot is of before the last erasure that is known here")]
    Earlier,
    /// It leaves out what this device may read.
    #[error("the snapshot was made for devices that may read less")]
    ForOthers,
}

impl From<RegistersError> for SnapshotError {
    fn from(_: RegistersError) -> Self {
        Self::Damaged
    }
}

/// An earlier snapshot of the same replica, with where it stood then: what came before is no longer kept item by item.
#[derive(Clone, Copy)]
pub struct Base<'a> {
    /// The bytes of the earlier snapshot.
    pub bytes: &'a [u8],
    /// The revision up to which it includes everything.
    pub revision: Revision,
}

/// Why a snapshot could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WritingError<E> {
    /// What is kept cannot be read.
    #[error("{0}")]
    Source(E),
    /// The snapshot that it goes on from is damaged.
    #[error("the snapshot before is damaged")]
    Base,
}

impl Ledger {
    /// Writes everything admitted here as one snapshot, reading the changes of logs and the seals from `base` and then
    /// from `source`. What `hidden` hides is left out.
    ///
    /// # Errors
    /// See [`WritingError`].
    pub fn snapshot<S: ItemSource>(
        &self,
        base: Option<Base<'_>>,
        source: &S,
        hidden: &Hidden,
    ) -> Result<Vec<u8>, WritingError<S::Error>> {
        let mut body = self.body(base, source)?;
        body.logs.retain(|log| !hidden.hides_log(log.device));
        Ok(deflate(&encode(&body)))
    }

    pub(super) fn body<S: ItemSource>(
        &self,
        base: Option<Base<'_>>,
        source: &S,
    ) -> Result<SnapshotBody, WritingError<S::Error>> {
        let mut logs: BTreeMap<DocumentRef, LogSnapshot> = BTreeMap::new();
        let mut authors: BTreeMap<(DocumentRef, DeviceId, Incarnation), Signature> = BTreeMap::new();
        let mut at = Revision(0);
        if let Some(base) = base {
            let before = SnapshotBody::read(base.bytes).map_err(|_| WritingError::Base)?;
            at = base.revision;
            logs.extend(before.logs.into_iter().map(|log| (log.document(), log)));
            authors.extend(before.shared.iter().flat_map(|shared| {
                shared.authors.iter().map(|author| ((shared.document, author.device, author.incarnation), author.seal))
            }));
        }
        loop {
            let page = source.items_after(at, 1 << 20).map_err(WritingError::Source)?;
            let Some(last) = page.last() else { break };
            at = last.cursor.revision;
            for stored in page.into_iter().filter(|stored| stored.cursor.revision <= self.cursor.revision) {
                let Item::Change(sealed) = stored.item else { continue };
                if let DocumentRef::Log { device, incarnation } = sealed.document {
                    let log = logs
                        .entry(sealed.document)
                        .or_insert_with(|| LogSnapshot::empty(device, incarnation, sealed.seal));
                    log.seal = sealed.seal;
                    log.changes.push(sealed.change.into());
                } else {
                    authors.insert((sealed.document, sealed.device, sealed.incarnation), sealed.seal);
                }
            }
        }
        let shared = [SharedDocument::Event, SharedDocument::Roster, SharedDocument::Rulings];
        let retired =
            self.documents.retired().iter().map(|(document, history)| RetiredSnapshot::of(*document, history));
        Ok(SnapshotBody {
            event: self.documents.event(),
            grants: self.grants.values().map(|(_, signed)| signed.clone()).collect(),
            shared: shared.map(|shared| self.shared_snapshot(shared, &authors)).to_vec(),
            logs: logs.into_values().collect(),
            era: self.era_statement.clone(),
            retired: Some(retired.collect::<Vec<_>>()).filter(|retired| !retired.is_empty()),
        })
    }

    pub(super) fn shared_snapshot(
        &self,
        shared: SharedDocument,
        authors: &BTreeMap<(DocumentRef, DeviceId, Incarnation), Signature>,
    ) -> SharedSnapshot {
        let document = self.documents.current(shared);
        let of_this = authors
            .range((document, DeviceId([0; 16]), Incarnation([0; 8]))..)
            .take_while(|((of, ..), _)| *of == document);
        let authors = of_this.map(|((_, device, incarnation), seal)| AuthorSnapshot {
            device: *device,
            incarnation: *incarnation,
            seal: *seal,
        });
        SharedSnapshot { document, bytes: self.documents.shared(shared).save(), authors: authors.collect() }
    }

    /// Makes a ledger from a snapshot that home vouches for.
    ///
    /// # Errors
    /// See [`SnapshotError`].
    pub fn from_snapshot(
        event: EventId,
        home: PublicKey,
        statement: &Signed<SnapshotStatement>,
        bytes: &[u8],
    ) -> Result<Self, SnapshotError> {
        let statement = statement.verify(&home).map_err(|_| SnapshotError::NotVouchedFor)?;
        if statement.event != event || statement.digest != super::snapshot_digest(bytes) {
            return Err(SnapshotError::NotVouchedFor);
        }
        Self::load_snapshot(event, home, bytes)
    }

    /// Makes a ledger from a snapshot that this replica wrote itself.
    ///
    /// # Errors
    /// [`SnapshotError::Damaged`].
    pub fn load_snapshot(event: EventId, home: PublicKey, bytes: &[u8]) -> Result<Self, SnapshotError> {
        let body = SnapshotBody::read(bytes)?;
        if body.event != event {
            return Err(SnapshotError::Damaged);
        }
        let mut ledger = Self::founded(event, home);
        if let Some(signed) = body.era {
            let stated = signed.verify(&home).map_err(|_| SnapshotError::Damaged)?;
            if stated.event != event {
                return Err(SnapshotError::Damaged);
            }
            ledger.documents = Documents::founded_in(stated.era, event, home.device());
            ledger.era_statement = Some(signed);
        }
        for grant in &body.grants {
            ledger.take_grant(grant, Voucher::Seal).map_err(|_| SnapshotError::Damaged)?;
        }
        for shared in &body.shared {
            let authors = ledger.authors_of(shared);
            ledger.documents.load(shared.document, &shared.bytes, |actor| authors.get(actor).copied())?;
        }
        for log in body.logs {
            ledger.load_log(log)?;
        }
        let retired = body.retired.unwrap_or_default().into_iter();
        ledger.documents.remember_retired(retired.map(|retired| retired.history(event)).collect());
        Ok(ledger)
    }

    fn authors_of(&self, shared: &SharedSnapshot) -> BTreeMap<Actor, DeviceId> {
        let document = shared.document.id(self.documents.event());
        let actors = shared.authors.iter().filter_map(|author| {
            let grant = self.grant(author.device)?;
            Some((Actor::of(document, &grant.key.0, author.incarnation), author.device))
        });
        actors.collect()
    }

    /// A log travels as its changes; the newest seal covers them all, because they form one chain.
    fn load_log(&mut self, log: LogSnapshot) -> Result<(), SnapshotError> {
        let document = log.document();
        let grant = self.grants.get(&log.device).map(|(grant, _)| grant.clone()).ok_or(SnapshotError::Damaged)?;
        let last = log.changes.len().checked_sub(1).ok_or(SnapshotError::Damaged)?;
        let mut redacted = log.redacted.unwrap_or_default().into_iter().peekable();
        for (index, change) in log.changes.into_iter().enumerate() {
            let (device, incarnation, seal) = (log.device, log.incarnation, log.seal);
            let voucher = if index == last { Voucher::SealAndHome } else { Voucher::LaterSeal };
            if let Some(redacted) = redacted.next_if(|redacted| redacted.index == index as u64) {
                self.redacted.insert(document);
                let newest = (index == last).then_some(&seal);
                self.load_redacted(LogAuthor { device, incarnation, key: grant.key }, redacted, newest)?;
                continue;
            }
            let sealed = SealedChange { document, device, incarnation, change: change.into(), seal };
            let mut inspected = inspect(&sealed).map_err(|_| SnapshotError::Damaged)?;
            self.documents.admit(&mut inspected, Some(&grant), voucher).map_err(|_| SnapshotError::Damaged)?;
        }
        Ok(())
    }

    /// Appends what home left of a change: its hash, to which its author's later changes are bound, is the one that it
    /// had. `seal` is the author's, where the change is the newest of its log; a later one covers all others.
    fn load_redacted(
        &mut self,
        author: LogAuthor,
        redacted: Redacted,
        seal: Option<&Signature>,
    ) -> Result<(), SnapshotError> {
        let LogAuthor { device, incarnation, key } = author;
        let document = DocumentRef::Log { device, incarnation }.id(self.documents.event());
        let actor = Actor::of(document, &key.0, incarnation);
        let known = self.documents.log_document(device, incarnation).map(|log| &log.history);
        let founded = History::founded(document, Container::Entries);
        let history = known.unwrap_or(&founded);
        let (deps, seq) = (history.heads().to_vec(), history.next_seq(&actor));
        let max_op = history.next_op(&deps) + redacted.entries.len() as u64 - 1;
        if let Some(seal) = seal {
            let claimed = Seal { document, actor, seq, hash: redacted.hash };
            claimed.verify(&key, seal).map_err(|_| SnapshotError::Damaged)?;
        }
        let entries = redacted.entries.iter().map(|entry| decode_exact::<Entry>(entry));
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(|_| SnapshotError::Damaged)?;
        if entries.is_empty() {
            return Err(SnapshotError::Damaged);
        }
        self.documents.append(device, incarnation, Link { actor, hash: redacted.hash, deps, max_op }, entries);
        Ok(())
    }
}

/// Whose log it is.
struct LogAuthor {
    device: DeviceId,
    incarnation: Incarnation,
    key: PublicKey,
}

#[derive(Clone, Debug, Encode, Decode)]
pub(super) struct SnapshotBody {
    #[n(0)]
    pub event: EventId,
    #[n(1)]
    pub grants: Vec<Signed<Grant>>,
    #[n(2)]
    pub shared: Vec<SharedSnapshot>,
    #[n(3)]
    pub logs: Vec<LogSnapshot>,
    /// What home stated of the era, unless it is the first.
    #[n(4)]
    pub era: Option<Signed<EraStatement>>,
    /// What changes of earlier eras build on, should some still come.
    #[n(5)]
    pub retired: Option<Vec<RetiredSnapshot>>,
}

impl SnapshotBody {
    fn read(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let content = inflate(bytes, SNAPSHOT_LIMIT_BYTES).map_err(|_| SnapshotError::Damaged)?;
        decode_exact(&content).map_err(|_| SnapshotError::Damaged)
    }
}

#[derive(Clone, Debug, Encode, Decode)]
pub(super) struct SharedSnapshot {
    #[n(0)]
    document: DocumentRef,
    #[cbor(n(1), with = "minicbor::bytes")]
    bytes: Vec<u8>,
    #[n(2)]
    authors: Vec<AuthorSnapshot>,
}

#[derive(Clone, Debug, Encode, Decode)]
struct AuthorSnapshot {
    #[n(0)]
    device: DeviceId,
    #[n(1)]
    incarnation: Incarnation,
    #[n(2)]
    seal: Signature,
}

#[derive(Clone, Debug, Encode, Decode)]
pub(super) struct LogSnapshot {
    #[n(0)]
    pub device: DeviceId,
    #[n(1)]
    pub incarnation: Incarnation,
    #[n(2)]
    pub seal: Signature,
    /// Empty where the change was redacted.
    #[n(3)]
    pub changes: Vec<minicbor::bytes::ByteVec>,
    /// What is left of changes that were redacted, in the order of their places.
    #[n(4)]
    pub redacted: Option<Vec<Redacted>>,
}

impl LogSnapshot {
    const fn empty(device: DeviceId, incarnation: Incarnation, seal: Signature) -> Self {
        Self { device, incarnation, seal, changes: Vec::new(), redacted: None }
    }

    pub(super) const fn document(&self) -> DocumentRef {
        DocumentRef::Log { device: self.device, incarnation: self.incarnation }
    }
}

/// A change of a log without what it said about somebody who was erased.
#[derive(Clone, Debug, Encode, Decode)]
pub(super) struct Redacted {
    /// Which change of the log, from 0.
    #[n(0)]
    pub index: u64,
    /// The hash of the change as its author wrote it.
    #[n(1)]
    pub hash: ChangeHash,
    /// What is left of its entries.
    #[n(2)]
    pub entries: Vec<minicbor::bytes::ByteVec>,
}

/// The changes of a document of an earlier era, without what they said.
#[derive(Clone, Debug, Encode, Decode)]
pub(super) struct RetiredSnapshot {
    #[n(0)]
    document: DocumentRef,
    #[n(1)]
    links: Vec<RetiredLink>,
    /// Home forgot how the document began.
    #[n(2)]
    #[cbor(default)]
    is_forgotten: bool,
}

#[derive(Clone, Debug, Encode, Decode)]
struct RetiredLink {
    #[n(0)]
    device: DeviceId,
    #[n(1)]
    link: Link,
}

impl RetiredSnapshot {
    pub(super) fn of(document: DocumentRef, history: &History) -> Self {
        let links = history.links().into_iter().map(|(device, link)| RetiredLink { device, link });
        Self { document, links: links.collect(), is_forgotten: history.is_forgotten() }
    }

    fn history(self, event: EventId) -> (DocumentRef, History) {
        let begun = if self.is_forgotten { History::forgotten } else { History::founded };
        let mut history = begun(self.document.id(event), Container::Registers);
        self.links.into_iter().for_each(|RetiredLink { device, link }| history.add(device, link));
        (self.document, history)
    }
}
