//! The registry's number in SQLite, and what changed since it stood somewhere.

use rusqlite::{Connection, params};
use sync_core::ids::DeviceId;

use super::{devices, sessions, tree};
use crate::store::StoreError;
use crate::store::registry::{RegistryChanges, RegistryNumber};

/// Each row of the registry says at which number it was changed last. What an earlier version wrote was changed first.
pub(super) const TABLES: &str = "
    CREATE TABLE registry (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL);
    INSERT INTO registry (id, number)
        SELECT 1, EXISTS (SELECT 1 FROM devices) OR EXISTS (SELECT 1 FROM sessions) OR EXISTS (SELECT 1 FROM nodes);
    ALTER TABLE devices ADD COLUMN changed INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE sessions ADD COLUMN changed INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE nodes ADD COLUMN changed INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE events ADD COLUMN placed INTEGER NOT NULL DEFAULT 1;
    CREATE INDEX devices_changed ON devices (changed);
    CREATE INDEX sessions_changed ON sessions (changed);
    CREATE INDEX nodes_changed ON nodes (changed);
    CREATE INDEX events_placed ON events (placed) WHERE node IS NOT NULL;
";

/// Moves the number on, for a row that is changed.
pub(super) fn advance(db: &Connection) -> Result<i64, StoreError> {
    let mut advance = db.prepare_cached("UPDATE registry SET number = number + 1 RETURNING number")?;
    Ok(advance.query_row([], |row| row.get(0))?)
}

/// Notes that something of a device has changed.
pub(super) fn note_device(db: &Connection, device: DeviceId) -> Result<(), StoreError> {
    let changed = advance(db)?;
    let mut note = db.prepare_cached("UPDATE devices SET changed = ?2 WHERE device = ?1")?;
    Ok(note.execute(params![device.0, changed]).map(drop)?)
}

pub(super) fn number(db: &Connection) -> Result<RegistryNumber, StoreError> {
    let mut number = db.prepare_cached("SELECT number FROM registry")?;
    Ok(RegistryNumber(number.query_row([], |row| row.get::<_, i64>(0))?.cast_unsigned()))
}

pub(super) fn changes_since(db: &Connection, since: RegistryNumber) -> Result<RegistryChanges, StoreError> {
    let after = since.0.cast_signed();
    Ok(RegistryChanges {
        number: number(db)?,
        nodes: tree::nodes_changed_after(db, after)?,
        placed: tree::events_placed_after(db, after)?,
        devices: devices::changed_after(db, after)?,
        sessions: sessions::changed_after(db, after)?,
    })
}
