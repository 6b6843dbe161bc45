//! What each commit does, and what it refuses, told one by one.

use super::*;

#[test]
fn a_batch_that_does_not_follow_on_or_rests_on_a_revoked_belief_leaves_nothing() {
    over_all(|subject| {
        assert_eq!(subject.says(create(0)), "Ok(Answer(true))");
        assert_eq!(subject.says(create(0)), "Ok(Answer(false))");
        assert_eq!(subject.says(Commit::Batch(subject.batch(event(1)))), "Err(UnknownEvent)");
        let good = Batch { items: vec![item(0, 1), item(1, 2)], held: vec![held(1, 5)], ..subject.batch(event(0)) };
        assert_eq!(subject.says(Commit::Batch(good.clone())), "Ok(Done)", "{}", subject.name);
        let before = subject.everything();
        assert_eq!(subject.says(Commit::Batch(good)), "Err(Conflict)");
        let believed = vec![Believed { device: device(0), revocations: 1 }];
        let stale = Batch { believed, items: vec![item(0, 3)], ..subject.batch(event(0)) };
        assert_eq!(subject.says(Commit::Batch(stale)), "Err(Revoked)");
        let twice = Batch { held: vec![held(2, 6)], items: vec![item(0, 3), item(0, 3)], ..subject.batch(event(0)) };
        assert_eq!(subject.says(Commit::Batch(twice)), "failed otherwise");
        assert_eq!(subject.everything(), before, "{}", subject.name);
        let page = subject.read(|store| store.items_after(event(0), Revision(0), 1));
        assert!(page.more && page.items.len() == 1, "{}", subject.name);
    });
}

#[test]
fn what_waits_is_let_in_or_refused_for_good_and_a_command_counts_once() {
    over_all(|subject| {
        subject.commit(create(0)).unwrap();
        let all = [0, 1, 2, 1].map(|number| held(number, 5)).to_vec();
        subject.commit(Commit::Batch(Batch { held: all, ..subject.batch(event(0)) })).unwrap();
        let changes = vec![ChangeHash([1; 32]), ChangeHash([8; 32])];
        let act = Act::Discarded { event: event(0).to_string(), changes: Vec::new(), reason: String::new() };
        let decided = Some(Decided { changes, deed: deed(9), act, verdict: Decision::Discard });
        let let_in = vec![ChangeHash([2; 32])];
        subject.commit(Commit::Batch(Batch { decided, let_in, ..subject.batch(event(0)) })).unwrap();
        let waiting = subject.read(|store| store.waiting(event(0)));
        assert_eq!(waiting.held.len(), 1, "{}", subject.name);
        assert_eq!(waiting.discarded, [ChangeHash([1; 32])], "{}", subject.name);
        let (device, command) = (device(0), "add".to_owned());
        let performed = Some(Performed { device, command, digest: [4; 32], revision: Revision(2) });
        let repeated = |subject: &Subject| Batch { performed: performed.clone(), ..subject.batch(event(0)) };
        assert_eq!(subject.says(Commit::Batch(repeated(subject))), "Ok(Done)");
        assert_eq!(subject.says(Commit::Batch(repeated(subject))), "failed otherwise");
        assert_eq!(subject.turn(event(0)), Turn(3), "{}", subject.name);
    });
}

#[test]
fn an_invite_lets_in_as_many_as_it_says_and_each_device_once() {
    over_all(|subject| {
        assert_eq!(subject.says(redeem(1, 0, 10)), "Ok(Answer(false))", "there is no such invite");
        let (invite, may) = (Box::new(invite(1, 2)), Box::new(|_: &[Signed<Grant>]| true));
        assert_eq!(subject.says(Commit::AddInvite { invite, deed: deed(2), may }), "Ok(Answer(true))");
        for number in [0, 0, 1, 2] {
            assert_eq!(subject.says(redeem(1, number, 10)), "Ok(Answer(true))", "{}", subject.name);
        }
        let registry = subject.read(|store| store.registry_since(RegistryNumber::default()));
        assert_eq!(registry.devices.len(), 2, "{}", subject.name);
        assert_eq!(subject.read(|store| store.invites())[0].uses_left, 0);
        let withdraw = || Commit::WithdrawInvite { secret_hash: [1; 32], deed: deed(11) };
        assert_eq!(subject.says(withdraw()), "Ok(Answer(true))");
        assert_eq!(subject.says(withdraw()), "Ok(Answer(false))");
        assert_eq!(verify(&subject.read(|store| store.audit()), None), Ok(()));
    });
}

