//! The one thread that writes.
//!
//! It takes what has come in while it was writing, commits all of it in one transaction, and then answers everyone.
//! Its queue is bounded: who finds it full is told to come again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use rusqlite::{Connection, OptionalExtension, params};
use sync_core::exchange::Cursor;
use sync_core::ids::{DeviceId, EventId, Revision};
use sync_core::replica::ledger::StoredItem;
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, Signed, SnapshotStatement};
use tokio::sync::{mpsc, oneshot};

use super::{DeviceRow, Invite, Redeemed, StoreError, decode, encode};

/// Batches that wait to be written. A full queue is answered with "busy".
const QUEUE: usize = 1024;
/// Batches that share a transaction at the most.
const GROUP: usize = 256;

/// Tells when a batch is durable, or why it never will be.
pub type Durable<T> = oneshot::Receiver<Result<T, StoreError>>;

/// What one desk brings at once.
#[derive(Debug)]
pub struct Batch {
    /// The event's number in the store.
    pub number: i64,
    /// Where the event stood before: a batch that does not follow on is refused.
    pub after: Revision,
    /// What was admitted, in order.
    pub items: Vec<StoredItem>,
    /// Raised if the batch could not be kept.
    pub lost: Arc<AtomicBool>,
}

enum Job {
    Items(Batch, oneshot::Sender<Result<(), StoreError>>),
    CreateEvent(EventId, oneshot::Sender<Result<bool, StoreError>>),
    AddInvite(Invite, oneshot::Sender<Result<(), StoreError>>),
    Redeem(Box<Redemption>, oneshot::Sender<Result<Redeemed, StoreError>>),
    Revoke(DeviceId, UnixMillis, oneshot::Sender<Result<(), StoreError>>),
    Snapshot(Box<SnapshotRow>, oneshot::Sender<Result<(), StoreError>>),
    Close,
}

/// A device uses an invite.
#[derive(Debug)]
pub struct Redemption {
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
    /// The device, with the grant it gets if the invite is good.
    pub device: DeviceRow,
    /// The server's time.
    pub now: UnixMillis,
}

/// A snapshot to keep.
#[derive(Debug)]
pub struct SnapshotRow {
    /// The event's number in the store.
    pub number: i64,
    /// What it includes.
    pub cursor: Cursor,
    /// Home vouches for it.
    pub statement: Signed<SnapshotStatement>,
    /// The whole.
    pub bytes: Vec<u8>,
}

/// Hands work to the writing thread.
#[derive(Clone)]
pub struct Writer {
    jobs: mpsc::Sender<Job>,
    thread: Arc<std::sync::Mutex<Option<JoinHandle<()>>>>,
}

/// A place in the writer's queue, taken before anything is admitted.
pub struct Permit<'a>(mpsc::Permit<'a, Job>);

impl Permit<'_> {
    /// Hands over a batch; it cannot be refused for want of room any more.
    #[must_use]
    pub fn write(self, batch: Batch) -> Durable<()> {
        let (done, durable) = oneshot::channel();
        self.0.send(Job::Items(batch, done));
        durable
    }
}

impl Writer {
    pub(super) fn start(db: Connection) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || run(db, queue))
            .expect("the operating system gives one thread");
        Self { jobs, thread: Arc::new(std::sync::Mutex::new(Some(thread))) }
    }

    /// Takes a place in the queue.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if there is none.
    pub fn reserve(&self) -> Result<Permit<'_>, StoreError> {
        self.jobs.try_reserve().map(Permit).map_err(|_| StoreError::Busy)
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Job) -> Result<T, StoreError> {
        let (done, answer) = oneshot::channel();
        self.jobs.try_send(job(done)).map_err(|_| StoreError::Busy)?;
        answer.await.map_err(|_| StoreError::Medium("the store has stopped".to_owned()))?
    }

    /// Creates an event. Returns whether it is new; repeating it is harmless.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn create_event(&self, event: EventId) -> Result<bool, StoreError> {
        self.ask(|done| Job::CreateEvent(event, done)).await
    }

    /// Keeps an invite.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn add_invite(&self, invite: Invite) -> Result<(), StoreError> {
        self.ask(|done| Job::AddInvite(invite, done)).await
    }

    /// Uses an invite. The same device may repeat it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn redeem(&self, redemption: Redemption) -> Result<Redeemed, StoreError> {
        self.ask(|done| Job::Redeem(Box::new(redemption), done)).await
    }

    /// Revokes a device. Repeating it keeps the first time.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn revoke(&self, device: DeviceId, at: UnixMillis) -> Result<(), StoreError> {
        self.ask(|done| Job::Revoke(device, at, done)).await
    }

    /// Keeps a snapshot instead of the one before.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn keep_snapshot(&self, snapshot: SnapshotRow) -> Result<(), StoreError> {
        self.ask(|done| Job::Snapshot(Box::new(snapshot), done)).await
    }

    /// Writes what is waiting, then ends the thread. Who comes later is told that the store is busy.
    pub fn close(self) {
        let Self { jobs, thread } = self;
        // Fails only if the thread has ended already.
        drop(jobs.blocking_send(Job::Close));
        let handle = thread.lock().expect("nobody panics while joining").take();
        if let Some(handle) = handle {
            handle.join().expect("the writing thread does not panic");
        }
    }
}

