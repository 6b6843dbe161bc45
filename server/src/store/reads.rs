//! What can be read of a store, all of it as it stood at one moment.

use std::collections::{BTreeMap, BTreeSet};

use sync_core::exchange::{Cursor, Reading, SnapshotPart, SnapshotPosition};
use sync_core::ids::{DeviceId, EventId, Revision};
use sync_core::replica::ledger::{ItemSource, LateLink, StoredItem};
use sync_core::replica::pager::{PageSource, SourcePage};
use sync_core::time::UnixMillis;
use sync_core::trust::Scope;

use super::StoreError;
use super::audit::Entry;
use super::home::{BelongsTo, RetentionNotice};
use super::invites::InviteRow;
use super::items::{Said, StoredPart, Turn, part_from};
use super::overwriting::LookedAt;
use super::prepared::Prepared;
use super::quarantine::{HeldRow, SetAside, Waiting};
use super::registry::{RegistryChanges, RegistryNumber};
use super::sessions::{Performed, SignInRow};

/// Some bytes out of many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    /// Where they begin.
    pub offset: u64,
    /// How many there are at the most.
    pub limit_bytes: usize,
}

impl Part {
    /// All bytes.
    pub const WHOLE: Self = Self { offset: 0, limit_bytes: usize::MAX / 4 };
}

/// Items of an event, and whether there are more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ItemPage {
    /// The items, in order.
    pub items: Vec<StoredItem>,
    /// Whether others follow.
    pub more: bool,
}

/// The snapshot that is kept for those who read by one rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartialSnapshotKept {
    /// Where the event stood with everything that the snapshot includes.
    pub revision: Revision,
    /// The devices whose logs it leaves out.
    pub left_out: Vec<DeviceId>,
}

/// A store at one moment: whatever is read here fits together, also while others write.
///
/// What is read of an event that was never created is refused as [`StoreError::UnknownEvent`]. Where no order is stated,
/// rows come in the order of their ids.
pub trait Reads {
    /// Every event that was created, the oldest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn events(&self) -> Result<Vec<EventId>, StoreError>;

    /// Tells whether an event was created.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn has_event(&self, event: EventId) -> Result<bool, StoreError>;

    /// The turn of an event.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn turn(&self, event: EventId) -> Result<Turn, StoreError>;

    /// Where an event stands; `None` if a quoted cursor is not of this store's past.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn standing(&self, event: EventId, quoted: &[Option<Cursor>]) -> Result<Option<Cursor>, StoreError>;

    /// Where every event stands in which something was written.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn standings(&self) -> Result<BTreeMap<EventId, Cursor>, StoreError>;

    /// Up to where an event is no longer kept item by item; 0 if all of it is.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn floor(&self, event: EventId) -> Result<Revision, StoreError>;

    /// The items of an event that came after `revision`, and not before its floor: at least one if there is any, and else
    /// as many as have `limit_bytes` together.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn items_after(&self, event: EventId, revision: Revision, limit_bytes: usize) -> Result<ItemPage, StoreError>;

    /// The revision of the newest snapshot of an event; `None` if there is none.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn snapshot_revision(&self, event: EventId) -> Result<Option<Revision>, StoreError>;

