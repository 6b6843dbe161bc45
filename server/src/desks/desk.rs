//! The one writer of an event: admits, hands over to the store, answers.
//!
//! It does not wait for the store before it takes the next request: who asked waits. If the store could not keep what
//! was admitted, the desk forgets everything and reads anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sync_core::admission::{ChainLink, Genuine, Inspected, Rejection, SealedChange, inspect};
use sync_core::exchange::{Cursor, Item, OwnLog, Receipt, Verdict};
use sync_core::ids::{ChangeHash, DeviceId, DocumentRef, EventId};
use sync_core::replica::ledger::{LateLink, Ledger, StoredItem, Taken, TakenLate, receipt};
use sync_core::trust::Grant;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::clerk::Recent;
use super::news::{HandedOver, missed_by_listeners};
use super::recent_cursors::RecentCursors;
use super::snapshots::{load, write_snapshot};
use super::waiting::{Origin, Quarantine};
use super::{Answered, Brought, Decide, Errand, Judged, Looked, Office, Settled, Unanswered};
use crate::auth::Participant;
use crate::changes::{Kind, News, Position};
use crate::error::Problem;
use crate::store::audit::Act;
use crate::store::devices::{Believed, Later};
use crate::store::items::{Said, Turn};
use crate::store::quarantine::{Cloned, Decided, Decision, HeldChange, HeldRow};
use crate::store::sessions::Performed;
use crate::store::{Batch, Durable, Permit, Reads, StoreError};

pub(super) struct Desk {
    pub(super) office: Office,
    pub(super) event: EventId,
    pub(super) ledger: Ledger,
    quarantine: Quarantine,
    /// The event's turn in the store, once everything is kept that was handed over.
    pub(super) turn: Turn,
    /// Raised by the store when it could not keep something: what is in memory is then ahead of it.
    pub(super) lost: Arc<AtomicBool>,
    /// What was performed for people who have no replica.
    pub(super) recent: Recent,
    recent_cursors: RecentCursors,
    items_since_snapshot: u64,
    bytes_since_snapshot: u64,
    snapshot_job: Option<JoinHandle<()>>,
}

/// Runs a desk until it is idle or told to close.
pub(super) async fn run(
    office: Office,
    event: EventId,
    mut errands: mpsc::Receiver<Errand>,
    closing: CancellationToken,
) {
    let mut desk = match open(&office, event).await {
        Ok(desk) => desk,
        Err(error) => {
            errands.close();
            while let Some(errand) = errands.recv().await {
                errand.fail(error.clone());
            }
            return;
        }
    };
    tracing::debug!(%event, revision = desk.ledger.cursor().revision.0, "desk opened");
    loop {
        let errand = tokio::select! {
            biased;
            errand = errands.recv() => errand,
            () = closing.cancelled(), if !errands.is_closed() => { errands.close(); continue }
            () = tokio::time::sleep(office.settings.idle) => { errands.close(); continue }
        };
        let Some(errand) = errand else { break };
        desk = desk.serve(errand).await;
    }
    if let Some(job) = desk.snapshot_job.take()
        && let Err(error) = job.await
    {
        tracing::error!(%event, %error, "writing a snapshot failed");
    }
    tracing::debug!(%event, "desk closed");
}

async fn open(office: &Office, event: EventId) -> Result<Desk, StoreError> {
    let home = office.home.public();
    let told = office.changes.told_of(event);
    let read = move |store: &dyn Reads| {
        let turn = store.turn(event)?;
        let (ledger, snapshot_at) = load(store, event, home)?;
        let stands = Position { cursor: ledger.cursor(), turn };
        let missed = told.map(|told| missed_by_listeners(store, event, told, stands)).transpose()?.flatten();
        Ok((stands, (ledger, snapshot_at), store.waiting(event)?, missed))
    };
    let (Position { turn, .. }, (ledger, snapshot_at), waiting, missed) = office.store.read(read).await?;
    // Another process wrote in the event.
    if let Some(news) = missed {
        office.changes.tell(event, news);
    }
    Ok(Desk {
        office: office.clone(),
        event,
        items_since_snapshot: ledger.cursor().revision.0 - snapshot_at.revision.0,
        bytes_since_snapshot: 0,
        recent_cursors: RecentCursors::from(ledger.cursor()),
        ledger,
        quarantine: Quarantine::from(waiting),
        turn,
        lost: Arc::default(),
        recent: Recent::default(),
        snapshot_job: None,
    })
}

