//! Files that only their owner may read.

use std::io::Write;
use std::path::Path;

/// Writes a secret durably, whole or not at all, in the place of one that was there.
///
/// # Errors
/// What the operating system reports.
pub fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let part = path.with_extension("part");
    drop(std::fs::remove_file(&part));
    let mut file = options.open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&part, path)
}
