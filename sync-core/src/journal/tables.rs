//! The tables of a journal: one for each kind of row, each with the same statements.

use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::ids::{Actor, DeviceId, EventId, Revision};
use crate::storage::Key;

/// One table and its statements. A row's place is its event, where a table holds several rows of one event, and its id.
pub(super) struct Table {
    pub name: &'static str,
    pub get: &'static str,
    pub scan: &'static str,
    pub put: &'static str,
    pub remove: &'static str,
    /// Every row with its place, from the first on and from the last on.
    pub all: [&'static str; 2],
    kind: Kind,
}

/// What the ids of a table are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Device,
    Event,
    Statement,
    Snapshot,
    PartialSnapshot,
    Part,
    Item,
    Draft,
    Peer,
    Confirmed,
}

/// A table with one row for each event, or with one row.
macro_rules! single {
    ($kind:ident, $name:literal) => {
        Table {
            name: $name,
            get: concat!("SELECT value FROM ", $name, " WHERE id = ?1"),
            scan: concat!("SELECT id, value FROM ", $name, " WHERE id >= ?1 ORDER BY id"),
            put: concat!(
                "INSERT INTO ",
                $name,
                " (id, value) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET value = excluded.value"
            ),
            remove: concat!("DELETE FROM ", $name, " WHERE id = ?1"),
            all: [
                concat!("SELECT NULL, id, value FROM ", $name, " ORDER BY id"),
                concat!("SELECT NULL, id, value FROM ", $name, " ORDER BY id DESC"),
            ],
            kind: Kind::$kind,
        }
    };
}

/// A table with several rows for each event.
macro_rules! several {
    ($kind:ident, $name:literal) => {
        Table {
            name: $name,
            get: concat!("SELECT value FROM ", $name, " WHERE event = ?1 AND id = ?2"),
            scan: concat!("SELECT id, value FROM ", $name, " WHERE event = ?1 AND id >= ?2 ORDER BY id"),
            put: concat!(
                "INSERT INTO ",
                $name,
                " (event, id, value) VALUES (?1, ?2, ?3) ON CONFLICT (event, id) DO UPDATE SET value = excluded.value"
            ),
            remove: concat!("DELETE FROM ", $name, " WHERE event = ?1 AND id = ?2"),
            all: [
                concat!("SELECT event, id, value FROM ", $name, " ORDER BY event, id"),
                concat!("SELECT event, id, value FROM ", $name, " ORDER BY event DESC, id DESC"),
            ],
            kind: Kind::$kind,
        }
    };
}

/// Every table, in the order of [`Kind`].
pub(super) static TABLES: [Table; 10] = [
    single!(Device, "device"),
    single!(Event, "events"),
    single!(Statement, "statements"),
    single!(Snapshot, "snapshots"),
    single!(PartialSnapshot, "partial_snapshots"),
    several!(Part, "parts"),
    several!(Item, "items"),
    several!(Draft, "drafts"),
    several!(Peer, "peers"),
    several!(Confirmed, "confirmed"),
];

/// Where a row lies.
pub(super) struct Place {
    pub table: &'static Table,
    event: Option<[u8; 16]>,
    id: Id,
}

#[derive(Clone, Copy)]
enum Id {
    Number(u64),
    Bytes([u8; 16]),
}

impl Place {
    pub fn of(key: Key) -> Self {
        let (kind, event, id) = match key {
            Key::Device => (Kind::Device, None, Id::Number(1)),
            Key::Event(event) => (Kind::Event, None, Id::Bytes(event.0)),
            Key::Statement(event) => (Kind::Statement, None, Id::Bytes(event.0)),
            Key::Snapshot(event) => (Kind::Snapshot, None, Id::Bytes(event.0)),
            Key::PartialSnapshot(event) => (Kind::PartialSnapshot, None, Id::Bytes(event.0)),
            Key::Part(event, start) => (Kind::Part, Some(event.0), Id::Number(start)),
            Key::Item(event, revision) => (Kind::Item, Some(event.0), Id::Number(revision.0)),
            Key::Draft(event, id) => (Kind::Draft, Some(event.0), Id::Number(id)),
            Key::Peer(event, device) => (Kind::Peer, Some(event.0), Id::Bytes(device.0)),
            Key::Confirmed(event, actor) => (Kind::Confirmed, Some(event.0), Id::Bytes(actor.0)),
        };
        Self { table: &TABLES[kind as usize], event, id }
    }

    /// The parameters of the statements that name one row, in their order; `put` takes the value after them.
    pub fn parameters<'a>(&'a self, value: Option<&'a [u8]>) -> impl Iterator<Item = ToSqlOutput<'a>> {
        let blob = |bytes: &'a [u8]| ToSqlOutput::Borrowed(ValueRef::Blob(bytes));
        let id = match &self.id {
            Id::Number(number) => ToSqlOutput::Borrowed(ValueRef::Integer(number.cast_signed())),
            Id::Bytes(bytes) => blob(bytes),
        };
        let event = self.event.as_ref().map(|event| blob(event));
        event.into_iter().chain([id]).chain(value.map(blob))
    }
}

impl Table {
    /// The key of a row that lies here; `None` where the columns hold nothing that was written.
    pub fn key(&self, event: Option<EventId>, id: ValueRef<'_>) -> Option<Key> {
        let number = || id.as_i64().ok().map(i64::cast_unsigned);
        let bytes = || id.as_blob().ok()?.try_into().ok();
        Some(match self.kind {
            Kind::Device => Key::Device,
            Kind::Event => Key::Event(EventId(bytes()?)),
            Kind::Statement => Key::Statement(EventId(bytes()?)),
            Kind::Snapshot => Key::Snapshot(EventId(bytes()?)),
            Kind::PartialSnapshot => Key::PartialSnapshot(EventId(bytes()?)),
            Kind::Part => Key::Part(event?, number()?),
            Kind::Item => Key::Item(event?, Revision(number()?)),
            Kind::Draft => Key::Draft(event?, number()?),
            Kind::Peer => Key::Peer(event?, DeviceId(bytes()?)),
            Kind::Confirmed => Key::Confirmed(event?, Actor(bytes()?)),
        })
    }
}
