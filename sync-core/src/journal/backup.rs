//! A copy of a journal that is open.
//!
//! What was recorded last stands in the log beside the file and not in the file yet, so copying the file copies too little.

use std::path::Path;

use super::file::JournalFile;
use super::{Journal, JournalError, beside, io_failed, private};

impl Journal {
    /// See [`JournalFile::back_up`].
    ///
    /// # Errors
    /// See [`JournalFile::back_up`].
    pub fn back_up(&self, copy: &Path) -> Result<(), JournalError> {
        self.storage().back_up(copy)
    }
}

impl JournalFile {
    /// Writes everything that is recorded now into a new file, `copy`, whole or not at all. It is durable when this returns,
    /// and as secret as the journal: it holds the device's key, and is encrypted under the same key as the journal, if that
    /// is.
    ///
    /// Where the copy is opened, without the small file of the incarnation, a new incarnation begins.
    ///
    /// # Errors
    /// [`JournalError::FileExists`] if there is a file; what the disk reports. Nothing is there then.
    pub fn back_up(&self, copy: &Path) -> Result<(), JournalError> {
        if copy.exists() {
            return Err(JournalError::FileExists(copy.to_owned()));
        }
        let failed = |error: std::io::Error| io_failed(copy, &error);
        let part = beside(copy, ".part");
        drop(std::fs::remove_file(&part));
        private::create_file(&part).map_err(failed)?;
        let written = self.write_into(&part).and_then(|()| {
            std::fs::File::open(&part).and_then(|file| file.sync_all()).map_err(failed)?;
            std::fs::rename(&part, copy).map_err(failed)?;
            private::sync_parent(copy).map_err(failed)
        });
        if written.is_err() {
            drop(std::fs::remove_file(&part));
        }
        written
    }

    fn write_into(&self, part: &Path) -> Result<(), JournalError> {
        let name = part.to_str().ok_or_else(|| io_failed(part, &std::io::ErrorKind::InvalidFilename.into()))?;
        self.db()?.execute("VACUUM INTO ?1", [name]).map(drop).map_err(|error| self.failed(&error))
    }
}
