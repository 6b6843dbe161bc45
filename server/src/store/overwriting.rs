//! What is left in the files of a store of rows that were deleted.

use super::commit::Commit;
use super::{StoreError, Writer};
/// Some pages of the file that were looked at.
#[derive(Debug, PartialEq, Eq)]
pub struct LookedAt {
    /// Those in which something stands that belongs to nobody.
    pub with_remains: Vec<u32>,
    /// Where to look on; `None` at the end of the file.
    pub next: Option<u32>,
}

/// So many pages are overwritten in one commit, at the most.
const PAGES_AT_ONCE: usize = 256;

impl Writer {
    /// Overwrites what belongs to nobody in these pages, in parts between which others write.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn overwrite_remains(&self, pages: &[u32]) -> Result<(), StoreError> {
        for part in pages.chunks(PAGES_AT_ONCE) {
            self.write::<()>(Commit::OverwriteRemains(part.to_vec())).await?;
        }
        Ok(())
    }

    /// Notes that everything is overwritten that was erased up to one erasure.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn note_overwritten(&self, up_to: i64) -> Result<(), StoreError> {
        self.write(Commit::NoteOverwritten(up_to)).await
    }
}
