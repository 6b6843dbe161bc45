//! The one thread that writes.
//!
//! It takes what has come in while it was writing, commits all of it in one transaction, and then answers everyone.
//! Its queue is bounded: who finds it full is told to come again. What a job writes stands beside what it reads, in
//! the other files of this module.

use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::moved::OpenedFile;
use super::perform::perform;
use super::{PublishedNumber, overwriting, registry};
use crate::store::StoreError;
use crate::store::commit::Outcome;
use crate::store::registry::RegistryNumber;
use crate::store::writer::{Pending, Waiting};

/// Batches that wait to be written. A full queue is answered with "busy".
const QUEUE: usize = 1024;
/// Batches that share a transaction at the most.
const GROUP: usize = 256;

enum Job {
    Commit(Box<Pending>),
    /// To empty the log beside the file: no transaction can hold that.
    EmptyLog(oneshot::Sender<Result<(), StoreError>>),
    /// To wait until somebody lets the thread go on.
    Hold(Gate),
    Close,
    /// To bring the connection into a state that a test wants.
    #[cfg(test)]
    Spoil(fn(&Connection)),
}

/// The writing thread's end of a [`ThreadHold`].
struct Gate {
    reached: std::sync::mpsc::Sender<()>,
    released: std::sync::mpsc::Receiver<()>,
}

/// Keeps the writing thread from what was handed over after it, until it is dropped.
pub(in crate::store) struct ThreadHold {
    reached: std::sync::mpsc::Receiver<()>,
    _release: std::sync::mpsc::Sender<()>,
}

impl ThreadHold {
    /// Waits until everything that was handed over before is written, or refused.
    pub fn reach(&self) {
        // Fails only if the thread has ended: then nothing is written any more, either.
        self.reached.recv().ok();
    }
}

/// The thread that writes, as those see it who hand commits over.
#[derive(Clone)]
pub(in crate::store) struct WritingThread {
    jobs: mpsc::Sender<Job>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
    ended: CancellationToken,
    why: Arc<OnceLock<StoreError>>,
}

/// A place in the thread's queue.
pub(in crate::store) struct Reservation<'a>(mpsc::Permit<'a, Job>);

impl Reservation<'_> {
    pub fn hand_over(self, pending: Box<Pending>) {
        self.0.send(Job::Commit(pending));
    }
}

