//! The durable copy on a device: one SQLite file with the device's identity and its events.
//!
//! Owns the file. Every outcome of a replica is one transaction, fsynced before anyone is told "saved on this
//! device". One process holds a journal at a time.

mod check;
mod error;
mod items;
mod key;
pub mod private;
mod reading;
mod salvage;
mod schema;
mod sealed;
mod storage;
mod wipe;
mod writing;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};

pub use self::error::JournalError;
use self::error::{damaged, decode, io_failed, medium};
pub use self::key::JournalKey;
pub use self::schema::SCHEMA_VERSION;
pub use self::wipe::WipeError;
use crate::documents::encode;
use crate::ids::{EventId, Incarnation};
pub use crate::storage::Membership;
use crate::trust::{KeyPair, PublicKey};

/// A replica with its journal: what an app holds. Everything it answers is durable.
pub type OpenReplica = crate::storage::Opened<Journal>;

struct DeviceRow {
    seed: Vec<u8>,
    incarnation: Vec<u8>,
    home: Option<Vec<u8>>,
    url: Option<String>,
    grant: Option<Vec<u8>>,
    sum: Vec<u8>,
}

impl DeviceRow {
    const SQL: &str = "SELECT seed, incarnation, home, url, grant, sum FROM device";

    fn read(row: &rusqlite::Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            seed: row.get(0)?,
            incarnation: row.get(1)?,
            home: row.get(2)?,
            url: row.get(3)?,
            grant: row.get(4)?,
            sum: row.get(5)?,
        })
    }
}

/// Entropy for a journal that begins, and for each time it starts a new incarnation.
#[derive(Clone, Copy)]
pub struct Entropy {
    /// Becomes the device's key, if the journal is new.
    pub seed: [u8; 32],
    /// Becomes the next incarnation, if one begins.
    pub incarnation: Incarnation,
}

/// A device's journal: its key, where it belongs, and its events, in one SQLite file.
pub struct Journal {
    path: PathBuf,
    incarnation_path: PathBuf,
    db: Connection,
    key: KeyPair,
    incarnation: Incarnation,
    membership: Option<Membership>,
}

impl Journal {
    /// Opens a journal, or begins one.
    ///
    /// `incarnation_path` is a small file that must not be part of a backup: if it is missing or another one, this
    /// journal was restored, and a new incarnation begins so that no sequence number is used twice.
    ///
    /// With a `key` the journal is encrypted from its beginning on, and opens with this key alone; that needs the feature
    /// `encryption`. One that was begun without a key is not encrypted later.
    ///
    /// # Errors
    /// See [`JournalError`]; where the key does not fit, nothing is touched.
    pub fn open(
        path: &Path,
        incarnation_path: &Path,
        key: Option<&JournalKey>,
        entropy: Entropy,
    ) -> Result<Self, JournalError> {
        let failed = |error: rusqlite::Error| medium(path, &error);
        let recorded_before = path.exists() && incarnation_path.exists();
        let died_open = beside(path, "-wal").metadata().is_ok_and(|log| log.len() > 0);
        let mut db = key::unlock(path, key)?;
        schema::prepare(&mut db, path)?;
        check::whole(&db, path)?;
        let row = db.query_row(DeviceRow::SQL, [], DeviceRow::read).optional();
        let Some(mut row) = row.map_err(failed)? else {
            check::new(&db, path, recorded_before)?;
            let (seed, incarnation) = (entropy.seed.to_vec(), entropy.incarnation.0.to_vec());
            let row = DeviceRow { seed, incarnation, home: None, url: None, grant: None, sum: Vec::new() };
            db.execute(
                "INSERT INTO device (id, seed, incarnation, sum) VALUES (1, ?1, ?2, ?3)",
                params![row.seed, row.incarnation, row.checksum()],
            )
            .map_err(failed)?;
            note_incarnation(incarnation_path, entropy.incarnation)?;
            return Ok(Self {
                path: path.to_owned(),
                incarnation_path: incarnation_path.to_owned(),
                db,
                key: KeyPair::from_seed(&entropy.seed),
                incarnation: entropy.incarnation,
                membership: None,
            });
        };
        if row.sum != row.checksum() {
            return Err(damaged(path, "the device's key, or where the device belongs"));
        }
        let (seed, kept) = (std::mem::take(&mut row.seed), std::mem::take(&mut row.incarnation));
        let seed: [u8; 32] = seed.try_into().map_err(|_| damaged(path, "the device's key"))?;
        let kept = Incarnation(kept.try_into().map_err(|_| damaged(path, "the incarnation"))?);
        let membership = check::membership(row, path)?;
        let mut journal = Self {
            path: path.to_owned(),
            incarnation_path: incarnation_path.to_owned(),
            db,
            key: KeyPair::from_seed(&seed),
            incarnation: kept,
            membership,
        };
        if std::fs::read(incarnation_path).ok().as_deref() != Some(kept.to_string().as_bytes()) {
            journal.begin_incarnation(entropy.incarnation)?;
        }
        if died_open {
            // What was deleted may stand there still. A full disk leaves it for the next time: what is recorded is safe.
            journal.forget_what_was_written_over().ok();
        }
        Ok(journal)
    }

