//! What can be read of a state.

use std::collections::{BTreeMap, BTreeSet};

use sync_core::exchange::{Cursor, Reading};
use sync_core::ids::{DeviceId, EventId, Revision};
use sync_core::replica::ledger::LateLink;
use sync_core::time::UnixMillis;
use sync_core::trust::Scope;

use super::State;
use super::prepared::Search;
use crate::store::StoreError;
use crate::store::audit::Entry;
use crate::store::home::{BelongsTo, RetentionNotice};
use crate::store::invites::InviteRow;
use crate::store::items::{Said, SnapshotRow, StoredPart, Turn};
use crate::store::overwriting::LookedAt;
use crate::store::prepared::Prepared;
use crate::store::quarantine::{HeldRow, SetAside, Waiting};
use crate::store::reads::{ItemPage, Part, PartialSnapshotKept, Reads};
use crate::store::registry::{RegistryChanges, RegistryNumber};
use crate::store::sessions::{Performed, SignInRow};

impl Reads for State {
    fn events(&self) -> Result<Vec<EventId>, StoreError> {
        Ok(self.created.clone())
    }

    fn has_event(&self, event: EventId) -> Result<bool, StoreError> {
        Ok(self.events.contains_key(&event))
    }

    fn turn(&self, event: EventId) -> Result<Turn, StoreError> {
        Ok(self.event(event)?.turn)
    }

    fn standing(&self, event: EventId, quoted: &[Option<Cursor>]) -> Result<Option<Cursor>, StoreError> {
        Ok(self.event(event)?.standing(quoted))
    }

    fn standings(&self) -> Result<BTreeMap<EventId, Cursor>, StoreError> {
        Ok(self.events.iter().filter_map(|(id, event)| Some((*id, event.last()?))).collect())
    }

    fn floor(&self, event: EventId) -> Result<Revision, StoreError> {
        Ok(self.event(event)?.floor)
    }

    fn items_after(&self, event: EventId, revision: Revision, limit_bytes: usize) -> Result<ItemPage, StoreError> {
        Ok(self.event(event)?.items_after(revision, limit_bytes))
    }

    fn snapshot_revision(&self, event: EventId) -> Result<Option<Revision>, StoreError> {
        Ok(self.event(event)?.snapshot.as_ref().map(|kept| kept.cursor.revision))
    }

    fn snapshot_part(
        &self,
        event: EventId,
        revision: Option<Revision>,
        part: Part,
    ) -> Result<Option<StoredPart>, StoreError> {
        let kept = self.event(event)?.snapshot.as_deref();
        Ok(kept.and_then(|kept| part_of(kept, revision, part)))
    }

    fn partial_snapshot_kept(
        &self,
        event: EventId,
        reading: Reading,
    ) -> Result<Option<PartialSnapshotKept>, StoreError> {
        let kept = self.event(event)?.partial.get(&reading.0);
        Ok(kept.map(|kept| PartialSnapshotKept {
            revision: kept.snapshot.cursor.revision,
            left_out: kept.left_out.clone(),
        }))
    }

    fn partial_snapshot_part(
        &self,
        event: EventId,
        reading: Reading,
        revision: Option<Revision>,
        part: Part,
    ) -> Result<Option<StoredPart>, StoreError> {
        let kept = self.event(event)?.partial.get(&reading.0);
        Ok(kept.and_then(|kept| part_of(&kept.snapshot, revision, part)))
    }

    fn late(&self, event: EventId) -> Result<Vec<LateLink>, StoreError> {
        Ok(self.event(event)?.late.clone())
    }

    fn erased_marks(&self, event: EventId) -> Result<BTreeSet<[u8; 16]>, StoreError> {
        Ok(self.event(event)?.marks.clone())
    }

    fn said(&self, event: EventId) -> Result<Vec<Said>, StoreError> {
        let said = self.event(event)?.said.iter();
        Ok(said
            .map(|((device, incarnation), entries)| Said {
                device: *device,
                incarnation: *incarnation,
                entries: *entries,
            })
            .collect())
    }

    fn performed(&self, event: EventId, device: DeviceId, command: &str) -> Result<Option<Performed>, StoreError> {
        let found = self.event(event)?.performed.get(&(device, command.to_owned()));
        Ok(found.map(|(digest, revision)| {
            let (digest, revision) = (*digest, *revision);
            Performed { device, command: command.to_owned(), digest, revision }
        }))
    }