impl WritingThread {
    pub(super) fn start(db: Connection, file: OpenedFile, registry: PublishedNumber) -> Self {
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
                let mut kept = KeptFile { db, file, registry };
                if let Err(error) = kept.write_all(queue) {
                    tracing::error!(%error, "nothing more is written");
                    // Nobody else sets it.
                    ends.set(error).ok();
                }
            })
            .expect("the operating system gives one thread");
        Self { jobs, thread: Arc::new(Mutex::new(Some(thread))), ended, why }
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
    pub fn reserve(&self) -> Result<Reservation<'_>, StoreError> {
        self.jobs.try_reserve().map(Reservation).map_err(|_| StoreError::Busy)
    }

    /// Puts a hold into the queue. With it a test decides between which two writes something else happens.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if the queue is full.
    pub fn hold(&self) -> Result<ThreadHold, StoreError> {
        let (reach, reached) = std::sync::mpsc::channel();
        let (release, released) = std::sync::mpsc::channel();
        self.jobs.try_send(Job::Hold(Gate { reached: reach, released })).map_err(|_| StoreError::Busy)?;
        Ok(ThreadHold { reached, _release: release })
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

/// What the thread writes to.
struct KeptFile {
    db: Connection,
    file: OpenedFile,
    registry: PublishedNumber,
}

impl KeptFile {
    /// Writes what comes in until the thread is told to end.
    ///
    /// # Errors
    /// As for [`KeptFile::commit`].
    fn write_all(&mut self, mut queue: mpsc::Receiver<Job>) -> Result<(), StoreError> {
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
            if let Err(moved) = self.commit(jobs) {
                refuse_what_waits(emptying, &mut queue, &moved);
                return Err(moved);
            }
            for job in emptying {
                if let Job::EmptyLog(done) = job {
                    drop(done.send(overwriting::empty_log(&self.db)));
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

    /// Writes a group of jobs and tells their owners.
    ///
    /// # Errors
    /// [`StoreError::Moved`], which the owners are told too: nothing is written for anybody any more.
    fn commit(&mut self, jobs: Vec<Job>) -> Result<(), StoreError> {
        let mut jobs = jobs.into_iter();
        let mut answers: Vec<Answer> = Vec::with_capacity(jobs.len());
        let written = write_group(&mut self.db, &mut jobs, &mut answers);
        // Before anybody is answered: who was answered finds what it changed remembered nowhere as it was.
        let written = written.map(|number| self.registry.publish(number));
        // Only now: what is written to a file that was moved before must not be called durable.
        let place = self.file.check();
        let committed = place.clone().and(written);
        for (waiting, became) in answers {
            waiting.tell(committed.clone().and(became));
        }
        if let Err(error) = committed {
            jobs.for_each(|job| refuse(job, &error));
        }
        place
    }
}

fn refuse_what_waits(mut jobs: Vec<Job>, queue: &mut mpsc::Receiver<Job>, error: &StoreError) {
    queue.close();
    while let Ok(job) = queue.try_recv() {
        jobs.push(job);
    }
    jobs.into_iter().for_each(|job| refuse(job, error));
}

/// Who waits for a commit of the group, and what became of it in the transaction.
type Answer = (Waiting, Result<Outcome, StoreError>);

/// Writes jobs in one transaction, up to the first that takes the transaction with it: a full disk does. Returns the number
/// of the registry with what they wrote.
fn write_group(
    db: &mut Connection,
    jobs: &mut impl Iterator<Item = Job>,
    answers: &mut Vec<Answer>,
) -> Result<RegistryNumber, StoreError> {
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
        let pending = match job {
            Job::Commit(pending) => pending,
            #[cfg(test)]
            Job::Spoil(spoil) => {
                spoil(&savepoint);
                continue;
            }
            Job::EmptyLog(_) | Job::Hold(_) | Job::Close => unreachable!("they are taken out before"),
        };
        let Pending { commit, waiting } = *pending;
        let became = perform(&savepoint, commit);
        let is_kept = became.is_ok();
        answers.push((waiting, became));
        if is_kept {
            savepoint.commit()?;
        } else if savepoint.is_autocommit() {
            return Err(StoreError::Full);
        }
    }
    let number = registry::number(&tx)?;
    tx.commit()?;
    Ok(number)
}

/// Tells the owner of a job that it was not done.
fn refuse(job: Job, error: &StoreError) {
    match job {
        Job::Commit(pending) => pending.refuse(error),
        Job::EmptyLog(done) => drop(done.send(Err(error.clone()))),
        Job::Hold(_) | Job::Close => {}
        #[cfg(test)]
        Job::Spoil(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use futures_util::FutureExt;
    use sync_core::ids::EventId;

    use super::*;
    use crate::store::batch::{Batch, Fate};
    use crate::store::commit::Commit;
    use crate::store::items::Turn;
    use crate::store::sqlite::Database;
    use crate::store::writer::Durable;

    struct Flag(Arc<AtomicBool>);

    impl Fate for Flag {
        fn kept(self: Box<Self>) {}

        fn lost(self: Box<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    fn batch(lost: &Arc<AtomicBool>) -> (Job, Durable) {
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
        };
        let (pending, durable) = Pending::of(Commit::Batch(batch), Some(Box::new(Flag(Arc::clone(lost)))));
        (Job::Commit(pending), durable)
    }

    /// After this the connection can begin no savepoint: one of its statements still writes.
    fn leave_a_statement_running(db: &Connection) {
        let sql = "INSERT INTO nodes (node, kind, name) VALUES (1, '', ''), (2, '', '') RETURNING 1";
        let mut insert = db.prepare(sql).unwrap();
        let mut rows = insert.query([]).unwrap();
        rows.next().unwrap();
        std::mem::forget(rows);
        std::mem::forget(insert);
    }

    #[test]
    fn when_a_savepoint_cannot_be_begun_every_desk_of_the_group_hears_that_its_batch_is_lost() {
        let directory = tempfile::tempdir().unwrap();
        Database::open(directory.path()).unwrap().1.close();
        let db = Connection::open(directory.path().join("saxaul.db")).unwrap();
        let lost: [Arc<AtomicBool>; 3] = Default::default();
        let [(before, first), (at, second), (after, third)] = lost.each_ref().map(batch);
        let file = OpenedFile::at(&directory.path().join("saxaul.db")).unwrap();
        let mut kept = KeptFile { db, file, registry: PublishedNumber::default() };
        kept.commit(vec![before, Job::Spoil(leave_a_statement_running), at, after]).unwrap();
        for (durable, lost) in [first, second, third].into_iter().zip(lost) {
            let became = durable.kept().now_or_never().expect("everybody is told when the group ends");
            assert!(became.is_err());
            assert!(lost.load(Ordering::SeqCst), "its desk reads anew");
        }
    }
}
