//! Lines on their way to standard output or standard error, written by a thread of their own.
//!
//! Whoever reads the other end of a pipe may stop reading: a write then waits for ever. A server must not wait with it, so
//! its lines go into a queue of bounded length. What finds the queue full is dropped, and the log says how many lines that
//! were as soon as lines can be written again.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// Lines that wait hold no more than this. Pipes hold 64 KiB by themselves on most systems.
const LIMIT_BYTES: usize = 256 * 1024;

/// A queue of lines and the thread that writes them. Clones share both.
#[derive(Clone)]
pub struct LineQueue(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    has_work: Condvar,
    is_idle: Condvar,
}

#[derive(Default)]
struct State {
    lines: VecDeque<Vec<u8>>,
    bytes: usize,
    dropped: u64,
    is_writing: bool,
}

impl LineQueue {
    /// Starts the thread. `write` takes one line at a time, and may wait as long as it likes. `name` is that of the output,
    /// for the log.
    ///
    /// The thread is not joined: nothing ends a write to a pipe that nobody reads. It ends with the process.
    #[must_use]
    pub fn start(name: &'static str, write: impl FnMut(&[u8]) + Send + 'static) -> Self {
        let shared = Arc::new(Shared::default());
        let queue = Self(Arc::clone(&shared));
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || shared.write_all(name, write))
            .expect("the operating system gives one thread");
        queue
    }

    /// Queues a line, or drops it if too many wait. Never waits for the output.
    pub fn push(&self, line: &[u8]) {
        let mut state = self.0.lock();
        if state.bytes + line.len() > LIMIT_BYTES && !state.lines.is_empty() {
            state.dropped += 1;
            return;
        }
        state.bytes += line.len();
        state.lines.push_back(line.to_owned());
        self.0.has_work.notify_one();
    }

    /// Waits until every line is written, and no longer than `limit`. Returns whether every line is.
    #[must_use]
    pub fn settle(&self, limit: Duration) -> bool {
        let waits = |state: &mut State| state.is_writing || !state.lines.is_empty();
        let waited = self.0.is_idle.wait_timeout_while(self.0.lock(), limit, waits);
        waited.is_ok_and(|(_, waited)| !waited.timed_out())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder panics")
    }

    fn write_all(&self, name: &str, mut write: impl FnMut(&[u8])) {
        loop {
            let mut state = self.lock();
            state.is_writing = false;
            while state.lines.is_empty() {
                let dropped = std::mem::take(&mut state.dropped);
                if dropped > 0 {
                    drop(state);
                    tracing::warn!(dropped, "lines were dropped because {name} was not read");
                    state = self.lock();
                    continue;
                }
                self.is_idle.notify_all();
                state = self.has_work.wait(state).expect("no holder panics");
            }
            state.is_writing = true;
            state.bytes = 0;
            let lines = std::mem::take(&mut state.lines);
            drop(state);
            lines.iter().for_each(|line| write(line));
        }
    }
}

/// A log writes each event as one line, in one call.
impl io::Write for LineQueue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LineQueue {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    const A_MOMENT: Duration = Duration::from_millis(1);
    const LONG: Duration = Duration::from_secs(60);

    /// An output that nobody reads before something comes through the gate.
    fn unread() -> (LineQueue, Sender<()>, Receiver<Vec<u8>>) {
        let (open, gate) = channel();
        let (write, written) = channel();
        let mut is_shut = true;
        let queue = LineQueue::start("an output", move |line| {
            if is_shut {
                gate.recv().unwrap();
                is_shut = false;
            }
            write.send(line.to_owned()).unwrap();
        });
        (queue, open, written)
    }

    #[test]
    fn an_output_that_nobody_reads_holds_nobody_up_and_costs_bounded_memory() {
        let (queue, open, written) = unread();
        let line = [b'a'; 1024];
        let pushed = 10 * LIMIT_BYTES / line.len();
        (0..pushed).for_each(|_| queue.push(&line));
        assert!(!queue.settle(A_MOMENT), "nothing is written yet");
        open.send(()).unwrap();
        assert!(queue.settle(LONG));
        let kept = written.try_iter().count();
        assert!((LIMIT_BYTES / line.len()..=2 * LIMIT_BYTES / line.len()).contains(&kept), "{kept} of {pushed}");
    }

    #[test]
    fn every_line_is_written_in_order_where_somebody_reads() {
        let (queue, open, written) = unread();
        open.send(()).unwrap();
        (0..100u8).for_each(|number| queue.push(&[number]));
        assert!(queue.settle(LONG));
        assert!(written.try_iter().map(|line| line[0]).eq(0..100));
    }
}
