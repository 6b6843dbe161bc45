//! Files that a command is asked to write: whole or not at all.

use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::path::Path;

/// Writes a file, in the place of one that was there. Where it cannot be written whole, what was there stays.
///
/// What is no plain file (a pipe, `/dev/stdout`) takes the bytes as they come.
///
/// # Errors
/// What the operating system reports.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let earlier = match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => return File::options().write(true).open(path)?.write_all(bytes),
        Ok(found) => Some(found.permissions()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    // A link stays one: the file to which it leads is replaced.
    let target = if earlier.is_some() { path.canonicalize()? } else { path.to_owned() };
    let directory = target.parent().filter(|directory| !directory.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".saxaul-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(NEW_FILE));
    let mut part = builder.tempfile_in(directory.unwrap_or(Path::new(".")))?;
    part.write_all(bytes)?;
    keep_permissions(part.as_file(), earlier)?;
    part.as_file().sync_all()?;
    part.persist(&target)?;
    Ok(())
}

/// What everybody's files are made with; the umask takes from it.
#[cfg(unix)]
const NEW_FILE: u32 = 0o666;

fn keep_permissions(file: &File, earlier: Option<Permissions>) -> io::Result<()> {
    earlier.map_or(Ok(()), |permissions| file.set_permissions(permissions))
}
