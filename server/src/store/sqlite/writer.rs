//! The one thread that writes.
//!
//! It takes what has come in, also while it writes, commits all of it in one transaction, and then answers everyone.
//! Its queue is bounded: who finds it full is told to come again. What a job writes stands beside what it reads, in
//! the other files of this module.

use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::moved::OpenedFile;
use super::overwriting;
use super::perform::perform;
use crate::store::StoreError;
use crate::store::commit::Outcome;
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

fn run(mut db: Connection, mut queue: mpsc::Receiver<Job>, file: &OpenedFile) -> Result<(), StoreError> {
    while let Some(first) = queue.blocking_recv() {
        let mut group = Group { first: Some(first), queue: &mut queue, room: GROUP, after: None };
        let committed = commit(&mut db, &mut group, file);
        let after = group.after;
        if let Err(moved) = committed {
            refuse_what_waits(after, &mut queue, &moved);
            return Err(moved);
        }
        match after {
            None => {}
            Some(Job::EmptyLog(done)) => drop(done.send(overwriting::empty_log(&db))),
            Some(Job::Hold(Gate { reached, released })) => {
                // Whoever held the thread may have gone away; their end of the channel goes with them.
                reached.send(()).ok();
                released.recv().ok();
            }
            Some(Job::Close) => break,
            Some(_) => unreachable!("everything else is part of a transaction"),
        }
    }
    Ok(())
}

/// The jobs of one transaction: those that wait, and those that come until its last one is written. Has no more once it
/// had none: what comes while the transaction is committed belongs to the next one.
struct Group<'a> {
    first: Option<Job>,
    queue: &'a mut mpsc::Receiver<Job>,
    /// So many more may share the transaction.
    room: usize,
    /// What came next and is no part of a transaction: it is done after this one.
    after: Option<Job>,
}

impl Iterator for Group<'_> {
    type Item = Job;

    fn next(&mut self) -> Option<Job> {
        self.room = self.room.checked_sub(1)?;
        match self.first.take().or_else(|| self.queue.try_recv().ok()) {
            Some(job @ (Job::EmptyLog(_) | Job::Hold(_) | Job::Close)) => self.after = Some(job),
            None => {}
            job => return job,
        }
        self.room = 0;
        None
    }
}

fn refuse_what_waits(first: Option<Job>, queue: &mut mpsc::Receiver<Job>, error: &StoreError) {
    queue.close();
    let rest = std::iter::from_fn(|| queue.try_recv().ok());
    first.into_iter().chain(rest).for_each(|job| refuse(job, error));
}

/// Who waits for a commit of the group, and what became of it in the transaction.
type Answer = (Waiting, Result<Outcome, StoreError>);

/// Writes a group of jobs and tells their owners.
///
/// # Errors
/// [`StoreError::Moved`], which the owners are told too: nothing is written for anybody any more.
fn commit(db: &mut Connection, jobs: &mut impl Iterator<Item = Job>, file: &OpenedFile) -> Result<(), StoreError> {
    let mut answers: Vec<Answer> = Vec::new();
    let written = write_group(db, jobs, &mut answers);
    // Only now: what is written to a file that was moved before must not be called durable.
    let place = file.check();
    let committed = place.clone().and(written);
    for (waiting, became) in answers {
        waiting.tell(committed.clone().and(became));
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
    let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for job in jobs {
        if let Err(error) = run_statement(&tx, "SAVEPOINT job") {
            refuse(job, &error);
            return Err(error);
        }
        let pending = match job {
            Job::Commit(pending) => pending,
            #[cfg(test)]
            Job::Spoil(spoil) => {
                spoil(&tx);
                continue;
            }
            Job::EmptyLog(_) | Job::Hold(_) | Job::Close => unreachable!("a group has none of them"),
        };
        let Pending { commit, waiting } = *pending;
        let became = perform(&tx, commit);
        let is_kept = became.is_ok();
        answers.push((waiting, became));
        if !is_kept {
            if tx.is_autocommit() {
                return Err(StoreError::Full);
            }
            run_statement(&tx, "ROLLBACK TO job")?;
        }
        run_statement(&tx, "RELEASE job")?;
    }
    Ok(tx.commit()?)
}

/// Runs a statement without parameters, which is kept prepared.
fn run_statement(db: &Connection, sql: &str) -> Result<(), StoreError> {
    Ok(db.prepare_cached(sql)?.execute([]).map(drop)?)
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
        let mut db = Connection::open(directory.path().join("saxaul.db")).unwrap();
        let lost: [Arc<AtomicBool>; 3] = Default::default();
        let [(before, first), (at, second), (after, third)] = lost.each_ref().map(batch);
        let file = OpenedFile::at(&directory.path().join("saxaul.db")).unwrap();
        let mut jobs = [before, Job::Spoil(leave_a_statement_running), at, after].into_iter();
        commit(&mut db, &mut jobs, &file).unwrap();
        for (durable, lost) in [first, second, third].into_iter().zip(lost) {
            let became = durable.kept().now_or_never().expect("everybody is told when the group ends");
            assert!(became.is_err());
            assert!(lost.load(Ordering::SeqCst), "its desk reads anew");
        }
    }
}
