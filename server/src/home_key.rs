//! The key of a home server, and that the data beside it belongs to it.
//!
//! Every grant is signed with the key, so data without its key is of no use: a server that drew another one would know
//! nobody, and would say that it is new.

use std::path::{Path, PathBuf};

use sync_core::trust::{HomeKey, PublicKey};

use crate::clock::RandomSource;
use crate::secret_file::{keep_entry, write_secret};
use crate::store::home::BelongsTo;
use crate::store::{Store, StoreError, Writer};

/// Why the home key could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is not a key.
    #[error("{0} is not a home key: put the file back from a backup, or every device must join anew")]
    Damaged(PathBuf),
    /// There is no key, and data that belongs to one.
    #[error(
        "{0} is missing, and the data beside it belongs to a home server that has one: put the file back from the backup \
         that the data is from. To begin a new home server, name a data directory that is empty"
    )]
    Missing(PathBuf),
    /// The key is not the one that the data belongs to.
    #[error(
        "{path} is the key of the home server {found}, and the data beside it belongs to {expected}: put the file back \
         from the backup that the data is from, or name another data directory"
    )]
    Other {
        /// The file with the key.
        path: PathBuf,
        /// Whose key it is.
        found: PublicKey,
        /// Whose data it is.
        expected: PublicKey,
    },
    /// There is a key, and the data of its home server is missing.
    #[error(
        "{key} is the key of a home server, and its data {data} is missing or empty: put the file back from the backup that \
         the key is from. To begin a new home server, move the key away: nobody is known there who joined before"
    )]
    NoData {
        /// The file with the key.
        key: PathBuf,
        /// The file with the data.
        data: PathBuf,
    },
    /// The operating system reports something else.
    #[error("cannot use {path}: {cause}")]
    Medium {
        /// The file that cannot be used.
        path: PathBuf,
        /// What the operating system reported.
        cause: std::io::Error,
    },
    /// The data cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Checks that a data directory with a key has the data that belongs to it.
///
/// A server that began anew under the same key would know nobody, and devices would take its word for home's. The first
/// start draws the key when the data is there already, so an interrupted one leaves no key without data.
///
/// # Errors
/// [`KeyError::NoData`].
pub fn require_data(directory: &Path) -> Result<(), KeyError> {
    let (key, data) = (key_file(directory), directory.join("saxaul.db"));
    let is_missing = match std::fs::metadata(&data) {
        Ok(found) => found.len() == 0,
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    if is_missing && read_key(&key)?.is_some() { Err(KeyError::NoData { key, data }) } else { Ok(()) }
}

/// Reads the home key of a data directory that holds this store, or draws one for a store that is new.
///
/// # Errors
/// See [`KeyError`]; nothing is changed then.
pub async fn home_key(
    directory: &Path,
    store: &Store,
    writer: &Writer,
    random: &RandomSource,
) -> Result<HomeKey, KeyError> {
    let path = key_file(directory);
    let belongs_to = store.read_here(|store| store.belongs_to())?;
    let failed = |cause| KeyError::Medium { path: path.clone(), cause };
    let key = match read_key(&path)? {
        // A start before may have failed when all but its entry was on the disk. The store must not outlive it.
        Some(key) => keep_entry(&path).map(|()| key).map_err(failed)?,
        None if belongs_to != BelongsTo::Nobody => return Err(KeyError::Missing(path)),
        None => {
            let seed = random.draw::<32>();
            write_secret(&path, &seed).map_err(failed)?;
            HomeKey::from_seed(&seed)
        }
    };
    compare(&path, key.public(), belongs_to)?;
    // A home whose disk is full starts all the same.
    if !matches!(belongs_to, BelongsTo::Home(_)) {
        writer.keep_home_key(key.public()).await?;
    }
    Ok(key)
}

/// Reads the home key of a data directory that has one, whatever data is beside it.
///
/// # Errors
/// See [`KeyError`].
pub fn existing_home_key(directory: &Path) -> Result<HomeKey, KeyError> {
    let path = key_file(directory);
    read_key(&path)?.ok_or(KeyError::Missing(path))
}

/// Checks that data which is only read has its key beside it.
///
/// # Errors
/// See [`KeyError`].
pub fn require_home_key(directory: &Path, belongs_to: BelongsTo) -> Result<(), KeyError> {
    compare(&key_file(directory), existing_home_key(directory)?.public(), belongs_to)
}

fn key_file(directory: &Path) -> PathBuf {
    directory.join("home.key")
}

fn read_key(path: &Path) -> Result<Option<HomeKey>, KeyError> {
    match std::fs::read(path) {
        Ok(bytes) => {
            let seed: [u8; 32] = bytes.try_into().map_err(|_| KeyError::Damaged(path.to_owned()))?;
            Ok(Some(HomeKey::from_seed(&seed)))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(KeyError::Medium { path: path.to_owned(), cause }),
    }
}

fn compare(path: &Path, found: PublicKey, belongs_to: BelongsTo) -> Result<(), KeyError> {
    match belongs_to {
        BelongsTo::Home(expected) if expected != found => {
            Err(KeyError::Other { path: path.to_owned(), found, expected })
        }
        BelongsTo::Home(_) | BelongsTo::Unknown | BelongsTo::Nobody => Ok(()),
    }
}
