//! Founding an event again without who is to be erased.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use sync_core::admission::inspect;
use sync_core::ids::{Era, EraId, Subject};
use sync_core::import::subject_known_by;
use sync_core::replica::ledger::{Founding, FoundingError, Ledger, WritingError, snapshot_digest};
use sync_core::replica::reading::Hidden;
use sync_core::trust::{Reading, SnapshotStatement};

use super::desk::Desk;
use super::erased_people::{Mark, Marker};
use super::snapshots::{base, load};
use super::{Answered, Unanswered};
use crate::changes::{Kind, News, Position};
use crate::error::Problem;
use crate::store::StoreError;
use crate::store::audit::{Act, Deed};
use crate::store::erasing::FoundedRow;
use crate::store::items::SnapshotRow;

/// Who is to be erased, and who has it done.
#[derive(Clone, Debug)]
pub struct Erase {
    /// Everybody whom one of them is stays as a code. Who was erased before may be named again.
    pub subjects: BTreeSet<Subject>,
    /// The id of the new era, drawn at random.
    pub era: EraId,
    /// How many human beings they are.
    pub people: u32,
    /// Who has it done, and when.
    pub deed: Deed,
    /// The era of an erasure that home forgot, if this repeats it.
    pub forgotten: Option<Era>,
    /// [`Documents::recorded`](sync_core::documents::Documents::recorded) when this was decided: nobody is erased if more was
    /// recorded or edited since. `None` where that does not matter.
    pub only_if_recorded: Option<u64>,
}

impl Desk {
    /// Founds the event again, and goes on from there. It is durable when this returns, as is that the remains of what was
    /// erased are to be overwritten. Returns how the event's devices read, if they do not read everything.
    pub(super) async fn erase(&mut self, erase: Erase) -> Result<Answered<Vec<Hidden>>, Unanswered> {
        let Erase { subjects, era, people, deed, forgotten, only_if_recorded } = erase;
        // What this desk handed over a moment ago may be waiting for a decision only after that.
        self.office.writer.settle().await?;
        self.still_whole()?;
        let (turn, believed) = (self.turn, self.require_author(deed.by)?);
        // Two devices may tell of it at the same time.
        if forgotten.is_some_and(|forgotten| self.ledger.knows_era(forgotten)) {
            return Ok(Answered { what: Vec::new(), durable: None });
        }
        if only_if_recorded.is_some_and(|recorded| recorded != self.ledger.documents().recorded()) {
            return Err(Problem::BUSY.into());
        }
        if self.quarantine_speaks_of(&subjects).await? {
            return Err(Problem::HELD_SPEAKS_OF_THEM.into());
        }
        let (event, home) = (self.event, Arc::clone(&self.office.home));
        let founded = self.office.store.read(move |store| {
            let (ledger, _) = load(store, event, home.public())?;
            let part = store.snapshot(event)?;
            // Whose time is over did not ask to be kept out of later lists. Of an erasure that home forgot nobody knows.
            let asked_for = deed.by.is_some() || forgotten.is_some();
            let marker = Marker::new(&home, event);
            let documents = ledger.documents();
            let known_by = subjects.iter().filter(|_| asked_for).flat_map(|who| subject_known_by(documents, *who));
            let marks: Vec<Mark> = known_by.map(|(likeness, value)| marker.mark(likeness, &value)).collect();
            let founding = Founding { home: &home, era, at: deed.at, erased: &subjects, forgotten };
            let founded = ledger.found_again(base(part.as_ref()), &store.items(event), &founding);
            let founded = founded.map_err(|error| match error {
                FoundingError::Writing(WritingError::Source(error)) => error,
                other => StoreError::Damaged(format!("event {event}: {other}")),
            })?;
            let cursor = founded.item.cursor;
            let digest = snapshot_digest(&founded.snapshot);
            let (revision, reading) = (cursor.revision, Reading::default());
            let statement = home.state(&SnapshotStatement { event, revision, digest, reading });
            let snapshot = SnapshotRow { event, cursor, statement, bytes: founded.snapshot };
            let event = event.to_string();
            let act = match forgotten {
                None => Act::Erased { event, people },
                Some(_) => Act::ErasureRepeated { event, ids: people },
            };
            Ok((FoundedRow { turn, believed, item: founded.item, snapshot, marks, deed, act }, readings_of(&ledger)))
        });
        let (founded, readings) = founded.await?;
        let stands = Position { cursor: founded.item.cursor, turn: turn.next() };
        let kinds = Kind::ERASED.into_iter().chain([Kind::of(&founded.item.item)]).collect();
        let written = self.office.writer.found_again(founded).await;
        // Whatever was written: what is in memory is of before.
        self.lost.store(true, Ordering::SeqCst);
        written?;
        self.office.changes.tell(event, News { since: turn, stands, kinds });
        Ok(Answered { what: readings, durable: None })
    }

    /// What waits for a decision is kept as it came: whoever is spoken of there would not be erased.
    async fn quarantine_speaks_of(&self, subjects: &BTreeSet<Subject>) -> Result<bool, StoreError> {
        let (event, subjects) = (self.event, subjects.clone());
        let speaks = self.office.store.read(move |store| {
            let held = store.held(event)?;
            Ok(held.iter().any(|row| inspect(&row.change).is_ok_and(|change| change.speaks_of(&subjects))))
        });
        speaks.await
    }
}

/// The rules by which devices read that do not read everything, each once.
fn readings_of(ledger: &Ledger) -> Vec<Hidden> {
    let here = ledger.grants().filter(|(_, grant)| grant.revoked.is_none());
    let readings: BTreeMap<[u8; 8], Hidden> = here
        .map(|(_, grant)| ledger.hidden_from(grant))
        .filter(|hidden| !hidden.is_nothing())
        .map(|hidden| (hidden.reading().0, hidden))
        .collect();
    readings.into_values().collect()
}
