//! Directories as they are at one moment: what a power cut leaves, what a backup holds.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// The files of one directory at one moment.
#[derive(Clone)]
pub struct Image(BTreeMap<OsString, Vec<u8>>);

impl Image {
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

    /// Makes the directory what it was. Nobody may have its files open.
    pub(super) fn put_back(&self, directory: &Path) {
        std::fs::remove_dir_all(directory).unwrap();
        std::fs::create_dir(directory).unwrap();
        for (name, bytes) in &self.0 {
            std::fs::write(directory.join(name), bytes).unwrap();
        }
    }
}

/// Makes a directory that goes with the world, in memory where there is such a place: there an fsync costs nothing.
pub(super) fn ground() -> TempDir {
    let memory = PathBuf::from("/dev/shm");
    let place = if memory.is_dir() { memory } else { std::env::temp_dir() };
    tempfile::Builder::new().prefix("saxaul-world-").tempdir_in(place).unwrap()
}
