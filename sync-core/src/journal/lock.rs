//! Who holds a journal: one opening of it, in one process.
//!
//! SQLite's own locks end when the process closes any handle of the file, as when an app copies it, and a child that was
//! forked off has none of them. So an opening of a journal locks a file of its own beside it, `-lock`, and remembers the
//! process. The lock ends with the process, or with the power, whatever stands on the disk.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use super::{JournalError, beside, io_failed, private};

/// The lock of a journal, as long as this lives.
pub(super) struct Lock {
    file: File,
    path: PathBuf,
    process: u32,
}

impl Lock {
    /// Takes the lock of the journal at `path`, or says at once who has it.
    ///
    /// # Errors
    /// [`JournalError::Busy`], and what the operating system reports.
    pub fn take(path: &Path) -> Result<Self, JournalError> {
        let failed = |error: std::io::Error| io_failed(path, &error);
        // Whatever link leads to the journal, its lock is one.
        let beside = beside(&path.canonicalize().unwrap_or_else(|_| path.to_owned()), "-lock");
        loop {
            private::create_file(&beside).map_err(failed)?;
            let file = match File::options().write(true).open(&beside) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                opened => opened.map_err(failed)?,
            };
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => return Err(JournalError::Busy(path.to_owned())),
                // Where files have no locks, SQLite's own is all there is.
                Err(TryLockError::Error(error)) if error.kind() != std::io::ErrorKind::Unsupported => {
                    return Err(failed(error));
                }
                _ => {}
            }
            // A wipe removes the file: a lock of one that is gone would keep nobody out.
            if is_still_at(&file, &beside) {
                return Ok(Self { file, path: beside, process: std::process::id() });
            }
        }
    }

    /// Removes the file of the lock, where there is no journal, or none any more.
    pub fn remove_file(&self) {
        std::fs::remove_file(&self.path).ok();
    }

    /// Whether this is the process that took the lock, and not one that was forked off it.
    pub fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }
}

impl Drop for Lock {
    /// A process that was forked off shares the lock: what its parent holds is not its to let go of.
    fn drop(&mut self) {
        if self.is_of_this_process() {
            self.file.unlock().ok();
        }
    }
}

#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(own), Ok(there)) = (file.metadata(), path.metadata()) else { return false };
    (own.dev(), own.ino()) == (there.dev(), there.ino())
}

#[cfg(not(unix))]
fn is_still_at(_: &File, path: &Path) -> bool {
    path.exists()
}
