//! The one thread that writes.
//!
//! It takes what has come in while it was writing, commits all of it in one transaction, and then answers everyone.
//! Its queue is bounded: who finds it full is told to come again. What a job writes stands beside what it reads, in
//! the other files of this module.

use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use rusqlite::Connection;
use sync_core::ids::{ChangeHash, EventId};
use sync_core::replica::ledger::{LateLink, StoredItem};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::moved::OpenedFile;
use super::{items, overwriting};
use crate::store::StoreError;
use crate::store::devices::Believed;
use crate::store::items::{Said, Turn};
use crate::store::quarantine::{Cloned, Decided, HeldChange};
use crate::store::sessions::Performed;

/// Batches that wait to be written. A full queue is answered with "busy".
const QUEUE: usize = 1024;
/// Batches that share a transaction at the most.
const GROUP: usize = 256;

/// Tells when a batch is durable, or why it never will be.
pub type Durable<T> = oneshot::Receiver<Result<T, StoreError>>;

/// What one desk brings at once.
pub struct Batch {
    /// The event whose desk brings it.
    pub event: EventId,
    /// The event's turn when this was decided: a batch that does not follow on is refused.
    pub turn: Turn,
    /// What was believed then of devices in whose name something was decided: of none of them was anything revoked since.
    pub believed: Vec<Believed>,
    /// What was admitted, in order.
    pub items: Vec<StoredItem>,
    /// How many entries which log has, as its device says.
    pub said: Option<Said>,
    /// What waits for an organizer.
    pub held: Vec<HeldChange>,
    /// What was let in by itself after it had waited, as where its author is no longer held back.
    pub let_in: Vec<ChangeHash>,
    /// Changes of earlier eras that came late.
    pub late: Vec<LateLink>,
    /// What shows that a device was cloned.
    pub cloned: Vec<Cloned>,
    /// What an organizer decided about what waited.
    pub decided: Option<Decided>,
    /// Which command of whom it is, for one that may come again.
    pub performed: Option<Performed>,
    /// Who hears what became of the batch.
    pub fate: Box<dyn Fate>,
}

/// Hears on the writing thread what became of a batch, before whoever waits for the batch is answered.
pub trait Fate: Send {
    /// The batch is durable.
    fn kept(self: Box<Self>);
    /// The batch could not be kept.
    fn lost(self: Box<Self>);
}

enum Job {
    Items(Box<Batch>, oneshot::Sender<Result<(), StoreError>>),
    Ask(Box<dyn Asked>),
    /// To empty the log beside the file: no transaction can hold that.
    EmptyLog(oneshot::Sender<Result<(), StoreError>>),
    /// To wait until somebody lets the thread go on.
    Hold(Gate),
    Close,
}

/// The writing thread's end of a [`Hold`].
struct Gate {
    reached: std::sync::mpsc::Sender<()>,
    released: std::sync::mpsc::Receiver<()>,
}

/// Keeps the writing thread from what was handed over after it, until it is dropped.
pub struct Hold {
    reached: std::sync::mpsc::Receiver<()>,
    _release: std::sync::mpsc::Sender<()>,
}

impl Hold {
    /// Waits until everything that was handed over before is written, or refused.
    pub fn reach(&self) {
        // Fails only if the thread has ended: then nothing is written any more, either.
        self.reached.recv().ok();
    }
}

/// Something to be written, and who waits for it.
trait Asked: Send {
    fn perform(self: Box<Self>, db: &Connection) -> (bool, Answer);
    fn refuse(self: Box<Self>, error: &StoreError);
}

struct Ask<F, T> {
    write: F,
    done: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Asked for Ask<F, T>
where
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send,
    T: Send + 'static,
{
    fn perform(self: Box<Self>, db: &Connection) -> (bool, Answer) {
        finish((self.write)(db), self.done)
    }

    fn refuse(self: Box<Self>, error: &StoreError) {
        drop(self.done.send(Err(error.clone())));
    }
}

/// Hands work to the writing thread.
#[derive(Clone)]
pub struct Writer {
    jobs: mpsc::Sender<Job>,
    thread: Arc<std::sync::Mutex<Option<JoinHandle<()>>>>,
    ended: CancellationToken,
    why: Arc<OnceLock<StoreError>>,
}

/// A place in the writer's queue, taken before anything is admitted.
pub struct Permit<'a>(mpsc::Permit<'a, Job>);

impl Permit<'_> {
    /// Hands over a batch; it cannot be refused for want of room any more.
    #[must_use]
    pub fn write(self, batch: Batch) -> Durable<()> {
        let (done, durable) = oneshot::channel();
        self.0.send(Job::Items(Box::new(batch), done));
        durable
    }
}