#[test]
fn a_link_signs_in_once_and_a_revocation_ends_what_it_began() {
    over_all(|subject| {
        subject.commit(create(0)).unwrap();
        let add = Commit::AddInvite { invite: Box::new(invite(1, 1)), deed: deed(2), may: Box::new(|_| true) };
        subject.commit(add).unwrap();
        subject.commit(redeem(1, 0, 10)).unwrap();
        assert_eq!(subject.says(begin(4, 1, 30)), "Ok(Begun(Unknown))");
        assert_eq!(subject.says(offer(4, 0)), "Ok(Answer(true))");
        assert_eq!(subject.says(begin(4, 1, 30)), "Ok(Begun(Now))");
        assert_eq!(subject.says(begin(4, 2, 30)), "Ok(Begun(Over))");
        assert_eq!(subject.says(revoke(7, 40)), "Ok(Answer(false))", "nobody knows this device");
        subject.commit(revoke(0, 40)).unwrap();
        let registry = subject.read(|store| store.registry_since(RegistryNumber::default()));
        assert!(registry.sessions.iter().all(|session| session.ended.is_some()), "{}", subject.name);
        let revoked = registry.devices.iter().filter(|device| device.revocations > 0).count();
        assert_eq!(revoked, 2, "{}: the device, and the one that home held", subject.name);
    });
}

#[test]
fn whatever_changes_the_registry_moves_its_number_and_is_found_after_the_number_before_it() {
    over_all(|subject| {
        let changes = |commit: Commit| {
            let before = subject.store.registry_number();
            subject.commit(commit).unwrap();
            let found = subject.read(|store| store.registry_since(before));
            assert_eq!(subject.store.registry_number(), found.number, "{}: told without reading", subject.name);
            assert!(found.number >= before, "{}", subject.name);
            let RegistryChanges { number, nodes, placed, devices, sessions } = found;
            (number > before, [nodes.len(), placed.len(), devices.len(), sessions.len()])
        };
        let node = NodeRow { node: NodeId([1; 8]), kind: "region".to_owned(), name: "West".to_owned(), parent: None };
        let add_node = || Commit::AddNode { row: node.clone(), deed: deed(1) };
        let create_below = || Commit::CreateEvent { event: event(1), node: Some(node.node), deed: deed(1) };
        assert_eq!(changes(add_node()), (true, [1, 0, 0, 0]), "{}", subject.name);
        assert_eq!(changes(add_node()), (false, [0; 4]), "{}: repeated", subject.name);
        assert_eq!(changes(create_below()), (true, [0, 1, 0, 0]), "{}", subject.name);
        assert_eq!(changes(create(0)), (false, [0; 4]), "{}: an event below no node", subject.name);
        let add = Commit::AddInvite { invite: Box::new(invite(1, 1)), deed: deed(2), may: Box::new(|_| true) };
        assert_eq!(changes(add), (false, [0; 4]), "{}: an invite is looked up", subject.name);
        assert_eq!(changes(redeem(1, 0, 10)), (true, [0, 0, 1, 0]), "{}", subject.name);
        assert_eq!(changes(redeem(1, 1, 10)), (false, [0; 4]), "{}: the invite is used up", subject.name);
        assert_eq!(changes(Commit::NoteSeen { device: device(0), at: UnixMillis(11) }), (false, [0; 4]));
        assert_eq!(changes(offer(4, 0)), (false, [0; 4]), "{}: a link is looked up", subject.name);
        assert_eq!(changes(begin(4, 1, 30)), (true, [0, 0, 1, 1]), "{}", subject.name);
        let end = || Commit::EndSession { session: [1; 8], deed: deed(31) };
        assert_eq!(changes(end()), (true, [0, 0, 0, 1]), "{}", subject.name);
        assert_eq!(changes(end()), (false, [0; 4]), "{}: repeated", subject.name);
        assert_eq!(changes(revoke(0, 40)), (true, [0, 0, 1, 0]), "{}", subject.name);
        assert_eq!(changes(Commit::Batch(subject.batch(event(0)))), (false, [0; 4]), "{}", subject.name);
    });
}