/// What one errand brings to the store.
#[derive(Default)]
pub(super) struct ToKeep {
    pub(super) said: Option<Said>,
    /// What is believed of those in whose name something is decided.
    pub(super) believed: Vec<Believed>,
    /// What home may confirm of it: it is here now, or was.
    pub(super) links: Vec<(DocumentRef, ChainLink)>,
    pub(super) items: Vec<StoredItem>,
    pub(super) performed: Option<Performed>,
    pub(super) late: Vec<LateLink>,
    pub(super) held: Vec<HeldChange>,
    /// What was let in and had waited until then.
    pub(super) let_in: Vec<ChangeHash>,
    pub(super) cloned: Vec<Cloned>,
    pub(super) decided: Option<Decided>,
}

impl Desk {
    async fn serve(mut self, errand: Errand) -> Self {
        if self.lost.load(Ordering::SeqCst) {
            match open(&self.office, self.event).await {
                Ok(fresh) => {
                    let job = self.snapshot_job.take();
                    self = Self { snapshot_job: job, ..fresh };
                }
                Err(error) => {
                    errand.fail(error);
                    return self;
                }
            }
        }
        // Who asked may have gone away; what was admitted is kept all the same.
        match errand {
            Errand::Judge { bring, reply } => {
                let answered;
                (self, answered) = self.judge_in_its_place(*bring).await;
                drop(reply.send(answered));
            }
            Errand::Decide { decide, reply } => drop(reply.send(self.decide(decide).await)),
            Errand::Perform { order, reply } => drop(reply.send(self.perform(*order).await)),
            Errand::Erase { erase, reply } => drop(reply.send(self.erase(erase).await)),
            Errand::Look { look } => look(&self.ledger),
        }
        self.write_snapshot_when_due();
        self
    }

