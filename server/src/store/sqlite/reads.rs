//! What can be read of the store, in one transaction of SQLite.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use sync_core::exchange::{Cursor, Reading};
use sync_core::ids::{DeviceId, EventId, Revision};
use sync_core::replica::ledger::LateLink;
use sync_core::time::UnixMillis;
use sync_core::trust::Scope;

use super::{
    audit, devices, erasing, home, invites, items, late, overwriting, prepared, quarantine, registry, sessions, tree,
};
use crate::store::StoreError;
use crate::store::audit::Entry;
use crate::store::home::{BelongsTo, RetentionNotice};
use crate::store::invites::InviteRow;
use crate::store::items::{Said, StoredPart, Turn};
use crate::store::overwriting::LookedAt;
use crate::store::prepared::Prepared;
use crate::store::quarantine::{HeldRow, SetAside, Waiting};
use crate::store::reads::{ItemPage, Part, PartialSnapshotKept, Reads};
use crate::store::registry::{RegistryChanges, RegistryNumber};
use crate::store::sessions::{Performed, SignInRow};

/// A connection in a transaction that only reads.
pub(super) struct Moment<'a>(pub &'a Connection);

impl Reads for Moment<'_> {
    fn events(&self) -> Result<Vec<EventId>, StoreError> {
        tree::events(self.0)
    }

    fn has_event(&self, event: EventId) -> Result<bool, StoreError> {
        tree::has_event(self.0, event)
    }

    fn turn(&self, event: EventId) -> Result<Turn, StoreError> {
        items::turn(self.0, event)
    }

    fn standing(&self, event: EventId, quoted: &[Option<Cursor>]) -> Result<Option<Cursor>, StoreError> {
        items::standing(self.0, event, quoted)
    }

    fn standings(&self) -> Result<BTreeMap<EventId, Cursor>, StoreError> {
        items::standings(self.0)
    }

    fn floor(&self, event: EventId) -> Result<Revision, StoreError> {
        erasing::floor(self.0, event)
    }

    fn items_after(&self, event: EventId, revision: Revision, limit_bytes: usize) -> Result<ItemPage, StoreError> {
        items::items_after(self.0, event, revision, limit_bytes)
    }

    fn snapshot_revision(&self, event: EventId) -> Result<Option<Revision>, StoreError> {
        items::snapshot_revision(self.0, event)
    }

    fn snapshot_part(
        &self,
        event: EventId,
        revision: Option<Revision>,
        part: Part,
    ) -> Result<Option<StoredPart>, StoreError> {
        items::snapshot_part(self.0, event, revision, part)
    }

    fn partial_snapshot_kept(
        &self,
        event: EventId,
        reading: Reading,
    ) -> Result<Option<PartialSnapshotKept>, StoreError> {
        erasing::partial_snapshot_kept(self.0, event, reading)
    }

    fn partial_snapshot_part(
        &self,
        event: EventId,
        reading: Reading,
        revision: Option<Revision>,
        part: Part,
    ) -> Result<Option<StoredPart>, StoreError> {
        erasing::partial_snapshot_part(self.0, event, reading, revision, part)
    }

    fn late(&self, event: EventId) -> Result<Vec<LateLink>, StoreError> {
        late::late(self.0, event)
    }

    fn erased_marks(&self, event: EventId) -> Result<BTreeSet<[u8; 16]>, StoreError> {
        erasing::erased_marks(self.0, event)
    }

    fn said(&self, event: EventId) -> Result<Vec<Said>, StoreError> {
        items::said(self.0, event)
    }

    fn performed(&self, event: EventId, device: DeviceId, command: &str) -> Result<Option<Performed>, StoreError> {
        sessions::performed(self.0, event, device, command)
    }

    fn held(&self, event: EventId) -> Result<Vec<HeldRow>, StoreError> {
        quarantine::held(self.0, event)
    }

    fn waiting(&self, event: EventId) -> Result<Waiting, StoreError> {
        quarantine::waiting(self.0, event)
    }

    fn set_aside(&self, event: EventId) -> Result<Vec<SetAside>, StoreError> {
        quarantine::set_aside(self.0, event)
    }

    fn cloned(&self) -> Result<Vec<(DeviceId, u64)>, StoreError> {
        quarantine::cloned(self.0)
    }

    fn registry_since(&self, since: RegistryNumber) -> Result<RegistryChanges, StoreError> {
        registry::changes_since(self.0, since)
    }

    fn seen(&self) -> Result<BTreeMap<DeviceId, UnixMillis>, StoreError> {
        devices::seen(self.0)
    }

    fn has_anyone(&self) -> Result<bool, StoreError> {
        devices::has_anyone(self.0)
    }

    fn prepared(
        &self,
        device: DeviceId,
        now: UnixMillis,
        is_within: &dyn Fn(&Scope) -> bool,
    ) -> Result<Prepared, StoreError> {
        prepared::prepared(self.0, device, now, is_within)
    }

    fn invites(&self) -> Result<Vec<InviteRow>, StoreError> {
        invites::invites(self.0)
    }

    fn sign_in(&self, secret_hash: &[u8; 32]) -> Result<Option<SignInRow>, StoreError> {
        sessions::find_link(self.0, secret_hash)
    }

    fn sign_ins(&self) -> Result<Vec<SignInRow>, StoreError> {
        sessions::sign_ins(self.0)
    }

    fn audit(&self) -> Result<Vec<Entry>, StoreError> {
        audit::read(self.0)
    }

    fn newest_audited(&self, latest: UnixMillis) -> Result<Option<UnixMillis>, StoreError> {
        audit::newest_audited(self.0, latest)
    }

    fn belongs_to(&self) -> Result<BelongsTo, StoreError> {
        home::belongs_to(self.0)
    }

    fn retention_notice(&self, event: EventId) -> Result<Option<RetentionNotice>, StoreError> {
        home::retention_notice(self.0, event)
    }

    fn overwriting_due(&self) -> Result<Option<(i64, i64)>, StoreError> {
        overwriting::overwriting_due(self.0)
    }

    fn look_for_remains(&self, first: u32) -> Result<LookedAt, StoreError> {
        overwriting::look_for_remains(self.0, first)
    }
}
