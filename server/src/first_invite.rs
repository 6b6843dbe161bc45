//! The invite that lets the first organizer in, kept in a file where nobody watches the first start.
//!
//! A service manager keeps what a server prints in a log that others read. A file in the data directory is read by
//! whoever may read the home key, and goes when the invite is used.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::invite::InviteLink;
use crate::secret_file::write_secret;

/// Where the first invite of a data directory is kept.
#[derive(Clone, Debug)]
pub struct FirstInvite {
    path: PathBuf,
}

impl FirstInvite {
    /// In this data directory.
    #[must_use]
    pub fn of(data_dir: &Path) -> Self {
        Self { path: data_dir.join("first-invite.txt") }
    }

    /// The file in which the link stands.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps the invite where only the server's owner may read it.
    ///
    /// # Errors
    /// What the operating system reports.
    pub fn keep(&self, link: &InviteLink) -> std::io::Result<()> {
        write_secret(&self.path, format!("{link}\n").as_bytes())
    }

    /// The invite was used. Repeating it is harmless.
    pub fn forget(&self) {
        if let Err(error) = std::fs::remove_file(&self.path)
            && error.kind() != ErrorKind::NotFound
        {
            tracing::warn!(%error, file = %self.path.display(), "the used first invite cannot be removed");
        }
    }
}
