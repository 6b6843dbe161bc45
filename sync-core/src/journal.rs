//! The durable copy on a device: one SQLite file with the device's identity and its events.
//!
//! Owns the file. Every outcome of a replica is one transaction, fsynced before anyone is told "saved on this
//! device". One process holds a journal at a time.

mod schema;
mod wipe;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use minicbor::{Decode, Encode};
use rusqlite::{Connection, OptionalExtension, params};

pub use self::schema::SCHEMA_VERSION;
pub use self::wipe::WipeError;
use crate::documents::encode;
use crate::exchange::{Cursor, Item};
use crate::ids::{DeviceId, DocumentRef, EventId, Incarnation, Revision};
use crate::replica::ledger::{ItemSource, Ledger, StoredItem};
use crate::replica::{Draft, Identity, Kept, NotLetIn, Outcome, PartialSnapshot, Peer, Replica, Write, redraft};
use crate::trust::{ConfirmedChain, Grant, KeyPair, PublicKey, Signed, SnapshotStatement};

/// Why a journal could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process holds it.
    #[error("the journal {0} is in use by another process")]
    Busy(PathBuf),
    /// A newer build wrote it.
    #[error("the journal {path} has version {found}; this program knows up to version {known}: update the program")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest one known here.
        known: i64,
    },
    /// There is no room left. Nothing of the last action was kept.
    #[error("the disk with the journal {0} is full: make room, then do it again")]
    Full(PathBuf),
    /// What the file contains is not what was written.
    #[error("the journal {path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        what: String,
    },
    /// The device has not joined yet.
    #[error("this device has not joined: open an invite link first")]
    NotJoined,
    /// The device was let in, but not into this event.
    #[error("this device was not let into this event: ask for an invite to it")]
    NotLetIn,
    /// The device has joined another home server.
    #[error("this journal belongs to the home server {home}; use another journal for another server")]
    OtherHome {
        /// Its key.
        home: PublicKey,
    },
    /// The operating system or SQLite reports something else.
    #[error("the journal {path} cannot be used: {cause}")]
    Medium {
        /// The file.
        path: PathBuf,
        /// What was reported.
        cause: String,
    },
}

struct DeviceRow {
    seed: Vec<u8>,
    incarnation: Vec<u8>,
    home: Option<Vec<u8>>,
    url: Option<String>,
    grant: Option<Vec<u8>>,
}

