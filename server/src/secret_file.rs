//! Says when files that hold secrets can be used by others than the server's owner.

use std::path::{Path, PathBuf};

use sync_core::journal::private::open_to_others;
pub use sync_core::journal::private::{create_dir, create_file, keep_entry, write_file as write_secret};

/// One sentence about those of these files and directories that others may use; `None` if nobody else may use any.
#[must_use]
pub fn warning(paths: &[PathBuf]) -> Option<String> {
    let open = open_to_others(paths);
    let (first, _) = open.first()?;
    let listed: Vec<String> = open.iter().map(|(path, mode)| format!("{} (mode {mode:03o})", path.display())).collect();
    Some(format!(
        "others on this machine may use {}, which hold secret keys: run `chmod -R go= {}`",
        listed.join(", "),
        shared_parent(first, open.len()).display()
    ))
}

fn shared_parent(first: &Path, count: usize) -> &Path {
    match first.parent() {
        Some(parent) if count > 1 && !first.is_dir() => parent,
        _ => first,
    }
}

/// A database and the files that SQLite keeps beside it.
#[must_use]
pub fn database_files(path: &Path) -> Vec<PathBuf> {
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    ["", "-wal", "-shm"].map(beside).to_vec()
}