fn run(mut db: Connection, mut queue: mpsc::Receiver<Job>) {
    let mut open = true;
    while open && let Some(first) = queue.blocking_recv() {
        let mut jobs = vec![first];
        while jobs.len() < GROUP {
            match queue.try_recv() {
                Ok(job) => jobs.push(job),
                Err(_) => break,
            }
        }
        if let Some(close) = jobs.iter().position(|job| matches!(job, Job::Close)) {
            jobs.truncate(close);
            open = false;
        }
        commit(&mut db, jobs);
    }
}

/// What a job will say once its transaction is durable.
type Answer = Box<dyn FnOnce(Result<(), StoreError>)>;

fn commit(db: &mut Connection, jobs: Vec<Job>) {
    let mut jobs = jobs.into_iter();
    let mut answers: Vec<Answer> = Vec::with_capacity(jobs.len());
    let committed = write_group(db, &mut jobs, &mut answers);
    for answer in answers {
        answer(committed.clone());
    }
    if let Err(error) = committed {
        jobs.for_each(|job| refuse(job, &error));
    }
}

/// Writes jobs in one transaction, up to the first that takes the transaction with it: a full disk does.
fn write_group(
    db: &mut Connection,
    jobs: &mut impl Iterator<Item = Job>,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    let mut tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for job in jobs {
        let savepoint = tx.savepoint()?;
        let (done, answer) = perform(&savepoint, job);
        answers.push(answer);
        if done {
            savepoint.commit()?;
        } else if savepoint.is_autocommit() {
            return Err(StoreError::Full);
        }
    }
    Ok(tx.commit()?)
}

/// Tells the owner of a job that it was not done.
fn refuse(job: Job, error: &StoreError) {
    fn tell<T>(done: oneshot::Sender<Result<T, StoreError>>, error: &StoreError) {
        drop(done.send(Err(error.clone())));
    }
    match job {
        Job::Items(batch, done) => {
            batch.lost.store(true, Ordering::SeqCst);
            tell(done, error);
        }
        Job::CreateEvent(_, done) => tell(done, error),
        Job::AddInvite(_, done) | Job::Revoke(_, _, done) | Job::Snapshot(_, done) => tell(done, error),
        Job::Redeem(_, done) => tell(done, error),
        Job::Close => {}
    }
}

/// Does a job inside the transaction. Returns whether it is to be kept, and what tells its owner.
fn perform(db: &Connection, job: Job) -> (bool, Answer) {
    match job {
        Job::Items(batch, done) => {
            let (kept, answer) = finish(insert_items(db, &batch), done);
            let answer = move |committed: Result<(), StoreError>| {
                if !kept || committed.is_err() {
                    batch.lost.store(true, Ordering::SeqCst);
                }
                answer(committed);
            };
            (kept, Box::new(answer))
        }
        Job::CreateEvent(event, done) => finish(create_event(db, event), done),
        Job::AddInvite(invite, done) => finish(insert_invite(db, &invite), done),
        Job::Redeem(redemption, done) => finish(redeem(db, &redemption), done),
        Job::Revoke(device, at, done) => finish(revoke(db, device, at), done),
        Job::Snapshot(snapshot, done) => finish(insert_snapshot(db, &snapshot), done),
        Job::Close => unreachable!("it is taken out before"),
    }
}

