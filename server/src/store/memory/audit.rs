//! The audit record in memory.

use std::sync::Arc;

use sync_core::time::UnixMillis;

use super::State;
use crate::store::StoreError;
use crate::store::audit::{Act, Deed, Entry, Place, digest};
use crate::store::devices::Believed;

impl State {
    /// Writes down what the same commit does, if nothing was revoked of whoever does it.
    pub(super) fn write_down(&mut self, deed: Deed, act: &Act) -> Result<(), StoreError> {
        if let (Some(device), Some(revocations)) = (deed.by, deed.revocations) {
            self.require_believed(Believed { device, revocations })?;
        }
        let last = self.audit.last();
        let number = last.map_or(1, |last| last.number + 1);
        let before = last.map_or([0; 32], |last| last.digest);
        // An entry never seems older than the one before it, unless somebody said that the clock is right now.
        let at = match last {
            Some(last) if *act != Act::ClockTrusted => deed.at.max(last.at),
            Some(_) | None => deed.at,
        };
        let act = serde_json::to_string(act).map_err(|error| StoreError::Damaged(error.to_string()))?;
        let digest = digest(&before, Place { number, at }, deed, &act);
        let deed = Deed { revocations: None, ..deed };
        self.audit.push(Arc::new(Entry { number, at, deed, act, digest }));
        Ok(())
    }

    pub(super) fn newest_asked(&self, latest: UnixMillis) -> Option<UnixMillis> {
        let trusted = serde_json::to_string(&Act::ClockTrusted).ok();
        let since = self.audit.iter().rposition(|entry| Some(&entry.act) == trusted.as_ref()).unwrap_or(0);
        self.audit[since..].iter().map(|entry| entry.deed.at).filter(|asked| *asked <= latest).max()
    }
}
