//! A storage that holds its rows in memory, for a platform that writes later and says when.
//!
//! A row is a key and a value; keys sort as texts. [`Rows::open`] takes every row that the platform has,
//! [`Rows::take_batch`] hands over what changed since, to be written in one transaction, in order. "Saved" is said when
//! the platform says that the transaction is durable. If it fails, the storage is thrown away and opened anew from the
//! rows that the platform has: nothing that was not called saved is promised.

mod salvage;
mod wipe;

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::checksum::{opened, sealed};
use super::{Membership, Outside, Storage};
use crate::documents::encode;
use crate::ids::{DeviceId, EventId, Incarnation, Revision};
use crate::replica::answer::KeptSnapshot;
use crate::replica::ledger::{Ledger, StoredItem};
use crate::replica::{
    Draft, Dropped, Kept, Move, MovedDrafts, PartialHead, PartialSnapshot, Peer, Sieve, Write, redraft, set_aside,
};
use crate::trust::{ConfirmedChain, Grant, KeyPair, PublicKey, Signed};

/// The version of the rows that this build writes. Rows of a newer one are refused, unchanged.
pub const ROWS_VERSION: u32 = 1;

/// A row that changed. Without a value it is gone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The key under which the row lies.
    pub key: String,
    /// What it says now.
    pub value: Option<Vec<u8>>,
}

/// Why rows cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowsError {
    /// A newer build wrote them.
    #[error("what is kept here has version {found}; this program knows up to version {ROWS_VERSION}: update it")]
    Newer {
        /// The version of the rows that were found.
        found: u32,
    },
    /// What a row contains is not what was written.
    #[error("the row `{0}` is damaged")]
    Damaged(String),
    /// The device belongs to another home server.
    #[error("this device belongs to the home server {0}")]
    OtherHome(PublicKey),
    /// The device has no replica of the event.
    #[error(transparent)]
    Outside(#[from] Outside),
}

#[derive(Encode, Decode)]
struct DeviceRow {
    #[n(0)]
    version: u32,
    #[cbor(n(1), with = "minicbor::bytes")]
    seed: [u8; 32],
    #[n(2)]
    incarnation: Incarnation,
    #[n(3)]
    membership: Option<MembershipRow>,
}

#[derive(Encode, Decode)]
struct MembershipRow {
    #[n(0)]
    home: PublicKey,
    #[n(1)]
    url: String,
    #[n(2)]
    grants: Vec<Signed<Grant>>,
}

/// What a device keeps, in memory, and what of it is not written yet.
pub struct Rows {
    rows: BTreeMap<String, Vec<u8>>,
    batch: Vec<Row>,
    seed: [u8; 32],
    key: KeyPair,
    incarnation: Incarnation,
    membership: Option<Membership>,
}

const DEVICE: &str = "device";

impl Rows {
    /// Opens what the platform has, or begins with `seed` and `incarnation`, which are drawn at random.
    ///
    /// A platform that restores backups without saying so hands in a fresh `incarnation` and lets
    /// [`Rows::begin_incarnation`] follow.
    ///
    /// # Errors
    /// See [`RowsError`]; nothing is changed.
    pub fn open(
        rows: impl IntoIterator<Item = (String, Vec<u8>)>,
        seed: [u8; 32],
        incarnation: Incarnation,
    ) -> Result<Self, RowsError> {
        let kept: BTreeMap<String, Vec<u8>> = rows.into_iter().collect();
        // First: where a newer build wrote the rows, that is what is to be said.
        if let Some(bytes) = kept.get(DEVICE) {
            let found = decode::<DeviceRow>(DEVICE, unsealed(DEVICE, bytes)?)?.version;
            if found > ROWS_VERSION {
                return Err(RowsError::Newer { found });
            }
        }
        let rows = kept.into_iter().map(|(key, bytes)| {
            let value = unsealed(&key, &bytes)?.to_vec();
            Ok((key, value))
        });
        let rows: BTreeMap<String, Vec<u8>> = rows.collect::<Result<_, RowsError>>()?;
        let begins = !rows.contains_key(DEVICE);
        let kept = match rows.get(DEVICE) {
            None => DeviceRow { version: ROWS_VERSION, seed, incarnation, membership: None },
            Some(bytes) => decode(DEVICE, bytes)?,
        };
        let membership = kept.membership.map(|MembershipRow { home, url, grants }| Membership { home, url, grants });
        let (seed, incarnation) = (kept.seed, kept.incarnation);
        let key = KeyPair::from_seed(&seed);
        let mut opened = Self { rows, batch: Vec::new(), seed, key, incarnation, membership };
        if begins {
            opened.put_device();
        }
        Ok(opened)
    }

