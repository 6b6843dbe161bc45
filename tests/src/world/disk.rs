//! Directories as they are at one moment: what a power cut leaves, what a backup holds.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::lossy_disk;

/// The files of one directory at one moment.
#[derive(Clone, Hash)]
pub struct Image(BTreeMap<OsString, Vec<u8>>);

impl Image {
    /// A directory with these files.
    #[must_use]
    pub const fn of_files(files: BTreeMap<OsString, Vec<u8>>) -> Self {
        Self(files)
    }

    /// What a power cut at this moment leaves of a directory: on a recorded disk what was synced, and of the rest what the
    /// disk likes; anywhere else all that was written.
    pub(super) fn left_by_a_power_cut(directory: &Path) -> Self {
        lossy_disk::left_by_a_power_cut(directory).map_or_else(|| Self::of(directory), Self)
    }

    /// Reads a directory, leaving out what belongs to a running process alone: locks and shared memory.
    pub(super) fn of(directory: &Path) -> Self {
        let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
        let kept = files.filter(|file| {
            let name = file.file_name();
            let extension = Path::new(&name).extension().and_then(|extension| extension.to_str());
            file.file_type().unwrap().is_file() && !matches!(extension, Some("lock" | "db-shm"))
        });
        Self(kept.map(|file| (file.file_name(), std::fs::read(file.path()).unwrap())).collect())
    }

    /// The same without one file.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.0.remove(&OsString::from(name));
        self
    }

    /// The same with one more file.
    pub(super) fn with(&self, name: &str, bytes: Vec<u8>) -> Self {
        let mut files = self.0.clone();
        files.insert(OsString::from(name), bytes);
        Self(files)
    }

    /// Makes the directory what it was, and that durable. Nobody may have its files open.
    pub(crate) fn put_back(&self, directory: &Path) {
        for file in std::fs::read_dir(directory).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
        for (name, bytes) in &self.0 {
            let mut file = File::create(directory.join(name)).unwrap();
            file.write_all(bytes).unwrap();
            if lossy_disk::is_recording() {
                file.sync_all().unwrap();
            }
        }
        if lossy_disk::is_recording() {
            File::open(directory).unwrap().sync_all().unwrap();
        }
    }
}

/// Makes a directory that goes away with what is returned: on the recorded disk if this process has one, else in memory
/// where there is such a place, for there an fsync costs nothing.
pub(crate) fn ground(prefix: &str) -> TempDir {
    let memory = PathBuf::from("/dev/shm");
    let place = if memory.is_dir() { memory } else { std::env::temp_dir() };
    tempfile::Builder::new().prefix(prefix).tempdir_in(lossy_disk::root().unwrap_or(place)).unwrap()
}
