//! What the processes of one store share without writing it to a disk.

use super::*;

#[test]
fn a_nonce_is_spent_once_for_each_device_in_any_order() {
    over_all(|subject| {
        let name = subject.store.name_of_spent([1; 16]);
        assert_eq!((name, subject.store.name_of_spent([2; 16])), ([1; 16], [1; 16]), "{}", subject.name);
        let nonce = |at: i64, number| DrawnNonce { at: UnixMillis(at), number };
        let spend = |nonce: DrawnNonce| subject.store.spend(device(0), nonce, UnixMillis(1_000));
        for number in (0..64).rev() {
            assert!(spend(nonce(number, 7)), "{}: {number}", subject.name);
        }
        assert!(!(0..64).any(|number| spend(nonce(number, 7))), "{}", subject.name);
        assert!(spend(nonce(63, 8)), "{}: drawn at the same moment", subject.name);
        assert!(!spend(nonce(0, 7)), "{}: also when it is no longer kept", subject.name);
        assert!(subject.store.spend(device(1), nonce(0, 7), UnixMillis(1_000)), "{}", subject.name);
    });
}

#[test]
fn what_one_process_spends_or_keeps_counts_for_all_on_the_same_memory_and_is_forgotten_with_it() {
    let memory = Memory::default();
    let [(one, _), (other, _), (later, _)] = [&memory, &memory, &memory.copy()].map(Store::in_memory);
    let nonce = DrawnNonce { at: UnixMillis(1), number: 1 };
    assert!(one.spend(device(0), nonce, UnixMillis(2)) && !other.spend(device(0), nonce, UnixMillis(2)));
    assert_eq!((one.name_of_spent([1; 16]), other.name_of_spent([2; 16])), ([1; 16], [1; 16]));
    let (plan, by, file) = ("a".to_owned(), device(0), vec![1]);
    let list = PendingList { plan, event: event(0), by, at: UnixMillis(1), asked: vec![2], file, weight_bytes: 3 };
    one.keep_list(list).unwrap();
    let find = |store: &Store| store.pending_list("a", event(0), UnixMillis(2)).is_some();
    assert_eq!([&one, &other, &later].map(find), [true, true, false]);
    assert_eq!(later.name_of_spent([3; 16]), [3; 16], "what was spent before has no meaning under another name");
}

#[test]
fn a_list_is_kept_for_an_hour_until_its_event_forgets_it() {
    over_all(|subject| {
        let list = |plan: &str, of: u8, at: i64| {
            let (plan, asked, file) = (plan.to_owned(), b"{}".to_vec(), vec![of; 3]);
            PendingList { plan, event: event(of), by: device(0), at: UnixMillis(at), asked, file, weight_bytes: 9 }
        };
        let find = |plan: &str, of: u8, now: i64| subject.store.pending_list(plan, event(of), UnixMillis(now));
        subject.store.keep_list(list("a", 0, 10)).unwrap();
        subject.store.keep_list(list("a", 1, 20)).unwrap();
        subject.store.keep_list(list("a", 0, 30)).unwrap();
        assert_eq!(*find("a", 0, 3_600_029).unwrap(), list("a", 0, 30), "{}: the later of two", subject.name);
        assert_eq!(find("a", 0, 3_600_030), None, "{}", subject.name);
        assert_eq!(find("b", 0, 40), None, "{}", subject.name);
        subject.store.forget_lists_of(event(0));
        assert_eq!(find("a", 0, 40), None, "{}", subject.name);
        assert!(find("a", 1, 40).is_some(), "{}: another event's", subject.name);
    });
}