    /// The newest snapshot of an event, or a part of the one that is asked for.
    ///
    /// `None` if there is none, or if the one asked for was replaced: begin with the newest then.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn snapshot_part(
        &self,
        event: EventId,
        revision: Option<Revision>,
        part: Part,
    ) -> Result<Option<StoredPart>, StoreError>;

    /// Which snapshot is kept for those who read by a rule; `None` if there is none.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn partial_snapshot_kept(
        &self,
        event: EventId,
        reading: Reading,
    ) -> Result<Option<PartialSnapshotKept>, StoreError>;

    /// A part of the snapshot for those who read by a rule; `None` if there is none, or not the one that is asked for.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn partial_snapshot_part(
        &self,
        event: EventId,
        reading: Reading,
        revision: Option<Revision>,
        part: Part,
    ) -> Result<Option<StoredPart>, StoreError>;

    /// The changes of earlier eras that came late, in the order in which they came.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn late(&self, event: EventId) -> Result<Vec<LateLink>, StoreError>;

    /// The marks of people who were erased from an event.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn erased_marks(&self, event: EventId) -> Result<BTreeSet<[u8; 16]>, StoreError>;

    /// How far each device said that it has come.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn said(&self, event: EventId) -> Result<Vec<Said>, StoreError>;

    /// A command that was performed for a device; `None` if none with this name was.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn performed(&self, event: EventId, device: DeviceId, command: &str) -> Result<Option<Performed>, StoreError>;

    /// What waits in an event, the oldest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn held(&self, event: EventId) -> Result<Vec<HeldRow>, StoreError>;

    /// What a desk must know of what waits, and of what was discarded.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn waiting(&self, event: EventId) -> Result<Waiting, StoreError>;

    /// What home has of each log of an event beside the log itself, where that is anything.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn set_aside(&self, event: EventId) -> Result<Vec<SetAside>, StoreError>;

    /// The devices that wrote two different changes under one number, with how often that was seen.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn cloned(&self) -> Result<Vec<(DeviceId, u64)>, StoreError>;

    /// What changed in the registry after a number; after number 0 that is everything.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn registry_since(&self, since: RegistryNumber) -> Result<RegistryChanges, StoreError>;

    /// When each device was here last, of those that were.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn seen(&self) -> Result<BTreeMap<DeviceId, UnixMillis>, StoreError>;

    /// Whether anybody was ever let in.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn has_anyone(&self) -> Result<bool, StoreError>;

    /// What a device prepared and what still lets somebody in, in the scopes that are the business of whoever asks.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn prepared(
        &self,
        device: DeviceId,
        now: UnixMillis,
        is_within: &dyn Fn(&Scope) -> bool,
    ) -> Result<Prepared, StoreError>;

    /// Every invite that was ever made, the oldest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn invites(&self) -> Result<Vec<InviteRow>, StoreError>;

    /// An offer to sign in, whether or not it can still be used; `None` if there is none with this secret.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn sign_in(&self, secret_hash: &[u8; 32]) -> Result<Option<SignInRow>, StoreError>;

    /// The offers to sign in that are remembered, the oldest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn sign_ins(&self) -> Result<Vec<SignInRow>, StoreError>;

    /// The whole audit record, in order.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn audit(&self) -> Result<Vec<Entry>, StoreError>;

    /// The newest time in the audit record at which something was asked for, that is not after `latest` and not of before
    /// the clock was trusted last; `None` if there is none.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn newest_audited(&self, latest: UnixMillis) -> Result<Option<UnixMillis>, StoreError>;

    /// To which home server the data belongs.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn belongs_to(&self) -> Result<BelongsTo, StoreError>;

    /// What organizers of an event are told of its retention; `None` while that is nothing, also of an event that was
    /// never created.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn retention_notice(&self, event: EventId) -> Result<Option<RetentionNotice>, StoreError>;

    /// The oldest and the newest erasure whose remains are still to be overwritten; `None` if there is none.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn overwriting_due(&self) -> Result<Option<(i64, i64)>, StoreError>;

    /// Looks for remains of deleted rows, from a page of the store's file on: 1 is the first. A store without a file, or
    /// one that leaves none, finds none.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn look_for_remains(&self, first: u32) -> Result<LookedAt, StoreError>;
}

impl dyn Reads + '_ {
    /// The newest snapshot of an event, whole.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn snapshot(&self, event: EventId) -> Result<Option<StoredPart>, StoreError> {
        self.snapshot_part(event, None, Part::WHOLE)
    }

    /// The items of an event, as a source.
    #[must_use]
    pub const fn items(&self, event: EventId) -> StoredEvent<'_> {
        StoredEvent { reads: self, event }
    }
}

/// One event in a store.
pub struct StoredEvent<'a> {
    reads: &'a (dyn Reads + 'a),
    event: EventId,
}

impl ItemSource for StoredEvent<'_> {
    type Error = StoreError;

    fn items_after(&self, revision: Revision, limit_bytes: usize) -> Result<Vec<StoredItem>, StoreError> {
        Ok(self.reads.items_after(self.event, revision, limit_bytes)?.items)
    }
}

impl PageSource for StoredEvent<'_> {
    type Error = StoreError;

    fn standing(&self, quoted: [Option<Cursor>; 2]) -> Result<Option<Cursor>, StoreError> {
        self.reads.standing(self.event, &quoted)
    }

    fn floor(&self) -> Result<Revision, StoreError> {
        self.reads.floor(self.event)
    }

    fn items_from(&self, from: Cursor, limit_bytes: usize) -> Result<SourcePage, StoreError> {
        let ItemPage { items, more } = self.reads.items_after(self.event, from.revision, limit_bytes)?;
        let cursor = items.last().map_or(from, |stored| stored.cursor);
        Ok(SourcePage { items, cursor, more })
    }

    fn snapshot_from(
        &self,
        begun: Option<SnapshotPosition>,
        limit_bytes: usize,
    ) -> Result<Option<SnapshotPart>, StoreError> {
        part_from(begun, limit_bytes, |revision, part| self.reads.snapshot_part(self.event, revision, part))
    }
}
