//! The tables of the store and how older ones become newer ones.

use std::path::Path;

use rusqlite::Connection;

use crate::secret_file::keep_entry;
use crate::store::StoreError;

/// The version of the tables that this build writes. Data of a newer one is refused, unchanged.
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// `MIGRATIONS[n]` makes version n + 1 out of version n.
const MIGRATIONS: [&str; 7] = [
    FOUNDATION,
    QUARANTINE,
    TREE,
    super::sessions::TABLES,
    super::erasing::TABLES,
    super::home::TABLES,
    super::registry::TABLES,
];

const FOUNDATION: &str = "
    CREATE TABLE devices (
        device BLOB PRIMARY KEY,
        seen INTEGER,
        offered_by BLOB,
        revocations INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE TABLE grants (
        device BLOB NOT NULL REFERENCES devices (device),
        scope BLOB NOT NULL,
        grant BLOB NOT NULL,
        invite BLOB,
        PRIMARY KEY (device, scope)
    ) WITHOUT ROWID;
    CREATE TABLE uses (
        device BLOB NOT NULL REFERENCES devices (device),
        invite BLOB NOT NULL,
        PRIMARY KEY (device, invite)
    ) WITHOUT ROWID;
    CREATE TABLE invites (
        secret_hash BLOB PRIMARY KEY,
        role TEXT NOT NULL,
        scope BLOB NOT NULL,
        uses_left INTEGER NOT NULL,
        expires INTEGER
    ) WITHOUT ROWID;
    CREATE TABLE events (number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, turn INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE items (
        event INTEGER NOT NULL REFERENCES events (number),
        revision INTEGER NOT NULL,
        digest BLOB NOT NULL,
        origin BLOB,
        item BLOB NOT NULL,
        PRIMARY KEY (event, revision)
    );
    CREATE TABLE snapshots (
        event INTEGER NOT NULL REFERENCES events (number),
        revision INTEGER NOT NULL,
        digest BLOB NOT NULL,
        statement BLOB NOT NULL,
        bytes BLOB NOT NULL,
        PRIMARY KEY (event, revision)
    );
";

/// Revoked devices, what waits for a decision about them, and who decided what.
const QUARANTINE: &str = "
    ALTER TABLE invites ADD COLUMN uses INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE invites ADD COLUMN created INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE invites ADD COLUMN withdrawn INTEGER;
    ALTER TABLE invites ADD COLUMN site TEXT;
    ALTER TABLE invites ADD COLUMN team TEXT;
    ALTER TABLE invites ADD COLUMN made_by BLOB;
    ALTER TABLE invites ADD COLUMN is_first INTEGER NOT NULL DEFAULT 0;
    UPDATE invites SET uses = uses_left;
    CREATE TABLE held (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        event INTEGER NOT NULL REFERENCES events (number),
        hash BLOB NOT NULL,
        author BLOB NOT NULL,
        origin BLOB NOT NULL,
        at INTEGER NOT NULL,
        reason TEXT NOT NULL,
        incarnation BLOB,
        entries INTEGER NOT NULL,
        item BLOB NOT NULL,
        UNIQUE (event, hash)
    );
    CREATE TABLE discarded (
        event INTEGER NOT NULL REFERENCES events (number),
        hash BLOB NOT NULL,
        author BLOB NOT NULL,
        at INTEGER NOT NULL,
        incarnation BLOB,
        entries INTEGER NOT NULL,
        PRIMARY KEY (event, hash)
    ) WITHOUT ROWID;
    CREATE TABLE clones (
        event INTEGER NOT NULL REFERENCES events (number),
        hash BLOB NOT NULL,
        author BLOB NOT NULL,
        at INTEGER NOT NULL,
        item BLOB NOT NULL,
        PRIMARY KEY (event, hash)
    );
    CREATE TABLE said (
        event INTEGER NOT NULL REFERENCES events (number),
        device BLOB NOT NULL,
        incarnation BLOB NOT NULL,
        entries INTEGER NOT NULL,
        PRIMARY KEY (event, device, incarnation)
    ) WITHOUT ROWID;
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        asked INTEGER NOT NULL,
        actor BLOB,
        act TEXT NOT NULL,
        digest BLOB NOT NULL
    );
";

/// Offices, regions and organisations, and the events of each.
const TREE: &str = "
    CREATE TABLE nodes (node BLOB PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, parent BLOB) WITHOUT ROWID;
    ALTER TABLE events ADD COLUMN node BLOB;
";

/// Brings the tables up to date.
pub(super) fn prepare(db: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > SCHEMA_VERSION {
        return Err(StoreError::Newer { path: path.to_owned(), found, known: SCHEMA_VERSION });
    }
    // Where fsync does not reach the disk itself, as on Apple's systems, `fullfsync` does.
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;
         PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;",
    )?;
    super::overwriting::require_pages(db)?;
    let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for (version, migration) in (1i64..).zip(MIGRATIONS).skip(usize::try_from(found).unwrap_or(0)) {
        tx.execute_batch(migration)?;
        tx.pragma_update(None, "user_version", version)?;
    }
    tx.commit()?;
    // SQLite makes the entry of the log durable, too, but does not say where that fails. Without its log a file that was
    // being brought up to date is damaged.
    keep_entry(path).map_err(|error| StoreError::Medium(error.to_string()))?;
    // What was deleted before the server fell does not stay in the log beside the file. A home whose disk is full starts
    // all the same: the next erasure or the next start empties the log.
    match db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(StoreError::from) {
        Err(StoreError::Full) => Ok(()),
        emptied => emptied,
    }
}
