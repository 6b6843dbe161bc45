//! Work that several callers want at the same time is done once, and all of them are given its result.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;
use tokio_util::task::TaskTracker;

type UnderWay<K, T> = Arc<Mutex<HashMap<K, watch::Receiver<Option<T>>>>>;

/// The work that is under way, by what it is for.
pub struct SingleFlight<K, T> {
    under_way: UnderWay<K, T>,
}

impl<K, T> Default for SingleFlight<K, T> {
    fn default() -> Self {
        Self { under_way: Arc::default() }
    }
}

/// Takes work off the list when it ends, also if it panics.
struct Entry<K: Eq + Hash, T> {
    under_way: UnderWay<K, T>,
    key: K,
}

impl<K: Eq + Hash, T> Drop for Entry<K, T> {
    fn drop(&mut self) {
        self.under_way.lock().expect("no holder panics").remove(&self.key);
    }
}

impl<K, T> SingleFlight<K, T>
where
    K: Eq + Hash + Clone + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// Begins `work` in a task of `tasks`, unless the same is under way, and does not wait for it. A caller that goes
    /// away does not end it.
    pub fn begin(
        &self,
        tasks: &TaskTracker,
        key: K,
        work: impl Future<Output = T> + Send + 'static,
    ) -> watch::Receiver<Option<T>> {
        let mut under_way = self.under_way.lock().expect("no holder panics");
        if let Some(told) = under_way.get(&key) {
            return told.clone();
        }
        let (tell, told) = watch::channel(None);
        under_way.insert(key.clone(), told.clone());
        let entry = Entry { under_way: Arc::clone(&self.under_way), key };
        tasks.spawn(async move {
            let result = work.await;
            drop(entry);
            tell.send_replace(Some(result));
        });
        told
    }

    /// The same, and waits for the result; `None` if the work panicked.
    pub async fn join(&self, tasks: &TaskTracker, key: K, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let mut told = self.begin(tasks, key, work);
        let result = told.wait_for(Option::is_some).await.ok()?;
        result.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn whoever_comes_while_work_is_under_way_is_given_its_result_and_whoever_comes_later_another() {
        let (flights, tasks) = (SingleFlight::default(), TaskTracker::new());
        let (done, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let work = || {
            let (done, gate) = (Arc::clone(&done), Arc::clone(&gate));
            async move {
                gate.notified().await;
                done.fetch_add(1, Ordering::SeqCst) + 1
            }
        };
        let waiting: Vec<_> = (0..100).map(|_| flights.begin(&tasks, "snapshot", work())).collect();
        gate.notify_one();
        for mut told in waiting {
            assert_eq!(*told.wait_for(Option::is_some).await.unwrap(), Some(1));
        }
        gate.notify_one();
        assert_eq!(flights.join(&tasks, "snapshot", work()).await, Some(2));
        assert!(flights.under_way.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn work_that_panics_is_told_to_everybody_and_can_be_begun_again() {
        let (flights, tasks) = (SingleFlight::default(), TaskTracker::new());
        assert_eq!(flights.join(&tasks, 1, async { panic!("as a test of it") }).await, None::<u8>);
        assert_eq!(flights.join(&tasks, 1, async { 7 }).await, Some(7));
    }
}