fn finish<T: Send + 'static>(
    result: Result<T, StoreError>,
    done: oneshot::Sender<Result<T, StoreError>>,
) -> (bool, Answer) {
    let kept = result.is_ok();
    let answer = move |committed: Result<(), StoreError>| {
        // Whoever asked may have gone away; what is durable stays so.
        drop(done.send(committed.and(result)));
    };
    (kept, Box::new(answer))
}

fn insert_items(db: &Connection, batch: &Batch) -> Result<(), StoreError> {
    let last: i64 = db
        .prepare_cached("SELECT coalesce(max(revision), 0) FROM items WHERE event = ?1")?
        .query_row(params![batch.number], |row| row.get(0))?;
    if last.cast_unsigned() != batch.after.0 {
        return Err(StoreError::Conflict);
    }
    let mut insert =
        db.prepare_cached("INSERT INTO items (event, revision, digest, origin, item) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for stored in &batch.items {
        insert.execute(params![
            batch.number,
            stored.cursor.revision.0.cast_signed(),
            stored.cursor.digest,
            stored.origin.map(|device| device.0),
            encode(&stored.item)
        ])?;
    }
    Ok(())
}

fn create_event(db: &Connection, event: EventId) -> Result<bool, StoreError> {
    Ok(db.prepare_cached("INSERT OR IGNORE INTO events (id) VALUES (?1)")?.execute(params![event.0])? == 1)
}

fn insert_invite(db: &Connection, invite: &Invite) -> Result<(), StoreError> {
    let sql = "INSERT INTO invites (secret_hash, role, scope, uses_left, expires) VALUES (?1, ?2, ?3, ?4, ?5)";
    db.prepare_cached(sql)?.execute(params![
        invite.secret_hash,
        invite.role.key(),
        encode(&invite.scope),
        invite.uses_left,
        invite.expires.map(|at| at.0)
    ])?;
    Ok(())
}

fn redeem(db: &Connection, redemption: &Redemption) -> Result<Redeemed, StoreError> {
    let device = redemption.device.device.0;
    let revoked = db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM devices WHERE device = ?1 AND revoked IS NOT NULL)")?
        .query_row(params![device], |row| row.get(0))?;
    if revoked {
        return Ok(Redeemed::Revoked);
    }
    let earlier: Option<Vec<u8>> = db
        .prepare_cached("SELECT grant FROM devices WHERE device = ?1 AND invite = ?2")?
        .query_row(params![device, redemption.secret_hash], |row| row.get(0))
        .optional()?;
    if let Some(grant) = earlier {
        return Ok(Redeemed::Again(decode::<Signed<Grant>>("a grant", &grant)?));
    }
    let found: Option<(u32, Option<i64>)> = db
        .prepare_cached("SELECT uses_left, expires FROM invites WHERE secret_hash = ?1")?
        .query_row(params![redemption.secret_hash], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match found {
        None => return Ok(Redeemed::Unknown),
        Some((_, Some(expires))) if expires <= redemption.now.0 => return Ok(Redeemed::Expired),
        Some((0, _)) => return Ok(Redeemed::Used),
        Some(_) => {}
    }
    db.prepare_cached("UPDATE invites SET uses_left = uses_left - 1 WHERE secret_hash = ?1")?
        .execute(params![redemption.secret_hash])?;
    db.prepare_cached(
        "INSERT INTO devices (device, grant, invite) VALUES (?1, ?2, ?3)
         ON CONFLICT (device) DO UPDATE SET grant = excluded.grant, invite = excluded.invite",
    )?
    .execute(params![device, encode(&redemption.device.grant), redemption.secret_hash])?;
    Ok(Redeemed::Fresh)
}

fn revoke(db: &Connection, device: DeviceId, at: UnixMillis) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE devices SET revoked = coalesce(revoked, ?2) WHERE device = ?1")?
        .execute(params![device.0, at.0])?;
    Ok(())
}

fn insert_snapshot(db: &Connection, snapshot: &SnapshotRow) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM snapshots WHERE event = ?1")?.execute(params![snapshot.number])?;
    db.prepare_cached("INSERT INTO snapshots (event, revision, digest, statement, bytes) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            snapshot.number,
            snapshot.cursor.revision.0.cast_signed(),
            snapshot.cursor.digest,
            encode(&snapshot.statement),
            snapshot.bytes
        ])?;
    Ok(())
}
