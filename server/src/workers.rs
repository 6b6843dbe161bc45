//! Where work runs that would keep other requests waiting: on threads, or on the task of whoever asks for it.
//!
//! Decides nothing about how much work may run at once: that is [`crate::fair_queue`] and [`crate::long_work`].

use tokio::task::JoinError;

/// How blocking work is run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Workers {
    /// On the runtime's threads for blocking work: other requests go on meanwhile.
    Threads,
    /// At once, on the caller's task. In a runtime with one thread the order of everything then follows from what is
    /// asked, for a simulation that wants the same run again.
    Inline,
}

impl Workers {
    /// Runs `work` to its end, and returns what it returns. On threads it goes on if the caller no longer waits.
    ///
    /// # Errors
    /// On threads, the panic with which `work` ended. Inline, such a panic ends the caller's task.
    pub async fn run<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
        match self {
            Self::Threads => tokio::task::spawn_blocking(work).await,
            Self::Inline => Ok(work()),
        }
    }

    /// How many pieces of work can usefully run at once: at least two. Inline it does not depend on the machine.
    #[must_use]
    pub fn at_once(self) -> usize {
        match self {
            Self::Threads => std::thread::available_parallelism().map_or(2, std::num::NonZero::get).max(2),
            Self::Inline => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn inline_work_is_done_on_the_thread_of_whoever_asks_and_needs_no_runtime() {
        let here = std::thread::current().id();
        let ran_on = Workers::Inline.run(|| std::thread::current().id()).now_or_never().expect("it does not wait");
        assert_eq!(ran_on.unwrap(), here);
    }

    #[tokio::test]
    async fn on_threads_other_tasks_go_on_meanwhile_and_a_panic_is_told() {
        let (go_on, waits) = std::sync::mpsc::channel();
        let working = tokio::spawn(Workers::Threads.run(move || waits.recv()));
        tokio::task::yield_now().await;
        go_on.send(()).unwrap();
        working.await.unwrap().unwrap().unwrap();
        assert!(Workers::Threads.run(|| panic!("as a test of it")).await.unwrap_err().is_panic());
    }
}
