//! What a journal gives back when a replica is opened.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, params};

use super::error::{damaged, medium};
use super::items::EventItems;
use super::sealed::Row;
use super::{Journal, JournalError};
use crate::ids::{Actor, DeviceId, EventId, Revision};
use crate::replica::ledger::{ItemSource, Ledger};
use crate::replica::{Draft, Kept, PartialHead, PartialSnapshot, Peer, set_aside};
use crate::trust::{ConfirmedChain, PublicKey};

impl Journal {
    /// The event as the snapshot has it that is kept; nothing, if none is.
    pub(super) fn snapshot_ledger(&self, event: EventId, home: PublicKey) -> Result<Ledger, JournalError> {
        let snapshot: Option<Vec<u8>> = self
            .db
            .query_row("SELECT snapshot FROM events WHERE event = ?1", params![event.0], |row| row.get(0))
            .optional()
            .map_err(|error| medium(&self.path, &error))?
            .flatten();
        match snapshot {
            Some(bytes) => Ledger::load_snapshot(event, home, &bytes).map_err(|_| damaged(&self.path, "a snapshot")),
            None => Ok(Ledger::founded(event, home)),
        }
    }

    pub(super) fn kept(&self, event: EventId, home: PublicKey) -> Result<Kept, JournalError> {
        let mut ledger = self.snapshot_ledger(event, home)?;
        let items = EventItems { journal: self, event };
        let aside = set_aside(&self.peers(event)?);
        let mut at = Revision(0);
        loop {
            let page = items.items_after(at, 1 << 20)?;
            let Some(last) = page.last() else { break };
            at = last.cursor.revision;
            for stored in &page {
                let is_aside = aside.contains(&stored.cursor.revision);
                let taken = if is_aside { ledger.pass_over(stored) } else { ledger.retake(stored) };
                // What no longer fits after a refusal comes again from home. What contradicts a newer snapshot is kept
                // out of sight and offered to home, whose answer decides.
                if let Err(rejection) = taken
                    && rejection.is_damage()
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
        let of_whom: Vec<Vec<u8>> =
            self.column("SELECT actor FROM confirmed WHERE event = ?1 ORDER BY actor", params![event.0])?;
        let confirmed: Vec<Vec<u8>> =
            self.column("SELECT chain FROM confirmed WHERE event = ?1 ORDER BY actor", params![event.0])?;
        let confirmed = of_whom.into_iter().zip(confirmed).map(|(actor, chain)| {
            let actor = Actor(actor.try_into().map_err(|_| damaged(&self.path, "a confirmation"))?);
            Row::Confirmed(event, actor).read::<ConfirmedChain>(&self.path, "a confirmation", &chain)
        });
        Ok(Kept {
            ledger,
            drafts,
            next_draft: next_draft.cast_unsigned(),
            peers: self.peers(event)?,
            confirmed: confirmed.collect::<Result<_, JournalError>>()?,
            partial: self.partial(event)?,
        })
    }

    fn partial(&self, event: EventId) -> Result<Option<PartialSnapshot>, JournalError> {
        let head: Option<Vec<u8>> = self
            .db
            .query_row("SELECT partial FROM events WHERE event = ?1", params![event.0], |row| row.get(0))
            .optional()
            .map_err(|error| medium(&self.path, &error))?
            .flatten();
        let Some(head) = head else { return Ok(None) };
        let head = Row::Partial(event).read::<PartialHead>(&self.path, "a part of a snapshot", &head)?;
        let parts: Vec<Vec<u8>> =
            self.column("SELECT bytes FROM parts WHERE event = ?1 ORDER BY start", params![event.0])?;
        Ok(Some(head.with_parts(parts.iter().map(Vec::as_slice))))
    }

    pub(super) fn drafts(&self, event: EventId) -> Result<Vec<Draft>, JournalError> {
        let ids: Vec<i64> = self.column("SELECT id FROM drafts WHERE event = ?1 ORDER BY id", params![event.0])?;
        let rows: Vec<Vec<u8>> =
            self.column("SELECT draft FROM drafts WHERE event = ?1 ORDER BY id", params![event.0])?;
        let drafts = ids.into_iter().zip(&rows);
        drafts.map(|(id, row)| Row::Draft(event, id.cast_unsigned()).read(&self.path, "a command", row)).collect()
    }

    pub(super) fn peers(&self, event: EventId) -> Result<BTreeMap<DeviceId, Peer>, JournalError> {
        let ids: Vec<Vec<u8>> =
            self.column("SELECT peer FROM peers WHERE event = ?1 ORDER BY peer", params![event.0])?;
        let states: Vec<Vec<u8>> =
            self.column("SELECT state FROM peers WHERE event = ?1 ORDER BY peer", params![event.0])?;
        let peers = ids.into_iter().zip(states).map(|(id, state)| {
            let device = DeviceId(id.try_into().map_err(|_| damaged(&self.path, "a peer's id"))?);
            Ok((device, Row::Peer(event, device).read::<Peer>(&self.path, "a peer", &state)?))
        });
        peers.collect()
    }
}
