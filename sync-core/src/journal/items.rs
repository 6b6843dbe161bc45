//! The items of one event, read page by page.

use rusqlite::params;

use super::error::{damaged, medium};
use super::sealed::Row;
use super::{Journal, JournalError};
use crate::exchange::Cursor;
use crate::ids::{DeviceId, EventId, Revision};
use crate::replica::ledger::{ItemSource, StoredItem};

/// The items of one event in a journal.
pub(super) struct EventItems<'a> {
    pub(super) journal: &'a Journal,
    pub(super) event: EventId,
}

impl ItemSource for EventItems<'_> {
    type Error = JournalError;

    fn items_after(&self, revision: Revision, limit_bytes: usize) -> Result<Vec<StoredItem>, JournalError> {
        let path = &self.journal.path;
        let failed = |error: rusqlite::Error| medium(path, &error);
        let mut statement = self
            .journal
            .db
            .prepare_cached(
                "SELECT revision, digest, origin, item FROM items WHERE event = ?1 AND revision > ?2 ORDER BY revision",
            )
            .map_err(failed)?;
        let mut rows = statement.query(params![self.event.0, revision.0.cast_signed()]).map_err(failed)?;
        let (mut items, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next().map_err(failed)? {
            let item: Vec<u8> = row.get(3).map_err(failed)?;
            bytes += item.len();
            if bytes > limit_bytes && !items.is_empty() {
                break;
            }
            let digest: Vec<u8> = row.get(1).map_err(failed)?;
            let origin: Option<Vec<u8>> = row.get(2).map_err(failed)?;
            let revision = Revision(row.get::<_, i64>(0).map_err(failed)?.cast_unsigned());
            let origin =
                origin.map(|id| id.try_into().map(DeviceId).map_err(|_| damaged(path, "an origin"))).transpose()?;
            items.push(StoredItem {
                cursor: Cursor { revision, digest: digest.try_into().map_err(|_| damaged(path, "a digest"))? },
                origin,
                item: Row::Item(self.event, revision, origin).read(path, "an item", &item)?,
            });
        }
        Ok(items)
    }
}
