//! What can still be read of damaged rows.

use std::collections::BTreeSet;

use super::{DEVICE, DeviceRow, Rows, RowsError, decode};
use crate::ids::{EventId, Incarnation};
use crate::replica::ledger::StoredItem;
use crate::storage::checksum::opened;
use crate::storage::salvage::{Readable, writes};
use crate::storage::{Membership, Storage};

impl Rows {
    /// Reads what can still be read of damaged rows into other ones.
    ///
    /// What was recorded and is not part of a change that could be read is to be sealed anew, in the incarnation `fresh`:
    /// somebody may then be seen twice at one gate, but not be lost.
    ///
    /// # Errors
    /// [`RowsError::Damaged`] if not even the device's key can be read.
    pub fn salvage(rows: impl IntoIterator<Item = (String, Vec<u8>)>, fresh: Incarnation) -> Result<Self, RowsError> {
        let damaged = || RowsError::Damaged(DEVICE.to_owned());
        let whole = rows.into_iter().filter_map(|(key, bytes)| {
            let value = opened(&key, &bytes)?.to_vec();
            Some((key, value))
        });
        let rows: std::collections::BTreeMap<String, Vec<u8>> = whole.collect();
        let device: DeviceRow = decode(DEVICE, rows.get(DEVICE).ok_or_else(damaged)?)?;
        let mut saved = Self::open([], device.seed, device.incarnation)?;
        let Some(known) = device.membership else { return Ok(saved) };
        let membership = Membership { home: known.home, url: known.url, grants: known.grants };
        saved.join(membership.clone())?;
        for event in events(rows.keys()) {
            let below = |kind: &str| {
                let prefix = format!("{kind}/{event}/");
                rows.iter().filter(move |(key, _)| key.starts_with(&prefix)).map(|(_, value)| value)
            };
            let statement = rows.get(&format!("statement/{event}")).and_then(|bytes| minicbor::decode(bytes).ok());
            let items = below("item").filter_map(|bytes| minicbor::decode::<StoredItem>(bytes).ok());
            let readable = Readable {
                snapshot: statement.zip(rows.get(&format!("snapshot/{event}")).cloned()),
                items: items.map(|stored| (stored.origin, stored.item)).collect(),
                drafts: below("draft").filter_map(|bytes| minicbor::decode(bytes).ok()).collect(),
                confirmed: below("confirmed").filter_map(|bytes| minicbor::decode(bytes).ok()).collect(),
            };
            saved.commit(event, &writes(event, &membership, readable), fresh)?;
        }
        saved.begin_incarnation(fresh)?;
        Ok(saved)
    }
}

/// Every event that a key speaks of.
fn events<'a>(keys: impl Iterator<Item = &'a String>) -> BTreeSet<EventId> {
    keys.filter_map(|key| key.split('/').nth(1)?.parse().ok()).collect()
}