    /// Hands over what changed since this was called last, in order.
    #[must_use]
    pub fn take_batch(&mut self) -> Vec<Row> {
        std::mem::take(&mut self.batch)
    }

    /// Begins an incarnation: what waits to be sealed will stand in new logs.
    ///
    /// # Errors
    /// [`RowsError::Damaged`].
    pub fn begin_incarnation(&mut self, fresh: Incarnation) -> Result<(), RowsError> {
        self.move_drafts(None, fresh)
    }

    fn put_device(&mut self) {
        let membership = self.membership.clone();
        let membership = membership.map(|Membership { home, url, grants }| MembershipRow { home, url, grants });
        let row = DeviceRow { version: ROWS_VERSION, seed: self.seed, incarnation: self.incarnation, membership };
        self.put(DEVICE.to_owned(), encode(&row));
    }

    fn put(&mut self, key: String, value: Vec<u8>) {
        self.batch.push(Row { key: key.clone(), value: Some(sealed(&key, value.clone())) });
        self.rows.insert(key, value);
    }

    fn remove(&mut self, key: &str) {
        if self.rows.remove(key).is_some() {
            self.batch.push(Row { key: key.to_owned(), value: None });
        }
    }

    fn remove_all(&mut self, prefix: &str) {
        let keys: Vec<String> = self.below(prefix).map(|(key, _)| key.clone()).collect();
        keys.iter().for_each(|key| self.remove(key));
    }

    fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a String, &'a Vec<u8>)> {
        self.rows.range(prefix.to_owned()..).take_while(move |(key, _)| key.starts_with(prefix))
    }

    fn read<T: for<'b> Decode<'b, ()>>(&self, key: &str) -> Result<Option<T>, RowsError> {
        self.rows.get(key).map(|bytes| decode(key, bytes)).transpose()
    }

    fn read_all<T: for<'b> Decode<'b, ()>>(&self, prefix: &str) -> Result<Vec<T>, RowsError> {
        self.below(prefix).map(|(key, bytes)| decode(key, bytes)).collect()
    }

    fn peers(&self, event: EventId) -> Result<BTreeMap<DeviceId, Peer>, RowsError> {
        let prefix = format!("peer/{event}/");
        let rows = self.below(&prefix).map(|(key, bytes)| {
            let device = key[prefix.len()..].parse().map_err(|_| RowsError::Damaged(key.clone()))?;
            Ok((device, decode(key, bytes)?))
        });
        rows.collect()
    }

    fn write(&mut self, event: EventId, write: &Write, fresh: Incarnation) -> Result<(), RowsError> {
        match write {
            Write::Draft(draft) => self.put_draft(event, draft)?,
            Write::Item(stored) => self.put(item_key(event, stored.cursor.revision), encode(stored)),
            Write::Peer(device, peer) => self.put(format!("peer/{event}/{device}"), encode(peer)),
            Write::Confirmed(chains) => {
                for chain in chains {
                    self.put(format!("confirmed/{event}/{}", chain.actor), encode(chain));
                }
            }
            Write::NothingConfirmed => self.remove_all(&format!("confirmed/{event}/")),
            Write::Done(ids) => ids.iter().for_each(|id| self.remove(&draft_key(event, *id))),
            Write::NoPartialSnapshot => self.forget_partial(event),
            Write::PartBegun(partial) => {
                self.forget_partial(event);
                self.put(format!("partial/{event}"), encode(&partial.head()));
                self.put(part_key(event, 0), partial.bytes.clone());
            }
            Write::PartAdded { offset, bytes } => self.put(part_key(event, *offset), bytes.clone()),
            Write::Snapshot(statement, bytes) => {
                self.put(format!("statement/{event}"), encode(statement));
                self.put(format!("snapshot/{event}"), bytes.clone());
            }
            Write::Moved => self.write_move(event, fresh)?,
            Write::RecordedAgain(drafts) => {
                for draft in drafts {
                    self.put_draft(event, draft)?;
                }
                self.move_drafts(None, fresh)?;
            }
            Write::Refused(refused) => self.write_refusal(event, refused, fresh)?,
        }
        Ok(())
    }

    fn put_draft(&mut self, event: EventId, draft: &Draft) -> Result<(), RowsError> {
        self.put(draft_key(event, draft.id), encode(draft));
        let next = format!("next/{event}");
        if self.read::<u64>(&next)?.unwrap_or(0) <= draft.id {
            self.put(next, encode(&(draft.id + 1)));
        }
        Ok(())
    }

    fn write_refusal(
        &mut self,
        event: EventId,
        refused: &BTreeMap<Revision, String>,
        fresh: Incarnation,
    ) -> Result<(), RowsError> {
        let (own, aside) = (self.key.public().device(), set_aside(&self.peers(event)?));
        let mut sieve = Sieve::new(own, self.incarnation, refused, aside);
        for stored in self.read_all::<StoredItem>(&format!("item/{event}/"))? {
            let key = item_key(event, stored.cursor.revision);
            match sieve.pass(&stored) {
                None => self.remove(&key),
                Some(cursor) if cursor != stored.cursor => self.put(key, encode(&StoredItem { cursor, ..stored })),
                Some(_) => {}
            }
        }
        let Dropped { codes, last, of_this_device } = sieve.dropped();
        if !codes.is_empty() {
            for (device, mut peer) in self.peers(event)? {
                peer.forget(|revision| codes.contains_key(revision), last);
                self.put(format!("peer/{event}/{device}"), encode(&peer));
            }
        }
        if of_this_device {
            self.move_drafts(Some((event, &codes)), fresh)?;
        }
        Ok(())
    }

    /// Lets go of what belongs to the era before the snapshot's, or speaks of who was erased.
    fn write_move(&mut self, event: EventId, fresh: Incarnation) -> Result<(), RowsError> {
        let home = self.membership.as_ref().ok_or(Outside::NotJoined)?.home;
        let ledger = self.snapshot_ledger(event, home)?;
        let peers = self.peers(event)?;
        let known = peers.get(&home.device()).cloned().unwrap_or_default();
        let drafts: Vec<Draft> = self.read_all(&format!("draft/{event}/"))?;
        let mut moving = Move::new(self.key.public().device(), &ledger, &known, &drafts);
        for stored in self.read_all::<StoredItem>(&format!("item/{event}/"))? {
            let key = item_key(event, stored.cursor.revision);
            match moving.pass(&stored) {
                None => self.remove(&key),
                Some(cursor) => self.put(key, encode(&StoredItem { cursor, ..stored })),
            }
        }
        for (device, mut peer) in peers {
            moving.settle(&mut peer, device == home.device());
            self.put(format!("peer/{event}/{device}"), encode(&peer));
        }
        let MovedDrafts { reopened, done } = moving.drafts(drafts);
        for draft in reopened {
            self.put_draft(event, &draft)?;
        }
        done.iter().for_each(|id| self.remove(&draft_key(event, *id)));
        if moving.begins_anew() {
            self.move_drafts(None, fresh)?;
        }
        Ok(())
    }

    fn partial(&self, event: EventId) -> Result<Option<PartialSnapshot>, RowsError> {
        let Some(head) = self.read::<PartialHead>(&format!("partial/{event}"))? else { return Ok(None) };
        let parts = format!("part/{event}/");
        Ok(Some(head.with_parts(self.below(&parts).map(|(_, bytes)| bytes.as_slice()))))
    }

    fn forget_partial(&mut self, event: EventId) {
        self.remove(&format!("partial/{event}"));
        self.remove_all(&format!("part/{event}/"));
    }

    fn snapshot_ledger(&self, event: EventId, home: PublicKey) -> Result<Ledger, RowsError> {
        let snapshot = format!("snapshot/{event}");
        match self.rows.get(&snapshot) {
            Some(bytes) => Ledger::load_snapshot(event, home, bytes).map_err(|_| RowsError::Damaged(snapshot)),
            None => Ok(Ledger::founded(event, home)),
        }
    }

    fn move_drafts(
        &mut self,
        refused: Option<(EventId, &BTreeMap<Revision, String>)>,
        fresh: Incarnation,
    ) -> Result<(), RowsError> {
        let nothing = BTreeMap::new();
        for event in self.events()? {
            let codes = refused.filter(|(of, _)| *of == event).map_or(&nothing, |(_, codes)| codes);
            for draft in redraft(self.read_all(&format!("draft/{event}/"))?, codes, fresh) {
                self.put_draft(event, &draft)?;
            }
        }
        self.incarnation = fresh;
        self.put_device();
        Ok(())
    }
}