    fn begin_incarnation(&mut self, fresh: Incarnation) -> Result<(), JournalError> {
        let old = self.incarnation;
        let tx = self.db.unchecked_transaction().map_err(|error| medium(&self.path, &error))?;
        self.write_incarnation(None, fresh)?;
        tx.commit().map_err(|error| medium(&self.path, &error))?;
        note_incarnation(&self.incarnation_path, fresh)?;
        debug_assert_ne!(old, fresh, "an incarnation is drawn at random");
        self.incarnation = fresh;
        Ok(())
    }

    /// The device's public key.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.key.public()
    }

    /// The device's keys, for signing a session proof.
    #[must_use]
    pub const fn key(&self) -> &KeyPair {
        &self.key
    }

    /// Where the device belongs; `None` before it joined.
    #[must_use]
    pub const fn membership(&self) -> Option<&Membership> {
        self.membership.as_ref()
    }

    /// Notes that home let this device in. Repeating it replaces the grants.
    ///
    /// # Errors
    /// [`JournalError::OtherHome`] if the device belongs to another home server.
    pub fn join(&mut self, membership: Membership) -> Result<(), JournalError> {
        if let Some(known) = self.membership.as_ref().filter(|known| known.home != membership.home) {
            return Err(JournalError::OtherHome { home: known.home });
        }
        self.change_device(|row| {
            row.home = Some(membership.home.0.to_vec());
            row.url = Some(membership.url.clone());
            row.grant = Some(encode(&membership.grants));
        })?;
        self.membership = Some(membership);
        Ok(())
    }

    /// The events of which this journal holds something.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn events(&self) -> Result<Vec<EventId>, JournalError> {
        let ids: Vec<Vec<u8>> = self.column("SELECT event FROM events ORDER BY event", params![])?;
        ids.into_iter().map(|id| id.try_into().map(EventId).map_err(|_| damaged(&self.path, "an event's id"))).collect()
    }

    /// Changes who the device is, or where it belongs, with the checksum of that.
    fn change_device(&self, change: impl FnOnce(&mut DeviceRow)) -> Result<(), JournalError> {
        let row = self.db.query_row(DeviceRow::SQL, [], DeviceRow::read);
        let mut row = row.map_err(|error| medium(&self.path, &error))?;
        change(&mut row);
        self.execute(
            "UPDATE device SET incarnation = ?1, home = ?2, url = ?3, grant = ?4, sum = ?5",
            params![row.incarnation, row.home, row.url, row.grant, row.checksum()],
        )
    }

    fn execute(&self, sql: &str, params: impl rusqlite::Params) -> Result<(), JournalError> {
        let run = || self.db.prepare_cached(sql)?.execute(params);
        run().map(drop).map_err(|error| medium(&self.path, &error))
    }

    fn column<T: rusqlite::types::FromSql>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
    ) -> Result<Vec<T>, JournalError> {
        let run = || self.db.prepare_cached(sql)?.query_map(params, |row| row.get(0))?.collect::<Result<Vec<T>, _>>();
        run().map_err(|error| medium(&self.path, &error))
    }
}

/// A file of SQLite's beside its database: `-wal` holds what is not written into that yet.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut file = path.as_os_str().to_owned();
    file.push(suffix);
    file.into()
}

fn note_incarnation(path: &Path, incarnation: Incarnation) -> Result<(), JournalError> {
    private::write_file(path, incarnation.to_string().as_bytes()).map_err(|error| io_failed(path, &error))
}
