//! Files and directories that only their owner may use, whatever the process's umask is.
//!
//! A directory entry survives a power cut only when the directory itself is written to the disk, so whatever is made here
//! is followed by that. A file that is there already may stem from a time when just that failed: whoever relies on it calls
//! [`keep_entry`].

use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Makes a directory and those above it that are missing. One that is there stays as it is.
///
/// # Errors
/// What the operating system reports.
pub fn create_dir(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() {
        return Ok(());
    }
    if path.is_dir() {
        return keep_entry(path);
    }
    if let Some(parent) = path.parent() {
        create_dir(parent)?;
    }
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made.and_then(|()| restrict(path, 0o700)).and_then(|()| sync_parent(path)),
    }
}

/// Makes an empty file. One that is there stays as it is.
///
/// # Errors
/// What the operating system reports.
pub fn create_file(path: &Path) -> io::Result<()> {
    match options().create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.and_then(|_| restrict(path, 0o600)).and_then(|()| sync_parent(path)),
    }
}

/// Writes a file, whole or not at all, in the place of one that was there.
///
/// # Errors
/// What the operating system reports.
pub fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    drop(std::fs::remove_file(&part));
    let mut file = options().create_new(true).open(&part)?;
    restrict(&part, 0o600)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&part, path)?;
    sync_parent(path)
}

/// Makes the entry of what is there already durable, where the directory that it is in lets this user look into it.
///
/// # Errors
/// What the operating system reports.
pub fn keep_entry(path: &Path) -> io::Result<()> {
    sync_parent(path).or_else(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => Ok(()),
        _ => Err(error),
    })
}

/// Which of these files and directories others than their owner may use, each with its mode.
#[must_use]
pub fn open_to_others(paths: &[PathBuf]) -> Vec<(PathBuf, u32)> {
    let mode = |path: &PathBuf| {
        let mode = mode_of(path)?;
        (mode & 0o077 != 0).then_some((path.clone(), mode))
    };
    paths.iter().filter_map(mode).collect()
}

fn options() -> std::fs::OpenOptions {
    let mut options = std::fs::File::options();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A umask may have taken rights from the owner too.
#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn mode_of(path: &Path) -> Option<u32> {
    let permissions = std::fs::metadata(path).ok()?.permissions();
    Some(std::os::unix::fs::PermissionsExt::mode(&permissions) & 0o777)
}

#[cfg(not(unix))]
fn mode_of(_: &Path) -> Option<u32> {
    None
}

/// Makes the entries of the directory that holds `path` durable: files that were made, renamed or deleted there.
#[cfg(unix)]
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(parent)?.sync_all()
}

/// Other systems make entries durable by themselves.
#[cfg(not(unix))]
pub(super) fn sync_parent(_: &Path) -> io::Result<()> {
    Ok(())
}