    fn held(&self, event: EventId) -> Result<Vec<HeldRow>, StoreError> {
        Ok(self.event(event)?.held.iter().map(|held| held.row.clone()).collect())
    }

    fn waiting(&self, event: EventId) -> Result<Waiting, StoreError> {
        let event = self.event(event)?;
        let mut held: Vec<_> =
            event.held.iter().map(|held| (held.row.hash, held.row.change.device, held.bytes)).collect();
        held.sort_by_key(|(hash, ..)| *hash);
        Ok(Waiting { held, discarded: event.discarded.keys().copied().collect() })
    }

    fn set_aside(&self, event: EventId) -> Result<Vec<SetAside>, StoreError> {
        Ok(self.event(event)?.set_aside())
    }

    fn cloned(&self) -> Result<Vec<(DeviceId, u64)>, StoreError> {
        let mut times = BTreeMap::new();
        for author in self.events.values().flat_map(|event| event.clones.values()) {
            *times.entry(*author).or_default() += 1;
        }
        Ok(times.into_iter().collect())
    }

    fn registry_since(&self, since: RegistryNumber) -> Result<RegistryChanges, StoreError> {
        Ok(self.registry_after(since))
    }

    fn seen(&self) -> Result<BTreeMap<DeviceId, UnixMillis>, StoreError> {
        Ok(self.devices.iter().filter_map(|(device, known)| Some((*device, known.seen?))).collect())
    }

    fn has_anyone(&self) -> Result<bool, StoreError> {
        Ok(!self.devices.is_empty())
    }

    fn prepared(
        &self,
        device: DeviceId,
        now: UnixMillis,
        is_within: &dyn Fn(&Scope) -> bool,
    ) -> Result<Prepared, StoreError> {
        Ok(self.prepared_by(device, &Search { now, is_within, keep: &[] }))
    }

    fn invites(&self) -> Result<Vec<InviteRow>, StoreError> {
        let mut rows: Vec<InviteRow> = self.invites.values().map(|known| known.row.clone()).collect();
        rows.sort_by_key(|row| (row.created, row.invite.secret_hash));
        Ok(rows)
    }

    fn sign_in(&self, secret_hash: &[u8; 32]) -> Result<Option<SignInRow>, StoreError> {
        Ok(self.sign_ins.get(secret_hash).cloned())
    }

    fn sign_ins(&self) -> Result<Vec<SignInRow>, StoreError> {
        let mut rows: Vec<SignInRow> = self.sign_ins.values().cloned().collect();
        rows.sort_by_key(|row| (row.made, row.sign_in.secret_hash));
        Ok(rows)
    }

    fn audit(&self) -> Result<Vec<Entry>, StoreError> {
        Ok(self.audit.iter().map(|entry| Entry::clone(entry)).collect())
    }

    fn newest_audited(&self, latest: UnixMillis) -> Result<Option<UnixMillis>, StoreError> {
        Ok(self.newest_asked(latest))
    }

    fn belongs_to(&self) -> Result<BelongsTo, StoreError> {
        let holds_something =
            !(self.devices.is_empty() && self.invites.is_empty() && self.events.is_empty() && self.audit.is_empty());
        Ok(match self.home {
            Some(key) => BelongsTo::Home(key),
            None if holds_something => BelongsTo::Unknown,
            None => BelongsTo::Nobody,
        })
    }

    fn retention_notice(&self, event: EventId) -> Result<Option<RetentionNotice>, StoreError> {
        Ok(self.events.get(&event).and_then(|event| event.notice))
    }

    fn overwriting_due(&self) -> Result<Option<(i64, i64)>, StoreError> {
        Ok(self.overwriting.first().copied().zip(self.overwriting.last().copied()))
    }

    fn look_for_remains(&self, _: u32) -> Result<LookedAt, StoreError> {
        Ok(LookedAt { with_remains: Vec::new(), next: None })
    }
}

/// Some bytes of a snapshot, if it is the one that is asked for.
fn part_of(kept: &SnapshotRow, revision: Option<Revision>, part: Part) -> Option<StoredPart> {
    if revision.is_some_and(|asked| asked != kept.cursor.revision) {
        return None;
    }
    let from = usize::try_from(part.offset).map_or(kept.bytes.len(), |offset| offset.min(kept.bytes.len()));
    let to = from.saturating_add(part.limit_bytes).min(kept.bytes.len());
    Some(StoredPart {
        statement: kept.statement.clone(),
        cursor: kept.cursor,
        total: kept.bytes.len() as u64,
        bytes: kept.bytes[from..to].to_vec(),
    })
}