#[test]
fn a_commit_that_is_refused_moves_no_number_of_the_registry() {
    over_all(|subject| {
        subject.commit(offer(4, 0)).unwrap();
        subject.commit(offer(5, 0)).unwrap();
        subject.commit(begin(4, 1, 30)).unwrap();
        let before = subject.store.registry_number();
        assert_eq!(subject.says(begin(5, 1, 31)), "failed otherwise", "there is such a session");
        assert_eq!(subject.store.registry_number(), before, "{}", subject.name);
        assert_eq!(subject.read(|store| store.registry_since(before)).number, before, "{}", subject.name);
    });
}

#[test]
fn an_older_snapshot_replaces_no_newer_one_and_an_erasure_leaves_nothing_of_before() {
    over_all(|subject| {
        subject.commit(create(0)).unwrap();
        subject
            .commit(Commit::Batch(Batch { items: vec![item(0, 1), item(1, 2)], ..subject.batch(event(0)) }))
            .unwrap();
        let partial = |revision| {
            let (reading, left_out) = (Reading([1; 8]), vec![device(1)]);
            let row = PartialSnapshotRow { reading, left_out, snapshot: snapshot(event(0), revision) };
            Commit::KeepPartialSnapshot(Box::new(row))
        };
        for revision in [2, 1] {
            subject.commit(Commit::KeepSnapshot(Box::new(snapshot(event(0), revision)))).unwrap();
            subject.commit(partial(revision)).unwrap();
        }
        let kept = subject.read(|store| store.snapshot_revision(event(0)));
        assert_eq!(kept, Some(Revision(2)), "{}", subject.name);
        let kept = subject.read(|store| store.partial_snapshot_kept(event(0), Reading([1; 8])));
        assert_eq!(kept.unwrap().revision, Revision(2), "{}", subject.name);

        let turn = subject.turn(event(0));
        subject.commit(Commit::FoundAgain(Box::new(founded(event(0), turn, 3)))).unwrap();
        let again = Commit::FoundAgain(Box::new(founded(event(0), turn, 4)));
        assert_eq!(subject.says(again), "Err(Conflict)");
        let page = subject.read(|store| store.items_after(event(0), Revision(0), usize::MAX));
        assert_eq!(page.items, [item(0, 3)], "{}", subject.name);
        assert_eq!(subject.read(|store| store.partial_snapshot_kept(event(0), Reading([1; 8]))), None);
        assert_eq!(subject.read(|store| store.overwriting_due()), Some((1, 1)));
        subject.commit(partial(2)).unwrap();
        assert_eq!(subject.read(|store| store.partial_snapshot_kept(event(0), Reading([1; 8]))), None);
        subject.commit(Commit::NoteOverwritten(1)).unwrap();
        assert_eq!(subject.read(|store| store.overwriting_due()), None);
    });
}

#[test]
fn the_last_word_of_a_log_counts_also_where_no_further_log_is_noted() {
    over_all(|subject| {
        subject.commit(create(0)).unwrap();
        let says = |number: u16, entries| {
            let [high, low] = number.to_be_bytes();
            let said = Said { device: device(0), incarnation: Incarnation([high, low, 0, 0, 0, 0, 0, 0]), entries };
            subject.commit(Commit::Batch(Batch { said: Some(said), ..subject.batch(event(0)) })).unwrap();
        };
        (0..300).for_each(|number| says(number, 1));
        says(5, 9);
        let said = subject.read(|store| store.said(event(0)));
        assert_eq!(said.len(), 256, "{}", subject.name);
        assert_eq!(said[5].entries, 9, "{}", subject.name);
    });
}