impl Storage for Rows {
    type Error = RowsError;

    fn key(&self) -> &KeyPair {
        &self.key
    }

    fn incarnation(&self) -> Incarnation {
        self.incarnation
    }

    fn membership(&self) -> Option<&Membership> {
        self.membership.as_ref()
    }

    fn join(&mut self, membership: Membership) -> Result<(), RowsError> {
        if let Some(known) = self.membership.as_ref().filter(|known| known.home != membership.home) {
            return Err(RowsError::OtherHome(known.home));
        }
        self.membership = Some(membership);
        self.put_device();
        Ok(())
    }

    fn events(&self) -> Result<Vec<EventId>, RowsError> {
        let id = |key: &String| key["event/".len()..].parse().map_err(|_| RowsError::Damaged(key.clone()));
        self.below("event/").map(|(key, _)| id(key)).collect()
    }

    fn kept(&self, event: EventId, home: PublicKey) -> Result<Kept, RowsError> {
        let mut ledger = self.snapshot_ledger(event, home)?;
        let aside = set_aside(&self.peers(event)?);
        for stored in self.read_all::<StoredItem>(&format!("item/{event}/"))? {
            let is_aside = aside.contains(&stored.cursor.revision);
            let taken = if is_aside { ledger.pass_over(&stored) } else { ledger.retake(&stored) };
            // What no longer fits after a refusal comes again from home. What contradicts a newer snapshot is kept out
            // of sight and offered to home, whose answer decides.
            if taken.is_err_and(|rejection| rejection.is_damage()) {
                return Err(RowsError::Damaged(item_key(event, stored.cursor.revision)));
            }
        }
        Ok(Kept {
            ledger,
            drafts: self.read_all(&format!("draft/{event}/"))?,
            next_draft: self.read(&format!("next/{event}"))?.unwrap_or(0),
            peers: self.peers(event)?,
            confirmed: self.read_all::<ConfirmedChain>(&format!("confirmed/{event}/"))?,
            partial: self.partial(event)?,
        })
    }

    fn snapshot(&self, event: EventId) -> Result<Option<KeptSnapshot>, RowsError> {
        let statement = self.read(&format!("statement/{event}"))?;
        Ok(statement.zip(self.rows.get(&format!("snapshot/{event}")).cloned()))
    }

    fn items_after(
        &self,
        event: EventId,
        revision: Revision,
        limit_bytes: usize,
    ) -> Result<Vec<StoredItem>, RowsError> {
        let prefix = format!("item/{event}/");
        let from = item_key(event, Revision(revision.0 + 1));
        let rows = self.rows.range(from..).take_while(|(key, _)| key.starts_with(&prefix));
        let (mut items, mut bytes) = (Vec::new(), 0);
        for (key, value) in rows {
            bytes += value.len();
            if bytes > limit_bytes && !items.is_empty() {
                break;
            }
            items.push(decode(key, value)?);
        }
        Ok(items)
    }

    fn commit(&mut self, event: EventId, writes: &[Write], fresh: Incarnation) -> Result<(), RowsError> {
        if writes.is_empty() {
            return Ok(());
        }
        let known = format!("event/{event}");
        if !self.rows.contains_key(&known) {
            self.put(known, Vec::new());
        }
        writes.iter().try_for_each(|write| self.write(event, write, fresh))
    }
}

pub(crate) fn item_key(event: EventId, revision: Revision) -> String {
    format!("item/{event}/{:016x}", revision.0)
}

fn part_key(event: EventId, offset: u64) -> String {
    format!("part/{event}/{offset:016x}")
}

pub(crate) fn draft_key(event: EventId, id: u64) -> String {
    format!("draft/{event}/{id:016x}")
}

fn unsealed<'a>(key: &str, bytes: &'a [u8]) -> Result<&'a [u8], RowsError> {
    opened(key, bytes).ok_or_else(|| RowsError::Damaged(key.to_owned()))
}

fn decode<T: for<'b> Decode<'b, ()>>(key: &str, bytes: &[u8]) -> Result<T, RowsError> {
    minicbor::decode(bytes).map_err(|_| RowsError::Damaged(key.to_owned()))
}