impl DeviceRow {
    fn read(row: &rusqlite::Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            seed: row.get(0)?,
            incarnation: row.get(1)?,
            home: row.get(2)?,
            url: row.get(3)?,
            grant: row.get(4)?,
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

/// Where a device belongs.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The home server's key.
    pub home: PublicKey,
    /// Where the home server is reached.
    pub url: String,
    /// What home said of this device.
    pub grant: Signed<Grant>,
}

/// A device's journal.
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
    /// # Errors
    /// See [`JournalError`].
    pub fn open(path: &Path, incarnation_path: &Path, entropy: Entropy) -> Result<Self, JournalError> {
        let failed = |error: rusqlite::Error| medium(path, &error);
        let mut db = Connection::open(path).map_err(failed)?;
        schema::prepare(&mut db, path)?;
        let row =
            db.query_row("SELECT seed, incarnation, home, url, grant FROM device", [], DeviceRow::read).optional();
        let Some(row) = row.map_err(failed)? else {
            db.execute(
                "INSERT INTO device (id, seed, incarnation) VALUES (1, ?1, ?2)",
                params![entropy.seed, entropy.incarnation.0],
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
        let seed: [u8; 32] = row.seed.try_into().map_err(|_| damaged(path, "the device's key"))?;
        let membership = match (row.home, row.url, row.grant) {
            (Some(home), Some(url), Some(grant)) => Some(Membership {
                home: PublicKey(home.try_into().map_err(|_| damaged(path, "home's key"))?),
                url,
                grant: decode(path, "the device's grant", &grant)?,
            }),
            _ => None,
        };
        let kept = Incarnation(row.incarnation.try_into().map_err(|_| damaged(path, "the incarnation"))?);
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

    /// Notes that home let this device in. Repeating it replaces the grant.
    ///
    /// # Errors
    /// [`JournalError::OtherHome`] if the device belongs to another home server.
    pub fn join(&mut self, membership: Membership) -> Result<(), JournalError> {
        if let Some(known) = self.membership.as_ref().filter(|known| known.home != membership.home) {
            return Err(JournalError::OtherHome { home: known.home });
        }
        self.execute(
            "UPDATE device SET home = ?1, url = ?2, grant = ?3",
            params![membership.home.0, membership.url, encode(&membership.grant)],
        )?;
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

    fn identity(&self) -> Result<Identity, JournalError> {
        let membership = self.membership.clone().ok_or(JournalError::NotJoined)?;
        Ok(Identity {
            key: self.key.clone(),
            incarnation: self.incarnation,
            grant: membership.grant,
            home: membership.home,
        })
    }

    fn kept(&self, event: EventId, home: PublicKey) -> Result<Kept, JournalError> {
        let snapshot: Option<Vec<u8>> = self
            .db
            .query_row("SELECT snapshot FROM events WHERE event = ?1", params![event.0], |row| row.get(0))
            .optional()
            .map_err(|error| medium(&self.path, &error))?
            .flatten();
        let mut ledger = match snapshot {
            Some(bytes) => Ledger::load_snapshot(event, home, &bytes).map_err(|_| damaged(&self.path, "a snapshot"))?,
            None => Ledger::founded(event, home),
        };
        let items = EventItems { journal: self, event };
        let mut at = Revision(0);
        loop {
            let page = items.items_after(at, 1 << 20)?;
            let Some(last) = page.last() else { break };
            at = last.cursor.revision;
            for stored in &page {
                // What no longer fits after a refusal comes again from home.
                if let Err(rejection) = ledger.retake(stored)
                    && !rejection.is_passing()
                {
                    return Err(damaged(&self.path, &format!("item {}: {rejection}", stored.cursor.revision.0)));
                }
            }
        }
        let drafts = self.drafts(event)?;
        let next_draft: i64 = self
            .db
            .query_row("SELECT next_draft FROM events WHERE event = ?1", params![event.0], |row| row.get(0))
            .optional()
            .map_err(|error| medium(&self.path, &error))?
            .unwrap_or(0);
        let confirmed: Vec<Vec<u8>> = self.column("SELECT chain FROM confirmed WHERE event = ?1", params![event.0])?;
        let partial: Option<Vec<u8>> = self
            .db
            .query_row("SELECT partial FROM events WHERE event = ?1", params![event.0], |row| row.get(0))
            .optional()
            .map_err(|error| medium(&self.path, &error))?
            .flatten();
        Ok(Kept {
            ledger,
            drafts,
            next_draft: next_draft.cast_unsigned(),
            peers: self.peers(event)?,
            confirmed: confirmed
                .iter()
                .map(|chain| decode::<ConfirmedChain>(&self.path, "a confirmation", chain))
                .collect::<Result<_, _>>()?,
            partial: partial
                .map(|bytes| decode::<PartialSnapshot>(&self.path, "a part of a snapshot", &bytes))
                .transpose()?,
        })
    }

    fn drafts(&self, event: EventId) -> Result<Vec<Draft>, JournalError> {
        let rows: Vec<Vec<u8>> =
            self.column("SELECT draft FROM drafts WHERE event = ?1 ORDER BY id", params![event.0])?;
        rows.iter().map(|row| decode::<StoredDraft>(&self.path, "a command", row).map(Into::into)).collect()
    }

    fn write_draft(&self, event: EventId, draft: &Draft) -> Result<(), JournalError> {
        self.execute(
            "INSERT INTO drafts (event, id, draft) VALUES (?1, ?2, ?3)
             ON CONFLICT (event, id) DO UPDATE SET draft = excluded.draft",
            params![event.0, draft.id.cast_signed(), encode(&StoredDraft::from(draft.clone()))],
        )?;
        self.execute(
            "UPDATE events SET next_draft = max(next_draft, ?2) WHERE event = ?1",
            params![event.0, draft.id.cast_signed() + 1],
        )
    }

    /// Writes an outcome of a replica of `event`, all of it or nothing.
    fn commit(&mut self, event: EventId, writes: &[Write], fresh: Incarnation) -> Result<(), JournalError> {
        if writes.is_empty() {
            return Ok(());
        }
        let tx = self.db.unchecked_transaction().map_err(|error| medium(&self.path, &error))?;
        self.execute("INSERT OR IGNORE INTO events (event) VALUES (?1)", params![event.0])?;
        let mut begun = None;
        for write in writes {
            if let Write::Refused(refused) = write {
                self.write_refusal(event, refused, fresh)?;
                begun = Some(fresh);
            } else {
                self.write(event, write)?;
            }
        }
        tx.commit().map_err(|error| medium(&self.path, &error))?;
        if let Some(fresh) = begun {
            note_incarnation(&self.incarnation_path, fresh)?;
            self.incarnation = fresh;
        }
        Ok(())
    }

    fn write(&self, event: EventId, write: &Write) -> Result<(), JournalError> {
        match write {
            Write::Draft(draft) => self.write_draft(event, draft),
            Write::Item(stored) => self.execute(
                "INSERT INTO items (event, revision, digest, origin, item) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    event.0,
                    stored.cursor.revision.0.cast_signed(),
                    stored.cursor.digest,
                    stored.origin.map(|device| device.0),
                    encode(&stored.item)
                ],
            ),
            Write::Peer(device, peer) => self.execute(
                "INSERT INTO peers (event, peer, state) VALUES (?1, ?2, ?3)
                 ON CONFLICT (event, peer) DO UPDATE SET state = excluded.state",
                params![event.0, device.0, encode(peer)],
            ),
            Write::Confirmed(chains) => chains.iter().try_for_each(|chain| {
                self.execute(
                    "INSERT INTO confirmed (event, actor, chain) VALUES (?1, ?2, ?3)
                     ON CONFLICT (event, actor) DO UPDATE SET chain = excluded.chain",
                    params![event.0, chain.actor.0, encode(chain)],
                )
            }),
            Write::NothingConfirmed => self.execute("DELETE FROM confirmed WHERE event = ?1", params![event.0]),
            Write::Done(ids) => ids.iter().try_for_each(|id| {
                self.execute("DELETE FROM drafts WHERE event = ?1 AND id = ?2", params![event.0, id.cast_signed()])
            }),
            Write::PartialSnapshot(partial) => self.execute(
                "UPDATE events SET partial = ?2 WHERE event = ?1",
                params![event.0, partial.as_ref().map(encode)],
            ),
            Write::Snapshot(statement, bytes) => self.write_snapshot(event, statement, bytes),
            Write::Refused(_) => Ok(()),
        }
    }

    fn write_snapshot(
        &self,
        event: EventId,
        statement: &Signed<SnapshotStatement>,
        bytes: &[u8],
    ) -> Result<(), JournalError> {
        self.execute(
            "UPDATE events SET snapshot = ?2, statement = ?3 WHERE event = ?1",
            params![event.0, bytes, encode(statement)],
        )
    }

    /// Drops refused items and what its author built on them, and prepares their commands to be performed again.
    fn write_refusal(
        &self,
        event: EventId,
        refused: &BTreeMap<Revision, String>,
        fresh: Incarnation,
    ) -> Result<(), JournalError> {
        let own = self.key.public().device();
        let items = EventItems { journal: self, event };
        let mut codes = refused.clone();
        let mut broken: Vec<(DocumentRef, Incarnation, String)> = Vec::new();
        let mut cursor = Cursor::default();
        let mut at = Revision(0);
        loop {
            let page = items.items_after(at, 1 << 20)?;
            let Some(last) = page.last() else { break };
            at = last.cursor.revision;
            for stored in page {
                let revision = stored.cursor.revision;
                if let Item::Change(sealed) = &stored.item
                    && sealed.device == own
                {
                    let chain = (sealed.document, sealed.incarnation);
                    if let Some(code) = codes.get(&revision) {
                        broken.push((chain.0, chain.1, code.clone()));
                    }
                    if let Some((.., code)) = broken.iter().find(|(document, of, _)| (*document, *of) == chain) {
                        codes.insert(revision, code.clone());
                        self.execute(
                            "DELETE FROM items WHERE event = ?1 AND revision = ?2",
                            params![event.0, revision.0.cast_signed()],
                        )?;
                        continue;
                    }
                }
                cursor = Cursor { revision, ..cursor.advanced_by(&stored.item) };
                self.execute(
                    "UPDATE items SET digest = ?3 WHERE event = ?1 AND revision = ?2",
                    params![event.0, revision.0.cast_signed(), cursor.digest],
                )?;
            }
        }
        for (device, mut peer) in self.peers(event)? {
            peer.forget(&codes, cursor.revision);
            self.write(event, &Write::Peer(device, peer))?;
        }
        self.write_incarnation(Some((event, &codes)), fresh)
    }

    /// Begins an incarnation in every event at once: what waits to be sealed anywhere will stand in new logs.
    fn write_incarnation(
        &self,
        refused: Option<(EventId, &BTreeMap<Revision, String>)>,
        fresh: Incarnation,
    ) -> Result<(), JournalError> {
        let nothing = BTreeMap::new();
        for event in self.events()? {
            let refused = refused.filter(|(of, _)| *of == event).map_or(&nothing, |(_, codes)| codes);
            let redone = redraft(self.drafts(event)?, refused, fresh);
            redone.iter().try_for_each(|draft| self.write_draft(event, draft))?;
        }
        self.execute("UPDATE device SET incarnation = ?1", params![fresh.0])
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

    fn peers(&self, event: EventId) -> Result<BTreeMap<DeviceId, Peer>, JournalError> {
        let ids: Vec<Vec<u8>> =
            self.column("SELECT peer FROM peers WHERE event = ?1 ORDER BY peer", params![event.0])?;
        let states: Vec<Vec<u8>> =
            self.column("SELECT state FROM peers WHERE event = ?1 ORDER BY peer", params![event.0])?;
        let peers = ids.into_iter().zip(states).map(|(id, state)| {
            let device = DeviceId(id.try_into().map_err(|_| damaged(&self.path, "a peer's id"))?);
            Ok((device, decode::<Peer>(&self.path, "a peer", &state)?))
        });
        peers.collect()
    }
}

/// The items of one event in a journal.
struct EventItems<'a> {
    journal: &'a Journal,
    event: EventId,
}

impl ItemSource for EventItems<'_> {
    type Error = JournalError;

    fn items_after(&self, revision: Revision, limit_bytes: usize) -> Result<Vec<StoredItem>, JournalError> {
        let path = &self.journal.path;
        let failed = |error: rusqlite::Error| medium(path, &error);
        let mut statement = self
            .journal
            .db
            .prepare_cached(
                "SELECT revision, digest, origin, item FROM items WHERE event = ?1 AND revision > ?2 ORDER BY revision",
            )
            .map_err(failed)?;
        let mut rows = statement.query(params![self.event.0, revision.0.cast_signed()]).map_err(failed)?;
        let (mut items, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next().map_err(failed)? {
            let item: Vec<u8> = row.get(3).map_err(failed)?;
            bytes += item.len();
            if bytes > limit_bytes && !items.is_empty() {
                break;
            }
            let digest: Vec<u8> = row.get(1).map_err(failed)?;
            let origin: Option<Vec<u8>> = row.get(2).map_err(failed)?;
            items.push(StoredItem {
                cursor: Cursor {
                    revision: Revision(row.get::<_, i64>(0).map_err(failed)?.cast_unsigned()),
                    digest: digest.try_into().map_err(|_| damaged(path, "a digest"))?,
                },
                origin: origin
                    .map(|id| id.try_into().map(DeviceId).map_err(|_| damaged(path, "an origin")))
                    .transpose()?,
                item: decode(path, "an item", &item)?,
            });
        }
        Ok(items)
    }
}

/// A replica with its journal: what an app holds. Everything it answers is durable.
pub struct OpenReplica {
    journal: Journal,
    replica: Replica,
    next_incarnation: Incarnation,
}

impl OpenReplica {
    /// Opens the replica of one event.
    ///
    /// `next_incarnation` is drawn at random; it is used if home refuses what this device wrote, and those that follow
    /// it if that happens again.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn open(mut journal: Journal, event: EventId, next_incarnation: Incarnation) -> Result<Self, JournalError> {
        let replica = load(&mut journal, event)?;
        Ok(Self { journal, replica, next_incarnation })
    }

    /// The replica's state.
    #[must_use]
    pub const fn replica(&self) -> &Replica {
        &self.replica
    }

    /// The journal.
    #[must_use]
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Lets go of the replica.
    #[must_use]
    pub fn into_journal(self) -> Journal {
        self.journal
    }

    /// Lets the replica act, and makes durable what comes of it before anyone learns the answer.
    ///
    /// # Errors
    /// What `act` reports; or a [`JournalError`], in which case nothing of it was kept, and memory is as the journal is.
    pub fn act<T, E: From<JournalError>>(
        &mut self,
        act: impl FnOnce(&mut Replica) -> Result<Outcome<T>, E>,
    ) -> Result<T, E> {
        let Outcome { writes, answer } = act(&mut self.replica)?;
        let event = self.replica.event();
        let committed = self.journal.commit(event, &writes, self.next_incarnation);
        if self.journal.incarnation == self.next_incarnation {
            self.next_incarnation = self.next_incarnation.following();
        }
        let must_reopen = writes.iter().any(|write| matches!(write, Write::Snapshot(..) | Write::Refused(_)));
        if committed.is_err() || must_reopen {
            self.replica = load(&mut self.journal, event)?;
        }
        committed?;
        Ok(answer)
    }

    /// Writes the next request to a peer; see [`Replica::ask`].
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn ask(&self, peer: DeviceId, want_bytes: u32) -> Result<crate::replica::Asked, JournalError> {
        let items = EventItems { journal: &self.journal, event: self.replica.event() };
        self.replica.ask(peer, &items, want_bytes)
    }
}

fn load(journal: &mut Journal, event: EventId) -> Result<Replica, JournalError> {
    let identity = journal.identity()?;
    let kept = journal.kept(event, identity.home)?;
    let Outcome { writes, answer } = Replica::open(identity, kept).map_err(|NotLetIn| JournalError::NotLetIn)?;
    journal.commit(event, &writes, Incarnation([0; 8]))?;
    Ok(answer)
}

/// A draft as it is written.
#[derive(Encode, Decode)]
struct StoredDraft {
    #[n(0)]
    id: u64,
    #[n(1)]
    command: crate::command::Command,
    #[n(2)]
    reading: crate::time::ClockReading,
    #[n(3)]
    entry: Option<crate::ids::EntryRef>,
    #[n(4)]
    state: crate::replica::DraftState,
    #[n(5)]
    refusals: u32,
}

impl From<Draft> for StoredDraft {
    fn from(Draft { id, command, reading, entry, state, refusals }: Draft) -> Self {
        Self { id, command, reading, entry, state, refusals }
    }
}

impl From<StoredDraft> for Draft {
    fn from(StoredDraft { id, command, reading, entry, state, refusals }: StoredDraft) -> Self {
        Self { id, command, reading, entry, state, refusals }
    }
}

fn note_incarnation(path: &Path, incarnation: Incarnation) -> Result<(), JournalError> {
    std::fs::write(path, incarnation.to_string())
        .map_err(|error| JournalError::Medium { path: path.to_owned(), cause: error.to_string() })
}

fn decode<T: for<'b> Decode<'b, ()>>(path: &Path, what: &str, bytes: &[u8]) -> Result<T, JournalError> {
    minicbor::decode(bytes).map_err(|error| damaged(path, &format!("{what}: {error}")))
}

fn damaged(path: &Path, what: &str) -> JournalError {
    JournalError::Damaged { path: path.to_owned(), what: what.to_owned() }
}

fn medium(path: &Path, error: &rusqlite::Error) -> JournalError {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => JournalError::Busy(path.to_owned()),
        Some(ErrorCode::DiskFull) => JournalError::Full(path.to_owned()),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(path, "SQLite cannot read it"),
        _ => JournalError::Medium { path: path.to_owned(), cause: error.to_string() },
    }
}
