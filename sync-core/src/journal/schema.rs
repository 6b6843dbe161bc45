//! The tables of a journal and how older ones become newer ones.

use std::path::Path;

use rusqlite::Connection;

use super::{JournalError, io_failed, medium, private, recognised};

/// The version of the tables that this build writes. A journal of a newer one is refused, unchanged.
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// `MIGRATIONS[n]` makes version n + 1 out of version n.
const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE device (id INTEGER PRIMARY KEY CHECK (id = 1), value BLOB NOT NULL);
    CREATE TABLE events (id BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE statements (id BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE snapshots (id BLOB PRIMARY KEY, value BLOB NOT NULL);
    CREATE TABLE partial_snapshots (id BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE parts (event BLOB NOT NULL, id INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (event, id));
    CREATE TABLE items (event BLOB NOT NULL, id INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (event, id));
    CREATE TABLE drafts (event BLOB NOT NULL, id INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (event, id))
        WITHOUT ROWID;
    CREATE TABLE peers (event BLOB NOT NULL, id BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (event, id))
        WITHOUT ROWID;
    CREATE TABLE confirmed (event BLOB NOT NULL, id BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (event, id))
        WITHOUT ROWID;
"];

/// Takes hold of the file, and brings its tables up to date.
pub(super) fn prepare(db: &mut Connection, path: &Path) -> Result<(), JournalError> {
    let failed = |error: rusqlite::Error| medium(path, &error);
    // Before the first look at the file: so that reading it never needs room for a shared index beside it.
    db.execute_batch("PRAGMA locking_mode = EXCLUSIVE").map_err(failed)?;
    let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
    if found > SCHEMA_VERSION {
        return Err(JournalError::Newer { path: path.to_owned(), found, known: SCHEMA_VERSION });
    }
    // Where fsync does not reach the disk itself, as on Apple's systems, `fullfsync` does.
    db.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON; PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON;",
    )
    .map_err(failed)?;
    // Before the log is there: so that the file itself says from its first page on what it is.
    recognised::sign(db).map_err(failed)?;
    db.execute_batch("PRAGMA journal_mode = WAL").map_err(failed)?;
    db.set_prepared_statement_cache_capacity(48);
    let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(failed)?;
    for (version, migration) in (1i64..).zip(MIGRATIONS).skip(usize::try_from(found).unwrap_or(0)) {
        tx.execute_batch(migration).map_err(failed)?;
        tx.pragma_update(None, "user_version", version).map_err(failed)?;
    }
    tx.commit().map_err(failed)?;
    // SQLite makes the entry of the log durable, too, but does not say where that fails. Without its log a file that was
    // being brought up to date is damaged.
    private::keep_entry(path).map_err(|error| io_failed(path, &error))
}
