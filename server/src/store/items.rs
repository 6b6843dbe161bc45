//! What was admitted of each event, in order, and snapshots of it.

use super::Writer;
use super::commit::Commit;
use super::reads::Part;
use sync_core::exchange::{Cursor, SnapshotPart, SnapshotPosition};
use sync_core::ids::{DeviceId, EventId, Incarnation, Revision};
use sync_core::trust::{Signed, SnapshotStatement};

use super::StoreError;

/// A snapshot to keep.
#[derive(Clone, Debug)]
pub struct SnapshotRow {
    /// The event of which it is the whole, or the part that one rule of reading leaves.
    pub event: EventId,
    /// Where the event stood with everything that the snapshot includes.
    pub cursor: Cursor,
    /// Home vouches for it.
    pub statement: Signed<SnapshotStatement>,
    /// The bytes of the snapshot.
    pub bytes: Vec<u8>,
}

/// What so many incarnations of a device say is kept; an honest one has a few.
pub(super) const SAID_LIMIT: u32 = 256;

/// How far a device says that it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// The device that says so.
    pub device: DeviceId,
    /// The incarnation whose log it is.
    pub incarnation: Incarnation,
    /// How many entries its log has.
    pub entries: u64,
}

/// How many batches were kept of an event, also those that brought no item: what a desk decided holds only on the turn on
/// which it was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Turn(pub u64);

impl Turn {
    /// The turn after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A part of a snapshot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredPart {
    /// Home vouches for the whole.
    pub statement: Signed<SnapshotStatement>,
    /// Where the event stood with everything that the snapshot includes.
    pub cursor: Cursor,
    /// Length of the whole.
    pub total: u64,
    /// The bytes from the asked position on.
    pub bytes: Vec<u8>,
}

/// The next part of the snapshot that a device has begun; the first of another, if that one was replaced. `None` if there
/// is none.
///
/// # Errors
/// What `read` reports.
pub fn part_from(
    begun: Option<SnapshotPosition>,
    limit_bytes: usize,
    read: impl Fn(Option<Revision>, Part) -> Result<Option<StoredPart>, StoreError>,
) -> Result<Option<SnapshotPart>, StoreError> {
    let (revision, offset) = begun.map_or((None, 0), |position| (Some(position.revision), position.offset));
    let part = match read(revision, Part { offset, limit_bytes })? {
        Some(part) if !part.bytes.is_empty() => Some((part, offset)),
        _ => read(None, Part { offset: 0, limit_bytes })?.map(|part| (part, 0)),
    };
    Ok(part.map(|(part, offset)| SnapshotPart {
        statement: part.statement,
        position: SnapshotPosition { revision: part.cursor.revision, offset },
        total: part.total,
        bytes: part.bytes,
        cursor: part.cursor,
    }))
}

impl Writer {
    /// Keeps a snapshot instead of the one before.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn keep_snapshot(&self, snapshot: SnapshotRow) -> Result<(), StoreError> {
        self.write(Commit::KeepSnapshot(Box::new(snapshot))).await
    }
}