    /// Judges what a device brings: here if that is little, and else on a thread that may be busy for long, so that other
    /// events' requests are not kept waiting.
    async fn judge_in_its_place(mut self, bring: Looked) -> (Self, Result<Answered<Judged>, Unanswered>) {
        if !bring.is_much() {
            let answered = self.judge(bring);
            return (self, answered);
        }
        let workers = self.office.workers;
        let judging = workers.run(move || {
            let answered = self.judge(bring);
            (self, answered)
        });
        match judging.await {
            Ok(judged) => judged,
            // The desk ends as it does where it panics itself, and the next request opens another one.
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
    }

    fn judge(&mut self, bring: Looked) -> Result<Answered<Judged>, Unanswered> {
        let writer = self.office.writer.clone();
        let permit = writer.reserve()?;
        let Looked { device, items, bytes: _, own_log: OwnLog { incarnation, entries }, quoted, at } = bring;
        let said = Some(Said { device: device.id, incarnation, entries });
        let believed = vec![self.office.members.believed(device.id)];
        let mut keep = ToKeep { said, believed, ..ToKeep::default() };
        // Who reads only is not introduced to the others, unless it could not write without being introduced.
        if !items.is_empty() || (device.grant.out_of.is_some() && self.ledger.grant(device.id).is_none()) {
            self.introduce(&device, &mut keep);
        }
        self.tell_of_revocations(&mut keep);
        let is_to_be_written = !items.is_empty() || !keep.items.is_empty();
        self.ledger.begin_many();
        let receipts =
            items.into_iter().map(|item| self.judge_item(item, Origin { device: device.id, at }, &mut keep)).collect();
        self.ledger.end_of_many();
        self.still_whole()?;
        // What was known already may still be on its way to the disk: also an empty batch is told only after it.
        let links = std::mem::take(&mut keep.links);
        let durable = is_to_be_written.then(|| self.hand_over(permit, keep));
        let hidden = self.ledger.hidden_from(&device.grant);
        let are_known = quoted.into_iter().flatten().all(|cursor| self.recent_cursors.hold(cursor));
        let cursor = self.ledger.cursor();
        let what = Judged { receipts, cursor, quoted_cursors_are_known: are_known, links, hidden };
        Ok(Answered { what, durable })
    }

    /// Whoever reads the event learns which devices were revoked, also of those that never wrote in it, and can tell a home
    /// that forgot.
    fn tell_of_revocations(&mut self, keep: &mut ToKeep) {
        for (grant, signed) in self.office.members.barred_in(self.event) {
            let known = self.ledger.grant(grant.key.device());
            let is_news = |known: &Grant| known.revoked != grant.revoked || known.role != grant.role;
            if known.is_none_or(|known| known.issued < grant.issued && is_news(known)) {
                self.take(Item::Grant(signed), None, keep).ok();
            }
        }
    }

    pub(super) fn hand_over(&mut self, permit: Permit<'_>, keep: ToKeep) -> Durable {
        self.items_since_snapshot += keep.items.len() as u64;
        let ToKeep { said, believed, items, late, held, let_in, cloned, decided, performed, .. } = keep;
        let (event, turn) = (self.event, self.turn);
        self.turn = turn.next();
        items.iter().for_each(|stored| self.recent_cursors.note(stored.cursor));
        let changes_what_waits = !(held.is_empty() && let_in.is_empty() && decided.is_none());
        let kinds = items.iter().map(|stored| Kind::of(&stored.item));
        let kinds = kinds.chain(changes_what_waits.then_some(Kind::Held)).collect();
        let stands = Position { cursor: self.ledger.cursor(), turn: self.turn };
        let (lost, changes) = (Arc::clone(&self.lost), Arc::clone(&self.office.changes));
        let fate = Box::new(HandedOver { event, lost, changes, news: News { since: turn, stands, kinds } });
        let batch = Batch { event, turn, believed, items, said, late, held, let_in, cloned, decided, performed };
        permit.write(batch, fate)
    }

    /// The others learn who the device is. Its grant was verified when it was let in.
    fn introduce(&mut self, device: &Participant, keep: &mut ToKeep) {
        if self.ledger.signed_grant(device.id) == Some(&device.signed) {
            return;
        }
        if let Ok(Taken::New { cursor, .. }) = self.ledger.take_own_grant(&device.signed) {
            self.keep_item(cursor, None, Item::Grant(device.signed.clone()), keep);
        }
    }

    fn judge_item(&mut self, item: Brought, origin: Origin, keep: &mut ToKeep) -> Receipt {
        let judged = match item {
            Brought::Change(change) => self.judge_change(*change, origin, keep),
            Brought::Formless(rejection) => Err(rejection),
            Brought::Grant(signed) => {
                self.take(Item::Grant(signed), Some(origin.device), keep).map(|taken| receipt(&Ok(taken)))
            }
        };
        judged.unwrap_or_else(|rejection| {
            tracing::info!(event = %self.event, device = %origin.device, code = rejection.code(), "item not admitted");
            receipt(&Err(rejection))
        })
    }

    fn judge_change(
        &mut self,
        mut change: Inspected<'static>,
        origin: Origin,
        keep: &mut ToKeep,
    ) -> Result<Receipt, Rejection> {
        let believed = self.office.members.believed(change.sealed().device);
        let judged = match self.office.members.later(change.sealed().device, self.event) {
            Some(later) => self.judge_barred(&change, later, origin, keep).map(|receipt| (receipt, None)),
            None if self.ledger.is_retired(&change.sealed().document) => {
                self.take_late(&change, keep).map(|receipt| (receipt, None))
            }
            None => self.ledger.take_inspected(&mut change).map(|taken| match taken {
                Taken::New { cursor, .. } => (Receipt::plain(Verdict::Accepted), Some(cursor)),
                Taken::AlreadyHad { .. } => (Receipt::plain(Verdict::AlreadyHad), None),
            }),
        };
        let rejection = match judged {
            Ok((receipt, new)) => {
                if receipt.verdict != Verdict::Held {
                    keep.links.push((change.sealed().document, change.link()));
                    if self.quarantine.let_in(&change) {
                        keep.let_in.push(change.link().hash);
                    }
                }
                if let Some(cursor) = new {
                    if !keep.believed.contains(&believed) {
                        keep.believed.push(believed);
                    }
                    self.keep_item(cursor, Some(origin.device), Item::Change(change.into_sealed()), keep);
                }
                return Ok(receipt);
            }
            Err(rejection) => rejection,
        };
        let explained = self.quarantine.explain(&change, rejection.clone());
        if rejection == Rejection::Equivocation {
            tracing::warn!(event = %self.event, device = %change.sealed().device, "this device was cloned");
            keep.cloned.push(Cloned { hash: change.link().hash, change: change.into_sealed(), at: origin.at });
        }
        Err(explained)
    }

    /// A device that has not heard of the present era yet did something in an earlier one: home writes it down for it.
    fn take_late(&mut self, change: &Inspected<'_>, keep: &mut ToKeep) -> Result<Receipt, Rejection> {
        let before = self.ledger.cursor();
        let taken = self.ledger.take_late(change, &self.office.home);
        if taken.is_err() && self.ledger.cursor() != before {
            // Home could not write all of it: what it did write is not kept.
            self.lost.store(true, Ordering::SeqCst);
        }
        let TakenLate { remembered, items, .. } = taken?;
        let is_new = remembered.is_some();
        keep.late.extend(remembered);
        keep.items.extend(items);
        Ok(Receipt::plain(if is_new { Verdict::Accepted } else { Verdict::AlreadyHad }))
    }

    fn judge_barred(
        &mut self,
        change: &Inspected<'_>,
        later: Later,
        origin: Origin,
        keep: &mut ToKeep,
    ) -> Result<Receipt, Rejection> {
        match self.ledger.vouch(change)? {
            Genuine::AlreadyHad(_) => Ok(Receipt::plain(Verdict::AlreadyHad)),
            Genuine::New(_) => self.quarantine.judge(change, later, origin, &mut keep.held),
        }
    }

    fn take(&mut self, item: Item, origin: Option<DeviceId>, keep: &mut ToKeep) -> Result<Taken, Rejection> {
        let taken = self.ledger.take(&item)?;
        if let Taken::New { cursor, .. } = taken {
            self.keep_item(cursor, origin, item, keep);
        }
        Ok(taken)
    }

    fn keep_item(&mut self, cursor: Cursor, origin: Option<DeviceId>, item: Item, keep: &mut ToKeep) {
        if let Item::Change(sealed) = &item {
            self.bytes_since_snapshot += sealed.change.len() as u64;
        }
        keep.items.push(StoredItem { cursor, origin, item });
    }

    /// Releases or discards what waits. What cannot come in although it was released goes on waiting.
    async fn decide(&mut self, decide: Decide) -> Result<Answered<Settled>, Unanswered> {
        let event = self.event;
        let held = self.office.store.read(move |store| store.held(event)).await?;
        let writer = self.office.writer.clone();
        let permit = writer.reserve()?;
        let mut keep = ToKeep { believed: self.require_author(decide.deed.by)?, ..ToKeep::default() };
        let (mut settled, mut receipts) = (Vec::new(), Vec::new());
        for row in held.into_iter().filter(|row| decide.changes.contains(&row.hash)) {
            let receipt = match decide.decision {
                Decision::Discard => Receipt::plain(Verdict::Refused),
                Decision::Release => self.release(row.change.clone(), row.origin, &mut keep),
            };
            receipts.push((row.hash, receipt.clone()));
            if decide.decision == Decision::Discard
                || matches!(receipt.verdict, Verdict::Accepted | Verdict::AlreadyHad)
            {
                self.quarantine.settle(&row, decide.decision == Decision::Discard);
                settled.push(row);
            }
        }
        self.still_whole()?;
        let durable = (!settled.is_empty()).then(|| {
            keep.decided = Some(self.decided(decide, &settled));
            self.hand_over(permit, keep)
        });
        Ok(Answered { what: receipts, durable })
    }

    /// Nothing is handed over that would not follow on what the store has.
    pub(super) fn still_whole(&self) -> Result<(), StoreError> {
        if self.lost.load(Ordering::SeqCst) { Err(StoreError::Conflict) } else { Ok(()) }
    }

    /// What is believed of whoever wants something done, unless they were revoked while it waited for its turn.
    pub(super) fn require_author(&self, by: Option<DeviceId>) -> Result<Vec<Believed>, Unanswered> {
        let Some(device) = by else { return Ok(Vec::new()) };
        let believed = self.office.members.believed(device);
        if self.office.members.is_barred(device, self.event) {
            return Err(Problem::REVOKED.into());
        }
        Ok(vec![believed])
    }

    fn release(&mut self, change: SealedChange, origin: DeviceId, keep: &mut ToKeep) -> Receipt {
        if !self.ledger.is_retired(&change.document) {
            return receipt(&self.take(Item::Change(change), Some(origin), keep));
        }
        let taken = inspect(&change).and_then(|inspected| self.take_late(&inspected, keep));
        taken.unwrap_or_else(|rejection| receipt(&Err(rejection)))
    }

    fn decided(&self, decide: Decide, rows: &[HeldRow]) -> Decided {
        let (event, changes) = (self.event.to_string(), rows.iter().map(|row| row.hash.to_string()).collect());
        let act = match decide.decision {
            Decision::Release => Act::Released { event, changes },
            Decision::Discard => Act::Discarded { event, changes, reason: decide.reason },
        };
        let hashes = rows.iter().map(|row| row.hash).collect();
        Decided { changes: hashes, deed: decide.deed, act, verdict: decide.decision }
    }

    /// A snapshot is made from what is durable, beside the desk's work.
    fn write_snapshot_when_due(&mut self) {
        let settings = self.office.settings;
        let due = self.items_since_snapshot >= settings.snapshot_items
            || self.bytes_since_snapshot >= settings.snapshot_bytes;
        if !due || self.snapshot_job.as_ref().is_some_and(|job| !job.is_finished()) {
            return;
        }
        self.items_since_snapshot = 0;
        self.bytes_since_snapshot = 0;
        let (office, event) = (self.office.clone(), self.event);
        self.snapshot_job = Some(tokio::spawn(async move {
            if let Err(error) = write_snapshot(office, event).await {
                tracing::error!(%event, %error, "no snapshot was written; the next one will include everything");
            }
        }));
    }
}
