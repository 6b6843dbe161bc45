//! Lists that somebody uploaded and may accept: kept in memory for a while, for nothing is written before that.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use sync_core::ids::EventId;
use sync_core::import::{ImportPlan, Said, Source, Table};
use sync_core::time::UnixMillis;
use tokio::sync::Semaphore;

use crate::reports::attached::Attached;
use crate::tables::TableNote;

/// So many are kept; the oldest goes first.
const KEPT: usize = 16;
/// And no longer than this.
const LIFE_MS: i64 = 60 * 60 * 1000;

/// A list, and what it would do.
pub struct Upload {
    /// Follows from what the plan says: of the same list on the same roster it is the same.
    pub id: String,
    /// Into which event.
    pub event: EventId,
    /// The list.
    pub table: Table,
    /// How it was read.
    pub notes: Vec<TableNote>,
    /// Where it comes from.
    pub source: Source,
    /// What was said of it.
    pub said: Said,
    /// What it would do.
    pub plan: ImportPlan,
    /// What hangs on the records about which it asks, by line.
    pub attached: BTreeMap<u64, Attached>,
    /// When it came, by the server's clock.
    pub at: UnixMillis,
}

/// The uploads that may be accepted.
pub struct Plans {
    kept: Mutex<VecDeque<Arc<Upload>>>,
    /// Lists are read one at a time: each takes memory.
    pub places: Semaphore,
}

impl Default for Plans {
    fn default() -> Self {
        Self { kept: Mutex::default(), places: Semaphore::new(1) }
    }
}

impl Plans {
    /// Keeps an upload, instead of an earlier one with the same plan.
    pub fn keep(&self, upload: Upload) -> Arc<Upload> {
        let upload = Arc::new(upload);
        let mut kept = self.kept.lock().expect("no holder panics");
        kept.retain(|known| upload.at.0 - known.at.0 < LIFE_MS && !known.is(&upload.id, upload.event));
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back(Arc::clone(&upload));
        upload
    }

    /// Finds one that is still kept.
    #[must_use]
    pub fn find(&self, id: &str, event: EventId, now: UnixMillis) -> Option<Arc<Upload>> {
        let kept = self.kept.lock().expect("no holder panics");
        let found = kept.iter().find(|known| known.is(id, event) && now.0 - known.at.0 < LIFE_MS);
        found.cloned()
    }
}

impl Upload {
    fn is(&self, id: &str, event: EventId) -> bool {
        self.id == id && self.event == event
    }
}
