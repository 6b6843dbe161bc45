//! Erasing somebody: the roster and the rulings are founded again without them, and what logs say of them goes.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};

use super::snapshot::{Base, LogSnapshot, Redacted, RetiredSnapshot, WritingError};
use super::{ItemSource, Ledger, StoredItem};
use crate::admission::{ChainLink, Inspected, Rejection, SealedChange, Voucher};
use crate::documents::change::{Body, Change};
use crate::documents::founding::{Late, Written};
use crate::documents::history::{Link, Misfit};
use crate::documents::log::Entry;
use crate::documents::{Documents, Unfit, decode_exact, encode};
use crate::exchange::{EraStatement, Item, deflate};
use crate::ids::{DeviceId, DocumentRef, Era, EraId, SharedDocument, Subject};
use crate::time::UnixMillis;
use crate::trust::{Grant, HomeKey, Post, Role, Scope, Seal};

/// Who is to be erased, and how the new era is to be known.
pub struct Founding<'a> {
    /// Home's key: only home erases.
    pub home: &'a HomeKey,
    /// The id of the new era, drawn at random.
    pub era: EraId,
    /// The time by home's clock.
    pub at: UnixMillis,
    /// Everybody who is erased now. Who was erased before stays so.
    pub erased: &'a BTreeSet<Subject>,
    /// An era that home founded and forgot, and of which a device told it. The new one comes after it.
    pub forgotten: Option<Era>,
}

impl Founding<'_> {
    /// Later than the era before and than the one that home forgot, whatever home's clock shows. Home's time makes it
    /// later than most of what home may have forgotten before anybody tells.
    fn number_after(&self, before: Era) -> u32 {
        let known = self.forgotten.map_or(before.number, |forgotten| forgotten.number.max(before.number));
        u32::try_from(self.at.0 / 1000).unwrap_or(0).max(known.saturating_add(1))
    }
}

/// An event in its next era. It takes effect once it is durable, instead of everything that was kept of the event.
pub struct Founded {
    /// What is new to those who read on: home, as an author.
    pub item: StoredItem,
    /// Everything else, standing at [`Founded::item`].
    pub snapshot: Vec<u8>,
}

/// Why an event was not founded again. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum FoundingError<E> {
    /// What is kept of the event cannot be read, or is not what it should be.
    #[error(transparent)]
    Writing(#[from] WritingError<E>),
    /// What was written cannot be read again.
    #[error("the event could not be founded again: {0}")]
    Rejected(#[from] Rejection),
}

impl<E> From<Unfit> for FoundingError<E> {
    fn from(_: Unfit) -> Self {
        Self::Rejected(Rejection::WrongPlace)
    }
}

/// A change of an earlier era that came late.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TakenLate {
    /// Which change it was.
    pub link: ChainLink,
    /// To be remembered of it, unless it was here; see [`Ledger::remember_late`].
    pub remembered: Option<LateLink>,
    /// What home wrote of it into the present era, to be stored.
    pub items: Vec<StoredItem>,
}

/// That a change of an earlier era is known, and nothing of what it says.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct LateLink {
    #[n(0)]
    document: DocumentRef,
    #[n(1)]
    device: DeviceId,
    #[n(2)]
    link: Link,
}

impl Ledger {
    /// Founds the roster and the rulings of this event again, without what is said there or in a log about who is erased.
    /// Hours stay as they are, under the id of the person.
    ///
    /// # Errors
    /// See [`FoundingError`].
    pub fn found_again<S: ItemSource>(
        &self,
        base: Option<Base<'_>>,
        source: &S,
        founding: &Founding<'_>,
    ) -> Result<Founded, FoundingError<S::Error>> {
        let event = self.documents.event();
        let key = founding.home.public();
        let erased: BTreeSet<Subject> = self.documents.roster().erased.union(founding.erased).copied().collect();
        let mut body = self.body(base, source)?;
        let item = Item::Grant(founding.home.state(&self.grant_of_home(founding)));
        let era = Era { number: founding.number_after(self.documents.era()), id: founding.era };
        let statement = founding.home.state(&EraStatement::of(event, era, &erased));
        let mut next = Self { documents: Documents::founded_in(era, event, key.device()), ..Self::founded(event, key) };
        next.grants.clone_from(&self.grants);
        next.cursor = self.cursor;
        next.take(&item)?;
        let cursor = next.cursor;
        let mut authors = BTreeMap::new();
        for shared in [SharedDocument::Roster, SharedDocument::Rulings] {
            for written in self.documents.founding(shared, era.id, &key, &erased)? {
                let (document, incarnation) = (written.document, written.incarnation);
                for stored in next.write_for_others(written, founding.home)? {
                    let Item::Change(sealed) = stored.item else { continue };
                    authors.insert((document, key.device(), incarnation), sealed.seal);
                }
            }
        }
        body.grants = next.grants.values().map(|(_, signed)| signed.clone()).collect();
        body.shared.truncate(1);
        for shared in [SharedDocument::Roster, SharedDocument::Rulings] {
            body.shared.push(next.shared_snapshot(shared, &authors));
        }
        body.logs.iter_mut().try_for_each(|log| redact(log, &erased))?;
        body.era = Some(statement);
        let retired = self.documents.retiring(founding.forgotten);
        body.retired =
            Some(retired.iter().map(|(document, history)| RetiredSnapshot::of(*document, history)).collect());
        let snapshot = deflate(&encode(&body));
        Self::load_snapshot(event, key, &snapshot).map_err(|_| Rejection::Poison)?;
        Ok(Founded { item: StoredItem { cursor, origin: None, item }, snapshot })
    }