impl Writer {
    pub(super) fn start(db: Connection, file: OpenedFile) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let why = Arc::<OnceLock<StoreError>>::default();
        let ends = Arc::clone(&why);
        let ended = CancellationToken::new();
        // Dropped by a panic too.
        let ending = ended.clone().drop_guard();
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || {
                let _ending = ending;
                if let Err(error) = run(db, queue, &file) {
                    tracing::error!(%error, "nothing more is written");
                    // Nobody else sets it.
                    ends.set(error).ok();
                }
            })
            .expect("the operating system gives one thread");
        Self { jobs, thread: Arc::new(std::sync::Mutex::new(Some(thread))), ended, why }
    }

    /// Returns when the thread has ended. Before [`Writer::close`] that is by a panic, or because the data was moved away:
    /// nothing can be written any more.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// Why the thread ended, if not by a panic or because it was told to.
    #[must_use]
    pub fn why_ended(&self) -> Option<StoreError> {
        self.why.get().cloned()
    }

    /// Takes a place in the queue.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if there is none.
    pub fn reserve(&self) -> Result<Permit<'_>, StoreError> {
        self.jobs.try_reserve().map(Permit).map_err(|_| StoreError::Busy)
    }

    /// Has something written, whole or not at all, and waits until it is durable.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (done, answer) = oneshot::channel();
        self.jobs.try_send(Job::Ask(Box::new(Ask { write, done }))).map_err(|_| StoreError::Busy)?;
        answer.await.map_err(|_| StoreError::Medium("the store has stopped".to_owned()))?
    }

    /// Waits until everything that was handed over before is written, or refused.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn settle(&self) -> Result<(), StoreError> {
        self.ask(|_| Ok(())).await
    }

    /// Puts a hold into the queue. With it a test decides between which two writes something else happens.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if the queue is full.
    pub fn hold(&self) -> Result<Hold, StoreError> {
        let (reach, reached) = std::sync::mpsc::channel();
        let (release, released) = std::sync::mpsc::channel();
        self.jobs.try_send(Job::Hold(Gate { reached: reach, released })).map_err(|_| StoreError::Busy)?;
        Ok(Hold { reached, _release: release })
    }

    /// How much waits in the queue.
    #[must_use]
    pub fn waiting(&self) -> usize {
        QUEUE - self.jobs.capacity()
    }

    /// Has everything that was written moved from the log into the file, and the log emptied. Does not wait for
    /// readers.
    ///
    /// # Errors
    /// See [`StoreError`]; [`StoreError::LogInUse`] while somebody reads what is older.
    pub async fn empty_log(&self) -> Result<(), StoreError> {
        let (done, answer) = oneshot::channel();
        self.jobs.try_send(Job::EmptyLog(done)).map_err(|_| StoreError::Busy)?;
        answer.await.map_err(|_| StoreError::Medium("the store has stopped".to_owned()))?
    }

    /// Writes what is waiting, then ends the thread. Who comes later is told that the store is busy.
    pub fn close(self) {
        let Self { jobs, thread, .. } = self;
        // Fails only if the thread has ended already.
        drop(jobs.blocking_send(Job::Close));
        let handle = thread.lock().expect("nobody panics while joining").take();
        if let Some(handle) = handle {
            // A panic was reported where it happened, and has ended the server: see `ended`.
            drop(handle.join());
        }
    }
}

fn run(mut db: Connection, mut queue: mpsc::Receiver<Job>, file: &OpenedFile) -> Result<(), StoreError> {
    let mut open = true;
    while open && let Some(first) = queue.blocking_recv() {
        let mut jobs = vec![first];
        while jobs.len() < GROUP && !matches!(jobs.last(), Some(Job::Hold(_))) {
            match queue.try_recv() {
                Ok(job) => jobs.push(job),
                Err(_) => break,
            }
        }
        if let Some(close) = jobs.iter().position(|job| matches!(job, Job::Close)) {
            jobs.truncate(close);
            open = false;
        }
        let hold = jobs.pop_if(|job| matches!(job, Job::Hold(_)));
        let empties = |job: &mut Job| matches!(job, Job::EmptyLog(_));
        let emptying: Vec<Job> = jobs.extract_if(.., empties).collect();
        if let Err(moved) = commit(&mut db, jobs, file) {
            refuse_what_waits(emptying, &mut queue, &moved);
            return Err(moved);
        }
        for job in emptying {
            if let Job::EmptyLog(done) = job {
                drop(done.send(overwriting::empty_log(&db)));
            }
        }
        if let Some(Job::Hold(Gate { reached, released })) = hold {
            // Whoever held the thread may have gone away; their end of the channel goes with them.
            reached.send(()).ok();
            released.recv().ok();
        }
    }
    Ok(())
}

fn refuse_what_waits(mut jobs: Vec<Job>, queue: &mut mpsc::Receiver<Job>, error: &StoreError) {
    queue.close();
    while let Ok(job) = queue.try_recv() {
        jobs.push(job);
    }
    jobs.into_iter().for_each(|job| refuse(job, error));
}

