//! What is held back, and what a power cut takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::super::batch::Fate;
use super::*;

/// Remembers what became of a batch.
struct Heard(Arc<AtomicU8>);

impl Fate for Heard {
    fn kept(self: Box<Self>) {
        self.0.store(1, Ordering::SeqCst);
    }

    fn lost(self: Box<Self>) {
        self.0.store(2, Ordering::SeqCst);
    }
}

#[test]
fn what_is_held_back_waits_and_is_carried_out_in_order() {
    over_all(|subject| {
        subject.commit(create(0)).unwrap();
        let hold = subject.writer.hold().unwrap();
        hold.reach();
        let heard = Arc::new(AtomicU8::new(0));
        let batch = Batch { items: vec![item(0, 1)], ..subject.batch(event(0)) };
        let durable = subject.writer.reserve().unwrap().write(batch, Box::new(Heard(Arc::clone(&heard))));
        assert_eq!((heard.load(Ordering::SeqCst), subject.writer.waiting()), (0, 1), "{}", subject.name);
        assert_eq!(subject.next_revision(event(0)), 1, "{}", subject.name);
        drop(hold);
        subject.runtime.block_on(durable.kept()).unwrap();
        assert_eq!(heard.load(Ordering::SeqCst), 1, "{}", subject.name);
        assert_eq!(subject.next_revision(event(0)), 2, "{}", subject.name);
    });
}

#[test]
fn a_power_cut_keeps_what_was_acknowledged_and_never_acknowledges_what_was_held_back() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let memory = Memory::default();
    let (_, writer) = Store::in_memory(&memory);
    assert!(runtime.block_on(writer.commit(create(0))).is_ok());
    memory.fail_next(StoreError::Full);
    assert_eq!(told(runtime.block_on(writer.commit(create(1)))), "Err(Full)");
    let hold = writer.hold().unwrap();
    let (lost, left) = runtime.block_on(async {
        let asked = tokio::join!(writer.commit(create(2)), async { memory.cut_power() });
        drop(hold);
        asked
    });
    assert_eq!(told(lost), "failed otherwise", "nobody was told that it is durable");
    assert_eq!(told(runtime.block_on(writer.commit(create(3)))), "Err(Busy)");
    let (store, _) = Store::in_memory(&left);
    assert_eq!(store.read_here(|store| store.events()).unwrap(), [event(0)]);
}