    fn grant_of_home(&self, founding: &Founding<'_>) -> Grant {
        let key = founding.home.public();
        let before = self.grant(key.device()).map_or(UnixMillis(i64::MIN), |grant| grant.issued);
        Grant {
            key,
            name: "home".to_owned(),
            role: Role::Organizer,
            scope: Scope::Event(self.documents.event()),
            issued: UnixMillis(founding.at.0.max(before.0.saturating_add(1))),
            post: Post::default(),
            revoked: None,
            vouched: None,
            out_of: None,
        }
    }

    /// Takes a change of an earlier era that came late, and has home write what it says into the present one. Repeating
    /// it is harmless.
    ///
    /// # Errors
    /// See [`Rejection`]. Nothing was changed if the cursor stands where it stood; else the ledger must be read anew.
    pub fn take_late(&mut self, inspected: &Inspected<'_>, home: &HomeKey) -> Result<TakenLate, Rejection> {
        let sealed = inspected.sealed();
        let link = inspected.link();
        let grant = self.grant(sealed.device).cloned().ok_or(Rejection::UnknownDevice)?;
        match self.documents.place(inspected, &grant, Voucher::Seal)? {
            Err(Misfit::AlreadyHad) => return Ok(TakenLate { link, remembered: None, items: Vec::new() }),
            fit => fit?,
        }
        inspected.check_clocks()?;
        let (change, hash) = Change::decode(&sealed.change)?;
        let Body::Puts(puts) = &change.body else { return Err(Rejection::WrongPlace) };
        for (index, put) in puts.iter().enumerate() {
            self.documents.check_put(sealed, put).map_err(|Unfit| Rejection::BadValue { index })?;
        }
        let late = Late { document: sealed.document, device: sealed.device, change: &change, puts };
        let written = self.documents.written_for(&late, &home.public()).map_err(|Unfit| Rejection::WrongPlace)?;
        let mut items = Vec::new();
        for written in written {
            items.extend(self.write_for_others(written, home)?);
        }
        let link_there = Link::of(&change.head, change.max_op(), hash);
        let remembered = LateLink { document: sealed.document, device: sealed.device, link: link_there };
        self.remember_late(remembered.clone());
        Ok(TakenLate { link, remembered: Some(remembered), items })
    }

    /// Remembers a change that was taken late, as [`Ledger::take_late`] answered. Repeating it is harmless.
    pub fn remember_late(&mut self, late: LateLink) {
        self.documents.retire(late.document, late.device, late.link);
    }

    /// Whether a document belongs to an era that is over.
    #[must_use]
    pub fn is_retired(&self, document: &DocumentRef) -> bool {
        self.documents.is_retired(document)
    }

    fn write_for_others(&mut self, written: Written, home: &HomeKey) -> Result<Vec<StoredItem>, Rejection> {
        let key = home.public();
        let mut items = Vec::new();
        for part in written.in_parts() {
            let change = self.documents.compose_for_others(&part, &key);
            let (document, incarnation) = (part.document, part.incarnation);
            let (read, hash) = Change::decode(&change)?;
            let (actor, seq) = (read.head.actor, read.head.seq);
            let seal = home.as_author().seal(&Seal { document: document.id(self.documents.event()), actor, seq, hash });
            let item = Item::Change(SealedChange { document, device: key.device(), incarnation, change, seal });
            self.take(&item)?;
            items.push(StoredItem { cursor: self.cursor, origin: None, item });
        }
        Ok(items)
    }
}

/// Takes out of a log what it says about who is erased.
fn redact(log: &mut LogSnapshot, erased: &BTreeSet<Subject>) -> Result<(), Unfit> {
    let mut redacted: BTreeMap<u64, Redacted> =
        log.redacted.take().into_iter().flatten().map(|redacted| (redacted.index, redacted)).collect();
    for (index, change) in (0u64..).zip(&mut log.changes) {
        let (hash, entries) = match redacted.get(&index) {
            Some(before) => (before.hash, read_entries(before.entries.iter().map(|entry| entry.as_slice()))?),
            None => {
                let (read, hash) = Change::decode_again(change).map_err(|_| Unfit)?;
                let Body::Append { values, .. } = read.body else { return Err(Unfit) };
                (hash, read_entries(values.into_iter())?)
            }
        };
        if entries.iter().any(|entry| entry.record.without(erased).is_some()) {
            let left = entries.into_iter().map(|Entry { record, reading }| {
                let record = record.without(erased).unwrap_or(record);
                encode(&Entry { record, reading }).into()
            });
            redacted.insert(index, Redacted { index, hash, entries: left.collect() });
            *change = Vec::new().into();
        }
    }
    log.redacted = Some(redacted.into_values().collect::<Vec<_>>()).filter(|redacted| !redacted.is_empty());
    Ok(())
}

fn read_entries<'a>(values: impl Iterator<Item = &'a [u8]>) -> Result<Vec<Entry>, Unfit> {
    values.map(decode_exact::<Entry>).collect()
}
