//! The record of who was let in and who decided what, as it is read afterwards.

use server::store::audit::{Deed, verify};
use sync_core::ids::EventId;
use sync_core::time::UnixMillis;
use tests::desk::{Desk, MORNING};

#[test]
fn what_was_asked_for_before_and_done_after_stands_in_the_order_in_which_it_was_done() {
    let mut desk = Desk::open();
    let _ = desk.first_invite();
    let app = desk.app();
    let minutes = |count: i64| UnixMillis(MORNING.0 + count * 60_000);
    // The second was asked for before the first, and took ten minutes longer.
    for (n, asked) in [(1, minutes(12)), (2, minutes(2)), (3, minutes(13))] {
        let deed = Deed::of_server(asked);
        desk.runtime().block_on(app.writer.create_event(EventId([n; 16]), None, deed)).unwrap();
    }
    let record = app.store.read_here(|store| store.audit()).unwrap();
    assert_eq!(verify(&record, None), Ok(()));
    assert!(record.is_sorted_by_key(|entry| entry.at), "{record:?}");
    let [.., first, second, third] = record.as_slice() else { panic!("{record:?}") };
    assert_eq!([first.at, second.at, third.at], [minutes(12), minutes(12), minutes(13)]);
    assert_eq!([first, second, third].map(|entry| entry.deed.at), [minutes(12), minutes(2), minutes(13)]);
}