/// What a job will say once its transaction is durable.
type Answer = Box<dyn FnOnce(Result<(), StoreError>)>;

/// Writes a group of jobs and tells their owners.
///
/// # Errors
/// [`StoreError::Moved`], which the owners are told too: nothing is written for anybody any more.
fn commit(db: &mut Connection, jobs: Vec<Job>, file: &OpenedFile) -> Result<(), StoreError> {
    let mut jobs = jobs.into_iter();
    let mut answers: Vec<Answer> = Vec::with_capacity(jobs.len());
    let written = write_group(db, &mut jobs, &mut answers);
    // Only now: what is written to a file that was moved before must not be called durable.
    let place = file.check();
    let committed = place.clone().and(written);
    for answer in answers {
        answer(committed.clone());
    }
    if let Err(error) = committed {
        jobs.for_each(|job| refuse(job, &error));
    }
    place
}

/// Writes jobs in one transaction, up to the first that takes the transaction with it: a full disk does.
fn write_group(
    db: &mut Connection,
    jobs: &mut impl Iterator<Item = Job>,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    let mut tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for job in jobs {
        let savepoint = match tx.savepoint() {
            Ok(savepoint) => savepoint,
            Err(error) => {
                let error = StoreError::from(error);
                refuse(job, &error);
                return Err(error);
            }
        };
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
    match job {
        Job::Items(batch, done) => {
            batch.fate.lost();
            drop(done.send(Err(error.clone())));
        }
        Job::Ask(asked) => asked.refuse(error),
        Job::EmptyLog(done) => drop(done.send(Err(error.clone()))),
        Job::Hold(_) | Job::Close => {}
    }
}

/// Does a job inside the transaction. Returns whether it is to be kept, and what tells its owner.
fn perform(db: &Connection, job: Job) -> (bool, Answer) {
    match job {
        Job::Items(batch, done) => {
            let (kept, answer) = finish(items::insert(db, &batch), done);
            let answer = move |committed: Result<(), StoreError>| {
                if kept && committed.is_ok() {
                    batch.fate.kept()
                } else {
                    batch.fate.lost()
                }
                answer(committed);
            };
            (kept, Box::new(answer))
        }
        Job::Ask(asked) => asked.perform(db),
        Job::EmptyLog(_) | Job::Hold(_) | Job::Close => unreachable!("they are taken out before"),
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::store::Store;

    struct Flag(Arc<AtomicBool>);

    impl Fate for Flag {
        fn kept(self: Box<Self>) {}

        fn lost(self: Box<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    fn batch(lost: &Arc<AtomicBool>) -> (Job, oneshot::Receiver<Result<(), StoreError>>) {
        let (done, answer) = oneshot::channel();
        let batch = Batch {
            event: EventId([1; 16]),
            turn: Turn::default(),
            believed: Vec::new(),
            items: Vec::new(),
            said: None,
            held: Vec::new(),
            let_in: Vec::new(),
            late: Vec::new(),
            cloned: Vec::new(),
            decided: None,
            performed: None,
            fate: Box::new(Flag(Arc::clone(lost))),
        };
        (Job::Items(Box::new(batch), done), answer)
    }

    /// A job after which this connection can begin no savepoint: one of its statements still writes.
    fn leaves_a_statement_running() -> Job {
        let write = |db: &Connection| {
            let mut insert =
                db.prepare("INSERT INTO nodes (node, kind, name) VALUES (1, '', ''), (2, '', '') RETURNING 1")?;
            let mut rows = insert.query([])?;
            rows.next()?;
            std::mem::forget(rows);
            std::mem::forget(insert);
            Err::<(), _>(StoreError::Busy)
        };
        Job::Ask(Box::new(Ask { write, done: oneshot::channel().0 }))
    }

    #[test]
    fn when_a_savepoint_cannot_be_begun_every_desk_of_the_group_hears_that_its_batch_is_lost() {
        let directory = tempfile::tempdir().unwrap();
        Store::open(directory.path()).unwrap().1.close();
        let mut db = Connection::open(directory.path().join("saxaul.db")).unwrap();
        let lost: [Arc<AtomicBool>; 3] = Default::default();
        let [(before, first), (at, second), (after, third)] = lost.each_ref().map(batch);
        let file = OpenedFile::at(&directory.path().join("saxaul.db")).unwrap();
        commit(&mut db, vec![before, leaves_a_statement_running(), at, after], &file).unwrap();
        for (mut answer, lost) in [first, second, third].into_iter().zip(lost) {
            assert!(answer.try_recv().unwrap().is_err());
            assert!(lost.load(Ordering::SeqCst), "its desk reads anew");
        }
    }
}
