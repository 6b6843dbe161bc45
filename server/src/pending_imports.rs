//! Lists that somebody uploaded and may accept: kept in memory for a while, for nothing is written before that.
//!
//! Each organizer has a share of this memory, and so has each event. A list that does not fit pushes out older ones of
//! the same organizer, and nobody else's.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};

use sync_core::ids::{DeviceId, Era, EventId};
use sync_core::import::{ImportPlan, Likeness, Said, Source, Table};
use sync_core::time::UnixMillis;
use tokio::sync::Semaphore;

use crate::error::Problem;
use crate::reports::attached::Attached;
use crate::tables::TableNote;

/// A plan is kept for so long.
const LIFE_MS: i64 = 60 * 60 * 1000;
/// A list is uploaded by one organizer at a time, and by so many together.
const UPLOADS: usize = 8;

/// How much memory plans may take, as far as their text tells.
const LIMITS: Shares = Shares { organizer_bytes: 128 << 20, event_bytes: 256 << 20, all_bytes: 512 << 20 };

#[derive(Clone, Copy)]
struct Shares {
    organizer_bytes: usize,
    event_bytes: usize,
    all_bytes: usize,
}

/// A list, and what it would do.
pub struct Upload {
    /// Follows from what the plan says: of the same list on the same roster it is the same.
    pub id: String,
    /// The event into which the list is imported.
    pub event: EventId,
    /// The founding of the roster that it was compared with. After an erasure it says what is not to be said any more.
    pub era: Era,
    /// The device that uploaded it, or that home holds for who did.
    pub by: DeviceId,
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
    /// When it came, by the server's clock.
    pub at: UnixMillis,
}

/// The uploads that may be accepted.
pub struct PendingImports {
    kept: Mutex<VecDeque<Kept>>,
    uploading: Arc<Mutex<HashSet<DeviceId>>>,
    /// Lists are read one at a time: each takes memory.
    pub places: Semaphore,
}

struct Kept {
    upload: Arc<Upload>,
    bytes: usize,
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

impl Default for PendingImports {
    fn default() -> Self {
        Self { kept: Mutex::default(), uploading: Arc::default(), places: Semaphore::new(1) }
    }
}

impl PendingImports {
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

    /// Keeps an upload, instead of an earlier one with the same plan. Older ones of the same organizer go if there is no
    /// room.
    ///
    /// # Errors
    /// [`Problem::TOO_MANY_PLANS`] if there is no room without taking another organizer's.
    pub fn keep(&self, upload: Upload) -> Result<Arc<Upload>, Problem> {
        self.keep_within(&LIMITS, upload)
    }

    fn keep_within(&self, limits: &Shares, upload: Upload) -> Result<Arc<Upload>, Problem> {
        let bytes = weight_bytes(&upload.tables);
        let mut kept = self.kept.lock().expect("no holder panics");
        kept.retain(|known| upload.at.0 - known.upload.at.0 < LIFE_MS && !known.upload.is(&upload.id, upload.event));
        loop {
            let sum = |is_counted: &dyn Fn(&Upload) -> bool| -> usize {
                kept.iter().filter(|known| is_counted(&known.upload)).map(|known| known.bytes).sum()
            };
            let fits = sum(&|known| known.by == upload.by) + bytes <= limits.organizer_bytes
                && sum(&|known| known.event == upload.event) + bytes <= limits.event_bytes
                && sum(&|_| true) + bytes <= limits.all_bytes;
            if fits {
                break;
            }
            let own = kept.iter().position(|known| known.upload.by == upload.by);
            kept.remove(own.ok_or(Problem::TOO_MANY_PLANS)?);
        }
        let upload = Arc::new(upload);
        kept.push_back(Kept { upload: Arc::clone(&upload), bytes });
        Ok(upload)
    }

    /// Finds one that is still kept.
    #[must_use]
    pub fn find(&self, id: &str, event: EventId, now: UnixMillis) -> Option<Arc<Upload>> {
        let kept = self.kept.lock().expect("no holder panics");
        let found = kept.iter().map(|known| &known.upload).find(|known| known.is(id, event));
        found.filter(|known| now.0 - known.at.0 < LIFE_MS).cloned()
    }

    /// Forgets the lists for an event: they may name somebody who was erased since, and nobody was asked about them.
    pub fn forget_all_of(&self, event: EventId) {
        self.kept.lock().expect("no holder panics").retain(|known| known.upload.event != event);
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
    use std::collections::BTreeMap;

    use sync_core::import::{Row, TeamNames};

    use super::*;

    const ORGANIZERS: [DeviceId; 2] = [DeviceId([1; 16]), DeviceId([2; 16])];
    const EVENTS: [EventId; 2] = [EventId([1; 16]), EventId([2; 16])];

    fn list(id: &str, by: DeviceId, event: EventId) -> Upload {
        let cells = vec!["x".repeat(100 - size_of::<String>()); 5];
        let row = Row { line: 2, cells, ..Row::default() };
        Upload {
            id: id.to_owned(),
            event,
            era: Era::default(),
            by,
            tables: vec![Table { rows: vec![row], ..Table::default() }],
            notes: Vec::new(),
            source: Source {
                issuer: String::new(),
                born_by: 2026,
                profile: BTreeMap::new(),
                teams: TeamNames::default(),
                walk_ins: Default::default(),
            },
            said: Said::default(),
            plan: ImportPlan::default(),
            attached: BTreeMap::new(),
            alike: BTreeMap::new(),
            at: UnixMillis(0),
        }
    }

    #[test]
    fn a_list_pushes_out_older_ones_of_the_same_organizer_and_nobody_elses() {
        let (plans, [ann, bek], [shore, forest]) = (PendingImports::default(), ORGANIZERS, EVENTS);
        let limits = Shares { organizer_bytes: 3000, event_bytes: 4000, all_bytes: 5000 };
        let keep = |id: &str, by, event| plans.keep_within(&limits, list(id, by, event)).map(drop);
        let is_kept = |id: &str, event| plans.find(id, event, UnixMillis(1)).is_some();
        assert_eq!(weight_bytes(&list("a", ann, shore).tables), 1000);
        for id in ["a1", "a2", "a3", "a4"] {
            keep(id, ann, shore).unwrap();
        }
        assert!(!is_kept("a1", shore) && is_kept("a2", shore) && is_kept("a4", shore));
        keep("b1", bek, shore).unwrap();
        keep("b2", bek, shore).unwrap();
        assert!(!is_kept("b1", shore), "the event is full, and only Bek's own gives way");
        keep("b3", bek, forest).unwrap();
        keep("b4", bek, forest).unwrap();
        assert!(is_kept("a2", shore) && is_kept("a3", shore) && is_kept("a4", shore));
        assert_eq!(keep("c1", DeviceId([3; 16]), forest), Err(Problem::TOO_MANY_PLANS));
    }

    #[test]
    fn an_organizer_uploads_one_list_at_a_time_and_eight_do_together() {
        let plans = PendingImports::default();
        let first = plans.begin_upload(DeviceId([0; 16])).unwrap();
        assert!(plans.begin_upload(DeviceId([0; 16])).is_err());
        let others: Vec<_> = (1..8).map(|n| plans.begin_upload(DeviceId([n; 16])).unwrap()).collect();
        assert!(plans.begin_upload(DeviceId([9; 16])).is_err());
        drop((first, others));
        assert!(plans.begin_upload(DeviceId([0; 16])).is_ok());
    }
}
