//! Whether the file at the store's path is still the one that is open.
//!
//! A data directory that is moved, deleted or replaced by a copy takes the open file with it: what is written then is at
//! no path from which the next start reads.

use std::io;
use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// The store's file as it was when it was opened.
pub(super) struct OpenedFile {
    path: PathBuf,
    id: Option<FileId>,
}

impl OpenedFile {
    /// The file at `path`, which is open.
    ///
    /// # Errors
    /// [`StoreError::Medium`].
    pub(super) fn at(path: &Path) -> Result<Self, StoreError> {
        let id = FileId::of(path).map_err(|error| StoreError::Medium(error.to_string()))?;
        Ok(Self { path: path.to_owned(), id })
    }

    /// Checks that the path still leads to the same file. A file that was written over in place is not noticed, and on
    /// systems that give files no numbers nothing is.
    ///
    /// # Errors
    /// [`StoreError::Moved`].
    pub(super) fn check(&self) -> Result<(), StoreError> {
        match FileId::of(&self.path) {
            Ok(now) if now == self.id => Ok(()),
            // Anything else that keeps the path from being looked at says nothing of the file.
            Err(error) if error.kind() != io::ErrorKind::NotFound => Ok(()),
            Ok(_) | Err(_) => Err(StoreError::Moved(self.path.clone())),
        }
    }
}

/// What tells a file from all others that are there at the same time.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    #[cfg(unix)]
    fn of(path: &Path) -> io::Result<Option<Self>> {
        use std::os::unix::fs::MetadataExt;
        let found = std::fs::metadata(path)?;
        Ok(Some(Self { device: found.dev(), inode: found.ino() }))
    }

    #[cfg(not(unix))]
    fn of(_: &Path) -> io::Result<Option<Self>> {
        Ok(None)
    }
}
