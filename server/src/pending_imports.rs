//! Plans of imports that may be accepted: what the lists would do that the store keeps.
//!
//! A plan follows from its list, so a process can make it again that another process made. The plans that this process
//! made are kept in its memory as long as the store keeps their lists. Nothing is written before a plan is accepted.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};

use sync_core::ids::{DeviceId, Era, EventId};
use sync_core::import::{ImportPlan, Likeness, Said, Source, Table};
use sync_core::time::UnixMillis;
use tokio::sync::Semaphore;

use crate::error::Problem;
use crate::reports::attached::Attached;
use crate::store::Store;
use crate::store::pending_lists::{NoRoom, PendingList};
use crate::tables::TableNote;

/// A list is uploaded by one organizer at a time, and by so many together.
const UPLOADS: usize = 8;

/// A list, and what it would do.
pub struct Upload {
    /// Follows from what the plan says: of the same list on the same roster it is the same.
    pub id: String,
    /// The event into which the list is imported.
    pub event: EventId,
    /// The founding of the roster that it was compared with. After an erasure it says what is not to be said any more.
    pub era: Era,
    /// The tables of the list.
    pub tables: Vec<Table>,
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
    /// Who is like somebody who was erased, by line.
    pub alike: BTreeMap<u64, Vec<Likeness>>,
}

/// A list as it came.
pub struct Arrived {
    /// The device that uploaded it, or that home holds for who did.
    pub by: DeviceId,
    /// When, by the server's clock.
    pub at: UnixMillis,
    /// How it is to be read, written down.
    pub asked: Vec<u8>,
    /// The file.
    pub file: Vec<u8>,
}

/// The uploads that may be accepted.
pub struct PendingImports {
    store: Arc<Store>,
    planned: Mutex<Vec<Arc<Upload>>>,
    uploading: Arc<Mutex<HashSet<DeviceId>>>,
    /// Lists are read one at a time: each takes memory.
    pub places: Semaphore,
}

/// What is known of a plan.
pub enum Pending {
    /// This process has made it.
    Planned(Arc<Upload>),
    /// Another process has made it from this list.
    Elsewhere(Arc<PendingList>),
}

/// Somebody is uploading a list, until this is dropped.
pub struct Uploading {
    by: DeviceId,
    uploading: Arc<Mutex<HashSet<DeviceId>>>,
}

impl Drop for Uploading {
    fn drop(&mut self) {
        self.uploading.lock().expect("no holder panics").remove(&self.by);
    }
}

impl PendingImports {
    /// Makes plans of the lists that this store keeps.
    #[must_use]
    pub fn new(store: Arc<Store>) -> Self {
        Self { store, planned: Mutex::default(), uploading: Arc::default(), places: Semaphore::new(1) }
    }

    /// Lets somebody upload a list: one at a time, and no more of all together than there is memory for.
    ///
    /// # Errors
    /// [`Problem::TOO_MANY_PLANS`].
    pub fn begin_upload(&self, by: DeviceId) -> Result<Uploading, Problem> {
        let mut uploading = self.uploading.lock().expect("no holder panics");
        if uploading.len() >= UPLOADS || !uploading.insert(by) {
            return Err(Problem::TOO_MANY_PLANS);
        }
        Ok(Uploading { by, uploading: Arc::clone(&self.uploading) })
    }

    /// Keeps a list and its plan, instead of an earlier one with the same plan. Older lists of the same organizer go if there
    /// is no room.
    ///
    /// # Errors
    /// [`Problem::TOO_MANY_PLANS`] if there is no room without taking another organizer's.
    pub fn keep(&self, upload: Upload, arrived: Arrived) -> Result<Arc<Upload>, Problem> {
        let Arrived { by, at, asked, file } = arrived;
        let (plan, event, weight_bytes) = (upload.id.clone(), upload.event, file.len() + weight_bytes(&upload.tables));
        let list = PendingList { plan, event, by, at, asked, file, weight_bytes };
        self.store.keep_list(list).map_err(|NoRoom| Problem::TOO_MANY_PLANS)?;
        Ok(self.remember(upload, at))
    }

    /// Keeps a plan that was made again, of a list that the store keeps.
    pub fn remember(&self, upload: Upload, now: UnixMillis) -> Arc<Upload> {
        let upload = Arc::new(upload);
        let mut planned = self.planned.lock().expect("no holder panics");
        planned.retain(|known| !known.is(&upload.id, upload.event) && self.is_kept(known, now));
        planned.push(Arc::clone(&upload));
        upload
    }

    /// Finds a plan of which the list is still kept.
    #[must_use]
    pub fn find(&self, id: &str, event: EventId, now: UnixMillis) -> Option<Pending> {
        let mut planned = self.planned.lock().expect("no holder panics");
        planned.retain(|known| self.is_kept(known, now));
        match planned.iter().find(|known| known.is(id, event)) {
            Some(upload) => Some(Pending::Planned(Arc::clone(upload))),
            None => self.store.pending_list(id, event, now).map(Pending::Elsewhere),
        }
    }

    /// Forgets the lists for an event and their plans: they may name somebody who was erased since, and nobody was asked about
    /// them. Other processes forget their plans when they look for one.
    pub fn forget_all_of(&self, event: EventId) {
        self.store.forget_lists_of(event);
        self.planned.lock().expect("no holder panics").retain(|known| known.event != event);
    }

    fn is_kept(&self, upload: &Upload, now: UnixMillis) -> bool {
        self.store.pending_list(&upload.id, upload.event, now).is_some()
    }
}

impl Upload {
    fn is(&self, id: &str, event: EventId) -> bool {
        self.id == id && self.event == event
    }
}

/// About what a list and its plan take: each cell stands in both.
fn weight_bytes(tables: &[Table]) -> usize {
    let cell_bytes = |cell: &String| size_of::<String>() + cell.len();
    2 * tables.iter().flat_map(|table| &table.rows).flat_map(|row| &row.cells).map(cell_bytes).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::Memory;

    #[test]
    fn an_organizer_uploads_one_list_at_a_time_and_eight_do_together() {
        let plans = PendingImports::new(Arc::new(Store::in_memory(&Memory::default()).0));
        let first = plans.begin_upload(DeviceId([0; 16])).unwrap();
        assert!(plans.begin_upload(DeviceId([0; 16])).is_err());
        let others: Vec<_> = (1..8).map(|n| plans.begin_upload(DeviceId([n; 16])).unwrap()).collect();
        assert!(plans.begin_upload(DeviceId([9; 16])).is_err());
        drop((first, others));
        assert!(plans.begin_upload(DeviceId([0; 16])).is_ok());
    }
}
